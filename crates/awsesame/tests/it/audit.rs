//! Tests `audit` of one account, from the view of its user. Tables in the audit crate test the findings about each
//! user.

use awsesame_sandbox::{Fault, Fixture, Options};
use serde_json::Value;

use crate::world::World;

/// A user for each thing that can be found; alice is the one who may look.
pub(crate) const STAFF: &str = include_str!("audit.toml");

/// Returns the account of [`STAFF`], in which alice is logged in.
pub(crate) fn staffed() -> World {
    let world = World::of(&Fixture::parse(STAFF).unwrap(), Options::default());
    world.log_in("alice");
    world
}

/// Returns the first line of `--json`. The second line says how the audit ended.
pub(crate) fn report(stdout: &str) -> Value {
    serde_json::from_str(stdout.lines().next().unwrap()).unwrap()
}

#[test]
fn every_user_is_listed_with_what_is_wrong_worst_first() {
    let world = staffed();
    let ran = world.awsesame(&["audit", "-p", "alice"]).run().exits(1).says(
        "awsesame: the audit has findings: 4 critical, 5 high, 6 medium, 3 low\n\
         hint: see each finding with its remedy, on a page to share: awsesame audit --html audit.html -p alice\n",
    );
    let expected = "\
4 of 6 users with an access key can use AWS without MFA; of 1 user awsesame cannot tell
account 123456789012: 8 users; AWS made the report just now

SEVERITY  USER        FINDING                   DETAIL
critical  root        root has an access key    key 1, 1200 days old; last used 200 days ago (iam in us-east-1)
critical  root        root without MFA          no device is assigned
critical  bob         MFA on the console only   without MFA work iam:AttachUserPolicy, sts:GetFederationToken, cloudformation:SetStackPolicy and 22058 more; allowed by group Administrators, inline policy Everything
critical  bob         in use without MFA        key 1, last used 2 days ago (s3 in eu-central-1)
high      carol       MFA on the console only   without MFA work ec2:GetPasswordData, s3:GetObject, ec2:DisableImageBlockPublicAccess and 1003 more; allowed by group Unsound, policy Developer
high      deploy-bot  key works without MFA     without MFA work s3:GetObject, s3:ListAccessGrantsInstances and 79 more; allowed by policy Readers
high      carol       in use without MFA        key 2, last used 1 day ago (ec2 in us-east-1)
high      deploy-bot  in use without MFA        key 1, last used less than a day ago (s3 in eu-central-1)
high      erin        password without MFA      may sign in to the console without a device
medium    frank       MFA perhaps not enforced  statement 1: the value of `aws:SourceIp` is not known here
medium    deploy-bot  no MFA device             has a key, and could do nothing once MFA is enforced
medium    carol       key never used            key 1, 300 days old
medium    bob         key is old                key 1, 400 days old
medium    deploy-bot  key is old                key 1, 650 days old
medium    erin        password unused           last used 120 days ago
low       carol       password unused           never used, set 500 days ago
low       carol       two active keys           key 1: never used; key 2: last used 1 day ago (ec2 in us-east-1)
low       grace       inactive key              key 1, 900 days old

root has an access key
";
    assert!(ran.stdout.starts_with(expected), "{ran}");
    let command = "  for bob of 123456789012: awsesame policy attach --user bob -p alice\n";
    assert!(ran.stdout.contains(command), "{ran}");
    // A whole account takes a handful of calls, however many users there are.
    let asked = ["GenerateCredentialReport", "GetAccountAuthorizationDetails", "GetCredentialReport"];
    assert_eq!(asked.map(|action| world.sandbox().count(action)), [2, 1, 1]);
}

#[test]
fn printed_remedy_corrects_the_finding() {
    let world = staffed();
    let before = world.awsesame(&["audit", "-p", "alice", "--json"]).run().exits(1);
    let before = report(&before.stdout);
    let of = |report: &Value, name: &str| {
        let users = report["accounts"][0]["users"].as_array().unwrap();
        users.iter().find(|user| user["user"] == name).unwrap().clone()
    };
    assert_eq!(of(&before, "bob")["mfa"], "not_enforced");
    let first = &of(&before, "bob")["findings"][0];
    assert_eq!(first["finding"], "console_only_mfa");
    let command = first["command"].as_str().unwrap();
    let words: Vec<&str> = command.split(' ').skip(1).chain(["--yes", "-p", "alice"]).collect();
    world.awsesame(&words).run().ok();
    let after = world.awsesame(&["audit", "-p", "alice", "--json"]).run().exits(1);
    let after = report(&after.stdout);
    assert_eq!(of(&after, "bob")["mfa"], "enforced");
    let left = of(&after, "bob")["findings"].clone();
    let left: Vec<&Value> = left.as_array().unwrap().iter().map(|one| &one["finding"]).collect();
    assert_eq!(left, ["key_old"]);
}

