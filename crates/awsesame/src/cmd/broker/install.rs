//! `awsesame broker install` and `uninstall`: makes the broker a service of the user (systemd or launchd), or removes
//! it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use awsesame_core::fault::Fault;
use awsesame_core::text::unit::{self, Broker};

use super::super::Runner;
use super::stop;
use crate::broker::address;
use crate::broker::place::BrokerPaths;
use crate::os::file::{self, Durability};
use crate::os::process;
use crate::ui;

const SOCKET: &str = "awsesame-broker.socket";
const SERVICE: &str = "awsesame-broker.service";
/// The time limit for a service manager.
const PATIENCE: Duration = Duration::from_secs(30);
/// The variables that define where files are stored. A broker that a service manager starts needs them.
const VARIABLES: [&str; 7] = [
    "XDG_STATE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "AWSESAME_CONFIG",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CA_BUNDLE",
];

/// Let systemd or launchd start the broker when a program needs it
#[derive(Debug, clap::Args)]
pub(super) struct Install {
    /// Print the files instead of writing them
    #[arg(long)]
    print: bool,
}

/// Undo `install`
#[derive(Debug, clap::Args)]
pub(super) struct Uninstall {}

impl Install {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let place = BrokerPaths::of(&runner.state()?);
        let files = files(runner, &place)?;
        if self.print {
            let texts = files.iter().map(|(path, text)| format!("# {}\n{text}\n", path.display()));
            ui::print(&texts.collect::<String>())?;
            return Ok(ExitCode::SUCCESS);
        }
        for (path, _) in &files {
            check_ours(path)?;
        }
        // A running broker would hold the sockets that the service manager needs.
        stop::stop(&place)?;
        for (path, text) in &files {
            file::write_shared(path, text.as_bytes(), Durability::Disk)?;
            ui::say(&format!("wrote `{}`", path.display()));
        }
        carry_out(&begin(&files), "the broker listens from now on, and after every login");
        Ok(ExitCode::SUCCESS)
    }
}

impl Uninstall {
    #[expect(clippy::unused_self, reason = "every subcommand is run alike")]
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let place = BrokerPaths::of(&runner.state()?);
        let files = files(runner, &place)?;
        let there: Vec<_> = files.into_iter().filter(|(path, _)| path.symlink_metadata().is_ok()).collect();
        if there.is_empty() {
            ui::say("the broker is not installed");
            return Ok(ExitCode::SUCCESS);
        }
        for (path, _) in &there {
            check_ours(path)?;
        }
        carry_out(&end(&there), "the broker is stopped");
        // Another program can listen at the port from now on, and must not receive the token.
        file::remove(&place.token())?;
        for (path, _) in &there {
            file::remove(path)?;
            ui::say(&format!("removed `{}`", path.display()));
        }
        carry_out(&reload(), "systemd has forgotten it");
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns the files that are needed, each with its path.
fn files(runner: &Runner<'_>, place: &BrokerPaths) -> Result<Vec<(PathBuf, String)>, Fault> {
    let context = runner.context;
    let program = context.own_program();
    let socket = place.socket();
    let variables: Vec<(String, String)> =
        VARIABLES.iter().filter_map(|name| Some(((*name).to_owned(), context.var(name)?))).collect();
    let broker = Broker {
        program: &program.to_string_lossy(),
        port: address::settled_port(place)?,
        socket: &socket.to_string_lossy(),
        variables: &variables,
    };
    let folder = context.folders().services()?;
    Ok(if cfg!(target_os = "macos") {
        vec![(folder.join(format!("{}.plist", unit::LABEL)), broker.agent())]
    } else {
        vec![(folder.join(SOCKET), broker.socket()), (folder.join(SERVICE), broker.service())]
    })
}

/// The maximum size of a service definition.
const MOST_BYTES: u64 = 64 * 1024;

/// Fails if another program wrote the file, because it must not be overwritten.
fn check_ours(path: &std::path::Path) -> Result<(), Fault> {
    let read = crate::os::named_file::read(path, MOST_BYTES);
    match read.map(|bytes| bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())) {
        Ok(Some(text)) if text.starts_with(unit::OURS) || text.contains(unit::OURS_XML) => Ok(()),
        Ok(None) => Ok(()),
        _ => Err(Fault::NotAFile { path: path.to_string_lossy().into_owned(), what: "somebody else's" }),
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn begin(files: &[(PathBuf, String)]) -> Vec<Vec<String>> {
    if cfg!(target_os = "macos") {
        return launchctl("bootstrap", files);
    }
    vec![
        words(&["systemctl", "--user", "daemon-reload"]),
        words(&["systemctl", "--user", "enable", "--now", SOCKET]),
    ]
}

fn end(files: &[(PathBuf, String)]) -> Vec<Vec<String>> {
    if cfg!(target_os = "macos") {
        return launchctl("bootout", files);
    }
    vec![words(&["systemctl", "--user", "disable", "--now", SOCKET, SERVICE])]
}

fn reload() -> Vec<Vec<String>> {
    if cfg!(target_os = "macos") {
        Vec::new()
    } else {
        vec![words(&["systemctl", "--user", "daemon-reload"])]
    }
}

fn launchctl(verb: &str, files: &[(PathBuf, String)]) -> Vec<Vec<String>> {
    let domain = format!("gui/{}", rustix::process::getuid().as_raw());
    files.iter().map(|(path, _)| words(&["launchctl", verb, &domain, &path.to_string_lossy()])).collect()
}

/// Runs commands one after the other. If one fails, prints the commands that are left to type.
fn carry_out(commands: &[Vec<String>], done: &str) {
    for (index, command) in commands.iter().enumerate() {
        let output = process::listen(command, &[], None, PATIENCE, false);
        let trouble = match &output {
            Ok(output) if output.status.success() => continue,
            Ok(output) => output.complaint(),
            Err(fault) => fault.to_string(),
        };
        let left: Vec<String> = commands[index..].iter().map(|command| command.join(" ")).collect();
        ui::warn(&format!("{trouble}; type: {}", left.join(" && ")));
        return;
    }
    if !commands.is_empty() {
        ui::say(done);
    }
}
