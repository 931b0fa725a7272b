//! Runs boto3, in one script that checks its own results.

use super::{outside, sandbox};

#[test]
fn boto3_is_served_as_by_aws() {
    if !outside::present("python3", &["-c", "import boto3"]) {
        return outside::skip("boto3", "python3 cannot import it");
    }
    let (sandbox, home) = (sandbox(), tempfile::tempdir().unwrap());
    let mut python = outside::command("python3", home.path());
    python.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/boto.py"));
    python.args([
        sandbox.url(),
        "arn:aws:iam::123456789012:mfa/alice".to_owned(),
        sandbox.fresh_code("alice"),
    ]);
    assert_eq!(outside::stdout_of(python), "ok\n");
    assert_eq!(sandbox.count("AssumeRole"), 1);
    let log = sandbox.log();
    let good = |entry: &&awsesame_sandbox::LogEntry| entry.action == "GetSessionToken" && entry.status == 200;
    assert_eq!(log.iter().filter(good).count(), 1);
}
