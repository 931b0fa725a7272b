//! Tests IAM: devices, keys, and the operations that read.

use super::Testbed;
use crate::wire::encoding::unbase32;
use crate::world::totp;

#[test]
fn dave_enrols_a_device_and_logs_in_with_it() {
    let mut bed = Testbed::new();
    let dave = bed.keys("dave");
    let reply = bed.iam(&dave, "CreateVirtualMFADevice", &[("VirtualMFADeviceName", "dave")]);
    let serial = reply.is_ok().get("SerialNumber");
    assert_eq!(serial, "arn:aws:iam::123456789012:mfa/dave");
    let again = bed.iam(&dave, "CreateVirtualMFADevice", &[("VirtualMFADeviceName", "dave")]);
    again.is_refused(409, "EntityAlreadyExists", "already exists");

    let seed = seed_of(&reply.get("Base32StringSeed"));
    let step = totp::step_at(bed.now);
    let [a, b] = [-1, 0].map(|offset| totp::code(&seed, step + offset));
    let mut enable = |first: &str, second: &str| {
        let fields = [
            ("SerialNumber", serial.as_str()),
            ("AuthenticationCode1", first),
            ("AuthenticationCode2", second),
        ];
        bed.iam(&dave, "EnableMFADevice", &fields)
    };
    enable(&b, &a).is_refused(
        403,
        "InvalidAuthenticationCode",
        "Authentication code for device is not valid.",
    );
    enable(&a, &a).is_refused(403, "InvalidAuthenticationCode", "");
    enable(&a, &b).is_ok();
    enable(&a, &b).is_refused(409, "EntityAlreadyExists", "already in use");

    let listed = bed.iam(&dave, "ListMFADevices", &[]);
    assert_eq!(listed.get("SerialNumber"), serial);
    bed.sts(&dave, "GetSessionToken", &[("SerialNumber", &serial), ("TokenCode", &b)]).is_refused(
        403,
        "AccessDenied",
        "invalid MFA one time pass code. ",
    );
    bed.now += 60;
    let session = bed.mfa_session("dave");
    bed.iam(&session, "DeleteVirtualMFADevice", &[("SerialNumber", &serial)]).is_refused(
        409,
        "DeleteConflict",
        "in use",
    );
    bed.iam(&session, "DeactivateMFADevice", &[("SerialNumber", &serial)]).is_ok();
    bed.iam(&session, "DeleteVirtualMFADevice", &[("SerialNumber", &serial)]).is_ok();
}

/// Decodes a seed. IAM sends the base32 text itself in base64.
fn seed_of(blob: &str) -> Vec<u8> {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in blob.trim_end_matches('=').as_bytes().chunks(4) {
        let bits = group.iter().fold(0_u32, |sum, digit| {
            sum << 6 | u32::try_from(alphabet.find(char::from(*digit)).unwrap()).unwrap()
        }) << (6 * (4 - group.len()));
        text.extend(bits.to_be_bytes()[1..group.len()].iter().map(|byte| char::from(*byte)));
    }
    unbase32(&text).unwrap()
}

#[test]
fn drifted_device_is_taken_again_after_a_resync() {
    let mut bed = Testbed::new();
    let serial = "arn:aws:iam::123456789012:mfa/bob";
    let keys = bed.keys("bob");
    let ahead = bed.code("bob", 12);
    let fields = [("SerialNumber", serial), ("TokenCode", ahead.as_str())];
    bed.sts(&keys, "GetSessionToken", &fields).is_refused(403, "AccessDenied", "invalid MFA");
    let [a, b] = [9, 10].map(|offset| bed.code("bob", offset));
    let pair = [
        ("UserName", "bob"),
        ("SerialNumber", serial),
        ("AuthenticationCode1", a.as_str()),
        ("AuthenticationCode2", b.as_str()),
    ];
    bed.iam(&keys, "ResyncMFADevice", &pair).is_ok();
    let next = bed.code("bob", 11);
    bed.sts(&keys, "GetSessionToken", &[("SerialNumber", serial), ("TokenCode", &next)]).is_ok();
}

#[test]
fn carols_devices_come_in_the_order_enrolled() {
    let mut bed = Testbed::new();
    let keys = bed.keys("carol");
    let text = bed.iam(&keys, "ListMFADevices", &[]).is_ok().text();
    assert_eq!(
        crate::wire::xml::elements(&text, "SerialNumber"),
        ["arn:aws:iam::123456789012:u2f/user/carol/security-key-EXAMPLE", "GAHT12345678"]
    );
}

