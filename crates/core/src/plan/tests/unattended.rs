//! Tests plans whose credentials need no person.

use std::collections::{BTreeMap, BTreeSet};

use super::{Asked, line, master, plain, plan_of, resolve};
use crate::config::Config;
use crate::plan::EnvironmentFacts;

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

fn by_environment(token_file: Option<&str>, role: Option<&str>) -> EnvironmentFacts {
    EnvironmentFacts {
        web_identity_token_file: token_file.map(str::to_owned),
        role_arn: role.map(str::to_owned),
        ..EnvironmentFacts::default()
    }
}

#[test]
fn a_web_identity_of_the_environment_comes_where_the_aws_cli_has_it() {
    const FILES: &str = "
        [dev]
        aws_access_key_id = AKIADEV
        aws_secret_access_key = s
        [portal]
        sso_start_url = https://d-1.awsapps.com/start
        sso_region = us-east-1
        sso_account_id = 123456789012
        sso_role_name = Admin
        [signed-in]
        login_session = arn:aws:iam::123456789012:user/alice
        [printed]
        credential_process = print
        [assumed]
        role_arn = arn:aws:iam::1:role/Own
        source_profile = dev
        [alone]
        role_arn = arn:aws:iam::1:role/Own
        [web]
        role_arn = arn:aws:iam::1:role/Own
        web_identity_token_file = /own
        role_session_name = own
    ";
    const KEYS: &str = "
        [default]
        aws_access_key_id = AKIADEFAULT
        aws_secret_access_key = s
    ";
    const ROLE: &str = "arn:aws:iam::1:role/Env";
    const ENV: &str = "web /env Env(awsesame-alice)";
    let (token, role) = (Some("/env"), Some(ROLE));
    let both = || by_environment(token, role);
    let key = |facts| plain(facts);
    for (files, profile, environment, expected) in [
        // Without any file at all.
        ("", None, both(), ENV),
        ("", Some("default"), both(), ENV),
        ("", None, key(both()), "AKIAPLAIN of key `AKIAPLAIN` session 43200 []"),
        ("", None, master(both()), "AKIAMASTER of key `AKIAMASTER` session 43200 []"),
        (
            "",
            None,
            EnvironmentFacts { role_session_name: Some("pod".to_owned()), ..both() },
            "web /env Env(pod)",
        ),
        (KEYS, None, both(), ENV),
        (KEYS, None, key(both()), "AKIAPLAIN of key `AKIAPLAIN` session 43200 []"),
        // The keys of the profile come after it, but not a role that it assumes from another source.
        (FILES, Some("dev"), both(), ENV),
        (FILES, Some("portal"), both(), ENV),
        (FILES, Some("signed-in"), both(), ENV),
        (FILES, Some("printed"), both(), ENV),
        (FILES, Some("assumed"), both(), "AKIADEV of profile `dev` session 43200 [] > Own(awsesame-alice)"),
        (
            FILES,
            Some("alone"),
            both(),
            "error: profile `alone` has `role_arn` but neither `source_profile` nor `credential_source`",
        ),
        // Each variable has the meaning of the setting of the same name.
        (FILES, Some("web"), both(), "web /env Env(own)"),
        (FILES, Some("web"), by_environment(token, None), "web /env Own(own)"),
        (FILES, Some("web"), by_environment(None, role), "web /own Env(own)"),
        (
            FILES,
            Some("web"),
            EnvironmentFacts { role_session_name: Some("pod".to_owned()), ..both() },
            "web /env Env(pod)",
        ),
        (FILES, Some("dev"), by_environment(None, role), "AKIADEV of profile `dev` session 43200 []"),
        (
            "",
            None,
            by_environment(token, None),
            "error: the environment has `AWS_WEB_IDENTITY_TOKEN_FILE`, but `AWS_ROLE_ARN` is not set",
        ),
        (
            FILES,
            Some("dev"),
            by_environment(token, None),
            "error: the environment has `AWS_WEB_IDENTITY_TOKEN_FILE`, but `AWS_ROLE_ARN` is not set",
        ),
        (
            "",
            None,
            by_environment(Some("token"), role),
            "error: `token` is not a value for AWS_WEB_IDENTITY_TOKEN_FILE: expected a path that begins with `/`",
        ),
        (
            "",
            None,
            by_environment(token, Some("arn:aws:iam::1:user/alice")),
            "error: `arn:aws:iam::1:user/alice` is not a value for AWS_ROLE_ARN: expected the ARN of a role (`arn:aws:iam::ACCOUNT:role/NAME`)",
        ),
        (FILES, Some("typo"), both(), "error: profile `typo` is not in `~/.aws/config`"),
    ] {
        let plan = resolve(files, &Asked { profile, environment, ..Asked::default() });
        assert_eq!(line(&plan), expected, "{profile:?}");
    }
    // As a source it is the profile's own that counts.
    let above = format!("{FILES}\n[above]\nrole_arn = arn:aws:iam::1:role/Above\nsource_profile = web\n");
    let asked = Asked { profile: Some("above"), environment: both(), ..Asked::default() };
    assert_eq!(line(&resolve(&above, &asked)), "web /own Own(own) > Above(awsesame-alice)");
}

#[test]
fn a_web_identity_of_the_environment_is_not_for_whoever_reads_the_files() {
    let environment = by_environment(Some("/run/token"), Some("arn:aws:iam::1:role/Web"));
    let plan = resolve("", &Asked { environment, ..Asked::default() }).unwrap();
    assert!(!plan.begins_in_a_profile());
    assert_eq!(plan.instead_of_a_key(), Some("AWS_WEB_IDENTITY_TOKEN_FILE"));
    assert_eq!(plan.subject.to_string(), "profile `default`");
    assert!(plan_of(PROFILES, "web").unwrap().begins_in_a_profile());
    // One token for one role is one session, wherever it is written.
    assert_eq!(plan.root_id(), plan_of(PROFILES, "web").unwrap().root_id());
}

#[test]
fn requested_duration_applies_to_the_last_role() {
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
