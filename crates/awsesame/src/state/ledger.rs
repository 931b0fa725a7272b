//! The ledger files, in the folder `ledger`: one file with the spent codes of each device, and the key under which
//! codes are hashed.

use std::path::PathBuf;

use awsesame_core::fault::Fault;
use awsesame_core::name::{Serial, TokenCode};
use awsesame_core::session::file_safe;
use awsesame_core::session::ledger::{self, Spent, Verdict};

use super::State;
use crate::os::file::{self, Durability};

/// The ledger of our folder.
pub trait Ledger {
    /// Returns the last used step of a device. A file that cannot be read counts as empty.
    fn spent(&self, serial: &Serial) -> Option<i64>;
    /// Returns the last spent step of a device if its code is unknown, so that it may be any code.
    fn spent_unknown(&self, serial: &Serial) -> Option<i64>;
    /// Decides whether this code of a device may be sent now.
    fn may_send(&self, serial: &Serial, code: &TokenCode, now: i64) -> Verdict;
    /// Records that a device's code was spent at a step.
    fn spend(&self, serial: &Serial, step: i64, code: &TokenCode) -> Result<(), Fault>;
}

impl Ledger for State {
    fn spent(&self, serial: &Serial) -> Option<i64> {
        codes(self, serial).last().map(|spent| spent.step)
    }

    fn spent_unknown(&self, serial: &Serial) -> Option<i64> {
        codes(self, serial).last().filter(|spent| spent.code.is_none()).map(|spent| spent.step)
    }

    fn may_send(&self, serial: &Serial, code: &TokenCode, now: i64) -> Verdict {
        let mark = key(self).ok().map(|key| ledger::mark(&key, serial, code));
        ledger::judge_code(&codes(self, serial), now, mark.as_deref())
    }

    fn spend(&self, serial: &Serial, step: i64, code: &TokenCode) -> Result<(), Fault> {
        let code = key(self).ok().map(|key| ledger::mark(&key, serial, code));
        let spent = ledger::add(codes(self, serial), Spent { step, code });
        file::write_own(&path(self, serial), ledger::to_text(&spent).as_bytes(), Durability::Process)
    }
}

fn codes(state: &State, serial: &Serial) -> Vec<Spent> {
    let bytes = file::read_own(&path(state, serial), 1024).ok().flatten().unwrap_or_default();
    ledger::from_text(&String::from_utf8_lossy(&bytes))
}

/// Returns the key under which spent codes are hashed, made at the first use. Of two that are made at once the later one
/// stays: the worst that follows is one refused code.
fn key(state: &State) -> Result<[u8; ledger::KEY_BYTES], Fault> {
    let path = state.folder().join("ledger").join("key");
    let known = file::read_own(&path, ledger::KEY_BYTES)?.and_then(|bytes| bytes.try_into().ok());
    if let Some(key) = known {
        return Ok(key);
    }
    let mut key = [0; ledger::KEY_BYTES];
    getrandom::fill(&mut key)
        .map_err(|error| Fault::Bug { what: format!("the system has no randomness to give: {error}") })?;
    file::write_own(&path, &key, Durability::Process)?;
    Ok(key)
}

fn path(state: &State, serial: &Serial) -> PathBuf {
    state.folder().join("ledger").join(file_safe(serial.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ledger_remembers_a_code_and_survives_garbage() {
        let home = tempfile::tempdir().unwrap();
        let state = State::at(home.path().join("awsesame"));
        let serial = Serial::new("arn:aws:iam::123456789012:mfa/alice");
        assert_eq!(state.spent(&serial), None);
        let code = |digits| TokenCode::parse(digits).unwrap();
        state.spend(&serial, 58_000_000, &code("123456")).unwrap();
        assert_eq!((state.spent(&serial), state.spent_unknown(&serial)), (Some(58_000_000), None));
        let now = 58_000_000 * ledger::STEP_SECONDS;
        assert_eq!(state.may_send(&serial, &code("123456"), now), Verdict::Wait(30));
        assert_eq!(state.may_send(&serial, &code("654321"), now), Verdict::Send);
        std::fs::write(path(&state, &serial), "\0\0\0").unwrap();
        assert_eq!(state.spent(&serial), None);
    }
}
