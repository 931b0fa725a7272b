//! Chooses the name of a new virtual MFA device, and writes the content of its QR code. No call is made here.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::name::secret::Secret;
use crate::name::{AccountId, Serial, TokenCode};

/// AWS's quota of MFA devices per user. Source: "IAM and STS quotas" in the IAM user guide.
pub const MOST_DEVICES: usize = 8;

/// Returns a name that no existing serial number ends in: the user name for the first device, then `NAME-2` and so on,
/// as the policy of `policy show --for self-service` allows.
pub fn device_name(user: &str, taken: &[Serial]) -> String {
    let free = |name: &String| !taken.iter().any(|serial| named(serial) == Some(name.as_str()));
    if free(&user.to_owned()) {
        return user.to_owned();
    }
    // One number more than there are devices cannot be taken.
    let mut numbered = (2..=taken.len() + 2).map(|number| format!("{user}-{number}"));
    numbered.find(free).unwrap_or_else(|| user.to_owned())
}

/// Returns the name of a virtual device, from its ARN.
pub fn named(serial: &Serial) -> Option<&str> {
    let (_, device) = serial.as_str().split_once(":mfa/")?;
    device.rsplit('/').next()
}

/// Returns the URI that authenticator apps read: `otpauth://totp/NAME@ACCOUNT?secret=SEED&issuer=AWS`. It is kept
/// short, so that the picture fits into a terminal of 24 lines. Source: the key URI format that authenticator apps
/// share.
pub fn uri(device: &str, account: &AccountId, seed: &Secret) -> Secret {
    const PLAIN: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');
    let label = utf8_percent_encode(device, PLAIN).to_string();
    Secret::new(format!("otpauth://totp/{label}@{account}?secret={}&issuer=AWS", seed.expose()))
}

/// Returns true if the second code can follow the first: AWS requires two different codes.
pub fn follows(first: &TokenCode, second: &TokenCode) -> bool {
    first != second
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_device_of_a_user_has_a_name_of_its_own() {
        let serial = |name: &str| Serial::new(format!("arn:aws:iam::123456789012:mfa/{name}"));
        assert_eq!(device_name("alice", &[]), "alice");
        assert_eq!(device_name("alice", &[serial("alice")]), "alice-2");
        assert_eq!(device_name("alice", &[serial("work/alice"), serial("alice-2")]), "alice-3");
        assert_eq!(device_name("alice", &[serial("alice-2"), Serial::new("GAHT12345678")]), "alice");
    }

    #[test]
    fn the_uri_holds_what_apps_need() {
        let seed = Secret::new("JBSWY3DPEHPK3PXP");
        let uri = uri("a+b@c=d", &AccountId::new("123456789012"), &seed);
        assert_eq!(
            uri.expose(),
            "otpauth://totp/a%2Bb@c%3Dd@123456789012?secret=JBSWY3DPEHPK3PXP&issuer=AWS"
        );
    }
}
