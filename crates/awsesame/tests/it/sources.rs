//! Tests codes that need no person: from programs, tokens and seeds. `ykman` is a script that answers as version 5.9
//! does; `oathtool` is the real one. The module `dialogs` tests the sources that ask a person.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::need::need;
use crate::run::Run;
use crate::world::World;

/// The seeds of the built-in fixture, as a password manager would hold them.
const ALICE: &str = "ALICEALICEALICEALICEALICEALICE22";
const BOB: &str = "BOBBOBBOBBOBBOBBOBBOBBOBBOBBOB22";

/// A folder outside of the home, which the watchdog does not search. It contains scripts for other programs, and the
/// seeds that only those may know.
pub(crate) struct Tools(TempDir);

impl Tools {
    pub(crate) fn new() -> Self {
        let tools = Self(TempDir::new().unwrap());
        tools.file("alice", ALICE);
        tools.file("bob", BOB);
        tools
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Adds a program with this name. `{TOOLS}` is this folder.
    pub(crate) fn program(&self, name: &str, script: &str) {
        let script = format!("#!/bin/sh\n{script}").replace("{TOOLS}", &self.0.path().display().to_string());
        self.file(name, &script);
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Returns a run that finds these programs before all others.
    pub(crate) fn first<'w>(&self, run: Run<'w>) -> Run<'w> {
        let outer = std::env::var("PATH").unwrap();
        let own = PathBuf::from(env!("CARGO_BIN_EXE_awsesame"));
        let own = own.parent().unwrap().display().to_string();
        run.env("PATH", format!("{}:{own}:{outer}", self.0.path().display()))
    }

    /// Returns the log that our program wrote.
    fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }
}

/// Prepares `awsesame ARGUMENTS` with a command that prints a code.
fn with_command<'w>(world: &'w World, arguments: &[&str], command: &str) -> Run<'w> {
    world
        .awsesame(arguments)
        .env("AWSESAME_CODE_SOURCE", "command")
        .env("AWSESAME_CODE_COMMAND_COMMAND", command)
}

#[test]
fn program_that_prints_a_code_logs_in_without_a_terminal_and_waits_for_the_next_one() {
    if !need("oathtool") {
        return;
    }
    let (world, tools) = (World::new(), Tools::new());
    world.write(
        ".config/awsesame/config.toml",
        &format!(
            "[profile.alice]\ncode_source = \"command\"\n\
             code.command.command = [\"oathtool\", \"-b\", \"--totp\", \"@{}\"]\n",
            tools.path("alice").display()
        ),
    );
    world.awsesame(&["exec", "-p", "alice", "--", "true"]).run().ok();
    // The same code would be refused: the second login waits for another one.
    let again = world.awsesame(&["login", "--force", "-p", "alice", "--no-input"]).run().ok();
    assert!(again.stderr.starts_with("awsesame: waiting "), "{again}");
    assert!(again.stderr.contains(" s for the next code of `alice`\n"), "{again}");
    assert_eq!(world.sandbox().count("GetSessionToken"), 2);
    // Another profile has no such source.
    world.awsesame(&["exec", "-p", "bob", "--", "true"]).run().exits(3);
}

#[test]
fn whatever_is_no_code_is_refused_before_anything_is_sent() {
    let world = World::new();
    let long = "sh -c 'head -c 1048577 /dev/zero'";
    for (command, error, hint) in [
        (
            "printf '123456\\n654321\\n'",
            "`printf` gave no code: it printed 2 lines where one was expected",
            r"printf '123456\n654321\n'",
        ),
        ("true", "`true` gave no code: it printed nothing", "true"),
        (
            "echo 'no code today'",
            "`echo` gave no code: it printed something that is not a code of six digits",
            "echo 'no code today'",
        ),
        (long, "`sh` prints more than 1048576 bytes", long),
        (
            "sh -c 'echo 123456; exit 4'",
            "`sh` gave no code: it ended with exit code 4",
            "sh -c 'echo 123456; exit 4'",
        ),
        ("sh -c 'kill $$'", "`sh` gave no code: signal 15 ended it", "sh -c 'kill $$'"),
        ("sleep 60", "`sleep` did not end within 1 s", "sleep {WAIT}"),
    ] {
        let hint = hint.replace("sh -c", "sh '-c'");
        with_command(&world, &["login", "-p", "alice"], command)
            .env("AWSESAME_CODE_COMMAND_TIMEOUT", "1")
            .run()
            .fails(1, error, &format!("to see why, run it yourself: {hint}"));
    }
    with_command(&world, &["login", "-p", "alice"], "no-such-program").run().fails(
        1,
        "cannot run `no-such-program`: no such file or directory",
        "is it installed, and in the PATH? command -v no-such-program",
    );
    assert_eq!(world.sandbox().count("GetSessionToken"), 0);
}

