//! Tests unusual environments: kernels at their limits, file systems that lack something, stopped brokers, and sessions
//! of another version. The result is credentials, or an answer at once.

use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::broker::{place, shell};
use crate::crowd::{Crowd, finish, two_lines};
use crate::need::need;
use crate::world::World;

#[test]
fn wait_looks_once_a_second_where_the_kernel_gives_no_watch() {
    if !need("strace") {
        return;
    }
    for error in ["EMFILE", "ENOSPC", "ENOSYS"] {
        let crowd = Crowd::of(1);
        let member = crowd.newcomer();
        let inject = format!("inject=inotify_init1:error={error}");
        let mut waits = member.traced(&["-o", "/dev/null", "-e", &inject], &["wait", "--timeout", "30s"]);
        let mut waits = waits.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(500));
        assert!(waits.try_wait().unwrap().is_none(), "it ended without a session");
        assert!(finish(member.awsesame(&["login", &member.code()])).status.success());
        let output = waits.wait_with_output().unwrap();
        assert!(output.status.success(), "{error}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_stamp_whose_time_cannot_be_set_costs_no_code() {
    if !need("strace") {
        return;
    }
    let crowd = Crowd::of(1);
    let member = crowd.newcomer();
    let inject = ["-o", "/dev/null", "-e", "inject=utimensat:error=EPERM"];
    let output = finish(member.traced(&inject, &["login", &member.code()]));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("logged in as"), "{said}");
    assert!(member.served().is_some());
    let stamp = |name: &str| std::fs::metadata(member.state_folder().join("stamps").join(name)).unwrap();
    assert!(stamp("p-user0").modified().unwrap().elapsed().unwrap() < Duration::from_mins(1));
}

#[test]
fn each_refused_write_has_its_own_cause_and_a_hint_about_a_folder_that_exists() {
    if !need("strace") {
        return;
    }
    for (inject, why, hint) in [
        ("inject=renameat:error=EROFS", "read-only file system", "XDG_STATE_HOME"),
        ("inject=renameat:error=EDQUOT", "quota", "XDG_STATE_HOME"),
        ("inject=flock:error=ENOLCK", "no locks available", "findmnt -T "),
    ] {
        let crowd = Crowd::of(1);
        let member = crowd.newcomer();
        let output =
            finish(member.traced(&["-f", "-o", "/dev/null", "-e", inject], &["login", &member.code()]));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{inject}: {said}");
        assert!(two_lines(&said) && said.contains(why), "{inject}: {said}");
        assert!(said.contains(hint) || said.contains("awsesame env"), "{inject}: {said}");
        assert_eq!(crowd.world().sandbox().count("GetSessionToken"), 0, "{inject}: a code was spent");
    }
}

#[test]
fn a_stopped_broker_is_told_as_stopped_by_status_and_start_and_can_be_ended() {
    let world = World::new();
    world.log_in("alice");
    shell(&world, "alice", "true").run().ok();
    let pid = awsesame::broker::lease::Lease::holder(&place(&world)).unwrap().unwrap();
    rustix::process::kill_process(pid, Signal::STOP).unwrap();
    for command in ["status", "start"] {
        let begun = Instant::now();
        let ran = world.awsesame(&["broker", command]).limit(Duration::from_secs(40)).run().exits(1);
        assert!(ran.stderr.contains("does not answer: it is suspended, or hangs"), "{ran}");
        assert!(ran.stderr.contains("awsesame broker stop; awsesame broker start"), "{ran}");
        assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    }
    world.awsesame(&["broker", "stop"]).limit(Duration::from_secs(40)).run().ok();
    world.awsesame(&["broker", "start"]).run().ok();
    world.awsesame(&["broker", "stop"]).run().ok();
}

#[test]
fn a_stopped_broker_keeps_no_prompt_and_no_program_waiting() {
    let world = World::new();
    world.log_in("alice");
    shell(&world, "alice", "true").run().ok();
    let pid = awsesame::broker::lease::Lease::holder(&place(&world)).unwrap().unwrap();
    rustix::process::kill_process(pid, Signal::STOP).unwrap();
    let socket = place(&world).socket();
    let elsewhere = ("AWSESAME_BROKER", socket.as_os_str().to_owned());
    for (command, code, far) in [
        ("direnv export alice --via broker", 0, false),
        ("exec --via broker -p alice -- true", 1, false),
        ("broker start", 1, false),
        ("doctor -p alice", 1, false),
        ("env -p alice", 1, true),
        ("direnv export alice", 0, true),
    ] {
        let words: Vec<&str> = command.split(' ').collect();
        let begun = Instant::now();
        let mut run = world.awsesame(&words);
        if far {
            run = run.env(elsewhere.0, &elsewhere.1);
        }
        let ran = run.run();
        let took = begun.elapsed();
        assert_eq!(ran.code, Some(code), "{command}: {ran}");
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains("does not answer: it is suspended"), "{command}: {ran}");
        // `doctor` looks at much else besides.
        let most = if command.starts_with("doctor") { 20 } else { 4 };
        assert!(took < Duration::from_secs(most), "{command} took {took:?}");
    }
    rustix::process::kill_process(pid, Signal::CONT).unwrap();
    shell(&world, "alice", "true").run().ok();
    world.awsesame(&["broker", "stop"]).run().ok();
}

