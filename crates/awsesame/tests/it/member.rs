//! One user of a crowd: its AWS files, its state folder, and the program that runs with them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use awsesame::os::aws_files::AwsFiles;
use awsesame::state::State;
use awsesame::vault::Vault;
use awsesame_core::config::Config;
use awsesame_core::name::secret::Secret;
use awsesame_core::name::{AccountId, ProfileName, Subject};
use awsesame_core::plan::{EnvironmentFacts, Plan, Request};
use awsesame_core::session::{Credentials, Header, Inputs, Kind, file_stem};

use crate::crowd::{ACCOUNT, Crowd, finish, key_id, key_secret, now, serial, two_lines};
use crate::run::Run;
use crate::world::World;

/// The profile of a member's role.
pub(crate) const ROLE: &str = "deploy";

/// The keys of a session, as a program is given them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Keys {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: String,
}

impl Keys {
    /// Reads the keys from the output of `env --format json`.
    pub(crate) fn printed(stdout: &[u8]) -> Option<Self> {
        let value: BTreeMap<String, Option<String>> = serde_json::from_slice(stdout).ok()?;
        let text = |name: &str| value.get(name).cloned().flatten();
        Some(Self {
            id: text("AWS_ACCESS_KEY_ID")?,
            secret: text("AWS_SECRET_ACCESS_KEY")?,
            token: text("AWS_SESSION_TOKEN")?,
        })
    }
}

/// One user: a profile of that name, a folder, a state.
pub(crate) struct Member<'c> {
    world: &'c World,
    pub(crate) name: String,
    folder: PathBuf,
    /// The value of `XDG_STATE_HOME`.
    state_home: PathBuf,
    credentials: PathBuf,
    /// The value of `XDG_DATA_HOME`.
    data_home: PathBuf,
}

impl<'c> Member<'c> {
    /// Lays the user's files out.
    pub(crate) fn new(crowd: &'c Crowd, name: String) -> Self {
        let world = crowd.world();
        let (folder, credentials) = (world.path(&name), crowd.keys().join(&name));
        let url = world.url();
        world.write(
            &format!("{name}/config"),
            &format!(
                "[profile {name}]\nmfa_serial = {}\nendpoint_url = {url}\n\n\
                 [profile {ROLE}]\nrole_arn = arn:aws:iam::{ACCOUNT}:role/{ROLE}\n\
                 source_profile = {name}\nendpoint_url = {url}\n",
                serial(&name)
            ),
        );
        let keys = format!(
            "[{name}]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            key_id(&name),
            key_secret(&name)
        );
        std::fs::write(&credentials, keys).unwrap();
        let state_home = folder.clone();
        let data_home = crowd.keys().join(format!("{name}-data"));
        Self { world, name, folder, state_home, credentials, data_home }
    }

    /// Returns the same user with a state that others use too.
    pub(crate) fn with_state_in(self, state_home: PathBuf) -> Self {
        Self { state_home, ..self }
    }

    fn files(&self) -> AwsFiles {
        AwsFiles {
            config: self.folder.join("config"),
            credentials: self.credentials.clone(),
            keys: Some(self.data_folder().join("keys")),
        }
    }

    pub(crate) fn subject(&self) -> Subject {
        Subject::Profile(ProfileName::new(&self.name))
    }

    pub(crate) fn state(&self) -> State {
        State::at(self.state_folder())
    }

    pub(crate) fn state_folder(&self) -> PathBuf {
        self.state_home.join("awsesame")
    }

    /// Returns the folder of the member's data that could not be made again.
    pub(crate) fn data_folder(&self) -> PathBuf {
        self.data_home.join("awsesame")
    }

    /// Returns the path of the member's credentials file.
    pub(crate) fn credentials(&self) -> &Path {
        &self.credentials
    }

    /// Returns the file of the served session.
    pub(crate) fn session_file(&self) -> PathBuf {
        self.state_folder().join(format!("sessions/{}.session", file_stem(&self.subject())))
    }

    /// Returns a code that is valid now.
    pub(crate) fn code(&self) -> String {
        self.world.sandbox().fresh_code(&self.name)
    }

    /// Returns a code near the current time step, used or not: the current one, the next, or the previous.
    pub(crate) fn any_code(&self, which: usize) -> String {
        self.world.sandbox().code_at(&self.name, [0, 1, -1][which % 3])
    }

