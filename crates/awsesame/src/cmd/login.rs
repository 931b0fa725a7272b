//! `awsesame login`: obtains a session now. The module `others` logs in the other profiles.

mod others;
mod web;
mod wsl;

use std::io::Read;
use std::process::ExitCode;

use awsesame_core::aws_files::generated::command;
use awsesame_core::aws_files::own_block::OwnBlock;
use awsesame_core::config::split_words;
use awsesame_core::fault::{Fault, NoSession};
use awsesame_core::name::{TokenCode, Typed};
use awsesame_core::session::Kind;

use clap_complete::engine::ArgValueCompleter;
use zeroize::Zeroizing;

use super::candidates::profile_names;
use super::{Needs, Runner, seconds};
use crate::config::plan::Planned;
use crate::config::profiles;
use crate::session::login::{Asking, CodeGiven};
use crate::session::story::{Obtained, ReadySession, Want};
use crate::signin::{BrowserPlace, Way};
use crate::ui;
use crate::ui::report;
use crate::ui::report::SessionObject;

/// The maximum length of a code in bytes.
const LONGEST_CODE: u64 = 64;

/// Get a session, with one MFA code
#[derive(Debug, clap::Args)]
pub(super) struct Login {
    /// The profile, and the six digits that the MFA device shows now; `-` reads them from stdin
    #[arg(value_name = "PROFILE|CODE", num_args = 0..=3, add = ArgValueCompleter::new(profile_names))]
    words: Vec<String>,
    /// The code is on standard input, where `awsesame` put it for `awsesame-full`
    #[arg(long, hide = true)]
    code_on_stdin: bool,
    /// How long the session will last (`12h`)
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    duration: Option<u32>,
    /// Log in to this profile as well; may be repeated, or name several: `a,b`
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    also: Vec<String>,
    /// Log in to every profile that the same MFA session serves
    #[arg(long, conflicts_with = "also")]
    all: bool,
    /// Get a new session even if there is a fresh one
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    by_browser: ByBrowser,
    #[command(flatten)]
    needs: Needs,
}

/// The options of a sign-in by browser, for profiles that use one.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
struct ByBrowser {
    /// The browser, with its arguments (`'firefox -P work'`); the address is added at the end
    #[arg(long, value_name = "COMMAND")]
    browser: Option<String>,
    /// Sign in with a browser on any machine, and paste what it shows
    #[arg(long, conflicts_with_all = ["browser", "device_code"])]
    remote: bool,
    /// Identity Center: type a code into a browser on any machine; never approve a code that you did not ask for
    #[arg(long, conflicts_with = "browser")]
    device_code: bool,
    /// Write what the AWS CLI and the SDKs read as well, in the clear
    #[arg(long)]
    publish: bool,
    /// Sign in at the web console, for a profile that has no credentials yet; its `login_session` is written
    #[arg(long)]
    web: bool,
    /// The Region to sign in at, written into the profile too
    #[arg(long, value_name = "REGION", requires = "web")]
    region: Option<String>,
}

impl Login {
    /// Returns the profile that was given as a plain word: the first word, unless it is a code.
    pub(super) fn profile_word(&self) -> Option<String> {
        self.words.first().filter(|word| !is_code(word)).cloned()
    }

