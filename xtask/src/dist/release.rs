//! Identifies a release: its version, commit, time and address, each from one source. Nothing is built here.

use std::env;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::child;
use crate::fault::Fault;
use crate::project::Project;

/// The name of the release files.
pub(crate) const NAME: &str = "awsesame";

/// The version in the workspace's Cargo.toml.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The address in the workspace's Cargo.toml below which the releases are.
pub(crate) const ADDRESS: &str = env!("CARGO_PKG_REPOSITORY");

/// The licenses in the workspace's Cargo.toml.
pub(crate) const LICENSE: &str = env!("CARGO_PKG_LICENSE");

/// The purpose of the program, in one line.
pub(crate) const SUMMARY: &str = "short-lived AWS credentials with MFA for every shell and program";

/// The long description in the packages, in lines of the length that distributions require.
pub(crate) const DESCRIPTION: &str = "One MFA code in the morning; every shell, script, SDK and Terraform run\n\
    works all day. Sessions are sealed on disk by a key that the kernel or a\n\
    keyring holds, direnv and open shells follow a login, and long-term\n\
    access keys never leave their store.";

/// The maintainer who is responsible for the packages.
pub(crate) const MAINTAINER: &str = "The awsesame developers <packages@awsesame.invalid>";

/// The maximum time that git may take.
const GIT: Duration = Duration::from_secs(30);

/// A release: everything about it that does not depend on the machine.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    /// The short name of the commit.
    pub(crate) commit: String,
    /// The time of all files in the packages in Unix seconds, so that the packages can be reproduced.
    pub(crate) epoch: u64,
}

impl Release {
    /// Returns the release of this checkout. The checkout must not have changes, because nobody could reproduce the
    /// packages from them.
    pub(crate) fn of(project: &Project) -> Result<Self> {
        let changed = git(project, &["status", "--porcelain", "--untracked-files=normal"])?;
        if let Some(first) = changed.lines().next() {
            let more = match changed.lines().count() {
                1 => String::new(),
                count => format!(" and {} more", count - 1),
            };
            return Err(Fault::error(
                format!("`{}`{more} differs from the commit that packages are made from", first.trim()),
                "git stash --include-untracked",
            ));
        }
        Self::at_head(project)
    }

    /// Returns the release of the last commit. Uncommitted files do not matter.
    pub(crate) fn at_head(project: &Project) -> Result<Self> {
        let commit = git(project, &["rev-parse", "--short=12", "HEAD"])?.trim().to_owned();
        let epoch = match env::var("SOURCE_DATE_EPOCH") {
            Ok(epoch) => epoch,
            Err(_) => git(project, &["log", "-1", "--format=%ct"])?,
        };
        let epoch = epoch.trim().parse().with_context(|| format!("`{}` is not a time", epoch.trim()))?;
        Ok(Self { commit, epoch })
    }

    /// Returns the time as packagers write it: `2026-11-28T01:02:03Z`.
    pub(crate) fn time(&self) -> Result<String> {
        Ok(jiff::Timestamp::from_second(i64::try_from(self.epoch)?)?.to_string())
    }
}

/// Returns the address from which the files of this version can be fetched.
pub(crate) fn folder() -> String {
    format!("{ADDRESS}/releases/download/v{VERSION}")
}

fn git(project: &Project, arguments: &[&str]) -> Result<String> {
    child::read(project.command("git").args(arguments), GIT).map_err(|error| {
        Fault::error(format!("packages are made from a commit, and git says: {error:#}"), "git status")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_release_is_written_as_packagers_write_it() {
        let release = Release { commit: "0123456789ab".to_owned(), epoch: 1_700_000_000 };
        assert_eq!(release.time().unwrap(), "2023-11-14T22:13:20Z");
    }
}
