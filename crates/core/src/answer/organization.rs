//! Writes the request to AWS Organizations for the list of accounts, and reads the answers. The program sends the
//! request.
//!
//! Source: `ListAccounts` in the API reference of AWS Organizations.

use serde::Deserialize;
use serde_json::json;

use crate::plan::ClientSettings;

/// An account of the organization.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Member {
    /// The account ID, which has twelve digits.
    pub id: String,
    /// The name of the account, which its owner can choose freely.
    pub name: Option<String>,
    /// The older field for the state of the account, such as `ACTIVE`. AWS still sends it beside `State`.
    pub status: Option<String>,
    /// The state of the account, such as `PENDING_CLOSURE`.
    pub state: Option<String>,
}

impl Member {
    /// Returns true if the account is closed or being closed, so that nobody can use it.
    pub fn is_closed(&self) -> bool {
        matches!(self.standing(), "SUSPENDED" | "PENDING_CLOSURE" | "CLOSED")
    }

    /// Returns the state that AWS reports for it.
    pub fn standing(&self) -> &str {
        self.state.as_ref().or(self.status.as_ref()).map_or("", String::as_str)
    }
}

/// One page of the list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Page {
    /// The accounts on this page.
    #[serde(rename = "Accounts")]
    pub members: Vec<Member>,
    /// The token with which the next page begins.
    #[serde(rename = "NextToken")]
    pub next: Option<String>,
}

/// Returns the endpoint of Organizations, and the Region for which the call is signed: each partition has one endpoint.
pub fn endpoint(settings: &ClientSettings, partition: &str) -> (String, &'static str) {
    let (region, suffix) = match partition {
        "aws-cn" => ("cn-northwest-1", "amazonaws.com.cn"),
        "aws-us-gov" => ("us-gov-west-1", "amazonaws.com"),
        _ => ("us-east-1", "amazonaws.com"),
    };
    let service = if settings.use_fips { "organizations-fips" } else { "organizations" };
    let usual = || format!("https://{service}.{region}.{suffix}");
    (settings.organizations_endpoint.clone().unwrap_or_else(usual), region)
}

/// Returns the body of the request for a page.
pub fn question(token: Option<&str>) -> String {
    match token {
        Some(token) => json!({ "NextToken": token }).to_string(),
        None => "{}".to_owned(),
    }
}

/// Parses a page. Returns None if the body is not one.
pub fn read(body: &[u8]) -> Option<Page> {
    serde_json::from_slice(body).ok()
}

/// Returns the code and the words of a refusal.
pub fn refusal(body: &[u8]) -> (Option<String>, Option<String>) {
    #[derive(Deserialize)]
    struct Said {
        #[serde(rename = "__type")]
        code: Option<String>,
        #[serde(alias = "Message")]
        message: Option<String>,
    }
    let Ok(said) = serde_json::from_slice::<Said>(body) else { return (None, None) };
    // `com.amazonaws.organizations.v20161128#AccessDeniedException`
    let code = said.code.map(|code| code.rsplit('#').next().unwrap_or_default().to_owned());
    (code, said.message)
}

/// Returns true if a call came too soon after the others.
pub fn is_throttled(code: &str) -> bool {
    matches!(code, "TooManyRequestsException" | "ThrottlingException" | "Throttling")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_read_and_what_is_none_is_not() {
        let body = br#"{"Accounts":[{"Id":"1","Name":"a <b>","Status":"SUSPENDED","Arn":"x","JoinedTimestamp":1.5E9},
            {"Id":"2","Status":"ACTIVE","State":"ACTIVE"},{"Id":"3","Name":"c","State":"CLOSED"}],"NextToken":"t"}"#;
        let page = read(body).unwrap();
        assert_eq!(page.next.as_deref(), Some("t"));
        let closed: Vec<bool> = page.members.iter().map(Member::is_closed).collect();
        assert_eq!(closed, [true, false, true]);
        assert_eq!(page.members[0].name.as_deref(), Some("a <b>"));
        assert_eq!(read(b"<html>"), None);
        assert_eq!(read(b"{}"), None);
    }

    #[test]
    fn refusals_are_told_by_code_and_words() {
        let said = |body: &str| refusal(body.as_bytes());
        let code = |code: &str, words: &str| (Some(code.to_owned()), Some(words.to_owned()));
        assert_eq!(
            said(r#"{"__type":"x.y#AccessDeniedException","Message":"no"}"#),
            code("AccessDeniedException", "no")
        );
        assert_eq!(
            said(r#"{"__type":"TooManyRequestsException","message":"m"}"#),
            code("TooManyRequestsException", "m")
        );
        assert_eq!(said("<html>"), (None, None));
        assert!(is_throttled("TooManyRequestsException") && !is_throttled("AccessDeniedException"));
    }
}
