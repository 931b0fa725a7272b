//! Decides whether policies enforce MFA for a user. `policy check`, `policy attach`, `policy detach` and `audit` all
//! use this decision, through `whose`. The evaluator that the sandbox enforces with confirms each request that the
//! decision names.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Action, Service};
use crate::decide::action::Meaning;
use crate::decide::automaton::{Budget, Exhausted};
use crate::decide::cover::Cover;
use crate::decide::danger::{self, Danger};
use crate::decide::proof::{Defect, NewActions, Opened, Proof, Verdict, Witness};
use crate::decide::rule::Rules;
use crate::decide::search::{Asked, Extent, Find, Finds, Open, search};
use crate::evaluate::credential::{Credential, Subject};
use crate::evaluate::policies::Policies;
use crate::language::document::Policy;
use crate::language::element::Scope;
use crate::language::pattern;

/// The maximum work of one search: a fraction of a second, and 100 MB at most.
pub(crate) const WORK: u64 = 4_000_000;

/// The number of results of one kind that are shown. Others are only counted.
const MOST_SHOWN: usize = 12;

/// Decides whether policies enforce MFA for a user of whom everything is known. `now` is the current time in Unix
/// seconds: earlier times cannot occur any more.
pub(crate) fn decide_for_one(policies: &Policies<'_>, subject: &Subject, now: i64) -> Proof {
    let rules = Rules::of(policies);
    let mut proof = Proof::of(&rules);
    let mut budget = Budget::new(WORK);
    let Ok(cover) = Cover::of(&rules, &mut budget) else { return proof.exhausted(&budget) };
    let without = Asked { subject, credentials: &[Credential::BareKey, Credential::Session], now };
    match search(&rules, &cover, &without, Extent::Whole, &mut budget) {
        Ok(finds) => Sorting { rules: &rules, proof: &mut proof, subject }.sort(finds),
        Err(Exhausted) => return proof.exhausted(&budget),
    }
    proof.steps = budget.spent();
    proof.verdict = proof.judged();
    if proof.verdict.is_enforced() || proof.verdict == Verdict::ButForEnrollment {
        let everything = Policy::everything();
        let beside = Rules::beside_everything(policies, &everything);
        // No Deny stops a bare key that the policy of a resource admits.
        proof.rests_on_allow =
            proof.first(&beside, None, &without, |service, name| Meaning::of(service, name) != Meaning::Hole);
        let with = Asked { credentials: &[Credential::FreshMfa, Credential::OldMfa], ..without };
        proof.nothing_allowed = !proof.first(&rules, Some(cover), &with, |service, name| {
            Meaning::of(service, name) == Meaning::Ungoverned
        });
    }
    proof
}

impl Proof {
    fn of(rules: &Rules<'_>) -> Self {
        let defects = rules.malformed().map(|(rule, why)| Defect {
            policy: rule.identity,
            statement: rule.label(),
            why: why.to_string(),
        });
        Self {
            verdict: Verdict::Unsure,
            witnesses: Vec::new(),
            open: Vec::new(),
            enrollment: Vec::new(),
            harmless: Vec::new(),
            new_actions: Vec::new(),
            depends: Vec::new(),
            defects: defects.collect(),
            rests_on_allow: false,
            nothing_allowed: false,
            takes_over: false,
            steps: 0,
        }
    }

    /// Returns the proof of a decision that took too much work.
    fn exhausted(mut self, budget: &Budget) -> Self {
        self.depends.push("the policies are too large or too tangled to be decided".to_owned());
        self.steps = budget.spent();
        self
    }

    /// Returns true if some action of AWS's list works or may work, except for those that are left out. It also returns
    /// true if the search takes too much work.
    fn first(
        &mut self,
        rules: &Rules<'_>,
        cover: Option<Cover>,
        asked: &Asked<'_>,
        passed: fn(&str, &str) -> bool,
    ) -> bool {
        let mut budget = Budget::new(WORK);
        let cover = cover.map_or_else(|| Cover::of(rules, &mut budget), Ok);
        let found = cover.and_then(|cover| search(rules, &cover, asked, Extent::First(passed), &mut budget));
        self.steps += budget.spent();
        found.map_or(true, |finds| !finds.listed.is_empty())
    }

    fn judged(&self) -> Verdict {
        let enrolls = self.enrollment.iter().any(|step| step.action == "iam:EnableMFADevice");
        if !self.open.is_empty() {
            Verdict::NotEnforced
        } else if !self.depends.is_empty() || !self.defects.is_empty() {
            Verdict::Unsure
        } else if enrolls {
            Verdict::ButForEnrollment
        } else if !self.new_actions.is_empty() {
            Verdict::EnforcedToday
        } else {
            Verdict::Enforced
        }
    }
}

/// The finds of a search, sorted by what they mean.
struct Sorting<'a> {
    rules: &'a Rules<'a>,
    proof: &'a mut Proof,
    subject: &'a Subject,
}

