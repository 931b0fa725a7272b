//! `init --from TOOL`: for people who come from another tool. Their profiles are in AWS's files, where awsesame reads
//! them as they are; the long-term keys are taken out of the tool where it hands them out, and stay there as well.

use std::time::Duration;

use awsesame_core::aws_files::access_key::AccessKey;
use awsesame_core::aws_files::key_index::StoredKey;
use awsesame_core::fault::Fault;
use awsesame_core::name::{ProfileName, Shown, Typed};
use clap::ValueEnum;

use super::super::Runner;
use crate::config::plan::Planned;
use crate::config::profiles;
use crate::os::process;
use crate::store;
use crate::ui;

/// The tools that people come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Tool {
    /// Its long-term keys are taken over
    AwsVault,
    /// Its `[NAME-long-term]` sections are read as they are
    AwsMfa,
    /// Its profiles with a role or a key are read as they are
    Granted,
    /// Its profiles are read as they are
    Awsume,
}

/// The longest time that a person may take to open the tool's own store.
const PATIENCE: Duration = Duration::from_mins(2);

impl Tool {
    /// Takes over what the tool hands out, and says which profiles can be used from now on.
    pub(super) fn take_over(self, runner: &Runner<'_>) -> Result<(), Fault> {
        if self == Self::AwsVault {
            keys_of_aws_vault(runner)?;
        }
        let mut lacking = Vec::new();
        for (name, outcome) in Planned::each(runner.context)? {
            if let Err(fault) = outcome {
                lacking.push((name, fault));
            }
        }
        for (name, fault) in lacking {
            ui::say(&format!("profile `{name}` cannot be used yet: {}", fault.in_one_line()));
        }
        Ok(())
    }
}

/// The long-term keys that aws-vault has, each in the store for keys.
fn keys_of_aws_vault(runner: &Runner<'_>) -> Result<(), Fault> {
    let may_ask = runner.may_ask()?;
    let run = |words: &[&str]| {
        let argv: Vec<String> =
            std::iter::once("aws-vault").chain(words.iter().copied()).map(str::to_owned).collect();
        let output = process::listen(&argv, &[], None, PATIENCE, may_ask)?;
        match output.trouble() {
            None => Ok(output.stdout),
            Some(_) => Err(Fault::ProgramFailed {
                program: "aws-vault".to_owned(),
                why: output.complaint(),
                command: argv,
            }),
        }
    };
    let listed = run(&["list", "--credentials"])?;
    let names = String::from_utf8_lossy(&listed).into_owned();
    let state = runner.state()?;
    let keys = runner.keys(&state)?;
    let index = keys.index()?;
    let known = profiles::read(&runner.context.folders().aws()?)?;
    let mut taken = 0;
    for name in names.lines().map(str::trim).filter(|name| !name.is_empty()) {
        let profile = ProfileName::new(name);
        if index.get(&profile).is_some() {
            ui::say(&format!("profile `{profile}` has a key in a store already"));
            continue;
        }
        let store = destination(runner, &profile)?;
        let printed = run(&["export", "--no-session", "--format=json", name])?;
        let text = std::str::from_utf8(&printed)
            .map_err(|_| Fault::BadKey { why: "aws-vault prints something that is not text".into() })?;
        let key = AccessKey::parse(text)?;
        let stored = StoredKey { id: key.id.clone(), store: store.to_owned() };
        let _turn = keys.turn()?;
        keys.lay_down(&stored, &key.secret, &profile)?;
        let mut index = keys.index()?;
        index.insert(profile.clone(), stored);
        keys.write(&index)?;
        taken += 1;
        ui::say(&format!(
            "the key `{}` of profile `{profile}` is in the `{store}` store; once you have logged in with it: aws-vault remove {}",
            key.id,
            Typed(name)
        ));
        if known.get(&profile).is_none() {
            ui::say(&format!(
                "profile `{}` is in none of AWS's files yet: awsesame init -p {}",
                Shown(name),
                Typed(name)
            ));
        }
    }
    if taken == 0 {
        ui::say("aws-vault has no key that is not here already");
    }
    Ok(())
}

/// The store for keys that is set, else the one that is at hand.
fn destination(runner: &Runner<'_>, profile: &ProfileName) -> Result<&'static str, Fault> {
    match runner.keys_store(profile) {
        Err(Fault::StoreForgets { .. }) if store::there(runner.context).next().is_some() => {
            Ok(store::at_hand(runner.context))
        }
        other => other,
    }
}
