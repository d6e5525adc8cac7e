//! What becomes of the customers of several classes.

use crate::sim::flow::Cohort;
use serde::{Deserialize, Serialize};

/// Counts of one class over the measured window, in units and unit-days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassTally {
    /// Units that began to wait: backorders.
    pub waited: i64,
    /// Units whose shoppers did not accept the wait.
    pub walked_away: i64,
    /// Of the units that began to wait in the window those that were cancelled.
    pub waited_and_cancelled: i64,
    /// Those that were shipped.
    pub waited_and_shipped: i64,
    /// Days that the latter had waited.
    pub shipped_unit_days: i64,
    /// Units of pre-orders that were late.
    pub late: i64,
    /// Units cancelled while they waited, whatever the cause; those of pre-orders, and of orders from before the window, are among them.
    pub cancelled: i64,
    /// Units shipped that had waited; those of pre-orders, and of orders from before the window, are among them.
    pub from_backlog: i64,
    /// Millionths of the units shipped that had not waited: the expected part, because nobody is asked then which class they are of.
    pub at_once: i128,
}

impl ClassTally {
    /// Units leave the shelf that have waited.
    pub(super) fn ship(&mut self, units: i64, cohort: &Cohort, (today, warmup): (usize, usize)) {
        self.from_backlog += units;
        if counts(cohort, warmup) {
            self.waited_and_shipped += units;
            self.shipped_unit_days += units * (today as i64 - i64::from(cohort.born));
        }
    }

    /// Units are cancelled while they wait.
    pub(super) fn cancel(&mut self, units: i64, cohort: &Cohort, warmup: usize) {
        self.cancelled += units;
        self.waited_and_cancelled += if counts(cohort, warmup) { units } else { 0 };
    }

    /// Units leave the shelf for others, of whom this share of a million is of the class.
    pub(super) fn expect(&mut self, units: i64, share: i64) {
        self.at_once += i128::from(units) * i128::from(share);
    }

    /// Adds the counts of another replication.
    pub fn merge(&mut self, other: &ClassTally) {
        self.waited += other.waited;
        self.walked_away += other.walked_away;
        self.waited_and_cancelled += other.waited_and_cancelled;
        self.waited_and_shipped += other.waited_and_shipped;
        self.shipped_unit_days += other.shipped_unit_days;
        self.late += other.late;
        self.cancelled += other.cancelled;
        self.from_backlog += other.from_backlog;
        self.at_once += other.at_once;
    }
}

/// Whether a cohort is a backorder of the window.
fn counts(cohort: &Cohort, warmup: usize) -> bool {
    cohort.born as usize >= warmup && cohort.pre_ordered().is_none()
}
