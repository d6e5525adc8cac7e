//! Errors in the reader's words: capped, with a remedy, quick, and without a word of a library or a path of ours.

use crate::cli::{restock_in, scratch};
use proptest::prelude::*;
use restock::report::RunFolder;
use restock::scenario::Loader;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

/// Words of libraries, types and our own insides, none of which a reader can know.
const FOREIGN: &[&str] = &[
    "u16",
    "u32",
    "u64",
    "usize",
    "i64",
    "f64",
    "invalid digit",
    "invalid type",
    "invalid value",
    "invalid length",
    "os error",
    "serde",
    "toml_",
    "__",
    "polars",
    "Error(",
    "ComputeError",
    "SchemaMismatch",
    "ParseIntError",
    "Some(",
    "thrift",
    "panicked",
    "unwrap",
    "RUST_BACKTRACE",
    "unexpected argument",
    "struct",
    "sequence",
    "newtype",
    "variant",
    "_duplicated_",
    "-- --",
    ".restock-",
    "dtype",
    "schema mismatch",
    "recursion",
    "boolean",
    "string, ",
    "a map",
    "floating point",
];

fn all(o: &Output) -> String {
    String::from_utf8_lossy(&o.stdout).into_owned() + &String::from_utf8_lossy(&o.stderr)
}

const GOOD: &str = "\
     name = \"x\"\n\
     [horizon]\n\
     start = 2026-01-01\n\
     days = 30\n\
     [[product]]\n\
     sku = \"tee\"\n\
     price = 60\n\
     unit-cost = 14\n\
     [demand]\n\
     mean-per-day = 2\n";

