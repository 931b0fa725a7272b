//! The decision whether a session may be served. No other module decides it: the front, the full program's
//! `session::story`, the broker and `status` all call this one, each with its own demands. Reading, opening and
//! delivering a session do not belong here.

use super::header::{Header, Kind};
use super::pin::Pin;
use super::resolved_from::{FileStamp, Inputs};
use crate::fault::{Fault, NoSession};
use crate::name::Subject;

/// The minimum remaining time of a session that is served, in seconds: the call that uses it must still reach AWS.
const LEAST_LEFT: i64 = 30;

/// The requirements of a caller. `None` or `false` means that there is no requirement.
#[derive(Debug, Clone, Copy)]
pub struct Demands<'a> {
    /// The time, in unix seconds. A session that ends too soon after it is never served.
    pub now: i64,
    /// The subject that the session must belong to.
    pub subject: Option<&'a Subject>,
    /// The files and variables that it must have been resolved from.
    pub resolved_from: Option<(&'a [FileStamp], &'a Inputs)>,
    /// The store that its key must be kept in.
    pub store: Option<&'a str>,
    /// The greatest age of the MFA, in seconds.
    pub max_age: Option<i64>,
    /// True where a session that can be renewed silently must not be due for it.
    pub not_due: bool,
    /// The expectations of the project.
    pub pin: Option<&'a Pin>,
}

impl Demands<'_> {
    /// Returns the least possible demands: the session must not have ended.
    pub fn at(now: i64) -> Self {
        Self {
            now,
            subject: None,
            resolved_from: None,
            store: None,
            max_age: None,
            not_due: false,
            pin: None,
        }
    }
}

/// The reasons why a session may not be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unservable {
    /// The session belongs to another subject, because its file was copied or renamed.
    OtherSubject,
    /// A file or a variable from which it was resolved has changed.
    Changed,
    /// Its key is in another store than the configured one.
    OtherStore,
    /// The session has expired, or its MFA is too old.
    Ended(NoSession),
    /// The session is due for a renewal, which needs no code.
    Due,
    /// The project expects another account or role.
    Pinned(Fault),
}

impl Unservable {
    /// Returns the reason in the form that faults contain.
    pub fn reason(&self) -> NoSession {
        match self {
            Self::Ended(reason) => *reason,
            Self::OtherSubject | Self::Changed | Self::OtherStore | Self::Due | Self::Pinned(_) => {
                NoSession::Unwanted
            }
        }
    }
}

/// Decides whether a session may be served. The result is the first demand that it does not meet. The pin comes last,
/// because that fault only makes sense for a session that is otherwise valid.
pub fn servable(header: &Header, demands: &Demands<'_>) -> Result<(), Unservable> {
    if demands.subject.is_some_and(|subject| *subject != header.subject) {
        return Err(Unservable::OtherSubject);
    }
    if demands.resolved_from.is_some_and(|(stamps, inputs)| !resolved_from(header, stamps, inputs)) {
        return Err(Unservable::Changed);
    }
    if demands.store.is_some_and(|store| header.store.as_deref() != Some(store)) {
        return Err(Unservable::OtherStore);
    }
    not_ended(header, demands.now, demands.max_age).map_err(Unservable::Ended)?;
    if demands.not_due && header.wants_renewal(demands.now) {
        return Err(Unservable::Due);
    }
    demands.pin.map_or(Ok(()), |pin| pin.check(header)).map_err(Unservable::Pinned)
}

fn not_ended(header: &Header, now: i64, max_age: Option<i64>) -> Result<(), NoSession> {
    // Short lifetimes (a test server's) keep a margin in proportion.
    let margin = LEAST_LEFT.min(header.lifetime() / 10);
    if header.left(now) <= margin {
        return Err(NoSession::Expired);
    }
    // A sign-in can be used to get credentials, but is not credentials itself.
    if header.kind == Kind::Grant {
        return Err(NoSession::Never);
    }
    match max_age {
        Some(most) if header.mfa_age(now).is_none_or(|age| age > most) => Err(NoSession::MfaTooOld),
        _ => Ok(()),
    }
}

