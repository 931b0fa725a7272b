//! Answers one request: core decides whether it is allowed, and the session comes from our state. The answer waits only
//! for a renewal that is in progress, and never longer than the SDKs wait.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use awsesame_core::endpoint::{self, Asked, Channel, Head, Refusal, Unserved};
use awsesame_core::fault::{BrokerFault, Fault, NoSession};
use awsesame_core::name::secret::Secret;
use awsesame_core::name::{ProfileName, Subject};
use awsesame_core::render;
use awsesame_core::session::Session;
use awsesame_core::session::pin::Pin;
use zeroize::Zeroizing;

use super::away;
use super::log::Log;
use super::look::look;
use super::news;
use super::renew::Renewals;
use crate::os::context::Context;
use crate::state::State;
use crate::vault::Found;

/// The JavaScript SDK gives up after a second, Python's after two.
const PATIENCE: Duration = Duration::from_millis(700);

/// The data from which answers are made.
#[derive(Debug)]
pub struct Responder {
    /// The state with the sessions.
    pub state: State,
    /// The socket of the remote broker, if this one is a relay.
    pub far: Option<PathBuf>,
    /// The context of this run.
    pub context: Context,
    /// The sessions that are being renewed.
    pub renewals: Arc<Renewals>,
    /// The log in which refusals are noted.
    pub log: Arc<Log>,
    /// The port on which we listen on loopback.
    pub port: u16,
    /// The token that clients on loopback must send.
    pub token: Secret,
    /// The profiles that the socket serves. If none is named, it serves all of them.
    pub shared: Vec<String>,
    /// The start of this broker, in Unix seconds.
    pub since: i64,
    /// The number of requests that were served; those that were refused are counted in `refused`.
    pub served: AtomicU64,
    /// The number of requests that got no session.
    pub refused: AtomicU64,
}

/// The way in which a request came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Through the loopback address.
    Loopback,
    /// Through the unix socket.
    Socket,
}

/// An answer to a client.
pub struct Answer {
    /// The status code of the response.
    pub status: u16,
    /// The body, as JSON.
    pub body: Zeroizing<String>,
    /// True if the client has shown that it may ask.
    pub known: bool,
}

impl Responder {
    /// Answers a request, after core has judged its head.
    pub async fn answer(&self, head: &Head<'_>, way: Way, connections: usize) -> Answer {
        let channel = match way {
            Way::Loopback => Channel::Loopback { port: self.port, token: &self.token },
            Way::Socket => Channel::Socket,
        };
        let (profile, pin, whole) = match endpoint::judge(head, channel) {
            Err(refusal) => return self.refuse(refusal),
            Ok(Asked::Status) => {
                let body = Zeroizing::new(self.status(connections));
                return Answer { status: 200, body, known: true };
            }
            // A relay is for programs; our own commands ask where the sessions are.
            Ok(Asked::Sessions | Asked::Changes(_)) if self.far.is_some() => {
                return self.refuse(Refusal::Target);
            }
            Ok(Asked::Sessions) => {
                let told = news::tell(&self.state, self.context, |profile| self.is_shared(profile));
                return match told {
                    Ok(list) => Answer { status: 200, body: Zeroizing::new(list), known: true },
                    Err(fault) => self.unserved(Unserved::from(&fault).full_body()),
                };
            }
            Ok(Asked::Changes(since)) => {
                let body = Zeroizing::new(news::mark(self.changes(since.as_deref()).await));
                return Answer { status: 200, body, known: true };
            }
            Ok(Asked::Credentials(profile, pin)) => (profile, pin, false),
            Ok(Asked::Session(profile, pin)) => (profile, pin, true),
        };
        let found = match self.check_shared(&profile, way) {
            Ok(()) => self.session(&profile, &pin).await,
            Err(fault) => Err(Unserved::from(&fault)),
        };
        match found {
            Ok(session) => {
                self.served.fetch_add(1, Ordering::Relaxed);
                let body = if whole { render::session } else { render::container }(&session);
                Answer { status: 200, body, known: true }
            }
            Err(told) => self.unserved(if whole { told.full_body() } else { told.body() }),
        }
    }

    fn unserved(&self, body: String) -> Answer {
        self.refused.fetch_add(1, Ordering::Relaxed);
        Answer { status: endpoint::UNSERVED, body: Zeroizing::new(body), known: true }
    }

