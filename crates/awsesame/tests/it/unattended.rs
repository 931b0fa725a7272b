//! Tests credentials that need no person: web identities, whose tokens come from a file or a program, and programs that
//! print a session. Roles assumed with them are stored, renewed and served like all others.

use awsesame_sandbox::{Fixture, Options};

use crate::ran::Ran;
use crate::sources::Tools;
use crate::world::World;

const ISSUER: &str = "token.ci.example";
pub(crate) const MAIN: &str = "repo:sesame/app:ref:refs/heads/main";
const AUDIENCE: &str = "sts.amazonaws.com";

/// Returns a world with profiles that use a token in a file, one with a program that prints a token, and one with a
/// program that prints a session.
pub(crate) fn world(tools: &Tools) -> World {
    let world = World::of(&Fixture::with_browser(), Options::default());
    let path = |name: &str| tools.path(name).display().to_string();
    let (token, printer, session) = (path("token"), path("print-token"), path("print-session"));
    let common = "region = us-east-1\nendpoint_url = {URL}\n";
    let role = |name: &str| format!("{common}role_arn = arn:aws:iam::123456789012:role/{name}\n");
    world.append_config(&format!(
        "[profile web]\n{}web_identity_token_file = {token}\n\n\
         [profile web-printed]\n{}web_identity_token_process = {printer} --for 'aws'\n\n\
         [profile release]\n{}source_profile = web\n\n\
         [profile given]\n{common}credential_process = {session} --now\n\n\
         [profile above]\n{}source_profile = given\n\n",
        role("pipeline"),
        role("pipeline"),
        role("release"),
        role("deploy"),
    ));
    world
}

pub(crate) fn writes_token(world: &World, tools: &Tools, subject: &str, seconds: i64) -> String {
    let token = world.sandbox().web_identity_token(ISSUER, subject, AUDIENCE, seconds);
    std::fs::write(tools.path("token"), format!("{token}\n")).unwrap();
    token
}

/// Adds a program that prints a session of alice, and records each run.
fn prints_session(world: &World, tools: &Tools) {
    let given = world.awsesame(&["process", "-p", "alice"]).reveals_credentials().run().ok().stdout;
    std::fs::write(tools.path("session"), given).unwrap();
    tools.program("print-session", "echo \"$*\" >> {TOOLS}/runs\ncat {TOOLS}/session\n");
}

fn runs(tools: &Tools) -> usize {
    std::fs::read_to_string(tools.path("runs")).unwrap_or_default().lines().count()
}

fn process(world: &World, profile: &str) -> Ran {
    world.awsesame(&["process", "-p", profile]).reveals_credentials().run()
}

fn key(ran: &Ran) -> String {
    ran.json()["AccessKeyId"].as_str().unwrap().to_owned()
}

#[test]
fn role_of_a_web_identity_is_stored_renewed_and_a_root_for_others() {
    let tools = Tools::new();
    let world = world(&tools);
    let token = writes_token(&world, &tools, MAIN, 600);
    let login = world.awsesame(&["login", "-p", "release"]).run().ok();
    assert!(
        login
            .stderr
            .starts_with("awsesame: logged in as role release, account 123456789012 (profile `release`)"),
        "{login}"
    );
    let calls = |action| world.sandbox().count(action);
    let first = key(&process(&world, "web").ok());
    process(&world, "release").ok();
    world.awsesame(&["check", "-p", "release"]).run().ok();
    world.awsesame(&["env", "-p", "web"]).reveals_credentials().run().ok();
    assert_eq!(
        (calls("AssumeRoleWithWebIdentity"), calls("AssumeRole")),
        (1, 1),
        "one role serves both profiles"
    );

    // The token has expired, but the role is still valid. In its last minutes a new token is read.
    world.pass(1200);
    assert_eq!(key(&process(&world, "web").ok()), first);
    world.pass(1500);
    let ran = process(&world, "web").ok();
    assert_eq!(key(&ran), first, "what lives is served");
    assert!(
        ran.stderr
            .contains("the credentials are used until they expire; AWS does not accept the web identity of"),
        "{ran}"
    );
    let token = [token, writes_token(&world, &tools, MAIN, 600)];
    assert_ne!(key(&process(&world, "web").ok()), first);
    process(&world, "release").ok();

    let status = world.awsesame(&["status"]).run().ok();
    assert_eq!(status.stdout.matches(" unknown ").count(), 2, "{status}");
    let explained = world.awsesame(&["explain", "-p", "release"]).run().ok();
    let step = "role `arn:aws:iam::123456789012:role/pipeline` for 1 h, by a web identity: the token in `";
    assert!(explained.stdout.contains(step), "{explained}");
    assert!(explained.stdout.contains(", age of MFA unknown, store "), "{explained}");
    let list = world.awsesame(&["list"]).run().ok();
    assert!(list.stdout.contains("role release through web identity"), "{list}");
    for profile in ["web", "release"] {
        world.awsesame(&["login", "-p", profile, "--max-age", "1h"]).run().fails(
            1,
            &format!(
                "profile `{profile}` gets its credentials from a web identity, which does not say when MFA was used"
            ),
            &format!("leave out --max-age: awsesame login -p {profile}"),
        );
    }
    for file in std::fs::read_dir(world.state().join("sessions")).unwrap() {
        let text = std::fs::read(file.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&text);
        assert!(token.iter().all(|token| !text.contains(token.as_str())), "the token is in a file of ours");
    }
    world.awsesame(&["logout", "-p", "web"]).run().ok();
    std::fs::remove_file(tools.path("token")).unwrap();
    process(&world, "web").exits(1);
}

