//! Locks that prevent two of our processes from changing the same thing at once. Every wait has a limit, and the fault
//! at the limit names the process that holds the lock. A lock is never removed while its holder lives, because a process
//! that was stopped in the middle of a change would continue with it. The locks around a code follow other rules
//! (`awsesame_core::turn`).

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use awsesame_core::fault::Fault;

use crate::os::file;
use crate::os::lock_holder::{holders, is_stopped};
use crate::ui;

/// The maximum wait for a change during which a person may be asked. The program of a store has two minutes for that.
pub const LIMIT: Duration = Duration::from_secs(150);

/// The maximum wait of a reader while the sessions are sealed with another key, which takes milliseconds.
pub const MOMENT: Duration = Duration::from_secs(5);

/// The time after which a message names the holder of the lock, and its processes are checked for being stopped.
const PATIENCE: Duration = Duration::from_secs(2);

/// The pause between two tries.
const PAUSE: Duration = Duration::from_millis(10);

/// The time between two looks at whether the holder is stopped, for which the kernel's list of all locks is read.
const ROUND: Duration = Duration::from_secs(1);

/// Takes the lock of a file, which is created if necessary. Fails with [`Fault::LockHeld`] after `limit`, or after two
/// seconds if the holder is stopped.
pub fn take(path: &Path, limit: Duration) -> Result<File, Fault> {
    let lock = file::open_lock(path)?;
    let begun = Instant::now();
    let mut rounds = 0;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::Error(error)) => return Err(file::unwritable(path, &error)),
            Err(TryLockError::WouldBlock) => {}
        }
        let waited = begun.elapsed();
        let looks = waited >= PATIENCE + ROUND * rounds;
        let stopped = looks && is_stopped(&lock);
        if stopped || waited >= limit {
            let pid = holders(&lock).first().copied();
            let path = path.to_string_lossy().into_owned();
            return Err(Fault::LockHeld { path, pid, stopped, seconds: waited.as_secs() });
        }
        if looks && rounds == 0 {
            let who = holders(&lock).first().map_or_else(String::new, |pid| format!(" (pid {pid})"));
            ui::say(&format!("waiting for another awsesame{who}, which is changing the same files"));
        }
        rounds += u32::from(looks);
        std::thread::sleep(PAUSE);
    }
}

/// Waits until nobody holds the lock of a file, with a time limit. Nothing is created, and no message is printed.
pub fn await_free(path: &Path, limit: Duration) {
    let begun = Instant::now();
    let Ok(lock) = File::open(path) else { return };
    while matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)) && begun.elapsed() < limit {
        std::thread::sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_ends_at_its_limit_and_names_the_holder() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("lock");
        let held = take(&path, LIMIT).unwrap();
        let begun = Instant::now();
        let fault = take(&path, Duration::from_millis(50)).unwrap_err();
        assert!(begun.elapsed() < LIMIT);
        let Fault::LockHeld { pid, stopped, .. } = &fault else { panic!("{fault}") };
        assert_eq!((*pid, *stopped), (Some(std::process::id()), false), "{fault}");
        drop(held);
        take(&path, Duration::ZERO).unwrap();
    }

    #[test]
    fn a_wait_goes_on_when_the_lock_is_free() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("lock");
        let held = take(&path, LIMIT).unwrap();
        let other = path.clone();
        let second = std::thread::spawn(move || take(&other, LIMIT));
        std::thread::sleep(Duration::from_millis(100));
        assert!(!second.is_finished());
        drop(held);
        second.join().unwrap().unwrap();
    }

    #[test]
    fn a_look_waits_for_the_end_of_a_change_and_no_longer() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("lock");
        await_free(&path, LIMIT);
        assert!(!path.exists());
        let held = take(&path, LIMIT).unwrap();
        let begun = Instant::now();
        await_free(&path, Duration::from_millis(50));
        assert!(begun.elapsed() >= Duration::from_millis(50) && begun.elapsed() < LIMIT);
        drop(held);
        await_free(&path, LIMIT);
    }
}
