//! Tests a long-term key that a `credential_process` prints, as password managers do. With an MFA device in the
//! profile, the key is logged in with a code, and it is never stored.

use crate::need::need;
use crate::sources::Tools;
use crate::world::World;

/// Installs a script as `op`: it prints the key of a user that only it knows, and records each run.
fn vault(world: &World, tools: &Tools) {
    let (id, secret) = world.sandbox().access_key("alice");
    tools.program(
        "op",
        &format!(
            "echo \"$*\" >> {{TOOLS}}/log\n\
             printf '{{\"Version\":1,\"AccessKeyId\":\"{id}\",\"SecretAccessKey\":\"{secret}\"}}\\n'\n"
        ),
    );
    world.write_private(".aws/credentials", "");
    let op = tools.path("op").display().to_string();
    world.append_config(&format!(
        "[profile vault]\nregion = us-east-1\nendpoint_url = {{URL}}\n\
         credential_process = \"{op}\" aws 'alice doe'\nmfa_serial = arn:aws:iam::123456789012:mfa/alice\n\n\
         [profile vault-deploy]\nregion = us-east-1\nendpoint_url = {{URL}}\n\
         role_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = vault\n\n"
    ));
}

fn runs(tools: &Tools) -> usize {
    std::fs::read_to_string(tools.path("log")).unwrap_or_default().lines().count()
}

#[test]
fn key_of_a_password_manager_is_logged_in_with_a_code_and_never_written_down() {
    let (world, tools) = (World::new(), Tools::new());
    vault(&world, &tools);
    // Nothing but a login asks for the key.
    world.awsesame(&["check", "-p", "vault"]).run().exits(3);
    let explained = world.awsesame(&["explain", "-p", "vault"]).run();
    let step = "the long-term key that the `credential_process` of profile `vault` gives";
    assert!(explained.stdout.contains(step), "{explained}");
    assert_eq!(runs(&tools), 0);

    let mut terminal = world.awsesame(&["login", "-p", "vault"]).pty();
    terminal.expect("MFA code for alice@123456789012 (profile `vault`): ");
    terminal.send(&format!("{}\r", world.code("alice")));
    terminal.expect("logged in as alice, account 123456789012 (profile `vault`)");
    terminal.wait().ok();
    assert_eq!(std::fs::read_to_string(tools.path("log")).unwrap(), "aws alice doe\n");

    // From here on its session serves, its roles too: the watchdog looks for the key in every file of the home.
    for profile in ["vault", "vault-deploy"] {
        world.awsesame(&["exec", "-p", profile, "--", "true"]).run().ok();
    }
    assert_eq!((runs(&tools), world.sandbox().count("GetSessionToken")), (1, 1));
    let login = world.awsesame(&["login", "-p", "vault-deploy", &world.code("alice")]).run().ok();
    assert!(login.stderr.contains("logged in as role deploy, account 123456789012"), "{login}");
}

#[test]
fn clients_never_get_the_bare_key_of_a_password_manager() {
    if !need("python3") {
        return;
    }
    let (world, tools) = (World::new(), Tools::new());
    vault(&world, &tools);
    let who = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])";
    let bare = world.sandbox().access_key("alice").0;
    let exec = |profile: &str| {
        world.awsesame(&["exec", "--via", "process", "-p", profile, "--", "python3", "-c", who]).run()
    };
    exec("vault").exits(3);
    world.awsesame(&["login", "-p", "vault", &world.code("alice")]).run().ok();
    let login = world.sandbox().log().len();
    exec("vault").ok().prints("arn:aws:iam::123456789012:user/alice\n");
    assert!(exec("vault-deploy").ok().stdout.contains(":assumed-role/deploy/"));
    let log = world.sandbox().log();
    assert!(log[login..].iter().all(|entry| entry.access_key.as_deref() != Some(&bare)), "{log:#?}");
    assert_eq!(runs(&tools), 1);
}

#[test]
fn program_that_prints_no_long_term_key_is_reported_with_its_output() {
    let (world, tools) = (World::new(), Tools::new());
    vault(&world, &tools);
    let hint = "see whether AWS's tools can use it: aws sts get-caller-identity --profile vault";
    let session = r#"{"Version":1,"AccessKeyId":"ASIA1","SecretAccessKey":"s","SessionToken":"t"}"#;
    for (script, why) in [
        ("exit 3".to_owned(), "it ended with exit code 3"),
        ("echo hello".to_owned(), "it does not print the JSON of a `credential_process`"),
        (format!("printf '%s' '{session}'"), "it gives a session, which needs no token code"),
        ("sleep 60".to_owned(), "it did not end within 1 s"),
    ] {
        tools.program("op", &script);
        let login = world.awsesame(&["login", "-p", "vault", "123456"]).env("AWSESAME_STORES_TIMEOUT", "1");
        let error = format!("the `credential_process` of profile `vault` gives no long-term key: {why}");
        login.run().fails(1, &error, hint);
    }
    world.awsesame(&["keys", "rotate", "-p", "vault"]).run().fails(
        1,
        "the `credential_process` of profile `vault` gives its key, so it cannot be replaced from here",
        "add a key to a store first: awsesame keys add -p vault",
    );
    assert_eq!(world.sandbox().log().len(), 0);
}
