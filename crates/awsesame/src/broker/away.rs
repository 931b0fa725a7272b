//! Gets a session from a broker on another machine, through a socket that ssh forwards (`AWSESAME_BROKER`). The session
//! is used once and is never stored, so this machine needs no key.

use std::borrow::Cow;
use std::path::Path;

use awsesame_core::answer::valid;
use awsesame_core::endpoint::{self, Unserved};
use awsesame_core::fault::{BrokerFault, Exit, Fault};
use awsesame_core::name::secret::Secret;
use awsesame_core::name::{AccountId, ProfileName, Subject};
use awsesame_core::session::pin::Pin;
use awsesame_core::session::servable::{Demands, Unservable, servable};
use awsesame_core::session::{Credentials, Header, Inputs, Kind, Session, file_stem};

use super::call;
use crate::os::context::Context;

/// The name of the fault that a login solves.
const LOGIN_NEEDED: &str = "login_needed";

/// Requests a session that matches the pin and whose MFA is not older than `max_age` seconds.
pub fn session(
    socket: &Path,
    subject: &Subject,
    pin: &Pin,
    max_age: Option<i64>,
    context: Context,
) -> Result<Session, Fault> {
    let profile = subject.profile().ok_or(BrokerFault::NeedsProfile)?;
    let session = ask(socket, profile, pin, context.now())?;
    let demands = Demands { max_age, pin: Some(pin), ..Demands::at(context.now()) };
    match servable(&session.header, &demands) {
        Ok(()) => Ok(session),
        Err(Unservable::Pinned(fault)) => Err(fault),
        Err(why) => Err(BrokerFault::Refuses {
            slug: LOGIN_NEEDED.to_owned(),
            why: format!("{subject} {}", why.reason()),
            subject: subject.clone(),
            exit: Exit::LoginNeeded,
        }
        .into()),
    }
}

/// Requests the session of a profile. A refusal becomes a fault with the same text.
pub fn ask(socket: &Path, profile: &ProfileName, pin: &Pin, now: i64) -> Result<Session, Fault> {
    let subject = Subject::Profile(profile.clone());
    let away = |why: String| BrokerFault::Away { path: socket.to_string_lossy().into_owned(), why };
    let reply = call::get(socket, &endpoint::session_path(profile, pin)).map_err(away)?;
    if reply.status != 200 {
        let told = told(&reply.body).ok_or_else(|| away(format!("it answers with HTTP {}", reply.status)))?;
        let exit = match told.slug.as_str() {
            _ if told.needs_login() => Exit::LoginNeeded,
            "pinned_account" | "pinned_role" => Exit::Refused,
            _ => Exit::Failed,
        };
        return Err(BrokerFault::Refuses { slug: told.slug, why: told.reason, subject, exit }.into());
    }
    let body: Body<'_> =
        serde_json::from_slice(&reply.body).map_err(|_| away("its answer is not a session".into()))?;
    let session = body.open(&subject).ok_or_else(|| away("its answer is not a session".into()))?;
    valid::forwarded(&session, now).map_err(|why| away(format!("its answer is not a session: {why}")))?;
    Ok(session)
}

/// The form of an answer. The secrets are borrowed from it, so that no copy is left.
#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
    token: &'a str,
    account_id: &'a str,
    #[serde(borrow)]
    arn: Cow<'a, str>,
    kind: &'a str,
    obtained: i64,
    expires: i64,
    mfa_at: Option<i64>,
    region: Option<Cow<'a, str>>,
    endpoint: Option<Cow<'a, str>>,
}

impl Body<'_> {
    fn open(self, subject: &Subject) -> Option<Session> {
        let header = Header {
            kind: Kind::from_word(self.kind)?,
            account: AccountId::new(self.account_id),
            arn: self.arn.into_owned(),
            obtained: self.obtained,
            expires: self.expires,
            mfa_at: self.mfa_at,
            region: self.region.map(Cow::into_owned),
            endpoint: self.endpoint.map(Cow::into_owned),
            subject: subject.clone(),
            id: file_stem(subject),
            root: None,
            store: None,
            stamps: Vec::new(),
            inputs: Inputs::default(),
        };
        let credentials = Credentials {
            access_key_id: self.access_key_id.to_owned(),
            secret_access_key: Secret::new(self.secret_access_key),
            session_token: Secret::new(self.token),
        };
        Some(Session { header, credentials })
    }
}

fn told(body: &[u8]) -> Option<Unserved> {
    let said: serde_json::Value = serde_json::from_slice(body).ok()?;
    let word = |name: &str| said[name].as_str().map(str::to_owned);
    Some(Unserved { slug: word("error")?, reason: word("message")?, hint: word("hint")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_answer_opens() {
        let subject = Subject::Profile(ProfileName::new("dev"));
        let whole = r#"{"AccessKeyId":"ASIA","SecretAccessKey":"s","Token":"t","Expiration":"x","AccountId":"1",
            "Arn":"arn","Kind":"role","Obtained":1,"Expires":2,"MfaAt":null,"Region":"r","Endpoint":null}"#;
        let open = |text: &str| serde_json::from_str::<Body<'_>>(text).ok()?.open(&subject);
        let Session { header, credentials } = open(whole).unwrap();
        assert_eq!((header.kind, header.expires, header.region.as_deref()), (Kind::Role, 2, Some("r")));
        assert_eq!(credentials.session_token.expose(), "t");
        for (from, to) in
            [("\"Token\":\"t\",", ""), ("\"role\"", "\"king\""), ("\"Expires\":2", "\"Expires\":\"2\"")]
        {
            assert!(open(&whole.replace(from, to)).is_none(), "{from}");
        }
        let refused = told(br#"{"error":"login_needed","message":"m","hint":"h"}"#).unwrap();
        assert!(refused.needs_login());
        assert!(told(b"{}").is_none() && told(b"").is_none());
    }
}
