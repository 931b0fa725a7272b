//! The number of answers per second of an endpoint: ours, and aws-vault's if it is installed. Some clients keep their
//! connection, as Go's and Java's do; others open one for each request, as Python's do.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::vaults;
use super::world::{Home, PROFILE, World};
use crate::child;
use crate::project::Project;

/// The time for which each kind of client asks.
const TIME: Duration = Duration::from_secs(3);

/// The name of this measurement if it could not be made.
pub(crate) const OURS: &str = "answers a second";

/// The same for aws-vault's server.
pub(crate) const OTHERS: &str = "answers a second of aws-vault's server";

/// The maximum time that an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The maximum time that an endpoint may take to listen.
const START: Duration = Duration::from_secs(20);

/// An endpoint of AWS's container credentials protocol.
pub(crate) struct Endpoint {
    pub(crate) port: u16,
    pub(crate) path: String,
    pub(crate) token: String,
}

/// Returns the rates of our broker, in words.
pub(crate) fn ours_told(world: &World) -> Result<Vec<String>> {
    let home = world.home("rate", 1, world.user()?)?;
    home.log_in()?;
    child::run(&mut home.awsesame(&["broker", "start"]), START)?;
    let measured = ours(&home).and_then(|endpoint| rates("our broker", &endpoint));
    child::run(&mut home.awsesame(&["broker", "stop"]), START)?;
    measured
}

/// Returns the rates of aws-vault's server, if it is installed.
pub(crate) fn others_told(project: &Project, world: &World) -> Result<Vec<String>> {
    if project.find("aws-vault").is_none() {
        return Ok(Vec::new());
    }
    vaults::serving(project, world, |endpoint| rates("aws-vault's server", endpoint))
}

fn ours(home: &Home<'_>) -> Result<Endpoint> {
    let folder = home.folder().join("state/awsesame/broker");
    let read = |name: &str| fs::read_to_string(folder.join(name)).with_context(|| name.to_owned());
    Ok(Endpoint {
        port: read("port")?.trim().parse()?,
        path: format!("/v1/credentials/{PROFILE}"),
        token: read("token")?.trim().to_owned(),
    })
}

fn rates(name: &str, endpoint: &Endpoint) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for (keeps, words) in [(true, "keep their connection"), (false, "open one each time")] {
        for clients in [1, 32] {
            let count = rate(endpoint, clients, keeps)?;
            lines.push(format!("{name}: {count:.0} answers a second to {clients} clients that {words}"));
        }
    }
    Ok(lines)
}

/// Returns the number of answers per second.
fn rate(endpoint: &Endpoint, clients: usize, keeps: bool) -> Result<f64> {
    let begun = Instant::now();
    let counts: Vec<Result<u32>> = thread::scope(|scope| {
        let asking: Vec<_> = (0..clients).map(|_| scope.spawn(|| client(endpoint, keeps))).collect();
        let ended = asking.into_iter().map(thread::ScopedJoinHandle::join);
        ended.map(|count| count.unwrap_or_else(|_| Err(anyhow::anyhow!("a client panicked")))).collect()
    });
    let took = begun.elapsed().as_secs_f64();
    let total: u32 = counts.into_iter().sum::<Result<u32>>()?;
    Ok(f64::from(total) / took)
}

/// Returns the number of answers that one client got.
fn client(endpoint: &Endpoint, keeps: bool) -> Result<u32> {
    let until = Instant::now() + TIME;
    let (mut stream, mut count) = (connect(endpoint)?, 0);
    while Instant::now() < until {
        if !keeps && count > 0 {
            stream = connect(endpoint)?;
        }
        ask(&mut stream, endpoint, keeps)?;
        count += 1;
    }
    Ok(count)
}

fn connect(endpoint: &Endpoint) -> Result<TcpStream> {
    let there = SocketAddr::from((Ipv4Addr::LOCALHOST, endpoint.port));
    let stream = TcpStream::connect_timeout(&there, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Sends one request, and reads the whole answer.
fn ask(stream: &mut TcpStream, endpoint: &Endpoint, keeps: bool) -> Result<()> {
    let Endpoint { port, path, token } = endpoint;
    let connection = if keeps { "keep-alive" } else { "close" };
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: {token}\r\nConnection: {connection}\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    let (mut answer, mut piece) = (Vec::with_capacity(4096), [0; 4096]);
    while !is_whole(&answer)? {
        let length = stream.read(&mut piece)?;
        ensure!(length > 0, "an answer ends too early");
        answer.extend_from_slice(&piece[..length]);
    }
    ensure!(answer.starts_with(b"HTTP/1.1 200 "), "not 200");
    Ok(())
}

/// Returns true if an answer is as long as its header says.
fn is_whole(answer: &[u8]) -> Result<bool> {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(false) };
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.context("an answer without a length")?.trim().parse()?;
    Ok(answer.len() >= end + 4 + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_it_has_what_its_head_announces() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        assert!(is_whole(whole).unwrap());
        assert!(!is_whole(&whole[..whole.len() - 1]).unwrap() && !is_whole(b"HTTP/1.1").unwrap());
        assert!(is_whole(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
