//! Tests `keys`: long-term keys in a store, from their import to their removal. The module `import` tests interrupted
//! and failing imports.

use std::os::unix::fs::{MetadataExt, PermissionsExt};

use crate::counted::Counted;
use crate::need::need;
use crate::world::World;

const ALICE: &str = "AKIAIOSALICE7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/aliceKeyEXAMPLEKEY";

/// Returns the names of the backups.
fn backups(world: &World) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(world.path(".local/share/awsesame/backups")) else {
        return Vec::new();
    };
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Deletes the spent codes, so that the next code can be used at once.
fn forget_spent_codes(world: &World) {
    std::fs::remove_dir_all(world.state().join("ledger")).unwrap();
}

#[test]
fn import_moves_the_key_and_sessions_go_on() {
    let counted = Counted::new("keys_store");
    let world = counted.world();
    world.log_in("alice");
    let before = world.read(".aws/credentials");
    counted.awsesame("keys import -p alice").run().ok().prints("").says(&format!(
        "awsesame: the key `{ALICE}` of profile `alice` is now in the `command` store, and no longer in {{HOME}}/.aws/credentials\n\
         awsesame: until the key has been used once, the old file is saved as {{HOME}}/.local/share/awsesame/backups/{ALICE}.credentials; to use it: awsesame login -p alice\n\
         awsesame: plain `aws` no longer finds a key there; it asks awsesame with `credential_process = awsesame process -p alice` in the profile, or is given a session by `use awsesame` in an .envrc\n"
    ));
    let lines = format!("aws_access_key_id = {ALICE}\naws_secret_access_key = {SECRET}\n");
    assert_eq!(world.read(".aws/credentials"), before.replace(&lines, ""));
    assert_eq!(counted.asked(), "get put get");
    // The session is the same, and so is that of a role; the store is left alone.
    for profile in ["alice", "deploy"] {
        for _ in 0..2 {
            let line = format!("env -p {profile} --no-input");
            counted.awsesame(&line).reveals_credentials().run().ok();
            counted.awsesame(&format!("exec -p {profile} --no-input -- true")).run().ok();
        }
        counted.awsesame(&format!("process -p {profile}")).reveals_credentials().run().ok();
    }
    assert_eq!(counted.asked(), "");
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
    counted
        .awsesame("keys import -p alice")
        .run()
        .ok()
        .says(&format!("awsesame: the key `{ALICE}` of profile `alice` is already in the `command` store\n"));
}

#[test]
fn backup_goes_after_the_first_use_of_the_key_and_not_before() {
    let counted = Counted::new("keys_store");
    let world = counted.world();
    counted.awsesame("keys import -p alice").run().ok();
    let backup = world.path(format!(".local/share/awsesame/backups/{ALICE}.credentials"));
    let kept = std::fs::File::open(&backup).unwrap();
    counted.asked();
    counted.awsesame("login -p alice 000000").run().exits(1);
    assert_eq!(counted.asked(), "get");
    counted.awsesame("env -p alice").run().exits(3);
    assert_eq!(counted.asked(), "", "who gives no code needs no key");
    assert_eq!(backups(world), [format!("{ALICE}.credentials")]);
    world.log_in("alice");
    assert_eq!(counted.asked(), "get");
    assert_eq!(backups(world), [""; 0]);
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut { kept }, &mut bytes).unwrap();
    assert!(
        !bytes.is_empty() && bytes.iter().all(|byte| *byte == 0),
        "the old file's blocks are overwritten"
    );
    // Roles that take their key from the profile find it there too.
    counted.awsesame("exec -p longhaul --no-input -- true").run().exits(3);
    forget_spent_codes(world);
    counted.awsesame(&format!("login -p longhaul {}", world.code("alice"))).run().ok();
}

