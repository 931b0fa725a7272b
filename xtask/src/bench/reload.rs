//! The time that `use awsesame` adds to a direnv reload, compared with a reload that exports a constant.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

use super::spawn::Contestant;
use super::world::Home;
use crate::child;
use crate::project::Project;

/// The row with `use awsesame`.
pub(crate) const OURS: &str = "direnv reload, use awsesame";

/// The row that exports a constant.
pub(crate) const CONSTANT: &str = "direnv reload, export X=1";

/// The maximum time that direnv may take to allow a file.
const ALLOW: Duration = Duration::from_secs(30);

/// Returns both reloads. The home must have a session.
pub(crate) fn contestants(project: &Project, home: &Home<'_>) -> Result<Vec<Contestant>> {
    let direnv =
        project.find("direnv").context("direnv is missing; `cargo xtask test --only tools` installs it")?;
    child::read(&mut home.awsesame(&["direnv", "install"]), ALLOW)?;
    let row = |name: &str, envrc: &str, says: &str| -> Result<Contestant> {
        let folder = home.folder().join(name.replace([' ', ',', '='], "-"));
        fs::create_dir(&folder)?;
        fs::write(folder.join(".envrc"), envrc)?;
        child::read(home.command(&direnv).arg("allow").current_dir(&folder), ALLOW)?;
        // The shell has just entered the folder, so nothing is loaded yet and everything is loaded now.
        let mut command = home.command(&direnv);
        command.args(["export", "bash"]).current_dir(&folder);
        Contestant::new(name, command, 0, says)
    };
    Ok(vec![row(CONSTANT, "export X=1\n", "export X=")?, row(OURS, "use awsesame\n", "AWS_SESSION_TOKEN=")?])
}
