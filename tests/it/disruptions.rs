//! What goes wrong: nodes that are down in spells.

use crate::cli::{restock_in, scratch};
use crate::support::{bits, outcome, runnable, runnable_with, value};
use restock::decide::{Lab, Stress};
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
    // What may be lost is told as 0 where something may be, and not at all where nothing may.
    let of = |o: &Outcome, model: usize| bits(&o.products[0].models[model], &[Kpi::UnitsLost, Kpi::CostOfLoss]);
    let before = outcome(&runnable(SHOP));
    for off in [
        "on = { location = \"store\" }\nper-year = 0\ndays = 9\ndestroys = \"50%\"",
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

/// Of each kind of event in one replication of a model: day and units.
fn events(text: &str, model: &str, kind: EventKind) -> Vec<(usize, i64)> {
    let r = runnable(text);
    let lines = trace(&r.scenario, r.experiment.seed, 0);
    lines.iter().filter(|l| l.model == model && l.event == kind).map(|l| (l.day, l.units)).collect()
}

/// The units of the first order are lost in part: what is in the port on the evening of day 13. The planner orders them anew when it knows.
#[test]
fn what_is_destroyed_is_missed_when_it_is_known() {
    let at = |terms: &str| {
        disrupted(&format!(
            "on = {{ stage = \"Port\" }}\nfrom = 2026-03-15\nuntil = 2026-03-15\ndestroys = \"50%\"\n{terms}"
        ))
    };
    let first = events(SHOP, "bulk", EventKind::OrderPlaced)[0].1;
    let lost = (first as f64 / 2.0 + 0.5) as i64;
    for (days, known) in [(0, 13), (1, 14), (2, 15), (30, 16)] {
        let text = at(&format!("learned-after-days = {days}"));
        assert_eq!(events(&text, "bulk", EventKind::Lost), [(13, lost)]);
        // The order comes on day 16, a day late, and without them.
        assert_eq!(events(&text, "bulk", EventKind::FoundMissing), [(known, lost)]);
        assert_eq!(events(&text, "bulk", EventKind::Received)[0], (16, first - lost));
        assert!(events(&text, "direct", EventKind::Lost).is_empty());
    }
    // The review of day 14 orders what is known to be lost the evening before, and not what will be known on the next one.
    let ordered = |days: u32| {
        let all = events(&at(&format!("learned-after-days = {days}")), "bulk", EventKind::OrderPlaced);
        all.into_iter().find(|o| o.0 == 14).map_or(0, |o| o.1)
    };
    assert_eq!(ordered(0) - ordered(2), lost);
}

/// The seller has paid for what is lost, an insurer gives a part of it, or the supplier all of it.
#[test]
fn who_bears_a_loss_pays_for_it() {
    let run = |terms: &str| {
        let text = disrupted(&format!(
            "on = {{ stage = \"Port\" }}\nfrom = 2026-03-15\nuntil = 2026-03-15\ndestroys = 1\n{terms}"
        ));
        let o = outcome(&runnable(&text));
        let m = o.products[0].models[0].clone();
        let row = |kpi: Kpi| m.rows[0][kpi.index()];
        (row(Kpi::UnitsLost).0, row(Kpi::CostOfLoss).0, row(Kpi::Contribution).0)
    };
    let (units, seller, poor) = run("");
    // 30 % with the order and 70 % when it is made: all of 7 a unit is paid.
    assert!(units > 100.0 && (seller - 7.0 * units).abs() < 1e-9, "{seller} for {units}");
    let (_, insured, _) = run("insured = \"80%\"");
    assert!((insured - 0.2 * seller).abs() < 1e-6, "{insured}");
    let (same, nothing, rich) = run("borne-by = \"supplier\"");
    assert_eq!((same, nothing), (units, 0.0));
    assert!((rich - poor - seller).abs() < 1e-6, "{rich} less {poor} is {seller}");
}

/// An order that never comes is given up some days after it was to come; the route of the same name loses that of the same day.
#[test]
fn some_orders_never_come() {
    let text = SHOP
        .replace("supplier = \"maker\"\n", "supplier = \"maker\"\nlost = { share = 0.3, learned-after-days = 5 }\n");
    let placed = events(&text, "bulk", EventKind::OrderPlaced);
    let lost = events(&text, "bulk", EventKind::Lost);
    let found = events(&text, "bulk", EventKind::FoundMissing);
    assert!(lost.len() > 2 && lost.len() < placed.len() / 2, "{} of {}", lost.len(), placed.len());
    assert_eq!(found, lost.iter().map(|(day, units)| (day + 5, *units)).collect::<Vec<_>>());
    for (day, units) in &lost {
        assert!(placed.contains(&(day - 15, *units)), "all of an order is lost on the day on which it was to come");
    }
    // 0.3 of all, over many replications.
    let o = outcome(&runnable_with(&text, &["monte-carlo.replications=400".into()]));
    let m = &o.products[0].models[0];
    let sum = |of: &dyn Fn(&restock::sim::KpiRow) -> f64| m.rows.iter().map(of).sum::<f64>();
    let (lost, received) = (sum(&|row| row[Kpi::UnitsLost.index()].0), sum(&|row| row[Kpi::MeanLeadTime.index()].1));
    // Some 6,000 orders: a standard error of 0.6 %, and more because they differ in size.
    let share = lost / (lost + received);
    assert!((share - 0.3).abs() < 0.03, "{share}");
}

/// Nothing ships from a location that is down; what comes waits there, and all of it ships on the day after the last one that is down.
#[test]
fn a_location_that_is_down_ships_nothing() {
    let text = disrupted("on = { location = \"hub\" }\nfrom = 2026-03-12\nuntil = 2026-03-16\n")
        .replace("[planner]", "[customers]\naccept = \"always\"\npatience = \"endless\"\n[planner]");
    let served = events(&text, "direct", EventKind::ServedFromStock);
    let days: Vec<usize> = served.iter().map(|s| s.0).filter(|day| *day < 20).collect();
    // Down from the evening of day 10 to that of day 14: shoppers of days 11 to 15 wait.
    assert_eq!(days, (0..11).chain(16..20).collect::<Vec<_>>());
    let wait: i64 = events(&text, "direct", EventKind::Backordered).iter().filter(|b| b.0 < 16).map(|b| b.1).sum();
    let shipped: i64 =
        events(&text, "direct", EventKind::ShippedFromBacklog).iter().filter(|b| b.0 == 16).map(|b| b.1).sum();
    assert!(wait > 20 && shipped == wait, "{shipped} of {wait}");
    assert!(
        events(&text, "direct", EventKind::Received).iter().any(|r| (11..=15).contains(&r.0)),
        "goods come all the same"
    );
    let burnt = text.replace("until = 2026-03-16\n", "until = 2026-03-16\ndestroys = 1\n");
    let gone = events(&burnt, "direct", EventKind::Destroyed);
    assert!(gone.len() == 1 && gone[0].0 == 10 && gone[0].1 > 0, "{gone:?}");
}

/// Lost parcels are sent again from stock, or refunded: both cost, and what is lost is a share of what was shipped.
#[test]
fn lost_parcels_are_made_good() {
    let text = |lost: &str| {
        SHOP.replace(
            "delivery = { days = 9, per-order = 6 }",
            &format!("delivery = {{ days = 9, per-order = 6{lost} }}"),
        )
    };
    let run = |lost: &str| {
        let o = outcome(&runnable_with(&text(lost), &["monte-carlo.replications=300".into()]));
        let m = o.products[0].models[1].clone();
        [Kpi::ParcelsLost, Kpi::Revenue, Kpi::Contribution, Kpi::CostOfLoss].map(|kpi| value(&m, kpi))
    };
    let [.., sound, _] = run("");
    let [lost, refunded, poorer, _] = run(", lost = { share = \"4%\", remedy = \"refund\", after-days = 3 }");
    let [again, sent, poor, cost] = run(", lost = { share = \"4%\", after-days = 3 }");
    let shipped = 1200.0;
    assert!((lost / shipped - 0.04).abs() < 0.004 && (again / shipped - 0.04).abs() < 0.004, "{lost} and {again}");
    // A refund takes the price of 20, another parcel goods of 7 and postage of 6.
    assert!((sent - refunded - 20.0 * lost).abs() < 0.1 * 20.0 * lost, "{sent} and {refunded}");
    assert!(sound > poor && poor > poorer, "{sound} {poor} {poorer}");
    assert!((cost * shipped / again - 7.0).abs() < 0.7, "{cost} an order");
    let trace = text(", lost = { share = \"4%\", after-days = 3 }");
    let gone = events(&trace, "direct", EventKind::ParcelsLost);
    let made_good = events(&trace, "direct", EventKind::Reshipped);
    assert!(made_good.iter().all(|(day, units)| gone.contains(&(day - 3, *units)) || *units > 0));
    assert!(!made_good.is_empty());
}

/// Ten units a day from a stock of 150: without the port full service lasts for 15 days. A closure of 20 days leaves shoppers unserved from day 15 on; the
/// orders of days 0 and 7 leave the port on day 23, three days after its end, and fill the shelf.
#[test]
fn time_to_survive_and_to_recover_are_those_by_hand() {
    let text = disrupted("on = { stage = \"Port\" }\nper-year = 0.5\ndays = 20")
        .replace("mean-per-day = 10", "units-per-day = 10")
        .replace(
            "[planner]",
            "[customers]\naccept = \"always\"\npatience = \"endless\"\n[planner]\nforecast = \"truth\"",
        );
    let r = runnable(&text);
    let found = Stress::run(&Lab::new(2), (&r.scenario, &r.experiment), &mut |_| {}).unwrap();
    let [bulk, direct] = &found[0].models[..] else { panic!("two models") };
    assert!(!bulk.untouched && direct.untouched);
    let exact = |e: &Option<restock::stats::interval::Estimate>| {
        let e = e.as_ref().unwrap();
        assert!(e.standard_error.is_none_or(|se| se == 0.0), "nothing is random: {e:?}");
        e.value
    };
    assert_eq!((exact(&bulk.survives), exact(&bulk.short), exact(&bulk.recovers)), (15.0, 1.0, 3.0));
    assert!(!bulk.outlasts && direct.outlasts);
    assert_eq!(exact(&bulk.calm), 120.0, "nobody waits if nothing goes wrong");
    // It happens in 1 - exp(-0.5 x 139 / 365) = 17 % of replications, 40 of which are few; and where it does not, nothing is caused.
    assert!(found[0].happens.value < 0.5 && bulk.waiting.value >= 0.0);
    assert_eq!((direct.waiting.value, direct.backorder_rate.value), (0.0, 0.0));
}

/// The command answers, and says what to do where nothing goes wrong.
#[test]
fn stress_is_a_question() {
    let dir = scratch("stress");
    std::fs::write(dir.join("calm.toml"), SHOP).unwrap();
    let text = disrupted("on = { stage = \"Port\" }\nper-year = 2\ndays = 20");
    std::fs::write(dir.join("strike.toml"), &text).unwrap();
    let calm = restock_in(&dir, &["stress", "calm.toml"]);
    assert_eq!(calm.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&calm.stderr).contains("add a `[[disruption]]`"));
    assert!(!dir.join("output").exists(), "nothing is written");
    let told = restock_in(&dir, &["stress", "strike.toml", "-n", "64", "--threads", "1", "--no-charts"]);
    let printed = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.status.success() && printed.contains("direct is not touched"), "{printed}");
    let folder = dir.join("output/strike-stress");
    let folder = if folder.exists() { folder } else { dir.join("output/strike-stress@replications=64") };
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("answer.json")).unwrap()).unwrap();
    assert_eq!(json["disruptions"][0]["models"][1]["untouched"], true);
    let table = std::fs::read_to_string(folder.join("stress.csv")).unwrap();
    assert!(table.contains("cut_days_to_survive"), "{table}");
    let again = restock_in(&dir, &["stress", "strike.toml", "-n", "64", "--threads", "2", "--no-charts", "--dry-run"]);
    assert_eq!(again.stdout, told.stdout, "the same at any number of threads");
}
