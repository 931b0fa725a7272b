//! A door on loopback that sends one browser of this user on to an address, once. So the
//! address stands neither in a process's arguments nor in a file; what stands there is
//! the door's, worth nothing afterwards.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use awsesame_core::fault::Fault;
use awsesame_core::name::secret::Secret;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::os::file;
use crate::os::loopback::is_ours;

/// The interval at which the server looks for a connection.
const TICK: Duration = Duration::from_millis(20);
/// The longest time that a client may take to say what it wants.
const HEAD: Duration = Duration::from_secs(2);
const MOST_BYTES: u64 = 16 * 1024;
/// The lines at the end of every answer.
const COMMON: &str = "cache-control: no-store\r\nreferrer-policy: no-referrer\r\n\
                      content-length: 0\r\nconnection: close\r\n\r\n";

/// The door.
pub(super) struct Door {
    listener: TcpListener,
    port: u16,
    name: String,
}

impl Door {
    /// Opens one under a name that nobody can guess.
    pub(super) fn open() -> Result<Self, Fault> {
        let fail = |error: std::io::Error| Fault::Bug {
            what: format!("no port on loopback: {}", file::words(&error)),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(fail)?;
        listener.set_nonblocking(true).map_err(fail)?;
        let port = listener.local_addr().map_err(fail)?.port();
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)
            .map_err(|error| Fault::Bug { what: format!("the system has no randomness to give: {error}") })?;
        Ok(Self { listener, port, name: BASE64_URL_SAFE_NO_PAD.encode(bytes) })
    }

    /// Returns the address of the server.
    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}/{}", self.port, self.name)
    }

    /// Waits for the browser and sends it on; whether it came in time. `given_up` tells
    /// that it will not come any more.
    pub(super) fn send_on(
        &self,
        address: &Secret,
        until: Instant,
        mut given_up: impl FnMut() -> bool,
    ) -> Result<bool, Fault> {
        while Instant::now() < until {
            match self.listener.accept() {
                Ok((stream, peer)) if is_ours(peer, self.port) => {
                    if self.answer(stream, address).unwrap_or(false) {
                        return Ok(true);
                    }
                }
                // Another user's program, whatever it knows.
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if given_up() {
                        return Ok(false);
                    }
                    std::thread::sleep(TICK);
                }
                Err(error) => {
                    return Err(Fault::Bug { what: format!("loopback: {}", file::words(&error)) });
                }
            }
        }
        Ok(false)
    }

    /// Answers one request; whether it was the one.
    fn answer(&self, mut stream: TcpStream, address: &Secret) -> std::io::Result<bool> {
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(HEAD))?;
        stream.set_write_timeout(Some(HEAD))?;
        let mut lines = BufReader::new(stream.try_clone()?.take(MOST_BYTES)).lines();
        let first = lines.next().transpose()?.unwrap_or_default();
        // The rest is read, so that closing does not cut off the answer.
        while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
        let wanted = first.split(' ').take(2).eq(["GET", &format!("/{}", self.name)]);
        let text = if wanted {
            Zeroizing::new(format!("HTTP/1.1 303 See Other\r\nlocation: {}\r\n{COMMON}", address.expose()))
        } else {
            Zeroizing::new(format!("HTTP/1.1 404 Not Found\r\n{COMMON}"))
        };
        stream.write_all(text.as_bytes())?;
        Ok(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(address: &str, path: Option<&str>) -> String {
        let rest = address.strip_prefix("http://").unwrap();
        let (host, own) = rest.split_once('/').unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        write!(stream, "GET /{} HTTP/1.1\r\nhost: {host}\r\n\r\n", path.unwrap_or(own)).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn a_browser_is_sent_on_once_and_others_find_nothing() {
        let door = Door::open().unwrap();
        let address = door.address();
        let asking = std::thread::spawn(move || {
            let other = ask(&address, Some("favicon.ico"));
            (other, ask(&address, None))
        });
        let until = Instant::now() + Duration::from_mins(1);
        assert_eq!(door.send_on(&Secret::new("https://there/"), until, || false), Ok(true));
        let (other, one) = asking.join().unwrap();
        assert!(other.starts_with("HTTP/1.1 404 "), "{other}");
        assert!(
            one.starts_with("HTTP/1.1 303 ") && one.contains("\r\nlocation: https://there/\r\n"),
            "{one}"
        );
    }

    #[test]
    fn a_browser_that_gives_up_is_not_waited_for() {
        let door = Door::open().unwrap();
        let until = Instant::now() + Duration::from_mins(1);
        assert_eq!(door.send_on(&Secret::new("x"), until, || true), Ok(false));
    }
}
