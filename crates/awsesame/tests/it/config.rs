//! Tests `config.toml` and the variables that override it, through the program.

use std::os::unix::fs::PermissionsExt;

use crate::world::World;

const FILE: &str = ".config/awsesame/config.toml";

#[test]
fn every_setting_tells_where_it_came_from() {
    let world = World::new();
    world.write(FILE, "prompt_timeout = \"2m\"\n\n[profile.alice]\nstore = \"file\"\n");
    let ran = world.awsesame(&["config", "show", "-p", "alice"]).env("AWSESAME_UNLOCK_FOR", "1h").run().ok();
    let line = |key: &str| {
        let found = ran.stdout.lines().find(|line| line.starts_with(key)).unwrap();
        ran.known(&found.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    assert_eq!(line("store "), "store \"file\" {HOME}/.config/awsesame/config.toml:4");
    assert_eq!(line("prompt_timeout "), "prompt_timeout \"2m\" {HOME}/.config/awsesame/config.toml:1");
    assert_eq!(line("unlock_for "), "unlock_for \"1h\" AWSESAME_UNLOCK_FOR");
    assert_eq!(line("code_source "), "code_source \"terminal\" default");
    assert_eq!(line("stores.gpg.recipients "), "stores.gpg.recipients - default");
    let json = world.awsesame(&["config", "show", "--json"]).run().ok().json();
    assert_eq!(json["store"]["value"], "kernel");
    assert_eq!(json["prompt_timeout"]["value"], 120);
    assert_eq!(json["prompt_timeout"]["line"], 1);
    assert_eq!(json["unlock_for"]["from"], "default");
}

#[test]
fn the_profile_has_its_store_by_the_file() {
    let world = World::new();
    world.write(FILE, "[profile.alice]\nstore = \"file\"\n");
    world.log_in("alice");
    world.log_in("bob");
    let status = world.awsesame(&["status", "--json"]).run().ok().json();
    let stores: Vec<_> =
        status.as_array().unwrap().iter().map(|row| (&row["profile"], &row["store"])).collect();
    assert_eq!(
        format!("{stores:?}"),
        r#"[(String("alice"), String("file")), (String("bob"), String("kernel"))]"#
    );
}

#[test]
fn wrong_settings_are_told_with_their_line_and_lose_nothing() {
    let world = World::new();
    world.log_in("alice");
    let path = "{HOME}/.config/awsesame/config.toml";
    for (text, error, hint) in [
        ("\nstroe = \"age\"", "line 2: there is no setting `stroe`", "did you mean `store`? vi +2 "),
        ("no_input = 7", "line 1: `no_input` must be `true` or `false`", "correct line 1: vi +1 "),
    ] {
        world.write(FILE, text);
        let (error, hint) =
            (format!("`{path}` {error}"), format!("{hint}{{HOME}}/.config/awsesame/config.toml"));
        let home = world.home().display().to_string();
        for arguments in [&["login", "-p", "alice"][..], &["config", "show"], &["lock"]] {
            world.awsesame(arguments).run().fails(1, &error, &hint);
        }
        // Inside an .envrc the error is shown without a failure, and no key is delivered.
        let ran = world.awsesame(&["direnv", "export", "bob"]).run().ok();
        assert!(ran.stdout.contains(&error.replace("{HOME}", &home).replace('\'', r"'\''")), "{ran}");
        assert!(
            ran.stdout.contains("unset AWS_ACCESS_KEY_ID") || !ran.stdout.contains("AWS_ACCESS_KEY_ID="),
            "{ran}"
        );
    }
    world.write(FILE, "");
    world.awsesame(&["exec", "-p", "alice", "--", "true"]).run().ok();
}

#[test]
fn settings_that_others_may_write_are_refused() {
    let world = World::new();
    world.write(FILE, "");
    std::fs::set_permissions(world.path(FILE), std::fs::Permissions::from_mode(0o666)).unwrap();
    let path = "{HOME}/.config/awsesame/config.toml";
    world.awsesame(&["config", "show"]).run().fails(
        1,
        &format!("`{path}` is open to other users (mode 666)"),
        &format!("chmod go-rwx {path}"),
    );
    world.awsesame(&["config", "show"]).env("AWSESAME_CONFIG", "/nowhere/at/all").run().ok();
}
