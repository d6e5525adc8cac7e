//! From the counts of a replication to its KPIs.

use super::days::Recovery;
use super::demand::Path;
use super::ledger::{Line, Part};
use super::plan::Plan;
use super::state::{Balance, State};
use crate::model::Kpi;
use crate::stats::interval::Pair;
use crate::stats::survival::WaitTable;
use crate::units::Money;

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

    let share = |n: i64, of: i64| (n as f64, of as f64);
    let kind = |ages: &[i128]| (ages.iter().sum::<i128>() as f64, t.interested as f64);
    let daily = |sum: i64| (sum as f64 / t.days as f64, 1.0);
    let money = |sum: i128| (sum as f64 / 1e6 / t.days as f64, 1.0);
    let years = t.days as f64 / 365.0;
    let mean_of = |sum: i128| sum as f64 / 1e6 / t.days as f64;
    // Duty is in it wherever it is paid: so is it in the cost of goods.
    let stock = mean_of(t.cycle_stock + t.buffer + t.parcel_duty_on_hand);
    let cancelled = t.cancelled_by_customer + t.cancelled_by_rule;

    let flows = state.ledger().flows();
    let paid = |line: Line| -flows[line as usize].to_f64();
    let sold = |part: Part| t.sold[part as usize].to_f64();
    let shrunk = t.shrunk_value.to_f64();
    let obsolescence = t.obsolescence.to_f64();
    let end = state.balance(plan);
    let value = Value::new(state, &end, plan);
    // The memo's capital, too, is that of each day's start.
    let gross = (t.invested() + (state.opening().owned() - end.owned()).0) as f64 / 1e6;
    let gross_charge = plan.daily_rate() * gross;
    let carrying = gross_charge + paid(Line::Storage) + paid(Line::Insurance) + shrunk + obsolescence;
    let goods = t.cost_of_goods().to_f64() + paid(Line::ParcelDuty);
    let revenue = t.revenue.to_f64();
    let cost = |kpi: Kpi| match kpi {
        Kpi::CostOfProduct => sold(Part::Goods),
        Kpi::CostOfFreight => sold(Part::Freight),
        Kpi::CostOfHandling => sold(Part::Handling),
        Kpi::CostOfDuty => sold(Part::Duty),
        Kpi::CostOfParcelDuty => paid(Line::ParcelDuty),
        Kpi::CostOfPickAndPack => paid(Line::PickAndPack),
        Kpi::CostOfDelivery => paid(Line::Delivery),
        Kpi::CostOfPayment => t.payment_fees.to_f64(),
        Kpi::CostOfSupport => paid(Line::Support),
        Kpi::CostOfChargebacks => paid(Line::Chargebacks),
        Kpi::CostOfStorage => paid(Line::Storage),
        Kpi::CostOfInsurance => paid(Line::Insurance),
        Kpi::CostOfShrink => shrunk,
        Kpi::CostOfObsolescence => obsolescence,
        Kpi::CostOfCapital => value.charge,
        Kpi::CostOfAdvertising => paid(Line::Advertising),
        _ => 0.0,
    };
    let per_order = |total: f64| (total, t.shipped as f64);
    let sum = |lines: &[Kpi]| lines.iter().map(|k| cost(*k)).sum::<f64>();
    let (landed, to_serve) = (sum(Kpi::LANDED_LINES), sum(Kpi::SERVE_LINES));
    let contribution = revenue - landed - (to_serve - value.charge);
    let cash = Cash::new(state, plan.cash.opening);
    let per_day = |x: f64| x / t.days as f64;

    let kpi = |kpi: Kpi| match kpi {
        Kpi::BackorderRate => share(t.backordered, t.accepted),
        Kpi::FillRate => share(t.from_stock, t.demanded),
        Kpi::FillRateAccepted => share(t.from_stock, t.accepted),
        Kpi::CancellationRate => share(cancelled, t.accepted),
        Kpi::CancellationRateCustomer => share(t.cancelled_by_customer, t.accepted),
        Kpi::CancellationRateRule => share(t.cancelled_by_rule, t.accepted),
        Kpi::CancelledShareOfBackorders => share(cancelled, t.backordered),
        Kpi::LostSalesRate => share(t.walked_away, t.demanded),
        Kpi::LostToDeliveryRate => share(t.lost_to_delivery, t.interested),
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
        Kpi::FinalPromiseMissRate => share(t.final_promises_missed, t.promised),
        Kpi::BreachedOrders => (t.breached_orders as f64, 1.0),
        Kpi::FromStockShare => share(t.from_stock, t.interested),
        Kpi::AfterWaitingShare => kind(&waits.ended),
        Kpi::StillWaitingShare => kind(&waits.open),
        Kpi::CancelledShare => kind(&waits.left),
        Kpi::LostToWaitShare => share(t.walked_away, t.interested),
        Kpi::ShippedLate => (t.shipped_late as f64, 1.0),
        Kpi::ShortAfterSpike => (recovery.units() as f64, f64::from(u8::from(path.onset.is_some()))),
        Kpi::DaysToRecover => wait(recovery.mean().filter(|_| recovery.ended.iter().any(|n| *n > 0))),
        Kpi::SpikeCapture => share(t.spike_shipped, t.spike_demanded),
        Kpi::MeanLeadTime => share(t.lead_time_unit_days, t.lead_time_units),
        Kpi::Parcels => (t.parcels as f64, 1.0),
        Kpi::PurchaseOrders => (t.purchase_orders as f64, 1.0),
        Kpi::UnitsOrdered => (t.ordered as f64, 1.0),
        Kpi::ExpeditedShare => share(t.units_expedited, t.ordered),
        Kpi::MeanOnOrder => daily(t.on_order_days),
        Kpi::InvestedCapital => money(t.invested()),
        Kpi::InvestedCapitalP95 => (p95, 1.0),
        Kpi::InvestedCapitalPeak => (peak, 1.0),
        Kpi::DepositCapital => money(t.deposits),
        Kpi::PipelineCapital => money(t.pipeline()),
        Kpi::InProductionCapital => money(t.in_production),
        Kpi::FinishedCapital => money(t.finished),
        Kpi::InTransitCapital => money(t.in_transit),
        Kpi::PrepaidCapital => money(t.prepaid),
        Kpi::CapitalDays => (t.invested() as f64 / 1e6, 1.0),
        Kpi::NetCapitalDays => (value.net_days, 1.0),
        Kpi::OverhangGrowth => (value.overhang_growth, 1.0),
        Kpi::UnpaidOnOrder => money(t.unpaid),
        Kpi::Receivables => money(t.receivables),
        Kpi::CycleStockCapital => money(t.cycle_stock),
        Kpi::SafetyStockOnHandCapital => money(t.buffer),
        Kpi::SafetyStockCapital => money(t.safety_stock),
        Kpi::RealisedBufferCapital => (t.before_receipts as f64 / 1e6, t.receipts as f64),
        Kpi::NetCapital => money(state.days().iter().map(|d| d.book.0).sum()),
        Kpi::Payables => money(t.payables),
        Kpi::CustomerPrepayments => money(t.prepayments),
        Kpi::CarryingCost => (carrying, 1.0),
        Kpi::Revenue => (revenue, 1.0),
        Kpi::Contribution | Kpi::ContributionCvar95 => (contribution, 1.0),
        Kpi::FixedCosts => (paid(Line::FixedCosts), 1.0),
        Kpi::WriteDown => (value.write_down, 1.0),
        Kpi::CapitalCharge => (value.charge, 1.0),
        Kpi::ResidualIncome => (contribution - paid(Line::FixedCosts) - value.write_down - value.charge, 1.0),
        Kpi::CapitalChargeGross => (gross_charge, 1.0),
        Kpi::LandedCost => per_order(landed),
        Kpi::CostToServe => per_order(to_serve),
        Kpi::CostOfOrder => per_order(landed + to_serve),
        Kpi::CostOfProduct
        | Kpi::CostOfFreight
        | Kpi::CostOfHandling
        | Kpi::CostOfDuty
        | Kpi::CostOfParcelDuty
        | Kpi::CostOfPickAndPack
        | Kpi::CostOfDelivery
        | Kpi::CostOfPayment
        | Kpi::CostOfSupport
        | Kpi::CostOfChargebacks
        | Kpi::CostOfStorage
        | Kpi::CostOfInsurance
        | Kpi::CostOfShrink
        | Kpi::CostOfObsolescence
        | Kpi::CostOfCapital
        | Kpi::CostOfAdvertising => per_order(cost(kpi)),
        Kpi::DutyOnUnsold => (end.duty_on_hand.to_f64(), 1.0),
        Kpi::LifetimeValueLost => (lifetime_value_lost(plan, waits, t.shipped_late), 1.0),
        Kpi::AdvertisingWasted => ((plan.advertising * cancelled).to_f64(), 1.0),
        Kpi::DaysSales => (mean_of(t.receivables), per_day(revenue)),
        Kpi::DaysPayable => (mean_of(t.payables), per_day(goods)),
        Kpi::CashConversionCycle => {
            let exists = goods > 0.0 && revenue > 0.0;
            let days = (stock - mean_of(t.payables)) / per_day(goods) + mean_of(t.receivables) / per_day(revenue);
            if exists { (days, 1.0) } else { (0.0, 0.0) }
        }
        Kpi::CashToCash => ((t.received_moment - t.paid_moment) as f64 / 1e6, t.cost_of_goods().to_f64()),
        Kpi::CashTrough => (cash.trough, 1.0),
        Kpi::CashTroughDay => (cash.trough_day as f64, 1.0),
        Kpi::CashNegativeDays => (cash.negative_days as f64, 1.0),
        Kpi::CashShortfall => match plan.cash.lowest_balance {
            Some(lowest) => (f64::from(u8::from(cash.trough < lowest)), 1.0),
            None => (0.0, 0.0),
        },
        Kpi::Interest => (paid(Line::Interest), 1.0),
        Kpi::Npv => (value.present, 1.0),
        Kpi::DaysInventory => (stock, per_day(goods)),
        Kpi::Turns => (goods / years, stock),
        Kpi::Gmroi => ((revenue - goods) / years, stock),
    };
    (std::array::from_fn(|i| kpi(Kpi::ALL[i])), recovery)
}

