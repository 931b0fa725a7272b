//! Chooses the profile of a command from its flags and the environment. No file is read for it.

use super::exported::{Exported, is_withheld};
use super::pin::Pin;
use crate::name::{AccessKeyId, AccountId, ProfileName, Subject};

/// Returns the profile that the user named: by a flag; or else by the first of `AWSESAME_PROFILE`, `AWS_PROFILE` and
/// `AWS_DEFAULT_PROFILE` that the user set; or else by the value that our last export left. That export unset
/// `AWS_PROFILE`, so a current value was set since.
pub fn profile(flag: Option<&str>, var: impl Fn(&str) -> Option<String>) -> Option<ProfileName> {
    const NAMES: [&str; 3] = ["AWSESAME_PROFILE", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"];
    if let Some(flag) = flag {
        return Some(ProfileName::new(flag));
    }
    let exported = Exported::read(&var);
    // While keys are withheld, AWS's own two variables contain a sentence for AWS's tools, and not a profile.
    let named = |name: &str| var(name).filter(|value| !is_withheld(value));
    let users = NAMES.into_iter().find_map(|name| exported.users(name, named));
    users.or_else(|| NAMES.into_iter().find_map(named)).map(ProfileName::new)
}

/// Returns true if the user named the profile to awsesame itself, by a flag or by `AWSESAME_PROFILE`. This corresponds
/// to `--profile` in AWS's tools, which then ignore the variables with credentials.
pub fn is_named_to_us(flag: Option<&str>, var: impl Fn(&str) -> Option<String>) -> bool {
    flag.is_some() || Exported::read(&var).users("AWSESAME_PROFILE", &var).is_some()
}

/// Returns the subject of the command's session.
pub fn subject(flag: Option<&str>, var: impl Fn(&str) -> Option<String>) -> Subject {
    match (profile(flag, &var), var("MASTER_AWS_ACCESS_KEY_ID")) {
        (Some(profile), _) => Subject::Profile(profile),
        (None, Some(key)) => Subject::Environment(AccessKeyId::new(key)),
        (None, None) => Subject::Profile(ProfileName::new(ProfileName::DEFAULT)),
    }
}

/// Returns the pin of the project: the flags, else what `use awsesame` exported.
pub fn pin(account: Option<&str>, role: Option<&str>, var: impl Fn(&str) -> Option<String>) -> Pin {
    Pin {
        account: account.map(str::to_owned).or_else(|| var("AWSESAME_ACCOUNT")).map(AccountId::new),
        role: role.map(str::to_owned).or_else(|| var("AWSESAME_ROLE")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_user_named_comes_before_what_we_exported() {
        let ours = "AWSESAME_PROFILE=a AWS_PROFILE=a";
        for (flag, variables, expected) in [
            (None, &[][..], None),
            (Some("c"), &[("AWSESAME_PROFILE", "b")], Some("c")),
            (None, &[("AWSESAME_PROFILE", "b"), ("AWS_PROFILE", "c")], Some("b")),
            (None, &[("AWS_PROFILE", "c"), ("AWS_DEFAULT_PROFILE", "d")], Some("c")),
            (None, &[("AWS_DEFAULT_PROFILE", "d")], Some("d")),
            (None, &[("AWSESAME_EXPORTED", ours), ("AWSESAME_PROFILE", "a")], Some("a")),
            (
                None,
                &[("AWSESAME_EXPORTED", ours), ("AWSESAME_PROFILE", "a"), ("AWS_PROFILE", "b")],
                Some("b"),
            ),
            (
                None,
                &[("AWSESAME_EXPORTED", ours), ("AWSESAME_PROFILE", "a"), ("AWS_PROFILE", "a")],
                Some("a"),
            ),
            (
                None,
                &[("AWSESAME_EXPORTED", ours), ("AWSESAME_PROFILE", "a"), ("AWS_DEFAULT_PROFILE", "d")],
                Some("d"),
            ),
            (
                None,
                &[("AWSESAME_EXPORTED", ours), ("AWSESAME_PROFILE", "b"), ("AWS_PROFILE", "c")],
                Some("b"),
            ),
            (None, &[("AWS_PROFILE", "login needed: awsesame login -p a")], None),
            (
                None,
                &[("AWS_PROFILE", "login needed: awsesame login -p a"), ("AWSESAME_PROFILE", "a")],
                Some("a"),
            ),
        ] {
            let var = |name: &str| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(profile(flag, var), expected.map(ProfileName::new), "{flag:?} {variables:?}");
        }
    }
}
