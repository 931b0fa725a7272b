//! Tests that the variables of our exports do not count as the user's choice: with two profiles that have endpoints of
//! their own in one shell, with one shell inside the other, and with variables that the user set before, between and
//! after.

use awsesame_sandbox::{Fixture, Options, Sandbox};

use crate::need::need;
use crate::world::World;

/// Returns a world in which `alice` is in the world's sandbox, and `bob` in another one by an endpoint of his own.
fn two_places() -> (World, Sandbox) {
    let world = World::new();
    let other = Sandbox::start(Fixture::builtin(), Options::default()).unwrap();
    let config = world.read(".aws/config");
    let (before, bob) = config.split_once("[profile bob]").unwrap();
    let bob = bob.replacen(&world.url(), &other.url(), 1).replacen("us-east-1", "eu-west-1", 1);
    world.write(".aws/config", &format!("{before}[profile bob]{bob}"));
    (world, other)
}

#[test]
fn in_the_shell_of_one_profile_another_one_has_its_own_session() {
    let (world, other) = two_places();
    world.log_in("alice");
    world.awsesame(&["login", "-p", "bob", &other.fresh_code("bob")]).run().ok();
    let script = "\
        eval \"$(awsesame env -p alice)\"
        eval \"$(awsesame env -p bob)\"
        echo $AWSESAME_PROFILE $AWS_ENDPOINT_URL $AWS_REGION $AWS_ACCOUNT_ID
        eval \"$(awsesame env -p alice)\"
        echo $AWSESAME_PROFILE $AWS_ENDPOINT_URL $AWS_REGION $AWS_ACCOUNT_ID
        awsesame exec -p bob -- sh -c 'echo $AWSESAME_PROFILE $AWS_ENDPOINT_URL $AWS_DEFAULT_REGION'";
    let ran = world.program("bash").args(&["-euc", script]).run().ok().says("");
    let (one, two) = ("{URL}", other.url());
    ran.prints(&format!(
        "bob {two} eu-west-1 123456789012\nalice {one} us-east-1 123456789012\nbob {two} eu-west-1\n"
    ));
}

#[test]
fn a_login_of_one_profile_never_goes_to_the_endpoint_of_another() {
    let (world, other) = two_places();
    // bob has no endpoint in AWS's files: his is the proxy that no call comes through.
    let config = world.read(".aws/config").replace(&format!("endpoint_url = {}\n", other.url()), "");
    world.write(".aws/config", &config);
    world.log_in("alice");
    let before = world.sandbox().log().len();
    let script = "eval \"$(awsesame env -p alice)\"; awsesame login -p bob 123456";
    for (program, arguments) in [
        ("bash", &["-c", script][..]),
        ("awsesame", &["exec", "-p", "alice", "--", "awsesame", "login", "-p", "bob", "123456"]),
        (
            "awsesame",
            &["exec", "-p", "alice", "--via", "process", "--", "awsesame", "login", "-p", "bob", "123456"],
        ),
        (
            "awsesame",
            &["exec", "-p", "alice", "--", "awsesame", "exec", "--via", "process", "-p", "bob", "--", "true"],
        ),
    ] {
        let ran = world.program(program).args(arguments).run();
        assert_ne!(ran.code, Some(0), "{ran}");
        assert_eq!(world.sandbox().log().len(), before, "{ran}");
    }
}

#[test]
fn a_profile_that_is_named_after_the_export_is_the_one_that_is_meant() {
    let (world, other) = two_places();
    world.log_in("alice");
    world.awsesame(&["login", "-p", "bob", &other.fresh_code("bob")]).run().ok();
    let script = "\
        eval \"$(awsesame env -p alice)\"
        AWS_PROFILE=bob awsesame exec -- sh -c 'echo $AWSESAME_PROFILE $AWS_ENDPOINT_URL'
        AWS_PROFILE=bob awsesame exec --via process -- sh -c 'echo $AWSESAME_PROFILE $AWS_PROFILE $AWS_ENDPOINT_URL'
        AWS_PROFILE=bob AWSESAME_PROFILE=deploy awsesame exec -- sh -c 'echo $AWSESAME_PROFILE'
        awsesame exec -- sh -c 'echo $AWSESAME_PROFILE'";
    let two = other.url();
    let ran = world.program("bash").args(&["-euc", script]).run().ok().says("");
    ran.prints(&format!("bob {two}\nbob bob {two}\ndeploy\nalice\n"));
}

