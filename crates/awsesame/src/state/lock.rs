//! Single flight: of all processes that need the same code or the same role, one
//! goes ahead and the others wait for it. The kernel frees the lock of a process
//! that was killed.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::time::{Duration, Instant};

use awsesame_core::fault::Fault;
use awsesame_core::name::{Serial, Shown, Subject};
use awsesame_core::session::file_safe;

use crate::os::file;
use crate::state::State;

/// The note of whoever is ahead.
pub const HELD: &str = "held by ";
/// The note of whoever was ahead, and brought nothing.
pub const GIVEN_UP: &str = "given up by ";

/// How long the note of a new holder is waited for: it is written at once after the lock was taken.
const NOTE: Duration = Duration::from_secs(1);
/// How often it is looked for meanwhile.
const LOOK: Duration = Duration::from_millis(5);

/// Our turn. Dropped, it is the next one's.
#[derive(Debug)]
pub struct Flight {
    file: File,
    /// Whether somebody was ahead of us, so that what they did must be looked at anew.
    pub waited: bool,
    /// Whether our note stays when the lock goes, because those who wait have to read it.
    note_stays: bool,
}

/// Who is ahead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The process.
    pub pid: u32,
    /// Its terminal, or `no terminal`.
    pub terminal: String,
}

impl Flight {
    /// Takes a turn, waiting for whoever is ahead; `notice` is told who that is.
    /// If they gave up while we waited, so do we where `resigns` says so: a hundred
    /// callers must not become a hundred questions, one after the other.
    pub fn take(
        state: &State,
        id: &str,
        subject: &Subject,
        resigns: bool,
        notice: impl FnOnce(&Holder),
    ) -> Result<Self, Fault> {
        let path = state.lock_path(id);
        let fail = |error: std::io::Error| file::unwritable(&path, &error);
        let mut file = file::open_lock(&path)?;
        let waited = match file.try_lock() {
            Ok(()) => false,
            Err(TryLockError::Error(error)) => return Err(fail(error)),
            Err(TryLockError::WouldBlock) => {
                if let Some(holder) = wait_for_note(&mut file).map_err(fail)? {
                    notice(&holder);
                    file.lock().map_err(fail)?;
                }
                if resigns && let Some(gone) = read(&mut file).and_then(|text| Holder::noted(&text, GIVEN_UP))
                {
                    return Err(Fault::OtherGaveUp { subject: subject.clone(), pid: gone.pid });
                }
                true
            }
        };
        let mut flight = Self { file, waited, note_stays: false };
        // The lock is the kernel's: on a full disk it holds without the words on who has it.
        let _ = flight.note(HELD);
        Ok(flight)
    }

    /// Takes a device: from the look into the ledger until its code is noted there, no
    /// other key of the same person may send that code.
    pub fn of_device(state: &State, serial: &Serial, subject: &Subject) -> Result<Self, Fault> {
        let id = format!("device-{}", file_safe(serial.as_str()));
        Self::take(state, &id, subject, false, |_| ())
    }

    /// Tells those who wait now that there will be no session.
    pub fn give_up(mut self) {
        // Should the note fail, the next one asks, which is right too.
        let _ = self.note(GIVEN_UP);
        self.note_stays = true;
    }

    fn note(&mut self, what: &str) -> std::io::Result<()> {
        let terminal = crate::os::terminal::name().unwrap_or_else(|| "no terminal".into());
        self.file.set_len(0)?;
        self.file.rewind()?;
        // In one piece, because others read it at any time.
        self.file.write_all(format!("{what}{} {terminal}", std::process::id()).as_bytes())
    }
}

impl Drop for Flight {
    /// Takes the note away before the lock goes: the next holder has it a moment before its own note is written.
    fn drop(&mut self) {
        if !self.note_stays {
            // A note that cannot be taken away names a process that has ended, or will soon.
            let _ = self.file.set_len(0);
        }
    }
}

