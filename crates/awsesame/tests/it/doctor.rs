//! Tests `awsesame doctor`: first without any problem, then with each possible problem and its command, and the
//! corrections of `--fix`.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use awsesame::broker::place::BrokerPaths;
use awsesame::state::State;
use awsesame_sandbox::Options;
use serde_json::Value;

use crate::counted::Counted;
use crate::need::find;
use crate::ran::Ran;
use crate::run::Run;
use crate::world::World;

/// The age above which a key counts as old, in seconds.
const HUNDRED_DAYS: i64 = 100 * 86_400;

/// Runs `doctor` with only our own programs in the PATH, because others are slow to print their version.
pub(crate) fn doctor<'w>(world: &'w World, arguments: &[&str]) -> Run<'w> {
    let own = Path::new(env!("CARGO_BIN_EXE_awsesame")).parent().unwrap().display();
    std::fs::create_dir_all(world.path("few")).unwrap();
    for program in ["setsid", "sh"] {
        // The harness and the scripts need these programs.
        let _ = std::os::unix::fs::symlink(find(program).unwrap(), world.path("few").join(program));
    }
    let path = format!("{own}:{}", world.path("few").display());
    world.awsesame(&["doctor", "--json"]).args(arguments).env("SHELL", "/bin/bash").env("PATH", path)
}

/// Returns the findings with one state: group and message.
pub(crate) fn found(ran: &Ran, state: &str) -> Vec<(String, String)> {
    let all: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    all.iter()
        .filter(|one| one["state"] == state)
        .map(|one| (text(one, "group"), text(one, "message")))
        .collect()
}

/// Checks that there is a finding with these words and exactly this command.
#[track_caller]
fn has(ran: &Ran, state: &str, words: &str, command: &str) {
    let all: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    let one = all.iter().find(|one| one["message"].as_str().unwrap().contains(words));
    let one = one.unwrap_or_else(|| panic!("{words}: {ran}"));
    assert_eq!((one["state"].as_str(), one["command"].as_str()), (Some(state), Some(command)), "{ran}");
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Returns a world with one user whose key is in a store, and who has a session.
fn well() -> Counted {
    let counted = Counted::new("keys_store");
    let world = counted.world();
    for user in ["alice", "bob", "carol", "dave"] {
        counted.awsesame(&format!("keys import -p {user}")).run().ok();
    }
    world.log_in("alice");
    counted
}

#[test]
fn a_world_that_is_well_has_no_failure_and_is_left_as_it_is() {
    let counted = well();
    let world = counted.world();
    counted.asked();
    let calls = world.sandbox().count("GetSessionToken");
    let before = (world.read(".aws/config"), world.read(".aws/credentials"));
    let ran = doctor(world, &["-p", "alice"]).run().ok();
    assert_eq!(found(&ran, "failure"), []);
    let good = found(&ran, "ok");
    for (group, words) in [
        ("programs", "both halves in "),
        ("settings", "config.toml` is understood"),
        ("settings", "profile `alice` has a plan"),
        ("files", "no long-term key is stored in the clear"),
        ("tools", "no variable of the environment gets in the way"),
        ("store", "the kernel keyring takes keys and gives them back"),
        ("store", "every session file is intact"),
        ("network", " answers"),
        ("network", "the clock agrees with AWS's"),
        ("account", "the user has one MFA device, `arn:aws:iam::123456789012:mfa/alice`"),
        ("account", "key `AKIAIOSALICE7EXAMPLE` is "),
        ("broker", "no broker is running"),
    ] {
        assert!(good.iter().any(|(g, what)| g == group && what.contains(words)), "{words}: {ran}");
    }
    // The store is not asked for a key, nobody for a code, and nothing is written.
    assert_eq!((counted.asked().as_str(), world.sandbox().count("GetSessionToken")), ("", calls));
    assert_eq!((world.read(".aws/config"), world.read(".aws/credentials")), before);
}

/// Answers one request as a broker of another version.
fn another_broker(world: &World, status: &'static str) -> std::thread::JoinHandle<()> {
    use std::io::{Read, Write};
    let place = BrokerPaths::of(&State::at(world.state()));
    std::fs::create_dir_all(place.folder()).unwrap();
    set_mode(place.folder(), 0o700);
    let _ = std::fs::remove_file(place.socket());
    let listener = std::os::unix::net::UnixListener::bind(place.socket()).unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]).unwrap();
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", status.len());
        stream.write_all((head + status).as_bytes()).unwrap();
    })
}

