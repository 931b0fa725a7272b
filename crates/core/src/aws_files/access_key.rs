//! Parses a long-term access key in the forms in which people have it: the output of `aws iam create-access-key`, the
//! CSV file of the console, the lines of a credentials file, or both halves on two lines. It also defines the form in
//! which stores keep a key.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use serde::Deserialize;

use crate::aws_files::edit::without_mark;
use crate::fault::Fault;
use crate::name::AccessKeyId;
use crate::name::secret::Secret;

/// A long-term access key with its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// The ID of the key.
    pub id: AccessKeyId,
    /// The secret of the key.
    pub secret: Secret,
}

/// The possible lengths of an access key ID in IAM. A secret has forty characters today.
const LENGTHS: RangeInclusive<usize> = 16..=128;

fn wrong<T>(why: &str) -> Result<T, Fault> {
    Err(Fault::BadKey { why: why.to_owned() })
}

const ID: &str = "aws_access_key_id";
const SECRET: &str = "aws_secret_access_key";

impl AccessKey {
    /// Creates a key from two halves, if they are valid.
    pub fn new(id: &str, secret: &str) -> Result<Self, Fault> {
        let (id, secret) = (Self::check_id(id)?, secret.trim());
        if secret.is_empty() {
            return wrong("its secret half is empty");
        }
        if !LENGTHS.contains(&secret.len()) || !secret.chars().all(|c| c.is_ascii_graphic()) {
            return wrong("its secret half does not look like forty characters without a blank");
        }
        Ok(Self { id: AccessKeyId::new(id), secret: Secret::new(secret) })
    }

    /// Returns the ID of a long-term key without the spaces around it, if it can be one.
    pub fn check_id(id: &str) -> Result<&str, Fault> {
        let id = id.trim();
        if id.is_empty() {
            return wrong("its id is empty");
        }
        if id.starts_with("ASIA") {
            return wrong("it is a session's, which begin with `ASIA`; long-term keys begin with `AKIA`");
        }
        let word = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
        if !LENGTHS.contains(&id.len()) || !id.chars().all(word) {
            return wrong("its id does not look like `AKIA` with sixteen letters and digits after it");
        }
        Ok(id)
    }

