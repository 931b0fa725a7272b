//! The account and the role that a project requires of its session. A pin prevents the accidental use of a wrong
//! account; it is not a permission.

use super::header::Header;
use crate::fault::Fault;
use crate::name::{AccountId, RoleArn};

/// The account and role that a project expects; nothing set, nothing checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pin {
    /// The account ID, which has twelve digits.
    pub account: Option<AccountId>,
    /// The role, by name or by ARN.
    pub role: Option<String>,
}

impl Pin {
    /// Checks that a session matches the pin.
    pub fn check(&self, header: &Header) -> Result<(), Fault> {
        if let Some(expected) = &self.account
            && *expected != header.account
        {
            return Err(Fault::PinnedAccount {
                subject: header.subject.clone(),
                expected: expected.clone(),
                actual: header.account.clone(),
            });
        }
        if let Some(expected) = &self.role {
            let wanted = RoleArn::new(expected.as_str());
            let account_agrees = wanted.account().is_none_or(|account| account == header.account);
            let actual = header.role_name();
            // People know a role of Identity Center by its permission set.
            let named = [actual, header.permission_set()].contains(&Some(wanted.role_name()));
            if !named || !account_agrees {
                return Err(Fault::PinnedRole {
                    subject: header.subject.clone(),
                    expected: expected.clone(),
                    actual: actual.map(str::to_owned),
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_session_of_another_account_or_role_is_refused() {
        let user = fixture::header();
        let role =
            Header { arn: "arn:aws:sts::123456789012:assumed-role/deploy/s".into(), ..fixture::header() };
        let pin = |account: Option<&str>, role: Option<&str>| Pin {
            account: account.map(AccountId::new),
            role: role.map(str::to_owned),
        };
        for (session, pin, agrees) in [
            (&user, pin(None, None), true),
            (&user, pin(Some("123456789012"), None), true),
            (&user, pin(Some("210987654321"), None), false),
            (&user, pin(None, Some("deploy")), false),
            (&role, pin(None, Some("deploy")), true),
            (&role, pin(None, Some("Deploy")), false),
            (&role, pin(None, Some("arn:aws:iam::123456789012:role/ci/deploy")), true),
            (&role, pin(None, Some("arn:aws:iam::210987654321:role/deploy")), false),
            (&role, pin(Some("210987654321"), Some("deploy")), false),
        ] {
            assert_eq!(pin.check(session).is_ok(), agrees, "{pin:?}");
        }
    }
}
