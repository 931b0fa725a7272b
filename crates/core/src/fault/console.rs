//! The faults of opening the AWS Management Console.

use crate::name::{ProfileName, Shown, Subject};

/// The reasons why the console cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field is shown by the message above it")]
pub enum ConsoleFault {
    /// A user's session, for which AWS gives no sign-in.
    #[error("{subject} is for a user, and AWS lets only roles sign in to the console")]
    NeedsRole { subject: Subject, role: Option<ProfileName> },
    /// The console of this AWS partition is not known.
    #[error("awsesame does not know the console of AWS's partition `{}`", Shown(partition))]
    Partition { partition: String },
    /// The console has no such page.
    #[error(
        "`{}` is not a part of the console: expected a name as in its address, like `s3`",
        Shown(service)
    )]
    Service { service: String },
    /// An endpoint that credentials are not sent to.
    #[error(
        "awsesame does not send credentials to `{}`: it is neither https nor on this machine",
        Shown(endpoint)
    )]
    Endpoint { endpoint: String },
    /// The session comes from a server that imitates AWS, so AWS's own sign-in does not accept it.
    #[error("the session comes from `{}`, whose console is not known", Shown(endpoint))]
    Elsewhere { endpoint: String },
    /// AWS does not issue a sign-in token.
    #[error("`{}` refused the sign-in: {}", Shown(endpoint), Shown(why))]
    Refused { endpoint: String, why: String, subject: Subject },
    /// There is no browser to open the console with.
    #[error("awsesame found no browser here")]
    NoBrowser { subject: Subject },
    /// A browser that never came.
    #[error("`{}` did not open the page", Shown(program))]
    NotOpened { program: String, subject: Subject },
}

impl ConsoleFault {
    pub(crate) fn hint(&self) -> String {
        let print = |subject: &Subject| format!("open it yourself: awsesame console --url{}", subject.flag());
        match self {
            Self::NeedsRole { role: Some(role), .. } => {
                format!("use a role that this user can assume: awsesame console{}", role.flag())
            }
            Self::NeedsRole { role: None, .. } => {
                "sign in with the user's password, or name a profile with a role_arn: awsesame console -p NAME"
                    .into()
            }
            Self::Partition { .. } => {
                "awsesame knows the consoles of aws, aws-cn and aws-us-gov only; use the command line: awsesame env".into()
            }
            Self::Service { .. } => "open the first page: awsesame console".into(),
            Self::Endpoint { .. } => "see where it is set: awsesame config show".into(),
            Self::Elsewhere { .. } => {
                "name its federation endpoint: export AWSESAME_CONSOLE_ENDPOINT=https://HOST/federation".into()
            }
            Self::Refused { subject, .. } => format!("get a new session: awsesame login --force{}", subject.flag()),
            Self::NoBrowser { subject } | Self::NotOpened { subject, .. } => print(subject),
        }
    }
}
