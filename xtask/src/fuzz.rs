//! `cargo xtask fuzz`: runs every fuzz target for a while. Each file in fuzz/targets says what its target claims. The
//! sanitizers make the build long, so `cargo xtask test` runs the targets only with `--long`.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::child;
use crate::project::Project;
use crate::say;
use crate::tools;

/// The targets, and the time for each.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The time that each target runs
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    seconds: u64,
    /// Only these targets
    #[arg(long, value_name = "TARGET")]
    only: Vec<String>,
}

impl Arguments {
    /// Runs every target for this many seconds.
    pub(crate) fn each_for(seconds: u64) -> Self {
        Self { seconds, only: Vec::new() }
    }
}

/// The version that the targets were written against.
const CARGO_FUZZ: &str = "0.13.2";

/// The maximum time that an instrumented build may take from nothing on two cores.
const BUILD: Duration = Duration::from_mins(30);

/// Runs the targets one after the other. Returns true if none of them found anything.
pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<bool> {
    tools::cargo(project, "cargo-fuzz", CARGO_FUZZ)?;
    let known = targets(project)?;
    for name in &arguments.only {
        ensure!(known.contains(name), "there is no target `{name}`; there are {}", known.join(", "));
    }
    let mut sound = true;
    for name in known.iter().filter(|name| arguments.only.is_empty() || arguments.only.contains(name)) {
        say::heading(name, "fuzzing");
        let mut command = project.cargo();
        // With this variable, the stable compiler accepts the options that instrument the code.
        command.env("RUSTC_BOOTSTRAP", "1").args(["fuzz", "run", name, "--"]);
        command.arg(format!("-max_total_time={}", arguments.seconds)).arg("-rss_limit_mb=4096");
        let (status, _) = child::tee(&mut command, BUILD + Duration::from_secs(arguments.seconds))?;
        sound &= status.success();
    }
    Ok(sound)
}

fn targets(project: &Project) -> Result<Vec<String>> {
    let folder = project.root().join("fuzz/targets");
    let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".rs").map(str::to_owned))
        .collect();
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_file_is_among_the_targets() {
        let names = targets(&Project::here()).unwrap();
        assert!(names.iter().any(|name| name == "session_file"), "{names:?}");
    }
}
