//! Measures the programs when they are linked with the system's C library instead of musl, in the same run. The
//! comparison shows the effect of musl on this machine.

use std::path::Path;

use anyhow::Result;

use super::spawn::Contestant;
use super::world::Home;
use crate::dist::FRONT;

/// A command that both builds run: its arguments, the exit code, and the text that it must print.
type Asked = (&'static [&'static str], i32, &'static str);

/// Commands that the front answers itself.
const BY_THE_FRONT: [Asked; 4] = [
    (&["env"], 0, "AWS_SESSION_TOKEN"),
    (&["process"], 0, "SessionToken"),
    (&["check"], 0, ""),
    (&["exec", "--", "/bin/true"], 0, ""),
];

/// Commands that the full program answers.
const BY_THE_FULL_PROGRAM: [Asked; 3] =
    [(&["status"], 0, ""), (&["explain"], 0, ""), (&["--version"], 0, "awsesame ")];

/// The suffix of the names of these rows.
const SUFFIX: &str = ", system's C library";

/// Returns the name of the row of a login by these programs.
pub(crate) fn login_row(row: &str) -> String {
    format!("{row}{SUFFIX}")
}

/// Returns the rows of the front and those of the full program. `home` has a session.
pub(crate) fn contestants(home: &Home<'_>, programs: &Path) -> Result<(Vec<Contestant>, Vec<Contestant>)> {
    let rows = |asked: &[Asked]| {
        let row = |&(words, status, says): &Asked| {
            let mut command = home.command(programs.join(FRONT));
            command.args(words);
            Contestant::new(format!("{}{SUFFIX}", words.join(" ")), command, status, says)
        };
        asked.iter().map(row).collect::<Result<Vec<_>>>()
    };
    Ok((rows(&BY_THE_FRONT)?, rows(&BY_THE_FULL_PROGRAM)?))
}
