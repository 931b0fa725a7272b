//! The conformance suite that every store passes, and the errors of each store. The stores are used through their
//! trait, with the real programs. Only Keybase is a script, because the tests have no account.

use std::os::unix::fs::PermissionsExt;

use awsesame::state::State;
use awsesame::store::{self, Store};
use awsesame_core::fault::Fault;

use crate::bed::{Bed, corrupt};
use crate::need::{find, need};

/// Tests the behavior that every store must have.
pub(crate) fn suite(store: &dyn Store, other: &dyn Store) {
    assert_eq!(store.get("data-key").unwrap(), None);
    assert!(!store.delete("data-key").unwrap());
    assert_eq!(store.list().unwrap(), Vec::<String>::new());
    let every_byte: Vec<u8> = (0..=255).collect();
    for secret in [&[7u8; 32][..], b"line\n", b"\n\n", &every_byte] {
        store.put("data-key", secret, Some(60)).unwrap();
        assert_eq!(store.get("data-key").unwrap().unwrap().as_slice(), secret);
        // It is the place that keeps it, not the value in our hands.
        assert_eq!(other.get("data-key").unwrap().unwrap().as_slice(), secret);
    }
    let long = "x".repeat(300);
    let upper = "Ü".repeat(100) + "X";
    let odd = [
        "a/b",
        "../up",
        "sp ace",
        "ü",
        "Case",
        "case",
        "'\"$(x)`",
        "-x",
        "new\nline",
        ".",
        "a~b",
        "a@b:c;d",
        &long,
        &upper,
    ];
    for name in odd {
        store.put(name, name.as_bytes(), Some(60)).unwrap();
    }
    let mut names: Vec<String> = odd.iter().map(|name| (*name).to_owned()).collect();
    names.push("data-key".to_owned());
    names.sort();
    assert_eq!(other.list().unwrap(), names);
    for name in odd {
        assert_eq!(store.get(name).unwrap().unwrap().as_slice(), name.as_bytes(), "{name}");
        assert!(store.delete(name).unwrap(), "{name}");
        assert_eq!(store.get(name).unwrap(), None, "{name}");
    }
    assert_eq!(store.get("data-key").unwrap().unwrap().as_slice(), every_byte);
    assert_eq!(other.list().unwrap(), ["data-key"]);
    assert!(store.delete("data-key").unwrap());
    assert_eq!(other.get("data-key").unwrap(), None);
}

/// Checks that two writes at the same time leave one of the two secrets complete.
pub(crate) fn two_writers(open: &(dyn Fn() -> Box<dyn Store> + Sync)) {
    std::thread::scope(|scope| {
        for byte in [1u8, 2] {
            scope.spawn(move || {
                let store = open();
                for _ in 0..3 {
                    store.put("data-key", &[byte; 32], Some(60)).unwrap();
                }
            });
        }
    });
    let left = open().get("data-key").unwrap().unwrap();
    assert!(*left == [1; 32] || *left == [2; 32], "{left:?}");
    assert!(open().delete("data-key").unwrap());
}

pub(crate) fn conforms(bed: &Bed, name: &str) {
    suite(bed.open(name, false).as_ref(), bed.open(name, true).as_ref());
    two_writers(&|| bed.open(name, false));
}

