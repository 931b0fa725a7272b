//! `keys move` killed at every turn: before and after each call of the store's program, in either direction. No key is
//! lost, a login works, and the next run ends with one copy, at the destination.

use std::os::unix::fs::PermissionsExt;

use crate::counted::Counted;
use crate::world::World;

/// The item of alice's key in the store of commands.
const ITEM: &str = "awsesame/secrets/key-akiaiosalice7example";

/// Has the program of the store kill whoever called it, at its so-manieth call: before it does its work, or after.
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

/// In which store the list says that alice's key is.
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
