//! Supply models on equal terms: the search finds what it is asked for, and says how well.

use crate::support::runnable;
use restock::model::Kpi;
use restock::study::{EqualTerms, OBJECTIVE, Options, Outcome, Terms, run};

/// A short and a long route, and the long one once more under another name.
fn scenario(seed: u64, replications: u32, fill_rate: &str) -> String {
    let model = |name: &str, days: u32| {
        format!(
            "\
                 [[supply]]\n\
                 name = \"{name}\"\n\
                 [[supply.location]]\n\
                 name = \"l\"\n\
                 policy = {{ order-up-to = {{ review-days = 7, safety-stock = {{ service-level = \"80%\" }} }} }}\n\
                 [[supply.location.route]]\n\
                 name = \"r\"\n\
                 stage = [{{ name = \"make\", days = {{ gamma = {{ mean = {days}, sd = 4 }} }} }}]\n"
        )
    };
    format!(
        "\
             name = \"e\"\n\
             [horizon]\n\
             start = 2026-01-01\n\
             days = 120\n\
             warmup-days = 60\n\
             [monte-carlo]\n\
             replications = {replications}\n\
             seed = {seed}\n\
             [compare]\n\
             fill-rate = \"{fill_rate}\"\n\
             [[product]]\n\
             sku = \"x\"\n\
             price = 20\n\
             unit-cost = 8\n\
             [demand]\n\
             mean-per-day = 12\n\
             dispersion = 3\n\
             {}{}{}",
        model("long", 30),
        model("short", 8),
        model("long again", 30)
    )
}

fn equal(text: &str) -> (Outcome, EqualTerms) {
    let r = runnable(text);
    let outcome = run(&r.scenario, &r.experiment, Options { equal_terms: true, ..Options::default() }, &|_| {});
    let terms = outcome.equal.clone().unwrap();
    (outcome, terms)
}

#[test]
fn every_model_is_on_the_target_to_the_last_digits() {
    let (_, terms) = equal(&scenario(3, 300, "97%"));
    let models = &terms.products[0].models;
    for m in models {
        let at = m.at_service.as_ref().unwrap();
        let fill = at.found.estimates.estimate(Kpi::FillRate).unwrap();
        assert!((fill.value - 0.97).abs() < 1e-9, "{} {fill:?}", m.name);
        // What is on target in every repetition has no error.
        assert!(fill.standard_error.unwrap() < 1e-6, "{fill:?}");
        // More stock, more capital and no worse service.
        for pair in m.frontier.windows(2) {
            assert!(pair[1].invested_capital.value >= pair[0].invested_capital.value, "{} {pair:?}", m.name);
            assert!(pair[1].fill_rate.value >= pair[0].fill_rate.value - 0.002, "{} {pair:?}", m.name);
        }
    }
    let capital =
        |i: usize| models[i].at_service.as_ref().unwrap().found.estimates.estimate(Kpi::InvestedCapital).unwrap().value;
    assert!(capital(1) < capital(0), "the short route needs less: {} and {}", capital(1), capital(0));
}

#[test]
fn equal_capital_is_the_first_models_own() {
    let (outcome, terms) = equal(&scenario(4, 300, "90%"));
    let product = &terms.products[0];
    let own = outcome.products[0].models[0].estimate(Kpi::InvestedCapital).unwrap().value;
    assert!((product.capital - own).abs() < 1e-9 * own);
    for m in &product.models {
        let at = m.at_capital.as_ref().unwrap().estimates.estimate(Kpi::InvestedCapital).unwrap();
        assert!((at.value - own).abs() < 1e-9 * own, "{} {at:?}", m.name);
    }
    // The first model has what it has; with the same money the short route serves better.
    assert_eq!(product.models[0].at_capital.as_ref().unwrap().extra_days, 0.0);
    let fill =
        |i: usize| product.models[i].at_capital.as_ref().unwrap().estimates.estimate(Kpi::FillRate).unwrap().value;
    assert!(fill(1) > fill(0));
}

