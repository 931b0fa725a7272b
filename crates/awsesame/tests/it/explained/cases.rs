//! The environments in which the clients run. The keys in them belong to no user.

/// One environment with its files.
pub(super) struct Case {
    pub(super) name: &'static str,
    /// The profile that is set on the client itself.
    pub(super) asked: Option<&'static str>,
    pub(super) variables: &'static [(&'static str, &'static str)],
    pub(super) config: &'static str,
    pub(super) credentials: &'static str,
    /// True if a role is assumed. Debian's AWS CLI does that only at AWS itself.
    pub(super) role: bool,
    /// True if the AWS CLI and boto3 ask a person for a code, and none is there.
    pub(super) asks: bool,
}

const PLAIN: Case =
    Case { name: "", asked: None, variables: &[], config: "", credentials: "", role: false, asks: false };

const ENV: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT00000"), ("AWS_SECRET_ACCESS_KEY", "nobody-knows")];
const FILES: &str = "\
[default]
aws_access_key_id = AKIADEFAULT000000000
aws_secret_access_key = nobody-knows
[dev]
aws_access_key_id = AKIADEV0000000000000
aws_secret_access_key = nobody-knows
";
const PROCESSES: &str = "\
[default]
credential_process = {PROCESS}
[profile asks]
credential_process = {PROCESS}
[profile both]
aws_access_key_id = AKIABOTH000000000000
aws_secret_access_key = nobody-knows
credential_process = {PROCESS}
";
const THERE: &str = "\
[default]
aws_access_key_id = AKIADEFAULT000000000
aws_secret_access_key = nobody-knows
credential_process = {PROCESS}
";
const ROLES: &str = "\
[profile ops]
role_arn = arn:aws:iam::123456789012:role/ops
source_profile = dev
[profile own]
role_arn = arn:aws:iam::123456789012:role/own
source_profile = own
aws_access_key_id = AKIAOWN0000000000000
aws_secret_access_key = nobody-knows
[profile alone]
role_arn = arn:aws:iam::123456789012:role/alone
aws_access_key_id = AKIAALONE00000000000
aws_secret_access_key = nobody-knows
[profile lost]
role_arn = arn:aws:iam::123456789012:role/lost
source_profile = gone
[profile round]
role_arn = arn:aws:iam::123456789012:role/round
source_profile = trip
[profile trip]
role_arn = arn:aws:iam::123456789012:role/trip
source_profile = round
[profile named]
role_arn = arn:aws:iam::123456789012:role/named
credential_source = Environment
";

