//! Sign-in by browser, with AWS Sign-In and with Identity Center. The results are sealed, and refreshed without a
//! person while they are valid. Core decides what is sent and what an answer means. The module `session::story` uses
//! the credentials.

pub mod browser;
mod cli_caches;
mod console_login;
mod identity_center;
pub mod oauth;
pub mod portal_reader;
mod requests;

use std::time::{Duration, Instant};

use awsesame_core::fault::{Fault, NoSession, SigninFault};
use awsesame_core::name::AccountId;
use awsesame_core::name::secret::Secret;
use awsesame_core::plan::{Plan, Root, SignIn};
use awsesame_core::session::{Credentials, Header, Inputs, Kind};
use awsesame_core::signin::Unacceptable;
use awsesame_core::signin::callback::{self, Callback};
use awsesame_core::signin::identity_center::settings::Portal;
use awsesame_core::turn::Terms;

use self::browser::Browser;
use self::oauth::listener::{Arrival, Listener, Waited};
use self::portal_reader::PortalReader;
use crate::aws::Aws;
use crate::os::file;
use crate::os::signals::Signals;
use crate::os::terminal::{Answer, Terminal};
use crate::state::lock::{Flight, Holder, Waiting};
use crate::ui;
use crate::vault::keyring::SessionKeyring;

/// The way in which a person signs in, as far as the settings leave a choice.
#[derive(Debug, Clone, Default)]
pub struct Way {
    /// The browser that was named; empty: the desktop's own.
    pub browser: Vec<String>,
    /// The place where the browser is.
    pub through: BrowserPlace,
    /// True if what other tools read is written too, in the clear.
    pub publish: bool,
    /// True if a browser may be opened without a terminal, because the user asked for that.
    pub at_once: bool,
}

/// The browser for the sign-in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BrowserPlace {
    /// The browser of this machine, if there is one.
    #[default]
    Here,
    /// A browser on any machine. The person pastes the text of its page here.
    Pasted,
    /// A browser on any machine, in which the person types a device code.
    DeviceCode,
}

/// The requirements of a sign-in.
#[derive(Debug, Clone, Default)]
pub struct Need {
    /// True to sign in again even if it is not necessary.
    pub force: bool,
    /// True if a person may be asked to sign in.
    pub may_ask: bool,
    /// The account that the project expects.
    pub account: Option<AccountId>,
}

/// The time limit for the person at the browser.
const PATIENCE: Duration = Duration::from_mins(10);

/// The time limit of a refresh with all its attempts.
const QUICK: Duration = Duration::from_mins(1);

/// The credentials of a sign-in.
#[derive(Debug)]
pub struct SignedIn {
    /// The way in which they were obtained.
    pub kind: Kind,
    /// The credentials that are delivered.
    pub credentials: Credentials,
    /// The ARN of their owner.
    pub arn: String,
    /// The time at which they were obtained, in unix seconds.
    pub obtained: i64,
    /// The time at which they expire, in unix seconds.
    pub expires: i64,
    /// True if a person signed in for them just now.
    pub new: bool,
}

/// One sign-in: the plan that needs it, and the permitted ways.
pub struct Signing<'a> {
    keyring: &'a SessionKeyring<'a>,
    plan: &'a Plan,
    sign_in: &'a SignIn,
    /// The id under which the sign-in is stored.
    grant_id: String,
    aws: &'a Aws,
    way: &'a Way,
    need: Need,
}

impl<'a> Signing<'a> {
    /// Prepares the sign-in by browser that a plan contains. A plan without one is a bug of the caller.
    pub fn of(
        keyring: &'a SessionKeyring<'a>,
        plan: &'a Plan,
        aws: &'a Aws,
        way: &'a Way,
        need: Need,
    ) -> Result<Self, Fault> {
        let (Root::SignIn(sign_in), Some(grant_id)) = (&plan.root, plan.grant_id()) else {
            return Err(Fault::Bug { what: format!("nobody signs in by browser for {}", plan.subject) });
        };
        Ok(Self { keyring, plan, sign_in, grant_id, aws, way, need })
    }

    /// Returns credentials: the stored ones, refreshed if it is time, or else those of a new sign-in by browser.
    pub fn credentials(&self) -> Result<SignedIn, Fault> {
        match self.sign_in {
            SignIn::Console(session) => self.console(session),
            SignIn::Portal(portal, role) => self.portal(portal, role),
        }
    }

    /// Ends a sign-in at the service, if that is possible, before its record is deleted here.
    pub fn sign_out(&self) {
        match self.sign_in {
            SignIn::Console(_) => self.withdraw_console(),
            SignIn::Portal(portal, _) => self.end_portal_session(portal),
        }
    }

    /// Opens a portal to list its accounts and roles.
    pub fn portal_reader(&self, portal: &Portal) -> Result<PortalReader, Fault> {
        let (token, _) = self.token(portal)?;
        let hosts = self.hosts(portal);
        let http = self.http_for(&hosts.portal)?;
        Ok(PortalReader::new(http, hosts, token, self.plan.subject.clone()))
    }

