//! The only reader of environment and paths, and the way to the clock. Nothing is decided here
//! beyond which variable comes first.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use awsesame_core::fault::Fault;
use awsesame_core::name::secret::Secret;
use awsesame_core::name::{AccessKeyId, ProfileName, Subject};
use awsesame_core::plan::EnvironmentFacts;
use awsesame_core::session::exported::{Exported, VARIABLE as EXPORTED};
use awsesame_core::session::pin::Pin;
use awsesame_core::session::selection;
use awsesame_core::session::{FileStamp, FileState, Header, Inputs, short_id};

use crate::os::{clock, environment, folder};

/// What lasts beyond a shell: see [`Context::lasting_variables`].
const LASTING: [&str; 28] = [
    "HOME",
    "USER",
    "LOGNAME",
    "PATH",
    "LANG",
    "TZ",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "DBUS_SESSION_BUS_ADDRESS",
    "SSH_AUTH_SOCK",
    "GNUPGHOME",
    "PASSWORD_STORE_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CA_BUNDLE",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
];
/// The same, by how they begin.
const LASTING_FAMILIES: [&str; 4] = ["XDG_", "LC_", "AWSESAME_", "AWS_ENDPOINT_URL"];
/// What begins so and is a project's all the same.
const PASSING: [&str; 12] = [
    "AWSESAME_PROFILE",
    "AWSESAME_ACCOUNT",
    "AWSESAME_ROLE",
    "AWSESAME_ROLE_TAGS",
    "AWSESAME_ROLE_TRANSITIVE_TAGS",
    "AWSESAME_ROLE_POLICY",
    "AWSESAME_ROLE_POLICY_ARNS",
    "AWSESAME_ROLE_SOURCE_IDENTITY",
    "AWSESAME_STAMP",
    "AWSESAME_EXPIRES_AT",
    "AWSESAME_BROKER",
    EXPORTED,
];

/// The folder of the files that we make for other tools, below the folder of our state.
pub const GENERATED: &str = "generated";

/// Where the list of who has which key lies, below a folder of data.
const KEY_LIST: &str = "awsesame/keys";

/// The process's surroundings. A value, so that whoever reads them says so in its arguments.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context;

/// The two files of AWS's own configuration, and what we add to them.
#[derive(Debug, Clone)]
pub struct AwsFiles {
    /// `AWS_CONFIG_FILE`, else `~/.aws/config`.
    pub config: PathBuf,
    /// `AWS_SHARED_CREDENTIALS_FILE`, else `~/.aws/credentials`.
    pub credentials: PathBuf,
    /// Our own list of the profiles whose key rests in a store. None without a home.
    pub keys: Option<PathBuf>,
}

impl Context {
    /// A variable; the empty string counts as not set.
    pub fn var(self, name: &str) -> Option<String> {
        self.raw_var(name).filter(|value| !value.is_empty())
    }

    /// A variable as other programs see it: the empty string is one.
    pub fn raw_var(self, name: &str) -> Option<String> {
        if environment::is_kept(name) {
            return environment::var(name).map(|value| value.to_string_lossy().into_owned());
        }
        std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
    }

    /// The time, in unix seconds.
    pub fn now(self) -> i64 {
        clock::now()
    }

    /// Whether there is a desktop to show a window on.
    pub fn has_desktop(self) -> bool {
        cfg!(target_os = "macos") || self.var("WAYLAND_DISPLAY").or_else(|| self.var("DISPLAY")).is_some()
    }

    /// Whether a program of this name is in the PATH.
    pub fn has_program(self, name: &str) -> bool {
        self.program(name).is_some()
    }

    /// The program of this name that a shell finds first.
    pub fn program(self, name: &str) -> Option<PathBuf> {
        self.programs(name).into_iter().next()
    }

