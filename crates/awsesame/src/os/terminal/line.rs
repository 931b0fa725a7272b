//! Parses one line from the bytes that a terminal sends: characters, editing keys, and the escape sequences of other
//! keys and of pasted text. The module does not read or write.

/// Erases one character on the screen.
const ERASE: &str = "\u{8} \u{8}";
/// The maximum number of bytes of a sequence's parameters that are kept.
const LONGEST_SEQUENCE: usize = 16;

/// The effect of a byte.
pub(super) enum Edit {
    /// This text must be shown.
    Echo(String),
    /// The line is complete.
    Done,
    /// The person pressed Ctrl-C, or Ctrl-D on an empty line.
    Cancel,
}

/// The state of the parser within an escape sequence.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sequence {
    None,
    /// After the escape character.
    Begun,
    /// After `ESC [`: parameters follow, and one letter ends the sequence (ECMA-48, 5.4).
    Control,
    /// After `ESC O`: one letter follows, for an arrow or a function key.
    Single,
}

/// A line that is not complete yet.
pub(super) struct Line {
    text: String,
    /// The maximum length in bytes. Further characters are ignored.
    longest: usize,
    /// The bytes so far of a character with several bytes.
    bytes: [u8; 4],
    count: usize,
    sequence: Sequence,
    parameters: String,
    /// True between the marks of pasted text. fish turns these marks on while its prompt runs, so also while direnv
    /// asks.
    pasting: bool,
    /// True if the pasted text contained a line end: the line is then complete at the end of the pasted text.
    ended: bool,
}

impl Line {
    pub(super) fn of_at_most(longest: usize) -> Self {
        Self {
            // The maximum length is reserved at once, because a growing string would be moved and leave a copy of the
            // secret.
            text: String::with_capacity(longest),
            longest,
            bytes: [0; 4],
            count: 0,
            sequence: Sequence::None,
            parameters: String::new(),
            pasting: false,
            ended: false,
        }
    }

    /// Returns the typed line, without its line end.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Handles one byte.
    pub(super) fn take(&mut self, byte: u8) -> Edit {
        match self.sequence {
            Sequence::None => self.key(byte),
            Sequence::Begun => match byte {
                b'[' => self.go_on(Sequence::Control),
                b'O' => self.go_on(Sequence::Single),
                // The escape key was pressed alone, and this byte is another key.
                _ => {
                    self.sequence = Sequence::None;
                    self.key(byte)
                }
            },
            Sequence::Single => self.go_on(Sequence::None),
            Sequence::Control => match byte {
                b' '..=b'?' => {
                    if self.parameters.len() < LONGEST_SEQUENCE {
                        self.parameters.push(char::from(byte));
                    }
                    nothing()
                }
                b'@'..=b'~' => {
                    self.sequence = Sequence::None;
                    let parameters = std::mem::take(&mut self.parameters);
                    self.control(&parameters, byte)
                }
                _ => {
                    self.sequence = Sequence::None;
                    self.key(byte)
                }
            },
        }
    }

    fn go_on(&mut self, sequence: Sequence) -> Edit {
        self.sequence = sequence;
        self.parameters.clear();
        nothing()
    }

    /// Handles a complete sequence. Sequences of keys that only move the cursor have no effect.
    fn control(&mut self, parameters: &str, last: u8) -> Edit {
        match (parameters, last) {
            ("200", b'~') => self.pasting = true,
            ("201", b'~') => {
                self.pasting = false;
                if self.ended {
                    return Edit::Done;
                }
            }
            // Some shells make the terminal report Ctrl keys as sequences: by xterm's `modifyOtherKeys`, or by the
            // protocol of kitty, which fish uses.
            ("27;5;99", b'~') | ("99;5", b'u') => return self.key(3),
            ("27;5;100", b'~') | ("100;5", b'u') => return self.key(4),
            ("27;5;117", b'~') | ("117;5", b'u') => return self.key(21),
            ("27;5;119", b'~') | ("119;5", b'u') => return self.key(23),
            _ => {}
        }
        nothing()
    }

    fn key(&mut self, byte: u8) -> Edit {
        match byte {
            b'\r' | b'\n' if self.pasting => {
                self.ended |= !self.text.is_empty();
                nothing()
            }
            b'\r' | b'\n' => Edit::Done,
            // Ctrl-C; Ctrl-D on an empty line.
            3 => Edit::Cancel,
            4 if self.text.is_empty() => Edit::Cancel,
            8 | 127 => Edit::Echo(self.text.pop().map_or(String::new(), |_| ERASE.to_owned())),
            // Ctrl-U and Ctrl-W.
            21 | 23 => {
                let erased = ERASE.repeat(self.text.chars().count());
                self.text.clear();
                Edit::Echo(erased)
            }
            27 => self.go_on(Sequence::Begun),
            b' '..=b'~' => self.put(char::from(byte)),
            128.. => self.part(byte),
            _ => nothing(),
        }
    }

