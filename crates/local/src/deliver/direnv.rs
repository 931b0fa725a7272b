//! Delivers credentials to direnv, as bash code that `use awsesame` evaluates. The code never makes an .envrc fail,
//! because direnv would then drop all its watches and miss the next login.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use awsesame_core::name::Subject;
use awsesame_core::render::watches;
use awsesame_core::render::{Exports, Format};
use awsesame_core::session::Session;
use awsesame_core::session::pin::Pin;
use awsesame_core::text::quote;
use zeroize::Zeroizing;

use crate::os::context::Context;
use crate::state::State;

/// The variable where direnv keeps its list of watched files while an .envrc runs.
const WATCHES: &str = "DIRENV_WATCHES";

/// Returns the code for a session that is served.
pub fn served(session: &Session, pin: &Pin, state: &State, context: Context) -> Zeroizing<String> {
    let header = &session.header;
    let mut exports = Exports::of(session);
    project(&mut exports, &header.subject, pin, state);
    let root = header.root.as_deref().map(|root| state.named_stamp(root));
    let watched = watch(&header.subject, root.as_slice(), state, context);
    Zeroizing::new(format!("{watched}{}", *bash(exports, context)))
}

/// Returns the code if keys are withheld, with the line that gives the reason. The code exports no keys, and tools
/// cannot fall back to other keys. It watches the stamps, so that a login anywhere reloads this shell.
pub fn withheld(
    mut exports: Exports,
    subject: &Subject,
    watched: &[PathBuf],
    line: &str,
    pin: &Pin,
    state: &State,
    context: Context,
) -> Zeroizing<String> {
    project(&mut exports, subject, pin, state);
    let watched = watch(subject, watched, state, context);
    Zeroizing::new(format!("{watched}{}{}", *bash(exports, context), says(line, context)))
}

/// Returns the code that makes programs ask the broker, with a message if a login is needed.
pub fn asked(
    mut exports: Exports,
    subject: &Subject,
    watched: &[PathBuf],
    lacking: Option<&str>,
    pin: &Pin,
    state: &State,
    context: Context,
) -> Zeroizing<String> {
    project(&mut exports, subject, pin, state);
    // These exports do not expire with the session, so no reload is necessary then.
    exports.unset("AWSESAME_STAMP");
    let watched = list(watched, context);
    let says = lacking.map(|line| says(line, context)).unwrap_or_default();
    Zeroizing::new(format!("{watched}{}{says}", *bash(exports, context)))
}

/// Returns the exports for the shell that evaluates them.
fn bash(exports: Exports, context: Context) -> Zeroizing<String> {
    exports.over(|name| context.var(name)).render(Format::Bash)
}

/// Returns the code that shows a message. An empty `DIRENV_LOG_FORMAT` silences direnv's own lines and `log_status`,
/// but it must not hide the command that the user has to type.
fn says(line: &str, context: Context) -> String {
    let silent = context.raw_var("DIRENV_LOG_FORMAT").is_some_and(|format| format.is_empty());
    let line = quote::posix(&format!("awsesame: {line}"));
    if silent { format!("printf '%s\\n' {line} >&2\n") } else { format!("log_status {line}\n") }
}

/// Sets the variables that the prompt hook and bare commands inside the project need.
fn project(exports: &mut Exports, subject: &Subject, pin: &Pin, state: &State) {
    exports.set("AWSESAME_STAMP", &state.stamp_path(subject).to_string_lossy());
    match &pin.account {
        Some(account) => exports.set("AWSESAME_ACCOUNT", account.as_str()),
        None => exports.unset("AWSESAME_ACCOUNT"),
    }
    match &pin.role {
        Some(role) => exports.set("AWSESAME_ROLE", role),
        None => exports.unset("AWSESAME_ROLE"),
    }
}

/// Returns the code that makes direnv watch the subject's stamp and further files.
fn watch(subject: &Subject, more: &[PathBuf], state: &State, context: Context) -> String {
    let paths: Vec<PathBuf> =
        std::iter::once(state.stamp_path(subject)).chain(more.iter().cloned()).collect();
    list(&paths, context)
}

/// Returns the code that makes direnv watch some files. If direnv's list is known, it is extended here; `watch_file`
/// would start a process for that, which takes a tenth of the whole reload.
fn list(paths: &[PathBuf], context: Context) -> String {
    let files: Vec<(&str, Option<i64>)> = paths
        .iter()
        .filter_map(|path| Some((path.to_str()?, looks(path).ok()?)))
        .filter(|(path, _)| path.starts_with('/'))
        .collect();
    if files.is_empty() {
        return String::new();
    }
    if let Some(list) = context.var(WATCHES).and_then(|list| watches::add(&list, &files)) {
        return format!("export {WATCHES}={}\n", quote::posix(&list));
    }
    let paths: Vec<String> = files.iter().map(|(path, _)| quote::posix(path)).collect();
    format!("watch_file {}\n", paths.join(" "))
}

/// Returns the time of a file as direnv computes it: that of a link or that of its target, whichever is later. Returns
/// `None` if there is no file. A file without permission is an error and must not be watched, because direnv would then
/// reload at every prompt.
fn looks(path: &Path) -> std::io::Result<Option<i64>> {
    let time = |about: std::io::Result<std::fs::Metadata>| match about {
        Ok(about) => Ok(Some(about.mtime())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    };
    let (link, target) = (time(path.symlink_metadata())?, time(path.metadata())?);
    Ok(link.zip(target).map(|(link, target)| link.max(target)))
}
