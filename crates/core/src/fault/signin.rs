//! The faults of a sign-in by browser.

use super::Exit;
use crate::fault::hint;
use crate::name::{AccountId, ProfileName, Shown, Subject, Typed};

/// The managed policy with the two actions that signing in needs.
const MANAGED_POLICY: &str = "SignInLocalDevelopmentAccess";

/// The reasons why a sign-in failed or has ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field is shown by the message above it")]
pub enum SigninFault {
    // --- settings -----------------------------------------------------------
    /// `sso_session` names a section that does not exist.
    #[error(
        "profile `{profile}` names the sso-session `{}`, which is not in `{}`",
        Shown(session),
        Shown(path)
    )]
    NoSection { profile: ProfileName, session: String, path: String },
    /// A setting that is needed.
    #[error("profile `{profile}` signs in with IAM Identity Center, but `{setting}` is not set")]
    Lacks { profile: ProfileName, setting: &'static str, path: String },
    /// A profile and its section disagree.
    #[error("`{setting}` of profile `{profile}` differs from that of the sso-session `{}`", Shown(session))]
    Differs { profile: ProfileName, setting: &'static str, session: String, path: String },
    /// A profile that gets its credentials in another way.
    #[error("profile `{profile}` has `{setting}`, so `--web` cannot give it a `login_session`")]
    HoldsOther { profile: ProfileName, setting: &'static str },
    /// A flag of signing in by browser, on a profile that does not.
    #[error("{subject} does not sign in by browser, so `{flag}` has no effect")]
    NotByBrowser { subject: Subject, flag: &'static str },
    /// A company's own start URL that leads to no portal.
    #[error("the start URL `{}` does not lead to a portal: {}", Shown(url), Shown(why))]
    StartUrl { url: String, why: String },
    /// A portal that is named by nothing.
    #[error("there is no sso-session `{}` in `{}`", Shown(session), Shown(path))]
    UnknownSession { session: String, path: String },

    // --- the browser --------------------------------------------------------
    /// The person or the page declined.
    #[error("the sign-in of {subject} was declined: {}", Shown(why))]
    Declined { subject: Subject, why: String },
    /// The browser did not return in time.
    #[error("nobody finished the sign-in in the browser within {minutes} min")]
    Abandoned { subject: Subject, minutes: u64 },
    /// The person pressed Ctrl-C while the program waited for the browser.
    #[error("the sign-in of {subject} was canceled")]
    GivenUp { subject: Subject },
    /// The pasted text is not an answer of the sign-in.
    #[error("the pasted answer cannot be used: {}", Shown(why))]
    Pasted { subject: Subject, why: String },
    /// The code has expired.
    #[error("the code from the browser has expired, or was used before")]
    CodeLapsed { subject: Subject },
    /// Another person signed in.
    #[error("the browser signed in as `{}`, but {subject} is for `{}`", Shown(actual), Shown(expected))]
    OtherIdentity { subject: Subject, expected: String, actual: String },

    // --- the services -------------------------------------------------------
    /// The console session is over.
    #[error("the sign-in of {subject} has expired{}", if *changed { ": the password was changed" } else { "" })]
    Over { subject: Subject, changed: bool },
    /// The identity lacks the two actions.
    #[error("the identity of {subject} may not sign in for the command line")]
    NotPermitted { subject: Subject },
    /// The request was not taken: on a refresh, a wrong Region looks like this.
    #[error("AWS Sign-In in {region} does not accept the request of {subject}: {}", Shown(why))]
    Invalid { subject: Subject, region: String, why: String },
    /// The role is not the person's.
    #[error("the role `{}` in account {account} is not assigned to the user who signed in", Shown(role))]
    NotAssigned { subject: Subject, role: String, account: AccountId },
    /// The service has a problem.
    #[error("{service} cannot answer now: {}", Shown(why))]
    Busy { service: &'static str, why: String, subject: Subject },
    /// The service refuses for another reason.
    #[error("{service} refused the request: {}", Shown(why))]
    Refused { service: &'static str, why: String, subject: Subject },
    /// An answer that is not believed.
    #[error("the answer of {service} cannot be used: {}", Shown(why))]
    Strange { service: &'static str, why: String, subject: Subject },
    /// A required age of MFA for a session whose age of MFA is unknown.
    #[error("{subject} signs in by browser, and {way} does not say when MFA was used")]
    MfaUnknown { subject: Subject, way: &'static str },
}

impl SigninFault {
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Over { .. } | Self::Abandoned { .. } | Self::GivenUp { .. } => Exit::LoginNeeded,
            Self::OtherIdentity { .. } => Exit::Refused,
            Self::NotByBrowser { .. } => Exit::Usage,
            _ => Exit::Failed,
        }
    }

    pub(crate) fn hint(&self) -> String {
        let again = |subject: &Subject| format!("try again: {}", hint::login(subject));
        match self {
            Self::NoSection { path, .. } => {
                format!("add the section, or name another: {}", hint::edit(path))
            }
            Self::Lacks { setting, path, .. } => format!("set `{setting}`: {}", hint::edit(path)),
            Self::Differs { path, .. } => format!("delete it in the profile: {}", hint::edit(path)),
            Self::HoldsOther { .. } => {
                "name a profile that has no credentials yet: awsesame login --web -p NAME".into()
            }
            Self::NotByBrowser { subject, .. } => {
                format!("leave it out: {}", hint::login(subject))
            }
            Self::StartUrl { .. } => {
                "copy it from your company's sign-in page into `sso_start_url`: vi ~/.aws/config".into()
            }
            Self::UnknownSession { path, .. } => {
                format!("list them: grep sso-session {}", Typed(path))
            }
            Self::Declined { subject, .. } => {
                format!(
                    "if another session is open in the browser, sign out there or use another browser profile: {}",
                    hint::login(subject)
                )
            }
            Self::Abandoned { subject, .. } => {
                format!(
                    "if the browser cannot reach this machine, paste its answer: awsesame login --remote{}",
                    subject.flag()
                )
            }
            Self::GivenUp { subject }
            | Self::Pasted { subject, .. }
            | Self::CodeLapsed { subject }
            | Self::Strange { subject, .. }
            | Self::Refused { subject, .. } => again(subject),
            Self::Busy { subject, .. } => format!("try again in a minute: {}", hint::login(subject)),
            Self::OtherIdentity { subject, .. } => {
                format!(
                    "sign out in the browser, or use another browser profile, then: {}",
                    hint::login(subject)
                )
            }
            Self::Over { subject, .. } | Self::Invalid { subject, .. } => {
                format!("sign in again: {}", hint::login(subject))
            }
            Self::NotPermitted { subject } => {
                format!("ask for the managed policy {}, then: {}", MANAGED_POLICY, hint::login(subject))
            }
            Self::NotAssigned { .. } => "see which roles there are: awsesame sso populate --dry-run".into(),
            Self::MfaUnknown { subject, .. } => {
                format!("leave out --max-age: {}", hint::login(subject))
            }
        }
    }
}
