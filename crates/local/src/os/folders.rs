//! The folders of a user, by one rule: the XDG variable if it contains an absolute path, or else a folder below the
//! home. Paths are bytes, because a home need not be valid UTF-8.

use std::path::{Path, PathBuf};

use awsesame_core::fault::Fault;

use super::account;
use super::aws_files::{AwsFiles, KEY_LIST};
use super::environment::Environment;
use super::folder;

/// The folder of the files that we make for other tools, below the folder of our state.
pub const GENERATED: &str = "generated";

/// The folders of a user. Nothing is read or made by asking.
#[derive(Debug, Clone, Copy)]
pub struct Folders {
    environment: &'static Environment,
}

impl Folders {
    /// Returns the folders that an environment names.
    pub(super) fn of(environment: &'static Environment) -> Self {
        Self { environment }
    }

    /// Returns the home: the value of `HOME`, or else the one in `/etc/passwd` for this user. Returns None if neither
    /// is an absolute path. [`Folders::check_home`] may still refuse it.
    pub fn home(self) -> Option<PathBuf> {
        self.named_home().filter(|home| home.is_absolute())
    }

    fn named_home(self) -> Option<PathBuf> {
        self.environment.path("HOME").or_else(account::home)
    }

    /// Returns the folder of sessions, stamps, locks and the ledger.
    pub fn state(self) -> Result<PathBuf, Fault> {
        Ok(self.base("XDG_STATE_HOME", ".local/state", "sessions")?.join("awsesame"))
    }

    /// Returns the data folder, for files of stores that cannot be obtained again.
    pub fn data(self) -> Result<PathBuf, Fault> {
        Ok(self.base("XDG_DATA_HOME", ".local/share", "secrets")?.join("awsesame"))
    }

    /// Returns true for a file of AWS's that we made for other tools.
    pub fn is_generated(self, path: &Path) -> bool {
        self.state().is_ok_and(|state| path.starts_with(state.join(GENERATED)))
    }

    /// Returns the path of the index of stored keys. None without a home.
    pub fn key_list(self) -> Option<PathBuf> {
        Some(self.data().ok()?.with_file_name(KEY_LIST))
    }

    /// Returns the file of our settings: `AWSESAME_CONFIG`, else `awsesame/config.toml` in `XDG_CONFIG_HOME` or
    /// `~/.config`. None without a home.
    pub fn settings(self) -> Option<PathBuf> {
        if let Some(path) = self.environment.path("AWSESAME_CONFIG") {
            return Some(self.expand(path));
        }
        let base = self.xdg("XDG_CONFIG_HOME").or_else(|| Some(self.home()?.join(".config")))?;
        Some(base.join("awsesame/config.toml"))
    }

