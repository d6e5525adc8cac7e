//! Rules that follow stock and demand: locations that are spared, policies of two routes in days of the forecast, and changes that events bring.
//! By hand, and where they must change nothing.

use crate::support::{bits, laid_out, outcome, runnable};
use restock::calendar::Day;
use restock::sim::{EventKind, Kernel, Needs, Shelf};
use restock::study::trace;

/// Twenty a day, every day, which the planner knows. All go to the warehouse, which has 100 and gets no more; the hub has 500.
const TWO_PLACES: &str = r#"
name = "two places"
horizon = { start = 2026-03-02, days = 60, warmup-days = 0 }
monte-carlo = { replications = 3 }
[[product]]
sku = "A"
price = 50
unit-cost = 12
demand = { units-per-day = 20 }
[planner]
forecast = "truth-without-surges"
[customers]
promise = "none"
accept = "never"
patience = "endless"
thirty-day-rule = false
delivery-sensitivity = { per-day = 0 }
[finance]
shrink = 0
[[supply]]
name = "spared"
[[supply.location]]
name = "warehouse"
share = 1
ship-from = { below-cover-days = 3, instead = "hub" }
initial-on-hand = 100
policy = { base-stock = { level = 0 } }
delivery = { days = 1 }
[[supply.location.route]]
name = "ship"
stage = [{ name = "Production", days = 9 }]
[[supply.location]]
name = "hub"
share = 0
initial-on-hand = 500
policy = { base-stock = { level = 0 } }
delivery = { days = 4 }
[[supply.location.route]]
name = "truck"
stage = [{ name = "Production", days = 5 }]
"#;

/// What stands at each location every evening of the first replication, of the first model.
fn evenings(text: &str) -> Vec<Vec<Shelf>> {
    let r = runnable(text);
    let (demand, plans) = laid_out(&r.scenario, 0, 3);
    let kernel = Kernel::new(&demand, &plans, Needs::Books);
    let mut walk = kernel.walk(0, 0).unwrap();
    let mut all = Vec::new();
    while walk.next_day().is_some() {
        walk.step(&mut |_| Vec::new()).unwrap();
        all.push(walk.shelves().collect());
    }
    // Day by day it is what a block is.
    let mut rows = Vec::new();
    kernel.block(0..1, &mut kernel.desk(), &mut |_, mut replica| rows.push(replica.kpis().unwrap()));
    assert_eq!(walk.kpis().as_ref(), rows.first());
    all
}

fn on_hand(evening: &[Shelf]) -> Vec<i64> {
    evening.iter().map(|shelf| shelf.on_hand).collect()
}

#[test]
fn a_location_is_spared_while_it_covers_too_few_days_and_the_other_has_stock() {
    let all = evenings(TWO_PLACES);
    // 100, 80 and 60 cover three days of twenty; 40 do not.
    for (day, left) in [(0, [80, 500]), (1, [60, 500]), (2, [40, 500]), (3, [40, 480]), (26, [40, 20]), (27, [40, 0])] {
        assert_eq!(on_hand(&all[day]), left, "day {day}");
    }
    // The hub has nothing left: the last 40 go to whom they are near.
    assert_eq!(on_hand(&all[28]), [20, 0]);
    assert_eq!(on_hand(&all[29]), [0, 0]);
    // A day on which the hub has less than all want is served from both.
    let all = evenings(&TWO_PLACES.replace("initial-on-hand = 500", "initial-on-hand = 507"));
    assert_eq!((on_hand(&all[27]), on_hand(&all[28])), (vec![40, 7], vec![27, 0]));
}

/// What waits is served before anybody looks at the cover, and what arrives counts.
#[test]
fn a_receipt_of_the_morning_ends_the_rule() {
    // 400 are ordered on the first evening and received on the tenth morning.
    let bought =
        TWO_PLACES.replacen("base-stock = { level = 0 }", "one-time = { quantity = 400, date = 2026-03-02 }", 1);
    let all = evenings(&bought);
    assert_eq!(on_hand(&all[8]), [40, 380], "from the fourth day until the ninth the hub serves");
    assert_eq!(on_hand(&all[9]), [420, 380]);
}

#[test]
fn no_days_of_cover_change_nothing() {
    let lively = |rule: &str| {
        TWO_PLACES
            .replace("ship-from = { below-cover-days = 3, instead = \"hub\" }\n", rule)
            .replace("demand = { units-per-day = 20 }", "demand = { mean-per-day = 20, dispersion = 5 }")
            .replacen("base-stock = { level = 0 }", "days-of-cover = { days = 18, review-days = 3 }", 1)
            .replace("accept = \"never\"", "accept = { share = 0.5 }")
    };
    let rows = |text: &str| bits(&outcome(&runnable(text)).products[0].models[0], &[]);
    let without = rows(&lively(""));
    assert_eq!(rows(&lively("ship-from = { below-cover-days = 0, instead = \"hub\" }\n")), without);
    assert_ne!(rows(&lively("ship-from = { below-cover-days = 9, instead = \"hub\" }\n")), without);
}

