//! The five kinds of credentials that a policy about MFA can distinguish, and the condition keys that AWS sets for a
//! call with each. No verdict is made here.

use crate::evaluate::context::Context;

/// A kind of credentials that can sign a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// A user's long-term access key.
    BareKey,
    /// A session of `GetSessionToken` without a token code.
    Session,
    /// A session of `GetSessionToken` with a token code from a minute ago.
    FreshMfa,
    /// A session of `GetSessionToken` with a token code, of the maximum age.
    OldMfa,
    /// A role that was assumed with a token code.
    Role,
}

/// The caller, as far as policies ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The partition: `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// The account ID, which has twelve digits.
    pub account: String,
    /// The name of the user.
    pub user: String,
    /// The path in the user's ARN, `/` for most; None if it is not known.
    pub path: Option<String>,
}

const PRESENT: &str = "aws:MultiFactorAuthPresent";
const AGE: &str = "aws:MultiFactorAuthAge";

/// The age of the MFA in seconds. `GetSessionToken` allows 36 hours at most.
const FRESH: &str = "60";
const OLD: &str = "129540";

impl Credential {
    /// All of them, in the order in which they are declared and shown.
    pub const ALL: [Self; 5] = [Self::BareKey, Self::Session, Self::FreshMfa, Self::OldMfa, Self::Role];

    /// Returns a few words for the heading of a column.
    pub const fn title(self) -> &'static str {
        match self {
            Self::BareKey => "bare key",
            Self::Session => "session, no MFA",
            Self::FreshMfa => "MFA 1 min ago",
            Self::OldMfa => "MFA 36 h ago",
            Self::Role => "role, with MFA",
        }
    }

    /// Returns the kind as a word for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::BareKey => "bare_key",
            Self::Session => "session",
            Self::FreshMfa => "fresh_mfa",
            Self::OldMfa => "old_mfa",
            Self::Role => "role",
        }
    }

    /// Returns true if a person who only stole a user's key can have these credentials.
    pub const fn without_mfa(self) -> bool {
        matches!(self, Self::BareKey | Self::Session)
    }

    /// Returns true if it is a user's own session with MFA.
    pub const fn with_user_mfa(self) -> bool {
        matches!(self, Self::FreshMfa | Self::OldMfa)
    }

    /// Returns the condition keys of a call. A long-term key has no MFA keys, and a role's credentials have the value
    /// `false` even if the role was assumed with a code.
    ///
    /// Source: "Secure API access with MFA" in the IAM user guide.
    pub fn context(self, subject: &Subject) -> Context {
        let Subject { partition, account, user, path } = subject;
        let mut context = Context::partial();
        match self {
            Self::BareKey => {
                context.set_many(PRESENT, Vec::new());
                context.set_many(AGE, Vec::new());
                context.set_many("aws:TokenIssueTime", Vec::new());
            }
            Self::Session | Self::Role => {
                context.set(PRESENT, "false");
                context.set_many(AGE, Vec::new());
            }
            Self::FreshMfa | Self::OldMfa => {
                context.set(PRESENT, "true");
                context.set(AGE, if self == Self::FreshMfa { FRESH } else { OLD });
            }
        }
        if self == Self::Role {
            context.set("aws:PrincipalType", "AssumedRole");
            context.set_many("aws:username", Vec::new());
        } else {
            context.set("aws:PrincipalType", "User");
            context.set("aws:username", user);
            if let Some(path) = path {
                context.set("aws:PrincipalArn", format!("arn:{partition}:iam::{account}:user{path}{user}"));
            }
        }
        context.set("aws:PrincipalAccount", account);
        // A person at a command line, over TLS, and not a service on the person's behalf.
        context.set("aws:SecureTransport", "true");
        context.set("aws:ViaAWSService", "false");
        context.set("aws:PrincipalIsAWSService", "false");
        context.set_many("aws:CalledVia", Vec::new());
        context.set_many("aws:CalledViaFirst", Vec::new());
        context.set_many("aws:CalledViaLast", Vec::new());
        context
    }
}

/// Returns true if a condition key depends on MFA.
pub(crate) fn tells_of_mfa(key: &str) -> bool {
    key.eq_ignore_ascii_case(PRESENT) || key.eq_ignore_ascii_case(AGE)
}
