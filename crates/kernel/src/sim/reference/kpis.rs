//! The KPIs of a replication, numerator and denominator, from what was counted (`docs/model.md`, "Estimates", "Capital", "Profit").
//!
//! Sums of floats are taken in the order in which the page names their parts: another order would be another last bit.

use super::account::{Balance, DayEnd};
use super::case::Case;
use super::costs;
use super::money::Books;
use super::service::{Day, Service};
use super::world::World;
use crate::model::Kpi;
use crate::sim::landed::Part;
use restock_base::stats::survival::WaitTable;
use restock_base::units::Money;

/// A KPI that does not exist.
const ABSENT: (f64, f64) = (0.0, 0.0);

/// All that the KPIs are made of.
pub struct Figures<'a> {
    case: Case<'a>,
    s: &'a Service,
    books: &'a Books<'a>,
    /// Measured day on which the first spike begins.
    onset: Option<usize>,
    pub recovery: WaitTable,
    waits: WaitTable,
    future_order: f64,
}

impl<'a> Figures<'a> {
    pub fn new(case: Case<'a>, world: &World, s: &'a Service, books: &'a Books<'a>) -> Self {
        let onset = world.onset.map(|day| day - case.warmup());
        let mut recovery = WaitTable::default();
        if let Some((days, recovered)) = onset.and_then(|t| s.recovery(t)) {
            let column = if recovered { &mut recovery.ended } else { &mut recovery.open };
            *column = vec![0; days + 1];
            column[days] = 1;
        }
        Figures { case, s, books, onset, recovery, waits: s.waits(), future_order: costs::future_order(&case) }
    }

    pub fn kpi(&self, kpi: Kpi) -> (f64, f64) {
        self.of_units(kpi)
            .or_else(|| self.of_capital(kpi))
            .or_else(|| self.of_profit(kpi))
            .unwrap_or_else(|| self.of_cash(kpi))
    }

    fn days(&self) -> f64 {
        self.s.days.len() as f64
    }

