//! Tests the waiting times of a sign-in: with a service that asks clients to wait, and without the time that a person
//! takes.

use std::time::{Duration, Instant};

use awsesame_sandbox::Fault;

use crate::browser::{get, logs_in, opened, pages, with_browser};
use crate::console_login;
use crate::portal;

#[test]
fn service_that_asks_to_be_left_alone_is_waited_for_but_not_for_ever() {
    let world = console_login::world();
    world.append_config(portal::PROFILES);
    world.sandbox().set_token_length(3600);
    logs_in(&world, &["login", "-p", "f"], "frank").0.ok();
    logs_in(&world, &["login", "-p", "read"], "nina").0.ok();
    let served = |profile: &str| world.awsesame(&["process", "-p", profile]).reveals_credentials().run();
    // The whole time of a refresh, which would be half a second with our own pause.
    for (profile, action, service) in [
        ("f", "CreateOAuth2Token", "AWS Sign-In"),
        ("read", "CreateToken", "IAM Identity Center"),
        ("read", "GetRoleCredentials", "IAM Identity Center"),
    ] {
        for status in [429, 503] {
            world.pass(if profile == "f" { 700 } else { 3500 });
            let sent = world.sandbox().count(action);
            world.sandbox().fail_next(action, Fault::Busy(status, 3));
            let begun = Instant::now();
            let ran = served(profile).ok();
            let took = begun.elapsed();
            assert!(took >= Duration::from_secs(3), "{action} {status}: {took:?} {ran}");
            assert!(ran.stderr.contains(&format!("{service} is busy and asks to wait for 3 s")), "{ran}");
            assert_eq!(world.sandbox().count(action), sent + 2, "{action} {status}");
        }
    }
    // A service that asks for more than anybody waits is not asked again, and what lives is served.
    served("f").ok();
    world.pass(640);
    let sent = world.sandbox().count("CreateOAuth2Token");
    world.sandbox().fail_next("CreateOAuth2Token", Fault::Busy(503, 3600));
    let begun = Instant::now();
    let ran = served("f").ok();
    assert!(begun.elapsed() < Duration::from_secs(10), "{ran}");
    assert!(ran.stderr.contains("the credentials are used until they expire"), "{ran}");
    assert_eq!(world.sandbox().count("CreateOAuth2Token"), sent + 1);
}

#[test]
fn sign_in_by_browser_takes_a_moment_without_the_person() {
    const ROUNDS: usize = 5;
    let world = console_login::world();
    world.append_config(portal::PROFILES);
    for (profile, user) in [("e", "erin"), ("read", "nina")] {
        let mut spans: Vec<(Duration, Duration)> = (0..ROUNDS)
            .map(|_| {
                let before = pages(&world);
                let begun = Instant::now();
                let login =
                    with_browser(&world, world.awsesame(&["login", "-p", profile, "--force"])).spawn();
                let address = opened(&world, before + 1);
                let opens = begun.elapsed();
                // From here on the person has allowed it, and the browser is sent back.
                let allowed = world.sandbox().sign_in(&address, user).location.unwrap();
                let back = Instant::now();
                assert!(get(&allowed).starts_with("HTTP/1.1 200 "));
                login.wait().ok();
                (opens, back.elapsed())
            })
            .collect();
        spans.sort();
        let (opens, ends) = spans[ROUNDS / 2];
        eprintln!("{profile}: the page opens after {opens:?}, and the login ends {ends:?} after the page");
        assert!(opens + ends < Duration::from_secs(5), "{spans:?}");
    }
}
