//! Tests failures of the network: no server, no name, no answer, no trusted certificate, and a proxy. Only loopback is
//! used.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::need::need;
use crate::ran::Ran;
use crate::world::World;

/// Returns an address where nothing listens.
fn closed() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// Starts a server that passes each connection to `serve`, as long as the test lasts.
fn server(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let serve = std::sync::Arc::new(serve);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = std::sync::Arc::clone(&serve);
            std::thread::spawn(move || serve(stream));
        }
    });
    address
}

/// Answers every request with the same words.
fn always(answer: &'static str) -> String {
    server(move |mut stream| {
        let mut request = [0; 4096];
        let _ = stream.read(&mut request);
        let _ = stream.write_all(answer.as_bytes());
    })
}

fn login_at(world: &World, url: &str, variables: &[(&str, &str)]) -> Ran {
    let mut run = world.awsesame(&["login", "-p", "alice", "123456"]).env("AWS_ENDPOINT_URL", url);
    for (name, value) in variables {
        run = run.env(name, value);
    }
    run.run()
}

#[test]
fn port_where_nobody_listens_is_told_with_what_to_try() {
    let world = World::new();
    let url = format!("http://{}", closed());
    login_at(&world, &url, &[]).fails(
        1,
        &format!("cannot reach `{url}`: connection refused"),
        &format!("see what is in the way: curl -sSI --max-time 10 {url}"),
    );
}

#[test]
fn name_without_an_address_is_told_as_such() {
    let world = World::new();
    let url = "http://sts.invalid";
    let ran = login_at(&world, url, &[]).exits(1);
    assert!(
        ran.stderr.contains("error: cannot reach `http://sts.invalid`: its name has no address ("),
        "{ran}"
    );
    assert!(
        ran.stderr.ends_with("hint: see what is in the way: curl -sSI --max-time 10 http://sts.invalid\n"),
        "{ran}"
    );
}

#[test]
fn server_that_never_answers_is_given_up_after_its_time() {
    let world = World::new();
    let url = format!(
        "http://{}",
        server(|stream| {
            let _ = stream;
            std::thread::sleep(Duration::from_mins(2));
        })
    );
    world.log_in("alice");
    world.awsesame(&["logout", "-p", "alice"]).run().ok();
    std::fs::remove_dir_all(world.state().join("ledger")).unwrap();
    let begun = Instant::now();
    let ran = login_at(&world, &url, &[]).exits(1);
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(lines[0], format!("awsesame: waiting for {url}"), "{ran}");
    assert!(
        lines.iter().any(|line| line.starts_with(&format!("error: `{url}` did not answer within "))),
        "{ran}"
    );
    let hint = format!("hint: see whether it answers at all: curl -sSI --max-time 10 {url}");
    assert_eq!(lines.last(), Some(&hint.as_str()), "{ran}");
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}

#[test]
fn plain_http_where_tls_was_expected_is_not_blamed_on_a_certificate() {
    let world = World::new();
    let plain = world.url();
    let url = plain.replace("http://", "https://");
    login_at(&world, &url, &[]).fails(
        1,
        "`https://127.0.0.1:{PORT}` answers, but not with TLS",
        "see whether it speaks plain http: curl -sSI --max-time 10 {URL}",
    );
}

