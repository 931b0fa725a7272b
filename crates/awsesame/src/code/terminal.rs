//! A code asked for on the terminal device.

use std::time::Duration;

use awsesame_core::fault::Fault;
use awsesame_core::name::TokenCode;

use super::{CodeSource, Question};
use crate::tty::{Answer, Terminal};

/// How often a typing mistake is met with the same question.
const TYPING_TRIES: u32 = 3;

/// The person at the terminal.
#[derive(Debug)]
pub struct Asked {
    terminal: Terminal,
    patience: Duration,
}

impl Asked {
    /// A person who is given so long to answer.
    pub fn new(terminal: Terminal, patience: Duration) -> Self {
        Self { terminal, patience }
    }
}

impl CodeSource for Asked {
    fn code(&mut self, question: &Question<'_>) -> Result<TokenCode, Fault> {
        let subject = question.subject;
        let mut remark = question.remark.clone();
        for last in (0..TYPING_TRIES).rev() {
            let remark_line = remark.take().map(|remark| format!("{remark}\n")).unwrap_or_default();
            let text = format!("{remark_line}MFA code for {} ({subject}): ", question.who());
            match self.terminal.ask(&text, Some(self.patience)) {
                Ok(Answer::Line(line)) => match TokenCode::parse(&line) {
                    Ok(code) => return Ok(code),
                    Err(fault) if last == 0 => return Err(fault),
                    Err(fault) => remark = Some(fault.to_string()),
                },
                Ok(Answer::Cancelled) => return Err(Fault::Cancelled { subject: subject.clone() }),
                Ok(Answer::TimedOut) => {
                    let seconds = self.patience.as_secs();
                    return Err(Fault::PromptTimeout { subject: subject.clone(), seconds });
                }
                Err(error) => {
                    let path = "/dev/tty".to_owned();
                    return Err(Fault::Unreadable { path, why: crate::disk::words(&error) });
                }
            }
        }
        Err(Fault::Cancelled { subject: subject.clone() })
    }

    fn may_ask_again(&self) -> bool {
        true
    }
}
