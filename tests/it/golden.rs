//! Estimates of every KPI of every shipped scenario, as they were before draws were changed: 20,000 replications of 26 November 2026.
//!
//! Whoever changes random values changes no estimate by more than chance.

use restock::model::Kpi;
use restock::scenario::Loader;
use restock::study::{Options, run};
use std::collections::BTreeMap;
use std::path::Path;

const RECORDED: &str = include_str!("../golden/estimates.csv");

/// Standard errors of the difference by which a figure may be off. Of some 3,000 figures, which hang together within a scenario,
/// one in three tests would see one beyond 4 if all were independent and seeds were drawn anew; seeds are fixed.
const ERRORS: f64 = 4.0;

/// Ten digits: sums of floats are folded in another order than they were.
const ROUNDING: f64 = 1e-10;

const RECORDED_REPLICATIONS: f64 = 20_000.0;

/// A share of this size is made by few replications.
const RARE: f64 = 0.001;

struct Recorded {
    estimate: f64,
    standard_error: Option<f64>,
}

fn recorded() -> BTreeMap<String, BTreeMap<[String; 3], Recorded>> {
    let mut out: BTreeMap<String, BTreeMap<[String; 3], Recorded>> = BTreeMap::new();
    for line in RECORDED.lines().skip(1) {
        let cells: Vec<&str> = line.split(';').collect();
        let [scenario, product, model, kpi, estimate, error] = cells[..] else { panic!("{line}") };
        let entry = Recorded { estimate: estimate.parse().unwrap(), standard_error: error.parse().ok() };
        let key = [product, model, kpi].map(str::to_owned);
        out.entry(scenario.to_owned()).or_default().insert(key, entry);
    }
    out
}

fn check(replications: u32) {
    let mut off = Vec::new();
    let mut compared = 0;
    for (name, recorded) in recorded() {
        // A scenario that has become another one is kept as it was.
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let kept = root.join(format!("tests/golden/{name}.toml"));
        let path = if kept.exists() { kept } else { root.join(format!("scenarios/{name}.toml")) };
        let loader = Loader {
            overrides: vec![format!("monte-carlo.replications={replications}")],
            allow_outside: true,
            ..Loader::default()
        };
        let r = loader.load(&path).unwrap_or_else(|d| panic!("{}", d.render(false))).value.runnable;
        let outcome = run(&r.scenario, &r.experiment, Options::default(), &|_| {});
        for (_, product) in restock::report::products(&outcome) {
            for model in &product.models {
                for kpi in Kpi::ALL {
                    let key = [&product.sku, &model.name, kpi.name()].map(str::to_owned);
                    let (now, before) = (model.estimate(*kpi), recorded.get(&key));
                    let (Some(now), Some(before)) = (now, before) else {
                        assert_eq!(now.is_some(), before.is_some(), "{name} {key:?} exists or not, as before");
                        continue;
                    };
                    // Whole days have an interval and no standard error: half of its half-width stands for one.
                    let error = |e: Option<f64>, half: Option<f64>| e.or(half.map(|h| h / 2.0)).unwrap_or(0.0);
                    let known = error(before.standard_error, None);
                    // Of what is rare few replications know the error badly, and not at all if they did not see it: at least
                    // that of as few replications before.
                    let mine = error(now.standard_error, now.half_width());
                    let as_few = known * (RECORDED_REPLICATIONS / f64::from(replications)).sqrt();
                    let rare = mine == 0.0 || model.remark(*kpi).is_some() || before.estimate.abs() < RARE;
                    let mine = if rare { mine.max(as_few) } else { mine };
                    let bound = ERRORS * mine.hypot(known) + ROUNDING * before.estimate.abs();
                    compared += 1;
                    if (now.value - before.estimate).abs() > bound {
                        off.push(format!("{name} {key:?}: {} for {}, bound {bound}", now.value, before.estimate));
                    }
                }
            }
        }
    }
    assert!(compared > 2_000, "{compared}");
    assert!(off.is_empty(), "{} of {compared}:\n{}", off.len(), off.join("\n"));
}

#[test]
fn estimates_are_what_they_were() {
    check(1_000);
}

/// About two minutes in the release profile.
#[test]
#[ignore = "slow"]
fn estimates_of_many_replications_are_what_they_were() {
    check(20_000);
}
