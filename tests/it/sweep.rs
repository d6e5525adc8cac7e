//! `restock sweep`: what is kept of a cell is what a run of it finds, however the cells are laid out, and whatever becomes of the process.

use crate::cli::{restock_in, scratch, stderr as err, stdout as out};
use crate::support::{ocean_and_direct, runnable_with};
use restock::decide::{Days, Lab, Sweep};
use restock::model::Kpi;
use restock::report::manifest::identity;
use restock::report::{Journal, Owner, journal_of};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const SCENARIO: &str = "\
     name = \"small\"\n\
     [horizon]\n\
     start = 2026-01-05\n\
     days = 60\n\
     warmup-days = 60\n\
     [monte-carlo]\n\
     replications = 40\n\
     [[product]]\n\
     sku = \"tee\"\n\
     price = 60\n\
     unit-cost = 14\n\
     weight-kg = 0.4\n\
     [demand]\n\
     mean-per-day = 20\n\
     dispersion = 4\n";

fn home(name: &str) -> PathBuf {
    let dir = scratch(&format!("sweep-{name}"));
    std::fs::write(dir.join("s.toml"), ocean_and_direct(SCENARIO)).unwrap();
    dir
}

fn swept(dir: &Path, args: &[&str]) -> Output {
    let all: Vec<&str> = ["sweep", "s.toml"].iter().chain(args).copied().collect();
    let done = restock_in(dir, &all);
    assert!(done.status.success(), "{args:?}: {}", err(&done));
    done
}

/// Rows of a table without quotes, as maps from column to cell.
fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut lines = text.lines().map(|l| l.split(',').map(str::to_owned).collect::<Vec<_>>());
    let head = lines.next().unwrap();
    lines.map(|l| head.iter().cloned().zip(l).collect()).collect()
}

/// All files of a folder but for its manifest.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut out = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).unwrap().flatten() {
            match entry.path() {
                path if path.is_dir() => open.push(path),
                path if path.ends_with("manifest.json") => {}
                path => {
                    out.insert(path.strip_prefix(folder).unwrap().to_path_buf(), std::fs::read(path).unwrap());
                }
            }
        }
    }
    out
}

const PARCEL: &str = "supply.Direct.location.*.delivery.per-order";

#[test]
fn bytes_are_the_same_at_any_number_of_threads() {
    let dir = home("threads");
    let vary = ["--vary", "demand.mean-per-day=10,30", "--vary", "finance.cost-of-capital=10%,20%", "-q"];
    for threads in ["1", "3"] {
        swept(&dir, &[&vary[..], &["--threads", threads, "--out", threads]].concat());
    }
    let (one, three) = (files(&dir.join("1")), files(&dir.join("3")));
    assert_eq!(one.keys().collect::<Vec<_>>(), three.keys().collect::<Vec<_>>());
    assert!(one.keys().any(|k| k.ends_with("sweep-residual-income.png")), "{:?}", one.keys());
    for (path, bytes) in one {
        assert!(bytes == three[&path], "{}", path.display());
    }
}

#[test]
fn a_cell_is_what_a_run_of_its_values_finds() {
    let dir = home("run");
    swept(
        &dir,
        &["--vary", "demand.mean-per-day=10:30:10", "--vary", &format!("{PARCEL}=4,7"), "--no-charts", "--out", "all"],
    );
    let cells = rows(&dir.join("all/sweep.csv"));
    // 6 cells, 2 models, 6 KPIs.
    assert_eq!(cells.len(), 72);
    let set = ["--set", "demand.mean-per-day=30", "--set", &format!("{PARCEL}=4")];
    let run = restock_in(
        &dir,
        &[&["run", "s.toml", "--own-policies-only", "--no-charts", "-q", "--out", "one"], &set[..]].concat(),
    );
    assert!(run.status.success(), "{}", err(&run));
    let kpis = rows(&dir.join("one/kpis.csv"));
    let mut seen = 0;
    for row in cells.iter().filter(|r| r["demand.mean-per-day"] == "30" && r[PARCEL] == "4") {
        let same = kpis.iter().find(|k| k["model"] == row["model"] && k["kpi"] == row["kpi"]).unwrap();
        assert_eq!(row["value"], same["estimate"], "{row:?}");
        if row["kpi"] == "residual_income" {
            assert_eq!((&row["ci_low"], &row["ci_high"]), (&same["ci_low"], &same["ci_high"]));
        }
        seen += 1;
    }
    assert_eq!(seen, 12);
    // The paired difference is that of the run, too.
    let summary: serde_json::Value =
        serde_json::from_slice(&std::fs::read(dir.join("one/summary.json")).unwrap()).unwrap();
    let text = summary.to_string();
    let row = cells
        .iter()
        .find(|r| {
            r["demand.mean-per-day"] == "30" && r[PARCEL] == "4" && r["model"] == "Direct" && r["kpi"] == "contribution"
        })
        .unwrap();
    assert!(text.contains(&row["difference"]), "{row:?}");
}

