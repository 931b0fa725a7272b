//! A release of substitute programs, with the recipes that `cargo xtask dist --from` writes for it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// The version that everything is of.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Returns the address of that release, from the one setting.
pub(crate) fn folder() -> String {
    format!("{}/releases/download/v{VERSION}", env!("CARGO_PKG_REPOSITORY"))
}

/// All targets that there are archives for.
pub(crate) const TARGETS: [&str; 4] = [
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
];

/// A folder with archives of substitute programs and the other files of a release.
pub(crate) struct Release {
    folder: TempDir,
}

impl Release {
    /// Archives for these targets, and the recipes.
    pub(crate) fn of(targets: &[&str]) -> Self {
        Self::with(targets, ("", ""))
    }

    /// Creates the same with one program that does something else.
    pub(crate) fn with(targets: &[&str], other: (&str, &str)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for target in targets {
            pack(folder.path(), target, other);
        }
        let release = Self { folder };
        let output = release.recipes();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        release
    }

    /// Writes the recipes of the release.
    pub(crate) fn recipes(&self) -> Output {
        recipes(self.path())
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap()
    }
}

/// Writes the recipes for what is in a folder.
pub(crate) fn recipes(folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask")).args(["dist", "--from"]).arg(folder).output().unwrap()
}

fn pack(folder: &Path, target: &str, other: (&str, &str)) {
    let scratch = tempfile::tempdir().unwrap();
    let name = format!("awsesame-{VERSION}-{target}");
    let tree = scratch.path().join(&name);
    let script = format!("#!/bin/sh\necho \"awsesame {VERSION} ({target})\"\n");
    for program in ["awsesame", "awsesame-full", "awsesame-sandbox"] {
        let text = if program == other.0 { format!("#!/bin/sh\n{}\n", other.1) } else { script.clone() };
        write(&tree.join("bin").join(program), &text, 0o755);
    }
    for file in [
        "share/awsesame/direnv/awsesame.sh",
        "share/awsesame/systemd/awsesame-broker.service",
        "share/bash-completion/completions/awsesame",
        "share/doc/awsesame/copyright",
        "share/fish/vendor_completions.d/awsesame.fish",
        "share/licenses/awsesame/LICENSE-MIT",
        "share/man/man1/awsesame.1.gz",
        "share/zsh/site-functions/_awsesame",
    ] {
        write(&tree.join(file), "text\n", 0o644);
    }
    let mut tar = Command::new("tar");
    tar.arg("-czf").arg(folder.join(format!("{name}.tar.gz"))).arg("-C").arg(scratch.path()).arg(&name);
    assert!(tar.status().unwrap().success());
}

/// Writes a file with its folders.
pub(crate) fn write(path: &Path, text: &str, mode: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Returns all files below a folder, by their places.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    fn walk(top: &Path, folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(top, &path, found);
            } else {
                found.push(path.strip_prefix(top).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, folder, &mut found);
    found.sort();
    found
}
