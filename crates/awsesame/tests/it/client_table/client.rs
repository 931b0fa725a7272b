//! The clients of the table: how each is started, and what it is called. Each is a shell function `client`, which answers
//! every line that it reads with one: `refused`, or anything else.

use std::path::PathBuf;

use crate::need::{find, need, npm, skip};
use crate::world::World;

/// A client of the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client {
    /// What the page calls it.
    pub(super) name: &'static str,
    /// True if every run tries it, and not only a long one.
    pub(super) quick: bool,
    start: Start,
}

#[derive(Debug, Clone, Copy)]
enum Start {
    /// A program of its own on the path, which reads the lines.
    Program(&'static str),
    /// A text for an interpreter.
    Text(&'static str, &'static str, Option<&'static str>),
    /// A command that is started anew for each line, and the program that has to be there.
    Command(&'static str, &'static str),
    /// A test of ours that is no test.
    OwnTest(&'static str),
}

const BOTO3: &str = "\
import boto3, sys
sts = boto3.client('sts')
for line in sys.stdin:
    try:
        print(sts.get_caller_identity()['Arn'], flush=True)
    except Exception as error:
        print(error, file=sys.stderr, flush=True)
        print('refused', flush=True)
";

const JAVASCRIPT_V3: &str = "\
const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts');
const sts = new STSClient({});
require('readline').createInterface({ input: process.stdin }).on('line', async () => {
  try { console.log((await sts.send(new GetCallerIdentityCommand({}))).Arn); }
  catch (error) { console.error(error.message); console.log('refused'); }
});
";

const JAVASCRIPT_V2: &str = "\
const AWS = require('aws-sdk');
const sts = new AWS.STS({ endpoint: process.env.AWS_ENDPOINT_URL });
require('readline').createInterface({ input: process.stdin }).on('line', () => {
  sts.getCallerIdentity({}, (error, answer) => {
    if (error) { console.error(error.message); console.log('refused'); } else console.log(answer.Arn);
  });
});
";

const RUBY: &str = "\
require 'aws-sdk-core'
$stdout.sync = true
STDIN.each_line do
  begin
    sts = ($sts ||= Aws::STS::Client.new(endpoint: ENV['AWS_ENDPOINT_URL'], region: 'us-east-1'))
    puts sts.get_caller_identity.arn
  rescue StandardError => error
    warn error.message
    puts 'refused'
  end
end
";

/// s3cmd is told of the host by its own flags.
const S3CMD: &str =
    "host=${AWS_ENDPOINT_URL#http://}; s3cmd --no-ssl --host=$host --host-bucket=$host ls s3://demo-bucket";
const RCLONE: &str = "RCLONE_S3_PROVIDER=Other RCLONE_S3_ENV_AUTH=true RCLONE_S3_ENDPOINT=$AWS_ENDPOINT_URL rclone ls \
                      :s3:demo-bucket --retries 1 --low-level-retries 1";
/// There is no such repository, and whoever may look is told so.
const RESTIC: &str = "! RESTIC_PASSWORD=x restic -r s3:$AWS_ENDPOINT_URL/demo-bucket/none snapshots 2>restic.log; \
                      cat restic.log >&2; grep -q 'does not exist' restic.log";

const fn client(name: &'static str, quick: bool, start: Start) -> Client {
    Client { name, quick, start }
}

/// All of them, in the order of the page.
pub(super) const CLIENTS: [Client; 14] = [
    client("AWS CLI v1", false, Start::Command("aws", "aws sts get-caller-identity")),
    client(
        "AWS CLI v2 (2.9)",
        false,
        Start::Command(
            "/usr/bin/aws",
            "/usr/bin/aws --endpoint-url $AWS_ENDPOINT_URL sts get-caller-identity",
        ),
    ),
    client("boto3", true, Start::Text("python3 -u client", BOTO3, None)),
    client("JavaScript v3", true, Start::Text("node client", JAVASCRIPT_V3, Some("@aws-sdk/client-sts"))),
    client("JavaScript v2", true, Start::Text("node client", JAVASCRIPT_V2, Some("aws-sdk"))),
    client("Go v2", true, Start::Program("awsesame-client-go-v2")),
    client("Go v1", false, Start::Program("awsesame-client-go-v1")),
    client("Java v2", false, Start::Program("awsesame-client-java-v2")),
    client("Java v1", false, Start::Program("awsesame-client-java-v1")),
    client("Rust", false, Start::OwnTest("outliving::client_of_the_sdk_for_rust")),
    client("Ruby", false, Start::Text("ruby client", RUBY, None)),
    client("s3cmd", true, Start::Command("s3cmd", S3CMD)),
    client("rclone 1.60", false, Start::Command("rclone", RCLONE)),
    client("restic 0.14", false, Start::Command("restic", RESTIC)),
];

impl Client {
    /// The shell function, or none where the client is not there; the test says so then.
    pub(super) fn function(self, world: &World) -> Option<String> {
        let command = match self.start {
            Start::Program(program) => need(program).then(|| program.to_owned())?,
            Start::Text(interpreter, text, module) => {
                world.write("client", text);
                let program = interpreter.split(' ').next().unwrap_or_default();
                need(program).then(|| with_module(interpreter, module))??
            }
            Start::Command(program, command) => {
                let there =
                    if program.starts_with('/') { PathBuf::from(program).is_file() } else { need(program) };
                if !there {
                    skip(program, "not there");
                    return None;
                }
                format!(
                    "while read -r line; do if {{ {command}; }} >/dev/null; then echo in; else echo refused; fi; done"
                )
            }
            Start::OwnTest(name) => {
                let own = std::env::current_exe().unwrap();
                // The test runner talks on stdout; the client answers on another descriptor.
                let run = format!("{} --exact {name} --ignored --nocapture", own.display());
                format!("{run} 2>&1 >/dev/null")
            }
        };
        Some(format!("client() {{ {command}; }}\n"))
    }
}

fn with_module(interpreter: &str, module: Option<&str>) -> Option<String> {
    let Some(module) = module else { return Some(interpreter.to_owned()) };
    let Some(folder) = npm(module) else {
        skip(module, "not installed");
        return None;
    };
    find("node").map(|_| format!("NODE_PATH={} {interpreter}", folder.display()))
}
