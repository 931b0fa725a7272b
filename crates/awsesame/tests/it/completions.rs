//! Tests `awsesame completions` in the real shells: subcommands, options and the names of profiles, including names
//! with characters that are special to shells.

use crate::interactive::{Interactive, Shell, in_elvish_and_nu, in_every_shell};
use crate::need::need;
use crate::world::World;

/// Every character that AWS's tools take in a profile's name.
const ODD: &str = "a@b:c+d/e%f.g_h-i";

fn world() -> World {
    let world = World::new();
    world.append_config(&format!("[profile team:prod]\nregion = x\n\n[profile {ODD}]\nregion = x\n"));
    world
}

/// Lines with their expected completions. A script reads the lines and prints a list for each.
const LINES: [(&str, &[&str]); 9] = [
    ("awsesame log", &["login", "logout"]),
    ("awsesame login -p al", &["alice"]),
    ("awsesame --profile=al", &["--profile=alice"]),
    ("awsesame env --format js", &["json"]),
    ("awsesame mfa li", &["list"]),
    ("awsesame login -p team:", &["team:prod"]),
    ("awsesame check -p a@b:c+d", &[ODD]),
    ("awsesame login --dur", &["--duration"]),
    ("awsesame login --no-such", &[]),
];

fn check(program: &str, arguments: &[&str], own: impl Fn(&str) -> String) {
    if !need(program) {
        return;
    }
    let world = world();
    let script = world.awsesame(&["completions", program]).run().ok().says("").stdout;
    world.write("completions", &script);
    for (line, expected) in LINES {
        let ran = world.program(program).args(arguments).args(&[line]).run().ok().says("");
        let found: Vec<&str> = ran.stdout.lines().collect();
        let expected: Vec<String> = expected.iter().map(|word| own(word)).collect();
        assert_eq!(found, expected, "{line} in {program}");
    }
}

#[test]
fn bash_completes_every_word() {
    const SCRIPT: &str = "\
set -u
source ~/completions
COMP_LINE=$1 COMP_POINT=${#1}
read -ra COMP_WORDS <<<$1
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_awsesame awsesame \"${COMP_WORDS[COMP_CWORD]}\" x
if ((${#COMPREPLY[@]})); then printf '%s\\n' \"${COMPREPLY[@]}\"; fi";
    // readline replaces only the text after its last word break.
    let own = |word: &str| match word {
        "--profile=alice" => "alice".to_owned(),
        "team:prod" => "prod".to_owned(),
        ODD => "c+d/e%f.g_h-i".to_owned(),
        word => word.to_owned(),
    };
    check("bash", &["--noprofile", "--norc", "-c", SCRIPT, "bash"], own);
}

#[test]
fn fish_completes_every_word() {
    const SCRIPT: &str = "source ~/completions; complete --do-complete $argv[1] | string split -f1 \\t; true";
    check("fish", &["--no-config", "-c", SCRIPT], str::to_owned);
}

#[test]
fn nushell_completes_every_word() {
    if !need("nu") {
        return;
    }
    let world = world();
    let script = world.awsesame(&["completions", "nu"]).run().ok().says("").stdout;
    for (line, expected) in LINES {
        let text = format!("{script}\n{line}");
        world.write("line.nu", &text);
        let offset = text.len().to_string();
        let ran = world.program("nu").args(&["-n", "--ide-complete", &offset, "line.nu"]).run().ok().says("");
        assert_eq!(ran.json()["completions"], serde_json::json!(expected), "{line}");
    }
}

#[test]
fn zsh_autoloads_the_completions_from_a_folder() {
    const SCRIPT: &str = "\
mkdir functions && awsesame completions zsh >functions/_awsesame && fpath=($PWD/functions $fpath)
autoload -Uz compinit && compinit -u -D
print -r -- ${_comps[awsesame]} && autoload +X _awsesame && print loaded";
    if need("zsh") {
        let world = world();
        world.program("zsh").args(&["-f", "-c", SCRIPT]).run().ok().says("").prints("_awsesame\nloaded\n");
    }
}

/// Returns the line that loads the completions at the place where a person would have it.
fn set_up(shell: Shell, world: &World) {
    let name = shell.name();
    let completions = world.awsesame(&["completions", name]).run().ok().says("").stdout;
    let lines = match shell {
        Shell::Bash => "eval \"$(awsesame completions bash)\"\n".to_owned(),
        Shell::Zsh => {
            "autoload -Uz compinit && compinit -u -D\neval \"$(awsesame completions zsh)\"\n".to_owned()
        }
        Shell::Fish => "awsesame completions fish | source\n".to_owned(),
        Shell::Elvish => "eval (awsesame completions elvish | slurp)\n".to_owned(),
        Shell::Nu => {
            world.write(".config/nushell/autoload/awsesame-completions.nu", &completions);
            "$env.config.completions.quick = true\n".to_owned()
        }
    };
    shell.set_up(world, &lines);
}

fn the_tab_key_completes_a_profile(shell: Shell) {
    if !shell.is_here(&[]) {
        return;
    }
    let world = world();
    set_up(shell, &world);
    let mut terminal = Interactive::on(shell, shell.command(&world));
    // elvish wants a word with `=` in quotes, and waits for a second key.
    let joined = if shell == Shell::Elvish { "-p a@b:" } else { "--profile=a@b:" };
    for (typed, profile) in [("-p team:pr", "team:prod"), ("--profile a@", ODD), (joined, ODD)] {
        terminal.types(&format!("awsesame check {typed}\t"));
        terminal.pty.expect(&format!("awsesame: profile `{profile}` has no access key"));
    }
    terminal.leave();
}

/// The words after the `--` of `exec` are completed by the other program.
fn the_tab_key_completes_the_program_that_is_run(shell: Shell) {
    if !shell.is_here(&[]) {
        return;
    }
    let world = world();
    set_up(shell, &world);
    world.write("unmistakable/file", "");
    let mut terminal = Interactive::on(shell, shell.command(&world));
    terminal.types("awsesame exec -p team:prod -- ls unmis\t");
    terminal.pty.expect("profile `team:prod` has no access key");
    assert!(terminal.pty.transcript().contains("unmistakable"), "{}", terminal.pty.transcript());
    terminal.leave();
}

in_every_shell!(the_tab_key_completes_a_profile, the_tab_key_completes_the_program_that_is_run);
in_elvish_and_nu!(the_tab_key_completes_a_profile);

#[test]
fn the_completions_please_the_linters() {
    let world = World::new();
    if need("shellcheck") {
        let completions = world.awsesame(&["completions", "bash"]).run().ok().stdout;
        world.program("shellcheck").args(&["-s", "bash", "-"]).stdin(completions).run().ok();
    }
    if need("fish_indent") {
        let completions = world.awsesame(&["completions", "fish"]).run().ok().stdout;
        world.program("fish_indent").args(&["--check"]).stdin(completions).run().ok();
    }
}

#[test]
fn completions_never_print_an_error() {
    let world = World::new();
    world.config("[profile broken\n");
    for words in
        [&["zsh", "--", "awsesame", "login", "-p", ""][..], &["bash", "--"], &["tcsh"], &["zsh", "--"]]
    {
        let ran = world.awsesame(&[&["__complete"], words].concat()).run().ok().says("");
        assert!(!ran.stdout.contains("error"), "{ran}");
    }
    // Nor does anybody but a shell see it.
    assert!(!world.awsesame(&["--help"]).run().ok().stdout.contains("__complete"));
}
