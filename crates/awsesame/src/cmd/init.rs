//! `awsesame init`: writes profiles to `~/.aws/config` that make every AWS tool ask awsesame. Core decides the text and
//! the markers around it; every other byte stays. If the profile does not exist yet, it is set up first.

mod first;
mod from;
mod lacking;
mod offers;
mod questions;
mod trial;

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::process::ExitCode;

use awsesame_core::aws_files::edit::is_read_by_sdks;
use awsesame_core::aws_files::own_block::{OwnBlock, settings};
use awsesame_core::aws_files::profile::ProfileSet;
use awsesame_core::fault::Fault;
use awsesame_core::name::{ProfileName, Shown, Typed};
use serde::Serialize;

use self::first::SetUp;
pub(super) use self::offers::start_up;
use super::{Named, Runner, mfa};
use crate::config::editing::Original;
use crate::config::plan::{Planned, Plans};
use crate::config::profiles;
use crate::deliver::generated;
use crate::ui;

/// Set up a profile, and a second one through which AWS's tools ask awsesame
///
/// If the profile has no key yet, awsesame asks for it at the terminal, tries it, and writes it.
///
/// For the profile `dev`, the second one is `[profile dev-mfa]` with
/// `credential_process = /PATH/OF/awsesame process -p dev`, in one marked block at the end of
/// `~/.aws/config`. Every other byte of the file stays, and `--undo` removes the block again.
#[derive(Debug, clap::Args)]
pub(super) struct Init {
    #[command(flatten)]
    pub(super) named: Named,
    /// The name of the new profile [default: the profile's name and `-mfa`]
    #[arg(long = "as", value_name = "NEW", conflicts_with_all = ["all", "undo"])]
    name: Option<String>,
    /// Add one for every profile that awsesame can use
    #[arg(long, conflicts_with = "undo")]
    all: bool,
    /// Take over what another tool has, then do as with `--all`
    #[arg(long, value_name = "TOOL", conflicts_with_all = ["undo", "all", "name", "key", "word"])]
    from: Option<from::Tool>,
    /// Ask for the profile's access key, even if it has one
    #[arg(long, conflicts_with_all = ["all", "undo"])]
    key: bool,
    /// Remove the block again
    #[arg(long)]
    undo: bool,
}

/// A profile to write, and the profile that it asks for.
struct Pair {
    name: ProfileName,
    of: ProfileName,
}