/// Checks that a store whose program is missing or hangs reports this, and keeps its secrets.
pub(crate) fn survives_its_program(bed: &mut Bed, name: &str, program: &str) {
    bed.open(name, false).put("data-key", &[7; 32], None).unwrap();
    let before = bed.variables.clone();
    bed.without_programs();
    let fault = bed.open(name, false).put("data-key", &[8; 32], None).unwrap_err();
    assert!(matches!(fault, Fault::CannotRun { missing: true, .. }), "{fault}");
    bed.variables = before.clone();
    let settings = bed.settings.clone();
    bed.settings = format!("stores.timeout = 1\n{settings}");
    bed.sabotage(program, "exec sleep 60");
    for fault in [
        bed.open(name, false).put("data-key", &[8; 32], None).unwrap_err(),
        bed.open(name, false).get("data-key").unwrap_err(),
    ] {
        assert_eq!(fault.to_string(), format!("`{program}` did not end within 1 s"));
    }
    bed.settings = settings;
    bed.sabotage(program, "echo 'out of order' >&2; exit 1");
    let fault = bed.open(name, false).put("data-key", &[8; 32], None).unwrap_err();
    assert_eq!(fault.to_string(), format!("the {name} store does not answer: out of order"));
    assert!(matches!(bed.open(name, false).get("data-key"), Err(Fault::StoreFailed { .. })));
    // The program prints garbage, but exits with 0.
    bed.sabotage(program, "cat >/dev/null; echo '(garbage)'");
    if let Ok(brought) = bed.open(name, false).get("data-key") {
        assert_ne!(
            brought.as_deref().map(Vec::as_slice),
            Some(&[7; 32][..]),
            "whose length the vault judges"
        );
        let fault = bed.open(name, false).put("data-key", &[8; 32], None).unwrap_err();
        assert_eq!(fault.to_string(), format!("the {name} store does not answer: it sealed nothing"));
    } else {
        let fault = bed.open(name, false).get("data-key").unwrap_err();
        assert!(matches!(fault, Fault::StoreGarbage { .. } | Fault::StoreFailed { .. }), "{fault}");
    }
    bed.variables = before;
    assert_eq!(bed.open(name, false).get("data-key").unwrap().unwrap().as_slice(), [7; 32]);
}

#[test]
fn fast_stores_pass_the_conformance_suite() {
    let folder = tempfile::tempdir().unwrap();
    let state = State::at(folder.path().join("awsesame"));
    for name in [store::kernel::NAME, store::file::NAME] {
        let open = || store::open(name, &state).unwrap();
        suite(open().as_ref(), open().as_ref());
        two_writers(&open);
    }
}

#[test]
fn copies_of_several_stores_lie_apart_in_the_kernel() {
    let folder = tempfile::tempdir().unwrap();
    let state = State::at(folder.path().join("awsesame"));
    let names = ["kernel", "gpg", "age"];
    for (name, byte) in names.into_iter().zip(1u8..) {
        store::open(name, &state).unwrap().put(store::DATA_KEY, &[byte; 32], Some(60)).unwrap();
    }
    for (name, byte) in names.into_iter().zip(1u8..) {
        let copy = store::open(name, &state).unwrap();
        assert_eq!(copy.name(), name);
        assert_eq!(copy.get(store::DATA_KEY).unwrap().unwrap().as_slice(), [byte; 32]);
        assert!(copy.delete(store::DATA_KEY).unwrap());
    }
}

fn commands(bed: &mut Bed) {
    std::fs::create_dir(bed.path("kept")).unwrap();
    bed.stand_in("keeper", include_str!("keeper.sh"));
    bed.set("[stores.command]");
    bed.set("get = [\"keeper\", \"get\", \"{DIR}/kept/{item}\"]");
    bed.set("put = [\"keeper\", \"put\", \"{DIR}/kept/{item}\"]");
    bed.set("delete = [\"keeper\", \"delete\", \"{DIR}/kept/{item}\"]");
    bed.set("list = [\"keeper\", \"list\", \"{DIR}/kept\"]");
}

#[test]
fn commands_conform() {
    let mut bed = Bed::new();
    commands(&mut bed);
    conforms(&bed, "command");
    survives_its_program(&mut bed, "command", "keeper");
    std::fs::write(bed.path("kept/data-key"), "!!!").unwrap();
    let fault = bed.open("command", false).get("data-key").unwrap_err();
    assert_eq!(fault.to_string(), "the data key in the command store is not awsesame's: it is not base64");
    let unset = Bed::new().open("command", false).get("data-key").unwrap_err();
    assert_eq!(unset.to_string(), "the command store needs `stores.command.get` to be set");
    let unset = Bed::new().open("command", false).list().unwrap_err();
    assert_eq!(unset.to_string(), "the command store needs `stores.command.list` to be set");
}

