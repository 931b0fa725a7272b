//! The header of a session: the part that is stored in the clear. Nothing secret may ever be added to it.

use super::key_id::KeyId;
use super::resolved_from::{FileStamp, Inputs};
use crate::fault::NoSession;
use crate::name::{AccountId, Subject};

/// How a session came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `GetSessionToken` with a code.
    Mfa,
    /// `AssumeRole` from an MFA session: renewed without another code.
    Role,
    /// `AssumeRole` with the code itself, for roles of more than one hour.
    DirectRole,
}

impl Kind {
    /// The word in headers and in `status --json`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Mfa => "mfa",
            Self::Role => "role",
            Self::DirectRole => "direct-role",
        }
    }

    /// The kind by its word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Mfa, Self::Role, Self::DirectRole].into_iter().find(|kind| kind.word() == word)
    }
}

/// The part of a session file that anybody may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Whose session it is.
    pub subject: Subject,
    /// How it came about.
    pub kind: Kind,
    /// The account.
    pub account: AccountId,
    /// The identity, as `GetCallerIdentity` or `AssumeRole` tell it.
    pub arn: String,
    /// When it was obtained, unix seconds.
    pub obtained: i64,
    /// When it expires, unix seconds.
    pub expires: i64,
    /// When the token code was given, unix seconds; `None` where there was none.
    pub mfa_at: Option<i64>,
    /// The profile's region, exported with the keys.
    pub region: Option<String>,
    /// The profile's endpoint, exported with the keys.
    pub endpoint: Option<String>,
    /// The name of the file it was written for, so that a copy under another name is noticed.
    pub id: String,
    /// The id of the MFA session it comes from (see `Plan::root_id`).
    pub root: String,
    /// Which data key seals it.
    pub key: KeyId,
    /// Where that data key rests.
    pub store: String,
    /// The config files it was resolved from.
    pub stamps: Vec<FileStamp>,
    /// The variables it was resolved from.
    pub inputs: Inputs,
}

/// Sessions are renewed this long before they expire, where that needs no code:
/// botocore refreshes in the last 15 minutes, and should find a new one then.
const RENEW_BEFORE: i64 = 20 * 60;
/// Nothing is served with less than this left: the call that it is for must still arrive.
const LEAST_LEFT: i64 = 30;

impl Header {
    /// Seconds until it expires; negative afterwards.
    pub fn left(&self, now: i64) -> i64 {
        self.expires.saturating_sub(now)
    }

    /// Seconds since the token code was given.
    pub fn mfa_age(&self, now: i64) -> Option<i64> {
        self.mfa_at.map(|at| now.saturating_sub(at).max(0))
    }

    /// Whether the credentials may still be handed out. `max_age` bounds the age
    /// of the MFA in seconds.
    pub fn usable(&self, now: i64, max_age: Option<i64>) -> Result<(), NoSession> {
        // Short lifetimes (a test server's) keep a margin in proportion.
        let margin = LEAST_LEFT.min(self.lifetime() / 10);
        if self.left(now) <= margin {
            return Err(NoSession::Expired);
        }
        match max_age {
            Some(most) if self.mfa_age(now).is_none_or(|age| age > most) => Err(NoSession::MfaTooOld),
            _ => Ok(()),
        }
    }

    /// Whether it is time to renew it silently. Only role sessions can be.
    pub fn wants_renewal(&self, now: i64) -> bool {
        self.until_renewal(now).is_some_and(|left| left <= 0)
    }

    /// Seconds until then; `None` for what cannot be renewed without a code.
    pub fn until_renewal(&self, now: i64) -> Option<i64> {
        (self.kind == Kind::Role).then(|| self.left(now) - RENEW_BEFORE.min(self.lifetime() / 3))
    }

    /// Whether it was resolved from the very same files and variables.
    pub fn resolved_from(&self, stamps: &[FileStamp], inputs: &Inputs) -> bool {
        let own = &self.inputs;
        // The profile's endpoint, once exported, comes back as a variable.
        let endpoint = own.endpoint == inputs.endpoint
            || (inputs.endpoint.is_some() && inputs.endpoint == self.endpoint);
        let exact = matches!(self.subject, Subject::Environment(_));
        let same = |own: &Option<String>, now: &Option<String>| (!exact && own.is_none()) || own == now;
        endpoint
            && same(&own.master_key, &inputs.master_key)
            && same(&own.mfa_arn, &inputs.mfa_arn)
            && (self.kind == Kind::Mfa || own.role == inputs.role)
            && self.stamps == stamps
    }

