//! `restock compare`: what is compared is what the runs found, paired where their shoppers are the same, and said not to be where not.

use crate::cli::{done, restock_in, scratch, stderr as err, stdout as out};
use crate::support::{ocean_and_direct, runnable_with};
use restock::decide::{Days, Lab};
use restock::model::Kpi;
use restock::report::{Side, compare};
use restock::study::{Options, run};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const SCENARIO: &str = "\
     name = \"small\"\n\
     [horizon]\n\
     start = 2026-01-05\n\
     days = 40\n\
     warmup-days = 60\n\
     [monte-carlo]\n\
     replications = 128\n\
     [[product]]\n\
     sku = \"tee\"\n\
     price = 60\n\
     unit-cost = 14\n\
     [demand]\n\
     mean-per-day = 20\n\
     dispersion = 4\n";

fn home(name: &str) -> PathBuf {
    let dir = scratch(&format!("compare-{name}"));
    std::fs::write(dir.join("s.toml"), ocean_and_direct(SCENARIO)).unwrap();
    let one = |(model, preset): (&str, &str)| {
        let text = format!("{SCENARIO}[[supply]]\nname = \"{model}\"\npreset = \"{preset}\"\n");
        std::fs::write(dir.join(format!("{}.toml", model.to_lowercase())), text).unwrap();
    };
    [("Ocean", "ocean-3pl"), ("Direct", "direct")].into_iter().for_each(one);
    dir
}

/// A finished run in a folder.
fn ran(dir: &Path, file: &str, folder: &str, more: &[&str]) {
    done(dir, &[&["run", file, "--own-policies-only", "--no-charts", "-q", "--out", folder], more].concat());
}

type Row = BTreeMap<String, String>;

fn rows(path: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut lines = text.lines().map(|l| l.split(',').map(str::to_owned).collect::<Vec<_>>());
    let head = lines.next().unwrap();
    lines.map(|l| head.iter().cloned().zip(l).collect()).collect()
}

fn compared(dir: &Path, args: &[&str]) -> (Vec<Row>, String) {
    let text = out(&done(dir, &[&["compare"], args, &["--out", "cmp", "--no-charts"]].concat()));
    (rows(&dir.join("cmp/compare.csv")), text)
}

#[test]
fn a_run_compared_with_itself_differs_by_exactly_nothing() {
    let dir = home("itself");
    ran(&dir, "s.toml", "a", &[]);
    let (rows, text) = compared(&dir, &["a", "a/manifest.json"]);
    assert!(rows.len() > 100, "{}", rows.len());
    for row in &rows {
        assert_eq!((&*row["difference"], &*row["paired"]), ("0", "true"), "{row:?}");
        assert_eq!((&*row["difference_ci_low"], &*row["difference_ci_high"]), ("0", "0"), "{row:?}");
    }
    assert!(text.contains("No key of the scenarios differs.") && text.contains("the same run"), "{text}");
    assert!(text.contains("have the same residual income, to the cent"), "{text}");
}

#[test]
fn figures_are_those_of_the_folders() {
    let dir = home("figures");
    ran(&dir, "s.toml", "a", &[]);
    ran(&dir, "s.toml", "b", &["--set", "finance.cost-of-capital=30%"]);
    let (compared, text) = compared(&dir, &["a", "b"]);
    let (a, b) = (rows(&dir.join("a/kpis.csv")), rows(&dir.join("b/kpis.csv")));
    let of = |rows: &[Row], model: &str, kpi: &str| {
        rows.iter().find(|r| r["model"] == model && r["kpi"] == kpi).unwrap()["estimate"].clone()
    };
    let mut seen = 0;
    for row in compared.iter().filter(|r| r["best_of_each"] == "false") {
        assert_eq!(row["value"], of(&b, &row["model"], &row["kpi"]), "{row:?}");
        assert_eq!(row["compared_value"], of(&a, &row["model"], &row["kpi"]), "{row:?}");
        seen += 1;
    }
    assert!(seen > 100, "{seen}");
    assert!(text.contains("finance.cost-of-capital"), "{text}");
    let said = text.replace('\n', " ");
    assert!(said.contains("paired by replication. Seed (") && said.contains("the same shoppers come"), "{text}");
    let keys = std::fs::read_to_string(dir.join("cmp/keys.csv")).unwrap();
    assert_eq!(keys.lines().count(), 2, "{keys}");
}

