//! Tests the broker under attack: every bad request is refused and logged without a secret, and the next good request
//! is served.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::broker::place;
use crate::need::need;
use crate::world::World;

/// A broker with a session to serve, and the facts that its clients know.
struct Castle {
    world: World,
    port: u16,
    token: String,
}

impl Castle {
    fn new() -> Self {
        Self::begun_by("awsesame broker start")
    }

    /// Starts it with a line of a shell.
    fn begun_by(line: &str) -> Self {
        let world = World::new();
        world.log_in("alice");
        world.program("sh").args(&["-c", line]).run().ok();
        let read = |path: std::path::PathBuf| std::fs::read_to_string(path).unwrap();
        let port = read(place(&world).port()).trim().parse().unwrap();
        let token = read(place(&world).token());
        Self { world, port, token }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// Sends bytes, and returns the status of the answer. Returns None if the connection is closed without an answer.
    fn send(&self, bytes: &[u8]) -> Option<u16> {
        let mut stream = self.connect();
        // The broker may refuse a request before it has read all of it.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let text = String::from_utf8_lossy(&answer).into_owned();
        assert!(!text.contains(&self.token) && !text.contains("Access-Control"), "{text}");
        text.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
    }

    fn head(line: &str, headers: &str) -> Vec<u8> {
        format!("{line} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n").into_bytes()
    }

    /// Returns the request of an authorized client.
    fn good(&self) -> Vec<u8> {
        let headers = format!("Host: 127.0.0.1:{}\r\nAuthorization: {}\r\n", self.port, self.token);
        Self::head("GET /v1/credentials/alice", &headers)
    }

    fn still_serves(&self, after: &str) {
        assert_eq!(self.send(&self.good()), Some(200), "after {after}");
    }

    fn log(&self) -> String {
        let log = std::fs::read_to_string(place(&self.world).log()).unwrap();
        assert!(!log.contains(&self.token), "{log}");
        log
    }
}

#[test]
fn whoever_may_not_ask_is_refused_and_the_next_good_request_is_served() {
    let castle = Castle::new();
    castle.still_serves("nothing");
    let (host, token) = (format!("Host: 127.0.0.1:{}\r\n", castle.port), &castle.token);
    let authorized = format!("{host}Authorization: {token}\r\n");
    let get = "GET /v1/credentials/alice";
    // These are more headers than the broker accepts, but fewer than an HTTP server accepts by default.
    let many = "X: y\r\n".repeat(60);
    let heavy = format!("{authorized}X: {}\r\n", "y".repeat(20_000));
    let posted = format!("{authorized}Content-Length: 1000000000\r\n");
    let chunked = format!("{authorized}Transfer-Encoding: chunked\r\n");
    for (what, line, headers, status) in [
        ("no token", get, host.clone(), 401),
        ("a wrong token", get, format!("{host}Authorization: {}\r\n", "x".repeat(43)), 401),
        ("a token too long", get, format!("{authorized}Authorization: {token}\r\n"), 401),
        ("no host", get, format!("Authorization: {token}\r\n"), 403),
        ("a host that was made to point here", get, authorized.replace("127.0.0.1", "evil.example"), 403),
        ("another port", get, authorized.replace(&castle.port.to_string(), "80"), 403),
        ("a page", get, format!("{authorized}Origin: https://evil.example\r\n"), 403),
        ("a page's picture", get, format!("{authorized}Sec-Fetch-Site: cross-site\r\n"), 403),
        (
            "a preflight",
            "OPTIONS /v1/credentials/alice",
            format!("{host}Origin: https://evil.example\r\n"),
            405,
        ),
        ("a form", "POST /v1/credentials/alice", posted, 405),
        ("an endless body", "POST /v1/credentials/alice", chunked, 405),
        ("a put", "PUT /v1/credentials/alice", authorized.clone(), 405),
        ("a proxy's request", "GET http://127.0.0.1/v1/credentials/alice", authorized.clone(), 404),
        ("a path with steps up", "GET /v1/credentials/../status", authorized.clone(), 404),
        ("what only the socket tells", "GET /v1/status", authorized.clone(), 404),
        ("the session for our own", "GET /v1/sessions/alice", authorized.clone(), 404),
        ("a header too long", get, heavy, 431),
        ("too many headers", get, format!("{authorized}{many}"), 431),
    ] {
        assert_eq!(castle.send(&Castle::head(line, &headers)), Some(status), "{what}");
        castle.still_serves(what);
    }
    for garbage in
        [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], b"hello\r\n\r\n", b"\0\0\0\0\r\n\r\n"]
    {
        assert_ne!(castle.send(garbage), Some(200));
        castle.still_serves("garbage");
    }
    let log = castle.log();
    for line in ["refused: the token is not the broker's", "refused: the Host header names another host"] {
        assert!(log.contains(line), "{log}");
    }
}

