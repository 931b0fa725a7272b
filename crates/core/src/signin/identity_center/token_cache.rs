//! Reads and writes the AWS CLI's token of a portal in `~/.aws/sso/cache`: its file name, the values that we accept
//! from it, and the file that `--publish` writes. We never refresh a token of the AWS CLI.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use super::record::{Record, Token};
use super::settings::Portal;
use crate::name::secret::Secret;
use crate::session::hex;
use crate::signin::valid::{self, Unacceptable, wrong};

/// Returns the name of the file: of the session, or of the start URL in the older form.
pub fn file_name(portal: &Portal) -> String {
    let named = portal.session.as_deref().unwrap_or(&portal.start_url);
    format!("{}.json", hex(&Sha1::digest(named.as_bytes())))
}

/// A token from the AWS CLI's cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cached {
    /// The token that the portal accepts.
    pub access: Secret,
    /// The time when it expires, in unix seconds.
    pub expires: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read {
    start_url: Option<String>,
    region: Option<String>,
    access_token: Option<Secret>,
    expires_at: Option<String>,
    client_id: Option<String>,
    refresh_token: Option<Secret>,
}

/// Parses a file. It must belong to this portal; its name does not matter.
pub fn read(text: &str, portal: &Portal) -> Result<Cached, Unacceptable> {
    parsed(text, portal).map(|(_, cached)| cached)
}

/// Parses a file, and keeps its other content.
fn parsed(text: &str, portal: &Portal) -> Result<(Read, Cached), Unacceptable> {
    let Ok(mut file) = serde_json::from_str::<Read>(text) else {
        return wrong("it is not the JSON of a token");
    };
    if file.start_url.as_deref() != Some(&portal.start_url) {
        return wrong("its `startUrl` is another portal's");
    }
    if file.region.as_deref() != Some(&portal.region) {
        return wrong("its `region` is another one");
    }
    // Older clients wrote `UTC` for `Z`.
    let time = file
        .expires_at
        .take()
        .map(|time| time.strip_suffix("UTC").map_or(time.clone(), |time| format!("{time}Z")));
    let Some(expires) = time.and_then(|time| time.parse::<Timestamp>().ok()) else {
        return wrong("its `expiresAt` is not a time");
    };
    let access = valid::token("accessToken", file.access_token.as_ref())?;
    Ok((file, Cached { access, expires: expires.as_second() }))
}

/// Returns the token after another program has refreshed it in the file that we published: with another refresh token
/// for the same client, and an expiry that is not earlier. Returns None if the file contains nothing newer; an error is
/// as for [`read`].
pub fn refreshed(
    text: &str,
    portal: &Portal,
    record: &Record,
    now: i64,
) -> Result<Option<Token>, Unacceptable> {
    let (file, cached) = parsed(text, portal)?;
    Ok(newer(&file, cached, record, now))
}