/// Two runs of one model each are paired as the two models of one run are. What delivery times sell is measured against the models of the
/// scenario: it is left out, since alone each model is its own measure.
#[test]
fn a_paired_difference_is_that_of_one_run_with_both_models() {
    let dir = home("both");
    const EQUAL: &str = "customers.delivery-sensitivity={ per-day = 0 }";
    ran(&dir, "ocean.toml", "ocean", &["--set", EQUAL]);
    ran(&dir, "direct.toml", "direct", &["--set", EQUAL]);
    let (by_folder, text) = compared(&dir, &["ocean", "direct"]);
    let (by_file, _) = compared(&dir, &["ocean.toml", "direct.toml", "--set", EQUAL]);
    assert!(text.contains("supply.Ocean") && text.contains("supply.Direct"), "{text}");
    let r = runnable_with(&ocean_and_direct(SCENARIO), &[EQUAL.to_owned()]);
    let outcome = run(&r.scenario, &r.experiment, Options::default(), &|_| {});
    let models = &outcome.products[0].models;
    for kpi in
        [Kpi::ResidualIncome, Kpi::BackorderRate, Kpi::InvestedCapital, Kpi::CancellationRate, Kpi::CashConversionCycle]
    {
        let whole = models[1].minus(&models[0], kpi).unwrap();
        for rows in [&by_folder, &by_file] {
            let row = rows.iter().find(|r| r["kpi"] == kpi.name()).unwrap();
            assert_eq!((&*row["model"], &*row["compared_model"], &*row["paired"]), ("Direct", "Ocean", "true"));
            let number = |k: &str| row[k].parse::<f64>().unwrap();
            let interval = (number("difference_ci_low"), number("difference_ci_high"));
            assert_eq!((number("difference"), Some(interval)), (whole.value, whole.interval()), "{}", kpi.name());
        }
    }
}

#[test]
fn what_cannot_be_paired_is_said_with_its_reason() {
    let dir = home("unpaired");
    ran(&dir, "s.toml", "a", &[]);
    ran(&dir, "s.toml", "seed", &["--seed", "99"]);
    ran(&dir, "s.toml", "few", &["-n", "100"]);
    ran(&dir, "s.toml", "more", &["--set", "demand.mean-per-day=25"]);
    let row =
        |rows: &[Row]| rows.iter().find(|r| r["kpi"] == "contribution" && r["model"] == "Direct").unwrap().clone();
    let width =
        |r: &Row| r["difference_ci_high"].parse::<f64>().unwrap() - r["difference_ci_low"].parse::<f64>().unwrap();
    for (other, paired, said) in [
        ("seed", "false", "unpaired. The seeds are 99 and"),
        ("few", "false", "unpaired. 100 and 128 replications"),
        ("more", "true", "not the same shoppers, as `demand.mean-per-day` differs."),
    ] {
        let (rows, text) = compared(&dir, &["a", other]);
        let row = row(&rows);
        assert_eq!(row["paired"], paired, "{other}");
        assert!(text.replace('\n', " ").contains(said), "{text}");
        // Independent errors add up.
        if paired == "false" {
            let own = |low: &str, high: &str| row[high].parse::<f64>().unwrap() - row[low].parse::<f64>().unwrap();
            let (a, b) = (own("compared_ci_low", "compared_ci_high"), own("ci_low", "ci_high"));
            assert!((width(&row) - a.hypot(b)).abs() < 1e-6 * width(&row), "{row:?}");
        }
    }
    // A folder without the sums by group is read, and nothing of it is paired.
    let manifest = dir.join("few/manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap().replace("\"groups.csv\"", "\"gone.csv\"");
    std::fs::write(&manifest, text).unwrap();
    let (rows, text) = compared(&dir, &["few", "few"]);
    assert!(text.contains("the same run"), "{text}");
    assert_eq!(row(&rows)["difference"], "0");
    ran(&dir, "s.toml", "old", &["--set", "finance.cost-of-capital=30%"]);
    let manifest = dir.join("old/manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap().replace("\"groups.csv\"", "\"gone.csv\"");
    std::fs::write(&manifest, text).unwrap();
    let (rows, text) = compared(&dir, &["a", "old"]);
    assert!(text.replace('\n', " ").contains("lacks `groups.csv`, so nothing could be paired"), "{text}");
    assert_eq!(row(&rows)["paired"], "false");
}

