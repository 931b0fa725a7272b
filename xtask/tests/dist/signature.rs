//! Tests the signature of a release: minisign makes it with a key of the test, and checks it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::need::need;
use super::release::{Release, TARGETS, VERSION};

const PASSWORD: &str = "an example of a password\n";

/// Returns a key in a folder, with a password.
fn key(folder: &Path) -> PathBuf {
    let key = folder.join("awsesame.key");
    let mut command = Command::new("minisign");
    command.arg("-G").arg("-p").arg(folder.join("awsesame.pub")).arg("-s").arg(&key);
    let output = fed(&mut command, &PASSWORD.repeat(2));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    key
}

/// Runs a program that reads this.
fn fed(command: &mut Command, text: &str) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn sign(release: &Release, key: &Path, password: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    fed(command.args(["dist", "--from"]).arg(release.path()).arg("--key").arg(key), password)
}

fn verified(release: &Release, public: &Path) -> Output {
    let mut command = Command::new("minisign");
    command.arg("-V").arg("-p").arg(public).arg("-m").arg(release.file("SHA256SUMS"));
    command.output().unwrap()
}

#[test]
fn the_checksums_are_signed_by_the_key_and_a_changed_one_is_noticed() {
    if need("minisign").is_none() {
        return;
    }
    let (release, keys) = (Release::of(&TARGETS), tempfile::tempdir().unwrap());
    let key = key(keys.path());
    let signed = sign(&release, &key, PASSWORD);
    assert!(signed.status.success(), "{}", String::from_utf8_lossy(&signed.stderr));

    let public = keys.path().join("awsesame.pub");
    let output = verified(&release, &public);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // The signature also contains the name of the release, so an old signature cannot be used for a new one.
    assert!(said.contains(&format!("Trusted comment: awsesame {VERSION}")), "{said}");

    let sums = release.file("SHA256SUMS");
    let changed = release.read("SHA256SUMS").replacen('0', "1", 1);
    fs::write(&sums, changed).unwrap();
    assert!(!verified(&release, &public).status.success());
}

#[test]
fn without_the_password_or_the_key_nothing_is_signed() {
    if need("minisign").is_none() {
        return;
    }
    let (release, keys) = (Release::of(&TARGETS), tempfile::tempdir().unwrap());
    let key = key(keys.path());
    for (key, password) in [(&key, "another\n"), (&keys.path().join("none"), PASSWORD)] {
        let output = sign(&release, key, password);
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let lines: Vec<&str> = said.lines().rev().collect();
        assert!(lines[0].starts_with("hint: ") && lines[1].starts_with("error: "), "{said}");
        assert!(lines[1].contains("not signed") || lines[1].contains("cannot be read"), "{said}");
        assert!(!release.file("SHA256SUMS.minisig").exists());
    }
}
