//! The scenarios that are shipped, and the workloads of the benches, as they are.

use crate::compare::Comparison;
use restock_scenario::Loader;
use std::path::{Path, PathBuf};

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut scenarios: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|e| e == "toml")).collect();
    scenarios.sort();
    scenarios
}

/// Two replications of every product in every model. Sales files are read by a feature that a build may lack.
#[test]
fn kernel_and_reference_agree_on_what_is_shipped() {
    let mut compared = 0;
    for path in files("scenarios").into_iter().chain(files("benches")) {
        let reads_sales = std::fs::read_to_string(&path).unwrap().contains("history =");
        if reads_sales && !cfg!(feature = "frame") {
            continue;
        }
        let loaded = Loader { allow_outside: true, ..Loader::default() }
            .load(&path)
            .unwrap_or_else(|d| panic!("{}", d.render(false)));
        let found = Comparison::of(&loaded.value.runnable, 2).run();
        assert_eq!(found, Ok(()), "{path:?}");
        compared += 1;
    }
    assert!(compared >= 11, "{compared} scenarios were found");
}
