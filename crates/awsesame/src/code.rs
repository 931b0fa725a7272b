//! Code sources: the places that token codes come from. There is one trait, and one file for each source. The ledger,
//! not a source, decides whether a code may be sent now.

pub mod chosen;
pub mod command;
pub mod dialog;
pub mod pair;
pub mod pinentry;
pub mod stdin;
pub mod terminal;
pub mod totp;
pub mod turn;
pub mod yubikey;

use awsesame_core::fault::Fault;
use awsesame_core::name::{Serial, Shown, Subject, TokenCode};
use awsesame_core::plan::Devices;

/// The question that a code answers.
pub struct Question<'a> {
    /// The subject of the session.
    pub subject: &'a Subject,
    /// The ARN of the user, if it is known.
    pub identity: Option<&'a str>,
    /// The devices whose codes are accepted.
    pub devices: &'a Devices,
    /// The reason why the code is requested again.
    pub remark: Option<String>,
    /// The current time, in Unix seconds.
    pub now: i64,
    /// Returns true as soon as another process has obtained a session, so that no answer is needed.
    pub came: &'a dyn Fn() -> bool,
}

impl Question<'_> {
    /// Returns the user and the account of the code, such as `alice@123456789012`.
    pub fn who(&self) -> String {
        use awsesame_core::name::arn_field;
        let device = self.devices.likeliest();
        let account = self.identity.and_then(|arn| arn_field(arn, 4)).map(str::to_owned);
        let account = account.or_else(|| device.account().map(|account| account.as_str().to_owned()));
        let user = self.user().unwrap_or_else(|| device.device());
        match account {
            Some(account) => format!("{}@{}", Shown(user), Shown(&account)),
            None => Shown(user).to_string(),
        }
    }

    /// Returns the user's name without its path.
    pub fn user(&self) -> Option<&str> {
        self.identity.and_then(|arn| arn.rsplit('/').next())
    }

    /// Returns the question in the form for a person.
    pub fn text(&self) -> String {
        format!("MFA code for {} ({})", self.who(), self.subject)
    }
}

/// A code, and the device that shows it.
#[derive(Debug)]
pub struct Code {
    /// The six digits of the code.
    pub digits: TokenCode,
    /// The device that shows it, where the source knows.
    pub of: Option<Serial>,
}

impl From<TokenCode> for Code {
    fn from(digits: TokenCode) -> Self {
        Self { digits, of: None }
    }
}

/// A source of token codes.
pub trait CodeSource {
    /// Gets a code for a question.
    fn code(&mut self, question: &Question<'_>) -> Result<Code, Fault>;
    /// Returns true if it makes sense to ask again after a refusal.
    fn may_ask_again(&self) -> bool;
    /// Returns true if codes come without a person who reads them off: then a spent code is waited out rather than
    /// given again.
    fn automatic(&self) -> bool {
        false
    }
    /// Returns true if a person must answer, or if the source may take minutes for another reason. A caller that needs
    /// no person does not wait for such a source.
    fn asks_a_person(&self) -> bool {
        false
    }
    /// Returns true if the question opens a window in front of the person's work. After the person has closed it, it
    /// must not open again at every call of a program.
    fn opens_a_window(&self) -> bool {
        false
    }
}

/// A code that came with the command line.
#[derive(Debug)]
pub struct Given(pub TokenCode);

impl CodeSource for Given {
    fn code(&mut self, _question: &Question<'_>) -> Result<Code, Fault> {
        Ok(self.0.clone().into())
    }

    fn may_ask_again(&self) -> bool {
        false
    }
}

/// The number of times that the same question is asked because of typing mistakes.
const TYPING_TRIES: u32 = 3;

/// Asks a person until the answer is a valid code. `ask` gets the reason why it asks again.
fn until_a_code(
    question: &Question<'_>,
    mut ask: impl FnMut(Option<&str>) -> Result<String, Fault>,
) -> Result<Code, Fault> {
    let mut remark = question.remark.clone();
    for last in (0..TYPING_TRIES).rev() {
        match TokenCode::parse(&ask(remark.as_deref())?).map_err(Fault::from) {
            Ok(digits) => return Ok(digits.into()),
            Err(fault) if last == 0 => return Err(fault),
            Err(fault) => remark = Some(fault.to_string()),
        }
    }
    Err(Fault::Cancelled { subject: question.subject.clone() })
}
