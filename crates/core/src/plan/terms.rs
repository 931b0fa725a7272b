//! Reads the `role.*` settings of `config.toml`: the tags, session policies and source identity with which a role is
//! assumed. The limits are those of AWS, and AWS judges the content of a policy.

use crate::config::Config;
use crate::fault::Fault;
use crate::name::ProfileName;

/// The maximum number of tags, and of transitive keys, in AWS.
const MOST_TAGS: usize = 50;
/// The maximum number of managed session policies in AWS.
const MOST_POLICIES: usize = 10;
/// The maximum length of a session policy in AWS.
const MOST_POLICY: usize = 2048;

/// The parameters of `AssumeRole` that our settings add for one role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    /// The session tags with their values, sorted by key.
    pub tags: Vec<(String, String)>,
    /// The keys of the tags that the following roles inherit.
    pub transitive: Vec<String>,
    /// The session policy, which limits the permissions.
    pub policy: Option<SessionPolicy>,
    /// The ARNs of managed session policies.
    pub policy_arns: Vec<String>,
    /// The real identity behind the session, for `CloudTrail` and for all following roles.
    pub source_identity: Option<String>,
}

/// A session policy, as text or as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionPolicy {
    /// The text, without unnecessary characters.
    Text(String),
    /// The path of a file with the text, which is not read yet: see [`super::Plan::read_policies`].
    File(String),
}

impl Terms {
    /// Returns true if there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Reads the terms of a profile's role. The variables apply to the requested profile, and not to the roles on the
    /// way to it.
    pub(super) fn read(config: &Config, profile: &ProfileName, asked_for: bool) -> Result<Self, Fault> {
        let profile = profile.as_str();
        let of = |name| Of { config, name, profile, asked_for };
        Ok(Self {
            tags: of("role.tags").tags()?,
            transitive: of("role.transitive_tags").transitive(&of("role.tags").pairs())?,
            policy: of("role.policy").policy()?,
            policy_arns: of("role.policy_arns").policy_arns()?,
            source_identity: of("role.source_identity").source_identity()?,
        })
    }
}

/// A setting for the role of one profile.
struct Of<'a> {
    config: &'a Config,
    name: &'static str,
    profile: &'a str,
    asked_for: bool,
}

impl Of<'_> {
    fn wrong<T>(&self, expected: &'static str) -> Result<T, Fault> {
        Err(self.config.wrong(self.name, self.profile, self.asked_for, expected))
    }

    fn pairs(&self) -> Vec<(String, String)> {
        self.config.pairs(self.name, self.profile, self.asked_for)
    }

    fn words(&self) -> Vec<String> {
        self.config.own_words(self.name, self.profile, self.asked_for)
    }

    fn text(&self) -> Option<String> {
        self.config.own_text(self.name, self.profile, self.asked_for)
    }

    fn tags(&self) -> Result<Vec<(String, String)>, Fault> {
        let tags = self.pairs();
        let good = |(key, value): &(String, String)| {
            (1..=128).contains(&key.chars().count())
                && value.chars().count() <= 256
                && key.chars().chain(value.chars()).all(in_tag)
                && !key.to_lowercase().starts_with("aws:")
        };
        if tags.len() > MOST_TAGS {
            return self.wrong("at most 50 tags");
        }
        // To AWS, keys that differ only in case are the same key.
        let mut keys: Vec<String> = tags.iter().map(|(key, _)| key.to_lowercase()).collect();
        keys.sort();
        if keys.windows(2).any(|two| two[0] == two[1]) {
            return self.wrong("tags whose keys differ in more than their case");
        }
        if !tags.iter().all(good) {
            return self.wrong(
                "tags with keys of 1 to 128 and values of up to 256 letters, digits, spaces or any of `_.:/=+-@`, \
                 no key beginning with `aws:`",
            );
        }
        Ok(tags)
    }

    fn transitive(&self, tags: &[(String, String)]) -> Result<Vec<String>, Fault> {
        let keys = self.words();
        if keys.iter().all(|key| tags.iter().any(|(known, _)| known == key)) {
            return Ok(keys);
        }
        self.wrong("a list of keys that `role.tags` has")
    }

    fn policy(&self) -> Result<Option<SessionPolicy>, Fault> {
        let Some(text) = self.text() else { return Ok(None) };
        if text.trim_start().starts_with('{') {
            let place = self.config.place(self.name, self.profile, self.asked_for);
            let text = compact(&text).map_err(|why| Fault::BadPolicy {
                profile: ProfileName::new(self.profile),
                place,
                why,
            })?;
            return Ok(Some(SessionPolicy::Text(text)));
        }
        if text.starts_with('/') || text.starts_with("~/") {
            return Ok(Some(SessionPolicy::File(text)));
        }
        self.wrong("a policy in JSON, or the path of one that begins with `/` or `~/`")
    }

    fn policy_arns(&self) -> Result<Vec<String>, Fault> {
        let arns = self.words();
        let good = |arn: &String| {
            (20..=2048).contains(&arn.len())
                && arn.starts_with("arn:")
                && arn.contains(":policy/")
                && arn.bytes().all(|b| b.is_ascii_graphic())
        };
        if arns.len() <= MOST_POLICIES && arns.iter().all(good) {
            return Ok(arns);
        }
        self.wrong("a list of at most 10 ARNs, like `arn:aws:iam::aws:policy/ReadOnlyAccess`")
    }

    fn source_identity(&self) -> Result<Option<String>, Fault> {
        let identity = self.text();
        let good = |text: &String| {
            (2..=64).contains(&text.len())
                && text.chars().all(in_name)
                && !text.to_lowercase().starts_with("aws:")
        };
        if identity.as_ref().is_none_or(good) {
            return Ok(identity);
        }
        self.wrong("2 to 64 letters, digits or any of `_+=,.@-`")
    }
}

fn in_tag(c: char) -> bool {
    c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c)
}

/// Returns a policy without the white space between its words, which counts towards AWS's limits. Only the form of the
/// policy is checked.
pub(super) fn compact(text: &str) -> Result<String, String> {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(serde_json::Value::Object(policy)) if policy.contains_key("Statement") => {}
        Ok(_) => return Err("it has no `Statement`".to_owned()),
        Err(error) => return Err(error.to_string()),
    }
    let (mut short, mut quoted, mut escaped) = (String::with_capacity(text.len()), false, false);
    for c in text.chars() {
        if !quoted && c.is_ascii_whitespace() {
            continue;
        }
        quoted ^= c == '"' && !escaped;
        escaped = quoted && c == '\\' && !escaped;
        short.push(c);
    }
    if let Some(odd) = short.chars().find(|c| !matches!(c, '\u{20}'..='\u{ff}')) {
        return Err(format!("AWS takes no `{odd}` there"));
    }
    match short.chars().count() {
        ..=MOST_POLICY => Ok(short),
        count => Err(format!("it has {count} characters, and AWS takes {MOST_POLICY}")),
    }
}

/// Returns true if AWS allows a character in the name of a session and in a source identity.
pub(super) fn in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '=' | ',' | '.' | '@' | '-')
}
