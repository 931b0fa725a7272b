//! The help, and printing to stdout.

use std::io::{self, Write as _};

use crate::failure::Failure;

/// The output of `--help`.
pub(crate) const HELP: &str = "\
awsesame-sandbox: a local AWS (STS, IAM, Organizations, S3, Sign-In, Identity Center) that
enforces MFA, on 127.0.0.1

usage: awsesame-sandbox serve [--port N] [--fixture FILE] [--min-duration SECONDS]
                              [--lifetime SECONDS] [--throttle N] [--report-delay SECONDS]
                              [--sign-in-length SECONDS] [--token-length SECONDS]
                              [--config-dir DIR] [--state-file FILE]
       awsesame-sandbox serve --print-fixture
       awsesame-sandbox serve --print-company ACCOUNTS USERS
       awsesame-sandbox init DIR [--endpoint URL] [--fixture FILE]
       awsesame-sandbox code USER [--fresh] [--endpoint URL | --state-file FILE] [--fixture FILE]
       awsesame-sandbox sign-in USER URL

serve  answers until SIGINT or SIGTERM; prints its address and a set-up to paste
  --port N            the port to listen on; otherwise a free one
  --fixture FILE      users, keys, devices, policies, roles and buckets, instead of the built-in
  --min-duration S    the shortest session that may be asked for; AWS has 900
  --lifetime S        sessions end after S seconds at most, whatever was asked for
  --throttle N        every Nth call of STS, IAM and Organizations is throttled
  --report-delay S    IAM's credential report is S seconds in the making
  --sign-in-length S  sign-ins to the console end after S seconds; AWS has 12 hours
  --token-length S    tokens of Identity Center's portal expire after S seconds
  --config-dir DIR    writes `config` and `credentials` there, as `init` does
  --state-file FILE   writes the address there
  --print-fixture     prints the built-in fixture and ends
  --print-company     prints one with so many accounts of so many users and ends
init   writes `config` and `credentials` with a profile for every user of the fixture
code   prints the code that a user's device shows now
  --fresh             one that was not used yet; waits for the next where there is none
  --endpoint URL      the sandbox to ask; otherwise AWS_ENDPOINT_URL; without either, the code is
                      worked out from the fixture
sign-in  signs a user in at the page of URL without a browser, with password, code or passkey, and goes where the
       page sends it; prints the code that the page shows for another device. `BROWSER='awsesame-sandbox sign-in
       frank'` lets `awsesame login` use it; programs in
       Python want `%s &` behind it
";

/// Prints to stdout. A closed pipe is not a failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("cannot print: {error}"), "awsesame-sandbox serve > FILE"))
        }
        _ => Ok(()),
    }
}
