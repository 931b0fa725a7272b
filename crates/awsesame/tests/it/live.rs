//! Tests `status --watch`: a table that is updated on a terminal, and lines in a pipe.

use std::time::{Duration, Instant};

use crate::world::World;

const ALICE: &str = "alice    123456789012  alice     fresh  ";

#[test]
fn the_table_follows_a_login_and_a_logout_elsewhere() {
    let world = World::new();
    let mut live = world.awsesame(&["status", "--watch"]).pty();
    live.expect("no session; type: awsesame login");
    world.log_in("alice");
    live.expect(ALICE);
    world.awsesame(&["lock"]).run().ok();
    live.expect("locked");
    world.awsesame(&["logout", "-p", "alice"]).run().ok();
    live.expect("no session; type: awsesame login");
    live.send("q");
    let ran = live.wait().ok();
    // The other screen was taken, and given back with its cursor.
    assert!(ran.stderr.starts_with("\x1b[?1049h\x1b[?25l"), "{ran:?}");
    assert!(ran.stderr.ends_with("\x1b[?25h\x1b[?1049l"), "{ran:?}");
}

#[test]
fn terminal_is_restored_however_the_table_ends() {
    let world = World::new();
    for (key, code) in [("q", 0), ("\x04", 0), ("xyzq", 0), ("\x03", 130)] {
        let mut live = world.awsesame(&["status", "--watch"]).pty();
        live.expect("q closes this");
        live.send(key);
        // Waiting for the end compares the terminal's modes with those of the beginning.
        let ran = live.wait().exits(code);
        assert!(ran.stderr.ends_with("\x1b[?25h\x1b[?1049l"), "{key:?}: {ran:?}");
    }
    for signal in [rustix::process::Signal::TERM, rustix::process::Signal::INT] {
        let mut live = world.awsesame(&["status", "--watch"]).pty();
        live.expect("q closes this");
        live.signal(signal);
        let ran = live.wait();
        assert_eq!(ran.signal, Some(signal.as_raw()), "{ran:?}");
        assert!(ran.stderr.ends_with("\x1b[?25h\x1b[?1049l"), "{ran:?}");
    }
}

#[test]
fn what_does_not_change_is_not_drawn_again() {
    let world = World::new();
    let mut live = world.awsesame(&["status", "--watch"]).pty();
    live.expect("q closes this");
    std::thread::sleep(Duration::from_millis(2500));
    live.send("q");
    let ran = live.wait().ok();
    assert_eq!(ran.stderr.matches("q closes this").count(), 1, "{ran:?}");
}

/// Waits until a file of the world has the expected content.
fn seen(world: &World, file: &str, text: &str) {
    let until = Instant::now() + Duration::from_secs(30);
    while !world.read(file).contains(text) {
        assert!(Instant::now() < until, "{text:?} did not come: {}", world.read(file));
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn without_a_terminal_every_change_is_a_line() {
    let world = World::new();
    world.log_in("alice");
    world.write("lines", "");
    world.write("objects", "");
    let script = "exec awsesame status --watch >lines";
    let lines = world.program("bash").args(&["-c", script]).spawn();
    let script = "exec awsesame status --watch --json -p alice >objects";
    let objects = world.program("bash").args(&["-c", script]).spawn();
    seen(&world, "lines", "`alice`");
    seen(&world, "objects", "fresh");
    world.log_in("bob");
    seen(&world, "lines", "`bob`");
    world.awsesame(&["logout", "-p", "alice"]).run().ok();
    seen(&world, "lines", "gone");
    seen(&world, "objects", "gone");
    for running in [lines, objects] {
        running.signal(rustix::process::Signal::TERM);
        let ran = running.wait().says("");
        assert_eq!(ran.signal, Some(15), "{ran}");
    }
    let ran = world.program("cat").args(&["lines"]).run().ok();
    ran.prints(
        "alice, account 123456789012 (profile `alice`), until {CLOCK} ({SPAN} left)\n\
         bob, account 123456789012 (profile `bob`), until {CLOCK} ({SPAN} left)\n\
         profile `alice`: gone\n",
    );
    let objects: Vec<serde_json::Value> =
        world.read("objects").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let states: Vec<_> = objects.iter().map(|object| (&object["profile"], &object["state"])).collect();
    assert_eq!(states, [(&"alice".into(), &"fresh".into()), (&"alice".into(), &"gone".into())]);
}

#[test]
fn the_end_of_a_session_is_noticed_by_the_clock_alone() {
    let world = World::new();
    world.sandbox().set_lifetime(Some(10));
    world.log_in("alice");
    let mut live = world.awsesame(&["status", "--watch"]).pty();
    live.expect(ALICE);
    live.expect("expired");
    live.send("q");
    live.wait().ok();
}

#[test]
fn output_ends_when_its_reader_closes_the_pipe() {
    let world = World::new();
    world.log_in("alice");
    let begun = Instant::now();
    let script = "awsesame status --watch -p alice --format '{profile} {state}' | head -n 1";
    world.program("bash").args(&["-o", "pipefail", "-c", script]).run().ok().says("").prints("alice fresh\n");
    assert!(begun.elapsed() < Duration::from_secs(30));
}
