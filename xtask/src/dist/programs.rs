//! The table of the programs with the way to build each one, and the build itself. Nothing is packed here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::elf;
use crate::child;
use crate::project::Project;
use crate::say;

/// The front, which is most of the time all that runs.
pub(crate) const FRONT: &str = "awsesame";

/// The program that the front becomes when there is something to do.
pub(crate) const FULL: &str = "awsesame-full";

/// The name of the sandbox program.
pub(crate) const SANDBOX: &str = "awsesame-sandbox";

/// A program and the way to build it. On Linux each is built for musl, so that it needs nothing of the system and
/// starts without detecting the processor. If musl is not available, the system's C library is used.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    /// The crate that it is in.
    package: &'static str,
    /// The name that cargo uses for it.
    binary: &'static str,
    /// The profile of cargo.
    profile: &'static str,
    /// True if its start is so short that the way it is linked is felt: it must need no loader.
    hot: bool,
}

/// All programs of a release.
pub(crate) const PROGRAMS: [Program; 3] = [
    Program { name: FRONT, package: "awsesame-front", binary: "awsesame-front", profile: "front", hot: true },
    Program { name: FULL, package: "awsesame", binary: FULL, profile: "release", hot: false },
    Program { name: SANDBOX, package: "awsesame-sandbox", binary: SANDBOX, profile: "release", hot: false },
];

/// The prefix of the variables by which tests steer a debug build.
const FOR_TESTS: &str = "AWSESAME_TEST_";

/// The maximum time that the release build may take from nothing on two busy cores.
const BUILD: Duration = Duration::from_mins(40);

/// The time limit for a program that prints facts about itself.
const ASK: Duration = Duration::from_secs(30);

/// The maximum time that fetching a target may take.
const FETCH: Duration = Duration::from_mins(5);

/// The purpose of a build.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose<'a> {
    /// For use on this machine.
    Here,
    /// For a release: portable, without paths of this machine, and with its commit and its list of dependencies.
    Away(&'a str),
}

/// The C library that the programs are linked with on Linux.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Library {
    /// musl if it is available, or else the system's C library, as in a release.
    Musl,
    /// The system's C library, for the comparison.
    System,
}

/// The programs of one build.
pub(crate) struct Built {
    /// The target that they were built for, in Rust's words.
    pub(crate) target: String,
    programs: Vec<(&'static str, PathBuf)>,
}

impl Built {
    /// Returns the path of a built program, or None if it is not part of this build.
    pub(crate) fn path(&self, name: &str) -> Option<&Path> {
        self.programs.iter().find(|(program, _)| *program == name).map(|(_, path)| path.as_path())
    }

