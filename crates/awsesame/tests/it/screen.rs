//! Computes the screen of a terminal from the output of a program. It supports only the few escape sequences that our
//! programs and the shells use.

/// The characters on a terminal of a given width. The number of lines is not limited.
pub(crate) struct Screen {
    columns: usize,
    lines: Vec<Vec<char>>,
    row: usize,
    column: usize,
    /// True if the terminal had to wrap a line.
    pub(crate) has_broken: bool,
}

impl Screen {
    /// Returns the screen that this output leaves.
    pub(crate) fn of(output: &str, columns: usize) -> Self {
        let mut screen = Self { columns, lines: vec![Vec::new()], row: 0, column: 0, has_broken: false };
        let mut rest = output.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '\r' => screen.column = 0,
                '\n' => screen.goes_to(screen.row + 1, 0),
                '\u{8}' => screen.column = screen.column.saturating_sub(1),
                '\u{1b}' if rest.next_if_eq(&'[').is_some() => {
                    let mut sequence = String::new();
                    let last = loop {
                        match rest.next() {
                            Some(c @ '\u{40}'..='\u{7e}') => break c,
                            Some(c) => sequence.push(c),
                            None => return screen,
                        }
                    };
                    screen.obeys(&sequence, last);
                }
                c if c.is_control() => {}
                c => screen.shows(c),
            }
        }
        screen
    }

    fn goes_to(&mut self, row: usize, column: usize) {
        (self.row, self.column) = (row, column);
        if self.lines.len() <= row {
            self.lines.resize(row + 1, Vec::new());
        }
    }

    fn shows(&mut self, c: char) {
        if self.column == self.columns {
            self.has_broken = true;
            self.goes_to(self.row + 1, 0);
        }
        let line = &mut self.lines[self.row];
        if line.len() <= self.column {
            line.resize(self.column + 1, ' ');
        }
        line[self.column] = c;
        self.column += 1;
    }

    fn obeys(&mut self, sequence: &str, last: char) {
        let number = sequence.parse().unwrap_or(0);
        let count: usize = if number == 0 { 1 } else { number };
        match last {
            'A' => self.row = self.row.saturating_sub(count),
            'B' => self.goes_to(self.row + count, self.column),
            'C' => self.column += count,
            'D' => self.column = self.column.saturating_sub(count),
            'G' => self.column = count - 1,
            'J' => {
                self.lines[self.row].truncate(self.column);
                self.lines.truncate(self.row + 1);
            }
            'K' if number == 2 => self.lines[self.row].clear(),
            'K' => self.lines[self.row].truncate(self.column),
            _ => {}
        }
    }

    /// Returns the lines without trailing spaces and without empty lines at the end.
    pub(crate) fn text(&self) -> String {
        let line = |line: &Vec<char>| line.iter().collect::<String>().trim_end().to_owned();
        let text = self.lines.iter().map(line).collect::<Vec<_>>().join("\n");
        text.trim_end().to_owned()
    }
}

#[test]
fn a_screen_shows_what_is_left_after_colors_and_redrawn_lines() {
    for (output, expected) in [
        ("one\r\ntwo\n", "one\ntwo"),
        ("\x1b[31mred\x1b[0m and \x1b[?25lplain", "red and plain"),
        ("first\rsecond\x1b[K\n", "second"),
        ("a\nb\nc\n\x1b[2A\r\x1b[2Knew\x1b[J", "a\nnew"),
        ("ab\x1b[1Dc\u{8}d", "ad"),
    ] {
        let screen = Screen::of(output, 20);
        assert_eq!(screen.text(), expected, "{output:?}");
        assert!(!screen.has_broken);
    }
    let screen = Screen::of("12345678", 5);
    assert_eq!(screen.text(), "12345\n678");
    assert!(screen.has_broken);
}
