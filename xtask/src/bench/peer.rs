//! Other programs with a cached session, for the comparison. They are installed only on request, into a Python
//! environment of their own. A program that does not work here is left out, and its name is reported.

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::spawn::Contestant;
use super::table::Table;
use super::world::{Home, PROFILE, World, private};
use crate::child;
use crate::project::Project;
use crate::tools;

const REQUIREMENTS: &str = include_str!("../../requirements-peers.txt");

/// The maximum time that one of them may take to get its session.
const LOGIN: Duration = Duration::from_mins(1);

/// Returns the programs that could be installed and logged in.
pub(crate) fn contestants<'a>(
    project: &Project,
    world: &'a World,
    table: &mut Table,
) -> Result<(Vec<Home<'a>>, Vec<Contestant>)> {
    let venv = project.tools().join("bench-venv");
    if let Err(error) = tools::python(project, &venv, REQUIREMENTS) {
        table.leave_out("aws-mfa, awsume, aws-export-credentials", &format!("{error:#}"));
        return Ok((Vec::new(), Vec::new()));
    }
    let bin = venv.join("bin");
    let mut homes = Vec::new();
    let mut ready = Vec::new();

    let home = world.home("aws-mfa", 1, world.user()?)?;
    keep("aws-mfa", aws_mfa(world, &home, &bin), &mut ready, table);
    keep("aws-export-credentials", aws_export_credentials(&home, &bin), &mut ready, table);
    homes.push(home);

    let home = world.home("awsume", 1, world.user()?)?;
    keep("awsume", awsume(world, &home, &bin), &mut ready, table);
    homes.push(home);
    Ok((homes, ready))
}

fn keep(name: &str, made: Result<Contestant>, ready: &mut Vec<Contestant>, table: &mut Table) {
    match made {
        Ok(contestant) => ready.push(contestant),
        Err(error) => table.leave_out(name, &format!("{error:#}")),
    }
}

/// Sets up aws-mfa, which keeps the session in the credentials file and the long-term key in a profile with a suffix.
fn aws_mfa(world: &World, home: &Home<'_>, bin: &Path) -> Result<Contestant> {
    let file = home.folder().join(".aws/credentials");
    let keys = fs::read_to_string(&file)?;
    fs::write(&file, keys.replace(&format!("[{PROFILE}]"), &format!("[{PROFILE}-long-term]")))?;
    private(&file)?;
    let program = || {
        let mut command = home.command(bin.join("aws-mfa"));
        // It insists on a region and does not look into the config for one.
        command.env("AWS_DEFAULT_REGION", "eu-central-1");
        command.args(["--profile", PROFILE, "--device", &home.user().serial(), "--duration", "43200"]);
        command
    };
    // The program asks for the code on its stdin.
    let code = home.folder().join("code");
    fs::write(&code, world.code(home.user())? + "\n")?;
    child::read(program().stdin(File::open(&code)?), LOGIN)?;
    Contestant::new("aws-mfa", program(), 0, "still valid")
}

/// Returns the command that prints aws-mfa's session from the credentials file.
fn aws_export_credentials(home: &Home<'_>, bin: &Path) -> Result<Contestant> {
    let mut command = home.command(bin.join("aws-export-credentials"));
    command.args(["--profile", PROFILE, "--env-export"]);
    Contestant::new("aws-export-credentials", command, 0, "AWS_SESSION_TOKEN")
}

/// Sets up awsume, whose shell function evaluates the output of this program.
fn awsume(world: &World, home: &Home<'_>, bin: &Path) -> Result<Contestant> {
    let program = || {
        let mut command = home.command(bin.join("awsumepy"));
        command.arg(PROFILE);
        command
    };
    child::read(program().args(["--mfa-token", &world.code(home.user())?]), LOGIN)?;
    Contestant::new("awsume", program(), 0, "Awsume ")
}
