//! A crowd of callers that find no session: one of them asks on the terminal, one call fetches the session, and
//! all of them answer. Compared with a single caller who does the same.

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

/// How many callers make a crowd.
const CROWD: usize = 100;

/// How long the one who is asked takes to type the code. It is taken off the time, for both.
const THOUGHT: Duration = Duration::from_secs(1);

/// The longest that the question, and then all answers, may take.
const LIMIT: Duration = Duration::from_mins(1);

/// The row of one caller.
pub(crate) const ONE: &str = "1 cold caller, less the typing";

/// The row of the crowd.
pub(crate) const ALL: &str = "100 cold callers, less the typing";

/// Starts the callers together, and ends when all have.
const SCRIPT: &str = r#"
for ((i = 0; i < $1; i++)); do "$2" env >"$3/$i" & done
wait
"#;

/// One caller and a crowd in turn, so many times each.
pub(crate) fn rows(world: &World, rounds: usize) -> Result<Vec<(String, Spread)>> {
    let (mut one, mut all) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        for (callers, times) in [(1, &mut one), (CROWD, &mut all)] {
            let home = world.home(&format!("crowd-{round}-{callers}"), 1, world.user()?)?;
            let before = world.session_calls()?;
            times.push(time(world, &home, callers)?);
            let calls = world.session_calls()? - before;
            ensure!(calls == 1, "{callers} callers made {calls} calls for a session");
        }
    }
    Ok(vec![(ONE.to_owned(), Spread::new(one)), (ALL.to_owned(), Spread::new(all))])
}

fn time(world: &World, home: &Home<'_>, callers: usize) -> Result<Duration> {
    let answers = home.folder().join("answers");
    fs::create_dir(&answers)?;
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&terminal)?;
    unlockpt(&terminal)?;
    let name = ptsname(&terminal, Vec::new())?.into_string()?;
    let inside = File::options().read(true).write(true).open(&name).with_context(|| name.clone())?;

    // A session of its own with this terminal: the callers ask there, not where the bench was started.
    let mut command = home.command("setsid");
    command.args(["--ctty", "--wait", "bash", "-c", SCRIPT, "crowd", &callers.to_string()]);
    command.arg(home.awsesame(&[]).get_program()).arg(&answers);
    command.stdin(inside.try_clone()?).stdout(inside.try_clone()?).stderr(Stdio::from(inside));
    let code = world.code(home.user())?;

    let begun = Instant::now();
    let mut crowd = command.spawn().context("setsid does not start")?;
    // The command holds the inner side open; only then does the outer side tell when all others have closed it.
    drop(command);
    let ended = converse(terminal, &code);
    if ended.is_err() {
        child::stop(&mut crowd);
    }
    ended?;
    let status = crowd.wait()?;
    let time = begun.elapsed();
    ensure!(status.success(), "the crowd ended with {status}");
    for caller in 0..callers {
        let file = answers.join(caller.to_string());
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        ensure!(text.contains("AWS_SESSION_TOKEN"), "caller {caller} of {callers} got no session");
    }
    Ok(time.saturating_sub(THOUGHT))
}

/// Waits for the question, thinks, types the code, and reads on until everybody has left the terminal. That there
/// is no second question shows in the end: nobody would answer it.
fn converse(terminal: OwnedFd, code: &str) -> Result<()> {
    let mut writer = File::from(terminal.try_clone()?);
    let (sender, heard) = mpsc::channel();
    thread::spawn(move || {
        let mut reader = File::from(terminal);
        let mut bytes = [0; 4096];
        // When the last of the others closes its side, reading ends with an error (EIO), not with an end of file.
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
