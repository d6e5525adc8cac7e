//! What a replication can count: it stops, with the day and the figure, before a sum could wrap.

use super::state::Site;
use crate::calendar::Day;
use crate::sim::demand::Path;
use crate::sim::plan::Plan;
use crate::units::{plain, room};
use std::fmt;

/// More units than a run can count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beyond {
    pub day: Day,
    /// What there is too much of.
    pub what: &'static str,
    pub units: i64,
}

impl fmt::Display for Beyond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} reach {} units on {}, and at most {} can be counted; count in thousands or in pallets, with prices and costs to match",
            self.what,
            plain(self.units as f64),
            self.day.date(),
            plain(room::UNITS as f64)
        )
    }
}

impl std::error::Error for Beyond {}

/// Whether the shoppers of every day can be counted.
pub(super) fn shoppers(plan: &Plan, path: &Path) -> Result<(), Beyond> {
    match path.units.iter().position(|units| *units > room::UNITS) {
        None => Ok(()),
        Some(t) => Err(Beyond { day: plan.first.plus(t as i32), what: "shoppers", units: path.units[t] }),
    }
}

/// Whether stock and orders at the end of day `t` can.
#[inline]
pub(super) fn balances(plan: &Plan, sites: &[Site], t: usize) -> Result<(), Beyond> {
    let (on_hand, backlog, on_order) = Site::totals(sites);
    for (what, units) in [("units on hand", on_hand), ("waiting customers", backlog), ("units on order", on_order)] {
        if units > room::UNITS {
            return Err(Beyond { day: plan.first.plus(t as i32), what, units });
        }
    }
    Ok(())
}
