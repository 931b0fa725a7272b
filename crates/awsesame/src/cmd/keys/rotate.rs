//! `awsesame keys rotate`: replaces a long-term key with a new one. It asks for one code at most, and a working key is
//! in place at any time. Core's `rotation` decides the order of the steps.

mod caller;
mod report;

use std::process::ExitCode;

use awsesame_core::answer::translate::Answer;
use awsesame_core::fault::{Fault, RotateFault};
use awsesame_core::name::{AccessKeyId, ProfileName};
use awsesame_core::plan::{Half, Plan};
use awsesame_core::rotation::{Journal, Known, SignedBy};
use serde::Serialize;

use self::caller::Caller;
use self::report::{RotationReport, State};
use super::super::Runner;
use crate::aws::iam;
use crate::config::plan::Planned;
use crate::keys::rotate::Rotation;
use crate::keys::rotate::journals::Journals;
use crate::ui;
use crate::ui::FaultObject;
use crate::vault::keyring::SessionKeyring;

/// Replace a long-term key by a new one; the old one is deleted after a login with the new one
///
/// awsesame creates the new key, tries it, and puts it where the old one was: into its store, or
/// into `~/.aws/credentials`, of which every other byte stays. Then it makes the old key inactive,
/// and the first login with the new one deletes it. Until then `--undo` makes it active again. If
/// a run was killed, the next one finishes its work.
#[derive(Debug, clap::Args)]
pub(super) struct Rotate {
    /// Do this for the keys of all profiles
    #[arg(long, conflicts_with_all = ["undo", "drop"])]
    all: bool,
    /// Only keys that are older than this (`90d`)
    #[arg(long, value_name = "AGE", value_parser = age, conflicts_with_all = ["undo", "drop"])]
    older_than: Option<u32>,
    /// Make the old key active again, or undo what a killed run began
    #[arg(long, conflicts_with = "drop")]
    undo: bool,
    /// Delete this other key of the user first, where AWS allows no third
    #[arg(long, value_name = "KEY-ID")]
    drop: Option<String>,
}

/// Parses a duration, which may be in days.
fn age(text: &str) -> Result<u32, String> {
    awsesame_core::rotation::age(text)
        .ok_or_else(|| "expected a length of time, like `90d` or `12w`".to_owned())
}

/// The JSON of `keys rotate --all`: the outcome for the key of one profile.
#[derive(Serialize)]
#[serde(untagged)]
enum Outcome<'a> {
    Done(report::ReportObject<'a>),
    Failed(FaultObject),
}

impl Rotate {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        if !self.all {
            let told = self.one(runner)?;
            if runner.shared.json {
                ui::print_json(&told.object())?;
            }
            told.say();
            return Ok(ExitCode::SUCCESS);
        }
        let mut outcomes = Vec::new();
        let mut failed = false;
        for profile in holders(runner)? {
            let shared = runner.shared.of(&profile);
            let own = Runner {
                context: runner.context,
                shared: &shared,
                typed: runner.typed,
                settings: std::cell::OnceCell::new(),
            };
            match self.one(&own) {
                Ok(told) => {
                    told.say();
                    outcomes.push((profile, Ok(told)));
                }
                // The keys of the other profiles are still rotated.
                Err(fault) => {
                    ui::fault(&fault);
                    failed = true;
                    outcomes.push((profile, Err(fault)));
                }
            }
        }
        if outcomes.is_empty() {
            ui::say("no profile has a long-term key");
        }
        if runner.shared.json {
            let objects = outcomes.iter().map(|(profile, outcome)| match outcome {
                Ok(told) => Outcome::Done(told.object()),
                Err(fault) => Outcome::Failed(FaultObject::of(fault, Some(profile))),
            });
            ui::print_json(&objects.collect::<Vec<_>>())?;
        }
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    /// Rotates the key of one profile. If the bare key is not allowed to, it tries again with MFA.
    fn one(&self, runner: &Runner<'_>) -> Result<RotationReport, Fault> {
        match self.by(runner, Caller::of) {
            Err(bare @ Fault::Rotate(RotateFault::NotAllowed { signed: SignedBy::Key, .. })) => {
                match self.by(runner, Caller::with_session) {
                    // For a user without a device, the refusal of the bare key is the error that matters.
                    Err(Fault::NoDevice { .. }) => Err(bare),
                    told => told,
                }
            }
            told => told,
        }
    }

