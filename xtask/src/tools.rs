//! Finds and installs the outside programs that the checks use: packages of Debian if that is allowed, and the others
//! in the project's own folder .tools, each with a fixed version. No check may be here.

mod clients;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::child;
use crate::fault::Fault;
use crate::project::Project;
use crate::say;
use crate::step::Skip;

/// The programs from Debian, and the package of each.
const DEBIAN: [(&str, &str); 43] = [
    ("direnv", "direnv"),
    ("oathtool", "oathtool"),
    ("pinentry-curses", "pinentry-curses"),
    ("pinentry-tty", "pinentry-tty"),
    ("tmux", "tmux"),
    ("zsh", "zsh"),
    ("fish", "fish"),
    ("jq", "jq"),
    ("strace", "strace"),
    ("keyctl", "keyutils"),
    ("gpg", "gpg"),
    ("gpgconf", "gpgconf"),
    ("gpg-agent", "gpg-agent"),
    ("pass", "pass"),
    ("age", "age"),
    ("dbus-daemon", "dbus-daemon"),
    ("dbus-run-session", "dbus-daemon"),
    ("gnome-keyring-daemon", "gnome-keyring"),
    ("secret-tool", "libsecret-tools"),
    ("ssh-keygen", "openssh-client"),
    ("ssh", "openssh-client"),
    ("sshd", "openssh-server"),
    ("curl", "curl"),
    ("systemd-socket-activate", "systemd"),
    ("shellcheck", "shellcheck"),
    ("dash", "dash"),
    ("elvish", "elvish"),
    ("make", "make"),
    ("man", "man-db"),
    ("openssl", "openssl"),
    // Mounts a file system without modes.
    ("bindfs", "bindfs"),
    ("setpriv", "util-linux"),
    ("unshare", "util-linux"),
    ("ip", "iproute2"),
    ("node", "nodejs"),
    ("npm", "npm"),
    // Version 2, beside the 1 of the Python environment, which comes first on the path.
    ("/usr/bin/aws", "awscli"),
    ("chromium", "chromium"),
    ("ruby", "ruby"),
    ("makepkg", "makepkg"),
    ("bsdtar", "libarchive-tools"),
    ("nix-instantiate", "nix-bin"),
    ("minisign", "minisign"),
];

/// The programs for the long checks: those that build packages, inspect them, and create minimal systems to try them
/// in.
const LONG_DEBIAN: [(&str, &str); 11] = [
    ("busybox", "busybox-static"),
    ("debootstrap", "debootstrap"),
    ("lintian", "lintian"),
    ("musl-gcc", "musl-tools"),
    ("pacman", "pacman-package-manager"),
    ("rpm", "rpm"),
    ("rpmlint", "rpmlint"),
    ("javac", "default-jdk-headless"),
    ("mvn", "maven"),
    ("rclone", "rclone"),
    ("restic", "restic"),
];

/// The programs from crates.io, with the version for which the checks were written.
const CARGO: [(&str, &str); 2] = [("cargo-deny", "0.20.2"), ("cargo-machete", "0.9.2")];

/// The programs from crates.io with which `cargo xtask dist` makes packages: they write the list of dependencies into
/// the programs, and one beside them.
const PACKAGERS: [(&str, &str); 2] = [("cargo-auditable", "0.7.7"), ("cargo-cyclonedx", "0.5.9")];

/// The program that makes the packages, and its Go module.
const NFPM: (&str, &str) = ("nfpm", "github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.48.0");

/// The program that reads the workflows, and its module.
const ACTIONLINT: (&str, &str) = ("actionlint", "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12");

/// The packages from npm: the path of each below `node_modules`, its name, and the version for which the checks were
/// written.
const NPM: [(&str, &str, &str); 6] = [
    (".bin/nu", "nushell", "0.115.1"),
    ("@aws-sdk/client-sts", "@aws-sdk/client-sts", "3.1169.0"),
    ("aws-sdk", "aws-sdk", "2.1693.0"),
    // It controls an installed browser and contains none.
    ("playwright-core", "playwright-core", "1.65.1"),
    ("axe-core", "axe-core", "4.14.1"),
    // It evaluates policies. Its license allows us to run it, and it is not part of any release.
    ("@cloud-copilot/iam-simulate", "@cloud-copilot/iam-simulate", "0.1.173"),
];

