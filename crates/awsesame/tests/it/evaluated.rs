//! Tests `eval "$(awsesame env)"` and its variants in the real shells with a real session: which variables a program
//! that starts there has.

use std::collections::BTreeMap;
use std::process::Stdio;

use crate::hostile;
use crate::need::need;
use crate::world::World;

/// Definitions that would shadow the exported keys, as a careless shell may have them.
const SHADOWS: [&str; 7] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SECURITY_TOKEN",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];

/// Each shell's own way to write it, several where people write it several ways.
const WAYS: [(&str, &[&str], &str); 10] = [
    ("bash", &["--noprofile", "--norc", "-euc"], "eval \"$(awsesame env -p team/prod)\""),
    ("bash", &["--noprofile", "--norc", "-euc"], "eval $(awsesame env -p team/prod)"),
    ("bash", &["--noprofile", "--norc", "-euc"], "source <(awsesame env -p team/prod)"),
    ("dash", &["-euc"], "eval \"$(awsesame env -p team/prod)\""),
    ("zsh", &["-feuc"], "eval \"$(awsesame env -p team/prod --format zsh)\""),
    ("zsh", &["-feuc"], "eval $(awsesame env -p team/prod --format zsh)"),
    ("fish", &["--no-config", "-c"], "awsesame env -p team/prod --format fish | source"),
    ("fish", &["--no-config", "-c"], "eval (awsesame env -p team/prod --format fish)"),
    ("elvish", &["-norc", "-c"], "eval (awsesame env -p team/prod --format elvish | slurp)"),
    ("nu", &["-n", "-c"], "awsesame env -p team/prod --format nu | from json | load-env"),
];

#[test]
fn every_shell_hands_on_exactly_what_json_says() {
    let world = World::new();
    world.append_config(
        "[profile team/prod]\nregion = eu-west-1\nendpoint_url = {URL}/it's/$(touch${IFS}stolen)/*/\"x\"\n\
         services = local\nrole_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = alice\n\n\
         [services local]\nsts =\n  endpoint_url = {URL}\niam =\n  endpoint_url = {URL}\n",
    );
    world.awsesame(&["login", "-p", "team/prod", &world.code("alice")]).run().ok();
    let json = ["env", "-p", "team/prod", "--format", "json"];
    let expected = world.awsesame(&json).reveals_credentials().run().ok().json();
    let expected = expected.as_object().unwrap();
    assert!(expected["AWS_ENDPOINT_URL"].as_str().unwrap().ends_with("/it's/$(touch${IFS}stolen)/*/\"x\""));
    for shadow in SHADOWS {
        assert!(expected[shadow].is_null(), "{shadow}");
    }
    for (program, arguments, way) in WAYS {
        if !need(program) {
            continue;
        }
        let print = if program == "nu" { "^env -0" } else { "env -0" };
        let mut run = world.program(program).args(arguments).args(&[format!("{way}\n{print}")]);
        for shadow in SHADOWS {
            run = run.env(shadow, "shadow");
        }
        let ran = run.reveals_credentials().run().ok().says("");
        let found: BTreeMap<&str, &str> =
            ran.stdout.split('\0').filter_map(|variable| variable.split_once('=')).collect();
        for (name, value) in expected {
            assert_eq!(found.get(name.as_str()).copied(), value.as_str(), "{name} after {way} in {program}");
        }
        assert!(!world.path("stolen").exists(), "{way} in {program}");
    }
}

/// The .envrc of a cloned project chooses the name of its profile, which can be any text.
#[test]
fn a_project_exports_whatever_name_it_gives_its_profile_and_nothing_else() {
    if !need("bash") {
        return;
    }
    let world = World::new();
    let mut script = String::from("watch_file() { :; }\nlog_status() { :; }\n");
    let names = hostile::known();
    for name in &names {
        // These are hundreds of runs without a secret, so the watchdog is not used.
        let mut export = world.awsesame(&["direnv", "export", &format!("--profile={name}")]).command();
        let output = export.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{name:?}: {output:?}");
        script += &String::from_utf8(output.stdout).unwrap();
        script += "printenv -0 AWSESAME_PROFILE\n";
    }
    let ran = world.program("bash").args(&["--noprofile", "--norc", "-eu"]).stdin(script).run().ok().says("");
    let expected: String = names.iter().flat_map(|name| [name.as_str(), "\0"]).collect();
    ran.prints(&expected);
    assert!(!world.path("stolen").exists());
}
