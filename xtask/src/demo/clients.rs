//! Finds the outside programs that are installed and work in the demo's home, and the commands that use them. The
//! others are left out, with their names and the reasons.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use anyhow::{Context, Result};

use super::world::World;
use crate::child;
use crate::project::Project;

/// The time limit for a program that prints its version. Some start slowly the first time.
const ASK: Duration = Duration::from_secs(30);

/// A script that replaces the AWS CLI if it is not installed.
const S3_GET: &str = include_str!("s3-get.sh");

/// The programs that the tour can use.
pub(crate) struct Clients {
    /// The program that reads from S3, if there is one.
    pub(crate) s3: Option<S3>,
    /// True if direnv works here.
    pub(crate) direnv: bool,
    /// True if Terraform works here.
    pub(crate) terraform: bool,
    /// The programs that are left out, with the reasons.
    pub(crate) left_out: Vec<String>,
}

/// The way in which S3 is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum S3 {
    /// The AWS CLI.
    Aws,
    /// The program curl, which can sign requests.
    Curl,
}

impl S3 {
    /// Returns the line to type to read the greeting with the bare key of that profile.
    pub(crate) fn read_as(self, profile: &str) -> String {
        match self {
            Self::Aws => format!("aws --profile {profile} s3 ls s3://demo-bucket"),
            Self::Curl => format!("AWS_PROFILE={profile} s3-get demo-bucket/hello.txt"),
        }
    }

    /// Returns the line to type to read it with the environment's credentials.
    pub(crate) fn read(self) -> &'static str {
        match self {
            Self::Aws => "aws s3 cp s3://demo-bucket/hello.txt -",
            Self::Curl => "s3-get demo-bucket/hello.txt",
        }
    }
}

impl Clients {
    /// Finds the programs, and puts the replacements on the search path of the world.
    pub(crate) fn find(project: &Project, world: &World) -> Result<Self> {
        let mut left_out = Vec::new();
        let direnv = version(project, world, "direnv", "version");
        let terraform = version(project, world, "terraform", "version");
        for (name, said) in [("direnv", &direnv), ("Terraform", &terraform)] {
            left_out.extend(said.as_ref().err().map(|why| format!("{name}: {why}")));
        }
        let curl = || version(project, world, "curl", "--version").is_ok_and(|version| signs(&version));
        let s3 = match version(project, world, "aws", "--version") {
            Ok(version) => {
                if !knows_endpoints(&version) {
                    wrap(project, world)?;
                }
                Some(S3::Aws)
            }
            Err(why) if curl() => {
                left_out.push(format!("the AWS CLI: {why}; s3-get, a script with curl, stood in for it"));
                lay(world, "s3-get", S3_GET)?;
                Some(S3::Curl)
            }
            Err(why) => {
                left_out.push(format!("the AWS CLI and S3: {why}, and no curl of 7.86 or later"));
                None
            }
        };
        let (direnv, terraform) = (direnv.is_ok(), terraform.is_ok());
        Ok(Self { s3, direnv, terraform, left_out })
    }
}

/// Returns the program's answer about its version, or the reason why it is of no use.
fn version(project: &Project, world: &World, program: &str, ask: &str) -> Result<String, String> {
    if project.find(program).is_none() {
        return Err("not installed".to_owned());
    }
    // Version managers put programs on the path that look for their settings in the home.
    match child::collect(world.command(program).arg(ask), ASK) {
        // Some programs print their version to stderr.
        Ok((status, out, err)) if status.success() => Ok(out + &err),
        Ok((_, _, err)) => {
            Err(format!("does not run in a home of its own: {}", err.lines().next().unwrap_or("no reason")))
        }
        Err(error) => Err(format!("{error:#}")),
    }
}

/// Returns the numbers after a name, as in `aws-cli/1.45.11 Python/3.11.7` and `curl 7.88.1 (x86_64)`.
fn numbers(said: &str, name: &str) -> Option<(u32, u32)> {
    let rest = said.split_once(name)?.1.trim_start_matches(['/', ' ']);
    let mut numbers = rest.split(|other: char| !other.is_ascii_digit()).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// Returns true if this AWS CLI reads the sandbox's address from a profile. An older one would ask AWS itself.
fn knows_endpoints(version: &str) -> bool {
    match numbers(version, "aws-cli") {
        Some((1, minor)) => minor >= 29,
        Some((2, minor)) => minor >= 13,
        Some((major, _)) => major > 2,
        None => false,
    }
}

/// Returns true if this version of curl signs everything that S3 requires.
fn signs(version: &str) -> bool {
    numbers(version, "curl").is_some_and(|version| version >= (7, 86))
}

/// Writes a wrapper that passes the endpoint to an AWS CLI that does not read it from the environment.
fn wrap(project: &Project, world: &World) -> Result<()> {
    let real = project.find("aws").context("aws is gone")?;
    let (real, url) = (real.display(), world.url());
    let script = format!("#!/bin/sh\nexec '{real}' --endpoint-url \"${{AWS_ENDPOINT_URL:-{url}}}\" \"$@\"\n");
    lay(world, "aws", &script)
}

fn lay(world: &World, name: &str, script: &str) -> Result<()> {
    let file = world.bin().join(name);
    fs::write(&file, script).with_context(|| file.display().to_string())?;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).with_context(|| file.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_would_ask_aws_itself_is_known_by_its_version() {
        for (version, knows) in [
            ("aws-cli/1.45.11 Python/3.11.7 Linux/6.1 botocore/1.43.11\n", true),
            ("aws-cli/1.27.1 Python/3.9.2\n", false),
            ("aws-cli/2.9.19 Python/3.11.2 Linux/6.1 source/x86_64.debian.12\n", false),
            ("aws-cli/2.13.0 Python/3.11.4\n", true),
            ("something else", false),
        ] {
            assert_eq!(knows_endpoints(version), knows, "{version}");
        }
    }

    #[test]
    fn a_curl_that_signs_too_little_is_known_by_its_version() {
        for (version, signs_all) in [
            ("curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1\n", true),
            ("curl 7.81.0 (x86_64-pc-linux-gnu)\n", false),
            ("curl 8.5.0 (x86_64-pc-linux-gnu)\n", true),
        ] {
            assert_eq!(signs(version), signs_all, "{version}");
        }
    }
}
