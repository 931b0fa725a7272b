//! Every hint that the sandbox can bring about, followed as a person would: the command is run, and what comes next is
//! another answer, until it works, or until the command is one that only a person can go on from.

use std::collections::BTreeSet;

use crate::ran::Ran;
use crate::world::World;

/// How many hints may follow each other.
const STEPS: usize = 5;

/// Programs that show or change what a person has to look at.
const LOOKS: [&str; 15] = [
    "cat", "chmod", "command", "curl", "df", "echo", "env", "keyctl", "ls", "mv", "openssl", "read", "vi",
    "ykman", "xdg-open",
];

/// The command lines, each with what brings its fault about, and the fault's name for programs.
struct Case {
    slug: &'static str,
    prepare: fn(&World),
    line: &'static str,
}

fn nothing(_: &World) {}

fn logged_in(world: &World) {
    world.log_in("alice");
}

/// A short profile beside the others.
fn profile(world: &World, settings: &str) {
    world
        .append_config(&format!("\n[profile odd]\nregion = us-east-1\nendpoint_url = {{URL}}\n{settings}\n"));
}

fn settings(world: &World, text: &str) {
    world.write(".config/awsesame/config.toml", text);
}

const CASES: &[Case] = &[
    Case { slug: "unknown_profile", prepare: nothing, line: "awsesame env alicee" },
    Case { slug: "unknown_profile", prepare: nothing, line: "awsesame check -p nowhere" },
    Case {
        slug: "source_missing",
        prepare: |world| {
            profile(world, "role_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = alicee");
        },
        line: "awsesame login odd",
    },
    Case {
        slug: "source_loop",
        prepare: |world| {
            profile(world, "role_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = odd");
        },
        line: "awsesame login odd",
    },
    Case {
        slug: "half_key",
        prepare: |world| profile(world, "aws_access_key_id = AKIAIOSALICE7EXAMPLE"),
        line: "awsesame login odd",
    },
    Case {
        slug: "half_environment_key",
        prepare: |world| profile(world, ""),
        line: "MASTER_AWS_ACCESS_KEY_ID=AKIAIOSALICE7EXAMPLE awsesame login odd",
    },
    Case { slug: "no_credentials", prepare: |world| profile(world, ""), line: "awsesame login odd" },
    Case {
        slug: "role_without_source",
        prepare: |world| profile(world, "role_arn = arn:aws:iam::123456789012:role/deploy"),
        line: "awsesame env odd",
    },
    Case {
        slug: "source_without_role",
        prepare: |world| profile(world, "source_profile = alice"),
        line: "awsesame env odd",
    },
    Case {
        slug: "other_head",
        prepare: |world| world.append_config("\n[odd]\nregion = us-east-1\n"),
        line: "awsesame login odd",
    },
    Case {
        slug: "two_sources",
        prepare: |world| {
            profile(
                world,
                "role_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = alice\ncredential_source = Environment",
            );
        },
        line: "awsesame login odd",
    },
    Case {
        slug: "source_environment_empty",
        prepare: |world| {
            profile(
                world,
                "role_arn = arn:aws:iam::123456789012:role/deploy\ncredential_source = Environment",
            );
        },
        line: "awsesame login odd",
    },
    Case {
        slug: "bad_setting",
        prepare: |world| {
            profile(
                world,
                "role_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = alice\nduration_seconds = soon",
            );
        },
        line: "awsesame login odd",
    },
    Case { slug: "no_profile_named", prepare: nothing, line: "awsesame login" },
    Case {
        slug: "default_incomplete",
        prepare: |world| world.append_config("\n[default]\nregion = us-east-1\n"),
        line: "awsesame login",
    },
    Case { slug: "profile_taken", prepare: nothing, line: "awsesame init alice --as bob" },
    Case {
        slug: "config_broken",
        prepare: |world| world.append_config("\n# awsesame init: begin\n"),
        line: "awsesame init alice",
    },
    Case {
        slug: "config_syntax",
        prepare: |world| settings(world, "store = \n"),
        line: "awsesame login alice",
    },
    Case {
        slug: "config_unknown_key",
        prepare: |world| settings(world, "stroe = \"kernel\"\n"),
        line: "awsesame login alice",
    },
    Case {
        slug: "config_unknown_key",
        prepare: |world| settings(world, "xyzzy = \"kernel\"\n"),
        line: "awsesame login alice",
    },
    Case {
        slug: "config_value",
        prepare: |world| settings(world, "no_input = 3\n"),
        line: "awsesame login alice",
    },
    Case { slug: "store_forgets", prepare: nothing, line: "awsesame keys import -p alice" },
    Case {
        slug: "no_key_in_files",
        prepare: nothing,
        line: "AWSESAME_KEYS_STORE=file awsesame keys import -p deploy",
    },
    Case { slug: "bad_key", prepare: nothing, line: "AWSESAME_KEYS_STORE=file awsesame keys add -p odd" },
    Case { slug: "no_key_in_store", prepare: nothing, line: "awsesame keys remove -p alice --yes" },
    Case { slug: "bad_code", prepare: nothing, line: "awsesame login alice 12345" },
    Case { slug: "bad_code", prepare: nothing, line: "awsesame login --duration 2h alice 12345" },
    Case {
        slug: "code_spent",
        prepare: |world| {
            world.write("code", &world.code("alice"));
            world.program("sh").args(&["-c", "awsesame login alice $(cat code)"]).run().ok();
        },
        line: "awsesame login alice $(cat code)",
    },
    Case { slug: "code_refused", prepare: nothing, line: "awsesame login alice 000000" },
    Case {
        slug: "fido_only",
        prepare: |world| {
            world.change_config(
                "mfa_serial = arn:aws:iam::123456789012:mfa/alice",
                "mfa_serial = arn:aws:iam::123456789012:u2f/user/alice/key",
            );
        },
        line: "awsesame login alice 123456",
    },
    Case { slug: "no_device", prepare: nothing, line: "awsesame login dave 123456" },
    Case {
        slug: "unknown_code_source",
        prepare: nothing,
        line: "AWSESAME_CODE_SOURCE=yubikay awsesame login alice",
    },
    Case {
        slug: "unknown_code_source",
        prepare: nothing,
        line: "AWSESAME_CODE_SOURCE=phone awsesame login alice",
    },
    Case {
        slug: "code_source_unset",
        prepare: nothing,
        line: "AWSESAME_CODE_SOURCE=command awsesame login alice",
    },
    Case { slug: "codes_are_typed", prepare: nothing, line: "awsesame mfa code -p alice" },
    Case {
        slug: "no_code",
        prepare: nothing,
        line: "AWSESAME_CODE_SOURCE=command AWSESAME_CODE_COMMAND_COMMAND=false awsesame login alice",
    },
    Case {
        slug: "seed_in_the_clear",
        prepare: nothing,
        line: "AWSESAME_STORE=file awsesame mfa seed -p alice",
    },
    Case { slug: "login_needed", prepare: nothing, line: "awsesame env alice" },
    Case { slug: "login_needed", prepare: nothing, line: "awsesame exec alice -- true" },
    Case { slug: "login_needed", prepare: logged_in, line: "awsesame check alice --for 13h" },
    Case {
        slug: "login_needed",
        prepare: |world| {
            logged_in(world);
            world.pass(3600);
        },
        line: "awsesame check alice --max-age 15m",
    },
    Case {
        slug: "login_needed",
        prepare: |world| {
            logged_in(world);
            world.awsesame(&["lock"]).run().ok();
        },
        line: "awsesame check alice",
    },
    Case {
        slug: "login_needed",
        prepare: |world| {
            logged_in(world);
            world.pass(13 * 3600);
        },
        line: "awsesame process alice",
    },
    Case {
        slug: "duration_out_of_range",
        prepare: nothing,
        line: "awsesame login alice --duration 40h 123456",
    },
    Case { slug: "pinned_account", prepare: logged_in, line: "awsesame check alice --account 210987654321" },
    Case { slug: "pinned_role", prepare: logged_in, line: "awsesame check alice --role Admin" },
    Case { slug: "unknown_store", prepare: nothing, line: "AWSESAME_STORE=kernal awsesame login alice" },
    Case { slug: "unknown_store", prepare: nothing, line: "AWSESAME_STORE=vault awsesame login alice" },
    Case {
        slug: "store_unset",
        prepare: nothing,
        line: "AWSESAME_STORE=command awsesame login alice 123456",
    },
    Case { slug: "unreadable", prepare: nothing, line: "awsesame policy check nowhere.json" },
    Case {
        slug: "policy_broken",
        prepare: |world| world.write("policy.json", "{"),
        line: "awsesame policy check policy.json",
    },
    Case {
        slug: "policy_not_forced",
        prepare: |world| {
            let everything = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
            world.write("policy.json", everything);
        },
        line: "awsesame policy check policy.json",
    },
    Case {
        slug: "policy_needs_terminal",
        prepare: logged_in,
        line: "awsesame policy attach --user bob -p alice --for self-service",
    },
    Case {
        slug: "audit_no_accounts",
        prepare: |world| world.write("accounts", "# none\n"),
        line: "awsesame audit -p alice --role Audit --accounts accounts",
    },
    Case {
        slug: "audit_account_list",
        prepare: |world| world.write("accounts", "twelve\n"),
        line: "awsesame audit -p alice --role Audit --accounts accounts",
    },
    Case { slug: "audit_found", prepare: logged_in, line: "awsesame audit -p alice" },
    Case { slug: "bad_value", prepare: nothing, line: "awsesame env alice --format csh" },
    Case { slug: "unknown_field", prepare: logged_in, line: "awsesame status -p alice --format '{profle}'" },
    Case { slug: "unknown_field", prepare: nothing, line: "awsesame status --format '{xyzzy}'" },
    Case {
        slug: "not_a_folder",
        prepare: |world| world.write("file", ""),
        line: "awsesame man --out file/man",
    },
    Case {
        slug: "secret_rejected",
        prepare: |world| {
            let wrong = world.read(".aws/credentials").replace("aliceKeyEXAMPLEKEY", "wrongKeyEXAMPLEKEY");
            world.write_private(".aws/credentials", &wrong);
        },
        line: "awsesame login alice 123456",
    },
    Case {
        slug: "key_rejected",
        prepare: |world| {
            let wrong =
                world.read(".aws/credentials").replace("AKIAIOSALICE7EXAMPLE", "AKIAIOSNOBODYEXAMPLE");
            world.write_private(".aws/credentials", &wrong);
        },
        line: "awsesame login alice 123456",
    },
    Case {
        slug: "no_network",
        prepare: nothing,
        line: "AWS_ENDPOINT_URL=http://127.0.0.1:1 awsesame login alice 123456",
    },
    Case { slug: "console_needs_role", prepare: logged_in, line: "awsesame console alice --url" },
    Case { slug: "needs_terminal", prepare: nothing, line: "awsesame mfa enroll -p alice" },
];