/// The programs that xtask/requirements.txt puts into the Python environment, by name.
const PYTHON: [&str; 7] = ["aws", "dotenv", "mdbook", "moto_server", "s3cmd", "typos", "zizmor"];

const REQUIREMENTS: &str = include_str!("../requirements.txt");

/// The only program that may be missing everywhere, because no package registry has it.
pub(crate) const TERRAFORM: &str = "terraform";

/// The maximum time that a download and a build may take, on a slow line and two cores.
const INSTALL: Duration = Duration::from_mins(15);

/// The time limit for a program that prints its version.
const ASK: Duration = Duration::from_secs(30);

/// Installs the missing programs, and returns those that are still missing.
pub(crate) fn install(project: &Project) -> Vec<Skip> {
    let mut missing = Vec::new();
    debian(project, &mut missing);
    if let Err(error) = python(project, &project.venv(), REQUIREMENTS) {
        let lacking = PYTHON.iter().filter(|program| project.find(program).is_none());
        missing
            .extend(lacking.map(|program| Skip { name: (*program).to_owned(), why: format!("{error:#}") }));
    }
    for (name, version) in CARGO {
        if let Err(error) = cargo(project, name, version) {
            missing.push(Skip { name: name.to_owned(), why: format!("{error:#}") });
        }
    }
    if let Err(error) = npm(project) {
        missing
            .extend(NPM.map(|(_, package, _)| Skip { name: package.to_owned(), why: format!("{error:#}") }));
    }
    let (name, module) = ACTIONLINT;
    if project.find(name).is_none()
        && let Err(error) = go(project, name, module)
    {
        missing.push(Skip { name: name.to_owned(), why: format!("{error:#}") });
    }
    clients::install(project, &mut missing);
    if project.find(TERRAFORM).is_none() {
        let why = "not on PATH, and no package registry has it".to_owned();
        missing.push(Skip { name: TERRAFORM.to_owned(), why });
    }
    missing
}

