//! Follows every hint that can be produced with the sandbox: the command of the hint is run, and the next answer must
//! be another one, until the command works or until only a person can continue. `ELSEWHERE` lists the faults that are
//! not produced here, each with the reason. A new fault must be in one of the two lists.

mod aws;
mod browser;
mod codes;
mod elsewhere;
mod files;
mod kernel;
mod profiles;
mod programs;
mod reading;

use std::collections::BTreeSet;

use awsesame::broker::lease::Lease;

use crate::broker::place;
use crate::browser::{opened, pages, sign_in, with_browser};
use crate::need::need;
use crate::ran::Ran;
use crate::world::World;

use self::elsewhere::ELSEWHERE;
use self::reading::{command, two_lines, without, without_variables};

/// The most hints that may follow each other.
const STEPS: usize = 7;

/// Programs that show or change something, after which a person continues.
const LOOKS: [&str; 25] = [
    "aws", "cat", "chmod", "command", "curl", "df", "echo", "env", "exec", "findmnt", "gpg", "grep",
    "keyctl", "ls", "lsattr", "mv", "openssl", "quota", "read", "seahorse", "test", "true", "vi", "xdg-open",
    "ykman",
];

/// The commands of these that may be missing on this machine.
const MAY_BE_MISSING: [&str; 9] =
    ["aws", "command", "findmnt", "gpg", "keyctl", "lsattr", "quota", "xdg-open", "ykman"];

/// Commands of ours that only show something. A person continues with another command after them.
const IS_A_LOOK: [&str; 9] = [
    "--help",
    " config show",
    " config keys",
    " status",
    " explain",
    " doctor",
    " list",
    " policy show",
    "--url",
];

/// Faults that the hint cannot remove, because the test itself caused them: an address without a console.
const STAYS: [&str; 1] = ["console_refused"];

/// The words in a command that a person replaces.
const PLACEHOLDERS: [&str; 10] =
    [" NAME", "=NAME", "=PROGRAM", "=VALUE", "ACCOUNT:", "HOST", "/path/to", "FILE", "/SHORT/", "read -r"];

/// The words of a hint, or of an error, after which a person has to do something first.
const BY_A_PERSON: [&str; 7] = [
    "nothing came on stdin",
    "run it yourself",
    "ask the owner of",
    "get a new token",
    "the seed is the secret key",
    "must be confirmed at a terminal",
    "set the clock from the network",
];

/// A command line with what brings its fault about, and the fault's name for programs.
struct Case {
    slug: &'static str,
    world: fn() -> World,
    prepare: fn(&World),
    line: &'static str,
    /// At a terminal: what is waited for, and what is typed then.
    typed: Option<&'static [(&'static str, &'static str)]>,
    /// The users who sign in at the pages that a browser opens, one after the other; the last one at all further ones.
    browser: &'static [&'static str],
}

const fn case(slug: &'static str, line: &'static str) -> Case {
    Case { slug, world: World::new, prepare: |_| (), line, typed: None, browser: &[] }
}

impl Case {
    const fn after(self, prepare: fn(&World)) -> Self {
        Self { prepare, ..self }
    }

    const fn in_world(self, world: fn() -> World) -> Self {
        Self { world, ..self }
    }

    const fn at_a_terminal(self, typed: &'static [(&'static str, &'static str)]) -> Self {
        Self { typed: Some(typed), ..self }
    }

    const fn in_browser(self, users: &'static [&'static str]) -> Self {
        Self { browser: users, ..self }
    }

    fn run(&self, world: &World, script: &str) -> Ran {
        if self.browser.is_empty() { run(world, script) } else { run_for(self.browser, world, script) }
    }

    /// Returns a world in which the command line fails as it should.
    fn prepared(&self) -> World {
        let world = (self.world)();
        // The editor shows a line of a file that has to exist.
        program(&world, "vi", "for file; do :; done\ntest -e \"$file\"\n");
        (self.prepare)(&world);
        world
    }

    fn first(&self, world: &World, line: &str) -> Ran {
        let Some(typed) = self.typed else { return self.run(world, line) };
        let mut terminal = shell(world, line).pty();
        for (question, keys) in typed {
            terminal.expect(question);
            terminal.send(keys);
        }
        terminal.wait()
    }
}

fn logged_in(world: &World) {
    world.log_in("alice");
}

/// Writes a code that was not used yet to the place of `$(cat code)`.
fn spare_code(world: &World) {
    world.write("code", &world.code("alice"));
}

/// Adds a short profile.
fn odd(world: &World, settings: &str) {
    world
        .append_config(&format!("\n[profile odd]\nregion = us-east-1\nendpoint_url = {{URL}}\n{settings}\n"));
}

