//! Finds the broker in the background, or starts one and waits until it answers.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use awsesame_core::checkup::version;
use awsesame_core::endpoint::{self, STATUS};
use awsesame_core::fault::{BrokerFault, Fault};
use awsesame_core::name::ProfileName;
use awsesame_core::session::pin::Pin;
use serde_json::Value;

use super::address::Choice;
use super::call;
use super::lease::{self, Lease};
use super::place::{self, BrokerPaths};
use crate::os::context::Context;
use crate::os::{lasting, lock_holder};

/// The time limit for an answer. A broker answers at once unless it is suspended.
const ANSWERS_WITHIN: Duration = Duration::from_millis(1500);
/// The time limit until a broker that was started answers.
const PATIENCE: Duration = Duration::from_secs(10);
/// The time without a request after which a relay exits, in seconds.
const RELAY_IDLE: u32 = 48 * 3600;
/// The interval at which the broker is looked for.
const TICK: Duration = Duration::from_millis(5);

/// A broker that is running.
#[derive(Debug)]
pub struct Running {
    /// The status that the broker reports.
    pub status: Value,
    port: u16,
    token_file: String,
}

/// The reason why no broker was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotFound {
    /// Nothing answers, for this reason.
    Silent(String),
    /// The answer is not one that this version knows.
    Strange,
}

/// The way in which a broker is to be started.
#[derive(Debug, Clone, Copy)]
pub struct How {
    /// The choice of the port.
    pub choice: Choice,
    /// The time without a request after which the broker exits, in seconds.
    pub idle_exit: Option<u32>,
}

impl How {
    /// Returns the settings for a command that needs a broker: it uses the known port and never exits, because the
    /// program may run for days. A relay exits when no program can need it any more, because the longest session lasts
    /// 36 hours.
    pub fn on_demand(place: &BrokerPaths) -> Self {
        Self { choice: Choice::Keep, idle_exit: place.far().map(|_| RELAY_IDLE) }
    }
}

impl Running {
    /// Returns the broker of this folder, if it answers. The broker reports its port over the socket, because the port
    /// in a file may belong to another program by now.
    pub fn find(place: &BrokerPaths) -> Result<Self, NotFound> {
        let reply = match call::within(&place.socket(), STATUS, ANSWERS_WITHIN) {
            Ok(reply) => reply,
            Err(why) if why == call::STRANGER => return Err(NotFound::Strange),
            Err(why) => return Err(NotFound::Silent(why)),
        };
        let status: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let port = status["port"].as_u64().and_then(|port| u16::try_from(port).ok());
        let (200, Some(port)) = (reply.status, port) else { return Err(NotFound::Strange) };
        Ok(Self { status, port, token_file: place.token().to_string_lossy().into_owned() })
    }

    /// Returns the version of the broker, if it is not the version of this program. The first versions did not report
    /// theirs.
    pub fn other_version(&self) -> Option<String> {
        let told = self.status["version"].as_str().and_then(version);
        match told {
            Some(env!("CARGO_PKG_VERSION")) => None,
            Some(told) => Some(format!("version {told}")),
            None => Some("an older version".to_owned()),
        }
    }

    /// Returns true if the port of the broker is in this network namespace. A broker of an older version does not
    /// report it.
    fn is_reachable(&self) -> bool {
        self.status["network"].as_u64().is_none_or(|network| network == place::network())
    }

    /// Returns the URL at which a profile's credentials are available.
    pub fn url(&self, profile: &ProfileName, pin: &Pin) -> String {
        format!("http://127.0.0.1:{}{}", self.port, endpoint::credentials_path(profile, pin))
    }

    /// Returns the file with the token.
    pub fn token_file(&self) -> &str {
        &self.token_file
    }
}

/// Returns the broker for a program here. If the port of the running broker is in another network namespace (in a
/// container that shares the home), a relay is started here.
pub fn ensure_here(place: &BrokerPaths, context: Context) -> Result<Running, Fault> {
    let (running, _) = ensure(place, How::on_demand(place), context)?;
    if place.far().is_some() || running.is_reachable() {
        return Ok(running);
    }
    let relay = place.relayed();
    Ok(ensure(&relay, How::on_demand(&relay), context)?.0)
}

