//! Tests session files with one changed bit or a missing end: the result is no session or a clear error, never a crash
//! and never wrong keys. A short run tries some of the bits.

use awsesame::vault::Vault;
use awsesame_core::fault::NoSession;

use crate::crowd::{Crowd, finish, for_each, now};
use crate::long;
use crate::member::Member;

/// Returns a member with a session that cannot be replaced without a code.
fn alone(crowd: &Crowd) -> (Member<'_>, Vec<u8>) {
    let member = crowd.newcomer();
    member.lay_session();
    assert!(member.state().forget(&member.plan().root_id()).unwrap());
    let file = std::fs::read(member.session_file()).unwrap();
    (member, file)
}

/// The damage that is done to a file.
#[derive(Debug)]
enum Damage {
    Flip { byte: usize, bit: usize },
    Cut(usize),
}

impl Damage {
    fn of(&self, file: &[u8]) -> Vec<u8> {
        match *self {
            Self::Flip { byte, bit } => {
                let mut file = file.to_vec();
                file[byte] ^= 1 << bit;
                file
            }
            Self::Cut(at) => file[..at].to_vec(),
        }
    }
}

#[test]
fn program_serves_nothing_from_a_damaged_session_file() {
    let crowd = Crowd::of(1200);
    let (_, file) = alone(&crowd);
    // A flip in every second byte and a cut at every fourth; the test below leaves none out.
    let flips = (0..file.len()).step_by(2).map(|byte| Damage::Flip { byte, bit: byte / 2 % 8 });
    let cuts = (0..file.len()).step_by(4).map(Damage::Cut);
    let damages: Vec<Damage> = long::some(flips.chain(cuts).collect(), 5);
    let asked = for_each(&damages, |damage| {
        let (member, file) = alone(&crowd);
        std::fs::write(member.session_file(), damage.of(&file)).unwrap();
        assert_eq!(member.served(), None, "{damage:?}");
        let status = finish(member.awsesame(&["status", "--json"]));
        assert_eq!(status.status.code(), Some(0), "{damage:?}: {status:?}");
        let rows = String::from_utf8(status.stdout).unwrap();
        assert!(!rows.contains("\"state\":\"fresh\""), "{damage:?}: {rows}");
        // As it was, it is a session: the damage it was that counted.
        std::fs::write(member.session_file(), &file).unwrap();
        let whole = member.served().is_some();
        member.drop_key();
        whole
    });
    assert!(asked.iter().all(|whole| *whole), "{} of {}", asked.iter().filter(|w| **w).count(), asked.len());
    assert!(asked.len() > long::share(300, 5), "{}", asked.len());
}

#[test]
fn through_the_vault_every_flipped_bit_and_every_cut_is_no_session() {
    let crowd = Crowd::of(1);
    let (member, file) = alone(&crowd);
    let (state, subject) = (member.state(), member.subject());
    let vault = Vault::open(&state, "kernel").unwrap();
    assert!(matches!(vault.session(&subject, now()), Ok(Ok(_))));
    let flips = (0..file.len()).flat_map(|byte| (0..8).map(move |bit| Damage::Flip { byte, bit }));
    let cuts = (0..file.len()).map(Damage::Cut);
    // Five is prime to the eight bits of a byte: a short run flips each bit somewhere.
    for damage in long::some(flips.chain(cuts).collect(), 5) {
        std::fs::write(member.session_file(), damage.of(&file)).unwrap();
        match vault.session(&subject, now()) {
            Ok(Err(NoSession::Damaged | NoSession::Sealed | NoSession::Newer)) => {}
            Ok(Err(reason)) => panic!("{damage:?} {reason}"),
            Ok(Ok(_)) => panic!("{damage:?} went unnoticed"),
            Err(fault) => panic!("{damage:?}: {fault}"),
        }
        // Any times and files in a header must not affect other sessions.
        assert!(vault.key().unwrap().is_some());
    }
}
