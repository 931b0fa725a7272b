//! Roots that bring credentials without anybody being asked.

use std::collections::{BTreeMap, BTreeSet};

use super::{Asked, line, plan_of, resolve};
use crate::config::Config;

const PROFILES: &str = "
    [web]
    role_arn = arn:aws:iam::1:role/Web
    web_identity_token_file = /run/token
    [web-with-key]
    role_arn = arn:aws:iam::1:role/Web
    web_identity_token_file = /run/token
    role_session_name = ci
    aws_access_key_id = AKIA
    aws_secret_access_key = s
    mfa_serial = arn:aws:iam::1:mfa/alice
    [web-of-program]
    role_arn = arn:aws:iam::1:role/Web
    web_identity_token_process = print-token --for aws
    duration_seconds = 7200
    [web-of-both]
    role_arn = arn:aws:iam::1:role/Web
    web_identity_token_file = ~/token
    web_identity_token_process = print-token
    [above-web]
    role_arn = arn:aws:iam::1:role/Above
    source_profile = web
    [above-web-for-long]
    role_arn = arn:aws:iam::1:role/Above
    source_profile = web
    duration_seconds = 7200
    [no-role]
    web_identity_token_file = /run/token
    [above-no-role]
    role_arn = arn:aws:iam::1:role/Above
    source_profile = no-role
    [relative]
    role_arn = arn:aws:iam::1:role/Web
    web_identity_token_file = token
    [process]
    credential_process = vault read aws
    [of-process]
    role_arn = arn:aws:iam::1:role/OfProcess
    source_profile = process
    duration_seconds = 7200
    [above-of-process]
    role_arn = arn:aws:iam::1:role/Above
    source_profile = of-process
    duration_seconds = 7200
";

#[test]
fn a_web_identity_and_a_program_are_roots_with_roles_above() {
    const WEB: &str = "web /run/token Web(awsesame-alice)";
    const CHAINED: &str = "but AWS allows 3600 s for a role that another role assumes";
    for (profile, expected) in [
        ("web", WEB.to_owned()),
        ("web-with-key", "web /run/token Web(ci)".to_owned()),
        ("web-of-program", "web program Web(awsesame-alice 7200)".to_owned()),
        ("web-of-both", "web ~/token Web(awsesame-alice)".to_owned()),
        ("above-web", format!("{WEB} > Above(awsesame-alice)")),
        (
            "above-web-for-long",
            format!("error: profile `above-web-for-long` asks for 7200 s of `arn:aws:iam::1:role/Above`, {CHAINED}"),
        ),
        (
            "no-role",
            "error: profile `no-role` has `web_identity_token_file`, but `role_arn` is not set".to_owned(),
        ),
        (
            "above-no-role",
            "error: profile `no-role` has `web_identity_token_file`, but `role_arn` is not set".to_owned(),
        ),
        (
            "relative",
            "error: profile `relative` has `web_identity_token_file = token`: expected a path that begins with `/` or `~/`"
                .to_owned(),
        ),
        ("process", "program of process".to_owned()),
        // Only AWS knows whether the session is a user's, whose first role may last longer.
        ("of-process", "program of process > OfProcess(awsesame-alice 7200)".to_owned()),
        (
            "above-of-process",
            format!("error: profile `above-of-process` asks for 7200 s of `arn:aws:iam::1:role/Above`, {CHAINED}"),
        ),
    ] {
        assert_eq!(line(&plan_of(PROFILES, profile)), expected, "{profile}");
    }
}

#[test]
fn what_is_asked_for_goes_to_what_is_delivered() {
    let asked = |profile| Asked { profile: Some(profile), duration: Some(1800), ..Asked::default() };
    for (profile, expected) in [
        ("web", "web /run/token Web(awsesame-alice 1800)"),
        ("above-web", "web /run/token Web(awsesame-alice) > Above(awsesame-alice 1800)"),
        ("process", "program of process"),
    ] {
        assert_eq!(line(&resolve(PROFILES, &asked(profile))), expected, "{profile}");
    }
}

#[test]
fn roles_share_the_root_that_they_stand_on_and_each_token_is_another_identity() {
    let plan = |profile| plan_of(PROFILES, profile).unwrap();
    assert_eq!(plan("web").root_id(), plan("above-web").root_id());
    assert_eq!(plan("web").lock_id(), plan("above-web").lock_id());
    assert_eq!(plan("process").root_id(), plan("of-process").root_id());
    let roots = ["web", "web-with-key", "web-of-program", "web-of-both", "process"];
    let ids: BTreeSet<String> = roots.iter().map(|root| plan(root).root_id()).collect();
    assert_eq!(ids.len(), roots.len());
    assert!(plan("web").root_id().starts_with("web-") && plan("process").root_id().starts_with("process-"));
    assert_eq!((plan("web").key(), plan("web").grant_id()), (None, None));
    assert_eq!(plan("web").last_role().unwrap().arn.role_name(), "Web");
}

#[test]
fn a_web_identity_takes_no_tags_because_its_token_has_them() {
    for (setting, value) in [("tags", "{ team = \"a\" }"), ("source_identity", "\"alice\"")] {
        let config =
            Config::read(&format!("[role]\n{setting} = {value}\n"), "config.toml", &BTreeMap::new()).unwrap();
        let plan = resolve(PROFILES, &Asked { profile: Some("web"), config, ..Asked::default() });
        assert_eq!(
            line(&plan),
            format!(
                "error: profile `web` assumes its role with a web identity, which takes no `role.{setting}`"
            )
        );
    }
}