/// Makes a Python environment with exactly these requirements, unless it is there already.
pub(crate) fn python(project: &Project, venv: &Path, requirements: &str) -> Result<()> {
    // An environment contains its own path, so a copied repository needs a new one. A link to it does not.
    let real = venv.canonicalize().unwrap_or_else(|_| venv.to_owned());
    let wanted = format!("{}\n{requirements}", real.display());
    let stamp = venv.join("installed.txt");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    say::note(&format!("installing into {}", venv.display()));
    let mut make = project.command("python3");
    child::run(make.args(["-m", "venv", "--clear"]).arg(venv), INSTALL).context("no Python environment")?;
    let list = venv.join("requirements.txt");
    fs::write(&list, requirements).with_context(|| list.display().to_string())?;
    let mut pip = project.command(venv.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--retries", "2", "--requirement"])
        .arg(&list);
    child::run(&mut pip, INSTALL)?;
    fs::write(&stamp, wanted).with_context(|| stamp.display().to_string())
}

/// Builds a cargo subcommand, unless that version is installed. It is built without optimization, because it runs for
/// seconds and an optimized build takes minutes.
pub(crate) fn cargo(project: &Project, name: &str, version: &str) -> Result<()> {
    let root = project.tools().join("cargo");
    if root.join("bin").join(name).exists() && is_installed(project, &root, name, version) {
        return Ok(());
    }
    say::note(&format!("building {name} {version}"));
    let scratch = root.join("build");
    let mut command = project.cargo();
    command.env("CARGO_PROFILE_DEV_DEBUG", "false").env("CARGO_PROFILE_DEV_STRIP", "true");
    command.args(["install", "--quiet", "--locked", "--debug", "--force", "--root"]).arg(&root);
    command.arg("--target-dir").arg(&scratch).arg(format!("{name}@{version}"));
    let built = child::run(&mut command, INSTALL);
    if scratch.exists() {
        fs::remove_dir_all(&scratch).with_context(|| scratch.display().to_string())?;
    }
    built
}

/// Installs what packages are made with, unless it is there.
pub(crate) fn packagers(project: &Project) -> Result<()> {
    for (name, version) in PACKAGERS {
        cargo(project, name, version).map_err(|error| {
            Fault::error(
                format!("`{name}` cannot be built: {error:#}"),
                format!("cargo install {name}@{version}"),
            )
        })?;
    }
    let (name, module) = NFPM;
    if cfg!(target_os = "linux") && project.find(name).is_none() {
        let built = go(project, name, module);
        let hint = format!("apt-get install golang-go && go install {module}");
        built.map_err(|error| {
            Fault::error(format!("`{name}` is missing, which makes the packages: {error:#}"), hint)
        })?;
    }
    Ok(())
}

/// Builds a Go program.
pub(crate) fn go(project: &Project, name: &str, module: &str) -> Result<()> {
    say::note(&format!("building {name}"));
    let mut command = project.command("go");
    command.env("GOBIN", project.tools().join("go/bin")).args(["install", module]);
    child::run(&mut command, INSTALL)
}

/// Installs the packages from npm, unless they are installed: nushell, which is not in Debian and takes long to build,
/// AWS's SDK for JavaScript, and the tools that check a page in a browser.
fn npm(project: &Project) -> Result<()> {
    let folder = project.npm();
    let stamp = folder.join("installed.txt");
    let packages = NPM.map(|(_, package, version)| format!("{package}@{version}"));
    let wanted = packages.join("\n") + "\n";
    if NPM.iter().all(|(brings, ..)| folder.join("node_modules").join(brings).exists())
        && fs::read_to_string(&stamp).is_ok_and(|found| found == wanted)
    {
        return Ok(());
    }
    say::note(&format!("installing {}", packages.join(", ")));
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let mut command = project.command("npm");
    command.args(["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]);
    child::run(command.arg(&folder).args(&packages), INSTALL)?;
    fs::write(&stamp, wanted).with_context(|| stamp.display().to_string())
}

/// Returns true if cargo has installed that version.
fn is_installed(project: &Project, root: &Path, name: &str, version: &str) -> bool {
    let mut list = project.cargo();
    list.args(["install", "--list", "--root"]).arg(root);
    child::read(&mut list, ASK)
        .is_ok_and(|said| said.lines().any(|line| line == format!("{name} v{version}:")))
}

/// Installs Debian's packages, where this is a Debian and we are root; says what to type otherwise.
fn debian(project: &Project, missing: &mut Vec<Skip>) {
    let wanted = || DEBIAN.into_iter().chain(LONG_DEBIAN.into_iter().filter(|_| is_long()));
    let lacking = || wanted().filter(|(program, _)| project.find(program).is_none()).collect::<Vec<_>>();
    let mut packages: Vec<&str> = lacking().into_iter().map(|(_, package)| package).collect();
    if !python_is_whole(project) {
        packages.extend(["python3", "python3-venv", "python3-pip"]);
    }
    if packages.is_empty() {
        return;
    }
    let why = match apt(project, &packages) {
        Ok(()) => "its package does not hold it".to_owned(),
        Err(error) => format!("{error:#}"),
    };
    missing.extend(
        lacking().into_iter().map(|(program, _)| Skip { name: program.to_owned(), why: why.clone() }),
    );
}

/// Returns true if this chore was asked for the long checks too.
fn is_long() -> bool {
    std::env::args().any(|argument| argument == "--long")
}

/// Returns true if Python is complete. Debian has its `venv` in a separate package.
fn python_is_whole(project: &Project) -> bool {
    child::read(project.command("python3").args(["-c", "import venv, ensurepip"]), ASK).is_ok()
}

fn apt(project: &Project, packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if project.find("apt-get").is_none() {
        bail!("install these yourself, there is no apt-get here: {list}");
    }
    if !rustix::process::geteuid().is_root() {
        bail!("not root; type: sudo apt-get install {list}");
    }
    say::note(&format!("apt-get install {list}"));
    let apt = || -> Command {
        let mut command = project.command("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(["-q", "-y", "-o", "DPkg::Lock::Timeout=300"]);
        command
    };
    // An old package list is better than none. The installation shows whether it was sufficient.
    if let Err(error) = child::run(apt().arg("update"), INSTALL) {
        say::note(&format!("{error:#}"));
    }
    child::run(apt().args(["install", "--no-install-recommends"]).args(packages), INSTALL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_requirement_is_pinned() {
        let peers = include_str!("../requirements-peers.txt");
        let wanted = REQUIREMENTS.lines().chain(peers.lines()).filter(|line| !line.starts_with('#'));
        for line in wanted {
            assert!(line.contains("=="), "{line}");
        }
    }

    #[test]
    fn nothing_is_installed_in_an_empty_folder() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_installed(&Project::here(), folder.path(), "cargo-deny", "0.20.2"));
    }
}
