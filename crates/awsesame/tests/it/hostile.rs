//! Generates values that quoting must preserve: characters that are special to shells and to readers of env files, and
//! any other text. NUL is left out, because no environment can contain it.

use proptest::prelude::*;

/// Texts that some shell or reader treats as more than text.
const SHARP: &[&str] = &[
    "'",
    "''",
    "\"",
    "\"\"",
    "`",
    "\\",
    "\\\\",
    "\\'",
    "\\\"",
    "\\n",
    "\\r",
    "\n",
    "\r",
    "\r\n",
    "\t",
    "\u{b}",
    "\u{c}",
    "$",
    "$$",
    "$HOME",
    "${HOME}",
    "${HOME:-x}",
    "$(touch stolen)",
    "`touch stolen`",
    "(touch stolen)",
    "\ntouch stolen\n",
    ";touch stolen;",
    "&& touch stolen #",
    "| touch stolen",
    ">stolen",
    "$'\\x27'",
    "!",
    "!!",
    "#",
    " #",
    "%",
    "%s",
    "~",
    "*",
    "?",
    "[",
    "]",
    "{",
    "}",
    "{a,b}",
    "=",
    "=ls",
    "-",
    "--",
    "-n",
    "-e",
    " ",
    "  ",
    "\u{2018}",
    "\u{2019}",
    "\u{201a}",
    "\u{201b}",
    "\u{201c}",
    "\u{201d}",
    "\u{201e}",
    "\u{2013}",
    "\u{2014}",
    "\u{7f}",
    "\u{80}",
    "\u{85}",
    "\u{a0}",
    "\u{ad}",
    "\u{200b}",
    "\u{202e}",
    "\u{2028}",
    "\u{2029}",
    "\u{3000}",
    "\u{feff}",
    "\u{fdd0}",
    "\u{f600}",
    "\u{f8ff}",
    "\u{fffd}",
    "\u{ffff}",
    "\u{10ffff}",
    "\u{1}",
    "\u{1b}[31m",
    "\u{1a}",
    "é",
    "e\u{301}",
    "日本",
    "🦀",
    "null",
    "true",
    "EOF",
    "<<EOF",
    "&#39;",
    "\\u0027",
    "a",
    "Z",
    "0",
    "/",
    "+",
];

/// Generates one value.
pub(crate) fn value() -> impl Strategy<Value = String> {
    let character = any::<char>().prop_filter("no environment can hold it", |c| *c != '\0');
    let piece = prop_oneof![
        4 => proptest::sample::select(SHARP).prop_map(str::to_owned),
        1 => character.prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// Returns each special text alone, and once inside a word.
pub(crate) fn known() -> Vec<String> {
    SHARP
        .iter()
        .flat_map(|piece| [(*piece).to_owned(), format!("a{piece}b"), format!("{piece}{piece}")])
        .collect()
}

/// Generates enough values at once to justify starting a program. There are few rounds, because each tests hundreds of
/// values.
pub(crate) fn batches() -> (ProptestConfig, impl Strategy<Value = Vec<String>>) {
    let config = ProptestConfig {
        cases: 3,
        max_shrink_iters: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    (config, proptest::collection::vec(value(), 250..300))
}
