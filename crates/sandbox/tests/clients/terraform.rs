//! Tests Terraform's S3 backend with its lock file.

use std::path::Path;
use std::process::Command;

use awsesame_sandbox::{Fault, Sandbox};

use super::{outside, sandbox};

const CONFIGURATION: &str = r#"
terraform {
  backend "s3" {
    bucket                      = "tfstate"
    key                         = "demo/terraform.tfstate"
    region                      = "us-east-1"
    use_lockfile                = true
    encrypt                     = true
    use_path_style              = true
    skip_credentials_validation = true
    skip_requesting_account_id  = true
    skip_metadata_api_check     = true
    skip_region_validation      = true
    skip_s3_checksum            = CHECKSUM
    endpoints                   = { s3 = "ENDPOINT", sts = "ENDPOINT", iam = "ENDPOINT" }
  }
}
resource "terraform_data" "this" { input = "sesame" }
"#;

struct Project {
    sandbox: Sandbox,
    home: tempfile::TempDir,
}

impl Project {
    fn new(skip_checksum: bool) -> Option<Self> {
        if !outside::present("terraform", &["version"]) {
            outside::skip("terraform", "not on the PATH");
            return None;
        }
        if !outside::present("python3", &["-c", "import boto3"]) {
            outside::skip("boto3", "python3 cannot import it, and it gets the session here");
            return None;
        }
        let (sandbox, home) = (sandbox(), tempfile::tempdir().unwrap());
        let text =
            CONFIGURATION.replace("ENDPOINT", &sandbox.url()).replace("CHECKSUM", &skip_checksum.to_string());
        std::fs::write(home.path().join("main.tf"), text).unwrap();
        let project = Self { sandbox, home };
        project.log_in();
        Some(project)
    }

    /// Puts a session of alice's into the credentials file.
    fn log_in(&self) {
        let script = "
import boto3, sys
keys = boto3.client('sts', endpoint_url=sys.argv[1], aws_access_key_id=sys.argv[2],
    aws_secret_access_key=sys.argv[3]).get_session_token(SerialNumber=sys.argv[4], TokenCode=sys.argv[5])
keys = keys['Credentials']
print('[default]', 'aws_access_key_id=' + keys['AccessKeyId'], sep='\\n')
print('aws_secret_access_key=' + keys['SecretAccessKey'], 'aws_session_token=' + keys['SessionToken'], sep='\\n')
";
        let (id, secret) = self.sandbox.access_key("alice");
        let mut python = outside::command("python3", self.home.path());
        python.args(["-c", script, &self.sandbox.url(), &id, &secret]);
        python.args(["arn:aws:iam::123456789012:mfa/alice", &self.sandbox.fresh_code("alice")]);
        std::fs::write(self.home.path().join("credentials"), outside::stdout_of(python)).unwrap();
    }

    fn terraform(&self, arguments: &[&str]) -> Command {
        let home: &Path = self.home.path();
        let mut command = outside::command("terraform", home);
        command.args(arguments).current_dir(home);
        command.env("CHECKPOINT_DISABLE", "1").env("TF_IN_AUTOMATION", "1").env("AWS_MAX_ATTEMPTS", "1");
        command
    }
}

#[test]
fn terraform_keeps_and_locks_its_state() {
    for skip_checksum in [true, false] {
        let Some(project) = Project::new(skip_checksum) else { return };
        outside::stdout_of(project.terraform(&["init", "-input=false", "-no-color"]));
        outside::stdout_of(project.terraform(&["apply", "-input=false", "-auto-approve", "-no-color"]));
        let shown = outside::stdout_of(project.terraform(&["state", "list"]));
        assert_eq!(shown, "terraform_data.this\n");
        let log = project.sandbox.log();
        let puts = log.iter().filter(|entry| entry.action == "PutObject" && entry.status == 200).count();
        assert!(puts >= 2, "the state and its lock were written: {log:#?}");
        assert!(log.iter().any(|entry| entry.action == "DeleteObject" && entry.status == 204));
    }
}

#[test]
fn terraform_finds_the_lock_of_another_run() {
    let Some(project) = Project::new(true) else { return };
    outside::stdout_of(project.terraform(&["init", "-input=false", "-no-color"]));
    // The first run's unlocking fails, so its lock stays.
    let denied = Fault::Status(403, "AccessDenied".to_owned(), "Access Denied".to_owned());
    project.sandbox.fail_next("DeleteObject", denied);
    let first = outside::stderr_of(project.terraform(&["plan", "-input=false", "-no-color"]));
    assert!(first.contains("Error releasing the state lock"), "{first}");
    let second = outside::stderr_of(project.terraform(&["plan", "-input=false", "-no-color"]));
    assert!(second.contains("Error acquiring the state lock"), "{second}");
    assert!(second.contains("PreconditionFailed"), "{second}");
}
