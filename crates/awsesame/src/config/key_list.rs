//! Reads the index of the long-term keys in stores, a file without secrets. Core parses it.

use std::path::PathBuf;

use awsesame_core::aws_files::key_index::KeyIndex;
use awsesame_core::fault::Fault;

use crate::os::file;

/// The maximum size of the index.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// Reads the index. A missing file is an empty index.
pub fn read(path: Option<&PathBuf>) -> Result<KeyIndex, Fault> {
    let Some(path) = path else { return Ok(KeyIndex::default()) };
    let Some(bytes) = file::read_own(path, MOST_BYTES)? else { return Ok(KeyIndex::default()) };
    let path = path.to_string_lossy().into_owned();
    let text = String::from_utf8(bytes).map_err(|_| Fault::KeyListBroken { path: path.clone(), line: 1 })?;
    KeyIndex::parse(&text, &path)
}
