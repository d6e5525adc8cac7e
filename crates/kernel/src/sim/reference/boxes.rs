//! Containers that goods wait for (`docs/model.md`, "Shared containers").

use super::case::Fault;
use super::costs;
use super::diary::{Happened, Order};
use super::shop::Shop;

/// A container is full from this share on: less than a unit is missing.
const FULL: f64 = 1.0 - 1e-9;

/// An order that waits for a container.
struct InLine {
    shop: usize,
    order: usize,
    m3: f64,
    kg: f64,
    filled: f64,
    is_due: bool,
}

impl Shop<'_> {
    /// This morning what waits for each container leaves, if it fills one or if some of it has waited long enough.
    pub(super) fn leave_in_containers(shops: &mut [Shop<'_>]) {
        let Some(scenario) = shops.first().map(|shop| shop.case.scenario) else { return };
        for (number, container) in scenario.containers.iter().enumerate() {
            let mut line = Vec::new();
            for (shop, s) in shops.iter().enumerate() {
                line.extend(s.in_line(number).map(|order| s.waits(shop, order)));
            }
            let (mut m3, mut kg, mut filled) = (0.0, 0.0, 0.0);
            for order in &line {
                m3 += order.m3;
                kg += order.kg;
                filled += order.filled;
            }
            let fill = (m3 / container.size.m3).max(kg / container.size.payload_kg);
            let is_full = fill >= FULL && !shops[0].case.breaks(Fault::NeverFull);
            if line.is_empty() || !is_full && !line.iter().any(|order| order.is_due) {
                continue;
            }
            let whole = (fill - (1.0 - FULL)).ceil().max(0.0);
            for order in &line {
                let part = if filled > 0.0 { whole * (order.filled / filled) } else { 0.0 };
                shops[order.shop].load(order, part);
            }
        }
    }

    /// The stage in which an order waits for a container, and the number of that.
    fn waits_for(&self, order: &Order) -> Option<(usize, usize)> {
        let stages = &costs::route(&self.case, (order.place, order.route)).stages;
        stages.iter().enumerate().find_map(|(k, stage)| Some((k, stage.waits_for?)))
    }

    /// Orders that wait for a container, by location, oldest first.
    fn in_line(&self, container: usize) -> impl Iterator<Item = usize> + '_ {
        let waits = move |id: &usize| {
            let order = &self.orders[*id];
            let stage = self.waits_for(order).filter(|(_, of)| *of == container);
            stage.is_some_and(|(k, _)| {
                let is_there = order.milestone(k) <= self.today && self.today <= order.ends[k] && order.total() > 0;
                is_there && (order.ends[k] == self.today || !self.stands_still(order, k))
            })
        };
        (0..self.sites.len()).flat_map(move |i| self.open(i).filter(waits))
    }

    /// Whether nothing is done in a stage of an order from yesterday evening until this one.
    fn stands_still(&self, order: &Order, k: usize) -> bool {
        let stage = &self.case.plan.locations[order.place].routes[order.route].stages[k];
        let is_stopped = |d: &usize| self.today > 0 && self.world.disruptions[*d].pace[self.today - 1] == 0.0;
        stage.disruptions.iter().any(is_stopped)
    }

    fn waits(&self, shop: usize, id: usize) -> InLine {
        let (order, product) = (&self.orders[id], self.case.product);
        let (stage, number) = self.waits_for(order).expect("it waits");
        let units = order.total();
        InLine {
            shop,
            order: id,
            m3: units as f64 * product.volume_litres / 1000.0,
            kg: units as f64 * product.weight_kg,
            filled: self.case.scenario.containers[number].size.filled(units, product.weight_kg, product.volume_litres),
            is_due: order.ends[stage] == self.today,
        }
    }

    /// An order leaves; if that is sooner than it was placed for, it goes on from today.
    fn load(&mut self, line: &InLine, containers: f64) {
        let id = line.order;
        if !line.is_due {
            let (stage, _) = self.waits_for(&self.orders[id]).expect("it waits");
            let mut order = self.orders[id].clone();
            order.as_placed = Some((order.ends.clone(), order.arrival));
            order.ends.truncate(stage);
            order.ends.push(self.today);
            let (units, scrapped, today) = (order.units, order.scrapped, self.today);
            self.today = order.placed;
            self.later_stages(&mut order, today as f64);
            self.today = today;
            (order.units, order.scrapped, order.queued_until) = (units, scrapped, 0);
            if order.arrival != self.orders[id].arrival {
                order.filed = self.filed_next();
            }
            self.orders[id] = order;
        }
        let ends = self.orders[id].ends.clone();
        let containers = if self.case.breaks(Fault::PartOfAContainer) { line.filled } else { containers };
        self.tell(Happened::Loaded { order: id, units: self.orders[id].total(), ends, containers });
    }
}
