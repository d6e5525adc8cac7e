//! What is owned, owed and earned.

use crate::sim::landed::{Landed, Part};
use restock_base::units::Money;
use std::collections::BTreeMap;

/// An amount that comes in, or goes out if negative.
pub struct Posting {
    pub day: usize,
    pub line: &'static str,
    pub amount: Money,
}

/// Lines that are a cost when they are paid.
pub(super) const EXPENSES: [&str; 11] = [
    "parcel_duty",
    "pick_and_pack",
    "delivery",
    "storage",
    "insurance",
    "support",
    "chargebacks",
    "advertising",
    "fixed_costs",
    "returns",
    "claims",
];

/// The line on which a part of the landed cost is paid.
pub(super) const OF_PART: [&str; Part::ALL.len()] = ["goods", "freight", "handling", "duty"];

/// What is owned and owed at one moment.
#[derive(Debug, Clone, Default)]
pub struct Balance {
    pub deposits: Money,
    pub in_production: Money,
    pub finished: Money,
    pub in_transit: Money,
    pub prepaid: Money,
    pub on_hand: Money,
    /// On hand up to the planned safety stock.
    pub buffer: Money,
    pub unpaid: Money,
    pub payables: Money,
    pub receivables: Money,
    pub prepayments: Money,
    pub overhang: Money,
    /// What of it is lost where goods lose worth with their days on hand.
    pub aged: Money,
    /// Owed for goods that will come back, beyond what those bring.
    pub returns: Money,
    pub duty_on_hand: Money,
}

impl Balance {
    pub fn pipeline(&self) -> Money {
        self.in_production + self.finished + self.in_transit + self.prepaid
    }

    pub fn invested(&self) -> Money {
        self.deposits + self.pipeline() + self.on_hand
    }

    /// Net book value.
    pub fn net(&self) -> Money {
        self.invested() + self.receivables - self.payables - self.prepayments - self.returns
    }
}

/// The end of a measured day.
pub struct DayEnd {
    pub balance: Balance,
    /// Since the window began: cash by line, in all, provided for obsolescence, profit before the charge on capital.
    pub flows: BTreeMap<&'static str, Money>,
    pub cash: Money,
    pub obsolescence: Money,
    pub earned: Money,
    /// Planned safety stock at landed cost, and the duty that parcels of what is on hand would pay.
    pub planned_buffer: Money,
    pub parcel_duty: Money,
}

/// What was earned, and at what cost, since the window began.
#[derive(Default)]
pub struct Income {
    pub revenue: Money,
    pub sold: Landed,
    /// Landed cost, by part, of what will be stock again; what the rest brings that comes back.
    pub returned: Landed,
    pub recovered: Money,
    pub shrunk: Money,
    /// Cost of goods lost that the seller bears.
    pub lost: Money,
    /// Cost of all that has left the shelf.
    pub left: Money,
    pub obsolescence: Money,
    pub payment_fees: Money,
    /// Cost x day of its customer's payment, and of its own payments, in millionths.
    pub received_moment: i128,
    pub paid_moment: i128,
    /// Value on hand just before receipts.
    pub before_receipts: Money,
}

impl Income {
    /// Parts of the landed cost of what was sold, and the payments behind it.
    pub(super) fn sell(&mut self, (parts, moment): (Landed, i128)) {
        for (sum, part) in self.sold.iter_mut().zip(parts) {
            *sum += part;
        }
        self.paid_moment += moment;
    }

    pub fn cost_of_goods(&self) -> Money {
        self.sold.into_iter().sum::<Money>() - self.returned.into_iter().sum::<Money>()
    }

    pub(super) fn part(&self, part: Part) -> Money {
        self.sold[part as usize] - self.returned[part as usize]
    }
}