    /// Returns a file in the member's folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Prepares any program in the member's environment, in which the member's profile is the default.
    pub(crate) fn program(&self, program: &str) -> Run<'c> {
        let files = self.files();
        self.world
            .program(program)
            .env("XDG_STATE_HOME", &self.state_home)
            .env("XDG_DATA_HOME", &self.data_home)
            .env("AWSESAME_KEYS_STORE", "file")
            .env("AWS_CONFIG_FILE", files.config)
            .env("AWS_SHARED_CREDENTIALS_FILE", files.credentials)
            .env("AWSESAME_PROFILE", &self.name)
    }

    /// Prepares `awsesame ARGUMENTS...` as a plain command without a terminal and without the watchdog, which would
    /// search everybody's files each time.
    pub(crate) fn awsesame(&self, arguments: &[&str]) -> Command {
        self.program("setsid").args(&["awsesame"]).args(arguments).command()
    }

    /// Prepares the same under strace, with arguments for strace before it.
    pub(crate) fn traced(&self, strace: &[&str], arguments: &[&str]) -> Command {
        let words = ["strace", "--quiet=all", "-f"];
        self.program("setsid").args(&words).args(strace).args(&["awsesame"]).args(arguments).command()
    }

    /// Returns the keys that are served now, or None if a login is needed. Every other result fails the test.
    #[track_caller]
    pub(crate) fn served(&self) -> Option<Keys> {
        self.served_for(&self.name)
    }

    /// Returns the same for another profile of the member.
    #[track_caller]
    pub(crate) fn served_for(&self, profile: &str) -> Option<Keys> {
        let output = finish(self.awsesame(&["env", "--no-input", "--format", "json", "-p", profile]));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        match output.status.code() {
            Some(0) => {
                assert_eq!(said, "");
                Some(Keys::printed(&output.stdout).expect("whole keys are served"))
            }
            Some(3) => {
                assert!(two_lines(&said) && output.stdout.is_empty(), "{said}");
                None
            }
            other => panic!("env ended with {other:?} ({:?}): {said}", output.status),
        }
    }

    /// Lays down a session as an earlier login would have: the MFA session and the
    /// profile's own, for another hour.
    pub(crate) fn lay_session(&self) -> Keys {
        let (state, now) = (self.state(), now());
        let (keys, credentials) = old_session();
        let vault = Vault::open(&state, "kernel").unwrap();
        for id in [self.plan().root_id(), file_stem(&self.subject())] {
            let mut header = self.header(&id, now, 3600);
            vault.keep(&mut header, &credentials, now, |bytes| state.write_derived(&id, bytes)).unwrap();
        }
        keys
    }

    /// Returns the header of a session of the member that expires in this many seconds.
    pub(crate) fn header(&self, id: &str, now: i64, seconds: i64) -> Header {
        Header {
            subject: self.subject(),
            kind: Kind::Mfa,
            account: AccountId::new(ACCOUNT),
            arn: format!("arn:aws:iam::{ACCOUNT}:user/{}", self.name),
            obtained: now - 60,
            expires: now + seconds,
            mfa_at: Some(now - 60),
            region: None,
            endpoint: Some(self.world.url()),
            id: id.to_owned(),
            root: Some(self.plan().root_id()),
            store: None,
            stamps: self.files().stamps(),
            inputs: Inputs::default(),
        }
    }

    /// Returns the plan of the member's own profile.
    pub(crate) fn plan(&self) -> Plan {
        let (files, name) = (self.files(), ProfileName::new(&self.name));
        let text = |path| std::fs::read_to_string(path).unwrap();
        let (config, credentials) = (text(&files.config), text(&files.credentials));
        Plan::resolve(&Request {
            profiles: &awsesame::config::profiles::from_texts(&files, &config, &credentials),
            profile: Some(&name),
            environment: &EnvironmentFacts::default(),
            duration: None,
            config: &Config::default(),
            user: None,
            suggests: true,
        })
        .unwrap()
    }

    /// Deletes the spent codes, so that the next code can be used at once.
    pub(crate) fn forget_spent_codes(&self) {
        let _ = std::fs::remove_dir_all(self.state_folder().join("ledger"));
    }

    /// Takes the data key out of the kernel.
    pub(crate) fn drop_key(&self) {
        Vault::open(&self.state(), "kernel").unwrap().lock().unwrap();
    }
}

/// Keys that no sandbox gave out, as programs see them and as a session holds them.
pub(crate) fn old_session() -> (Keys, Credentials) {
    let keys = Keys {
        id: "ASIAOLDOLDOLDOLDOLDO".into(),
        secret: "an-older-secret".into(),
        token: "an-older-token".into(),
    };
    let credentials = Credentials {
        access_key_id: keys.id.clone(),
        secret_access_key: Secret::new(keys.secret.clone()),
        session_token: Secret::new(keys.token.clone()),
    };
    (keys, credentials)
}
