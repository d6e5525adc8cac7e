//! The next purchase orders, as a buyer would place them.

use restock_base::calendar::Day;
use restock_kernel::model::Scenario;
use restock_kernel::sim::EventKind;
use restock_kernel::study::trace;
use std::collections::BTreeMap;

/// Replications in which orders are looked at.
pub const LOOKED_AT: u32 = 64;

/// The first purchase order of a location from the start of the window on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextOrder {
    /// Stock-keeping unit of the product.
    pub product: String,
    /// Name of the location.
    pub location: String,
    /// The median date, with the 5th and 95th percentile over the replications that were looked at.
    pub date: (Day, Day, Day),
    /// The median quantity in units, with the same percentiles.
    pub units: (i64, i64, i64),
    /// Replications in which there is an order in the window.
    pub placed: u32,
}

/// The next orders of one supply model. From a position they are those that a buyer would place, with what chance does to them; after a warm-up
/// they are those of a year like the one that is simulated.
#[must_use]
pub fn next_orders(scenario: &Scenario, seed: u64, model: usize) -> Vec<NextOrder> {
    let alone = Scenario { models: vec![scenario.models[model].clone()], ..scenario.clone() };
    let mut found: BTreeMap<(String, String), Vec<(Day, i64)>> = BTreeMap::new();
    for replication in 0..LOOKED_AT {
        let mut seen: Vec<(String, String)> = Vec::new();
        for line in trace(&alone, seed, replication) {
            // What comes from another location is ordered there.
            let orders = matches!(line.event, EventKind::OrderPlaced | EventKind::Requested);
            let placed = orders && line.date >= scenario.horizon.start;
            let key = (line.product, line.location);
            if placed && !seen.contains(&key) {
                found.entry(key.clone()).or_default().push((line.date, line.units));
                seen.push(key);
            }
        }
    }
    let middle = |values: &mut Vec<i64>| {
        values.sort_unstable();
        let at = |p: usize| values[(values.len() * p).div_ceil(100).max(1) - 1];
        (at(50), at(5), at(95))
    };
    let order = |((product, location), orders): ((String, String), Vec<(Day, i64)>)| {
        let date = middle(&mut orders.iter().map(|o| i64::from(o.0.0)).collect());
        let day = |d: i64| Day(d as i32);
        let units = middle(&mut orders.iter().map(|o| o.1).collect());
        NextOrder {
            product,
            location,
            date: (day(date.0), day(date.1), day(date.2)),
            units,
            placed: orders.len() as u32,
        }
    };
    found.into_iter().map(order).collect()
}