#[test]
fn a_model_that_a_key_does_not_touch_is_run_once() {
    let dir = home("once");
    swept(&dir, &["--vary", &format!("{PARCEL}=3:7:1"), "--no-charts", "--out", "x"]);
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(dir.join("x/manifest.json")).unwrap()).unwrap();
    assert_eq!((&manifest["model_runs_asked"], &manifest["model_runs_simulated"]), (&10.into(), &6.into()));
    // In the library, too, and of a change of demand none is spared.
    let lab = Lab::new(1);
    let sweep = Sweep { kpis: vec![Kpi::ResidualIncome] };
    for (set, expected) in [
        ("demand.mean-per-day=10", 2),
        ("demand.mean-per-day=11", 4),
        (&*format!("{PARCEL}=9"), 6),
        ("demand.mean-per-day=10", 6),
    ] {
        let r = runnable_with(&ocean_and_direct(SCENARIO), &[set.to_owned()]);
        let found = sweep.run(&lab, &r.scenario, &r.experiment).unwrap();
        assert_eq!(lab.runs().1, expected, "{set}");
        let cell = lab.run(&r.scenario, &r.experiment, Days::AsTheyCome).unwrap();
        let (kept, whole) = (found.difference(0, 0, 1).unwrap(), cell.difference(Kpi::ResidualIncome, 0, 1).unwrap());
        assert_eq!((kept.value, kept.interval()), (whole.value, whole.interval()));
        let turned = found.difference(0, 1, 0).unwrap();
        assert_eq!((turned.value, turned.interval().map(|i| (-i.1, -i.0))), (-kept.value, kept.interval()));
    }
}

#[test]
fn keys_are_crossed_or_zipped() {
    let dir = home("zip");
    let vary = [
        "--vary",
        "demand.mean-per-day=10,20,30",
        "--vary",
        "finance.cost-of-capital=5%,10%,15%",
        "--kpi",
        "fill_rate,residual_income",
        "--no-charts",
    ];
    swept(&dir, &[&vary[..], &["--out", "crossed"]].concat());
    swept(&dir, &[&vary[..], &["--zip", "--out", "zipped"]].concat());
    let (crossed, zipped) = (rows(&dir.join("crossed/sweep.csv")), rows(&dir.join("zipped/sweep.csv")));
    assert_eq!((crossed.len(), zipped.len()), (9 * 2 * 2, 3 * 2 * 2));
    for row in &zipped {
        let same = |r: &&BTreeMap<String, String>| {
            ["demand.mean-per-day", "finance.cost-of-capital", "model", "kpi"].iter().all(|k| r[*k] == row[*k])
        };
        let other = crossed.iter().find(same).unwrap();
        assert_eq!((&row["value"], &row["difference"]), (&other["value"], &other["difference"]));
    }
    let levels: Vec<(&str, &str)> = zipped
        .iter()
        .step_by(4)
        .map(|r| (r["demand.mean-per-day"].as_str(), r["finance.cost-of-capital"].as_str()))
        .collect();
    assert_eq!(levels, [("10", "5%"), ("20", "10%"), ("30", "15%")]);
}

