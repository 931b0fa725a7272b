//! Draws a QR code as lines of a terminal. It does not know the content.

use fast_qr::{ECL, QRBuilder};
use zeroize::Zeroizing;

use crate::os::environment::Environment;
use crate::ui;

/// The number of light modules around the code. The standard requires four, but readers need only two, and with two the
/// code of a device fits 24 lines.
const QUIET: usize = 2;

/// Black on white, independently of the colors of the terminal, because many apps cannot read other colors.
const COLOURS: &str = "\x1b[38;5;16;48;5;231m";
const NO_COLOURS: &str = "\x1b[0m";

/// The way in which a picture is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strokes {
    /// Half blocks and colors, with two modules per character.
    Blocks,
    /// The character `#`, with two per module, for terminals and locales that cannot show blocks.
    Ascii,
}

impl Strokes {
    /// Returns blocks if the terminal and the locale can show them.
    pub fn here() -> Self {
        let locale =
            ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| Environment::of_process().path(name));
        let is_utf8 = locale.is_some_and(|locale| {
            let locale = locale.to_string_lossy().to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        });
        if is_utf8 && !ui::is_dumb() { Self::Blocks } else { Self::Ascii }
    }
}

/// Returns the number of columns of a picture.
pub fn columns(picture: &str) -> usize {
    let plain = |line: &str| line.replace(COLOURS, "").replace(NO_COLOURS, "").chars().count();
    picture.lines().map(plain).max().unwrap_or_default()
}

/// Returns the picture, or None if the text is too long for a QR code.
pub fn picture(text: &str, strokes: Strokes) -> Option<Zeroizing<String>> {
    let code = QRBuilder::new(text).ecl(ECL::L).build().ok()?;
    let side = code.size + 2 * QUIET;
    let dark = |row: usize, column: usize| {
        let inside =
            (QUIET..QUIET + code.size).contains(&row) && (QUIET..QUIET + code.size).contains(&column);
        inside && code[row - QUIET][column - QUIET].value()
    };
    let mut picture = Zeroizing::new(String::with_capacity(side * side * 3));
    if strokes == Strokes::Ascii {
        for row in 0..side {
            for column in 0..side {
                picture.push_str(if dark(row, column) { "##" } else { "  " });
            }
            picture.push('\n');
        }
        return Some(picture);
    }
    for row in (0..side).step_by(2) {
        picture.push_str(COLOURS);
        for column in 0..side {
            picture.push(match (dark(row, column), dark(row + 1, column)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        picture.push_str(NO_COLOURS);
        picture.push('\n');
    }
    Some(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picture_of_a_device_fits_into_a_terminal() {
        // As long as AWS's seeds are.
        let seed = "A".repeat(64);
        let text = format!("otpauth://totp/alice@123456789012?secret={seed}&issuer=AWS");
        let picture = picture(&text, Strokes::Blocks).expect("a code");
        assert!(picture.lines().count() <= 23, "{} lines", picture.lines().count());
        assert!(columns(&picture) <= 60, "{} columns", columns(&picture));
    }

    #[test]
    fn picture_without_blocks_or_colors_has_only_what_every_terminal_prints() {
        let picture = picture("otpauth://totp/x?secret=A", Strokes::Ascii).expect("a code");
        assert!(picture.chars().all(|c| matches!(c, '#' | ' ' | '\n')), "{}", *picture);
        let lines: Vec<&str> = picture.lines().collect();
        assert!(lines.iter().all(|line| line.len() == lines.len() * 2));
    }

    #[test]
    fn text_that_fits_no_code_has_no_picture() {
        assert!(picture(&"A".repeat(5000), Strokes::Blocks).is_none());
    }
}
