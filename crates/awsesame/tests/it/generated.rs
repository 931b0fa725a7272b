//! Tests `--via process`, with files in which every profile asks us. The modules `clients` and `terraform` test that
//! real clients are served through them.

use crate::need::need;
use crate::world::World;

/// Returns the generated files, config first.
fn files(world: &World) -> (String, String) {
    let folders: Vec<_> = std::fs::read_dir(world.state().join("generated")).unwrap().flatten().collect();
    let [folder] = folders.as_slice() else { panic!("{folders:?}") };
    let read = |name| std::fs::read_to_string(folder.path().join(name)).unwrap();
    (read("config"), read("credentials"))
}

/// Runs a shell's line in an `exec --via process` of alice's.
fn inside(world: &World, line: &str) -> crate::ran::Ran {
    let words = ["exec", "--via", "process", "-p", "alice", "--", "sh", "-c", line];
    world.awsesame(&words).run().ok()
}

#[test]
fn files_have_a_process_in_the_place_of_keys_and_roles_and_the_users_own_stay() {
    let world = World::new();
    world.append_config("[profile corp]\nsso_session = s # mine\n");
    let own = (world.read(".aws/config"), world.read(".aws/credentials"));
    world.log_in("alice");
    inside(&world, "true");
    let (config, credentials) = files(&world);
    assert!(!credentials.contains("aws_access_key_id"), "{credentials}");
    for gone in ["role_arn", "source_profile", "mfa_serial", "aws_access_key_id"] {
        assert!(!config.contains(gone), "{gone} in {config}");
    }
    for profile in ["alice", "bob", "deploy", "partner"] {
        assert!(config.contains(&format!("/awsesame process -p {profile}\n")), "{config}");
    }
    assert!(config.ends_with("[profile corp]\nsso_session = s # mine\n"), "{config}");
    assert_eq!((world.read(".aws/config"), world.read(".aws/credentials")), own);
}

#[test]
fn awsesame_inside_reads_the_users_own_files_and_the_made_ones_follow_them() {
    let world = World::new();
    world.log_in("alice");
    let ran = inside(
        &world,
        "awsesame status; awsesame exec -p deploy -- true && awsesame exec -p partner -- true && echo \"$AWS_PROFILE\"",
    );
    assert!(ran.stdout.ends_with("alice\n") && ran.stdout.contains("fresh"), "{ran}");
    let line = "printf '[profile late]\\nregion = eu-west-1\\nsource_profile = alice\\nrole_arn = \
                arn:aws:iam::123456789012:role/readonly\\n' >>~/.aws/config; awsesame process >/dev/null; \
                grep -c 'process -p late' \"$AWS_CONFIG_FILE\"";
    assert_eq!(inside(&world, line).stdout, "1\n");
    // Another file that somebody names inside is theirs, not ours to replace.
    let line = "AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null awsesame env -p bob";
    world.awsesame(&["exec", "--via", "process", "-p", "alice", "--", "sh", "-c", line]).run().exits(1).says(
        "error: profile `bob` is not in `/dev/null`\nhint: set it up, with its key: awsesame init -p bob\n",
    );
}

#[test]
fn envrc_with_a_process_holds_no_key_and_works_after_a_login_elsewhere() {
    if !need("direnv") {
        return;
    }
    let world = World::new();
    let export = ["direnv", "export", "alice", "--via", "process"];
    let ran = world.awsesame(&export).run().ok();
    assert!(
        ran.stdout.contains("export AWS_PROFILE='alice'") || ran.stdout.contains("export AWS_PROFILE=alice"),
        "{ran}"
    );
    assert!(ran.stdout.contains("log_status 'awsesame: profile `alice` has no session"), "{ran}");
    assert!(ran.stdout.contains("unset AWS_ACCESS_KEY_ID"), "{ran}");
    let line =
        format!("{}\nawsesame process", ran.stdout.replace("log_status", ": ").replace("watch_file", ": "));
    world.program("bash").args(&["-c", &line]).run().exits(3);
    world.log_in("alice");
    world.program("bash").args(&["-c", &line]).reveals_credentials().run().ok();
    // A pin that does not match withholds here too.
    let pinned = world.awsesame(&export).args(&["--account", "210987654321"]).run().ok();
    assert!(pinned.stdout.contains("AWS_PROFILE='refused: "), "{pinned}");
}

#[test]
fn key_in_the_environment_alone_is_no_profile_to_generate() {
    let world = World::new();
    let [id, secret] = ["AKIAIOSALICE7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/aliceKeyEXAMPLEKEY"];
    let run = |words: &[&str]| {
        let run = world
            .awsesame(words)
            .env("MASTER_AWS_ACCESS_KEY_ID", id)
            .env("MASTER_AWS_SECRET_ACCESS_KEY", secret);
        run.env("AWS_MFA_ARN", "arn:aws:iam::123456789012:mfa/alice").env("AWS_ENDPOINT_URL", world.url())
    };
    run(&["login", &world.code("alice")]).run().ok();
    run(&["exec", "--via", "process", "--", "true"]).run().fails(
        1,
        "`--via process` needs a profile, and none is named",
        "name a profile: awsesame login -p NAME",
    );
}
