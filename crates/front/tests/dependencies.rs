//! The dependencies of the front. It starts at every prompt of every shell, so it stays small, and it is built for
//! machines without a C compiler for their target.

use std::process::Command;

/// The crates of which every crate that compiles or links C code depends on at least one.
const C: [&str; 6] = ["cc", "cmake", "pkg-config", "bindgen", "ring", "aws-lc-rs"];
/// Crates that only the full program may depend on.
const LARGE: [&str; 8] = ["awsesame", "tokio", "hyper", "rustls", "clap", "zbus", "secret-service", "http"];

/// Returns the crates that the front needs, each once, as cargo resolves them.
fn dependencies(edges: &str) -> Vec<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--locked", "--offline", "--package", "awsesame-front", "--prefix", "none"]);
    cargo.args(["--format", "{p}", "--edges", edges]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = cargo.output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("cargo prints UTF-8");
    let mut names: Vec<String> =
        text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn the_front_links_no_sdk_no_c_code_no_network_and_no_argument_parser() {
    let all = dependencies("normal,build");
    assert!(all.iter().any(|name| name == "awsesame-core"), "{all:?}");
    let is_unwanted = |name: &&String| {
        C.contains(&name.as_str())
            || LARGE.contains(&name.as_str())
            || name.starts_with("aws-")
            || (name.ends_with("-sys") && *name != "linux-raw-sys")
    };
    let unwanted: Vec<&String> = all.iter().filter(is_unwanted).collect();
    assert!(unwanted.is_empty(), "{unwanted:?} in {all:?}");
}
