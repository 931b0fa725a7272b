//! Tests two of our processes that change the same files at once: which commands still work meanwhile, and how a wait
//! for a stopped process ends.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::need::need;
use crate::run::Running;
use crate::world::World;

/// Takes the lock of a file below HOME, and is stopped while it has it.
const STOPPED: &str = "\
import fcntl, os, signal, sys
os.makedirs(os.path.dirname(sys.argv[1]), mode=0o700, exist_ok=True)
lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600)
fcntl.flock(lock, fcntl.LOCK_EX)
open('held', 'w').close()
os.kill(os.getpid(), signal.SIGSTOP)
";

fn stopped_with_the_lock<'w>(world: &'w World, lock: &str) -> Running<'w> {
    let running = world.program("python3").args(&["-c", STOPPED, lock]).spawn();
    let until = Instant::now() + Duration::from_secs(20);
    while !world.path("held").exists() {
        assert!(Instant::now() < until, "the lock was not taken");
        std::thread::sleep(Duration::from_millis(10));
    }
    running
}

#[test]
fn whoever_comes_to_a_stopped_process_is_told_which_one_and_keeps_the_code() {
    for (lock, arguments) in [
        (".local/state/awsesame/locks/data-key", vec!["login", "-p", "alice"]),
        (".local/share/awsesame/keys.lock", vec!["keys", "import", "-p", "alice"]),
    ] {
        let world = World::new();
        let code = world.code("alice");
        let arguments =
            if arguments[0] == "login" { [&arguments[..], &[&*code]].concat() } else { arguments };
        let stopped = stopped_with_the_lock(&world, lock);
        let begun = Instant::now();
        let run = || world.awsesame(&arguments).env("AWSESAME_STORE", "file");
        let ran = run().run();
        assert!(begun.elapsed() < Duration::from_secs(20), "{lock}: {ran}");
        let pid = stopped.pid();
        assert!(ran.stderr.contains(&format!("error: another awsesame (pid {pid}) has locked `")), "{ran}");
        assert!(ran.stderr.contains(&format!("kill {pid}; kill -CONT {pid}\n")), "{ran}");
        assert_eq!(ran.code, Some(1), "{ran}");
        // The hint's command ends it, and the same code is good.
        stopped.signal(Signal::TERM);
        stopped.signal(Signal::CONT);
        stopped.wait();
        run().run().ok();
    }
}

#[test]
fn whoever_only_looks_at_locked_sessions_waits_for_nobody() {
    let world = World::new();
    world.log_in("alice");
    world.awsesame(&["lock"]).run().ok();
    // As an unlock that was stopped at its question holds it.
    let stopped = stopped_with_the_lock(&world, ".local/state/awsesame/locks/data-key");
    for command in [&["status", "-p", "alice", "--format", "{state}"][..], &["check", "-p", "alice"]] {
        let begun = Instant::now();
        let ran = world.awsesame(command).run().exits(3);
        assert!(begun.elapsed() < Duration::from_secs(4), "{ran}");
    }
    stopped.signal(Signal::TERM);
    stopped.signal(Signal::CONT);
    stopped.wait();
}

/// Begins a logout of alice that has changed the key already, and takes seconds to seal the other sessions with it.
fn slow_logout(world: &World) -> Running<'_> {
    let keys = world.data_keys();
    let slow = "inject=renameat,renameat2:delay_enter=1500000";
    let logout = ["-f", "-o", "/dev/null", "-e", slow, "awsesame", "logout", "-p", "alice"];
    let mut logout = world.program("strace").args(&logout).spawn();
    while world.data_keys() == keys {
        assert!(logout.is_running(), "it ended with the old key");
        std::thread::sleep(Duration::from_millis(5));
    }
    logout
}

#[test]
fn while_somebody_logs_out_everybody_else_is_served() {
    if !need("strace") {
        return;
    }
    let world = World::new();
    world.log_in("bob");
    for command in [
        "status -p bob",
        "explain -p bob",
        "check -p bob",
        "env -p bob --no-input",
        "process -p bob --no-input",
        "exec -p bob --no-input -- true",
    ] {
        world.pass(30);
        world.log_in("alice");
        let logout = slow_logout(&world);
        let words: Vec<&str> = command.split(' ').collect();
        let ran = world.awsesame(&words).reveals_credentials().run();
        assert_eq!(ran.code, Some(0), "{command}: {ran}");
        assert!(!ran.stdout.contains("locked"), "{command}: {ran}");
        logout.wait().ok();
    }
}
