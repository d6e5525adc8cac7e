//! Orders of several units: by hand, as a law, conserved, and off as before.

use crate::cli::scratch;
use crate::support::{bits, laid_out, outcome, runnable, runnable_with, shipped, value};
use restock::calendar::Day;
use restock::model::Kpi;
use restock::scenario::{Loader, Runnable};
use restock::sim::{EventKind, Kernel, KpiRow, Needs, Series};
use restock::study::{ModelOutcome, trace};

/// Fourteen units are wanted on Monday and on Tuesday, and none later, four an order: 4, 4, 4, and 2 are left. Ten are on the shelf; nine come on
/// Wednesday morning, and no more are ever ordered.
const BY_HAND: &str = r#"
name = "By hand"
[horizon]
start = 2026-03-02
days = 6
warmup-days = 0
[monte-carlo]
replications = 1
[[product]]
sku = "x"
price = 10
unit-cost = 2
weight-kg = 0.5
[product.demand]
units-per-day = 4
weekday = [3.5, 3.5, 0, 0, 0, 0, 0]
units-per-order = 4
[customers]
promise = "expected-arrival"
accept = "always"
patience = "endless"
thirty-day-rule = false
delivery-sensitivity = { per-day = 0 }
[finance]
customer-pays = "at-order"
settlement-days = 1
payment-fee = { share = "2%", per-order = 0.3 }
cost-of-capital = 0
insurance = 0
shrink = 0
obsolescence = 0
tickets-per-backorder = 0.5
cost-per-ticket = 4
advertising-per-order = 0.7
[[supply]]
name = "shop"
[[supply.location]]
name = "shop"
policy = { one-time = { quantity = 9, date = 2026-03-02 } }
initial-on-hand = 10
storage-per-m3-month = 0
delivery = { days = 1, pick-and-pack = 1.1, per-order = 3, per-kg = 2, clearance-per-order = 0.5 }
[[supply.location.route]]
name = "road"
terms = [{ share = "100%", at = "receipt" }]
stage = [{ name = "all", days = 2 }]
"#;

/// The first replication of the first supply model: some series by day, in units or hundredths of the currency.
fn by_day<const N: usize>(r: &Runnable, wanted: [Series; N]) -> Vec<[i128; N]> {
    let (demand, plans) = laid_out(&r.scenario, 0, r.experiment.seed);
    let kernel = Kernel::new(&demand, &plans[..1], Needs::Series);
    let mut out = Vec::new();
    kernel.block(0..1, &mut kernel.desk(), &mut |_, replica| {
        assert_eq!(replica.tally().broken_law(), None);
        let records = &replica.daily().records;
        out.extend(records.iter().map(|record| wanted.map(|series| record[series as usize])));
    });
    out
}

/// What is told of one kind of event in the first replication: day, units, and the other date as days from the start.
fn told(r: &Runnable, event: EventKind) -> Vec<(usize, i64, Option<i32>)> {
    let first = Day::from_date(jiff::civil::date(2026, 3, 2));
    let lines = trace(&r.scenario, r.experiment.seed, 0);
    let of = lines.iter().filter(|l| l.event == event);
    of.map(|l| (l.day, l.units, l.other_date.map(|date| date.0 - first.0))).collect()
}

/// The only product in the first supply model.
fn first_model(r: &Runnable) -> ModelOutcome {
    outcome(r).products[0].models[0].clone()
}

fn same(m: &ModelOutcome, kpi: Kpi, right: f64, of: &str) {
    let found = value(m, kpi);
    assert!((found - right).abs() < 1e-9, "{of}: {kpi:?} is {found}, not {right}");
}

/// Five orders have shipped and bear these costs between them; the rest of the revenue is the contribution.
fn costs_of_five(m: &ModelOutcome, lines: &[(Kpi, f64)], revenue: f64, what: &str) {
    lines.iter().for_each(|(kpi, total)| same(m, *kpi, total / 5.0, what));
    let all = lines.iter().map(|l| l.1).sum::<f64>();
    same(m, Kpi::CostOfOrder, all / 5.0, what);
    same(m, Kpi::Contribution, revenue - all, what);
}

