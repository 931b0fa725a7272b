//! Tests `env --format` in the real shells: a program that is started from the shell gets exactly the value, and
//! nothing else is executed.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use awsesame_core::name::Typed;
use awsesame_core::render::{Exports, Format};
use proptest::test_runner::TestRunner;

use crate::hostile;
use crate::need::need;

/// A shell that is started without the user's own set-up and evaluates a file in the documented way.
struct Shell {
    program: &'static str,
    arguments: &'static [&'static str],
    format: Format,
}

const BASH: Shell = Shell {
    program: "bash",
    arguments: &["--noprofile", "--norc", "-euc", "eval \"$(cat \"$1\")\"", "sh"],
    format: Format::Bash,
};
const BASH_AS_SH: Shell = Shell {
    program: "bash",
    arguments: &["--posix", "--noprofile", "--norc", "-euc", "eval \"$(cat \"$1\")\"", "sh"],
    format: Format::Bash,
};
/// The shell that is `/bin/sh` on Debian, and so runs the recipes of a Makefile.
const DASH: Shell =
    Shell { program: "dash", arguments: &["-euc", "eval \"$(cat \"$1\")\"", "sh"], format: Format::Bash };
const ZSH: Shell =
    Shell { program: "zsh", arguments: &["-f", "-euc", "eval \"$(cat \"$1\")\"", "sh"], format: Format::Zsh };
/// zsh with the option that changes the meaning of two consecutive quotes.
const ZSH_RC_QUOTES: Shell = Shell {
    program: "zsh",
    arguments: &["-f", "-o", "rcquotes", "-euc", "eval \"$(cat \"$1\")\"", "sh"],
    format: Format::Zsh,
};
const FISH: Shell = Shell {
    program: "fish",
    arguments: &["--no-config", "-c", "cat $argv[1] | source"],
    format: Format::Fish,
};
const ELVISH: Shell = Shell {
    program: "elvish",
    arguments: &["-norc", "-c", "eval (e:cat $args[0] | slurp)"],
    format: Format::Elvish,
};
/// One record per line, because nushell evaluates no text.
const NU: Shell = Shell {
    program: "nu",
    arguments: &[
        "-n",
        "-c",
        "def main [file: path] { for line in (open --raw $file | split row \"\\n\" | where $it != \"\") { $line | from json | load-env; ^printenv -0 AWSESAME_PROFILE } }; main $env.BATCH",
    ],
    format: Format::Nu,
};

impl Shell {
    /// Sets one variable after the other to the values, and gives what a child of the shell found each time.
    fn read_back(&self, values: &[String]) -> Vec<Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let mut text = String::new();
        for value in values {
            let mut exports = Exports::default();
            exports.set("AWSESAME_PROFILE", value);
            text.push_str(&exports.render(self.format));
            if self.format != Format::Nu {
                text.push_str("printenv -0 AWSESAME_PROFILE\n");
            }
        }
        let file = folder.path().join("exports");
        std::fs::write(&file, text).unwrap();
        let read = run(self, folder.path(), &file);
        let left: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["exports"], "a value has run as a command");
        let mut read: Vec<Vec<u8>> = read.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect();
        assert_eq!(read.pop(), Some(Vec::new()), "the last value is not whole");
        read
    }

    fn reads_whatever_is_written(&self) {
        if !need(self.program) {
            return;
        }
        let check = |values: Vec<String>| {
            let read = self.read_back(&values);
            for (value, read) in values.iter().zip(&read) {
                assert_eq!(
                    String::from_utf8_lossy(read),
                    *value,
                    "{:?} in {}",
                    value.as_bytes(),
                    self.program
                );
            }
            assert_eq!(read.len(), values.len());
            Ok(())
        };
        check(hostile::known()).unwrap();
        let (config, batches) = hostile::batches();
        TestRunner::new(config).run(&batches, check).unwrap();
    }
}

/// Runs a shell over a file in a folder of its own; it must end well and say nothing.
fn run(shell: &Shell, folder: &Path, file: &Path) -> Vec<u8> {
    let output = Command::new(shell.program)
        .args(shell.arguments)
        .arg(file)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", folder.with_extension("home"))
        .env("LANG", "C.UTF-8")
        .env("BATCH", file)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{}: {}: {said}", shell.program, output.status);
    output.stdout
}

#[test]
fn bash_reads_whatever_is_written() {
    BASH.reads_whatever_is_written();
}

#[test]
fn bash_in_its_posix_mode_reads_whatever_is_written() {
    BASH_AS_SH.reads_whatever_is_written();
}

#[test]
fn dash_reads_whatever_is_written_for_bash() {
    DASH.reads_whatever_is_written();
}

#[test]
fn zsh_reads_whatever_is_written() {
    ZSH.reads_whatever_is_written();
    ZSH_RC_QUOTES.reads_whatever_is_written();
}

#[test]
fn fish_reads_whatever_is_written() {
    FISH.reads_whatever_is_written();
}

#[test]
fn elvish_reads_whatever_is_written() {
    ELVISH.reads_whatever_is_written();
}

#[test]
fn nushell_reads_whatever_is_written() {
    NU.reads_whatever_is_written();
}

/// People paste the command of a hint into one of these shells.
#[test]
fn bash_and_zsh_read_back_the_words_of_a_command_to_type() {
    for program in ["bash", "zsh"] {
        if !need(program) {
            continue;
        }
        let check = |values: Vec<String>| {
            let folder = tempfile::tempdir().unwrap();
            let mut script = String::new();
            for value in &values {
                let word = Typed(value).to_string();
                assert!(!word.contains('\n'), "{word:?}");
                writeln!(script, "printf '%s\\0' {word}").unwrap();
            }
            let file = folder.path().join("typed");
            std::fs::write(&file, script).unwrap();
            let shell = Shell { program, arguments: &[], format: Format::Bash };
            let read = run(&shell, folder.path(), &file);
            let expected: String = values.iter().flat_map(|value| [value.as_str(), "\0"]).collect();
            assert_eq!(String::from_utf8_lossy(&read), expected);
            Ok(())
        };
        check(hostile::known()).unwrap();
        let (config, batches) = hostile::batches();
        TestRunner::new(config).run(&batches, check).unwrap();
    }
}
