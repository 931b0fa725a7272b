//! Tests `awsesame explain` for people and for programs. The provenance crate tests the rules of the clients as tables,
//! and `explained` compares them with the real clients.

use crate::world::World;

const KEYS: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "AKIAELSEWHERE"), ("AWS_SECRET_ACCESS_KEY", "nobody-knows")];

#[test]
fn profile_is_explained_with_its_plan_its_session_and_its_lines() {
    let world = World::new();
    world.log_in("alice");
    world.awsesame(&["process", "-p", "deploy"]).reveals_credentials().run().ok();
    let calls = world.sandbox().log().len();
    world.awsesame(&["explain", "-p", "deploy"]).run().ok().says("").prints(
        "\
Told to use profile `deploy`, AWS's tools are:
  AWS CLI, boto3, Go v2, Java v2, JavaScript  role `deploy` of account 123456789012 of profile `deploy` \
(~/.aws/config:23), assumed with key `AKIAIOSALICE7EXAMPLE` of profile `alice` (~/.aws/credentials:2)
  Go v1                                       what this machine's metadata has, if it has any (EC2)
  Java v1                                     nobody: there is no profile `deploy`

Plan of profile `deploy`:
  1. long-term key `AKIAIOSALICE7EXAMPLE` of profile `alice`
  2. an MFA session of 12 h, with a code of `arn:aws:iam::123456789012:mfa/alice`
  3. role `arn:aws:iam::123456789012:role/deploy` for 1 h, renewed without a code

Session:
  role deploy, account 123456789012 (profile `deploy`), until {CLOCK} ({SPAN} left), MFA {AGE} old, store kernel
  no tool uses it here; to use it: awsesame exec deploy -- aws s3 ls

Where that is written:
  SETTING                PROFILE  VALUE                                  WHERE
  region                 deploy   us-east-1                              ~/.aws/config:21
  endpoint_url           deploy   {URL}                 ~/.aws/config:22
  role_arn               deploy   arn:aws:iam::123456789012:role/deploy  ~/.aws/config:23
  source_profile         deploy   alice                                  ~/.aws/config:24
  region                 alice    us-east-1                              ~/.aws/config:2
  endpoint_url           alice    {URL}                 ~/.aws/config:3
  mfa_serial             alice    arn:aws:iam::123456789012:mfa/alice    ~/.aws/config:4
  aws_access_key_id      alice    AKIAIOSALICE7EXAMPLE                   ~/.aws/credentials:2
  aws_secret_access_key  alice    (not shown)                            ~/.aws/credentials:3
",
    );
    assert_eq!(world.sandbox().log().len(), calls);
}

#[test]
fn ignored_credentials_are_shown_once_with_a_command() {
    let world = World::new();
    let explain = || {
        let run = world.awsesame(&["explain"]).env("AWS_PROFILE", "bob").env("AWS_DEFAULT_PROFILE", "alice");
        KEYS.iter().fold(run, |run, (name, value)| run.env(name, value))
    };
    let text = explain().run().ok().says("").stdout;
    let top = text.split("\nPlan of").next().unwrap();
    assert_eq!(
        top,
        "\
AWS's tools are here:
  AWS CLI, boto3, Go, Java  key `AKIAELSEWHERE` of AWS_ACCESS_KEY_ID, a long-term key without MFA
  JavaScript                key `AKIAIOSFOBOB7EXAMPLE` of profile `bob` (~/.aws/credentials:6), a long-term key in the \
clear, without MFA

What is there too:
  AWS_PROFILE, which names profile `bob`: AWS_DEFAULT_PROFILE comes first
      ignored by AWS CLI v1, boto3
      to have it used: unset AWS_DEFAULT_PROFILE
  key `AKIAIOSALICE7EXAMPLE` of profile `alice` (~/.aws/credentials:2)
      ignored by AWS CLI v1, boto3
      to have it used: unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
  AWS_DEFAULT_PROFILE, which names profile `alice`: AWS_PROFILE comes first
      ignored by AWS CLI v2, Go v2
      to have it used: unset AWS_PROFILE
  key `AKIAIOSFOBOB7EXAMPLE` of profile `bob` (~/.aws/credentials:6)
      ignored by AWS CLI v2, Go, Java
      to have it used: unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
  AWS_DEFAULT_PROFILE, which names profile `alice`: it is not read
      ignored by Go v1, Java, JavaScript
  key `AKIAELSEWHERE` of AWS_ACCESS_KEY_ID
      ignored by JavaScript
      to have it used: unset AWS_PROFILE AWS_DEFAULT_PROFILE
"
    );
    let fish = explain().env("SHELL", "/usr/bin/fish").run().ok().stdout;
    assert_eq!(fish.replace("set -e AWS", "unset AWS"), text);
}

