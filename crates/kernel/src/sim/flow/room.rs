//! The room that a replication has to count units: it stops, with the day and the figure, before a sum could wrap.

use super::watch::{Evening, Now};
use crate::sim::demand::{Baskets, Path};
use crate::sim::plan::Plan;
use restock_base::calendar::Day;
use restock_base::units::{plain, room};
use std::fmt;

/// More units than a run can count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beyond {
    /// Date of the day on which there are too many units.
    pub day: Day,
    /// The quantity that is too large: shoppers, units on hand, waiting customers or units on order.
    pub what: &'static str,
    /// How many units there are.
    pub units: i64,
    /// How many can be counted.
    pub most: i64,
}

impl fmt::Display for Beyond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.most < room::UNITS {
            let (most, date) = (plain(self.most as f64), self.day.date());
            return write!(
                f,
                "more than {most} {} on {date}: so many are not told apart; leave `units-per-order` out, or count in cartons or pallets",
                self.what
            );
        }
        write!(
            f,
            "{} reach {} units on {}, and at most {} can be counted; count in thousands or in pallets, with prices and costs to match",
            self.what,
            plain(self.units as f64),
            self.day.date(),
            plain(self.most as f64)
        )
    }
}

impl std::error::Error for Beyond {}

/// Checks that the shoppers of every day can be counted.
pub(super) fn shoppers(plan: &Plan, path: &Path) -> Result<(), Beyond> {
    if let Some(day) = path.baskets.beyond {
        let most = Baskets::MOST;
        return Err(Beyond {
            day: plan.first.plus(day as i32),
            what: "orders of several units",
            units: most + 1,
            most,
        });
    }
    match path.units.iter().position(|units| *units > room::UNITS) {
        None => Ok(()),
        Some(t) => {
            Err(Beyond { day: plan.first.plus(t as i32), what: "shoppers", units: path.units[t], most: room::UNITS })
        }
    }
}

/// Checks that stock, backlog and orders at the end of the day can be counted.
#[inline]
pub(super) fn balances(now: &Now<'_>, e: &Evening<'_>) -> Result<(), Beyond> {
    // None of them has a bit that all together have not.
    if e.on_hand | e.backlog | e.on_order <= room::UNITS { Ok(()) } else { too_many(now, e) }
}

#[cold]
fn too_many(now: &Now<'_>, e: &Evening<'_>) -> Result<(), Beyond> {
    let balances = [("units on hand", e.on_hand), ("waiting customers", e.backlog), ("units on order", e.on_order)];
    let Some((what, units)) = balances.into_iter().find(|(_, units)| *units > room::UNITS) else { return Ok(()) };
    Err(Beyond { day: now.plan.first.plus(now.day as i32), what, units, most: room::UNITS })
}
