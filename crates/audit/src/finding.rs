//! Defines the kinds of findings, each with its severity, its wording and its remedy. The module `judge` decides when
//! there is a finding.

use awsesame_core::name::Typed;

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Anybody who has the key or password can take over the account.
    Critical,
    /// A stolen key or password is enough.
    High,
    /// A risk that grows with time.
    Medium,
    /// The finding should be cleaned up.
    Low,
}

impl Severity {
    /// All of them, worst first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// Returns the severity as one word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// The kind of a finding. The order is that of the tables, within one severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The root user has an active access key.
    RootKey,
    /// The root user does not have an MFA device.
    RootWithoutMfa,
    /// The console requires MFA, but a key of the same user works without MFA.
    ConsoleOnly,
    /// A key works without MFA, and the user has no MFA on the console either.
    KeyWithoutMfa,
    /// A key that works without MFA was used recently.
    UsedWithoutMfa,
    /// A password is sufficient without MFA.
    PasswordWithoutMfa,
    /// Anybody who has the key can enroll a device without MFA.
    OpenEnrollment,
    /// It is unknown whether a key works without MFA, because that depends on facts that only AWS has.
    Unsure,
    /// A user with keys and without a device.
    NoDevice,
    /// A user has keys, but no device that gives codes.
    SecurityKeyOnly,
    /// A key was never used.
    NeverUsed,
    /// A key was not used for a long time.
    Unused,
    /// A key that is to be rotated.
    Old,
    /// A password was not used for a long time.
    PasswordUnused,
    /// The user has two active keys.
    TwoKeys,
    /// A key that does not work, but could again.
    Inactive,
}

impl Kind {
    /// All kinds of findings.
    pub const ALL: [Self; 16] = [
        Self::RootKey,
        Self::RootWithoutMfa,
        Self::ConsoleOnly,
        Self::KeyWithoutMfa,
        Self::UsedWithoutMfa,
        Self::PasswordWithoutMfa,
        Self::OpenEnrollment,
        Self::Unsure,
        Self::NoDevice,
        Self::SecurityKeyOnly,
        Self::NeverUsed,
        Self::Unused,
        Self::Old,
        Self::PasswordUnused,
        Self::TwoKeys,
        Self::Inactive,
    ];

