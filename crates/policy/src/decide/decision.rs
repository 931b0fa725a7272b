//! Decides whether policies enforce MFA for a user. `policy check`, `policy attach`, `policy detach` and `audit` all
//! use this decision, through `whose`. The evaluator that the sandbox enforces with confirms each request that the
//! decision names.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::catalog::{Action, Service};
use crate::decide::action::Meaning;
use crate::decide::automaton::{Budget, Exhausted};
use crate::decide::cover::Cover;
use crate::decide::danger::{self, Danger, Dangers};
use crate::decide::proof::{Defect, NewActions, Opened, Proof, Verdict, Witness};
use crate::decide::resource::Resources;
use crate::decide::rule::Rules;
use crate::decide::search::{Asked, Example, Extent, Find, Finds, Open, search};
use crate::evaluate::credential::{Credential, Subject};
use crate::evaluate::policies::Policies;
use crate::language::document::Policy;
use crate::language::element::Scope;
use crate::language::pattern;

/// The maximum work of one search: a fraction of a second, and 100 MB at most.
pub(crate) const WORK: u64 = 4_000_000;

/// The number of results of one kind that are shown. Others are only counted.
const MOST_SHOWN: usize = 12;

/// Decides whether policies enforce MFA for one known user. Times before `now`, in seconds since 1970, are not possible
/// any more.
pub(crate) fn decide_for_one(policies: &Policies<'_>, subject: &Subject, now: i64) -> Proof {
    let rules = Rules::of(policies);
    let without = Asked { subject, credentials: &[Credential::BareKey, Credential::Session], now };
    let (mut proof, cover) = judged(&rules, &without);
    if proof.verdict.is_enforced() || proof.verdict == Verdict::ButForEnrollment {
        let everything = Policy::everything();
        let beside = Rules::beside_everything(policies, &everything);
        // No Deny stops a bare key that the policy of a resource admits.
        proof.rests_on_allow =
            proof.first(&beside, None, &without, |service, name| Meaning::of(service, name) != Meaning::Hole);
        let with = Asked { credentials: &[Credential::FreshMfa, Credential::OldMfa], ..without };
        proof.nothing_allowed = !proof
            .first(&rules, cover, &with, |service, name| Meaning::of(service, name) == Meaning::Ungoverned);
    }
    proof
}

/// Returns the same decision, but only with the evidence for the verdict.
pub(crate) fn judge_for_one(policies: &Policies<'_>, subject: &Subject, now: i64) -> Proof {
    let without = Asked { subject, credentials: &[Credential::BareKey, Credential::Session], now };
    judged(&Rules::of(policies), &without).0
}

/// Returns the verdict on rules with its evidence, and the cover of the rules. The cover is None if it was too much
/// work.
fn judged<'a>(rules: &Rules<'a>, without: &Asked<'_>) -> (Proof, Option<Cover<'a>>) {
    let mut proof = Proof::of(rules);
    let mut budget = Budget::new(WORK);
    let Ok(cover) = Cover::of(rules, &mut budget) else { return (proof.exhausted(&budget), None) };
    match search(rules, &cover, without, Extent::Whole, &mut budget) {
        Ok(finds) => {
            let subject = without.subject;
            Sorting { rules, proof: &mut proof, subject, resources: Resources::usual_of(subject) }
                .sort(finds);
        }
        Err(Exhausted) => return (proof.exhausted(&budget), None),
    }
    proof.steps = budget.spent();
    proof.verdict = proof.judged();
    (proof, Some(cover))
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
    fn first<'a>(
        &mut self,
        rules: &Rules<'a>,
        cover: Option<Cover<'a>>,
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
    resources: Resources<'a>,
}