    fn now(&self) -> i64 {
        self.keyring.context.now()
    }

    /// Takes the lock for signing in and refreshing. Returns None if another process has obtained the result meanwhile.
    fn flight(&self, served: &dyn Fn() -> bool) -> Result<Option<Flight>, Fault> {
        let subject = &self.plan.subject;
        let notice = |holder: &Holder| {
            let (terminal, pid) = (&holder.terminal, holder.pid);
            ui::say(&format!("waiting for the sign-in of {subject} on {terminal} (pid {pid})"));
        };
        // A caller without a person waits for a refresh, but not for a person.
        let limit = if self.need.may_ask { PATIENCE + QUICK } else { QUICK };
        let terms = Terms { limit, resigns: self.need.may_ask };
        let waiting = Waiting { terms, served, notice: &notice };
        Flight::take(self.keyring.state, &self.plan.lock_id(), subject, &waiting)
    }

    fn login_needed(&self, reason: NoSession) -> Fault {
        Fault::LoginNeeded { subject: self.plan.subject.clone(), reason }
    }

    /// Returns the browser of this machine, or None if the person should copy the answer.
    fn browser(&self) -> Option<Browser> {
        if self.way.through != BrowserPlace::Here {
            return None;
        }
        Browser::find(&self.way.browser, self.keyring.context)
    }

    /// Prints the address to open, and what to do if no window opens.
    fn tell_address(&self, address: &str) {
        ui::say(&format!("waiting for the browser to sign in {}; Ctrl-C gives up", self.plan.subject));
        ui::say(&format!("if no page opens, open this address: {address}"));
    }

    /// Waits for the browser. A signal ends it, and those who wait for us then give up too.
    fn arrival(
        &self,
        listener: &mut Listener,
        state: &str,
        flight: &mut Option<Flight>,
    ) -> Result<Arrival, Fault> {
        let signals = Signals::watch()
            .map_err(|error| Fault::Bug { what: format!("signals: {}", file::words(&error)) })?;
        let waited = listener.wait(state, Instant::now() + PATIENCE, || signals.arrived());
        if signals.arrived()
            && let Some(flight) = flight.take()
        {
            flight.give_up();
        }
        signals.obey();
        match waited? {
            Waited::Arrived(arrival) => Ok(arrival),
            Waited::TimedOut => {
                let minutes = PATIENCE.as_secs() / 60;
                Err(SigninFault::Abandoned { subject: self.plan.subject.clone(), minutes }.into())
            }
            Waited::Stopped => Err(self.given_up()),
        }
    }

    /// Returns the code from an answer.
    fn code(&self, callback: Callback) -> Result<Secret, Fault> {
        match callback {
            Callback::Code(code) => Ok(code),
            Callback::Refused { error, description } => {
                let why = if description.is_empty() { error } else { description };
                Err(SigninFault::Declined { subject: self.plan.subject.clone(), why }.into())
            }
        }
    }

    /// Returns the header of a record that is stored under a name.
    fn header(
        &self,
        id: &str,
        kind: Kind,
        account: AccountId,
        arn: String,
        (obtained, expires): (i64, i64),
    ) -> Header {
        Header {
            subject: self.plan.subject.clone(),
            kind,
            account,
            arn,
            obtained,
            expires,
            mfa_at: None,
            region: None,
            endpoint: None,
            id: id.to_owned(),
            root: Some(self.grant_id.clone()),
            store: None,
            stamps: Vec::new(),
            inputs: Inputs::default(),
        }
    }

    /// Asks for the answer that the person copies from another machine.
    fn pasted(
        &self,
        address: &str,
        question: &str,
        read: impl Fn(&str) -> Result<Callback, Unacceptable>,
    ) -> Result<Callback, Fault> {
        let subject = || self.plan.subject.clone();
        let mut terminal = Terminal::open().ok_or_else(|| self.login_needed(NoSession::Never))?;
        let unreadable = |error: std::io::Error| Fault::Unreadable {
            path: "/dev/tty".to_owned(),
            why: file::words(&error),
        };
        let picture = ui::qr::picture(address, ui::qr::Strokes::here());
        let picture = picture.as_deref().map(|picture| format!("{picture}\n")).unwrap_or_default();
        let text = format!(
            "{picture}sign in as {} in a browser on any machine:\n\n{address}\n\n",
            self.plan.subject
        );
        terminal.show(&text).map_err(unreadable)?;
        let asked = terminal.ask_for_pasted(question, Some(PATIENCE), callback::LONGEST);
        match asked.map_err(unreadable)? {
            Answer::Line(line) => read(&line)
                .map_err(|why| SigninFault::Pasted { subject: subject(), why: why.to_string() }.into()),
            Answer::Cancelled => Err(self.given_up()),
            Answer::TimedOut => {
                let minutes = PATIENCE.as_secs() / 60;
                Err(SigninFault::Abandoned { subject: subject(), minutes }.into())
            }
        }
    }

    fn given_up(&self) -> Fault {
        SigninFault::GivenUp { subject: self.plan.subject.clone() }.into()
    }
}
