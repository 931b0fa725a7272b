//! Searches all actions and all resources for requests that work with given credentials. `decision` derives the verdict
//! from the finds.

use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::rc::Rc;

use crate::catalog::{Action, Service, Takes};
use crate::decide::automaton::{Budget, Exhausted};
use crate::decide::circumstance::Circumstances;
use crate::decide::cover::{Cover, Covered, Stop, stopping};
use crate::decide::knowledge;
use crate::decide::resource::{self, Resources, Universe};
use crate::decide::rule::{RuleSet, Rules};
use crate::decide::solve::{Question, Way};
use crate::evaluate::credential::{Credential, Subject};
use crate::evaluate::truth::Truth;

/// A request that works. The name of the action is stored elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) credential: Credential,
    pub(crate) circumstance: Vec<(String, Vec<String>)>,
    /// The rules that allow it, one of each layer.
    pub(crate) allowing: Vec<u32>,
}

/// The outcome for an action, on any resource and under any circumstance.
#[derive(Debug, Clone)]
pub(crate) enum Find {
    Shut,
    Perhaps(Rc<BTreeSet<String>>),
    Open(Rc<Open>, Example),
}

/// A resource on which an action works.
#[derive(Debug, Clone)]
pub(crate) enum Example {
    This(Rc<str>),
    /// The usual one of all that the action can have.
    UsualOf(Universe),
}

impl Find {
    /// Returns the same result for the resources of another universe. The caller must know that the rules treat all
    /// resources alike.
    fn on(&self, universe: Universe) -> Self {
        match self {
            Self::Open(open, _) => Self::Open(Rc::clone(open), Example::UsualOf(universe)),
            other => other.clone(),
        }
    }
}

impl Example {
    pub(crate) fn text(&self, resources: &Resources<'_>) -> String {
        match self {
            Self::This(text) => text.to_string(),
            Self::UsualOf(universe) => resources.usual(*universe),
        }
    }
}

/// The finds of a search. Actions that do not work are not included.
#[derive(Debug, Default)]
pub(crate) struct Finds {
    pub(crate) listed: Vec<(&'static Service, &'static Action, Find)>,
    pub(crate) unlisted: Vec<(String, Find)>,
}

/// The keys that differ between the credentials of one user.
const OF_CREDENTIALS: [&str; 3] =
    ["aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge", "aws:TokenIssueTime"];

/// The number of working names outside of the list after which the search for more of them ends.
const MOST_UNLISTED: usize = 24;

/// A question about conditions: the class, the assumed circumstances, and the service.
type Posed = (usize, Vec<(u32, bool)>, String);

struct Search<'a> {
    rules: &'a Rules<'a>,
    resources: Resources<'a>,
    credentials: Vec<(Credential, Circumstances)>,
    classes: HashMap<RuleSet, usize>,
    /// The class for each set of the cover, by its number. None until the set is looked up.
    of_cover: Vec<Option<usize>>,
    about: Vec<About>,
    found: HashMap<(usize, Universe, String, bool), Find>,
    /// The results by class, by the resources that the action takes, and by whether AWS refuses the action to a
    /// session.
    taken: HashMap<Taking, Find>,
    /// The last of these results. In the list, actions that take the same resources follow each other.
    last: Option<(Taking, Find)>,
    answered: HashMap<Posed, Way>,
}

type Taking = (usize, usize, bool);

/// The properties of the rules of a class.
struct About {
    /// True if the rules may allow something.
    open: bool,
    /// True if a condition tests a key of one service.
    asks: bool,
    /// True if the rules treat all resources alike.
    alike: bool,
    /// The result on any resource, if it is known and the same for all services.
    find: Option<Find>,
}

/// The results that a search should find.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Extent {
    /// Everything that works or may work.
    Whole,
    /// One action of AWS's list, except for those for which this function returns true.
    First(fn(&str, &str) -> bool),
}

/// A call, as far as its service and its credentials decide.
#[derive(Debug, Clone, Copy)]
struct Call<'a> {
    service: &'a str,
    /// True if AWS refuses the action to a session without MFA under any policies.
    refused: bool,
}

