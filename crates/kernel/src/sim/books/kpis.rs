//! From the counts, books and waits of a replication to its KPIs.

use super::cash::DayMoney;
use super::days::Recovery;
use super::ledger::Income;
use super::lines::{Flows, Line};
use super::service::{Service, Tally};
use super::set::Books;
use crate::model::Kpi;
use crate::sim::demand::Path;
use crate::sim::landed::Part;
use crate::sim::plan::Plan;
use restock_base::stats::interval::Pair;
use restock_base::stats::survival::WaitTable;
use restock_base::units::Money;

/// Numerator and denominator of every KPI, by [`Kpi::index`]. A denominator of 0 says that the KPI does not exist in this replication.
pub type KpiRow = [Pair; Kpi::COUNT];

/// A KPI that does not exist.
const ABSENT: Pair = (0.0, 0.0);

/// The KPIs that depend on units alone. A run without books has no others.
macro_rules! of_units {
    () => {
        Kpi::BackorderRate
            | Kpi::FillRate
            | Kpi::FillRateAccepted
            | Kpi::OrderFillRate
            | Kpi::ParcelsPerOrder
            | Kpi::Containers
            | Kpi::ContainerFill
            | Kpi::CancellationRate
            | Kpi::CancellationRateCustomer
            | Kpi::CancellationRateRule
            | Kpi::CancelledShareOfBackorders
            | Kpi::LostSalesRate
            | Kpi::LostToDeliveryRate
            | Kpi::FromStockShare
            | Kpi::AfterWaitingShare
            | Kpi::StillWaitingShare
            | Kpi::CancelledShare
            | Kpi::LostToWaitShare
            | Kpi::PausedDemand
            | Kpi::ReturnRate
            | Kpi::ReturnedUnits
            | Kpi::PreOrderedShare
            | Kpi::PreOrderUnits
            | Kpi::PreOrderOnTimeRate
            | Kpi::PreOrderCancelled
            | Kpi::LateOrBackorderedRate
            | Kpi::ReadyRate
            | Kpi::NoBacklogRate
            | Kpi::PeriodService
            | Kpi::CycleService
            | Kpi::GammaService
            | Kpi::MeanOnHand
            | Kpi::MeanBacklog
            | Kpi::PeakBacklog
            | Kpi::BacklogUnitDays
            | Kpi::MeanWait
            | Kpi::P95Wait
            | Kpi::PromiseMissRate
            | Kpi::FinalPromiseMissRate
            | Kpi::BreachedOrders
            | Kpi::ShippedLate
            | Kpi::ShortAfterSpike
            | Kpi::DaysToRecover
            | Kpi::SpikeCapture
            | Kpi::MeanLeadTime
            | Kpi::Parcels
            | Kpi::PurchaseOrders
            | Kpi::UnitsLost
            | Kpi::ParcelsLost
            | Kpi::UnitsOrdered
            | Kpi::ExpeditedShare
            | Kpi::MeanOnOrder
            | Kpi::LifetimeValueLost
            | Kpi::AdvertisingWasted
    };
}

/// Whether a KPI is read from the books of money.
pub(in crate::sim) fn needs_books(kpi: Kpi) -> bool {
    !matches!(kpi, of_units!())
}

/// KPIs of a replication, and its recovery from the first spike as a table of one entry (of none if there was no spike, or no shortage after
/// it). Without books the KPIs of money do not exist.
pub(in crate::sim) fn kpis(
    plan: &Plan,
    path: &Path,
    service: &Service,
    books: Option<&mut Books>,
) -> (KpiRow, WaitTable) {
    let onset = path.onset.map(|day| day - plan.warmup);
    let mut recovery = WaitTable::default();
    if let Some(found) = onset.and_then(|from| Recovery::of(&service.days, from, service.days.len())) {
        found.count(&mut recovery);
    }
    let units = UnitKpis { plan, t: &service.tally, waits: &service.waits, onset, recovery: &recovery };
    let money = books.map(|books| MoneyKpis::new(plan, &service.tally, books));
    let kpi = |kpi: Kpi| match &money {
        _ if !needs_books(kpi) => units.kpi(kpi),
        Some(money) => money.kpi(kpi),
        None => ABSENT,
    };
    (std::array::from_fn(|i| kpi(Kpi::ALL[i])), recovery)
}

fn wait(value: Option<f64>) -> Pair {
    value.map_or(ABSENT, |v| (v, 1.0))
}

/// The KPIs of units.
struct UnitKpis<'a> {
    plan: &'a Plan,
    t: &'a Tally,
    waits: &'a WaitTable,
    /// Measured day on which the first spike begins.
    onset: Option<usize>,
    /// The recovery from the first spike.
    recovery: &'a WaitTable,
}

