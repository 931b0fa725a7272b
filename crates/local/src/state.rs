//! Our state folder: it has files for sessions, stamps, locks and ledgers. This module handles only files and names;
//! core decides whether a session may be served.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use awsesame_core::answer::valid;
use awsesame_core::fault::Fault;
use awsesame_core::name::{AccessKeyId, Subject};
use awsesame_core::session::seal::{MOST_BYTES, SealError, SealedSession};
use awsesame_core::session::{file_safe, file_stem, short_id};

use crate::os::clock::Clock;
use crate::os::file::{self, Durability};
use crate::os::keyring;

/// The size of the test file. The session of a user takes less than one kilobyte, and that of a role with long tags a
/// few.
const TRIAL_BYTES: usize = 8 * 1024;

/// The prefix of the folders of single keyrings.
const OWN: &str = "sessions@";

/// A session file, or the reason why it is not valid.
pub type Read = Result<SealedSession, SealError>;

/// The state in the folder `$XDG_STATE_HOME/awsesame`.
#[derive(Debug, Clone)]
pub struct State {
    folder: PathBuf,
}

impl State {
    /// Returns the state in a folder. Nothing is read or created yet.
    pub fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Returns the path of the folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the session of a subject. `Ok(None)` means that there is no file, and `Ok(Some(Err(..)))` that the file
    /// is not valid.
    pub fn session(&self, subject: &Subject) -> Result<Option<Read>, Fault> {
        self.derived(&file_stem(subject))
    }

    /// Returns the session that others are derived from, by its ID in the plan.
    pub fn derived(&self, id: &str) -> Result<Option<Read>, Fault> {
        if let Some(found) = self.own_session(id)? {
            return Ok(Some(found));
        }
        self.shared_session(id)
    }

    /// Returns the session in the folder that all keyrings share, None if there is none. This folder is the only one
    /// unless this home is seen from several keyrings.
    pub fn shared_session(&self, id: &str) -> Result<Option<Read>, Fault> {
        read_session(&in_folder(&self.shared_folder(), id))
    }

    /// Returns the session in the folder of this keyring alone. Returns None if there is no such session or folder.
    pub fn own_session(&self, id: &str) -> Result<Option<Read>, Fault> {
        let Some(folder) = self.own_folder().filter(|folder| folder.is_dir()) else { return Ok(None) };
        read_session(&in_folder(&folder, id))
    }

    /// Stores the session of a subject.
    pub fn write_session(&self, subject: &Subject, bytes: &[u8]) -> Result<(), Fault> {
        self.write_derived(&file_stem(subject), bytes)
    }

    /// Stores a session from which others are derived.
    pub fn write_derived(&self, id: &str, bytes: &[u8]) -> Result<(), Fault> {
        let (folder, shared) = (self.folder_to_write(id), self.shared_folder());
        file::write_own(&in_folder(&folder, id), bytes, Durability::Process)?;
        // The fast path looks into the shared folder first: an older session of this keyring must not be found there.
        if folder != shared && !self.is_of_others(id) {
            file::remove(&in_folder(&shared, id))?;
        }
        Ok(())
    }

    /// Returns the folder to which a session is written. A valid session that another keyring has sealed, and one of a
    /// newer version, must not be overwritten. In that case this keyring uses a folder of its own from then on.
    fn folder_to_write(&self, id: &str) -> PathBuf {
        let shared = self.shared_folder();
        match self.own_folder() {
            Some(own) if own.is_dir() => own,
            Some(own) if self.is_of_others(id) => {
                self.sweep_own_folders(&own);
                own
            }
            _ => shared,
        }
    }

    /// Returns true if the shared folder has a file of this name that only others can open: another keyring, or a newer
    /// version.
    fn is_of_others(&self, id: &str) -> bool {
        matches!(self.shared_session(id), Ok(Some(Err(SealError::Newer)))) || self.lives_elsewhere(id)
    }

    /// Returns true if the shared folder has a valid session of this name that another keyring opens.
    fn lives_elsewhere(&self, id: &str) -> bool {
        let Ok(Some(Ok(sealed))) = self.shared_session(id) else { return false };
        let elsewhere = || sealed.keyring()?.elsewhere(keyring::here()?);
        sealed.header().left(Clock::System.now()) > 0 && elsewhere().is_some()
    }

