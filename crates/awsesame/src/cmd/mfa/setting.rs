//! A profile's `mfa_serial`, in `~/.aws/config`. Every other byte stays.

use std::os::unix::fs::DirBuilderExt;

use awsesame_core::aws_file::{AwsFile, FileKind};
use awsesame_core::fault::Fault;
use awsesame_core::name::{ProfileName, Serial};

use crate::context::Context;
use crate::disk;
use crate::original::Original;

/// The command that goes on where another program wrote the file meanwhile.
const AGAIN: &str = "mfa enroll";

/// Names the device in the profile, in a section of its own where it has none.
pub(super) fn write(context: Context, profile: &ProfileName, serial: &Serial) -> Result<(), Fault> {
    let path = context.aws_files()?.config;
    let settings = [("mfa_serial", serial.as_str().to_owned())];
    if let Some(original) = Original::read(&path)? {
        let text = AwsFile::read(original.text(), FileKind::Config).with(profile, &settings);
        return original.replace(&text, AGAIN, profile);
    }
    let fail = |error: std::io::Error| disk::unwritable(&path, &error);
    let folder = path.parent().unwrap_or(std::path::Path::new("."));
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fail)?;
    let text = AwsFile::read("", FileKind::Config).with(profile, &settings);
    let mut new = tempfile::NamedTempFile::new_in(folder).map_err(fail)?;
    std::io::Write::write_all(&mut new, text.as_bytes())
        .and_then(|()| new.as_file().sync_all())
        .map_err(fail)?;
    // Somebody may have made one since we looked.
    new.persist_noclobber(&path).map(drop).map_err(|error| disk::unwritable(&path, &error.error))
}
