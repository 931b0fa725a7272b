//! Where the broker's files lie. Paths only; nothing is read or made here.

use std::path::{Path, PathBuf};

use crate::state::State;

/// `$XDG_STATE_HOME/awsesame/broker`: one broker a state.
#[derive(Debug, Clone)]
pub struct Place {
    folder: PathBuf,
}

impl Place {
    /// The broker's place in a state.
    pub fn of(state: &State) -> Self {
        Self { folder: state.folder().join("broker") }
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The port that was chosen once.
    pub fn port(&self) -> PathBuf {
        self.folder.join("port")
    }

    /// What whoever knocks must know. Its path is what clients are given.
    pub fn token(&self) -> PathBuf {
        self.folder.join("token")
    }

    /// Locked by the broker that runs, with its pid.
    pub fn lock(&self) -> PathBuf {
        self.folder.join("lock")
    }

    /// The socket for our own commands, which ssh can forward.
    pub fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }

    /// What a broker in the background has to say.
    pub fn log(&self) -> PathBuf {
        self.folder.join("log")
    }
}
