//! The broker under load: clients that each ask on a connection of their own, as SDKs do, so many times a second and
//! for so long. The benchmark reports the requests that failed, the time that the clients wait, and the broker's memory
//! before and after.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::spread::Spread;
use super::world::{Home, PROFILE, World};
use crate::child;

/// The number of clients that ask side by side.
const CLIENTS: u32 = 50;

/// The number of requests per second, of all clients together.
const PER_SECOND: u32 = 1000;

/// The maximum time that a request may take before it counts as failed: Python's SDK waits two seconds.
const PATIENCE: Duration = Duration::from_secs(2);

/// The maximum time that starting the broker may take.
const START: Duration = Duration::from_secs(20);

/// The row of the requests.
pub(crate) const OURS: &str = "a request to the broker";

/// The result of the measurement.
pub(crate) struct Load {
    /// The time of each request.
    pub(crate) waits: Spread,
    /// The results in words, with units.
    pub(crate) told: Vec<String>,
}

/// The address and token that a client knows.
struct Address {
    port: u16,
    token: String,
}

/// Logs in, starts a broker, and loads it for the given time.
pub(crate) fn load(world: &World, seconds: u32) -> Result<Load> {
    let home = world.home("broker", 1, world.user()?)?;
    home.log_in()?;
    child::run(&mut home.awsesame(&["broker", "start"]), START)?;
    let loaded = under_load(&home, seconds);
    child::run(&mut home.awsesame(&["broker", "stop"]), START)?;
    loaded
}

fn under_load(home: &Home<'_>, seconds: u32) -> Result<Load> {
    let folder = home.folder().join("state/awsesame/broker");
    let read = |name: &str| fs::read_to_string(folder.join(name)).with_context(|| name.to_owned());
    let address = Address { port: read("port")?.trim().parse()?, token: read("token")? };
    // Once, so that what is needed once is not counted as growth.
    ask(&address)?;
    let before = memory(home)?;
    let begun = Instant::now();
    let results: Vec<_> = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                scope.spawn({
                    let address = &address;
                    move || client(address, number, seconds)
                })
            })
            .collect();
        clients.into_iter().map(thread::ScopedJoinHandle::join).collect()
    });
    let took = begun.elapsed();
    let after = memory(home)?;
    let (mut waits, mut failed, mut why) = (Vec::new(), 0, None);
    for result in results {
        let (times, errors) = result.map_err(|_| anyhow::anyhow!("a client panicked"))?;
        waits.extend(times);
        failed += errors.len();
        why = why.or(errors.into_iter().next());
    }
    let count = waits.len();
    let rate = f64::from(u32::try_from(count)?) / took.as_secs_f64();
    let mut told = vec![
        format!(
            "broker: {count} requests of {CLIENTS} clients in {:.1} s ({rate:.0}/s), {failed} failed",
            took.as_secs_f64()
        ),
        format!("broker: memory {before} KiB before, {after} KiB after"),
    ];
    told.extend(why.map(|why| format!("broker: the first failure: {why}")));
    ensure!(count > 0, "every request failed: {told:?}");
    Ok(Load { waits: Spread::new(waits), told })
}

/// Runs one client, which sends requests at a fixed interval. It does not send faster to make up for a slow answer.
fn client(address: &Address, number: u32, seconds: u32) -> (Vec<Duration>, Vec<String>) {
    let beat = Duration::from_secs(1) * CLIENTS / PER_SECOND;
    let begun = Instant::now() + beat * number / CLIENTS;
    let (mut times, mut errors) = (Vec::new(), Vec::new());
    for turn in 0..seconds * PER_SECOND / CLIENTS {
        let due = begun + beat * turn;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let asked = Instant::now();
        match ask(address) {
            Ok(()) => times.push(asked.elapsed()),
            Err(error) => errors.push(format!("{error:#}")),
        }
    }
    (times, errors)
}

/// Sends one request on a connection of its own.
fn ask(address: &Address) -> Result<()> {
    let there = SocketAddr::from((Ipv4Addr::LOCALHOST, address.port));
    let mut stream = TcpStream::connect_timeout(&there, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let (port, token) = (address.port, &address.token);
    let head = format!(
        "GET /v1/credentials/{PROFILE} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: {token}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    let mut answer = Vec::with_capacity(4096);
    stream.read_to_end(&mut answer)?;
    ensure!(answer.starts_with(b"HTTP/1.1 200 ") && answer.ends_with(b"}"), "not 200, or not whole");
    Ok(())
}

/// Returns the memory that the broker uses, in KiB, as the broker itself reports it.
fn memory(home: &Home<'_>) -> Result<u64> {
    let text = child::read(&mut home.awsesame(&["broker", "status", "--json"]), START)?;
    let status: serde_json::Value = serde_json::from_str(&text)?;
    status["memory_kib"].as_u64().context("the broker does not tell its memory")
}
