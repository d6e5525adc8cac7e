//! The dates that the shop quotes, and what it does when they pass.

use crate::support::runnable;
use restock::model::Kpi;
use restock::sim::EventKind;
use restock::study::{TraceLine, trace};

/// One order of 1,000 units placed on the first day over one stage; two shoppers a day, all of whom wait.
fn one_order(stage: &str, customers: &str) -> Vec<TraceLine> {
    let text = format!(
        r#"
name = "one order"
[horizon]
start = 2026-01-01
days = 200
warmup-days = 0
[monte-carlo]
[[product]]
sku = "x"
price = 20
unit-cost = 5
[demand]
units-per-day = 2
[customers]
accept = "always"
{customers}
[[supply]]
name = "m"
[[supply.location]]
name = "l"
policy = {{ one-time = {{ quantity = 1000, date = 2026-01-01 }} }}
[[supply.location.route]]
name = "r"
terms = [{{ share = 1, at = "order" }}]
stage = [{stage}]
"#
    );
    let r = runnable(&text);
    // A replication whose order takes long shows the dates of old orders.
    (0..50).map(|n| trace(&r.scenario, 1, n)).max_by_key(|lines| received(lines)).unwrap()
}

fn received(lines: &[TraceLine]) -> usize {
    lines.iter().find(|l| l.event == EventKind::Received).map_or(200, |l| l.day)
}

/// Days from order to the promised date, by the day of the order.
fn quotes(lines: &[TraceLine]) -> Vec<(usize, i32)> {
    let quoted = |l: &TraceLine| (l.day, l.other_date.unwrap().0 - l.date.0);
    lines.iter().filter(|l| l.event == EventKind::Backordered).map(quoted).collect()
}