#[test]
fn a_table_says_what_is_varied_where_the_command_line_does_not() {
    let dir = home("table");
    let text = std::fs::read_to_string(dir.join("s.toml")).unwrap();
    let with = |table: &str| std::fs::write(dir.join("s.toml"), format!("{text}[sweep]\n{table}\n")).unwrap();
    with(
        "vary = [\"demand.mean-per-day=10,20\", \"finance.cost-of-capital=5%,9%\"]\nzip = true\nkpi = [\"fill_rate\"]",
    );
    let levels = |folder: &str| {
        rows(&dir.join(folder).join("sweep.csv"))
            .iter()
            .map(|r| format!("{} {}", r["demand.mean-per-day"], r["kpi"]))
            .collect::<Vec<_>>()
    };
    swept(&dir, &["--no-charts", "--out", "table"]);
    assert_eq!(levels("table"), ["10 fill_rate", "10 fill_rate", "20 fill_rate", "20 fill_rate"]);
    // The command line wins.
    swept(&dir, &["--vary", "demand.mean-per-day=15", "--kpi", "contribution", "--no-charts", "--out", "typed"]);
    assert_eq!(levels("typed"), ["15 contribution", "15 contribution"]);
    let figures = |folder: &str| std::fs::read(dir.join(folder).join("kpis.csv")).unwrap();
    let ran = |folder: &str| {
        assert!(
            restock_in(&dir, &["run", "s.toml", "--own-policies-only", "--no-charts", "-q", "--out", folder])
                .status
                .success()
        )
    };
    ran("with");
    std::fs::write(dir.join("s.toml"), &text).unwrap();
    ran("without");
    assert!(figures("with") == figures("without"), "a run does not read it");
    for (table, expected) in [
        ("vary = [\"demand.mean-per-day\"]", "error: `[sweep]` of `s.toml`: `demand.mean-per-day` has no `=`"),
        (
            "vary = [\"demand.mean-per-day=1,2\"]\nkpi = [\"fill_rat\"]",
            "error: `[sweep]` of `s.toml`: `fill_rat` in `sweep.kpi.0`\nhelp: no KPI has this name; did you mean `fill_rate`?",
        ),
        ("vary = [\"demand.mean-per-dya=1,2\"]", "did you mean"),
        ("vry = []", "s.toml:"),
    ] {
        with(table);
        let done = restock_in(&dir, &["sweep", "s.toml", "--out", "x"]);
        assert_eq!(done.status.code(), Some(3), "{table}: {}", err(&done));
        assert!(err(&done).contains(expected), "{table}: {}", err(&done));
    }
}

/// The parcel's price makes direct worse than ocean somewhere: the verdict and the picture say between which levels.
#[test]
fn a_flip_is_told_between_two_levels() {
    let dir = home("flip");
    let done = swept(&dir, &["--vary", &format!("{PARCEL}=0:16:2"), "--kpi", "residual_income", "--out", "x"]);
    let answer: serde_json::Value = serde_json::from_slice(&std::fs::read(dir.join("x/answer.json")).unwrap()).unwrap();
    let flip = &answer["flips"][0];
    let number = |v: &serde_json::Value| v[0].as_str().unwrap().parse::<f64>().unwrap();
    let (from, to) = (number(&flip["between"]), number(&flip["and"]));
    assert_eq!(answer["flips"].as_array().unwrap().len(), 1, "{answer}");
    let verdict = answer["verdict"].as_str().unwrap();
    assert_eq!(
        verdict,
        format!(
            "Direct has the highest residual income up to {from}, Ocean from {to} on: the ranking flips between {from} and {to}"
        )
    );
    assert!(out(&done).replace('\n', " ").contains(verdict));
    // The difference is linear in the price: its zero lies between the two.
    let rows = rows(&dir.join("x/sweep.csv"));
    let of: Vec<(f64, f64)> = rows
        .iter()
        .filter(|r| r["model"] == "Direct")
        .map(|r| (r[PARCEL].parse().unwrap(), r["difference"].parse().unwrap()))
        .collect();
    let slope = (of[8].1 - of[0].1) / 16.0;
    let zero = -of[0].1 / slope;
    assert!(from < zero && zero < to, "{zero}: {of:?}");
}

#[test]
fn tables_of_a_hundred_cells_are_legible() {
    let dir = home("hundred");
    for (vary, most) in [
        (vec!["--vary", "demand.mean-per-day=1:100:1"], 40),
        (vec!["--vary", "demand.mean-per-day=10:100:10", "--vary", "finance.cost-of-capital=1%:10%:1%"], 40),
        (
            vec![
                "--vary",
                "demand.mean-per-day=10:50:10",
                "--vary",
                "finance.cost-of-capital=1%:5%:1%",
                "--vary",
                "product.0.price=50:65:5",
            ],
            60,
        ),
    ] {
        let done = swept(&dir, &[&vary[..], &["-n", "2", "--dry-run", "--kpi", "residual_income"]].concat());
        let text = out(&done);
        assert!(text.lines().count() <= most, "{text}");
        assert!(text.lines().all(|l| l.chars().count() <= 100), "{text}");
        assert!(text.contains("`sweep.csv`"), "{text}");
    }
}

