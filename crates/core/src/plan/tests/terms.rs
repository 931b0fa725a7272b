//! Tests the terms of roles: their tags, policies and limits, from the settings and the variables.

use std::collections::{BTreeMap, BTreeSet};

use super::{Asked, line, resolve};
use crate::config::Config;
use crate::fault::Fault;
use crate::plan::{Plan, SessionPolicy, Terms};

const TEXT: &str = "
    [k]
    aws_access_key_id = AKIA
    aws_secret_access_key = s
    [a]
    role_arn = arn:aws:iam::1:role/A
    source_profile = k
    [b]
    role_arn = arn:aws:iam::2:role/B
    source_profile = a
    [long]
    role_arn = arn:aws:iam::1:role/Long
    source_profile = k
    duration_seconds = 7200
";

fn plan_with(profile: &str, config: &str, variables: &[(&'static str, &str)]) -> Result<Plan, Fault> {
    let variables: BTreeMap<_, _> =
        variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let config = Config::read(config, "config.toml", &variables)?;
    resolve(TEXT, &Asked { profile: Some(profile), config, ..Asked::default() })
}

fn terms_of(plan: &Plan) -> Vec<Terms> {
    plan.roles.iter().map(|role| role.terms.clone()).collect()
}

#[test]
fn each_role_of_a_chain_has_the_terms_of_its_own_profile() {
    let config = "
        [profile.a.role]
        tags = { team = 'web', Cost = '7' }
        transitive_tags = ['team']
        source_identity = 'alice'
        [profile.b.role]
        policy = '''{ \"Version\": \"2012-10-17\",
            \"Statement\": [ { \"Sid\": \"a b\\\\\\\" c\" } ] }'''
        policy_arns = ['arn:aws:iam::aws:policy/ReadOnlyAccess']
    ";
    let a = Terms {
        tags: vec![("Cost".into(), "7".into()), ("team".into(), "web".into())],
        transitive: vec!["team".into()],
        source_identity: Some("alice".into()),
        ..Terms::default()
    };
    let b = Terms {
        policy: Some(SessionPolicy::Text(
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"a b\\\" c"}]}"#.into(),
        )),
        policy_arns: vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".into()],
        ..Terms::default()
    };
    assert_eq!(terms_of(&plan_with("b", config, &[]).unwrap()), [a, b]);
}

#[test]
fn general_terms_count_for_every_role_and_variables_for_the_one_asked_for() {
    let identity = |terms: Vec<Terms>| -> Vec<Option<String>> {
        terms.into_iter().map(|terms| terms.source_identity).collect()
    };
    let config = "role.source_identity = 'everybody'\n[profile.a.role]\nsource_identity = 'own'";
    let told = |variables| identity(terms_of(&plan_with("b", config, variables).unwrap()));
    assert_eq!(told(&[]), [Some("own".into()), Some("everybody".into())]);
    assert_eq!(told(&[("AWSESAME_ROLE_SOURCE_IDENTITY", "now")]), [Some("own".into()), Some("now".into())]);
    let plan = plan_with("b", "", &[("AWSESAME_ROLE_TAGS", "team=web 'place=the attic'")]).unwrap();
    let tags = [("place".into(), "the attic".into()), ("team".into(), "web".into())];
    assert_eq!(terms_of(&plan)[1].tags, tags);
    assert!(terms_of(&plan)[0].is_empty());
}

#[test]
fn roles_on_other_terms_have_other_ids() {
    let configs = [
        "",
        "role.tags = { team = 'web' }",
        "role.tags = { team = 'web' }\nrole.transitive_tags = ['team']",
        "role.tags = { teamweb = '' }",
        "role.policy = '{\"Statement\":[]}'",
        "role.policy = '{\"Statement\":[{}]}'",
        "role.policy_arns = ['arn:aws:iam::aws:policy/ReadOnlyAccess']",
        "role.source_identity = 'alice'",
    ];
    for profile in ["a", "b", "long"] {
        let ids: BTreeSet<String> =
            configs.iter().map(|config| plan_with(profile, config, &[]).unwrap().session_id()).collect();
        assert_eq!(ids.len(), configs.len(), "{profile}");
    }
    // The session beneath them is one and the same.
    let roots: BTreeSet<String> =
        configs.iter().map(|config| plan_with("a", config, &[]).unwrap().root_id()).collect();
    assert_eq!(roots.len(), 1);
}

