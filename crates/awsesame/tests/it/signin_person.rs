//! Tests a person who signs in at a terminal: which browser opens, the messages if none can open, how to give up, and
//! the messages about credentials that last fifteen minutes.

use rustix::process::Signal;

use crate::browser::{get, logs_in, opened, pages, sign_in, with_browser};
use crate::console_login;
use crate::need::need;
use crate::portal;
use crate::ran::Ran;
use crate::world::World;

fn process(world: &World, profile: &str) -> Ran {
    world.awsesame(&["process", "-p", profile]).reveals_credentials().run()
}

/// Returns the files in our state folder that a sign-in could leave behind.
fn sessions(world: &World) -> Vec<String> {
    let Ok(files) = std::fs::read_dir(world.state().join("sessions")) else { return Vec::new() };
    files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn browser_is_the_one_that_was_named_by_flag_by_setting_or_by_variable() {
    let world = console_login::world();
    for name in ["flag", "setting", "variable"] {
        world.write(name, &format!("#!/bin/sh\nprintf '%s %s\\n' \"$1\" \"$2\" >{name}-opened\n"));
    }
    let login = || world.awsesame(&["login", "--force", "-p", "e"]);
    let signs_in = |run: crate::run::Run<'_>, name: &str| {
        let running = run.env("BROWSER", "sh variable --new").spawn();
        let file = world.path(format!("{name}-opened"));
        let text = (0..1000).find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            std::fs::read_to_string(&file).ok().filter(|text| text.ends_with('\n'))
        });
        let text = text.unwrap_or_else(|| panic!("{name} was not opened"));
        let (argument, address) = text.trim().split_once(' ').unwrap();
        assert_eq!(argument, "--new", "its own arguments come first");
        sign_in(&world, address, "erin");
        running.wait().ok();
        std::fs::remove_file(file).unwrap();
    };
    signs_in(login(), "variable");
    world.write(".config/awsesame/config.toml", "console.browser = [\"sh\", \"setting\", \"--new\"]\n");
    signs_in(login(), "setting");
    signs_in(login().args(&["--browser", "sh flag --new"]), "flag");
    let ran = login().args(&["--browser", "no-such-browser"]).run().exits(1);
    assert!(ran.stderr.starts_with("error: cannot run `no-such-browser`: "), "{ran}");
}

