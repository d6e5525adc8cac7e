//! What is lost: goods that a disruption destroys, and orders that never come. And locations that are shut.
//!
//! The books know at once. The planner learns of a loss some days later, or when the order comes without the units, and counts on them until then.

use super::replication::{Replication, Shop};
use super::state::{Missing, PurchaseOrder};
use super::watch::{Event, Now, Watch};
use crate::model::LossTerms;
use crate::sim::plan::Destroyer;

impl<W: Watch> Replication<'_, W> {
    /// In the evening, before the reviews: what begins today destroys what is there, and the planner learns what is known by now.
    #[inline(never)]
    pub fn lose(&mut self) {
        let (now, plan) = (self.shop.now, self.shop.now.plan);
        for destroyer in &plan.destroyers {
            if now.path.disruptions[destroyer.disruption].begin.binary_search(&now.day).is_ok() {
                for location in 0..self.shop.sites.len() {
                    self.destroy_on_hand(location, destroyer);
                    self.destroy_on_order(location, destroyer);
                }
            }
        }
        let mut k = 0;
        while k < self.shop.orders.missing.len() {
            let Missing { order, units, known } = self.shop.orders.missing[k];
            if known as usize > now.day {
                k += 1;
                continue;
            }
            self.shop.orders.missing.remove(k);
            self.find_missing(order, units);
            let lot = self.shop.orders.slots[order];
            // What was to come and never does is no longer open.
            if lot.arrival as usize <= now.day && lot.total() + lot.missing == 0 {
                self.shop.orders.close(&mut self.shop.sites[lot.location as usize], order);
            }
        }
    }

    fn destroy_on_hand(&mut self, location: usize, destroyer: &Destroyer) {
        if !self.shop.now.plan.locations[location].shut_by.contains(&destroyer.disruption) {
            return;
        }
        let site = &mut self.shop.sites[location];
        let units = part(site.free(), destroyer.share);
        site.on_hand -= units;
        if units > 0 {
            self.tell(Event::Destroyed { location, units, terms: &destroyer.terms });
        }
    }

    /// Of each order for a location that is at the node a share is lost, the oldest first.
    fn destroy_on_order(&mut self, location: usize, destroyer: &Destroyer) {
        let mut open: Vec<u32> = self.shop.orders.open(self.shop.sites[location].latest).collect();
        open.reverse();
        for order in open {
            let lot = &self.shop.orders.slots[order];
            if is_at(&self.shop.now, lot, destroyer.disruption) {
                let units = part(lot.units, destroyer.share);
                self.lose_units(order, (units, 0), &destroyer.terms);
            }
        }
    }

    /// Units of an order are lost, and `scrapped` ones with them that would have been found at the receipt.
    fn lose_units(&mut self, order: u32, (units, scrapped): (i64, i64), terms: &LossTerms) {
        if units + scrapped == 0 {
            return;
        }
        let before = self.shop.orders.slots[order];
        let lot = &mut self.shop.orders.slots[order];
        lot.units -= units;
        lot.scrapped -= scrapped;
        lot.missing += units + scrapped;
        let known = self.shop.now.day as u32 + terms.known_after_days;
        self.shop.orders.missing.push(Missing { order, units: units + scrapped, known });
        self.shop.sites[before.location as usize].cover_day = usize::MAX;
        self.tell(Event::Lost { order, lot: &before, units: units + scrapped, terms });
    }

    /// The planner counts on these units no more.
    fn find_missing(&mut self, order: u32, units: i64) {
        let lot = &mut self.shop.orders.slots[order];
        lot.missing -= units;
        let (location, placed) = (lot.location as usize, lot.placed);
        let site = &mut self.shop.sites[location];
        site.on_order -= units;
        site.cover_day = usize::MAX;
        self.tell(Event::FoundMissing { location, units, placed });
    }

    /// The morning on which an order is to come: what it comes without is known, and it may not come at all. Returns whether nothing comes of it.
    #[inline(never)]
    pub fn comes_without(&mut self, order: u32) -> bool {
        let now = self.shop.now;
        while let Some(k) = self.shop.orders.missing.iter().position(|m| m.order == order) {
            let units = self.shop.orders.missing.remove(k).units;
            self.find_missing(order, units);
        }
        let lot = self.shop.orders.slots[order];
        if lot.total() == 0 {
            self.shop.orders.close(&mut self.shop.sites[lot.location as usize], order);
            return true;
        }
        let Some(terms) = never_comes(&now, &lot) else { return false };
        self.lose_units(order, (lot.units, lot.scrapped), terms);
        true
    }
}

