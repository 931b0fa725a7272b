//! Tests wrong command lines, help, completions and the manual.

use crate::need::need;
use crate::world::World;

#[test]
fn wrong_command_lines_get_two_lines_with_a_command_to_type() {
    let world = World::new();
    for (line, error, hint) in [
        ("logni", "there is no subcommand `logni`", "did you mean `login`? awsesame login"),
        ("xyzzy", "there is no subcommand `xyzzy`", "awsesame --help"),
        ("env --bogus", "there is no option `--bogus` here", "awsesame env --help"),
        (
            "login --forse",
            "there is no option `--forse` here",
            "did you mean `--force`? awsesame login --force",
        ),
        ("login a 123 456 7", "`7` is one argument too many", "awsesame login --help"),
        ("env a -p b", "two profiles are named, `b` and `a`", "name a profile: awsesame env -p b"),
        ("whoami", "there is no subcommand `whoami`", "here that is: awsesame status"),
        ("assume", "there is no subcommand `assume`", "here that is: awsesame exec NAME"),
        ("rotate", "there is no subcommand `rotate`", "here that is: awsesame keys rotate -p NAME"),
        ("export alice", "there is no subcommand `export`", "here that is: eval \"$(awsesame env alice)\""),
        ("unset", "there is no subcommand `unset`", "here that is: eval \"$(awsesame env --unset)\""),
        ("clear", "there is no subcommand `clear`", "here that is: awsesame logout --all"),
        ("sso login alice", "there is no subcommand `login`", "here that is: awsesame login alice"),
        ("alice", "there is no subcommand `alice`", "did you mean the profile? awsesame exec alice"),
        (
            "exec alice aws s3 ls",
            "`aws` is one argument too many",
            "the program comes after `--`: awsesame exec alice -- aws s3 ls",
        ),
        (
            "exec -p alice aws s3 ls",
            "`s3` is one argument too many",
            "the program comes after `--`: awsesame exec -p alice -- aws s3 ls",
        ),
        (
            "keys rotate alice",
            "`alice` is one argument too many",
            "name the profile with `-p`: awsesame keys rotate -p alice",
        ),
        (
            "exec --server alice -- true",
            "there is no option `--server` here",
            "here that is: awsesame exec alice --via broker -- true",
        ),
        (
            "login --mfa-token 123456 alice",
            "there is no option `--mfa-token` here",
            "here that is: awsesame login alice 123456",
        ),
        (
            "exec -d 1h alice",
            "there is no option `-d` here",
            "here that is: awsesame login alice --duration 1h",
        ),
        (
            "exec --no-session alice -- true",
            "there is no option `--no-session` here",
            "programs get no long-term key, but a session: awsesame exec alice -- true",
        ),
        (
            "doctor alice",
            "`alice` is one argument too many",
            "name the profile with `-p`: awsesame doctor -p alice",
        ),
        ("-p alice", "a subcommand is missing", "open a shell with that profile: awsesame exec -p alice"),
        ("policy check", "`FILE` is missing", "name a file, or a user: awsesame policy check --user NAME"),
        ("exec", "`CMD` is missing", "awsesame exec --help"),
        ("completions", "`SHELL` is missing", "awsesame completions --help"),
        ("login --max-age", "`--max-age` needs a value", "awsesame login --help"),
        (
            "login --duration soon",
            "`soon` is not a value for `--duration`: expected a length of time, like `12h`, `15m` or `900` (seconds)",
            "awsesame login --help",
        ),
        (
            "completions tcsh",
            "`tcsh` is not a value for `SHELL`: expected bash, zsh, fish, elvish, nu, powershell",
            "awsesame completions --help",
        ),
        (
            "exec --via pigeon -- true",
            "`pigeon` is not a value for `--via`: expected env, process, broker",
            "awsesame exec --help",
        ),
        ("login -p alice -p bob", "`--profile` is given twice", "awsesame login --help"),
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let ran = world.awsesame(&words).run();
        assert_eq!(ran.code, Some(2), "{line}: {ran}");
        ran.fails(2, error, hint);
    }
}

#[test]
fn text_from_outside_cannot_break_the_two_lines() {
    let world = World::new();
    world.awsesame(&["env", "--bo\ngus\x1b[31m"]).run().fails(
        2,
        r"there is no option `--bo\ngus\u{1b}[31m` here",
        "awsesame env --help",
    );
}

