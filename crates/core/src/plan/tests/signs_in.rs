//! Tests plans that begin with a sign-in by browser.

use super::{Asked, line, plan_of, resolve};
use crate::plan::EnvironmentFacts;

const PROFILES: &str = "
    [sso-session corp]
    sso_start_url = https://d-1234567890.awsapps.com/start
    sso_region = eu-west-1

    [newer]
    sso_session = corp
    sso_account_id = 111122223333
    sso_role_name = Admin

    [older]
    sso_start_url = https://d-1234567890.awsapps.com/start
    sso_region = eu-west-1
    sso_account_id = 111122223333
    sso_role_name = Admin

    [console]
    login_session = arn:aws:iam::111122223333:user/alice

    [federated]
    login_session = arn:aws:sts::111122223333:assumed-role/Admin/alice

    [keys]
    login_session = arn:aws:iam::111122223333:user/alice
    aws_access_key_id = AKIADEV
    aws_secret_access_key = s

    [portal-and-keys]
    sso_session = corp
    sso_account_id = 111122223333
    sso_role_name = Admin
    aws_access_key_id = AKIADEV
    aws_secret_access_key = s

    [above-portal]
    role_arn = arn:aws:iam::444455556666:role/deploy
    source_profile = newer

    [above-console]
    role_arn = arn:aws:iam::444455556666:role/deploy
    source_profile = console
    duration_seconds = 7200

    [above-federated]
    role_arn = arn:aws:iam::444455556666:role/deploy
    source_profile = federated
    duration_seconds = 7200
";

#[test]
fn whoever_signs_in_by_browser_is_a_root_with_roles_above() {
    const PORTAL: &str = "portal https://d-1234567890.awsapps.com/start eu-west-1 111122223333 Admin";
    for (profile, expected) in [
        ("newer", PORTAL.to_owned()),
        ("older", PORTAL.to_owned()),
        ("console", "console arn:aws:iam::111122223333:user/alice".to_owned()),
        ("portal-and-keys", PORTAL.to_owned()),
        ("above-portal", format!("{PORTAL} > deploy(awsesame-alice)")),
        (
            "above-console",
            "console arn:aws:iam::111122223333:user/alice > deploy(awsesame-alice 7200)".to_owned(),
        ),
        (
            "above-federated",
            "error: profile `above-federated` asks for 7200 s of `arn:aws:iam::444455556666:role/deploy`, but AWS allows 3600 s for a role that another role assumes".to_owned(),
        ),
    ] {
        assert_eq!(line(&plan_of(PROFILES, profile)), expected, "{profile}");
    }
}

#[test]
fn keys_of_the_same_profile_come_before_a_console_session() {
    assert!(line(&plan_of(PROFILES, "keys")).starts_with("AKIADEV"));
}

#[test]
fn profiles_of_one_portal_share_the_grant_and_the_lock_and_each_role_has_its_own_session() {
    let other = format!(
        "{PROFILES}\n[second]\nsso_session = corp\nsso_account_id = 444455556666\nsso_role_name = Admin\n"
    );
    let (first, second) = (plan_of(&other, "newer").unwrap(), plan_of(&other, "second").unwrap());
    assert_eq!((first.grant_id(), first.lock_id()), (second.grant_id(), second.lock_id()));
    assert_ne!(first.root_id(), second.root_id());
    let console = plan_of(&other, "console").unwrap();
    assert_ne!(console.grant_id(), first.grant_id());
    assert_eq!(plan_of(super::DEV, "dev").unwrap().grant_id(), None);
}

#[test]
fn every_fault_of_the_settings_has_its_message() {
    let text = "
        [sso-session corp]
        sso_start_url = https://d-1234567890.awsapps.com/start
        sso_region = eu-west-1
        [no-section]
        sso_session = other
        sso_account_id = 111122223333
        sso_role_name = Admin
        [no-role]
        sso_session = corp
        sso_account_id = 111122223333
        [no-region]
        sso_start_url = https://d-1234567890.awsapps.com/start
        sso_account_id = 111122223333
        sso_role_name = Admin
        [differs]
        sso_session = corp
        sso_region = us-east-1
        sso_account_id = 111122223333
        sso_role_name = Admin
        [bad]
        sso_session = corp
        sso_account_id = 1
        sso_role_name = Admin
    ";
    for (profile, expected) in [
        ("no-section", "profile `no-section` names the sso-session `other`, which is not in `~/.aws/config`"),
        ("no-role", "profile `no-role` signs in with IAM Identity Center, but `sso_role_name` is not set"),
        ("no-region", "profile `no-region` signs in with IAM Identity Center, but `sso_region` is not set"),
        ("differs", "`sso_region` of profile `differs` differs from that of the sso-session `corp`"),
        ("bad", "profile `bad` has `sso_account_id = 1`: expected twelve digits"),
    ] {
        assert_eq!(line(&plan_of(text, profile)), format!("error: {expected}"));
    }
}

#[test]
fn each_service_has_its_endpoint_setting() {
    let environment = EnvironmentFacts {
        endpoint_url: Some("http://127.0.0.1:1".into()),
        endpoint_url_signin: Some("http://127.0.0.1:2".into()),
        endpoint_url_sso_oidc: Some("http://127.0.0.1:3".into()),
        ..EnvironmentFacts::default()
    };
    let client = resolve(PROFILES, &Asked { profile: Some("console"), environment, ..Asked::default() })
        .unwrap()
        .client;
    assert_eq!(client.signin_endpoint.as_deref(), Some("http://127.0.0.1:2"));
    assert_eq!(client.sso_oidc_endpoint.as_deref(), Some("http://127.0.0.1:3"));
    assert_eq!(client.sso_endpoint.as_deref(), Some("http://127.0.0.1:1"));
}
