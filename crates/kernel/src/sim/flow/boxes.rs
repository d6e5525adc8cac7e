//! Containers that goods wait for: what waits is loaded when it fills one, or when the first has waited long enough, and leaves.
//!
//! An order is placed as if it waited as long as it may. When its container leaves, it goes on from that day, and is charged its part of the
//! whole containers that left.

use super::orders::{OrderDraws, stands_still};
use super::replication::Replication;
use super::watch::{Event, Now, Watch};

/// An order that waits for a container.
#[derive(Debug, Clone, Copy)]
pub(in crate::sim) struct InLine {
    /// Number of the product in its group.
    pub product: usize,
    order: u32,
    pub m3: f64,
    pub kg: f64,
    /// Containers that it fills, as a fraction.
    pub filled: f64,
    /// It may wait no longer.
    pub is_due: bool,
}

impl<W: Watch> Replication<'_, W> {
    /// Adds the orders of a product that wait this morning for a container of this number, location by location, oldest first.
    pub fn join_the_line(&self, container: usize, product: usize, out: &mut Vec<InLine>) {
        let plan = self.shop.now.plan;
        let today = self.shop.now.day as u32;
        for (site, l) in self.shop.sites.iter().zip(&plan.locations) {
            let before = out.len();
            for order in self.shop.orders.open(site.latest) {
                let lot = &self.shop.orders.slots[order];
                let route = &l.routes[lot.route as usize];
                let Some(stage) = route.loading.filter(|(_, of)| *of == container).map(|(stage, _)| stage) else {
                    continue;
                };
                if lot.milestone(stage) > today || lot.ends[stage] < today {
                    continue;
                }
                if lot.total() == 0 {
                    continue;
                }
                let is_due = lot.ends[stage] == today;
                // Nothing is loaded before its time while the place stands still.
                if !is_due && stands_still(&self.shop.now, &route.stages[stage]) {
                    continue;
                }
                let units = lot.total();
                out.push(InLine {
                    product,
                    order,
                    m3: units as f64 * route.volume_litres / 1000.0,
                    kg: units as f64 * route.weight_kg,
                    filled: plan.containers[container].size.filled(units, route.weight_kg, route.volume_litres),
                    is_due,
                });
            }
            out[before..].reverse();
        }
    }

    /// An order leaves today, in so many containers of which its part is paid, and goes on from here.
    pub fn load(&mut self, line: &InLine, containers: f64) {
        let (now, order) = (self.shop.now, line.order);
        let before = self.shop.orders.slots[order];
        let l = &now.plan.locations[before.location as usize];
        let route = &l.routes[before.route as usize];
        let Some((stage, _)) = route.loading else { return };
        let mut lot = before;
        if !line.is_due {
            lot.ends[stage] = now.day as u32;
            let placed = Now::new(now.plan, now.path, now.replication, before.placed as usize);
            let draws = OrderDraws { now: placed, route, together: None };
            draws.stages_from(stage + 1, now.day as f64, &mut 0.0, &mut lot);
            (lot.units, lot.scrapped, lot.queued_until) = (before.units, before.scrapped, 0);
            self.shop.orders.bring_forward(order, &mut lot);
            self.shop.sites[before.location as usize].cover_day = usize::MAX;
        }
        self.tell(Event::Loaded { order, before: &before, lot: &lot, containers });
    }
}
