//! Tests `keys move` of keys and of sessions, killed before and after each call of the store's program, in either
//! direction. No key is lost, a login works, and the next run leaves one copy at the destination.

use std::os::unix::fs::PermissionsExt;

use crate::counted::Counted;
use crate::world::World;

/// The item of alice's key in the store of commands.
const ITEM: &str = "awsesame/secrets/key-akiaiosalice7example";

/// Makes the program of the store kill its caller at its `call`-th call, before or after it does its work.
fn deadly(world: &World, call: usize, after: bool) {
    let path = world.path("keeper");
    std::fs::rename(&path, world.path("keeper-itself")).unwrap();
    let script = format!(
        "#!/bin/sh\ncd {home}\necho >>calls\nn=$(grep -c '' calls)\n\
         [ {before} = 1 ] && [ $n = {call} ] && {{ kill -9 $PPID; exit 1; }}\n\
         ./keeper-itself \"$@\"\nstatus=$?\n[ $n = {call} ] && kill -9 $PPID\nexit $status\n",
        home = world.home().display(),
        before = u8::from(!after),
    );
    world.write("keeper", &script);
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
}

fn harmless(world: &World) {
    std::fs::rename(world.path("keeper-itself"), world.path("keeper")).unwrap();
}

/// Returns the store that has alice's key according to the index.
fn store(counted: &Counted) -> String {
    let rows = counted.awsesame("keys list --json").run().ok().json();
    let row = rows.as_array().unwrap().iter().find(|row| row["profile"] == "alice").unwrap().clone();
    row["store"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_key_that_is_moved_is_never_lost_and_the_next_run_ends_it() {
    let mut killed = 0;
    for (from, to) in [("command", "file"), ("file", "command")] {
        for (call, after) in (1..=3).flat_map(|call| [(call, false), (call, true)]) {
            let counted = Counted::new("keys_store");
            let world = counted.world();
            counted.awsesame("keys import -p alice").env("AWSESAME_KEYS_STORE", from).run().ok();
            deadly(world, call, after);
            let line = format!("keys move -p alice --to {to}");
            let ran = counted.awsesame(&line).run();
            killed += usize::from(ran.signal == Some(9));
            harmless(world);
            let what = format!("{from} to {to}, call {call}, after {after}: {ran}");
            let now = store(&counted);
            assert!(now == from || now == to, "{what}: {now}");
            counted.awsesame(&format!("login alice {}", world.code("alice"))).run().ok();
            counted.awsesame(&line).run().ok();
            assert_eq!(store(&counted), to, "{what}");
            // One copy is left, at the destination.
            assert_eq!(world.path(ITEM).exists(), to == "command", "{what}");
            assert!(!world.path(".local/share/awsesame/moving").exists(), "{what}");
            std::fs::remove_dir_all(world.state().join("ledger")).unwrap();
            counted.awsesame(&format!("login --force alice {}", world.code("alice"))).run().ok();
        }
    }
    assert!(killed >= 8, "only {killed} runs were killed");
}

/// The store that alice's session names, and that it is served from there without a code.
fn served_from(counted: &Counted, store: &str) {
    let rows = counted.awsesame("status --json").env("AWSESAME_STORE", store).run().ok().json();
    assert_eq!(rows[0]["store"], store, "{rows}");
    let env = counted.awsesame("env alice --no-input").env("AWSESAME_STORE", store);
    env.reveals_credentials().run().ok();
    counted.awsesame("check alice").env("AWSESAME_STORE", store).run().ok();
}

#[test]
fn sessions_move_without_a_code_and_a_rehearsal_changes_nothing() {
    let counted = Counted::new("store");
    let world = counted.world();
    let run = |line: &str| counted.awsesame(line).env("AWSESAME_STORE", "kernel").run();
    run(&format!("login alice {}", world.code("alice"))).ok();
    run("keys move --sessions --to file --dry-run")
        .ok()
        .says("awsesame: would move 1 session from the `kernel` store to the `file` store\n");
    served_from(&counted, "kernel");
    let moved = run("keys move --sessions --to file --json").ok();
    assert!(
        moved.stderr.starts_with("awsesame: moved 1 session from the `kernel` store to the `file` store\n"),
        "{moved}"
    );
    moved.prints("{\"sessions\":1,\"from\":\"kernel\",\"to\":\"file\",\"moved\":true}\n");
    served_from(&counted, "file");
    let deploy = counted.awsesame("exec deploy --no-input -- true").env("AWSESAME_STORE", "file").run();
    deploy.ok();
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
    run("keys move --sessions --to kernel")
        .ok()
        .says("awsesame: the sessions are in the `kernel` store already\n");
    run("keys move --sessions --to vault").exits(2);
}

#[test]
fn sessions_that_are_moved_are_never_lost_and_the_next_run_ends_it() {
    let mut killed = 0;
    for (from, to) in [("command", "file"), ("file", "command")] {
        for (call, after) in (1..=4).flat_map(|call| [(call, false), (call, true)]) {
            let counted = Counted::new("store");
            let world = counted.world();
            let run =
                |line: &str| counted.awsesame(line).env("AWSESAME_STORE", from).reveals_credentials().run();
            run(&format!("login alice {}", world.code("alice"))).ok();
            run("lock").ok();
            if from == "file" {
                std::fs::remove_dir_all(world.state().join("ledger")).unwrap();
                run(&format!("login --force alice {}", world.code("alice"))).ok();
            }
            let logins = world.sandbox().count("GetSessionToken");
            deadly(world, call, after);
            let line = format!("keys move --sessions --to {to}");
            let ran = run(&line);
            killed += usize::from(ran.signal == Some(9));
            harmless(world);
            // Until the move has ended, both stores are looked at, and a role needs no code either.
            if ran.signal == Some(9) {
                run("unlock");
                run("env alice --no-input").ok();
                run("exec deploy --no-input -- true").ok();
            }
            run(&line).ok();
            served_from(&counted, to);
            assert_eq!(
                world.sandbox().count("GetSessionToken"),
                logins,
                "{from} to {to}, call {call}: {ran}"
            );
            // The old key is gone.
            let left = if from == "file" {
                world.state().join("secrets/data-key")
            } else {
                world.path("awsesame/secrets/data-key")
            };
            assert!(!left.exists(), "{from} to {to}, call {call}, after {after}: {}", left.display());
        }
    }
    assert!(killed >= 8, "only {killed} runs were killed");
}
