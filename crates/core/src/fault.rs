//! Every error of awsesame, with its two lines: the message, and the hint with a command that helps. Nothing is printed
//! here; `ui.rs` prints.

mod audit;
mod broker;
mod console;
mod exit;
pub mod hint;
mod no_session;
mod policy;
mod resource;
mod rotate;
mod signin;
mod slug;
mod source;
#[cfg(test)]
mod table;
mod write_cause;

pub use audit::AuditFault;
pub use broker::BrokerFault;
pub use console::ConsoleFault;
pub use exit::Exit;
pub use no_session::{Elsewhere, NoSession};
pub use policy::PolicyFault;
pub use resource::Resource;
pub use rotate::{RotateFault, SignedBy};
pub use signin::SigninFault;
pub use source::SourceFault;
pub use write_cause::WriteCause;

use crate::name::{AccessKeyId, AccountId, BadCode, ProfileName, RoleArn, Serial, Shown, Subject};

/// Returns `, pid 4711` if the process is known.
fn pid_of(pid: Option<u32>) -> String {
    pid.map_or_else(String::new, |pid| format!(", pid {pid}"))
}

/// Returns ` (pid 4711)` if the process is known.
fn in_parentheses(pid: Option<u32>) -> String {
    pid.map_or_else(String::new, |pid| format!(" (pid {pid})"))
}

impl From<BadCode> for Fault {
    fn from(bad: BadCode) -> Self {
        Self::BadCode { why: bad.why, profile: None }
    }
}

