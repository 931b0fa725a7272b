//! Builds the clients of AWS that the tests run: small programs of ours that use the SDKs from the registries. Their
//! own sources say what they do.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::{ASK, INSTALL, apt, is_long};
use crate::child;
use crate::project::Project;
use crate::say;
use crate::step::Skip;

/// The folder of their sources.
const SOURCES: &str = "crates/awsesame/tests/clients";

/// The clients in Go, and whether only the long checks need them.
const GO: [(&str, bool); 5] =
    [("go-v2", false), ("minio", false), ("go-v1", true), ("sops", true), ("rclone", true)];

/// The clients in Java, all for the long checks.
const JAVA: [&str; 2] = ["java-v2", "java-v1"];

/// The SDK for Ruby from Debian.
const RUBY: &str = "ruby-aws-sdk-core";

/// Builds the clients that do not exist yet.
pub(super) fn install(project: &Project, missing: &mut Vec<Skip>) {
    let mut note = |name: String, built: Result<()>| {
        if let Err(error) = built {
            missing.push(Skip { name, why: format!("{error:#}") });
        }
    };
    for (name, long) in GO {
        if is_long() || !long {
            note(program(name), go(project, name));
        }
    }
    if !is_long() {
        return;
    }
    for name in JAVA {
        note(program(name), java(project, name));
    }
    note(RUBY.to_owned(), ruby(project));
}

/// Returns the name under which the tests find a client.
fn program(name: &str) -> String {
    format!("awsesame-client-{name}")
}

/// Builds a Go client. Go itself knows what has changed.
fn go(project: &Project, name: &str) -> Result<()> {
    let mut command = project.command("go");
    command.args(["build", "-C", &format!("{SOURCES}/{name}"), "-o"]);
    command.arg(project.clients().join(program(name))).arg(".");
    child::run(&mut command, INSTALL)
}

/// Gets the SDK's jars, and builds the class and a program that starts it. They are built again after a change of their
/// source.
fn java(project: &Project, name: &str) -> Result<()> {
    let (source, folder) =
        (project.root().join(SOURCES).join(name), project.tools().join("clients").join(name));
    let stamp = folder.join("installed.txt");
    let read = |file: &Path| fs::read_to_string(file).with_context(|| file.display().to_string());
    let wanted = read(&source.join("pom.xml"))? + &read(&source.join("Client.java"))?;
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    say::note(&format!("building {}", program(name)));
    let jars = folder.join("lib");
    let mut maven = project.command("mvn");
    maven.args(["--quiet", "--batch-mode", "--file"]).arg(source.join("pom.xml"));
    maven.arg("dependency:copy-dependencies").arg(format!("-DoutputDirectory={}", jars.display()));
    child::run(&mut maven, INSTALL)?;
    let mut compiler = project.command("javac");
    compiler.arg("-cp").arg(jars.join("*")).arg("-d").arg(&folder).arg(source.join("Client.java"));
    child::run(&mut compiler, INSTALL)?;
    fs::create_dir_all(project.clients())?;
    let start = project.clients().join(program(name));
    let class_path = format!("{}:{}", folder.display(), jars.join("*").display());
    fs::write(&start, format!("#!/bin/sh\nexec java -cp '{class_path}' Client\n"))?;
    child::run(project.command("chmod").arg("755").arg(&start), ASK)?;
    fs::write(&stamp, wanted).with_context(|| stamp.display().to_string())
}

fn ruby(project: &Project) -> Result<()> {
    if child::read(project.command("ruby").args(["-e", "require 'aws-sdk-core'"]), ASK).is_ok() {
        return Ok(());
    }
    apt(project, &[RUBY])
}