/// The last two lines of an error.
fn two_lines(ran: &Ran) -> Option<(String, String)> {
    let lines: Vec<&str> = ran.stderr.lines().collect();
    let two = lines.windows(2).rev().find_map(|two| {
        let error = two[0].strip_prefix("error: ").or_else(|| two[0].strip_prefix("awsesame: "))?;
        Some((error.to_owned(), two[1].strip_prefix("hint: ")?.to_owned()))
    });
    // What `check` says is one line.
    let one = || {
        let line = ran.stderr.lines().next_back()?.strip_prefix("awsesame: ")?;
        let (what, hint) = line.split_once("; ")?;
        Some((what.to_owned(), hint.to_owned()))
    };
    two.or_else(one)
}

/// The command that a hint ends with.
fn command(hint: &str) -> &str {
    let starts: Vec<usize> = ["awsesame ", "export ", "unset ", "sleep ", "vi ", "https://"]
        .into_iter()
        .chain(LOOKS)
        .filter_map(|word| {
            let begins =
                |at: usize| at == 0 || [": ", "; ", "? "].iter().any(|end| hint[..at].ends_with(end));
            hint.match_indices(word).map(|(at, _)| at).find(|at| begins(*at))
        })
        .collect();
    starts.into_iter().min().map_or(hint, |at| &hint[at..])
}