    /// Returns the paths of AWS's own files.
    pub fn aws(self) -> Result<AwsFiles, Fault> {
        let place = |variable: &'static str, own: &str, what: &'static str, name: &str| {
            // Generated files say nothing about keys and roles; only the user's own files do.
            let named = match self.environment.path(variable) {
                Some(path) if self.is_generated(&path) => self.environment.path(own),
                named => named,
            };
            self.aws_file(named, variable, what, name)
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

    /// Returns the paths at which AWS's own tools look, which may be files that we generated.
    pub fn aws_of_tools(self) -> Result<[PathBuf; 2], Fault> {
        let place = |variable: &'static str, what: &'static str, name: &str| {
            self.aws_file(self.environment.path(variable), variable, what, name)
        };
        Ok([
            place("AWS_CONFIG_FILE", "~/.aws/config", "config")?,
            place("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", "credentials")?,
        ])
    }

    fn aws_file(
        self,
        named: Option<PathBuf>,
        variable: &'static str,
        what: &'static str,
        name: &str,
    ) -> Result<PathBuf, Fault> {
        match named {
            Some(path) => Ok(self.expand(path)),
            None => Ok(self.checked_home(what, variable)?.join(".aws").join(name)),
        }
    }

    /// Returns where the user's services are described: systemd's, or launchd's.
    pub fn services(self) -> Result<PathBuf, Fault> {
        if cfg!(target_os = "macos") {
            return Ok(self.checked_home("services", "HOME")?.join("Library/LaunchAgents"));
        }
        Ok(self.base("XDG_CONFIG_HOME", ".config", "services")?.join("systemd/user"))
    }

    /// Returns direnv's own folder: `DIRENV_CONFIG`, else `direnv` in `XDG_CONFIG_HOME` or `~/.config`.
    pub fn direnv(self) -> Result<PathBuf, Fault> {
        match self.environment.path("DIRENV_CONFIG") {
            Some(folder) => Ok(folder),
            None => Ok(self.base("XDG_CONFIG_HOME", ".config", "direnv's library")?.join("direnv")),
        }
    }

    /// Returns a path with its leading `~/` expanded, which AWS's tools do in these variables too.
    pub fn expand(self, path: PathBuf) -> PathBuf {
        match (path.strip_prefix("~"), self.home()) {
            (Ok(rest), Some(home)) => home.join(rest),
            _ => path,
        }
    }

    /// Returns a path as people write it: `~` for the home.
    pub fn shown(self, path: &Path) -> String {
        let home = self.home().filter(|home| home != Path::new("/"));
        match home.and_then(|home| path.strip_prefix(home).ok().map(Path::to_path_buf)) {
            Some(below) => format!("~/{}", below.to_string_lossy()),
            None => path.to_string_lossy().into_owned(),
        }
    }

    /// Checks that this user may use the home: root must not use the home of another user.
    pub fn check_home(self) -> Result<(), Fault> {
        self.environment.path("HOME").map_or(Ok(()), |home| folder::check_home(&home))
    }

    fn base(self, variable: &'static str, below: &str, what: &'static str) -> Result<PathBuf, Fault> {
        match self.xdg(variable) {
            Some(base) => Ok(base),
            None => Ok(self.checked_home(what, variable)?.join(below)),
        }
    }

    /// A relative path counts as not set: so says the specification.
    fn xdg(self, variable: &str) -> Option<PathBuf> {
        self.environment.path(variable).filter(|path| path.is_absolute())
    }

    fn checked_home(self, what: &'static str, variable: &'static str) -> Result<PathBuf, Fault> {
        let home = self.named_home().ok_or(Fault::NoHome { what, variable })?;
        if home.is_relative() {
            return Err(Fault::RelativeHome { home: home.to_string_lossy().into_owned() });
        }
        folder::check_owner_of_home(&home)?;
        Ok(home)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders<const N: usize>(variables: [(&str, &str); N]) -> Folders {
        Folders::of(Environment::of(variables))
    }

    #[test]
    fn a_variable_counts_if_it_is_absolute_and_the_home_otherwise() {
        let below = |variables: &[(&str, &str)]| {
            let folders = Folders::of(Environment::of(variables.iter().copied()));
            (folders.state().unwrap(), folders.data().unwrap(), folders.settings().unwrap())
        };
        let home = ("HOME", "/");
        let usual = below(&[home]);
        assert_eq!(usual.0, Path::new("/.local/state/awsesame"));
        assert_eq!(usual.1, Path::new("/.local/share/awsesame"));
        assert_eq!(usual.2, Path::new("/.config/awsesame/config.toml"));
        let relative =
            below(&[home, ("XDG_STATE_HOME", "s"), ("XDG_DATA_HOME", "./d"), ("XDG_CONFIG_HOME", "c")]);
        assert_eq!(relative, usual);
        let absolute =
            below(&[home, ("XDG_STATE_HOME", "/s"), ("XDG_DATA_HOME", "/d"), ("XDG_CONFIG_HOME", "/c")]);
        assert_eq!(absolute.0, Path::new("/s/awsesame"));
        assert_eq!(absolute.1, Path::new("/d/awsesame"));
        assert_eq!(absolute.2, Path::new("/c/awsesame/config.toml"));
    }

    #[test]
    fn a_relative_home_is_refused_and_nothing_is_guessed() {
        let folders = folders([("HOME", "home")]);
        assert_eq!((folders.home(), folders.settings()), (None, None));
        let refused = Fault::RelativeHome { home: "home".into() };
        assert_eq!(folders.state(), Err(refused.clone()));
        assert_eq!(folders.aws().unwrap_err(), refused);
        assert_eq!(folders.direnv(), Err(refused));
    }

    #[test]
    fn files_of_ours_are_not_taken_for_the_users() {
        let generated = "/.local/state/awsesame/generated/x/config";
        let own = folders([
            ("HOME", "/"),
            ("AWS_CONFIG_FILE", generated),
            ("AWSESAME_AWS_CONFIG_FILE", "~/mine"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/c"),
        ]);
        let files = own.aws().unwrap();
        assert_eq!(
            (files.config.as_path(), files.credentials.as_path()),
            (Path::new("/mine"), Path::new("/c"))
        );
        assert_eq!(own.aws_of_tools().unwrap()[0], Path::new(generated));
    }

    #[test]
    fn a_path_below_the_home_is_shown_from_there() {
        let at = folders([("HOME", "/home/u")]);
        assert_eq!(at.shown(Path::new("/home/u/.aws/config")), "~/.aws/config");
        assert_eq!(at.shown(Path::new("/home/other/x")), "/home/other/x");
        assert_eq!(folders([("HOME", "/")]).shown(Path::new("/etc")), "/etc");
    }
}
