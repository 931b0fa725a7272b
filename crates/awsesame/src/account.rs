//! Audits one account: it requests the credential report, reads the policies while AWS creates the report, and passes
//! both to the audit crate, which decides what is wrong. The module `fleet` audits several accounts.

pub mod policies;

pub mod fleet;
mod granted;
pub mod judgments;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use aws_sdk_sts::config::Credentials as Signer;
use awsesame_audit::credential_report::{self, Person};
use awsesame_audit::{Account, Audited, Devices, Force, Limits, judge};
use awsesame_core::answer::translate::{Answer, Refusal};
use awsesame_core::fault::AuditFault;
use awsesame_core::name::Serial;
use awsesame_policy::Subject;

use self::granted::Granted;
use self::judgments::Judgments;
use crate::aws::Aws;
use crate::aws::iam::{account as iam, devices};

/// The parameters of the audit, which are the same for every account.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// The limits beyond which something counts as old.
    pub limits: Limits,
    /// The maximum time that AWS may take to create the report.
    pub patience: Duration,
    /// The time of the audit, in Unix seconds.
    pub now: i64,
}

/// An account, and how it is reached.
pub struct AccountAccess<'a> {
    /// The connection to AWS.
    pub aws: &'a Aws,
    /// The credentials that sign the calls.
    pub signer: Signer,
    /// The partition of the account, such as `aws-cn`.
    pub partition: &'a str,
    /// The account ID, which has twelve digits.
    pub id: &'a str,
    /// The name of the account.
    pub name: Option<String>,
}

/// The reasons why an account could not be audited.
#[derive(Debug)]
pub enum Trouble {
    /// AWS refused a call or could not be reached.
    Answer(Answer),
    /// The report could not be created or read.
    Report(AuditFault),
}

impl From<Answer> for Trouble {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

/// The first and the longest wait before AWS is asked again whether the report is ready.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(4);

/// Audits one account. `waiting` is called when the audit has to wait for AWS.
pub fn account(
    place: &AccountAccess<'_>,
    order: &Order,
    judgments: &Judgments,
    waiting: impl FnOnce(),
) -> Result<Account, Trouble> {
    let since = Instant::now();
    let ready = iam::ask_for_report(place.aws, place.signer.clone())?;
    let mut granted = Granted::default();
    iam::details(place.aws, place.signer.clone(), |page| granted.add(page))?;
    granted.fetch_missing(place.aws, &place.signer)?;
    let (report, reported) = finished_report(place, order, since, ready, waiting)?;
    let people = credential_report::read(&report)
        .map_err(|why| Trouble::Report(AuditFault::ReportBroken { account: place.id.to_owned(), why }))?;
    drop(report);
    let newer = granted.names_but(&people);
    let owners = if people.iter().any(needs_codes) {
        devices::owners(place.aws, place.signer.clone())?
    } else {
        HashSet::new()
    };
    let users = people.into_iter().map(|person| {
        let devices = devices_of(place, &owners, &person)?;
        let force = force(place, order, &granted, judgments, &person);
        let findings = judge::findings(&person, &force, devices, order.limits, order.now);
        Ok(Audited { person, force, devices, findings })
    });
    let users = users.collect::<Result<Vec<Audited>, Answer>>()?;
    Ok(Account { id: place.id.to_owned(), name: place.name.clone(), reported, users, newer })
}

/// Returns true if the user needs a device that gives codes.
fn needs_codes(person: &Person) -> bool {
    person.mfa && !person.is_root() && person.active_keys().next().is_some()
}

/// Returns the usefulness of a user's devices. Most users have a virtual one, and AWS is not asked further about them.
fn devices_of(
    place: &AccountAccess<'_>,
    owners: &HashSet<String>,
    person: &Person,
) -> Result<Devices, Answer> {
    if !needs_codes(person) {
        return Ok(Devices::NotAsked);
    }
    let codes = owners.contains(&person.name)
        || devices::of_user(place.aws, place.signer.clone(), &person.name)?.iter().any(Serial::gives_codes);
    Ok(if codes { Devices::GiveCodes } else { Devices::SecurityKeys })
}

/// Returns the judgment about a person's policies, if they matter.
fn force(
    place: &AccountAccess<'_>,
    order: &Order,
    granted: &Granted,
    judgments: &Judgments,
    person: &Person,
) -> Force {
    // A user without an active key who cannot sign in with a password alone can do nothing on the command line,
    // whatever the policies say.
    let has_key = person.active_keys().next().is_some();
    let signs_in = person.has_password() && !person.mfa;
    if person.is_root() || !(has_key || signs_in) {
        return Force::Unknown;
    }
    let whose = Subject {
        partition: place.partition.to_owned(),
        account: place.id.to_owned(),
        user: person.name.clone(),
        path: None,
    };
    granted.force(&whose, order.now, judgments)
}

/// Waits until AWS has created the report, and returns it.
fn finished_report(
    place: &AccountAccess<'_>,
    order: &Order,
    since: Instant,
    mut ready: bool,
    waiting: impl FnOnce(),
) -> Result<(Vec<u8>, i64), Trouble> {
    let mut wait = FIRST_WAIT;
    let mut waiting = Some(waiting);
    loop {
        if ready {
            match iam::report(place.aws, place.signer.clone()) {
                Err(Answer::Refused(refusal)) if is_unfinished(&refusal) => {}
                answer => return Ok(answer?),
            }
        }
        if since.elapsed() + wait > order.patience {
            let seconds = u32::try_from(order.patience.as_secs()).unwrap_or(u32::MAX);
            return Err(Trouble::Report(AuditFault::ReportLate { account: place.id.to_owned(), seconds }));
        }
        if wait >= Duration::from_secs(1)
            && let Some(tell) = waiting.take()
        {
            tell();
        }
        std::thread::sleep(wait);
        wait = (2 * wait).min(LONGEST_WAIT);
        ready = iam::ask_for_report(place.aws, place.signer.clone())?;
    }
}

/// Returns true if AWS says that the report is not ready yet, or that it has just become too old.
fn is_unfinished(refusal: &Refusal) -> bool {
    matches!(refusal.code.as_str(), "ReportInProgress" | "ReportNotPresent" | "ReportExpired")
}