#[test]
fn program_prints_the_token_and_a_pin_and_a_duration_are_kept() {
    let tools = Tools::new();
    let world = world(&tools);
    writes_token(&world, &tools, MAIN, 600);
    tools.program("print-token", "test \"$*\" = '--for aws' && cat {TOOLS}/token\n");
    let login = world.awsesame(&["login", "-p", "web-printed", "--duration", "2h"]).run().ok();
    assert!(login.stderr.contains("logged in as role pipeline"), "{login}");
    assert!(["(2 h left)", "(1 h 59 min left)"].iter().any(|left| login.stderr.contains(left)), "{login}");
    process(&world, "web-printed").ok();
    // A wrong account that is known from the role is reported before any token is sent.
    let shown = world.sandbox().count("AssumeRoleWithWebIdentity");
    world.awsesame(&["login", "-p", "web-printed", "--force", "--account", "210987654321"]).run().exits(4);
    assert_eq!(world.sandbox().count("AssumeRoleWithWebIdentity"), shown);
    tools.program("print-token", "exit 3\n");
    world.awsesame(&["login", "-p", "web-printed", "--force"]).run().fails(
        1,
        "the `web_identity_token_process` of profile `web-printed` gives no token: it ended with exit code 3",
        "see which command it is: awsesame explain -p web-printed",
    );
    process(&world, "web-printed").ok();
}

#[test]
fn token_that_is_not_accepted_is_told_by_what_is_wrong_with_it() {
    let tools = Tools::new();
    let world = world(&tools);
    let file = tools.path("token").display().to_string();
    let login = || world.awsesame(&["login", "-p", "web"]).run();
    let refused = |why: &str| {
        login().fails(
            1,
            &format!("AWS does not accept the web identity of profile `web`: {why}"),
            "get a new token, then: awsesame login -p web",
        );
    };
    let none = |why: &str| {
        login().fails(
            1,
            &format!("`{file}` has no token for profile `web`: {why}"),
            &format!("see when it was written: ls -l {file}"),
        );
    };
    none("no such file or directory");
    std::fs::write(&file, " \n").unwrap();
    none("it is empty");
    std::fs::write(&file, "x".repeat(100_000)).unwrap();
    none("it is larger than 64 KiB");
    std::fs::write(&file, "not.a.token").unwrap();
    refused("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)");
    let token = writes_token(&world, &tools, MAIN, 600);
    let (body, _) = token.rsplit_once('.').unwrap();
    let other = world.sandbox().web_identity_token(ISSUER, "somebody", AUDIENCE, 600);
    std::fs::write(&file, format!("{body}.{}", other.rsplit_once('.').unwrap().1)).unwrap();
    refused("The signature of the token is invalid");
    std::fs::write(&file, world.sandbox().web_identity_token("evil.example", MAIN, AUDIENCE, 600)).unwrap();
    refused("No OpenIDConnect provider found in your account for https://evil.example");
    std::fs::write(&file, world.sandbox().web_identity_token(ISSUER, MAIN, "others", 600)).unwrap();
    refused("Incorrect token audience");
    // A file that was swapped for another identity's opens nothing.
    writes_token(&world, &tools, "repo:sesame/fork:ref:refs/heads/main", 600);
    login().fails(
        1,
        "the role `arn:aws:iam::123456789012:role/pipeline` does not trust the web identity of profile `web`, or does not exist",
        "compare its trust policy with the claims of the token: aws iam get-role --role-name pipeline",
    );
    writes_token(&world, &tools, MAIN, -1);
    let expired = login().exits(1);
    assert!(expired.stderr.contains("`web`: Token expired: current date/time "), "{expired}");
    process(&world, "web").exits(1);
}