/// Planners see shoppers where they come first: whoever serves them, the warehouse orders for them and the hub does not.
#[test]
fn planners_see_first_choices() {
    let ordered = TWO_PLACES
        .replace("below-cover-days = 3", "below-cover-days = 900")
        .replace("base-stock = { level = 0 }", "days-of-cover = { days = 30, review-days = 7 }")
        .replace("forecast = \"truth-without-surges\"", "forecast = { exponential-smoothing = { alpha = 0.2 } }");
    let all = evenings(&ordered);
    let last = all.last().unwrap();
    // The hub has sold its 500 and has ordered nothing; the warehouse has bought 30 days of twenty, again and again.
    assert_eq!((last[1].on_hand, last[1].on_order), (0, 0));
    assert!(last[0].position() > 400, "{last:?}");
}

/// Sea and air into one warehouse, for ten a day that the planner knows.
const TWO_ROUTES: &str = r#"
name = "two routes"
horizon = { start = 2026-03-02, days = 90, warmup-days = 60 }
monte-carlo = { replications = 8 }
[[product]]
sku = "A"
price = 50
unit-cost = 12
demand = { mean-per-day = 10, dispersion = 3 }
[planner]
forecast = "truth-without-surges"
[[supply]]
name = "both"
[[supply.location]]
name = "warehouse"
policy = { POLICY }
delivery = { days = 3, per-order = 5 }
[[supply.location.route]]
name = "sea"
stage = [{ name = "Production", days = 9 }, { name = "Ocean", days = { triangular = [15, 20, 30] } }]
[[supply.location.route]]
name = "air"
freight = { per-unit = 3 }
stage = [{ name = "Production", days = 9 }, { name = "Flight", days = 4 }]
"#;

fn of_policy(policy: &str, changes: &[(&str, &str)]) -> Vec<u64> {
    let text = changes.iter().fold(TWO_ROUTES.replace("POLICY", policy), |text, (from, to)| text.replace(from, to));
    bits(&outcome(&runnable(&text)).products[0].models[0], &[])
}

/// Of a steady forecast so many days are so many units: 80 % of a week of ten a day are 56.
#[test]
fn levels_in_days_are_levels_in_units_of_a_steady_forecast() {
    for (in_days, in_units) in [
        (
            "base-surge = { base-share = \"80%\", expedite-cover-days = 25, review-days = 7 }",
            "base-surge = { quantity = 56, expedite = 250, review-days = 7 }",
        ),
        (
            "base-surge = { base-share = 0.8, expedite = 250, review-days = 7 }",
            "base-surge = { quantity = 56, expedite = 250, review-days = 7 }",
        ),
        (
            "dual-index = { regular-cover-days = 50, expedite-cover-days = 22, review-days = 7 }",
            "dual-index = { regular = 500, expedite = 220, review-days = 7 }",
        ),
        (
            "dual-index = { regular = 500, expedite-cover-days = 22, review-days = 7 }",
            "dual-index = { regular-cover-days = 50, expedite = 220, review-days = 7 }",
        ),
    ] {
        assert_eq!(of_policy(in_days, &[]), of_policy(in_units, &[]), "{in_days}");
        // Of twice the demand it is twice as much, which units are not.
        let twice = [("mean-per-day = 10", "mean-per-day = 20")];
        assert_ne!(of_policy(in_days, &twice), of_policy(in_units, &twice), "{in_days}");
    }
}

/// The base order is for the days that it will meet: what is ordered before a campaign that begins in a lead time is larger, what is ordered in its
/// first days is not.
#[test]
fn a_base_order_is_for_the_days_that_it_meets() {
    let policy = "base-surge = { base-share = 1, expedite-cover-days = 0, review-days = 7 }";
    let campaign =
        "[[demand.campaign]]\nname = \"sale\"\nstart = 2026-04-06\ndays = 14\nuplift = 3\nplanned = true\n[[supply]]\n";
    let text = TWO_ROUTES
        .replace("POLICY", policy)
        .replace("demand = { mean-per-day = 10, dispersion = 3 }\n", "[demand]\nmean-per-day = 10\ndispersion = 3\n")
        .replace("{ triangular = [15, 20, 30] }", "20")
        .replace(
            "forecast = \"truth-without-surges\"",
            "forecast = \"truth-without-surges\"\nfirst-review = 2026-03-02",
        )
        .replacen("[[supply]]\n", campaign, 1);
    // By air nothing is ordered, or before: the base order of a review is the last one.
    let r = runnable(&text);
    let lines = trace(&r.scenario, 3, 0);
    let lot = |date: &str| {
        let date = Day::from_date(date.parse().unwrap());
        lines.iter().rfind(|l| l.date == date && l.event == EventKind::OrderPlaced).unwrap().units
    };
    // 29 days later: a week until 6 April, a week of the campaign, its last six days, and a week after it.
    let lots = ["2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23"].map(lot);
    assert_eq!(lots, [60 + 30, 210, 180 + 10, 70]);
}

