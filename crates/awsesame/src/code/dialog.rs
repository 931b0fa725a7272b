//! The code source `dialog`: a window on the desktop, by zenity, kdialog or
//! macOS's osascript. Text from outside is an argument or escaped, never a script.

use std::time::Duration;

use awsesame_core::fault::Fault;

use super::{Code, CodeSource, Question};
use crate::os::context::Context;
use crate::os::process;

/// The name of this source.
pub const NAME: &str = "dialog";

/// The programs that are known, the likeliest first.
const PROGRAMS: [&str; 3] = ["zenity", "kdialog", "osascript"];
/// The extra time for a window that ends itself at the limit. A window that does not end itself is then ended.
const GRACE: Duration = Duration::from_secs(2);
/// The exit code of zenity when its time is over.
const ZENITY_TIMEOUT: i32 = 5;

/// A window in which a person types the code.
#[derive(Debug)]
pub struct Window {
    program: String,
    patience: Duration,
}

impl Window {
    /// Finds the configured program, or else the first one that is installed. Returns `None` if there is no desktop.
    pub fn find(configured: Option<String>, patience: Duration, context: Context) -> Option<Self> {
        if !context.has_desktop() {
            return None;
        }
        let found = || PROGRAMS.into_iter().find(|program| context.has_program(program)).map(str::to_owned);
        let program = configured.or_else(found).unwrap_or_else(|| PROGRAMS[0].to_owned());
        Some(Self { program, patience })
    }

    fn argv(&self, text: &str) -> Vec<String> {
        let seconds = self.patience.as_secs();
        let name = self.program.rsplit('/').next().unwrap_or_default();
        let words: Vec<String> = match name {
            "kdialog" => {
                // Qt interprets text that looks like markup.
                let text = text.replace('<', "‹").replace('&', "＆");
                ["--title", "awsesame", "--inputbox", &text, ""].map(str::to_owned).into()
            }
            "osascript" => [
                "-e",
                "on run argv",
                "-e",
                "set answer to display dialog (item 1 of argv) default answer \"\" with title \"awsesame\" \
                 giving up after (item 2 of argv as integer)",
                "-e",
                "if gave up of answer then error \"nobody answered\" number 62",
                "-e",
                "return text returned of answer",
                "-e",
                "end run",
                text,
                &seconds.to_string(),
            ]
            .map(str::to_owned)
            .into(),
            _ => {
                // In GTK a `_` marks a shortcut, and zenity interprets backslashes.
                let text = text.replace('\\', "\\\\").replace('_', "__");
                vec![
                    "--entry".into(),
                    "--title=awsesame".into(),
                    format!("--text={text}"),
                    format!("--timeout={seconds}"),
                ]
            }
        };
        std::iter::once(self.program.clone()).chain(words).collect()
    }
}

impl CodeSource for Window {
    fn code(&mut self, question: &Question<'_>) -> Result<Code, Fault> {
        let timeout =
            || Fault::PromptTimeout { subject: question.subject.clone(), seconds: self.patience.as_secs() };
        super::until_a_code(question, |remark| {
            let remark = remark.map(|remark| format!("{remark}\n")).unwrap_or_default();
            let argv = self.argv(&format!("{remark}{}", question.text()));
            let output = match process::run(&argv, None, self.patience + GRACE, false) {
                Err(Fault::ProgramHung { .. }) => return Err(timeout()),
                output => output?,
            };
            match output.status.code() {
                Some(0) => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
                Some(ZENITY_TIMEOUT) => Err(timeout()),
                Some(1) => Err(Fault::Cancelled { subject: question.subject.clone() }),
                _ => Err(Fault::NoCode {
                    program: self.program.clone(),
                    why: output.trouble().unwrap_or_default(),
                    command: argv,
                }),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_is_text_in_every_window() {
        let window = |program: &str| Window { program: program.into(), patience: Duration::from_mins(1) };
        let text = "MFA code for a_b\\n (profile `<b>&\"`)";
        assert_eq!(
            window("/usr/bin/zenity").argv(text)[3],
            "--text=MFA code for a__b\\\\n (profile `<b>&\"`)"
        );
        assert_eq!(window("kdialog").argv(text)[4], "MFA code for a_b\\n (profile `‹b>＆\"`)");
        let mac = window("osascript").argv(text);
        assert_eq!(mac[11..], [text.to_owned(), "60".to_owned()]);
        assert!(mac[..11].iter().all(|word| !word.contains("MFA")));
    }
}
