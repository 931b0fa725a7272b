//! Collects the files for the packages and the archive in one folder: the programs, their own output such as manual
//! pages, and files of the repository. The table in contents.rs says where each file is installed.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::archive::gzip;
use super::licenses;
use super::programs::{Built, FRONT};
use super::release::{ADDRESS, LICENSE, MAINTAINER, NAME};
use crate::child;
use crate::project::Project;

/// The maximum time that a program may take to print its completions or its manual.
const PRINT: Duration = Duration::from_secs(30);

/// The shells, and the name of the completion file of each.
const COMPLETIONS: [(&str, &str); 6] = [
    ("bash", "awsesame.bash"),
    ("zsh", "_awsesame"),
    ("fish", "awsesame.fish"),
    ("elvish", "awsesame.elv"),
    ("nu", "awsesame.nu"),
    ("powershell", "awsesame.ps1"),
];

/// The crates whose dependencies are linked into the programs.
const CRATES: [&str; 2] = ["awsesame", "awsesame-sandbox"];

/// Puts the programs, their completions and manual pages and the licenses into a folder.
pub(super) fn programs(project: &Project, built: &Built, folder: &Path) -> Result<()> {
    built.copy_to(folder)?;
    for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
        copy(&project.root().join(name), &folder.join(name))?;
    }
    let words = folder.join("completions");
    fs::create_dir(&words)?;
    for (shell, file) in COMPLETIONS {
        let text = child::read(awsesame(project, folder).args(["completions", shell]), PRINT)?;
        ensure!(text.contains(NAME), "the completions for {shell} do not name {NAME}");
        fs::write(words.join(file), text)?;
    }
    let pages = folder.join("man");
    let mut print = awsesame(project, folder);
    child::read(print.args([OsStr::new("man"), OsStr::new("--out"), pages.as_os_str()]), PRINT)?;
    ensure!(pages.join("awsesame.1").is_file(), "`awsesame man` wrote no awsesame.1");
    Ok(())
}

/// Adds what only packages need, and compresses what packages keep compressed.
pub(super) fn others(project: &Project, target: &str, folder: &Path) -> Result<()> {
    for page in fs::read_dir(folder.join("man"))?.collect::<Result<Vec<_>, _>>()? {
        compress(&page.path(), &page.path().with_added_extension("gz"))?;
        fs::remove_file(page.path())?;
    }
    let root = project.root();
    compress(&root.join("CHANGELOG.md"), &folder.join("changelog.gz"))?;
    compress(&root.join("README.md"), &folder.join("README.md.gz"))?;
    let packaging = root.join("packaging");
    compress(&packaging.join("awsesame-sandbox.1"), &folder.join("awsesame-sandbox.1.gz"))?;
    for name in ["awsesame-broker.service", "lintian", "lintian-sandbox"] {
        copy(&packaging.join(name), &folder.join(name))?;
    }
    copy(&root.join("crates/awsesame/templates/awsesame.sh"), &folder.join("direnv.sh"))?;
    let licenses = licenses::collect(project, target, &CRATES)?;
    fs::write(folder.join("third-party.gz"), gzip(licenses.as_bytes())?)?;
    fs::write(folder.join("copyright"), copyright(project)?)?;
    Ok(())
}

/// Returns the copyright file in Debian's format, which is also readable on other systems.
fn copyright(project: &Project) -> Result<String> {
    let license = project.root().join("LICENSE-MIT");
    let mit = fs::read_to_string(&license).with_context(|| license.display().to_string())?;
    let holder =
        mit.lines().find(|line| line.starts_with("Copyright")).context("LICENSE-MIT names nobody")?;
    let body = mit.split_once(holder).map_or("", |(_, body)| body).trim();
    let body: String = body
        .lines()
        .map(|line| if line.trim().is_empty() { " .\n".to_owned() } else { format!(" {line}\n") })
        .collect();
    let holder = holder.trim_start_matches("Copyright").trim_start_matches(" (c)").trim();
    Ok(format!(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\
         Upstream-Name: {NAME}\nUpstream-Contact: {MAINTAINER}\nSource: {ADDRESS}\n\
         Comment: What is linked into the programs, with all licenses: third-party-licenses.gz in this folder.\n\n\
         Files: *\nCopyright: {holder}\nLicense: {}\n\n\
         License: MIT\n{body}\n\
         License: Apache-2.0\n On Debian systems the text is in /usr/share/common-licenses/Apache-2.0; elsewhere at\n \
         https://www.apache.org/licenses/LICENSE-2.0.\n",
        LICENSE.replace(" OR ", " or "),
    ))
}

fn awsesame(project: &Project, folder: &Path) -> Command {
    project.command(folder.join(FRONT))
}

fn compress(from: &Path, to: &Path) -> Result<()> {
    let text = fs::read(from).with_context(|| from.display().to_string())?;
    fs::write(to, gzip(&text)?).with_context(|| to.display().to_string())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| from.display().to_string())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copyright_names_both_licenses_and_who_holds_it() {
        let text = copyright(&Project::here()).unwrap();
        assert!(text.contains("License: MIT or Apache-2.0\n"), "{text}");
        assert!(text.lines().any(|line| line.strip_prefix("Copyright: ").is_some_and(|who| who.len() > 4)));
        assert!(text.lines().all(|line| !line.ends_with(' ')), "{text}");
    }
}
