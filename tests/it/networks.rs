//! Locations that are supplied from the stock of others.

use crate::support::{bits, loaded, outcome, runnable, runnable_with, try_load, value};
use restock::model::Kpi;
use restock::sim::EventKind;
use restock::study::{PlaceMeasure, trace};
use std::path::Path;

/// Nobody shops. `central` buys 10 units on the first day, which come three days later; `store` orders 12 from it on the first evening and `shop` 6 on the
/// second.
const BY_HAND: &str = r#"
name = "By hand"
[horizon]
start = 2026-03-02
days = 30
warmup-days = 0
[monte-carlo]
replications = 2
[[product]]
sku = "a"
price = 20
unit-cost = 7
weight-kg = 1
volume-litres = 1
demand = { units-per-day = 0 }
[customers]
promise = "none"
accept = "always"
patience = "endless"
thirty-day-rule = false
[finance]
shrink = 0
insurance = 0
obsolescence = 0
fixed-per-month = 0
advertising-per-order = 0
[[supply]]
name = "network"
overflow = false
[[supply.location]]
name = "central"
share = 0.5
storage-per-m3-month = 0
initial-on-hand = 0
policy = { one-time = { quantity = 10, date = 2026-03-02 } }
delivery = { pick-and-pack = 0, per-order = 0, per-kg = 0 }
[[supply.location.route]]
name = "sea"
terms = [{ share = 1, at = "receipt" }]
stage = [{ name = "Sea", days = 3 }]
freight = { per-unit = 1 }
[[supply.location]]
name = "store"
share = 0.5
storage-per-m3-month = 0
initial-on-hand = 0
policy = { one-time = { quantity = 12, date = 2026-03-02 } }
delivery = { pick-and-pack = 0, per-order = 0, per-kg = 0 }
[[supply.location.route]]
name = "van"
from = "central"
stage = [{ name = "Van", days = 2 }]
freight = { per-unit = 0.5 }
handling = { per-purchase-order = 12 }
[[supply.location]]
name = "shop"
share = 0
storage-per-m3-month = 0
initial-on-hand = 0
policy = { one-time = { quantity = 6, date = 2026-03-03 } }
delivery = { pick-and-pack = 0, per-order = 0, per-kg = 0 }
[[supply.location.route]]
name = "van"
from = "central"
stage = [{ name = "Van", days = 2 }]
"#;

/// Events of a kind, as day, location and units.
fn events(text: &str, kind: EventKind) -> Vec<(usize, String, i64)> {
    let r = runnable(text);
    let lines = trace(&r.scenario, r.experiment.seed, 0).into_iter().filter(|line| line.event == kind);
    lines.map(|line| (line.day, line.location, line.units)).collect()
}

fn sent(text: &str) -> Vec<(usize, i64)> {
    events(text, EventKind::SentOn).into_iter().map(|(day, _, units)| (day, units)).collect()
}

fn with_rule(text: &str, rule: &str) -> String {
    text.replacen("name = \"central\"\n", &format!("name = \"central\"\nallocation = \"{rule}\"\n"), 1)
}

/// What is there leaves on the morning of the receipt, and comes two days later; the rest waits.
#[test]
fn who_ordered_first_is_supplied_first() {
    assert_eq!(sent(BY_HAND), [(3, 10)]);
    let received: Vec<_> = events(BY_HAND, EventKind::Received);
    assert_eq!(received, [(3, "central".into(), 10), (5, "store".into(), 10)]);
}

/// 12 and 6 of 10: seven and three, since two thirds of a unit are more than a third.
#[test]
fn stock_that_is_short_is_shared_out_in_proportion() {
    assert_eq!(sent(&with_rule(BY_HAND, "proportional")), [(3, 7), (3, 3)]);
}

/// What is ordered in the evening leaves in the evening if it is there.
#[test]
fn what_is_there_leaves_on_the_evening_of_the_order() {
    let text = BY_HAND.replacen("initial-on-hand = 0", "initial-on-hand = 20", 1);
    // Twenty and then ten: twelve leave on the first evening, six on the second.
    assert_eq!(sent(&text), [(0, 12), (1, 6)]);
    let o = outcome(&runnable(&text));
    let places = &o.products[0].models[0].places;
    assert_eq!(places.figure(0, PlaceMeasure::SentAtOnce).unwrap().value, 1.0);
    assert!(places.figure(1, PlaceMeasure::SentAtOnce).is_none(), "nobody orders from the store");
}

