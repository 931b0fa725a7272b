//! The one call of S3 that awsesame makes: `ListBuckets`, as a probe. By AWS's own signer
//! and orchestrator; the whole SDK of S3 would weigh more than all the rest.

use std::time::SystemTime;

use aws_sdk_sts::config::Credentials;
use aws_sdk_sts::error::ErrorMetadata;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_types::body::SdkBody;
use awsesame_core::translate::Answer;

use crate::aws::Aws;

const OPERATION: &str = "ListBuckets";

/// Whether the buckets may be listed. Which there are is nobody's business here.
pub fn list_buckets(aws: &Aws, signer: &Credentials) -> Result<(), Answer> {
    let settings = aws.settings();
    let (region, identity) = (settings.region.clone(), signer.clone().into());
    let url = format!("{}/?max-buckets=1", aws.endpoint(OPERATION).trim_end_matches('/'));
    let request = move |()| -> Result<HttpRequest, BoxError> {
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&region)
            .name("s3")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        // SHA-256 of no body.
        let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let header = ("x-amz-content-sha256", hash);
        let signable =
            SignableRequest::new("GET", url.as_str(), std::iter::once(header), SignableBody::Bytes(b""))?;
        let (instructions, _) = sign(signable, &parameters)?.into_parts();
        let mut request =
            http::Request::builder().uri(&url).header(header.0, header.1).body(SdkBody::empty())?;
        instructions.apply_to_request_http1x(&mut request);
        Ok(request.try_into()?)
    };
    let operation = Operation::builder()
        .service_name("S3")
        .operation_name(OPERATION)
        .http_client(aws.http())
        .endpoint_url(&aws.endpoint(OPERATION))
        .timeout_config(crate::aws::timeouts())
        .no_auth()
        .no_retry()
        .serializer(request)
        .deserializer(answer)
        .build();
    aws.call(OPERATION, operation.invoke(()))
}

fn answer(response: &HttpResponse) -> Result<(), OrchestratorError<ErrorMetadata>> {
    if response.status().is_success() {
        return Ok(());
    }
    let body = String::from_utf8_lossy(response.body().bytes().unwrap_or_default()).into_owned();
    let element = |name: &str| {
        let (_, after) = body.split_once(&format!("<{name}>"))?;
        Some(after.split_once("</")?.0.to_owned())
    };
    let mut error = ErrorMetadata::builder();
    if let Some(code) = element("Code") {
        error = error.code(code);
    }
    if let Some(message) = element("Message") {
        error = error.message(message);
    }
    Err(OrchestratorError::operation(error.build()))
}
