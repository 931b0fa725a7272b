//! `code`: what a user's device shows now. Asks the running sandbox, which knows of devices
//! enrolled since and of codes already used; without one, works it out from the fixture.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use awsesame_sandbox::Fixture;
use lexopt::prelude::*;

use crate::failure::Failure;
use crate::fixture_file;
use crate::print::{HELP, print};

const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) fn run(mut parser: lexopt::Parser) -> Result<(), Failure> {
    let (mut user, mut fresh, mut endpoint, mut fixture) = (None, false, None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Value(value) if user.is_none() => user = Some(value.string()?),
            Long("fresh") => fresh = true,
            Long("endpoint") => endpoint = Some(parser.value()?.string()?),
            Long("state-file") => endpoint = Some(from_state(&PathBuf::from(parser.value()?))?),
            Long("fixture") => fixture = Some(PathBuf::from(parser.value()?)),
            Long("help") => return print(HELP),
            other => return Err(other.unexpected().into()),
        }
    }
    let user = user.ok_or_else(|| Failure::usage("`code` needs a user"))?;
    let endpoint = endpoint.or_else(|| std::env::var("AWS_ENDPOINT_URL").ok().filter(|url| !url.is_empty()));
    let code = match endpoint {
        Some(endpoint) if fixture.is_none() => ask(&endpoint, &user, fresh)?,
        _ if fresh => {
            return Err(Failure::new(
                "only a running sandbox knows which codes were used",
                "awsesame-sandbox code USER --fresh --endpoint http://127.0.0.1:PORT",
            ));
        }
        _ => from_fixture(&fixture_file::load(fixture.as_deref())?, &user)?,
    };
    print(&format!("{code}\n"))
}

fn nobody(user: &str) -> Failure {
    Failure::new(
        format!("`{user}` is no user with a device that gives codes"),
        "awsesame-sandbox serve --print-fixture",
    )
}

fn from_fixture(fixture: &Fixture, user: &str) -> Result<String, Failure> {
    fixture.code_now(user).ok_or_else(|| nobody(user))
}

fn from_state(file: &std::path::Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Failure::new(
            format!("cannot read `{}`: {error}", file.display()),
            "awsesame-sandbox serve --state-file FILE",
        )
    })?;
    Ok(text.trim().to_owned())
}

fn ask(endpoint: &str, user: &str, fresh: bool) -> Result<String, Failure> {
    loop {
        let (status, body) = get(endpoint, user, fresh)?;
        match status {
            200 => return Ok(body),
            409 => {
                let seconds = body.parse().unwrap_or(1);
                std::thread::sleep(Duration::from_secs(seconds));
            }
            404 => return Err(nobody(user)),
            other => {
                return Err(Failure::new(format!("`{endpoint}` answered {other}"), "awsesame-sandbox serve"));
            }
        }
    }
}

/// One plain request over loopback: not worth an HTTP client.
fn get(endpoint: &str, user: &str, fresh: bool) -> Result<(u16, String), Failure> {
    let unreachable = |what: String| {
        Failure::new(format!("no sandbox answers at `{endpoint}`: {what}"), "awsesame-sandbox serve")
    };
    let authority = endpoint.strip_prefix("http://").unwrap_or(endpoint).trim_end_matches('/');
    let address: SocketAddr = authority.replace("localhost", "127.0.0.1").parse().map_err(|_| {
        Failure::new(
            format!("`{endpoint}` is not the address of a sandbox"),
            "awsesame-sandbox code USER --endpoint http://127.0.0.1:PORT",
        )
    })?;
    if !address.ip().is_loopback() {
        return Err(Failure::new(
            format!("`{endpoint}` is not on this machine"),
            "awsesame-sandbox code USER --endpoint http://127.0.0.1:PORT",
        ));
    }
    let exchange = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let user = user.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        let fresh = if fresh { "&fresh" } else { "" };
        write!(
            stream,
            "GET /_sandbox/code?user={user}{fresh} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        )?;
        let mut text = String::new();
        stream.take(64 * 1024).read_to_string(&mut text)?;
        Ok(text)
    };
    let text = exchange().map_err(|error| unreachable(error.to_string()))?;
    let status = text.get(9..12).and_then(|status| status.parse().ok());
    let body = text.split_once("\r\n\r\n").map(|(_, body)| body.trim().to_owned());
    status.zip(body).ok_or_else(|| unreachable("that is no HTTP".to_owned()))
}
