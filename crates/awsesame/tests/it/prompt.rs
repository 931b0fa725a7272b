//! Tests questions on a terminal: they use the terminal device even if stdout and stderr are redirected, they are
//! repeated with a reason, and they leave nothing behind when the user gives up.

use std::time::Duration;

use rustix::process::Signal;

use crate::world::World;

const QUESTION: &str = "MFA code for alice@123456789012 (profile `alice`): ";

#[test]
fn code_is_asked_for_with_identity_and_account() {
    let world = World::new();
    let mut terminal = world.awsesame(&["login", "-p", "alice"]).pty();
    terminal.expect(QUESTION);
    let code = world.code("alice");
    terminal.send(&format!("{code}\r"));
    terminal.wait().ok().says(&format!(
        "{QUESTION}{code}\n\
         awsesame: logged in as alice, account 123456789012 (profile `alice`), until {{CLOCK}} ({{SPAN}} left)\n"
    ));
}

#[test]
fn question_goes_to_the_terminal_and_the_answer_to_stdout() {
    let world = World::new();
    let mut terminal =
        world.awsesame(&["process", "-p", "alice"]).reveals_credentials().pty_with_stdout_piped();
    terminal.expect(QUESTION);
    terminal.send(&format!("{}\n", world.code("alice")));
    let ran = terminal.wait().ok();
    assert_eq!(ran.json()["Version"], 1);
    let script = "exec 2>/dev/null </dev/null; awsesame env -p bob | wc -l";
    let mut terminal = world.program("sh").args(&["-c", script]).pty();
    terminal.expect("MFA code for bob@123456789012 (profile `bob`): ");
    terminal.send(&format!("{}\r", world.code("bob")));
    terminal.expect("23");
    terminal.wait().ok();
}

#[test]
fn typing_can_be_corrected() {
    let world = World::new();
    let mut terminal = world.awsesame(&["login", "-p", "alice"]).pty();
    terminal.expect(QUESTION);
    terminal.send(&format!("99\u{7f}\u{7f}12345\u{15}{}\r", world.code("alice")));
    terminal.wait().ok();
}

#[test]
fn pasted_code_is_taken_with_the_marks_and_blanks_that_come_with_it() {
    for (before, blank, after) in
        [("", "\u{a0}", "\r"), ("\u{1b}[200~", "", "\u{1b}[201~\r"), ("\u{1b}[A", " ", "\n")]
    {
        let world = World::new();
        let code = world.code("alice");
        let mut terminal = world.awsesame(&["login", "-p", "alice"]).pty();
        terminal.expect(QUESTION);
        terminal.send(&format!("{before}{}{blank}{}{after}", &code[..3], &code[3..]));
        terminal.wait().ok();
        assert_eq!(world.sandbox().count("GetSessionToken"), 1);
    }
}

#[test]
fn what_is_no_code_is_asked_again_without_being_sent() {
    let world = World::new();
    let mut terminal = world.awsesame(&["login", "-p", "alice"]).pty();
    for (typed, reason) in [
        ("12345\r", "that is not a token code: it has 5 digits\r\n"),
        ("abcdef\r", "that is not a token code: it has something in it that is not a digit\r\n"),
    ] {
        terminal.expect(QUESTION);
        terminal.send(typed);
        terminal.expect(reason);
    }
    terminal.expect(QUESTION);
    terminal.send(&format!("{}\r", world.code("alice")));
    terminal.wait().ok();
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
}

#[test]
fn refused_code_is_asked_for_three_times_with_the_reason() {
    let world = World::new();
    let mut terminal = world.awsesame(&["login", "-p", "alice"]).pty();
    let refused = "AWS refused the code of `arn:aws:iam::123456789012:mfa/alice`";
    for _ in 0..3 {
        terminal.expect(QUESTION);
        terminal.send("000000\r");
        terminal.expect(refused);
    }
    let ran = terminal.wait().exits(1);
    let end = format!(
        "error: {refused}\nhint: wait until `alice` shows a new code, then type it: awsesame login -p alice\n"
    );
    assert!(ran.stderr.ends_with(&end), "{ran}");
    assert_eq!(world.sandbox().count("GetSessionToken"), 3);
}

