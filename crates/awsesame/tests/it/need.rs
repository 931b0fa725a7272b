//! Handles a program that a test needs and this machine lacks: the test is reported as skipped, or fails in CI, instead
//! of passing silently.

use std::ffi::OsStr;
use std::io::Write;
use std::path::PathBuf;

/// Requirements that may be absent even where everything should be installed: the one program that no registry has, and
/// the permission to mount, which no installation grants.
const MAY_BE_ABSENT: [&str; 2] = ["terraform", "mount"];

/// Returns the path of a program in the PATH.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Returns the folder of the packages that npm installed, if this package is among them. Their programs are in the
/// PATH.
pub(crate) fn npm(package: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders = std::env::split_paths(&path).filter_map(|folder| folder.parent().map(PathBuf::from));
    folders.into_iter().find(|folder| folder.join(package).is_dir())
}

/// Returns true if a program is installed, and otherwise reports the test as skipped:
/// `if !need("fish") { return }`.
pub(crate) fn need(program: &str) -> bool {
    let there = find(program).is_some();
    if !there {
        skip(program, "not on PATH");
    }
    there
}

/// Skips a test for want of something. Where everything should be there, fails it.
pub(crate) fn skip(name: &str, why: &str) {
    let line = format!("skipped: {name}: {why}\n");
    // Not `eprint!`, which a test that passes keeps to itself.
    let _ = std::io::stderr().write_all(line.as_bytes());
    if let Some(file) = std::env::var_os("AWSESAME_TEST_SKIPS") {
        let mut file = std::fs::File::options().append(true).create(true).open(file).unwrap();
        file.write_all(line.as_bytes()).unwrap();
    }
    assert!(!is_failure(name, std::env::var_os("CI").as_deref()), "{line}");
}

/// Returns true if the absence of a program fails the run.
fn is_failure(name: &str, ci: Option<&OsStr>) -> bool {
    ci.is_some_and(|value| value == "true") && !MAY_BE_ABSENT.contains(&name)
}

#[test]
fn absent_program_fails_a_run_that_should_have_everything_but_for_what_nobody_can_bring() {
    let ci = Some(OsStr::new("true"));
    assert!(is_failure("fish", ci));
    assert!(!is_failure("terraform", ci));
    assert!(!is_failure("fish", Some(OsStr::new("false"))));
    assert!(!is_failure("fish", None));
}
