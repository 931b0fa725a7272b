//! Runs the rounds of the programs that start often, in turn with each other. The commands themselves are in the files
//! of their rows, such as `hot` and `stores`.

use std::path::Path;

use anyhow::{Context, Result};

use super::spawn::{Contestant, in_turn};
use super::table::Table;
use super::world::World;
use super::{Arguments, hot, libraries, peer, policy, reload, stores, vaults};
use crate::project::Project;

/// The folders of the programs that are measured: `ours` as they are released, and `others` with the system's C library.
pub(crate) struct Programs<'a> {
    pub(crate) ours: &'a Path,
    pub(crate) others: Option<&'a Path>,
}

/// Measures the programs that start often. Those that take less than a millisecond and the others run in separate
/// rounds, because the large programs would leave cold caches for the small ones.
pub(crate) fn rows(
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
    // The homes are kept to the end, because a home that is deleted takes its session with it.
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
