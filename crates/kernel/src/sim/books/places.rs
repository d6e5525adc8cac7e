//! What becomes of units at each location, where locations supply others.

use crate::sim::flow::Site;
use serde::{Deserialize, Serialize};

/// Counts of one location over the measured window, in units and unit-days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceTally {
    /// Measured days.
    pub days: i64,
    /// Units that shoppers wanted whose first choice is this location, and who did not leave because of the delivery time; pre-orders are not among
    /// them.
    pub demanded: i64,
    /// Units of these that did not wait here, and whose shoppers did not walk away.
    pub from_stock: i64,
    /// Units that other locations ordered from its stock.
    pub requested: i64,
    /// Units of these that left on the evening of the order.
    pub sent_at_once: i64,
    /// Units on hand at the end of the day, summed over the days.
    pub on_hand_days: i64,
    /// Units that customers waited for here, summed over the days.
    pub backlog_days: i64,
    /// Units that other locations waited for here, summed over the days.
    pub owed_days: i64,
    /// Days that ended with nobody waiting here: no customer, no location.
    pub clear_days: i64,
}

impl PlaceTally {
    /// Units ordered by shoppers of today, some of whom wait.
    pub(super) fn order(&mut self, units: i64, waiting: i64) {
        self.demanded += units;
        self.from_stock += units - waiting;
    }

    /// The location at the end of a day.
    pub(super) fn close_the_day(&mut self, site: &Site) {
        self.days += 1;
        self.on_hand_days += site.on_hand;
        self.backlog_days += site.backlog;
        self.owed_days += site.owed;
        self.clear_days += i64::from(site.backlog == 0 && site.owed == 0);
    }

    /// Adds the counts of another replication.
    pub fn merge(&mut self, other: &PlaceTally) {
        self.days += other.days;
        self.demanded += other.demanded;
        self.from_stock += other.from_stock;
        self.requested += other.requested;
        self.sent_at_once += other.sent_at_once;
        self.on_hand_days += other.on_hand_days;
        self.backlog_days += other.backlog_days;
        self.owed_days += other.owed_days;
        self.clear_days += other.clear_days;
    }
}
