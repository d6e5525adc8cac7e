//! A plain `cargo test`, and a plain `cargo build`, are of every crate.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Crates that are not built unless they are asked for by name.
const ON_REQUEST: [&str; 1] = ["restock-python"];

#[test]
fn default_members_are_all_members() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--format-version", "1", "--no-deps", "--offline", "--locked"]);
    let out = command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR"))).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let ids = |key: &str| -> BTreeSet<String> {
        metadata[key].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
    };
    let names: BTreeSet<(String, String)> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (p["id"].as_str().unwrap().to_owned(), p["name"].as_str().unwrap().to_owned()))
        .collect();
    let on_request: BTreeSet<String> =
        names.iter().filter(|(_, name)| ON_REQUEST.contains(&name.as_str())).map(|(id, _)| id.clone()).collect();
    let asked: BTreeSet<String> = ids("workspace_members").difference(&on_request).cloned().collect();
    assert_eq!(ids("workspace_default_members"), asked);
    assert!(asked.len() >= 6, "the crates were found");
}
