//! The shell's job that this process belongs to. While a question is asked, keys send no signal, so Ctrl-Z is ours to
//! carry out: the whole job is suspended if there is a shell that can continue it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, getpgrp, getpid, kill_current_process_group};
use signal_hook::SigId;
use signal_hook::consts::{SIGCONT, SIGTSTP};
use signal_hook::low_level::unregister;

/// The time in which a suspended process stops. It goes on if the kernel does not stop it.
const STOPS_WITHIN: Duration = Duration::from_millis(500);
/// The pause between two looks.
const TICK: Duration = Duration::from_millis(5);

/// Notices that this process was stopped and goes on.
pub(super) struct Job {
    continued: Arc<AtomicBool>,
    handler: Option<SigId>,
}

impl Job {
    /// Watches from now on.
    pub(super) fn watch() -> Self {
        let continued = Arc::new(AtomicBool::new(false));
        let handler = signal_hook::flag::register(SIGCONT, Arc::clone(&continued)).ok();
        Self { continued, handler }
    }

    /// Returns true once after this process went on.
    pub(super) fn has_gone_on(&self) -> bool {
        self.continued.swap(false, Ordering::SeqCst)
    }

    /// Suspends every process of the job, as the terminal does at Ctrl-Z. Returns when the shell continues it.
    pub(super) fn suspend(&self) {
        let _ = kill_current_process_group(Signal::TSTP);
        let begun = Instant::now();
        while !self.has_gone_on() && begun.elapsed() < STOPS_WITHIN {
            std::thread::sleep(TICK);
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.handler.take().map(unregister);
    }
}

/// Returns true if a shell can continue this job: the parent of the job's first process is in the same session and in
/// another job. At a shell's own prompt, as in direnv's hook, we are in the shell's job, and nobody could type `fg`.
pub(super) fn can_be_continued() -> bool {
    let Some(own) = Process::of(getpid()) else { return false };
    let first = Process::of(getpgrp()).unwrap_or(own);
    let parent = Pid::from_raw(first.parent).and_then(Process::of);
    parent.is_some_and(|parent| parent.session == own.session && parent.job != own.job)
        && ![own, first].iter().any(|process| process.ignores_ctrl_z)
}

/// The signals that this process ignores, one bit each. None of them if the system does not tell.
pub(super) fn ignored_signals() -> u64 {
    std::fs::read_to_string("/proc/self/status").ok().and_then(|status| ignored(&status)).unwrap_or_default()
}

fn ignored(status: &str) -> Option<u64> {
    let bits = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(bits.trim(), 16).ok()
}

/// A process as `/proc` shows it.
#[derive(Debug, Clone, Copy)]
struct Process {
    parent: i32,
    job: i32,
    session: i32,
    ignores_ctrl_z: bool,
}

impl Process {
    /// Returns None if there is no such process, and if the system has no `/proc`.
    fn of(pid: Pid) -> Option<Self> {
        let pid = pid.as_raw_nonzero();
        let read = |name: &str| std::fs::read_to_string(format!("/proc/{pid}/{name}")).ok();
        let (stat, status) = (read("stat")?, read("status")?);
        // After the name, which may hold anything: the state, then the numbers.
        let mut words = stat.rsplit_once(") ")?.1.split(' ').skip(1);
        let mut number = || words.next()?.parse().ok();
        let (parent, job, session) = (number()?, number()?, number()?);
        let ignores_ctrl_z = ignored(&status)? & (1 << (SIGTSTP - 1)) != 0;
        Some(Self { parent, job, session, ignores_ctrl_z })
    }
}
