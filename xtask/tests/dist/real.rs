//! Tests the packages of the real programs. They take minutes to build, so these are long checks. `AWSESAME_DIST` names
//! packages that exist already.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use super::release::files;

/// The packages of the last commit, made once for all tests.
pub(crate) static PACKAGES: LazyLock<PathBuf> = LazyLock::new(|| match env::var_os("AWSESAME_DIST") {
    Some(folder) => folder.into(),
    None => make(&root().join("target/long/one"), None),
});

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Makes the packages of the last commit in a checkout of its own, and returns their folder.
pub(crate) fn make(place: &Path, target: Option<&Path>) -> PathBuf {
    if place.exists() {
        fs::remove_dir_all(place).unwrap();
    }
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    done(Command::new("git").args(["clone", "--quiet"]).arg(root()).arg(place));
    std::os::unix::fs::symlink(root().join(".tools"), place.join(".tools")).unwrap();
    let target = target.map_or_else(|| root().join("target/long/target"), Path::to_owned);
    let mut command = Command::new(env!("CARGO"));
    command.args(["xtask", "dist"]).current_dir(place).env("CARGO_TARGET_DIR", target);
    done(&mut command);
    place.join("dist/packages")
}

pub(crate) fn done(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let said = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&said));
    output
}

pub(crate) fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Returns the packages whose names end like this.
pub(crate) fn packages(ending: &str) -> Vec<PathBuf> {
    let found: Vec<PathBuf> = files(&PACKAGES)
        .into_iter()
        .filter(|name| name.ends_with(ending))
        .map(|name| PACKAGES.join(name))
        .collect();
    assert!(!found.is_empty(), "no {ending}");
    found
}
