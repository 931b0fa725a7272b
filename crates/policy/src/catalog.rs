//! The catalog of AWS's services, their actions, and the ARNs of their resources. `cargo xtask actions` generates the
//! data from a public package. Nothing here may know a policy.

use std::collections::HashMap;
use std::sync::OnceLock;

/// The text of the catalog. Its parts are found by their position.
static LIST: &str = include_str!("catalog/aws.txt");

/// A service. Its part of the list is parsed at the first use, once for all decisions.
#[derive(Debug)]
pub(crate) struct Service {
    /// The prefix of its actions, which is before the colon.
    pub(crate) prefix: &'static str,
    /// The common name of the service.
    pub(crate) name: &'static str,
    body: &'static str,
    arns: OnceLock<Vec<&'static str>>,
    actions: OnceLock<Vec<Action>>,
    numbers: OnceLock<HashMap<&'static str, u16>>,
    in_order: OnceLock<Vec<(&'static str, u16)>>,
}

/// The class that AWS gives to an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Permissions,
    Write,
    Tagging,
    Read,
    List,
}

/// An action of a service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Action {
    /// The name without its service.
    pub(crate) name: &'static str,
    /// The name in lower case.
    pub(crate) folded: &'static str,
    pub(crate) level: Level,
    pub(crate) takes: Takes,
}

/// The resources of an action, as in the list. Two actions of a service with equal `Takes` have the same resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Takes(&'static str);

/// Returns the date of the list of actions, as `YYYY-MM-DD`.
pub fn date() -> &'static str {
    LIST.split_once("\n@ ").and_then(|(_, rest)| rest.lines().next()).unwrap_or_default()
}

/// Returns all services, by their prefixes.
pub(crate) fn services() -> &'static [Service] {
    static INDEX: OnceLock<Vec<Service>> = OnceLock::new();
    INDEX.get_or_init(|| LIST.split("\n> ").skip(1).filter_map(Service::read).collect())
}

/// An action of AWS's list, with the ARNs of its resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The full name, such as `s3:GetObject`.
    pub action: String,
    /// The forms of the ARNs, with a `*` for every variable part. Empty if the action has no resource.
    pub resources: Vec<&'static str>,
}

/// Returns every action of AWS's list.
pub fn listed() -> impl Iterator<Item = Listed> {
    services().iter().flat_map(|service| {
        service.actions().iter().map(|action| Listed {
            action: format!("{}:{}", service.prefix, action.name),
            resources: action.takes.each().map(|(number, _)| service.arns()[number]).collect(),
        })
    })
}

/// Returns the service with this prefix, in any case.
pub(crate) fn service(prefix: &str) -> Option<&'static Service> {
    place(&prefix.to_ascii_lowercase()).map(|at| &services()[at])
}

/// Returns the index of the service with this prefix, which is in lower case.
pub(crate) fn place(prefix: &str) -> Option<usize> {
    services().binary_search_by(|service| service.prefix.cmp(prefix)).ok()
}

impl Service {
    fn read(section: &'static str) -> Option<Self> {
        let (head, body) = section.split_once('\n')?;
        let (prefix, name) = head.split_once(' ')?;
        let (arns, actions) = (OnceLock::new(), OnceLock::new());
        let (numbers, in_order) = (OnceLock::new(), OnceLock::new());
        Some(Self { prefix, name, body, arns, actions, numbers, in_order })
    }

    /// Returns the ARNs of the service's resources, by their numbers, with a `*` for every variable part.
    pub(crate) fn arns(&self) -> &[&'static str] {
        self.arns.get_or_init(|| self.body.lines().filter_map(|line| line.strip_prefix("= ")).collect())
    }

    /// Returns the actions of the service.
    pub(crate) fn actions(&self) -> &[Action] {
        self.actions.get_or_init(|| {
            let groups = self.body.lines().filter_map(group);
            let each = groups.flat_map(|(level, takes, names)| {
                names.split(' ').map(move |name| {
                    let (folded, takes) = (folded(name), Takes(takes));
                    Action { name, folded, level, takes }
                })
            });
            each.collect()
        })
    }

    /// Returns the actions by their names in lower case, with their indexes.
    fn numbered(&self) -> impl Iterator<Item = (&'static str, u16)> {
        (0..).zip(self.actions()).map(|(number, action)| (action.folded, number))
    }