/// Returns true if AWS refuses an action to a session without MFA.
///
/// Source: `GetSessionToken` in the STS reference.
fn refuses_sessions(service: &str, action: &str) -> bool {
    match service {
        "iam" => true,
        "sts" => !matches!(action, "AssumeRole" | "GetCallerIdentity"),
        _ => false,
    }
}

/// The party that asks, with its credentials and the time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) subject: &'a Subject,
    pub(crate) credentials: &'a [Credential],
    /// The current time in Unix seconds. Earlier times cannot occur any more.
    pub(crate) now: i64,
}

/// Returns the actions that work with any of these credentials, or may work.
pub(crate) fn search(
    rules: &Rules<'_>,
    cover: &Cover<'_>,
    asked: &Asked<'_>,
    extent: Extent,
    budget: &mut Budget,
) -> Result<Finds, Exhausted> {
    let Asked { subject, credentials, now } = *asked;
    let mut finds = Finds::default();
    let mut of_each = Vec::with_capacity(credentials.len());
    for credential in credentials {
        let context = knowledge::of_any_sender(credential.context(subject));
        of_each.push((*credential, Circumstances::of(rules, &context, now, budget)?));
    }
    let mut common = knowledge::of_any_sender(Credential::BareKey.context(subject));
    for key in OF_CREDENTIALS {
        common.forget(key);
    }
    let mut search = Search {
        rules,
        resources: Resources::of(rules, subject, &common),
        credentials: of_each,
        classes: HashMap::new(),
        of_cover: vec![None; cover.classes()],
        about: Vec::new(),
        found: HashMap::new(),
        taken: HashMap::new(),
        last: None,
        answered: HashMap::new(),
    };
    if !search.may_allow(&all(rules)) {
        return Ok(finds);
    }
    let listed = cover.each_listed(|covered| {
        let Covered { class, rules, service, actions } = covered;
        let class = stopping(search.class_of_cover(class, rules, budget))?;
        if !search.about[class].open {
            return ControlFlow::Continue(());
        }
        for action in actions {
            if let Extent::First(passed) = extent
                && passed(service.prefix, action.name)
            {
                continue;
            }
            let find = stopping(search.action(class, rules, service, action, budget))?;
            if !matches!(find, Find::Shut) {
                finds.listed.push((service, action, find));
                if matches!(extent, Extent::First(_)) {
                    return ControlFlow::Break(Stop::Found);
                }
            }
        }
        ControlFlow::Continue(())
    });
    let ended = match extent {
        Extent::Whole if listed.is_continue() => cover.each_unlisted(budget, |rules, name, budget| {
            let prefix = name.split(':').next().unwrap_or_default();
            let class = stopping(search.class(rules, budget))?;
            let call = Call { service: prefix, refused: refuses_sessions(prefix, "") };
            let find = stopping(search.find(class, rules, Universe::Anything, call, budget))?;
            if !matches!(find, Find::Shut) {
                finds.unlisted.push((name, find));
            }
            // A policy can list tens of thousands of names, and a few of them are sufficient.
            if finds.unlisted.len() < MOST_UNLISTED {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(Stop::Found)
            }
        }),
        _ => listed,
    };
    if ended == ControlFlow::Break(Stop::Exhausted) {
        return Err(Exhausted);
    }
    Ok(finds)
}

fn all(rules: &Rules<'_>) -> RuleSet {
    let mut all = RuleSet::none(rules.all.len());
    (0..).zip(&rules.all).for_each(|(number, _)| all.insert(number));
    all
}

