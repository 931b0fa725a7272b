//! The one call of AWS Organizations that awsesame makes: which accounts there are. By AWS's
//! own signer and orchestrator, as `s3` does it, for one call is not worth an SDK.

use std::time::{Duration, SystemTime};

use aws_sdk_sts::config::Credentials;
use aws_sdk_sts::error::ErrorMetadata;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_types::body::SdkBody;
use awsesame_core::organization::{self, Page};
use awsesame_core::translate::Answer;

use crate::aws::Aws;

const OPERATION: &str = "ListAccounts";
const TARGET: &str = "AWSOrganizationsV20161128.ListAccounts";
const CONTENT: &str = "application/x-amz-json-1.1";

/// How often a page that is throttled is asked for, and how long is waited at first.
const ATTEMPTS: u32 = 8;
const WAIT: Duration = Duration::from_millis(500);

/// All accounts of the organization, those that are closed too.
pub fn accounts(
    aws: &Aws,
    signer: &Credentials,
    partition: &str,
) -> Result<Vec<organization::Member>, Answer> {
    let mut members = Vec::new();
    let mut token = None;
    loop {
        let page = patiently(|| page(aws, signer, partition, token.as_deref()))?;
        members.extend(page.members);
        token = page.next;
        if token.is_none() {
            return Ok(members);
        }
    }
}

/// Asks again, later and later, while AWS wants to be asked less often.
fn patiently(ask: impl Fn() -> Result<Page, Answer>) -> Result<Page, Answer> {
    let mut wait = WAIT;
    for _ in 1..ATTEMPTS {
        match ask() {
            Err(Answer::Refused(refusal)) if organization::is_throttled(&refusal.code) => {
                std::thread::sleep(wait);
                wait = (2 * wait).min(Duration::from_secs(20));
            }
            answer => return answer,
        }
    }
    ask()
}

fn page(aws: &Aws, signer: &Credentials, partition: &str, token: Option<&str>) -> Result<Page, Answer> {
    let identity = signer.clone().into();
    let (endpoint, region) = organization::endpoint(aws.settings(), partition);
    let url = format!("{}/", endpoint.trim_end_matches('/'));
    let body = organization::question(token);
    let request = move |()| -> Result<HttpRequest, BoxError> {
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name("organizations")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let headers = [("x-amz-target", TARGET), ("content-type", CONTENT)];
        let signable = SignableRequest::new(
            "POST",
            url.as_str(),
            headers.into_iter(),
            SignableBody::Bytes(body.as_bytes()),
        )?;
        let (instructions, _) = sign(signable, &parameters)?.into_parts();
        let mut request = http::Request::builder().method("POST").uri(&url);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let mut request = request.body(SdkBody::from(body.as_str()))?;
        instructions.apply_to_request_http1x(&mut request);
        Ok(request.try_into()?)
    };
    let operation = Operation::builder()
        .service_name("Organizations")
        .operation_name(OPERATION)
        .http_client(aws.http())
        .endpoint_url(&endpoint)
        .timeout_config(crate::aws::timeouts())
        .no_auth()
        .no_retry()
        .serializer(request)
        .deserializer(answer)
        .build();
    aws.call(OPERATION, operation.invoke(()))
}

fn answer(response: &HttpResponse) -> Result<Page, OrchestratorError<ErrorMetadata>> {
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return organization::read(body).ok_or_else(|| OrchestratorError::other("it is no list of accounts"));
    }
    let (code, message) = organization::refusal(body);
    let mut error = ErrorMetadata::builder();
    if let Some(code) = code {
        error = error.code(code);
    }
    if let Some(message) = message {
        error = error.message(message);
    }
    Err(OrchestratorError::operation(error.build()))
}