    fn by(
        &self,
        runner: &Runner<'_>,
        caller: impl FnOnce(&Runner<'_>, &SessionKeyring<'_>, &ProfileName) -> Result<Caller, Fault>,
    ) -> Result<RotationReport, Fault> {
        let (profile, before) = holder(runner)?;
        let state = runner.state()?;
        let vault = runner.vault(&state)?;
        let keyring = SessionKeyring { context: runner.context, state: &state, vault: &vault };
        let journals = Journals::at(&runner.context.folders().data()?);
        let begun = journals.about(&before)?;
        if self.undo && begun.is_none() {
            return Err(RotateFault::NothingToUndo { profile }.into());
        }
        let caller = caller(runner, &keyring, &profile)?;
        let _turn = journals.turn(|| {
            ui::say("waiting for another rotation");
            true
        })?;
        // The files may have changed while a code was typed or another rotation ended.
        let plan = Planned::of(runner.context, Some(profile.as_str()), None)?.plan;
        let key = plan.key().map_or_else(|| before.clone(), |key| key.id.clone());
        let written = journals.about(&key)?;
        if key != before || (begun.is_some() && written.is_none()) {
            // The login that was just made may have used the new key for the first time.
            let old = begun.filter(|_| key == before).map_or(before, |begun| begun.old);
            let state = if written.is_none() { State::Done } else { State::Meanwhile };
            return Ok(RotationReport { profile, old, new: Some(key), state });
        }
        let keys = runner.keys(&state)?;
        let rotation = Rotation {
            keyring: &keyring,
            keys: &keys,
            files: runner.context.folders().aws()?,
            plan,
            profile: profile.clone(),
            aws: &caller.aws,
            signer: caller.signer.clone(),
            signed: caller.signed,
            quiet: false,
        };
        let (old, state) = if self.undo {
            take_back(&rotation, &journals, written)?
        } else {
            self.go_on(&rotation, &journals, &key, written)?
        };
        let plan = Planned::of(runner.context, Some(profile.as_str()), None)?.plan;
        let new = plan.key().map(|key| key.id.clone()).filter(|new| *new != old);
        Ok(RotationReport { profile, old, new, state })
    }

    /// Starts a rotation, or continues the one that is in progress.
    fn go_on(
        &self,
        rotation: &Rotation<'_>,
        journals: &Journals,
        key: &AccessKeyId,
        mut written: Option<Journal>,
    ) -> Result<(AccessKeyId, State), Fault> {
        if let Some(other) = &self.drop {
            drop_other(rotation, &AccessKeyId::new(other), written.as_ref())?;
        }
        if written.is_none()
            && let Some(young) = self.young(rotation, key)?
        {
            return Ok((key.clone(), young));
        }
        // A call that the new key has signed counts as its first use.
        if let Some(journal) = &mut written
            && rotation.signed == SignedBy::Key
            && journal.new.as_ref() == Some(key)
        {
            journal.used = true;
            journals.write(journal)?;
        }
        let old = written.as_ref().map_or_else(|| key.clone(), |journal| journal.old.clone());
        let wanted = self.older_than.is_none() && !self.all;
        let outcome = rotation.run(written, |known: &mut Known| known.wanted = wanted);
        if outcome.is_err() {
            tell_of_half(rotation, journals, key);
        }
        Ok((old, State::of(&outcome?)))
    }

    /// Returns the state of a key that is younger than asked for. None if it is not.
    fn young(&self, rotation: &Rotation<'_>, key: &AccessKeyId) -> Result<Option<State>, Fault> {
        let Some(wanted) = self.older_than else { return Ok(None) };
        let listed = iam::keys::list(rotation.aws, rotation.signer.clone(), rotation.user().as_deref())
            .map_err(|answer| rotation.told(&answer))?;
        let now = rotation.keyring.context.now();
        let age = listed.iter().find(|listed| listed.id == *key).map(|listed| now - listed.created);
        Ok(age.filter(|age| *age < i64::from(wanted)).map(State::Young))
    }
}

