//! What `explain` says of AWS's clients, held against the clients themselves: each is run
//! over a table of environments, and the key that reaches the sandbox is the one that was
//! foretold. Go is not among them: its rules are the published ones.

use std::path::PathBuf;
use std::time::Duration;

use crate::machine::server;
use crate::need::{need, npm, skip};
use crate::run::Run;
use crate::world::World;

/// Keys that nobody has: whether they are any good is not the question.
const PROCESS: &str = "AKIAPROCESS000000000";
const CONTAINER: &str = "ASIACONTAINER0000000";

/// One environment.
struct Case {
    name: &'static str,
    /// The profile that the client is told by itself.
    asked: Option<&'static str>,
    variables: &'static [(&'static str, &'static str)],
    config: &'static str,
    credentials: &'static str,
    /// Whether a role is assumed, which Debian's AWS CLI does at AWS only.
    role: bool,
}

const PLAIN: Case = Case { name: "", asked: None, variables: &[], config: "", credentials: "", role: false };

const ENV: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT00000"), ("AWS_SECRET_ACCESS_KEY", "nobody-knows")];
const FILES: &str = "\
[default]
aws_access_key_id = AKIADEFAULT000000000
aws_secret_access_key = nobody-knows
[dev]
aws_access_key_id = AKIADEV0000000000000
aws_secret_access_key = nobody-knows
";
const PROCESSES: &str = "\
[default]
credential_process = {PROCESS}
[profile asks]
credential_process = {PROCESS}
[profile both]
aws_access_key_id = AKIABOTH000000000000
aws_secret_access_key = nobody-knows
credential_process = {PROCESS}
";
const ROLES: &str = "\
[profile ops]
role_arn = arn:aws:iam::123456789012:role/ops
source_profile = dev
[profile own]
role_arn = arn:aws:iam::123456789012:role/own
source_profile = own
aws_access_key_id = AKIAOWN0000000000000
aws_secret_access_key = nobody-knows
[profile alone]
role_arn = arn:aws:iam::123456789012:role/alone
aws_access_key_id = AKIAALONE00000000000
aws_secret_access_key = nobody-knows
[profile lost]
role_arn = arn:aws:iam::123456789012:role/lost
source_profile = gone
[profile round]
role_arn = arn:aws:iam::123456789012:role/round
source_profile = trip
[profile trip]
role_arn = arn:aws:iam::123456789012:role/trip
source_profile = round
[profile named]
role_arn = arn:aws:iam::123456789012:role/named
credential_source = Environment
";

const CASES: &[Case] = &[
    Case { name: "the default profile", credentials: FILES, ..PLAIN },
    Case {
        name: "a profile by its variable",
        variables: &[("AWS_PROFILE", "dev")],
        credentials: FILES,
        ..PLAIN
    },
    Case {
        name: "a profile by the older variable",
        variables: &[("AWS_DEFAULT_PROFILE", "dev")],
        credentials: FILES,
        ..PLAIN
    },
    Case {
        name: "both variables",
        variables: &[("AWS_PROFILE", "dev"), ("AWS_DEFAULT_PROFILE", "default")],
        credentials: FILES,
        ..PLAIN
    },
    Case { name: "keys in the environment", variables: &ENV, credentials: FILES, ..PLAIN },
    Case {
        name: "keys and a profile",
        variables: &[ENV[0], ENV[1], ("AWS_PROFILE", "dev")],
        credentials: FILES,
        ..PLAIN
    },
    Case {
        name: "keys and the older variable",
        variables: &[ENV[0], ENV[1], ("AWS_DEFAULT_PROFILE", "dev")],
        credentials: FILES,
        ..PLAIN
    },
    Case {
        name: "keys and a profile by hand",
        asked: Some("dev"),
        variables: &ENV,
        credentials: FILES,
        ..PLAIN
    },
    Case {
        name: "keys and a profile that is nowhere",
        variables: &[ENV[0], ENV[1], ("AWS_PROFILE", "gone")],
        credentials: FILES,
        ..PLAIN
    },
    Case { name: "half a key", variables: &[ENV[0]], credentials: FILES, ..PLAIN },
    Case { name: "an empty profile", variables: &[("AWS_PROFILE", "")], credentials: FILES, ..PLAIN },
    Case { name: "empty keys", variables: &[("AWS_ACCESS_KEY_ID", "")], credentials: FILES, ..PLAIN },
    Case { name: "a process beside keys", config: PROCESSES, credentials: FILES, ..PLAIN },
    Case { name: "a process alone", variables: &[("AWS_PROFILE", "asks")], config: PROCESSES, ..PLAIN },
    Case {
        name: "a process and keys in one file",
        variables: &[("AWS_PROFILE", "both")],
        config: PROCESSES,
        ..PLAIN
    },
    Case {
        name: "an endpoint alone",
        variables: &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "{CONTAINER}")],
        ..PLAIN
    },
    Case {
        name: "an endpoint beside a default profile",
        variables: &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "{CONTAINER}")],
        credentials: FILES,
        ..PLAIN
    },
    Case {
        name: "an endpoint beside keys",
        variables: &[ENV[0], ENV[1], ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "{CONTAINER}")],
        ..PLAIN
    },
    Case {
        name: "an endpoint and a profile that is nowhere",
        variables: &[("AWS_PROFILE", "gone"), ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "{CONTAINER}")],
        credentials: FILES,
        ..PLAIN
    },
    Case { name: "nothing at all", ..PLAIN },
    Case {
        name: "a role",
        variables: &[("AWS_PROFILE", "ops")],
        config: ROLES,
        credentials: FILES,
        role: true,
        ..PLAIN
    },
    Case {
        name: "a role of its own keys",
        variables: &[("AWS_PROFILE", "own")],
        config: ROLES,
        role: true,
        ..PLAIN
    },
    Case {
        name: "a role without a source",
        variables: &[("AWS_PROFILE", "alone")],
        config: ROLES,
        role: true,
        ..PLAIN
    },
    Case {
        name: "a role with a lost source",
        variables: &[("AWS_PROFILE", "lost")],
        config: ROLES,
        role: true,
        ..PLAIN
    },
    Case {
        name: "roles in a circle",
        variables: &[("AWS_PROFILE", "round")],
        config: ROLES,
        role: true,
        ..PLAIN
    },
    Case {
        name: "a role on the environment's keys, by hand",
        asked: Some("named"),
        variables: &ENV,
        config: ROLES,
        role: true,
        ..PLAIN
    },
    Case {
        name: "a role on keys that are not there",
        variables: &[("AWS_PROFILE", "named")],
        config: ROLES,
        role: true,
        ..PLAIN
    },
];

impl Case {
    /// A run with this environment.
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

    /// What `explain` says of a client: the key that will be seen, if any.
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

/// Runs a client over the whole table. `run` starts it, with the profile that it is told.
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
    for case in CASES.iter().filter(|case| roles || !case.role) {
        world.config(&case.config.replace("{PROCESS}", &process));
        world.write_private(".aws/credentials", case.credentials);
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

/// The AWS CLI of a version, wherever in the PATH it is.
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
