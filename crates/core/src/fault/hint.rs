//! The second line of every error: the command that helps. The command comes last on its line, so that it can be
//! pasted. The compiler checks that every [`Fault`] has a hint.
//!
//! A hint never contains a secret, because the shell's history would keep it. Every name or path from outside is
//! written with [`Typed`].

use crate::fault::{Fault, NoSession};
use crate::name::{ProfileName, Shown, Subject, Typed};

impl Fault {
    /// Returns the message and the hint in one line, for places with only one line.
    pub fn in_one_line(&self) -> String {
        self.in_one_line_with(&self.hint())
    }

    /// Returns the message with another hint in one line.
    pub fn in_one_line_with(&self, hint: &str) -> String {
        // Most hints are a command. Other hints are shown as they are.
        let type_it = if hint.starts_with("awsesame ") { "type: " } else { "" };
        format!("{self}; {type_it}{hint}")
    }

    /// Returns the hint about what to type next.
    #[expect(clippy::too_many_lines, reason = "one arm a fault, so that none can be forgotten")]
    pub fn hint(&self) -> String {
        match self {
            Self::UnknownProfile { nearest: Some(near), .. } => {
                format!("did you mean `{near}`? awsesame login -p {}", Typed(near.as_str()))
            }
            Self::UnknownProfile { nearest: None, profile, path } if !is_read_by_sdks(profile) => {
                format!(
                    "AWS's SDKs read only letters, digits and `_-/.%@:+` in a profile's name; rename it: {}",
                    edit(path)
                )
            }
            Self::UnknownProfile { nearest: None, profile, .. } | Self::NoCredentials { profile } => {
                format!("set it up, with its key: {}", init(profile))
            }
            Self::SourceMissing { profile, nearest: Some(near), .. } => {
                format!("did you mean `{near}`? {}", write(profile, "source_profile", near.as_str()))
            }
            Self::SourceMissing { source_profile, nearest: None, .. } => {
                format!("set up `{source_profile}`, with its key: {}", init(source_profile))
            }
            Self::SourceLoop { path, .. } => {
                format!("give one profile of the chain a key of its own: {}", edit(path))
            }
            Self::TwoSources { path, .. } => format!("delete one of the two lines: {}", edit(path)),
            Self::HalfKey { profile, .. } => format!("enter the access key id and the secret again: {}", init(profile)),
            Self::HalfEnvironmentKey { missing } => ask_for(missing),
            Self::RoleWithoutSource { profile } => {
                format!("name the profile that has the key: {}", write(profile, "source_profile", "NAME"))
            }
            Self::SourceWithoutRole { profile } => write(profile, "role_arn", "arn:aws:iam::ACCOUNT:role/NAME"),
            Self::OtherHead { right, path, .. } => {
                format!("write `[{}]` instead: {}", Shown(right), edit(path))
            }
            Self::SourceEnvironmentEmpty { .. } => ask_for("AWS_ACCESS_KEY_ID"),
            Self::SessionCredentials { profile: Some(profile), .. } => {
                format!("give it a long-term key: {}", init(profile))
            }
            Self::SessionCredentials { profile: None, .. } => {
                "name a profile that has a long-term key: awsesame login -p NAME".into()
            }
            Self::NoKeyPrinted { profile, .. } => {
                format!(
                    "see whether AWS's tools can use it: aws sts get-caller-identity --profile {}",
                    Typed(profile.as_str())
                )
            }
            Self::Unsupported { subject, .. } => {
                let profile = subject.profile().map(|profile| format!(" --profile {}", Typed(profile.as_str())));
                format!(
                    "it needs no login; AWS's tools use it directly: aws sts get-caller-identity{}",
                    profile.unwrap_or_default()
                )
            }
            Self::ConfigBroken { path, .. } => correct(path),
            Self::ConfigSyntax { path, line, .. }
            | Self::ConfigValue { path, line, .. }
            | Self::KeyListBroken { path, line } => correct_line(path, *line),
            Self::BadPolicy { profile, .. } => {
                format!("see where it is set: awsesame config show -p {}", Typed(profile.as_str()))
            }
            Self::ShapedElsewhere { subject } => {
                format!("renew it in that shell: awsesame login{}", subject.flag())
            }
            Self::TermsRefused { subject, .. } => {
                format!("see what is set, and where: awsesame config show{}", subject.flag())
            }
            Self::ConfigUnknownKey { path, line, nearest: Some(near), .. } => {
                format!("did you mean `{near}`? {}", edit_at(path, *line))
            }
            Self::ConfigUnknownKey { nearest: None, .. } => {
                "list the settings: awsesame config keys".into()
            }
            Self::BadKey { .. } => {
                "enter the access key id and the secret as AWS shows them: awsesame keys add".into()
            }
            Self::StoreForgets { choices, one, .. } => {
                format!("choose a store that keeps it ({choices}): export AWSESAME_KEYS_STORE={}", Typed(one))
            }
            Self::KeyLost { profile, .. } => format!("add it again: awsesame keys add{}", profile.flag()),
            Self::KeyDiffers { profile, .. } => {
                format!("add the right one: awsesame keys add{}", profile.flag())
            }
            Self::SeveralKeys { path, .. } => format!("keep the right one and delete the others: {}", edit(path)),
            Self::NoKeyInFiles { profile, .. } => format!("type it in: awsesame keys add{}", profile.flag()),
            Self::NoKeyInStore { .. } => "list the profiles that have one: awsesame keys list".into(),
            Self::ChangedMeanwhile { then, profile, .. } => format!("run it again: awsesame {then}{}", profile.flag()),
            Self::NeedsTerminal { then, profile, .. } if then.contains(" --yes") => {
                format!("to agree beforehand: awsesame {then}{}", profile.flag())
            }
            Self::NeedsTerminal { then, profile, .. } => {
                format!("run it at a terminal: awsesame {then}{}", profile.flag())
            }
            Self::NotConfirmed { then, profile, .. } => {
                format!("to do it after all, run it again: awsesame {then}{}", profile.flag())
            }
            Self::BadSetting { profile, key, .. } => format!("correct it: {}", write(profile, key, "VALUE")),
            Self::ChainedTooLong { profile, .. } => write(profile, "duration_seconds", "3600"),
            Self::KeyInRotation { profile, .. } => {
                format!("finish the rotation first: awsesame keys rotate{}", profile.flag())
            }
            Self::NoProfileNamed { one, .. } | Self::DefaultIncomplete { one } => format!("name one, such as `{one}`: awsesame login -p {}", Typed(one.as_str())),
            Self::ProfileTaken { profile, .. } => {
                format!("give the new one another name: awsesame init{} --as NAME", profile.flag())
            }
            Self::ConfigUnreadable { path, .. } => format!("see what it is: ls -ld {}", Typed(path)),
            Self::BadCode { profile, .. } => {
                let flag = profile.as_ref().map(ProfileName::flag).unwrap_or_default();
                format!("type the six digits that the device shows now: awsesame login{flag} 123456")
            }
            Self::UnknownCodeSource { nearest: Some(near), .. } => {
                format!("did you mean `{near}`? export AWSESAME_CODE_SOURCE={near}")
            }
            Self::UnknownCodeSource { nearest: None, .. } => {
                "use the default: unset AWSESAME_CODE_SOURCE".into()
            }
            Self::CodeSourceUnset { variable, setting, .. } => {
                format!("set `{setting}` in config.toml, or: export {variable}=PROGRAM")
            }
            Self::NoCode { command, .. }
            | Self::ProgramHung { command, .. }
            | Self::ProgramFailed { command, .. } => {
                let words: Vec<String> = command.iter().map(|word| Typed(word).to_string()).collect();
                format!("to see why, run it yourself: {}", words.join(" "))
            }
            Self::NoToken { subject } => format!("plug it in, and check that it is listed: ykman list; {}", login(subject)),
            Self::AccountMissing { .. } | Self::AccountUnclear { .. } => {
                "choose one of its accounts (ykman oath accounts list): export AWSESAME_CODE_YUBIKEY_ACCOUNT=NAME"
                    .into()
            }
            Self::NoSeed { subject, .. } => {
                format!("store it, from stdin: awsesame mfa seed{}", subject.flag())
            }
            Self::BadSeed { .. } => {
                "the seed is the secret key that AWS shows instead of the QR code: awsesame mfa seed".into()
            }
            Self::SeedInTheClear { .. } => {
                "choose a store that is encrypted: export AWSESAME_STORE=NAME".into()
            }
            Self::CodesAreTyped { .. } => {
                "choose one that creates codes by itself (command, yubikey or totp): export AWSESAME_CODE_SOURCE=NAME".into()
            }
            Self::CodeSpent { wait, subject, .. } | Self::CodeRefused { reused: true, wait, subject, .. } => {
                format!("AWS accepts each code once; use the next one: sleep {wait}; {}", login(subject))
            }
            Self::CodeRefused { reused: false, serial, subject, .. } => {
                format!("wait until `{}` shows a new code, then type it: {}", Shown(serial.device()), login(subject))
            }
            Self::WrongSerial { subject, .. } => {
                format!("the IAM console shows it, under Security credentials: {}", set_serial(subject))
            }
            Self::DevicesUnknown { subject } | Self::DeviceElsewhere { subject, .. } => set_serial(subject),
            Self::FidoOnly { .. } => {
                "add an authenticator app as well, under Security credentials: https://console.aws.amazon.com/iam/home#/security_credentials".into()
            }
            Self::NoDevice { subject: Subject::Profile(profile) } => {
                format!("enroll one: awsesame mfa enroll{}", profile.flag())
            }
            Self::NoDevice { .. } => {
                "add an authenticator app, under Security credentials: https://console.aws.amazon.com/iam/home#/security_credentials".into()
            }
            Self::LoginNeeded { subject, reason: NoSession::MfaTooOld | NoSession::TooShort } => {
                format!("awsesame login --force{}", subject.flag())
            }
            Self::SessionRejected { subject } => {
                format!("get a new session: awsesame login --force{}", subject.flag())
            }
            Self::IamWithoutMfa { subject } => {
                format!("get a session with MFA: awsesame login --force{}", subject.flag())
            }
            Self::LoginNeeded { subject, reason: NoSession::Elsewhere(_) } => {
                format!("log in here as well; the other session stays: {}", login(subject))
            }
            Self::LoginNeeded { reason: NoSession::Newer, .. } | Self::NewerFile { .. } => {
                "two versions are installed; see which one this is: command -v awsesame; awsesame --version".into()
            }
            Self::LoginNeeded { subject, reason: NoSession::Unwanted } => {
                format!("add the code: {} 123456", login(subject))
            }
            Self::StillWaiting { subject, .. } => {
                format!("answer it there, or log in here with a code, which does not wait: awsesame login{} CODE", subject.flag())
            }
            Self::LockHeld { pid: Some(pid), stopped: true, .. } => {
                format!("type `fg` in its shell, or end it: kill {pid}; kill -CONT {pid}")
            }
            Self::LockHeld { pid: Some(pid), .. } => format!("wait until it ends, or end it: kill {pid}"),
            Self::LockHeld { pid: None, path, .. } => {
                format!("find the process, and end it: fuser -v {}", Typed(path))
            }
            Self::Cancelled { subject }
            | Self::PromptTimeout { subject, .. }
            | Self::OtherGaveUp { subject, .. } => format!("try again: {}", login(subject)),
            Self::Dismissed { subject, .. } => format!("log in at a terminal: {}", login(subject)),
            Self::LoginNeeded { subject, .. } => login(subject),
            Self::ClockSkew { .. } | Self::ClockUnknown => {
                "set the clock from the network: sudo timedatectl set-ntp true".into()
            }
            Self::KeyRejected { subject, .. }
            | Self::SecretRejected { subject, .. }
            | Self::SessionInherited { subject } => match subject {
                Subject::Profile(profile) => {
                    format!("set a working long-term key: awsesame init --key{}", profile.flag())
                }
                Subject::Environment(_) => {
                    "run this, then type the id and the secret of a working key: export MASTER_AWS_ACCESS_KEY_ID MASTER_AWS_SECRET_ACCESS_KEY; read -r MASTER_AWS_ACCESS_KEY_ID; read -rs MASTER_AWS_SECRET_ACCESS_KEY".into()
                }
            },
            Self::Chaining { subject: Subject::Profile(profile), .. } => {
                write(profile, "duration_seconds", "3600")
            }
            Self::Chaining { subject, .. } | Self::DurationOutOfRange { subject, .. } => {
                format!("ask for one hour: awsesame login --duration 1h{}", subject.flag())
            }
            Self::RoleDenied { subject, role, .. } => {
                let source = subject.flag();
                format!(
                    "ask the owner of `{role}` to trust your user, with MFA; then: awsesame login{source}"
                )
            }
            Self::Denied { subject, .. } => {
                format!("if the policy requires MFA, get a new session: awsesame login --force{}", subject.flag())
            }
            Self::NoNetwork { endpoint, .. } => format!("see what is in the way: {}", curl(endpoint)),
            Self::Timeout { endpoint, .. } => format!("see whether it answers at all: {}", curl(endpoint)),
            Self::Tls { .. } => {
                "if a proxy inspects TLS here, name its CA: export AWS_CA_BUNDLE=/path/to/ca.pem".into()
            }
            Self::CaBundle { path, .. } => format!(
                "it must be a readable PEM file: openssl x509 -noout -subject -in {}",
                Typed(path)
            ),
            Self::NoTls { endpoint } => {
                format!("see whether it speaks plain http: {}", curl(&endpoint.replacen("https://", "http://", 1)))
            }
            Self::NotAws { endpoint, .. } => format!("see what answers there: {}", curl(endpoint)),
            Self::ProxyLogin { variable, .. } => format!(
                "run this, then type http://USER:PASSWORD@HOST:PORT: read -rs {variable}; export {variable}"
            ),
            Self::Proxy { variable, .. } => format!("if this network needs no proxy: unset {variable}"),
            Self::Throttled { .. } => "wait a minute, and repeat the command: sleep 60".into(),
            Self::Aws { .. } => {
                "look up the code: https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html".into()
            }
            Self::PinnedAccount { .. } | Self::PinnedRole { .. } => {
                "name the profile that belongs to this project: awsesame login -p NAME".into()
            }
            Self::KeyringForbidden { .. } | Self::KeyringAbsent => {
                "store the data key in a file, which root and backups can read: export AWSESAME_STORE=file".into()
            }
            Self::KeyringFull => "see what fills it: keyctl show @u; cat /proc/key-users".into(),
            Self::UnknownStore { nearest: Some(near), .. } => {
                format!("did you mean `{near}`? export AWSESAME_STORE={near}")
            }
            Self::UnknownStore { nearest: None, .. } => "use the default: unset AWSESAME_STORE".into(),
            Self::StoreElsewhere { here, .. } => format!("use the store of this system: export AWSESAME_STORE={here}"),
            Self::BusAbsent { .. } => {
                "without a desktop session, use another store: export AWSESAME_STORE=kernel".into()
            }
            Self::KeeperAbsent { .. } => {
                "start one, such as GNOME's: gnome-keyring-daemon --start --components=secrets".into()
            }
            Self::StoreLocked { .. } => "awsesame unlock".into(),
            Self::NoKeyring { .. } => "create one on the desktop, with its own password: seahorse".into(),
            Self::TokenLocked { subject } => {
                format!("store the password on this machine: ykman oath access remember; {}", login(subject))
            }
            Self::StoreUnset { variable, .. } => {
                format!("set it in `config.toml`, or: export {variable}=VALUE")
            }
            Self::StoreFailed { look, .. } => format!("check it: {look}"),
            Self::StoreGarbage { .. } | Self::StoreKeyReplaced { .. } => {
                "create a new key; sessions under the old one are lost: awsesame lock --forget; awsesame login".into()
            }
            Self::StoreBroken { .. } => "delete its key and start again: awsesame lock; awsesame login".into(),
            Self::Signin(fault) => fault.hint(),
            Self::Source(fault) => fault.hint(),
            Self::Broker(fault) => fault.hint(),
            Self::Audit(fault) => fault.hint(),
            Self::Console(fault) => fault.hint(),
            Self::Policy(fault) => fault.hint(),
            Self::Rotate(fault) => fault.hint(),
            Self::ProcessNeedsProfile => "name a profile: awsesame login -p NAME".into(),
            Self::NoHome { variable, .. } => {
                format!("set it to a folder of yours, or set {variable}: export HOME=\"$(mktemp -d)\"")
            }
            Self::RelativeHome { .. } => {
                "set it to your home: export HOME=\"$(getent passwd \"$(id -u)\" | cut -d: -f6)\"".into()
            }
            Self::TooOpen { path, .. } => format!("chmod go-rwx {}", Typed(path)),
            Self::NotAFile { path, .. } | Self::NotAFolder { path } | Self::LinkedFolder { path } => {
                out_of_the_way(path)
            }
            Self::OpenFolder { path, .. } => format!("chmod go-w {}", Typed(path)),
            Self::ForeignHome { .. } => {
                "run it without sudo, as that user; or with root's own home: sudo -H awsesame".into()
            }
            Self::Output { why } if why == super::CLOSED => "open it again: exec >/dev/tty".into(),
            Self::Output { .. } => "see whether the disk is full: df -h".into(),
            Self::Unwritable { cause, folder, .. } => cause.hint(folder),
            Self::LimitReached { resource, .. } => resource.hint().into(),
            Self::PlaceUnfit { instead: Some(folder), .. } => {
                format!("store the sessions in a folder that works: export XDG_STATE_HOME={}", Typed(folder))
            }
            Self::PlaceUnfit { instead: None, subject, .. } => {
                format!("use the session without storing it: eval \"$(awsesame env{})\"", subject.flag())
            }
            Self::Unreadable { path, why } if why.starts_with("no such file") => {
                let folder = path.rsplit_once('/').map_or(".", |(folder, _)| if folder.is_empty() { "/" } else { folder });
                format!("see what there is: ls {}", Typed(folder))
            }
            Self::NotOurs { path, .. } | Self::Unreadable { path, .. } => {
                format!("see whose it is: ls -ld {}", Typed(path))
            }
            Self::CannotRun { missing: true, program, .. } => {
                format!("is it installed, and in the PATH? command -v {}", Typed(program))
            }
            Self::CannotRun { missing: false, program, .. } => {
                format!("see what it is, and whether it is executable: ls -l {}", Typed(program))
            }
            Self::DeviceThere { subject, .. } => {
                format!("enroll one more: awsesame mfa enroll --another{}", subject.flag())
            }
            Self::DeviceQuota { subject, .. } | Self::DeviceUnknown { subject, .. } => {
                format!("list them: awsesame mfa list{}", subject.flag())
            }
            Self::LastDevice { subject, .. } => {
                format!("enroll another one first: awsesame mfa enroll --another{}", subject.flag())
            }
            Self::PairRefused { then, subject, .. } => format!(
                "type two codes of this device that follow each other, and check its clock: awsesame {then}{}",
                subject.flag()
            ),
            Self::NoContainer => "see what the container has: env | grep AWS_CONTAINER_CREDENTIALS".into(),
            Self::ContainerAddress { .. } => {
                "see what it is set to: env | grep AWS_CONTAINER_CREDENTIALS".into()
            }
            Self::MachineSilent { url, .. } => format!("see whether it answers: {}", curl(url)),
            Self::NoMfaHere { subject, .. } => format!("leave out --max-age: awsesame login{}", subject.flag()),
            Self::BadValue { setting, .. } if setting.starts_with('-') || *setting == "COMMAND" => {
                "see what is allowed: awsesame --help".into()
            }
            Self::BadValue { setting, .. } if is_variable(setting) => format!("use the default: unset {setting}"),
            Self::BadValue { .. } => "see where it is set: awsesame config show".into(),
            Self::UnknownField { nearest: Some(near), .. } => {
                format!("did you mean `{{{near}}}`? awsesame status --format '{{{near}}}'")
            }
            Self::UnknownField { nearest: None, .. } => "list the fields: awsesame status --help".into(),
            Self::Bug { .. } => {
                "please report it, with the command that you typed and: awsesame --version".into()
            }
        }
    }
}