/// What the cash of the measured window says.
struct Cash {
    /// Lowest balance, and its day; 0 if it is never below that of the start.
    trough: f64,
    trough_day: usize,
    /// Days that end with a balance below zero.
    negative_days: usize,
}

impl Cash {
    fn new(state: &State, opening: Money) -> Self {
        let balances = || state.days().iter().map(|d| opening + d.cash);
        let (trough, trough_day) =
            balances().zip(1..).fold((opening, 0), |low, day| if day.0 < low.0 { day } else { low });
        Cash {
            trough: trough.to_f64(),
            trough_day,
            negative_days: balances().filter(|cash| *cash < Money::ZERO).count(),
        }
    }
}

/// What the window was worth to its owner.
struct Value {
    /// Loss of value of what is owned beyond the steady need, of the window: that of the end less that of the start.
    write_down: f64,
    overhang_growth: f64,
    /// Net book value at each day's start, summed; and the daily rate times that.
    net_days: f64,
    charge: f64,
    /// Present value of a going concern at the start: it is bought and handed on with the steady part at book value and
    /// the overhang at salvage value; flows count at the ends of days.
    present: f64,
}

impl Value {
    fn new(state: &State, closing: &Balance, plan: &Plan) -> Self {
        let rate = plan.daily_rate();
        let lost = 1.0 - plan.finance.salvage;
        let (before, after) = (state.opening_overhang().to_f64(), state.overhang(plan, plan.days).to_f64());
        let opening = state.opening().net();
        let (mut cash, mut book, mut owned) = (Money::ZERO, opening, 0_i128);
        let (mut discount, mut present) = (1.0, lost * before - opening.to_f64());
        for day in state.days() {
            owned += book.0;
            discount /= 1.0 + rate;
            let flow = day.cash - day.interest - cash;
            present += flow.to_f64() * discount;
            (cash, book) = (cash + flow, day.book);
        }
        debug_assert_eq!(book, closing.net() - state.tally().obsolescence);
        Value {
            write_down: lost * (after - before),
            overhang_growth: after - before,
            net_days: owned as f64 / 1e6,
            charge: rate * owned as f64 / 1e6,
            present: present + discount * (book.to_f64() - lost * after),
        }
    }
}

