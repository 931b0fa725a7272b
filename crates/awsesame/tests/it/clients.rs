//! Tests the installed AWS CLI and boto3 with every delivery: they are refused with the bare key, served with a
//! session, and get a hint if there is none.

use std::time::Duration;

use crate::need::need;
use crate::ran::Ran;
use crate::run::Run;
use crate::world::World;

/// The way in which a client gets its credentials.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Way {
    /// `eval` of `awsesame env` in the shell that starts it. Through a variable, because
    /// bash forgets how a command inside the arguments of `eval` has ended.
    Env,
    /// Delivery by `awsesame exec`.
    Exec,
    /// A profile with nothing but a region, an endpoint and a `credential_process`.
    Process,
    /// Files that we made, in which every profile asks us.
    Generated,
}

impl Way {
    pub(crate) const ALL: [Self; 4] = [Self::Env, Self::Exec, Self::Process, Self::Generated];

    /// Returns a bash script that gets the credentials of a profile in this way.
    pub(crate) fn script<'w>(self, world: &'w World, profile: &str, script: &str) -> Run<'w> {
        let bash = ["bash", "--noprofile", "--norc", "-euc"];
        let run = match self {
            Self::Env => {
                let script = format!("exports=\"$(awsesame env -p {profile})\"\neval \"$exports\"\n{script}");
                world.program("bash").args(&bash[1..]).args(&[script])
            }
            Self::Exec => world.awsesame(&["exec", "-p", profile, "--"]).args(&bash).args(&[script]),
            Self::Generated => {
                world.awsesame(&["exec", "--via", "process", "-p", profile, "--"]).args(&bash).args(&[script])
            }
            Self::Process => world
                .program("bash")
                .args(&bash[1..])
                .args(&[script])
                .env("AWS_PROFILE", profile.to_owned() + "-app"),
        };
        // If something fails, no client may look for credentials outside this machine.
        run.env("AWS_EC2_METADATA_DISABLED", "true").limit(Duration::from_mins(2))
    }
}

/// Returns a world in which each of these profiles has another one beside it, without a key, that gets its credentials
/// from it.
pub(crate) fn world_with_apps(profiles: &[&str]) -> World {
    let world = World::new();
    for profile in profiles {
        world.append_config(&format!(
            "[profile {profile}-app]\nregion = us-east-1\nendpoint_url = {{URL}}\n\
             credential_process = awsesame process -p {profile}\n\n"
        ));
    }
    world
}

/// The commands of one client for the same tasks: show the identity, write a file and read it back.
struct Client {
    program: &'static str,
    who: &'static str,
    work: &'static str,
}

const AWS_CLI: Client = Client {
    program: "aws",
    who: "aws sts get-caller-identity --query Arn --output text",
    work: "\
aws s3 ls s3://demo-bucket | awk '{print $3, $4}'
printf 'open\\n' >there.txt
aws s3 cp --quiet there.txt s3://demo-bucket/there.txt
aws s3 cp --quiet s3://demo-bucket/there.txt back.txt
aws s3 rm --quiet s3://demo-bucket/there.txt
cat back.txt",
};
/// Debian's: the second generation, and too old for the broker.
const AWS_CLI_2: Client = Client { program: "/usr/bin/aws", ..AWS_CLI };
const BOTO3: Client = Client {
    program: "python3",
    who: "python3 -c 'import boto3; print(boto3.client(\"sts\").get_caller_identity()[\"Arn\"])'",
    work: "\
python3 - <<'END'
import boto3
s3 = boto3.client('s3')
for found in s3.list_objects_v2(Bucket='demo-bucket')['Contents']:
    print(found['Size'], found['Key'])
s3.put_object(Bucket='demo-bucket', Key='there.txt', Body=b'open\\n')
back = s3.get_object(Bucket='demo-bucket', Key='there.txt')['Body'].read()
s3.delete_object(Bucket='demo-bucket', Key='there.txt')
print(back.decode(), end='')
END",
};

impl Client {
    /// Returns the script. A client without a variable for the endpoint gets it by its flag.
    fn script(&self, world: &World, script: &str) -> String {
        let endpoint = match self.program {
            "python3" => return script.to_owned(),
            program if aws_cli_knows_endpoints(world, program) => String::new(),
            _ => format!(" --endpoint-url {}", world.url()),
        };
        script.replace("aws s", &format!("{}{endpoint} s", self.program))
    }