impl UnitKpis<'_> {
    fn kpi(&self, kpi: Kpi) -> Pair {
        let t = self.t;
        let share = |n: i64, of: i64| (n as f64, of as f64);
        let kind = |ages: &[i128]| (ages.iter().sum::<i128>() as f64, t.interested as f64);
        let daily = |sum: i64| (sum as f64 / t.days as f64, 1.0);
        let cancelled = t.cancelled_by_customer + t.cancelled_by_rule;
        let of_windows = |pair: Pair| if self.plan.has_windows { pair } else { ABSENT };
        let preorders_cancelled = t.preorders_cancelled + t.late_preorders_cancelled;
        match kpi {
            Kpi::BackorderRate => share(t.backordered, t.accepted),
            Kpi::FillRate => share(t.from_stock, t.demanded - t.preordered),
            Kpi::FillRateAccepted => share(t.from_stock, t.accepted),
            Kpi::OrderFillRate if self.plan.baskets.is_some() => share(t.orders_from_stock, t.orders_demanded),
            Kpi::ParcelsPerOrder if self.plan.baskets.is_some() => share(t.order_parcels, t.orders_completed),
            // Beside a product whose orders are of several units, each unit is an order.
            Kpi::OrderFillRate if self.plan.knows_baskets => share(t.from_stock, t.demanded - t.preordered),
            Kpi::ParcelsPerOrder if self.plan.knows_baskets => share(t.shipped, t.shipped),
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
            Kpi::MeanWait => wait(self.waits.mean()),
            Kpi::P95Wait => wait(self.waits.quantile(0.95)),
            Kpi::PromiseMissRate => share(t.promises_missed, t.promised),
            Kpi::FinalPromiseMissRate => share(t.final_promises_missed, t.promised),
            Kpi::BreachedOrders => (t.breached_orders as f64, 1.0),
            Kpi::FromStockShare => share(t.from_stock, t.interested),
            Kpi::AfterWaitingShare => kind(&self.waits.ended),
            Kpi::StillWaitingShare => kind(&self.waits.open),
            Kpi::CancelledShare => {
                let (waited, of) = kind(&self.waits.left);
                (waited + preorders_cancelled as f64, of)
            }
            Kpi::PausedDemand if self.plan.knows_pauses => (t.paused as f64, 1.0),
            Kpi::ReturnRate if self.plan.knows_returns => share(t.sent_back, t.shipped),
            Kpi::ReturnedUnits if self.plan.knows_returns => (t.returned as f64, 1.0),
            Kpi::PreOrderedShare => of_windows(share(t.preordered - preorders_cancelled, t.interested)),
            Kpi::PreOrderUnits => of_windows((t.preordered as f64, 1.0)),
            Kpi::PreOrderOnTimeRate => share(t.preorders_on_time, t.preorders_on_time + t.preorders_late),
            Kpi::PreOrderCancelled => of_windows((preorders_cancelled as f64, 1.0)),
            Kpi::LateOrBackorderedRate => {
                of_windows(share(t.backordered + t.preorders_late, t.accepted + t.preordered))
            }
            Kpi::LostToWaitShare => share(t.walked_away, t.interested),
            Kpi::ShippedLate => (t.shipped_late as f64, 1.0),
            Kpi::ShortAfterSpike => (self.recovery.units() as f64, f64::from(u8::from(self.onset.is_some()))),
            Kpi::DaysToRecover => wait(self.recovery.mean().filter(|_| self.recovery.ended.iter().any(|n| *n > 0))),
            Kpi::SpikeCapture => share(t.spike_shipped, t.spike_demanded),
            Kpi::MeanLeadTime => share(t.lead_time_unit_days, t.lead_time_units),
            Kpi::Parcels => (t.parcels as f64, 1.0),
            Kpi::Containers if !self.plan.containers.is_empty() => (t.containers as f64 / 1e6, 1.0),
            Kpi::ContainerFill => share(t.containers_filled, t.containers),
            Kpi::PurchaseOrders => (t.purchase_orders as f64, 1.0),
            Kpi::UnitsLost if self.plan.knows_losses => ((t.lost + t.destroyed) as f64, 1.0),
            Kpi::ParcelsLost if self.plan.knows_lost_parcels => (t.parcels_lost as f64, 1.0),
            Kpi::UnitsOrdered => (t.ordered as f64, 1.0),
            Kpi::ExpeditedShare => share(t.units_expedited, t.ordered),
            Kpi::MeanOnOrder => daily(t.on_order_days),
            Kpi::LifetimeValueLost => (lifetime_value_lost(self.plan, self.waits, t.shipped_late), 1.0),
            Kpi::AdvertisingWasted => {
                let wasted = match &self.plan.baskets {
                    Some(baskets) => baskets.advertising.of(t.orders_cancelled),
                    None => self.plan.advertising * cancelled,
                };
                (wasted.to_f64(), 1.0)
            }
            _ => ABSENT,
        }
    }
}

