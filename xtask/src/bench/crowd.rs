//! Measures a crowd of callers that find no session: one of them asks on the terminal, one call fetches the session,
//! and all of them answer. The result is compared with a single caller.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::spread::Spread;
use super::world::{Home, World};
use crate::child;

/// The number of callers in a crowd.
const CROWD: usize = 100;

/// The time that the person needs to type the code. It is subtracted from all results.
const THOUGHT: Duration = Duration::from_secs(1);

/// The time limit for the question, and then for all answers.
const LIMIT: Duration = Duration::from_mins(1);

/// The row of one caller.
pub(crate) const ONE: &str = "1 cold caller, less the typing";

/// The row of the crowd.
pub(crate) const ALL: &str = "100 cold callers, less the typing";

/// The row of a crowd that finds a session: it shows what it costs to start so many processes.
pub(crate) const WARM: &str = "100 callers with a session";

/// Starts the callers together, and ends when all have.
const SCRIPT: &str = r#"
for ((i = 0; i < $1; i++)); do "$2" env >"$3/$i" & done
wait
"#;

/// Measures one caller, a crowd, and the same crowd with a session, in turn and several times.
pub(crate) fn rows(world: &World, rounds: usize) -> Result<Vec<(String, Spread)>> {
    let (mut one, mut all, mut warm) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        for (callers, times) in [(1, &mut one), (CROWD, &mut all)] {
            let home = world.home(&format!("crowd-{round}-{callers}"), 1, world.user()?)?;
            let before = world.session_calls()?;
            times.push(cold(world, &home, callers)?);
            if callers == CROWD {
                warm.push(call(&home, callers, |_| Ok(()))?);
            }
            let calls = world.session_calls()? - before;
            ensure!(calls == 1, "{callers} callers made {calls} calls for a session");
        }
    }
    let row = |name: &str, times| (name.to_owned(), Spread::new(times));
    Ok(vec![row(ONE, one), row(ALL, all), row(WARM, warm)])
}

/// Runs callers without a session, of which one is asked. The time of the typing is subtracted.
fn cold(world: &World, home: &Home<'_>, callers: usize) -> Result<Duration> {
    let code = world.code(home.user())?;
    Ok(call(home, callers, |terminal| converse(terminal, &code))?.saturating_sub(THOUGHT))
}

/// Starts callers on a terminal of their own, calls `sit` with the terminal, and waits until all have answered.
fn call(home: &Home<'_>, callers: usize, sit: impl FnOnce(OwnedFd) -> Result<()>) -> Result<Duration> {
    let answers = tempfile::tempdir()?;
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&terminal)?;
    unlockpt(&terminal)?;
    let name = ptsname(&terminal, Vec::new())?.into_string()?;
    let inside = File::options().read(true).write(true).open(&name).with_context(|| name.clone())?;

    // The callers get a process session of their own with this terminal, so that they do not ask on the terminal of the
    // bench.
    let mut command = home.command("setsid");
    command.args(["--ctty", "--wait", "bash", "-c", SCRIPT, "crowd", &callers.to_string()]);
    command.arg(home.awsesame(&[]).get_program()).arg(answers.path());
    command.stdin(inside.try_clone()?).stdout(inside.try_clone()?).stderr(Stdio::from(inside));

    let begun = Instant::now();
    let mut crowd = command.spawn().context("setsid does not start")?;
    // The command holds the inner side of the terminal open. The outer side reports the end only after all processes
    // have closed the inner side.
    drop(command);
    if let Err(error) = sit(terminal.try_clone()?) {
        child::stop(&mut crowd);
        return Err(error);
    }
    let Some(status) = child::wait_at_most(&mut crowd, LIMIT)? else {
        child::stop(&mut crowd);
        bail!("{callers} callers came to no end");
    };
    let time = begun.elapsed();
    ensure!(status.success(), "the crowd ended with {status}");
    for caller in 0..callers {
        let file = answers.path().join(caller.to_string());
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        ensure!(text.contains("AWS_SESSION_TOKEN"), "caller {caller} of {callers} got no session");
    }
    Ok(time)
}

/// Waits for the question, pauses, types the code, and reads until all processes have closed the terminal. A second
/// question would remain unanswered, and so would be noticed.
fn converse(terminal: OwnedFd, code: &str) -> Result<()> {
    let mut writer = File::from(terminal.try_clone()?);
    let (sender, heard) = mpsc::channel();
    thread::spawn(move || {
        let mut reader = File::from(terminal);
        let mut bytes = [0; 4096];
        // When the last process closes its side, reading ends with an error (EIO), and not with an end of file.
        while let Ok(count @ 1..) = reader.read(&mut bytes) {
            if sender.send(bytes[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    let deadline = Instant::now() + LIMIT;
    let mut said = String::new();
    let mut typed = false;
    loop {
        match heard.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(bytes) => said += &String::from_utf8_lossy(&bytes),
            Err(mpsc::RecvTimeoutError::Disconnected) if typed => return Ok(()),
            Err(_) => bail!("no question, or no end: {}", said.trim()),
        }
        if !typed && said.contains("MFA code") {
            thread::sleep(THOUGHT);
            writer.write_all(format!("{code}\n").as_bytes())?;
            typed = true;
        }
    }
}
