//! Kills a run at every system call. Afterwards every session is the old one or the new one, and the next command
//! works. A short run tries some of the calls.

use std::time::Duration;

use awsesame::vault::Vault;

use crate::calls::{Call, calls};
use crate::crowd::{Crowd, finish, for_each, now, two_lines, until};
use crate::long;
use crate::member::{Keys, Member, old_session};
use crate::need::need;

/// SIGKILL, as a wait status has it.
const KILLED: i32 = 9;

/// Runs a command under strace, which kills it as it enters that call. Whether it
/// came that far: how often it polls, for one, is not the same each time.
pub(crate) fn killed(member: &Member<'_>, at: &Call, arguments: &[&str]) -> bool {
    use std::os::unix::process::ExitStatusExt;
    let inject = format!("inject={}:signal=SIGKILL:when={}", at.name, at.number);
    let output = finish(member.traced(&["-o", "/dev/null", "-e", &inject], arguments));
    match (output.status.signal(), output.status.code()) {
        (Some(KILLED), _) => true,
        (None, Some(0)) => false,
        other => panic!("{at}: {other:?}: {}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// Runs the commands that must work whichever call was killed: `status`, and a login with a new code.
fn next_commands_work(member: &Member<'_>, at: &Call) -> Keys {
    let status = finish(member.awsesame(&["status", "--json"]));
    assert_eq!(status.status.code(), Some(0), "{at}: {status:?}");
    assert_eq!(status.stderr, b"", "{at}: {status:?}");
    member.forget_spent_codes();
    let login = finish(member.awsesame(&["login", &member.code()]));
    assert_eq!(login.status.code(), Some(0), "{at}: {login:?}");
    let keys = member.served().expect("a login brings a session");
    member.drop_key();
    keys
}

/// Returns true if so many runs were killed, some of them before the session changed and others after. Runs that came
/// to no harm (`None`) would prove nothing.
pub(crate) fn killed_everywhere(results: &[Option<bool>], least: usize) -> bool {
    let killed = results.iter().flatten().count();
    eprintln!("{killed} of {} runs were killed", results.len());
    killed > least && results.contains(&Some(true)) && results.contains(&Some(false))
}

#[test]
fn a_login_killed_at_any_system_call_leaves_the_old_session_or_the_new_one() {
    if !need("strace") {
        return;
    }
    let crowd = Crowd::of(600);
    let first = crowd.newcomer();
    first.lay_session();
    let calls = long::some(calls(&first, &["login", &first.code()]), 8);
    let results = for_each(&calls, |at| {
        let member = crowd.newcomer();
        let old = member.lay_session();
        let code = member.code();
        if !killed(&member, at, &["login", &code]) {
            return None;
        }
        let found = member.served().expect("neither the old session nor the new one is there");
        if found != old {
            for (one, other) in
                [(&found.id, &old.id), (&found.secret, &old.secret), (&found.token, &old.token)]
            {
                assert_ne!(one, other, "{at}: half of one session and half of the other");
            }
        }
        let last = next_commands_work(&member, at);
        assert!(last != old && last != found, "{at}: the login brought nothing new");
        Some(found == old)
    });
    // A login that came to no harm would prove nothing.
    assert!(killed_everywhere(&results, long::share(250, 8)));
}

#[test]
fn a_first_login_killed_at_any_system_call_leaves_no_session_or_a_whole_one() {
    if !need("strace") {
        return;
    }
    let crowd = Crowd::of(600);
    let first = crowd.newcomer();
    let calls = calls(&first, &["login", &first.code()]);
    // Every second call is sufficient, because the test before this one tries all of them.
    let calls: Vec<Call> = long::some(calls.into_iter().step_by(2).collect(), 6);
    let results = for_each(&calls, |at| {
        let member = crowd.newcomer();
        let code = member.code();
        if !killed(&member, at, &["login", &code]) {
            return None;
        }
        let found = member.served();
        let last = next_commands_work(&member, at);
        assert_ne!(found.as_ref(), Some(&last), "{at}: the login brought nothing new");
        Some(found.is_some())
    });
    assert!(killed_everywhere(&results, long::share(125, 6)));
}

#[test]
fn a_logout_killed_at_any_system_call_leaves_the_session_or_nothing() {
    if !need("strace") {
        return;
    }
    let crowd = Crowd::of(600);
    for arguments in [&["logout"][..], &["logout", "--all"]] {
        let first = crowd.newcomer();
        first.lay_session();
        let calls = long::some(calls(&first, arguments), 6);
        let results = for_each(&calls, |at| {
            let member = crowd.newcomer();
            let old = member.lay_session();
            if !killed(&member, at, arguments) {
                return None;
            }
            let found = member.served();
            assert!(found.as_ref().is_none_or(|found| *found == old), "{at}: {found:?}");
            let again = finish(member.awsesame(arguments));
            assert_eq!(again.status.code(), Some(0), "{at}: {again:?}");
            assert_eq!(member.served(), None, "{at}: a session came back after logout");
            let status = finish(member.awsesame(&["status"]));
            assert_eq!(status.status.code(), Some(0), "{at}: {status:?}");
            member.drop_key();
            Some(found.is_some())
        });
        assert!(killed_everywhere(&results, long::share(100, 6)));
    }
}

#[test]
fn a_logout_takes_the_session_that_a_killed_login_left_unnamed() {
    let crowd = Crowd::of(1);
    let member = crowd.newcomer();
    member.lay_session();
    // A login killed between its two files leaves the first of them.
    std::fs::remove_file(member.session_file()).unwrap();
    assert!(member.served().is_some(), "the MFA session still serves");
    std::fs::remove_file(member.session_file()).unwrap();
    assert!(finish(member.awsesame(&["logout"])).status.success());
    assert_eq!(member.served(), None);
}

#[test]
fn a_session_is_announced_even_if_its_login_is_killed_before_the_stamp_is_set() {
    use std::time::SystemTime;
    if !need("strace") {
        return;
    }
    let crowd = Crowd::of(1);
    let member = crowd.newcomer();
    let old = member.lay_session();
    let stamp = member.state().stamp_path(&member.subject());
    let before = SystemTime::now();
    let code = member.code();
    // The trial's stamp is set once, the MFA session's twice, and so is the profile's own: the fifth comes after the
    // file.
    let inject = "inject=utimensat:signal=SIGKILL:when=5";
    let output = finish(member.traced(&["-o", "/dev/null", "-e", inject], &["login", &code]));
    assert!(!output.status.success(), "{output:?}");
    assert_ne!(member.served(), Some(old), "it was killed too early for this test");
    let touched = std::fs::metadata(stamp).unwrap().modified().unwrap();
    assert!(touched > before, "whoever watches the stamp never looks");
}

/// Returns the kernel's lines about the data keys of a member.
fn keys_of(member: &Member<'_>) -> Vec<String> {
    let suffix = awsesame_core::session::short_id(member.state_folder().as_os_str().as_encoded_bytes());
    let keys = std::fs::read_to_string("/proc/keys").unwrap();
    keys.lines().filter(|line| line.contains(&suffix)).map(str::to_owned).collect()
}

#[test]
fn a_data_key_never_outlives_its_sessions_whenever_a_login_is_killed() {
    if !need("strace") {
        return;
    }
    let crowd = Crowd::of(100);
    let first = crowd.newcomer();
    let calls = calls(&first, &["login", &first.code()]);
    let calls: Vec<Call> = calls.into_iter().filter(Call::is_about_keys).collect();
    let results = for_each(&calls, |at| {
        let member = crowd.newcomer();
        let code = member.code();
        let killed = killed(&member, at, &["login", &code]);
        // The kernel removes the keys of a process that has died, but not at once.
        let soon = until(10);
        let own = loop {
            let own = keys_of(&member);
            // The fourth column is the time that is left.
            if own.iter().all(|key| key.split_whitespace().nth(3) != Some("perm")) {
                break own;
            }
            assert!(soon(), "{at}: {own:?} never ends");
            std::thread::sleep(Duration::from_millis(20));
        };
        member.drop_key();
        killed.then_some(!own.is_empty())
    });
    assert!(killed_everywhere(&results, 5), "{results:?}");
}

#[test]
fn a_shorter_session_does_not_end_the_key_of_a_longer_one_that_is_being_written() {
    let crowd = Crowd::of(1);
    let member = crowd.newcomer();
    let (state, now) = (member.state(), now());
    let keep = |id: &str, seconds: i64, before: &dyn Fn()| {
        let vault = Vault::open(&state, "kernel").unwrap();
        let write = |bytes: &[u8]| {
            before();
            state.write_derived(id, bytes)
        };
        vault.keep(&mut member.header(id, now, seconds), &old_session().1, now, write).unwrap();
    };
    let (writing, begun) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            keep("longer", 7200, &|| {
                writing.send(()).unwrap();
                std::thread::sleep(Duration::from_millis(200));
            });
        });
        begun.recv().unwrap();
        keep("shorter", 900, &|| ());
    });
    let own = keys_of(&member);
    // Hours are left, not minutes.
    let left = own.first().and_then(|key| key.split_whitespace().nth(3));
    assert!(left.is_some_and(|left| left.ends_with('h')), "{own:?}");
    member.drop_key();
}

#[test]
fn the_lines_of_an_error_are_known_when_they_are_seen() {
    assert!(two_lines("warning: w\nerror: e\nhint: h\n"));
    for text in ["", "error: e\n", "hint: h\nerror: e\n", "thread panicked\nerror: e\nhint: h\n"] {
        assert!(!two_lines(text), "{text}");
    }
}
