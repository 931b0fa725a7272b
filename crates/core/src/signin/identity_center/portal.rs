//! Parses the answers of the access portal: the credentials of a role, and the lists of accounts and roles.

use serde::Deserialize;

use crate::name::AccountId;
use crate::name::secret::Secret;
use crate::session::Credentials;
use crate::signin::valid::{self, Unacceptable, wrong};

/// The header that opens the portal.
pub const TOKEN_HEADER: &str = "x-amz-sso_bearer_token";

/// The credentials of a role and their expiration, in Unix seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleCredentials {
    /// The credentials of the role.
    pub credentials: Credentials,
    /// The time when they expire, in unix seconds.
    pub expires: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    role_credentials: Option<Keys>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Keys {
    access_key_id: Option<String>,
    secret_access_key: Option<Secret>,
    session_token: Option<Secret>,
    expiration: Option<i64>,
}

/// Reads the answer to `GetRoleCredentials` that came at `now`.
pub fn credentials(body: &[u8], now: i64) -> Result<RoleCredentials, Unacceptable> {
    let keys = serde_json::from_slice::<Answer>(body).ok().and_then(|answer| answer.role_credentials);
    let Some(keys) = keys else { return wrong("it has no `roleCredentials`") };
    // AWS gives milliseconds here, and seconds everywhere else.
    let expires = keys.expiration.unwrap_or_default() / 1000;
    valid::lifetime("expiration", Some(expires.saturating_sub(now)), 13 * 60 * 60)?;
    let credentials = valid::credentials(
        keys.access_key_id.as_deref(),
        keys.secret_access_key.as_ref(),
        keys.session_token.as_ref(),
    )?;
    Ok(RoleCredentials { credentials, expires })
}

