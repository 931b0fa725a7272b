//! The time that `awsesame wait` takes from the moment when a login elsewhere has stored a session until it has ended
//! and its caller continues.

use std::fs;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail, ensure};

use super::spread::Spread;
use super::world::{Home, PROFILE, World};
use crate::child;

/// The name of the row.
pub(crate) const WOKEN: &str = "wait, woken by a login";

/// The time below which it should stay.
pub(crate) const AIM: Duration = Duration::from_millis(100);

/// The maximum time that a login, and a wait after it, may take.
const LIMIT: Duration = Duration::from_mins(1);

/// The time that a process has waited before the login.
const ASLEEP: Duration = Duration::from_millis(500);

/// Measures waits, each for the login of another user.
pub(crate) fn rows(world: &World, rounds: usize) -> Result<Vec<(String, Spread)>> {
    let mut times = Vec::new();
    for round in 0..rounds {
        let home = world.home(&format!("wait-{round}"), 1, world.user()?)?;
        times.push(woken(&home)?);
    }
    Ok(vec![(WOKEN.to_owned(), Spread::new(times))])
}

fn woken(home: &Home<'_>) -> Result<Duration> {
    let mut command = home.awsesame(&["wait", "--timeout", "1m"]);
    let mut waiting = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    thread::sleep(ASLEEP);
    ensure!(waiting.try_wait()?.is_none(), "it did not wait");
    let ended = thread::spawn(move || end(&mut waiting));
    home.log_in()?;
    let Ok(ended) = ended.join() else { bail!("the watcher of the waiting one is gone") };
    let session = home.folder().join(format!("state/awsesame/sessions/p-{PROFILE}.session"));
    let laid_down = fs::metadata(&session).with_context(|| session.display().to_string())?.modified()?;
    Ok(ended?.duration_since(laid_down)?)
}

/// Returns the time at which it ended.
fn end(waiting: &mut Child) -> Result<SystemTime> {
    let Some(status) = child::wait_at_most(waiting, LIMIT)? else {
        child::stop(waiting);
        bail!("nothing woke it");
    };
    ensure!(status.success(), "it ended with {status}");
    Ok(SystemTime::now())
}
