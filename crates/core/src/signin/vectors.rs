//! The recorded exchanges of real clients from November 2026 (AWS CLI, boto3, and the SDKs for JavaScript, Go, Rust and
//! Java), with a local server in place of AWS. All data in them is fake.

use std::sync::LazyLock;

use serde_json::Value;

pub(crate) static VECTORS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("vectors.json")).unwrap());

/// Returns the text of a member that must be a string.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Returns the exchanges of a path, each with the name of its step.
pub(crate) fn exchanges(path: &str) -> Vec<(&'static str, &'static Value)> {
    let all = VECTORS["exchanges"].as_array().unwrap();
    let chosen: Vec<_> = all
        .iter()
        .filter(|exchange| text(&exchange["request"]["path"]) == path)
        .map(|exchange| (text(&exchange["step"]), exchange))
        .collect();
    assert!(!chosen.is_empty(), "no exchange of {path}");
    chosen
}

#[test]
fn each_recorded_exchange_is_of_a_path_that_a_test_of_ours_goes_through() {
    // The sandbox is tested with the same recording, from the side of the server.
    const PATHS: [&str; 11] = [
        "/v1/authorize",
        "/v1/token",
        "/v1/sessions/confirmation",
        "/client/register",
        "/device_authorization",
        "/authorize",
        "/token",
        "/federation/credentials",
        "/assignment/accounts",
        "/assignment/roles",
        "/logout",
    ];
    assert_eq!(PATHS.into_iter().map(|path| exchanges(path).len()).sum::<usize>(), 61);
    assert_eq!(VECTORS["exchanges"].as_array().unwrap().len(), 61);
}
