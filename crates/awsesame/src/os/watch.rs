//! Waits for changes of a folder, with inotify if the kernel has it, so that a login elsewhere is noticed within
//! milliseconds and waiting costs nothing.

#[cfg(target_os = "linux")]
use std::os::fd::AsFd;
#[cfg(target_os = "linux")]
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use awsesame_core::fault::Fault;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::os::file;

/// A folder that is watched.
#[derive(Debug)]
pub struct Watch {
    /// The inotify descriptor. None if the kernel provides none; then the folder is checked often instead.
    #[cfg(target_os = "linux")]
    events: Option<OwnedFd>,
}

/// The interval of checks if the system cannot watch.
#[cfg(target_os = "linux")]
const LOOK_OFTEN: Duration = Duration::from_secs(1);

/// The interval after which the folder is checked in any case, for missed events and for expiries, which change no
/// file.
#[cfg(target_os = "linux")]
const LOOK_AGAIN: Duration = Duration::from_secs(30);

impl Watch {
    /// Watches a folder, made if it is not there.
    #[cfg(target_os = "linux")]
    pub fn folder(path: &Path) -> Result<Self, Fault> {
        use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};
        file::make_folder(path)?;
        let what = WatchFlags::ATTRIB | WatchFlags::CREATE | WatchFlags::MOVED_TO | WatchFlags::CLOSE_WRITE;
        let events = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)
            .and_then(|events| add_watch(&events, path, what).map(|_| events));
        Ok(Self { events: events.ok() })
    }

    /// Watches nothing, for a caller that only waits for a time.
    #[cfg(target_os = "linux")]
    pub fn nothing() -> Result<Self, Fault> {
        use rustix::fs::inotify::{CreateFlags, init};
        Ok(Self { events: init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).ok() })
    }

    /// Waits for a change, at most until a moment; whether there is a reason to look again.
    #[cfg(target_os = "linux")]
    pub fn changed(&mut self, until: Option<Instant>) -> Result<bool, Fault> {
        let left = match until.map(|until| until.checked_duration_since(Instant::now())) {
            Some(None) => return Ok(false),
            Some(Some(left)) => left.min(self.pause()),
            None => self.pause(),
        };
        match &self.events {
            Some(events) => _ = first(&mut [PollFd::new(events, PollFlags::IN)], left)?,
            None => std::thread::sleep(left),
        }
        self.drain();
        Ok(until.is_none_or(|until| Instant::now() < until))
    }

    /// Discards the pending events. It does not matter which file changed, because the session itself is read next.
    #[cfg(target_os = "linux")]
    fn drain(&self) {
        let Some(watched) = &self.events else { return };
        let mut events = [0_u8; 4096];
        while rustix::io::read(watched, &mut events).is_ok_and(|read| read > 0) {}
    }

    #[cfg(target_os = "linux")]
    fn pause(&self) -> Duration {
        if self.events.is_some() { LOOK_AGAIN } else { LOOK_OFTEN }
    }

    /// Waits for a change or for data from another file, with a time limit. Returns true if the other file has data.
    #[cfg(target_os = "linux")]
    pub fn changed_or(&mut self, other: &impl AsFd, what: PollFlags, most: Duration) -> Result<bool, Fault> {
        let said = match &self.events {
            Some(events) => first(&mut [PollFd::new(other, what), PollFd::new(events, PollFlags::IN)], most)?,
            None => first(&mut [PollFd::new(other, what)], most.min(LOOK_OFTEN))?,
        };
        self.drain();
        Ok(said)
    }

    /// Watches nothing, and looks often instead.
    #[cfg(not(target_os = "linux"))]
    pub fn folder(path: &Path) -> Result<Self, Fault> {
        file::make_folder(path)?;
        Ok(Self {})
    }

    /// Returns a watch without a folder.
    #[cfg(not(target_os = "linux"))]
    pub fn nothing() -> Result<Self, Fault> {
        Ok(Self {})
    }

    /// Waits a moment; whether there is a reason to look again.
    #[cfg(not(target_os = "linux"))]
    pub fn changed(&mut self, until: Option<Instant>) -> Result<bool, Fault> {
        std::thread::sleep(Duration::from_millis(100));
        Ok(until.is_none_or(|until| Instant::now() < until))
    }

    /// Waits a moment for data from another file. Returns true if it has data.
    #[cfg(not(target_os = "linux"))]
    pub fn changed_or(&mut self, other: &impl AsFd, what: PollFlags, most: Duration) -> Result<bool, Fault> {
        first(&mut [PollFd::new(other, what)], most.min(Duration::from_millis(100)))
    }
}

/// Waits for any of some files, with a time limit. Returns true if the first one has data.
fn first(files: &mut [PollFd<'_>], most: Duration) -> Result<bool, Fault> {
    let timeout = Timespec::try_from(most).unwrap_or(Timespec { tv_sec: 1, tv_nsec: 0 });
    match poll(files, Some(&timeout)) {
        Ok(_) => Ok(!files[0].revents().is_empty()),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(Fault::Bug { what: format!("poll: {error}") }),
    }
}