    /// Every program of this name in the PATH, each once.
    pub fn programs(self, name: &str) -> Vec<PathBuf> {
        use std::os::unix::fs::PermissionsExt;
        let path = self.var("PATH").unwrap_or_default();
        let mut found: Vec<(PathBuf, PathBuf)> = Vec::new();
        for file in std::env::split_paths(&path).map(|folder| folder.join(name)) {
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

    /// The names of all variables, in order.
    pub fn variable_names(self) -> Vec<String> {
        let mut names: Vec<String> =
            std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
        names.sort();
        names
    }

    /// A variable that the user set: what our last export set counts as not set.
    pub fn users_var(self, name: &str) -> Option<String> {
        self.exported().users(name, |name| self.var(name))
    }

    /// What our last export set here.
    fn exported(self) -> Exported {
        Exported::read(|name| self.var(name))
    }

    /// The profile that somebody named: by flag, else by the first variable that is set.
    pub fn named_profile(self, flag: Option<&str>) -> Option<ProfileName> {
        selection::profile(flag, |name| self.var(name))
    }

    /// Whose session a command is about, as far as that can be told without reading a file.
    pub fn subject(self, flag: Option<&str>) -> Subject {
        selection::subject(flag, |name| self.var(name))
    }

    /// The pin of the project: the flags, else what `use awsesame` exported.
    pub fn pin(self, account: Option<&str>, role: Option<&str>) -> Pin {
        selection::pin(account, role, |name| self.var(name))
    }

    /// The folder of sessions, stamps, locks and the ledger.
    pub fn state_dir(self) -> Result<PathBuf, Fault> {
        let base = self.var("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let base = match base {
            Some(base) => base,
            None => self.home("sessions", "XDG_STATE_HOME")?.join(".local/state"),
        };
        Ok(base.join("awsesame"))
    }

    /// The folder of what stores keep in files of ours and nobody could make again.
    pub fn data_dir(self) -> Result<PathBuf, Fault> {
        let base = self.var("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let base = match base {
            Some(base) => base,
            None => self.home("secrets", "XDG_DATA_HOME")?.join(".local/share"),
        };
        Ok(base.join("awsesame"))
    }

    /// Whether a file of AWS's is one that we made for other tools.
    pub fn is_generated(self, path: &str) -> bool {
        let folder = self.state_dir().map(|state| state.join(GENERATED));
        folder.is_ok_and(|folder| Path::new(path).starts_with(folder))
    }

    /// The list of who has which key in a store. None without a home.
    pub fn key_list(self) -> Option<PathBuf> {
        Some(self.data_dir().ok()?.with_file_name(KEY_LIST))
    }

    /// Our settings: `AWSESAME_CONFIG`, else `awsesame/config.toml` in `XDG_CONFIG_HOME`
    /// or `~/.config`. None without a home.
    pub fn config_file(self) -> Option<PathBuf> {
        if let Some(path) = self.var("AWSESAME_CONFIG") {
            return Some(self.expand(path));
        }
        let base = self.var("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let base = base.or_else(|| Some(PathBuf::from(self.var("HOME")?).join(".config")))?;
        Some(base.join("awsesame/config.toml"))
    }

    /// Where AWS's own configuration lies.
    pub fn aws_files(self) -> Result<AwsFiles, Fault> {
        let place =
            |variable: &'static str, own: &str, what: &'static str, name: &str| -> Result<PathBuf, Fault> {
                // Files of our own making say nothing of keys and roles: the user's own do.
                let named = match self.var(variable) {
                    Some(path) if self.is_generated(&path) => self.var(own),
                    named => named,
                };
                match named {
                    Some(path) => Ok(self.expand(path)),
                    None => Ok(self.home(what, variable)?.join(".aws").join(name)),
                }
            };
        Ok(AwsFiles {
            config: place("AWS_CONFIG_FILE", "AWSESAME_AWS_CONFIG_FILE", "~/.aws/config", "config")?,
            credentials: place(
                "AWS_SHARED_CREDENTIALS_FILE",
                "AWSESAME_AWS_CREDENTIALS_FILE",
                "~/.aws/credentials",
                "credentials",
            )?,
            keys: self.key_list(),
        })
    }

    /// Where AWS's own tools look for it, which may be files that we made for them.
    pub fn files_of_tools(self) -> Result<[PathBuf; 2], Fault> {
        let place = |variable: &'static str, what: &'static str, name: &str| match self.var(variable) {
            Some(path) => Ok(self.expand(path)),
            None => self.home(what, variable).map(|home| home.join(".aws").join(name)),
        };
        Ok([
            place("AWS_CONFIG_FILE", "~/.aws/config", "config")?,
            place("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", "credentials")?,
        ])
    }

    /// A path as people write it: `~` for the home.
    pub fn shown(self, path: &Path) -> String {
        let home = self.var("HOME").filter(|home| home != "/");
        match home.and_then(|home| path.strip_prefix(home).ok().map(Path::to_path_buf)) {
            Some(below) => format!("~/{}", below.to_string_lossy()),
            None => path.to_string_lossy().into_owned(),
        }
    }

    /// The non-secret variables that a session depends on.
    pub fn inputs(self) -> Inputs {
        Inputs {
            endpoint: self.var("AWS_ENDPOINT_URL_STS").or_else(|| self.users_var("AWS_ENDPOINT_URL")),
            master_key: self.var("MASTER_AWS_ACCESS_KEY_ID"),
            mfa_arn: self.var("AWS_MFA_ARN"),
            role: self.role_inputs(),
        }
    }

    /// The socket of a broker elsewhere, whose sessions are used instead of our own.
    pub fn broker_elsewhere(self) -> Option<PathBuf> {
        self.var("AWSESAME_BROKER").map(|path| self.expand(path))
    }

    /// Where the user's services are described: systemd's, or launchd's.
    pub fn service_folder(self) -> Result<PathBuf, Fault> {
        if cfg!(target_os = "macos") {
            return Ok(self.home("services", "HOME")?.join("Library/LaunchAgents"));
        }
        let base = self.var("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let base = match base {
            Some(base) => base,
            None => self.home("services", "XDG_CONFIG_HOME")?.join(".config"),
        };
        Ok(base.join("systemd/user"))
    }

    /// What stands for the variables that say how roles are assumed. A session policy
    /// is long, and nobody else's business: a hash tells as well that it changed.
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

    /// What the files look like now that a session was resolved from: AWS's, and to a
    /// role's ours and the policies that it names.
    pub fn stamps_as(self, header: &Header) -> Result<Vec<FileStamp>, Fault> {
        let mut stamps = self.aws_files()?.stamps();
        if header.stamps.len() > stamps.len() {
            let ours = stamps.len();
            stamps.extend(self.config_file().map(|path| stamp(&path)));
            let further = header.stamps.iter().skip(ours + 1);
            stamps.extend(further.map(|known| stamp(Path::new(&known.path))));
        }
        Ok(stamps)
    }

    /// Everything in the environment that a plan depends on.
    pub fn facts(self) -> EnvironmentFacts {
        let exported = self.exported();
        let users = |name: &str| exported.users(name, |name| self.var(name));
        let secret = |name: &str| self.var(name).map(Secret::new);
        // A session of ours that this shell has is nobody's long-term key.
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
        }
    }

    /// This very program, for a child of it.
    pub fn own_program(self) -> PathBuf {
        let own = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("awsesame-full"));
        // What was installed over a program that runs is where that was.
        match own.to_str().and_then(|path| path.strip_suffix(" (deleted)")) {
            Some(path) if !own.exists() => PathBuf::from(path),
            _ => own,
        }
    }

    /// The variables that a process in the background goes on with: what belongs to the
    /// user and the machine, and nothing of one shell or one project.
    pub fn lasting_variables(self) -> Vec<(OsString, OsString)> {
        let lasts = |name: &str| {
            LASTING.contains(&name)
                || LASTING_FAMILIES.iter().any(|prefix| name.starts_with(prefix)) && !PASSING.contains(&name)
        };
        let exported = self.exported();
        let ours =
            |name: &str, value: &OsString| value.to_str().is_some_and(|value| exported.is_ours(name, value));
        std::env::vars_os()
            .filter(|(name, value)| name.to_str().is_some_and(|name| lasts(name) && !ours(name, value)))
            .collect()
    }

    fn home(self, what: &'static str, variable: &'static str) -> Result<PathBuf, Fault> {
        let home = self.var("HOME").map(PathBuf::from).ok_or(Fault::NoHome { what, variable })?;
        folder::check_owner_of_home(&home)?;
        Ok(home)
    }

    /// Checks that `HOME` is one that this user may use: root must not use somebody else's.
    pub fn check_home(self) -> Result<(), Fault> {
        self.var("HOME").map_or(Ok(()), |home| folder::check_home(Path::new(&home)))
    }

    /// A leading `~/`, which AWS's tools expand in these variables too.
    pub fn expand(self, path: String) -> PathBuf {
        match (path.strip_prefix("~/"), self.var("HOME")) {
            (Some(rest), Some(home)) => Path::new(&home).join(rest),
            _ => PathBuf::from(path),
        }
    }
}

impl AwsFiles {
    /// The files that a session was resolved from.
    pub fn of(header: &Header) -> Option<Self> {
        let [config, credentials, further @ ..] = header.stamps.as_slice() else { return None };
        let path = |stamp: &FileStamp| PathBuf::from(&stamp.path);
        // A role's session goes on with our settings and its policies.
        let keys = further.first().map(path).filter(|path| path.ends_with(KEY_LIST));
        Some(Self { config: path(config), credentials: path(credentials), keys })
    }

    /// What the files look like now.
    pub fn stamps(&self) -> Vec<FileStamp> {
        [&self.config, &self.credentials].into_iter().chain(&self.keys).map(|path| stamp(path)).collect()
    }
}

/// What a file looks like now.
pub fn stamp(path: &Path) -> FileStamp {
    use std::os::unix::fs::MetadataExt;
    let state = std::fs::metadata(path).ok().map(|file| FileState {
        mtime: i128::from(file.mtime()) * 1_000_000_000 + i128::from(file.mtime_nsec()),
        size: file.size(),
        inode: file.ino(),
    });
    FileStamp { path: path.to_string_lossy().into_owned(), state }
}

/// Whether a command line asks for JSON, as far as that can be told before it is understood.
pub fn wants_json(arguments: &[OsString]) -> bool {
    arguments.iter().take_while(|word| *word != "--").any(|word| word == "--json")
}

/// The arguments, without the program's own name.
pub fn arguments() -> Vec<OsString> {
    std::env::args_os().skip(1).collect()
}
