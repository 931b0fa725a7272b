//! Tests `keys import` in every bad situation: killed at every system call, on a full disk, and twice at once.

use std::path::Path;

use crate::calls::{Call, calls};
use crate::crash::{killed, killed_everywhere};
use crate::crowd::{Crowd, finish, for_each, key_id, key_secret};
use crate::member::Member;
use crate::need::need;
use crate::outage::{ended_in_order, failed, failures};

const IMPORT: &[&str] = &["keys", "import"];

/// Gives a member a file that contains more than the key, and returns the file without the key.
fn lay_out(member: &Member<'_>) -> (String, String) {
    let key = format!(
        "aws_access_key_id = {}\r\naws_secret_access_key = {}\r\n",
        key_id(&member.name),
        key_secret(&member.name)
    );
    let around = |key: &str| {
        format!(
            "# mine\r\n[other]\r\naws_access_key_id = x\r\n[{}]\r\n{key}region = eu-west-1\r\n",
            member.name
        )
    };
    let (before, after) = (around(&key), around(""));
    std::fs::write(member.credentials(), &before).unwrap();
    (before, after)
}

/// Returns the names in a folder, or nothing if there is no folder.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Checks that the file is one of the two, that the key can be used, and that a repeated import succeeds. Returns true
/// if the file was still the old one.
fn key_is_whole(member: &Member<'_>, (before, after): &(String, String), what: &str) -> bool {
    let found = std::fs::read_to_string(member.credentials()).unwrap();
    assert!(found == *before || found == *after, "{what}: {found}");
    let login = finish(member.awsesame(&["login", &member.code()]));
    assert_eq!(login.status.code(), Some(0), "{what}: {login:?}");
    let again = finish(member.awsesame(IMPORT));
    assert_eq!(again.status.code(), Some(0), "{what}: {again:?}");
    assert_eq!(std::fs::read_to_string(member.credentials()).unwrap(), *after, "{what}");
    member.forget_spent_codes();
    let login = finish(member.awsesame(&["login", "--force", &member.code()]));
    assert_eq!(login.status.code(), Some(0), "{what}: {login:?}");
    assert_eq!(names(&member.data_folder().join("backups")), [""; 0], "{what}");
    member.drop_key();
    found == *before
}

#[test]
fn killed_at_any_system_call_it_leaves_the_key_in_the_file_or_in_the_store() {
    if !need("strace") {
        return;
    }
    let crowd = Crowd::of(900);
    let first = crowd.newcomer();
    lay_out(&first);
    // The calls of the loader and the runtime before it change nothing.
    let mut calls: Vec<Call> = calls(&first, IMPORT);
    let begin = calls.iter().position(|call| call.touches(&first)).unwrap();
    calls.drain(..begin);
    let results = for_each(&calls, |at| {
        let member = crowd.newcomer();
        let texts = lay_out(&member);
        let killed = killed(&member, at, IMPORT);
        let old = key_is_whole(&member, &texts, &at.to_string());
        killed.then_some(old)
    });
    assert!(killed_everywhere(&results, 100));
}

#[test]
fn on_a_full_or_broken_disk_it_is_done_or_says_so() {
    if !need("strace") {
        return;
    }
    let crowd = Crowd::of(900);
    let first = crowd.newcomer();
    lay_out(&first);
    let results = for_each(&failures(&first, IMPORT), |(call, error)| {
        let member = crowd.newcomer();
        let texts = lay_out(&member);
        let what = format!("{error} in {call}");
        let well = ended_in_order(&failed(&member, call, error, IMPORT), &what);
        let old = key_is_whole(&member, &texts, &what);
        assert!(!(well && old), "a key that was not moved is called moved: {what}");
        well
    });
    eprintln!("{} of {} went well", results.iter().filter(|well| **well).count(), results.len());
    assert!(results.len() > 60 && results.contains(&true) && results.contains(&false));
}

#[test]
fn two_at_once_move_every_key_and_spoil_no_byte() {
    let crowd = Crowd::of(20);
    for round in 0..5 {
        let member = crowd.newcomer();
        let (before, after) = lay_out(&member);
        // Another profile of the same file, with a key of its own, moved at the same time.
        let other = crowd.newcomer();
        let own = format!(
            "aws_access_key_id = {}\naws_secret_access_key = {}\n",
            key_id(&other.name),
            key_secret(&other.name)
        );
        std::fs::write(member.credentials(), format!("{before}[second]\n{own}")).unwrap();
        std::thread::scope(|scope| {
            for profile in [&member.name, "second", &member.name] {
                let member = &member;
                scope.spawn(move || {
                    let run = finish(member.awsesame(&["keys", "import", "-p", profile]));
                    assert_eq!(run.status.code(), Some(0), "round {round}: {run:?}");
                });
            }
        });
        let found = std::fs::read_to_string(member.credentials()).unwrap();
        assert_eq!(found, format!("{after}[second]\n"), "round {round}");
        let list = finish(member.awsesame(&["keys", "list", "--json"]));
        let rows: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
        let stored = rows.as_array().unwrap().iter().filter(|row| row["store"] == "file").count();
        assert_eq!(stored, 2, "round {round}: {rows}");
    }
}
