//! Hardens the process: other processes and core files cannot read its memory, and a panic becomes the exit code for a
//! bug.

use awsesame_core::fault::Fault;

use crate::os::limits;

/// Closes the process: no core file, no debugger, no `/proc/PID/mem` for other processes of this user. The programs
/// that we start get the default setting again. `tell` prints the fault of a panic.
pub fn shut(tell: impl Fn(&Fault) + Send + Sync + 'static) {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // The call cannot fail with this value; and if it failed, the program could still continue.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
    std::panic::set_hook(Box::new(move |info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        // The panic's own message is not shown, because it could contain a secret value.
        let bug = || Fault::Bug { what: format!("it stopped at {place}") };
        let fault = limits::used_up().unwrap_or_else(bug);
        tell(&fault);
        std::process::exit(fault.exit() as i32);
    }));
}

/// Hardens a process that keeps running: its files are private, and no core file is written.
pub fn be_alone() {
    use rustix::fs::Mode;
    use rustix::process::{Resource, Rlimit, setrlimit, umask};
    umask(Mode::RWXG | Mode::RWXO);
    // A limit can always be lowered.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
}
