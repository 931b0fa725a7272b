//! Checks that an answer can come from AWS before other code uses it: its characters, its size, its dates, and whether
//! it is about what was requested. This is the only place for such checks. Each function returns the reason of a
//! failure as the end of a sentence.

use crate::answer::enroll::named;
use crate::name::secret::Secret;
use crate::name::{AccountId, RoleArn, Serial, arn_field};
use crate::plan::{SESSION_MAX, is_serial};
use crate::session::{Credentials, Session};

/// An answer's way to be wrong, for the end of a sentence.
pub type Why = String;

/// The maximum number of bytes of an access key id: the limit that STS and IAM document.
const ID_BYTES: usize = 128;
/// The maximum number of bytes of a secret. Today's have 40.
const SECRET_BYTES: usize = 256;
/// The maximum size of a session token. AWS documents no limit. Current tokens have less than 3,000 bytes, and a sealed
/// session with its header must fit in 64 KiB.
const TOKEN_BYTES: usize = 32 * 1024;
/// The maximum number of bytes of an ARN, as IAM documents it.
const ARN_BYTES: usize = 2048;
/// The difference of two clocks that AWS bears, in seconds.
const SKEW: i64 = 15 * 60;

/// Checks temporary credentials that expire at a moment, in unix seconds.
pub fn session(credentials: &Credentials, expires: i64, now: i64) -> Result<(), Why> {
    access_key_id(&credentials.access_key_id)?;
    secret("secret access key", &credentials.secret_access_key, SECRET_BYTES)?;
    secret("session token", &credentials.session_token, TOKEN_BYTES)?;
    if expires <= now {
        return Err("the session has expired already".into());
    }
    if expires > now.saturating_add(i64::from(SESSION_MAX) + SKEW) {
        return Err("the session lasts longer than AWS lets any last".into());
    }
    Ok(())
}

/// Checks that a session has a new key ID. Local stand-ins for AWS may use any form of ID, but none returns the key that
/// signed the request.
pub fn anew(credentials: &Credentials, signer: &str) -> Result<(), Why> {
    if credentials.access_key_id == signer {
        return Err("the session has the access key id of the key that asked for it".into());
    }
    Ok(())
}

/// Checks the ID of a key. The ID becomes a part of calls, of names in stores and of lines in files.
pub fn access_key_id(id: &str) -> Result<(), Why> {
    if id.is_empty() {
        return Err("the access key id is empty".into());
    }
    if id.len() > ID_BYTES || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Err("the access key id is not one".into());
    }
    Ok(())
}

/// Checks a long-term key that was made.
pub fn long_term_key(id: &str, half: &Secret) -> Result<(), Why> {
    access_key_id(id)?;
    secret("secret access key", half, SECRET_BYTES)
}

/// Checks a secret: what is in it becomes a header, a line of a file or a variable.
fn secret(what: &str, value: &Secret, most: usize) -> Result<(), Why> {
    let text = value.expose();
    if text.is_empty() {
        return Err(format!("the {what} is empty"));
    }
    if text.len() > most {
        return Err(format!("the {what} is longer than {most} bytes"));
    }
    // A newline would shift what is sealed, a blank what is signed.
    if !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(format!("the {what} has characters in it that none has"));
    }
    Ok(())
}

/// Checks the ARN of the identity that signed a call.
pub fn identity(arn: &str) -> Result<(), Why> {
    let field = |at| arn_field(arn, at).unwrap_or_default();
    let account = field(4);
    let good = arn.len() <= ARN_BYTES
        && arn.bytes().all(|b| b.is_ascii_graphic())
        && field(0) == "arn"
        && field(1).starts_with("aws")
        && matches!(field(2), "iam" | "sts")
        && account.len() == 12
        && account.bytes().all(|b| b.is_ascii_digit())
        && !field(5).starts_with('/')
        && !field(5).is_empty()
        && !field(5).ends_with('/');
    if good { Ok(()) } else { Err("the identity is not the ARN of a user or a role".into()) }
}

/// Checks the ARN of whoever signed a call with a long-term key, which only users and the root user of an account have.
pub fn identity_of_long_term_key(arn: &str) -> Result<(), Why> {
    identity(arn)?;
    match arn_field(arn, 5) {
        Some("root") => Ok(()),
        Some(resource) if resource.starts_with("user/") => Ok(()),
        _ => Err("it says that a long-term access key belongs to a role".into()),
    }
}

