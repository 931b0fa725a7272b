//! Measures the programs that start often: the hot path, the yardsticks, and the alternatives that people write
//! themselves.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use super::spawn::Contestant;
use super::table::{EMPTY, TRUE};
use super::world::{Home, World};
use crate::child;
use crate::project::Project;

/// The numbers of profiles in the configs: a beginner's, a consultant's, and an absurd one.
const SIZES: [usize; 3] = [1, 200, 5000];

/// The script that people put into their .envrc: it loads a session that another script has stored.
const SCRIPT: &str = include_str!("load_session.bash");

/// The row of the guard of a script.
pub(crate) const CHECK: &str = "check";

/// The row of a program that is started with a session.
pub(crate) const EXEC: &str = "exec -- /bin/true";

/// The row of a line for a prompt.
pub(crate) const LINE: &str = "status --format";

/// The maximum time that the compiler may take for an empty program.
const COMPILE: Duration = Duration::from_mins(2);

/// Returns the name of the row of `process` with a config of this many profiles.
pub(crate) fn process_row(profiles: usize) -> String {
    format!("process, {}", count(profiles))
}

/// Returns the name of the row of `env` with a config of this many profiles.
pub(crate) fn env_row(profiles: usize) -> String {
    format!("env, {}", count(profiles))
}

/// Returns the smallest and the largest config.
pub(crate) fn extremes() -> (usize, usize) {
    (SIZES[0], SIZES[SIZES.len() - 1])
}

/// Returns the homes for the hot path, each with a fresh session.
pub(crate) fn homes(world: &World) -> Result<Vec<(usize, Home<'_>)>> {
    SIZES
        .into_iter()
        .map(|profiles| {
            let home = world.home(&format!("profiles-{profiles}"), profiles, world.user()?)?;
            home.log_in().with_context(|| format!("login with {}", count(profiles)))?;
            Ok((profiles, home))
        })
        .collect()
}

/// Returns the yardsticks, to which the programs are compared.
pub(crate) fn yardsticks(project: &Project, home: &Home<'_>, scratch: &Path) -> Result<Vec<Contestant>> {
    let mut rows = vec![Contestant::new(TRUE, home.command("/bin/true"), 0, "")?];
    let dynamic = empty(project, scratch, "empty", &[])?;
    rows.push(Contestant::new(EMPTY, home.command(dynamic), 0, "")?);
    if cfg!(target_os = "linux") {
        let fixed = empty(project, scratch, "empty-static", &["-C", "target-feature=+crt-static"])?;
        rows.push(Contestant::new("empty program, static-pie", home.command(fixed), 0, "")?);
    }
    Ok(rows)
}

/// Builds a C program that does nothing, with each C library, to measure what a statically linked program costs. `Err`
/// names the missing compiler.
pub(crate) fn nothing(
    project: &Project,
    home: &Home<'_>,
    scratch: &Path,
    (library, compiler): (&str, &str),
) -> Result<Contestant> {
    let source = scratch.join("nothing.c");
    fs::write(&source, "int main(void) { return 0; }\n")?;
    let program = scratch.join(format!("nothing-{library}"));
    let found = project.find(compiler).with_context(|| format!("`{compiler}` is missing"))?;
    let mut command = project.command(found);
    command.args(["-O2", "-static", "-o"]).arg(&program).arg(&source);
    child::run(&mut command, COMPILE)?;
    Contestant::new(format!("nothing at all, {library}"), home.command(program), 0, "")
}

/// The C libraries that programs are linked with, and the compiler of each.
pub(crate) const LIBRARIES: [(&str, &str); 2] = [("glibc", "cc"), ("musl", "musl-gcc")];

/// Returns the time of one CPUID instruction. With it, glibc detects the processor when a program starts, and in a
/// virtual machine each one is handled by the hypervisor.
#[cfg(target_arch = "x86_64")]
pub(crate) fn cpuid() -> Duration {
    const TIMES: u32 = 10_000;
    let begun = std::time::Instant::now();
    for _ in 0..TIMES {
        std::hint::black_box(std::arch::x86_64::__cpuid_count(0, 0));
    }
    begun.elapsed() / TIMES
}

/// A row: its name, the program, the exit code, and the text that it must print.
type Row = (String, Command, i32, &'static str);

/// Returns the rows for all commands that the front answers itself.
pub(crate) fn of_the_front(homes: &[(usize, Home<'_>)]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (profiles, home) in homes {
        rows.push((env_row(*profiles), home.awsesame(&["env"]), 0, "AWS_SESSION_TOKEN"));
    }
    for (profiles, home) in homes {
        rows.push((process_row(*profiles), home.awsesame(&["process"]), 0, "SessionToken"));
    }
    for (profiles, home) in homes {
        let name = format!("direnv export, {}", count(*profiles));
        rows.push((name, home.awsesame(&["direnv", "export"]), 0, "AWS_SESSION_TOKEN"));
    }
    if let Some((_, home)) = homes.first() {
        rows.push((CHECK.to_owned(), home.awsesame(&["check"]), 0, ""));
        let line = home.awsesame(&["status", "--format", "{profile} {left}"]);
        rows.push((LINE.to_owned(), line, 0, " h"));
        let until = home.awsesame(&["status", "--format", "{profile} {until}"]);
        rows.push(("status --format with {until}".to_owned(), until, 0, ":"));
        rows.push((EXEC.to_owned(), home.awsesame(&["exec", "--", "/bin/true"]), 0, ""));
    }
    rows
}

/// Returns the rows for everything that only the full program answers.
pub(crate) fn of_the_full_program(homes: &[(usize, Home<'_>)], without_session: &Home<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    let missing = without_session.awsesame(&["env", "--no-input"]);
    rows.push(("env, login needed".to_owned(), missing, 3, "error: "));
    if let Some((_, home)) = homes.first() {
        for word in ["status", "explain", "--version"] {
            rows.push((word.to_owned(), home.awsesame(&[word]), 0, ""));
        }
    }
    if let Some((profiles, home)) = homes.last() {
        let words = ["__complete", "zsh", "--", "awsesame", "login", "-p", ""];
        rows.push((format!("Tab key, {}", count(*profiles)), home.awsesame(&words), 0, "customer-"));
    }
    rows
}

/// Returns the script that people write themselves, with a session that it can load.
pub(crate) fn script(home: &Home<'_>) -> Result<Command> {
    let session = home.folder().join("session.json");
    let answer = serde_json::json!({ "Credentials": {
        "AccessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "SessionToken": "IQoJb3JpZ2luX2Vj".repeat(40),
        "Expiration": "2099-12-31T23:59:59+00:00",
    }});
    fs::write(&session, serde_json::to_string_pretty(&answer)?)?;
    let file = home.folder().join("load_session.bash");
    fs::write(&file, SCRIPT)?;
    let mut command = home.command("bash");
    command.arg(file).env("AWS_SESSION_FILE", session);
    Ok(command)
}

/// Compiles a Rust program with an empty `main`.
fn empty(project: &Project, scratch: &Path, name: &str, arguments: &[&str]) -> Result<PathBuf> {
    let source = scratch.join("empty.rs");
    fs::write(&source, "fn main() {}\n")?;
    let program = scratch.join(name);
    let mut rustc = project.command("rustc");
    rustc.args(["--edition", "2024", "-O"]).args(arguments).arg("-o").arg(&program).arg(&source);
    child::run(&mut rustc, COMPILE)?;
    Ok(program)
}

fn count(profiles: usize) -> String {
    if profiles == 1 { "1 profile".to_owned() } else { format!("{profiles} profiles") }
}
