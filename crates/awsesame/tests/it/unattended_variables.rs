//! Tests a web identity that only the environment defines, as in a pod of Kubernetes. It is used in the AWS CLI's order
//! of precedence.

use std::path::PathBuf;

use crate::need::need;
use crate::ran::Ran;
use crate::run::Run;
use crate::sources::Tools;
use crate::unattended::{MAIN, world as with_tokens, writes_token};
use crate::world::World;

const ROLE: &str = "arn:aws:iam::123456789012:role/pipeline";

/// A pod: a token, a role, and no file of AWS's.
struct Pod {
    world: World,
    tools: Tools,
}

impl Pod {
    fn new() -> Self {
        let tools = Tools::new();
        let world = with_tokens(&tools);
        for file in [".aws/config", ".aws/credentials"] {
            std::fs::remove_file(world.path(file)).unwrap();
        }
        let pod = Self { world, tools };
        pod.writes_token();
        pod
    }

    fn writes_token(&self) {
        writes_token(&self.world, &self.tools, MAIN, 600);
    }

    fn token(&self) -> PathBuf {
        self.tools.path("token")
    }

    /// Returns a program with the variables that Kubernetes sets.
    fn gives<'w>(&'w self, run: Run<'w>) -> Run<'w> {
        run.env("AWS_WEB_IDENTITY_TOKEN_FILE", self.token())
            .env("AWS_ROLE_ARN", ROLE)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ENDPOINT_URL", self.world.url())
            .reveals_credentials()
    }

    fn awsesame(&self, arguments: &[&str]) -> Run<'_> {
        self.gives(self.world.awsesame(arguments))
    }

    fn shown(&self) -> usize {
        self.world.sandbox().count("AssumeRoleWithWebIdentity")
    }
}

fn key(ran: &Ran) -> String {
    ran.json()["AccessKeyId"].as_str().unwrap().to_owned()
}

#[test]
fn web_identity_of_the_environment_alone_is_served_and_renewed() {
    let pod = Pod::new();
    let login = pod.awsesame(&["login"]).run().ok();
    assert!(
        login
            .stderr
            .starts_with("awsesame: logged in as role pipeline, account 123456789012 (profile `default`)"),
        "{login}"
    );
    let first = key(&pod.awsesame(&["process"]).run().ok());
    pod.awsesame(&["check"]).run().ok();
    assert_eq!(pod.shown(), 1, "one token is shown once");
    let explained = pod.awsesame(&["explain"]).run().ok();
    assert!(explained.stdout.contains(", by AWS_WEB_IDENTITY_TOKEN_FILE"), "{explained}");
    pod.awsesame(&["login", "--max-age", "1h"]).run().exits(1);

    pod.world.pass(3000);
    pod.writes_token();
    assert_ne!(key(&pod.awsesame(&["process"]).run().ok()), first);
    assert_eq!(pod.shown(), 2);

    // Another role is another session, and without the variables there is none.
    let other = pod.awsesame(&["process"]).env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/none").run();
    other.fails(
        1,
        "the role `arn:aws:iam::123456789012:role/none` does not trust the web identity of profile `default`, or does not exist",
        "compare its trust policy with the claims of the token: aws iam get-role --role-name none",
    );
    pod.world.awsesame(&["process"]).run().exits(1);
    assert_eq!(pod.shown(), 3);
    // If one half is missing, the error names it.
    pod.awsesame(&["process"]).env("AWS_ROLE_ARN", "").run().fails(
        1,
        "the environment has `AWS_WEB_IDENTITY_TOKEN_FILE`, but `AWS_ROLE_ARN` is not set",
        "name the role: export AWS_ROLE_ARN=arn:aws:iam::ACCOUNT:role/NAME",
    );
    std::fs::remove_file(pod.token()).unwrap();
    pod.awsesame(&["login", "--force"]).run().exits(1);
}

#[test]
fn shell_that_has_the_keys_gets_new_ones_of_the_same_web_identity() {
    let pod = Pod::new();
    let script = "eval \"$(awsesame env)\"; echo $AWS_ACCESS_KEY_ID; sleep 0.1; eval \"$(awsesame env)\"; echo $AWS_ACCESS_KEY_ID
        awsesame login --force 2>/dev/null; eval \"$(awsesame env)\"; echo $AWS_ACCESS_KEY_ID
        echo $AWS_ROLE_ARN";
    let ran = pod.gives(pod.world.program("bash")).args(&["-euc", script]).run().ok();
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!((lines.len(), lines[0], lines[3]), (4, lines[1], ROLE), "{ran}");
    assert_ne!(lines[2], lines[0], "{ran}");
    assert_eq!(pod.shown(), 2);
}

#[test]
fn profile_that_is_named_to_awsesame_counts_before_the_variables_as_with_the_aws_cli() {
    let pod = Pod::new();
    let role = |name: &str| format!("role_arn = arn:aws:iam::123456789012:role/{name}\n");
    let common = "region = us-east-1\nendpoint_url = {URL}\n";
    pod.world.config(&format!(
        "[profile signed-in]\n{common}login_session = arn:aws:iam::123456789012:user/erin\n\n\
         [profile deploy]\n{common}{}source_profile = signed-in\n",
        role("deploy")
    ));
    pod.awsesame(&["process", "-p", "signed-in"]).run().exits(3);
    pod.awsesame(&["process"]).env("AWSESAME_PROFILE", "signed-in").run().exits(3);
    assert_eq!(pod.shown(), 0);
    // The profile of `AWS_PROFILE` comes after them, but not a role that it assumes from another source.
    pod.awsesame(&["process"]).env("AWS_PROFILE", "signed-in").run().ok();
    pod.awsesame(&["process"]).env("AWS_PROFILE", "deploy").run().exits(3);
    assert_eq!(pod.shown(), 1);
    // It must not be stored for a command that names the profile.
    pod.awsesame(&["process", "-p", "signed-in"]).run().exits(3);
}

#[test]
fn broker_renews_a_web_identity_of_the_environment_and_a_process_cannot() {
    if !need("curl") {
        return;
    }
    let pod = Pod::new();
    let asks = "curl -s -H \"Authorization: $(cat $AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE)\" $AWS_CONTAINER_CREDENTIALS_FULL_URI";
    // The broker reads a clock that runs.
    pod.world.pass(1);
    let first = key(&pod.awsesame(&["exec", "--via", "broker", "--", "sh", "-c", asks]).run().ok());
    let variables = "echo $AWS_CONTAINER_CREDENTIALS_FULL_URI $AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE; \
                     echo ${AWS_WEB_IDENTITY_TOKEN_FILE-unset}";
    let ran = pod.awsesame(&["exec", "--via", "broker", "--", "sh", "-c", variables]).run().ok();
    let (where_to, rest) = ran.stdout.split_once('\n').unwrap();
    assert_eq!(rest, "unset\n");
    let (url, token) = where_to.split_once(' ').unwrap();
    pod.world.pass(3000);
    pod.writes_token();
    let ask = || {
        let authorization = format!("Authorization: {}", std::fs::read_to_string(token).unwrap().trim());
        key(&pod
            .world
            .program("curl")
            .args(&["-s", "-H", &authorization, url])
            .reveals_credentials()
            .run()
            .ok())
    };
    let renewed = (0..500).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        ask() != first
    });
    assert!(renewed, "the broker did not renew it");
    assert_eq!(pod.shown(), 2);
    pod.awsesame(&["exec", "--via", "process", "--", "true"]).run().fails(
        1,
        "`--via process` needs a profile, and none is named",
        "name a profile: awsesame login -p NAME",
    );
}
