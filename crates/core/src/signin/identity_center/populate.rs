//! Computes profiles for every account and role of a portal: their names, and the changes to `~/.aws/config`. Only
//! profiles that carry our marker are changed or removed. If another profile already has one of the names, it keeps the
//! name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::portal::Account;
use crate::aws_files::edit::{AwsFile, Change, FileKind, is_read_by_sdks};
use crate::name::ProfileName;

/// The setting that marks a profile as ours; its value is the name of the session.
pub const MARK: &str = "awsesame_managed";
/// The default template for the names of profiles.
pub const TEMPLATE: &str = "{account}-{role}";
/// The fields that a template may contain.
const FIELDS: [&str; 3] = ["{account}", "{account_id}", "{role}"];

/// A role that a portal gives in an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Offer {
    /// The account of the profile.
    pub account: Account,
    /// The name of the permission set.
    pub role: String,
}

/// The way in which the profiles are to be written.
#[derive(Debug, Clone)]
pub struct Wish<'a> {
    /// The `[sso-session]` that they name.
    pub session: &'a str,
    /// The template for their names.
    pub template: &'a str,
    /// The prefix of all names.
    pub prefix: &'a str,
    /// The Region that is written into each.
    pub region: Option<&'a str>,
    /// True if profiles whose role no longer exists are removed.
    pub prune: bool,
}

/// The changes to be made to the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// The profiles that are added.
    pub added: BTreeMap<ProfileName, Offer>,
    /// The profiles of ours that get another account or role.
    pub changed: BTreeMap<ProfileName, Offer>,
    /// The profiles of ours that are removed.
    pub removed: BTreeSet<ProfileName>,
    /// The profiles of ours that stay only because `--prune` was not given.
    pub left_over: BTreeSet<ProfileName>,
    /// The names that another profile of the user has.
    pub taken: BTreeSet<ProfileName>,
    /// The number of profiles that are already as they have to be.
    pub same: usize,
}

impl Difference {
    /// Returns true if the file does not change.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }

    /// Returns the difference as lines with `+`, `~` and `-`, one profile per line.
    pub fn lines(&self) -> String {
        let mut lines = String::new();
        let offer = |sign, name: &ProfileName, offer: &Offer| {
            format!(
                "{sign} {name}  {} {} {}\n",
                offer.account.id,
                offer.role,
                crate::name::Shown(&offer.account.name)
            )
        };
        self.added.iter().for_each(|(name, it)| lines.push_str(&offer('+', name, it)));
        self.changed.iter().for_each(|(name, it)| lines.push_str(&offer('~', name, it)));
        for name in &self.removed {
            let _ = writeln!(lines, "- {name}");
        }
        lines
    }
}

/// Says what is wrong with a template, if anything is.
pub fn check_template(template: &str) -> Result<(), String> {
    let mut rest = template.to_owned();
    for field in FIELDS {
        rest = rest.replace(field, "");
    }
    if rest.contains(['{', '}']) {
        return Err(format!("a template knows {}", FIELDS.join(", ")));
    }
    if !template.contains("{role}") || !(template.contains("{account}") || template.contains("{account_id}"))
    {
        return Err("a template names the role and the account, or profiles would share a name".to_owned());
    }
    if !is_read_by_sdks(&rest) {
        return Err("AWS's SDKs only read names of letters, digits and `_-/.%@:+`".to_owned());
    }
    Ok(())
}

/// Returns the name of every offer. If several would have the same name, the number of the account is added.
pub fn names(offers: &BTreeSet<Offer>, template: &str, prefix: &str) -> BTreeMap<ProfileName, Offer> {
    let plain = |offer: &Offer| {
        let account = slug(&offer.account.name);
        let account = if account.is_empty() { offer.account.id.as_str() } else { &account };
        let name = template
            .replace("{account_id}", offer.account.id.as_str())
            .replace("{account}", account)
            .replace("{role}", &slug(&offer.role));
        format!("{prefix}{name}")
    };
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for offer in offers {
        *count.entry(plain(offer)).or_default() += 1;
    }
    let mut named = BTreeMap::new();
    for offer in offers {
        let mut name = plain(offer);
        if count[&name] > 1 {
            name = format!("{name}-{}", offer.account.id);
        }
        // Roles that differ in capitals or signs only.
        let (base, mut number) = (name.clone(), 2);
        while named.contains_key(&ProfileName::new(name.as_str())) {
            name = format!("{base}-{number}");
            number += 1;
        }
        named.insert(ProfileName::new(name), offer.clone());
    }
    named
}

