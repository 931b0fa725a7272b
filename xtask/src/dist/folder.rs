//! The folder dist/: a new one takes the place of the old in one move, so that it is whole at any time, and what a
//! killed run has left beside it goes with the next.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use tempfile::TempDir;

/// How the folders begin in which a new dist/ is made.
const PREFIX: &str = "dist-";

/// A folder to fill, on the file system of dist/, after what killed runs have left there is gone.
pub(super) fn fresh(tools: &Path) -> Result<TempDir> {
    fs::create_dir_all(tools).with_context(|| tools.display().to_string())?;
    for entry in fs::read_dir(tools).with_context(|| tools.display().to_string())? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            remove(&entry.path())?;
        }
    }
    tempfile::Builder::new().prefix(PREFIX).tempdir_in(tools).with_context(|| tools.display().to_string())
}

/// Puts a whole folder in the place of another.
pub(super) fn replace(place: &Path, fresh: TempDir) -> Result<()> {
    // A temporary folder is its owner's alone; what is handed out is not.
    fs::set_permissions(fresh.path(), fs::Permissions::from_mode(0o755))
        .with_context(|| fresh.path().display().to_string())?;
    if place.symlink_metadata().is_ok() {
        swap(fresh.path(), place).with_context(|| place.display().to_string())?;
        // Now it holds the old one, and goes with it.
        drop(fresh);
    } else {
        fs::rename(fresh.path(), place).with_context(|| place.display().to_string())?;
        let _ = fresh.keep();
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn swap(one: &Path, other: &Path) -> Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

/// Elsewhere there is a moment without a folder, but none with half a one.
#[cfg(not(target_os = "linux"))]
fn swap(one: &Path, other: &Path) -> Result<()> {
    let aside = one.with_extension("old");
    fs::rename(other, &aside)?;
    fs::rename(one, other)?;
    fs::rename(&aside, one)?;
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    fs::remove_dir_all(folder).with_context(|| folder.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_takes_the_place_of_another_whole() {
        let top = tempfile::tempdir().unwrap();
        let place = top.path().join("dist");
        fs::create_dir(&place).unwrap();
        fs::write(place.join("stale"), "").unwrap();
        let new = fresh(&top.path().join("tools")).unwrap();
        fs::write(new.path().join("new"), "").unwrap();
        replace(&place, new).unwrap();
        assert!(place.join("new").exists() && !place.join("stale").exists());
        assert_eq!(fs::metadata(&place).unwrap().permissions().mode() & 0o777, 0o755);
        assert_eq!(fs::read_dir(top.path().join("tools")).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_run_left_goes_with_the_next_and_nothing_else_does() {
        let tools = tempfile::tempdir().unwrap();
        let killed = fresh(tools.path()).unwrap().keep();
        fs::write(killed.join("half"), "").unwrap();
        fs::create_dir(tools.path().join("venv")).unwrap();
        let next = fresh(tools.path()).unwrap();
        assert!(!killed.exists() && next.path().exists() && tools.path().join("venv").exists());
    }
}
