//! Days that a run keeps: means of all replications, percentiles of the first ones, and nothing where nobody asks.

use crate::support::{ocean_and_direct, runnable_with};
use restock::model::Kpi;
use restock::scenario::Runnable;
use restock::sim::Series;
use restock::study::{Band, ModelOutcome, Options, Outcome, run};
use std::process::Command;

const TEXT: &str = r#"
name = "days"
[horizon]
start = 2026-01-05
days = 40
warmup-days = 40
[[product]]
sku = "mug"
price = 20
unit-cost = 4
[demand]
mean-per-day = 8
dispersion = 2
"#;

fn loaded(more: &[&str]) -> Runnable {
    runnable_with(&ocean_and_direct(TEXT), &more.iter().map(|o| (*o).to_owned()).collect::<Vec<_>>())
}

fn outcome(more: &[&str]) -> Outcome {
    let r = loaded(more);
    run(&r.scenario, &r.experiment, Options { daily: true, ..Options::default() }, &|_| {})
}

fn bands(o: &Outcome) -> Vec<Band> {
    let each = o.products.iter().flat_map(|p| &p.models);
    each.flat_map(|m| Series::ALL.into_iter().flat_map(|s| m.bands.series(s).to_vec())).collect()
}

/// Of 300 replications of which 100 are ranked: percentiles as of 100, means as of 300, to the bit; and no KPI moves.
#[test]
fn percentiles_are_of_the_first_and_means_of_all() {
    let all = outcome(&["monte-carlo.replications=300"]);
    let few = outcome(&["monte-carlo.replications=100"]);
    let ranked = outcome(&["monte-carlo.replications=300", "monte-carlo.daily-replications=100"]);
    assert_eq!((all.daily_replications(), ranked.daily_replications()), (300, 100));
    let (all_days, few_days, ranked_days) = (bands(&all), bands(&few), bands(&ranked));
    assert_eq!(ranked_days.len(), 2 * 20 * 40);
    assert!(all_days.iter().zip(&few_days).any(|(a, f)| a.mean != f.mean && a.p95 != f.p95), "they differ");
    for ((all, few), ranked) in all_days.iter().zip(&few_days).zip(&ranked_days) {
        assert_eq!(*ranked, Band { mean: all.mean, ..*few });
    }
    for (all, ranked) in all.products[0].models.iter().zip(&ranked.products[0].models) {
        let kpis = |m: &ModelOutcome| Kpi::ALL.iter().map(|kpi| m.summary(*kpi)).collect::<Vec<_>>();
        assert_eq!(kpis(all), kpis(ranked));
        assert_eq!(all.bands.flows(), ranked.bands.flows());
    }
}

/// Not given, days are kept of up to 24 products; what is given holds for any number.
#[test]
fn large_catalogues_keep_no_days_unless_asked() {
    let experiment = |products: usize, more: &[&str]| {
        let product = |i| format!("[[product]]\nsku = \"p{i}\"\nprice = 20\nunit-cost = 4\n");
        let text = TEXT.replace("[demand]", &((1..products).map(product).collect::<String>() + "[demand]"));
        let more: Vec<String> = more.iter().map(|o| (*o).to_owned()).collect();
        runnable_with(&ocean_and_direct(&text), &more).experiment.daily_replications
    };
    assert_eq!((experiment(24, &[]), experiment(25, &[])), (2_000, 0));
    assert_eq!(experiment(25, &["monte-carlo.daily-replications=7"]), 7);
    assert_eq!(experiment(1, &["monte-carlo.daily-replications=0"]), 0);
}

/// Without days there is no file and no sheet of them, and the run says so.
#[test]
fn a_run_without_days_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("s.toml");
    std::fs::write(&scenario, ocean_and_direct(TEXT)).unwrap();
    let out = folder.path().join("out");
    let run = Command::new(env!("CARGO_BIN_EXE_restock"))
        .args(["run", scenario.to_str().unwrap(), "-n", "20", "--own-policies-only", "--set"])
        .args(["monte-carlo.daily-replications=0", "--out", out.to_str().unwrap()])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success() && said.contains("charts over time (no days were kept"), "{said}");
    assert!(!out.join("daily.parquet").exists() && !out.join("charts/backlog.png").exists());
    assert!(out.join("charts/backorder-rate.png").exists() && out.join("finance.xlsx").exists());
    let summary: serde_json::Value = serde_json::from_slice(&std::fs::read(out.join("summary.json")).unwrap()).unwrap();
    assert_eq!(summary["daily_replications"], 0);
}
