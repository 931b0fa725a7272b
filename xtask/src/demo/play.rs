//! `--shell`: opens the user's own shell in the demo's world. A banner lists what to try, and nothing is checked.

use std::env;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};

use super::clients::Clients;
use super::world::World;
use crate::child;
use crate::interrupt::{Interrupt, LOOK};
use crate::say;

/// Opens the shell, and waits until it is left.
pub(crate) fn open(world: &World, clients: &Clients, interrupt: &Interrupt) -> Result<()> {
    set_up(world)?;
    for line in banner(clients) {
        say::line(&line);
    }
    let shell = env::var("SHELL").unwrap_or_default();
    let name = Path::new(&shell).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    // Any other would not know the hooks.
    let known = matches!(name, "bash" | "zsh" | "fish") && Path::new(&shell).is_file();
    let mut command = world.command(if known { &shell } else { "bash" });
    command.env("ZDOTDIR", world.home()).stdin(Stdio::inherit());
    let mut shell = command.spawn().context("the shell does not start")?;
    while shell.try_wait()?.is_none() {
        if interrupt.signal().is_some() {
            hang_up(&mut shell);
            break;
        }
        thread::sleep(LOOK);
    }
    Ok(())
}

/// Writes the settings that the user would have in the set-up of each shell.
fn set_up(world: &World) -> Result<()> {
    let bash = format!("{}PS1='(demo) \\w \\$ '\n", include_str!("bashrc"));
    world.write(".bashrc", &bash)?;
    world.write(".zshrc", include_str!("zshrc"))?;
    // A fish that finds this folder does not spend its first minute on reading every manual page.
    world.write(".local/share/fish/generated_completions/none", "")?;
    world.write(".config/fish/config.fish", include_str!("config.fish"))
}

fn banner(clients: &Clients) -> Vec<String> {
    let by = if clients.direnv { "" } else { "awsesame exec -p alice -- " };
    let mut tries = vec![
        (
            "awsesame login -p alice $(awsesame-sandbox code alice)".to_owned(),
            "without the code it asks for it",
        ),
        ("awsesame status".to_owned(), "how long it lasts"),
    ];
    if clients.direnv {
        tries.push(("cd ~/project".to_owned(), "its .envrc says `use awsesame alice`"));
    }
    tries.extend(
        clients
            .s3
            .map(|s3| (format!("{by}{}", s3.read()), if clients.direnv { "in there: S3" } else { "S3" })),
    );
    if clients.terraform {
        tries.push((
            format!("{by}terraform init && {by}terraform plan"),
            if clients.direnv { "in there: its state is in S3" } else { "in ~/project: its state is in S3" },
        ));
    }
    if clients.direnv {
        tries.push(("cd ~/bobs".to_owned(), "the same for bob, whose sessions end after two minutes"));
    }
    tries.push(("cat ~/.aws/config".to_owned(), "who else is here: roles, and a customer's account"));
    let width = tries.iter().map(|(line, _)| line.len()).max().unwrap_or_default();
    let opening = "A home of its own, and a local AWS that enforces MFA; `exit` removes both. To try:";
    let lines = tries.into_iter().map(|(line, about)| format!("  {line:width$}  {about}"));
    std::iter::once(opening.to_owned()).chain(lines).collect()
}

/// Sends the signal of a closed window, because an interactive shell ignores SIGTERM.
fn hang_up(shell: &mut Child) {
    let _ = kill_process(Pid::from_child(shell), Signal::HUP);
    child::stop(shell);
}
