//! Tests `keys rotate`: a new key replaces the old one in every kind of place that can store it, and the messages if
//! that is not possible. The module `rotate_crash` tests what a killed run leaves.

use std::os::unix::fs::PermissionsExt;

use awsesame_sandbox::{Fault, Fixture, Options};

use crate::counted::Counted;
use crate::ran::Ran;
use crate::world::World;

const ALICE: &str = "AKIAIOSALICE7EXAMPLE";
const BOB: &str = "AKIAIOSFOBOB7EXAMPLE";

/// Deletes the spent codes, so that the next code can be used at once.
fn forget_spent_codes(world: &World) {
    std::fs::remove_dir_all(world.state().join("ledger")).unwrap();
}

fn rotate(world: &World, line: &str) -> Ran {
    world.awsesame(&["keys", "rotate"]).args(&line.split_whitespace().collect::<Vec<_>>()).run()
}

/// Returns the IDs of a user's keys, with the inactive ones in brackets.
fn keys_of(world: &World, user: &str) -> Vec<String> {
    let keys = world.sandbox().access_keys(user);
    let mut keys: Vec<String> =
        keys.into_iter().map(|(id, active)| if active { id } else { format!("({id})") }).collect();
    keys.sort();
    keys
}

/// Returns the key that is not the first one.
fn new_key(world: &World, user: &str, old: &str) -> String {
    let mut keys = world.sandbox().access_keys(user);
    keys.retain(|(id, _)| id != old);
    assert_eq!(keys.len(), 1, "{keys:?}");
    keys.remove(0).0
}

fn journals(world: &World) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(world.path(".local/share/awsesame/rotations")) else {
        return Vec::new();
    };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != ".lock").collect()
}

/// Returns a new session by the current key of the profile.
fn log_in_again(world: &World, user: &str) -> Ran {
    forget_spent_codes(world);
    world.awsesame(&["login", "--force", "-p", user, &world.code(user)]).run().ok()
}

#[test]
fn key_of_a_file_is_replaced_in_place_and_the_session_goes_on() {
    let world = World::new();
    let secret = |id: &str| {
        let text = world.read(".aws/credentials");
        let after = text.split_once(id).unwrap().1.split_once("ACCESS_KEY=").unwrap().1;
        after.split_whitespace().next().unwrap().to_owned()
    };
    let bob = world.read(".aws/credentials").split_once("[bob]").unwrap().1.to_owned();
    let text = format!(
        "\u{feff}# mine\r\n[alice]\r\naws_access_key_id = {ALICE} # old\r\nAWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/aliceKeyEXAMPLEKEY\r\n\r\n[bob]{bob}"
    );
    world.write(".aws/credentials", &text);
    std::fs::set_permissions(world.path(".aws/credentials"), PermissionsExt::from_mode(0o640)).unwrap();
    world.log_in("alice");
    world.awsesame(&["exec", "-p", "deploy", "--", "true"]).run().ok();
    let ran = rotate(&world, "-p alice").ok();
    let new = new_key(&world, "alice", ALICE);
    ran.prints("").says(&format!(
        "awsesame: profile `alice` has the new key `{new}`; `{ALICE}` is inactive, and the first login with the new one deletes it: awsesame login --force -p alice\n\
         awsesame: should something else still need the old one: awsesame keys rotate --undo -p alice\n"
    ));
    let after = text.replace(ALICE, &new).replace("wJalrXUtnFEMI/K7MDENG/aliceKeyEXAMPLEKEY", &secret(&new));
    assert_eq!(world.read(".aws/credentials"), after);
    let mode = std::fs::metadata(world.path(".aws/credentials")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o640);
    // The session is served under the new key: no code, and no call but those for the role.
    for profile in ["alice", "deploy"] {
        world.awsesame(&["exec", "-p", profile, "--no-input", "--", "true"]).run().ok().says("");
    }
    assert_eq!((world.sandbox().count("GetSessionToken"), world.sandbox().count("AssumeRole")), (1, 1));
    assert_eq!(keys_of(&world, "alice"), [format!("({ALICE})"), new.clone()]);
    world.awsesame(&["keys", "list"]).run().ok().says(&format!(
        "awsesame: a key in a file is as readable as the file; into a store: awsesame keys import -p alice\n\
         awsesame: `{ALICE}`, which `{new}` replaced, is deleted at the first login: awsesame login --force -p alice\n"
    ));
    let rows = world.awsesame(&["keys", "list", "--json"]).run().ok().json();
    assert_eq!(
        rows[0]["rotation"],
        serde_json::json!({"old": ALICE, "new": new, "used": false, "reopened": false})
    );
    assert_eq!(rows[1]["rotation"], serde_json::Value::Null);
    // Typed again it deletes nothing before the new key was used, and makes no third.
    rotate(&world, "-p alice --json").ok().prints(&format!(
        "{{\"profile\":\"alice\",\"old\":\"{ALICE}\",\"new\":\"{new}\",\"state\":\"waits\"}}\n"
    ));
    assert_eq!(keys_of(&world, "alice").len(), 2);
    let said = log_in_again(&world, "alice").stderr;
    assert_eq!(said.lines().filter(|line| !line.contains("to use it here")).count(), 1, "{said}");
    assert_eq!(keys_of(&world, "alice"), [new.as_str()]);
    assert_eq!(journals(&world), [""; 0]);
    // Now there is nothing to be done, until it is asked for another one.
    let ran = rotate(&world, "-p alice --older-than 90d").ok();
    assert!(ran.stderr.starts_with(&format!("awsesame: the key `{new}` of profile `alice` is ")), "{ran}");
    assert!(ran.stderr.ends_with(" old, and stays\n"), "{ran}");
    assert_eq!(keys_of(&world, "alice"), [new]);
}

