//! Markets that one stock serves: shares, prices, taxes, and the duty of the pair of market and location.

use crate::generated::scenario;
use crate::support::{bits, laid_out, outcome, runnable, runnable_with, shipped, try_load, value};
use proptest::prelude::*;
use restock::model::{AtOrBelow, DutyBase, Kpi, ParcelDuty};
use restock::scenario::Runnable;
use restock::sim::{ClassTally, DemandPlan, Kernel, Needs, Plan};
use restock::study::{MarketMeasure, Outcome, market_figure};

/// One unit is sold on each of thirty days from a shelf of a hundred; parcels pay duty. Nothing else costs anything.
const BY_HAND: &str = r#"
name = "By hand"
currency = "USD"
[horizon]
start = 2026-03-02
days = 30
warmup-days = 0
[monte-carlo]
replications = 2
[[product]]
sku = "tee"
price = 60
unit-cost = 14
weight-kg = 0.5
volume-litres = 1
demand = { units-per-day = 1 }
[customers]
delivery-sensitivity = { per-day = 0 }
[finance]
payment-fee = { share = "3%", per-order = 0.30 }
shrink = 0
insurance = 0
obsolescence = 0
fixed-per-month = 0
advertising-per-order = 0
cost-of-capital = 0
[[supply]]
name = "direct"
[[supply.location]]
name = "hub"
storage-per-m3-month = 0
initial-on-hand = 100
policy = { base-stock = { level = 0 } }
delivery = { days = 9, pick-and-pack = 2, per-order = 4, per-kg = 6, clearance-per-order = 1, duty-per-order = true }
[[supply.location.route]]
name = "truck"
stage = [{ name = "Production", days = 5 }]
freight = { per-unit = 0 }
handling = { per-unit = 0 }
duty = [{ from = 2000-01-01, rate = "24%" }]
"#;

fn run(markets: &str) -> Outcome {
    outcome(&runnable(&(BY_HAND.to_owned() + markets)))
}

/// Sum of a KPI over the thirty orders, to the cent.
fn sum(o: &Outcome, kpi: Kpi) -> f64 {
    (o.products[0].models[0].total(kpi).value * 100.0).round() / 100.0
}

fn one(terms: &str) -> String {
    format!("[[market]]\nname = \"A\"\nshare = \"100%\"\n{terms}")
}

#[test]
fn every_shape_of_duty_is_right_to_the_cent() {
    // Duty of thirty parcels with the clearance of a dollar each.
    for (terms, each) in [
        // As without markets: 24 % of a cost of 14.
        ("", 3.36),
        // The full rate on every parcel.
        ("duty = { base = \"cost\", rate = \"36.5%\" }\n", 5.11),
        ("duty = { base = \"price\", rate = \"18%\" }\n", 10.80),
        // Exempt below: the value itself is not above.
        ("duty = { base = \"price\", rate = \"12%\", threshold = 60, at-or-below = \"exempt\" }\n", 0.0),
        ("duty = { base = \"price\", rate = \"12%\", threshold = 59.99, at-or-below = \"exempt\" }\n", 7.20),
        // A flat amount a line below.
        ("duty = { base = \"price\", rate = \"12%\", threshold = 150, at-or-below = { flat = 3 } }\n", 3.0),
        ("duty = { base = \"price\", rate = \"12%\", threshold = 50, at-or-below = { flat = 3 } }\n", 7.20),
        // A flat percentage below.
        ("duty = { base = \"price\", rate = \"45%\", threshold = 60, at-or-below = { rate = \"20%\" } }\n", 12.0),
        ("duty = { base = \"price\", rate = \"45%\", threshold = 40, at-or-below = { rate = \"20%\" } }\n", 27.0),
        // Free of duty.
        ("duty = { base = \"price\", rate = 0 }\n", 0.0),
        // Of 60 % of the retail price, whatever the threshold says of the whole.
        (
            "duty = { base = \"price\", value-share = \"60%\", rate = \"9%\", threshold = 36, at-or-below = \"exempt\" }\n",
            0.0,
        ),
        (
            "duty = { base = \"price\", value-share = \"60%\", rate = \"9%\", threshold = 35.99, at-or-below = \"exempt\" }\n",
            3.24,
        ),
        // Amounts of law are in the market's currency: 3 EUR at 0.8 are 3.75, and 48 EUR are the price.
        (
            "currency = \"EUR\"\nrate = 0.8\nduty = { base = \"price\", rate = \"12%\", threshold = 48, at-or-below = { flat = 3 } }\n",
            3.75,
        ),
        (
            "currency = \"EUR\"\nrate = 0.8\nduty = { base = \"price\", rate = \"12%\", threshold = 47.99, at-or-below = { flat = 3 } }\n",
            7.20,
        ),
    ] {
        let o = run(&one(terms));
        let expected = ((each + 1.0) * 30.0 * 100.0_f64).round() / 100.0;
        assert_eq!(sum(&o, Kpi::CostOfParcelDuty), expected, "{terms}");
    }
}

