//! Tests servers that imitate AWS: none of their answers is trusted or stored, and the stored sessions stay.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use crate::need::need;
use crate::world::World;

/// Starts a server on loopback that answers every call by the name of its operation, as long as the test runs.
fn impostor(answer: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = std::sync::Arc::new(answer);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let answer = answer.clone();
            std::thread::spawn(move || answer(&asked(&mut stream), &mut stream));
        }
    });
    url
}

/// Returns the body of a request.
fn asked(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let whole = String::from_utf8_lossy(&text).into_owned();
        if let Some((head, body)) = whole.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return body.to_owned();
            }
        }
        match stream.read(&mut chunk) {
            Ok(read @ 1..) => text.extend_from_slice(&chunk[..read]),
            _ => return String::new(),
        }
    }
}

fn say(stream: &mut TcpStream, body: &str) {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}

/// Returns AWS's answer to one operation with this result.
fn wrap(operation: &str, result: &str) -> String {
    format!(
        "<{operation}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{operation}Result>{result}\
         </{operation}Result></{operation}Response>"
    )
}

const ALICE: &str = "arn:aws:iam::123456789012:user/alice";

fn credentials(id: &str, secret: &str, token: &str, until: &str) -> String {
    format!(
        "<Credentials><AccessKeyId>{id}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>\
         <SessionToken>{token}</SessionToken><Expiration>{until}</Expiration></Credentials>"
    )
}

fn in_an_hour() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    awsesame_core::render::iso(i64::try_from(now).unwrap() + 3600)
}

/// Starts a server that returns this identity and these credentials.
fn giving(arn: &'static str, given: String) -> String {
    impostor(move |asked, stream| {
        let body = if asked.contains("Action=GetCallerIdentity") {
            wrap("GetCallerIdentity", &format!("<Arn>{arn}</Arn><UserId>A</UserId><Account>1</Account>"))
        } else {
            wrap("GetSessionToken", &given)
        };
        say(stream, &body);
    })
}

/// Logs in at another endpoint than the one of the profile.
fn log_in_at(world: &World, url: &str, arguments: &[&str]) -> crate::ran::Ran {
    let config = world.read(".aws/config").replace(&world.url(), url);
    world.write("config-there", &config);
    let words = [&["login", "-p", "alice"], arguments].concat();
    // Here it is not about codes.
    let _ = std::fs::remove_dir_all(world.state().join("ledger"));
    world.awsesame(&words).env("AWS_CONFIG_FILE", world.path("config-there")).run()
}

fn is_refused(ran: crate::ran::Ran, url: &str, why: &str) {
    let hint = format!("see what answers there: curl -sSI --max-time 10 {url}");
    ran.fails(1, &format!("`{url}` answers, but it is not AWS: {why}"), &hint);
}

#[test]
fn a_key_of_another_account_than_its_device_is_refused_before_a_code_is_sent() {
    let world = World::new();
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let codes = asked.clone();
    let url = impostor(move |asked, stream| {
        let body = if asked.contains("Action=GetCallerIdentity") {
            let arn = "arn:aws:iam::999999999999:user/alice";
            wrap("GetCallerIdentity", &format!("<Arn>{arn}</Arn><UserId>A</UserId><Account>1</Account>"))
        } else {
            codes.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            wrap("GetSessionToken", &credentials("ASIAEXAMPLE", "s", "t", &in_an_hour()))
        };
        say(stream, &body);
    });
    log_in_at(&world, &url, &["123456"]).fails(
        1,
        "`arn:aws:iam::123456789012:mfa/alice` is a device of another account: the access key is of account \
         999999999999, as AWS says",
        "write `mfa_serial = arn:aws:iam::ACCOUNT:mfa/NAME` into profile `alice`: vi ~/.aws/config",
    );
    assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 0);
}

#[test]
fn very_long_refusal_is_shortened() {
    let world = World::new();
    let url = impostor(|_, stream| {
        let message = "it is late ".repeat(100_000);
        let body = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>Odd{message}</Code><Message>{message}</Message></Error>\
             <RequestId>1</RequestId></ErrorResponse>"
        );
        let head = format!(
            "HTTP/1.1 400 Bad Request\r\ncontent-type: text/xml\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
    });
    let ran = log_in_at(&world, &url, &["123456"]).exits(1);
    assert!(ran.stderr.contains("it is late") && ran.stderr.len() < 3000, "{}", ran.stderr.len());
}