fn settings(world: &World, text: &str) {
    world.write(".config/awsesame/config.toml", text);
}

/// Adds a program that is found before all others.
fn program(world: &World, name: &str, script: &str) {
    use std::os::unix::fs::PermissionsExt;
    world.write(&format!("bin/{name}"), &format!("#!/bin/sh\n{script}"));
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(world.path("bin").join(name), executable).unwrap();
}

fn broker_pid(world: &World) -> rustix::process::Pid {
    Lease::holder(&place(world)).unwrap().expect("a broker")
}

fn shell<'w>(world: &'w World, script: &str) -> crate::run::Run<'w> {
    let script = format!("PATH={}:$PATH; TMPDIR=~; export TMPDIR; {script}", world.path("bin").display());
    world.program("sh").args(&["-c", &script]).reveals_credentials()
}

fn run(world: &World, script: &str) -> Ran {
    shell(world, script).run()
}

/// Runs a script during which these users sign in at the pages that open.
fn run_for(users: &[&str], world: &World, script: &str) -> Ran {
    let mut seen = pages(world);
    let mut running = with_browser(world, shell(world, script)).spawn();
    while running.is_running() {
        if pages(world) > seen {
            let user = users.get(seen).or(users.last()).expect("somebody");
            seen += 1;
            sign_in(world, &opened(world, seen), user);
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    running.wait()
}

/// Follows a case's hints. Gives every answer that came.
fn follow(case: &Case) -> Vec<String> {
    let world = &case.prepared();
    let line = case.line;
    let mut seen: Vec<String> = Vec::new();
    let mut typed = line.to_owned();
    // The chain contains every command that a hint named.
    let mut chain: Vec<String> = Vec::new();
    // A variable, or a file that was moved, is for the command that failed.
    let mut failed = without_variables(line).to_owned();
    // Variables in front of the line are those of the shell, so they are there for what follows as well.
    let in_front = line.split(' ').take_while(|word| word.contains('='));
    let mut variables = in_front.map(|pair| format!("export {pair}; ")).collect::<Vec<_>>().concat();
    for step in 0..STEPS {
        let ran = if step == 0 { case.first(world, &typed) } else { case.run(world, &typed) };
        // A report is an answer too.
        if ran.code == Some(0) || (step > 0 && typed.contains(" --json") && !ran.stdout.is_empty()) {
            if step > 0 && !IS_A_LOOK.iter().any(|words| typed.contains(words)) {
                let again = format!("{variables}{}", without_variables(line));
                once_more(case, world, &again, &chain, &seen[0]);
            }
            return seen;
        }
        let (error, hint) = two_lines(&ran).unwrap_or_else(|| panic!("`{typed}` says nothing: {ran}"));
        let answer = format!("{error}; {hint}");
        assert!(!seen.contains(&answer), "`{line}`: `{typed}` leads to the same answer again: {seen:#?}");
        seen.push(answer);
        let next = command(&hint).to_owned();
        let first = next.split_whitespace().next().unwrap_or_default();
        if first.starts_with("https://") || PLACEHOLDERS.iter().any(|word| next.contains(word)) {
            return seen;
        }
        let last = seen.last().map(String::as_str).unwrap_or_default();
        if hint.starts_with("run it at a terminal: ") {
            let mut terminal = shell(world, &format!("{variables}{next}")).pty();
            std::thread::sleep(std::time::Duration::from_secs(1));
            terminal.send("\u{3}");
            let there = two_lines(&terminal.wait());
            assert!(there.is_none_or(|(there, _)| there != error), "`{next}` says {error} at a terminal too");
            return seen;
        }
        if BY_A_PERSON.iter().any(|words| last.contains(words)) && !hint.starts_with("to agree beforehand: ")
        {
            return seen;
        }
        if LOOKS.contains(&first) {
            let ran = run(world, &next);
            assert!(ran.code != Some(127) || MAY_BE_MISSING.contains(&first), "`{next}`: {ran}");
            // After a file is moved away or closed, the same command must work.
            if !["mv", "chmod"].contains(&first) {
                return seen;
            }
            typed = format!("{variables}{failed}");
            continue;
        }
        typed = if let Some(rest) = next.strip_prefix("sleep ") {
            world.pass(60);
            rest.split_once("; ").map_or_else(|| line.to_owned(), |(_, rest)| rest.to_owned())
        } else if first == "ulimit" {
            line.replacen("awsesame ", &format!("{next}; awsesame "), 1)
        } else if first == "export" || first == "unset" {
            variables = format!("{}{next}; ", without(&variables, &next));
            format!("{variables}{failed}")
        } else {
            failed.clone_from(&next);
            format!("{variables}{next}")
        };
        chain.push(typed.clone());
        for placeholder in ["123456", "CODE"] {
            if typed.split(' ').any(|word| word == placeholder) {
                typed = typed.replace(placeholder, &world.code("alice"));
            }
        }
    }
    panic!("`{line}` goes on for ever: {seen:?}");
}

/// Types the first command again after its hints were followed, and checks that the result differs. This is left out if
/// one of the hints was the same command, corrected.
fn once_more(case: &Case, world: &World, line: &str, chain: &[String], first_answer: &str) {
    let subcommand = |line: &str| {
        let mut words = without_variables(line).split_whitespace().skip(1).map(str::to_owned);
        words.find(|word| !word.starts_with('-'))
    };
    let is_corrected = chain.iter().any(|hint| subcommand(hint) == subcommand(line));
    if case.typed.is_some() || is_corrected || STAYS.contains(&case.slug) {
        return;
    }
    let mut line = line.to_owned();
    for placeholder in ["123456", "CODE", "$(cat code)"] {
        if line.contains(placeholder) {
            line = line.replace(placeholder, &world.code("alice"));
        }
    }
    let again = case.run(world, &line);
    let answer = two_lines(&again).map(|(error, hint)| format!("{error}; {hint}"));
    assert!(
        again.code == Some(0) || answer.as_deref() != Some(first_answer),
        "after {chain:?}, `{line}` says the same again: {again}"
    );
}

/// Follows the hints of all these faults, and reports those that do not help.
fn follow_all(cases: &[Case]) {
    let mut wrong = Vec::new();
    for case in cases {
        let told = std::panic::catch_unwind(|| {
            let json = case.first(&case.prepared(), &case.line.replacen("awsesame ", "awsesame --json ", 1));
            let named = format!("{{\"error\":\"{}\"", case.slug);
            assert!(
                json.stdout.contains(&named) || json.stderr.contains(&named),
                "`{}` is not {}: {json}",
                case.line,
                case.slug
            );
            follow(case);
        });
        if let Err(panic) = told {
            wrong.push(panic.downcast::<String>().map_or_else(|_| case.line.to_owned(), |text| *text));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n\n"));
}

#[test]
fn hints_about_profiles_and_settings_lead_to_another_answer() {
    follow_all(profiles::CASES);
}

#[test]
fn hints_about_codes_and_devices_lead_to_another_answer() {
    follow_all(codes::CASES);
}

#[test]
fn hints_about_answers_of_aws_and_the_network_lead_to_another_answer() {
    follow_all(aws::CASES);
}

#[test]
fn hints_about_sessions_stores_and_files_lead_to_another_answer() {
    follow_all(files::CASES);
}

#[test]
fn hints_about_keys_policies_audits_and_the_console_lead_to_another_answer() {
    follow_all(programs::CASES);
}

#[test]
fn hints_about_signing_in_by_browser_lead_to_another_answer() {
    follow_all(browser::CASES);
}

#[test]
fn hints_about_the_kernel_lead_to_another_answer() {
    if need("strace") {
        follow_all(kernel::CASES);
    }
}

#[test]
fn every_fault_of_the_golden_file_is_followed_here_or_has_a_reason_not_to_be() {
    let golden = include_str!("../../../core/src/fault/lines.txt");
    let all: BTreeSet<&str> = golden.split("\n\n").filter_map(|block| block.trim().lines().next()).collect();
    let cases = [
        profiles::CASES,
        codes::CASES,
        aws::CASES,
        browser::CASES,
        files::CASES,
        kernel::CASES,
        programs::CASES,
    ];
    let followed: BTreeSet<&str> = cases.into_iter().flatten().map(|case| case.slug).collect();
    let elsewhere: BTreeSet<&str> = ELSEWHERE.iter().map(|(slug, _)| *slug).collect();
    println!("hints followed: {} of {} kinds of faults", followed.len(), all.len());
    let both: Vec<_> = followed.intersection(&elsewhere).collect();
    assert!(both.is_empty(), "in both lists: {both:?}");
    let listed: BTreeSet<&str> = followed.union(&elsewhere).copied().collect();
    let unknown: Vec<_> = listed.difference(&all).collect();
    assert!(unknown.is_empty(), "not in the golden file: {unknown:?}");
    let missing: Vec<_> = all.difference(&listed).collect();
    assert!(missing.is_empty(), "neither followed nor listed with a reason: {missing:?}");
}