/// The hub serves twenty a day. 400 are on the way to the warehouse and land on the morning of 12 March; from then on it serves.
const BULK: &str = r#"
[[supply.location]]
name = "bulk"
share = 0
initial-on-hand = 0
policy = { one-time = { quantity = 400, date = 2026-03-02 } }
delivery = { days = 1 }
[[supply.location.route]]
name = "ship"
stage = [{ name = "Production", days = 10 }]
[[supply.change]]
WHEN
[[supply.change.location]]
name = "hub"
share = 0
[[supply.change.location]]
name = "bulk"
share = 1
policy = { base-stock = { level = 0 } }
"#;

fn until_bulk(when: &str) -> String {
    let hub = TWO_PLACES.split("[[supply.location]]").nth(2).unwrap().replace("share = 0", "share = 1");
    let head = TWO_PLACES.split("[[supply.location]]").next().unwrap();
    // Neither helps the other out.
    format!("{head}overflow = false\n[[supply.location]]{hub}{}", BULK.replace("WHEN", when))
}

#[test]
fn the_hub_serves_until_bulk_lands() {
    let all = evenings(&until_bulk("when = { first-receipt = \"bulk\" }"));
    assert_eq!(on_hand(&all[9]), [300, 0]);
    assert_eq!(on_hand(&all[10]), [300, 380], "on the morning of the receipt the warehouse serves");
    assert_eq!(on_hand(&all[20]), [300, 180]);
}

/// An event whose day is known is that date, to the bit; one that never comes is no change; a latest date holds.
#[test]
fn an_event_is_its_date() {
    let rows = |when: &str| bits(&outcome(&runnable(&until_bulk(when))).products[0].models[0], &[]);
    let dated = rows("on = 2026-03-12");
    assert_eq!(rows("when = { first-receipt = \"bulk\" }"), dated);
    assert_eq!(rows("on = 2026-04-20\nwhen = { first-receipt = \"bulk\" }"), dated);
    // Twenty a day have been ordered on each of the ten days before 12 March.
    assert_eq!(rows("when = { demand-reaches = { mean-per-day = 20, over-days = 10 } }"), dated);
    let later = evenings(&until_bulk("when = { demand-reaches = { mean-per-day = 20, over-days = 12 } }"));
    assert_eq!((on_hand(&later[11]), on_hand(&later[12])), (vec![260, 400], vec![260, 380]));
    let latest = rows("on = 2026-03-12\nwhen = { demand-reaches = { mean-per-day = 20.1, over-days = 3 } }");
    assert_eq!(latest, dated);
    let never = evenings(&until_bulk("when = { demand-reaches = { mean-per-day = 20.1, over-days = 3 } }"));
    assert_eq!(on_hand(&never[24]), [0, 400]);
    assert_eq!(on_hand(never.last().unwrap()), [0, 400]);
}

/// Demand of each replication decides on which day the other location serves, and whether it ever does.
#[test]
fn replications_graduate_on_their_own_days() {
    let text = until_bulk("when = { demand-reaches = { mean-per-day = 26, over-days = 7 } }").replace(
        "demand = { units-per-day = 20 }",
        "[product.demand]\nmean-per-day = 20\n[[product.demand.campaign]]\nname = \"launch\"\nstart = 2026-03-02\ndays = 60\n\
         uplift = { lognormal = { median = 1, p90 = 1.8 } }\nplanned = false",
    );
    let r = runnable(&text);
    let (demand, plans) = laid_out(&r.scenario, 0, 3);
    let kernel = Kernel::new(&demand, &plans, Needs::Units);
    let mut days: Vec<Option<usize>> = (0..40)
        .map(|number| {
            let (mut walk, mut seen) = (kernel.walk(0, number).unwrap(), Vec::new());
            while walk.next_day().is_some() {
                walk.step(&mut |_| Vec::new()).unwrap();
                seen.push(walk.shelves().nth(1).unwrap().on_hand);
            }
            let first = seen.windows(2).position(|pair| pair[1] < pair[0]);
            // On the morning after the first week in which 26 a day were ordered. Who finds nothing does not order.
            let sold: Vec<i64> = walk.days().iter().map(|day| day.from_stock).collect();
            let week = |end: usize| sold[end - 7..end].iter().sum::<i64>() >= 7 * 26;
            let due = (7..sold.len()).find(|end| week(*end));
            // Before the twelfth day there is nothing to serve from.
            if due.is_none_or(|day| day > 10) {
                assert_eq!(first.map(|day| day + 1), due, "replication {number}");
            }
            due
        })
        .collect();
    days.sort();
    days.dedup();
    // Some never do, and the others on different days.
    assert!(days.len() > 3 && days[0].is_none(), "{days:?}");
}