#[test]
fn no_arguments_say_what_is_there_and_what_comes_next() {
    let world = World::new();
    let fits = |text: &str| {
        assert!(text.lines().count() <= 24, "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
    };
    let bare = world.awsesame::<&str>(&[]).run().ok().says("");
    fits(&bare.stdout);
    assert!(bare.stdout.contains("no session\n") && bare.stdout.contains("  awsesame login   "), "{bare}");
    world.log_in("alice");
    let bare = world.awsesame::<&str>(&[]).run().ok().says("");
    fits(&bare.stdout);
    assert!(bare.stdout.contains("session of profile `alice`"), "{bare}");
    assert!(bare.stdout.contains("  awsesame exec alice -- aws s3 ls  run"), "{bare}");
    let nothing = World::new();
    nothing.config("");
    nothing.write_private(".aws/credentials", "");
    let bare = nothing.awsesame::<&str>(&[]).run().ok().says("");
    assert!(bare.stdout.contains("  awsesame init  "), "{bare}");
}

#[test]
fn the_profile_may_be_a_plain_word() {
    let world = World::new();
    let code = world.code("alice");
    let (first, second) = code.split_at(3);
    let ran = world.awsesame(&["login", "alice", first, second]).run().ok();
    assert!(ran.stderr.contains("logged in as alice"), "{ran}");
    assert!(ran.stderr.contains("to use it here: awsesame exec alice -- aws s3 ls"), "{ran}");
    world.awsesame(&["check", "alice"]).run().ok().says("");
    world.awsesame(&["check", "bob"]).run().exits(3);
    world.awsesame(&["status", "alice"]).run().ok();
    world.awsesame(&["status", "bob"]).run().exits(3);
    world.awsesame(&["exec", "alice", "--", "true"]).run().ok().says("");
    world.awsesame(&["exec", "alice"]).run().fails(2, "`CMD` is missing", "awsesame exec --help");
    let json = world.awsesame(&["process", "alice"]).reveals_credentials().run().ok();
    assert!(json.stdout.contains("\"Version\":1"), "{json}");
    world.awsesame(&["logout", "alice"]).run().ok();
    world.awsesame(&["check", "alice"]).run().exits(3);
}

#[test]
fn list_names_every_profile_and_how_it_gets_its_credentials() {
    let world = World::new();
    world.log_in("alice");
    let ran = world.awsesame(&["list"]).run().ok().says("");
    let row = |name: &str| ran.stdout.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    assert!(row("PROFILE").contains("ACCOUNT"), "{ran}");
    assert!(row("alice").contains("123456789012") && !row("alice").ends_with('-'), "{ran}");
    assert!(row("bob").ends_with('-'), "{ran}");
    let json = world.awsesame(&["ls", "--json"]).run().ok().json();
    let alice = json.as_array().unwrap().iter().find(|row| row["profile"] == "alice").unwrap();
    assert!(alice["seconds_left"].as_i64().unwrap() > 0, "{alice}");
}

#[test]
fn every_subcommand_has_help_that_fits_a_terminal() {
    let world = World::new();
    let help = world.awsesame(&["--help"]).run().ok().stdout;
    let headings = ["Every day:", "Set-up:", "MFA and keys:", "Policies and audit:", "Shells and programs:"];
    let places: Vec<usize> = headings.iter().map(|heading| help.find(heading).expect(heading)).collect();
    assert!(places.is_sorted(), "{help}");
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != headings[0])
        .take_while(|line| *line != "Options:")
        .filter(|line| line.starts_with("  "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    for expected in [
        "login",
        "env",
        "process",
        "exec",
        "direnv",
        "hook",
        "status",
        "wait",
        "logout",
        "lock",
        "completions",
        "man",
    ] {
        assert!(commands.contains(&expected), "{expected} is not among {commands:?}");
    }
    for command in commands {
        let ran = world.awsesame(&[command, "--help"]).run().ok().says("");
        assert!(ran.stdout.contains("Usage: awsesame") && ran.stdout.contains("\nExamples:\n  "), "{ran}");
        for line in ran.stdout.lines() {
            assert!(line.chars().count() <= 100, "{command}: {line}");
        }
    }
}

#[test]
fn version_is_one_line() {
    let world = World::new();
    let expected = format!("awsesame {}\n", awsesame_local::version::LONG);
    for program in [env!("CARGO_BIN_EXE_awsesame"), env!("CARGO_BIN_EXE_awsesame-full")] {
        for flag in ["--version", "-V"] {
            world.program(program).args(&[flag]).run().ok().says("").prints(&expected);
        }
    }
}

#[test]
fn manual_is_one_page_or_a_folder_of_pages() {
    let world = World::new();
    let ran = world.awsesame(&["man"]).run().ok().says("");
    assert!(ran.stdout.contains(".TH awsesame 1"), "{ran}");
    let folder = world.path("share/man1");
    world.awsesame(&["man", "--out", folder.to_str().unwrap()]).run().ok().says("").prints("");
    for page in ["awsesame.1", "awsesame-login.1", "awsesame-exec.1"] {
        assert!(folder.join(page).is_file(), "{page}");
    }
    world.write("file", "");
    world.awsesame(&["man", "--out", "file/man"]).run().fails(
        1,
        "`file` is not a folder",
        "move it out of the way: mv file file.old",
    );
}

#[test]
fn every_page_of_the_manual_has_examples_files_and_what_to_see_also() {
    let world = World::new();
    world.awsesame(&["man", "--out", "pages"]).run().ok();
    for entry in std::fs::read_dir(world.path("pages")).unwrap() {
        let path = entry.unwrap().path();
        let page = std::fs::read_to_string(&path).unwrap();
        for heading in ["EXAMPLES", "\"EXIT STATUS\"", "FILES", "ENVIRONMENT", "\"SEE ALSO\""] {
            assert!(page.contains(&format!("\n.SH {heading}\n")), "{heading} in {}", path.display());
        }
    }
    let one = world.awsesame(&["man", "keys", "import"]).run().ok().says("");
    assert!(one.stdout.contains(".TH awsesame\\-keys\\-import 1") || one.stdout.contains("keys"), "{one}");
    world.awsesame(&["man", "nonsense"]).run().exits(2);
}

#[test]
fn the_manual_at_a_terminal_is_shown_by_the_pager_and_without_one_as_help() {
    let world = World::new();
    world.write("bin/man", "#!/bin/sh\nhead -n 1 \"$1\"\n");
    world.program("chmod").args(&["+x", "bin/man"]).run().ok();
    let path = format!("{}:/usr/bin:/bin", world.path("bin").display());
    let ran = world.awsesame(&["man"]).env("PATH", &path).pty().wait().ok();
    assert!(ran.stderr.contains(".ie") || ran.stderr.contains(".TH"), "{ran}");
    world.write("bin/man", "#!/bin/sh\nexit 16\n");
    let ran = world.awsesame(&["man", "login"]).env("PATH", &path).pty().wait().ok();
    assert!(ran.stderr.contains("Usage: awsesame login"), "{ran}");
}

#[test]
fn a_shell_that_evaluates_a_wrong_command_line_ends_with_a_failure() {
    let world = World::new();
    let sh = |script: &str| world.program("bash").args(&["-c", script]).run();
    for line in ["env --bad", "env a -p b", "env --format csh", "hook tcsh", "completions tcsh", "env -p"] {
        let ran = sh(&format!("eval \"$(awsesame {line})\""));
        assert_eq!(ran.code, Some(2), "{line}: {ran}");
    }
    for (shell, script) in [
        ("fish", "awsesame env --format fish --bad | source; test $status -ne 0"),
        ("zsh", "eval \"$(awsesame env --format=zsh --bad)\"; test $? -eq 2"),
    ] {
        if need(shell) {
            world.program(shell).args(&["-c", script]).run().ok();
        }
    }
    // Formats that are data stay empty.
    world.awsesame(&["env", "--format", "json", "--bad"]).run().exits(2).prints("");
}

#[test]
fn what_was_exported_is_taken_back_out_of_each_shell() {
    let world = World::new();
    world.log_in("alice");
    let aws = "env | cut -d= -f1 | grep '^AWS' | sort | tr '\\n' ' '";
    for (shell, script) in [
        ("bash", format!("eval \"$(awsesame env alice)\"; eval \"$(awsesame env --unset)\"; {aws}")),
        ("zsh", format!("eval \"$(awsesame env alice)\"; eval \"$(awsesame env --unset --format zsh)\"; {aws}")),
        (
            "fish",
            format!(
                "awsesame env alice --format fish | source; awsesame env --unset --format fish | source; {aws}"
            ),
        ),
        (
            "elvish",
            "eval (awsesame env alice --format elvish | slurp); \
             eval (awsesame env --unset --format elvish | slurp); env | cut -d= -f1 | grep '^AWS' | sort | tr '\\n' ' '"
                .to_owned(),
        ),
        (
            "nu",
            "awsesame env alice --format nu | from json | load-env; \
             awsesame env --unset --format nu | from json | load-env; \
             print -n ($env | columns | where $it starts-with AWS and ($env | get $it) != null | sort | str join ' ')"
                .to_owned(),
        ),
    ] {
        if !need(shell) {
            continue;
        }
        let arguments: &[&str] = if shell == "elvish" { &["-norc", "-c"] } else { &["-c"] };
        let ran = world
            .program(shell)
            .args(arguments)
            .args(&[&script])
            .env("AWS_REGION", "ap-south-1")
            .reveals_credentials()
            .run();
        assert_eq!(ran.stdout.trim(), "AWS_REGION", "{shell}: {ran}");
    }
    let ran = world.awsesame(&["env", "--unset"]).run().ok().prints("");
    assert_eq!(ran.stderr, "awsesame: nothing in this environment comes from awsesame\n");
    world.awsesame(&["env", "alice", "--unset"]).run().exits(2);
}

#[test]
fn pages_and_completions_need_no_home() {
    let world = World::new();
    for arguments in [&["man"][..], &["completions", "bash"], &["--help"]] {
        world.awsesame(arguments).env_remove("HOME").run().ok().says("");
    }
}
