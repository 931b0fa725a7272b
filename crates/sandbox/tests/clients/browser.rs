//! Tests the pages in a real browser, with a virtual authenticator for passkeys. The script `browser.mjs` controls the
//! browser.

use std::path::PathBuf;

use awsesame_sandbox::{Fixture, Options, Sandbox};

use super::outside;

/// The names of the browser in different distributions.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Finds the folder of the packages that npm installed, by its programs on the PATH.
pub(crate) fn npm(package: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders = std::env::split_paths(&path).filter_map(|folder| folder.parent().map(PathBuf::from));
    folders.into_iter().find(|folder| folder.join(package).is_dir())
}

#[test]
fn people_sign_in_with_code_and_passkey_in_chromium() {
    let Some(modules) = npm("playwright-core") else {
        return outside::skip("playwright-core", "npm has not installed it");
    };
    let Some(browser) = BROWSERS.into_iter().find(|name| outside::present(name, &["--version"])) else {
        return outside::skip("chromium", "not on the PATH");
    };
    let sandbox = Sandbox::start(Fixture::with_browser(), Options::default()).unwrap();
    let home = tempfile::tempdir().unwrap();
    let find = outside::command("sh", home.path());
    let mut find = find;
    find.args(["-c", "command -v \"$0\"", browser]);
    let mut node = outside::command("node", home.path());
    node.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/browser.mjs")).arg(sandbox.url());
    node.env("NODE_PATH", modules).env("CHROMIUM", outside::stdout_of(find).trim());
    assert_eq!(outside::stdout_of(node), "ok\n");
}
