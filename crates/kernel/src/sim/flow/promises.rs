//! The shop's knowledge of open orders: the days on which they are expected, and the customers whom they cover.

use super::queue::NONE;
use super::replication::Shop;
use super::state::{Cover, PurchaseOrder, Request, Site};
use crate::sim::plan::{CustomerPlan, PromisePlan, RoutePlan};

/// Part of what a location waits for at another one.
struct Expected {
    expected: u32,
    units: i64,
    buffer: f64,
}

impl Shop<'_> {
    /// Inventory position of location `i`: units on hand, less units that wait, plus units on order; with its part of what is left at closed
    /// locations.
    #[inline(always)]
    pub fn position(&self, i: usize) -> i64 {
        self.for_location(i, Site::position)
    }

    /// What one of these customers hears who would be covered by a receipt: the day promised, or [`NONE`], and the chance that it is accepted.
    #[inline(always)]
    pub fn offer(&self, receipt: &Cover, customers: &CustomerPlan) -> (u32, f64) {
        let today = self.now.day as u32;
        let promise = match customers.promise {
            PromisePlan::ExpectedArrival => receipt.quoted,
            PromisePlan::FixedDays(days) => today + days,
            PromisePlan::None => NONE,
        };
        // Without a promise shoppers judge by the date that would have been quoted.
        let quoted = if promise == NONE { receipt.quoted } else { promise };
        (promise, customers.accepts(f64::from(quoted.saturating_sub(today))))
    }

    /// Units of location `i`, and its part of those that are left at closed locations, which are sold before its own; less those that it owes to
    /// pre-orders for which its planner orders.
    #[inline(always)]
    pub fn for_location(&self, i: usize, of: impl Fn(&Site) -> i64) -> i64 {
        let own = of(&self.sites[i]);
        if self.now.plan.has_extra_steps { own + self.besides(i, of) } else { own }
    }

    /// The part of what is left at closed locations, less what has been pre-ordered here and is ordered for.
    #[inline(never)]
    fn besides(&self, i: usize, of: impl Fn(&Site) -> i64) -> i64 {
        let ahead = self.sites[i].to_order_for;
        if !self.now.plan.sells_off {
            return -ahead;
        }
        let locations = &self.now.plan.locations;
        let left: i64 = self.sites.iter().zip(locations).filter(|(_, l)| !l.is_open).map(|(site, _)| of(site)).sum();
        let (from, to) = locations[i].of_left;
        (left as f64 * to).round() as i64 - (left as f64 * from).round() as i64 - ahead
    }

    /// Net stock for location `i` plus the units that are expected within the lead time of `route`.
    pub fn soon(&mut self, i: usize, route: &RoutePlan) -> i64 {
        let day = self.now.day;
        let until = (day as f64 + route.lead_time(day)).round() as u32;
        let requested = self.requested(i).iter().filter(|r| r.expected <= until).map(|r| r.units).sum::<i64>();
        let due = |site: &Site| -> i64 {
            let orders = self.orders.open(site.latest).map(|o| &self.orders.slots[o]);
            let route = |o: &PurchaseOrder| &self.now.plan.locations[o.location as usize].routes[o.route as usize];
            orders.filter(|o| expected(route(o), o, day) <= until).map(PurchaseOrder::counted_on).sum()
        };
        self.for_location(i, |site| site.net() + due(site)) + requested
    }

    /// The receipts that are expected for location `i`, by their days, with the units of each and of all before it: those at closed locations in
    /// part.
    pub fn receipts(&mut self, i: usize) -> Vec<(f64, f64)> {
        self.refresh_cover(i);
        let mut all: Vec<(f64, f64)> =
            self.sites[i].cover.iter().map(|c| (f64::from(c.expected), c.units as f64)).collect();
        if !self.now.plan.sells_off {
            return all;
        }
        let single = |all: &mut Vec<(f64, f64)>| (1..all.len()).rev().for_each(|k| all[k].1 -= all[k - 1].1);
        single(&mut all);
        let (from, to) = self.now.plan.locations[i].of_left;
        for closed in (0..self.sites.len()).filter(|k| !self.now.plan.locations[*k].is_open) {
            self.refresh_cover(closed);
            let part = |c: &Cover| (f64::from(c.expected), c.units as f64 * (to - from));
            let mut theirs: Vec<(f64, f64)> = self.sites[closed].cover.iter().map(part).collect();
            single(&mut theirs);
            all.extend(theirs);
        }
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        (1..all.len()).for_each(|k| all[k].1 += all[k - 1].1);
        all
    }

    /// Rebuilds the list of the receipts expected at location `i`, unless it is of today already.
    #[inline]
    pub fn refresh_cover(&mut self, i: usize) {
        // What it waits for elsewhere depends on what happens there in the course of the day.
        if self.sites[i].cover_day != self.now.day || self.sites[i].awaited > 0 {
            self.rebuild_cover(i);
        }
    }

    /// What location `i` waits for at other locations: the days on which it is expected, as those who wait there are covered, in their order after
    /// the customers of that location.
    #[inline]
    fn requested(&mut self, i: usize) -> Vec<Expected> {
        if self.sites[i].awaited > 0 { self.look_for_requests(i) } else { Vec::new() }
    }

    #[inline(never)]
    fn look_for_requests(&mut self, i: usize) -> Vec<Expected> {
        let mut all = Vec::new();
        for source in self.now.plan.sources() {
            let mut before = self.sites[*source].backlog;
            for k in 0..self.sites[*source].requests.len() {
                let Request { location, route, units, .. } = self.sites[*source].requests[k];
                let until = before + units;
                while location == i && before < until {
                    let (leaves, covered) = self.leaves(*source, before);
                    let units = covered.min(until - before);
                    let route = &self.now.plan.locations[i].routes[route];
                    let expected = (f64::from(leaves) + route.lead_time(leaves as usize) + 0.5) as u32;
                    all.push(Expected { expected, units, buffer: route.promise_buffer });
                    before += units;
                }
                before = until;
            }
        }
        all
    }

    /// The day on which the unit that follows so many others in the line of a location is expected to leave, and how many units from this one on do.
    fn leaves(&mut self, source: usize, before: i64) -> (u32, i64) {
        let on_hand = self.sites[source].on_hand;
        if before < on_hand {
            return (self.now.day as u32, on_hand - before);
        }
        let receipt = self.cover(source, before + 1 - on_hand);
        (receipt.expected, receipt.units)
    }

    fn rebuild_cover(&mut self, i: usize) {
        let day = self.now.day;
        let last = (self.after_the_next_review(i).1 + 0.5) as u32;
        let requested = self.requested(i);
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
            site.cover.push(Cover { quoted, expected, units: order.counted_on() });
        }
        for Expected { expected, units, buffer } in requested {
            site.last_expected = site.last_expected.max(expected);
            site.cover.push(Cover { quoted: expected + (buffer + 0.5) as u32, expected, units });
        }
        site.cover.sort_unstable();
        let mut sum = 0;
        for entry in &mut site.cover {
            sum += entry.units;
            entry.units = sum;
        }
    }

    /// The receipt that covers the `place`-th waiting unit of location `i`. Its `units` are the number of units that it covers from this one on.
    /// If no open order covers the place, it is the receipt of the next review's order, after its lead time.
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

    /// Day, with its fraction, on which a lot that is ordered on `day` is expected: after the route's lead time, or later if the factory is busy
    /// for longer with earlier orders.
    pub fn expected_of_a_lot(&self, route: &RoutePlan, day: usize) -> f64 {
        let usual = day as f64 + route.lead_time(day);
        let Some(capacity) = self.now.plan.factory_capacity else { return usual };
        let made = |k: usize| route.stages[k].worked_until(self.orders.factory_free.max(day as f64), 1.0 / capacity);
        let production = (0..route.stages.len()).filter(|k| route.stages[*k].production);
        production.map(|k| made(k) + route.mean_from_stage[k + 1]).fold(usual, f64::max)
    }

    /// Units that the factory makes in so many days; infinite if its capacity does not bound the lots of the route.
    pub fn made_within(&self, route: &RoutePlan, days: f64) -> f64 {
        let capacity = self.now.plan.factory_capacity.filter(|_| route.stages.iter().any(|stage| stage.production));
        capacity.map_or(f64::INFINITY, |capacity| (capacity * days).max(1.0))
    }

    /// The base route of location `i`, and the day, with its fraction, on which the order of the next review is expected by it. Of a closed
    /// location, which orders nothing more, those of its heir.
    fn after_the_next_review(&self, i: usize) -> (&RoutePlan, f64) {
        let i = self.now.plan.locations[i].heir;
        let route = self.now.plan.locations[i].base();
        let next_review = self.next_review(i);
        (route, next_review as f64 + route.lead_time(next_review))
    }

    /// The latest day on which anybody who waits at location `i` is expected to be covered.
    pub fn last_cover(&mut self, i: usize) -> u32 {
        self.refresh_cover(i);
        self.sites[i].last_expected
    }

    /// Whether an open order covers the `place`-th waiting unit of location `i`.
    fn is_on_order(&mut self, i: usize, place: i64) -> bool {
        self.refresh_cover(i);
        self.sites[i].cover.last().is_some_and(|all| all.units >= place)
    }

    /// The location that would cover one more backorder of a shopper of location `first` earliest, and the receipt that covers it. `place` tells of a
    /// location, by its number, which waiting unit the last one of that order would be.
    pub fn earliest_cover(&mut self, first: usize, place: impl Fn(usize, &Site) -> i64) -> (usize, Cover) {
        if !self.now.plan.customers.needs_date {
            let today = self.now.day as u32;
            return (first, Cover { quoted: today, expected: today, units: i64::MAX });
        }
        let mut best = (first, self.cover(first, place(first, &self.sites[first])));
        let plan = self.now.plan;
        if plan.overflow || plan.sells_off {
            for i in (0..self.sites.len()).filter(|i| *i != first) {
                let place = place(i, &self.sites[i]);
                // What comes to a closed location is for all, but nothing more is ordered there.
                let l = &plan.locations[i];
                let may_wait = if l.is_open { plan.overflow && l.serves } else { self.is_on_order(i, place) };
                if !may_wait {
                    continue;
                }
                let there = self.cover(i, place);
                if there.quoted < best.1.quoted {
                    best = (i, there);
                }
            }
        }
        best
    }
}

/// Day on which an open order is expected, as far as the shop knows. It knows the stage that the order is in and for how long already, and
/// adds the mean rest of this stage and the means of the stages after it, holidays included.
pub(super) fn expected(route: &RoutePlan, order: &PurchaseOrder, today: usize) -> u32 {
    let current = order.ends[..route.stages.len()].iter().take_while(|end| **end <= today as u32).count();
    let begun = order.milestone(current);
    let mut time = today as f64;
    for (k, stage) in route.stages.iter().enumerate().skip(current) {
        // The stages of an order placed today, and stages to come, have their plain means.
        let known = k == current && (k > 0 || order.placed < today as u32);
        let left = if known { stage.expected_left(f64::from(begun), time) } else { stage.mean };
        time = stage.worked_until(time, left);
    }
    ((time + 0.5) as u32).max(order.queued_until).max(today as u32 + 1)
}