#[test]
fn the_users_own_region_and_endpoint_come_before_the_profiles() {
    let world = World::new();
    world.log_in("alice");
    let print = "echo $AWS_REGION $AWS_DEFAULT_REGION $AWS_ENDPOINT_URL";
    let url = "{URL}";
    let exec = |via: &str| world.awsesame(&["exec", "-p", "alice", "--via", via, "--", "sh", "-c", print]);
    for via in ["env", "process"] {
        exec(via).run().ok().prints(&format!("us-east-1 us-east-1 {url}\n"));
        exec(via)
            .env("AWS_REGION", "ap-south-1")
            .run()
            .ok()
            .prints(&format!("ap-south-1 ap-south-1 {url}\n"));
        exec(via)
            .env("AWS_DEFAULT_REGION", "ap-south-1")
            .run()
            .ok()
            .prints(&format!("ap-south-1 ap-south-1 {url}\n"));
    }
    let script = format!(
        "eval \"$(awsesame env -p alice)\"; export AWS_REGION=sa-east-1; eval \"$(awsesame env -p alice)\"; {print}
        awsesame exec -p deploy -- sh -c '{print}'; unset AWS_REGION; eval \"$(awsesame env -p alice)\"; {print}"
    );
    let ran = world.program("bash").args(&["-euc", &script]).run().ok().says("");
    ran.prints(&format!("sa-east-1 sa-east-1 {url}\nsa-east-1 sa-east-1 {url}\nus-east-1 us-east-1 {url}\n"));
}

#[test]
fn an_account_and_a_web_identity_that_were_there_are_not_those_of_the_keys() {
    let world = World::new();
    world.log_in("alice");
    let print = "echo $AWS_ACCOUNT_ID,$AWS_ROLE_ARN,$AWS_WEB_IDENTITY_TOKEN_FILE";
    for (via, expected) in [("env", "123456789012,,\n"), ("process", ",,\n")] {
        world
            .awsesame(&["exec", "-p", "alice", "--via", via, "--", "sh", "-c", print])
            .env("AWS_ACCOUNT_ID", "999999999999")
            .env("AWS_ROLE_ARN", "arn:aws:iam::999999999999:role/other")
            .env("AWS_WEB_IDENTITY_TOKEN_FILE", "/token")
            .run()
            .ok()
            .prints(expected);
    }
}

/// Shells, each with its program and the line that it evaluates.
const SHELLS: [(&str, &str, &str); 3] = [
    (
        "bash",
        "bash",
        "eval \"$(awsesame env -p bob)\"; echo $?; echo \"$AWS_ACCESS_KEY_ID|$AWS_ENDPOINT_URL|$AWS_PROFILE\"",
    ),
    (
        "zsh",
        "zsh",
        "eval \"$(awsesame env -p bob)\"; echo $?; echo \"$AWS_ACCESS_KEY_ID|$AWS_ENDPOINT_URL|$AWS_PROFILE\"",
    ),
    (
        "fish",
        "fish",
        "awsesame env -p bob --format fish | source; echo $status; echo \"$AWS_ACCESS_KEY_ID|$AWS_ENDPOINT_URL|$AWS_PROFILE\"",
    ),
];

#[test]
fn a_shell_that_evaluates_nothing_good_has_no_keys_and_knows_it() {
    let world = World::new();
    world.log_in("alice");
    for (shell, program, script) in SHELLS {
        if !need(program) {
            continue;
        }
        let ran = world.awsesame(&["exec", "-p", "alice", "--", program, "-c", script]).run().ok();
        let mut lines = ran.stdout.lines();
        let status = lines.next().unwrap();
        assert!(!["0", ""].contains(&status), "{shell}: {ran}");
        assert_eq!(lines.next(), Some("||login needed: awsesame login -p bob"), "{shell}: {ran}");
        assert!(ran.stderr.contains("profile `bob` has no session"), "{shell}: {ran}");
    }
}

#[test]
fn data_without_a_session_is_no_data() {
    let world = World::new();
    for format in ["json", "dotenv"] {
        let ran = world.awsesame(&["env", "-p", "bob", "--format", format]).run();
        ran.fails(3, "profile `bob` has no session", "awsesame login -p bob");
    }
}

#[test]
fn a_command_line_that_is_not_understood_leaves_a_shell_no_keys_of_another_profile() {
    let world = World::new();
    world.log_in("alice");
    for wrong in ["-p bob --no-such", "-p bob --format=nosuch", "-p $'\\xff'"] {
        let script = format!(
            "eval \"$(awsesame env -p alice)\"; test -n \"$AWS_SESSION_TOKEN\" || exit 9\n\
             eval \"$(awsesame env {wrong})\"; echo \"status $?\"\n\
             echo \"key ${{AWS_ACCESS_KEY_ID-none}} token ${{AWS_SESSION_TOKEN-none}} profile $AWS_PROFILE\""
        );
        let bash = world.program("bash").args(&["--noprofile", "--norc", "-c", &script]);
        let ran = bash.spreads_credentials().run().ok();
        assert!(ran.stdout.starts_with("status 2\nkey none token none profile refused: "), "{wrong}: {ran}");
    }
}
