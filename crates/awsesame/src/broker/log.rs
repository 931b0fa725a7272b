//! The log of the broker, with one line for each event, on the terminal or in a small file. This module never receives
//! a secret: it gets no header, no body, and no part of the path except the name of the profile.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use awsesame_core::name::Shown;
use awsesame_core::render::iso;
use rustix::fs::OFlags;

use crate::os::context::Context;
use crate::ui;

/// The maximum size of the file in bytes. The previous file is kept too.
const MOST_BYTES: u64 = 256 * 1024;
/// The most lines that are written per second. A client that is turned away a thousand times must not fill a disk.
const MOST_LINES: u32 = 20;

/// The log to which the lines are written.
#[derive(Debug)]
pub struct Log {
    context: Context,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    file: Option<Rotated>,
    second: i64,
    lines: u32,
}

#[derive(Debug)]
struct Rotated {
    path: PathBuf,
    file: Option<File>,
    bytes: u64,
}

impl Log {
    /// Returns a log that writes to stderr.
    pub fn to_stderr(context: Context) -> Self {
        Self { context, inner: Mutex::new(Inner { file: None, second: 0, lines: 0 }) }
    }

    /// Returns a log that writes to a file in our folder.
    pub fn to_file(path: PathBuf, context: Context) -> Self {
        let mut log = Self::to_stderr(context);
        let inner = log.inner.get_mut().unwrap_or_else(PoisonError::into_inner);
        let file = open(&path);
        let bytes = file.as_ref().and_then(|file| file.metadata().ok()).map_or(0, |about| about.len());
        inner.file = Some(Rotated { path, file, bytes });
        log
    }

    /// Writes a line, unless there were too many lines in this second.
    pub fn say(&self, text: &str) {
        let now = self.context.now();
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.second != now {
            let missed = inner.lines.saturating_sub(MOST_LINES);
            (inner.second, inner.lines) = (now, 0);
            if missed > 0 {
                inner.write(now, &format!("and {missed} lines more"));
            }
        }
        inner.lines = inner.lines.saturating_add(1);
        if inner.lines <= MOST_LINES {
            inner.write(now, text);
        }
    }
}

impl Inner {
    fn write(&mut self, now: i64, text: &str) {
        match &mut self.file {
            None => ui::say(&Shown(text).to_string()),
            Some(file) => file.write(&format!("{} {}\n", iso(now), Shown(text))),
        }
    }
}

impl Rotated {
    fn write(&mut self, line: &str) {
        if self.bytes > MOST_BYTES {
            // One that cannot be moved grows on: better than to be silent.
            if std::fs::rename(&self.path, self.path.with_extension("old")).is_ok() {
                self.file = open(&self.path);
            }
            self.bytes = 0;
        }
        // If the disk is full, the error cannot be reported anywhere.
        if let Some(file) = &mut self.file
            && file.write_all(line.as_bytes()).is_ok()
        {
            self.bytes += line.len() as u64;
        }
    }
}

/// Opens a file that only this user can read. Returns None for a symbolic link, or for a file with a second hard link.
fn open(path: &Path) -> Option<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
        .ok()?;
    file.metadata().is_ok_and(|about| about.is_file() && about.nlink() == 1).then_some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_stays_small_and_a_flood_is_counted_instead() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("log");
        std::fs::write(&path, vec![b'x'; usize::try_from(MOST_BYTES).unwrap() + 1]).unwrap();
        let log = Log::to_file(path.clone(), Context::of_process());
        for _ in 0..1000 {
            log.say("two\nlines");
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(path.with_extension("old").exists());
        assert!(text.lines().count() <= 3 * MOST_LINES as usize, "{text}");
        assert!(
            text.lines().all(|line| line.ends_with(r"two\nlines") || line.ends_with("lines more")),
            "{text}"
        );
    }

    #[test]
    fn link_in_its_place_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("target");
        std::os::unix::fs::symlink(&target, home.path().join("log")).unwrap();
        Log::to_file(home.path().join("log"), Context::of_process()).say("hello");
        assert!(!target.exists());
    }
}
