//! Tests the parameters with which roles are assumed: tags, session policies and the source identity from our own
//! settings, with a server that evaluates them.

use awsesame_sandbox::{Fixture, Options};

use crate::broker::by_token;
use crate::world::World;

const FILE: &str = ".config/awsesame/config.toml";

/// Three roles in two accounts, assumed one after the other. The first accepts tags and a source identity from a user
/// with a team; the second requires the team that the first passes on.
const FIXTURE: &str = r#"
    [[account]]
    id = "123456789012"
    [[account]]
    id = "210987654321"
    [[user]]
    name = "alice"
    access_key = { id = "AKIAIOSALICE7EXAMPLE", secret = "wJalrXUtnFEMI/K7MDENG/aliceKeyEXAMPLEKEY" }
    devices = [{ serial = "arn:aws:iam::123456789012:mfa/alice", seed = "ALICEALICEALICEALICEALICEALICE22" }]
    policies.All = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
    [[role]]
    name = "first"
    policies.All = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
    trust = '''{"Version":"2012-10-17","Statement":[
      {"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":["sts:AssumeRole","sts:SetSourceIdentity"]},
      {"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:TagSession",
       "Condition":{"StringLike":{"aws:RequestTag/team":"*"}}}]}'''
    [[role]]
    name = "second"
    account = "210987654321"
    policies.All = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
    trust = '''{"Version":"2012-10-17","Statement":[
      {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/first"},"Action":"sts:AssumeRole",
       "Condition":{"StringEquals":{"aws:PrincipalTag/team":"web","aws:SourceIdentity":"alice"}}}]}'''
    [[role]]
    name = "third"
    trust = '''{"Version":"2012-10-17","Statement":[
      {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::210987654321:role/second"},"Action":"sts:AssumeRole",
       "Condition":{"StringEquals":{"aws:PrincipalTag/team":"web","aws:SourceIdentity":"alice"}}}]}'''
    [[bucket]]
    name = "open"
    objects."one" = "1"
"#;

const CONFIG: &str = "\
[profile first]
region = us-east-1
endpoint_url = {URL}
role_arn = arn:aws:iam::123456789012:role/first
source_profile = alice

[profile second]
region = us-east-1
endpoint_url = {URL}
role_arn = arn:aws:iam::210987654321:role/second
source_profile = first

[profile third]
region = us-east-1
endpoint_url = {URL}
role_arn = arn:aws:iam::123456789012:role/third
source_profile = second
";

const TERMS: &str = "\
[profile.first.role]
tags = { team = 'web' }
transitive_tags = ['team']
source_identity = 'alice'
";

fn world() -> World {
    let world = World::of(&Fixture::parse(FIXTURE).unwrap(), Options::default());
    world.append_config(CONFIG);
    world
}

#[test]
fn tags_and_source_identity_reach_through_a_chain_of_three_roles_in_two_accounts() {
    let world = world();
    world.write(FILE, TERMS);
    world.log_in("alice");
    for (profile, account) in [("third", "123456789012"), ("second", "210987654321")] {
        world.awsesame(&["exec", "-p", profile, "--account", account, "--", "true"]).run().ok().says("");
    }
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
    assert_eq!(world.sandbox().count("AssumeRole"), 3, "one for each role");
}

#[test]
fn chain_of_roles_is_renewed_without_a_code_from_its_beginning() {
    let world = world();
    world.write(FILE, TERMS);
    world.log_in("alice");
    world.sandbox().set_lifetime(Some(8));
    world.awsesame(&["exec", "-p", "third", "--", "true"]).run().ok();
    world.pass(9);
    world.awsesame(&["exec", "-p", "third", "--no-input", "--", "true"]).run().ok().says("");
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
    assert_eq!(world.sandbox().count("AssumeRole"), 6);
}

