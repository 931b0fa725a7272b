//! Tests `policy show` and `policy check`. The policy crate tests which policies are sound.

use awsesame_sandbox::{Fixture, Options};

use crate::need::need;
use crate::world::World;

/// A `Deny` that never matches a bare key, so anybody who has the key can change the devices.
const UNSOUND: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "ForceMfa",
      "Effect": "Deny",
      "NotAction": ["iam:*MFA*", "sts:GetSessionToken"],
      "Resource": "*",
      "Condition": {
        "Bool": { "aws:MultiFactorAuthPresent": "false" }
      }
    }
  ]
}
"#;

#[test]
fn every_policy_that_is_shown_passes_the_check() {
    let world = World::new();
    for purpose in ["admin-group", "self-service", "max-age"] {
        let shown = world.awsesame(&["policy", "show", "--for", purpose]).run().ok().says("");
        let check = world.awsesame(&["policy", "check", "-"]).stdin(&shown.stdout).run().ok().says("");
        assert!(check.stdout.starts_with("-: MFA is enforced\n"), "{purpose}: {check}");
        // With `--strict`, a verdict that depends only on an Allow is refused.
        let strict = world.awsesame(&["policy", "check", "-", "--strict"]).stdin(&shown.stdout).run();
        assert_eq!(
            strict.stderr.contains("without a Deny, the policy of a resource"),
            purpose == "admin-group",
            "{strict}"
        );
    }
    let shown = world.awsesame(&["policy", "show", "--for", "enrollment"]).run().ok();
    let check = world.awsesame(&["policy", "check", "-", "--json"]).stdin(&shown.stdout).run().exits(1);
    assert!(check.stdout.contains("\"verdict\":\"enforced_but_for_enrollment\""), "{check}");
}

