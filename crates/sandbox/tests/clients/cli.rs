//! Runs the AWS CLI: `aws sts`, `aws iam`, `aws s3`.

use std::process::Command;

use awsesame_sandbox::Sandbox;

use super::{outside, sandbox};

struct Cli {
    sandbox: Sandbox,
    home: tempfile::TempDir,
    keys: Vec<(&'static str, String)>,
}

impl Cli {
    /// Sets up the AWS CLI with alice's long-term keys. Returns `None` if there is no `aws` that honors
    /// `AWS_ENDPOINT_URL`.
    fn new() -> Option<Self> {
        if !outside::present("aws", &["--version"]) {
            outside::skip("aws", "not on the PATH");
            return None;
        }
        let sandbox = sandbox();
        let (id, secret) = sandbox.access_key("alice");
        let keys = vec![("AWS_ACCESS_KEY_ID", id), ("AWS_SECRET_ACCESS_KEY", secret)];
        Some(Self { sandbox, home: tempfile::tempdir().unwrap(), keys })
    }

    fn aws(&self, arguments: &[&str]) -> Command {
        let mut command = outside::command("aws", self.home.path());
        command.args(["--endpoint-url", &self.sandbox.url(), "--output", "text"]).args(arguments);
        command.envs(self.keys.iter().map(|(name, value)| (name, value))).current_dir(self.home.path());
        command
    }

    fn log_in(&mut self) {
        let code = self.sandbox.fresh_code("alice");
        let serial = "arn:aws:iam::123456789012:mfa/alice";
        let arguments = ["sts", "get-session-token", "--serial-number", serial, "--token-code", &code];
        let text = outside::stdout_of(self.aws(&arguments));
        let fields: Vec<&str> = text.trim_end().split('\t').collect();
        self.keys = vec![
            ("AWS_ACCESS_KEY_ID", fields[1].to_owned()),
            ("AWS_SECRET_ACCESS_KEY", fields[3].to_owned()),
            ("AWS_SESSION_TOKEN", fields[4].to_owned()),
        ];
    }
}

#[test]
fn aws_cli_is_refused_without_a_code_and_served_with_one() {
    let Some(mut cli) = Cli::new() else { return };
    let refusal = outside::stderr_of(cli.aws(&["s3", "ls"]));
    assert!(refusal.contains("AccessDenied") && refusal.contains("s3:ListAllMyBuckets"), "{refusal}");
    cli.log_in();
    let buckets = outside::stdout_of(cli.aws(&["s3", "ls"]));
    assert!(buckets.contains("demo-bucket") && buckets.contains("tfstate"), "{buckets}");
    let aliases = outside::stdout_of(cli.aws(&["iam", "list-account-aliases"]));
    assert_eq!(aliases, "ACCOUNTALIASES\tsandbox\n");
}

#[test]
fn aws_s3_copies_lists_and_removes() {
    let Some(mut cli) = Cli::new() else { return };
    cli.log_in();
    let home = cli.home.path();
    std::fs::create_dir(home.join("up")).unwrap();
    std::fs::write(home.join("up/small one.txt"), "small").unwrap();
    std::fs::write(home.join("up/big.bin"), vec![7; 9 << 20]).unwrap();
    outside::stdout_of(cli.aws(&["s3", "cp", "--recursive", "up", "s3://demo-bucket/dir"]));
    let listed = outside::stdout_of(cli.aws(&["s3", "ls", "--recursive", "s3://demo-bucket/dir/"]));
    assert!(listed.contains("9437184 dir/big.bin") && listed.contains("5 dir/small one.txt"), "{listed}");
    outside::stdout_of(cli.aws(&["s3", "cp", "s3://demo-bucket/dir/big.bin", "down.bin"]));
    assert_eq!(std::fs::read(home.join("down.bin")).unwrap(), vec![7; 9 << 20]);
    outside::stdout_of(cli.aws(&["s3", "mv", "s3://demo-bucket/dir/small one.txt", "s3://tfstate/moved"]));
    outside::stdout_of(cli.aws(&["s3", "rm", "--recursive", "s3://demo-bucket/dir/"]));
    let left = outside::stdout_of(cli.aws(&["s3", "ls", "--recursive", "s3://demo-bucket/"]));
    assert!(left.contains("hello.txt") && !left.contains("dir/"), "{left}");
}
