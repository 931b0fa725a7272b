//! Starts the browser that opens the console. Its arguments are visible to every user, so it never gets the address
//! that signs in. It gets the address of a door on this machine (`redirect`).

use std::process::Child;
use std::time::{Duration, Instant};

use awsesame_core::config::split_words;
use awsesame_core::fault::{ConsoleFault, Fault};
use awsesame_core::name::Subject;
use awsesame_core::name::secret::Secret;

use super::super::Runner;
use super::redirect::RedirectServer;
use crate::signin;

/// The time limit until the browser connects. It may have to start first.
const PATIENCE: Duration = Duration::from_mins(1);

/// The browser, and the door that it is sent through.
pub(super) struct Browser {
    program: signin::browser::Browser,
}

impl Browser {
    /// Returns the named browser, or else the desktop's own.
    pub(super) fn find(runner: &Runner<'_>, named: Option<&str>, subject: &Subject) -> Result<Self, Fault> {
        let words = match named {
            Some(named) => split_words(named).unwrap_or_default(),
            None => runner.config()?.words("console.browser", runner.profile_name().as_deref()),
        };
        let found = signin::browser::Browser::of(words)
            .or_else(|| signin::browser::Browser::of_desktop(runner.context));
        match found {
            Some(program) => Ok(Self { program }),
            None => Err(ConsoleFault::NoBrowser { subject: subject.clone() }.into()),
        }
    }

    /// Opens the address, and returns when the browser was redirected.
    pub(super) fn open(&self, address: &Secret, subject: &Subject) -> Result<(), Fault> {
        let mut redirect = RedirectServer::open()?;
        let mut child = self.program.start(&redirect.address())?;
        let until = Instant::now() + PATIENCE;
        if redirect.send_on(address, until, || gone_wrong(&mut child))? {
            return Ok(());
        }
        let program = self.program.program().to_owned();
        Err(ConsoleFault::NotOpened { program, subject: subject.clone() }.into())
    }
}

/// Returns true if the program has failed. A program that exited successfully may have passed the address to a running
/// browser.
fn gone_wrong(child: &mut Child) -> bool {
    matches!(child.try_wait(), Ok(Some(status)) if !status.success())
}
