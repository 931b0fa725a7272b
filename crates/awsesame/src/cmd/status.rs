//! `awsesame status`: every session, and how long it still holds.

use std::process::ExitCode;

use awsesame_core::fault::{Exit, Fault, NoSession};
use awsesame_core::session::Header;

use super::Runner;
use crate::vault::Vault;
use crate::{report, ui};

/// Show every session: profile, account, identity, time left, MFA age, store
#[derive(Debug, clap::Args)]
pub(super) struct Status {}

impl Status {
    #[expect(clippy::unused_self, reason = "every subcommand is run alike")]
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let state = runner.state()?;
        let now = runner.context.now();
        // One profile's status is a question with an answer: exit 3 where it is no.
        let only = runner.profile().map(|name| runner.context.subject(Some(name)));
        let mut rows: Vec<(Header, &'static str)> = Vec::new();
        for (stem, session) in state.sessions()? {
            let Ok(session) = session else {
                ui::warn(&format!("`{stem}.session` is damaged; forget it: awsesame logout --all"));
                continue;
            };
            let header = session.header();
            let own = awsesame_core::session::file_stem(&header.subject) == stem;
            if own && only.as_ref().is_none_or(|only| *only == header.subject) {
                let opens = match Vault::open(&state, &header.store) {
                    Ok(vault) => vault.session(&header.subject, now)?.err(),
                    Err(_) => Some(NoSession::Sealed),
                };
                let word = match opens.or_else(|| header.usable(now, None).err()) {
                    None => "fresh",
                    Some(NoSession::Damaged) => "damaged",
                    Some(_) if header.left(now) <= 0 => "expired",
                    Some(NoSession::Sealed | NoSession::Never) => "locked",
                    Some(NoSession::Expired | NoSession::MfaTooOld | NoSession::Unwanted) => "expired",
                };
                rows.push((header.clone(), word));
            }
        }
        let fresh = rows.iter().any(|(_, word)| *word == "fresh");
        if runner.shared.json {
            let objects: Vec<String> = rows
                .iter()
                .map(|(header, word)| report::json(header, word, now).trim_end().to_owned())
                .collect();
            ui::print(&format!("[{}]\n", objects.join(",")))?;
        } else if rows.is_empty() {
            let subject = only.clone().unwrap_or_else(|| runner.context.subject(None));
            ui::say(&format!("no session; type: awsesame login{}", subject.flag()));
        } else {
            ui::print(&report::table(&rows, now))?;
        }
        Ok(if only.is_some() && !fresh { ExitCode::from(Exit::LoginNeeded as u8) } else { ExitCode::SUCCESS })
    }
}