impl Sorting<'_> {
    fn sort(&mut self, finds: Finds) {
        let mut depends: BTreeSet<String> = BTreeSet::new();
        for of_service in finds.listed.chunk_by(|(one, ..), (next, ..)| std::ptr::eq(*one, *next)) {
            self.sort_service(of_service, &mut depends);
        }
        self.proof.witnesses.sort_by_key(|witness| {
            let service = witness.action.split(':').next().unwrap_or_default();
            (witness.danger, !of_identities(service))
        });
        self.proof.open.sort_by_key(|opened| {
            let worst = opened.actions.first().map(|(danger, _)| *danger);
            (worst, !of_identities(opened.service), opened.service)
        });
        for (name, find) in finds.unlisted {
            self.unlisted(&name, &find);
        }
        self.proof.depends.extend(depends.into_iter().take(MOST_SHOWN));
    }

    /// Sorts the results for one service.
    fn sort_service(
        &mut self,
        finds: &[(&'static Service, &'static Action, Find)],
        depends: &mut BTreeSet<String>,
    ) {
        let Some((service, ..)) = finds.first() else { return };
        let dangers = Dangers::of(service.prefix);
        let mut open: Vec<(Danger, &'static str)> = Vec::new();
        let mut shown: Vec<Danger> = Vec::new();
        // Most actions of a service have the same doubts, so these are not added again.
        let mut told: Option<&Rc<BTreeSet<String>>> = None;
        for (_, action, find) in finds {
            let name = || format!("{}:{}", service.prefix, action.name);
            match (Meaning::of(service.prefix, action.name), find) {
                (Meaning::Ungoverned, _) | (_, Find::Shut) | (Meaning::Harmless(_), Find::Perhaps(_)) => {}
                (Meaning::Harmless(known), Find::Open(..)) => self.proof.harmless.push(known),
                (Meaning::Hole | Meaning::Enrolls, Find::Perhaps(why)) => {
                    if told.is_none_or(|told| !Rc::ptr_eq(told, why)) {
                        depends.extend(why.iter().cloned());
                    }
                    told = Some(why);
                }
                (Meaning::Enrolls, Find::Open(found, on)) if self.is_of_the_user(action.name, on) => {
                    let witness = self.witness(name(), Danger::Escalation, found, on);
                    self.proof.enrollment.push(witness);
                }
                (Meaning::Hole | Meaning::Enrolls, Find::Open(found, on)) => {
                    let danger = dangers.of_action(action);
                    self.proof.takes_over |= danger::takes_over(service.prefix, action.name);
                    if !shown.contains(&danger) {
                        shown.push(danger);
                        let witness = self.witness(name(), danger, found, on);
                        self.proof.witnesses.push(witness);
                    }
                    open.push((danger, action.name));
                }
            }
        }
        if !open.is_empty() {
            open.sort_unstable();
            self.proof.open.push(opened(service, open));
        }
    }

    /// Returns true if a step of enrollment assigns a device to the user itself. A device for another user locks that
    /// user out.
    fn is_of_the_user(&self, action: &str, on: &Example) -> bool {
        action != "EnableMFADevice" || on.text(&self.resources).ends_with(&format!("/{}", self.subject.user))
    }

    fn witness(&self, action: String, danger: Danger, found: &Open, on: &Example) -> Witness {
        let Open { credential, circumstance, allowing } = found;
        let (policy, statement) = self.allowing(allowing);
        Witness {
            action,
            resource: on.text(&self.resources),
            credential: *credential,
            circumstance: circumstance.clone(),
            policy,
            statement,
            danger,
        }
    }

    /// Returns the policy and the statement that allow it, from the identity policies.
    fn allowing(&self, allowing: &[u32]) -> (usize, String) {
        let rules = allowing.iter().map(|rule| &self.rules.all[*rule as usize]);
        let mut own = rules.filter_map(|rule| Some((rule.identity?, rule.label())));
        own.next().unwrap_or_default()
    }

    /// Records a name that is not in the list: a new action would work under the same conditions.
    fn unlisted(&mut self, name: &str, find: &Find) {
        let Find::Open(found, _) = find else {
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
            own.filter(|rule| rule.identity.is_some()).find_map(|rule| match rule.statement.action.scope() {
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

fn opened(service: &'static Service, actions: Vec<(Danger, &'static str)>) -> Opened {
    let governed =
        service.actions().iter().filter(|action| Meaning::of(service.prefix, action.name) == Meaning::Hole);
    Opened { service: service.prefix, name: service.name, actions, all: governed.count() }
}
