//! Tests AWS Sign-In: profiles with `login_session` sign in at the sandbox's page, and are served like any other
//! session.

use awsesame_sandbox::{Fixture, Options};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;

use crate::browser::{get, logs_in, opened, pages, parts, send, sign_in, with_browser};
use crate::need::need;
use crate::world::World;

/// Profiles of users without any access key, and a role above one of them.
pub(crate) const PROFILES: &str = "\
[profile f]
login_session = arn:aws:iam::123456789012:user/frank
region = us-east-1
endpoint_url = {URL}

[profile e]
login_session = arn:aws:iam::123456789012:user/erin
region = us-east-1
endpoint_url = {URL}

[profile h]
login_session = arn:aws:iam::123456789012:user/heidi
region = us-east-1
endpoint_url = {URL}

[profile above]
role_arn = arn:aws:iam::123456789012:role/deploy
source_profile = f
region = us-east-1
endpoint_url = {URL}

";

pub(crate) fn world() -> World {
    let world = World::of(&Fixture::with_browser(), Options::default());
    world.append_config(PROFILES);
    world
}

fn key(ran: &crate::ran::Ran) -> String {
    ran.json()["AccessKeyId"].as_str().unwrap().to_owned()
}

fn process(world: &World, profile: &str) -> crate::ran::Ran {
    world.awsesame(&["process", "-p", profile]).reveals_credentials().run()
}

#[test]
fn passkey_that_cannot_give_a_code_signs_in_by_browser_and_serves_every_program() {
    let world = world();
    process(&world, "e").fails(3, "profile `e` has no session", "awsesame login -p e");
    let (ran, page) = logs_in(&world, &["login", "-p", "e"], "erin");
    let ran = ran.ok();
    assert!(ran.stderr.contains("logged in as erin, account 123456789012 (profile `e`), until "), "{ran}");
    assert!(page.starts_with("HTTP/1.1 200 "), "{page}");
    assert!(page.contains("profile `e`: erin, account 123456789012. You may close this tab."), "{page}");
    assert!(page.contains("content-security-policy: default-src 'none'"), "{page}");
    assert!(key(&process(&world, "e").ok()).starts_with("ASIA"));
    world.awsesame(&["env", "-p", "e"]).reveals_credentials().run().ok();
    world.awsesame(&["exec", "-p", "e", "--", "true"]).run().ok();
    world.awsesame(&["check", "-p", "e"]).run().ok();
    assert_eq!(world.sandbox().count("CreateOAuth2Token"), 1);
    // MFA is not claimed to be of any age.
    world.awsesame(&["login", "-p", "e", "--max-age", "15m"]).run().fails(
        1,
        "profile `e` signs in by browser, and AWS Sign-In does not say when MFA was used",
        "leave out --max-age: awsesame login -p e",
    );
}

#[test]
fn credentials_are_refreshed_without_anybody_until_the_session_ends() {
    let world = world();
    logs_in(&world, &["login", "-p", "f"], "frank").0.ok();
    let first = key(&process(&world, "f").ok());
    world.pass(580);
    assert_eq!(key(&process(&world, "f").ok()), first, "more than five minutes are left");
    world.pass(60);
    let second = key(&process(&world, "f").ok());
    assert_ne!(second, first, "less than five minutes were left");
    for _ in 0..3 {
        world.pass(3600);
        process(&world, "f").ok();
    }
    assert_eq!(pages(&world), 1, "nobody was asked");
    world.pass(12 * 3600);
    let ran = process(&world, "f");
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(ran.stderr.contains("awsesame login -p f"), "{ran}");
}

#[test]
fn role_above_a_sign_in_is_assumed_with_its_mfa_and_sealed() {
    let world = world();
    logs_in(&world, &["login", "-p", "above"], "frank").0.ok();
    assert!(key(&process(&world, "above").ok()).starts_with("ASIA"));
    // The sign-in serves its own profile as well.
    process(&world, "f").ok();
    assert_eq!((pages(&world), world.sandbox().count("AssumeRole")), (1, 1));
    let status = world.awsesame(&["status"]).run().ok();
    assert_eq!(status.stdout.matches(" unknown ").count(), 2, "{status}");
    let explained = world.awsesame(&["explain", "-p", "above"]).run().ok();
    assert!(
        explained.stdout.contains("AWS Sign-In as `arn:aws:iam::123456789012:user/frank`, by browser"),
        "{explained}"
    );
}

