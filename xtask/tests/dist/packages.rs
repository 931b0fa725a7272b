//! Tests the packages: what linters report, what they contain, and whether they can be reproduced. These are long
//! checks.

use std::env;
use std::fs;
use std::process::Command;

use super::need::{long, need};
use super::real::{PACKAGES, done, make, packages, root, text};
use super::release::files;

#[test]
fn lintian_finds_no_error_and_no_warning_that_is_not_explained() {
    if !long() || need("lintian").is_none() {
        return;
    }
    done(Command::new("lintian").args(["--allow-root", "--fail-on", "error,warning"]).args(packages(".deb")));
}

#[test]
fn rpmlint_finds_no_error_and_no_warning_that_is_not_explained() {
    if !long() || need("rpmlint").is_none() {
        return;
    }
    let mut command = Command::new("rpmlint");
    command.arg("--config").arg(root().join("packaging/rpmlint.toml")).args(packages(".rpm"));
    let said = text(&done(&mut command));
    assert!(said.contains("0 errors, 0 warnings"), "{said}");
}

#[test]
fn every_kind_of_package_has_both_programs_the_manual_and_completions() {
    if !long() {
        return;
    }
    let lists: [(&str, &[&str]); 4] = [
        (".deb", &["dpkg-deb", "--contents"]),
        (".rpm", &["rpm", "--query", "--list", "--package"]),
        (".apk", &["tar", "-tzf"]),
        (".pkg.tar.zst", &["bsdtar", "-tf"]),
    ];
    for (ending, list) in lists {
        if need(list[0]).is_none() {
            continue;
        }
        for package in packages(ending) {
            let said = text(&done(Command::new(list[0]).args(&list[1..]).arg(&package)));
            let sandbox = package.file_name().unwrap().to_string_lossy().starts_with("awsesame-sandbox");
            let wanted: &[&str] = if sandbox {
                &["usr/bin/awsesame-sandbox", "usr/share/man/man1/awsesame-sandbox.1.gz"]
            } else {
                &[
                    "usr/bin/awsesame",
                    "usr/bin/awsesame-full",
                    "usr/lib/systemd/user/awsesame-broker.service",
                    "usr/share/awsesame/direnv/awsesame.sh",
                    "usr/share/bash-completion/completions/awsesame",
                    "usr/share/doc/awsesame/copyright",
                    "usr/share/doc/awsesame/third-party-licenses.gz",
                    "usr/share/fish/vendor_completions.d/awsesame.fish",
                    "usr/share/man/man1/awsesame-login.1.gz",
                ]
            };
            for file in wanted {
                assert!(
                    said.lines().any(|line| line.trim_end_matches(" -> awsesame.1.gz").ends_with(file)),
                    "{file} in {said}"
                );
            }
        }
    }
}

#[test]
fn two_builds_in_other_places_at_other_times_are_the_same_byte_for_byte() {
    if !long() || env::var_os("AWSESAME_DIST").is_some() {
        return;
    }
    let one = PACKAGES.clone();
    let scratch = tempfile::tempdir().unwrap();
    let two = make(&scratch.path().join("elsewhere/awsesame"), Some(&scratch.path().join("target")));
    assert_eq!(files(&one), files(&two));
    for name in files(&one) {
        assert!(fs::read(one.join(&name)).unwrap() == fs::read(two.join(&name)).unwrap(), "{name} differs");
    }
}

#[test]
fn the_programs_tell_their_dependencies_and_nothing_of_the_machine_they_were_built_on() {
    if !long() {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let archive = packages("linux-musl.tar.gz").remove(0);
    done(Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(scratch.path()));
    let home = env::var("HOME").unwrap_or_default();
    for name in files(scratch.path()).into_iter().filter(|name| name.contains("/bin/")) {
        let bytes = fs::read(scratch.path().join(&name)).unwrap();
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(holds(".dep-v0"), "{name} has no list of dependencies");
        for path in [&root().to_string_lossy(), format!("{home}/.cargo").as_str()] {
            assert!(!holds(path), "{name} holds {path}");
        }
    }
}

#[test]
fn the_user_unit_is_one_that_systemd_takes() {
    if need("systemd-analyze").is_none() {
        return;
    }
    // It looks for the program, which is not installed here.
    let scratch = tempfile::tempdir().unwrap();
    let unit = fs::read_to_string(root().join("packaging/awsesame-broker.service")).unwrap();
    let place = scratch.path().join("awsesame-broker.service");
    fs::write(
        &place,
        unit.replace("/usr/bin/awsesame", "/bin/true").replace("man:awsesame-broker(1)", "man:man(1)"),
    )
    .unwrap();
    let mut command = Command::new("systemd-analyze");
    let output = command
        .args(["--user", "--man=no", "verify"])
        .arg(&place)
        .env("XDG_RUNTIME_DIR", scratch.path())
        .output();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && !said.contains("awsesame-broker"), "{said}");
}