#[test]
fn pictures_are_laid_out_well() {
    let dir = home("pictures");
    let long = "Consolidated ocean freight through Yantian and Long Beach, bonded, with a 3PL";
    let text = std::fs::read_to_string(dir.join("s.toml")).unwrap().replace("\"Ocean\"", &format!("\"{long}\""));
    std::fs::write(dir.join("s.toml"), text).unwrap();
    // A debug build asserts that each figure of a title is a mark in its picture.
    for (name, vary) in [
        ("line", vec![format!("{PARCEL}=0:40:10")]),
        ("words", vec!["customers.communication=clear,silent".to_owned()]),
        ("map", vec![format!("{PARCEL}=0:40:10"), "demand.mean-per-day=10,20,30".to_owned()]),
    ] {
        let vary: Vec<&str> = vary.iter().flat_map(|v| ["--vary", v]).collect();
        swept(&dir, &[&vary[..], &["--out", name, "-q"]].concat());
        let drawn = files(&dir.join(name));
        assert!(
            drawn.keys().filter(|k| k.extension().is_some_and(|e| e == "png")).count() >= 4,
            "{name}: {:?}",
            drawn.keys()
        );
        let svg = drawn.iter().find(|(k, _)| k.ends_with("sweep-residual-income.svg")).unwrap().1;
        let svg = String::from_utf8_lossy(svg);
        assert!(!svg.contains("NaN") && svg.contains("<title>"), "{name}");
    }
}

fn begun(dir: &Path, args: &[&str]) -> std::process::Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_restock"));
    command.args(["sweep", "s.toml"]).args(args).current_dir(dir).stderr(Stdio::null()).stdout(Stdio::null());
    command.spawn().unwrap()
}