#[test]
fn credentials_that_aws_cannot_have_given_are_refused_and_what_was_stored_stays() {
    let world = World::new();
    world.log_in("alice");
    let served = || world.awsesame(&["process", "-p", "alice"]).reveals_credentials().run().ok().stdout;
    let before = served();
    let until = in_an_hour();
    let (own, _) = world.sandbox().access_key("alice");
    let long = "t".repeat(70_000);
    for (id, secret, token, until, why) in [
        ("", "s", "t", until.as_str(), "the access key id is empty"),
        (&own, "s", "t", &until, "the session has the access key id of the key that asked for it"),
        ("ASIAEXAMPLE", "", "t", &until, "the secret access key is empty"),
        ("ASIAEXAMPLE", "s", "", &until, "the session token is empty"),
        ("ASIA\nEXAMPLE", "s", "t", &until, "the access key id is not one"),
        ("ASIAEXAMPLE", "s\ns", "t", &until, "the secret access key has characters in it that none has"),
        ("ASIAEXAMPLE", "s", &long, &until, "the session token is longer than 32768 bytes"),
        ("ASIAEXAMPLE", "s", "t", "2020-01-01T00:00:00Z", "the session has expired already"),
        ("ASIAEXAMPLE", "s", "t", "9999-12-31T23:59:59Z", "the session lasts longer than AWS lets any last"),
    ] {
        let url = giving(ALICE, credentials(id, secret, token, until));
        is_refused(log_in_at(&world, &url, &["--force", "123456"]), &url, why);
        assert_eq!(served(), before, "{why}");
    }
    for (identity, why) in [
        ("hello", "the identity is not the ARN of a user or a role"),
        (
            "arn:aws:sts::123456789012:assumed-role/deploy/alice",
            "it says that a long-term access key belongs to a role",
        ),
    ] {
        let url = giving(identity, credentials("ASIAEXAMPLE", "s", "t", &until));
        is_refused(log_in_at(&world, &url, &["--force", "123456"]), &url, why);
        assert_eq!(served(), before);
    }
}

#[test]
fn an_answer_that_is_cut_off_or_without_end_is_none() {
    let world = World::new();
    let whole = wrap("GetCallerIdentity", &format!("<Arn>{ALICE}</Arn>"));
    let cut = whole[..whole.find("</GetCallerIdentityResult").unwrap()].to_owned();
    let url = impostor(move |_, stream| say(stream, &cut));
    is_refused(log_in_at(&world, &url, &["123456"]), &url, "its answer was cut off");
    let url = impostor(|_, stream| {
        let _ =
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\nconnection: close\r\n\r\n<a>");
        while stream.write_all(&[b'x'; 8192]).is_ok() {}
    });
    is_refused(log_in_at(&world, &url, &["123456"]), &url, "its answer is longer than 16 MiB");
}

#[test]
fn a_server_that_says_nothing_is_named_while_it_is_waited_for() {
    let world = World::new();
    let url = impostor(|_, _| std::thread::sleep(Duration::from_mins(1)));
    let begun = Instant::now();
    let ran = log_in_at(&world, &url, &["123456"]);
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
    ran.exits(1).says(&format!(
        "awsesame: waiting for {url}\nerror: `{url}` did not answer within 20 s\n\
         hint: see whether it answers at all: curl -sSI --max-time 10 {url}\n"
    ));
}

#[test]
fn a_session_of_another_role_is_not_the_one_that_was_asked_for() {
    let world = World::new();
    world.log_in("alice");
    let given = credentials("ASIAEXAMPLE", "s", "t", &in_an_hour());
    let url = impostor(move |_, stream| {
        let user = "<AssumedRoleUser><AssumedRoleId>A:s</AssumedRoleId>\
                    <Arn>arn:aws:sts::210987654321:assumed-role/admin/s</Arn></AssumedRoleUser>";
        say(stream, &wrap("AssumeRole", &format!("{given}{user}")));
    });
    let config = world.read(".aws/config");
    let (before, deploy) = config.split_once("[profile deploy]").unwrap();
    let deploy = deploy.replacen(&world.url(), &url, 1);
    world.write(".aws/config", &format!("{before}[profile deploy]{deploy}"));
    let ran = world.awsesame(&["login", "-p", "deploy", &world.code("alice")]).run().exits(1);
    assert!(ran.stderr.contains("is not AWS"), "{ran}");
    assert!(!world.path(".local/state/awsesame/sessions/p-deploy.session").exists());
}

