//! Checks the rooms of each crate: a room imports only rooms below it, and there is no circle inside a room. The order
//! of the rooms is in rooms.txt; the paths of a file are found by imports.rs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::imports;
use crate::project::Project;
use crate::step::{Outcome, Remarks, Tally};

/// The crates from the top floor down, and the rooms of each.
const ORDER: &str = include_str!("rooms.txt");

/// The name of a crate in paths, and its rooms from the top floor down. Empty for a crate without an order.
type House = (String, Vec<String>);

/// A module by the parts of its path below the crate's top.
type Module = Vec<String>;

/// An import between two modules of a crate: who imports, what, and by which path.
struct Arrow {
    from: Module,
    to: Module,
}

pub(super) fn check(project: &Project, _: &mut Remarks) -> Result<Outcome> {
    let mut faults = Vec::new();
    let houses = read_order(ORDER)?;
    for (position, (name, rooms)) in houses.iter().enumerate() {
        let source = project.root().join("crates").join(name).join("src");
        let modules = modules(&source)?;
        let above: Vec<&str> = houses[..position].iter().map(|(name, _)| name.as_str()).collect();
        for fault in faults_of(rooms, &above, &modules) {
            faults.push(format!("{name}: {fault}"));
        }
    }
    if !faults.is_empty() {
        bail!("{}", faults.join("\n    "));
    }
    Ok(Outcome::Done(Tally { passed: houses.len() as u64, ..Tally::default() }))
}

/// Parses lines of the form `crate: room > room`. The crates are in their order too.
fn read_order(text: &str) -> Result<Vec<House>> {
    let mut houses = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let (name, rooms) = line.split_once(':').with_context(|| format!("no `:` in `{line}`"))?;
        let rooms = rooms.split('>').map(|room| room.trim().to_owned()).filter(|room| !room.is_empty());
        houses.push((name.trim().to_owned(), rooms.collect()));
    }
    Ok(houses)
}

/// Returns everything that is wrong with one crate.
fn faults_of(rooms: &[String], above: &[&str], modules: &BTreeMap<Module, String>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut arrows = Vec::new();
    for (module, text) in modules {
        for path in imports::paths(text) {
            if let Some(other) = path[0].strip_prefix("awsesame_") {
                if above.iter().any(|name| name.replace('-', "_") == other) {
                    faults.push(format!("{} imports the crate `{other}`, which is above it", shown(module)));
                }
            } else if let Some(to) = target(module, &path, modules) {
                arrows.push(Arrow { from: module.clone(), to });
            }
        }
    }
    if !rooms.is_empty() {
        let there: BTreeSet<&String> = modules.keys().filter_map(|module| module.first()).collect();
        let listed: BTreeSet<&String> = rooms.iter().collect();
        faults.extend(
            there.difference(&listed).map(|room| format!("the room `{room}` has no place in rooms.txt")),
        );
        faults.extend(
            listed
                .difference(&there)
                .map(|room| format!("rooms.txt names a room `{room}` that is not there")),
        );
        faults.extend(upwards(rooms, &arrows));
    }
    faults.extend(circles(&arrows));
    faults.sort();
    faults.dedup();
    faults
}

/// Returns the imports between rooms that do not lead down.
fn upwards(rooms: &[String], arrows: &[Arrow]) -> Vec<String> {
    let floor = |module: &Module| rooms.iter().position(|room| Some(room) == module.first());
    let leads_up =
        |arrow: &&Arrow| floor(&arrow.from).zip(floor(&arrow.to)).is_some_and(|(from, to)| to < from);
    arrows
        .iter()
        .filter(leads_up)
        .map(|arrow| format!("{} imports {}, which is above it", shown(&arrow.from), shown(&arrow.to)))
        .collect()
}

/// Returns the circles among the modules in one folder. A module includes everything below it.
fn circles(arrows: &[Arrow]) -> Vec<String> {
    let mut folders: BTreeMap<Module, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    for Arrow { from, to } in arrows {
        let shared = from.iter().zip(to).take_while(|(a, b)| a == b).count();
        // A module and what is inside it are one: the names of its parts are its own.
        if let (Some(importer), Some(imported)) = (from.get(shared), to.get(shared)) {
            let folder = folders.entry(from[..shared].to_vec()).or_default();
            folder.entry(importer).or_default().insert(imported);
        }
    }
    let mut found = Vec::new();
    for (folder, edges) in &folders {
        for member in edges.keys() {
            if let Some(circle) = way(edges, member, member) {
                // Each circle is reported once, for the first of its members.
                if circle.iter().min() == Some(member) {
                    found.push(format!("a circle in {}: {}", shown(folder), circle.join(" > ")));
                }
            }
        }
    }
    found
}

