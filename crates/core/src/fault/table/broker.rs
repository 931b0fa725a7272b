//! An example of each fault of the broker.

use super::Outside;
use crate::fault::{BrokerFault, Exit};
use crate::name::{ProfileName, Subject};

pub(super) fn every(outside: &Outside<'_>) -> Vec<BrokerFault> {
    let text = || outside.words.to_owned();
    let path = || outside.path.to_owned();
    let profile = || ProfileName::new(outside.profile);
    let subject = || Subject::Profile(profile());
    vec![
        BrokerFault::Runs { pid: Some(4711) },
        BrokerFault::PortTaken { port: 12345 },
        BrokerFault::Mute { pid: Some(4711) },
        BrokerFault::Mute { pid: None },
        BrokerFault::OtherVersion { pid: Some(4711) },
        BrokerFault::OtherVersion { pid: None },
        BrokerFault::OutOfReach,
        BrokerFault::Silent { why: text() },
        BrokerFault::Stopped,
        BrokerFault::Away { path: path(), why: text() },
        BrokerFault::Refuses {
            slug: "login_needed".into(),
            why: text(),
            subject: subject(),
            exit: Exit::LoginNeeded,
        },
        BrokerFault::Failed { why: text(), hint: "awsesame broker start --new-port".to_owned() },
        BrokerFault::Unshared { profile: profile() },
        BrokerFault::NeedsProfile,
        BrokerFault::NotASocket { path: path(), what: "a symbolic link" },
    ]
}