    /// Returns the name of the kind for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::RootKey => "root_key",
            Self::RootWithoutMfa => "root_without_mfa",
            Self::ConsoleOnly => "console_only_mfa",
            Self::KeyWithoutMfa => "key_without_mfa",
            Self::UsedWithoutMfa => "used_without_mfa",
            Self::PasswordWithoutMfa => "password_without_mfa",
            Self::OpenEnrollment => "open_enrollment",
            Self::Unsure => "unsure",
            Self::NoDevice => "no_device",
            Self::SecurityKeyOnly => "security_key_only",
            Self::NeverUsed => "key_never_used",
            Self::Unused => "key_unused",
            Self::Old => "key_old",
            Self::PasswordUnused => "password_unused",
            Self::TwoKeys => "two_keys",
            Self::Inactive => "key_inactive",
        }
    }

    /// Returns a few words for a table.
    pub const fn title(self) -> &'static str {
        match self {
            Self::RootKey => "root has an access key",
            Self::RootWithoutMfa => "root without MFA",
            Self::ConsoleOnly => "MFA on the console only",
            Self::KeyWithoutMfa => "key works without MFA",
            Self::UsedWithoutMfa => "in use without MFA",
            Self::PasswordWithoutMfa => "password without MFA",
            Self::OpenEnrollment => "enrollment without MFA",
            Self::Unsure => "MFA perhaps not enforced",
            Self::NoDevice => "no MFA device",
            Self::SecurityKeyOnly => "security key only",
            Self::NeverUsed => "key never used",
            Self::Unused => "key unused",
            Self::Old => "key is old",
            Self::PasswordUnused => "password unused",
            Self::TwoKeys => "two active keys",
            Self::Inactive => "inactive key",
        }
    }

    /// Returns the meaning of the finding, in a sentence or two.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::RootKey => {
                "A key of root may do everything, and no policy of the account can require MFA for it."
            }
            Self::RootWithoutMfa => {
                "Anybody who learns the password of root, or reads its mail, has the account."
            }
            Self::ConsoleOnly => {
                "The console asks for a code, the command line does not: anybody who copies the access key from a \
                 laptop, a backup or a repository needs no device."
            }
            Self::KeyWithoutMfa => "Anybody who copies the access key can use it from anywhere, at once.",
            Self::UsedWithoutMfa => {
                "The key is in use, and no policy requires a code. Enforcing MFA stops it, so let its user change \
                 over first; a program without a person needs a role instead of a key."
            }
            Self::PasswordWithoutMfa => {
                "The console lets in anybody who has the password, and with `aws login` the same works for the command line."
            }
            Self::OpenEnrollment => {
                "Nothing else works without MFA, but anybody who copies the access key can enroll a device, and has MFA."
            }
            Self::Unsure => {
                "The policies depend on something that cannot be known offline, such as an address or a tag."
            }
            Self::NoDevice => {
                "When MFA is enforced, this user is locked out; until then only the key protects the user's permissions."
            }
            Self::SecurityKeyOnly => {
                "A security key or passkey works at the console, but gives no codes for the command line: where MFA is \
                 enforced, its user cannot use the access key."
            }
            Self::NeverUsed => "Nobody uses it, and nobody would notice if it were stolen.",
            Self::Unused => "Nobody would notice if it were stolen.",
            Self::Old => "The older a key is, the more copies of it exist.",
            Self::PasswordUnused => "Nobody would notice if it were guessed.",
            Self::TwoKeys => "The second key is for the minutes of a rotation; after that it is only a risk.",
            Self::Inactive => "One call makes it active again.",
        }
    }

    /// Returns the remedy for the finding, in words.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::RootKey => {
                "Sign in as root and delete the key under Security credentials; for a member of an organization \
                 its management account can do that."
            }
            Self::RootWithoutMfa => "Sign in as root and assign a device under Security credentials.",
            Self::ConsoleOnly | Self::KeyWithoutMfa | Self::UsedWithoutMfa => {
                "Attach a policy that enforces MFA. Then `awsesame policy probe` proves it."
            }
            Self::OpenEnrollment => {
                "When the user has a device, allow another only with MFA: attach the policy `self-service`."
            }
            Self::PasswordWithoutMfa => "Let the user enroll a device.",
            Self::NoDevice => "Let the user enroll a device; a program gets a role instead of its key.",
            Self::SecurityKeyOnly => {
                "Let a user who has a console password sign in by browser, where the security key works: awsesame login \
                 --web. Others enroll an authenticator app as well."
            }
            Self::Unsure => "Look at the verdict on each action, or ask AWS itself: awsesame policy probe.",
            Self::NeverUsed | Self::Unused => {
                "Make the key inactive, and delete it if nobody misses it for a while."
            }
            Self::Old => "Let its user rotate the key.",
            Self::PasswordUnused => "Delete the password.",
            Self::TwoKeys => "Find out which of them is used, and delete the other.",
            Self::Inactive => "Delete it.",
        }
    }

    /// Returns the command that corrects it or is the first step. Returns None if it needs a browser.
    pub(super) fn command(self, user: &str) -> Option<String> {
        let name = Typed(user);
        match self {
            Self::RootKey | Self::RootWithoutMfa => None,
            Self::ConsoleOnly | Self::KeyWithoutMfa | Self::UsedWithoutMfa | Self::OpenEnrollment => {
                Some(format!("awsesame policy attach --user {name}"))
            }
            Self::PasswordWithoutMfa | Self::NoDevice => Some("awsesame mfa enroll".to_owned()),
            Self::SecurityKeyOnly => Some("awsesame mfa enroll --another".to_owned()),
            Self::Unsure => Some(format!("awsesame policy check --user {name}")),
            Self::NeverUsed | Self::Unused | Self::TwoKeys | Self::Inactive => {
                Some(format!("aws iam list-access-keys --user-name {name}"))
            }
            Self::Old => Some("awsesame keys rotate".to_owned()),
            Self::PasswordUnused => Some(format!("aws iam delete-login-profile --user-name {name}")),
        }
    }
}

/// One problem of one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The severity of the finding.
    pub severity: Severity,
    /// The kind of the finding.
    pub kind: Kind,
    /// The key it is about, by its number.
    pub key: Option<u8>,
    /// The observation, in words.
    pub detail: String,
    /// The command that corrects it, or that is the first step.
    pub command: Option<String>,
}
