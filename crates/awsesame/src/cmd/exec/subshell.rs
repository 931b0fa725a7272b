//! Opens the shell of `exec` without a program. If the shell allows it, the prompt shows the profile.

use std::ffi::OsString;
use std::path::Path;

use awsesame_core::name::Shown;
use awsesame_core::render::Exports;
use awsesame_core::session::Header;
use awsesame_core::text::quote;

use super::super::Runner;
use crate::ui;
use crate::ui::report;

/// The variable by which a shell of ours is known to be one.
const VARIABLE: &str = "AWSESAME_SUBSHELL";

/// Says what the shell is, and returns the command that opens it.
pub(super) fn open(runner: &Runner<'_>, header: &Header, exports: &mut Exports) -> Vec<OsString> {
    let context = runner.context;
    if let Some(outer) = context.var(VARIABLE) {
        ui::warn(&format!("this shell is inside another one of `awsesame exec`, for `{}`", Shown(&outer)));
    }
    let name = header.subject.profile().map_or_else(String::new, |profile| profile.as_str().to_owned());
    exports.set(VARIABLE, &name);
    let now = context.now();
    ui::say(&format!(
        "a shell with the session of {}, until {} ({} left); to leave it: exit",
        header.subject,
        report::clock(header.expires, now),
        report::span(header.left(now))
    ));
    let shell = context.var("SHELL").unwrap_or_else(|| "/bin/sh".to_owned());
    let mut command = vec![OsString::from(&shell)];
    // A name that a prompt would act on is not put into one.
    if name.chars().all(|c| c.is_ascii_alphanumeric() || "-_./@:+".contains(c)) {
        match Path::new(&shell).file_name().and_then(|name| name.to_str()) {
            Some("bash") => exports.set("PROMPT_COMMAND", &in_bash(&name, context.var("PROMPT_COMMAND"))),
            Some("fish") => command.extend(["-C".into(), in_fish(&name).into()]),
            _ => {}
        }
    }
    command
}

/// Returns the command that bash runs before each prompt. The start-up file of the shell may set another prompt first.
fn in_bash(name: &str, before: Option<String>) -> String {
    let mark = quote::posix(&format!("({name}) "));
    let before = before.map(|before| format!("{before}\n")).unwrap_or_default();
    format!("{before}[[ $PS1 == {mark}* ]] || PS1={mark}$PS1")
}

/// Returns the command that fish runs after its start-up file.
fn in_fish(name: &str) -> String {
    let mark = quote::fish(&format!("({name}) "));
    format!(
        "functions -q fish_prompt; and functions -c fish_prompt __awsesame_prompt; \
         function fish_prompt; echo -n {mark}; functions -q __awsesame_prompt; and __awsesame_prompt; end"
    )
}
