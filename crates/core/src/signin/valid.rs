//! The validation of answers: their alphabet, their size and their times. An answer that fails here is reported, and
//! none of it is kept.

use serde::{Deserialize, Deserializer, Serializer};

use crate::name::arn_field;
use crate::name::secret::Secret;
use crate::session::Credentials;

/// Says what is wrong with an answer or a file; it never quotes a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unacceptable(pub String);

impl std::fmt::Display for Unacceptable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A secret of a JSON text, taken over where the parser made it.
impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        String::deserialize(text).map(Self::new)
    }
}

/// Writes a secret into a text that is sealed.
pub(super) fn exposed<S: Serializer>(secret: &Secret, text: S) -> Result<S::Ok, S::Error> {
    text.serialize_str(secret.expose())
}

/// The maximum length of a token, a key or a code.
const LONGEST: usize = 16 * 1024;

pub(super) fn wrong<T>(what: impl Into<String>) -> Result<T, Unacceptable> {
    Err(Unacceptable(what.into()))
}

/// Checks a token that will be used in a header or in a file of one line.
pub(super) fn token(name: &str, value: Option<&Secret>) -> Result<Secret, Unacceptable> {
    let Some(value) = value.map(Secret::expose).filter(|value| !value.is_empty()) else {
        return wrong(format!("it has no `{name}`"));
    };
    if value.len() > LONGEST {
        return wrong(format!("its `{name}` has {} bytes", value.len()));
    }
    if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return wrong(format!("its `{name}` has characters that no token has"));
    }
    Ok(Secret::new(value))
}

/// Checks the three parts of temporary credentials.
pub(super) fn credentials(
    id: Option<&str>,
    secret: Option<&Secret>,
    session: Option<&Secret>,
) -> Result<Credentials, Unacceptable> {
    let id = id.unwrap_or_default();
    let word = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    if !(16..=128).contains(&id.len()) || !id.chars().all(word) {
        return wrong("its `accessKeyId` is not the id of an access key");
    }
    Ok(Credentials {
        access_key_id: id.to_owned(),
        secret_access_key: token("secretAccessKey", secret)?,
        session_token: token("sessionToken", session)?,
    })
}

/// Checks the ARN of an identity: root, an IAM user, an assumed role or a federated user.
pub(super) fn identity(arn: &str) -> Result<String, Unacceptable> {
    let plain = arn.len() <= 2048 && arn.chars().all(|c| c.is_ascii_graphic());
    let account = arn_field(arn, 4).unwrap_or_default();
    let account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let service = matches!(arn_field(arn, 2), Some("iam" | "sts"));
    let resource = arn_field(arn, 5).is_some_and(|resource| {
        resource == "root"
            || ["user/", "assumed-role/", "federated-user/"].iter().any(|kind| resource.starts_with(kind))
    });
    if arn.starts_with("arn:") && plain && account && service && resource {
        return Ok(arn.to_owned());
    }
    wrong("it names no identity of an AWS account")
}

/// Checks a lifetime in seconds: it must be at least one, and not longer than AWS ever allows.
pub(super) fn lifetime(name: &str, seconds: Option<i64>, most: i64) -> Result<i64, Unacceptable> {
    match seconds {
        Some(seconds) if (1..=most).contains(&seconds) => Ok(seconds),
        Some(seconds) => wrong(format!("its `{name}` of {seconds} s is out of bounds")),
        None => wrong(format!("it has no `{name}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_believed_only_if_they_can_be_some() {
        let good = "ASIAFAKEFB2E6719122F";
        let taken = |id: Option<&str>, secret: Option<&str>, session: Option<&str>| {
            let (secret, session) = (secret.map(Secret::new), session.map(Secret::new));
            credentials(id, secret.as_ref(), session.as_ref())
        };
        assert!(taken(Some(good), Some("s"), Some("t")).is_ok());
        for (id, secret, session) in [
            (None, Some("s"), Some("t")),
            (Some("ASIA"), Some("s"), Some("t")),
            (Some("asiafakefb2e6719122f"), Some("s"), Some("t")),
            (Some(good), Some(""), Some("t")),
            (Some(good), None, Some("t")),
            (Some(good), Some("s\nx: y"), Some("t")),
            (Some(good), Some("s"), Some("t t")),
            (Some(good), Some("s"), None),
        ] {
            assert!(taken(id, secret, session).is_err(), "{id:?}");
        }
        let long = Secret::new("x".repeat(LONGEST + 1));
        assert!(token("refreshToken", Some(&long)).is_err());
    }

    #[test]
    fn an_identity_is_root_a_user_or_a_session() {
        for good in [
            "arn:aws:iam::123456789012:user/tester",
            "arn:aws:iam::123456789012:root",
            "arn:aws-cn:sts::123456789012:assumed-role/Admin/admin",
            "arn:aws:sts::123456789012:federated-user/bob",
        ] {
            assert!(identity(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "arn:aws:iam::123:user/tester",
            "arn:aws:iam::123456789012:role/Admin",
            "arn:aws:s3::123456789012:user/x",
            "arn:aws:iam::123456789012:user/x\n[profile y]",
        ] {
            assert!(identity(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_lifetime_has_bounds() {
        assert_eq!(lifetime("expiresIn", Some(900), 900), Ok(900));
        for seconds in [None, Some(0), Some(-1), Some(901)] {
            assert!(lifetime("expiresIn", seconds, 900).is_err());
        }
    }
}
