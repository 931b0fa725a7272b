//! `login --web`: the first sign-in of a profile that has no credentials yet. The command writes the ARN of the person
//! who signed in into the profile as its `login_session`. It changes no other byte.

use awsesame_core::aws_files::edit::{AwsFile, FileKind};
use awsesame_core::fault::{Fault, SigninFault};
use awsesame_core::name::{AccountId, ProfileName, is_region};
use awsesame_core::plan::Root;

use super::super::Runner;
use super::ByBrowser;
use crate::aws::Aws;
use crate::config::editing::Original;
use crate::config::plan::Planned;
use crate::config::profiles;
use crate::signin::{Need, Signing, Way};
use crate::ui;
use crate::vault::keyring::SessionKeyring;

/// The command that continues if another program has changed the file.
const AGAIN: &str = "login --web";
/// The settings by which a profile gets credentials in another way.
const OTHERS: [&str; 10] = [
    "aws_access_key_id",
    "role_arn",
    "credential_process",
    "credential_source",
    "web_identity_token_file",
    "web_identity_token_process",
    "sso_session",
    "sso_start_url",
    "sso_account_id",
    "sso_role_name",
];
/// The ARN that is used until the person has signed in.
const NOBODY_YET: &str = "arn:aws:iam::000000000000:user/nobody-yet";

/// Makes the profile one that signs in at the web console, unless it is one already.
pub(super) fn set_up(
    runner: &Runner<'_>,
    way: &Way,
    asked: &ByBrowser,
    account: Option<&str>,
) -> Result<(), Fault> {
    let name = runner.meant_profile();
    let files = runner.context.folders().aws()?;
    let mut set = profiles::read(&files)?;
    if let Some(settings) = set.get(&name) {
        if settings.has("login_session") {
            return Ok(());
        }
        let other = OTHERS.into_iter().find(|setting| settings.has(setting));
        if let Some(setting) = other.or_else(|| settings.stored().map(|_| "aws_access_key_id")) {
            return Err(SigninFault::HoldsOther { profile: name, setting }.into());
        }
    }
    let mut settings = Vec::new();
    if let Some(region) = &asked.region {
        if !is_region(region) {
            let expected = "the code of a region, like `eu-central-1`".to_owned();
            return Err(Fault::BadValue { setting: "--region", value: region.clone(), expected });
        }
        set.insert(name.as_str(), "region", region);
        settings.push(("region", region.clone()));
    }
    set.insert(name.as_str(), "login_session", NOBODY_YET);
    let account = account.map(str::to_owned).or_else(|| runner.context.var("AWSESAME_ACCOUNT"));
    let need = Need { force: true, may_ask: runner.may_ask()?, account: account.map(AccountId::new) };
    let planned = Planned::to_be(runner.context, set.clone(), &name)?;
    #[expect(clippy::redundant_closure_for_method_calls, reason = "the method is of one lifetime only")]
    let grant = with(runner, &planned, way, &need, |signing| signing.first())?;

    settings.insert(0, ("login_session", grant.arn.clone()));
    write(&files.config, &name, &settings)?;
    ui::say(&format!("profile `{name}` has `login_session = {}` now", grant.arn));
    set.insert(name.as_str(), "login_session", &grant.arn);
    let planned = Planned::to_be(runner.context, set, &name)?;
    with(runner, &planned, way, &need, |signing| signing.keep_first(&grant))
}

fn with<T>(
    runner: &Runner<'_>,
    planned: &Planned,
    way: &Way,
    need: &Need,
    run: impl FnOnce(&Signing<'_>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let state = runner.state()?;
    let vault = runner.vault(&state)?;
    let keyring = SessionKeyring { context: runner.context, state: &state, vault: &vault };
    let aws = Aws::reach(&planned.plan.client, runner.context)?;
    run(&Signing::of(&keyring, &planned.plan, &aws, way, need.clone())?)
}

fn write(
    path: &std::path::Path,
    profile: &ProfileName,
    settings: &[(&'static str, String)],
) -> Result<(), Fault> {
    if let Some(original) = Original::read(path)? {
        let text = AwsFile::read(original.text(), FileKind::Config).with(profile, settings);
        return original.replace(&text, AGAIN, profile);
    }
    Original::create(path, &AwsFile::read("", FileKind::Config).with(profile, settings))
}

/// Refuses a flag for signing in by browser if the profile does not need that.
pub(super) fn check(runner: &Runner<'_>, flag: &'static str) -> Result<(), Fault> {
    let plan = Planned::of(runner.context, runner.profile(), None)?.plan;
    match plan.root {
        Root::SignIn(_) => Ok(()),
        Root::Session { .. }
        | Root::Direct { .. }
        | Root::WebIdentity(_)
        | Root::Program(_)
        | Root::Ambient(_) => Err(SigninFault::NotByBrowser { subject: plan.subject, flag }.into()),
    }
}
