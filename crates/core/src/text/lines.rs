//! Wraps lines to the width of a terminal. A text is wrapped between its words, but never within a command that the
//! user may paste.

/// The words with which a command begins in hints and remarks.
const PROGRAMS: [&str; 20] = [
    "aws", "awsesame", "cat", "chmod", "direnv", "echo", "env", "eval", "export", "gpg", "grep", "keyctl",
    "ls", "mv", "sleep", "sudo", "ulimit", "unset", "vi", "ykman",
];

/// Wraps a text so that no line has more than `width` columns. The first line begins after `used` columns, and the
/// others begin with `indent` spaces. Commands and text in backticks stay in one piece. A piece that is wider than a
/// line gets a line of its own, which the terminal wraps.
pub fn folded(text: &str, used: usize, indent: usize, width: usize) -> String {
    let mut lines = String::new();
    let (mut column, mut begins) = (used, true);
    for piece in pieces(text) {
        let length = piece.chars().count();
        if !begins && column + 1 + length > width {
            lines.push('\n');
            lines.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else if !begins {
            lines.push(' ');
            column += 1;
        }
        lines += piece;
        column += length;
        begins = false;
    }
    lines
}

/// Splits a text into the pieces between which it may be wrapped. There is a space between each two.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut may_begin = true;
    loop {
        let end = if may_begin && is_command(rest) { end_of_command(rest) } else { end_of_word(rest) };
        let piece = &rest[..end];
        pieces.push(piece);
        may_begin = piece.ends_with([':', ';', '?']) || piece == "or";
        match rest[end..].strip_prefix(' ') {
            Some(more) => rest = more,
            None => return pieces,
        }
    }
}

fn is_command(text: &str) -> bool {
    let word = text.split(' ').next().unwrap_or_default();
    PROGRAMS.contains(&word) && word.len() < text.len()
}

/// Returns the end of a command: the semicolon that separates it from the next part, or the end of the text.
fn end_of_command(text: &str) -> usize {
    text.find("; ").map_or(text.len(), |at| at + 1)
}

/// Returns the position of the next space that is not in backticks.
fn end_of_word(text: &str) -> usize {
    let mut is_quoted = false;
    // An unpaired backtick is not a quote.
    let pairs = text.matches('`').count() / 2 * 2;
    let mut seen = 0;
    for (at, c) in text.char_indices() {
        match c {
            '`' if seen < pairs => {
                seen += 1;
                is_quoted = !is_quoted;
            }
            ' ' if !is_quoted => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_broken_between_words_and_not_in_what_can_be_pasted() {
        for (text, used, width, expected) in [
            ("a short text", 7, 80, "a short text"),
            ("one two three four", 0, 9, "one two\n  three\n  four"),
            ("one two three", 6, 10, "one\n  two\n  three"),
            ("profile `two words` is not there", 7, 20, "profile\n  `two words` is not\n  there"),
            (
                "to use it here: awsesame exec alice -- aws s3 ls; for all tools: awsesame init -p alice",
                10,
                36,
                "to use it here:\n  awsesame exec alice -- aws s3 ls;\n  for all tools:\n  awsesame init -p alice",
            ),
            (
                "did you mean `login`? awsesame login prod",
                6,
                30,
                "did you mean `login`?\n  awsesame login prod",
            ),
            ("awsesame login prod 123456", 6, 20, "awsesame login prod 123456"),
            ("the awsesame program is old", 0, 15, "the awsesame\n  program is\n  old"),
            ("a lone ` is nothing", 0, 9, "a lone `\n  is\n  nothing"),
            ("", 0, 10, ""),
        ] {
            assert_eq!(folded(text, used, 2, width), expected, "{text}");
        }
    }

    #[test]
    fn nothing_but_blanks_is_changed() {
        let text = "nothing is lost: awsesame exec `a b` -- c  d; and `e f g`  stays ? vi +3 x";
        for width in 0..90 {
            let folded = folded(text, 0, 0, width);
            assert_eq!(folded.replace('\n', " "), text, "{width}");
        }
    }
}
