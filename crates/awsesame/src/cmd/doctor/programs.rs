//! Our two programs, direnv and the AWS CLI: where they are and which versions.

use std::path::Path;
use std::time::Duration;

use awsesame_core::checkup::version;
use awsesame_core::name::Typed;

use super::Patient;
use super::finding::Finding;
use crate::os::context::Context;
use crate::os::process;

/// The version that both programs must have.
const OWN: &str = env!("CARGO_PKG_VERSION");
/// What a program may take to tell its version.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn look(patient: &Patient<'_>) -> Vec<Finding> {
    let context = patient.runner.context;
    let clis = context.programs("aws");
    // All at once: each may take its time.
    std::thread::scope(|scope| {
        let direnv = scope.spawn(|| direnv(context));
        let clis: Vec<_> = clis.iter().map(|path| scope.spawn(|| cli(context, path))).collect();
        let own = own(context);
        let others = std::iter::once(direnv).chain(clis).filter_map(|looking| looking.join().ok());
        std::iter::once(own).chain(others).collect()
    })
}

fn direnv(context: Context) -> Finding {
    let Some(path) = context.program("direnv") else {
        return Finding::note("direnv is not installed; `use awsesame` in an .envrc needs it");
    };
    match asked(&path, "version") {
        Some(version) => Finding::good(format!("direnv {version}")),
        None => {
            Finding::failure(format!("`{}` does not say its version", context.shown(&path)), "direnv version")
        }
    }
}

fn cli(context: Context, path: &Path) -> Finding {
    let shown = context.shown(path);
    match asked(path, "--version") {
        Some(version) => Finding::good(format!("AWS CLI {version} ({shown})")),
        None => Finding::note(format!("`{shown}` does not say its version")),
    }
}

/// Whether both programs lie side by side and are the first that a shell finds.
fn own(context: Context) -> Finding {
    let full = context.own_program();
    let front = full.with_file_name("awsesame");
    let folder = full.parent().unwrap_or(Path::new("/"));
    match asked(&front, "--version") {
        None => {
            let front = context.shown(&front);
            return Finding::failure(
                format!("the other half of awsesame {OWN} is missing: `{front}` does not run"),
                "cargo install --path crates/awsesame",
            );
        }
        Some(other) if other != OWN => {
            return Finding::failure(
                format!(
                    "the two halves are of different versions: `awsesame` {other}, `awsesame-full` {OWN}"
                ),
                "cargo install --path crates/awsesame",
            );
        }
        Some(_) => {}
    }
    let shown = context.shown(folder);
    match context.program("awsesame") {
        Some(first) if same(&first, &front) => {
            Finding::good(format!("awsesame {OWN}, both halves in {shown}"))
        }
        Some(first) => {
            let first = context.shown(&first);
            Finding::failure(
                format!("shells and AWS's tools find another awsesame first: `{first}`"),
                format!("export PATH={}:$PATH", Typed(&folder.to_string_lossy())),
            )
        }
        None => Finding::failure(
            format!("awsesame {OWN} is not in the PATH, where direnv and credential_process look for it"),
            format!("export PATH={}:$PATH", Typed(&folder.to_string_lossy())),
        ),
    }
}

fn same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    real(one) == real(other)
}

/// The version that a program tells of itself.
fn asked(path: &Path, word: &str) -> Option<String> {
    let argv = [path.to_string_lossy().into_owned(), word.to_owned()];
    let output = process::listen(&argv, &[], None, PATIENCE, false).ok()?;
    // The AWS CLI of old told it on stderr.
    let said = [&output.stdout[..], output.stderr.as_bytes()].concat();
    version(&String::from_utf8_lossy(&said)).map(str::to_owned)
}
