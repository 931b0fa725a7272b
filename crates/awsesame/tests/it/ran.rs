//! The result of a run, and its comparison in tests: exact, except for values that no test can know (the home, the
//! port, the time), which placeholders replace.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use regex_lite::Regex;

use crate::world::World;

/// Patterns of values that no test can know, with their placeholders.
const UNKNOWN: [(&str, &str); 9] = [
    (r"MFA \d+ (s|min) old", "MFA {AGE} old"),
    (r"until (\w{3} )?\d\d:\d\d \([^)]* left\)", "until {CLOCK} ({SPAN} left)"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "{ISO}"),
    (r"\bin \d+ s\b", "in {WAIT} s"),
    (r"\bsleep \d+", "sleep {WAIT}"),
    (r"\(pid \d+\)", "(pid {PID})"),
    (r"/dev/pts/\d+", "{TTY}"),
    (r"\bASIA[A-Z0-9]{12,}", "{KEY}"),
    (r"\d{8}T\d{6}Z", "{TIME}"),
];

/// A run that has ended.
pub(crate) struct Ran {
    /// The output on stdout, unchanged.
    pub(crate) stdout: String,
    /// The output on stderr, unchanged.
    pub(crate) stderr: String,
    /// The exit code; none where a signal ended it.
    pub(crate) code: Option<i32>,
    /// The signal that ended it.
    pub(crate) signal: Option<i32>,
    home: String,
    url: String,
}

impl Ran {
    pub(crate) fn new(world: &World, status: Option<ExitStatus>, stdout: &[u8], stderr: &[u8]) -> Self {
        Self {
            stdout: String::from_utf8_lossy(stdout).into_owned(),
            stderr: String::from_utf8_lossy(stderr).into_owned(),
            code: status.and_then(|status| status.code()),
            signal: status.and_then(|status| status.signal()),
            home: world.home().display().to_string(),
            url: world.url(),
        }
    }

    /// Checks that the program exited with 0.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        self.exits(0)
    }

    /// Checks that the exit code is this one.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Checks that stderr contains exactly this. The line on how to use a new session has a test of its own (usage.rs)
    /// and is not compared here.
    #[track_caller]
    pub(crate) fn says(self, expected: &str) -> Self {
        let said: String = self
            .known(&self.stderr)
            .split_inclusive('\n')
            // A slow machine or another shell adds these lines; only the tests of these lines look for them.
            .filter(|line| !line.starts_with("awsesame: to use it here: "))
            .filter(|line| {
                // The address may have got its placeholder.
                let waits = ["http", "{URL}"].map(|whom| format!("waiting for {whom}"));
                !waits.iter().any(|waits| line.starts_with(&format!("awsesame: {waits}")))
                    || waits.iter().any(|waits| expected.contains(waits.as_str()))
            })
            .collect();
        assert_eq!(said, expected, "\nsaid:\n{said}\nexpected:\n{expected}\n{self}");
        self
    }

    /// Checks that stdout contains exactly this.
    #[track_caller]
    pub(crate) fn prints(self, expected: &str) -> Self {
        let printed = self.known(&self.stdout);
        assert_eq!(printed, expected, "\nprinted:\n{printed}\nexpected:\n{expected}\n{self}");
        self
    }

    /// Returns the two lines of an error after an exit with this code. Stdout must be empty, apart from code that makes
    /// a shell that evaluates it fail in the same way.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, error: &str, hint: &str) -> Self {
        let ran = self.exits(code).says(&format!("error: {error}\nhint: {hint}\n"));
        let failing = ran.stdout.ends_with(&format!("(exit {code});\n"));
        if failing { ran } else { ran.prints("") }
    }

    /// Parses stdout as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// Returns a text in which everything that no test can know is replaced by a placeholder: `{HOME}`, `{URL}`,
    /// `{PORT}`, `{CLOCK}`, `{SPAN}`, `{ISO}`, `{WAIT}`, `{PID}`, `{TTY}`, `{KEY}`.
    pub(crate) fn known(&self, text: &str) -> String {
        let port = self.url.rsplit(':').next().unwrap();
        let mut text = text.replace(&self.home, "{HOME}").replace(&self.url, "{URL}");
        text = text.replace(&format!("127.0.0.1:{port}"), "127.0.0.1:{PORT}");
        for (pattern, name) in UNKNOWN {
            let pattern = Regex::new(pattern).unwrap();
            text = pattern.replace_all(&text, regex_lite::NoExpand(name)).into_owned();
        }
        text
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "code {:?}, signal {:?}\n--- stdout\n{}--- stderr\n{}---",
            self.code, self.signal, self.stdout, self.stderr
        )
    }
}

impl fmt::Debug for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
