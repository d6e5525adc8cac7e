//! How long replenishment took, route by route and stage by stage, with regimes, holidays and queues as they were simulated.

use crate::sim::flow::PurchaseOrder;
use crate::sim::plan::Plan;
use serde::{Deserialize, Serialize};

/// Lead times of the orders that one route of one location delivered in the measured window.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteTimes {
    /// Units received.
    pub units: i64,
    /// Unit-days in each stage. Their sum is the unit-days from the order to the receipt.
    pub stages: Vec<i64>,
    /// Units received, by whole days from the order to the receipt: entry `d` holds those of `d` days.
    pub by_days: Vec<i64>,
}

impl RouteTimes {
    /// Empty tables, by location and route.
    pub(super) fn of(plan: &Plan) -> Vec<Vec<RouteTimes>> {
        let route =
            |stages: usize| RouteTimes { units: 0, stages: vec![0; stages], by_days: Vec::with_capacity(plan.days) };
        plan.locations.iter().map(|l| l.routes.iter().map(|r| route(r.stages.len())).collect()).collect()
    }

    pub(super) fn clear(&mut self) {
        self.units = 0;
        self.stages.fill(0);
        self.by_days.clear();
    }

    pub(super) fn receive(&mut self, order: &PurchaseOrder) {
        self.units += order.units;
        let mut begun = order.placed;
        for (days, end) in self.stages.iter_mut().zip(order.ends) {
            *days += order.units * i64::from(end - begun);
            begun = end;
        }
        let days = (order.arrival - order.placed) as usize;
        if self.by_days.len() <= days {
            self.by_days.resize(days + 1, 0);
        }
        self.by_days[days] += order.units;
    }

    /// Adds the units and unit-days of another replication.
    pub fn merge(&mut self, other: &RouteTimes) {
        self.units += other.units;
        for (mine, theirs) in [(&mut self.stages, &other.stages), (&mut self.by_days, &other.by_days)] {
            mine.resize(mine.len().max(theirs.len()), 0);
            mine.iter_mut().zip(theirs).for_each(|(m, t)| *m += t);
        }
    }

    /// Unit-days from the order to the receipt.
    #[must_use]
    pub fn unit_days(&self) -> i64 {
        self.stages.iter().sum()
    }

    /// Whole days from the order within which a `share` (0 to 1) of the units arrived; absent if no unit did.
    #[must_use]
    pub fn within(&self, share: f64) -> Option<usize> {
        let mut sum = 0;
        let enough = share * self.units as f64;
        self.by_days.iter().position(|n| {
            sum += n;
            sum > 0 && sum as f64 >= enough
        })
    }
}
