//! The clients of the table: how each is started, and its name. Each is a shell function `client`, which answers every
//! line that it reads with one line: `refused`, or anything else.

use std::path::PathBuf;

use crate::need::{find, need, npm, skip};
use crate::world::World;

/// A client of the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client {
    /// The client's name on the page.
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
    /// A command that is started again for each line, and the program that it needs.
    Command(&'static str, &'static str),
    /// One of our own test programs, started as a client.
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

/// Uploads by the CRT's own client for S3, as `aws s3 cp` may.
const BOTO3_CRT: &str = "\
import io, os, sys
from boto3 import Session
from s3transfer import crt
manager = None
for line in sys.stdin:
    try:
        if manager is None:
            session = Session()._session
            settings = {'region_name': 'us-east-1', 'endpoint_url': os.environ['AWS_ENDPOINT_URL']}
            keys = crt.BotocoreCRTCredentialsWrapper(session.get_credentials()).to_crt_credentials_provider()
            client = crt.create_s3_crt_client('us-east-1', keys, use_ssl=False)
            manager = crt.CRTTransferManager(client, crt.BotocoreCRTRequestSerializer(session, settings))
        manager.upload(io.BytesIO(b'x'), 'demo-bucket', 'crt').result()
        print('in', flush=True)
    except Exception as error:
        print(error, file=sys.stderr, flush=True)
        print('refused', flush=True)
";

/// The CRT's own chain, which mountpoint-s3 uses. The credentials that it finds are used for a call.
const CRT: &str = "\
import boto3, sys
from awscrt import auth, io
names = io.DefaultHostResolver(io.EventLoopGroup(1))
chain = auth.AwsCredentialsProvider.new_default_chain(io.ClientBootstrap(io.EventLoopGroup(1), names))
for line in sys.stdin:
    try:
        found = chain.get_credentials().result(30)
        keys = dict(aws_access_key_id=found.access_key_id, aws_secret_access_key=found.secret_access_key)
        sts = boto3.Session(**keys, aws_session_token=found.session_token).client('sts')
        print(sts.get_caller_identity()['Arn'], flush=True)
    except Exception as error:
        # Its errors are codes, and which one it is depends on what fails last.
        print('an error code of the CRT', error, file=sys.stderr, flush=True)
        print('refused', flush=True)
";

const PYARROW: &str = "\
import os, sys
from pyarrow import fs
host = os.environ['AWS_ENDPOINT_URL'].removeprefix('http://')
s3 = None
for line in sys.stdin:
    try:
        s3 = s3 or fs.S3FileSystem(endpoint_override=host, scheme='http', region='us-east-1')
        s3.get_file_info(fs.FileSelector('demo-bucket'))
        print('in', flush=True)
    except Exception as error:
        print(error, file=sys.stderr, flush=True)
        print('refused', flush=True)
";

const OBSTORE: &str = "\
import os, sys
from obstore.store import S3Store
url, http = os.environ['AWS_ENDPOINT_URL'], {'allow_http': True}
s3 = None
for line in sys.stdin:
    try:
        s3 = s3 or S3Store('demo-bucket', endpoint=url, client_options=http, retry_config={'max_retries': 0})
        list(s3.list().collect())
        print('in', flush=True)
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

/// s3cmd gets the host by its own flags.
const S3CMD: &str =
    "host=${AWS_ENDPOINT_URL#http://}; s3cmd --no-ssl --host=$host --host-bucket=$host ls s3://demo-bucket";
/// The command line of a version of rclone.
macro_rules! rclone {
    ($program:literal) => {
        concat!(
            "RCLONE_S3_PROVIDER=Other RCLONE_S3_ENV_AUTH=true RCLONE_S3_ENDPOINT=$AWS_ENDPOINT_URL ",
            $program,
            " ls :s3:demo-bucket --retries 1 --low-level-retries 1"
        )
    };
}
/// The repository does not exist, and restic says so if it has access.
const RESTIC: &str = "! RESTIC_PASSWORD=x restic -r s3:$AWS_ENDPOINT_URL/demo-bucket/none snapshots 2>restic.log; \
                      cat restic.log >&2; grep -q 'does not exist' restic.log";

/// Terraform looks for its state in `init`, and gets the endpoint from its own file.
const TERRAFORM: &str = "cd terraform; rm -rf .terraform; sed \"s#URL#$AWS_ENDPOINT_URL#\" main.tf.in >main.tf; \
                         CHECKPOINT_DISABLE=1 terraform init -input=false -no-color; code=$?; cd ..; (exit $code)";
const TERRAFORM_PROJECT: &str = r#"
terraform {
  backend "s3" {
    bucket                      = "tfstate"
    key                         = "project/terraform.tfstate"
    region                      = "us-east-1"
    endpoints                   = { s3 = "URL" }
    use_path_style              = true
    skip_credentials_validation = true
    skip_requesting_account_id  = true
    skip_region_validation      = true
    skip_s3_checksum            = true
  }
}
"#;

const fn client(name: &'static str, quick: bool, start: Start) -> Client {
    Client { name, quick, start }
}

/// All of them, in the order of the page.
pub(super) const CLIENTS: [Client; 22] = [
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
    client("boto3 with CRT", false, Start::Text("python3 -u client", BOTO3_CRT, None)),
    client("CRT (mountpoint-s3)", true, Start::Text("python3 -u client", CRT, None)),
    client("C++ (pyarrow)", true, Start::Text("python3 -u client", PYARROW, None)),
    client("obstore", true, Start::Text("python3 -u client", OBSTORE, None)),
    client("JavaScript v3", true, Start::Text("node client", JAVASCRIPT_V3, Some("@aws-sdk/client-sts"))),
    client("JavaScript v2", true, Start::Text("node client", JAVASCRIPT_V2, Some("aws-sdk"))),
    client("Go v2", true, Start::Program("awsesame-client-go-v2")),
    client("Go v1", false, Start::Program("awsesame-client-go-v1")),
    client("Java v2", false, Start::Program("awsesame-client-java-v2")),
    client("Java v1", false, Start::Program("awsesame-client-java-v1")),
    client("Terraform", true, Start::Command("terraform", TERRAFORM)),
    client("sops", false, Start::Program("awsesame-client-sops")),
    client("Rust", false, Start::OwnTest("outliving::client_of_the_sdk_for_rust")),
    client("Ruby", false, Start::Text("ruby client", RUBY, None)),
    client("s3cmd", true, Start::Command("s3cmd", S3CMD)),
    client("rclone 1.60", false, Start::Command("/usr/bin/rclone", rclone!("/usr/bin/rclone"))),
    client("rclone 1.76", false, Start::Command("awsesame-client-rclone", rclone!("awsesame-client-rclone"))),
    client("restic 0.14", false, Start::Command("restic", RESTIC)),
    client("minio-go (restic 0.18)", true, Start::Program("awsesame-client-minio")),
];

impl Client {
    /// Returns the shell function, or None if the client is missing. The test reports that.
    pub(super) fn function(self, world: &World) -> Option<String> {
        let command = match self.start {
            Start::Program(program) => need(program).then(|| program.to_owned())?,
            Start::Text(interpreter, text, module) => {
                world.write("client", text);
                let program = interpreter.split(' ').next().unwrap_or_default();
                need(program).then(|| with_module(interpreter, module))??
            }
            Start::Command(program, command) => {
                world.write("terraform/main.tf.in", TERRAFORM_PROJECT);
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
