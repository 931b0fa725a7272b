//! Checks our two programs, direnv and the AWS CLI: their paths and their versions.

use std::path::{Path, PathBuf};
use std::time::Duration;

use awsesame_core::checkup::version;
use awsesame_core::fault::Fault;
use awsesame_core::name::{Shown, Typed};
use awsesame_local::version::LONG;

use super::CheckContext;
use super::finding::Finding;
use crate::os::context::Context;
use crate::os::{process, threads};

/// The version of this program.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The time limit for a program that prints its version.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn look(checked: &CheckContext<'_>) -> Vec<Finding> {
    let context = checked.runner.context;
    let clis = context.programs("aws");
    // The programs run at the same time, because each can be slow.
    std::thread::scope(|scope| {
        let direnv = threads::start(scope, || direnv(context));
        let clis: Vec<_> = clis.iter().map(|path| threads::start(scope, || cli(context, path))).collect();
        let own = own(context);
        let others = std::iter::once(direnv).chain(clis).filter_map(threads::Work::join);
        std::iter::once(own).chain(others).collect()
    })
}

fn direnv(context: Context) -> Finding {
    let Some(path) = context.program("direnv") else {
        return Finding::note("direnv is not installed; `use awsesame` in an .envrc needs it");
    };
    match asked(&path, "version") {
        Ok(Some(version)) => Finding::good(format!("direnv {version}")),
        Err(limit) => Finding::failure(limit.to_string(), limit.hint()),
        Ok(None) => Finding::failure(
            format!("`{}` does not say its version", context.folders().shown(&path)),
            "direnv version",
        ),
    }
}

fn cli(context: Context, path: &Path) -> Finding {
    let shown = context.folders().shown(path);
    match asked(path, "--version") {
        Ok(Some(version)) => Finding::good(format!("AWS CLI {version} ({shown})")),
        Err(limit) => Finding::failure(limit.to_string(), limit.hint()),
        Ok(None) => Finding::note(format!("`{shown}` does not say its version")),
    }
}

/// Checks that both programs are of one build and are the first that a shell finds.
fn own(context: Context) -> Finding {
    let full = context.own_program();
    let front = front_of(&full);
    let folder = front.parent().unwrap_or(Path::new("/"));
    let shown = context.folders().shown(&front);
    let said = match said_by(&front) {
        Ok(said) => said,
        Err(limit) => return Finding::failure(limit.to_string(), limit.hint()),
    };
    match said {
        None => {
            return Finding::failure(
                format!("the other half of awsesame {VERSION} is missing: `{shown}` does not run"),
                again(folder),
            );
        }
        Some(other) if other != LONG => {
            return Finding::failure(
                format!(
                    "the halves are of two builds: `{shown}` is {}, awsesame-full is {LONG}",
                    Shown(&other)
                ),
                again(folder),
            );
        }
        Some(_) => {}
    }
    let shown = context.folders().shown(folder);
    match context.program("awsesame") {
        Some(first) if same(&first, &front) => {
            Finding::good(format!("awsesame {VERSION}, both halves in {shown}"))
        }
        Some(first) => {
            let first = context.folders().shown(&first);
            Finding::failure(
                format!("shells and AWS's tools find another awsesame first: `{first}`"),
                format!("export PATH={}:$PATH", Typed(&folder.to_string_lossy())),
            )
        }
        None => Finding::failure(
            format!("awsesame {VERSION} is not in the PATH, where direnv and credential_process look for it"),
            format!("export PATH={}:$PATH", Typed(&folder.to_string_lossy())),
        ),
    }
}

/// Returns the path of the front of a full program: beside it, or in `bin` if packagers put the full one into
/// `libexec`.
fn front_of(full: &Path) -> PathBuf {
    let beside = full.with_file_name("awsesame");
    let folder = full.parent().filter(|folder| folder.ends_with("libexec")).and_then(Path::parent);
    match folder.map(|prefix| prefix.join("bin/awsesame")) {
        Some(packaged) if !beside.exists() => packaged,
        _ => beside,
    }
}

/// Returns the command that installs both programs again, by the traces of the installer.
fn again(folder: &Path) -> String {
    let prefix = folder.parent().unwrap_or(folder);
    let shown = prefix.to_string_lossy();
    if prefix.join("share/awsesame/installed").exists() {
        format!("sh install.sh --force --prefix {}", Typed(&shown))
    } else if prefix == Path::new("/usr") {
        // A package always has both programs, so one of these was installed by hand.
        format!("ls -l {}/awsesame*", Typed(&folder.to_string_lossy()))
    } else {
        "cargo install --path crates/awsesame".to_owned()
    }
}

fn same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    real(one) == real(other)
}

/// Returns the version that a program prints. None if it prints none; an error if a limit keeps it from running.
fn asked(path: &Path, word: &str) -> Result<Option<String>, Fault> {
    Ok(words_of(path, word)?.as_deref().and_then(version).map(str::to_owned))
}

/// Returns the version and build that a front reports, without its name. None if it reports none; an error if a limit
/// keeps it from running.
fn said_by(front: &Path) -> Result<Option<String>, Fault> {
    let said = words_of(front, "--version")?;
    let line = said.as_deref().and_then(|said| said.lines().next());
    Ok(line.map(|line| line.strip_prefix("awsesame ").unwrap_or(line).to_owned()))
}

/// Returns the output of a program that is asked. None if there is none; an error if a limit keeps it from running.
fn words_of(path: &Path, word: &str) -> Result<Option<String>, Fault> {
    let argv = [path.to_string_lossy().into_owned(), word.to_owned()];
    let output = match process::listen(&argv, &[], None, PATIENCE, false) {
        Ok(output) => output,
        Err(limit @ Fault::LimitReached { .. }) => return Err(limit),
        Err(_) => return Ok(None),
    };
    // Old releases of the AWS CLI print it to stderr.
    let said = [&output.stdout[..], output.stderr.as_bytes()].concat();
    Ok(Some(String::from_utf8_lossy(&said).into_owned()))
}
