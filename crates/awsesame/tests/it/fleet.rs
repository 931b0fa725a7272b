//! Tests `audit` of several accounts, from the organization or from a list. Some accounts refuse, and AWS throttles the
//! calls.

use awsesame_sandbox::{Company, Fault, Fixture, Options};
use serde_json::Value;

use crate::audit::report;
use crate::ran::Ran;
use crate::world::World;

const ACCOUNTS: u32 = 6;

/// Returns a company of six accounts, with a change in one place, and its auditor logged in.
fn company(from: &str, to: &str) -> World {
    let text = Company { accounts: ACCOUNTS, users: 5 }.fixture();
    assert!(text.contains(from), "{from:?}");
    let world = World::of(&Fixture::parse(&text.replace(from, to)).unwrap(), Options::default());
    world.log_in(Company::AUDITOR);
    world
}

/// Prepares `audit ARGUMENTS... -p auditor --role Audit`.
fn audit(world: &World, arguments: &[&str]) -> Ran {
    let line = ["audit", "-p", Company::AUDITOR, "--role", "Audit"];
    world.awsesame(&line).args(arguments).run()
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["account"].as_str().unwrap()).collect()
}

#[test]
fn every_account_of_the_organization_is_audited_with_one_code() {
    let world = company("", "");
    let before = names(&world);
    let ran = audit(&world, &["--organization", "--json"]).exits(1);
    let report = report(&ran.stdout);
    let all: Vec<String> = (0..ACCOUNTS).map(Company::account).collect();
    assert_eq!(ids(&report["accounts"]), all);
    assert_eq!(report["accounts"][3]["name"], "team-03");
    assert_eq!(report["summary"]["users"], 6 * 5 + 6 + 1, "and root of each, and the auditor");
    assert_eq!((&report["failed"], &report["skipped"]), (&Value::Array(vec![]), &Value::Array(vec![])));
    // In the auditor's own account no role is needed.
    assert_eq!((world.sandbox().count("GetSessionToken"), world.sandbox().count("AssumeRole")), (1, 5));
    assert_eq!(names(&world), before, "what the roles gave is nowhere kept");
    let who: Vec<_> = world.sandbox().log().into_iter().filter_map(|entry| entry.principal).collect();
    let expected = format!("arn:aws:sts::{}:assumed-role/Audit/awsesame-audit-auditor", Company::account(5));
    assert!(who.contains(&expected), "{who:?}");
}

#[test]
fn organization_is_asked_where_a_services_section_has_it() {
    let world = company("", "");
    let endpoint = format!("endpoint_url = {}\n", world.url());
    world.change_config(&endpoint, "services = local\n");
    let sections = ["sts", "iam", "organizations"].map(|service| format!("{service} =\n  {endpoint}"));
    world.append_config(&format!("[services local]\n{}", sections.concat()));
    let ran = audit(&world, &["--organization", "--json"]).exits(1);
    assert_eq!(report(&ran.stdout)["accounts"].as_array().unwrap().len(), 6, "{ran}");
    assert_eq!(world.sandbox().count("ListAccounts"), 1);
}

