//! Writes the answer to an authorized client if there is no session to serve. It contains the command that helps.

use crate::fault::Fault;
use crate::text::quote::json;

/// The answer if there is nothing to serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unserved {
    /// The fault's name, as in `--json`: `login_needed`.
    pub slug: String,
    /// The description of the problem.
    pub reason: String,
    /// The hint about what to type.
    pub hint: String,
}

impl From<&Fault> for Unserved {
    fn from(fault: &Fault) -> Self {
        Self { slug: fault.slug().to_owned(), reason: fault.to_string(), hint: fault.hint() }
    }
}

impl Unserved {
    /// Returns true if a login is all that is missing.
    pub fn needs_login(&self) -> bool {
        const MENDED: [&str; 5] =
            ["login_needed", "store_locked", "other_gave_up", "prompt_timeout", "cancelled"];
        MENDED.contains(&self.slug.as_str())
    }

    /// Returns one line for a person who reads the error of an SDK.
    pub fn message(&self) -> String {
        if self.needs_login() {
            return format!("login needed: {}", self.hint);
        }
        format!("{}; {}", self.reason, self.hint)
    }

    /// Returns the body of the answer, in the form of the container credentials protocol. The AWS CLI and Python's SDK
    /// show it as it is; Go's SDK (and so Terraform) shows its two parts.
    pub fn body(&self) -> String {
        let code: String = self.slug.split('_').map(capitalised).collect();
        format!("{{\"code\":{},\"message\":{}}}", json(&code), json(&self.message()))
    }

    /// Returns the body for our own commands.
    pub fn full_body(&self) -> String {
        let [slug, reason, hint] = [&self.slug, &self.reason, &self.hint].map(|text| json(text));
        format!("{{\"error\":{slug},\"message\":{reason},\"hint\":{hint}}}")
    }
}

/// The status of an answer without credentials. With this one, no SDK repeats the request for a long time.
pub const UNSERVED: u16 = 403;

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}
