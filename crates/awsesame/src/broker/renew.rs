//! Renews sessions before they expire, independently of the requests. Short-lived child processes do the work; they
//! link the SDK, so that the broker does not need it in memory. This module only decides which profiles are renewed,
//! and records the results.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use awsesame_core::endpoint::Unserved;
use awsesame_core::fault::Fault;
use awsesame_core::name::ProfileName;
use awsesame_core::session::Header;
use tokio::process::Command;
use tokio::sync::{Notify, Semaphore, watch};

use super::log::Log;
use super::look;
use crate::os::aws_files::AwsFiles;
use crate::os::context::Context;
use crate::os::limits;
use crate::os::watch::Watch;
use crate::state::State;

/// The time without a request after which a profile is no longer renewed. Most role sessions last an hour and are
/// requested again before that.
const FORGOTTEN: Duration = Duration::from_hours(3);
/// The maximum number of profiles that are remembered.
const MOST_PROFILES: usize = 128;
/// The maximum number of child processes at the same time.
const MOST_CHILDREN: usize = 4;
/// The time limit of a renewal. Each attempt of a call has 15 s.
const LIMIT: Duration = Duration::from_mins(1);
/// The maximum time of a login, including the time that a person needs.
const LOGIN_LIMIT: Duration = Duration::from_mins(10);
/// The pause after a login that failed, in which nobody is asked again.
const PEACE: Duration = Duration::from_mins(15);
/// The faults that a question to a person may solve.
const LOGIN_HELPS: [&str; 2] = [LOGIN_NEEDED, "store_locked"];
/// The fault that only a login fixes.
const LOGIN_NEEDED: &str = "login_needed";
/// The pause between two tries for the same profile, if no client waits for the second.
const GAP: Duration = Duration::from_millis(500);
/// The time after which a failure is tried again for a client that asks. This does not apply if only a login helps.
const PASSING: Duration = Duration::from_secs(10);
/// The time after which a failure is tried again although no client asks.
const PATIENT: Duration = Duration::from_mins(1);
/// The number of checks without a change after which everything is checked again.
const LOOKS: u32 = 4;
/// The maximum time that the loop sleeps: clocks jump, and laptops sleep.
const LONGEST_SLEEP: Duration = Duration::from_secs(20);

/// The profiles that are renewed, and the state of their renewals.
#[derive(Debug)]
pub struct Renewals {
    state: State,
    context: Context,
    log: Arc<Log>,
    profiles: Mutex<BTreeMap<ProfileName, RequestedProfile>>,
    /// The number of changes of our state. A renewal that failed may succeed after a change.
    changes: watch::Sender<u64>,
    changed: Notify,
    children: Semaphore,
    /// Allows one question at a time, for all profiles.
    questions: Semaphore,
}

/// A profile that a client has requested.
#[derive(Debug)]
struct RequestedProfile {
    asked: Instant,
    /// Ends when the present try does.
    running: Option<watch::Receiver<()>>,
    last: Option<FailedTry>,
    login_tried: Option<Instant>,
}

/// A renewal that failed.
#[derive(Debug, Clone)]
struct FailedTry {
    told: Unserved,
    at: Instant,
    /// The change that it came after.
    changes: u64,
}

impl Renewals {
    /// Returns an empty list of renewals.
    pub fn new(state: State, context: Context, log: Arc<Log>) -> Arc<Self> {
        Arc::new(Self {
            state,
            context,
            log,
            profiles: Mutex::default(),
            changes: watch::Sender::new(0),
            changed: Notify::new(),
            children: Semaphore::new(MOST_CHILDREN),
            questions: Semaphore::new(1),
        })
    }

    /// Records that a client has requested a profile.
    pub fn note(&self, profile: &ProfileName) {
        let mut profiles = self.lock();
        if let Some(interest) = profiles.get_mut(profile) {
            interest.asked = Instant::now();
            return;
        }
        if profiles.len() >= MOST_PROFILES
            && let Some(oldest) =
                profiles.iter().min_by_key(|(_, interest)| interest.asked).map(|(name, _)| name.clone())
        {
            profiles.remove(&oldest);
        }
        let interest =
            RequestedProfile { asked: Instant::now(), running: None, last: None, login_tried: None };
        profiles.insert(profile.clone(), interest);
        // The loop must include the new profile.
        self.changed.notify_one();
    }

    /// Returns the reason why the last try failed, unless something has changed since.
    pub fn last_failure(&self, profile: &ProfileName) -> Option<Unserved> {
        self.failure_within(profile, PASSING)
    }

    /// Returns the same. A failure counts for `others` long; a failure that only a login solves counts until something
    /// has changed.
    fn failure_within(&self, profile: &ProfileName, others: Duration) -> Option<Unserved> {
        let changes = *self.changes.borrow();
        let profiles = self.lock();
        let last = profiles.get(profile)?.last.as_ref()?;
        let stands = last.told.slug == LOGIN_NEEDED || last.at.elapsed() < others;
        (last.changes == changes && stands).then(|| last.told.clone())
    }