    fn of_units(&self, kpi: Kpi) -> Option<(f64, f64)> {
        let s = self.s;
        let share = |n: i64, of: i64| (n as f64, of as f64);
        let days = |holds: &dyn Fn(&Day) -> bool| share(count(s, holds), s.days.len() as i64);
        let sum = |of: fn(&Day) -> i64| s.days.iter().map(of).sum::<i64>() as f64;
        let known = |value: Option<f64>| value.map_or(ABSENT, |v| (v, 1.0));
        let interested = |units: i128| (units as f64, s.interested as f64);
        let (cancelled, backlog_days) = (s.cancelled_by_customer + s.cancelled_by_rule, sum(|d| d.waiting));
        let has_returns = self.case.product.returns.is_some();
        let has_baskets = self.case.product.demand.order_size.is_some();
        let others_have = self.case.scenario.products.iter().any(|p| p.demand.order_size.is_some());
        let of_windows = |pair| if self.case.product.demand.pre_orders.is_empty() { ABSENT } else { pair };
        Some(match kpi {
            Kpi::BackorderRate => share(s.backordered, s.accepted()),
            Kpi::FillRate => share(s.from_stock, s.demanded() - s.preordered),
            Kpi::FillRateAccepted => share(s.from_stock, s.accepted()),
            Kpi::OrderFillRate if has_baskets => share(s.orders_from_stock, s.orders),
            Kpi::ParcelsPerOrder if has_baskets => share(s.parcels, s.orders_completed),
            Kpi::OrderFillRate if others_have => share(s.from_stock, s.demanded() - s.preordered),
            Kpi::ParcelsPerOrder if others_have => share(s.shipped, s.shipped),
            Kpi::OrderFillRate | Kpi::ParcelsPerOrder => ABSENT,
            Kpi::CancellationRate => share(cancelled, s.accepted()),
            Kpi::CancellationRateCustomer => share(s.cancelled_by_customer, s.accepted()),
            Kpi::CancellationRateRule => share(s.cancelled_by_rule, s.accepted()),
            Kpi::CancelledShareOfBackorders => share(cancelled, s.backordered),
            Kpi::LostSalesRate => share(s.walked_away, s.demanded()),
            Kpi::LostToDeliveryRate => share(s.lost_to_delivery, s.interested),
            Kpi::FromStockShare => share(s.from_stock, s.interested),
            Kpi::LostToWaitShare => share(s.walked_away, s.interested),
            Kpi::AfterWaitingShare => interested(s.ended.iter().sum()),
            Kpi::CancelledShare => interested(s.left.iter().sum::<i128>() + i128::from(s.preorders_cancelled)),
            Kpi::PausedDemand if self.case.product.demand.pausing().next().is_some() => (s.paused as f64, 1.0),
            Kpi::PausedDemand => ABSENT,
            Kpi::ReturnRate if has_returns => share(s.sent_back, s.shipped),
            Kpi::ReturnedUnits if has_returns => (s.returned as f64, 1.0),
            Kpi::ReturnRate | Kpi::ReturnedUnits => ABSENT,
            Kpi::PreOrderedShare => of_windows(share(s.preordered - s.preorders_cancelled, s.interested)),
            Kpi::PreOrderUnits => of_windows((s.preordered as f64, 1.0)),
            Kpi::PreOrderOnTimeRate => share(s.preorders_on_time, s.preorders_on_time + s.preorders_late),
            Kpi::PreOrderCancelled => of_windows((s.preorders_cancelled as f64, 1.0)),
            Kpi::LateOrBackorderedRate => {
                of_windows(share(s.backordered + s.preorders_late, s.accepted() + s.preordered))
            }
            Kpi::StillWaitingShare => interested(s.open.iter().sum()),
            Kpi::ReadyRate => days(&|d| d.free > 0),
            Kpi::NoBacklogRate => days(&|d| d.waiting == 0),
            Kpi::PeriodService => days(&|d| !d.unmet),
            Kpi::CycleService => share(s.clean_receipts, s.receipts),
            Kpi::GammaService => (s.demanded() as f64 - backlog_days, s.demanded() as f64),
            Kpi::MeanOnHand => (sum(|d| d.on_hand) / self.days(), 1.0),
            Kpi::MeanBacklog => (backlog_days / self.days(), 1.0),
            Kpi::MeanOnOrder => (sum(|d| d.on_order) / self.days(), 1.0),
            Kpi::PeakBacklog => (s.days.iter().map(|d| d.waiting).max().unwrap_or(0) as f64, 1.0),
            Kpi::BacklogUnitDays => (backlog_days, 1.0),
            Kpi::MeanWait => known(self.waits.mean()),
            Kpi::P95Wait => known(self.waits.quantile(0.95)),
            Kpi::PromiseMissRate => share(s.missed_the_first, s.promised),
            Kpi::FinalPromiseMissRate => share(s.missed_the_last, s.promised),
            Kpi::BreachedOrders => (s.breached as f64, 1.0),
            Kpi::ShippedLate => (s.shipped_late as f64, 1.0),
            Kpi::ShortAfterSpike => match self.onset {
                Some(_) => (if self.recovery == WaitTable::default() { 0.0 } else { 1.0 }, 1.0),
                None => ABSENT,
            },
            Kpi::DaysToRecover => known(self.recovery.mean().filter(|_| !self.recovery.ended.is_empty())),
            Kpi::SpikeCapture => share(s.spike_shipped, s.spike_demanded),
            Kpi::MeanLeadTime => share(s.lead_time_days, s.bought),
            Kpi::Parcels => (s.parcels_with_duty as f64, 1.0),
            Kpi::Containers if self.case.model.waits_for_containers() => (s.containers as f64 / 1e6, 1.0),
            Kpi::Containers => ABSENT,
            Kpi::ContainerFill => share(s.containers_filled, s.containers),
            Kpi::PurchaseOrders => (s.purchase_orders as f64, 1.0),
            Kpi::UnitsLost if self.knows_losses() => (s.lost as f64, 1.0),
            Kpi::UnitsLost => ABSENT,
            Kpi::ParcelsLost if self.knows_lost_parcels() => (s.parcels_lost as f64, 1.0),
            Kpi::ParcelsLost => ABSENT,
            Kpi::UnitsOrdered => (s.ordered as f64, 1.0),
            Kpi::ExpeditedShare => share(s.expedited, s.ordered),
            Kpi::LifetimeValueLost => (self.lifetime_value_lost(), 1.0),
            Kpi::AdvertisingWasted => {
                let each = Money::from_f64(self.case.scenario.finance.advertising_per_order);
                ((each * if has_baskets { s.orders_cancelled } else { cancelled }).to_f64(), 1.0)
            }
            _ => return None,
        })
    }

