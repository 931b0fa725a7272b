//! The credentials that the machine has by itself, fetched: from the endpoint of a
//! container, or from an instance's metadata (`IMDSv2`). They stay in memory: what is kept is the
//! role sessions that they bring. Where they may be asked for is core's to say.

use std::time::Duration;

use aws_sdk_sts::config::timeout::TimeoutConfig;
use aws_sdk_sts::config::{BehaviorVersion, SharedHttpClient};
use aws_sdk_sts::error::ErrorMetadata;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_types::body::SdkBody;
use awsesame_core::fault::Fault;
use awsesame_core::machine::{self, ContainerFacts};
use awsesame_core::plan::Ambient;
use awsesame_core::session::Credentials;
use zeroize::Zeroizing;

use crate::aws::{Aws, direct};
use crate::broker::{address, place::Place};
use crate::context::Context;
use crate::disk;
use crate::state::State;

/// They are on this machine or next to it.
const PATIENCE: Duration = Duration::from_secs(2);
/// For how long a token of `IMDSv2` is asked for, in seconds: it is used at once.
const TOKEN_SECONDS: &str = "60";

/// Credentials, and until when, in unix seconds.
type Found = (Credentials, i64);

/// Fetches what the machine has.
pub fn credentials(source: Ambient, aws: &Aws, context: Context, state: &State) -> Result<Found, Fault> {
    match source {
        Ambient::Container => container(aws, context, state),
        Ambient::Instance => instance(context),
    }
}

fn container(aws: &Aws, context: Context, state: &State) -> Result<Found, Fault> {
    let facts = ContainerFacts {
        relative: context.var("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
        full: context.var("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
        // What cannot be read was not chosen by us.
        broker: address::port(&Place::meant(state, context)).unwrap_or_default(),
    };
    let url = machine::container(&facts)?;
    let token = match context.var("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
        Some(path) => Some(
            std::fs::read_to_string(&path)
                .map(Zeroizing::new)
                .map_err(|error| Fault::Unreadable { path, why: disk::words(&error) })?,
        ),
        None => context.var("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(Zeroizing::new),
    };
    if token.as_ref().is_some_and(|token| token.contains(['\r', '\n'])) {
        return Err(Fault::ContainerAddress { url, why: "the authorization token has a line's end in it" });
    }
    let http = if url.starts_with("https://") { aws.http() } else { direct() };
    let headers: Vec<(&'static str, Zeroizing<String>)> =
        token.into_iter().map(|token| ("authorization", token)).collect();
    read(Ambient::Container, &url, fetch(&http, "GET", &url, headers))
}

fn instance(context: Context) -> Result<Found, Fault> {
    let base = context
        .var("AWS_EC2_METADATA_SERVICE_ENDPOINT")
        .unwrap_or_else(|| machine::INSTANCE.to_owned())
        .trim_end_matches('/')
        .to_owned();
    let silent = |url: &str, why: String| Fault::MachineSilent {
        source_name: Ambient::Instance.as_str(),
        url: url.to_owned(),
        why,
    };
    if context.var("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Err(silent(&base, "AWS_EC2_METADATA_DISABLED says not to ask".into()));
    }
    let http = direct();
    let ask = |method, path: &str, header: (&'static str, &str)| {
        let url = format!("{base}{path}");
        let fetched = fetch(&http, method, &url, vec![(header.0, Zeroizing::new(header.1.to_owned()))]);
        match fetched {
            Ok(Fetched { status: 200, body }) => Ok((url, body)),
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
    let names = String::from_utf8_lossy(&names).into_owned();
    let Some(role) = names.lines().map(str::trim).find(|name| !name.is_empty()) else {
        return Err(silent(&url, "the instance has no role".into()));
    };
    let (url, body) = ask("GET", &format!("{folder}{role}"), with_token)?;
    read(Ambient::Instance, &url, Ok(Fetched { status: 200, body }))
}

fn read(source: Ambient, url: &str, fetched: Result<Fetched, String>) -> Result<Found, Fault> {
    let silent =
        |why: String| Fault::MachineSilent { source_name: source.as_str(), url: url.to_owned(), why };
    let Fetched { status, body } = fetched.map_err(silent)?;
    if status != 200 {
        return Err(silent(format!("it answers with HTTP {status}")));
    }
    machine::read(&body).ok_or_else(|| silent("what it answers are no credentials".into()))
}

/// An answer, which is not to be shown.
struct Fetched {
    status: u16,
    body: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Fetched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HTTP {}", self.status)
    }
}

/// One request, in time or not at all.
fn fetch(
    http: &SharedHttpClient,
    method: &'static str,
    url: &str,
    headers: Vec<(&'static str, Zeroizing<String>)>,
) -> Result<Fetched, String> {
    // The orchestrator puts the path of a request behind that of the endpoint.
    let authority = url.split_once("://").map_or(0, |(scheme, _)| scheme.len() + 3);
    let path = url[authority..].find('/').map_or(url.len(), |at| authority + at);
    let (origin, target) =
        (&url[..path], if path == url.len() { "/".to_owned() } else { url[path..].to_owned() });
    let request = move |()| -> Result<HttpRequest, BoxError> {
        let mut request = http::Request::builder().method(method).uri(&target);
        for (name, value) in &headers {
            request = request.header(*name, value.as_str());
        }
        // IMDSv2 wants to know that there is no body.
        let request = request.header("content-length", "0").body(SdkBody::empty())?;
        Ok(request.try_into()?)
    };
    let answer = |response: &HttpResponse| -> Result<Fetched, OrchestratorError<ErrorMetadata>> {
        let body = Zeroizing::new(response.body().bytes().unwrap_or_default().to_vec());
        Ok(Fetched { status: response.status().as_u16(), body })
    };
    let timeouts = TimeoutConfig::builder().connect_timeout(PATIENCE).operation_timeout(2 * PATIENCE).build();
    let operation = Operation::builder()
        .service_name("Machine")
        .operation_name("Credentials")
        .behavior_version(BehaviorVersion::latest())
        .http_client(http.clone())
        .endpoint_url(origin)
        .timeout_config(timeouts)
        .sleep_impl(aws_smithy_async::rt::sleep::TokioSleep::new())
        .no_auth()
        .no_retry()
        .serializer(request)
        .deserializer(answer)
        .build();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| disk::words(&error))?;
    runtime.block_on(operation.invoke(())).map_err(|error| match error {
        aws_sdk_sts::error::SdkError::TimeoutError(_) => {
            format!("no answer within {} s", 2 * PATIENCE.as_secs())
        }
        error => crate::aws::last_cause(&error),
    })
}
