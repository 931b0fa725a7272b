//! `sign-in`: signs in as a person would in the browser, without a browser. It can be used as `$BROWSER`.

use lexopt::prelude::*;

use crate::failure::Failure;
use crate::http;
use crate::print::{HELP, print};

pub(crate) fn run(mut parser: lexopt::Parser) -> Result<(), Failure> {
    let (mut user, mut url) = (None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Value(value) if user.is_none() => user = Some(value.string()?),
            Value(value) if url.is_none() => url = Some(value.string()?),
            Long("help") => return print(HELP),
            other => return Err(other.unexpected().into()),
        }
    }
    let (Some(user), Some(url)) = (user, url) else {
        return Err(Failure::usage("`sign-in` needs a user and the address of a page"));
    };
    let target = format!("/_sandbox/sign-in?user={}", http::encoded(&user));
    let (status, answer) = http::request(endpoint_of(&url), "POST", &target, &url)?;
    if status != 200 {
        return Err(Failure::new(
            format!("`{user}` is not signed in: {answer}"),
            "awsesame-sandbox serve --print-fixture",
        ));
    }
    // The page for device codes does not redirect.
    if answer.is_empty() {
        return Ok(());
    }
    let endpoint = endpoint_of(&answer);
    let (_, page) = http::request(endpoint, "GET", &answer[endpoint.len()..], "")?;
    match page.split_once("<code id=\"code\">").and_then(|(_, rest)| rest.split_once('<')) {
        Some((code, _)) => print(&format!("{code}\n")),
        None => Ok(()),
    }
}

/// Returns the scheme, host and port of an address.
fn endpoint_of(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    url[start..].find('/').map_or(url, |end| &url[..start + end])
}