#[test]
fn what_one_endpoint_says_of_a_key_is_not_believed_of_another() {
    let world = World::new();
    let given = credentials("ASIAEXAMPLE", "s", "t", &in_an_hour());
    let url = giving("arn:aws:iam::999999999999:user/mallory", given);
    let config = world.read(".aws/config");
    world.write(".aws/config", &config.replace(":123456789012:mfa/alice", ":999999999999:mfa/mallory"));
    log_in_at(&world, &url, &["123456"]).ok();
    std::fs::remove_dir_all(world.state().join("ledger")).unwrap();
    world.write(".aws/config", &config);
    world.log_in("alice");
    world.awsesame(&["check", "-p", "alice", "--account", "123456789012"]).run().ok();
    world.awsesame(&["check", "-p", "alice", "--account", "999999999999"]).run().exits(4);
}

#[test]
fn a_serial_number_that_is_a_command_never_reaches_one() {
    let world = World::new();
    world.write_private(
        ".config/awsesame/config.toml",
        "code_source = \"command\"\n[code.command]\ncommand = [\"sh\", \"-c\", \"touch asked; echo 123456\"]\n",
    );
    let url = impostor(|asked, stream| {
        if asked.contains("Action=GetCallerIdentity") {
            say(stream, &wrap("GetCallerIdentity", &format!("<Arn>{ALICE}</Arn>")));
        } else {
            let serial = "arn:aws:iam::123456789012:mfa/a$(touch stolen)";
            let device = format!(
                "<MFADevices><member><UserName>alice</UserName><SerialNumber>{serial}</SerialNumber>\
                 <EnableDate>2026-01-01T00:00:00Z</EnableDate></member></MFADevices><IsTruncated>false</IsTruncated>"
            );
            say(stream, &wrap("ListMFADevices", &device));
        }
    });
    let config = world.read(".aws/config").replace("mfa_serial = arn:aws:iam::123456789012:mfa/alice\n", "");
    world.write(".aws/config", &config);
    let ran = log_in_at(&world, &url, &[]);
    assert!(ran.stderr.contains("it lists a device with a serial number that none has"), "{ran}");
    assert!(!world.path("asked").exists() && !world.path("stolen").exists());
}

#[test]
fn devices_and_keys_are_asked_for_by_the_users_name_and_those_of_others_are_passed_over() {
    let world = World::new();
    world.log_in("alice");
    let (key, _) = world.sandbox().access_key("alice");
    // A server that imitates AWS returns its own user if the request names none; this one returns both if the request
    // names one.
    let url = impostor(move |asked, stream| {
        let users = if asked.contains("UserName=alice") { &["bob", "alice"][..] } else { &["bob"] };
        let list = |line: &dyn Fn(&str) -> String| users.iter().map(|user| line(user)).collect::<String>();
        if asked.contains("Action=GetCallerIdentity") {
            let whole = format!("<Arn>{ALICE}</Arn><UserId>A</UserId><Account>1</Account>");
            say(stream, &wrap("GetCallerIdentity", &whole));
        } else if asked.contains("Action=ListMFADevices") {
            let devices = list(&|user| {
                format!(
                    "<member><UserName>{user}</UserName>\
                     <SerialNumber>arn:aws:iam::123456789012:mfa/{user}</SerialNumber>\
                     <EnableDate>2026-01-01T00:00:00Z</EnableDate></member>"
                )
            });
            let whole = format!("<MFADevices>{devices}</MFADevices><IsTruncated>false</IsTruncated>");
            say(stream, &wrap("ListMFADevices", &whole));
        } else if asked.contains("Action=ListAccessKeys") {
            let keys = list(&|user| {
                let id = if user == "alice" { key.as_str() } else { "AKIABOBBOBBOBBOBBOBB" };
                format!(
                    "<member><UserName>{user}</UserName><AccessKeyId>{id}</AccessKeyId>\
                     <Status>Active</Status><CreateDate>2025-01-01T00:00:00Z</CreateDate></member>"
                )
            });
            let whole =
                format!("<AccessKeyMetadata>{keys}</AccessKeyMetadata><IsTruncated>false</IsTruncated>");
            say(stream, &wrap("ListAccessKeys", &whole));
        } else {
            say(stream, "");
        }
    });
    let config = world.read(".aws/config").replace(&world.url(), &url);
    world.write(".aws/config", &config.replace("mfa_serial = arn:aws:iam::123456789012:mfa/alice\n", ""));
    let listed = world.awsesame(&["mfa", "list", "-p", "alice"]).run().ok();
    assert!(listed.stdout.contains("mfa/alice") && !listed.stdout.contains("mfa/bob"), "{listed}");
    let healthy = world.awsesame(&["doctor", "--all", "-p", "alice"]).run();
    assert!(
        healthy.stdout.contains("the user has one MFA device, `arn:aws:iam::123456789012:mfa/alice`"),
        "{healthy}"
    );
    assert!(!healthy.stdout.contains("AKIABOB"), "{healthy}");
}

