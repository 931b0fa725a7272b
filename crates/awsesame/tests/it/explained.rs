//! Compares what `explain` says about AWS's clients with the clients themselves. Each client runs in a table of
//! environments, and the key that reaches the sandbox must be the one that `explain` named. Programs that use the SDKs
//! for Go and Java skip the cases that name a profile.

mod cases;

use std::path::PathBuf;
use std::time::Duration;

use self::cases::{CASES, Case};
use crate::long::is_long;
use crate::machine::server;
use crate::need::{need, npm, skip};
use crate::run::Run;
use crate::world::World;

/// Keys that nobody has: whether they are any good is not the question.
const PROCESS: &str = "AKIAPROCESS000000000";
const CONTAINER: &str = "ASIACONTAINER0000000";

impl Case {
    /// Returns a run with this environment.
    fn set<'w>(&self, run: Run<'w>, world: &World, container: &str) -> Run<'w> {
        let set = |run: Run<'w>, (name, value): &(&str, &str)| {
            run.env(name, value.replace("{CONTAINER}", container))
        };
        self.variables
            .iter()
            .fold(run, set)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ENDPOINT_URL", world.url())
            .env("AWS_REGION", "us-east-1")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_MAX_ATTEMPTS", "1")
            .limit(Duration::from_mins(2))
    }

    /// Returns the key that `explain` predicts for a client, if any.
    fn foretold(&self, world: &World, container: &str, client: &str) -> Option<String> {
        let flag: Vec<&str> = self.asked.map_or_else(Vec::new, |profile| vec!["-p", profile]);
        let explain = world.awsesame(&["explain", "--json"]).args(&flag);
        let said = self.set(explain, world, container).run().ok().says("").json();
        let all = said["clients"].as_array().unwrap();
        let one = all.iter().find(|one| one["client"] == client).unwrap();
        let uses = &one["uses"];
        assert_eq!(uses.is_null(), one["fails"].is_string(), "{one}");
        match uses["kind"].as_str()? {
            "process" => Some(PROCESS.to_owned()),
            "container" => Some(CONTAINER.to_owned()),
            _ => Some(uses["access_key_id"].as_str().unwrap().to_owned()),
        }
    }
}

const BOTO3: &str = "\
import sys, boto3
profile = sys.argv[1] if len(sys.argv) > 1 else None
boto3.Session(profile_name=profile).client('sts').get_caller_identity()";

const JAVASCRIPT: &str = "\
const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts');
const profile = process.argv[1];
new STSClient(profile ? { profile } : {}).send(new GetCallerIdentityCommand({}));";

/// Runs a client over the whole table. `run` starts it with the given profile.
fn foretells(client: &str, roles: bool, run: impl for<'w> Fn(&'w World, Option<&str>) -> Run<'w>) {
    let credentials = |key: &str, token: &str| {
        serde_json::json!({
            "Version": 1, "AccessKeyId": key, "SecretAccessKey": "nobody-knows", token: "t",
            "Expiration": "2099-01-01T00:00:00Z",
        })
        .to_string()
    };
    let at_container = credentials(CONTAINER, "Token");
    let container = server(move |_, _| Some(at_container.clone())) + "/v1";
    let world = World::new();
    world.write("answer.json", &credentials(PROCESS, "SessionToken"));
    let process = format!("cat {}", world.path("answer.json").display());
    let (mut wrong, mut met) = (Vec::new(), 0);
    let takes_profiles = !["go", "java"].iter().any(|language| client.starts_with(language));
    let asks = ["aws-cli", "boto3"].iter().any(|tool| client.starts_with(tool));
    let told = |case: &&Case| (case.asked.is_none() || takes_profiles) && !(case.asks && asks);
    for case in CASES.iter().filter(|case| roles || !case.role).filter(told) {
        world.config(&case.config.replace("{PROCESS}", &process));
        world.write_private(".aws/credentials", &case.credentials.replace("{PROCESS}", &process));
        let foretold = case.foretold(&world, &container, client);
        let before = world.sandbox().log().len();
        let ran = case.set(run(&world, case.asked), &world, &container).run();
        let seen = world.sandbox().log()[before..].first().map(|call| call.access_key.clone().unwrap());
        met += usize::from(seen.is_some());
        if seen != foretold {
            wrong.push(format!("{}: seen {seen:?}, foretold {foretold:?}: {ran}", case.name));
        }
    }
    assert!(met > 10, "{client}: only {met} calls came");
    assert!(wrong.is_empty(), "{client}:\n{}", wrong.join("\n"));
}

/// Returns the AWS CLI of a version, if it is in the PATH.
fn aws_cli(world: &World, version: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap();
    let mut places =
        std::env::split_paths(&path).map(|folder| folder.join("aws")).filter(|file| file.is_file());
    places.find(|file| {
        let ran = world.program(file).args(&["--version"]).run();
        ran.stdout.starts_with(&format!("aws-cli/{version}."))
    })
}

fn aws_cli_is_foretold(client: &str, version: &str, roles: bool) {
    let name = format!("aws (version {version})");
    let Some(program) = aws_cli(&World::new(), version) else { return skip(&name, "not on PATH") };
    foretells(client, roles, |world, asked| {
        let url = world.url();
        let run = world.program(&program).args(&["--endpoint-url", &url, "sts", "get-caller-identity"]);
        asked.map(|profile| ["--profile", profile]).iter().fold(run, |run, flag| run.args(flag))
    });
}

#[test]
fn the_aws_cli_of_version_1_takes_what_is_foretold() {
    aws_cli_is_foretold("aws-cli-v1", "1", true);
}

#[test]
fn the_aws_cli_of_version_2_takes_what_is_foretold() {
    aws_cli_is_foretold("aws-cli-v2", "2", false);
}

#[test]
fn boto3_takes_what_is_foretold() {
    if !need("python3") {
        return;
    }
    foretells("boto3", true, |world, asked| {
        world.program("python3").args(&["-c", BOTO3]).args(asked.as_slice())
    });
}

#[test]
fn the_sdk_for_javascript_takes_what_is_foretold() {
    if !need("node") {
        return;
    }
    let Some(modules) = npm("@aws-sdk/client-sts") else {
        return skip("@aws-sdk/client-sts", "not installed");
    };
    foretells("javascript", true, |world, asked| {
        world
            .program("node")
            .args(&["-e", JAVASCRIPT, "--"])
            .args(asked.as_slice())
            .env("NODE_PATH", &modules)
    });
}

/// Tests a program of ours that calls one SDK, which asks for its identity once. `roles` says whether the SDK can also
/// use the sandbox for assuming roles.
fn program_is_foretold(client: &str, program: &str, roles: bool) {
    if !need(program) {
        return;
    }
    foretells(client, roles, |world, asked| {
        assert_eq!(asked, None);
        let java = format!("-Duser.home={}", world.home().display());
        world.program(program).stdin("\n").env("JAVA_TOOL_OPTIONS", java)
    });
}

#[test]
fn the_sdk_for_go_takes_what_is_foretold() {
    program_is_foretold("go", "awsesame-client-go-v2", false);
}

#[test]
fn the_older_sdk_for_go_takes_what_is_foretold() {
    if is_long() {
        program_is_foretold("go-v1", "awsesame-client-go-v1", false);
    }
}

#[test]
fn the_sdk_for_java_takes_what_is_foretold() {
    if is_long() {
        program_is_foretold("java", "awsesame-client-java-v2", true);
    }
}

#[test]
fn the_older_sdk_for_java_takes_what_is_foretold() {
    if is_long() {
        program_is_foretold("java-v1", "awsesame-client-java-v1", false);
    }
}
