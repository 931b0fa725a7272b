//! The examples that the help and the manual page of every subcommand show. A test parses each of them.

/// A command line, and its purpose.
pub(in super::super) type Example = (&'static str, &'static str);

/// Returns the examples of a subcommand, by its words without `awsesame`.
pub(in super::super) fn of(path: &str) -> &'static [Example] {
    ALL.iter().find(|(known, _)| *known == path).map_or(&[], |(_, examples)| examples)
}

const ALL: [(&str, &[Example]); 55] = [
    (
        "login",
        &[
            ("awsesame login prod", "asks for a code"),
            ("awsesame login prod 123456", "with the code that the device shows now"),
            ("awsesame login prod --also dev,test", "several profiles for one code"),
        ],
    ),
    (
        "exec",
        &[
            ("awsesame exec prod -- aws s3 ls", "one program"),
            ("awsesame exec prod", "a shell; to leave it: exit"),
            ("awsesame exec prod --via broker -- terraform apply", "for longer than the session lasts"),
        ],
    ),
    (
        "env",
        &[
            ("eval \"$(awsesame env prod)\"", "bash, zsh and sh"),
            ("awsesame env prod --format fish | source", "fish"),
            ("eval \"$(awsesame env --unset)\"", "removes it again"),
        ],
    ),
    (
        "process",
        &[
            ("awsesame process prod", "what a `credential_process` line calls"),
            ("awsesame process prod --no-input", "fails at once where a code would be asked for"),
        ],
    ),
    (
        "console",
        &[
            ("awsesame console prod", "in the desktop's browser"),
            ("awsesame console prod --service s3", "one part of the console"),
            ("awsesame console prod --url", "prints the address"),
        ],
    ),
    ("list", &[("awsesame list", "every profile"), ("awsesame list --json", "the same for a program")]),
    (
        "status",
        &[
            ("awsesame status", "every session"),
            ("awsesame status --watch", "a table that follows every change"),
            ("awsesame status prod --format '{left}'", "one line, for a prompt or a bar"),
        ],
    ),
    (
        "check",
        &[
            ("awsesame check prod", "exit 0 with a session, 3 without"),
            ("awsesame check prod --for 30m", "it must last that long"),
            ("awsesame check prod --account 123456789012", "exit 4 in another account"),
        ],
    ),
    (
        "explain",
        &[
            ("awsesame explain", "with this shell's environment"),
            ("awsesame explain prod", "as with `aws --profile prod`"),
        ],
    ),
    ("logout", &[("awsesame logout prod", "one profile"), ("awsesame logout --all", "every session")]),
    (
        "lock",
        &[
            ("awsesame lock", "until `awsesame unlock` or the next login"),
            ("awsesame lock --forget", "for good"),
        ],
    ),
    (
        "unlock",
        &[("awsesame unlock", "asks the store"), ("awsesame unlock --no-input", "fails where it would ask")],
    ),
    (
        "init",
        &[
            ("awsesame init prod", "asks for what is missing"),
            ("awsesame init --from aws-vault", "takes over profiles and keys"),
            ("awsesame init --undo", "removes what it wrote"),
        ],
    ),
    (
        "doctor",
        &[
            ("awsesame doctor", "what is wrong"),
            ("awsesame doctor --all", "what is right, too"),
            ("awsesame doctor --fix", "corrects what can be corrected safely"),
        ],
    ),
    (
        "sso",
        &[
            ("awsesame sso populate --session corp --dry-run", "what would be written"),
            ("awsesame sso populate --session corp", "writes it, after a question"),
        ],
    ),
    (
        "sso populate",
        &[
            ("awsesame sso populate --session corp --dry-run", "what would be written"),
            ("awsesame sso populate --session corp --prefix corp-", "names that begin with `corp-`"),
            ("awsesame sso populate --session corp --prune", "removes roles that are gone"),
        ],
    ),
    (
        "config",
        &[
            ("awsesame config show", "the settings in force, and where they are set"),
            ("awsesame config keys", "every setting that there is"),
        ],
    ),
    (
        "config show",
        &[("awsesame config show", "without a profile"), ("awsesame config show -p prod", "for one profile")],
    ),
    (
        "config keys",
        &[
            ("awsesame config keys", "with its variable and its default"),
            ("awsesame config keys --json", "for a program"),
        ],
    ),
    (
        "mfa",
        &[
            ("awsesame mfa list -p prod", "the devices of the user"),
            ("awsesame mfa enroll -p prod", "one more, by QR code"),
        ],
    ),
    (
        "mfa list",
        &[
            ("awsesame mfa list", "of the profile in use"),
            ("awsesame mfa list -p prod --json", "for a program"),
        ],
    ),
    (
        "mfa enroll",
        &[
            ("awsesame mfa enroll -p prod", "by QR code"),
            ("awsesame mfa enroll -p prod --another", "although the user has a device"),
            ("awsesame mfa enroll -p prod --letters", "with the secret key in letters"),
        ],
    ),
    (
        "mfa resync",
        &[
            ("awsesame mfa resync -p prod", "the profile's first device"),
            ("awsesame mfa resync -p prod arn:aws:iam::123456789012:mfa/alice", "another one"),
        ],
    ),
    (
        "mfa remove",
        &[
            ("awsesame mfa remove -p prod arn:aws:iam::123456789012:mfa/alice", "asks first"),
            ("awsesame mfa remove -p prod --yes arn:aws:iam::123456789012:mfa/alice", "does not ask"),
        ],
    ),
    (
        "mfa code",
        &[
            ("awsesame mfa code -p prod", "from the code source of the profile"),
            ("awsesame mfa code -p prod --json", "for a program"),
        ],
    ),
    (
        "mfa seed",
        &[
            ("awsesame mfa seed -p prod < seed.txt", "stores the secret key of the device"),
            ("awsesame mfa seed -p prod --remove", "deletes it"),
        ],
    ),
    (
        "keys",
        &[
            ("awsesame keys list", "every key, and where it is stored"),
            ("awsesame keys import --all", "moves all keys out of ~/.aws/credentials"),
            ("awsesame keys rotate -p prod", "replaces a key"),
        ],
    ),
    (
        "keys add",
        &[
            ("awsesame keys add -p prod", "asks for both halves"),
            ("awsesame keys add -p prod < accessKeys.csv", "from the file that AWS hands out"),
        ],
    ),
    (
        "keys import",
        &[
            ("awsesame keys import -p prod", "one profile's key"),
            ("awsesame keys import --all", "the keys of all profiles"),
        ],
    ),
    (
        "keys list",
        &[("awsesame keys list", "with age and last use"), ("awsesame keys list --json", "for a program")],
    ),
    (
        "keys move",
        &[
            ("awsesame keys move -p prod --to pass", "one key"),
            ("awsesame keys move --all --to secret-service", "every key that is in another store"),
            ("awsesame keys move --sessions --to gpg", "the sessions, instead of a key"),
        ],
    ),
    (
        "keys rotate",
        &[
            ("awsesame keys rotate -p prod", "one key"),
            ("awsesame keys rotate --all --older-than 90d", "every key that is older"),
            ("awsesame keys rotate -p prod --undo", "makes the old key active again"),
        ],
    ),
    (
        "keys remove",
        &[
            ("awsesame keys remove -p prod", "asks first"),
            ("awsesame keys remove -p prod --yes", "does not ask"),
        ],
    ),
    (
        "keys export",
        &[
            ("awsesame keys export -p prod", "asks first"),
            ("awsesame keys export -p prod --json", "for a program; asks as well"),
        ],
    ),
    (
        "policy",
        &[
            ("awsesame policy check --user alice -p prod", "a user's policies, as AWS has them"),
            ("awsesame policy show --for self-service", "a policy that enforces MFA"),
        ],
    ),
    (
        "policy show",
        &[
            ("awsesame policy show", "for a group that may do everything"),
            ("awsesame policy show --for self-service", "for everybody with a key"),
            ("awsesame policy show --for max-age --max-age 4h --format hcl", "for Terraform"),
        ],
    ),
    (
        "policy check",
        &[
            ("awsesame policy check policy.json", "a file"),
            ("awsesame policy check --user alice -p prod", "a user's policies, as AWS has them"),
            ("awsesame policy check policy.json --all", "everything, not only one screen"),
        ],
    ),
    (
        "policy attach",
        &[
            ("awsesame policy attach --group developers -p prod policy.json", "a file of yours"),
            ("awsesame policy attach --user alice -p prod --for self-service", "one of awsesame's"),
        ],
    ),
    (
        "policy detach",
        &[
            ("awsesame policy detach --user alice -p prod", "the policy `ForceMfa`"),
            ("awsesame policy detach --group developers -p prod --name Mfa", "another one"),
        ],
    ),
    (
        "policy probe",
        &[
            ("awsesame policy probe -p prod", "is the bare key refused?"),
            ("awsesame policy probe -p prod --max-age 4h", "is an old code refused as well?"),
        ],
    ),
    (
        "audit",
        &[
            ("awsesame audit -p prod", "one account"),
            ("awsesame audit -p prod --html audit.html", "as a page to share"),
            (
                "awsesame audit -p prod --organization --role OrganizationAccountAccessRole",
                "every account of the organization",
            ),
        ],
    ),
    (
        "direnv",
        &[
            ("awsesame direnv install", "once; then `use awsesame prod` in an .envrc"),
            ("awsesame direnv export prod", "what `use awsesame prod` evaluates"),
        ],
    ),
    (
        "direnv install",
        &[
            ("awsesame direnv install", "into the folder of direnv's libraries"),
            ("awsesame direnv install --force", "replaces a file that is not ours"),
        ],
    ),
    (
        "direnv export",
        &[
            ("awsesame direnv export prod", "never asks"),
            ("awsesame direnv export prod --prompt --account 123456789012", "asks, and expects that account"),
        ],
    ),
    (
        "hook",
        &[
            ("eval \"$(awsesame hook bash)\"", "in ~/.bashrc"),
            ("eval \"$(awsesame hook zsh)\"", "in ~/.zshrc"),
            ("awsesame hook fish | source", "in ~/.config/fish/config.fish"),
        ],
    ),
    (
        "completions",
        &[
            ("eval \"$(awsesame completions bash)\"", "in ~/.bashrc"),
            ("eval \"$(awsesame completions zsh)\"", "in ~/.zshrc, after compinit"),
            ("awsesame completions fish | source", "in ~/.config/fish/config.fish"),
        ],
    ),
    (
        "wait",
        &[
            ("awsesame wait prod && make deploy", "when somebody has logged in"),
            ("awsesame wait prod --timeout 10m", "exit 3 after ten minutes"),
        ],
    ),
    (
        "broker",
        &[
            ("awsesame exec prod --via broker -- terraform apply", "starts it by itself"),
            ("awsesame broker status", "does it run?"),
            ("awsesame broker install", "keeps it running from login on"),
        ],
    ),
    (
        "broker run",
        &[
            ("awsesame broker run", "in the foreground, until Ctrl-C"),
            ("awsesame broker run --idle-exit 30m", "ends when nobody asks"),
        ],
    ),
    (
        "broker start",
        &[("awsesame broker start", "in the background"), ("awsesame broker start --json", "for a program")],
    ),
    ("broker stop", &[("awsesame broker stop", "at once"), ("awsesame broker stop --json", "for a program")]),
    (
        "broker status",
        &[("awsesame broker status", "does it run?"), ("awsesame broker status --json", "for a program")],
    ),
    (
        "broker install",
        &[
            ("awsesame broker install", "systemd or launchd keeps it running"),
            ("awsesame broker install --print", "only shows the files"),
        ],
    ),
    (
        "broker uninstall",
        &[
            ("awsesame broker uninstall", "removes what `install` wrote"),
            ("awsesame broker uninstall --json", "for a program"),
        ],
    ),
    (
        "man",
        &[
            ("awsesame man", "in the pager, at a terminal"),
            ("awsesame man keys import", "the page of one command"),
            ("awsesame man --out ~/.local/share/man/man1", "every page, into a folder"),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use clap::Command;

    use super::*;
    use awsesame_core::config::split_words;

    /// Returns the words of our own command in a shell line.
    fn words(line: &str) -> Vec<String> {
        let line = &line[line.find("awsesame ").expect("it runs awsesame")..];
        let end = [")\"", " | ", " && ", " < ", " > "].iter().filter_map(|end| line.find(end)).min();
        split_words(&line[..end.unwrap_or(line.len())]).expect("words")
    }

    fn commands(command: &Command, above: &str) -> Vec<String> {
        let visible = command.get_subcommands().filter(|one| !one.is_hide_set());
        let all = visible.flat_map(|one| {
            let path = format!("{above}{}", one.get_name());
            let below = commands(one, &format!("{path} "));
            std::iter::once(path).chain(below)
        });
        all.collect()
    }

    #[test]
    fn every_subcommand_has_two_or_three_examples_and_nothing_else_has() {
        let all = commands(&super::super::definition(), "");
        for path in &all {
            assert!((2..=3).contains(&of(path).len()), "`{path}` has {} examples", of(path).len());
        }
        for (path, _) in ALL {
            assert!(all.iter().any(|known| known == path), "there is no `{path}`");
        }
    }

    #[test]
    fn every_example_is_a_command_line_of_ours_and_names_its_subcommand() {
        for (path, examples) in ALL {
            for (line, _) in examples {
                let words = words(line);
                let parsed = super::super::definition().try_get_matches_from(&words);
                assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
                assert!(
                    path == "broker" || words[1..].join(" ").starts_with(path),
                    "{line} is below `{path}`"
                );
            }
        }
    }
}
