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
}

const PLAIN: Case = Case { name: "", asked: None, variables: &[], config: "", credentials: "", role: false };

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

pub(super) const CASES: &[Case] = &[
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
