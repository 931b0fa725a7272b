//! The `Action` or `NotAction` element of a statement. The actions of AWS's list that its patterns match are looked up
//! only once, because many decisions need them.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::catalog::{self, Service};
use crate::language::element::Scope;
use crate::language::pattern;

/// The element. Its patterns never change.
#[derive(Debug, Clone)]
pub(crate) struct Actions {
    scope: Scope<Vec<String>>,
    named: OnceLock<Option<Named>>,
}

/// The names that the patterns of an element match, in lower case.
#[derive(Debug, Clone, Default)]
pub(crate) struct Named {
    /// True if a pattern matches everything.
    pub(crate) everything: bool,
    /// The actions of AWS's list that one of the other patterns matches, in order.
    pub(crate) listed: Vec<Number>,
    /// The other names, by service. It includes every service that has a pattern.
    pub(crate) services: BTreeMap<String, Others>,
    /// The first pattern that cannot match the name of any action.
    pub(crate) odd: Option<String>,
    /// The work of the lookup.
    pub(crate) cost: usize,
}

/// The action of a request. Its number is looked up when it is needed.
#[derive(Debug)]
pub(crate) struct Action<'a> {
    name: &'a str,
    number: OnceCell<Option<Number>>,
}

/// The number of an action in AWS's list: the index of its service, and its own index there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Number {
    pub(crate) service: u16,
    pub(crate) action: u16,
}

/// The names in the patterns of one service that are not plain names from AWS's list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Others {
    /// The names without wildcards that are not in the list.
    pub(crate) unknown: Vec<String>,
    /// The names with wildcards.
    pub(crate) wild: Vec<String>,
}

/// The maximum work of the lookup. No reasonable policy needs more.
const MOST: usize = 4_000_000;

impl Actions {
    pub(crate) fn new(scope: Scope<Vec<String>>) -> Self {
        Self { scope, named: OnceLock::new() }
    }

    pub(crate) fn scope(&self) -> &Scope<Vec<String>> {
        &self.scope
    }

    fn patterns(&self) -> &[String] {
        let (Scope::Only(patterns) | Scope::AllBut(patterns)) = &self.scope;
        patterns
    }

    /// Returns true if the element covers an action. Names of actions are ASCII, and their case does not matter.
    pub(crate) fn cover(&self, action: &Action<'_>) -> bool {
        // If the patterns were looked up before, the number of the action is sufficient.
        let looked_up = self.named.get().and_then(Option::as_ref);
        let named = match looked_up.and_then(|named| Some((named, action.number()?))) {
            Some((named, number)) => named.everything || named.listed.binary_search(&number).is_ok(),
            None => self.patterns().iter().any(|pattern| pattern::names_action(pattern, action.name)),
        };
        named == matches!(self.scope, Scope::Only(_))
    }

    /// Returns the names that the patterns match. Returns None if that is too much work.
    pub(crate) fn named(&self) -> Option<&Named> {
        self.named.get_or_init(|| Named::of(self.patterns())).as_ref()
    }

    /// Returns every action of AWS's list, and true if the element covers it. Returns nothing if that is too much work.
    pub(crate) fn listed(&self) -> impl Iterator<Item = (&'static Service, &'static catalog::Action, bool)> {
        let only = matches!(self.scope, Scope::Only(_));
        self.named().into_iter().flat_map(move |named| {
            let mut next = named.listed.iter().copied().peekable();
            let services = (0..).zip(catalog::services()).flat_map(|(service, of)| {
                (0..).zip(of.actions()).map(move |(action, one)| (Number { service, action }, of, one))
            });
            services.map(move |(number, service, action)| {
                let listed = next.next_if_eq(&number).is_some();
                (service, action, (named.everything || listed) == only)
            })
        })
    }
}

impl<'a> Action<'a> {
    pub(crate) fn of(name: &'a str) -> Self {
        Self { name, number: OnceCell::new() }
    }

    /// Returns the number in AWS's list. Returns None if the action is not in it.
    fn number(&self) -> Option<Number> {
        *self.number.get_or_init(|| {
            let folded = self.name.to_ascii_lowercase();
            let (service, name) = folded.split_once(':')?;
            let place = catalog::place(service)?;
            Some(Number::of(place, catalog::services()[place].number(name)?))
        })
    }
}

/// Compares only the patterns. The result of the lookup follows from them.
impl PartialEq for Actions {
    fn eq(&self, other: &Self) -> bool {
        self.scope == other.scope
    }
}

impl Eq for Actions {}

