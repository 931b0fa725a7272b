//! Cases with faults in the answers of AWS and on the way to AWS.

use std::io::{Read, Write};
use std::net::TcpListener;

use awsesame_sandbox::{Fault, Fixture, Options};

use super::{Case, case, logged_in, odd, program, settings, spare_code};
use crate::world::World;

/// Orders the same answer as often as the case is run.
fn answers(world: &World, action: &str, status: u16, code: &str, words: &str) {
    world.sandbox().fail_next(action, Fault::Status(status, code.into(), words.into()));
}

/// Starts a server on loopback that gives every request this answer, as long as the test lasts.
fn server(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

fn ambient(world: &World) {
    odd(world, "role_arn = arn:aws:iam::123456789012:role/deploy\ncredential_source = EcsContainer");
}

fn with_a_web_identity() -> World {
    let world = World::of(&Fixture::with_browser(), Options::default());
    odd(&world, "role_arn = arn:aws:iam::123456789012:role/pipeline\nweb_identity_token_file = ~/token");
    world.change_config("~/token", &world.path("token").display().to_string());
    world
}

fn with_a_program(world: &World, script: &str) {
    program(world, "gives", script);
    odd(world, &format!("credential_process = {}", world.path("bin/gives").display()));
}

pub(super) const CASES: &[Case] = &[
    case("key_rejected", "awsesame login alice 123456").after(|world| {
        let wrong = world.read(".aws/credentials").replace("AKIAIOSALICE7EXAMPLE", "AKIAIOSNOBODYEXAMPLE");
        world.write_private(".aws/credentials", &wrong);
    }),
    case("secret_rejected", "awsesame login alice 123456").after(|world| {
        let wrong = world.read(".aws/credentials").replace("aliceKeyEXAMPLEKEY", "wrongKeyEXAMPLEKEY");
        world.write_private(".aws/credentials", &wrong);
    }),
    case("session_inherited", "awsesame login alice $(cat code)").after(|world| {
        spare_code(world);
        let words = "Cannot call GetSessionToken with session credentials";
        answers(world, "GetSessionToken", 403, "AccessDenied", words);
    }),
    case("session_rejected", "awsesame env deploy").after(|world| {
        logged_in(world);
        let words = "The security token included in the request is expired";
        answers(world, "AssumeRole", 403, "ExpiredToken", words);
    }),
    case("chaining", "awsesame env deploy").after(|world| {
        logged_in(world);
        let words = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
        answers(world, "AssumeRole", 400, "ValidationError", words);
    }),
    case("duration_out_of_range", "awsesame login alice --duration 40h 123456"),
    case("role_denied", "awsesame env odd").after(|world| {
        logged_in(world);
        odd(world, "role_arn = arn:aws:iam::123456789012:role/nobody\nsource_profile = alice");
    }),
    case("terms_refused", "awsesame env deploy").after(|world| {
        logged_in(world);
        let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Maybe"}}"#;
        settings(world, &format!("[profile.deploy]\nrole.policy = '{policy}'\n"));
    }),
    case("denied", "awsesame mfa list -p alice").after(|world| {
        logged_in(world);
        answers(world, "ListMFADevices", 403, "AccessDenied", "User: x is not authorized");
    }),
    case("aws", "awsesame login alice $(cat code)").after(|world| {
        spare_code(world);
        answers(world, "GetSessionToken", 400, "Unheard", "try something else");
    }),
    case("throttled", "awsesame login alice $(cat code)").after(|world| {
        spare_code(world);
        world.sandbox().fail_next("GetSessionToken", Fault::Throttle);
    }),
    case("no_network", "AWS_ENDPOINT_URL=http://127.0.0.1:1 awsesame login alice 123456"),
    case("not_aws", "awsesame login alice 123456").after(|world| {
        let page = server(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 20\r\nConnection: close\r\n\r\n<html>Sign in</html>",
        );
        world.config(&world.read(".aws/config").replace(&world.url(), &format!("http://{page}")));
    }),
    case("no_tls", "awsesame login alice 123456").after(|world| {
        let url = world.url();
        world.config(&world.read(".aws/config").replace(&url, &url.replace("http://", "https://")));
    }),
    case("ca_bundle", "AWS_ENDPOINT_URL=https://127.0.0.1:1 AWS_CA_BUNDLE=/nowhere awsesame login alice 123456"),
    case("proxy", "AWS_ENDPOINT_URL=https://127.0.0.2:1 awsesame login alice 123456"),
    case("proxy_login", "AWS_ENDPOINT_URL=https://127.0.0.2:1 HTTPS_PROXY=http://$(proxy) awsesame login alice 123456")
        .after(|world| {
            let answer =
                "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            program(world, "proxy", &format!("echo {}\n", server(answer)));
        }),
    case("no_container", "awsesame login odd").after(ambient),
    case("container_address", "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://192.0.2.1/x awsesame login odd")
        .after(ambient),
    case("machine_silent", "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:1/x awsesame login odd")
        .after(ambient),
    case("no_mfa_here", "awsesame login odd --max-age 1h").after(ambient),
    case("no_key_printed", "awsesame login odd 123456").after(|world| {
        with_a_program(world, "exit 3\n");
        world.append_config("mfa_serial = arn:aws:iam::123456789012:mfa/alice\n");
    }),
    case("source_no_session_printed", "awsesame env odd").after(|world| with_a_program(world, "exit 3\n")),
    case("source_key_without_device", "awsesame login odd").after(|world| {
        with_a_program(world, "echo '{\"Version\":1,\"AccessKeyId\":\"AKIAIOSALICE7EXAMPLE\",\"SecretAccessKey\":\"x\"}'\n");
    }),
    case("source_no_token_in_file", "awsesame login odd").in_world(with_a_web_identity),
    case("source_no_token_printed", "awsesame login odd").after(|world| {
        odd(world, "role_arn = arn:aws:iam::123456789012:role/deploy\nweb_identity_token_process = false");
    }),
    case("source_token_refused", "awsesame login odd").in_world(with_a_web_identity).after(|world| {
        world.write("token", "not.a.token\n");
    }),
    case("source_not_trusted", "awsesame login odd").in_world(with_a_web_identity).after(|world| {
        let fork = "repo:sesame/fork:ref:refs/heads/main";
        let token =
            world.sandbox().web_identity_token("token.ci.example", fork, "sts.amazonaws.com", 600);
        world.write("token", &token);
    }),
    case("source_mfa_unknown", "awsesame login odd --max-age 1h").in_world(with_a_web_identity),
];
