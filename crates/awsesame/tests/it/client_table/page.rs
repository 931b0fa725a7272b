//! Generates docs/clients.md from the results of the clients, and compares it with the page.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::{Delivery, Outcome, Row, When};

const BEGIN: &str =
    "<!-- made by the test client_table; AWSESAME_WRITE_PAGES=1 AWSESAME_LONG=1 writes it again -->\n";
const END: &str = "<!-- end -->\n";

/// Compares the page with the rows, or writes them into the page on request.
pub(super) fn hold(rows: &[Row]) {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/clients.md"));
    let page = std::fs::read_to_string(&path).unwrap();
    let (above, rest) = page.split_once(BEGIN).expect("the page has a part that is made");
    let (made, below) = rest.split_once(END).expect("the part that is made has an end");
    if std::env::var_os("AWSESAME_WRITE_PAGES").is_some() {
        std::fs::write(&path, format!("{above}{BEGIN}{}{END}{below}", tables(rows))).unwrap();
        return;
    }
    let mut wrong = Vec::new();
    for (when, row) in When::tried().iter().flat_map(|when| rows.iter().map(move |row| (*when, row))) {
        let line = line(when, row);
        let table =
            made.split("\n## ").find(|part| part.trim_start_matches("## ").starts_with(&heading(when)));
        if !table.is_some_and(|table| table.contains(&line)) {
            wrong.push(format!("{when}: {line}"));
        }
    }
    assert!(wrong.is_empty(), "docs/clients.md says otherwise; they did:\n{}", wrong.join("\n"));
}

fn heading(when: When) -> String {
    let text = when.to_string();
    text[..1].to_uppercase() + &text[1..]
}

fn tables(rows: &[Row]) -> String {
    let mut text = String::new();
    for when in When::tried().iter().copied() {
        let names = Delivery::ALL.map(|delivery| format!("`{}`", delivery.name())).join(" | ");
        let _ = write!(text, "\n## {}\n\n| client | {names} |\n|---|---|---|---|---|\n", heading(when));
        for row in rows {
            let _ = writeln!(text, "{}", line(when, row));
        }
    }
    text + "\n"
}

fn line(when: When, row: &Row) -> String {
    let cells: Vec<String> = row
        .cells
        .iter()
        .map(|(delivery, cells)| {
            let (_, outcome) = cells.iter().find(|(state, _)| *state == when).expect("every state is tried");
            cell(row.client.name, *delivery, when, outcome)
        })
        .collect();
    format!("| {} | {} |", row.client.name, cells.join(" | "))
}

/// Returns the reason why a delivery cannot serve a client.
fn because(client: &str, delivery: Delivery) -> Option<&'static str> {
    use Delivery::{Broker, Init, Process};
    Some(match (client, delivery) {
        ("AWS CLI v2 (2.9)" | "rclone 1.60", Broker) => "too old for a token in a file",
        ("Ruby", Broker) => "too old for the endpoint",
        ("Java v1", Init) => "it knows no process in `~/.aws/config`",
        ("Rust", Process | Init) => "built without `credentials-process`",
        ("s3cmd" | "restic 0.14", Process | Broker | Init) => "it reads keys only",
        ("obstore" | "minio-go (restic 0.18)", Process | Init) => "it knows no process",
        _ => return None,
    })
}

/// Returns the text of a cell without days and ports.
fn cell(client: &str, delivery: Delivery, when: When, outcome: &Outcome) -> String {
    let served = matches!(when, When::Session | When::Renewed);
    match outcome {
        // The sandbox does not have this service. The client signs with what it has, and the result does not matter.
        Outcome::Works if delivery == Delivery::Env && matches!(when, When::Expired | When::Renewed) => {
            "not possible: its variables stay what they were".to_owned()
        }
        Outcome::Works => "works".to_owned(),
        Outcome::Wrong(whose) => format!("**not possible:** it takes {whose}"),
        Outcome::Refused(_) if served && delivery == Delivery::Env => {
            "not possible: its variables stay what they were".to_owned()
        }
        Outcome::Refused(said) => match because(client, delivery).filter(|_| served) {
            Some(why) => format!("not possible: {why}"),
            None => format!("refused: {}", message(said)),
        },
    }
}

/// Shortens a client's message to its most informative part.
fn message(said: &str) -> String {
    // The first that is in the text counts.
    const KNOWN: [(&str, &str); 19] = [
        ("awsesame exec --via process", "`give it credentials by awsesame exec --via process`"),
        ("login needed: awsesame login -p alice", "`login needed: awsesame login -p alice`"),
        ("profile `alice` has no session", "``profile `alice` has no session``, `awsesame login -p alice`"),
        ("login-or-awsesame-exec", "`login-or-awsesame-exec`"),
        ("AWS_SECRET_KEY variable is missing", "`AWS_SECRET_KEY variable is missing`"),
        ("ExpiredToken", "`ExpiredToken`"),
        ("an error code of the CRT", "an error code of the CRT"),
        ("has expired", "`... has expired`"),
        ("is expired", "`... is expired`"),
        ("expired", "`... expired`"),
        ("login needed", "`login needed ...`"),
        ("Unable to locate credentials", "`Unable to locate credentials`"),
        ("Could not load credentials", "`Could not load credentials`"),
        ("Missing credentials", "`Missing credentials`"),
        ("NoCredentialProviders", "`NoCredentialProviders`"),
        ("Access Denied", "`Access Denied`"),
        ("Is there a repository", "`Is there a repository at the following location?`"),
        (
            "Unable to load credentials from any",
            "`Unable to load credentials from any of the providers in the chain`",
        ),
        ("Unable to load AWS credentials", "`Unable to load AWS credentials from any provider in the chain`"),
    ];
    let found = KNOWN.into_iter().find(|(part, _)| said.contains(part)).map(|(_, shown)| shown.to_owned());
    found.unwrap_or_else(|| {
        let line = said.lines().rfind(|line| !line.trim().is_empty() && !line.starts_with("Picked up"));
        let line: String =
            line.unwrap_or("it says nothing").chars().filter(|c| *c != '|' && *c != '`').take(120).collect();
        format!("`{}`", line.trim())
    })
}
