//! Runs outside programs. Every program has a time limit, and its output is shown, kept, or both. Nothing here knows
//! which programs they are.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::interrupt::{self, LOOK};
use crate::say;

/// The maximum time that a child that was asked to stop may take before it is killed.
const GRACE: Duration = Duration::from_secs(10);

/// Runs a child whose output goes to our own. An exit code other than zero is an error.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<()> {
    let name = name(command);
    let child = command.spawn().with_context(|| format!("`{name}` does not start"))?;
    succeeded(&name, wait(child, &name, limit)?)
}

/// Runs a child and returns its stdout. Its stderr is kept for the error.
pub(crate) fn read(command: &mut Command, limit: Duration) -> Result<String> {
    let name = name(command);
    let (status, out, err) = collect(command, limit)?;
    if !status.success() {
        bail!("`{name}`: {status}: {}", err.trim());
    }
    Ok(out)
}

/// Runs a child with every line of its two outputs shown on stderr at once, and returns the lines as well.
pub(crate) fn tee(command: &mut Command, limit: Duration) -> Result<(ExitStatus, Vec<String>)> {
    let (status, mut lines, more) = drain(command, limit, echo, echo)?;
    lines.extend(more);
    Ok((status, lines))
}

/// Runs a child to its end and returns its status, stdout and stderr.
pub(crate) fn collect(command: &mut Command, limit: Duration) -> Result<(ExitStatus, String, String)> {
    drain(command, limit, text, text)
}

/// Runs a child to its end and reads both its outputs, so that a full pipe cannot block it.
fn drain<T: Send + 'static>(
    command: &mut Command,
    limit: Duration,
    read_out: fn(ChildStdout) -> T,
    read_err: fn(ChildStderr) -> T,
) -> Result<(ExitStatus, T, T)> {
    let name = name(command);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{name}` does not start"))?;
    let out = child.stdout.take().expect("stdout is piped");
    let err = child.stderr.take().expect("stderr is piped");
    let out = thread::spawn(move || read_out(out));
    let err = thread::spawn(move || read_err(err));
    let status = wait(child, &name, limit)?;
    Ok((
        status,
        out.join().expect("the reader of stdout does not panic"),
        err.join().expect("the reader of stderr does not panic"),
    ))
}

/// Asks a child to stop, and waits until it has ended. It sends signals only to this process ID, so no other process
/// can be hit.
pub(crate) fn stop(child: &mut Child) {
    if matches!(child.try_wait(), Ok(None)) {
        signal(child, Signal::TERM);
        if !matches!(wait_at_most(child, GRACE), Ok(Some(_))) {
            signal(child, Signal::KILL);
        }
    }
    // The child has ended or was just killed, so this only reaps it.
    drop(child.wait());
}

fn signal(child: &Child, signal: Signal) {
    // The ID of a child that has ended stays reserved until it is waited for, so the signal cannot hit another process;
    // and an error here means only that the child has ended.
    let _ = kill_process(Pid::from_child(child), signal);
}

fn wait(mut child: Child, name: &str, limit: Duration) -> Result<ExitStatus> {
    let begun = Instant::now();
    let slice = if interrupt::is_armed() { LOOK } else { limit };
    loop {
        let rest = limit.saturating_sub(begun.elapsed());
        if let Some(status) = wait_at_most(&mut child, slice.min(rest))? {
            return Ok(status);
        }
        if interrupt::came().is_some() {
            stop(&mut child);
            bail!("`{name}` was interrupted");
        }
        if begun.elapsed() >= limit {
            stop(&mut child);
            bail!("`{name}` took longer than {}", say::span(limit));
        }
    }
}

/// Waits until a child has ended, with a time limit. It returns at the moment of the end, because times are measured
/// with it.
pub(crate) fn wait_at_most(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>> {
    let deadline = Instant::now() + limit;
    while !has_ended(child, deadline.saturating_duration_since(Instant::now()))? {
        if Instant::now() >= deadline {
            return Ok(None);
        }
    }
    Ok(Some(child.wait()?))
}

/// Waits for the end of a process with a time limit, by the descriptor that Linux provides for that.
#[cfg(target_os = "linux")]
fn has_ended(child: &Child, patience: Duration) -> Result<bool> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::process::{PidfdFlags, pidfd_open};

    let process = pidfd_open(Pid::from_child(child), PidfdFlags::empty())?;
    let patience = Timespec::try_from(patience)?;
    match poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&patience)) {
        Ok(ready) => Ok(ready > 0),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Other systems are asked repeatedly, which makes every time a little too long.
#[cfg(not(target_os = "linux"))]
fn has_ended(child: &mut Child, patience: Duration) -> Result<bool> {
    thread::sleep(patience.min(Duration::from_micros(100)));
    Ok(child.try_wait()?.is_some())
}

fn succeeded(name: &str, status: ExitStatus) -> Result<()> {
    if status.success() { Ok(()) } else { bail!("`{name}`: {status}") }
}

fn echo(source: impl Read) -> Vec<String> {
    let mut lines = Vec::new();
    for line in BufReader::new(source).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).into_owned();
        say::note(&line);
        lines.push(line);
    }
    lines
}

fn text(mut source: impl Read) -> String {
    let mut bytes = Vec::new();
    // If the pipe breaks, the text so far counts; the exit code decides whether the child succeeded.
    drop(source.read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

fn name(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let short = program.rsplit('/').next().unwrap_or(&program).to_owned();
    let first = command.get_args().next().map(|argument| format!(" {}", argument.to_string_lossy()));
    short + &first.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(Stdio::null());
        command
    }

    #[test]
    fn a_child_that_outlives_its_limit_is_stopped() {
        let begun = Instant::now();
        let error = run(&mut shell("exec sleep 60"), Duration::from_millis(100)).unwrap_err();
        assert!(error.to_string().contains("took longer than 100 ms"), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn a_failing_child_is_an_error_with_its_own_words() {
        let error = read(&mut shell("echo broken >&2; exit 3"), Duration::from_secs(5)).unwrap_err();
        assert!(error.to_string().contains("exit status: 3: broken"), "{error}");
    }

    #[test]
    fn both_outputs_are_kept_whatever_their_size() {
        let (status, out, err) =
            collect(&mut shell("head -c 300000 /dev/zero; echo done >&2"), Duration::from_secs(20)).unwrap();
        assert!(status.success());
        assert_eq!(out.len(), 300_000);
        assert_eq!(err, "done\n");
    }
}
