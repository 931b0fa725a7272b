//! `cargo xtask dist`: the release build, its completions, manual pages and licences, in dist/. The bench measures
//! the same programs. What the programs print of themselves is theirs to make, not ours.

mod elf;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::child;
use crate::project::Project;
use crate::say;

/// Nothing to choose: there is one release build.
#[derive(clap::Args)]
pub(crate) struct Arguments {}

/// The front, which is most of the time all that runs.
pub(crate) const FRONT: &str = "awsesame";

/// What the front becomes when there is something to do.
pub(crate) const FULL: &str = "awsesame-full";

/// By this variable tests move the clock of a debug build.
const TEST_CLOCK: &str = "AWSESAME_TEST_CLOCK";

/// The longest that the release build may take from nothing on two cores.
const BUILD: Duration = Duration::from_mins(30);

/// The longest that a program may take to print its completions or its manual.
const PRINT: Duration = Duration::from_secs(30);

/// Shells, and the name under which each looks for completions.
const COMPLETIONS: [(&str, &str); 5] = [
    ("bash", "awsesame.bash"),
    ("zsh", "_awsesame"),
    ("fish", "awsesame.fish"),
    ("elvish", "awsesame.elv"),
    ("powershell", "_awsesame.ps1"),
];

/// Fills dist/ anew; the old one stays until the new one is whole.
pub(crate) fn run(project: &Project, _: &Arguments) -> Result<bool> {
    let programs = build(project)?;
    // On the file system of dist/, so that it can be put in its place whole.
    fs::create_dir_all(project.tools())?;
    let fresh = tempfile::Builder::new().prefix("dist-").tempdir_in(project.tools())?;
    for name in [FRONT, FULL] {
        copy(&programs.join(name), &fresh.path().join(name))?;
    }
    for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
        copy(&project.root().join(name), &fresh.path().join(name))?;
    }
    let words = fresh.path().join("completions");
    fs::create_dir(&words)?;
    for (shell, file) in COMPLETIONS {
        let text = child::read(awsesame(project, fresh.path()).args(["completions", shell]), PRINT)?;
        ensure!(text.contains("awsesame"), "the completions for {shell} do not name awsesame");
        fs::write(words.join(file), text)?;
    }
    let pages = fresh.path().join("man");
    child::read(
        awsesame(project, fresh.path()).args([OsStr::new("man"), OsStr::new("--out"), pages.as_os_str()]),
        PRINT,
    )?;
    ensure!(pages.join("awsesame.1").is_file(), "`awsesame man` wrote no awsesame.1");

    let dist = project.root().join("dist");
    replace(&dist, &fresh.keep())?;
    for name in [FRONT, FULL] {
        say::line(&describe(&dist.join(name))?);
    }
    check_front(&dist.join(FRONT))?;
    say::line(&format!(
        "{} completions, {} manual pages",
        COMPLETIONS.len(),
        fs::read_dir(dist.join("man"))?.count()
    ));
    Ok(true)
}

/// Makes the release build and returns the folder with both programs. The front is linked static-pie where the
/// system lets it: that saves it the dynamic loader, which is half of what starting it costs.
pub(crate) fn build(project: &Project) -> Result<PathBuf> {
    say::note("building for release; from nothing this takes some minutes");
    let release = ["--release", "--locked", "--quiet", "--package", "awsesame", "--bin"];
    child::run(project.cargo().arg("build").args(release).arg(FULL), BUILD)?;
    let mut front = project.cargo();
    front.arg("rustc").args(release).arg(FRONT);
    if cfg!(target_os = "linux") {
        front.args(["--", "-C", "target-feature=+crt-static"]);
        if relocates_packed(project) {
            // A static-pie relocates itself at every start: packed, that is a few pages less to read.
            front.args(["-C", "link-arg=-Wl,-z,pack-relative-relocs"]);
        }
    }
    child::run(&mut front, BUILD)?;
    let folder = project.target().join("release");
    check_front(&folder.join(FRONT))?;
    for program in [FRONT, FULL] {
        check_clock(&folder.join(program))?;
    }
    Ok(folder)
}

