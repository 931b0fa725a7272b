//! The signals that would end this process while the terminal is in a mode of ours. They are noticed, and obeyed once
//! the terminal is restored; at any other time they do what they do by default.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use signal_hook::SigId;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::flag::{register_conditional_default, register_usize};
use signal_hook::low_level::{emulate_default_handler, unregister};

const ENDING: [i32; 4] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT];

/// The number of those that watch now.
static WATCHING: AtomicUsize = AtomicUsize::new(0);

/// True while nobody watches. A handler that was unregistered leaves its signal ignored, so what the signal does by
/// default is a handler too. A signal that was ignored from the start, as with `nohup`, stays ignored.
static AT_REST: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| {
    let at_rest = Arc::new(AtomicBool::new(false));
    let ignored = super::job::ignored_signals();
    for signal in ENDING.into_iter().filter(|signal| ignored & (1 << (signal - 1)) == 0) {
        let _ = register_conditional_default(signal, Arc::clone(&at_rest));
    }
    at_rest
});

/// Watches for the signals that end a process.
pub(crate) struct Signals {
    arrived: Arc<AtomicUsize>,
    handlers: Vec<SigId>,
}

impl Signals {
    pub(crate) fn watch() -> std::io::Result<Self> {
        let at_rest = &*AT_REST;
        let mut signals = Self { arrived: Arc::new(AtomicUsize::new(0)), handlers: Vec::new() };
        WATCHING.fetch_add(1, Ordering::SeqCst);
        for signal in ENDING {
            let number = usize::try_from(signal).unwrap_or_default();
            signals.handlers.push(register_usize(signal, Arc::clone(&signals.arrived), number)?);
        }
        at_rest.store(false, Ordering::SeqCst);
        Ok(signals)
    }

    pub(crate) fn arrived(&self) -> bool {
        self.arrived.load(Ordering::Relaxed) != 0
    }

    /// Lets a signal that arrived do what it was sent for, the terminal being whole again.
    pub(crate) fn obey(self) {
        let arrived = i32::try_from(self.arrived.load(Ordering::Relaxed));
        drop(self);
        if let Ok(signal @ 1..) = arrived {
            let _ = emulate_default_handler(signal);
        }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for handler in self.handlers.drain(..) {
            unregister(handler);
        }
        if WATCHING.fetch_sub(1, Ordering::SeqCst) == 1 {
            AT_REST.store(true, Ordering::SeqCst);
        }
    }
}