/// The same rules as the sums above, of which the shipped scenario has dated steps.
#[test]
fn rules_step_on_their_dates() {
    // Ten days exempt, then twenty at 3 a parcel; the fixed amount steps ten days later.
    let terms = one(concat!(
        "duty = [{ from = 2000-01-01, base = \"price\", rate = \"12%\", threshold = 150, at-or-below = \"exempt\" }, ",
        "{ from = 2026-03-12, base = \"price\", rate = \"12%\", threshold = 150, at-or-below = { flat = 3 } }]\n",
        "fixed-per-parcel = [{ from = 2000-01-01, amount = 0 }, { from = 2026-03-22, amount = 2 }]\n",
    ));
    assert_eq!(sum(&run(&terms), Kpi::CostOfParcelDuty), 20.0 * 3.0 + 10.0 * 2.0);
    // A tax that is raised from 0 to 20 % of what is in the price: 60, then 50.
    let terms = one("vat = [{ from = 2000-01-01, rate = 0 }, { from = 2026-03-12, rate = \"20%\" }]\n");
    let o = run(&terms);
    assert_eq!(sum(&o, Kpi::Revenue), 10.0 * 60.0 + 20.0 * 50.0);
    // The processor keeps its share of what customers pay, which stays 60.
    assert_eq!(sum(&o, Kpi::CostOfPayment), 63.0);
}

#[test]
fn tax_is_in_the_price_or_on_top_of_it() {
    let o = run(&one("vat = \"20%\"\n"));
    assert_eq!((sum(&o, Kpi::Revenue), sum(&o, Kpi::CostOfPayment)), (1500.0, 63.0));
    // On top, customers pay 67.20, of which the processor keeps its share.
    let o = run(&one("vat = \"12%\"\nvat-in-price = false\n"));
    assert_eq!((sum(&o, Kpi::Revenue), sum(&o, Kpi::CostOfPayment)), (1800.0, 69.48));
    // A price of its own, 48 EUR with the tax at 0.8: 60 dollars, of which 50 are kept.
    let o = run(&one("currency = \"EUR\"\nrate = 0.8\nprice = 48\nvat = \"20%\"\n"));
    assert_eq!(sum(&o, Kpi::Revenue), 1500.0);
    let o = run(&one("price-factor = 1.1\n"));
    assert_eq!(sum(&o, Kpi::Revenue), 1980.0);
    // Parcels from the hub pay no tax of their own: the difference, 10 a unit, comes back beside the clearance of 1 and the duty of 3.36.
    let o = run(&one("vat = \"20%\"\n[[market.from]]\nname = \"hub\"\nvat = 0\n"));
    assert_eq!((sum(&o, Kpi::Revenue), sum(&o, Kpi::CostOfParcelDuty)), (1500.0, -169.2));
    // A rate on the price takes the place of tax and duty: 33.5 % of the whole 60.
    let terms =
        "vat = \"20%\"\n[[market.from]]\nname = \"hub\"\nvat = 0\nduty = { base = \"price\", rate = \"33.5%\" }\n";
    assert_eq!(sum(&run(&one(terms)), Kpi::CostOfParcelDuty), 333.0);
}

/// Ten days of one market, and twenty of the other: price, postage, duty and fixed amount of each.
#[test]
fn shares_step_on_their_dates() {
    let o = run(concat!(
        "[[market]]\nname = \"A\"\nshare = [{ from = 2000-01-01, share = 1 }, { from = 2026-03-12, share = \"25%\" }]\n",
        "per-order = 5\nduty = { base = \"price\", rate = \"10%\" }\nfixed-per-parcel = 0.5\n",
        "[[market]]\nname = \"B\"\nshare = [{ from = 2000-01-01, share = 0 }, { from = 2026-03-12, share = \"75%\" }]\n",
        "vat = \"20%\"\nper-order = 9\nduty = { base = \"price\", rate = 0 }\nfixed-per-parcel = 1.5\n",
    ));
    let mixed = |a: f64, b: f64| 10.0 * a + 20.0 * (0.25 * a + 0.75 * b);
    assert_eq!(sum(&o, Kpi::Revenue), mixed(60.0, 50.0));
    assert_eq!(sum(&o, Kpi::CostOfDelivery), mixed(5.0, 9.0));
    assert_eq!(sum(&o, Kpi::CostOfParcelDuty), mixed(6.5, 1.5));
    // By market: 15 orders each, and each market's own money.
    let of = |k: usize, measure| market_figure(&o.products, 0, &[k], measure).unwrap().value;
    for (k, orders, price, border) in [(0, 15.0, 60.0, 6.5), (1, 15.0, 50.0, 1.5)] {
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-6, "market {k}: {a} and {b}");
        close(of(k, MarketMeasure::Orders), orders);
        close(of(k, MarketMeasure::Revenue), orders * price);
        close(of(k, MarketMeasure::Duty), orders * border);
        close(of(k, MarketMeasure::LandedCost), orders * (14.0 + border));
        close(of(k, MarketMeasure::DeliveryDays), 9.0);
        let to_serve = 2.0 + if k == 0 { 5.0 } else { 9.0 } + 60.0 * 0.03 + 0.3;
        close(of(k, MarketMeasure::CostToServe), orders * to_serve);
        close(of(k, MarketMeasure::ContributionPerOrder), price - 14.0 - border - to_serve);
    }
}