    /// Future orders lost by customers who waited, whose order shipped late, or who cancelled.
    fn lifetime_value_lost(&self) -> f64 {
        let value = &self.case.scenario.finance.lifetime;
        let (ended, left) = (&self.s.ended, self.s.left.iter().sum::<i128>() as f64);
        let waited: f64 = ended.iter().enumerate().map(|(age, n)| *n as f64 * value.lost_after(age as u32)).sum();
        let late = self.s.shipped_late as f64 * value.lost_on_missed_promise;
        (waited + late + left * value.lost_on_cancellation) * value.future_orders * self.future_order
    }

    /// Sum over the ends of days of an amount, in the currency.
    fn sum(&self, of: impl Fn(&DayEnd) -> Money) -> f64 {
        self.books.days.iter().map(of).sum::<Money>().0 as f64 / 1e6
    }

    fn mean(&self, of: impl Fn(&Balance) -> Money) -> f64 {
        self.sum(|d| of(&d.balance)) / self.days()
    }

    fn book(&self, day: &DayEnd) -> Money {
        day.balance.net() - day.obsolescence
    }

    fn of_capital(&self, kpi: Kpi) -> Option<(f64, f64)> {
        let mut invested: Vec<Money> = self.books.days.iter().map(|d| d.balance.invested()).collect();
        invested.sort();
        let p95 = (0.95 * self.days()).ceil() as usize;
        let value = match kpi {
            Kpi::InvestedCapital => self.mean(Balance::invested),
            Kpi::InvestedCapitalP95 => invested[p95.max(1) - 1].to_f64(),
            Kpi::InvestedCapitalPeak => invested[invested.len() - 1].to_f64(),
            Kpi::DepositCapital => self.mean(|b| b.deposits),
            Kpi::PipelineCapital => self.mean(Balance::pipeline),
            Kpi::CycleStockCapital => self.mean(|b| b.on_hand - b.buffer),
            Kpi::SafetyStockOnHandCapital => self.mean(|b| b.buffer),
            Kpi::SafetyStockCapital => self.sum(|d| d.planned_buffer) / self.days(),
            Kpi::InProductionCapital => self.mean(|b| b.in_production),
            Kpi::FinishedCapital => self.mean(|b| b.finished),
            Kpi::InTransitCapital => self.mean(|b| b.in_transit),
            Kpi::PrepaidCapital => self.mean(|b| b.prepaid),
            Kpi::CapitalDays => self.sum(|d| d.balance.invested()),
            Kpi::UnpaidOnOrder => self.mean(|b| b.unpaid),
            Kpi::Receivables => self.mean(|b| b.receivables),
            Kpi::NetCapital => self.sum(|d| self.book(d)) / self.days(),
            Kpi::Payables => self.mean(|b| b.payables),
            Kpi::CustomerPrepayments => self.mean(|b| b.prepayments),
            Kpi::RealisedBufferCapital => {
                return Some((self.books.income.before_receipts.0 as f64 / 1e6, self.s.receipts as f64));
            }
            _ => return None,
        };
        Some((value, 1.0))
    }

    /// Cost of capital a day: compounded over 365 days it is the yearly rate.
    fn daily_rate(&self) -> f64 {
        (self.case.scenario.finance.cost_of_capital.ln_1p() / 365.0).exp_m1()
    }

    fn paid(&self, line: &str) -> f64 {
        -self.books.days.last().and_then(|d| d.flows.get(line).copied()).unwrap_or_default().to_f64()
    }

    /// Net book value at each day's start, added up.
    fn net_days(&self) -> f64 {
        let days = &self.books.days;
        let starts = days.iter().map(|d| self.book(d)).take(days.len() - 1);
        (self.books.opening.net() + starts.sum()).0 as f64 / 1e6
    }

    fn charge(&self) -> f64 {
        let days = &self.books.days;
        let starts = days.iter().map(|d| self.book(d)).take(days.len() - 1);
        self.daily_rate() * (self.books.opening.net() + starts.sum()).0 as f64 / 1e6
    }

    fn gross_charge(&self) -> f64 {
        let days = &self.books.days;
        let starts = days.iter().map(|d| d.balance.invested()).take(days.len() - 1);
        self.daily_rate() * ((self.books.opening.invested() + starts.sum()).0 as f64 / 1e6)
    }