#[test]
fn variants_of_one_file_are_compared_with_it() {
    let dir = home("variants");
    let (rows, text) = compared(
        &dir,
        &[
            "s.toml",
            "--with",
            "dear: supply.*.location.*.delivery.per-order=9; finance.cost-of-capital=20%",
            "--with",
            "demand.mean-per-day=30",
        ],
    );
    let runs: std::collections::BTreeSet<&str> = rows.iter().map(|r| r["run"].as_str()).collect();
    assert_eq!(runs, ["dear", "demand.mean-per-day=30"].into(), "{text}");
    let set = ["--set", "supply.*.location.*.delivery.per-order=9", "--set", "finance.cost-of-capital=20%"];
    ran(&dir, "s.toml", "dear", &set);
    let alone = self::rows(&dir.join("dear/kpis.csv"));
    let row =
        rows.iter().find(|r| r["run"] == "dear" && r["model"] == "Ocean" && r["kpi"] == "residual_income").unwrap();
    let same = alone.iter().find(|r| r["model"] == "Ocean" && r["kpi"] == "residual_income").unwrap();
    assert_eq!(row["value"], same["estimate"]);
    // The same by folder, by file and by group: one answer.
    ran(&dir, "s.toml", "s", &[]);
    let (by_folder, _) = compared(&dir, &["s", "dear"]);
    let other = by_folder.iter().find(|r| r["model"] == "Ocean" && r["kpi"] == "residual_income").unwrap();
    assert_eq!((&row["difference"], &row["difference_ci_low"]), (&other["difference"], &other["difference_ci_low"]));
}

#[test]
fn two_charts_are_drawn_and_bytes_do_not_hang_on_threads() {
    let dir = home("charts");
    for threads in ["1", "3"] {
        done(
            &dir,
            &[
                "compare",
                "s.toml",
                "--with",
                "less: demand.mean-per-day=10",
                "--out",
                threads,
                "--threads",
                threads,
                "-q",
            ],
        );
    }
    for file in
        ["answer.json", "compare.csv", "keys.csv", "charts/differences.png", "charts/levels.png", "charts/levels.svg"]
    {
        let [one, three] =
            ["1", "3"].map(|t| std::fs::read(dir.join(t).join(file)).unwrap_or_else(|e| panic!("{file}: {e}")));
        assert!(one == three, "{file}");
    }
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let dir = home("bad");
    ran(&dir, "s.toml", "a", &["-n", "10"]);
    ran(&dir, "s.toml", "edited", &["-n", "10"]);
    std::fs::write(dir.join("edited/kpis.csv"), "model\n").unwrap();
    ran(&dir, "s.toml", "euro", &["-n", "10", "--set", "currency=EUR"]);
    std::fs::create_dir(dir.join("mine")).unwrap();
    std::fs::create_dir(dir.join("foreign")).unwrap();
    std::fs::write(dir.join("foreign/manifest.json"), "{}").unwrap();
    done(
        &dir,
        &["sweep", "s.toml", "--vary", "demand.mean-per-day=10,20", "-n", "4", "-q", "--no-charts", "--out", "swept"],
    );
    for (args, code, expected) in [
        (
            vec!["s.toml"],
            2,
            "error: `s.toml` alone is compared with nothing\nhelp: name another run or scenario file, or a variant of this one: `restock compare s.toml --with 'less demand: demand.mean-per-day=40'`",
        ),
        (
            vec!["a"],
            2,
            "error: `a` alone is compared with nothing\nhelp: name another run folder or a scenario file: `restock compare a output/other-run`",
        ),
        (
            vec!["s.toml", "ocean.toml", "--with", "x: demand.mean-per-day=1"],
            2,
            "error: `--with` makes variants of one scenario file\nhelp: name that file alone, or leave `--with` out",
        ),
        (vec!["a", "--with", "x: demand.mean-per-day=1"], 2, "error: `--with` makes variants of one scenario file"),
        (
            vec!["a", "edited", "-n", "5"],
            2,
            "error: finished runs are compared as they are, without `-n`\nhelp: leave it out, or name scenario files",
        ),
        (vec!["s.toml", "--with", "cheap"], 2, "changes nothing: it has no `=`"),
        (vec!["s.toml", "--with", "x: demand.mean-per-day=1;"], 2, "is empty; leave the extra `;` out"),
        (
            vec!["s.toml", "--with", "x: demand.mean-per-day=1", "--with", "x: demand.mean-per-day=2"],
            2,
            "error: two variants are called `x`\nhelp: give each a name of its own",
        ),
        (vec!["s.toml", "--with", "x: demand.mean-per-dya=1"], 3, "did you mean"),
        (vec!["s.toml", "--with", "x: demand.mean-per-day=-1"], 3, "demand.mean-per-day"),
        (
            vec!["a", "mine"],
            3,
            "error: `mine` is no run folder: it has no `manifest.json`; name the folder of a `restock run`, or a scenario file",
        ),
        (vec!["a", "foreign"], 3, "error: `foreign` holds no manifest of Restock"),
        (
            vec!["a", "swept"],
            3,
            "error: `swept` is of `restock sweep`; name the folder of a `restock run`, or a scenario file",
        ),
        (
            vec!["a", "edited"],
            3,
            "error: `edited/kpis.csv` was changed since the run; run it anew, or put the file back as it was",
        ),
        (vec!["a", "euro"], 3, "amounts of `a` are in USD, those of `euro` in EUR"),
        (vec!["a", "none.toml"], 3, "none.toml"),
    ] {
        let done = restock_in(&dir, &[&["compare"], &args[..], &["--out", "x"]].concat());
        assert_eq!(done.status.code(), Some(code), "{args:?}: {}", err(&done));
        assert!(err(&done).contains(expected), "{args:?}: {}", err(&done));
        assert!(!dir.join("x").exists() && !err(&done).contains("panicked"), "{args:?}");
    }
}

