//! One of each of what can go wrong with the rotation of a key.

use super::Outside;
use crate::fault::RotateFault;
use crate::name::{AccessKeyId, ProfileName};

pub(super) fn every(outside: &Outside<'_>) -> Vec<RotateFault> {
    let text = || outside.words.to_owned();
    let profile = || ProfileName::new(outside.profile);
    let old = || AccessKeyId::new("AKIAEXAMPLE");
    let new = || AccessKeyId::new("AKIANEW");
    vec![
        RotateFault::Full { other: new(), about: text(), profile: profile() },
        RotateFault::NoSuchKey { key: new(), profile: profile() },
        RotateFault::InEnvironment { key: old() },
        RotateFault::OldDead { key: old(), profile: profile() },
        RotateFault::NewDead { old: old(), new: new(), profile: profile() },
        RotateFault::Unproven { new: new(), why: text(), profile: profile() },
        RotateFault::NotAllowed {
            operation: "CreateAccessKey",
            why: text(),
            by_session: true,
            profile: profile(),
        },
        RotateFault::NotAllowed {
            operation: "CreateAccessKey",
            why: text(),
            by_session: false,
            profile: profile(),
        },
        RotateFault::NothingToUndo { profile: profile() },
    ]
}
