//! A change of the supply model on a date: by hand, and where it must change nothing.

use crate::support::{laid_out, outcome, runnable, runnable_with, try_load};
use restock::calendar::Day;
use restock::model::Experiment;
use restock::scenario::{Loader, Runnable};
use restock::sim::{DayRow, EventKind, Kernel, Needs};
use restock::stats::interval::Estimate;
use restock::study::{ChangeoverOutcome, Options, Outcome, Shard, Study, run, trace};

/// Twenty a day, every day. 620 stand on the shelf at 12 each; an order of 400, paid by 30 % when it was placed, comes in on 11 March. On 2 March,
/// with 600 left, the warehouse is closed for a hub that orders nothing.
const STOPS: &str = r#"
name = "stops"
horizon = { start = 2026-03-01, days = 80 }
monte-carlo = { replications = 2 }
[[product]]
sku = "A"
price = 50
unit-cost = 12
demand = { units-per-day = 20 }
[customers]
promise = "none"
accept = "never"
patience = "endless"
thirty-day-rule = false
delivery-sensitivity = { per-day = 0 }
[finance]
settlement-days = 0
shrink = 0
[position]
stock = [{ location = "old", on-hand = 620, unit-cost = 12 }]
order = [{ location = "old", quantity = 400, placed = 2026-02-20, arrives = 2026-03-11 }]
[[supply]]
name = "stays"
[[supply.location]]
name = "old"
policy = { base-stock = { level = 1020 } }
delivery = { days = 1 }
[[supply.location.route]]
name = "ship"
terms = [{ share = "30%", at = "order" }, { share = "70%", at = "receipt" }]
stage = [{ name = "Production", days = 19 }]
[[supply]]
name = "stops"
[[supply.location]]
name = "old"
policy = { base-stock = { level = 0 } }
delivery = { days = 1 }
[[supply.location.route]]
name = "ship"
terms = [{ share = "30%", at = "order" }, { share = "70%", at = "receipt" }]
stage = [{ name = "Production", days = 19 }]
[[supply.change]]
on = 2026-03-02
close = ["old"]
[[supply.change.location]]
name = "hub"
policy = { base-stock = { level = 0 } }
delivery = { days = 1 }
[[supply.change.location.route]]
name = "truck"
terms = [{ share = 1, at = "order" }]
stage = [{ name = "Truck", days = 4 }]
"#;

/// The model that changes, around its only change.
fn changed(o: &Outcome, model: usize) -> &ChangeoverOutcome {
    &o.products[0].models[model].changes[0]
}

#[test]
fn old_stock_is_sold_on_the_day_and_releases_what_was_in_it() {
    let o = outcome(&runnable(STOPS));
    let change = &o.products[0].changes[0];
    assert_eq!((change.models.as_slice(), change.closing.as_slice()), ([1].as_slice(), [1].as_slice()));
    let stops = changed(&o, 1);
    // 600 on the evening before, and 400 come: 50 days' sales, from 2 March on.
    let sold = stops.sell_out().expect("it is sold");
    assert_eq!(sold.percentiles, [49, 49, 49]);
    assert_eq!((sold.share.value, sold.days.value), (1.0, 49.0));
    // 7,200 on hand, and 30 % of 400 x 12 prepaid.
    assert_eq!(sold.released.value, 7_200.0 + 1_440.0);
    let capital = |k: usize| stops.capital(k).unwrap().estimate().value;
    assert_eq!((capital(0), capital(1)), (8_640.0, 8_640.0 - 7.0 * 240.0));
    // A week later the rest of the order is paid and on the shelf: 320 + 400 of 1,000 are left.
    assert_eq!(capital(2), (1_000.0 - 280.0) * 12.0);
    assert_eq!((capital(7), capital(8)), (1_000.0 * 12.0 - 49.0 * 240.0, 0.0));
    assert_eq!(stops.released(8).unwrap().estimate().value, 8_640.0);
    // The other model orders up to 1,020 every evening: it ends with as much as it began with, less what is not paid yet.
    assert_eq!(changed(&o, 0).sell_out().map(|s| s.share.value), None, "what does not close is never sold out");
}

