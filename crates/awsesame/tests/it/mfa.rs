//! `mfa list` and `mfa code`. The module `sources` tests the sources of codes.

use awsesame_sandbox::{Fixture, Options};

use crate::need::need;
use crate::sources::Tools;
use crate::world::World;

#[test]
fn devices_are_listed_through_the_session_where_the_bare_key_must_not() {
    let world = World::new();
    let refused = world.awsesame(&["mfa", "list", "-p", "alice"]).run().exits(1);
    assert!(refused.stderr.starts_with("error: AWS does not allow ListMFADevices: "), "{refused}");
    assert!(refused.stderr.ends_with("awsesame login --force -p alice\n"), "{refused}");
    world.log_in("alice");
    world.awsesame(&["mfa", "list", "-p", "alice"]).run().ok().says("").prints(
        "DEVICE                               KIND     CODES  USED\n\
         arn:aws:iam::123456789012:mfa/alice  virtual  yes    configured\n",
    );
}

#[test]
fn list_tells_kinds_and_which_device_is_used() {
    let world = World::new();
    let carol = "arn:aws:iam::123456789012:u2f/user/carol/security-key-EXAMPLE";
    world.awsesame(&["mfa", "list", "-p", "carol"]).run().ok().prints(&format!(
        "DEVICE{:55}  KIND      CODES  USED\n{carol}  FIDO      no     -\n{:61}  hardware  yes    configured\n",
        "", "GAHT12345678"
    ));
    world.change_config("mfa_serial = GAHT12345678\n", "");
    let chosen = world.awsesame(&["mfa", "list", "-p", "carol", "--json"]).run().ok().json();
    assert_eq!(chosen[0]["used"], serde_json::Value::Null);
    assert_eq!((&chosen[1]["used"], &chosen[1]["kind"]), (&"chosen".into(), &"hardware".into()));
    world.change_config("[profile carol]\n", "[profile carol]\nmfa_serial = GAHT87654321\n");
    let lost = world.awsesame(&["mfa", "list", "-p", "carol", "--json"]).run().ok().json();
    assert_eq!((&lost[2]["used"], &lost[2]["listed"]), (&"configured".into(), &false.into()));
    world
        .awsesame(&["mfa", "list", "-p", "dave"])
        .run()
        .ok()
        .prints("")
        .says("awsesame: AWS lists no MFA device for the user of profile `dave`\n");
    world.awsesame(&["mfa", "list", "-p", "dave", "--json"]).run().ok().prints("[]\n");
}

#[test]
fn printed_code_counts_as_spent() {
    if !need("oathtool") {
        return;
    }
    let (world, tools) = (World::of(&Fixture::builtin(), Options::default()), Tools::new());
    // The device has the program's clock, which is moved below.
    let now = format!("$(($(date +%s) + $(cat {}/.clock)))", world.home().display());
    let command = format!("sh -c 'oathtool -b --totp --now=\"@{now}\" @{}'", tools.path("alice").display());
    let code = || {
        world
            .awsesame(&["mfa", "code", "-p", "alice"])
            .env("AWSESAME_CODE_SOURCE", "command")
            .env("AWSESAME_CODE_COMMAND_COMMAND", &command)
    };
    // A code and its ledger are about one step: what begins at its end is over in the next one.
    world.goes_to_second(1);
    let first = code().run().ok().says("");
    assert_eq!(world.sandbox().log().len(), 0, "the device is configured, so AWS is not asked");
    world.awsesame(&["login", "-p", "alice", first.stdout.trim()]).run().fails(
        1,
        "the current code of `arn:aws:iam::123456789012:mfa/alice` has been used already",
        "AWS accepts each code once; use the next one: sleep {WAIT}; awsesame login -p alice",
    );
    world.goes_to_second(27);
    let second = code().run().ok();
    assert_ne!(first.stdout, second.stdout);
    assert_eq!(world.sandbox().count("GetSessionToken"), 0);
}

#[test]
fn source_that_asks_a_person_has_no_code_to_print() {
    let world = World::new();
    world.awsesame(&["mfa", "code", "-p", "alice"]).run().fails(
        1,
        "the code source `terminal` asks a person, so there is no code to print",
        "choose one that creates codes by itself (command, yubikey or totp): export AWSESAME_CODE_SOURCE=NAME",
    );
}