/// Whether the C library that is linked in understands packed relocations: glibc does since 2.36, and an older
/// one would stop at the first pointer.
fn relocates_packed(project: &Project) -> bool {
    let version = child::read(project.command("getconf").arg("GNU_LIBC_VERSION"), PRINT).unwrap_or_default();
    glibc(&version).is_some_and(|version| version >= (2, 36))
}

/// `glibc 2.36` as numbers.
fn glibc(text: &str) -> Option<(u32, u32)> {
    let (major, rest) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
    let minor = rest.split('.').next()?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// No program that is handed out lets a variable move its clock: that is for tests, and for debug builds alone.
fn check_clock(program: &Path) -> Result<()> {
    let bytes = fs::read(program).with_context(|| program.display().to_string())?;
    ensure!(!holds(&bytes, TEST_CLOCK.as_bytes()), "{} reads {TEST_CLOCK}", program.display());
    Ok(())
}

/// Returns true if one text of bytes stands in another.
fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

/// The front must need no loader, and must still be laid out at random by the kernel.
fn check_front(front: &Path) -> Result<()> {
    if cfg!(target_os = "linux") {
        let kind = elf::read(front)?;
        ensure!(kind == elf::Kind::StaticPie, "{} is {}, not static-pie", front.display(), kind.word());
    }
    Ok(())
}

fn describe(program: &Path) -> Result<String> {
    let size = fs::metadata(program).with_context(|| program.display().to_string())?.len();
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    let kind = if cfg!(target_os = "linux") { elf::read(program)?.word() } else { "program" };
    Ok(format!("{name:<14} {:>8} KiB  {kind}", size.div_ceil(1024)))
}

fn awsesame(project: &Project, folder: &Path) -> Command {
    project.command(folder.join(FRONT))
}

/// Puts a whole folder in the place of another.
fn replace(place: &Path, fresh: &Path) -> Result<()> {
    make_public(fresh)?;
    let old = fresh.with_extension("old");
    if place.exists() {
        fs::rename(place, &old).with_context(|| place.display().to_string())?;
    }
    fs::rename(fresh, place).with_context(|| place.display().to_string())?;
    if old.exists() {
        fs::remove_dir_all(&old).with_context(|| old.display().to_string())?;
    }
    Ok(())
}

/// A temporary folder is its owner's alone; what is handed out is not.
fn make_public(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
        .with_context(|| folder.display().to_string())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| from.display().to_string())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_the_c_library_is_read() {
        assert_eq!(glibc("glibc 2.36\n"), Some((2, 36)));
        assert_eq!(glibc("glibc 2.9.1"), Some((2, 9)));
        for text in ["", "musl 1.2", "glibc", "glibc x.y"] {
            assert_eq!(glibc(text), None, "{text}");
        }
    }

    #[test]
    fn a_program_whose_clock_can_be_moved_is_not_handed_out() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        fs::write(&program, b"\x7fELF..AWSESAME_TEST_CLOCK..").unwrap();
        assert!(check_clock(&program).unwrap_err().to_string().ends_with("reads AWSESAME_TEST_CLOCK"));
        fs::write(&program, b"\x7fELF..AWSESAME_TEST_CLOC..").unwrap();
        assert!(check_clock(&program).is_ok());
    }

    #[test]
    fn a_folder_takes_the_place_of_another_whole() {
        let top = tempfile::tempdir().unwrap();
        let (place, fresh) = (top.path().join("dist"), top.path().join("fresh"));
        fs::create_dir(&place).unwrap();
        fs::write(place.join("stale"), "").unwrap();
        fs::create_dir(&fresh).unwrap();
        fs::write(fresh.join("new"), "").unwrap();
        replace(&place, &fresh).unwrap();
        assert!(place.join("new").exists() && !place.join("stale").exists());
        assert_eq!(fs::read_dir(top.path()).unwrap().count(), 1);
    }
}
