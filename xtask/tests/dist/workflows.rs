//! Checks the workflows of GitHub Actions with two linters, because they cannot be run here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::need::need;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn workflows() -> Vec<PathBuf> {
    let folder = root().join(".github/workflows");
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn is_clean(linter: &str, arguments: &[&str]) {
    let Some(program) = need(linter) else { return };
    let output = Command::new(program).args(arguments).args(workflows()).output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{linter}: {said}");
}

#[test]
fn actionlint_finds_nothing_wrong() {
    is_clean("actionlint", &[]);
}

#[test]
fn zizmor_finds_no_way_in() {
    is_clean("zizmor", &["--offline", "--quiet"]);
}

#[test]
fn every_action_is_pinned_to_a_commit() {
    let mut count = 0;
    for file in workflows() {
        let text = fs::read_to_string(&file).unwrap();
        for line in
            text.lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("uses: "))
        {
            let (_, commit) = line.split_once('@').unwrap();
            let commit = commit.split(' ').next().unwrap();
            assert!(commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit()), "{line}");
            count += 1;
        }
    }
    assert!(count > 3, "{count}");
}