/// Checks that a role's session is one of the role that was asked for.
pub fn assumed(arn: Option<&str>, role: &RoleArn) -> Result<(), Why> {
    let arn = arn.ok_or("the answer does not say which role it is about")?;
    identity(arn)?;
    let name = arn_field(arn, 5).and_then(|rest| rest.strip_prefix("assumed-role/")?.split('/').next());
    let same_account = role.account().is_none_or(|account| arn_field(arn, 4) == Some(account.as_str()));
    let same_partition = arn_field(arn, 1) == arn_field(role.as_str(), 1);
    if same_account && same_partition && name == Some(role.role_name()) {
        Ok(())
    } else {
        Err("it gives a session of another role than the one that was asked for".into())
    }
}

/// Checks the serial number of a device, because it is used in calls, prompts and program arguments.
pub fn serial(serial: &Serial) -> Result<(), Why> {
    let text = serial.as_str();
    // One word and nothing around it: commas and blanks divide serial numbers elsewhere.
    if is_serial(text) && text.bytes().all(|b| b.is_ascii_graphic() && b != b',') {
        Ok(())
    } else {
        Err("it lists a device with a serial number that none has".into())
    }
}

/// Checks a session that a broker elsewhere gave.
pub fn forwarded(given: &Session, now: i64) -> Result<(), Why> {
    let header = &given.header;
    session(&given.credentials, header.expires, now)?;
    identity(&header.arn)?;
    if arn_field(&header.arn, 4) != Some(header.account.as_str()) {
        return Err("the identity is of another account".into());
    }
    let plain =
        |text: &Option<String>| text.as_ref().is_none_or(|text| text.bytes().all(|b| b.is_ascii_graphic()));
    if plain(&header.region) && plain(&header.endpoint) {
        Ok(())
    } else {
        Err("the region or the endpoint is not one".into())
    }
}

/// Checks a new virtual device: it must belong to the account and have the requested name. Its seed is shown on a
/// terminal and becomes a part of the address that authenticator apps read.
pub fn new_device(serial: &Serial, seed: &Secret, account: &AccountId, name: &str) -> Result<(), Why> {
    self::serial(serial)?;
    if serial.account().as_ref() != Some(account) || named(serial) != Some(name) {
        return Err("it made another device than the one that was asked for".into());
    }
    // The seed is in base32 (RFC 4648). AWS's seeds have 64 characters.
    let text = seed.expose();
    let digits = text.trim_end_matches('=');
    if (16..=256).contains(&text.len()) && digits.bytes().all(|b| matches!(b, b'A'..=b'Z' | b'2'..=b'7')) {
        Ok(())
    } else {
        Err("the device's seed is not one".into())
    }
}