/// Returns true if a session was resolved from the very same files and variables.
fn resolved_from(header: &Header, stamps: &[FileStamp], inputs: &Inputs) -> bool {
    let own = &header.inputs;
    // The endpoint of the profile is exported, and then comes back as a variable.
    let endpoint =
        own.endpoint == inputs.endpoint || (inputs.endpoint.is_some() && inputs.endpoint == header.endpoint);
    let exact = matches!(header.subject, Subject::Environment(_));
    let same = |own: &Option<String>, now: &Option<String>| (!exact && own.is_none()) || own == now;
    endpoint
        && same(&own.master_key, &inputs.master_key)
        && same(&own.mfa_arn, &inputs.mfa_arn)
        && (matches!(header.kind, Kind::Mfa | Kind::SignIn | Kind::Portal | Kind::Program)
            || own.role == inputs.role)
        && (&own.token_file, &own.role_arn) == (&inputs.token_file, &inputs.role_arn)
        && same_files(&header.stamps, stamps)
}

/// Returns true if the files have not changed. Their paths are not compared, because a path can be spelled in several
/// ways: the inode identifies a file, and a missing file is the same under every path.
fn same_files(then: &[FileStamp], now: &[FileStamp]) -> bool {
    then.len() == now.len() && then.iter().zip(now).all(|(then, now)| then.state == now.state)
}

#[cfg(test)]
mod tests {
    use super::super::resolved_from::FileState;
    use super::*;
    use crate::fixture::header;
    use crate::name::{AccessKeyId, AccountId, ProfileName};

    /// A moment at which the session of the fixture is good in every respect.
    const NOON: i64 = 1_000_100;

    /// Returns every demand. The session of the fixture meets all of them at noon.
    fn demands<'a>(session: &'a Header, pin: &'a Pin) -> Demands<'a> {
        Demands {
            now: NOON,
            subject: Some(&session.subject),
            resolved_from: Some((&session.stamps, &session.inputs)),
            store: Some("kernel"),
            max_age: Some(900),
            not_due: true,
            pin: Some(pin),
        }
    }

    #[test]
    fn each_demand_that_is_not_met_has_its_own_answer_and_the_first_counts() {
        let session = header();
        let account = |id: &str| Pin { account: Some(AccountId::new(id)), role: None };
        let (pin, other_pin) = (account("123456789012"), account("210987654321"));
        let other_subject = Subject::Profile(ProfileName::new("prod"));
        let role = Header { kind: Kind::Role, expires: 1_003_600, ..header() };
        let met = demands(&session, &pin);
        let last_minutes = Demands { now: 1_003_000, max_age: None, ..met };
        let pinned = other_pin.check(&session).unwrap_err();
        for (what, session, demands, expected) in [
            ("all is met", &session, met, Ok(())),
            ("nothing is demanded", &session, Demands::at(NOON), Ok(())),
            (
                "another subject",
                &session,
                Demands { subject: Some(&other_subject), ..met },
                Err(Unservable::OtherSubject),
            ),
            (
                "a changed file",
                &session,
                Demands { resolved_from: Some((&[], &session.inputs)), ..met },
                Err(Unservable::Changed),
            ),
            ("another store", &session, Demands { store: Some("file"), ..met }, Err(Unservable::OtherStore)),
            (
                "its end",
                &session,
                Demands { now: session.expires, ..met },
                Err(Unservable::Ended(NoSession::Expired)),
            ),
            (
                "an old MFA",
                &session,
                Demands { max_age: Some(99), ..met },
                Err(Unservable::Ended(NoSession::MfaTooOld)),
            ),
            ("a role that is due", &role, last_minutes, Err(Unservable::Due)),
            ("a role that may be due", &role, Demands { not_due: false, ..last_minutes }, Ok(())),
            ("what a code is needed for is never due", &session, last_minutes, Ok(())),
            (
                "another account",
                &session,
                Demands { pin: Some(&other_pin), ..met },
                Err(Unservable::Pinned(pinned)),
            ),
            (
                "an end and another account",
                &session,
                Demands { now: session.expires, pin: Some(&other_pin), ..met },
                Err(Unservable::Ended(NoSession::Expired)),
            ),
            (
                "a changed file and an end",
                &session,
                Demands { now: session.expires, resolved_from: Some((&[], &session.inputs)), ..met },
                Err(Unservable::Changed),
            ),
        ] {
            assert_eq!(servable(session, &demands), expected, "{what}");
        }
    }

