//! Tests attacks on a sign-in by browser, all of which must fail: other users at the port, answers of other sign-ins,
//! services that redirect elsewhere, portals that are not AWS's, and files that were swapped on disk. The module
//! `console_login` tests the attacks that a page in the browser can try.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use awsesame_sandbox::{Fixture, Options};

use crate::browser::{get, logs_in, opened, pages, sign_in, with_browser};
use crate::console_login;
use crate::need::need;
use crate::portal;
use crate::ran::Ran;
use crate::world::World;

fn process(world: &World, profile: &str) -> Ran {
    world.awsesame(&["process", "-p", profile]).reveals_credentials().run()
}

fn key(ran: &Ran) -> String {
    ran.json()["AccessKeyId"].as_str().unwrap().to_owned()
}

/// Checks that its last output is these two lines, after the address of the page.
#[track_caller]
fn told(ran: Ran, code: i32, error: &str, hint: &str) {
    let ran = ran.exits(code).prints("");
    assert!(ran.stderr.ends_with(&format!("\nerror: {error}\nhint: {hint}\n")), "{ran}");
}

/// Starts a server that answers each request with these bytes. Returns its address and the number of requests.
fn server(answer: String) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            counted.fetch_add(1, Ordering::SeqCst);
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut length, mut line) = (0, String::new());
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let _ = reader.read_exact(&mut vec![0; length]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (address, asked)
}

/// Returns an answer of such a server with a JSON body.
fn json(body: &serde_json::Value) -> String {
    let body = body.to_string();
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// Returns a query parameter of an address that a browser should open.
fn query(address: &str, name: &str) -> String {
    let (_, query) = address.split_once('?').unwrap();
    let value = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))).unwrap();
    value.replace("%3A", ":").replace("%2F", "/")
}

#[test]
fn another_user_at_the_port_is_not_heard_whatever_it_knows() {
    if !rustix::process::geteuid().is_root() || !need("setpriv") || !need("curl") {
        return;
    }
    let world = console_login::world();
    let running = with_browser(&world, world.awsesame(&["login", "-p", "f"])).spawn();
    let callback = world.sandbox().sign_in(&opened(&world, 1), "frank").location.unwrap();
    let nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups"];
    let curl = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", &callback];
    let theirs = world.program("setpriv").args(&nobody).args(&curl).spreads_credentials().run();
    assert_eq!(theirs.stdout, "000", "{theirs}");
    assert!(get(&callback).starts_with("HTTP/1.1 200 "));
    running.wait().ok();
    process(&world, "f").ok();
}

#[test]
fn code_of_another_sign_in_is_worth_nothing() {
    let world = console_login::world();
    // Somebody else begins a sign-in of his own, and puts the code that he got into ours.
    let theirs = with_browser(&world, world.awsesame(&["login", "-p", "e"])).spawn();
    let their_callback = world.sandbox().sign_in(&opened(&world, 1), "erin").location.unwrap();
    let ours = with_browser(&world, world.awsesame(&["login", "-p", "f"])).spawn();
    let address = opened(&world, 2);
    let (redirect, state) = (query(&address, "redirect_uri"), query(&address, "state"));
    let page = get(&format!("{redirect}?code={}&state={state}", query(&their_callback, "code")));
    assert!(page.starts_with("HTTP/1.1 403 ") && page.contains("Not signed in"), "{page}");
    told(
        ours.wait(),
        1,
        "AWS Sign-In in us-east-1 does not accept the request of profile `f`: the code was given to another client or \
         redirectUri",
        "sign in again: awsesame login -p f",
    );
    process(&world, "f").fails(3, "profile `f` has no session", "awsesame login -p f");
    // A code that was tried is good for nobody, its owner included.
    get(&their_callback);
    told(
        theirs.wait(),
        1,
        "the code from the browser has expired, or was used before",
        "try again: awsesame login -p e",
    );
}

#[test]
fn code_of_another_sign_in_is_worth_nothing_at_the_portal() {
    let world = portal::world();
    let theirs = with_browser(&world, world.awsesame(&["login", "-p", "older"])).spawn();
    let their_callback = world.sandbox().sign_in(&opened(&world, 1), "olaf").location.unwrap();
    let ours = with_browser(&world, world.awsesame(&["login", "-p", "read"])).spawn();
    let address = opened(&world, 2);
    let (redirect, state) = (query(&address, "redirect_uri"), query(&address, "state"));
    let page = get(&format!("{redirect}?code={}&state={state}", query(&their_callback, "code")));
    assert!(page.starts_with("HTTP/1.1 403 "), "{page}");
    told(
        ours.wait(),
        1,
        "the code from the browser has expired, or was used before",
        "try again: awsesame login -p read",
    );
    process(&world, "read").fails(3, "profile `read` has no session", "awsesame login -p read");
    get(&their_callback);
    theirs.wait().exits(1);
}

