//! Makes the packages for Linux distributions: nfpm makes them from a description that this module writes.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::contents::{Entry, Format, Part, entries, own_folders};
use super::recipes::capital;
use super::release::{ADDRESS, DESCRIPTION, LICENSE, MAINTAINER, Release, SUMMARY, VERSION};
use crate::child;
use crate::project::Project;

/// The maximum time that one package may take.
const PACK: Duration = Duration::from_mins(3);

/// Writes every package of every part into a folder.
pub(super) fn write(
    project: &Project,
    release: &Release,
    pieces: &Path,
    target: &str,
    folder: &Path,
) -> Result<()> {
    let nfpm = project.find("nfpm").context("nfpm was there a moment ago")?;
    let scratch = tempfile::tempdir()?;
    let history = scratch.path().join("changelog.yaml");
    fs::write(&history, changelog(release)?.to_string()).with_context(|| history.display().to_string())?;
    for part in Part::ALL {
        for (format, packager) in Format::PACKAGES {
            let files = entries(pieces, part, format)?;
            let text = description(part, format, &files, architecture(target)?, &history).to_string();
            let config = scratch.path().join("nfpm.yaml");
            fs::write(&config, text).with_context(|| config.display().to_string())?;
            let mut command = project.command(&nfpm);
            command.env("SOURCE_DATE_EPOCH", release.epoch.to_string());
            command.args(["package", "--packager", packager, "--config"]).arg(&config);
            command.arg("--target").arg(folder);
            child::read(&mut command, PACK)?;
        }
    }
    Ok(())
}

/// Returns the description for nfpm. It must be YAML, of which JSON is a subset.
fn description(part: Part, format: Format, files: &[Entry], arch: &str, history: &Path) -> Value {
    let mut contents: Vec<Value> = own_folders(files)
        .into_iter()
        .map(|folder| json!({"type": "dir", "dst": format!("/usr/{folder}"), "file_info": {"mode": 0o755}}))
        .collect();
    for file in files {
        let mut entry = json!({
            "src": file.piece,
            "dst": format!("/usr/{}", file.place),
            "file_info": {"mode": file.mode},
        });
        if let Some(kind) = kind(&file.place, format) {
            entry["type"] = kind.into();
        }
        contents.push(entry);
    }
    if part == Part::Main {
        // Two programs, one manual.
        contents.push(json!({
            "type": "symlink",
            "src": "awsesame.1.gz",
            "dst": "/usr/share/man/man1/awsesame-full.1.gz",
        }));
    }
    let (summary, text) = match part {
        Part::Main => (SUMMARY, DESCRIPTION),
        Part::Sandbox => (
            "local AWS that enforces MFA, to practice and to test with",
            "STS, IAM, Organizations and S3 on loopback, with AWS's own rules for\n\
             multi-factor authentication. Nothing in it reaches AWS.",
        ),
    };
    json!({
        "name": part.name(),
        "arch": arch,
        "platform": "linux",
        "version": VERSION,
        "version_schema": "semver",
        "release": "1",
        "section": "admin",
        "priority": "optional",
        "maintainer": MAINTAINER,
        "description": format!("{summary}\n{text}"),
        "homepage": ADDRESS,
        "license": LICENSE,
        "changelog": history,
        "contents": contents,
        "suggests": suggestions(part, format),
        "rpm": {"summary": capital(summary), "group": "Applications/System", "buildhost": "localhost", "compression": "xz"},
        "deb": {"compression": "xz"},
    })
}

/// Returns the suggested packages. Nothing is required; the programs that awsesame works with are only suggested, if
/// the format allows that.
fn suggestions(part: Part, format: Format) -> Vec<&'static str> {
    match (part, format) {
        (Part::Main, Format::Deb | Format::Rpm) => vec!["direnv", "awsesame-sandbox"],
        _ => Vec::new(),
    }
}

/// Returns the type of a file in an RPM, or None for an ordinary file.
fn kind(place: &str, format: Format) -> Option<&'static str> {
    if format != Format::Rpm {
        return None;
    }
    if place.starts_with("share/licenses/") {
        Some("license")
    } else if place.starts_with("share/doc/") || place.starts_with("share/man/") {
        Some("doc")
    } else {
        None
    }
}

/// The history of the packages, not of the program: that is the file CHANGELOG.md.
fn changelog(release: &Release) -> Result<Value> {
    Ok(json!([{
        "semver": format!("{VERSION}-1"),
        "date": release.time()?,
        "packager": MAINTAINER,
        "deb": {"urgency": "medium", "distributions": ["stable"]},
        "changes": [{"note": format!("Version {VERSION}, commit {}.", release.commit)}],
    }]))
}

/// Returns the architecture of a target in Go's terms, which nfpm translates for each distribution.
fn architecture(target: &str) -> Result<&'static str> {
    match target.split('-').next() {
        Some("x86_64") => Ok("amd64"),
        Some("aarch64") => Ok("arm64"),
        _ => bail!("no distribution's name for the architecture of {target} is known here"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_names_every_file_and_its_own_folders() {
        let file = Entry { place: "share/awsesame/x".to_owned(), piece: "/p/x".into(), mode: 0o644 };
        let said = description(Part::Main, Format::Deb, &[file], "amd64", Path::new("/c"));
        let places: Vec<&str> =
            said["contents"].as_array().unwrap().iter().filter_map(|entry| entry["dst"].as_str()).collect();
        assert_eq!(
            places,
            ["/usr/share/awsesame", "/usr/share/awsesame/x", "/usr/share/man/man1/awsesame-full.1.gz"]
        );
        assert_eq!(said["version"], VERSION);
    }

    #[test]
    fn an_architecture_that_no_distribution_has_is_an_error() {
        assert_eq!(architecture("aarch64-unknown-linux-musl").unwrap(), "arm64");
        assert!(architecture("riscv64gc-unknown-linux-musl").is_err());
    }
}