/// The KPIs of money, with the amounts that several of them share.
struct MoneyKpis<'a> {
    plan: &'a Plan,
    t: &'a Tally,
    books: &'a Books,
    income: Income,
    flows: Flows,
    p95: f64,
    peak: f64,
    value: Value,
    cash: Cash,
    revenue: f64,
    /// Landed cost of the units shipped, with the duty and clearance of their parcels, so that duty is in it wherever it is paid.
    goods: f64,
    /// Mean stock, with the duty and clearance that its parcels will pay.
    stock: f64,
    /// Costs up to the shelf.
    landed: f64,
    /// Costs from the shelf on.
    to_serve: f64,
    contribution: f64,
}

impl<'a> MoneyKpis<'a> {
    fn new(plan: &'a Plan, t: &'a Tally, books: &'a mut Books) -> Self {
        let (p95, peak) = books.p95_and_peak();
        let books: &Books = books;
        let (income, c) = (books.ledger().income(), books.capital());
        let flows = books.ledger().flows();
        let mut kpis = MoneyKpis {
            plan,
            t,
            books,
            income,
            flows,
            p95,
            peak,
            value: Value::new(plan, books),
            cash: Cash::new(books.days(), plan.cash.opening),
            revenue: income.revenue.to_f64(),
            goods: 0.0,
            stock: 0.0,
            landed: 0.0,
            to_serve: 0.0,
            contribution: 0.0,
        };
        kpis.goods = income.cost_of_goods().to_f64() + kpis.paid(Line::ParcelDuty);
        kpis.stock = kpis.mean_of(c.cycle_stock + c.buffer + c.parcel_duty_on_hand);
        let sum = |lines: &[Kpi]| lines.iter().map(|k| kpis.cost(*k)).sum::<f64>();
        let (landed, to_serve) = (sum(Kpi::LANDED_LINES), sum(Kpi::SERVE_LINES));
        kpis.contribution = kpis.revenue - landed - (to_serve - kpis.value.charge);
        (kpis.landed, kpis.to_serve) = (landed, to_serve);
        kpis
    }

    /// Cash out on a line.
    fn paid(&self, line: Line) -> f64 {
        -self.flows[line as usize].to_f64()
    }

    /// Mean over the measured days of a sum in millionths.
    fn mean_of(&self, sum: i128) -> f64 {
        sum as f64 / 1e6 / self.t.days as f64
    }

    fn mean(&self, sum: i128) -> Pair {
        (self.mean_of(sum), 1.0)
    }

    fn per_day(&self, total: f64) -> f64 {
        total / self.t.days as f64
    }

    /// Charge on the invested capital at the start of each day.
    fn gross_charge(&self) -> f64 {
        let (opening, closing) = (self.books.ledger().opening(), self.books.ledger().closing());
        let gross = (self.books.capital().invested() + (opening.owned() - closing.owned()).0) as f64 / 1e6;
        self.plan.daily_rate() * gross
    }

    fn carrying(&self) -> f64 {
        let held = self.gross_charge() + self.paid(Line::Storage) + self.paid(Line::Insurance);
        held + self.cost(Kpi::CostOfShrink) + self.cost(Kpi::CostOfObsolescence)
    }

    fn cost(&self, kpi: Kpi) -> f64 {
        let income = &self.income;
        let sold = |part: Part| income.part(part).to_f64();
        match kpi {
            Kpi::CostOfProduct => sold(Part::Goods),
            Kpi::CostOfFreight => sold(Part::Freight),
            Kpi::CostOfHandling => sold(Part::Handling),
            Kpi::CostOfDuty => sold(Part::Duty),
            Kpi::CostOfParcelDuty => self.paid(Line::ParcelDuty),
            Kpi::CostOfPickAndPack => self.paid(Line::PickAndPack),
            Kpi::CostOfDelivery => self.paid(Line::Delivery),
            Kpi::CostOfPayment => income.payment_fees.to_f64(),
            Kpi::CostOfReturns => self.paid(Line::Returns) - income.recovered.to_f64(),
            Kpi::CostOfSupport => self.paid(Line::Support),
            Kpi::CostOfChargebacks => self.paid(Line::Chargebacks),
            Kpi::CostOfStorage => self.paid(Line::Storage),
            Kpi::CostOfInsurance => self.paid(Line::Insurance),
            Kpi::CostOfShrink => income.shrunk_value.to_f64(),
            Kpi::CostOfLoss => income.lost_value.to_f64() + self.paid(Line::Claims),
            Kpi::CostOfObsolescence => income.obsolescence.to_f64(),
            Kpi::CostOfCapital => self.value.charge,
            Kpi::CostOfAdvertising => self.paid(Line::Advertising),
            _ => 0.0,
        }
    }

