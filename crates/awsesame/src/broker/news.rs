//! The requests of our own commands for other things than a session: the list of the sessions that are ready, and a
//! notice when the list changes. Both sides are here, the broker's and the client's. None of the data is secret.

use std::path::Path;
use std::time::{Duration, Instant};

use awsesame_core::endpoint::{SESSIONS, changes_path};
use awsesame_core::fault::{BrokerFault, Fault};
use awsesame_core::name::{AccountId, ProfileName, Subject};
use awsesame_core::session::standing::Standing;
use awsesame_core::session::{Header, Inputs, Kind, file_stem};
use serde::{Deserialize, Serialize};

use super::call;
use crate::os::context::Context;
use crate::state::State;
use crate::vault::standing::standing;

/// The maximum time that a request for changes waits before it is repeated. It is much shorter than the maximum time of
/// a connection.
pub const HOLD: Duration = Duration::from_secs(25);
/// The interval at which a broker is asked if it does not support requests for changes.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// One session of the list.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    profile: String,
    account: String,
    arn: String,
    kind: String,
    state: String,
    obtained: i64,
    expires: i64,
    mfa_at: Option<i64>,
    region: Option<String>,
    store: String,
}

/// The answer to a question for changes: what to put the next one with.
#[derive(Debug, Serialize, Deserialize)]
struct Mark {
    mark: String,
}

/// Returns the sessions that are ready and shared, as JSON.
pub fn tell(
    state: &State,
    context: Context,
    is_shared: impl Fn(&ProfileName) -> bool,
) -> Result<String, Fault> {
    let mut lines = Vec::new();
    for (stem, session) in state.sessions()? {
        let Ok(session) = session else { continue };
        let header = session.header();
        let Some(profile) = header.subject.profile() else { continue };
        if file_stem(&header.subject) == stem && is_shared(profile) {
            let standing = standing(state, header, context.now())?;
            lines.extend(standing.map(|standing| Line::of(header, profile, standing)));
        }
    }
    Ok(serde_json::json!(lines).to_string())
}

/// Returns the answer to a request for changes, as JSON.
pub fn mark(mark: String) -> String {
    serde_json::json!(Mark { mark }).to_string()
}

/// Returns the sessions that the broker at a socket has ready.
pub fn sessions(socket: &Path) -> Result<Vec<(Header, Standing)>, Fault> {
    let away = |why: String| BrokerFault::Away { path: socket.to_string_lossy().into_owned(), why };
    let reply = call::get(socket, SESSIONS).map_err(away)?;
    if reply.status != 200 {
        return Err(away(format!("it answers with HTTP {}", reply.status)).into());
    }
    let lines: Vec<Line> =
        serde_json::from_slice(&reply.body).map_err(|_| away("its answer is not a list".into()))?;
    Ok(lines.into_iter().filter_map(Line::open).collect())
}

impl Line {
    fn of(header: &Header, profile: &ProfileName, standing: Standing) -> Self {
        Self {
            profile: profile.as_str().to_owned(),
            account: header.account.as_str().to_owned(),
            arn: header.arn.clone(),
            kind: header.kind.word().to_owned(),
            state: standing.word().to_owned(),
            obtained: header.obtained,
            expires: header.expires,
            mfa_at: header.mfa_at,
            region: header.region.clone(),
            store: header.store.clone().unwrap_or_default(),
        }
    }

    fn open(self) -> Option<(Header, Standing)> {
        let standing = Standing::from_word(&self.state)?;
        let subject = Subject::Profile(ProfileName::new(self.profile));
        let header = Header {
            kind: Kind::from_word(&self.kind)?,
            account: AccountId::new(self.account),
            arn: self.arn,
            obtained: self.obtained,
            expires: self.expires,
            mfa_at: self.mfa_at,
            region: self.region,
            store: Some(self.store).filter(|store| !store.is_empty()),
            endpoint: None,
            id: file_stem(&subject),
            root: None,
            stamps: Vec::new(),
            inputs: Inputs::default(),
            subject,
        };
        Some((header, standing))
    }
}

/// Waits for changes at the broker of a socket.
#[derive(Debug)]
pub struct News<'a> {
    socket: &'a Path,
    /// The mark of the last known state. None if the broker does not support requests for changes.
    mark: Option<String>,
}

impl<'a> News<'a> {
    /// Returns a value that notices every change from now on.
    pub fn from_now(socket: &'a Path) -> Self {
        let mut news = Self { socket, mark: None };
        news.mark = news.ask(Duration::ZERO);
        news
    }

    /// Waits for a change, at most until a moment; whether there is a reason to look again.
    pub fn changed(&mut self, until: Option<Instant>) -> bool {
        let left = match until.map(|until| until.checked_duration_since(Instant::now())) {
            Some(None) => return false,
            Some(Some(left)) => left.min(HOLD),
            None => HOLD,
        };
        let asked = if self.mark.is_some() { self.ask(left) } else { None };
        if asked.is_none() {
            std::thread::sleep(left.min(LOOK_AGAIN));
        }
        self.mark = asked.or_else(|| self.ask(Duration::ZERO));
        until.is_none_or(|until| Instant::now() < until)
    }

    /// Returns the new mark. A broken connection is not reported here; the next request for a session reports it.
    fn ask(&self, hold: Duration) -> Option<String> {
        let reply = call::wait(self.socket, &changes_path(self.mark.as_deref()), hold).ok()?;
        let Mark { mark } = (reply.status == 200).then(|| serde_json::from_slice(&reply.body).ok())??;
        Some(mark)
    }
}
