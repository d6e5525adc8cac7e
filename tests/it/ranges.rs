//! Every published figure of every shipped scenario lies where its kind allows: shares in 0..=1, days, units and money that
//! cannot be negative at least 0, percentiles in order, estimates inside their intervals.

use restock::model::Kpi;
use restock::report::summary;
use restock::scenario::Loader;
use restock::study::{Options, run};
use serde_json::Value;
use std::path::Path;

/// Walks all tables of KPIs below `value`; `place` says where it is.
fn each_kpi(value: &Value, place: &str, check: &mut impl FnMut(Kpi, &Value, &str)) {
    match value {
        Value::Object(fields) => {
            for (name, below) in fields {
                let place = format!("{place}/{name}");
                match Kpi::from_name(name) {
                    Some(kpi) if below.get("estimate").is_some() => check(kpi, below, &place),
                    _ => each_kpi(below, &place, check),
                }
            }
        }
        Value::Array(list) => list.iter().enumerate().for_each(|(i, v)| each_kpi(v, &format!("{place}/{i}"), check)),
        _ => {}
    }
}

fn check(kpi: Kpi, figure: &Value, place: &str) {
    let number = |name: &str| figure.get(name).map(|v| v.as_f64().unwrap_or_else(|| panic!("{place}/{name}: {v}")));
    let estimate = number("estimate").unwrap();
    // A change has no range but that of a difference; its sign is free.
    let (low, high) = kpi.range();
    let (low, high) = if place.contains("change_by_surges") { (low - high, high - low) } else { (low, high) };
    let percentiles = ["p5", "p25", "p50", "p75", "p95"].map(&number);
    for (name, value) in [("estimate", Some(estimate)), ("ci_low", number("ci_low")), ("ci_high", number("ci_high"))]
        .into_iter()
        .chain(["p5", "p25", "p50", "p75", "p95"].into_iter().zip(percentiles))
    {
        let Some(value) = value else { continue };
        assert!(low <= value && value <= high, "{place}/{name} is {value}, outside {low} to {high}");
    }
    if let (Some(a), Some(b)) = (number("ci_low"), number("ci_high")) {
        assert!(a <= estimate && estimate <= b, "{place}: {estimate} outside {a} to {b}");
    }
    let known: Vec<f64> = percentiles.into_iter().flatten().collect();
    assert!(known.is_sorted(), "{place}: {known:?}");
    let on_equal_terms = place.contains("/equal_terms/");
    assert!(known.is_empty() || !on_equal_terms, "{place}: a stock that was searched for has no replications");
}

#[test]
fn every_published_figure_lies_where_its_kind_allows() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let (mut scenarios, mut figures, mut on_equal_terms) = (0, 0, 0);
    for entry in
        std::fs::read_dir(folder).unwrap().flatten().filter(|e| e.path().extension().is_some_and(|x| x == "toml"))
    {
        let loader = Loader { overrides: vec!["monte-carlo.replications=60".into()], ..Loader::default() };
        let r = loader.load(&entry.path()).unwrap_or_else(|d| panic!("{}", d.render(false))).value.runnable;
        let outcome = run(&r.scenario, &r.experiment, Options { equal_terms: true, ..Options::default() }, &|_| {});
        let name = entry.file_name().to_string_lossy().into_owned();
        each_kpi(&summary(&r.scenario, &outcome), &name, &mut |kpi, figure, place| {
            check(kpi, figure, place);
            figures += 1;
            on_equal_terms += usize::from(place.contains("/equal_terms/"));
        });
        scenarios += 1;
    }
    assert!(scenarios >= 8 && figures > 5_000 && on_equal_terms > 2_000, "{scenarios} {figures} {on_equal_terms}");
}