    fn kpi(&self, kpi: Kpi) -> Pair {
        let (t, c, income) = (self.t, self.books.capital(), &self.income);
        let orders = if self.plan.baskets.is_some() { t.orders_completed } else { t.shipped };
        let per_order = |total: f64| (total, orders as f64);
        let years = t.days as f64 / 365.0;
        match kpi {
            Kpi::InvestedCapital => self.mean(c.invested()),
            Kpi::InvestedCapitalP95 => (self.p95, 1.0),
            Kpi::InvestedCapitalPeak => (self.peak, 1.0),
            Kpi::DepositCapital => self.mean(c.deposits),
            Kpi::PipelineCapital => self.mean(c.pipeline()),
            Kpi::InProductionCapital => self.mean(c.in_production),
            Kpi::FinishedCapital => self.mean(c.finished),
            Kpi::InTransitCapital => self.mean(c.in_transit),
            Kpi::PrepaidCapital => self.mean(c.prepaid),
            Kpi::CapitalDays => (c.invested() as f64 / 1e6, 1.0),
            Kpi::NetCapitalDays => (self.value.net_days, 1.0),
            Kpi::OverhangGrowth => (self.value.overhang_growth, 1.0),
            Kpi::UnpaidOnOrder => self.mean(c.unpaid),
            Kpi::Receivables => self.mean(c.receivables),
            Kpi::CycleStockCapital => self.mean(c.cycle_stock),
            Kpi::SafetyStockOnHandCapital => self.mean(c.buffer),
            Kpi::SafetyStockCapital => self.mean(c.safety_stock),
            Kpi::RealisedBufferCapital => (income.before_receipts as f64 / 1e6, t.receipts as f64),
            Kpi::NetCapital => self.mean(self.value.closing_days),
            Kpi::Payables => self.mean(c.payables),
            Kpi::CustomerPrepayments => self.mean(c.prepayments),
            Kpi::CarryingCost => (self.carrying(), 1.0),
            Kpi::Revenue => (self.revenue, 1.0),
            Kpi::Contribution | Kpi::ContributionCvar95 => (self.contribution, 1.0),
            Kpi::FixedCosts => (self.paid(Line::FixedCosts), 1.0),
            Kpi::WriteDown => (self.value.write_down, 1.0),
            Kpi::CapitalCharge => (self.value.charge, 1.0),
            Kpi::ResidualIncome => {
                (self.contribution - self.paid(Line::FixedCosts) - self.value.write_down - self.value.charge, 1.0)
            }
            Kpi::CapitalChargeGross => (self.gross_charge(), 1.0),
            Kpi::LandedCost => per_order(self.landed),
            Kpi::CostToServe => per_order(self.to_serve),
            Kpi::CostOfOrder => per_order(self.landed + self.to_serve),
            Kpi::CostOfReturns if !self.plan.knows_returns => ABSENT,
            Kpi::CostOfLoss if !self.plan.knows_losses && !self.plan.knows_lost_parcels => ABSENT,
            Kpi::CostOfProduct
            | Kpi::CostOfReturns
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
            | Kpi::CostOfLoss
            | Kpi::CostOfObsolescence
            | Kpi::CostOfCapital
            | Kpi::CostOfAdvertising => per_order(self.cost(kpi)),
            Kpi::DutyOnUnsold => (self.books.ledger().closing().duty_on_hand.to_f64(), 1.0),
            Kpi::DaysSales => (self.mean_of(c.receivables), self.per_day(self.revenue)),
            Kpi::DaysPayable => (self.mean_of(c.payables), self.per_day(self.goods)),
            Kpi::CashConversionCycle => {
                let exists = self.goods > 0.0 && self.revenue > 0.0;
                let days = (self.stock - self.mean_of(c.payables)) / self.per_day(self.goods)
                    + self.mean_of(c.receivables) / self.per_day(self.revenue);
                if exists { (days, 1.0) } else { ABSENT }
            }
            Kpi::CashToCash => {
                let shipped: Money = income.sold.into_iter().sum();
                ((income.received_moment - income.paid_moment) as f64 / 1e6, shipped.to_f64())
            }
            Kpi::CashTrough => (self.cash.trough, 1.0),
            Kpi::CashTroughDay => (self.cash.trough_day as f64, 1.0),
            Kpi::CashNegativeDays => (self.cash.negative_days as f64, 1.0),
            Kpi::CashShortfall => match self.plan.cash.lowest_balance {
                Some(lowest) => (f64::from(u8::from(self.cash.trough < lowest)), 1.0),
                None => ABSENT,
            },
            Kpi::Interest => (self.paid(Line::Interest), 1.0),
            Kpi::Npv => (self.value.present, 1.0),
            Kpi::DaysInventory => (self.stock, self.per_day(self.goods)),
            Kpi::Turns => (self.goods / years, self.stock),
            Kpi::Gmroi => ((self.revenue - self.goods) / years, self.stock),
            of_units!() => ABSENT,
        }
    }
}