/// Eight orders of 28 units. On Monday two of four leave 2 on the shelf. The third takes these and waits for 2; nobody behind it is served before
/// it, so the last one of 2 waits as well, and Tuesday's four wait behind them. Nine units cover the third (2), the fourth (4) and Tuesday's first
/// one (8): of 12 the next would be the last, so it and those behind it are quoted the next possible receipt, on Thursday.
#[test]
fn whole_orders_by_hand() {
    for (pays, fees, cash) in [
        // Eight orders of 280 are paid when they are placed: 2 % and eight times 0.30.
        ("at-order", 5.6 + 2.4, 280.0),
        // Five parcels with 18 units are paid when they ship: 2 % of 180 and five times 0.30.
        ("at-shipping", 3.6 + 1.5, 180.0),
    ] {
        let r = runnable_with(BY_HAND, &[format!("finance.customer-pays=\"{pays}\"")]);
        assert_eq!(told(&r, EventKind::ServedFromStock), [(0, 8, None)]);
        let waits =
            [(0, 4, Some(2)), (0, 2, Some(2)), (1, 4, Some(2)), (1, 4, Some(3)), (1, 4, Some(3)), (1, 2, Some(3))];
        assert_eq!(told(&r, EventKind::Backordered), waits);
        // On Wednesday 2 complete the third order, 2 are the fourth, 4 Tuesday's first; the one that is left is kept for the next.
        assert_eq!(told(&r, EventKind::ShippedFromBacklog), [(2, 4, Some(0)), (2, 2, Some(0)), (2, 4, Some(1))]);
        // What is kept for an order is on hand, and what is on hand waits.
        let days = by_day(&r, [Series::OnHand, Series::Backlog, Series::Shipped, Series::Cash]);
        let units: Vec<[i128; 3]> = days.iter().map(|d| [d[0], d[1], d[2]]).collect();
        assert_eq!(units, [[2, 6, 8], [2, 20, 0], [1, 10, 10], [1, 10, 0], [1, 10, 0], [1, 10, 0]]);

        let m = first_model(&r);
        same(&m, Kpi::OrderFillRate, 2.0 / 8.0, pays);
        same(&m, Kpi::FillRate, 8.0 / 28.0, pays);
        same(&m, Kpi::BackorderRate, 20.0 / 28.0, pays);
        // Five orders have shipped, each in one parcel.
        same(&m, Kpi::ParcelsPerOrder, 1.0, pays);
        same(&m, Kpi::MeanOnHand, (2.0 + 2.0 + 4.0) / 6.0, pays);
        same(&m, Kpi::MeanBacklog, (6.0 + 20.0 + 40.0) / 6.0, pays);
        // All that is on hand is somebody's on every evening.
        same(&m, Kpi::ReadyRate, 0.0, pays);
        // Six of eight orders wait, each with half a ticket of 4; each of the eight was advertised for.
        let (support, advertising) = (6.0 * 2.0, 8.0 * 0.7);
        let (picked, delivered, cleared) = (5.0 * 1.1, 5.0 * 3.0 + 18.0 * 1.0, 5.0 * 0.5);
        let lines = [
            (Kpi::CostOfProduct, 18.0 * 2.0),
            (Kpi::CostOfParcelDuty, cleared),
            (Kpi::CostOfPickAndPack, picked),
            (Kpi::CostOfDelivery, delivered),
            (Kpi::CostOfPayment, fees),
            (Kpi::CostOfSupport, support),
            (Kpi::CostOfAdvertising, advertising),
        ];
        same(&m, Kpi::Revenue, 180.0, pays);
        costs_of_five(&m, &lines, 180.0, pays);
        // All of it is in the account, nine units are paid, and what the eighteen that left cost is no payment.
        let spent = 9.0 * 2.0 + picked + delivered + cleared + support + advertising;
        assert_eq!(days[5][3], ((cash - fees - spent) * 100.0).round() as i128, "{pays}");
    }
}

