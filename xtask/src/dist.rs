//! `cargo xtask dist`: makes the release build and its packages in dist/. The table in dist/programs.rs says how each
//! program is built, and the table in dist/contents.rs where each file is installed. The programs print their own
//! manual pages and completions.

mod archive;
mod contents;
mod elf;
mod folder;
mod licenses;
mod packages;
mod pieces;
mod programs;
mod recipes;
mod release;
mod sbom;
mod trust;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

pub(crate) use self::programs::{FRONT, FULL, Library, PROGRAMS, Purpose, SANDBOX, build, build_with};
use self::release::Release;
use crate::fault::Fault;
use crate::interrupt;
use crate::project::Project;
use crate::say;
use crate::tools;

/// The choice of what to make.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Make the programs, their completions and manual pages, and no packages
    #[arg(long, conflicts_with_all = ["key", "from"])]
    programs: bool,
    /// Sign the checksums with this minisign key
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Build nothing: write the recipes and checksums for the archives and packages in this folder
    #[arg(long, value_name = "FOLDER")]
    from: Option<PathBuf>,
}

/// The newest glibc that a released program may require. Debian 10 and RHEL 8 have it.
const GLIBC: (u32, u32) = (2, 28);

/// Fills a new dist/. The old one stays until the new one is complete.
pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<bool> {
    interrupt::arm()?;
    let made = make(project, arguments);
    match (made, interrupt::came()) {
        (Ok(()), _) => Ok(true),
        (Err(_), Some(signal)) => {
            say::error(&Fault::error("interrupted; dist/ is as it was", "cargo xtask dist"));
            // This is the exit code that a shell reports for a program that a signal has ended.
            std::process::exit(128 + i32::from(signal));
        }
        (Err(error), None) => Err(mendable(project, error)),
    }
}

fn make(project: &Project, arguments: &Arguments) -> Result<()> {
    trust::can_sign(project, arguments.key.as_deref())?;
    if let Some(place) = &arguments.from {
        finish(project, place, arguments.key.as_deref())
    } else if arguments.programs {
        programs(project)
    } else {
        whole(project, arguments)
    }
}

/// Returns an error as one line with a hint. Compilers report a full disk themselves, so only their failure is known
/// here. Packaging programs report it, and have removed their files.
fn mendable(project: &Project, error: anyhow::Error) -> anyhow::Error {
    if error.downcast_ref::<Fault>().is_some() {
        return error;
    }
    let text = one_line(&format!("{error:#}"));
    let places = [project.target(), std::env::temp_dir()];
    let full = is_about_room(&text) || places.iter().any(|place| is_full(place));
    let hint = if full {
        format!("df -h . {} {}", places[0].display(), places[1].display())
    } else {
        "cargo xtask test --only build".to_owned()
    };
    Fault::error(text, hint)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_about_room(text: &str) -> bool {
    let text = text.to_lowercase();
    ["no space left on device", "disk quota exceeded"].iter().any(|words| text.contains(words))
}

/// Returns true if a file system has no usable space.
fn is_full(place: &Path) -> bool {
    const LITTLE: u64 = 16 << 20;
    rustix::fs::statvfs(place).is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < LITTLE)
}

/// Builds only the programs, for people who build them for themselves.
fn programs(project: &Project) -> Result<()> {
    let built = build(project, &names(), Purpose::Here)?;
    let fresh = folder::fresh(&project.tools())?;
    pieces::programs(project, &built, fresh.path())?;
    let dist = project.root().join("dist");
    folder::replace(&dist, fresh)?;
    describe(&dist)
}

/// Makes everything that a release contains for the type of this machine.
fn whole(project: &Project, arguments: &Arguments) -> Result<()> {
    let release = Release::of(project)?;
    tools::packagers(project)?;
    let built = build(project, &names(), Purpose::Away(&release.commit))?;
    for program in PROGRAMS {
        is_portable(built.path(program.name).context("a program was not built")?)?;
    }
    let fresh = folder::fresh(&project.tools())?;
    pieces::programs(project, &built, fresh.path())?;
    let scratch = tempfile::tempdir()?;
    pieces::programs(project, &built, scratch.path())?;
    pieces::others(project, &built.target, scratch.path())?;
    let place = fresh.path().join("packages");
    fs::create_dir(&place).with_context(|| place.display().to_string())?;
    archive::write(&release, scratch.path(), &built.target, &place)?;
    if cfg!(target_os = "linux") {
        packages::write(project, &release, scratch.path(), &built.target, &place)?;
    }
    sbom::write(project, &release, &built.target, &place)?;
    finish(project, &place, arguments.key.as_deref())?;
    // The build is that of the commit only if no file was changed meanwhile.
    ensure_still(project, &release)?;
    let dist = project.root().join("dist");
    folder::replace(&dist, fresh)?;
    describe(&dist)
}

/// Fails if the checkout has changed since the build began.
fn ensure_still(project: &Project, release: &Release) -> Result<()> {
    let now = Release::of(project)?;
    if now.commit != release.commit {
        return Err(Fault::error(
            format!("the commit changed from {} to {} during the build", release.commit, now.commit),
            "cargo xtask dist",
        ));
    }
    Ok(())
}

/// Writes the recipes, the checksums and the signature for the files in a folder.
fn finish(project: &Project, place: &Path, key: Option<&Path>) -> Result<()> {
    recipes::write(place)?;
    trust::write_sums(place)?;
    trust::sign(project, place, key)
}

fn names() -> Vec<&'static str> {
    PROGRAMS.iter().map(|program| program.name).collect()
}

/// Checks that a released program also runs on old systems.
fn is_portable(program: &Path) -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    match elf::newest_glibc(program)? {
        Some((major, minor)) if (major, minor) > GLIBC => Err(Fault::error(
            format!(
                "{} asks for glibc {major}.{minor}; packages may ask for {}.{} at most",
                program.display(),
                GLIBC.0,
                GLIBC.1
            ),
            "apt-get install musl-tools && rustup target add $(uname -m)-unknown-linux-musl",
        )),
        _ => Ok(()),
    }
}

fn describe(dist: &Path) -> Result<()> {
    for program in PROGRAMS {
        let path = dist.join(program.name);
        let size = fs::metadata(&path).with_context(|| path.display().to_string())?.len();
        let kind = if cfg!(target_os = "linux") { elf::read(&path)?.word() } else { "program" };
        say::line(&format!("{:<18} {:>8} KiB  {kind}", program.name, size.div_ceil(1024)));
    }
    let packages = dist.join("packages");
    if packages.is_dir() {
        for file in recipes::files(&packages)? {
            let name = file.strip_prefix(dist).unwrap_or(&file).display().to_string();
            say::line(&format!("{name:<60} {:>8} KiB", fs::metadata(&file)?.len().div_ceil(1024)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_known_whoever_says_it_and_every_error_is_one_line_with_a_command() {
        let project = Project::here();
        let io = anyhow::Error::from(std::io::Error::from_raw_os_error(28)).context("dist/awsesame");
        let packager =
            anyhow::anyhow!("`nfpm package`: exit status: 1:\n  Rpm: no space left on\n    device.");
        for error in [io, packager] {
            let told = mendable(&project, error);
            assert!(!told.to_string().contains('\n'), "{told}");
            assert!(say::hint(&told).unwrap().starts_with("df -h . "), "{told}");
        }
        let told = mendable(&project, anyhow::anyhow!("broken"));
        assert!(say::hint(&told).is_some());
        let fault = mendable(&project, Fault::error("dirty", "git stash"));
        assert_eq!(say::hint(&fault), Some("git stash"));
    }
}
