//! Tests ordered faults, the clock, and the endpoints that AWS does not have, over a plain socket.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use awsesame_sandbox::{Fault, Fixture, Options, Sandbox};

use super::sandbox;

/// Sends a request with `Connection: close`, and returns the answer.
fn exchange(sandbox: &Sandbox, target: &str, host: &str) -> String {
    let mut stream = TcpStream::connect(sandbox.url().trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

const CALL: &str = "/?Action=GetCallerIdentity&Version=2011-06-15";

#[test]
fn faults_come_once_in_the_order_given() {
    let sandbox = sandbox();
    let call = || exchange(&sandbox, CALL, "127.0.0.1");
    sandbox
        .fail_next("GetCallerIdentity", Fault::Status(500, "InternalFailure".to_owned(), "oops".to_owned()));
    sandbox.fail_next("*", Fault::Throttle);
    sandbox.fail_next("GetCallerIdentity", Fault::CloseConnection);
    sandbox.fail_next("GetSessionToken", Fault::CloseConnection);
    let first = call();
    assert!(first.starts_with("HTTP/1.1 500 ") && first.contains("<Code>InternalFailure</Code>"), "{first}");
    assert!(call().contains("<Code>Throttling</Code>"));
    assert_eq!(call(), "");
    assert!(call().contains("<Code>MissingAuthenticationToken</Code>"));
    let codes: Vec<_> = sandbox.log().into_iter().map(|entry| (entry.status, entry.error_code)).collect();
    assert_eq!(codes.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [500, 400, 0, 403]);
    assert_eq!(sandbox.count("GetCallerIdentity"), 4);
}

#[test]
fn hanging_call_holds_up_nobody_else() {
    let sandbox = sandbox();
    sandbox.fail_next("GetCallerIdentity", Fault::Hang(Duration::from_secs(2)));
    std::thread::scope(|scope| {
        let start = Instant::now();
        let hanging = scope.spawn(|| exchange(&sandbox, CALL, "127.0.0.1"));
        while sandbox.count("GetCallerIdentity") == 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
        exchange(&sandbox, CALL, "127.0.0.1");
        assert!(start.elapsed() < Duration::from_secs(2));
        assert!(hanging.join().unwrap().contains("MissingAuthenticationToken"));
        assert!(start.elapsed() >= Duration::from_secs(2));
    });
}

#[test]
fn date_header_follows_the_servers_clock() {
    let sandbox = sandbox();
    let year = |text: String| {
        let line = text.lines().find_map(|line| line.strip_prefix("date: ")).unwrap().to_owned();
        line.split(' ').nth(3).unwrap().parse::<i32>().unwrap()
    };
    let before = year(exchange(&sandbox, CALL, "127.0.0.1"));
    let code = sandbox.code("alice");
    sandbox.set_clock_offset(2 * 365 * 24 * 60 * 60);
    assert_eq!(year(exchange(&sandbox, CALL, "127.0.0.1")), before + 2);
    assert_ne!(sandbox.code("alice"), code);
}

#[test]
fn code_is_shown_to_this_machine_only() {
    let sandbox = sandbox();
    let shown = exchange(&sandbox, "/_sandbox/code?user=alice", "127.0.0.1:80");
    let (head, body) = shown.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert!(
        [sandbox.code("alice"), sandbox.code_at("alice", -1)].contains(&body.trim().to_owned()),
        "{body}"
    );
    for (target, host, status) in [
        ("/_sandbox/code?user=alice", "evil.example", "403"),
        ("/_sandbox/code?user=dave", "localhost", "404"),
        ("/_sandbox/nothing", "localhost", "404"),
    ] {
        let text = exchange(&sandbox, target, host);
        assert_eq!(&text[9..12], status, "{target} for {host}");
    }
    assert!(sandbox.url().starts_with("http://127.0.0.1:"));
}

#[test]
fn dropped_sandbox_answers_no_more() {
    let sandbox = sandbox();
    let address = sandbox.url().trim_start_matches("http://").to_owned();
    assert!(TcpStream::connect(&address).is_ok());
    drop(sandbox);
    let gone = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        TcpStream::connect(&address).is_err()
    });
    assert!(gone, "{address} still answers");
}

#[test]
fn each_service_is_throttled_in_its_own_way_and_pages_are_not() {
    let sandbox = Sandbox::start(Fixture::with_browser(), Options::default()).unwrap();
    let answer = |target: &str| exchange(&sandbox, target, "127.0.0.1");
    sandbox.throttle_every(1);
    let portal = answer("/assignment/accounts");
    assert!(portal.starts_with("HTTP/1.1 429 ") && portal.contains("TooManyRequestsException"), "{portal}");
    assert!(answer("/device").starts_with("HTTP/1.1 200 "));
    sandbox.throttle_every(0);
    assert!(answer("/assignment/accounts").starts_with("HTTP/1.1 401 "));
}

#[test]
fn another_region_has_a_port_of_its_own() {
    let sandbox = Sandbox::start(Fixture::with_browser(), Options::default()).unwrap();
    let elsewhere = sandbox.listen_in("eu-central-1").unwrap();
    assert_ne!(elsewhere, sandbox.url());
    let query = "response_type=code&client_id=arn:aws:signin:::devtools/same-device&state=s&scope=openid\
                 &code_challenge_method=SHA-256&code_challenge=91vfi-tbXeuJhU8qP4GTbmjKRdP3hn2TSxdwTKpZx7Q\
                 &redirect_uri=http%3A%2F%2F127.0.0.1%3A5000%2Foauth%2Fcallback";
    let answer = sandbox.sign_in(&format!("{elsewhere}/v1/authorize?{query}"), "frank");
    assert_eq!(answer.status, 302, "{}", answer.page);
    assert!(sandbox.log().iter().any(|entry| entry.action == "AuthorizeOAuth2Access" && entry.status == 302));
}

#[test]
fn faults_of_the_token_services_have_the_names_that_clients_know() {
    let sandbox = Sandbox::start(Fixture::with_browser(), Options::default()).unwrap();
    let failed = || Fault::Status(500, "server_error".to_owned(), "oops".to_owned());
    for (action, path, fault, status, error, exception) in [
        ("CreateOAuth2Token", "/v1/token", failed(), 500, "server_error", "InternalServerException"),
        (
            "CreateOAuth2Token",
            "/v1/token",
            Fault::Throttle,
            429,
            "TooManyRequestsError",
            "TooManyRequestsError",
        ),
        ("CreateToken", "/token", failed(), 500, "server_error", "InternalServerException"),
        ("CreateToken", "/token", Fault::Throttle, 400, "slow_down", "SlowDownException"),
    ] {
        sandbox.fail_next(action, fault);
        let mut stream = TcpStream::connect(sandbox.url().trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let head = "Host: 127.0.0.1\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";
        write!(stream, "POST {path} HTTP/1.1\r\n{head}").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert!(text.starts_with(&format!("HTTP/1.1 {status} ")), "{action}: {text}");
        assert!(text.contains(&format!("\"error\":\"{error}\"")), "{action}: {text}");
        assert!(
            text.to_lowercase().contains(&format!("x-amzn-errortype: {exception}").to_lowercase()),
            "{text}"
        );
    }
}
