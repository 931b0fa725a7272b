//! The connection to AWS: one HTTP client with time limits, CA bundle and proxy. Its results are plain values that core
//! can translate. The calls themselves are in the modules below.

pub mod ambient;
mod bounded;
pub mod ca_bundle;
pub mod caller;
pub mod credential_program;
pub mod http;
pub mod iam;
pub mod organizations;
mod pages;
pub mod proxy;
pub mod s3;
pub mod signed;
pub mod sts;

use std::error::Error;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::config::timeout::TimeoutConfig;
use aws_sdk_sts::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use awsesame_core::answer::organization;
use awsesame_core::answer::translate::{Answer, Proxy, Refusal, Unreached, UnreachedKind};
use awsesame_core::fault::Fault;
use awsesame_core::name::AccessKeyId;
use awsesame_core::name::secret::Secret;
use awsesame_core::plan::ClientSettings;
use awsesame_core::session;

use crate::os::context::Context;
use crate::os::limits;
use crate::ui;

/// The raw answer of an HTTP call, as the SDK keeps it.
type Response = aws_smithy_runtime_api::client::orchestrator::HttpResponse;

const CONNECT_SECONDS: u64 = 5;
const ATTEMPT_SECONDS: u64 = 15;
/// The maximum time of a call with all its attempts.
const TOTAL_SECONDS: u64 = 20;
/// The time after which a message says which address has not answered yet.
const SILENCE: Duration = Duration::from_secs(2);
/// The time for a person at a terminal.
const SILENCE_AT_A_TERMINAL: Duration = Duration::from_secs(1);

/// The rule by which a call may be sent again automatically.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The call changes nothing, so it may be sent again.
    Standard,
    /// One of many calls that belong together. Throttling is not a reason to give up.
    Patient,
    /// A call that carries a token code: if its answer was lost, a second one would
    /// be refused as a repeat, and blame the code.
    Never,
}

/// The values with which every client of a service is built.
pub struct Aws {
    http: SharedHttpClient,
    settings: ClientSettings,
    context: Context,
    runtime: tokio::runtime::Runtime,
}

