//! Tests the flake: Nix evaluates it with a substitute for nixpkgs, which cannot be downloaded here. The package is not
//! built.

use std::path::Path;
use std::process::Command;

use super::need::need;
use super::release::VERSION;

/// A substitute for nixpkgs in which a package returns its own arguments.
const NIXPKGS: &str = r#"
let
  genAttrs = names: make: builtins.listToAttrs (map (name: { inherit name; value = make name; }) names);
  lib = { inherit genAttrs; licenses = { mit = "MIT"; asl20 = "Apache-2.0"; }; };
  pkgs = { inherit lib; installShellFiles = "installShellFiles"; rustPlatform.buildRustPackage = asked: asked; };
  nixpkgs = { inherit lib; legacyPackages = genAttrs [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ] (_: pkgs); };
  flake = import ROOT/flake.nix;
  package = (flake.outputs { self = { shortRev = "abc"; }; inherit nixpkgs; }).packages.aarch64-darwin.default;
in
{
  inherit (package) version AWSESAME_COMMIT;
  inherit (package.meta) homepage license;
  locked = builtins.pathExists package.cargoLock.lockFile;
  inputs = builtins.attrNames flake.inputs;
}
"#;

#[test]
fn the_flake_builds_this_version_from_the_lock_file() {
    let Some(nix) = need("nix-instantiate") else { return };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let mut command = Command::new(nix);
    command
        .args(["--eval", "--strict", "--json", "--expr"])
        .arg(NIXPKGS.replace("ROOT", &root.to_string_lossy()));
    // A store of its own: none has to be set up on the machine.
    command
        .env("NIX_STORE_DIR", scratch.path().join("store"))
        .env("NIX_STATE_DIR", scratch.path().join("state"));
    let output = command.env("HOME", scratch.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        said,
        serde_json::json!({
            "version": VERSION,
            "AWSESAME_COMMIT": "abc",
            "homepage": env!("CARGO_PKG_REPOSITORY"),
            "license": ["MIT", "Apache-2.0"],
            "locked": true,
            "inputs": ["nixpkgs"],
        })
    );
}
