//! `awsesame keys rotate`: a new key in the place of a long-term one. One code at most,
//! and at every moment a key that works; the order of things is `rotation`'s.

use std::process::ExitCode;

use awsesame_core::fault::{Fault, RotateFault};
use awsesame_core::name::{AccessKeyId, ProfileName, Serial};
use awsesame_core::plan::{Plan, Root};
use awsesame_core::quote::json;
use awsesame_core::rotation::{Journal, Known, Rest};
use awsesame_core::session::Credentials;
use awsesame_core::translate::Answer;

use super::super::{Needs, Runner};
use crate::aws::{self, Aws};
use crate::planned::Planned;
use crate::rotation::journals::Journals;
use crate::rotation::{Outcome, Rotation};
use crate::stage::Stage;
use crate::{iam, keys, report, ui};

/// Replace a long-term key by a new one; the old one is deleted after a login with the new one
///
/// The new key is made, tried out, and put where the old one was: into its store, or into
/// `~/.aws/credentials`, of which every other byte stays. Then the old one is made inactive. The
/// first login with the new key deletes it; so does `keys rotate`, typed again. Until then
/// `--undo` makes it active again. Whatever a killed run left, the next one goes on from.
#[derive(Debug, clap::Args)]
pub(super) struct Rotate {
    /// The keys of all profiles
    #[arg(long, conflicts_with_all = ["undo", "drop"])]
    all: bool,
    /// Only keys that are older than this (`90d`)
    #[arg(long, value_name = "AGE", value_parser = age, conflicts_with_all = ["undo", "drop"])]
    older_than: Option<u32>,
    /// Make the old key active again, or take back what a killed run began
    #[arg(long, conflicts_with = "drop")]
    undo: bool,
    /// Delete this other key of the user first, where AWS allows no third
    #[arg(long, value_name = "KEY-ID")]
    drop: Option<String>,
}

/// A length of time that may be days.
fn age(text: &str) -> Result<u32, String> {
    awsesame_core::rotation::age(text)
        .ok_or_else(|| "expected a length of time, like `90d` or `12w`".to_owned())
}

/// What became of one profile's key.
struct Told {
    profile: ProfileName,
    old: AccessKeyId,
    new: Option<AccessKeyId>,
    state: State,
}

/// How far it came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// It is not old enough, by so many seconds of age.
    Young(i64),
    /// The new key is in its place, and the old one inactive.
    Waits,
    /// The old key is deleted.
    Done,
    /// The old key was made active again.
    Reopened,
    /// There is no new key any more.
    Undone,
    /// There is none that AWS lists, and it may list one yet.
    Unsettled,
    /// Somebody else was just about it.
    Meanwhile,
}

impl State {
    fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::Done,
            Outcome::Undone => Self::Undone,
            Outcome::Waits(Rest::Reopened) => Self::Reopened,
            Outcome::Waits(Rest::Unused) => Self::Waits,
            Outcome::Waits(Rest::Unsettled) => Self::Unsettled,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Young(_) => "young",
            Self::Waits => "waits",
            Self::Done => "done",
            Self::Reopened => "reopened",
            Self::Undone => "undone",
            Self::Unsettled => "unsettled",
            Self::Meanwhile => "meanwhile",
        }
    }
}

