//! Reads `config.toml`, the variables that override it, and the policy files that it names. Core decides what they
//! mean. The front must not use this module, because the hot path parses no file.

pub mod editing;
pub mod key_list;
pub mod plan;
pub mod profiles;
pub mod surroundings;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use awsesame_core::config::{Config, KEYS};
use awsesame_core::fault::Fault;

use crate::os::context::Context;
use crate::os::{file, folder, named_file};

/// The maximum size of a settings file.
const MOST_BYTES: u64 = 1024 * 1024;

/// Reads both. No file is a file without settings.
pub fn read(context: Context) -> Result<Config, Fault> {
    context.folders().check_home()?;
    let variables: BTreeMap<_, _> =
        KEYS.iter().filter_map(|key| Some((key.variable, context.var(key.variable)?))).collect();
    let mut config = match context.folders().settings() {
        Some(path) => {
            let text = text(&path).map_err(|fault| named(fault, context))?;
            Config::read(&text.unwrap_or_default(), &path.to_string_lossy(), &variables)?
        }
        None => Config::read("", "", &variables)?,
    };
    if let Some(store) = surroundings::lasting_store(context) {
        config.default_here("store", store);
    }
    Ok(config)
}

/// The variable that names another file of settings.
const VARIABLE: &str = "AWSESAME_CONFIG";

/// Returns the fault for a variable whose path is not a file. The file must not be moved away.
fn named(fault: Fault, context: Context) -> Fault {
    match fault {
        Fault::NotAFile { path, what } if context.var(VARIABLE).is_some() => Fault::BadValue {
            setting: VARIABLE,
            value: path,
            expected: format!("the path of a file, and this is {what}"),
        },
        fault => fault,
    }
}

/// Reads a session policy from the path in the settings.
pub fn policy(path: &Path) -> Result<String, Fault> {
    let unreadable = |why| Fault::Unreadable { path: path.to_string_lossy().into_owned(), why };
    let bytes = named_file::read(path, MOST_BYTES).map_err(unreadable)?;
    let bytes = bytes.ok_or_else(|| unreadable("no such file or directory".into()))?;
    String::from_utf8(bytes.to_vec()).map_err(|_| unreadable("it is not UTF-8 text".into()))
}

/// Returns the text of the file. It names programs to run, so no other user may be able to write or replace it.
fn text(path: &Path) -> Result<Option<String>, Fault> {
    let shown = || path.to_string_lossy().into_owned();
    let unreadable = |error: &std::io::Error| Fault::Unreadable { path: shown(), why: file::words(error) };
    let Some(file) = folder::open_trusted(path)? else { return Ok(None) };
    let mut bytes = Vec::new();
    file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    let text = String::from_utf8(bytes);
    text.map(Some).map_err(|_| Fault::ConfigSyntax {
        path: shown(),
        line: 1,
        why: "it is not UTF-8 text".into(),
    })
}
