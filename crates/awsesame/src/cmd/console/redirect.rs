//! A small HTTP server on loopback that redirects one browser of this user to an address, once. The address itself is
//! therefore neither in the arguments of a process nor in a file. The address of the server is useless after the
//! redirect.

use std::io::Write;
use std::time::Instant;

use awsesame_core::fault::Fault;
use awsesame_core::name::secret::Secret;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::os::loopback::{LoopbackPort, Received, Request};

/// The lines at the end of every answer.
const COMMON: &str = "cache-control: no-store\r\nreferrer-policy: no-referrer\r\n\
                      content-length: 0\r\nconnection: close\r\n\r\n";

/// The server.
pub(super) struct RedirectServer {
    port: LoopbackPort,
    name: String,
}

impl RedirectServer {
    /// Opens the server under a random path.
    pub(super) fn open() -> Result<Self, Fault> {
        let port = LoopbackPort::open()?;
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)
            .map_err(|error| Fault::Bug { what: format!("the system has no randomness to give: {error}") })?;
        Ok(Self { port, name: BASE64_URL_SAFE_NO_PAD.encode(bytes) })
    }

    /// Returns the address of the server.
    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}/{}", self.port.port(), self.name)
    }

    /// Waits for the browser and redirects it. Returns true if it came in time. `given_up` returns true if the browser
    /// will not come any more.
    pub(super) fn send_on(
        &mut self,
        address: &Secret,
        until: Instant,
        mut given_up: impl FnMut() -> bool,
    ) -> Result<bool, Fault> {
        loop {
            match self.port.request(until, &mut given_up)? {
                Received::Request(request) => {
                    if self.answer(request, address).unwrap_or(false) {
                        return Ok(true);
                    }
                }
                Received::TimedOut | Received::Stopped => return Ok(false),
            }
        }
    }

    /// Answers one request. Returns true if it was the one.
    fn answer(&self, request: Request, address: &Secret) -> std::io::Result<bool> {
        let Request { head, mut stream } = request;
        let first = head.split("\r\n").next().unwrap_or_default();
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
    use std::io::Read;
    use std::net::TcpStream;
    use std::time::Duration;

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
        let mut redirect = RedirectServer::open().unwrap();
        let address = redirect.address();
        let asking = std::thread::spawn(move || {
            let other = ask(&address, Some("favicon.ico"));
            (other, ask(&address, None))
        });
        let until = Instant::now() + Duration::from_mins(1);
        assert_eq!(redirect.send_on(&Secret::new("https://there/"), until, || false), Ok(true));
        let (other, one) = asking.join().unwrap();
        assert!(other.starts_with("HTTP/1.1 404 "), "{other}");
        assert!(
            one.starts_with("HTTP/1.1 303 ") && one.contains("\r\nlocation: https://there/\r\n"),
            "{one}"
        );
    }

    #[test]
    fn a_browser_that_gives_up_is_not_waited_for() {
        let mut redirect = RedirectServer::open().unwrap();
        let until = Instant::now() + Duration::from_mins(1);
        assert_eq!(redirect.send_on(&Secret::new("x"), until, || true), Ok(false));
    }
}
