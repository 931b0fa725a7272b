//! The table of one look, and every order of steps that three callers can take.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use super::{Next, SILENCE, Sight, Terms, next};

const LIMIT: Duration = Duration::from_mins(5);

fn sight() -> Sight {
    Sight { taken: false, gave_up: false, served: false, silent: Duration::ZERO, waited: Duration::ZERO }
}

#[test]
fn one_look_has_one_answer() {
    let terms = Terms { limit: LIMIT, resigns: true };
    let stays = Terms { resigns: false, ..terms };
    for (sight, terms, expected) in [
        (Sight { taken: true, ..sight() }, terms, Next::Go),
        (Sight { taken: true, served: true, ..sight() }, terms, Next::Served),
        (Sight { taken: true, gave_up: true, ..sight() }, terms, Next::Resign),
        (Sight { taken: true, gave_up: true, ..sight() }, stays, Next::Go),
        (Sight { served: true, waited: LIMIT * 2, silent: SILENCE, ..sight() }, terms, Next::Served),
        (Sight { silent: SILENCE, ..sight() }, terms, Next::PassOver),
        (Sight { waited: LIMIT, ..sight() }, terms, Next::TimeUp),
        (sight(), terms, Next::Wait(Duration::from_millis(2))),
        (Sight { waited: Duration::from_secs(9), ..sight() }, terms, Next::Wait(Duration::from_millis(40))),
        (
            Sight { waited: Duration::from_millis(299_993), ..sight() },
            terms,
            Next::Wait(Duration::from_millis(7)),
        ),
    ] {
        assert_eq!(next(sight, terms), expected, "{sight:?}");
    }
}

/// The place of one caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum At {
    /// It waits for the question.
    WantsQuestion,
    /// The process asks a person.
    Asking,
    /// It reads from a pipe that says nothing.
    Mute,
    /// It has a code, or needs no person, and waits for the call.
    WantsCall,
    /// It holds the call and has not sent its code yet.
    Calling,
    /// Its code is on the way.
    Sending,
    /// The process has a session.
    Served,
    /// The process ended without a session.
    Ended,
    Killed,
}

impl At {
    fn is_done(self) -> bool {
        matches!(self, Self::Served | Self::Ended | Self::Killed)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Caller {
    at: At,
    stopped: bool,
}

/// The state of all callers. A lock that was replaced is no longer its old holder's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct World {
    callers: [Caller; 3],
    question: Option<usize>,
    call: Option<usize>,
    session: bool,
    /// The number of codes that were sent.
    sent: u8,
    /// The number of senders that were stopped or killed meanwhile.
    interrupted: u8,
    stops: u8,
}

/// Every world begins with callers of three kinds: one that asks a person, one that reads a pipe, one that has a code.
const BEGINNINGS: [At; 3] = [At::WantsQuestion, At::Mute, At::WantsCall];

impl World {
    fn of(kinds: [At; 3]) -> Self {
        let callers = kinds.map(|at| Caller { at, stopped: false });
        Self { callers, question: None, call: None, session: false, sent: 0, interrupted: 0, stops: 0 }
    }

    fn look(&self, holder: Option<usize>, waited: Duration) -> Next {
        let silent = holder.is_some_and(|holder| self.callers[holder].stopped);
        let sight = Sight {
            taken: holder.is_none(),
            served: self.session,
            silent: if silent { SILENCE } else { Duration::ZERO },
            waited,
            ..sight()
        };
        next(sight, Terms { limit: LIMIT, resigns: false })
    }

    fn leave(&mut self, who: usize) {
        for lock in [&mut self.question, &mut self.call] {
            if *lock == Some(who) {
                *lock = None;
            }
        }
    }

    /// Returns the state in which one caller is elsewhere.
    fn with(mut self, who: usize, at: At) -> Self {
        self.callers[who].at = at;
        if at.is_done() {
            self.callers[who].stopped = false;
            self.leave(who);
        }
        self
    }

    /// Returns the states after a caller that waits for a lock has looked at it. Returns None if the caller can only
    /// continue to wait.
    fn looked(self, who: usize, is_question: bool, waited: Duration) -> Option<Self> {
        match self.look(if is_question { self.question } else { self.call }, waited) {
            Next::Served => Some(self.with(who, At::Served)),
            Next::TimeUp => Some(self.with(who, At::Ended)),
            Next::Go | Next::PassOver if is_question => {
                Some(Self { question: Some(who), ..self.with(who, At::Asking) })
            }
            Next::Go | Next::PassOver => Some(Self { call: Some(who), ..self.with(who, At::Calling) }),
            Next::Wait(_) | Next::Resign => None,
        }
    }

