//! Decides the steps of a key rotation. The inputs are the journal and the known facts; the output is the next step. No
//! call is made and no file is touched here, so a test can try every point at which a run may be killed.
//!
//! The order of the steps makes a rotation safe: the plan is written to the journal, the new key is created, stored,
//! tested, and put in place of the old one; then the old key is deactivated, and it is deleted after the new one was
//! used. At any time a working key is in place, and every other key that AWS would accept is either recorded here or
//! can be distinguished from a key of somebody else.

mod journal;
mod step;
#[cfg(test)]
mod tests;

pub use crate::fault::SignedBy;
pub use journal::Journal;
pub use step::{Known, Listed, Proof, Refusal, Rest, SecretHalf, Step, next};

/// AWS's quota of access keys per user. Source: "IAM and STS quotas" in the IAM user guide.
pub const MOST_KEYS: usize = 2;

/// The greatest difference between this clock and AWS's, in seconds: AWS accepts no signature beyond it.
pub const SKEW: i64 = 15 * 60;

/// The maximum time for which a new key may be missing from AWS's lists, in seconds. IAM mentions seconds; this is
/// longer, to be safe.
pub const SETTLED: i64 = 5 * 60;

/// Returns the age that a key is to have, in seconds, from `90d`, `12w`, or any length of time. None if the text is
/// none of these, or is zero.
pub fn age(text: &str) -> Option<u32> {
    let long = |letter, seconds: u32| text.strip_suffix(letter)?.parse::<u32>().ok()?.checked_mul(seconds);
    let seconds =
        long('d', 86_400).or_else(|| long('w', 7 * 86_400)).or_else(|| crate::config::seconds(text));
    seconds.filter(|seconds| *seconds > 0)
}
