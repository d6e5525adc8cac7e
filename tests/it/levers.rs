//! The levers: lots of different prices, split orders, campaigns that pause. By hand, and off as before.

use crate::support::{bits, outcome, runnable, runnable_with, shipped};
use restock::model::Kpi;
use restock::scenario::Runnable;
use restock::sim::EventKind;
use restock::study::{ModelOutcome, trace};

/// One order on the first day, of so many units.
const ONE_ORDER: &str = r#"
name = "One order"
[horizon]
start = 2026-03-02
days = 40
warmup-days = 0
[monte-carlo]
replications = 1
[[product]]
sku = "x"
price = 10
unit-cost = 2
weight-kg = 0.1
[demand]
units-per-day = 0
[[supply]]
name = "shop"
[[supply.location]]
name = "shop"
policy = { one-time = { quantity = 100, date = 2026-03-02 } }
initial-on-hand = 0
delivery = { days = 1, per-order = 4 }
[[supply.location.route]]
name = "sea"
terms = [{ share = "100%", at = "order" }]
freight = { per-unit = 0.5 }
unit-cost-premium = "20%"
stage = [{ name = "Production", days = 10 }, { name = "Ship", days = 8 }]
"#;

/// Receipts of the first replication: day and units.
fn received(r: &Runnable) -> Vec<(usize, i64)> {
    let lines = trace(&r.scenario, r.experiment.seed, 0);
    lines.iter().filter(|l| l.event == EventKind::Received).map(|l| (l.day, l.units)).collect()
}

/// What was paid with the orders in the first replication, in the order of the payments.
fn paid(r: &Runnable) -> Vec<f64> {
    let lines = trace(&r.scenario, r.experiment.seed, 0);
    lines.iter().filter(|l| l.event == EventKind::Paid && l.day == 0).filter_map(|l| l.money).collect()
}

/// Up to 39 units at 2.40 in 18 days; 40 and more at 2.20 in 23 days; 90 and more at 1.80 in 28.
#[test]
fn a_lot_curve_by_hand() {
    let curve = "lot-curve = [{ from = 40, production-time = 1.5, unit-cost-premium = \"10%\" }, { from = 90, production-time = 2, unit-cost-premium = \"-10%\" }]\nstage = ";
    let text = ONE_ORDER.replace("stage = ", curve);
    for (units, day, cost) in
        [(1, 18, 2.4), (39, 18, 93.6), (40, 23, 88.0), (89, 23, 195.8), (90, 28, 162.0), (500, 28, 900.0)]
    {
        let r = runnable(&text.replace("quantity = 100", &format!("quantity = {units}")));
        assert_eq!(received(&r), [(day, units)]);
        assert_eq!(paid(&r), [cost]);
    }
}

/// Thirty of a hundred fly, in whole multiples of eight, and are there ten days before the others.
#[test]
fn a_split_order_by_hand() {
    let air = "[[supply.location.route]]\nname = \"air\"\nexpedite = { share-of-order = \"30%\" }\nterms = [{ share = \"100%\", at = \"order\" }]\nstage = [{ name = \"Production\", days = 10 }, { name = \"Fly\", days = 2 }]\n";
    let split = |set: &str| runnable(&format!("{}{air}", ONE_ORDER.replace("initial-on-hand = 0", set)));
    assert_eq!(received(&split("initial-on-hand = 0")), [(12, 30), (18, 70)]);
    assert_eq!(received(&split("initial-on-hand = 0\norder-multiple = 8")), [(12, 24), (18, 80)]);
    let whole = runnable(&format!("{ONE_ORDER}{}", air.replace("30%", "100%")));
    assert_eq!(received(&whole), [(12, 100)]);
    let o = outcome(&split("initial-on-hand = 0"));
    let expedited = o.products[0].models[0].estimate(Kpi::ExpeditedShare).unwrap().value;
    assert_eq!(expedited, 0.3);
}

fn week_one(set: &[&str]) -> Runnable {
    shipped("week-one.toml", &[set, &["monte-carlo.replications=40"]].concat())
}

