//! Tests `use awsesame` with the real direnv, in shells on a terminal and without one.

use std::time::Duration;

use crate::interactive::{Interactive, Shell, in_every_shell};
use crate::need::need;
use crate::ran::Ran;
use crate::run::Run;
use crate::world::World;

/// The value of a withheld `AWS_PROFILE`.
const LOGIN_ALICE: &str = "login needed: awsesame login -p alice";

/// Returns a world in which `awsesame direnv install` was run.
fn world() -> World {
    let world = World::new();
    world.awsesame(&["direnv", "install"]).run().ok();
    world
}

/// Creates a project and allows it.
fn project(world: &World, folder: &str, envrc: &str) {
    world.write(&format!("{folder}/.envrc"), envrc);
    world.program("direnv").args(&["allow", folder]).run().ok();
}

/// Returns a command in a project, without a terminal.
fn in_project<'w>(world: &'w World, folder: &str, command: &[&str]) -> Run<'w> {
    world.program("direnv").args(&["exec", folder]).args(command).reveals_credentials()
}

/// Returns the value that a project exports for a variable.
fn exported(world: &World, folder: &str, variable: &str) -> String {
    let ran = in_project(world, folder, &["sh", "-c", &format!("echo \"${{{variable}-unset}}\"")]).run().ok();
    ran.stdout.trim_end().to_owned()
}

/// Returns the last key that was issued.
fn is_session_key(key: &str) -> bool {
    key.starts_with("ASIA")
}

fn a_login_in_one_shell_reaches_the_other(shell: Shell) {
    if !shell.is_here(&["direnv"]) {
        return;
    }
    let world = world();
    project(&world, "work", "use awsesame alice\n");
    let mut first = shell.open(&world);
    let mut second = shell.open(&world);
    for shell in [&mut first, &mut second] {
        shell.types("cd ~/work");
        shell.pty.expect("profile `alice` has no session; type: awsesame login -p alice");
        assert_eq!(shell.has("AWS_PROFILE"), LOGIN_ALICE);
    }
    // The project's profile is meant, and not the sentence in AWS_PROFILE.
    first.types(&format!("awsesame login {}", world.code("alice")));
    first.pty.expect("logged in as alice");
    let key = first.has("AWS_ACCESS_KEY_ID");
    assert!(is_session_key(&key), "{key}");
    // The prompt judges before the next line is typed: that line still runs as before.
    second.types("");
    assert_eq!(second.has("AWS_ACCESS_KEY_ID"), key);
    assert_eq!(second.has("AWS_PROFILE"), "");
    for mut shell in [first, second] {
        shell.types("cd");
        assert_eq!(shell.has("AWS_ACCESS_KEY_ID"), "");
        shell.leave();
    }
}

fn a_question_on_cd_takes_a_wrong_and_then_the_right_code(shell: Shell) {
    if !shell.is_here(&["direnv"]) {
        return;
    }
    let world = world();
    project(&world, "ask", "use awsesame alice --prompt\n");
    let mut shell = shell.open(&world);
    let before = shell.modes(&world);
    shell.types("cd ~/ask");
    shell.pty.expect("MFA code for alice@123456789012 (profile `alice`): ");
    shell.types("000000");
    shell.pty.expect("AWS refused the code");
    shell.pty.expect("MFA code for alice@123456789012 (profile `alice`): ");
    shell.types(&world.code("alice"));
    let key = shell.has("AWS_ACCESS_KEY_ID");
    assert!(is_session_key(&key), "{key}");
    assert_eq!(shell.modes(&world), before);
    shell.leave();
}

/// Checks that no old keys and no fallback are left, and that a login elsewhere is noticed.
#[track_caller]
fn is_withheld_until_a_login(shell: &mut Interactive<'_>, world: &World) {
    assert_eq!(shell.has("AWS_ACCESS_KEY_ID"), "");
    assert_eq!(shell.has("AWS_PROFILE"), LOGIN_ALICE);
    world.log_in("alice");
    shell.types("");
    assert!(is_session_key(&shell.has("AWS_ACCESS_KEY_ID")));
}

