//! Tests that botocore uses the expiration that it is given: a process outlives the role sessions that it gets, and no
//! expired key is sent.

use std::collections::BTreeSet;

use crate::clients::{Way, world_with_apps};
use crate::need::need;

#[test]
fn a_running_process_outlives_its_role_sessions() {
    if !need("python3") {
        return;
    }
    let world = world_with_apps(&["deploy"]);
    world.log_in("alice");
    // From here on, roles have a short lifetime, but not the MFA session that they come from.
    world.sandbox().set_lifetime(Some(6));
    let script = "\
python3 - <<'END'
import boto3, time
s3 = boto3.client('s3')
for _ in range(15):
    s3.head_object(Bucket='demo-bucket', Key='hello.txt')
    time.sleep(1)
END";
    Way::Process.script(&world, "deploy", script).run().ok().says("");
    let calls = world.sandbox().log().into_iter().filter(|entry| entry.action == "HeadObject");
    let keys: BTreeSet<_> = calls.map(|entry| (entry.status == 200, entry.access_key)).collect();
    assert!(keys.len() >= 3 && keys.iter().all(|(well, _)| *well), "{keys:?}");
    assert_eq!(world.sandbox().count("AssumeRole"), keys.len());
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
}

#[test]
fn boto3_sends_no_exported_key_after_its_expiry() {
    if !need("python3") {
        return;
    }
    let world = world_with_apps(&["alice"]);
    world.sandbox().set_lifetime(Some(8));
    world.log_in("alice");
    let script = "\
python3 - <<'END'
import boto3, os, time
import botocore.credentials
credentials = boto3.Session().get_credentials()
assert isinstance(credentials, botocore.credentials.RefreshableCredentials), credentials
s3 = boto3.client('s3')
s3.head_object(Bucket='demo-bucket', Key='hello.txt')
time.sleep(max(0, int(os.environ['AWSESAME_EXPIRES_AT']) - time.time() + 0.5))
try:
    s3.head_object(Bucket='demo-bucket', Key='hello.txt')
except RuntimeError as error:
    print(error)
END";
    let expired = "Credentials were refreshed, but the refreshed credentials are still expired.\n";
    Way::Exec.script(&world, "alice", script).run().ok().says("").prints(expired);
    assert_eq!(world.sandbox().count("HeadObject"), 1);
}
