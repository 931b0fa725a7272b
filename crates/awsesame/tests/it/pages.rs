//! Runs the command blocks of README and docs on the sandbox, with the names that they show. Each block is run here, or
//! is a recipe that recipes.rs runs, or is marked `norun` and listed below.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::need::need;
use crate::world::World;

/// Every block that cannot be run here: the page and the first command. Each needs the network, a person, a browser or
/// a program that no test has.
const NORUN: &[(&str, &str)] = &[
    ("README.md", "cargo xtask demo        # the whole story, against a local AWS that enforces MFA"),
    ("README.md", "cargo xtask dist --programs        # the release build, into dist/"),
    ("audit.md", "awsesame audit -p admin --role SecurityAudit --organization --html audit.html"),
    ("broker.md", "awsesame broker start"),
    ("console.md", "awsesame console deploy --service s3"),
    ("direnv.md", "awsesame login 123456"),
    ("enforce.md", "awsesame policy attach --user alice -p admin"),
    ("enroll.md", "awsesame mfa enroll -p dave"),
    ("from-aws-sso-cli.md", "awsesame sso populate --region eu-central-1"),
    ("from-aws-vault.md", "export AWSESAME_KEYS_STORE=gpg"),
    ("sandbox.md", "awsesame-sandbox serve"),
    ("sign-in.md", "awsesame login dev"),
    ("sign-in.md", "awsesame sso populate --region eu-central-1"),
];

/// The pages with blocks that are run here, each by a test below.
const RUN: &[&str] = &[
    "README.md",
    "audit.md",
    "broker.md",
    "diagnosis.md",
    "direnv.md",
    "enforce.md",
    "enroll.md",
    "exec.md",
    "policy.md",
    "process.md",
    "roles.md",
    "stores.md",
];

/// The languages of blocks that are settings, not commands.
const SETTINGS: [&str; 2] = ["toml", "ini"];

/// A fenced block of a page.
struct Block {
    page: String,
    /// The last line of text before it, which recipes.rs finds it by; and the last heading.
    above: [String; 2],
    language: String,
    norun: bool,
    text: String,
}

impl Block {
    /// Returns true if recipes.rs takes this block from its page.
    fn is_recipe(&self) -> bool {
        let recipes = include_str!("recipes.rs");
        let quoted = |text: &str| format!("\"{text}\"");
        recipes.contains(&quoted(&self.page))
            && recipes.contains(&quoted(&self.language))
            && self.above.iter().any(|line| recipes.contains(&quoted(line)))
    }

    fn is_setting(&self) -> bool {
        SETTINGS.contains(&self.language.as_str())
    }

