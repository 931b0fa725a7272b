//! The browser that is to open the console. It is never given the address that signs in,
//! which everybody could read in its arguments, but that of a door on this machine.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use awsesame_core::config::split_words;
use awsesame_core::fault::{ConsoleFault, Fault};
use awsesame_core::name::Subject;
use awsesame_core::name::secret::Secret;

use super::super::Runner;
use super::door::Door;
use crate::os::file;

/// A browser may have to start first.
const PATIENCE: Duration = Duration::from_mins(1);

/// A command that opens addresses.
pub(super) struct Browser {
    words: Vec<String>,
}

impl Browser {
    /// The one that is named, else the desktop's own.
    pub(super) fn find(runner: &Runner<'_>, named: Option<&str>, subject: &Subject) -> Result<Self, Fault> {
        let words = match named {
            Some(named) => split_words(named).unwrap_or_default(),
            None => runner.config()?.words("console.browser", runner.profile_name().as_deref()),
        };
        if !words.is_empty() {
            return Ok(Self { words });
        }
        let context = runner.context;
        let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
        if context.has_program(opener) && context.has_desktop() {
            return Ok(Self { words: vec![opener.to_owned()] });
        }
        Err(ConsoleFault::NoBrowser { subject: subject.clone() }.into())
    }

    /// Opens it, and returns when the browser has been sent on.
    pub(super) fn open(&self, address: &Secret, subject: &Subject) -> Result<(), Fault> {
        let door = Door::open()?;
        let mut child = self.start(&door.address())?;
        let until = Instant::now() + PATIENCE;
        if door.send_on(address, until, || gone_wrong(&mut child))? {
            return Ok(());
        }
        let program = self.words[0].clone();
        Err(ConsoleFault::NotOpened { program, subject: subject.clone() }.into())
    }

    fn start(&self, address: &str) -> Result<Child, Fault> {
        let (program, arguments) = self.words.split_first().expect("a browser has a name");
        let mut command = Command::new(program);
        command.args(arguments).arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // It goes on when we have ended, whatever becomes of the terminal.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.spawn().map_err(|error| Fault::CannotRun {
            program: program.clone(),
            why: file::words(&error),
            missing: error.kind() == std::io::ErrorKind::NotFound,
        })
    }
}

/// Whether the program has given up: one that ended well may have left the rest to a
/// browser that runs.
fn gone_wrong(child: &mut Child) -> bool {
    matches!(child.try_wait(), Ok(Some(status)) if !status.success())
}
