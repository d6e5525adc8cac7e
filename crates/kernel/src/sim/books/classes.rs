//! What becomes of those who find no stock, by class of customers, where there are several.

use serde::{Deserialize, Serialize};

/// Counts of one class over the measured window, in units and unit-days. Which class those are of who are served at once is not drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassTally {
    /// Units that began to wait: backorders, and pre-orders that were late.
    pub waited: i64,
    /// Units whose shoppers did not accept the wait.
    pub walked_away: i64,
    /// Units cancelled while they waited, whatever the cause.
    pub cancelled: i64,
    /// Units shipped that had waited.
    pub shipped: i64,
    /// Days from the order, or the date promised of a pre-order, to the shipment, summed over the units shipped.
    pub shipped_unit_days: i64,
}

impl ClassTally {
    /// Units leave the shelf after so many days.
    pub(super) fn ship(&mut self, units: i64, days: u32) {
        self.shipped += units;
        self.shipped_unit_days += units * i64::from(days);
    }

    /// Adds the counts of another replication.
    pub fn merge(&mut self, other: &ClassTally) {
        self.waited += other.waited;
        self.walked_away += other.walked_away;
        self.cancelled += other.cancelled;
        self.shipped += other.shipped;
        self.shipped_unit_days += other.shipped_unit_days;
    }
}