#[test]
fn answer_that_is_not_of_this_sign_in_changes_nothing() {
    let world = world();
    let running = with_browser(&world, world.awsesame(&["login", "-p", "f"])).spawn();
    let address = opened(&world, 1);
    let answer = world.sandbox().sign_in(&address, "frank");
    let callback = answer.location.unwrap();
    let (authority, target) = parts(&callback);
    let ask =
        |target: &str, headers: &str| send(authority, &format!("GET {target} HTTP/1.1\r\n{headers}\r\n\r\n"));
    let host = format!("Host: {authority}");
    let (path, _) = target.split_once('?').unwrap();
    for (target, headers, status) in [
        ("/", host.clone(), "404"),
        ("/favicon.ico", host.clone(), "404"),
        (path, host.clone(), "400"),
        (&*format!("{path}?code=injected&state=guessed"), host.clone(), "400"),
        (target, "Host: evil.example".to_owned(), "421"),
        (target, format!("{host}\r\nOrigin: https://evil.example"), "403"),
        (target, format!("{host}\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image"), "403"),
    ] {
        let answer = ask(target, &headers);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{target} {headers}: {answer}");
    }
    assert!(get(&callback).starts_with("HTTP/1.1 200 "));
    assert_eq!(ask(target, &host), "", "a second answer finds nobody");
    running.wait().ok();
    process(&world, "f").ok();
}

#[test]
fn somebody_else_in_the_browser_is_refused_and_nothing_is_kept() {
    let world = world();
    let (ran, page) = logs_in(&world, &["login", "-p", "f"], "grace");
    assert_eq!(ran.code, Some(4), "{ran}");
    assert!(ran.stderr.contains("the browser signed in as `arn:aws:iam::123456789012:user/grace`"), "{ran}");
    assert!(page.starts_with("HTTP/1.1 403 ") && page.contains("Not signed in"), "{page}");
    process(&world, "f").fails(3, "profile `f` has no session", "awsesame login -p f");
}

#[test]
fn refusals_of_aws_sign_in_get_a_hint() {
    let world = world();
    let (ran, _) = logs_in(&world, &["login", "-p", "h"], "heidi");
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.stderr.contains("error: the sign-in of profile `h` was declined: "), "{ran}");
    // The password is changed: the session is over, and nothing of it is served.
    logs_in(&world, &["login", "-p", "f"], "frank").0.ok();
    world.sandbox().change_password("frank", "another-Passw0rd");
    world.pass(640);
    process(&world, "f").fails(
        3,
        "the sign-in of profile `f` has expired: the password was changed",
        "sign in again: awsesame login -p f",
    );
}

#[test]
fn valid_credentials_are_served_while_the_service_has_a_problem() {
    use awsesame_sandbox::Fault;
    let world = world();
    logs_in(&world, &["login", "-p", "f"], "frank").0.ok();
    let first = key(&process(&world, "f").ok());
    world.pass(640);
    for _ in 0..3 {
        world.sandbox().fail_next(
            "CreateOAuth2Token",
            Fault::Status(503, "InternalServerException".into(), "busy".into()),
        );
    }
    let ran = process(&world, "f").ok();
    assert_eq!(key(&ran), first);
    assert!(
        ran.stderr.contains("the credentials are used until they expire; AWS Sign-In cannot answer now"),
        "{ran}"
    );
    assert_ne!(key(&process(&world, "f").ok()), first, "it is tried again");
}

#[test]
fn hundred_programs_open_one_page_and_logout_forgets() {
    let world = world();
    let running: Vec<_> =
        (0..100).map(|_| with_browser(&world, world.awsesame(&["login", "-p", "f"])).spawn()).collect();
    sign_in(&world, &opened(&world, 1), "frank");
    for one in running {
        one.wait().ok();
    }
    assert_eq!((pages(&world), world.sandbox().count("CreateOAuth2Token")), (1, 1));
    world.awsesame(&["logout", "-p", "f"]).run().ok();
    process(&world, "f").fails(3, "profile `f` has no session", "awsesame login -p f");
    assert!(
        !world
            .state()
            .join("sessions")
            .read_dir()
            .unwrap()
            .any(|entry| { entry.unwrap().file_name().to_string_lossy().starts_with("grant-") })
    );
}