/// What happens day by day in a model, as its trace tells: location, event, units.
fn told(r: &Runnable, model: &str, day: &str) -> Vec<(String, EventKind, i64)> {
    let day = Day::from_date(day.parse().unwrap());
    let lines = trace(&r.scenario, r.experiment.seed, 0);
    let of_day = lines.into_iter().filter(|l| l.model == model && l.date == day);
    of_day.map(|l| (l.location, l.event, l.units)).collect()
}

#[test]
fn those_who_wait_stay_where_they_are_covered() {
    // 55 wait, and 40 still come to the closed warehouse.
    let waits = STOPS
        .replace("level = 0", "level = -100")
        .replace("on-hand = 620", "on-hand = 0")
        .replace("quantity = 400", "quantity = 40")
        .replace(
            "[[supply]]\nname = \"stays\"",
            "[[position.backorder]]\nlocation = \"old\"\nquantity = 25\nordered = 2026-02-24\n\
         [[position.backorder]]\nlocation = \"old\"\nquantity = 30\nordered = 2026-02-26\n[[supply]]\nname = \"stays\"",
        );
    let r = runnable(&waits);
    // The cohort of 30 is not covered as a whole, so it waits at the hub, and is the hub's to serve.
    let moved = told(&r, "stops", "2026-03-02");
    assert!(moved.contains(&("hub".into(), EventKind::Moved, 30)), "{moved:?}");
    assert!(!moved.contains(&("hub".into(), EventKind::Moved, 25)), "{moved:?}");
    // What comes serves the older ones first, and then those who wait elsewhere.
    let shipped = told(&r, "stops", "2026-03-11");
    let ships = |units| shipped.contains(&("old".into(), EventKind::ShippedFromBacklog, units));
    assert!(ships(25) && ships(15), "{shipped:?}");
    // Or all of them go at once.
    let r = runnable(&waits.replace("close = [\"old\"]", "close = [\"old\"]\nmove-waiting = true"));
    let moved = told(&r, "stops", "2026-03-02");
    for units in [25, 30] {
        assert!(moved.contains(&("hub".into(), EventKind::Moved, units)), "{moved:?}");
    }
}

/// The hub's planner counts what is left at the warehouse, and begins to order when that no longer covers its target.
#[test]
fn a_new_location_orders_when_the_old_stock_no_longer_lasts() {
    let r = runnable(&STOPS.replacen(
        "name = \"hub\"\npolicy = { base-stock = { level = 0 } }",
        "name = \"hub\"\npolicy = { base-stock = { level = 200 } }",
        1,
    ));
    // On 2 March 580 and 400: the first evening with 180 is the 41st from then on, 11 April.
    let ordered = |day: &str| -> Vec<i64> {
        let of = told(&r, "stops", day);
        of.into_iter().filter(|l| l.1 == EventKind::OrderPlaced).map(|l| l.2).collect()
    };
    assert_eq!(ordered("2026-04-10"), Vec::<i64>::new());
    assert_eq!(ordered("2026-04-11"), vec![20]);
    assert_eq!(ordered("2026-04-12"), vec![20]);
    let o = outcome(&r);
    assert_eq!(changed(&o, 1).sell_out().map(|s| s.days.value), Some(49.0));
    // Nobody meets an empty shelf: four days' sales are on their way, and six on the shelf.
    let fill = o.products[0].models[1].estimate(restock::model::Kpi::FillRate);
    assert_eq!(fill.map(|e| e.value), Some(1.0));
}

