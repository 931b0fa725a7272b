//! Which TOTP step was spent last. AWS takes a code once and answers a repeat
//! like a wrong code, so only this memory can tell the two apart. The code
//! itself is never kept: a step is only a time.

/// Seconds in a step (RFC 6238, the value every AWS device uses).
pub const STEP_SECONDS: i64 = 30;

/// The step that a moment belongs to.
pub fn step(now: i64) -> i64 {
    now.div_euclid(STEP_SECONDS)
}

/// Seconds from `now` until the next code is shown: 1 to 30.
pub fn until_next(now: i64) -> u64 {
    (STEP_SECONDS - now.rem_euclid(STEP_SECONDS)).unsigned_abs()
}

/// What the ledger says about sending a code now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The current code is unspent.
    Send,
    /// The device still shows a code that was spent; a new one comes in so many seconds.
    Wait(u64),
}

/// Judges whether a code given now can be a fresh one. A step in the future
/// means that the clock was set back since; it then binds no longer than the
/// one step AWS would accept ahead of time.
pub fn judge(last_spent: Option<i64>, now: i64) -> Verdict {
    match last_spent {
        Some(spent) if spent == step(now) || spent == step(now).saturating_add(1) => {
            Verdict::Wait(until_next(now))
        }
        _ => Verdict::Send,
    }
}

/// Whether a refusal now is likely a repeat: a device's last code was spent in
/// this step or the one before, which a person may still have had on the screen.
pub fn looks_reused(last_spent: Option<i64>, now: i64) -> bool {
    last_spent.is_some_and(|spent| (0..=1).contains(&step(now).saturating_sub(spent)))
}

/// The ledger's line on disk.
pub fn to_text(step: i64) -> String {
    format!("spent step {step}\n")
}

/// Reads the line back; anything else counts as "nothing spent", because the
/// worst that follows is one refused code.
pub fn from_text(text: &str) -> Option<i64> {
    text.strip_prefix("spent step ")?.strip_suffix('\n')?.parse().ok()
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
    fn the_line_on_disk_reads_back_and_garbage_is_nothing() {
        assert_eq!(from_text(&to_text(58_000_000)), Some(58_000_000));
        for garbage in ["", "spent step ", "spent step x\n", "spent step 1", "\0\0\0"] {
            assert_eq!(from_text(garbage), None);
        }
    }
}
