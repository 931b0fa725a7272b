//! The watchdog over secrets: it checks that the output of a run, its files, and the command lines of its processes
//! contain none. It changes nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::world::World;

/// The secrets that may be seen in a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Allowed {
    /// Session credentials on standard output: that is what `env` and `process` are for.
    pub(crate) sessions_on_stdout: bool,
    /// Session credentials in files and on the terminal, as programs that are given
    /// them may leave them there.
    pub(crate) sessions_anywhere: bool,
}

/// A secret, and its name for reports.
#[derive(Debug)]
struct Secret {
    name: &'static str,
    bytes: Vec<u8>,
    of_session: bool,
}

/// Everything that must not be seen.
#[derive(Debug)]
pub(crate) struct Watchdog {
    secrets: Vec<Secret>,
    home: PathBuf,
}

impl Watchdog {
    /// Collects the secrets of a world as it is now.
    pub(crate) fn over(world: &World) -> Self {
        let mut secrets = Vec::new();
        let mut add = |name, of_session, bytes: Vec<u8>| {
            if bytes.len() >= 16 {
                secrets.push(Secret { name, bytes, of_session });
            }
        };
        for secret in world.sandbox().lasting_secrets() {
            add("a long-term secret or a seed", false, secret.to_lowercase().into_bytes());
            add("a long-term secret or a seed", false, secret.into_bytes());
        }
        for secret in world.sandbox().issued_secrets() {
            add("a session secret or token", true, secret.into_bytes());
        }
        for key in world.data_keys() {
            for (name, text) in [("the data key in hex", hex(&key)), ("the data key in base64", base64(&key))]
            {
                add(name, false, text.trim_end_matches('=').as_bytes().to_vec());
            }
            add("the data key", false, key);
        }
        Self { secrets, home: world.home().to_owned() }
    }

    /// Returns the name of a secret that these bytes contain.
    fn found(&self, bytes: &[u8], sessions_allowed: bool) -> Option<&'static str> {
        let secrets = self.secrets.iter().filter(|secret| !(sessions_allowed && secret.of_session));
        secrets.into_iter().find(|secret| holds(bytes, &secret.bytes)).map(|secret| secret.name)
    }

    /// Checks one thing, and returns a description of the problem.
    fn look(&self, at: &str, bytes: &[u8], sessions_allowed: bool) -> Option<String> {
        self.found(bytes, sessions_allowed).map(|name| format!("{name} is in {at}"))
    }

    /// Returns every secret that is visible where it must not be.
    pub(crate) fn bites(
        &self,
        stdout: &[u8],
        stderr: &[u8],
        command_lines: &BTreeSet<Vec<u8>>,
        allowed: Allowed,
    ) -> Vec<String> {
        let anywhere = allowed.sessions_anywhere;
        let mut bites = Vec::new();
        bites.extend(self.look("stdout", stdout, allowed.sessions_on_stdout || anywhere));
        bites.extend(self.look("stderr", stderr, anywhere));
        for line in command_lines {
            // Every user of the machine can read a command line.
            bites.extend(self.look(&format!("argv of {}", shown(line)), line, false));
        }
        let mut files = Vec::new();
        gather(&self.home, &mut files);
        for file in files.iter().filter(|file| !self.may_hold_secrets(file)) {
            if let Ok(bytes) = std::fs::read(file) {
                bites.extend(self.look(&file.display().to_string(), &bytes, anywhere));
            }
        }
        bites
    }

    /// Returns true for the files that may contain secrets: the user's own long-term keys, the backup of their file
    /// until they were used from a store, and the files of the store `file`.
    fn may_hold_secrets(&self, file: &Path) -> bool {
        file == self.home.join(".aws/credentials")
            || file.parent().is_some_and(|folder| {
                folder.ends_with("awsesame/secrets") || folder.ends_with("awsesame/backups")
            })
    }
}

/// Returns only the name of the program, because the rest must not be shown.
fn shown(command_line: &[u8]) -> String {
    let name = command_line.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(name).into_owned()
}

/// Returns every plain file below a folder. Links are not followed, and pipes are not opened.
fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => gather(&entry.path(), files),
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
}

fn holds(bytes: &[u8], secret: &[u8]) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret)
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0u32, |group, byte| group << 8 | u32::from(*byte));
        let group = group << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            let digit = group >> (18 - 6 * place) & 63;
            text.push(char::from(DIGITS[usize::try_from(digit).unwrap()]));
        }
    }
    text
}

/// Returns the command lines of a process and all its children, as every user can read them.
pub(crate) fn command_lines(pid: u32, seen: &mut BTreeSet<Vec<u8>>) {
    if let Ok(line) = std::fs::read(format!("/proc/{pid}/cmdline"))
        && !line.is_empty()
    {
        seen.insert(line);
    }
    let Ok(children) = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")) else { return };
    for child in children.split_whitespace().filter_map(|child| child.parse().ok()) {
        command_lines(child, seen);
    }
}

#[test]
fn the_encodings_under_which_a_key_is_looked_for_are_the_usual_ones() {
    for (bytes, expected) in [("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg")] {
        assert_eq!(base64(bytes.as_bytes()), expected);
    }
    assert_eq!(hex(&[0, 171]), "00ab");
}
