//! The reasons why there is no usable session, each with the words that follow the name of the profile in an error.

/// The reasons why there is no usable session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSession {
    /// There has been no login yet, or there was a logout.
    Never,
    /// The session has expired.
    Expired,
    /// The MFA of the session is older than allowed.
    MfaTooOld,
    /// There is a session, but it ends sooner than allowed.
    TooShort,
    /// There is a session, but a new one was requested.
    Unwanted,
    /// The key that opens the session was deleted by a reboot or `lock`.
    Sealed,
    /// The key that opens it is in a keyring that cannot be read here.
    Elsewhere(Elsewhere),
    /// The file on disk does not open with its key.
    Damaged,
    /// The file on disk is in a format of a newer version.
    Newer,
}

/// The place of a keyring that cannot be read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Elsewhere {
    /// The machine itself; this is a container.
    Host,
    /// A container; this is the machine itself.
    Container,
    /// A container other than this one.
    OtherContainer,
    /// Another machine.
    Machine,
}

impl std::fmt::Display for NoSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Never => "has no session",
            Self::Expired => "has an expired session",
            Self::MfaTooOld => "has a session whose MFA is older than requested",
            Self::TooShort => "has a session that expires too soon",
            Self::Unwanted => "needs a code for a new session",
            Self::Sealed => "has a session whose key was deleted (reboot or `awsesame lock`)",
            Self::Elsewhere(Elsewhere::Host) => {
                "has a session that is sealed on the host, whose keyring a container cannot read"
            }
            Self::Elsewhere(Elsewhere::Container) => {
                "has a session that is sealed in a container, whose keyring cannot be read from outside"
            }
            Self::Elsewhere(Elsewhere::OtherContainer) => {
                "has a session that is sealed in another container, whose keyring cannot be read here"
            }
            Self::Elsewhere(Elsewhere::Machine) => {
                "has a session that is sealed on another machine, whose keyring cannot be read here"
            }
            Self::Damaged => "has a damaged session file",
            Self::Newer => "has a session of a newer version of awsesame",
        })
    }
}
