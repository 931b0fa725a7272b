//! Computes the paths of the broker's files. The files are neither read nor created here.

use std::path::{Path, PathBuf};

use awsesame_core::session::short_id;

use crate::os::context::Context;
use crate::os::folder;
use crate::state::State;

/// The maximum length of a socket's path in bytes, without the zero byte at its end.
const LONGEST_SOCKET: usize = 107;

/// The prefix of the folder names of relays.
const RELAY: &str = "far-";

/// The folder `$XDG_STATE_HOME/awsesame/broker`. Each state folder has one broker, and below it one relay for each
/// remote broker whose sessions are served to programs here.
#[derive(Debug, Clone)]
pub struct BrokerPaths {
    folder: PathBuf,
    far: Option<PathBuf>,
}

impl BrokerPaths {
    /// Returns the place of the broker in a state.
    pub fn of(state: &State) -> Self {
        Self { folder: state.folder().join("broker"), far: None }
    }

    /// Returns the place of the broker that is meant. If `AWSESAME_BROKER` is set, this is the place of a relay.
    pub fn meant(state: &State, context: Context) -> Self {
        let own = Self::of(state);
        let Some(far) = context.broker_elsewhere() else { return own };
        own.relay_for(std::path::absolute(&far).unwrap_or(far))
    }

    /// Returns the place of a relay of this very broker, if its port cannot be reached because this process is in
    /// another network namespace.
    #[must_use]
    pub fn relayed(&self) -> Self {
        self.relay_for(self.socket())
    }

    fn relay_for(&self, far: PathBuf) -> Self {
        let mut name = far.as_os_str().as_encoded_bytes().to_vec();
        if far == self.socket() {
            // Several network namespaces may share the home, and a port belongs to one of them.
            name.extend(network().to_ne_bytes());
        }
        Self { folder: self.folder.join(format!("{RELAY}{}", short_id(&name))), far: Some(far) }
    }

    /// Returns the broker's own place in a state, and those of its relays.
    pub fn all(state: &State) -> Vec<Self> {
        let own = Self::of(state);
        let below = std::fs::read_dir(&own.folder).into_iter().flatten().flatten();
        let relays: Vec<Self> = below
            .filter(|entry| entry.file_name().as_encoded_bytes().starts_with(RELAY.as_bytes()))
            .map(|entry| Self { folder: entry.path(), far: None })
            .collect();
        std::iter::once(own).chain(relays).collect()
    }

    /// Returns the socket of the remote broker for which this one is a relay.
    pub fn far(&self) -> Option<&Path> {
        self.far.as_deref()
    }

    /// Returns the folder of the broker.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the port that was chosen earlier.
    pub fn port(&self) -> PathBuf {
        self.folder.join("port")
    }

    /// Returns the path of the token, which every client must know. Clients are given this path.
    pub fn token(&self) -> PathBuf {
        self.folder.join("token")
    }

    /// Returns the path of the lock file, which contains the process ID of the running broker.
    pub fn lock(&self) -> PathBuf {
        self.folder.join("lock")
    }

    /// Returns the socket for our own commands, which ssh can forward.
    ///
    /// The kernel allows 107 bytes for its path (`unix(7)`), and the path of a home can be longer. Then the socket is
    /// in the user's runtime folder, or else in a folder in `/tmp`, under a name that is derived from this folder.
    pub fn socket(&self) -> PathBuf {
        let own = self.folder.join("socket");
        if own.as_os_str().len() <= LONGEST_SOCKET {
            return own;
        }
        let uid = rustix::process::geteuid().as_raw();
        let run = PathBuf::from(format!("/run/user/{uid}"));
        // A folder has one socket, even if it has several paths.
        let name = short_id(folder::real(&self.folder).as_os_str().as_encoded_bytes());
        let base = if run.is_dir() { run.join("awsesame") } else { format!("/tmp/awsesame-{uid}").into() };
        base.join(name)
    }

    /// Returns the path of the log of a broker in the background.
    pub fn log(&self) -> PathBuf {
        self.folder.join("log")
    }
}

/// Returns the number of the network namespace of this process, or 0 if the system has no namespaces.
pub(super) fn network() -> u64 {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self/ns/net").map_or(0, |about| about.ino())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_has_a_place_that_is_short_enough_wherever_the_home_is() {
        for length in [1, 40, 80, 95, 120, 300] {
            let home = PathBuf::from(format!("/{}", "h".repeat(length)));
            let place = BrokerPaths::of(&State::at(home.join("awsesame")));
            let socket = place.socket();
            assert!(socket.as_os_str().len() <= LONGEST_SOCKET, "{}", socket.display());
            let beside = socket.starts_with(place.folder());
            assert_eq!(beside, place.folder().as_os_str().len() + "/socket".len() <= LONGEST_SOCKET);
        }
        let other = BrokerPaths::of(&State::at(PathBuf::from(format!("/{}/awsesame", "i".repeat(300)))));
        assert_ne!(
            other.socket(),
            BrokerPaths::of(&State::at(format!("/{}/awsesame", "h".repeat(300)).into())).socket()
        );
    }
}
