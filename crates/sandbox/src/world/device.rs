//! An MFA device and its spent codes. It accepts or refuses a code; the caller words the refusal.

use std::collections::BTreeSet;

use super::fixture::{DeviceEntry, DeviceKind};
use super::passkey::Passkey;
use super::totp;
use crate::wire::encoding::unbase32;

/// The number of steps before and after the current one that are accepted.
const WINDOW: i64 = 1;

#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) serial: String,
    pub(crate) kind: DeviceKind,
    seed: Vec<u8>,
    pub(crate) passkey: Option<Passkey>,
    /// The user it is assigned to, and since when.
    pub(crate) user: Option<String>,
    pub(crate) enabled: i64,
    /// The position in the list of devices, which is the order of enrollment.
    pub(crate) order: usize,
    spent: BTreeSet<i64>,
    /// The number of steps by which the device's clock is ahead, as the last resynchronization found it.
    drift: i64,
}

impl Device {
    pub(super) fn from_entry(entry: &DeviceEntry, user: &str, order: usize, now: i64) -> Self {
        Self {
            serial: entry.serial.clone(),
            kind: entry.kind,
            seed: unbase32(&entry.seed).expect("a fixture's seeds are checked when it is read"),
            passkey: entry.passkey.as_ref().and_then(Passkey::from_entry),
            user: Some(user.to_owned()),
            enabled: now,
            order,
            spent: BTreeSet::new(),
            drift: 0,
        }
    }

    /// Returns a virtual device that is not assigned yet.
    pub(crate) fn unassigned(serial: String, seed: Vec<u8>, order: usize) -> Self {
        Self {
            serial,
            kind: DeviceKind::Virtual,
            seed,
            passkey: None,
            user: None,
            enabled: 0,
            order,
            spent: BTreeSet::new(),
            drift: 0,
        }
    }

    pub(crate) fn gives_codes(&self) -> bool {
        self.kind != DeviceKind::Fido
    }

    /// Returns the seed from which the codes are made.
    pub(crate) fn seed(&self) -> &[u8] {
        &self.seed
    }

    pub(crate) fn code(&self, step: i64) -> String {
        totp::code(&self.seed, step)
    }

    pub(crate) fn is_spent(&self, step: i64) -> bool {
        self.spent.contains(&step)
    }

    /// Accepts `code` if it is that of this step or a neighbor and was not used before.
    pub(crate) fn spend(&mut self, code: &str, now: i64) -> bool {
        if !self.gives_codes() {
            return false;
        }
        let present = totp::step_at(now) + self.drift;
        let found = (present - WINDOW..=present + WINDOW)
            .find(|step| !self.spent.contains(step) && totp::code(&self.seed, *step) == code);
        let Some(step) = found else { return false };
        // Steps out of the window can never match again.
        self.spent = self.spent.split_off(&(present - WINDOW));
        self.spent.insert(step);
        true
    }

    /// Accepts two consecutive codes, of which the later one is within `reach` steps of now. Their distance beyond the
    /// ordinary window is stored as the drift of the device.
    pub(crate) fn spend_pair(&mut self, first: &str, second: &str, now: i64, reach: i64) -> bool {
        if !self.gives_codes() {
            return false;
        }
        let present = totp::step_at(now);
        let found = (present - reach..=present + reach).find(|step| {
            !self.spent.contains(step)
                && !self.spent.contains(&(step - 1))
                && totp::code(&self.seed, step - 1) == first
                && totp::code(&self.seed, *step) == second
        });
        let Some(step) = found else { return false };
        self.spent.extend([step - 1, step]);
        let off = step - present;
        self.drift = if off.abs() <= WINDOW { 0 } else { off };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device() -> Device {
        Device::unassigned("serial".to_owned(), b"12345678901234567890".to_vec(), 0)
    }

    #[test]
    fn each_code_is_good_once_within_a_step_of_now() {
        let now = 1_111_111_111;
        let step = totp::step_at(now);
        for (offset, good) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let mut device = device();
            let code = device.code(step + offset);
            assert_eq!(device.spend(&code, now), good, "offset {offset}");
            assert!(!device.spend(&code, now), "offset {offset}, again");
        }
    }

    #[test]
    fn spent_codes_stay_spent_while_the_window_moves() {
        let now = 1_111_111_111;
        let mut device = device();
        let code = device.code(totp::step_at(now) + 1);
        assert!(device.spend(&code, now));
        assert!(!device.spend(&code, now + totp::STEP));
        assert!(!device.spend(&code, now + 2 * totp::STEP));
    }

    #[test]
    fn a_pair_must_be_consecutive_and_in_order() {
        let now = 1_111_111_111;
        let step = totp::step_at(now);
        let [a, b, c] = [-1, 0, 1].map(|offset| device().code(step + offset));
        assert!(!device().spend_pair(&b, &a, now, 1));
        assert!(!device().spend_pair(&a, &c, now, 1));
        assert!(!device().spend_pair(&a, &a, now, 1));
        let mut device = device();
        assert!(device.spend_pair(&a, &b, now, 1));
        assert!(!device.spend(&b, now), "enabling spends its codes");
    }
}
