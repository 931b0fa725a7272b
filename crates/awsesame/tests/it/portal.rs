//! Tests IAM Identity Center: one sign-in at the sandbox's portal for all its profiles, both forms of the settings,
//! device codes, refresh and logout.

use awsesame_sandbox::{Fixture, Options};

use crate::browser::{logs_in, opened, pages, sign_in, with_browser};
use crate::ran::Ran;
use crate::world::World;

pub(crate) const PROFILES: &str = "\
[sso-session corp]
sso_start_url = https://d-1234567890.awsapps.com/start
sso_region = us-east-1

[profile admin]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Admin
region = us-east-1
endpoint_url = {URL}

[profile read]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = ReadOnly
region = us-east-1
endpoint_url = {URL}

[profile older]
sso_start_url = https://d-1234567890.awsapps.com/start
sso_region = us-east-1
sso_account_id = 123456789012
sso_role_name = ReadOnly
region = us-east-1
endpoint_url = {URL}

[profile elsewhere]
sso_session = corp
sso_account_id = 999999999999
sso_role_name = Admin
region = us-east-1
endpoint_url = {URL}

";

pub(crate) fn world() -> World {
    let world = World::of(&Fixture::with_browser(), Options::default());
    world.append_config(PROFILES);
    world
}

fn process(world: &World, profile: &str) -> Ran {
    world.awsesame(&["process", "-p", profile]).reveals_credentials().run()
}

fn key(ran: &Ran) -> String {
    ran.json()["AccessKeyId"].as_str().unwrap().to_owned()
}

#[test]
fn one_sign_in_serves_every_profile_of_the_portal() {
    let world = world();
    process(&world, "admin").fails(3, "profile `admin` has no session", "awsesame login -p admin");
    let (ran, page) = logs_in(&world, &["login", "-p", "admin"], "nina");
    let ran = ran.ok();
    assert!(ran.stderr.contains("logged in as role "), "{ran}");
    assert!(ran.stderr.contains("account 123456789012 (profile `admin`)"), "{ran}");
    assert!(page.starts_with("HTTP/1.1 200 "), "{page}");
    let sentence = "profile `admin`, account 123456789012, role Admin, at the portal \
                    https://d-1234567890.awsapps.com/start. You may close this tab.";
    assert!(page.contains(sentence), "{page}");
    assert!(key(&process(&world, "admin").ok()).starts_with("ASIA"));
    assert!(key(&process(&world, "read").ok()).starts_with("ASIA"));
    assert_eq!((pages(&world), world.sandbox().count("GetRoleCredentials")), (1, 2));
    // A project may name the role as people do.
    let pinned =
        |role: &str| world.awsesame(&["env", "-p", "admin", "--role", role]).reveals_credentials().run();
    pinned("Admin").ok();
    pinned("ReadOnly").exits(4);
    world.awsesame(&["login", "-p", "admin", "--max-age", "15m"]).run().fails(
        1,
        "profile `admin` signs in by browser, and IAM Identity Center does not say when MFA was used",
        "leave out --max-age: awsesame login -p admin",
    );
}

#[test]
fn role_that_is_not_assigned_is_told_by_name_and_costs_no_session() {
    let world = world();
    logs_in(&world, &["login", "-p", "read"], "olaf").0.ok();
    process(&world, "admin").fails(
        1,
        "the role `Admin` in account 123456789012 is not assigned to the user who signed in",
        "see which roles there are: awsesame sso populate --dry-run -p admin",
    );
    process(&world, "elsewhere").exits(1);
    process(&world, "read").ok();
    assert_eq!(pages(&world), 1);
}

#[test]
fn token_is_refreshed_without_anybody_and_the_roles_with_it() {
    let world = world();
    world.sandbox().set_token_length(3600);
    logs_in(&world, &["login", "-p", "read"], "nina").0.ok();
    let first = key(&process(&world, "read").ok());
    for _ in 0..3 {
        world.pass(3500);
        process(&world, "read").ok();
    }
    assert_ne!(key(&process(&world, "read").ok()), first);
    assert_eq!(pages(&world), 1, "nobody was asked");
    // The portal ends the session: what is there lives on, and then somebody signs in again.
    world.sandbox().revoke_sign_ins("nina");
    process(&world, "read").ok();
    world.pass(4000);
    let ran = process(&world, "read");
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(ran.stderr.contains("awsesame login -p read"), "{ran}");
}

