//! What goes wrong: nodes that are down in spells.

use crate::support::{bits, outcome, runnable, runnable_with, value};
use restock::model::Kpi;
use restock::sim::EventKind;
use restock::stats::interval::ratio;
use restock::study::{Outcome, trace};

/// An order a week, five days in production and ten at sea, of which the last three are in a port.
const SHOP: &str = r#"
name = "By hand"
[horizon]
start = 2026-03-02
days = 120
warmup-days = 0
[monte-carlo]
replications = 40
[[product]]
sku = "x"
price = 20
unit-cost = 7
[demand]
mean-per-day = 10
[planner]
first-review = 2026-03-02
[finance]
shrink = 0
[[supply]]
name = "bulk"
[[supply.location]]
name = "store"
initial-on-hand = 150
policy = { order-up-to = { level = 320, review-days = 7 } }
delivery = { days = 3, per-order = 4 }
[[supply.location.route]]
name = "ocean"
supplier = "maker"
terms = [{ share = "30%", at = "order" }, { share = "70%", at = "Production" }]
stage = [{ name = "Production", days = 5 }, { name = "Sea", days = 7 }, { name = "Port", days = 3 }]
[[supply]]
name = "direct"
[[supply.location]]
name = "hub"
initial-on-hand = 90
policy = { order-up-to = { level = 200, review-days = 7 } }
delivery = { days = 9, per-order = 6 }
[[supply.location.route]]
name = "truck"
supplier = "maker"
stage = [{ name = "Production", days = 5 }, { name = "Truck", days = 2 }]
"#;

fn with(disruption: &str) -> String {
    SHOP.replace("[[supply]]\nname = \"bulk\"", &format!("{disruption}[[supply]]\nname = \"bulk\""))
}

fn disrupted(lines: &str) -> String {
    with(&format!("[[disruption]]\nname = \"trouble\"\n{lines}\n"))
}

/// Days from the first on which the orders of a model are placed and received, one after the other.
fn orders(text: &str, model: &str) -> Vec<(usize, usize)> {
    let r = runnable(text);
    let lines = trace(&r.scenario, r.experiment.seed, 0);
    let of = |kind| lines.iter().filter(move |l| l.model == model && l.event == kind);
    let placed: Vec<usize> = of(EventKind::OrderPlaced).map(|l| l.day).collect();
    placed.into_iter().zip(of(EventKind::Received).map(|l| l.day)).collect()
}

/// Placed on day 0, made on day 5, in port from day 12 on. The port is closed on days 13 to 16: a day of work is done until the evening of day 13, and
/// two after that of day 17.
#[test]
fn a_stage_stands_still_while_its_node_is_down() {
    let usual = orders(SHOP, "bulk");
    assert_eq!(usual[..3], [(0, 15), (7, 22), (14, 29)]);
    let closed = "on = { stage = \"Port\" }\nfrom = 2026-03-15\nuntil = 2026-03-18";
    assert_eq!(orders(&disrupted(closed), "bulk")[..3], [(0, 19), (7, 22), (14, 29)]);
    assert_eq!(orders(&disrupted(closed), "direct"), orders(SHOP, "direct"), "goods by truck pass no port");
    // Half as fast: the four days do the work of two.
    assert_eq!(orders(&disrupted(&format!("{closed}\nslows = 2")), "bulk")[0], (0, 17));
    // On four days after it a fifth, two fifths and so on of the work is done: two days of work are 0.2 + 0.4 + 0.6 + 0.8.
    assert_eq!(orders(&disrupted(&format!("{closed}\nramp-days = 4")), "bulk")[0], (0, 21));
}