/// Two units an order, at 60 each: an order of 120 is above a threshold of 100, and pays its fixed amount once.
#[test]
fn a_threshold_is_that_of_the_whole_order() {
    let text = BY_HAND.replace("demand = { units-per-day = 1 }", "demand = { units-per-day = 2, units-per-order = 2 }");
    let of = |terms: &str| outcome(&runnable(&(text.clone() + &one(terms))));
    let rule = |threshold: &str| {
        format!(
            "duty = {{ base = \"price\", rate = \"10%\", threshold = {threshold}, at-or-below = {{ flat = 3 }} }}\n"
        )
    };
    assert_eq!(sum(&of(&rule("100")), Kpi::CostOfParcelDuty), 30.0 * (12.0 + 1.0));
    assert_eq!(sum(&of(&rule("120")), Kpi::CostOfParcelDuty), 30.0 * (3.0 + 1.0));
    assert_eq!(sum(&of("fixed-per-parcel = 2.5\nduty = { base = \"cost\", rate = 0 }\n"), Kpi::CostOfParcelDuty), 75.0);
}

/// A file without markets, one market that says nothing, and seventy-five of them: to the bit.
#[test]
fn markets_that_say_nothing_change_nothing() {
    for file in ["spring-surge.toml", "until-bulk-lands.toml", "apparel-returns.toml", "switch-in-march.toml"] {
        let few = ["monte-carlo.replications=40"];
        let plain = shipped(file, &few);
        let with = |n: usize| {
            let text = format!(
                "market=[{}]",
                (0..n)
                    .map(|i| format!("{{ name = \"m{i}\", share = {} }}", 1.0 / n as f64))
                    .collect::<Vec<_>>()
                    .join(", ")
            );
            shipped(file, &[few[0], &text])
        };
        let all = |r: &Runnable| -> Vec<u64> {
            outcome(r).products.iter().flat_map(|p| &p.models).flat_map(|m| bits(m, &[])).collect()
        };
        let expected = all(&plain);
        assert!(all(&with(1)) == expected, "{file}: one market");
        assert!(all(&with(75)) == expected, "{file}: seventy-five markets");
    }
}

/// Seventy-five equal markets are one: also where they are not like the product.
#[test]
fn equal_markets_are_one_market() {
    let terms = "vat = \"19%\"\ncurrency = \"EUR\"\nrate = 0.89\nper-order = 8\ndays = 12\nduty = { base = \"price\", rate = \"12%\", threshold = 150, at-or-below = { flat = 3 } }\nfixed-per-parcel = 0.57\ndelivery-sensitivity = { per-day = \"1%\" }\nreference-delivery-days = 4\n";
    let text = |n: usize| {
        let share = 1.0 / n as f64;
        let markets = (0..n).map(|i| format!("[[market]]\nname = \"m{i}\"\nshare = {share}\n{terms}"));
        BY_HAND.replace("units-per-day = 1 ", "mean-per-day = 20 ").replace("replications = 2", "replications = 30")
            + &markets.collect::<String>()
    };
    let all = |n: usize| bits(&outcome(&runnable(&text(n))).products[0].models[0], &[]);
    assert!(all(75) == all(1));
    assert!(
        all(1) != bits(&outcome(&runnable(text(1).split_once("[[market]]").unwrap().0)).products[0].models[0], &[])
    );
}

/// Two markets with deliveries of 5 and 15 days, of which one is sensitive: the stream is thinned by the mean of `e`, and what is left has the shares
/// that each market alone would leave.
#[test]
fn shares_are_reweighted_by_who_stays() {
    let base = BY_HAND
        .replace("units-per-day = 1 ", "mean-per-day = 40 ")
        .replace("replications = 2", "replications = 400")
        .replace("initial-on-hand = 100", "initial-on-hand = 5000");
    let a = "days = 15\ndelivery-sensitivity = { per-day = \"2%\" }\nreference-delivery-days = 5\nper-order = 9\n";
    let b = "days = 5\nreference-delivery-days = 5\nper-order = 4\n";
    let both = format!("[[market]]\nname = \"A\"\nshare = \"40%\"\n{a}[[market]]\nname = \"B\"\nshare = \"60%\"\n{b}");
    let of = |markets: &str| outcome(&runnable(&(base.clone() + markets)));
    let (mixed, alone_a, alone_b) = (of(&both), of(&one(a)), of(&one(b)));
    let e = (-0.02_f64 * 10.0).exp();
    let kept = 0.4 * e + 0.6;
    // Who is lost, against the exact expectation.
    let lost = mixed.products[0].models[0].estimate(Kpi::LostToDeliveryRate).unwrap();
    assert!((lost.value - (1.0 - kept)).abs() < 4.0 * lost.standard_error.unwrap(), "{lost:?} and {}", 1.0 - kept);
    // Orders of each market, against the simulation of the market alone at its share.
    let orders = |o: &Outcome, k: usize| market_figure(&o.products, 0, &[k], MarketMeasure::Orders).unwrap();
    for (k, alone, share) in [(0, &alone_a, 0.4), (1, &alone_b, 0.6)] {
        let difference = orders(&mixed, k).plus(-share, &orders(alone, 0)).estimate();
        assert!(difference.value.abs() < 4.0 * difference.standard_error.unwrap(), "market {k}: {difference:?}");
    }
    // Postage, against the shares of those who stay: the same on every order of a location.
    let each = value(&mixed.products[0].models[0], Kpi::CostOfDelivery);
    assert!((each - (0.4 * e * 9.0 + 0.6 * 4.0) / kept).abs() < 1e-6, "{each}");
    let days = market_figure(&mixed.products, 0, &[0, 1], MarketMeasure::DeliveryDays).unwrap().value;
    assert!((days - (0.4 * e * 15.0 + 0.6 * 5.0) / kept).abs() < 1e-9, "{days}");
}

