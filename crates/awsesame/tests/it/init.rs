//! Tests `awsesame init`: the block in `~/.aws/config`, and that the AWS CLI is served through it.

use crate::need::need;
use crate::world::World;

const CONFIG: &str = ".aws/config";

#[test]
fn aws_cli_is_served_through_the_new_profile_and_undo_leaves_no_trace() {
    let world = World::new();
    let before = world.read(CONFIG);
    world.awsesame(&["init", "-p", "alice"]).run().ok().says(
        "awsesame: wrote profile `alice-mfa` in `{HOME}/.aws/config`; to undo: awsesame init --undo\n\
         awsesame: log in: awsesame login -p alice\n\
         awsesame: then: aws --profile alice-mfa sts get-caller-identity\n\
         awsesame: or without that profile: awsesame exec alice -- aws s3 ls\n",
    );
    let block = format!(
        "# awsesame init: begin\n[profile alice-mfa]\ncredential_process = {} process -p alice\n\
         region = us-east-1\nendpoint_url = {}\n# awsesame init: end\n",
        env!("CARGO_BIN_EXE_awsesame"),
        world.url()
    );
    assert_eq!(world.read(CONFIG), before.clone() + &block);
    world.log_in("alice");
    if need("aws") {
        let words = ["--profile", "alice-mfa", "--endpoint-url", &world.url(), "sts", "get-caller-identity"];
        let ran = world.program("aws").args(&words).run().ok();
        assert!(ran.stdout.contains("arn:aws:iam::123456789012:user/alice"), "{ran}");
    }
    // Again: nothing is added, and it says so.
    let again = world.awsesame(&["init", "-p", "alice"]).run().ok();
    assert!(
        again.stderr.starts_with("awsesame: nothing to do, there is already profile `alice-mfa`"),
        "{again}"
    );
    assert_eq!(world.read(CONFIG), before.clone() + &block);
    world
        .awsesame(&["init", "--undo"])
        .run()
        .ok()
        .says("awsesame: removed profile `alice-mfa` from `{HOME}/.aws/config`\n");
    assert_eq!(world.read(CONFIG), before);
    world
        .awsesame(&["init", "--undo"])
        .run()
        .ok()
        .says("awsesame: nothing to undo: `awsesame init` has written nothing\n");
}

#[test]
fn new_profile_means_the_one_that_it_asks_for() {
    let world = World::new();
    world.awsesame(&["init", "-p", "alice", "--as", "work"]).run().ok();
    world.awsesame(&["login", "-p", "work", &world.code("alice")]).run().ok();
    world.awsesame(&["check", "-p", "alice"]).run().ok();
    world.awsesame(&["exec", "-p", "work", "--", "true"]).run().ok();
    // It gets no profile in its turn.
    world.awsesame(&["init", "--all"]).run().ok();
    let config = world.read(CONFIG);
    assert!(config.contains("[profile deploy-mfa]\n") && !config.contains("work-mfa"), "{config}");
    assert_eq!(config.matches("# awsesame init: begin").count(), 1, "{config}");
}

#[test]
fn profile_of_the_users_own_is_never_taken() {
    let world = World::new();
    world.append_config("[profile alice-mfa]\nregion = eu-west-1\n");
    let before = world.read(CONFIG);
    world.awsesame(&["init", "-p", "alice"]).run().fails(
        1,
        "profile `alice-mfa` already exists in `{HOME}/.aws/config`",
        "give the new one another name: awsesame init -p alice --as NAME",
    );
    // Nor is a name written that would be more than a name.
    for name in ["a]\n[profile bob", "two words", ""] {
        let ran = world.awsesame(&["init", "-p", "alice", "--as", name]).run().exits(2);
        assert!(
            ran.stderr.contains(" is not a value for --as: expected a name that AWS's SDKs read"),
            "{ran}"
        );
    }
    assert_eq!(world.read(CONFIG), before);
}

#[test]
fn block_without_its_end_is_refused_and_a_key_in_the_credentials_file_alone_gets_a_config() {
    let world = World::new();
    world.append_config("# awsesame init: begin\n");
    world.awsesame(&["init", "-p", "alice"]).run().fails(
        1,
        "AWS's tools do not understand `{HOME}/.aws/config`: `# awsesame init: begin` has no `# awsesame init: end`",
        "correct it: vi {HOME}/.aws/config",
    );
    std::fs::remove_file(world.path(CONFIG)).unwrap();
    world.awsesame(&["init", "-p", "alice"]).run().ok();
    assert_eq!(
        world.read(CONFIG),
        format!(
            "# awsesame init: begin, in a file that was not there\n[profile alice-mfa]\n\
             credential_process = {} process -p alice\n# awsesame init: end\n",
            env!("CARGO_BIN_EXE_awsesame")
        )
    );
    world.awsesame(&["init", "-p", "bob"]).run().ok();
    world.awsesame(&["init", "--undo"]).run().ok().says(
        "awsesame: deleted profiles `alice-mfa`, `bob-mfa` with `{HOME}/.aws/config`, which was created for it\n",
    );
    assert!(!world.path(CONFIG).exists());
}
