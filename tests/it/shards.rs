//! Runs in parts, on any machines, merged into the bytes of one.

use crate::cli::{done, restock_in, scratch, stderr as err};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// 300 replications: five blocks, of which the last is short. Two products, whose factory is shared or not, and an event that ends in bands and windows.
const SCENARIO: &str = r#"name = "Autumn"
[horizon]
start = 2026-06-01
days = 60
warmup-days = 60
[monte-carlo]
replications = 300
seed = 3
[demand]
mean-per-day = 20
dispersion = 5
[[demand.campaign]]
name = "Sale"
start = 2026-06-20
days = 4
uplift = { triangular = [2, 3, 5] }
[[product]]
sku = "tee"
price = 60
unit-cost = 14
[[product]]
sku = "cap"
price = 20
unit-cost = 5
"#;

fn home(name: &str, scenario: &str) -> PathBuf {
    let dir = scratch(&format!("shards-{name}"));
    fs::write(dir.join("autumn.toml"), scenario).unwrap();
    dir
}

/// What a command says that fails with this code.
fn refused(dir: &Path, code: i32, args: &[&str]) -> String {
    let out = restock_in(dir, args);
    assert_eq!(out.status.code(), Some(code), "{args:?}: {}", err(&out));
    err(&out)
}

fn shard(dir: &Path, index: u32, of: u32, more: &[&str]) -> String {
    let (index, of) = (index.to_string(), of.to_string());
    err(&done(dir, &[&["shard", "autumn.toml", "--index", &index, "--of", &of], more].concat()))
}

/// The parts that lie in a folder, by name.
fn parts(dir: &Path) -> Vec<String> {
    let mut all: Vec<String> = fs::read_dir(dir.join("parts"))
        .unwrap()
        .map(|entry| format!("parts/{}", entry.unwrap().file_name().to_string_lossy()))
        .collect();
    all.sort();
    all
}

fn merge(dir: &Path, parts: &[String], more: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    err(&done(dir, &[&["merge"], parts.as_slice(), more].concat()))
}