impl Search<'_> {
    /// Returns true if every layer has an Allow in this set. The denials are ignored.
    fn may_allow(&self, set: &RuleSet) -> bool {
        let mut levels = vec![false; self.rules.levels];
        for number in set.iter() {
            let rule = &self.rules.all[number as usize];
            levels[rule.level] |= rule.allows() && self.can_apply(number);
        }
        !levels.is_empty() && levels.into_iter().all(|allowed| allowed)
    }

    /// Returns true if a rule applies to any of the credentials.
    fn can_apply(&self, rule: u32) -> bool {
        self.credentials
            .iter()
            .any(|(_, circumstances)| circumstances.conditions[rule as usize].fixed != Truth::No)
    }

    /// Returns true if this set has a Deny of everything that applies in all circumstances.
    fn is_denied(&self, set: &RuleSet) -> bool {
        set.iter().any(|number| {
            let rule = &self.rules.all[number as usize];
            !rule.allows()
                && self.resources.reaches_all(number)
                && self.credentials.iter().all(|(_, circumstances)| {
                    let condition = &circumstances.conditions[number as usize];
                    condition.fixed == Truth::Yes && condition.chosen.is_empty()
                })
        })
    }

    /// Does the same as [`Self::class`] for a set that has a number in the cover.
    fn class_of_cover(
        &mut self,
        number: usize,
        set: &RuleSet,
        budget: &mut Budget,
    ) -> Result<usize, Exhausted> {
        if let Some(class) = self.of_cover[number] {
            return Ok(class);
        }
        let class = self.class(set, budget)?;
        self.of_cover[number] = Some(class);
        Ok(class)
    }

    /// Returns the number of a set of rules. Sets of the same rules have the same number.
    fn class(&mut self, set: &RuleSet, budget: &mut Budget) -> Result<usize, Exhausted> {
        budget.spend(1)?;
        if let Some(class) = self.classes.get(set) {
            return Ok(*class);
        }
        let class = self.about.len();
        let open = self.may_allow(set) && !self.is_denied(set);
        let asks = set.iter().any(|rule| {
            self.credentials.iter().any(|(_, circumstances)| {
                let mut places = circumstances.conditions[rule as usize].chosen.iter();
                places.any(|(place, _)| circumstances.keys[*place].service.is_some())
            })
        });
        let alike = self.resources.tell_none_apart(set);
        self.about.push(About { open, asks, alike, find: None });
        self.classes.insert(set.clone(), class);
        Ok(class)
    }

    /// Returns the outcome for an action of AWS's list. A call can need several resources: it works if each of these is
    /// allowed, and only AWS knows whether it works if only some are.
    fn action(
        &mut self,
        class: usize,
        set: &RuleSet,
        service: &'static Service,
        action: &Action,
        budget: &mut Budget,
    ) -> Result<Find, Exhausted> {
        budget.spend(1)?;
        let call = Call { service: service.prefix, refused: refuses_sessions(service.prefix, action.name) };
        let key = (class, action.takes.place(), call.refused);
        let find = if let Some((_, find)) = self.last.as_ref().filter(|(last, _)| *last == key) {
            find.clone()
        } else {
            let find = if let Some(find) = self.taken.get(&key) {
                find.clone()
            } else {
                let find = self.taking(class, set, service, action.takes, call, budget)?;
                self.taken.insert(key, find.clone());
                find
            };
            self.last = Some((key, find.clone()));
            find
        };
        let Some(whole) = resource::whole(service.prefix, action.name) else { return Ok(find) };
        Ok(match (self.find(class, set, whole, call, budget)?, find) {
            (open @ Find::Open(..), _) => open,
            (_, Find::Open(_, example)) => {
                let example = example.text(&self.resources);
                let why = format!("whether {} asks about `{example}`", service.prefix);
                Find::Perhaps(Rc::new(BTreeSet::from([why])))
            }
            (perhaps @ Find::Perhaps(_), _) => perhaps,
            (Find::Shut, find) => find,
        })
    }

    /// Returns the result for the actions of a service that have the same resources.
    fn taking(
        &mut self,
        class: usize,
        set: &RuleSet,
        service: &'static Service,
        takes: Takes,
        call: Call<'_>,
        budget: &mut Budget,
    ) -> Result<Find, Exhausted> {
        let forms = service.arns();
        let mut needed: Vec<Find> = Vec::new();
        let mut others: Vec<Find> = Vec::new();
        for (number, is_needed) in takes.each() {
            let find = self.find(class, set, Universe::Form(forms[number]), call, budget)?;
            if is_needed { &mut needed } else { &mut others }.push(find);
        }
        if needed.is_empty() && others.is_empty() {
            // Policies should use `*` for these. Some services check an ARN of theirs nevertheless.
            return match self.find(class, set, Universe::Nothing, call, budget)? {
                Find::Shut => self.find(class, set, Universe::Service(service.prefix), call, budget),
                find => Ok(find),
            };
        }
        let open = |find: &&Find| matches!(find, Find::Open(..));
        if needed.is_empty() {
            if let Some(find) = others.iter().find(open) {
                return Ok(find.clone());
            }
            others.push(self.find(class, set, Universe::Nothing, call, budget)?);
        } else if needed.iter().all(|find| open(&find)) {
            return Ok(needed.swap_remove(0));
        }
        let mut doubts = BTreeSet::new();
        for find in needed.iter().chain(&others) {
            match find {
                Find::Shut => {}
                Find::Perhaps(why) => doubts.extend(why.iter().cloned()),
                Find::Open(..) => _ = doubts.insert("whether a call needs more than one resource".to_owned()),
            }
        }
        Ok(if doubts.is_empty() { Find::Shut } else { Find::Perhaps(Rc::new(doubts)) })
    }

    fn find(
        &mut self,
        class: usize,
        set: &RuleSet,
        universe: Universe,
        call: Call<'_>,
        budget: &mut Budget,
    ) -> Result<Find, Exhausted> {
        let Call { service, refused } = call;
        let About { open, asks, alike, find } = &self.about[class];
        if !open {
            return Ok(Find::Shut);
        }
        // A session without MFA cannot call IAM: what works with one alone differs by service.
        let by_service = *asks || matches!(service, "iam" | "sts");
        let doubtful = universe.is_of_any_service() || matches!(universe, Universe::Service(_));
        let alike = *alike && !by_service && !doubtful;
        if let Some(find) = find.as_ref().filter(|_| alike) {
            return Ok(find.on(universe));
        }
        let key = (class, universe, if by_service { service.to_owned() } else { String::new() }, refused);
        if let Some(find) = self.found.get(&key) {
            return Ok(find.clone());
        }
        let mut doubts = BTreeSet::new();
        let mut found = None;
        for reach in self.resources.reaches(set, universe, budget)? {
            for place in 0..self.credentials.len() {
                let credential = self.credentials[place].0;
                match self.answer(place, &reach.rules, &key.2, budget)? {
                    Way::Shut => {}
                    Way::Perhaps(why) => doubts.extend(why),
                    Way::Open { .. } if credential == Credential::Session && refused => {
                        doubts.insert(format!(
                            "AWS refuses `{service}` to a session without MFA, with any policies"
                        ));
                    }
                    Way::Open { .. } if universe.is_of_any_service() => {
                        doubts.insert("whether another service's resource is one of the action's".to_owned());
                    }
                    // Users and roles of another account are out of reach, but the account of the user must be known.
                    Way::Open { .. } if service == "iam" && !reach.own => {
                        doubts.insert(format!("whether `{}` is of the user's account", reach.example));
                    }
                    Way::Open { .. } if matches!(universe, Universe::Service(_)) => {
                        doubts.insert(format!(
                            "whether {service} asks about `{}` for an action that takes no resource",
                            reach.example
                        ));
                    }
                    Way::Open { circumstance, allowing } => {
                        let example = Example::This(reach.example.as_str().into());
                        found = Some((Open { credential, circumstance, allowing }, example));
                        break;
                    }
                }
            }
            if found.is_some() {
                break;
            }
        }
        let find = match found {
            Some((open, example)) => Find::Open(Rc::new(open), example),
            None if doubts.is_empty() => Find::Shut,
            None => Find::Perhaps(Rc::new(doubts)),
        };
        if alike {
            self.about[class].find = Some(find.clone());
        }
        self.found.insert(key, find.clone());
        Ok(find)
    }

    fn answer(
        &mut self,
        place: usize,
        reached: &[(u32, bool)],
        service: &str,
        budget: &mut Budget,
    ) -> Result<Way, Exhausted> {
        let key = (place, reached.to_vec(), service.to_owned());
        if let Some(way) = self.answered.get(&key) {
            return Ok(way.clone());
        }
        let circumstances = &self.credentials[place].1;
        let region = (service == "iam").then(|| knowledge::region_of_iam(self.resources.partition()));
        let way = Question { rules: self.rules, circumstances, reached, service, region }.answer(budget)?;
        self.answered.insert(key, way.clone());
        Ok(way)
    }
}
