//! The caller: an authenticated identity, and the sessions that identities come from. Permissions are decided
//! elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::document::Document;

/// The MFA context of credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mfa {
    /// The caller has long-term keys, so the condition keys are absent.
    Unknown,
    /// A session that was made without MFA.
    No,
    /// A code was given at this time (seconds since 1970).
    At(i64),
}

/// The kind of an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Root,
    User { name: String },
    Role { name: String, session: String },
}

/// A caller whose identity is proven.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) account: String,
    pub(crate) kind: Kind,
    /// The ARN: `arn:aws:iam::...:user/NAME` or `arn:aws:sts::...:assumed-role/ROLE/SESSION`.
    pub(crate) arn: String,
    /// The unique id: `AIDA...`, or `AROA...:SESSION`.
    pub(crate) id: String,
    pub(crate) mfa: Mfa,
    /// The session policies. If there are any, each call needs their permission too.
    pub(crate) session_policies: Vec<Document>,
    pub(crate) tags: BTreeMap<String, String>,
    /// The keys of the tags that are passed on to roles assumed with this session.
    pub(crate) transitive: BTreeSet<String>,
    /// The source identity, which stays the same through a whole chain of roles.
    pub(crate) source_identity: Option<String>,
    /// True for temporary credentials, and false for long-term keys.
    pub(crate) temporary: bool,
    /// The time at which temporary credentials were issued.
    pub(crate) issued: Option<i64>,
    /// The ARN of the console session that the credentials came from, if they did.
    pub(crate) sign_in: Option<String>,
}

impl Caller {
    /// Returns the value of `aws:PrincipalArn`: the ARN of the role for a role session, or else the caller's own ARN.
    pub(crate) fn principal_arn(&self) -> String {
        match &self.kind {
            Kind::Role { name, .. } => format!("arn:aws:iam::{}:role/{name}", self.account),
            Kind::Root | Kind::User { .. } => self.arn.clone(),
        }
    }

    pub(crate) fn user_name(&self) -> Option<&str> {
        match &self.kind {
            Kind::User { name } => Some(name),
            Kind::Root | Kind::Role { .. } => None,
        }
    }
}

/// Temporary credentials and their identity.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) access_key: String,
    pub(crate) secret: String,
    pub(crate) token: String,
    /// The end of the session, in seconds since 1970.
    pub(crate) expires: i64,
    pub(crate) caller: Caller,
}
