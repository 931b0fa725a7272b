//! Reads the Identity Center settings of a profile in either form: `sso_session` with a section of its own, or all
//! settings in the profile. If a profile has both forms, they must agree.

use std::collections::BTreeMap;

use super::registration::SCOPE;
use super::start_url;
use crate::aws_files::profile::Settings;
use crate::name::AccountId;
use crate::signin::authorize::query;

/// The settings of one `[sso-session]`.
pub type Section = BTreeMap<String, String>;

/// The configuration of one portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portal {
    /// The name of its `[sso-session]`; None in the older form.
    pub session: Option<String>,
    /// The start URL as it is written, because the names of caches depend on it.
    pub start_url: String,
    /// The Region of the portal.
    pub region: String,
    /// The scopes that are requested.
    pub scopes: Vec<String>,
}

/// A role that a portal gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalRole {
    /// The account ID of the role.
    pub account: AccountId,
    /// The name of the permission set.
    pub name: String,
}

impl PortalRole {
    /// The account ID that is used instead of a role when a person signs in for everything in the portal.
    pub const ANY_ACCOUNT: &str = "000000000000";

    /// Returns true if this is a sign-in for everything in the portal.
    pub fn is_any(&self) -> bool {
        self.account.as_str() == Self::ANY_ACCOUNT
    }
}

/// The problem with the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// The section that `sso_session` names does not exist.
    NoSection {
        /// The name of the missing session.
        session: String,
    },
    /// A setting is needed and absent.
    Lacks {
        /// The setting that is missing.
        setting: &'static str,
    },
    /// The profile and the section say different things.
    Differs {
        /// The setting that differs.
        setting: &'static str,
        /// The name of the section.
        session: String,
    },
    /// A value can be none of its kind.
    Bad {
        /// The setting that is wrong.
        setting: &'static str,
        /// The value of the setting.
        value: String,
        /// The form of value that is expected.
        expected: &'static str,
    },
}

/// Reads what `profile` says; `section` gives the settings of the section that it names, if
/// that exists.
pub fn portal(profile: &Settings, section: Option<&Section>) -> Result<Portal, Wrong> {
    let section = section.map(|section| move |key: &str| section.get(key).map(String::as_str));
    let session = profile.get("sso_session").map(ToOwned::to_owned);
    if let (Some(session), None) = (&session, &section) {
        return Err(Wrong::NoSection { session: session.clone() });
    }
    let one = |setting: &'static str| -> Result<String, Wrong> {
        let here = profile.get(setting);
        let there = section.as_ref().filter(|_| session.is_some()).and_then(|section| section(setting));
        match (here, there, &session) {
            (Some(here), Some(there), Some(session)) if here != there => {
                Err(Wrong::Differs { setting, session: session.clone() })
            }
            // In the newer form, the section alone says where the portal is.
            (_, Some(value), _) | (Some(value), None, None) => Ok(value.to_owned()),
            (_, None, _) => Err(Wrong::Lacks { setting }),
        }
    };
    let start_url = one("sso_start_url")?;
    if start_url::kind(&start_url).is_err() {
        let expected = "the https address of a portal";
        return Err(Wrong::Bad { setting: "sso_start_url", value: start_url, expected });
    }
    let region = one("sso_region")?;
    if !crate::name::is_region(&region) {
        return Err(Wrong::Bad {
            setting: "sso_region",
            value: region,
            expected: "a Region such as `eu-west-1`",
        });
    }
    let listed = section.as_ref().and_then(|section| section("sso_registration_scopes")).unwrap_or(SCOPE);
    let scopes: Vec<String> =
        listed.split(',').map(str::trim).filter(|scope| !scope.is_empty()).map(ToOwned::to_owned).collect();
    if scopes.iter().any(|scope| !scope.bytes().all(|byte| byte.is_ascii_graphic())) {
        let value = listed.to_owned();
        let expected = "scopes with commas between them";
        return Err(Wrong::Bad { setting: "sso_registration_scopes", value, expected });
    }
    Ok(Portal { session, start_url, region, scopes })
}

/// Reads which role of the portal a profile is.
pub fn role(profile: &Settings) -> Result<PortalRole, Wrong> {
    let lacks = |setting| Wrong::Lacks { setting };
    let account = profile.get("sso_account_id").ok_or(lacks("sso_account_id"))?;
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        let value = account.to_owned();
        return Err(Wrong::Bad { setting: "sso_account_id", value, expected: "twelve digits" });
    }
    let name = profile.get("sso_role_name").ok_or(lacks("sso_role_name"))?;
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    if name.len() > 64 || !name.bytes().all(letter) {
        let value = name.to_owned();
        return Err(Wrong::Bad { setting: "sso_role_name", value, expected: "the name of a permission set" });
    }
    Ok(PortalRole { account: AccountId::new(account), name: name.to_owned() })
}

