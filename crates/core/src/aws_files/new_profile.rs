//! Writes a new profile into the text of AWS's two files, from the answers to the questions of `init`. No question is
//! asked and no file is written here.

use zeroize::Zeroizing;

use crate::aws_files::access_key::AccessKey;
use crate::aws_files::edit::{AwsFile, Change, FileKind};
use crate::name::{ProfileName, Serial};

/// The answers to the questions about a new profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProfile {
    /// The name of the profile.
    pub name: ProfileName,
    /// The long-term key of the profile.
    pub key: AccessKey,
    /// The Region of its calls. `None` if the profile has one already.
    pub region: Option<String>,
    /// Its MFA device. `None` if the profile names one, or if there is none yet.
    pub serial: Option<Serial>,
}

/// The settings that a new key replaces: a session's token would make it a session's key.
const KEY_SETTINGS: [&str; 4] =
    ["aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token"];

impl NewProfile {
    /// Returns the text of `~/.aws/config` with the profile.
    pub fn in_config(&self, text: &str) -> String {
        let region = self.region.clone().map(|region| ("region", region));
        let serial = self.serial.as_ref().map(|serial| ("mfa_serial", serial.as_str().to_owned()));
        let settings: Vec<_> = region.into_iter().chain(serial).collect();
        if settings.is_empty() {
            return text.to_owned();
        }
        AwsFile::read(text, FileKind::Config).with(&self.name, &settings)
    }

    /// Returns the text of `~/.aws/credentials` with the key, which replaces the old key of the profile.
    pub fn in_credentials(&self, text: &str) -> Zeroizing<String> {
        let file = AwsFile::read(text, FileKind::Credentials);
        let settings = vec![
            ("aws_access_key_id", self.key.id.as_str().to_owned()),
            ("aws_secret_access_key", self.key.secret.expose().to_owned()),
        ];
        let text = if file.profiles().contains(&self.name) {
            let change = Change { without: KEY_SETTINGS.to_vec().into(), with: settings };
            file.changed(|name| if *name == self.name { change.clone() } else { Change::default() })
        } else {
            file.with(&self.name, &settings)
        };
        Zeroizing::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new() -> NewProfile {
        NewProfile {
            name: ProfileName::new("dev"),
            key: AccessKey::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY").unwrap(),
            region: Some("eu-central-1".to_owned()),
            serial: None,
        }
    }

    const KEY: &str = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
                       aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n";

    #[test]
    fn profile_stands_in_both_files_as_a_person_would_write_it() {
        let serial = Some(Serial::new("arn:aws:iam::123456789012:mfa/alice"));
        let new = NewProfile { serial, ..new() };
        let settings = "region = eu-central-1\nmfa_serial = arn:aws:iam::123456789012:mfa/alice\n";
        assert_eq!(new.in_config(""), format!("[profile dev]\n{settings}"));
        assert_eq!(
            new.in_config("; mine\n[default]"),
            format!("; mine\n[default]\n\n[profile dev]\n{settings}")
        );
        assert_eq!(*new.in_credentials(""), format!("[dev]\n{KEY}"));
        let named = NewProfile { name: ProfileName::new("default"), ..new };
        assert_eq!(named.in_config(""), format!("[default]\n{settings}"));
    }

    #[test]
    fn what_a_profile_has_stays_but_for_another_key_and_its_token() {
        let old = "[dev]\n# mine\naws_access_key_id = ASIAOLD\nregion = x\naws_session_token = old\n\n[ops]\n\
                   aws_access_key_id = AKIAOTHER\n";
        let now = format!("[dev]\n# mine\n{KEY}region = x\n\n[ops]\naws_access_key_id = AKIAOTHER\n");
        assert_eq!(*new().in_credentials(old), now);
        let unchanged = "[profile dev]\nregion=us-east-1";
        assert_eq!(NewProfile { region: None, ..new() }.in_config(unchanged), unchanged);
    }
}
