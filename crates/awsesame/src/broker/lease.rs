//! The lease of the broker: the process that holds the lock is the broker. The kernel frees the lock of a killed
//! process, so the next one can take over without help.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::Duration;

use awsesame_core::fault::{BrokerFault, Fault};
use rustix::process::Pid;

use super::place::BrokerPaths;
use crate::os::file;

/// The number of attempts. Other processes take the lock for a moment to test it.
const TRIES: u32 = 10;
const MOMENT: Duration = Duration::from_millis(10);

/// The right to be the broker. Dropped, it is the next one's.
#[derive(Debug)]
pub struct Lease {
    file: File,
    path: PathBuf,
}

impl Lease {
    /// Takes the lease, unless a broker runs.
    pub fn take(place: &BrokerPaths) -> Result<Self, Fault> {
        let path = place.lock();
        let mut file = file::open_lock(&path)?;
        let fail = |error: std::io::Error| file::unwritable(&path, &error);
        let mut tries = TRIES;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(fail(error)),
                Err(TryLockError::WouldBlock) if tries > 0 => tries -= 1,
                Err(TryLockError::WouldBlock) => {
                    return Err(BrokerFault::Runs { pid: living(&mut file, place).map(number) }.into());
                }
            }
            std::thread::sleep(MOMENT);
        }
        let own = std::process::id();
        let note = format!("{own} {}", begun(own).unwrap_or_default());
        // The lock is in the kernel, so it works on a full disk even without the process ID.
        let _ = file.set_len(0).and_then(|()| file.write_all(note.as_bytes()));
        Ok(Self { file, path })
    }

    /// Returns true while the lock file is still at its path. If its folder was deleted and created again, the new lock
    /// belongs to another broker.
    pub fn is_in_its_place(&self) -> bool {
        let which = |about: std::fs::Metadata| (about.dev(), about.ino());
        let there = self.path.symlink_metadata().map(which);
        matches!((there, self.file.metadata().map(which)), (Ok(there), Ok(own)) if there == own)
    }

    /// Returns the pid of the running broker. None if no broker runs.
    pub fn holder(place: &BrokerPaths) -> Result<Option<Pid>, Fault> {
        let path = place.lock();
        if path.symlink_metadata().is_err() {
            return Ok(None);
        }
        let mut file = file::open_lock(&path)?;
        for _ in 0..TRIES {
            match file.try_lock_shared() {
                Ok(()) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(file::unwritable(&path, &error)),
                Err(TryLockError::WouldBlock) => {}
            }
            if let Some(pid) = living(&mut file, place) {
                return Ok(Some(pid));
            }
            // A broker that has just taken the lock is about to write its process ID.
            std::thread::sleep(MOMENT);
        }
        Err(BrokerFault::Runs { pid: None }.into())
    }
}

/// Returns the process whose ID is in the lock file. The ID of a killed process may belong to another process by now,
/// which is recognized by a different start time. If `/proc` hides the broker even from its own user (`hidepid`), the
/// peer of its socket shows the process.
fn living(file: &mut File, place: &BrokerPaths) -> Option<Pid> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(1024).read_to_string(&mut text).ok()?;
    // A newer version may add words and lines.
    let mut words = text.lines().next()?.split(' ');
    let pid = Pid::from_raw(words.next()?.parse().ok()?)?;
    let since = words.next()?;
    match begun(number(pid)) {
        Some(begun) if begun == since => Some(pid),
        Some(_) if !since.is_empty() => None,
        None if since.is_empty() => Some(pid),
        // Noted where there was no `/proc`, or looked up where there is none.
        Some(_) | None => (super::socket::listener(&place.socket()) == Some(pid)).then_some(pid),
    }
}

/// Returns the start time of a process, in the system's own units. None if there is none.
fn begun(pid: u32) -> Option<String> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The fields follow the name, which may contain a parenthesis itself.
    text.rsplit_once(") ")?.1.split(' ').nth(19).map(str::to_owned)
}

/// Returns a process ID in the form for messages.
pub fn number(pid: Pid) -> u32 {
    pid.as_raw_nonzero().get().unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::State;

    #[test]
    fn only_one_is_the_broker_and_the_next_takes_over() {
        let home = tempfile::tempdir().unwrap();
        let place = BrokerPaths::of(&State::at(home.path().join("awsesame")));
        assert_eq!(Lease::holder(&place), Ok(None));
        let lease = Lease::take(&place).unwrap();
        let own = std::process::id();
        assert_eq!(Lease::holder(&place).unwrap().map(number), Some(own));
        assert_eq!(Lease::take(&place).unwrap_err(), BrokerFault::Runs { pid: Some(own) }.into());
        // A process ID that an earlier broker left names nobody, even if another process has it now.
        std::fs::write(place.lock(), format!("{own} 1")).unwrap();
        assert_eq!(Lease::holder(&place), Err(BrokerFault::Runs { pid: None }.into()));
        assert!(lease.is_in_its_place());
        std::fs::rename(place.folder(), home.path().join("away")).unwrap();
        assert!(!lease.is_in_its_place(), "the folder is gone");
        std::fs::create_dir(place.folder()).unwrap();
        std::fs::write(place.lock(), "").unwrap();
        assert!(!lease.is_in_its_place(), "the folder is another one");
        drop(lease);
        assert_eq!(Lease::holder(&place), Ok(None));
        Lease::take(&place).unwrap();
    }
}