fn run(world: &World, script: &str) -> Ran {
    let script = format!("PATH={}:$PATH; {script}", world.path("bin").display());
    world.program("sh").args(&["-c", &script]).reveals_credentials().run()
}

/// Follows a fault's hints. Gives every answer that came.
fn follow(world: &World, line: &str) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    let mut typed = line.to_owned();
    // Variables in front of the line are those of the shell, so they are there for what follows as well.
    let in_front = line.split(' ').take_while(|word| word.contains('='));
    let mut variables = in_front.map(|pair| format!("export {pair}; ")).collect::<Vec<_>>().concat();
    for _ in 0..STEPS {
        let ran = run(world, &typed);
        if ran.code == Some(0) {
            return seen;
        }
        let (error, hint) = two_lines(&ran).unwrap_or_else(|| panic!("`{typed}` says nothing: {ran}"));
        let answer = format!("{error}; {hint}");
        assert!(!seen.contains(&answer), "`{line}`: `{typed}` leads to the same answer again: {seen:#?}");
        seen.push(answer);
        let next = command(&hint).to_owned();
        let first = next.split_whitespace().next().unwrap_or_default();
        if first.starts_with("https://")
            || next.contains(" NAME")
            || next.contains("=NAME")
            || next.contains("=PROGRAM")
            || next.contains("=VALUE")
        {
            return seen;
        }
        if LOOKS.contains(&first) {
            let ran = run(world, &next);
            assert!(
                ran.code != Some(127) || ["command", "ykman", "xdg-open"].contains(&first),
                "`{next}`: {ran}"
            );
            // What is put out of the way, or closed, lets the same line do its work.
            if !["mv", "chmod"].contains(&first) {
                return seen;
            }
            typed = line.to_owned();
            continue;
        }
        // A question at a terminal goes on there, by the very command.
        let by_a_person = ["awsesame cannot ask here", "nothing came on stdin", "run it yourself"];
        if by_a_person.iter().any(|words| seen.last().is_some_and(|answer| answer.contains(words))) {
            return seen;
        }
        typed = if let Some(rest) = next.strip_prefix("sleep ") {
            world.pass(60);
            rest.split_once("; ").map_or(String::new(), |(_, rest)| rest.to_owned())
        } else if first == "export" || first == "unset" {
            variables = format!("{}{next}; ", without(&variables, &next));
            format!("{variables}{}", without_variables(line))
        } else {
            format!("{variables}{next}")
        };
        for placeholder in ["123456", "CODE"] {
            if typed.split(' ').any(|word| word == placeholder) {
                typed = typed.replace(placeholder, &world.code("alice"));
            }
        }
    }
    panic!("`{line}` goes on for ever: {seen:?}");
}

