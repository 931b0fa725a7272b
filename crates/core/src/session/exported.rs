//! The record of the variables that our last export set in an environment, apart from those that the user set. One
//! variable holds the names and values. A variable that still has the recorded value is ours, and counts as unset in
//! every later run; one that has another value, or that we never set, is the user's choice.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The variable with the record: percent-encoded `NAME=value` pairs, separated by blanks.
pub const VARIABLE: &str = "AWSESAME_EXPORTED";

/// The beginning of the value of `AWS_PROFILE` while keys are withheld. No profile has such a name, so every AWS tool
/// stops, shows the sentence in its error, and does not fall back to a static key.
pub const WITHHELD: &str = "login needed: ";

/// The beginning of `AWS_PROFILE` if there is a session, but not of the expected account or role.
pub const REFUSED: &str = "refused: ";

/// The endpoint of a container while keys are withheld. Only root can listen there.
pub const NOWHERE: &str = "http://127.0.0.1:1/awsesame";

/// The endpoint for a client that ignores its `credential_process`. Its error shows this address, which says what to
/// do.
pub const NO_ENDPOINT: &str = "awsesame://127.0.0.1:1/login-or-awsesame-exec";

/// Returns true for a value that we set instead of a real one: the sentence in `AWS_PROFILE` while keys are withheld,
/// and the values that stop the clients that ignore `AWS_PROFILE`.
pub fn is_withheld(value: &str) -> bool {
    [WITHHELD, REFUSED].iter().any(|sentence| value.starts_with(sentence))
        || [NOWHERE, NO_ENDPOINT].contains(&value)
}

/// The variables in the record. A secret must never be among them, nor a variable of the user to which we add
/// something.
pub const RECORDED: [&str; 12] = [
    "AWSESAME_PROFILE",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ACCOUNT_ID",
    "AWS_ACCESS_KEY_ID",
    "AWS_SDK_LOAD_CONFIG",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_CREDENTIAL_PROFILES_FILE",
    "AWS_CREDENTIAL_FILE",
    "BOTO_CONFIG",
];

/// The characters that are encoded in the record. Names of profiles and regions, and URLs, stay readable.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'/').remove(b':');

/// The variables that we set, with their values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exported(Vec<(String, String)>);

impl Exported {
    /// Reads the record of an environment. Unknown words are skipped.
    pub fn read(var: impl Fn(&str) -> Option<String>) -> Self {
        let text = var(VARIABLE).unwrap_or_default();
        let pair = |word: &str| {
            let (name, value) = word.split_once('=')?;
            let value = percent_decode_str(value).decode_utf8().ok()?.into_owned();
            RECORDED.contains(&name).then(|| (name.to_owned(), value))
        };
        Self(text.split(' ').filter_map(pair).collect())
    }

    /// Writes the record of what is set now.
    pub fn write<'a>(set: impl Iterator<Item = (&'a str, &'a str)>) -> String {
        let mut text = String::new();
        for (name, value) in set.filter(|(name, _)| RECORDED.contains(name)) {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(name);
            text.push('=');
            text.extend(utf8_percent_encode(value, ENCODED));
        }
        text
    }

    /// Returns true if a variable with this value was set by us.
    pub fn is_ours(&self, name: &str, value: &str) -> bool {
        self.0.iter().any(|(known, ours)| known == name && ours == value)
    }

    /// Returns a variable's value if the user set it.
    pub fn users(&self, name: &str, var: impl Fn(&str) -> Option<String>) -> Option<String> {
        var(name).filter(|value| !self.is_ours(name, value))
    }

    /// Returns the variables that still have the value that we set.
    pub fn left(&self, var: impl Fn(&str) -> Option<String>) -> impl Iterator<Item = &'static str> {
        RECORDED.into_iter().filter(move |name| var(name).is_some_and(|value| self.is_ours(name, &value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_reads_back_and_only_the_same_value_is_ours() {
        let set = [
            ("AWS_REGION", "eu-central-1"),
            ("AWSESAME_PROFILE", "two words=%ä"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
        ];
        let text = Exported::write(set.into_iter());
        assert_eq!(text, "AWS_REGION=eu-central-1 AWSESAME_PROFILE=two%20words%3D%25%C3%A4");
        let exported = Exported::read(|name| (name == VARIABLE).then(|| text.clone()));
        assert!(exported.is_ours("AWS_REGION", "eu-central-1"));
        assert!(exported.is_ours("AWSESAME_PROFILE", "two words=%ä"));
        assert!(!exported.is_ours("AWS_REGION", "ap-south-1"));
        assert!(!exported.is_ours("AWS_DEFAULT_REGION", "eu-central-1"));
    }

    #[test]
    fn a_record_that_somebody_else_wrote_claims_nothing_but_what_it_is_about() {
        let text = "PATH=/bin AWS_REGION %%% AWS_ENDPOINT_URL=%FF  =x AWS_ACCOUNT_ID=";
        let exported = Exported::read(|_| Some(text.to_owned()));
        assert_eq!(exported, Exported(vec![("AWS_ACCOUNT_ID".into(), String::new())]));
    }
}
