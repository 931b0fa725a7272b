//! Finds the account of the caller, and the user that an IAM call is about.

use super::parameters::required;
use crate::services::exchange::Exchange;
use crate::wire::answer::Refusal;
use crate::world::{Account, User};

/// Returns the user that the call is about: the named one, or else the caller.
pub(super) fn subject(exchange: &Exchange) -> Result<String, Refusal> {
    let named = exchange.form.given("UserName").or_else(|| exchange.caller.user_name());
    named
        .map(str::to_owned)
        .ok_or_else(|| Refusal::validation("Must specify userName when calling with non-User credentials"))
}

/// Returns [`subject`], if the user exists and the caller may do `action` on it.
pub(super) fn permitted_subject(exchange: &Exchange, action: &str) -> Result<String, Refusal> {
    let name = subject(exchange)?;
    exchange.authorize(action, &account(exchange).arn("user", &name))?;
    user(exchange, &name)?;
    Ok(name)
}

pub(super) fn account<'a>(exchange: &'a Exchange) -> &'a Account {
    exchange.world.accounts.get(&exchange.caller.account).expect("callers come from accounts of this world")
}

pub(super) fn account_mut<'a>(exchange: &'a mut Exchange) -> &'a mut Account {
    exchange
        .world
        .accounts
        .get_mut(&exchange.caller.account)
        .expect("callers come from accounts of this world")
}

pub(super) fn user<'a>(exchange: &'a Exchange, name: &str) -> Result<&'a User, Refusal> {
    let found = account(exchange).users.get(name).filter(|user| !user.root);
    found.ok_or_else(|| missing(format!("The user with name {name} cannot be found.")))
}

pub(super) fn missing(message: impl Into<String>) -> Refusal {
    Refusal::new(404, "NoSuchEntity", message)
}

/// Returns the user that the request names, if it exists.
pub(super) fn named_user(exchange: &Exchange) -> Result<String, Refusal> {
    let name = required(exchange, "UserName")?;
    Ok(user(exchange, name)?.name.clone())
}