#[test]
fn used_code_is_asked_again_with_the_seconds_to_wait() {
    let world = World::new();
    let code = world.code("alice");
    world.awsesame(&["login", "-p", "alice", &code]).run().ok();
    let mut terminal = world.awsesame(&["login", "-p", "alice", "--force"]).pty();
    terminal.expect(QUESTION);
    terminal.send(&format!("{code}\r"));
    terminal.expect("the current code of `arn:aws:iam::123456789012:mfa/alice` has been used already; the next one comes in ");
    terminal.expect(" s\r\n");
    terminal.expect(QUESTION);
    terminal.send("\u{3}");
    terminal.wait().exits(130);
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
}

#[test]
fn ctrl_c_and_ctrl_d_give_up_and_leave_everything_as_it_was() {
    for key in ["\u{3}", "\u{4}"] {
        let world = World::new();
        let mut terminal = world.awsesame(&["env", "-p", "alice"]).pty();
        terminal.expect(QUESTION);
        terminal.send("12");
        terminal.send("\u{15}");
        terminal.send(key);
        let ran = terminal.wait().exits(130);
        let end = "error: no code was given for profile `alice`\nhint: try again: awsesame login -p alice\n";
        assert!(ran.stderr.ends_with(end), "{ran}");
        assert_eq!(world.sandbox().count("GetSessionToken"), 0);
    }
}

#[test]
fn killing_signal_ends_it_with_the_terminal_whole() {
    let world = World::new();
    let mut terminal = world.awsesame(&["login", "-p", "alice"]).pty();
    terminal.expect(QUESTION);
    assert!(!terminal.modes_are_as_before(), "it reads in a mode of its own");
    terminal.signal(Signal::TERM);
    let ran = terminal.wait();
    assert_eq!(ran.signal, Some(15), "{ran}");
}

#[test]
fn unanswered_question_ends_after_its_time() {
    let world = World::new();
    let mut terminal = world.awsesame(&["login", "-p", "alice"]).env("AWSESAME_PROMPT_TIMEOUT", "1").pty();
    terminal.expect(QUESTION);
    let ran = terminal.wait().exits(3);
    let end = "error: nobody entered a code within 1 s\nhint: try again: awsesame login -p alice\n";
    assert!(ran.stderr.ends_with(end), "{ran}");
}

#[test]
fn invalid_time_limit_of_a_question_is_reported() {
    let world = World::new();
    world.awsesame(&["login", "-p", "alice"]).env("AWSESAME_PROMPT_TIMEOUT", "soon").run().fails(
        2,
        "`soon` is not a value for AWSESAME_PROMPT_TIMEOUT: expected a length of time, like `60` or `2m`",
        "use the default: unset AWSESAME_PROMPT_TIMEOUT",
    );
}

#[test]
fn no_question_is_asked_with_no_input() {
    let world = World::new();
    let needed = "error: profile `alice` has no session\nhint: awsesame login -p alice\n";
    world.awsesame(&["process", "-p", "alice", "--no-input"]).pty().wait().exits(3).says(needed);
    world
        .awsesame(&["process", "-p", "alice"])
        .env("AWSESAME_NO_INPUT", "1")
        .pty()
        .wait()
        .exits(3)
        .says(needed);
    let mut asked = world.awsesame(&["env", "-p", "alice"]).env("AWSESAME_NO_INPUT", "0").pty();
    asked.expect(QUESTION);
    asked.send("\u{3}");
    asked.wait().exits(130);
}

#[test]
fn process_in_the_background_of_a_terminal_asks_nobody() {
    let world = World::new();
    let script = "set -m; awsesame env -p alice & wait $!; echo \"ended with $?\"";
    let ran = world.program("bash").args(&["-c", script]).limit(Duration::from_secs(20)).pty().wait().ok();
    assert!(ran.stderr.contains("error: profile `alice` has no session"), "{ran}");
    assert!(ran.stderr.ends_with("ended with 3\n"), "{ran}");
}