    /// Deletes the folders of keyrings that no longer exist, if they contain no valid session. Errors are ignored.
    fn sweep_own_folders(&self, but: &Path) {
        let now = Clock::System.now();
        for name in file::names(&self.folder).unwrap_or_default() {
            let folder = self.folder.join(&name);
            if !name.starts_with(OWN) || folder == *but {
                continue;
            }
            let stems = stems_in(&folder).unwrap_or_default();
            let lives = |stem: &String| match read_session(&in_folder(&folder, stem)) {
                Ok(Some(Ok(sealed))) => sealed.header().left(now) > 0,
                Ok(Some(Err(SealError::Newer))) | Err(_) => true,
                Ok(_) => false,
            };
            if !stems.iter().any(lives) {
                for stem in &stems {
                    let _ = file::remove(&in_folder(&folder, stem));
                }
                let _ = std::fs::remove_dir(&folder);
            }
        }
    }

    fn shared_folder(&self) -> PathBuf {
        self.folder.join("sessions")
    }

    /// Returns the folder of this keyring alone, which may not exist. Returns None if keyrings are not distinguished.
    fn own_folder(&self) -> Option<PathBuf> {
        keyring::here().map(|here| self.folder.join(format!("{OWN}{}", here.id())))
    }

    /// Tries everything that keeping a session needs, because a code is spent only once: a file is written, read
    /// back as a session is read (mode, owner, links), stamped, renamed over and locked.
    pub fn try_out(&self) -> Result<(), Fault> {
        let trial = self.folder_to_write("trial").join("trial");
        let written = [7; TRIAL_BYTES];
        file::write_own(&trial, &[0; TRIAL_BYTES], Durability::Process)?;
        file::write_own(&trial, &written, Durability::Process)?;
        let read = file::read_own(&trial, MOST_BYTES)?;
        file::remove(&trial)?;
        if read.as_deref() != Some(&written) {
            let error = std::io::Error::other("it does not give back what was written");
            return Err(file::unwritable(&trial, &error));
        }
        let stamp = self.folder.join("stamps").join("trial");
        self.touch(&stamp)?;
        file::remove(&stamp)?;
        let path = self.lock_path("trial");
        let lock = file::open_lock(&path)?;
        match lock.try_lock() {
            Ok(()) | Err(std::fs::TryLockError::WouldBlock) => Ok(()),
            Err(std::fs::TryLockError::Error(error)) => Err(file::unwritable(&path, &error)),
        }
    }

    /// Returns every session file, by its stem. Files that cannot be read are left out.
    pub fn sessions(&self) -> Result<Vec<(String, Read)>, Fault> {
        let mut found = Vec::new();
        for stem in self.session_stems()? {
            if let Ok(Some(session)) = self.derived(&stem) {
                found.push((stem, session));
            }
        }
        Ok(found)
    }

    /// Returns every name under `sessions/` in order, readable or not.
    pub fn session_stems(&self) -> Result<Vec<String>, Fault> {
        let mut stems = stems_in(&self.shared_folder())?;
        if let Some(own) = self.own_folder().filter(|own| own.is_dir()) {
            stems.extend(stems_in(&own)?);
        }
        stems.sort();
        stems.dedup();
        Ok(stems)
    }

    /// Returns true if anything is stored under a session's name.
    pub fn has(&self, stem: &str) -> bool {
        let folders = self.own_folder().into_iter().chain([self.shared_folder()]);
        folders.into_iter().any(|folder| in_folder(&folder, stem).symlink_metadata().is_ok())
    }

    /// Deletes a session file by its stem. Returns true if there was one. A valid session of another keyring stays.
    pub fn forget(&self, stem: &str) -> Result<bool, Fault> {
        let own = match self.own_folder().filter(|own| own.is_dir()) {
            Some(own) => file::remove(&in_folder(&own, stem))?,
            None => false,
        };
        if self.lives_elsewhere(stem) {
            return Ok(own);
        }
        Ok(file::remove(&in_folder(&self.shared_folder(), stem))? || own)
    }

    /// Returns the stamp of a subject: an empty file that direnv and `wait` watch.
    pub fn stamp_path(&self, subject: &Subject) -> PathBuf {
        self.named_stamp(&file_stem(subject))
    }

    /// Returns the stamp of a session that others are derived from.
    pub fn named_stamp(&self, id: &str) -> PathBuf {
        self.folder.join("stamps").join(id)
    }

    /// Returns the folder of all stamps.
    pub fn stamps_folder(&self) -> PathBuf {
        self.folder.join("stamps")
    }