/// A planner who has learnt that 30 are sold hands that over, by the share of the new location.
#[test]
fn a_new_location_inherits_what_was_learnt() {
    let text = r#"
name = "learnt"
horizon = { start = 2026-03-01, days = 120, warmup-days = 0 }
monte-carlo = { replications = 1 }
[[product]]
sku = "A"
price = 50
unit-cost = 12
demand = { units-per-day = 30 }
[planner]
forecast = { exponential-smoothing = { alpha = 0.5, robust = false } }
bias = -0.5
first-review = 2026-03-01
[customers]
delivery-sensitivity = { per-day = 0 }
[[supply]]
name = "goes over"
[[supply.location]]
name = "old"
policy = { days-of-cover = { days = 10, review-days = 1 } }
delivery = { days = 1 }
[[supply.location.route]]
name = "ship"
stage = [{ name = "Production", days = 3 }]
[[supply.change]]
on = 2026-04-20
close = ["old"]
[[supply.change.location]]
name = "near"
share = 0.25
policy = { days-of-cover = { days = 10, review-days = 1 } }
delivery = { days = 1 }
[[supply.change.location.route]]
name = "truck"
stage = [{ name = "Truck", days = 2 }]
[[supply.change.location]]
name = "far"
share = 0.75
policy = { days-of-cover = { days = 10, review-days = 1 } }
delivery = { days = 1 }
[[supply.change.location.route]]
name = "truck"
stage = [{ name = "Truck", days = 2 }]
"#;
    let r = runnable(text);
    // The level is 30 by then, and a day of it has been seen since: targets of about 75 and 225. A quarter and three quarters of what is left
    // count as their own.
    let reviews = told(&r, "goes over", "2026-04-20");
    let of = |name: &str, kind: EventKind| reviews.iter().find(|l| l.0 == name && l.1 == kind).map(|l| l.2);
    let (near, far) = (of("near", EventKind::Reviewed).unwrap(), of("far", EventKind::Reviewed).unwrap());
    // What the old planner kept for ten days is 300 on the evening before, of which 30 are sold.
    assert_eq!((near, far), (68, 202), "{reviews:?}");
    let target = |name: &str, position: i64| position + of(name, EventKind::OrderPlaced).unwrap_or(0);
    let (near, far) = (target("near", near), target("far", far));
    assert!((60..=90).contains(&near) && (298..=302).contains(&(near + far)), "{reviews:?}");
}

/// Each shipped scenario, with every model going over to itself: the same rows to the last bit.
#[test]
fn a_change_to_the_same_model_changes_nothing() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut changed = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let is_scenario = path.extension().is_some_and(|e| e == "toml");
        if !is_scenario || path.ends_with("online-retail.toml") {
            continue;
        }
        let read = |overrides: &[String]| {
            let loader = Loader { overrides: overrides.to_vec(), ..Loader::default() };
            loader.load(&path).unwrap_or_else(|d| panic!("{}", d.render(false))).value.runnable
        };
        let fewer = vec!["monte-carlo.replications=70".to_owned()];
        let before = read(&fewer);
        let start = before.scenario.horizon.start;
        let mut with = fewer.clone();
        for (m, model) in before.scenario.models.iter().enumerate().filter(|(_, m)| m.changes.is_empty()) {
            let name = &model.name;
            let dates = [start, start.plus(40), start.plus(200)].map(|on| format!("{{ on = {on}, to = {name:?} }}"));
            with.push(format!("supply.{m}.change=[{}]", dates.join(", ")));
            changed += 1;
        }
        let after = read(&with);
        let (before, after) = (outcome(&before), outcome(&after));
        for (a, b) in before.products.iter().zip(&after.products) {
            for (a, b) in a.models.iter().zip(&b.models) {
                let bits = |rows: &[restock::sim::KpiRow]| -> Vec<u64> {
                    rows.iter().flatten().flat_map(|(x, y)| [x.to_bits(), y.to_bits()]).collect()
                };
                assert_eq!(bits(&a.rows), bits(&b.rows), "{} of {}", a.name, path.display());
            }
        }
    }
    assert!(changed > 20, "{changed}");
}

/// A change that lies behind what has happened cannot be felt: until its day a model is what it would be without.
#[test]
fn until_its_day_a_change_changes_nothing() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/switch-in-march.toml")).unwrap();
    let r = runnable(&text);
    let (demand, plans) = laid_out(&r.scenario, 0, 3);
    let kernel = Kernel::new(&demand, &plans, Needs::Series);
    let mut days: Vec<(Vec<DayRow>, Vec<Vec<i128>>)> = Vec::new();
    kernel.block(0..1, &mut kernel.desk(), &mut |_, replica| {
        let until_march = 56;
        let records = replica.daily().records[..until_march].iter().map(|record| record.to_vec()).collect();
        // What was demanded then may be served later, differently.
        let day = |d: &DayRow| DayRow { served_later: 0, cancelled: 0, ..*d };
        days.push((replica.days()[..until_march].iter().map(day).collect(), records));
    });
    assert_eq!(days.len(), 3);
    assert!(days[0] == days[1] && days[0] == days[2]);
}

