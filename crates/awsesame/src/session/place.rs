//! A place for sessions, tried before a code is sent. Where the user's own cannot keep one, another that can is named.

use std::path::{Path, PathBuf};

use awsesame_core::fault::Fault;
use awsesame_core::name::Subject;

use crate::os::context::Context;
use crate::state::State;

/// Puts the fault of a trial in words that name the place, and another folder that was tried and works.
pub fn unfit(fault: Fault, state: &State, subject: &Subject, context: Context) -> Fault {
    let why = match &fault {
        Fault::TooOpen { .. } => "its file system stores no modes, so other users could read it".to_owned(),
        Fault::NotOurs { path, .. } if !Path::new(path).is_dir() => {
            "its file system gives our files to another user".to_owned()
        }
        Fault::Unwritable { why, .. } => why.clone(),
        _ => return fault,
    };
    let path = state.folder().to_string_lossy().into_owned();
    let instead = candidates(context).into_iter().find(|folder| works(folder));
    let instead = instead.map(|folder| folder.to_string_lossy().into_owned());
    Fault::PlaceUnfit { path, why, instead, subject: subject.clone() }
}

/// Folders of the user alone that may keep sessions, the most lasting first.
fn candidates(context: Context) -> Vec<PathBuf> {
    let home = context.var("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    let run = context.var("XDG_RUNTIME_DIR").map(PathBuf::from);
    [home, run].into_iter().flatten().filter(|folder| folder.is_absolute()).collect()
}

/// Returns true if a session can be kept there; the folder itself must exist.
fn works(folder: &Path) -> bool {
    folder.is_dir() && State::at(folder.join("awsesame")).try_out().is_ok()
}
