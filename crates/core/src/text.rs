//! Text that people write or read: quoting for shells, the nearest name, templates, a line as it is typed, and
//! words between blanks, durations and sizes; first lines of files; lines that fit a terminal. Nothing here knows a profile or a session.

pub mod format_number;
pub mod lines;
pub mod nearest;
pub mod quote;
pub mod template;
pub mod typed_line;
pub mod unit;
pub mod words;
