//! A full-screen picture on the terminal. It is redrawn when it changes, and the terminal is restored at the end. Other
//! modules decide the content.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::termios::tcgetwinsize;
use signal_hook::consts::SIGWINCH;

use crate::os::signals::Signals;
use crate::os::terminal::{Modes, Terminal};

/// The sequences that switch to the alternate screen without a cursor, and back to the previous content.
const BEGIN: &str = "\x1b[?1049h\x1b[?25l";
const END: &str = "\x1b[?25h\x1b[?1049l";

/// A picture on the terminal. On drop, the terminal is restored.
pub struct Screen {
    device: File,
    signals: Option<Signals>,
    modes: Option<Modes>,
    shown: String,
}

/// The meaning of a key that was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// `q`, Ctrl-D, or a closed terminal.
    Quit,
    /// The key Ctrl-C.
    Interrupt,
    /// Any other key.
    Other,
}

impl Screen {
    /// Opens the terminal in whose foreground this program runs. Returns None if there is no such terminal.
    pub fn open() -> Option<Self> {
        let device = Terminal::open()?.into_device();
        let signals = Signals::watch().ok()?;
        // Only so that a wait ends when the window changes its size.
        signal_hook::flag::register(SIGWINCH, Arc::new(AtomicBool::new(false))).ok()?;
        let modes = Modes::take(&device).ok()?;
        let mut screen = Self { device, signals: Some(signals), modes: Some(modes), shown: String::new() };
        screen.device.write_all(BEGIN.as_bytes()).ok()?;
        Some(screen)
    }

    /// Returns the number of columns.
    pub fn width(&self) -> usize {
        tcgetwinsize(&self.device).map_or(80, |size| usize::from(size.ws_col)).max(1)
    }

    fn height(&self) -> usize {
        tcgetwinsize(&self.device).map_or(24, |size| usize::from(size.ws_row)).max(1)
    }

    /// Shows a text, cut at the edges of the screen. It is written in one piece over the old picture, so that nothing
    /// flickers, and only if it has changed.
    pub fn show(&mut self, text: &str) -> std::io::Result<()> {
        let picture = picture(text, self.width(), self.height());
        if picture == self.shown {
            return Ok(());
        }
        self.device.write_all(picture.as_bytes())?;
        self.shown = picture;
        Ok(())
    }

    /// Returns the device, to wait for a key press.
    pub fn device(&self) -> &File {
        &self.device
    }

    /// Returns the typed key.
    pub fn key(&self) -> Key {
        let mut byte = [0];
        match rustix::io::read(&self.device, &mut byte) {
            Ok(0) | Err(rustix::io::Errno::IO) => Key::Quit,
            Ok(_) => match byte[0] {
                b'q' | b'Q' | 4 => Key::Quit,
                3 => Key::Interrupt,
                _ => Key::Other,
            },
            Err(_) => Key::Other,
        }
    }

    /// Returns true if a signal came that is to end us.
    pub fn ended(&self) -> bool {
        self.signals.as_ref().is_some_and(Signals::arrived)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // If the terminal is closed, nothing remains to be restored.
        let _ = self.device.write_all(END.as_bytes());
        self.modes = None;
        if let Some(signals) = self.signals.take() {
            signals.obey();
        }
    }
}

/// Returns the whole picture: it starts in the corner, fills each line, and clears the rest of the screen.
fn picture(text: &str, width: usize, height: usize) -> String {
    let mut picture = String::from("\x1b[H");
    for (index, line) in text.lines().take(height).enumerate() {
        let end = if index == 0 { "" } else { "\r\n" };
        let line: String = if line.chars().count() > width {
            line.chars().take(width - 1).chain(['…']).collect()
        } else {
            line.to_owned()
        };
        let _ = write!(picture, "{end}{line}\x1b[K");
    }
    picture + "\x1b[J"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_never_leaves_its_screen() {
        assert_eq!(picture("one\ntwo\n", 10, 10), "\x1b[Hone\x1b[K\r\ntwo\x1b[K\x1b[J");
        assert_eq!(picture("one\ntwo\n", 10, 1), "\x1b[Hone\x1b[K\x1b[J");
        assert_eq!(picture("twelve\n", 6, 5), "\x1b[Htwelve\x1b[K\x1b[J");
        assert_eq!(picture("twelve\n", 5, 5), "\x1b[Htwel…\x1b[K\x1b[J");
        assert_eq!(picture("", 1, 1), "\x1b[H\x1b[J");
    }
}
