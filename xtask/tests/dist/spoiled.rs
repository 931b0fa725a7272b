//! Tests `cargo xtask dist` with a failure in the middle: no incomplete files remain, and the old packages stay.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::installer::is_root;
use super::need::{long, need};
use super::real::{done, packages, root};
use super::release::files;

static BUILDING: Mutex<()> = Mutex::new(());

/// Creates a checkout with a `cargo` that builds nothing: it copies the programs of the archive to the place of cargo's
/// results, and then runs `then`. All other commands run the real cargo.
fn without_a_build(scratch: &Path, then: &str) -> Command {
    let archive = packages("linux-musl.tar.gz").remove(0);
    done(Command::new("tar").args(["--strip-components=1", "-xzf"]).arg(&archive).arg("-C").arg(scratch));
    let place = scratch.join("checkout");
    done(Command::new("git").args(["clone", "--quiet"]).arg(root()).arg(&place));
    // With a folder of tools of its own, since the packages are made in it.
    fs::create_dir(place.join(".tools")).unwrap();
    for tool in ["cargo", "go"] {
        std::os::unix::fs::symlink(root().join(".tools").join(tool), place.join(".tools").join(tool))
            .unwrap();
    }
    fs::create_dir(place.join("dist")).unwrap();
    fs::write(place.join("dist/old"), "").unwrap();
    let target = scratch.join("target");
    // It knows its checkout, and all are built in one place: nobody else may build until it is copied.
    let building = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
    // To cargo one checkout is as good as another, and what is older than the last build is built.
    let knows = fs::File::options().append(true).open(place.join("xtask/src/project.rs")).unwrap();
    knows.set_modified(SystemTime::now()).unwrap();
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--package", "xtask"]).current_dir(&place);
    done(build.env("CARGO_TARGET_DIR", root().join("target/long/target")));
    let xtask = scratch.join("xtask");
    fs::copy(root().join("target/long/target/debug/xtask"), &xtask).unwrap();
    drop(building);
    let cargo = scratch.join("cargo");
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = auditable ] || exec {} \"$@\"\nwhile [ $# -gt 0 ]; do case $1 in --bin) bin=$2 ;; --target) \
         target=$2 ;; --profile) profile=$2 ;; esac; shift; done\nto=$CARGO_TARGET_DIR/$target/$profile\nmkdir -p $to\n\
         from=$bin; [ $bin != awsesame-front ] || from=awsesame\ncp {}/bin/$from $to/$bin\n{then}\n",
        env!("CARGO"),
        scratch.display()
    );
    super::release::write(&cargo, &script, 0o755);
    let mut command = Command::new(xtask);
    command.arg("dist").env("CARGO", cargo).env("CARGO_TARGET_DIR", target).current_dir(place);
    command
}

/// Checks that a run failed with two lines of output, apart from its progress, and that dist/ is the old one with
/// nothing beside it. Returns the two lines.
fn came_to_nothing(scratch: &Path, output: &Output, code: i32) -> (String, String) {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert_eq!(files(&scratch.join("checkout/dist")), ["old"]);
    let tools = fs::read_dir(scratch.join("checkout/.tools")).unwrap();
    let names: Vec<_> = tools.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(names.iter().all(|name| !name.starts_with("dist-")), "{names:?}");
    let lines: Vec<&str> = said.lines().collect();
    let ([_, error, hint] | [_, _, error, hint]) = lines[..] else { panic!("{said}") };
    let (error, hint) = (error.strip_prefix("error: "), hint.strip_prefix("hint: "));
    (error.expect(&said).to_owned(), hint.expect(&said).to_owned())
}

#[test]
fn a_full_disk_leaves_the_old_packages_and_says_where() {
    if !long() || !is_root() || need("unshare").is_none() {
        return;
    }
    // In the first case there is no room for the programs in the new dist/, and in the second none for the files of the
    // packages.
    for (place, options) in [("checkout/.tools", "size=8m"), ("temporary", "size=24m")] {
        let scratch = tempfile::tempdir().unwrap();
        fs::create_dir(scratch.path().join("temporary")).unwrap();
        let inner = without_a_build(scratch.path(), "");
        let full = scratch.path().join(place);
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c"]).arg(format!(
            "mount -t tmpfs -o {options} tmpfs {0} && ln -s {1}/cargo {1}/go {0} && exec {2} dist",
            full.display(),
            root().join(".tools").display(),
            inner.get_program().to_string_lossy(),
        ));
        for (name, value) in inner.get_envs() {
            command.env(name, value.unwrap());
        }
        command.env("TMPDIR", scratch.path().join("temporary")).current_dir(scratch.path().join("checkout"));
        let (error, hint) = came_to_nothing(scratch.path(), &command.output().unwrap(), 1);
        assert!(error.to_lowercase().contains("no space left on device"), "{error}");
        assert!(hint.starts_with("df -h"), "{hint}");
    }
}

#[test]
fn an_interrupted_run_leaves_the_old_packages_and_nothing_that_runs() {
    if !long() {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    // The compiler takes long, and only xtask gets the signal.
    let mut command = without_a_build(scratch.path(), "kill $PPID; exec sleep 300");
    let begun = Instant::now();
    let (error, hint) = came_to_nothing(scratch.path(), &command.output().unwrap(), 128 + 15);
    assert_eq!((error.as_str(), hint.as_str()), ("interrupted; dist/ is as it was", "cargo xtask dist"));
    assert!(begun.elapsed() < Duration::from_mins(2));
}

#[test]
fn a_file_that_changes_during_the_build_is_noticed() {
    if !long() {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let mut command = without_a_build(scratch.path(), "echo >>\"$PWD/README.md\"");
    let (error, _) = came_to_nothing(scratch.path(), &command.output().unwrap(), 1);
    assert!(error.starts_with("`M README.md` differs from the commit"), "{error}");
}