    /// Returns the mark of our state as soon as it differs from the given one, or after a time limit. Marks of another
    /// broker always differ.
    async fn changes(&self, since: Option<&str>) -> String {
        let mut changes = self.renewals.changes();
        let mark = |changes: u64| format!("{}-{}-{changes}", self.since, std::process::id());
        let is_another = |changes: &u64| since != Some(mark(*changes).as_str());
        let _ = tokio::time::timeout(news::HOLD, changes.wait_for(is_another)).await;
        let now = *changes.borrow();
        mark(now)
    }

    fn refuse(&self, refusal: Refusal) -> Answer {
        self.refused.fetch_add(1, Ordering::Relaxed);
        self.log.say(&refusal.to_string());
        let body = Zeroizing::new(refusal.body());
        Answer { status: refusal.status(), body, known: false }
    }

    /// Fails if the socket, and so another machine, may not get the session of a profile.
    fn check_shared(&self, profile: &ProfileName, way: Way) -> Result<(), Fault> {
        if way == Way::Loopback || self.is_shared(profile) {
            return Ok(());
        }
        Err(BrokerFault::Unshared { profile: profile.clone() }.into())
    }

    fn is_shared(&self, profile: &ProfileName) -> bool {
        self.shared.is_empty() || self.shared.iter().any(|name| name == profile.as_str())
    }

    async fn session(&self, profile: &ProfileName, pin: &Pin) -> Result<Session, Unserved> {
        if let Some(socket) = &self.far {
            return self.relayed(socket, profile, pin).await;
        }
        self.renewals.note(profile);
        let now = self.context.now();
        // The watch starts before the lookup, so that a login in between is noticed.
        let mut changes = self.renewals.changes();
        let found = match self.look(profile)? {
            Ok(session) => {
                if session.header.wants_renewal(now) && self.renewals.last_failure(profile).is_none() {
                    drop(self.renewals.begin(profile));
                }
                session
            }
            Err(reason) => {
                if let Some(told) = self.renewals.last_failure(profile) {
                    return Err(told);
                }
                let mut ended = self.renewals.begin(profile);
                let until = tokio::time::Instant::now() + PATIENCE;
                loop {
                    let last = tokio::select! {
                        // An error means that the renewal has ended, and the code waits for its end.
                        _ = ended.changed() => true,
                        // Another process may have obtained the session.
                        _ = changes.changed() => false,
                        () = tokio::time::sleep_until(until) => true,
                    };
                    match self.look(profile)? {
                        Ok(found) => break found,
                        Err(_) if last => {
                            let last_failure = self.renewals.last_failure(profile);
                            return Err(last_failure.unwrap_or_else(|| lacking(profile, reason)));
                        }
                        Err(_) => {}
                    }
                }
            }
        };
        pin.check(&found.header).map_err(|fault| Unserved::from(&fault))?;
        Ok(found)
    }

    /// Returns the session of the remote broker. Its errors are returned as they are.
    async fn relayed(&self, socket: &Path, profile: &ProfileName, pin: &Pin) -> Result<Session, Unserved> {
        let (socket, profile, asked) = (socket.to_owned(), profile.clone(), pin.clone());
        let now = self.context.now();
        let ask = move || away::ask(&socket, &profile, &asked, now);
        let broken = |error: tokio::task::JoinError| Fault::Bug { what: format!("a relay: {error}") };
        let found = tokio::task::spawn_blocking(ask).await.map_err(broken).and_then(|answered| answered);
        // The pin was part of the request, but the remote broker may be of another version that ignores it.
        let agreed = found.and_then(|found| pin.check(&found.header).map(|()| found));
        agreed.map_err(|fault| Unserved::from(&fault))
    }

    fn look(&self, profile: &ProfileName) -> Result<Found, Unserved> {
        look(&self.state, profile, self.context).map_err(|fault| Unserved::from(&fault))
    }

    /// Returns the state of the broker, as JSON.
    fn status(&self, connections: usize) -> String {
        let profiles: Vec<String> =
            self.renewals.profiles().iter().map(|name| name.as_str().to_owned()).collect();
        serde_json::json!({
            "running": true,
            "version": env!("CARGO_PKG_VERSION"),
            "pid": std::process::id(),
            "port": self.port,
            "network": super::place::network(),
            "since": render::iso(self.since),
            "profiles": profiles,
            "served": self.served.load(Ordering::Relaxed),
            "refused": self.refused.load(Ordering::Relaxed),
            "connections": connections,
            "memory_kib": resident_kib(),
        })
        .to_string()
    }
}

fn lacking(profile: &ProfileName, reason: NoSession) -> Unserved {
    Unserved::from(&Fault::LoginNeeded { subject: Subject::Profile(profile.clone()), reason })
}

/// Returns the memory that this process uses, in KiB. None if the system does not report it.
fn resident_kib() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    text.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.trim().parse().ok())
}
