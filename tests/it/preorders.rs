//! Pre-orders: by hand, against exact values, and off as before.

use crate::support::{bits, laid_out, outcome, runnable, shipped, value};
use restock::model::Kpi;
use restock::sim::{EventKind, Kernel, Needs, Series};
use restock::study::trace;

/// One day of shoppers, of whom two in five pre-order; the others wait. What was bought that evening comes the next morning, and goes to the pre-orders
/// first.
fn one_period(demand: &str, beyond: i64, take_up: &str) -> String {
    format!(
        r#"
name = "One period"
[horizon]
start = 2026-06-01
days = 2
warmup-days = 0
[monte-carlo]
replications = 20_000
seed = 5
[[product]]
sku = "x"
price = 60
unit-cost = 20
weight-kg = 0.1
[product.demand]
{demand}
weekday = [7, 0, 0, 0, 0, 0, 0]
[[product.demand.pre-order]]
name = "first"
opens = 2026-06-01
closes = 2026-06-01
ships = 2026-06-02
take-up = {take_up}
discount = "10%"
[customers]
promise = "none"
accept = "always"
patience = "endless"
thirty-day-rule = false
delivery-sensitivity = {{ per-day = 0 }}
[finance]
cost-of-capital = 0
salvage = "25%"
payment-fee = {{ share = 0, per-order = 0 }}
insurance = 0
shrink = 0
obsolescence = 0
tickets-per-backorder = 0
advertising-per-order = 0
[[supply]]
name = "one buy"
[[supply.location]]
name = "shop"
policy = {{ one-time = {{ quantity = {beyond}, date = 2026-06-01 }} }}
initial-on-hand = 0
storage-per-m3-month = 0
delivery = {{ days = 1, pick-and-pack = 0, per-order = 0, per-kg = 0 }}
[[supply.location.route]]
name = "road"
terms = [{{ share = "100%", at = "receipt" }}]
stage = [{{ name = "all", days = 1 }}]
"#
    )
}

/// Tang, Rajaram, Alptekinoglu and Ou (2004), without learning: what is left, what is lost and the profit of a buy of the pre-orders and 127, or 149, units.
/// Those whom the buy does not reach are the backlog of the end.
#[test]
fn pre_orders_of_one_period_are_what_they_are() {
    let poisson = "mean-per-day = 28.571428571428573";
    let uneven = "mean-per-day = 28.571428571428573\ndispersion = 4";
    // Demand, take-up, units beyond the pre-orders; left, lost, profit.
    let cases = [
        (poisson, "0", 208, Some(10.5511), Some(2.5511), 7_739.69),
        (poisson, "0.4", 127, Some(8.7651), Some(1.7651), 7_317.92),
        (uneven, "0", 248, None, None, 6_029.85),
        (uneven, "0.4", 149, None, None, 6_330.21),
    ];
    for (demand, take_up, beyond, left, lost, profit) in cases {
        let o = outcome(&runnable(&one_period(demand, beyond, take_up)));
        let m = &o.products[0].models[0];
        let each: Vec<[f64; 3]> = m
            .rows
            .iter()
            .map(|row| {
                let of = |kpi: Kpi| row[kpi.index()].0;
                // On the first evening nothing is on hand, and whoever has not pre-ordered waits.
                let waited = row[Kpi::FromStockShare.index()].1 - of(Kpi::PreOrderUnits);
                let left = of(Kpi::MeanOnHand) * 2.0;
                [left, of(Kpi::BacklogUnitDays) - waited, of(Kpi::Contribution) - of(Kpi::WriteDown)]
            })
            .collect();
        let n = each.len() as f64;
        let near = |k: usize, right: f64| {
            let mean = each.iter().map(|r| r[k]).sum::<f64>() / n;
            let sd = (each.iter().map(|r| (r[k] - mean).powi(2)).sum::<f64>() / n).sqrt();
            let what = ["left", "lost", "profit"][k];
            assert!(
                (mean - right).abs() < 4.0 * sd / n.sqrt() + 0.005,
                "{what}: {mean} for {right} ({demand}, {take_up})"
            );
        };
        if let Some(left) = left {
            near(0, left);
        }
        if let Some(lost) = lost {
            near(1, lost);
        }
        near(2, profit);
    }
}

/// Ten shoppers a day, of whom all pre-order in the window's two days at 9 instead of 10, with 3 at once; from the third day on four units a day come.
const BY_HAND: &str = r#"
name = "By hand"
[horizon]
start = 2026-03-02
days = 8
warmup-days = 0
[monte-carlo]
replications = 1
[[product]]
sku = "x"
price = 10
unit-cost = 2
weight-kg = 0.1
[product.demand]
units-per-day = 10
[[product.demand.pre-order]]
name = "early"
opens = 2026-03-03
closes = 2026-03-04
ships = 2026-03-06
take-up = 1
discount = 0.1
deposit = "1/3"
[customers]
promise = "expected-arrival"
accept = "never"
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
tickets-per-backorder = 1
cost-per-ticket = 0.25
advertising-per-order = 0
[[supply]]
name = "shop"
[[supply.location]]
name = "shop"
policy = { base-stock = { level = 14 } }
initial-on-hand = 14
storage-per-m3-month = 0
delivery = { days = 1, pick-and-pack = 0, per-order = 0, per-kg = 0 }
[[supply.location.route]]
name = "road"
terms = [{ share = "100%", at = "receipt" }]
stage = [{ name = "all", days = 2 }]
"#;

