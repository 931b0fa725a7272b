//! `cargo xtask demo`: shows the program at work with a local AWS, on a machine without an account and without
//! questions. Nothing of the caller's home or accounts is read, and nothing is left behind.

mod clients;
pub(crate) mod picture;
mod play;
mod shell;
mod stage;
mod tour;
mod world;

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use self::clients::Clients;
use self::stage::Stage;
use self::tour::{LIFETIME, Tour};
use self::world::World;
use crate::child;
use crate::interrupt::Interrupt;
use crate::project::Project;
use crate::say;

/// The maximum time that a build from nothing may take.
const BUILD: Duration = Duration::from_hours(1);

/// The lifetime of bob's sessions in the playground. It is longer than in the tour, because nobody wants to log in
/// three times a minute.
const LIFETIME_AT_PLAY: u32 = 120;

/// The programs without which there is no demo.
pub(crate) const NEEDED: [&str; 2] = ["bash", "setsid"];

/// The arguments of `cargo xtask demo`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Leave out the tour, and open a shell inside the demo to play in
    #[arg(long)]
    shell: bool,
    /// Build nothing: take the programs of the last `cargo build --workspace`
    #[arg(long)]
    built: bool,
}

/// Gives the tour or opens the shell. Returns true if every step did what the tour says.
pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<bool> {
    if !arguments.built {
        say::note("building; from nothing this takes some minutes");
        let mut build = project.cargo();
        build.args(["build", "--locked", "--package", "awsesame", "--package", "awsesame-sandbox"]);
        child::run(&mut build, BUILD)?;
    }
    for program in NEEDED {
        ensure!(project.find(program).is_some(), "the demo needs `{program}`, which is not installed");
    }
    let interrupt = Interrupt::watch()?;
    let done = show(project, arguments, &interrupt);
    match interrupt.signal() {
        // This is the exit code that a shell reports for a program that a signal has ended.
        Some(signal) => {
            say::note("interrupted; everything that was started is stopped and removed");
            std::process::exit(128 + i32::from(signal));
        }
        None => done.map(|()| true),
    }
}

fn show(project: &Project, arguments: &Arguments, interrupt: &Interrupt) -> Result<()> {
    let begun = Instant::now();
    let programs = project.target().join("debug");
    let lifetime = if arguments.shell { LIFETIME_AT_PLAY } else { LIFETIME };
    let world = World::start(project, &programs, lifetime, interrupt)?;
    let clients = Clients::find(project, &world)?;
    furnish(&world, &clients)?;
    interrupt.check()?;
    if arguments.shell {
        return play::open(&world, &clients, interrupt);
    }
    Tour { world: &world, clients: &clients, interrupt, stage: Stage::new(lasting(&world)?) }.give()?;
    let span = say::span(begun.elapsed());
    say::line(&format!("\nEvery step did what was told of it, in {span}."));
    for left_out in &clients.left_out {
        say::line(&format!("Left out: {left_out}"));
    }
    say::line("To play in here yourself: cargo xtask demo --shell");
    Ok(())
}

/// Creates the projects in the home, and the settings that a user adds to a shell.
fn furnish(world: &World, clients: &Clients) -> Result<()> {
    world.write(".bashrc", include_str!("demo/bashrc"))?;
    world.write("project/.envrc", "use awsesame alice\n")?;
    world.write("project/main.tf", &include_str!("demo/main.tf").replace("ENDPOINT", &world.url()))?;
    world.write("bobs/.envrc", "use awsesame bob\n")?;
    if clients.direnv {
        world.read("awsesame", &["direnv", "install"])?;
        for folder in ["project", "bobs"] {
            let file = world.home().join(folder);
            world.read("direnv", &["allow", &file.to_string_lossy()])?;
        }
    }
    Ok(())
}

/// Returns the long-term secrets, none of which may be shown.
fn lasting(world: &World) -> Result<Vec<String>> {
    let file = world.home().join(".aws/credentials");
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let secrets = text.lines().filter_map(|line| line.strip_prefix("aws_secret_access_key = "));
    let secrets: Vec<String> = secrets.map(str::to_owned).collect();
    ensure!(!secrets.is_empty(), "{} holds no keys", file.display());
    Ok(secrets)
}
