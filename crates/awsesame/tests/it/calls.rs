//! Lists the system calls of a run, so that the following runs can be killed or made to fail at each of them.

use std::collections::BTreeMap;
use std::fmt;

use crate::crowd::finish;
use crate::member::Member;

/// One call: the how-manieth of its name.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) number: usize,
    /// The line of strace, in which descriptors have their paths.
    line: String,
}

impl Call {
    /// Returns true if it concerns a member's state or keys, rather than the loader's libraries, the runtime's own
    /// pipes or the network. Closing is left out: no program can do anything about that.
    pub(crate) fn touches(&self, member: &Member<'_>) -> bool {
        let folders = [member.state_folder(), member.data_folder(), member.credentials().to_owned()];
        let own = || folders.iter().any(|folder| self.line.contains(folder.to_str().unwrap()));
        self.is_about_keys() || self.name != "close" && own()
    }

    /// Returns true if its line contains a path with this part.
    pub(crate) fn is_about(&self, part: &str) -> bool {
        self.line.contains(part)
    }

    /// Returns true if the call can change a file or the state of a server, or sends a request.
    pub(crate) fn has_an_effect(&self) -> bool {
        const CHANGING: [&str; 14] = [
            "write",
            "writev",
            "sendto",
            "recvfrom",
            "connect",
            "fsync",
            "fdatasync",
            "fchmod",
            "fchown",
            "ftruncate",
            "utimensat",
            "flock",
            "link",
            "linkat",
        ];
        let name = self.name.as_str();
        let creating = name == "openat" && self.line.contains("O_CREAT");
        CHANGING.contains(&name) || name.starts_with("rename") || name.starts_with("unlink") || creating
    }

    pub(crate) fn is_about_keys(&self) -> bool {
        ["add_key", "keyctl"].contains(&self.name.as_str())
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} number {}, as in {}", self.name, self.number, self.line)
    }
}

/// Returns every system call that a command makes.
pub(crate) fn calls(member: &Member<'_>, arguments: &[&str]) -> Vec<Call> {
    let trace = tempfile::NamedTempFile::new().unwrap();
    let output = finish(member.traced(&["-y", "-o", trace.path().to_str().unwrap()], arguments));
    assert!(output.status.success(), "{output:?}");
    in_trace(&std::fs::read(trace.path()).unwrap())
}

/// Returns every system call in strace's output, each line with the process ID before it.
pub(crate) fn in_trace(trace: &[u8]) -> Vec<Call> {
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let text = String::from_utf8_lossy(trace).into_owned();
    let mut calls = Vec::new();
    for line in text.lines() {
        let Some((name, _)) = line.split_once(' ').and_then(|(_, call)| call.trim().split_once('(')) else {
            continue;
        };
        if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            let number = numbers.entry(name.to_owned()).or_default();
            *number += 1;
            calls.push(Call { name: name.to_owned(), number: *number, line: line.to_owned() });
        }
    }
    calls
}
