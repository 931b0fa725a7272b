//! Walks along a path, from one descriptor to the next, and checks each folder and link.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use awsesame_core::fault::Fault;
use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::{Folder, SEARCH, judgment};
use crate::os::error::{shown, unreadable, unwritable};

/// The name of our own folder: in and below it everything is ours, and we make no links.
const OURS: &str = "awsesame";
/// The kernel follows as many links, too.
const MOST_LINKS: u32 = 40;

/// The treatment of a folder that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// The folder is created with this mode.
    Make(u32),
    /// The walk ends at the missing folder.
    Stop,
}

/// The state of a walk.
#[derive(Debug)]
struct Walk {
    asked: PathBuf,
    at: Arc<File>,
    path: PathBuf,
    missing: Missing,
    links: u32,
}

/// Returns how many components at the end of a path are ours. Returns None if no folder in it has our name.
pub(super) fn ours(path: &Path) -> Option<usize> {
    let at = |name: &str| path.iter().rev().position(|part| part == name).map(|above| above + 1);
    at(OURS).or_else(|| at(&format!("{OURS}-{}", judgment::us())))
}

/// Walks to a folder. The last `ours` components must not be links, must belong to this user and must be closed to
/// others. Returns None if the folder does not exist and must not be created.
pub(super) fn to_folder(path: &Path, ours: usize, missing: Missing) -> Result<Option<Folder>, Fault> {
    let mut ahead: VecDeque<OsString> = names(path).collect();
    let base = path.ancestors().nth(ours.saturating_sub(1)).filter(|_| ours > 0);
    let known = base.and_then(|base| judged(base).map(|at| (base, at)));
    let mut walk = match known {
        Some((base, at)) => {
            ahead.drain(..ahead.len() - (ours - 1));
            Walk { asked: path.to_owned(), at, path: base.to_owned(), missing, links: 0 }
        }
        None => Walk::begin(path, missing)?,
    };
    while let Some(name) = ahead.pop_front() {
        let is_ours = ahead.len() < ours;
        if walk.step(&name, is_ours)? {
            if ahead.len() + 1 == ours && missing != Missing::Stop {
                remember(base, &walk.at);
            }
            continue;
        }
        match walk.link(&name)? {
            Linked::Missing => return Ok(None),
            Linked::To(target) if !is_ours => walk.follow(&target, &mut ahead)?,
            Linked::To(_) => return Err(Fault::LinkedFolder { path: shown(&walk.path.join(&name)) }),
            Linked::Other => return Err(Fault::NotAFolder { path: shown(&walk.path.join(&name)) }),
        }
    }
    Ok(Some(walk.into_folder()))
}

/// Folders of ours that this process has walked to. The checked folders above them cannot have been changed by another
/// user.
static JUDGED: Mutex<Vec<(PathBuf, Arc<File>)>> = Mutex::new(Vec::new());

/// The number of different folders of ours.
const MOST_JUDGED: usize = 4;

/// Returns a folder of ours from an earlier walk, if it still exists and is closed to others.
fn judged(base: &Path) -> Option<Arc<File>> {
    let known = JUDGED.lock().unwrap_or_else(PoisonError::into_inner);
    let at = known.iter().find(|(path, _)| path == base).map(|(_, at)| Arc::clone(at))?;
    let (own, there) = (at.metadata().ok()?, base.symlink_metadata().ok()?);
    let same = (own.dev(), own.ino()) == (there.dev(), there.ino());
    let ours = own.uid() == judgment::us() && own.mode().trailing_zeros() >= 6;
    (same && ours).then_some(at)
}

fn remember(base: Option<&Path>, at: &Arc<File>) {
    let Some(base) = base else { return };
    let mut known = JUDGED.lock().unwrap_or_else(PoisonError::into_inner);
    known.retain(|(path, _)| path != base);
    if known.len() >= MOST_JUDGED {
        known.remove(0);
    }
    known.push((base.to_owned(), Arc::clone(at)));
}

/// Walks to the folder of a file, and follows the file if it is a link. Returns None if a folder is missing.
pub(super) fn to_file(path: &Path) -> Result<Option<(Folder, OsString)>, Fault> {
    let mut ahead: VecDeque<OsString> = names(path).collect();
    let mut walk = Walk::begin(path, Missing::Stop)?;
    while let Some(name) = ahead.pop_front() {
        if !ahead.is_empty() && walk.step(&name, false)? {
            continue;
        }
        match walk.link(&name)? {
            Linked::To(target) => walk.follow(&target, &mut ahead)?,
            Linked::Missing if !ahead.is_empty() => return Ok(None),
            Linked::Other if !ahead.is_empty() => {
                return Err(Fault::NotAFolder { path: shown(&walk.path.join(&name)) });
            }
            Linked::Missing | Linked::Other => return Ok(Some((walk.into_folder(), name))),
        }
    }
    Err(Fault::NotAFile { path: shown(path), what: "a folder" })
}

/// Opens a folder whose last `ours` components are ours, without a check of the folders above. Returns None if it does
/// not exist.
pub(super) fn to_own(path: &Path, ours: usize) -> Result<Option<Folder>, Fault> {
    let base = path.ancestors().nth(ours - 1).unwrap_or(path);
    let flags = SEARCH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let at = match rustix::fs::open(base, flags, Mode::empty()) {
        Ok(at) => Arc::new(File::from(at)),
        Err(Errno::NOENT) => return Ok(None),
        Err(error) => {
            return Err(match base.symlink_metadata() {
                Ok(about) if about.is_symlink() => Fault::LinkedFolder { path: shown(base) },
                Ok(about) if !about.is_dir() => Fault::NotAFolder { path: shown(base) },
                _ => unreadable(base, &error.into()),
            });
        }
    };
    judgment::of_ours(base, &at, true)?;
    let mut walk =
        Walk { asked: path.to_owned(), at, path: base.to_owned(), missing: Missing::Stop, links: 0 };
    for name in path.strip_prefix(base).unwrap_or(Path::new("")) {
        if walk.step(name, true)? {
            continue;
        }
        let path = shown(&walk.path.join(name));
        return match walk.link(name)? {
            Linked::Missing => Ok(None),
            Linked::To(_) => Err(Fault::LinkedFolder { path }),
            Linked::Other => Err(Fault::NotAFolder { path }),
        };
    }
    Ok(Some(walk.into_folder()))
}

