//! A browser for tests: a program that stores the address that it is given, and a person who signs in there and is sent
//! back as by a real browser.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::run::Run;
use crate::world::World;

/// A browser that records the addresses that it should open.
const OPENER: &str = "#!/bin/sh\nprintf '%s\\n' \"$1\" >>opened\n";

/// Returns the run with a browser whose calls `opened` reads.
pub(crate) fn with_browser<'w>(world: &World, run: Run<'w>) -> Run<'w> {
    // Once: a shell of an earlier run may be reading it.
    if !world.path("opener").exists() {
        world.write("opener", OPENER);
    }
    run.env("BROWSER", format!("sh {}", world.path("opener").display()))
}

/// Returns the last address that a browser was asked to open, after this many calls.
pub(crate) fn opened(world: &World, count: usize) -> String {
    for _ in 0..1500 {
        let text = std::fs::read_to_string(world.path("opened")).unwrap_or_default();
        if text.ends_with('\n') && text.lines().count() >= count {
            return text.lines().last().unwrap().to_owned();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("no browser was opened");
}

/// Returns the number of pages that were opened.
pub(crate) fn pages(world: &World) -> usize {
    std::fs::read_to_string(world.path("opened")).unwrap_or_default().lines().count()
}

/// Signs a user in at an address, follows the redirects, and returns the last page.
pub(crate) fn sign_in(world: &World, address: &str, user: &str) -> String {
    let answer = world.sandbox().sign_in(address, user);
    get(&answer.location.unwrap_or_else(|| panic!("{}: {}", answer.status, answer.page)))
}

/// Returns the whole answer from an address.
pub(crate) fn get(address: &str) -> String {
    let (authority, target) = parts(address);
    send(authority, &format!("GET {target} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n"))
}

/// Returns the host with the port, and the path with its query.
pub(crate) fn parts(address: &str) -> (&str, &str) {
    let rest = address.strip_prefix("http://").unwrap();
    rest.split_at(rest.find('/').unwrap())
}

/// Sends a request as it is and returns the answer.
pub(crate) fn send(authority: &str, request: &str) -> String {
    let Ok(mut stream) = TcpStream::connect(authority) else { return String::new() };
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let _ = stream.write_all(request.as_bytes());
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

/// Runs a login during which a user signs in at the page that it opens.
pub(crate) fn logs_in(world: &World, arguments: &[&str], user: &str) -> (crate::ran::Ran, String) {
    let before = pages(world);
    let running = with_browser(world, world.awsesame(arguments)).spawn();
    let page = sign_in(world, &opened(world, before + 1), user);
    (running.wait(), page)
}