impl Aws {
    /// Makes ready; nothing is sent yet.
    pub fn reach(settings: &ClientSettings, context: Context) -> Result<Self, Fault> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| limits::or_bug(&error, "no runtime"))?;
        Ok(Self { http: http_client(settings, context)?, settings: settings.clone(), context, runtime })
    }

    /// Returns the proxy for an endpoint, without its password.
    pub fn proxy(&self, endpoint: &str) -> Option<Proxy> {
        proxy::of(endpoint, self.context)
    }

    /// Returns the HTTP client, for calls that are not made by a client of a service.
    pub fn http(&self) -> SharedHttpClient {
        self.http.clone()
    }

    /// Returns the settings with which AWS is reached.
    pub fn settings(&self) -> &ClientSettings {
        &self.settings
    }

    /// Returns a client of STS.
    pub fn sts(&self, credentials: Credentials, retry: Retry) -> aws_sdk_sts::Client {
        let mut config = aws_sdk_sts::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(self.http.clone())
            .timeout_config(timeouts_of(retry))
            .retry_config(retries(retry))
            .credentials_provider(credentials)
            .region(Region::new(self.settings.sts_region.clone()));
        config
            .set_endpoint_url(self.settings.sts_endpoint.clone())
            .set_use_fips(Some(self.settings.use_fips))
            .set_use_dual_stack(Some(self.settings.use_dualstack));
        aws_sdk_sts::Client::from_conf(config.build())
    }

    /// Returns a client of IAM.
    pub fn iam(&self, credentials: Credentials) -> aws_sdk_iam::Client {
        self.iam_trying(credentials, Retry::Standard)
    }

    /// Returns a client of IAM for a call with token codes, which is never repeated.
    pub fn iam_once(&self, credentials: Credentials) -> aws_sdk_iam::Client {
        self.iam_trying(credentials, Retry::Never)
    }

    /// Returns a client of IAM for one of many calls, which AWS may throttle.
    pub fn iam_patiently(&self, credentials: Credentials) -> aws_sdk_iam::Client {
        self.iam_trying(credentials, Retry::Patient)
    }

    fn iam_trying(&self, credentials: Credentials, retry: Retry) -> aws_sdk_iam::Client {
        let mut config = aws_sdk_iam::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(self.http.clone())
            .timeout_config(timeouts_of(retry))
            .retry_config(retries(retry))
            .credentials_provider(credentials)
            .region(Region::new(self.settings.region.clone()));
        config
            .set_endpoint_url(self.settings.iam_endpoint.clone())
            .set_use_fips(Some(self.settings.use_fips))
            .set_use_dual_stack(Some(self.settings.use_dualstack));
        aws_sdk_iam::Client::from_conf(config.build())
    }

    /// Carries out one call, and turns what went wrong into a plain value.
    pub fn call<T, E>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T, SdkError<E, Response>>>,
    ) -> Result<T, Answer>
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let asked = Instant::now();
        let endpoint = self.endpoint(operation);
        let answered = self.runtime.block_on(announced(&endpoint, call));
        answered.map_err(|error| self.answer(operation, &error, asked.elapsed()))
    }

    /// Returns the time in Unix seconds.
    pub fn now(&self) -> i64 {
        self.context.now()
    }

    fn answer<E>(&self, operation: &'static str, error: &SdkError<E, Response>, after: Duration) -> Answer
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let unreached = |kind, words: String| {
            Answer::Unreached(Unreached { operation, kind, words, endpoint: self.endpoint(operation) })
        };
        let refused = |raw: &Response, code: Option<&str>, message: Option<&str>| {
            let status = raw.status().as_u16();
            Answer::Refused(Refusal {
                operation,
                status,
                code: code.unwrap_or_default().to_owned(),
                message: message.unwrap_or("it gave no reason").trim().to_owned(),
                date: raw.headers().get("date").and_then(http_date),
            })
        };
        match error {
            SdkError::ServiceError(context) => {
                refused(context.raw(), context.err().code(), context.err().message())
            }
            SdkError::ResponseError(context) => refused(context.raw(), None, None),
            // The message names the total time, however many attempts there were.
            SdkError::TimeoutError(_) => {
                unreached(UnreachedKind::Timeout(after.as_secs().max(1)), String::new())
            }
            SdkError::DispatchFailure(failure) => {
                if let Some(why) = failure.as_connector_error().and_then(|error| not_aws(error)) {
                    return Answer::not_aws(operation, why);
                }
                let causes = failure.as_connector_error().map(|error| causes(error)).unwrap_or_default();
                let kind = if failure.is_timeout() {
                    UnreachedKind::Timeout(CONNECT_SECONDS)
                } else {
                    kind_of(&causes, self.proxy(&self.endpoint(operation)).is_some())
                };
                unreached(kind, causes.last().map(|words| plain(words)).unwrap_or_default())
            }
            other => {
                let causes = causes(other);
                unreached(UnreachedKind::Other, causes.last().map(|words| plain(words)).unwrap_or_default())
            }
        }
    }

    /// Returns the endpoint to which an operation is sent, for messages.
    pub fn endpoint(&self, operation: &str) -> String {
        let usual = |service: &str, region: &str| {
            let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
            format!("https://{service}.{region}.{suffix}")
        };
        if operation == "ListBuckets" {
            let own = self.settings.s3_endpoint.clone();
            return own.unwrap_or_else(|| usual("s3", &self.settings.region));
        }
        if operation == "ListAccounts" {
            let partition = match &self.settings.region {
                region if region.starts_with("cn-") => "aws-cn",
                region if region.starts_with("us-gov-") => "aws-us-gov",
                _ => "aws",
            };
            return organization::endpoint(&self.settings, partition).0;
        }
        if !matches!(
            operation,
            "GetSessionToken" | "AssumeRole" | "AssumeRoleWithWebIdentity" | "GetCallerIdentity"
        ) {
            return self
                .settings
                .iam_endpoint
                .clone()
                .unwrap_or_else(|| "https://iam.amazonaws.com".to_owned());
        }
        self.settings.sts_endpoint.clone().unwrap_or_else(|| usual("sts", &self.settings.sts_region))
    }
}

/// Converts a long-term key to the type of the SDK.
pub fn long_term(id: &AccessKeyId, secret: &Secret) -> Credentials {
    Credentials::new(id.as_str(), secret.expose(), None, None, "awsesame")
}

/// Converts session credentials to the type of the SDK.
pub fn temporary(credentials: &session::Credentials) -> Credentials {
    Credentials::new(
        &credentials.access_key_id,
        credentials.secret_access_key.expose(),
        Some(credentials.session_token.expose().to_owned()),
        None,
        "awsesame",
    )
}

/// Returns the time limits of a call.
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(CONNECT_SECONDS))
        .operation_attempt_timeout(Duration::from_secs(ATTEMPT_SECONDS))
        .operation_timeout(Duration::from_secs(TOTAL_SECONDS))
        .build()
}

/// Returns the time limits for calls with this rule for retries.
fn timeouts_of(retry: Retry) -> TimeoutConfig {
    match retry {
        Retry::Patient => {
            timeouts().into_builder().operation_timeout(Duration::from_secs(12 * ATTEMPT_SECONDS)).build()
        }
        Retry::Standard | Retry::Never => timeouts(),
    }
}

fn retries(retry: Retry) -> RetryConfig {
    match retry {
        // Waits of up to 20 s between, with jitter.
        Retry::Patient => RetryConfig::standard().with_max_attempts(10),
        Retry::Standard => RetryConfig::standard().with_max_attempts(3),
        Retry::Never => RetryConfig::disabled(),
    }
}

