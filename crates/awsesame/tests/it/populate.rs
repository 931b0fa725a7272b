//! Tests `awsesame sso populate`: it shows a difference first, and then writes profiles for everything in the sandbox's
//! portal.

use awsesame_sandbox::{Company, Fault, Fixture, Options};

use crate::browser::{opened, pages, sign_in, with_browser};
use crate::ran::Ran;
use crate::world::World;

const SESSION: &str = "\
# mine

[sso-session corp]
sso_start_url = https://d-1234567890.awsapps.com/start
sso_region = us-east-1

";

pub(crate) fn world() -> World {
    let world = World::of(&Fixture::with_browser(), Options::default());
    world.config(SESSION);
    world
}

/// Runs it; a person signs in where a page is opened.
fn populate(world: &World, arguments: &[&str]) -> Ran {
    let run = world.awsesame(&["sso", "populate"]).args(arguments).env("AWS_ENDPOINT_URL", world.url());
    with_browser(world, run).run()
}

pub(crate) fn signed_in(world: &World, user: &str) {
    let run = world.awsesame(&["sso", "populate", "--dry-run"]).env("AWS_ENDPOINT_URL", world.url());
    let before = pages(world);
    let running = with_browser(world, run).spawn();
    sign_in(world, &opened(world, before + 1), user);
    running.wait().ok();
}

#[test]
fn every_account_and_role_becomes_a_profile_after_the_difference_was_shown() {
    let world = world();
    signed_in(&world, "nina");
    let shown = populate(&world, &["--dry-run"]).ok();
    assert!(shown.stdout.lines().all(|line| line.starts_with("+ ")), "{shown}");
    assert!(shown.stdout.contains("-admin  123456789012 Admin "), "{shown}");
    assert_eq!(world.read(".aws/config"), SESSION, "a dry run writes nothing");
    // Nobody can be asked here, and nobody has agreed.
    let ran = populate(&world, &[]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.stderr.contains("hint: to agree beforehand: awsesame sso populate --yes\n"), "{ran}");
    assert_eq!(world.read(".aws/config"), SESSION);
    populate(&world, &["--yes", "--region", "eu-west-1"]).ok();
    let written = world.read(".aws/config");
    assert!(written.starts_with(SESSION), "{written}");
    let count = shown.stdout.lines().count();
    assert_eq!(written.matches("\nawsesame_managed = corp\n").count(), count);
    assert_eq!(written.matches("\nregion = eu-west-1\n").count(), count);
    let name = shown.stdout.lines().find(|line| line.contains(" 123456789012 Admin ")).unwrap();
    let name = name.split_whitespace().nth(1).unwrap();
    world
        .awsesame(&["process", "-p", name])
        .env("AWS_ENDPOINT_URL", world.url())
        .reveals_credentials()
        .run()
        .ok();
    assert_eq!(pages(&world), 1, "one sign-in did all of it");
    let again = populate(&world, &["--yes"]).ok();
    assert!(again.stderr.contains("nothing to change"), "{again}");
}

#[test]
fn person_sees_how_far_it_is_and_is_asked_before_anything_is_written() {
    let world = world();
    signed_in(&world, "nina");
    let run = world.awsesame(&["sso", "populate"]).env("AWS_ENDPOINT_URL", world.url());
    let mut pty = with_browser(&world, run).pty();
    let shown = pty.expect(" changes? [y/N] ");
    let (bar, difference) = shown.split_once("+ ").unwrap();
    assert!(bar.contains("[####") && bar.contains(" accounts"), "{bar}");
    assert!(difference.contains("-admin  123456789012 Admin "), "{difference}");
    pty.send("n\r");
    let ran = pty.wait().exits(1);
    assert!(ran.stderr.contains("nothing was written"), "{ran}");
    assert_eq!(world.read(".aws/config"), SESSION);
}

#[test]
fn only_profiles_of_ours_are_pruned_and_only_if_asked_for() {
    let world = world();
    signed_in(&world, "nina");
    populate(&world, &["--yes"]).ok();
    let all = world.read(".aws/config");
    world.append_config("\n[profile own]\nregion = us-east-1\n");
    world.awsesame(&["logout", "--all"]).env("AWS_ENDPOINT_URL", world.url()).run().ok();
    // Somebody who has one role only.
    signed_in(&world, "olaf");
    let ran = populate(&world, &["--yes"]).ok();
    assert!(
        ran.stderr.contains("of awsesame's profiles have no role any longer; delete them with --prune"),
        "{ran}"
    );
    assert!(world.read(".aws/config").starts_with(&all));
    populate(&world, &["--yes", "--prune"]).ok();
    let pruned = world.read(".aws/config");
    assert!(pruned.contains("[profile own]\nregion = us-east-1\n"), "{pruned}");
    assert!(!pruned.contains("-admin]") && pruned.contains("-readonly]"), "{pruned}");
}

#[test]
fn portal_that_slows_us_down_is_waited_for_and_hundreds_of_accounts_come_in_bounded_time() {
    const ACCOUNTS: u32 = 500;
    let fixture = Company { accounts: ACCOUNTS, users: 0 }.fixture() + Fixture::PORTAL;
    let world = World::of(&Fixture::parse(&fixture).unwrap(), Options::default());
    world.config(SESSION);
    signed_in(&world, "nina");
    let refused = |world: &World| world.sandbox().log().iter().filter(|entry| entry.status == 429).count();
    world.sandbox().throttle_every(7);
    let begun = std::time::Instant::now();
    let ran = populate(&world, &["--yes", "--json"]).ok();
    let took = begun.elapsed();
    eprintln!("{ACCOUNTS} accounts in {took:?}, with {} calls that came too fast", refused(&world));
    assert!(took < std::time::Duration::from_secs(50), "{took:?}");
    let added = ran.json()["added"].as_array().unwrap().len();
    assert_eq!(added, ACCOUNTS as usize * 5);
    assert!(refused(&world) > 60, "it was never slowed down");
    let written = world.read(".aws/config");
    assert!(written.starts_with(SESSION), "{}", &written[..200]);
    assert_eq!(written.matches("\nawsesame_managed = corp\n").count(), added);
    // A second run changes nothing, and without the portal nothing is removed.
    world.sandbox().throttle_every(0);
    let again = populate(&world, &["--yes", "--prune"]).ok();
    assert!(again.stderr.contains("nothing to change"), "{again}");
    for _ in 0..3000 {
        let busy = Fault::Status(400, "InvalidRequestException".into(), "no".into());
        world.sandbox().fail_next("ListAccountRoles", busy);
    }
    populate(&world, &["--yes", "--prune"]).exits(1);
    assert_eq!(world.read(".aws/config"), written);
    // Thousands of profiles cost a session nothing.
    let one = written.lines().find_map(|line| line.strip_prefix("[profile ")?.strip_suffix(']')).unwrap();
    let run = world.awsesame(&["process", "-p", one]).env("AWS_ENDPOINT_URL", world.url());
    run.reveals_credentials().run().ok();
}
