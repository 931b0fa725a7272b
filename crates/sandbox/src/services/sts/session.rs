//! The operation GetSessionToken.

use super::credentials::{check_code, write};
use super::parameters::Check;
use super::reply::respond;
use crate::services::exchange::Exchange;
use crate::services::issue::issue;
use crate::wire::answer::{Answer, Refusal};
use crate::world::caller::{Caller, Kind, Mfa};

const DEFAULT: u32 = 43_200;
const MAX: u32 = 129_600;
/// The maximum duration for root users, in seconds. AWS shortens longer ones instead of refusing.
const ROOT_MAX: u32 = 3600;

/// Issues a session. No permission is needed, and the kind of the caller was checked already.
pub(super) fn get_session_token(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let mut check = Check::new(&exchange.form);
    check.mfa();
    let duration = check.duration(exchange.min_duration, MAX, DEFAULT);
    check.finish()?;

    let mfa = check_code(exchange)?.unwrap_or(Mfa::No);
    let duration = match exchange.caller.kind {
        Kind::Root => duration.min(ROOT_MAX),
        Kind::User { .. } | Kind::Role { .. } => duration,
    };
    let caller = Caller { mfa, ..exchange.caller.clone() };
    let session = issue(exchange.world, caller, duration, exchange.now);
    Ok(respond(exchange, "GetSessionToken", |xml| write(xml, &session)))
}
