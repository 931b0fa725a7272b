//! An example of each fault of a sign-in by browser.

use super::Outside;
use crate::fault::SigninFault;
use crate::name::{AccountId, ProfileName, Subject};

pub(super) fn every(outside: &Outside<'_>) -> Vec<SigninFault> {
    let text = || outside.words.to_owned();
    let name = || outside.name.to_owned();
    let path = || outside.path.to_owned();
    let profile = || ProfileName::new(outside.profile);
    let subject = || Subject::Profile(profile());
    vec![
        SigninFault::NoSection { profile: profile(), session: name(), path: path() },
        SigninFault::Lacks { profile: profile(), setting: "sso_region", path: path() },
        SigninFault::Differs { profile: profile(), setting: "sso_region", session: name(), path: path() },
        SigninFault::HoldsOther { profile: profile(), setting: "role_arn" },
        SigninFault::NotByBrowser { subject: subject(), flag: "--remote" },
        SigninFault::StartUrl { url: outside.url.to_owned(), why: text() },
        SigninFault::UnknownSession { session: name(), path: path() },
        SigninFault::Declined { subject: subject(), why: text() },
        SigninFault::Abandoned { subject: subject(), minutes: 10 },
        SigninFault::GivenUp { subject: subject() },
        SigninFault::Pasted { subject: subject(), why: text() },
        SigninFault::CodeLapsed { subject: subject() },
        SigninFault::OtherIdentity { subject: subject(), expected: name(), actual: name() },
        SigninFault::Over { subject: subject(), changed: false },
        SigninFault::Over { subject: subject(), changed: true },
        SigninFault::NotPermitted { subject: subject() },
        SigninFault::Invalid { subject: subject(), region: "eu-west-1".to_owned(), why: text() },
        SigninFault::NotAssigned {
            subject: subject(),
            role: name(),
            account: AccountId::new("123456789012"),
        },
        SigninFault::Busy { service: "AWS Sign-In", why: text(), subject: subject() },
        SigninFault::Refused { service: "IAM Identity Center", why: text(), subject: subject() },
        SigninFault::Strange { service: "IAM Identity Center", why: text(), subject: subject() },
        SigninFault::MfaUnknown { subject: subject(), way: "IAM Identity Center" },
    ]
}
