//! The second line of every error: the one command that mends it. Kept beside
//! [`Fault`], and complete by the compiler's word: a new fault needs a hint here.

use crate::fault::Fault;
use crate::name::Subject;

impl Fault {
    /// What to type next.
    pub fn hint(&self) -> String {
        match self {
            Self::UnknownProfile { nearest: Some(near), .. } => format!("did you mean `{near}`? awsesame login{}", near.flag()),
            Self::UnknownProfile { nearest: None, profile, .. } | Self::NoCredentials { profile } => format!("aws configure --profile '{profile}'"),
            Self::SourceMissing { nearest: Some(near), .. } => format!("did you mean `source_profile = {near}`?"),
            Self::SourceMissing { profile, source_profile, .. } => {
                format!("add a profile `{source_profile}` with a key, or correct `source_profile` in `{profile}`")
            }
            Self::SourceLoop { .. } => "one profile of the chain needs an access key of its own instead of `source_profile`".into(),
            Self::HalfKey { profile, missing } => format!("aws configure set {missing} VALUE --profile '{profile}'"),
            Self::HalfEnvironmentKey { missing } => format!("export {missing}=..."),
            Self::RoleWithoutSource { profile } => {
                format!("aws configure set source_profile NAME --profile '{profile}'")
            }
            Self::TwoSources { profile } => format!("aws configure set credential_source '' --profile '{profile}'"),
            Self::SourceEnvironmentEmpty { .. } => "export AWS_ACCESS_KEY_ID=... AWS_SECRET_ACCESS_KEY=...".into(),
            Self::SessionCredentials { profile: Some(profile), .. } => {
                format!("put a long-term key there: aws configure --profile '{profile}'")
            }
            Self::SessionCredentials { profile: None, .. } => {
                "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN, and name a profile with -p".into()
            }
            Self::Unsupported { profile, .. } => format!("aws sts get-caller-identity --profile '{profile}'"),
            Self::BadSetting { profile, key, .. } => format!("aws configure set {key} VALUE --profile '{profile}'"),
            Self::ChainedTooLong { profile, .. } => {
                format!("aws configure set duration_seconds 3600 --profile '{profile}'")
            }
            Self::ConfigUnreadable { path, .. } => format!("look at it: cat '{path}'"),
            Self::BadCode { .. } => "type the six digits that the device shows now: awsesame login 123456".into(),
            Self::CodeSpent { wait, .. } => format!("wait {wait} s for the next code; AWS takes each code once"),
            Self::CodeRefused { reused: true, wait, subject, .. } => {
                format!("wait {wait} s for the next code, then: awsesame login{}", subject.flag())
            }
            Self::CodeRefused { subject, .. } => {
                format!("look at the device again (is it the right one, and its clock right?), then: awsesame login{}", subject.flag())
            }
            Self::WrongSerial { subject, .. } => match subject.profile() {
                Some(profile) => format!("aws configure set mfa_serial ARN --profile '{profile}' (the console shows it: IAM, Users, Security credentials)"),
                None => "export AWS_MFA_ARN=arn:aws:iam::ACCOUNT:mfa/NAME (the console shows it: IAM, Users, Security credentials)".into(),
            },
            Self::FidoOnly { .. } => "add an authenticator app as a second device of this user, and name it in `mfa_serial`".into(),
            Self::NoDevice { .. } => "add an authenticator app: https://console.aws.amazon.com/iam/home#/security_credentials".into(),
            Self::DevicesUnknown { subject } => match subject.profile() {
                Some(profile) => format!("aws configure set mfa_serial arn:aws:iam::ACCOUNT:mfa/NAME --profile '{profile}'"),
                None => "export AWS_MFA_ARN=arn:aws:iam::ACCOUNT:mfa/NAME".into(),
            },
            Self::Cancelled { subject } | Self::PromptTimeout { subject, .. } | Self::OtherGaveUp { subject, .. } => {
                format!("awsesame login{}", subject.flag())
            }
            Self::LoginNeeded { subject, .. } => format!("awsesame login{}", subject.flag()),
            Self::ClockSkew { .. } | Self::ClockUnknown => "set the clock: sudo timedatectl set-ntp true".into(),
            Self::KeyRejected { subject, .. } | Self::SecretRejected { subject, .. } => match subject {
                Subject::Profile(profile) => format!("put a working key there: aws configure --profile '{profile}'"),
                Subject::Environment(_) => "export a working MASTER_AWS_ACCESS_KEY_ID and MASTER_AWS_SECRET_ACCESS_KEY".into(),
            },
            Self::SessionInherited { subject } => match subject.profile() {
                Some(profile) => format!("put a long-term key there: aws configure --profile '{profile}'"),
                None => "export a long-term MASTER_AWS_ACCESS_KEY_ID and MASTER_AWS_SECRET_ACCESS_KEY".into(),
            },
            Self::SessionRejected { subject } | Self::IamWithoutMfa { subject } => format!("awsesame login --force{}", subject.flag()),
            Self::Chaining { subject, .. } => match subject.profile() {
                Some(profile) => format!("aws configure set duration_seconds 3600 --profile '{profile}'"),
                None => "ask for 3600 s or less".into(),
            },
            Self::DurationOutOfRange { subject, .. } => match subject.profile() {
                Some(profile) => format!("awsesame login --duration 1h -p '{profile}'"),
                None => "awsesame login --duration 1h".into(),
            },
            Self::RoleDenied { subject, .. } => {
                format!("the role's trust policy and your own must both allow it; what you are now: awsesame exec{} -- aws sts get-caller-identity", subject.flag())
            }
            Self::Denied { subject, .. } => format!("an MFA session may be allowed to: awsesame login{}", subject.flag()),
            Self::NoNetwork { endpoint, .. } => format!("curl -sI '{endpoint}'"),
            Self::Timeout { endpoint, .. } => format!("curl -sI --max-time 10 '{endpoint}'"),
            Self::Tls { .. } => "if a proxy inspects TLS here, name its CA: export AWS_CA_BUNDLE=/path/to/ca.pem".into(),
            Self::CaBundle { .. } => "export AWS_CA_BUNDLE=/path/to/ca.pem (or unset it)".into(),
            Self::Proxy { .. } => "correct HTTPS_PROXY, or unset it".into(),
            Self::Throttled { .. } => "wait a minute and try again".into(),
            Self::Aws { .. } => "https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html".into(),
            Self::PinnedAccount { .. } | Self::PinnedRole { .. } => {
                "name the profile that belongs here: use awsesame PROFILE (in .envrc), or -p PROFILE".into()
            }
            Self::KeyringForbidden { .. } | Self::KeyringAbsent => {
                "keep the key in a file of yours, knowing that a backup or root can read it: export AWSESAME_STORE=file".into()
            }
            Self::KeyringFull => "see what fills it: cat /proc/key-users; keyctl show @u".into(),
            Self::UnknownStore { nearest: Some(near), .. } => format!("did you mean `{near}`? export AWSESAME_STORE={near}"),
            Self::UnknownStore { nearest: None, .. } => "export AWSESAME_STORE=kernel".into(),
            Self::StoreBroken { .. } => "awsesame lock, then awsesame login".into(),
            Self::NoHome { variable, .. } => format!("export HOME=/home/you, or {variable}=/some/folder"),
            Self::TooOpen { path, .. } => format!("chmod go-rwx '{path}'"),
            Self::NotAFile { path, .. } => format!("move it out of the way: mv '{path}' '{path}.old'"),
            Self::NotOurs { path, .. } => format!("ls -l '{path}'"),
            Self::Unreadable { path, .. } | Self::Unwritable { path, .. } => format!("ls -ld '{path}'; df -h '{path}'"),
            Self::CannotRun { missing: true, program, .. } => format!("command -v '{program}'"),
            Self::CannotRun { program, .. } => format!("ls -l \"$(command -v '{program}')\""),
            Self::BadValue { setting, .. } => format!("correct {setting}, or leave it out"),
            Self::Bug { .. } => "please report it, with the command that you typed".into(),
        }
    }
}
