//! The two locks of a login: the question, which needs a person, and the call, which spends a code. A process that
//! waits for either checks meanwhile whether another login has obtained a session.

use std::time::Duration;

use awsesame_core::fault::Fault;
use awsesame_core::name::Subject;
use awsesame_core::plan::Plan;
use awsesame_core::session::Session;
use awsesame_core::session::servable::{Demands, servable};
use awsesame_core::turn::Terms;

use crate::code::CodeSource;
use crate::state::lock::{Flight, Holder, Waiting};
use crate::ui;
use crate::vault::keyring::SessionKeyring;

/// The settings of one login, and the locks that it holds.
pub struct LoginLocks<'a> {
    keyring: &'a SessionKeyring<'a>,
    plan: &'a Plan,
    /// The oldest MFA that will do, in seconds.
    max_age: Option<i64>,
    /// True if only a session obtained since will do.
    force: bool,
    since: i64,
    terms: Terms,
    question: Option<Flight>,
    call: Option<Flight>,
    waited: bool,
}

impl<'a> LoginLocks<'a> {
    /// Returns a value without any lock.
    pub fn new(
        keyring: &'a SessionKeyring<'a>,
        plan: &'a Plan,
        (force, max_age): (bool, Option<i64>),
        terms: Terms,
    ) -> Self {
        Self {
            keyring,
            plan,
            max_age,
            force,
            since: keyring.context.now(),
            terms,
            question: None,
            call: None,
            waited: false,
        }
    }

    /// Takes the lock that a source needs. Returns a session if another login has obtained one meanwhile.
    pub fn take_for(&mut self, source: Option<&dyn CodeSource>) -> Result<Option<Session>, Fault> {
        if source.is_some_and(CodeSource::asks_a_person) { self.to_ask() } else { self.to_call() }
    }

    /// Takes the lock of the question. Returns a session if another login has obtained one meanwhile.
    pub fn to_ask(&mut self) -> Result<Option<Session>, Fault> {
        if self.question.as_ref().is_some_and(Flight::is_still_ours) {
            return Ok(self.came());
        }
        self.question = None;
        let taken = self.take(&format!("question-{}", self.plan.lock_id()))?;
        self.question = taken;
        Ok(self.came())
    }

    /// Takes the lock of the call. Returns a session if another login has obtained one meanwhile.
    pub fn to_call(&mut self) -> Result<Option<Session>, Fault> {
        if self.is_our_call() {
            return Ok(None);
        }
        self.call = None;
        let taken = self.take(&self.plan.lock_id())?;
        self.call = taken;
        Ok(self.came())
    }

    /// Returns true while this process holds the lock of the call. It is checked again before a code is sent, because
    /// the process may have been stopped, and its lock replaced.
    pub fn is_our_call(&self) -> bool {
        self.call.as_ref().is_some_and(Flight::is_still_ours)
    }

    /// Releases the lock of the call while a person is asked or a code is waited for.
    pub fn leave_call(&mut self) {
        self.call = None;
    }

    /// Returns the session that came since we began, if it is one that will do.
    pub fn came(&self) -> Option<Session> {
        let now = self.keyring.context.now();
        let found = self.keyring.vault.derived(&self.plan.root_id(), now).ok()?.ok()?;
        let new = found.header.obtained > self.since || (self.waited && found.header.obtained == self.since);
        let demands = Demands { max_age: self.max_age, ..Demands::at(now) };
        (servable(&found.header, &demands).is_ok() && (!self.force || new)).then_some(found)
    }

    /// Informs the waiting processes that there will be no session.
    pub fn give_up(&mut self) {
        for flight in [self.question.take(), self.call.take()].into_iter().flatten() {
            flight.give_up();
        }
    }

    fn take(&mut self, id: &str) -> Result<Option<Flight>, Fault> {
        let subject = &self.plan.subject;
        let waiting = Waiting {
            terms: self.terms,
            served: &|| {
                // This process has let others go first, so a session that began in this very second is accepted.
                Self { waited: true, question: None, call: None, ..*self }.came().is_some()
            },
            notice: &|holder| tell(subject, holder),
        };
        let taken = Flight::take(self.keyring.state, id, subject, &waiting)?;
        self.waited |= taken.as_ref().is_none_or(|flight| flight.waited);
        Ok(taken)
    }
}

/// Returns the time limit of a wait in which no person is asked.
pub fn call_limit(patience: Duration) -> Duration {
    const SHORTEST: Duration = Duration::from_mins(1);
    if patience.is_zero() { SHORTEST } else { patience }
}

/// Prints which process holds the lock.
pub fn tell(subject: &Subject, holder: &Holder) {
    ui::say(&format!("waiting for the login of {subject} on {} (pid {})", holder.terminal, holder.pid));
}