/// A failure, with the data that a message and a hint need.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field is shown by the message above it")]
pub enum Fault {
    // --- profiles and plans -------------------------------------------------
    /// No file has this profile.
    #[error("profile `{profile}` is not in `{}`", Shown(path))]
    UnknownProfile { profile: ProfileName, nearest: Option<ProfileName>, path: String },
    /// `source_profile` names a profile that does not exist.
    #[error("profile `{profile}` has the source profile `{source_profile}`, which does not exist")]
    SourceMissing { profile: ProfileName, source_profile: ProfileName, nearest: Option<ProfileName> },
    /// The `source_profile` settings form a circle.
    #[error("profile `{profile}` has itself as its source profile: {}", Shown(chain))]
    SourceLoop { profile: ProfileName, chain: String, path: String },
    /// The profile has one half of an access key.
    #[error("profile `{profile}` has half an access key: `{missing}` is missing")]
    HalfKey { profile: ProfileName, missing: &'static str },
    /// The environment has one half of an access key.
    #[error("the environment has half an access key: `{missing}` is not set")]
    HalfEnvironmentKey { missing: &'static str },
    /// The profile has neither a key nor a source of one.
    #[error("profile `{profile}` has no access key and no `source_profile`")]
    NoCredentials { profile: ProfileName },
    /// A role without anything to assume it with.
    #[error("profile `{profile}` has `role_arn` but neither `source_profile` nor `credential_source`")]
    RoleWithoutSource { profile: ProfileName },
    /// A source of a role that is not there.
    #[error("profile `{profile}` has `source_profile` but no `role_arn`, so AWS's tools ignore it")]
    SourceWithoutRole { profile: ProfileName },
    /// The section of the profile has the form of the other file.
    #[error("AWS's tools do not find profile `{profile}`: `{}` has it as `[{}]`", Shown(path), Shown(head))]
    OtherHead { profile: ProfileName, head: String, right: String, path: String },
    /// A role with two things to assume it with.
    #[error("profile `{profile}` has both `source_profile` and `credential_source`")]
    TwoSources { profile: ProfileName, path: String },
    /// The profile has `credential_source = Environment`, and the environment has no key.
    #[error("profile `{profile}` takes its key from the environment, where `AWS_ACCESS_KEY_ID` is not set")]
    SourceEnvironmentEmpty { profile: ProfileName },
    /// There are session credentials where a long-term key is required.
    #[error("{} has session credentials, but AWS gives sessions for long-term keys only", Shown(holder))]
    SessionCredentials { holder: String, profile: Option<ProfileName> },
    /// The profile is of a type that has nothing to do with MFA codes.
    #[error("{subject} uses `{setting}`, which needs no token code")]
    Unsupported { subject: Subject, setting: &'static str },
    /// A `credential_process` that gives no long-term key.
    #[error("the `credential_process` of profile `{profile}` gives no long-term key: {}", Shown(why))]
    NoKeyPrinted { profile: ProfileName, why: String },
    /// The value of a setting is invalid.
    #[error("profile `{profile}` has `{} = {}`: expected {}", Shown(key), Shown(value), Shown(expected))]
    BadSetting { profile: ProfileName, key: String, value: String, expected: String },
    /// A role further down a chain that wants more than AWS allows.
    #[error(
        "profile `{profile}` asks for {seconds} s of `{role}`, but AWS allows 3600 s for a role that another role assumes"
    )]
    ChainedTooLong { profile: ProfileName, role: RoleArn, seconds: u32 },
    /// No profile is named, and there is no profile `default`.
    #[error("no profile is named, and `default` is not in `{}`", Shown(path))]
    NoProfileNamed { one: ProfileName, path: String },
    /// A key that is to be moved while it is being replaced.
    #[error("the key `{key}` of profile `{profile}` is being rotated")]
    KeyInRotation { key: AccessKeyId, profile: ProfileName },
    /// No profile is named, and the default profile has no credentials to log in with.
    #[error("no profile is named, and `default` has no access key and no `source_profile`")]
    DefaultIncomplete { one: ProfileName },
    /// The user has a profile with the name that `init` would write.
    #[error("profile `{name}` already exists in `{}`", Shown(path))]
    ProfileTaken { name: ProfileName, profile: ProfileName, path: String },
    /// A file of AWS's that is not what AWS's tools understand.
    #[error("AWS's tools do not understand `{}`: {}", Shown(path), Shown(why))]
    ConfigBroken { path: String, why: String },
    /// A file of AWS's that cannot be read.
    #[error("cannot read `{}`: {}", Shown(path), Shown(why))]
    ConfigUnreadable { path: String, why: String },

    /// `config.toml` is not valid TOML.
    #[error("`{}` line {line}: {}", Shown(path), Shown(why))]
    ConfigSyntax { path: String, line: usize, why: String },
    /// A key that `config.toml` does not know.
    #[error("`{}` line {line}: there is no setting `{}`", Shown(path), Shown(key))]
    ConfigUnknownKey { path: String, line: usize, key: String, nearest: Option<&'static str> },
    /// A value of the wrong kind in `config.toml`.
    #[error("`{}` line {line}: `{}` must be {expected}", Shown(path), Shown(key))]
    ConfigValue { path: String, line: usize, key: String, expected: &'static str },

    /// AWS would not accept the session policy.
    #[error("the session policy of profile `{profile}` in `{}` cannot be used: {}", Shown(place), Shown(why))]
    BadPolicy { profile: ProfileName, place: String, why: String },
    /// The session is renewed outside of the shell whose variables it was created from.
    #[error("the session of {subject} depends on variables that are set only in the shell that created it")]
    ShapedElsewhere { subject: Subject },

    // --- long-term keys -----------------------------------------------------
    /// The text is not a long-term access key.
    #[error("that is not a long-term access key: {}", Shown(why))]
    BadKey { why: String },
    /// A store that cannot be for long-term keys.
    #[error("the `{}` store loses its keys at a reboot, so it cannot store a long-term key", Shown(store))]
    StoreForgets { store: String, choices: String, one: String },
    /// The index of the stored keys is not valid.
    #[error("`{}` line {line} is not as awsesame writes it", Shown(path))]
    KeyListBroken { path: String, line: usize },
    /// The file was written by a newer version.
    #[error("`{}` is of a newer version of awsesame", Shown(path))]
    NewerFile { path: String },
    /// A key that is not where the list says.
    #[error(
        "the `{}` store {} the key `{key}` of profile `{profile}`",
        Shown(store),
        if *damaged { "has something else under the name of" } else { "no longer has" }
    )]
    KeyLost { key: AccessKeyId, store: String, profile: ProfileName, damaged: bool },
    /// There are two secrets for one ID.
    #[error("the `{}` store has another secret for the key `{key}`", Shown(store))]
    KeyDiffers { key: AccessKeyId, store: String, profile: ProfileName },
    /// AWS's files contain more than one key.
    #[error("profile `{profile}` has several keys in AWS's files, and only one of them is used")]
    SeveralKeys { profile: ProfileName, path: String },
    /// AWS's files contain no key.
    #[error("profile `{profile}` has no long-term key in `{}` or `{}`", Shown(credentials), Shown(config))]
    NoKeyInFiles { profile: ProfileName, credentials: String, config: String },
    /// No store contains a key of the profile.
    #[error("profile `{profile}` has no key in a store")]
    NoKeyInStore { profile: ProfileName },
    /// Another program has written a file of AWS's meanwhile.
    #[error("another program changed `{}` meanwhile", Shown(path))]
    ChangedMeanwhile { path: String, then: String, profile: ProfileName },
    /// Only a person at a terminal may confirm this.
    #[error("{what} must be confirmed at a terminal, and awsesame cannot ask here")]
    NeedsTerminal { what: &'static str, then: String, profile: ProfileName },
    /// A confirmation that was not given.
    #[error("not confirmed, so {what}")]
    NotConfirmed { what: &'static str, then: String, profile: ProfileName },

    // --- devices and codes --------------------------------------------------
    /// The text is not a token code.
    #[error("that is not a token code: {}", Shown(why))]
    BadCode { why: String, profile: Option<ProfileName> },
    /// A code refused before it was sent: its step is spent.
    #[error("the current code of `{serial}` has been used already")]
    CodeSpent { serial: Serial, subject: Subject, wait: u64 },
    /// AWS refused the code.
    #[error("AWS refused the code of `{serial}`{}", reused_words(*reused))]
    CodeRefused { serial: Serial, subject: Subject, reused: bool, wait: u64 },
    /// AWS does not know the serial number for this user.
    #[error("AWS does not know `{serial}` as a device of this user")]
    WrongSerial { serial: Serial, subject: Subject },
    /// A device of another account than the key's.
    #[error("`{serial}` is a device of another account: the access key is of account {account}, as AWS says")]
    DeviceElsewhere { serial: Serial, account: AccountId, subject: Subject },
    /// The user has only devices that cannot give codes.
    #[error("`{serial}` is a FIDO device or passkey, which cannot give a code to the AWS API")]
    FidoOnly { serial: Serial },
    /// The user has no MFA device.
    #[error("{subject} has no MFA device: AWS lists none for its user")]
    NoDevice { subject: Subject },
    /// A device where one was to be enrolled.
    #[error("{subject} has an MFA device already: `{serial}`")]
    DeviceThere { serial: Serial, subject: Subject },
    /// The user has the maximum number of devices.
    #[error("the user of {subject} has {most} MFA devices, and AWS allows no more")]
    DeviceQuota { most: usize, subject: Subject },
    /// A device that is not the user's.
    #[error("`{serial}` is not an MFA device of the user of {subject}")]
    DeviceUnknown { serial: Serial, subject: Subject },
    /// The last device that gives codes.
    #[error("`{serial}` is the last device that gives codes to the user of {subject}")]
    LastDevice { serial: Serial, subject: Subject },
    /// AWS refused two consecutive codes.
    #[error("AWS does not accept these codes of `{serial}`")]
    PairRefused { serial: Serial, then: &'static str, subject: Subject },
    /// AWS refused to list the devices.
    #[error("{subject} has no `mfa_serial`, and AWS does not let this key list its devices")]
    DevicesUnknown { subject: Subject },
    /// There is no code source of that name.
    #[error("there is no code source called `{}`", Shown(name))]
    UnknownCodeSource { name: String, nearest: Option<&'static str> },
    /// A code source that lacks a setting.
    #[error("the code source `{name}` needs `{setting}` to be set")]
    CodeSourceUnset { name: &'static str, setting: &'static str, variable: &'static str },
    /// A code source that gave none.
    #[error("`{}` gave no code: {}", Shown(program), Shown(why))]
    NoCode { program: String, why: String, command: Vec<String> },
    /// No token is plugged in.
    #[error("no YubiKey is plugged in")]
    NoToken { subject: Subject },
    /// A hardware token without an account for the device.
    #[error("no account on the YubiKey is named after `{serial}`")]
    AccountMissing { serial: Serial },
    /// Several accounts match the device.
    #[error("several accounts on the YubiKey match `{serial}`: {}", Shown(accounts))]
    AccountUnclear { serial: Serial, accounts: String },
    /// The store contains no seed.
    #[error("the `{}` store has no seed of `{serial}`", Shown(store))]
    NoSeed { serial: Serial, store: String, subject: Subject },
    /// The text is not a valid seed.
    #[error("that is not a seed: {}", Shown(why))]
    BadSeed { why: String },
    /// A store that does not encrypt.
    #[error("the `{}` store is not encrypted, and awsesame never stores a seed unencrypted", Shown(store))]
    SeedInTheClear { store: String },
    /// The code source would ask a person, but a code without a person is required.
    #[error("the code source `{name}` asks a person, so there is no code to print")]
    CodesAreTyped { name: &'static str },
    /// The person pressed Ctrl-C or Ctrl-D at the question.
    #[error("no code was given for {subject}")]
    Cancelled { subject: Subject },
    /// The person closed the window or did not answer. Programs do not open it at every call.
    #[error("the window that asks for a code was closed {ago} s ago, so programs open no other for {wait} s")]
    Dismissed { subject: Subject, ago: i64, wait: i64 },
    /// The token has a password, and nobody may be asked for it.
    #[error("the OATH accounts of the YubiKey have a password, and awsesame may not ask for it here")]
    TokenLocked { subject: Subject },
    /// Nobody answered the prompt in time.
    #[error("nobody entered a code within {seconds} s")]
    PromptTimeout { subject: Subject, seconds: u64 },
    /// Another process asked, and the person gave up.
    #[error("the login in another shell (pid {pid}) ended without a session")]
    OtherGaveUp { subject: Subject, pid: u32 },
    /// Another login did not end within the limit.
    #[error("another login of {subject} has not ended within {seconds} s ({}{})", Shown(terminal), pid_of(*pid))]
    StillWaiting { subject: Subject, pid: Option<u32>, terminal: String, seconds: u64 },

    /// Another process of ours is changing the same files.
    #[error("another awsesame{} has locked `{}` for {seconds} s{}", in_parentheses(*pid), Shown(path), if *stopped { " and is suspended" } else { "" })]
    LockHeld { path: String, pid: Option<u32>, stopped: bool, seconds: u64 },

    // --- what AWS answers ---------------------------------------------------
    /// The clock is off.
    #[error("this machine's clock is {seconds} s {} AWS's", if *ahead { "ahead of" } else { "behind" })]
    ClockSkew { seconds: u64, ahead: bool },
    /// The clock is off, and nothing says by how much.
    #[error("this machine's clock differs from AWS's by more than 15 minutes")]
    ClockUnknown,
    /// The access key is unknown, inactive or deleted.
    #[error("AWS does not accept the access key `{key}`")]
    KeyRejected { key: AccessKeyId, subject: Subject },
    /// The secret half does not belong to the access key.
    #[error("the secret access key does not belong to `{key}`")]
    SecretRejected { key: AccessKeyId, subject: Subject },
    /// `GetSessionToken` was called with session credentials.
    #[error("{subject} called AWS with session credentials, but AWS gives sessions for long-term keys only")]
    SessionInherited { subject: Subject },
    /// AWS no longer accepts a session.
    #[error("AWS no longer accepts the session of {subject}")]
    SessionRejected { subject: Subject },
    /// An IAM call from a session without MFA.
    #[error("AWS refuses IAM calls from a session without MFA")]
    IamWithoutMfa { subject: Subject },
    /// A chained role asked for more than an hour.
    #[error("`{role}` is assumed with session credentials, so AWS allows 3600 s at most")]
    Chaining { role: RoleArn, subject: Subject },
    /// AWS does not accept the duration.
    #[error("AWS does not give sessions of {seconds} s here: {}", Shown(allowed))]
    DurationOutOfRange { seconds: u32, allowed: String, subject: Subject },
    /// AWS refused AssumeRole.
    #[error("`{role}` cannot be assumed: {}", Shown(why))]
    RoleDenied { role: RoleArn, why: String, subject: Subject },
    /// The tags or policies of a role session were refused.
    #[error("AWS refuses `{role}` with the tags and policies that are set: {}", Shown(why))]
    TermsRefused { role: RoleArn, why: String, subject: Subject },
    /// AWS refused another operation.
    #[error("AWS does not allow {operation}: {}", Shown(why))]
    Denied { operation: &'static str, why: String, subject: Subject },
    /// There is no container, or its variables are missing.
    #[error(
        "the environment does not name a container's credentials: AWS_CONTAINER_CREDENTIALS_FULL_URI is not set"
    )]
    NoContainer,
    /// A container's endpoint that is not asked.
    #[error("awsesame does not ask `{}` for credentials: {why}", Shown(url))]
    ContainerAddress { url: String, why: &'static str },
    /// The machine does not give what it was thought to have.
    #[error("`{}` ({source_name}) gave no credentials: {}", Shown(url), Shown(why))]
    MachineSilent { source_name: &'static str, url: String, why: String },
    /// An age of MFA where there is none.
    #[error("{subject} has the machine's own credentials ({source_name}), which have no MFA")]
    NoMfaHere { subject: Subject, source_name: &'static str },
    /// The endpoint cannot be reached.
    #[error("cannot reach `{}`: {}", Shown(endpoint), Shown(why))]
    NoNetwork { endpoint: String, why: String },
    /// The endpoint did not answer in time.
    #[error("`{}` did not answer within {seconds} s", Shown(endpoint))]
    Timeout { endpoint: String, seconds: u64 },
    /// The endpoint's certificate is not trusted.
    #[error("the certificate of `{}` is not trusted: {}", Shown(endpoint), Shown(why))]
    Tls { endpoint: String, why: String },
    /// The endpoint answers, but does not speak TLS.
    #[error("`{}` answers, but not with TLS", Shown(endpoint))]
    NoTls { endpoint: String },
    /// The file of `AWS_CA_BUNDLE` or `ca_bundle` is not usable.
    #[error("the CA bundle `{}` cannot be used: {}", Shown(path), Shown(why))]
    CaBundle { path: String, why: String },
    /// The proxy does not do its part.
    #[error("the proxy `{}` ({variable}) does not let awsesame through: {}", Shown(proxy), Shown(why))]
    Proxy { proxy: String, variable: &'static str, why: String },
    /// The proxy requires a login.
    #[error("the proxy `{}` ({variable}) asks for a user name and a password", Shown(proxy))]
    ProxyLogin { proxy: String, variable: &'static str },
    /// A server answers that is not AWS.
    #[error("`{}` answers, but it is not AWS: {}", Shown(endpoint), Shown(why))]
    NotAws { endpoint: String, why: String },
    /// AWS throttles the requests.
    #[error("AWS is throttling {operation}")]
    Throttled { operation: &'static str },
    /// Any other refusal by AWS.
    #[error("AWS answered {operation} with {}: {}", Shown(code), Shown(why))]
    Aws { operation: &'static str, code: String, why: String },

    // --- sessions and stores ------------------------------------------------
    /// Nothing to serve, and nobody to ask.
    #[error("{subject} {reason}")]
    LoginNeeded { subject: Subject, reason: NoSession },
    /// The session is of another account than the project expects.
    #[error("{subject} belongs to account {actual}, but this project expects {expected}")]
    PinnedAccount { subject: Subject, expected: AccountId, actual: AccountId },
    /// The session is of another role than the project expects.
    #[error("{subject} uses {}, but this project expects role `{}`", role_words(actual.as_deref()), Shown(expected))]
    PinnedRole { subject: Subject, expected: String, actual: Option<String> },
    /// The kernel keyring may not be used here, for example in a container.
    #[error("the kernel keyring is forbidden here ({}), as it is in most containers", Shown(why))]
    KeyringForbidden { why: String },
    /// The kernel keyring's quota is used up.
    #[error("the kernel keyring is full: the quota of this user is used up")]
    KeyringFull,
    /// This system has no kernel keyring.
    #[error("this system has no kernel keyring")]
    KeyringAbsent,
    /// There is no store of that name.
    #[error("there is no store called `{}`", Shown(name))]
    UnknownStore { name: String, nearest: Option<String> },
    /// The store is locked, and nobody may be asked to unlock it.
    #[error("the {store} store is locked: {}", Shown(why))]
    StoreLocked { store: &'static str, why: String },
    /// A desktop's store without a keyring to put anything into. To unlock it would find nothing.
    #[error("the {store} store has no keyring yet: {}", Shown(why))]
    NoKeyring { store: &'static str, why: String },
    /// A store of another system.
    #[error("the {store} store exists on {system} only")]
    StoreElsewhere { store: &'static str, system: &'static str, here: &'static str },
    /// There is no session bus for the Secret Service.
    #[error("the secret-service store needs a D-Bus session, and there is none: {}", Shown(why))]
    BusAbsent { why: String },
    /// There is a session bus, but no secret service on it.
    #[error("no program on this D-Bus session stores secrets (`org.freedesktop.secrets`): {}", Shown(why))]
    KeeperAbsent { why: String },
    /// A store that lacks a setting.
    #[error("the {store} store needs `{setting}` to be set")]
    StoreUnset { store: &'static str, setting: &'static str, variable: &'static str },
    /// The program of the store failed.
    #[error("the {store} store does not answer: {}", Shown(why))]
    StoreFailed { store: &'static str, why: String, look: &'static str },
    /// A store that keeps something under our name that is not ours.
    #[error("the data key in the {store} store is not awsesame's: {}", Shown(why))]
    StoreGarbage { store: &'static str, why: String },
    /// A store that answers, but not with what it should.
    #[error("the {store} store cannot be used: {}", Shown(why))]
    StoreBroken { store: &'static str, why: String },

    // --- areas with a file of their own ------------------------------------
    /// A fault of an audit.
    #[error(transparent)]
    Audit(#[from] AuditFault),
    /// A fault of the broker.
    #[error(transparent)]
    Broker(#[from] BrokerFault),
    /// A fault of the web console.
    #[error(transparent)]
    Console(#[from] ConsoleFault),
    /// A fault of policies, or of the proof that they enforce MFA.
    #[error(transparent)]
    Policy(#[from] PolicyFault),
    /// The rotation of a key.
    #[error(transparent)]
    Rotate(#[from] RotateFault),
    /// A fault of a sign-in by browser.
    #[error(transparent)]
    Signin(#[from] SigninFault),
    /// A fault of credentials that need no person.
    #[error(transparent)]
    Source(#[from] SourceFault),

    /// The data key in the store did not seal the sessions, and other users could have written it.
    #[error(
        "the data key in the {store} store is not the one that sealed your sessions: somebody has replaced it"
    )]
    StoreKeyReplaced { store: &'static str },

    // --- files and the machine ----------------------------------------------
    /// Neither `HOME` nor a variable that replaces it.
    #[error("HOME is not set and this user has no home, so there is no folder for {what}")]
    NoHome { what: &'static str, variable: &'static str },
    /// The path of the home folder is relative.
    #[error("HOME is `{}`, which is not an absolute path", Shown(home))]
    RelativeHome { home: String },
    /// Other users can read or write the file.
    #[error("`{}` is open to other users (mode {mode:o})", Shown(path))]
    TooOpen { path: String, mode: u32 },
    /// A file that is something else: a link, a folder, a pipe.
    #[error("`{}` is {what}, not a plain file", Shown(path))]
    NotAFile { path: String, what: &'static str },
    /// The path is not a folder.
    #[error("`{}` is not a folder", Shown(path))]
    NotAFolder { path: String },
    /// A symbolic link is where one of our folders should be.
    #[error("`{}` is a symbolic link, not awsesame's own folder", Shown(path))]
    LinkedFolder { path: String },
    /// A folder on the way to a file of ours in which others could put anything in its place.
    #[error("other users can write to the folder `{}` (mode {mode:o})", Shown(path))]
    OpenFolder { path: String, mode: u32 },
    /// A `HOME` that root must not use.
    #[error("you are root, and HOME is `{}`, which belongs to another user (uid {uid})", Shown(home))]
    ForeignHome { home: String, uid: u32 },
    /// The file belongs to another user.
    #[error("`{}` belongs to another user (uid {uid})", Shown(path))]
    NotOurs { path: String, uid: u32 },
    /// A file that cannot be read.
    #[error("cannot read `{}`: {}", Shown(path), Shown(why))]
    Unreadable { path: String, why: String },
    /// A file that cannot be written.
    #[error("cannot write `{}`: {}", Shown(path), Shown(why))]
    Unwritable { path: String, why: String, cause: WriteCause, folder: String },
    /// A folder in which no session can be kept, tried before a code was sent.
    #[error("`{}` cannot store a session: {}", Shown(path), Shown(why))]
    PlaceUnfit { path: String, why: String, instead: Option<String>, subject: Subject },
    /// stdout does not accept the output.
    #[error("the output cannot be written: {}", Shown(why))]
    Output { why: String },
    /// A limit of this process that is used up.
    #[error("awsesame needs more {}", resource.words(*most))]
    LimitReached { resource: Resource, most: Option<u64> },
    /// A program that cannot be started.
    #[error("cannot run `{}`: {}", Shown(program), Shown(why))]
    CannotRun { program: String, why: String, missing: bool },
    /// An outside program that did not end.
    #[error("`{}` did not end within {seconds} s", Shown(program))]
    ProgramHung { program: String, seconds: u64, command: Vec<String> },
    /// An outside program that does not do what it is there for.
    #[error("`{}` {}", Shown(program), Shown(why))]
    ProgramFailed { program: String, why: String, command: Vec<String> },
    /// A delivery by a generated profile that needs one to begin with.
    #[error("`--via process` needs a profile, and none is named")]
    ProcessNeedsProfile,
    /// A setting in the environment or on the command line that means nothing.
    #[error("`{}` is not a value for {setting}: expected {}", Shown(value), Shown(expected))]
    BadValue { setting: &'static str, value: String, expected: String },
    /// A field of `status --format` that there is not.
    #[error("there is no field `{}`", Shown(field))]
    UnknownField { field: String, nearest: Option<&'static str> },
    /// A state that should be impossible.
    #[error("awsesame has a bug: {}", Shown(what))]
    Bug { what: String },
}

/// The reason in the message if stdout is closed.
pub const CLOSED: &str = "stdout is closed";

fn reused_words(reused: bool) -> &'static str {
    if reused { ": it looks like the one used a moment ago" } else { "" }
}

fn role_words(actual: Option<&str>) -> String {
    actual.map_or_else(|| "no role".to_owned(), |role| format!("role `{}`", Shown(role)))
}

impl Fault {
    /// Returns true if the fault is the result of a check, which itself has succeeded.
    pub fn is_finding(&self) -> bool {
        match self {
            Self::Audit(fault) => matches!(fault, AuditFault::Found { .. }),
            Self::Policy(fault) => {
                !matches!(fault, PolicyFault::NeedsTerminal { .. } | PolicyFault::Broken { .. })
            }
            _ => false,
        }
    }
}