/// The bytes of each file of a folder but for the manifest, which tells of threads and time.
fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![dir.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name != "manifest.json") {
                found.insert(path.strip_prefix(dir).unwrap().to_path_buf(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn same(dir: &Path, one: &str, other: &str) {
    let (one, other) = (files(&dir.join(one)), files(&dir.join(other)));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (path, bytes) in &one {
        assert!(*bytes == other[path], "{} differs", path.display());
    }
}

/// Every file has the bytes of a run on one machine, charts and documents too, in whatever order the parts are named.
#[test]
fn merged_shards_have_the_bytes_of_one_run() {
    let dir = home("bytes", SCENARIO);
    done(&dir, &["run", "autumn.toml", "--quiet", "--out", "whole"]);
    // Three shards of ten blocks: one of them ends in the middle of a product.
    for index in 0..3 {
        let said = shard(&dir, index, 3, &["--threads", "1"]);
        assert!(said.contains(&format!("shard {index} of 3: ")), "{said}");
    }
    let mut all = parts(&dir);
    assert_eq!(all, ["parts/autumn-0-of-3.part", "parts/autumn-1-of-3.part", "parts/autumn-2-of-3.part"]);
    all.reverse();
    merge(&dir, &all, &["--quiet", "--out", "merged"]);
    same(&dir, "whole", "merged");
}

/// Where products share a factory a block is one of all of them; and there may be more shards than blocks.
#[test]
fn more_shards_than_blocks_and_products_that_share_a_factory() {
    let scenario = SCENARIO.replace("unit-cost = 14", "unit-cost = 14\nfactory = \"mill\"").replace(
        "unit-cost = 5",
        "unit-cost = 5\nfactory = \"mill\"\n[[factory]]\nname = \"mill\"\ncapacity-per-day = 70",
    );
    let dir = home("factory", &scenario);
    let usual = ["--quiet", "--no-charts"];
    done(&dir, &[["run", "autumn.toml", "--own-policies-only", "--out", "whole"].as_slice(), &usual].concat());
    for index in 0..7 {
        shard(&dir, index, 7, &["--own-policies-only", "--quiet"]);
    }
    merge(&dir, &parts(&dir), &[usual.as_slice(), &["--out", "merged"]].concat());
    same(&dir, "whole", "merged");
}

/// A shard of many products, or of many replications, has all of them, though what is found is handed on before the shard ends.
#[test]
fn a_shard_of_many_products_or_replications_is_whole() {
    let more: String = (0..9).map(|i| format!("[[product]]\nsku = \"p{i}\"\nprice = 30\nunit-cost = 9\n")).collect();
    let one_of_many = SCENARIO.split("[[product]]\nsku = \"cap\"").next().unwrap().to_owned();
    let usual = ["--quiet", "--no-charts"];
    // Of 11 products; and of so many replications that more rows wait than may.
    for (name, scenario, n) in [("many", SCENARIO.to_owned() + &more, "130"), ("long", one_of_many, "11000")] {
        let dir = home(name, &scenario);
        let n = ["--own-policies-only", "-n", n];
        done(&dir, &[["run", "autumn.toml", "--out", "whole"].as_slice(), &n, &usual].concat());
        for index in 0..2 {
            shard(&dir, index, 2, &[n.as_slice(), &["--quiet"]].concat());
        }
        merge(&dir, &parts(&dir), &[usual.as_slice(), &["--out", "merged"]].concat());
        same(&dir, "whole", "merged");
    }
}

/// What is not one run, whole and once, is refused, and nothing is written.
#[test]
fn what_does_not_fit_is_refused() {
    let dir = home("unfit", SCENARIO);
    for index in 0..3 {
        shard(&dir, index, 3, &["-n", "64", "--quiet"]);
    }
    let all = parts(&dir);
    let merges = |parts: &[&str]| refused(&dir, 3, &[&["merge", "--out", "merged"], parts].concat());
    let missing = merges(&[&all[0], &all[2]]);
    assert!(missing.contains("shard 1 of 3 missing; run `restock shard .. --index 1 --of 3`"), "{missing}");
    let twice = merges(&[&all[0], &all[1], &all[2], &all[1]]);
    assert!(twice.contains("are both shard 1 of 3; leave one of them out"), "{twice}");
    // Another seed is another run.
    shard(&dir, 2, 3, &["-n", "64", "--quiet", "--seed", "4", "--out", "other.part"]);
    let foreign = merges(&[&all[0], &all[1], "other.part"]);
    assert!(foreign.contains("are not of one run: a scenario, what was set, or a data file differs"), "{foreign}");
    shard(&dir, 1, 2, &["-n", "64", "--quiet", "--out", "half.part"]);
    let cut = merges(&[&all[0], &all[1], "half.part"]);
    assert!(cut.contains("they cut it into different numbers of shards"), "{cut}");
    // A part that was cut short, one of another layout, and a file that is none.
    let bytes = fs::read(dir.join(&all[1])).unwrap();
    fs::write(dir.join("short.part"), &bytes[..bytes.len() - 9]).unwrap();
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 4;
    fs::write(dir.join("flipped.part"), flipped).unwrap();
    fs::write(dir.join("next.part"), [b"restock part  2\n", &bytes[16..]].concat()).unwrap();
    for (name, expected) in [
        ("short.part", "it is not whole: it was cut short or changed"),
        ("flipped.part", "it is not whole: it was cut short or changed"),
        ("next.part", "it is a part written by another version of Restock"),
        ("autumn.toml", "it is no part of a run"),
        ("nowhere.part", "nowhere.part"),
    ] {
        let said = refused(&dir, 4, &["merge", "--out", "merged", &all[0], name, &all[2]]);
        assert!(said.contains(expected), "{name}: {said}");
    }
    assert!(!dir.join("merged").exists());
}

#[test]
fn a_shard_is_asked_for_as_it_can_be() {
    let dir = home("asked", SCENARIO);
    let beyond = refused(&dir, 2, &["shard", "autumn.toml", "--index", "3", "--of", "3"]);
    assert!(beyond.contains("there is no shard 3 of 3: shards count from 0 to 2"), "{beyond}");
    let none = refused(&dir, 2, &["shard", "autumn.toml", "--index", "0", "--of", "0"]);
    assert!(none.contains("--of"), "{none}");
    let precise = "monte-carlo.precision={ kpi = \"fill_rate\", half-width = 0.01 }";
    let precise = refused(&dir, 3, &["shard", "autumn.toml", "--index", "0", "--of", "2", "--set", precise]);
    assert!(precise.contains("cannot be cut into shards") && precise.contains("say `-n`"), "{precise}");
    // The same shard again takes its place; nothing else does.
    shard(&dir, 0, 2, &["-n", "64", "--quiet", "--out", "a.part"]);
    shard(&dir, 0, 2, &["-n", "64", "--quiet", "--out", "a.part"]);
    let other = ["shard", "autumn.toml", "--index", "1", "--of", "2", "-n", "64", "--quiet", "--out", "a.part"];
    let said = refused(&dir, 4, &other);
    assert!(said.contains("is not this shard of this run"), "{said}");
    done(&dir, &[other.as_slice(), &["--force"]].concat());
}

/// The scenario is in the parts: it may have been changed since. Data files may not.
#[test]
fn parts_are_merged_as_they_were_run() {
    let dir =
        home("changed", &SCENARIO.replace("mean-per-day = 20\ndispersion = 5", "history = { file = \"sales.csv\" }"));
    let sales = |units: i32| -> String {
        let rows = (0..120).map(|d| format!("{},{}\n", restock::calendar::Day(20_000 + d), units + d % 5));
        format!("date,units\n{}", rows.collect::<String>())
    };
    fs::write(dir.join("sales.csv"), sales(20)).unwrap();
    for index in 0..2 {
        shard(&dir, index, 2, &["-n", "64", "--own-policies-only", "--quiet"]);
    }
    let usual = ["--quiet", "--no-charts"];
    let run = ["run", "autumn.toml", "-n", "64", "--own-policies-only", "--out", "whole"];
    done(&dir, &[run.as_slice(), &usual].concat());
    fs::write(dir.join("autumn.toml"), "name = \"other\"\n").unwrap();
    merge(&dir, &parts(&dir), &[usual.as_slice(), &["--out", "merged"]].concat());
    same(&dir, "whole", "merged");
    fs::write(dir.join("sales.csv"), sales(21)).unwrap();
    let all = parts(&dir);
    let said = refused(&dir, 1, &["merge", "--out", "again", &all[0], &all[1]]);
    assert!(said.contains("`sales.csv` was changed since the run"), "{said}");
}

/// Who merges need not be who ran the shard: a part may be read by all who may read any other file that its user writes.
#[cfg(unix)]
#[test]
fn a_part_is_as_readable_as_any_file() {
    use std::os::unix::fs::PermissionsExt;
    let dir = home("mode", SCENARIO);
    shard(&dir, 0, 1, &["-n", "64", "--quiet", "--out", "a.part"]);
    let mode = |name: &str| fs::metadata(dir.join(name)).unwrap().permissions().mode() & 0o777;
    fs::write(dir.join("plain"), "").unwrap();
    assert_eq!(mode("a.part"), mode("plain"));
}
