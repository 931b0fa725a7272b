//! The listener on loopback to which the browser returns. It opens before the browser is started, accepts connections
//! only from programs of this user, and accepts only requests that a browser makes when a page redirects it here.

use std::io::Write;
use std::net::TcpStream;
use std::time::Instant;

use awsesame_core::fault::Fault;
use awsesame_core::signin::authorize::redirect_uri;
use awsesame_core::signin::callback::{self, Callback, PATH};

use super::page;
use crate::os::loopback::{LoopbackPort, Received, Request};

/// The listening port.
#[derive(Debug)]
pub struct Listener(LoopbackPort);

/// The answer, and the browser that waits for the result.
#[derive(Debug)]
pub struct Arrival {
    /// The answer of the sign-in page.
    pub callback: Callback,
    stream: TcpStream,
}

/// The outcome of the waiting.
#[derive(Debug)]
pub enum Waited {
    /// The answer has arrived.
    Arrived(Arrival),
    /// No answer came in time.
    TimedOut,
    /// The caller stopped the wait.
    Stopped,
}

impl Listener {
    /// Listens at a port that the system chooses.
    pub fn open() -> Result<Self, Fault> {
        LoopbackPort::open().map(Self)
    }

    /// Returns the address that the browser is sent back to.
    pub fn redirect_uri(&self) -> String {
        redirect_uri(self.0.port())
    }

    /// Waits for the answer of this sign-in. `stop` is called regularly and can end the wait.
    pub fn wait(&mut self, state: &str, until: Instant, stop: impl Fn() -> bool) -> Result<Waited, Fault> {
        loop {
            match self.0.request(until, &stop)? {
                Received::Request(request) => {
                    if let Ok(Some(arrival)) = self.answer(request, state) {
                        return Ok(Waited::Arrived(arrival));
                    }
                }
                Received::TimedOut => return Ok(Waited::TimedOut),
                Received::Stopped => return Ok(Waited::Stopped),
            }
        }
    }

    /// Answers one request; None if it is not the answer of this sign-in.
    fn answer(&self, request: Request, state: &str) -> std::io::Result<Option<Arrival>> {
        let Request { head, mut stream } = request;
        match judge(&head, self.0.port()) {
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
fn judge(head: &str, port: u16) -> Result<&str, &'static str> {
    let mut lines = head.split("\r\n");
    let first = lines.next().unwrap_or_default();
    let headers: Vec<&str> = lines.collect();
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
    /// Shows the result in the browser. A browser that has closed the connection needs no page.
    pub fn show(mut self, signed_in: bool, heading: &str, sentence: &str) {
        let status = if signed_in { "200 OK" } else { "403 Forbidden" };
        let _ = self.stream.write_all(page::page(status, heading, sentence).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::time::Duration;

    use super::*;

    const HOST: &str = "host: 127.0.0.1:8080";

    fn judged(first: &str, headers: &[&str]) -> Result<String, &'static str> {
        let head = [&[first], headers].concat().join("\r\n");
        judge(&head, 8080).map(ToOwned::to_owned)
    }

    #[test]
    fn only_a_request_of_a_redirected_browser_is_accepted() {
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
            ("HEAD /oauth/callback?code=a&state=b HTTP/1.1", vec![HOST], "405 Method Not Allowed"),
            ("OPTIONS /oauth/callback?code=a&state=b HTTP/1.1", vec![HOST], "405 Method Not Allowed"),
            ("GET http://127.0.0.1:8080/oauth/callback?code=a&state=b HTTP/1.1", vec![HOST], "404 Not Found"),
            ("GET //oauth/callback?code=a&state=b HTTP/1.1", vec![HOST], "404 Not Found"),
            (get, vec!["host : 127.0.0.1:8080"], "421 Misdirected Request"),
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
    fn other_requests_change_nothing_and_the_answer_is_accepted_once() {
        let mut listener = Listener::open().unwrap();
        let port = listener.0.port();
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
        let mut listener = Listener::open().unwrap();
        let soon = Instant::now() + Duration::from_mins(1);
        assert!(matches!(listener.wait("s", soon, || true), Ok(Waited::Stopped)));
        assert!(matches!(listener.wait("s", Instant::now(), || false), Ok(Waited::TimedOut)));
    }
}