#[test]
fn service_that_leads_elsewhere_is_not_followed_with_a_code_or_a_token() {
    let (elsewhere, stolen) =
        server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}".into());
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let (service, asked) = server(format!(
            "HTTP/1.1 {status}\r\nlocation: {elsewhere}/v1/token\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        ));
        let world = console_login::world();
        let login = world.awsesame(&["login", "-p", "f"]).env("AWS_ENDPOINT_URL_SIGNIN", &service);
        let running = with_browser(&world, login).spawn();
        let address = opened(&world, 1);
        assert!(address.starts_with(&service), "{address}");
        get(&format!("{}?code=c0de&state={}", query(&address, "redirect_uri"), query(&address, "state")));
        let ran = running.wait().exits(1);
        let number = &status[..3];
        assert!(
            ran.stderr.contains(&format!("error: AWS Sign-In refused the request: HTTP {number}\n")),
            "{ran}"
        );
        assert_eq!(asked.load(Ordering::SeqCst), 1, "the code was sent once");
        // The portal's services too.
        let world = portal::world();
        let login = world.awsesame(&["login", "-p", "read"]).env("AWS_ENDPOINT_URL_SSO_OIDC", &service);
        let ran = with_browser(&world, login).run().exits(1);
        assert!(ran.stderr.contains("error: IAM Identity Center refused the request: HTTP 3"), "{ran}");
        logs_in(&world, &["login", "-p", "read"], "nina").0.ok();
        let admin = world.awsesame(&["process", "-p", "admin"]).env("AWS_ENDPOINT_URL_SSO", &service);
        let ran = admin.reveals_credentials().run().exits(1);
        assert!(ran.stderr.contains("error: IAM Identity Center refused the request: HTTP 3"), "{ran}");
    }
    assert_eq!(stolen.load(Ordering::SeqCst), 0, "nothing went elsewhere");
}

#[test]
fn services_that_are_neither_aws_s_nor_here_get_nothing() {
    let world = console_login::world();
    for endpoint in ["http://192.0.2.1", "http://evil.example:8080", "ftp://127.0.0.1"] {
        let login = world.awsesame(&["login", "-p", "f"]).env("AWS_ENDPOINT_URL_SIGNIN", endpoint);
        let running = with_browser(&world, login).spawn();
        let address = opened(&world, pages(&world) + 1);
        get(&format!("{}?code=c0de&state={}", query(&address, "redirect_uri"), query(&address, "state")));
        let ran = running.wait().exits(1);
        assert!(ran.stderr.contains("it is neither https nor on this machine"), "{ran}");
    }
    let world = portal::world();
    let (evil, asked) = server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".into());
    let portal = |url: &str| {
        world.append_config(&format!(
            "[profile evil]\nsso_start_url = {url}\nsso_region = us-east-1\nsso_account_id = 123456789012\n\
             sso_role_name = Admin\nendpoint_url = {{URL}}\n"
        ));
        with_browser(&world, world.awsesame(&["login", "-p", "evil"])).run()
    };
    for url in [
        format!("{evil}/start"),
        "https://d-1234567890.awsapps.com:8443/start".to_owned(),
        "https://user@d-1234567890.awsapps.com/start".to_owned(),
    ] {
        portal(&url).fails(
            1,
            &format!("profile `evil` has `sso_start_url = {url}`: expected the https address of a portal"),
            "correct it: write `sso_start_url = VALUE` into profile `evil`: vi ~/.aws/config",
        );
    }
    // The redirect of a custom domain is followed, over TLS, before anything else happens.
    let ran = portal("https://awsapps.com.evil.example/start").exits(1);
    assert!(ran.stderr.contains("awsapps.com.evil.example"), "{ran}");
    assert_eq!(
        (pages(&world), asked.load(Ordering::SeqCst)),
        (0, 0),
        "no page was opened, and nothing was sent"
    );
    assert_eq!(world.sandbox().count("RegisterClient"), 0);
}

