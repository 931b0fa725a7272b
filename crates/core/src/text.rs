//! Text that people write or read: quoting for shells, suggestions for mistyped names, templates, a partly typed
//! command line, words, and the first lines of our files. Nothing here knows a profile or a session.

pub mod format_number;
pub mod nearest;
pub mod quote;
pub mod template;
pub mod typed_line;
pub mod unit;
pub mod words;