    /// Handles one byte of a character with several bytes. Invalid UTF-8 becomes a replacement character, so that the
    /// answer is refused.
    fn part(&mut self, byte: u8) -> Edit {
        if byte >= 0xc0 {
            self.count = 0;
        }
        self.bytes[self.count] = byte;
        self.count += 1;
        match std::str::from_utf8(&self.bytes[..self.count]) {
            Ok(text) => {
                let whole = text.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER);
                self.count = 0;
                self.put(whole)
            }
            Err(error) if error.error_len().is_none() && self.count < self.bytes.len() => nothing(),
            Err(_) => {
                self.count = 0;
                self.put(char::REPLACEMENT_CHARACTER)
            }
        }
    }

    fn put(&mut self, c: char) -> Edit {
        // After its first line, pasted text is ignored.
        if self.ended || self.text.len() + c.len_utf8() > self.longest {
            return nothing();
        }
        self.text.push(c);
        Edit::Echo(shown(c).to_string())
    }
}

fn nothing() -> Edit {
    Edit::Echo(String::new())
}

/// Returns a character of one column, so that the keys that erase know the width. Every other character becomes `?`.
fn shown(c: char) -> char {
    match c {
        ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{2ff}' | '\u{370}'..='\u{482}' => c,
        c if c.is_whitespace() => ' ',
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: usize = 256;

    /// Returns the line, and the text that the screen showed.
    fn typed_and_seen(bytes: &[u8]) -> (Option<String>, String) {
        let (mut line, mut screen) = (Line::of_at_most(LONGEST), String::new());
        for byte in bytes {
            match line.take(*byte) {
                Edit::Done => return (Some(line.into_text()), screen),
                Edit::Cancel => return (None, screen),
                Edit::Echo(text) => screen.push_str(&text),
            }
        }
        panic!("the line never ended: {screen:?}");
    }

    fn typed(bytes: impl AsRef<[u8]>) -> Option<String> {
        typed_and_seen(bytes.as_ref()).0
    }

    #[test]
    fn a_line_ends_at_either_end_and_can_be_edited() {
        assert_eq!(typed(b"123456\r").as_deref(), Some("123456"));
        assert_eq!(typed(b"123456\n").as_deref(), Some("123456"));
        assert_eq!(typed(b"12x\x7f3\r").as_deref(), Some("123"));
        assert_eq!(typed(b"99\x15123\r").as_deref(), Some("123"));
        assert_eq!(typed(b"\x7f\x7f1\r").as_deref(), Some("1"));
        assert_eq!(typed(b"12\x03"), None);
        assert_eq!(typed(b"\x04"), None);
        assert_eq!(typed(b"1\x042\r").as_deref(), Some("12"));
        let long = [b'7'; 300].iter().copied().chain(*b"\r").collect::<Vec<_>>();
        assert_eq!(typed(long).unwrap().len(), LONGEST);
        let long = "é".repeat(200) + "\r";
        assert_eq!(typed(long).unwrap().len(), LONGEST);
    }

    #[test]
    fn what_is_not_ascii_is_taken_as_it_is_and_erased_as_one() {
        for (bytes, line, screen) in [
            ("１\r".as_bytes(), "１", "?"),
            ("123\u{a0}456\r".as_bytes(), "123\u{a0}456", "123 456"),
            ("gré\x7fö\r".as_bytes(), "grö", "gré\u{8} \u{8}ö"),
            ("１２\x7f\x7f1\r".as_bytes(), "1", "??\u{8} \u{8}\u{8} \u{8}1"),
            (b"\xff1\xc3\r", "\u{fffd}1", "?1"),
            (b"\xe2\x82\xe2\x82\xac\r", "\u{20ac}", "?"),
        ] {
            assert_eq!(typed_and_seen(bytes), (Some(line.to_owned()), screen.to_owned()), "{bytes:?}");
        }
    }

    #[test]
    fn what_is_pasted_counts_without_the_marks_around_it() {
        assert_eq!(typed(b"\x1b[200~123456\x1b[201~\r").as_deref(), Some("123456"));
        assert_eq!(typed(b"1\x1b[200~23456\x1b[201~\r").as_deref(), Some("123456"));
        // The program must read the mark at the end, or the shell would read it as typed text.
        let (mut line, mut done) = (Line::of_at_most(LONGEST), 0);
        for byte in b"\x1b[200~\n123456\nx\x1b[201~" {
            done += usize::from(matches!(line.take(*byte), Edit::Done));
        }
        assert_eq!((line.into_text().as_str(), done), ("123456", 1));
    }

    #[test]
    fn other_keys_leave_nothing_behind_and_ctrl_is_known_in_each_of_its_spellings() {
        for key in ["\x1b[A", "\x1b[1;5D", "\x1bOP", "\x1b[3~", "\x1b[<0;10;10M", "\x1b", "\x1b\x1b[B"] {
            assert_eq!(typed_and_seen(format!("12{key}3\r").as_bytes()), (Some("123".into()), "123".into()));
        }
        assert_eq!(typed(b"12\x1b[99;5u"), None);
        assert_eq!(typed(b"\x1b[27;5;100~"), None);
        assert_eq!(typed(b"99\x1b[117;5u1\r").as_deref(), Some("1"));
        assert_eq!(typed(format!("\x1b[{}m1\r", "3".repeat(100))).as_deref(), Some("1"));
    }
}
