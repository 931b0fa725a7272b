//! A port on loopback at which programs of this user can connect, and one request is expected: that of the browser. All
//! connections are read at the same time, so a program that sends nothing, or slowly, or without end does not delay the
//! others.

mod connection;

use std::collections::VecDeque;
use std::io::{ErrorKind, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Instant;

use awsesame_core::fault::Fault;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use self::connection::{Connection, ReadState};
use crate::os::file;
use crate::os::socket_owner::SocketOwners;

/// The interval at which the caller is asked whether to continue.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
/// The most programs that are heard at once.
const MOST_VISITORS: usize = 32;
/// The answer to a request that is longer.
const TOO_MUCH: &[u8] =
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// A listening port.
#[derive(Debug)]
pub struct LoopbackPort {
    listener: TcpListener,
    port: u16,
    owners: Option<SocketOwners>,
    connections: VecDeque<Connection>,
}

/// The result of waiting for a request.
#[derive(Debug)]
pub enum Received {
    /// A complete request.
    Request(Request),
    /// No request came in time.
    TimedOut,
    /// The caller stopped the wait.
    Stopped,
}

/// A request, and the connection for its answer.
#[derive(Debug)]
pub struct Request {
    /// The request line and the headers.
    pub head: String,
    /// The connection to answer on.
    pub stream: TcpStream,
}

impl LoopbackPort {
    /// Listens at a port that the system chooses.
    pub fn open() -> Result<Self, Fault> {
        let fail = |error: std::io::Error| Fault::Bug {
            what: format!("no port on loopback: {}", file::words(&error)),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(fail)?;
        listener.set_nonblocking(true).map_err(fail)?;
        let port = listener.local_addr().map_err(fail)?.port();
        Ok(Self { listener, port, owners: SocketOwners::open(), connections: VecDeque::new() })
    }

    /// Returns the number of the port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Waits for the next request of this user; `stop` is asked now and then whether the waiting is to end.
    pub fn request(&mut self, until: Instant, mut stop: impl FnMut() -> bool) -> Result<Received, Fault> {
        while Instant::now() < until {
            self.let_in()?;
            for _ in 0..self.connections.len() {
                let Some(mut connection) = self.connections.pop_front() else { break };
                match connection.listen() {
                    ReadState::Part => self.connections.push_back(connection),
                    ReadState::Nothing => {}
                    ReadState::TooMuch => {
                        // A program that has closed its connection needs no answer.
                        let _ = connection.into_stream().and_then(|mut stream| stream.write_all(TOO_MUCH));
                    }
                    ReadState::Request(head) => {
                        if let Ok(stream) = connection.into_stream() {
                            return Ok(Received::Request(Request { head, stream }));
                        }
                    }
                }
            }
            if stop() {
                return Ok(Received::Stopped);
            }
            self.sleep();
        }
        Ok(Received::TimedOut)
    }

    /// Accepts the connections of this user's programs.
    fn let_in(&mut self) -> Result<(), Fault> {
        for _ in 0..MOST_VISITORS {
            match self.listener.accept() {
                Ok((stream, peer)) if self.is_ours(peer) => {
                    self.connections.extend(Connection::new(stream).ok());
                    // The connection that has been silent for the longest time is closed.
                    if self.connections.len() > MOST_VISITORS {
                        self.connections.pop_front();
                    }
                }
                // Programs of other users are never answered.
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                // The client closed the connection before it was accepted.
                Err(error)
                    if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::Interrupted) => {}
                Err(error) => {
                    return Err(Fault::Bug { what: format!("loopback: {}", file::words(&error)) });
                }
            }
        }
        Ok(())
    }

    /// Returns true if the program that connected is one of this user's. The kernel is asked about this one connection; its
    /// table of all is read only where that cannot be done.
    fn is_ours(&self, peer: SocketAddr) -> bool {
        let own = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        match self.owners.as_ref().and_then(|owners| owners.owner(peer, own)) {
            Some(owner) => owner == rustix::process::geteuid().as_raw(),
            None => is_ours(peer, self.port),
        }
    }

    /// Sleeps until data arrives, but only for a moment.
    fn sleep(&self) {
        let mut all = vec![PollFd::new(&self.listener, PollFlags::IN)];
        all.extend(self.connections.iter().map(|connection| PollFd::new(&connection.stream, PollFlags::IN)));
        // A signal ends it too, and is looked for next.
        let _ = poll(&mut all, Some(&TICK));
    }
}

/// Returns true if the program that connected to our port belongs to this user. If the system does not provide the
/// owner, this returns true, and the secret in the request must be sufficient.
fn is_ours(peer: SocketAddr, port: u16) -> bool {
    let Ok(table) = std::fs::read_to_string("/proc/net/tcp") else { return true };
    let SocketAddr::V4(peer) = peer else { return false };
    owner(&table, peer.port(), port) == Some(rustix::process::geteuid().as_raw())
}

/// Returns the owner of the socket that connects from one port of loopback to another, by the lines of `/proc/net/tcp`:
/// number, local address, remote address, state, queues, timers, retries, uid. Returns `None` if there is no such
/// socket.
fn owner(table: &str, from: u16, to: u16) -> Option<u32> {
    let ends = (format!("0100007F:{from:04X}"), format!("0100007F:{to:04X}"));
    let own_order = if cfg!(target_endian = "big") {
        (format!("7F000001:{from:04X}"), format!("7F000001:{to:04X}"))
    } else {
        ends
    };
    table.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        (words.get(1) == Some(&own_order.0.as_str()) && words.get(2) == Some(&own_order.1.as_str()))
            .then(|| words.get(7)?.parse().ok())
            .flatten()
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_owner_of_a_connection_is_read_as_the_kernel_writes_it() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1\n\
             1: 0100007F:A000 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 2\n";
        if cfg!(target_endian = "little") {
            assert_eq!(owner(table, 0xA000, 0x1F90), Some(1000));
        }
        assert_eq!(owner(table, 0xA001, 0x1F90), None);
    }

    /// Connects and sends some bytes.
    fn sends(port: u16, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let _ = stream.write_all(bytes);
        stream
    }

    #[test]
    fn programs_that_send_nothing_or_slowly_or_without_end_keep_nobody_waiting() {
        let mut loopback = LoopbackPort::open().unwrap();
        let port = loopback.port;
        let asking = std::thread::spawn(move || {
            // As many as a browser opens in advance, and more.
            let _silent: Vec<TcpStream> = (0..2 * MOST_VISITORS).map(|_| sends(port, b"")).collect();
            let mut slow = sends(port, b"GET /oauth/callback?code=slow&state=s HT");
            let mut endless = sends(
                port,
                format!("GET /oauth/callback?code=a&state=s HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n")
                    .as_bytes(),
            );
            let padding = format!("x: {}\r\n", "a".repeat(1020));
            let mut answer = String::new();
            // It may be hung up on before it has read why.
            let refused = (0..64).any(|_| endless.write_all(padding.as_bytes()).is_err())
                || endless.read_to_string(&mut answer).is_err()
                || answer.starts_with("HTTP/1.1 431 ");
            // A request that is cut off before its end could hide what speaks against it.
            drop(sends(
                port,
                format!("GET /oauth/callback?code=cut&state=s HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n")
                    .as_bytes(),
            ));
            let begun = Instant::now();
            let _ = slow.write_all(b"T");
            let mut real =
                sends(port, format!("GET /real HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n\r\n").as_bytes());
            let mut answer = String::new();
            let _ = real.read_to_string(&mut answer);
            (refused, answer, begun.elapsed())
        });
        let until = Instant::now() + Duration::from_mins(1);
        let Ok(Received::Request(mut request)) = loopback.request(until, || false) else { panic!() };
        assert_eq!(request.head, format!("GET /real HTTP/1.1\r\nhost: 127.0.0.1:{port}"));
        request.stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        drop(request);
        let (refused, real, took) = asking.join().unwrap();
        assert!(refused && real.starts_with("HTTP/1.1 200 "), "{refused} {real}");
        assert!(took < Duration::from_secs(1), "the silent ones were waited for: {took:?}");
    }

    #[test]
    fn wait_ends_when_stopped_even_while_a_client_sends() {
        let mut loopback = LoopbackPort::open().unwrap();
        let _slow = sends(loopback.port, b"GET /oauth");
        let begun = Instant::now();
        let stop = || begun.elapsed() > Duration::from_millis(200);
        let came = loopback.request(Instant::now() + Duration::from_mins(1), stop);
        assert!(matches!(came, Ok(Received::Stopped)));
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    }
}
