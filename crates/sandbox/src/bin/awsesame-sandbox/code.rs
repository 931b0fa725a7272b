//! `code`: prints the code that a user's device shows now. It asks the running sandbox, which knows the devices that
//! were enrolled since and the codes that were used. Without a running sandbox, it computes the code from the fixture.

use std::path::PathBuf;
use std::time::Duration;

use awsesame_sandbox::Fixture;
use lexopt::prelude::*;

use crate::failure::Failure;
use crate::fixture_file;
use crate::http;
use crate::print::{HELP, print};

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
        format!("`{user}` is not a user with a device that gives codes"),
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
        let fresh = if fresh { "&fresh" } else { "" };
        let target = format!("/_sandbox/code?user={}{fresh}", http::encoded(user));
        let (status, body) = http::request(endpoint, "GET", &target, "")?;
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