/// The same in parts: the third order gets its 2 on Monday at once, and on Wednesday 2 more; the one unit that is left then is shipped to Tuesday's
/// second order. Seven parcels, of which five were the last of an order, hold 19 units.
#[test]
fn orders_in_parts_by_hand() {
    for (pays, fees, cash) in [
        ("at-order", 5.6 + 2.4, 280.0),
        // Seven parcels with 19 units: the processor takes its 0.30 seven times.
        ("at-shipping", 3.8 + 2.1, 190.0),
    ] {
        // The key of the customers, and that of the customers of one supply model.
        for key in ["customers.split-shipments=true", "supply.0.customers={split-shipments=true}"] {
            let r = runnable_with(BY_HAND, &[key.into(), format!("finance.customer-pays=\"{pays}\"")]);
            assert_eq!(told(&r, EventKind::ServedFromStock), [(0, 8, None), (0, 2, None)]);
            let waits =
                [(0, 2, Some(2)), (0, 2, Some(2)), (1, 4, Some(2)), (1, 4, Some(3)), (1, 4, Some(3)), (1, 2, Some(3))];
            assert_eq!(told(&r, EventKind::Backordered), waits);
            let later = [(2, 2, Some(0)), (2, 2, Some(0)), (2, 4, Some(1)), (2, 1, Some(1))];
            assert_eq!(told(&r, EventKind::ShippedFromBacklog), later);
            let days = by_day(&r, [Series::OnHand, Series::Backlog, Series::Shipped, Series::Cash]);
            let units: Vec<[i128; 3]> = days.iter().map(|d| [d[0], d[1], d[2]]).collect();
            assert_eq!(units, [[0, 4, 10], [0, 18, 0], [0, 9, 9], [0, 9, 0], [0, 9, 0], [0, 9, 0]]);

            let m = first_model(&r);
            same(&m, Kpi::OrderFillRate, 2.0 / 8.0, key);
            same(&m, Kpi::FillRate, 10.0 / 28.0, key);
            same(&m, Kpi::ParcelsPerOrder, 7.0 / 5.0, key);
            same(&m, Kpi::MeanOnHand, 0.0, key);
            same(&m, Kpi::MeanBacklog, (4.0 + 18.0 + 36.0) / 6.0, key);
            // The order that was served in part waits too, and is one of six.
            let (support, advertising) = (6.0 * 2.0, 8.0 * 0.7);
            let (picked, delivered, cleared) = (7.0 * 1.1, 7.0 * 3.0 + 19.0 * 1.0, 7.0 * 0.5);
            let lines = [
                (Kpi::CostOfProduct, 19.0 * 2.0),
                (Kpi::CostOfParcelDuty, cleared),
                (Kpi::CostOfPickAndPack, picked),
                (Kpi::CostOfDelivery, delivered),
                (Kpi::CostOfPayment, fees),
                (Kpi::CostOfSupport, support),
                (Kpi::CostOfAdvertising, advertising),
            ];
            costs_of_five(&m, &lines, 190.0, key);
            let spent = 9.0 * 2.0 + picked + delivered + cleared + support + advertising;
            assert_eq!(days[5][3], ((cash - fees - spent) * 100.0).round() as i128, "{key} {pays}");
        }
    }
}

/// Who does not accept the date leaves what there is to the next one: nobody waits here, so the third of four finds 2 and leaves them to the fourth,
/// who wants no more. Ten of fourteen are served on Monday, in three orders of four.
#[test]
fn who_does_not_wait_leaves_the_shelf_to_the_next() {
    for split in [false, true] {
        let set = ["customers.accept=\"never\"".into(), format!("customers.split-shipments={split}")];
        let r = runnable_with(BY_HAND, &set);
        assert_eq!(told(&r, EventKind::ServedFromStock), [(0, 8, None), (0, 2, None)]);
        assert_eq!(
            told(&r, EventKind::WalkedAway).iter().map(|l| (l.0, l.1)).collect::<Vec<_>>(),
            [(0, 4), (1, 4), (1, 4), (1, 4), (1, 2)]
        );
        let m = first_model(&r);
        same(&m, Kpi::OrderFillRate, 3.0 / 8.0, "nobody waits");
        same(&m, Kpi::FillRate, 10.0 / 28.0, "nobody waits");
        same(&m, Kpi::ParcelsPerOrder, 1.0, "nobody waits");
        assert_eq!(by_day(&r, [Series::OnHand])[5], [9], "nine come for nobody");
    }
}

