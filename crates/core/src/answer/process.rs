//! Parses the JSON that a `credential_process` prints: a long-term key, or a session. The program is run elsewhere, and
//! its output is never repeated in a message.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};

use crate::answer::valid;
use crate::aws_files::access_key::AccessKey;
use crate::name::AccessKeyId;
use crate::name::secret::Secret;
use crate::session::Credentials;

/// The time for which a session without an expiry is served, in seconds. AWS's tools would use it as long as they run;
/// awsesame runs the program again after this time.
const UNSAID: i64 = 900;

/// The credentials that the program prints. What is secret is wiped, wherever it was copied to.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Printed<'a> {
    version: u32,
    #[serde(borrow)]
    access_key_id: Cow<'a, str>,
    #[serde(deserialize_with = "secret")]
    secret_access_key: Secret,
    #[serde(default, deserialize_with = "optional_secret")]
    session_token: Option<Secret>,
    #[serde(borrow, default)]
    expiration: Option<Cow<'a, str>>,
}

fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
    Cow::deserialize(from).map(|text: Cow<'de, str>| Secret::new(text))
}

fn optional_secret<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Secret>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.map(Secret::new))
}

impl<'a> Printed<'a> {
    fn read(output: &'a [u8]) -> Result<Self, String> {
        let printed: Self = serde_json::from_slice(output)
            .map_err(|_| "it does not print the JSON of a `credential_process`".to_owned())?;
        if printed.version != 1 {
            return Err(format!("it prints `Version` {}, and AWS's tools read 1", printed.version));
        }
        Ok(printed)
    }
}

/// Reads the long-term key; the error is the end of a sentence.
pub fn long_term_key(output: &[u8]) -> Result<AccessKey, String> {
    let printed = Printed::read(output)?;
    let id = printed.access_key_id;
    if printed.session_token.is_some_and(|token| !token.expose().is_empty()) || id.starts_with("ASIA") {
        return Err("it gives a session, which needs no token code".to_owned());
    }
    let key = AccessKey { id: AccessKeyId::new(&*id), secret: printed.secret_access_key };
    valid::long_term_key(&id, &key.secret)?;
    Ok(key)
}

/// Reads a session, and when it expires, in unix seconds. None where the program gives a long-term key; the error is the
/// end of a sentence.
pub fn session(output: &[u8], now: i64) -> Result<Option<(Credentials, i64)>, String> {
    let printed = Printed::read(output)?;
    let Some(token) = printed.session_token.filter(|token| !token.expose().is_empty()) else {
        return Ok(None);
    };
    let expires = match printed.expiration.as_deref() {
        Some(text) => match text.parse::<jiff::Timestamp>() {
            Ok(time) => time.as_second(),
            Err(_) => return Err("its `Expiration` is not a time".to_owned()),
        },
        None => now.saturating_add(UNSAID),
    };
    let credentials = Credentials {
        access_key_id: printed.access_key_id.into_owned(),
        secret_access_key: printed.secret_access_key,
        session_token: token,
    };
    valid::session(&credentials, expires, now)?;
    Ok(Some((credentials, expires)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    fn read(rest: &str) -> Result<AccessKey, String> {
        long_term_key(format!("{{\"Version\":1,{rest}}}\n").as_bytes())
    }

    #[test]
    fn a_long_term_key_is_read_and_nothing_else_is_taken_for_one() {
        let half = format!("\"SecretAccessKey\":\"{}\"", HALF.replace('/', "\\/"));
        let whole = format!("\"AccessKeyId\":\"AKIAIOSFODNN7EXAMPLE\",{half}");
        let expected = AccessKey::new("AKIAIOSFODNN7EXAMPLE", HALF).unwrap();
        for rest in
            ["", ",\"SessionToken\":null", ",\"SessionToken\":\"\"", ",\"Expiration\":\"x\",\"More\":[1]"]
        {
            assert_eq!(read(&format!("{whole}{rest}")).as_ref(), Ok(&expected), "{rest}");
        }
        let session = "it gives a session, which needs no token code";
        let other = "it does not print the JSON of a `credential_process`";
        for (text, why) in [
            (format!("{whole},\"SessionToken\":\"t\""), session),
            (format!("\"AccessKeyId\":\"ASIAIOSFODNN7EXAMPLE\",{half}"), session),
            (half.clone(), other),
            (format!("\"AccessKeyId\":\"AK IA\",{half}"), "the access key id is not one"),
            ("\"AccessKeyId\":\"AKIA\",\"SecretAccessKey\":\"\"".into(), "the secret access key is empty"),
            (
                "\"AccessKeyId\":\"AKIA\",\"SecretAccessKey\":\"a\\nb\"".into(),
                "the secret access key has characters in it that none has",
            ),
        ] {
            assert_eq!(read(&text), Err(why.to_owned()), "{text}");
        }
        let second = format!("{{\"Version\":2,{whole}}}");
        assert_eq!(
            long_term_key(second.as_bytes()),
            Err("it prints `Version` 2, and AWS's tools read 1".to_owned())
        );
        assert_eq!(long_term_key(b""), Err(other.to_owned()));
    }

    #[test]
    fn a_session_is_read_with_its_end_and_a_long_term_key_is_none() {
        const NOW: i64 = 1_795_341_000;
        let read = |rest: &str| {
            let half = "\"AccessKeyId\":\"ASIAX\",\"SecretAccessKey\":\"s\"";
            session(format!("{{\"Version\":1,{half}{rest}}}").as_bytes(), NOW)
                .map(|found| found.map(|(credentials, expires)| (credentials.session_token, expires - NOW)))
        };
        let token = Secret::new("t");
        for (rest, expected) in [
            (
                ",\"SessionToken\":\"t\",\"Expiration\":\"2026-11-22T10:00:00Z\"",
                Ok(Some((token.clone(), 600))),
            ),
            // Another zone, as some programs write it.
            (
                ",\"SessionToken\":\"t\",\"Expiration\":\"2026-11-22T11:00:00+01:00\"",
                Ok(Some((token.clone(), 600))),
            ),
            (",\"SessionToken\":\"t\"", Ok(Some((token, UNSAID)))),
            ("", Ok(None)),
            (",\"SessionToken\":\"\"", Ok(None)),
            (
                ",\"SessionToken\":\"t\",\"Expiration\":\"soon\"",
                Err("its `Expiration` is not a time".to_owned()),
            ),
            (
                ",\"SessionToken\":\"t\",\"Expiration\":\"2020-01-01T00:00:00Z\"",
                Err("the session has expired already".to_owned()),
            ),
        ] {
            assert_eq!(read(rest), expected, "{rest}");
        }
    }
}
