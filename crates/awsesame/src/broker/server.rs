//! The broker itself: it listens, reads the head of each request, and hands it to the code that answers. It limits
//! every client: the time that it may take, the bytes that it may send, and the number of connections.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use awsesame_core::endpoint::Head;
use awsesame_core::fault::{BrokerFault, Fault};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::net::sockopt::set_socket_linger;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::signal::unix::{SignalKind, signal};

use super::answer::{Answer, Responder, Way};
use super::connections::{Connections, ForeignPlace};
use super::lease::Lease;
use super::socket;
use crate::os::socket_owner::SocketOwners;

/// The time limit for the head of a request, and for the pause between two requests.
const PATIENCE: Duration = Duration::from_secs(2);
/// The maximum time of a connection.
const LONGEST: Duration = Duration::from_mins(1);
/// The longest head: SDKs send less than 1 KiB.
const MOST_BYTES: usize = 8 * 1024;
const MOST_HEADERS: usize = 40;
/// The number of connections that the kernel keeps before they are accepted. Its own limit (`somaxconn`) may be lower.
const BACKLOG: i32 = 4096;
/// The interval at which the broker checks that there is a reason to keep running.
const IDLE_TICK: Duration = Duration::from_millis(500);
/// The interval at which the broker checks that its folder still exists.
const FOLDER_TICK: Duration = Duration::from_secs(2);

/// A broker that is ready to listen.
pub struct Server<'a> {
    /// The part of the broker that answers.
    pub responder: Arc<Responder>,
    /// The time without a request after which the broker exits.
    pub idle_exit: Option<Duration>,
    /// The lease that makes this process the broker.
    pub lease: &'a Lease,
}

/// The data that all connections share.
struct ServerState {
    responder: Arc<Responder>,
    connections: Connections,
    /// Finds the user of a connection. None if the system does not provide this information.
    owners: Option<SocketOwners>,
    own: SocketAddr,
    last: Mutex<Instant>,
}

impl Server<'_> {
    /// Serves until a signal arrives, or until there was no request for the given time.
    pub async fn serve(
        self,
        tcp: std::net::TcpListener,
        unix: std::os::unix::net::UnixListener,
    ) -> Result<(), Fault> {
        let broken = |error: std::io::Error| BrokerFault::Silent { why: crate::os::file::words(&error) };
        tcp.set_nonblocking(true).map_err(broken)?;
        unix.set_nonblocking(true).map_err(broken)?;
        // Under a flood of connections, the kernel must keep those that wait. std sets only 128.
        let _ = rustix::net::listen(&tcp, BACKLOG);
        let own = tcp.local_addr().map_err(broken)?;
        let tcp = TcpListener::from_std(tcp).map_err(broken)?;
        let unix = UnixListener::from_std(unix).map_err(broken)?;
        let mut stop = signal(SignalKind::terminate()).map_err(broken)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(broken)?;
        // A terminal that is closed, and Ctrl-\: ends as orderly as the others.
        let mut hangup = signal(SignalKind::hangup()).map_err(broken)?;
        let mut quit = signal(SignalKind::quit()).map_err(broken)?;
        let shared = Arc::new(ServerState {
            responder: Arc::clone(&self.responder),
            connections: Connections::within_limits(),
            owners: SocketOwners::open(),
            own,
            last: Mutex::new(Instant::now()),
        });
        tokio::select! {
            never = accept_tcp(&tcp, &shared) => match never {},
            never = accept_unix(&unix, &shared) => match never {},
            () = Arc::clone(&self.responder.renewals).keep_fresh() => {},
            () = shared.idle(self.idle_exit) => self.responder.log.say("no program asked for a while: the broker stops"),
            () = gone(self.lease) => self.responder.log.say("the folder of this broker was deleted: the broker stops"),
            _ = stop.recv() => self.responder.log.say("the broker stops, as requested"),
            _ = hangup.recv() => self.responder.log.say("the terminal was closed: the broker stops"),
            _ = quit.recv() => self.responder.log.say("the broker stops, as requested"),
            _ = interrupt.recv() => self.responder.log.say("the broker stops, as requested"),
        }
        Ok(())
    }
}

/// Returns when the broker's folder was deleted, for example with a container. No client could find the broker any
/// more.
async fn gone(lease: &Lease) {
    while lease.is_in_its_place() {
        tokio::time::sleep(FOLDER_TICK).await;
    }
}

