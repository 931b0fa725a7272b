//! Tests one home that is used with two kernel keyrings, as by a container and its host: nobody is locked out, and no
//! message advises to reboot.

use crate::broker::{place, shell};
use crate::need::{need, skip};
use crate::run::Run;
use crate::world::World;

/// Returns true if this machine allows us a user namespace, which has a keyring of its own.
fn has_namespaces() -> bool {
    let entered = std::process::Command::new("unshare").args(["-Ur", "true"]).output();
    let can = entered.is_ok_and(|output| output.status.success());
    if !can {
        skip("mount", "user namespaces are forbidden");
    }
    can
}

/// Prepares `awsesame ARGUMENTS...` in a container: a user namespace for this run only.
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
        "awsesame login -p alice {} 2>/dev/null && touch in && (i=0; until [ -e go ] || [ $((i+=1)) -gt 300 ]; do sleep 0.1; done) && \
         awsesame env -p alice --no-input >/dev/null && awsesame check -p alice && echo still served",
        world.code("alice")
    );
    let container = inside(&world, &script).spreads_credentials().spawn();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !world.path("in").exists() {
        assert!(std::time::Instant::now() < until, "nobody logged in there");
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
fn a_new_session_is_served_where_an_older_one_lies_in_the_folder_of_all() {
    if !has_namespaces() {
        return;
    }
    let world = World::new();
    world.log_in("alice");
    // From here on the host has a folder of its own, because bob's name is taken in the other one.
    inside(&world, &format!("awsesame login -p bob {}", world.code("bob"))).spreads_credentials().run().ok();
    world.pass(30);
    world.log_in("bob");
    let served = || {
        let asked = world.awsesame(&["env", "-p", "alice", "--no-input", "--json"]);
        asked.reveals_credentials().run().ok().json()["AWS_ACCESS_KEY_ID"].clone()
    };
    let before = served();
    world.awsesame(&["login", "-p", "alice", "--force", &world.code("alice")]).run().ok();
    assert_ne!(served(), before, "the older one is served");
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

#[test]
fn a_program_in_another_network_gets_a_port_that_is_there() {
    let entered = std::process::Command::new("unshare").args(["-n", "true"]).output();
    if !entered.is_ok_and(|output| output.status.success()) {
        skip("mount", "network namespaces are forbidden");
        return;
    }
    if !need("curl") || !need("ip") {
        return;
    }
    let world = World::new();
    world.log_in("alice");
    let asks = "curl -s -H \"Authorization: $(cat \"$AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE\")\" \
                \"$AWS_CONTAINER_CREDENTIALS_FULL_URI\" | grep -c AccessKeyId";
    let there = shell(&world, "alice", asks).run().ok();
    assert_eq!(there.stdout, "1\n", "{there}");
    world.write("asks", asks);
    let script = "ip link set lo up; awsesame exec -p alice --no-input --via broker -- sh asks; \
                  awsesame exec -p alice --no-input --via broker -- sh asks";
    let ran = world.program("unshare").args(&["-n", "sh", "-c", script]).run().ok();
    assert_eq!(ran.stdout, "1\n1\n", "{ran}");
    // The session on the host still works.
    assert_eq!(shell(&world, "alice", asks).run().ok().stdout, "1\n");
}

#[test]
fn a_broker_in_another_process_namespace_is_told_alike_by_every_command() {
    let entered = std::process::Command::new("unshare").args(["-rpf", "--mount-proc", "true"]).output();
    if !entered.is_ok_and(|output| output.status.success()) {
        skip("mount", "process namespaces are forbidden");
        return;
    }
    let world = World::new();
    world.awsesame(&["broker", "start"]).run().ok();
    let inside = |command: &str| {
        let words = ["-rpf", "--mount-proc", "awsesame", "broker", command];
        world.program("unshare").args(&words).run()
    };
    inside("status").ok();
    inside("start").ok();
    inside("stop").fails(
        1,
        "the broker runs in another container, where no signal from here reaches it",
        "stop it in the container where it was started: awsesame broker stop",
    );
    world.awsesame(&["broker", "stop"]).run().ok();
    inside("stop").ok();
}