#[test]
fn links_modes_line_ends_and_other_names_of_the_file_stay() {
    let counted = Counted::new("keys_store");
    let world = counted.world();
    let key = format!("aws_access_key_id={ALICE}\r\nAWS_SECRET_ACCESS_KEY = {SECRET} # old\r\n");
    let text = |key: &str| format!("\u{feff}; mine\r\n[alice]\r\n{key}\r\n[empty]\r\n");
    world.write_private("dotfiles/credentials", &text(&key));
    std::fs::set_permissions(world.path("dotfiles/credentials"), PermissionsExt::from_mode(0o640)).unwrap();
    std::fs::remove_file(world.path(".aws/credentials")).unwrap();
    std::os::unix::fs::symlink("../dotfiles/credentials", world.path(".aws/credentials")).unwrap();
    // The watchdog looks for long-term secrets everywhere but there.
    let run = world
        .program("sh")
        .args(&["-c", "awsesame keys import -p alice && rm -r .local/share/awsesame/backups"]);
    run.run().ok();
    assert_eq!(world.read("dotfiles/credentials"), text(""));
    assert!(world.path(".aws/credentials").is_symlink());
    assert_eq!(std::fs::metadata(world.path(".aws/credentials")).unwrap().mode() & 0o7777, 0o640);
    let left: Vec<_> = std::fs::read_dir(world.path("dotfiles")).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn import_says_what_is_left_of_the_key_in_the_file_under_other_profiles() {
    let world = World::new();
    let credentials = world.read(".aws/credentials");
    let (_, lines) = credentials.split_once("[alice]\n").unwrap();
    let lines = lines.split("\n\n").next().unwrap();
    world.write_private(".aws/credentials", &format!("{credentials}\n[work]\n{lines}\n\n[play]\n{lines}\n"));
    let import = |profile: &str| {
        let run = world.awsesame(&["keys", "import", "-p", profile]).env("AWSESAME_KEYS_STORE", "file");
        run.run().ok().stderr
    };
    let said = import("alice");
    assert!(said.contains("and no longer under this profile in "), "{said}");
    let rest = "the same key is still there in the clear under profiles `play`, `work`; type: awsesame keys import -p play\n";
    assert!(said.contains(rest), "{said}");
    import("play");
    let said = import("work");
    assert!(said.contains("store, and no longer in ") && !said.contains("still there"), "{said}");
}

#[test]
fn import_of_all_goes_on_past_one_that_is_refused() {
    let counted = Counted::new("keys_store");
    let world = counted.world();
    let text = world.read(".aws/credentials");
    world.write_private(
        ".aws/credentials",
        &format!("{text}[half]\naws_access_key_id = AKIAHALFHALFHALFHALF\n"),
    );
    // The key can also be in the other file.
    let bob = "aws_access_key_id = AKIAIOSFOBOB7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bobsKey+EXAMPLEKEY\n";
    let ran = counted.awsesame("keys import --all --json").run().exits(1);
    let rows = ran.json();
    let rows = rows.as_array().unwrap();
    let moved: Vec<&str> = rows
        .iter()
        .filter(|row| row["store"] == "command")
        .map(|row| row["profile"].as_str().unwrap())
        .collect();
    assert_eq!(moved, ["alice", "bob", "carol", "dave"]);
    assert_eq!(rows[4]["error"], "half_key");
    assert!(ran.stderr.contains("error: profile `half` has half an access key"), "{ran}");
    let kept = format!(
        "awsesame: until each key has been used once, its old file is saved in {}; to use one: awsesame login -p dave\n",
        world.path(".local/share/awsesame/backups").display()
    );
    assert!(ran.stderr.contains(&kept), "{ran}");
    let left = world.read(".aws/credentials");
    assert!(!left.contains("aws_secret_access_key") && left.contains("AKIAHALFHALFHALFHALF"), "{left}");
    assert!(!left.contains(bob));
    world.log_in("bob");
    assert_eq!(backups(world).len(), 3, "of those that were not used yet");
    world.write_private(".aws/credentials", "");
    counted
        .awsesame("keys import --all")
        .run()
        .ok()
        .says("awsesame: no profile has a long-term key in AWS's files\n");
}

#[test]
fn store_that_refuses_every_key_is_reported_once() {
    let world = World::new();
    let ran = world.awsesame(&["keys", "import", "--all"]).run().exits(1);
    assert_eq!(ran.stderr.matches("error: ").count(), 1, "{ran}");
    assert_eq!(ran.stderr.lines().count(), 2, "{ran}");
}

#[test]
fn key_in_the_config_file_is_moved_and_two_different_ones_are_not() {
    let counted = Counted::new("keys_store");
    let world = counted.world();
    let (config, credentials) = (world.read(".aws/config"), world.read(".aws/credentials"));
    let key = |id: &str| format!("[profile alice]\naws_access_key_id = {id}\n");
    world.config(&config.replace("[profile alice]\n", &key("AKIAOTHEROTHEROTHER1")));
    counted.awsesame("keys import -p alice").run().fails(
        1,
        "profile `alice` has several keys in AWS's files, and only one of them is used",
        "keep the right one and delete the others: vi {HOME}/.aws/config",
    );
    assert_eq!(world.read(".aws/credentials"), credentials);
    assert_eq!(counted.asked(), "");
    world.config(&config.replace("[profile alice]\n", &key(ALICE)));
    counted.awsesame("keys import -p alice").run().ok();
    assert_eq!(world.read(".aws/config"), config, "it went out of both files");
    counted.awsesame("keys import -p alice").run().ok();
    counted.awsesame("keys import -p nobody").run().fails(
        1,
        "profile `nobody` has no long-term key in `{HOME}/.aws/credentials` or `{HOME}/.aws/config`",
        "type it in: awsesame keys add -p nobody",
    );
}

#[test]
fn store_that_forgets_is_refused_and_others_are_named() {
    let world = World::new();
    let before = world.read(".aws/credentials");
    let ran = world.awsesame(&["keys", "import", "-p", "alice"]).run().exits(1);
    assert!(
        ran.stderr.starts_with("error: the `kernel` store loses its keys at a reboot, so it cannot store a long-term key\nhint: choose a store that keeps it ("),
        "{ran}"
    );
    assert!(ran.stderr.contains("gpg") && ran.stderr.contains(": export AWSESAME_KEYS_STORE="), "{ran}");
    for (name, error) in [("kernel", 1), ("vault", 2)] {
        let run = world.awsesame(&["keys", "add", "-p", "alice"]).env("AWSESAME_KEYS_STORE", name);
        run.stdin(format!("{ALICE}\n{SECRET}\n")).run().exits(error);
    }
    assert_eq!(world.read(".aws/credentials"), before);
    // A store for sessions that keeps things is good enough.
    world.awsesame(&["keys", "import", "-p", "alice"]).env("AWSESAME_STORE", "file").run().ok();
}

#[test]
fn key_from_stdin_is_used_and_never_shown() {
    let counted = Counted::new("keys_store");
    let world = counted.world();
    world.write_private(".aws/credentials", "");
    counted.awsesame("login -p alice 123456").run().exits(1);
    let json = format!("{{\"AccessKey\":{{\"AccessKeyId\":\"{ALICE}\",\"SecretAccessKey\":\"{SECRET}\"}}}}");
    counted
        .awsesame("keys add -p alice")
        .stdin(json)
        .run()
        .ok()
        .says(&format!("awsesame: the key `{ALICE}` of profile `alice` is now in the `command` store\n"));
    world.log_in("alice");
    let csv = format!("Access key ID,Secret access key\r\n{ALICE},{SECRET}\r\n");
    counted
        .awsesame("keys add -p brand-new --json")
        .stdin(csv)
        .run()
        .ok()
        .prints(&format!("{{\"profile\":\"brand-new\",\"key\":\"{ALICE}\",\"store\":\"command\"}}\n"));
    let wrong = counted.awsesame("keys add -p alice").stdin(SECRET).run().exits(2);
    assert!(wrong.stderr.starts_with("error: that is not a long-term access key: "), "{wrong}");
    counted.awsesame(&format!("keys add --existing {ALICE} -p renamed")).run().ok();
    let lost = counted.awsesame("keys add --existing AKIANOTTHERE00000000 -p renamed").run().exits(1);
    assert!(lost.stderr.starts_with("error: the `command` store no longer has the key"), "{lost}");
}

#[test]
fn key_that_is_typed_is_not_echoed() {
    let counted = Counted::new("keys_store");
    let world = counted.world();
    world.write_private(".aws/credentials", "");
    let mut terminal = counted.awsesame("keys add -p alice").pty();
    terminal.expect("access key id of profile `alice`: ");
    terminal.send(&format!("{ALICE}\r"));
    terminal.expect("secret access key (not shown): ");
    // The watchdog checks the whole screen.
    terminal.send(&format!("{SECRET}x\u{7f}\r"));
    terminal.wait().ok();
    world.log_in("alice");
    let mut terminal = counted.awsesame("keys add -p alice").pty();
    terminal.expect("access key id of profile `alice`: ");
    terminal.send(&format!("{}\r", "nonsense"));
    assert!(terminal.wait().exits(2).stderr.contains("its id does not look like `AKIA`"));
}

#[test]
fn list_shows_the_place_of_each_key_and_its_last_use() {
    let counted = Counted::new("keys_store");
    let world = counted.world();
    counted.awsesame("keys import -p alice").run().ok();
    let offline = counted.awsesame("keys list").run().ok();
    assert!(offline.stdout.starts_with("PROFILE  KEY                   STORED IN"), "{offline}");
    assert!(offline.stdout.contains(&format!("alice    {ALICE}  command")), "{offline}");
    assert!(offline.stderr.ends_with("into a store: awsesame keys import -p bob\n"), "{offline}");
    world.log_in("alice");
    let rows = counted.awsesame("keys list --json").run().ok().json();
    assert_eq!((&rows[0]["store"], &rows[0]["file"]), (&"command".into(), &serde_json::Value::Null));
    assert!(
        rows[0]["created"].as_str().unwrap().ends_with('Z') && rows[0]["last_used"].is_string(),
        "{rows}"
    );
    assert_eq!(rows[1]["file"], format!("{}/.aws/credentials", world.home().display()));
    assert_eq!(rows[1]["created"], serde_json::Value::Null);
    // Unreachable values are left out.
    world.change_config(&world.url(), "http://127.0.0.1:1");
    let rows = counted.awsesame("keys list --json").run().ok().json();
    assert_eq!((&rows[0]["store"], &rows[0]["created"]), (&"command".into(), &serde_json::Value::Null));
}

#[test]
fn removal_asks_and_says_what_will_be_lost() {
    let counted = Counted::new("keys_store");
    let world = counted.world();
    counted.awsesame("keys import -p alice").run().ok();
    world.log_in("alice");
    counted.awsesame("keys remove -p alice").run().fails(
        1,
        "the removal of a key must be confirmed at a terminal, and awsesame cannot ask here",
        "to agree beforehand: awsesame keys remove --yes -p alice",
    );
    let mut terminal = counted.awsesame("keys remove -p alice").pty();
    terminal.expect(&format!(
        "this is the only copy of the secret half of `{ALICE}`, and AWS will not show it again"
    ));
    terminal.expect("remove it? [y/N] ");
    terminal.send("\r");
    let ran = terminal.wait().exits(1);
    assert!(
        ran.stderr
            .ends_with("error: not confirmed, so nothing was removed\nhint: to do it after all, run it again: awsesame keys remove -p alice\n"),
        "{ran}"
    );
    counted.awsesame(&format!("keys add --existing {ALICE} -p twin")).run().ok();
    counted.awsesame("keys remove --yes -p alice").run().ok().says(&format!(
        "awsesame: profile `alice` no longer has a key; `{ALICE}` stays in the `command` store for profile `twin`\n"
    ));
    counted.asked();
    let mut terminal = counted.awsesame("keys remove -p twin").pty();
    terminal.expect("remove it? [y/N] ");
    terminal.send("y\r");
    terminal.wait().ok();
    assert_eq!(counted.asked(), "get delete");
    counted.awsesame("keys remove -p twin").run().fails(
        1,
        "profile `twin` has no key in a store",
        "list the profiles that have one: awsesame keys list",
    );
    // The session belonged to the key, and without the key there is no plan for it.
    counted.awsesame("env -p alice").run().exits(1);
}

#[test]
fn export_wants_a_person_who_types_the_name() {
    let counted = Counted::new("keys_store");
    counted.awsesame("keys import -p alice").run().ok();
    counted.asked();
    let (error, hint) = (
        "the export of a key must be confirmed at a terminal, and awsesame cannot ask here",
        "run it at a terminal: awsesame keys export -p alice",
    );
    counted.awsesame("keys export -p alice").stdin("alice\n").run().fails(1, error, hint);
    let ran = counted.awsesame("keys export -p alice --no-input").pty().wait().exits(1);
    assert_eq!(ran.stderr, format!("error: {error}\nhint: {hint}\n"));
    let mut terminal = counted.awsesame("keys export -p alice").pty();
    terminal.expect("type the profile's name (`alice`) to continue: ");
    terminal.send("y\r");
    terminal.wait().exits(1);
    assert_eq!(counted.asked(), "");
    // The output goes to a file that the watchdog does not check, because it would report the secret on the screen.
    let world = counted.world();
    let export = "awsesame keys export -p alice >.aws/credentials";
    let mut terminal = world.program("sh").args(&["-c", export]).pty();
    terminal.expect("to continue: ");
    terminal.send("alice\r");
    terminal.wait().ok();
    assert_eq!(
        world.read(".aws/credentials"),
        format!("aws_access_key_id = {ALICE}\naws_secret_access_key = {SECRET}\n")
    );
}

#[test]
fn missing_key_and_damaged_index_are_errors() {
    let counted = Counted::new("keys_store");
    let world = counted.world();
    counted.awsesame("keys import -p alice").run().ok();
    let item = world.path("awsesame/secrets").join(format!("key-{}", ALICE.to_lowercase()));
    let kept = std::fs::read(&item).unwrap();
    std::fs::write(&item, "bm9uc2Vuc2U=\n").unwrap();
    let hint = "add it again: awsesame keys add -p alice";
    let error = |what| format!("the `command` store {what} the key `{ALICE}` of profile `alice`");
    counted.awsesame("login -p alice 123456").run().fails(
        1,
        &error("has something else under the name of"),
        hint,
    );
    std::fs::remove_file(&item).unwrap();
    counted.awsesame("login -p alice 123456").run().fails(1, &error("no longer has"), hint);
    std::fs::write(&item, kept).unwrap();
    let list = ".local/share/awsesame/keys";
    let text = world.read(list);
    world.write_private(list, &text[..text.len() - 8]);
    for line in ["login -p alice 123456", "env -p bob", "keys list"] {
        counted.awsesame(line).run().fails(
            1,
            "`{HOME}/.local/share/awsesame/keys` line 2 is not as awsesame writes it",
            "correct line 2: vi +2 {HOME}/.local/share/awsesame/keys",
        );
    }
    world.write_private(list, &text);
    world.log_in("alice");
}

#[test]
fn key_behind_gpg_is_imported_used_and_read_back() {
    if !need("gpg") {
        return;
    }
    let world = World::new();
    let gnupg = world.path("gnupg");
    std::fs::create_dir(&gnupg).unwrap();
    std::fs::set_permissions(&gnupg, PermissionsExt::from_mode(0o700)).unwrap();
    let make =
        ["--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", "--quick-generate-key"];
    let who = ["tester@example.com", "future-default", "default", "never"];
    world.program("gpg").args(&make).args(&who).env("GNUPGHOME", &gnupg).run().ok();
    let run = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        world.awsesame(&words).env("GNUPGHOME", &gnupg).env("AWSESAME_KEYS_STORE", "gpg")
    };
    run("keys import -p alice").run().ok();
    run(&format!("login -p alice {}", world.code("alice"))).run().ok();
    run("exec -p deploy --no-input -- true").run().ok();
    world.program("gpgconf").args(&["--kill", "all"]).env("GNUPGHOME", &gnupg).run().ok();
}

