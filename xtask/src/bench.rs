//! `cargo xtask bench`: measures how long the programs take, in one table, beside `/bin/true`, an empty program and the
//! programs that people use today. All times are from one run on one machine, so only their ratios are meaningful
//! elsewhere. A missed aim is reported, and fails nothing.

mod audit;
mod broker;
mod crowd;
mod growth;
mod hot;
mod libraries;
mod login;
mod often;
mod page;
mod peer;
mod policy;
mod rate;
mod reload;
mod served;
mod sign_in;
mod spawn;
mod spread;
mod stores;
mod table;
mod vaults;
mod wait;
mod world;

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;

use self::often::Programs;
use self::table::Table;
use self::world::World;
use crate::child;
use crate::dist::{self, FRONT, FULL, Library, Purpose, SANDBOX};
use crate::project::Project;
use crate::say;

/// The number of repetitions, and the choice of what to measure.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The number of starts of each program that starts often
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// The number of logins; each needs a user of its own
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    logins: u16,
    /// The number of times that a hundred callers wait for one login
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    crowds: u16,
    /// The number of seconds for which the broker is asked a thousand times a second
    #[arg(long, value_name = "S", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    broker: u16,
    /// Measure the broker alone
    #[arg(long)]
    only_broker: bool,
    /// Measure other people's programs too: some are installed, others measured where they are on the PATH
    #[arg(long)]
    peers: bool,
    /// Measure the programs in this folder, as `cargo xtask dist` leaves them, and build none
    #[arg(long, value_name = "FOLDER")]
    programs: Option<PathBuf>,
    /// Build the programs with the system's C library too, and measure both
    #[arg(long)]
    both_libraries: bool,
    /// Write the table to this file as JSON, too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the table as the page `How fast`, too
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
}

/// The time limit for a program that prints its version.
const ASK: Duration = Duration::from_secs(10);

/// The users that the hot path, the stores, the broker and the peers need.
const FIXED_USERS: usize = 16 + stores::USERS + growth::USERS;

/// Measures and prints the table. False if a program of ours does not do its work.
pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<bool> {
    // The programs are in one folder, as after an installation, because the front looks for the full program beside
    // itself.
    let folder = tempfile::tempdir()?;
    if let Some(given) = &arguments.programs {
        for name in [FRONT, FULL, SANDBOX] {
            fs::copy(given.join(name), folder.path().join(name))
                .with_context(|| given.join(name).display().to_string())?;
        }
    } else {
        dist::build(project, &[FRONT, FULL, SANDBOX], Purpose::Here)?.copy_to(folder.path())?;
    }
    let programs = folder.path().to_owned();
    let others = arguments.both_libraries.then(|| with_the_systems_library(project)).transpose()?;
    let others = others.as_ref().map(TempDir::path);
    let (runs, logins, crowds) =
        (usize::from(arguments.runs), usize::from(arguments.logins), usize::from(arguments.crowds));
    let users = FIXED_USERS + 4 * (logins + 1) + 2 * logins + 2 * crowds;
    let world = World::start(project, &programs, &programs.join(SANDBOX), users)?;
    let mut table = Table::default();
    let mut whole = true;

    if !arguments.only_broker {
        say::note(&format!("starting each program {runs} times in turn"));
        whole &= often::rows(project, &world, arguments, &Programs { ours: &programs, others }, &mut table)?;
        say::note(&format!("logging in {logins} times"));
        let mut slow = vec![
            (login::OURS, login::rows(project, &world, others, logins)),
            (sign_in::OURS, sign_in::rows(project, &programs, logins)),
            (wait::WOKEN, wait::rows(&world, logins)),
            (crowd::ALL, crowd::rows(&world, crowds)),
            (growth::ALL, growth::rows(&world)),
        ];
        if arguments.peers && project.find("aws-vault").is_some() {
            slow.push((vaults::COLD, vaults::cold(project, &world, logins)));
        }
        for (name, rows) in slow {
            match rows {
                Ok(rows) => table.add(rows),
                Err(error) => {
                    whole = false;
                    table.leave_out(name, &format!("{error:#}"));
                }
            }
        }
    }
    say::note(&format!("asking the broker for {} s", arguments.broker));
    let mut told = Vec::new();
    match broker::load(&world, u32::from(arguments.broker)) {
        Ok(load) => {
            table.add(vec![(broker::OURS.to_owned(), load.waits)]);
            told = load.told;
        }
        Err(error) => {
            whole = false;
            table.leave_out(broker::OURS, &format!("{error:#}"));
        }
    }
    match rate::ours_told(&world) {
        Ok(lines) => told.extend(lines),
        Err(error) => {
            whole = false;
            table.leave_out(rate::OURS, &format!("{error:#}"));
        }
    }
    if arguments.peers {
        match rate::others_told(project, &world) {
            Ok(lines) => told.extend(lines),
            Err(error) => table.leave_out(rate::OTHERS, &format!("{error:#}")),
        }
    }
    if !arguments.only_broker {
        say::note("auditing a company of 50 accounts");
        match audit::company(project, &programs, &programs.join(SANDBOX)) {
            Ok(audited) => {
                table.add(vec![(audit::OURS.to_owned(), audited.times)]);
                told.extend(audited.told);
            }
            Err(error) => {
                whole = false;
                table.leave_out(audit::OURS, &format!("{error:#}"));
            }
        }
        aim(&mut table);
    }

    let programs = programs.join(FRONT);
    let version = child::read(project.command(programs).arg("--version"), ASK)?.trim().to_owned();
    tell(arguments, &table, &version, told)?;
    Ok(whole)
}