/// Where shares step and deliveries differ, the part of the shoppers who stay steps, too.
#[test]
fn who_stays_steps_with_the_shares() {
    let base = BY_HAND
        .replace("units-per-day = 1 ", "mean-per-day = 100 ")
        .replace("replications = 2", "replications = 200")
        .replace("initial-on-hand = 100", "initial-on-hand = 5000");
    let o = outcome(&runnable(
        &(base
            + concat!(
                "[[market]]\nname = \"A\"\nshare = [{ from = 2000-01-01, share = 1 }, { from = 2026-03-12, share = 0 }]\n",
                "days = 25\ndelivery-sensitivity = { per-day = \"5%\" }\nreference-delivery-days = 5\n",
                "[[market]]\nname = \"B\"\nshare = [{ from = 2000-01-01, share = 0 }, { from = 2026-03-12, share = 1 }]\n",
            )),
    ));
    let lost = o.products[0].models[0].estimate(Kpi::LostToDeliveryRate).unwrap();
    let exact = (1.0 - (-1.0_f64).exp()) / 3.0;
    assert!((lost.value - exact).abs() < 4.0 * lost.standard_error.unwrap(), "{lost:?} and {exact}");
}

/// Two locations, each of which serves its own market: what a location ships costs what its market costs.
#[test]
fn a_market_is_served_from_the_location_that_it_names() {
    let second = "[[supply.location]]\nname = \"far\"\nshare = 0\nstorage-per-m3-month = 0\ninitial-on-hand = 5000\npolicy = { base-stock = { level = 0 } }\ndelivery = { days = 3, per-order = 4 }\n[[supply.location.route]]\nname = \"truck\"\nstage = [{ name = \"Production\", days = 5 }]\nfreight = { per-unit = 0 }\nhandling = { per-unit = 0 }\n";
    let text = BY_HAND
        .replace("name = \"hub\"\n", "name = \"hub\"\nshare = \"100%\"\n")
        .replace("units-per-day = 1 ", "units-per-day = 100 ")
        .replace("replications = 2", "replications = 50")
        .replace("initial-on-hand = 100", "initial-on-hand = 5000")
        + second
        + "[[market]]\nname = \"A\"\nshare = \"70%\"\nserved-from = [\"hub\"]\nper-order = 5\n\
           [[market]]\nname = \"B\"\nshare = \"30%\"\nserved-from = [\"elsewhere\", \"far\"]\nper-order = 11\n";
    // A name that is no location is no location.
    assert!(try_load(&text, &[]).is_err());
    let r = runnable(&text.replace("\"elsewhere\", ", ""));
    let o = outcome(&r);
    let of = |k: usize, measure| market_figure(&o.products, 0, &[k], measure).unwrap().value;
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-6, "{a} and {b}");
    close(of(0, MarketMeasure::DeliveryDays), 9.0);
    close(of(1, MarketMeasure::DeliveryDays), 3.0);
    close(of(1, MarketMeasure::Orders), 0.3 * 3000.0);
    let (_, plans) = laid_out(&r.scenario, 0, 1);
    let parts = plans[0].market_parts(&r.scenario, &r.scenario.products[0], &r.scenario.models[0]);
    // 70 and 30 of a hundred orders, at 5 and at 11.
    close(parts[0].delivery, 350.0 / 680.0);
    close(parts[1].pick_and_pack, 0.0);
    // Orders at the far location are binomial, and each costs 11.
    let m = &o.products[0].models[0];
    let far = (m.total(Kpi::CostOfDelivery).value - 3000.0 * 5.0) / 6.0;
    let sd = (3000.0 * 0.3 * 0.7_f64 / 50.0).sqrt();
    assert!((far - 900.0).abs() < 4.0 * sd, "{far}");
}

