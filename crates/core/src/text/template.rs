//! The templates of `status --format`: a line for a shell's prompt or a status bar, with fields in braces. The caller
//! supplies the value of each field; this module only inserts it.

use crate::fault::Fault;

/// A field that can be in braces. If `status --json` has the same field, the names agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The name of the profile.
    Profile,
    /// The account ID.
    Account,
    /// The user's or the assumed role's ARN.
    Arn,
    /// The user's name, or `role NAME`.
    Identity,
    /// The kind of the session: `mfa`, `role` or `direct-role`.
    Kind,
    /// The state: `fresh`, `expired`, `locked` or `damaged`.
    State,
    /// The time left in words.
    Left,
    /// The time left in whole seconds; 0 where it is over.
    SecondsLeft,
    /// The end in UTC, as ISO 8601.
    Expires,
    /// The end by the clock on the wall.
    Until,
    /// The time since the code was given, in words.
    MfaAge,
    /// The age of the MFA in seconds.
    MfaAgeSeconds,
    /// The store where the data key is stored.
    Store,
    /// The region that is exported with the keys.
    Region,
}

impl Field {
    /// Every field by its name, in the order of the help text.
    pub const ALL: [(&'static str, Self); 14] = [
        ("profile", Self::Profile),
        ("account", Self::Account),
        ("arn", Self::Arn),
        ("identity", Self::Identity),
        ("kind", Self::Kind),
        ("state", Self::State),
        ("left", Self::Left),
        ("seconds_left", Self::SecondsLeft),
        ("expires", Self::Expires),
        ("until", Self::Until),
        ("mfa_age", Self::MfaAge),
        ("mfa_age_seconds", Self::MfaAgeSeconds),
        ("store", Self::Store),
        ("region", Self::Region),
    ];

    fn parse(name: &str) -> Result<Self, Fault> {
        if let Some((_, field)) = Self::ALL.into_iter().find(|(known, _)| *known == name) {
            return Ok(field);
        }
        let likeness = |known: &&str| strsim::jaro_winkler(name, known);
        let nearest = Self::ALL
            .map(|(known, _)| known)
            .into_iter()
            .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
            .filter(|known| likeness(known) > 0.7);
        Err(Fault::UnknownField { field: name.to_owned(), nearest })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Field(Field),
}

/// A template that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template<'a>(Vec<Piece<'a>>);

impl<'a> Template<'a> {
    /// Parses a template such as `{profile} {left}`. `{{` and `}}` produce the braces themselves.
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        let broken = || Fault::BadValue {
            setting: "--format",
            value: text.to_owned(),
            expected: "fields in braces, like `{profile} {left}`; a brace itself is written twice".to_owned(),
        };
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            let doubled = from.starts_with("{{") || from.starts_with("}}");
            // The first of two braces is text.
            pieces.push(Piece::Text(if doubled { &rest[..=at] } else { before }));
            if doubled {
                rest = &from[2..];
                continue;
            }
            let (name, after) =
                from.strip_prefix('{').and_then(|from| from.split_once('}')).ok_or_else(broken)?;
            pieces.push(Piece::Field(Field::parse(name)?));
            rest = after;
        }
        pieces.push(Piece::Text(rest));
        Ok(Self(pieces))
    }

    /// Returns the template with the values inserted.
    pub fn fill(&self, value: impl Fn(Field) -> String) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => (*text).to_owned(),
                Piece::Field(field) => value(*field),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_filled_in_and_the_rest_stays() {
        for (template, filled) in [
            ("", ""),
            ("no field", "no field"),
            ("{profile}", "<Profile>"),
            ("[{profile}: {left}]", "[<Profile>: <Left>]"),
            ("{{{account}}}", "{<Account>}"),
            ("{{profile}}", "{profile}"),
            ("{seconds_left}{seconds_left} é", "<SecondsLeft><SecondsLeft> é"),
        ] {
            let filled_in = Template::parse(template).unwrap().fill(|field| format!("<{field:?}>"));
            assert_eq!(filled_in, filled, "{template}");
        }
    }

    #[test]
    fn a_field_that_there_is_not_names_the_nearest() {
        for (template, field, nearest) in [
            ("{acount}", "acount", Some("account")),
            ("{profile} {lefft}", "lefft", Some("left")),
            ("{expiry}", "expiry", Some("expires")),
            ("{}", "", None),
            ("{xyzzy}", "xyzzy", None),
            ("{ profile }", " profile ", Some("profile")),
        ] {
            let expected = Fault::UnknownField { field: field.to_owned(), nearest };
            assert_eq!(Template::parse(template), Err(expected), "{template}");
        }
    }

    #[test]
    fn a_brace_by_itself_is_refused() {
        for template in ["{profile", "profile}", "{", "}", "{{}", "a } b {profile}"] {
            let fault = Template::parse(template).unwrap_err();
            assert!(matches!(fault, Fault::BadValue { setting: "--format", .. }), "{template}: {fault}");
        }
    }
}