/// Day by day: 14 on hand, 10 sold on the 2nd; on the 3rd and the 4th nobody buys, twenty pre-order and are ordered for; so on the 6th fourteen and ten
/// units have come.
#[test]
fn a_window_by_hand() {
    let text = BY_HAND.replace("\"1/3\"", "0.3333333333333333");
    let r = runnable(&text);
    let lines = trace(&r.scenario, r.experiment.seed, 0);
    let told = |event: EventKind| -> Vec<(usize, i64)> {
        lines.iter().filter(|l| l.event == event).map(|l| (l.day, l.units)).collect()
    };
    assert_eq!(told(EventKind::PreOrdered), [(1, 10), (2, 10)]);
    assert_eq!(told(EventKind::OrderPlaced)[..3], [(0, 10), (1, 10), (2, 10)]);
    assert_eq!(told(EventKind::Received)[..3], [(2, 10), (3, 10), (4, 10)]);
    // On the 5th of March (day 3) shoppers find 24 and take 10; on day 4 ten more have come.
    assert_eq!(told(EventKind::PreOrderShipped), [(4, 20)]);
    assert_eq!(told(EventKind::PreOrderLate), []);
    let o = outcome(&r);
    let m = &o.products[0].models[0];
    let found = [Kpi::PreOrderUnits, Kpi::PreOrderOnTimeRate, Kpi::PreOrderCancelled].map(|kpi| value(m, kpi));
    assert_eq!(found, [20.0, 1.0, 0.0]);

    // Deposits of three are owed until the 6th; the fee of 0.50 is kept of them. All else is paid at shipment, and arrives a day later.
    let (demand, plans) = laid_out(&r.scenario, 0, r.experiment.seed);
    let kernel = Kernel::new(&demand, &plans, Needs::Series);
    kernel.block(0..1, &mut kernel.desk(), &mut |_, replica| {
        let of = |series: Series| -> Vec<f64> {
            replica.daily().records.iter().map(|day| day[series as usize] as f64 / 100.0).collect()
        };
        assert_eq!(of(Series::CustomerPrepayments)[..6], [0.0, 30.0, 60.0, 60.0, 0.0, 0.0]);
        assert_eq!(of(Series::Receivables)[..5], [95.0, 25.0, 25.0, 95.0, 6.0 * 20.0 + 4.0 * 9.5]);
        assert_eq!(replica.tally().spike_demanded, 0);
    });
}

/// A window that nobody takes up, one that a model does not offer, and none are the same, to the bit.
#[test]
fn no_pre_order_is_as_before() {
    let of_windows = [
        Kpi::PreOrderedShare,
        Kpi::PreOrderUnits,
        Kpi::PreOrderOnTimeRate,
        Kpi::PreOrderCancelled,
        Kpi::LateOrBackorderedRate,
    ];
    let with = |file: &str, set: &[&str]| -> Vec<Vec<u64>> {
        outcome(&shipped(file, set)).products[0].models.iter().map(|m| bits(m, &of_windows)).collect()
    };
    let few = "monte-carlo.replications=40";
    let file = "black-friday-preorder.toml";
    let nobody = with(file, &[few, "demand.pre-order.0.take-up=0"]);
    let closed = with(file, &[few, "supply.*.pre-orders=false"]);
    let offered = with(file, &[few]);
    // The same supply models in a scenario that knows of no window.
    let none = with("black-friday.toml", &[few]);
    let twice: Vec<Vec<u64>> = none.iter().chain(&none).cloned().collect();
    assert!(nobody == twice, "a window that nobody takes up changes something");
    assert!(closed == twice && offered[..2] == none, "a window that is not offered changes something");
    assert!(offered[2] != none[0] && offered[3] != none[1]);
}

/// What becomes of all who are interested adds up to 100 %, pre-orders among them, and pre-orders to themselves.
#[test]
fn everybody_is_somewhere() {
    let set = ["monte-carlo.replications=200", "demand.pre-order.0.ships=2027-06-20"];
    for set in [&set[..1], &set[..]] {
        let r = shipped("black-friday-preorder.toml", set);
        let o = outcome(&r);
        for m in &o.products[0].models {
            let sum: f64 = Kpi::OUTCOMES.iter().map(|kpi| value(m, *kpi)).sum();
            assert!((sum - 1.0).abs() < 1e-12, "{}: {sum}", m.name);
            for row in &m.rows {
                let outcomes: f64 = Kpi::OUTCOMES.iter().map(|k| row[k.index()].0).sum();
                assert_eq!(outcomes, row[Kpi::FromStockShare.index()].1, "{}", m.name);
            }
        }
    }
}