/// Returns the shortest way along the imports, with both ends.
fn way<'m>(edges: &BTreeMap<&'m str, BTreeSet<&'m str>>, from: &'m str, to: &str) -> Option<Vec<&'m str>> {
    let mut seen = BTreeSet::new();
    let mut ways = vec![vec![from]];
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in way.last().and_then(|last| edges.get(last)).into_iter().flatten() {
                let way = [way.clone(), vec![*next]].concat();
                if *next == to {
                    return Some(way);
                }
                if seen.insert(*next) {
                    longer.push(way);
                }
            }
        }
        ways = longer;
    }
    None
}

/// Returns the module to which a path leads, without the item in it. Returns None for items of the module itself.
fn target(module: &Module, path: &[String], modules: &BTreeMap<Module, String>) -> Option<Module> {
    let ups = path.iter().take_while(|part| *part == "super").count();
    let mut whole = if ups > 0 { module[..module.len().checked_sub(ups)?].to_vec() } else { Vec::new() };
    whole.extend_from_slice(&path[ups.max(1)..]);
    let known = |length: &usize| {
        let start = &whole[..*length];
        modules.keys().any(|module| module.starts_with(start))
    };
    let length = (1..=whole.len()).rev().find(known)?;
    whole.truncate(length);
    (whole != *module).then_some(whole)
}

fn shown(module: &Module) -> String {
    if module.is_empty() { "the crate".to_owned() } else { format!("`{}`", module.join("::")) }
}

/// Returns the modules below a folder with their text. Tests in files of their own do not count; programs are above all
/// rooms.
fn modules(source: &Path) -> Result<BTreeMap<Module, String>> {
    let mut found = BTreeMap::new();
    let mut folders: Vec<(PathBuf, Module)> = vec![(source.to_owned(), Module::new())];
    while let Some((folder, module)) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let inner = [module.clone(), vec![name.clone()]].concat();
            if matches!(name.as_str(), "tests" | "bin") {
            } else if path.is_dir() {
                folders.push((path, inner));
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
                let itself = matches!(name.as_str(), "lib" | "main" | "mod");
                found.insert(if itself { module.clone() } else { inner }, text);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the faults of a crate of these files, with the rooms a > b > c.
    fn faults(files: &[(&str, &str)]) -> Vec<String> {
        let rooms = ["a", "b", "c"].map(str::to_owned);
        let whole = [("", ""), ("a", ""), ("b", ""), ("c", "")];
        let modules = whole.iter().chain(files).map(|(path, text)| {
            let module = path.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect();
            (module, (*text).to_owned())
        });
        faults_of(&rooms, &["upstairs"], &modules.collect())
    }

    #[test]
    fn arrows_downwards_are_allowed_over_any_number_of_floors() {
        assert_eq!(
            faults(&[
                ("a", "use crate::c::Thing;"),
                ("b::deep", "use crate::c;"),
                ("a::x", "use super::y::f;"),
                ("a::y", "")
            ]),
            [""; 0]
        );
    }

    #[test]
    fn an_arrow_upwards_is_a_fault_however_it_is_written() {
        for text in [
            "use crate::a::Thing;",
            "use super::a::Thing;",
            "fn f() { crate::a::f(); }",
            "use super::{c, a};",
        ] {
            assert_eq!(faults(&[("b", text)]), ["`b` imports `a`, which is above it"], "{text}");
        }
        assert_eq!(
            faults(&[("c::deep", "use super::super::b;")]),
            ["`c::deep` imports `b`, which is above it"]
        );
    }

    #[test]
    fn a_circle_inside_a_room_is_a_fault() {
        let circle =
            [("b::x", "use super::y;"), ("b::y::z", "use crate::b::w::f;"), ("b::w", "use super::x::g;")];
        assert_eq!(faults(&circle), ["a circle in `b`: w > x > y > w"]);
    }

    #[test]
    fn a_module_may_know_its_own_parts_and_they_it() {
        assert_eq!(faults(&[("b", "use crate::b::x::f;"), ("b::x", "use super::Thing;")]), [""; 0]);
    }

    #[test]
    fn every_room_has_a_place_and_every_place_a_room() {
        assert_eq!(faults(&[("d", "")]), ["the room `d` has no place in rooms.txt"]);
        let rooms = ["a".to_owned()];
        assert_eq!(
            faults_of(&rooms, &[], &BTreeMap::new()),
            ["rooms.txt names a room `a` that is not there"]
        );
    }

    #[test]
    fn a_crate_above_is_not_imported() {
        let said = faults(&[("c", "use awsesame_upstairs::x; use awsesame_other::y;")]);
        assert_eq!(said, ["`c` imports the crate `upstairs`, which is above it"]);
    }

    #[test]
    fn the_order_is_read_line_by_line() {
        let houses = read_order("# words\n\nfirst: a > b\nsecond:\n").unwrap();
        assert_eq!(houses, [("first".into(), vec!["a".into(), "b".into()]), ("second".into(), vec![])]);
        assert!(read_order("no colon").is_err());
    }
}