const STRAY: &str = "\
[default]
aws_access_key_id = AKIADEFAULT000000000
aws_secret_access_key = nobody-knows
[other]
this is no setting
";
const COLONS: &str = "\
[default]
aws_access_key_id: AKIADEFAULT000000000
aws_secret_access_key: nobody-knows
";
const BOTH_DEFAULTS: &str = "\
[profile default]
aws_access_key_id = AKIAFIRST00000000000
aws_secret_access_key = nobody-knows
[default]
aws_access_key_id = AKIASECOND0000000000
aws_secret_access_key = nobody-knows
";
const BOTH_DEFAULTS_TURNED: &str = "\
[default]
aws_access_key_id = AKIASECOND0000000000
aws_secret_access_key = nobody-knows
[profile default]
aws_access_key_id = AKIAFIRST00000000000
aws_secret_access_key = nobody-knows
";
const CONFIG_KEYS: &str = "\
[profile dev]
aws_access_key_id = AKIACONFIG0000000000
aws_secret_access_key = nobody-knows
[dev]
aws_access_key_id = AKIAHEAD000000000000
aws_secret_access_key = nobody-knows
[profile \"two words\"]
aws_access_key_id = AKIAWORDS00000000000
aws_secret_access_key = nobody-knows
[profile 'quoted']
aws_access_key_id = AKIAQUOTED0000000000
aws_secret_access_key = nobody-knows
[ profile spaced ]
aws_access_key_id = AKIASPACED0000000000
aws_secret_access_key = nobody-knows
[profile\ttabbed]
aws_access_key_id = AKIATABBED0000000000
aws_secret_access_key = nobody-knows
[profile  doubled]
aws_access_key_id = AKIADOUBLED000000000
aws_secret_access_key = nobody-knows
[profile UPPER]
AWS_ACCESS_KEY_ID = AKIAUPPER00000000000
AWS_SECRET_ACCESS_KEY = nobody-knows
[profile half]
aws_access_key_id = AKIAHALF000000000000
[profile a@b+c.d]
aws_access_key_id = AKIASIGNS00000000000
aws_secret_access_key = nobody-knows
[profile empty-role]
role_arn =
aws_access_key_id = AKIAROLELESS00000000
aws_secret_access_key = nobody-knows
[profile empty-process]
credential_process =
aws_access_key_id = AKIAPROCLESS00000000
aws_secret_access_key = nobody-knows
";
const MORE_ROLES: &str = "\
[profile wants-mfa]
role_arn = arn:aws:iam::123456789012:role/mfa
source_profile = dev
mfa_serial = arn:aws:iam::123456789012:mfa/alice
[profile two-sources]
role_arn = arn:aws:iam::123456789012:role/two
source_profile = dev
credential_source = Environment
[profile no-arn]
source_profile = dev
[profile with-keys]
role_arn = arn:aws:iam::123456789012:role/keys
source_profile = dev
aws_access_key_id = AKIAWITHKEYS00000000
aws_secret_access_key = nobody-knows
";

/// A profile of these files that a variable names.
const fn named(name: &'static str, variables: &'static [(&'static str, &'static str)]) -> Case {
    Case { name, variables, config: CONFIG_KEYS, credentials: "", ..PLAIN }
}

pub(super) const CASES: &[Case] = &[
    Case { name: "a colon between name and value", credentials: COLONS, ..PLAIN },
    Case { name: "a stray line in another profile", credentials: STRAY, ..PLAIN },
    Case { name: "a default with and without its prefix", config: BOTH_DEFAULTS, ..PLAIN },
    Case { name: "the same in the other order", config: BOTH_DEFAULTS_TURNED, ..PLAIN },
    Case {
        name: "keys in both files",
        variables: &[("AWS_PROFILE", "dev")],
        config: CONFIG_KEYS,
        credentials: FILES,
        ..PLAIN
    },
    named("a head without its prefix beside one with it", &[("AWS_PROFILE", "dev")]),
    named("a name of two words in quotes", &[("AWS_PROFILE", "two words")]),
    named("a name in quotes", &[("AWS_PROFILE", "quoted")]),
    named("blanks around a head", &[("AWS_PROFILE", "spaced")]),
    named("a tab in a head", &[("AWS_PROFILE", "tabbed")]),
    named("two blanks in a head", &[("AWS_PROFILE", "doubled")]),
    Case {
        name: "indented settings",
        config: "[default]\n  aws_access_key_id = AKIADEFAULT000000000\n  aws_secret_access_key = nobody\n",
        ..PLAIN
    },
    Case {
        name: "settings that are indented below another",
        config: "[default]\noutput = json\n  aws_access_key_id = AKIADEFAULT000000000\n  aws_secret_access_key = nobody\n",
        ..PLAIN
    },
    Case {
        name: "a hash in a name",
        variables: &[("AWS_PROFILE", "x#y")],
        config: "[profile x#y]\naws_access_key_id = AKIAHASH000000000000\naws_secret_access_key = nobody\n",
        ..PLAIN
    },
    Case {
        name: "a hash in the name of another profile",
        config: "[default]\naws_access_key_id = AKIADEFAULT000000000\naws_secret_access_key = nobody\n[profile x#y]\n",
        ..PLAIN
    },
    Case {
        name: "an indented comment below a head",
        config: "[default]\n  # mine\naws_access_key_id = AKIADEFAULT000000000\naws_secret_access_key = nobody\n",
        ..PLAIN
    },
    Case {
        name: "an indented comment below a setting",
        config: "[default]\naws_access_key_id = AKIADEFAULT000000000\n  # mine\naws_secret_access_key = nobody\n",
        ..PLAIN
    },
    Case {
        name: "a comment behind a head",
        config: "[default] # mine\naws_access_key_id = AKIADEFAULT000000000\naws_secret_access_key = nobody\n",
        ..PLAIN
    },
    named("settings in capitals", &[("AWS_PROFILE", "UPPER")]),
    named("half a key in a profile", &[("AWS_PROFILE", "half")]),
    named("signs in a name", &[("AWS_PROFILE", "a@b+c.d")]),
    named("an empty role", &[("AWS_PROFILE", "empty-role")]),
    named("an empty process", &[("AWS_PROFILE", "empty-process")]),
    Case {
        name: "half a key in a profile, and an endpoint",
        variables: &[("AWS_PROFILE", "half"), ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "{CONTAINER}")],
        config: CONFIG_KEYS,
        ..PLAIN
    },
    Case {
        name: "a head with the prefix in the credentials file",
        variables: &[("AWS_PROFILE", "dev")],
        credentials: CONFIG_KEYS,
        ..PLAIN
    },
    Case {
        name: "lines that end as in Windows",
        credentials: "[default]\r\naws_access_key_id = AKIADEFAULT000000000\r\naws_secret_access_key = nobody\r\n",
        ..PLAIN
    },
    Case {
        name: "a byte order mark",
        credentials: "\u{feff}[default]\naws_access_key_id = AKIADEFAULT000000000\naws_secret_access_key = nobody\n",
        ..PLAIN
    },
    Case {
        name: "a profile twice in a file",
        credentials: "[default]\naws_access_key_id = AKIADEFAULT000000000\n[default]\naws_secret_access_key = nobody\n",
        ..PLAIN
    },
    Case {
        name: "a comment behind a secret",
        credentials: "[default]\naws_access_key_id = AKIADEFAULT000000000\naws_secret_access_key = nobody # mine\n",
        ..PLAIN
    },
    Case {
        name: "a token alone in the environment",
        variables: &[("AWS_SESSION_TOKEN", "t")],
        credentials: FILES,
        ..PLAIN
    },
    Case {
        name: "a role that wants MFA",
        asks: true,
        variables: &[("AWS_PROFILE", "wants-mfa")],
        config: MORE_ROLES,
        credentials: FILES,
        role: true,
        ..PLAIN
    },
    Case {
        name: "a role with two sources",
        variables: &[("AWS_PROFILE", "two-sources")],
        config: MORE_ROLES,
        credentials: FILES,
        role: true,
        ..PLAIN
    },
    Case {
        name: "a source without a role",
        variables: &[("AWS_PROFILE", "no-arn")],
        config: MORE_ROLES,
        credentials: FILES,
        role: true,
        ..PLAIN
    },
    Case {
        name: "a role beside keys",
        variables: &[("AWS_PROFILE", "with-keys")],
        config: MORE_ROLES,
        credentials: FILES,
        role: true,
        ..PLAIN
    },
    Case { name: "the default profile", credentials: FILES, ..PLAIN },
    Case {
        name: "a profile by its variable",
        variables: &[("AWS_PROFILE", "dev")],
        credentials: FILES,
        ..PLAIN
    },
    Case {
        name: "a profile by the older variable",
        variables: &[("AWS_DEFAULT_PROFILE", "dev")],
        credentials: FILES,
        ..PLAIN
    },
    Case {
        name: "both variables",
        variables: &[("AWS_PROFILE", "dev"), ("AWS_DEFAULT_PROFILE", "default")],
        credentials: FILES,
        ..PLAIN
    },
    Case { name: "keys in the environment", variables: &ENV, credentials: FILES, ..PLAIN },
    Case {
        name: "keys and a profile",
        variables: &[ENV[0], ENV[1], ("AWS_PROFILE", "dev")],
        credentials: FILES,
        ..PLAIN
    },
    Case {
        name: "keys and the older variable",
        variables: &[ENV[0], ENV[1], ("AWS_DEFAULT_PROFILE", "dev")],
        credentials: FILES,
        ..PLAIN
    },
    Case {
        name: "keys and a profile by hand",
        asked: Some("dev"),
        variables: &ENV,
        credentials: FILES,
        ..PLAIN
    },
    Case {
        name: "keys and a profile that is nowhere",
        variables: &[ENV[0], ENV[1], ("AWS_PROFILE", "gone")],
        credentials: FILES,
        ..PLAIN
    },
    Case { name: "half a key", variables: &[ENV[0]], credentials: FILES, ..PLAIN },
    Case { name: "an empty profile", variables: &[("AWS_PROFILE", "")], credentials: FILES, ..PLAIN },
    Case { name: "empty keys", variables: &[("AWS_ACCESS_KEY_ID", "")], credentials: FILES, ..PLAIN },
    Case { name: "a process beside keys", config: PROCESSES, credentials: FILES, ..PLAIN },
    Case { name: "a process alone", variables: &[("AWS_PROFILE", "asks")], config: PROCESSES, ..PLAIN },
    Case {
        name: "a process alone, and the older SDKs read it too",
        variables: &[("AWS_PROFILE", "asks"), ("AWS_SDK_LOAD_CONFIG", "1")],
        config: PROCESSES,
        ..PLAIN
    },
    Case {
        name: "the older variable, and the older SDKs read the config file",
        variables: &[("AWS_DEFAULT_PROFILE", "asks"), ("AWS_SDK_LOAD_CONFIG", "1")],
        config: PROCESSES,
        credentials: FILES,
        ..PLAIN
    },
    Case {
        name: "a process and keys in one file",
        variables: &[("AWS_PROFILE", "both")],
        config: PROCESSES,
        ..PLAIN
    },
    Case {
        name: "an endpoint alone",
        variables: &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "{CONTAINER}")],
        ..PLAIN
    },
    Case {
        name: "an endpoint beside a default profile",
        variables: &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "{CONTAINER}")],
        credentials: FILES,
        ..PLAIN
    },
    Case {
        name: "an endpoint beside keys",
        variables: &[ENV[0], ENV[1], ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "{CONTAINER}")],
        ..PLAIN
    },
    Case {
        name: "an endpoint and a profile that is nowhere",
        variables: &[("AWS_PROFILE", "gone"), ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "{CONTAINER}")],
        credentials: FILES,
        ..PLAIN
    },
    Case {
        name: "an endpoint and an empty profile",
        variables: &[("AWS_PROFILE", ""), ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "{CONTAINER}")],
        credentials: FILES,
        ..PLAIN
    },
    Case {
        name: "keys by their older names",
        variables: &[("AWS_ACCESS_KEY", "AKIAENVIRONMENT00000"), ("AWS_SECRET_KEY", "nobody-knows")],
        credentials: FILES,
        ..PLAIN
    },
    Case { name: "a process in the credentials file", credentials: THERE, ..PLAIN },
    Case { name: "nothing at all", ..PLAIN },
    Case {
        name: "a role",
        variables: &[("AWS_PROFILE", "ops")],
        config: ROLES,
        credentials: FILES,
        role: true,
        ..PLAIN
    },
    Case {
        name: "a role of its own keys",
        variables: &[("AWS_PROFILE", "own")],
        config: ROLES,
        role: true,
        ..PLAIN
    },
    Case {
        name: "a role without a source",
        variables: &[("AWS_PROFILE", "alone")],
        config: ROLES,
        role: true,
        ..PLAIN
    },
    Case {
        name: "a role with a lost source",
        variables: &[("AWS_PROFILE", "lost")],
        config: ROLES,
        role: true,
        ..PLAIN
    },
    Case {
        name: "roles in a circle",
        variables: &[("AWS_PROFILE", "round")],
        config: ROLES,
        role: true,
        ..PLAIN
    },
    Case {
        name: "a role on the environment's keys, by hand",
        asked: Some("named"),
        variables: &ENV,
        config: ROLES,
        role: true,
        ..PLAIN
    },
    Case {
        name: "a role on keys that are not there",
        variables: &[("AWS_PROFILE", "named")],
        config: ROLES,
        role: true,
        ..PLAIN
    },
];
