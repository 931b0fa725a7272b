//! An example of each fault of a key rotation.

use super::Outside;
use crate::fault::RotateFault;
use crate::fault::SignedBy;
use crate::name::{AccessKeyId, ProfileName};

pub(super) fn every(outside: &Outside<'_>) -> Vec<RotateFault> {
    let text = || outside.words.to_owned();
    let profile = || ProfileName::new(outside.profile);
    let old = || AccessKeyId::new("AKIAEXAMPLE");
    let new = || AccessKeyId::new("AKIANEW");
    let not_allowed = |signed| RotateFault::NotAllowed {
        operation: "CreateAccessKey",
        why: text(),
        signed,
        profile: profile(),
    };
    vec![
        RotateFault::Full { other: new(), about: text(), profile: profile() },
        RotateFault::NoSuchKey { key: new(), profile: profile() },
        RotateFault::InEnvironment { key: old() },
        RotateFault::Printed { profile: profile() },
        RotateFault::OldDead { key: old(), profile: profile() },
        RotateFault::NewDead { old: old(), new: new(), profile: profile() },
        RotateFault::Unproven { new: new(), why: text(), profile: profile() },
        not_allowed(SignedBy::NewSession),
        not_allowed(SignedBy::OldSession),
        not_allowed(SignedBy::Key),
        RotateFault::NothingToUndo { profile: profile() },
    ]
}
