//! `serve`: runs the sandbox until a signal, after printing how to use it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use awsesame_sandbox::{Company, Fixture, Options, Sandbox};
use lexopt::prelude::*;

use crate::failure::Failure;
use crate::fixture_file;
use crate::print::{HELP, print};
use crate::setup::{self, write_private};

pub(crate) fn run(mut parser: lexopt::Parser) -> Result<(), Failure> {
    let mut options = Options::default();
    let (mut fixture, mut config_dir, mut state_file, mut lifetime) = (None, None, None, None);
    let (mut throttle, mut report_delay) = (0, 0);
    let (mut sign_in_length, mut token_length) = (None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("port") => options.port = parser.value()?.parse()?,
            Long("min-duration") => options.min_duration = parser.value()?.parse()?,
            Long("lifetime") => lifetime = Some(parser.value()?.parse()?),
            Long("throttle") => throttle = parser.value()?.parse()?,
            Long("sign-in-length") => sign_in_length = Some(parser.value()?.parse()?),
            Long("token-length") => token_length = Some(parser.value()?.parse()?),
            Long("report-delay") => report_delay = parser.value()?.parse()?,
            Long("fixture") => fixture = Some(PathBuf::from(parser.value()?)),
            Long("config-dir") => config_dir = Some(PathBuf::from(parser.value()?)),
            Long("state-file") => state_file = Some(PathBuf::from(parser.value()?)),
            Long("print-fixture") => {
                return print(&[Fixture::BUILTIN, Fixture::BROWSER, Fixture::PORTAL].concat());
            }
            Long("print-company") => {
                let accounts = parser.value()?.parse()?;
                let users = parser.value()?.parse()?;
                return print(&Company { accounts, users }.fixture());
            }
            Long("help") => return print(HELP),
            other => return Err(other.unexpected().into()),
        }
    }
    let fixture = fixture_file::load(fixture.as_deref())?;
    let sandbox = Sandbox::start(&fixture, options).map_err(|error| {
        Failure::new(
            format!("cannot listen on 127.0.0.1:{}: {error}", options.port),
            "awsesame-sandbox serve --port 0",
        )
    })?;
    sandbox.set_lifetime(lifetime);
    sandbox.throttle_every(throttle);
    sandbox.set_report_delay(Some(report_delay));
    if let Some(seconds) = sign_in_length {
        sandbox.set_sign_in_length(seconds);
    }
    if let Some(seconds) = token_length {
        sandbox.set_token_length(seconds);
    }
    if let Some(dir) = &config_dir {
        setup::write(dir, &fixture, &sandbox.url())?;
    }
    if let Some(file) = &state_file {
        write_private(file, &format!("{}\n", sandbox.url()))?;
    }
    print(&banner(&sandbox, &fixture, config_dir.as_deref()))?;
    let ended = sandbox
        .wait_for_signal()
        .map_err(|error| Failure::new(format!("cannot wait for signals: {error}"), "awsesame-sandbox serve"));
    if let Some(file) = &state_file {
        // A file that does not exist any more needs no removal.
        let _ = std::fs::remove_file(file);
    }
    ended
}

fn banner(sandbox: &Sandbox, fixture: &Fixture, config_dir: Option<&Path>) -> String {
    let url = sandbox.url();
    let mut text = format!("listening on {url}\n\n");
    if let Some(dir) = config_dir {
        let _ = writeln!(text, "# For this shell:\n{}export AWS_ENDPOINT_URL={url}\n", setup::exports(dir));
    } else {
        let _ = writeln!(
            text,
            "# For this shell:\nexport AWS_ENDPOINT_URL={url}\n\n# ~/.aws/config\n{}\n# ~/.aws/credentials\n{}",
            setup::config(fixture, &url),
            setup::credentials(fixture)
        );
    }
    for user in fixture.users_with_devices() {
        let _ = writeln!(text, "# the code of {user}: awsesame-sandbox code {user} --fresh --endpoint {url}");
    }
    text
}
