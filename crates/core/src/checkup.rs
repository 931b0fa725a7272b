//! The rules of `doctor`: its limits, and the parsers for texts that are easily misread. All functions are pure; the
//! program collects the values and prints the results.

use crate::config::KEYS;
use crate::text::nearest::nearest;

/// The prefix of our variables.
const OURS: &str = "AWSESAME_";
/// Variables with our prefix that do not belong to a setting.
const OWN_VARIABLES: [&str; 11] = [
    "AWSESAME_PROFILE",
    "AWSESAME_ACCOUNT",
    "AWSESAME_ROLE",
    "AWSESAME_CONFIG",
    "AWSESAME_BROKER",
    "AWSESAME_STAMP",
    "AWSESAME_EXPIRES_AT",
    "AWSESAME_EXPORTED",
    "AWSESAME_AWS_CONFIG_FILE",
    "AWSESAME_AWS_CREDENTIALS_FILE",
    "AWSESAME_NO_INPUT",
];

/// A key is old after 90 days, as AWS's own checks have it.
const OLD_KEY_DAYS: i64 = 90;
/// The difference above which AWS refuses signed requests, in seconds.
const REFUSED: u64 = 15 * 60;
/// The difference above which codes may be refused. AWS accepts the codes of the neighboring steps of 30 seconds, and
/// the clock may use half of that.
const DISTURBING: u64 = 15;

/// Returns true if a variable has our prefix but no meaning.
pub fn is_meaningless(variable: &str) -> bool {
    variable.starts_with(OURS) && !variables().any(|known| known == variable)
}

/// Returns the variable that a meaningless one was probably meant to be.
pub fn meant_variable(variable: &str) -> Option<&'static str> {
    // All names share the prefix, so it must not count for the similarity.
    let own = |name: &'static str| name.strip_prefix(OURS).unwrap_or(name);
    let meant = nearest(variable.strip_prefix(OURS)?, variables().map(own))?;
    variables().find(|known| own(known) == meant)
}

fn variables() -> impl Iterator<Item = &'static str> {
    OWN_VARIABLES.into_iter().chain(KEYS.iter().map(|key| key.variable))
}

/// The deviation of a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The difference is too small to matter.
    Right,
    /// The difference is so large that AWS may refuse codes: seconds, and whether the clock is ahead.
    Off(u64, bool),
    /// The difference is so large that AWS refuses every request: seconds, and whether the clock is ahead.
    Refused(u64, bool),
}

/// Compares the clock with a `Date` header, which is rounded down to whole seconds. The request was sent and the answer
/// arrived at the given times. All times are in Unix seconds.
pub fn clock(sent: i64, date: i64, arrived: i64) -> Clock {
    // The header was written between the two times, so only a date outside of them shows a difference.
    let (seconds, ahead) = if date + 1 < sent {
        (sent.abs_diff(date + 1), true)
    } else if date > arrived {
        (date.abs_diff(arrived), false)
    } else {
        return Clock::Right;
    };
    match seconds {
        0..DISTURBING => Clock::Right,
        DISTURBING..REFUSED => Clock::Off(seconds, ahead),
        _ => Clock::Refused(seconds, ahead),
    }
}

/// Returns the age of a key in days, if the key is too old.
pub fn too_old(created: i64, now: i64) -> Option<i64> {
    let days = now.saturating_sub(created) / 86_400;
    (days > OLD_KEY_DAYS).then_some(days)
}

/// The use and the limits of the kernel's keyrings for a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// The number of keys, and its limit.
    pub keys: (u64, u64),
    /// The number of bytes, and its limit.
    pub bytes: (u64, u64),
}

impl Quota {
    /// Parses the line of a user in `/proc/key-users` (proc(5)): `uid: usage nkeys/nikeys qnkeys/maxkeys
    /// qnbytes/maxbytes`. Returns None if the user has no keys.
    pub fn read(text: &str, uid: u32) -> Option<Self> {
        let own = |line: &&str| line.split(':').next().is_some_and(|id| id.trim() == uid.to_string());
        let line = text.lines().find(own)?;
        let pair = |word: &str| {
            let (used, most) = word.split_once('/')?;
            Some((used.parse().ok()?, most.parse().ok()?))
        };
        let mut words = line.split_once(':')?.1.split_whitespace().skip(2);
        Some(Self { keys: pair(words.next()?)?, bytes: pair(words.next()?)? })
    }

