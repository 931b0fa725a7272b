//! Tests the generated install.sh in the shells that people have.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use super::need::need;
use super::release::{Release, TARGETS, VERSION, files, folder, write};

/// A home to install into, and programs of its own that come first on the path.
pub(crate) struct Home {
    pub(crate) folder: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("first")).unwrap();
        Self { folder }
    }

    pub(crate) fn prefix(&self) -> PathBuf {
        self.folder.path().join("prefix")
    }

    /// Installs a substitute for a system program.
    pub(crate) fn stand_in(&self, name: &str, script: &str) {
        write(&self.folder.path().join("first").join(name), &format!("#!/bin/sh\n{script}\n"), 0o755);
    }

    /// Writes a `prefix/bin/awsesame` that prints this text.
    pub(crate) fn has(&self, said: &str) {
        write(&self.prefix().join("bin/awsesame"), &format!("#!/bin/sh\necho '{said}'\n"), 0o755);
    }

    fn command(&self, shell: &str, release: &Release, arguments: &[&str]) -> Command {
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.folder.path().join("first")).chain(env::split_paths(&path));
        let mut command = Command::new(shell);
        command.arg(release.file("install.sh")).arg("--prefix").arg(self.prefix()).args(arguments);
        command.env_clear().env("HOME", self.folder.path());
        command.env("PATH", env::join_paths(folders).unwrap()).env("TMPDIR", self.folder.path());
        command
    }

    fn run(&self, release: &Release, arguments: &[&str]) -> Output {
        self.command("sh", release, arguments).output().unwrap()
    }

    pub(crate) fn install(&self, release: &Release) -> Output {
        self.run(release, &["--from", &release.path().to_string_lossy()])
    }
}

fn out(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Returns the two lines of a refusal, the second with something to type.
pub(crate) fn refusal(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert!(lines[1].starts_with("hint: "), "{said}");
    lines[0].strip_prefix("error: ").unwrap().to_owned()
}

fn empty(folder: &Path) -> bool {
    !folder.exists() || files(folder).is_empty()
}

#[test]
fn it_installs_says_so_once_and_leaves_the_rest_alone() {
    let release = Release::of(&TARGETS);
    for shell in ["sh", "dash", "bash"] {
        if need(shell).is_none() {
            continue;
        }
        let home = Home::new();
        write(&home.prefix().join("bin/other"), "", 0o755);
        let from = release.path().to_string_lossy().into_owned();
        let output = home.command(shell, &release, &["--from", &from]).output().unwrap();
        let said = out(&output);
        assert!(said.contains(&format!("awsesame {VERSION} is installed in")), "{said}");
        assert!(said.contains("not in your PATH yet"), "{said}");
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        for program in ["awsesame", "awsesame-full", "awsesame-sandbox"] {
            let file = home.prefix().join("bin").join(program);
            assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o755);
        }
        assert!(home.prefix().join("share/man/man1/awsesame.1.gz").exists());
        assert!(out(&home.install(&release)).contains("already"));
        out(&home.run(&release, &["--uninstall"]));
        assert_eq!(files(&home.prefix()), ["bin/other"]);
        assert!(!home.prefix().join("share/awsesame").exists());
    }
}

#[test]
fn an_archive_with_another_checksum_is_refused_and_nothing_is_installed() {
    let release = Release::of(&TARGETS);
    for target in TARGETS {
        let archive = release.file(&format!("awsesame-{VERSION}-{target}.tar.gz"));
        let mut bytes = fs::read(&archive).unwrap();
        bytes.push(0);
        fs::write(archive, bytes).unwrap();
    }
    let home = Home::new();
    let said = refusal(&home.install(&release));
    assert!(said.contains("not the one that was released"), "{said}");
    assert!(empty(&home.prefix()));
}

#[test]
fn another_machine_gets_no_archive() {
    let release = Release::of(&["x86_64-unknown-linux-musl"]);
    for (system, machine) in
        [("Linux", "riscv64"), ("Linux", "aarch64"), ("FreeBSD", "x86_64"), ("Darwin", "arm64")]
    {
        let home = Home::new();
        home.stand_in("uname", &format!("case $1 in -s) echo {system} ;; *) echo {machine} ;; esac"));
        let said = refusal(&home.install(&release));
        assert!(said.contains("there is no archive"), "{said}");
        assert!(empty(&home.prefix()));
    }
}

#[test]
fn each_machine_fetches_its_own_archive_from_the_one_address() {
    let release = Release::of(&TARGETS);
    for (system, machine, target) in [
        ("Linux", "x86_64", TARGETS[0]),
        ("Linux", "aarch64", TARGETS[1]),
        ("Darwin", "x86_64", TARGETS[2]),
        ("Darwin", "arm64", TARGETS[3]),
    ] {
        let home = Home::new();
        home.stand_in("uname", &format!("case $1 in -s) echo {system} ;; *) echo {machine} ;; esac"));
        // The substitute takes the file from the release instead of downloading it, and records the request.
        home.stand_in(
            "curl",
            &format!(
                "echo \"$@\" >\"$HOME/asked\"\nwhile [ $# -gt 1 ]; do [ \"$1\" != --output ] || to=$2; shift; done\n\
                 cp \"{}/${{1##*/}}\" \"$to\"",
                release.path().display()
            ),
        );
        out(&home.run(&release, &[]));
        let asked = fs::read_to_string(home.folder.path().join("asked")).unwrap();
        let address = format!("{}/awsesame-{VERSION}-{target}.tar.gz", folder());
        assert!(asked.trim().ends_with(&address), "{asked}");
        assert!(asked.contains("--proto =https") && asked.contains("--max-time"), "{asked}");
        let said = out(&Command::new(home.prefix().join("bin/awsesame")).output().unwrap());
        assert!(said.contains(target), "{said}");
    }
}