/// What the supplier has not made waits; what it has made goes on. An order of the evening on which it fails waits, too.
#[test]
fn a_supplier_stops_what_it_makes_for_all_who_buy_there() {
    let down = "on = { supplier = \"maker\" }\nfrom = 2026-03-07\ndays = 10";
    // Down from day 5 to day 14. The first order is made on the morning of day 5; that of day 7 waits until day 15.
    assert_eq!(orders(&disrupted(down), "bulk")[..3], [(0, 15), (7, 30), (14, 30)]);
    assert_eq!(orders(&disrupted(down), "direct")[..3], [(0, 7), (7, 22), (14, 22)]);
    let refused = format!("{down}\nwhile-down = \"refused\"");
    // Nothing is ordered on days 7 and 14: the review of day 21 asks for all of it.
    let of = |model: &str| -> Vec<usize> { orders(&disrupted(&refused), model).iter().map(|o| o.0).collect() };
    assert_eq!(of("bulk")[..2], [0, 21]);
    assert_eq!(of("direct")[..2], [0, 21]);
}

/// A route, with all its stages, and a factory, with the products that it makes.
#[test]
fn a_route_and_a_factory_are_nodes() {
    let down = |on: &str| disrupted(&format!("on = {on}\nfrom = 2026-03-03\ndays = 4"));
    assert_eq!(orders(&down("{ route = \"ocean\" }"), "bulk")[0], (0, 19));
    assert_eq!(orders(&down("{ route = \"ocean\" }"), "direct")[0], (0, 7));
    let works = |text: &str| {
        let own = text.replace("sku = \"x\"\n", "sku = \"x\"\nfactory = \"works\"\n");
        own.replace(
            "[[supply]]\nname = \"bulk\"",
            "[[factory]]\nname = \"works\"\ncapacity-per-day = 1000\n[[supply]]\nname = \"bulk\"",
        )
    };
    let on = down("{ route = \"ocean\" }").replace("{ route = \"ocean\" }", "{ factory = \"works\" }");
    assert_eq!((orders(&works(&on), "bulk")[0], orders(&works(&on), "direct")[0]), ((0, 19), (0, 11)));
}

/// Off equals before, to the bit: what never begins, what lies outside of the run, and what a supply model does not pass.
#[test]
fn what_does_not_happen_changes_nothing() {
    let of = |o: &Outcome, model: usize| bits(&o.products[0].models[model], &[]);
    let before = outcome(&runnable(SHOP));
    for off in [
        "on = { stage = \"Port\" }\nper-year = 0\ndays = 9\nwhile-down = \"refused\"",
        "on = { supplier = \"maker\" }\nfails-daily = 0\nrecovers-daily = 0.5",
        "on = { route = \"ocean\" }\nfrom = 2029-01-01\ndays = 9",
        "on = { route = \"truck\" }\nper-year = 30\ndays = { triangular = [1, 2, 3] }\nslows = 1",
    ] {
        let off = outcome(&runnable(&disrupted(off)));
        assert!((0..2).all(|model| of(&before, model) == of(&off, model)));
    }
    let closed = outcome(&runnable(&disrupted("on = { stage = \"Port\" }\nper-year = 9\ndays = 9")));
    assert!(of(&before, 1) == of(&closed, 1), "no truck passes the port");
    assert!(of(&before, 0) != of(&closed, 0));
}

/// Where nothing happens to anybody in a replication, it is the replication without disruptions, to the bit. Other disruptions do not move its draws.
#[test]
fn replications_stay_paired() {
    let rows = |text: &str| outcome(&runnable(text)).products[0].models[0].rows.clone();
    let (before, storms) = (rows(SHOP), rows(&disrupted("on = { stage = \"Port\" }\nper-year = 1\ndays = 3")));
    let same = before.iter().zip(&storms).filter(|(a, b)| a == b).count();
    // 142 days are felt: nothing happens in exp(-0.39) = 68 % of replications, and what happens meets a port in use.
    assert!((15..=35).contains(&same), "{same} of 40 are the same");
    let two = with(
        "[[disruption]]\nname = \"trouble\"\non = { stage = \"Port\" }\nper-year = 1\ndays = 3\n\
         [[disruption]]\nname = \"other\"\non = { route = \"truck\" }\nper-year = 4\ndays = 3\n",
    );
    assert!(storms == rows(&two), "what befalls trucks is no matter of the port");
}

