//! Containers that orders and products share.

use crate::support::{bits, outcome, runnable, runnable_with, value};
use restock::model::{Kpi, Product};
use restock::sim::EventKind;
use restock::study::{Outcome, trace};

/// Forty units of each of two products fill half a container of 8 m3. `a` is ordered on 2 March and made a day later, `b` on 4 March.
const BY_HAND: &str = r#"
name = "By hand"
[horizon]
start = 2026-03-02
days = 60
warmup-days = 0
[monte-carlo]
replications = 2
[[container]]
name = "box"
price = 1000
m3 = 8
payload-kg = 20000
wait-days = 7
[[product]]
sku = "a"
price = 20
unit-cost = 7
weight-kg = 1
volume-litres = 100
demand = { units-per-day = 0 }
[[product]]
sku = "b"
price = 20
unit-cost = 7
weight-kg = 1
volume-litres = 100
demand = { units-per-day = 0 }
[finance]
shrink = 0
insurance = 0
obsolescence = 0
fixed-per-month = 0
[[supply]]
name = "boxes"
[[supply.location]]
name = "shop"
storage-per-m3-month = 0
initial-on-hand = 0
policy = { order-up-to = { level = 40, review-days = 1 } }
delivery = { pick-and-pack = 0, per-order = 0, per-kg = 0 }
[[supply.location.route]]
name = "sea"
container = "box"
terms = [{ share = "50%", at = "order" }, { share = "50%", at = "receipt" }]
stage = [{ name = "Production", days = 1 }, { name = "Sea", days = 3 }]
freight = { per-unit = 0.5 }
handling = { per-container = 100 }
"#;

/// The same, with `b` ordered on a day, or never.
fn with_b_on(day: Option<&str>) -> String {
    let policy = |sku: &str, date: &str| format!("{{ one-time = {{ quantity = {sku}, date = {date} }} }}");
    let text = BY_HAND.replace("{ order-up-to = { level = 40, review-days = 1 } }", &policy("40", "2026-03-02"));
    match day {
        // Both are bought on one day; `b` takes as much longer to make.
        Some(days) => text.replacen("sku = \"b\"", &format!("sku = \"b\"\nlead-time-factor = {days}"), 1),
        None => {
            let (before, rest) = text.split_once("[[product]]\nsku = \"b\"").unwrap();
            before.to_owned() + &rest[rest.find("[finance]").unwrap()..]
        }
    }
}

/// Days on which an order was loaded and received, and what was paid on it, by day.
type Story = (usize, usize, Vec<(usize, f64)>);

/// By product.
fn story(text: &str) -> Vec<Story> {
    let r = runnable(text);
    let lines = trace(&r.scenario, r.experiment.seed, 0);
    let of = |product: &Product| {
        let own = || lines.iter().filter(|line| line.product == product.sku);
        let day = |kind| own().find(|line| line.event == kind).map_or(usize::MAX, |line| line.day);
        let paid = own().filter_map(|line| Some((line.day, line.money.filter(|_| line.event == EventKind::Paid)?)));
        (day(EventKind::Loaded), day(EventKind::Received), paid.collect())
    };
    r.scenario.products.iter().map(of).collect()
}

/// Alone, `a` waits for seven days from the evening on which it is made, sails half full, and pays a whole container.
#[test]
fn what_fills_no_container_waits_and_pays_a_whole_one() {
    let all = story(&with_b_on(None));
    // Ordered on day 0 and made on day 1; the container leaves on day 8 and is three days at sea.
    let (loaded, received, paid) = &all[0];
    assert_eq!((*loaded, *received), (8, 11));
    // Half of 280 with the order; the rest, 1,000 for the container, 20 for the units and 100 for unloading at the receipt.
    let of_day = |day: usize| paid.iter().filter(|p| p.0 == day).map(|p| p.1).sum::<f64>();
    assert_eq!((of_day(0), of_day(11)), (140.0, 140.0 + 1000.0 + 20.0 + 100.0));
    assert_eq!(paid.iter().map(|p| p.1).sum::<f64>(), 1400.0);
}

