//! Tests the `secret-service` store on a bus of its own: with GNOME's keyring, without a keyring, and with substitutes
//! for other behavior.

use std::os::unix::net::UnixListener;
use std::process::Command;
use std::sync::atomic::Ordering;

use awsesame_core::fault::Fault;
use zbus::blocking::connection::Builder;

use crate::bed::Bed;
use crate::bus::Bus;
use crate::conformance::conforms;
use crate::locked_keyring::Locked;
use crate::need::need;
use crate::world::World;

const NAME: &str = "secret-service";

/// Returns a bed with a bus, or None if the programs for it are missing.
fn bed() -> Option<(Bus, Bed)> {
    if !need("dbus-daemon") || !need("gnome-keyring-daemon") {
        return None;
    }
    let mut bed = Bed::new();
    let bus = Bus::start(&bed.path(""));
    bed.variables.push(("DBUS_SESSION_BUS_ADDRESS", bus.address().to_owned()));
    Some((bus, bed))
}

#[test]
fn keyring_conforms() {
    let Some((mut bus, bed)) = bed() else { return };
    bus.gnome_keyring(Some("open sesame"));
    conforms(&bed, NAME);
}

#[test]
fn what_rests_there_is_found_by_other_programs_and_survives_the_keyring() {
    let Some((mut bus, bed)) = bed() else { return };
    if !need("secret-tool") {
        return;
    }
    bus.gnome_keyring(Some("open sesame"));
    bed.open(NAME, false).put("key-prod", &[7; 32], None).unwrap();
    bus.gnome_keyring(Some("open sesame"));
    assert_eq!(bed.open(NAME, false).get("key-prod").unwrap().unwrap().as_slice(), [7; 32]);
    let secret_tool = |words: &[&str]| {
        let mut command = Command::new("secret-tool");
        let output = command.args(words).env("DBUS_SESSION_BUS_ADDRESS", bus.address()).output().unwrap();
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    };
    let found = secret_tool(&["lookup", "service", "awsesame", "username", "key-prod"]);
    assert_eq!(found, "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=");
    let found = secret_tool(&["search", "service", "awsesame"]);
    for line in
        ["label = awsesame: key-prod", "attribute.username = key-prod", "attribute.service = awsesame"]
    {
        assert!(found.contains(line), "{found}");
    }
}

#[test]
fn locked_keyring_is_told_at_once_and_nothing_is_lost() {
    let Some((mut bus, bed)) = bed() else { return };
    bus.gnome_keyring(Some("open sesame"));
    bed.open(NAME, false).put("data-key", &[7; 32], None).unwrap();
    bus.gnome_keyring(None);
    let store = bed.open(NAME, false);
    for fault in [
        store.get("data-key").unwrap_err(),
        store.get("nothing").unwrap_err(),
        store.put("data-key", &[8; 32], None).unwrap_err(),
        store.put("another", &[8; 32], None).unwrap_err(),
        store.delete("data-key").unwrap_err(),
        store.list().unwrap_err(),
    ] {
        assert_eq!(fault.to_string(), "the secret-service store is locked: its password has to be asked for");
        assert_eq!(fault.exit() as i32, 3);
    }
    // A person could be asked, but there is no desktop for the dialog.
    let fault = bed.open(NAME, true).get("data-key").unwrap_err();
    assert!(matches!(fault, Fault::StoreLocked { .. }), "{fault}");
    bus.gnome_keyring(Some("open sesame"));
    assert_eq!(bed.open(NAME, false).get("data-key").unwrap().unwrap().as_slice(), [7; 32]);
    assert_eq!(bed.open(NAME, false).list().unwrap(), ["data-key"]);
}

