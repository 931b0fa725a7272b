//! A code from standard input (`awsesame login -`): the first line, whoever writes it.

use std::io::{BufRead, Read};

use awsesame_core::fault::Fault;
use awsesame_core::name::TokenCode;

use super::{Code, CodeSource, Question};

/// Longer than any code with blanks around it.
const LONGEST_LINE: u64 = 256;

/// Standard input.
#[derive(Debug)]
pub struct Stdin;

impl CodeSource for Stdin {
    fn code(&mut self, _question: &Question<'_>) -> Result<Code, Fault> {
        let mut line = Vec::new();
        std::io::stdin().lock().take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(|error| {
            Fault::BadCode { why: format!("stdin cannot be read: {}", crate::os::file::words(&error)) }
        })?;
        Ok(Code::from(TokenCode::parse(&String::from_utf8_lossy(&line))?))
    }

    fn may_ask_again(&self) -> bool {
        false
    }
}
