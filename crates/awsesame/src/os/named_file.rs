//! Reads files that the user names, with a limit on size and time. Such a file may be a pipe, such as `<(...)` of a
//! shell. The module [`super::file`] reads our own files.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use zeroize::Zeroizing;

use super::file::words;

/// The time limit for a program that writes into a pipe.
const PATIENCE: Duration = Duration::from_secs(20);
/// The time limit until a program begins to write into a named pipe.
const NOBODY: Duration = Duration::from_millis(1500);
/// The pause between two checks of a pipe without a writer.
const TICK: Duration = Duration::from_millis(20);
/// The initial size of the buffer for a pipe.
const ROOM: usize = 64 * 1024;

/// The pipes that could not be read, each with its error: a run waits for them once, however often it reads them.
static FAILED: Mutex<Vec<(PathBuf, String)>> = Mutex::new(Vec::new());

/// Reads a file of at most this many bytes. Returns None if it is missing. The error is in words.
pub fn read(path: &Path, most: u64) -> Result<Option<Zeroizing<Vec<u8>>>, String> {
    read_within(path, most, PATIENCE)
}

fn read_within(path: &Path, most: u64, patience: Duration) -> Result<Option<Zeroizing<Vec<u8>>>, String> {
    // Without NONBLOCK, opening a pipe without a writer would block forever.
    let flags = OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file = match OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(words(&error)),
    };
    let about = file.metadata().map_err(|error| words(&error))?;
    if about.is_dir() {
        return Err("it is a folder".into());
    }
    let too_large = || {
        let size = if most >= 1024 * 1024 {
            format!("{} MiB", most / 1024 / 1024)
        } else {
            format!("{} KiB", most / 1024)
        };
        format!("it is larger than {size}")
    };
    let bytes = if about.is_file() {
        // A file that says so itself is not read first.
        if about.len() > most {
            return Err(too_large());
        }
        let room = usize::try_from(about.len().min(most)).unwrap_or(ROOM);
        let mut bytes = Zeroizing::new(Vec::with_capacity(room.saturating_add(1)));
        file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| words(&error))?;
        bytes
    } else {
        drain_once(file, path, most, patience)?
    };
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
        return Err(too_large());
    }
    Ok(Some(bytes))
}

/// Reads a pipe or a device, unless that has failed before in this run.
fn drain_once(file: File, path: &Path, most: u64, patience: Duration) -> Result<Zeroizing<Vec<u8>>, String> {
    let failed = || FAILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, why)) = failed().iter().find(|(known, _)| known == path) {
        return Err(why.clone());
    }
    let pipe = file.metadata().is_ok_and(|about| about.file_type().is_fifo());
    drain(file, pipe, most, patience).inspect_err(|why| failed().push((path.to_owned(), why.clone())))
}

/// Reads a pipe or a device, at most this many bytes and one more piece.
fn drain(mut file: File, pipe: bool, most: u64, patience: Duration) -> Result<Zeroizing<Vec<u8>>, String> {
    let begun = Instant::now();
    let mut bytes = Zeroizing::new(Vec::with_capacity(ROOM));
    let mut piece = Zeroizing::new([0; 8192]);
    while u64::try_from(bytes.len()).unwrap_or(u64::MAX) <= most {
        match file.read(&mut *piece) {
            Ok(0) if pipe && bytes.is_empty() && !has_ended(&file) => {
                if begun.elapsed() > NOBODY {
                    return Err("it is a pipe, and nobody writes into it".into());
                }
                std::thread::sleep(TICK);
            }
            Ok(0) => return Ok(bytes),
            Ok(count) => append(&mut bytes, &piece[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let left = patience.saturating_sub(begun.elapsed());
                if left.is_zero() {
                    return Err(format!("it did not end within {} s", patience.as_secs()));
                }
                wait(&file, left);
            }
            Err(error) => return Err(words(&error)),
        }
        if begun.elapsed() > patience {
            return Err(format!("it did not end within {} s", patience.as_secs()));
        }
    }
    Ok(bytes)
}

/// Returns true if a pipe had a writer and has none now.
fn has_ended(file: &File) -> bool {
    let mut polled = [PollFd::new(file, PollFlags::IN)];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut polled, Some(&now)).is_ok_and(|ready| ready > 0) && polled[0].revents().contains(PollFlags::HUP)
}

fn wait(file: &File, left: Duration) {
    let mut polled = [PollFd::new(file, PollFlags::IN)];
    if let Ok(left) = Timespec::try_from(left) {
        // If the pipe has ended, the next read reports it.
        let _ = poll(&mut polled, Some(&left));
    }
}

/// Adds a piece without leaving a copy of the previous content in memory.
fn append(bytes: &mut Zeroizing<Vec<u8>>, piece: &[u8]) {
    if bytes.capacity() - bytes.len() < piece.len() {
        let mut larger = Zeroizing::new(Vec::with_capacity(bytes.capacity() * 2 + piece.len()));
        larger.extend_from_slice(bytes);
        *bytes = larger;
    }
    bytes.extend_from_slice(piece);
}

#[cfg(test)]
mod tests {
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;

    fn pipe(folder: &tempfile::TempDir) -> PathBuf {
        let path = folder.path().join("pipe");
        mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        path
    }

    #[test]
    fn what_a_program_writes_into_a_pipe_is_read_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = pipe(&folder);
        let writer = {
            let path = path.clone();
            std::thread::spawn(move || std::fs::write(path, vec![b'x'; 300_000]).unwrap())
        };
        assert_eq!(read(&path, 1_000_000).unwrap().unwrap().len(), 300_000);
        writer.join().unwrap();
    }

    #[test]
    fn a_pipe_without_a_writer_and_a_device_without_an_end_are_left() {
        let folder = tempfile::tempdir().unwrap();
        let begun = Instant::now();
        let path = pipe(&folder);
        assert_eq!(read(&path, 10).unwrap_err(), "it is a pipe, and nobody writes into it");
        assert!(begun.elapsed() < NOBODY * 3);
        let again = Instant::now();
        assert!(read(&path, 10).is_err() && again.elapsed() < NOBODY / 2, "it was waited for twice");
        assert_eq!(read(Path::new("/dev/zero"), 4096).unwrap_err(), "it is larger than 4 KiB");
        // A writer that never writes and never ends.
        std::fs::remove_file(&path).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = pipe(&folder);
        let _writer = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        let slow = read_within(&path, 10, Duration::from_millis(300)).unwrap_err();
        assert_eq!(slow, "it did not end within 0 s");
    }

    #[test]
    fn a_file_that_says_that_it_is_too_large_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hole");
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        let begun = Instant::now();
        assert_eq!(read(&path, 256 * 1024 * 1024).unwrap_err(), "it is larger than 256 MiB");
        assert!(begun.elapsed() < Duration::from_millis(100), "{:?}", begun.elapsed());
    }

    #[test]
    fn an_empty_file_a_missing_one_and_a_folder_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(Path::new("/dev/null"), 10), Ok(Some(Zeroizing::new(Vec::new()))));
        assert_eq!(read(&folder.path().join("missing"), 10), Ok(None));
        assert_eq!(read(folder.path(), 10), Err("it is a folder".into()));
    }
}
