//! Reads `~/.aws/config` and `~/.aws/credentials` from the disk. Core parses them and decides what they mean.

use std::collections::BTreeSet;
use std::path::Path;

use awsesame_core::aws_files::profile::ProfileSet;
use awsesame_core::aws_files::reading::{self, FileKind, Flawed, Reading};
use awsesame_core::fault::Fault;
use awsesame_core::name::ProfileName;
use zeroize::Zeroizing;

use crate::os::aws_files::AwsFiles;
use crate::os::named_file;

/// The maximum size of a config file. 100,000 profiles take 16 MiB, and twice that after `init --all`.
const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// The maximum number of bytes that are read from a pipe or a device, which may have no end.
const MOST_OF_A_PIPE: u64 = 32 * 1024 * 1024;

/// Both files after parsing, for all callers that need something from them.
#[derive(Debug)]
pub struct Readings<'f> {
    /// The paths of the files.
    pub files: &'f AwsFiles,
    /// The parsed config file.
    pub config: Reading,
    /// The parsed credentials file.
    pub credentials: Reading,
}

impl<'f> Readings<'f> {
    /// Reads both files. A missing file counts as empty, as in AWS's tools.
    pub fn read(files: &'f AwsFiles) -> Result<Self, Fault> {
        let read = |path: &Path, kind| -> Result<Reading, Fault> {
            Ok(bytes(path)?.map(|bytes| Reading::of_bytes(&bytes, kind)).unwrap_or_default())
        };
        let config = read(&files.config, FileKind::Config)?;
        let credentials = read(&files.credentials, FileKind::Credentials)?;
        Ok(Self { files, config, credentials })
    }

    /// Returns the profiles of both, and which have their key in a store instead.
    pub fn profiles(&self) -> Result<ProfileSet, Fault> {
        let mut set = self.in_files();
        set.insert_stored(&super::key_list::read(self.files.keys.as_ref())?);
        Ok(set)
    }

    /// Returns the parts that the AWS CLI would not read, each with its file.
    pub fn flaws(&self) -> impl Iterator<Item = (&Path, &Flawed)> {
        let of = |path: &'f Path| move |flawed| (path, flawed);
        let config = self.config.flaws().iter().map(of(&self.files.config));
        config.chain(self.credentials.flaws().iter().map(of(&self.files.credentials)))
    }

    fn in_files(&self) -> ProfileSet {
        empty(self.files).read(&self.config, &self.credentials)
    }
}

/// Reads both files, and which profiles have their key in a store instead.
pub fn read(files: &AwsFiles) -> Result<ProfileSet, Fault> {
    Readings::read(files)?.profiles()
}

/// Reads both files. A missing file counts as empty, as in AWS's tools.
pub fn in_files(files: &AwsFiles) -> Result<ProfileSet, Fault> {
    Ok(Readings::read(files)?.in_files())
}

/// Returns the names of all profiles, including those whose key is in a store. The settings are not parsed.
pub fn names(files: &AwsFiles) -> Result<BTreeSet<ProfileName>, Fault> {
    let mut names = BTreeSet::new();
    for (path, kind) in [(&files.config, FileKind::Config), (&files.credentials, FileKind::Credentials)] {
        if let Some(bytes) = bytes(path)? {
            names.extend(reading::profile_names(&bytes, kind).into_iter().map(ProfileName::new));
        }
    }
    let stored = super::key_list::read(files.keys.as_ref())?;
    names.extend(stored.iter().map(|(name, _)| name.clone()));
    Ok(names)
}

/// Returns the profiles that both files describe.
pub fn from_texts(files: &AwsFiles, config: &str, credentials: &str) -> ProfileSet {
    let (config, credentials) =
        (Reading::of(config, FileKind::Config), Reading::of(credentials, FileKind::Credentials));
    empty(files).read(&config, &credentials)
}

fn empty(files: &AwsFiles) -> ProfileSet {
    let shown = |path: &Path| path.to_string_lossy().into_owned();
    ProfileSet::new(shown(&files.config), shown(&files.credentials))
}

/// Returns the text of one of AWS's files, or `Ok(None)` if it does not exist. Bytes that are not UTF-8 are a fault:
/// such a file can be read, but not edited or copied.
pub fn contents(path: &Path) -> Result<Option<String>, Fault> {
    let Some(bytes) = bytes(path)? else { return Ok(None) };
    String::from_utf8(bytes.to_vec()).map(Some).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = good.split(|byte| *byte == b'\n').count();
        let why = format!("line {line} is not UTF-8 text");
        Fault::ConfigBroken { path: path.to_string_lossy().into_owned(), why }
    })
}

fn bytes(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
    let fault = |why: String| Fault::ConfigUnreadable { path: path.to_string_lossy().into_owned(), why };
    let is_file = std::fs::metadata(path).is_ok_and(|about| about.is_file());
    named_file::read(path, if is_file { MOST_BYTES } else { MOST_OF_A_PIPE }).map_err(fault)
}
