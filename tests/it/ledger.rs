//! Forty days of books, worked by hand.
//!
//! Ten shoppers a day, everybody waits, nobody cancels. 100 units are on the shelf on day 0 and last through day 9;
//! one order of 300 is placed on day 0 and received on day 20; orders of days 10 to 19 wait for it. The window has
//! 39 days (0 to 38) and ends with 10 units left: 100 + 300 - 390.
//!
//! ```text
//! day   0  order of 300                                   30 % of the goods paid
//! day   4                                                 70 % of the goods paid
//! day  10  production ends, goods wait at the factory     freight paid
//! day  12  inspection ends, goods at sea
//! day  20  received                                       handling paid
//! day  25                                                 duty and fees paid, five days after entry
//! ```
//!
//! A unit: goods 10; freight 3 (1.5 m3 in all: one container at 600 and half a cubic metre at 600); handling 0.60
//! (1.5 containers at 100, and 0.10 a unit); duty 1.31 (10 % of 80 % of 10, and fees of 153 an entry: the processing fee
//! of 0.3464 % of 2,400 is below its least, 32.71; 0.125 % of 2,400 is 3; the broker takes 117.29). Landed 14.91.
//!
//! A customer pays 50 with the order, which is in the account two days later less 1.50; costs 1 to attract, 1 to pick
//! and pack, 6 to deliver (4, and 2 a kilogram: 5 litres at 5,000 cm3 a kilogram weigh a kilogram), 0.50 to clear,
//! and 2.70 of support if the order waits.

use crate::laws::each;
use crate::support::{laid_out, runnable};
use restock::model::Kpi;
use restock::sim::{Kernel, Line, Needs, Series};
use restock::units::Money;