#[test]
fn stderr_of_the_program_is_shown_and_the_serial_number_is_its_to_have() {
    let (world, tools) = (World::new(), Tools::new());
    tools.program("codes", "echo \"unlocking for $1\" >&2; echo 12345\n");
    let ran = tools.first(with_command(&world, &["login", "-p", "alice"], "codes {serial}")).run().exits(1);
    assert!(ran.stderr.starts_with("unlocking for arn:aws:iam::123456789012:mfa/alice\n"), "{ran}");
}

#[test]
fn direnv_fetches_no_code_unless_it_may_ask() {
    let (world, tools) = (World::new(), Tools::new());
    tools.program("codes", "echo called >> {TOOLS}/log; echo 12345\n");
    let quiet = with_command(&world, &["direnv", "export", "alice"], "codes");
    tools.first(quiet).run().ok();
    assert_eq!(tools.log(), "");
    let asking = with_command(&world, &["direnv", "export", "alice", "--prompt"], "codes");
    tools.first(asking).run().ok();
    assert_eq!(tools.log(), "called\n");
}

#[test]
fn source_that_nobody_knows_is_refused_with_the_nearest_one() {
    let world = World::new();
    world.awsesame(&["login", "-p", "alice"]).env("AWSESAME_CODE_SOURCE", "yubkey").run().fails(
        2,
        "there is no code source called `yubkey`",
        "did you mean `yubikey`? export AWSESAME_CODE_SOURCE=yubikey",
    );
    world.awsesame(&["login", "-p", "alice"]).env("AWSESAME_CODE_SOURCE", "command").run().fails(
        1,
        "the code source `command` needs `code.command.command` to be set",
        "set `code.command.command` in config.toml, or: export AWSESAME_CODE_COMMAND_COMMAND=PROGRAM",
    );
}

/// A `ykman` with two keys. The second has AWS's accounts, and alice's account requires a touch.
const YKMAN: &str = r#"
echo "$*" >> {TOOLS}/log
case "$*" in
"list --serials") printf '11111111\n22222222\n' ;;
"--device 11111111 oath accounts list") echo GitHub:alice ;;
"--device 22222222 oath accounts list")
  printf '%s\n' 'Amazon Web Services:alice@123456789012' 'Amazon Web Services:bob@one' 'Amazon Web Services:bob@two' ;;
"--device 22222222 oath accounts code --single -- Amazon Web Services:alice@123456789012")
  echo 'Touch your YubiKey...' >&2; oathtool -b --totp @{TOOLS}/alice ;;
"--device 22222222 oath accounts code --single -- Amazon Web Services:bob@two") oathtool -b --totp @{TOOLS}/bob ;;
*) echo "Usage: ykman [OPTIONS] COMMAND [ARGS]..." >&2; exit 2 ;;
esac
"#;

#[test]
fn yubikey_gives_the_code_of_the_account_that_belongs_to_the_device() {
    if !need("oathtool") {
        return;
    }
    let (world, tools) = (World::new(), Tools::new());
    tools.program("ykman", YKMAN);
    let login =
        |user| tools.first(world.awsesame(&["login", "-p", user]).env("AWSESAME_CODE_SOURCE", "yubikey"));
    let ran = login("alice").run().ok();
    assert!(ran.stderr.starts_with("Touch your YubiKey...\nawsesame: logged in as alice"), "{ran}");
    login("bob").run().fails(
        1,
        "several accounts on the YubiKey match `arn:aws:iam::123456789012:mfa/bob`: Amazon Web Services:bob@one, Amazon Web Services:bob@two",
        "choose one of its accounts (ykman oath accounts list): export AWSESAME_CODE_YUBIKEY_ACCOUNT=NAME",
    );
    login("bob").env("AWSESAME_CODE_YUBIKEY_ACCOUNT", "Amazon Web Services:bob@two").run().ok();
    login("carol").run().fails(
        1,
        "no account on the YubiKey is named after `GAHT12345678`",
        "choose one of its accounts (ykman oath accounts list): export AWSESAME_CODE_YUBIKEY_ACCOUNT=NAME",
    );
    assert_eq!(world.sandbox().count("GetSessionToken"), 2);
}

#[test]
fn yubikey_that_is_not_there_says_so() {
    let (world, tools) = (World::new(), Tools::new());
    let login =
        || tools.first(world.awsesame(&["login", "-p", "alice"]).env("AWSESAME_CODE_SOURCE", "yubikey"));
    tools.program("ykman", "exit 0\n");
    login().run().fails(
        1,
        "no YubiKey is plugged in",
        "plug it in, and check that it is listed: ykman list; awsesame login -p alice",
    );
    tools.program("ykman", "[ \"$1\" = list ] && { echo 1; exit 0; }; echo 'ERROR: no' >&2; exit 1\n");
    login().run().fails(
        1,
        "`ykman` gave no code: ERROR: no",
        "to see why, run it yourself: ykman '--device' 1 oath accounts list",
    );
}

