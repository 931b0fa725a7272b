//! Logs in the other profiles of a login. Those that share the MFA session are done at the same time. Those that need a
//! code of their own follow one after the other, because a person can answer only one question at a time. A profile
//! that fails does not stop the others.

use std::cell::OnceCell;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use awsesame_core::fault::Fault;
use awsesame_core::name::{ProfileName, Subject};
use awsesame_core::session::pin::Pin;

use super::super::Runner;
use crate::config::plan::Planned;
use crate::os::threads;
use crate::session::login::Asking;
use crate::session::story::{Obtained, ReadySession, Want};
use crate::signin::Way;
use crate::ui;
use crate::ui::report;
use crate::ui::report::SessionObject;
use crate::vault::keyring::SessionKeyring;

/// The number of roles that are assumed at the same time. It is high enough that nobody waits, and low enough that AWS
/// does not throttle.
const AT_ONCE: usize = 8;

/// The other profiles that are to be logged in to.
#[derive(Default)]
pub(super) struct Others {
    /// The profiles that use the session that is there now.
    served: Vec<(ProfileName, Planned)>,
    /// The profiles that need a code of their own, or a store that may ask.
    apart: Vec<(ProfileName, Planned)>,
    /// The profiles that have no plan.
    broken: Vec<(ProfileName, Fault)>,
}

/// Returns every profile that the session of the first one serves.
pub(super) fn all(runner: &Runner<'_>) -> Result<Others, Fault> {
    let first = Planned::of(runner.context, runner.profile(), None)?.plan;
    let mut others = Others::default();
    for planned in Planned::all(runner.context)? {
        let plan = &planned.plan;
        let Some(profile) = plan.subject.profile().filter(|_| plan.subject != first.subject) else {
            continue;
        };
        if plan.shares_session(&first) {
            let profile = profile.clone();
            others.sort(runner, profile, planned)?;
        } else if plan.shares_key(&first) {
            let flag = plan.subject.flag();
            ui::say(&format!("{} takes a code of its own: awsesame login{flag}", plan.subject));
        }
    }
    Ok(others)
}

/// Returns the profiles that the command line names.
pub(super) fn named(runner: &Runner<'_>, names: &[String]) -> Result<Others, Fault> {
    let first = Planned::of(runner.context, runner.profile(), None)?.plan;
    let mut others = Others::default();
    let mut seen = Vec::from_iter(first.subject.profile().cloned());
    for profile in names.iter().map(ProfileName::new) {
        if seen.contains(&profile) {
            continue;
        }
        seen.push(profile.clone());
        match Planned::of(runner.context, Some(profile.as_str()), None) {
            Ok(planned) if planned.plan.shares_session(&first) => others.sort(runner, profile, planned)?,
            Ok(planned) => others.apart.push((profile, planned)),
            Err(fault) => others.broken.push((profile, fault)),
        }
    }
    Ok(others)
}

impl Others {
    /// Assigns a profile that shares the session of the first one. If its data key is in another store, that store may
    /// ask a person, so the profile is not done at the same time as others.
    fn sort(&mut self, runner: &Runner<'_>, profile: ProfileName, planned: Planned) -> Result<(), Fault> {
        let same = runner.store_of(Some(profile.as_str()))? == runner.store()?;
        if same { &mut self.served } else { &mut self.apart }.push((profile, planned));
        Ok(())
    }

    /// Logs all profiles in. The exit code is 1 if one of them failed.
    pub(super) fn log_in(self, runner: &Runner<'_>, max_age: Option<u32>) -> Result<ExitCode, Fault> {
        let (context, shared, config) = (runner.context, runner.shared, runner.config()?);
        // Threads share only the settings: each opens its own store and its own connection to AWS.
        let log_in = |(profile, planned): &(ProfileName, Planned), alone: bool| {
            let shared = shared.of(profile);
            let runner = Runner {
                context,
                shared: &shared,
                typed: runner.typed,
                settings: OnceCell::from(config.clone()),
            };
            log_in_one(&runner, planned, max_age, alone)
        };
        let mut failed = false;
        // The session of a role may be new because another of these profiles is derived from it.
        let begun = context.now();
        let mut report = |profile: &ProfileName, outcome: Result<ReadySession, Fault>| match outcome {
            Ok(ready) => congratulate(runner, &ready, begun),
            Err(fault) => {
                failed = true;
                tell(runner, profile, &fault);
                Ok(())
            }
        };
        for (profile, fault) in self.broken {
            report(&profile, Err(fault))?;
        }
        let served = at_once(&self.served, |one| log_in(one, false));
        self.served.iter().zip(served).try_for_each(|((profile, _), outcome)| report(profile, outcome))?;
        self.apart.iter().try_for_each(|one| report(&one.0, log_in(one, true)))?;
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

/// Logs one profile in. If `alone`, it may ask for a code and for its store.
fn log_in_one(
    runner: &Runner<'_>,
    planned: &Planned,
    max_age: Option<u32>,
    alone: bool,
) -> Result<ReadySession, Fault> {
    let state = runner.state()?;
    let may_ask = alone && runner.may_ask()?;
    let vault = runner.vault_for(&state, may_ask)?;
    let chosen = alone.then(|| runner.chosen(runner.profile_name().as_deref())).transpose()?;
    let mut want = Want {
        profile: runner.profile(),
        max_age: max_age.map(i64::from),
        duration: None,
        force: false,
        // The pin of the command line belongs to its own profile.
        pin: Pin::default(),
        asking: Asking { given: None, may_ask, patience: runner.patience()?, chosen, by_program: false },
        way: Way { at_once: true, ..runner.way()? },
        must_keep: true,
    };
    SessionKeyring { context: runner.context, state: &state, vault: &vault }.carry_out(planned, &mut want)
}

fn congratulate(runner: &Runner<'_>, ready: &ReadySession, begun: i64) -> Result<(), Fault> {
    let now = runner.context.now();
    let was_there = ready.obtained == Obtained::Cached && ready.session.header.obtained < begun;
    let already = if was_there { "already " } else { "" };
    ui::say(&format!("{already}logged in as {}", report::sentence(&ready.session.header, now)));
    if runner.shared.json {
        ui::print_json(&SessionObject::of(&ready.session.header, "fresh", now))
    } else {
        Ok(())
    }
}

/// Prints a fault with the name of its profile.
fn tell(runner: &Runner<'_>, profile: &ProfileName, fault: &Fault) {
    if runner.shared.json {
        ui::fault_json(fault, Some(profile));
    }
    let (name, what) = (Subject::Profile(profile.clone()).to_string(), fault.to_string());
    let what = if what.contains(&name) { what } else { format!("{name}: {what}") };
    ui::error(&what, &fault.hint());
}

/// Calls a function for each element of a list, several at a time. The results are in the order of the list.
fn at_once<T: Sync, R: Send>(list: &[T], step: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = list.get(at) else { return done };
            done.push((at, step(item)));
        }
    };
    let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..list.len().min(AT_ONCE)).map(|_| threads::start(scope, work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker passes its faults on")).collect()
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}
