//! Tests that AWS's own SDKs read the files of `login --publish`: they use the credentials, refresh them with the
//! stored key, and use the refreshed ones. `logout` deletes the files.

use std::path::PathBuf;

use crate::browser::{opened, pages, sign_in, with_browser};
use crate::console_login;
use crate::need::{need, npm, skip};
use crate::portal;
use crate::run::Run;
use crate::world::World;

const BOTO3: &str = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])";
const JAVASCRIPT: &str = "const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts');\
    new STSClient({}).send(new GetCallerIdentityCommand({})).then((who) => console.log(who.Arn));";

/// A client, and for how long a token must still live so that it refreshes it, in seconds: Go asks only after the end.
#[derive(Debug, Clone, Copy)]
enum Client {
    Boto3,
    JavaScript,
    Go,
}

impl Client {
    /// Returns the clients that are installed.
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        if need("python3") {
            all.push(Self::Boto3);
        }
        match npm("@aws-sdk/client-sts") {
            Some(_) if need("node") => all.push(Self::JavaScript),
            Some(_) => {}
            None => skip("@aws-sdk/client-sts", "not installed"),
        }
        if need("awsesame-client-go-v2") {
            all.push(Self::Go);
        }
        all
    }

    fn left_when_due(self) -> i64 {
        if matches!(self, Self::Go) { -60 } else { 200 }
    }

    /// Asks who it is, as a profile, with nothing of ours in between.
    fn asks<'w>(self, world: &'w World, profile: &str) -> Run<'w> {
        let run = match self {
            Self::Boto3 => world.program("python3").args(&["-c", BOTO3]),
            Self::JavaScript => {
                let modules = npm("@aws-sdk/client-sts").unwrap();
                world.program("node").args(&["-e", JAVASCRIPT]).env("NODE_PATH", modules)
            }
            Self::Go => world.program("awsesame-client-go-v2").stdin("who\n"),
        };
        let mut run = run.env("AWS_PROFILE", profile).env("AWS_EC2_METADATA_DISABLED", "true");
        for service in ["", "_SIGNIN", "_SSO", "_SSO_OIDC"] {
            run = run.env(format!("AWS_ENDPOINT_URL{service}"), world.url());
        }
        run.spreads_credentials()
    }
}

/// Signs in and publishes; the one file that it writes.
fn publish(world: &World, profile: &str, user: &str, folder: &str) -> PathBuf {
    let before = pages(world);
    let run =
        with_browser(world, world.awsesame(&["login", "-p", profile, "--publish"])).spreads_credentials();
    let running = run.spawn();
    sign_in(world, &opened(world, before + 1), user);
    let ran = running.wait().ok();
    assert!(ran.stderr.contains("published in the clear, for tools that look there: ~/.aws/"), "{ran}");
    let mut files = std::fs::read_dir(world.path(folder)).unwrap().map(|file| file.unwrap().path());
    files.next().unwrap()
}

/// Makes a published file expire in this many seconds, as if time had passed.
fn expires_in(file: &PathBuf, at: &[&str], seconds: i64) {
    let mut text: serde_json::Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let time = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second() + seconds).unwrap();
    let member = at.iter().fold(&mut text, |value, name| &mut value[*name]);
    assert!(member.is_string(), "{at:?}");
    *member = time.to_string().into();
    std::fs::write(file, text.to_string()).unwrap();
}

#[test]
fn sdks_use_and_refresh_a_published_console_session() {
    for client in Client::all() {
        let world = console_login::world();
        let file = publish(&world, "e", "erin", ".aws/login/cache");
        let erin = "arn:aws:iam::123456789012:user/erin\n";
        let tokens = || world.sandbox().count("CreateOAuth2Token");
        client.asks(&world, "e").run().ok().prints(erin);
        assert_eq!(tokens(), 1, "{client:?} uses what is there");
        expires_in(&file, &["accessToken", "expiresAt"], client.left_when_due());
        client.asks(&world, "e").run().ok().prints(erin);
        assert_eq!(tokens(), 2, "{client:?} refreshes it");
        client.asks(&world, "e").run().ok().prints(erin);
        assert_eq!(tokens(), 2, "{client:?} uses what it refreshed");
        // AWS accepts a refresh token once, so our session continues with the token that the client received for it.
        world.pass(640);
        let run = world.awsesame(&["process", "-p", "e"]).reveals_credentials().spreads_credentials();
        let served = run.run().ok().json();
        let theirs: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        assert_eq!(served["AccessKeyId"], theirs["accessToken"]["accessKeyId"], "{client:?}");
        world.pass(640);
        let run = world.awsesame(&["process", "-p", "e"]).reveals_credentials().spreads_credentials();
        assert_ne!(run.run().ok().json()["AccessKeyId"], served["AccessKeyId"], "{client:?}");
        world.awsesame(&["logout", "-p", "e"]).spreads_credentials().run().ok();
        assert!(!file.exists(), "logout takes it away");
        assert_ne!(client.asks(&world, "e").run().code, Some(0), "{client:?} has nothing left");
    }
}

#[test]
fn sdks_use_and_refresh_a_published_token_of_a_portal() {
    for client in Client::all() {
        let world = portal::world();
        world.sandbox().set_token_length(3600);
        let file = publish(&world, "read", "nina", ".aws/sso/cache");
        let is_nina = |ran: crate::ran::Ran| {
            let begin = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_ReadOnly_";
            assert!(ran.stdout.starts_with(begin) && ran.stdout.ends_with("/nina\n"), "{client:?}: {ran}");
        };
        let tokens = || world.sandbox().count("CreateToken");
        is_nina(client.asks(&world, "read").run().ok());
        assert_eq!(tokens(), 1, "{client:?} uses what is there");
        expires_in(&file, &["expiresAt"], client.left_when_due());
        is_nina(client.asks(&world, "read").run().ok());
        assert_eq!(tokens(), 2, "{client:?} refreshes it");
        // Another profile of the same portal, by the same token.
        let ran = client.asks(&world, "admin").run().ok();
        assert!(ran.stdout.contains("/AWSReservedSSO_Admin_"), "{client:?}: {ran}");
        assert_eq!(tokens(), 2, "{client:?} uses what it refreshed");
        // A refresh token is valid once, so our session continues with the token that the client received for it.
        world.pass(3600 + 900);
        let run = world.awsesame(&["process", "-p", "admin"]).reveals_credentials().spreads_credentials();
        run.run().ok();
        assert_eq!(tokens(), 3, "{client:?}: the session goes on");
        world.awsesame(&["logout", "-p", "read"]).spreads_credentials().run().ok();
        assert!(!file.exists(), "logout takes it away");
    }
}
