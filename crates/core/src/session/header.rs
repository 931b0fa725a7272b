//! The header of a session, which is stored in the clear. A secret must never be added to it.

use super::resolved_from::{FileStamp, Inputs};
use crate::name::{AccountId, Subject};

/// The way in which a session was obtained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A session of `GetSessionToken` with a code.
    Mfa,
    /// A role assumed from an MFA session, which is renewed without another code.
    Role,
    /// A role of more than one hour, which is assumed with the code itself.
    DirectRole,
    /// AWS Sign-In: credentials of 15 minutes, which are refreshed without a person while the console session is valid.
    SignIn,
    /// A role of Identity Center, which is renewed without a person while the token of the portal is valid.
    Portal,
    /// A session that a program printed, which is asked again shortly before it expires.
    Program,
    /// The result of signing in by browser, sealed: it is never served, and is only used to get credentials.
    Grant,
}

impl Kind {
    /// Returns the word for the kind in headers and in `status --json`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Mfa => "mfa",
            Self::Role => "role",
            Self::DirectRole => "direct-role",
            Self::SignIn => "sign-in",
            Self::Portal => "identity-center",
            Self::Program => "program",
            Self::Grant => "grant",
        }
    }

    /// Returns the kind with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        const ALL: [Kind; 7] =
            [Kind::Mfa, Kind::Role, Kind::DirectRole, Kind::SignIn, Kind::Portal, Kind::Program, Kind::Grant];
        ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// The part of a session file that is not encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The subject that the session belongs to.
    pub subject: Subject,
    /// The way in which it was obtained.
    pub kind: Kind,
    /// The account ID.
    pub account: AccountId,
    /// The ARN of the identity, as `GetCallerIdentity` or `AssumeRole` returned it.
    pub arn: String,
    /// The time when it was obtained, in unix seconds.
    pub obtained: i64,
    /// The time when it expires, in unix seconds.
    pub expires: i64,
    /// The time when the token code was given, in unix seconds; `None` if there was none.
    pub mfa_at: Option<i64>,
    /// The profile's region, exported with the keys.
    pub region: Option<String>,
    /// The profile's endpoint, exported with the keys.
    pub endpoint: Option<String>,
    /// The name of the file it was written for, so that a copy under another name is noticed.
    pub id: String,
    /// The id of the MFA session it comes from (see `Plan::root_id`). None if a broker forwarded it.
    pub root: Option<String>,
    /// The store that has its data key. None for a session that is not stored on this machine: one that was just
    /// obtained, or one that a broker forwarded.
    pub store: Option<String>,
    /// The config files it was resolved from.
    pub stamps: Vec<FileStamp>,
    /// The variables it was resolved from.
    pub inputs: Inputs,
}

/// The remaining time at which sessions are renewed, if that needs no code, in seconds. botocore refreshes in the last
/// 15 minutes and should find a new session then.
const RENEW_BEFORE: i64 = 20 * 60;
/// The time before expiry at which a session that a sign-in refreshes is due for it, in seconds: some of these sessions
/// last 15 minutes in all.
const REFRESH_BEFORE: i64 = 5 * 60;

impl Header {
    /// Returns the seconds until the session expires. Negative after that.
    pub fn left(&self, now: i64) -> i64 {
        self.expires.saturating_sub(now)
    }

    /// Returns the seconds since the token code was given.
    pub fn mfa_age(&self, now: i64) -> Option<i64> {
        self.mfa_at.map(|at| now.saturating_sub(at).max(0))
    }

    /// Returns true if it is time to renew it silently. A session that a code was given for cannot be renewed silently.
    pub fn wants_renewal(&self, now: i64) -> bool {
        self.until_renewal(now).is_some_and(|left| left <= 0)
    }

    /// Returns the seconds until the renewal. Returns `None` for a session that cannot be renewed without a code.
    pub fn until_renewal(&self, now: i64) -> Option<i64> {
        let before = match self.kind {
            Kind::Role => RENEW_BEFORE,
            Kind::SignIn | Kind::Portal | Kind::Program => REFRESH_BEFORE,
            Kind::Mfa | Kind::DirectRole | Kind::Grant => return None,
        };
        Some(self.left(now) - before.min(self.lifetime() / 3))
    }

    /// Returns the name of the role, if the identity is an assumed role.
    pub fn role_name(&self) -> Option<&str> {
        let resource = crate::name::arn_field(&self.arn, 5)?;
        resource.strip_prefix("assumed-role/")?.split('/').next()
    }

    /// Returns true if it stems from a sign-in by browser, a web identity or a program, none of which says when MFA was
    /// used, or whether it was.
    pub fn mfa_is_unknown(&self) -> bool {
        /// The prefixes of the IDs of such roots (see `Plan::root_id` and `Plan::grant_id`).
        const ROOTS: [&str; 3] = ["grant-", "web-", "process-"];
        self.mfa_at.is_none()
            && (matches!(self.kind, Kind::SignIn | Kind::Portal | Kind::Program | Kind::Grant)
                || ROOTS.iter().any(|prefix| self.stems_from(prefix)))
    }

    fn stems_from(&self, prefix: &str) -> bool {
        self.root.as_ref().is_some_and(|root| root.starts_with(prefix))
    }

    /// Returns true if the session comes from a web identity that the environment defines, whatever the profile says.
    pub fn is_of_environments_web_identity(&self) -> bool {
        self.stems_from("web-") && (self.inputs.token_file.is_some() || self.inputs.role_arn.is_some())
    }

    /// Returns the name of the permission set, if Identity Center made the role for one. The name of such a role is
    /// `AWSReservedSSO_NAME_` and sixteen letters and digits.
    pub fn permission_set(&self) -> Option<&str> {
        let (name, digits) = self.role_name()?.strip_prefix("AWSReservedSSO_")?.rsplit_once('_')?;
        (digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_alphanumeric())).then_some(name)
    }

    /// Returns the whole lifetime in seconds.
    pub(super) fn lifetime(&self) -> i64 {
        self.expires.saturating_sub(self.obtained).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::header;

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
    fn a_role_of_identity_center_is_known_by_its_permission_set() {
        let with = |role: &str| {
            let arn = format!("arn:aws:sts::123456789012:assumed-role/{role}/nina");
            Header { arn, ..header() }.permission_set().map(str::to_owned)
        };
        assert_eq!(with("AWSReservedSSO_Read_Only_0123456789abcdef").as_deref(), Some("Read_Only"));
        for other in ["Admin", "AWSReservedSSO_Admin", "AWSReservedSSO_Admin_0123"] {
            assert_eq!(with(other), None, "{other}");
        }
    }

    #[test]
    fn a_role_session_knows_its_role() {
        let arn = "arn:aws:sts::123456789012:assumed-role/deploy/awsesame-alice".into();
        assert_eq!(Header { arn, ..header() }.role_name(), Some("deploy"));
        assert_eq!(header().role_name(), None);
    }
}