fn a_question_interrupted_keeps_its_watches(shell: Shell) {
    if !shell.is_here(&["direnv"]) {
        return;
    }
    let world = world();
    project(&world, "ask", "use awsesame alice --prompt\n");
    let mut shell = shell.open(&world);
    let before = shell.modes(&world);
    // Ctrl-D, then Ctrl-C.
    for key in ["\u{4}", "12\u{3}"] {
        shell.types("cd ~/ask");
        shell.pty.expect("MFA code for");
        shell.pty.expect(": ");
        shell.pty.send(key);
        shell.pty.expect("no code was given for profile `alice`; try again: awsesame login -p alice");
        assert_eq!(shell.has("AWS_PROFILE"), LOGIN_ALICE);
        assert_eq!(shell.modes(&world), before);
        shell.types("cd");
        assert_eq!(shell.has("AWS_PROFILE"), "");
    }
    shell.types("cd ~/ask");
    shell.pty.expect("MFA code for");
    shell.pty.expect(": ");
    shell.pty.send("\u{3}");
    shell.pty.expect("no code was given");
    is_withheld_until_a_login(&mut shell, &world);
    shell.leave();
}

fn a_question_unanswered_ends_by_itself(shell: Shell) {
    if !shell.is_here(&["direnv"]) {
        return;
    }
    let world = world();
    project(&world, "ask", "export AWSESAME_PROMPT_TIMEOUT=2\nuse awsesame alice --prompt\n");
    let mut shell = shell.open(&world);
    shell.types("cd ~/ask");
    shell.pty.expect("MFA code for");
    shell.pty.expect("nobody entered a code within 2 s; try again: awsesame login -p alice");
    is_withheld_until_a_login(&mut shell, &world);
    shell.leave();
}

in_every_shell!(
    a_login_in_one_shell_reaches_the_other,
    a_question_on_cd_takes_a_wrong_and_then_the_right_code,
    a_question_interrupted_keeps_its_watches,
    a_question_unanswered_ends_by_itself,
);

/// Returns our lines in the output of `direnv exec`, without direnv's own.
fn said(ran: &Ran) -> Vec<String> {
    let ours = ran.stderr.lines().filter_map(|line| line.split_once("direnv: awsesame: "));
    ours.map(|(_, line)| line.to_owned()).collect()
}

#[test]
fn without_a_terminal_no_question_is_asked() {
    if !need("direnv") {
        return;
    }
    let world = world();
    project(&world, "ask", "use awsesame alice --prompt\nexport AFTER=1\n");
    let ran = in_project(&world, "ask", &["printenv", "AFTER"]).limit(Duration::from_secs(15)).run().ok();
    assert_eq!(ran.stdout, "1\n");
    assert_eq!(said(&ran), ["profile `alice` has no session; type: awsesame login -p alice"]);
}

#[test]
fn the_environment_of_the_second_recipe_is_enough() {
    if !need("direnv") {
        return;
    }
    let world = world();
    let (id, secret) = world.sandbox().access_key("alice");
    // From here on the exports are secret, and are stored in direnv's own state and in this file.
    let envrc = format!(
        "export MASTER_AWS_ACCESS_KEY_ID={id}\n\
         export MASTER_AWS_SECRET_ACCESS_KEY={secret}\n\
         export AWS_MFA_ARN=arn:aws:iam::123456789012:mfa/alice\n\
         export AWS_ENDPOINT_URL={}\n\
         use awsesame\n",
        world.url()
    );
    std::fs::remove_file(world.path(".aws/config")).unwrap();
    std::fs::remove_file(world.path(".aws/credentials")).unwrap();
    // Outside HOME, where the watchdog does not look for long-term keys.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap().to_owned();
    std::fs::write(folder.path().join(".envrc"), envrc).unwrap();
    world.program("direnv").args(&["allow", &path]).run().ok();
    let withheld = in_project(&world, &path, &["printenv", "AWS_PROFILE"]).run().ok();
    assert_eq!(withheld.stdout, "login needed: awsesame login\n");
    in_project(&world, &path, &["awsesame", "login", &world.code("alice")]).run().ok();
    assert!(is_session_key(&exported(&world, &path, "AWS_ACCESS_KEY_ID")));
    assert_eq!(exported(&world, &path, "AWS_PROFILE"), "unset");
}

