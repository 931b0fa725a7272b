//! Finds the processes that hold a kernel lock. Only Linux lists them, and only those that this user may see.

use std::fs::File;
use std::os::unix::fs::MetadataExt;

/// Returns true if a process that holds the kernel lock of a file is stopped.
pub fn is_stopped(file: &File) -> bool {
    holders(file).into_iter().any(is_a_stopped_process)
}

/// Returns true if a process is stopped. Returns false if the system does not report it.
pub fn is_a_stopped_process(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name in parentheses may contain anything.
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['T', 't']))
}

/// Returns the process IDs of the holders of a file's kernel lock, in our own namespace.
pub fn holders(file: &File) -> Vec<u32> {
    let Ok(about) = file.metadata() else { return Vec::new() };
    // The kernel writes `MAJOR:MINOR:INODE`. On file systems with other numbers (btrfs, overlay) no holder is found.
    let (major, minor) = (rustix::fs::major(about.dev()), rustix::fs::minor(about.dev()));
    let place = format!("{major:02x}:{minor:02x}:{}", about.ino());
    let locks = std::fs::read_to_string("/proc/locks").unwrap_or_default();
    let holders = locks.lines().filter_map(|line| {
        // `1: FLOCK  ADVISORY  WRITE 4711 00:18:6 0 EOF`; a line with `->` is of one who waits.
        let words: Vec<&str> = line.split_whitespace().collect();
        let holds = words.get(1) == Some(&"FLOCK") && words.get(5) == Some(&place.as_str());
        holds.then(|| words[4].parse().ok()).flatten()
    });
    // A process in another namespace has the ID 0.
    holders.filter(|pid| *pid > 0).collect()
}
