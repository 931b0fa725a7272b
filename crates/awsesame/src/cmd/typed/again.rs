//! Repeats the typed command line with another profile, for hints that suggest one.

use std::fmt::Write as _;

use awsesame_core::fault::Fault;
use awsesame_core::name::Typed;

use super::{Line, is_about_a_profile, parsed, word_as_typed};

/// Returns the command line with the suggested profile, if the profile is the only mistake. Returns None for a login,
/// whose code must not be sent twice, and if the new command line would not be valid.
pub(super) fn with_another_profile(line: &Line, fault: &Fault) -> Option<String> {
    let profile = match fault {
        Fault::NoProfileNamed { one, .. } | Fault::DefaultIncomplete { one } => one,
        Fault::UnknownProfile { nearest, .. } => nearest.as_ref()?,
        _ => return None,
    };
    if line.path == "login" || !is_about_a_profile(&line.path) {
        return None;
    }
    let end = line.words.iter().position(|word| word == "--").unwrap_or(line.words.len());
    let (before, after) = line.words.split_at(end);
    let mut text = "awsesame".to_owned();
    for word in without_profile(before, line.profile.as_deref()) {
        let _ = write!(text, " {}", word_as_typed(word));
    }
    let _ = write!(text, " -p {}", Typed(profile.as_str()));
    for word in after {
        let _ = write!(text, " {}", word_as_typed(word));
    }
    let read = parsed(&text).filter(|read| read.path == line.path)?;
    if read.profile.as_deref() != Some(profile.as_str()) {
        return None;
    }
    let prints_exports = line.path == "env" && !read.options.iter().any(|(name, _)| name != "profile");
    Some(if prints_exports { format!("eval \"$({text})\"") } else { text })
}

/// Returns the arguments without those that name the profile, as an option or by position.
fn without_profile<'a>(words: &'a [String], profile: Option<&str>) -> Vec<&'a str> {
    let (mut kept, mut is_gone) = (Vec::new(), false);
    let mut before = "";
    for word in words.iter().map(String::as_str) {
        let is_name = matches!(before, "-p" | "--profile");
        let is_value = before.starts_with("--") && !before.contains('=');
        let is_option = matches!(word, "-p" | "--profile")
            || word.starts_with("--profile=")
            || (word.starts_with("-p") && !word.starts_with("--"));
        let is_plain = !is_value && !is_gone && profile == Some(word);
        is_gone |= is_plain && !is_name;
        if !is_name && !is_option && !is_plain {
            kept.push(word);
        }
        before = word;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::super::tests::hint;
    use awsesame_core::fault::Fault;
    use awsesame_core::name::ProfileName;

    #[test]
    fn a_hint_to_name_another_profile_is_the_same_line_with_that_one() {
        let nobody = || Fault::NoProfileNamed { one: ProfileName::new("dev"), path: "/a".into() };
        let mistyped = || Fault::UnknownProfile {
            profile: ProfileName::new("prdo"),
            path: "/a".into(),
            nearest: Some(ProfileName::new("prod")),
        };
        for (hint, end) in [
            (
                hint("awsesame policy check --user alice", nobody()),
                ": awsesame policy check --user alice -p dev",
            ),
            (hint("awsesame audit --html 'a b.html'", nobody()), ": awsesame audit --html 'a b.html' -p dev"),
            (hint("awsesame exec -- ls -l -p x", nobody()), ": awsesame exec -p dev -- ls -l -p x"),
            (hint("awsesame exec prdo -- aws s3 ls", mistyped()), "? awsesame exec -p prod -- aws s3 ls"),
            (hint("awsesame -p prdo mfa list", mistyped()), "? awsesame mfa list -p prod"),
            (hint("awsesame check --role prdo prdo", mistyped()), "? awsesame check --role prdo -p prod"),
            (hint("awsesame env prdo", mistyped()), "? eval \"$(awsesame env -p prod)\""),
            (hint("awsesame env prdo --format json", mistyped()), "? awsesame env --format json -p prod"),
            (hint("awsesame login prdo 123456", mistyped()), "? awsesame login -p prod"),
        ] {
            assert!(hint.ends_with(end), "{hint} does not end with {end}");
        }
    }
}
