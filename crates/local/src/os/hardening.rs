//! The hardening of the process: it keeps other processes and core files out of our memory, and turns a panic into the
//! exit code that says "our bug".

use awsesame_core::fault::Fault;

use crate::os::limits;

/// Closes the process: no core file, no debugger, no `/proc/PID/mem` for other
/// processes of this user. Programs that we start get their own setting back. `tell` says the fault of a panic.
pub fn shut(tell: impl Fn(&Fault) + Send + Sync + 'static) {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // It cannot fail for this value; if it did, the program would still be right to go on.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
    std::panic::set_hook(Box::new(move |info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        // Not the panic's own message: it could quote a value.
        let bug = || Fault::Bug { what: format!("it stopped at {place}") };
        let fault = limits::used_up().unwrap_or_else(bug);
        tell(&fault);
        std::process::exit(fault.exit() as i32);
    }));
}

/// Applies the further measures of a process that stays: what it makes is for nobody else, and no core file is written
/// even where the system would.
pub fn be_alone() {
    use rustix::fs::Mode;
    use rustix::process::{Resource, Rlimit, setrlimit, umask};
    umask(Mode::RWXG | Mode::RWXO);
    // A limit can always be lowered.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
}
