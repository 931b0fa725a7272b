//! The faults of policies, and of the proof that they enforce MFA.

use crate::fault::hint;
use crate::name::{ProfileName, Shown, Subject, Typed};

/// A policy that cannot be parsed, or that does not do what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field is shown by the message above it")]
pub enum PolicyFault {
    /// The change needs the consent of a person at a terminal, or the flag that gives it in advance.
    #[error("a change of policies must be confirmed at a terminal, and awsesame cannot ask here")]
    NeedsTerminal { command: &'static str, flag: &'static str, names: Vec<String>, profile: ProfileName },
    /// The text is not a valid policy.
    #[error("`{}` is not an IAM policy: {}", Shown(path), Shown(why))]
    Broken { path: String, why: String },
    /// Some actions work without MFA under these policies.
    #[error("MFA is not enforced by {}", Shown(what))]
    NotEnforced { what: String, flag: &'static str, names: Vec<String> },
    /// Calls that answered without MFA.
    #[error(
        "MFA is not enforced for the user of {subject}: these calls worked without MFA: {}",
        Shown(actions)
    )]
    ProvenOpen { subject: Subject, user: Option<String>, actions: String },
    /// The calls prove nothing.
    #[error("cannot tell whether MFA is enforced for the user of {subject}: {}", Shown(why))]
    NoProof { subject: Subject, why: String },
    /// It is unclear whether the policies enforce MFA.
    #[error("cannot tell whether MFA is enforced by {}", Shown(what))]
    Unsure { what: String },
    /// Anybody who has a key can enroll a device under these policies.
    #[error("{}: anybody who has the key can enroll a device of their own", Shown(what))]
    EnrollmentOpen { what: String },
    /// The policies are sufficient, but not with `--strict`.
    #[error("{} does not enforce MFA strictly: {why}", Shown(what))]
    NotStrict { what: String, why: &'static str },
}

fn typed(words: &[String]) -> String {
    words.iter().map(|word| Typed(word).to_string()).collect::<Vec<_>>().join(" ")
}

impl PolicyFault {
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::NeedsTerminal { command, flag, names, profile } => {
                format!(
                    "to agree beforehand: awsesame policy {command} {flag}{} --yes{}",
                    typed(names),
                    profile.flag()
                )
            }
            // Standard input, or a policy that AWS keeps.
            Self::Broken { path, .. } if path == "-" || path.contains(' ') => {
                "correct it at its source; to see a correct one: awsesame policy show".into()
            }
            Self::Broken { path, .. } => hint::correct(path),
            // A policy in a file is corrected in the file. For a policy in AWS, another policy that enforces MFA is
            // attached beside it.
            Self::ProvenOpen { subject, user: Some(user), .. } => format!(
                "attach a policy that enforces MFA: awsesame policy attach --user {} --for self-service{}",
                Typed(user),
                subject.flag()
            ),
            Self::NotEnforced { flag: "", .. } | Self::ProvenOpen { .. } => {
                "see a policy that enforces MFA: awsesame policy show --for self-service".into()
            }
            Self::NotEnforced { flag, names, .. } => {
                format!("attach a policy that enforces MFA: awsesame policy attach {flag}{} --for self-service", typed(names))
            }
            Self::Unsure { .. } => "ask AWS itself: awsesame policy probe".into(),
            Self::EnrollmentOpen { .. } => {
                "add --accept-enrollment, or once the device is enrolled, see the policy for then: awsesame policy show --for self-service".into()
            }
            Self::NotStrict { .. } => "see a policy that does: awsesame policy show --for self-service".into(),
            Self::NoProof { .. } => {
                "check its policies instead: awsesame policy check --user NAME".into()
            }
        }
    }
}