    /// The role's name, where the identity is an assumed role.
    pub fn role_name(&self) -> Option<&str> {
        let resource = crate::name::arn_field(&self.arn, 5)?;
        resource.strip_prefix("assumed-role/")?.split('/').next()
    }

    fn lifetime(&self) -> i64 {
        self.expires.saturating_sub(self.obtained).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::resolved_from::FileState;
    use super::*;
    use crate::fixture::header;
    use crate::name::AccessKeyId;

    #[test]
    fn a_session_is_usable_until_shortly_before_its_expiry() {
        let session = header();
        for (left, usable) in [(43_200, true), (31, true), (30, false), (0, false), (-1, false)] {
            assert_eq!(session.usable(session.expires - left, None).is_ok(), usable, "{left} s left");
        }
        let brief = Header { expires: 1_000_005, ..header() };
        assert_eq!(brief.usable(1_000_004, None), Ok(()));
        assert_eq!(brief.usable(1_000_005, None), Err(NoSession::Expired));
    }

    #[test]
    fn the_age_of_the_mfa_can_be_bounded() {
        let session = header();
        assert_eq!(session.usable(1_000_900, Some(900)), Ok(()));
        assert_eq!(session.usable(1_000_901, Some(900)), Err(NoSession::MfaTooOld));
        let without = Header { mfa_at: None, ..header() };
        assert_eq!(without.usable(1_000_001, Some(900)), Err(NoSession::MfaTooOld));
        assert_eq!(without.usable(1_000_001, None), Ok(()));
    }

    #[test]
    fn only_role_sessions_are_renewed_without_a_code() {
        let role = Header { kind: Kind::Role, expires: 1_003_600, ..header() };
        assert!(!role.wants_renewal(1_000_000));
        assert!(!role.wants_renewal(1_003_600 - 1201));
        assert!(role.wants_renewal(1_003_600 - 1200));
        assert_eq!(role.until_renewal(1_003_600 - 1260), Some(60));
        assert!(!Header { kind: Kind::Mfa, ..role.clone() }.wants_renewal(1_003_500));
        assert!(!Header { kind: Kind::DirectRole, ..role }.wants_renewal(1_003_500));
    }

    #[test]
    fn a_changed_file_or_variable_means_resolving_anew() {
        let session = header();
        let stamps = session.stamps.clone();
        assert!(session.resolved_from(&stamps, &Inputs::default()));
        let mut touched = stamps.clone();
        touched[0].state = Some(FileState { mtime: 6, size: 6, inode: 7 });
        assert!(!session.resolved_from(&touched, &Inputs::default()));
        assert!(!session.resolved_from(&[], &Inputs::default()));
        let elsewhere = Inputs { endpoint: Some("http://127.0.0.1:1".into()), ..Inputs::default() };
        assert!(!session.resolved_from(&stamps, &elsewhere));
        let exported = Header { endpoint: elsewhere.endpoint.clone(), ..header() };
        assert!(exported.resolved_from(&stamps, &elsewhere));
        // A key in the environment that a profile never used does not matter to it.
        let master = Inputs { master_key: Some("AKIAX".into()), ..Inputs::default() };
        assert!(session.resolved_from(&stamps, &master));
        // How roles are assumed matters to roles only.
        let terms = Inputs { role: Some("0011".into()), ..Inputs::default() };
        assert!(session.resolved_from(&stamps, &terms));
        assert!(!Header { kind: Kind::Role, ..header() }.resolved_from(&stamps, &terms));
        let environment = Header { subject: Subject::Environment(AccessKeyId::new("AKIAX")), ..header() };
        assert!(!environment.resolved_from(&stamps, &master));
    }

    #[test]
    fn a_role_session_knows_its_role() {
        let arn = "arn:aws:sts::123456789012:assumed-role/deploy/awsesame-alice".into();
        assert_eq!(Header { arn, ..header() }.role_name(), Some("deploy"));
        assert_eq!(header().role_name(), None);
    }
}