    #[test]
    fn a_session_is_good_until_shortly_before_its_expiry() {
        let session = header();
        let good = |session: &Header, now| servable(session, &Demands::at(now));
        for (left, expected) in [(43_200, true), (31, true), (30, false), (0, false), (-1, false)] {
            assert_eq!(good(&session, session.expires - left).is_ok(), expected, "{left} s left");
        }
        let brief = Header { expires: 1_000_005, ..header() };
        assert_eq!(good(&brief, 1_000_004), Ok(()));
        assert_eq!(good(&brief, 1_000_005), Err(Unservable::Ended(NoSession::Expired)));
    }

    #[test]
    fn the_age_of_the_mfa_can_be_bounded() {
        let session = header();
        let good = |session: &Header, now, max_age| {
            servable(session, &Demands { max_age, ..Demands::at(now) }).map_err(|why| why.reason())
        };
        assert_eq!(good(&session, 1_000_900, Some(900)), Ok(()));
        assert_eq!(good(&session, 1_000_901, Some(900)), Err(NoSession::MfaTooOld));
        let without = Header { mfa_at: None, ..header() };
        assert_eq!(good(&without, 1_000_001, Some(900)), Err(NoSession::MfaTooOld));
        assert_eq!(good(&without, 1_000_001, None), Ok(()));
    }

    #[test]
    fn a_changed_file_or_variable_means_resolving_anew() {
        let session = header();
        let stamps = session.stamps.clone();
        let same = |session: &Header, stamps: &[FileStamp], inputs: &Inputs| {
            servable(session, &Demands { resolved_from: Some((stamps, inputs)), ..Demands::at(NOON) }).is_ok()
        };
        assert!(same(&session, &stamps, &Inputs::default()));
        let mut touched = stamps.clone();
        touched[0].state = Some(FileState { mtime: 6, size: 6, inode: 7 });
        assert!(!same(&session, &touched, &Inputs::default()));
        assert!(!same(&session, &[], &Inputs::default()));
        let elsewhere = Inputs { endpoint: Some("http://127.0.0.1:1".into()), ..Inputs::default() };
        assert!(!same(&session, &stamps, &elsewhere));
        let exported = Header { endpoint: elsewhere.endpoint.clone(), ..header() };
        assert!(same(&exported, &stamps, &elsewhere));
        // A key in the environment that a profile never used does not matter to it.
        let master = Inputs { master_key: Some("AKIAX".into()), ..Inputs::default() };
        assert!(same(&session, &stamps, &master));
        // The settings for assuming roles matter only for roles.
        let web = Inputs { token_file: Some("/run/token".into()), ..Inputs::default() };
        assert!(!same(&session, &stamps, &web), "a web identity of the environment");
        let by_web = Header { inputs: web.clone(), ..session.clone() };
        assert!(same(&by_web, &stamps, &web) && !same(&by_web, &stamps, &Inputs::default()));
        let terms = Inputs { role: Some("0011".into()), ..Inputs::default() };
        assert!(same(&session, &stamps, &terms));
        assert!(!same(&Header { kind: Kind::Role, ..header() }, &stamps, &terms));
        let environment = Header { subject: Subject::Environment(AccessKeyId::new("AKIAX")), ..header() };
        assert!(!same(&environment, &stamps, &master));
    }
}
