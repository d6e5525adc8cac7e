//! Capital tied up at the ends of days: sums over the measured window, read off the ledger.

use super::accounts::Account;
use super::ledger::Ledger;
use crate::sim::flow::{Evening, Now, Site};
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
    pub(super) tonight: Tonight,
    so_far: SoFar,
}

/// Money tied up at the end of the last closed day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tonight {
    /// On hand up to the planned safety stock.
    pub buffer: Money,
    pub invested: Money,
}

/// Sums and states from which the sums of [`Capital`] are made when the window has ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct SoFar {
    stock: Money,
    buffer: Money,
    /// Unit-days of orders that wait, and of orders whose money has not arrived.
    backlog: i64,
    outstanding: i64,
    /// What pre-orders add to prepayments and receivables, summed over the days.
    prepaid_ahead: Money,
    receivables_ahead: Money,
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
        Capital { so_far, ..Capital::default() }
    }

    pub(super) fn begin_window(&mut self) {
        let mut sites = std::mem::take(&mut self.so_far.sites);
        sites.fill(SiteDays::default());
        *self = Capital { so_far: SoFar { sites, ..SoFar::default() }, ..Capital::default() };
    }

    #[inline(always)]
    pub(super) fn close_the_day(&mut self, now: &Now<'_>, evening: &Evening<'_>, ledger: &Ledger) {
        // A loop over one location costs more than the location.
        let buffer = match evening.sites {
            [site] => self.buffer_at(now, (0, site), ledger),
            sites => self.buffers(now, sites, ledger),
        };
        let so_far = &mut self.so_far;
        let stock = ledger.stock();
        let invested = ledger.purchases().on_its_way() + stock;
        self.tonight = Tonight { buffer, invested };
        so_far.stock += stock;
        so_far.buffer += buffer;
        so_far.backlog += evening.backlog;
        so_far.outstanding += ledger.outstanding();
        if ledger.has_besides() {
            so_far.prepaid_ahead += ledger.prepaid_ahead();
            so_far.receivables_ahead += ledger.receivables_ahead();
        }
        self.unit_days += evening.on_hand + evening.on_order;
    }

    #[inline(never)]
    fn buffers(&mut self, now: &Now<'_>, sites: &[Site], ledger: &Ledger) -> Money {
        sites.iter().enumerate().map(|site| self.buffer_at(now, site, ledger)).sum()
    }

    /// What is on hand at a location up to the planned safety stock: the rest is cycle stock. Counts what is planned, and the duty that its parcels will pay.
    #[inline(always)]
    fn buffer_at(&mut self, now: &Now<'_>, (i, site): (usize, &Site), ledger: &Ledger) -> Money {
        let (l, days) = (&now.plan.locations[i], &mut self.so_far.sites[i]);
        days.planned.add(&l.landed_unit_cost, now.day, site.safety_stock);
        if ledger.pays_parcel_duty() {
            days.on_hand.add(&l.parcel_duty, now.day, site.on_hand);
        }
        let safety = site.on_hand.min(site.safety_stock);
        if safety > 0 { ledger.value_at(i).part(safety, site.on_hand) } else { Money::ZERO }
    }

    /// The sums are complete.
    pub(super) fn end_window(&mut self, plan: &Plan, ledger: &Ledger) {
        let of = |account: Account| ledger.purchases().days()[account as usize].0;
        self.deposits = of(Account::Deposits);
        self.in_production = of(Account::InProduction);
        self.finished = of(Account::Finished);
        self.in_transit = of(Account::InTransit);
        self.prepaid = of(Account::Prepaid);
        self.unpaid = of(Account::Unpaid);
        self.payables = of(Account::Payables);
        let so_far = &self.so_far;
        self.buffer = so_far.buffer.0;
        self.cycle_stock = (so_far.stock - so_far.buffer).0;
        self.prepayments = (plan.prepayments(so_far.backlog) + so_far.prepaid_ahead).0;
        self.receivables = (plan.net_price() * so_far.outstanding + so_far.receivables_ahead).0;
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
