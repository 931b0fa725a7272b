//! Lists all dependencies of the programs in the `CycloneDX` format, which cargo-cyclonedx writes.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use super::release::{NAME, Release, VERSION};
use crate::child;
use crate::project::Project;

/// The maximum time that listing may take.
const LIST: Duration = Duration::from_mins(3);

/// The crates that a list is written for.
const CRATES: [&str; 2] = ["awsesame", "sandbox"];

/// Writes one list per crate to a folder.
pub(super) fn write(project: &Project, release: &Release, target: &str, folder: &Path) -> Result<()> {
    const FILE: &str = "awsesame.listed";
    let mut command = project.cargo();
    command.env("SOURCE_DATE_EPOCH", release.epoch.to_string());
    command.args(["cyclonedx", "--quiet", "--format", "json", "--target", target]);
    let listed = child::read(command.args(["--override-filename", FILE]), LIST);
    // The program writes a file beside each manifest, also of crates that were not requested.
    let crates = project.root().join("crates");
    let mut lists = Vec::new();
    for place in fs::read_dir(&crates)?
        .collect::<Result<Vec<_>, _>>()?
        .iter()
        .map(fs::DirEntry::path)
        .chain([project.root().join("xtask")])
    {
        let list = place.join(format!("{FILE}.json"));
        if list.is_file() {
            let wanted = CRATES.iter().any(|name| place.ends_with(name));
            if wanted {
                lists.push(fs::read_to_string(&list).with_context(|| list.display().to_string())?);
            }
            fs::remove_file(&list).with_context(|| list.display().to_string())?;
        }
    }
    listed?;
    anyhow::ensure!(
        lists.len() == CRATES.len(),
        "cargo-cyclonedx wrote {} lists of {}",
        lists.len(),
        CRATES.len()
    );
    for text in lists {
        let list = settled(&text, release)?;
        let name = list["metadata"]["component"]["name"].as_str().context("a list of nothing")?;
        let name = format!("{name}-{VERSION}-{target}.cdx.json");
        let text = serde_json::to_string_pretty(&list)? + "\n";
        fs::write(folder.join(&name), text).with_context(|| name.clone())?;
    }
    let main = folder.join(format!("{NAME}-{VERSION}-{target}.cdx.json"));
    anyhow::ensure!(main.is_file(), "no list of {NAME}");
    Ok(())
}

/// Returns the list without parts that differ between runs, and without paths of this machine.
fn settled(text: &str, release: &Release) -> Result<Value> {
    let mut list: Value = serde_json::from_str(text)?;
    let top = list.as_object_mut().context("a list is an object")?;
    top.remove("serialNumber");
    list["metadata"]["timestamp"] = release.time()?.into();
    forget_paths(&mut list);
    Ok(list)
}

/// Removes the local paths by which our own crates are identified (`path+file:///...`), because they must not be
/// published.
fn forget_paths(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some((_, name)) = text.strip_prefix("path+file://").and_then(|path| path.rsplit_once('/'))
            {
                *text = format!("path:{name}");
            } else if let Some((start, rest)) = text.split_once("?download_url=file://") {
                *text = start.to_owned() + rest.find('#').map_or("", |place| &rest[place..]);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(forget_paths),
        Value::Object(values) => values.values_mut().for_each(forget_paths),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_holds_no_path_of_this_machine_and_no_chance() {
        let text = r#"{"serialNumber": "urn:uuid:1", "metadata": {"timestamp": "now", "component": {
            "bom-ref": "path+file:///home/me/awsesame/crates/core#0.1.0",
            "purl": "pkg:cargo/awsesame@0.1.0?download_url=file://.#src/lib.rs"}}}"#;
        let list = settled(text, &Release { commit: String::new(), epoch: 0 }).unwrap();
        assert_eq!(
            list,
            serde_json::json!({"metadata": {"timestamp": "1970-01-01T00:00:00Z", "component": {
                "bom-ref": "path:core#0.1.0", "purl": "pkg:cargo/awsesame@0.1.0#src/lib.rs"}}})
        );
    }
}