#[test]
fn stdout_and_stderr_show_the_same_verdict() {
    let world = World::new();
    let file = |name: &str, statements: &str| {
        world.write(name, &format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#));
        world.path(name).display().to_string()
    };
    let deny = |more: &str| {
        format!(
            r#"{{"Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": {{"BoolIfExists": {{"aws:MultiFactorAuthPresent": "false"}}{more}}}}}"#
        )
    };
    let (secure, plain) = (
        deny(r#", "Bool": {"aws:SecureTransport": "true"}"#),
        deny(r#", "Bool": {"aws:SecureTransport": "false"}"#),
    );
    let together = file("together.json", &format!("{secure}, {plain}"));
    let harmless = r#"{"Effect": "Allow", "Action": ["iam:GetUser", "iam:ListMFADevices"], "Resource": "*"}"#;
    let beside = file("beside.json", &format!("{}, {harmless}", deny("")));
    for sound in [together, beside] {
        let check = world.awsesame(&["policy", "check", &sound]).run().ok().says("");
        assert!(check.stdout.starts_with(&format!("{sound}: MFA is enforced\n")), "{check}");
    }
    let alone = file("alone.json", &secure);
    let check = world.awsesame(&["policy", "check", &alone]).run().exits(1);
    assert!(check.stdout.starts_with(&format!("{alone}: MFA is not enforced: ")), "{check}");
    assert!(check.stderr.starts_with("awsesame: MFA is not enforced by "), "{check}");
    // A trust policy is not an identity policy, so it is judged on its own.
    let trust =
        world.awsesame(&["policy", "show", "--for", "role-trust", "--account", "123456789012"]).run().ok();
    let check = world.awsesame(&["policy", "check", "-"]).stdin(&trust.stdout).run().exits(1);
    assert!(check.stdout.starts_with("-: cannot tell whether MFA is enforced\n"), "{check}");
    assert!(check.stdout.contains("an identity policy has no `Principal`, and IAM refuses it"), "{check}");
    assert!(!check.stdout.contains("a policy that allows everything"), "{check}");
}

#[test]
fn what_is_open_is_closed_by_a_boundary_or_the_organization_as_the_check_says() {
    let world = World::new();
    let file = |name: &str, text: &str| {
        world.write(name, text);
        world.path(name).display().to_string()
    };
    let open = file("open.json", r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#);
    let check = world.awsesame(&["policy", "check", &open]).run().exits(1);
    let named = "\n  A Deny in this user's permissions boundary closes every way around: awsesame policy show --for boundary\n\
                 \n  A policy of the organization closes it too, except in the management account: awsesame policy show --for organization\n";
    assert!(check.stdout.contains(named), "{check}");
    let shown = |purpose: &str| world.awsesame(&["policy", "show", "--for", purpose]).run().ok().stdout;
    let limit = file("limit.json", &shown("boundary"));
    let within = world.awsesame(&["policy", "check", &open, "--boundary", &limit, "--strict"]).run().ok();
    assert!(within.stdout.starts_with(&format!("{open}: MFA is enforced\n")), "{within}");
    assert!(!within.stdout.contains("closes"), "{within}");
    let control = world.awsesame(&["policy", "check", "-"]).stdin(shown("organization")).run().ok();
    assert!(control.stdout.starts_with("-: MFA is enforced\n"), "{control}");
    let hcl = world.awsesame(&["policy", "show", "--for", "organization", "--format", "hcl"]).run().ok();
    assert!(hcl.stdout.starts_with("resource \"aws_organizations_policy\" "), "{hcl}");
}

#[test]
fn unsound_statement_is_named_by_line_with_the_one_that_is_sound() {
    let world = World::new();
    world.write("policy.json", UNSOUND);
    let path = world.path("policy.json").display().to_string();
    let check = world.awsesame(&["policy", "check", &path]).run().exits(1).says(
        "awsesame: MFA is not enforced by {HOME}/policy.json\nhint: see a policy that enforces MFA: \
         awsesame policy show --for self-service\n",
    );
    let mended = UNSOUND.replace("\"Bool\"", "\"BoolIfExists\"");
    let lines: Vec<&str> = mended.lines().skip(3).take(9).collect();
    let statement = lines.join("\n");
    let found = format!("{path}:10: statement `ForceMfa`: this Deny never meets a bare key: ");
    assert!(check.stdout.contains(&found), "{check}");
    assert!(
        check.stdout.contains(&format!("  corrected:\n{statement}\n")),
        "{statement}\nis not in\n{check}"
    );
    let open = format!(
        "{path}:4: statement `ForceMfa`: this Deny leaves open without MFA: iam:DeactivateMFADevice, "
    );
    assert!(check.stdout.contains(&open), "{check}");
    assert!(check.stdout.lines().count() < 50, "it is a screen: {check}");
    let all = world.awsesame(&["policy", "check", &path, "--all"]).run().exits(1);
    assert!(all.stdout.contains("dynamodb:DeleteTable"), "everything is named");
}

#[test]
fn text_of_a_policy_cannot_control_the_terminal() {
    let world = World::new();
    let statement = r#"{"Sid": "\u001b[2Ja\u202eb", "Effect": "Allow", "Action": "s3:\u001b[31m", "Resource": "*",
        "Condition": {"Boo\u001bl": {"aws:MultiFactorAuthPresent": "true"}}}"#;
    let document = format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#);
    let check = world.awsesame(&["policy", "check", "-"]).stdin(&document).run().exits(1);
    assert!(!check.stdout.contains(['\u{1b}', '\u{202e}']), "{check}");
    assert!(!check.stderr.contains(['\u{1b}', '\u{202e}']), "{check}");
    assert!(check.stdout.contains(r"statement `\u{1b}[2Ja\u{202e}b`"), "{check}");
}

#[test]
fn programs_read_the_verdict_as_json() {
    let world = World::new();
    world.write("policy.json", UNSOUND);
    let path = world.path("policy.json").display().to_string();
    let report = world.awsesame(&["policy", "check", &path, "--json"]).run().exits(1);
    let report: serde_json::Value =
        serde_json::from_str(report.stdout.lines().next().expect("a report")).expect("JSON");
    assert_eq!(report["verdict"], "not_enforced");
    assert_eq!(report["beside_everything"], true);
    assert_eq!(report["findings"][0]["flaw"], "deny_spares_bare_key");
    assert_eq!(report["findings"][0]["line"], 10);
    let actions = report["actions"].as_array().expect("a list");
    let list = actions.iter().find(|action| action["action"] == "s3:ListAllMyBuckets").expect("it is tried");
    assert_eq!((&list["bare_key"], &list["session"]), (&"allowed".into(), &"refused".into()));
}

/// A denial of everything without MFA, under one more condition or none.
fn denial(scope: &str, more: &str) -> String {
    format!(
        r#"{{"Effect": "Deny", {scope}, "Resource": "*",
        "Condition": {{"BoolIfExists": {{"aws:MultiFactorAuthPresent": "false"}}{more}}}}}"#
    )
}

const ALL: &str = r#""Action": "*""#;

/// The verdict of some statements, and the name of the error, if there is one: with no flag, with `--strict`, with
/// `--accept-enrollment`, and with both.
fn verdicts() -> Vec<(String, &'static str, [Option<&'static str>; 4])> {
    let (open, doubt) = (Some("policy_not_forced"), Some("policy_unsure"));
    let (strict, enrolls) = (Some("policy_not_strict"), Some("policy_enrollment_open"));
    let allow = |condition: &str| {
        format!(r#"{{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {{{condition}}}}}"#)
    };
    let enrollment = r#""NotAction": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice"]"#;
    let more = r#""NotAction": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "newthing:*"]"#;
    let address = r#", "NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}"#;
    vec![
        (denial(ALL, ""), "enforced", [None; 4]),
        (
            allow(r#""Bool": {"aws:MultiFactorAuthPresent": "true"}"#),
            "enforced",
            [None, strict, None, strict],
        ),
        (denial(r#""NotAction": "newthing:*""#, ""), "enforced_today", [None, strict, None, strict]),
        (denial(enrollment, ""), "enforced_but_for_enrollment", [enrolls, enrolls, None, None]),
        (denial(more, ""), "enforced_but_for_enrollment", [enrolls, enrolls, None, strict]),
        (allow(""), "not_enforced", [open; 4]),
        (denial(r#""NotAction": "s3:*""#, ""), "not_enforced", [open; 4]),
        (denial(ALL, address), "unsure", [doubt; 4]),
    ]
}

#[test]
fn exit_code_follows_from_the_verdict_and_the_flags() {
    let world = World::new();
    let flags = [&[][..], &["--strict"], &["--accept-enrollment"], &["--strict", "--accept-enrollment"]];
    for (statement, verdict, errors) in verdicts() {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#);
        for (flags, error) in flags.iter().zip(errors) {
            let check = || world.awsesame(&["policy", "check", "-"]).args(flags).stdin(&text);
            let code = i32::from(error.is_some());
            let plain = check().run().exits(code);
            assert_eq!(plain.stderr.is_empty(), error.is_none(), "{verdict}, {flags:?}: {plain}");
            let json = check().args(&["--json"]).run().exits(code);
            let objects: Vec<serde_json::Value> = (json.stdout.lines())
                .map(|line| serde_json::from_str(line).expect("every line is an object"))
                .collect();
            assert_eq!(objects[0]["verdict"], verdict, "{flags:?}: {json}");
            let told = objects.get(1).map(|object| object["error"].as_str().expect("a name"));
            assert_eq!((told, objects.len()), (error, 1 + usize::from(error.is_some())), "{flags:?}: {json}");
        }
    }
}

#[test]
fn a_policy_that_nobody_wrote_for_people_ends_in_an_error_or_in_doubt() {
    let world = World::new();
    let document = |statements: &str| format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    let allow = |action: &str, more: &str| {
        format!(r#"{{"Effect": "Allow", "Action": {action}, "Resource": "*", "Condition": {{{more}}}}}"#)
    };
    let large = vec![allow(r#""s3:GetObject""#, ""); 140_000].join(",");
    let deep = format!(r#""Bool": {{"a": {}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let stars: Vec<String> =
        (0..10_000).map(|n| format!(r#""s3:*{}*{}*{}*{n}*""#, n % 7, n % 11, n % 13)).collect();
    for (text, error) in [
        (document(&large), "it is larger than 4 MiB"),
        (document(&allow(r#""*""#, &deep)), "is not an IAM policy: line 1, column "),
        (document(&allow(&format!("[{}]", stars.join(",")), "")), "cannot tell whether MFA is enforced by "),
    ] {
        world.write("policy.json", &text);
        let path = world.path("policy.json").display().to_string();
        let check = world.awsesame(&["policy", "check", &path]).run().exits(1);
        assert!(check.stderr.contains(error), "{error}: {}", check.stderr);
        assert!(!check.stdout.contains(": MFA is enforced"), "{}", check.stdout);
    }
}

#[test]
fn policies_of_another_partition_are_judged_there() {
    let world = World::new();
    let statement = |effect: &str, arn: &str, condition: &str| {
        format!(
            r#"{{"Effect": "{effect}", "Action": "s3:*", "Resource": "{arn}", "Condition": {{{condition}}}}}"#
        )
    };
    let with = r#""Bool": {"aws:MultiFactorAuthPresent": "true"}"#;
    let check = |statements: &[String], flags: &[&str]| {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(", "));
        world.awsesame(&["policy", "check", "-"]).args(flags).stdin(text).run()
    };
    let china = statement("Allow", "arn:aws-cn:s3:::data/*", "");
    let open = check(std::slice::from_ref(&china), &[]).exits(1);
    assert!(open.stdout.contains(" on arn:aws-cn:s3:::data/"), "{open}");
    // Elsewhere it opens nothing, and where ARNs of two are named, the worse one counts.
    check(std::slice::from_ref(&china), &["--partition", "aws"]).ok();
    check(&[statement("Allow", "arn:aws:s3:::data/*", with), china], &[]).exits(1);
    check(&[statement("Allow", "arn:aws-us-gov:s3:::data/*", with)], &[]).ok();
}

#[test]
fn invalid_policy_is_reported_with_line_and_column() {
    let world = World::new();
    let path = world.path("policy.json").display().to_string();
    for (text, why) in [
        (
            "{\"Statement\":\n [{\"Effect\": \"Deny\", \"Actoin\": \"*\"}]}",
            "line 2, column 29: unknown element `Actoin`",
        ),
        ("{\"Statement\": [", "line 1, column 15: EOF while parsing a list"),
        ("", "line 1, column 0: EOF while parsing a value"),
    ] {
        world.write("policy.json", text);
        let check = world.awsesame(&["policy", "check", &path]).run().exits(1).prints("");
        assert!(check.stderr.starts_with(&format!("error: `{path}` is not an IAM policy: {why}")), "{check}");
        assert!(check.stderr.ends_with(&format!("hint: correct it: vi {path}\n")), "{check}");
    }
    std::fs::write(world.path("policy.json"), [b'{', 0xff]).expect("a file");
    let check = world.awsesame(&["policy", "check", &path]).run().exits(1);
    assert!(check.stderr.contains("is not UTF-8 text"), "{check}");
    let missing = world.path("none.json").display().to_string();
    let check = world.awsesame(&["policy", "check", &missing]).run().exits(1);
    assert!(check.stderr.starts_with(&format!("error: cannot read `{missing}`: ")), "{check}");
}

#[test]
fn policies_of_a_user_are_gathered_from_aws() {
    let world = World::new();
    world.log_in("alice");
    for (user, code, verdict) in [
        ("alice", 0, "user `alice`: MFA is enforced\n"),
        (
            "bob",
            1,
            "user `bob`: MFA is enforced but for enrollment: anybody who has the key can enroll a device of their own\n",
        ),
        ("dave", 1, "user `dave`: MFA is not enforced: these work without MFA ("),
    ] {
        let check = world.awsesame(&["policy", "check", "--user", user, "-p", "alice"]).run().exits(code);
        assert!(check.stdout.starts_with(verdict), "{check}");
    }
    let check =
        world.awsesame(&["policy", "check", "--group", "AdminMFA", "-p", "alice"]).run().ok().says("");
    assert!(check.stdout.starts_with("group `AdminMFA`: MFA is enforced\n"), "{check}");
    let nobody = world.awsesame(&["policy", "check", "--user", "nobody", "-p", "alice"]).run().exits(1);
    assert!(nobody.stderr.contains("NoSuchEntity"), "{nobody}");
}

#[test]
fn terraform_reads_the_hcl_as_the_same_policy() {
    if !need("terraform") {
        return;
    }
    let world = World::new();
    for purpose in ["admin-group", "self-service", "max-age", "boundary"] {
        let json = world.awsesame(&["policy", "show", "--for", purpose]).run().ok();
        let hcl = world.awsesame(&["policy", "show", "--for", purpose, "--format", "hcl"]).run().ok();
        let (_, after) = hcl.stdout.split_once("policy = ").expect("a policy");
        let expression = after.strip_suffix("\n}\n").expect("the end of the resource");
        world.write("tf/policy.tf", &format!("locals {{\n  policy = {expression}\n}}\n"));
        let terraform = |arguments: &[&str], stdin: &str| {
            let run = world.program("terraform").args(arguments).cwd(world.path("tf")).stdin(stdin);
            run.env("CHECKPOINT_DISABLE", "1").run().ok().stdout
        };
        let told: String =
            serde_json::from_str(&terraform(&["console"], "local.policy\n")).expect("a string");
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
        assert_eq!(read(&told), read(&json.stdout), "{purpose}");
        assert_eq!(terraform(&["fmt", "-check", "policy.tf"], ""), "", "{purpose}");
    }
}

#[test]
fn simulator_is_asked_and_its_word_counts() {
    let world = World::new();
    world.log_in("alice");
    let check = ["policy", "check", "--user", "bob", "--simulate", "-p", "alice"];
    let same = world.awsesame(&check).run().exits(1);
    assert!(same.stdout.contains("\nAWS's policy simulator says the same of what it was asked.\n"), "{same}");
    // A condition that only AWS can evaluate remains unsure, because the simulator does not know the value either.
    let policy = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": "web"}}}}"#;
    world.write("tagged.json", policy);
    let path = world.path("tagged.json").display().to_string();
    let attach =
        ["policy", "attach", "--user", "dave", &path, "--name", "Tagged", "--anyway", "--yes", "-p", "alice"];
    world.awsesame(&attach).run().ok();
    let check = ["policy", "check", "--user", "dave", "--simulate", "--json", "-p", "alice"];
    let told = world.awsesame(&check).run().exits(1);
    let report: serde_json::Value =
        serde_json::from_str(told.stdout.lines().next().expect("a report")).expect("JSON");
    let rows = report["actions"].as_array().expect("rows");
    let get = rows.iter().find(|row| row["action"] == "s3:GetObject").expect("it is tried");
    assert_eq!(get["bare_key"], "unsure", "{get}");
    assert_eq!(report["simulated"], serde_json::json!([]));
}

#[test]
fn policies_of_the_organization_are_known_only_to_the_simulator() {
    let deny = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "NotAction": ["sts:GetSessionToken", "sts:GetCallerIdentity"], "Resource": "*",
         "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]}"#;
    let everything = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
    let fixture = format!(
        "[[account]]\nid = \"123456789012\"\ncontrol = ['''{deny}''']\n\
         [[user]]\nname = \"member\"\n\
         access_key = {{ id = \"AKIAIOSFODNN1EXAMPLE\", secret = \"wJalrXUtnFEMI/K7MDENG/bPxRfiCY1EXAMPLEKEY\" }}\n\
         devices = [{{ serial = \"arn:aws:iam::123456789012:mfa/member\", seed = \"ALICEALICEALICEALICEALICEALICE22\" }}]\n\
         policies.own = '''{everything}'''\n"
    );
    let world = World::of(&Fixture::parse(&fixture).expect("a fixture"), Options::default());
    world.log_in("member");
    let check = ["policy", "check", "--user", "member", "-p", "member"];
    world.awsesame(&check).run().exits(1);
    let told = world.awsesame(&check).args(&["--simulate"]).run().exits(1);
    // Single requests prove nothing about the others.
    assert!(told.stdout.starts_with("user `member`: cannot tell whether MFA is enforced\n"), "{told}");
    assert!(
        told.stdout.contains("  it depends: the organization's policies: AWS's simulator refuses all "),
        "{told}"
    );
    assert!(
        told.stdout.contains(
            "\nAWS's policy simulator says otherwise:\n  bare key: refused by the organization's policies: "
        ),
        "{told}"
    );
    // And so it is.
    world.awsesame(&["policy", "probe", "-p", "member"]).run().ok();
}