#[test]
fn programs_read_everybody_and_spreadsheets_every_finding() {
    let fixture = STAFF.replace("name = \"frank\"", "name = \"=cmd|'/C calc'!A0\"");
    let world = World::of(&Fixture::parse(&fixture).unwrap(), Options::default());
    world.log_in("alice");
    let ran = world.awsesame(&["audit", "-p", "alice", "--json"]).run().exits(1);
    let report = report(&ran.stdout);
    assert_eq!(report["summary"]["users"], 8);
    assert_eq!(report["summary"]["users_with_open_key"], 4);
    assert_eq!(report["summary"]["findings"]["critical"], 4);
    let users = report["accounts"][0]["users"].as_array().unwrap();
    let alice = users.iter().find(|user| user["user"] == "alice").unwrap();
    assert_eq!((&alice["mfa"], &alice["findings"]), (&"enforced".into(), &Value::Array(Vec::new())));
    assert_eq!(alice["keys"][0]["active"], true);

    let sheet = world.awsesame(&["audit", "-p", "alice", "--csv"]).run().exits(1).stdout;
    let mut lines = sheet.lines();
    let head = "severity,finding,account,account_name,user,key,detail,remedy,command";
    assert_eq!(lines.next(), Some(head));
    assert_eq!(lines.count(), 18);
    assert!(sheet.contains("medium,unsure,123456789012,,'=cmd|'/C calc'!A0,,"), "{sheet}");
    // A terminal is not spoken to by names either.
    let fixture = STAFF.replace("name = \"frank\"", "name = \"\\u202efrank\"");
    let world = World::of(&Fixture::parse(&fixture).unwrap(), Options::default());
    world.log_in("alice");
    let ran = world.awsesame(&["audit", "-p", "alice"]).run().exits(1);
    assert!(ran.stdout.contains(r"\u{202e}frank"), "{ran}");
    assert!(!ran.stdout.contains('\u{202e}'), "{ran}");
}

#[test]
fn devices_with_and_without_codes_are_distinguished() {
    let device = "devices = [{ serial = \"arn:aws:iam::123456789012:mfa/frank\", seed = \"FRANKFRANKFRANKFRANKFRANKFRANK22\" }]";
    assert!(STAFF.contains(device));
    let fido =
        "devices = [{ serial = \"arn:aws:iam::123456789012:u2f/user/frank/key-EXAMPLE\", kind = \"fido\" }]";
    let world = World::of(&Fixture::parse(&STAFF.replace(device, fido)).unwrap(), Options::default());
    world.log_in("alice");
    let ran = world.awsesame(&["audit", "-p", "alice"]).run().exits(1);
    let line =
        "medium    frank       security key only         has an access key, and no device that gives codes\n";
    assert!(ran.stdout.contains(line), "{ran}");
    assert!(ran.stdout.contains("  for frank of 123456789012: awsesame mfa enroll --another\n"), "{ran}");
    // Only of those who have no virtual device is asked further.
    let asked = ["ListVirtualMFADevices", "ListMFADevices"];
    assert_eq!(asked.map(|action| world.sandbox().count(action)), [1, 1]);
}

#[test]
fn severity_that_fails_is_chosen() {
    let world = staffed();
    for (fail_on, counted) in [("critical", "4 critical"), ("high", "4 critical, 5 high")] {
        let error = format!("awsesame: the audit has findings: {counted}\n");
        let ran = world.awsesame(&["audit", "-p", "alice", "--fail-on", fail_on]).run().exits(1);
        assert!(ran.stderr.starts_with(&error), "{ran}");
    }
    world.awsesame(&["audit", "-p", "alice", "--fail-on", "never"]).run().ok().says("");
    // What is old is a matter of opinion.
    let ages = ["audit", "-p", "alice", "--older-than", "5y", "--unused-for", "10d"];
    let usage = world.awsesame(&ages).run().exits(2);
    assert!(usage.stderr.contains("90d"), "{usage}");
}

#[test]
fn report_that_is_never_ready_is_given_up_in_time() {
    let world = staffed();
    world.sandbox().set_report_delay(None);
    world.awsesame(&["audit", "-p", "alice", "--timeout", "1s"]).run().exits(1).says(
        "error: the credential report of account 123456789012 was not ready after 1 s\n\
         hint: give AWS more time: awsesame audit --timeout 10m -p alice\n",
    );
    world.sandbox().set_report_delay(Some(2));
    let ran = world.awsesame(&["audit", "-p", "alice", "--timeout", "1m"]).run().exits(1);
    assert!(ran.stderr.contains("awsesame: the audit has findings: 4 critical"), "{ran}");
}

#[test]
fn throttling_is_waited_out() {
    let world = staffed();
    for action in ["GenerateCredentialReport", "GetAccountAuthorizationDetails", "GetCredentialReport"] {
        world.sandbox().fail_next(action, Fault::Throttle);
    }
    let ran = world.awsesame(&["audit", "-p", "alice"]).run().exits(1);
    assert!(ran.stderr.contains("awsesame: the audit has findings: 4 critical"), "{ran}");
    assert_eq!(world.sandbox().count("GetCredentialReport"), 2);
}

#[test]
fn user_without_permission_sees_which_call_was_refused() {
    let world = staffed();
    world.log_in("frank");
    let ran = world.awsesame(&["audit", "-p", "frank"]).run().exits(1);
    let refused =
        "error: AWS does not allow GenerateCredentialReport: User: arn:aws:iam::123456789012:user/frank";
    assert!(ran.stderr.starts_with(refused), "{ran}");
    assert_eq!(ran.stdout, "");
}
