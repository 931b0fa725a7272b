//! Tests file systems that homes can be on: without modes, small, layered, or read-only. Each is mounted in a namespace
//! of its own, which not every machine allows.

use std::path::{Path, PathBuf};

use crate::crowd::{Crowd, until};
use crate::member::Member;
use crate::need::{find, skip};
use crate::outage::unshared;
use crate::ran::Ran;
use crate::run::Run;

/// Runs a script in a mount namespace, with the environment of the member. `$1` is a fresh code. Returns None if
/// nothing can be mounted, and reports that.
fn mounted(member: &Member<'_>, script: &str) -> Option<Ran> {
    Some(started(member, script)?.run().ok())
}

fn started<'c>(member: &Member<'c>, script: &str) -> Option<Run<'c>> {
    let Some(unshare) = unshared() else {
        skip("mount", "no file system may be mounted here, not even with unshare");
        return None;
    };
    let script = format!("set -u; cd \"$XDG_STATE_HOME\"; {script}");
    let run = member.program("unshare").args(&unshare);
    Some(run.args(&["sh", "-c", &script, "sh", &member.code()]))
}

/// Returns the command of a hint that begins with `export XDG_STATE_HOME=`, if there is one.
fn other_place(ran: &Ran) -> Option<&str> {
    ran.stderr
        .lines()
        .find_map(|line| line.strip_prefix("hint: ")?.split_once(": ").map(|(_, command)| command))
}

#[test]
fn a_file_system_without_modes_costs_no_code_and_is_not_called_mended() {
    if find("bindfs").is_none() || !Path::new("/dev/fuse").exists() {
        return skip("mount", "bindfs, which makes a file system without modes, is not there");
    }
    let crowd = Crowd::of(1);
    let member = crowd.newcomer();
    std::fs::create_dir(member.state_folder()).unwrap();
    std::fs::create_dir(member.file("under")).unwrap();
    std::fs::create_dir_all(crowd.world().path(".local/state")).unwrap();
    let script = r#"
        bindfs --chmod-ignore -p a+rwX under awsesame || exit 0
        awsesame login "$1"; echo "login: $?"
        awsesame doctor --fix >doctor.out 2>&1; grep -c '^fixed' doctor.out; grep -c 'does not store another mode' doctor.out
        umount awsesame
    "#;
    let Some(ran) = mounted(&member, script) else { return };
    if ran.stdout.is_empty() {
        return skip("mount", "bindfs may not mount here");
    }
    let lines: Vec<&str> = ran.stdout.lines().collect();
    let ["login: 1", "0", kept] = lines.as_slice() else { panic!("{ran}") };
    assert_ne!(*kept, "0", "{ran}");
    assert!(ran.stderr.contains("its file system stores no modes"), "{ran}");
    assert_eq!(crowd.world().sandbox().count("GetSessionToken"), 0, "{ran}");
    // The folder that is named works.
    let command = other_place(&ran).unwrap_or_else(|| panic!("{ran}"));
    let home = command.strip_prefix("export XDG_STATE_HOME=").unwrap_or_else(|| panic!("{ran}"));
    let other = member.program("awsesame").args(&["login", &member.code()]).env("XDG_STATE_HOME", home);
    other.run().ok();
}

#[test]
fn where_there_are_no_modes_no_hint_says_chmod_and_no_key_is_left_open() {
    if find("bindfs").is_none() || !Path::new("/dev/fuse").exists() {
        return skip("mount", "bindfs, which makes a file system without modes, is not there");
    }
    let crowd = Crowd::of(1);
    let member = crowd.newcomer();
    std::fs::create_dir(member.file("under")).unwrap();
    std::fs::create_dir_all(member.data_folder()).unwrap();
    let before = std::fs::read_to_string(member.credentials()).unwrap();
    let script = r#"
        bindfs --chmod-ignore -p a+rwX under "$XDG_DATA_HOME/awsesame" || exit 0
        awsesame keys import -p user0; echo "import: $?"
        grep -rl "aws_secret\|user0" "$XDG_DATA_HOME/awsesame" | wc -l
        umount "$XDG_DATA_HOME/awsesame"
    "#;
    let Some(ran) = mounted(&member, script) else { return };
    if ran.stdout.is_empty() {
        return skip("mount", "bindfs may not mount here");
    }
    assert_eq!(ran.stdout, "import: 1\n0\n", "{ran}");
    assert!(ran.stderr.contains("so `chmod` has no effect"), "{ran}");
    assert!(ran.stderr.contains("export XDG_DATA_HOME="), "{ran}");
    assert_eq!(std::fs::read_to_string(member.credentials()).unwrap(), before, "the key left its file");
}

