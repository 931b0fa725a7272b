//! Locks that one process of many holds: for a question, for a call, for a device. The kernel releases the lock of a
//! process that was killed. The lock of a process that was stopped is replaced. The rules are in
//! [`awsesame_core::turn`].

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use awsesame_core::fault::Fault;
use awsesame_core::name::{Serial, Shown, Subject};
use awsesame_core::session::file_safe;
use awsesame_core::turn::{self, BEAT, Next, Sight, Terms};

use crate::os::file;
use crate::state::State;

/// The note of a holder.
pub const HELD: &str = "held by ";
/// The note of a holder that ended without a session.
pub const GIVEN_UP: &str = "given up by ";

/// The time limit of a wait for a device. The call that holds the lock has a limit too.
const DEVICE_LIMIT: Duration = Duration::from_mins(1);

/// A lock that is ours until it is dropped.
#[derive(Debug)]
pub struct Flight {
    file: Arc<File>,
    path: PathBuf,
    /// True if another process held the lock first, so that its result must be checked.
    pub waited: bool,
    beat: Option<Beat>,
    /// True if the note in the file stays after the lock is released, because the waiting processes must read it.
    note_stays: bool,
}

/// The process that holds a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The process ID in its own namespace.
    pub pid: u32,
    /// The name of its terminal, or `no terminal`.
    pub terminal: String,
}

/// The way in which a caller waits for a lock.
pub struct Waiting<'a> {
    /// The end of waiting, and whether a holder that gives up speaks for us too.
    pub terms: Terms,
    /// Returns true once a session is there that makes waiting pointless.
    pub served: &'a dyn Fn() -> bool,
    /// A function that is called once with the holder of the lock.
    pub notice: &'a dyn Fn(&Holder),
}

impl Waiting<'_> {
    /// Waits only for the lock, with a time limit and without a message.
    pub fn quietly(limit: Duration) -> Self {
        Self { terms: Terms { limit, resigns: false }, served: &|| false, notice: &|_| () }
    }
}

impl Flight {
    /// Takes a lock. Returns None if a session was obtained meanwhile, so that the lock is not needed any more.
    pub fn take(
        state: &State,
        id: &str,
        subject: &Subject,
        waiting: &Waiting<'_>,
    ) -> Result<Option<Self>, Fault> {
        let path = state.lock_path(id);
        let fail = |error: std::io::Error| file::unwritable(&path, &error);
        let came = Instant::now();
        let mut waited = false;
        let mut told = false;
        let mut life = Life::default();
        let mut file = Arc::new(file::open_lock(&path)?);
        loop {
            let taken = match file.try_lock() {
                Ok(()) if is_at(&file, &path) => true,
                // Another process has replaced the lock that we waited for, so the path leads to another file now.
                Ok(()) => {
                    file = Arc::new(file::open_lock(&path)?);
                    continue;
                }
                Err(TryLockError::WouldBlock) => false,
                Err(TryLockError::Error(error)) => return Err(fail(error)),
            };
            let note = if taken && !waited { None } else { read(&file) };
            if !taken {
                waited = true;
                if let Some(holder) = note.as_deref().and_then(|text| Holder::noted(text, HELD))
                    && !std::mem::replace(&mut told, true)
                {
                    (waiting.notice)(&holder);
                }
            }
            let gone = note.as_deref().and_then(|text| Holder::noted(text, GIVEN_UP));
            let sight = Sight {
                taken,
                gave_up: gone.is_some(),
                served: waited && (waiting.served)(),
                silent: if taken { Duration::ZERO } else { life.silent(&file) },
                waited: came.elapsed(),
            };
            match turn::next(sight, waiting.terms) {
                Next::Go => return Ok(Some(Self::held(file, path, waited))),
                Next::Served => return Ok(None),
                Next::Resign => {
                    let pid = gone.map(|gone| gone.pid).unwrap_or_default();
                    return Err(Fault::OtherGaveUp { subject: subject.clone(), pid });
                }
                Next::PassOver => {
                    let held = replace(state, &path, &file)?;
                    if let Some(file) = held {
                        return Ok(Some(Self::held(Arc::new(file), path, true)));
                    }
                    file = Arc::new(file::open_lock(&path)?);
                    life = Life::default();
                }
                Next::Wait(pause) => std::thread::sleep(pause),
                Next::TimeUp => {
                    let holder = note.as_deref().and_then(|text| Holder::noted(text, HELD));
                    return Err(Fault::StillWaiting {
                        subject: subject.clone(),
                        pid: holder.as_ref().map(|holder| holder.pid),
                        terminal: holder.map_or_else(|| "no terminal".to_owned(), |holder| holder.terminal),
                        seconds: waiting.terms.limit.as_secs(),
                    });
                }
            }
        }
    }

