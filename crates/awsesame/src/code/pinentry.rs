//! The code source `pinentry`: the dialog programs of `GnuPG`, on the desktop or on the terminal. Core writes the
//! questions and reads the answers in their protocol.

use std::time::Duration;

use awsesame_core::code::assuan::{self, Answer, Dialog};
use awsesame_core::fault::Fault;

use super::{Code, CodeSource, Question};
use crate::os::context::Context;
use crate::os::process;
use crate::os::terminal::{self, Terminal};

/// The name of this source.
pub const NAME: &str = "pinentry";

/// The programs that need a desktop, the most likely first.
const ON_THE_DESKTOP: [&str; 6] =
    ["pinentry-gnome3", "pinentry-qt", "pinentry-qt5", "pinentry-gtk-2", "pinentry-fltk", "pinentry-mac"];
/// The programs that need only a terminal. The last is the system's default.
const ON_A_TERMINAL: [&str; 3] = ["pinentry-curses", "pinentry-tty", "pinentry"];
/// A pinentry counts the seconds itself; it is ended if it does not.
const GRACE: Duration = Duration::from_secs(10);

/// A pinentry, and the terminal or desktop on which it runs.
#[derive(Debug)]
pub struct Pinentry {
    program: String,
    patience: Duration,
    options: Vec<(&'static str, String)>,
}

impl Pinentry {
    /// Returns the configured program, or else one that works in this environment. Returns None if there is neither a
    /// desktop nor a terminal.
    pub fn find(configured: Option<String>, patience: Duration, context: Context) -> Option<Self> {
        let desktop = context.has_desktop();
        let terminal = Terminal::open().is_some();
        if !desktop && !terminal {
            return None;
        }
        let known = ON_THE_DESKTOP.into_iter().filter(|_| desktop);
        let known = known.chain(ON_A_TERMINAL.into_iter().filter(|_| terminal || desktop));
        let found = known.into_iter().find(|program| context.has_program(program));
        let program = configured.or_else(|| found.map(str::to_owned));
        let mut options = Vec::new();
        if terminal {
            options.push(("ttyname", terminal::name().unwrap_or_else(|| "/dev/tty".into())));
            options.extend(context.var("TERM").map(|kind| ("ttytype", kind)));
        }
        options.extend(context.var("LC_ALL").or_else(|| context.var("LANG")).map(|kind| ("lc-ctype", kind)));
        options.extend(context.var("DISPLAY").map(|display| ("display", display)));
        Some(Self { program: program.unwrap_or_else(|| "pinentry".into()), patience, options })
    }
}

impl CodeSource for Pinentry {
    fn code(&mut self, question: &Question<'_>) -> Result<Code, Fault> {
        let subject = || question.subject.clone();
        let argv = [self.program.clone()];
        super::until_a_code(question, |remark| {
            let dialog = Dialog {
                description: &question.text(),
                prompt: "Code:",
                error: remark,
                seconds: self.patience.as_secs(),
                options: self.options.clone(),
            };
            let lines = assuan::lines(&dialog);
            let output = process::run(&argv, Some(lines.as_bytes()), self.patience + GRACE, true)?;
            match assuan::answer(&dialog, &String::from_utf8_lossy(&output.stdout)) {
                Answer::Typed(text) => Ok(text),
                Answer::Cancelled => Err(Fault::Cancelled { subject: subject() }),
                Answer::TimedOut => {
                    Err(Fault::PromptTimeout { subject: subject(), seconds: self.patience.as_secs() })
                }
                Answer::Failed(why) => {
                    Err(Fault::NoCode { program: self.program.clone(), why, command: argv.to_vec() })
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

    fn opens_a_window(&self) -> bool {
        true
    }
}
