//! `ListAccounts` and `ListAccountRoles`, page by page.

use serde_json::{Value, json};

use crate::wire::answer::{Answer, Refusal};
use crate::wire::call::{Call, Params};
use crate::world::World;
use crate::world::center::Center;

/// The number of items on a page if the request gives none, and the largest number allowed.
const PAGE: usize = 20;
const MAX_PAGE: usize = 100;

pub(super) fn invalid(why: &str) -> Refusal {
    Refusal::new(400, "InvalidRequestException", why)
}

/// Returns the requested page of `all`, under `name`.
fn page(query: &Params, name: &str, all: &[Value]) -> Result<Answer, Refusal> {
    let size = match query.given("max_result").map(str::parse) {
        None => PAGE,
        Some(Ok(size @ 1..=MAX_PAGE)) => size,
        Some(_) => return Err(invalid("max_result is not between 1 and 100")),
    };
    let first = match query.given("next_token").map(str::parse::<usize>) {
        None => 0,
        Some(Ok(first)) if first < all.len() => first,
        Some(_) => return Err(invalid("next_token is not valid")),
    };
    let listed: Vec<&Value> = all.iter().skip(first).take(size).collect();
    let next = (first + size < all.len()).then(|| (first + size).to_string());
    Ok(Answer::rest_json(200, &json!({ name: listed, "nextToken": next })))
}

pub(super) fn accounts(world: &World, call: &Call, person: &str) -> Result<Answer, Refusal> {
    let people = world.center.as_ref().and_then(|center| center.people.get(person));
    let assigned = people.into_iter().flat_map(|person| person.assignments.keys());
    let all: Vec<Value> = assigned
        .filter_map(|id| world.accounts.get(id))
        .map(|account| {
            let name = account.name.as_ref().or(account.alias.as_ref()).unwrap_or(&account.id);
            let email = format!("{}@example.com", account.id);
            json!({ "accountId": account.id, "accountName": name, "emailAddress": email })
        })
        .collect();
    page(&call.query(), "accountList", &all)
}

pub(super) fn roles(center: &Center, call: &Call, person: &str) -> Result<Answer, Refusal> {
    let query = call.query();
    let account = query.given("account_id").ok_or_else(|| invalid("account_id is missing"))?;
    let sets = center.people.get(person).and_then(|person| person.assignments.get(account));
    let sets = sets.ok_or_else(|| Refusal::new(403, "ForbiddenException", "No access"))?;
    let all: Vec<Value> = sets.iter().map(|name| json!({ "roleName": name, "accountId": account })).collect();
    page(&query, "roleList", &all)
}
