//! Waits until a source that needs no person can give a code that is not spent, but no longer than a person would wait.
//! No code is requested here.

use std::time::{Duration, Instant};

use awsesame_core::name::Shown;
use awsesame_core::plan::Devices;
use awsesame_core::session::ledger::{self, Verdict};

use crate::os::context::Context;
use crate::state::State;
use crate::state::ledger::Ledger as _;
use crate::ui;

/// The maximum wait: two whole steps, and a margin.
const LONGEST: Duration = Duration::from_secs(65);

/// The length of a wait, and its reason.
#[derive(Debug)]
pub struct CodeWait {
    begun: Instant,
    told: bool,
    /// The step whose code was tried and must not be tried again.
    tried: Option<i64>,
}

impl CodeWait {
    /// Returns a state in which no code has been tried.
    pub fn new() -> Self {
        Self { begun: Instant::now(), told: false, tried: None }
    }

    /// Records that the current code was of no use, so that only the next one is tried.
    pub fn tried(&mut self, now: i64) {
        self.tried = Some(ledger::step(now));
    }

    /// Returns true if the code of this moment is of no use, so that waiting comes first.
    pub fn must_wait(&self, context: Context, state: &State, devices: &Devices) -> bool {
        self.seconds(context.now(), state, devices) > 0
    }

    /// Returns the seconds until one of the devices shows a code that was neither spent nor tried.
    fn seconds(&self, now: i64, state: &State, devices: &Devices) -> u64 {
        let unspent = devices.all().iter().map(|serial| match ledger::judge(state.spent(serial), now) {
            Verdict::Send => 0,
            Verdict::Wait(wait) => wait,
        });
        let untried = if self.tried == Some(ledger::step(now)) { ledger::until_next(now) } else { 0 };
        unspent.min().unwrap_or(0).max(untried)
    }

    /// Waits until one of the devices shows a code that was not spent, or until the maximum wait is over. After that,
    /// the ledger refuses the code.
    pub fn wait(&mut self, context: Context, state: &State, devices: &Devices) {
        loop {
            let wait = self.seconds(context.now(), state, devices);
            if wait == 0 || self.begun.elapsed() + Duration::from_secs(wait) > LONGEST {
                return;
            }
            if !std::mem::replace(&mut self.told, true) {
                let device = devices.likeliest().device();
                ui::say(&format!("waiting {wait} s for the next code of `{}`", Shown(device)));
            }
            std::thread::sleep(Duration::from_secs(wait));
        }
    }
}

impl Default for CodeWait {
    fn default() -> Self {
        Self::new()
    }
}