    /// Returns the given code: one word, or two words of three digits, as telephones show it.
    fn given(&self, profile: Option<&str>) -> Result<Option<CodeGiven>, Fault> {
        let named = self.profile_word().is_some_and(|word| Some(word.as_str()) == profile);
        let words: Vec<&str> = self.words.iter().skip(usize::from(named)).map(String::as_str).collect();
        Ok(match words.as_slice() {
            [] if self.code_on_stdin => {
                let mut text = Zeroizing::new(String::new());
                // Unreadable input is refused as an invalid code.
                let _ = std::io::stdin().take(LONGEST_CODE).read_to_string(&mut text);
                Some(CodeGiven::Code(TokenCode::parse(&text)?))
            }
            [] => None,
            ["-"] => Some(CodeGiven::Stdin),
            words => Some(CodeGiven::Code(TokenCode::parse(&words.join(" "))?)),
        })
    }
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let given = self.given(runner.profile()).map_err(|fault| match fault {
            Fault::BadCode { why, .. } => {
                Fault::BadCode { why, profile: runner.context.named_profile(runner.profile()) }
            }
            fault => fault,
        })?;
        let way = self.by_browser.way(runner)?;
        if self.by_browser.web {
            web::set_up(runner, &way, &self.by_browser, self.needs.account.as_deref())?;
        } else if let Some(flag) = self.by_browser.flag() {
            web::check(runner, flag)?;
        }
        let mut want = Want {
            profile: runner.profile(),
            max_age: self.needs.max_age.map(i64::from),
            duration: self.duration,
            // A code that was given on the command line is always used.
            force: self.force || given.is_some() || self.duration.is_some(),
            pin: runner.context.pin(self.needs.account.as_deref(), self.needs.role.as_deref()),
            asking: Asking {
                given,
                may_ask: runner.may_ask()?,
                patience: runner.patience()?,
                chosen: Some(runner.chosen(runner.profile_name().as_deref())?),
                by_program: false,
            },
            way,
            must_keep: true,
        };
        let ready = runner.session(&mut want).map_err(|fault| asks_for_a_code(fault, runner))?;
        let now = runner.context.now();
        let line = report::sentence(&ready.session.header, now);
        if ready.obtained == Obtained::Cached {
            let flag = ready.session.header.subject.flag();
            ui::say(&format!("already logged in as {line}; a new session: awsesame login --force{flag}"));
        } else {
            ui::say(&format!("logged in as {line}"));
            if let Some(line) = how_to_use(runner, &ready)? {
                ui::say(&line);
            }
            if crate::keys::rotate::first_use::is_interrupted(runner.context, runner.profile()) {
                let flag = ready.session.header.subject.flag();
                ui::say(&format!(
                    "a rotation of the key was interrupted; to continue: awsesame keys rotate{flag}"
                ));
            }
        }
        if ready.session.header.kind == Kind::SignIn && ready.obtained == Obtained::Bought {
            ui::say(&format!(
                "a program that asks the broker gets new credentials from this sign-in when they expire, and variables \
                 do not change: awsesame exec --via broker{} -- COMMAND",
                ready.session.header.subject.flag()
            ));
        }
        wsl::say_once(runner)?;
        if runner.shared.json {
            ui::print_json(&SessionObject::of(&ready.session.header, "fresh", now))?;
        }
        let others = match (self.all, self.also.as_slice()) {
            (true, _) => others::all(runner)?,
            (false, []) => return Ok(ExitCode::SUCCESS),
            (false, names) => others::named(runner, names)?,
        };
        others.log_in(runner, self.needs.max_age)
    }
}

impl ByBrowser {
    /// Returns a flag that applies only to a sign-in by browser.
    fn flag(&self) -> Option<&'static str> {
        let flags = [
            (self.browser.is_some(), "--browser"),
            (self.remote, "--remote"),
            (self.device_code, "--device-code"),
            (self.publish, "--publish"),
        ];
        flags.into_iter().find_map(|(given, flag)| given.then_some(flag))
    }

    fn way(&self, runner: &Runner<'_>) -> Result<Way, Fault> {
        let through = match (self.remote, self.device_code) {
            (true, _) => BrowserPlace::Pasted,
            (_, true) => BrowserPlace::DeviceCode,
            _ => BrowserPlace::Here,
        };
        let mut way = Way { through, at_once: true, publish: self.publish, ..runner.way()? };
        if let Some(browser) = &self.browser {
            way.browser = split_words(browser).unwrap_or_default();
        }
        Ok(way)
    }
}

/// Returns true if a word can only be a token code: `-`, or nothing but digits. A code of a wrong length counts too,
/// and is refused as such.
fn is_code(word: &str) -> bool {
    word == "-"
        || TokenCode::parse(word).is_ok()
        || word.chars().all(|c| c.is_numeric() || c == '-' || c.is_whitespace())
}

/// Returns the fault of a login if no person can be asked: a code must be given with the command. The usual hint, to
/// log in, would not help.
fn asks_for_a_code(fault: Fault, runner: &Runner<'_>) -> Fault {
    let by_key = || {
        let planned = Planned::of(runner.context, runner.profile(), None);
        planned.is_ok_and(|planned| planned.plan.key().is_some())
    };
    match fault {
        Fault::LoginNeeded {
            subject,
            reason:
                NoSession::Never
                | NoSession::Expired
                | NoSession::Sealed
                | NoSession::Elsewhere(_)
                | NoSession::Damaged,
        } if by_key() => Fault::LoginNeeded { subject, reason: NoSession::Unwanted },
        fault => fault,
    }
}

/// Returns the hint about how to use the session in this shell. Returns None if the shell gets it automatically: in a
/// direnv project, with a prompt hook, or with a profile of ours in AWS's files.
pub(super) fn how_to_use(runner: &Runner<'_>, ready: &ReadySession) -> Result<Option<String>, Fault> {
    let context = runner.context;
    let Some(profile) = ready.session.header.subject.profile() else { return Ok(None) };
    let follows = context.var("DIRENV_DIR").is_some() || context.var("AWSESAME_STAMP").is_some();
    if follows || runner.shared.json {
        return Ok(None);
    }
    let path = context.folders().aws()?.config;
    let text = profiles::contents(&path)?.unwrap_or_default();
    let command = command("awsesame", profile);
    let asks = OwnBlock::find(&text).is_some_and(|block| block.is_there()) && text.contains(&command);
    let name = Typed(profile.as_str());
    Ok((!asks).then(|| {
        format!(
            "to use it here: awsesame exec {name} -- aws s3 ls; for all AWS tools: awsesame init -p {name}"
        )
    }))
}