    /// Whether parcels may be lost, in this supply model or another.
    fn knows_lost_parcels(&self) -> bool {
        let spans = self.case.scenario.models.iter().flat_map(crate::model::SupplyModel::spans);
        spans.flatten().any(|l| l.delivery.lost.is_some())
    }

    /// Whether the scenario says of some goods that they may be lost, of this supply model or another.
    fn knows_losses(&self) -> bool {
        let scenario = self.case.scenario;
        let spans = || scenario.models.iter().flat_map(crate::model::SupplyModel::spans).flatten();
        scenario.disruptions.iter().any(|d| d.destroys > 0.0)
            || spans().flat_map(|l| &l.routes).any(|r| r.lost.is_some())
    }

    /// A line of what an order costs, of all orders.
    fn cost(&self, line: Kpi) -> f64 {
        let income = &self.books.income;
        match line {
            Kpi::CostOfProduct => income.part(Part::Goods).to_f64(),
            Kpi::CostOfFreight => income.part(Part::Freight).to_f64(),
            Kpi::CostOfHandling => income.part(Part::Handling).to_f64(),
            Kpi::CostOfDuty => income.part(Part::Duty).to_f64(),
            Kpi::CostOfParcelDuty => self.paid("parcel_duty"),
            Kpi::CostOfPickAndPack => self.paid("pick_and_pack"),
            Kpi::CostOfDelivery => self.paid("delivery"),
            Kpi::CostOfPayment => income.payment_fees.to_f64(),
            Kpi::CostOfReturns => self.paid("returns") - income.recovered.to_f64(),
            Kpi::CostOfSupport => self.paid("support"),
            Kpi::CostOfChargebacks => self.paid("chargebacks"),
            Kpi::CostOfStorage => self.paid("storage"),
            Kpi::CostOfInsurance => self.paid("insurance"),
            Kpi::CostOfShrink => income.shrunk.to_f64(),
            Kpi::CostOfLoss => income.lost.to_f64() + self.paid("claims"),
            Kpi::CostOfObsolescence => income.obsolescence.to_f64(),
            Kpi::CostOfAdvertising => self.paid("advertising"),
            Kpi::CostOfCapital => self.charge(),
            _ => unreachable!("no line of the cost of an order"),
        }
    }

    /// Costs up to the shelf (or, of parcels, to the door), and from there on.
    fn landed_and_to_serve(&self) -> (f64, f64) {
        let sum = |lines: &[Kpi]| lines.iter().map(|line| self.cost(*line)).sum::<f64>();
        (sum(&Kpi::COST_LINES[..5]), sum(&Kpi::COST_LINES[5..]))
    }

    fn write_down(&self) -> f64 {
        if self.case.scenario.finance.salvage_by_age.is_empty() {
            return (1.0 - self.case.scenario.finance.salvage) * self.overhang_growth();
        }
        self.books.closing.aged.to_f64() - self.books.opening.aged.to_f64()
    }

    fn overhang_growth(&self) -> f64 {
        self.books.closing.overhang.to_f64() - self.books.opening.overhang.to_f64()
    }

    fn of_profit(&self, kpi: Kpi) -> Option<(f64, f64)> {
        let revenue = self.books.income.revenue.to_f64();
        let (landed, to_serve) = self.landed_and_to_serve();
        let contribution = revenue - landed - (to_serve - self.charge());
        let several = self.case.product.demand.order_size.is_some();
        let orders = if several { self.s.orders_completed } else { self.s.shipped };
        let per_order = |cost: f64| Some((cost, orders as f64));
        let value = match kpi {
            Kpi::Revenue => revenue,
            Kpi::Contribution | Kpi::ContributionCvar95 => contribution,
            Kpi::FixedCosts => self.paid("fixed_costs"),
            Kpi::WriteDown => self.write_down(),
            Kpi::OverhangGrowth => self.overhang_growth(),
            Kpi::NetCapitalDays => self.net_days(),
            Kpi::CapitalCharge => self.charge(),
            Kpi::ResidualIncome => contribution - self.paid("fixed_costs") - self.write_down() - self.charge(),
            Kpi::CapitalChargeGross => self.gross_charge(),
            Kpi::CarryingCost => {
                let held = self.gross_charge() + self.paid("storage") + self.paid("insurance");
                held + self.cost(Kpi::CostOfShrink) + self.cost(Kpi::CostOfObsolescence)
            }
            Kpi::LandedCost => return per_order(landed),
            Kpi::CostToServe => return per_order(to_serve),
            Kpi::CostOfOrder => return per_order(landed + to_serve),
            Kpi::CostOfReturns if self.case.product.returns.is_none() => return Some(ABSENT),
            Kpi::CostOfLoss if !self.knows_losses() && !self.knows_lost_parcels() => return Some(ABSENT),
            line if Kpi::COST_LINES.contains(&line) => return per_order(self.cost(line)),
            _ => return None,
        };
        Some((value, 1.0))
    }

