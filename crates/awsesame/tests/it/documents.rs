//! What the program prints about itself for other programs: completions in the real
//! shells, and the manual under the real `man`.

use crate::need::need;
use crate::world::World;

/// Runs a script of a shell that gets the completions on its stdin; prints what it prints.
fn completed(program: &str, arguments: &[&str], expected: &str) {
    if !need(program) {
        return;
    }
    let world = World::new();
    let completions = world.awsesame(&["completions", program]).run().ok().says("");
    let ran = world.program(program).args(arguments).stdin(&completions.stdout).run().ok().says("");
    assert!(ran.stdout.lines().any(|line| line.trim_end() == expected), "{expected:?} is not in\n{ran}");
}

#[test]
fn bash_completes_a_subcommand() {
    let script = "\
set -u
eval \"$(cat)\"
complete -p awsesame >/dev/null || exit 1
COMP_WORDS=(awsesame log) COMP_CWORD=1
_awsesame awsesame log awsesame
printf '%s\\n' \"${COMPREPLY[@]}\"";
    completed("bash", &["--noprofile", "--norc", "-c", script], "login");
}

#[test]
fn zsh_loads_the_completions() {
    let script = "\
autoload -Uz compinit && compinit -u -D
eval \"$(cat)\"
print -r -- ${_comps[awsesame]}";
    completed("zsh", &["-f", "-c", script], "_awsesame");
}

#[test]
fn zsh_autoloads_the_completions_from_a_folder() {
    let script = "\
mkdir functions && cat >functions/_awsesame && fpath=($PWD/functions $fpath)
autoload -Uz compinit && compinit -u -D
print -r -- ${_comps[awsesame]} && autoload +X _awsesame && print loaded";
    completed("zsh", &["-f", "-c", script], "loaded");
}

#[test]
fn fish_completes_a_subcommand() {
    let script = "source; complete --do-complete 'awsesame logi' | string split -f1 \\t";
    completed("fish", &["--no-config", "-c", script], "login");
}

#[test]
fn every_page_of_the_manual_is_set_without_a_warning() {
    if !need("man") {
        return;
    }
    let world = World::new();
    world.awsesame(&["man", "--out", "pages"]).run().ok();
    let one = world.awsesame(&["man"]).run().ok();
    world.write("pages/alone.1", &one.stdout);
    let mut pages: Vec<_> =
        std::fs::read_dir(world.path("pages")).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    for page in &pages {
        let ran = world
            .program("man")
            .args(&["--warnings=w", "-E", "UTF-8", "-l"])
            .args(&[page])
            .env("MANWIDTH", "80")
            .env("MAN_KEEP_FORMATTING", "")
            .run()
            .ok()
            .says("");
        assert!(ran.stdout.contains("NAME"), "{}: {ran}", page.display());
    }
    let names: Vec<_> = pages.iter().map(|page| page.file_stem().unwrap().to_string_lossy()).collect();
    assert!(names.contains(&"awsesame".into()) && names.contains(&"awsesame-login".into()), "{names:?}");
}
