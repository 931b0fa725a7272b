//! Tests `init` without a profile: from a home without AWS files to a login.

use std::os::unix::fs::PermissionsExt;

use awsesame_sandbox::Fixture;

use crate::counted::Counted;
use crate::need::need;
use crate::pty::Pty;
use crate::run::Run;
use crate::world::World;

const ALICE: &str = "AKIAIOSALICE7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/aliceKeyEXAMPLEKEY";
const CONFIG: &str = ".aws/config";
const CREDENTIALS: &str = ".aws/credentials";

/// Returns a world whose home has no AWS files.
fn bare() -> World {
    let world = World::new();
    std::fs::remove_dir_all(world.path(".aws")).unwrap();
    world
}

/// `awsesame WORDS` there, its AWS being the sandbox, and no program of any store at hand.
fn awsesame<'w>(world: &'w World, words: &[&str]) -> Run<'w> {
    let bin = world.path("bin");
    if !bin.exists() {
        std::fs::create_dir(&bin).unwrap();
        std::os::unix::fs::symlink("/usr/bin/setsid", bin.join("setsid")).unwrap();
    }
    world.awsesame(words).env("AWS_ENDPOINT_URL", world.url()).env("PATH", bin)
}

fn mode(world: &World, below: &str) -> u32 {
    std::fs::metadata(world.path(below)).unwrap().permissions().mode() & 0o7777
}

fn answer(terminal: &mut Pty<'_>, question: &str, answer: &str) {
    terminal.expect(question);
    terminal.send(&format!("{answer}\r"));
}

#[test]
fn fresh_machine_ends_with_a_profile_that_can_log_in() {
    let world = bare();
    let mut terminal = awsesame(&world, &["init"]).pty();
    answer(&mut terminal, "profile to set up [default]: ", "");
    answer(&mut terminal, "access key id of profile `default`: ", "AKIA oops");
    terminal.expect("its id does not look like");
    answer(&mut terminal, "access key id of profile `default`: ", ALICE);
    answer(&mut terminal, "secret access key (not shown): ", SECRET);
    answer(&mut terminal, "region [us-east-1]: ", "eu-central-1");
    terminal.expect("this key is that of alice, account 123456789012");
    terminal.expect("AWS does not let this key list its user's MFA devices");
    let device =
        "serial number or ARN of the device (empty: `arn:aws:iam::123456789012:mfa/alice` is tried): ";
    answer(&mut terminal, device, "nonsense");
    terminal.expect("that is not a serial number");
    answer(&mut terminal, device, "arn:aws:iam::123456789012:mfa/alice");
    let ran = terminal.wait().ok();
    let told = format!(
        "awsesame: wrote profile `default` in `{{HOME}}/.aws/config`\n\
         awsesame: the key `{ALICE}` of profile `default` is in `{{HOME}}/.aws/credentials`\n\
         awsesame: wrote profile `default-mfa` in `{{HOME}}/.aws/config`; to undo: awsesame init --undo\n\
         awsesame: log in: awsesame login\n\
         awsesame: then: aws --profile default-mfa sts get-caller-identity\n\
         awsesame: or without that profile: awsesame exec default -- aws s3 ls\n"
    );
    assert!(ran.known(&ran.stderr).ends_with(&told), "{ran}");
    let own = "[default]\nregion = eu-central-1\nmfa_serial = arn:aws:iam::123456789012:mfa/alice\n";
    let block = format!(
        "# awsesame init: begin\n[profile default-mfa]\n\
         credential_process = {} process -p default\nregion = eu-central-1\n# awsesame init: end\n",
        env!("CARGO_BIN_EXE_awsesame")
    );
    assert_eq!(world.read(CONFIG), format!("{own}{block}"));
    assert_eq!(
        world.read(CREDENTIALS),
        format!("[default]\naws_access_key_id = {ALICE}\naws_secret_access_key = {SECRET}\n")
    );
    assert_eq!([CREDENTIALS, CONFIG, ".aws"].map(|below| mode(&world, below)), [0o600, 0o600, 0o700]);
    awsesame(&world, &["login", &world.code("alice")]).run().ok();
    awsesame(&world, &["init", "--undo"]).run().ok();
    assert_eq!(world.read(CONFIG), own);
}

#[test]
fn without_a_person_init_fails_at_once_and_writes_nothing() {
    let world = bare();
    for (words, command) in [(&["init"][..], "init"), (&["init", "-p", "dev", "--no-input"], "init -p dev")] {
        awsesame(&world, words).run().fails(
            1,
            "the set-up of a profile must be confirmed at a terminal, and awsesame cannot ask here",
            &format!("run it at a terminal: awsesame {command}"),
        );
    }
    assert!(!world.path(".aws").exists());
}

