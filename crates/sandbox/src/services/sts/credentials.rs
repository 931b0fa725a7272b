//! Writes credentials to an answer, and checks the code that a request for them may need.

use crate::clock;
use crate::services::exchange::Exchange;
use crate::wire::answer::Refusal;
use crate::wire::xml::Xml;
use crate::world::caller::{Mfa, Session};
use crate::world::fixture::DeviceKind;

/// Writes the `Credentials` element of an answer.
pub(super) fn write(xml: &mut Xml, session: &Session) {
    xml.nest("Credentials", |xml| {
        xml.leaf("AccessKeyId", &session.access_key)
            .leaf("SecretAccessKey", &session.secret)
            .leaf("SessionToken", &session.token)
            .leaf("Expiration", clock::iso(session.expires));
    });
}

/// Spends the code of the request, if it has one. Returns `None` if the request has neither a serial number nor a code.
///
/// A wrong code and a reused one get the same answer, as in AWS.
pub(super) fn check_code(exchange: &mut Exchange) -> Result<Option<Mfa>, Refusal> {
    let serial = exchange.form.given("SerialNumber").map(str::to_owned);
    let code = exchange.form.given("TokenCode").map(str::to_owned);
    let (serial, code) = match (serial, code) {
        (None, None) => return Ok(None),
        (Some(serial), Some(code)) => (serial, code),
        (None, Some(_)) | (Some(_), None) => {
            return Err(Refusal::denied(
                "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code. ",
            ));
        }
    };
    let user = exchange.caller.user_name().map(str::to_owned);
    let account = exchange.world.accounts.get_mut(&exchange.caller.account);
    let device = account.and_then(|account| account.devices.get_mut(&serial)).filter(|device| {
        // A security key cannot answer to a code, so it cannot be validated either.
        user.is_some() && device.user == user && device.kind != DeviceKind::Fido
    });
    let Some(device) = device else {
        return Err(Refusal::denied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is \
             valid and associated with this user.",
        ));
    };
    if device.spend(&code, exchange.now) {
        Ok(Some(Mfa::At(exchange.now)))
    } else {
        Err(Refusal::denied("MultiFactorAuthentication failed with invalid MFA one time pass code. "))
    }
}
