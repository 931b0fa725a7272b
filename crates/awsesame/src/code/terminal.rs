//! Asks for a code on the terminal device.

use std::time::Duration;

use awsesame_core::fault::Fault;

use super::{Code, CodeSource, Question};
use crate::os::terminal::{Answer, Terminal};

/// The person at the terminal.
#[derive(Debug)]
pub struct Asked {
    terminal: Terminal,
    patience: Duration,
}

impl Asked {
    /// Returns a source for the person at the terminal, who has this much time to answer.
    pub fn new(terminal: Terminal, patience: Duration) -> Self {
        Self { terminal, patience }
    }
}

impl CodeSource for Asked {
    fn code(&mut self, question: &Question<'_>) -> Result<Code, Fault> {
        let subject = question.subject;
        super::until_a_code(question, |remark| {
            let remark = remark.map(|remark| format!("{remark}\n")).unwrap_or_default();
            let text = format!("{remark}{}: ", question.text());
            match self.terminal.ask_unless(&text, Some(self.patience), question.came) {
                Ok(Answer::Line(line)) => Ok(line),
                Ok(Answer::Cancelled) => Err(Fault::Cancelled { subject: subject.clone() }),
                Ok(Answer::TimedOut) => {
                    let seconds = self.patience.as_secs();
                    Err(Fault::PromptTimeout { subject: subject.clone(), seconds })
                }
                Err(error) => {
                    let path = "/dev/tty".to_owned();
                    Err(Fault::Unreadable { path, why: crate::os::file::words(&error) })
                }
            }
        })
    }

    fn may_ask_again(&self) -> bool {
        true
    }

    fn asks_a_person(&self) -> bool {
        true
    }
}
