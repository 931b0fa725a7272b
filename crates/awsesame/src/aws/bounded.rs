//! The HTTP client of every call. It reads the whole answer before other code sees it, refuses an answer that is too
//! large, and refuses one that was cut off. Each call sets its own time limit.

use std::fmt;

use aws_sdk_sts::config::SharedHttpClient;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use awsesame_core::answer::valid;
use zeroize::Zeroize;

/// The maximum size of an answer. The credential report of 5,000 users has two megabytes.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// The reason why the answer is not from AWS.
#[derive(Debug)]
pub(super) struct NotAws(pub(super) String);

impl fmt::Display for NotAws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotAws {}

/// Returns the same client with bounds.
pub(super) fn bounded(client: SharedHttpClient) -> SharedHttpClient {
    SharedHttpClient::new(Bounded(client))
}

#[derive(Debug)]
struct Bounded(SharedHttpClient);

impl HttpClient for Bounded {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector(self.0.http_connector(settings, components)))
    }
}

#[derive(Debug)]
struct Connector(SharedHttpConnector);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async move { read(answer.await?).await })
    }
}

async fn read(mut response: HttpResponse) -> Result<HttpResponse, ConnectorError> {
    let not_aws = |why: String| ConnectorError::other(NotAws(why).into(), None);
    let mut body = ByteStream::new(response.take_body());
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| ConnectorError::io(error.into()))?;
        if bytes.len() + chunk.len() > MOST_BYTES {
            bytes.zeroize();
            return Err(not_aws(format!("its answer is longer than {} MiB", MOST_BYTES / 1024 / 1024)));
        }
        bytes.extend_from_slice(&chunk);
    }
    if response.status().is_success() {
        valid::whole(&bytes).map_err(not_aws)?;
    }
    *response.body_mut() = SdkBody::from(bytes);
    Ok(response)
}
