//! Tests the start of a sign-in: at a custom start URL, as the root user, as a federated role, and with clocks that
//! differ; and the time of a refresh while many clients ask the broker.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::broker::place;
use crate::browser::{get, logs_in, opened, pages, parts, send, sign_in, with_browser};
use crate::console_login;
use crate::need::need;
use crate::portal;
use crate::ran::Ran;
use crate::run::Run;
use crate::world::World;

fn process(world: &World, profile: &str) -> Ran {
    world.awsesame(&["process", "-p", profile]).reveals_credentials().run()
}

fn key(ran: &Ran) -> String {
    ran.json()["AccessKeyId"].as_str().unwrap().to_owned()
}

/// A proxy that leads every name to one TLS server, which gives prepared answers and records the requests.
const COMPANY: &str = "\
import socket, ssl, sys
folder, head, get = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(folder + '/cert.pem', folder + '/key.pem')
server = socket.create_server(('127.0.0.1', 0))
print(server.getsockname()[1], flush=True)
while True:
    plain, _ = server.accept()
    try:
        asked = plain.recv(65536).decode().split()[1]
        plain.sendall(b'HTTP/1.1 200 OK\\r\\n\\r\\n')
        secure = context.wrap_socket(plain, server_side=True)
        line = secure.recv(65536).decode().splitlines()[0]
        print(asked, line, flush=True, file=sys.stderr)
        answer = head if line.startswith('HEAD') else get
        secure.sendall(answer.replace('|', '\\r\\n').encode() + b'\\r\\ncontent-length: 0\\r\\nconnection: close\\r\\n\\r\\n')
        secure.close()
    except Exception as error:
        print('trouble', error, flush=True, file=sys.stderr)
";

/// The company's own name for its portal.
const VANITY: &str = "https://aws.company.example/start";

struct Company {
    child: Child,
    folder: tempfile::TempDir,
    port: String,
}

impl Company {
    /// Returns a company that answers HEAD and GET like this.
    fn answering(head: &str, get: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=a company"])
            .args(["-addext", "subjectAltName=DNS:aws.company.example"])
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .args(["-keyout", &path("key.pem"), "-out", &path("cert.pem")])
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let log = std::fs::File::create(path("log")).unwrap();
        let mut child = Command::new("python3")
            .args(["-c", COMPANY, &folder.path().display().to_string(), head, get])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let (mut port, mut byte) = (String::new(), [0]);
        let stdout = child.stdout.as_mut().unwrap();
        while stdout.read(&mut byte).is_ok_and(|read| read == 1) && byte != *b"\n" {
            port.push(byte[0] as char);
        }
        Self { child, folder, port }
    }

    /// Returns the same run, in which every name resolves to the company.
    fn reached<'w>(&self, run: Run<'w>) -> Run<'w> {
        run.env("HTTPS_PROXY", format!("http://127.0.0.1:{}", self.port))
            .env("AWS_CA_BUNDLE", self.folder.path().join("cert.pem"))
    }

    fn asked(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap();
        log.lines().map(str::to_owned).collect()
    }
}

