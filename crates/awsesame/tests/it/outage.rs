//! Tests writes that fail: a full disk, a broken disk, an exhausted quota. The answer is two lines, nothing is lost,
//! and no code is spent on a session that cannot be stored.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};

use crate::calls::{Call, calls};
use crate::crowd::{Crowd, finish, for_each, two_lines};
use crate::long::some;
use crate::member::{Keys, Member};
use crate::need::{need, skip};

/// Runs a command in which one call fails.
pub(crate) fn failed(member: &Member<'_>, call: &Call, error: &str, arguments: &[&str]) -> Output {
    let inject = format!("inject={}:error={error}:when={}", call.name, call.number);
    finish(member.traced(&["-o", "/dev/null", "-e", &inject], arguments))
}

/// Returns true if the program succeeded. Fails the test if it crashed, or failed without the two lines of an error.
#[track_caller]
pub(crate) fn ended_in_order(output: &Output, what: &str) -> bool {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.signal(), None, "{what}: {said}");
    match output.status.code() {
        Some(0) => true,
        Some(1) => {
            assert!(two_lines(&said), "{what}: {said}");
            false
        }
        other => panic!("{what}: {other:?}: {said}"),
    }
}

/// Returns every call of a command that changes or reads state, with each error that can occur.
pub(crate) fn failures(member: &Member<'_>, arguments: &[&str]) -> Vec<(Call, &'static str)> {
    let calls = calls(member, arguments).into_iter().filter(|call| call.touches(member));
    calls
        .flat_map(|call| {
            let errors: &[&str] = if call.is_about_keys() { &["EDQUOT"] } else { &["ENOSPC", "EIO"] };
            errors.iter().map(move |error| (call.clone(), *error))
        })
        .collect()
}

#[test]
fn a_login_whose_calls_fail_leaves_the_old_session_or_the_new_one() {
    if !need("strace") {
        return;
    }
    let crowd = Crowd::of(1500);
    let first = crowd.newcomer();
    first.lay_session();
    let failures = some(failures(&first, &["login", &first.code()]), 3);
    let results = for_each(&failures, |(call, error)| {
        let member = crowd.newcomer();
        let old = member.lay_session();
        let what = format!("{error} in {call}");
        let well = ended_in_order(&failed(&member, call, error, &["login", &member.code()]), &what);
        let found = member.served().unwrap_or_else(|| panic!("no session is left after {what}"));
        assert!(found != old || !well, "a session that was not kept is called a success: {what}");
        member.drop_key();
        well
    });
    eprintln!("{} of {} went well", results.iter().filter(|well| **well).count(), results.len());
    assert!(results.len() > 100 && results.contains(&true) && results.contains(&false));
}

#[test]
fn a_logout_whose_calls_fail_is_done_or_says_so() {
    if !need("strace") {
        return;
    }
    let crowd = Crowd::of(400);
    let first = crowd.newcomer();
    first.lay_session();
    let results = for_each(&failures(&first, &["logout"]), |(call, error)| {
        let member = crowd.newcomer();
        let old = member.lay_session();
        let what = format!("{error} in {call}");
        let well = ended_in_order(&failed(&member, call, error, &["logout"]), &what);
        let found = member.served();
        assert!(found.as_ref().is_none_or(|found| *found == old), "{what}");
        assert!(found.is_none() || !well, "a session that is still there is called forgotten: {what}");
        member.drop_key();
        well
    });
    eprintln!("{} of {} went well", results.iter().filter(|well| **well).count(), results.len());
    assert!(results.len() > 20 && results.contains(&true) && results.contains(&false));
}

