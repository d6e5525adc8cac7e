//! `docs/architecture.md` is true: its tables are read and held against the imports of `src/`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, out)
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
