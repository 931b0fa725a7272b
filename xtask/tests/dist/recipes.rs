//! Tests of the rules that hold for all recipes.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::release::{Release, TARGETS, folder, recipes};

#[test]
fn the_checksums_cover_every_file_and_hold() {
    let release = Release::of(&TARGETS);
    let check =
        Command::new("sha256sum").args(["--check", "SHA256SUMS"]).current_dir(release.path()).output();
    assert!(check.unwrap().status.success());
    let sums = release.read("SHA256SUMS");
    for name in ["install.sh", "awsesame.rb", "PKGBUILD"] {
        assert!(sums.lines().any(|line| line.ends_with(&format!("  {name}"))), "{sums}");
    }
}

#[test]
fn binstall_looks_for_the_archives_under_their_own_names() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut command = Command::new(env!("CARGO"));
    let asked =
        command.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(root).output().unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&asked.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["name"] == "awsesame").unwrap();
    let release = Release::of(&TARGETS);
    for target in TARGETS {
        let fill = |text: &serde_json::Value| {
            let repo = package["repository"].as_str().unwrap();
            let version = package["version"].as_str().unwrap();
            let values = [
                ("repo", repo),
                ("name", "awsesame"),
                ("version", version),
                ("target", target),
                ("bin", "awsesame-full"),
            ];
            values.iter().fold(text.as_str().unwrap().to_owned(), |text, (name, value)| {
                text.replace(&format!("{{ {name} }}"), value)
            })
        };
        let said = &package["metadata"]["binstall"];
        let address = fill(&said["pkg-url"]);
        let name = address.strip_prefix(&format!("{}/", folder())).unwrap();
        let list = Command::new("tar").arg("-tzf").arg(release.file(name)).output().unwrap();
        let list = String::from_utf8(list.stdout).unwrap();
        assert!(list.lines().any(|line| line == fill(&said["bin-dir"])), "{list}");
    }
}

#[test]
fn no_secret_key_is_in_the_repository() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    // The beginning of minisign's key files is split, so that this file does not look like one.
    let start = ["minisign ", "encrypted secret key"].concat();
    let found = Command::new("git")
        .args(["grep", "--ignore-case", "--files-with-matches", &start])
        .current_dir(root)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "");
}

#[test]
fn a_folder_without_archives_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let output = recipes(folder.path());
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn only_the_setting_says_where_releases_are() {
    let address = env!("CARGO_PKG_REPOSITORY");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(root).output().unwrap();
    assert!(listed.status.success());
    let mut addresses = 0;
    for name in String::from_utf8(listed.stdout).unwrap().split_terminator('\0') {
        let Ok(text) = fs::read_to_string(root.join(name)) else { continue };
        for word in text.split(|c: char| c.is_whitespace() || "\"'`<>()[]".contains(c)) {
            let Some(place) = word.find("https://") else { continue };
            let found = word[place..].split('?').next().unwrap_or_default();
            if found.contains("awsesame") {
                addresses += 1;
                assert!(found.starts_with(address), "{name}: {found} is not at {address}");
            }
        }
    }
    assert!(addresses > 0);
}