async fn accept_tcp(listener: &TcpListener, shared: &Arc<ServerState>) -> Infallible {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => shared.admit(stream, peer),
            Err(error) => shared.tired(&error).await,
        }
    }
}

async fn accept_unix(listener: &UnixListener, shared: &Arc<ServerState>) -> Infallible {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => match socket::is_ours(&stream) {
                Ok(()) => shared.receive(stream, Way::Socket, None),
                // The program of another user gets no answer.
                Err(uid) => shared.responder.log.say(&format!("refused: the socket is not for user {uid}")),
            },
            Err(error) => shared.tired(&error).await,
        }
    }
}

impl ServerState {
    /// Accepts a connection if it comes from this user or root. Only a few connections of other users are accepted, and
    /// this is decided before any memory is allocated for them. The others are reset, so that the kernel does not keep
    /// them either.
    fn admit(self: &Arc<Self>, stream: TcpStream, peer: SocketAddr) {
        let foreign = match &self.owners {
            None => None,
            Some(owners) if owners.owner(peer, self.own).is_some_and(is_at_home) => None,
            Some(_) => {
                let Some(place) = self.connections.foreign() else {
                    let _ = set_socket_linger(&stream, Some(Duration::ZERO));
                    return;
                };
                Some(place)
            }
        };
        // Answers are small: waiting to fill a packet would cost 40 ms each.
        let _ = stream.set_nodelay(true);
        self.receive(stream, Way::Loopback, foreign);
    }

    fn receive(
        self: &Arc<Self>,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        way: Way,
        foreign: Option<ForeignPlace>,
    ) {
        let known = Arc::new(AtomicBool::new(way == Way::Socket));
        let conversation = converse(stream, way, Arc::clone(self), Arc::clone(&known));
        let task = tokio::spawn(async move {
            conversation.await;
            drop(foreign);
        });
        self.connections.enter(task.abort_handle(), known);
    }

    /// Waits a moment after an error, which usually means that there are no free file descriptors.
    async fn tired(&self, error: &std::io::Error) {
        self.responder
            .log
            .say(&format!("a connection could not be taken: {}", crate::os::file::words(error)));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    fn touch(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Returns when no authorized client has asked for the given time. Without a limit it never returns.
    async fn idle(&self, limit: Option<Duration>) {
        let Some(limit) = limit else { return std::future::pending().await };
        loop {
            tokio::time::sleep(IDLE_TICK.min(limit)).await;
            if self.last.lock().unwrap_or_else(PoisonError::into_inner).elapsed() >= limit {
                return;
            }
        }
    }
}

/// Returns true for this user and for root, who could be this user.
fn is_at_home(uid: u32) -> bool {
    uid == 0 || uid == rustix::process::geteuid().as_raw()
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    way: Way,
    shared: Arc<ServerState>,
    known: Arc<AtomicBool>,
) {
    let handler = service_fn(move |request| {
        let (shared, known) = (Arc::clone(&shared), Arc::clone(&known));
        async move { Ok::<_, Infallible>(respond(&request, way, &shared, &known).await) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(MOST_BYTES)
        .max_headers(MOST_HEADERS)
        .serve_connection(TokioIo::new(stream), handler);
    // An error here means that the client has closed the connection or sent an invalid request.
    let _ = tokio::time::timeout(LONGEST, connection).await;
}

async fn respond(
    request: &Request<Incoming>,
    way: Way,
    shared: &ServerState,
    known: &AtomicBool,
) -> Response<Full<Bytes>> {
    let target = match request.uri().authority() {
        // A request `GET http://host/path` is meant for a proxy, and the broker is not one.
        Some(_) => request.uri().to_string(),
        None => request.uri().path_and_query().map_or_else(String::new, ToString::to_string),
    };
    let head = Head {
        method: request.method().as_str(),
        target: &target,
        headers: request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect(),
    };
    if way == Way::Socket {
        // An answer may be delayed, and a client that waits for it counts as active.
        shared.touch();
    }
    let answer = shared.responder.answer(&head, way, shared.connections.count()).await;
    if answer.known {
        known.store(true, Ordering::Relaxed);
        shared.touch();
    }
    render(answer)
}

fn render(answer: Answer) -> Response<Full<Bytes>> {
    // The memory is zeroed when its last owner drops it.
    let mut response = Response::new(Full::new(Bytes::from_owner(Body(answer.body))));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    if !answer.known {
        // A client that may not ask must not send more requests or a body.
        headers.insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    }
    response
}

/// An answer's text, which is cleared in the end.
struct Body(zeroize::Zeroizing<String>);

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}
