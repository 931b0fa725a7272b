//! `cargo xtask dist`: the release build and its packages, in dist/. Which program is built how is told in
//! dist/programs.rs, which file goes where in dist/contents.rs. What the programs print of themselves is theirs to
//! make, not ours.

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

pub(crate) use self::programs::{FRONT, FULL, PROGRAMS, Purpose, SANDBOX, build};
use self::release::Release;
use crate::fault::Fault;
use crate::project::Project;
use crate::say;
use crate::tools;

/// What to make.
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

/// The newest glibc that a program that is given away may ask for: Debian 10 and RHEL 8 have it.
const GLIBC: (u32, u32) = (2, 28);

/// Fills dist/ anew; the old one stays until the new one is whole.
pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<bool> {
    if let Some(place) = &arguments.from {
        finish(project, place, arguments.key.as_deref())?;
    } else if arguments.programs {
        programs(project)?;
    } else {
        whole(project, arguments)?;
    }
    Ok(true)
}

/// The programs, for whoever builds them for himself.
fn programs(project: &Project) -> Result<()> {
    let built = build(project, &names(), Purpose::Here)?;
    let fresh = folder::fresh(&project.tools())?;
    pieces::programs(project, &built, fresh.path())?;
    let dist = project.root().join("dist");
    folder::replace(&dist, fresh)?;
    describe(&dist)
}

/// Everything that a release has of this machine's kind.
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
    let dist = project.root().join("dist");
    folder::replace(&dist, fresh)?;
    describe(&dist)
}

/// The recipes, the checksums and the signature for what is in a folder.
fn finish(project: &Project, place: &Path, key: Option<&Path>) -> Result<()> {
    recipes::write(place)?;
    trust::write_sums(place)?;
    trust::sign(project, place, key)
}

fn names() -> Vec<&'static str> {
    PROGRAMS.iter().map(|program| program.name).collect()
}

/// A program that is given away must run on old systems too.
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
