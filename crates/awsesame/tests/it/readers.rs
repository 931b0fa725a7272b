//! Tests `env --format dotenv` and `json` in the libraries that read them. The readers of dotenv files have different
//! escapes; the table shows what works in each of them.

use std::process::{Command, Stdio};

use awsesame_core::render::{Exports, Format};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::hostile;
use crate::need::need;

/// Reads every file of a folder, and prints a list of what it found.
struct Reader {
    program: &'static str,
    script: &'static str,
    format: Format,
}

const PYTHON_DOTENV: Reader = Reader {
    program: "python3",
    script: "\
import dotenv, json, pathlib, sys
files = sorted(pathlib.Path('files').iterdir())
# Interpolation would replace ${NAME} inside any quotes.
print(json.dumps([dotenv.dotenv_values(file, interpolate=False) for file in files]))",
    format: Format::Dotenv,
};
const NODE_DOTENV: Reader = Reader {
    program: "node",
    script: "\
const fs = require('fs'), util = require('util');
const read = file => util.parseEnv(fs.readFileSync('files/' + file, 'utf8'));
console.log(JSON.stringify(fs.readdirSync('files').sort().map(read)));",
    format: Format::Dotenv,
};
const PYTHON_JSON: Reader = Reader {
    program: "python3",
    script: "\
import json, pathlib
files = sorted(pathlib.Path('files').iterdir())
print(json.dumps([json.loads(file.read_bytes()) for file in files]))",
    format: Format::Json,
};
const NODE_JSON: Reader = Reader {
    program: "node",
    script: "\
const fs = require('fs');
const read = file => JSON.parse(fs.readFileSync('files/' + file, 'utf8'));
console.log(JSON.stringify(fs.readdirSync('files').sort().map(read)));",
    format: Format::Json,
};

impl Reader {
    /// Returns the values that the reader reads back, each written between two harmless ones.
    fn read_back(&self, values: &[String]) -> Vec<Value> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("files")).unwrap();
        for (index, value) in values.iter().enumerate() {
            let mut exports = Exports::default();
            exports.set("AWS_REGION", "it's before");
            exports.set("AWSESAME_PROFILE", value);
            exports.set("AWS_ENDPOINT_URL", "it's after");
            let file = folder.path().join(format!("files/{index:04}"));
            std::fs::write(file, exports.render(self.format).as_bytes()).unwrap();
        }
        let output = Command::new(self.program)
            .args([if self.program == "node" { "-e" } else { "-c" }, self.script])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("LANG", "C.UTF-8")
            .env("HOME", folder.path())
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{}: {}: {said}", self.program, output.status);
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Every value is kept to itself; those that are promised are read as they were.
    fn reads_whatever_is_promised(&self, promised: fn(&str) -> bool) {
        if !need(self.program) {
            return;
        }
        let check = |values: Vec<String>| {
            let read = self.read_back(&values);
            assert_eq!(read.len(), values.len());
            for (value, read) in values.iter().zip(&read) {
                let of_value = if promised(value) { json!(value) } else { read["AWSESAME_PROFILE"].clone() };
                let expected = json!({"AWS_REGION": "it's before", "AWSESAME_PROFILE": of_value, "AWS_ENDPOINT_URL": "it's after"});
                assert_eq!(*read, expected, "{:?} in {}", value.as_bytes(), self.program);
            }
            Ok(())
        };
        check(hostile::known()).unwrap();
        let (config, batches) = hostile::batches();
        TestRunner::new(config).run(&batches, check).unwrap();
    }
}

/// Returns true if single quotes do not preserve a value for every reader.
fn needs_escapes(value: &str) -> bool {
    let bare = value.chars().all(|c| c.is_ascii_alphanumeric() || "/+=\\".contains(c));
    !bare && (value.contains(['\'', '\r']) || value.contains("\\\\") || value.ends_with('\\'))
}

#[test]
fn python_dotenv_reads_everything_but_an_escaped_dollar_or_a_last_backslash() {
    PYTHON_DOTENV.reads_whatever_is_promised(|value| {
        !needs_escapes(value) || !(value.contains('$') || value.ends_with('\\'))
    });
}

#[test]
fn node_reads_everything_that_needs_no_escape_but_a_newline() {
    NODE_DOTENV.reads_whatever_is_promised(|value| {
        !(needs_escapes(value) && value.contains(['$', '"', '\\', '\r']))
    });
}

#[test]
fn json_is_json_to_python_and_node() {
    PYTHON_JSON.reads_whatever_is_promised(|_| true);
    NODE_JSON.reads_whatever_is_promised(|_| true);
}
