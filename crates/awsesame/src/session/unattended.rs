//! Obtains credentials that need no person: those of the container or instance, of a web identity, and of a program
//! that prints a session. The last two are stored and renewed like the sessions of roles.

use std::time::Duration;

use awsesame_core::answer::{process, web_identity};
use awsesame_core::fault::{Fault, SourceFault};
use awsesame_core::name::secret::Secret;
use awsesame_core::plan::{Ambient, Plan, PrintedSession, TokenSource, WebIdentity};
use awsesame_core::session::{Kind, Session};
use awsesame_core::turn::Terms;

use crate::aws::sts::{self, Issued};
use crate::aws::{self, Aws, ambient, credential_program};
use crate::broker::{address, place::BrokerPaths};
use crate::os::named_file;
use crate::session::locks;
use crate::session::story::{Obtained, Want};
use crate::state::lock::{Flight, Waiting};
use crate::ui;
use crate::vault::keyring::SessionKeyring;

/// A file with a token is not larger, with all the white space around it.
const MOST_BYTES: u64 = 64 * 1024;

impl SessionKeyring<'_> {
    /// Returns the session of the container or instance. Nobody is asked, no code is spent, and nothing is stored.
    pub(super) fn machine(
        &self,
        plan: &Plan,
        source: Ambient,
        want: &Want<'_>,
        aws: &Aws,
    ) -> Result<Session, Fault> {
        let subject = plan.subject.clone();
        if want.max_age.is_some() {
            return Err(Fault::NoMfaHere { subject, source_name: source.as_str() });
        }
        if plan.roles.is_empty() {
            return Err(Fault::Unsupported { subject, setting: "credential_source" });
        }
        if want.asking.given.is_some() {
            ui::warn(&format!("the code was not needed: {subject} has the machine's own credentials"));
        }
        // A port that cannot be read was not chosen by us.
        let broker = address::port(&BrokerPaths::meant(self.state, self.context)).unwrap_or_default();
        let (credentials, expires) = ambient::credentials(source, aws, self.context, broker)?;
        let issued = Issued { credentials: credentials.clone(), expires, arn: None };
        let header = self.header(plan, Kind::Role, &plan.root_id(), "", &issued, None);
        Ok(Session { header, credentials })
    }

    /// Returns the session of the role that a web identity assumes.
    pub(super) fn web_identity(
        &self,
        plan: &Plan,
        web: &WebIdentity,
        want: &Want<'_>,
        aws: &Aws,
    ) -> Result<(Session, Obtained), Fault> {
        self.renewed(plan, (Kind::Role, "a web identity"), want, || {
            // The token is read for each call, because another program writes it again before it expires.
            let token = self.token(plan, &web.token, want.asking.may_ask)?;
            sts::assume_role_with_web_identity(aws, &web.role, &token).map_err(|answer| {
                web_identity::refused(&answer, &web.role.arn, &plan.subject).unwrap_or_else(|| {
                    self.caller(plan, aws, &sts::nobody()).fault_as(&answer, Some(&web.role))
                })
            })
        })
    }

    /// Returns the session that a program prints.
    pub(super) fn printed(
        &self,
        plan: &Plan,
        program: &PrintedSession,
        want: &Want<'_>,
        aws: &Aws,
    ) -> Result<(Session, Obtained), Fault> {
        let PrintedSession { profile, command } = program;
        let none = |why: String| SourceFault::NoSessionPrinted { profile: profile.clone(), why }.into();
        self.renewed(plan, (Kind::Program, "a program"), want, || {
            let printed = credential_program::output(self.context, command, want.asking.may_ask, none)?;
            let Some((credentials, expires)) =
                process::session(&printed, self.context.now()).map_err(none)?
            else {
                let path = self.context.folders().aws()?.config.to_string_lossy().into_owned();
                return Err(SourceFault::KeyWithoutDevice { profile: profile.clone(), path }.into());
            };
            // The program does not print the identity. STS returns it, and no permission is needed for that.
            let signer = aws::temporary(&credentials);
            let arn =
                self.caller(plan, aws, &signer).call(sts::caller_identity).map_err(|fault| match fault {
                    Fault::SessionRejected { .. } => none("AWS does not accept what it prints".to_owned()),
                    fault => fault,
                })?;
            Ok(Issued { credentials, expires, arn: Some(arn) })
        })
        .map_err(|fault| match fault {
            Fault::OtherGaveUp { pid, .. } => none(format!("it gave none to pid {pid} a moment ago")),
            fault => fault,
        })
    }

    /// Returns the stored session of a root, or a new one if it is due for renewal. One process renews it for all.
    fn renewed(
        &self,
        plan: &Plan,
        (kind, source_name): (Kind, &'static str),
        want: &Want<'_>,
        fetch: impl FnOnce() -> Result<Issued, Fault>,
    ) -> Result<(Session, Obtained), Fault> {
        let subject = &plan.subject;
        if want.max_age.is_some() {
            return Err(SourceFault::MfaUnknown { subject: subject.clone(), source_name }.into());
        }
        if want.asking.given.is_some() {
            ui::warn(&format!("the code was not needed: {subject} gets its credentials from {source_name}"));
        }
        let id = plan.root_id();
        let there = || -> Result<Option<Session>, Fault> {
            Ok(if want.force { None } else { self.usable(&id, want)?.ok() })
        };
        // If a valid session is there, this process does not wait for another one.
        let limit = match there()? {
            Some(_) => Duration::ZERO,
            None => locks::call_limit(want.asking.patience),
        };
        // If the program of the other process fails, this process fails too, because it would wait just as long.
        let waiting = Waiting { terms: Terms { limit, resigns: true }, ..Waiting::quietly(limit) };
        let flight = match (Flight::take(self.state, &id, subject, &waiting), there()?) {
            (Err(Fault::StillWaiting { .. }), Some(there)) => return Ok((there, Obtained::Cached)),
            (taken, _) => taken?,
        };
        let there = there()?;
        if let Some(there) = there.as_ref().filter(|there| !there.header.wants_renewal(self.context.now())) {
            return Ok((there.clone(), Obtained::Cached));
        }
        let issued = match (fetch(), there) {
            (Ok(issued), _) => issued,
            (Err(fault), Some(there)) => {
                ui::warn(&format!("the credentials are used until they expire; {}", fault.in_one_line()));
                return Ok((there, Obtained::Cached));
            }
            (Err(fault), None) => {
                if let Some(flight) = flight {
                    flight.give_up();
                }
                return Err(fault);
            }
        };
        let arn = issued.arn.clone().unwrap_or_default();
        let mut header = self.header(plan, kind, &id, &arn, &issued, None);
        let write = |bytes: &[u8]| self.state.write_derived(&id, bytes);
        want.forgive(self.lay_down(&mut header, &issued.credentials, &self.state.named_stamp(&id), write))?;
        Ok((Session { header, credentials: issued.credentials }, Obtained::Renewed))
    }

    fn token(&self, plan: &Plan, source: &TokenSource, may_ask: bool) -> Result<Secret, Fault> {
        let subject = || plan.subject.clone();
        match source {
            TokenSource::File(path) | TokenSource::Variable(path) => {
                let none =
                    |why: String| SourceFault::NoTokenInFile { subject: subject(), path: path.clone(), why };
                let text = named_file::read(&self.context.folders().expand(path.into()), MOST_BYTES)
                    .and_then(|text| text.ok_or_else(|| "no such file or directory".to_owned()))
                    .map_err(none)?;
                Ok(web_identity::token(&text).map_err(none)?)
            }
            TokenSource::Program(command) => {
                let none = |why: String| SourceFault::NoTokenPrinted { subject: subject(), why }.into();
                let printed = credential_program::output(self.context, command, may_ask, none)?;
                web_identity::token(&printed).map_err(none)
            }
        }
    }
}
