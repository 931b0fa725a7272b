//! An example of each fault of credentials that need no person.

use super::Outside;
use crate::fault::SourceFault;
use crate::name::{ProfileName, RoleArn, Subject};

pub(super) fn every(outside: &Outside<'_>) -> Vec<SourceFault> {
    let text = || outside.words.to_owned();
    let path = || outside.path.to_owned();
    let profile = || ProfileName::new(outside.profile);
    let subject = || Subject::Profile(profile());
    vec![
        SourceFault::NoRole { profile: profile(), setting: "web_identity_token_file", path: path() },
        SourceFault::NoRoleBesideToken,
        SourceFault::NoTerms { profile: profile(), term: "role.tags" },
        SourceFault::NoTokenInFile { subject: subject(), path: path(), why: text() },
        SourceFault::NoTokenPrinted { subject: subject(), why: text() },
        SourceFault::TokenRefused { subject: subject(), why: text() },
        SourceFault::NotTrusted { subject: subject(), role: RoleArn::new(outside.role) },
        SourceFault::NoSessionPrinted { profile: profile(), why: text() },
        SourceFault::KeyWithoutDevice { profile: profile(), path: path() },
        SourceFault::MfaUnknown { subject: subject(), source_name: "a web identity" },
    ]
}
