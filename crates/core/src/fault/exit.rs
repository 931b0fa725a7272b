//! The exit codes that scripts can rely on, and the exit code of each fault.

use super::Fault;

/// The exit codes that scripts can rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The command failed.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// There is no usable session, and nobody may be asked.
    LoginNeeded = 3,
    /// A pin does not match.
    Refused = 4,
    /// A question was given up with Ctrl-C: what shells expect of a program that the signal ends.
    Interrupted = 130,
    /// The program has a bug.
    Bug = 255,
}

impl Fault {
    /// Returns the exit code of the program for this fault.
    pub fn exit(&self) -> Exit {
        match self {
            Self::BadCode { .. }
            | Self::BadKey { .. }
            | Self::BadSeed { .. }
            | Self::BadValue { .. }
            | Self::UnknownStore { .. }
            | Self::UnknownField { .. }
            | Self::StoreElsewhere { .. }
            | Self::UnknownCodeSource { .. } => Exit::Usage,
            Self::StoreLocked { .. }
            | Self::NoKeyring { .. }
            | Self::Dismissed { .. }
            | Self::TokenLocked { .. }
            | Self::LoginNeeded { .. }
            | Self::OtherGaveUp { .. }
            | Self::StillWaiting { .. }
            | Self::PromptTimeout { .. } => Exit::LoginNeeded,
            Self::Cancelled { .. } => Exit::Interrupted,
            Self::PinnedAccount { .. } | Self::PinnedRole { .. } => Exit::Refused,
            Self::Broker(fault) => fault.exit(),
            Self::Signin(fault) => fault.exit(),
            Self::Bug { .. } => Exit::Bug,
            _ => Exit::Failed,
        }
    }
}