#[test]
fn eight_thousand_profiles_are_set_up_in_one_pass() {
    let world = World::new();
    let mut text = world.read(".aws/config");
    let key = "mfa_serial = arn:aws:iam::123456789012:mfa/alice\nsource_profile = alice\n";
    for number in 0..8_000 {
        let role = "role_arn = arn:aws:iam::123456789012:role/deploy";
        text.extend(["\n[profile p", &number.to_string(), "]\n", role, "\n", key]);
    }
    world.config(&text);
    let ran = world.awsesame(&["init", "--all"]).limit(Duration::from_mins(1)).run().ok();
    assert!(ran.stderr.contains("more"), "{ran}");
    let after = world.read(".aws/config");
    assert!(after.contains("[profile p7999-mfa]\ncredential_process = "), "the last one is missing");
    world.awsesame(&["init", "--undo"]).limit(Duration::from_mins(1)).run().ok();
    assert_eq!(world.read(".aws/config"), text);
}

#[test]
fn a_stdout_that_takes_nothing_is_an_error_of_every_command_that_prints() {
    let world = World::new();
    world.log_in("alice");
    let commands = [
        "status",
        "status -p alice",
        "status --json",
        "list",
        "list --json",
        "explain",
        "keys list",
        "config show",
        "config keys",
        "env -p alice",
        "process -p alice",
        "direnv export alice",
        "completions zsh",
        "hook bash",
        "man",
        "--help",
        "login --help",
        "--version",
        "policy show --for self-service",
        "mfa list -p alice",
        "",
    ];
    for command in commands {
        for (to, why) in [(">&-", "stdout is closed"), (">/dev/full", "no space left on device")] {
            let line = format!("awsesame {command} {to}");
            let ran = world.program("sh").args(&["-c", &line]).run().exits(1);
            // The front writes itself, and prints the system's message.
            let said = ran.stderr.contains(why) || ran.stderr.contains("bad file descriptor");
            assert!(said, "{line}: {ran}");
        }
        for closed in ["<&-", "2>&-", "<&- 2>&-"] {
            let line = format!("awsesame {command} {closed} >/dev/null; echo $?");
            let ran = world.program("sh").args(&["-c", &line]).run().ok();
            assert_eq!(ran.stdout, "0\n", "{line}: {ran}");
        }
    }
}

#[test]
fn an_answer_that_is_larger_than_a_file_may_be_is_an_error_and_no_signal() {
    let world = World::new();
    world.log_in("alice");
    for command in ["env -p alice", "process -p alice", "direnv export alice", "status -p alice", "list"] {
        let line = format!("ulimit -f 0; exec awsesame {command} >\"$HOME/out\"");
        let ran = world.program("sh").args(&["-c", &line]).run().exits(1);
        assert!(ran.stderr.contains("file too large"), "{command}: {ran}");
        assert_eq!(world.read("out"), "", "{command}");
    }
}

#[test]
fn on_a_small_stack_everything_works() {
    let world = World::new();
    let on = |command: &str| {
        let line = format!("ulimit -s 64; exec awsesame {command}");
        world.program("sh").args(&["-c", &line]).reveals_credentials().run()
    };
    on(&format!("login -p alice {}", world.code("alice"))).ok();
    for command in
        ["env -p alice", "exec -p alice -- true", "list", "status", "explain", "policy check --help"]
    {
        on(command).ok();
    }
}

#[test]
fn a_limit_that_is_used_up_is_named_and_is_no_bug() {
    let world = World::new();
    let few = ["-n 6", "-n 7", "-n 8", "-n 10", "-n 12", "-n 14", "-f 0", "-v 60000", "-s 64", "-s 256"];
    for limit in few {
        for command in [
            "login -p alice 123456",
            "env -p alice",
            "exec -p alice -- true",
            "wait --timeout 1s",
            "doctor",
            "list",
            "explain",
            "keys list",
            "mfa list -p alice",
            "direnv export alice",
            "broker start",
        ] {
            // The shell itself needs a few descriptors, which it closes for the program.
            let line = format!("ulimit {limit}; exec awsesame {command}");
            let ran = world.program("sh").args(&["-c", &line]).run();
            assert_eq!(ran.signal, None, "{line}: {ran}");
            assert!(!ran.stderr.contains("bug") && ran.code != Some(255), "{line}: {ran}");
            if ran.stderr.contains("too many open files") {
                assert_eq!(command, "doctor", "{line}: {ran}");
            }
        }
    }
    let ran = world.program("sh").args(&["-c", "ulimit -n 8; exec awsesame login -p alice 123456"]).run();
    ran.fails(
        1,
        "awsesame needs more open files than the limit of 8 allows",
        "allow more in this shell: ulimit -n 1024",
    );
}