/// An exponential stage does not age: known not to have ended, it takes 1 / (1 - exp(-1/10)) = 10.5 whole days more at every age.
#[test]
fn an_old_lot_is_expected_as_late_as_a_young_one() {
    let lines = one_order(r#"{ name = "Transit", days = { exponential = { mean = 10 } } }"#, r#"patience = "endless""#);
    let quotes: Vec<i32> = quotes(&lines).into_iter().filter(|(day, _)| *day > 0).map(|(_, days)| days).collect();
    assert!(quotes.len() > 30, "{}", quotes.len());
    assert!(quotes.iter().all(|days| *days == 11), "{quotes:?}");
}

/// A lot whose stage takes 10 to 30 days, each alike, and has not ended on day `a` ends on average on day (a + 31) / 2.
#[test]
fn a_lot_that_must_end_soon_is_expected_soon() {
    let lines = one_order(r#"{ name = "Transit", days = { uniform = [9.5, 30.5] } }"#, r#"patience = "endless""#);
    for (day, days) in quotes(&lines).into_iter().filter(|(day, _)| (10..received(&lines)).contains(day)) {
        let mean = (day as f64 + 1.0 + 30.0) / 2.0 - day as f64;
        assert_eq!(days, (mean + 0.5) as i32, "on day {day}");
    }
}

/// Figures of one model, all replications.
fn figures(text: &str, model: usize) -> restock::study::ModelOutcome {
    let r = runnable(text);
    let options = restock::study::Options { rows: true, ..Default::default() };
    restock::study::run(&r.scenario, &r.experiment, options, &|_| {}).products[0].models[model].clone()
}

fn value(o: &restock::study::ModelOutcome, kpi: Kpi) -> f64 {
    o.estimate(kpi).unwrap().value
}

/// 60 orders of one day, each covered by a receipt of its own: 60 cohorts. Each cancels on the next day with 30 %,
/// independently, so that the count has the binomial law: mean 18, variance 12.6. Two cohorts with one draw would add to it.
#[test]
fn cohorts_of_one_day_cancel_independently() {
    let text = r#"
name = "parts"
[horizon]
start = 2026-01-01
days = 62
warmup-days = 0
[monte-carlo]
replications = 4_000
[[product]]
sku = "x"
price = 20
unit-cost = 5
[demand]
units-per-day = 1
[[demand.campaign]]
name = "spike"
start = 2026-03-02
days = 1
uplift = 60
[[demand.campaign]]
name = "nobody"
start = 2026-03-03
days = 1
uplift = 0
[customers]
accept = "always"
patience = { daily-hazard = "30%" }
thirty-day-rule = false
[[supply]]
name = "m"
[[supply.location]]
name = "l"
policy = { base-stock = { level = 60 } }
[[supply.location.route]]
name = "r"
terms = [{ share = 1, at = "order" }]
stage = [{ name = "s", days = 400 }]
"#;
    // The shelf is empty after 60 days of one unit, each of which was ordered again: the spike waits for receipts of one unit each.
    let r = runnable(text);
    let spike = |l: &&TraceLine| l.day == 60 && l.event == EventKind::Backordered;
    let cohorts = trace(&r.scenario, 1, 0).iter().filter(spike).count();
    assert!(cohorts > 40, "{cohorts}");
    let cancelled = |n: u32| -> f64 {
        let born = |l: &&TraceLine| {
            l.day == 61 && l.event == EventKind::CancelledByCustomer && l.other_date == Some(l.date.plus(-1))
        };
        trace(&r.scenario, 1, n).iter().filter(born).map(|l| l.units as f64).sum()
    };
    let n = 3_000;
    let counts: Vec<f64> = (0..n).map(cancelled).collect();
    let mean = counts.iter().sum::<f64>() / f64::from(n);
    let variance = counts.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(n - 1);
    assert!((mean - 18.0).abs() < 4.0 * (12.6 / f64::from(n)).sqrt(), "{mean}");
    // The standard error of a variance of nearly normal counts is sqrt(2 / n) of it.
    assert!((variance / 12.6 - 1.0).abs() < 4.0 * (2.0 / f64::from(n)).sqrt(), "{variance}");
}

fn spike_to_wait_for(customers: &str, lead: &str) -> String {
    format!(
        r#"
name = "late"
[horizon]
start = 2026-01-01
days = 120
warmup-days = 60
[monte-carlo]
replications = 200
[[product]]
sku = "x"
price = 50
unit-cost = 9
[demand]
mean-per-day = 10
dispersion = 6
[[demand.campaign]]
name = "spike"
start = 2026-02-01
days = 5
uplift = 6
planned = false
[customers]
{customers}
[[supply]]
name = "m"
[[supply.location]]
name = "l"
policy = {{ base-stock = {{ level = 260 }} }}
[[supply.location.route]]
name = "r"
terms = [{{ share = 1, at = "order" }}]
stage = [{{ name = "s", days = {lead} }}]
"#
    )
}

/// Where every date is kept nobody is told of a delay and no promise is broken: silence changes nothing, to the last bit.
#[test]
fn silence_changes_nothing_where_every_date_is_kept() {
    let of = |c: &str| figures(&spike_to_wait_for(&format!("communication = \"{c}\""), "20"), 0);
    let (clear, silent) = (of("clear"), of("silent"));
    assert!(value(&clear, Kpi::BackorderRate) > 0.05 && value(&clear, Kpi::PromiseMissRate) == 0.0);
    assert_eq!(format!("{:?}", clear.rows), format!("{:?}", silent.rows));
}

/// Late goods: silence breaches the rule, loses more customers to their own decision, and none to the rule.
#[test]
fn silence_shows_where_dates_are_missed() {
    let of = |c: &str| {
        figures(
            &spike_to_wait_for(
                &format!("communication = \"{c}\""),
                "{ mixture = [{ weight = 0.8, of = 20 }, { weight = 0.2, of = 150 }] }",
            )
            .replace("base-stock = { level = 260 }", "reorder-quantity = { reorder-point = 250, quantity = 400 }"),
            0,
        )
    };
    let (clear, silent) = (of("clear"), of("silent"));
    assert!(value(&silent, Kpi::BreachedOrders) > 1.0 && value(&clear, Kpi::BreachedOrders) == 0.0);
    assert!(value(&silent, Kpi::CancellationRateRule) == 0.0 && value(&clear, Kpi::CancellationRateRule) > 0.0);
    assert!(value(&silent, Kpi::CancellationRateCustomer) > value(&clear, Kpi::CancellationRateCustomer));
    assert!(value(&silent, Kpi::CostOfChargebacks) > value(&clear, Kpi::CostOfChargebacks));
    assert_eq!(
        value(&silent, Kpi::FinalPromiseMissRate),
        value(&silent, Kpi::PromiseMissRate),
        "silence renews no promise"
    );
    assert!(value(&clear, Kpi::FinalPromiseMissRate) < value(&clear, Kpi::PromiseMissRate));
}

/// Two models that differ in their customers alone, in one paired run: the first as the scenario's, to the bit.
#[test]
fn customers_of_a_model_are_laid_over_the_scenarios() {
    let base = spike_to_wait_for("communication = \"clear\"", "{ gamma = { mean = 20, sd = 14 } }");
    let (_, model) = base.split_once("[[supply]]").unwrap();
    let second = model.replacen("name = \"m\"", "name = \"quiet\"\ncustomers = { communication = \"silent\" }", 1);
    let both = format!("{base}[[supply]]{second}");
    let rows = |text: &str, m| format!("{:?}", figures(text, m).rows);
    assert_eq!(rows(&base, 0), rows(&both, 0));
    assert_eq!(rows(&base.replace("\"clear\"", "\"silent\""), 0), rows(&both, 1));
}

/// Who waits without end consents to every date: the 30-day rule refunds nobody.
#[test]
fn endless_patience_is_endless_under_the_thirty_day_rule() {
    let o = figures(&spike_to_wait_for("patience = \"endless\"", "{ gamma = { mean = 20, sd = 14 } }"), 0);
    assert!(value(&o, Kpi::FinalPromiseMissRate) > 0.0 || value(&o, Kpi::PromiseMissRate) > 0.0);
    assert_eq!(value(&o, Kpi::CancellationRate), 0.0);
}

/// Two models alike but for the parcel's days: the slower one loses orders, and whom the faster loses it loses, too.
#[test]
fn slow_delivery_costs_orders_and_a_slower_one_loses_them_all() {
    let base = spike_to_wait_for("delivery-sensitivity = { per-day = \"2%\" }", "20");
    let (_, model) = base.split_once("[[supply]]").unwrap();
    let with = |days: u32| {
        format!(
            "[[supply]]{}",
            model.replacen("name = \"m\"", &format!("name = \"{days}\""), 1).replacen(
                "name = \"l\"",
                &format!("name = \"l\"\ndelivery = {{ days = {days} }}"),
                1
            )
        )
    };
    let text = format!("{}{}{}{}", base.split_once("[[supply]]").unwrap().0, with(4), with(10), with(60));
    let o: Vec<_> = (0..3).map(|m| figures(&text, m)).collect();
    assert_eq!(value(&o[0], Kpi::LostToDeliveryRate), 0.0, "the quickest is the reference");
    for (m, days) in [(1, 6.0), (2, 56.0)] {
        let (exact, e) = (1.0 - (-0.02_f64 * days).exp(), o[m].estimate(Kpi::LostToDeliveryRate).unwrap());
        assert!((e.value - exact).abs() < 4.0 * e.standard_error.unwrap(), "{} for {exact}", e.value);
    }
    let lost = |m: usize| o[m].rows.iter().map(|r| r[Kpi::LostToDeliveryRate.index()].0).collect::<Vec<_>>();
    assert!(lost(1).iter().zip(lost(2)).all(|(quick, slow)| *quick <= slow));
}

/// A reference slower than the shop's own delivery: further shoppers come, at most as of five days.
#[test]
fn quick_delivery_wins_orders_up_to_five_days() {
    let of = |reference: u32| {
        let customers = format!("delivery-sensitivity = {{ per-day = \"2%\" }}\nreference-delivery-days = {reference}");
        let text = spike_to_wait_for(&customers, "20").replace("name = \"l\"", "name = \"l\"\ndelivery = { days = 4 }");
        let o = figures(&text, 0);
        o.rows.iter().map(|r| r[Kpi::LostToDeliveryRate.index()].1).sum::<f64>()
    };
    let (none, three, five, nine) = (of(4), of(7), of(9), of(13));
    assert_eq!(five, nine);
    // The share won is binomial; its standard error is that of some 1,400 x 200 shoppers.
    let se = |p: f64| 4.0 * (p / none).sqrt();
    for (found, days) in [(three, 3.0), (five, 5.0)] {
        let exact = (0.02_f64 * days).exp_m1();
        assert!((found / none - 1.0 - exact).abs() < se(exact), "{} for {exact}", found / none - 1.0);
    }
}
