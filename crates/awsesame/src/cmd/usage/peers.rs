//! The subcommands and options of other tools, each with the command of ours that replaces it. `NAME` is replaced by
//! the profile, and `CMD` by a program with its arguments.

/// Returns our command for a subcommand of another tool. `path` is the subcommand above it, such as `keys`, or empty
/// for `awsesame` itself.
pub(super) fn subcommand(path: &str, word: &str) -> Option<&'static str> {
    Some(match (path, word) {
        ("", "add") | ("keys", "create" | "new") => "awsesame keys add -p NAME",
        ("", "rotate") => "awsesame keys rotate -p NAME",
        ("", "import") => "awsesame keys import -p NAME",
        ("", "remove" | "rm" | "delete") | ("keys", "rm" | "delete") => "awsesame keys remove -p NAME",
        ("", "move" | "mv" | "migrate-backend") => "awsesame keys move --help",
        ("", "shell" | "assume" | "use" | "switch") => "awsesame exec NAME",
        ("", "run") => "awsesame exec NAME -- CMD",
        ("", "export") => "eval \"$(awsesame env NAME)\"",
        ("", "unset" | "unassume" | "deactivate") => "eval \"$(awsesame env --unset)\"",
        ("", "enroll") | ("mfa", "add" | "create" | "new" | "enable") => "awsesame mfa enroll -p NAME",
        ("", "code" | "token" | "otp") => "awsesame mfa code -p NAME",
        ("mfa", "delete" | "rm" | "disable") => "awsesame mfa remove --help",
        ("", "whoami" | "session" | "sessions") => "awsesame status",
        ("", "watch") => "awsesame status --watch",
        ("", "profiles" | "profile" | "list-profiles" | "accounts" | "roles") => "awsesame list",
        ("", "setup" | "configure" | "new" | "create") => "awsesame init -p NAME",
        ("", "credential-process" | "credential_process") => "awsesame process NAME",
        ("", "clear" | "flush" | "cache") => "awsesame logout --all",
        ("", "signin" | "sign-in" | "auth" | "authenticate" | "refresh" | "renew" | "get-session-token")
        | ("sso", "login") => "awsesame login NAME",
        ("", "signout" | "sign-out" | "logoff" | "log-out") | ("sso", "logout") => "awsesame logout NAME",
        ("", "open" | "browser" | "web") => "awsesame console NAME",
        ("", "server" | "serve" | "ecs-server" | "ec2-server" | "daemon") => {
            "awsesame exec NAME --via broker -- CMD"
        }
        ("", "populate") => "awsesame sso populate",
        ("", "settings") | ("config", "set" | "edit" | "get" | "list") => "awsesame config show",
        ("policy", "lint" | "test" | "validate" | "verify") => "awsesame policy check --help",
        ("policy", "apply" | "add" | "put") => "awsesame policy attach --help",
        ("", "version") => "awsesame --version",
        _ => return None,
    })
}

/// Returns our command for an option that another tool has on such a subcommand.
pub(super) fn option(path: &str, option: &str) -> Option<&'static str> {
    let delivers = ["exec", "env", "process", "console"].contains(&path);
    Some(match option {
        "-s" | "--server" | "--ecs-server" | "--ec2-server" if path == "exec" => {
            "awsesame exec NAME --via broker -- CMD"
        }
        "-t" | "--mfa-token" | "--mfa-code" | "--token" | "--token-code" | "--code"
            if delivers || path == "login" =>
        {
            "awsesame login NAME 123456"
        }
        "-n" | "--no-session" if path == "exec" => "awsesame exec NAME -- CMD",
        "-d" | "--duration" if delivers => "awsesame login NAME --duration 1h",
        "-d" if path == "login" => "awsesame login NAME --duration 1h",
        "-s" | "--stdout" | "--print" if path == "console" => "awsesame console NAME --url",
        "-f" | "--refresh" | "--force-refresh" if path == "login" => "awsesame login NAME --force",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_for_a_peer_is_one_of_ours() {
        let source = include_str!("peers.rs").split("#[cfg(test)]").next().unwrap_or_default();
        let words = source.split("\"awsesame ").skip(1);
        let commands: Vec<&str> = words.filter_map(|text| text.split('"').next()).collect();
        assert!(commands.len() > 20, "{commands:?}");
        for command in commands {
            let line = command.replace("-- CMD", "-- true");
            let parsed = super::super::super::definition()
                .try_get_matches_from(std::iter::once("awsesame").chain(line.split(' ')));
            let asked = parsed.as_ref().err().is_some_and(|error| error.exit_code() == 0);
            assert!(parsed.is_ok() || asked, "awsesame {command}: {:?}", parsed.err());
        }
    }

    #[test]
    fn a_word_is_known_where_the_other_tool_has_it() {
        assert_eq!(subcommand("", "whoami"), Some("awsesame status"));
        assert_eq!(subcommand("config", "whoami"), None);
        assert_eq!(option("exec", "--server"), Some("awsesame exec NAME --via broker -- CMD"));
        assert_eq!(option("list", "--server"), None);
    }
}