#[test]
fn doctor_reports_a_broker_of_another_version() {
    let world = World::new();
    for (status, words) in [
        (r#"{"running":true,"pid":1,"port":4711}"#, "the broker on 127.0.0.1:4711 is of an older version"),
        (
            r#"{"running":true,"version":"0.0.9","pid":1,"port":4711}"#,
            "the broker on 127.0.0.1:4711 is of version 0.0.9",
        ),
    ] {
        let broker = another_broker(&world, status);
        let ran = doctor(&world, &["-p", "alice"]).run();
        has(&ran, "failure", words, "awsesame broker stop");
        broker.join().unwrap();
    }
    std::fs::remove_file(BrokerPaths::of(&State::at(world.state())).socket()).unwrap();
    world.awsesame(&["broker", "start"]).run().ok();
    let ran = doctor(&world, &["-p", "alice"]).run();
    assert!(
        found(&ran, "ok").iter().any(|(_, what)| what.starts_with("the broker answers on 127.0.0.1:")),
        "{ran}"
    );
    world.awsesame(&["broker", "stop"]).run().ok();
}

/// Creates a front that reports itself as this version.
fn front(bin: &Path, says: &str) {
    std::fs::write(bin.join("awsesame"), format!("#!/bin/sh\necho 'awsesame {says}'\n")).unwrap();
    set_mode(&bin.join("awsesame"), 0o755);
}

/// Runs `doctor` of the full program at a path, with only a front's folder in the PATH.
fn found_by(world: &World, full: &Path, bin: &Path) -> Ran {
    world.program(full).args(&["doctor", "--json", "-p", "alice"]).env("PATH", bin).run()
}

#[test]
fn doctor_reports_programs_of_different_builds_and_a_missing_one() {
    let world = World::new();
    // Outside the home, every file of which is searched for secrets after each run.
    let prefix = tempfile::tempdir().unwrap();
    let (bin, libexec) = (prefix.path().join("bin"), prefix.path().join("libexec"));
    let full = bin.join("awsesame-full");
    for folder in [&bin, &libexec] {
        std::fs::create_dir(folder).unwrap();
    }
    for program in ["setsid", "sh"] {
        std::os::unix::fs::symlink(find(program).unwrap(), bin.join(program)).unwrap();
    }
    if std::fs::hard_link(env!("CARGO_BIN_EXE_awsesame-full"), &full).is_err() {
        std::fs::copy(env!("CARGO_BIN_EXE_awsesame-full"), &full).unwrap();
    }
    let own = awsesame_local::version::LONG;
    let build = "cargo install --path crates/awsesame";
    // Another version, and another build of the same one.
    for other in ["0.0.9".to_owned(), own.replace(" (", " (commit 0123456789ab, not ")] {
        front(&bin, &other);
        let shown = bin.join("awsesame").display().to_string();
        let words = format!("the halves are of two builds: `{shown}` is {other}, awsesame-full is {own}");
        has(&found_by(&world, &full, &bin), "failure", &words, build);
    }
    // The trace of the installer leads to the installer.
    std::fs::remove_file(bin.join("awsesame")).unwrap();
    std::fs::create_dir_all(prefix.path().join("share/awsesame")).unwrap();
    std::fs::write(prefix.path().join("share/awsesame/installed"), "bin/awsesame\n").unwrap();
    let installer = format!("sh install.sh --force --prefix {}", prefix.path().display());
    has(&found_by(&world, &full, &bin), "failure", "the other half of awsesame ", &installer);
    // Packagers may put the full program into a folder of its own.
    front(&bin, own);
    let packaged = libexec.join("awsesame-full");
    std::fs::rename(&full, &packaged).unwrap();
    let good = found(&found_by(&world, &packaged, &bin), "ok");
    let words = format!(", both halves in {}", bin.display());
    assert!(good.iter().any(|(_, what)| what.ends_with(&words)), "{good:?}");
}

#[test]
fn people_read_groups_with_a_mark_and_a_command_for_each_thing() {
    let world = World::new();
    let ran =
        world.awsesame(&["doctor", "--all", "-p", "alice"]).env("AWSESAME_PROFIL", "dev").run().exits(1);
    let expected = "\nsettings
  ok     no config.toml: every setting has its default
  note   AWSESAME_PROFIL has no meaning; did you mean AWSESAME_PROFILE?
         unset AWSESAME_PROFIL
  ok     profile `alice` has a plan; awsesame explain -p alice shows it
";
    assert!(ran.stdout.contains(expected), "{ran}");
    let expected = "\nfiles
  FAIL   the long-term key of profile `alice` is stored in the clear at ~/.aws/credentials:2
         awsesame keys import -p alice
";
    assert!(ran.stdout.contains(expected), "{ran}");
    let expected = "
  ok     `~/.aws/credentials` is closed to others
  ok     9 profiles in ~/.aws/config
";
    assert!(ran.stdout.contains(expected), "{ran}");
    assert!(ran.stderr.starts_with("awsesame: 4 failures, "), "{ran}");
    // Checks without a problem are shown only on request.
    let brief = world.awsesame(&["doctor", "-p", "alice"]).run().exits(1);
    assert!(!brief.stdout.contains("  ok ") && brief.stdout.contains("  FAIL "), "{brief}");
    assert!(brief.stderr.contains("to see them: awsesame doctor --all"), "{brief}");
}

#[test]
fn everything_that_is_wrong_is_told_with_the_command_that_mends_it() {
    let counted = well();
    let world = counted.world();
    let look = || doctor(world, &["-p", "alice"]);
    let path = |below: &str| world.path(below).display().to_string();

    set_mode(&world.path(".aws/credentials"), 0o644);
    set_mode(&world.path(".aws/config"), 0o666);
    set_mode(&world.path(".local/state/awsesame/sessions"), 0o755);
    let ran = look().run().exits(1);
    has(
        &ran,
        "failure",
        "credentials` is open to other users (mode 644)",
        &format!("chmod 600 {}", path(".aws/credentials")),
    );
    has(
        &ran,
        "failure",
        "can be changed by anybody (mode 666)",
        &format!("chmod 644 {}", path(".aws/config")),
    );
    has(
        &ran,
        "failure",
        "sessions` is open to other users",
        &format!("chmod 700 {}", path(".local/state/awsesame/sessions")),
    );

    world.write(".config/direnv/lib/awsesame.sh", "# awsesame for direnv: of old\n");
    has(&look().run().exits(1), "failure", "is of another version of awsesame", "awsesame direnv install");
    world.write(".config/direnv/lib/awsesame.sh", "echo mine\n");
    has(&look().run().exits(1), "failure", "is somebody else's", "awsesame direnv install --force");

    let session = world.path(".local/state/awsesame/sessions/p-alice.session");
    std::fs::write(session, "nonsense").unwrap();
    has(&look().run().exits(1), "failure", "a session file is damaged", "awsesame logout --all");

    let gone = world.awsesame(&["doctor", "--json"]).env("AWS_PROFILE", "gone").run().exits(1);
    has(
        &gone,
        "failure",
        "AWS's tools stop here: there is no profile `gone` (AWS_PROFILE)",
        "unset AWS_PROFILE",
    );
    let keys = look().env("AWS_ACCESS_KEY_ID", "ASIAX").env("AWS_SECRET_ACCESS_KEY", "x");
    let keys = keys.env("AWS_SESSION_TOKEN", "new").env("AWS_SECURITY_TOKEN", "old");
    let ran = keys.env("AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z").run().exits(1);
    let unset = "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION";
    has(&ran, "failure", "the keys in this environment have expired", unset);
    has(&ran, "note", "boto3 ignores the token of AWS_SESSION_TOKEN", "unset AWS_SECURITY_TOKEN");
    let broker = look().env("AWSESAME_BROKER", path("none")).run().exits(1);
    has(&broker, "failure", "which does not exist", "unset AWSESAME_BROKER");

    world.write(".config/awsesame/config.toml", "stroe = 1\n");
    let ran = look().run().exits(1);
    assert!(
        found(&ran, "failure").iter().any(|(group, what)| group == "settings" && what.contains("stroe")),
        "{ran}"
    );
    world.write(".aws/config", "[profile alice\n");
    let ran = look().run().exits(1);
    assert!(found(&ran, "failure").iter().any(|(group, _)| group == "files"), "{ran}");
}

#[test]
fn the_clock_the_network_and_the_age_of_a_key_are_looked_at() {
    let world = World::with(Options { clock_offset: -HUNDRED_DAYS, ..Options::default() });
    world.sandbox().set_clock_offset(0);
    world.log_in("alice");
    let ran = doctor(&world, &["-p", "alice"]).run().exits(1);
    has(
        &ran,
        "failure",
        "key `AKIAIOSALICE7EXAMPLE` of profile `alice` is 100 days old",
        "awsesame keys rotate -p alice",
    );

    world.sandbox().set_clock_offset(60);
    let ran = doctor(&world, &["-p", "alice"]).run().exits(1);
    assert!(
        ran.stdout.contains("this machine's clock is ") && ran.stdout.contains(" s behind AWS's"),
        "{ran}"
    );

    // Without a network, all other checks still run.
    world.append_config(
        "[profile far]\nregion = us-east-1\nendpoint_url = http://127.0.0.1:1\nmfa_serial = GAHT12345678\n",
    );
    world.write_private(
        ".aws/credentials",
        "[far]\naws_access_key_id = AKIAFAR\naws_secret_access_key = nobody-knows\n",
    );
    let ran = doctor(&world, &["-p", "far"]).run().exits(1);
    let failures = found(&ran, "failure");
    assert!(
        failures
            .iter()
            .any(|(group, what)| group == "network" && what.starts_with("cannot reach `http://127.0.0.1:1`")),
        "{ran}"
    );
    assert!(
        found(&ran, "note")
            .iter()
            .any(|(group, what)| group == "account" && what.ends_with("AWS does not answer")),
        "{ran}"
    );
    assert!(found(&ran, "ok").iter().any(|(group, _)| group == "broker"), "{ran}");
}

#[test]
fn programs_are_found_in_the_path_with_their_versions() {
    let world = World::new();
    let tool = |below: &str, says: &str| {
        world.write(below, &format!("#!/bin/sh\necho '{says}'\n"));
        set_mode(&world.path(below), 0o755);
    };
    tool("one/aws", "aws-cli/1.45.11 Python/3.11.7");
    tool("two/aws", "aws-cli/2.9.19 Python/3.11.2");
    tool("two/direnv", "2.32.1");
    let own = Path::new(env!("CARGO_BIN_EXE_awsesame")).parent().unwrap().display().to_string();
    let path = |folders: &[&str]| {
        let below = folders.iter().map(|folder| world.path(folder).display().to_string());
        below.chain([own.clone(), world.path("few").display().to_string()]).collect::<Vec<_>>().join(":")
    };
    let good = found(&doctor(&world, &[]).env("PATH", path(&["one", "two"])).run().exits(1), "ok");
    for words in ["direnv 2.32.1", "AWS CLI 1.45.11 (~/one/aws)", "AWS CLI 2.9.19 (~/two/aws)"] {
        assert!(good.iter().any(|(_, what)| what == words), "{words}: {good:?}");
    }
    // Whichever awsesame comes first is the one that everybody runs.
    tool("one/awsesame", "awsesame 0.0.1");
    has(
        &doctor(&world, &[]).env("PATH", path(&["one"])).run().exits(1),
        "failure",
        "find another awsesame first: `~/one/awsesame`",
        &format!("export PATH={own}:$PATH"),
    );
}

#[test]
fn user_without_a_device_is_told_to_enrol_one() {
    let world = World::new();
    // Dave may read his own devices with the bare key.
    let ran = doctor(&world, &["-p", "dave"]).run().exits(1);
    let failures = found(&ran, "failure");
    assert!(
        failures.iter().any(|(group, what)| group == "account" && what.contains("no MFA device")),
        "{ran}"
    );
    assert!(ran.stdout.contains("awsesame mfa enroll -p dave"), "{ran}");
}

#[test]
fn fix_corrects_modes_the_library_and_left_over_files_and_nothing_else() {
    let counted = well();
    let world = counted.world();
    let credentials = world.path(".aws/credentials");
    let left = world.path(".local/state/awsesame/sessions/.new-left");
    set_mode(&credentials, 0o644);
    set_mode(&world.path(".local/state/awsesame/sessions"), 0o755);
    world.write_private(".local/state/awsesame/sessions/.new-left", "x");
    let old = std::time::SystemTime::now() - std::time::Duration::from_hours(1);
    std::fs::File::options().write(true).open(&left).unwrap().set_modified(old).unwrap();
    world.write(".config/direnv/lib/awsesame.sh", "# awsesame for direnv: of old\n");
    let contents = (world.read(".aws/config"), world.read(".aws/credentials"));

    let ran = doctor(world, &["-p", "alice", "--fix"]).run().ok();
    assert_eq!(found(&ran, "fixed").len(), 4, "{ran}");
    assert_eq!((mode(&credentials), mode(&world.path(".local/state/awsesame/sessions"))), (0o600, 0o700));
    assert!(!left.exists());
    assert!(world.read(".config/direnv/lib/awsesame.sh").contains("use_awsesame()"));
    assert_eq!((world.read(".aws/config"), world.read(".aws/credentials")), contents);
    let again = doctor(world, &["-p", "alice", "--fix"]).run().ok();
    assert_eq!(found(&again, "fixed"), []);
    // The session was in none of it.
    counted.awsesame("check -p alice").run().ok();
}

#[test]
fn a_mode_that_is_accepted_and_not_stored_is_not_called_fixed() {
    if !crate::need::need("strace") {
        return;
    }
    let counted = well();
    let world = counted.world();
    set_mode(&world.path(".aws/credentials"), 0o644);
    // As file systems without modes do: the call succeeds, and nothing has changed.
    let strace = ["--quiet=all", "-f", "-o", "/dev/null", "-e", "inject=fchmod,fchmodat,chmod:retval=0"];
    let run =
        world.program("strace").args(&strace).args(&["awsesame", "doctor", "--json", "-p", "alice", "--fix"]);
    let ran = run.run().exits(1);
    assert_eq!(found(&ran, "fixed"), [], "{ran}");
    let what = "and its file system does not store another mode";
    assert!(ran.stdout.contains(what) && ran.stdout.contains("findmnt -T "), "{ran}");
}

#[test]
fn a_link_is_not_followed_by_fix() {
    let counted = well();
    let world = counted.world();
    let real = world.path("shared-credentials");
    std::fs::rename(world.path(".aws/credentials"), &real).unwrap();
    std::os::unix::fs::symlink(&real, world.path(".aws/credentials")).unwrap();
    set_mode(&real, 0o644);
    let ran = doctor(world, &["-p", "alice", "--fix"]).run().exits(1);
    assert_eq!((found(&ran, "fixed"), mode(&real)), (vec![], 0o644));
}

#[test]
fn hooks_are_found_in_the_start_up_files_of_the_shell() {
    let world = World::new();
    world.write(".bashrc", "eval \"$(direnv hook bash)\"\n# eval \"$(awsesame hook bash)\"\n");
    let ran = doctor(&world, &[]).run().exits(1);
    let line = "echo 'eval \"$(awsesame hook bash)\"' >> ~/.bashrc";
    has(&ran, "note", "awsesame's prompt hook, which reacts when a session expires, was not found", line);
    world.write(".bashrc", "eval \"$(awsesame hook bash)\"\neval \"$(awsesame completions bash)\"\n");
    let good = found(&doctor(&world, &[]).run().exits(1), "ok");
    for words in ["awsesame's prompt hook is loaded by bash", "awsesame's completions are loaded by bash"] {
        assert!(good.iter().any(|(_, what)| what == words), "{good:?}");
    }
}

#[test]
fn program_that_reads_the_file_in_the_home_whatever_is_exported_is_named() {
    let (world, tools) = (World::new(), crate::sources::Tools::new());
    tools.program("awscurl", "exit 0\n");
    let doctor = || world.awsesame(&["doctor", "-p", "alice"]);
    let note = "`awscurl` reads ~/.aws/credentials whatever is exported, and uses a key that it finds there";
    assert!(tools.first(doctor()).run().stdout.contains(note));
    // Without a key there it finds none.
    world.write_private(".aws/credentials", "");
    assert!(!tools.first(doctor()).run().stdout.contains("awscurl"));
}
