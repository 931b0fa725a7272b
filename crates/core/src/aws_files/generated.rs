//! Generates the AWS files that tools read instead of the user's own. Every profile that awsesame serves gets a
//! `credential_process`, no keys are written, and everything else stays as the user wrote it. The role and the MFA
//! device of such a profile are removed too: `role_arn` would take precedence over the process, and tools that cannot
//! prompt fail at `mfa_serial`.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use crate::aws_files::edit::{AwsFile, Change, FileKind};
use crate::name::{ProfileName, Typed};

/// The settings from which a profile has credentials.
const CREDENTIALS: [&str; 20] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "aws_security_token",
    "credential_process",
    "credential_source",
    "duration_seconds",
    "external_id",
    "login_session",
    "mfa_serial",
    "role_arn",
    "role_session_name",
    "source_profile",
    "sso_account_id",
    "sso_role_name",
    "sso_session",
    "sso_start_url",
    "sso_region",
    "web_identity_token_file",
    "web_identity_token_process",
];

/// The settings that contain keys. No generated file has them.
const KEYS: [&str; 4] =
    ["aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token"];

/// The replacement for a profile's credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instead {
    /// A `credential_process` of this command line.
    Process(String),
    /// The profile gets no setting, so that tools use the environment.
    Nothing,
}

/// The replacement for each profile's credentials; profiles that are not named keep theirs, except for keys.
pub type Plan = BTreeMap<ProfileName, Instead>;

/// Returns the command line by which tools ask for a profile. Most tools pass it to a shell; botocore splits it as a
/// shell would.
pub fn command(program: &str, profile: &ProfileName) -> String {
    format!("{} process{}", Typed(program), flag(profile))
}

/// Returns the flag for a profile. `default` is named too, because the environment may name another profile.
fn flag(profile: &ProfileName) -> String {
    format!(" -p {}", Typed(profile.as_str()))
}

/// Returns the generated config file.
pub fn config(text: &str, plan: &Plan) -> String {
    let file = AwsFile::read(text, FileKind::Config);
    let known: HashSet<ProfileName> = file.profiles().into_iter().collect();
    let text = file.changed(|name| change(name, plan, FileKind::Config));
    // A profile can be defined in the credentials file alone, or in no file.
    let missing: Vec<_> = plan
        .iter()
        .filter_map(|(name, instead)| match instead {
            Instead::Process(command) if !known.contains(name) => {
                Some((name.clone(), vec![("credential_process", command.clone())]))
            }
            _ => None,
        })
        .collect();
    let text =
        if missing.is_empty() { text } else { AwsFile::read(&text, FileKind::Config).with_all(&missing) };
    AwsFile::read(&text, FileKind::Config).scrubbed(&KEYS)
}

/// Returns the generated credentials file.
pub fn credentials(text: &str, plan: &Plan) -> String {
    let text = AwsFile::read(text, FileKind::Credentials);
    let text = text.changed(|name| change(name, plan, FileKind::Credentials));
    AwsFile::read(&text, FileKind::Credentials).scrubbed(&KEYS)
}

fn change(name: &ProfileName, plan: &Plan, kind: FileKind) -> Change {
    let with = match (plan.get(name), kind) {
        (None, _) => return Change { without: Cow::Borrowed(&KEYS), with: Vec::new() },
        (Some(Instead::Process(command)), FileKind::Config) => vec![("credential_process", command.clone())],
        (Some(_), _) => Vec::new(),
    };
    Change { without: Cow::Borrowed(&CREDENTIALS), with }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(processes: &[&str], nothing: &[&str]) -> Plan {
        let process = |name: &&str| {
            let name = ProfileName::new(*name);
            let line = command("/opt/my bin/awsesame", &name);
            (name, Instead::Process(line))
        };
        let nothing = nothing.iter().map(|name| (ProfileName::new(*name), Instead::Nothing));
        processes.iter().map(process).chain(nothing).collect()
    }

    #[test]
    fn credentials_give_way_to_a_process_and_the_rest_stays() {
        let text = "# mine\n[default]\nregion = x\naws_access_key_id = A\naws_secret_access_key = S\n\n\
                    [profile admin]\nrole_arn = r\nsource_profile = default\nmfa_serial = m\nregion = y # c\ns3 =\n  a = b\n\n\
                    [profile corp]\nsso_session = s\naws_secret_access_key = T\n[sso-session s]\nsso_region = z\n";
        assert_eq!(
            config(text, &plan(&["admin", "default", "only there"], &[])),
            "# mine\n[default]\nregion = x\ncredential_process = '/opt/my bin/awsesame' process -p default\n\n\
             [profile admin]\ncredential_process = '/opt/my bin/awsesame' process -p admin\nregion = y # c\ns3 =\n  a = b\n\n\
             [profile corp]\nsso_session = s\n[sso-session s]\nsso_region = z\n\n\
             [profile 'only there']\ncredential_process = '/opt/my bin/awsesame' process -p 'only there'\n"
        );
    }

    #[test]
    fn no_key_stays_in_the_credentials_file() {
        let text = "[dev]\r\naws_access_key_id = A\r\naws_secret_access_key = S\r\nregion = x\r\n[tmp]\r\naws_session_token = T\r\nmfa_serial = m\r\n";
        assert_eq!(
            credentials(text, &plan(&["dev"], &[])),
            "[dev]\r\nregion = x\r\n[tmp]\r\nmfa_serial = m\r\n"
        );
    }

    #[test]
    fn no_key_stays_that_only_some_parser_would_see() {
        for text in [
            "[ profile dev ]\naws_secret_access_key = S\nregion = x\n",
            "[profile dev]\noutput = a\n  aws_secret_access_key = S\nregion = x\n",
            "aws_secret_access_key: S\n[profile dev]\nregion = x\n",
            "[profile dev]\nregion = x\n[dev]\naws_secret_access_key =\n  S\n",
        ] {
            for text in [config(text, &plan(&[], &[])), credentials(text, &plan(&[], &[]))] {
                assert!(!text.contains('S') && text.contains("region = x\n"), "{text}");
            }
        }
    }

    #[test]
    fn where_the_environment_is_to_be_asked_nothing_is_put_in() {
        let text = "[default]\naws_access_key_id = A\nrole_arn = r\nregion = x\n";
        assert_eq!(config(text, &plan(&[], &["default"])), "[default]\nregion = x\n");
        assert_eq!(config("", &plan(&[], &["default"])), "");
    }
}
