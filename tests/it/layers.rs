//! `docs/architecture.md` is true: its tables are read and held against the imports of `src/`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

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
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    paths
        .into_iter()
        .map(|p| (p.strip_prefix(&root).unwrap().to_path_buf(), std::fs::read_to_string(&p).unwrap()))
        .collect()
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
