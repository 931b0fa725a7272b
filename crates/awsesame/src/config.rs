//! Reading `config.toml`, the variables that override it, and the policies that it
//! names. What they mean is core's to say. The front must never come here: the hot path parses no file.

pub mod editing;
pub mod key_list;
pub mod plan;
pub mod profiles;
pub mod surroundings;

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use awsesame_core::config::{Config, KEYS};
use awsesame_core::fault::Fault;

use crate::os::context::Context;
use crate::os::file;

/// No settings of anybody's are longer.
const MOST_BYTES: u64 = 1024 * 1024;

/// Reads both. No file is a file without settings.
pub fn read(context: Context) -> Result<Config, Fault> {
    let variables: BTreeMap<_, _> =
        KEYS.iter().filter_map(|key| Some((key.variable, context.var(key.variable)?))).collect();
    let mut config = match context.config_file() {
        Some(path) => Config::read(&text(&path)?.unwrap_or_default(), &path.to_string_lossy(), &variables)?,
        None => Config::read("", "", &variables)?,
    };
    if let Some(store) = surroundings::lasting_store(context) {
        config.default_here("store", store);
    }
    Ok(config)
}

/// A session policy that the settings name by its path.
pub fn policy(path: &Path) -> Result<String, Fault> {
    let shown = || path.to_string_lossy().into_owned();
    let unreadable = |error: &std::io::Error| Fault::Unreadable { path: shown(), why: file::words(error) };
    let about = std::fs::metadata(path).map_err(|error| unreadable(&error))?;
    if !about.is_file() {
        return Err(Fault::NotAFile { path: shown(), what: kind_of(&about) });
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| unreadable(&error))?;
    file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    String::from_utf8(bytes)
        .map_err(|_| Fault::Unreadable { path: shown(), why: "it is not UTF-8 text".into() })
}

fn kind_of(about: &std::fs::Metadata) -> &'static str {
    if about.is_dir() { "a folder" } else { "a device or a pipe" }
}

/// The file's text. It names programs that are run, so nobody else may be able to write it.
fn text(path: &Path) -> Result<Option<String>, Fault> {
    let shown = || path.to_string_lossy().into_owned();
    let unreadable = |error: &std::io::Error| Fault::Unreadable { path: shown(), why: file::words(error) };
    // Looked at before it is opened: a pipe in its place would hold us for ever.
    let about = match std::fs::metadata(path) {
        Ok(about) => about,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(&error)),
    };
    if !about.is_file() {
        return Err(Fault::NotAFile { path: shown(), what: kind_of(&about) });
    }
    if about.uid() != 0 && about.uid() != rustix::process::geteuid().as_raw() {
        return Err(Fault::NotOurs { path: shown(), uid: about.uid() });
    }
    if about.mode() & 0o022 != 0 {
        return Err(Fault::TooOpen { path: shown(), mode: about.mode() & 0o7777 });
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MOST_BYTES).read_to_end(&mut bytes))
        .map_err(|error| unreadable(&error))?;
    let text = String::from_utf8(bytes);
    text.map(Some).map_err(|_| Fault::ConfigSyntax {
        path: shown(),
        line: 1,
        why: "it is not UTF-8 text".into(),
    })
}