/// A walk, day by day, goes through changes as a block does.
#[test]
fn a_walk_goes_through_changes() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/switch-in-march.toml")).unwrap();
    let mut r = runnable(&text);
    // A change on the first day, too.
    let on = r.scenario.horizon.start;
    r.scenario.models[1].changes[0].on = Some(on);
    let (demand, plans) = laid_out(&r.scenario, 0, 3);
    let kernel = Kernel::new(&demand, &plans, Needs::Books);
    let mut rows = Vec::new();
    kernel.block(5..6, &mut kernel.desk(), &mut |_, mut replica| rows.push(replica.kpis().unwrap()));
    for (m, row) in rows.iter().enumerate() {
        let mut walk = kernel.walk(m, 5).unwrap();
        while walk.next_day().is_some() {
            walk.step(&mut |_| Vec::new()).unwrap();
        }
        assert_eq!(walk.kpis().as_ref(), Some(row));
    }
}

/// Parts of a run, in any order, are the run: week by week, too.
#[test]
fn changeovers_merge() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/switch-in-march.toml")).unwrap();
    let r = runnable_with(&text, &["monte-carlo.replications=200".into()]);
    let whole = outcome(&r);
    let study = || Study::new(&r.scenario, &r.experiment).options(Options { rows: true, ..Options::default() });
    let parts = [2, 0, 1].into_iter().flat_map(|index| study().shard(Shard { index, of: 3 }).unwrap()).collect();
    let gathered = study().gather(parts).unwrap();
    for (a, b) in whole.products[0].models.iter().zip(&gathered.products[0].models) {
        assert_eq!(a.changes, b.changes);
        assert!(a.changes[0].capital(3).is_some());
    }
}

/// The figures of a changeover that have an interval, of one run.
fn intervals(r: &Runnable, seed: u64, replications: u32) -> Vec<(&'static str, Estimate)> {
    let experiment = Experiment { seed, replications, ..r.experiment };
    let o = run(&r.scenario, &experiment, Options::default(), &|_| {});
    let (stays, changes) = (changed(&o, 0), changed(&o, 1));
    let sold = changes.sell_out().expect("it is sold");
    let minus = |a: restock::stats::interval::Sample, b| a.plus(-1.0, &b).estimate();
    vec![
        ("capital", changes.capital(6).unwrap().estimate()),
        ("released", changes.released(6).unwrap().estimate()),
        ("capital against", minus(changes.capital(6).unwrap(), stays.capital(6).unwrap())),
        ("cash against", minus(changes.cash(10).unwrap(), stays.cash(10).unwrap())),
        ("trough", changes.trough().unwrap().estimate()),
        ("days until sold", sold.days),
        ("share sold", sold.share),
        ("released when sold", sold.released),
    ]
}

/// Intervals of 95 % hold what they are of in about 95 runs of 100: 300 runs of 192 replications against one of 40,000.
#[test]
fn intervals_of_changeovers_cover() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/switch-in-march.toml")).unwrap();
    let mut r = runnable_with(&text, &["horizon.days=250".into()]);
    r.scenario.models.truncate(2);
    let truth = intervals(&r, 999, 40_000);
    let mut held = vec![0; truth.len()];
    let runs = 300;
    for seed in 0..runs {
        for (k, (_, e)) in intervals(&r, seed, 192).iter().enumerate() {
            let (low, high) = e.interval().unwrap_or((e.value, e.value));
            held[k] += u32::from((low..=high).contains(&truth[k].1.value));
        }
    }
    // Four standard deviations of 300 trials either way.
    let share = |n: u32| f64::from(n) / runs as f64;
    let slack = 4.0 * (0.95 * 0.05 / runs as f64).sqrt();
    for ((name, _), n) in truth.iter().zip(&held) {
        println!("{name}: {:.1} %", 100.0 * share(*n));
        assert!((share(*n) - 0.95).abs() < slack, "{name}: {}", share(*n));
    }
}

/// All of what is wrong with changes is told at once, each in its place.
#[test]
fn broken_changes_are_told() {
    let broken = STOPS.replace("on = 2026-03-02", "on = 2027-03-02").replace("close = [\"old\"]", "close = [\"odl\"]");
    let problems = try_load(&broken, &[]).unwrap_err();
    let text: Vec<String> = problems.list.iter().map(|d| d.message.clone()).collect();
    assert!(text.iter().any(|t| t.contains("outside the measured days")), "{text:?}");
    assert!(text.iter().any(|t| t.contains("there is no location `odl`")), "{text:?}");
}
