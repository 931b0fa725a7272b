//! Talks to the person at the terminal, for commands that ask for more than a token code. Each command decides what it
//! asks and what it does with the answers.

use awsesame_core::fault::Fault;
use awsesame_core::name::secret::Secret;
use awsesame_core::name::{ProfileName, Subject};

use super::Runner;
use crate::os::file;
use crate::os::terminal::{Answer, Terminal};

/// The terminal of a person who can answer.
pub(super) struct Person {
    terminal: Terminal,
    subject: Subject,
    patience: std::time::Duration,
}

impl Runner<'_> {
    /// Returns the person at the terminal, if a person may be asked.
    pub(super) fn person(
        &self,
        what: &'static str,
        then: &'static str,
        profile: &ProfileName,
    ) -> Result<Person, Fault> {
        let nobody = || Fault::NeedsTerminal { what, then: then.to_owned(), profile: profile.clone() };
        let terminal = self.terminal()?.ok_or_else(nobody)?;
        let subject = Subject::Profile(profile.clone());
        Ok(Person { terminal, subject, patience: self.patience()? })
    }

    /// Opens the terminal, if there is one and a person may be asked.
    pub(super) fn terminal(&self) -> Result<Option<Terminal>, Fault> {
        Ok(if self.may_ask()? { Terminal::open() } else { None })
    }
}

impl Person {
    /// Asks for a line, which is shown as it is typed. Returns `None` if the person gives up.
    pub(super) fn says(&mut self, question: &str) -> Result<Option<String>, Fault> {
        let answer = self.terminal.ask(question, Some(self.patience));
        self.line(answer)
    }

    /// Asks for a line without echo.
    pub(super) fn whispers(&mut self, question: &str) -> Result<Option<Secret>, Fault> {
        let answer = self.terminal.ask_hidden(question, Some(self.patience));
        Ok(self.line(answer)?.map(Secret::new))
    }

    /// Shows text between two questions, on the same terminal.
    pub(super) fn hears(&mut self, text: &str) -> Result<(), Fault> {
        self.terminal.show(text).map_err(|error| unreadable(&error))
    }

    fn line(&self, answer: std::io::Result<Answer>) -> Result<Option<String>, Fault> {
        match answer {
            Ok(Answer::Line(line)) => Ok(Some(line)),
            Ok(Answer::Cancelled) => Ok(None),
            Ok(Answer::TimedOut) => {
                Err(Fault::PromptTimeout { subject: self.subject.clone(), seconds: self.patience.as_secs() })
            }
            Err(error) => Err(unreadable(&error)),
        }
    }
}

/// Returns true if an answer is a yes.
pub(super) fn is_yes(answer: &str) -> bool {
    matches!(answer.trim(), "y" | "Y" | "yes")
}

fn unreadable(error: &std::io::Error) -> Fault {
    Fault::Unreadable { path: "/dev/tty".to_owned(), why: file::words(error) }
}