impl Init {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        self.carry_out(runner).map_err(|fault| match fault {
            Fault::ChangedMeanwhile { path, profile, .. } => {
                Fault::ChangedMeanwhile { path, then: self.again(), profile }
            }
            fault => fault,
        })
    }

    /// Returns the command that does the same again, without the name of the profile.
    fn again(&self) -> String {
        let name = self.name.as_ref().map(|name| format!(" --as {}", Typed(name))).unwrap_or_default();
        let flag = |flag, set: bool| if set { flag } else { "" };
        let (all, key, undo) =
            (flag(" --all", self.is_for_all()), flag(" --key", self.key), flag(" --undo", self.undo));
        format!("init{name}{all}{key}{undo}")
    }

    fn carry_out(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        if let Some(tool) = self.from {
            tool.take_over(runner)?;
        }
        let set_up = if self.is_for_all() || self.undo { None } else { self.set_up(runner)? };
        let files = runner.context.folders().aws()?;
        let path = files.config.as_path();
        let original = Original::read(path)?;
        let text = original.as_ref().map(Original::text);
        let block = text.map_or_else(|| Some(OwnBlock::in_no_file()), OwnBlock::find);
        let block = block.ok_or_else(|| Fault::ConfigBroken {
            path: path.to_string_lossy().into_owned(),
            why: "`# awsesame init: begin` has no `# awsesame init: end`".to_owned(),
        })?;
        let named = set_up.as_ref().map_or_else(|| runner.meant_profile(), |set_up| set_up.named.clone());
        if self.undo {
            return undo(runner, original.as_ref(), &block, &named);
        }
        let known = profiles::read(&files)?;
        let pairs = self.pairs(runner, &named)?;
        let new = written(text, &known, &pairs)?;
        let changed = text != Some(new.as_str());
        if changed {
            match &original {
                Some(original) => original.replace(&new, "init", &named)?,
                None => Original::create(path, &new)?,
            }
        }
        tell(runner, path, &pairs, changed, set_up.as_ref())?;
        if set_up.is_some() {
            offers::make(runner, &named)?;
        }
        match set_up {
            Some(SetUp { holder, enrol: true, .. }) => enrol(runner, &holder),
            _ => Ok(ExitCode::SUCCESS),
        }
    }

    fn is_for_all(&self) -> bool {
        self.all || self.from.is_some()
    }

    /// Sets up the profile and its key, if one of them is missing.
    fn set_up(&self, runner: &Runner<'_>) -> Result<Option<SetUp>, Fault> {
        let named = runner.context.named_profile(runner.profile());
        let lacking = lacking::lacking(runner.context, named.as_ref(), self.key)?;
        lacking.map(|lacking| first::set_up(runner, named.as_ref(), &lacking)).transpose()
    }

    /// Returns the pairs that are to be written: a profile for which nothing is available is a fault here, not later.
    fn pairs(&self, runner: &Runner<'_>, named: &ProfileName) -> Result<Vec<Pair>, Fault> {
        if self.is_for_all() {
            let mut served = BTreeSet::new();
            for found in Plans::read(runner.context)?.served() {
                let of_profile = found.begins_in_a_profile();
                served.extend(
                    found
                        .subject
                        .profile()
                        .filter(|name| of_profile && is_read_by_sdks(name.as_str()))
                        .cloned(),
                );
            }
            if served.is_empty() {
                return Err(Fault::NoCredentials { profile: named.clone() });
            }
            return Ok(served.into_iter().map(|of| Pair { name: with_suffix(&of), of }).collect());
        }
        let plan = Planned::of(runner.context, Some(named.as_str()), None)?.plan;
        let of = plan.subject.profile().cloned().unwrap_or_else(|| named.clone());
        let name = self.name.as_deref().map_or_else(|| with_suffix(&of), ProfileName::new);
        if name.as_str().is_empty() || !is_read_by_sdks(name.as_str()) {
            let expected = "a name that AWS's SDKs read: letters, digits and `_-/.%@:+`".to_owned();
            return Err(Fault::BadValue { setting: "--as", value: name.as_str().to_owned(), expected });
        }
        Ok(vec![Pair { name, of }])
    }
}

fn with_suffix(profile: &ProfileName) -> ProfileName {
    ProfileName::new(format!("{profile}-mfa"))
}

/// Returns the text of the file with all these profiles in the block.
fn written(text: Option<&str>, known: &ProfileSet, pairs: &[Pair]) -> Result<String, Fault> {
    // A block without an end was refused before.
    let block = text.and_then(OwnBlock::find).unwrap_or_else(OwnBlock::in_no_file);
    let ours: HashSet<ProfileName> = block.profiles().into_iter().collect();
    if let Some(taken) =
        pairs.iter().find(|pair| known.get(&pair.name).is_some() && !ours.contains(&pair.name))
    {
        let path = known.config_path().to_owned();
        return Err(Fault::ProfileTaken { name: taken.name.clone(), profile: taken.of.clone(), path });
    }
    let program = generated::own_program();
    let mut wanted = Vec::new();
    let now = block.handed_on();
    for Pair { name, of } in pairs {
        let settings = settings(&program, of, known.get(of));
        if ours.contains(name) {
            for (key, value) in now.set_since(name, &settings) {
                let value = Shown(&value);
                ui::say(&format!("kept `{key} = {value}` of profile `{name}`, which somebody has set since"));
            }
        }
        wanted.push((name.clone(), settings));
    }
    Ok(block.with_all(&wanted))
}