#[test]
fn address_and_its_picture_are_shown_where_no_browser_of_this_machine_can_be_opened() {
    for (variable, value) in [("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22"), ("CODESPACES", "true")] {
        let world = console_login::world();
        let mut pty = world.awsesame(&["login", "-p", "e"]).env(variable, value).pty();
        let shown = pty.expect("paste the authorization code from the page: ");
        assert!(shown.contains("sign in as profile `e` in a browser on any machine:"), "{shown}");
        assert!(shown.contains("█") || shown.contains("▀"), "no picture of the address: {shown}");
        let address =
            shown.lines().map(str::trim).find(|line| line.starts_with("http://")).unwrap().to_owned();
        let page = get(&world.sandbox().sign_in(&address, "erin").location.unwrap());
        let code = page.split("<code id=\"code\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
        pty.send(&format!("{code}\r"));
        pty.wait().ok();
        process(&world, "e").ok();
    }
    // At a portal, the browser stops at a page that it cannot open; without a person there is nobody to paste it.
    let world = portal::world();
    let ssh = |arguments: &[&str]| world.awsesame(arguments).env("SSH_TTY", "/dev/pts/9");
    ssh(&["login", "-p", "read"]).run().fails(3, "profile `read` has no session", "awsesame login -p read");
    let mut pty = ssh(&["login", "-p", "read"]).pty();
    let shown = pty.expect("paste that page's address here: ");
    let address = shown.lines().map(str::trim).find(|line| line.starts_with("http://")).unwrap().to_owned();
    let answer = world.sandbox().sign_in(&address, "nina").location.unwrap();
    pty.send("http://127.0.0.1/oauth/callback?code=x&state=another\r");
    let ran = pty.wait().exits(1);
    assert!(ran.stderr.contains("error: the pasted answer cannot be used: "), "{ran}");
    // Another sign-in has another state.
    let mut pty = ssh(&["login", "-p", "read"]).pty();
    pty.expect("paste that page's address here: ");
    pty.send(&format!("{answer}\r"));
    pty.wait().exits(1);
    process(&world, "read").exits(3);
}

#[test]
fn sign_in_that_is_given_up_leaves_nothing_behind_and_those_who_wait_give_up_too() {
    for profile in ["e", "read"] {
        let world = console_login::world();
        world.append_config(portal::PROFILES);
        let mut pty = with_browser(&world, world.awsesame(&["login", "-p", profile])).pty();
        pty.expect(&format!("waiting for the browser to sign in profile `{profile}`; Ctrl-C gives up"));
        opened(&world, 1);
        let mut joined = with_browser(&world, world.awsesame(&["login", "-p", profile])).pty();
        joined.expect(&format!("waiting for the sign-in of profile `{profile}` on "));
        pty.signal(Signal::INT);
        let ran = pty.wait();
        assert!(ran.signal == Some(2) || ran.code == Some(130), "{ran}");
        let ran = joined.wait();
        assert_eq!(ran.code, Some(3), "{ran}");
        assert_eq!(pages(&world), 1, "whoever waited opens no page of his own");
        assert_eq!(sessions(&world), Vec::<String>::new());
        // An interrupted sign-in cannot be continued; the next one starts from the beginning.
        let (ran, _) =
            logs_in(&world, &["login", "-p", profile], if profile == "e" { "erin" } else { "nina" });
        ran.ok();
        process(&world, profile).ok();
    }
}

#[test]
fn person_who_asks_for_variables_is_told_how_short_they_last() {
    let world = console_login::world();
    logs_in(&world, &["login", "-p", "e"], "erin").0.ok();
    process(&world, "e").ok();
    let line =
        " min and cannot be refreshed; programs that ask can: awsesame exec --via broker -p e -- COMMAND";
    let ran = world.awsesame(&["env", "-p", "e"]).reveals_credentials().pty_with_stdout_piped().wait().ok();
    assert!(
        ran.stderr.contains("awsesame: these variables expire in 1") && ran.stderr.contains(line),
        "{ran}"
    );
    assert!(ran.stdout.contains("export AWS_SESSION_TOKEN='"), "{ran}");
    // Without a terminal there is no message.
    let ran = world.awsesame(&["env", "-p", "e"]).reveals_credentials().run().ok();
    assert_eq!(ran.stderr, "");
}

#[test]
fn half_a_file_of_another_program_is_read_once_more_when_it_is_whole() {
    if !need("strace") {
        return;
    }
    let world = console_login::world();
    let run = with_browser(&world, world.awsesame(&["login", "-p", "e", "--publish"])).spreads_credentials();
    let running = run.spawn();
    sign_in(&world, &opened(&world, 1), "erin");
    running.wait().ok();
    let file = std::fs::read_dir(world.path(".aws/login/cache")).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read(&file).unwrap();
    let mut served = 0;
    for _ in 0..4 {
        std::fs::remove_dir_all(world.state().join("sessions")).unwrap();
        std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
        let trace = ["-f", "-o", "/dev/null", "-e", "inject=clock_nanosleep:delay_exit=400000:when=1"];
        let run = world.program("strace").args(&trace).args(&["awsesame", "process", "-p", "e"]);
        let running = run.reveals_credentials().spreads_credentials().spawn();
        std::thread::sleep(std::time::Duration::from_millis(350));
        std::fs::write(&file, &whole).unwrap();
        served += usize::from(running.wait().code == Some(0));
    }
    assert!(served > 0, "the whole file was never read");
    // A file that stays incomplete is not a session.
    std::fs::remove_dir_all(world.state().join("sessions")).unwrap();
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let ran = world.awsesame(&["process", "-p", "e"]).reveals_credentials().spreads_credentials().run();
    ran.fails(3, "profile `e` has no session", "awsesame login -p e");
}

/// Returns the names of the system calls that the front makes for a fresh session, in order.
fn calls(world: &World, profile: &str) -> Vec<String> {
    let trace = tempfile::NamedTempFile::new().unwrap();
    let strace = ["--quiet=all", "-o", trace.path().to_str().unwrap(), "awsesame", "process", "-p", profile];
    world.program("strace").args(&strace).reveals_credentials().run().ok();
    let text = std::fs::read_to_string(trace.path()).unwrap();
    text.lines().filter_map(|line| Some(line.split_once('(')?.0.to_owned())).collect()
}

/// Returns the number of session files that the front opens for a fresh session, and the number of keys that it reads.
fn opens(world: &World, profile: &str) -> (usize, usize) {
    let trace = tempfile::NamedTempFile::new().unwrap();
    let strace = ["--quiet=all", "-e", "trace=open,openat,keyctl", "-o", trace.path().to_str().unwrap()];
    let run = world.program("strace").args(&strace).args(&["awsesame", "process", "-p", profile]);
    run.reveals_credentials().run().ok();
    let text = std::fs::read_to_string(trace.path()).unwrap();
    let lines = |words: &str| text.lines().filter(|line| line.contains(words)).count();
    (lines(".session\""), lines("KEYCTL_READ"))
}

#[test]
fn fresh_session_of_each_kind_costs_the_front_the_same_calls() {
    if !need("strace") {
        return;
    }
    let world = console_login::world();
    world.append_config(portal::PROFILES);
    world.append_config(
        "[profile by-code]\nrole_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = alice\n\
         region = us-east-1\nendpoint_url = {URL}\n\n",
    );
    world.log_in("alice");
    logs_in(&world, &["login", "-p", "e"], "erin").0.ok();
    logs_in(&world, &["login", "-p", "read"], "nina").0.ok();
    logs_in(&world, &["login", "-p", "above"], "frank").0.ok();
    // The size of the heap is not a matter of the kind.
    let mmap = |call: &String| !["brk", "mmap", "munmap"].contains(&call.as_str());
    let calls = |profile: &str| -> Vec<String> { calls(&world, profile).into_iter().filter(mmap).collect() };
    let by_code = calls("alice");
    assert!(by_code.iter().any(|call| call == "keyctl"), "{by_code:?}");
    for profile in ["alice", "e", "read", "above"] {
        assert_eq!(opens(&world, profile), (1, 1), "{profile}: one session, and one key");
    }
    assert_eq!(calls("e"), by_code);
    assert_eq!(calls("read"), by_code);
    // A role depends on one file more.
    world.awsesame(&["login", "-p", "by-code"]).run().ok();
    assert_eq!(calls("above"), calls("by-code"));
}
