//! An example of each fault of the web console.

use super::Outside;
use crate::fault::ConsoleFault;
use crate::name::{ProfileName, Subject};

pub(super) fn every(outside: &Outside<'_>) -> Vec<ConsoleFault> {
    let text = || outside.words.to_owned();
    let name = || outside.name.to_owned();
    let profile = || ProfileName::new(outside.profile);
    let subject = || Subject::Profile(profile());
    let endpoint = || "https://signin.example".to_owned();
    vec![
        ConsoleFault::NeedsRole { subject: subject(), role: Some(profile()) },
        ConsoleFault::NeedsRole { subject: subject(), role: None },
        ConsoleFault::Partition { partition: name() },
        ConsoleFault::Service { service: name() },
        ConsoleFault::Endpoint { endpoint: name() },
        ConsoleFault::Elsewhere { endpoint: endpoint() },
        ConsoleFault::Refused { endpoint: endpoint(), why: text(), subject: subject() },
        ConsoleFault::NoBrowser { subject: subject() },
        ConsoleFault::NotOpened { program: name(), subject: subject() },
    ]
}
