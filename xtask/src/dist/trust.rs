//! Writes the data to verify a release: the checksums of its files, and a signature of the checksums. The owner keeps
//! the secret key; it is never in the repository.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};

use super::recipes::{files, sum};
use super::release::{NAME, VERSION};
use crate::child;
use crate::fault::Fault;
use crate::project::Project;
use crate::say;

/// The name of the file with the checksums.
pub(super) const SUMS: &str = "SHA256SUMS";

/// The maximum time that somebody may take to type the key's password.
const SIGN: Duration = Duration::from_mins(5);

/// Writes the checksums of every file in a folder, in the form that `sha256sum --check` reads.
pub(super) fn write_sums(place: &Path) -> Result<()> {
    let mut lines = String::new();
    for path in files(place)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.starts_with(SUMS) {
            writeln!(lines, "{}  {name}", sum(&path)?)?;
        }
    }
    let path = place.join(SUMS);
    fs::write(&path, lines).with_context(|| path.display().to_string())
}

/// Checks early that everything for signing is there, because the build takes minutes.
pub(super) fn can_sign(project: &Project, key: Option<&Path>) -> Result<()> {
    let Some(key) = key else { return Ok(()) };
    minisign(project)?;
    File::open(key).map_err(|error| {
        let hint = format!("minisign -G -p packaging/awsesame.pub -s {}", key.display());
        Fault::error(format!("the key {} cannot be read: {error}", key.display()), hint)
    })?;
    Ok(())
}

fn minisign(project: &Project) -> Result<PathBuf> {
    let missing = || Fault::error("`minisign` is missing, which signs", "apt-get install minisign");
    project.find("minisign").ok_or_else(missing)
}

/// Signs the checksums, and with them everything that they name.
pub(super) fn sign(project: &Project, place: &Path, key: Option<&Path>) -> Result<()> {
    let Some(key) = key else {
        say::note(&format!("{SUMS} is not signed: no --key was given"));
        return Ok(());
    };
    let minisign = minisign(project)?;
    let sums = place.join(SUMS);
    let mut command = project.command(&minisign);
    command.args(["-S", "-t", &format!("{NAME} {VERSION}"), "-s"]).arg(key).arg("-m").arg(&sums);
    // minisign asks for the password of the key.
    command.stdin(Stdio::inherit());
    child::run(&mut command, SIGN).map_err(|error| {
        let again = format!("minisign -S -s {} -m {}", key.display(), sums.display());
        Fault::error(format!("the checksums are not signed: {error:#}"), again)
    })?;
    let public = project.root().join("packaging/awsesame.pub");
    if public.is_file() {
        let mut check = project.command(minisign);
        check.args(["-V", "-q", "-p"]).arg(public).arg("-m").arg(&sums);
        child::read(&mut check, SIGN).map_err(|error| {
            Fault::error(
                format!("the signature is not by the key that packaging/awsesame.pub names: {error:#}"),
                "cargo xtask dist --key FILE",
            )
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksums_are_those_that_sha256sum_checks() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("b"), "abc").unwrap();
        fs::write(place.path().join("SHA256SUMS.minisig"), "old").unwrap();
        write_sums(place.path()).unwrap();
        write_sums(place.path()).unwrap();
        assert_eq!(
            fs::read_to_string(place.path().join(SUMS)).unwrap(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  b\n"
        );
        let mut check = Project::here().command("sha256sum");
        child::read(check.args(["--check", SUMS]).current_dir(place.path()), SIGN).unwrap();
    }
}
