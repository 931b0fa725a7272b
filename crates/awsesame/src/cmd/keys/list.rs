//! `awsesame keys list`: every profile's long-term key, and the place where it is stored. The command asks AWS for a
//! key's age and last use only with a session that already exists.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::process::ExitCode;

use awsesame_core::aws_files::edit::{AwsFile, FileKind};
use awsesame_core::fault::Fault;
use awsesame_core::name::{AccessKeyId, ProfileName, Shown};
use awsesame_core::plan::Root;
use awsesame_core::render::iso;
use awsesame_core::rotation::Journal;
use awsesame_core::session::servable::{Demands, servable};
use serde::Serialize;

use super::super::Runner;
use crate::aws::iam;
use crate::aws::sts;
use crate::aws::{self, Aws};
use crate::config::plan::{Planned, Plans};
use crate::config::profiles;
use crate::keys::rotate::journals::Journals;
use crate::ui::table::{Cell, Table};
use crate::ui::{self, Color, report};
use crate::vault::keyring::SessionKeyring;

/// Show every profile's long-term key: where it is stored, its age and last use
#[derive(Debug, clap::Args)]
pub(super) struct List {}

/// The key of one profile.
struct Row {
    profile: ProfileName,
    id: AccessKeyId,
    /// The store, or the file.
    place: String,
    stored: bool,
}

/// The facts that AWS has about a key, with times in Unix seconds.
#[derive(Debug, Clone, Copy, Default)]
struct KeyFacts {
    created: Option<i64>,
    last_used: Option<i64>,
}