#[test]
fn it_works_in_strict_nested_and_crowded_envrcs() {
    if !need("direnv") {
        return;
    }
    let world = world();
    world.write(".config/direnv/lib/asdf.sh", "use_asdf() { export ASDF=1; }\n");
    let projects = [
        ("strict", "strict_env\nuse awsesame alice\nexport AFTER=1\n"),
        ("errexit", "set -euo pipefail\nuse awsesame alice\nexport AFTER=1\n"),
        ("crowded", "use asdf\nuse awsesame alice\nuse asdf\nexport AFTER=$ASDF\n"),
        ("outer/inner", "source_up\nexport AFTER=1\n"),
        ("other/inner", "source_up\nuse awsesame alice\nexport AFTER=1\n"),
    ];
    project(&world, "outer", "use awsesame alice\n");
    project(&world, "other", "use awsesame bob --account 210987654321 --role admin\n");
    let check = |key: fn(&str) -> bool| {
        for (folder, _) in projects {
            assert_eq!(exported(&world, folder, "AFTER"), "1", "{folder}");
            assert_eq!(exported(&world, folder, "AWSESAME_PROFILE"), "alice", "{folder}");
            // The pin of an outer project does not apply to an inner one.
            assert_eq!(exported(&world, folder, "AWSESAME_ACCOUNT"), "unset", "{folder}");
            let found = exported(&world, folder, "AWS_ACCESS_KEY_ID");
            assert!(key(&found), "{folder}: {found}");
        }
    };
    for (folder, envrc) in projects {
        project(&world, folder, envrc);
    }
    check(|key| key == "unset");
    world.log_in("alice");
    check(is_session_key);
}

#[test]
fn a_pin_that_does_not_match_withholds_the_keys_and_says_why() {
    if !need("direnv") {
        return;
    }
    let world = world();
    world.log_in("alice");
    for (pin, agrees, why) in [
        ("--account 123456789012", true, ""),
        ("--account=123456789012 --via env", true, ""),
        (
            "--account 210987654321",
            false,
            "profile `alice` belongs to account 123456789012, but this project expects 210987654321; correct the line `use awsesame`: vi ",
        ),
        (
            "--role deploy",
            false,
            "profile `alice` uses no role, but this project expects role `deploy`; correct the line `use awsesame`: vi ",
        ),
    ] {
        project(&world, "pinned", &format!("use awsesame alice {pin}\n"));
        let ran = in_project(&world, "pinned", &["printenv", "AWS_PROFILE"]).run();
        let key = exported(&world, "pinned", "AWS_ACCESS_KEY_ID");
        assert_eq!(is_session_key(&key), agrees, "{pin}: {key}");
        if agrees {
            assert_eq!(said(&ran), [""; 0], "{pin}");
        } else {
            assert_eq!(key, "unset", "{pin}");
            assert!(ran.stdout.starts_with("refused: profile `alice` "), "{pin}: {ran}");
            assert!(said(&ran)[0].starts_with(why), "{pin}: {ran}");
        }
    }
}

#[test]
fn a_mistyped_profile_in_the_envrc_is_corrected_there() {
    if !need("direnv") {
        return;
    }
    let world = world();
    project(&world, "typo", "use awsesame alicee\n");
    let ran = in_project(&world, "typo", &["printenv", "AWS_PROFILE"]).run();
    let line = said(&ran).remove(0);
    assert!(line.contains("did you mean `alice`? correct the line `use awsesame`: vi "), "{ran}");
    assert!(line.ends_with("/typo/.envrc"), "{ran}");
}

#[test]
fn an_expired_session_is_withheld() {
    if !need("direnv") {
        return;
    }
    let world = world();
    project(&world, "work", "use awsesame alice\n");
    world.sandbox().set_lifetime(Some(60));
    world.log_in("alice");
    assert!(is_session_key(&exported(&world, "work", "AWS_ACCESS_KEY_ID")));
    world.pass(61);
    let ran = in_project(&world, "work", &["printenv", "AWS_PROFILE"]).run().ok();
    assert_eq!(ran.stdout, format!("{LOGIN_ALICE}\n"));
    assert_eq!(said(&ran), ["profile `alice` has an expired session; type: awsesame login -p alice"]);
    assert_eq!(exported(&world, "work", "AWS_ACCESS_KEY_ID"), "unset");
    assert_eq!(exported(&world, "work", "AWS_SESSION_TOKEN"), "unset");
}

#[test]
fn no_envrc_fails_however_awsesame_does() {
    if !need("direnv") {
        return;
    }
    let world = world();
    world.log_in("alice");
    for (line, error) in [
        ("use awsesame alice --no-such-flag", "error: "),
        ("use awsesame alice bob", "error: "),
        ("PATH=/usr/bin:/bin use awsesame alice", "awsesame: command not found"),
        ("HOME= AWSESAME_TEST_PASSWD=/dev/null use awsesame alice", "error: "),
    ] {
        let envrc =
            format!("export AWS_ACCESS_KEY_ID=AKIAOLD AWS_SESSION_TOKEN=old\n{line}\nexport AFTER=1\n");
        project(&world, "broken", &envrc);
        let ran = in_project(&world, "broken", &["printenv", "AFTER"]).run().ok();
        assert_eq!(ran.stdout, "1\n", "{line}");
        assert!(ran.stderr.contains(error), "{line}: {ran}");
        assert!(
            said(&ran).contains(&"keys are withheld; see the message above\u{1b}[m".to_owned()),
            "{line}: {ran}"
        );
        assert_eq!(exported(&world, "broken", "AWS_ACCESS_KEY_ID"), "unset", "{line}");
        assert_eq!(exported(&world, "broken", "AWS_SESSION_TOKEN"), "unset", "{line}");
        assert!(exported(&world, "broken", "AWS_PROFILE").starts_with("login needed: "), "{line}");
    }
}