    /// Ends its waiting with every change of our state.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Returns the profiles that clients have requested.
    pub fn profiles(&self) -> Vec<ProfileName> {
        self.lock().keys().cloned().collect()
    }

    /// Starts a renewal, unless one is running already. The returned channel closes at its end.
    pub fn begin(self: &Arc<Self>, profile: &ProfileName) -> watch::Receiver<()> {
        let mut profiles = self.lock();
        let (ends, ended) = watch::channel(());
        let Some(interest) = profiles.get_mut(profile) else { return ended };
        if let Some(running) = interest.running.as_ref().filter(|running| running.has_changed().is_ok()) {
            return running.clone();
        }
        interest.running = Some(ended.clone());
        let (renewals, profile) = (Arc::clone(self), profile.clone());
        tokio::spawn(async move {
            renewals.try_for(&profile).await;
            drop(ends);
        });
        ended
    }

    async fn try_for(self: &Arc<Self>, profile: &ProfileName) {
        let Ok(_turn) = self.children.acquire().await else { return };
        // The counter is read before the try, because a change during the try may come too late for it.
        let changes = *self.changes.borrow();
        let told = self.child(profile, false, LIMIT).await.err();
        match &told {
            None => self.log.say(&format!("renewed `{profile}`")),
            // Once is enough, however often it is tried.
            Some(told) if self.last_reason(profile).as_ref() == Some(&told.reason) => {}
            Some(told) => self.log.say(&format!("nothing for `{profile}`: {}", told.reason)),
        }
        let wants_code = told.as_ref().is_some_and(|told| LOGIN_HELPS.contains(&told.slug.as_str()));
        let mut profiles = self.lock();
        let Some(interest) = profiles.get_mut(profile) else { return };
        interest.last = told.map(|told| FailedTry { told, at: Instant::now(), changes });
        if wants_code && interest.login_tried.is_none_or(|at| at.elapsed() > PEACE) {
            interest.login_tried = Some(Instant::now());
            let (renewals, profile) = (Arc::clone(self), profile.clone());
            tokio::spawn(async move { renewals.log_in(&profile).await });
        }
    }

    /// Logs in without a terminal, if the settings allow that: from a source that needs no person, or by a question on
    /// the desktop. Clients do not wait for it.
    async fn log_in(&self, profile: &ProfileName) {
        let Ok(_question) = self.questions.acquire().await else { return };
        // Another login may have succeeded while this one waited for its question.
        if matches!(look::look(&self.state, profile, self.context), Ok(Ok(_))) {
            self.end_peace(profile);
            return;
        }
        match self.child(profile, true, LOGIN_LIMIT).await {
            Ok(()) => {
                self.log.say(&format!("logged in for `{profile}`"));
                self.end_peace(profile);
            }
            // It is normal that nobody may be asked, and the reason was logged already.
            Err(told) if LOGIN_HELPS.contains(&told.slug.as_str()) => {}
            Err(told) => self.log.say(&format!("no login for `{profile}`: {}", told.reason)),
        }
    }

    /// Ends the pause after an unanswered question. The pause is for people who did not answer; after a successful
    /// renewal, the next question may follow at once. A renewal that failed meanwhile, because the session was deleted
    /// again, counts as one from before.
    fn end_peace(&self, profile: &ProfileName) {
        if let Some(interest) = self.lock().get_mut(profile) {
            interest.login_tried = None;
        }
        self.changes.send_modify(|changes| *changes += 1);
        self.changed.notify_one();
    }