#[test]
fn our_own_session_is_known_again_and_so_is_an_expired_one() {
    let world = World::new();
    world.log_in("alice");
    let inside = world.awsesame(&["exec", "-p", "alice", "--", "awsesame", "explain"]).run().ok().says("");
    let line = inside.stdout.lines().nth(1).unwrap();
    assert!(line.contains(" of AWS_ACCESS_KEY_ID: our session of profile `alice`, "), "{inside}");
    let json =
        world.awsesame(&["exec", "-p", "alice", "--", "awsesame", "explain", "--json"]).run().ok().json();
    for client in json["clients"].as_array().unwrap() {
        assert_eq!(client["uses"]["session_of"], "alice", "{client}");
    }
    assert_eq!(json["session"]["profile"], "alice");
    let path = world.path(".aws/credentials").display().to_string();
    assert!(
        json["facts"]
            .as_array()
            .unwrap()
            .iter()
            .any(|fact| fact["file"] == path.as_str() && fact["line"] == 2)
    );

    let old = world.awsesame(&["explain"]).env("AWS_SESSION_TOKEN", "nobody-knows");
    let old = old.env("AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z");
    let old = KEYS.iter().fold(old, |run, (name, value)| run.env(name, value)).run().ok();
    assert!(old.stdout.lines().nth(1).unwrap().contains("AWS_ACCESS_KEY_ID, which expired "), "{old}");
}

#[test]
fn withheld_keys_and_roles_that_want_a_code_are_told_with_what_to_type() {
    let world = World::new();
    let withheld =
        world.awsesame(&["explain"]).env("AWS_PROFILE", "login needed: awsesame login -p bob").run().ok();
    let line = withheld.stdout.lines().nth(1).unwrap();
    assert_eq!(
        line,
        "  AWS CLI, boto3, Go v2    nobody, as it should be: login needed: awsesame login -p bob"
    );

    world.change_config(
        "role_arn = arn:aws:iam::123456789012:role/deploy",
        "role_arn = arn:aws:iam::123456789012:role/deploy\nmfa_serial = GAHT12345678",
    );
    let role = world.awsesame(&["explain", "-p", "deploy"]).run().ok();
    let line = role.stdout.lines().nth(2).unwrap();
    let expected = "  Go v2, JavaScript  nobody: profile `deploy` wants an MFA code for its role (~/.aws/config:23), and this SDK \
                    cannot ask; type: awsesame exec -p deploy -- COMMAND";
    assert_eq!(line, expected);
}

#[test]
fn explaining_works_without_files_without_a_plan_and_with_a_broken_one() {
    let world = World::new();
    std::fs::remove_dir_all(world.path(".aws")).unwrap();
    let ran = world.awsesame(&["explain"]).run().ok().says("");
    assert!(ran.stdout.contains("Plan of profile `default`:\n  none: "), "{ran}");
    world.write(".aws/config", "[profile dev\n");
    let ran = world.awsesame(&["explain", "-p", "dev", "--json"]).run().ok().json();
    assert_eq!(ran["plan"]["error"], "config_broken", "{ran}");
}

/// Runs a line in a terminal of 60 columns.
fn on_60_columns(world: &World, line: &str) -> String {
    let script = format!("stty cols 60; awsesame {line}");
    world.program("sh").args(&["-c", &script]).pty().wait().ok().stderr
}

#[test]
fn explanation_fits_sixty_columns_with_the_whole_name_of_each_setting() {
    let world = World::new();
    world.log_in("alice");
    let text = on_60_columns(&world, "explain -p deploy");
    let (clients, rest) = text.split_once("\n\nPlan of ").unwrap();
    let (_, facts) = rest.split_once("Where that is written:\n").unwrap();
    for line in clients.lines().chain(facts.lines()) {
        assert!(line.chars().count() <= 60, "{line:?} is too wide:\n{text}");
    }
    assert!(
        clients.contains(
            "  AWS CLI, boto3, Go v2, Java v2, JavaScript:\n      role `deploy` of account 123456789012"
        ),
        "{text}"
    );
    assert!(facts.contains("  aws_secret_access_key  (not shown)"), "{text}");
    assert!(facts.contains("…"), "{text}");
}