/// Whoever has waited a day cancels. What Monday's third order had got is kept for Tuesday's first one on Wednesday, and is free once that one has left,
/// too. Six orders of 20 units cancel, each with a tenth of a fee of 20, and two have shipped; in parts the third got 2 that nobody cancels, so that of three orders
/// all has shipped that will.
#[test]
fn cancelled_orders_leave_what_they_had_got() {
    let set = ["customers.patience={time=1}", "finance.chargeback={share=\"10%\",fee=20,share-after-miss=0}"];
    for (split, on_hand, backlog, parcels, cancelled) in [
        (false, [2, 2, 2, 2, 2, 2], [6, 14, 0, 0, 0, 0], 2.0, 20),
        (true, [0, 0, 0, 0, 0, 0], [4, 14, 0, 0, 0, 0], 3.0, 18),
    ] {
        let nothing_comes = "supply.0.location.0.policy={one-time={quantity=0,date=2026-03-02}}".to_owned();
        let split_shipments = format!("customers.split-shipments={split}");
        let overrides = [[set[0].to_owned(), set[1].to_owned()], [nothing_comes, split_shipments]].concat();
        let r = runnable_with(BY_HAND, &overrides);
        let days = by_day(&r, [Series::OnHand, Series::Backlog, Series::Cancelled, Series::Cash]);
        let of = |k: usize| -> Vec<i128> { days.iter().map(|d| d[k]).collect() };
        assert_eq!((of(0), of(1)), (on_hand.to_vec(), backlog.to_vec()), "{split}");
        // Of one receipt: Tuesday's orders of 4 are one cohort, of which all leave.
        let on_monday = cancelled - 14;
        assert_eq!(of(2), [0, on_monday, 14, 0, 0, 0], "{split}");
        let m = first_model(&r);
        let case = format!("split {split}");
        same(&m, Kpi::OrderFillRate, 2.0 / 8.0, &case);
        same(&m, Kpi::CancellationRate, cancelled as f64 / 28.0, &case);
        // Tuesday and later end with 2 that nobody waits for any more.
        same(&m, Kpi::ReadyRate, if split { 0.0 } else { 5.0 / 6.0 }, &case);
        same(&m, Kpi::CostOfChargebacks, 6.0 * 2.0 / parcels, &case);
        same(&m, Kpi::CostOfSupport, 6.0 * 2.0 / parcels, &case);
        same(&m, Kpi::CostOfPickAndPack, 1.1, &case);
        // The processor keeps its fees of what is paid back.
        same(&m, Kpi::CostOfPayment, (5.6 + 2.4) / parcels, &case);
        let shipped = 28.0 - cancelled as f64;
        let spent = parcels * (1.1 + 3.0 + 0.5) + shipped + 6.0 * (2.0 + 2.0) + 8.0 * 0.7 + 8.0;
        assert_eq!(days[5][3], ((shipped * 10.0 - spent) * 100.0).round() as i128, "{case}");
    }
}