#[test]
fn session_of_a_program_is_a_root_that_is_asked_once_and_again_before_it_expires() {
    let tools = Tools::new();
    let world = world(&tools);
    world.log_in("alice");
    prints_session(&world, &tools);
    let login = world.awsesame(&["login", "-p", "above"]).run().ok();
    assert!(
        login.stderr.contains("logged in as role deploy, account 123456789012 (profile `above`)"),
        "{login}"
    );
    process(&world, "above").ok();
    assert_eq!(key(&process(&world, "given").ok()), key(&process(&world, "alice").ok()));
    world.awsesame(&["exec", "-p", "given", "--", "true"]).run().ok();
    assert_eq!(runs(&tools), 1, "one run serves the profile and the role above it");
    let status = world.awsesame(&["status", "-p", "given", "--json"]).run().ok().json();
    assert_eq!(status[0]["kind"], "program");
    world.pass(3600);
    process(&world, "above").ok();
    // A clock that was moved costs one refusal more.
    let log = world.sandbox().log();
    let assumed = log.iter().filter(|entry| entry.action == "AssumeRole" && entry.status == 200).count();
    assert_eq!((runs(&tools), assumed), (1, 2));
    // A session without an expiry is requested again after fifteen minutes, and is due for that in the last of them.
    let mut session = process(&world, "given").ok().json();
    session.as_object_mut().unwrap().remove("Expiration");
    std::fs::write(tools.path("session"), session.to_string()).unwrap();
    world.awsesame(&["login", "--force", "-p", "given"]).run().ok();
    process(&world, "given").ok();
    assert_eq!(runs(&tools), 2);
    world.pass(580);
    process(&world, "given").ok();
    assert_eq!(runs(&tools), 2);
    world.pass(40);
    process(&world, "given").ok();
    assert_eq!(runs(&tools), 3);
    world.awsesame(&["login", "-p", "above", "--max-age", "1h"]).run().fails(
        1,
        "profile `above` gets its credentials from a program, which does not say when MFA was used",
        "leave out --max-age: awsesame login -p above",
    );
    let explained = world.awsesame(&["explain", "-p", "above"]).run().ok();
    assert!(
        explained.stdout.contains("the session that the `credential_process` of profile `given` gives"),
        "{explained}"
    );
    let printed = world.awsesame(&["explain", "-p", "web-printed"]).run().ok();
    assert!(printed.stdout.contains("web_identity_token_process  web-printed  (not shown)"), "{printed}");
}

#[test]
fn program_that_gives_no_session_is_told_by_what_it_does() {
    let tools = Tools::new();
    let world = world(&tools);
    let (id, secret) = world.sandbox().access_key("alice");
    let print = |script: &str| tools.program("print-session", script);
    let login = || world.awsesame(&["login", "-p", "above"]).env("AWSESAME_STORES_TIMEOUT", "1").run();
    for (script, why) in [
        ("exit 3", "it ended with exit code 3"),
        ("echo hello", "it does not print the JSON of a `credential_process`"),
        (
            "echo '{\"Version\":2,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\"}'",
            "it prints `Version` 2, and AWS's tools read 1",
        ),
        ("sleep 60", "it did not end within 1 s"),
    ] {
        print(script);
        login().fails(
            1,
            &format!("the `credential_process` of profile `given` gives no session: {why}"),
            "see whether AWS's tools can use it: aws sts get-caller-identity --profile given",
        );
    }
    print(&format!("printf '{{\"Version\":1,\"AccessKeyId\":\"{id}\",\"SecretAccessKey\":\"{secret}\"}}'"));
    login().fails(
        1,
        "the `credential_process` of profile `given` gives a long-term key, but `mfa_serial` is not set",
        "set `mfa_serial`: vi {HOME}/.aws/config",
    );
    assert_eq!(world.sandbox().log().len(), 0);
}

#[test]
fn a_session_that_aws_does_not_accept_is_the_programs_fault() {
    let tools = Tools::new();
    let world = world(&tools);
    world.log_in("alice");
    prints_session(&world, &tools);
    let session = std::fs::read_to_string(tools.path("session")).unwrap();
    let print = session.trim().replacen("\"ASIA", "\"ASIAX", 1);
    tools.program("print-session", &format!("echo '{print}'"));
    process(&world, "given").fails(
        1,
        "the `credential_process` of profile `given` gives no session: AWS does not accept what it prints",
        "see whether AWS's tools can use it: aws sts get-caller-identity --profile given",
    );
}

#[test]
fn those_who_wait_behind_a_program_that_hangs_fail_with_it() {
    let tools = Tools::new();
    let world = world(&tools);
    tools.program("print-session", "echo run >> {TOOLS}/runs\nsleep 100\n");
    let ask = || world.awsesame(&["process", "-p", "given"]).env("AWSESAME_STORES_TIMEOUT", "4");
    let begun = std::time::Instant::now();
    let first = ask().spawn();
    while runs(&tools) == 0 && begun.elapsed() < std::time::Duration::from_secs(20) {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let others: Vec<_> = (0..7).map(|_| ask().spawn()).collect();
    let first = first.wait().exits(1);
    assert!(first.stderr.contains("it did not end within 4 s"), "{first}");
    for other in others {
        let other = other.wait().exits(1);
        assert!(other.stderr.contains("gives no session: it gave none to pid "), "{other}");
    }
    assert_eq!(runs(&tools), 1);
}

#[test]
fn hundred_callers_run_the_program_once() {
    let tools = Tools::new();
    let world = world(&tools);
    world.log_in("alice");
    prints_session(&world, &tools);
    let running: Vec<_> =
        (0..100).map(|_| world.awsesame(&["process", "-p", "above"]).reveals_credentials().spawn()).collect();
    let keys: std::collections::BTreeSet<String> =
        running.into_iter().map(|one| key(&one.wait().ok())).collect();
    assert_eq!((keys.len(), runs(&tools), world.sandbox().count("AssumeRole")), (1, 1, 1));
}
