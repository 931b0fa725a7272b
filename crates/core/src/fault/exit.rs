//! The exit codes, and the one that each fault ends the program with.

use super::Fault;

/// The exit codes that scripts may rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The command failed.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// No usable session, and nobody may be asked.
    LoginNeeded = 3,
    /// A pin does not match.
    Refused = 4,
    /// A question was given up with Ctrl-C: what shells expect of a program that the signal ends.
    Interrupted = 130,
    /// The program has a bug.
    Bug = 255,
}

impl Fault {
    /// The exit code this ends the program with.
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
