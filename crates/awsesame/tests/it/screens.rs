//! Checks docs/screens.md, which shows the screens of the program in terminals of 80 and of 60 columns. The test runs
//! the program and compares the screens. If they differ, it reports the path of the page that it has generated.

use std::fmt::Write;
use std::path::Path;

use crate::run::Run;
use crate::screen::Screen;
use crate::world::World;

const PAGE: &str = include_str!("../../../../docs/screens.md");

const HEAD: &str = "\
# Screens

These are the screens of the first hour, in a terminal of 80 columns and, where that looks different, in one of 60. A test
makes them with the program itself, against [the local AWS](sandbox.md), and compares them with this page. Each time of day
is shown as 13:04.
";

/// The profiles of a user who has worked with AWS for a while.
const CONFIG: &str = "\
[profile prod]
region = eu-central-1
endpoint_url = {URL}
mfa_serial = arn:aws:iam::123456789012:mfa/alice

[profile deploy]
region = eu-central-1
endpoint_url = {URL}
role_arn = arn:aws:iam::123456789012:role/deploy
source_profile = prod

[profile partner]
region = eu-central-1
endpoint_url = {URL}
role_arn = arn:aws:iam::210987654321:role/partner
source_profile = prod
external_id = sesame-4711

[profile company-reporting]
region = eu-central-1
sso_session = company
sso_account_id = 210987654321
sso_role_name = ReadOnly

[sso-session company]
sso_start_url = https://company.awsapps.com/start
sso_region = eu-central-1
";