/// Future orders lost by those of the window who waited, were served after the promise, or cancelled, at the contribution
/// of an order.
fn lifetime_value_lost(plan: &Plan, waits: &WaitTable, shipped_late: i64) -> f64 {
    let value = &plan.finance.lifetime;
    let waited: f64 = waits.ended.iter().enumerate().map(|(age, n)| *n as f64 * value.lost_after(age as u32)).sum();
    let cancelled = waits.left.iter().sum::<i128>() as f64 * value.lost_on_cancellation;
    let late = shipped_late as f64 * value.lost_on_missed_promise;
    (waited + late + cancelled) * value.future_orders * plan.future_order
}

/// The recovery from the first spike of the window, if it left anybody unserved.
fn recovery(plan: &Plan, path: &Path, state: &State) -> WaitTable {
    let mut table = WaitTable::default();
    let onset = path.onset.map(|day| day - plan.warmup);
    if let Some(recovery) = onset.and_then(|from| Recovery::of(state.days(), from, state.days().len())) {
        recovery.count(&mut table);
    }
    table
}

/// 95th percentile and maximum of the days, in the scenario's currency. Reorders `invested`.
fn p95_and_peak(invested: &mut [Money]) -> (f64, f64) {
    let rank = ((0.95 * invested.len() as f64).ceil() as usize).clamp(1, invested.len()) - 1;
    let (_, p95, above) = invested.select_nth_unstable(rank);
    let peak = above.iter().copied().fold(*p95, Money::max);
    (p95.to_f64(), peak.to_f64())
}