pub(crate) fn login(subject: &Subject) -> String {
    format!("awsesame login{}", subject.flag())
}

/// Returns the command that asks for both halves of a key at the terminal.
fn init(profile: &ProfileName) -> String {
    format!("awsesame init{}", profile.flag())
}

/// Returns the hint for a setting that only the writer of the file can decide. It names `~/.aws/config`; a person who
/// has several files knows which one it is.
fn write(profile: &ProfileName, key: &str, value: &str) -> String {
    format!("write `{} = {}` into profile `{profile}`: vi ~/.aws/config", Shown(key), Shown(value))
}

fn set_serial(subject: &Subject) -> String {
    const SERIAL: &str = "arn:aws:iam::ACCOUNT:mfa/NAME";
    match subject {
        Subject::Profile(profile) => write(profile, "mfa_serial", SERIAL),
        Subject::Environment(_) => format!("export AWS_MFA_ARN={SERIAL}"),
    }
}

/// Returns true if the SDKs read a profile with this name. The AWS CLI reads and writes other names too, in quotes, but
/// the SDKs skip them.
fn is_read_by_sdks(profile: &ProfileName) -> bool {
    profile.as_str().chars().all(|c| c.is_ascii_alphanumeric() || "_-/.%@:+".contains(c))
}

pub(crate) fn correct(path: &str) -> String {
    format!("correct it: {}", edit(path))
}