/// A small shop of ten orders a day.
fn shop(mean: f64, level: i64, seed: u64, replications: u32) -> restock::scenario::Runnable {
    let text = format!(
        "name = \"c\"\n\
         [horizon]\n\
         start = 2026-01-01\n\
         days = 28\n\
         warmup-days = 10\n\
         [monte-carlo]\n\
         replications = {replications}\n\
         seed = {seed}\n\
         [[product]]\n\
         sku = \"x\"\n\
         price = 60\n\
         unit-cost = 14\n\
         [demand]\n\
         mean-per-day = {mean}\n\
         dispersion = 2\n\
         [[supply]]\n\
         name = \"m\"\n\
         [[supply.location]]\n\
         name = \"l\"\n\
         policy = {{ base-stock = {{ level = {level} }} }}\n\
         [[supply.location.route]]\n\
         name = \"r\"\n\
         stage = [{{ name = \"s\", days = {{ gamma = {{ mean = 5, sd = 2.5 }} }} }}]\n"
    );
    runnable_with(&text, &[])
}

const LOOKED_AT: [Kpi; 4] = [Kpi::ResidualIncome, Kpi::BackorderRate, Kpi::FillRate, Kpi::InvestedCapital];

/// Over 400 seeds each kind of interval covers the difference of long runs in 95 % of cases, within 4 binomial standard errors (4.4 points)
/// and the error of the long runs, which is a tenth of that of one comparison. Independent ones, paired ones, and those of the same random
/// numbers with other shoppers.
#[test]
fn intervals_cover() {
    const SEEDS: u64 = 400;
    const FEW: u32 = 64;
    const MANY: u32 = 12_800;
    let lab = Lab::new(0);
    let side = |name: &str, mean: f64, level: i64, seed: u64, n: u32| {
        let r = shop(mean, level, seed, n);
        let cell = lab.run(&r.scenario, &r.experiment, Days::AsTheyCome).unwrap();
        let mut side = Side::ran(name.into(), &r.scenario, &r.experiment, &cell);
        side.values = vec![("demand.mean-per-day".into(), mean.to_string()), ("level".into(), level.to_string())];
        side
    };
    let difference = |a: Side, b: Side, kpi: Kpi| {
        let json = compare(&[a, b], 100).unwrap().json;
        let row = json["differences"].as_array().unwrap().iter().find(|d| d["kpi"] == kpi.name()).unwrap().clone();
        let number = |k: &str| row["difference"][k].as_f64().unwrap();
        (number("value"), number("ci_low"), number("ci_high"), row["paired"] == true)
    };
    // What b is, whether it has a seed of its own, and whether it is paired.
    for (mean, level, own_seed, paired) in [(10.0, 60, true, false), (10.0, 60, false, true), (11.0, 70, false, true)] {
        let truth =
            |kpi: Kpi| difference(side("a", 10.0, 70, 900_000, MANY), side("b", mean, level, 900_000, MANY), kpi).0;
        let truths = LOOKED_AT.map(truth);
        let mut covered = [0_u64; LOOKED_AT.len()];
        for seed in 1..=SEEDS {
            let other = if own_seed { seed + 100_000 } else { seed };
            let (a, b) = (side("a", 10.0, 70, seed, FEW), side("b", mean, level, other, FEW));
            for (i, kpi) in LOOKED_AT.into_iter().enumerate() {
                let (_, low, high, was) = difference(a.clone(), b.clone(), kpi);
                assert_eq!(was, paired);
                covered[i] += u64::from(low <= truths[i] && truths[i] <= high);
            }
        }
        let bar = 4.0 * (0.95 * 0.05 / SEEDS as f64).sqrt();
        for (kpi, covered) in LOOKED_AT.iter().zip(covered) {
            let share = covered as f64 / SEEDS as f64;
            println!("{mean} {level} own seed {own_seed}: {} {share}", kpi.name());
            assert!((share - 0.95).abs() < bar, "{mean} {level} own seed {own_seed}: {} {share}", kpi.name());
        }
    }
}
