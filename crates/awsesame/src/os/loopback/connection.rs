//! A program that has connected to a port on loopback. Its request is read piece by piece, without waiting.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// The maximum time in which a client must send its request.
const HEAD: Duration = Duration::from_secs(2);
/// The time limit for writing an answer.
const ANSWER: Duration = Duration::from_secs(2);
/// The maximum size of a request.
const MOST_BYTES: usize = 32 * 1024;

/// A program that has connected, with the data that it has sent.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) stream: TcpStream,
    head: Vec<u8>,
    until: Instant,
}

/// The state of what a program sends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ReadState {
    /// A part of a request, or no data yet.
    Part,
    /// A complete request, without the text after its headers.
    Request(String),
    /// More data than a request may have.
    TooMuch,
    /// The connection is closed or too slow.
    Nothing,
}

impl Connection {
    /// Returns a program that has just connected.
    pub(super) fn new(stream: TcpStream) -> std::io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self { stream, head: Vec::new(), until: Instant::now() + HEAD })
    }

    /// Reads what is there, and waits for nothing.
    pub(super) fn listen(&mut self) -> ReadState {
        let mut piece = [0; 4096];
        loop {
            match self.stream.read(&mut piece) {
                // An incomplete request is refused, because a header that would forbid it may be missing.
                Ok(0) => return ReadState::Nothing,
                Ok(count) => self.head.extend_from_slice(&piece[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    return if Instant::now() < self.until { ReadState::Part } else { ReadState::Nothing };
                }
                Err(_) => return ReadState::Nothing,
            }
            if let Some(end) = self.head.windows(4).position(|four| four == b"\r\n\r\n") {
                return ReadState::Request(String::from_utf8_lossy(&self.head[..end]).into_owned());
            }
            if self.head.len() > MOST_BYTES {
                return ReadState::TooMuch;
            }
        }
    }

    /// Returns the connection, for the answer.
    pub(super) fn into_stream(self) -> std::io::Result<TcpStream> {
        self.stream.set_nonblocking(false)?;
        self.stream.set_write_timeout(Some(ANSWER))?;
        Ok(self.stream)
    }
}