#[test]
fn connection_is_closed_after_a_refusal() {
    let castle = Castle::new();
    let mut stream = castle.connect();
    let good = String::from_utf8(castle.good()).unwrap();
    let guess = good.replace(&castle.token, "a-guess").replace("Connection: close\r\n", "");
    stream.write_all(format!("{guess}{good}").as_bytes()).unwrap();
    let mut answers = Vec::new();
    let _ = stream.read_to_end(&mut answers);
    let answers = String::from_utf8_lossy(&answers).into_owned();
    assert!(answers.starts_with("HTTP/1.1 401 ") && answers.matches("HTTP/1.1 ").count() == 1, "{answers}");
    castle.still_serves("a guess");
}

#[test]
fn those_who_send_their_heads_slowly_keep_nobody_out() {
    let castle = Castle::new();
    // More than there may be, each with half a head and all the time in the world.
    let mut slow: Vec<TcpStream> = (0..400).map(|_| castle.connect()).collect();
    for stream in &mut slow {
        let _ = stream.write_all(b"GET /v1/credentials/alice HTTP/1.1\r\nHost: 127");
    }
    for _ in 0..20 {
        castle.still_serves("400 slow ones");
    }
    let status = castle.world.awsesame(&["broker", "status", "--json"]).run().ok().json();
    assert!(status["connections"].as_u64().unwrap() <= 256, "{status}");
    // Each connection is closed long before it would give up itself.
    for stream in &mut slow {
        let mut rest = Vec::new();
        let ended = stream.read_to_end(&mut rest).map_err(|error| error.kind());
        assert!(!matches!(ended, Err(ErrorKind::WouldBlock | ErrorKind::TimedOut)), "{ended:?}");
        assert!(!String::from_utf8_lossy(&rest).contains("200 OK"));
    }
    castle.still_serves("the slow ones are gone");
}

/// Connects as another user as fast as possible until the given time, and returns the number of connections. Some
/// connections are kept open.
#[cfg(target_os = "linux")]
fn knocks(port: u16, until: Instant) -> u64 {
    use rustix::net::sockopt::{Timeout, set_socket_linger, set_socket_timeout};
    use rustix::net::{AddressFamily, SocketType, connect, socket};
    let eve = rustix::process::Uid::from_raw(65_534);
    // The system call changes the user of this thread only, so only its sockets belong to the other user.
    rustix::thread::set_thread_res_uid(eve, eve, eve).unwrap();
    let address = std::net::SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, port);
    let (mut count, mut held) = (0, Vec::new());
    while Instant::now() < until {
        let Ok(socket) = socket(AddressFamily::INET, SocketType::STREAM, None) else { continue };
        // The connections are reset at the end, so that the ports are free again at once.
        set_socket_linger(&socket, Some(Duration::ZERO)).unwrap();
        set_socket_timeout(&socket, Timeout::Send, Some(Duration::from_millis(100))).unwrap();
        count += u64::from(connect(&socket, &address).is_ok());
        if count % 50 == 0 && held.len() < 200 {
            held.push(socket);
        }
    }
    count
}

/// Sends one request as botocore does: three tries of two seconds each.
fn asks_as_botocore_does(castle: &Castle) -> bool {
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], castle.port));
    let limit = Duration::from_secs(2);
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, limit)?;
        stream.set_read_timeout(Some(limit))?;
        stream.write_all(&castle.good())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer.starts_with(b"HTTP/1.1 200 "))
    };
    (0..3).any(|_| ask().unwrap_or(false))
}

