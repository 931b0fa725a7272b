//! Passes the target and the commit of the build to the library, because only cargo and git know them.

use std::env;
use std::process::Command;

/// The variable that names the commit, for builds without the repository's history. Without it, git is asked.
const COMMIT: &str = "AWSESAME_COMMIT";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed={COMMIT}");
    let release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let given = env::var(COMMIT).ok().filter(|commit| !commit.is_empty());
    let build = match given.or_else(|| release.then(commit).flatten()) {
        Some(commit) => format!("commit {commit}"),
        None if release => "unknown commit".to_owned(),
        None => "development build".to_owned(),
    };
    let target = env::var("TARGET").unwrap_or_default();
    println!("cargo:rustc-env=AWSESAME_BUILD={build}, {target}");
}

/// Returns the short name of the current commit, with a mark if a file differs from it. Returns None outside of a
/// checkout of this repository: an unpacked archive inside another repository does not have the commit of that
/// repository.
fn commit() -> Option<String> {
    git(&["ls-files", "--error-unmatch", "build.rs"])?;
    let commit = git(&["describe", "--always", "--exclude=*", "--abbrev=12", "--dirty=-changed"])?;
    for file in ["HEAD", "logs/HEAD", "index"] {
        println!("cargo:rerun-if-changed={}", git(&["rev-parse", "--git-path", file])?);
    }
    // A change in any crate changes the mark.
    println!("cargo:rerun-if-changed=..");
    Some(commit)
}

fn git(arguments: &[&str]) -> Option<String> {
    let output =
        Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
