//! Lets the user choose a profile from a list if nothing names one, by typing some of its letters. The profiles that
//! are used most come first.

use std::io::IsTerminal;

use awsesame_core::fault::Fault;
use awsesame_core::name::ProfileName;
use dialoguer::FuzzySelect;
use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};

use super::{Command, Runner, list};
use crate::config::plan::Planned;
use crate::state::picks::Picks;
use crate::ui;
use crate::ui::table::Table;

/// The number of profiles that are shown at once: with the question and the typed line, they fit on a small screen.
const SHOWN: usize = 12;

impl Command {
    /// Returns true for the commands that offer the list.
    pub(super) fn offers_profiles(&self) -> bool {
        matches!(self, Self::Login(_) | Self::Exec(_) | Self::Console(_))
    }
}

/// The columns that the list needs for the mark of the chosen line, and for the last column of the terminal.
const MARK: usize = 3;

/// Lets the user choose a profile. Returns `None` if a profile is in force, nobody can be asked, or none was chosen.
pub(super) fn pick(runner: &Runner<'_>) -> Option<String> {
    let can_ask = std::io::stdin().is_terminal() && std::io::stderr().is_terminal() && !ui::is_dumb();
    let named = runner.context.named_profile(runner.profile()).is_some();
    if !can_ask
        || named
        || runner.shared.json
        || !runner.may_ask().ok()?
        || runner.context.broker_elsewhere().is_some()
    {
        return None;
    }
    // A complete default profile is in force, as with AWS's own tools, and so is a key in the environment.
    let lacks = Planned::of(runner.context, None, None).err()?;
    if !matches!(
        lacks,
        Fault::NoProfileNamed { .. } | Fault::DefaultIncomplete { .. } | Fault::NoCredentials { .. }
    ) {
        return None;
    }
    let rows = choices(runner)?;
    let lines: Vec<&str> = rows.iter().map(|(_, line)| line.as_str()).collect();
    let theme: &dyn Theme =
        if ui::shows_colors(&std::io::stderr()) { &ColorfulTheme::default() } else { &SimpleTheme };
    let chosen = FuzzySelect::with_theme(theme)
        .with_prompt("profile (type to search, Esc to leave)")
        .items(&lines)
        .default(0)
        .max_length(SHOWN)
        .interact_opt();
    let chosen = chosen.ok().flatten()?;
    rows.get(chosen).map(|(name, _)| name.clone())
}

/// Returns the profiles that can be served, the most used first, each with a line that fits the terminal. If the
/// terminal wrapped a line, the list would be redrawn in the wrong place.
fn choices(runner: &Runner<'_>) -> Option<Vec<(String, String)>> {
    let picks = Picks::of(&runner.state().ok()?);
    let mut rows = list::served(runner).ok()?;
    rows.sort_by_key(|row| std::cmp::Reverse(picks.count(&row.profile)));
    let mut table = Table::unheaded(&["profile", "account", "about"])
        .sparing(&["account"])
        .shortening(&["profile"])
        .cutting(&["about"]);
    for row in &rows {
        table.push(vec![row.shown.as_str().into(), row.account.as_str().into(), row.about.as_str().into()]);
    }
    let width = ui::width_of_talk().map(|width| width.saturating_sub(MARK));
    let text = table.text(width, false);
    let lines = text.lines().map(str::to_owned);
    Some(rows.into_iter().map(|row| row.profile).zip(lines).collect())
}

/// Counts the use of a profile.
pub(super) fn remember(runner: &Runner<'_>) {
    let named = runner.profile().map(ProfileName::new);
    if let (Some(profile), Ok(state)) = (named, runner.state()) {
        Picks::of(&state).add(&profile);
    }
}
