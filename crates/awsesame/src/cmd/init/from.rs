//! `init --from TOOL`: sets up awsesame for users of another tool. Their profiles are in AWS's files, which awsesame
//! reads as they are. The long-term keys are copied from the tool if it can print them; they also stay there.

use std::collections::BTreeSet;
use std::time::Duration;

use awsesame_core::aws_files::access_key::AccessKey;
use awsesame_core::aws_files::key_index::StoredKey;
use awsesame_core::config::split_words;
use awsesame_core::fault::Fault;
use awsesame_core::name::secret::Secret;
use awsesame_core::name::{ProfileName, Shown, Typed};
use clap::ValueEnum;
use zeroize::Zeroizing;

use super::super::Runner;
use crate::config::plan::Planned;
use crate::config::profiles;
use crate::keys::Keys;
use crate::os::process;
use crate::store;
use crate::ui;

/// The tools that people come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Tool {
    /// Its long-term keys are taken over
    AwsVault,
    /// Its `[NAME-long-term]` sections are read as they are; what it keeps unencrypted is named
    AwsMfa,
    /// Its long-term keys are taken over; its settings of a portal are named
    Granted,
    /// Its profiles are read as they are; what it keeps unencrypted is named
    Awsume,
}

/// The time limit for a person to unlock the tool's own store.
const PATIENCE: Duration = Duration::from_mins(2);

impl Tool {
    /// Imports the keys that the tool prints, and names the profiles that can be used from now on.
    pub(super) fn take_over(self, runner: &Runner<'_>) -> Result<(), Fault> {
        match self {
            Self::AwsVault => keys_of_aws_vault(runner)?,
            Self::Granted => keys_of_granted(runner)?,
            Self::AwsMfa | Self::Awsume => left_in_files(runner)?,
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

/// Returns the output of a tool, which may ask the person something.
fn output_of(argv: Vec<String>, may_ask: bool) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let output = process::listen(&argv, &[], None, PATIENCE, may_ask)?;
    match output.trouble() {
        None => Ok(output.stdout),
        Some(_) => {
            Err(Fault::ProgramFailed { program: argv[0].clone(), why: output.complaint(), command: argv })
        }
    }
}

/// Parses the key that a tool prints in the format of a `credential_process`.
fn printed_key(tool: &str, printed: &[u8]) -> Result<AccessKey, Fault> {
    let text = std::str::from_utf8(printed)
        .map_err(|_| Fault::BadKey { why: format!("{tool} prints something that is not text") })?;
    AccessKey::parse(text)
}

/// Puts a key into the store for keys. `afterwards` is the command that removes it from the tool.
fn take(
    runner: &Runner<'_>,
    keys: &Keys<'_>,
    name: &str,
    key: &AccessKey,
    afterwards: &str,
) -> Result<(), Fault> {
    let profile = ProfileName::new(name);
    let store = destination(runner, &profile)?;
    let stored = StoredKey { id: key.id.clone(), store: store.to_owned() };
    let _turn = keys.turn()?;
    keys.lay_down(&stored, &key.secret, &profile)?;
    let mut index = keys.index()?;
    index.insert(profile.clone(), stored);
    keys.write(&index)?;
    ui::say(&format!(
        "the key `{}` of profile `{profile}` is in the `{store}` store; once you have logged in with it: {afterwards} {}",
        key.id,
        Typed(name)
    ));
    Ok(())
}

/// Imports the long-term keys of aws-vault, each to the store for keys.
fn keys_of_aws_vault(runner: &Runner<'_>) -> Result<(), Fault> {
    let may_ask = runner.may_ask()?;
    let run = |words: &[&str]| {
        let argv = std::iter::once("aws-vault").chain(words.iter().copied()).map(str::to_owned).collect();
        output_of(argv, may_ask)
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
        // A store that is not ready is reported before a key is requested.
        destination(runner, &profile)?;
        let key = printed_key("aws-vault", &run(&["export", "--no-session", "--format=json", name])?)?;
        take(runner, &keys, name, &key, "aws-vault remove")?;
        taken += 1;
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

/// Imports the long-term keys that granted has for the profiles that ask it. Its own settings of a portal are named.
fn keys_of_granted(runner: &Runner<'_>) -> Result<(), Fault> {
    let files = runner.context.folders().aws()?;
    let known = profiles::read(&files)?;
    let portals = portals_of_granted(&profiles::contents(&files.config)?.unwrap_or_default());
    let state = runner.state()?;
    let keys = runner.keys(&state)?;
    let index = keys.index()?;
    for profile in known.names() {
        let Some(settings) = known.get(profile) else { continue };
        if portals.contains(profile.as_str()) {
            ui::say(&format!(
                "the portal of profile `{profile}` is in granted's own settings; name them `sso_`, and delete `credential_process`: vi {}",
                Typed(&files.config.to_string_lossy())
            ));
            continue;
        }
        let Some(command) =
            settings.secret("credential_process").map(Secret::expose).filter(|command| is_granted(command))
        else {
            continue;
        };
        if index.get(profile).is_some() {
            ui::say(&format!("profile `{profile}` has a key in a store already"));
            continue;
        }
        let argv = split_words(command).unwrap_or_default();
        // It gives sessions as well, which are not to be stored.
        let printed = output_of(argv, runner.may_ask()?)?;
        match printed_key("granted", &printed) {
            Ok(key) => take(runner, &keys, profile.as_str(), &key, "granted credentials remove --profile")?,
            Err(_) => {
                ui::say(&format!("granted gives a session to profile `{profile}`, and no long-term key"));
            }
        }
    }
    Ok(())
}

/// Returns the profiles whose portal is only in granted's own settings.
fn portals_of_granted(config: &str) -> BTreeSet<String> {
    let (mut found, mut section) = (BTreeSet::new(), None);
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line.strip_prefix("[profile ").and_then(|rest| rest.split(']').next()).map(str::trim);
        } else if line.starts_with("granted_sso_start_url") {
            found.extend(section.map(str::to_owned));
        }
    }
    found
}

/// Returns true for a command of granted's: `granted credential-process --profile NAME`.
fn is_granted(command: &str) -> bool {
    let words = split_words(command).unwrap_or_default();
    let program = words.first().map(|word| word.rsplit('/').next().unwrap_or(word));
    matches!(program, Some("granted" | "dgranted"))
        && words.get(1).is_some_and(|word| word == "credential-process")
}

/// Names the keys and sessions that aws-mfa and awsume keep in AWS's files.
fn left_in_files(runner: &Runner<'_>) -> Result<(), Fault> {
    let files = runner.context.folders().aws()?;
    let known = profiles::read(&files)?;
    let credentials = files.credentials.to_string_lossy().into_owned();
    for profile in known.names() {
        let Some(settings) = known.get(profile) else { continue };
        let written = settings.has("aws_session_token");
        if written {
            ui::say(&format!(
                "`[{profile}]` has a session that is not encrypted, and AWS's tools use it until it expires; delete that section: vi {}",
                Typed(&credentials)
            ));
        } else if settings.has("aws_secret_access_key") && settings.stored().is_none() {
            ui::say(&format!(
                "the key of profile `{profile}` is not encrypted; to move it into a store: awsesame keys import{}",
                profile.flag()
            ));
        }
    }
    Ok(())
}

/// Returns the configured store for keys, or else the one that is available.
fn destination(runner: &Runner<'_>, profile: &ProfileName) -> Result<&'static str, Fault> {
    match runner.keys_store(profile) {
        Err(Fault::StoreForgets { .. }) if store::there(runner.context).next().is_some() => {
            Ok(store::at_hand(runner.context))
        }
        other => other,
    }
}
