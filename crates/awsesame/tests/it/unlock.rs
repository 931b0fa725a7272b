//! Tests that slow stores are opened once per unlock, and that the hot path never opens them. The store in these tests
//! counts how often it is opened.

use crate::counted::Counted;
use crate::world::World;

#[test]
fn slow_store_is_asked_once_an_unlock() {
    let counted = Counted::new("store");
    counted.world().log_in("alice");
    assert_eq!(counted.asked(), "get put");
    for _ in 0..5 {
        counted.awsesame("exec -p alice -- true").run().ok();
        counted.awsesame("status").run().ok();
    }
    // A second login and its roles use the existing key.
    counted.world().log_in("bob");
    counted.awsesame("exec -p deploy -- true").run().ok();
    assert_eq!(counted.asked(), "");
    counted
        .awsesame("lock")
        .run()
        .ok()
        .says("awsesame: locked: only the key in the store can decrypt the sessions on disk\n");
    assert_eq!(counted.asked(), "");
    counted.awsesame("exec -p alice -- true").run().ok();
    counted.awsesame("exec -p alice -- true").run().ok();
    assert_eq!(counted.asked(), "get");
    counted.awsesame("lock").run().ok();
    counted
        .awsesame("unlock")
        .run()
        .ok()
        .says("awsesame: unlocked: the key of the command store is in memory\n");
    counted.awsesame("exec -p alice -- true").run().ok();
    assert_eq!(counted.asked(), "get");
}

#[test]
fn copy_in_the_kernel_ends_after_its_time() {
    let counted = Counted::new("store");
    counted
        .awsesame(&format!("login -p alice {}", counted.world().code("alice")))
        .env("AWSESAME_UNLOCK_FOR", "2")
        .run()
        .ok();
    counted.asked();
    std::thread::sleep(std::time::Duration::from_secs(3));
    counted.awsesame("exec -p alice -- true").run().ok();
    assert_eq!(counted.asked(), "get");
}

#[test]
fn nothing_to_unlock_is_said() {
    let counted = Counted::new("store");
    counted
        .awsesame("unlock")
        .run()
        .ok()
        .says("awsesame: the command store has no key yet; type: awsesame login\n");
    counted
        .awsesame("unlock")
        .env("AWSESAME_STORE", "kernel")
        .run()
        .ok()
        .says("awsesame: the kernel store has nothing to unlock; for a session: awsesame login\n");
}

#[test]
fn key_that_is_not_ours_is_told_and_can_be_replaced() {
    let counted = Counted::new("store");
    counted.world().log_in("alice");
    counted.awsesame("lock").run().ok();
    counted.world().write_private("awsesame/secrets/data-key", "c2hvcnQ=\n");
    for line in ["unlock", "exec -p alice -- true", "login -p alice 123456"] {
        let named = if line == "unlock" { "" } else { " -p alice" };
        counted.awsesame(line).run().fails(
            1,
            "the data key in the command store is not awsesame's: the data key there has 5 bytes instead of 32",
            &format!(
                "create a new key; sessions under the old one are lost: awsesame lock --forget; awsesame login{named}"
            ),
        );
    }
    assert_eq!(
        counted.world().read("awsesame/secrets/data-key"),
        "c2hvcnQ=\n",
        "what lies there is not ours to replace"
    );
    counted.awsesame("lock --forget").run().ok();
    assert!(!counted.world().path("awsesame/secrets/data-key").exists());
    counted.world().log_in("bob");
    counted.awsesame("exec -p bob -- true").run().ok();
}

#[test]
fn locked_store_is_exit_3_inside_an_envrc_and_without_input() {
    let world = World::new();
    world.log_in("alice");
    world
        .awsesame(&["login", "-p", "bob", "--no-input", &world.code("bob")])
        .env("AWSESAME_STORE", "age")
        .run()
        .fails(3, "the age store is locked: its passphrase has to be asked for", "awsesame unlock");
    let said = world.awsesame(&["direnv", "export", "bob"]).env("AWSESAME_STORE", "age").run().ok();
    assert!(said.stdout.contains("bob"), "{said}");
}
