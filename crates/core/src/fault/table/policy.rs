//! An example of each fault of a policy.

use super::Outside;
use crate::fault::PolicyFault;
use crate::name::{ProfileName, Subject};

pub(super) fn every(outside: &Outside<'_>) -> Vec<PolicyFault> {
    let text = || outside.words.to_owned();
    let name = || outside.name.to_owned();
    let profile = || ProfileName::new(outside.profile);
    let subject = || Subject::Profile(profile());
    vec![
        PolicyFault::NeedsTerminal {
            command: "attach",
            flag: "--user ",
            names: vec![name()],
            profile: profile(),
        },
        PolicyFault::Broken { path: outside.path.to_owned(), why: text() },
        PolicyFault::Broken { path: "-".to_owned(), why: text() },
        PolicyFault::NotEnforced { what: name(), flag: "--user ", names: vec![name()] },
        PolicyFault::NotEnforced { what: name(), flag: "", names: vec![name()] },
        PolicyFault::ProvenOpen { subject: subject(), user: Some(name()), actions: name() },
        PolicyFault::ProvenOpen { subject: subject(), user: None, actions: name() },
        PolicyFault::NoProof { subject: subject(), why: text() },
        PolicyFault::Unsure { what: name() },
        PolicyFault::EnrollmentOpen { what: name() },
        PolicyFault::NotStrict {
            what: name(),
            why: "without a Deny, the policy of a resource can allow a bare key",
        },
    ]
}
