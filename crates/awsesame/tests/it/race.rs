//! Tests many callers at once: there is one question and one call, and every caller gets a complete answer.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use awsesame::aws::{self, Aws, sts};
use awsesame::os::context::Context;
use awsesame_core::name::secret::Secret;
use awsesame_core::session::Credentials;

use crate::crowd::{Crowd, finish, two_lines, until};
use crate::long::is_long;
use crate::member::{Keys, Member, ROLE};
use crate::pty::Pty;

/// The number of callers of a crowd at one prompt.
const CALLERS: usize = 100;

/// Starts a shell on a terminal. It starts this many callers at once in its foreground, each of which writes to files
/// of its own, and waits for all of them.
fn callers<'c>(member: &Member<'c>, count: usize, command: &str) -> Pty<'c> {
    let script = format!(
        "modes=$(stty -g); cd \"$XDG_STATE_HOME\"; i=0
         while [ $i -lt {count} ]; do
             {{ {command} >out.$i 2>err.$i; echo $? >code.$i; }} & i=$((i+1))
         done
         wait; stty \"$modes\"; echo everybody is done"
    );
    member.program("sh").args(&["-c", &script]).spreads_credentials().pty()
}

/// The result of one caller.
struct Ended {
    code: i32,
    out: Vec<u8>,
    err: String,
}

/// Returns the end of each caller.
fn ends(member: &Member<'_>, count: usize) -> Vec<Ended> {
    let read = |name: String| std::fs::read(member.file(&name)).unwrap();
    (0..count)
        .map(|i| Ended {
            code: String::from_utf8(read(format!("code.{i}"))).unwrap().trim().parse().unwrap(),
            out: read(format!("out.{i}")),
            err: String::from_utf8(read(format!("err.{i}"))).unwrap(),
        })
        .collect()
}

#[track_caller]
fn all_were_served(member: &Member<'_>, profile: &str) {
    let served = member.served_for(profile);
    for ended in ends(member, CALLERS) {
        assert_eq!(ended.code, 0, "{}", ended.err);
        assert_eq!(Keys::printed(&ended.out), served, "{}", ended.err);
    }
}

#[test]
fn a_hundred_callers_make_one_question_and_one_call() {
    let crowd = Crowd::of(1);
    let member = crowd.newcomer();
    let mut terminal = callers(&member, CALLERS, "awsesame env --format json");
    terminal.expect("MFA code for user0@123456789012 (profile `user0`): ");
    terminal.send(&format!("{}\r", member.code()));
    let ran = terminal.wait().ok();
    assert_eq!(ran.stderr.matches("MFA code").count(), 1, "{ran}");
    all_were_served(&member, &member.name);
    assert_eq!(crowd.world().sandbox().count("GetSessionToken"), 1);
}

#[test]
fn a_hundred_callers_of_a_role_make_one_question_and_one_call_of_each_kind() {
    let crowd = Crowd::of(1);
    let member = crowd.newcomer();
    let mut terminal = callers(&member, CALLERS, "awsesame env -p deploy --format json");
    terminal.expect("MFA code for user0@123456789012 (profile `deploy`): ");
    terminal.send(&format!("{}\r", member.code()));
    let ran = terminal.wait().ok();
    assert_eq!(ran.stderr.matches("MFA code").count(), 1, "{ran}");
    all_were_served(&member, ROLE);
    let sandbox = crowd.world().sandbox();
    assert_eq!((sandbox.count("GetSessionToken"), sandbox.count("AssumeRole")), (1, 1));
}