/// Sums over markets are the product's figures.
#[test]
fn what_markets_have_adds_up_to_what_the_product_has() {
    let o = outcome(&shipped("twelve-markets.toml", &["monte-carlo.replications=64"]));
    for (k, m) in o.products[0].models.iter().enumerate() {
        let all: f64 = Kpi::LANDED_LINES.iter().map(|kpi| m.total(*kpi).value).sum();
        let serve: f64 = Kpi::SERVE_LINES.iter().map(|kpi| m.total(*kpi).value).sum();
        let duty = m.total(Kpi::CostOfDuty).value + m.total(Kpi::CostOfParcelDuty).value;
        for (measure, expected) in [
            (MarketMeasure::Orders, m.orders_shipped().value),
            (MarketMeasure::Revenue, m.total(Kpi::Revenue).value),
            (MarketMeasure::LandedCost, all),
            (MarketMeasure::Duty, duty),
            (MarketMeasure::CostToServe, serve),
            (MarketMeasure::Contribution, m.total(Kpi::Contribution).value),
        ] {
            let parts: f64 = (0..12).map(|i| market_figure(&o.products, k, &[i], measure).unwrap().value).sum();
            assert!((parts / expected - 1.0).abs() < 1e-11, "{} {measure:?}: {parts} and {expected}", m.name);
            // Together they have the product's error, too.
            let together: Vec<usize> = (0..12).collect();
            let together = market_figure(&o.products, k, &together, measure).unwrap();
            assert!((together.value / expected - 1.0).abs() < 1e-11);
        }
    }
}

/// Several products: their markets together are the sums, and a market's days to the door are weighed by its orders.
#[test]
fn markets_of_several_products_add_up() {
    let text = BY_HAND.replace("replications = 2", "replications = 8").replace(
        "[customers]",
        "[[product]]\nsku = \"cap\"\nprice = 20\nunit-cost = 3\nweight-kg = 0.2\nvolume-litres = 1\ndemand = { units-per-day = 3 }\n[customers]",
    ) + "[[market]]\nname = \"A\"\nshare = \"40%\"\ndays = 4\n[[market]]\nname = \"B\"\nshare = \"60%\"\nvat = \"20%\"\n";
    let o = outcome(&runnable(&text));
    let of = |products: std::ops::Range<usize>, measure| {
        market_figure(&o.products[products], 0, &[1], measure).unwrap().value
    };
    for measure in [MarketMeasure::Orders, MarketMeasure::Revenue, MarketMeasure::Contribution] {
        let (each, all) = (of(0..1, measure) + of(1..2, measure), of(0..2, measure));
        assert!((each - all).abs() < 1e-9 * all.abs(), "{measure:?}");
    }
    assert!((of(0..2, MarketMeasure::Revenue) - 0.6 * (30.0 * 50.0 + 90.0 * 20.0 / 1.2)).abs() < 1e-6);
}

/// Five units a day and nothing on the shelf: all who come wait, or not, as the customers of their market do.
const SHORT: &str = r#"
name = "Short"
currency = "USD"
[horizon]
start = 2026-03-02
days = 90
warmup-days = 30
[monte-carlo]
replications = 64
[[product]]
sku = "tee"
price = 60
unit-cost = 14
weight-kg = 0.5
volume-litres = 1
[demand]
mean-per-day = 20
dispersion = 4
[customers]
patience = "endless"
accept = "always"
thirty-day-rule = false
delivery-sensitivity = { per-day = 0 }
[[supply]]
name = "bulk"
[[supply.location]]
name = "shelf"
policy = { order-up-to = { level = 500, review-days = 7 } }
[[supply.location.route]]
name = "ship"
stage = [{ name = "sea", days = { gamma = { mean = 25, sd = 5 } } }]
[[market]]
name = "A"
share = "50%"
"#;

fn short(a: &str, b: &str) -> Outcome {
    outcome(&runnable(&format!("{SHORT}{a}\n[[market]]\nname = \"B\"\nshare = \"50%\"\n{b}\n")))
}

fn of_market(o: &Outcome, market: usize, measure: MarketMeasure) -> f64 {
    market_figure(&o.products, 0, &[market], measure).map_or(f64::NAN, |s| s.value)
}

/// Customers that are as all others are, and all of one priority, whichever it is, are one class: not a bit differs.
#[test]
fn customers_who_are_as_all_are_change_nothing() {
    let plain = short("", "");
    let same = "customers = { patience = \"endless\", accept = \"always\" }\n";
    for (a, b) in [(same, same), (same, ""), ("priority = 3\n", "priority = 3\n"), ("customers = {}\n", "")] {
        let o = short(a, b);
        assert_eq!(bits(&plain.products[0].models[0], &[]), bits(&o.products[0].models[0], &[]), "{a}{b}");
        assert!(o.products[0].models[0].classes.is_empty());
        assert!(market_figure(&o.products, 0, &[0], MarketMeasure::Waited).is_none());
    }
}