    /// Parses a key in any of the forms in which AWS provides it.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let text = without_mark(text).trim();
        if text.starts_with('{') {
            return Self::of_json(text);
        }
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let [first, ..] = lines[..] else {
            return Err(Fault::BadKey { why: "nothing came on stdin".into() });
        };
        if first.contains(',') {
            return Self::of_csv(&lines);
        }
        if lines.iter().any(|line| line.contains('=') && line.to_ascii_lowercase().starts_with("aws_")) {
            return Self::of_settings(&lines);
        }
        let [id, secret] = lines[..] else {
            let why =
                format!("{} lines came where two are expected: its id, and its secret half", lines.len());
            return Err(Fault::BadKey { why });
        };
        Self::new(id, secret)
    }

    fn of_json(text: &str) -> Result<Self, Fault> {
        // The fields are borrowed from the text, because a copy would not be zeroed.
        #[derive(Deserialize)]
        struct Halves<'a> {
            #[serde(borrow, rename = "AccessKeyId")]
            id: Option<Cow<'a, str>>,
            #[serde(borrow, rename = "SecretAccessKey")]
            secret: Option<Cow<'a, str>>,
            #[serde(borrow, rename = "AccessKey")]
            inner: Option<Box<Halves<'a>>>,
        }
        let wrong = |why: &str| Fault::BadKey { why: why.to_owned() };
        let outer: Halves<'_> =
            serde_json::from_str(text).map_err(|_| wrong("it is not JSON as AWS prints it"))?;
        let Halves { id, secret, inner } = outer;
        let (id, secret) = inner.map_or((id, secret), |inner| (inner.id, inner.secret));
        match (id, secret) {
            (Some(id), Some(secret)) => Self::new(&id, &secret),
            (None, _) => Err(wrong("the JSON has no `AccessKeyId`")),
            (_, None) => Err(wrong("the JSON has no `SecretAccessKey`")),
        }
    }

    fn of_csv(lines: &[&str]) -> Result<Self, Fault> {
        let [head, row] = lines else {
            let why = format!("the CSV has {} lines, where the console writes two", lines.len());
            return Err(Fault::BadKey { why });
        };
        let cells = |line: &'_ str| -> Vec<String> {
            line.split(',').map(|cell| cell.trim().trim_matches('"').to_ascii_lowercase()).collect()
        };
        let names = cells(head);
        let cell = |name: &str| {
            let at = names.iter().position(|known| known == name)?;
            Some(row.split(',').nth(at)?.trim().trim_matches('"'))
        };
        match (cell("access key id"), cell("secret access key")) {
            (Some(id), Some(secret)) => Self::new(id, secret),
            (None, _) => Err(Fault::BadKey { why: "the CSV has no column `Access key ID`".into() }),
            (_, None) => Err(Fault::BadKey { why: "the CSV has no column `Secret access key`".into() }),
        }
    }

    fn of_settings(lines: &[&str]) -> Result<Self, Fault> {
        let setting = |name: &str| {
            let mut pairs = lines.iter().filter_map(|line| line.split_once('='));
            pairs.find(|(key, _)| key.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value)
        };
        Self::new(setting(ID).unwrap_or_default(), setting(SECRET).unwrap_or_default())
    }

    /// Returns the key as a store keeps it: the lines of a credentials file, so that a person who opens the store can
    /// use them.
    pub fn at_rest(&self) -> Secret {
        let mut text = String::with_capacity(512);
        for part in [ID, " = ", self.id.as_str(), "\n", SECRET, " = ", self.secret.expose(), "\n"] {
            text.push_str(part);
        }
        Secret::new(text)
    }

    /// Parses the stored form of a key. Returns None if the text is not the key with this ID.
    pub fn from_rest(bytes: &[u8], id: &AccessKeyId) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let lines: Vec<&str> = text.lines().collect();
        Self::of_settings(&lines).ok().filter(|key| key.id == *id)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
    const HALF: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    fn expected() -> AccessKey {
        AccessKey::new(KEY, HALF).unwrap()
    }

    #[test]
    fn every_form_that_a_key_is_handed_out_in_is_read() {
        for text in [
            format!("{KEY}\n{HALF}"),
            format!("\n {KEY} \r\n\r\n{HALF}\r\n"),
            format!(
                "{{\n \"AccessKey\": {{\n \"UserName\": \"Bob\", \"Status\": \"Active\", \"CreateDate\": \"2015\",\n \
                 \"SecretAccessKey\": \"{HALF}\", \"AccessKeyId\": \"{KEY}\" }}\n}}\n"
            ),
            format!(
                "{{\"Version\":1,\"AccessKeyId\":\"{KEY}\",\"SecretAccessKey\":\"{}\"}}",
                HALF.replace('/', "\\/")
            ),
            format!("Access key ID,Secret access key\r\n{KEY},{HALF}\r\n"),
            format!("\u{feff}Access key ID,Secret access key\n{KEY},{HALF}"),
            format!(
                "User name,Password,Access key ID,Secret access key,Console login link\nbob,,{KEY},{HALF},https://x\n"
            ),
            format!("\"Access key ID\",\"Secret access key\"\n\"{KEY}\",\"{HALF}\"\n"),
            format!("[default]\naws_access_key_id = {KEY}\naws_secret_access_key={HALF}\n"),
        ] {
            assert_eq!(AccessKey::parse(&text), Ok(expected()), "{text}");
        }
    }

    #[test]
    fn text_that_is_not_a_long_term_key_is_refused_with_the_reason() {
        for (text, why) in [
            (String::new(), "nothing came on stdin"),
            (KEY.to_owned(), "1 lines came where two are expected: its id, and its secret half"),
            (
                format!("{HALF}\n{KEY}"),
                "its id does not look like `AKIA` with sixteen letters and digits after it",
            ),
            (
                format!("ASIAIOSFODNN7EXAMPLE\n{HALF}"),
                "it is a session's, which begin with `ASIA`; long-term keys begin with `AKIA`",
            ),
            (format!("{KEY}\nshort"), "its secret half does not look like forty characters without a blank"),
            (
                format!("{KEY}\n{HALF} {HALF}"),
                "its secret half does not look like forty characters without a blank",
            ),
            (format!("aws_access_key_id={KEY}"), "its secret half is empty"),
            (format!("aws_secret_access_key={HALF}"), "its id is empty"),
            ("{".to_owned(), "it is not JSON as AWS prints it"),
            ("{\"AccessKey\":{}}".to_owned(), "the JSON has no `AccessKeyId`"),
            (format!("{{\"AccessKeyId\":\"{KEY}\"}}"), "the JSON has no `SecretAccessKey`"),
            (format!("a,b\n{KEY},{HALF}"), "the CSV has no column `Access key ID`"),
            (format!("Access key ID,b\n{KEY},{HALF}"), "the CSV has no column `Secret access key`"),
            (
                "Access key ID,Secret access key".to_owned(),
                "the CSV has 1 lines, where the console writes two",
            ),
        ] {
            assert_eq!(AccessKey::parse(&text), Err(Fault::BadKey { why: why.into() }), "{text}");
        }
    }

    #[test]
    fn stored_text_is_the_key_of_that_id_or_nothing() {
        let (key, rest) = (expected(), expected().at_rest());
        assert_eq!(rest.expose(), format!("aws_access_key_id = {KEY}\naws_secret_access_key = {HALF}\n"));
        assert_eq!(AccessKey::from_rest(rest.expose().as_bytes(), &key.id), Some(key.clone()));
        assert_eq!(AccessKey::from_rest(rest.expose().as_bytes(), &AccessKeyId::new("AKIAOTHER")), None);
        for bytes in [&b""[..], b"\xff", &rest.expose().as_bytes()[..60]] {
            assert_eq!(AccessKey::from_rest(bytes, &key.id), None);
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_no_message_repeats_it(text in "\\PC*|[{}\",:A-Za-z=\n]*") {
            if let Err(fault) = AccessKey::parse(&text) {
                prop_assert!(text.trim().len() < 16 || !fault.to_string().contains(text.trim()));
            }
        }
    }
}
