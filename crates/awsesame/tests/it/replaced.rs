//! Tests an attacker who can write the files of a store, but not our state: the data key is replaced, and copied
//! sessions are put back.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::counted::Counted;
use crate::need::need;
use crate::run::Run;
use crate::world::World;

/// A world whose data key is in the `age` store, and the file that it is in.
struct Aged {
    world: World,
    key: PathBuf,
    recipient: String,
}

impl Aged {
    fn new() -> Self {
        let world = World::new();
        let made = Command::new("age-keygen").args(["-o"]).arg(world.path("key.txt")).output().unwrap();
        let said = String::from_utf8_lossy(&made.stderr).into_owned();
        let recipient = said.trim().rsplit(' ').next().unwrap().to_owned();
        Self { key: world.path(".local/share/awsesame/age/data-key.age"), recipient, world }
    }

    fn run(&self, line: &str) -> Run<'_> {
        let words: Vec<&str> = line.split(' ').collect();
        let identity = self.world.path("key.txt").display().to_string();
        self.world
            .awsesame(&words)
            .env("AWSESAME_STORE", "age")
            .env("AWSESAME_STORES_AGE_IDENTITIES", identity)
            .env("AWSESAME_STORES_AGE_RECIPIENTS", &self.recipient)
    }

    fn log_in(&self, user: &str) {
        self.run(&format!("login -p {user} {}", self.world.code(user))).run().ok();
    }

    /// Replaces the data key, as anybody can who knows the public recipient and may write the file.
    fn replace_key(&self) {
        let mut age = Command::new("age");
        let age = age.args(["--encrypt", "--recipient", &self.recipient, "--output"]).arg(&self.key);
        let mut age = age.stdin(Stdio::piped()).spawn().unwrap();
        std::io::Write::write_all(&mut age.stdin.take().unwrap(), &[7; 32]).unwrap();
        assert!(age.wait().unwrap().success());
    }

    /// Returns true if a session is sealed with the attacker's key.
    fn is_open_to_the_attacker(&self) -> bool {
        let key = awsesame_core::session::seal::DataKey::new([7; 32]);
        let state = awsesame::state::State::at(self.world.state());
        let sessions = state.sessions().unwrap();
        sessions.into_iter().any(|(_, session)| session.unwrap().open(&key).is_ok())
    }
}

#[test]
fn a_data_key_that_was_replaced_is_told_and_seals_nothing() {
    if !need("age") {
        return;
    }
    let aged = Aged::new();
    aged.log_in("alice");
    aged.run("lock").run().ok();
    aged.replace_key();
    let calls = aged.world.sandbox().count("GetSessionToken");
    for line in ["unlock", "exec -p alice --no-input -- true", "login -p bob 123456"] {
        let ran = aged.run(line).run().exits(1);
        let error = "the data key in the age store is not the one that sealed your sessions: somebody has replaced it";
        assert!(ran.stderr.starts_with(&format!("error: {error}\nhint: create a new key; ")), "{ran}");
    }
    assert_eq!(aged.world.sandbox().count("GetSessionToken"), calls, "no code was spent");
    // The hint, typed.
    aged.run("lock --forget").run().ok();
    aged.log_in("bob");
    aged.run("lock").run().ok();
    aged.run("exec -p bob --no-input -- true").run().ok();
    assert!(!aged.is_open_to_the_attacker());
}

#[test]
fn without_a_session_the_data_key_is_made_anew() {
    if !need("age") {
        return;
    }
    let aged = Aged::new();
    aged.log_in("alice");
    aged.run("logout --all").run().ok();
    aged.replace_key();
    aged.log_in("alice");
    assert!(!aged.is_open_to_the_attacker());
    aged.run("lock").run().ok();
    aged.run("exec -p alice --no-input -- true").run().ok();
    assert!(!aged.is_open_to_the_attacker());
}

#[test]
fn what_was_copied_before_a_logout_is_served_to_nobody_afterwards() {
    for store in ["kernel", "file", "age"] {
        if store == "age" && !need("age") {
            continue;
        }
        let aged = Aged::new();
        let run = |line: &str| aged.run(line).env("AWSESAME_STORE", store);
        for user in ["alice", "bob"] {
            run(&format!("login -p {user} {}", aged.world.code(user))).run().ok();
        }
        let sessions = aged.world.state().join("sessions");
        let files = || -> BTreeMap<PathBuf, Vec<u8>> {
            let entries = std::fs::read_dir(&sessions).unwrap().map(|entry| entry.unwrap().path());
            entries.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
        };
        let copied = files();
        run("logout -p alice").run().ok();
        // The other session stays, sealed with the new key.
        run("exec -p bob --no-input -- true").run().ok();
        run("env -p bob --no-input").reveals_credentials().run().ok();
        let kept = files();
        for (path, bytes) in copied.iter().filter(|(path, _)| !kept.contains_key(*path)) {
            std::fs::write(path, bytes).unwrap();
            std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        }
        assert!(files().len() > kept.len());
        for command in
            ["env -p alice --no-input", "process -p alice --no-input", "exec -p alice --no-input -- true"]
        {
            let ran = run(command).run();
            assert_eq!(ran.code, Some(3), "{store} {command}: {ran}");
        }
        run("exec -p bob --no-input -- true").run().ok();
        // After the last session, the key is deleted, also in its store.
        run("logout -p bob").run().ok();
        for (path, bytes) in &copied {
            std::fs::write(path, bytes).unwrap();
            std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        }
        for user in ["alice", "bob"] {
            let ran = run(&format!("env -p {user} --no-input")).run();
            assert_eq!(ran.code, Some(3), "{store} {user}: {ran}");
        }
    }
}

#[test]
fn a_logout_whose_key_cannot_be_changed_says_so() {
    let counted = Counted::new("store");
    let world = counted.world();
    for user in ["alice", "bob"] {
        counted.awsesame(&format!("login -p {user} {}", world.code(user))).run().ok();
    }
    world.write("keeper", "#!/bin/sh\nexit 1\n");
    let ran = counted.awsesame("logout -p alice").run().ok();
    let said = "a copy of what is forgotten would still open, because its key could not be changed: ";
    assert!(ran.stderr.contains(said) && ran.stderr.contains("awsesame logout --all"), "{ran}");
    // The other sessions are not affected.
    counted.awsesame("env -p alice --no-input").run().exits(3);
    counted.awsesame("env -p bob --no-input").reveals_credentials().run().ok();
}
