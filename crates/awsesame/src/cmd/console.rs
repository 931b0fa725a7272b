//! `awsesame console`: opens the web console with the session of a role.

mod browser;
mod redirect;

use std::process::ExitCode;
use std::time::Duration;

use awsesame_core::fault::{ConsoleFault, Fault};
use awsesame_core::name::secret::Secret;
use awsesame_core::name::{ProfileName, Subject, arn_field};
use awsesame_core::plan::{Plan, Root, SignIn};
use awsesame_core::render::console::{Console as Place, is_aws, is_near, question, token};
use serde::Serialize;
use zeroize::Zeroizing;

use self::browser::Browser;
use super::{Named, Needs, Runner};
use crate::aws::Aws;
use crate::aws::http::{Request, fetch};
use crate::config::plan::Planned;
use crate::session::story::ReadySession;
use crate::ui;
use crate::ui::report;

/// The endpoint makes a token at leisure.
const PATIENCE: Duration = Duration::from_secs(10);

/// Open the web console in a browser, signed in as the profile's role
///
/// AWS signs in what `AssumeRole` gave, so the profile has to have a role. The page lasts as long as the role's
/// session. The browser is `--browser`, else `console.browser` in `config.toml`, else the desktop's own.
#[derive(Debug, clap::Args)]
pub(super) struct Console {
    #[command(flatten)]
    pub(super) named: Named,
    /// The part of the console to open, as in its address
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Print the address instead of opening it: anybody who has it is signed in, for 15 minutes
    #[arg(long, conflicts_with = "browser")]
    url: bool,
    /// The browser, with its arguments (`'firefox -P work'`); the address is added at the end
    #[arg(long, value_name = "COMMAND")]
    browser: Option<String>,
    #[command(flatten)]
    needs: Needs,
}

/// The address that signs in, as programs read it.
#[derive(Serialize)]
struct AddressObject<'a> {
    url: &'a str,
}

impl Console {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let plan = Planned::of(runner.context, runner.profile(), None)?.plan;
        check_before_asking(runner, &plan)?;
        // A wrong page or browser is not worth a code either.
        let endpoint = runner.config()?.text("console.endpoint", runner.profile_name().as_deref());
        let endpoint = match endpoint {
            None => federation(&plan)?,
            set => set,
        };
        let role = plan.last_role().and_then(|role| arn_field(role.arn.as_str(), 1)).unwrap_or("aws");
        let place = Place::of(role, endpoint)?;
        let region = &plan.client.region;
        let page = place.page(self.service.as_deref(), region)?;
        let browser = if self.url {
            None
        } else {
            Some(Browser::find(runner, self.browser.as_deref(), &plan.subject)?)
        };

        let ready = runner.session(&mut runner.want(&self.needs)?)?;
        let address = sign_in(runner, &plan, &place, &page, &ready)?;
        let now = runner.context.now();
        match browser {
            None if runner.shared.json => {
                let object = AddressObject { url: address.expose() };
                ui::print(&Zeroizing::new(ui::to_json(&object)?))?;
            }
            None => ui::print(&Zeroizing::new(format!("{}\n", address.expose())))?,
            Some(browser) => {
                browser.open(&address, &plan.subject)?;
                ui::say(&format!("the console is open: {}", report::sentence(&ready.session.header, now)));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns the federation endpoint that belongs to the plan's own endpoint. Credentials that do not come from AWS must
/// not be sent to AWS's sign-in. Returns None if the plan uses AWS itself.
fn federation(plan: &Plan) -> Result<Option<String>, Fault> {
    match plan.client.sts_endpoint.as_deref() {
        None => Ok(None),
        Some(endpoint) if is_aws(endpoint) => Ok(None),
        Some(endpoint) if is_near(endpoint) => {
            Ok(Some(format!("{}/federation", endpoint.trim_end_matches('/'))))
        }
        Some(endpoint) => Err(ConsoleFault::Elsewhere { endpoint: endpoint.to_owned() }.into()),
    }
}

/// Fails before a code is requested if AWS would refuse the sign-in.
fn check_before_asking(runner: &Runner<'_>, plan: &Plan) -> Result<(), Fault> {
    let role = match &plan.root {
        // The identity of these credentials is known only from the session.
        Root::Ambient(_) | Root::WebIdentity(_) | Root::Program(_) | Root::SignIn(SignIn::Portal(..)) => true,
        Root::SignIn(SignIn::Console(session)) => session.contains(":assumed-role/"),
        Root::Session { .. } | Root::Direct { .. } => false,
    };
    if role || plan.last_role().is_some() {
        return Ok(());
    }
    let role = plan.key().and_then(|key| key.holder.profile()).and_then(|holder| standing_on(runner, holder));
    Err(ConsoleFault::NeedsRole { subject: plan.subject.clone(), role }.into())
}

/// Returns the first profile with a role that is assumed with the key of this one.
fn standing_on(runner: &Runner<'_>, holder: &ProfileName) -> Option<ProfileName> {
    let plans = Planned::all(runner.context).ok()?;
    let stands = |plan: &Plan| {
        plan.last_role().is_some() && plan.key().and_then(|key| key.holder.profile()) == Some(holder)
    };
    plans
        .iter()
        .find(|planned| stands(&planned.plan))
        .and_then(|planned| planned.plan.subject.profile().cloned())
}

/// Returns the address that signs in: the credentials are sent to AWS, which returns a token.
fn sign_in(
    runner: &Runner<'_>,
    plan: &Plan,
    place: &Place,
    page: &str,
    ready: &ReadySession,
) -> Result<Secret, Fault> {
    let endpoint = place.federation.clone();
    let mut client = plan.client.clone();
    if endpoint.starts_with("https://") {
        // A client without endpoint settings uses TLS.
        (client.sts_endpoint, client.iam_endpoint) = (None, None);
    }
    let aws = Aws::reach(&client, runner.context)?;
    let asked = Request {
        method: "POST",
        headers: vec![("content-type", Zeroizing::new("application/x-www-form-urlencoded".to_owned()))],
        body: question(&ready.session.credentials),
        ..Request::get(&endpoint, PATIENCE)
    };
    let answer =
        fetch(&aws.http(), asked).map_err(|why| Fault::NoNetwork { endpoint: endpoint.clone(), why })?;
    match token(&answer.body) {
        Some(token) if answer.status == 200 => Ok(place.sign_in(&token, page)),
        _ => Err(refused(endpoint, answer.status, &answer.body, &plan.subject)),
    }
}

/// Returns the fault for a missing token, with the message of the endpoint if it is one short line.
fn refused(endpoint: String, status: u16, body: &[u8], subject: &Subject) -> Fault {
    let text = String::from_utf8_lossy(body);
    let said = text.trim();
    let plain = !said.is_empty() && said.len() < 200 && !said.contains(['<', '\n', '{']);
    let why =
        if plain { said.trim_end_matches('.').to_owned() } else { format!("it answers with HTTP {status}") };
    ConsoleFault::Refused { endpoint, why, subject: subject.clone() }.into()
}
