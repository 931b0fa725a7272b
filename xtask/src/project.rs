//! The paths of this repository, and the environment of the programs that xtask starts. No program is run here.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folders of the repository.
pub(crate) struct Project {
    root: PathBuf,
}

impl Project {
    /// Returns the repository that this program was built from.
    pub(crate) fn here() -> Self {
        let root =
            Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in a folder of the repository");
        Self { root: root.to_owned() }
    }

    /// Returns the root folder of the repository.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the folder in which outside programs are installed; it is never in the repository's history.
    pub(crate) fn tools(&self) -> PathBuf {
        self.root.join(".tools")
    }

    /// Returns the Python environment with the AWS clients.
    pub(crate) fn venv(&self) -> PathBuf {
        self.tools().join("venv")
    }

    /// Returns the folder in which npm puts its packages.
    pub(crate) fn npm(&self) -> PathBuf {
        self.tools().join("npm")
    }

    /// Returns the folder of the AWS clients that the tests run.
    pub(crate) fn clients(&self) -> PathBuf {
        self.tools().join("clients/bin")
    }

    /// Returns the folder in which cargo builds, as cargo itself decides it.
    pub(crate) fn target(&self) -> PathBuf {
        env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| self.root.join("target"), |folder| self.root.join(folder))
    }

    /// Returns the program search path with the project's own tools first.
    pub(crate) fn path(&self) -> OsString {
        let inherited = env::var_os("PATH").unwrap_or_default();
        let own = [
            self.venv().join("bin"),
            self.tools().join("cargo/bin"),
            self.tools().join("go/bin"),
            self.clients(),
            self.npm().join("node_modules/.bin"),
        ];
        let folders = own.into_iter().chain(env::split_paths(&inherited));
        env::join_paths(folders).unwrap_or(inherited)
    }

    /// Returns the path at which a program is found on [`Project::path`], None if it is not found.
    pub(crate) fn find(&self, program: &str) -> Option<PathBuf> {
        env::split_paths(&self.path()).map(|folder| folder.join(program)).find(|file| is_executable(file))
    }

    /// Returns a command that starts at the top of the repository, finds the project's tools first, has an empty stdin,
    /// and inherits none of the caller's AWS settings, because no check may use a real account.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).env("PATH", self.path()).stdin(Stdio::null());
        for (name, _) in env::vars_os() {
            if is_aws(&name) || is_of_this_run(&name) {
                command.env_remove(name);
            }
        }
        command.env("AWS_EC2_METADATA_DISABLED", "true");
        command
    }

    /// Returns the cargo that is running this chore.
    pub(crate) fn cargo(&self) -> Command {
        self.command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }
}

/// Returns true if this is a run where a missing program is a failure.
pub(crate) fn is_ci() -> bool {
    env::var_os("CI").is_some_and(|value| value == "true")
}

/// Returns true for variables that lead to an AWS account, and for our own.
fn is_aws(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    ["AWS_", "AWSESAME_", "MASTER_AWS_"].iter().any(|prefix| name.starts_with(prefix))
}

/// Returns true if the variable is one by which `cargo run` describes xtask to xtask. Some build scripts ask to be run
/// again when these change, so a cargo inside cargo would build their crates again each time.
fn is_of_this_run(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
}

fn is_executable(file: &Path) -> bool {
    rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok() && file.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_nowhere_is_not_found() {
        let project = Project::here();
        assert!(project.find("sh").is_some());
        assert_eq!(project.find("no-such-program-anywhere"), None);
    }

    #[test]
    fn the_variables_that_lead_to_an_account_are_known() {
        for name in ["AWS_PROFILE", "AWS_CA_BUNDLE", "AWSESAME_PROFILE", "MASTER_AWS_ACCESS_KEY_ID"] {
            assert!(is_aws(OsStr::new(name)), "{name}");
        }
        for name in ["PATH", "CARGO_HOME", "LAWS_OF_NATURE"] {
            assert!(!is_aws(OsStr::new(name)), "{name}");
        }
    }
}