/// Two orders are on their way when the run begins, of 2 and of 40, and five units wait that were ordered before: at two an order they are three orders,
/// and of the oldest one unit has shipped already. The first 2 complete it and are kept for the next; in parts they ship at once.
const FROM_TODAY: &str = r#"
name = "From today"
horizon = { start = 2026-03-02, days = 10 }
monte-carlo = { replications = 1 }
[[product]]
sku = "A"
price = 50
unit-cost = 20
[product.demand]
units-per-day = 0
units-per-order = 2
[customers]
promise = "none"
accept = "always"
patience = "endless"
thirty-day-rule = false
[finance]
cost-of-capital = 0
customer-pays = "PAYS"
settlement-days = 0
payment-fee = { share = 0, per-order = 0.5 }
insurance = 0
shrink = 0
obsolescence = 0
tickets-per-backorder = 1
cost-per-ticket = 3
advertising-per-order = 2
[position]
stock = [{ on-hand = 0 }]
order = [{ quantity = 2, placed = 2026-02-20, arrives = 2026-03-05 }, { quantity = 40, placed = 2026-02-25, arrives = 2026-03-10 }]
backorder = [{ quantity = 5, ordered = 2026-02-25, promised = 2026-03-06 }]
[[supply]]
name = "S"
[[supply.location]]
name = "w"
policy = { base-stock = { level = 37 } }
storage-per-m3-month = 0
delivery = { days = 1, pick-and-pack = 1, per-order = 6 }
[[supply.location.route]]
name = "r"
terms = [{ share = "100%", at = "order" }]
stage = [{ name = "Production", days = 13 }]
"#;

/// Nothing is demanded in the window, so that no order fill rate exists. Three orders ship, each of the costs of a parcel; what was spent on them before
/// the window (advertising, tickets, and the fee of those who have paid) is not.
#[test]
fn open_backorders_of_a_position_are_whole_orders() {
    for (pays, each) in [("at-order", 0.0), ("at-shipping", 50.0)] {
        for (split, on_hand, waiting, parcels) in [(false, 1, 4, 3), (true, 0, 3, 4)] {
            let r = runnable_with(&FROM_TODAY.replace("PAYS", pays), &[format!("customers.split-shipments={split}")]);
            let days = by_day(&r, [Series::OnHand, Series::Backlog, Series::Cash]);
            let case = format!("{pays} {split}");
            for (day, found) in days.iter().enumerate() {
                let right = match day {
                    0..3 => [0, 5],
                    3..8 => [on_hand, waiting],
                    _ => [37, 0],
                };
                assert_eq!(found[..2], right, "{case}, day {day}");
            }
            let m = first_model(&r);
            assert!(value(&m, Kpi::OrderFillRate).is_nan(), "{case}: nobody demanded anything");
            same(&m, Kpi::ParcelsPerOrder, f64::from(parcels) / 3.0, &case);
            let fees = if each > 0.0 { 0.5 * f64::from(parcels) } else { 0.0 };
            let spent = 7.0 * f64::from(parcels);
            same(&m, Kpi::CostOfPickAndPack, f64::from(parcels) / 3.0, &case);
            same(&m, Kpi::CostOfPayment, fees / 3.0, &case);
            same(&m, Kpi::CostOfSupport, 0.0, &case);
            same(&m, Kpi::CostOfAdvertising, 0.0, &case);
            // The five units are paid by customers, if they were not before; suppliers have been paid.
            let cash = 5.0 * each - fees - spent;
            assert_eq!(days[9][2], (cash * 100.0).round() as i128, "{case}");
        }
    }
}

/// One unit an order is what there is without the key, and whether an order of one unit may ship in parts does not matter: to the bit.
#[test]
fn orders_of_one_unit_are_as_before() {
    let all = |set: &[&str]| -> Vec<Vec<u64>> {
        let r = shipped("spring-surge.toml", &[set, &["monte-carlo.replications=40"]].concat());
        outcome(&r).products[0].models.iter().map(|m| bits(m, &[])).collect()
    };
    let none = all(&[]);
    for set in [
        ["demand.units-per-order=1"].as_slice(),
        &["customers.split-shipments=true"],
        &["demand.units-per-order={uniform=[1,1.4]}", "customers.split-shipments=true"],
    ] {
        assert!(all(set) == none, "{set:?} changes something");
    }
    assert!(all(&["demand.units-per-order=2"]) != none);
    // The KPIs of orders exist with the key alone.
    let of = |size: &str| {
        let r =
            shipped("spring-surge.toml", &[&format!("demand.units-per-order={size}"), "monte-carlo.replications=2"]);
        let o = outcome(&r);
        [Kpi::OrderFillRate, Kpi::ParcelsPerOrder].map(|k| value(&o.products[0].models[0], k).is_nan())
    };
    assert_eq!((of("1"), of("2")), ([true, true], [false, false]));
}

