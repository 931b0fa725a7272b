//! Renders the explanation and the remedy of each kind of finding that occurs, once per kind.

use std::fmt::Write as _;

use super::super::Audit;
use super::super::finding::Kind;
use super::{Escaped, capital};

pub(super) fn html(audit: &Audit) -> String {
    let found = audit.findings();
    if found.is_empty() {
        return String::new();
    }
    let several = audit.is_of_several();
    let mut html =
        String::from("<section aria-labelledby=\"remedies\">\n<h2 id=\"remedies\">What to do</h2>\n");
    for kind in Kind::ALL {
        let of_kind = || found.iter().filter(|(_, _, finding)| finding.kind == kind);
        let Some((account, user, worst)) = of_kind().next() else { continue };
        let word = worst.severity.word();
        let _ = writeln!(
            html,
            "<div class=\"remedy\">\n<h3 id=\"{}\" tabindex=\"-1\">{} <span class=\"mark {word}\">{word}</span></h3>\n\
             <p class=\"quiet\">Found {}.</p>\n<p>{}</p>\n<p>{}</p>",
            kind.word(),
            capital(kind.title()),
            times(of_kind().count()),
            Escaped(kind.meaning()),
            Escaped(kind.remedy())
        );
        if let Some(command) = &worst.command {
            let of = if several { format!(" of account {}", Escaped(&account.id)) } else { String::new() };
            let _ = writeln!(
                html,
                "<p class=\"quiet\">For {}{of}, in a terminal:</p>\n<pre><code>{}</code></pre>",
                Escaped(user.person.shown()),
                Escaped(command)
            );
        }
        html += "</div>\n";
    }
    html + "</section>"
}

fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}
