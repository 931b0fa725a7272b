//! Tests roles that are assumed with the credentials of a container's endpoint or an instance's metadata. Each is a
//! small server that is as strict as the real one.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use crate::world::World;

/// Starts a server whose answers a script chooses by the request line and the headers.
pub(crate) fn server(answer: impl Fn(&str, &str) -> Option<String> + Send + 'static) -> String {
    server_at("127.0.0.1:0", answer)
}

/// Starts the same server at a given address.
pub(crate) fn server_at(at: &str, answer: impl Fn(&str, &str) -> Option<String> + Send + 'static) -> String {
    let listener = TcpListener::bind(at).expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut reader = BufReader::new(stream.try_clone().expect("a copy"));
            let (mut line, mut headers) = (String::new(), String::new());
            let _ = reader.read_line(&mut line);
            loop {
                let mut header = String::new();
                if reader.read_line(&mut header).is_err() || header.trim().is_empty() {
                    break;
                }
                headers += &header.to_lowercase();
            }
            let (status, body) = match answer(line.trim(), &headers) {
                Some(body) => ("200 OK", body),
                None => ("401 Unauthorized", String::new()),
            };
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    address
}

/// Credentials as a container or an instance has them: a session that may assume roles.
fn body(world: &World) -> String {
    world.log_in("alice");
    let process = world.awsesame(&["process", "-p", "alice"]).reveals_credentials().run().ok().json();
    let text = |name: &str| process[name].as_str().expect("it is there").to_owned();
    serde_json::json!({
        "Code": "Success",
        "AccessKeyId": text("AccessKeyId"),
        "SecretAccessKey": text("SecretAccessKey"),
        "Token": text("SessionToken"),
        "Expiration": text("Expiration"),
    })
    .to_string()
}

fn world(source: &str) -> World {
    let world = World::new();
    let url = world.url();
    world.append_config(&format!(
        "[profile own]\nregion = us-east-1\nendpoint_url = {url}\n\
         role_arn = arn:aws:iam::123456789012:role/deploy\ncredential_source = {source}\n"
    ));
    world
}

#[test]
fn role_is_assumed_with_a_containers_credentials() {
    let world = world("EcsContainer");
    let body = body(&world);
    let url = server(move |line, headers| {
        let known = line == "GET /creds HTTP/1.1" && headers.contains("authorization: sesame-token\r\n");
        known.then(|| body.clone())
    });
    world.write_private("token", "sesame-token");
    let run = |arguments: &[&str]| {
        world
            .awsesame(arguments)
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{url}/creds"))
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", world.path("token"))
            // The file comes first.
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "another")
            .env("HTTP_PROXY", "http://127.0.0.1:9")
    };
    let login = world
        .awsesame(&["login", "-p", "own"])
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{url}/creds"))
        .env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", world.path("token"))
        .run()
        .ok();
    assert!(
        login.stderr.starts_with("awsesame: logged in as role deploy, account 123456789012 (profile `own`)"),
        "{login}"
    );
    let status = world.awsesame(&["status", "-p", "own", "--json"]).run().ok().json();
    assert_eq!((&status[0]["kind"], &status[0]["mfa_at"]), (&"role".into(), &serde_json::Value::Null));
    // A session that is ready does not need the container.
    world.awsesame(&["check", "-p", "own"]).run().ok();
    run(&["login", "-p", "own", "--max-age", "1h"]).run().fails(
        1,
        "profile `own` has the machine's own credentials (EcsContainer), which have no MFA",
        "leave out --max-age: awsesame login -p own",
    );
}

#[test]
fn wrong_token_and_other_answers_are_told() {
    let world = world("EcsContainer");
    let url = server(|_, headers| headers.contains("authorization: right").then(|| "<html>".to_owned()));
    for (token, why) in [("wrong", "it answers with HTTP 401"), ("right", "its answer has no credentials")] {
        let run = world
            .awsesame(&["login", "-p", "own"])
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &url)
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", token);
        run.run().fails(
            1,
            &format!("`{url}` (EcsContainer) gave no credentials: {why}"),
            &format!("see whether it answers: curl -sSI --max-time 10 {url}"),
        );
    }
    world.awsesame(&["login", "-p", "own"]).run().fails(
        1,
        "the environment does not name a container's credentials: AWS_CONTAINER_CREDENTIALS_FULL_URI is not set",
        "see what the container has: env | grep AWS_CONTAINER_CREDENTIALS",
    );
    world.write_private("token", "two\nlines");
    let split = world
        .awsesame(&["login", "-p", "own"])
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &url)
        .env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", world.path("token"))
        .run()
        .exits(1);
    assert!(split.stderr.contains("the authorization token has a line's end in it"), "{split}");
    let far = world
        .awsesame(&["login", "-p", "own"])
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/")
        .run()
        .exits(1);
    assert!(far.stderr.contains("without TLS only loopback and AWS's own addresses are asked"), "{far}");
}

#[test]
fn our_own_broker_is_not_used_as_a_container_endpoint() {
    let world = world("EcsContainer");
    world.write_private(".local/state/awsesame/broker/port", "15999\n");
    let looped = world
        .awsesame(&["login", "-p", "own"])
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:15999/v1/credentials/own")
        .run()
        .exits(1);
    assert!(looped.stderr.contains("it is awsesame's own broker, which would ask us"), "{looped}");
}

#[test]
fn role_is_assumed_with_an_instances_credentials() {
    let world = world("Ec2InstanceMetadata");
    let body = body(&world);
    let url = server(move |line, headers| {
        let known = headers.contains("x-aws-ec2-metadata-token: imds-token\r\n");
        match line {
            "PUT /latest/api/token HTTP/1.1" => {
                headers.contains("x-aws-ec2-metadata-token-ttl-seconds: ").then(|| "imds-token".into())
            }
            "GET /latest/meta-data/iam/security-credentials/ HTTP/1.1" => {
                known.then(|| "web-server\n".into())
            }
            "GET /latest/meta-data/iam/security-credentials/web-server HTTP/1.1" => {
                known.then(|| body.clone())
            }
            _ => None,
        }
    });
    let run = || world.awsesame(&["login", "-p", "own"]).env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url);
    run().env("AWS_EC2_METADATA_DISABLED", "true").run().fails(
        1,
        &format!(
            "`{url}` (Ec2InstanceMetadata) gave no credentials: AWS_EC2_METADATA_DISABLED says not to ask"
        ),
        &format!("see whether it answers: curl -sSI --max-time 10 {url}"),
    );
    let login = run().run().ok();
    assert!(login.stderr.starts_with("awsesame: logged in as role deploy, account 123456789012"), "{login}");
}

#[test]
fn machine_without_metadata_is_told_soon() {
    let world = world("Ec2InstanceMetadata");
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", nobody.local_addr().expect("an address"));
    drop(nobody);
    let away =
        world.awsesame(&["login", "-p", "own"]).env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url).run().exits(1);
    assert!(
        away.stderr.starts_with(&format!(
            "error: `{url}/latest/api/token` (Ec2InstanceMetadata) gave no credentials: "
        )),
        "{away}"
    );
    assert!(away.stderr.contains("connection refused"), "{away}");
    for far in ["http://192.0.2.1", "http://metadata.example"] {
        let run = world.awsesame(&["login", "-p", "own"]).env("AWS_EC2_METADATA_SERVICE_ENDPOINT", far);
        run.run().fails(
            1,
            &format!(
                "`{far}` (Ec2InstanceMetadata) gave no credentials: without TLS only loopback and AWS's own \
                 addresses are asked"
            ),
            &format!("see whether it answers: curl -sSI --max-time 10 {far}"),
        );
    }
}
