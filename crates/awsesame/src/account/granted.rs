//! The permissions of the users of an account, from its authorization details. Each policy is parsed only once, even if
//! many users have it. The policy crate judges the policies.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput as Page;
use aws_sdk_iam::types::{
    AttachedPolicy, GroupDetail, ManagedPolicyDetail, PolicyDetail, PolicyVersion, UserDetail,
};
use aws_sdk_sts::config::Credentials as Signer;
use awsesame_audit::Force;
use awsesame_audit::credential_report::Person;
use awsesame_core::answer::translate::Answer;
use awsesame_policy::{Defect, Policies, Policy, Proof, Subject, Verdict, decide};

use super::judgments::{Judged, Judgments};
use crate::aws::Aws;
use crate::aws::iam::policies;

/// A policy after parsing.
struct Parsed {
    text: String,
    /// The parsed policy, or the reason why the text is not one.
    policy: Result<Policy, String>,
}

/// The policies of a user or a group.
#[derive(Default)]
struct Grants {
    /// The inline policies with their names.
    inline: Vec<(String, Rc<Parsed>)>,
    /// The ARNs of the attached policies.
    attached: Vec<String>,
}

#[derive(Default)]
struct User {
    path: Option<String>,
    grants: Grants,
    groups: Vec<String>,
    boundary: Option<String>,
}

/// All policies that apply to the users of an account.
#[derive(Default)]
pub(super) struct Granted {
    users: HashMap<String, User>,
    groups: HashMap<String, Grants>,
    /// The managed policies, by ARN.
    managed: HashMap<String, Rc<Parsed>>,
    /// The inline policies by their text, because many users have the same text.
    documents: HashMap<String, Rc<Parsed>>,
    /// The judgments by the policies, for policies that do not depend on the user.
    judged: RefCell<HashMap<Vec<*const Parsed>, Arc<Judged>>>,
}

impl Granted {
    /// Adds the content of one page.
    pub(super) fn add(&mut self, page: Page) {
        for user in page.user_detail_list.unwrap_or_default() {
            self.add_user(user);
        }
        for group in page.group_detail_list.unwrap_or_default() {
            let GroupDetail { group_name: Some(name), group_policy_list, attached_managed_policies, .. } =
                group
            else {
                continue;
            };
            let grants = self.grants(group_policy_list, attached_managed_policies);
            self.groups.insert(name, grants);
        }
        for policy in page.policies.unwrap_or_default() {
            let ManagedPolicyDetail { arn: Some(arn), policy_version_list, default_version_id, .. } = policy
            else {
                continue;
            };
            let in_force = |version: &PolicyVersion| {
                version.is_default_version || version.version_id == default_version_id
            };
            let version = policy_version_list.unwrap_or_default().into_iter().find(in_force);
            if let Some(document) = version.and_then(|version| version.document) {
                let policy = self.parsed(document);
                self.managed.insert(arn, policy);
            }
        }
    }