/// Returns the command that opens a file at the line to correct.
pub(crate) fn correct_line(path: &str, line: usize) -> String {
    format!("correct line {line}: {}", edit_at(path, line))
}

pub(crate) fn out_of_the_way(path: &str) -> String {
    format!("move it out of the way: mv {} {}", Typed(path), Typed(&format!("{path}.old")))
}

pub(crate) fn edit(path: &str) -> String {
    format!("vi {}", Typed(path))
}

fn edit_at(path: &str, line: usize) -> String {
    format!("vi +{line} {}", Typed(path))
}

/// Returns true for the name of an environment variable: those of proxies have small letters too.
fn is_variable(setting: &str) -> bool {
    setting.ends_with("_proxy") || !setting.contains(|c: char| c.is_ascii_lowercase())
}

fn curl(endpoint: &str) -> String {
    format!("curl -sSI --max-time 10 {}", Typed(endpoint))
}

/// Returns a command that sets a variable from the next typed line; for a secret variable without echo.
fn ask_for(variable: &'static str) -> String {
    let (flags, value) = if variable.contains("SECRET") {
        ("-rs", "the secret access key, which is not shown")
    } else {
        ("-r", "the access key id")
    };
    format!("run this, then type {value}: read {flags} {variable}; export {variable}")
}
