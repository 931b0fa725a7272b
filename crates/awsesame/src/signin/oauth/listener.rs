//! The listener on loopback that the browser comes back to: one path, one answer. It is open
//! before the browser is, hears only this user's programs, and takes only what a browser sends
//! when a page leads on to it.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use awsesame_core::fault::Fault;
use awsesame_core::signin::authorize::redirect_uri;
use awsesame_core::signin::callback::{self, Callback, PATH};

use super::page;
use crate::os::file;
use crate::os::loopback::is_ours;

/// The interval between two checks for somebody who connects.
const TICK: Duration = Duration::from_millis(20);
/// The longest time that whoever connects may take to send the request.
const HEAD: Duration = Duration::from_secs(2);
const MOST_BYTES: u64 = 32 * 1024;

/// The listener.
#[derive(Debug)]
pub struct Listener {
    listener: TcpListener,
    port: u16,
}

/// The answer, and the browser that waits to hear what became of it.
#[derive(Debug)]
pub struct Arrival {
    /// The answer of the sign-in page.
    pub callback: Callback,
    stream: TcpStream,
}

/// The outcome of the waiting.
#[derive(Debug)]
pub enum Waited {
    /// With the answer.
    Arrived(Arrival),
    /// With nothing, in all the time that there was.
    TimedOut,
    /// Because it was to end.
    Stopped,
}

impl Listener {
    /// Listens at a port that the system chooses.
    pub fn open() -> Result<Self, Fault> {
        let fail = |error: std::io::Error| Fault::Bug {
            what: format!("no port on loopback: {}", file::words(&error)),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(fail)?;
        listener.set_nonblocking(true).map_err(fail)?;
        let port = listener.local_addr().map_err(fail)?.port();
        Ok(Self { listener, port })
    }

    /// Returns the address that the browser is sent back to.
    pub fn redirect_uri(&self) -> String {
        redirect_uri(self.port)
    }

    /// Waits for the answer of this very sign-in; `stop` is asked now and then whether to go on.
    pub fn wait(&self, state: &str, until: Instant, stop: impl Fn() -> bool) -> Result<Waited, Fault> {
        while Instant::now() < until {
            if stop() {
                return Ok(Waited::Stopped);
            }
            match self.listener.accept() {
                Ok((stream, peer)) if is_ours(peer, self.port) => {
                    if let Ok(Some(arrival)) = self.hear(stream, state) {
                        return Ok(Waited::Arrived(arrival));
                    }
                }
                // Another user's program, whatever it knows.
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(TICK),
                Err(error) => {
                    return Err(Fault::Bug { what: format!("loopback: {}", file::words(&error)) });
                }
            }
        }
        Ok(Waited::TimedOut)
    }

    /// Hears one request; None if it is not the answer.
    fn hear(&self, mut stream: TcpStream, state: &str) -> std::io::Result<Option<Arrival>> {
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(HEAD))?;
        stream.set_write_timeout(Some(HEAD))?;
        let mut lines = BufReader::new(stream.try_clone()?.take(MOST_BYTES)).lines();
        let first = lines.next().transpose()?.unwrap_or_default();
        let mut headers = Vec::new();
        // All of it is read, so that closing does not cut off the answer.
        while let Some(line) = lines.next().transpose()?.filter(|line| !line.is_empty()) {
            headers.push(line);
        }
        match judge(&first, &headers, self.port) {
            Ok(query) => match callback::read(query, state) {
                Ok(callback) => Ok(Some(Arrival { callback, stream })),
                Err(why) => {
                    let sentence =
                        format!("This answer is not taken: {why}. Go back to the tab that was opened last.");
                    stream.write_all(page::page("400 Bad Request", "Not signed in", &sentence).as_bytes())?;
                    Ok(None)
                }
            },
            Err(status) => {
                stream.write_all(page::nothing(status).as_bytes())?;
                Ok(None)
            }
        }
    }
}

/// Decides whether a request is a browser that a page led on to us: its query, or the status
/// that it is answered with.
fn judge<'a>(first: &'a str, headers: &[String], port: u16) -> Result<&'a str, &'static str> {
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let header = |name: &str| {
        let mut values = headers.iter().filter_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        });
        (values.next(), values.next().is_some())
    };
    // A name that leads here by DNS is a page's way to speak to us as its own host.
    if header("host") != (Some(&*format!("127.0.0.1:{port}")), false) {
        return Err("421 Misdirected Request");
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if path != PATH {
        return Err("404 Not Found");
    }
    if method != "GET" {
        return Err("405 Method Not Allowed");
    }
    // Navigation carries neither an origin nor another destination than a document; a script,
    // a picture or a form of some page does.
    let (origin, _) = header("origin");
    let (mode, _) = header("sec-fetch-mode");
    let (destination, _) = header("sec-fetch-dest");
    let leads_here = origin.is_none()
        && mode.is_none_or(|mode| mode == "navigate")
        && destination.is_none_or(|destination| destination == "document");
    if leads_here { Ok(query) } else { Err("403 Forbidden") }
}