#[test]
fn ctrl_c_at_any_question_leaves_everything_as_it_was() {
    let questions = [
        ("profile to set up [default]: ", "dev"),
        ("access key id of profile `dev`: ", ALICE),
        ("secret access key (not shown): ", SECRET),
        ("region [us-east-1]: ", ""),
    ];
    for given in 0..questions.len() {
        let world = bare();
        let mut terminal = awsesame(&world, &["init"]).pty();
        for (question, reply) in &questions[..given] {
            answer(&mut terminal, question, reply);
        }
        terminal.expect(questions[given].0);
        terminal.send("\u{3}");
        let ran = terminal.wait().exits(1);
        let profile = if given == 0 { "" } else { " -p dev" };
        let told = format!(
            "error: not confirmed, so nothing was written\nhint: to do it after all, run it again: awsesame init{profile}\n"
        );
        assert!(ran.stderr.ends_with(&told), "{ran}");
        assert!(!world.path(".aws").exists(), "after {given} answers");
    }
}

#[test]
fn other_settings_and_links_of_the_files_stay() {
    let world = World::new();
    let (config, credentials) = (world.read(CONFIG), world.read(CREDENTIALS));
    world.write("dotfiles/config", &format!("; mine\n{config}"));
    std::fs::set_permissions(world.path("dotfiles/config"), PermissionsExt::from_mode(0o644)).unwrap();
    std::fs::remove_file(world.path(CONFIG)).unwrap();
    std::os::unix::fs::symlink("../dotfiles/config", world.path(CONFIG)).unwrap();
    let mut terminal = awsesame(&world, &["init", "-p", "staging"]).pty();
    answer(&mut terminal, "access key id of profile `staging`: ", ALICE);
    answer(&mut terminal, "secret access key (not shown): ", SECRET);
    answer(&mut terminal, "region [us-east-1]: ", "");
    answer(&mut terminal, "is tried): ", "");
    terminal.wait().ok();
    assert!(world.path(CONFIG).is_symlink());
    assert_eq!(mode(&world, "dotfiles/config"), 0o644);
    let now = world.read("dotfiles/config");
    assert!(now.starts_with(&format!("; mine\n{config}\n[profile staging]\nregion = us-east-1\n")), "{now}");
    let now = world.read(CREDENTIALS);
    assert!(now.starts_with(&credentials) && now.contains("\n[staging]\naws_access_key_id = "), "{now}");
    awsesame(&world, &["login", "-p", "staging", &world.code("alice")]).run().ok();
}

#[test]
fn wrong_key_is_asked_for_again_and_never_written() {
    let world = bare();
    let mut terminal = awsesame(&world, &["init", "-p", "dev"]).pty();
    answer(&mut terminal, "access key id of profile `dev`: ", ALICE);
    for attempt in 0..3 {
        // Only the half that is wrong is asked for again.
        answer(&mut terminal, "secret access key (not shown): ", &SECRET.replace("alice", "wrong"));
        if attempt == 0 {
            answer(&mut terminal, "region [us-east-1]: ", "us-eats-1");
            terminal.expect("there is no region `us-eats-1`; did you mean `us-east-1`?");
            answer(&mut terminal, "region [us-east-1]: ", "");
        }
        terminal.expect("the secret access key does not belong to `AKIAIOSALICE7EXAMPLE`; try again");
    }
    let ran = terminal.wait().exits(1);
    assert!(ran.stderr.ends_with("hint: set a working long-term key: awsesame init --key -p dev\n"), "{ran}");
    assert!(!world.path(".aws").exists());
}

#[test]
fn if_aws_is_unreachable_the_key_is_written_only_after_a_confirmation() {
    let world = bare();
    for (reply, code) in [("", 1), ("y", 0)] {
        let mut terminal =
            awsesame(&world, &["init", "-p", "dev"]).env("AWS_ENDPOINT_URL", "http://127.0.0.1:1").pty();
        answer(&mut terminal, "access key id of profile `dev`: ", ALICE);
        answer(&mut terminal, "secret access key (not shown): ", SECRET);
        answer(&mut terminal, "region [us-east-1]: ", "");
        terminal.expect("so it is unknown whose key this is");
        answer(&mut terminal, "write it all the same? [y/N] ", reply);
        terminal.wait().exits(code);
        assert_eq!(world.path(CREDENTIALS).exists(), code == 0);
    }
}

#[test]
fn user_without_a_device_is_led_to_one() {
    let world = bare();
    let fixture = Fixture::builtin();
    let (_, id, secret) = fixture.access_keys().find(|(user, ..)| *user == "dave").unwrap();
    let mut terminal = awsesame(&world, &["init", "-p", "dave"]).pty();
    answer(&mut terminal, "access key id of profile `dave`: ", id);
    answer(&mut terminal, "secret access key (not shown): ", secret);
    answer(&mut terminal, "region [us-east-1]: ", "");
    answer(&mut terminal, "this user has no MFA device; enroll one afterwards? [Y/n] ", "");
    terminal.expect("Scan this with an authenticator app");
    terminal.expect("the code that `dave` shows now: ");
    terminal.send("\u{3}");
    terminal.wait().exits(1);
    // The completed part stays, and the next command is that of the device.
    assert!(world.read(CREDENTIALS).starts_with("[dave]\n"));
}