/// The best of all levels, by a scan with paired differences: 120, as the closed form `S + 10 x 33.333 x 0.9^(S/20 - 1)` says.
#[test]
fn the_best_level_under_failures_is_found() {
    let model = |level: u32| {
        format!(
            "[[supply]]\nname = \"{level}\"\n[[supply.location]]\nname = \"store\"\npolicy = {{ base-stock = {{ level = {level} }} }}\n\
             [[supply.location.route]]\nname = \"only\"\nsupplier = \"maker\"\nstage = [{{ name = \"Transit\", days = 1 }}]\n"
        )
    };
    let levels = [60, 80, 100, 120, 140, 160, 180];
    let text = format!(
        "name = \"scan\"\n[horizon]\nstart = 2026-01-01\ndays = 3650\nwarmup-days = 100\n[monte-carlo]\nreplications = 3000\n\
         [[product]]\nsku = \"x\"\nprice = 100\nunit-cost = 12\n[demand]\nunits-per-day = 20\n[customers]\naccept = \"always\"\n\
         patience = \"endless\"\npromise = \"none\"\nthirty-day-rule = false\ndelivery-sensitivity = {{ per-day = 0 }}\n\
         [planner]\nforecast = \"truth\"\n[finance]\nshrink = 0\n[[disruption]]\nname = \"failure\"\non = {{ supplier = \"maker\" }}\n\
         fails-daily = 0.02\nrecovers-daily = 0.1\n{}",
        levels.map(model).concat()
    );
    let o = outcome(&runnable(&text));
    let cost = |i: usize| -> Vec<f64> {
        let of = |row: &restock::sim::KpiRow| row[Kpi::MeanOnHand.index()].0 + 9.0 * row[Kpi::MeanBacklog.index()].0;
        o.products[0].models[i].rows.iter().map(of).collect()
    };
    let best = cost(3);
    for (i, level) in levels.iter().enumerate().filter(|(i, _)| *i != 3) {
        let more: Vec<(f64, f64)> = cost(i).iter().zip(&best).map(|(a, b)| (a - b, 1.0)).collect();
        let e = ratio(&more).unwrap();
        let exact = |s: f64| s - 160.0 / 3.0 + 1000.0 / 3.0 * 0.9_f64.powf(s / 20.0 - 1.0);
        let expected = exact(f64::from(*level)) - exact(120.0);
        let se = e.standard_error.unwrap();
        assert!((e.value - expected).abs() < 4.0 * se, "{level}: {} of {se} for {expected}", e.value);
        assert!(e.value > 3.0 * se, "{level} is not told apart from 120: {} of {se}", e.value);
    }
}

/// The closed form of an economic order quantity under disruptions has its least cost where the book says.
#[test]
fn the_order_quantity_under_disruptions_is_that_of_the_book() {
    let cost = |q: f64| restock::stats::oracle::eoq_with_disruptions_cost(q, (8.0, 0.225, 5.0), 1300.0, (1.5, 14.0));
    let best = (700_000..850_000).map(|q| f64::from(q) / 1000.0).min_by(|a, b| cost(*a).total_cmp(&cost(*b))).unwrap();
    assert!((best - 772.811_074).abs() < 1e-3, "{best}");
    assert!((cost(best) - 173.950_003).abs() < 1e-6, "{}", cost(best));
}

/// Random, dated and set off, on everything at once: more trouble is never better for those who wait.
#[test]
fn more_trouble_means_more_who_wait() {
    let text = disrupted("on = { stage = \"Port\" }\nper-year = 2\ndays = { triangular = [2, 5, 14] }");
    let at = |rate: u32| {
        let r = runnable_with(
            &text,
            &[format!("disruption.trouble.per-year={rate}"), "monte-carlo.replications=400".into()],
        );
        let o = outcome(&r);
        value(&o.products[0].models[0], Kpi::BacklogUnitDays)
    };
    let [none, some, many] = [0, 2, 8].map(at);
    assert!(none < some && some < many, "{none} {some} {many}");
}
