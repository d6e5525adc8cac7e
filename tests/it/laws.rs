//! The laws that hold in every replication, on random scenarios.

use crate::generated::scenario;
use crate::support::runnable;
use proptest::prelude::*;
use restock::model::{Kpi, Scenario};
use restock::sim::{DayRow, DemandPlan, Kernel, Needs, Plan, Replica};

/// Runs every model of the first product, with all books, and hands each replication to `check`.
pub fn each(text: &str, check: impl FnMut(&Scenario, Replica<'_>)) {
    each_with(Needs::Books, text, check);
}

fn each_with(needs: Needs, text: &str, mut check: impl FnMut(&Scenario, Replica<'_>)) {
    let r = runnable(text);
    let product = &r.scenario.products[0];
    let demand = DemandPlan::new(&r.scenario, product, r.experiment.seed);
    for model in &r.scenario.models {
        let plans = [Plan::new(&r.scenario, product, model, &demand, r.experiment.seed)];
        let kernel = Kernel::new(&demand, &plans, needs);
        let check = &mut |_, replica: Replica<'_>| check(&r.scenario, replica);
        kernel.block(0..r.experiment.replications, &mut kernel.desk(), check);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Units to customers, units from suppliers, stock: nothing appears or vanishes.
    #[test]
    fn units_are_conserved(text in scenario()) {
        each(&text, |_, replica| {
            let (plan, path) = (replica.plan, replica.path);
            assert_eq!(replica.tally().broken_law(), None, "{text}");
            assert_eq!(replica.tally().interested, path.units[plan.warmup..].iter().sum::<i64>());
        });
    }

    /// What becomes of all who are interested: served from stock, served later, waiting, cancelled, lost to the wait, lost to
    /// the delivery time. Exactly, replication by replication, as orders are followed from the day on which they were placed.
    #[test]
    fn everybody_interested_is_accounted_for(text in scenario()) {
        each(&text, |_, mut replica| {
            let (row, _) = replica.kpis().unwrap();
            let of = |k: &Kpi| row[k.index()];
            assert_eq!(Kpi::OUTCOMES.iter().map(|k| of(k).0).sum::<f64>(), of(&Kpi::FromStockShare).1, "{text}");
            // Of a product without windows nobody has asked how many pre-order.
            let asked = Kpi::OUTCOMES.iter().filter(|k| **k != Kpi::PreOrderedShare || replica.tally().preordered > 0);
            assert!(asked.into_iter().all(|k| of(k).1 == replica.tally().interested as f64));
            // The days say the same.
            let (t, days) = (replica.tally(), replica.days());
            let sum = |f: fn(&DayRow) -> i64| days.iter().map(f).sum::<i64>();
            assert_eq!(sum(|d| d.demanded), t.demanded - t.preordered);
            assert_eq!(sum(|d| d.from_stock), t.from_stock);
            assert_eq!(sum(|d| d.walked_away), t.walked_away);
            assert_eq!(sum(|d| d.served_later) as f64, of(&Kpi::AfterWaitingShare).0);
            let ahead = (t.preorders_cancelled + t.late_preorders_cancelled) as f64;
            assert_eq!(sum(|d| d.cancelled) as f64 + ahead, of(&Kpi::CancelledShare).0);
        });
    }

    /// Cash is the sum of its lines; what was paid to suppliers is what was sold, vanished, is owned, less what is owed; what
    /// customers paid is revenue, fees, prepayments and receivables; and every account holds what the purchase orders
    /// themselves say. To the millionth.
    #[test]
    fn money_is_conserved_account_by_account(text in scenario()) {
        each(&text, |_, replica| assert_eq!(replica.books().broken_law(replica.plan), None, "{text}"));
    }

    /// Revenue less the cost lines without the charge on capital is the contribution, and the lines are what an order costs.
    #[test]
    fn cost_lines_add_up(text in scenario()) {
        each(&text, |_, mut replica| {
            let (row, _) = replica.kpis().unwrap();
            let value = |k: Kpi| row[k.index()].0;
            let costs: f64 = Kpi::COST_LINES.iter().map(|k| value(*k)).sum();
            let close = |a: f64, b: f64| assert!((a - b).abs() <= 1e-9 * (a.abs() + b.abs() + 1.0), "{a} {b}\n{text}");
            close(value(Kpi::LandedCost) + value(Kpi::CostToServe), costs);
            close(value(Kpi::CostOfOrder), costs);
            close(value(Kpi::Revenue) - costs, value(Kpi::Contribution) - value(Kpi::CapitalCharge));
            close(value(Kpi::Revenue) - costs - value(Kpi::FixedCosts) - value(Kpi::WriteDown), value(Kpi::ResidualIncome));
            let part = |k: Kpi| value(k);
            close(
                part(Kpi::CapitalChargeGross) + part(Kpi::CostOfStorage) + part(Kpi::CostOfInsurance) + part(Kpi::CostOfShrink)
                    + part(Kpi::CostOfObsolescence),
                value(Kpi::CarryingCost),
            );
        });
    }

    /// Preinreich and Luecke: discounted residual income is the net present value of a going concern, to the cent, here
    /// before overhang is written down. Profit accrues with revenue and cost at shipment, cash moves when it does; the net
    /// book value is what lies between.
    #[test]
    fn discounted_residual_income_is_the_net_present_value(text in scenario()) {
        each(&text, |scenario, mut replica| {
            let (row, _) = replica.kpis().unwrap();
            let (books, ledger) = (replica.books(), replica.books().ledger());
            let value = |k: Kpi| row[k.index()].0;
            let rate = (1.0 + scenario.finance.cost_of_capital).powf(1.0 / 365.0) - 1.0;
            let lost = 1.0 - scenario.finance.salvage;
            let (before, after) = (ledger.opening().overhang.to_f64(), ledger.closing().overhang.to_f64());
            let (mut book, mut earned) = (ledger.opening().net().to_f64(), 0.0);
            let (mut residual, mut charged, mut discount) = (0.0, 0.0, 1.0);
            for day in books.days() {
                discount /= 1.0 + rate;
                let profit = books.earned(day).to_f64() - earned;
                residual += (profit - rate * book) * discount;
                charged += rate * book;
                (book, earned) = (day.book.to_f64(), books.earned(day).to_f64());
            }
            let close = |a: f64, b: f64| assert!((a - b).abs() < 0.005, "{a} {b}\n{text}");
            close(value(Kpi::Npv) - lost * (before - discount * after), residual);
            close(value(Kpi::Contribution) - value(Kpi::FixedCosts), earned);
            close(value(Kpi::CapitalCharge), charged);
            close(value(Kpi::WriteDown), lost * (after - before));
        });
    }

    /// Capital parts add up to invested capital; rates lie in 0..=1; no KPI is a NaN.
    #[test]
    fn kpis_are_consistent(text in scenario()) {
        each(&text, |_, mut replica| {
            let (row, _) = replica.kpis().unwrap();
            let value = |k: Kpi| row[k.index()].0;
            let parts: f64 = Kpi::CAPITAL_PARTS.iter().map(|k| value(*k)).sum();
            assert!((parts - value(Kpi::InvestedCapital)).abs() <= 1e-9 * parts.abs().max(1.0));
            for k in Kpi::ALL {
                let (x, y) = row[k.index()];
                assert!(x.is_finite() && y.is_finite(), "{k:?}");
                if k.unit() == restock::model::Unit::Share && y != 0.0 && *k != Kpi::GammaService && *k != Kpi::PromiseMissRate
                    // With a backlog from before, more can be cancelled than is ordered.
                    && replica.tally().backlog_at_start == 0
                {
                    assert!((0.0..=1.0).contains(&(x / y)), "{k:?} is {}", x / y);
                }
            }
        });
    }

    /// What is asked for decides what is found, and nothing of how it turns out: without books, the KPIs of units are the same to
    /// the bit and there are no others; with series and with a trace all are the same.
    #[test]
    fn more_than_is_needed_changes_nothing(text in scenario()) {
        let rows = [Needs::Books, Needs::Units, Needs::Series, Needs::Trace].map(|needs| {
            let mut rows = Vec::new();
            each_with(needs, &text, |_, mut replica| rows.push(replica.kpis().unwrap().0));
            rows
        });
        let [books, units, series, trace] = rows;
        assert_eq!(books, series, "{text}");
        assert_eq!(books, trace, "{text}");
        for (with, without) in books.iter().zip(&units) {
            for kpi in Kpi::ALL {
                let expected = match Needs::of(&[*kpi], false) {
                    Needs::Units => with[kpi.index()],
                    _ => (0.0, 0.0),
                };
                assert_eq!(without[kpi.index()], expected, "{kpi:?}\n{text}");
            }
        }
    }

    /// Under common random numbers, at a fixed base-stock level with full backordering, a longer lead time
    /// serves no unit more from stock: in every replication, not only on average.
    #[test]
    fn a_longer_lead_time_never_improves_fill(level in 0i64..300, lead in 1u32..20, longer in 1u32..15, seed in any::<u32>()) {
        let text = |lead: u32| format!(
            "\
                 name = \"m\"\n\
                 [horizon]\n\
                 start = 2026-01-01\n\
                 days = 90\n\
                 warmup-days = 0\n\
                 [monte-carlo]\n\
                 replications = 5\n\
                 seed = {seed}\n\
                 [[product]]\n\
                 sku = \"x\"\n\
                 price = 2\n\
                 unit-cost = 1\n\
                 [demand]\n\
                 mean-per-day = 12\n\
                 dispersion = 3\n\
                 [customers]\n\
                 accept = \"always\"\n\
                 patience = \"endless\"\n\
                 thirty-day-rule = false\n\
                 [finance]\n\
                 shrink = 0\n\
                 [[supply]]\n\
                 name = \"m\"\n\
                 [[supply.location]]\n\
                 name = \"l\"\n\
                 policy = {{ base-stock = {{ level = {level} }} }}\n\
                 [[supply.location.route]]\n\
                 name = \"r\"\n\
                 stage = [{{ name = \"s\", days = {lead} }}]\n"
        );
        let served = |lead| {
            let mut out = Vec::new();
            each(&text(lead), |_, replica| out.push(replica.tally().from_stock));
            out
        };
        for (short, long) in served(lead).into_iter().zip(served(lead + longer)) {
            prop_assert!(long <= short, "{long} served with the longer lead time, {short} with the shorter");
        }
    }
}

/// A trace of no demand: no capital is tied up where nothing is owned.
#[test]
fn without_demand_and_stock_there_is_no_capital() {
    let text = "\
         name = \"n\"\n\
         [horizon]\n\
         start = 2026-01-01\n\
         days = 60\n\
         warmup-days = 0\n\
         [monte-carlo]\n\
         replications = 2\n\
         [[product]]\n\
         sku = \"x\"\n\
         price = 2\n\
         unit-cost = 1\n\
         [demand]\n\
         units-per-day = 0\n\
         [[supply]]\n\
         name = \"m\"\n\
         [[supply.location]]\n\
         name = \"l\"\n\
         policy = { base-stock = { level = 0 } }\n\
         [[supply.location.route]]\n\
         name = \"r\"\n\
         stage = [{ name = \"s\", days = 5 }]\n";
    each(text, |_, mut replica| {
        let (row, _) = replica.kpis().unwrap();
        for k in [Kpi::InvestedCapital, Kpi::InvestedCapitalPeak, Kpi::CarryingCost, Kpi::NetCapital] {
            assert_eq!(row[k.index()].0, 0.0, "{k:?}");
        }
        assert_eq!(row[Kpi::FillRate.index()].1, 0.0, "a rate of nothing does not exist");
    });
}

/// A fill rate needs no books; money does; series need all.
#[test]
fn what_is_asked_for_decides_what_is_kept() {
    assert_eq!(Needs::of(&[Kpi::FillRate, Kpi::BackorderRate, Kpi::MeanWait], false), Needs::Units);
    assert_eq!(Needs::of(&[Kpi::FillRate, Kpi::InvestedCapital], false), Needs::Books);
    assert_eq!(Needs::of(&[], false), Needs::Units);
    assert_eq!(Needs::of(&[], true), Needs::Series);
    assert_eq!(Kpi::ALL.iter().filter(|k| Needs::of(&[**k], false) == Needs::Units).count(), 54);
}