#[test]
fn key_goes_to_the_store_that_is_set_and_into_no_file() {
    let counted = Counted::new("keys_store");
    let world = counted.world();
    let before = world.read(CREDENTIALS);
    let mut terminal = counted.awsesame("init -p staging").env("AWS_ENDPOINT_URL", world.url()).pty();
    answer(&mut terminal, "access key id of profile `staging`: ", ALICE);
    answer(&mut terminal, "secret access key (not shown): ", SECRET);
    answer(&mut terminal, "region [us-east-1]: ", "");
    answer(&mut terminal, "is tried): ", "");
    terminal.expect("is now in the `command` store");
    if need("direnv") {
        answer(&mut terminal, "for `use awsesame` in an .envrc? [y/N] ", "");
    }
    terminal.wait().ok();
    assert_eq!(world.read(CREDENTIALS), before);
    counted
        .awsesame(&format!("login -p staging {}", world.code("alice")))
        .env("AWS_ENDPOINT_URL", world.url())
        .run()
        .ok();
}

#[test]
fn refused_key_is_replaced_in_its_file() {
    let world = World::new();
    world.write_private(
        CREDENTIALS,
        &world.read(CREDENTIALS).replace(SECRET, "once/upon/a/time/this/was/the/right/one"),
    );
    let mut terminal = awsesame(&world, &["init", "--key", "-p", "deploy"]).pty();
    answer(&mut terminal, "access key id of profile `alice`: ", ALICE);
    answer(&mut terminal, "secret access key (not shown): ", SECRET);
    terminal.wait().ok();
    let credentials = world.read(CREDENTIALS);
    assert_eq!(
        credentials
            .matches(&format!("[alice]\naws_access_key_id = {ALICE}\naws_secret_access_key = {SECRET}\n"))
            .count(),
        1
    );
    world.awsesame(&["login", "-p", "deploy", &world.code("alice")]).run().ok();
}

#[test]
fn a_first_set_up_offers_what_makes_a_shell_follow() {
    let world = bare();
    world.write(".bashrc", "# mine");
    let mut terminal = awsesame(&world, &["init", "-p", "dev"]).env("SHELL", "/bin/bash").pty();
    answer(&mut terminal, "access key id of profile `dev`: ", ALICE);
    answer(&mut terminal, "secret access key (not shown): ", SECRET);
    answer(&mut terminal, "region [us-east-1]: ", "");
    answer(&mut terminal, "is tried): ", "");
    answer(&mut terminal, "add the prompt hook and the completions for bash to `~/.bashrc`? [y/N] ", "y");
    terminal.wait().ok();
    assert_eq!(
        world.read(".bashrc"),
        "# mine\neval \"$(awsesame hook bash)\"\neval \"$(awsesame completions bash)\"\n"
    );
    // Once it is there, nobody asks again.
    let mut terminal = awsesame(&world, &["init", "--key", "-p", "dev"]).env("SHELL", "/bin/bash").pty();
    answer(&mut terminal, "access key id of profile `dev`: ", ALICE);
    answer(&mut terminal, "secret access key (not shown): ", SECRET);
    answer(&mut terminal, "is tried): ", "");
    let ran = terminal.wait().ok();
    assert!(!ran.stderr.contains("add the prompt hook"), "{ran}");
}

#[test]
fn profiles_and_keys_of_aws_vault_are_taken_over_and_can_log_in() {
    let world = World::new();
    // The script lists and exports as aws-vault does.
    let vault = format!(
        "#!/bin/sh\ncase $1 in\nlist) printf 'alice\\n' ;;\nexport) [ \"$*\" = 'export --no-session --format=json alice' ] && \
         printf '{{\"Version\":1,\"AccessKeyId\":\"{ALICE}\",\"SecretAccessKey\":\"{SECRET}\"}}' ;;\n*) exit 1 ;;\nesac\n"
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("aws-vault");
    std::fs::write(&path, vault).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    let only_bob = world.read(".aws/credentials");
    let lines = format!("[alice]\naws_access_key_id = {ALICE}\naws_secret_access_key = {SECRET}\n");
    world.write_private(CREDENTIALS, &only_bob.replace(&lines, ""));
    let search = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let run =
        |words: &[&str]| world.awsesame(words).env("PATH", &search).env("AWSESAME_KEYS_STORE", "file").run();
    let ran = run(&["init", "--from", "aws-vault"]).ok();
    assert!(
        ran.stderr.contains(&format!("the key `{ALICE}` of profile `alice` is in the `file` store")),
        "{ran}"
    );
    assert!(world.read(CONFIG).contains("[profile alice-mfa]"), "{}", world.read(CONFIG));
    run(&["login", "alice", &world.code("alice")]).ok();
    // Once more, it is there already.
    let again = run(&["init", "--from", "aws-vault"]).ok();
    assert!(again.stderr.contains("profile `alice` has a key in a store already"), "{again}");
    // The others are read as they are.
    run(&["init", "--from", "awsume"]).ok();
    // Without the tool itself, there is nothing to take over.
    world.awsesame(&["init", "--from", "aws-vault"]).run().exits(1);
}
