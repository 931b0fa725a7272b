//! Tests the contract of `--json`: for each subcommand the names and types in its output, as in the golden file. Other
//! programs read this output, so fields may be added, but not changed or removed.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::Value;

use crate::audit::staffed;
use crate::browser::with_browser;
use crate::run::Run;
use crate::world::World;
use crate::{attach, populate};

const GOLDEN: &str = include_str!("json_contract.txt");

/// The command lines in the order of a day, each with its input. `CODE` is a fresh code of alice.
const DAY: [(&str, &str); 40] = [
    ("list", ""),
    ("status", ""),
    ("check -p alice", ""),
    ("check -p nobody", ""),
    ("env -p alice", ""),
    ("login -p alice CODE", ""),
    ("login -p alice --also deploy,nobody", ""),
    ("list", ""),
    ("status", ""),
    ("status -p alice", ""),
    ("check -p alice", ""),
    ("wait -p alice --timeout 1s", ""),
    ("explain -p alice", ""),
    ("doctor", ""),
    ("env -p alice", ""),
    ("process -p alice", ""),
    ("exec -p alice -- no-such-program", ""),
    ("console -p deploy --url", ""),
    ("config show", ""),
    ("config show -p alice", ""),
    ("config keys", ""),
    ("mfa list -p alice", ""),
    ("keys list", ""),
    ("keys rotate -p alice", ""),
    ("keys list", ""),
    ("keys rotate --all", ""),
    ("keys add -p extra", "AKIAIOSFODNN7EXTRA00\nwJalrXUtnFEMI/K7MDENG/bPxRfiCYEXTRAKEY00\n"),
    ("keys import -p bob", ""),
    ("keys import --all", ""),
    ("keys list", ""),
    ("keys move -p bob --to file", ""),
    ("keys remove -p extra --yes", ""),
    ("policy probe -p alice", ""),
    ("broker start", ""),
    ("broker status", ""),
    ("broker stop", ""),
    ("init bob", ""),
    ("init --undo", ""),
    ("no-such-command", ""),
    ("logout -p alice", ""),
];

/// Returns the types of a value: objects with their fields in order, lists with the different shapes of their members.
fn shape(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "bool".to_owned(),
        Value::Number(_) => "number".to_owned(),
        Value::String(_) => "string".to_owned(),
        Value::Array(members) => {
            let shapes: BTreeSet<String> = members.iter().map(shape).collect();
            format!("[{}]", shapes.into_iter().collect::<Vec<_>>().join(" | "))
        }
        Value::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, value)| format!("{name}: {}", shape(value))).collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
}

/// Runs a command line with `--json`, and writes down how it ended and the shape of each value that it printed.
fn note(noted: &mut String, line: &str, run: Run<'_>) {
    let ran = run.args(&["--json"]).reveals_credentials().run();
    let _ = writeln!(noted, "$ awsesame {line} --json\nexit {}", ran.code.unwrap_or(-1));
    for value in serde_json::Deserializer::from_str(&ran.stdout).into_iter::<Value>() {
        let value = value.unwrap_or_else(|error| panic!("{error}: {ran}"));
        let _ = writeln!(noted, "{}", shape(&value));
    }
    noted.push('\n');
}

#[test]
fn json_output_keeps_its_names_and_types() {
    let mut noted = String::new();
    let world = World::new();
    for (line, reads) in DAY {
        world.pass(30);
        let code = world.code("alice");
        let mut words: Vec<&str> =
            line.split(' ').map(|word| if word == "CODE" { &code } else { word }).collect();
        // The arguments after `--` belong to the program.
        let program = words.iter().position(|word| *word == "--").map(|at| words.split_off(at));
        // A key stays in a lasting store. A rotation needs the session, which is in another store.
        let store =
            if line.starts_with("keys ") && !line.starts_with("keys rotate") { "file" } else { "kernel" };
        let run = || world.awsesame(&words).stdin(reads).env("AWSESAME_STORE", store);
        match program {
            None => note(&mut noted, line, run()),
            Some(program) => note(&mut noted, line, run().args(&["--json"]).args(&program)),
        }
    }
    let staff = staffed();
    staff.write(
        "policy.json",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#,
    );
    for line in ["audit -p alice", "policy check policy.json", "policy show"] {
        note(&mut noted, line, staff.awsesame(&line.split(' ').collect::<Vec<_>>()));
    }
    let admins = attach::world();
    for user in ["admin", "root-to-be"] {
        admins.log_in(user);
    }
    for line in [
        "policy attach --user root-to-be --yes -p root-to-be",
        "policy detach --user root-to-be --yes -p admin",
    ] {
        note(&mut noted, line, admins.awsesame(&line.split(' ').collect::<Vec<_>>()));
    }
    let portal = populate::world();
    populate::signed_in(&portal, "nina");
    let line = "sso populate --yes";
    let run = portal.awsesame(&["sso", "populate", "--yes"]).env("AWS_ENDPOINT_URL", portal.url());
    note(&mut noted, line, with_browser(&portal, run));
    if noted != GOLDEN {
        let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("json_contract.txt");
        std::fs::write(&path, &noted).unwrap();
        for (new, old) in noted.lines().zip(GOLDEN.lines()) {
            assert_eq!(new, old, "all of it: {}", path.display());
        }
        panic!("more or fewer lines: {}", path.display());
    }
}
