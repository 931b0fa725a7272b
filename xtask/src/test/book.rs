//! Checks the book in docs/: its table of contents names every page, the links of all documents are valid, and mdBook
//! builds it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::lacking;
use crate::child;
use crate::project::Project;
use crate::step::{Outcome, Remarks, Tally};

/// The maximum time that mdBook may take.
const LIMIT: Duration = Duration::from_mins(2);

/// The documents outside the book.
const BESIDE: [&str; 6] =
    ["README.md", "ARCHITECTURE.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md", "packaging/README.md"];

pub(super) fn check(project: &Project, _: &mut Remarks) -> Result<Outcome> {
    let docs = project.root().join("docs");
    let mut faults = not_in_the_contents(&docs)?;
    let mut documents = pages(&docs)?;
    documents.extend(BESIDE.iter().map(|name| project.root().join(name)));
    for document in &documents {
        let text = read(document)?;
        for link in links(&text) {
            if let Some(fault) = dead(document, &text, link) {
                faults.push(format!("{}: {fault}", document.display()));
            }
        }
    }
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    let Some(program) = project.find("mdbook") else { return lacking("mdbook") };
    child::run(project.command(program).arg("build").current_dir(project.root()), LIMIT)?;
    Ok(Outcome::Done(Tally::PASSED))
}

/// Returns the pages that SUMMARY.md does not name.
fn not_in_the_contents(docs: &Path) -> Result<Vec<String>> {
    let contents = read(&docs.join("SUMMARY.md"))?;
    let named: BTreeSet<&str> = links(&contents).into_iter().collect();
    let mut faults = Vec::new();
    for page in pages(docs)? {
        let name = page.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name != "SUMMARY.md" && !named.contains(name.as_str()) {
            faults.push(format!("docs/SUMMARY.md does not name {name}"));
        }
    }
    Ok(faults)
}

fn pages(docs: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(docs).with_context(|| docs.display().to_string())?;
    let mut pages: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    pages.retain(|page| page.extension().is_some_and(|extension| extension == "md"));
    pages.sort();
    Ok(pages)
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| file.display().to_string())
}

/// Returns the targets of all links outside of code.
fn links(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if !in_code {
            found.extend(
                line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link),
            );
        }
    }
    found
}

/// Returns the reason why a link leads nowhere, or None if it is good. Addresses on the network are not called.
fn dead(document: &Path, text: &str, link: &str) -> Option<String> {
    if link.contains("://") {
        return None;
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let folder = document.parent().unwrap_or(Path::new("."));
    let target = if path.is_empty() { document.to_owned() } else { folder.join(path) };
    if !target.exists() {
        return Some(format!("`{link}` leads to no file"));
    }
    let there = if path.is_empty() { text.to_owned() } else { read(&target).unwrap_or_default() };
    let known = anchor.is_empty() || headings(&there).any(|heading| heading == anchor);
    (!known).then(|| format!("`{link}` leads to no heading"))
}

/// Returns the anchors of a document's headings, as GitHub and mdBook make them.
fn headings(text: &str) -> impl Iterator<Item = String> + '_ {
    text.lines().filter(|line| line.starts_with('#')).map(|line| {
        let kept = line.trim_start_matches('#').trim().to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read_outside_of_code_only() {
        let text = "a [b](c.md) and [d](e.md#f)\n```\n[g](h.md)\n```\n[i](j.md)";
        assert_eq!(links(text), ["c.md", "e.md#f", "j.md"]);
    }

    #[test]
    fn a_link_to_a_missing_file_or_heading_is_dead() {
        let folder = tempfile::tempdir().unwrap();
        let page = folder.path().join("page.md");
        fs::write(&page, "# One `two`, three\n").unwrap();
        let dead = |link| dead(&page, "# Own heading\n", link);
        assert_eq!(dead("page.md"), None);
        assert_eq!(dead("page.md#one-two-three"), None);
        assert_eq!(dead("#own-heading"), None);
        assert_eq!(dead("https://example.org/gone"), None);
        assert_eq!(dead("gone.md").unwrap(), "`gone.md` leads to no file");
        assert_eq!(dead("page.md#four").unwrap(), "`page.md#four` leads to no heading");
    }

    #[test]
    fn a_page_that_the_contents_do_not_name_is_found() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("SUMMARY.md"), "- [A](a.md)\n").unwrap();
        fs::write(folder.path().join("a.md"), "").unwrap();
        fs::write(folder.path().join("b.md"), "").unwrap();
        let faults = not_in_the_contents(folder.path()).unwrap();
        assert_eq!(faults, ["docs/SUMMARY.md does not name b.md"]);
    }
}