    /// Returns the states after one step of one caller, by itself, or None if it can only wait.
    fn steps(self, who: usize) -> Vec<Self> {
        let Caller { at, stopped } = self.callers[who];
        if stopped {
            let mut awake = self;
            awake.callers[who].stopped = false;
            return vec![awake];
        }
        match at {
            At::WantsQuestion => self.looked(who, true, Duration::ZERO).into_iter().collect(),
            At::WantsCall => self.looked(who, false, Duration::ZERO).into_iter().collect(),
            // The person looks up, and need not answer.
            At::Asking if self.session => vec![self.with(who, At::Served)],
            // A person says no, and a pipe may close.
            At::Asking | At::Mute => vec![self.with(who, At::WantsCall), self.with(who, At::Ended)],
            // Passed over, and nothing was sent: it waits again, and looks.
            At::Calling if self.call != Some(who) => vec![self.with(who, At::WantsCall)],
            At::Calling => vec![Self { sent: self.sent + 1, ..self.with(who, At::Sending) }],
            At::Sending => vec![Self { session: true, ..self.with(who, At::Served) }],
            At::Served | At::Ended | At::Killed => Vec::new(),
        }
    }

    /// Returns the states after something was done to a caller: stopped, killed, or its limit is over.
    fn blows(self, who: usize) -> Vec<Self> {
        let Caller { at, stopped } = self.callers[who];
        let mut after = Vec::new();
        if !stopped && matches!(at, At::WantsQuestion | At::WantsCall) {
            after.extend(self.looked(who, at == At::WantsQuestion, LIMIT));
        }
        if self.stops < 3 && !at.is_done() {
            let interrupted = self.interrupted + u8::from(at == At::Sending && !stopped);
            let struck = Self { stops: self.stops + 1, interrupted, ..self };
            after.push(struck.with(who, At::Killed));
            if !stopped {
                let mut stopped = struck;
                stopped.callers[who].stopped = true;
                after.push(stopped);
            }
        }
        after
    }

    /// Checks what must be true of every state.
    fn check(&self) {
        // A second code is sent only where the first one's sender was struck on the way.
        assert!(self.sent <= 1 + self.interrupted, "two codes were sent: {self:?}");
        for (who, caller) in self.callers.iter().enumerate() {
            assert!(
                caller.at != At::Mute || ![self.question, self.call].contains(&Some(who)),
                "a pipe that says nothing holds a lock: {self:?}"
            );
            let steps = self.steps(who);
            let holder = match caller.at {
                At::WantsQuestion => self.question,
                At::WantsCall => self.call,
                _ => continue,
            };
            if caller.stopped || !steps.is_empty() {
                continue;
            }
            // It waits: for somebody who lives, and for a person only if it needs one itself.
            let holder = self.callers[holder.expect("only a holder keeps anybody waiting")];
            assert!(!self.session, "it waits beside a session: {self:?}");
            assert!(!holder.stopped && !holder.at.is_done(), "it waits for nobody: {self:?}");
            if caller.at == At::WantsCall {
                assert!(matches!(holder.at, At::Calling | At::Sending), "it waits for a person: {self:?}");
            }
            // The limit of the caller ends its wait, whichever process holds the lock.
            let late = self.looked(who, caller.at == At::WantsQuestion, LIMIT);
            assert_eq!(late.map(|late| late.callers[who].at), Some(At::Ended), "{self:?}");
        }
    }
}

#[test]
fn in_every_order_of_steps_one_code_is_sent_and_nobody_waits_for_a_person_without_needing_one() {
    let mut seen = BTreeSet::new();
    let kinds = || BEGINNINGS.into_iter();
    let mut open: VecDeque<World> = kinds()
        .flat_map(|one| kinds().flat_map(move |two| kinds().map(move |three| World::of([one, two, three]))))
        .collect();
    let (mut places, mut served, mut lost) = (BTreeSet::new(), 0, 0);
    while let Some(world) = open.pop_front() {
        if !seen.insert(world) {
            continue;
        }
        world.check();
        places.extend(world.callers.map(|caller| (caller.at, caller.stopped)));
        let steps: Vec<World> = (0..3).flat_map(|who| world.steps(who)).collect();
        if world.callers.iter().all(|caller| caller.at.is_done()) {
            served += usize::from(world.session);
            // No code is lost but with the process that had sent it.
            assert!(world.session || world.sent <= world.interrupted, "a code was lost: {world:?}");
            lost += usize::from(!world.session && world.sent > 0);
        } else {
            assert!(!steps.is_empty(), "everybody waits for ever: {world:?}");
        }
        open.extend(steps);
        open.extend((0..3).flat_map(|who| world.blows(who)));
    }
    // Six places in which one may be stopped, and nine in all.
    assert_eq!(places.len(), 15, "{places:?}");
    let found =
        format!("{} states, {served} ends with a session, {lost} where the sender was killed", seen.len());
    assert!(seen.len() > 20_000 && served > 100 && lost > 0, "{found}");
}