#[test]
fn a_list_without_an_end_is_none() {
    let world = World::new();
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let pages = asked.clone();
    let url = impostor(move |asked, stream| {
        if asked.contains("Action=GetUser") {
            let user = "<User><Path>/</Path><UserName>alice</UserName><UserId>A</UserId><Arn>a</Arn>\
                        <CreateDate>2026-01-01T00:00:00Z</CreateDate></User>";
            say(stream, &wrap("GetUser", user));
        } else {
            pages.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let names = "<PolicyNames/><IsTruncated>true</IsTruncated><Marker>again</Marker>";
            say(stream, &wrap("ListUserPolicies", names));
        }
    });
    world.log_in("alice");
    let run = world.awsesame(&["policy", "check", "-p", "alice", "--user", "alice"]);
    let run = run.env("AWS_ENDPOINT_URL_IAM", &url).limit(Duration::from_secs(30));
    is_refused(run.run(), &url, "its list has no end");
    assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 2);
}

#[test]
fn a_forwarded_broker_has_one_time_for_its_whole_answer() {
    let world = World::new();
    let socket = world.path("socket");
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                for _ in 0..600 {
                    if stream.write_all(b"H").is_err() {
                        return;
                    }
                    std::thread::sleep(Duration::from_millis(500));
                }
            });
        }
    });
    let begun = Instant::now();
    let ran = world.awsesame(&["env", "-p", "alice"]).env("AWSESAME_BROKER", &socket).run().exits(1);
    assert!(begun.elapsed() < Duration::from_secs(9), "{:?}: {ran}", begun.elapsed());
    assert!(ran.stderr.contains("does not answer"), "{ran}");
}

#[test]
fn a_socket_whose_queue_is_full_or_that_another_user_listens_at_is_told_soon() {
    let world = World::new();
    let socket = world.path("socket");
    // The listener accepts no connection, so one waiting client fills its queue.
    let listener =
        rustix::net::socket(rustix::net::AddressFamily::UNIX, rustix::net::SocketType::STREAM, None);
    let (listener, address) = (listener.unwrap(), rustix::net::SocketAddrUnix::new(&socket).unwrap());
    rustix::net::bind(&listener, &address).unwrap();
    rustix::net::listen(&listener, 0).unwrap();
    std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o600)).unwrap();
    let _waits = std::os::unix::net::UnixStream::connect(&socket).unwrap();
    let begun = Instant::now();
    for command in [&["env", "-p", "alice"][..], &["status"], &["direnv", "export", "alice"]] {
        let run = world.awsesame(command).env("AWSESAME_BROKER", &socket).limit(Duration::from_secs(30));
        let ran = run.run();
        assert!(ran.stderr.contains("does not answer") || ran.stdout.contains("does not answer"), "{ran}");
    }
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());

    if !rustix::process::geteuid().is_root() || !need("setpriv") || !need("python3") {
        return;
    }
    // Below /tmp itself: the home of a test is closed to everybody else.
    let ground = tempfile::tempdir().unwrap();
    std::fs::set_permissions(ground.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let socket = ground.path().join("socket");
    let listens = "import socket, sys\ns = socket.socket(socket.AF_UNIX)\ns.bind(sys.argv[1])\ns.listen()\n\
                   while True:\n    c, _ = s.accept()\n    print('asked', flush=True)\n    c.close()\n";
    let mut listener = std::process::Command::new("setpriv")
        .args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "python3", "-c", listens])
        .arg(&socket)
        .spawn()
        .unwrap();
    while !socket.exists() {
        std::thread::sleep(Duration::from_millis(20));
    }
    // The new owner looks as if the socket was replaced after the check of its owner.
    std::os::unix::fs::chown(&socket, Some(0), Some(0)).unwrap();
    let ran = world.awsesame(&["env", "-p", "alice"]).env("AWSESAME_BROKER", &socket).run().exits(1);
    listener.kill().unwrap();
    listener.wait().unwrap();
    assert!(ran.stderr.contains("the program behind it belongs to another user (uid 65534)"), "{ran}");
}
