//! The parameters that an IAM call requires, with AWS's messages for those that are missing or invalid.

use crate::services::exchange::Exchange;
use crate::wire::answer::Refusal;

/// Returns a parameter's name as AWS's messages write it.
fn lowered(field: &str) -> String {
    format!("{}{}", field[..1].to_ascii_lowercase(), &field[1..])
}

/// Returns a parameter that is required.
pub(super) fn required<'a>(exchange: &'a Exchange, name: &str) -> Result<&'a str, Refusal> {
    exchange.form.given(name).ok_or_else(|| {
        let field = lowered(name);
        Refusal::validation(format!(
            "1 validation error detected: Value null at '{field}' failed to satisfy constraint: Member must not be null"
        ))
    })
}

/// Returns the name for something new.
pub(super) fn name_of(exchange: &Exchange, field: &str) -> Result<String, Refusal> {
    let name = required(exchange, field)?;
    let most = if field == "UserName" { 64 } else { 128 };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if name.chars().count() > most || !name.chars().all(allowed) {
        return Err(Refusal::validation(format!(
            "The specified value for {} is invalid. It must contain only alphanumeric characters and/or the \
             following: +=,.@_-",
            lowered(field)
        )));
    }
    Ok(name.to_owned())
}