    fn add_user(&mut self, user: UserDetail) {
        let Some(name) = user.user_name else { return };
        let boundary = user.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn);
        let grants = self.grants(user.user_policy_list, user.attached_managed_policies);
        self.users.insert(
            name,
            User { path: user.path, grants, groups: user.group_list.unwrap_or_default(), boundary },
        );
    }

    fn parsed(&mut self, encoded: String) -> Rc<Parsed> {
        if let Some(known) = self.documents.get(&encoded) {
            return Rc::clone(known);
        }
        let policy = Rc::new(Parsed::encoded(&encoded));
        self.documents.insert(encoded, Rc::clone(&policy));
        policy
    }

    fn grants(&mut self, inline: Option<Vec<PolicyDetail>>, attached: Option<Vec<AttachedPolicy>>) -> Grants {
        let inline = inline.unwrap_or_default().into_iter().map(|one| {
            let policy = self.parsed(one.policy_document.unwrap_or_default());
            (one.policy_name.unwrap_or_default(), policy)
        });
        let inline = inline.collect();
        let attached = attached.unwrap_or_default().into_iter().filter_map(|one| one.policy_arn).collect();
        Grants { inline, attached }
    }

    /// Fetches the attached policies that were on no page.
    pub(super) fn fetch_missing(&mut self, aws: &Aws, signer: &Signer) -> Result<(), Answer> {
        let grants = self.users.values().map(|user| &user.grants).chain(self.groups.values());
        let boundaries = self.users.values().filter_map(|user| user.boundary.as_ref());
        let attached = grants.flat_map(|grants| &grants.attached).chain(boundaries);
        let missing: BTreeSet<String> =
            attached.filter(|arn| !self.managed.contains_key(*arn)).cloned().collect();
        for arn in missing {
            let text = policies::managed(aws, signer.clone(), &arn)?;
            self.managed.insert(arn, Rc::new(Parsed::of(text)));
        }
        Ok(())
    }

    /// Returns the names of the users that the report does not contain.
    pub(super) fn names_but(&self, people: &[Person]) -> Vec<String> {
        let known: BTreeSet<&str> = people.iter().map(|person| person.name.as_str()).collect();
        let mut names: Vec<String> =
            self.users.keys().filter(|name| !known.contains(name.as_str())).cloned().collect();
        names.sort();
        names
    }

    /// Returns the effect of a user's policies on MFA.
    pub(super) fn force(&self, whose: &Subject, now: i64, judgments: &Judgments) -> Force {
        let Some(user) = self.users.get(&whose.user) else { return Force::Unknown };
        let whose = &Subject { path: user.path.clone(), ..whose.clone() };
        let mut named: Vec<(String, &Rc<Parsed>)> = Vec::new();
        self.collect(&user.grants, "", &mut named);
        for group in &user.groups {
            if let Some(grants) = self.groups.get(group) {
                self.collect(grants, &format!("group {group}, "), &mut named);
            }
        }
        let boundary = user.boundary.as_ref().and_then(|arn| self.managed.get(arn));
        let key: Vec<*const Parsed> = (named.iter().map(|(_, policy)| Rc::as_ptr(policy)))
            .chain([std::ptr::null()])
            .chain(boundary.map(Rc::as_ptr))
            .collect();
        let known = self.judged.borrow().get(&key).cloned();
        if let Some(known) = known {
            return force(&known, &named);
        }
        let broken = named.iter().map(|(_, policy)| *policy).chain(boundary);
        if let Some(why) = broken.into_iter().find_map(|one| one.policy.as_ref().err()) {
            return Force::Unsure(format!("a policy is not understood: {why}"));
        }
        let identity: Vec<&Policy> =
            named.iter().filter_map(|(_, policy)| policy.policy.as_ref().ok()).collect();
        let limit = boundary.and_then(|policy| policy.policy.as_ref().ok());
        let policies = Policies { boundary: limit, ..Policies::of(&identity) };
        let judge = || Judged::of(&decide(&policies, whose, now));
        let any = |asks: fn(&Policy) -> bool| identity.iter().copied().chain(limit).any(asks);
        if any(Policy::asks_who_the_user_is) {
            return force(&judge(), &named);
        }
        // The judgment of the same policies is the same in every account, unless they ask for the account.
        let account = if any(Policy::asks_which_account_it_is) { whose.account.as_str() } else { "" };
        let mut texts = vec![whose.partition.clone(), account.to_owned()];
        texts.extend(boundary.map(|boundary| boundary.text.clone()).or_else(|| Some(String::new())));
        texts.extend(named.iter().map(|(_, policy)| policy.text.clone()));
        let judged = judgments.of(texts, judge);
        self.judged.borrow_mut().insert(key, Arc::clone(&judged));
        force(&judged, &named)
    }

    fn collect<'a>(&'a self, grants: &'a Grants, whose: &str, into: &mut Vec<(String, &'a Rc<Parsed>)>) {
        for (name, policy) in &grants.inline {
            into.push((format!("{whose}inline policy {name}"), policy));
        }
        for arn in &grants.attached {
            if let Some(policy) = self.managed.get(arn) {
                into.push((format!("{whose}policy {}", arn.rsplit('/').next().unwrap_or(arn)), policy));
            }
        }
    }
}

/// Returns the verdict with the name of the policy that allows. The names are in the order of the judgment.
fn force(judged: &Judged, named: &[(String, &Rc<Parsed>)]) -> Force {
    let mut force = judged.force.clone();
    if let Force::Open { by, .. } = &mut force {
        *by = judged.by.and_then(|place| named.get(place)).map(|(name, _)| name.clone());
    }
    force
}

impl Judged {
    /// Puts a proof into an audit's words.
    fn of(proof: &Proof) -> Self {
        let force = match proof.verdict {
            _ if proof.nothing_allowed => Force::NothingAllowed,
            Verdict::Enforced | Verdict::EnforcedToday => Force::Enforced,
            Verdict::ButForEnrollment => Force::ButForEnrollment,
            Verdict::NotEnforced => Force::Open {
                actions: proof.witnesses.iter().map(|witness| witness.action.clone()).collect(),
                count: proof.open_actions(),
                by: None,
                escalates: proof.takes_over,
                signs_in: SIGN_IN.iter().all(|action| proof.opens(action)),
            },
            Verdict::Unsure => {
                let of = |one: &Defect| format!("{}: {}", one.statement, one.why);
                let defect = proof.defects.first().map(of);
                Force::Unsure(proof.depends.first().cloned().or(defect).unwrap_or_default())
            }
        };
        Self { force, by: proof.witnesses.first().map(|witness| witness.policy) }
    }
}

/// The actions by which `aws login` turns a console session into command-line credentials.
const SIGN_IN: [&str; 2] = ["signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token"];

impl Parsed {
    /// Parses a policy document, which IAM sends percent-encoded (RFC 3986).
    fn encoded(document: &str) -> Self {
        match percent_encoding::percent_decode_str(document).decode_utf8() {
            Ok(text) => Self::of(text.into_owned()),
            Err(_) => Self { text: document.to_owned(), policy: Err("it is not UTF-8 text".to_owned()) },
        }
    }

    fn of(text: String) -> Self {
        let policy = Policy::parse(&text).map_err(|error| error.to_string());
        Self { text, policy }
    }
}
