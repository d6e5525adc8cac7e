//! From the counts of a replication to its KPIs.

use super::demand::Path;
use super::plan::Plan;
use super::state::State;
use crate::model::Kpi;
use crate::stats::interval::Pair;
use crate::stats::survival::WaitTable;

/// Numerator and denominator of every KPI; a denominator of 0 says that it does not exist here.
pub type KpiRow = [Pair; Kpi::COUNT];

/// KPIs of the replication that `state` has just run, and its recovery from the first spike as a table
/// of one entry (none if there was no spike).
#[must_use]
pub fn kpis(plan: &Plan, path: &Path, state: &mut State) -> (KpiRow, WaitTable) {
    let recovery = recovery(plan, path, state);
    let (p95, peak) = p95_and_peak(state.invested());
    let waits = state.waits();
    let wait = |value: Option<f64>| value.map_or((0.0, 0.0), |v| (v, 1.0));
    let (mean_wait, p95_wait) = (wait(waits.mean()), wait(waits.quantile(0.95)));
    let t = state.tally();
    let f = &plan.finance;

    let share = |n: i64, of: i64| (n as f64, of as f64);
    let daily = |sum: i64| (sum as f64 / t.days as f64, 1.0);
    let money = |sum: i128| (sum as f64 / 1e6 / t.days as f64, 1.0);
    let years = t.days as f64 / 365.0;
    let inventory = (t.pipeline + t.cycle_stock + t.buffer) as f64 / 1e6 / t.days as f64;
    let on_hand = (t.cycle_stock + t.buffer) as f64 / 1e6 / t.days as f64;
    let invested = t.deposits + t.pipeline + t.cycle_stock + t.buffer;
    let carrying = years
        * (invested as f64 / 1e6 / t.days as f64 * f.cost_of_capital
            + on_hand * (f.insurance + f.shrink + f.obsolescence))
        + t.storage.to_f64();
    let support = t.backordered as f64 * f.tickets_per_backorder * f.cost_per_ticket;
    let goods = t.cost_of_goods.to_f64() + t.parcel_duty.to_f64();
    let revenue = t.revenue.to_f64();
    let contribution = revenue - goods - t.fulfilment.to_f64() - t.payment_fees.to_f64() - support - carrying;
    let cancelled = t.cancelled_by_customer + t.cancelled_by_rule;

    let value = |kpi: Kpi| match kpi {
        Kpi::BackorderRate => share(t.backordered, t.accepted),
        Kpi::FillRate => share(t.from_stock, t.demanded),
        Kpi::FillRateAccepted => share(t.from_stock, t.accepted),
        Kpi::CancellationRate => share(cancelled, t.accepted),
        Kpi::CancellationRateCustomer => share(t.cancelled_by_customer, t.accepted),
        Kpi::CancellationRateRule => share(t.cancelled_by_rule, t.accepted),
        Kpi::CancelledShareOfBackorders => share(cancelled, t.backordered),
        Kpi::LostSalesRate => share(t.walked_away, t.demanded),
        Kpi::ReadyRate => share(t.ready_days, t.days),
        Kpi::NoBacklogRate => share(t.clear_days, t.days),
        Kpi::PeriodService => share(t.served_days, t.days),
        Kpi::CycleService => share(t.clean_receipts, t.receipts),
        Kpi::GammaService => share(t.demanded - t.backlog_days, t.demanded),
        Kpi::MeanOnHand => daily(t.on_hand_days),
        Kpi::MeanBacklog => daily(t.backlog_days),
        Kpi::PeakBacklog => (t.peak_backlog as f64, 1.0),
        Kpi::BacklogUnitDays => (t.backlog_days as f64, 1.0),
        Kpi::MeanWait => mean_wait,
        Kpi::P95Wait => p95_wait,
        Kpi::PromiseMissRate => share(t.promises_missed, t.promised),
        Kpi::DaysToRecover => wait(recovery.mean().filter(|_| recovery.ended.iter().any(|n| *n > 0))),
        Kpi::SpikeCapture => share(t.spike_shipped, t.spike_demanded),
        Kpi::MeanLeadTime => share(t.lead_time_unit_days, t.lead_time_units),
        Kpi::PurchaseOrders => (t.purchase_orders as f64, 1.0),
        Kpi::UnitsOrdered => (t.ordered as f64, 1.0),
        Kpi::ExpeditedShare => share(t.units_expedited, t.ordered),
        Kpi::MeanOnOrder => daily(t.on_order_days),
        Kpi::InvestedCapital => money(invested),
        Kpi::InvestedCapitalP95 => (p95, 1.0),
        Kpi::InvestedCapitalPeak => (peak, 1.0),
        Kpi::DepositCapital => money(t.deposits),
        Kpi::PipelineCapital => money(t.pipeline),
        Kpi::CycleStockCapital => money(t.cycle_stock),
        Kpi::SafetyStockOnHandCapital => money(t.buffer),
        Kpi::SafetyStockCapital => money(t.safety_stock),
        Kpi::RealisedBufferCapital => (t.before_receipts as f64 / 1e6, t.receipts as f64),
        Kpi::NetCapital => money(invested - t.payables - t.prepayments),
        Kpi::Payables => money(t.payables),
        Kpi::CustomerPrepayments => money(t.prepayments),
        Kpi::CarryingCost => (carrying, 1.0),
        Kpi::Revenue => (revenue, 1.0),
        Kpi::Contribution => (contribution, 1.0),
        Kpi::DaysInventory => (inventory, goods / t.days as f64),
        Kpi::Turns => (goods / years, inventory),
        Kpi::Gmroi => ((revenue - goods) / years, inventory),
    };
    (std::array::from_fn(|i| value(Kpi::ALL[i])), recovery)
}

/// Days from the first spike to the first of seven days in a row without backlog; censored at the end.
fn recovery(plan: &Plan, path: &Path, state: &State) -> WaitTable {
    let mut table = WaitTable::default();
    if let Some(onset) = path.onset {
        let (column, age) = match state.tally().recovered {
            Some(day) => (&mut table.ended, day - onset),
            None => (&mut table.open, plan.days - 1 - onset),
        };
        column.resize(age + 1, 0);
        column[age] = 1;
    }
    table
}

/// 95th percentile and maximum of the days, in the scenario's currency. Reorders `invested`.
fn p95_and_peak(invested: &mut [i64]) -> (f64, f64) {
    let rank = ((0.95 * invested.len() as f64).ceil() as usize).clamp(1, invested.len()) - 1;
    let (_, p95, above) = invested.select_nth_unstable(rank);
    let peak = above.iter().copied().fold(*p95, i64::max);
    (*p95 as f64 / 1e6, peak as f64 / 1e6)
}
