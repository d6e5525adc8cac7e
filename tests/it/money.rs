//! Money in any currency: amounts a thousand times as large are a thousand times as much of everything, and units do not
//! notice. What cannot be counted is refused.

use crate::generated::scenario;
use crate::support::{loaded, runnable, try_load};
use proptest::prelude::*;
use restock::model::{Kpi, PartialContainer, Scenario, Unit};
use restock::sim::{DemandPlan, Kernel, KpiRow, Needs, Plan};
use restock::study::{Options, run};

/// What is wrong with a scenario.
fn refused(text: &str) -> String {
    try_load(text, &[]).expect_err("it is refused").render(false)
}

/// The scenario with every amount of money `by` times as large.
fn times(by: f64, scenario: &Scenario) -> Scenario {
    let mut s = scenario.clone();
    for p in &mut s.products {
        p.price *= by;
        p.unit_cost *= by;
    }
    let f = &mut s.finance;
    for amount in [
        &mut f.payment_fee_per_order,
        &mut f.cost_per_ticket,
        &mut f.chargeback_fee,
        &mut f.advertising_per_order,
        &mut f.fixed_per_month,
    ] {
        *amount *= by;
    }
    f.opening_cash = f.opening_cash.map(|cash| cash * by);
    if let Some(credit) = &mut f.credit_line {
        credit.limit *= by;
    }
    for l in s.models.iter_mut().flat_map(|m| &mut m.locations) {
        let d = &mut l.delivery;
        for amount in [
            &mut d.pick_and_pack,
            &mut d.per_order,
            &mut d.per_kg,
            &mut d.clearance_per_order,
            &mut l.storage_per_m3_month,
            &mut l.takes_back.cost,
        ] {
            *amount *= by;
        }
        for r in &mut l.routes {
            let (h, e) = (&mut r.handling, &mut r.entry_fees);
            for amount in [
                &mut r.freight.per_unit,
                &mut r.freight.per_kg,
                &mut h.per_purchase_order,
                &mut h.per_container,
                &mut h.per_m3,
                &mut h.per_unit,
                &mut e.processing_range.0,
                &mut e.processing_range.1,
                &mut e.broker,
            ] {
                *amount *= by;
            }
            if let Some(c) = &mut r.freight.container {
                c.price *= by;
                if let PartialContainer::PerCubicMetre(rate) = &mut c.partial {
                    *rate *= by;
                }
            }
        }
    }
    s
}

/// KPIs of every replication of every model, with the units and orders that posted money.
fn rows(scenario: &Scenario, seed: u64, replications: u32) -> Vec<(KpiRow, f64)> {
    let product = &scenario.products[0];
    let demand = DemandPlan::new(scenario, product, seed);
    let plan = |model| Plan::new(scenario, product, model, &demand, seed);
    let plans: Vec<Plan> = scenario.models.iter().map(plan).collect();
    let kernel = Kernel::new(&demand, &plans, Needs::Books);
    let mut by_model = vec![Vec::new(); plans.len()];
    kernel.block(0..replications, &mut kernel.desk(), &mut |m, mut replica| {
        let (row, _) = replica.kpis().unwrap();
        let t = replica.tally();
        let units = t.interested + t.ordered + t.received + t.on_hand_at_start + t.on_order_at_start + t.shipped;
        let posted = units + 20 * t.purchase_orders + 20 * replica.plan.days as i64;
        by_model[m].push((row, posted as f64));
    });
    by_model.concat()
}

/// Numerator and denominator of money over money.
const OF_MONEY: [Kpi; 7] = [
    Kpi::DaysSales,
    Kpi::DaysPayable,
    Kpi::DaysInventory,
    Kpi::Turns,
    Kpi::Gmroi,
    Kpi::CashToCash,
    Kpi::CashConversionCycle,
];

