//! Watches the program that started us and reads our output, so that we end when it ends. A question that nobody waits
//! for would block the terminal.

use std::sync::OnceLock;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, getppid};

/// The parent process at the beginning of the watch.
static PARENT: OnceLock<Option<Pid>> = OnceLock::new();

/// Begins to watch the program that waits for our answer.
pub fn watch() {
    PARENT.get_or_init(getppid);
}

/// Returns true if the watched program has ended or has closed the pipe to us.
pub fn is_gone() -> bool {
    let Some(parent) = PARENT.get() else { return false };
    if getppid() != *parent {
        return true;
    }
    let stdout = rustix::stdio::stdout();
    let mut polled = [PollFd::new(&stdout, PollFlags::empty())];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut polled, Some(&at_once)).is_ok() && polled[0].revents().intersects(PollFlags::ERR)
}