/// Two customers a day wait at the warehouse until its goods come on the fourth morning: six. By the usual rule they are first; else those of the first day
/// are, then the store, which ordered on the first evening.
#[test]
fn own_customers_are_first_or_who_ordered_first() {
    let text = BY_HAND
        .replace("demand = { units-per-day = 0 }", "demand = { units-per-day = 2 }")
        .replacen("share = 0.5", "share = 1", 1)
        .replacen("share = 0.5", "share = 0", 1);
    let shipped =
        |text: &str| events(text, EventKind::ShippedFromBacklog).into_iter().map(|e| (e.0, e.2)).collect::<Vec<_>>();
    assert_eq!((shipped(&text), sent(&text)), (vec![(3, 2), (3, 2), (3, 2)], vec![(3, 4)]));
    let oldest = with_rule(&text, "oldest");
    assert_eq!((shipped(&oldest), sent(&oldest)), (vec![(3, 2)], vec![(3, 8)]));
    // Of 6, 12 and 6 a share of 10: two and a half, five, two and a half; the half goes to the first.
    let shared = with_rule(&text, "proportional");
    assert_eq!((shipped(&shared), sent(&shared)), (vec![(3, 2), (3, 1)], vec![(3, 5), (3, 2)]));
}

/// A unit costs 7, and 1 by sea. On its way to the store it costs half more, and 12 for the whole lot: nothing is sold, so all of it is stock, and nothing is
/// paid twice.
#[test]
fn goods_keep_what_they_have_cost() {
    let r = runnable(BY_HAND);
    let lines = trace(&r.scenario, r.experiment.seed, 0);
    let worth = |location: &str, day: usize| {
        let of_day =
            |l: &&restock::study::TraceLine| l.event == EventKind::EndOfDay && l.location == location && l.day == day;
        lines.iter().find(of_day).and_then(|l| l.money).unwrap()
    };
    assert_eq!((worth("central", 2), worth("central", 3), worth("store", 4)), (0.0, 0.0, 0.0));
    assert_eq!(worth("store", 5), 10.0 * (7.0 + 1.0 + 0.5) + 12.0);
    let paid: Vec<(usize, f64)> =
        lines.iter().filter(|l| l.event == EventKind::Paid).map(|l| (l.day, l.money.unwrap())).collect();
    // The purchase at its receipt, freight and handling of the transfer at that of the transfer.
    assert_eq!(paid.iter().filter(|p| p.0 == 3).map(|p| p.1).sum::<f64>(), 80.0);
    assert_eq!(paid.iter().filter(|p| p.0 == 5).map(|p| p.1).sum::<f64>(), 17.0);
    assert_eq!(paid.iter().map(|p| p.1).sum::<f64>(), 97.0);
    let o = outcome(&r);
    let m = &o.products[0].models[0];
    // Goods are paid on day 3 and are owned to the end of day 29: 27 evenings at 80, and 17 more from day 5 on.
    let invested = (27.0 * 80.0 + 25.0 * 17.0) / 30.0;
    assert!((value(m, Kpi::InvestedCapital) - invested).abs() < 1e-9, "{}", value(m, Kpi::InvestedCapital));
    assert_eq!(value(m, Kpi::MeanOnOrder), (3.0 * 10.0 + 2.0 * 10.0) / 30.0);
}

const RANDOM: &str = r#"
name = "Random"
[horizon]
start = 2026-03-02
days = 300
warmup-days = 60
[monte-carlo]
replications = 40
[[product]]
sku = "a"
price = 20
unit-cost = 7
weight-kg = 1
volume-litres = 1
demand = { mean-per-day = 9, dispersion = 4 }
[[supply]]
name = "network"
overflow = false
[[supply.location]]
name = "store"
share = 1
policy = { min-max = { reorder-point = 40, order-up-to = 80, review-days = 3 } }
[[supply.location.route]]
name = "in"
stage = [{ name = "Transit", days = { gamma = { mean = 4, sd = 2 } } }]
"#;