const SCENARIO: &str = r#"
name = "by hand"
[horizon]
start = 2026-01-01
days = 39
warmup-days = 0
[monte-carlo]
replications = 1
[[product]]
sku = "x"
price = 50
unit-cost = 10
weight-kg = 0.4
volume-litres = 5
[demand]
units-per-day = 10
[customers]
accept = "always"
patience = "endless"
thirty-day-rule = false
[finance]
cost-of-capital = "36.5%"
settlement-days = 2
payment-fee = { share = "2%", per-order = 0.50 }
insurance = "36.5%"
shrink = 0
obsolescence = 0
tickets-per-backorder = 0.3
cost-per-ticket = 9
advertising-per-order = 1
lifetime-value = { future-orders = 2, lost-after = [{ over-days = 0, share = "2.5%" }, { over-days = 5, share = "5%" }], lost-on-missed-promise = "10%", lost-on-cancellation = "30%" }
salvage = "50%"
fixed-per-month = 73
opening-cash = 1_000
credit-line = { limit = 500, rate = "36.5%" }
[[supply]]
name = "m"
[[supply.location]]
name = "l"
policy = { one-time = { quantity = 300, date = 2026-01-01 } }
minimum-order = 300
initial-on-hand = 100
storage-per-m3-month = 36.5
storage-month-factors = [1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
delivery = { days = 3, pick-and-pack = 1, per-order = 4, per-kg = 2, dimensional-divisor = 5_000, clearance-per-order = 0.50 }
[[supply.location.route]]
name = "r"
terms = [{ share = "30%", at = "order" }, { share = "70%", at = "order", days-later = 4 }]
freight = { per-container = 600, container-m3 = 1, partial-container = { per-m3 = 600 } }
freight-at = "Production"
handling = { per-container = 100, per-unit = 0.10 }
duty = [{ from = 2020-01-01, rate = "10%" }]
duty-days-later = 5
dutiable-share = "80%"
entry-fees = { processing = { share = "0.3464%", least = 32.71, most = 634.62 }, harbor = "0.125%", broker = 117.29 }
stage = [
  { name = "Production", days = 10 },
  { name = "Inspection", days = 2, goods-are = "at-factory" },
  { name = "Ocean", days = 8 },
]
"#;

const DAYS: usize = 39;
const LANDED: f64 = 14.91;

/// Units on hand at the end of a day: 90, 80, .. 0; nothing; then 300 less 100 that waited, less ten a day.
fn on_hand(day: usize) -> f64 {
    match day {
        0..=9 => 90.0 - 10.0 * day as f64,
        10..=19 => 0.0,
        _ => 190.0 - 10.0 * (day - 20) as f64,
    }
}

/// Orders that wait at the end of a day.
fn waiting(day: usize) -> f64 {
    if (10..=19).contains(&day) { 10.0 * (day - 9) as f64 } else { 0.0 }
}

/// Orders shipped on a day: today's, and on day 20 the hundred that waited.
fn shipped(day: usize) -> f64 {
    match day {
        10..=19 => 0.0,
        20 => 110.0,
        _ => 10.0,
    }
}

/// Cash in and out on a day, by line.
fn posted(day: usize) -> Vec<(Line, f64)> {
    // February, from day 31 on, costs twice as much: 5 litres at 36.5 x 12 / 365 = 1.20 a cubic metre and day.
    let storage = on_hand(day) * 0.006 * if day >= 31 { 2.0 } else { 1.0 };
    let settled = if day >= 2 { 10.0 } else { 0.0 };
    let mut out = vec![
        (Line::CustomerPayments, settled * 50.0),
        (Line::PaymentFees, -settled * 1.5),
        (Line::PickAndPack, -shipped(day)),
        (Line::Delivery, -shipped(day) * 6.0),
        (Line::ParcelDuty, -shipped(day) * 0.5),
        (Line::Storage, -storage),
        // 36.5 % a year is a thousandth a day.
        (Line::Insurance, -on_hand(day) * LANDED * 0.001),
        (Line::Advertising, -10.0),
        // 73 a month are 2.40 a day.
        (Line::FixedCosts, -2.4),
    ];
    if (10..=19).contains(&day) {
        out.push((Line::Support, -10.0 * 2.7));
    }
    match day {
        0 => out.push((Line::Goods, -900.0)),
        4 => out.push((Line::Goods, -2_100.0)),
        10 => out.push((Line::Freight, -900.0)),
        20 => out.push((Line::Handling, -180.0)),
        25 => out.push((Line::Duty, -393.0)),
        _ => {}
    }
    out
}

/// Balance of the account at the end of each day. What is drawn on the credit line, 500 at most, costs a thousandth a day, to the
/// millionth.
fn balances() -> Vec<f64> {
    let mut balance = 1_000.0;
    let day = |day| {
        balance += posted(day).iter().map(|(_, x)| x).sum::<f64>();
        balance -= (f64::clamp(-balance, 0.0, 500.0) * 1_000.0).round() / 1e6;
        balance
    };
    (0..DAYS).map(day).collect()
}

/// Interest until the end of a day.
fn interest(until: usize) -> f64 {
    1_000.0 + (0..=until).flat_map(posted).map(|(_, x)| x).sum::<f64>() - balances()[until]
}

fn close(what: &str, found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{what}: {found}, by hand {expected}");
}

#[test]
fn every_line_and_every_account_is_what_the_hand_finds() {
    each(SCENARIO, |_, replica| {
        let ledger = replica.books().ledger();
        let flows = ledger.flows();
        for line in Line::ALL {
            let posted = (0..DAYS).flat_map(posted).chain([(Line::Interest, -interest(DAYS - 1))]);
            let by_hand: f64 = posted.filter(|(l, _)| l == line).map(|(_, x)| x).sum();
            close(line.label(), flows[*line as usize].to_f64(), by_hand);
        }
        // A few of them once more in whole: 37 days have settled, 390 orders shipped, 2,350 + 360 unit-days stored.
        assert_eq!(flows[Line::CustomerPayments as usize], Money::from_f64(370.0 * 50.0));
        assert_eq!(flows[Line::Delivery as usize], Money::from_f64(-2_340.0));
        assert_eq!(flows[Line::Storage as usize], Money::from_f64(-(2_350.0 + 360.0) * 0.006));
        assert_eq!(flows[Line::Support as usize], Money::from_f64(-270.0));

        let a = ledger.accounts();
        assert_eq!(a.receivables, Money::from_f64(20.0 * 48.5));
        for empty in [a.payables, a.deposits, a.in_production, a.finished, a.in_transit, a.prepaid, a.unpaid] {
            assert_eq!(empty, Money::ZERO);
        }
    });
}

#[test]
fn every_part_of_capital_is_what_the_hand_finds() {
    each(SCENARIO, |_, mut replica| {
        let (row, _) = replica.kpis().unwrap();
        let sum_of_days = |k: Kpi| row[k.index()].0 * DAYS as f64;
        let stock = 2_350.0 * LANDED;
        for (kpi, by_hand) in [
            // 900 on days 0 to 3; then the goods are paid.
            (Kpi::DepositCapital, 900.0 * 4.0),
            // 3,000 on days 4 to 9, 10 and 11, 12 to 19.
            (Kpi::InProductionCapital, 3_000.0 * 6.0),
            (Kpi::FinishedCapital, 3_000.0 * 2.0),
            (Kpi::InTransitCapital, 3_000.0 * 8.0),
            // Freight on days 10 to 19; handling and duty are paid after receipt.
            (Kpi::PrepaidCapital, 900.0 * 10.0),
            (Kpi::CycleStockCapital, stock),
            (Kpi::SafetyStockOnHandCapital, 0.0),
            // Of 4,473: less 900 on days 0 to 3, 3,000 on days 4 to 9, 3,900 on days 10 to 19.
            (Kpi::UnpaidOnOrder, 3_573.0 * 4.0 + 1_473.0 * 6.0 + 573.0 * 10.0),
            // Duty and fees on days 20 to 24.
            (Kpi::Payables, 393.0 * 5.0),
            (Kpi::CustomerPrepayments, (0..DAYS).map(waiting).sum::<f64>() * 50.0),
            // The orders of today and yesterday; on day 0 today's.
            (Kpi::Receivables, (10.0 + 20.0 * 38.0) * 48.5),
        ] {
            close(kpi.label(), sum_of_days(kpi), by_hand);
        }
        let invested = 3_600.0 + 18_000.0 + 6_000.0 + 24_000.0 + 9_000.0 + stock;
        close("invested", sum_of_days(Kpi::InvestedCapital), invested);
        close("capital days", row[Kpi::CapitalDays.index()].0, invested);
        close("net", sum_of_days(Kpi::NetCapital), invested + 770.0 * 48.5 - 1_965.0 - 27_500.0);
    });
}

#[test]
fn costs_and_finance_kpis_are_what_the_hand_finds() {
    each(SCENARIO, |_, mut replica| {
        let (row, _) = replica.kpis().unwrap();
        let value = |k: Kpi| row[k.index()].0 / row[k.index()].1;
        let total = |k: Kpi| row[k.index()].0;
        let invested = 60_600.0 + 2_350.0 * LANDED;
        // 36.5 % a year, on what is tied up at each day's start: all days' ends but the last, and the opening stock.
        let daily = 1.365_f64.powf(1.0 / 365.0) - 1.0;
        let net = invested + 770.0 * 48.5 - 1_965.0 - 27_500.0;
        let (first, last) = (100.0 * LANDED, 10.0 * LANDED + 20.0 * 48.5);
        let charge = daily * (net + first - last);

        // 390 orders: each line of the cost of all of them.
        let lines = [
            (Kpi::CostOfProduct, 390.0 * 10.0),
            (Kpi::CostOfFreight, 390.0 * 3.0),
            (Kpi::CostOfHandling, 390.0 * 0.6),
            (Kpi::CostOfDuty, 390.0 * 1.31),
            (Kpi::CostOfParcelDuty, 390.0 * 0.5),
            (Kpi::CostOfPickAndPack, 390.0),
            (Kpi::CostOfDelivery, 390.0 * 6.0),
            (Kpi::CostOfPayment, 390.0 * 1.5),
            (Kpi::CostOfSupport, 270.0),
            (Kpi::CostOfChargebacks, 0.0),
            (Kpi::CostOfStorage, 2_710.0 * 0.006),
            (Kpi::CostOfInsurance, 2_350.0 * LANDED * 0.001),
            (Kpi::CostOfShrink, 0.0),
            (Kpi::CostOfObsolescence, 0.0),
            (Kpi::CostOfAdvertising, 390.0),
            (Kpi::CostOfCapital, charge),
        ];
        let mut costs = 0.0;
        for (kpi, by_hand) in lines {
            close(kpi.label(), total(kpi), by_hand);
            costs += by_hand;
        }
        close("revenue", total(Kpi::Revenue), 19_500.0);
        close("contribution", total(Kpi::Contribution), 19_500.0 - (costs - charge));
        close("landed cost of an order", value(Kpi::LandedCost), LANDED + 0.5);
        close("cost to serve an order", value(Kpi::CostToServe), costs / 390.0 - LANDED - 0.5);
        close("cost of an order", value(Kpi::CostOfOrder), costs / 390.0);

        // A one-time buy has no further need: the ten units left lose half their cost, and the hundred of the start, too.
        let write_down = 0.5 * (10.0 - 100.0) * LANDED;
        close("write-down", total(Kpi::WriteDown), write_down);
        close("charge on net capital", total(Kpi::CapitalCharge), charge);
        close("residual income", total(Kpi::ResidualIncome), 19_500.0 - costs - 39.0 * 2.4 - write_down);
        let gross = daily * (invested + 100.0 * LANDED - 10.0 * LANDED);
        close("memo", total(Kpi::CapitalChargeGross), gross);
        close("carrying cost", total(Kpi::CarryingCost), gross + 2_710.0 * 0.006 + 2_350.0 * LANDED * 0.001);

        // Goods sold: 390 x 14.91 landed, and 0.50 a parcel.
        let goods = 390.0 * (LANDED + 0.5);
        let stock = 2_350.0 * (LANDED + 0.5);
        close("DIO", value(Kpi::DaysInventory), stock / goods);
        close("turns", value(Kpi::Turns), goods / 39.0 * 365.0 / (stock / 39.0));
        close("GMROI", value(Kpi::Gmroi), (19_500.0 - goods) / 39.0 * 365.0 / (stock / 39.0));
        close("DSO", value(Kpi::DaysSales), 770.0 * 48.5 / 19_500.0);
        close("DPO", value(Kpi::DaysPayable), 1_965.0 / goods);
        close(
            "cash conversion cycle",
            value(Kpi::CashConversionCycle),
            (stock - 1_965.0) / goods + 770.0 * 48.5 / 19_500.0,
        );

        // Cash to cash. The first hundred, paid for on day 0, came in on days 2 to 11, on average 6.5; the other 290 were
        // ordered on days 10 to 38 and came in two days later, on average on day 26. Of the 300 they are part of, 2,100
        // were paid on day 4, 900 on day 10, 180 on day 20, 393 on day 25.
        let paid = 2_100.0 * 4.0 + 900.0 * 10.0 + 180.0 * 20.0 + 393.0 * 25.0;
        let received = 100.0 * LANDED * 6.5 + 290.0 * LANDED * 26.0;
        close("cash to cash", value(Kpi::CashToCash), (received - paid * 290.0 / 300.0) / (390.0 * LANDED));

        // Cash: the first instalment leaves 76.51 on day 0, the second one of day 4 needs 989.82 more than there is, of which
        // the bank lends 500 at 0.50 a day, the first of them that evening.
        let balance = balances();
        assert!((balance[4] - (1_000.0 - 1_977.318_5 - 5.0 * 2.4 - 0.5 - 0.08)).abs() < 0.01, "{balance:?}");
        close("trough", total(Kpi::CashTrough), balance[4]);
        assert_eq!(total(Kpi::CashTroughDay), 5.0, "at the end of the fifth day");
        assert_eq!(total(Kpi::CashNegativeDays), balance.iter().filter(|b| **b < 0.0).count() as f64);
        assert_eq!(total(Kpi::CashShortfall), 1.0, "the line ends at 500");
        close("interest", total(Kpi::Interest), interest(DAYS - 1));
        assert!(interest(DAYS - 1) > 1.0, "more than two days of 500");

        // Present value: the opening stock is bought and ten units are handed on, both at half their cost; customers owe
        // for 20 orders. Flows count at the ends of days.
        let discount = |day: usize| 1.365_f64.powf(-(day as f64) / 365.0);
        let flows: f64 = (0..DAYS).map(|d| posted(d).iter().map(|(_, x)| x).sum::<f64>() * discount(d + 1)).sum();
        let left = 10.0 * LANDED * 0.5 + 20.0 * 48.5;
        close("present value", total(Kpi::Npv), -100.0 * LANDED * 0.5 + flows + left * discount(DAYS));

        // A future order leaves 50 less 1.50 of payment, 14.91 landed, 0.50 of clearance, 1 to pick and 6 to deliver; the
        // model's usual order, too, is of 300 units.
        // Of those who waited 1 to 5 days 2.5 % of two such orders are lost, of those who waited 6 to 10 days 5 %; none was
        // promised a day before day 20.
        let future = 50.0 - 1.5 - LANDED - 0.5 - 1.0 - 6.0;
        close("shipped late", total(Kpi::ShippedLate), 0.0);
        close("lifetime value lost", total(Kpi::LifetimeValueLost), (50.0 * 0.025 + 50.0 * 0.05) * 2.0 * future);
        close("duty on unsold", total(Kpi::DutyOnUnsold), 13.1);
        assert_eq!(total(Kpi::AdvertisingWasted), 0.0);
    });
}

#[test]
fn the_daily_series_say_the_same() {
    let r = runnable(SCENARIO);
    let (demand, plans) = laid_out(&r.scenario, 0, 0);
    let kernel = Kernel::new(&demand, &plans, Needs::Series);
    let mut daily = None;
    kernel.block(0..1, &mut kernel.desk(), &mut |_, replica| daily = Some(replica.daily().clone()));
    let daily = daily.unwrap();
    for (day, cash) in balances().into_iter().enumerate() {
        let of = |s: Series| daily.records[day][s as usize] as f64 / 100.0;
        // Cents, rounded down.
        assert!((of(Series::Cash) - cash).abs() < 0.01, "day {day}: {} and {cash}", of(Series::Cash));
        assert!((of(Series::CycleStockCapital) - on_hand(day) * LANDED).abs() < 0.01);
        assert!((of(Series::CustomerPrepayments) - waiting(day) * 50.0).abs() < 0.01);
    }
}

/// Ten thousand replications, each account summed exactly and as the KPIs say: no cent is lost on the way.
#[test]
fn ten_thousand_replications_reconcile_to_the_cent() {
    let text = "\
         name = \"t\"\n\
         [horizon]\n\
         start = 2026-03-01\n\
         days = 60\n\
         warmup-days = 40\n\
         [monte-carlo]\n\
         replications = 10_000\n\
         [[product]]\n\
         sku = \"x\"\n\
         price = 59.99\n\
         unit-cost = 13.37\n\
         [demand]\n\
         mean-per-day = 9\n\
         dispersion = 2\n\
         [finance]\n\
         advertising-per-order = 3.33\n\
         [[supply]]\n\
         name = \"m\"\n\
         preset = \"direct\"\n";
    let mut exact = [0_i128; Line::COUNT];
    let (mut cash, mut revenue, mut sold) = (0_i128, 0_i128, 0_i128);
    let mut said = vec![0.0; Kpi::COUNT];
    each(text, |_, mut replica| {
        let (row, _) = replica.kpis().unwrap();
        let ledger = replica.books().ledger();
        for (sum, flow) in exact.iter_mut().zip(ledger.flows()) {
            *sum += flow.0;
        }
        cash += ledger.cash().0;
        revenue += ledger.income().revenue.0;
        sold += ledger.income().cost_of_goods().0;
        for (sum, (x, _)) in said.iter_mut().zip(row) {
            *sum += x;
        }
    });
    assert_eq!(cash, exact.iter().sum::<i128>(), "cash is the sum of its lines, to the millionth");
    let to_the_cent = |kpis: &[Kpi], exact: i128| {
        let said: f64 = kpis.iter().map(|k| said[k.index()]).sum();
        assert!((said - exact as f64 / 1e6).abs() < 0.005, "{kpis:?}: {said} and {exact} millionths");
    };
    to_the_cent(&[Kpi::Revenue], revenue);
    to_the_cent(&[Kpi::CostOfProduct, Kpi::CostOfFreight, Kpi::CostOfHandling, Kpi::CostOfDuty], sold);
    for (kpi, line) in [
        (Kpi::CostOfParcelDuty, Line::ParcelDuty),
        (Kpi::CostOfPickAndPack, Line::PickAndPack),
        (Kpi::CostOfDelivery, Line::Delivery),
        (Kpi::CostOfSupport, Line::Support),
        (Kpi::CostOfChargebacks, Line::Chargebacks),
        (Kpi::CostOfStorage, Line::Storage),
        (Kpi::CostOfInsurance, Line::Insurance),
        (Kpi::CostOfAdvertising, Line::Advertising),
    ] {
        assert_ne!(exact[line as usize], 0, "{line:?} is exercised");
        to_the_cent(&[kpi], -exact[line as usize]);
    }
}
