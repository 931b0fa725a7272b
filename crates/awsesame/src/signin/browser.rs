//! Finds and starts the browser for a sign-in. If this machine has no browser, or the person is at another machine, the
//! person copies the answer.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use awsesame_core::config::split_words;
use awsesame_core::fault::Fault;

use crate::config::surroundings::in_wsl;
use crate::os::context::Context;
use crate::os::file;

/// The commands that open an address in Windows's own browser from inside WSL: the program of wslu, or else one that
/// every Windows has. The second one does not interpret special characters of a shell, unlike `cmd.exe /c start`, and
/// exits with 0, unlike `explorer.exe`.
const WINDOWS: [&[&str]; 2] = [&["wslview"], &["rundll32.exe", "url.dll,FileProtocolHandler"]];

/// A command that opens addresses.
#[derive(Debug)]
pub struct Browser {
    words: Vec<String>,
}

impl Browser {
    /// Finds the configured browser, or else `$BROWSER`, or else the browser of the desktop. Returns None if the person
    /// is at another machine.
    pub fn find(named: &[String], context: Context) -> Option<Self> {
        if !named.is_empty() {
            return Some(Self { words: named.to_vec() });
        }
        if let Some(words) = context.var("BROWSER").as_deref().and_then(split_words)
            && !words.is_empty()
        {
            return Some(Self { words });
        }
        if is_elsewhere(context) {
            return None;
        }
        Self::of_desktop(context)
    }

    /// Returns a command. Returns None if it is empty.
    pub fn of(words: Vec<String>) -> Option<Self> {
        (!words.is_empty()).then_some(Self { words })
    }

    /// Returns the desktop's own browser. In WSL, this is the one of Windows.
    pub fn of_desktop(context: Context) -> Option<Self> {
        let words = |opener: &[&str]| opener.iter().map(|word| (*word).to_owned()).collect();
        if in_wsl(context) {
            let opener = WINDOWS.into_iter().find(|opener| context.has_program(opener[0]))?;
            return Some(Self { words: words(opener) });
        }
        let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
        (context.has_program(opener) && context.has_desktop()).then(|| Self { words: words(&[opener]) })
    }

    /// Returns the name of the program, for messages.
    pub fn program(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// Opens an address. The browser continues to run after this program has ended or the terminal is closed.
    pub fn start(&self, address: &str) -> Result<Child, Fault> {
        let mut command = Command::new(self.program());
        crate::os::process::withhold_keys(&mut command);
        command.args(self.words.iter().skip(1)).arg(address);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.spawn().map_err(|error| file::not_started(self.program().as_ref(), &error))
    }
}

/// Returns true if the person sits at another machine: over ssh, in a container, in WSL, in a runner.
fn is_elsewhere(context: Context) -> bool {
    const TOLD_BY: [&str; 8] = [
        "SSH_CONNECTION",
        "SSH_CLIENT",
        "SSH_TTY",
        "WSL_DISTRO_NAME",
        "CODESPACES",
        "REMOTE_CONTAINERS",
        "CLOUD_SHELL",
        "CI",
    ];
    TOLD_BY.iter().any(|name| context.var(name).is_some())
        || ["/.dockerenv", "/run/.containerenv"].iter().any(|mark| Path::new(mark).exists())
}
