//! Sends a call to an AWS service whose SDK is not linked, because a single call does not justify its size. AWS's own
//! signer and orchestrator are used. The caller decides what an answer means.

use std::time::SystemTime;

use aws_sdk_sts::config::Credentials;
use aws_sdk_sts::error::ErrorMetadata;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_types::body::SdkBody;
use awsesame_core::answer::translate::Answer;

use crate::aws::Aws;

/// A call of an AWS operation.
pub struct Call {
    /// The operation's name in AWS's reference.
    pub operation: &'static str,
    /// The service, as signatures name it.
    pub service: &'static str,
    /// The region of the endpoint, as signatures name it.
    pub region: String,
    /// The origin, without a path.
    pub endpoint: String,
    /// The part of the URL after the origin.
    pub path: &'static str,
    /// The method, `GET` or `POST`.
    pub method: &'static str,
    /// The headers, all of which are signed.
    pub headers: &'static [(&'static str, &'static str)],
    /// The body of the request.
    pub body: String,
}

/// The error that AWS's orchestrator returns for a refusal.
pub type Refused = OrchestratorError<ErrorMetadata>;

/// Signs a call, sends it once, and parses its answer with the given function.
pub fn send<T: std::fmt::Debug + Send + Sync + 'static>(
    aws: &Aws,
    signer: &Credentials,
    call: Call,
    read: fn(u16, &[u8]) -> Result<T, Refused>,
) -> Result<T, Answer> {
    let identity = signer.clone().into();
    let (operation, endpoint) = (call.operation, call.endpoint.clone());
    let url = format!("{}{}", call.endpoint.trim_end_matches('/'), call.path);
    let request = move |()| -> Result<HttpRequest, BoxError> {
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&call.region)
            .name(call.service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let body = SignableBody::Bytes(call.body.as_bytes());
        let signable = SignableRequest::new(call.method, url.as_str(), call.headers.iter().copied(), body)?;
        let (instructions, _) = sign(signable, &parameters)?.into_parts();
        let mut request = http::Request::builder().method(call.method).uri(&url);
        for (name, value) in call.headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(SdkBody::from(call.body.as_str()))?;
        instructions.apply_to_request_http1x(&mut request);
        Ok(request.try_into()?)
    };
    let answer = move |response: &HttpResponse| {
        read(response.status().as_u16(), response.body().bytes().unwrap_or_default())
    };
    let prepared = Operation::builder()
        .service_name(call.service)
        .operation_name(operation)
        .http_client(aws.http())
        .endpoint_url(&endpoint)
        .timeout_config(crate::aws::timeouts())
        .no_auth()
        .no_retry()
        .serializer(request)
        .deserializer(answer)
        .build();
    aws.call(operation, prepared.invoke(()))
}

/// Returns a refusal with AWS's code and message, as far as AWS sent them.
pub fn refused(code: Option<String>, message: Option<String>) -> Refused {
    let mut error = ErrorMetadata::builder();
    if let Some(code) = code {
        error = error.code(code);
    }
    if let Some(message) = message {
        error = error.message(message);
    }
    OrchestratorError::operation(error.build())
}