fn with_central(level: u32) -> String {
    let from = RANDOM.replace("name = \"in\"", "name = \"in\"\nfrom = \"central\"");
    format!(
        "{from}[[supply.location]]\nname = \"central\"\nshare = 0\npolicy = {{ base-stock = {{ level = {level} }} }}\n\
         [[supply.location.route]]\nname = \"sea\"\nstage = [{{ name = \"Sea\", days = 20 }}]\n"
    )
}

/// A warehouse that always has stock is a supplier: whatever happens in units at the store is the same, to the bit.
#[test]
fn a_source_that_never_runs_out_is_a_supplier() {
    let direct = outcome(&runnable(RANDOM));
    let fed = outcome(&runnable(&with_central(100_000)));
    let of = |o: &restock::study::Outcome, kpi: Kpi| -> Vec<u64> {
        o.products[0].models[0].rows.iter().map(|row| row[kpi.index()].0.to_bits()).collect()
    };
    for kpi in
        [Kpi::FillRate, Kpi::BackorderRate, Kpi::MeanBacklog, Kpi::CancellationRate, Kpi::PeakBacklog, Kpi::MeanWait]
    {
        assert!(of(&direct, kpi) == of(&fed, kpi), "{kpi:?}");
    }
    let short = outcome(&runnable(&with_central(100)));
    assert!(of(&direct, Kpi::FillRate) != of(&short, Kpi::FillRate));
    assert!(value(&short.products[0].models[0], Kpi::FillRate) < value(&fed.products[0].models[0], Kpi::FillRate));
}

/// A name that no location has is a supplier's: it is said, and changes nothing, to the bit. So does a rule for stock that nobody else takes.
#[test]
fn a_network_of_one_is_as_before() {
    let named = RANDOM.replace("name = \"store\"\n", "name = \"store\"\nsupplied-from = \"A factory\"\n");
    let told = loaded(&named);
    assert!(told.warnings.list.iter().any(|w| w.message.contains("`A factory`")), "{:?}", told.warnings);
    let all = |text: &str| bits(&outcome(&runnable(text)).products[0].models[0], &[]);
    assert!(all(RANDOM) == all(&named));
    assert!(outcome(&runnable(RANDOM)).products[0].models[0].places.is_empty());
}

/// The file in which somebody wished for it.
#[test]
fn what_was_wished_for_runs() {
    let wished = Path::new("../shared/field-cases/s4-two-echelons.toml");
    let Ok(text) = std::fs::read_to_string(wished) else { return };
    let central = "[[supply.location]]\nname = \"central\"\nshare = 0\npolicy = { base-stock = { level = 60 } }\n\
                   [[supply.location.route]]\nname = \"r\"\nstage = [{ name = \"Production\", days = 5 }]\n\
                   terms = [{ share = \"100%\", at = \"receipt\" }]\n";
    let alone = outcome(&runnable(&text));
    assert_eq!(value(&alone.products[0].models[0], Kpi::FillRate), 1.0);
    // With a warehouse of its own in the file, goods come from its stock; how they are paid is then said there.
    let problems = try_load(&format!("{text}{central}"), &[]).unwrap_err();
    assert!(problems.list.iter().any(|d| d.message.contains("makes goods")), "{}", problems.render(false));
    let store = text
        .replace("name = \"w\"", "name = \"w\"\nshare = 1")
        .replace("name = \"Production\"", "name = \"Van\"")
        .replace("terms = [{ share = \"100%\", at = \"receipt\" }]\n", "");
    let fed = outcome(&runnable(&format!("{store}{central}")));
    assert_eq!(fed.products[0].models[0].places.len(), 2);
}

