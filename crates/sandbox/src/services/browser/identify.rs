//! Authenticates the person at the browser, by a password and by their devices. The refusals are worded for the page.

use std::collections::HashMap;

use super::passkey;
use crate::wire::call::{Call, Params};
use crate::world::caller::Mfa;
use crate::world::{Device, Password};

/// The fields of a sign-in form.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) user: String,
    password: String,
    code: Option<String>,
    /// The passkey's assertion, as JSON.
    assertion: Option<String>,
    /// The origin of the page, which a passkey signs.
    origin: String,
}

impl Given {
    pub(crate) fn read(call: &Call, form: &Params) -> Self {
        let text = |name: &str| form.given(name).map(str::trim).map(str::to_owned);
        Self {
            user: text("user").unwrap_or_default(),
            password: form.given("password").unwrap_or_default().to_owned(),
            code: text("code"),
            assertion: text("assertion"),
            origin: call.origin(),
        }
    }
}

/// The reasons why a sign-in is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unproven {
    /// The user does not exist, has no password, or the password is wrong. The page does not say which.
    Password,
    /// The user has a device, but the form contains nothing from it.
    DeviceNeeded,
    Code,
    Passkey(&'static str),
}

impl Unproven {
    /// Returns the sentence that the page shows.
    pub(crate) fn sentence(self) -> String {
        match self {
            Self::Password => "Your authentication information is incorrect. Please try again.".to_owned(),
            Self::DeviceNeeded => "Your sign-in needs a code or a passkey as well.".to_owned(),
            Self::Code => "The MFA code is not correct, or it was used before.".to_owned(),
            Self::Passkey(why) => format!("The passkey was not accepted: {why}."),
        }
    }
}

/// Checks the password alone, as for the offer of a passkey.
pub(crate) fn password_is_good(password: Option<&Password>, given: &Given) -> bool {
    password.is_some_and(|password| password.is(&given.password))
}

/// Checks the password, and then the device if the user has one. Returns the MFA context of the sign-in.
pub(crate) fn identify<'a>(
    password: Option<&mut Password>,
    devices: impl Iterator<Item = &'a mut Device>,
    given: &Given,
    challenges: &mut HashMap<String, i64>,
    now: i64,
) -> Result<Mfa, Unproven> {
    let password = password.filter(|password| password.is(&given.password)).ok_or(Unproven::Password)?;
    let mut devices: Vec<&mut Device> = devices.collect();
    let mfa = match (&given.assertion, &given.code) {
        _ if devices.is_empty() => Mfa::No,
        (Some(assertion), _) => {
            let keys = devices.iter_mut().filter_map(|device| device.passkey.as_mut());
            passkey::check(assertion, keys, challenges, &given.origin, now).map_err(Unproven::Passkey)?;
            Mfa::At(now)
        }
        (None, Some(code)) if devices.iter_mut().any(|device| device.spend(code, now)) => Mfa::At(now),
        (None, Some(_)) => return Err(Unproven::Code),
        (None, None) => return Err(Unproven::DeviceNeeded),
    };
    password.last_used = Some(now);
    Ok(mfa)
}