#[test]
fn user_has_two_access_keys_at_most_and_each_can_be_turned_off() {
    let mut bed = Testbed::new();
    let session = bed.mfa_session("alice");
    let made = bed.iam(&session, "CreateAccessKey", &[]).is_ok().text();
    let get = |name| crate::wire::xml::text_of(&made, name).unwrap();
    let second = super::Keys { id: get("AccessKeyId"), secret: get("SecretAccessKey"), token: None };
    bed.iam(&session, "CreateAccessKey", &[]).is_refused(
        409,
        "LimitExceeded",
        "Cannot exceed quota for AccessKeysPerUser: 2",
    );
    let unused = bed.iam(&session, "GetAccessKeyLastUsed", &[("AccessKeyId", &second.id)]);
    assert_eq!(unused.is_ok().get("ServiceName"), "N/A");
    bed.sts(&second, "GetCallerIdentity", &[]).is_ok();
    let used = bed.iam(&session, "GetAccessKeyLastUsed", &[("AccessKeyId", &second.id)]);
    assert_eq!(used.get("ServiceName"), "sts");
    bed.iam(&session, "UpdateAccessKey", &[("AccessKeyId", &second.id), ("Status", "Inactive")]).is_ok();
    bed.sts(&second, "GetCallerIdentity", &[]).is_refused(403, "InvalidClientTokenId", "security token");
    assert!(bed.iam(&session, "ListAccessKeys", &[]).text().contains("Inactive"));
    bed.iam(&session, "DeleteAccessKey", &[("AccessKeyId", &second.id)]).is_ok();
    bed.iam(&session, "DeleteAccessKey", &[("AccessKeyId", &second.id)]).is_refused(
        404,
        "NoSuchEntity",
        &second.id,
    );
}

#[test]
fn new_key_is_refused_until_all_servers_know_of_it() {
    let mut bed = Testbed::new();
    let session = bed.mfa_session("alice");
    bed.world.key_lag = 2;
    let made = bed.iam(&session, "CreateAccessKey", &[]);
    let key = super::Keys { id: made.get("AccessKeyId"), secret: made.get("SecretAccessKey"), token: None };
    for _ in 0..2 {
        bed.sts(&key, "GetCallerIdentity", &[]).is_refused(403, "InvalidClientTokenId", "security token");
    }
    bed.sts(&key, "GetCallerIdentity", &[]).is_ok();
    let old = bed.keys("alice");
    bed.sts(&old, "GetCallerIdentity", &[]).is_ok();
}

#[test]
fn permitted_users_can_read_everything() {
    let mut bed = Testbed::new();
    let session = bed.mfa_session("alice");
    for (action, fields, expected) in [
        ("GetUser", &[][..], "user/alice"),
        ("ListUsers", &[], "user/dave"),
        ("ListRoles", &[], "role/longhaul"),
        ("GetRole", &[("RoleName", "longhaul")], "<MaxSessionDuration>43200<"),
        ("ListAccountAliases", &[], "<member>sandbox<"),
        ("ListGroupsForUser", &[("UserName", "alice")], "AdminMFA"),
        ("ListUserPolicies", &[("UserName", "bob")], "DenyMostWithoutMFA"),
        ("GetUserPolicy", &[("UserName", "bob"), ("PolicyName", "AllowEverything")], "2012-10-17"),
        ("ListGroupPolicies", &[("GroupName", "AdminMFA")], "AllowEverythingWithMFA"),
        (
            "GetGroupPolicy",
            &[("GroupName", "AdminMFA"), ("PolicyName", "AllowEverythingWithMFA")],
            "MultiFactorAuthPresent",
        ),
        ("ListAttachedUserPolicies", &[("UserName", "alice")], "AttachedPolicies"),
        ("ListAttachedGroupPolicies", &[("GroupName", "AdminMFA")], "AttachedPolicies"),
        ("ListAttachedRolePolicies", &[("RoleName", "readonly")], "policy/SandboxReadOnly"),
        (
            "GetPolicy",
            &[("PolicyArn", "arn:aws:iam::123456789012:policy/SandboxReadOnly")],
            "<DefaultVersionId>v1<",
        ),
        (
            "GetPolicyVersion",
            &[("PolicyArn", "arn:aws:iam::123456789012:policy/SandboxReadOnly"), ("VersionId", "v1")],
            "s3%3AGet%2A",
        ),
        ("ListVirtualMFADevices", &[("AssignmentStatus", "Assigned")], "mfa/bob"),
    ] {
        let text = bed.iam(&session, action, fields).is_ok().text();
        assert!(text.contains(expected), "{action}: {text}");
    }
    let bare = bed.keys("alice");
    bed.iam(&bare, "GetUser", &[]).is_refused(403, "AccessDenied", "iam:GetUser");
    bed.iam(&session, "GetUser", &[("UserName", "nobody")]).is_refused(
        404,
        "NoSuchEntity",
        "nobody cannot be found",
    );
    bed.iam(&session, "MakeCoffee", &[]).is_refused(400, "InvalidAction", "MakeCoffee");
}
