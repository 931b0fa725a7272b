//! Tests of the rules that hold for every page, whatever it contains. The tests in a browser check its look and
//! behavior.

use super::super::finding::Kind;
use super::super::tests::{audit, key, open, person, root};
use super::super::{Audit, Force, Missing};
use super::html;

/// Returns an audit with everything that a page can contain. All its texts are these words.
fn full(words: &str) -> Audit {
    let mut named = person(vec![key(1, 400, Some(1)), key(2, 300, None)]);
    named.name = words.to_owned();
    let force = Force::Open {
        actions: vec![words.to_owned()],
        by: Some(words.to_owned()),
        count: 1,
        escalates: true,
        signs_in: false,
    };
    let mut audit = audit(vec![(root(vec![key(1, 10, None)]), Force::Unknown), (named, force)]);
    audit.accounts[0].name = Some(words.to_owned());
    audit.accounts[0].newer = vec![words.to_owned()];
    let missing = Missing { id: "210987654321".into(), name: Some(words.to_owned()), why: words.to_owned() };
    audit.failed.push(missing.clone());
    audit.skipped.push(missing);
    audit
}

#[test]
fn hostile_names_are_escaped_everywhere_on_the_page() {
    let hostile = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>&lt;{{script}}\u{202e}\u{1b}[2J";
    let page = html(&full(hostile));
    assert_eq!(page.matches("<script").count(), 1, "ours alone");
    for raw in ["<img", "onerror=alert(1)>", "\"'>", "\u{202e}", "\u{1b}"] {
        assert!(!page.contains(raw), "{raw:?}");
    }
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&gt;&lt;script&gt;"));
    // A text that looks like a place of the template is not replaced either.
    assert!(page.contains("&amp;lt;{{script}}"));
}

#[test]
fn page_fetches_nothing_and_runs_its_own_script_alone() {
    let page = html(&full("bob"));
    for reference in ["src=", "http:", "https:", "url(", "@import", "<link", "<iframe", "style=", "onclick"] {
        assert!(!page.contains(reference), "{reference}");
    }
    assert!(page.contains("content=\"default-src 'none'; script-src 'sha256-"));
}

#[test]
fn every_kind_that_was_found_is_explained_where_its_row_points() {
    let audit = full("bob");
    let page = html(&audit);
    for kind in Kind::ALL {
        let found = audit.findings().iter().any(|(_, _, finding)| finding.kind == kind);
        let (link, target) = (format!("href=\"#{}\"", kind.word()), format!("<h3 id=\"{}\"", kind.word()));
        assert_eq!((page.contains(&link), page.contains(&target)), (found, found), "{kind:?}");
    }
}

#[test]
fn page_of_nothing_says_so() {
    let page = html(&audit(vec![(person(vec![]), Force::NothingAllowed)]));
    assert!(page.contains("<p>Nothing was found.</p>") && page.contains("no active access key"), "{page}");
    assert!(!page.contains("id=\"found\"") && !page.contains("What to do"), "{page}");
    let page = html(&audit(vec![(person(vec![key(1, 1, Some(0))]), open(false))]));
    assert!(page.contains("1 of 1 user with an access key can use AWS without MFA"), "{page}");
}
