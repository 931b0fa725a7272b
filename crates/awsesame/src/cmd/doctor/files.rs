//! Checks AWS's two files and our own folders: whether they can be read, whether other users can read them, and which
//! long-term keys they contain in the clear.

use std::collections::{BTreeMap, HashSet};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use awsesame_core::aws_files::profile::ProfileSet;
use awsesame_core::aws_files::reading::{Flawed, Section, SectionName};
use awsesame_core::checkup::too_open;
use awsesame_core::fault::Fault;
use awsesame_core::name::{ProfileName, Shown, Typed};
use awsesame_core::session::exported::is_withheld;

use super::CheckContext;
use super::finding::{Finding, Fix};
use crate::config::profiles::{self, Readings};
use crate::os::aws_files::AwsFiles;
use crate::os::context::Context;
use crate::os::file;

/// The depth to which our own folders are searched.
const DEPTH: usize = 3;

pub(super) fn look(checked: &CheckContext<'_>) -> Vec<Finding> {
    let context = checked.runner.context;
    let mut found = match context.folders().aws() {
        Ok(files) => of_aws(checked, &files),
        Err(fault) => vec![Finding::fault(&fault)],
    };
    let data = context.folders().data().ok();
    let own: Vec<&Path> = std::iter::once(checked.state.folder()).chain(data.as_deref()).collect();
    found.extend(own.into_iter().flat_map(|folder| ours(context, folder)));
    found
}

fn of_aws(checked: &CheckContext<'_>, files: &AwsFiles) -> Vec<Finding> {
    let context = checked.runner.context;
    let mut found = Vec::new();
    for (path, secret) in [(&files.config, false), (&files.credentials, true)] {
        match std::fs::metadata(path) {
            Ok(about) => found.extend(closed(context, path, &about, secret)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let (path, why) = (path.to_string_lossy().into_owned(), file::words(&error));
                found.push(Finding::fault(&Fault::Unreadable { path, why }));
            }
        }
    }
    if !files.config.exists() && !files.credentials.exists() {
        let missing = format!(
            "there is neither `{}` nor `{}`",
            context.folders().shown(&files.config),
            context.folders().shown(&files.credentials)
        );
        found.push(Finding::note(missing).type_in("awsesame init"));
    }
    let Some(readings) = &checked.readings else {
        found.extend(profiles::read(files).err().map(|fault| Finding::fault(&fault)));
        return found;
    };
    // Without readable settings there are no plans.
    match &checked.plans {
        Some(plans) => found.extend(of_profiles(context, readings, plans.profiles())),
        None => match readings.profiles() {
            Ok(set) => found.extend(of_profiles(context, readings, &set)),
            Err(fault) => found.push(Finding::fault(&fault)),
        },
    }
    found
}

fn of_profiles(context: Context, readings: &Readings<'_>, set: &ProfileSet) -> Vec<Finding> {
    let files = readings.files;
    let count = set.names().count();
    let word = if count == 1 { "profile" } else { "profiles" };
    let good = Finding::good(format!("{count} {word} in {}", context.folders().shown(&files.config)));
    let mut found = vec![good];
    found.extend(unread(context, readings));
    found.extend(set.names().filter_map(|name| leftover(context, files, set, name)));
    found.extend(in_the_clear(context, readings));
    found
}

/// Finds a profile that the AWS CLI has written by mistake or left behind.
fn leftover(context: Context, files: &AwsFiles, set: &ProfileSet, name: &ProfileName) -> Option<Finding> {
    let text = name.as_str();
    if is_withheld(text) {
        let what = format!(
            "profile `{name}` was written by `aws configure` while keys were withheld; with it AWS's tools no longer stop \
             there"
        );
        return Some(Finding::failure(what, format!("vi {}", Typed(&files.config.to_string_lossy()))));
    }
    let (account, device) = text.split_once('-')?;
    let of_login =
        account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) && !device.is_empty();
    let settings = set.get(name)?;
    let session = settings.has("aws_session_token")
        || settings.get("aws_access_key_id").is_some_and(|id| id.starts_with("ASIA"));
    (of_login && session).then(|| {
        let config = context.folders().shown(&files.config);
        let what = format!(
            "profile `{name}` is a session in the clear, as `aws configure mfa-login` leaves it ({config} or the \
             credentials file): the file does not say when it ends, and no tool renews it"
        );
        Finding::note(what).type_in(format!("vi {}", Typed(&files.credentials.to_string_lossy())))
    })
}

/// Returns the findings about what the AWS CLI does not read in the files: it refuses the whole file.
fn unread(context: Context, readings: &Readings<'_>) -> Vec<Finding> {
    let of = |(path, flawed): (&Path, &Flawed)| {
        let section = flawed.section.as_ref().map(|head| format!(", in `[{}]`", Shown(head)));
        let what = format!(
            "`{}` is refused whole by the AWS CLI: line {}{}: {}",
            context.folders().shown(path),
            flawed.line,
            section.unwrap_or_default(),
            flawed.flaw
        );
        Finding::failure(what, format!("vi +{} {}", flawed.line, Typed(&path.to_string_lossy())))
    };
    readings.flaws().map(of).collect()
}