    /// Notifies the watchers of a stamp that its session has changed. direnv compares whole seconds, so the new time is
    /// at least one second after the old one.
    pub fn touch(&self, stamp: &Path) -> Result<(), Fault> {
        let file = file::open_lock(stamp)?;
        let fail = |error: std::io::Error| file::unwritable(stamp, &error);
        // An empty file is as old as its making: only a second change needs the distance.
        let before = file.metadata().and_then(|about| about.modified()).map_err(fail)?;
        let now = SystemTime::now();
        // A stamp with the latest possible time has no next second, so it starts again.
        let next = before.checked_add(Duration::from_secs(1)).map_or(now, |later| later.max(now));
        // A prompt hook that finds a session at its end writes a line, so that the others need not.
        file.set_len(0).map_err(fail)?;
        match file.set_modified(next) {
            Ok(()) => Ok(()),
            // If the file system does not allow setting times, a write changes the time; if necessary, after a second.
            Err(_) => move_by_writing(&file, before).map_err(fail),
        }
    }

    /// Returns the path of the lock that a process holds to ask for a code.
    pub fn lock_path(&self, id: &str) -> PathBuf {
        self.folder.join("locks").join(id)
    }

    /// Returns the identity of a long-term key, if it is known. It never changes.
    pub fn identity(&self, key: &AccessKeyId, endpoint: Option<&str>) -> Option<String> {
        let bytes = file::read_own(&self.identity_path(key, endpoint), 4096).ok()??;
        String::from_utf8(bytes)
            .ok()
            .map(|arn| arn.trim_end().to_owned())
            .filter(|arn| valid::identity(arn).is_ok())
    }

    /// Stores the identity of a long-term key.
    pub fn remember_identity(
        &self,
        key: &AccessKeyId,
        endpoint: Option<&str>,
        arn: &str,
    ) -> Result<(), Fault> {
        file::write_own(
            &self.identity_path(key, endpoint),
            format!("{arn}\n").as_bytes(),
            Durability::Process,
        )
    }

    /// Returns the path of the lock around each change of the data key.
    pub fn key_lock(&self) -> PathBuf {
        self.folder.join("locks").join("data-key")
    }

    fn identity_path(&self, key: &AccessKeyId, endpoint: Option<&str>) -> PathBuf {
        // The identity that another endpoint returns for a key is valid for that endpoint only.
        let name = match endpoint {
            Some(endpoint) => format!("{}@{}", file_safe(key.as_str()), short_id(endpoint.as_bytes())),
            None => file_safe(key.as_str()),
        };
        self.folder.join("identities").join(name)
    }
}

/// Changes the time of a stamp to another second by writing to it. It waits for that second, so it takes one second at
/// most.
fn move_by_writing(mut file: &File, before: SystemTime) -> std::io::Result<()> {
    const TICK: Duration = Duration::from_millis(50);
    let second = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    for _ in 0..30 {
        file.write_all(b"\n")?;
        file.set_len(0)?;
        if second(file.metadata()?.modified()?) != second(before) {
            return Ok(());
        }
        std::thread::sleep(TICK);
    }
    Ok(())
}

fn in_folder(folder: &Path, stem: &str) -> PathBuf {
    folder.join(format!("{stem}.session"))
}

fn stems_in(folder: &Path) -> Result<Vec<String>, Fault> {
    let names = file::names(folder)?;
    Ok(names.iter().filter_map(|name| name.strip_suffix(".session").map(str::to_owned)).collect())
}

fn read_session(path: &Path) -> Result<Option<Read>, Fault> {
    Ok(file::read_own(path, MOST_BYTES)?.map(SealedSession::parse))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn a_stamp_moves_at_least_one_whole_second_each_time() {
        let home = tempfile::tempdir().unwrap();
        let state = State::at(home.path().join("awsesame"));
        let stamp = state.named_stamp("p-dev");
        let mut last = 0;
        for _ in 0..4 {
            state.touch(&stamp).unwrap();
            let about = std::fs::metadata(&stamp).unwrap();
            assert!(about.mtime() > last, "{} after {last}", about.mtime());
            assert_eq!(about.size(), 0);
            // As a prompt hook does it at the end of a session.
            std::fs::write(&stamp, "\n").unwrap();
            last = std::fs::metadata(&stamp).unwrap().mtime();
        }
    }
}
