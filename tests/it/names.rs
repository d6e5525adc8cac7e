//! Names are data: what a scenario, a sales file, an argument or the name of a file says does no harm in any output.

use crate::cli::{restock_in, scratch};
use calamine::{Data, Reader, Xlsx, open_workbook};
use proptest::prelude::*;
use restock::data::{Columns, panel};
use restock::names::{csv_cell, harm};
use restock::report::chart::Csv;
use restock::scenario::Loader;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;

/// What could do harm if it went out raw: escape codes, C1, DEL, NUL, separators, turned direction, invisible, no characters.
const HARMFUL: &[&str] = &[
    "\u{0}",
    "\u{7}",
    "\u{8}",
    "\u{b}",
    "\u{1b}",
    "\u{7f}",
    "\u{85}",
    "\u{9b}",
    "\u{200b}",
    "\u{2028}",
    "\u{2029}",
    "\u{202a}",
    "\u{202e}",
    "\u{2066}",
    "\u{2069}",
    "\u{feff}",
    "\u{fdd0}",
    "\u{ffff}",
    "\u{e0041}",
];

/// Names that would be more than text to a spreadsheet, a page, a template or a file system.
const HOSTILE: &str = r#"
name = "=cmd|' /C calc'!A0 </title><script>x</script>"
[horizon]
days = 40
warmup-days = 10
[monte-carlo]
replications = 5
[[product]]
sku = "=HYPERLINK(\"http://example.invalid\",\"pay\")"
price = 60
unit-cost = 14
[[product]]
sku = "a b"
price = 60
unit-cost = 14
[[product]]
sku = "A-B"
price = 60
unit-cost = 14
[demand]
mean-per-day = 12
[[supply]]
name = "@SUM(1) & <b onclick=x>"
preset = "ocean-3pl"
[[supply]]
name = "\t=1+1"
preset = "direct"
[[supply]]
name = "-1+1|x {{ 7 * 7 }} ]]>"
preset = "direct"
"#;

fn all(o: &Output) -> String {
    String::from_utf8_lossy(&o.stdout).into_owned() + &String::from_utf8_lossy(&o.stderr)
}

/// The first raw character that is not text; line ends are none of a name.
fn raw(text: &str) -> Option<char> {
    text.replace("\r\n", "\n").chars().find(|c| *c != '\n' && harm(*c).is_some())
}

fn is_number(cell: &str) -> bool {
    cell.parse::<f64>().is_ok_and(f64::is_finite) && cell.ends_with(|c: char| c.is_ascii_digit())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() { out.extend(files(&entry.path())) } else { out.push(entry.path()) }
    }
    out.sort();
    out
}

/// Cells of a CSV text (RFC 4180).
fn cells(text: &str) -> Vec<String> {
    let (mut out, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => cell.extend(characters.next()),
            '"' => quoted = !quoted,
            ',' | '\n' if !quoted => out.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    out
}

fn no_formula_in_the_workbook(path: &Path) {
    let mut book: Xlsx<_> = open_workbook(path).unwrap();
    let mut names = 0;
    for sheet in book.sheet_names() {
        for (_, _, cell) in book.worksheet_range(&sheet).unwrap().used_cells() {
            if let Data::String(text) = cell {
                assert_eq!(raw(text), None, "{sheet}: {text:?}");
                names += usize::from(text.starts_with(['=', '@']));
            }
        }
        for (_, _, formula) in book.worksheet_formula(&sheet).unwrap().used_cells() {
            let only_cells = formula.replace("SUM(", "(");
            assert!(
                only_cells.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || "()+-:$".contains(c)),
                "{sheet}: {formula}"
            );
        }
    }
    assert!(names > 10, "the names are there, as text: {names}");
}