#[test]
fn a_delivery_serves_what_a_code_bought_even_if_nothing_can_be_kept() {
    if !need("strace") {
        return;
    }
    for (inject, why) in [
        ("inject=renameat:error=ENOSPC", "no space left on device"),
        ("inject=renameat:error=EIO", "input/output error"),
        ("inject=add_key:error=EDQUOT", "the kernel keyring is full"),
    ] {
        let crowd = Crowd::of(1);
        let member = crowd.newcomer();
        let strace = ["--quiet=all", "-f", "-o", "/dev/null", "-e", inject];
        let run = member.program("strace").args(&strace).args(&["awsesame", "env", "--format", "json"]);
        let mut terminal = run.reveals_credentials().pty_with_stdout_piped();
        terminal.expect("MFA code for");
        terminal.send(&format!("{}\r", member.code()));
        let ran = terminal.wait().ok();
        assert!(Keys::printed(ran.stdout.as_bytes()).is_some(), "{ran}");
        let warning = ran.stderr.lines().find(|line| line.contains("the session is used but not stored: "));
        assert!(warning.is_some_and(|line| line.starts_with("warning: ") && line.contains(why)), "{ran}");
        assert_eq!(crowd.world().sandbox().count("GetSessionToken"), 1);
    }
}

/// Returns `unshare` with the arguments that allow mounting here, if there are any.
pub(crate) fn unshared() -> Option<Vec<&'static str>> {
    [vec!["--mount"], vec!["--mount", "--map-root-user"]].into_iter().find(|arguments| {
        let try_out = ["mount", "-t", "tmpfs", "none", "/mnt"];
        let output = Command::new("unshare").args(arguments).args(try_out).output();
        output.is_ok_and(|output| output.status.success())
    })
}

#[test]
fn a_full_disk_is_told_before_the_code_is_spent_and_logout_works_on_it() {
    let Some(unshare) = unshared() else {
        return skip("mount", "no file system may be mounted here, not even with unshare");
    };
    let crowd = Crowd::of(1);
    let member = crowd.newcomer();
    std::fs::create_dir(member.state_folder()).unwrap();
    let script = r#"
        set -u; cd "$XDG_STATE_HOME"
        mount -t tmpfs -o size=128k,mode=700 none awsesame
        fill() { dd if=/dev/zero of=awsesame/filler bs=1k 2>/dev/null; }
        fill
        awsesame login "$1"; echo "full: $?"
        rm awsesame/filler
        awsesame login "$1" 2>/dev/null; echo "room: $?"
        fill
        awsesame env >env.out; echo "env: $?"
        awsesame logout; echo "logout: $?"
        awsesame env --no-input >/dev/null 2>&1; echo "env: $?"
        rm env.out
    "#;
    let run = member.program("unshare").args(&unshare);
    let ran = run.args(&["sh", "-c", script, "sh", &member.code()]).run().ok();
    assert_eq!(ran.stdout, "full: 1\nroom: 0\nenv: 0\nlogout: 0\nenv: 3\n", "{ran}");
    assert!(ran.stderr.contains("no space left on device\nhint: "), "{ran}");
    assert!(ran.stderr.ends_with("the session of profile `user0` is deleted\n"), "{ran}");
    assert_eq!(crowd.world().sandbox().count("GetSessionToken"), 1);
}

#[test]
fn output_that_cannot_be_written_is_an_ordinary_error() {
    let crowd = Crowd::of(1);
    let member = crowd.newcomer();
    member.lay_session();
    let code = |script: &str| finish(member.program("sh").args(&["-c", script]).command()).status.code();
    for command in ["env", "env --format json", "env --max-age 1h", "process", "status", "status --json"] {
        assert_eq!(code(&format!("awsesame {command} >/dev/full")), Some(1), "{command}");
    }
    // The message cannot be printed, but the exit code still shows the failure.
    assert_eq!(code("awsesame env -p nobody --no-input 2>/dev/full"), Some(1));
    assert_eq!(code("awsesame env --no-such-flag 2>/dev/full"), Some(2));
    assert_eq!(code("awsesame logout 2>/dev/full"), Some(0));
    assert_eq!(code("awsesame env --no-input 2>/dev/full"), Some(3));
    assert_eq!(code("awsesame env --no-input 2>&-"), Some(3));
}
