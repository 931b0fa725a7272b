//! `awsesame mfa enroll`: creates a virtual MFA device, shows it, enables it, tests it, and writes it to the profile. A
//! failure in the middle leaves no device behind, and the next run continues after a killed one.

use std::process::ExitCode;

use awsesame_core::answer::enroll::{self, MOST_DEVICES};
use awsesame_core::fault::Fault;
use awsesame_core::name::secret::Secret;
use awsesame_core::name::{ProfileName, Serial};
use awsesame_core::session::ledger;
use zeroize::Zeroizing;

use super::super::login::how_to_use;
use super::super::{Needs, Runner};
use super::owner::Owner;
use super::setting;
use crate::code::pair::Asker;
use crate::os::terminal::Terminal;
use crate::ui;
use crate::ui::qr::{self, Strokes};
use crate::ui::report;
use crate::vault::keyring::SessionKeyring;

/// Create a virtual MFA device: QR code, two codes, `mfa_serial`, and a login to prove it
#[derive(Debug, Default, clap::Args)]
pub(super) struct Enroll {
    /// The device's name [default: the user's]
    #[arg(long, value_name = "NAME", value_parser = crate::aws::iam::user_or_group::iam_name)]
    name: Option<String>,
    /// Enroll one more, although the user has a device
    #[arg(long)]
    another: bool,
    /// Print the `otpauth://` URI as well, for a password manager: it is the device's secret
    #[arg(long)]
    uri: bool,
    /// Show the secret key in letters as well, for an app that cannot scan
    #[arg(long)]
    letters: bool,
}

impl Enroll {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let mut terminal = super::terminal(runner, "mfa enroll")?;
        let state = runner.state()?;
        let vault = runner.vault(&state)?;
        let keyring = SessionKeyring { context: runner.context, state: &state, vault: &vault };
        let owner = Owner::of(runner, &keyring)?;
        let subject = owner.plan.subject.clone();
        let own = owner.listed()?;
        let usable = own.iter().find(|serial| serial.gives_codes());
        let serial = match usable {
            // A run that was killed after the device was enabled continues here.
            Some(serial) if !self.another && owner.plan.serials().is_empty() => {
                ui::say(&format!("{} has the device `{serial}` already", owner.user));
                serial.clone()
            }
            Some(serial) if !self.another => {
                return Err(Fault::DeviceThere { serial: serial.clone(), subject });
            }
            _ if own.len() >= MOST_DEVICES => {
                return Err(Fault::DeviceQuota { most: MOST_DEVICES, subject });
            }
            _ => self.make(runner, &owner, &own, &mut terminal)?,
        };
        drop(terminal);
        if !owner.plan.serials().is_empty() {
            ui::say(&format!("to log in with it, add it to `mfa_serial` of {subject}: {serial}"));
            return Ok(ExitCode::SUCCESS);
        }
        let Some(profile) = owner.key()?.holder.profile().cloned() else {
            ui::say(&format!("name it where the key is: export AWS_MFA_ARN={serial}"));
            return Ok(ExitCode::SUCCESS);
        };
        prove(runner, &keyring, &profile, &serial)
    }

    /// Creates and enables a device of the user. If that fails, no device is left.
    fn make(
        &self,
        runner: &Runner<'_>,
        owner: &Owner<'_>,
        own: &[Serial],
        terminal: &mut Terminal,
    ) -> Result<Serial, Fault> {
        let wanted = self.name.clone().unwrap_or_else(|| enroll::device_name(&owner.user, own));
        let patience = runner.patience()?;
        let (name, serial, seed) = owner.create(&wanted, self.name.is_none())?;
        let uri = enroll::uri(&name, &owner.account, &seed);
        let strokes = Strokes::here();
        let enabled = self.show(&uri, &seed, strokes, terminal).and_then(|()| {
            let given_up = super::given_up(runner, "there is no new device", "mfa enroll");
            let mut asker = Asker { terminal, given_up, patience, context: runner.context };
            owner.enable(&mut asker, &name, &serial)
        });
        if let Err(fault) = enabled {
            if owner.delete(&serial).is_err() {
                ui::warn(&format!(
                    "the device `{serial}` exists, but belongs to nobody; the next `mfa enroll` replaces or ignores it"
                ));
            }
            return Err(fault);
        }
        ui::say(&format!("`{serial}` is a device of {} now", owner.user));
        Ok(serial)
    }

    /// Shows the seed, only on the terminal, because stdout may be redirected to a file.
    fn show(
        &self,
        uri: &Secret,
        seed: &Secret,
        strokes: Strokes,
        terminal: &mut Terminal,
    ) -> Result<(), Fault> {
        let unwritable =
            |error: std::io::Error| crate::os::file::unwritable(std::path::Path::new("/dev/tty"), &error);
        // The text is below the picture, where a screen of 24 lines still shows it. A picture whose lines the terminal
        // wraps cannot be scanned, so it is left out.
        let fits = |picture: &Zeroizing<String>| {
            ui::width_of_talk().is_none_or(|width| qr::columns(picture) <= width)
        };
        let picture = qr::picture(uri.expose(), strokes).filter(fits);
        if let Some(picture) = &picture {
            terminal.show(picture).map_err(unwritable)?;
            let letters = if self.letters { "" } else { " (its secret key in letters: --letters)" };
            terminal.show(&format!("Scan this with an authenticator app{letters}\n")).map_err(unwritable)?;
        }
        if self.letters || picture.is_none() {
            if picture.is_none() {
                let why = "The QR code does not fit here: type this key into the app\n";
                terminal.show(why).map_err(unwritable)?;
            }
            terminal.show(&in_letters(seed)).map_err(unwritable)?;
        }
        if self.uri {
            let line = Zeroizing::new(format!("{}\n", uri.expose()));
            ui::print(&line)?;
        }
        Ok(())
    }
}

/// Returns the seed in groups of four letters, eight groups per line.
fn in_letters(seed: &Secret) -> Zeroizing<String> {
    let mut text = Zeroizing::new("secret key:".to_owned());
    for (at, group) in seed.expose().as_bytes().chunks(4).enumerate() {
        text.push_str(if at > 0 && at % 8 == 0 { "\n            " } else { " " });
        text.push_str(std::str::from_utf8(group).unwrap_or_default());
    }
    text.push('\n');
    text
}

/// Logs in with the new device, and then writes it to the profile. A serial number that AWS has not accepted a code of
/// would prevent every later login.
fn prove(
    runner: &Runner<'_>,
    keyring: &SessionKeyring<'_>,
    profile: &ProfileName,
    serial: &Serial,
) -> Result<ExitCode, Fault> {
    let seconds = ledger::until_next(runner.context.now());
    ui::say(&format!("now log in with the next code of `{serial}` (in {seconds} s)"));
    let mut want = runner.want(&Needs::default())?;
    want.profile = Some(profile.as_str());
    want.force = true;
    want.must_keep = true;
    let planned = setting::planned(runner.context, profile, serial)?;
    keyring.carry_out(&planned, &mut want)?;
    setting::write(runner.context, profile, serial)?;
    ui::say(&format!("profile `{profile}` has `mfa_serial = {serial}` now"));
    // The second login reads the changed file. It needs no code.
    want.force = false;
    let told = keyring.session(&mut want)?;
    ui::say(&format!("logged in as {}", report::sentence(&told.session.header, runner.context.now())));
    if let Some(line) = how_to_use(runner, &told)? {
        ui::say(&line);
    }
    Ok(ExitCode::SUCCESS)
}
