//! The code source `yubikey`: reads the OATH accounts of `YubiKey`s through `ykman`. Core chooses the account. The
//! messages of `ykman`, such as the request for a touch, go to stderr at once.

use std::time::Duration;

use awsesame_core::code::oath::{self, Account, Found};
use awsesame_core::code::printed;
use awsesame_core::fault::Fault;

use super::{Code, CodeSource, Question};
use crate::os::process::{self, Output};
use crate::os::terminal::Terminal;

/// The name of this source.
pub const NAME: &str = "yubikey";
/// The program that speaks to the keys.
const PROGRAM: &str = "ykman";
/// The time limit of `ykman`. A token waits 15 s for a touch, and the user may have to type a password.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The keys that are plugged in.
#[derive(Debug)]
pub struct Keys {
    /// The account to use, by its full name on the key.
    pub account: Option<String>,
    /// True if `ykman` may ask the person at the terminal.
    pub attended: bool,
}

impl Keys {
    fn run(&self, arguments: &[&str]) -> Result<Output, Fault> {
        let argv: Vec<String> =
            std::iter::once(PROGRAM).chain(arguments.iter().copied()).map(str::to_owned).collect();
        let output = process::run(&argv, None, TIMEOUT, self.attended)?;
        match output.trouble() {
            None => Ok(output),
            Some(why) => Err(Fault::NoCode { program: PROGRAM.into(), why, command: argv }),
        }
    }

    /// Lists the accounts of one key. If nobody may be asked, `ykman` must not ask for the password of the key either,
    /// so its question is captured and reported as an error.
    fn list(&self, token: &str, question: &Question<'_>) -> Result<Output, Fault> {
        let arguments = ["--device", token, "oath", "accounts", "list"];
        if self.attended && Terminal::open().is_some() {
            return self.run(&arguments);
        }
        let argv: Vec<String> = std::iter::once(PROGRAM).chain(arguments).map(str::to_owned).collect();
        let output = process::listen(&argv, &[], None, TIMEOUT, false)?;
        match output.trouble() {
            None => Ok(output),
            Some(_) if output.stderr.to_ascii_lowercase().contains("password") => {
                Err(Fault::TokenLocked { subject: question.subject.clone() })
            }
            Some(_) => Err(Fault::NoCode { program: PROGRAM.into(), why: output.complaint(), command: argv }),
        }
    }

    /// Returns every account on every key. A key that cannot be read is skipped if another one can be read.
    fn accounts(&self, question: &Question<'_>) -> Result<Vec<Account>, Fault> {
        let listed = self.run(&["list", "--serials"])?;
        let tokens = lines(&listed);
        if tokens.is_empty() {
            return Err(Fault::NoToken { subject: question.subject.clone() });
        }
        let mut accounts = Vec::new();
        let mut fault = None;
        for token in tokens {
            match self.list(&token, question) {
                Ok(output) => accounts
                    .extend(lines(&output).into_iter().map(|name| Account { token: token.clone(), name })),
                Err(error) => fault = Some(error),
            }
        }
        match fault {
            Some(fault) if accounts.is_empty() => Err(fault),
            _ => Ok(accounts),
        }
    }
}

impl CodeSource for Keys {
    fn code(&mut self, question: &Question<'_>) -> Result<Code, Fault> {
        let accounts = self.accounts(question)?;
        let found = oath::find(&accounts, question.devices.all(), question.user(), self.account.as_deref());
        let serial = || question.devices.likeliest().clone();
        match found {
            Found::One(account, of) => {
                let arguments =
                    ["--device", &account.token, "oath", "accounts", "code", "--single", "--", &account.name];
                let output = self.run(&arguments)?;
                let digits = printed::code(&output.stdout).map_err(|why| {
                    let command = std::iter::once(PROGRAM).chain(arguments).map(str::to_owned).collect();
                    Fault::NoCode { program: PROGRAM.into(), why, command }
                })?;
                Ok(Code { digits, of: of.cloned() })
            }
            Found::Several(accounts) => {
                let names: Vec<&str> = accounts.iter().map(|account| account.name.as_str()).collect();
                Err(Fault::AccountUnclear { serial: serial(), accounts: names.join(", ") })
            }
            Found::None => Err(Fault::AccountMissing { serial: serial() }),
        }
    }

    fn may_ask_again(&self) -> bool {
        true
    }

    fn automatic(&self) -> bool {
        true
    }
}

fn lines(output: &Output) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
