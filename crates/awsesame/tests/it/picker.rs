//! Tests the list of profiles that is offered at a terminal if nothing names a profile.

use crate::world::World;

const QUESTION: &str = "profile (type to search, Esc to leave)";

#[test]
fn a_profile_is_found_by_some_of_its_letters() {
    let world = World::new();
    let mut terminal = world.awsesame(&["login"]).pty();
    terminal.expect(QUESTION);
    terminal.expect("alice");
    terminal.send("ngh");
    terminal.expect("longhaul");
    terminal.send("\r");
    terminal.expect("code");
    terminal.send(&format!("{}\r", world.code("alice")));
    let ran = terminal.wait().ok();
    assert!(ran.stderr.contains("(profile `longhaul`)"), "{ran}");
}

#[test]
fn the_profile_that_is_used_most_comes_first() {
    let world = World::new();
    for _ in 0..2 {
        world.awsesame(&["login", "bob", "--force", &world.code("bob")]).run().ok();
    }
    world.awsesame(&["login", "alice", &world.code("alice")]).run().ok();
    let mut terminal = world.awsesame(&["exec", "--", "printenv", "AWSESAME_PROFILE"]).pty();
    terminal.expect(QUESTION);
    terminal.send("\r");
    let ran = terminal.wait().ok();
    assert!(ran.stderr.ends_with("hbob\n"), "{ran}");
    let mut terminal = world.awsesame(&["exec", "--", "printenv", "AWSESAME_PROFILE"]).pty();
    terminal.expect(QUESTION);
    terminal.send("\x1b[B\r");
    let ran = terminal.wait().ok();
    assert!(ran.stderr.ends_with("halice\n"), "{ran}");
}

#[test]
fn leaving_the_list_of_profiles_shows_the_usual_error() {
    let world = World::new();
    let mut terminal = world.awsesame(&["login"]).pty();
    terminal.expect(QUESTION);
    terminal.send("\x1b");
    let ran = terminal.wait().exits(1);
    assert!(ran.stderr.contains("error: no profile is named"), "{ran}");
}

#[test]
fn no_list_comes_up_in_scripts_or_where_a_profile_is_in_force() {
    let world = World::new();
    let quiet = |words: &[&str], variable: (&str, &str)| {
        let ran = world.awsesame(words).env(variable.0, variable.1).pty_with_stdout_piped();
        let ran = ran.wait();
        assert!(!ran.stderr.contains(QUESTION), "{words:?} {variable:?}: {ran}");
    };
    quiet(&["login", "--no-input"], ("X", ""));
    quiet(&["login", "--json"], ("X", ""));
    quiet(&["login"], ("TERM", "dumb"));
    quiet(&["login"], ("AWSESAME_NO_INPUT", "1"));
    quiet(&["status"], ("X", ""));
    quiet(&["env"], ("X", ""));
    // Without a terminal nobody could choose.
    world.awsesame(&["login"]).run().fails(
        1,
        "no profile is named, and `default` is not in `{HOME}/.aws/config`",
        "name one, such as `alice`: awsesame login -p alice",
    );
    let mut terminal = world.awsesame(&["login"]).env("AWS_PROFILE", "bob").pty();
    terminal.expect("code");
    terminal.send("\u{3}");
    assert!(!terminal.wait().stderr.contains(QUESTION));
}