#[cfg(target_os = "linux")]
#[test]
fn other_users_who_knock_as_fast_as_they_can_keep_nobody_out() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    for files in ["", "ulimit -n 256; "] {
        let castle = Castle::begun_by(&format!("{files}awsesame broker start"));
        let (port, begun) = (castle.port, Instant::now());
        let end = begun + Duration::from_secs(11);
        let knocking: Vec<_> = (0..2).map(|_| std::thread::spawn(move || knocks(port, end))).collect();
        std::thread::sleep(Duration::from_millis(500));
        let asking = Instant::now();
        let times: Vec<Option<Duration>> = (0..80)
            .map(|number| {
                // Evenly over ten seconds.
                let at = Duration::from_millis(125) * number;
                std::thread::sleep(at.saturating_sub(asking.elapsed()));
                let asked = Instant::now();
                asks_as_botocore_does(&castle).then(|| asked.elapsed())
            })
            .collect();
        let knocked: u64 = knocking.into_iter().map(|thread| thread.join().unwrap()).sum();
        let served: Vec<&Duration> = times.iter().flatten().collect();
        eprintln!(
            "{} of 80 served, the slowest in {:?}, while others connected {} times a second ({files:?})",
            served.len(),
            served.iter().max(),
            knocked / 11
        );
        assert_eq!(served.len(), 80, "{files:?} {knocked}");
        assert!(knocked > 10_000, "{knocked}");
    }
}

#[test]
fn socket_answers_this_user_alone() {
    if !rustix::process::geteuid().is_root() || !need("setpriv") {
        return;
    }
    let castle = Castle::new();
    let socket = place(&castle.world).socket();
    let ask = |user: &[&str]| {
        let url = "http://broker/v1/credentials/alice";
        let socket = socket.to_string_lossy().into_owned();
        let curl = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket", &socket, url];
        castle.world.program("setpriv").args(user).args(&curl).run().stdout
    };
    assert_eq!(ask(&["--reuid", "0"]), "200");
    // This must hold even if every folder on the way is open to others.
    for folder in socket.ancestors().skip(1).take_while(|folder| *folder != Path::new("/tmp")) {
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o666)).unwrap();
    let nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups"];
    assert_eq!(ask(&nobody), "000");
    assert!(castle.log().contains("refused: the socket is not for user 65534"));
    assert_eq!(ask(&["--reuid", "0"]), "200");
}

#[test]
fn links_in_the_place_of_its_files_are_not_followed() {
    let world = World::new();
    let place = place(&world);
    let start = || world.awsesame(&["broker", "start"]).run();
    start().ok();
    world.awsesame(&["broker", "stop"]).run().ok();
    let target = world.path("target");
    let link = |path: &Path| {
        let _ = std::fs::remove_file(path);
        std::os::unix::fs::symlink(&target, path).unwrap();
    };
    for (path, word) in [
        (place.socket(), "not awsesame's socket"),
        (place.lock(), "not a plain file"),
        (place.port(), "not a plain file"),
    ] {
        link(&path);
        let ran = start().exits(1);
        assert!(ran.stderr.contains("is a symbolic link") && ran.stderr.contains(word), "{ran}");
        std::fs::remove_file(&path).unwrap();
    }
    // The token file is always written again, and replaces a link.
    link(&place.token());
    start().ok();
    assert!(place.token().symlink_metadata().unwrap().is_file());
    assert!(!target.exists());
}

#[test]
fn broker_can_be_neither_traced_nor_dumped() {
    let castle = Castle::new();
    let pid = awsesame::broker::lease::Lease::holder(&place(&castle.world)).unwrap().unwrap();
    let pid = awsesame::broker::lease::number(pid);
    let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    // The files in `/proc` of a dumpable process belong to its user; those of others belong to root, which proves
    // nothing if the user is root. The umask proves it in both cases.
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    assert!(status.contains("Umask:\t0077\n"), "{status}");
}