/// Prints the table, and writes the files that were requested.
fn tell(arguments: &Arguments, table: &Table, version: &str, mut told: Vec<String>) -> Result<()> {
    #[cfg(target_arch = "x86_64")]
    told.push(format!(
        "one CPUID: {:.2} us; glibc does it some seventy times when a program starts, musl never. On bare metal it \
         takes a hundredth of that, and `/bin/true` is so much faster",
        hot::cpuid().as_secs_f64() * 1e6
    ));
    let machine = machine();
    say::line(&machine);
    say::line(version);
    for line in &told {
        say::line(line);
    }
    for line in table.lines() {
        say::line(&line);
    }
    if let Some(file) = &arguments.json {
        let text = serde_json::to_string_pretty(&table.json(version, &machine, &told))? + "\n";
        fs::write(file, text).with_context(|| file.display().to_string())?;
    }
    if let Some(file) = &arguments.page {
        let date = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
        fs::write(file, page::page(&table.json(version, &machine, &told), &date, &repeat(arguments)))
            .with_context(|| file.display().to_string())?;
    }
    Ok(())
}

/// Builds both programs with the system's C library, and returns their folder.
fn with_the_systems_library(project: &Project) -> Result<TempDir> {
    let folder = tempfile::tempdir()?;
    dist::build_with(project, &[FRONT, FULL], Purpose::Here, Library::System)?.copy_to(folder.path())?;
    Ok(folder)
}

/// Returns the command that repeats the measurement.
fn repeat(arguments: &Arguments) -> String {
    let Arguments { runs, logins, crowds, broker, .. } = arguments;
    let peers = if arguments.peers { " --peers" } else { "" };
    let programs = if arguments.programs.is_some() { " --programs dist" } else { "" };
    let both = if arguments.both_libraries { " --both-libraries" } else { "" };
    format!(
        "cargo xtask bench{peers}{programs}{both} --runs {runs} --logins {logins} --crowds {crowds} --broker {broker} \
         --page docs/how-fast.md"
    )
}

fn aim(table: &mut Table) {
    let (small, large) = hot::extremes();
    let hot = [hot::env_row(small), hot::process_row(small), hot::CHECK.to_owned(), hot::LINE.to_owned()];
    for row in &hot {
        table.aim_at_most(row, 0.25, table::TRUE);
    }
    table.aim_to_add(hot::EXEC, 0.22, table::TRUE);
    table.aim_at_most(&hot::env_row(large), 1.05, &hot::env_row(small));
    stores::aim(table);
    table.aim_at_most(reload::OURS, 1.03, reload::CONSTANT);
    policy::aim(table);
    table.aim_at_most(login::OURS, 1.5, login::RAW);
    table.aim_faster(login::OURS, 30.0, login::AWS);
    table.aim_within(wait::WOKEN, wait::AIM);
    table.aim_at_most(crowd::ALL, 1.3, crowd::WARM);
    for (row, limit) in growth::aims() {
        table.aim_within(&row, limit);
    }
}

/// Returns the description of the machine that this was measured on. It leaves out the machine's name, which is
/// private.
fn machine() -> String {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("a processor without a name", |(_, model)| model);
    format!("{cores} cores, {processor}, {} {}", std::env::consts::OS, kernel.trim())
}