#[test]
fn terminal_that_fish_left_without_line_ends_works_too() {
    let world = World::new();
    let script = "old=$(stty -g); stty -icrnl -icanon -echo; awsesame login -p alice; code=$?; stty \"$old\"; exit $code";
    let mut terminal = world.program("sh").args(&["-c", script]).pty();
    terminal.expect(QUESTION);
    terminal.send(&format!("{}\r", world.code("alice")));
    terminal.wait().ok();
}

#[test]
fn text_typed_in_advance_is_left_to_the_shell() {
    let world = World::new();
    let script = "awsesame login -p alice; read -r line; echo \"shell read $line\"";
    let mut terminal = world.program("sh").args(&["-c", script]).pty();
    terminal.expect(QUESTION);
    terminal.send(&format!("{}\rnext words\r", world.code("alice")));
    terminal.expect("shell read next words");
    terminal.wait().ok();
}

#[test]
fn one_question_answers_many_callers() {
    let world = World::new();
    let mut first = world.awsesame(&["exec", "-p", "deploy", "--", "true"]).pty();
    first.expect("MFA code for alice@123456789012 (profile `deploy`): ");
    let mut second = world.awsesame(&["exec", "-p", "alice", "--", "true"]).pty();
    second.expect("awsesame: waiting for the login of profile `alice` on /dev/pts/");
    first.send(&format!("{}\r", world.code("alice")));
    first.wait().ok();
    let ran = second.wait().ok();
    assert!(!ran.stderr.contains("MFA code"), "{ran}");
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
}

#[test]
fn waiting_processes_give_up_with_the_one_that_asked() {
    let world = World::new();
    let mut first = world.awsesame(&["env", "-p", "alice"]).pty();
    first.expect(QUESTION);
    let mut second = world.awsesame(&["env", "-p", "alice"]).pty();
    second.expect("awsesame: waiting for the login of profile `alice` on /dev/pts/");
    first.send("\u{3}");
    first.wait().exits(130);
    let ran = second.wait().exits(3);
    let said = ran.known(&ran.stderr);
    let end = "error: the login in another shell (pid {PID}) ended without a session\nhint: try again: awsesame login -p alice\n";
    assert!(said.ends_with(end), "{ran}");
}

#[test]
fn ctrl_z_suspends_the_job_with_the_terminal_whole_and_fg_asks_again() {
    let world = World::new();
    let script = "set -m; awsesame login -p alice; echo \"stopped: $?, $(stty -a | tr ' ' '\\n' | grep icanon)\"; \
                  sleep 1; fg >/dev/null; echo \"ended: $?\"";
    let mut terminal = world.program("bash").args(&["--norc", "-c", script]).pty();
    terminal.expect(QUESTION);
    terminal.send("12\u{1a}");
    let between = terminal.expect(", icanon");
    assert!(between.contains("stopped: 148"), "{between}");
    terminal.expect(QUESTION);
    terminal.send(&format!("{}\r", world.code("alice")));
    terminal.expect("logged in as alice");
    terminal.expect("ended: 0");
    terminal.wait().ok();
}

#[test]
fn ctrl_z_does_nothing_where_nobody_could_type_fg() {
    let world = World::new();
    // A program without a shell above it; and one that a shell runs at its own prompt, as direnv's hook is.
    let at_a_prompt =
        "bash --norc -i -c 'said=$(awsesame login -p alice 2>&1); echo \"$said\"' 2>&1; echo over";
    let mut alone = world.awsesame(&["login", "-p", "bob"]).pty();
    let mut prompt = world.program("bash").args(&["--norc", "-c", &format!("set -m; {at_a_prompt}")]).pty();
    for (terminal, user) in [(&mut alone, "bob"), (&mut prompt, "alice")] {
        terminal.expect(&format!("MFA code for {user}@123456789012 (profile `{user}`): "));
        terminal.send(&format!("\u{1a}{}\r", world.code(user)));
        terminal.expect(&format!("logged in as {user}"));
    }
    prompt.expect("over");
    alone.wait().ok();
    prompt.wait().ok();
}
