//! The rotation of a long-term key, as values: what is written down of it, what is known
//! of it, and from both the next step. No call is made and no file is touched here, so
//! that every way in which a run may be killed can be tried out in a table.
//!
//! The order is what makes it safe: written down, made, kept, proven, put in the old
//! key's place, the old one inactive, and deleted once the new one was used. At each
//! moment a key that works is in its place, and every other that AWS would take is
//! either here by name or can be told from a stranger's.

mod journal;
mod step;
#[cfg(test)]
mod tests;

pub use crate::fault::SignedBy;
pub use journal::Journal;
pub use step::{Known, Listed, Proof, Refusal, Rest, SecretHalf, Step, next};

/// AWS's quota of access keys a user. Source: "IAM and STS quotas" in the IAM user guide.
pub const MOST_KEYS: usize = 2;

/// The greatest difference between this clock and AWS's, in seconds: AWS accepts no signature beyond it.
pub const SKEW: i64 = 15 * 60;

/// The longest time for which a new key may be missing from AWS's lists, in seconds. IAM speaks of seconds; this is to
/// be on the safe side.
pub const SETTLED: i64 = 5 * 60;

/// Returns the age that a key is to have, in seconds, from `90d`, `12w`, or any length of time. None if the text is
/// none of these, or is zero.
pub fn age(text: &str) -> Option<u32> {
    let long = |letter, seconds: u32| text.strip_suffix(letter)?.parse::<u32>().ok()?.checked_mul(seconds);
    let seconds =
        long('d', 86_400).or_else(|| long('w', 7 * 86_400)).or_else(|| crate::config::seconds(text));
    seconds.filter(|seconds| *seconds > 0)
}