/// One run, every output: tables, data, pages, pictures, the terminal.
#[test]
fn hostile_names_are_text_in_every_output() {
    let dir = scratch("hostile-names");
    std::fs::write(dir.join("h.toml"), HOSTILE).unwrap();
    let run = restock_in(&dir, &["run", "h.toml", "--out", "run"]);
    assert!(run.status.success(), "{}", all(&run));
    assert_eq!(raw(&all(&run)), None);
    let (mut kinds, mut quoted) = (BTreeSet::new(), 0);
    for path in files(&dir.join("run")) {
        let kind = path.extension().unwrap().to_string_lossy().into_owned();
        if let Ok(text) = std::fs::read_to_string(&path) {
            assert_eq!(raw(&text), None, "{}", path.display());
            if kind == "csv" {
                for cell in cells(&text) {
                    let live = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number(&cell);
                    assert!(!live, "{}: {cell:?}", path.display());
                    quoted += usize::from(cell.starts_with('\''));
                }
            }
            if kind == "svg" || kind == "html" {
                let own = usize::from(kind == "html");
                assert_eq!(text.matches("<script").count(), own, "{}", path.display());
                assert!(!text.contains("<b onclick") && !text.contains("7 * 7 }} ]]>"), "{}", path.display());
            }
        }
        kinds.insert(kind);
    }
    let expected: BTreeSet<String> = ["csv", "html", "json", "parquet", "png", "svg", "xlsx"].map(String::from).into();
    assert_eq!(kinds, expected);
    assert!(quoted > 100, "{quoted} cells with an apostrophe");
    no_formula_in_the_workbook(&dir.join("run/finance.xlsx"));
    // Programs get the names as they are.
    let summary: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(dir.join("run/summary.json")).unwrap()).unwrap();
    let text = summary.to_string();
    assert!(text.contains(r#""\t=1+1""#) && text.contains(r#"=HYPERLINK(\"http"#), "JSON is untouched");
    // Two products whose names are one slug have their own charts.
    let folders: Vec<_> =
        ["a-b", "a-b-2", "hyperlink-http-example-invalid-pay"].map(|f| dir.join("run/charts").join(f)).into();
    for (folder, name) in folders.iter().zip(["a b, ", "A-B, ", "=HYPERLINK("]) {
        let chart = std::fs::read_to_string(folder.join("landed-cost.svg")).unwrap();
        assert!(chart.contains(name), "{} is not of {name}", folder.display());
    }
}

/// Refused with the place, before anything is run; and the message itself is harmless.
#[test]
fn a_scenario_holds_only_text() {
    let dir = scratch("only-text");
    let scenario = |sku: &str, remark: &str| {
        format!(
            "\
                 name = \"x\" # {remark}\n\
                 [[product]]\n\
                 sku = \"{sku}\"\n\
                 price = 60\n\
                 unit-cost = 14\n\
                 [demand]\n\
                 mean-per-day = 2\n"
        )
    };
    for harmful in HARMFUL {
        let code = harmful.chars().next().unwrap() as u32;
        let escaped = format!("te\\U{code:08X}e");
        for (text, place) in [
            (scenario(&escaped, ""), (3, 7)),
            (scenario(&format!("te{harmful}e"), ""), (3, 10)),
            (scenario("tee", &format!("re{harmful}mark")), (1, 16)),
            (scenario("tee", "") + &format!("\"k{escaped}\" = 1\n"), (8, 1)),
        ] {
            let problems = Loader::default().load_str("x.toml", &text, Path::new(".")).unwrap_err();
            let shown = problems.render(false) + &problems.to_json().to_string();
            assert_eq!(raw(&shown), None, "{shown:?}");
            let at = format!("x.toml:{}:{}", place.0, place.1);
            // Control characters that stand raw are no TOML at all.
            let refused = ["E0210", "E0101"].iter().any(|c| shown.contains(&format!("error[{c}]")));
            assert!(refused && shown.contains(&at), "U+{code:04X}: no {at} in\n{shown}");
        }
    }
    std::fs::write(dir.join("s.toml"), scenario("tee", "")).unwrap();
    for set in
        ["name=\"\\u001b[2J\"", "name=\u{1b}[2J", "name=\u{202e}x", "\u{1b}=1", "product.0.sku=\"a\\nb\"", "\u{9b}"]
    {
        let out = restock_in(&dir, &["check", "s.toml", "--set", set]);
        assert_eq!(out.status.code(), Some(3), "{set:?}");
        assert_eq!(raw(&all(&out)), None, "{set:?}");
        assert!(all(&out).contains("--set:1:"), "{}", all(&out));
    }
}

/// Tabs, the joiners of scripts, emoji and letters of any script are text.
#[test]
fn living_scripts_are_text() {
    for sku in [
        "می\u{200c}خواهم",
        "क्\u{200d}ष",
        "👨\u{200d}👩\u{200d}👧",
        "abc\u{200f}",
        "连衣裙",
        "tee\tblue",
        "Größe 40 – 42",
        "❤\u{fe0f}",
    ] {
        let text = format!(
            "name = \"x\"\n[[product]]\nsku = \"{sku}\"\nprice = 2\nunit-cost = 1\n[demand]\nmean-per-day = 2\n"
        );
        let loaded = Loader::default()
            .load_str("x.toml", &text, Path::new("."))
            .unwrap_or_else(|d| panic!("{}", d.render(false)));
        assert_eq!(loaded.value.runnable.scenario.products[0].sku, sku);
    }
}

#[test]
fn names_that_look_alike_are_refused() {
    let text = |a: &str, b: &str| {
        let product = |sku| format!("[[product]]\nsku = \"{sku}\"\nprice = 2\nunit-cost = 1\n");
        format!("name = \"x\"\n{}{}[demand]\nmean-per-day = 2\n", product(a), product(b))
    };
    for (a, b) in [("tee", "tee\u{200d}"), ("tee", " tee"), ("tee", "tee\u{200e}")] {
        let shown = Loader::default().load_str("x.toml", &text(a, b), Path::new(".")).unwrap_err().render(false);
        assert!(shown.contains("E0207") && shown.contains("x.toml:7:7"), "{shown}");
    }
    let empty = Loader::default().load_str("x.toml", &text("tee", "\u{200d}"), Path::new(".")).unwrap_err();
    assert!(empty.render(false).contains("`sku` is empty"));
    let long = Loader::default().load_str("x.toml", &text("tee", &"x".repeat(201)), Path::new(".")).unwrap_err();
    assert!(long.render(false).contains("201 characters"), "{}", long.render(false));
}

/// In a sales file they are replaced, and that is said; two names do not become one without a word.
#[test]
fn a_sales_file_is_cleaned_aloud() {
    let dir = scratch("hostile-sales");
    let rows = |items: &[&str]| {
        let mut text = "sku,date,units\n".to_owned();
        for day in 1..=28 {
            for item in items {
                text += &format!("\"{}\",2026-01-{day:02},{}\n", item.replace('"', "\"\""), day % 5);
            }
        }
        text
    };
    let path = dir.join("sales.csv");
    std::fs::write(&path, rows(&["\u{1b}[2Jtee", "ca\u{202e}p", "hat", "'=1+1", "line\nbreak"])).unwrap();
    let read = panel(&path, &Columns::default()).unwrap_or_else(|d| panic!("{}", d.render(false)));
    let names: Vec<&str> = read.value.panel.items.iter().map(|i| i.name.as_str()).collect();
    assert_eq!(names, ["=1+1", "ca\u{fffd}p", "hat", "line break", "\u{fffd}[2Jtee"]);
    let said = read.warnings.render(false);
    assert!(said.contains("3 names held control characters"), "{said}");
    for (command, more) in [("describe", &[][..]), ("forecast", &["--paths", "20", "--horizon", "7", "--out", "f"])] {
        let arguments: Vec<&str> = [command, "sales.csv"].into_iter().chain(more.iter().copied()).collect();
        let out = restock_in(&dir, &arguments);
        assert!(out.status.success(), "{}", all(&out));
        assert_eq!(raw(&all(&out)), None, "{command}");
    }
    for path in files(&dir.join("f")) {
        if let Ok(text) = std::fs::read_to_string(&path) {
            assert_eq!(raw(&text), None, "{}", path.display());
            let csv = path.extension().is_some_and(|e| e == "csv");
            assert!(!csv || cells(&text).iter().all(|c| !c.starts_with('=')), "{}", path.display());
        }
    }
    // What was forecast can be run.
    let check = restock_in(&dir, &["check", "f/sales.toml"]);
    assert!(check.status.success(), "{}", all(&check));

    for pair in [["tee\u{1b}", "tee\u{7}"], ["tee\u{1b}", "tee\u{fffd}"], ["a\nb", "a b"]] {
        std::fs::write(&path, rows(&pair)).unwrap();
        let shown = panel(&path, &Columns::default()).unwrap_err().render(false);
        assert!(shown.contains("would be one name") && raw(&shown).is_none(), "{shown}");
    }
    // Two columns of a wide table, too.
    let wide = |a: &str, b: &str| (1..=9).fold(format!("date,{a},{b}\n"), |t, d| t + &format!("2026-01-0{d},1,2\n"));
    std::fs::write(&path, wide("x\u{1b}", "x\u{7}")).unwrap();
    let shown = panel(&path, &Columns::default()).unwrap_err().render(false);
    assert!(shown.contains("two of its columns are called `x\u{fffd}`"), "{shown}");
}

/// The names of files and folders, too.
#[cfg(unix)]
#[test]
fn names_of_files_are_shown_harmlessly() {
    let dir = scratch("hostile-files");
    let name = "a\u{1b}[2J\u{202e}b\u{9b}";
    let init = restock_in(&dir, &["init", name]);
    assert!(init.status.success() && raw(&all(&init)).is_none(), "{}", all(&init));
    let scenario = format!("{name}.toml");
    std::fs::write(dir.join(format!("{name}.csv")), "date,units\n2026-01-01,x\n").unwrap();
    let sales = format!("{name}.csv");
    for arguments in [
        &["check", &scenario][..],
        &["check", &scenario, "--json"],
        &["check", name],
        &["run", &scenario, "-n", "2", "--own-policies-only", "--out", name],
        &["run", &scenario, "--out", "/dev/null/\u{1b}x"],
        &["describe", &sales],
        &["describe", name],
        &["backtest", &sales, "--checkpoint", "/dev/null/\u{1b}x"],
        &["init", name],
        &["explain", name],
        &[name],
        &["run", "--\u{1b}x"],
        &["run", &scenario, "--seed", "\u{1b}"],
    ] {
        let out = restock_in(&dir, arguments);
        assert_eq!(raw(&all(&out)), None, "{arguments:?}: {}", all(&out));
    }
    for path in files(&dir.join(name)) {
        if let Ok(text) = std::fs::read_to_string(&path) {
            assert_eq!(raw(&text), None, "{}", path.display());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// What we write to CSV our own reader reads as it was, whatever the names begin with.
    #[test]
    fn names_survive_a_round_trip_through_csv(
        names in proptest::collection::btree_set("['=+@\"a-z0-9, ;-]{1,6}", 1..12)
    ) {
        // Blanks around a cell are dropped by every reader of tables.
        let names: BTreeSet<String> = names.iter().map(|n| n.trim().to_owned()).filter(|n| !n.is_empty()).collect();
        // Blanks alone name nothing, and a file of no items has no sales.
        prop_assume!(!names.is_empty());
        let mut csv = Csv::new(&["sku", "date", "units"]);
        for (i, name) in names.iter().enumerate() {
            for day in 1..=3 {
                csv.push(vec![name.clone(), format!("2026-01-0{day}"), (i + 1).to_string()]);
            }
        }
        let dir = std::env::temp_dir().join(format!("restock-names-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let path = dir.join("round.csv");
        std::fs::write(&path, csv.to_text()).unwrap();
        let read = panel(&path, &Columns::default()).map_err(|d| TestCaseError::fail(d.render(false)))?;
        let found: Vec<(String, f64)> = read.value.panel.items.iter().map(|i| (i.name.clone(), i.units[0])).collect();
        let expected: Vec<(String, f64)> = names.iter().enumerate().map(|(i, n)| (n.clone(), (i + 1) as f64)).collect();
        prop_assert_eq!(found, expected);
        for name in &names {
            prop_assert!(!csv_cell(name).starts_with(['=', '+', '-', '@']) || is_number(name), "{}", name);
        }
    }
}