    /// Takes the lock of a device. From the check of the ledger until its code is recorded there, no other key of the
    /// same person may send that code.
    pub fn of_device(state: &State, serial: &Serial, subject: &Subject) -> Result<Self, Fault> {
        let id = format!("device-{}", file_safe(serial.as_str()));
        let taken = Self::take(state, &id, subject, &Waiting::quietly(DEVICE_LIMIT))?;
        taken.ok_or_else(|| Fault::Bug { what: "a device was served without being taken".into() })
    }

    fn held(file: Arc<File>, path: PathBuf, waited: bool) -> Self {
        // The lock is in the kernel, so it works on a full disk even without the name of its holder.
        let _ = note(&file, HELD);
        let beat = Beat::start(&file);
        Self { file, path, waited, beat, note_stays: false }
    }

    /// Returns false if this process was stopped for so long that another one took the lock.
    pub fn is_still_ours(&self) -> bool {
        is_at(&self.file, &self.path)
    }

    /// Informs the waiting processes that there will be no session.
    pub fn give_up(mut self) {
        self.beat.take();
        // Should the note fail, the next one asks, which is right too.
        let _ = note(&self.file, GIVEN_UP);
        self.note_stays = true;
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        // The thread shares the file, so it ends first.
        self.beat.take();
        if !self.note_stays {
            // The next holder takes the lock a moment before it writes its own note.
            let _ = self.file.set_len(0);
        }
        let _ = self.file.unlock();
    }
}

fn note(mut file: &File, what: &str) -> std::io::Result<()> {
    let terminal = crate::os::terminal::name().unwrap_or_else(|| "no terminal".into());
    let text = format!("{what}{} {terminal}", std::process::id());
    file.rewind()?;
    // In one piece and over the old one, because others read it at any time.
    file.write_all(text.as_bytes())?;
    file.set_len(text.len() as u64)
}

fn read(file: &File) -> Option<String> {
    let mut text = String::new();
    let mut file = file;
    file.rewind().ok()?;
    file.take(256).read_to_string(&mut text).ok()?;
    Some(text)
}

/// Returns true if the path still leads to this file.
fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(own), Ok(there)) = (file.metadata(), path.symlink_metadata()) else { return false };
    (own.dev(), own.ino()) == (there.dev(), there.ino())
}

/// Replaces the lock of a holder that shows no sign of life. Returns None if another process was faster.
fn replace(state: &State, path: &Path, old: &File) -> Result<Option<File>, Fault> {
    let fail = |error: std::io::Error| file::unwritable(path, &error);
    let gate = file::open_lock(&state.lock_path("passing-over"))?;
    match gate.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            std::thread::sleep(Duration::from_millis(20));
            return Ok(None);
        }
        Err(TryLockError::Error(error)) => return Err(fail(error)),
    }
    if !is_at(old, path) {
        return Ok(None);
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let new = tempfile::Builder::new().prefix(".new-").tempfile_in(folder).map_err(fail)?;
    new.as_file().lock().map_err(fail)?;
    new.persist(path).map(Some).map_err(|error| fail(error.error))
}

/// The signs of life of a holder, as a waiting process observes them: each changes the file of the lock.
#[derive(Default)]
struct Life {
    last: Option<(i64, i64)>,
    seen: Option<Instant>,
}

impl Life {
    fn silent(&mut self, file: &File) -> Duration {
        let now = Instant::now();
        let mark = file.metadata().map(|about| (about.mtime(), about.mtime_nsec())).ok();
        if mark != self.last || self.seen.is_none() {
            self.last = mark;
            self.seen = Some(now);
        }
        self.seen.map_or(Duration::ZERO, |seen| now.saturating_duration_since(seen))
    }
}

