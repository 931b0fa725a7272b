//! `cargo xtask bench`: how long the programs take, in one table, beside `/bin/true`, an empty program and what
//! people use today. Every time is of this one run on this one machine: only the ratios mean anything elsewhere.
//! Nothing here decides whether the project is sound; a missed aim is said and fails nothing.

mod audit;
mod broker;
mod crowd;
mod growth;
mod hot;
mod libraries;
mod login;
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
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;

use self::spawn::{Contestant, in_turn};
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

/// The longest that a program may take to tell its version.
const ASK: Duration = Duration::from_secs(10);

/// The users that the hot path, the stores, the broker and the peers need.
const FIXED_USERS: usize = 16 + stores::USERS + growth::USERS;

/// Measures and prints the table. False if a program of ours does not do its work.
pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<bool> {
    // In one folder, as they are installed: the front looks for the full program beside itself.
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
        whole &= often(project, &world, arguments, &Programs { ours: &programs, others }, &mut table)?;
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
    match rate::told(project, &world, arguments.peers) {
        Ok(lines) => told.extend(lines),
        Err(error) => {
            whole = false;
            table.leave_out(rate::OURS, &format!("{error:#}"));
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

    #[cfg(target_arch = "x86_64")]
    told.push(format!(
        "one CPUID: {:.2} us; glibc does it some seventy times when a program starts, musl never. On bare metal it \
         takes a hundredth of that, and `/bin/true` is so much faster",
        hot::cpuid().as_secs_f64() * 1e6
    ));
    let machine = machine();
    say::line(&machine);
    let version = child::read(project.command(programs.join(FRONT)).arg("--version"), ASK)?.trim().to_owned();
    say::line(&version);
    for line in &told {
        say::line(line);
    }
    for line in table.lines() {
        say::line(&line);
    }
    if let Some(file) = &arguments.json {
        let text = serde_json::to_string_pretty(&table.json(&version, &machine, &told))? + "\n";
        fs::write(file, text).with_context(|| file.display().to_string())?;
    }
    if let Some(file) = &arguments.page {
        let date = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
        fs::write(file, page::page(&table.json(&version, &machine, &told), &date, &repeat(arguments)))
            .with_context(|| file.display().to_string())?;
    }
    Ok(whole)
}

/// The programs that are measured: those that are given away, and the same with the system's C library.
struct Programs<'a> {
    ours: &'a Path,
    others: Option<&'a Path>,
}

/// A folder with the two programs as they are linked with the system's C library.
fn with_the_systems_library(project: &Project) -> Result<TempDir> {
    let folder = tempfile::tempdir()?;
    dist::build_with(project, &[FRONT, FULL], Purpose::Here, Library::System)?.copy_to(folder.path())?;
    Ok(folder)
}

/// The command that measures the same again.
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

/// The programs that start often: those that take less than a millisecond in one round, and the rest in another, or
/// the large ones would leave their small neighbors cold caches.
fn often(
    project: &Project,
    world: &World,
    arguments: &Arguments,
    programs: &Programs<'_>,
    table: &mut Table,
) -> Result<bool> {
    let scratch = tempfile::tempdir()?;
    let stranger = world.home("stranger", 1, world.user()?)?;
    let mut small = hot::yardsticks(project, &stranger, scratch.path())?;
    for library in hot::LIBRARIES {
        match hot::nothing(project, &stranger, scratch.path(), library) {
            Ok(contestant) => small.push(contestant),
            Err(error) => table.leave_out(&format!("nothing at all, {}", library.0), &format!("{error:#}")),
        }
    }
    let homes = hot::homes(world)?;
    let mut whole = true;
    let mut contestants = Vec::new();
    let front = hot::of_the_front(&homes);
    let front = front.into_iter().map(|row| (true, row));
    let full = hot::of_the_full_program(&homes, &stranger).into_iter().map(|row| (false, row));
    for (is_small, (name, command, status, says)) in front.chain(full) {
        match Contestant::new(name.as_str(), command, status, says) {
            Ok(contestant) if is_small => small.push(contestant),
            Ok(contestant) => contestants.push(contestant),
            Err(error) => {
                whole = false;
                table.leave_out(&name, &format!("{error:#}"));
            }
        }
    }
    match hot::script(&stranger)
        .and_then(|script| Contestant::new("a script with jq and date", script, 0, "TOKEN"))
    {
        Ok(contestant) => contestants.push(contestant),
        Err(error) => table.leave_out("a script with jq and date", &format!("{error:#}")),
    }
    let (_, home) = homes.first().context("no home with a session")?;
    if let Some(others) = programs.others {
        let (front, full) = libraries::contestants(home, others)?;
        small.extend(front);
        contestants.extend(full);
    }
    match reload::contestants(project, home) {
        Ok(both) => contestants.extend(both),
        Err(error) => {
            whole = false;
            table.leave_out(reload::OURS, &format!("{error:#}"));
        }
    }
    match policy::contestants(project, &stranger, programs.ours, scratch.path()) {
        Ok(rows) => contestants.extend(rows),
        Err(error) => {
            whole = false;
            table.leave_out(policy::OURS, &format!("{error:#}"));
        }
    }
    let under_stores = stores::homes(project, world, table);
    match stores::contestants(&under_stores) {
        Ok(rows) => small.extend(rows),
        Err(error) => {
            whole = false;
            table.leave_out("env under each store", &format!("{error:#}"));
        }
    }
    // Held until the end: a home that goes takes its session with it.
    let mut peer_homes = Vec::new();
    if arguments.peers {
        for (homes, peers) in
            [peer::contestants(project, world, table)?, vaults::contestants(project, world, table)?]
        {
            peer_homes.extend(homes);
            contestants.extend(peers);
        }
    } else {
        table.leave_out("aws-mfa, awsume, aws-export-credentials", "not asked for; --peers installs them");
    }
    table.add(in_turn(&mut small, usize::from(arguments.runs))?);
    table.add(in_turn(&mut contestants, usize::from(arguments.runs))?);
    drop(peer_homes);
    Ok(whole)
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