/// A figure of a replication.
fn rate(row: &KpiRow, kpi: Kpi) -> f64 {
    row[kpi.index()].0 / row[kpi.index()].1
}

/// Where all who waited wait on, splitting ships what else would be kept: on every day as much is free, so that as many whole orders are served at
/// once, and of units never fewer. It costs parcels in all replications in which somebody waits for a part.
#[test]
fn splitting_serves_more_units_and_costs_parcels() {
    let rows = |split: bool| -> Vec<Vec<KpiRow>> {
        let split = format!("customers.split-shipments={split}");
        let set = ["demand.units-per-order={empirical=[1,1,2,3,6]}", "customers.patience=\"endless\"", &split];
        let rule = ["customers.thirty-day-rule=false", "monte-carlo.replications=40"];
        let r = shipped("spring-surge.toml", &[set.as_slice(), &rule].concat());
        outcome(&r).products[0].models.iter().map(|m| m.rows.clone()).collect()
    };
    let (whole, parts) = (rows(false), rows(true));
    let (mut more_units, mut more_parcels) = (0, 0);
    for (model, (whole, parts)) in whole.iter().zip(&parts).enumerate() {
        for (k, (w, p)) in whole.iter().zip(parts).enumerate() {
            let at = |kpi: Kpi| (rate(w, kpi), rate(p, kpi));
            let (fill, orders, parcels) = (at(Kpi::FillRate), at(Kpi::OrderFillRate), at(Kpi::ParcelsPerOrder));
            assert_eq!(orders.0, orders.1, "model {model}, replication {k}");
            assert!(fill.1 >= fill.0, "model {model}, replication {k}: {fill:?}");
            assert_eq!(parcels.0, 1.0, "model {model}, replication {k}");
            assert!(parcels.1 >= 1.0, "model {model}, replication {k}: {parcels:?}");
            more_units += usize::from(fill.1 > fill.0);
            more_parcels += usize::from(parcels.1 > 1.0);
        }
    }
    assert!(more_units > 40 && more_parcels > 40, "{more_units} {more_parcels} of 160");
}

/// Sizes 1, 2 and 5 with 0.5, 0.3 and 0.2: mean 2.1, mean square 6.7.
const SIZES: &str = "{ mixture = [{ weight = 0.5, of = 1 }, { weight = 0.3, of = 2 }, { weight = 0.2, of = 5 }] }";

/// A day's units are a sum of so many sizes: of mean `m`, and of variance `m E[S^2] / E[S]`, and `m^2 / k` more where the orders are negative binomial.
/// Orders demanded are `m / E[S]` a day. Five standard errors of each.
#[test]
fn units_of_a_day_have_the_compound_law() {
    for (dispersion, uneven) in [("", 0.0), ("dispersion = 3\n", 12.0 * 12.0 / 3.0)] {
        let of_order = format!("mean-per-day = 12\n{dispersion}units-per-order = {SIZES}");
        let text = BY_HAND
            .replace("units-per-day = 4\nweekday = [3.5, 3.5, 0, 0, 0, 0, 0]\nunits-per-order = 4", &of_order)
            .replace("days = 6\n", "days = 50\n");
        let r = runnable(&text);
        let (demand, plans) = laid_out(&r.scenario, 0, r.experiment.seed);
        let kernel = Kernel::new(&demand, &plans, Needs::Units);
        let (mut days, mut orders) = (Vec::new(), 0);
        kernel.block(0..2_000, &mut kernel.desk(), &mut |_, replica| {
            days.extend(replica.path.units.iter().map(|units| *units as f64));
            orders += replica.tally().orders_demanded;
        });
        let n = days.len() as f64;
        assert_eq!(n, 100_000.0);
        let mean = days.iter().sum::<f64>() / n;
        let moment = |power: i32| days.iter().map(|x| (x - mean).powi(power)).sum::<f64>() / n;
        let variance = moment(2);
        let right = 12.0 * 6.7 / 2.1 + uneven;
        assert!((mean - 12.0).abs() < 5.0 * (right / n).sqrt(), "{mean}");
        let error = ((moment(4) - variance * variance) / n).sqrt();
        assert!((variance - right).abs() < 5.0 * error, "{variance} for {right}, {error}");
        // It is told apart from the law of single units, of variance 12 and what is uneven.
        assert!(error < 0.02 * right, "{error}");
        // Orders a day: of variance `m / E[S]`, and `(m / E[S])^2 / k` more.
        let of_orders = 12.0 / 2.1;
        let scatter = of_orders + uneven / 2.1 / 2.1;
        let found = orders as f64 / n;
        assert!((found - of_orders).abs() < 5.0 * (scatter / n).sqrt(), "{found} for {of_orders}");
    }
}

