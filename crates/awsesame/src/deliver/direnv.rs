//! Delivery to direnv: bash code for `use awsesame` to evaluate. It never fails
//! an .envrc, because direnv would then drop every watch and miss the next login.

use std::path::PathBuf;

use awsesame_core::fault::Fault;
use awsesame_core::name::Subject;
use awsesame_core::pin::Pin;
use awsesame_core::quote;
use awsesame_core::render::{Exports, Format};
use awsesame_core::session::{Credentials, Header};
use zeroize::Zeroizing;

use crate::state::State;

/// The code for a session that is served.
pub fn served(header: &Header, credentials: &Credentials, pin: &Pin, state: &State) -> Zeroizing<String> {
    let mut exports = Exports::of(header, credentials);
    let watches = watches(&header.subject, &[state.named_stamp(&header.root)], state);
    project(&mut exports, &header.subject, pin, state);
    Zeroizing::new(format!("{watches}{}", *exports.render(Format::Bash)))
}

/// The code where keys are withheld: none are exported, none can be fallen back
/// to, and the stamps are watched so that a login anywhere reloads this shell.
pub fn withheld(
    subject: &Subject,
    watched: &[PathBuf],
    fault: &Fault,
    pin: &Pin,
    state: &State,
) -> Zeroizing<String> {
    let login = format!("awsesame login{}", subject.flag());
    let mut exports = Exports::withheld(&login);
    if let Some(profile) = subject.profile() {
        exports.set("AWSESAME_PROFILE", profile.as_str());
    }
    project(&mut exports, subject, pin, state);
    let says =
        format!("log_status {}\n", quote::posix(&format!("awsesame: {fault}; type: {}", fault.hint())));
    Zeroizing::new(format!("{}{}{says}", watches(subject, watched, state), *exports.render(Format::Bash)))
}

/// What the prompt hook and bare commands inside the project need to know.
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

fn watches(subject: &Subject, more: &[PathBuf], state: &State) -> String {
    let mut text = String::from("watch_file");
    for path in std::iter::once(&state.stamp_path(subject)).chain(more) {
        text.push(' ');
        text.push_str(&quote::posix(&path.to_string_lossy()));
    }
    text.push('\n');
    text
}