#[test]
fn a_place_with_few_files_left_is_told_before_a_code_is_spent() {
    let crowd = Crowd::of(1);
    let member = crowd.newcomer();
    std::fs::create_dir(member.state_folder()).unwrap();
    let script = r#"
        mount -t tmpfs -o size=1m,nr_inodes=6,mode=700 none awsesame
        awsesame login "$1"; echo "login: $?"
        mount -o remount,nr_inodes=100 awsesame
        awsesame login "$1" 2>login.err; echo "login: $?"; cat login.err >&2
        awsesame env >env.out; echo "env: $?"; rm env.out
        umount awsesame
    "#;
    let Some(ran) = mounted(&member, script) else { return };
    assert_eq!(ran.stdout, "login: 1\nlogin: 0\nenv: 0\n", "{ran}");
    assert!(ran.stderr.contains("no space left on device"), "{ran}");
    assert_eq!(crowd.world().sandbox().count("GetSessionToken"), 1);
}

#[test]
fn on_layers_a_session_is_stored_served_and_forgotten() {
    let crowd = Crowd::of(1);
    let member = crowd.newcomer();
    // An image that somebody built after a login has a session in its lower layer.
    let script = r#"
        mkdir -p layers awsesame; mount -t tmpfs -o mode=700 none layers
        mkdir -m 700 layers/lower layers/upper layers/work
        cd layers; mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work ../awsesame || exit 0; cd ..
        awsesame login "$1" 2>/dev/null; echo "login: $?"
        awsesame env >env.out; echo "env: $?"
        umount awsesame; rm -rf layers/work; mkdir -m 700 layers/second layers/work
        cd layers; mount -t overlay overlay -o lowerdir=upper:lower,upperdir=second,workdir=work ../awsesame; cd ..
        awsesame env >env.out; echo "below: $?"
        awsesame wait --timeout 1s; echo "wait: $?"
        awsesame logout 2>/dev/null; echo "logout: $?"
        awsesame env --no-input >env.out 2>/dev/null; echo "env: $?"
        ls awsesame/sessions | wc -l
        rm env.out; umount awsesame; umount layers
    "#;
    let Some(ran) = mounted(&member, script) else { return };
    if ran.stdout.is_empty() {
        return skip("mount", "overlayfs may not be mounted here");
    }
    assert_eq!(ran.stdout, "login: 0\nenv: 0\nbelow: 0\nwait: 0\nlogout: 0\nenv: 3\n0\n", "{ran}");
    assert_eq!(crowd.world().sandbox().count("GetSessionToken"), 1);
}

#[test]
fn from_a_read_only_place_a_session_is_served_and_a_login_names_another_place() {
    let crowd = Crowd::of(1);
    let member = crowd.newcomer();
    std::fs::create_dir_all(crowd.world().path(".local/state")).unwrap();
    let script = r#"
        awsesame login "$1" 2>/dev/null; echo "login: $?"
        mount --bind awsesame awsesame; mount -o remount,bind,ro awsesame || exit 0
        awsesame env >env.out; echo "env: $?"
        awsesame status >/dev/null; echo "status: $?"
        awsesame check; echo "check: $?"
        awsesame login 123456; echo "login: $?"
        awsesame logout; echo "logout: $?"
        rm env.out; umount awsesame
    "#;
    let Some(ran) = mounted(&member, script) else { return };
    assert_eq!(ran.stdout, "login: 0\nenv: 0\nstatus: 0\ncheck: 0\nlogin: 1\nlogout: 1\n", "{ran}");
    assert!(ran.stderr.contains("read-only file system"), "{ran}");
    assert!(other_place(&ran).is_some_and(|command| command.starts_with("export XDG_STATE_HOME=")), "{ran}");
    assert_eq!(crowd.world().sandbox().count("GetSessionToken"), 1);
}

#[test]
fn without_devices_and_without_proc_a_session_is_served_and_what_is_missing_is_named() {
    let crowd = Crowd::of(1);
    let member = crowd.newcomer();
    let script = r#"
        awsesame login "$1" 2>login.err; echo "login: $?"
        mount -t tmpfs none /proc || exit 0
        awsesame env >env.out; echo "env: $?"
        awsesame broker start 2>start.err; echo "start: $?"
        umount /proc; mount -t tmpfs none /dev
        awsesame check; echo "check: $?"
        awsesame broker stop; echo "stop: $?"
        awsesame broker start; echo "start: $?"
        rm env.out; umount /dev
    "#;
    let Some(ran) = mounted(&member, script) else { return };
    if ran.stdout.lines().count() == 1 {
        return skip("mount", "/proc may not be covered here");
    }
    assert_eq!(ran.stdout, "login: 0\nenv: 0\nstart: 0\ncheck: 0\nstop: 0\nstart: 1\n", "{ran}");
    assert!(ran.stderr.contains("cannot read `/dev/null`: no such file or directory"), "{ran}");
}

/// A user who owns nothing but the member's folder.
const SOMEBODY: &str = "61234";