/// Returns the names of the session files.
fn names(world: &World) -> Vec<String> {
    let entries = std::fs::read_dir(world.state().join("sessions")).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn accounts_that_refuse_the_role_are_named_and_the_rest_is_reported() {
    // This applies to every second account, except for the first.
    let mut text = Company { accounts: ACCOUNTS, users: 5 }.fixture();
    for index in [1, 3, 5] {
        let role = |name: &str| format!("name = \"{name}\"\naccount = \"{}\"", Company::account(index));
        assert!(text.contains(&role("Audit")));
        text = text.replace(&role("Audit"), &role("Elsewhere"));
    }
    let world = World::of(&Fixture::parse(&text).unwrap(), Options::default());
    world.log_in(Company::AUDITOR);
    let ran = audit(&world, &["--organization", "--html", "audit.html", "--json"]).exits(1);
    let report = report(&ran.stdout);
    assert_eq!(ids(&report["accounts"]), [0, 2, 4].map(Company::account));
    assert_eq!(ids(&report["failed"]), [1, 3, 5].map(Company::account));
    let why = report["failed"][0]["why"].as_str().unwrap();
    assert!(
        why.starts_with("the role cannot be assumed: User: arn:aws:iam::100000000000:user/auditor "),
        "{why}"
    );
    let error = "error: 3 of 6 accounts could not be audited, `100000000001` among them: the role cannot be assumed: ";
    assert!(ran.stderr.contains(error), "{ran}");
    let page = world.read("audit.html");
    assert!(page.contains("<strong>3 of 6 accounts could not be audited</strong>"), "{page}");
    let table = audit(&world, &["--organization"]).exits(1);
    assert!(table.stdout.contains("\nnot audited: 100000000001 team-01: the role cannot"), "{table}");
    assert!(table.stdout.contains("\n3 accounts, 19 users\n"), "{table}");
    let sheet = audit(&world, &["--organization", "--csv"]).exits(1);
    assert!(sheet.stdout.contains("\nunknown,not_audited,100000000005,team-05,,,the role"), "{sheet}");
}

#[test]
fn list_of_accounts_is_taken_from_a_file_or_from_stdin() {
    let world = company("", "");
    world.write("list", "# ours\n100000000002 the second\n100000000004, the fourth # new\n100000000002\n");
    let ran = audit(&world, &["--accounts", "list", "--json"]).exits(1);
    let accounts = report(&ran.stdout)["accounts"].clone();
    assert_eq!(ids(&accounts), [2, 4].map(Company::account));
    assert_eq!(accounts[1]["name"], "the fourth");
    let line = ["audit", "-p", Company::AUDITOR, "--role", "Audit", "--accounts", "-", "--json"];
    let ran = world.awsesame(&line).stdin("100000000001\n").run().exits(1);
    assert_eq!(ids(&report(&ran.stdout)["accounts"]), [1].map(Company::account));

    world.write("list", "100000000002\n1000000O0003\n");
    audit(&world, &["--accounts", "list"]).exits(1).prints("").says(
        "error: `list`, line 2: `1000000O0003` is not an account: expected twelve digits\nhint: correct line 2: vi +2 list\n",
    );
    world.write("list", "# none yet\n");
    audit(&world, &["--accounts", "list"])
        .exits(1)
        .says("error: `list` does not list any account\nhint: write one twelve-digit id per line: vi list\n");
    // The flag for the role is required.
    let ran = world.awsesame(&["audit", "--organization"]).run().exits(2);
    assert!(ran.stderr.contains("--role"), "{ran}");
    let ran = world.awsesame(&["audit", "--organization", "--role", "arn:aws:iam::1:role/x"]).run().exits(2);
    assert!(ran.stderr.contains("no ARN"), "{ran}");
}

#[test]
fn closed_accounts_are_left_out_and_said() {
    let closed = "id = \"100000000004\"\n";
    let world = company(closed, &format!("{closed}suspended = true\n"));
    let ran = audit(&world, &["--organization"]).exits(1);
    assert!(ran.stdout.contains("\nleft out: 100000000004 team-04: it is suspended\n"), "{ran}");
    assert!(ran.stderr.starts_with("awsesame: the audit has findings: "), "{ran}");
}

#[test]
fn account_without_an_organization_is_told_what_to_do_instead() {
    let world = company("management = \"100000000000\"\n", "");
    audit(&world, &["--organization"]).exits(1).says(
        "error: AWS does not list the accounts of the organization: ListAccounts: AWSOrganizationsNotInUseException: \
         Your account is not a member of an organization.\n\
         hint: use its management account; or list the accounts in a file: awsesame audit --role NAME --accounts FILE\n",
    );
}

#[test]
fn throttled_calls_are_sent_again_until_every_account_is_done() {
    let world = company("", "");
    world.sandbox().throttle_every(4);
    let ran = audit(&world, &["--organization", "--json"]).exits(1);
    assert_eq!(ids(&report(&ran.stdout)["accounts"]).len(), 6);
    let throttled = |code: &str| matches!(code, "Throttling" | "TooManyRequestsException");
    let log = world.sandbox().log();
    let refused = log.iter().filter(|entry| entry.error_code.as_deref().is_some_and(throttled)).count();
    assert!(refused > 5, "{refused}");
}

#[test]
fn no_more_accounts_are_looked_at_at_once_than_was_said() {
    let world = company("", "");
    // Two that wait for each other pass; a third would be one too many for a while.
    let meeting = awsesame_sandbox::Meeting::of(2);
    for _ in 0..2 {
        world.sandbox().fail_next("AssumeRole", Fault::Meet(meeting.clone()));
    }
    let ran = audit(&world, &["--organization", "--at-once", "2", "--json"]).exits(1);
    assert_eq!(ids(&report(&ran.stdout)["accounts"]).len(), 6);
    let ran = audit(&world, &["--organization", "--at-once", "0"]).exits(2);
    assert!(ran.stderr.contains("1..=32"), "{ran}");
}

#[test]
fn terminal_is_shown_how_far_it_is_and_left_clean() {
    let world = company("", "");
    let line = ["audit", "-p", Company::AUDITOR, "--role", "Audit", "--organization", "--html", "audit.html"];
    let mut pty = world.awsesame(&line).pty();
    pty.expect("0 of 6 accounts");
    pty.expect("] 6 of 6 accounts, 37 users");
    let after = pty.expect("awsesame: audit.html: ");
    assert!(after.contains("\r\u{1b}[K"), "{after:?}");
    pty.wait().exits(1);

    // Ctrl-C in the middle ends it, and leaves no half of a page.
    std::fs::remove_file(world.path("audit.html")).unwrap();
    for _ in 0..8 {
        world.sandbox().fail_next("GetCredentialReport", Fault::Hang(std::time::Duration::from_secs(30)));
    }
    let mut pty = world.awsesame(&line).pty();
    pty.expect("0 of 6 accounts");
    pty.send("\u{3}");
    pty.wait();
    let left: Vec<String> = std::fs::read_dir(world.home())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with(".aws") && name != ".local")
        .collect();
    assert_eq!(left, [""; 0]);
}