/// Checks that an XML body is complete: it must end with the end of its first element. AWS's parsers stop at the last
/// field that they know, so they accept a reply that was cut off.
pub fn whole(body: &[u8]) -> Result<(), Why> {
    let text = body.trim_ascii();
    let Some(mut rest) = text.strip_prefix(b"<") else { return Ok(()) };
    if rest.starts_with(b"?") {
        let Some(end) = rest.windows(2).position(|pair| pair == b"?>") else {
            return Err("its answer was cut off".into());
        };
        rest = rest[end + 2..].trim_ascii_start();
        let Some(root) = rest.strip_prefix(b"<") else { return Err("its answer was cut off".into()) };
        rest = root;
    }
    // An HTML page is not from AWS. It is recognized by its missing error code.
    if rest.starts_with(b"!") {
        return Ok(());
    }
    let end = rest.iter().position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'));
    let name = &rest[..end.unwrap_or(rest.len())];
    if name.eq_ignore_ascii_case(b"html") {
        return Ok(());
    }
    let closed =
        rest.ends_with(&[b"</", name, b">"].concat()) || (rest.ends_with(b"/>") && !rest.contains(&b'<'));
    if end.is_some() && closed { Ok(()) } else { Err("its answer was cut off".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(id: &str, secret: &str, token: &str) -> Credentials {
        Credentials {
            access_key_id: id.into(),
            secret_access_key: Secret::new(secret),
            session_token: Secret::new(token),
        }
    }

    #[test]
    fn credentials_that_aws_cannot_have_given_are_not_believed() {
        let now = 1_800_000_000;
        let long = "t".repeat(TOKEN_BYTES);
        let longer = "t".repeat(TOKEN_BYTES + 1);
        for (id, secret, token, left, good) in [
            ("ASIAEXAMPLE", "a/b+c=", "t==", 900, true),
            ("ASIAEXAMPLE", "a/b+c=", &long, i64::from(SESSION_MAX), true),
            ("", "s", "t", 900, false),
            ("ASIA EXAMPLE", "s", "t", 900, false),
            ("ASIA\nEXAMPLE", "s", "t", 900, false),
            ("ASIAEXAMPLE", "", "t", 900, false),
            ("ASIAEXAMPLE", "s\ns", "t", 900, false),
            ("ASIAEXAMPLE", "s\u{e4}", "t", 900, false),
            ("ASIAEXAMPLE", "s", "", 900, false),
            ("ASIAEXAMPLE", "s", "t\r", 900, false),
            ("ASIAEXAMPLE", "s", &longer, 900, false),
            ("ASIAEXAMPLE", "s", "t", 0, false),
            ("ASIAEXAMPLE", "s", "t", -900, false),
            ("ASIAEXAMPLE", "s", "t", i64::from(SESSION_MAX) + SKEW + 1, false),
            ("ASIAEXAMPLE", "s", "t", 251_000_000_000, false),
        ] {
            let checked = session(&credentials(id, secret, token), now + left, now);
            assert_eq!(checked.is_ok(), good, "{id:?} {secret:?} {left}: {checked:?}");
        }
        assert!(session(&credentials("A", "s", "t"), i64::MIN, i64::MAX).is_err());
        assert!(session(&credentials("A", "s", "t"), i64::MAX, i64::MIN).is_err());
    }

    #[test]
    fn an_identity_is_the_arn_of_a_user_or_a_role() {
        for arn in [
            "arn:aws:iam::123456789012:user/alice",
            "arn:aws-cn:iam::123456789012:user/path/alice",
            "arn:aws:iam::123456789012:root",
            "arn:aws:sts::123456789012:assumed-role/deploy/alice",
        ] {
            assert_eq!(identity(arn), Ok(()), "{arn}");
        }
        for arn in [
            "",
            "hello",
            "arn:aws:iam::12345678901:user/alice",
            "arn:aws:iam::12345678901x:user/alice",
            "arn:aws:iam:::user/alice",
            "arn:aws:s3::123456789012:bucket",
            "arn:aws:iam::123456789012:user/al ice",
            "arn:aws:iam::123456789012:user/alice\n",
            "arn:aws:iam::123456789012:",
            "arn:aws:iam::123456789012:user/",
        ] {
            assert!(identity(arn).is_err(), "{arn:?}");
        }
    }

    #[test]
    fn only_users_and_root_have_a_long_term_key() {
        for (arn, good) in [
            ("arn:aws:iam::123456789012:user/path/alice", true),
            ("arn:aws:iam::123456789012:root", true),
            ("arn:aws:sts::123456789012:assumed-role/deploy/alice", false),
            ("arn:aws:sts::123456789012:federated-user/alice", false),
            ("hello", false),
        ] {
            assert_eq!(identity_of_long_term_key(arn).is_ok(), good, "{arn}");
        }
    }

    #[test]
    fn a_role_is_the_one_that_was_asked_for() {
        let role = RoleArn::new("arn:aws:iam::123456789012:role/ci/deploy");
        for (arn, good) in [
            (Some("arn:aws:sts::123456789012:assumed-role/deploy/alice"), true),
            (Some("arn:aws:sts::123456789012:assumed-role/admin/alice"), false),
            (Some("arn:aws:sts::210987654321:assumed-role/deploy/alice"), false),
            (Some("arn:aws-cn:sts::123456789012:assumed-role/deploy/alice"), false),
            (Some("arn:aws:sts::123456789012:assumed-role/deploy/"), false),
            (Some("arn:aws:iam::123456789012:user/deploy"), false),
            (None, false),
        ] {
            assert_eq!(assumed(arn, &role).is_ok(), good, "{arn:?}");
        }
    }

    #[test]
    fn a_body_that_was_cut_off_is_not_whole() {
        let answer = b"<?xml version=\"1.0\"?>\n<R xmlns=\"https://x/\"><a>1</a><b/></R>\n";
        assert_eq!(whole(answer), Ok(()));
        for cut in 1..answer.len() - 2 {
            assert!(whole(&answer[..cut]).is_err(), "cut at {cut}");
        }
        for good in
            [&b""[..], b"{\"a\":", b"<R/>", b"<R a=\"1\" />", b"plain", b"<!DOCTYPE html><p>", b"<html>"]
        {
            assert_eq!(whole(good), Ok(()), "{good:?}");
        }
        for cut in [&b"<R><R></R"[..], b"<R><a/>", b"<R", b"<R><a></a>"] {
            assert!(whole(cut).is_err(), "{cut:?}");
        }
    }

    #[test]
    fn a_serial_number_with_special_characters_is_refused() {
        assert_eq!(serial(&Serial::new("arn:aws:iam::123456789012:mfa/alice")), Ok(()));
        for bad in
            ["arn:aws:iam::123456789012:mfa/a$(touch x)", "", "short", "GAHT12345678 ", "a,bbbbbbbbbbb"]
        {
            assert!(serial(&Serial::new(bad)).is_err(), "{bad:?}");
        }
    }
}
