//! The code source `command`: any program that prints a code, such as `op`, `bw`,
//! `rbw`, `pass otp`, `oathtool` or `ykman`. It may ask at the terminal for what it
//! needs to unlock; its stderr is shown.

use std::time::Duration;

use awsesame_core::code::printed;
use awsesame_core::fault::Fault;

use super::{Code, CodeSource, Question};
use crate::os::process;

/// The name of this source.
pub const NAME: &str = "command";
/// The placeholder for the serial number of the device in an argument.
const SERIAL: &str = "{serial}";

/// A program that prints a code.
#[derive(Debug)]
pub struct Printing {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// The time limit of the program.
    pub timeout: Duration,
    /// True if the program may ask the person at the terminal.
    pub attended: bool,
}

impl CodeSource for Printing {
    fn code(&mut self, question: &Question<'_>) -> Result<Code, Fault> {
        let serial = question.devices.likeliest();
        let named = self.argv.iter().any(|word| word.contains(SERIAL));
        let argv: Vec<String> = self.argv.iter().map(|word| word.replace(SERIAL, serial.as_str())).collect();
        let output = process::run(&argv, None, self.timeout, self.attended)?;
        let program = argv.first().cloned().unwrap_or_default();
        let fault = |why| Fault::NoCode { program, why, command: argv };
        if let Some(why) = output.trouble() {
            return Err(fault(why));
        }
        let digits = printed::code(&output.stdout).map_err(fault)?;
        Ok(Code { digits, of: named.then(|| serial.clone()) })
    }

    fn may_ask_again(&self) -> bool {
        true
    }

    fn automatic(&self) -> bool {
        true
    }
}
