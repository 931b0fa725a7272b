//! Tests files that a newer version has written: each is reported as such and never as damaged, and nothing is deleted.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use awsesame::broker::lease::Lease;
use awsesame::broker::socket;

use crate::broker::place;
use crate::world::World;

/// The folders of our files, below HOME.
const FOLDERS: [&str; 2] = [".local/state/awsesame", ".local/share/awsesame"];

/// Files of ours that have no format number; those of the broker included that only we read.
const WITHOUT_A_NUMBER: [&str; 8] = [
    "/picks",
    "/stamps/",
    "/ledger/arn",
    "/dismissed/",
    "/identities/",
    "/made-from",
    "/broker/port",
    "/broker/lock",
];

/// Gives a folder the mode that ours have.
fn closed(world: &World, folder: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(world.path(folder), std::fs::Permissions::from_mode(0o700)).unwrap();
}

/// Returns every file below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            files(&entry.path(), found);
        } else if entry.file_type().unwrap().is_file() {
            found.push(entry.path());
        }
    }
}

/// Returns the first line with the next version number, if it has one: `awsesame session 1` becomes `awsesame session
/// 2`.
fn next(bytes: &[u8]) -> Option<Vec<u8>> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (name, number) = std::str::from_utf8(&bytes[..end]).ok()?.rsplit_once(' ')?;
    let number: u32 = number.parse().ok().filter(|_| name.starts_with("awsesame "))?;
    let head = format!("{name} {}\nof: the future", number + 1);
    Some([head.as_bytes(), &bytes[end..]].concat())
}

/// Writes every file that has a format number with the next one. Those that have none get a line that we do not know.
fn made_newer(world: &World) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = Vec::new();
    for folder in FOLDERS {
        files(&world.path(folder), &mut found);
    }
    let mut newer = BTreeMap::new();
    for path in found {
        let bytes = std::fs::read(&path).unwrap();
        let shown = path.to_string_lossy().into_owned();
        match next(&bytes) {
            Some(next) => {
                std::fs::write(&path, &next).unwrap();
                newer.insert(path, next);
            }
            None if WITHOUT_A_NUMBER.iter().any(|part| shown.contains(part)) => {
                let line_end: &[u8] = if bytes.is_empty() || bytes.ends_with(b"\n") { b"" } else { b"\n" };
                std::fs::write(&path, [&bytes, line_end, b"of the future 2\n"].concat()).unwrap();
            }
            None => {}
        }
    }
    newer
}

#[test]
fn every_file_with_the_next_format_number_is_told_as_newer_and_stays() {
    let world = World::new();
    world.log_in("alice");
    world.awsesame(&["exec", "--via", "process", "-p", "alice", "--", "true"]).run().ok();
    world.awsesame(&["broker", "start"]).run().ok();
    world.write_private(".local/share/awsesame/rotations/AKIAOLD", "awsesame rotation 1\nold AKIAOLD\n");
    closed(&world, ".local/share/awsesame");
    closed(&world, ".local/share/awsesame/rotations");
    let newer = made_newer(&world);
    // The two sessions of a login, and the rotation.
    assert_eq!(newer.len(), 3, "{:?}", newer.keys());
    let stay = |after: &str| {
        for (path, bytes) in &newer {
            assert_eq!(std::fs::read(path).ok().as_ref(), Some(bytes), "{}: after {after}", path.display());
        }
    };
    for (command, code) in [
        ("env --no-input -p alice", 3),
        ("process --no-input -p alice", 3),
        ("check -p alice", 3),
        ("exec --no-input -p alice -- true", 3),
        ("direnv export alice", 0),
        ("wait -p alice --timeout 1s", 3),
        ("status", 0),
        ("list", 0),
        ("explain -p alice", 0),
        ("doctor -p alice", 1),
        ("keys list", 1),
        ("keys rotate -p alice", 1),
    ] {
        let words: Vec<&str> = command.split(' ').collect();
        let ran = world.awsesame(&words).run();
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!said.contains("damaged") && !said.contains("bug"), "{command}: {ran}");
        assert_eq!(ran.code, Some(code), "{command}: {ran}");
        let tells = !command.starts_with("wait") && !["list", "explain -p alice"].contains(&command);
        assert!(!tells || said.contains("newer version of awsesame"), "{command}: {ran}");
        stay(command);
    }
    // The broker that runs is found and stopped by what the newer version wrote, and the next one has the same port.
    let port = world.awsesame(&["broker", "status", "--json"]).run().ok().json()["port"].clone();
    world.awsesame(&["broker", "stop"]).run().ok();
    world.awsesame(&["broker", "start"]).run().ok();
    assert_eq!(world.awsesame(&["broker", "status", "--json"]).run().ok().json()["port"], port);
    world.awsesame(&["broker", "stop"]).run().ok();
    // A login still works beside them.
    world.pass(30);
    world.log_in("alice");
    stay("login");
    world.awsesame(&["env", "-p", "alice"]).reveals_credentials().run().ok();
    world.awsesame(&["check", "-p", "alice"]).run().ok();
    stay("check");
}

