//! Parses an error: returns its message, and the command at the end of the hint.

use crate::ran::Ran;

use super::LOOKS;

/// Returns the last two lines of an error.
pub(super) fn two_lines(ran: &Ran) -> Option<(String, String)> {
    let lines: Vec<&str> = ran.stderr.lines().collect();
    let two = lines.windows(2).rev().find_map(|two| {
        let error = two[0].strip_prefix("error: ").or_else(|| two[0].strip_prefix("awsesame: "))?;
        Some((error.to_owned(), two[1].strip_prefix("hint: ")?.to_owned()))
    });
    // `check` prints only one line.
    let one = || {
        let line = ran.stderr.lines().next_back()?.strip_prefix("awsesame: ")?;
        let (what, hint) = line.split_once("; ")?;
        Some((what.to_owned(), hint.to_owned()))
    };
    two.or_else(one)
}

/// Returns the command at the end of a hint.
pub(super) fn command(hint: &str) -> &str {
    let starts: Vec<usize> = ["awsesame ", "eval ", "export ", "unset ", "sleep ", "ulimit ", "https://"]
        .into_iter()
        .chain(LOOKS)
        .filter_map(|word| {
            let begins =
                |at: usize| at == 0 || [": ", "; ", "? "].iter().any(|end| hint[..at].ends_with(end));
            hint.match_indices(word).map(|(at, _)| at).find(|at| begins(*at))
        })
        .collect();
    starts.into_iter().min().map_or(hint, |at| &hint[at..])
}

/// Removes the variable that a command sets or unsets.
pub(super) fn without(variables: &str, command: &str) -> String {
    let name = command.split([' ', '=']).nth(1).unwrap_or_default();
    let kept = variables.split_inclusive("; ").filter(|one| !one.starts_with(&format!("export {name}=")));
    kept.collect()
}

/// Returns a command line without the variables before it.
pub(super) fn without_variables(line: &str) -> &str {
    line.find("awsesame ").map_or(line, |at| &line[at..])
}