/// Waits until the holder has written down who it is. Returns None if the lock became ours meanwhile. A holder without
/// a note, as on a full disk, is waited for in silence.
fn wait_for_note(file: &mut File) -> std::io::Result<Option<Holder>> {
    let until = Instant::now() + NOTE;
    loop {
        let holder = read(file).and_then(|text| Holder::noted(&text, HELD));
        let late = Instant::now() >= until;
        match holder {
            // A killed holder leaves its note to the next one's first moment.
            Some(holder) if late || holder.is_alive() => return Ok(Some(holder)),
            _ if late => return file.lock().map(|()| None),
            _ => {}
        }
        std::thread::sleep(LOOK);
        match file.try_lock() {
            Ok(()) => return Ok(None),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

fn read(file: &mut File) -> Option<String> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(256).read_to_string(&mut text).ok()?;
    Some(text)
}

impl Holder {
    /// Reads a note back; whatever is none says nothing about anybody.
    pub fn noted(text: &str, what: &str) -> Option<Self> {
        let (pid, terminal) = text.strip_prefix(what)?.split_once(' ')?;
        Some(Self { pid: pid.parse().ok()?, terminal: Shown(terminal).to_string() })
    }

    /// Whether a process of this id runs, somebody else's included.
    fn is_alive(&self) -> bool {
        let pid = i32::try_from(self.pid).ok().and_then(rustix::process::Pid::from_raw);
        pid.is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
    }
}

#[cfg(test)]
mod tests {
    use awsesame_core::name::ProfileName;

    use super::*;

    #[test]
    fn those_who_wait_go_on_after_a_success_and_give_up_after_a_failure() {
        let home = tempfile::tempdir().unwrap();
        let state = State::at(home.path().join("awsesame"));
        let subject = Subject::Profile(ProfileName::new("dev"));
        for gives_up in [false, true] {
            let first =
                Flight::take(&state, "lock-1", &subject, true, |_| panic!("nobody is ahead")).unwrap();
            assert!(!first.waited);
            let (sender, receiver) = std::sync::mpsc::channel();
            let second = std::thread::spawn({
                let (state, subject) = (state.clone(), subject.clone());
                move || {
                    Flight::take(&state, "lock-1", &subject, true, |holder| {
                        sender.send(holder.clone()).unwrap();
                    })
                }
            });
            let holder = receiver.recv().unwrap();
            assert_eq!(holder.pid, std::process::id());
            if gives_up {
                first.give_up();
                let fault = second.join().unwrap().unwrap_err();
                assert!(
                    matches!(fault, Fault::OtherGaveUp { pid, .. } if pid == std::process::id()),
                    "{fault}"
                );
            } else {
                drop(first);
                assert!(second.join().unwrap().unwrap().waited);
            }
        }
        // Whoever comes later asks anew.
        assert!(!Flight::take(&state, "lock-1", &subject, true, |_| ()).unwrap().waited);
    }

    #[test]
    fn whoever_brings_a_code_goes_on_after_a_failure() {
        let home = tempfile::tempdir().unwrap();
        let state = State::at(home.path().join("awsesame"));
        let subject = Subject::Profile(ProfileName::new("dev"));
        let first = Flight::take(&state, "lock-1", &subject, true, |_| ()).unwrap();
        let (sender, receiver) = std::sync::mpsc::channel();
        let second = std::thread::spawn({
            let (state, subject) = (state.clone(), subject.clone());
            move || Flight::take(&state, "lock-1", &subject, false, |_| sender.send(()).unwrap())
        });
        receiver.recv().unwrap();
        first.give_up();
        assert!(second.join().unwrap().unwrap().waited);
    }

    /// Whoever waits while the lock is held under such a note, which becomes ours after a while.
    fn noticed_under(note: &str) -> Holder {
        let home = tempfile::tempdir().unwrap();
        let state = State::at(home.path().join("awsesame"));
        let subject = Subject::Profile(ProfileName::new("dev"));
        let mut held = file::open_lock(&state.lock_path("lock-1")).unwrap();
        held.lock().unwrap();
        held.write_all(note.as_bytes()).unwrap();
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn({
            let state = state.clone();
            move || {
                Flight::take(&state, "lock-1", &subject, true, |holder| sender.send(holder.clone()).unwrap())
            }
        });
        std::thread::sleep(Duration::from_millis(100));
        let mut holder = Flight { file: held, waited: false, note_stays: false };
        holder.note(HELD).unwrap();
        receiver.recv_timeout(Duration::from_secs(20)).unwrap()
    }

    #[test]
    fn a_holder_that_has_not_noted_itself_down_yet_is_waited_for_by_its_name() {
        assert_eq!(noticed_under("").pid, std::process::id());
    }

    #[test]
    fn the_note_of_a_killed_holder_is_not_taken_for_the_next_ones() {
        let mut dead = std::process::Command::new("true").spawn().unwrap();
        let note = format!("{HELD}{} no terminal", dead.id());
        dead.wait().unwrap();
        assert_eq!(noticed_under(&note).pid, std::process::id());
    }

    #[test]
    fn a_note_goes_with_its_lock() {
        let home = tempfile::tempdir().unwrap();
        let state = State::at(home.path().join("awsesame"));
        let subject = Subject::Profile(ProfileName::new("dev"));
        drop(Flight::take(&state, "lock-1", &subject, true, |_| ()).unwrap());
        assert_eq!(std::fs::read_to_string(state.lock_path("lock-1")).unwrap(), "");
    }
}
