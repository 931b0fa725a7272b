//! Tests the sources of a plan's credentials: programs, keys in stores, and `credential_source`.

use super::{Asked, line, plain, plan_of, resolve};
use crate::aws_files::key_index::{KeyIndex, StoredKey};
use crate::config::Config;
use crate::name::{AccessKeyId, ProfileName};
use crate::plan::{EnvironmentFacts, Half, Plan, Request};

#[test]
fn a_program_with_a_device_beside_it_gives_a_long_term_key() {
    let text = "
        [vault]
        credential_process = op aws alice
        mfa_serial = arn:aws:iam::1:mfa/alice
        [same]
        credential_process = op aws alice
        mfa_serial = arn:aws:iam::1:mfa/alice
        [other]
        credential_process = op aws bob
        mfa_serial = arn:aws:iam::1:mfa/alice
        [role]
        role_arn = arn:aws:iam::1:role/Of
        source_profile = vault
        [role-with-device]
        role_arn = arn:aws:iam::1:role/Of
        source_profile = plain
        mfa_serial = arn:aws:iam::1:mfa/alice
        [plain]
        credential_process = op aws alice
    ";
    let plans =
        ["vault", "same", "other", "role", "role-with-device"].map(|name| plan_of(text, name).unwrap());
    let [vault, same, other, role, with_device] = &plans;
    assert_eq!(
        vault.key().unwrap().to_string(),
        "the long-term key that the `credential_process` of profile `vault` gives"
    );
    assert_eq!((vault.serials().len(), role.roles.len(), with_device.roles.len()), (1, 1, 1));
    // One key and one device have one session, for all profiles.
    for plan in [same, role, with_device] {
        assert_eq!((vault.root_id(), vault.lock_id()), (plan.root_id(), plan.lock_id()));
    }
    assert_ne!((vault.root_id(), vault.lock_id()), (other.root_id(), other.lock_id()));
}

#[test]
fn a_key_beside_a_credential_process_is_what_counts() {
    let text = "
        [dev]
        aws_access_key_id = AKIADEV
        aws_secret_access_key = s
        credential_process = vault read aws
    ";
    assert_eq!(line(&plan_of(text, "dev")), "AKIADEV of profile `dev` session 43200 []");
}

#[test]
fn a_profile_that_asks_awsesame_itself_is_no_source() {
    for command in ["awsesame process -p x", "'/opt/bin/awsesame' process", "/usr/bin/awsesame-full process"]
    {
        let text = format!("[x]\ncredential_process = {command}");
        assert_eq!(
            line(&plan_of(&text, "x")),
            "error: profile `x` has no access key and no `source_profile`",
            "{command}"
        );
    }
}

#[test]
fn credential_source_takes_what_it_names() {
    let text = "
        [ecs]
        role_arn = arn:aws:iam::1:role/Ecs
        credential_source = EcsContainer
        mfa_serial = arn:aws:iam::1:u2f/user/alice/key
        [ec2]
        role_arn = arn:aws:iam::1:role/Ec2
        credential_source = ec2instancemetadata
        aws_access_key_id = AKIAUNUSED
        aws_secret_access_key = s
        [of-ec2]
        role_arn = arn:aws:iam::1:role/Of
        source_profile = ec2-only
        [ec2-only]
        role_arn = arn:aws:iam::1:role/Only
        credential_source = Ec2InstanceMetadata
        [env]
        role_arn = arn:aws:iam::1:role/Env
        credential_source = Environment
    ";
    let with = |environment: EnvironmentFacts, profile| {
        line(&resolve(text, &Asked { profile: Some(profile), environment, ..Asked::default() }))
    };
    let nothing = EnvironmentFacts::default;
    assert_eq!(with(nothing(), "ecs"), "EcsContainer > Ecs(awsesame-alice)");
    assert_eq!(with(nothing(), "ec2"), "Ec2InstanceMetadata > Ec2(awsesame-alice)");
    assert_eq!(with(nothing(), "of-ec2"), "Ec2InstanceMetadata > Only(awsesame-alice) > Of(awsesame-alice)");
    assert_eq!(
        with(plain(nothing()), "env"),
        "AKIAPLAIN of key `AKIAPLAIN` session 43200 [] > Env(awsesame-alice)"
    );
    assert_eq!(
        with(nothing(), "env"),
        "error: profile `env` takes its key from the environment, where `AWS_ACCESS_KEY_ID` is not set"
    );
    assert_eq!(
        with(EnvironmentFacts { session_token: true, ..plain(nothing()) }, "env"),
        "error: the environment has session credentials, but AWS gives sessions for long-term keys only"
    );
}

