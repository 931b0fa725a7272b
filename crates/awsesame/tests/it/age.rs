//! Tests the `age` store with everything that age can open files with: an identity file, an ssh key, a plugin (a
//! script, because real plugins need hardware), and a typed passphrase.

use std::os::unix::fs::PermissionsExt;

use crate::bed::{Bed, corrupt};
use crate::conformance::{conforms, survives_its_program};
use crate::need::need;
use crate::world::World;

const NAME: &str = "age";

fn with_identity_file() -> Bed {
    let mut bed = Bed::new();
    bed.run(&["age-keygen", "-o", &bed.path("key.txt").display().to_string()]);
    bed.set("[stores.age]\nidentities = [\"{DIR}/key.txt\"]");
    bed
}

#[test]
fn store_with_an_identity_file_passes_the_conformance_suite() {
    if !need("age") {
        return;
    }
    let mut bed = with_identity_file();
    conforms(&bed, NAME);
    survives_its_program(&mut bed, NAME, "age");
    corrupt(&bed.path("data/age/data-key.age"));
    let fault = bed.open(NAME, false).get("data-key").unwrap_err();
    assert!(fault.to_string().starts_with("the age store does not answer: "), "{fault}");
}

#[test]
fn store_with_an_ssh_key_passes_the_conformance_suite() {
    if !need("age") || !need("ssh-keygen") {
        return;
    }
    let mut bed = Bed::new();
    let key = bed.path("id_ed25519").display().to_string();
    bed.run(&["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", &key]);
    let public = std::fs::read_to_string(bed.path("id_ed25519.pub")).unwrap();
    bed.set("[stores.age]\nidentities = [\"{DIR}/id_ed25519\"]");
    bed.set(&format!("recipients = [\"{}\"]", public.trim()));
    conforms(&bed, NAME);
}

#[test]
fn secret_key_that_others_may_read_is_refused_and_loses_nothing() {
    if !need("age") {
        return;
    }
    let bed = with_identity_file();
    bed.open(NAME, false).put("data-key", &[7; 32], None).unwrap();
    let file = bed.path("key.txt");
    let set = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    set(0o644);
    for fault in [
        bed.open(NAME, false).get("data-key").unwrap_err(),
        bed.open(NAME, false).put("data-key", &[8; 32], None).unwrap_err(),
    ] {
        assert_eq!(fault.to_string(), format!("`{}` is open to other users (mode 644)", file.display()));
        assert_eq!(fault.hint(), format!("chmod go-rwx {}", file.display()));
    }
    set(0o600);
    assert_eq!(bed.open(NAME, false).get("data-key").unwrap().unwrap().as_slice(), [7; 32]);
}

#[test]
fn missing_identity_is_reported_with_the_message_of_age() {
    if !need("age") {
        return;
    }
    let bed = with_identity_file();
    bed.open(NAME, false).put("data-key", &[7; 32], None).unwrap();
    std::fs::rename(bed.path("key.txt"), bed.path("elsewhere")).unwrap();
    let said = bed.open(NAME, false).get("data-key").unwrap_err().to_string();
    assert!(said.starts_with("the age store does not answer: ") && said.contains("key.txt"), "{said}");
    std::fs::rename(bed.path("elsewhere"), bed.path("key.txt")).unwrap();
    assert_eq!(bed.open(NAME, false).get("data-key").unwrap().unwrap().as_slice(), [7; 32]);
}

/// The plugin is a script that speaks the whole protocol, because real plugins need hardware.
#[test]
fn store_with_a_plugin_passes_the_conformance_suite_and_reports_a_missing_token() {
    if !need("age") {
        return;
    }
    for recipient in ["", "recipients = [\"age1sesame1dacx2ms59rc4g\"]"] {
        let mut bed = Bed::new();
        let token = bed.path("token");
        std::fs::write(&token, "").unwrap();
        let plugin = include_str!("age-plugin-sesame.sh").replace("{TOKEN}", &token.display().to_string());
        bed.stand_in("age-plugin-sesame", &plugin);
        // A file that only names the key of a plugin is not secret, so everybody may read it.
        std::fs::write(bed.path("sesame.txt"), "AGE-PLUGIN-SESAME-1DACX2MSP5ECYS\n").unwrap();
        bed.set("[stores.age]\nidentities = [\"{DIR}/sesame.txt\"]");
        bed.set(recipient);
        if recipient.is_empty() {
            conforms(&bed, NAME);
        }
        bed.open(NAME, false).put("data-key", &[7; 32], None).unwrap();
        assert_eq!(bed.open(NAME, false).get("data-key").unwrap().unwrap().as_slice(), [7; 32]);
        std::fs::remove_file(&token).unwrap();
        for fault in [
            bed.open(NAME, false).get("data-key").unwrap_err(),
            bed.open(NAME, false).put("data-key", &[8; 32], None).unwrap_err(),
        ] {
            let said = fault.to_string();
            assert!(said.starts_with("the age store does not answer: "), "{said}");
            assert!(said.contains("no token is plugged in"), "{said}");
        }
        std::fs::write(&token, "").unwrap();
        assert_eq!(bed.open(NAME, false).get("data-key").unwrap().unwrap().as_slice(), [7; 32]);
        // Without the plugin, the error names it.
        let fault = {
            bed.variables.retain(|(name, _)| *name != "PATH");
            bed.open(NAME, false).get("data-key").unwrap_err()
        };
        assert!(fault.to_string().contains("age-plugin-sesame"), "{fault}");
    }
}

#[test]
fn passphrase_that_may_not_be_asked_for_leaves_it_locked() {
    let fault = Bed::new().open(NAME, false).put("data-key", &[7; 32], None).unwrap_err();
    assert_eq!(fault.to_string(), "the age store is locked: its passphrase has to be asked for");
    assert_eq!(fault.exit() as i32, 3);
}

#[test]
fn passphrase_is_typed_once_an_unlock_and_a_wrong_one_loses_nothing() {
    if !need("age") {
        return;
    }
    let world = World::new();
    let awsesame = |arguments: &[&str]| world.awsesame(arguments).env("AWSESAME_STORE", NAME);
    let mut login = awsesame(&["login", "-p", "alice", &world.code("alice")]).pty();
    login.expect("awsesame: `age` now asks for the passphrase of the `age` store, to encrypt\r\n");
    login.expect("Enter passphrase");
    login.send("open sesame\r");
    login.expect("Confirm passphrase");
    login.send("open sesame\r");
    login.expect("logged in as alice");
    login.wait().ok();
    awsesame(&["exec", "-p", "alice", "--no-input", "--", "true"]).run().ok();

    awsesame(&["lock"]).run().ok();
    awsesame(&["exec", "-p", "alice", "--no-input", "--", "true"]).run().fails(
        3,
        "the age store is locked: its passphrase has to be asked for",
        "awsesame unlock",
    );
    let mut wrong = awsesame(&["unlock"]).pty();
    wrong.expect("Enter passphrase");
    wrong.send("open barley\r");
    wrong.expect("error: the age store is locked: that was not its passphrase\r\n");
    wrong.expect("hint: awsesame unlock\r\n");
    wrong.wait().exits(3);

    let mut unlock = awsesame(&["unlock"]).pty();
    unlock.expect("Enter passphrase");
    unlock.send("open sesame\r");
    unlock.expect("awsesame: unlocked: the key of the age store is in memory");
    unlock.wait().ok();
    awsesame(&["exec", "-p", "alice", "--no-input", "--", "true"]).run().ok();
}
