//! Tests bad input and unexpected files: the answer is two lines with a hint, nothing is lost, and no keys are wrong.

use std::fs::{File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::ran::Ran;
use crate::world::World;

#[test]
fn invalid_code_is_refused_before_any_call() {
    let world = World::new();
    for (code, why) in [
        ("", "it is empty"),
        ("12345", "it has 5 digits"),
        ("1234567", "it has 7 digits"),
        ("abcdef", "it has something in it that is not a digit"),
        ("１２３４５６", "it has something in it that is not a digit"),
        ("12 34 5x", "it has something in it that is not a digit"),
        ("12345\u{0661}", "it has something in it that is not a digit"),
    ] {
        world.awsesame(&["login", "-p", "alice", code]).run().fails(
            2,
            &format!("that is not a token code: {why}"),
            "type the six digits that the device shows now: awsesame login -p alice 123456",
        );
    }
    assert_eq!(world.sandbox().log().len(), 0, "nobody was called");
    for stdin in [&b""[..], b"12345\n", b"\xff\xfe\0\n", "１２３４５６".as_bytes(), &vec![b'1'; 100_000]]
    {
        world.awsesame(&["login", "-p", "alice", "-"]).stdin(stdin).run().exits(2).prints("");
    }
    assert_eq!(world.sandbox().count("GetSessionToken"), 0);
}

/// Returns the session file that the hot path reads.
fn session_file(world: &World) -> PathBuf {
    world.state().join("sessions/p-alice.session")
}

/// Replaces a file with something else.
fn replace(path: &Path, how: &str) {
    let bytes = std::fs::read(path).unwrap();
    if !matches!(how, "half" | "open" | "long") {
        std::fs::remove_file(path).unwrap();
    }
    match how {
        "half" => std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap(),
        "long" => std::fs::write(path, vec![b'x'; 2_000_000]).unwrap(),
        "open" => std::fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap(),
        "link" => {
            let real = path.with_extension("real");
            std::fs::write(&real, &bytes).unwrap();
            symlink(real, path).unwrap();
        }
        "folder" => std::fs::create_dir(path).unwrap(),
        "pipe" => {
            let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
            rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        }
        other => panic!("{other}"),
    }
}

#[test]
fn session_file_that_is_no_plain_private_file_is_named_with_what_to_do() {
    for (how, error, hint) in [
        ("link", "is a symbolic link, not a plain file", "move it out of the way: mv {F} {F}.old"),
        ("folder", "is a folder, not a plain file", "move it out of the way: mv {F} {F}.old"),
        ("pipe", "is a device or a pipe, not a plain file", "move it out of the way: mv {F} {F}.old"),
        ("open", "is open to other users (mode 644)", "chmod go-rwx {F}"),
    ] {
        let world = World::new();
        world.log_in("alice");
        replace(&session_file(&world), how);
        let file = "{HOME}/.local/state/awsesame/sessions/p-alice.session";
        for command in ["env", "process"] {
            world.awsesame(&[command, "-p", "alice"]).run().fails(
                1,
                &format!("`{file}` {error}"),
                &hint.replace("{F}", file),
            );
        }
        // The hint, typed.
        let hint = hint.rsplit(": ").next().unwrap().replace("{F}", session_file(&world).to_str().unwrap());
        world.program("sh").args(&["-c", &hint]).run().ok();
        world.awsesame(&["exec", "-p", "alice", "--", "true"]).run().ok();
        assert_eq!(
            world.sandbox().count("GetSessionToken"),
            1,
            "{how}: the MFA session beneath was not lost"
        );
    }
}

#[test]
fn damaged_role_session_is_renewed_from_its_mfa_session() {
    for how in ["half", "long"] {
        let world = World::new();
        world.log_in("alice");
        replace(&session_file(&world), how);
        let ran = world.awsesame(&["status"]).run().ok();
        assert!(ran.stderr.starts_with("warning: `p-alice.session` is damaged"), "{ran}");
        world.awsesame(&["exec", "-p", "alice", "--", "true"]).run().ok();
        assert_eq!(world.sandbox().count("GetSessionToken"), 1);
        world.awsesame(&["status"]).run().ok().says("");
    }
}

#[test]
fn with_every_session_file_damaged_a_login_is_needed_and_works() {
    let world = World::new();
    world.log_in("bob");
    for entry in std::fs::read_dir(world.state().join("sessions")).unwrap() {
        replace(&entry.unwrap().path(), "half");
    }
    world.awsesame(&["env", "-p", "bob"]).run().fails(
        3,
        "profile `bob` has a damaged session file",
        "awsesame login -p bob",
    );
    std::fs::remove_dir_all(world.state().join("ledger")).unwrap();
    world.log_in("bob");
    world.awsesame(&["exec", "-p", "bob", "--", "true"]).run().ok();
}

#[test]
fn session_file_under_another_name_is_not_that_names_session() {
    let world = World::new();
    world.log_in("alice");
    std::fs::copy(session_file(&world), world.state().join("sessions/p-bob.session")).unwrap();
    let ran = world.awsesame(&["env", "-p", "bob"]).run().exits(3);
    assert!(ran.stderr.starts_with("error: profile `bob` has "), "{ran}");
    assert!(!ran.stdout.contains("export AWS_ACCESS_KEY_ID"), "{ran}");
}

#[test]
fn damaged_ledger_counts_as_empty() {
    for how in ["half", "link", "folder", "pipe", "open", "long"] {
        let world = World::new();
        world.log_in("alice");
        let mut files = std::fs::read_dir(world.state().join("ledger")).unwrap();
        let ledger =
            files.find_map(|file| Some(file.unwrap().path()).filter(|path| !path.ends_with("key"))).unwrap();
        replace(&ledger, how);
        let ran = world.awsesame(&["login", "-p", "alice", "000000"]).run().exits(1);
        assert!(ran.stderr.contains("AWS refused the code of"), "{how}: {ran}");
    }
}

#[test]
fn path_of_the_lock_that_is_not_a_file_is_reported() {
    let world = World::new();
    world.log_in("alice");
    world.awsesame(&["logout", "-p", "alice"]).run().ok();
    let locks: Vec<PathBuf> = std::fs::read_dir(world.state().join("locks"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.ends_with("data-key"))
        .collect();
    for (how, what) in [("folder", "a folder"), ("link", "a symbolic link"), ("pipe", "a device or a pipe")] {
        for lock in &locks {
            if lock.is_dir() {
                std::fs::remove_dir(lock).unwrap();
                File::create(lock).unwrap();
            }
            replace(lock, how);
        }
        let ran = world.awsesame(&["login", "-p", "alice", "123456"]).run().exits(1);
        let said = ran.known(&ran.stderr);
        assert!(said.starts_with("error: `{HOME}/.local/state/awsesame/locks/"), "{ran}");
        assert!(
            said.contains(&format!("` is {what}, not a plain file\nhint: move it out of the way: mv ")),
            "{ran}"
        );
    }
}

#[test]
fn state_folder_that_is_a_file_is_named_before_a_code_is_spent() {
    let world = World::new();
    world.write(".local/state/awsesame", "");
    let code = world.code("alice");
    world.awsesame(&["login", "-p", "alice", &code]).run().fails(
        1,
        "`{HOME}/.local/state/awsesame` is not a folder",
        "move it out of the way: mv {HOME}/.local/state/awsesame {HOME}/.local/state/awsesame.old",
    );
    assert_eq!(world.sandbox().count("GetSessionToken"), 0, "the code is not spent");
    std::fs::remove_file(world.path(".local/state/awsesame")).unwrap();
    world.awsesame(&["login", "-p", "alice", &code]).run().ok();
}

/// Runs as a user whose access is restricted by file modes, because tests may run as root.
fn as_nobody(world: &World, arguments: &[&str]) -> Ran {
    let awsesame = env!("CARGO_BIN_EXE_awsesame");
    let mut all = vec!["--reuid", "65534", "--regid", "65534", "--clear-groups", "--", awsesame];
    all.extend(arguments);
    world.program("setpriv").args(&all).run()
}

#[test]
fn read_only_state_folder_is_reported_before_a_code_is_spent() {
    if !rustix::process::geteuid().is_root() || !crate::need::need("setpriv") {
        return;
    }
    let world = World::new();
    let chown = |path: &Path| std::os::unix::fs::chown(path, Some(65_534), Some(65_534)).unwrap();
    for below in ["", ".aws", ".aws/config", ".aws/credentials"] {
        chown(&world.path(below));
    }
    if as_nobody(&world, &["--version"]).code != Some(0) {
        return crate::need::skip("setpriv", "another user cannot reach the program's folder");
    }
    std::fs::create_dir_all(world.path(".local")).unwrap();
    let code = world.code("alice");
    as_nobody(&world, &["login", "-p", "alice", &code]).fails(
        1,
        "`{HOME}/.local/state/awsesame` cannot store a session: permission denied",
        "use the session without storing it: eval \"$(awsesame env -p alice)\"",
    );
    assert_eq!(world.sandbox().count("GetSessionToken"), 0);
    std::fs::set_permissions(world.path(".aws/credentials"), Permissions::from_mode(0o000)).unwrap();
    as_nobody(&world, &["login", "-p", "alice", &code]).fails(
        1,
        "cannot read `{HOME}/.aws/credentials`: permission denied",
        "see what it is: ls -ld {HOME}/.aws/credentials",
    );
}

#[test]
fn a_home_that_is_not_set_is_looked_up_and_none_is_guessed() {
    let world = World::new();
    // Some users have no home: containers run as any number.
    for (arguments, what, variable) in [
        (&["env"][..], "sessions", "XDG_STATE_HOME"),
        (&["login", "123456"], "sessions", "XDG_STATE_HOME"),
        (&["status"], "sessions", "XDG_STATE_HOME"),
    ] {
        world.awsesame(arguments).env_remove("HOME").run().fails(
            1,
            &format!("HOME is not set and this user has no home, so there is no folder for {what}"),
            &format!("set it to a folder of yours, or set {variable}: export HOME=\"$(mktemp -d)\""),
        );
    }
    let state = world.path("state");
    world
        .awsesame(&["login", "-p", "alice", &world.code("alice")])
        .env_remove("HOME")
        .env("XDG_STATE_HOME", &state)
        .env("AWS_CONFIG_FILE", world.path(".aws/config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", world.path(".aws/credentials"))
        .run()
        .ok();
    assert!(state.join("awsesame/sessions/p-alice.session").is_file());
    // The account's own home serves as well as the variable; the empty one counts as not set.
    let uid = rustix::process::getuid().as_raw();
    let line = format!("tester:x:{uid}:{uid}::{}:/bin/sh\n", world.home().display());
    world.write(".passwd", &line);
    world.log_in("bob");
    for home in [None, Some("")] {
        let run = world.awsesame(&["check", "-p", "bob"]);
        let run = if let Some(home) = home { run.env("HOME", home) } else { run.env_remove("HOME") };
        run.run().ok().says("");
    }
    for home in ["home", "./", "~"] {
        world.awsesame(&["status", "-p", "bob"]).env("HOME", home).run().fails(
            1,
            &format!("HOME is `{home}`, which is not an absolute path"),
            "set it to your home: export HOME=\"$(getent passwd \"$(id -u)\" | cut -d: -f6)\"",
        );
    }
}

#[test]
fn a_home_is_bytes_and_two_of_them_never_share_a_session() {
    use std::os::unix::ffi::OsStrExt;
    let world = World::new();
    let home = |byte: u8| world.path(std::ffi::OsStr::from_bytes(&[b'h', byte]));
    for byte in [0xfe, 0xff] {
        std::fs::create_dir(home(byte)).unwrap();
    }
    let run = |byte: u8, arguments: &[&str]| {
        world.knows_state(home(byte).join(".local/state/awsesame"));
        world
            .awsesame(arguments)
            .env("HOME", home(byte))
            .env("AWS_CONFIG_FILE", world.path(".aws/config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", world.path(".aws/credentials"))
            .run()
    };
    run(0xfe, &["login", "-p", "alice", &world.code("alice")]).ok();
    run(0xfe, &["check", "-p", "alice"]).ok();
    assert_eq!(run(0xff, &["check", "-p", "alice"]).code, Some(3));
    assert!(home(0xfe).join(".local/state/awsesame/sessions/p-alice.session").is_file());
    // Nothing was made under a name that only looks like it.
    let names: Vec<_> =
        std::fs::read_dir(world.home()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(
        names.iter().all(|name| !name.to_string_lossy().contains('\u{fffd}') || name.as_bytes().len() == 2)
    );
}

#[test]
fn hostile_profile_names_stay_in_their_folder_and_in_two_lines() {
    let world = World::new();
    for name in [
        "../../../etc/passwd",
        "a/b",
        "two words",
        "it's",
        "\"quoted\"",
        "new\nline",
        "-p",
        "$(touch pwned)",
        "\u{1b}[31mred",
        "\u{202e}gnp",
        ".",
        "..",
    ] {
        let ran =
            world.awsesame(&["login", "123456"]).env("AWSESAME_PROFILE", name).run().exits(1).prints("");
        assert_eq!(ran.stderr.lines().count(), 2, "{name:?}: {ran}");
        assert!(!ran.stderr.contains('\u{1b}') && !ran.stderr.contains('\u{202e}'), "{name:?}: {ran:?}");
        for command in ["env", "status", "logout"] {
            let ran = world.awsesame(&[command]).env("AWSESAME_PROFILE", name).run();
            assert!(ran.stderr.lines().count() <= 2, "{name:?}: {ran}");
        }
    }
    let left: Vec<_> =
        std::fs::read_dir(world.home()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name == ".aws" || name == ".local"), "{left:?}");
    let long = "x".repeat(4_000);
    let ran = world.awsesame(&["env"]).env("AWSESAME_PROFILE", &long).run();
    assert_eq!(ran.code, Some(1), "{ran}");
}