fn http_client(settings: &ClientSettings, context: Context) -> Result<SharedHttpClient, Fault> {
    let endpoints = proxy::endpoints(settings);
    endpoints.iter().try_for_each(|endpoint| proxy::check(endpoint, context))?;
    let config = proxy::config(&endpoints, context);
    let plain = |endpoint: &Option<String>| endpoint.as_ref().is_some_and(|url| url.starts_with("http://"));
    // Reading the system's certificates would take longer than a whole call on loopback.
    let without_tls = plain(&settings.sts_endpoint) && plain(&settings.iam_endpoint);
    let trust = match &settings.ca_bundle {
        Some(path) if !without_tls => {
            Some(TrustStore::empty().with_pem_certificate(ca_bundle::certificates(path)?))
        }
        _ => None,
    };
    let mut tls = TlsContext::builder();
    if let Some(trust) = trust {
        tls = tls.with_trust_store(trust);
    }
    let tls = tls.build().map_err(|error| Fault::Bug { what: format!("no TLS: {error}") })?;
    Ok(bounded::bounded(Builder::new().build_with_connector_fn(move |settings, components| {
        let mut builder = Connector::builder().proxy_config(config.clone());
        builder.set_connector_settings(settings.cloned());
        builder.set_sleep_impl(
            components
                .and_then(aws_smithy_runtime_api::client::runtime_components::RuntimeComponents::sleep_impl),
        );
        if without_tls {
            return builder.build_http();
        }
        builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls.clone()).build()
    })))
}

/// Returns a client for servers on this machine or next to it, without a proxy and without TLS.
pub fn direct() -> SharedHttpClient {
    bounded::bounded(Builder::new().build_with_connector_fn(|settings, components| {
        let mut builder = Connector::builder().proxy_config(ProxyConfig::disabled());
        builder.set_connector_settings(settings.cloned());
        builder.set_sleep_impl(
            components
                .and_then(aws_smithy_runtime_api::client::runtime_components::RuntimeComponents::sleep_impl),
        );
        builder.build_http()
    }))
}

/// Carries out a call, and after a moment prints the address that it waits for. A token code in the command line is
/// visible until the call ends, and a person wants to know the cause of the delay.
async fn announced<T>(endpoint: &str, call: impl Future<Output = T>) -> T {
    let mut call = std::pin::pin!(call);
    let silence = if std::io::stderr().is_terminal() { SILENCE_AT_A_TERMINAL } else { SILENCE };
    if let Ok(answered) = tokio::time::timeout(silence, &mut call).await {
        return answered;
    }
    ui::say(&format!("waiting for {endpoint}"));
    call.await
}

/// Returns the reason why the answer is not from AWS, if our HTTP client found one.
fn not_aws(error: &(dyn Error + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(found) = cause.downcast_ref::<bounded::NotAws>() {
            return Some(found.to_string());
        }
        next = cause.source();
    }
    None
}

/// Returns the root cause of an error, in a few words.
pub fn last_cause(error: &dyn Error) -> String {
    causes(error).last().map(|words| plain(words)).unwrap_or_default()
}

fn causes(error: &dyn Error) -> Vec<String> {
    let mut all = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        all.push(cause.to_string());
        source = cause.source();
    }
    all
}

/// Returns the last cause without the parts that only programmers read, such as `(os error 111)`.
fn plain(words: &str) -> String {
    let words = words.split(" (os error").next().unwrap_or(words);
    let words = words.strip_prefix("failed to lookup address information: ").unwrap_or(words);
    let mut letters = words.chars();
    // A name keeps its capitals; the beginning of a sentence does not.
    match letters.next() {
        Some(first) if letters.clone().next().is_some_and(char::is_lowercase) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => words.to_owned(),
    }
}

/// Returns the kind of trouble on the way to AWS, judged by the words that hyper and rustls use.
fn kind_of(causes: &[String], proxied: bool) -> UnreachedKind {
    let all = causes.join("\n").to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| all.contains(word));
    if has(&["invalidcontenttype", "corrupt message"]) {
        UnreachedKind::NoTls
    } else if has(&["proxy authorization required", "proxy authentication required"]) {
        UnreachedKind::ProxyLogin
    } else if has(&["certificate", "tls", "handshake"]) {
        UnreachedKind::Tls
    } else if has(&["tunnel", "proxy"]) {
        UnreachedKind::Proxy
    } else if has(&["dns error", "failed to lookup", "name or service not known"]) {
        UnreachedKind::Dns
    } else if proxied && has(&["connection refused", "tcp connect error"]) {
        UnreachedKind::Proxy
    } else if has(&["connect"]) {
        UnreachedKind::Connect
    } else {
        UnreachedKind::Other
    }
}

/// Parses an HTTP `Date` header into Unix seconds.
pub fn http_date(text: &str) -> Option<i64> {
    // IMF-fixdate has GMT where RFC 2822 requires an offset; jiff parses both.
    jiff::fmt::rfc2822::parse(text).ok().map(|time| time.timestamp().as_second())
}