#[test]
fn a_key_moves_to_another_store_after_it_was_read_back_there() {
    let counted = Counted::new("keys_store");
    let world = counted.world();
    counted.awsesame("keys import -p alice").run().ok();
    let list = || counted.awsesame("keys list --json").run().ok().json();
    let store = || {
        let rows = list();
        let row = rows.as_array().unwrap().iter().find(|row| row["profile"] == "alice").unwrap().clone();
        row["store"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(store(), "command");
    let dry = counted.awsesame("keys move -p alice --to file --dry-run --json").run().ok();
    assert_eq!(dry.json()[0]["moved"], false);
    assert_eq!(store(), "command");
    let ran = counted.awsesame("keys move -p alice --to file").run().ok();
    assert!(ran.stderr.contains("moved the key `AKIAIOSALICE7EXAMPLE` of profile `alice`"), "{ran}");
    assert_eq!(store(), "file");
    assert!(!world.path(".local/share/awsesame/moving").exists());
    counted.awsesame(&format!("login alice {}", world.code("alice"))).run().ok();
    // And back, all of them; what is there already stays.
    counted.awsesame("keys move --all --to command").run().ok();
    assert_eq!(store(), "command");
    let again = counted.awsesame("keys move --all --to command").run().ok();
    assert!(again.stderr.contains("there is no key to move"), "{again}");
    counted.awsesame("keys move -p bob --to command").run().fails(
        1,
        "profile `bob` has no key in a store",
        "list the profiles that have one: awsesame keys list",
    );
    counted.awsesame("keys move --all --to kernel").run().exits(2);
}