#[test]
fn key_of_a_store_is_replaced_there_for_all_who_share_it() {
    let counted = Counted::new("keys_store");
    let world = counted.world();
    let other = format!(
        "[profile twin]\naws_access_key_id={ALICE}\naws_secret_access_key=wJalrXUtnFEMI/K7MDENG/aliceKeyEXAMPLEKEY\n"
    );
    world.log_in("alice");
    counted.awsesame("keys import -p alice").run().ok();
    counted.awsesame(&format!("keys add --existing {ALICE} -p third")).run().ok();
    // The key is also in a file, under another name.
    let text = other.replace("[profile twin]", "[twin]");
    world.write_private(".aws/credentials", &(world.read(".aws/credentials") + &text));
    counted.asked();
    rotate(world, "-p alice").ok();
    assert_eq!(counted.asked(), "put get", "laid down, and read back");
    let new = new_key(world, "alice", ALICE);
    let list = world.read(".local/share/awsesame/keys");
    assert_eq!(list, format!("awsesame keys 1\n{new} command alice\n{new} command third\n"));
    let credentials = world.read(".aws/credentials");
    assert!(credentials.contains(&format!("[twin]\naws_access_key_id={new}\n")), "the twin follows");
    assert!(!credentials.contains(ALICE));
    let backups = world.path(".local/share/awsesame/backups");
    assert_eq!(std::fs::read_dir(&backups).unwrap().count(), 1, "of the file that the key was imported from");
    log_in_again(world, "alice");
    assert_eq!(std::fs::read_dir(&backups).unwrap().count(), 0);
    assert_eq!(keys_of(world, "alice"), [new.as_str()]);
    let kept: Vec<String> = std::fs::read_dir(world.path("awsesame/secrets"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(kept, [format!("key-{}", new.to_lowercase())], "the old secret is gone");
}

#[test]
fn one_code_is_enough_where_the_policy_demands_mfa() {
    let world = World::new();
    let mut terminal = world.awsesame(&["keys", "rotate", "-p", "bob"]).pty();
    terminal.expect("MFA code for bob@123456789012 (profile `bob`): ");
    terminal.send(&format!("{}\r", world.code("bob")));
    terminal.expect("profile `bob` has the new key `");
    terminal.wait().ok();
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
    world.awsesame(&["exec", "-p", "bob", "--no-input", "--", "true"]).run().ok();
    // There is no session and nobody to ask, so the answer comes at once.
    rotate(&world, "-p alice")
        .exits(3)
        .says("error: profile `alice` has no session\nhint: awsesame login -p alice\n");
    let mut terminal = world.awsesame(&["keys", "rotate", "-p", "alice"]).pty();
    terminal.expect("MFA code for alice@123456789012");
    terminal.send("\u{3}");
    terminal.wait().exits(130);
    assert_eq!(keys_of(&world, "alice"), [ALICE]);
    assert_eq!(journals(&world).len(), 1, "bob's");
}

#[test]
fn undo_makes_the_old_key_active_again_as_long_as_it_is_there() {
    let world = World::new();
    rotate(&world, "-p alice --undo").exits(1).says(
        "error: no rotation of the key of profile `alice` can be undone: none is under way\n\
         hint: list the keys: awsesame keys list\n",
    );
    world.log_in("alice");
    rotate(&world, "-p alice").ok();
    let new = new_key(&world, "alice", ALICE);
    let active = format!(
        "awsesame: `{ALICE}`, the old key of profile `alice`, is active beside `{new}`; to continue: awsesame keys rotate -p alice\n"
    );
    rotate(&world, "-p alice --undo").ok().says(&active);
    assert_eq!(keys_of(&world, "alice"), [ALICE.to_owned(), new.clone()]);
    // Neither a login nor a timer undoes what a person wanted.
    log_in_again(&world, "alice");
    rotate(&world, "-p alice --older-than 1d").ok().says(&active);
    rotate(&world, "--all --older-than 1d").exits(1);
    assert_eq!(keys_of(&world, "alice"), [ALICE.to_owned(), new.clone()]);
    rotate(&world, "-p alice").ok().says(&format!(
        "awsesame: the old key `{ALICE}` of profile `alice` is deleted; `{new}` has its place\n"
    ));
    assert_eq!(keys_of(&world, "alice"), [new]);
}

#[test]
fn second_key_is_told_and_goes_only_if_it_is_named() {
    let world = World::new();
    world.log_in("alice");
    // Somebody made one by hand, and another rotation of its own is begun nowhere.
    rotate(&world, "-p alice").ok();
    let other = new_key(&world, "alice", ALICE);
    rotate(&world, "-p alice --undo").ok();
    std::fs::remove_dir_all(world.path(".local/share/awsesame/rotations")).unwrap();
    let said = |about: &str| {
        format!(
            "error: the user of profile `alice` has a second key, `{ALICE}` ({about}), and AWS allows only two\n\
             hint: if nothing needs it, delete it to make room: awsesame keys rotate --drop {ALICE} -p alice\n"
        )
    };
    let ran = rotate(&world, "-p alice").exits(1);
    assert!(ran.stderr.starts_with(said("active, last used ").split_once("used ").unwrap().0), "{ran}");
    assert!(ran.stderr.ends_with(said("").split_once('\n').unwrap().1), "{ran}");
    assert_eq!((keys_of(&world, "alice").len(), journals(&world).len()), (2, 0));
    rotate(&world, &format!("-p alice --drop {other}")).exits(1).says(&format!(
        "error: the user of profile `alice` has no other key `{other}`\nhint: see which keys there are: awsesame keys list\n"
    ));
    let ran = rotate(&world, &format!("-p alice --drop {ALICE}")).ok();
    assert!(ran.stderr.starts_with(&format!("awsesame: the key `{ALICE}` is deleted\n")), "{ran}");
    assert_eq!(keys_of(&world, "alice").len(), 2);
    assert!(!keys_of(&world, "alice").concat().contains(ALICE));
}

#[test]
fn what_is_not_allowed_is_told_and_leaves_all_as_it_was() {
    let world = World::new();
    let denied = || Fault::Status(403, "AccessDenied".into(), "User: x is not authorized".into());
    let before = world.read(".aws/credentials");
    // A user without a device, whose policy allows all of it with MFA alone.
    let ran = world.awsesame(&["keys", "rotate", "-p", "dave"]).pty().wait().exits(1);
    assert!(
        ran.stderr
            .contains("error: AWS does not allow `iam:UpdateAccessKey` for the user of profile `dave`: "),
        "{ran}"
    );
    assert!(
        ran.stderr
            .ends_with("hint: if the policy requires MFA, enroll a device: awsesame mfa enroll -p dave\n"),
        "{ran}"
    );
    world.log_in("alice");
    for operation in ["ListAccessKeys", "UpdateAccessKey", "CreateAccessKey"] {
        world.sandbox().fail_next(operation, denied());
        rotate(&world, "-p alice").exits(1).says(&format!(
            "error: AWS does not allow `iam:{operation}` for the user of profile `alice`: User: x is not authorized\n\
             hint: to let users manage their own keys: awsesame policy show --for self-service\n"
        ));
        assert_eq!((keys_of(&world, "alice"), journals(&world)), (vec![ALICE.to_owned()], Vec::new()));
    }
    assert_eq!(world.read(".aws/credentials"), before);
    // The new key is in its place, and the old one cannot be made inactive.
    world.sandbox().fail_next("UpdateAccessKey", Fault::Pass);
    world.sandbox().fail_next("UpdateAccessKey", denied());
    let ran = rotate(&world, "-p alice").exits(1);
    let first = new_key(&world, "alice", ALICE);
    let told =
        format!("awsesame: profile `alice` has the new key `{first}`; `{ALICE}` still exists\nerror: ");
    assert!(ran.stderr.starts_with(&told), "{ran}");
    world.awsesame(&["exec", "-p", "alice", "--no-input", "--", "true"]).run().ok();
    // If the result is known only later, the new key stays in place, and the next run continues.
    rotate(&world, "-p alice").ok();
    let new = new_key(&world, "alice", ALICE);
    assert_eq!(new, first);
    world.sandbox().fail_next("DeleteAccessKey", denied());
    let said = log_in_again(&world, "alice").stderr;
    let told = said.lines().filter(|line| !line.contains("to use it here")).count();
    assert_eq!(told, 1, "a login is none the worse: {said}");
    world.sandbox().fail_next("DeleteAccessKey", denied());
    let ran = rotate(&world, "-p alice").exits(1);
    assert!(ran.stderr.contains("`iam:DeleteAccessKey`"), "{ran}");
    rotate(&world, "-p alice").ok();
    assert_eq!((keys_of(&world, "alice"), journals(&world)), (vec![new], Vec::new()));
}

#[test]
fn new_key_is_waited_for_until_aws_takes_it() {
    let world = World::new();
    world.log_in("alice");
    world.sandbox().set_key_lag(3);
    rotate(&world, "-p alice").ok();
    let refused = world
        .sandbox()
        .log()
        .iter()
        .filter(|entry| entry.action == "GetCallerIdentity" && entry.status == 403)
        .count();
    assert_eq!(refused, 3);
    log_in_again(&world, "alice");
    assert_eq!(keys_of(&world, "alice").len(), 1);
}

#[test]
fn key_whose_answer_was_lost_is_found_and_deleted_by_the_next_run() {
    let world = World::new();
    world.log_in("alice");
    world.sandbox().fail_next("CreateAccessKey", Fault::LoseAnswer);
    let ran = rotate(&world, "-p alice").exits(1);
    assert_eq!(world.sandbox().count("CreateAccessKey"), 1, "it is not sent again by itself: {ran}");
    assert_eq!((keys_of(&world, "alice").len(), journals(&world).len()), (2, 1));
    let said = world.awsesame(&["keys", "list"]).run().ok().stderr;
    let line = format!(
        "awsesame: the rotation of `{ALICE}` was interrupted; to continue: awsesame keys rotate -p alice\n"
    );
    assert!(said.ends_with(&line), "{said}");
    let lost = new_key(&world, "alice", ALICE);
    rotate(&world, "-p alice").ok();
    let new = new_key(&world, "alice", ALICE);
    assert_ne!(lost, new);
    log_in_again(&world, "alice");
    assert_eq!(keys_of(&world, "alice"), [new.as_str()]);
    // The same, given up.
    world.sandbox().fail_next("CreateAccessKey", Fault::LoseAnswer);
    rotate(&world, "-p alice").exits(1);
    let said = log_in_again(&world, "alice").stderr;
    assert!(
        said.ends_with(
            "awsesame: a rotation of the key was interrupted; to continue: awsesame keys rotate -p alice\n"
        ),
        "{said}"
    );
    rotate(&world, "-p alice --undo")
        .ok()
        .says(&format!("awsesame: profile `alice` keeps its key `{new}`; there is no other\n"));
    assert_eq!(keys_of(&world, "alice"), [new.as_str()]);
    assert!(world.read(".aws/credentials").contains(&new));
    assert_eq!(journals(&world), [""; 0]);
}

#[test]
fn all_keys_that_are_old_enough_are_rotated_each_told_by_name() {
    let world = World::new();
    for user in ["alice", "bob"] {
        world.log_in(user);
    }
    let ran = rotate(&world, "--all --json").exits(1);
    let rows = ran.json();
    let states: Vec<(&str, &str)> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (row["profile"].as_str().unwrap(), row["state"].as_str().or(row["error"].as_str()).unwrap())
        })
        .collect();
    assert_eq!(
        states,
        [("alice", "waits"), ("bob", "waits"), ("carol", "login_needed"), ("dave", "login_needed")]
    );
    assert_eq!((keys_of(&world, "bob").len(), keys_of(&world, "carol").len()), (2, 1));
    rotate(&world, "-p bob --older-than soon").exits(2);
    // The roles use the key of the user.
    rotate(&world, "-p deploy --json").ok().prints(&format!(
        "{{\"profile\":\"alice\",\"old\":\"{ALICE}\",\"new\":\"{}\",\"state\":\"waits\"}}\n",
        new_key(&world, "alice", ALICE)
    ));
    let ran = world
        .awsesame(&["keys", "rotate"])
        .env("MASTER_AWS_ACCESS_KEY_ID", BOB)
        .env("MASTER_AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bobsKey+EXAMPLEKEY")
        .run();
    ran.exits(1).says(&format!(
        "error: the key `{BOB}` is in the environment, where awsesame cannot replace it\n\
         hint: store it for a profile: awsesame keys add -p NAME\n"
    ));
}