fn bits_of(r: &Runnable, model: usize, but: &[Kpi]) -> Vec<u64> {
    bits(&outcome(r).products[0].models[model], but)
}

/// A lever that is not pulled changes nothing, to the bit: a cover below which nothing ever lies, campaigns that pause nowhere, a share of no order, lots that
/// are never that large.
#[test]
fn levers_that_are_not_pulled_change_nothing() {
    let paused = [Kpi::PausedDemand];
    let none = bits_of(&week_one(&[]), 0, &paused);
    assert!(
        bits_of(&week_one(&["demand.campaign.0.pause-below-cover-days=0"]), 1, &paused) == none,
        "a cover of nothing"
    );
    assert!(bits_of(&week_one(&["supply.1.pause-campaigns=false"]), 1, &paused) == none, "campaigns that go on");
    assert!(bits_of(&week_one(&[]), 1, &paused) != none);
    let nothing = "supply.3.location.0.route.1.expedite.share-of-order=0";
    assert!(bits_of(&week_one(&[nothing]), 3, &paused) == none, "a share of nothing");
    let out_of_reach = bits_of(&week_one(&["supply.4.location.0.route.0.lot-curve.0.from=90000000"]), 4, &[]);
    let r = week_one(&[]);
    let mut without = r.clone();
    without.scenario.models[4].locations[0].routes.retain(|route| route.lots_of.is_none());
    assert!(bits_of(&without, 4, &[]) == out_of_reach, "lots that are never so large");
    assert!(bits_of(&r, 4, &[]) != out_of_reach);
}

/// With nothing on the shelf a campaign brings nobody: shoppers have the law of a day without it.
#[test]
fn a_campaign_that_pauses_brings_nobody() {
    let text = ONE_ORDER
        .replace("units-per-day = 0", "mean-per-day = 20\ncampaign = [{ name = \"ads\", start = 2026-03-02, days = 40, uplift = { uniform = [2, 4] }, pause-below-cover-days = 1 }]")
        .replace("quantity = 100", "quantity = 0")
        .replace("replications = 1\n", "replications = 400\n");
    let demanded = |set: &[String]| {
        let o = outcome(&runnable_with(&text, set));
        let m: &ModelOutcome = &o.products[0].models[0];
        let each: Vec<f64> = m.rows.iter().map(|row| row[Kpi::FillRate.index()].1).collect();
        let mean = each.iter().sum::<f64>() / 400.0;
        let variance = each.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 399.0;
        (mean, variance, m.estimate(Kpi::PausedDemand).map_or(0.0, |e| e.value))
    };
    let (mean, variance, paused) = demanded(&[]);
    // Poisson: 800 in 40 days, with a variance of 800.
    assert!((mean - 800.0).abs() < 4.0 * (800.0 / 400.0_f64).sqrt(), "{mean}");
    assert!((variance / 800.0 - 1.0).abs() < 4.0 * (2.0 / 399.0_f64).sqrt(), "{variance}");
    assert!((paused / 1_600.0 - 1.0).abs() < 0.05, "three times as many would have come: {paused}");
    let (advertised, ..) = demanded(&["supply.0.pause-campaigns=false".into()]);
    assert!((advertised / 2_400.0 - 1.0).abs() < 0.05, "{advertised}");
}

