//! Writes the recipes by which people install a release: the installer, the formula of Homebrew and Arch's PKGBUILD.
//! They are made from the archives that exist, with the checksum of each. The templates are in packaging/.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

use super::archive;
use super::release::{ADDRESS, LICENSE, NAME, SUMMARY, VERSION, folder};

const INSTALLER: &str = include_str!("../../../packaging/install.sh");
const FORMULA: &str = include_str!("../../../packaging/awsesame.rb");
const PKGBUILD: &str = include_str!("../../../packaging/PKGBUILD");

/// An archive of this version, for one kind of machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Archive {
    /// The kind of machine, in Rust's words.
    target: String,
    /// The checksum in hexadecimal.
    sum: String,
}

/// Writes the recipes for the archives in a folder into the same folder.
pub(super) fn write(place: &Path) -> Result<()> {
    let archives = find(place)?;
    ensure!(!archives.is_empty(), "{} holds no archive of version {VERSION}", place.display());
    let recipes = [
        ("install.sh", installer(&archives)?, 0o755),
        ("awsesame.rb", formula(&archives)?, 0o644),
        ("PKGBUILD", pkgbuild(&archives)?, 0o644),
    ];
    for (name, text, mode) in recipes {
        use std::os::unix::fs::PermissionsExt;
        let path = place.join(name);
        fs::write(&path, text).with_context(|| path.display().to_string())?;
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))
            .with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// Returns the archives of this version in a folder, by their targets.
fn find(place: &Path) -> Result<Vec<Archive>> {
    let start = archive::name("");
    let mut archives = Vec::new();
    for path in files(place)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(target) = name.strip_prefix(&start).and_then(|rest| rest.strip_suffix(".tar.gz")) {
            archives.push(Archive { target: target.to_owned(), sum: sum(&path)? });
        }
    }
    Ok(archives)
}

/// Returns the files in a folder, by their names.
pub(super) fn files(place: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(place).with_context(|| place.display().to_string())? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// Returns the SHA-256 of a file, in hexadecimal.
pub(super) fn sum(path: &Path) -> Result<String> {
    let content = fs::read(path).with_context(|| path.display().to_string())?;
    let mut sum = String::new();
    for byte in Sha256::digest(content) {
        write!(sum, "{byte:02x}")?;
    }
    Ok(sum)
}

fn installer(archives: &[Archive]) -> Result<String> {
    let sums: Vec<String> = archives.iter().map(|one| format!("{} {}", one.target, one.sum)).collect();
    fill(INSTALLER, &[("VERSION", VERSION), ("FOLDER", &folder()), ("SUMS", &sums.join("\n"))])
}

fn formula(archives: &[Archive]) -> Result<String> {
    let mut blocks = Vec::new();
    for (system, word) in [("apple-darwin", "on_macos"), ("unknown-linux-musl", "on_linux")] {
        let machines: Vec<String> = [("aarch64", "on_arm"), ("x86_64", "on_intel")]
            .iter()
            .filter_map(|(machine, word)| {
                let archive = of(archives, &format!("{machine}-{system}"))?;
                let address = address(archive);
                Some(format!(
                    "    {word} do\n      url \"{address}\"\n      sha256 \"{}\"\n    end\n",
                    archive.sum
                ))
            })
            .collect();
        if !machines.is_empty() {
            blocks.push(format!("  {word} do\n{}  end\n", machines.join("\n")));
        }
    }
    let licenses: Vec<String> = LICENSE.split(" OR ").map(|license| format!("\"{license}\"")).collect();
    fill(
        FORMULA,
        &[
            ("VERSION", VERSION),
            ("ADDRESS", ADDRESS),
            ("SUMMARY", &capital(SUMMARY)),
            ("LICENSES", &licenses.join(", ")),
            ("ARCHIVES", blocks.join("\n").trim_end()),
        ],
    )
}

fn pkgbuild(archives: &[Archive]) -> Result<String> {
    let mut machines = Vec::new();
    let mut sources = String::new();
    for machine in ["x86_64", "aarch64"] {
        if let Some(archive) = of(archives, &format!("{machine}-unknown-linux-musl")) {
            machines.push(machine);
            let address = address(archive).replace(VERSION, "$pkgver");
            writeln!(sources, "source_{machine}=(\"{address}\")\nsha256sums_{machine}=('{}')", archive.sum)?;
        }
    }
    let licenses: Vec<String> = LICENSE.split(" OR ").map(|license| format!("'{license}'")).collect();
    fill(
        PKGBUILD,
        &[
            ("VERSION", VERSION),
            ("ADDRESS", ADDRESS),
            ("SUMMARY", &capital(SUMMARY)),
            ("LICENSES", &licenses.join(" ")),
            ("MACHINES", &machines.join(" ")),
            ("SOURCES", sources.trim_end()),
        ],
    )
}

fn of<'a>(archives: &'a [Archive], target: &str) -> Option<&'a Archive> {
    archives.iter().find(|archive| archive.target == target)
}

fn address(archive: &Archive) -> String {
    format!("{}/{}.tar.gz", folder(), archive::name(&archive.target))
}

/// Returns the text with a capital as its first letter.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Replaces every `@NAME@` with its value. A name without a value is an error.
fn fill(text: &str, values: &[(&str, &str)]) -> Result<String> {
    let mut filled = text.to_owned();
    for (name, value) in values {
        let mark = format!("@{name}@");
        ensure!(filled.contains(&mark), "no {mark} in a text of {NAME}'s that should have it");
        filled = filled.replace(&mark, value);
    }
    if let Some(mark) = filled.split('@').skip(1).step_by(2).find(|word| is_mark(word)) {
        bail!("@{mark}@ has no value");
    }
    Ok(filled)
}

fn is_mark(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_without_a_value_and_a_value_without_a_mark_are_errors() {
        assert_eq!(fill("v@VERSION@", &[("VERSION", "1")]).unwrap(), "v1");
        assert!(fill("v@VERSION@ @ADDRESS@", &[("VERSION", "1")]).is_err());
        assert!(fill("nothing", &[("VERSION", "1")]).is_err());
        assert!(fill("me@home and you@work: @VERSION@", &[("VERSION", "1")]).is_ok());
    }

    #[test]
    fn archives_of_other_versions_are_not_this_releases() {
        let place = tempfile::tempdir().unwrap();
        let mine = format!("awsesame-{VERSION}-x86_64-unknown-linux-musl.tar.gz");
        for name in [mine.as_str(), "awsesame-0.0.1-x86_64-unknown-linux-musl.tar.gz", "notes.txt"] {
            fs::write(place.path().join(name), "abc").unwrap();
        }
        let found = find(place.path()).unwrap();
        let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".to_owned();
        assert_eq!(found, [Archive { target: "x86_64-unknown-linux-musl".to_owned(), sum }]);
    }

    #[test]
    fn a_folder_without_archives_makes_no_recipes() {
        let place = tempfile::tempdir().unwrap();
        assert!(write(place.path()).unwrap_err().to_string().contains("holds no archive"));
        assert_eq!(files(place.path()).unwrap().len(), 0);
    }
}
