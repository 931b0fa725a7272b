//! One of each of what can be wrong with a policy.

use super::Outside;
use crate::fault::PolicyFault;
use crate::name::{ProfileName, Subject};

pub(super) fn every(outside: &Outside<'_>) -> Vec<PolicyFault> {
    let text = || outside.words.to_owned();
    let profile = || ProfileName::new(outside.profile);
    let subject = || Subject::Profile(profile());
    vec![
        PolicyFault::NeedsTerminal {
            command: "attach",
            flag: "--user ",
            names: vec![text()],
            profile: profile(),
        },
        PolicyFault::Broken { path: outside.path.to_owned(), why: text() },
        PolicyFault::Broken { path: "-".to_owned(), why: text() },
        PolicyFault::NotEnforced { what: text(), flag: "--user ", names: vec![text()] },
        PolicyFault::ProvenOpen { subject: subject(), actions: text() },
        PolicyFault::NoProof { subject: subject(), why: text() },
        PolicyFault::Unsure { what: text() },
        PolicyFault::EnrollmentOpen { what: text() },
        PolicyFault::NotStrict { what: text(), why: "no Deny stands behind it" },
    ]
}
