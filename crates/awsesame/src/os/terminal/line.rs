//! One line as it is typed or pasted, byte by byte: its characters, its editing keys, and the sequences that a terminal
//! sends for other keys and around what is pasted. Nothing is read or written here.

/// Takes one character off the screen.
const ERASE: &str = "\u{8} \u{8}";
/// The most bytes of the parameters of a sequence that are looked at.
const LONGEST_SEQUENCE: usize = 16;

/// The effect of a byte.
pub(super) enum Edit {
    /// This is to be shown.
    Echo(String),
    /// The line is whole.
    Done,
    /// Ctrl-C, or Ctrl-D on an empty line.
    Cancel,
}

/// Where in an escape sequence the next byte is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sequence {
    None,
    /// Behind the escape character.
    Begun,
    /// Behind `ESC [`: parameters, and one letter that ends it (ECMA-48, 5.4).
    Control,
    /// Behind `ESC O`, which a letter follows: an arrow or a function key.
    Single,
}

/// A line that is not whole yet.
pub(super) struct Line {
    text: String,
    /// The longest that it may become, in bytes. What goes beyond is dropped.
    longest: usize,
    /// The first bytes of a character of several.
    bytes: [u8; 4],
    count: usize,
    sequence: Sequence,
    parameters: String,
    /// Inside what a terminal marks as pasted. fish has it marked while its prompt is made, and so while direnv asks.
    pasting: bool,
    /// What is pasted has a line end in it: the line is whole when it ends.
    ended: bool,
}

impl Line {
    pub(super) fn of_at_most(longest: usize) -> Self {
        Self {
            // As long as it may become, so that a secret is never moved, which would leave a copy.
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

    /// Returns what was typed, without its end.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Takes one byte.
    pub(super) fn take(&mut self, byte: u8) -> Edit {
        match self.sequence {
            Sequence::None => self.key(byte),
            Sequence::Begun => match byte {
                b'[' => self.go_on(Sequence::Control),
                b'O' => self.go_on(Sequence::Single),
                // The escape key by itself, and then another.
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

    /// A whole sequence. Those of keys that only move the cursor do nothing.
    fn control(&mut self, parameters: &str, last: u8) -> Edit {
        match (parameters, last) {
            ("200", b'~') => self.pasting = true,
            ("201", b'~') => {
                self.pasting = false;
                if self.ended {
                    return Edit::Done;
                }
            }
            // Keys with Ctrl where a shell has asked the terminal to tell them apart: by xterm's `modifyOtherKeys`,
            // and by the protocol that fish and kitty use.
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

    /// One byte of a character of several. What is not UTF-8 is shown to be refused.
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
        // Behind its end, what is pasted is another line.
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

/// A character in one column, so that the keys that erase know how many there are. What cannot be shown so is `?`.
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

    /// The line, and what the screen showed.
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
        // The mark at the end is ours to read: the shell would take it for typed.
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