/// A TLS server with a certificate of its own making; `openssl s_server`, killed when dropped.
struct Tls {
    child: std::process::Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl Tls {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).into_os_string();
        let made = std::process::Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=nobody knows us",
            ])
            .args([
                "-addext",
                "subjectAltName=IP:127.0.0.1",
                "-addext",
                "basicConstraints=critical,CA:FALSE",
                "-keyout",
            ])
            .arg(path("key.pem"))
            .arg("-out")
            .arg(path("cert.pem"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = std::process::Command::new("openssl")
            .args(["s_server", "-rev", "-quiet", "-accept", &format!("127.0.0.1:{port}"), "-key"])
            .arg(path("key.pem"))
            .arg("-cert")
            .arg(path("cert.pem"))
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let until = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "openssl s_server does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { child, folder, port }
    }

    fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn certificate_is_trusted_only_with_a_bundle_that_vouches_for_it() {
    if !need("openssl") {
        return;
    }
    let world = World::new();
    let tls = Tls::start();
    let url = tls.url();
    login_at(&world, &url, &[]).fails(
        1,
        &format!("the certificate of `{url}` is not trusted: nobody here knows who issued it"),
        "if a proxy inspects TLS here, name its CA: export AWS_CA_BUNDLE=/path/to/ca.pem",
    );
    // The empty string counts as not set.
    login_at(&world, &url, &[("AWS_CA_BUNDLE", "")]).exits(1);
    let bundle = tls.certificate().display().to_string();
    // Trusted now: what answers there speaks backwards, but that is another matter.
    let trusted = |ran: Ran| {
        assert!(ran.stderr.starts_with(&format!("error: cannot reach `{url}`: ")), "{ran}");
    };
    trusted(login_at(&world, &url, &[("AWS_CA_BUNDLE", &bundle)]));
    // One bad certificate in a bundle does not spoil the good ones.
    let good = std::fs::read_to_string(&bundle).unwrap();
    world
        .write("mixed.pem", &format!("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n{good}"));
    let mixed = world.path("mixed.pem").display().to_string();
    trusted(login_at(&world, &url, &[("AWS_CA_BUNDLE", &mixed)]));
    world.change_config("[profile alice]\n", &format!("[profile alice]\nca_bundle = {bundle}\n"));
    trusted(login_at(&world, &url, &[]));
}

#[test]
fn invalid_ca_bundle_is_reported_with_the_reason() {
    let world = World::new();
    world.write("garbage.pem", "-----BEGIN CERTIFICATE-----\n???\n-----END CERTIFICATE-----\n");
    world.write("nonsense.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    world.write("empty.pem", "");
    std::fs::create_dir(world.path("folder.pem")).unwrap();
    for (name, why) in [
        ("missing.pem", "no such file or directory"),
        ("garbage.pem", "the text between BEGIN and END is not base64"),
        ("nonsense.pem", "no certificate in it makes sense"),
        ("empty.pem", "there is no certificate in it"),
        ("folder.pem", "it is a folder"),
    ] {
        let path = world.path(name);
        login_at(&world, "https://127.0.0.1:1", &[("AWS_CA_BUNDLE", path.to_str().unwrap())]).fails(
            1,
            &format!("the CA bundle `{{HOME}}/{name}` cannot be used: {why}"),
            &format!("it must be a readable PEM file: openssl x509 -noout -subject -in {{HOME}}/{name}"),
        );
    }
    // Without TLS, the certificates are not read.
    world
        .awsesame(&["login", "-p", "alice", &world.code("alice")])
        .env("AWS_CA_BUNDLE", "/nowhere")
        .run()
        .ok();
}

#[test]
fn proxy_that_is_not_there_is_named_without_its_password() {
    let world = World::new();
    let proxy = format!("http://{}", closed());
    login_at(&world, "https://sts.invalid", &[("HTTPS_PROXY", &proxy)]).fails(
        1,
        &format!("the proxy `{proxy}` (HTTPS_PROXY) does not let awsesame through: connection refused"),
        "if this network needs no proxy: unset HTTPS_PROXY",
    );
    let with_password = proxy.replace("http://", "http://tester:geheim@");
    let ran = login_at(&world, "https://sts.invalid", &[("https_proxy", &with_password)]).exits(1);
    assert!(!ran.stderr.contains("geheim"), "{ran}");
}

#[test]
fn proxy_that_wants_to_know_who_we_are_is_told_without_a_trace_in_history() {
    let world = World::new();
    let proxy = always(
        "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
    let proxy = format!("http://{proxy}");
    login_at(&world, "https://sts.invalid", &[("HTTPS_PROXY", &proxy)]).fails(
        1,
        &format!("the proxy `{proxy}` (HTTPS_PROXY) asks for a user name and a password"),
        "run this, then type http://USER:PASSWORD@HOST:PORT: read -rs HTTPS_PROXY; export HTTPS_PROXY",
    );
}

#[test]
fn web_page_of_another_server_is_not_taken_for_aws() {
    let world = World::new();
    let url = format!(
        "http://{}",
        always(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 20\r\nConnection: close\r\n\r\n<html>Sign in</html>"
        )
    );
    login_at(&world, &url, &[]).fails(
        1,
        &format!("`{url}` answers, but it is not AWS: HTTP 200, not in AWS's format"),
        &format!("see what answers there: curl -sSI --max-time 10 {url}"),
    );
}

#[test]
fn loopback_is_not_sent_through_a_proxy_that_no_proxy_excludes() {
    let world = World::new();
    world
        .awsesame(&["login", "-p", "alice", &world.code("alice")])
        .env("HTTP_PROXY", format!("http://{}", closed()))
        .env("NO_PROXY", "127.0.0.1")
        .run()
        .ok();
}

#[test]
fn the_variable_that_is_in_force_is_named_and_the_hint_changes_that_one() {
    let world = World::new();
    let proxy = format!("http://{}", closed());
    for variable in ["ALL_PROXY", "all_proxy", "https_proxy"] {
        let ran = world
            .awsesame(&["login", "-p", "alice", &world.code("alice")])
            .env("AWS_ENDPOINT_URL", "https://sts.invalid")
            .env_remove("HTTPS_PROXY")
            .env(variable, &proxy)
            .run();
        ran.fails(
            1,
            &format!("the proxy `{proxy}` ({variable}) does not let awsesame through: connection refused"),
            &format!("if this network needs no proxy: unset {variable}"),
        );
    }
    let ran = world
        .awsesame(&["login", "-p", "alice", &world.code("alice")])
        .env("HTTP_PROXY", &proxy)
        .env_remove("NO_PROXY")
        .run()
        .exits(1);
    // On a slow machine, one more line names the server that is waited for.
    let said =
        format!("error: the proxy `{proxy}` (HTTP_PROXY) does not let awsesame through: connection refused");
    assert!(ran.stderr.contains(&said), "{ran}");
    assert!(ran.stderr.ends_with("hint: if this network needs no proxy: unset HTTP_PROXY\n"), "{ran}");
}

#[test]
fn no_proxy_with_a_port_and_a_proxy_whose_port_is_none_are_understood() {
    let world = World::new();
    let host = world.url().replace("http://", "");
    let login = |no_proxy: &str, proxy: &str| {
        let code = world.code("alice");
        let run = world.awsesame(&["login", "--force", "-p", "alice", &code]);
        run.env("HTTP_PROXY", proxy).env("NO_PROXY", no_proxy).run()
    };
    let proxy = format!("http://{}", closed());
    login(&host, &proxy).ok();
    world.pass(30);
    login("*", &proxy).ok();
    assert!(login("127.0.0.1:1", &proxy).exits(1).stderr.contains("(HTTP_PROXY) does not let"));
    // An excluded host must not be blamed on the proxy.
    let ran = login_at(&world, &format!("http://{}", closed()), &[("HTTP_PROXY", &proxy)]).exits(1);
    assert!(!ran.stderr.contains("the proxy"), "{ran}");
    login("", "http://tester:geheim@127.0.0.1:99999").fails(
        2,
        "`127.0.0.1:99999` is not a value for HTTP_PROXY: expected an address, as `http://HOST:PORT`",
        "use the default: unset HTTP_PROXY",
    );
}

#[test]
fn a_proxy_that_hangs_is_named() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let ran = login_at(&world, "https://sts.invalid", &[("HTTPS_PROXY", &proxy)]).exits(1);
    let said = format!("the proxy `{proxy}` (HTTPS_PROXY) does not let awsesame through: no answer within ");
    assert!(ran.stderr.contains(&said), "{ran}");
}