/// The thread that shows a holder's signs of life.
#[derive(Debug)]
struct Beat {
    stop: Arc<(Mutex<bool>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Beat {
    /// Starts the thread that shows signs of life. Returns None if no thread can be started. The lock of such a holder
    /// may be replaced, and nothing is lost by that.
    fn start(file: &Arc<File>) -> Option<Self> {
        let stop = Arc::new((Mutex::new(false), Condvar::new()));
        let (ended, file) = (Arc::clone(&stop), Arc::clone(file));
        let work = move || {
            let mut guard = ended.0.lock().unwrap_or_else(PoisonError::into_inner);
            loop {
                let (next, _) = ended.1.wait_timeout(guard, BEAT).unwrap_or_else(PoisonError::into_inner);
                guard = next;
                if *guard {
                    return;
                }
                // If the file system does not allow setting times, a write changes the time.
                if file.set_modified(SystemTime::now()).is_err() {
                    let _ = note(&file, HELD);
                }
            }
        };
        let thread = std::thread::Builder::new().name("beat".into()).spawn(work).ok()?;
        Some(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        *self.stop.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stop.1.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Holder {
    /// Reads a note back; returns None for anything else.
    pub fn noted(text: &str, what: &str) -> Option<Self> {
        let (pid, terminal) = text.strip_prefix(what)?.split_once(' ')?;
        Some(Self { pid: pid.parse().ok()?, terminal: Shown(terminal).to_string() })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use awsesame_core::name::ProfileName;
    use awsesame_core::turn::SILENCE;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(30);

    fn world() -> (tempfile::TempDir, State, Subject) {
        let home = tempfile::tempdir().unwrap();
        let state = State::at(home.path().join("awsesame"));
        (home, state, Subject::Profile(ProfileName::new("dev")))
    }

    fn take(state: &State, resigns: bool, limit: Duration) -> Result<Option<Flight>, Fault> {
        let waiting = Waiting { terms: Terms { limit, resigns }, served: &|| false, notice: &|_| () };
        Flight::take(state, "lock-1", &Subject::Profile(ProfileName::new("dev")), &waiting)
    }

    /// Starts a second caller, which reports who holds the lock and then its result.
    fn second(
        state: &State,
        resigns: bool,
    ) -> (std::sync::mpsc::Receiver<Holder>, JoinHandle<Result<Option<Flight>, Fault>>) {
        let (sender, receiver) = channel();
        let (state, subject) = (state.clone(), Subject::Profile(ProfileName::new("dev")));
        let thread = std::thread::spawn(move || {
            let waiting = Waiting {
                terms: Terms { limit: LIMIT, resigns },
                served: &|| false,
                notice: &|holder| sender.send(holder.clone()).unwrap(),
            };
            Flight::take(&state, "lock-1", &subject, &waiting)
        });
        (receiver, thread)
    }

    #[test]
    fn waiting_processes_continue_after_a_success_and_give_up_after_a_failure() {
        let (_home, state, _) = world();
        for gives_up in [false, true] {
            let first = take(&state, true, LIMIT).unwrap().unwrap();
            assert!(!first.waited);
            let (holder, second) = second(&state, true);
            assert_eq!(holder.recv().unwrap().pid, std::process::id());
            if gives_up {
                first.give_up();
                let fault = second.join().unwrap().unwrap_err();
                assert!(
                    matches!(fault, Fault::OtherGaveUp { pid, .. } if pid == std::process::id()),
                    "{fault}"
                );
            } else {
                drop(first);
                assert!(second.join().unwrap().unwrap().unwrap().waited);
            }
        }
        // A later caller starts from the beginning.
        assert!(!take(&state, true, LIMIT).unwrap().unwrap().waited);
    }

    #[test]
    fn waiting_process_with_a_code_continues_after_a_failure() {
        let (_home, state, _) = world();
        let first = take(&state, true, LIMIT).unwrap().unwrap();
        let (holder, second) = second(&state, false);
        holder.recv().unwrap();
        first.give_up();
        assert!(second.join().unwrap().unwrap().unwrap().waited);
    }

    #[test]
    fn a_wait_ends_at_its_limit_and_says_who_holds_the_lock() {
        let (_home, state, subject) = world();
        let _first = take(&state, true, LIMIT).unwrap().unwrap();
        let fault = take(&state, true, Duration::from_millis(50)).unwrap_err();
        let Fault::StillWaiting { subject: waits, pid, .. } = &fault else { panic!("{fault}") };
        assert_eq!((waits, *pid), (&subject, Some(std::process::id())));
    }

    #[test]
    fn a_wait_ends_when_a_session_comes() {
        let (_home, state, subject) = world();
        let _first = take(&state, true, LIMIT).unwrap().unwrap();
        let waiting =
            Waiting { terms: Terms { limit: LIMIT, resigns: true }, served: &|| true, notice: &|_| () };
        assert!(Flight::take(&state, "lock-1", &subject, &waiting).unwrap().is_none());
    }

    #[test]
    fn lock_of_a_stopped_holder_is_replaced_and_the_holder_notices() {
        let (_home, state, _) = world();
        let mut first = take(&state, true, LIMIT).unwrap().unwrap();
        // This is the state of a stopped process: the thread does not run, but the kernel's lock stays.
        first.beat.take();
        let begun = Instant::now();
        let next = take(&state, true, LIMIT).unwrap().unwrap();
        assert!(begun.elapsed() >= SILENCE && begun.elapsed() < LIMIT);
        assert!(next.waited && next.is_still_ours() && !first.is_still_ours());
        // The old lock no longer matters.
        drop(first);
        assert!(matches!(take(&state, true, Duration::ZERO), Err(Fault::StillWaiting { .. })));
    }

    #[test]
    fn lock_of_a_living_holder_is_not_replaced() {
        let (_home, state, _) = world();
        let first = take(&state, true, LIMIT).unwrap().unwrap();
        let fault = take(&state, true, SILENCE + BEAT * 2).unwrap_err();
        assert!(matches!(fault, Fault::StillWaiting { .. }) && first.is_still_ours(), "{fault}");
    }
}
