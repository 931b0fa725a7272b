//! Tests `policy probe`: what its calls prove, and that they change nothing.

use std::fmt::Write as _;

use awsesame_sandbox::{Fixture, Options};

use crate::world::World;

/// Users under one policy each.
const POLICIES: [(&str, &str); 5] = [
    // Denies what never matches a bare key.
    (
        "unsound",
        r#"[{ "Effect": "Allow", "Action": "*", "Resource": "*" },
            { "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "false" } } }]"#,
    ),
    // Meets bare keys, and nobody else without MFA.
    (
        "half",
        r#"[{ "Effect": "Allow", "Action": "*", "Resource": "*" },
            { "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": { "Null": { "aws:MultiFactorAuthPresent": "true" } } }]"#,
    ),
    ("nothing", r#"[{ "Effect": "Allow", "Action": "iam:GetUser", "Resource": "*" }]"#),
    (
        "buckets",
        r#"[{ "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "true" } } }]"#,
    ),
    (
        "minutes",
        r#"[{ "Effect": "Allow", "Action": "*", "Resource": "*" },
            { "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": { "NumericGreaterThanIfExists": { "aws:MultiFactorAuthAge": "300" } } }]"#,
    ),
];

pub(crate) fn world() -> World {
    let mut fixture = String::from("[[account]]\nid = \"123456789012\"\n");
    for (number, (user, statements)) in POLICIES.iter().enumerate() {
        let _ = writeln!(
            fixture,
            "[[user]]\nname = \"{user}\"\n\
             access_key = {{ id = \"AKIAIOSFODNN{number}EXAMPLE\", secret = \"wJalrXUtnFEMI/K7MDENG/bPxRfiCY{number}EXAMPLEKEY\" }}\n\
             devices = [{{ serial = \"arn:aws:iam::123456789012:mfa/{user}\", seed = \"ALICEALICEALICEALICEALICEALICE2{}\" }}]\n\
             policies.own = '''{{ \"Version\": \"2012-10-17\", \"Statement\": {statements} }}'''",
            number + 2
        );
    }
    World::of(&Fixture::parse(&fixture).expect("a fixture"), Options::default())
}

#[test]
fn every_service_is_called_where_a_services_section_has_it() {
    let world = World::new();
    world.config(
        "[profile alice]\nregion = us-east-1\nmfa_serial = arn:aws:iam::123456789012:mfa/alice\n\
         services = local\n\n[services local]\nsts =\n  endpoint_url = {URL}\niam =\n  endpoint_url = {URL}\n\
         s3 =\n  endpoint_url = {URL}\n",
    );
    world.log_in("alice");
    let ran = world.awsesame(&["policy", "probe", "-p", "alice"]).run().ok();
    assert!(ran.stdout.ends_with("s3:ListAllMyBuckets     refused   refused  answered\n"), "{ran}");
    assert_eq!(world.sandbox().count("ListBuckets"), 3, "with each kind of credentials");
}

#[test]
fn sound_policies_are_proven() {
    let world = World::new();
    for user in ["alice", "bob"] {
        world.log_in(user);
        world.awsesame(&["policy", "probe", "-p", user]).run().ok().prints(
            "CALL                    BARE KEY  NO MFA   MFA\n\
             iam:ListUsers           refused   refused  answered\n\
             iam:ListRoles           refused   refused  answered\n\
             iam:ListAccountAliases  refused   refused  answered\n\
             s3:ListAllMyBuckets     refused   refused  answered\n",
        );
    }
    let changes = |action: &str| !action.starts_with("List") && !action.starts_with("Get");
    let log = world.sandbox().log();
    assert!(!log.iter().any(|entry| changes(&entry.action)), "{log:?}");
}

#[test]
fn role_profile_is_about_the_user_behind_it() {
    let world = World::new();
    world.log_in("alice");
    let probe = world.awsesame(&["policy", "probe", "-p", "deploy"]).run().ok();
    probe.says("awsesame: MFA is enforced for the user of profile `deploy`: no call answered without it\n");
    assert_eq!(world.sandbox().count("AssumeRole"), 0);
}