#[test]
fn answer_is_carried_over_where_there_is_no_browser() {
    let world = world();
    let mut pty = world.awsesame(&["login", "-p", "f", "--remote"]).pty();
    let shown = pty.expect("paste the authorization code from the page: ");
    let address = shown.lines().map(str::trim).find(|line| line.starts_with("http://")).unwrap().to_owned();
    assert!(address.contains("cross-device"), "{address}");
    let answer = world.sandbox().sign_in(&address, "frank");
    let page = get(&answer.location.unwrap());
    let code = page.split("<code id=\"code\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    // AWS documents no maximum length of a code. This one has a thousand characters more, and is sent as a pasted text.
    let more = BASE64.encode(format!("more={}&{}", "x".repeat(1000), decoded(&code)));
    pty.send(&format!("\u{1b}[200~{more}\u{1b}[201~\r"));
    pty.wait().ok();
    process(&world, "f").ok();
}

fn decoded(code: &str) -> String {
    String::from_utf8(BASE64.decode(code).unwrap()).unwrap()
}

#[test]
fn profile_without_credentials_gets_its_login_session_from_whoever_signs_in() {
    let world = world();
    world.append_config("# mine\n[profile new]\noutput = json # stays\nendpoint_url = {URL}\n");
    let (ran, _) = logs_in(&world, &["login", "--web", "-p", "new", "--region", "us-east-1"], "erin");
    let ran = ran.ok();
    assert!(
        ran.stderr.contains("profile `new` has `login_session = arn:aws:iam::123456789012:user/erin` now"),
        "{ran}"
    );
    let config = world.read(".aws/config");
    assert!(config.contains("# mine\n[profile new]\n"), "{config}");
    assert!(config.contains("output = json # stays\n"), "{config}");
    assert!(
        config.contains("login_session = arn:aws:iam::123456789012:user/erin\nregion = us-east-1\n"),
        "{config}"
    );
    process(&world, "new").ok();
    assert_eq!(world.sandbox().count("CreateOAuth2Token"), 1);
    // A profile that gets credentials in another way is left as it is, and so is one whose account is pinned.
    world.awsesame(&["login", "--web", "-p", "alice"]).run().fails(
        1,
        "profile `alice` has `aws_access_key_id`, so `--web` cannot give it a `login_session`",
        "name a profile that has no credentials yet: awsesame login --web -p NAME",
    );
    world.awsesame(&["login", "--remote", "-p", "alice"]).run().fails(
        2,
        "profile `alice` does not sign in by browser, so `--remote` has no effect",
        "leave it out: awsesame login -p alice",
    );
}

#[test]
fn account_that_the_project_does_not_expect_is_refused_before_anything_is_kept() {
    let world = world();
    world.append_config("[profile other]\nendpoint_url = {URL}\nregion = us-east-1\n");
    let arguments = ["login", "--web", "-p", "other", "--account", "210987654321"];
    let (ran, _) = logs_in(&world, &arguments, "erin");
    assert_eq!(ran.code, Some(4), "{ran}");
    assert!(
        !world
            .read(".aws/config")
            .contains("login_session = arn:aws:iam::123456789012:user/erin\n[profile o")
    );
    process(&world, "other").exits(1);
}

#[test]
fn session_of_aws_login_is_used_and_never_refreshed() {
    let world = world();
    let run = with_browser(&world, world.awsesame(&["login", "-p", "f", "--publish"])).spreads_credentials();
    let running = run.spawn();
    sign_in(&world, &opened(&world, 1), "frank");
    running.wait().ok();
    let folder = world.path(".aws/login/cache");
    let file = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let published: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(published["signInRegion"], "us-east-1");
    // As if another tool had signed in: nothing of ours is there.
    std::fs::remove_dir_all(world.state().join("sessions")).unwrap();
    let serve = || world.awsesame(&["process", "-p", "f"]).reveals_credentials().spreads_credentials().run();
    assert_eq!(key(&serve().ok()), published["accessToken"]["accessKeyId"].as_str().unwrap());
    let refreshes = world.sandbox().count("CreateOAuth2Token");
    world.pass(16 * 60);
    assert_eq!(serve().code, Some(3));
    assert_eq!(world.sandbox().count("CreateOAuth2Token"), refreshes);
}

#[test]
fn broker_serves_credentials_of_fifteen_minutes_and_refreshes_them_by_itself() {
    if !need("curl") {
        return;
    }
    let world = world();
    logs_in(&world, &["login", "-p", "f"], "frank").0.ok();
    let asks = "curl -s -H \"Authorization: $(cat $AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE)\" $AWS_CONTAINER_CREDENTIALS_FULL_URI";
    let serve = || {
        let arguments = ["exec", "--via", "broker", "-p", "f", "--", "sh", "-c", asks];
        key(&world.awsesame(&arguments).reveals_credentials().run().ok())
    };
    let first = serve();
    world.pass(640);
    assert_ne!(serve(), first);
    assert_eq!((pages(&world), world.sandbox().count("CreateOAuth2Token")), (1, 2));
}
