//! Tests that the state folder can keep sessions, before a code is sent. If it cannot, the error names another folder
//! that can.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use awsesame_core::fault::Fault;
use awsesame_core::name::Subject;

use crate::os::context::Context;
use crate::state::State;

/// The name of our folder in a folder for states.
const FOLDER: &str = "awsesame";

/// Returns the hint about a folder of ours that `chmod` cannot close to others, because its file system stores no modes.
/// None for every other folder.
pub fn without_modes(folder: &Path, context: Context) -> Option<String> {
    let folders = context.folders();
    let ours = [
        ("XDG_DATA_HOME", folders.data().ok()),
        ("XDG_STATE_HOME", folders.state().ok()),
        ("XDG_CONFIG_HOME", folders.settings().and_then(|file| Some(file.parent()?.to_owned()))),
    ];
    let about = |(_, known): &(&str, Option<PathBuf>)| {
        known.as_ref().is_some_and(|known| known.starts_with(folder) || folder.starts_with(known))
    };
    let (variable, _) = ours.into_iter().find(about)?;
    keeps_no_modes(folder).then(|| {
        format!(
            "its file system stores no modes, so `chmod` has no effect; use a folder on another one: \
             export {variable}=/path/to/folder"
        )
    })
}

/// Puts the fault of a trial in words that name the place, and another folder that was tried and works.
pub fn unfit(fault: Fault, state: &State, subject: &Subject, context: Context) -> Fault {
    let why = match &fault {
        Fault::TooOpen { .. } => "its file system stores no modes, so other users could read it".to_owned(),
        Fault::OpenFolder { path, .. } if keeps_no_modes(Path::new(path)) => {
            "its file system stores no modes, so other users could write to it".to_owned()
        }
        Fault::NotOurs { path, .. } if !Path::new(path).is_dir() => {
            "its file system gives our files to another user".to_owned()
        }
        Fault::Unwritable { why, .. } => why.clone(),
        _ => return fault,
    };
    let path = state.folder().to_string_lossy().into_owned();
    // The folder that has just failed is no other one, should it work at the second try.
    let other = |folder: &PathBuf| folder.join(FOLDER) != state.folder();
    let instead = candidates(context).into_iter().filter(other).find(|folder| works(folder));
    let instead = instead.map(|folder| folder.to_string_lossy().into_owned());
    Fault::PlaceUnfit { path, why, instead, subject: subject.clone() }
}

/// Returns private folders that may keep sessions, the most permanent first.
fn candidates(context: Context) -> Vec<PathBuf> {
    let home = context.folders().home().map(|home| home.join(".local/state"));
    let run = context.environment().path("XDG_RUNTIME_DIR");
    [home, run].into_iter().flatten().filter(|folder| folder.is_absolute()).collect()
}

/// Returns true if the file system does not store the private mode of a new file.
fn keeps_no_modes(folder: &Path) -> bool {
    let made = tempfile::Builder::new().prefix(".new-").tempfile_in(folder);
    let about = made.and_then(|file| file.as_file().metadata());
    about.is_ok_and(|about| about.permissions().mode() & 0o077 != 0)
}

/// Returns true if a session can be kept there; the folder itself must exist.
fn works(folder: &Path) -> bool {
    folder.is_dir() && State::at(folder.join(FOLDER)).try_out().is_ok()
}
