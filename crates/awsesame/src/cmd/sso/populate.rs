//! `awsesame sso populate`: writes profiles for every account and role of a portal. The command first shows the
//! changes. It changes and removes only profiles that awsesame wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use awsesame_core::aws_files::profile::ProfileSet;
use awsesame_core::fault::{Fault, SigninFault};
use awsesame_core::name::{ProfileName, is_region};
use awsesame_core::plan::{Root, SignIn};
use awsesame_core::signin::identity_center::populate::{
    Difference, Offer, TEMPLATE, Wish, apply, check_template, difference,
};
use awsesame_core::signin::identity_center::portal::Account;
use awsesame_core::signin::identity_center::settings::PortalRole;
use serde::Serialize;

use super::super::Runner;
use crate::aws::Aws;
use crate::config::editing::Original;
use crate::config::plan::Planned;
use crate::config::profiles;
use crate::os::terminal::{Answer, Terminal};
use crate::os::threads;
use crate::signin::portal_reader::PortalReader;
use crate::signin::{Need, Signing, Way};
use crate::ui;
use crate::vault::keyring::SessionKeyring;

/// The command that continues after an interruption.
const AGAIN: &str = "sso populate";
/// The number of concurrent requests. The portal throttles clients that send more.
const AT_ONCE: usize = 5;
/// The width of the bar, in characters.
const WIDTH: usize = 24;

/// Write a profile for every account and role of a portal, after showing what changes
///
/// Profiles that it wrote have `awsesame_managed`; only those are changed, or deleted with `--prune`.
#[derive(Debug, clap::Args)]
pub(super) struct Populate {
    /// The `[sso-session]` [default: the profile's, or the only one]
    #[arg(long, value_name = "NAME")]
    session: Option<String>,
    /// The names of the profiles: `{account}`, `{account_id}` and `{role}` are replaced
    #[arg(long, value_name = "TEXT", default_value = TEMPLATE, value_parser = template)]
    template: String,
    /// The beginning of their names
    #[arg(long, value_name = "TEXT", default_value = "", value_parser = prefix)]
    prefix: String,
    /// The Region that is written into new ones
    #[arg(long, value_name = "REGION", value_parser = region)]
    region: Option<String>,
    /// Delete our profiles whose role no longer exists
    #[arg(long)]
    prune: bool,
    /// Only show what would change
    #[arg(long)]
    dry_run: bool,
    /// Write it without asking
    #[arg(long, conflicts_with = "dry_run")]
    yes: bool,
}

fn template(text: &str) -> Result<String, String> {
    check_template(text).map(|()| text.to_owned())
}

fn prefix(text: &str) -> Result<String, String> {
    check_template(&format!("{text}{TEMPLATE}")).map(|()| text.to_owned())
}

fn region(text: &str) -> Result<String, String> {
    is_region(text)
        .then(|| text.to_owned())
        .ok_or_else(|| "expected a Region, like `eu-central-1`".to_owned())
}

impl Populate {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let files = runner.context.folders().aws()?;
        let set = profiles::read(&files)?;
        let session = self.session_of(runner, &set)?;
        let offers = offers(runner, set, &session)?;
        let wish = Wish {
            session: &session,
            template: &self.template,
            prefix: &self.prefix,
            region: self.region.as_deref(),
            prune: self.prune,
        };
        let original = Original::read(&files.config)?;
        let text = original.as_ref().map_or("", Original::text);
        let found = difference(text, &offers, &wish);
        show(runner, &found)?;
        if found.is_empty() || self.dry_run {
            return Ok(ExitCode::SUCCESS);
        }
        let profile = runner.meant_profile();
        if !self.yes {
            confirm(runner, &found, &profile)?;
        }
        let new = apply(text, &found, &wish);
        match original {
            Some(original) => original.replace(&new, AGAIN, &profile)?,
            None => Original::create(&files.config, &new)?,
        }
        let (added, changed, removed) = (found.added.len(), found.changed.len(), found.removed.len());
        ui::say(&format!("written: {added} profiles new, {changed} changed, {removed} deleted"));
        Ok(ExitCode::SUCCESS)
    }

    /// Returns the section of the portal that the command is about.
    fn session_of(&self, runner: &Runner<'_>, set: &ProfileSet) -> Result<String, Fault> {
        let named = runner.context.named_profile(runner.profile());
        let of_profile = || set.get(named.as_ref()?)?.get("sso_session").map(str::to_owned);
        let only = || {
            let mut all = set.sso_sessions();
            all.next().filter(|_| all.next().is_none()).map(str::to_owned)
        };
        let path = set.config_path().to_owned();
        match self.session.clone().or_else(of_profile).or_else(only) {
            Some(session) if set.sso_session(&session).is_some() => Ok(session),
            Some(session) => Err(SigninFault::UnknownSession { session, path }.into()),
            None => Err(SigninFault::UnknownSession { session: "--session NAME".to_owned(), path }.into()),
        }
    }
}

