//! The ledger of the codes that were spent lately, each with its 30-second step. AWS accepts a code once and refuses a
//! repeated code with the same message as a wrong one, so only this record can tell the two apart. It never holds a
//! code, only the code's hash under a random key, which is stored beside the ledger. The six digits can be guessed from
//! the two, but by then AWS no longer accepts the code.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::key_id::hex;
use crate::name::{Serial, TokenCode};

/// The length of a step in seconds (RFC 6238; all of AWS's devices use this value).
pub const STEP_SECONDS: i64 = 30;

/// Returns the time step that contains a moment.
pub fn step(now: i64) -> i64 {
    now.div_euclid(STEP_SECONDS)
}

/// Returns the seconds until the next code is shown, from 1 to 30.
pub fn until_next(now: i64) -> u64 {
    (STEP_SECONDS - now.rem_euclid(STEP_SECONDS)).unsigned_abs()
}

/// The answer of the ledger about sending a code now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The current code is unspent.
    Send,
    /// The device still shows a spent code. The number is the seconds until the next one.
    Wait(u64),
}

/// Decides whether a code given now can be fresh. A spent step in the future means that the clock was set back; it then
/// blocks only the one step that AWS would accept in advance.
pub fn judge(last_spent: Option<i64>, now: i64) -> Verdict {
    match last_spent {
        Some(spent) if spent == step(now) || spent == step(now).saturating_add(1) => {
            Verdict::Wait(until_next(now))
        }
        _ => Verdict::Send,
    }
}

/// Returns true if a refusal now is probably caused by a repeated code: the last code of the device was spent in this
/// step or the one before, and a person may still have had it on the screen.
pub fn looks_reused(last_spent: Option<i64>, now: i64) -> bool {
    last_spent.is_some_and(|spent| (0..=1).contains(&step(now).saturating_sub(spent)))
}

/// The number of steps for which a code is remembered. AWS accepts codes of the step before and of the step after.
const KEPT_STEPS: i64 = 3;

/// The bytes of the key under which codes are hashed.
pub const KEY_BYTES: usize = 32;

/// A code that was spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spent {
    /// The step at which it was spent.
    pub step: i64,
    /// The mark of the code. None if it is not known, so that it may be any code of the step.
    pub code: Option<String>,
}

/// Returns the mark of a device's code, which is equal only for equal codes.
///
/// # Panics
/// The function never panics, because HMAC accepts keys of any length.
pub fn mark(key: &[u8; KEY_BYTES], serial: &Serial, code: &TokenCode) -> String {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in [serial.as_str(), "\0", code.as_str()] {
        mac.update(part.as_bytes());
    }
    hex(&mac.finalize().into_bytes()[..16])
}

/// Decides whether this code may be sent now. If a code of the same step was spent, a different code may still be
/// fresh.
pub fn judge_code(spent: &[Spent], now: i64, mark: Option<&str>) -> Verdict {
    let near = |spent: &Spent| step(now).saturating_sub(spent.step).saturating_abs() <= KEPT_STEPS;
    let same = |spent: &Spent| match (&spent.code, mark) {
        (Some(known), Some(mark)) => known == mark && near(spent),
        _ => judge(Some(spent.step), now) != Verdict::Send,
    };
    if spent.iter().any(same) { Verdict::Wait(until_next(now)) } else { Verdict::Send }
}

/// Adds a spent code to the list, and removes those that no longer matter.
pub fn add(mut spent: Vec<Spent>, new: Spent) -> Vec<Spent> {
    spent.retain(|known| new.step.saturating_sub(known.step).saturating_abs() < KEPT_STEPS);
    spent.push(new);
    spent
}

/// Returns the text of the ledger file, one line per code.
pub fn to_text(spent: &[Spent]) -> String {
    let line = |spent: &Spent| match &spent.code {
        Some(code) => format!("spent step {} {code}\n", spent.step),
        None => format!("spent step {}\n", spent.step),
    };
    spent.iter().map(line).collect()
}

/// Reads it back; anything else counts as "nothing spent", because the worst that follows is one refused code.
pub fn from_text(text: &str) -> Vec<Spent> {
    let line = |line: &str| {
        let rest = line.strip_prefix("spent step ")?.strip_suffix('\n')?;
        let (step, code) = rest.split_once(' ').map_or((rest, None), |(step, code)| (step, Some(code)));
        Some(Spent { step: step.parse().ok()?, code: code.map(str::to_owned) })
    };
    text.split_inclusive('\n').filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spent_step_makes_the_next_code_wait() {
        for (spent, now, verdict) in [
            (None, 100, Verdict::Send),
            (Some(3), 90, Verdict::Wait(30)),
            (Some(3), 119, Verdict::Wait(1)),
            (Some(3), 120, Verdict::Send),
            (Some(4), 119, Verdict::Wait(1)),
            (Some(9), 119, Verdict::Send),
        ] {
            assert_eq!(judge(spent, now), verdict, "spent {spent:?}, now {now}");
        }
    }

    #[test]
    fn a_refusal_soon_after_a_login_looks_like_a_repeat() {
        assert!(looks_reused(Some(3), 95));
        assert!(looks_reused(Some(3), 149));
        assert!(!looks_reused(Some(3), 150));
        assert!(!looks_reused(None, 95));
    }

    #[test]
    fn no_step_and_no_time_is_too_absurd_to_be_judged() {
        for spent in [i64::MIN, -7, i64::MAX] {
            for now in [i64::MIN, -31, i64::MAX] {
                assert_eq!(judge(Some(spent), now), Verdict::Send, "{spent} at {now}");
                assert!(!looks_reused(Some(spent), now), "{spent} at {now}");
            }
        }
    }

    #[test]
    fn lines_on_disk_read_back_and_garbage_is_nothing() {
        let spent = |step, code: Option<&str>| Spent { step, code: code.map(str::to_owned) };
        let all = [spent(58_000_000, None), spent(58_000_001, Some("ab"))];
        assert_eq!(from_text(&to_text(&all)), all);
        for garbage in ["", "spent step ", "spent step x\n", "spent step 1", "\0\0\0"] {
            assert_eq!(from_text(garbage), []);
        }
    }

    #[test]
    fn only_the_very_code_is_refused_and_another_of_the_same_step_is_sent() {
        let key = [7; KEY_BYTES];
        let serial = Serial::new("arn:aws:iam::1:mfa/alice");
        let marked = |digits: &str| mark(&key, &serial, &TokenCode::parse(digits).unwrap());
        let spent = add(Vec::new(), Spent { step: 100, code: Some(marked("123456")) });
        for (digits, now, verdict) in [
            ("123456", 3000, Verdict::Wait(30)),
            ("654321", 3000, Verdict::Send),
            ("123456", 3089, Verdict::Wait(1)),
            ("123456", 3120, Verdict::Send),
        ] {
            assert_eq!(judge_code(&spent, now, Some(&marked(digits))), verdict, "{digits} at {now}");
        }
        // If the hash of the spent code is unknown, only its step counts.
        let unknown = [Spent { step: 100, code: None }];
        assert_eq!(judge_code(&unknown, 3000, Some(&marked("1".repeat(6).as_str()))), Verdict::Wait(30));
        assert_ne!(
            mark(&key, &Serial::new("GAHT12345678"), &TokenCode::parse("123456").unwrap()),
            marked("123456")
        );
        let later = add(spent, Spent { step: 103, code: None });
        assert_eq!(later, [Spent { step: 103, code: None }]);
    }
}