/// Who comes first among those who wait decides who waits long, and nothing else: units, and all money of the product, are those of before.
#[test]
fn a_priority_moves_waits_and_no_units() {
    let (plain, ranked) = (short("", ""), short("priority = 1\n", "priority = 2\n"));
    let (plain, m) = (&plain.products[0].models[0], &ranked.products[0].models[0]);
    for kpi in [Kpi::FillRate, Kpi::BackorderRate, Kpi::MeanBacklog, Kpi::MeanOnHand, Kpi::UnitsOrdered] {
        assert_eq!(value(plain, kpi).to_bits(), value(m, kpi).to_bits(), "{kpi:?}");
    }
    let waits = [0, 1].map(|k| of_market(&ranked, k, MarketMeasure::WaitDays));
    assert!(waits[0] < 0.75 * waits[1], "{waits:?}");
    // Both are short alike: which market somebody is of is no matter on a shelf that is empty.
    let waited = [0, 1].map(|k| of_market(&ranked, k, MarketMeasure::Waited));
    assert!((waited[0] / waited[1] - 1.0).abs() < 0.05, "{waited:?}");
}

/// Nobody of the one market waits, everybody of the other does: what waits is the other's alone, and what the first has lost it does not earn.
#[test]
fn each_market_waits_as_its_customers_do() {
    let o = short("customers = { accept = \"never\" }\n", "vat = \"20%\"\n");
    assert_eq!(of_market(&o, 0, MarketMeasure::Waited), 0.0);
    assert_eq!(of_market(&o, 1, MarketMeasure::WalkedAway), 0.0);
    let (lost, waited) = (of_market(&o, 0, MarketMeasure::WalkedAway), of_market(&o, 1, MarketMeasure::Waited));
    assert!(
        lost > 0.05 && (lost / waited - 1.0).abs() < 0.1,
        "half of those who find nothing each: {lost} and {waited}"
    );
    let m = &o.products[0].models[0];
    let (a, b) = (of_market(&o, 0, MarketMeasure::Orders), of_market(&o, 1, MarketMeasure::Orders));
    assert!((a / b - (1.0 - lost)).abs() < 0.02, "{a} {b}");
    // Each keeps its own price of each order: 60, and 50 without the tax.
    for (k, price) in [(0, 60.0), (1, 50.0)] {
        let each = of_market(&o, k, MarketMeasure::Revenue) / of_market(&o, k, MarketMeasure::Orders);
        assert!((each / price - 1.0).abs() < 0.002, "{each}");
    }
    // The product's revenue is made of what was shipped to each: the mean price of all who come would be 55.
    let revenue = m.total(Kpi::Revenue).value / m.orders_shipped().value;
    let expected = (60.0 * a + 50.0 * b) / (a + b);
    assert!((revenue / expected - 1.0).abs() < 1e-9 && revenue < 54.9, "{revenue} {expected}");
}

/// Sums over markets are the product's figures, whoever waits.
#[test]
fn what_markets_with_customers_of_their_own_have_adds_up() {
    let o = short(
        "priority = 2\ncustomers = { accept = { share = \"40%\" }, patience = { daily-hazard = \"4%\" } }\nvat = \"20%\"\nper-order = 9\n",
        "duty = { base = \"price\", rate = \"12%\" }\nfixed-per-parcel = 2\n",
    );
    let m = &o.products[0].models[0];
    let serve: f64 = Kpi::SERVE_LINES.iter().map(|kpi| m.total(*kpi).value).sum();
    let landed: f64 = Kpi::LANDED_LINES.iter().map(|kpi| m.total(*kpi).value).sum();
    for (measure, expected) in [
        (MarketMeasure::Orders, m.orders_shipped().value),
        (MarketMeasure::Revenue, m.total(Kpi::Revenue).value),
        (MarketMeasure::LandedCost, landed),
        (MarketMeasure::CostToServe, serve),
        (MarketMeasure::Contribution, m.total(Kpi::Contribution).value),
    ] {
        let parts: f64 = (0..2).map(|k| of_market(&o, k, measure)).sum();
        assert!((parts / expected - 1.0).abs() < 1e-11, "{measure:?}: {parts} and {expected}");
    }
    assert!(of_market(&o, 0, MarketMeasure::Cancelled) > 0.1 && of_market(&o, 1, MarketMeasure::Cancelled) == 0.0);
}

/// One market is served from a shelf that is never empty, the other from one that often is, and nobody there waits: each has what its own shelf gives.
#[test]
fn each_market_orders_what_its_own_location_has() {
    let second = "[[supply.location]]\nname = \"spare\"\nshare = 0\npolicy = { order-up-to = { level = 4_000, review-days = 7 } }\n\
                  [[supply.location.route]]\nname = \"ship\"\nstage = [{ name = \"sea\", days = { gamma = { mean = 25, sd = 5 } } }]\n";
    let text = SHORT
        .replace("level = 500", "level = 250")
        .replace("name = \"bulk\"\n", "name = \"bulk\"\noverflow = false\n")
        .replace("name = \"shelf\"\n", "name = \"shelf\"\nshare = 1\n")
        .replace("[[market]]", &format!("{second}[[market]]"));
    let markets = "served-from = [\"spare\"]\n[[market]]\nname = \"B\"\nshare = \"50%\"\nserved-from = [\"shelf\"]\ncustomers = { accept = \"never\" }\n";
    let o = outcome(&runnable(&(text + markets)));
    let lost = [0, 1].map(|k| of_market(&o, k, MarketMeasure::LostToShortage));
    assert!(lost[0] == 0.0 && lost[1] > 0.1, "{lost:?}");
    let orders = [0, 1].map(|k| of_market(&o, k, MarketMeasure::Orders));
    assert!((orders[1] / orders[0] / (1.0 - lost[1]) - 1.0).abs() < 0.01, "{orders:?} {lost:?}");
}

