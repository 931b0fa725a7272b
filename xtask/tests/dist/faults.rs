//! Tests `cargo xtask dist` with a problem that is noticed before the build. The tests in spoiled.rs cover later
//! failures, which need real programs.

use std::path::Path;
use std::process::Command;

use super::need::need;

/// Creates a repository with one commit, which replaces ours for git.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "text").unwrap();
    for arguments in [
        &["init", "--quiet"][..],
        &["add", "file"],
        &["-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "--quiet", "--message=x"],
    ] {
        let done = Command::new("git").args(arguments).current_dir(folder.path()).status().unwrap();
        assert!(done.success());
    }
    folder
}

fn dist(repository: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.arg("dist").env("GIT_DIR", repository.join(".git")).env("GIT_WORK_TREE", repository);
    command
}

/// Returns the two lines of a refusal.
#[track_caller]
fn refuses(command: &mut Command) -> (String, String) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let lines: Vec<&str> = said.lines().collect();
    let [error, hint] = lines[..] else { panic!("{said}") };
    let (error, hint) = (error.strip_prefix("error: "), hint.strip_prefix("hint: "));
    (error.expect(&said).to_owned(), hint.expect(&said).to_owned())
}

#[test]
fn a_tree_that_is_not_its_commit_is_refused_with_a_file_that_differs() {
    let changed = repository();
    std::fs::write(changed.path().join("file"), "another").unwrap();
    let fresh = repository();
    std::fs::write(fresh.path().join("new"), "").unwrap();
    for (repository, file) in [(&changed, "`M file`"), (&fresh, "`?? new`")] {
        let (error, hint) = refuses(&mut dist(repository.path()));
        assert_eq!(error, format!("{file} differs from the commit that packages are made from"));
        assert_eq!(hint, "git stash --include-untracked");
    }
}

#[test]
fn without_a_commit_or_without_git_there_is_nothing_to_make_packages_from() {
    let none = tempfile::tempdir().unwrap();
    let (error, hint) = refuses(&mut dist(none.path()));
    assert!(error.contains("packages are made from a commit"), "{error}");
    assert_eq!(hint, "git status");
    let clean = repository();
    let (error, _) = refuses(dist(clean.path()).env("PATH", none.path()));
    assert!(error.contains("`git status` does not start"), "{error}");
}

#[test]
fn a_key_that_is_not_there_and_a_signer_that_is_not_there_are_told_before_the_build() {
    let clean = repository();
    let key = clean.path().join("no.key");
    if need("minisign").is_some() {
        let (error, hint) = refuses(dist(clean.path()).arg("--key").arg(&key));
        assert!(error.contains("no.key cannot be read"), "{error}");
        assert!(hint.starts_with("minisign -G "), "{hint}");
    }
    let (error, hint) = refuses(dist(clean.path()).arg("--key").arg(&key).env("PATH", clean.path()));
    assert_eq!(
        (error.as_str(), hint.as_str()),
        ("`minisign` is missing, which signs", "apt-get install minisign")
    );
}