/// The hosts of the two services of a portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts {
    /// The host for registration and tokens (OIDC).
    pub oidc: String,
    /// The portal: accounts, roles and credentials.
    pub portal: String,
}

impl Hosts {
    /// Returns the hosts of a Region, unless endpoint settings replace them.
    pub fn new(region: &str, oidc: Option<&str>, portal: Option<&str>) -> Self {
        let suffix = match region {
            _ if region.starts_with("cn-") => "amazonaws.com.cn",
            _ if region.starts_with("eusc-") => "amazonaws.eu",
            _ => "amazonaws.com",
        };
        let chosen =
            |set: Option<&str>, host: String| set.map_or(host, |set| set.trim_end_matches('/').to_owned());
        Self {
            oidc: chosen(oidc, format!("https://oidc.{region}.{suffix}")),
            portal: chosen(portal, format!("https://portal.sso.{region}.{suffix}")),
        }
    }

    /// Returns the address of `GetRoleCredentials`.
    pub fn credentials_url(&self, role: &PortalRole) -> String {
        let pairs = [("role_name", role.name.as_str()), ("account_id", role.account.as_str())];
        format!("{}/federation/credentials?{}", self.portal, query(&pairs))
    }

    /// Returns the address that ends a session of the portal.
    pub fn logout_url(&self) -> String {
        format!("{}/logout", self.portal)
    }

    /// Returns the address of a page of `ListAccounts`.
    pub fn accounts_url(&self, next: Option<&str>) -> String {
        self.list("accounts", &[("max_result", "100")], next)
    }

    /// Returns the address of a page of `ListAccountRoles`.
    pub fn roles_url(&self, account: &AccountId, next: Option<&str>) -> String {
        self.list("roles", &[("max_result", "100"), ("account_id", account.as_str())], next)
    }

