//! Kills sign-ins by browser and refreshes at every system call: no valid session is lost, and the watchdog, which
//! checks every run, finds no readable token. A short run tries some of the calls.

use std::collections::BTreeMap;

use crate::browser::{get, logs_in, opened, pages, with_browser};
use crate::calls::{Call, in_trace};
use crate::console_login;
use crate::long;
use crate::need::need;
use crate::portal;
use crate::ran::Ran;
use crate::run::Run;
use crate::world::World;

/// Returns the command under strace with these options.
fn traced<'w>(world: &'w World, strace: &[&str], arguments: &[&str]) -> Run<'w> {
    let quiet = ["--quiet=all"];
    with_browser(world, world.program("strace").args(&quiet).args(strace).args(&["awsesame"]).args(arguments))
}

/// Runs it while a person signs in at the page that it opens, if it comes that far.
fn with_a_person(world: &World, run: Run<'_>, user: &str) -> Ran {
    let before = pages(world);
    let mut running = run.spawn();
    while running.is_running() {
        if pages(world) > before {
            let answer = world.sandbox().sign_in(&opened(world, before + 1), user);
            // The process that listened may have ended.
            if answer.location.as_ref().is_some_and(|url| std::net::TcpStream::connect(host(url)).is_ok()) {
                get(&answer.location.unwrap());
            }
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    running.wait()
}

fn host(url: &str) -> &str {
    url.strip_prefix("http://").unwrap().split('/').next().unwrap()
}

/// Returns every system call of a run that succeeds.
fn calls(world: &World, arguments: &[&str], run: impl Fn(Run<'_>) -> Ran) -> Vec<Call> {
    let trace = tempfile::NamedTempFile::new().unwrap();
    // The process's number before each line, as where several are followed.
    let strace = ["-f", "-o", trace.path().to_str().unwrap()];
    run(traced(world, &strace, arguments)).ok();
    let text = std::fs::read_to_string(trace.path()).unwrap();
    let own = text.split_whitespace().next().unwrap().to_owned();
    let own: Vec<&str> = text.lines().filter(|line| line.starts_with(&format!("{own} "))).collect();
    in_trace(own.join("\n").as_bytes())
}

/// Kills a run as it makes a call; false if it did not come that far.
fn killed(world: &World, at: &Call, arguments: &[&str], run: impl Fn(Run<'_>) -> Ran) -> bool {
    let inject = format!("inject={}:signal=SIGKILL:when={}", at.name, at.number);
    let ran = run(traced(world, &["-o", "/dev/null", "-e", &inject], arguments));
    match (ran.signal, ran.code) {
        (Some(9), _) => true,
        (None, Some(0)) => false,
        _ => panic!("{at}: {ran}"),
    }
}

fn process(world: &World, profile: &str) -> Ran {
    world.awsesame(&["process", "-p", profile]).reveals_credentials().run()
}

fn key(ran: &Ran) -> String {
    ran.json()["AccessKeyId"].as_str().unwrap().to_owned()
}

/// Kills sign-ins of a profile that has a session, and of one that has none. `user` needs no code, which could be used up.
fn sign_ins_are_killed(world: &World, profile: &str, user: &str) {
    logs_in(world, &["login", "-p", profile], user).0.ok();
    let login = ["login", "--force", "-p", profile];
    let all = calls(world, &login, |run| with_a_person(world, run, user));
    let mut ended = BTreeMap::new();
    for at in long::some(all.clone(), 24) {
        let old = key(&process(world, profile).ok());
        if !killed(world, &at, &login, |run| with_a_person(world, run, user)) {
            continue;
        }
        let before = pages(world);
        let new = key(&process(world, profile).ok());
        assert_eq!(pages(world), before, "{at}: nobody is asked");
        *ended.entry(new == old).or_insert(0) += 1;
    }
    eprintln!("{} calls, {ended:?} with the old session and with the new one", all.len());
    assert!(ended.get(&true).is_some_and(|old| *old > long::share(100, 24)), "{ended:?}");
    assert!(ended.contains_key(&false), "no run was killed behind the change: {ended:?}");

    // Without a session there is none afterwards, or a whole one, and the next sign-in succeeds.
    for at in long::some(all, 48) {
        world.awsesame(&["logout", "-p", profile]).run().ok();
        if !killed(world, &at, &login, |run| with_a_person(world, run, user)) {
            continue;
        }
        let ran = process(world, profile);
        assert!(matches!(ran.code, Some(0 | 3)), "{at}: {ran}");
        let next = with_a_person(world, with_browser(world, world.awsesame(&["login", "-p", profile])), user);
        assert_eq!(next.code, Some(0), "{at}: {next}");
        process(world, profile).ok();
    }
}

#[test]
fn sign_in_killed_at_any_system_call_leaves_the_old_session_or_the_new_one() {
    if need("strace") {
        sign_ins_are_killed(&console_login::world(), "e", "erin");
    }
}

#[test]
fn sign_in_to_a_portal_killed_at_any_system_call_leaves_the_old_token_or_the_new_one() {
    if need("strace") {
        sign_ins_are_killed(&portal::world(), "read", "nina");
    }
}

/// Kills refreshes of a profile. Before each of them, this many seconds have to pass.
fn refreshes_are_killed(world: &World, profile: &str, user: &str, seconds: i64) {
    let refresh = ["process", "-p", profile];
    let run = |run: Run<'_>| run.reveals_credentials().run();
    // A refresh token may be good once: that of a run which was killed before it heard the answer is used up.
    let due = || {
        logs_in(world, &["login", "--force", "-p", profile], user).0.ok();
        let first = key(&process(world, profile).ok());
        world.pass(seconds);
        first
    };
    due();
    let all = calls(world, &refresh, run);
    let (mut killed_runs, mut refreshed) = (0, 0);
    for at in long::some(all.clone(), 32) {
        let first = due();
        let before = pages(world);
        killed_runs += usize::from(killed(world, &at, &refresh, run));
        refreshed += usize::from(key(&process(world, profile).ok()) != first);
        assert_eq!(pages(world), before, "{at}: nobody is asked");
    }
    eprintln!("{killed_runs} refreshes were killed, of {} calls; {refreshed} were made up for", all.len());
    assert!(killed_runs > long::share(100, 32), "only {killed_runs} refreshes were killed");
    assert!(refreshed * 10 >= killed_runs * 9, "only {refreshed} of {killed_runs} were made up for");
}

#[test]
fn refresh_killed_at_any_system_call_loses_no_session() {
    if !need("strace") {
        return;
    }
    refreshes_are_killed(&console_login::world(), "e", "erin", 640);
}

#[test]
fn refresh_of_a_portal_s_token_killed_at_any_system_call_loses_no_session() {
    if !need("strace") {
        return;
    }
    let world = portal::world();
    world.sandbox().set_token_length(3600);
    // The role's credentials are due, and with them the token.
    refreshes_are_killed(&world, "read", "nina", 3400);
}
