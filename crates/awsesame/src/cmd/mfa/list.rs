//! `awsesame mfa list`: shows the devices of the user in AWS.

use std::process::ExitCode;

use awsesame_core::answer::translate::Answer;
use awsesame_core::fault::Fault;
use awsesame_core::name::Serial;
use awsesame_core::plan::{DeviceKind, Plan, Root, choose_devices};
use awsesame_core::session::servable::{Demands, servable};
use serde::Serialize;

use super::super::Runner;
use crate::aws::iam;
use crate::aws::sts;
use crate::aws::{self, Aws};
use crate::config::plan::Planned;
use crate::keys;
use crate::ui;
use crate::ui::table::{Cell, Table};
use crate::vault::keyring::SessionKeyring;

/// Show the user's MFA devices: their kind, whether they give codes, which is used
#[derive(Debug, clap::Args)]
pub(super) struct List {}

/// One device of the list.
struct Row {
    serial: Serial,
    /// True if AWS lists it.
    listed: bool,
    /// The reason why it is used, if it is.
    used: Option<&'static str>,
}

impl List {
    #[expect(clippy::unused_self, reason = "every subcommand is run alike")]
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let state = runner.state()?;
        let vault = runner.vault(&state)?;
        let keyring = SessionKeyring { context: runner.context, state: &state, vault: &vault };
        let plan = Planned::of(runner.context, runner.profile(), None)?.plan;
        let rows = rows(&keyring, &plan, runner.may_ask()?)?;
        if runner.shared.json {
            ui::print_json(&rows.iter().map(Row::object).collect::<Vec<_>>())?;
        } else if rows.is_empty() {
            ui::say(&format!("AWS lists no MFA device for the user of {}", plan.subject));
        } else {
            ui::print_table(&table(&rows))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns the devices that AWS lists, then those that are configured and that AWS does not know.
fn rows(keyring: &SessionKeyring<'_>, plan: &Plan, may_ask: bool) -> Result<Vec<Row>, Fault> {
    let key = super::key(plan)?;
    let aws = Aws::reach(&plan.client, keyring.context)?;
    // A session with MFA may be allowed to ask if the bare key is not.
    let session = match &plan.root {
        Root::Session { .. } => keyring.vault.derived(&plan.root_id(), keyring.context.now())?.ok(),
        Root::Direct { .. }
        | Root::SignIn(_)
        | Root::WebIdentity(_)
        | Root::Program(_)
        | Root::Ambient(_) => None,
    };
    let session =
        session.filter(|session| servable(&session.header, &Demands::at(keyring.context.now())).is_ok());
    let signer = match session {
        Some(session) => aws::temporary(&session.credentials),
        None => keys::signer(keyring, key, may_ask)?,
    };
    let caller = keyring.caller(plan, &aws, &signer);
    let name = caller.call(sts::user)?;
    let listed = iam::mfa_devices(&aws, signer.clone(), name.as_deref()).map_err(|answer| {
        match (caller.fault(&answer), answer) {
            // Here no login depends on it: what AWS says is the answer.
            (Fault::DevicesUnknown { subject }, Answer::Refused(refusal)) => {
                Fault::Denied { operation: refusal.operation, why: refusal.message, subject }
            }
            (fault, _) => fault,
        }
    })?;
    let configured = plan.serials();
    // A user without a device for codes is a valid result here.
    let chosen = choose_devices(&listed, &plan.subject).ok();
    let used = |serial: &Serial| match configured {
        [] => chosen.as_ref().filter(|chosen| chosen.likeliest() == serial).map(|_| "chosen"),
        _ => configured.contains(serial).then_some("configured"),
    };
    let known: Vec<Serial> = listed.into_iter().map(|device| device.serial).collect();
    let unknown = configured.iter().filter(|serial| !known.contains(serial)).cloned();
    let unknown: Vec<Row> =
        unknown.map(|serial| Row { serial, listed: false, used: Some("configured") }).collect();
    let known = known.into_iter().map(|serial| Row { used: used(&serial), serial, listed: true });
    Ok(known.chain(unknown).collect())
}

/// A device, as programs read it.
#[derive(Serialize)]
struct RowObject<'a> {
    serial: &'a str,
    kind: &'static str,
    gives_codes: bool,
    used: Option<&'static str>,
    listed: bool,
}

impl Row {
    fn kind(&self) -> &'static str {
        DeviceKind::of(&self.serial).word()
    }

    fn object(&self) -> RowObject<'_> {
        RowObject {
            serial: self.serial.as_str(),
            kind: self.kind(),
            gives_codes: self.serial.gives_codes(),
            used: self.used,
            listed: self.listed,
        }
    }

    fn cells(&self) -> [String; 4] {
        let used = self.used.unwrap_or("-");
        [
            self.serial.to_string(),
            self.kind().to_owned(),
            if self.serial.gives_codes() { "yes" } else { "no" }.to_owned(),
            if self.listed { used.to_owned() } else { format!("{used}, unknown to AWS") },
        ]
    }
}

/// Returns the table of devices.
fn table(rows: &[Row]) -> Table {
    let mut table =
        Table::new(&["DEVICE", "KIND", "CODES", "USED"]).sparing(&["KIND"]).shortening(&["DEVICE"]);
    for row in rows {
        table.push(row.cells().map(Cell::from).into());
    }
    table
}
