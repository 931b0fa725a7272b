//! AWS Organizations: the list of accounts. The service uses JSON; IAM and STS use XML.

use serde_json::{Value, json};

use crate::services::exchange::Exchange;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::call::Call;
use crate::world::Account;

/// The beginning of `x-amz-target`.
const TARGET: &str = "AWSOrganizationsV20161128.";
/// The default and maximum number of accounts per page.
const PAGE: usize = 20;
/// The time at which all accounts joined, in Unix seconds.
const JOINED: i64 = 1_600_000_000;

/// Returns the operation of Organizations that a request is for.
pub(crate) fn action(call: &Call) -> Option<&str> {
    call.header("x-amz-target")?.strip_prefix(TARGET)
}

/// Carries out one call of Organizations.
pub(crate) fn answer(exchange: &mut Exchange, action: &str) -> Result<Answer, Refusal> {
    match action {
        "ListAccounts" => list_accounts(exchange),
        other => Err(Refusal::new(400, "UnknownOperationException", format!("no operation {other}"))),
    }
}

fn list_accounts(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let world = &exchange.world;
    let Some(management) = world.management.as_ref().filter(|_| !world.accounts.is_empty()) else {
        return Err(Refusal::new(
            400,
            "AWSOrganizationsNotInUseException",
            "Your account is not a member of an organization.",
        ));
    };
    exchange.authorize("organizations:ListAccounts", "*")?;
    if exchange.caller.account != *management {
        return Err(Refusal::new(
            400,
            "AccessDeniedException",
            "You don't have permissions to access this resource.",
        ));
    }
    let asked: Value = serde_json::from_slice(&exchange.body)
        .map_err(|_| Refusal::new(400, "SerializationException", "the body is not JSON"))?;
    let invalid = || Refusal::new(400, "InvalidInputException", "You specified an invalid value.");
    let size = match asked.get("MaxResults") {
        None => PAGE,
        Some(size) => {
            let size = size.as_u64().and_then(|size| usize::try_from(size).ok());
            size.filter(|size| (1..=PAGE).contains(size)).ok_or_else(invalid)?
        }
    };
    let first = match asked.get("NextToken") {
        None => 0,
        Some(token) => token.as_str().and_then(|token| token.parse().ok()).ok_or_else(invalid)?,
    };
    let listed: Vec<Value> =
        world.accounts.values().skip(first).take(size).map(|account| entry(account, management)).collect();
    let mut found = json!({ "Accounts": listed });
    if first + size < world.accounts.len() {
        found["NextToken"] = json!((first + size).to_string());
    }
    Ok(Answer::json(200, &found))
}

fn entry(account: &Account, management: &str) -> Value {
    let id = &account.id;
    json!({
        "Id": id,
        "Arn": format!("arn:aws:organizations::{management}:account/o-example/{id}"),
        "Email": format!("{id}@example.com"),
        "Name": account.name.as_deref().or(account.alias.as_deref()).unwrap_or(id),
        "Status": if account.suspended { "SUSPENDED" } else { "ACTIVE" },
        "State": if account.suspended { "SUSPENDED" } else { "ACTIVE" },
        "JoinedMethod": "CREATED",
        "JoinedTimestamp": JOINED,
    })
}