#[cfg(unix)]
#[test]
fn a_killed_sweep_goes_on_to_the_same_bytes() {
    let dir = home("killed");
    let vary = ["--vary", "demand.mean-per-day=10:60:1", "-n", "300", "--kpi", "residual_income,fill_rate"];
    swept(&dir, &[&vary[..], &["--out", "whole"]].concat());
    let mut child = begun(&dir, &[&vary[..], &["--out", "cut"]].concat());
    let journal = journal_of(&dir.join("cut"));
    for _ in 0..30_000 {
        if std::fs::metadata(&journal).map_or(0, |m| m.len()) >= 4_000 {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    // SIGKILL: nothing can be tidied up.
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(journal.exists() && !dir.join("cut").exists(), "it was killed too late for the test");
    let done = swept(&dir, &[&vary[..], &["--out", "cut", "--resume"]].concat());
    let told = err(&done);
    let kept: usize = told
        .split(" of 51 cells were kept from before")
        .next()
        .unwrap()
        .rsplit(['\n', ' '])
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert!(0 < kept && kept < 51, "{told}");
    assert_eq!(files(&dir.join("whole")), files(&dir.join("cut")));
    assert!(!journal.exists(), "what was kept goes when the folder is in its place");
}

#[test]
fn what_another_build_kept_is_refused() {
    let dir = home("build");
    let target = dir.join("x");
    drop(Journal::begin(&target, &Owner { run: identity(&["sweep"]), program: "another".into() }).unwrap());
    let args = ["sweep", "s.toml", "--vary", "demand.mean-per-day=10,20", "--out", "x", "--no-charts"];
    let resumed = restock_in(&dir, &[&args[..], &["--resume"]].concat());
    assert_eq!(resumed.status.code(), Some(3));
    assert!(err(&resumed).contains("x.unfinished` was written by another build of Restock, whose figures may differ; without `--resume` the sweep begins anew"), "{}", err(&resumed));
    drop(Journal::begin(&target, &Owner { run: "1234".into(), program: "another".into() }).unwrap());
    let resumed = restock_in(&dir, &[&args[..], &["--resume"]].concat());
    assert_eq!(resumed.status.code(), Some(3));
    assert!(err(&resumed).contains("x.unfinished` is of a run, not of a sweep"), "{}", err(&resumed));
    std::fs::write(journal_of(&target), "my notes").unwrap();
    let over = restock_in(&dir, &args);
    assert_eq!(over.status.code(), Some(4), "{}", err(&over));
    assert!(err(&over).contains("holds no partial results of Restock"), "{}", err(&over));
    assert_eq!(std::fs::read_to_string(journal_of(&target)).unwrap(), "my notes");
    assert!(!target.exists());
}

#[test]
fn what_cannot_be_swept_is_refused_before_anything_is_run() {
    let dir = home("bad");
    let vary = |v: &'static str| vec!["--vary", v];
    for (args, code, expected) in [
        (
            vec![],
            2,
            "error: nothing is varied: `s.toml` has no `sweep.vary`\nhelp: write `restock sweep s.toml --vary demand.mean-per-day=20:80:10`, or a `[sweep]` table",
        ),
        (
            vary("demand.mean-per-day"),
            2,
            "error: `demand.mean-per-day` has no `=`\nhelp: write `KEY=20,40,80` for values or `KEY=20:80:10` for a range with its step",
        ),
        (vary("demand.mean-per-day="), 2, "error: `demand.mean-per-day` has no values"),
        (vary("demand.mean-per-day=1:5:0"), 2, "error: steps of 0 never lead from 1 to 5"),
        (vary("demand.mean-per-day=5,6,5"), 2, "error: `demand.mean-per-day` takes 5 twice"),
        (
            vary("monte-carlo.seed=1,2"),
            2,
            "error: `monte-carlo.seed` is common to all cells: they are compared on the same random numbers\nhelp: set it once, with `-n`, `--seed` or `--set`",
        ),
        (
            vec!["--vary", "demand.mean-per-day=1,2", "--vary", "demand.mean-per-day=3"],
            2,
            "error: `demand.mean-per-day` is varied twice",
        ),
        (
            vec!["--vary", "demand.mean-per-day=1,2", "--vary", "demand.dispersion=3", "--zip"],
            2,
            "error: `demand.dispersion` has 1 values and `demand.mean-per-day` has 2, and they are to go together",
        ),
        (
            vec!["--vary", "demand.mean-per-day=1:200:1", "--vary", "demand.dispersion=1:200:1"],
            2,
            "error: the levels make 40000 cells, 10000 at most are run",
        ),
        (
            vec!["--vary", "demand.mean-per-day=1,2", "--kpi", "fill_rat"],
            2,
            "no KPI has this name; did you mean `fill_rate`?",
        ),
        (vec!["--vary", "demand.mean-per-day=1,2", "--resume", "--dry-run"], 2, "exclude each other"),
        (vary("demand.mean-per-dya=1,2"), 3, "did you mean"),
        (vary("supply.Oceans.overflow=true,false"), 3, "Oceans"),
        (vary("demand.mean-per-day=10,-5,20"), 3, "cell 2 of 3, demand.mean-per-day = -5:"),
        (vary("demand.mean-per-day=10,-5,20"), 3, "1 cell of 3 cannot be run, nothing was run."),
        (
            vary("currency=USD,EUR"),
            3,
            "with currency = EUR amounts are in EUR, not in USD: cells could not be compared; leave `currency` out, nothing was run",
        ),
        (
            vec!["--set", "demand.mean-per-day=5", "--vary", "demand.mean-per-day=1,2"],
            3,
            "`demand.mean-per-day` is given twice",
        ),
    ] {
        let done = restock_in(&dir, &[&["sweep", "s.toml", "--out", "x"], &args[..]].concat());
        assert_eq!(done.status.code(), Some(code), "{args:?}: {}", err(&done));
        assert!(err(&done).contains(expected), "{args:?}: {}", err(&done));
        assert!(out(&done).is_empty() && !err(&done).contains("panicked"), "{args:?}");
    }
    // The place of an unknown key is that of the command line's text.
    let done = restock_in(&dir, &["sweep", "s.toml", "--vary", "demand.mean-per-dya=1,2"]);
    assert!(err(&done).contains("--vary:1:8"), "{}", err(&done));
    let done = restock_in(&dir, &["sweep", "none.toml", "--vary", "demand.mean-per-day=1,2"]);
    assert!(matches!(done.status.code(), Some(3 | 4)) && err(&done).contains("none.toml"), "{}", err(&done));
    // For machines, all cells that are wrong.
    let done = restock_in(&dir, &["sweep", "s.toml", "--vary", "demand.mean-per-day=10,-5,-6", "--json"]);
    let told: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!((done.status.code(), told["cells"].as_array().unwrap().len()), (Some(3), 2), "{told}");
    assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 1, "nothing was written");
}
