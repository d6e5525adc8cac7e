//! `docs/architecture.md` is true: its tables are read and held against the files and the imports of every crate.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Every source file, as if all crates were one: `sim/plan.rs`, `forecast/mod.rs`, and `crate::sim` for `restock_kernel::sim` in its text.
/// So the tables speak of rooms, wherever a room has its crate.
fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                // A folder of unit tests may name anything.
                if !path.ends_with("tests") {
                    walk(&path, out)
                }
            } else if path.extension().is_some_and(|e| e == "rs") {
                out.push(path)
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let crates = std::fs::read_dir(root.join("crates")).unwrap().map(|entry| entry.unwrap().path());
    let mut out = Vec::new();
    for (name, folder) in crates.map(|c| (file_name(&c), c)).chain([(String::new(), root.to_path_buf())]) {
        let folder = folder.join("src");
        let mut paths = Vec::new();
        walk(&folder, &mut paths);
        for path in paths {
            let text = std::fs::read_to_string(&path).unwrap();
            out.push((in_room(&name, path.strip_prefix(&folder).unwrap()), in_one_crate(&name, &text)));
        }
    }
    out
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// A crate that is a room itself, and the rooms that stand inside it under their own names.
const ROOMS: [(&str, &[&str]); 6] =
    [("decide", &[]), ("forecast", &[]), ("python", &[]), ("report", &[]), ("scenario", &["data"]), ("task", &[])];

/// Where a file of a crate stands in the tables.
fn in_room(krate: &str, path: &Path) -> PathBuf {
    match ROOMS.iter().find(|(room, _)| *room == krate) {
        Some((_, own)) if own.contains(&&*room(path)) => path.to_path_buf(),
        Some((room, _)) if path == Path::new("lib.rs") => Path::new(room).join("mod.rs"),
        Some((room, _)) => Path::new(room).join(path),
        None => path.to_path_buf(),
    }
}

/// The text of a file of a crate, with every path as it would be if all crates were one.
fn in_one_crate(krate: &str, text: &str) -> String {
    let mut text = text.to_owned();
    for (room, own) in ROOMS {
        let outside = format!("restock_{room}");
        let mut inside = vec![outside.as_str()];
        if room == krate {
            inside.push("crate");
        }
        for from in inside {
            for own in own {
                text = text.replace(&format!("{from}::{own}"), &format!("\0::{own}"));
            }
            text = text.replace(&format!("{from}::"), &format!("\0::{room}::"));
        }
        text = text.replace(&format!("{outside};"), &format!("\0::{room};"));
    }
    text.replace("restock_base::", "crate::").replace("restock_kernel::", "crate::").replace('\0', "crate")
}

/// Rows of the Markdown table under a heading: first cell, and the names in the second.
fn table(heading: &str) -> BTreeMap<String, BTreeSet<String>> {
    let text = include_str!("../../docs/architecture.md");
    let section =
        text.split(&format!("## {heading}\n")).nth(1).expect("the heading is there").split("\n## ").next().unwrap();
    let names = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<BTreeSet<_>>();
    section
        .lines()
        .filter(|l| l.starts_with("| `"))
        .flat_map(|l| {
            let cells: Vec<&str> = l.trim_matches('|').split('|').collect();
            let allowed = names(cells.get(1).unwrap_or(&""));
            names(cells[0]).into_iter().map(move |n| (n, allowed.clone()))
        })
        .collect()
}

fn room(path: &Path) -> String {
    path.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// Code only: comments, documentation and unit tests may name anything.
fn code(text: &str) -> String {
    let tests = text.find("#[cfg(test)]\nmod tests").unwrap_or(text.len());
    text[..tests].lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn modules_use_only_what_the_table_allows() {
    let allowed = table("Who may name whom");
    let mut breaches = Vec::new();
    let mut seen = 0;
    for (path, text) in sources() {
        let from = room(&path);
        if from == "lib" || from == "main" {
            continue;
        }
        let may = allowed.get(&from).unwrap_or_else(|| panic!("`{from}` is not in the table"));
        for used in code(&text).split("crate::").skip(1) {
            let to: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            seen += 1;
            if to != from && allowed.contains_key(&to) && !may.contains(&to) {
                breaches.push(format!("{} uses crate::{to}", path.display()));
            }
        }
    }
    assert!(seen > 50, "the imports were found");
    assert!(breaches.is_empty(), "{breaches:#?}");
}

#[test]
fn the_table_allows_nothing_that_is_not_used() {
    for (from, allowed) in table("Who may name whom") {
        let text: String = sources().iter().filter(|(p, _)| room(p) == from).map(|(_, t)| code(t)).collect();
        for to in allowed {
            assert!(text.contains(&format!("crate::{to}")), "`{from}` may use `{to}` but does not");
        }
    }
}

#[test]
fn heavy_crates_stay_in_their_files() {
    for (krate, files) in table("Who may name which crate") {
        for (path, text) in sources() {
            let name = path.to_string_lossy().replace('\\', "/");
            let text = code(&text);
            let uses = text.contains(&format!("{krate}::")) || text.contains(&format!("use {krate}"));
            assert!(!uses || files.contains(&name), "{name} names `{krate}`");
        }
    }
}

/// A path may hold escape codes: `names::path` is the one way into a message.
#[test]
fn paths_are_shown_by_one_function() {
    for (path, text) in sources() {
        assert!(!code(&text).contains(".display()"), "{}: write `names::path` for `.display()`", path.display());
    }
}

#[test]
fn every_room_is_described() {
    let described = table("Rooms");
    let rooms: BTreeSet<String> =
        sources().iter().map(|(p, _)| room(p)).filter(|r| r != "lib" && r != "main").collect();
    assert_eq!(rooms, described.into_keys().collect());
}

/// The crate whose folder holds a room, and every crate that its manifest names: as the table says.
#[test]
fn crates_are_as_described() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = include_str!("../../docs/architecture.md");
    let section = text.split("## Crates\n").nth(1).expect("the heading is there").split("\n## ").next().unwrap();
    let names = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<BTreeSet<_>>();
    let rows: Vec<Vec<BTreeSet<String>>> = section
        .lines()
        .filter(|l| l.starts_with("| `"))
        .map(|l| l.trim_matches('|').split('|').map(names).collect())
        .collect();
    let crates = std::fs::read_dir(root.join("crates")).unwrap().count();
    assert_eq!(rows.len(), crates + 1, "every crate has its row, and the package at the top");
    for row in rows {
        let name = row[0].first().expect("the crate's name");
        let folder = if name == "restock" { root.to_path_buf() } else { root.join("crates").join(name) };
        let modules =
            std::fs::read_dir(folder.join("src")).unwrap().map(|e| room(Path::new(&file_name(&e.unwrap().path()))));
        let modules: BTreeSet<String> = modules.filter(|m| m != "lib" && m != "main").collect();
        let rooms: BTreeSet<String> = match ROOMS.iter().find(|(room, _)| room == name) {
            Some((room, own)) => own.iter().chain([room]).map(|r| (*r).to_owned()).collect(),
            None => modules,
        };
        assert_eq!(row[1], rooms, "rooms of {name}");
        let manifest: toml::Table = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap();
        let below = manifest["dependencies"].as_table().unwrap().keys().filter_map(|k| k.strip_prefix("restock-"));
        assert_eq!(row[2], below.map(str::to_owned).collect(), "crates below {name}");
    }
}

/// The kernel's files, from below: the names under the heading, in their order. A folder's name stands for what it shows (its `mod.rs`).
fn kernel_from_below() -> Vec<String> {
    let text = include_str!("../../docs/architecture.md");
    let section = text.split("## The kernel, from below\n").nth(1).expect("the heading is there");
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|l| l.starts_with("| `"));
    rows.map(|l| l.split('`').nth(1).unwrap().to_owned()).collect()
}

/// Name of a file of the kernel as the table writes it: `plan`, `flow/day`, `flow` for `flow/mod.rs`.
fn kernel_file(path: &Path) -> Option<String> {
    let name = path.to_string_lossy().replace('\\', "/");
    let name = name.strip_prefix("sim/")?.trim_end_matches(".rs").trim_end_matches("/mod").to_owned();
    (name != "mod").then_some(name)
}

/// The files of the kernel that `text` of the file `from` names.
fn names_in_kernel(from: &str, text: &str, files: &BTreeSet<String>) -> BTreeSet<String> {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let word = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let beside = text.split("super::").skip(1).map(|rest| match folder {
        "" => word(rest),
        _ => format!("{folder}/{}", word(rest)),
    });
    let from_root = text.split("crate::sim::").skip(1).map(word);
    beside.chain(from_root).filter(|name| files.contains(name) && name != from).collect()
}

/// Each file of the kernel names only what stands before it: there is no circle, the flow knows nothing of the books, and nothing in either
/// knows who runs it.
#[test]
fn files_of_the_kernel_name_only_what_is_below() {
    let order = kernel_from_below();
    let sources: BTreeMap<String, String> =
        sources().iter().filter_map(|(path, text)| Some((kernel_file(path)?, code(text)))).collect();
    let files: BTreeSet<String> = sources.keys().cloned().collect();
    assert_eq!(order.iter().cloned().collect::<BTreeSet<_>>(), files, "the table lists every file");
    assert_eq!(order.len(), files.len(), "and each once");
    let place = |name: &str| order.iter().position(|n| n == name).unwrap();
    let (mut breaches, mut seen) = (Vec::new(), 0);
    for (from, text) in &sources {
        assert!(!text.contains("super::super::") && !text.contains("super::{"), "{from}: one path a module");
        for to in names_in_kernel(from, text, &files) {
            seen += 1;
            if place(&to) > place(from) {
                breaches.push(format!("sim/{from} names sim/{to}"));
            }
        }
    }
    assert!(seen > 60, "the imports were found: {seen}");
    assert!(breaches.is_empty(), "{breaches:#?}");
}

/// The reference is held against the kernel: what they share is said in its first lines, and nothing of how the kernel works is among it.
#[test]
fn the_reference_shares_nothing_of_how_the_kernel_works() {
    let mut files = 0;
    for (path, text) in sources().iter().filter(|(path, _)| path.starts_with("sim/reference")) {
        files += 1;
        for part in ["flow", "books", "slots", "kernel"] {
            assert!(!code(text).contains(&format!("sim::{part}")), "{} names {part}", path.to_string_lossy());
        }
    }
    assert!(files > 10, "the reference was found");
}

#[test]
fn the_flow_never_names_a_book() {
    for (path, text) in sources().iter().filter(|(path, _)| path.starts_with("sim/flow")) {
        assert!(!code(text).contains("books::"), "{} names the books", path.to_string_lossy());
    }
}
