//! Measures `policy check` on the policies that take longest: the most and the largest that AWS allows for one user,
//! and policies that list more actions than AWS has.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::spawn::Contestant;
use super::table::Table;
use super::world::Home;
use crate::dist::FRONT;
use crate::project::Project;

/// The row of a user with as many managed policies as a user can have.
pub(crate) const OURS: &str = "policy check, ten policies of 3,000 actions each";

/// The row of the same policies with a Deny that closes them.
const SHUT: &str = "policy check, the same and a Deny";

/// The aim for nine runs of ten.
const AIM: Duration = Duration::from_millis(50);

/// The numbers of actions in the policies that spell them out.
const COUNTS: [usize; 2] = [5_000, 50_000];

fn row(actions: usize) -> String {
    format!("policy check, {actions} actions spelled out")
}

/// Returns each command with its exit code and the text that it must print.
pub(crate) fn contestants(
    project: &Project,
    home: &Home<'_>,
    programs: &Path,
    scratch: &Path,
) -> Result<Vec<Contestant>> {
    let names = actions(project)?;
    ensure!(names.len() > 20_000, "the list of actions is cut short: {}", names.len());
    let mut files = Vec::new();
    for from in 0..10 {
        let some: Vec<&String> = names.iter().skip(from).step_by(7).collect();
        files.push(written(scratch, &format!("large-{from}"), &statement("Allow", &json!(some)))?);
    }
    let check = |files: &[String]| {
        let mut command: Command = home.command(programs.join(FRONT));
        command.args(["policy", "check"]).args(files);
        command
    };
    let mut all = vec![Contestant::new(OURS, check(&files), 1, "MFA")?];
    let mut denial = statement("Deny", &json!("*"));
    denial["Statement"]["Condition"] = json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}});
    files.push(written(scratch, "denial", &denial)?);
    all.push(Contestant::new(SHUT, check(&files), 0, "MFA")?);
    for count in COUNTS {
        let spelled: Vec<String> = (0..count).map(|number| format!("s3:Action{number}Of{number}")).collect();
        let file = written(scratch, &format!("spelled-{count}"), &statement("Allow", &json!(spelled)))?;
        all.push(Contestant::new(row(count), check(&[file]), 0, "MFA")?);
    }
    Ok(all)
}

/// Sets the limits of the rows.
pub(crate) fn aim(table: &mut Table) {
    table.aim_within(OURS, AIM);
    table.aim_within(SHUT, AIM);
    let [few, many] = COUNTS;
    table.aim_at_most(&row(many), 12.0, &row(few));
}

/// Returns the actions of AWS's list.
fn actions(project: &Project) -> Result<Vec<String>> {
    let file = project.root().join("crates/policy/src/catalog/aws.txt");
    let list = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let mut names = Vec::new();
    let mut service = "";
    for line in list.lines() {
        if let Some(head) = line.strip_prefix("> ") {
            service = head.split(' ').next().unwrap_or_default();
        } else if !line.starts_with(['#', '@', '=']) {
            // The names come after the level and the resource types.
            names.extend(line.split(' ').skip(2).map(|name| format!("{service}:{name}")));
        }
    }
    Ok(names)
}

fn statement(effect: &str, actions: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": {"Effect": effect, "Action": actions, "Resource": "*"}})
}

fn written(folder: &Path, name: &str, policy: &Value) -> Result<String> {
    let file = folder.join(format!("{name}.json"));
    fs::write(&file, policy.to_string()).with_context(|| file.display().to_string())?;
    Ok(file.display().to_string())
}
