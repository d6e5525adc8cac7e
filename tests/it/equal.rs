//! Supply models at equal service and at equal capital: the search finds what it is asked for, and says how well.

use restock::model::Kpi;
use restock::scenario::Loader;
use restock::study::{EqualTerms, Options, Outcome, Terms, run};
use std::path::Path;

/// A short and a long route, and the long one once more under another name.
fn scenario(seed: u64, replications: u32, fill_rate: &str) -> String {
    let model = |name: &str, days: u32| {
        format!(
            "[[supply]]\nname = \"{name}\"\n[[supply.location]]\nname = \"l\"\npolicy = {{ order-up-to = {{ review-days = 7, safety-stock = {{ service-level = \"80%\" }} }} }}\n[[supply.location.route]]\nname = \"r\"\nstage = [{{ name = \"make\", days = {{ gamma = {{ mean = {days}, sd = 4 }} }} }}]\n"
        )
    };
    format!(
        "name = \"e\"\n[horizon]\nstart = 2026-01-01\ndays = 120\nwarmup-days = 60\n[monte-carlo]\nreplications = {replications}\nseed = {seed}\n[compare]\nfill-rate = \"{fill_rate}\"\n[[product]]\nsku = \"x\"\nprice = 20\nunit-cost = 8\n[demand]\nmean-per-day = 12\ndispersion = 3\n{}{}{}",
        model("long", 30),
        model("short", 8),
        model("long again", 30)
    )
}

fn equal(text: &str) -> (Outcome, EqualTerms) {
    let r = Loader::default().load_str("test", text, Path::new(".")).unwrap_or_else(|d| panic!("{}", d.render(false)));
    let r = r.value.runnable;
    let outcome = run(&r.scenario, &r.experiment, Options { equal_terms: true, ..Options::default() }, &|_| {});
    let terms = outcome.equal.clone().unwrap();
    (outcome, terms)
}

#[test]
fn every_model_reaches_the_service_with_the_least_stock_that_does() {
    let (_, terms) = equal(&scenario(3, 300, "97%"));
    let models = &terms.products[0].models;
    for m in models {
        let at = &m.at_service.as_ref().unwrap().point;
        assert!(at.fill_rate.value >= 0.97, "{} {at:?}", m.name);
        let below = m.frontier.iter().rev().find(|p| p.extra_days < at.extra_days).unwrap();
        assert!(below.fill_rate.value < 0.97 && at.extra_days - below.extra_days <= 0.5 + 1e-9, "{} {below:?}", m.name);
        // More stock, more capital and no worse service.
        for pair in m.frontier.windows(2) {
            assert!(pair[1].invested_capital.value >= pair[0].invested_capital.value, "{} {pair:?}", m.name);
            assert!(pair[1].fill_rate.value >= pair[0].fill_rate.value - 0.002, "{} {pair:?}", m.name);
        }
    }
    let capital = |i: usize| models[i].at_service.as_ref().unwrap().point.invested_capital.value;
    assert!(capital(1) < capital(0), "the short route needs less: {} and {}", capital(1), capital(0));
}

#[test]
fn equal_capital_is_the_first_models_own() {
    let (outcome, terms) = equal(&scenario(4, 300, "90%"));
    let product = &terms.products[0];
    let own = outcome.products[0].models[0].estimate(Kpi::InvestedCapital).unwrap().value;
    assert_eq!(product.capital, own);
    for m in &product.models {
        let at = &m.at_capital.as_ref().unwrap().point;
        assert!(at.invested_capital.value <= own, "{} {at:?}", m.name);
        assert!(at.invested_capital.value > own * 0.9, "{} {at:?}", m.name);
    }
    // The first model has what it has; with the same money the short route serves better.
    assert_eq!(product.models[0].at_capital.as_ref().unwrap().point.extra_days, 0.0);
    let fill = |i: usize| product.models[i].at_capital.as_ref().unwrap().point.fill_rate.value;
    assert!(fill(1) > fill(0));
}

#[test]
fn models_with_the_same_parameters_end_at_the_same_point() {
    let (outcome, terms) = equal(&scenario(5, 200, "95%"));
    let models = &terms.products[0].models;
    assert_eq!(models[0].at_service.as_ref().unwrap().point, models[2].at_service.as_ref().unwrap().point);
    let at = terms.outcomes(&outcome, Terms::EqualService);
    let (a, b) = (at[0].as_ref().unwrap(), at[2].as_ref().unwrap());
    for kpi in [Kpi::InvestedCapital, Kpi::Contribution, Kpi::BackorderRate] {
        let d = b.minus(a, kpi).unwrap();
        assert_eq!((d.value, d.standard_error), (0.0, Some(0.0)), "{kpi:?}");
    }
}

/// The interval of "the capital at 95 %" includes that the stock was searched for: over 60 seeds the estimate
/// scatters as its standard error says. A sample standard deviation of 60 is within a quarter of the truth in
/// 99 % of cases; the rest of the band is for the steps of the search and the noise of slopes.
#[test]
fn the_interval_at_equal_service_includes_the_search() {
    let (mut values, mut errors) = (Vec::new(), Vec::new());
    for seed in 0..60 {
        let (outcome, terms) = equal(&scenario(1_000 + seed, 60, "95%"));
        let at = terms.outcomes(&outcome, Terms::EqualService);
        let e = at[0].as_ref().unwrap().estimate(Kpi::InvestedCapital).unwrap();
        values.push(e.value);
        errors.push(e.standard_error.unwrap());
    }
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    let m = mean(&values);
    let scatter = (values.iter().map(|v| (v - m).powi(2)).sum::<f64>() / 59.0).sqrt();
    let said = mean(&errors);
    assert!((0.65..1.5).contains(&(scatter / said)), "scatters by {scatter}, said {said}");
}

#[test]
fn a_service_out_of_reach_is_said_to_be() {
    // Nothing on the shelf, and every lot is scrapped: no order can ever be served.
    let text =
        scenario(6, 50, "97%").replace("days = { gamma = { mean = 8, sd = 4 } }", "days = 8, scrap = 1").replace(
            "name = \"short\"\n[[supply.location]]\n",
            "name = \"short\"\n[[supply.location]]\ninitial-on-hand = 0\n",
        );
    let (_, terms) = equal(&text);
    assert!(terms.products[0].models[1].at_service.is_none());
}
