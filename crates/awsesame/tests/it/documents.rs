//! Tests the documents about the program: the manual with the real `man`, and that the tests named on the security page
//! exist.

use crate::need::need;
use crate::world::World;

#[test]
fn every_page_of_the_manual_is_set_without_a_warning() {
    if !need("man") {
        return;
    }
    let world = World::new();
    world.awsesame(&["man", "--out", "pages"]).run().ok();
    let one = world.awsesame(&["man"]).run().ok();
    world.write("pages/alone.1", &one.stdout);
    let mut pages: Vec<_> =
        std::fs::read_dir(world.path("pages")).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    // In one run: what watches a run takes longer than a page.
    let ran = world
        .program("man")
        .args(&["--warnings=w", "-E", "UTF-8", "-l"])
        .args(&pages)
        .env("MANWIDTH", "80")
        .env("MAN_KEEP_FORMATTING", "")
        .run()
        .ok()
        .says("");
    let set = ran.stdout.lines().filter(|line| *line == "NAME").count();
    assert_eq!(set, pages.len(), "{ran}");
    let names: Vec<_> = pages.iter().map(|page| page.file_stem().unwrap().to_string_lossy()).collect();
    assert!(names.contains(&"awsesame".into()) && names.contains(&"awsesame-login".into()), "{names:?}");
}

/// Returns the tests that a document names beside its sentences: `<!-- test: it::module::name -->`.
fn named_tests(text: &str) -> Vec<&str> {
    text.split("<!-- test: ").skip(1).filter_map(|rest| rest.split(" -->").next()).collect()
}

#[test]
fn each_test_that_the_security_page_names_is_there() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(folder.join("../../SECURITY.md")).unwrap();
    let named = named_tests(&page);
    assert!(named.len() > 10, "{named:?}");
    for name in named {
        let [_, module, test] = name.split("::").collect::<Vec<_>>()[..] else {
            panic!("`{name}` is no test")
        };
        let source =
            std::fs::read_to_string(folder.join(format!("tests/it/{module}.rs"))).unwrap_or_default();
        assert!(source.contains(&format!("#[test]\nfn {test}(")), "there is no test `{name}`");
    }
}