/// Returns the running broker, or starts one. The second value is true if it was started.
pub fn ensure(place: &BrokerPaths, how: How, context: Context) -> Result<(Running, bool), Fault> {
    if let Ok(running) = Running::find(place) {
        return Ok((running, false));
    }
    if let Some(mute) = mute(place)? {
        return Err(mute.into());
    }
    let mut child = spawn(place, how, context)?;
    let until = Instant::now() + PATIENCE;
    loop {
        let ended = child.try_wait().ok().flatten();
        match Running::find(place) {
            Ok(running) => {
                // If two were started at the same time, only one is the broker.
                let ours = running.status["pid"].as_u64() == Some(u64::from(child.id()));
                return Ok((running, ours));
            }
            Err(_) if ended.is_none() && Instant::now() < until => {}
            // The other broker is about to answer.
            Err(_)
                if Lease::holder(place)?.is_some_and(|pid| lease::number(pid) != child.id())
                    && Instant::now() < until => {}
            Err(why) => return Err(failed(&mut child).unwrap_or(why.fault().into())),
        }
        std::thread::sleep(TICK);
    }
}

/// Returns the fault if a broker holds the lease but does not answer as one. Another one could not start.
pub fn mute(place: &BrokerPaths) -> Result<Option<BrokerFault>, Fault> {
    let begun = Instant::now();
    loop {
        let pid = match Lease::holder(place) {
            Ok(None) => return Ok(None),
            Ok(Some(pid)) => Some(lease::number(pid)),
            Err(Fault::Broker(BrokerFault::Runs { pid })) => pid,
            Err(fault) => return Err(fault),
        };
        if pid.is_some_and(lock_holder::is_a_stopped_process) {
            return Ok(Some(BrokerFault::Mute { pid }));
        }
        match Running::find(place) {
            // One that has just begun is about to answer.
            Ok(_) => return Ok(None),
            Err(NotFound::Strange) => return Ok(Some(BrokerFault::OtherVersion { pid })),
            Err(NotFound::Silent(_)) => {}
        }
        if begun.elapsed() >= ANSWERS_WITHIN {
            return Ok(Some(BrokerFault::Mute { pid }));
        }
        std::thread::sleep(TICK);
    }
}

impl NotFound {
    fn fault(self) -> BrokerFault {
        match self {
            Self::Silent(why) => BrokerFault::Silent { why },
            Self::Strange => BrokerFault::Silent { why: call::STRANGER.into() },
        }
    }
}

/// Starts a broker that outlives this process: in its own process session, in a folder that is always there, and
/// without the variables of one shell or project.
fn spawn(place: &BrokerPaths, how: How, context: Context) -> Result<Child, Fault> {
    let program = context.own_program();
    let mut command = Command::new(&program);
    command.arg0("awsesame").args(["broker", "run", "--background", "--json"]);
    if how.choice == Choice::New {
        command.arg("--new-port");
    }
    if let Some(seconds) = how.idle_exit {
        command.arg("--idle-exit").arg(format!("{seconds}s"));
    }
    command.env_clear().envs(lasting::variables(context)).current_dir("/");
    if let Some(far) = place.far() {
        command.env("AWSESAME_BROKER", far);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().map_err(|error| crate::os::file::not_started(&program, &error))
}

/// Returns the fault that a broker reported when it ended. None if there is none.
fn failed(child: &mut Child) -> Option<Fault> {
    child.try_wait().ok()??;
    let mut text = String::new();
    child.stdout.take()?.take(64 * 1024).read_to_string(&mut text).ok()?;
    let said: Value = serde_json::from_str(&text).ok()?;
    let word = |name: &str| said[name].as_str().map(str::to_owned);
    Some(BrokerFault::Failed { why: word("message")?, hint: word("hint")? }.into())
}
