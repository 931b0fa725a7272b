//! The only reader of the environment and the paths, and the access to the clock. The only decision here is which
//! variable takes precedence.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use awsesame_core::fault::Fault;
use awsesame_core::name::secret::Secret;
use awsesame_core::name::{AccessKeyId, ProfileName, Subject};
use awsesame_core::plan::EnvironmentFacts;
use awsesame_core::session::exported::Exported;
use awsesame_core::session::pin::Pin;
use awsesame_core::session::selection;
use awsesame_core::session::{FileStamp, Header, Inputs, short_id};

use crate::os::aws_files::stamp;
use crate::os::clock::Clock;
use crate::os::environment::Environment;
use crate::os::folders::Folders;

/// The environment of the process, as a value, so that a function that reads it has it among its arguments.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    environment: &'static Environment,
    clock: Clock,
}

impl Context {
    /// Creates a context from these variables and this clock.
    pub fn of(environment: &'static Environment, clock: Clock) -> Self {
        Self { environment, clock }
    }

    /// Creates the context of this process. Each program calls this once, and so do its tests.
    pub fn of_process() -> Self {
        Self::of(Environment::of_process(), Clock::System)
    }

    /// Returns a variable. An empty one counts as not set.
    pub fn var(self, name: &str) -> Option<String> {
        self.raw_var(name).filter(|value| !value.is_empty())
    }

    /// Returns a variable as other programs see it, even if it is empty.
    pub fn raw_var(self, name: &str) -> Option<String> {
        self.environment.raw(name).map(|value| value.to_string_lossy().into_owned())
    }

