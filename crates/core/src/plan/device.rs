//! Chooses the MFA devices to try, and their order. The codes come from elsewhere.

use crate::fault::Fault;
use crate::name::{Serial, Subject};

/// A device, as `iam:ListMFADevices` returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedDevice {
    /// The serial number of the device.
    pub serial: Serial,
}

/// The devices whose codes are accepted, the most likely first. There is at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Devices(Vec<Serial>);

impl Devices {
    /// Returns the devices in this order. Returns None if there are none.
    pub fn of(all: Vec<Serial>) -> Option<Self> {
        (!all.is_empty()).then_some(Self(all))
    }

    /// Returns a choice of this device alone.
    pub fn one(serial: Serial) -> Self {
        Self(vec![serial])
    }

    /// Returns the most likely device.
    pub fn likeliest(&self) -> &Serial {
        &self.0[0]
    }

    /// Returns every device, the most likely first.
    pub fn all(&self) -> &[Serial] {
        &self.0
    }
}

/// Parses the serial numbers of a setting, which are separated by commas or blanks. `Err` contains the invalid part.
pub(super) fn parse_serials(text: &str) -> Result<Vec<Serial>, &str> {
    text.split(char::is_whitespace)
        .flat_map(divided)
        .map(|piece| piece.trim_matches(','))
        .filter(|piece| !piece.is_empty())
        .map(|piece| {
            // The pattern of STS's SerialNumber.
            let plain = |c: char| c.is_ascii_alphanumeric() || "_+=/:.,@-".contains(c);
            if (9..=256).contains(&piece.len()) && piece.chars().all(plain) {
                Ok(Serial::new(piece))
            } else {
                Err(piece)
            }
        })
        .collect()
}

/// Splits a word at the commas between devices. A comma may be part of a virtual device's name too (`mfa/Doe,Jo`), so
/// after an ARN it separates only if another serial number follows.
fn divided(word: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut from) = (0, 0);
    while let Some(at) = word[from..].find(',').map(|at| from + at) {
        let rest = &word[at + 1..];
        let next = rest.split(',').next().unwrap_or_default();
        if !word[start..at].starts_with("arn:") || rest.starts_with("arn:") || is_token(next) {
            pieces.push(&word[start..at]);
            start = at + 1;
        }
        from = at + 1;
    }
    pieces.push(&word[start..]);
    pieces
}

/// Returns true if the text looks like the number on a hardware token, such as `GAHT12345678`.
fn is_token(text: &str) -> bool {
    text.len() == 12
        && text.bytes().take(4).all(|byte| byte.is_ascii_uppercase())
        && text.bytes().skip(4).all(|byte| byte.is_ascii_digit())
}

/// Returns true if the text can be the serial number of a device.
pub fn is_serial(text: &str) -> bool {
    parse_serials(text).is_ok_and(|serials| serials.len() == 1)
}

/// Removes the devices that cannot give codes. It is an error if there were devices and none remains.
pub(super) fn with_codes(serials: Vec<Serial>) -> Result<Vec<Serial>, Fault> {
    let first = serials.first().cloned();
    let usable: Vec<Serial> = serials.into_iter().filter(Serial::gives_codes).collect();
    match first {
        Some(serial) if usable.is_empty() => Err(Fault::FidoOnly { serial }),
        _ => Ok(usable),
    }
}

/// Returns the devices to try out of those that AWS lists for the user, in AWS's order. Only devices that give codes
/// for the API are included, so no FIDO devices and passkeys.
pub fn choose_devices(listed: &[ListedDevice], subject: &Subject) -> Result<Devices, Fault> {
    let usable = with_codes(listed.iter().map(|device| device.serial.clone()).collect())?;
    Devices::of(usable).ok_or_else(|| Fault::NoDevice { subject: subject.clone() })
}

/// The kind of a device, as far as the serial number shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceKind {
    /// An app with a seed: `arn:..:mfa/NAME`.
    Virtual,
    /// A token with a display: its own serial number, no ARN.
    Hardware,
    /// A security key or passkey: `arn:..:u2f/..`. It gives no codes.
    Fido,
}

impl DeviceKind {
    /// Returns the kind of the device with this serial number.
    pub fn of(serial: &Serial) -> Self {
        if !serial.gives_codes() {
            Self::Fido
        } else if serial.as_str().starts_with("arn:") {
            Self::Virtual
        } else {
            Self::Hardware
        }
    }

    /// Returns the kind in words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Virtual => "virtual",
            Self::Hardware => "hardware",
            Self::Fido => "FIDO",
        }
    }
}