/// Files that are wrong, and what must be said of them as a scenario and as sales.
fn wrong_files(dir: &Path) -> Vec<(&'static str, &'static str, &'static str)> {
    let many_rows: String = std::iter::once("date,sku,units\n".to_owned())
        .chain((0..41_000).map(|i| format!("2026-01-{:02},a{i},x\n", 1 + i % 28)))
        .collect();
    let write = |name: &str, bytes: &[u8]| std::fs::write(dir.join(name), bytes).unwrap();
    write("many.csv", many_rows.as_bytes());
    write("prose.toml", "It was a dark and stormy night\n".repeat(41_000).as_bytes());
    write("parquet.parquet", b"PAR1\x15\x04\x15\x10");
    write("book.xlsx", b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0xl/workbook.xml");
    write("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    write("data.json", b"{ \"a\": [1, 2] }");
    write("page.html", b"<!DOCTYPE html><p>1,2</p>");
    write("noise.bin", &(0..9_999_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect::<Vec<_>>());
    write("empty", b"");
    write("utf16.csv", b"\xFF\xFEd\0a\0t\0e\0");
    write("latin.csv", b"date,sku,units\n2026-01-01,caf\xE9,3\n");
    write("ragged.csv", b"date,sku,units\n2026-01-01,a,3\n2026-01-02,a,3,4,5\n");
    write("quote.csv", b"date,sku,units\n2026-01-01,\"a,3\n2026-01-02,a,3\n");
    write("twice.csv", b"date,units,units\n2026-01-01,1,3\n2026-01-02,1,3\n");
    write("words.csv", b"date,units\nyesterday,three\n2026-01-02,4\n");
    write("deep.toml", format!("a = {}", "[".repeat(100_000)).as_bytes());
    write("key.toml", format!("a{} = 1", ".a".repeat(100_000)).as_bytes());
    vec![
        ("many.csv", "looks like a CSV sales file", "41000 problems|40995 more such rows|`x` is no number"),
        ("prose.toml", "and 40980 more", "has no column `date`"),
        ("parquet.parquet", "looks like a Parquet sales file", "no whole Parquet file"),
        ("book.xlsx", "looks like an Excel workbook", "no workbook, or a damaged or protected one"),
        ("picture.png", "looks like an image", "looks like an image"),
        ("data.json", "looks like a JSON file|is no manifest of Restock", "looks like a JSON file"),
        ("page.html", "looks like a page", "looks like a page"),
        ("noise.bin", "looks like a binary file", "it is no text"),
        ("empty", "`name` is missing", "the file is empty"),
        ("utf16.csv", "looks like text in UTF-16", ""),
        ("latin.csv", "looks like a CSV sales file", ""),
        ("ragged.csv", "looks like a CSV sales file", "line 3 has 5 cells, and the header 3"),
        ("quote.csv", "looks like a CSV sales file", "a quote that opens in line 2 is not closed"),
        ("twice.csv", "looks like a CSV sales file", ""),
        ("words.csv", "looks like a CSV sales file", "`yesterday` is no date|`three` is no number"),
        ("deep.toml", "nested too deeply", ""),
        ("key.toml", "nested too deeply", ""),
        (".", "is a folder", "it is a folder"),
        ("nowhere.toml", "there is no such file", "there is no such file"),
    ]
}

fn no_foreign_word(what: &dyn std::fmt::Debug, text: &str) {
    for word in FOREIGN {
        assert!(!text.contains(word), "{what:?} says `{word}`:\n{text}");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how long an error takes is what is tested")]
fn a_file_of_another_kind_is_told_in_a_sentence() {
    let dir = scratch("other-kinds");
    for (file, as_scenario, as_sales) in wrong_files(&dir) {
        for command in ["check", "run", "describe", "forecast", "backtest"] {
            let begun = Instant::now();
            let out = restock_in(&dir, &[command, file]);
            let took = begun.elapsed();
            let text = all(&out);
            let expected = if command == "check" || command == "run" { as_scenario } else { as_sales };
            assert!(expected.split('|').any(|e| text.contains(e)), "{command} {file}: no `{expected}` in\n{text}");
            assert!(expected.is_empty() || !out.status.success(), "{command} {file}");
            no_foreign_word(&(command, file), &text);
            assert!(text.lines().count() < 260, "{command} {file}: {} lines", text.lines().count());
            assert!(took < Duration::from_secs(20), "{command} {file} took {took:?}");
        }
    }
    let json = restock_in(&dir, &["check", "prose.toml", "--json"]);
    let list: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), 21, "twenty, and how many more");
    assert!(list[20]["code"] == "E0107" && list[20]["message"] == "and 40980 more", "{}", list[20]);
}

/// The remedy fits the kind of file.
#[test]
fn a_sales_file_given_as_a_scenario_is_sent_to_describe() {
    let dir = scratch("sales-as-scenario");
    wrong_files(&dir);
    let text = all(&restock_in(&dir, &["run", "many.csv"]));
    assert!(text.contains("use `restock describe many.csv`"), "{text}");
    let rows: String = (0..100_000).map(|i| format!("2026-01-01;{i};a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;p;q\n")).collect();
    std::fs::write(dir.join("large.csv"), rows).unwrap();
    let text = all(&restock_in(&dir, &["check", "large.csv"]));
    assert!(text.contains("looks like a CSV sales file"), "beyond the largest scenario, too: {text}");
    std::fs::write(dir.join("s.toml"), GOOD).unwrap();
    let text = all(&restock_in(&dir, &["describe", "s.toml"]));
    assert!(text.contains("looks like a scenario") && text.contains("`restock run s.toml`"), "{text}");
    let text = all(&restock_in(&dir, &["run", "."]));
    assert!(text.contains("name a scenario file in it"), "{text}");
}

/// Every value of every kind at every kind of key: refused in our words, or taken.
#[test]
fn values_of_a_wrong_type_are_told_in_our_words() {
    let dir = scratch("wrong-types");
    std::fs::write(dir.join("s.toml"), GOOD).unwrap();
    let keys = [
        "name",
        "currency",
        "horizon",
        "horizon.start",
        "horizon.days",
        "monte-carlo.seed",
        "monte-carlo.replications",
        "monte-carlo.precision",
        "product",
        "product.0.price",
        "product.0.demand",
        "demand.weekday",
        "demand.units-per-day",
        "demand.history",
        "demand.surge",
        "customers.accept",
        "customers.patience",
        "customers.thirty-day-rule",
        "planner.forecast",
        "finance.customer-pays",
        "supply",
        "supply.0",
        "supply.0.location",
        "supply.0.location.0.policy",
        "supply.0.location.0.route.0.stage",
        "regime",
        "calendar",
        "each",
        "preset",
        "extends",
        "0",
        "x.y.z",
        "supply.99.name",
    ];
    let values = [
        "=",
        "\"\"",
        "text",
        "-1",
        "1.5",
        "1e400",
        "99999999999999999999",
        "nan",
        "true",
        "2026-01-01",
        "2026-01-01T08:00:00",
        "08:00:00",
        "[]",
        "[1, \"a\"]",
        "[[1]]",
        "{}",
        "{ a = 1 }",
        "{ base-stock = 3 }",
        "[{}]",
        "[1,",
        "\"\\u001b\"",
    ];
    for key in keys {
        for value in values {
            let loader =
                Loader { overrides: vec![format!("{key}={value}")], allow_outside: false, ..Loader::default() };
            if let Err(problems) = loader.load(&dir.join("s.toml")) {
                let text = problems.render(false);
                // The line of the file that is shown may hold anything.
                let said: String = text.lines().filter(|l| !l.contains(" | ")).collect::<Vec<_>>().join("\n");
                no_foreign_word(&(key, value), &said);
            }
        }
    }
    let text = all(&restock_in(&dir, &["check", "s.toml", "--set", "horizon.start=2026-01-01T08:00:00"]));
    assert!(text.contains("not a date without a time of day") && text.contains("--set:1:15"), "{text}");
}

#[test]
fn wrong_arguments_of_every_command_are_told_in_our_words() {
    let dir = scratch("wrong-arguments");
    std::fs::write(dir.join("s.toml"), GOOD).unwrap();
    std::fs::write(dir.join("s.csv"), "date,units\n2026-01-01,1\n2026-01-02,2\n2026-01-03,2\n").unwrap();
    let values =
        ["", "abc", "-1", "1.5", "99999999999999999999999", "0", "100000", "=", "\u{1b}[2J", "--", "2026-01-01"];
    let options: &[(&[&str], &[&str])] = &[
        (
            &["run", "s.toml", "--dry-run", "--own-policies-only"],
            &["--seed", "-n", "--threads", "--set", "--trace", "--reps", "--out"],
        ),
        (&["check", "s.toml"], &["--set", "--frob"]),
        (&["describe", "s.csv"], &["--show", "--every", "--date-order", "--item", "--date", "--events"]),
        (
            &["forecast", "s.csv", "--dry-run"],
            &["--horizon", "--paths", "--seed", "--method", "--jobs", "--only", "--new", "--show"],
        ),
        (
            &["backtest", "s.csv"],
            &["--origins", "--paths", "--seed", "--method", "--jobs", "--horizon", "--checkpoint", "--scores"],
        ),
        (&["verify"], &["--replications"]),
        (&["explain"], &["--x"]),
        (&["completions"], &["--x"]),
    ];
    for (command, names) in options {
        for name in *names {
            for value in values {
                // Long searches are no part of this: of what is right, one is enough.
                if command[0] == "verify"
                    && ["100000", "0"].contains(&value)
                    && name == &"--replications"
                    && value != "0"
                {
                    continue;
                }
                let whole = format!("{name}={value}");
                let arguments: Vec<&str> = if name.starts_with("--") {
                    command.iter().copied().chain([whole.as_str()]).collect()
                } else {
                    command.iter().copied().chain([*name, value]).collect()
                };
                let out = restock_in(&dir, &arguments);
                let text = all(&out);
                assert!(matches!(out.status.code(), Some(0..=4)), "{arguments:?} ends with {:?}:\n{text}", out.status);
                if !out.status.success() {
                    no_foreign_word(&arguments, &text);
                }
            }
        }
    }
}

/// What cannot be written is named where it was to be, not where it is under construction.
#[test]
fn inner_paths_stay_inside() {
    let dir = scratch("inner-paths");
    let folder = RunFolder::create(&dir.join("run"), false).unwrap();
    let hidden = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with(".restock-");
    let mut inside = std::fs::read_dir(&dir).unwrap().map(Result::unwrap);
    let work = inside.find(|entry| hidden(&entry.file_name())).expect("a workspace").path();
    std::fs::remove_dir_all(&work).unwrap();
    std::fs::write(&work, "a file stands where the folder was").unwrap();
    let error = folder.write("charts/a.csv", b"x").unwrap_err().to_string();
    no_foreign_word(&"write", &error);
    assert!(error.contains("inner-paths") && error.contains("run/charts/a.csv"), "{error}");
    let _ = std::fs::remove_file(&work);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// No override is a panic.
    #[test]
    fn no_override_is_a_panic(text in prop_oneof![
        ".{0,40}",
        "[.=a-z0-9\\[\\]{}\" -]{0,30}",
        "(supply|product|demand|horizon|customers|0|9)(\\.(0|1|location|price|policy|start|history|file)){0,5}(=|==)(-1|0|nan|\\[\\]|\\{\\}|\"x\"|true|2026-01-01|\\{ base-stock = 1 \\})?",
    ]) {
        let loader = Loader { overrides: vec![text], allow_outside: false, ..Loader::default() };
        if let Err(problems) = loader.load_str("x.toml", GOOD, Path::new(".")) {
            prop_assert!(!problems.render(false).is_empty());
        }
    }
}
