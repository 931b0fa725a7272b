//! Tests Arch's PKGBUILD: makepkg builds it from an archive in the same folder.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::need::need;
use super::release::{Release, TARGETS, VERSION, folder};

#[test]
fn makepkg_builds_the_package_from_the_archive_and_checks_its_sum() {
    let (Some(_), Some(_)) = (need("makepkg"), need("bsdtar")) else { return };
    let release = Release::of(&TARGETS);
    let build = |arguments: &[&str]| {
        let mut command = if super::installer::is_root() {
            // makepkg refuses to run as root.
            let mut command = Command::new("setpriv");
            command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "makepkg"]);
            command
        } else {
            Command::new("makepkg")
        };
        command
            .args(arguments)
            .current_dir(release.path())
            .env("HOME", release.path())
            .env("CARCH", "x86_64");
        command.output().unwrap()
    };
    fs::set_permissions(release.path(), fs::Permissions::from_mode(0o777)).unwrap();

    let printed = build(&["--printsrcinfo"]);
    let said = String::from_utf8_lossy(&printed.stdout).into_owned();
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    assert!(said.contains(&format!("pkgver = {VERSION}")), "{said}");
    for target in &TARGETS[..2] {
        let machine = target.split('-').next().unwrap();
        let source = format!("source_{machine} = {}/awsesame-{VERSION}-{target}.tar.gz", folder());
        assert!(said.contains(&source), "{said}");
    }

    let made = build(&["--nodeps", "--force"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let package = fs::read_dir(release.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().contains(".pkg.tar"))
        .unwrap();
    let list = Command::new("bsdtar").arg("-tf").arg(package).output().unwrap();
    let list = String::from_utf8_lossy(&list.stdout).into_owned();
    for file in ["usr/bin/awsesame", "usr/bin/awsesame-full", "usr/lib/systemd/user/awsesame-broker.service"]
    {
        assert!(list.lines().any(|line| line == file), "{list}");
    }
    assert!(!list.contains("usr/share/awsesame/systemd"), "{list}");

    fs::write(release.file(&format!("awsesame-{VERSION}-{}.tar.gz", TARGETS[0])), "another").unwrap();
    let refused = build(&["--nodeps", "--force"]);
    assert!(!refused.status.success());
}
