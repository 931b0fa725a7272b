//! Tests the choice of a store by name, and the messages if the default store is not available.

use crate::need::{need, skip};
use crate::ran::Ran;
use crate::world::World;

#[test]
fn file_store_must_be_asked_for_by_name_and_then_works() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    let run = |arguments: &[&str]| world.awsesame(arguments).env("AWSESAME_STORE", "file");
    run(&["login", "-p", "alice", &world.code("alice")]).run().ok();
    run(&["env", "-p", "alice"]).reveals_credentials().run().ok();
    let secrets: Vec<_> = std::fs::read_dir(world.state().join("secrets")).unwrap().flatten().collect();
    assert_eq!(secrets.len(), 1);
    assert_eq!(secrets[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let row = run(&["status", "--json"]).run().ok().json();
    assert_eq!(row[0]["store"], "file");
    run(&["lock"]).run().ok().says("awsesame: locked: the sessions on disk can no longer be decrypted\n");
    run(&["env", "-p", "alice"]).run().exits(3);
    assert_eq!(std::fs::read_dir(world.state().join("secrets")).unwrap().count(), 0);
}

#[test]
fn file_store_that_others_may_read_is_refused_until_it_is_closed() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    let run = |arguments: &[&str]| world.awsesame(arguments).env("AWSESAME_STORE", "file");
    run(&["login", "-p", "alice", &world.code("alice")]).run().ok();
    let key = world.state().join("secrets/data-key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
    let shown = "{HOME}/.local/state/awsesame/secrets/data-key";
    for arguments in [&["env", "-p", "alice"][..], &["exec", "-p", "alice", "--", "true"]] {
        run(arguments).run().fails(
            1,
            &format!("`{shown}` is open to other users (mode 640)"),
            &format!("chmod go-rwx {shown}"),
        );
    }
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    run(&["exec", "-p", "alice", "--no-input", "--", "true"]).run().ok();
}

#[test]
fn store_of_another_system_is_told_with_what_there_is_here() {
    let world = World::new();
    for arguments in [&["login", "-p", "alice", "123456"][..], &["unlock"], &["lock"]] {
        world.awsesame(arguments).env("AWSESAME_STORE", "keychain").run().fails(
            2,
            "the keychain store exists on macOS only",
            "use the store of this system: export AWSESAME_STORE=secret-service",
        );
    }
}

#[test]
fn unknown_store_is_told_the_nearest() {
    let world = World::new();
    for (name, hint) in [
        ("kernal", "did you mean `kernel`? export AWSESAME_STORE=kernel"),
        ("vault", "use the default: unset AWSESAME_STORE"),
    ] {
        for arguments in [&["env", "-p", "alice"][..], &["login", "-p", "alice", "123456"], &["lock"]] {
            world.awsesame(arguments).env("AWSESAME_STORE", name).run().fails(
                2,
                &format!("there is no store called `{name}`"),
                hint,
            );
        }
    }
}

/// Returns a run under a system call filter that answers as Docker's does. Returns None if strace cannot trace here.
fn forbidden(world: &World, arguments: &[&str], store: Option<&str>) -> Option<Ran> {
    if !need("strace") {
        return None;
    }
    let probe = world.program("strace").args(&["-f", "-o", "/dev/null", "true"]).run();
    if probe.code != Some(0) {
        skip("strace", "it may not trace here");
        return None;
    }
    let mut all = vec![
        "-f",
        "-q",
        "-o",
        "/dev/null",
        "-e",
        "inject=keyctl,add_key,request_key:error=EPERM",
        "awsesame",
    ];
    all.extend(arguments);
    let run = world.program("strace").args(&all);
    Some(match store {
        Some(store) => run.env("AWSESAME_STORE", store).run(),
        None => run.run(),
    })
}

#[test]
fn forbidden_keyring_is_told_before_a_code_is_spent() {
    let world = World::new();
    let code = world.code("alice");
    for arguments in [&["login", "-p", "alice", &code][..], &["env", "-p", "alice"], &["lock"]] {
        let Some(ran) = forbidden(&world, arguments, None) else { return };
        ran.fails(
            1,
            "the kernel keyring is forbidden here (permission denied), as it is in most containers",
            "store the data key in a file, which root and backups can read: export AWSESAME_STORE=file",
        );
    }
    assert_eq!(world.sandbox().log().len(), 0, "nobody was called");
    let Some(ran) = forbidden(&world, &["login", "-p", "alice", &code], Some("file")) else { return };
    ran.ok();
}

#[test]
fn sessions_of_two_states_have_a_key_each() {
    let world = World::new();
    let other = world.path("other");
    world.log_in("alice");
    world.awsesame(&["login", "-p", "bob", &world.code("bob")]).env("XDG_STATE_HOME", &other).run().ok();
    assert_eq!(world.data_keys().len(), 2);
    world.awsesame(&["lock"]).run().ok();
    world.awsesame(&["exec", "-p", "bob", "--", "true"]).env("XDG_STATE_HOME", &other).run().ok();
}

#[test]
fn nothing_readable_lies_in_the_state() {
    let world = World::new();
    world.log_in("alice");
    world.awsesame(&["exec", "-p", "deploy", "--", "true"]).run().ok();
    let bytes = std::fs::read(world.state().join("sessions/p-alice.session")).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    // The header may be read, which shows that this is the file that matters.
    assert!(text.contains("arn:aws:iam::123456789012:user/alice"), "{text}");
    assert!(!text.contains("ASIA"), "the session's key id is sealed too: {text}");
    for secret in world.sandbox().issued_secrets() {
        assert!(!text.contains(&secret));
    }
}