    /// Runs `broker renew` in a child process. The child reads the files and variables of the session from the header
    /// of the session.
    async fn child(&self, profile: &ProfileName, codes: bool, limit: Duration) -> Result<(), Unserved> {
        let mut command = Command::new(self.context.own_program());
        command.arg0("awsesame").args(["broker", "renew", "--json"]);
        if codes {
            command.arg("--codes");
        }
        let header = look::header(&self.state, profile);
        if let Some(header) = header.as_ref().filter(|header| header.is_of_environments_web_identity()) {
            // Beside a flag, these variables would not count.
            let inputs = &header.inputs;
            let web =
                [("AWS_WEB_IDENTITY_TOKEN_FILE", &inputs.token_file), ("AWS_ROLE_ARN", &inputs.role_arn)];
            command.env("AWS_PROFILE", profile.as_str()).env_remove("AWSESAME_PROFILE");
            for (name, value) in web {
                match value {
                    Some(value) => command.env(name, value),
                    None => command.env_remove(name),
                };
            }
        } else {
            // The form with `=` is used because the name of a profile may begin with a dash.
            command.arg(format!("--profile={}", profile.as_str()));
        }
        if let Some(header) = header {
            // Its variables are a shell's, and a session without them might be allowed more.
            if header.inputs.role.is_some() {
                return Err(Unserved::from(&Fault::ShapedElsewhere { subject: header.subject }));
            }
            surround(&mut command, &header);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let program = || self.context.own_program().to_string_lossy().into_owned();
        let output = match tokio::time::timeout(limit, command.output()).await {
            Ok(Ok(output)) => output,
            Ok(Err(error)) => {
                let why = crate::os::file::words(&error);
                return Err(Unserved::from(&Fault::CannotRun { program: program(), why, missing: false }));
            }
            Err(_) => {
                let argv = vec!["awsesame".into(), "env".into(), "-p".into(), profile.as_str().to_owned()];
                let seconds = limit.as_secs();
                return Err(Unserved::from(&Fault::ProgramHung {
                    program: program(),
                    seconds,
                    command: argv,
                }));
            }
        };
        if output.status.success() {
            return Ok(());
        }
        let said = serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap_or_default();
        let word = |name: &str| said[name].as_str().map(str::to_owned);
        match (word("error"), word("message"), word("hint")) {
            (Some(slug), Some(reason), Some(hint)) => Err(Unserved { slug, reason, hint }),
            _ => Err(Unserved::from(&Fault::Bug { what: format!("a renewal ended with {}", output.status) })),
        }
    }

    /// Renews the sessions ahead of time. It never returns.
    pub async fn keep_fresh(self: Arc<Self>) {
        loop {
            let sleep = self.look_over();
            // Either is a reason to look again.
            let _ = tokio::time::timeout(sleep, self.changed.notified()).await;
        }
    }

    /// Begins what is due, and says when to look again.
    fn look_over(self: &Arc<Self>) -> Duration {
        self.lock().retain(|_, interest| interest.asked.elapsed() < FORGOTTEN);
        let now = self.context.now();
        let mut sleep = LONGEST_SLEEP;
        for profile in self.profiles() {
            let header = look::header(&self.state, &profile);
            let until_due = header.as_ref().and_then(|header| header.until_renewal(now));
            let due = match (&header, until_due) {
                (Some(header), None) => header.left(now) <= 0,
                (Some(_), Some(left)) => left <= 0,
                (None, _) => true,
            };
            if !due {
                let left = u64::try_from(until_due.unwrap_or(i64::MAX)).unwrap_or(0);
                sleep = sleep.min(Duration::from_secs(left.max(1)));
            } else if self.failure_within(&profile, PATIENT).is_none() {
                match self.since_last(&profile) {
                    Some(since) if since < GAP => sleep = sleep.min(GAP.saturating_sub(since)),
                    _ => drop(self.begin(&profile)),
                }
            }
        }
        sleep
    }

    fn last_reason(&self, profile: &ProfileName) -> Option<String> {
        Some(self.lock().get(profile)?.last.as_ref()?.told.reason.clone())
    }

    fn since_last(&self, profile: &ProfileName) -> Option<Duration> {
        Some(self.lock().get(profile)?.last.as_ref()?.at.elapsed())
    }

    /// Watches our state in a separate thread, because waiting blocks.
    pub fn watch(self: &Arc<Self>) -> Result<(), Fault> {
        let folder = self.state.stamps_folder();
        let mut watch = Watch::folder(&folder)?;
        let renewals = Arc::clone(self);
        let thread = std::thread::Builder::new().name("watch".into()).stack_size(128 * 1024);
        let watching = thread.spawn(move || {
            let (mut last, mut looks) = (times(&folder), 0_u32);
            // The call also returns from time to time without a change. Every few times this counts as a change,
            // because config files, which may have been corrected, are not watched.
            while watch.changed(None).unwrap_or(false) {
                let now = times(&folder);
                looks += 1;
                if now != last || looks >= LOOKS {
                    (last, looks) = (now, 0);
                    renewals.changes.send_modify(|changes| *changes += 1);
                    renewals.changed.notify_one();
                }
            }
        });
        watching.map(drop).map_err(|error| limits::or_bug(&error, "no thread"))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ProfileName, RequestedProfile>> {
        self.profiles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the modification times of the stamps. All of them are compared, because the time of one may be later than
/// that of another that changes after it.
fn times(folder: &Path) -> BTreeMap<OsString, SystemTime> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| Some((entry.file_name(), entry.metadata().ok()?.modified().ok()?))).collect()
}

/// Sets the variables that the session was resolved from.
fn surround(command: &mut Command, header: &Header) {
    if let Some(files) = AwsFiles::of(header) {
        command.env("AWS_CONFIG_FILE", files.config);
        command.env("AWS_SHARED_CREDENTIALS_FILE", files.credentials);
    }
    command.env_remove("AWS_ENDPOINT_URL_STS").env_remove("AWS_ENDPOINT_URL_IAM");
    match &header.inputs.endpoint {
        Some(endpoint) => command.env("AWS_ENDPOINT_URL", endpoint),
        None => command.env_remove("AWS_ENDPOINT_URL"),
    };
    if let Some(serial) = &header.inputs.mfa_arn {
        command.env("AWS_MFA_ARN", serial);
    }
}