#[test]
fn policy_in_a_file_is_the_policy_itself_once_it_is_read() {
    for profile in ["a", "long"] {
        let mut plan = plan_with(profile, "role.policy = '~/p.json'", &[]).unwrap();
        plan.read_policies(|path| {
            assert_eq!(path, "~/p.json");
            Ok("{\n  \"Statement\": []\n}\n".to_owned())
        })
        .unwrap();
        let inline = plan_with(profile, "role.policy = '{\"Statement\":[]}'", &[]).unwrap();
        assert_eq!(plan, inline);
    }
    let mut plan = plan_with("a", "role.policy = '/p.json'", &[]).unwrap();
    let fault = plan.read_policies(|_| Ok("{}".to_owned())).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "the session policy of profile `a` in `/p.json` cannot be used: it has no `Statement`"
    );
}

#[test]
fn terms_that_aws_would_not_take_are_refused_where_they_stand() {
    let many =
        format!("role.tags = {{ {} }}", (0..51).map(|n| format!("k{n} = ''")).collect::<Vec<_>>().join(", "));
    let long = format!("role.policy = '{{\"Statement\":\"{}\"}}'", "x".repeat(2048));
    let arns = format!("role.policy_arns = [{}]", "'arn:aws:iam::aws:policy/X',".repeat(11));
    for (config, expected) in [
        (many.as_str(), "`role.tags` must be at most 50 tags"),
        (
            "role.tags = { Team = 'a', team = 'b' }",
            "`role.tags` must be tags whose keys differ in more than their case",
        ),
        ("role.tags = { \"aws:team\" = 'a' }", "`role.tags` must be tags with keys of 1 to 128"),
        ("role.tags = { team = 'a*' }", "`role.tags` must be tags with keys of 1 to 128"),
        ("role.tags = { \"\" = 'a' }", "`role.tags` must be tags with keys of 1 to 128"),
        ("role.tags = { team = 7 }", "`role.tags` must be names with values"),
        (
            "role.transitive_tags = ['team']",
            "`role.transitive_tags` must be a list of keys that `role.tags` has",
        ),
        ("role.policy = 'p.json'", "`role.policy` must be a policy in JSON, or the path"),
        (
            "role.policy = '{ oops'",
            "session policy of profile `a` in `config.toml:1` cannot be used: key must be a string",
        ),
        ("role.policy = '{\"Statement\":\"€\"}'", "cannot be used: AWS takes no `€` there"),
        (&long, "cannot be used: it has 2064 characters, and AWS takes 2048"),
        (&arns, "`role.policy_arns` must be a list of at most 10 ARNs"),
        ("role.policy_arns = ['ReadOnlyAccess']", "`role.policy_arns` must be a list of at most 10 ARNs"),
        ("role.source_identity = 'a b'", "`role.source_identity` must be 2 to 64 letters"),
        ("role.source_identity = 'aws:x'", "`role.source_identity` must be 2 to 64 letters"),
    ] {
        let said = line(&plan_with("a", config, &[]));
        assert!(said.contains(expected), "{config}: {said}");
    }
    let said = line(&plan_with("a", "", &[("AWSESAME_ROLE_SOURCE_IDENTITY", "x")]));
    assert_eq!(
        said,
        "error: `\"x\"` is not a value for AWSESAME_ROLE_SOURCE_IDENTITY: expected 2 to 64 letters, digits or any of `_+=,.@-`"
    );
    // A plan for the key alone does not check the settings of roles.
    assert!(plan_with("k", "role.source_identity = 'x'", &[]).is_ok());
}
