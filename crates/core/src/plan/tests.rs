//! Tests whole plans, as tables. A plan is written as one line, so that a row of a table is easy to read.

mod chains;
mod clients;
mod devices;
mod durations;
mod environments;
mod ids;
mod published;
mod signs_in;
mod sources;
mod terms;
mod unattended;

use super::{EnvironmentFacts, Hop, Plan, Request, Root, SignIn, TokenSource};
use crate::aws_files::profile::ProfileSet;
use crate::config::Config;
use crate::fault::Fault;
use crate::name::secret::Secret;
use crate::name::{AccessKeyId, ProfileName, Serial};

/// Reads `[name]` and `key = value` lines; `[services NAME]` holds `sts = URL`.
fn profiles(text: &str) -> ProfileSet {
    let mut set = ProfileSet::new("~/.aws/config", "~/.aws/credentials");
    let mut section = "";
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
            continue;
        }
        let (key, value) = line.split_once('=').unwrap();
        match section.strip_prefix("services ") {
            Some(name) => set.insert_endpoint(name, key.trim(), value),
            None => match section.strip_prefix("sso-session ") {
                Some(session) => set.insert_sso(session, key.trim(), value),
                None => set.insert(section, key.trim(), value),
            },
        }
    }
    set
}

/// The request of a row.
#[derive(Default)]
struct Asked<'a> {
    profile: Option<&'a str>,
    environment: EnvironmentFacts,
    duration: Option<u32>,
    config: Config,
}

fn resolve(text: &str, asked: &Asked<'_>) -> Result<Plan, Fault> {
    let profile = asked.profile.map(ProfileName::new);
    Plan::resolve(&Request {
        profiles: &profiles(text),
        profile: profile.as_ref(),
        environment: &asked.environment,
        duration: asked.duration,
        config: &asked.config,
        user: Some("alice"),
        suggests: true,
    })
}

/// Returns the plan for a named profile, with nothing else set.
fn plan_of(text: &str, profile: &str) -> Result<Plan, Fault> {
    resolve(text, &Asked { profile: Some(profile), ..Asked::default() })
}

/// Returns `KEY@holder session 43200 [serial] > Role(name, external, seconds)`, or the message of the fault.
fn line(plan: &Result<Plan, Fault>) -> String {
    let plan = match plan {
        Ok(plan) => plan,
        Err(fault) => return format!("error: {fault}"),
    };
    let devices = |serials: &[Serial]| {
        let names: Vec<&str> = serials.iter().map(Serial::device).collect();
        format!("[{}]", names.join(" "))
    };
    let mut line = match &plan.root {
        Root::Session { key, serials, seconds } => {
            format!("{} of {} session {seconds} {}", key.id, key.holder, devices(serials))
        }
        Root::Direct { key, serials, role, seconds } => {
            format!(
                "{} of {} direct {seconds} {} > {}",
                key.id,
                key.holder,
                devices(serials),
                role_text(role)
            )
        }
        Root::SignIn(SignIn::Console(session)) => format!("console {session}"),
        Root::SignIn(SignIn::Portal(portal, role)) => {
            format!("portal {} {} {} {}", portal.start_url, portal.region, role.account, role.name)
        }
        Root::WebIdentity(web) => {
            let token = match &web.token {
                TokenSource::File(path) | TokenSource::Variable(path) => path.as_str(),
                TokenSource::Program(_) => "program",
            };
            format!("web {token} {}", role_text(&web.role))
        }
        Root::Program(program) => format!("program of {}", program.profile),
        Root::Ambient(ambient) => ambient.as_str().to_owned(),
    };
    for hop in &plan.roles {
        line.push_str(" > ");
        line.push_str(&role_text(hop));
    }
    line
}

fn role_text(hop: &Hop) -> String {
    let external = hop.external_id.as_ref().map(|id| format!(" external {id}")).unwrap_or_default();
    let seconds = hop.duration.map(|seconds| format!(" {seconds}")).unwrap_or_default();
    format!("{}({}{external}{seconds})", hop.arn.role_name(), hop.session_name)
}

fn master(environment: EnvironmentFacts) -> EnvironmentFacts {
    EnvironmentFacts {
        master_key_id: Some(AccessKeyId::new("AKIAMASTER")),
        master_secret: Some(Secret::new("master-secret")),
        ..environment
    }
}

fn plain(environment: EnvironmentFacts) -> EnvironmentFacts {
    EnvironmentFacts {
        key_id: Some(AccessKeyId::new("AKIAPLAIN")),
        secret: Some(Secret::new("plain-secret")),
        ..environment
    }
}

/// `AKIADEV` with a device, and nothing else.
const DEV: &str = "
    [dev]
    aws_access_key_id = AKIADEV
    aws_secret_access_key = dev-secret
    mfa_serial = arn:aws:iam::111111111111:mfa/phone
";

#[test]
fn debug_output_of_a_plan_shows_no_secret() {
    let plan = plan_of(DEV, "dev").unwrap();
    assert!(!format!("{plan:?}").contains("dev-secret"));
    assert!(!format!("{:?}", profiles(DEV)).contains("dev-secret"));
    assert!(format!("{plan:?}").contains("AKIADEV"));
    assert_eq!(plan.key().map(|key| &key.secret), Some(&super::Half::Here(Secret::new("dev-secret"))));
}

proptest::proptest! {
    #[test]
    fn no_profile_is_odd_enough_to_stop_the_program(
        settings in proptest::collection::vec(
            (0..3usize, 0..crate::aws_files::profile::SETTINGS.len(), "[abc]|default|arn:aws:iam::1:role/x|true|900|Environment|\\PC*"),
            0..12,
        ),
        named in proptest::option::of(0..3usize),
        mfa_arn in proptest::option::of("\\PC*"),
        duration in proptest::option::of(0u32..200_000),
    ) {
        const NAMES: [&str; 3] = ["default", "a", "b"];
        let mut set = ProfileSet::new("c", "s");
        for (profile, key, value) in &settings {
            set.insert(NAMES[*profile], crate::aws_files::profile::SETTINGS[*key], value);
        }
        let profile = named.map(|index| ProfileName::new(NAMES[index]));
        let environment = EnvironmentFacts { mfa_arn, ..plain(EnvironmentFacts::default()) };
        let request =
            Request { profiles: &set, profile: profile.as_ref(), environment: &environment, duration, config: &Config::default(), user: None, suggests: true };
        match Plan::resolve(&request) {
            Ok(plan) => {
                proptest::prop_assert!(plan.serials().iter().all(Serial::gives_codes));
                proptest::prop_assert!(plan.roles.iter().all(|hop| hop.duration.is_none_or(|s| s <= super::CHAINED_MAX)));
            }
            Err(fault) => proptest::prop_assert!(!fault.to_string().chars().any(char::is_control)),
        }
    }
}