#[test]
fn a_list_of_keys_of_a_newer_version_stops_whoever_would_write_it() {
    let world = World::new();
    let list = ".local/share/awsesame/keys";
    world.write_private(list, "awsesame keys 2\nAKIAOF gpg dev the future\n");
    closed(&world, ".local/share/awsesame");
    let before = world.read(list);
    for command in [
        "list",
        "keys list",
        "keys import -p alice",
        "login -p alice 123456",
        "doctor -p alice",
        "exec -p alice -- true",
    ] {
        let words: Vec<&str> = command.split(' ').collect();
        let ran = world.awsesame(&words).env("AWSESAME_KEYS_STORE", "file").run().exits(1);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains("keys` is of a newer version of awsesame"), "{command}: {ran}");
        assert!(said.contains("command -v awsesame"), "{command}: {ran}");
        assert_eq!(world.read(list), before, "{command}");
    }
    assert_eq!(world.sandbox().count("GetSessionToken"), 0);
}

/// Runs something while this process is the broker, which answers every request so.
fn with_a_broker_that_says(world: &World, answer: &str, step: impl FnOnce()) {
    let place = place(world);
    let _lease = Lease::take(&place).unwrap();
    let listener = socket::listen(&place.socket()).unwrap();
    let answer = answer.to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(&stream).lines();
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            let _ = (&stream).write_all(answer.as_bytes());
        }
    });
    step();
    std::fs::remove_file(place.socket()).unwrap();
}

#[test]
fn a_broker_of_another_version_is_told_as_such() {
    let world = World::new();
    world.log_in("alice");
    let run = |command: &str| world.awsesame(&command.split(' ').collect::<Vec<_>>()).run();
    let status = |version: &str| {
        let body = format!(
            r#"{{"running":true,{version}"pid":1,"port":15999,"profiles":[],"since":"x","mood":"new"}}"#
        );
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    };
    // One that can be talked with.
    for (version, told) in [(r#""version":"99.1.0","#, "version 99.1.0"), ("", "an older version")] {
        with_a_broker_that_says(&world, &status(version), || {
            for (command, code) in [("broker status", 0), ("broker start", 0), ("doctor -p alice", 1)] {
                let ran = run(command);
                let said = format!("{}{}", ran.stdout, ran.stderr);
                assert!(said.contains(&format!("of {told}")), "{command}: {ran}");
                assert!(said.contains("awsesame broker stop"), "{command}: {ran}");
                assert_eq!(ran.code, Some(code), "{command}: {ran}");
            }
        });
    }
    // One whose answers mean nothing to us.
    for answer in [
        "SSH-2.0-OpenSSH\r\n",
        "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n{\"port\":\"a\"}\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n\u{1}\u{2}\u{3}",
    ] {
        with_a_broker_that_says(&world, answer, || {
            for (command, code) in [
                ("broker status", 1),
                ("broker start", 1),
                ("doctor -p alice", 1),
                ("exec --via broker -p alice -- true", 1),
                ("direnv export alice --via broker", 0),
            ] {
                let ran = run(command);
                let said = format!("{}{}", ran.stdout, ran.stderr);
                assert!(said.contains("is of another version of awsesame"), "{command}: {ran}");
                assert!(said.contains("awsesame broker stop; awsesame broker start"), "{command}: {ran}");
                assert_eq!(ran.code, Some(code), "{command}: {ran}");
            }
        });
    }
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
}
