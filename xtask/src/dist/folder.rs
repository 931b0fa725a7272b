//! Replaces the folder dist/ with a new one in a single move, so that it is complete at any time. Files that a killed
//! run left are deleted by the next run.

use std::fs::{self, File, TryLockError};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use tempfile::TempDir;

/// The prefix of the folders in which a new dist/ is made.
const PREFIX: &str = "dist-";

/// A folder that is being filled. It is locked, so that no other run takes it for the folder of a killed run.
pub(super) struct Fresh {
    folder: TempDir,
    held: File,
}

impl Fresh {
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Returns a folder to fill, on the file system of dist/. The folders of killed runs are deleted first.
pub(super) fn fresh(tools: &Path) -> Result<Fresh> {
    fs::create_dir_all(tools).with_context(|| tools.display().to_string())?;
    for entry in fs::read_dir(tools).with_context(|| tools.display().to_string())? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(PREFIX) && is_left(&entry.path())? {
            remove(&entry.path())?;
        }
    }
    let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(tools);
    let folder = folder.with_context(|| tools.display().to_string())?;
    let held = File::open(folder.path()).with_context(|| folder.path().display().to_string())?;
    held.lock().with_context(|| folder.path().display().to_string())?;
    Ok(Fresh { folder, held })
}

/// Returns true if no run uses this folder.
fn is_left(folder: &Path) -> Result<bool> {
    let opened = match File::open(folder) {
        Ok(opened) => opened,
        // The run of this folder has just ended.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error).with_context(|| folder.display().to_string()),
    };
    match opened.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| folder.display().to_string()),
    }
}

/// Replaces a folder with another one.
pub(super) fn replace(place: &Path, fresh: Fresh) -> Result<()> {
    let Fresh { folder: fresh, held } = fresh;
    // A temporary folder is private, but a release folder must be readable for everybody.
    fs::set_permissions(fresh.path(), fs::Permissions::from_mode(0o755))
        .with_context(|| fresh.path().display().to_string())?;
    if place.symlink_metadata().is_ok() {
        swap(fresh.path(), place).with_context(|| place.display().to_string())?;
        // It contains the old folder now, and is deleted with it.
        drop(fresh);
    } else {
        fs::rename(fresh.path(), place).with_context(|| place.display().to_string())?;
        let _ = fresh.keep();
    }
    drop(held);
    Ok(())
}

#[cfg(target_os = "linux")]
fn swap(one: &Path, other: &Path) -> Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

/// Swaps two folders. On other systems there is a moment without a folder, but never an incomplete one.
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
    fn next_run_deletes_the_files_of_a_killed_one_and_nothing_else() {
        let tools = tempfile::tempdir().unwrap();
        let killed = fresh(tools.path()).unwrap().folder.keep();
        fs::write(killed.join("half"), "").unwrap();
        fs::create_dir(tools.path().join("venv")).unwrap();
        let next = fresh(tools.path()).unwrap();
        assert!(!killed.exists() && next.path().exists() && tools.path().join("venv").exists());
        // The files of a run that is still going on are not deleted.
        let other = fresh(tools.path()).unwrap();
        assert!(next.path().exists() && other.path().exists());
    }
}
