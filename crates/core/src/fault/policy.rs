//! What can go wrong with policies, and with the proof that they force MFA.

use crate::fault::hint;
use crate::name::{ProfileName, Shown, Subject, Typed};

/// A policy that is none, or that does not do what it is there for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field is shown by the message above it")]
pub enum PolicyFault {
    /// A change that only a person at a terminal may agree to, or whoever says so beforehand.
    #[error("a change of policies is confirmed at a terminal, and nobody may be asked here")]
    NeedsTerminal { command: &'static str, flag: &'static str, names: Vec<String>, profile: ProfileName },
    /// A text that is no policy.
    #[error("`{}` is no IAM policy: {}", Shown(path), Shown(why))]
    Broken { path: String, why: String },
    /// Policies under which things go without MFA.
    #[error("MFA is not forced by {}", Shown(what))]
    NotForced { what: String, flag: &'static str, names: Vec<String> },
    /// Calls that answered without MFA.
    #[error("MFA is not forced for the user of {subject}: without it answered {}", Shown(actions))]
    ProvenOpen { subject: Subject, actions: String },
    /// Calls that prove nothing.
    #[error("cannot tell whether MFA is forced for the user of {subject}: {}", Shown(why))]
    NoProof { subject: Subject, why: String },
    /// Policies of which that cannot be told.
    #[error("whether {} forces MFA depends, for {actions} actions, on what only AWS knows", Shown(what))]
    Unsure { what: String, actions: usize },
}

fn typed(words: &[String]) -> String {
    words.iter().map(|word| Typed(word).to_string()).collect::<Vec<_>>().join(" ")
}

impl PolicyFault {
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::NeedsTerminal { command, flag, names, profile } => {
                format!("awsesame policy {command} {flag}{} --yes{}", typed(names), profile.flag())
            }
            // Standard input, or a policy that AWS keeps.
            Self::Broken { path, .. } if path == "-" || path.contains(' ') => {
                "correct it where it comes from; one that is sound: awsesame policy show".into()
            }
            Self::Broken { path, .. } => hint::correct(path),
            Self::NotForced { flag, names, .. } => {
                format!(
                    "mend the statements named above, or attach one that forces it (awsesame policy show); then: awsesame policy check {flag}{}",
                    typed(names)
                )
            }
            Self::Unsure { .. } => "ask AWS itself: awsesame policy probe -p NAME".into(),
            Self::ProvenOpen { .. } => {
                "attach a policy that forces it: awsesame policy show --for self-service".into()
            }
            Self::NoProof { .. } => {
                "let its policies be judged instead: awsesame policy check --user NAME".into()
            }
        }
    }
}
