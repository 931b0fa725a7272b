//! Writes a question to a pinentry in its protocol, Assuan, and reads the reply. No program is run here.

use crate::name::Shown;

/// The question, and the terminal or display on which it is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dialog<'a> {
    /// The line above the field.
    pub description: &'a str,
    /// The text before the field.
    pub prompt: &'a str,
    /// The reason why the code is requested again.
    pub error: Option<&'a str>,
    /// The time for which the dialog is shown, in seconds.
    pub seconds: u64,
    /// The options, each sent as `OPTION NAME=VALUE`. A pinentry ignores those that it does not know.
    pub options: Vec<(&'static str, String)>,
}

/// The answer of the pinentry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The text that was typed.
    Typed(String),
    /// The person canceled the question.
    Cancelled,
    /// Nobody answered in time.
    TimedOut,
    /// The pinentry could not ask, with its own message.
    Failed(String),
}

/// Returns the lines to send. They are sent all at once, because a pinentry reads them one after the other.
pub fn lines(dialog: &Dialog<'_>) -> String {
    let mut lines: Vec<String> =
        dialog.options.iter().map(|(name, value)| format!("OPTION {name}={}", escaped(value))).collect();
    lines.push("SETTITLE awsesame".into());
    lines.push(format!("SETDESC {}", escaped(dialog.description)));
    lines.push(format!("SETPROMPT {}", escaped(dialog.prompt)));
    lines.extend(dialog.error.map(|error| format!("SETERROR {}", escaped(error))));
    lines.push(format!("SETTIMEOUT {}", dialog.seconds));
    lines.push("GETPIN\nBYE\n".into());
    lines.join("\n")
}

/// Returns the answer in the lines that the pinentry printed. The greeting and every command before GETPIN have one
/// reply each; only the reply to GETPIN counts.
pub fn answer(dialog: &Dialog<'_>, said: &str) -> Answer {
    let sent = lines(dialog).lines().count();
    // The greeting; then the replies to all but GETPIN and BYE.
    let before = 1 + sent - 2;
    let mut replies = 0;
    let mut typed = String::new();
    for line in said.lines() {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "OK" if replies == before => return Answer::Typed(typed),
            "ERR" if replies == before => return refusal(rest),
            // It will not even begin.
            "ERR" if replies == 0 => return refusal(rest),
            "OK" | "ERR" => replies += 1,
            "D" if replies == before => typed += &unescaped(rest),
            // Comments, status lines and other lines are ignored.
            _ => {}
        }
    }
    Answer::Failed(if said.is_empty() { "it said nothing" } else { "it ended without an answer" }.into())
}

/// Parses an error such as `83886179 Operation cancelled <Pinentry>`. The low sixteen bits are the error of
/// libgpg-error, and the others its source.
fn refusal(text: &str) -> Answer {
    const CANCELED: u32 = 99;
    const FULLY_CANCELED: u32 = 198;
    const TIMEOUT: u32 = 62;
    let (number, words) = text.split_once(' ').unwrap_or((text, ""));
    match number.parse::<u32>().map(|number| number & 0xffff) {
        Ok(CANCELED | FULLY_CANCELED) => Answer::Cancelled,
        Ok(TIMEOUT) => Answer::TimedOut,
        _ => Answer::Failed(if words.is_empty() { format!("error {number}") } else { words.to_owned() }),
    }
}

/// Returns a text for one line of the protocol: control characters are shown as text, and `%` is escaped as Assuan
/// requires.
fn escaped(text: &str) -> String {
    Shown(text).to_string().replace('%', "%25")
}

fn unescaped(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialog() -> Dialog<'static> {
        Dialog {
            description: "MFA code for alice@123456789012 (100%)\nBYE",
            prompt: "Code:",
            error: None,
            seconds: 60,
            options: vec![("ttyname", "/dev/pts/3".to_owned())],
        }
    }

    #[test]
    fn a_question_is_one_line_a_setting_whatever_stands_in_it() {
        assert_eq!(
            lines(&Dialog { error: Some("AWS refused it"), ..dialog() }),
            "OPTION ttyname=/dev/pts/3\n\
             SETTITLE awsesame\n\
             SETDESC MFA code for alice@123456789012 (100%25)\\nBYE\n\
             SETPROMPT Code:\n\
             SETERROR AWS refused it\n\
             SETTIMEOUT 60\n\
             GETPIN\n\
             BYE\n"
        );
    }

    #[test]
    fn only_the_reply_to_the_question_is_the_answer() {
        let before = "OK Pleased to meet you\nERR 83886254 Unknown option <Pinentry>\n# x\nOK\nOK\nOK\nOK\n";
        for (last, answer) in [
            ("D 123456\nOK\nOK closing connection\n", Answer::Typed("123456".into())),
            ("S PASSPHRASE_FROM_CACHE\nD 123\nD 456\nOK\n", Answer::Typed("123456".into())),
            ("D 12%2534%0A\nOK\n", Answer::Typed("12%34\n".into())),
            ("OK\n", Answer::Typed(String::new())),
            ("ERR 83886179 Operation cancelled <Pinentry>\n", Answer::Cancelled),
            ("ERR 83886278 Operation fully cancelled <Pinentry>\n", Answer::Cancelled),
            ("ERR 83886142 Timeout <Pinentry>\n", Answer::TimedOut),
            (
                "ERR 83918950 Inappropriate ioctl for device <Pinentry>\n",
                Answer::Failed("Inappropriate ioctl for device <Pinentry>".into()),
            ),
            ("ERR x\n", Answer::Failed("error x".into())),
            ("D 123456\n", Answer::Failed("it ended without an answer".into())),
        ] {
            assert_eq!(super::answer(&dialog(), &format!("{before}{last}")), answer, "{last}");
        }
    }

    #[test]
    fn a_pinentry_that_says_nothing_or_will_not_begin_has_failed() {
        assert_eq!(answer(&dialog(), ""), Answer::Failed("it said nothing".into()));
        assert_eq!(answer(&dialog(), "ERR 5 No display\n"), Answer::Failed("No display".into()));
        assert_eq!(answer(&dialog(), "D 123456\nOK\n"), Answer::Failed("it ended without an answer".into()));
    }
}
