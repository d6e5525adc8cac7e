//! What the shop knows of open orders: when they are expected, and whom they cover.

use super::replication::Shop;
use super::state::{Cover, PurchaseOrder};
use crate::sim::plan::RoutePlan;

impl Shop<'_> {
    /// Net stock of location `i` plus what is expected within the lead time of `route`.
    pub fn soon(&self, i: usize, route: &RoutePlan) -> i64 {
        let (day, site) = (self.now.day, &self.sites[i]);
        let until = (day as f64 + route.lead_time(day)).round() as u32;
        let routes = &self.now.plan.locations[i].routes;
        let due: i64 = self
            .orders
            .open(site.latest)
            .map(|o| &self.orders.slots[o])
            .filter(|o| expected(&routes[o.route as usize], o, day) <= until)
            .map(|o| o.units)
            .sum();
        site.on_hand - site.backlog + due
    }

    /// Rebuilds, where it is not of today, the list of what is on its way to location `i`.
    #[inline]
    pub fn refresh_cover(&mut self, i: usize) {
        if self.sites[i].cover_day != self.now.day {
            self.rebuild_cover(i);
        }
    }

    fn rebuild_cover(&mut self, i: usize) {
        let day = self.now.day;
        let last = (self.after_the_next_review(i).1 + 0.5) as u32;
        let site = &mut self.sites[i];
        site.cover_day = day;
        site.cover.clear();
        site.last_expected = last;
        for id in self.orders.open(site.latest) {
            let order = &self.orders.slots[id];
            let route = &self.now.plan.locations[i].routes[order.route as usize];
            let expected = expected(route, order, day);
            let quoted = expected + (route.promise_buffer + 0.5) as u32;
            site.last_expected = site.last_expected.max(expected);
            site.cover.push(Cover { quoted, expected, units: order.units });
        }
        site.cover.sort_unstable();
        let mut sum = 0;
        for entry in &mut site.cover {
            sum += entry.units;
            entry.units = sum;
        }
    }

    /// The receipt that covers the `place`-th waiting unit of location `i`; `units` are those that it covers from this one on.
    /// If nothing on its way does: the next review and the lead time after it.
    pub fn cover(&mut self, i: usize, place: i64) -> Cover {
        self.refresh_cover(i);
        let site = &self.sites[i];
        let k = site.cover.partition_point(|c| c.units < place);
        if let Some(c) = site.cover.get(k) {
            return Cover { units: c.units - place + 1, ..*c };
        }
        let (route, expected) = self.after_the_next_review(i);
        let day = |buffer: f64| (expected + buffer + 0.5) as u32;
        Cover { quoted: day(route.promise_buffer), expected: day(0.0), units: i64::MAX }
    }

    /// When a lot that is ordered on a day is expected: after the route's lead time, or later if the factory is busy for longer with
    /// what was ordered before.
    pub fn expected_of_a_lot(&self, route: &RoutePlan, day: usize) -> f64 {
        let usual = day as f64 + route.lead_time(day);
        let Some(capacity) = self.now.plan.factory_capacity else { return usual };
        let made = |k: usize| route.stages[k].worked_until(self.orders.factory_free.max(day as f64), 1.0 / capacity);
        let production = (0..route.stages.len()).filter(|k| route.stages[*k].production);
        production.map(|k| made(k) + route.mean_from_stage[k + 1]).fold(usual, f64::max)
    }

    /// Units that the factory makes in so many days, if a lot of the route is made there.
    pub fn made_within(&self, route: &RoutePlan, days: f64) -> f64 {
        let capacity = self.now.plan.factory_capacity.filter(|_| route.stages.iter().any(|stage| stage.production));
        capacity.map_or(f64::INFINITY, |capacity| (capacity * days).max(1.0))
    }

    /// When what the next review of location `i` orders is expected, by its base route.
    fn after_the_next_review(&self, i: usize) -> (&RoutePlan, f64) {
        let route = &self.now.plan.locations[i].routes[0];
        let next_review = self.next_review(i);
        (route, next_review as f64 + route.lead_time(next_review))
    }

    /// The latest day on which anybody who waits at location `i` is expected to be covered.
    pub fn last_cover(&mut self, i: usize) -> u32 {
        self.refresh_cover(i);
        self.sites[i].last_expected
    }

    /// Where one more backorder of a shopper of location `first` is covered first: the location, and the receipt.
    pub fn earliest_cover(&mut self, first: usize) -> (usize, Cover) {
        if !self.now.plan.customers.needs_date {
            let today = self.now.day as u32;
            return (first, Cover { quoted: today, expected: today, units: i64::MAX });
        }
        let mut best = (first, self.cover(first, self.sites[first].backlog + 1));
        if self.now.plan.overflow {
            for i in (0..self.sites.len()).filter(|i| *i != first) {
                let there = self.cover(i, self.sites[i].backlog + 1);
                if there.quoted < best.1.quoted {
                    best = (i, there);
                }
            }
        }
        best
    }
}

/// Day on which an open order is expected, as far as the shop knows: which stage it is in, for how long
/// already, what such a stage then takes on average, and the means of the stages after it, holidays included.
pub(super) fn expected(route: &RoutePlan, order: &PurchaseOrder, today: usize) -> u32 {
    let current = order.ends[..route.stages.len()].iter().take_while(|end| **end <= today as u32).count();
    let begun = order.milestone(current);
    let mut time = today as f64;
    for (k, stage) in route.stages.iter().enumerate().skip(current) {
        // Nothing is known yet of an order placed today, nor of stages to come.
        let known = k == current && (k > 0 || order.placed < today as u32);
        let left = if known { stage.expected_left(f64::from(begun), time) } else { stage.mean };
        time = stage.worked_until(time, left);
    }
    ((time + 0.5) as u32).max(order.queued_until).max(today as u32 + 1)
}
