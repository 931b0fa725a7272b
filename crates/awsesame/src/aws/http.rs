//! Sends one plain HTTP request without a signature, with a time limit. The caller decides what to request and what the
//! answer means.

use std::time::Duration;

use aws_sdk_sts::config::timeout::TimeoutConfig;
use aws_sdk_sts::config::{BehaviorVersion, SharedHttpClient};
use aws_sdk_sts::error::ErrorMetadata;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_types::body::SdkBody;
use awsesame_core::signin::pause::asked_for;
use zeroize::Zeroizing;

use crate::aws;
use crate::os::file;

/// An HTTP request. Its headers and its body may contain a secret.
pub struct Request<'a> {
    /// The HTTP method.
    pub method: &'static str,
    /// The complete URL.
    pub url: &'a str,
    /// The header fields with their values.
    pub headers: Vec<(&'static str, Zeroizing<String>)>,
    /// The body of the request.
    pub body: Zeroizing<String>,
    /// The time limit for connecting. The whole request may take twice as long.
    pub patience: Duration,
}

impl<'a> Request<'a> {
    /// Returns a plain `GET` request.
    pub fn get(url: &'a str, patience: Duration) -> Self {
        Self { method: "GET", url, headers: Vec::new(), body: Zeroizing::default(), patience }
    }
}

/// An answer. Its body must not be shown.
pub struct Fetched {
    /// The status code of the response.
    pub status: u16,
    /// The time in its `Date` header, unix seconds.
    pub date: Option<i64>,
    /// The target of a redirection, which is not followed.
    pub location: Option<String>,
    /// The time that a busy service asks to be left alone for.
    pub retry_after: Option<Duration>,
    /// The body of the response.
    pub body: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Fetched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HTTP {}", self.status)
    }
}

/// Sends the request once, without following redirects. The error is the reason why there was no answer.
pub fn fetch(http: &SharedHttpClient, asked: Request<'_>) -> Result<Fetched, String> {
    let Request { method, url, headers, body, patience } = asked;
    // The orchestrator appends the path of a request to that of the endpoint.
    let authority = url.split_once("://").map_or(0, |(scheme, _)| scheme.len() + 3);
    let path = url[authority..].find('/').map_or(url.len(), |at| authority + at);
    let (origin, target) =
        (&url[..path], if path == url.len() { "/".to_owned() } else { url[path..].to_owned() });
    let request = move |()| -> Result<HttpRequest, BoxError> {
        let mut request = http::Request::builder().method(method).uri(&target);
        for (name, value) in &headers {
            request = request.header(*name, value.as_str());
        }
        // The instance metadata service requires the length of an empty body.
        let request = request.header("content-length", body.len().to_string());
        Ok(request.body(SdkBody::from(body.as_str()))?.try_into()?)
    };
    let answer = |response: &HttpResponse| -> Result<Fetched, OrchestratorError<ErrorMetadata>> {
        let body = Zeroizing::new(response.body().bytes().unwrap_or_default().to_vec());
        let date = response.headers().get("date").and_then(aws::http_date);
        let location = response.headers().get("location").map(ToOwned::to_owned);
        let status = response.status().as_u16();
        let retry_after = response.headers().get("retry-after").filter(|_| matches!(status, 429 | 503));
        let retry_after = retry_after.and_then(|text| asked_for(text, date));
        Ok(Fetched { status, date, location, retry_after, body })
    };
    let timeouts = TimeoutConfig::builder().connect_timeout(patience).operation_timeout(2 * patience).build();
    let operation = Operation::builder()
        .service_name("Plain")
        .operation_name("Request")
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
    let runtime = runtime.map_err(|error| file::words(&error))?;
    let answered = runtime.block_on(aws::announced(origin, operation.invoke(())));
    answered.map_err(|error| match error {
        aws_sdk_sts::error::SdkError::TimeoutError(_) => {
            format!("no answer within {} s", 2 * patience.as_secs())
        }
        error => aws::last_cause(&error),
    })
}
