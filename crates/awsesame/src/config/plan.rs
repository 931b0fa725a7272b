//! Makes plans from the current files and variables, and records the state of the files. Core decides the content of a
//! plan.

use std::path::Path;

use awsesame_core::aws_files::profile::ProfileSet;
use awsesame_core::config::Config;
use awsesame_core::fault::Fault;
use awsesame_core::name::ProfileName;
use awsesame_core::plan::{EnvironmentFacts, Plan, Request};
use awsesame_core::session::FileStamp;

use crate::config;
use crate::config::profiles::Readings;
use crate::os::aws_files;
use crate::os::context::Context;

/// A plan, ready to be carried out.
#[derive(Debug)]
pub struct Planned {
    /// The plan of the profile.
    pub plan: Plan,
    /// The files that it was made from.
    pub stamps: Vec<FileStamp>,
}

impl Planned {
    /// Makes the plan of a profile. `duration` is the requested duration of its session, in seconds.
    pub fn of(context: Context, profile: Option<&str>, duration: Option<u32>) -> Result<Self, Fault> {
        let mut plans = Plans::read(context)?;
        (plans.facts.web_identity_token_file, plans.facts.role_arn) = context.web_identity(profile);
        plans.plan(context.named_profile(profile).as_ref(), duration)
    }

    /// Makes the plan of a profile as if AWS's files already had the given content.
    pub fn to_be(context: Context, profiles: ProfileSet, profile: &ProfileName) -> Result<Self, Fault> {
        Plans { profiles, ..Plans::read(context)? }.plan(Some(profile), None)
    }

    /// Returns every profile with its plan, or with the fault because of which it has none.
    pub fn each(context: Context) -> Result<Vec<(ProfileName, Outcome)>, Fault> {
        let plans = Plans::read(context)?;
        Ok(plans
            .profiles
            .names()
            .map(|name| (name.clone(), plans.resolved(Some(name), None, false)))
            .collect())
    }

    /// Returns the plans of all profiles that have one.
    pub fn all(context: Context) -> Result<Vec<Self>, Fault> {
        let plans = Plans::read(context)?;
        let found = |name: &ProfileName| {
            plans.resolved(Some(name), None, false).ok().filter(|found| is_own(name, &found.plan))
        };
        Ok(plans.profiles.names().filter_map(found).collect())
    }
}

/// A plan, or the fault that there is none for.
pub type Outcome = Result<Planned, Fault>;

/// The data from which plans are made: the files and variables, read once for any number of plans.
pub struct Plans {
    context: Context,
    profiles: ProfileSet,
    config: Config,
    facts: EnvironmentFacts,
    user: Option<String>,
    /// The stamps of AWS's files.
    theirs: Vec<FileStamp>,
    /// The stamp of our own file, which only roles depend on.
    ours: Option<FileStamp>,
}

impl Plans {
    /// Reads the current files and variables.
    pub fn read(context: Context) -> Result<Self, Fault> {
        let files = context.folders().aws()?;
        // Before the files are read: a file that changes from here on must not pass for a known one.
        let theirs = files.stamps();
        Self::of(context, &Readings::read(&files)?, theirs)
    }

    /// Uses files that were already read, with the stamps from before the reading.
    pub fn of(context: Context, readings: &Readings<'_>, theirs: Vec<FileStamp>) -> Result<Self, Fault> {
        let ours = context.folders().settings().map(|path| aws_files::stamp(&path));
        let (profiles, config) = (readings.profiles()?, config::read(context)?);
        let (facts, user) = (context.facts(), context.var("USER"));
        Ok(Self { context, profiles, config, facts, user, theirs, ours })
    }

    /// Returns the profiles that AWS's files and our list of keys describe.
    pub fn profiles(&self) -> &ProfileSet {
        &self.profiles
    }

    /// Returns every profile in order, with its plan or with the fault because of which it has none.
    pub fn each(&self) -> impl Iterator<Item = (&ProfileName, Result<Plan, Fault>)> {
        self.profiles.names().map(|name| (name, self.planned(Some(name), None, false, |_| ())))
    }

    /// Returns the plans of all profiles that have one. A profile whose process asks awsesame for another profile is
    /// left out, because that other profile is in the list itself.
    pub fn served(&self) -> impl Iterator<Item = Plan> {
        self.each().filter_map(|(name, outcome)| outcome.ok().filter(|plan| is_own(name, plan)))
    }

    /// Makes the plan of a profile. `duration` is the requested duration of its session, in seconds.
    pub fn plan(&self, profile: Option<&ProfileName>, duration: Option<u32>) -> Result<Planned, Fault> {
        self.resolved(profile, duration, true)
    }

    fn resolved(
        &self,
        profile: Option<&ProfileName>,
        duration: Option<u32>,
        suggests: bool,
    ) -> Result<Planned, Fault> {
        let mut stamps = self.theirs.clone();
        let plan = self.planned(profile, duration, suggests, |path| stamps.push(aws_files::stamp(path)))?;
        if plan.last_role().is_some() {
            // Those of the policies come last.
            stamps.splice(self.theirs.len()..self.theirs.len(), self.ours.clone());
        }
        Ok(Planned { plan, stamps })
    }

    /// The plan alone. `reads` is told each file of ours that it depends on.
    fn planned(
        &self,
        profile: Option<&ProfileName>,
        duration: Option<u32>,
        suggests: bool,
        mut reads: impl FnMut(&Path),
    ) -> Result<Plan, Fault> {
        let mut plan = Plan::resolve(&Request {
            profiles: &self.profiles,
            profile,
            environment: &self.facts,
            duration,
            config: &self.config,
            user: self.user.as_deref(),
            suggests,
        })?;
        plan.read_policies(|path| {
            let path = self.context.folders().expand(path.into());
            reads(&path);
            config::policy(&path)
        })?;
        Ok(plan)
    }
}

/// Returns true if a plan is that of this very profile, and not of another one which this one only asks us for.
fn is_own(name: &ProfileName, plan: &Plan) -> bool {
    plan.subject.profile() == Some(name)
}