/// A policy that requires MFA, except in one statement.
const POLICY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "EverythingWithMfa",
      "Effect": "Allow",
      "Action": "*",
      "Resource": "*",
      "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "true" } }
    },
    {
      "Sid": "Reports",
      "Effect": "Allow",
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::reports/*"
    }
  ]
}
"#;

/// A screen of the page.
struct Shot {
    heading: &'static str,
    about: &'static str,
    /// The command line that is shown as typed.
    typed: &'static str,
    world: fn() -> World,
    take: fn(&World, u16) -> String,
}

const SHOTS: [Shot; 12] = [
    Shot {
        heading: "The first screen: nothing is there",
        about: "Neither AWS's files nor a session.",
        typed: "awsesame",
        world: nothing,
        take: |world, columns| run(world, &[], columns),
    },
    Shot {
        heading: "The first screen: a long-term key without MFA",
        about: "The profile works with other tools, and names no MFA device.",
        typed: "awsesame",
        world: key_alone,
        take: |world, columns| run(world, &[], columns),
    },
    Shot {
        heading: "The first screen: a profile, and no session",
        about: "The profile is ready.",
        typed: "awsesame",
        world: profiles,
        take: |world, columns| run(world, &[], columns),
    },
    Shot {
        heading: "The login",
        about: "Without the code, `login` asks for it.",
        typed: "awsesame login prod 123456",
        world: profiles,
        take: |world, columns| run(world, &["login", "prod", &world.code("alice")], columns),
    },
    Shot {
        heading: "The first screen: a session, and no hook",
        about: "After the login, in a shell without awsesame's prompt hook.",
        typed: "awsesame",
        world: logged_in,
        take: |world, columns| run(world, &[], columns),
    },
    Shot {
        heading: "The profiles",
        about: "",
        typed: "awsesame list",
        world: logged_in,
        take: |world, columns| run(world, &["list"], columns),
    },
    Shot {
        heading: "The sessions",
        about: "",
        typed: "awsesame status",
        world: logged_in,
        take: |world, columns| run(world, &["status"], columns),
    },
    Shot {
        heading: "A shell with a session",
        about: "Without a program, `exec` opens a shell. A second one inside it says so.",
        typed: "awsesame exec prod",
        world: logged_in,
        take: shells,
    },
    Shot {
        heading: "The picker",
        about: "Without a profile, `login`, `exec` and `console` show a list. Somebody has typed `part`.",
        typed: "awsesame login",
        world: logged_in,
        take: picker,
    },
    Shot {
        heading: "A mistyped name",
        about: "Each error has a hint, which can be pasted.",
        typed: "awsesame exec prdo -- aws s3 ls",
        world: logged_in,
        take: |world, columns| run(world, &["exec", "prdo", "--", "aws", "s3", "ls"], columns),
    },
    Shot {
        heading: "The check of everything",
        about: "Failures come first; `--all` also shows what is right.",
        typed: "awsesame doctor -p prod",
        world: || log_in(ready()),
        take: |world, columns| run(world, &["doctor", "-p", "prod"], columns),
    },
    Shot {
        heading: "The check of a policy",
        about: "The first statement of the policy requires MFA, but the second one does not.",
        typed: "awsesame policy check policy.json",
        world: logged_in,
        take: |world, columns| run(world, &["policy", "check", "policy.json"], columns),
    },
];

fn nothing() -> World {
    let world = World::new();
    std::fs::remove_dir_all(world.path(".aws")).unwrap();
    world
}

fn key_alone() -> World {
    let world = World::new();
    world.config("[default]\nregion = eu-central-1\nendpoint_url = {URL}\n");
    key(&world, "default");
    world
}

/// Returns a world with profiles, whose clock runs.
fn ready() -> World {
    let world = World::new();
    world.config(CONFIG);
    key(&world, "prod");
    world.write("policy.json", POLICY);
    world.write(".bashrc", "PS1='$ '\n");
    // Without this file, some systems print a greeting for a new user.
    world.write(".sudo_as_admin_successful", "");
    world
}

fn profiles() -> World {
    let world = ready();
    world.stops();
    world
}

fn logged_in() -> World {
    log_in(profiles())
}

fn log_in(world: World) -> World {
    let code = world.code("alice");
    awsesame(&world, &["login", "prod", &code]).run().ok();
    awsesame(&world, &["process", "deploy"]).reveals_credentials().run().ok();
    world
}

/// Assigns the key of alice to this profile only.
fn key(world: &World, profile: &str) {
    let credentials = world.read(".aws/credentials");
    let alice = credentials.split("[alice]\n").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap();
    world.write_private(".aws/credentials", &format!("[{profile}]\n{alice}\n"));
}

/// Prepares `awsesame WORDS` with an almost empty search path, so that the screens are the same on every machine.
fn awsesame<'w>(world: &'w World, words: &[&str]) -> Run<'w> {
    let bin = world.path("bin");
    if !bin.exists() {
        std::fs::create_dir(&bin).unwrap();
        std::os::unix::fs::symlink("/usr/bin/setsid", bin.join("setsid")).unwrap();
    }
    let own = Path::new(env!("CARGO_BIN_EXE_awsesame")).parent().unwrap();
    let path = format!("{}:{}", own.display(), bin.display());
    world.awsesame(words).env("PATH", path).env("SHELL", "/bin/bash")
}

fn run(world: &World, words: &[&str], columns: u16) -> String {
    awsesame(world, words).pty_of(columns).wait().stderr
}

fn shells(world: &World, columns: u16) -> String {
    let mut terminal = awsesame(world, &["exec", "prod"]).pty_of(columns);
    terminal.expect("(prod) $ ");
    terminal.send("awsesame exec deploy\r");
    terminal.expect("(deploy) ");
    terminal.expect("$ ");
    terminal.send("exit\r");
    terminal.expect("(prod) $ ");
    terminal.send("exit\r");
    terminal.wait().ok().stderr
}

fn picker(world: &World, columns: u16) -> String {
    // The terminal itself echoes what is typed before the picker reads its first key. That is not a screen of ours.
    let has_echo =
        |shown: &String| Screen::of(shown, usize::from(columns)).text().lines().last() == Some("part");
    for _ in 0..10 {
        let shown = picked(world, columns);
        if !has_echo(&shown) {
            return shown;
        }
    }
    panic!("the picker shows what was typed on a line of its own, each time");
}

fn picked(world: &World, columns: u16) -> String {
    let mut terminal = awsesame(world, &["login"]).pty_of(columns);
    terminal.expect("profile (type to search, Esc to leave)");
    terminal.expect("partner");
    // The list is there a moment before the first key is read.
    std::thread::sleep(std::time::Duration::from_millis(100));
    terminal.send("part");
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let shown = loop {
        let shown = terminal.transcript();
        let text = Screen::of(&shown, usize::from(columns)).text();
        if text.lines().next().is_some_and(|line| line.contains("part")) && !text.contains("deploy ") {
            break shown;
        }
        assert!(std::time::Instant::now() < until, "{text}");
        std::thread::sleep(std::time::Duration::from_millis(10));
    };
    terminal.send("\u{1b}");
    terminal.wait().exits(1);
    shown
}

/// Returns a screen in the form of the page, with the typed command line.
fn screen(shot: &Shot, columns: u16) -> String {
    let world = (shot.world)();
    let shown = (shot.take)(&world, columns).replace(&world.home().display().to_string(), "~");
    let screen = Screen::of(&shown, usize::from(columns));
    // The number of checks depends on the machine.
    let text = screen.text();
    let words: Vec<&str> = text.split(' ').collect();
    let count = words.windows(2).find(|two| two[1] == "checks").map(|two| format!(" {} checks", two[0]));
    let text = count.map_or_else(|| text.clone(), |count| text.replace(&count, " 14 checks"));
    let text = timeless(&format!("$ {}\n{text}", shot.typed));
    // The terminal may wrap only a word that is wider than itself, such as an ARN.
    let is_wide = shown.split_whitespace().any(|word| word.chars().count() > usize::from(columns) - 9);
    assert!(!screen.has_broken || is_wide, "`{}` is wider than {columns} columns:\n{text}", shot.typed);
    assert!(shot.typed != "awsesame" || text.lines().count() <= 24, "it is longer than a screen:\n{text}");
    text
}

/// Returns the text with every time of day replaced by the same one.
fn timeless(text: &str) -> String {
    let is_time = |part: &[u8]| matches!(part, [a, b, b':', c, d] if [a, b, c, d].iter().all(|digit| digit.is_ascii_digit()));
    let mut bytes = text.as_bytes().to_vec();
    for at in 0..bytes.len().saturating_sub(4) {
        if is_time(&bytes[at..at + 5]) {
            bytes[at..at + 5].copy_from_slice(b"13:04");
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    for shot in &SHOTS {
        let [wide, narrow] = [80, 60].map(|columns| screen(shot, columns));
        let about = if shot.about.is_empty() { String::new() } else { format!("{}\n\n", shot.about) };
        let _ = write!(page, "\n## {}\n\n{about}```text\n{wide}\n```\n", shot.heading);
        if wide != narrow {
            let _ = write!(page, "\nIn 60 columns:\n\n```text\n{narrow}\n```\n");
        }
    }
    page
}

#[test]
fn the_page_of_screens_shows_what_the_program_shows() {
    let page = page();
    if page != PAGE {
        let now = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screens.md");
        std::fs::write(&now, &page).unwrap();
        panic!("docs/screens.md is not what the program shows; the page as it is now: {}", now.display());
    }
}

#[test]
fn times_of_day_are_made_the_same() {
    assert_eq!(
        timeless("until 02:59 (1 h left), mfa::123456789012:x"),
        "until 13:04 (1 h left), mfa::123456789012:x"
    );
}