#[test]
fn older_form_signs_in_too_and_logout_ends_the_session_at_the_portal() {
    let world = world();
    logs_in(&world, &["login", "-p", "older"], "nina").0.ok();
    process(&world, "older").ok();
    world.awsesame(&["logout", "-p", "older"]).run().ok();
    assert_eq!(world.sandbox().count("Logout"), 1);
    process(&world, "older").fails(3, "profile `older` has no session", "awsesame login -p older");
}

#[test]
fn device_code_is_shown_with_what_to_beware_of_and_asked_for_until_it_is_approved() {
    let world = world();
    let mut pty = world.awsesame(&["login", "-p", "read", "--device-code"]).pty();
    let shown = pty.expect("approve a code only if you asked for it yourself just now");
    let (before, after) = shown.rsplit_once(" and compare the code: ").unwrap();
    let address = before.rsplit_once("open ").unwrap().1;
    assert!(address.ends_with(after.split_whitespace().next().unwrap()), "{address} {after}");
    assert_eq!(world.sandbox().sign_in(address, "nina").status, 200);
    pty.wait().ok();
    process(&world, "read").ok();
}

#[test]
fn hundred_programs_of_all_profiles_open_one_page() {
    let world = world();
    let running: Vec<_> = (0..50)
        .flat_map(|_| ["admin", "read"])
        .map(|profile| with_browser(&world, world.awsesame(&["login", "-p", profile])).spawn())
        .collect();
    sign_in(&world, &opened(&world, 1), "nina");
    for one in running {
        one.wait().ok();
    }
    assert_eq!(pages(&world), 1);
    assert_eq!((world.sandbox().count("CreateToken"), world.sandbox().count("RegisterClient")), (1, 1));
}

fn publishes(world: &World) {
    let run =
        with_browser(world, world.awsesame(&["login", "-p", "read", "--publish"])).spreads_credentials();
    let before = pages(world);
    let running = run.spawn();
    sign_in(world, &opened(world, before + 1), "nina");
    running.wait().ok();
}

#[test]
fn what_the_aws_cli_left_serves_and_is_never_refreshed() {
    let world = world();
    publishes(&world);
    let folder = world.path(".aws/sso/cache");
    let published = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(&published).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&published).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    // A logout deletes what awsesame published, but not the file of another tool.
    world.awsesame(&["logout", "-p", "read"]).spreads_credentials().run().ok();
    assert!(!published.exists());
    process(&world, "read").exits(3);
    world.sandbox().set_token_length(3600);
    publishes(&world);
    let text_now = std::fs::read_to_string(&published).unwrap();
    assert_ne!(text, text_now);
    std::fs::remove_dir_all(world.state().join("sessions")).unwrap();
    world.awsesame(&["process", "-p", "read"]).reveals_credentials().spreads_credentials().run().ok();
}

#[test]
fn settings_that_contradict_each_other_are_told_before_any_browser() {
    let world = world();
    world.append_config(
        "[profile differs]\nsso_session = corp\nsso_region = eu-west-1\nsso_account_id = 123456789012\nsso_role_name = Admin\n\
         [profile lost]\nsso_session = gone\nsso_account_id = 123456789012\nsso_role_name = Admin\n",
    );
    let login = |profile: &str| world.awsesame(&["login", "-p", profile]).run();
    login("differs").fails(
        1,
        "`sso_region` of profile `differs` differs from that of the sso-session `corp`",
        "delete it in the profile: vi {HOME}/.aws/config",
    );
    login("lost").fails(
        1,
        "profile `lost` names the sso-session `gone`, which is not in `{HOME}/.aws/config`",
        "add the section, or name another: vi {HOME}/.aws/config",
    );
    world.awsesame(&["login", "-p", "grace", "--device-code"]).run().exits(1);
}
