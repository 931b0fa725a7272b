//! Code sources: where token codes come from. One trait, one file a source.
//! Whether a code may be sent now is the ledger's to say, not a source's.

pub mod stdin;
pub mod terminal;

use awsesame_core::fault::Fault;
use awsesame_core::name::{Serial, Shown, Subject, TokenCode};

/// What a code is asked for.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// Whose session.
    pub subject: &'a Subject,
    /// The ARN of the user, where it is known.
    pub identity: Option<&'a str>,
    /// The devices whose code will do, the likeliest first.
    pub serials: &'a [Serial],
    /// Why it is asked again.
    pub remark: Option<String>,
}

impl Question<'_> {
    /// `alice@123456789012`: the user and the account that the code is for.
    pub fn who(&self) -> String {
        use awsesame_core::name::arn_field;
        let device = self.serials.first();
        let account = self.identity.and_then(|arn| arn_field(arn, 4)).map(str::to_owned);
        let account = account.or_else(|| device?.account().map(|account| account.as_str().to_owned()));
        let user =
            self.identity.and_then(|arn| arn.rsplit('/').next()).or_else(|| device.map(Serial::device));
        match (user, account) {
            (Some(user), Some(account)) => format!("{}@{}", Shown(user), Shown(&account)),
            (Some(user), None) => Shown(user).to_string(),
            _ => self.subject.to_string(),
        }
    }
}

/// Something that token codes come from.
pub trait CodeSource {
    /// A code for a question.
    fn code(&mut self, question: &Question<'_>) -> Result<TokenCode, Fault>;
    /// Whether it makes sense to ask again after a refusal.
    fn may_ask_again(&self) -> bool;
}

/// A code that came with the command line.
#[derive(Debug)]
pub struct Given(pub TokenCode);

impl CodeSource for Given {
    fn code(&mut self, _question: &Question<'_>) -> Result<TokenCode, Fault> {
        Ok(self.0.clone())
    }

    fn may_ask_again(&self) -> bool {
        false
    }
}
