//! The exports that take an earlier one back out of an environment. They keep the variables that the user set.

use super::{Exports, KEYS};
use crate::session::exported::{Exported, VARIABLE, is_withheld};

/// A variable of AWS's that names a file, our variable that remembers the user's own file, and the default below the home.
const FILES: [(&str, &str, &str); 2] = [
    ("AWS_CONFIG_FILE", "AWSESAME_AWS_CONFIG_FILE", ".aws/config"),
    ("AWS_SHARED_CREDENTIALS_FILE", "AWSESAME_AWS_CREDENTIALS_FILE", ".aws/credentials"),
];

impl Exports {
    /// Returns the exports that remove everything that our earlier exports left in an environment. `is_ours` returns
    /// true for the path of a file that we wrote. If the user had set another path before, that one is set again.
    #[must_use]
    pub fn taken_back(var: impl Fn(&str) -> Option<String>, is_ours: impl Fn(&str) -> bool) -> Self {
        let earlier = Exported::read(&var);
        let mut exports = Self::default();
        // The record contains no secret, so the other parts of a key are found by its ID.
        let key = var("AWS_ACCESS_KEY_ID");
        if key.is_some_and(|id| earlier.is_ours("AWS_ACCESS_KEY_ID", &id)) {
            for name in KEYS.into_iter().filter(|name| var(name).is_some()) {
                exports.unset(name);
            }
        }
        for name in earlier.left(&var) {
            exports.unset(name);
        }
        for name in ["AWS_PROFILE", "AWS_ACCESS_KEY"] {
            if var(name).is_some_and(|value| is_withheld(&value)) {
                exports.unset(name);
            }
        }
        if var("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").is_some_and(|path| is_ours(&path))
            || var("AWS_CONTAINER_CREDENTIALS_FULL_URI").is_some_and(|url| is_withheld(&url))
        {
            exports.unset("AWS_CONTAINER_CREDENTIALS_FULL_URI");
            exports.unset("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
        }
        for (name, own, usual) in FILES {
            if var(name).is_some_and(|path| is_ours(&path)) {
                let usual = format!("{}/{usual}", var("HOME").unwrap_or_default());
                match var(own).filter(|path| *path != usual) {
                    Some(path) => exports.set(name, &path),
                    None => exports.unset(name),
                }
            }
        }
        for name in
            ["AWSESAME_EXPIRES_AT", "AWSESAME_AWS_CONFIG_FILE", "AWSESAME_AWS_CREDENTIALS_FILE", VARIABLE]
        {
            if var(name).is_some() {
                exports.unset(name);
            }
        }
        exports
    }

    /// Returns true if there is nothing to set and nothing to unset.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::fixture;
    use crate::name::{ProfileName, Subject};

    type Shell = BTreeMap<String, String>;

    fn apply(shell: &mut Shell, exports: &Exports) {
        for (name, value) in exports.iter() {
            match value {
                Some(value) => shell.insert(name.to_owned(), value.to_owned()),
                None => shell.remove(name),
            };
        }
    }

    fn after(mut shell: Shell, exports: Vec<Exports>) -> Shell {
        for one in exports {
            let over = one.over(|name| shell.get(name).cloned());
            apply(&mut shell, &over);
        }
        let is_ours = |path: &str| path.starts_with("/state/");
        let back = Exports::taken_back(|name| shell.get(name).cloned(), is_ours);
        apply(&mut shell, &back);
        shell
    }

    fn shell(pairs: &[(&str, &str)]) -> Shell {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn earlier_exports_are_removed_and_the_users_variables_stay() {
        let users = shell(&[("HOME", "/home/u"), ("AWS_REGION", "ap-south-1"), ("PATH", "/bin")]);
        let profile = ProfileName::new("dev");
        let process = || {
            let mut exports = Exports::via_process(&profile, "/state/config", "/state/credentials");
            exports.set("AWSESAME_AWS_CONFIG_FILE", "/home/u/.aws/config");
            exports.set("AWSESAME_AWS_CREDENTIALS_FILE", "/home/u/.aws/credentials");
            exports
        };
        for exports in [
            vec![Exports::of(&fixture::session())],
            vec![Exports::withheld(&Subject::Profile(profile.clone()))],
            vec![Exports::via_broker("http://127.0.0.1:1/dev", "/state/token")],
            vec![process()],
            vec![Exports::of(&fixture::session()), process(), Exports::of(&fixture::session())],
        ] {
            assert_eq!(after(users.clone(), exports), users);
        }
    }

    #[test]
    fn a_file_that_the_user_named_is_named_again() {
        let mut exports =
            Exports::via_process(&ProfileName::new("dev"), "/state/config", "/state/credentials");
        exports.set("AWSESAME_AWS_CONFIG_FILE", "/elsewhere/config");
        let users = shell(&[("HOME", "/home/u"), ("AWS_CONFIG_FILE", "/elsewhere/config")]);
        assert_eq!(after(users.clone(), vec![exports]), users);
    }

    #[test]
    fn a_key_that_the_user_exported_since_is_not_taken() {
        let mut now = shell(&[("AWSESAME_EXPORTED", "AWS_ACCESS_KEY_ID=AKIAOURS")]);
        now.extend(shell(&[("AWS_ACCESS_KEY_ID", "AKIATHEIRS"), ("AWS_SECRET_ACCESS_KEY", "x")]));
        let left = after(now, Vec::new());
        assert_eq!(left, shell(&[("AWS_ACCESS_KEY_ID", "AKIATHEIRS"), ("AWS_SECRET_ACCESS_KEY", "x")]));
    }
}