#[test]
fn two_at_once_make_one_new_key() {
    let world = World::new();
    world.log_in("alice");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| rotate(&world, "-p alice").ok());
        }
    });
    assert_eq!(world.sandbox().count("CreateAccessKey"), 1);
    log_in_again(&world, "alice");
    assert_eq!((keys_of(&world, "alice").len(), journals(&world).len()), (1, 0));
}

#[test]
fn use_of_the_bare_key_by_something_else_is_told_before_it_ends() {
    let world = World::new();
    world.log_in("alice");
    world.sandbox().note_use("alice", "s3");
    let ran = rotate(&world, "-p alice").ok();
    let (warning, _) = ran.stderr.split_once('\n').unwrap();
    assert!(warning.starts_with(&format!("warning: `{ALICE}` itself was used for s3 ")), "{ran}");
    assert!(warning.ends_with(" ago; what did so needs the new key or a session from now on"), "{ran}");
}

#[test]
fn session_that_ends_with_its_key_is_not_served_any_more() {
    let world = World::new();
    world.log_in("alice");
    let refused = Fault::Status(403, "InvalidClientTokenId".into(), "The security token is invalid".into());
    // The first one proves the new key, the second one looks after the session.
    world.sandbox().fail_next("GetCallerIdentity", Fault::Pass);
    world.sandbox().fail_next("GetCallerIdentity", refused);
    let ran = rotate(&world, "-p alice").ok();
    let line = "awsesame: the session ended with the old key; for a new one: awsesame login -p alice\n";
    assert!(ran.stderr.starts_with(line), "{ran}");
    world.awsesame(&["env", "-p", "alice", "--no-input"]).run().exits(3);
    log_in_again(&world, "alice");
    assert_eq!(keys_of(&world, "alice").len(), 1);
}

