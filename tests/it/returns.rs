//! Returns: by hand, against exact values, and off as before.

use crate::support::{bits, laid_out, outcome, runnable, runnable_with, shipped, value};
use restock::model::Kpi;
use restock::sim::{EventKind, Kernel, Needs, Series};
use restock::study::trace;

/// Seventy shoppers on Mondays, and nobody else. All send their unit back four days later.
const BY_HAND: &str = r#"
name = "By hand"
[horizon]
start = 2026-03-02
days = 9
warmup-days = 0
[monte-carlo]
replications = 1
[[product]]
sku = "x"
price = 10
unit-cost = 2
weight-kg = 0.1
returns = { share = 1, days = 4, resaleable = 1 }
[product.demand]
units-per-day = 10
weekday = [7, 0, 0, 0, 0, 0, 0]
[customers]
promise = "expected-arrival"
accept = "always"
patience = "endless"
thirty-day-rule = false
delivery-sensitivity = { per-day = 0 }
[finance]
customer-pays = "at-shipping"
settlement-days = 1
payment-fee = { share = 0, per-order = 0.5 }
cost-of-capital = 0
insurance = 0
shrink = 0
obsolescence = 0
tickets-per-backorder = 0
advertising-per-order = 0
[[supply]]
name = "shop"
[[supply.location]]
name = "shop"
policy = { one-time = { quantity = 0, date = 2026-03-02 } }
initial-on-hand = 700
return-to = "stock"
return-cost = 1.5
recovery = 0.25
storage-per-m3-month = 0
delivery = { days = 1, pick-and-pack = 0, per-order = 0.75, per-kg = 0 }
[[supply.location.route]]
name = "road"
terms = [{ share = "100%", at = "receipt" }]
stage = [{ name = "all", days = 2 }]
"#;

/// Seventy ship on the first day. What is earned on them is nothing, whenever the window ends: the fee of 0.50 and the postage of 0.75 are spent, and from
/// the fifth day on the 1.50 that a return costs.
#[test]
fn a_return_by_hand() {
    // Key, days of the window, units in stock again at its end, contribution and cash by unit.
    let (spent, returned) = (-0.5 - 0.75, -1.5);
    let cases = [
        ("recovery=0.25", 5, 70, spent + returned, spent + returned),
        ("recovery=0.25", 4, 0, spent, spent + 10.0),
        ("restock-days=2", 5, 0, spent + returned, spent + returned),
        ("restock-days=2", 7, 70, spent + returned, spent + returned),
        ("return-to=\"liquidate\"", 5, 0, spent + returned + 0.5, spent + returned + 2.5),
        ("return-to=\"liquidate\"", 4, 0, spent + 0.5, spent + 10.0),
    ];
    for (key, days, restocked, contribution, cash) in cases {
        let overrides = [format!("supply.0.location.0.{key}"), format!("horizon.days={days}")];
        let r = runnable_with(BY_HAND, &overrides);
        let o = outcome(&r);
        let m = &o.products[0].models[0];
        assert_eq!(value(m, Kpi::Contribution), 70.0 * contribution, "{key} {days}");
        assert_eq!(value(m, Kpi::Revenue), 0.0, "{key} {days}");
        assert_eq!(value(m, Kpi::ReturnRate), 1.0, "{key} {days}");
        assert_eq!(value(m, Kpi::ReturnedUnits), if days > 4 { 70.0 } else { 0.0 }, "{key} {days}");
        let lines = trace(&r.scenario, r.experiment.seed, 0);
        let told = |event: EventKind| -> i64 { lines.iter().filter(|l| l.event == event).map(|l| l.units).sum() };
        assert_eq!(told(EventKind::BackInStock), restocked, "{key} {days}");
        assert_eq!(told(EventKind::Returned), if days > 4 { 70 } else { 0 }, "{key} {days}");
        let (demand, plans) = laid_out(&r.scenario, 0, r.experiment.seed);
        let kernel = Kernel::new(&demand, &plans, Needs::Series);
        kernel.block(0..1, &mut kernel.desk(), &mut |_, replica| {
            let last = &replica.daily().records[days - 1];
            assert_eq!(last[Series::Cash as usize] as f64 / 100.0, 70.0 * cash, "{key} {days}");
            assert_eq!(last[Series::OnHand as usize], i128::from(630 + restocked), "{key} {days}");
        });
    }
}

/// Returns of 22 % of a Poisson demand of 20 that come long after are a Poisson flow of 4.4 a day of its own. Base stock 72 over four days then
/// keeps 10.4918 on hand and 0.8918 waiting; an evening finds nobody waiting with a chance of 0.84679. As demand is seldom below what comes back, the
/// net of a day is seldom negative: this costs less than 0.5 %.
#[test]
fn what_comes_back_is_a_demand_less() {
    let text = BY_HAND
        .replace("weekday = [7, 0, 0, 0, 0, 0, 0]", "")
        .replace("units-per-day = 10", "mean-per-day = 20")
        .replace("days = 9\nwarmup-days = 0", "days = 700\nwarmup-days = 200")
        .replace("replications = 1\n", "replications = 600\n")
        .replace("share = 1, days = 4", "share = 0.22, days = 40")
        .replace("one-time = { quantity = 0, date = 2026-03-02 }", "base-stock = { level = 72 }")
        .replace("initial-on-hand = 700\n", "")
        .replace("days = 2 }", "days = 4 }");
    let r = runnable(&text);
    let o = outcome(&r);
    let m = &o.products[0].models[0];
    for (kpi, right) in [(Kpi::MeanOnHand, 10.4918), (Kpi::MeanBacklog, 0.8918), (Kpi::NoBacklogRate, 0.84679)] {
        let e = m.estimate(kpi).unwrap();
        let error = e.standard_error.unwrap();
        let allowed = 0.005 * right + 3.0 * error;
        assert!((e.value - right).abs() < allowed, "{kpi:?}: {} for {right}, {allowed}", e.value);
        // The error is far less than what tells it from a demand less 22 %.
        assert!(error < 0.008 * right, "{kpi:?}: {error}");
    }
    // Issues less what comes back, and purchases, are 78 % of demand.
    let demanded = 20.0 * 700.0;
    let returned = value(m, Kpi::ReturnedUnits);
    assert!((returned / demanded - 0.22).abs() < 0.001, "{returned}");
    let (demand, plans) = laid_out(&r.scenario, 0, r.experiment.seed);
    let kernel = Kernel::new(&demand, &plans, Needs::Units);
    let mut bought = 0;
    kernel.block(0..600, &mut kernel.desk(), &mut |_, replica| bought += replica.tally().received);
    let bought = bought as f64 / 600.0;
    assert!((bought / demanded - 0.78).abs() < 0.002, "{bought}");
}