/// An account of the portal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account {
    /// The account ID.
    pub id: AccountId,
    /// The name of the account, as its owner chose it.
    pub name: String,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items on the page.
    pub items: Vec<T>,
    /// The token with which the next page is requested.
    pub next: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Accounts {
    account_list: Option<Vec<RawAccount>>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawAccount {
    account_id: Option<String>,
    account_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Roles {
    role_list: Option<Vec<RawRole>>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRole {
    role_name: Option<String>,
}

/// Reads a page of `ListAccounts`.
pub fn accounts(body: &[u8]) -> Result<Page<Account>, Unacceptable> {
    let Ok(Accounts { account_list: Some(list), next_token }) = serde_json::from_slice(body) else {
        return wrong("it has no `accountList`");
    };
    let account = |raw: RawAccount| {
        let id = raw.account_id.unwrap_or_default();
        if id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return wrong("one `accountId` is not the id of an account");
        }
        let name: String = raw.account_name.unwrap_or_default().chars().take(256).collect();
        Ok(Account { name: if name.trim().is_empty() { id.clone() } else { name }, id: AccountId::new(id) })
    };
    Ok(Page { items: list.into_iter().map(account).collect::<Result<_, _>>()?, next: next(next_token) })
}

/// Reads a page of `ListAccountRoles`.
pub fn roles(body: &[u8]) -> Result<Page<String>, Unacceptable> {
    let Ok(Roles { role_list: Some(list), next_token }) = serde_json::from_slice(body) else {
        return wrong("it has no `roleList`");
    };
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    let role = |raw: RawRole| match raw.role_name {
        Some(name) if !name.is_empty() && name.len() <= 64 && name.bytes().all(letter) => Ok(name),
        _ => wrong("one `roleName` is not the name of a permission set"),
    };
    Ok(Page { items: list.into_iter().map(role).collect::<Result<_, _>>()?, next: next(next_token) })
}

fn next(token: Option<String>) -> Option<String> {
    token.filter(|token| !token.is_empty())
}

/// The reasons why the portal refuses a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The token is not valid, or not any more.
    Unauthorized,
    /// The role is not assigned to this person, or does not exist.
    NotAssigned,
    /// The service has too many requests or another problem. A later attempt may succeed.
    Later(String),
    /// Any other refusal, with the message of the service.
    Other(String),
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ErrorBody {
    #[serde(alias = "Message")]
    message: Option<String>,
    #[serde(rename = "__type")]
    kind: Option<String>,
}

/// Reads a refusal of the portal.
pub fn refusal(status: u16, body: &[u8]) -> Refusal {
    let told: ErrorBody = serde_json::from_slice(body).unwrap_or_default();
    let kind = told.kind.unwrap_or_default();
    let words = match told.message {
        Some(message) if !message.is_empty() => message.chars().take(300).collect(),
        _ => format!("HTTP {status}"),
    };
    match status {
        401 => Refusal::Unauthorized,
        403 | 404 => Refusal::NotAssigned,
        _ if kind.ends_with("ForbiddenException") => Refusal::NotAssigned,
        429 | 500.. => Refusal::Later(words),
        _ => Refusal::Other(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signin::vectors::{exchanges, text};

    #[test]
    fn every_recorded_answer_of_the_portal_is_read() {
        for (step, exchange) in exchanges("/federation/credentials") {
            let body = exchange["answer"]["body"].to_string();
            match exchange["answer"]["status"].as_u64().unwrap() {
                200 => {
                    let keys = &exchange["answer"]["body"]["roleCredentials"];
                    let expires = keys["expiration"].as_i64().unwrap() / 1000;
                    let read = credentials(body.as_bytes(), expires - 3600).unwrap();
                    assert_eq!(read.credentials.access_key_id, text(&keys["accessKeyId"]), "{step}");
                    assert_eq!(read.expires, expires, "{step}");
                    assert!(credentials(body.as_bytes(), expires).is_err(), "{step}");
                    assert!(credentials(body.as_bytes(), 0).is_err(), "{step}");
                }
                401 => assert_eq!(refusal(401, body.as_bytes()), Refusal::Unauthorized, "{step}"),
                429 => {
                    assert_eq!(refusal(429, body.as_bytes()), Refusal::Later("portal test".into()), "{step}");
                }
                other => panic!("{step}: {other}"),
            }
        }
    }

    #[test]
    fn the_lists_are_read_page_by_page() {
        let recorded = exchanges("/assignment/accounts");
        let pages: Vec<Page<Account>> = recorded
            .iter()
            .map(|(_, exchange)| accounts(exchange["answer"]["body"].to_string().as_bytes()).unwrap())
            .collect();
        assert_eq!(pages[0].items, [Account { id: AccountId::new("111122223333"), name: "dev one".into() }]);
        assert_eq!((pages[0].next.as_deref(), pages[1].next.as_deref()), (Some("1"), None));
        let (_, exchange) = exchanges("/assignment/roles")[0];
        let page = roles(exchange["answer"]["body"].to_string().as_bytes()).unwrap();
        assert_eq!((page.items, page.next), (vec!["Admin".to_owned()], Some("1".to_owned())));
    }

    #[test]
    fn list_with_names_that_are_invalid_in_the_config_file_is_refused() {
        for body in ["", "{}", r#"{"accountList":[{"accountId":"1"}]}"#, r#"{"accountList":[{}]}"#] {
            assert!(accounts(body.as_bytes()).is_err(), "{body}");
        }
        for body in [r#"{"roleList":[{"roleName":"a\nb"}]}"#, r#"{"roleList":[{"roleName":""}]}"#, "{}"] {
            assert!(roles(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn a_refusal_has_its_meaning_by_status_or_by_name() {
        assert_eq!(refusal(404, b"{}"), Refusal::NotAssigned);
        assert_eq!(refusal(403, br#"{"message":"No access"}"#), Refusal::NotAssigned);
        assert_eq!(refusal(400, br#"{"__type":"ForbiddenException"}"#), Refusal::NotAssigned);
        assert_eq!(refusal(400, br#"{"message":"bad"}"#), Refusal::Other("bad".into()));
        assert_eq!(refusal(503, b""), Refusal::Later("HTTP 503".into()));
    }
}
