//! Asks for two consecutive codes of one device, which AWS requires to enable or resynchronize a device. Only a person
//! at the terminal is asked, because no other source knows the device yet.

use std::time::Duration;

use awsesame_core::answer::enroll::follows;
use awsesame_core::fault::Fault;
use awsesame_core::name::{Shown, TokenCode};
use awsesame_core::session::ledger;

use crate::os::context::Context;
use crate::os::terminal::{Answer, Terminal};

/// The number of attempts after a mistyped code.
const TRIES: u32 = 5;

/// The person who is asked, and the time to answer.
pub struct Asker<'a> {
    /// The terminal of that person.
    pub terminal: &'a mut Terminal,
    /// The fault that is reported if nobody answers.
    pub given_up: Fault,
    /// The maximum time that each question waits.
    pub patience: Duration,
    /// The context, for the clock.
    pub context: Context,
}

impl Asker<'_> {
    /// Asks for the current code of a device and for the next one.
    pub fn two(&mut self, device: &str) -> Result<[TokenCode; 2], Fault> {
        let device = Shown(device).to_string();
        let first = self.one(|_| format!("the code that `{device}` shows now: "), |_| None)?;
        let second = self.one(
            |now| format!("and the next one, in {} s: ", ledger::until_next(now)),
            |code| (!follows(&first, code)).then_some("that is the same code again; wait for the next one"),
        )?;
        Ok([first, second])
    }

    fn one(
        &mut self,
        question: impl Fn(i64) -> String,
        wrong: impl Fn(&TokenCode) -> Option<&'static str>,
    ) -> Result<TokenCode, Fault> {
        let mut remark = String::new();
        for _ in 0..TRIES {
            let text = format!("{remark}{}", question(self.context.now()));
            match TokenCode::parse(&self.line(&text)?).map_err(Fault::from) {
                Ok(code) => match wrong(&code) {
                    None => return Ok(code),
                    Some(why) => remark = format!("{why}\n"),
                },
                Err(fault) => remark = format!("{fault}\n"),
            }
        }
        Err(self.given_up.clone())
    }

    fn line(&mut self, text: &str) -> Result<String, Fault> {
        match self.terminal.ask(text, Some(self.patience)) {
            Ok(Answer::Line(line)) => Ok(line),
            Ok(Answer::Cancelled | Answer::TimedOut) => Err(self.given_up.clone()),
            Err(error) => {
                Err(Fault::Unreadable { path: "/dev/tty".into(), why: crate::os::file::words(&error) })
            }
        }
    }
}
