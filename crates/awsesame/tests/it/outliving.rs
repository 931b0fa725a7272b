//! Tests programs that outlive their session: each asks for its identity, is refused after the end, and continues when
//! a person has logged in elsewhere. No program is started again.

use std::io::BufRead;
use std::time::{Duration, Instant};

use crate::broker::{log_in_again, shell};
use crate::need::{find, need, npm, skip};
use crate::run::Running;
use crate::world::World;

/// The lifetime of the first session, in seconds.
const BRIEF: u32 = 12;
const ALICE: &str = "arn:aws:iam::123456789012:user/alice\n";

/// Runs a client that answers each line it reads with one: who it is, or what is wrong.
fn outlives(world: &World, client: &str, refused: &str) {
    world.sandbox().set_lifetime(Some(BRIEF));
    world.log_in("alice");
    let script = format!(
        "mkfifo ask answer; {client} <ask 2>>noise >answer & exec 3>ask 4<answer\n\
         ask() {{ echo >&3; read -r line <&4; echo \"$line\"; }}\n\
         ask; sleep {}; ask\n\
         : >expired; until [ -e again ]; do sleep 0.05; done\n\
         ask; exec 3>&-; wait",
        BRIEF + 1
    );
    let running = shell(world, "alice", &script).spawn();
    log_in_when(world, running, &format!("{ALICE}{refused}\n{ALICE}"));
}

/// Logs in elsewhere once the program has seen its session end.
fn log_in_when(world: &World, running: Running<'_>, prints: &str) {
    let until = Instant::now() + Duration::from_secs(50);
    while !world.path("expired").exists() {
        assert!(Instant::now() < until, "the program hangs");
        std::thread::sleep(Duration::from_millis(20));
    }
    world.sandbox().set_lifetime(Some(600));
    log_in_again(world);
    world.write("again", "");
    running.wait().ok().prints(prints);
}

#[test]
fn boto3_goes_on_after_a_login_elsewhere() {
    if !need("python3") {
        return;
    }
    let world = World::new();
    let client = "\
import boto3, sys
sts = boto3.client('sts')
for line in sys.stdin:
    try:
        print(sts.get_caller_identity()['Arn'], flush=True)
    except Exception as error:
        print(type(error).__name__, 'login needed: awsesame login -p alice' in str(error), flush=True)
";
    world.write("client.py", client);
    outlives(&world, "python3 client.py", "CredentialRetrievalError True");
}

#[test]
fn the_aws_cli_goes_on_after_a_login_elsewhere() {
    if !need("aws") {
        return;
    }
    let world = World::new();
    let client = format!(
        "while read -r line; do aws --endpoint-url {} sts get-caller-identity --query Arn --output text 2>said ||\n\
         grep -o 'login needed: awsesame login -p alice' said | head -n 1; done",
        world.url()
    );
    world.write("client.sh", &client);
    outlives(&world, "bash client.sh", "login needed: awsesame login -p alice");
}

#[test]
fn the_sdk_for_javascript_goes_on_after_a_login_elsewhere() {
    if !need("node") {
        return;
    }
    let Some(modules) = npm("@aws-sdk/client-sts") else {
        return skip("@aws-sdk/client-sts", "not installed");
    };
    let world = World::new();
    let client = "\
const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts');
const sts = new STSClient({});
require('readline').createInterface({ input: process.stdin }).on('line', async () => {
  try { console.log((await sts.send(new GetCallerIdentityCommand({}))).Arn); } catch (e) { console.log(e.name); }
});
";
    world.write("client.cjs", client);
    let client = format!("NODE_PATH={} node client.cjs", modules.display());
    outlives(&world, &client, "CredentialsProviderError");
}

#[test]
fn the_sdk_for_rust_goes_on_after_a_login_elsewhere() {
    let world = World::new();
    let own = std::env::current_exe().unwrap();
    // The test runner talks on stdout; the client answers on another descriptor.
    let client = format!(
        "{} --exact outliving::client_of_the_sdk_for_rust --ignored --nocapture 2>answer",
        own.display()
    );
    outlives(&world, &format!("{{ {client} >>noise; }}"), "refused");
}

/// Is not a test, but the program of the test above.
#[test]
#[ignore = "another test starts it as its client"]
fn client_of_the_sdk_for_rust() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let http = aws_smithy_http_client::Builder::new().build_http();
        let latest = aws_config::BehaviorVersion::latest();
        let config = aws_config::defaults(latest).http_client(http).load().await;
        let sts = aws_sdk_sts::Client::new(&config);
        for _ in std::io::stdin().lock().lines() {
            let answer = sts.get_caller_identity().send().await;
            let arn = answer.ok().and_then(|identity| identity.arn);
            awsesame::ui::talk(&format!("{}\n", arn.as_deref().unwrap_or("refused")));
        }
    });
}

#[test]
fn terraform_writes_its_state_with_a_session_that_began_after_it_did() {
    if find("terraform").is_none() {
        need("terraform");
        return;
    }
    let world = World::new();
    crate::terraform::project(&world);
    let main = world.read("project/main.tf").replace(
        "input = var.word",
        "input = var.word\n  provisioner \"local-exec\" {\n    \
         command = \"sleep 16; touch ../expired; until [ -e ../again ]; do sleep 0.1; done\"\n  }",
    );
    world.write("project/main.tf", &main);
    world.sandbox().set_lifetime(Some(15));
    world.log_in("alice");
    let script = "cd project; terraform init -input=false -no-color >/dev/null\n\
                  terraform apply -input=false -no-color -auto-approve -var word=opened >/dev/null\n\
                  terraform output -raw door";
    let running = shell(&world, "alice", script).env("CHECKPOINT_DISABLE", "1").spawn();
    log_in_when(&world, running, "opened");
}
