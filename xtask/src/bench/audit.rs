//! An audit of a whole company: 5,000 users in 50 accounts, on a sandbox of their own. The benchmark measures its time
//! and its peak memory, which only the accounts under way should determine.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::served::Served;
use super::spread::Spread;
use super::world::private;
use crate::child;
use crate::dist::FRONT;
use crate::project::Project;

const ACCOUNTS: &str = "50";
const USERS: &str = "100";

/// The number of audits. There are few, because each takes seconds.
const RUNS: usize = 3;

/// The time limit for each part.
const PATIENCE: Duration = Duration::from_mins(2);

/// The row of the audit.
pub(crate) const OURS: &str = "an audit of 5,000 users in 50 accounts";

/// The user who may assume every role.
const AUDITOR: &str = "auditor";
const KEY: &str = "aws_access_key_id = AKIAIOSAUDITOREXAMPL\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/auditKeyEXAMPLEKEY\n";

/// The result of the measurement.
pub(crate) struct Audited {
    /// The time of each audit.
    pub(crate) times: Spread,
    /// The results in words, with units.
    pub(crate) told: Vec<String>,
}

/// Starts the company, logs its auditor in, and audits it.
pub(crate) fn company(project: &Project, programs: &Path, sandbox: &Path) -> Result<Audited> {
    let folder = tempfile::Builder::new().prefix("awsesame-audit-").tempdir()?;
    let home = folder.path();
    let fixture = home.join("company.toml");
    let mut print = project.command(sandbox);
    fs::write(&fixture, child::read(print.args(["serve", "--print-company", ACCOUNTS, USERS]), PATIENCE)?)?;
    let served = Served::start(project.command(sandbox), home, Some(&fixture))?;
    let url = served.url();
    fs::create_dir(home.join(".aws"))?;
    let serial = "arn:aws:iam::100000000000:mfa/auditor";
    let config =
        format!("[profile {AUDITOR}]\nregion = us-east-1\nendpoint_url = {url}\nmfa_serial = {serial}\n");
    fs::write(home.join(".aws/config"), config)?;
    fs::write(home.join(".aws/credentials"), format!("[{AUDITOR}]\n{KEY}"))?;
    private(&home.join(".aws/credentials"))?;
    let mut code = project.command(sandbox);
    let code = child::read(code.args(["code", AUDITOR, "--fresh", "--endpoint", url]), PATIENCE)?;
    let ours = |arguments: &[&str]| {
        let mut command = Command::new(programs.join(FRONT));
        command.env_clear().env("PATH", programs).env("HOME", home).args(arguments).stdin(Stdio::null());
        command
    };
    child::read(&mut ours(&["login", "-p", AUDITOR, code.trim()]), PATIENCE)?;
    let (mut times, mut peak) = (Vec::new(), 0);
    for _ in 0..RUNS {
        let page = home.join("audit.html");
        let line =
            ["audit", "-p", AUDITOR, "--role", "Audit", "--organization", "--fail-on", "never", "--html"];
        let mut command = ours(&line);
        let (took, most) = watched(command.arg(&page).stderr(Stdio::null()))?;
        times.push(took);
        peak = peak.max(most);
        ensure!(fs::metadata(&page)?.len() > 1_000_000, "the page is not about a company");
    }
    child::read(&mut ours(&["lock"]), PATIENCE)?;
    let told = vec![format!("audit: 5,000 users in 50 accounts, {peak} KiB in memory at most")];
    Ok(Audited { times: Spread::new(times), told })
}

/// Runs a program to its end. Returns its duration, and its maximum memory in KiB as the kernel reports it.
fn watched(command: &mut Command) -> Result<(Duration, u64)> {
    let begun = Instant::now();
    let mut running = command.spawn()?;
    let status = format!("/proc/{}/status", running.id());
    let mut peak = 0;
    loop {
        // The kernel keeps the maximum. A process that has ended has no such line.
        let seen = fs::read_to_string(&status).ok().and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        });
        peak = peak.max(seen.unwrap_or(0));
        if let Some(status) = running.try_wait()? {
            ensure!(status.success(), "the audit failed: {status}");
            return Ok((begun.elapsed(), peak));
        }
        if begun.elapsed() > PATIENCE {
            child::stop(&mut running);
            anyhow::bail!("the audit takes too long");
        }
        thread::sleep(Duration::from_millis(5));
    }
}
