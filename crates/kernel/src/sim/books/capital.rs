//! Capital tied up at the ends of days: sums over the measured window, read off the ledger.

use super::accounts::Accounts;
use super::ledger::Ledger;
use crate::sim::flow::{Evening, Now};
use crate::sim::plan::{DaySum, Plan};
use restock_base::units::Money;

/// Sums of end-of-day money over the measured days, in millionths of the currency x days: complete when the window has ended. The names are
/// those of [`Accounts`] and of the table of capital in `docs/model.md`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Capital {
    pub deposits: i128,
    pub in_production: i128,
    pub finished: i128,
    pub in_transit: i128,
    pub prepaid: i128,
    /// Stock on hand beyond the planned safety stock.
    pub cycle_stock: i128,
    /// Stock on hand up to the planned safety stock.
    pub buffer: i128,
    pub unpaid: i128,
    pub payables: i128,
    pub prepayments: i128,
    pub receivables: i128,
    /// Planned safety stock at landed unit cost.
    pub safety_stock: i128,
    /// Duty and clearance that the stock on hand would pay if it were shipped in parcels.
    pub parcel_duty_on_hand: i128,
    /// Units on hand and on order at the end of the day, summed over the days.
    pub unit_days: i64,
    /// Invested capital of each day.
    pub(super) invested: Vec<Money>,
    pub(super) tonight: Tonight,
    so_far: SoFar,
}

/// Money tied up at the end of the last closed day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tonight {
    /// Stock on hand up to the planned safety stock, and the rest of the stock on hand.
    pub buffer: Money,
    pub cycle_stock: Money,
    pub invested: Money,
    /// Paid by customers for orders that wait.
    pub prepayments: Money,
    /// Paid by customers, and not in the account yet.
    pub receivables: Money,
}

/// Sums and states from which the sums of [`Capital`] are made when the window has ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct SoFar {
    /// Accounts of purchases as they have stood for the last `unchanged` days, which are not summed yet. `changes` is the ledger's number of
    /// that state.
    accounts: Accounts,
    /// Deposits and pipeline of these accounts.
    on_its_way: Money,
    unchanged: i64,
    changes: u64,
    stock: Money,
    buffer: Money,
    /// Unit-days of orders that wait, and of orders whose money has not arrived.
    backlog: i64,
    outstanding: i64,
    /// By location.
    sites: Vec<SiteDays>,
}

/// Unit-days of a location.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct SiteDays {
    /// Planned safety stock.
    planned: DaySum,
    on_hand: DaySum,
}

impl Capital {
    pub(super) fn new(plan: &Plan) -> Self {
        let so_far = SoFar { sites: vec![SiteDays::default(); plan.locations.len()], ..SoFar::default() };
        Capital { invested: Vec::with_capacity(plan.days - plan.warmup), so_far, ..Capital::default() }
    }

    pub(super) fn begin_window(&mut self, ledger: &Ledger) {
        let (mut invested, old) = (std::mem::take(&mut self.invested), std::mem::take(&mut self.so_far));
        invested.clear();
        let mut sites = old.sites;
        sites.fill(SiteDays::default());
        let (accounts, changes) = (*ledger.of_purchases(), ledger.changes());
        let on_its_way = accounts.deposits + accounts.pipeline();
        let so_far = SoFar { accounts, on_its_way, changes, sites, ..SoFar::default() };
        *self = Capital { invested, so_far, ..Capital::default() };
    }

    #[inline(always)]
    pub(super) fn close_the_day(&mut self, now: &Now<'_>, evening: &Evening<'_>, ledger: &Ledger) {
        if self.so_far.changes != ledger.changes() {
            self.look_again(ledger);
        }
        let so_far = &mut self.so_far;
        so_far.unchanged += 1;
        let mut buffer = Money::ZERO;
        for (i, site) in evening.sites.iter().enumerate() {
            let (l, days) = (&now.plan.locations[i], &mut so_far.sites[i]);
            // On hand up to the planned safety stock is the buffer; the rest is cycle stock.
            let safety = site.on_hand.min(site.safety_stock);
            buffer += if safety > 0 { ledger.value_at(i).part(safety, site.on_hand) } else { Money::ZERO };
            days.planned.add(&l.landed_unit_cost, now.day, site.safety_stock);
            if !l.parcel_duty.is_nothing() {
                days.on_hand.add(&l.parcel_duty, now.day, site.on_hand);
            }
        }
        let stock = ledger.stock();
        self.tonight = Tonight {
            buffer,
            cycle_stock: stock - buffer,
            invested: so_far.on_its_way + stock,
            prepayments: now.plan.prepayments(evening.backlog),
            receivables: now.plan.net_price() * ledger.outstanding(),
        };
        so_far.stock += stock;
        so_far.buffer += buffer;
        so_far.backlog += evening.backlog;
        so_far.outstanding += ledger.outstanding();
        self.unit_days += evening.on_hand + evening.on_order;
        self.invested.push(self.tonight.invested);
    }

