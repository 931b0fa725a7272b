//! Reads and writes the AWS CLI's cache of a sign-in in `~/.aws/login/cache`: its file name, the values that we accept
//! from it, and the file that `--publish` writes. We never refresh a token of the AWS CLI, because that would
//! invalidate the token for its owner.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::console::Grant;
use super::dpop::DpopKey;
use super::valid::{self, Unacceptable, wrong};
use crate::name::secret::Secret;
use crate::name::{AccountId, arn_field};
use crate::session::Credentials;
use crate::session::hex;

/// Returns the name of the file for a value of `login_session`.
pub fn file_name(login_session: &str) -> String {
    format!("{}.json", hex(&Sha256::digest(login_session.as_bytes())))
}

/// The usable content of a file of the AWS CLI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cached {
    /// The credentials that calls are signed with.
    pub credentials: Credentials,
    /// The account that they belong to.
    pub account: AccountId,
    /// The time when they expire, in unix seconds.
    pub expires: i64,
    /// The Region of the login, where a client wrote it.
    pub region: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read {
    access_token: Option<Keys>,
    client_id: Option<String>,
    refresh_token: Option<Secret>,
    dpop_key: Option<Secret>,
    sign_in_region: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Keys {
    access_key_id: Option<String>,
    secret_access_key: Option<Secret>,
    session_token: Option<Secret>,
    account_id: Option<String>,
    expires_at: Option<String>,
}

/// Parses a file. An error may mean that the file is being written, so it should be read twice.
pub fn read(text: &str) -> Result<Cached, Unacceptable> {
    parsed(text).map(|(_, cached)| cached)
}

/// Parses a file, and keeps its other content.
fn parsed(text: &str) -> Result<(Read, Cached), Unacceptable> {
    let Ok(mut file) = serde_json::from_str::<Read>(text) else {
        return wrong("it is not the JSON of a sign-in");
    };
    let Some(token) = file.access_token.take() else { return wrong("it has no `accessToken`") };
    for (name, absent) in [
        ("clientId", file.client_id.is_none()),
        ("refreshToken", file.refresh_token.is_none()),
        ("dpopKey", file.dpop_key.is_none()),
    ] {
        if absent {
            return wrong(format!("it has no `{name}`"));
        }
    }
    let account = token.account_id.unwrap_or_default();
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return wrong("its `accountId` is not the id of an account");
    }
    let expires = token.expires_at.as_deref().and_then(|time| time.parse::<Timestamp>().ok());
    let Some(expires) = expires else { return wrong("its `expiresAt` is not a time") };
    let cached = Cached {
        credentials: valid::credentials(
            token.access_key_id.as_deref(),
            token.secret_access_key.as_ref(),
            token.session_token.as_ref(),
        )?,
        account: AccountId::new(account),
        expires: expires.as_second(),
        region: file.sign_in_region.take().filter(|region| crate::name::is_region(region)),
    };
    Ok((file, cached))
}

/// Returns the record after another program has refreshed it in the file that we published: with another refresh token
/// for the same client and the same key, and credentials that do not expire earlier. Returns None if the file contains
/// nothing newer; an error is as for [`read`].
pub fn refreshed(text: &str, grant: &Grant, now: i64) -> Result<Option<Grant>, Unacceptable> {
    let (file, cached) = parsed(text)?;
    Ok(newer(file, cached, grant, now))
}

