//! Text that people write or read: quoting for shells, the nearest name, templates, a typed line, words between spaces,
//! durations, sizes, the first lines of files, and line wrapping. Nothing here knows profiles or sessions.

pub mod format_number;
pub mod lines;
pub mod nearest;
pub mod quote;
pub mod template;
pub mod typed_line;
pub mod unit;
pub mod words;