/// Value of the window to its owner.
struct Value {
    /// Growth of the overhang over the window, times the share of its value that is lost.
    write_down: f64,
    /// Overhang at the end of the window less overhang at its start.
    overhang_growth: f64,
    /// Net book value at each day's end, summed, in millionths.
    closing_days: i128,
    /// Net book value at each day's start, summed.
    net_days: f64,
    /// Charge on capital: the daily rate times `net_days`.
    charge: f64,
    /// Present value of a going concern at the start of the window: it is bought at the start and handed on at the end, with the steady part at
    /// book value and the overhang at salvage value. Cash flows count at the ends of days.
    present: f64,
}

impl Value {
    fn new(plan: &Plan, books: &Books) -> Self {
        let rate = plan.daily_rate();
        let lost = 1.0 - plan.finance.salvage;
        let (opening, closing) = (books.ledger().opening(), books.ledger().closing());
        let (before, after) = (opening.overhang.to_f64(), closing.overhang.to_f64());
        let (lost_before, lost_after, write_down) = if plan.finance.salvage_by_age.is_empty() {
            (lost * before, lost * after, lost * (after - before))
        } else {
            let (before, after) = (opening.aged.to_f64(), closing.aged.to_f64());
            (before, after, after - before)
        };
        let (mut cash, mut book, mut owned) = (Money::ZERO, opening.net(), 0_i128);
        let (mut discount, mut present) = (1.0, lost_before - book.to_f64());
        for day in books.days() {
            owned += book.0;
            discount /= 1.0 + rate;
            let flow = day.cash - day.interest - cash;
            present += flow.to_f64() * discount;
            (cash, book) = (cash + flow, day.book);
        }
        debug_assert_eq!(book, closing.net() - books.ledger().obsolescence());
        Value {
            closing_days: owned + book.0 - opening.net().0,
            write_down,
            overhang_growth: after - before,
            net_days: owned as f64 / 1e6,
            charge: rate * owned as f64 / 1e6,
            present: present + discount * (book.to_f64() - lost_after),
        }
    }
}

/// Figures of the cash balance in the measured window.
struct Cash {
    /// Lowest balance at the start of the window or at the end of a day.
    trough: f64,
    /// Day of the lowest balance, 1 the first measured day; 0 if the balance is never below the one at the start.
    trough_day: usize,
    /// Days that end with a balance below zero.
    negative_days: usize,
}

impl Cash {
    fn new(days: &[DayMoney], opening: Money) -> Self {
        let (mut trough, mut trough_day, mut negative_days) = (opening, 0, 0);
        for (day, money) in (1..).zip(days) {
            let balance = opening + money.cash;
            negative_days += usize::from(balance < Money::ZERO);
            if balance < trough {
                (trough, trough_day) = (balance, day);
            }
        }
        Cash { trough: trough.to_f64(), trough_day, negative_days }
    }
}

/// Future orders lost with the customers of the window who waited, were served after the promise, or cancelled, valued at the contribution
/// of an order.
fn lifetime_value_lost(plan: &Plan, waits: &WaitTable, shipped_late: i64) -> f64 {
    let value = &plan.finance.lifetime;
    let waited: f64 = waits.ended.iter().enumerate().map(|(age, n)| *n as f64 * value.lost_after(age as u32)).sum();
    let cancelled = waits.left.iter().sum::<i128>() as f64 * value.lost_on_cancellation;
    let late = shipped_late as f64 * value.lost_on_missed_promise;
    (waited + late + cancelled) * value.future_orders * plan.future_order
}
