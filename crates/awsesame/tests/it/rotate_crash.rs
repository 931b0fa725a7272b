//! Tests `keys rotate` in every bad situation: killed at every system call that writes or contacts AWS, on a full disk,
//! and repeated.

use std::collections::BTreeSet;

use crate::calls::{Call, calls};
use crate::crash::{killed, killed_everywhere};
use crate::crowd::{Crowd, finish, for_each, key_id, key_secret};
use crate::member::Member;
use crate::need::need;
use crate::outage::{ended_in_order, failed, failures};
use crate::world::World;

const ROTATE: &[&str] = &["keys", "rotate"];

/// The place of a member's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    InFile,
    InStore,
}

/// Returns a member with a session.
fn newcomer(crowd: &Crowd, rest: Rest) -> Member<'_> {
    let member = crowd.newcomer();
    let id = key_id(&member.name);
    let text = format!(
        "# mine\r\n[other]\r\nregion = x\r\n[{}]\r\naws_access_key_id = {id} ; old\r\naws_secret_access_key={}\r\n",
        member.name,
        key_secret(&member.name)
    );
    std::fs::write(member.credentials(), text).unwrap();
    if rest == Rest::InStore {
        assert!(finish(member.awsesame(&["keys", "import"])).status.success());
    }
    let login = finish(member.awsesame(&["login", &member.code()]));
    assert!(login.status.success(), "{login:?}");
    member
}

/// Returns the IDs of a member's keys at AWS, and those that AWS accepts.
fn keys_of(world: &World, member: &Member<'_>) -> (BTreeSet<String>, BTreeSet<String>) {
    let keys = world.sandbox().access_keys(&member.name);
    let active = keys.iter().filter(|(_, active)| *active).map(|(id, _)| id.clone()).collect();
    (keys.into_iter().map(|(id, _)| id).collect(), active)
}

/// Returns the key that the member's profile names.
fn named(member: &Member<'_>) -> String {
    let list = finish(member.awsesame(&["keys", "list", "--json"]));
    assert!(list.status.success(), "{list:?}");
    let rows: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
    let row = rows.as_array().unwrap().iter().find(|row| row["profile"] == member.name.as_str());
    row.expect("the profile has a key")["key"].as_str().unwrap().to_owned()
}

/// Checks that the member can still log in, and that the next runs end with one key. Returns true if the old key is
/// still in place.
fn comes_to_an_end(crowd: &Crowd, member: &Member<'_>, rest: Rest, what: &str) -> bool {
    let old = key_id(&member.name);
    let (all, active) = keys_of(crowd.world(), member);
    let found = named(member);
    assert!(active.contains(&found), "{what}: `{found}` does not work: {active:?}");
    assert!(all.len() <= 2, "{what}: {all:?}");
    // The session is kept, because no code is available.
    let again = finish(member.awsesame(ROTATE));
    assert_eq!(again.status.code(), Some(0), "{what}: {again:?}");
    member.forget_spent_codes();
    let login = finish(member.awsesame(&["login", "--force", &member.code()]));
    assert_eq!(login.status.code(), Some(0), "{what}: {login:?}");
    let (all, active) = keys_of(crowd.world(), member);
    let new = named(member);
    assert_eq!((all.len(), active.len()), (1, 1), "{what}: {all:?} {login:?}");
    assert!(all.contains(&new) && new != old, "{what}: {new} {all:?}");
    let text = std::fs::read_to_string(member.credentials()).unwrap();
    let expected = match rest {
        Rest::InStore => format!("# mine\r\n[other]\r\nregion = x\r\n[{}]\r\n", member.name),
        Rest::InFile => {
            let (_, secret) = text.split_once("access_key=").unwrap();
            format!(
                "# mine\r\n[other]\r\nregion = x\r\n[{}]\r\naws_access_key_id = {new} ; old\r\naws_secret_access_key={secret}",
                member.name
            )
        }
    };
    assert_eq!(text, expected, "{what}");
    let folder = member.data_folder().join("rotations");
    let left: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name.as_encoded_bytes().starts_with(b".")), "{what}: {left:?}");
    member.drop_key();
    found == old
}

/// Returns the calls from the first write on.
fn worth_a_kill(member: &Member<'_>) -> Vec<Call> {
    let mut calls = calls(member, ROTATE);
    let begin = calls.iter().position(|call| call.is_about("/rotations/")).unwrap();
    calls.drain(..begin);
    // A run that is killed at any other call leaves the same state as at the next one of these.
    calls.retain(|call| call.has_an_effect() || call.is_about_keys());
    calls
}

#[test]
fn killed_at_any_call_it_strands_nobody_and_the_next_run_ends_it() {
    if !need("strace") {
        return;
    }
    for rest in [Rest::InFile, Rest::InStore] {
        let crowd = Crowd::of(900);
        let calls = worth_a_kill(&newcomer(&crowd, rest));
        let results = for_each(&calls, |at| {
            let member = newcomer(&crowd, rest);
            let killed = killed(&member, at, ROTATE);
            let old = comes_to_an_end(&crowd, &member, rest, &format!("{rest:?}, {at}"));
            killed.then_some(old)
        });
        assert!(killed_everywhere(&results, 60), "{rest:?}");
    }
}

#[test]
fn killed_at_the_first_login_with_the_new_key_it_is_ended_by_the_next() {
    if !need("strace") {
        return;
    }
    let crowd = Crowd::of(400);
    let rotated = || {
        let member = newcomer(&crowd, Rest::InStore);
        assert!(finish(member.awsesame(ROTATE)).status.success());
        member.forget_spent_codes();
        member
    };
    let first = rotated();
    let mut calls = calls(&first, &["login", "--force", &first.code()]);
    calls.retain(Call::has_an_effect);
    let results = for_each(&calls, |at| {
        let member = rotated();
        let code = member.code();
        let killed = killed(&member, at, &["login", "--force", &code]);
        let (all, _) = keys_of(crowd.world(), &member);
        comes_to_an_end(&crowd, &member, Rest::InStore, &at.to_string());
        killed.then_some(all.len() == 2)
    });
    assert!(killed_everywhere(&results, 40));
}

#[test]
fn on_a_full_or_broken_disk_it_is_done_or_taken_back_and_says_so() {
    if !need("strace") {
        return;
    }
    for rest in [Rest::InFile, Rest::InStore] {
        let crowd = Crowd::of(900);
        let mut failures = failures(&newcomer(&crowd, rest), ROTATE);
        failures.retain(|(call, _)| call.has_an_effect() || call.is_about_keys());
        if rest == Rest::InStore {
            // A full disk and a broken one are the same to most of it.
            failures = failures.into_iter().step_by(2).collect();
        }
        let results = for_each(&failures, |(call, error)| {
            let member = newcomer(&crowd, rest);
            let what = format!("{rest:?}, {error} in {call}");
            let well = ended_in_order(&failed(&member, call, error, ROTATE), &what);
            let old = comes_to_an_end(&crowd, &member, rest, &what);
            assert!(!(well && old), "a key that was not replaced is called replaced: {what}");
            well
        });
        eprintln!("{} of {} went well", results.iter().filter(|well| **well).count(), results.len());
        assert!(results.len() > 40 && results.contains(&true) && results.contains(&false));
    }
}
