//! Tests `policy attach` and `policy detach`: MFA is enforced from the command line, and a call proves it.

use awsesame_sandbox::{Fixture, Options};

use crate::world::World;

/// Returns a world with a user who may do everything with a bare key, an administrator, and a group of both.
pub(crate) fn world() -> World {
    let everything =
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
    let with_mfa = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}}"#;
    let fixture = format!(
        "[[account]]\nid = \"123456789012\"\n\
         [[group]]\nname = \"people\"\n\
         [[user]]\nname = \"root-to-be\"\ngroups = [\"people\"]\n\
         access_key = {{ id = \"AKIAIOSFODNN1EXAMPLE\", secret = \"wJalrXUtnFEMI/K7MDENG/bPxRfiCY1EXAMPLEKEY\" }}\n\
         devices = [{{ serial = \"arn:aws:iam::123456789012:mfa/root-to-be\", seed = \"ALICEALICEALICEALICEALICEALICE22\" }}]\n\
         policies.own = '''{everything}'''\n\
         [[user]]\nname = \"admin\"\n\
         access_key = {{ id = \"AKIAIOSFODNN2EXAMPLE\", secret = \"wJalrXUtnFEMI/K7MDENG/bPxRfiCY2EXAMPLEKEY\" }}\n\
         devices = [{{ serial = \"arn:aws:iam::123456789012:mfa/admin\", seed = \"ALICEALICEALICEALICEALICEALICE33\" }}]\n\
         policies.own = '''{with_mfa}'''\n\
         [[user]]\nname = \"erin\"\ngroups = [\"people\"]\n"
    );
    World::of(&Fixture::parse(&fixture).expect("a fixture"), Options::default())
}

#[test]
fn mfa_is_forced_for_a_user_and_proven() {
    let world = world();
    for user in ["admin", "root-to-be"] {
        world.log_in(user);
    }
    world.awsesame(&["policy", "probe", "-p", "root-to-be"]).run().exits(1);
    let attach = ["policy", "attach", "--user", "root-to-be", "--yes", "-p", "root-to-be"];
    let attached = world.awsesame(&attach).run().ok().prints("");
    let now = "awsesame: user `root-to-be`: now MFA is not enforced: without MFA work iam:";
    assert!(attached.stderr.starts_with(now), "{attached}");
    let then = "awsesame: with `ForceMfa`: MFA is enforced\n\
         awsesame: `ForceMfa` is attached to user `root-to-be`; to detach it: awsesame policy detach --user \
         root-to-be --name ForceMfa\n\
         awsesame: prove it: awsesame policy probe -p root-to-be\n";
    assert!(attached.stderr.ends_with(then), "{attached}");
    world.awsesame(&["policy", "probe", "-p", "root-to-be"]).run().ok();
    // The same again changes nothing.
    let again = world.awsesame(&attach).args(&["--json"]).run().ok();
    assert!(again.stderr.contains("has `ForceMfa` already, as it is here"), "{again}");
    assert_eq!(
        (again.json()["changed"].as_bool(), again.json()["after"].as_str()),
        (Some(false), Some("enforced"))
    );

    let detach = ["policy", "detach", "--user", "root-to-be", "--yes", "-p", "admin"];
    let detached = world.awsesame(&detach).run().ok();
    assert!(
        detached.stderr.ends_with("awsesame: user `root-to-be` no longer has `ForceMfa`\n"),
        "{detached}"
    );
    world.awsesame(&["policy", "probe", "-p", "root-to-be"]).run().exits(1);
    let gone = world.awsesame(&detach).run().exits(1);
    assert!(gone.stderr.contains("NoSuchEntity"), "{gone}");
}

#[test]
fn policy_that_does_not_enforce_mfa_is_not_attached() {
    let world = world();
    world.log_in("admin");
    let unsound = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}}"#;
    world.write("unsound.json", unsound);
    let path = world.path("unsound.json").display().to_string();
    let attach = ["policy", "attach", "--user", "root-to-be", &path, "--yes", "-p", "admin"];
    let refused = world.awsesame(&attach).run().exits(1);
    assert!(
        refused.stderr.contains("error: MFA is not enforced by user `root-to-be` with `ForceMfa`\n"),
        "{refused}"
    );
    assert_eq!(world.sandbox().count("PutUserPolicy"), 0);
    // Another than what is asked for makes what is there no sounder.
    let admin = ["policy", "attach", "--user", "root-to-be", "--for", "admin-group", "--yes", "-p", "admin"];
    world.awsesame(&admin).run().exits(1);
    world.awsesame(&attach).args(&["--anyway"]).run().ok();
    let missing =
        world.awsesame(&["policy", "attach", "--group", "people", "none.json", "-p", "admin"]).run();
    missing
        .exits(1)
        .says("error: cannot read `none.json`: no such file or directory\nhint: see what there is: ls .\n");
}

#[test]
fn users_who_would_be_locked_out_are_named_before_the_question() {
    let world = world();
    world.log_in("admin");
    let attach = ["policy", "attach", "--group", "people", "-p", "admin"];
    world.awsesame(&attach).run().exits(1).says(
        "awsesame: group `people`: now nothing is allowed, with MFA or without\n\
         awsesame: with `ForceMfa`: MFA is enforced but for enrollment: anybody who has the key can enroll a device of \
         their own\n\
         awsesame: `erin` has no MFA device, and can do nothing until one is enrolled: awsesame mfa enroll\n\
         error: a change of policies must be confirmed at a terminal, and awsesame cannot ask here\n\
         hint: to agree beforehand: awsesame policy attach --group people --yes -p admin\n",
    );
    for (answer, code) in [("n\r", 1), ("y\r", 0)] {
        let mut pty = world.awsesame(&attach).pty();
        pty.expect("attach `ForceMfa` to group `people`? [y/N] ");
        pty.send(answer);
        let transcript = pty.transcript();
        let ran = pty.wait().exits(code);
        assert_eq!(
            ran.stderr.contains("nothing was attached") || transcript.contains("nothing was attached"),
            code == 1
        );
    }
    // The same command closes the enrollment again, once every user has a device.
    let check = ["policy", "check", "--group", "people", "-p", "admin"];
    let open = world.awsesame(&check).run().exits(1);
    assert!(open.stdout.starts_with("group `people`: MFA is enforced but for enrollment"), "{open}");
    world.awsesame(&check).args(&["--accept-enrollment"]).run().ok();
    world.awsesame(&attach).args(&["--yes", "--for", "self-service"]).run().ok();
    let shut = world.awsesame(&check).args(&["--strict"]).run().ok();
    assert!(shut.stdout.starts_with("group `people`: MFA is enforced\n"), "{shut}");
}
