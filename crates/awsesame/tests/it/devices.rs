//! Tests which MFA device is used for a code: the configured one, one that AWS lists, or the one with the conventional
//! name; and the messages if there is none.

use crate::world::World;

#[test]
fn without_mfa_serial_aws_is_asked_and_the_device_named() {
    let world = World::new();
    world.change_config("mfa_serial = GAHT12345678\n", "");
    world.awsesame(&["login", "-p", "carol", &world.code("carol")]).run().ok().says(
        "awsesame: profile `carol` names no MFA device; AWS lists `GAHT12345678`, which is used\n\
         awsesame: logged in as carol, account 123456789012 (profile `carol`), until {CLOCK} ({SPAN} left)\n",
    );
    assert_eq!(world.sandbox().count("ListMFADevices"), 1);
}

#[test]
fn if_aws_refuses_to_list_devices_the_one_named_like_the_user_is_tried() {
    let world = World::new();
    // Alice's policy allows nothing without MFA.
    world.change_config("mfa_serial = arn:aws:iam::123456789012:mfa/alice\n", "");
    world.awsesame(&["login", "-p", "alice", &world.code("alice")]).run().ok().says(
        "awsesame: profile `alice` names no MFA device, and AWS will not list them; trying \
         `arn:aws:iam::123456789012:mfa/alice`\n\
         awsesame: logged in as alice, account 123456789012 (profile `alice`), until {CLOCK} ({SPAN} left)\n",
    );
}

#[test]
fn hardware_serial_is_as_good_as_an_arn() {
    let world = World::new();
    world.log_in("carol");
    assert_eq!(world.sandbox().count("ListMFADevices"), 0);
}

#[test]
fn devices_are_tried_in_the_order_configured() {
    let world = World::new();
    world.change_config(
        "mfa_serial = GAHT12345678",
        "mfa_serial = arn:aws:iam::123456789012:mfa/carols-phone, GAHT12345678",
    );
    world.awsesame(&["login", "-p", "carol", &world.code("carol")]).run().ok();
    let statuses: Vec<u16> = world
        .sandbox()
        .log()
        .into_iter()
        .filter(|entry| entry.action == "GetSessionToken")
        .map(|entry| entry.status)
        .collect();
    assert_eq!(statuses, [403, 200]);
}

#[test]
fn user_without_a_device_is_told_how_to_get_one() {
    let world = World::new();
    world.awsesame(&["login", "-p", "dave", "123456"]).run().fails(
        1,
        "profile `dave` has no MFA device: AWS lists none for its user",
        "enroll one: awsesame mfa enroll -p dave",
    );
    assert_eq!(world.sandbox().count("GetSessionToken"), 0);
}

#[test]
fn security_key_alone_cannot_give_a_code() {
    let world = World::new();
    world.change_config(
        "mfa_serial = GAHT12345678",
        "mfa_serial = arn:aws:iam::123456789012:u2f/user/carol/security-key-EXAMPLE",
    );
    world.awsesame(&["login", "-p", "carol", "123456"]).run().fails(
        1,
        "`arn:aws:iam::123456789012:u2f/user/carol/security-key-EXAMPLE` is a FIDO device or passkey, which cannot give a code to the AWS API",
        "add an authenticator app as well, under Security credentials: https://console.aws.amazon.com/iam/home#/security_credentials",
    );
    assert_eq!(world.sandbox().count("GetSessionToken"), 0);
}

#[test]
fn one_code_serves_a_key_and_its_roles_whichever_of_their_profiles_names_the_device() {
    for first in ["plain", "named"] {
        let world = World::new();
        let device = "mfa_serial = arn:aws:iam::123456789012:mfa/alice\n";
        world.change_config(device, "");
        world.append_config(&format!(
            "[profile plain]\nregion = us-east-1\nendpoint_url = {{URL}}\nsource_profile = alice\n\
             role_arn = arn:aws:iam::123456789012:role/deploy\n\n\
             [profile named]\nregion = us-east-1\nendpoint_url = {{URL}}\nsource_profile = alice\n\
             role_arn = arn:aws:iam::123456789012:role/readonly\n{device}"
        ));
        world.awsesame(&["login", "-p", first, &world.code("alice")]).run().ok();
        for profile in ["alice", "plain", "named"] {
            world.awsesame(&["exec", "-p", profile, "--", "true"]).run().ok();
        }
        assert_eq!(world.sandbox().count("GetSessionToken"), 1);
    }
}
