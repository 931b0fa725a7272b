//! The portal of IAM Identity Center: the accounts and roles of a person, and credentials for them.

mod credentials;
mod list;

use crate::log::LogEntry;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::call::Call;
use crate::world::World;
use crate::world::center::Center;

/// Returns the operation that a request is for, if it is one of this service.
pub(crate) fn action(call: &Call) -> Option<&'static str> {
    Some(match (call.method.as_str(), call.path.as_str()) {
        ("GET", "/federation/credentials") => "GetRoleCredentials",
        ("GET", "/assignment/accounts") => "ListAccounts",
        ("GET", "/assignment/roles") => "ListAccountRoles",
        ("POST", "/logout") => "Logout",
        _ => return None,
    })
}

/// Carries out one call of the portal.
pub(crate) fn answer(
    world: &mut World,
    call: &Call,
    action: &str,
    now: i64,
    entry: &mut LogEntry,
) -> Result<Answer, Refusal> {
    let unauthorized = || Refusal::new(401, "UnauthorizedException", "Session token not found or invalid");
    let center = world.center.as_mut().ok_or_else(unauthorized)?;
    center.forget_ended(now);
    let token = call.header("x-amz-sso_bearer_token").unwrap_or_default();
    let here = center.settings.region == call.region;
    let (session, _) = center.access_tokens.get(token).filter(|_| here).cloned().ok_or_else(unauthorized)?;
    let person = center.sessions[&session].person.clone();
    entry.principal = Some(person.clone());
    match action {
        "GetRoleCredentials" => credentials::get_role_credentials(world, call, &person, now),
        "ListAccounts" => list::accounts(world, call, &person),
        "ListAccountRoles" => list::roles(center, call, &person),
        _ => {
            log_out(center, &session, now);
            Ok(Answer::empty(200))
        }
    }
}

/// Ends a portal session and all its tokens. Credentials of roles remain valid until they expire, as in AWS.
fn log_out(center: &mut Center, session: &str, now: i64) {
    center.sessions.remove(session);
    center.forget_ended(now);
}
