//! Many related runs on one engine: what they share changes no figure, and one that fails does not stop the others.

use crate::support::{ocean_and_direct, try_load};
use restock::study::{Cancel, Engine, Options, Outcome, Stopped, Study};

const TEXT: &str = r#"
name = "engine"
[horizon]
start = 2026-01-05
days = 90
warmup-days = 30
[monte-carlo]
replications = 200
[[product]]
sku = "mug"
price = 20
unit-cost = 4
[demand]
mean-per-day = 8
[demand.surge]
per-year = 3
peak-uplift = 4
"#;

/// A variant by what is set.
fn variant(set: &str) -> Result<(restock::model::Scenario, restock::model::Experiment), restock::Error> {
    let loaded = try_load(&ocean_and_direct(TEXT), &[set.to_owned()])?;
    Ok((loaded.value.runnable.scenario, loaded.value.runnable.experiment))
}

fn table(set: &str, outcome: &Outcome) -> String {
    let (scenario, _) = variant(set).unwrap();
    restock::report::kpi_table(&scenario, outcome).to_text() + &restock::report::summary(&scenario, outcome).to_string()
}

/// Changes of supply and money share the shoppers, changes of demand, of the seed and of the horizon do not.
const SETS: [&str; 7] = [
    "supply.0.location.0.delivery.days=9",
    "finance.cost-of-capital=0.3",
    "demand.mean-per-day=9",
    "demand.surge.peak-uplift=2",
    "monte-carlo.seed=5",
    "horizon.days=80",
    "monte-carlo.replications=130",
];

#[test]
fn what_runs_share_changes_no_figure() {
    let options = Options { equal_terms: true, threads: 2, ..Options::default() };
    let alone = |set: &str| {
        let (scenario, experiment) = variant(set).unwrap();
        table(set, &Study::new(&scenario, &experiment).options(options).run().unwrap())
    };
    let engine = Engine::new();
    let mut told = Vec::new();
    // Each twice, so that one of them finds all that it needs.
    let variants = SETS.iter().chain(&SETS).map(|set| variant(set));
    engine.run_all(variants, options, &Cancel::default(), &mut |i, outcome| told.push((i, outcome.unwrap()))).unwrap();
    assert_eq!(told.len(), 2 * SETS.len());
    for (i, outcome) in &told {
        let set = SETS[i % SETS.len()];
        assert!(table(set, outcome) == alone(set), "{set}");
    }
}

#[test]
fn a_variant_that_fails_does_not_stop_the_others() {
    let sets = ["finance.cost-of-capital=0.3", "finance.cost-of-capital=-3", "finance.cost-of-capital=0.1"];
    let mut told = Vec::new();
    let variants = || sets.iter().map(|set| variant(set));
    let engine = Engine::new();
    engine.run_all(variants(), Options::default(), &Cancel::default(), &mut |_, outcome| told.push(outcome)).unwrap();
    assert!(told[0].is_ok() && told[2].is_ok());
    assert!(
        told[1].as_ref().is_err_and(|e| e.message.contains("cost-of-capital") && e.value.is_some()),
        "{:?}",
        told[1].as_ref().err()
    );

    let cancel = Cancel::default();
    let mut heard = 0;
    let stopped = engine.run_all(variants(), Options::default(), &cancel, &mut |_, _| {
        heard += 1;
        cancel.cancel();
    });
    assert_eq!((stopped, heard), (Err(Stopped::Cancelled), 1), "what was known is told, and nothing more is run");
}