/// Gives the member's files, and the way to them, to that user; returns false where they are out of reach for others.
fn given_away(member: &Member<'_>) -> bool {
    let run = member.program("sh").args(&[
        "-c",
        &format!(
            "set -e; chown -R {SOMEBODY}:{SOMEBODY} \"$HOME\" \"$(dirname \"$AWS_SHARED_CREDENTIALS_FILE\")\"
             setpriv --reuid {SOMEBODY} --regid {SOMEBODY} --clear-groups -- awsesame --version"
        ),
    ]);
    run.run().code == Some(0)
}

#[test]
fn where_processes_are_hidden_a_user_has_a_broker_of_his_own() {
    let crowd = Crowd::of(1);
    let member = crowd.newcomer();
    if unshared().is_none() || !given_away(&member) {
        return skip("mount", "nothing may be mounted, or another user cannot reach the program");
    }
    let as_somebody = format!("setpriv --reuid {SOMEBODY} --regid {SOMEBODY} --clear-groups --");
    let script = format!(
        r#"
        mount -t proc -o hidepid=2 proc /proc || exit 0
        exec {as_somebody} sh -c '
            awsesame login "$1" 2>/dev/null; echo "login: $?"
            awsesame exec --via broker -- true; echo "exec: $?"
            awsesame broker status >/dev/null; echo "status: $?"
            awsesame broker start; echo "start: $?"
            awsesame broker stop; echo "stop: $?"
            awsesame broker status >/dev/null 2>&1; echo "status: $?"
            awsesame broker start; echo "start: $?"
            awsesame broker stop; echo "stop: $?"
            awsesame lock' sh "$1"
        "#
    );
    let unshare = ["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", &script, "sh", &member.code()];
    let ran = member.program("unshare").args(&unshare).run();
    if ran.stdout.is_empty() {
        return skip("mount", "/proc may not be mounted here");
    }
    let expected = "login: 0\nexec: 0\nstatus: 0\nstart: 0\nstop: 0\nstatus: 1\nstart: 0\nstop: 0\n";
    assert_eq!(ran.stdout, expected, "{ran}");
}

#[test]
fn a_limit_on_processes_is_named_and_is_no_bug() {
    let crowd = Crowd::of(1);
    let member = crowd.newcomer();
    if !given_away(&member) {
        return skip("mount", "another user cannot reach the program");
    }
    let mut named = false;
    for limit in 1..6 {
        for command in ["login 123456", "env", "exec -- true", "doctor", "list", "broker start", "explain"] {
            let line = format!("ulimit -u {limit}; exec awsesame {command}");
            let words =
                ["--reuid", SOMEBODY, "--regid", SOMEBODY, "--clear-groups", "--", "bash", "-c", &line];
            let ran = member.program("setpriv").args(&words).run();
            assert_eq!(ran.signal, None, "{line}: {ran}");
            assert!(!ran.stderr.contains("bug") && ran.code != Some(255), "{line}: {ran}");
            named |= ran.stderr.contains("more processes");
        }
    }
    assert!(named, "no command has met the limit");
}

/// A control group of processes that is deleted in the end.
struct Group(PathBuf);

impl Group {
    /// Returns None where no group with a limit on processes can be made: that needs root, and a kernel that has them.
    fn of_processes() -> Option<Self> {
        let name = format!("awsesame-test-{}", std::process::id());
        // Of version 1 and of version 2.
        ["/sys/fs/cgroup/pids", "/sys/fs/cgroup"].into_iter().find_map(|root| {
            let group = Self(Path::new(root).join(&name));
            std::fs::create_dir(&group.0).ok()?;
            group.0.join("pids.max").exists().then_some(group)
        })
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let patience = until(10);
        while std::fs::remove_dir(&self.0).is_err() && self.0.exists() && patience() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}

#[test]
fn a_limit_of_the_container_on_processes_is_named_and_is_no_bug() {
    let Some(group) = Group::of_processes() else {
        return skip("mount", "no control group with a limit on processes may be made here");
    };
    let crowd = Crowd::of(1);
    let member = crowd.newcomer();
    let mut named = false;
    for limit in 1..6 {
        std::fs::write(group.0.join("pids.max"), limit.to_string()).unwrap();
        let commands =
            ["login 123456", "env", "exec -- true", "doctor", "list", "explain", "wait --timeout 1s"];
        for command in commands {
            let line =
                format!("echo $$ >{}; exec awsesame {command}", group.0.join("cgroup.procs").display());
            let ran = member.program("sh").args(&["-c", &line]).run();
            assert_eq!(ran.signal, None, "{limit}, {command}: {ran}");
            assert!(!ran.stderr.contains("bug") && ran.code != Some(255), "{limit}, {command}: {ran}");
            // `doctor` continues with what it can do, and prints its findings to stdout.
            named |= [&ran.stderr, &ran.stdout].iter().any(|text| text.contains("more processes"));
        }
    }
    assert!(named, "no command has met the limit");
}
