//! What is tied up at the ends of days: sums over the measured window, read off the ledger.

use super::ledger::Ledger;
use crate::sim::flow::{Evening, Now};
use crate::units::Money;

/// Sums of end-of-day money, in millionths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capital {
    pub deposits: i128,
    pub in_production: i128,
    pub finished: i128,
    pub in_transit: i128,
    pub prepaid: i128,
    pub cycle_stock: i128,
    pub buffer: i128,
    pub unpaid: i128,
    pub payables: i128,
    pub prepayments: i128,
    pub receivables: i128,
    /// Planned safety stock at landed unit cost.
    pub safety_stock: i128,
    /// Duty and clearance that parcels of what is on hand would pay.
    pub parcel_duty_on_hand: i128,
    /// Units on hand and on order.
    pub unit_days: i64,
    /// Invested capital of each day.
    pub(super) invested: Vec<Money>,
    pub(super) tonight: Tonight,
}

/// What is tied up at the end of the last day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tonight {
    /// On hand up to the planned safety stock, and the rest of what is on hand.
    pub buffer: Money,
    pub cycle_stock: Money,
    pub invested: Money,
    /// Paid by customers for orders that wait.
    pub prepayments: Money,
}

impl Capital {
    pub(super) fn new(measured: usize) -> Self {
        Capital { invested: Vec::with_capacity(measured), ..Capital::default() }
    }

    pub(super) fn begin_window(&mut self) {
        let mut invested = std::mem::take(&mut self.invested);
        invested.clear();
        *self = Capital { invested, ..Capital::default() };
    }

    pub(super) fn close_the_day(&mut self, now: &Now<'_>, evening: &Evening<'_>, ledger: &Ledger) {
        let (mut buffer, mut planned) = (Money::ZERO, Money::ZERO);
        for (i, (site, l)) in evening.sites.iter().zip(&now.plan.locations).enumerate() {
            // On hand up to the planned safety stock is the buffer; the rest is cycle stock.
            buffer += ledger.value_at(i).part(site.on_hand.min(site.safety_stock), site.on_hand);
            planned += l.landed_unit_cost[now.day] * site.safety_stock;
            self.parcel_duty_on_hand += (l.parcel_duty[now.day] * site.on_hand).0;
        }
        self.unit_days += evening.on_hand + evening.on_order;
        let (a, stock) = (ledger.accounts(), ledger.stock());
        let invested = a.deposits + a.pipeline() + stock;
        let prepayments = now.plan.prepayments(evening.backlog);
        self.tonight = Tonight { buffer, cycle_stock: stock - buffer, invested, prepayments };
        self.deposits += a.deposits.0;
        self.in_production += a.in_production.0;
        self.finished += a.finished.0;
        self.in_transit += a.in_transit.0;
        self.prepaid += a.prepaid.0;
        self.cycle_stock += (stock - buffer).0;
        self.buffer += buffer.0;
        self.unpaid += a.unpaid.0;
        self.payables += a.payables.0;
        self.prepayments += prepayments.0;
        self.receivables += a.receivables.0;
        self.safety_stock += planned.0;
        self.invested.push(invested);
    }

    /// Sum of end-of-day invested capital, in millionths.
    #[must_use]
    pub fn invested(&self) -> i128 {
        self.deposits + self.pipeline() + self.cycle_stock + self.buffer
    }

    #[must_use]
    pub fn pipeline(&self) -> i128 {
        self.in_production + self.finished + self.in_transit + self.prepaid
    }

    /// 95th percentile and maximum of the days, in the scenario's currency. Puts the days into another order.
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