impl Walk {
    fn into_folder(self) -> Folder {
        Folder { at: self.at, path: self.path }
    }

    fn begin(path: &Path, missing: Missing) -> Result<Self, Fault> {
        let start = if path.is_absolute() { "/" } else { "." };
        let flags = SEARCH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let at = rustix::fs::open(start, flags, Mode::empty());
        let at = Arc::new(File::from(at.map_err(|error| unreadable(Path::new(start), &error.into()))?));
        judgment::above(Path::new(start), &at)?;
        let shown = if path.is_absolute() { PathBuf::from("/") } else { PathBuf::new() };
        Ok(Self { asked: path.to_owned(), at, path: shown, missing, links: 0 })
    }

    /// Enters a folder and checks it. Returns false if it is not a folder, or does not exist and must not be created.
    fn step(&mut self, name: &OsStr, is_ours: bool) -> Result<bool, Fault> {
        let next = self.path.join(name);
        let flags = SEARCH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut opened = rustix::fs::openat(&self.at, name, flags, Mode::empty());
        if opened.as_ref().is_err_and(|error| *error == Errno::NOENT)
            && let Missing::Make(mode) = self.missing
        {
            match rustix::fs::mkdirat(&self.at, name, Mode::from_raw_mode(mode)) {
                // A folder that another process created at the same moment is checked like any other.
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(unwritable(&self.asked, &error.into())),
            }
            opened = rustix::fs::openat(&self.at, name, flags, Mode::empty());
        }
        let folder = match opened {
            Ok(folder) => Arc::new(File::from(folder)),
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(false),
            Err(error) => return Err(self.barred(&next, error)),
        };
        let made = matches!(self.missing, Missing::Make(_));
        if is_ours {
            judgment::of_ours(&next, &folder, !made)?;
        } else {
            judgment::above(&next, &folder)?;
        }
        (self.at, self.path) = (folder, next);
        if is_ours && made {
            super::close_to_others(&self.at).map_err(|error| unwritable(&self.path, &error))?;
        }
        Ok(true)
    }

    /// Returns the fault for a step that the system forbids. The cause is a folder of another user that is closed to
    /// this one.
    fn barred(&self, next: &Path, error: Errno) -> Fault {
        let owner = self.at.metadata().map(|about| about.uid()).ok();
        let us = judgment::us();
        match owner {
            Some(uid) if error == Errno::ACCESS && uid != us => {
                Fault::NotOurs { path: shown(&self.path), uid }
            }
            _ if self.missing == Missing::Stop => unreadable(next, &error.into()),
            _ => unwritable(next, &error.into()),
        }
    }

    /// Reads a link that belongs to this user or to the system.
    fn link(&self, name: &OsStr) -> Result<Linked, Fault> {
        let path = self.path.join(name);
        let fail = |error: Errno| unreadable(&path, &error.into());
        let about = match rustix::fs::statat(&self.at, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(about) => about,
            Err(Errno::NOENT) => return Ok(Linked::Missing),
            Err(error) => return Err(self.barred(&path, error)),
        };
        match FileType::from_raw_mode(about.st_mode) {
            FileType::Symlink => {}
            // Another process has created it in the last moment.
            FileType::Directory => return Ok(Linked::Missing),
            _ => return Ok(Linked::Other),
        }
        #[cfg(target_os = "linux")]
        {
            // One descriptor is used for both checks, because a link could be replaced between them.
            let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let link = File::from(rustix::fs::openat(&self.at, name, flags, Mode::empty()).map_err(fail)?);
            judgment::owner(&path, &link.metadata().map_err(|error| unreadable(&path, &error))?)?;
            let target = rustix::fs::readlinkat(&link, "", Vec::new()).map_err(fail)?;
            Ok(Linked::To(PathBuf::from(OsString::from_vec(target.into_bytes()))))
        }
        #[cfg(not(target_os = "linux"))]
        {
            let target = rustix::fs::readlinkat(&self.at, name, Vec::new()).map_err(fail)?;
            judgment::owner(&path, &path.symlink_metadata().map_err(|error| unreadable(&path, &error))?)?;
            Ok(Linked::To(PathBuf::from(OsString::from_vec(target.into_bytes()))))
        }
    }

    /// Puts what a link says in front of what is ahead.
    fn follow(&mut self, target: &Path, ahead: &mut VecDeque<OsString>) -> Result<(), Fault> {
        self.links += 1;
        if self.links > MOST_LINKS {
            return Err(unreadable(&self.path, &Errno::LOOP.into()));
        }
        if target.is_absolute() {
            let start = Self::begin(target, self.missing)?;
            (self.at, self.path) = (start.at, start.path);
        }
        for name in names(target).collect::<Vec<_>>().into_iter().rev() {
            ahead.push_front(name);
        }
        Ok(())
    }
}

/// The meaning of a name that is not a folder.
enum Linked {
    To(PathBuf),
    Other,
    Missing,
}

fn names(path: &Path) -> impl Iterator<Item = OsString> {
    path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    })
}