/// Returns a finding if a file of AWS's does not belong to this user, or if others can read or change it. Returns None
/// if there is no problem.
fn closed(context: Context, path: &Path, about: &std::fs::Metadata, secret: bool) -> Option<Finding> {
    let shown = context.folders().shown(path);
    let us = rustix::process::geteuid().as_raw();
    if about.uid() != us && about.uid() != 0 {
        let what = format!("`{shown}` belongs to another user (uid {})", about.uid());
        return Some(Finding::failure(what, format!("ls -l {}", Typed(&path.to_string_lossy()))));
    }
    let mode = about.mode() & 0o7777;
    let Some(better) = too_open(mode, secret) else {
        return secret.then(|| Finding::good(format!("`{shown}` is closed to others")));
    };
    let command = format!("chmod {better:o} {}", Typed(&path.to_string_lossy()));
    let what = match (secret, mode & 0o002) {
        (true, _) => format!("`{shown}` is open to other users (mode {mode:o})"),
        (false, 0) => {
            let what = format!(
                "`{shown}`, which may name programs to run, can be changed by its group (mode {mode:o})"
            );
            return Some(Finding::note(what).type_in(command));
        }
        (false, _) => {
            format!("`{shown}`, which may name programs to run, can be changed by anybody (mode {mode:o})")
        }
    };
    let finding = Finding::failure(what, command);
    let link = path.symlink_metadata().is_ok_and(|about| about.is_symlink());
    Some(if link || about.uid() != us {
        finding
    } else {
        finding.mended_by(Fix::Close(path.to_owned(), better))
    })
}

/// Finds long-term keys in the files, each with its line. Keys of sessions expire, so they are not reported.
fn in_the_clear(context: Context, readings: &Readings<'_>) -> Vec<Finding> {
    // The credentials file takes precedence.
    let mut profiles: BTreeMap<&str, Vec<(&Section, &Path)>> = BTreeMap::new();
    let files = readings.files;
    let of = [(&readings.credentials, &files.credentials), (&readings.config, &files.config)];
    let has_key = |section: &&Section| section.text("aws_access_key_id").is_some();
    let with_key: HashSet<&SectionName> = of
        .iter()
        .flat_map(|(reading, _)| reading.sections().iter().filter(has_key))
        .map(|section| &section.name)
        .collect();
    for (reading, path) in of {
        for section in reading.sections().iter().filter(|section| with_key.contains(&section.name)) {
            if let SectionName::Profile(name) = &section.name {
                profiles.entry(name).or_default().push((section, path));
            }
        }
    }
    let mut found: Vec<Finding> = Vec::new();
    for (profile, sections) in profiles {
        let stated = |key: &str| {
            sections
                .iter()
                .find_map(|(section, path)| section.text(key).map(|(text, line)| (text, *path, line)))
        };
        let key = stated("aws_access_key_id").filter(|_| stated("aws_secret_access_key").is_some());
        let Some((id, path, line)) = key else { continue };
        let session = ["aws_session_token", "aws_security_token"].iter().any(|token| stated(token).is_some());
        if session || id.starts_with("ASIA") {
            continue;
        }
        let every =
            if profile == ProfileName::DEFAULT { ", for every tool that names no profile" } else { "" };
        let what = format!(
            "the long-term key of profile `{}` is stored in the clear at {}:{line}{every}",
            Shown(profile),
            Shown(&context.folders().shown(path)),
        );
        let command = format!("awsesame keys import -p {}", Typed(profile));
        found.push(Finding::failure(what, command));
    }
    if found.is_empty() {
        found.push(Finding::good("no long-term key is stored in the clear"));
        return found;
    }
    for program in HEADSTRONG.into_iter().filter(|program| context.program(program).is_some()) {
        found.push(Finding::note(format!(
            "`{program}` reads ~/.aws/credentials whatever is exported, and uses a key that it finds there"
        )));
    }
    found
}

/// The programs that always read the file in the home if a profile is named, even if the variables name another
/// file.
const HEADSTRONG: [&str; 1] = ["awscurl"];

/// Checks one of our folders with its contents.
fn ours(context: Context, folder: &Path) -> Vec<Finding> {
    if folder.symlink_metadata().is_err() {
        return Vec::new();
    }
    let mut found = Vec::new();
    walk(context, folder, DEPTH, &mut found);
    if found.is_empty() {
        found.push(Finding::good(format!("`{}` is closed to others", context.folders().shown(folder))));
    }
    found
}

fn walk(context: Context, path: &Path, depth: usize, found: &mut Vec<Finding>) {
    let Ok(about) = path.symlink_metadata() else { return };
    let shown = context.folders().shown(path);
    let mode = about.mode() & 0o7777;
    if about.is_symlink() {
        return;
    }
    if about.uid() != rustix::process::geteuid().as_raw() {
        let what = format!("`{shown}` belongs to another user (uid {})", about.uid());
        found.push(Finding::failure(what, format!("ls -l {}", Typed(&path.to_string_lossy()))));
        return;
    }
    // In a private folder other users cannot reach the files; but an open file is refused nevertheless.
    if let Some(better) = too_open(mode, true) {
        let command = format!("chmod {better:o} {}", Typed(&path.to_string_lossy()));
        let what = format!("`{shown}` is open to other users (mode {mode:o})");
        found.push(Finding::failure(what, command).mended_by(Fix::Close(path.to_owned(), better)));
    }
    if about.is_file() && file::is_abandoned(path) {
        let command = format!("rm {}", Typed(&path.to_string_lossy()));
        let finding = Finding::note(format!("`{shown}` was left by a program that was killed"));
        found.push(finding.type_in(command).mended_by(Fix::Remove(path.to_owned())));
    }
    if about.is_dir() && depth > 0 {
        for name in file::names(path).unwrap_or_default() {
            walk(context, &path.join(name), depth - 1, found);
        }
    }
}