#[test]
fn a_hundred_logins_with_one_code_make_one_call() {
    let crowd = Crowd::of(1);
    let member = crowd.newcomer();
    // In the next step, it is no longer known before the call that the code was spent.
    crowd.world().goes_to_second(1);
    crowd.world().stops();
    let code = member.code();
    let children: Vec<_> = (0..CALLERS)
        .map(|_| {
            let mut login = member.awsesame(&["login", &code]);
            login.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let mut well = 0;
    for child in children {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        match output.status.code() {
            Some(0) => well += 1,
            // A caller that comes after the end gets the message that the code was used.
            Some(1) => assert!(two_lines(&said) && said.contains("has been used already"), "{said}"),
            other => panic!("{other:?}: {said}"),
        }
    }
    assert!(well > 0);
    assert_eq!(crowd.world().sandbox().count("GetSessionToken"), 1);
    assert!(member.served().is_some());
}

/// Waits until a holder has noted itself down, and gives its process.
fn holder(member: &Member<'_>, not: Option<i32>) -> i32 {
    let patience = until(20);
    loop {
        let locks = std::fs::read_dir(member.state_folder().join("locks")).into_iter().flatten();
        let notes = locks.filter_map(|entry| std::fs::read_to_string(entry.ok()?.path()).ok());
        let pids = notes.filter_map(|note| note.strip_prefix("held by ")?.split(' ').next()?.parse().ok());
        if let Some(pid) = pids.filter(|pid| Some(*pid) != not).min() {
            return pid;
        }
        assert!(patience(), "nobody holds the lock");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[test]
fn when_the_one_who_asks_is_killed_the_next_one_asks() {
    let crowd = Crowd::of(1);
    let member = crowd.newcomer();
    let mut terminal = callers(&member, 5, "awsesame env --format json");
    terminal.expect("MFA code for");
    let first = holder(&member, None);
    let pid = rustix::process::Pid::from_raw(first).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    terminal.expect("MFA code for");
    assert_ne!(holder(&member, Some(first)), first);
    terminal.send(&format!("{}\r", member.code()));
    terminal.wait().ok();
    let mut codes: Vec<i32> = ends(&member, 5).iter().map(|ended| ended.code).collect();
    codes.sort_unstable();
    assert_eq!(codes, [0, 0, 0, 0, 137]);
    assert_eq!(crowd.world().sandbox().count("GetSessionToken"), 1);
}

#[test]
fn when_the_one_who_asks_is_told_to_stop_nobody_asks_again() {
    let crowd = Crowd::of(1);
    let member = crowd.newcomer();
    let mut terminal = callers(&member, 20, "awsesame env --format json");
    terminal.expect("MFA code for");
    // A caller that comes after the answer asks again, which is right. So all callers must be waiting before.
    all_wait(&member, 20);
    terminal.send("\u{3}");
    let ran = terminal.wait().ok();
    assert_eq!(ran.stderr.matches("MFA code").count(), 1, "{ran}");
    let ends = ends(&member, 20);
    assert_eq!(ends.iter().filter(|ended| ended.code == 130).count(), 1);
    for ended in ends.iter().filter(|ended| ended.code != 130) {
        assert_eq!(ended.code, 3, "{}", ended.err);
        assert!(two_lines(&ended.err) && ended.err.contains("ended without a session"), "{}", ended.err);
        assert!(ended.out.is_empty());
    }
    assert_eq!(crowd.world().sandbox().count("GetSessionToken"), 0);
}

/// Waits until all callers but one have printed whom they wait for.
fn all_wait(member: &Member<'_>, count: usize) {
    let patience = until(20);
    let waits = |i: &usize| {
        let said = std::fs::read_to_string(member.file(&format!("err.{i}")));
        said.is_ok_and(|said| said.contains("waiting for the login"))
    };
    while (0..count).filter(waits).count() < count - 1 {
        assert!(patience(), "not everybody came");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// Sends a signal to a process, such as one that stops or continues it.
fn signal(pid: i32, signal: rustix::process::Signal) {
    rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), signal).unwrap();
}

#[test]
fn a_login_with_a_code_goes_ahead_of_a_question_and_answers_it() {
    let crowd = Crowd::of(1);
    let member = crowd.newcomer();
    let mut terminal = callers(&member, 3, "awsesame env --format json");
    terminal.expect("MFA code for");
    let begun = std::time::Instant::now();
    let output = finish(member.awsesame(&["login", &member.code()]));
    assert!(output.status.success(), "{output:?}");
    assert!(begun.elapsed().as_secs() < 20, "it waited for the question");
    // Nobody types anything: the process that asks looks for a session between keystrokes.
    terminal.wait().ok();
    let served = member.served();
    for ended in ends(&member, 3) {
        assert_eq!(ended.code, 0, "{}", ended.err);
        assert_eq!(Keys::printed(&ended.out), served, "{}", ended.err);
    }
    assert_eq!(crowd.world().sandbox().count("GetSessionToken"), 1);
}

#[test]
fn a_question_that_was_stopped_is_passed_over_and_told_when_it_wakes() {
    let crowd = Crowd::of(1);
    let member = crowd.newcomer();
    let mut terminal = callers(&member, 2, "awsesame env --format json");
    terminal.expect("MFA code for");
    let first = holder(&member, None);
    signal(first, rustix::process::Signal::STOP);
    // The other one of the two asks now.
    terminal.expect("MFA code for");
    terminal.send(&format!("{}\r", member.code()));
    let patience = until(30);
    while member.served().is_none() {
        assert!(patience(), "nobody was served");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    signal(first, rustix::process::Signal::CONT);
    terminal.wait().ok();
    assert_eq!(ends(&member, 2).iter().map(|ended| ended.code).collect::<Vec<_>>(), [0, 0]);
    assert_eq!(crowd.world().sandbox().count("GetSessionToken"), 1);
}

#[test]
fn a_pipe_that_says_nothing_holds_nobody_up() {
    let crowd = Crowd::of(1);
    let member = crowd.newcomer();
    let mut mute = member.awsesame(&["login", "-"]);
    let mut mute = mute.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(500));
    let begun = std::time::Instant::now();
    let output = finish(member.awsesame(&["login", &member.code()]));
    assert!(output.status.success() && begun.elapsed().as_secs() < 20, "{output:?}");
    drop(mute.stdin.take());
    assert_eq!(mute.wait().unwrap().code(), Some(2));
}

#[test]
fn a_wait_for_a_question_ends_when_the_user_says() {
    let crowd = Crowd::of(1);
    let member = crowd.newcomer();
    let mut terminal = callers(&member, 1, "awsesame env --format json");
    terminal.expect("MFA code for");
    let other = "AWSESAME_PROMPT_TIMEOUT=2s awsesame env --format json 2>other.err; echo ended $?";
    let script = format!("cd \"$XDG_STATE_HOME\"; {other}");
    let mut waits = member.program("sh").args(&["-c", &script]).spreads_credentials().pty();
    waits.expect("ended 3");
    let said = std::fs::read_to_string(member.file("other.err")).unwrap();
    assert!(two_lines(&said) && said.contains("has not ended within 2 s"), "{said}");
    waits.wait();
    terminal.send("\u{3}");
    terminal.wait();
}

/// Returns the identity of the keys, as the sandbox reports it.
fn caller(member: &Member<'_>, keys: &Keys) -> String {
    let aws = Aws::reach(&member.plan().client, Context::of_process()).unwrap();
    let credentials = Credentials {
        access_key_id: keys.id.clone(),
        secret_access_key: Secret::new(keys.secret.clone()),
        session_token: Secret::new(keys.token.clone()),
    };
    sts::caller_identity(&aws, aws::temporary(&credentials)).unwrap_or_else(|_| "nobody".into())
}

#[test]
fn readers_get_whole_answers_while_others_log_in_and_out() {
    const READERS: usize = 50;
    const MEMBERS: usize = 12;
    let (planned, patience) = (until(if is_long() { 60 } else { 8 }), until(120));
    let crowd = Crowd::of(MEMBERS);
    // All on one state, with one data key; and each has another profile of the name `deploy`.
    let state = crowd.world().path("state");
    let members: Vec<_> = (0..MEMBERS).map(|_| crowd.newcomer().with_state_in(state.clone())).collect();
    // The keys that were read, by profile, and the results of the readers.
    let seen: Mutex<BTreeMap<Keys, (String, String)>> = Mutex::default();
    let (served, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let logins = AtomicUsize::new(0);
    let enough = || {
        let least = [(&logins, 5), (&served, 50), (&refused, 10)];
        least.iter().all(|(count, least)| count.load(Ordering::Relaxed) > *least)
    };
    let go_on = || planned() || !enough() && patience();
    // Two log in, sometimes the same user at the same time, over and over.
    let log_in = |offset: usize| {
        for round in offset.. {
            if !go_on() {
                return;
            }
            let member = &members[round / 2 % MEMBERS];
            member.forget_spent_codes();
            // Another caller may have used this code, and then it is refused.
            let output = finish(member.awsesame(&["login", &member.any_code(round / 2 / MEMBERS)]));
            let said = String::from_utf8(output.stderr).unwrap();
            match output.status.code() {
                Some(0) => _ = logins.fetch_add(1, Ordering::Relaxed),
                Some(1) => assert!(two_lines(&said) && said.contains("code of"), "{said}"),
                other => panic!("login: {other:?}: {said}"),
            }
        }
    };
    let log_out = || {
        for round in 0.. {
            if !go_on() {
                return;
            }
            let output = finish(members[round * 5 % MEMBERS].awsesame(&["logout"]));
            assert!(output.status.success(), "logout: {output:?}");
            std::thread::sleep(std::time::Duration::from_millis(300));
        }
    };
    let read = |reader: usize| {
        for round in reader.. {
            if !go_on() {
                return;
            }
            let member = &members[round % MEMBERS];
            let profile = if round % 3 == 0 { ROLE } else { &member.name };
            match member.served_for(profile) {
                Some(keys) => {
                    served.fetch_add(1, Ordering::Relaxed);
                    let whose = (member.name.clone(), profile.to_owned());
                    let before = seen.lock().unwrap().insert(keys, whose.clone());
                    assert!(before.is_none_or(|before| before == whose), "somebody else's keys");
                }
                None => _ = refused.fetch_add(1, Ordering::Relaxed),
            }
        }
    };
    std::thread::scope(|scope| {
        let (log_in, read) = (&log_in, &read);
        for offset in [0, 1] {
            scope.spawn(move || log_in(offset));
        }
        scope.spawn(log_out);
        for reader in 0..READERS {
            scope.spawn(move || read(reader));
        }
    });
    eprintln!("{logins:?} logins, {served:?} answers, {refused:?} refusals");
    assert!(enough(), "too little happened");
    for (keys, (name, profile)) in seen.into_inner().unwrap() {
        let arn = if profile == ROLE { format!(":assumed-role/{ROLE}/") } else { format!(":user/{name}") };
        let caller = caller(&members[0], &keys);
        assert!(caller.contains(&arn), "{name} was given the keys of {caller} for {profile}");
    }
}