#[test]
fn terms_that_are_changed_bring_another_role_session() {
    let world = world();
    world.log_in("alice");
    let assumed = |config: &str, variables: &[(&str, &str)]| {
        world.write(FILE, config);
        let mut run = world.awsesame(&["exec", "-p", "first", "--", "true"]);
        for (name, value) in variables {
            run = run.env(name, value);
        }
        run.run().ok();
        world.sandbox().count("AssumeRole")
    };
    assert_eq!(assumed("", &[]), 1);
    assert_eq!(assumed("", &[]), 1);
    assert_eq!(assumed(TERMS, &[]), 2);
    assert_eq!(assumed(TERMS, &[]), 2);
    assert_eq!(assumed("", &[]), 2, "the older session is still there, under its own id");
    assert_eq!(assumed("", &[("AWSESAME_ROLE_TAGS", "team=db")]), 3);
    assert_eq!(assumed("", &[("AWSESAME_ROLE_TAGS", "team=web")]), 4);
    assert_eq!(assumed("", &[]), 4);
    let policy = |text: &str| world.write("policy.json", text);
    let by_path = "role.policy = '~/policy.json'";
    policy(
        r#"{ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "s3:*", "Resource": "*" } }"#,
    );
    assert_eq!(assumed(by_path, &[]), 5);
    assert_eq!(assumed(by_path, &[]), 5);
    policy(
        r#"{ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "iam:*", "Resource": "*" } }"#,
    );
    assert_eq!(assumed(by_path, &[]), 6, "another policy in the same file");
}

#[test]
fn session_policy_leaves_only_what_it_allows() {
    let world = world();
    world.write(
        FILE,
        "[profile.first.role]\npolicy = '''\n{ \"Version\": \"2012-10-17\", \"Statement\": { \"Effect\": \"Allow\",\n\
           \"Action\": \"sts:GetCallerIdentity\", \"Resource\": \"*\" } }'''\n",
    );
    world.log_in("alice");
    world.awsesame(&["exec", "-p", "first", "--", "true"]).run().ok();
    // The role may assume anything; its session may not.
    let ran = world.awsesame(&["exec", "-p", "second", "--", "true"]).run().exits(1);
    assert!(ran.stderr.contains("`arn:aws:iam::210987654321:role/second` cannot be assumed"), "{ran}");
}

#[test]
fn terms_that_a_role_does_not_take_are_told_by_their_names() {
    let world = world();
    world.log_in("alice");
    for (variable, value, what) in [
        (
            "AWSESAME_ROLE_TAGS",
            "place=attic",
            "session tags from you: its trust policy or your own policies lack `sts:TagSession`",
        ),
        ("AWSESAME_ROLE_POLICY_ARNS", "arn:aws:iam::123456789012:policy/none", ""),
    ] {
        let ran = world.awsesame(&["env", "-p", "first"]).env(variable, value).run().exits(1);
        assert!(ran.stderr.contains(what), "{ran}");
    }
    let ran = world
        .awsesame(&["env", "-p", "first"])
        .env("AWSESAME_ROLE_POLICY", r#"{"Version":"2012-10-17","Statement":{"Effect":"Maybe"}}"#)
        .run();
    ran.fails(
        1,
        "AWS refuses `arn:aws:iam::123456789012:role/first` with the tags and policies that are set: \
         Syntax errors in policy: line 1, column 54: unknown effect `Maybe`; there are `Allow` and `Deny`",
        "see what is set, and where: awsesame config show -p first",
    );
    world.write(FILE, "role.policy = '~/nowhere.json'");
    world.awsesame(&["env", "-p", "first"]).run().exits(1);
    // A command that needs no role does not fail because of it.
    world.awsesame(&["exec", "-p", "alice", "--", "true"]).run().ok();
}

#[test]
fn broker_serves_a_session_that_variables_shaped_and_makes_none_without_them() {
    let world = world();
    world.log_in("alice");
    world.sandbox().set_lifetime(Some(6));
    // The broker is to follow the clock from its start.
    world.pass(0);
    let run = world.awsesame(&["exec", "-p", "first", "--", "true"]);
    run.env("AWSESAME_ROLE_TAGS", "team=web").run().ok();
    world.awsesame(&["broker", "start"]).run().ok();
    assert!(by_token(&world, "first").stdout.starts_with("200 "));
    world.pass(7);
    let ran = by_token(&world, "first");
    assert!(!ran.stdout.starts_with("200 "), "{ran}");
    assert!(ran.stdout.contains("awsesame login -p first"), "{ran}");
    assert_eq!(world.sandbox().count("AssumeRole"), 1);
}