/// Converts text to a part of a profile name: lower case, and `-` for characters that SDKs do not accept.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.trim().chars() {
        let c = c.to_ascii_lowercase();
        if c.is_ascii_alphanumeric() || "_.@+".contains(c) {
            slug.push(c);
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_matches('-').to_owned()
}

/// Compares the expected profiles with a config file.
pub fn difference(text: &str, offers: &BTreeSet<Offer>, wish: &Wish<'_>) -> Difference {
    let known = known(text);
    let wanted = names(offers, wish.template, wish.prefix);
    let mut difference = Difference::default();
    for (name, offer) in &wanted {
        match known.get(name) {
            None => drop(difference.added.insert(name.clone(), offer.clone())),
            Some(found) if found.mark.as_deref() != Some(wish.session) => {
                difference.taken.insert(name.clone());
            }
            Some(found) if found.is(offer, wish.session) => difference.same += 1,
            Some(_) => drop(difference.changed.insert(name.clone(), offer.clone())),
        }
    }
    for (name, found) in known {
        if found.mark.as_deref() == Some(wish.session) && !wanted.contains_key(&name) {
            if wish.prune {
                difference.removed.insert(name)
            } else {
                difference.left_over.insert(name)
            };
        }
    }
    difference
}

/// The portal settings of a profile in the file.
#[derive(Default)]
struct Known {
    mark: Option<String>,
    session: Option<String>,
    account: Option<String>,
    role: Option<String>,
}

impl Known {
    fn is(&self, offer: &Offer, session: &str) -> bool {
        self.session.as_deref() == Some(session)
            && self.account.as_deref() == Some(offer.account.id.as_str())
            && self.role.as_deref() == Some(&offer.role)
    }
}

fn known(text: &str) -> BTreeMap<ProfileName, Known> {
    let file = AwsFile::read(text, FileKind::Config);
    let mut known: BTreeMap<ProfileName, Known> =
        file.profiles().into_iter().map(|name| (name, Known::default())).collect();
    for (profile, key, value) in file.settings() {
        let Some(found) = known.get_mut(profile) else { continue };
        let slot = match key.to_ascii_lowercase().as_str() {
            MARK => &mut found.mark,
            "sso_session" => &mut found.session,
            "sso_account_id" => &mut found.account,
            "sso_role_name" => &mut found.role,
            _ => continue,
        };
        *slot = Some(value.to_owned());
    }
    known
}

/// Returns the new text of the file. Settings that a person added to a profile of ours stay, and everything outside of
/// our profiles stays to the byte.
pub fn apply(text: &str, difference: &Difference, wish: &Wish<'_>) -> String {
    let file = AwsFile::read(text, FileKind::Config);
    let changed = file.changed(|name| match difference.changed.get(name) {
        Some(offer) => {
            let said = settings(offer, wish, false);
            Change { without: said.iter().map(|(key, _)| *key).collect(), with: said }
        }
        None => Change::default(),
    });
    let mut text = AwsFile::read(&changed, FileKind::Config).without(&difference.removed);
    for (name, offer) in &difference.added {
        if !text.is_empty() {
            text.push_str(if text.ends_with('\n') { "\n" } else { "\n\n" });
        }
        let _ = writeln!(text, "[profile {}]", name.as_str());
        for (key, value) in settings(offer, wish, true) {
            let _ = writeln!(text, "{key} = {value}");
        }
    }
    text
}