/// Says after a failure which key is in use.
fn tell_of_half(rotation: &Rotation<'_>, journals: &Journals, before: &AccessKeyId) {
    let profile = &rotation.profile;
    let plan =
        Planned::of(rotation.keyring.context, Some(profile.as_str()), None).map(|planned| planned.plan);
    let journal = journals.about(before).ok().flatten();
    if let (Some(new), Some(journal)) = (plan.ok().as_ref().and_then(Plan::key), journal)
        && journal.new.as_ref() == Some(&new.id)
    {
        ui::say(&format!("profile `{profile}` has the new key `{}`; `{}` still exists", new.id, journal.old));
    }
}

/// Undoes the steps that can still be undone.
fn take_back(
    rotation: &Rotation<'_>,
    journals: &Journals,
    written: Option<Journal>,
) -> Result<(AccessKeyId, State), Fault> {
    let profile = rotation.profile.clone();
    let mut journal = written.ok_or(RotateFault::NothingToUndo { profile })?;
    let old = journal.old.clone();
    if journal.new.is_some() && journal.new == rotation.plan.key().map(|key| key.id.clone()) {
        iam::keys::set_active(rotation.aws, rotation.signer.clone(), &old, true)
            .map_err(|answer| rotation.told(&answer))?;
        journal.reopened = true;
        journals.write(&journal)?;
        return Ok((old, State::Reopened));
    }
    let outcome = rotation.run(Some(journal), |known| known.giving_up = true)?;
    Ok((old, State::of(&outcome)))
}

/// Deletes the user's other key, which the user has named.
fn drop_other(rotation: &Rotation<'_>, other: &AccessKeyId, journal: Option<&Journal>) -> Result<(), Fault> {
    let told = |answer: Answer| rotation.told(&answer);
    let listed =
        iam::keys::list(rotation.aws, rotation.signer.clone(), rotation.user().as_deref()).map_err(told)?;
    let own = rotation.plan.key().is_some_and(|key| key.id == *other);
    let ours = journal.is_some_and(|journal| journal.is_about(other));
    if own || ours || listed.iter().all(|key| key.id != *other) {
        return Err(RotateFault::NoSuchKey { key: other.clone(), profile: rotation.profile.clone() }.into());
    }
    iam::keys::delete(rotation.aws, rotation.signer.clone(), other).map_err(told)?;
    ui::say(&format!("the key `{other}` is deleted"));
    Ok(())
}

/// Returns the profile that has the key, and the key.
fn holder(runner: &Runner<'_>) -> Result<(ProfileName, AccessKeyId), Fault> {
    let plan = Planned::of(runner.context, runner.profile(), None)?.plan;
    let Some(key) = plan.key() else {
        let setting = plan.instead_of_a_key().unwrap_or("credential_source");
        return Err(Fault::Unsupported { subject: plan.subject.clone(), setting });
    };
    match key.holder.profile() {
        Some(profile) if matches!(key.secret, Half::Printed { .. }) => {
            Err(RotateFault::Printed { profile: profile.clone() }.into())
        }
        Some(profile) => Ok((profile.clone(), key.id.clone())),
        None => Err(RotateFault::InEnvironment { key: key.id.clone() }.into()),
    }
}

/// Returns one profile for each long-term key, by name.
fn holders(runner: &Runner<'_>) -> Result<Vec<ProfileName>, Fault> {
    let mut seen = Vec::new();
    let mut holders = Vec::new();
    for planned in Planned::all(runner.context)? {
        let key = planned.plan.key().filter(|key| key.holder == planned.plan.subject);
        // A printed key is managed by the program that prints it.
        let key = key.filter(|key| !matches!(key.secret, Half::Printed { .. }));
        if let (Some(key), Some(profile)) = (key, planned.plan.subject.profile())
            && !seen.contains(&key.id)
        {
            seen.push(key.id.clone());
            holders.push(profile.clone());
        }
    }
    Ok(holders)
}