impl List {
    #[expect(clippy::unused_self, reason = "every subcommand is run alike")]
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let rows = rows(runner)?;
        let rotations = Journals::at(&runner.context.folders().data()?).all()?;
        let rotation = |row: &Row| rotations.iter().find(|journal| journal.is_about(&row.id));
        let known = known(runner, &rows);
        let of = |row: &Row| known.get(row.id.as_str()).copied().unwrap_or_default();
        if runner.shared.json {
            let object = |row| Row::object(row, of(row), rotation(row));
            ui::print_json(&rows.iter().map(object).collect::<Vec<_>>())?;
        } else if rows.is_empty() {
            ui::say("no profile has a long-term key");
        } else {
            let mut table = table();
            for row in &rows {
                table.push(row.cells(of(row), runner));
            }
            ui::print_table(&table)?;
            if let Some(row) = rows.iter().find(|row| !row.stored) {
                ui::say(&format!(
                    "a key in a file is as readable as the file; into a store: awsesame keys import{}",
                    row.profile.flag()
                ));
            }
            for journal in &rotations {
                if let Some(row) = rows.iter().find(|row| journal.is_about(&row.id)) {
                    ui::say(&under_way(journal, &row.id, &row.profile));
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns the remaining work of a rotation.
fn under_way(journal: &Journal, here: &AccessKeyId, profile: &ProfileName) -> String {
    let (old, flag) = (&journal.old, profile.flag());
    match &journal.new {
        Some(new) if new == here && journal.reopened => {
            format!(
                "`{old}`, which `{new}` replaced, is active again; to continue: awsesame keys rotate{flag}"
            )
        }
        Some(new) if new == here && journal.used => {
            format!(
                "`{old}`, which `{new}` replaced, is not deleted yet; to continue: awsesame keys rotate{flag}"
            )
        }
        Some(new) if new == here => format!(
            "`{old}`, which `{new}` replaced, is deleted at the first login: awsesame login --force{flag}"
        ),
        _ => format!("the rotation of `{old}` was interrupted; to continue: awsesame keys rotate{flag}"),
    }
}

/// Returns the keys in stores and the keys in files, by profile.
fn rows(runner: &Runner<'_>) -> Result<Vec<Row>, Fault> {
    let files = runner.context.folders().aws()?;
    let index = crate::config::key_list::read(files.keys.as_ref())?;
    let in_files = profiles::in_files(&files)?;
    let mut rows: Vec<Row> = index
        .iter()
        .map(|(profile, key)| Row {
            profile: profile.clone(),
            id: key.id.clone(),
            place: key.store.clone(),
            stored: true,
        })
        .collect();
    let config = profiles::contents(&files.config)?.unwrap_or_default();
    let credentials = profiles::contents(&files.credentials)?.unwrap_or_default();
    let (config, credentials) =
        (AwsFile::read(&config, FileKind::Config), AwsFile::read(&credentials, FileKind::Credentials));
    let holders = |file: &AwsFile<'_>| -> HashSet<ProfileName> {
        let ids = file.settings().filter(|(_, key, _)| key.eq_ignore_ascii_case("aws_access_key_id"));
        ids.map(|(profile, ..)| profile.clone()).collect()
    };
    let (in_config, in_credentials) = (holders(&config), holders(&credentials));
    for profile in in_files.names() {
        let settings = in_files.get(profile);
        if let Some(id) = settings.and_then(|settings| settings.get("aws_access_key_id")) {
            // A profile that is in both files uses the key of the credentials file.
            let counts = in_config.contains(profile) && !in_credentials.contains(profile);
            let file = if counts { &files.config } else { &files.credentials };
            rows.push(Row {
                profile: profile.clone(),
                id: AccessKeyId::new(id),
                place: file.to_string_lossy().into_owned(),
                stored: false,
            });
        }
    }
    rows.sort_by(|a, b| (&a.profile, !a.stored).cmp(&(&b.profile, !b.stored)));
    Ok(rows)
}

/// Returns the facts that AWS reports about the keys of users with a session. Facts that AWS does not report or that
/// cannot be reached are left out.
fn known(runner: &Runner<'_>, rows: &[Row]) -> BTreeMap<String, KeyFacts> {
    let mut known = BTreeMap::new();
    let Ok(state) = runner.state() else { return known };
    let Ok(vault) = runner.vault_for(&state, false) else { return known };
    let keyring = SessionKeyring { context: runner.context, state: &state, vault: &vault };
    let Ok(plans) = Plans::read(runner.context) else { return known };
    for row in rows {
        if known.contains_key(row.id.as_str()) {
            continue;
        }
        match asked(&keyring, &plans, row) {
            Ok(Some(answer)) => {
                known.insert(row.id.as_str().to_owned(), answer);
            }
            Ok(None) => {}
            // One endpoint that does not answer is enough to wait for.
            Err(Unreached) => break,
        }
    }
    known
}

/// The failure that AWS cannot be reached.
struct Unreached;

fn asked(keyring: &SessionKeyring<'_>, plans: &Plans, row: &Row) -> Result<Option<KeyFacts>, Unreached> {
    let now = keyring.context.now();
    let Ok(Planned { plan, .. }) = plans.plan(Some(&row.profile), None) else {
        return Ok(None);
    };
    // The session of the user itself is used, because a role may not be allowed to read its user.
    let user = matches!(plan.root, Root::Session { .. }) && plan.key().is_some_and(|key| key.id == row.id);
    let session = if user { keyring.vault.derived(&plan.root_id(), now).ok() } else { None };
    let Some(Ok(session)) = session else { return Ok(None) };
    if servable(&session.header, &Demands::at(now)).is_err() {
        return Ok(None);
    }
    let Ok(aws) = Aws::reach(&plan.client, keyring.context) else { return Ok(None) };
    let signer = aws::temporary(&session.credentials);
    let user = match sts::user(&aws, signer.clone()) {
        Ok(user) => user,
        Err(answer) if is_unreached(&answer) => return Err(Unreached),
        Err(_) => return Ok(None),
    };
    let listed = iam::keys::list(&aws, signer.clone(), user.as_deref());
    let last_used = iam::keys::last_used(&aws, signer, &row.id);
    if listed.as_ref().is_err_and(is_unreached) {
        return Err(Unreached);
    }
    let created = listed.unwrap_or_default().into_iter().find(|key| key.id == row.id).map(|key| key.created);
    Ok(Some(KeyFacts { created, last_used: last_used.ok().flatten().map(|used| used.at) }))
}

fn is_unreached(answer: &awsesame_core::answer::translate::Answer) -> bool {
    matches!(answer, awsesame_core::answer::translate::Answer::Unreached(_))
}

/// A key, as programs read it.
#[derive(Serialize)]
struct RowObject<'a> {
    profile: &'a str,
    key: &'a str,
    store: Option<&'a str>,
    file: Option<&'a str>,
    created: Option<String>,
    last_used: Option<String>,
    rotation: Option<RotationObject<'a>>,
}

/// A rotation that is under way.
#[derive(Serialize)]
struct RotationObject<'a> {
    old: &'a str,
    new: Option<&'a str>,
    used: bool,
    reopened: bool,
}

impl Row {
    fn object<'a>(&'a self, known: KeyFacts, rotation: Option<&'a Journal>) -> RowObject<'a> {
        let place = Some(self.place.as_str());
        RowObject {
            profile: self.profile.as_str(),
            key: self.id.as_str(),
            store: place.filter(|_| self.stored),
            file: place.filter(|_| !self.stored),
            created: known.created.map(iso),
            last_used: known.last_used.map(iso),
            rotation: rotation.map(|journal| RotationObject {
                old: journal.old.as_str(),
                new: journal.new.as_ref().map(AccessKeyId::as_str),
                used: journal.used,
                reopened: journal.reopened,
            }),
        }
    }

    fn cells(&self, known: KeyFacts, runner: &Runner<'_>) -> Vec<Cell> {
        let now = runner.context.now();
        let ago = |time: Option<i64>| time.map_or_else(|| "-".to_owned(), |time| report::age(now - time));
        let place = if self.stored {
            Cell::colored(Shown(&self.place).to_string(), Color::Good)
        } else {
            let path = runner.context.folders().shown(Path::new(&self.place));
            Cell::colored(Shown(&path).to_string(), Color::Doubtful)
        };
        vec![
            self.profile.to_string().into(),
            self.id.to_string().into(),
            place,
            ago(known.created).into(),
            ago(known.last_used).into(),
        ]
    }
}

/// Returns an empty table with the headings.
fn table() -> Table {
    Table::new(&["PROFILE", "KEY", "STORED IN", "AGE", "LAST USED"])
        .sparing(&["LAST USED", "AGE"])
        .shortening(&["PROFILE", "STORED IN"])
}