/// Nothing that comes back, a model whose customers send nothing back, and a product without returns are the same, to the bit.
#[test]
fn no_returns_are_as_before() {
    let of_returns = [Kpi::ReturnRate, Kpi::ReturnedUnits, Kpi::CostOfReturns];
    let all = |set: &[&str]| -> Vec<Vec<u64>> {
        let mut r = shipped("apparel-returns.toml", &[set, &["monte-carlo.replications=40"]].concat());
        if set.is_empty() {
            r.scenario.products[0].returns = None;
        }
        outcome(&r).products[0].models.iter().map(|m| bits(m, &of_returns)).collect()
    };
    let none = all(&[]);
    assert!(all(&["product.0.returns.share=0"]) == none, "a share of nothing changes something");
    assert!(all(&["supply.*.returns=false"]) == none, "returns that are switched off change something");
    assert!(all(&["supply.*.returns=true"]) != none);
}

/// A planner who orders for what is sold once more holds more than one who nets what comes back.
#[test]
fn netting_what_comes_back_holds_less() {
    let held = |nets: bool| -> (f64, f64) {
        let nets = format!("planner.nets-returns={nets}");
        let r = shipped("apparel-returns.toml", &["monte-carlo.replications=200", &nets]);
        let o = outcome(&r);
        let m = &o.products[0].models[0];
        (value(m, Kpi::MeanOnHand), value(m, Kpi::FillRate))
    };
    let (with, without) = (held(true), held(false));
    assert!(with.0 < 0.97 * without.0 && with.1 < without.1, "{with:?} {without:?}");
}

/// Goods that customers still hold, or that are on their way back, are left over as those on the shelf are: what is worth nothing at the end is written
/// down whenever the window ends, and however long it takes until it is on the shelf.
#[test]
fn what_is_on_its_way_back_is_left_over_too() {
    let text = BY_HAND.replace("settlement-days = 1", "settlement-days = 1\nsalvage = 0");
    let write_down = |key: &str, days: u32| {
        let overrides = [format!("supply.0.location.0.{key}"), format!("horizon.days={days}")];
        value(&outcome(&runnable_with(&text, &overrides)).products[0].models[0], Kpi::WriteDown)
    };
    for key in ["restock-days=0", "restock-days=2", "restock-days=75"] {
        for days in [1, 4, 5, 7] {
            assert_eq!(write_down(key, days), 0.0, "{key} {days}");
        }
    }
    // What is liquidated is not left over.
    assert_eq!(write_down("return-to=\"liquidate\"", 4), -140.0);
}

/// Air is worth the margin that is left after returns: where all is sent back for nothing, nothing flies.
#[test]
fn nothing_flies_for_what_comes_back() {
    let air = "[[supply.location.route]]\nname = \"air\"\nexpedite = { when = \"margin-saved-exceeds-cost\" }\nfreight = { per-unit = 4 }\nterms = [{ share = \"100%\", at = \"receipt\" }]\nstage = [{ name = \"all\", days = 1 }]\n";
    let text = BY_HAND
        .replace("weekday = [7, 0, 0, 0, 0, 0, 0]", "")
        .replace("days = 9\n", "days = 60\n")
        .replace("accept = \"always\"", "accept = \"never\"")
        .replace("initial-on-hand = 700", "initial-on-hand = 20")
        .replace(
            "one-time = { quantity = 0, date = 2026-03-02 }",
            "order-up-to = { review-days = 7, safety-stock = { days = 0 } }",
        )
        .replace("stage = [{ name = \"all\", days = 2 }]", "stage = [{ name = \"all\", days = 20 }]");
    let text = format!("{text}{air}");
    let flown = |share: &str, resaleable: &str| {
        let set = [format!("product.0.returns.share={share}"), format!("product.0.returns.resaleable={resaleable}")];
        let o = outcome(&runnable_with(&text, &set));
        (value(&o.products[0].models[0], Kpi::ExpeditedShare), o.products[0].models[0].future_order)
    };
    assert!(flown("0", "1").0 > 0.0);
    assert_eq!(flown("1", "0").0, 0.0);
    assert_eq!(flown("1", "1").0, 0.0);
    // 10 less 0.50 and 0.75 and 2; of it half, less half of the 1.50 that a return costs: of goods that are sold again 2 come back.
    assert!((flown("0", "1").1 - 6.75).abs() < 1e-9);
    assert!((flown("0.5", "1").1 - (6.75 - 0.5 * (10.0 + 1.5 - 2.0))).abs() < 1e-9);
}
