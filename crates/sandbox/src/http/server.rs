//! The HTTP server: it accepts connections on loopback, reads requests, carries out ordered faults, and writes answers.
//! Its only knowledge of AWS is the call that answers a request.

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};

use crate::clock;
use crate::http::fault::Fault;
use crate::http::practice;
use crate::http::route::{self, Target};
use crate::http::shared::{Shared, lock};
use crate::services::signin;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::call::{Call, Service};

/// The largest request body, in bytes.
const MAX_BODY: usize = 64 << 20;
/// The time after which a client that sends nothing is disconnected.
const PATIENCE: Duration = Duration::from_mins(1);

/// The connection is to be closed without an answer.
#[derive(Debug)]
struct Hangup;

impl fmt::Display for Hangup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is closed without an answer")
    }
}

impl std::error::Error for Hangup {}

/// An address that the server listens on, and the Region whose services answer there.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) region: String,
    pub(crate) port: u16,
}

/// Accepts connections until the future is dropped.
pub(crate) async fn accept(listener: TcpListener, endpoint: Endpoint, shared: Arc<Shared>) -> Infallible {
    let endpoint = Arc::new(endpoint);
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let (endpoint, shared) = (Arc::clone(&endpoint), Arc::clone(&shared));
                tokio::spawn(async move { converse(stream, peer, endpoint, shared).await });
            }
            // Out of file descriptors, mostly: others will be closed in a moment.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn converse(stream: TcpStream, peer: SocketAddr, endpoint: Arc<Endpoint>, shared: Arc<Shared>) {
    // Answers are small: waiting to fill a packet would cost 40 ms each.
    let _ = stream.set_nodelay(true);
    let handler = service_fn(move |request| {
        let (endpoint, shared) = (Arc::clone(&endpoint), Arc::clone(&shared));
        async move { respond(request, peer, &endpoint, &shared).await }
    });
    // An error here means that the client has closed the connection, or that a fault was ordered.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), handler)
        .await;
}

async fn respond(
    request: Request<Incoming>,
    peer: SocketAddr,
    endpoint: &Endpoint,
    shared: &Shared,
) -> Result<Response<Full<Bytes>>, Hangup> {
    let now = shared.clock.now();
    let call = match tokio::time::timeout(PATIENCE, read(request, peer, endpoint)).await {
        Ok(Ok(call)) => call,
        Ok(Err(refusal)) => return Ok(write(refusal.render(Service::S3, "/", "none"), now)),
        Err(_) => return Err(Hangup),
    };
    if practice::concerns(&call) {
        return Ok(write(practice::answer(shared, &call), now));
    }
    let target = Target::of(&call);
    let fault = {
        let mut faults = lock(&shared.faults);
        let ordered = faults.take(&target.action);
        let counted =
            matches!(target.service, Service::Sts | Service::Iam | Service::Organizations | Service::Sso);
        let rushed = counted && faults.is_too_many();
        ordered.or_else(|| rushed.then_some(Fault::Throttle))
    };
    let (answer, mut entry) = match refusal_of(fault.as_ref(), target.service) {
        Some(refusal) => route::refuse(&call, &target, now, &refusal),
        None if fault == Some(Fault::CloseConnection) => {
            (Answer::empty(500), route::log_entry(&call, &target, now))
        }
        None => route::serve(&mut lock(&shared.world), &call, &target, now, shared.min_duration),
    };
    let late = matches!(fault, Some(Fault::LoseAnswer | Fault::Hang(_) | Fault::Meet(_)));
    if late && target.service == Service::Signin {
        signin::allow_repetition(&mut lock(&shared.world), &call);
    }
    let lost = matches!(fault, Some(Fault::CloseConnection | Fault::LoseAnswer));
    if lost {
        entry.status = 0;
    }
    lock(&shared.log).push(entry);
    match fault {
        _ if lost => Err(Hangup),
        Some(Fault::Hang(duration)) => {
            tokio::time::sleep(duration).await;
            Ok(write(answer, now))
        }
        Some(Fault::Meet(meeting)) if !meeting.is_full().await => Err(Hangup),
        Some(Fault::Busy(_, seconds)) => Ok(write(answer.header("retry-after", seconds.to_string()), now)),
        _ => Ok(write(answer, now)),
    }
}

fn refusal_of(fault: Option<&Fault>, service: Service) -> Option<Refusal> {
    match fault? {
        Fault::Status(status, code, message) => Some(Refusal::new(*status, code, message.clone())),
        Fault::Busy(status, _) => {
            Some(Refusal::new(*status, "TooManyRequestsException", "Too many requests"))
        }
        Fault::Throttle => Some(match service {
            Service::S3 => Refusal::new(503, "SlowDown", "Please reduce your request rate."),
            Service::Signin => Refusal::new(429, "TooManyRequestsError", "Too many requests"),
            Service::SsoOidc => Refusal::new(400, "slow_down", ""),
            Service::Sso => Refusal::new(429, "TooManyRequestsException", "Too many requests"),
            _ => Refusal::new(400, "Throttling", "Rate exceeded"),
        }),
        Fault::Pass | Fault::Hang(_) | Fault::Meet(_) | Fault::CloseConnection | Fault::LoseAnswer => None,
    }
}

async fn read(request: Request<Incoming>, peer: SocketAddr, endpoint: &Endpoint) -> Result<Call, Refusal> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, MAX_BODY).collect().await.map_err(|_| {
        Refusal::new(
            400,
            "EntityTooLarge",
            format!("Your proposed upload exceeds the sandbox's limit of {MAX_BODY} bytes"),
        )
    })?;
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    Ok(Call {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers,
        body: body.to_bytes(),
        peer: peer.ip(),
        region: endpoint.region.clone(),
        port: endpoint.port,
    })
}

fn write(answer: Answer, now: i64) -> Response<Full<Bytes>> {
    let mut response = Response::builder()
        .status(answer.status)
        .header("server", "awsesame-sandbox")
        // Clients measure their clock's error by this.
        .header("date", clock::http(now));
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    for (name, value) in answer.metadata {
        response = response.header(name, value);
    }
    response.body(Full::new(answer.body)).unwrap_or_else(|_| {
        // Only a header value that came from a request can be invalid in an answer.
        let mut response = Response::new(Full::new(Bytes::new()));
        *response.status_mut() = hyper::StatusCode::BAD_REQUEST;
        response
    })
}
