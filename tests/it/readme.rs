//! The README is true: its commands are commands, its files are there, its table is what the run prints.

use crate::cli::restock;
use std::path::Path;

const README: &str = include_str!("../../README.md");

#[test]
fn every_command_of_the_readme_is_understood() {
    let mut seen = 0;
    for line in README.lines().map(str::trim) {
        let Some(rest) = line.strip_prefix("restock ") else { continue };
        let command = rest.split('#').next().unwrap().split(" > ").next().unwrap();
        let name = command.split_whitespace().next().unwrap();
        seen += 1;
        let help = restock(&[name, "--help"]);
        assert!(help.status.success(), "`restock {name}` is no command");
        let text = String::from_utf8_lossy(&help.stdout).into_owned();
        for flag in command.split_whitespace().filter(|w| w.starts_with("--")) {
            assert!(text.contains(flag.split('=').next().unwrap()), "`restock {name}` has no {flag}");
        }
    }
    assert!(seen >= 8, "{seen} commands");
}

#[test]
fn every_file_that_the_readme_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    for link in README.split("](").skip(1).map(|s| s.split(')').next().unwrap()) {
        if !link.starts_with("http") && !link.starts_with('#') {
            seen += 1;
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            assert!(root.join(file).exists(), "{link}");
            let is_it = |line: &str| {
                line.starts_with('#') && line.trim_matches(['#', ' ']).to_lowercase().replace(' ', "-") == heading
            };
            let text = || std::fs::read_to_string(root.join(file)).unwrap();
            assert!(heading.is_empty() || text().lines().any(is_it), "{link}");
        }
    }
    assert!(seen >= 5, "{seen} links");
    for entry in std::fs::read_dir(root.join("scenarios")).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(!name.ends_with(".toml") || README.contains(&name), "{name} is not in the README");
    }
}

#[test]
fn the_table_in_the_readme_is_what_the_run_prints() {
    let run = restock(&["run", "scenarios/spring-surge.toml", "--dry-run"]);
    let printed = String::from_utf8_lossy(&run.stdout).into_owned();
    let trimmed = |text: &str| text.lines().map(|l| l.trim_end().to_owned()).collect::<Vec<_>>().join("\n");
    assert!(trimmed(README).contains(trimmed(&printed).trim_end()), "put this into the README:\n{printed}");
}