    /// Returns the index of the action with this name, which is in lower case.
    pub(crate) fn number(&self, folded: &str) -> Option<u16> {
        self.numbers.get_or_init(|| self.numbered().collect()).get(folded).copied()
    }

    /// Returns true if the service has an action with this name, which is in lower case.
    pub(crate) fn has(&self, folded: &str) -> bool {
        self.number(folded).is_some()
    }

    /// Returns the indexes of the actions whose names, in lower case, begin with this text.
    pub(crate) fn beginning(&self, folded: &str) -> impl Iterator<Item = u16> {
        let all = self.in_order.get_or_init(|| {
            let mut all: Vec<_> = self.numbered().collect();
            all.sort_unstable();
            all
        });
        let first = all.partition_point(|(name, _)| *name < folded);
        all[first..].iter().take_while(move |(name, _)| name.starts_with(folded)).map(|(_, number)| *number)
    }

    #[cfg(test)]
    /// Returns the action with this name, in any case.
    pub(crate) fn action(&self, name: &str) -> Option<Action> {
        self.actions().iter().copied().find(|action| action.name.eq_ignore_ascii_case(name))
    }

    /// Returns true if each ARN of the service names the type of the resource before its name. For S3, this is false
    /// for all of them.
    pub(crate) fn has_types(&self) -> bool {
        self.arns().iter().all(|arn| {
            let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
            resource.starts_with(|c: char| c.is_ascii_alphanumeric())
        })
    }
}

impl Takes {
    /// Returns the position in the text of the list. Actions with the same position belong to the same service and take
    /// the same resources.
    pub(crate) fn place(self) -> usize {
        self.0.as_ptr().addr()
    }

    /// Returns the numbers of the ARNs, each with true if a call needs a resource of that kind.
    pub(crate) fn each(self) -> impl Iterator<Item = (usize, bool)> {
        self.0.split(',').filter_map(|one| {
            let (number, needed) = one.strip_suffix('!').map_or((one, false), |number| (number, true));
            Some((number.parse().ok()?, needed))
        })
    }
}

/// Returns a part of the list in lower case, as the same part of a list in lower case.
fn folded(part: &'static str) -> &'static str {
    static FOLDED: OnceLock<String> = OnceLock::new();
    let at = part.as_ptr().addr() - LIST.as_ptr().addr();
    &FOLDED.get_or_init(|| LIST.to_ascii_lowercase())[at..at + part.len()]
}

/// Parses a line of actions: level, resources, names.
fn group(line: &'static str) -> Option<(Level, &'static str, &'static str)> {
    let (letter, rest) = line.split_once(' ')?;
    let (takes, names) = rest.split_once(' ')?;
    let level = match letter {
        "P" => Level::Permissions,
        "W" => Level::Write,
        "T" => Level::Tagging,
        "R" => Level::Read,
        "L" => Level::List,
        _ => return None,
    };
    Some((level, takes, names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_whole_and_in_order() {
        assert!(services().is_sorted_by(|one, next| one.prefix < next.prefix));
        assert_eq!(date().len(), 10);
        let mut count = 0;
        for service in services() {
            let arns = service.arns().len();
            let lines = service.body.lines().count();
            let groups =
                service.body.lines().filter_map(group).filter(|(_, takes, _)| !takes.is_empty()).count();
            assert_eq!(lines, arns + groups, "{}", service.prefix);
            for action in service.actions() {
                count += 1;
                assert!(action.takes.each().all(|(number, _)| number < arns), "{}", action.name);
                assert_eq!(action.name.to_ascii_lowercase(), action.folded);
            }
        }
        assert!(count > 20_000, "{count}");
    }

    #[test]
    fn an_action_is_found_with_its_level_and_its_resources() {
        let s3 = service("S3").unwrap();
        let get = s3.action("getobject").unwrap();
        assert_eq!((get.name, get.level), ("GetObject", Level::Read));
        let taken: Vec<&str> = get.takes.each().map(|(number, _)| s3.arns()[number]).collect();
        assert!(taken.contains(&"arn:*:s3:::*/*"), "{taken:?}");
        assert!(!s3.has_types());
        assert!(service("iam").unwrap().has_types());
        assert!(service("nothing-of-aws").is_none());
    }
}
