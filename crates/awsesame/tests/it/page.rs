//! Tests the page of `audit --html` in a real browser. The script `page.mjs` controls the browser and checks what it
//! finds.

use std::path::PathBuf;
use std::time::Duration;

use awsesame_sandbox::{Company, Fixture, Options};

use crate::audit::STAFF;
use crate::need::{find, need, npm, skip};
use crate::world::World;

/// The script that drives the browser.
const STEPS: &str = include_str!("page.mjs");

/// A name that would run, were it not kept from it.
const HOSTILE: &str = "<img src=x onerror=window.hacked=1><script>window.hacked=2</script>";

/// The names of the browser in different distributions.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Returns the browser and the folder of the program that drives it.
fn browser() -> Option<(PathBuf, PathBuf)> {
    if !need("node") {
        return None;
    }
    let Some(browser) = BROWSERS.into_iter().find_map(find) else {
        skip("chromium", "not on PATH");
        return None;
    };
    for package in ["playwright-core", "axe-core"] {
        if npm(package).is_none() {
            skip(package, "not installed");
            return None;
        }
    }
    Some((browser, npm("playwright-core")?))
}

/// Lets the browser carry out a step on the page of [`STAFF`], in which one user has a hostile name.
fn look(step: &str) {
    let fixture = STAFF.replace("name = \"frank\"", &format!("name = \"{HOSTILE}\""));
    look_at(step, &fixture, "alice");
}

/// Does the same with the page of another fixture.
fn look_at(step: &str, fixture: &str, auditor: &str) {
    let Some((browser, modules)) = browser() else { return };
    let world = World::of(&Fixture::parse(fixture).unwrap(), Options::default());
    world.log_in(auditor);
    let ran = world.awsesame(&["audit", "-p", auditor, "--html", "audit.html"]).run().exits(1);
    assert_eq!(ran.stdout, "", "{ran}");
    world.write("page.mjs", STEPS);
    let page = world.path("audit.html");
    world
        .program("node")
        .args(&["page.mjs", step])
        .args(&[page])
        .env("CHROMIUM", browser)
        .env("NODE_PATH", modules)
        // The browser may ask the way to nowhere, but nobody is there.
        .env_remove("HTTPS_PROXY")
        .limit(Duration::from_mins(3))
        .run()
        .ok()
        .says("");
}

#[test]
fn page_loads_nothing_and_a_hostile_name_does_not_run() {
    look("still");
}

#[test]
fn page_forbids_what_a_hostile_name_would_need() {
    look("policy");
}

#[test]
fn page_sorts_by_mouse_and_by_keyboard() {
    look("sort");
}

#[test]
fn page_leaves_rows_out_by_words_and_severity() {
    look("filter");
}

#[test]
fn page_of_very_many_findings_shows_the_first_and_the_rest_when_asked() {
    look_at("many", &Company { accounts: 1, users: 300 }.fixture(), Company::AUDITOR);
}

#[test]
fn page_is_whole_without_its_script() {
    look("bare");
}

#[test]
fn page_fits_on_a_phone() {
    look("phone");
}

#[test]
fn page_is_accessible_with_a_screen_reader() {
    look("structure");
}

#[test]
fn page_is_legible_by_day_and_by_night() {
    look("contrast");
}

#[test]
fn page_passes_an_independent_judge_of_accessibility() {
    look("axe");
}
