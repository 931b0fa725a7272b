//! One home that is seen from two kernel keyrings, as a container and its host see it: nobody is locked out, and nobody
//! is told to reboot.

use crate::broker::{place, shell};
use crate::need::skip;
use crate::run::Run;
use crate::world::World;

/// Whether this machine lets us into a user namespace, which has a keyring of its own.
fn has_namespaces() -> bool {
    let entered = std::process::Command::new("unshare").args(["-Ur", "true"]).output();
    let can = entered.is_ok_and(|output| output.status.success());
    if !can {
        skip("mount", "user namespaces are forbidden");
    }
    can
}

/// `awsesame ARGUMENTS...` in a container: a user namespace of its own for this run.
fn inside<'w>(world: &'w World, line: &str) -> Run<'w> {
    world.program("unshare").args(&["-Ur", "sh", "-c", line])
}

#[test]
fn a_session_of_the_host_is_told_as_such_in_a_container_and_stays() {
    if !has_namespaces() {
        return;
    }
    let world = World::new();
    world.log_in("alice");
    let file = ".local/state/awsesame/sessions/p-alice.session";
    let before = world.read_bytes(file);
    let ran = inside(&world, "awsesame env -p alice --no-input").run();
    ran.fails(
        3,
        "profile `alice` has a session that is sealed on the host, whose keyring a container cannot read",
        "log in here as well; the other session stays: awsesame login -p alice",
    );
    let ran = inside(&world, "awsesame status --json").run().ok();
    assert_eq!(ran.json()[0]["state"], "elsewhere", "{ran}");
    inside(&world, "awsesame logout --all").run().ok();
    assert_eq!(world.read_bytes(file), before, "it was not the container's to delete");

    let script = format!(
        "awsesame login -p alice {} && awsesame env -p alice --no-input >/dev/null && awsesame check -p alice && \
         awsesame logout -p alice && ! awsesame check -p alice 2>err && cat err",
        world.code("alice")
    );
    let ran = inside(&world, &script).spreads_credentials().run().ok();
    assert!(ran.stdout.contains("no session") || ran.stdout.contains("on the host"), "{ran}");
    assert_eq!(world.read_bytes(file), before, "it was not the container's to write over");
    world.awsesame(&["env", "-p", "alice", "--no-input"]).reveals_credentials().run().ok();
}

#[test]
fn a_session_of_a_container_is_told_as_such_on_the_host_and_both_go_on() {
    if !has_namespaces() {
        return;
    }
    let world = World::new();
    // The container lives on while the host logs in.
    let script = format!(
        "awsesame login -p alice {} 2>/dev/null && touch in && until [ -e go ]; do sleep 0.1; done && \
         awsesame env -p alice --no-input >/dev/null && awsesame check -p alice && echo still served",
        world.code("alice")
    );
    let container = inside(&world, &script).spreads_credentials().spawn();
    while !world.path("in").exists() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    world.awsesame(&["env", "-p", "alice", "--no-input"]).run().fails(
        3,
        "profile `alice` has a session that is sealed in a container, whose keyring cannot be read from outside",
        "log in here as well; the other session stays: awsesame login -p alice",
    );
    world.log_in("alice");
    world.awsesame(&["env", "-p", "alice", "--no-input"]).reveals_credentials().run().ok();
    world.awsesame(&["check", "-p", "alice"]).run().ok();
    world.write("go", "");
    assert!(container.wait().ok().stdout.contains("still served"));
    // It ended with its container, and the host's is where the host looks.
    world.awsesame(&["logout", "-p", "alice"]).run().ok();
    world.awsesame(&["check", "-p", "alice"]).run().exits(3);
}

#[test]
fn the_broker_of_the_host_is_offered_in_a_container_and_serves_it() {
    if !has_namespaces() {
        return;
    }
    let world = World::new();
    world.log_in("alice");
    shell(&world, "alice", "true").run().ok();
    let ran = inside(&world, "awsesame env -p alice --no-input").run().exits(3);
    let socket = place(&world).socket();
    let hint = format!("hint: use the broker there: export AWSESAME_BROKER={}", socket.display());
    assert!(ran.stderr.contains(&hint), "{ran}");
    let script = format!("export AWSESAME_BROKER={}; awsesame env -p alice >/dev/null", socket.display());
    inside(&world, &script).run().ok();
}
