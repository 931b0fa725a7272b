//! `init`: `config` and `credentials` files with a profile for every user of a fixture.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use awsesame_sandbox::Fixture;
use lexopt::prelude::*;

use crate::failure::Failure;
use crate::fixture_file;
use crate::print::{HELP, print};

pub(crate) fn run(mut parser: lexopt::Parser) -> Result<(), Failure> {
    let (mut dir, mut fixture, mut endpoint) = (None, None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Value(value) if dir.is_none() => dir = Some(PathBuf::from(value)),
            Long("fixture") => fixture = Some(PathBuf::from(parser.value()?)),
            Long("endpoint") => endpoint = Some(parser.value()?.string()?),
            Long("help") => return print(HELP),
            other => return Err(other.unexpected().into()),
        }
    }
    let dir = dir.ok_or_else(|| Failure::usage("`init` needs a directory"))?;
    let endpoint = endpoint.or_else(|| std::env::var("AWS_ENDPOINT_URL").ok().filter(|url| !url.is_empty()));
    let endpoint = endpoint.ok_or_else(|| {
        Failure::new("no endpoint given", "awsesame-sandbox init DIR --endpoint http://127.0.0.1:PORT")
    })?;
    write(&dir, &fixture_file::load(fixture.as_deref())?, &endpoint)?;
    print(&exports(&dir))
}

/// Writes both files into `dir`, readable to their owner only.
pub(crate) fn write(dir: &Path, fixture: &Fixture, endpoint: &str) -> Result<(), Failure> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|error| unwritable(dir, &error))?;
    write_private(&dir.join("config"), &config(fixture, endpoint))?;
    write_private(&dir.join("credentials"), &credentials(fixture))
}

/// Replaces `file` in one step, so that no reader sees an incomplete file.
pub(crate) fn write_private(file: &Path, text: &str) -> Result<(), Failure> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let fresh = file.with_file_name(name);
    let written = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&fresh)
        .and_then(|mut out| out.write_all(text.as_bytes()).and_then(|()| out.sync_all()))
        .and_then(|()| fs::rename(&fresh, file));
    written.map_err(|error| {
        // An incomplete file is useless.
        let _ = fs::remove_file(&fresh);
        unwritable(file, &error)
    })
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot write `{}`: {error}", path.display()), "awsesame-sandbox init OTHER_DIR")
}

/// Quotes a word for the shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

/// Returns the lines that make a shell use the files in `dir`.
pub(crate) fn exports(dir: &Path) -> String {
    format!(
        "export AWS_CONFIG_FILE={}\nexport AWS_SHARED_CREDENTIALS_FILE={}\n",
        quoted(&dir.join("config")),
        quoted(&dir.join("credentials"))
    )
}

/// Returns a profile for every user, one for every role through the first user with a device, and one for every
/// permission set.
pub(crate) fn config(fixture: &Fixture, endpoint: &str) -> String {
    [by_code(fixture, endpoint), by_browser(fixture, endpoint)].concat()
}

/// Returns the profiles of users who sign in by browser, and of the portal.
fn by_browser(fixture: &Fixture, endpoint: &str) -> String {
    let mut text = String::new();
    for (user, arn) in fixture.browser_users() {
        let _ = write!(
            text,
            "[profile {user}]\nregion = us-east-1\nendpoint_url = {endpoint}\nlogin_session = {arn}\n\n"
        );
    }
    let Some((start_url, region)) = fixture.portal() else { return text };
    let _ = write!(
        text,
        "[sso-session portal]\nsso_start_url = {start_url}\nsso_region = {region}\n\
         sso_registration_scopes = sso:account:access\n\n"
    );
    for (account, role) in fixture.portal_roles() {
        let _ = write!(
            text,
            "[profile portal-{role}]\nregion = us-east-1\nendpoint_url = {endpoint}\nsso_session = portal\n\
             sso_account_id = {account}\nsso_role_name = {role}\n\n"
        );
    }
    text
}

/// Returns the profiles of users who give codes, and of the roles that they assume.
fn by_code(fixture: &Fixture, endpoint: &str) -> String {
    let mut text = String::new();
    let mut source = None;
    for (user, serial) in fixture.profiles() {
        let _ = write!(text, "[profile {user}]\nregion = us-east-1\nendpoint_url = {endpoint}\n");
        if let Some(serial) = serial {
            let _ = writeln!(text, "mfa_serial = {serial}");
            source = source.or(Some((user, serial)));
        }
        text.push('\n');
    }
    let Some((user, serial)) = source else { return text };
    for role in fixture.roles() {
        let name = &role.name;
        let _ = write!(
            text,
            "[profile {name}]\nregion = us-east-1\nendpoint_url = {endpoint}\nrole_arn = {}\n",
            role.arn
        );
        // A role that another role assumes uses the device of that role, and lasts an hour at most.
        if let Some(source) = role.source_role {
            let _ = writeln!(text, "source_profile = {source}");
        } else {
            let _ = writeln!(text, "source_profile = {user}\nmfa_serial = {serial}");
            if role.max_session > 3600 {
                let _ = writeln!(text, "duration_seconds = {}", role.max_session);
            }
        }
        if let Some(id) = role.external_id {
            let _ = writeln!(text, "external_id = {id}");
        }
        text.push('\n');
    }
    text
}

/// Returns the `credentials` file with the users' long-term keys.
pub(crate) fn credentials(fixture: &Fixture) -> String {
    let mut text = String::new();
    for (user, id, secret) in fixture.access_keys() {
        let _ = write!(text, "[{user}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n\n");
    }
    text
}
