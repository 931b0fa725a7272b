//! `~/.aws/config` and `~/.aws/credentials`, read by AWS's own parser. Only
//! reading: what the settings mean is core's to say.

use std::io::ErrorKind;
use std::path::Path;

use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_runtime::env_config::property::PropertiesKey;
use aws_runtime::env_config::section::EnvConfigSections;
use aws_types::os_shim_internal::{Env, Fs};
use awsesame_core::aws_files::edit::without_mark;
use awsesame_core::aws_files::profile::{ProfileSet, SSO_SETTINGS};
use awsesame_core::fault::Fault;

use crate::os::context::AwsFiles;
use crate::os::file::words;

/// No config file is larger; 5,000 profiles take less than one megabyte.
const MOST_BYTES: u64 = 32 * 1024 * 1024;

/// Reads both files, and which profiles have their key in a store instead.
pub fn read(files: &AwsFiles) -> Result<ProfileSet, Fault> {
    let mut set = in_files(files)?;
    set.insert_stored(&super::key_list::read(files.keys.as_ref())?);
    Ok(set)
}

/// Reads both files. A file that is not there is empty, as it is to AWS's tools.
pub fn in_files(files: &AwsFiles) -> Result<ProfileSet, Fault> {
    // Read here and not by the parser, which takes a file that it cannot read for an empty one.
    let text = |path: &Path| contents(path).map(Option::unwrap_or_default);
    from_texts(files, text(&files.config)?, text(&files.credentials)?)
}

/// What both files say. A missing file is an empty text, because the parser panics
/// where it is given none.
pub fn from_texts(files: &AwsFiles, config: String, credentials: String) -> Result<ProfileSet, Fault> {
    let [config, credentials] = [config, credentials].map(|text| match without_mark(&text) {
        // A byte order mark is no part of the text.
        rest if rest.len() < text.len() => rest.to_owned(),
        _ => text,
    });
    let shown = |path: &Path| path.to_string_lossy().into_owned();
    let set = ProfileSet::new(shown(&files.config), shown(&files.credentials));
    let alone = EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, config.clone());
    let both = EnvConfigFiles::builder()
        .with_contents(EnvConfigFileKind::Config, config)
        .with_contents(EnvConfigFileKind::Credentials, credentials);
    let sections = parse(&both.build()).map_err(|why| {
        // The parser does not say in which of the two.
        let path = if parse(&alone.build()).is_err() { &files.config } else { &files.credentials };
        Fault::ConfigBroken { path: shown(path), why }
    })?;
    let mut set = set.read(
        sections.profiles(),
        |profile, key| sections.get_profile(profile)?.get(key),
        |section, service| {
            let key = PropertiesKey::builder()
                .section_key("services")
                .section_name(section)
                .property_name(service)
                .sub_property_name("endpoint_url")
                .build()
                .ok()?;
            sections.other_sections().get(&key).map(String::as_str)
        },
    );
    for name in sections.sso_sessions() {
        for key in SSO_SETTINGS {
            let value = sections.sso_session(name).and_then(|session| session.get(key));
            set.insert_sso(name, key, value.unwrap_or_default());
        }
    }
    Ok(set)
}

/// The text of one of AWS's files; `Ok(None)` where there is none.
pub fn contents(path: &Path) -> Result<Option<String>, Fault> {
    let fault = |why: String| Fault::ConfigUnreadable { path: path.to_string_lossy().into_owned(), why };
    let about = match std::fs::metadata(path) {
        Ok(about) => about,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fault(words(&error))),
    };
    if about.is_dir() {
        return Err(fault("it is a folder".into()));
    }
    if about.len() > MOST_BYTES {
        return Err(fault(format!("it is larger than {} MiB", MOST_BYTES / 1024 / 1024)));
    }
    let bytes = std::fs::read(path).map_err(|error| fault(words(&error)))?;
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = good.split(|byte| *byte == b'\n').count();
        let why = format!("line {line} is not UTF-8 text");
        Fault::ConfigBroken { path: path.to_string_lossy().into_owned(), why }
    })
}

/// The parser's loading is written for asynchronous file systems; with the
/// contents given it never waits.
fn parse(files: &EnvConfigFiles) -> Result<EnvConfigSections, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| words(&error))?;
    let source = runtime
        .block_on(aws_runtime::env_config::source::load(&Env::from_slice(&[]), &Fs::from_slice(&[]), files))
        .map_err(|error| error.to_string())?;
    EnvConfigSections::parse(source).map_err(|error| parser_words(&error.to_string()))
}

/// `error parsing  on line 3:` and its reason in one line.
fn parser_words(error: &str) -> String {
    let text = error.split_once(" on ").map_or(error, |(_, rest)| rest);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