#[test]
fn account_that_is_not_the_pin_s_is_refused_before_any_page_and_not_served_afterwards() {
    let world = console_login::world();
    world.append_config(portal::PROFILES);
    for (profile, user) in [("admin", "nina"), ("f", "frank")] {
        let pinned = |command: &str| {
            world.awsesame(&[command, "-p", profile, "--account", "210987654321"]).reveals_credentials()
        };
        let before = pages(&world);
        with_browser(&world, pinned("login")).run().exits(4).prints("");
        assert_eq!(pages(&world), before, "nobody is sent to a browser for it");
        logs_in(&world, &["login", "-p", profile], user).0.ok();
        let ran = pinned("process").run().exits(4).prints("");
        assert!(ran.stderr.contains("account 123456789012"), "{ran}");
    }
}

/// Signs in as `user` with `--publish`, so that another program can find the sign-in.
fn published(world: &World, profile: &str, user: &str) -> std::path::PathBuf {
    let before = pages(world);
    let run =
        with_browser(world, world.awsesame(&["login", "-p", profile, "--publish"])).spreads_credentials();
    let running = run.spawn();
    sign_in(world, &opened(world, before + 1), user);
    running.wait().ok();
    let folder = world.path(".aws/login/cache");
    let mut files = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    files.next().unwrap()
}

#[test]
fn sign_in_of_somebody_else_in_the_aws_cli_s_cache_is_not_used() {
    let world = console_login::world();
    let frank = published(&world, "f", "frank");
    let name = frank.file_name().unwrap().to_owned();
    let own = std::fs::read_to_string(&frank).unwrap();
    std::fs::remove_file(&frank).unwrap();
    let erin = std::fs::read_to_string(published(&world, "e", "erin")).unwrap();
    // Our own session is sealed, so the file in the cache does not matter.
    std::fs::write(world.path(".aws/login/cache").join(&name), &erin).unwrap();
    let serve = || world.awsesame(&["process", "-p", "f"]).reveals_credentials().spreads_credentials().run();
    let theirs: serde_json::Value = serde_json::from_str(&erin).unwrap();
    assert_ne!(key(&serve().ok()), theirs["accessToken"]["accessKeyId"].as_str().unwrap());
    // Without it, the file of this name is checked, and it belongs to another user.
    std::fs::remove_dir_all(world.state().join("sessions")).unwrap();
    let ran = serve();
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(
        ran.stderr.contains(
            "the sign-in in `~/.aws/login/cache` is not used: its credentials belong to \
             `arn:aws:iam::123456789012:user/erin`"
        ),
        "{ran}"
    );
    std::fs::write(world.path(".aws/login/cache").join(&name), own).unwrap();
    serve().ok();
}

#[test]
fn sealed_sign_ins_that_were_swapped_on_disk_open_nothing() {
    let world = World::of(&Fixture::with_browser(), Options::default());
    world.append_config(console_login::PROFILES);
    logs_in(&world, &["login", "-p", "f"], "frank").0.ok();
    let sessions = world.state().join("sessions");
    let grants = || -> Vec<std::path::PathBuf> {
        let files = std::fs::read_dir(&sessions).unwrap().map(|file| file.unwrap().path());
        files.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("grant-")).collect()
    };
    let [frank] = &grants()[..] else { panic!("{:?}", grants()) };
    logs_in(&world, &["login", "-p", "e"], "erin").0.ok();
    let erin = grants().into_iter().find(|path| path != frank).unwrap();
    std::fs::copy(&erin, frank).unwrap();
    world.pass(640);
    let refreshes = world.sandbox().count("CreateOAuth2Token");
    let ran = process(&world, "f");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(3), ""), "{ran}");
    assert_eq!(world.sandbox().count("CreateOAuth2Token"), refreshes, "another's token is not even sent");
    process(&world, "e").ok();
    // A damaged sign-in does not count either.
    let text = std::fs::read(&erin).unwrap();
    std::fs::write(&erin, &text[..text.len() - 1]).unwrap();
    world.pass(640);
    process(&world, "e").exits(3);
    assert_eq!(pages(&world), 2, "nobody was asked");
}

