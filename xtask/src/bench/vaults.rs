//! Other programs that are not Python packages: aws-vault, granted and aws-sso, if they are on the PATH. Each has a
//! cached session in its fastest store. A program that does not work here is left out, and its name is reported.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::rate::Endpoint;
use super::spawn::Contestant;
use super::spread::Spread;
use super::table::Table;
use super::world::{Home, PROFILE, World};
use crate::child;
use crate::project::Project;

/// The maximum time that one of them may take to get its session.
const LOGIN: Duration = Duration::from_mins(1);

/// The stores of aws-vault that ask nobody: its files, and the kernel's keyring.
const BACKENDS: [&str; 2] = ["file", "keyctl"];

/// The row of a cold login.
pub(crate) const COLD: &str = "aws-vault, cold login";

/// Returns the programs that are installed here.
pub(crate) fn contestants<'a>(
    project: &Project,
    world: &'a World,
    table: &mut Table,
) -> Result<(Vec<Home<'a>>, Vec<Contestant>)> {
    let (mut homes, mut ready) = (Vec::new(), Vec::new());
    for (program, does_nothing) in
        [("aws-vault", "--version"), ("granted", "--version"), ("aws-sso", "version")]
    {
        let Some(path) = project.find(program) else {
            table.leave_out(program, "not on the PATH");
            continue;
        };
        let home = world.home(program, 1, world.user()?)?;
        let mut bare = home.command(&path);
        bare.arg(does_nothing);
        keep(&format!("{program} {does_nothing}"), bare, "", &mut ready, table);
        if program == "granted" {
            let mut command = home.command(&path);
            command.args(["credential-process", "--profile", PROFILE]);
            keep("granted credential-process", command, "SessionToken", &mut ready, table);
        }
        homes.push(home);
    }
    if project.find("aws-vault").is_some() {
        for backend in BACKENDS {
            let home = world.home(&format!("aws-vault-{backend}"), 1, world.user()?)?;
            match log_in(project, &home, backend) {
                Ok(()) => {
                    let mut export = aws_vault(project, &home, backend)?;
                    export.args(["export", "--format=json", PROFILE]);
                    keep(&format!("aws-vault export, {backend}"), export, "SessionToken", &mut ready, table);
                    let mut exec = aws_vault(project, &home, backend)?;
                    exec.args(["exec", PROFILE, "--", "/bin/true"]);
                    keep(&format!("aws-vault exec, {backend}"), exec, "", &mut ready, table);
                }
                Err(error) => table.leave_out(&format!("aws-vault, {backend}"), &format!("{error:#}")),
            }
            homes.push(home);
        }
    }
    Ok((homes, ready))
}

/// Measures logins without any session, each by another user.
pub(crate) fn cold(project: &Project, world: &World, rounds: usize) -> Result<Vec<(String, Spread)>> {
    let mut times = Vec::new();
    for round in 0..rounds {
        let home = world.home(&format!("aws-vault-cold-{round}"), 1, world.user()?)?;
        add(project, &home, "file")?;
        let mut command = with_code(project, &home, "file")?;
        let begun = Instant::now();
        child::read(&mut command, LOGIN)?;
        times.push(begun.elapsed());
    }
    Ok(vec![(COLD.to_owned(), Spread::new(times))])
}

/// Starts aws-vault's server for containers, measures it, and stops it.
pub(crate) fn serving<T>(
    project: &Project,
    world: &World,
    measure: impl FnOnce(&Endpoint) -> Result<T>,
) -> Result<T> {
    let home = world.home("aws-vault-server", 1, world.user()?)?;
    log_in(project, &home, "file")?;
    let noted = home.folder().join("noted");
    let mut command = aws_vault(project, &home, "file")?;
    // Its server lasts as long as the program that it runs.
    command.args(["exec", "--ecs-server", PROFILE, "--", "sh", "-c"]);
    command.arg(format!("env >{0}.new && mv {0}.new {0} && exec sleep 60", noted.display()));
    let mut server = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let until = Instant::now() + LOGIN;
    while !noted.exists() && Instant::now() < until {
        thread::sleep(Duration::from_millis(20));
    }
    let measured = fs::read_to_string(&noted)
        .context("aws-vault serves nothing")
        .and_then(|variables| endpoint(&variables))
        .and_then(|endpoint| measure(&endpoint));
    child::stop(&mut server);
    measured
}

/// Returns the endpoint that the SDKs read from the environment.
fn endpoint(variables: &str) -> Result<Endpoint> {
    let value = |name: &str| {
        let found = variables.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        found.with_context(|| format!("no {name}"))
    };
    let address = value("AWS_CONTAINER_CREDENTIALS_FULL_URI")?;
    let (_, rest) = address.rsplit_once("://").context("an address without a scheme")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (_, port) = host.rsplit_once(':').context("an address without a port")?;
    let token = value("AWS_CONTAINER_AUTHORIZATION_TOKEN")?.to_owned();
    Ok(Endpoint { port: port.parse()?, path: format!("/{path}"), token })
}

fn keep(name: &str, command: Command, says: &str, ready: &mut Vec<Contestant>, table: &mut Table) {
    match Contestant::new(name, command, 0, says) {
        Ok(contestant) => ready.push(contestant),
        Err(error) => table.leave_out(name, &format!("{error:#}")),
    }
}

fn aws_vault(project: &Project, home: &Home<'_>, backend: &str) -> Result<Command> {
    let mut command = home.command(project.find("aws-vault").context("aws-vault is not on the PATH")?);
    command.env("AWS_VAULT_BACKEND", backend).env("AWS_VAULT_FILE_PASSPHRASE", "bench");
    command.env("AWS_VAULT_FILE_DIR", home.folder().join("vault")).env("AWS_REGION", "eu-central-1");
    Ok(command)
}

/// Puts the home's key into a store of aws-vault's.
fn add(project: &Project, home: &Home<'_>, backend: &str) -> Result<()> {
    let (id, secret) = home.user().key();
    let mut command = aws_vault(project, home, backend)?;
    command.args(["add", "--env", "--no-add-config", PROFILE]);
    child::read(command.env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret), LOGIN)?;
    // It reads the key from its store alone.
    fs::remove_file(home.folder().join(".aws/credentials"))?;
    Ok(())
}

fn with_code(project: &Project, home: &Home<'_>, backend: &str) -> Result<Command> {
    let mut command = aws_vault(project, home, backend)?;
    command.args(["export", "--format=json", "--mfa-token", &home.code()?, PROFILE]);
    Ok(command)
}

fn log_in(project: &Project, home: &Home<'_>, backend: &str) -> Result<()> {
    add(project, home, backend)?;
    child::read(&mut with_code(project, home, backend)?, LOGIN).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_read_as_sdks_read_it() {
        let said = "A=1\nAWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:4321/creds\n\
                    AWS_CONTAINER_AUTHORIZATION_TOKEN=tok\n";
        let found = endpoint(said).unwrap();
        assert_eq!((found.port, found.path.as_str(), found.token.as_str()), (4321, "/creds", "tok"));
        assert!(endpoint("A=1\n").is_err());
    }
}
