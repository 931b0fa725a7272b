//! Tests Linux inside Windows (WSL). It is recognized by a variable, so a test can imitate it. The programs of Windows
//! are scripts.

use std::os::unix::fs::PermissionsExt;

use crate::need::need;
use crate::run::Run;
use crate::world::World;

/// Adds a program with this name, which comes first in the PATH of `inside`.
fn program(world: &World, name: &str, script: &str) {
    let below = format!("bin/{name}");
    world.write(&below, &format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(world.path(&below), std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Returns a run inside WSL.
fn inside<'w>(world: &'w World, arguments: &[&str]) -> Run<'w> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(world.path("bin")).chain(std::env::split_paths(&path));
    let path = std::env::join_paths(folders).unwrap();
    world.awsesame(arguments).env("WSL_DISTRO_NAME", "Ubuntu").env("PATH", path)
}

/// Returns the store in force, and where this was decided.
fn store(world: &World, variables: &[(&str, &str)]) -> String {
    let run = inside(world, &["config", "show", "--json"]);
    let run = variables.iter().fold(run, |run, (name, value)| run.env(name, value));
    let said: serde_json::Value = serde_json::from_str(&run.run().ok().stdout).unwrap();
    format!("{} by {}", said["store"]["value"].as_str().unwrap(), said["store"]["from"].as_str().unwrap())
}

const BROWSER: &str = "echo \"$@\" >\"$HOME/given\"; for last; do :; done\n\
                           exec curl -sL --max-time 20 -o \"$HOME/page\" \"$last\"";

#[test]
fn where_the_kernel_forgets_the_store_is_one_that_lasts_and_has_what_it_needs() {
    let world = World::new();
    assert_eq!(store(&world, &[]), "kernel by default");
    program(&world, "gpg", "exit 2");
    // Nearly every distribution has gpg; what counts is a key.
    assert_eq!(store(&world, &[]), "kernel by default");
    program(&world, "pass", "exit 2");
    world.write(".password-store/.gpg-id", "0123\n");
    assert_eq!(store(&world, &[]), "pass by default here");
    world.write(".gnupg/private-keys-v1.d/0123.key", "");
    assert_eq!(store(&world, &[]), "gpg by default here");
    assert_eq!(store(&world, &[("AWSESAME_STORE", "kernel")]), "kernel by AWSESAME_STORE");
    let elsewhere = inside(&world, &["config", "show", "--json"]).env_remove("WSL_DISTRO_NAME").run().ok();
    assert!(
        elsewhere.stdout.contains("\"store\":{\"value\":\"kernel\",\"from\":\"default\""),
        "{}",
        elsewhere.stdout
    );
}

#[test]
fn what_wsl_forgets_is_said_at_the_first_login_and_never_again() {
    const WORDS: &str = "in WSL the session is gone when Windows stops the virtual machine";
    let world = World::new();
    let log_in = |store: Option<&str>| {
        let code = world.code("alice");
        let run = inside(&world, &["login", "-p", "alice", &code]);
        let run = store.into_iter().fold(run, |run, store| run.env("AWSESAME_STORE", store));
        run.run().ok().stderr.contains(WORDS)
    };
    // A user who has chosen a store gets no message.
    assert!(!log_in(Some("kernel")));
    assert!(log_in(None));
    assert!(!log_in(None));
}

#[test]
fn the_console_is_opened_by_the_browser_of_windows() {
    if !need("curl") {
        return;
    }
    for (name, given) in
        [("rundll32.exe", "url.dll,FileProtocolHandler http://127.0.0.1:"), ("wslview", "http://127.0.0.1:")]
    {
        let world = World::new();
        inside(&world, &["login", "-p", "alice", &world.code("alice")]).run().ok();
        program(&world, name, BROWSER);
        let endpoint = world.url() + "/federation";
        let ran = inside(&world, &["console", "-p", "deploy"])
            .env("AWSESAME_CONSOLE_ENDPOINT", endpoint)
            .run()
            .ok();
        assert!(ran.stderr.contains("the console is open"), "{}", ran.stderr);
        let said = world.read("given");
        assert!(said.starts_with(given), "{said}");
    }
}