impl Sorting<'_> {
    fn sort(&mut self, finds: Finds) {
        let mut depends: BTreeSet<String> = BTreeSet::new();
        let mut open: BTreeMap<&'static str, Opened> = BTreeMap::new();
        let mut shown: BTreeSet<(Danger, &'static str)> = BTreeSet::new();
        for (service, action, find) in finds.listed {
            let name = || format!("{}:{}", service.prefix, action.name);
            match (Meaning::of(service.prefix, action.name), find) {
                (Meaning::Ungoverned, _) | (_, Find::Shut) | (Meaning::Harmless(_), Find::Perhaps(_)) => {}
                (Meaning::Harmless(known), Find::Open(_)) => self.proof.harmless.push(known),
                (Meaning::Hole | Meaning::Enrolls, Find::Perhaps(why)) => depends.extend(why.iter().cloned()),
                (Meaning::Enrolls, Find::Open(found)) if self.is_of_the_user(action.name, &found) => {
                    let witness = self.witness(name(), Danger::Escalation, &found);
                    self.proof.enrollment.push(witness);
                }
                (Meaning::Hole | Meaning::Enrolls, Find::Open(found)) => {
                    let danger = Danger::of(service.prefix, action);
                    self.proof.takes_over |= danger::takes_over(service.prefix, action.name);
                    if shown.insert((danger, service.prefix)) {
                        let witness = self.witness(name(), danger, &found);
                        self.proof.witnesses.push(witness);
                    }
                    opened(&mut open, service, danger, action);
                }
            }
        }
        self.proof.witnesses.sort_by_key(|witness| {
            let service = witness.action.split(':').next().unwrap_or_default();
            (witness.danger, !of_identities(service))
        });
        let mut open: Vec<Opened> = open.into_values().collect();
        for service in &mut open {
            service.actions.sort_unstable();
        }
        open.sort_by_key(|opened| {
            let worst = opened.actions.first().map(|(danger, _)| *danger);
            (worst, !of_identities(opened.service), opened.service)
        });
        self.proof.open = open;
        for (name, find) in finds.unlisted {
            self.unlisted(&name, &find);
        }
        self.proof.depends.extend(depends.into_iter().take(MOST_SHOWN));
    }

    /// Returns true if a step of enrollment assigns a device to the user itself. A device for another user locks that
    /// user out.
    fn is_of_the_user(&self, action: &str, found: &Open) -> bool {
        action != "EnableMFADevice" || found.resource.ends_with(&format!("/{}", self.subject.user))
    }

    fn witness(&self, action: String, danger: Danger, found: &Open) -> Witness {
        let Open { resource, credential, circumstance, allowing } = found;
        let (policy, statement) = self.allowing(allowing);
        Witness {
            action,
            resource: resource.clone(),
            credential: *credential,
            circumstance: circumstance.clone(),
            policy,
            statement,
            danger,
        }
    }

    /// The policy and the statement, of the identity policies, that allow.
    fn allowing(&self, allowing: &[u32]) -> (usize, String) {
        let rules = allowing.iter().map(|rule| &self.rules.all[*rule as usize]);
        let mut own = rules.filter_map(|rule| Some((rule.identity?, rule.label())));
        own.next().unwrap_or_default()
    }

    /// Records a name that is not in the list: a new action would work under the same conditions.
    fn unlisted(&mut self, name: &str, find: &Find) {
        let Find::Open(found) = find else {
            if !matches!(find, Find::Shut) && self.proof.new_actions.len() < MOST_SHOWN {
                let new = NewActions {
                    pattern: name.to_owned(),
                    example: name.to_owned(),
                    policy: 0,
                    statement: String::new(),
                };
                self.proof.new_actions.push(new);
            }
            return;
        };
        let (policy, statement) = self.allowing(&found.allowing);
        let own = found.allowing.iter().map(|rule| &self.rules.all[*rule as usize]);
        let pattern =
            own.filter(|rule| rule.identity.is_some()).find_map(|rule| match &rule.statement.action {
                Scope::Only(patterns) => {
                    patterns.iter().find(|pattern| pattern::names_action(pattern, name)).cloned()
                }
                Scope::AllBut(_) => Some("NotAction".to_owned()),
            });
        let pattern = pattern.unwrap_or_else(|| name.to_owned());
        let same = |known: &NewActions| known.pattern == pattern && known.statement == statement;
        if !self.proof.new_actions.iter().any(same) && self.proof.new_actions.len() < MOST_SHOWN {
            self.proof.new_actions.push(NewActions { pattern, example: name.to_owned(), policy, statement });
        }
    }
}

/// Returns true for a service of identities: what happens there happens to everything else.
fn of_identities(service: &str) -> bool {
    matches!(service, "iam" | "sts")
}

fn opened(
    open: &mut BTreeMap<&'static str, Opened>,
    service: &'static Service,
    danger: Danger,
    action: &'static Action,
) {
    let opened = open.entry(service.prefix).or_insert_with(|| {
        let governed = service
            .actions()
            .iter()
            .filter(|action| Meaning::of(service.prefix, action.name) == Meaning::Hole);
        Opened { service: service.prefix, name: service.name, actions: Vec::new(), all: governed.count() }
    });
    opened.actions.push((danger, action.name));
}