/// A warehouse closes, and the store buys by itself from then on: what it waited for there is withdrawn, so that it orders anew; nothing is lost.
#[test]
fn what_waits_at_a_location_that_closes_is_withdrawn() {
    let text = with_central(60)
        .replace(
            "stage = [{ name = \"Transit\", days = { gamma = { mean = 4, sd = 2 } } }]\n",
            "stage = [{ name = \"Transit\", days = { gamma = { mean = 4, sd = 2 } } }]\n[[supply.location.route]]\nname = \"own\"\n\
             stage = [{ name = \"Production\", days = 20 }]\nexpedite = { below-days-of-cover = 0, up-to-days = 10 }\n",
        )
        + "[[supply.change]]\non = 2026-07-01\nclose = [\"central\"]\n[[supply.change.location]]\nname = \"store\"\nshare = 1\nstop = [\"in\"]\n";
    let r = runnable(&text);
    let lines = trace(&r.scenario, r.experiment.seed, 0);
    let count = |kind: EventKind| lines.iter().filter(|l| l.event == kind).map(|l| l.units).sum::<i64>();
    assert!(count(EventKind::Withdrawn) > 0);
    let last = lines.iter().rev().find(|l| l.event == EventKind::Requested).unwrap();
    let withdrawn = lines.iter().find(|l| l.event == EventKind::Withdrawn).unwrap();
    assert!(last.day < withdrawn.day, "nothing is asked of a closed location");
    let bought = lines.iter().find(|l| l.event == EventKind::OrderPlaced && l.location == "store").unwrap();
    assert!(bought.day >= withdrawn.day && bought.units >= 40, "{bought:?}");
}

/// A minimum and longer lead times of a product are its manufacturer's, and so is its duty: they do not hold from the warehouse to the store.
#[test]
fn what_a_manufacturer_asks_for_does_not_hold_between_locations() {
    let of = |product: &str| {
        let text = with_central(400).replace("sku = \"a\"\n", &format!("sku = \"a\"\n{product}\n"));
        let r = runnable(&text);
        let lines = trace(&r.scenario, r.experiment.seed, 0);
        lines.iter().filter(|l| l.event == EventKind::Requested).map(|l| (l.day, l.units)).collect::<Vec<_>>()
    };
    let usual = of("");
    assert!(usual.len() > 20);
    assert_eq!(usual, of("minimum-order = 300"));
    let taxed = runnable_with(&with_central(100_000), &["product.0.duty=\"10%\"".into()]);
    let o = outcome(&taxed);
    // Duty of 0.7 a unit is paid once, where the goods are bought.
    let m = &o.products[0].models[0];
    let each = m.estimate(Kpi::CostOfDuty).unwrap().value;
    assert!((each - 0.7).abs() < 0.02, "{each}");
}

/// Nobody waits, so that what stands in the evening is on hand: at every location, on every evening, it is what was there the evening before and came, less
/// what was sold, sent on and vanished; and all that was sent on comes to the location that asked for it.
#[test]
fn units_are_conserved_at_every_location() {
    let text = with_central(90)
        .replace(
            "[[supply]]\n",
            "[customers]\naccept = \"never\"\npromise = \"none\"\n[finance]\nshrink = \"40%\"\n[[supply]]\n",
        )
        .replace("sku = \"a\"\n", "sku = \"a\"\nreturns = { share = 0.3, days = 5, resaleable = 0.8 }\n")
        .replace("thirty-day-rule = true\n", "");
    let r = runnable_with(&text, &["customers.thirty-day-rule=false".into(), "customers.patience=\"endless\"".into()]);
    for number in 0..5 {
        let lines = trace(&r.scenario, r.experiment.seed, number);
        for location in ["store", "central"] {
            let of = |day: usize, kinds: &[EventKind]| -> i64 {
                let these =
                    |l: &&restock::study::TraceLine| l.day == day && l.location == location && kinds.contains(&l.event);
                lines.iter().filter(these).map(|l| l.units).sum()
            };
            let evening = |day: usize| of(day, &[EventKind::EndOfDay]);
            for day in 1..360 {
                let came = of(day, &[EventKind::Received, EventKind::BackInStock]);
                let left = of(day, &[EventKind::ServedFromStock, EventKind::SentOn, EventKind::Shrunk]);
                assert_eq!(
                    evening(day) - evening(day - 1),
                    came - left,
                    "{location} on day {day} of replication {number}"
                );
            }
        }
        // Of what the store asked for, what was sent comes, or is on its way.
        let all = |kind: EventKind, location: &str| -> i64 {
            lines.iter().filter(|l| l.event == kind && l.location == location).map(|l| l.units).sum()
        };
        let sent = all(EventKind::SentOn, "central");
        let received = all(EventKind::Received, "store");
        assert!(sent > 1_000 && received <= sent && sent <= all(EventKind::Requested, "store"), "{sent} {received}");
    }
}