#[test]
fn an_envrc_that_is_traced_shows_no_keys() {
    if !need("direnv") {
        return;
    }
    let world = world();
    world.log_in("alice");
    project(&world, "traced", "set -x\nuse awsesame alice\nexport AFTER=1\n");
    // The watchdog reads what direnv wrote to stderr.
    let ran = in_project(&world, "traced", &["true"]).run().ok();
    assert!(ran.stderr.contains("AFTER=1"), "tracing goes on afterwards: {ran}");
}

#[test]
fn the_list_of_watches_is_continued_or_left_to_direnv() {
    if !need("direnv") {
        return;
    }
    let world = world();
    world.log_in("alice");
    project(&world, "work", "export BEFORE=$DIRENV_WATCHES\nuse awsesame alice\n");
    let before = exported(&world, "work", "BEFORE");
    let export = |list: &str| {
        let export = world.awsesame(&["direnv", "export", "alice"]).env("DIRENV_WATCHES", list);
        export.reveals_credentials().run().ok().stdout
    };
    assert!(export(&before).starts_with("export DIRENV_WATCHES='"));
    assert!(export("some other form").starts_with("watch_file '"));
    // direnv reads the extended list: its old content, and our two stamps.
    let script = "direnv show_dump \"$DIRENV_WATCHES\"";
    let list = in_project(&world, "work", &["sh", "-c", script]).run().ok().json();
    let watched: Vec<&str> =
        list.as_array().unwrap().iter().map(|file| file["Path"].as_str().unwrap()).collect();
    assert_eq!(watched.len(), 4, "{watched:?}");
    assert!(watched[0].ends_with("/work/.envrc"), "{watched:?}");
    assert!(watched[2].ends_with("/awsesame/stamps/p-alice"), "{watched:?}");
    assert!(watched[3].contains("/awsesame/stamps/mfa-"), "{watched:?}");
    assert!(list.as_array().unwrap().iter().all(|file| file["Exists"] == true), "{list}");
}

#[test]
fn aws_tools_stop_at_withheld_keys_and_say_what_to_type() {
    if !need("direnv") {
        return;
    }
    let world = world();
    // A static key that nothing may fall back to.
    let (id, secret) = world.sandbox().access_key("bob");
    let credentials = world.read(".aws/credentials");
    world.write_private(
        ".aws/credentials",
        &format!("{credentials}[default]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n"),
    );
    project(&world, "work", "use awsesame alice\n");
    if need("aws") {
        let ran = in_project(&world, "work", &["aws", "sts", "get-caller-identity"]).run();
        assert_ne!(ran.code, Some(0), "{ran}");
        assert!(ran.stderr.contains(&format!("({LOGIN_ALICE})")), "{ran}");
    }
    // Awsesame itself does not read it as a profile.
    let ran = in_project(&world, "work", &["awsesame", "env"]).run();
    assert!(ran.stderr.ends_with("hint: awsesame login -p alice\n"), "{ran}");
    assert_eq!(ran.code, Some(3), "{ran}");
    let bare = world.awsesame(&["env"]).env("AWS_PROFILE", LOGIN_ALICE).run();
    assert_eq!(bare.code, Some(3), "{bare}");
    assert!(bare.stderr.contains("profile `default`"), "{bare}");
}

#[test]
fn hint_is_shown_even_if_direnv_is_silenced() {
    let world = World::new();
    let export = || world.awsesame(&["direnv", "export", "alice"]);
    let told = "awsesame: profile `alice` has no session; type: awsesame login -p alice";
    let usual = export().run().ok().stdout;
    assert!(usual.contains(&format!("log_status '{told}'")), "{usual}");
    let silent = export().env("DIRENV_LOG_FORMAT", "").run().ok().stdout;
    let shown = world.program("bash").args(&["-c", &format!("watch_file() {{ :; }}; {silent}")]).run().ok();
    assert_eq!(shown.stderr, format!("{told}\n"));
}
