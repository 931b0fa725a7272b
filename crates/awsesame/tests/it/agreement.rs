//! Tests that `policy check`, `policy attach` and `audit` agree about the same user, with any policies. A test of the
//! sandbox compares what they say with what it enforces, with policies from the same generator.

use std::fmt::Write as _;

use awsesame_sandbox::{Fixture, Options};
use serde_json::Value;

use crate::audit::report;
use crate::random::{Dice, random_policy, scale};
use crate::world::World;

const ADMIN: &str = r#"
[[account]]
id = "123456789012"
[[user]]
name = "admin"
access_key = { id = "AKIAIOSFODNN2EXAMPLE", secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCY2EXAMPLEKEY" }
devices = [{ serial = "arn:aws:iam::123456789012:mfa/admin", seed = "ALICEALICEALICEALICEALICEALICE33" }]
policies.own = '''{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
    "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}}'''
"#;

/// A user of a number, with the text of its first policy.
struct User {
    name: String,
    first: String,
}

/// Users with policies of their own, of a group, and within a boundary.
fn users(count: usize) -> (Vec<User>, String) {
    let mut fixture = ADMIN.to_owned();
    let users = (0..count).map(|number| {
        let dice = &mut Dice::new(number as u64 + 99);
        let name = format!("user{number:03}");
        let policies: Vec<Value> = (0..=dice.roll(2)).map(|_| random_policy(dice)).collect();
        let (grouped, bounded) = (dice.roll(3) == 0, dice.roll(4) == 0);
        if grouped {
            let _ = writeln!(
                fixture,
                "[[group]]\nname = \"of-{name}\"\npolicies.G = '''{}'''",
                random_policy(dice)
            );
        }
        if bounded {
            let limit = random_policy(dice);
            let _ = writeln!(fixture, "[[policy]]\nname = \"limit-{name}\"\ndocument = '''{limit}'''");
        }
        let _ = writeln!(
            fixture,
            "[[user]]\nname = \"{name}\"\naccess_key = {{ id = \"AKIAIOSUSER{number:03}EXAMPLE\", \
             secret = \"wJalrXUtnFEMI/K7MDENG/user{number:03}EXAMPLEKEY0\" }}"
        );
        if grouped {
            let _ = writeln!(fixture, "groups = [\"of-{name}\"]");
        }
        if bounded {
            let _ = writeln!(fixture, "boundary = \"limit-{name}\"");
        }
        for (place, policy) in policies.iter().enumerate() {
            let _ = writeln!(fixture, "policies.P{place} = '''{policy}'''");
        }
        User { name, first: policies[0].to_string() }
    });
    let users = users.collect();
    (users, fixture)
}

/// Returns the word of an audit for the verdict of a check.
fn audited(check: &Value) -> &str {
    match check["verdict"].as_str().unwrap() {
        _ if check["nothing_allowed"] == true => "nothing_allowed",
        "enforced_today" => "enforced",
        other => other,
    }
}

#[test]
fn check_attach_and_audit_say_the_same_of_everybody() {
    let (users, fixture) = users(if scale() > 1 { 400 } else { 16 });
    let world = World::of(&Fixture::parse(&fixture).unwrap(), Options::default());
    world.log_in("admin");
    let audit = world.awsesame(&["audit", "-p", "admin", "--json"]).run();
    let audit = report(&audit.stdout);
    let everybody = audit["accounts"][0]["users"].as_array().unwrap();
    let mut verdicts = std::collections::BTreeSet::new();
    for User { name, first } in &users {
        let check = world.awsesame(&["policy", "check", "--user", name, "-p", "admin", "--json"]).run();
        let check = report(&check.stdout);
        let of_audit = everybody.iter().find(|one| one["user"] == name.as_str()).unwrap();
        assert_eq!(of_audit["mfa"], audited(&check), "{name}: {of_audit} and {check}");
        let named: Vec<&Value> =
            check["witnesses"].as_array().unwrap().iter().map(|one| &one["action"]).collect();
        let without: Vec<&Value> = of_audit["without_mfa"].as_array().unwrap().iter().collect();
        assert_eq!(without, named, "{name}");
        // The policy that is there already: nothing changes, and so the verdict does not.
        world.write("policy.json", first);
        let file = world.path("policy.json").display().to_string();
        let attach = ["policy", "attach", "--user", name, &file, "--name", "P0", "-p", "admin"];
        let attached = world.awsesame(&attach).args(&["--yes", "--anyway", "--json"]).run().ok();
        let attached = report(&attached.stdout);
        assert_eq!(attached["before"], check["verdict"], "{name}");
        assert_eq!(attached["after"], check["verdict"], "{name}");
        assert_eq!(attached["changed"], false, "{name}");
        verdicts.insert(check["verdict"].as_str().unwrap().to_owned());
    }
    assert!(verdicts.len() >= 2, "{verdicts:?}");
}
