//! Tests credentials on demand in a Makefile: a target asks the person at the terminal, or fails at once with the
//! command to type.

use crate::need::need;
use crate::world::World;

const MAKEFILE: &str = "\
.PHONY: deploy listing
deploy:
\t@awsesame exec -p alice -- sh -c 'echo deploying as $$AWSESAME_PROFILE'

listing:
\t@eval \"$$(awsesame env -p alice)\" && test -n \"$$AWS_SESSION_TOKEN\" && echo listed
";

#[test]
fn a_target_asks_for_a_code_once_and_goes_on() {
    if !need("make") {
        return;
    }
    let world = World::new();
    world.write("Makefile", MAKEFILE);
    let mut make = world.program("make").args(&["deploy", "listing"]).pty();
    make.expect("MFA code");
    make.send(&format!("{}\r", world.code("alice")));
    make.expect("deploying as alice");
    make.expect("listed");
    make.wait().ok();
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
}

#[test]
fn a_target_without_a_terminal_says_what_to_type() {
    if !need("make") {
        return;
    }
    let world = World::new();
    world.write("Makefile", MAKEFILE);
    let ran = world.program("make").args(&["deploy"]).run().exits(2).prints("");
    let said = "error: profile `alice` has no session\nhint: awsesame login -p alice\nmake: *** ";
    assert!(ran.stderr.starts_with(said) && ran.stderr.trim_end().ends_with("Error 3"), "{ran}");
}