/// Variables without the one that a command sets or unsets.
fn without(variables: &str, command: &str) -> String {
    let name = command.split([' ', '=']).nth(1).unwrap_or_default();
    let kept = variables.split_inclusive("; ").filter(|one| !one.starts_with(&format!("export {name}=")));
    kept.collect()
}

/// A line without the variables in front of it.
fn without_variables(line: &str) -> &str {
    line.find("awsesame ").map_or(line, |at| &line[at..])
}

#[test]
fn every_hint_that_can_be_followed_here_leads_to_another_answer() {
    let golden = include_str!("../../../core/src/fault/lines.txt");
    let all: BTreeSet<&str> = golden.split("\n\n").filter_map(|block| block.trim().lines().next()).collect();
    let mut tried = BTreeSet::new();
    let mut wrong = Vec::new();
    for Case { slug, prepare, line } in CASES {
        let world = World::new();
        world.write("bin/vi", "#!/bin/sh\nfor file; do :; done\ntest -e \"$file\"\n");
        world.program("chmod").args(&["+x", "bin/vi"]).run().ok();
        prepare(&world);
        let json = run(&world, &line.replacen("awsesame ", "awsesame --json ", 1));
        let named = json.stdout.contains(&format!("{{\"error\":\"{slug}\""));
        if !named {
            wrong.push(format!("`{line}` is not {slug}: {json}"));
            continue;
        }
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| follow(&world, line)));
        if let Err(panic) = outcome {
            wrong.push(panic.downcast::<String>().map_or_else(|_| (*line).to_owned(), |text| *text));
        }
        assert!(all.contains(slug), "{slug} is not in the golden file");
        tried.insert(*slug);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    println!("hints followed: {} of {} kinds of faults", tried.len(), all.len());
    assert!(tried.len() >= 48, "only {}", tried.len());
}