/// A markdown by hand: ten shoppers a day and twice as many while the price is 7 instead of 10, which it is as long as the shelf covers three days. The
/// spring sale lasts five days and costs 11 a day; what is sold on its days settles a day later, less a fee of 10 %.
#[test]
fn a_markdown_by_hand() {
    let sale = "units-per-day = 10\ncampaign = [{ name = \"sale\", start = 2026-03-04, days = 5, uplift = 2, planned = false, pause-below-cover-days = 3, discount = \"30%\", cost-per-day = 11 }]";
    let text = ONE_ORDER
        .replace("units-per-day = 0", sale)
        .replace("days = 40", "days = 8")
        .replace("quantity = 100", "quantity = 0")
        .replace("initial-on-hand = 0", "initial-on-hand = 100")
        .replace("[[supply]]\nname", "[customers]\ndelivery-sensitivity = { per-day = 0 }\naccept = \"never\"\n[finance]\ncustomer-pays = \"PAYS\"\nsettlement-days = 1\npayment-fee = { share = \"10%\", per-order = 0 }\nadvertising-per-order = 0\ncost-of-capital = 0\ninsurance = 0\nobsolescence = 0\nshrink = 0\n[[supply]]\nname")
        .replace("delivery = { days = 1, per-order = 4 }", "storage-per-m3-month = 0\ndelivery = { days = 1, pick-and-pack = 0, per-order = 0, per-kg = 0 }");
    // On hand in the morning: 100, 90; 80, 60 and 40 while the sale runs; on the sixth day 20 cover two days, so it pauses, and so on the seventh.
    for pays in ["at-order", "at-shipping"] {
        let r = runnable(&text.replace("PAYS", pays));
        let lines = trace(&r.scenario, r.experiment.seed, 0);
        let units = |event: EventKind| -> Vec<(usize, i64)> {
            lines.iter().filter(|l| l.event == event).map(|l| (l.day, l.units)).collect()
        };
        let paused = units(EventKind::NotAdvertisedFor);
        assert!(paused.iter().all(|(day, _)| [5, 6].contains(day)), "{paused:?}");
        let o = outcome(&r);
        let m = &o.products[0].models[0];
        let value = |kpi: Kpi| m.estimate(kpi).unwrap().value;
        // Twenty at the full price, sixty at 7, and what is left at the full price on the last days.
        let served = units(EventKind::ServedFromStock);
        assert_eq!(served[..5], [(0, 10), (1, 10), (2, 20), (3, 20), (4, 20)]);
        assert_eq!(served.iter().map(|(_, n)| n).sum::<i64>(), 100);
        let revenue = 40.0 * 10.0 + 60.0 * 7.0;
        assert_eq!(value(Kpi::Revenue), revenue);
        let spent = 3.0 * 11.0;
        assert!((value(Kpi::Contribution) - (0.9 * revenue - spent - 100.0 * value(Kpi::LandedCost))).abs() < 1e-6);
    }
}

/// A hundred units that nobody wants are landed at 2.90 on day 18. What they lose depends on the day on which the window ends.
#[test]
fn goods_lose_worth_with_their_days_on_hand() {
    let ages = "[finance]\nsalvage = 0.65\nsalvage-by-age = [{ from = 10, salvage = 0.8 }, { from = \"20 days\", salvage = 0.5 }]\n[[supply]]\nname";
    let text = ONE_ORDER.replace("[[supply]]\nname", ages);
    // On order the goods alone are paid, and nothing is on hand yet.
    for (days, lost) in
        [(15, 240.0 * 0.35), (20, 290.0 * 0.35), (28, 290.0 * 0.2), (37, 290.0 * 0.2), (38, 290.0 * 0.5)]
    {
        let r = runnable(&text.replace("days = 40", &format!("days = {days}")));
        let o = outcome(&r);
        let found = o.products[0].models[0].estimate(Kpi::WriteDown).unwrap().value;
        assert!((found - lost).abs() < 1e-6, "{days}: {found} for {lost}");
    }
    // At one worth for any age it is what it is without.
    let one = runnable(&text.replace("salvage = 0.8 }, { from = \"20 days\", salvage = 0.5", "salvage = 0.65"));
    let none = runnable(
        &text.replace("salvage-by-age = [{ from = 10, salvage = 0.8 }, { from = \"20 days\", salvage = 0.5 }]\n", ""),
    );
    let write_down = |r: &Runnable| outcome(r).products[0].models[0].estimate(Kpi::WriteDown).unwrap().value;
    assert!((write_down(&one) - write_down(&none)).abs() < 1e-6);
    assert!((write_down(&none) - 290.0 * 0.35).abs() < 1e-6);
}