#[test]
fn gpg_conforms() {
    if !need("gpg") {
        return;
    }
    let mut bed = Bed::new();
    let fault = bed.open("gpg", false).put("data-key", &[7; 32], None).unwrap_err();
    assert_eq!(fault.to_string(), "the gpg store does not answer: you have no key that it could encrypt to");
    bed.gpg_key("", "never");
    conforms(&bed, "gpg");
    bed.set("[stores.gpg]\nrecipients = [\"tester@example.com\"]");
    conforms(&bed, "gpg");
    survives_its_program(&mut bed, "gpg", "gpg");
    let file = bed.path("data/gpg/data-key.gpg");
    corrupt(&file);
    assert!(matches!(bed.open("gpg", false).get("data-key"), Err(Fault::StoreFailed { .. })));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(bed.open("gpg", false).get("data-key"), Err(Fault::TooOpen { .. })));
}

#[test]
fn gpg_key_that_expired_is_named_and_opens_what_it_sealed() {
    if !need("gpg") {
        return;
    }
    let mut bed = Bed::new();
    // To gpg, the key is made and used in 2020.
    let gpg = find("gpg").unwrap();
    bed.stand_in("gpg", &format!("exec {} --faked-system-time 20200101T000000 \"$@\"", gpg.display()));
    bed.gpg_key("", "1d");
    bed.set("[stores.gpg]\nrecipients = [\"tester@example.com\"]");
    bed.open("gpg", false).put("data-key", &[7; 32], None).unwrap();
    std::fs::remove_file(bed.path("bin/gpg")).unwrap();
    let fault = bed.open("gpg", false).put("data-key", &[8; 32], None).unwrap_err();
    let said = fault.to_string();
    assert!(said.starts_with("the gpg store does not answer: gpg: tester@example.com: skipped: "), "{said}");
    assert_eq!(bed.open("gpg", false).get("data-key").unwrap().unwrap().as_slice(), [7; 32]);
}

#[test]
fn gpg_is_locked_where_its_passphrase_cannot_be_asked_for() {
    if !need("gpg") {
        return;
    }
    let bed = Bed::new();
    bed.gpg_key("open sesame", "never");
    bed.open("gpg", false).put("data-key", &[7; 32], None).unwrap();
    bed.run(&["gpgconf", "--kill", "gpg-agent"]);
    let fault = bed.open("gpg", false).get("data-key").unwrap_err();
    assert_eq!(fault.to_string(), "the gpg store is locked: its passphrase has to be asked for");
    assert_eq!(fault.exit() as i32, 3);
}

#[test]
fn pass_conforms() {
    if !need("gpg") || !need("pass") {
        return;
    }
    let mut bed = Bed::new();
    bed.gpg_key("", "never");
    bed.run(&["pass", "init", "tester@example.com"]);
    conforms(&bed, "pass");
    survives_its_program(&mut bed, "pass", "pass");
    corrupt(&bed.path("pass/awsesame/data-key.gpg"));
    assert!(matches!(bed.open("pass", false).get("data-key"), Err(Fault::StoreFailed { .. })));
    let uninitialised = Bed::new();
    let fault = uninitialised.open("pass", false).put("data-key", &[7; 32], None).unwrap_err();
    assert_eq!(fault.to_string(), "the pass store does not answer: nobody has made it ready yet");
    assert_eq!(fault.hint(), "check it: gpg --list-keys; pass init KEY");
}

/// The client is a script, because the real one needs an account.
#[test]
fn keybase_store_passes_the_conformance_suite_with_a_script() {
    let mut bed = Bed::new();
    std::fs::create_dir(bed.path("kbfs")).unwrap();
    let folder = bed.path("kbfs").display().to_string();
    bed.stand_in("keybase", &include_str!("keybase.sh").replace("{KBFS}", &folder));
    conforms(&bed, "keybase");
    survives_its_program(&mut bed, "keybase", "keybase");
    bed.open("keybase", false).put("data-key", &[7; 32], None).unwrap();
    std::fs::write(bed.path("kbfs/logged-out"), "").unwrap();
    let fault = bed.open("keybase", false).get("data-key").unwrap_err();
    assert_eq!(fault.to_string(), "the keybase store does not answer: its client is logged out");
    assert_eq!(fault.hint(), "check it: keybase login");
}
