//! Describes the plan that awsesame has for the profile, as lines of text.

use awsesame_core::aws_files::profile::SETTINGS;
use awsesame_core::fault::Fault;
use awsesame_core::name::{ProfileName, Shown, Subject};
use awsesame_core::plan::{Hop, Plan, Root, SignIn, TokenSource};
use awsesame_provenance::Files;

use super::super::Runner;
use super::read;
use crate::config::plan::Planned;
use crate::ui::report;

/// The variables that can change a plan. Only the names of those that contain a secret are shown.
const VARIABLES: [&str; 15] = [
    "AWSESAME_PROFILE",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "MASTER_AWS_ACCESS_KEY_ID",
    "AWS_MFA_ARN",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL_IAM",
    "AWS_CA_BUNDLE",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_ROLE_SESSION_NAME",
];

/// A fact and where it is written.
pub(super) struct Fact {
    /// The setting, or the variable.
    pub(super) name: String,
    /// The profile that has the setting.
    pub(super) profile: Option<ProfileName>,
    /// The value, or None for a secret.
    pub(super) value: Option<String>,
    /// The file and the line; of a variable neither.
    pub(super) place: Option<(String, usize)>,
}

/// The plan, or why there is none.
pub(super) struct Planning {
    pub(super) plan: Result<Plan, Fault>,
    /// The hint if there is no plan. It may differ from the fault's own hint.
    pub(super) hint: Option<String>,
    pub(super) facts: Vec<Fact>,
}

impl Planning {
    /// Reads the plan of the profile in force from the user's own files.
    pub(super) fn of(runner: &Runner<'_>, json: bool) -> Self {
        let context = runner.context;
        let plan = Planned::of(context, runner.profile(), None).map(|planned| planned.plan);
        let mut facts: Vec<Fact> = VARIABLES
            .into_iter()
            .filter_map(|name| {
                let value = Some(context.var(name)?);
                Some(Fact { name: name.to_owned(), profile: None, value, place: None })
            })
            .collect();
        let files =
            context.folders().aws().and_then(|files| read(context, json, &files.config, &files.credentials));
        // The plan already reports a file that cannot be read.
        if let Ok(files) = files {
            let named = context.named_profile(runner.profile());
            for profile in profiles(plan.as_ref().ok(), named.as_ref()) {
                facts.extend(of_profile(&files, &profile));
            }
        }
        let hint = plan.as_ref().err().map(|fault| runner.hint(fault));
        Self { plan, hint, facts }
    }

    /// Returns the subject of the plan, or None if there is no plan.
    pub(super) fn subject(&self) -> Option<Subject> {
        self.plan.as_ref().ok().map(|plan| plan.subject.clone())
    }
}

/// Returns the profiles through which a plan goes, the named one first.
fn profiles(plan: Option<&Plan>, named: Option<&ProfileName>) -> Vec<ProfileName> {
    let mut all = Vec::new();
    let mut add = |profile: Option<&ProfileName>| {
        if let Some(profile) = profile.filter(|profile| !all.contains(*profile)) {
            all.push(profile.clone());
        }
    };
    add(named);
    if let Some(plan) = plan {
        add(plan.subject.profile());
        plan.roles.iter().rev().for_each(|role| add(Some(&role.profile)));
        match &plan.root {
            Root::Direct { role, .. } => add(Some(&role.profile)),
            Root::WebIdentity(web) => add(Some(&web.role.profile)),
            Root::Program(program) => add(Some(&program.profile)),
            Root::Session { .. } | Root::SignIn(_) | Root::Ambient(_) => {}
        }
        add(plan.key().and_then(|key| key.holder.profile()));
    }
    all
}

fn of_profile<'a>(files: &'a Files, profile: &'a ProfileName) -> impl Iterator<Item = Fact> + 'a {
    // Other settings are not shown, because they may contain secrets.
    let deciding = files.all(profile).into_iter().filter(|(key, _)| SETTINGS.contains(key));
    deciding.map(|(key, stated)| Fact {
        name: key.to_owned(),
        profile: Some(profile.clone()),
        value: stated.value.clone(),
        place: Some((stated.place.path.to_string(), stated.place.line)),
    })
}

/// Returns the steps of a plan, each in one line.
pub(super) fn steps(plan: &Plan) -> Vec<String> {
    let mut steps = Vec::new();
    let devices = match plan.serials() {
        [] => "the device that AWS lists".to_owned(),
        serials => serials.iter().map(|serial| format!("`{serial}`")).collect::<Vec<_>>().join(", else of "),
    };
    if let Some(key) = plan.key() {
        steps.push(key.to_string());
    }
    match &plan.root {
        Root::Session { seconds, .. } => {
            steps.push(format!(
                "an MFA session of {}, with a code of {devices}",
                report::span(i64::from(*seconds))
            ));
        }
        Root::Direct { role, seconds, .. } => {
            let span = report::span(i64::from(*seconds));
            steps.push(format!("role `{}` for {span}, with a code of {devices}", role.arn));
        }
        Root::SignIn(SignIn::Console(session)) => {
            steps.push(format!("AWS Sign-In as `{}`, by browser", Shown(session)));
        }
        Root::SignIn(SignIn::Portal(portal, role)) => steps.push(format!(
            "role `{}` of account {}, from the portal `{}` of IAM Identity Center, by browser",
            Shown(&role.name),
            role.account,
            Shown(&portal.start_url)
        )),
        Root::WebIdentity(web) => {
            let span = report::span(i64::from(web.role.duration.unwrap_or(awsesame_core::plan::CHAINED_MAX)));
            let token = match &web.token {
                TokenSource::File(path) => format!("the token in `{}`", Shown(path)),
                TokenSource::Variable(path) => {
                    format!("the token in `{}`, by AWS_WEB_IDENTITY_TOKEN_FILE", Shown(path))
                }
                TokenSource::Program(_) => {
                    "the token that the `web_identity_token_process` prints".to_owned()
                }
            };
            steps.push(format!("role `{}` for {span}, by a web identity: {token}", web.role.arn));
        }
        Root::Program(program) => {
            steps.push(format!(
                "the session that the `credential_process` of profile `{}` gives",
                program.profile
            ));
        }
        Root::Ambient(source) => steps.push(format!("the machine's own credentials ({})", source.as_str())),
    }
    steps.extend(plan.roles.iter().map(role));
    steps
}

fn role(hop: &Hop) -> String {
    let span = report::span(i64::from(hop.duration.unwrap_or(awsesame_core::plan::CHAINED_MAX)));
    format!("role `{}` for {span}, renewed without a code", hop.arn)
}
