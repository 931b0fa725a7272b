//! A user or a group of IAM. Both have policies, and the command line names them in the same way.

/// A user, or a group.
#[derive(Debug, Clone, Copy)]
pub enum UserOrGroup<'a> {
    /// A user's, with its groups' and its boundary.
    User(&'a str),
    /// A group with this name.
    Group(&'a str),
}

impl UserOrGroup<'_> {
    /// Returns the name under which messages show an inline policy of the user or group.
    pub fn inline(self, policy: &str) -> String {
        match self {
            Self::User(user) => format!("user {user}, inline {policy}"),
            Self::Group(group) => format!("group {group}, inline {policy}"),
        }
    }

    /// Returns the flag and the name that select it on a command line.
    pub fn again(self) -> (&'static str, Vec<String>) {
        match self {
            Self::User(user) => ("--user ", vec![user.to_owned()]),
            Self::Group(group) => ("--group ", vec![group.to_owned()]),
        }
    }
}

impl std::fmt::Display for UserOrGroup<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User(user) => write!(f, "user `{user}`"),
            Self::Group(group) => write!(f, "group `{group}`"),
        }
    }
}

/// Reads the name of a user, a group or a role, by IAM's own rule.
pub fn iam_name(text: &str) -> Result<String, String> {
    let known = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    let good = (1..=128).contains(&text.len()) && text.chars().all(known);
    good.then(|| text.to_owned())
        .ok_or_else(|| "expected 1 to 128 letters, digits or any of `+=,.@_-`".to_owned())
}