fn newer(file: Read, cached: Cached, grant: &Grant, now: i64) -> Option<Grant> {
    /// The maximum lifetime of credentials. AWS issues them for 15 minutes, and clocks may differ.
    const LONGEST: i64 = 3600;
    let key = DpopKey::from_pem(file.dpop_key?.expose())?;
    let refresh_token = valid::token("refreshToken", file.refresh_token.as_ref()).ok()?;
    let same =
        file.client_id.as_ref() == Some(&grant.client_id) && key.thumbprint() == grant.key.thumbprint();
    let newer = refresh_token != grant.refresh_token && cached.expires >= grant.expires;
    (same && newer && cached.expires <= now.saturating_add(LONGEST)).then(|| Grant {
        credentials: cached.credentials,
        obtained: now,
        expires: cached.expires,
        refresh_token,
        ..grant.clone()
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Published<'a> {
    access_token: PublishedKeys<'a>,
    token_type: &'a str,
    client_id: &'a str,
    refresh_token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<&'a str>,
    dpop_key: &'a str,
    sign_in_region: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PublishedKeys<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
    session_token: &'a str,
    account_id: &'a str,
    expires_at: String,
}

/// Writes what the AWS CLI and the SDKs read, in the clear.
///
/// # Panics
/// Never: strings are JSON.
pub fn publish(grant: &Grant) -> Zeroizing<String> {
    let dpop_key = grant.key.to_pem();
    let expires_at = Timestamp::from_second(grant.expires).unwrap_or(Timestamp::UNIX_EPOCH).to_string();
    let published = Published {
        access_token: PublishedKeys {
            access_key_id: &grant.credentials.access_key_id,
            secret_access_key: grant.credentials.secret_access_key.expose(),
            session_token: grant.credentials.session_token.expose(),
            account_id: arn_field(&grant.arn, 4).unwrap_or_default(),
            expires_at,
        },
        token_type: "aws_sigv4",
        client_id: &grant.client_id,
        refresh_token: grant.refresh_token.expose(),
        id_token: grant.id_token.as_ref().map(Secret::expose),
        dpop_key: dpop_key.expose(),
        sign_in_region: &grant.region,
    };
    Zeroizing::new(serde_json::to_string(&published).expect("strings are JSON"))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::signin::console::fixture;
    use crate::signin::vectors::{VECTORS, text};

    #[test]
    fn the_name_is_the_one_that_every_client_computes() {
        let recorded = text(&VECTORS["cache_files"]["login"]["file"]);
        assert!(recorded.ends_with(&file_name("arn:aws:iam::123456789012:user/tester")), "{recorded}");
        // The smallest case of the SDKs' published ones.
        let published = file_name("arn:aws:sts::012345678910:assumed-role/Admin/admin");
        assert!(published.starts_with("4b0ba8f9"), "{published}"); // spellchecker:disable-line
        assert!(published.ends_with("e255.json"), "{published}");
    }

    #[test]
    fn a_file_of_the_cli_is_read() {
        let content = &VECTORS["cache_files"]["login"]["content"];
        let cached = read(&content.to_string()).unwrap();
        assert_eq!(cached.credentials.access_key_id, text(&content["accessToken"]["accessKeyId"]));
        assert_eq!((cached.account.as_str(), cached.expires), ("123456789012", 1_795_828_744));
        assert_eq!(cached.region, None);
        for expires in ["2026-11-28T01:19:04Z", "2026-11-28T01:19:04.5Z", "2026-11-28T01:19:04.123456789Z"] {
            let mut other = content.clone();
            other["accessToken"]["expiresAt"] = expires.into();
            other["signInRegion"] = "eu-west-1".into();
            let cached = read(&other.to_string()).unwrap();
            assert_eq!((cached.expires, cached.region.as_deref()), (1_795_828_744, Some("eu-west-1")));
        }
    }

    /// The SDK for Rust publishes eight cases of such files: one that is valid for a thousand years, a missing file,
    /// four files that lack a member, and two that have expired. An SDK refreshes the expired ones; awsesame leaves
    /// that to the program that wrote them.
    #[test]
    fn files_as_in_the_published_cases_of_the_sdks_are_read_where_an_sdk_reads_them() {
        let content = &VECTORS["cache_files"]["login"]["content"];
        let now = 1_795_828_000;
        for (member, value, expected) in [
            ("expiresAt", Some("3025-09-14T04:05:45Z"), Some(true)),
            ("accessToken", None, None),
            ("refreshToken", None, None),
            ("clientId", None, None),
            ("dpopKey", None, None),
            ("expiresAt", Some("2020-01-01T00:00:00Z"), Some(false)),
        ] {
            let mut file = content.clone();
            match value {
                Some(value) => file["accessToken"][member] = value.into(),
                None => drop(file.as_object_mut().unwrap().remove(member)),
            }
            let good = read(&file.to_string()).ok().map(|cached| cached.expires > now);
            assert_eq!(good, expected, "{member} {value:?}");
        }
    }

    #[test]
    fn half_a_file_and_one_without_what_clients_need_are_no_sign_in() {
        let content = &VECTORS["cache_files"]["login"]["content"];
        let whole = content.to_string();
        for end in [0, 1, whole.len() / 2, whole.len() - 1] {
            assert!(read(&whole[..end]).is_err(), "{end}");
        }
        for member in ["accessToken", "clientId", "refreshToken", "dpopKey"] {
            let mut other = content.clone();
            other.as_object_mut().unwrap().remove(member);
            assert!(read(&other.to_string()).is_err(), "{member}");
        }
        for (member, value) in
            [("accountId", "12"), ("expiresAt", "tomorrow"), ("accessKeyId", "x"), ("sessionToken", "")]
        {
            let mut other = content.clone();
            other["accessToken"][member] = value.into();
            assert!(read(&other.to_string()).is_err(), "{member}");
        }
    }

    #[test]
    fn what_another_program_refreshed_is_taken_over_if_it_is_of_the_same_key_and_newer() {
        let grant = fixture();
        let with = |change: &dyn Fn(&mut Value)| {
            let mut file: Value = serde_json::from_str(&publish(&grant)).unwrap();
            file["refreshToken"] = "next".into();
            file["accessToken"]["accessKeyId"] = "ASIAIOSFODNN7EXAMPLE".into();
            file["accessToken"]["expiresAt"] = "1970-01-12T14:10:00Z".into();
            change(&mut file);
            refreshed(&file.to_string(), &grant, 1_000_700).ok().flatten()
        };
        let next = with(&|_| {}).unwrap();
        assert_eq!(
            (next.refresh_token.expose(), next.expires, next.obtained),
            ("next", 1_001_400, 1_000_700)
        );
        assert_eq!((next.signed_in, next.key.thumbprint()), (grant.signed_in, grant.key.thumbprint()));
        let other_key = DpopKey::of(&[8; 32]).unwrap().to_pem();
        for (why, change) in [
            ("our own", &(|file: &mut Value| file["refreshToken"] = "refresh".into()) as &dyn Fn(&mut Value)),
            ("older", &|file| file["accessToken"]["expiresAt"] = "1970-01-12T14:01:39Z".into()),
            ("too long", &|file| file["accessToken"]["expiresAt"] = "1970-01-12T15:00:00Z".into()),
            ("another client", &|file| file["clientId"] = "other".into()),
            ("another key", &|file| file["dpopKey"] = other_key.expose().into()),
            ("no key", &|file| file["dpopKey"] = "".into()),
            ("no token", &|file| file["refreshToken"] = "".into()),
            ("half", &|file| *file = Value::Null),
        ] {
            assert!(with(change).is_none(), "{why}");
        }
    }

    #[test]
    fn what_is_published_has_every_member_that_the_cli_writes_and_the_region() {
        let published = publish(&fixture());
        let ours: Value = serde_json::from_str(&published).unwrap();
        let theirs = &VECTORS["cache_files"]["login"]["content"];
        for (member, value) in theirs.as_object().unwrap() {
            assert!(!ours[member].is_null(), "{member}");
            for inner in value.as_object().into_iter().flatten() {
                assert!(!ours[member][inner.0].is_null(), "{}", inner.0);
            }
        }
        assert_eq!(ours["signInRegion"], "eu-central-1");
        assert_eq!(ours["accessToken"]["expiresAt"], "1970-01-12T14:01:40Z");
    }
}