/// Returns everything in the portal for the person who signs in.
fn offers(runner: &Runner<'_>, mut set: ProfileSet, session: &str) -> Result<BTreeSet<Offer>, Fault> {
    // A sign-in needs a profile; without one, a placeholder is used.
    let stand_in = ProfileName::new(format!("sso-session {session}"));
    for (key, value) in
        [("sso_session", session), ("sso_account_id", PortalRole::ANY_ACCOUNT), ("sso_role_name", "any")]
    {
        set.insert(stand_in.as_str(), key, value);
    }
    let plan = Planned::to_be(runner.context, set, &stand_in)?.plan;
    let Root::SignIn(SignIn::Portal(portal, _)) = &plan.root else {
        return Err(Fault::Bug { what: "a session of Identity Center has no portal".to_owned() });
    };
    let state = runner.state()?;
    let vault = runner.vault(&state)?;
    let keyring = SessionKeyring { context: runner.context, state: &state, vault: &vault };
    let aws = Aws::reach(&plan.client, runner.context)?;
    let way = Way { at_once: true, ..runner.way()? };
    let need = Need { may_ask: runner.may_ask()?, ..Need::default() };
    let reader = Signing::of(&keyring, &plan, &aws, &way, need)?.portal_reader(portal)?;
    let accounts = reader.accounts()?;
    roles(&reader, &accounts)
}

/// Returns the roles of all accounts, and reads a few accounts at a time. The first fault ends it.
fn roles(reader: &PortalReader, accounts: &[Account]) -> Result<BTreeSet<Offer>, Fault> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let offers: Mutex<Result<BTreeSet<Offer>, Fault>> = Mutex::new(Ok(BTreeSet::new()));
    let line = Mutex::new(ui::Line::default());
    let work = || {
        while let Some(account) = accounts.get(next.fetch_add(1, Ordering::Relaxed)) {
            if offers.lock().unwrap_or_else(std::sync::PoisonError::into_inner).is_err() {
                return;
            }
            let found = reader.roles(account);
            let mut all = offers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            match (all.as_mut(), found) {
                (Ok(all), Ok(found)) => {
                    all.extend(found.into_iter().map(|role| Offer { account: account.clone(), role }));
                }
                (Ok(_), Err(fault)) => *all = Err(fault),
                (Err(_), _) => return,
            }
            drop(all);
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            let filled = WIDTH * done / accounts.len().max(1);
            let bar = format!("[{}{}]", "#".repeat(filled), "-".repeat(WIDTH - filled));
            let line = line.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            line.draw(&format!("{bar} {done} of {} accounts", accounts.len()));
        }
    };
    std::thread::scope(|scope| {
        (0..AT_ONCE).for_each(|_| drop(threads::start(scope, work)));
    });
    offers.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The difference, as programs read it.
#[derive(Serialize)]
struct DifferenceObject<'a> {
    added: Vec<OfferObject<'a>>,
    changed: Vec<OfferObject<'a>>,
    removed: Vec<&'a str>,
    left_over: Vec<&'a str>,
    taken: Vec<&'a str>,
    same: usize,
}

/// A profile that the portal gives reason for.
#[derive(Serialize)]
struct OfferObject<'a> {
    profile: &'a str,
    account: &'a str,
    role: &'a str,
}

impl<'a> DifferenceObject<'a> {
    fn of(found: &'a Difference) -> Self {
        let offers = |offers: &'a BTreeMap<ProfileName, Offer>| {
            let one = |(name, offer): (&'a ProfileName, &'a Offer)| OfferObject {
                profile: name.as_str(),
                account: offer.account.id.as_str(),
                role: &offer.role,
            };
            offers.iter().map(one).collect()
        };
        let names = |names: &'a BTreeSet<ProfileName>| names.iter().map(ProfileName::as_str).collect();
        Self {
            added: offers(&found.added),
            changed: offers(&found.changed),
            removed: names(&found.removed),
            left_over: names(&found.left_over),
            taken: names(&found.taken),
            same: found.same,
        }
    }
}

/// Prints the difference, for people or for programs.
fn show(runner: &Runner<'_>, found: &Difference) -> Result<(), Fault> {
    if runner.shared.json {
        return ui::print_json(&DifferenceObject::of(found));
    }
    ui::print(&found.lines())?;
    for name in &found.taken {
        ui::warn(&format!("profile `{name}` is your own, and stays as it is"));
    }
    if !found.left_over.is_empty() {
        let count = found.left_over.len();
        ui::say(&format!("{count} of awsesame's profiles have no role any longer; delete them with --prune"));
    }
    if found.is_empty() {
        ui::say(&format!("nothing to change: {} profiles are up to date", found.same));
    }
    Ok(())
}

fn confirm(runner: &Runner<'_>, found: &Difference, profile: &ProfileName) -> Result<(), Fault> {
    let then = "sso populate --yes".to_owned();
    let mut terminal = Some(())
        .filter(|()| runner.may_ask().unwrap_or(false))
        .and_then(|()| Terminal::open())
        .ok_or(Fault::NeedsTerminal { what: "a change of ~/.aws/config", then, profile: profile.clone() })?;
    let count = found.added.len() + found.changed.len() + found.removed.len();
    match terminal.ask(&format!("write these {count} changes? [y/N] "), Some(runner.patience()?)) {
        Ok(Answer::Line(line)) if line.trim().eq_ignore_ascii_case("y") => Ok(()),
        _ => Err(Fault::NotConfirmed {
            what: "nothing was written",
            then: AGAIN.to_owned(),
            profile: profile.clone(),
        }),
    }
}