#[test]
fn yubikey_with_a_password_asks_only_somebody_who_may_be_asked() {
    let (world, tools) = (World::new(), Tools::new());
    // Without a terminal, version 5.9 prints the question to stderr and gives up.
    tools.program(
        "ykman",
        "[ \"$1\" = list ] && { echo 1; exit 0; }; printf 'Enter the password: ' >&2; echo 'Aborted!' >&2; exit 1\n",
    );
    for no_input in ["0", "1"] {
        let login = world.awsesame(&["login", "-p", "alice"]).env("AWSESAME_CODE_SOURCE", "yubikey");
        tools.first(login.env("AWSESAME_NO_INPUT", no_input)).run().fails(
            3,
            "the OATH accounts of the YubiKey have a password, and awsesame may not ask for it here",
            "store the password on this machine: ykman oath access remember; awsesame login -p alice",
        );
    }
}

#[test]
fn call_for_a_touch_is_seen_at_the_terminal_where_a_client_keeps_stderr_to_itself() {
    if !need("oathtool") {
        return;
    }
    let (world, tools) = (World::new(), Tools::new());
    tools.program("codes", "echo 'touch it now' >&2; oathtool -b --totp @{TOOLS}/alice\n");
    let client = "awsesame process -p alice >answer 2>captured; echo ended with $?";
    let run = world.program("sh").args(&["-c", client]).env("AWSESAME_CODE_SOURCE", "command");
    let run = tools.first(run.env("AWSESAME_CODE_COMMAND_COMMAND", "codes")).spreads_credentials();
    let mut terminal = run.pty();
    terminal.expect("touch it now");
    terminal.expect("ended with 0");
    terminal.wait().ok();
    // The log of the client contains it too.
    assert_eq!(world.read("captured"), "touch it now\n");
}

#[test]
fn seed_in_a_store_gives_codes_after_saying_what_it_weakens() {
    let world = World::new();
    let weakens = "warning: with the seed of `alice` on this machine, anybody who can use your login here has both \
                   factors: MFA no longer proves that you are there\n";
    let totp = |arguments: &[&str]| world.awsesame(arguments).env("AWSESAME_CODE_SOURCE", "totp");
    totp(&["login", "-p", "alice"]).run().fails(
        1,
        "the `kernel` store has no seed of `arn:aws:iam::123456789012:mfa/alice`",
        "store it, from stdin: awsesame mfa seed -p alice",
    );
    let spaced = "alic eali ceal icea lice alic eali ce22\n";
    let kept = world.awsesame(&["mfa", "seed", "-p", "alice"]).stdin(spaced).run().ok();
    assert!(kept.stderr.starts_with(weakens), "{kept}");
    let ran = totp(&["login", "-p", "alice"]).run().ok();
    assert!(ran.stderr.starts_with("awsesame: logged in as alice"), "{ran}");
    world
        .awsesame(&["mfa", "seed", "-p", "alice", "--remove"])
        .run()
        .ok()
        .says("awsesame: the seed of `arn:aws:iam::123456789012:mfa/alice` is deleted\n");
    world
        .awsesame(&["mfa", "seed", "-p", "alice", "--remove"])
        .run()
        .ok()
        .says("awsesame: there was no seed of `arn:aws:iam::123456789012:mfa/alice` in the `kernel` store\n");
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
}

#[test]
fn what_is_no_seed_and_where_no_seed_may_rest_is_refused() {
    let world = World::new();
    let hint = "the seed is the secret key that AWS shows instead of the QR code: awsesame mfa seed -p alice";
    for (seed, why) in [
        ("", "it is empty"),
        ("123456\n", "character 1 is not a base32 digit (A to Z, 2 to 7)"),
        ("ALICE", "it has 3 bytes, and no device has fewer than 16"),
        ("\u{ff21}LICE", "character 1 is not a base32 digit (A to Z, 2 to 7)"),
    ] {
        let ran = world.awsesame(&["mfa", "seed", "-p", "alice"]).stdin(seed).run();
        ran.fails(2, &format!("that is not a seed: {why}"), hint);
    }
    for arguments in [&["mfa", "seed", "-p", "alice"][..], &["login", "-p", "alice"]] {
        let run = world.awsesame(arguments).env("AWSESAME_STORE", "file").env("AWSESAME_CODE_SOURCE", "totp");
        run.stdin("").run().fails(
            1,
            "the `file` store is not encrypted, and awsesame never stores a seed unencrypted",
            "choose a store that is encrypted: export AWSESAME_STORE=NAME",
        );
    }
}

#[test]
fn wrong_seed_is_given_up_after_the_second_refusal() {
    let world = World::new();
    world.awsesame(&["mfa", "seed", "-p", "alice"]).stdin(BOB).run().ok();
    // The next step is to be near, but on a busy machine half a minute may pass before the second all the same.
    world.goes_to_second(26);
    let login = world.awsesame(&["login", "-p", "alice"]).env("AWSESAME_CODE_SOURCE", "totp");
    let ran = login.limit(std::time::Duration::from_mins(3)).run().exits(1);
    assert!(
        ran.stderr.contains("error: AWS refused the code of `arn:aws:iam::123456789012:mfa/alice`"),
        "{ran}"
    );
    assert_eq!(world.sandbox().count("GetSessionToken"), 2);
    world.awsesame(&["mfa", "seed", "-p", "alice", "--remove"]).run().ok();
}