#[test]
fn what_cannot_be_fetched_is_told_and_nothing_is_installed() {
    let release = Release::of(&TARGETS);
    let home = Home::new();
    home.stand_in("curl", "exit 22");
    let said = refusal(&home.run(&release, &[]));
    assert!(said.contains("cannot be fetched"), "{said}");
    assert!(empty(&home.prefix()));
}

#[test]
fn a_folder_that_may_not_be_written_to_is_told() {
    let release = Release::of(&TARGETS);
    let home = Home::new();
    fs::create_dir_all(home.prefix().join("bin")).unwrap();
    fs::create_dir_all(home.prefix().join("share")).unwrap();
    for folder in ["bin", "share"] {
        fs::set_permissions(home.prefix().join(folder), fs::Permissions::from_mode(0o555)).unwrap();
    }
    let from = release.path().to_string_lossy().into_owned();
    let inner = home.command("sh", &release, &["--from", &from]);
    let mut command = if is_root() {
        if need("setpriv").is_none() {
            return;
        }
        // Nothing is forbidden to root, so somebody else has to try.
        for folder in [home.folder.path(), release.path()] {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "sh"]);
        command.args(inner.get_args()).env_clear();
        for (name, value) in inner.get_envs().filter_map(|(name, value)| Some((name, value?))) {
            command.env(name, value);
        }
        command
    } else {
        inner
    };
    let said = refusal(&command.output().unwrap());
    assert!(said.contains("you may not write to"), "{said}");
    assert!(empty(&home.prefix()));
}

pub(crate) fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout == b"0\n"
}

#[test]
fn an_older_version_gives_way_with_what_only_it_had_and_a_newer_one_stays() {
    let release = Release::of(&TARGETS);
    let home = Home::new();
    home.has("awsesame 0.0.9 (x)");
    write(&home.prefix().join("bin/awsesame-old-half"), "", 0o755);
    write(&home.prefix().join("share/awsesame/installed"), "bin/awsesame\nbin/awsesame-old-half\n", 0o644);
    out(&home.install(&release));
    assert!(!home.prefix().join("bin/awsesame-old-half").exists());
    assert!(home.prefix().join("bin/awsesame-full").exists());

    for newer in ["awsesame 0.1.10", "awsesame 0.10.0 (y)", "awsesame 10.0.0"] {
        home.has(newer);
        let said = refusal(&home.install(&release));
        assert!(said.contains("newer than"), "{said}");
    }
    out(&home.run(&release, &["--force", "--from", &release.path().to_string_lossy()]));
    assert!(fs::read_to_string(home.prefix().join("bin/awsesame")).unwrap().contains(VERSION));
}

#[test]
fn a_half_of_another_build_is_replaced_though_the_version_is_the_same() {
    let release = Release::of(&TARGETS);
    let home = Home::new();
    out(&home.install(&release));
    let full = home.prefix().join("bin/awsesame-full");
    for other in [format!("echo 'awsesame {VERSION} (another build)'"), "exit 1".to_owned()] {
        write(&full, &format!("#!/bin/sh\n{other}\n"), 0o755);
        assert!(out(&home.install(&release)).contains("is installed in"));
        assert!(fs::read_to_string(&full).unwrap().contains("x86_64"));
    }
    fs::remove_file(&full).unwrap();
    assert!(out(&home.install(&release)).contains("is installed in"));
    assert!(full.exists());
}

#[test]
fn a_folder_may_be_named_from_here() {
    let release = Release::of(&TARGETS);
    let home = Home::new();
    let below = release.path().join("below");
    fs::create_dir(&below).unwrap();
    let mut command = home.command("sh", &release, &["--prefix", "here", "--from", ".."]);
    out(&command.current_dir(&below).output().unwrap());
    assert!(below.join("here/bin/awsesame-full").exists());
}

#[test]
fn a_flag_without_its_folder_and_a_missing_home_are_refused() {
    let release = Release::of(&TARGETS);
    let home = Home::new();
    assert!(refusal(&home.run(&release, &["--from"])).contains("`--from` needs a folder"));
    if !is_root() {
        let mut command = Command::new("sh");
        command.arg(release.file("install.sh")).env_remove("HOME");
        assert!(refusal(&command.output().unwrap()).contains("HOME is not set"));
    }
}

#[test]
fn a_word_that_it_does_not_know_and_removing_nothing_are_refused() {
    let release = Release::of(&TARGETS);
    let home = Home::new();
    assert!(refusal(&home.run(&release, &["--quick"])).contains("`--quick` is not known"));
    assert!(refusal(&home.run(&release, &["--uninstall"])).contains("installed nothing"));
    assert!(empty(&home.prefix()));
}