/// Who waits when a run begins has accepted to, and is no order of the run: no share of its orders is above all of them.
#[test]
fn who_waits_when_a_run_begins_is_of_a_class_that_waits() {
    let text = SHORT.replace("warmup-days = 30\n", "warmup-days = 0\n")
        + "customers = { accept = \"never\" }\n[[market]]\nname = \"B\"\nshare = \"50%\"\npriority = 2\ncustomers = { patience = { daily-hazard = \"20%\" } }\n";
    let position = "[position]\nstock = [{ on-hand = 0 }]\nbackorder = [{ quantity = 900, ordered = 2026-02-20 }]\n";
    let o = outcome(&runnable(&(text + position)));
    let of = |k, measure| market_figure(&o.products, 0, &[k], measure).map(|s| s.value);
    for k in 0..2 {
        for measure in MarketMeasure::OF_CLASSES {
            let Some(value) = of(k, measure) else { continue };
            let most = if measure == MarketMeasure::WaitDays { 90.0 } else { 1.0 };
            assert!((0.0..=most).contains(&value), "{k} {measure:?}: {value}");
        }
    }
    let classes = &o.products[0].models[0].classes;
    assert_eq!(classes.total(0, |class| class.from_backlog as f64).value, 0.0, "nobody who never waits has waited");
    assert!(classes.total(1, |class| (class.from_backlog + class.cancelled) as f64).value >= 900.0);
}

/// A class is that of a shopper, not of a supply model: the same people wait in two models that are the same.
#[test]
fn a_shopper_is_of_one_market_in_every_model() {
    let model = &SHORT[SHORT.find("[[supply]]").unwrap()..SHORT.find("[[market]]").unwrap()];
    let twice = SHORT.replace("[[market]]", &(model.replace("\"bulk\"", "\"again\"") + "[[market]]"));
    let text = twice
        + "customers = { accept = { share = \"40%\" } }\n[[market]]\nname = \"B\"\nshare = \"50%\"\ncustomers = { patience = { daily-hazard = \"2%\" } }\n";
    let o = outcome(&runnable(&text));
    let [one, other] = [0, 1].map(|k| bits(&o.products[0].models[k], &[]));
    assert_eq!(one, other);
    assert_eq!(o.products[0].models[0].classes, o.products[0].models[1].classes);
}

/// What customers of a market can go by is said where they are given.
#[test]
fn customers_of_a_market_are_read_as_they_are_written() {
    let of = |terms: &str, model: &str| {
        let text = SHORT.replace("accept = \"always\"", &format!("accept = \"always\"\n{model}"));
        let all = format!("{text}{terms}\n[[market]]\nname = \"B\"\nshare = \"50%\"\n");
        try_load(&all, &[]).map_or_else(|d| d.render(false), |_| String::new())
    };
    for (terms, model, expected) in [
        ("customers = { patience = \"endles\" }\n", "", "endless"),
        ("customers = { promise = \"none\" }\n", "", "unknown key `promise`"),
        ("customers = { accept = { share = 1.2 } }\n", "", "must be"),
        ("customers = { express-consent = -0.1 }\n", "", "must be"),
        ("priority = 0\n", "", "`priority` is 0"),
        ("priority = -1\n", "", "priority"),
        ("priority = 1.5\n", "", "whole number"),
        ("priority = \"first\"\n", "", "priority"),
        ("customers = \"patient\"\n", "", "customers"),
        (
            "customers = { thirty-day-rule = true }\n",
            "promise = \"none\"\n",
            "`thirty-day-rule` of `A` goes by the promised date, and `bulk` promises none",
        ),
        (
            "customers = { patience = { promise-relative = {} } }\n",
            "promise = \"none\"\n",
            "`patience` of `A` goes by the promised date, and `bulk` promises none",
        ),
    ] {
        let said = of(terms, model);
        assert!(said.contains(expected), "{terms}: {said}");
    }
}

/// A key names a market, and what holds from a location, by name.
#[test]
fn a_market_is_named_by_its_name() {
    let text = BY_HAND.to_owned() + &one("[[market.from]]\nname = \"hub\"\nper-order = 3\n");
    let r = runnable_with(&text, &["market.A.from.hub.per-order=7".into(), "market.A.vat=0.25".into()]);
    let o = outcome(&r);
    assert_eq!((sum(&o, Kpi::CostOfDelivery), sum(&o, Kpi::Revenue)), (210.0, 30.0 * 48.0));
}

