//! Tests `init --from TOOL` with tools other than aws-vault: which keys are imported, and which are only named.

use std::os::unix::fs::PermissionsExt;

use crate::world::World;

const ALICE: &str = "AKIAIOSALICE7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/aliceKeyEXAMPLEKEY";

#[test]
fn keys_of_granted_are_taken_over_and_its_settings_are_named() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let granted = format!(
        "#!/bin/sh\ncase \"$*\" in\n'credential-process --profile alice')\n\
         printf '{{\"Version\":1,\"AccessKeyId\":\"{ALICE}\",\"SecretAccessKey\":\"{SECRET}\"}}' ;;\n\
         'credential-process --profile short')\n\
         printf '{{\"Version\":1,\"AccessKeyId\":\"ASIA1\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\"}}' ;;\n\
         *) exit 1 ;;\nesac\n"
    );
    let path = folder.path().join("granted");
    std::fs::write(&path, granted).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    let lines = format!("[alice]\naws_access_key_id = {ALICE}\naws_secret_access_key = {SECRET}\n");
    world.write_private(".aws/credentials", &world.read(".aws/credentials").replace(&lines, ""));
    world.change_config(
        "[profile alice]\n",
        "[profile alice]\ncredential_process = granted credential-process --profile alice\n",
    );
    world.append_config(
        "[profile short]\nregion = us-east-1\ncredential_process = granted credential-process --profile short\n\n\
         [profile portal]\nregion = us-east-1\ngranted_sso_start_url = https://corp.awsapps.com/start\n\
         credential_process = granted credential-process --profile portal\n",
    );
    let search = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let run =
        |words: &[&str]| world.awsesame(words).env("PATH", &search).env("AWSESAME_KEYS_STORE", "file").run();
    let ran = run(&["init", "--from", "granted"]).ok();
    for said in [
        &format!(
            "the key `{ALICE}` of profile `alice` is in the `file` store; once you have logged in with it: granted credentials \
             remove --profile alice"
        ),
        "granted gives a session to profile `short`, and no long-term key",
        "the portal of profile `portal` is in granted's own settings; name them `sso_`",
    ] {
        assert!(ran.stderr.contains(said), "{said:?}: {ran}");
    }
    // The key is in the store: granted is not asked any more.
    std::fs::remove_file(&path).unwrap();
    run(&["login", "alice", &world.code("alice")]).ok();
}

#[test]
fn keys_and_sessions_that_aws_mfa_and_awsume_keep_in_the_clear_are_named() {
    let world = World::new();
    world.write_private(
        ".aws/credentials",
        &(world.read(".aws/credentials")
            + "[work]\naws_access_key_id = ASIAEXAMPLE\naws_secret_access_key = s\naws_session_token = t\n"),
    );
    for tool in ["aws-mfa", "awsume"] {
        let ran = world.awsesame(&["init", "--from", tool]).run().ok();
        let key = "the key of profile `alice` is not encrypted; to move it into a store: awsesame keys import -p alice\n";
        assert!(ran.stderr.contains(key), "{ran}");
        assert!(
            ran.stderr.contains(
                "`[work]` has a session that is not encrypted, and AWS's tools use it until it expires"
            ),
            "{ran}"
        );
    }
}
