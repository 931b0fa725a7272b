//! Any bytes are read as a session file. They are not one, or their header can be judged and displayed; they never
//! open.
#![no_main]

use awsesame::ui::{self, report, report::SessionObject};
use awsesame_core::session::seal::{DataKey, KEY_BYTES, SealedSession};
use awsesame_core::session::servable::{Demands, servable};
use awsesame_core::session::standing::Standing;
use libfuzzer_sys::fuzz_target;

/// Before 1970, now, in 2106, and at both ends of time.
const TIMES: [i64; 5] = [i64::MIN, -1, 1_795_000_000, 4_294_967_296, i64::MAX];

fn demands(now: i64) -> Demands<'static> {
    Demands { max_age: Some(900), ..Demands::at(now) }
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(session) = SealedSession::parse(bytes.to_vec()) else { return };
    let header = session.header();
    for now in TIMES {
        let _ = (servable(header, &demands(now)), header.wants_renewal(now), header.mfa_age(now));
        let object = ui::to_json(&SessionObject::of(header, "locked", now)).unwrap();
        assert_eq!(object.lines().count(), 1);
        let table = report::table(&[(header.clone(), Standing::Fresh)], now).text(None, false);
        assert_eq!(table.lines().count(), 2, "{table:?}");
        assert_eq!(report::sentence(header, now).lines().count(), 1);
    }
    let _ = header.role_name();
    let stem = awsesame_core::session::file_stem(&header.subject);
    assert!(stem.len() < 140 && !stem.contains('/'), "{stem}");
    // The key whose id a header names is not one that the fuzzer could have sealed with.
    assert!(session.open(&DataKey::new([7; KEY_BYTES])).is_err());
});
