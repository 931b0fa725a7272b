//! Carries out `--fix`: the corrections that can do no harm. The content of AWS's files and of the start-up files of
//! shells is never changed.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use awsesame_core::fault::Fault;
use awsesame_core::name::Typed;
use rustix::fs::OFlags;

use super::super::{Runner, direnv};
use super::finding::{Finding, Fix, Standing};
use crate::os::file;

/// Applies every fix, and checks again: some file systems accept a mode and do not store it.
pub(super) fn mend_all(findings: &mut [Finding], runner: &Runner<'_>, look: impl FnOnce() -> Vec<Finding>) {
    let broken: Vec<Option<(String, Fix)>> =
        findings.iter().map(|finding| finding.fix.clone().map(|fix| (finding.what.clone(), fix))).collect();
    if broken.iter().all(Option::is_none) {
        return;
    }
    for finding in findings.iter_mut() {
        mend(finding, runner);
    }
    let again = look();
    for (finding, broken) in findings.iter_mut().zip(broken) {
        let Some((what, fix)) = broken.filter(|_| finding.standing == Standing::Mended) else { continue };
        if again.iter().any(|other| other.what == what) {
            *finding = unchanged(&what, &fix);
        }
    }
}

/// Returns the finding for a correction that had no effect, although the system accepted it.
fn unchanged(what: &str, fix: &Fix) -> Finding {
    match fix {
        Fix::Close(path, _) => Finding::failure(
            format!("{what}, and its file system does not store another mode"),
            format!("findmnt -T {}", Typed(&path.to_string_lossy())),
        ),
        Fix::Remove(path) => Finding::failure(
            format!("{what}, and is there again"),
            format!("ls -l {}", Typed(&path.to_string_lossy())),
        ),
        Fix::Library => {
            Finding::failure(format!("{what}, also after it was written"), "awsesame direnv install")
        }
    }
}

/// Carries out the correction of a finding. A finding without one is not changed.
fn mend(finding: &mut Finding, runner: &Runner<'_>) {
    let Some(fix) = finding.fix.take() else { return };
    let (done, what) = match &fix {
        Fix::Close(path, mode) => (close(path, *mode), format!("mode {mode:o}")),
        Fix::Library => (direnv::write_library(runner).map(drop), "written again".to_owned()),
        Fix::Remove(path) => (file::remove(path).map(drop), "removed".to_owned()),
    };
    match done {
        Ok(()) => {
            finding.standing = Standing::Mended;
            finding.command = None;
            finding.what = format!("{}: {what}", finding.what);
        }
        Err(fault) => *finding = Finding::fault(&fault),
    }
}

/// Closes a file of ours that is not a link. The file is opened first, so that nobody can replace it between the check
/// and the change.
fn close(path: &Path, mode: u32) -> Result<(), Fault> {
    let fail = |error: std::io::Error| file::unwritable(path, &error);
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = std::fs::OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
        .map_err(fail)?;
    let about = file.metadata().map_err(fail)?;
    if about.uid() != rustix::process::geteuid().as_raw() {
        return Err(Fault::NotOurs { path: path.to_string_lossy().into_owned(), uid: about.uid() });
    }
    file.set_permissions(Permissions::from_mode(mode)).map_err(fail)
}