    fn is_let_in_by_every_way(&self) {
        if !need(self.program) {
            return;
        }
        let world = world_with_apps(&["alice", "deploy"]);
        let (who, work) = (self.script(&world, self.who), self.script(&world, self.work));
        let bare = world.program("bash").args(&["-euc", &work]).env("AWS_PROFILE", "alice");
        let refused = bare.env("AWS_EC2_METADATA_DISABLED", "true").run();
        assert!(refused.code != Some(0) && refused.stderr.contains("AccessDenied"), "{refused}");

        world.log_in("alice");
        for way in Way::ALL {
            let ran = way.script(&world, "alice", &format!("{who}\n{work}")).run().ok().says("");
            ran.prints("arn:aws:iam::123456789012:user/alice\n23 hello.txt\nopen\n");
            let ran = way.script(&world, "deploy", &who).run().ok().says("");
            assert!(
                ran.stdout.starts_with("arn:aws:sts::123456789012:assumed-role/deploy/"),
                "{way:?}: {ran}"
            );
        }
        assert_eq!(world.sandbox().count("GetSessionToken"), 1);
        assert_eq!(world.sandbox().count("AssumeRole"), 1);
    }

    /// Runs it without a session and with nobody to ask.
    fn asks_without_a_session(&self) -> Ran {
        let world = world_with_apps(&["alice"]);
        let who = self.script(&world, self.who);
        for way in [Way::Env, Way::Exec] {
            let ran = way.script(&world, "alice", &who).run();
            ran.fails(3, "profile `alice` has no session", "awsesame login -p alice");
        }
        Way::Process.script(&world, "alice", &who).limit(Duration::from_secs(20)).run()
    }
}

/// Returns true if the AWS CLI reads `AWS_ENDPOINT_URL` and `endpoint_url`. Debian's does not.
fn aws_cli_knows_endpoints(world: &World, program: &str) -> bool {
    let version = world.program(program).args(&["--version"]).run().ok().stdout;
    let number = version.trim_start_matches("aws-cli/").split(' ').next().unwrap();
    let mut parts = number.split('.').map(|part| part.parse::<u32>().unwrap());
    match (parts.next(), parts.next()) {
        (Some(1), Some(minor)) => minor >= 29,
        (Some(2), Some(minor)) => minor >= 13,
        _ => panic!("no version: {version}"),
    }
}

#[test]
fn aws_cli_works_with_every_delivery() {
    AWS_CLI.is_let_in_by_every_way();
}

#[test]
fn aws_cli_version_2_works_with_every_delivery() {
    AWS_CLI_2.is_let_in_by_every_way();
}

#[test]
fn client_too_old_for_the_broker_gets_a_hint_to_another_delivery() {
    if !need(AWS_CLI_2.program) {
        return;
    }
    let world = World::new();
    world.log_in("alice");
    let who = AWS_CLI_2.script(&world, AWS_CLI_2.who);
    let ran = crate::broker::shell(&world, "alice", &who).run();
    // One that is new enough is served.
    if ran.code != Some(0) {
        assert!(ran.stderr.contains("or give it credentials by awsesame exec --via process"), "{ran}");
    }
}

#[test]
fn boto3_works_with_every_delivery() {
    BOTO3.is_let_in_by_every_way();
}

#[test]
fn the_aws_cli_shows_what_to_type_when_a_login_is_needed() {
    if !need(AWS_CLI.program) {
        return;
    }
    let ran = AWS_CLI.asks_without_a_session();
    let expected = "error: profile `alice` has no session\nhint: awsesame login -p alice\n";
    assert!(ran.code != Some(0) && ran.stderr.contains(expected), "{ran}");
}

#[test]
fn the_aws_cli_of_the_second_generation_shows_what_to_type_when_a_login_is_needed() {
    if !need(AWS_CLI_2.program) {
        return;
    }
    let ran = AWS_CLI_2.asks_without_a_session();
    let expected = "error: profile `alice` has no session\nhint: awsesame login -p alice\n";
    assert!(ran.code != Some(0) && ran.stderr.contains(expected), "{ran}");
}

#[test]
fn boto3_shows_what_to_type_when_a_login_is_needed() {
    if !need(BOTO3.program) {
        return;
    }
    let ran = BOTO3.asks_without_a_session();
    let expected = "error: profile `alice` has no session\nhint: awsesame login -p alice\n";
    assert!(ran.code == Some(1) && ran.stderr.contains(expected), "{ran}");
    assert!(ran.stderr.contains("CredentialRetrievalError"), "{ran}");
}
