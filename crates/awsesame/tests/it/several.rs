//! Tests several profiles at once: they need one code and one MFA session, and their roles are assumed at the same time
//! and not one after the other.

use awsesame_sandbox::{Fault, Meeting};

use crate::world::World;

/// From now on, this many calls of `AssumeRole` are answered when all of them have arrived. If they come one after the
/// other, the server closes the connection.
fn meet(world: &World, calls: usize) {
    let meeting = Meeting::of(calls);
    for _ in 0..calls {
        world.sandbox().fail_next("AssumeRole", Fault::Meet(meeting.clone()));
    }
}

const IN: &str = "until {CLOCK} ({SPAN} left)";

#[test]
fn login_of_all_assumes_every_role_beside_the_others() {
    let world = World::new();
    meet(&world, 3);
    world.awsesame(&["login", "-p", "alice", "--all", &world.code("alice")]).run().ok().says(&format!(
        "awsesame: logged in as alice, account 123456789012 (profile `alice`), {IN}\n\
         awsesame: profile `longhaul` takes a code of its own: awsesame login -p longhaul\n\
         awsesame: logged in as role chained, account 123456789012 (profile `chained`), {IN}\n\
         awsesame: logged in as role deploy, account 123456789012 (profile `deploy`), {IN}\n\
         awsesame: logged in as role partner, account 210987654321 (profile `partner`), {IN}\n\
         awsesame: logged in as role readonly, account 123456789012 (profile `readonly`), {IN}\n"
    ));
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
    assert_eq!(world.sandbox().count("AssumeRole"), 4, "`chained` stands on the session of `deploy`");
    for profile in ["deploy", "readonly", "partner", "chained"] {
        world.awsesame(&["exec", "-p", profile, "--no-input", "--", "true"]).run().ok().says("");
    }
    assert_eq!(world.sandbox().count("AssumeRole"), 4);
}

#[test]
fn login_of_all_brings_roles_of_an_older_code_to_the_new_one() {
    let world = World::new();
    world.awsesame(&["login", "-p", "alice", "--also", "deploy", &world.code("alice")]).run().ok();
    let mfa_at =
        |profile| world.awsesame(&["status", "-p", profile, "--json"]).run().ok().json()[0]["mfa_at"].clone();
    let before = mfa_at("deploy");
    // Times are in whole seconds, and the ledger would have us wait for the next code.
    world.pass(1);
    std::fs::remove_dir_all(world.state().join("ledger")).unwrap();
    world.awsesame(&["login", "-p", "alice", "--all", &world.code("alice")]).run().ok();
    assert_ne!(mfa_at("deploy"), before);
    assert_eq!(mfa_at("deploy"), mfa_at("alice"));
}

#[test]
fn role_that_fails_does_not_stop_the_others() {
    let world = World::new();
    world.append_config("[profile nowhere]\nregion = us-east-1\nendpoint_url = {URL}\nrole_arn = arn:aws:iam::123456789012:role/nowhere\nsource_profile = alice\n");
    let code = world.code("alice");
    let names = "deploy,nowhere,readonly,deploy,lost";
    let ran = world.awsesame(&["login", "-p", "alice", &code, "--also", names, "--json"]).run().exits(1);
    let ran = ran.says(&format!(
        "awsesame: logged in as alice, account 123456789012 (profile `alice`), {IN}\n\
         error: profile `lost` is not in `{{HOME}}/.aws/config`\n\
         hint: set it up, with its key: awsesame init -p lost\n\
         awsesame: logged in as role deploy, account 123456789012 (profile `deploy`), {IN}\n\
         error: profile `nowhere`: `arn:aws:iam::123456789012:role/nowhere` cannot be assumed: its trust policy or \
         your own policies do not allow it, or it does not exist\n\
         hint: ask the owner of `arn:aws:iam::123456789012:role/nowhere` to trust your user, with MFA; then: \
         awsesame login -p nowhere\n\
         awsesame: logged in as role readonly, account 123456789012 (profile `readonly`), {IN}\n"
    ));
    let told: Vec<serde_json::Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let said: Vec<_> = told.iter().map(|one| (&one["profile"], &one["error"], &one["state"])).collect();
    assert_eq!(
        format!("{said:?}"),
        "[(String(\"alice\"), Null, String(\"fresh\")), \
          (String(\"lost\"), String(\"unknown_profile\"), Null), \
          (String(\"deploy\"), Null, String(\"fresh\")), \
          (String(\"nowhere\"), String(\"role_denied\"), Null), \
          (String(\"readonly\"), Null, String(\"fresh\"))]"
    );
}

#[test]
fn profile_of_another_key_is_asked_about_after_the_others() {
    let world = World::new();
    let code = world.code("alice");
    let also = ["login", "-p", "alice", &code, "--also", "bob", "--also", "deploy"];
    world.awsesame(&also).run().exits(1).says(&format!(
        "awsesame: logged in as alice, account 123456789012 (profile `alice`), {IN}\n\
         awsesame: logged in as role deploy, account 123456789012 (profile `deploy`), {IN}\n\
         error: profile `bob` has no session\n\
         hint: awsesame login -p bob\n"
    ));
    let mut pty = world.awsesame(&["login", "-p", "alice", "--also", "bob"]).pty();
    pty.expect("MFA code for bob@123456789012 (profile `bob`): ");
    pty.send(&format!("{}\r", world.code("bob")));
    pty.wait().ok();
    world.awsesame(&["exec", "-p", "bob", "--", "true"]).run().ok();
}

#[test]
fn nobody_else_is_tried_when_the_code_is_refused() {
    let world = World::new();
    world.awsesame(&["login", "-p", "alice", "--all", "000000"]).run().exits(1);
    assert_eq!(world.sandbox().count("AssumeRole"), 0);
}

#[test]
fn processes_that_ask_for_roles_at_the_same_moment_share_one_code_and_assume_beside_each_other() {
    let world = World::new();
    world.write(
        ".config/awsesame/config.toml",
        "code_source = \"command\"\ncode.command.command = [\"sh\", \"-c\", \"echo asked >>asked; sleep 1; cat code\"]\n",
    );
    world.write("code", &world.code("alice"));
    meet(&world, 3);
    let asked: Vec<_> = ["deploy", "readonly", "partner"]
        .map(|profile| world.awsesame(&["exec", "-p", profile, "--", "true"]).spawn())
        .into();
    for running in asked {
        running.wait().ok();
    }
    assert_eq!(world.read("asked"), "asked\n");
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
    assert_eq!(world.sandbox().count("AssumeRole"), 3);
}
