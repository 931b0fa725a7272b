//! Collects the licenses of everything that is linked into the programs, with the texts that their authors ship. The
//! file deny.toml lists the allowed licenses, and cargo-deny checks them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::child;
use crate::project::Project;

/// The maximum time that cargo may take to say what is linked.
const ASK: Duration = Duration::from_mins(2);

/// The names of the files in which authors keep licenses.
const NAMES: [&str; 5] = ["license", "licence", "copying", "notice", "unlicense"];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
    workspace_members: Vec<String>,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    repository: Option<String>,
    manifest_path: String,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    kind: Option<String>,
}

/// Returns one text with all licenses: the list of crates, and each license text with the crates that it covers.
pub(super) fn collect(project: &Project, target: &str, programs: &[&str]) -> Result<String> {
    let mut ask = project.cargo();
    ask.args(["metadata", "--format-version", "1", "--locked", "--filter-platform", target]);
    let metadata: Metadata = serde_json::from_str(&child::read(&mut ask, ASK)?)?;
    let linked = linked(&metadata, programs);
    let mut crates: Vec<&Package> =
        metadata.packages.iter().filter(|package| linked.contains(package.id.as_str())).collect();
    crates.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    let mut said = format!(
        "The programs contain the Rust standard library (MIT OR Apache-2.0, https://github.com/rust-lang/rust) and, \
         where they are linked with musl, that (MIT, https://musl.libc.org), and these {} crates:\n\n",
        crates.len()
    );
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in crates {
        let license = package.license.as_deref().unwrap_or("see below");
        let from = package.repository.as_deref().unwrap_or_default();
        writeln!(said, "{} {}: {license} {from}", package.name, package.version)?;
        for text in texts_of(Path::new(&package.manifest_path))? {
            texts.entry(text).or_default().insert(format!("{} {}", package.name, package.version));
        }
    }
    let mut texts: Vec<(String, BTreeSet<String>)> = texts.into_iter().collect();
    texts.sort_by(|a, b| a.1.cmp(&b.1).then(a.0.cmp(&b.0)));
    for (text, crates) in texts {
        let crates: Vec<String> = crates.into_iter().collect();
        write!(said, "\n{}\n{}\n\n{}\n", "=".repeat(80), crates.join(", "), text.trim_end())?;
    }
    Ok(said)
}

/// Returns the IDs of all third-party crates that are linked into these crates of ours. Crates that are only needed to
/// build or test them are not included.
fn linked<'a>(metadata: &'a Metadata, programs: &[&str]) -> BTreeSet<&'a str> {
    let named = |id: &str| {
        metadata.packages.iter().any(|package| package.id == id && programs.contains(&package.name.as_str()))
    };
    let mut open: Vec<&str> =
        metadata.workspace_members.iter().map(String::as_str).filter(|id| named(id)).collect();
    let mut seen: BTreeSet<&str> = open.iter().copied().collect();
    while let Some(id) = open.pop() {
        let edges = metadata.resolve.nodes.iter().filter(|node| node.id == id).flat_map(|node| &node.deps);
        for edge in edges {
            let is_linked = edge.dep_kinds.iter().any(|kind| kind.kind.is_none());
            if is_linked && seen.insert(&edge.pkg) {
                open.push(&edge.pkg);
            }
        }
    }
    let ours: BTreeSet<&str> = metadata.workspace_members.iter().map(String::as_str).collect();
    &seen - &ours
}

/// Returns the license files beside a crate's manifest.
fn texts_of(manifest: &Path) -> Result<Vec<String>> {
    let folder = manifest.parent().context("a manifest is in a folder")?;
    let mut texts = Vec::new();
    for file in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let file = file?;
        let name = file.file_name().to_string_lossy().to_lowercase();
        if NAMES.iter().any(|known| name.starts_with(known)) && file.file_type()?.is_file() {
            let text = fs::read(file.path()).with_context(|| file.path().display().to_string())?;
            texts.push(String::from_utf8_lossy(&text).replace("\r\n", "\n").trim().to_owned());
        }
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata() -> Metadata {
        serde_json::from_value(serde_json::json!({
            "packages": [
                {"id": "ours", "name": "awsesame", "version": "1", "manifest_path": "/a/Cargo.toml"},
                {"id": "used", "name": "used", "version": "1", "manifest_path": "/b/Cargo.toml"},
                {"id": "deep", "name": "deep", "version": "1", "manifest_path": "/c/Cargo.toml"},
                {"id": "test", "name": "test", "version": "1", "manifest_path": "/d/Cargo.toml"},
            ],
            "workspace_members": ["ours"],
            "resolve": {"nodes": [
                {"id": "ours", "deps": [
                    {"pkg": "used", "dep_kinds": [{"kind": null}]},
                    {"pkg": "test", "dep_kinds": [{"kind": "dev"}]},
                ]},
                {"id": "used", "deps": [{"pkg": "deep", "dep_kinds": [{"kind": "build"}, {"kind": null}]}]},
                {"id": "deep", "deps": []},
                {"id": "test", "deps": []},
            ]},
        }))
        .unwrap()
    }

    #[test]
    fn what_is_linked_counts_and_not_what_only_tests_or_is_ours() {
        let metadata = metadata();
        let linked: Vec<&str> = linked(&metadata, &["awsesame"]).into_iter().collect();
        assert_eq!(linked, ["deep", "used"]);
    }

    #[test]
    fn license_files_are_found_whatever_their_letters() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("LICENSE-MIT", "mit\r\n"), ("Copying.txt", "gpl"), ("README.md", "no")] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let mut texts = texts_of(&folder.path().join("Cargo.toml")).unwrap();
        texts.sort();
        assert_eq!(texts, ["gpl", "mit"]);
    }
}