    /// Copies all programs into a folder.
    pub(crate) fn copy_to(&self, folder: &Path) -> Result<()> {
        for (name, path) in &self.programs {
            fs::copy(path, folder.join(name)).with_context(|| path.display().to_string())?;
        }
        Ok(())
    }
}

/// Builds these programs as the table says, and returns where they are.
pub(crate) fn build(project: &Project, names: &[&'static str], purpose: Purpose<'_>) -> Result<Built> {
    build_with(project, names, purpose, Library::Musl)
}

/// Builds these programs as [`build`] does, with the given C library.
pub(crate) fn build_with(
    project: &Project,
    names: &[&'static str],
    purpose: Purpose<'_>,
    library: Library,
) -> Result<Built> {
    say::note("building for release; from nothing this takes some minutes");
    let host = host(project)?;
    let musl = match library {
        Library::Musl => musl(project, &host),
        Library::System => None,
    };
    let mut programs = Vec::new();
    for program in PROGRAMS.iter().filter(|program| names.contains(&program.name)) {
        let target = musl.as_deref();
        let mut command = command(project, purpose);
        command.args(["--locked", "--quiet", "--profile", program.profile, "--package", program.package]);
        command.args(["--bin", program.binary]);
        if let Some(target) = target {
            command.args(["--target", target]).env(compiler_variable(target), "musl-gcc");
        } else if program.hot && cfg!(target_os = "linux") {
            command.args(["--", "-C", "target-feature=+crt-static"]);
            if relocates_packed(project) {
                // A static-pie relocates itself at every start: packed, that is a few pages less to read.
                command.args(["-C", "link-arg=-Wl,-z,pack-relative-relocs"]);
            }
        }
        child::run(&mut command, BUILD)?;
        let folder = match target {
            Some(target) => project.target().join(target),
            None => project.target(),
        };
        let path = folder.join(program.profile).join(program.binary);
        check(program, &path)?;
        programs.push((program.name, path));
    }
    Ok(Built { target: musl.unwrap_or(host), programs })
}

/// Checks that a program is linked as its row promises.
fn check(program: &Program, path: &Path) -> Result<()> {
    if program.hot && cfg!(target_os = "linux") {
        let kind = elf::read(path)?;
        ensure!(kind == elf::Kind::StaticPie, "{} is {}, not static-pie", path.display(), kind.word());
        ensure!(elf::is_relro(path)?, "{} leaves what it has relocated writable", path.display());
    }
    check_test_variables(path)
}

/// Checks that no released program contains the variables that change its clock or the homes of users. Those exist only
/// in debug builds, for tests.
fn check_test_variables(program: &Path) -> Result<()> {
    let bytes = fs::read(program).with_context(|| program.display().to_string())?;
    ensure!(!holds(&bytes, FOR_TESTS.as_bytes()), "{} reads {FOR_TESTS}", program.display());
    Ok(())
}

/// Returns true if a sequence of bytes contains another one.
fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

/// Returns `cargo rustc`, or the same command of cargo-auditable, which writes the list of dependencies into the
/// program.
fn command(project: &Project, purpose: Purpose<'_>) -> Command {
    let mut command = project.cargo();
    let Purpose::Away(commit) = purpose else {
        command.arg("rustc");
        return command;
    };
    // Flags in the environment would replace the project's own.
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    command.env("AWSESAME_COMMIT", commit);
    // Paths of this machine, which would be in every message of a panic, become the same ones everywhere.
    let registry = cargo_home().join("registry/src");
    let moved = [(project.root().to_owned(), "/awsesame"), (registry, "/crates")];
    let flags = moved.map(|(from, to)| format!("\"--remap-path-prefix={}={to}\"", from.display())).join(",");
    let for_c = moved_for_c(project.root(), &cargo_home());
    command.args(["auditable", "rustc", "--config"]).arg(format!("build.rustflags=[{flags}]"));
    command.env("CFLAGS", for_c);
    command
}

/// Returns the flags with which a C compiler removes the paths from objects.
fn moved_for_c(root: &Path, cargo_home: &Path) -> String {
    format!(
        "-ffile-prefix-map={}=/awsesame -ffile-prefix-map={}=/cargo",
        root.display(),
        cargo_home.display()
    )
}

fn cargo_home() -> PathBuf {
    std::env::var_os("CARGO_HOME").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cargo"),
        PathBuf::from,
    )
}

/// Returns the machine in Rust's words: `x86_64-unknown-linux-gnu`.
fn host(project: &Project) -> Result<String> {
    Ok(child::read(project.command("rustc").args(["--print", "host-tuple"]), ASK)?.trim().to_owned())
}

/// Returns the target that needs nothing of this system, if it is available here. Otherwise the reason is printed in
/// one line.
fn musl(project: &Project, host: &str) -> Option<String> {
    let target = musl_of(host)?;
    match ready(project, &target) {
        Ok(()) => Some(target),
        Err(error) => {
            say::note(&format!("building with this system's C library, not for {target}: {error:#}"));
            None
        }
    }
}

/// Returns the target with musl for a target with glibc, such as `x86_64-unknown-linux-musl`. Returns None if there is
/// none.
fn musl_of(host: &str) -> Option<String> {
    host.strip_suffix("-gnu")
        .filter(|system| system.ends_with("-linux"))
        .map(|system| format!("{system}-musl"))
}

fn ready(project: &Project, target: &str) -> Result<()> {
    ensure!(project.find("musl-gcc").is_some(), "`musl-gcc` is missing (Debian: apt-get install musl-tools)");
    let mut ask = project.command("rustc");
    let folder = child::read(ask.args(["--print", "target-libdir", "--target", target]), ASK)?;
    if !Path::new(folder.trim()).is_dir() {
        say::note(&format!("rustup target add {target}"));
        child::run(project.command("rustup").args(["target", "add", target]), FETCH)?;
    }
    Ok(())
}

/// Returns the variable that names the C compiler of a target, for the few C files of the TLS library.
fn compiler_variable(target: &str) -> String {
    format!("CC_{}", target.replace('-', "_"))
}

/// Returns true if the C library that is linked in understands packed relocations: glibc does since 2.36, and an
/// older one would stop at the first pointer.
fn relocates_packed(project: &Project) -> bool {
    let version = child::read(project.command("getconf").arg("GNU_LIBC_VERSION"), ASK).unwrap_or_default();
    glibc(&version).is_some_and(|version| version >= (2, 36))
}

/// Parses `glibc 2.36` into numbers.
fn glibc(text: &str) -> Option<(u32, u32)> {
    let (major, rest) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
    let minor = rest.split('.').next()?;
    Some((major.parse().ok()?, minor.parse().ok()?))
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
        assert!(check_test_variables(&program).unwrap_err().to_string().ends_with("reads AWSESAME_TEST_"));
        fs::write(&program, b"\x7fELF..AWSESAME_TEST..").unwrap();
        assert!(check_test_variables(&program).is_ok());
    }

    #[test]
    fn the_portable_target_of_a_machine_is_its_own_architecture_with_musl() {
        assert_eq!(musl_of("aarch64-unknown-linux-gnu").as_deref(), Some("aarch64-unknown-linux-musl"));
        for other in ["aarch64-apple-darwin", "x86_64-unknown-linux-musl", "x86_64-pc-windows-gnu"] {
            assert_eq!(musl_of(other), None, "{other}");
        }
    }

    #[test]
    fn every_program_is_in_the_table_once() {
        for name in [FRONT, FULL, SANDBOX] {
            assert_eq!(PROGRAMS.iter().filter(|program| program.name == name).count(), 1, "{name}");
        }
    }
}
