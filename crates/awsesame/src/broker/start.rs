//! Finds the broker in the background, or starts one and waits until it answers.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use awsesame_core::endpoint::{self, STATUS};
use awsesame_core::fault::{BrokerFault, Fault};
use awsesame_core::name::ProfileName;
use awsesame_core::session::pin::Pin;
use serde_json::Value;

use super::address::Choice;
use super::call;
use super::lease::{self, Lease};
use super::place::{self, Place};
use crate::os::context::Context;
use crate::os::lasting;

/// The time limit until the broker answers.
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
    pub fn on_demand(place: &Place) -> Self {
        Self { choice: Choice::Keep, idle_exit: place.far().map(|_| RELAY_IDLE) }
    }
}

impl Running {
    /// Returns the broker of this folder, if it answers. The broker reports its port over the socket, because the port
    /// in a file may belong to another program by now.
    pub fn find(place: &Place) -> Result<Self, String> {
        let reply = call::get(&place.socket(), STATUS)?;
        let status: Value = serde_json::from_slice(&reply.body).map_err(|error| error.to_string())?;
        let port = status["port"].as_u64().and_then(|port| u16::try_from(port).ok());
        let (200, Some(port)) = (reply.status, port) else { return Err("another program answers".into()) };
        Ok(Self { status, port, token_file: place.token().to_string_lossy().into_owned() })
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

    /// The file with the token.
    pub fn token_file(&self) -> &str {
        &self.token_file
    }
}

/// Returns the broker for a program here. If the port of the running broker is in another network namespace (in a
/// container that shares the home), a relay is started here.
pub fn ensure_here(place: &Place, context: Context) -> Result<Running, Fault> {
    let (running, _) = ensure(place, How::on_demand(place), context)?;
    if place.far().is_some() || running.is_reachable() {
        return Ok(running);
    }
    let relay = place.relayed();
    Ok(ensure(&relay, How::on_demand(&relay), context)?.0)
}

/// The broker that runs, or one that is started now; and whether it was.
pub fn ensure(place: &Place, how: How, context: Context) -> Result<(Running, bool), Fault> {
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
            Err(why) => return Err(failed(&mut child).unwrap_or(BrokerFault::Silent { why }.into())),
        }
        std::thread::sleep(TICK);
    }
}

/// Returns the fault if a broker holds the lease but does not answer within a second. Another one could not start.
pub fn mute(place: &Place) -> Result<Option<BrokerFault>, Fault> {
    const MOMENT: Duration = Duration::from_secs(1);
    let begun = Instant::now();
    loop {
        let pid = match Lease::holder(place) {
            Ok(None) => return Ok(None),
            Ok(Some(pid)) => Some(lease::number(pid)),
            Err(Fault::Broker(BrokerFault::Runs { pid })) => pid,
            Err(fault) => return Err(fault),
        };
        // A broker that has just started is about to answer.
        if Running::find(place).is_ok() {
            return Ok(None);
        }
        if begun.elapsed() > MOMENT {
            return Ok(Some(BrokerFault::Mute { pid }));
        }
        std::thread::sleep(TICK);
    }
}

/// Starts a broker that outlives this process: in its own process session, in a folder that is always there, and
/// without the variables of one shell or project.
fn spawn(place: &Place, how: How, context: Context) -> Result<Child, Fault> {
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
