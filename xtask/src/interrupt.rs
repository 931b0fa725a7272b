//! Records Ctrl-C and similar signals, so that a chore can stop its children before it ends. Nothing is stopped here.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// The time between two looks of a waiter.
pub(crate) const LOOK: Duration = Duration::from_millis(50);

/// The watch of a chore whose children must end with it.
static ARMED: OnceLock<Interrupt> = OnceLock::new();

/// From now on, a signal ends the child that is being waited for, and not this program.
pub(crate) fn arm() -> Result<()> {
    if ARMED.get().is_none() {
        let _ = ARMED.set(Interrupt::watch()?);
    }
    Ok(())
}

/// Returns true after [`arm`] was called.
pub(crate) fn is_armed() -> bool {
    ARMED.get().is_some()
}

/// Returns the signal that has come since [`arm`].
pub(crate) fn came() -> Option<u8> {
    ARMED.get().and_then(Interrupt::signal)
}

/// Records whether a signal has come since [`Interrupt::watch`].
#[derive(Clone)]
pub(crate) struct Interrupt(Arc<AtomicUsize>);

impl Interrupt {
    /// Notes signals from now on, instead of dying of them.
    pub(crate) fn watch() -> Result<Self> {
        let came = Arc::new(AtomicUsize::new(0));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            let number = usize::try_from(signal)?;
            signal_hook::flag::register_usize(signal, Arc::clone(&came), number)?;
        }
        Ok(Self(came))
    }

    /// Returns the signal that has come.
    pub(crate) fn signal(&self) -> Option<u8> {
        match self.0.load(Ordering::SeqCst) {
            0 => None,
            number => u8::try_from(number).ok(),
        }
    }

    /// Returns an error after a signal has come.
    pub(crate) fn check(&self) -> Result<()> {
        if self.signal().is_some() {
            bail!("interrupted; everything that was started is stopped and removed");
        }
        Ok(())
    }

    /// Sleeps, but returns earlier when a signal comes.
    pub(crate) fn sleep(&self, time: Duration) -> Result<()> {
        let until = Instant::now() + time;
        while Instant::now() < until {
            self.check()?;
            thread::sleep(LOOK.min(until.saturating_duration_since(Instant::now())));
        }
        self.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_ends_every_sleep() {
        let interrupt = Interrupt(Arc::new(AtomicUsize::new(0)));
        assert!(interrupt.sleep(Duration::from_millis(1)).is_ok());
        interrupt.0.store(15, Ordering::SeqCst);
        assert_eq!(interrupt.signal(), Some(15));
        assert!(interrupt.sleep(Duration::from_hours(1)).is_err());
    }
}