impl<W: Watch> Replication<'_, W> {
    /// In the morning what customers did not get is made good: another unit ships, as long as there are some, or the price is given back.
    #[inline(never)]
    pub fn make_good(&mut self) {
        let (day, plan) = (self.shop.now.day, self.shop.now.plan);
        for (location, l) in plan.locations.iter().enumerate() {
            let site = &mut self.shop.sites[location];
            let due = site.make_good[day];
            let reships = l.lost_parcels.as_ref().is_some_and(|lost| lost.2);
            let again = if reships { due.min(site.free()) } else { 0 };
            site.on_hand -= again;
            site.before_shipping -= again;
            if again > 0 {
                self.tell(Event::Reshipped { location, units: again });
            }
            if due > again {
                self.tell(Event::LossRefunded { location, units: due - again });
            }
        }
    }

    /// When all of today's units have left the shelves: how many of them are lost. Units that ship on one day from one place are exchangeable.
    #[inline(never)]
    pub fn lose_parcels(&mut self) {
        let (now, plan) = (self.shop.now, self.shop.now.plan);
        for (location, l) in plan.locations.iter().enumerate() {
            let Some((share, after, _)) = &l.lost_parcels else { continue };
            let site = &mut self.shop.sites[location];
            let of = site.before_shipping - site.on_hand;
            if of == 0 {
                continue;
            }
            let units = share.binomial(of, &mut now.draw(plan.parcel_stream, now.day, location as u32));
            if let Some(day) = site.make_good.get_mut(now.day + after) {
                *day += units;
            }
            if units > 0 {
                self.tell(Event::ParcelsLost { location, units });
            }
        }
    }
}

impl Shop<'_> {
    /// What is on hand before anything ships today.
    pub fn count_before_shipping(&mut self) {
        self.sites.iter_mut().for_each(|site| site.before_shipping = site.on_hand);
    }

    /// Nothing ships from a location that was down on an `evening` until the next one: what is free there is not counted as on hand meanwhile.
    #[inline(never)]
    pub fn shut_in(&mut self, evening: usize) {
        let (now, locations) = (&self.now, &self.now.plan.locations);
        let was_down = |d: &usize| now.path.disruptions[*d].is_down(evening);
        for (site, _) in self.sites.iter_mut().zip(locations).filter(|(_, l)| l.shut_by.iter().any(was_down)) {
            let units = site.free();
            site.shut_in += units;
            site.on_hand -= units;
            site.before_shipping -= units;
        }
    }

    /// What could not ship is on hand again.
    #[inline(never)]
    pub fn let_out(&mut self) {
        for site in &mut *self.sites {
            site.on_hand += std::mem::take(&mut site.shut_in);
        }
    }
}

/// Who bears an order that never comes; absent if it does.
pub(super) fn never_comes<'a>(now: &Now<'a>, lot: &PurchaseOrder) -> Option<&'a LossTerms> {
    let route = &now.plan.locations[lot.location as usize].routes[lot.route as usize];
    let (share, terms, stream) = route.lost.as_ref()?;
    (now.draw(*stream, lot.placed as usize, 0).uniform() < *share).then_some(terms)
}

/// So much of the units is lost, rounded half up.
fn part(units: i64, share: f64) -> i64 {
    (units as f64 * share + 0.5) as i64
}

/// Whether an order, which was placed before today, is at the node of a disruption this evening.
fn is_at(now: &Now<'_>, lot: &PurchaseOrder, disruption: usize) -> bool {
    let stages = &now.plan.locations[lot.location as usize].routes[lot.route as usize].stages;
    let current = lot.ends[..stages.len()].iter().take_while(|end| **end <= now.day as u32).count();
    (lot.placed as usize) < now.day && stages.get(current).is_some_and(|s| s.disruptions.contains(&disruption))
}