/// By `by` times the money, money is `by` times as much, within 1e-9 and a millionth a posting (of the smaller amounts, which
/// are rounded more), and units are what they were, to the bit.
fn scales(scenario: &Scenario, seed: u64, replications: u32, by: f64, text: &str) {
    let days = f64::from(scenario.horizon.total());
    let (small, large) = (rows(scenario, seed, replications), rows(&times(by, scenario), seed, replications));
    for ((a, postings), (b, _)) in small.iter().zip(&large) {
        for k in Kpi::ALL {
            let ((x, y), (far_x, far_y)) = (a[k.index()], b[k.index()]);
            let money = |x: f64, far: f64, of: f64| {
                let room = 1e-9 * far.abs() + by * 1e-6 * postings * of;
                assert!((far - by * x).abs() <= room, "{k:?}: {far} is not {by} times {x}, to {room}\n{text}");
            };
            match k.unit() {
                _ if *k == Kpi::CashConversionCycle => {
                    assert!(
                        (far_x - x).abs() <= 1e-6 * (1.0 + x.abs()) && y == far_y,
                        "{k:?}: {far_x} for {x}\n{text}"
                    );
                }
                _ if OF_MONEY.contains(k) => {
                    money(x, far_x, days);
                    money(y, far_y, 1.0);
                }
                // The same unit, at its rounded value, may be in stock before each of the receipts that are added up.
                Unit::Money if *k == Kpi::RealisedBufferCapital => {
                    money(x, far_x, y.max(1.0));
                    assert_eq!(y, far_y, "{k:?}\n{text}");
                }
                Unit::Money | Unit::MoneyOverWindow | Unit::MoneyPerOrder => {
                    money(x, far_x, 1.0);
                    assert_eq!(y, far_y, "{k:?}\n{text}");
                }
                Unit::MoneyDays => money(x, far_x, days),
                _ => assert_eq!((x, y), (far_x, far_y), "{k:?}\n{text}"),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    /// A trigger by money may turn on the millionth to which an amount is rounded: here routes are expedited by cover.
    #[test]
    fn a_thousand_times_the_amounts_is_a_thousand_times_the_money(text in scenario()) {
        let text = text.replace("when = \"margin-saved-exceeds-cost\"", "below-days-of-cover = 3, up-to-days = 9");
        let r = runnable(&text);
        scales(&r.scenario, r.experiment.seed, 2, 1_000.0, &text);
    }
}

/// A quarter of a million units a day: in rupiah the sums are beyond 64 bits of millionths.
fn retailer(price: &str, cost: &str) -> String {
    format!(
        "\
             name = \"large\"\n\
             currency = \"IDR\"\n\
             [horizon]\n\
             start = 2027-01-01\n\
             days = 365\n\
             warmup-days = 30\n\
             [monte-carlo]\n\
             replications = 4\n\
             [[product]]\n\
             sku = \"tee\"\n\
             price = {price}\n\
             unit-cost = {cost}\n\
             [demand]\n\
             mean-per-day = 250_000\n"
    )
}

#[test]
fn a_large_retailer_counts_in_rupiah_as_in_thousands_of_them() {
    let r = runnable(&retailer("150", "60"));
    scales(&r.scenario, 1, 3, 1_000.0, "rupiah");
    let (row, _) = rows(&times(1_000.0, &r.scenario), 1, 1)[0];
    let value = |k: Kpi| row[k.index()].0;
    // By hand: every parcel at its price, above what 64 bits hold.
    let shipped = row[Kpi::CostOfOrder.index()].1;
    assert_eq!(value(Kpi::Revenue), 150_000.0 * shipped);
    assert!(value(Kpi::Revenue) > i64::MAX as f64 / 1e6 && value(Kpi::Contribution) > 3e12);
}

/// The dearest prices at the volumes of a large retailer: wide sums, no limit met.
#[test]
fn prices_of_a_thousand_million_are_admitted() {
    let r = runnable(&retailer("1_000_000_000", "600_000_000"));
    let outcome = run(&r.scenario, &r.experiment, Options { daily: true, ..Options::default() }, &|_| {});
    let revenue = outcome.products[0].models[0].estimate(Kpi::Revenue).unwrap().value;
    assert!(outcome.beyond.is_none() && (8e16..1.1e17).contains(&revenue), "{revenue}");
    let capital = outcome.products[0].models[0].estimate(Kpi::InvestedCapital).unwrap().value;
    let bands = outcome.products[0].models[0].bands.series(restock::sim::Series::InvestedCapital);
    let mean = bands.iter().map(|b| b.mean).sum::<f64>() / bands.len() as f64;
    assert!((mean / capital - 1.0).abs() < 1e-9, "{mean} {capital}");
}

#[test]
fn what_cannot_be_counted_is_refused_with_the_figure() {
    let with = |more: &str, demand: &str, price: &str| {
        format!(
            "\
                 name = \"n\"\n\
                 [horizon]\n\
                 start = 2026-01-01\n\
                 {more}\n\
                 warmup-days = 0\n\
                 [monte-carlo]\n\
                 replications = 3\n\
                 [[product]]\n\
                 sku = \"tee\"\n\
                 price = {price}\n\
                 unit-cost = 1\n\
                 [demand]\n\
                 {demand}\n"
        )
    };
    let dear = refused(&with("days = 1_000_000", "mean-per-day = 1", "1_000_000_000"));
    assert!(dear.contains("E0403") && dear.contains("a unit of `tee` moves up to 1.0"), "{dear}");
    assert!(dear.contains("in thousands"), "{dear}");
    let endless = refused(&with("days = 200_000", "mean-per-day = 10\ntrend-per-year = \"10%\"", "2"));
    assert!(endless.contains("E0403") && endless.contains("demand of `tee` rises to"), "{endless}");

    // Nothing of this is expected; it is drawn.
    let surge = "\
         mean-per-day = 1_000_000\n\
         [demand.surge]\n\
         on = [2026-01-20]\n\
         peak-uplift = { uniform = [9_999, 10_000] }\n\
         decay = { exponential = { tau-days = 5 } }";
    let drawn = runnable(&with("days = 60", surge, "2"));
    assert!(run(&drawn.scenario, &drawn.experiment, Options::default(), &|_| {}).beyond.is_none(), "10^10 units fit");
    let mut more = drawn.scenario.clone();
    more.products[0].demand.surge.as_mut().unwrap().peak_uplift = restock::law::Dist::Constant(1e8);
    let all = Options { equal_terms: true, daily: true, ..Options::default() };
    let beyond = run(&more, &drawn.experiment, all, &|_| {}).beyond.expect("10^14 units do not").to_string();
    assert!(
        beyond.starts_with("shoppers reach 99_99") && beyond.contains("on 2026-01-20, and at most 4_000_000_000_000"),
        "{beyond}"
    );
}

/// Days of a crowd: the shares of those who leave and of those who wait are what they are one by one, every law of units and
/// money holds, and the slower model loses no fewer.
#[test]
fn a_crowd_behaves_as_its_shoppers_do() {
    let text = |mean: u32, level: u32, accept: &str| {
        let model = |name: &str, days: u32, hub: &str| {
            let route = "[[supply.location.route]]\nname = \"r\"\nstage = [{ name = \"s\", days = 5 }]\n";
            let share = if hub.is_empty() { "" } else { "share = 0.6\n" };
            let hub = if hub.is_empty() {
                String::new()
            } else {
                format!("[[supply.location]]\nname = \"hub\"\nshare = 0.4\n{hub}{route}")
            };
            format!(
                "\
                     [[supply]]\n\
                     name = \"{name}\"\n\
                     overflow = true\n\
                     [[supply.location]]\n\
                     name = \"l\"\n\
                     {share}policy = {{ base-stock = {{ level = {level} }} }}\n\
                     delivery = {{ days = {days} }}\n\
                     {route}{hub}"
            )
        };
        format!(
            "\
                 name = \"crowd\"\n\
                 [horizon]\n\
                 start = 2026-01-15\n\
                 days = 40\n\
                 warmup-days = 10\n\
                 [monte-carlo]\n\
                 replications = 4\n\
                 [[product]]\n\
                 sku = \"x\"\n\
                 price = 30.37\n\
                 unit-cost = 7.113\n\
                 [demand]\n\
                 mean-per-day = {mean}\n\
                 [customers]\n\
                 accept = {accept}\n\
                 patience = {{ daily-hazard = \"4%\" }}\n\
                 thirty-day-rule = false\n\
                 delivery-sensitivity = {{ per-day = \"3%\" }}\n\
                 [finance]\n\
                 shrink = 0\n\
                 {}{}{}",
            model("quick", 3, ""),
            model("slow", 9, ""),
            model(
                "both",
                3,
                &format!("policy = {{ base-stock = {{ level = {level} }} }}\ndelivery = {{ days = 9 }}\n")
            )
        )
    };
    for (mean, level, accept) in [
        (40_000, 300_000, "\"always\""),
        (90_000, 300_000, "{ share = 0.4 }"),
        (2_000_000, 0, "{ share = 0.4 }"),
        (2_000_000, 13_000_000, "\"never\""),
    ] {
        let text = text(mean, level, accept);
        let (mut lost, mut waits, mut losses) = (vec![], vec![], vec![]);
        crate::laws::each(&text, |_, replica| {
            let (plan, path) = (replica.plan, replica.path);
            assert_eq!(replica.tally().broken_law(), None, "{text}");
            assert_eq!(replica.books().broken_law(plan), None, "{text}");
            let t = replica.tally();
            assert_eq!(t.interested, path.units[plan.warmup..].iter().sum::<i64>());
            lost.push((t.lost_to_delivery as f64, t.interested as f64));
            waits.push((t.backordered as f64, (t.backordered + t.walked_away) as f64));
            losses.push(t.lost_to_delivery);
        });
        let close = |pairs: &[(f64, f64)], p: f64| {
            let (x, n) = pairs.iter().fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
            assert!(
                n == 0.0 || (x / n - p).abs() <= 5.0 * (p * (1.0 - p) / n).sqrt(),
                "{} for {p}, of {n}\n{text}",
                x / n
            );
        };
        close(&lost[..4], 0.0);
        close(&lost[4..8], 1.0 - (-0.18_f64).exp());
        assert!((0..4).all(|r| losses[r] <= losses[8 + r] && losses[8 + r] <= losses[4 + r]), "{losses:?}");
        close(
            &waits,
            match accept {
                "\"always\"" => 1.0,
                "\"never\"" => 0.0,
                _ => 0.4,
            },
        );
    }
}

/// Defaults are dollars: a scenario in another currency that leaves amounts to them hears of it, one that gives them all does not.
#[test]
fn dollars_of_the_defaults_are_warned_of() {
    let warnings = |text: &str| loaded(text).warnings.render(false);
    let text = "\
         name = \"x\"\n\
         currency = \"IDR\"\n\
         [[product]]\n\
         sku = \"x\"\n\
         price = 150_000\n\
         unit-cost = 60_000\n\
         [demand]\n\
         mean-per-day = 50\n\
         [[supply]]\n\
         name = \"Ocean\"\n\
         preset = \"ocean-3pl\"\n";
    let said = warnings(text);
    assert!(
        said.contains("US dollars") && said.contains("`pick-and-pack`") && said.contains("`cost-per-ticket`"),
        "{said}"
    );
    assert!(!warnings(&text.replace("IDR", "usd")).contains("US dollars"));
    let own = text.replace("[demand]", "[finance]\ncost-per-ticket = 90_000\n[demand]");
    assert!(!warnings(&own).contains("`cost-per-ticket`"));
}
