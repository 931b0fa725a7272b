//! Reads a code from the first line of standard input (`awsesame login -`).

use std::io::{BufRead, Read};
use std::time::Duration;

use awsesame_core::fault::Fault;
use awsesame_core::name::TokenCode;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{Code, CodeSource, Question};

/// The maximum length of the line, with blanks around the code.
const LONGEST_LINE: u64 = 256;

/// The source for codes from standard input.
#[derive(Debug)]
pub struct Stdin {
    /// The longest wait for a line.
    pub patience: Duration,
}

impl Stdin {
    /// Reads the code from the first line.
    pub fn read(&self) -> Result<TokenCode, Fault> {
        let timeout = Timespec::try_from(self.patience).unwrap_or(Timespec { tv_sec: 300, tv_nsec: 0 });
        let input = std::io::stdin();
        if poll(&mut [PollFd::new(&input, PollFlags::IN)], Some(&timeout)) == Ok(0) {
            return Err(Fault::BadCode {
                profile: None,
                why: format!("none came on stdin within {} s", self.patience.as_secs()),
            });
        }
        let mut line = Vec::new();
        std::io::stdin().lock().take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(|error| {
            Fault::BadCode {
                why: format!("stdin cannot be read: {}", crate::os::file::words(&error)),
                profile: None,
            }
        })?;
        Ok(TokenCode::parse(&String::from_utf8_lossy(&line))?)
    }
}

impl CodeSource for Stdin {
    fn code(&mut self, _question: &Question<'_>) -> Result<Code, Fault> {
        self.read().map(Code::from)
    }

    fn may_ask_again(&self) -> bool {
        false
    }

    fn asks_a_person(&self) -> bool {
        true
    }
}