/// `b` is made on day 3. With it the container is full: both leave that morning, and bear half of it each.
#[test]
fn a_full_container_leaves_at_once_and_is_shared() {
    let all = story(&with_b_on(Some("3")));
    // The sea takes as much longer for `b`, too.
    for ((loaded, received, paid), arrives) in all.iter().zip([6, 12]) {
        assert_eq!((*loaded, *received), (3, arrives));
        let of_day = |day: usize| paid.iter().filter(|p| p.0 == day).map(|p| p.1).sum::<f64>();
        assert_eq!((of_day(0), of_day(arrives)), (140.0, 140.0 + 500.0 + 20.0 + 50.0));
    }
    let o = outcome(&runnable(&with_b_on(Some("3"))));
    let of_each = |kpi| -> Vec<f64> { o.products.iter().map(|p| value(&p.models[0], kpi)).collect() };
    assert_eq!(of_each(Kpi::Containers), [0.5, 0.5]);
    assert_eq!(of_each(Kpi::ContainerFill), [1.0, 1.0]);
    let alone = outcome(&runnable(&with_b_on(None)));
    let m = &alone.products[0].models[0];
    assert_eq!((value(m, Kpi::Containers), value(m, Kpi::ContainerFill)), (1.0, 0.5));
}

/// What comes a day too late for the container waits for the next one.
#[test]
fn who_comes_too_late_waits_for_the_next_one() {
    let all = story(&with_b_on(Some("9")));
    // `a` leaves on day 8, and `b`, which is made on day 9, on day 16.
    assert_eq!((all[0].0, all[1].0), (8, 16));
    assert_eq!(all.iter().map(|p| p.2.iter().map(|p| p.1).sum::<f64>()).collect::<Vec<_>>(), [1400.0, 1400.0]);
}

/// Where payload is scarcer than volume, weight decides when a container is full and who bears how much of it.
#[test]
fn weight_counts_where_it_is_scarcer() {
    let text = with_b_on(Some("3"))
        .replacen("weight-kg = 1\n", "weight-kg = 3\n", 1)
        .replace("payload-kg = 20000", "payload-kg = 150");
    // 40 x 3 kg and 40 x 1 kg are 160 of 150 kg: two containers, of which `a` fills 0.8 and `b` half of one by its volume.
    let all = story(&text);
    let freight = |paid: &[(usize, f64)]| paid.iter().map(|p| p.1).sum::<f64>() - 280.0 - 20.0;
    assert_eq!((all[0].0, all[1].0), (3, 3));
    let (a, b) = (freight(&all[0].2), freight(&all[1].2));
    assert!((a - 2200.0 * 0.8 / 1.3).abs() < 1e-6 && (b - 2200.0 * 0.5 / 1.3).abs() < 1e-6, "{a} {b}");
}

/// All money is the same whether a run is asked for figures alone or for every day, at any number of replications, and products that share no
/// container do not know of one: to the bit.
#[test]
fn a_container_that_no_route_goes_by_changes_nothing() {
    let text = with_b_on(Some("3")).replace("demand = { units-per-day = 0 }", "demand = { mean-per-day = 3 }");
    let own = text.replace("container = \"box\"\n", "").replace("freight = { per-unit = 0.5 }", "freight = { per-unit = 0.5, per-container = 1000, container-m3 = 8, payload-kg = 20000, partial-container = \"shared\" }");
    let without = {
        let (before, rest) = own.split_once("[[container]]").unwrap();
        before.to_owned() + &rest[rest.find("[[product]]").unwrap()..]
    };
    let all = |text: &str| -> Vec<Vec<u64>> {
        let o: Outcome = outcome(&runnable(text));
        o.products.iter().flat_map(|p| &p.models).map(|m| bits(m, &[])).collect()
    };
    assert!(all(&own) == all(&without), "a container of which no route makes use changes something");
    assert!(all(&own) != all(&text));
}

/// The longer goods may wait, the fewer containers are paid, and the more is on its way.
#[test]
fn waiting_fills_containers_and_ties_up_capital() {
    let text = with_b_on(Some("1"))
        .replace(
            "{ one-time = { quantity = 40, date = 2026-03-02 } }",
            "{ order-up-to = { level = 50, review-days = 7 } }",
        )
        .replace("demand = { units-per-day = 0 }", "demand = { mean-per-day = 2 }")
        .replace("days = 60\nwarmup-days = 0", "days = 365\nwarmup-days = 90")
        .replace("replications = 2\n", "replications = 200\n")
        .replace("initial-on-hand = 0\n", "");
    let at = |days: u32| {
        let r = runnable_with(&text, &[format!("container.0.wait-days={days}")]);
        let o = outcome(&r);
        let m = &o.products[0].models[0];
        (value(m, Kpi::Containers), value(m, Kpi::ContainerFill), value(m, Kpi::MeanOnOrder), value(m, Kpi::FillRate))
    };
    let (now, later) = (at(0), at(10));
    assert!(later.0 < 0.8 * now.0, "{} and {} containers", now.0, later.0);
    assert!(later.1 > 1.2 * now.1, "filled {} and {}", now.1, later.1);
    assert!(later.2 > 1.5 * now.2 && later.3 < now.3, "{now:?} {later:?}");
}