#[test]
fn user_without_any_device_needs_no_code_and_the_second_run_deletes() {
    let everything = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let old = "AKIAROBOTROBOTROBOT1";
    let text = format!(
        "[[account]]\nid = \"123456789012\"\n[[user]]\nname = \"robot\"\npolicies.All = \'\'\'{everything}\'\'\'\n\
         access_key = {{ id = \"{old}\", secret = \"robotrobotrobotrobotrobotrobotrobotrobot\" }}\n"
    );
    let world = World::of(&Fixture::parse(&text).unwrap(), Options::default());
    rotate(&world, "-p robot --older-than 1d").ok();
    assert_eq!(keys_of(&world, "robot"), [old], "it is young");
    let ran = rotate(&world, "-p robot").ok();
    let new = new_key(&world, "robot", old);
    assert!(ran.stderr.contains(&format!("has the new key `{new}`; `{old}` is inactive")), "{ran}");
    // Signing with the new key is a use of it.
    rotate(&world, "-p robot").ok().says(&format!(
        "awsesame: the old key `{old}` of profile `robot` is deleted; `{new}` has its place\n"
    ));
    assert_eq!(keys_of(&world, "robot"), [new]);
    assert_eq!(world.sandbox().count("GetSessionToken"), 0);
}

#[test]
fn key_that_does_not_work_is_taken_back() {
    let world = World::new();
    world.log_in("alice");
    let before = world.read(".aws/credentials");
    let refused = Fault::Status(403, "AccessDenied".into(), "such are the words".into());
    world.sandbox().fail_next("GetCallerIdentity", refused);
    let ran = rotate(&world, "-p alice").exits(1);
    let (first, rest) = ran.stderr.split_once('\n').unwrap();
    assert!(first.starts_with("error: AWS created the key `AKIA"), "{ran}");
    assert!(first.ends_with("` but does not accept it: such are the words"), "{ran}");
    assert_eq!(rest, "hint: the old key is in use again; try once more: awsesame keys rotate -p alice\n");
    assert_eq!((keys_of(&world, "alice"), journals(&world)), (vec![ALICE.to_owned()], Vec::new()));
    assert_eq!(world.read(".aws/credentials"), before);
    // The session is still in its place.
    world.awsesame(&["exec", "-p", "alice", "--no-input", "--", "true"]).run().ok();
}