impl Arrival {
    /// Shows the browser what became of it. A browser that has gone away needs no page.
    pub fn show(mut self, signed_in: bool, heading: &str, sentence: &str) {
        let status = if signed_in { "200 OK" } else { "403 Forbidden" };
        let _ = self.stream.write_all(page::page(status, heading, sentence).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "host: 127.0.0.1:8080";

    fn judged(first: &str, headers: &[&str]) -> Result<String, &'static str> {
        let headers: Vec<String> = headers.iter().map(|line| (*line).to_owned()).collect();
        judge(first, &headers, 8080).map(ToOwned::to_owned)
    }

    #[test]
    fn only_a_browser_that_a_page_led_here_is_heard() {
        let get = "GET /oauth/callback?code=a&state=b HTTP/1.1";
        let query = Ok("code=a&state=b".to_owned());
        assert_eq!(judged(get, &[HOST]), query);
        let browser = ["Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document", "Sec-Fetch-Site: cross-site"];
        assert_eq!(judged(get, &[&[HOST], &browser[..]].concat()), query);
        for (first, headers, status) in [
            (get, vec![], "421 Misdirected Request"),
            (get, vec!["host: evil.example:8080"], "421 Misdirected Request"),
            (get, vec!["host: localhost:8080"], "421 Misdirected Request"),
            (get, vec!["host: 127.0.0.1:80"], "421 Misdirected Request"),
            (get, vec![HOST, HOST], "421 Misdirected Request"),
            ("GET /favicon.ico HTTP/1.1", vec![HOST], "404 Not Found"),
            ("GET /oauth/callback/ HTTP/1.1", vec![HOST], "404 Not Found"),
            ("POST /oauth/callback?code=a&state=b HTTP/1.1", vec![HOST], "405 Method Not Allowed"),
            (get, vec![HOST, "Origin: https://evil.example"], "403 Forbidden"),
            (get, vec![HOST, "origin: null"], "403 Forbidden"),
            (get, vec![HOST, "sec-fetch-mode: no-cors"], "403 Forbidden"),
            (get, vec![HOST, "sec-fetch-mode: navigate", "sec-fetch-dest: iframe"], "403 Forbidden"),
            (get, vec![HOST, "sec-fetch-dest: image"], "403 Forbidden"),
            ("", vec![], "421 Misdirected Request"),
        ] {
            assert_eq!(judged(first, &headers), Err(status), "{first} {headers:?}");
        }
    }

    fn ask(port: u16, target: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        write!(stream, "GET {target} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n\r\n").unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    }

    #[test]
    fn what_is_not_the_answer_changes_nothing_and_the_answer_is_heard_once() {
        let listener = Listener::open().unwrap();
        let port = listener.port;
        let asking = std::thread::spawn(move || {
            let icon = ask(port, "/favicon.ico");
            let wrong = ask(port, "/oauth/callback?code=injected&state=guess");
            (icon, wrong, ask(port, "/oauth/callback?code=real&state=s"))
        });
        let until = Instant::now() + Duration::from_mins(1);
        let Ok(Waited::Arrived(arrival)) = listener.wait("s", until, || false) else { panic!() };
        assert_eq!(arrival.callback, Callback::Code(awsesame_core::name::secret::Secret::new("real")));
        drop(listener);
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "a second answer finds nobody");
        arrival.show(true, "Signed in", "profile `dev`");
        let (icon, wrong, real) = asking.join().unwrap();
        assert!(icon.starts_with("HTTP/1.1 404 "), "{icon}");
        assert!(wrong.starts_with("HTTP/1.1 400 ") && !wrong.contains("injected"), "{wrong}");
        assert!(real.starts_with("HTTP/1.1 200 ") && real.contains("profile `dev`"), "{real}");
    }

    #[test]
    fn the_waiting_ends_when_it_is_told_to_or_when_the_time_is_over() {
        let listener = Listener::open().unwrap();
        let soon = Instant::now() + Duration::from_mins(1);
        assert!(matches!(listener.wait("s", soon, || true), Ok(Waited::Stopped)));
        assert!(matches!(listener.wait("s", Instant::now(), || false), Ok(Waited::TimedOut)));
    }
}