    /// Returns true if there may be no room for another key.
    pub fn is_short(self) -> bool {
        [self.keys, self.bytes].iter().any(|(used, most)| used.saturating_mul(10) >= most.saturating_mul(9))
    }
}

/// Returns true if a line of a shell's start-up file contains all these words and is not a comment.
pub fn starts(text: &str, words: &[&str]) -> bool {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    lines.into_iter().any(|line| words.iter().all(|word| line.contains(word)))
}

/// Returns the mode bits that a file should not have. With `secret`, other users may not even read it.
pub fn too_open(mode: u32, secret: bool) -> Option<u32> {
    let bits = mode & if secret { 0o077 } else { 0o022 };
    (bits != 0).then_some(mode & !bits & 0o7777)
}

/// Returns the version from the line that a program prints about itself, such as `awsesame 0.1.0` or `aws-cli/2.9.19
/// Python/3.11`.
pub fn version(said: &str) -> Option<&str> {
    let word =
        said.lines().next()?.split([' ', '/']).find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    word.filter(|word| word.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_of_ours_that_means_nothing_is_told_with_the_one_that_is_meant() {
        for (variable, meant) in [
            ("AWSESAME_PROFIL", Some("AWSESAME_PROFILE")),
            ("AWSESAME_STORES_TIMEOUTS", Some("AWSESAME_STORES_TIMEOUT")),
            ("AWSESAME_XYZZY_PLUGH", None),
        ] {
            assert!(is_meaningless(variable));
            assert_eq!(meant_variable(variable), meant, "{variable}");
        }
        for known in ["AWSESAME_PROFILE", "AWSESAME_STORE", "AWS_PROFIL", "HOME"] {
            assert!(!is_meaningless(known), "{known}");
        }
    }

    #[test]
    fn a_clock_is_off_only_by_what_lies_outside_the_time_of_the_request() {
        for (sent, date, arrived, expected) in [
            (100, 100, 100, Clock::Right),
            // The answer took its time, and the header has no fractions.
            (100, 99, 100, Clock::Right),
            (100, 129, 130, Clock::Right),
            (100, 85, 100, Clock::Right),
            (100, 84, 100, Clock::Off(15, true)),
            (100, 145, 130, Clock::Off(15, false)),
            (2000, 1000, 2000, Clock::Refused(999, true)),
            (0, 5000, 1, Clock::Refused(4999, false)),
        ] {
            assert_eq!(clock(sent, date, arrived), expected, "{sent} {date} {arrived}");
        }
    }

    #[test]
    fn a_quota_is_read_as_the_kernel_writes_it() {
        let text = "    0:    25 24/24 17/1000000 956/25000000\n 1000:     9 9/9 185/200 900/20000\n";
        let of = |uid| Quota::read(text, uid);
        assert_eq!(of(1000), Some(Quota { keys: (185, 200), bytes: (900, 20_000) }));
        assert_eq!((of(0).unwrap().is_short(), of(1000).unwrap().is_short()), (false, true));
        assert_eq!(of(100), None);
        assert_eq!(Quota::read("1000: nonsense", 1000), None);
    }

    #[test]
    fn a_line_that_is_a_comment_starts_nothing() {
        let text = "# eval \"$(direnv hook bash)\"\n  eval \"$(awsesame hook bash)\"\n";
        assert!(starts(text, &["awsesame", "hook"]) && !starts(text, &["direnv", "hook"]));
    }

    #[test]
    fn keys_age_modes_close_and_versions_are_found() {
        assert_eq!((too_old(0, 90 * 86_400), too_old(0, 91 * 86_400)), (None, Some(91)));
        assert_eq!((too_open(0o600, true), too_open(0o644, true)), (None, Some(0o600)));
        assert_eq!((too_open(0o644, false), too_open(0o666, false)), (None, Some(0o644)));
        assert_eq!(version("awsesame 0.1.0\n"), Some("0.1.0"));
        assert_eq!(version("aws-cli/2.9.19 Python/3.11.2 Linux/6"), Some("2.9.19"));
        assert_eq!((version("2.32.1"), version("no such thing"), version("")), (Some("2.32.1"), None, None));
    }
}