#[test]
fn key_that_both_files_name_is_replaced_in_both_and_in_no_other_place() {
    let world = World::new();
    let secret = "wJalrXUtnFEMI/K7MDENG/aliceKeyEXAMPLEKEY";
    // Another key that only this one hides, a nested setting, and a comment.
    let more = format!(
        "[profile alice]\naws_access_key_id={ALICE}\naws_secret_access_key = {secret}\n# {ALICE}\n\
         [default]\naws_access_key_id = {BOB}\naws_access_key_id = {ALICE}\naws_secret_access_key = {secret}\n\
         s3 =\n  aws_access_key_id = {ALICE}\n"
    );
    world.append_config(&more);
    // Without the watchdog, which allows keys in the credentials file alone.
    let run = |line: &str| {
        let run = world.program("awsesame").args(&line.split(' ').collect::<Vec<_>>());
        crate::crowd::finish(run.command())
    };
    let login = run(&format!("login -p alice {}", world.code("alice")));
    assert!(login.status.success(), "{login:?}");
    let before = (world.read(".aws/config"), world.read(".aws/credentials"));
    let rotated = run("keys rotate -p alice");
    assert!(rotated.status.success(), "{rotated:?}");
    let new = new_key(&world, "alice", ALICE);
    let text = world.read(".aws/credentials");
    let fresh =
        text.split_once(&new).unwrap().1.split_once("= ").unwrap().1.lines().next().unwrap().to_owned();
    let exchanged = |text: &str| {
        let lines = text.split_inclusive('\n').map(|line| match line {
            line if line.starts_with("aws_") => line.replace(ALICE, &new).replace(secret, &fresh),
            line => line.to_owned(),
        });
        lines.collect::<String>()
    };
    assert_eq!((world.read(".aws/config"), text), (exchanged(&before.0), exchanged(&before.1)));
}