fn newer(file: &Read, cached: Cached, record: &Record, now: i64) -> Option<Token> {
    /// The maximum lifetime of a token. A portal issues tokens for some hours, and clocks may differ.
    const LONGEST: i64 = 24 * 3600;
    let (token, client) = (record.token.as_ref()?, record.client()?);
    let refresh = valid::token("refreshToken", file.refresh_token.as_ref()).ok()?;
    let same = file.client_id.as_ref() == Some(&client.client_id);
    let newer = token.refresh.as_ref() != Some(&refresh) && cached.expires >= token.expires;
    (same && newer && cached.expires <= now.saturating_add(LONGEST)).then(|| Token {
        access: cached.access,
        expires: cached.expires,
        refresh: Some(refresh),
        obtained: now,
        ..token.clone()
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Published<'a> {
    start_url: &'a str,
    region: &'a str,
    access_token: &'a str,
    expires_at: String,
    client_id: &'a str,
    client_secret: &'a str,
    registration_expires_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
}

/// Returns the text that the AWS CLI and the SDKs read, in the clear. Returns None if the record contains no token.
///
/// # Panics
/// The function never panics, because strings are valid JSON.
pub fn publish(record: &Record, portal: &Portal) -> Option<Zeroizing<String>> {
    let (token, client) = (record.token.as_ref()?, record.client()?);
    let time = |second| Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH).to_string();
    let published = Published {
        start_url: &portal.start_url,
        region: &portal.region,
        access_token: token.access.expose(),
        expires_at: time(token.expires),
        client_id: &client.client_id,
        client_secret: client.client_secret.expose(),
        registration_expires_at: time(client.expires),
        refresh_token: token.refresh.as_ref().map(Secret::expose),
    };
    Some(Zeroizing::new(serde_json::to_string(&published).expect("strings are JSON")))
}

#[cfg(test)]
mod tests {
    use super::super::record::fixture;
    use super::*;
    use crate::signin::vectors::{VECTORS, text};

    fn portal(session: Option<&str>) -> Portal {
        Portal {
            session: session.map(ToOwned::to_owned),
            start_url: "https://d-1234567890.awsapps.com/start".into(),
            region: "us-east-1".into(),
            scopes: Vec::new(),
        }
    }

    #[test]
    fn the_name_is_the_one_that_every_client_computes() {
        let recorded = &VECTORS["cache_files"]["sso_token"];
        assert!(text(&recorded["file"]).ends_with(&file_name(&portal(Some("s1")))));
        let older = file_name(&portal(None));
        assert!(text(&recorded["legacy"]).ends_with(older.strip_suffix(".json").unwrap()), "{older}");
    }

    #[test]
    fn what_is_published_has_every_member_that_the_cli_writes_and_is_read_back() {
        let (record, portal) = (fixture(), portal(Some("s1")));
        let published = publish(&record, &portal).unwrap();
        let ours: serde_json::Value = serde_json::from_str(&published).unwrap();
        let members: Vec<&str> =
            VECTORS["cache_files"]["sso_token"]["members"].as_array().unwrap().iter().map(text).collect();
        assert_eq!(ours.as_object().unwrap().len(), members.len());
        assert!(members.iter().all(|member| !ours[member].is_null()));
        let token = record.token.unwrap();
        assert_eq!(read(&published, &portal), Ok(Cached { access: token.access, expires: token.expires }));
    }

    #[test]
    fn what_another_program_refreshed_is_taken_over_if_it_is_of_the_same_client_and_newer() {
        let (record, portal) = (fixture(), portal(Some("s1")));
        let ends = record.token.as_ref().unwrap().expires;
        let time = |second| Timestamp::from_second(second).unwrap().to_string();
        let with = |change: &dyn Fn(&mut serde_json::Value)| {
            let mut file: serde_json::Value =
                serde_json::from_str(&publish(&record, &portal).unwrap()).unwrap();
            file["refreshToken"] = "next".into();
            file["expiresAt"] = time(ends + 60).into();
            change(&mut file);
            refreshed(&file.to_string(), &portal, &record, ends - 100).ok().flatten()
        };
        let next = with(&|_| {}).unwrap();
        assert_eq!(
            (next.refresh, next.expires, next.obtained),
            (Some(Secret::new("next")), ends + 60, ends - 100)
        );
        let own = record.token.as_ref().unwrap().refresh.as_ref().unwrap().expose().to_owned();
        for (why, change) in [
            (
                "our own",
                &(|file: &mut serde_json::Value| file["refreshToken"] = own.as_str().into())
                    as &dyn Fn(&mut serde_json::Value),
            ),
            ("older", &|file| file["expiresAt"] = time(ends - 1).into()),
            ("too long", &|file| file["expiresAt"] = time(ends + 2 * 86_400).into()),
            ("another client", &|file| file["clientId"] = "other".into()),
            ("another portal", &|file| file["startUrl"] = "https://d-0.awsapps.com/start".into()),
            ("no token", &|file| file["refreshToken"] = "".into()),
            ("half", &|file| *file = serde_json::Value::Null),
        ] {
            assert!(with(change).is_none(), "{why}");
        }
    }

    #[test]
    fn a_file_of_another_portal_is_not_taken_under_any_name() {
        let published = publish(&fixture(), &portal(Some("s1"))).unwrap();
        let other =
            Portal { start_url: "https://d-0987654321.awsapps.com/start".into(), ..portal(Some("s1")) };
        assert!(read(&published, &other).is_err());
        assert!(read(&published, &Portal { region: "eu-west-1".into(), ..portal(None) }).is_err());
        assert!(read(&published[..published.len() / 2], &portal(None)).is_err());
        let older = r#"{"startUrl":"https://d-1234567890.awsapps.com/start","region":"us-east-1","accessToken":"t","expiresAt":"2026-11-28T01:19:04UTC"}"#;
        assert_eq!(read(older, &portal(None)).map(|cached| cached.expires), Ok(1_795_828_744));
    }
}