fn undo(
    runner: &Runner<'_>,
    original: Option<&Original>,
    block: &OwnBlock<'_>,
    named: &ProfileName,
) -> Result<ExitCode, Fault> {
    let gone = block.profiles();
    if let Some(original) = original.filter(|_| block.is_there()) {
        let path = original.path().to_string_lossy();
        let (path, were) = (Shown(&path), list(gone.iter()));
        if block.is_all() {
            original.remove("init --undo", named)?;
            ui::say(&format!("deleted {were} with `{path}`, which was created for it"));
        } else {
            original.replace(&block.without(), "init --undo", named)?;
            ui::say(&format!("removed {were} from `{path}`"));
        }
    } else {
        ui::say("nothing to undo: `awsesame init` has written nothing");
    }
    if runner.shared.json {
        ui::print_json(&UndoneObject { removed: gone.iter().map(ProfileName::as_str).collect() })?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The JSON of `init`: the profiles that it wrote.
#[derive(Serialize)]
struct WrittenObject<'a> {
    profiles: Vec<PairObject<'a>>,
    changed: bool,
}

/// A profile of ours, and the profile whose credentials it gets.
#[derive(Serialize)]
struct PairObject<'a> {
    profile: &'a str,
    #[serde(rename = "for")]
    of: &'a str,
}

/// The JSON of `init --undo`: the profiles that it removed.
#[derive(Serialize)]
struct UndoneObject<'a> {
    removed: Vec<&'a str>,
}

fn tell(
    runner: &Runner<'_>,
    path: &Path,
    pairs: &[Pair],
    changed: bool,
    set_up: Option<&SetUp>,
) -> Result<(), Fault> {
    let path = path.to_string_lossy();
    let names = list(pairs.iter().map(|pair| &pair.name));
    let did = if changed { "wrote" } else { "nothing to do, there is already" };
    ui::say(&format!("{did} {names} in `{}`; to undo: awsesame init --undo", Shown(&path)));
    if let Some(Pair { name, of }) = pairs.first() {
        match set_up {
            Some(SetUp { enrol: true, .. }) => ui::say("now the MFA device, and a login with it"),
            Some(SetUp { holder, has_device: false, .. }) => {
                ui::say(&format!("enroll an MFA device: awsesame mfa enroll{}", holder.flag()));
            }
            _ => ui::say(&format!("log in: awsesame login{}", of.flag())),
        }
        ui::say(&format!("then: aws --profile {} sts get-caller-identity", Typed(name.as_str())));
        ui::say(&format!("or without that profile: awsesame exec {} -- aws s3 ls", Typed(of.as_str())));
    }
    if runner.shared.json {
        let objects =
            pairs.iter().map(|pair| PairObject { profile: pair.name.as_str(), of: pair.of.as_str() });
        ui::print_json(&WrittenObject { profiles: objects.collect(), changed })?;
    }
    Ok(())
}

/// Enrolls a first device for a new profile, and logs in.
fn enrol(runner: &Runner<'_>, holder: &ProfileName) -> Result<ExitCode, Fault> {
    let shared = runner.shared.of(holder);
    mfa::enrol(&Runner {
        context: runner.context,
        shared: &shared,
        typed: runner.typed,
        settings: OnceCell::new(),
    })
}

/// Returns the names as text. If there are many, only the first ones are included.
fn list<'a>(names: impl Iterator<Item = &'a ProfileName>) -> String {
    const SHOWN: usize = 10;
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let noun = if names.len() == 1 { "profile" } else { "profiles" };
    match names.len().saturating_sub(SHOWN) {
        0 => format!("{noun} {}", names.join(", ")),
        more => format!("{noun} {} and {more} more", names[..SHOWN].join(", ")),
    }
}