#[test]
fn a_rule_is_read_as_it_is_written() {
    let r = runnable(
        &(BY_HAND.to_owned()
            + &one(
                "currency = \"EUR\"\nrate = 0.5\nduty = { base = \"cost\", rate = \"45%\", threshold = 10, at-or-below = { rate = \"20%\" } }\n",
            )),
    );
    let rules = r.scenario.markets[0].usual.duty.clone().unwrap();
    let expected = ParcelDuty {
        base: DutyBase::Cost,
        value_share: 1.0,
        rate: 0.45,
        threshold: Some((20.0, AtOrBelow::Rate(0.2))),
    };
    assert_eq!(rules[0].1, expected);
}

/// Markets with prices, taxes and deliveries of their own, for any scenario.
const ANY: &str = r#"
[[market]]
name = "A"
share = [{ from = 2000-01-01, share = 0.5 }, { from = 2026-02-10, share = 0.2 }]
vat = "20%"
per-order = 6
days = 11
duty = { base = "price", rate = "12%", threshold = 30, at-or-below = { flat = 3 } }
fixed-per-parcel = [{ from = 2000-01-01, amount = 0.5 }, { from = 2026-02-20, amount = 1.5 }]
delivery-sensitivity = { per-day = "2%" }
priority = 2
customers = { accept = { share = 0.7 }, patience = { daily-hazard = 0.03 } }
[[market]]
name = "B"
share = [{ from = 2000-01-01, share = 0.5 }, { from = 2026-02-10, share = 0.8 }]
price-factor = 0.9
vat = [{ from = 2000-01-01, rate = 0.05 }, { from = 2026-02-15, rate = 0.1 }]
vat-in-price = false
days = 2
"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// Units and money are conserved with markets beside all other mechanisms.
    #[test]
    fn units_and_money_are_conserved_with_markets(text in scenario()) {
        let text = text + ANY;
        let r = runnable(&text);
        let product = &r.scenario.products[0];
        let demand = DemandPlan::new(&r.scenario, product, r.experiment.seed);
        for model in &r.scenario.models {
            let plans = [Plan::new(&r.scenario, product, model, &demand, r.experiment.seed)];
            let kernel = Kernel::new(&demand, &plans, Needs::Books);
            kernel.block(0..r.experiment.replications, &mut kernel.desk(), &mut |_, replica| {
                assert_eq!(replica.tally().broken_law(), None, "{text}");
                assert_eq!(replica.books().broken_law(replica.plan), None, "{text}");
                // What classes have is what all have.
                let (t, classes) = (replica.tally(), replica.classes());
                let sum = |of: fn(&ClassTally) -> i64| classes.iter().map(of).sum::<i64>();
                assert_eq!(sum(|c| c.from_backlog), t.shipped_from_backlog, "{text}");
                assert_eq!((sum(|c| c.waited), sum(|c| c.walked_away)), (t.backordered, t.walked_away), "{text}");
                let cancelled = t.cancelled_by_customer + t.cancelled_by_rule + t.late_preorders_cancelled;
                assert_eq!(sum(|c| c.cancelled), cancelled, "{text}");
                let at_once: i128 = classes.iter().map(|c| c.at_once).sum();
                assert_eq!(at_once, i128::from(t.from_stock + t.preorders_on_time) * 1_000_000, "{text}");
            });
        }
    }
}

/// A warehouse that parcels do not leave delivers to no market, however quick it would be: neither is it what a market is used to, nor is it told.
#[test]
fn a_warehouse_that_ships_no_parcels_is_no_delivery() {
    let markets = "[[market]]\nname = \"A\"\nshare = \"100%\"\n";
    let hub = BY_HAND.replace("name = \"hub\"\n", "name = \"hub\"\nshare = 1\nsupplied-from = \"reserve\"\n");
    let hub = hub.replace("[{ name = \"Production\", days = 5 }]", "[{ name = \"Truck\", days = 5 }]");
    let reserve = "[[supply.location]]\nname = \"reserve\"\nshare = 0\ninitial-on-hand = 0\npolicy = { base-stock = { level = 5 } }\n\
                   delivery = { days = 1 }\nroute = [{ name = \"sea\", stage = [{ name = \"Sea\", days = 3 }] }]\n";
    let r = runnable(&format!("{hub}{reserve}{markets}").replace("per-day = 0", "per-day = 0.02"));
    assert_eq!(r.scenario.markets[0].reference_delivery_days, Some(9.0));
    let told = restock::report::facts(&r.scenario);
    assert!(!told.iter().any(|fact| fact.contains("delivery from reserve")), "{told:?}");
    let charts = restock::report::all_charts(&r.scenario, &outcome(&r));
    let (_, chart) = charts.iter().find(|(_, chart)| chart.name == "lead-time").unwrap();
    let data = chart.data.to_text();
    assert!(data.contains("hub,,delivery") && !data.contains("reserve,,delivery"), "{data}");
}
