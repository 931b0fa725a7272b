//! Fetches the credentials of a container (from its endpoint) or an instance (from its metadata, `IMDSv2`). They stay
//! in memory; only the role sessions that they obtain are stored. Core decides which addresses may be asked.

use std::path::Path;
use std::time::Duration;

use awsesame_core::answer::ambient::{self, ContainerFacts, InstanceFacts};
use awsesame_core::fault::Fault;
use awsesame_core::plan::Ambient;
use awsesame_core::session::Credentials;
use awsesame_core::session::exported::is_withheld;
use zeroize::Zeroizing;

use crate::aws::http::{Fetched, Request, fetch};
use crate::aws::{Aws, direct};
use crate::os::context::Context;
use crate::os::named_file;

/// The time limit of a request. The servers are on this machine or next to it.
const PATIENCE: Duration = Duration::from_secs(2);
/// The lifetime of the `IMDSv2` token, in seconds. It is used immediately.
const TOKEN_SECONDS: &str = "60";

/// Credentials and their expiration in Unix seconds.
type Found = (Credentials, i64);

/// Fetches the credentials of the container or instance. `broker` is the port of our own broker, which is not a source.
pub fn credentials(
    source: Ambient,
    aws: &Aws,
    context: Context,
    broker: Option<u16>,
) -> Result<Found, Fault> {
    match source {
        Ambient::Container => container(aws, context, broker),
        Ambient::Instance => instance(aws, context),
    }
}

fn container(aws: &Aws, context: Context, broker: Option<u16>) -> Result<Found, Fault> {
    // A sentence of ours in their place keeps other programs from the machine's role.
    let variable = |name: &str| context.var(name).filter(|value| !is_withheld(value));
    let facts = ContainerFacts {
        relative: variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
        full: variable("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
        broker,
    };
    let url = ambient::container(&facts)?;
    let token = match variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
        Some(path) => Some(token_file(path)?),
        None => context.var("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(Zeroizing::new),
    };
    if token.as_ref().is_some_and(|token| token.contains(['\r', '\n'])) {
        return Err(Fault::ContainerAddress { url, why: "the authorization token has a line's end in it" });
    }
    let http = if url.starts_with("https://") { aws.http() } else { direct() };
    let headers: Vec<(&'static str, Zeroizing<String>)> =
        token.into_iter().map(|token| ("authorization", token)).collect();
    read(
        Ambient::Container,
        &url,
        fetch(&http, Request { headers, ..Request::get(&url, PATIENCE) }),
        context.now(),
    )
}

/// The maximum size of an authorization token.
const MOST_TOKEN_BYTES: u64 = 64 * 1024;

/// Reads the token from the file that a variable names.
fn token_file(path: String) -> Result<Zeroizing<String>, Fault> {
    let read = named_file::read(Path::new(&path), MOST_TOKEN_BYTES);
    let read = read.and_then(|bytes| bytes.ok_or_else(|| "no such file or directory".into()));
    let text = read.and_then(|bytes| match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => Err("it is not UTF-8 text".into()),
    });
    text.map_err(|why| Fault::Unreadable { path, why })
}

fn instance(aws: &Aws, context: Context) -> Result<Found, Fault> {
    let base = ambient::instance(&InstanceFacts {
        endpoint: context.var("AWS_EC2_METADATA_SERVICE_ENDPOINT"),
        mode: context.var("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"),
    })?;
    let silent = |url: &str, why: String| Fault::MachineSilent {
        source_name: Ambient::Instance.as_str(),
        url: url.to_owned(),
        why,
    };
    if context.users_var("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"))
    {
        return Err(silent(&base, "AWS_EC2_METADATA_DISABLED says not to ask".into()));
    }
    let http = if base.starts_with("https://") { aws.http() } else { direct() };
    let ask = |method, path: &str, header: (&'static str, &str)| {
        let url = format!("{base}{path}");
        let headers = vec![(header.0, Zeroizing::new(header.1.to_owned()))];
        let fetched = fetch(&http, Request { method, headers, ..Request::get(&url, PATIENCE) });
        match fetched {
            Ok(Fetched { status: 200, body, .. }) => Ok((url, body)),
            Ok(Fetched { status, .. }) => Err(silent(&url, format!("it answers with HTTP {status}"))),
            Err(why) => Err(silent(&url, why)),
        }
    };
    let (_, token) =
        ask("PUT", "/latest/api/token", ("x-aws-ec2-metadata-token-ttl-seconds", TOKEN_SECONDS))?;
    let token = Zeroizing::new(String::from_utf8_lossy(&token).trim().to_owned());
    let with_token = ("x-aws-ec2-metadata-token", token.as_str());
    let folder = "/latest/meta-data/iam/security-credentials/";
    let (url, names) = ask("GET", folder, with_token)?;
    let role = ambient::role_of_instance(&names).map_err(|why| silent(&url, why))?;
    let (url, body) = ask("GET", &format!("{folder}{role}"), with_token)?;
    read(
        Ambient::Instance,
        &url,
        Ok(Fetched { status: 200, date: None, location: None, retry_after: None, body }),
        context.now(),
    )
}

fn read(source: Ambient, url: &str, fetched: Result<Fetched, String>, now: i64) -> Result<Found, Fault> {
    let silent =
        |why: String| Fault::MachineSilent { source_name: source.as_str(), url: url.to_owned(), why };
    let Fetched { status, body, .. } = fetched.map_err(silent)?;
    if status != 200 {
        return Err(silent(format!("it answers with HTTP {status}")));
    }
    ambient::read(&body, now).map_err(silent)
}
