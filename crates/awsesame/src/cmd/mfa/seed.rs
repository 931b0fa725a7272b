//! `awsesame mfa seed`: stores the seed of a virtual device for the code source `totp`. The seed is read from stdin
//! only, because an argument would stay in the shell's history.

use std::io::{IsTerminal, Read};
use std::process::ExitCode;

use awsesame_core::code::totp;
use awsesame_core::fault::Fault;
use awsesame_core::name::Serial;
use zeroize::Zeroizing;

use super::super::Runner;
use crate::code::totp::Seeds;
use crate::config::plan::Planned;
use crate::store;
use crate::ui;
use crate::vault::keyring::SessionKeyring;

/// The maximum length of a seed with blanks.
const MOST_BYTES: u64 = 4096;

/// Store the seed of a virtual device, read from stdin, for `code_source = "totp"`
#[derive(Debug, clap::Args)]
pub(super) struct Seed {
    /// The device [default: the first that `login` would try]
    serial: Option<String>,
    /// Delete the seed instead
    #[arg(long)]
    remove: bool,
}

impl Seed {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let state = runner.state()?;
        let place = store::itself(&runner.store()?, &state, runner.context, runner.may_ask()?)?;
        let seeds = Seeds::open(place, &state)?;
        let seed = if self.remove { None } else { Some(read()?) };
        let serial = self.serial(runner)?;
        match seed {
            Some(seed) => {
                seeds.keep(&serial, &seed)?;
                ui::say(&format!("the seed of `{serial}` is now in the `{}` store", seeds.store()));
                if seeds.store() == store::kernel::NAME {
                    ui::warn(
                        "the kernel deletes it after 37 hours, and at a reboot; choose another store to keep it",
                    );
                }
            }
            None if seeds.forget(&serial)? => ui::say(&format!("the seed of `{serial}` is deleted")),
            None => ui::say(&format!("there was no seed of `{serial}` in the `{}` store", seeds.store())),
        }
        Ok(ExitCode::SUCCESS)
    }

    fn serial(&self, runner: &Runner<'_>) -> Result<Serial, Fault> {
        if let Some(serial) = &self.serial {
            return Ok(Serial::new(serial));
        }
        let state = runner.state()?;
        let vault = runner.vault(&state)?;
        let keyring = SessionKeyring { context: runner.context, state: &state, vault: &vault };
        let plan = Planned::of(runner.context, runner.profile(), None)?.plan;
        let (_, devices) = super::devices(&keyring, &plan, runner.may_ask()?)?;
        Ok(devices.likeliest().clone())
    }
}

fn read() -> Result<totp::Seed, Fault> {
    let wrong = |why: String| Fault::BadSeed { why };
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Err(wrong("it would show as it is typed; let a program write it to stdin".into()));
    }
    let mut text = Zeroizing::new(Vec::with_capacity(usize::try_from(MOST_BYTES).unwrap_or_default()));
    stdin
        .lock()
        .take(MOST_BYTES)
        .read_to_end(&mut text)
        .map_err(|error| wrong(format!("stdin cannot be read: {}", crate::os::file::words(&error))))?;
    let text = std::str::from_utf8(&text).map_err(|_| wrong("it is not text".into()))?;
    totp::Seed::parse(text)
}
