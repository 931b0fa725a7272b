//! Reads and writes the AWS CLI's own caches of sign-ins. They are never refreshed, and are written only if the user
//! asks for that, because everything in them is in the clear.

use std::path::PathBuf;
use std::time::Duration;

use awsesame_core::fault::Fault;
use awsesame_core::name::Shown;
use awsesame_core::signin::identity_center::record::{Record, Token};
use awsesame_core::signin::identity_center::settings::Portal;
use awsesame_core::signin::identity_center::token_cache;
use awsesame_core::signin::{console::Grant, login_cache};

use crate::os::context::Context;
use crate::os::file::{self, Durability};
use crate::os::folder::Folder;
use crate::os::named_file;
use crate::ui;

/// The maximum size of such a file.
const MOST_BYTES: u64 = 256 * 1024;
/// The time until a file is complete. Other tools write it in place, so a reader can see a part of it.
const HALF: Duration = Duration::from_millis(150);

/// Reads and parses a file; if it cannot be parsed, it is read a second time. Returns `None` if the file does not exist
/// or contains nothing usable.
fn read<T>(path: Option<PathBuf>, understand: impl Fn(&str) -> Option<T>) -> Option<T> {
    let path = path?;
    for attempt in 0..2 {
        let bytes = named_file::read(&path, MOST_BYTES).ok()??;
        if let Some(understood) = std::str::from_utf8(&bytes).ok().and_then(&understand) {
            return Some(understood);
        }
        if attempt == 0 {
            std::thread::sleep(HALF);
        }
    }
    None
}

/// Returns the credentials that `aws login` left of this console session. `None` if there are none that can be used.
pub(super) fn console_login(context: Context, session: &str) -> Option<login_cache::Cached> {
    read(login_path(context, session), |text| login_cache::read(text).ok())
}

/// Returns the token that `aws sso login` left of this portal. `None` if there is none that can be used.
pub(super) fn portal_token(context: Context, portal: &Portal) -> Option<token_cache::Cached> {
    read(token_path(context, portal), |text| token_cache::read(text, portal).ok())
}

/// Returns the published console session after another program has refreshed it. Returns `None` if none has.
pub(super) fn refreshed_login(context: Context, grant: &Grant) -> Option<Grant> {
    let newer = |text: &str| login_cache::refreshed(text, grant, context.now()).ok();
    read(login_path(context, &grant.arn), newer)?
}

/// Returns the published token of a portal after another program has refreshed it. Returns `None` if none has.
pub(super) fn refreshed_token(context: Context, portal: &Portal, record: &Record) -> Option<Token> {
    let newer = |text: &str| token_cache::refreshed(text, portal, record, context.now()).ok();
    read(token_path(context, portal), newer)?
}

/// Writes what the SDKs read of a console session.
pub(super) fn publish_login(context: Context, grant: &Grant) -> Result<(), Fault> {
    write(context, login_path(context, &grant.arn), &login_cache::publish(grant))
}

/// Writes what the SDKs read of a portal.
pub(super) fn publish_token(context: Context, record: &Record, portal: &Portal) -> Result<(), Fault> {
    match token_cache::publish(record, portal) {
        Some(text) => write(context, token_path(context, portal), &text),
        None => Ok(()),
    }
}

/// Deletes the file that was written for other tools.
pub(super) fn withdraw_login(context: Context, grant: &Grant) -> Result<(), Fault> {
    login_path(context, &grant.arn).map_or(Ok(()), |path| file::remove(&path).map(drop))
}

/// Deletes the file of a portal that was written for other tools.
pub(super) fn withdraw_token(context: Context, portal: &Portal) -> Result<(), Fault> {
    token_path(context, portal).map_or(Ok(()), |path| file::remove(&path).map(drop))
}

fn write(context: Context, path: Option<PathBuf>, text: &str) -> Result<(), Fault> {
    let Some(path) = path else {
        return Err(Fault::NoHome { what: "~/.aws", variable: "HOME" });
    };
    if let Some(folder) = path.parent() {
        Folder::make_in(folder, 0o700)?;
    }
    file::write_private(&path, text.as_bytes(), Durability::Process)?;
    ui::warn(&format!(
        "published in the clear, for tools that look there: {}",
        Shown(&context.folders().shown(&path))
    ));
    Ok(())
}

fn login_path(context: Context, session: &str) -> Option<PathBuf> {
    let folder = match context.var("AWS_LOGIN_CACHE_DIRECTORY") {
        Some(folder) => context.folders().expand(folder.into()),
        None => context.folders().home()?.join(".aws/login/cache"),
    };
    Some(folder.join(login_cache::file_name(session)))
}

fn token_path(context: Context, portal: &Portal) -> Option<PathBuf> {
    let folder = context.folders().home()?.join(".aws/sso/cache");
    Some(folder.join(token_cache::file_name(portal)))
}