#[test]
fn role_sessions_are_named_after_the_setting_the_variable_or_the_user() {
    let text = "
        [k]
        aws_access_key_id = AKIA
        aws_secret_access_key = s
        [r]
        role_arn = arn:aws:iam::1:role/R
        source_profile = k
    ";
    let set = super::profiles(text);
    let name = |variable: Option<&str>, user: Option<&str>| {
        let environment = EnvironmentFacts {
            role_session_name: variable.map(str::to_owned),
            ..EnvironmentFacts::default()
        };
        let request = Request {
            profiles: &set,
            profile: Some(&ProfileName::new("r")),
            environment: &environment,
            duration: None,
            config: &Config::default(),
            user,
            suggests: true,
        };
        Plan::resolve(&request).map(|plan| plan.roles[0].session_name.clone())
    };
    let long = "x".repeat(100);
    for (variable, user, expected) in [
        (None, Some("alice"), "awsesame-alice".to_owned()),
        (None, Some("Jürgen Maß/ö"), "awsesame-J-rgen-Ma---".to_owned()),
        (None, Some(long.as_str()), format!("awsesame-{}", "x".repeat(55))),
        (None, Some(""), "awsesame".to_owned()),
        (None, None, "awsesame".to_owned()),
        (Some("ci@build"), Some("alice"), "ci@build".to_owned()),
        (Some(""), Some("alice"), "awsesame-alice".to_owned()),
    ] {
        assert_eq!(name(variable, user), Ok(expected));
    }
    for bad in ["x", "a b", "ö!", long.as_str()] {
        assert_eq!(name(Some(bad), None).unwrap_err().hint(), "use the default: unset AWS_ROLE_SESSION_NAME");
    }
}

/// [`resolve`] with keys in stores: profile, id.
fn resolve_stored(text: &str, stored: &[(&str, &str)], profile: &str) -> Result<Plan, crate::fault::Fault> {
    let mut index = KeyIndex::default();
    for (profile, id) in stored {
        let key = StoredKey { id: AccessKeyId::new(*id), store: "gpg".into() };
        index.insert(ProfileName::new(*profile), key);
    }
    let mut set = super::profiles(text);
    set.insert_stored(&index);
    Plan::resolve(&Request {
        profiles: &set,
        profile: Some(&ProfileName::new(profile)),
        environment: &EnvironmentFacts::default(),
        duration: None,
        config: &Config::default(),
        user: Some("alice"),
        suggests: true,
    })
}

#[test]
fn a_key_in_a_store_comes_before_one_in_a_file_and_before_other_sources() {
    let text = "
        [both]
        aws_access_key_id = AKIAFILE
        aws_secret_access_key = s
        [half]
        aws_access_key_id = AKIAFILE
        [token]
        aws_access_key_id = ASIAFILE
        aws_secret_access_key = s
        aws_session_token = t
        [process]
        credential_process = vault read aws
        [bare]
        region = eu-west-1
        [role]
        role_arn = arn:aws:iam::1:role/R
        source_profile = bare
        [with-role]
        role_arn = arn:aws:iam::1:role/R
        source_profile = with-role
        [of-role]
        role_arn = arn:aws:iam::1:role/S
        source_profile = with-role
    ";
    for profile in ["both", "half", "token", "process", "bare", "in-no-file"] {
        let plan = resolve_stored(text, &[(profile, "AKIASTORE")], profile);
        assert_eq!(line(&plan), format!("AKIASTORE of profile `{profile}` session 43200 []"));
        let expected = Half::InStore { store: "gpg".into(), profile: ProfileName::new(profile) };
        assert_eq!(plan.unwrap().key().unwrap().secret, expected);
    }
    for (profile, stored, expected) in [
        ("role", "bare", "AKIASTORE of profile `bare` session 43200 [] > R(awsesame-alice)"),
        ("with-role", "with-role", "AKIASTORE of profile `with-role` session 43200 [] > R(awsesame-alice)"),
        // After the first profile of a chain, a key takes precedence over `role_arn`, wherever the key is stored.
        ("of-role", "with-role", "AKIASTORE of profile `with-role` session 43200 [] > S(awsesame-alice)"),
    ] {
        assert_eq!(line(&resolve_stored(text, &[(stored, "AKIASTORE")], profile)), expected);
    }
}

#[test]
fn a_default_profile_whose_key_rests_in_a_store_comes_before_the_environment() {
    let mut index = KeyIndex::default();
    index
        .insert(ProfileName::new("default"), StoredKey { id: AccessKeyId::new("AKIA"), store: "gpg".into() });
    let mut set = super::profiles("");
    set.insert_stored(&index);
    let environment = plain(EnvironmentFacts::default());
    let request = Request {
        profiles: &set,
        profile: None,
        environment: &environment,
        duration: None,
        config: &Config::default(),
        user: None,
        suggests: true,
    };
    assert_eq!(line(&Plan::resolve(&request)), "AKIA of profile `default` session 43200 []");
}

#[test]
fn sessions_survive_the_way_of_a_key_from_a_file_into_a_store() {
    let before = "
        [k]
        aws_access_key_id = AKIA
        aws_secret_access_key = s
        mfa_serial = arn:aws:iam::1:mfa/phone
        [r]
        role_arn = arn:aws:iam::1:role/R
        source_profile = k
    ";
    let after = before.replace("aws_access_key_id = AKIA", "").replace("aws_secret_access_key = s", "");
    for profile in ["k", "r"] {
        let file = plan_of(before, profile).unwrap();
        let store = resolve_stored(&after, &[("k", "AKIA")], profile).unwrap();
        assert_eq!(file.root_id(), store.root_id());
        assert_eq!(file.lock_id(), store.lock_id());
        assert_eq!(file.session_id(), store.session_id());
    }
}