fn settings(offer: &Offer, wish: &Wish<'_>, new: bool) -> Vec<(&'static str, String)> {
    let mut settings = vec![
        ("sso_session", wish.session.to_owned()),
        ("sso_account_id", offer.account.id.as_str().to_owned()),
        ("sso_role_name", offer.role.clone()),
        (MARK, wish.session.to_owned()),
    ];
    if let Some(region) = wish.region.filter(|_| new) {
        settings.push(("region", region.to_owned()));
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::AccountId;

    fn offer(id: &str, name: &str, role: &str) -> Offer {
        Offer { account: Account { id: AccountId::new(id), name: name.into() }, role: role.into() }
    }

    fn wish(prune: bool) -> Wish<'static> {
        Wish { session: "corp", template: TEMPLATE, prefix: "", region: Some("eu-west-1"), prune }
    }

    fn listed(names: &BTreeMap<ProfileName, Offer>) -> Vec<&str> {
        names.keys().map(ProfileName::as_str).collect()
    }

    #[test]
    fn accounts_and_roles_become_names_that_every_sdk_reads() {
        let offers = BTreeSet::from([
            offer("111122223333", "Dev One (EU)", "Admin"),
            offer("444455556666", "prod", "ReadOnly"),
            offer("777788889999", "Größe & Co", "Admin"),
            offer("123456789012", "äöü", "Admin"),
        ]);
        assert_eq!(
            listed(&names(&offers, TEMPLATE, "c-")),
            ["c-123456789012-admin", "c-dev-one-eu-admin", "c-gr-e-co-admin", "c-prod-readonly"]
        );
        assert_eq!(listed(&names(&offers, "{role}.{account_id}", ""))[0], "admin.111122223333");
    }

    #[test]
    fn names_that_collide_get_the_number_of_their_account() {
        let offers = BTreeSet::from([
            offer("111122223333", "prod", "Admin"),
            offer("444455556666", "Prod", "Admin"),
            offer("777788889999", "dev", "Admin"),
            offer("777788889999", "dev", "admin"),
        ]);
        assert_eq!(
            listed(&names(&offers, TEMPLATE, "")),
            [
                "dev-admin-777788889999",
                "dev-admin-777788889999-2",
                "prod-admin-111122223333",
                "prod-admin-444455556666"
            ]
        );
    }

    #[test]
    fn a_template_names_role_and_account_and_nothing_that_sdks_do_not_read() {
        for good in [TEMPLATE, "{account_id}/{role}", "x.{role}@{account}"] {
            assert_eq!(check_template(good), Ok(()), "{good}");
        }
        for bad in ["", "{role}", "{account}", "{account}-{rolle}", "{account} {role}", "{account}]{role}"] {
            assert!(check_template(bad).is_err(), "{bad}");
        }
    }

    const FILE: &str = "\
# mine
[default]
region = us-east-1

[profile dev-admin]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Admin
awsesame_managed = corp
# a line of mine, which stays
output = json

[profile gone-admin]
sso_session = corp
sso_account_id = 999999999999
sso_role_name = Admin
awsesame_managed = corp

# of the next one
[profile prod-admin]
role_arn = arn:aws:iam::1:role/x
source_profile = default

[profile other]
awsesame_managed = another
";

    #[test]
    fn only_profiles_of_ours_change_or_go() {
        let offers = BTreeSet::from([
            offer("222222222222", "dev", "Admin"),
            offer("444455556666", "prod", "Admin"),
            offer("444455556666", "prod", "ReadOnly"),
        ]);
        let found = difference(FILE, &offers, &wish(true));
        assert_eq!(listed(&found.added), ["prod-readonly"]);
        assert_eq!(listed(&found.changed), ["dev-admin"]);
        assert_eq!(found.removed, BTreeSet::from([ProfileName::new("gone-admin")]));
        assert_eq!(found.taken, BTreeSet::from([ProfileName::new("prod-admin")]));
        assert_eq!(
            found.lines(),
            "+ prod-readonly  444455556666 ReadOnly prod\n~ dev-admin  222222222222 Admin dev\n- gone-admin\n"
        );
        let written = apply(FILE, &found, &wish(true));
        let expected = FILE
            .replace("sso_account_id = 111122223333", "sso_account_id = 222222222222")
            .replace("[profile gone-admin]\nsso_session = corp\nsso_account_id = 999999999999\nsso_role_name = Admin\nawsesame_managed = corp\n", "")
            + "\n[profile prod-readonly]\nsso_session = corp\nsso_account_id = 444455556666\nsso_role_name = ReadOnly\nawsesame_managed = corp\nregion = eu-west-1\n";
        assert_eq!(written, expected);
        // Written once, there is nothing more to do.
        assert!(difference(&written, &offers, &wish(true)).is_empty());
    }

    #[test]
    fn no_profile_is_removed_without_pruning() {
        let offers = BTreeSet::from([offer("111122223333", "dev", "Admin")]);
        let found = difference(FILE, &offers, &wish(false));
        assert!(found.is_empty());
        assert_eq!((found.same, found.left_over.len()), (1, 1));
        assert_eq!(apply(FILE, &found, &wish(false)), FILE);
    }

    #[test]
    fn thousands_of_profiles_are_written_in_no_time() {
        let offers: BTreeSet<Offer> = (0..500)
            .flat_map(|account| {
                (0..5).map(move |role| {
                    offer(&format!("{account:012}"), &format!("account {account}"), &format!("Role{role}"))
                })
            })
            .collect();
        let text = apply("", &difference("", &offers, &wish(true)), &wish(true));
        assert_eq!(text.matches("[profile ").count(), 2500);
        let again = difference(&text, &offers, &wish(true));
        assert_eq!((again.same, again.is_empty()), (2500, true));
    }
}