#[test]
fn probe_shows_a_deny_that_does_not_match_bare_keys() {
    let world = world();
    world.log_in("unsound");
    world.awsesame(&["policy", "probe", "-p", "unsound"]).run().exits(1).says(
        "awsesame: MFA is not enforced for the user of profile `unsound`: these calls worked without MFA: iam:ListUsers, \
         iam:ListRoles, iam:ListAccountAliases, s3:ListAllMyBuckets\n\
         hint: attach a policy that enforces MFA: awsesame policy attach --user unsound --for self-service -p unsound\n",
    );
}

#[test]
fn session_without_mfa_is_tried_as_well() {
    let world = world();
    world.log_in("half");
    let probe = world.awsesame(&["policy", "probe", "-p", "half", "--json"]).run().exits(1);
    let line = probe.stdout.lines().next().expect("a report");
    let report: serde_json::Value = serde_json::from_str(line).expect("JSON");
    assert_eq!(
        (&report["verdict"], &report["actions"]),
        (&"not_enforced".into(), &vec!["s3:ListAllMyBuckets"].into())
    );
    assert_eq!(report["calls"][3]["bare_key"], "refused");
    assert_eq!(report["calls"][3]["session"], "answered");
}

#[test]
fn probe_of_a_user_without_permissions_proves_nothing() {
    let world = world();
    world.log_in("nothing");
    world.awsesame(&["policy", "probe", "-p", "nothing"]).run().exits(1).says(
        "awsesame: cannot tell whether MFA is enforced for the user of profile `nothing`: none of these calls is allowed \
         with MFA either, so a refusal proves nothing\n\
         hint: check its policies instead: awsesame policy check --user NAME -p nothing\n",
    );
    world.log_in("buckets");
    let one = world.awsesame(&["policy", "probe", "-p", "buckets"]).run().ok();
    assert!(one.stdout.ends_with("s3:ListAllMyBuckets     refused   refused  answered\n"), "{one}");
}

#[test]
fn code_that_is_too_old_must_be_refused_as_well() {
    let world = world();
    // To AWS, the code was given ten minutes ago.
    world.sandbox().set_clock_offset(-600);
    world.log_in("minutes");
    world.sandbox().set_clock_offset(0);
    let early = world.awsesame(&["policy", "probe", "-p", "minutes", "--max-age", "5m"]).run().exits(1);
    assert!(
        early.stderr.contains("ago, so whether one older than 5 min is refused was not tried"),
        "{early}"
    );
    std::thread::sleep(std::time::Duration::from_secs(2));
    // That login's code was of another clock's step, so this one need not wait for the next.
    std::fs::remove_dir_all(world.state().join("ledger")).expect("a ledger");
    let code = world.code("minutes");
    world
        .awsesame(&["policy", "probe", "-p", "minutes", "--max-age", "1"])
        .env("AWSESAME_CODE_SOURCE", "command")
        .env("AWSESAME_CODE_COMMAND_COMMAND", format!("echo {code}"))
        .run()
        .ok()
        .prints(
            "CALL                    BARE KEY  NO MFA   MFA       OLD MFA\n\
             iam:ListUsers           refused   refused  answered  refused\n\
             iam:ListRoles           refused   refused  answered  refused\n\
             iam:ListAccountAliases  refused   refused  answered  refused\n\
             s3:ListAllMyBuckets     refused   refused  answered  refused\n",
        );
}

#[test]
fn table_of_a_probe_fits_sixty_columns() {
    let world = world();
    world.log_in("minutes");
    world.pass(301);
    std::fs::remove_dir_all(world.state().join("ledger")).expect("a ledger");
    let probe = world
        .program("sh")
        .args(&["-c", "stty cols 60; awsesame policy probe -p minutes --max-age 1"])
        .env("AWSESAME_CODE_SOURCE", "command")
        .env("AWSESAME_CODE_COMMAND_COMMAND", format!("echo {}", world.code("minutes")))
        .pty()
        .wait()
        .ok();
    let table: Vec<&str> =
        probe.stderr.lines().skip_while(|line| !line.starts_with("CALL ")).take(5).collect();
    assert_eq!(table.len(), 5, "{probe}");
    for line in &table {
        assert!(line.chars().count() <= 60, "{line:?} is too wide: {probe}");
    }
    assert!(table[0].ends_with("  BARE KEY  NO MFA   MFA       OLD MFA"), "{probe}");
}