impl Drop for Company {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn world_of_a_company() -> World {
    let world = portal::world();
    world.config(&world.read(".aws/config").replace("https://d-1234567890.awsapps.com/start", VANITY));
    world
}

const TO_THE_PORTAL: &str = "HTTP/1.1 302 Found|location: https://d-1234567890.awsapps.com/start#/";

#[test]
fn start_url_of_a_company_leads_to_its_portal_and_names_what_is_stored() {
    if !need("openssl") || !need("python3") {
        return;
    }
    for (head, get, requests) in [
        (TO_THE_PORTAL, "HTTP/1.1 500 No", &["HEAD"][..]),
        ("HTTP/1.1 405 Method Not Allowed", TO_THE_PORTAL, &["HEAD", "GET"]),
        ("HTTP/1.1 501 Not Implemented", TO_THE_PORTAL, &["HEAD", "GET"]),
    ] {
        let (world, company) = (world_of_a_company(), Company::answering(head, get));
        let login = |profile: &str| {
            let run = world.awsesame(&["login", "-p", profile, "--publish"]).spreads_credentials();
            with_browser(&world, company.reached(run))
        };
        let running = login("read").spawn();
        sign_in(&world, &opened(&world, 1), "nina");
        running.wait().ok();
        let expected: Vec<String> = requests
            .iter()
            .map(|method| format!("aws.company.example:443 {method} /start HTTP/1.1"))
            .collect();
        assert_eq!(company.asked(), expected);
        // The name that the user wrote is the one in caches, for other tools too.
        let file = std::fs::read_dir(world.path(".aws/sso/cache")).unwrap().next().unwrap().unwrap().path();
        let text: serde_json::Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        assert_eq!(text["startUrl"], VANITY);
        // From now on the company is not asked.
        for profile in ["read", "admin", "older"] {
            let run = world.awsesame(&["process", "-p", profile]).reveals_credentials().spreads_credentials();
            let ran = company.reached(run).run();
            // The older form is a portal of its own.
            assert_eq!(ran.code, Some(if profile == "older" { 3 } else { 0 }), "{profile}: {ran}");
        }
        assert_eq!(company.asked().len(), requests.len());
        // A device code is for the portal itself.
        let run =
            company.reached(world.awsesame(&["login", "-p", "older", "--device-code"]).spreads_credentials());
        let mut pty = run.pty();
        let shown = pty.expect("approve a code only if you asked for it yourself just now");
        let (before, after) = shown.rsplit_once(" and compare the code: ").unwrap();
        let address = before.rsplit_once("open ").unwrap().1;
        assert!(!after.is_empty());
        assert_eq!(world.sandbox().sign_in(address, "nina").status, 200);
        pty.wait().ok();
    }
}

#[test]
fn start_url_that_leads_to_no_portal_is_told_before_anything_is_opened() {
    if !need("openssl") || !need("python3") {
        return;
    }
    for (head, why) in [
        ("HTTP/1.1 200 OK", "it does not redirect"),
        ("HTTP/1.1 302 Found|location: https://evil.example/start", "it leads to a host that is not AWS's"),
        (
            "HTTP/1.1 302 Found|location: https://d-1234567890.awsapps.com.evil.example/start",
            "it leads to a host that is not AWS's",
        ),
        ("HTTP/1.1 301 Moved|location: http://d-1234567890.awsapps.com/start", "it is not an https address"),
        // One redirect only, and that of the company's own.
        (
            "HTTP/1.1 302 Found|location: https://aws.company.example/other",
            "it leads to a host that is not AWS's",
        ),
    ] {
        let (world, company) = (world_of_a_company(), Company::answering(head, "HTTP/1.1 200 OK"));
        let run = with_browser(&world, company.reached(world.awsesame(&["login", "-p", "read"])));
        run.run().fails(
            1,
            &format!("the start URL `{VANITY}` does not lead to a portal: {why}"),
            "copy it from your company's sign-in page into `sso_start_url`: vi ~/.aws/config",
        );
        assert_eq!((pages(&world), company.asked().len()), (0, 1), "{head}");
        assert_eq!(world.sandbox().count("RegisterClient"), 0);
    }
}

#[test]
fn root_user_signs_in_with_mfa_and_cannot_assume_roles() {
    let world = console_login::world();
    world.append_config(
        "[profile top]\nlogin_session = arn:aws:iam::123456789012:root\nregion = us-east-1\nendpoint_url = {URL}\n\n\
         [profile above-top]\nrole_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = top\n\
         region = us-east-1\nendpoint_url = {URL}\n\n",
    );
    let (ran, page) = logs_in(&world, &["login", "-p", "top"], "root");
    let ran = ran.ok();
    assert!(ran.stderr.contains("account 123456789012 (profile `top`), until "), "{ran}");
    assert!(page.contains("account 123456789012. You may close this tab."), "{page}");
    let first = key(&process(&world, "top").ok());
    world.pass(640);
    assert_ne!(key(&process(&world, "top").ok()), first, "root needs no permission for it");
    let ran = process(&world, "above-top").exits(1);
    assert!(ran.stderr.contains("Roles may not be assumed by root accounts"), "{ran}");
    assert_eq!(pages(&world), 1);
}

#[test]
fn federated_role_of_the_console_signs_in_and_is_a_role() {
    let world = console_login::world();
    world.append_config(
        "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = alice\nregion = us-east-1\n\
         endpoint_url = {URL}\n\n[profile fed]\nregion = us-east-1\nendpoint_url = {URL}\n\n\
         [profile above-fed]\nrole_arn = arn:aws:iam::123456789012:role/chained\nsource_profile = fed\n\
         region = us-east-1\nendpoint_url = {URL}\nduration_seconds = 7200\n\n",
    );
    // A browser that is signed in to the console as a role, as by a company's own identity provider.
    world.log_in("alice");
    let console = world.awsesame(&["console", "-p", "role", "--url"]);
    let console = console
        .env("AWSESAME_CONSOLE_ENDPOINT", world.url() + "/federation")
        .reveals_credentials()
        .run()
        .ok();
    let signed_in = get(console.stdout.trim_end());
    let cookie = signed_in.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    let cookie = cookie.split(';').next().unwrap();

    let running = with_browser(&world, world.awsesame(&["login", "--web", "-p", "fed"])).spawn();
    let address = opened(&world, 1);
    let (authority, target) = parts(&address);
    let body = "session=current";
    let answer = send(
        authority,
        &format!(
            "POST {target} HTTP/1.1\r\nHost: {authority}\r\nCookie: {cookie}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        ),
    );
    let location =
        answer.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_else(|| panic!("{answer}"));
    assert!(get(location).starts_with("HTTP/1.1 200 "));
    let ran = running.wait().ok();
    let session = "arn:aws:sts::123456789012:assumed-role/deploy/awsesame-tester";
    assert!(ran.stderr.contains(&format!("profile `fed` has `login_session = {session}` now")), "{ran}");
    let first = key(&process(&world, "fed").ok());
    let pinned =
        |role: &str| world.awsesame(&["env", "-p", "fed", "--role", role]).reveals_credentials().run();
    pinned("deploy").ok();
    pinned("admin").exits(4);
    // A role opens the console, and another role above it lasts an hour at most.
    let console = world.awsesame(&["console", "-p", "fed", "--url"]);
    console.env("AWSESAME_CONSOLE_ENDPOINT", world.url() + "/federation").reveals_credentials().run().ok();
    let long = process(&world, "above-fed").exits(1);
    assert!(long.stderr.contains("but AWS allows 3600 s for a role that another role assumes"), "{long}");
    world.change_config("duration_seconds = 7200\n", "");
    process(&world, "above-fed").ok();
    world.pass(640);
    assert_ne!(key(&process(&world, "fed").ok()), first);
    assert_eq!(pages(&world), 1);
}

#[test]
fn proofs_are_of_the_service_s_time_where_clocks_are_apart() {
    for apart in [-3600, 3600] {
        let world = console_login::world();
        world.sandbox().set_clock_offset(apart);
        logs_in(&world, &["login", "-p", "e"], "erin").0.ok();
        let first = key(&process(&world, "e").ok());
        // Both clocks continue with the same difference: the first proof of a refresh is refused, and the second is
        // not.
        let sent = world.sandbox().count("CreateOAuth2Token");
        world.pass(640);
        world.sandbox().set_clock_offset(apart + 640);
        let ran = process(&world, "e").ok();
        assert_ne!(key(&ran), first, "{apart}: {ran}");
        assert_eq!(ran.stderr, "", "{apart}");
        assert_eq!(world.sandbox().count("CreateOAuth2Token"), sent + 2, "{apart}");
    }
}

#[test]
fn fifty_clients_of_the_broker_cause_one_refresh_and_none_is_refused() {
    const CLIENTS: usize = 50;
    let world = console_login::world();
    // The broker reads a clock that runs.
    world.pass(1);
    world.awsesame(&["broker", "start"]).run().ok();
    logs_in(&world, &["login", "-p", "e"], "erin").0.ok();
    let port: u16 = std::fs::read_to_string(place(&world).port()).unwrap().trim().parse().unwrap();
    let token = std::fs::read_to_string(place(&world).token()).unwrap();
    let ask = || {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let request = format!(
            "GET /v1/credentials/e HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: {}\r\nConnection: close\r\n\r\n",
            token.trim()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        answer.split("\"AccessKeyId\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    let first = ask();
    let sent = world.sandbox().count("CreateOAuth2Token");
    world.pass(640);
    let (begun, first) = (Instant::now(), &first);
    let spans: Vec<(Duration, Duration)> = std::thread::scope(|scope| {
        let client = || {
            let asked = Instant::now();
            let mut key = ask();
            let answered = asked.elapsed();
            // The old session is served meanwhile, and the new one is soon available to all.
            while key == *first {
                assert!(begun.elapsed() < Duration::from_secs(30), "the broker did not refresh it");
                std::thread::sleep(Duration::from_millis(20));
                key = ask();
            }
            (answered, begun.elapsed())
        };
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    let slowest = |which: fn(&(Duration, Duration)) -> Duration| spans.iter().map(which).max().unwrap();
    eprintln!(
        "{CLIENTS} clients: an answer within {:?}, the new credentials within {:?}",
        slowest(|span| span.0),
        slowest(|span| span.1)
    );
    assert_eq!(world.sandbox().count("CreateOAuth2Token"), sent + 1, "one refresh for all");
    assert!(slowest(|span| span.0) < Duration::from_secs(10));
}