impl Rotate {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        if !self.all {
            let told = self.one(runner)?;
            if runner.shared.json {
                ui::print(&format!("{}\n", told.json()))?;
            }
            told.say();
            return Ok(ExitCode::SUCCESS);
        }
        let mut objects = Vec::new();
        let mut failed = false;
        for profile in holders(runner)? {
            let shared = runner.shared.of(&profile);
            let own =
                Runner { context: runner.context, shared: &shared, settings: std::cell::OnceCell::new() };
            match self.one(&own) {
                Ok(told) => {
                    told.say();
                    objects.push(told.json());
                }
                // The others' keys are rotated all the same.
                Err(fault) => {
                    ui::fault(&fault);
                    failed = true;
                    objects.push(format!(
                        "{{\"profile\":{},\"error\":{},\"message\":{},\"hint\":{}}}",
                        json(profile.as_str()),
                        json(&fault.slug()),
                        json(&fault.to_string()),
                        json(&fault.hint())
                    ));
                }
            }
        }
        if objects.is_empty() {
            ui::say("no profile has a long-term key");
        }
        if runner.shared.json {
            ui::print(&format!("[{}]\n", objects.join(",")))?;
        }
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    /// One profile's key. Where a bare key may not do it, the policy may ask for MFA.
    fn one(&self, runner: &Runner<'_>) -> Result<Told, Fault> {
        match self.by(runner, Caller::of) {
            Err(bare @ Fault::Rotate(RotateFault::NotAllowed { by_session: false, .. })) => {
                match self.by(runner, Caller::with_session) {
                    // Who has no device is told what was not allowed without one.
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
        caller: impl FnOnce(&Runner<'_>, &Stage<'_>, &ProfileName) -> Result<Caller, Fault>,
    ) -> Result<Told, Fault> {
        let (profile, before) = holder(runner)?;
        let state = runner.state()?;
        let vault = runner.vault(&state)?;
        let scene = Stage { context: runner.context, state: &state, vault: &vault };
        let journals = Journals::at(&runner.context.data_dir()?);
        let begun = journals.about(&before)?;
        if self.undo && begun.is_none() {
            return Err(RotateFault::NothingToUndo { profile }.into());
        }
        let caller = caller(runner, &scene, &profile)?;
        let _turn = journals.turn(|| {
            ui::say("waiting for another rotation");
            true
        })?;
        // Whatever happened while a code was asked for, or another rotation waited for.
        let plan = Planned::of(runner.context, Some(profile.as_str()), None)?.plan;
        let key = plan.key().map_or_else(|| before.clone(), |key| key.id.clone());
        let written = journals.about(&key)?;
        if key != before || (begun.is_some() && written.is_none()) {
            // The login that was just made may have been the first one with the new key.
            let old = begun.filter(|_| key == before).map_or(before, |begun| begun.old);
            let state = if written.is_none() { State::Done } else { State::Meanwhile };
            return Ok(Told { profile, old, new: Some(key), state });
        }
        let keys = runner.keys(&state)?;
        let rotation = Rotation {
            stage: &scene,
            keys: &keys,
            files: runner.context.aws_files()?,
            plan,
            profile: profile.clone(),
            aws: &caller.aws,
            signer: caller.signer.clone(),
            by_session: caller.by_session,
            quiet: false,
        };
        let (old, state) = if self.undo {
            take_back(&rotation, &journals, written)?
        } else {
            self.go_on(&rotation, &journals, &key, written)?
        };
        let plan = Planned::of(runner.context, Some(profile.as_str()), None)?.plan;
        let new = plan.key().map(|key| key.id.clone()).filter(|new| *new != old);
        Ok(Told { profile, old, new, state })
    }

    /// Begins a rotation, or goes on with the one that is under way.
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
        // Whoever signs with the new key itself has used it.
        if let Some(journal) = &mut written
            && !rotation.by_session
            && journal.new.as_ref() == Some(key)
        {
            journal.used = true;
            journals.write(journal)?;
        }
        let old = written.as_ref().map_or_else(|| key.clone(), |journal| journal.old.clone());
        let wanted = self.older_than.is_none() && !self.all;
        let outcome = rotation.run(written, |known: &mut Known| known.wanted = wanted)?;
        Ok((old, State::of(&outcome)))
    }

    /// Whether the key is younger than is asked for.
    fn young(&self, rotation: &Rotation<'_>, key: &AccessKeyId) -> Result<Option<State>, Fault> {
        let Some(wanted) = self.older_than else { return Ok(None) };
        let listed = iam::keys::list(rotation.aws, rotation.signer.clone())
            .map_err(|answer| rotation.told(&answer))?;
        let now = rotation.stage.context.now();
        let age = listed.iter().find(|listed| listed.id == *key).map(|listed| now - listed.created);
        Ok(age.filter(|age| *age < i64::from(wanted)).map(State::Young))
    }
}

/// Undoes as much as is left to be undone.
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

/// Deletes the user's other key, because somebody named it.
fn drop_other(rotation: &Rotation<'_>, other: &AccessKeyId, journal: Option<&Journal>) -> Result<(), Fault> {
    let told = |answer: Answer| rotation.told(&answer);
    let listed = iam::keys::list(rotation.aws, rotation.signer.clone()).map_err(told)?;
    let own = rotation.plan.key().is_some_and(|key| key.id == *other);
    let ours = journal.is_some_and(|journal| journal.is_about(other));
    if own || ours || listed.iter().all(|key| key.id != *other) {
        return Err(RotateFault::NoSuchKey { key: other.clone(), profile: rotation.profile.clone() }.into());
    }
    iam::keys::delete(rotation.aws, rotation.signer.clone(), other).map_err(told)?;
    ui::say(&format!("the key `{other}` is deleted"));
    Ok(())
}

/// The profile that has the key which a profile stands on, and that key.
fn holder(runner: &Runner<'_>) -> Result<(ProfileName, AccessKeyId), Fault> {
    let plan = Planned::of(runner.context, runner.profile(), None)?.plan;
    let Some(key) = plan.key() else {
        return Err(Fault::Unsupported { profile: runner.meant_profile(), setting: "credential_source" });
    };
    match key.holder.profile() {
        Some(profile) => Ok((profile.clone(), key.id.clone())),
        None => Err(RotateFault::InEnvironment { key: key.id.clone() }.into()),
    }
}

/// A profile for each long-term key, by name.
fn holders(runner: &Runner<'_>) -> Result<Vec<ProfileName>, Fault> {
    let mut seen = Vec::new();
    let mut holders = Vec::new();
    for planned in Planned::all(runner.context)? {
        let key = planned.plan.key().filter(|key| key.holder == planned.plan.subject);
        if let (Some(key), Some(profile)) = (key, planned.plan.subject.profile())
            && !seen.contains(&key.id)
        {
            seen.push(key.id.clone());
            holders.push(profile.clone());
        }
    }
    Ok(holders)
}

/// Whoever signs the calls.
struct Caller {
    aws: Aws,
    signer: aws_sdk_sts::config::Credentials,
    by_session: bool,
}

impl Caller {
    /// The user's own session, where one is open or the user has a device; else the key itself.
    fn of(runner: &Runner<'_>, stage: &Stage<'_>, profile: &ProfileName) -> Result<Self, Fault> {
        let plan = Planned::of(runner.context, Some(profile.as_str()), None)?.plan;
        let aws = Aws::reach(&plan.client, runner.context)?;
        // One that is open is as good as a new one, and costs no code.
        if let Some(credentials) = open_session(runner, stage, &plan)? {
            return Ok(Self { aws, signer: aws::temporary(&credentials), by_session: true });
        }
        let Some(key) = plan.key().filter(|_| !plan.serials().iter().any(Serial::gives_codes)) else {
            return Self::with_session(runner, stage, profile);
        };
        let signer = keys::signer(stage, key, runner.may_ask()?)?;
        match iam::keys::list(&aws, signer.clone()) {
            Ok(_) => Ok(Self { aws, signer, by_session: false }),
            Err(_) => Self::with_session(runner, stage, profile),
        }
    }

    /// The user's own session, whatever role the profile ends with; for a code, if need be.
    fn with_session(runner: &Runner<'_>, stage: &Stage<'_>, profile: &ProfileName) -> Result<Self, Fault> {
        let mut want = runner.want(&Needs::default())?;
        want.profile = Some(profile.as_str());
        let told = stage.session(&mut want)?;
        // Its key may have become another one: that of a rotation which waited for a login.
        let plan = Planned::of(runner.context, Some(profile.as_str()), None)?.plan;
        let credentials = open_session(runner, stage, &plan)?.unwrap_or(told.credentials);
        let aws = Aws::reach(&plan.client, runner.context)?;
        Ok(Self { aws, signer: aws::temporary(&credentials), by_session: true })
    }
}

/// The open MFA session of a plan's user.
fn open_session(runner: &Runner<'_>, stage: &Stage<'_>, plan: &Plan) -> Result<Option<Credentials>, Fault> {
    let now = runner.context.now();
    let found = stage.vault.derived(&plan.root_id(), now)?;
    let own = matches!(plan.root, Root::Session { .. });
    let good = found.ok().filter(|(header, _)| own && header.usable(now, None).is_ok());
    Ok(good.map(|(_, credentials)| credentials))
}

impl Told {
    fn say(&self) {
        let Self { profile, old, state, .. } = self;
        let flag = profile.flag();
        let new = self.new.as_ref().map(ToString::to_string).unwrap_or_default();
        let text = match state {
            State::Young(age) => {
                format!("the key `{old}` of profile `{profile}` is {} old, and stays", report::age(*age))
            }
            State::Waits => format!(
                "profile `{profile}` has the new key `{new}`; `{old}` is inactive, and the first login with the new \
                 one deletes it: awsesame login --force{flag}\n\
                 awsesame: should something else still need the old one: awsesame keys rotate --undo{flag}"
            ),
            State::Done => {
                format!("the old key `{old}` of profile `{profile}` is deleted; `{new}` has its place")
            }
            State::Reopened => format!(
                "`{old}`, the old key of profile `{profile}`, is active beside `{new}`; to go on: awsesame keys \
                 rotate{flag}"
            ),
            State::Undone => format!("profile `{profile}` keeps its key `{old}`; there is no other"),
            State::Unsettled => format!(
                "profile `{profile}` keeps its key `{old}`; AWS may list another one in a while, which goes by: \
                 awsesame keys rotate --undo{flag}"
            ),
            State::Meanwhile => {
                format!("profile `{profile}` was given the key `{new}` by another rotation meanwhile")
            }
        };
        ui::say(&text);
    }

    fn json(&self) -> String {
        let new = self.new.as_ref().map_or_else(|| "null".to_owned(), |new| json(new.as_str()));
        format!(
            "{{\"profile\":{},\"old\":{},\"new\":{new},\"state\":\"{}\"}}",
            json(self.profile.as_str()),
            json(self.old.as_str()),
            self.state.word()
        )
    }
}