#[test]
fn credentials_of_another_account_than_the_role_s_are_not_believed() {
    let world = portal::world();
    world.append_config(
        "[profile other]\nsso_session = corp\nsso_account_id = 210987654321\nsso_role_name = Admin\n\
         region = us-east-1\nendpoint_url = {URL}\n\n",
    );
    logs_in(&world, &["login", "-p", "other"], "nina").0.ok();
    let given = process(&world, "other").ok().json();
    let (impostor, asked) = server(json(&serde_json::json!({ "roleCredentials": {
        "accessKeyId": given["AccessKeyId"],
        "secretAccessKey": given["SecretAccessKey"],
        "sessionToken": given["SessionToken"],
        "expiration": (jiff::Timestamp::now().as_second() + 3000) * 1000,
    }})));
    let run = world.awsesame(&["process", "-p", "admin"]).env("AWS_ENDPOINT_URL_SSO", &impostor);
    run.reveals_credentials().run().fails(
        1,
        "the answer of IAM Identity Center cannot be used: the credentials are of account 210987654321, not 123456789012",
        "try again: awsesame login -p admin",
    );
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    process(&world, "admin").ok();
}

#[test]
fn tokens_of_another_issuer_or_for_another_program_are_not_believed() {
    use base64::Engine as _;
    let world = console_login::world();
    let part = |value: &serde_json::Value| {
        base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(value.to_string().as_bytes())
    };
    let client = "arn:aws:signin:::devtools/same-device";
    let frank = "arn:aws:iam::123456789012:user/frank";
    for (issuer, audience, subject, why) in [
        (
            "https://signin.evil.example/signin",
            client,
            frank,
            "its `idToken` was issued by somebody else than AWS Sign-In",
        ),
        (
            "https://signin.aws.amazon.com/signin",
            "arn:aws:signin:::devtools/other",
            frank,
            "its `idToken` was made for another program",
        ),
        ("https://signin.aws.amazon.com/signin", client, "frank", ""),
    ] {
        let claims = serde_json::json!({
            "iss": issuer, "aud": audience, "sub": subject, "iat": 1, "exp": i64::from(u32::MAX),
        });
        let token = format!("{}.{}.x", part(&serde_json::json!({ "alg": "ES256" })), part(&claims));
        let (impostor, asked) = server(json(&serde_json::json!({
            "accessToken": { "accessKeyId": "ASIAIOSFODNN7EXAMPLE", "secretAccessKey": "s", "sessionToken": "t" },
            "tokenType": "aws_sigv4", "expiresIn": 900, "refreshToken": "r", "idToken": token,
        })));
        let login = world.awsesame(&["login", "-p", "f"]).env("AWS_ENDPOINT_URL_SIGNIN", &impostor);
        let before = pages(&world);
        let running = with_browser(&world, login).spawn();
        let address = opened(&world, before + 1);
        get(&format!("{}?code=c0de&state={}", query(&address, "redirect_uri"), query(&address, "state")));
        let ran = running.wait().exits(1);
        let begin = "error: the answer of AWS Sign-In cannot be used: ";
        assert!(ran.stderr.contains(&format!("{begin}{why}")), "{ran}");
        assert_eq!(asked.load(Ordering::SeqCst), 1, "{issuer}");
        process(&world, "f").exits(3);
    }
}

#[test]
fn words_of_whoever_declines_drive_neither_the_terminal_nor_the_page() {
    let words = "%1B%5D0%3Bpwned%07%1B%5B2J%0D%0Aset-cookie%3A+a%3Db%0D%0A%0D%0A%3Cscript%3Ealert%281%29%3C%2Fscript%3E%E2%80%AE";
    for (world, profile) in [(console_login::world(), "f"), (portal::world(), "read")] {
        let running = with_browser(&world, world.awsesame(&["login", "-p", profile])).pty();
        let address = opened(&world, 1);
        let (redirect, state) = (query(&address, "redirect_uri"), query(&address, "state"));
        let page = get(&format!("{redirect}?error=access_denied%0A&error_description={words}&state={state}"));
        let (head, body) = page.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 403 ") && !head.contains("set-cookie"), "{head}");
        assert!(
            !body.contains("<script") && !body.contains('\u{1b}') && !body.contains('\u{202e}'),
            "{body}"
        );
        let ran = running.wait().exits(1);
        let error = format!("error: the sign-in of profile `{profile}` was declined: ");
        let said = &ran.stderr[ran.stderr.find(&error).unwrap_or_else(|| panic!("{ran}"))..];
        let lines: Vec<&str> = said.trim_end().lines().collect();
        assert_eq!(lines.len(), 2, "{ran}");
        assert!(!said.contains(['\u{1b}', '\u{7}', '\u{202e}']) && lines[0].contains("<script>"), "{ran}");
    }
}