    /// Returns the commands, each with the lines below it.
    fn commands(&self) -> Vec<(String, Vec<&str>)> {
        let mut commands: Vec<(String, Vec<&str>)> = Vec::new();
        if self.language != "console" {
            return vec![(self.text.clone(), vec!["..."])];
        }
        for line in self.text.lines() {
            match line.split_once("$ ") {
                Some((prompt, command)) if prompt.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') => {
                    commands.push((command.to_owned(), Vec::new()));
                }
                _ => {
                    if let Some((_, shown)) = commands.last_mut() {
                        shown.push(line);
                    }
                }
            }
        }
        commands
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn pages() -> Vec<String> {
    let docs = std::fs::read_dir(root().join("docs")).unwrap();
    let names = docs.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    // The test in screens.rs generates and checks this page.
    let is_page = |name: &String| name.split('.').next_back() == Some("md") && name != "screens.md";
    let mut pages: Vec<String> = names.filter(is_page).collect();
    pages.push("README.md".into());
    pages.sort();
    pages
}

fn blocks(page: &str) -> Vec<Block> {
    let path = if page == "README.md" { root().join(page) } else { root().join("docs").join(page) };
    let text = std::fs::read_to_string(path).unwrap();
    let (mut blocks, mut open): (Vec<Block>, Option<(Block, usize)>) = (Vec::new(), None);
    let (mut heading, mut above) = (String::new(), String::new());
    for line in text.lines() {
        let fence = line.trim_start().strip_prefix("```");
        match (&mut open, fence) {
            (Some(_), Some(_)) => blocks.extend(open.take().map(|(block, _)| block)),
            (Some((block, indent)), None) => {
                block.text += line.get(*indent..).unwrap_or_default();
                block.text.push('\n');
            }
            (None, Some(info)) => {
                let mut words = info.split_whitespace();
                let language = words.next().unwrap_or_default().to_owned();
                let block = Block {
                    page: page.to_owned(),
                    above: [above.clone(), heading.clone()],
                    language,
                    norun: words.any(|word| word == "norun"),
                    text: String::new(),
                };
                open = Some((block, line.len() - line.trim_start().len()));
            }
            (None, None) => {
                if line.starts_with('#') {
                    line.clone_into(&mut heading);
                }
                if !line.is_empty() {
                    line.clone_into(&mut above);
                }
            }
        }
    }
    blocks
}

#[test]
fn every_block_of_the_pages_is_run_or_is_listed_as_not_run() {
    let (mut norun, mut run) = (Vec::new(), Vec::new());
    for page in pages() {
        for block in blocks(&page) {
            if block.norun {
                let first = block.commands().first().map(|(command, _)| command.clone()).unwrap();
                norun.push((page.clone(), first));
            } else if !block.is_recipe() && !block.is_setting() {
                let known = ["console", "bash"].contains(&block.language.as_str());
                assert!(known, "{page}: a block of `{}` is neither run nor a recipe", block.language);
                run.push(page.clone());
            }
        }
    }
    run.dedup();
    assert_eq!(run, RUN);
    let listed: Vec<(String, String)> =
        NORUN.iter().map(|(page, first)| ((*page).to_owned(), (*first).to_owned())).collect();
    assert_eq!(norun, listed);
}

#[test]
fn every_setting_on_the_pages_is_one_that_we_read() {
    for page in pages() {
        let world = World::new();
        for block in blocks(&page).iter().filter(|block| block.is_setting() && !block.is_recipe()) {
            world.write("block", &block.text);
            let (variable, command) = match block.language.as_str() {
                "toml" => ("AWSESAME_CONFIG", "config show"),
                _ => ("AWS_CONFIG_FILE", "list"),
            };
            let words: Vec<&str> = command.split(' ').collect();
            let ran = world.awsesame(&words).env(variable, world.path("block")).run();
            assert_eq!(ran.code, Some(0), "{page}: {}{ran}", block.text);
        }
    }
}

/// Returns a world with the profiles that the pages name.
fn world() -> World {
    let world = World::new();
    let credentials = world.read(".aws/credentials");
    let alice = credentials.split("[alice]\n").nth(1).unwrap().split("\n\n").next().unwrap().to_owned();
    let mut added = credentials;
    for profile in ["prod", "admin"] {
        world.append_config(&format!(
            "[profile {profile}]\nregion = us-east-1\nendpoint_url = {{URL}}\n\
             mfa_serial = arn:aws:iam::123456789012:mfa/alice\n\n"
        ));
        added.extend(["[", profile, "]\n", &alice, "\n\n"]);
    }
    world.write_private(".aws/credentials", &added);
    world.write("bin/terraform", "#!/bin/sh\ntest -n \"$AWS_SESSION_TOKEN$AWS_CONTAINER_CREDENTIALS_FULL_URI$AWS_CONFIG_FILE\" && echo \"terraform $*\"\n");
    std::fs::set_permissions(world.path("bin/terraform"), std::fs::Permissions::from_mode(0o755)).unwrap();
    world.write("infra/main.tf", "");
    world
}

/// Runs the blocks of a page, in their order and in one home. Each command must succeed and print the lines that the
/// page shows. Numbers may differ, and `...` matches any lines.
fn run(page: &str) {
    let world = world();
    run_in(&world, page);
    world.awsesame(&["broker", "stop"]).run();
}

fn run_in(world: &World, page: &str) {
    let path = format!(
        "{}:{}:{}",
        world.path("bin").display(),
        Path::new(env!("CARGO_BIN_EXE_awsesame")).parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    for block in blocks(page).iter().filter(|block| !block.norun && !block.is_recipe() && !block.is_setting())
    {
        let commands = block.commands();
        let mut script = String::new();
        for (command, _) in &commands {
            let mut command = command.clone();
            while command.contains(" 123456") {
                world.pass(31);
                command = command.replacen(" 123456", &format!(" {}", world.code("alice")), 1);
            }
            script.extend(["{ ", &command, "\n} 2>&1; echo \"=== $?\"\n"]);
        }
        let bash = world.program("bash").args(&["--noprofile", "--norc", "-c", &script]);
        let ran = bash.env("PATH", &path).env("GNUPGHOME", world.path("gpg")).spreads_credentials().run();
        let mut printed: Vec<Vec<&str>> = vec![Vec::new()];
        let home = world.home().display().to_string();
        let stdout = ran.stdout.replace(&home, "~");
        for line in stdout.lines() {
            match line.strip_prefix("=== ") {
                Some(status) => {
                    let at = printed.len() - 1;
                    assert_eq!(status, "0", "{page}: `{}` fails: {ran}", commands[at].0);
                    printed.push(Vec::new());
                }
                None => printed.last_mut().unwrap().push(line),
            }
        }
        assert_eq!(printed.len(), commands.len() + 1, "{page}: {ran}");
        for ((command, shown), printed) in commands.iter().zip(&printed) {
            let matches = matches(shown, printed);
            assert!(
                matches,
                "{page}: `{command}` prints\n{}\nand not\n{}",
                printed.join("\n"),
                shown.join("\n")
            );
        }
    }
}

/// Returns true if these lines were printed as shown.
fn matches(shown: &[&str], printed: &[&str]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((&"...", rest)) => (0..=printed.len()).any(|skipped| matches(rest, &printed[skipped..])),
        Some((first, rest)) => {
            printed.first().is_some_and(|line| alike(line) == alike(first)) && matches(rest, &printed[1..])
        }
    }
}

/// Returns a line without the parts that differ from run to run: numbers, the IDs of keys, and the widths of columns.
fn alike(line: &str) -> String {
    let mut alike = String::new();
    for word in line.split_whitespace() {
        if let Some(at) = word.find("AKIA") {
            alike.extend([&word[..at], "AKIA... "]);
            continue;
        }
        let mut last = ' ';
        for c in word.chars() {
            let c = if c.is_ascii_digit() { '#' } else { c };
            if !(c == '#' && last == '#') {
                alike.push(c);
            }
            last = c;
        }
        alike.push(' ');
    }
    alike.replace("# h # min ", "# h ").replace("# min left", "# h left").trim_end().to_owned()
}

#[test]
fn shown_lines_are_compared_without_numbers_and_widths() {
    assert!(matches(&["a 12:30  b", "...", "z"], &["a 09:05 b", "x", "y", "z"]));
    assert!(matches(&["(12 h left)", "(1 h left)"], &["(11 h 59 min left)", "(59 min left)"]));
    assert!(matches(&["`AKIA...` of"], &["`AKIAABCD` of"]));
    assert!(!matches(&["a"], &["b"]));
    assert!(!matches(&["a"], &["a", "b"]));
    assert!(matches(&["..."], &[]));
}

#[test]
fn commands_of_readme_do_as_it_shows() {
    if need("direnv") {
        run("README.md");
    }
}

#[test]
fn commands_of_the_ways_to_get_credentials_do_as_their_pages_show() {
    for page in ["exec.md", "process.md", "broker.md", "roles.md"] {
        run(page);
    }
}

#[test]
fn commands_of_the_page_about_direnv_do_as_it_shows() {
    if need("direnv") {
        run("direnv.md");
    }
}

#[test]
fn commands_of_the_pages_about_mfa_do_as_they_show() {
    for page in ["enroll.md", "enforce.md", "policy.md", "audit.md"] {
        run(page);
    }
}

#[test]
fn commands_of_the_page_about_diagnosis_do_as_it_shows() {
    run("diagnosis.md");
}

#[test]
fn commands_of_the_page_about_stores_do_as_it_shows() {
    if !need("gpg") {
        return;
    }
    let world = world();
    let credentials = world.read(".aws/credentials");
    let prod = credentials.split("[prod]\n").nth(1).unwrap().split("\n\n").next().unwrap();
    world.write_private(".aws/credentials", &format!("[prod]\n{prod}\n"));
    let gnupg = world.path("gpg");
    std::fs::create_dir(&gnupg).unwrap();
    std::fs::set_permissions(&gnupg, PermissionsExt::from_mode(0o700)).unwrap();
    let make =
        ["--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", "--quick-generate-key"];
    let who = ["tester@example.com", "future-default", "default", "never"];
    world.program("gpg").args(&make).args(&who).env("GNUPGHOME", &gnupg).run().ok();
    run_in(&world, "stores.md");
    world.program("gpgconf").args(&["--kill", "all"]).env("GNUPGHOME", &gnupg).run().ok();
}
