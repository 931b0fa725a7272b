//! Tests install.sh when it fails: the installed programs stay, and it prints the reason.

use std::fs;

use super::installer::{Home, refusal};
use super::need::need;
use super::release::{Release, TARGETS, files};

/// Checks that a failed installation over an older one leaves the older one, and nothing else.
fn is_as_it_was(home: &Home) {
    let said = fs::read_to_string(home.prefix().join("bin/awsesame")).unwrap();
    assert!(said.contains("0.0.9"), "{said}");
    let scratch: Vec<String> =
        files(home.folder.path()).into_iter().filter(|file| file.starts_with("tmp.")).collect();
    assert!(scratch.is_empty(), "{scratch:?}");
    assert_eq!(files(&home.prefix()), ["bin/awsesame"]);
}

#[test]
fn a_disk_that_fills_up_leaves_the_older_programs_as_they_were() {
    let release = Release::of(&TARGETS);
    for (program, fails, said) in [
        ("cp", "*share/man*", "cannot be written"),
        ("tar", "*", "has no room for the archive"),
        ("mktemp", "*", "there is no room for the archive"),
    ] {
        let home = Home::new();
        home.has("awsesame 0.0.9");
        let real = need(program).unwrap();
        home.stand_in(
            program,
            &format!("case $* in {fails}) exit 1 ;; esac\nexec {} \"$@\"", real.display()),
        );
        let told = refusal(&home.install(&release));
        assert!(told.contains(said), "{told}");
        is_as_it_was(&home);
    }
}

#[test]
fn a_signal_in_the_middle_leaves_the_older_programs_as_they_were() {
    let release = Release::of(&TARGETS);
    let home = Home::new();
    home.has("awsesame 0.0.9");
    let real = need("cp").unwrap();
    // The shell that runs this is interrupted while something waits for it.
    home.stand_in(
        "cp",
        &format!("case $* in *share/man*) kill $PPID ;; esac\nexec {} \"$@\"", real.display()),
    );
    let output = home.install(&release);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    is_as_it_was(&home);
}

#[test]
fn programs_that_do_not_run_here_or_do_not_belong_together_are_told() {
    for (name, says, told) in [
        ("awsesame", "exit 126", "do not run on this machine"),
        ("awsesame-full", "exit 126", "do not run on this machine"),
        ("awsesame-full", "echo 'awsesame 0.0.9'", "of two builds"),
    ] {
        let release = Release::with(&TARGETS, (name, says));
        let home = Home::new();
        let said = refusal(&home.install(&release));
        assert!(said.contains(told), "{said}");
    }
}
