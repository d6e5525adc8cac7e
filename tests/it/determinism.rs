//! Same scenario, seed and binary: same bytes, whatever the threads; and draws that do not shift.

use crate::cli::{restock, scratch};
use crate::support::runnable;
use restock::model::{Kpi, Scenario};
use restock::study::{Options, Outcome, run};
use std::collections::BTreeMap;
use std::path::Path;

const BASE: &str = r#"
name = "determinism"
[horizon]
start = 2026-09-01
days = 120
warmup-days = 90
[monte-carlo]
replications = 150
[[product]]
sku = "tee"
price = 60
unit-cost = 14
[demand]
mean-per-day = 20
dispersion = 5
[demand.surge]
per-year = 3
peak-uplift = { lognormal = { median = 5, p90 = 12 } }
decay = { exponential = { tau-days = 4 } }
"#;

fn outcome(text: &str, threads: usize) -> (Scenario, Outcome) {
    let loaded = runnable(text);
    let outcome = run(
        &loaded.scenario,
        &loaded.experiment,
        Options { daily: true, equal_terms: true, threads, rows: true },
        &|_| {},
    );
    (loaded.scenario, outcome)
}

fn files(folder: &Path, into: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, into);
        } else if path.file_name().unwrap() != "manifest.json" {
            into.insert(path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap());
        }
    }
}

#[test]
fn every_file_of_a_run_has_the_same_bytes_at_1_2_and_4_threads() {
    let dir = scratch("threads");
    let scenario = dir.join("s.toml");
    std::fs::write(&scenario, BASE).unwrap();
    let of = |threads: &str| {
        let out = dir.join(threads);
        let run = restock(&[
            "run",
            scenario.to_str().unwrap(),
            "--quiet",
            "--threads",
            threads,
            "--out",
            out.to_str().unwrap(),
        ]);
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        let mut all = BTreeMap::new();
        files(&out, &mut all);
        all
    };
    let one = of("1");
    assert!(one.len() > 30, "{:?}", one.keys());
    for threads in ["2", "4"] {
        for (name, bytes) in of(threads) {
            assert!(one[&name] == bytes, "{name} differs at {threads} threads");
        }
    }
}

#[test]
fn adding_a_model_a_product_or_a_stage_changes_no_other_draw() {
    let two = |more: &str| {
        let text = format!(
            "\
                 {BASE}\n\
                 {more}\n\
                 [[supply]]\n\
                 name = \"A\"\n\
                 preset = \"ocean-3pl\"\n\
                 [[supply]]\n\
                 name = \"B\"\n\
                 preset = \"direct\"\n"
        );
        outcome(&text, 2).1
    };
    let plain = two("");
    let more_models = outcome(
        &format!(
            "\
         {BASE}\n\
         [[supply]]\n\
         name = \"C\"\n\
         preset = \"hybrid\"\n\
         [[supply]]\n\
         name = \"A\"\n\
         preset = \"ocean-3pl\"\n\
         [[supply]]\n\
         name = \"B\"\n\
         preset = \"direct\"\n"
        ),
        2,
    )
    .1;
    for m in 0..2 {
        assert!(
            plain.products[0].models[m].rows == more_models.products[0].models[m + 1].rows,
            "a model more changed model {m}"
        );
    }
    let more_products = two("[[product]]\nsku = \"mug\"\nprice = 20\nunit-cost = 4\n");
    for m in 0..2 {
        assert!(
            plain.products[0].models[m].rows == more_products.products[0].models[m].rows,
            "a product more changed model {m}"
        );
    }
    // A further stage of no duration on A leaves B, and A itself, as they were.
    let staged = |stage: &str| {
        let text = format!(
            "\
                 {BASE}\n\
                 [[supply]]\n\
                 name = \"A\"\n\
                 preset = \"direct\"\n\
                 [[supply.location]]\n\
                 name = \"Origin hub\"\n\
                 [[supply.location.route]]\n\
                 name = \"Factory truck\"\n\
                 {stage}\n\
                 [[supply]]\n\
                 name = \"B\"\n\
                 preset = \"direct\"\n"
        );
        outcome(&text, 2).1
    };
    let (without, with) = (staged(""), staged("[[supply.location.route.stage]]\nname = \"Label check\"\ndays = 0\n"));
    for m in 0..2 {
        assert!(
            without.products[0].models[m].rows == with.products[0].models[m].rows,
            "a stage more changed model {m}"
        );
    }
}

#[test]
fn models_with_equal_parameters_are_equal_to_the_last_bit() {
    let text = format!(
        "{BASE}\n[[supply]]\nname = \"A\"\npreset = \"hybrid\"\n[[supply]]\nname = \"B\"\npreset = \"hybrid\"\n"
    );
    let (_, outcome) = outcome(&text, 2);
    let [a, b] = &outcome.products[0].models[..] else { panic!() };
    assert!(a.rows == b.rows);
    assert!(a.bands == b.bands);
    assert!(restock::study::differences(&outcome.products[0]).iter().all(|d| d.estimate.value == 0.0));
}

#[test]
fn a_replication_can_be_replayed_alone() {
    let (scenario, outcome) = outcome(BASE, 2);
    let lines = restock::study::trace(&scenario, outcome.seed, 77);
    let first = scenario.horizon.start;
    let sum = |model: usize, kind: restock::sim::EventKind| -> i64 {
        let name = &scenario.models[model].name;
        lines.iter().filter(|l| l.model == *name && l.event == kind && l.date >= first).map(|l| l.units).sum()
    };
    for (m, model) in outcome.products[0].models.iter().enumerate() {
        let row = &model.rows[77];
        assert_eq!(sum(m, restock::sim::EventKind::Backordered) as f64, row[Kpi::BackorderRate.index()].0);
        assert_eq!(sum(m, restock::sim::EventKind::Demand) as f64, row[Kpi::FillRate.index()].1);
        assert_eq!(sum(m, restock::sim::EventKind::ServedFromStock) as f64, row[Kpi::FillRate.index()].0);
        assert_eq!(sum(m, restock::sim::EventKind::OrderPlaced) as f64, row[Kpi::UnitsOrdered.index()].0);
    }
}

#[test]
fn precision_stops_when_it_is_met_and_says_when_it_is_not() {
    let with = |half_width: &str, most: u32| {
        let text = BASE.replace(
            "replications = 150",
            &format!("replications = {most}\nprecision = {{ kpi = \"fill_rate\", half-width = \"{half_width}\" }}"),
        );
        outcome(&text, 2).1
    };
    let met = with("2%", 20_000);
    assert_eq!(met.precision_met, Some(true));
    assert!(met.replications < 20_000);
    for m in &met.products[0].models {
        assert!(m.estimate(Kpi::FillRate).unwrap().half_width().unwrap() <= 0.02);
    }
    let missed = with("0.001%", 600);
    assert_eq!((missed.precision_met, missed.replications), (Some(false), 600));
}