#[test]
fn login_seals_under_the_keyring_and_a_locked_one_is_exit_3_and_no_dialog() {
    if !need("dbus-daemon") || !need("gnome-keyring-daemon") {
        return;
    }
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let mut bus = Bus::start(folder.path());
    bus.gnome_keyring(Some("open sesame"));
    let address = bus.address().to_owned();
    let awsesame = |arguments: &[&str]| {
        let run = world.awsesame(arguments).env("AWSESAME_STORE", NAME);
        run.env("DBUS_SESSION_BUS_ADDRESS", &address)
    };
    awsesame(&["login", "-p", "alice", &world.code("alice")]).run().ok();
    awsesame(&["lock"])
        .run()
        .ok()
        .says("awsesame: locked: only the key in the store can decrypt the sessions on disk\n");
    bus.gnome_keyring(None);
    for arguments in [
        &["exec", "-p", "alice", "--", "true"][..],
        &["env", "-p", "alice", "--no-input"],
        &["unlock", "--no-input"],
        &["login", "-p", "bob", "--no-input", "123456"],
    ] {
        let ran = awsesame(arguments).env("AWSESAME_NO_INPUT", "1").run();
        ran.fails(
            3,
            "the secret-service store is locked: its password has to be asked for",
            "awsesame unlock",
        );
    }
    assert_eq!(awsesame(&["status", "--json"]).run().ok().json()[0]["store"], NAME);
    bus.nobody();
    awsesame(&["unlock"]).run().fails(
        1,
        "no program on this D-Bus session stores secrets (`org.freedesktop.secrets`): \
         The name org.freedesktop.secrets was not provided by any .service files",
        "start one, such as GNOME's: gnome-keyring-daemon --start --components=secrets",
    );
    bus.gnome_keyring(Some("open sesame"));
    awsesame(&["unlock"])
        .run()
        .ok()
        .says("awsesame: unlocked: the key of the secret-service store is in memory\n");
    bus.nobody();
    awsesame(&["exec", "-p", "alice", "--no-input", "--", "true"]).run().ok();
    bus.gnome_keyring(Some("open sesame"));
    awsesame(&["lock", "--forget"]).run().ok();
}

#[test]
fn what_is_not_ours_is_told() {
    let Some((mut bus, bed)) = bed() else { return };
    if !need("secret-tool") {
        return;
    }
    bus.gnome_keyring(Some("open sesame"));
    let words = ["store", "--label", "foreign", "service", "awsesame", "username", "data-key"];
    let mut other = Command::new("sh");
    other.args(["-c", "echo 'not base64' | secret-tool \"$@\"", "sh"]).args(words);
    assert!(other.env("DBUS_SESSION_BUS_ADDRESS", bus.address()).status().unwrap().success());
    let fault = bed.open(NAME, false).get("data-key").unwrap_err();
    assert_eq!(
        fault.to_string(),
        "the data key in the secret-service store is not awsesame's: it is not base64"
    );
}

#[test]
fn bus_without_a_keyring_is_told_from_no_bus_at_all() {
    let Some((bus, mut bed)) = bed() else { return };
    let fault = bed.open(NAME, false).get("data-key").unwrap_err();
    assert!(matches!(fault, Fault::KeeperAbsent { .. }), "{fault:?}");
    drop(bus);
    bed.variables = vec![("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", bed.path("none").display()))];
    for may_ask in [false, true] {
        let fault = bed.open(NAME, may_ask).put("data-key", &[7; 32], None).unwrap_err();
        assert_eq!(
            fault.to_string(),
            "the secret-service store needs a D-Bus session, and there is none: no such file or directory"
        );
    }
}

#[test]
fn dialog_is_opened_only_where_somebody_may_be_asked_and_is_not_waited_for_without_an_end() {
    let Some((bus, mut bed)) = bed() else { return };
    bed.set("stores.timeout = 5");
    for (closes, said) in [
        (false, "the secret-service store is locked: nobody answered its dialog within 5 s"),
        (true, "the secret-service store is locked: its dialog was closed, or cannot be shown here"),
    ] {
        let (keyring, dialogs) = Locked::on(&bus, closes);
        let fault = bed.open(NAME, false).get("data-key").unwrap_err();
        assert_eq!(fault.to_string(), "the secret-service store is locked: its password has to be asked for");
        assert_eq!(dialogs.load(Ordering::SeqCst), 0);
        assert_eq!(bed.open(NAME, true).get("data-key").unwrap_err().to_string(), said);
        assert_eq!(dialogs.load(Ordering::SeqCst), 1);
        drop(keyring);
    }
}

#[test]
fn bus_or_keyring_that_does_not_answer_is_given_up() {
    let Some((bus, mut bed)) = bed() else { return };
    bed.set("stores.timeout = 1");
    // This program has the name of the service, but answers nothing.
    let silent =
        Builder::address(bus.address()).unwrap().name("org.freedesktop.secrets").unwrap().build().unwrap();
    let fault = bed.open(NAME, true).get("data-key").unwrap_err();
    assert_eq!(fault.to_string(), "the secret-service store does not answer: nothing came within 1 s");
    drop(silent);
    let socket = bed.path("silent");
    let _silent = UnixListener::bind(&socket).unwrap();
    bed.variables = vec![("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", socket.display()))];
    let fault = bed.open(NAME, false).get("data-key").unwrap_err();
    assert_eq!(fault.to_string(), "the secret-service store does not answer: nothing came within 1 s");
}
