//! Tests code sources that ask a person in another place than our own prompt: the real pinentries on a terminal, and
//! `zenity` as a script.

use std::time::Duration;

use crate::need::need;
use crate::sources::Tools;
use crate::world::World;

#[test]
fn pinentry_on_the_terminal_takes_the_code() {
    for program in ["pinentry-curses", "pinentry-tty"] {
        if !need(program) {
            continue;
        }
        let world = World::new();
        let mut terminal = world
            .awsesame(&["login", "-p", "alice"])
            .env("AWSESAME_CODE_SOURCE", "pinentry")
            .env("AWSESAME_CODE_PINENTRY_PROGRAM", program)
            .pty();
        terminal.expect("MFA code for alice@123456789012");
        terminal.expect("Code:");
        std::thread::sleep(Duration::from_millis(300));
        terminal.send(&format!("{}\r", world.code("alice")));
        terminal.expect("logged in as alice");
        terminal.wait().ok();
    }
}

#[test]
fn pinentry_that_is_cancelled_gives_up() {
    if !need("pinentry-curses") {
        return;
    }
    let world = World::new();
    let run = world.awsesame(&["login", "-p", "alice"]).env("AWSESAME_CODE_SOURCE", "pinentry");
    let mut terminal = run.env("AWSESAME_CODE_PINENTRY_PROGRAM", "pinentry-curses").pty();
    terminal.expect("Code:");
    std::thread::sleep(Duration::from_millis(300));
    // From the field over OK to Cancel.
    terminal.send("\t\t\r");
    terminal.expect("error: no code was given for profile `alice`");
    terminal.wait().exits(130);
}

#[test]
fn window_takes_the_code_and_asks_again_with_the_reason() {
    let (world, tools) = (World::new(), Tools::new());
    tools.program(
        "zenity",
        "printf '%s\\n' \"$@\" >> {TOOLS}/log\n[ -e {TOOLS}/asked ] && exec cat {TOOLS}/code\ntouch {TOOLS}/asked; echo 12345\n",
    );
    std::fs::write(tools.path("code"), world.code("alice")).unwrap();
    let login = world.awsesame(&["login", "-p", "alice"]).env("AWSESAME_CODE_SOURCE", "dialog");
    tools.first(login.env("DISPLAY", ":99")).run().ok();
    assert_eq!(
        std::fs::read_to_string(tools.path("log")).unwrap(),
        "--entry\n--title=awsesame\n--text=MFA code for alice@123456789012 (profile `alice`)\n--timeout=300\n\
         --entry\n--title=awsesame\n--text=that is not a token code: it has 5 digits\n\
         MFA code for alice@123456789012 (profile `alice`)\n--timeout=300\n"
    );
}

#[test]
fn window_that_is_closed_or_left_alone_gives_up() {
    let (world, tools) = (World::new(), Tools::new());
    for (script, code, error) in [
        ("exit 1", 130, "no code was given for profile `alice`"),
        ("exit 5", 3, "nobody entered a code within 1 s"),
        ("sleep 60", 3, "nobody entered a code within 1 s"),
    ] {
        tools.program("zenity", script);
        let login = world.awsesame(&["login", "-p", "alice"]).env("AWSESAME_CODE_SOURCE", "dialog");
        let login = login.env("DISPLAY", ":99").env("AWSESAME_PROMPT_TIMEOUT", "1");
        tools.first(login).run().fails(code, error, "try again: awsesame login -p alice");
    }
}

#[test]
fn without_a_desktop_and_a_terminal_a_login_is_needed_at_once() {
    let world = World::new();
    for source in ["dialog", "pinentry", "terminal"] {
        let login = || world.awsesame(&["login", "-p", "alice"]).env("AWSESAME_CODE_SOURCE", source);
        let told = "profile `alice` needs a code for a new session";
        login().run().fails(3, told, "add the code: awsesame login -p alice 123456");
        let quiet = login().env("DISPLAY", ":99").env("AWSESAME_NO_INPUT", "1");
        quiet.run().fails(3, told, "add the code: awsesame login -p alice 123456");
    }
}

#[test]
fn window_that_was_dismissed_stays_away_from_programs_for_a_while() {
    let (world, tools) = (World::new(), Tools::new());
    tools.program(
        "zenity",
        "echo asked >> {TOOLS}/log; [ -e {TOOLS}/code ] && exec cat {TOOLS}/code; exit 1\n",
    );
    let windows = || std::fs::read_to_string(tools.path("log")).unwrap_or_default().lines().count();
    let run = |arguments: &[&str]| {
        let run = world.awsesame(arguments).env("AWSESAME_CODE_SOURCE", "dialog").env("DISPLAY", ":99");
        tools.first(run)
    };
    world.stops();
    let process = || run(&["process", "-p", "alice"]).run();
    process().exits(130);
    for _ in 0..3 {
        process().fails(
            3,
            "the window that asks for a code was closed 0 s ago, so programs open no other for 600 s",
            "log in at a terminal: awsesame login -p alice",
        );
    }
    assert_eq!(windows(), 1);
    // A closed window counts only for its key, and a person who types the command wants the question.
    run(&["process", "-p", "bob"]).run().exits(130);
    run(&["login", "-p", "alice"]).run().exits(130);
    assert_eq!(windows(), 3);
    world.pass(601);
    process().exits(130);
    assert_eq!(windows(), 4);
    // After a login nothing is left of it.
    std::fs::write(tools.path("code"), world.code("alice")).unwrap();
    run(&["login", "-p", "alice"]).run().ok();
    world.awsesame(&["logout", "-p", "alice"]).run().ok();
    std::fs::write(tools.path("code"), world.code("alice")).unwrap();
    run(&["process", "-p", "alice"]).reveals_credentials().run().ok();
    assert_eq!(windows(), 6);
}