impl Named {
    fn of(patterns: &[String]) -> Option<Self> {
        let mut named = Self { cost: patterns.len(), ..Self::default() };
        let mut folded = String::new();
        // Most policies list their actions by service, so the last service and its index are remembered.
        let (mut last, mut place) = (String::new(), None);
        for pattern in patterns {
            folded.clear();
            folded.push_str(pattern);
            folded.make_ascii_lowercase();
            if named.odd.is_none()
                && !folded.bytes().all(|b| b.is_ascii_alphanumeric() || b"*?:-_".contains(&b))
            {
                named.odd = Some(pattern.clone());
            }
            let Some((service, name)) = folded.split_once(':').filter(|_| !is_everything(pattern)) else {
                named.everything = true;
                continue;
            };
            if last != service {
                service.clone_into(&mut last);
                place = catalog::place(service);
                named.services.entry(service.to_owned()).or_default();
            }
            let wild = is_wild(name);
            let of_list = place.filter(|_| !wild);
            let number = of_list.and_then(|place| Some((place, catalog::services()[place].number(name)?)));
            if let Some((place, action)) = number {
                named.listed.push(Number::of(place, action));
                continue;
            }
            let Some(others) = named.services.get_mut(service) else { continue };
            if wild { &mut others.wild } else { &mut others.unknown }.push(name.to_owned());
        }
        for (service, others) in &mut named.services {
            others.unknown.sort_unstable();
            others.unknown.dedup();
            others.wild.sort_unstable();
            others.wild.dedup();
            let Some(place) = catalog::place(service) else { continue };
            for pattern in &others.wild {
                named.cost += matching(pattern, place, &mut named.listed);
                if named.cost > MOST {
                    return None;
                }
            }
        }
        named.listed.sort_unstable();
        named.listed.dedup();
        Some(named)
    }
}

/// Adds the actions of a service that a pattern matches. Returns the work.
fn matching(pattern: &str, place: usize, listed: &mut Vec<Number>) -> usize {
    let (service, before) = (&catalog::services()[place], listed.len());
    if let Some(beginning) = pattern.strip_suffix('*').filter(|beginning| !is_wild(beginning)) {
        listed.extend(service.beginning(beginning).map(|action| Number::of(place, action)));
        return pattern.len() + listed.len() - before;
    }
    for (number, action) in (0..).zip(service.actions()) {
        if pattern::names_action(pattern, action.folded) {
            listed.push(Number::of(place, number));
        }
    }
    pattern.len() * service.actions().len()
}

impl Number {
    fn of(service: usize, action: u16) -> Self {
        Self { service: u16::try_from(service).expect("AWS has fewer than 65,536 services"), action }
    }
}

/// Returns true if a pattern matches every action. Every action has a service, so `*:*` means the same as `*`.
pub(crate) fn is_everything(pattern: &str) -> bool {
    matches!(pattern, "*" | "*:*")
}

/// Returns true if a name has wildcards.
pub(crate) fn is_wild(name: &str) -> bool {
    name.contains(['*', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks that both ways to read an element agree: by its patterns, and by the looked-up numbers.
    #[test]
    fn the_lookup_agrees_with_the_patterns() {
        let all = |patterns: &[&str]| patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        for patterns in [
            &["*"][..],
            &["*:*"],
            &["S3:Get*", "s3:getobject", "iam:*"],
            &["iam:*MFA*", "s3:?etObject", "nothing:*", "s3:GetNothing", "EC2:RUNINSTANCES"],
            &["s3:GetObject*", "s3:GetObjectAcl", "s3:*"],
            &["s3:G*tObject", "iam:GetUser?", "sts:"],
        ] {
            for actions in
                [Actions::new(Scope::Only(all(patterns))), Actions::new(Scope::AllBut(all(patterns)))]
            {
                let mut count = 0;
                let unread = actions.clone();
                for (service, action, covered) in actions.listed() {
                    count += 1;
                    let name = format!("{}:{}", service.prefix, action.name);
                    assert_eq!(covered, unread.cover(&Action::of(&name)), "{name} of {unread:?}");
                    assert_eq!(covered, actions.cover(&Action::of(&name)), "{name} of {unread:?}");
                }
                assert!(count > 20_000);
            }
        }
    }

    #[test]
    fn names_that_aws_does_not_have_are_kept_apart() {
        let patterns = ["s3:GetNothing", "S3:getnothing", "s3:Get*", "s3:GetObject", "newthing:Do"];
        let actions = Actions::new(Scope::Only(patterns.map(str::to_owned).to_vec()));
        let named = actions.named().unwrap();
        let of = |service: &str| &named.services[service];
        assert_eq!(
            (&of("s3").unknown[..], &of("s3").wild[..]),
            (&["getnothing".to_owned()][..], &["get*".to_owned()][..])
        );
        assert_eq!(of("newthing").unknown, ["do"]);
    }

    #[test]
    fn too_much_work_is_not_done() {
        let patterns = (0..20_000).map(|number| format!("ec2:*{number}*")).collect();
        assert!(Actions::new(Scope::Only(patterns)).named().is_none());
    }
}