/// At its own best no model earns less than at its own policy, at equal service or at equal capital, but for what is
/// indifferent; and the stock is the least that is.
#[test]
fn nothing_is_better_than_the_best() {
    let (outcome, terms) = equal(&scenario(7, 300, "97%"));
    for (i, m) in terms.products[0].models.iter().enumerate() {
        let best = &m.own_best;
        let revenue = best.least.estimates.estimate(Kpi::Revenue).unwrap().value;
        let own = outcome.products[0].models[i].estimate(OBJECTIVE).unwrap().value;
        let elsewhere = [Terms::EqualService, Terms::EqualCapital]
            .map(|t| m.found(t).unwrap().estimates.estimate(OBJECTIVE).unwrap().value);
        for other in [own, elsewhere[0], elsewhere[1]] {
            assert!(best.value.value >= other - 1e-4 * revenue, "{}: {other} beats {:?}", m.name, best.value);
        }
        let least = best.least.estimates.estimate(OBJECTIVE).unwrap().value;
        let lost = (best.value.value - least) / revenue;
        assert!((0.0..0.006).contains(&lost), "{}: loses {lost}", m.name);
        assert!(best.indifferent.0 <= best.best_days && best.best_days <= best.indifferent.1, "{best:?}");
        assert_eq!(best.indifferent.0, best.least.extra_days);
    }
}

#[test]
fn models_with_the_same_parameters_end_at_the_same_point() {
    let (_, terms) = equal(&scenario(5, 200, "95%"));
    for of in [Terms::OwnBest, Terms::EqualService, Terms::EqualCapital] {
        let at = terms.estimates(None, of);
        let (a, b) = (at[0].as_ref().unwrap(), at[2].as_ref().unwrap());
        for kpi in [Kpi::InvestedCapital, Kpi::Contribution, Kpi::BackorderRate] {
            let d = b.minus(a, kpi).unwrap();
            assert_eq!((d.value, d.standard_error), (0.0, Some(0.0)), "{of:?} {kpi:?}");
        }
    }
}

/// Surges and unplanned campaigns do not move the stock at equal service: it is that of ordinary days. What they take is
/// the difference between the same replications with and without them.
#[test]
fn equal_service_is_that_of_ordinary_days() {
    let quiet = scenario(8, 150, "95%");
    let surge = "\
         [demand.surge]\n\
         per-year = 3\n\
         peak-uplift = 6\n\
         decay = { exponential = { tau-days = 5 } }\n\
         [[demand.campaign]]\n\
         name = \"post\"\n\
         start = 2026-03-01\n\
         days = 4\n\
         uplift = 3\n\
         planned = false\n\
         [[supply]]";
    let loud = quiet.replacen("[[supply]]", surge, 1);
    let (quiet, loud) = (equal(&quiet).1, equal(&loud).1);
    assert!(loud.products[0].has_surprises && !quiet.products[0].has_surprises);
    for (a, b) in quiet.products[0].models.iter().zip(&loud.products[0].models) {
        let (a, b) = (a.at_service.as_ref().unwrap(), b.at_service.as_ref().unwrap());
        // The same but for how far apart the stocks lie that it was read off.
        assert!(
            (a.found.extra_days - b.found.extra_days).abs() < 1e-3,
            "{} {}",
            a.found.extra_days,
            b.found.extra_days
        );
        let fill = |e: &restock::study::Estimates| e.estimate(Kpi::FillRate).unwrap().value;
        assert!((fill(&b.ordinary) - 0.95).abs() < 1e-9);
        assert!(fill(&b.found.estimates) < fill(&b.ordinary) - 0.01);
        let change = b.change_by_surprises(Kpi::BackorderRate).unwrap();
        assert!(change.interval().unwrap().0 > 0.0, "{change:?}");
    }
}

/// The chance is that of a replication's own fill rate.
#[test]
fn an_equal_chance_is_counted_over_replications() {
    let text = scenario(9, 400, "95%").replace("fill-rate = \"95%\"", "fill-rate = \"95%\"\nchance = \"80%\"");
    let (_, terms) = equal(&text);
    let (_, average) = equal(&scenario(9, 400, "95%"));
    for (m, other) in terms.products[0].models.iter().zip(&average.products[0].models) {
        let at = m.at_service.as_ref().unwrap();
        let more = at.found.extra_days - other.at_service.as_ref().unwrap().found.extra_days;
        assert!(more > 0.5, "four chances in five need more stock than the mean: {more}");
    }
}

/// The interval of "the capital at 95 %" includes that the stock was searched for: over 60 seeds the estimate
/// scatters as its standard error says. A sample standard deviation of 60 is within a quarter of the truth in
/// 99 % of cases; the rest of the band is for the steps of the search and the noise of slopes.
#[test]
fn the_interval_at_equal_service_includes_the_search() {
    let (mut values, mut errors) = (Vec::new(), Vec::new());
    for seed in 0..60 {
        let (_, terms) = equal(&scenario(1_000 + seed, 60, "95%"));
        let at = terms.estimates(None, Terms::EqualService);
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
