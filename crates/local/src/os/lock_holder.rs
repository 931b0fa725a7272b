//! Who holds a lock of the kernel's. Taking locks is the state's.

use std::fs::File;

/// Returns true if the process that holds the kernel's lock of a file is stopped. Only Linux tells, and only about
/// processes that we may see.
pub fn is_stopped(file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    let Ok(about) = file.metadata() else { return false };
    let inode = format!(":{}", about.ino());
    let locks = std::fs::read_to_string("/proc/locks").unwrap_or_default();
    let holders = locks.lines().filter_map(|line| {
        // `1: FLOCK  ADVISORY  WRITE 4711 00:18:6 0 EOF`; a line with `->` is of one who waits.
        let words: Vec<&str> = line.split_whitespace().collect();
        let holds = words.get(1) == Some(&"FLOCK") && words.get(5)?.ends_with(&inode);
        holds.then(|| words[4].parse::<u32>().ok()).flatten()
    });
    holders.into_iter().any(|pid| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // The name in parentheses may hold anything.
        stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['T', 't']))
    })
}