    /// Balances of the account at the ends of days.
    fn balances(&self) -> Vec<Money> {
        self.books.days.iter().map(|d| self.case.plan.cash.opening + d.cash).collect()
    }

    /// The lowest balance, and the number of the day at whose end it is; that of the start if none is below.
    fn trough(&self) -> (Money, usize) {
        let mut low = (self.case.plan.cash.opening, 0);
        for (n, balance) in (1..).zip(self.balances()) {
            low = if balance < low.0 { (balance, n) } else { low };
        }
        low
    }

    fn of_cash(&self, kpi: Kpi) -> (f64, f64) {
        let (days, income) = (self.days(), &self.books.income);
        let revenue = income.revenue.to_f64();
        // Duty is in both, wherever it is paid.
        let goods = income.cost_of_goods().to_f64() + self.paid("parcel_duty");
        let stock = self.sum(|d| d.balance.on_hand + d.parcel_duty) / days;
        let (owed, claims) = (self.mean(|b| b.payables), self.mean(|b| b.receivables));
        let years = days / 365.0;
        match kpi {
            Kpi::DaysInventory => (stock, goods / days),
            Kpi::DaysSales => (claims, revenue / days),
            Kpi::DaysPayable => (owed, goods / days),
            Kpi::CashConversionCycle if goods > 0.0 && revenue > 0.0 => {
                ((stock - owed) / (goods / days) + claims / (revenue / days), 1.0)
            }
            Kpi::CashConversionCycle => ABSENT,
            Kpi::Turns => (goods / years, stock),
            Kpi::Gmroi => ((revenue - goods) / years, stock),
            Kpi::CashToCash => {
                let shipped: Money = income.sold.into_iter().sum();
                ((income.received_moment - income.paid_moment) as f64 / 1e6, shipped.to_f64())
            }
            Kpi::CashTrough => (self.trough().0.to_f64(), 1.0),
            Kpi::CashTroughDay => (self.trough().1 as f64, 1.0),
            Kpi::CashNegativeDays => (self.balances().iter().filter(|b| **b < Money::ZERO).count() as f64, 1.0),
            Kpi::CashShortfall => match self.case.plan.cash.lowest_balance {
                Some(lowest) => (if self.trough().0.to_f64() < lowest { 1.0 } else { 0.0 }, 1.0),
                None => ABSENT,
            },
            Kpi::Interest => (self.paid("interest"), 1.0),
            Kpi::Npv => (self.present_value(), 1.0),
            Kpi::DutyOnUnsold => (self.books.closing.duty_on_hand.to_f64(), 1.0),
            other => unreachable!("{other:?} has no definition"),
        }
    }

    /// Cash flows before interest at the ends of days, discounted; the net book value less what overhang loses is paid at the start and handed
    /// on at the end.
    fn present_value(&self) -> f64 {
        let (rate, finance) = (self.daily_rate(), &self.case.scenario.finance);
        let (opening, closing) = (&self.books.opening, &self.books.closing);
        let lost = |b: &Balance| match finance.salvage_by_age.is_empty() {
            true => (1.0 - finance.salvage) * b.overhang.to_f64(),
            false => b.aged.to_f64(),
        };
        let (mut discount, mut before) = (1.0, Money::ZERO);
        let mut value = lost(opening) - opening.net().to_f64();
        for day in &self.books.days {
            discount /= 1.0 + rate;
            let cash = day.cash - day.flows.get("interest").copied().unwrap_or_default();
            value += (cash - before).to_f64() * discount;
            before = cash;
        }
        let book = self.books.days.last().map_or(Money::ZERO, |d| self.book(d));
        value + discount * (book.to_f64() - lost(closing))
    }
}

fn count(s: &Service, holds: &dyn Fn(&Day) -> bool) -> i64 {
    s.days.iter().filter(|d| holds(d)).count() as i64
}