    /// Sums the days of the old accounts of purchases and reads the new ones, which have changed today.
    #[inline(never)]
    fn look_again(&mut self, ledger: &Ledger) {
        self.sum_up_to_here();
        let accounts = *ledger.of_purchases();
        self.so_far.on_its_way = accounts.deposits + accounts.pipeline();
        (self.so_far.accounts, self.so_far.changes) = (accounts, ledger.changes());
    }

    /// Adds the accounts of purchases to the sums, once for each day on which they have stood unchanged.
    fn sum_up_to_here(&mut self) {
        let (a, days) = (self.so_far.accounts, std::mem::take(&mut self.so_far.unchanged));
        for (sum, account) in [
            (&mut self.deposits, a.deposits),
            (&mut self.in_production, a.in_production),
            (&mut self.finished, a.finished),
            (&mut self.in_transit, a.in_transit),
            (&mut self.prepaid, a.prepaid),
            (&mut self.unpaid, a.unpaid),
            (&mut self.payables, a.payables),
        ] {
            // Most plans leave most of them empty.
            if account != Money::ZERO {
                *sum += (account * days).0;
            }
        }
    }

    /// Completes the sums.
    pub(super) fn end_window(&mut self, plan: &Plan) {
        self.sum_up_to_here();
        let so_far = &self.so_far;
        self.buffer = so_far.buffer.0;
        self.cycle_stock = (so_far.stock - so_far.buffer).0;
        self.prepayments = plan.prepayments(so_far.backlog).0;
        self.receivables = (plan.net_price() * so_far.outstanding).0;
        let each = || plan.locations.iter().enumerate();
        self.safety_stock = each().map(|(i, l)| so_far.sites[i].planned.total(&l.landed_unit_cost).0).sum();
        self.parcel_duty_on_hand = each().map(|(i, l)| so_far.sites[i].on_hand.total(&l.parcel_duty).0).sum();
    }

    /// Sum of end-of-day invested capital, in millionths.
    #[must_use]
    pub fn invested(&self) -> i128 {
        self.deposits + self.pipeline() + self.cycle_stock + self.buffer
    }

    /// Sum of end-of-day pipeline capital, in millionths: goods paid in full that are not yet received, and prepaid costs.
    #[must_use]
    pub fn pipeline(&self) -> i128 {
        self.in_production + self.finished + self.in_transit + self.prepaid
    }

    /// 95th percentile and maximum of invested capital over the measured days, in the scenario's currency. Puts the days into another order.
    pub(super) fn p95_and_peak(&mut self) -> (f64, f64) {
        let days = &mut self.invested;
        let rank = ((0.95 * days.len() as f64).ceil() as usize).clamp(1, days.len()) - 1;
        let (_, p95, above) = days.select_nth_unstable(rank);
        let peak = above.iter().copied().fold(*p95, Money::max);
        (p95.to_f64(), peak.to_f64())
    }

    /// The law of capital that is broken, if one is.
    pub(super) fn broken_law(&self) -> Option<&'static str> {
        let parts = [self.deposits, self.pipeline(), self.cycle_stock, self.buffer, self.unpaid];
        let of_pipeline = [self.in_production, self.finished, self.in_transit, self.prepaid];
        if parts.iter().chain(&of_pipeline).any(|sum| *sum < 0) {
            return Some("no part of capital is negative");
        }
        let none_without_goods = self.unit_days > 0 || self.invested() == 0;
        (!none_without_goods).then_some("no capital where nothing is owned or prepaid")
    }
}
