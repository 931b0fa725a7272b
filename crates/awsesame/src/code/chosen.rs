//! Chooses the code source: by `AWSESAME_CODE_SOURCE`, by the `code_source` of the profile, or by the general setting.
//! Each source has a file of its own.

use std::time::Duration;

use awsesame_core::config::Config;
use awsesame_core::fault::Fault;
use awsesame_core::text::nearest::nearest;

use super::command::{self, Printing};
use super::dialog::{self, Window};
use super::pinentry::{self, Pinentry};
use super::terminal::Asked;
use super::totp::{self, Seeds};
use super::yubikey::{self, Keys};
use super::{CodeSource, stdin};
use crate::os::context::Context;
use crate::os::terminal::Terminal;
use crate::state::State;
use crate::store;

/// The terminal, which is the source if no other is named.
pub const TERMINAL: &str = "terminal";
/// The source that reads standard input, as with `login -`.
pub const STDIN: &str = "stdin";

/// Every source by its name.
const NAMES: [&str; 7] =
    [TERMINAL, STDIN, command::NAME, pinentry::NAME, dialog::NAME, yubikey::NAME, totp::NAME];

/// A source with its settings; nothing is opened yet.
#[derive(Debug, Clone)]
pub struct Chosen {
    name: &'static str,
    argv: Vec<String>,
    timeout: Duration,
    /// The program of a pinentry or a dialog, or the account of a `YubiKey`.
    detail: Option<String>,
    store: String,
}

/// The surroundings in which a source is opened.
#[derive(Debug, Clone, Copy)]
pub struct SourceContext<'a> {
    /// The context of this run.
    pub context: Context,
    /// The state folder of awsesame.
    pub state: &'a State,
    /// True if a person may be asked.
    pub may_ask: bool,
    /// The time limit for the person's answer.
    pub patience: Duration,
}

impl Chosen {
    /// Returns the source that the settings name, for a profile or in general.
    pub fn read(config: &Config, profile: Option<&str>, store: String) -> Result<Self, Fault> {
        let text = |key| config.text(key, profile);
        let asked = config.name("code_source", profile);
        let Some(name) = NAMES.into_iter().find(|name| *name == asked) else {
            return Err(Fault::UnknownCodeSource { nearest: nearest(&asked, NAMES), name: asked });
        };
        let argv = config.words("code.command.command", profile);
        if name == command::NAME && argv.is_empty() {
            return Err(Fault::CodeSourceUnset {
                name,
                setting: "code.command.command",
                variable: "AWSESAME_CODE_COMMAND_COMMAND",
            });
        }
        let timeout = config.duration("code.command.timeout", profile);
        let detail = match name {
            pinentry::NAME => text("code.pinentry.program"),
            dialog::NAME => text("code.dialog.program"),
            yubikey::NAME => text("code.yubikey.account"),
            _ => None,
        };
        Ok(Self { name, argv, timeout, detail, store })
    }

    /// Returns the source for a person at the desktop without a terminal of ours: a source that would ask at the
    /// terminal asks in a window.
    pub fn on_the_desktop(config: &Config, profile: Option<&str>, store: String) -> Result<Self, Fault> {
        let mut chosen = Self::read(config, profile, store)?;
        if [TERMINAL, STDIN].contains(&chosen.name) {
            chosen.name = dialog::NAME;
            chosen.detail = config.text("code.dialog.program", profile);
        }
        Ok(chosen)
    }

    /// Returns the name of the source.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns true if the source needs no person.
    pub fn is_automatic(&self) -> bool {
        [command::NAME, yubikey::NAME, totp::NAME].contains(&self.name)
    }

    /// Opens the source. Returns `None` if it would ask a person and nobody may be asked.
    pub fn open(&self, context: SourceContext<'_>) -> Result<Option<Box<dyn CodeSource>>, Fault> {
        let SourceContext { context, state, may_ask, patience } = context;
        let terminal = || Terminal::open().map(|terminal| boxed(Asked::new(terminal, patience)));
        let attended = may_ask;
        Ok(match self.name {
            command::NAME => {
                Some(boxed(Printing { argv: self.argv.clone(), timeout: self.timeout, attended }))
            }
            yubikey::NAME => Some(boxed(Keys { account: self.detail.clone(), attended })),
            totp::NAME => {
                Some(boxed(Seeds::open(store::itself(&self.store, state, context, may_ask)?, state)?))
            }
            _ if !may_ask => None,
            STDIN => Some(boxed(stdin::Stdin { patience })),
            pinentry::NAME => Pinentry::find(self.detail.clone(), patience, context).map(boxed),
            // Over ssh there is no desktop, but there is a person at the terminal.
            dialog::NAME => Window::find(self.detail.clone(), patience, context).map(boxed).or_else(terminal),
            _ => terminal(),
        })
    }
}

fn boxed(source: impl CodeSource + 'static) -> Box<dyn CodeSource> {
    Box::new(source)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn read(text: &str, profile: Option<&str>) -> Result<&'static str, String> {
        let config = Config::read(text, "config.toml", &BTreeMap::new()).unwrap();
        let chosen = Chosen::read(&config, profile, "kernel".into());
        chosen.map(|chosen| chosen.name()).map_err(|fault| format!("{fault} | {}", fault.hint()))
    }

    #[test]
    fn the_source_is_the_profiles_own_else_the_general_one_else_the_terminal() {
        let file = "code_source = \"yubikey\"\n[profile.ci]\ncode_source = \"totp\"";
        assert_eq!(read("", None), Ok("terminal"));
        assert_eq!(read(file, Some("dev")), Ok("yubikey"));
        assert_eq!(read(file, Some("ci")), Ok("totp"));
    }

    #[test]
    fn broker_asks_in_a_window_where_a_shell_would_ask_at_its_terminal() {
        let window = |text| {
            let config = Config::read(text, "config.toml", &BTreeMap::new()).unwrap();
            Chosen::on_the_desktop(&config, None, "kernel".into()).unwrap()
        };
        assert_eq!(window("").name(), "dialog");
        assert_eq!(window("code.dialog.program = \"zen\"").detail.as_deref(), Some("zen"));
        assert_eq!(window("code_source = \"pinentry\"").name(), "pinentry");
        assert_eq!(window("code_source = \"yubikey\"").name(), "yubikey");
    }

    #[test]
    fn source_that_is_not_known_or_lacks_its_program_is_refused() {
        assert_eq!(
            read("code_source = \"Yubikeys\"", None).unwrap_err(),
            "there is no code source called `Yubikeys` | did you mean `yubikey`? export AWSESAME_CODE_SOURCE=yubikey"
        );
        assert_eq!(
            read("code_source = \"phone\"", None).unwrap_err(),
            "there is no code source called `phone` | use the default: unset AWSESAME_CODE_SOURCE"
        );
        assert!(read("code_source = \"command\"", None).unwrap_err().contains("`code.command.command`"));
    }
}