    /// Returns the variables of the process.
    pub fn environment(self) -> &'static Environment {
        self.environment
    }

    /// Returns the folders that the variables name.
    pub fn folders(self) -> Folders {
        Folders::of(self.environment)
    }

    /// Returns the time in Unix seconds.
    pub fn now(self) -> i64 {
        self.clock.now()
    }

    /// Returns true if there is a desktop to show a window on.
    pub fn has_desktop(self) -> bool {
        cfg!(target_os = "macos") || self.var("WAYLAND_DISPLAY").or_else(|| self.var("DISPLAY")).is_some()
    }

    /// Returns true if a program of this name is in the PATH.
    pub fn has_program(self, name: &str) -> bool {
        self.program(name).is_some()
    }

    /// Returns the program of this name that a shell finds first.
    pub fn program(self, name: &str) -> Option<PathBuf> {
        self.programs(name).into_iter().next()
    }

    /// Returns every program of this name in the PATH, each once.
    pub fn programs(self, name: &str) -> Vec<PathBuf> {
        use std::os::unix::fs::PermissionsExt;
        let path = self.environment.raw("PATH").unwrap_or_default();
        let mut found: Vec<(PathBuf, PathBuf)> = Vec::new();
        for file in std::env::split_paths(path).map(|folder| folder.join(name)) {
            let runs = |about: std::fs::Metadata| about.is_file() && about.permissions().mode() & 0o111 != 0;
            // Two names of one file are one program.
            if let (Ok(true), Ok(real)) = (file.metadata().map(runs), file.canonicalize())
                && !found.iter().any(|(_, known)| *known == real)
            {
                found.push((file, real));
            }
        }
        found.into_iter().map(|(file, _)| file).collect()
    }

    /// Returns the names of all variables, in order.
    pub fn variable_names(self) -> Vec<String> {
        let variables = self.environment.all();
        let mut names: Vec<String> = variables.filter_map(|(name, _)| name.into_string().ok()).collect();
        names.sort();
        names
    }

    /// Returns a variable that the user has set. A variable that our last export has set counts as not set.
    pub fn users_var(self, name: &str) -> Option<String> {
        self.exported().users(name, |name| self.var(name))
    }

    /// Returns the variables that our last export set here.
    pub(super) fn exported(self) -> Exported {
        Exported::read(|name| self.var(name))
    }

    /// Returns the profile that the user named: by a flag, or else by the first variable that is set.
    pub fn named_profile(self, flag: Option<&str>) -> Option<ProfileName> {
        selection::profile(flag, |name| self.var(name))
    }

    /// Returns the profile or key that a command is about, as far as that is known without reading a file.
    pub fn subject(self, flag: Option<&str>) -> Subject {
        selection::subject(flag, |name| self.var(name))
    }

    /// Returns the pin of the project: that of the flags, or else the one that `use awsesame` exported.
    pub fn pin(self, account: Option<&str>, role: Option<&str>) -> Pin {
        selection::pin(account, role, |name| self.var(name))
    }

    /// Returns the token file and the role in the variables of a web identity. As with AWS's tools, they do not apply
    /// if the user named a profile to awsesame.
    pub fn web_identity(self, flag: Option<&str>) -> (Option<String>, Option<String>) {
        let (token_file, role) = (self.var("AWS_WEB_IDENTITY_TOKEN_FILE"), self.var("AWS_ROLE_ARN"));
        // Usually neither is set, and nothing else is read.
        if (token_file.is_none() && role.is_none()) || selection::is_named_to_us(flag, |name| self.var(name))
        {
            return (None, None);
        }
        (token_file, role)
    }

    /// Returns the non-secret variables that a session depends on. `flag` is the flag that named the profile.
    pub fn inputs(self, flag: Option<&str>) -> Inputs {
        let (token_file, role_arn) = self.web_identity(flag);
        Inputs {
            token_file,
            role_arn,
            endpoint: self.var("AWS_ENDPOINT_URL_STS").or_else(|| self.users_var("AWS_ENDPOINT_URL")),
            master_key: self.var("MASTER_AWS_ACCESS_KEY_ID"),
            mfa_arn: self.var("AWS_MFA_ARN"),
            role: self.role_inputs(),
        }
    }

    /// Returns the socket of a remote broker, whose sessions are used instead of our own.
    pub fn broker_elsewhere(self) -> Option<PathBuf> {
        self.environment.path("AWSESAME_BROKER").map(|path| self.folders().expand(path))
    }

    /// Returns the hash of the variables that define how roles are assumed, or None if none of them is set. A session
    /// policy is long and private, and a hash is enough to notice a change.
    fn role_inputs(self) -> Option<String> {
        const NAMES: [&str; 6] = [
            "AWSESAME_ROLE_TAGS",
            "AWSESAME_ROLE_TRANSITIVE_TAGS",
            "AWSESAME_ROLE_POLICY",
            "AWSESAME_ROLE_POLICY_ARNS",
            "AWSESAME_ROLE_SOURCE_IDENTITY",
            "AWS_ROLE_SESSION_NAME",
        ];
        let set = NAMES.iter().filter_map(|name| Some(format!("{name}={}", self.var(name)?)));
        let all = set.collect::<Vec<_>>().join("\0");
        (!all.is_empty()).then(|| short_id(all.as_bytes()))
    }

    /// Returns the current stamps of the files that a session was resolved from: AWS's files and, for a role, also ours
    /// and the policies that it names.
    pub fn stamps_as(self, header: &Header) -> Result<Vec<FileStamp>, Fault> {
        let mut stamps = self.folders().aws()?.stamps();
        if header.stamps.len() > stamps.len() {
            let ours = stamps.len();
            stamps.extend(self.folders().settings().map(|path| stamp(&path)));
            let further = header.stamps.iter().skip(ours + 1);
            stamps.extend(further.map(|known| stamp(Path::new(&known.path))));
        }
        Ok(stamps)
    }

    /// Returns everything in the environment that a plan depends on.
    pub fn facts(self) -> EnvironmentFacts {
        let exported = self.exported();
        let users = |name: &str| exported.users(name, |name| self.var(name));
        let secret = |name: &str| self.var(name).map(Secret::new);
        // Keys that come from a session of ours are not a long-term key.
        let key_id = users("AWS_ACCESS_KEY_ID");
        let own_session = key_id.is_none() && self.var("AWS_ACCESS_KEY_ID").is_some();
        let beside_key = |name: &str| self.var(name).filter(|_| !own_session);
        EnvironmentFacts {
            master_key_id: self.var("MASTER_AWS_ACCESS_KEY_ID").map(AccessKeyId::new),
            master_secret: secret("MASTER_AWS_SECRET_ACCESS_KEY"),
            mfa_arn: self.var("AWS_MFA_ARN"),
            key_id: key_id.map(AccessKeyId::new),
            secret: beside_key("AWS_SECRET_ACCESS_KEY").map(Secret::new),
            session_token: beside_key("AWS_SESSION_TOKEN")
                .or_else(|| self.var("AWS_SECURITY_TOKEN"))
                .is_some(),
            region: users("AWS_REGION"),
            default_region: users("AWS_DEFAULT_REGION"),
            endpoint_url: users("AWS_ENDPOINT_URL"),
            endpoint_url_sts: self.var("AWS_ENDPOINT_URL_STS"),
            endpoint_url_iam: self.var("AWS_ENDPOINT_URL_IAM"),
            endpoint_url_s3: self.var("AWS_ENDPOINT_URL_S3"),
            endpoint_url_signin: self.var("AWS_ENDPOINT_URL_SIGNIN"),
            endpoint_url_sso_oidc: self.var("AWS_ENDPOINT_URL_SSO_OIDC"),
            endpoint_url_sso: self.var("AWS_ENDPOINT_URL_SSO"),
            endpoint_url_organizations: self.var("AWS_ENDPOINT_URL_ORGANIZATIONS"),
            ignore_configured_endpoint_urls: self.var("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"),
            use_fips_endpoint: self.var("AWS_USE_FIPS_ENDPOINT"),
            use_dualstack_endpoint: self.var("AWS_USE_DUALSTACK_ENDPOINT"),
            sts_regional_endpoints: self.var("AWS_STS_REGIONAL_ENDPOINTS"),
            ca_bundle: self.var("AWS_CA_BUNDLE"),
            role_session_name: self.var("AWS_ROLE_SESSION_NAME"),
            // They count only if no profile was named (see `web_identity`).
            web_identity_token_file: None,
            role_arn: None,
        }
    }

    /// Returns the path of this program, to start it as a child process.
    pub fn own_program(self) -> PathBuf {
        let own = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("awsesame-full"));
        // If the running program was replaced by an update, the new program is at the same path.
        match own.to_str().and_then(|path| path.strip_suffix(" (deleted)")) {
            Some(path) if !own.exists() => PathBuf::from(path),
            _ => own,
        }
    }
}

/// Returns true if a command line asks for JSON, as far as that is known before it is parsed.
pub fn wants_json(arguments: &[OsString]) -> bool {
    arguments.iter().take_while(|word| *word != "--").any(|word| word == "--json")
}

/// Returns the arguments, without the program's own name.
pub fn arguments() -> Vec<OsString> {
    std::env::args_os().skip(1).collect()
}
