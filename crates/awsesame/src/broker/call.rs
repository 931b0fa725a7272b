//! Sends one request of our own commands to a broker through its unix socket. The socket may be forwarded from another
//! machine, so the answer is checked as strictly as one from there.

use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::{lease, socket};
use crate::os::lock_holder::is_a_stopped_process;

/// The maximum time for an answer. A broker answers at once, but systemd may have to start it first, or the connection
/// may be slow.
const PATIENCE: Duration = Duration::from_secs(5);
/// The text for an answer that no broker gives.
pub const STRANGER: &str = "another program answers";
/// The interval at which the other end is checked while it sends nothing.
const LOOK_AGAIN: Duration = Duration::from_millis(300);
/// The maximum size of an answer, in bytes.
const MOST_BYTES: usize = 64 * 1024;

/// The reply to a request.
#[derive(Debug)]
pub struct Reply {
    /// The status code of the response.
    pub status: u16,
    /// The body, which may contain credentials.
    pub body: Zeroizing<Vec<u8>>,
}

/// Sends a request. Returns the reason in words if that is not possible.
pub fn get(path: &Path, target: &str) -> Result<Reply, String> {
    within(path, target, PATIENCE)
}

/// Sends a request whose answer may be delayed by `hold`.
pub fn wait(path: &Path, target: &str, hold: Duration) -> Result<Reply, String> {
    within(path, target, hold + PATIENCE)
}

/// The same within a time.
pub fn within(path: &Path, target: &str, patience: Duration) -> Result<Reply, String> {
    if !socket::check(path).map_err(|fault| fault.to_string())? {
        return Err("there is no socket".into());
    }
    exchange(path, target, patience).map_err(|error| crate::os::file::words(&error))
}

fn exchange(path: &Path, target: &str, patience: Duration) -> std::io::Result<Reply> {
    let until = Instant::now() + patience;
    let mut stream = socket::connect(path, patience)?;
    stream.set_write_timeout(Some(patience))?;
    stream.write_all(
        format!("GET {target} HTTP/1.1\r\nHost: broker\r\nConnection: close\r\n\r\n").as_bytes(),
    )?;
    // The whole buffer is allocated at once, because a growing buffer would leave copies of a secret in memory.
    let mut text = Zeroizing::new(Vec::with_capacity(MOST_BYTES));
    let mut chunk = Zeroizing::new([0; 4096]);
    while text.len() < MOST_BYTES {
        // The time limit applies to the whole answer, and not to each byte of it.
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left.min(LOOK_AGAIN)))?;
        match stream.read(chunk.as_mut_slice()) {
            Ok(0) => break,
            Ok(read) => {
                let room = MOST_BYTES - text.len();
                text.extend_from_slice(&chunk[..read.min(room)]);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // Whoever is suspended answers nobody, however long one waits.
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if socket::peer(&stream).is_some_and(|pid| is_a_stopped_process(lease::number(pid))) {
                    return Err(std::io::Error::other("it is suspended"));
                }
            }
            Err(error) => return Err(error),
        }
    }
    parse(&text).ok_or_else(|| std::io::Error::other(STRANGER))
}

fn parse(text: &[u8]) -> Option<Reply> {
    let end = text.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&text[..end]).ok()?;
    let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    })?;
    let body = &text[end + 4..];
    // A connection that broke in the middle delivered only a part of the answer.
    (body.len() == length).then(|| Reply { status, body: Zeroizing::new(body.to_vec()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_answer_is_one() {
        let reply = parse(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\n{}").unwrap();
        assert_eq!((reply.status, reply.body.as_slice()), (403, &b"{}"[..]));
        for text in [
            "",
            "HTTP/1.1 200 OK\r\n\r\n{}",
            "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}",
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n{}",
            "HTTP/1.1 2\r\ncontent-length: 0\r\n\r\n",
            "SSH-2.0-OpenSSH\r\n\r\n",
        ] {
            assert!(parse(text.as_bytes()).is_none(), "{text}");
        }
    }
}
