//! An audit as one self-contained HTML page: it loads nothing from the network and runs no script but its own, whatever
//! names it contains.
//!
//! The content comes from `summary`, `ages` and the findings; this module decides only the layout. The parts are text
//! files in the folder `page`.

mod accounts;
mod chart;
mod findings;
mod remedies;

use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::finding::Severity;
use super::summary::Summary;
use super::{Audit, days};
use awsesame_core::name::Shown;
use awsesame_core::render::iso;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// Returns the whole page as HTML.
pub fn html(audit: &Audit) -> String {
    let summary = Summary::of(audit);
    let parts = [
        ("policy", policy()),
        ("style", STYLE.to_owned()),
        ("script", SCRIPT.to_owned()),
        ("title", title(audit)),
        ("made", time(audit.made)),
        ("subject", subject(audit)),
        ("sentence", Escaped(&capital(&summary.sentence())).to_string()),
        ("notices", accounts::notices(audit)),
        ("severities", severities(audit)),
        ("facts", facts(&summary, audit)),
        ("chart", chart::html(audit)),
        ("findings", findings::html(audit)),
        ("remedies", remedies::html(audit)),
        ("accounts", accounts::html(audit)),
        ("older_than", days(audit.limits.older_than)),
        ("unused_for", days(audit.limits.unused_for)),
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
    ];
    fill(PAGE, &parts)
}

/// Replaces every `{{name}}` of the template in one pass, so that the text of a part is never replaced itself.
fn fill(template: &str, parts: &[(&str, String)]) -> String {
    let mut page =
        String::with_capacity(template.len() + parts.iter().map(|(_, part)| part.len()).sum::<usize>());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").expect("every place in the page is closed");
        let (_, part) = parts.iter().find(|(known, _)| *known == name).expect("every place has its part");
        page.push_str(before);
        page.push_str(part);
        rest = after;
    }
    page + rest
}

/// Returns the content security policy: the page loads nothing, and only the known hashes of its style and script may
/// run.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}

/// Text from outside, escaped for use between tags and in quoted attributes. Control characters and characters that
/// reorder text are shown as their code points.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in Shown(self.0).to_string().chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Returns a time, for people and for programs.
fn time(unix: i64) -> String {
    let iso = iso(unix);
    let shown = iso.get(..16).unwrap_or(&iso).replace('T', " ");
    format!("<time datetime=\"{iso}\">{shown} UTC</time>")
}

fn title(audit: &Audit) -> String {
    match audit.accounts.as_slice() {
        [account] if !audit.is_of_several() => format!("MFA audit of account {}", Escaped(&account.id)),
        accounts => format!("MFA audit of {} accounts", accounts.len()),
    }
}

fn subject(audit: &Audit) -> String {
    match audit.accounts.as_slice() {
        [account] if !audit.is_of_several() => {
            let name =
                account.name.as_deref().map(|name| format!(" ({})", Escaped(name))).unwrap_or_default();
            let reported = time(account.reported);
            format!("Account {}{name}, by the credential report of {reported}", Escaped(&account.id))
        }
        accounts => {
            let reported = || accounts.iter().map(|account| account.reported);
            match (reported().min(), reported().max()) {
                (Some(first), Some(last)) if last - first >= 60 => {
                    format!("By credential reports of {} to {}", time(first), time(last))
                }
                (Some(first), _) => format!("By credential reports of {}", time(first)),
                (None, _) => "No account could be audited".to_owned(),
            }
        }
    }
}

/// Returns the number of findings of each severity.
fn severities(audit: &Audit) -> String {
    let mut html = String::new();
    for severity in Severity::ALL {
        let (word, count) = (severity.word(), audit.count(severity));
        let none = if count == 0 { " none" } else { "" };
        let _ = writeln!(html, "<li class=\"tile {word}{none}\"><b>{count}</b> <span>{word}</span></li>");
    }
    html
}

/// Returns the numbers of users and keys that the first sentence of the page summarizes.
fn facts(summary: &Summary, audit: &Audit) -> String {
    let (older, unused) = (days(audit.limits.older_than), days(audit.limits.unused_for));
    let users = [
        ("Users, root included".to_owned(), summary.users),
        ("with an active access key".to_owned(), summary.with_key),
        ("whose key works without MFA".to_owned(), summary.open),
        ("with a password or a key, and no device".to_owned(), summary.without_device),
    ];
    let keys = [
        ("Active access keys".to_owned(), summary.keys),
        (format!("older than {older}"), summary.old_keys),
        (format!("not used within {unused}"), summary.unused_keys),
        ("of which awsesame cannot tell whether they need MFA".to_owned(), summary.unsure_keys),
    ];
    let mut html = String::new();
    for rows in [users, keys] {
        html += "<dl class=\"facts\">\n";
        for (what, count) in rows {
            let _ = writeln!(html, "<div><dt>{what}</dt><dd>{count}</dd></div>");
        }
        html += "</dl>\n";
    }
    html
}

#[cfg(test)]
mod tests;