    fn list(&self, what: &str, pairs: &[(&str, &str)], next: Option<&str>) -> String {
        let next = next.map(|next| ("next_token", next));
        let pairs: Vec<_> = next.into_iter().chain(pairs.iter().copied()).collect();
        format!("{}/assignment/{what}?{}", self.portal, query(&pairs))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::signin::vectors::{exchanges, text};

    const START: &str = "https://d-1234567890.awsapps.com/start";

    fn lookup(pairs: &[(&str, &str)]) -> Settings {
        let mut settings = Settings::default();
        for (name, value) in pairs {
            settings.insert(name, value);
        }
        settings
    }

    fn section_of(pairs: &[(&str, &str)]) -> Section {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn both_forms_name_a_portal() {
        let section = section_of(&[("sso_start_url", START), ("sso_region", "eu-west-1")]);
        let newer = portal(&lookup(&[("sso_session", "corp")]), Some(&section)).unwrap();
        let expected = Portal {
            session: Some("corp".into()),
            start_url: START.into(),
            region: "eu-west-1".into(),
            scopes: vec![SCOPE.into()],
        };
        assert_eq!(newer, expected);
        let older = portal(&lookup(&[("sso_start_url", START), ("sso_region", "eu-west-1")]), None).unwrap();
        assert_eq!(older, Portal { session: None, ..expected.clone() });
        // Both forms at once, saying the same.
        let both = lookup(&[("sso_session", "corp"), ("sso_region", "eu-west-1")]);
        assert_eq!(portal(&both, Some(&section)), Ok(expected));
        let listing = section_of(&[
            ("sso_start_url", START),
            ("sso_region", "eu-west-1"),
            ("sso_registration_scopes", "sso:account:access, codewhisperer:completions"),
        ]);
        let scopes = portal(&lookup(&[("sso_session", "corp")]), Some(&listing)).unwrap().scopes;
        assert_eq!(scopes, [SCOPE, "codewhisperer:completions"]);
    }

    #[test]
    fn every_fault_of_the_settings_is_named() {
        let section = section_of(&[("sso_start_url", START), ("sso_region", "eu-west-1")]);
        let session = || "corp".to_owned();
        assert_eq!(
            portal(&lookup(&[("sso_session", "corp")]), None),
            Err(Wrong::NoSection { session: session() })
        );
        let other = lookup(&[("sso_session", "corp"), ("sso_region", "us-east-1")]);
        let differs = Wrong::Differs { setting: "sso_region", session: session() };
        assert_eq!(portal(&other, Some(&section)), Err(differs));
        let empty = section_of(&[("sso_region", "eu-west-1")]);
        let in_profile = lookup(&[("sso_session", "corp"), ("sso_start_url", START)]);
        assert_eq!(portal(&in_profile, Some(&empty)), Err(Wrong::Lacks { setting: "sso_start_url" }));
        assert_eq!(
            portal(&lookup(&[("sso_start_url", START)]), None),
            Err(Wrong::Lacks { setting: "sso_region" })
        );
        for pairs in [
            &[("sso_start_url", "http://x"), ("sso_region", "eu-west-1")] as &[_],
            &[("sso_start_url", START), ("sso_region", "eu west")],
        ] {
            assert!(matches!(portal(&lookup(pairs), None), Err(Wrong::Bad { .. })), "{pairs:?}");
        }
        assert_eq!(role(&lookup(&[])), Err(Wrong::Lacks { setting: "sso_account_id" }));
        assert_eq!(
            role(&lookup(&[("sso_account_id", "111122223333")])),
            Err(Wrong::Lacks { setting: "sso_role_name" })
        );
        for pairs in [
            &[("sso_account_id", "1"), ("sso_role_name", "Admin")] as &[_],
            &[("sso_account_id", "111122223333"), ("sso_role_name", "Ad min")],
        ] {
            assert!(matches!(role(&lookup(pairs)), Err(Wrong::Bad { .. })), "{pairs:?}");
        }
    }

    #[test]
    fn every_partition_has_its_hosts() {
        for (region, suffix) in [
            ("eu-west-1", "amazonaws.com"),
            ("us-gov-west-1", "amazonaws.com"),
            ("cn-north-1", "amazonaws.com.cn"),
            ("eusc-de-east-1", "amazonaws.eu"),
        ] {
            let hosts = Hosts::new(region, None, None);
            assert_eq!(hosts.oidc, format!("https://oidc.{region}.{suffix}"));
            assert_eq!(hosts.portal, format!("https://portal.sso.{region}.{suffix}"));
        }
    }

    #[test]
    fn the_portal_is_asked_as_the_aws_cli_asks_it() {
        let hosts = Hosts::new("x", None, Some("http://127.0.0.1:1/"));
        let role = PortalRole { account: AccountId::new("111122223333"), name: "Admin".into() };
        let url = hosts.credentials_url(&role);
        for (step, exchange) in exchanges("/federation/credentials") {
            // The order of members is each client's own.
            let mut recorded: Vec<&str> = text(&exchange["request"]["query"]).split('&').collect();
            let mut ours: Vec<&str> = url.split_once('?').unwrap().1.split('&').collect();
            recorded.sort_unstable();
            ours.sort_unstable();
            assert_eq!(ours, recorded, "{step}");
        }
        for (step, exchange) in exchanges("/logout") {
            let request = &exchange["request"];
            assert_eq!(hosts.logout_url(), format!("http://127.0.0.1:1{}", text(&request["path"])), "{step}");
            // The token is in the header, and the body is empty.
            assert_eq!((text(&request["method"]), text(&request["body_raw"])), ("POST", ""), "{step}");
        }
        // Only the names of the parameters are compared, because each client chooses its own page size.
        let names = |query: &str| -> BTreeSet<String> {
            let pairs = query.split('&').filter(|pair| !pair.is_empty());
            pairs.map(|pair| pair.split('=').next().unwrap_or_default().to_owned()).collect()
        };
        for path in ["/assignment/accounts", "/assignment/roles"] {
            for (step, exchange) in exchanges(path) {
                let recorded = names(text(&exchange["request"]["query"]));
                let next = recorded.contains("next_token").then_some("1");
                let ours = match path {
                    "/assignment/accounts" => hosts.accounts_url(next),
                    _ => hosts.roles_url(&role.account, next),
                };
                let mut own = names(ours.split_once('?').unwrap().1);
                own.insert("max_result".to_owned());
                let recorded = &recorded | &BTreeSet::from(["max_result".to_owned()]);
                assert_eq!(own, recorded, "{step}");
            }
        }
        assert_eq!(
            hosts.accounts_url(Some("a b")),
            "http://127.0.0.1:1/assignment/accounts?next_token=a%20b&max_result=100"
        );
        assert_eq!(
            hosts.roles_url(&role.account, None),
            "http://127.0.0.1:1/assignment/roles?max_result=100&account_id=111122223333"
        );
    }
}