/// Of given days, a history's or a distribution's, the key changes no unit: the last order of a day wants what is left.
#[test]
fn given_days_keep_their_units() {
    let dir = scratch("baskets-history");
    let sold: Vec<i64> = (0..40).map(|t| (t * 7 + 3) % 11 * i64::from(t % 5 != 0)).collect();
    let first = Day::from_date(jiff::civil::date(2026, 3, 2));
    let rows: String = (0..).zip(&sold).map(|(t, n)| format!("{},{n}\n", first.plus(t).date())).collect();
    std::fs::write(dir.join("sold.csv"), format!("date,units\n{rows}")).unwrap();
    let text = |demand: &str| {
        BY_HAND
            .replace("units-per-day = 4\nweekday = [3.5, 3.5, 0, 0, 0, 0, 0]\nunits-per-order = 4", demand)
            .replace("days = 6\n", "days = 40\n")
    };
    let paths = |text: &str| -> (Vec<Vec<i64>>, i64) {
        let loaded = Loader::default().load_str("h.toml", text, &dir).unwrap_or_else(|d| panic!("{}", d.render(false)));
        let r = loaded.value.runnable;
        let (demand, plans) = laid_out(&r.scenario, 0, r.experiment.seed);
        let kernel = Kernel::new(&demand, &plans, Needs::Units);
        let (mut out, mut orders) = (Vec::new(), 0);
        kernel.block(0..20, &mut kernel.desk(), &mut |_, replica| {
            assert_eq!(replica.tally().broken_law(), None);
            assert_eq!(replica.tally().interested, replica.path.units.iter().sum::<i64>());
            out.push(replica.path.units.clone());
            orders += replica.tally().orders_demanded;
        });
        (out, orders)
    };
    let replay = "history = { file = \"sold.csv\", drives = \"replay\" }";
    for given in [replay, "units-per-day = { gamma = { mean = 9, sd = 6 } }\nweekday = [0.4, 1, 1, 1, 1.6, 1, 1]"] {
        let (without, none) = paths(&text(given));
        assert_eq!(none, 0, "orders of one unit are not counted besides");
        let (with, orders) = paths(&text(&format!("{given}\nunits-per-order = {SIZES}")));
        assert!(without == with, "{given}");
        // As many come as want the units: fewer than units, and at least a fifth of them.
        let units: i64 = with.iter().flatten().sum();
        assert!(5 * orders >= units && orders < 6 * units / 10, "{given}: {orders} of {units}");
        if given == replay {
            assert!(with.iter().all(|path| *path == sold), "{:?}", with[0]);
        }
    }
    // Of a fixed size the orders of a day are its units by four, rounded up.
    let (_, orders) = paths(&text(&format!("{replay}\nunits-per-order = 4")));
    assert_eq!(orders, 20 * sold.iter().map(|n| (n + 3) / 4).sum::<i64>());
}
