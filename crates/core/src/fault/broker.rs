//! The faults between the broker and its clients.

use super::Exit;
use crate::fault::hint;
use crate::name::{ProfileName, Shown, Subject};

/// A thing that the broker cannot do, or is not allowed to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field is shown by the message above it")]
pub enum BrokerFault {
    /// A second broker, although one is running already.
    #[error("a broker is already running{}", pid_words(*pid))]
    Runs { pid: Option<u32> },
    /// Another program listens at the port, to which clients would send the token.
    #[error("another program listens on 127.0.0.1:{port}, the broker's address")]
    PortTaken { port: u16 },
    /// A broker that cannot be reached.
    #[error("the broker does not answer: {}", Shown(why))]
    Silent { why: String },
    /// The environment uses a broker that no longer runs.
    #[error("this environment points at the broker, which is not running")]
    Stopped,
    /// The broker holds its lease but does not answer, because it is suspended or hangs.
    #[error("the broker{} does not answer: it is suspended, or hangs", pid_words(*pid))]
    Mute { pid: Option<u32> },
    /// A broker whose answers this version does not know.
    #[error("the broker{} is of another version of awsesame", pid_words(*pid))]
    OtherVersion { pid: Option<u32> },
    /// A broker that no process here is.
    #[error("the broker runs in another container, where no signal from here reaches it")]
    OutOfReach,
    /// The broker at the other end of `AWSESAME_BROKER` cannot be reached.
    #[error("the broker behind `{}` does not answer: {}", Shown(path), Shown(why))]
    Away { path: String, why: String },
    /// The refusal of the broker at the other end of `AWSESAME_BROKER`.
    #[error("{}", Shown(why))]
    Refuses { slug: String, why: String, subject: Subject, exit: Exit },
    /// A broker that was started and ended at once, with its own words.
    #[error("the broker does not start: {}", Shown(why))]
    Failed { why: String, hint: String },
    /// A profile that the socket does not give away.
    #[error("the broker's socket does not share profile `{profile}`")]
    Unshared { profile: ProfileName },
    /// A delivery that needs a profile.
    #[error("the broker serves profiles, and none is named")]
    NeedsProfile,
    /// The path of our socket is something else.
    #[error("`{}` is {what}, not awsesame's socket", Shown(path))]
    NotASocket { path: String, what: &'static str },
}

fn pid_words(pid: Option<u32>) -> String {
    pid.map_or_else(String::new, |pid| format!(" (pid {pid})"))
}

impl BrokerFault {
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Refuses { exit, .. } => *exit,
            _ => Exit::Failed,
        }
    }

    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Runs { .. } => "check it: awsesame broker status".into(),
            Self::PortTaken { .. } => {
                "clients would send it the token; use a new address and a new token: awsesame broker start --new-port".into()
            }
            Self::OutOfReach | Self::Mute { pid: None } | Self::OtherVersion { pid: None } => {
                "stop it in the container where it was started: awsesame broker stop".into()
            }
            Self::Mute { .. } | Self::OtherVersion { .. } => {
                "stop it, and start another: awsesame broker stop; awsesame broker start".into()
            }
            Self::Stopped => "awsesame broker start".into(),
            Self::Silent { .. } => "to see why, run it in this terminal: awsesame broker stop; awsesame broker run".into(),
            Self::Away { .. } => {
                "let ssh forward it again, or use the sessions of this machine: unset AWSESAME_BROKER".into()
            }
            Self::Refuses { subject, .. } => {
                format!("on the broker's machine: {}", hint::login(subject))
            }
            Self::Failed { hint, .. } => Shown(hint).to_string(),
            Self::Unshared { .. } => {
                "on the broker's machine, add it to `broker.shared`: vi ~/.config/awsesame/config.toml".into()
            }
            Self::NeedsProfile => "name a profile: awsesame login -p NAME".into(),
            Self::NotASocket { path, .. } => hint::out_of_the_way(path),
        }
    }
}
