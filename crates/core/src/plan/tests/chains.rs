//! Tests how a profile with roles becomes a plan, and which errors name a broken chain.

use super::{DEV, line, plan_of};

const ROLES: &str = "
    [base]
    aws_access_key_id = AKIABASE
    aws_secret_access_key = base-secret
    mfa_serial = arn:aws:iam::111111111111:mfa/phone

    [a]
    role_arn = arn:aws:iam::222222222222:role/A
    source_profile = base

    [b]
    role_arn = arn:aws:iam::333333333333:role/path/B
    source_profile = a
    mfa_serial = arn:aws:iam::111111111111:mfa/other
    role_session_name = bob
    external_id = xyz-1

    [own]
    aws_access_key_id = AKIAOWN
    aws_secret_access_key = own-secret
    role_arn = arn:aws:iam::222222222222:role/Own
    source_profile = own

    [through-own]
    role_arn = arn:aws:iam::222222222222:role/Through
    source_profile = own
";

#[test]
fn a_profile_with_a_key_becomes_one_mfa_session() {
    assert_eq!(line(&plan_of(DEV, "dev")), "AKIADEV of profile `dev` session 43200 [phone]");
}

#[test]
fn roles_are_assumed_from_the_key_outwards() {
    for (profile, expected) in [
        ("base", "AKIABASE of profile `base` session 43200 [phone]"),
        ("a", "AKIABASE of profile `base` session 43200 [phone] > A(awsesame-alice)"),
        ("b", "AKIABASE of profile `base` session 43200 [other] > A(awsesame-alice) > B(bob external xyz-1)"),
        // A profile may be its own source.
        ("own", "AKIAOWN of profile `own` session 43200 [] > Own(awsesame-alice)"),
        // As somebody else's source, its key comes before its role.
        ("through-own", "AKIAOWN of profile `own` session 43200 [] > Through(awsesame-alice)"),
    ] {
        assert_eq!(line(&plan_of(ROLES, profile)), expected);
    }
}

const BROKEN: &str = "
    [one]
    role_arn = arn:aws:iam::1:role/One
    source_profile = two
    [two]
    role_arn = arn:aws:iam::1:role/Two
    source_profile = three
    [three]
    role_arn = arn:aws:iam::1:role/Three
    source_profile = two
    [lost]
    role_arn = arn:aws:iam::1:role/Lost
    source_profile = thre
    [alone]
    role_arn = arn:aws:iam::1:role/Alone
    [alone-with-key]
    role_arn = arn:aws:iam::1:role/Alone
    aws_access_key_id = AKIA
    aws_secret_access_key = s
    [both]
    role_arn = arn:aws:iam::1:role/Both
    source_profile = one
    credential_source = Environment
    [mirror]
    role_arn = arn:aws:iam::1:role/Mirror
    source_profile = mirror
    [empty]
    region = eu-west-1
    [of-empty]
    role_arn = arn:aws:iam::1:role/OfEmpty
    source_profile = empty
    [no-secret]
    aws_access_key_id = AKIA
    [no-id]
    aws_secret_access_key = s
    [blank]
    aws_access_key_id = AKIA
    aws_secret_access_key =
    [of-half]
    role_arn = arn:aws:iam::1:role/OfHalf
    source_profile = no-id
    [session]
    aws_access_key_id = ASIA
    aws_secret_access_key = s
    aws_session_token = t
    [of-session]
    role_arn = arn:aws:iam::1:role/OfSession
    source_profile = session
    [user]
    role_arn = arn:aws:iam::1:user/alice
    source_profile = session
    [odd]
    role_arn = arn:aws:iam::1:role/Odd
    credential_source = Moon
    [loud]
    role_arn = arn:aws:iam::1:role/Loud
    role_session_name = a b
    source_profile = empty
";

#[test]
fn broken_chains_name_the_profile_that_is_broken() {
    for (profile, expected) in [
        ("one", "profile `one` has itself as its source profile: one -> two -> three -> two"),
        ("lost", "profile `lost` has the source profile `thre`, which does not exist"),
        ("alone", "profile `alone` has `role_arn` but neither `source_profile` nor `credential_source`"),
        (
            "alone-with-key",
            "profile `alone-with-key` has `role_arn` but neither `source_profile` nor `credential_source`",
        ),
        ("both", "profile `both` has both `source_profile` and `credential_source`"),
        ("mirror", "profile `mirror` has itself as its source profile: mirror -> mirror"),
        ("empty", "profile `empty` has no access key and no `source_profile`"),
        ("of-empty", "profile `empty` has no access key and no `source_profile`"),
        ("no-secret", "profile `no-secret` has half an access key: `aws_secret_access_key` is missing"),
        ("no-id", "profile `no-id` has half an access key: `aws_access_key_id` is missing"),
        ("blank", "profile `blank` has half an access key: `aws_secret_access_key` is missing"),
        ("of-half", "profile `no-id` has half an access key: `aws_access_key_id` is missing"),
        (
            "session",
            "profile `session` has session credentials, but AWS gives sessions for long-term keys only",
        ),
        (
            "of-session",
            "profile `session` has session credentials, but AWS gives sessions for long-term keys only",
        ),
        (
            "user",
            "profile `user` has `role_arn = arn:aws:iam::1:user/alice`: expected the ARN of a role (`arn:aws:iam::ACCOUNT:role/NAME`)",
        ),
        (
            "odd",
            "profile `odd` has `credential_source = Moon`: expected `Environment`, `Ec2InstanceMetadata` or `EcsContainer`",
        ),
        (
            "loud",
            "profile `loud` has `role_session_name = a b`: expected 2 to 64 letters, digits or any of `_+=,.@-`",
        ),
        ("thee", "profile `thee` is not in `~/.aws/config`"),
    ] {
        assert_eq!(line(&plan_of(BROKEN, profile)), format!("error: {expected}"), "{profile}");
    }
    let hint = |profile| plan_of(BROKEN, profile).unwrap_err().hint();
    assert_eq!(
        hint("lost"),
        "did you mean `three`? write `source_profile = three` into profile `lost`: vi ~/.aws/config"
    );
    assert_eq!(hint("thee"), "did you mean `three`? awsesame login -p three");
    assert_eq!(hint("xyzzy"), "set it up, with its key: awsesame init -p xyzzy");
}
