//! A change of the supply model: what brings it, the morning on which it goes on by other terms, and what becomes of a location that is closed.
//!
//! A closed location orders nothing. What it has, and what still comes, is sold before anything else: to those who wait for it there, to those who
//! wait elsewhere, and to shoppers ([`super::shoppers`]). Planners of the open locations count it as theirs.

use super::losses::never_comes;
use super::replication::{Replication, Shop};
use super::state::PurchaseOrder;
use super::watch::{Event, Now, Watch};
use crate::model::Cue;
use crate::sim::plan::Handover;

impl<'a, W: Watch> Replication<'a, W> {
    /// The shop goes on by the plan of `now` from today on.
    #[inline(never)]
    pub fn turn(&mut self, now: Now<'a>, move_waiting: bool) {
        let (before, plan) = (self.shop.now.plan, now.plan);
        if now.day == plan.warmup && now.day > before.from {
            // What there is in the beginning is valued on the terms of before.
            let opens = Now::new(before, now.path, now.replication, now.day);
            self.watch.see(&opens, &Event::WindowBegins(self.shop.sites));
        }
        self.shop.hand_over(&now);
        for (location, l) in plan.locations.iter().enumerate() {
            let next_review = plan.review_from(now.day, l, now.path.review_phase);
            let site = &mut self.shop.sites[location];
            site.next_review = next_review;
            site.turn(now.day, l);
            if move_waiting && !l.is_open && before.locations[location].is_open {
                self.move_away(&now, location, 0);
            }
            if !l.is_open && !plan.pre_orders.is_empty() {
                self.move_pre_orders(location, l.heir);
            }
        }
        if plan.network.is_some() {
            self.withdraw_from_what_is_closed(&now);
        }
        self.shop.now = now;
    }

    /// What closed locations still have when those who wait there are served goes to those who wait elsewhere, oldest first, one location after the
    /// other. Whoever waits at a closed location, and is covered by no order that is on its way there, waits elsewhere from now on.
    #[inline(never)]
    pub fn allocate_what_is_left(&mut self) {
        let now = self.shop.now;
        for (closed, _) in now.plan.locations.iter().enumerate().filter(|(_, l)| !l.is_open) {
            for location in (0..self.shop.sites.len()).filter(|i| now.plan.locations[*i].is_open) {
                self.ship_from(closed, location);
            }
            self.move_away(&now, closed, self.shop.sites[closed].on_order);
        }
    }

    /// Ships what location `from` has to those who wait at location `to`.
    pub fn ship_from(&mut self, from: usize, to: usize) {
        if self.shop.now.plan.baskets.is_some() {
            return self.ship_to_baskets(from, to);
        }
        while self.shop.sites[from].on_hand > 0 && self.shop.sites[to].backlog > 0 {
            let on_hand = self.shop.sites[from].on_hand;
            let Some((units, cohort)) = self.shop.sites[to].serve_the_first(on_hand) else { break };
            self.shop.sites[from].on_hand -= units;
            self.tell_shipped(from, units, &cohort);
        }
    }

    /// The newest cohorts of a closed location wait at its heir, until no more than `covered` units wait here.
    fn move_away(&mut self, now: &Now<'_>, closed: usize, covered: i64) {
        let heir = now.plan.locations[closed].heir;
        while self.shop.sites[closed].short() > covered {
            let Some(mut cohort) = self.shop.sites[closed].queue.pop_back() else { break };
            if cohort.units > 0 {
                // What an order has got stays where it is.
                self.shop.sites[closed].reserved -= i64::from(std::mem::take(&mut cohort.kept));
                self.shop.sites[closed].backlog -= cohort.units;
                self.shop.sites[heir].backlog += cohort.units;
                self.shop.sites[heir].queue.insert(cohort, |c| now.plan.rank(c.class));
                self.watch.see(now, &Event::Moved { location: heir, cohort: &cohort });
            }
        }
    }
}

impl Shop<'_> {
    /// Whether an event that brings a change has come this morning, before anything has arrived.
    #[inline(never)]
    pub fn has_come(&self, cue: Cue) -> bool {
        let day = self.now.day;
        if day <= self.now.plan.warmup {
            return false;
        }
        match cue {
            Cue::FirstReceipt(location) => {
                let comes = |lot: &PurchaseOrder| lot.units > 0 && never_comes(&self.now, lot).is_none();
                self.orders.arriving(day).any(|lot| lot.location as usize == location && comes(lot))
            }
            Cue::DemandReaches { per_day, days } => {
                let last = self.ordered.len().checked_sub(days as usize).map(|from| &self.ordered[from..]);
                last.is_some_and(|last| last.iter().sum::<i64>() as f64 >= per_day * f64::from(days))
            }
        }
    }

    /// Keeps in mind how many units planners see ordered today.
    #[inline(never)]
    pub fn count_orders(&mut self) {
        self.ordered.push(self.sites.iter().map(|site| site.observed).sum());
    }

    /// Planners take over what they believe. A location where nothing was sold before inherits what all of them together saw, by its share.
    fn hand_over(&mut self, now: &Now<'_>) {
        let handed = |h: &Handover| matches!(h, Handover::OfAll(_));
        let inherited = now.plan.locations.iter().any(|l| handed(&l.handover)).then(|| self.all_that_is_known());
        for (site, l) in self.sites.iter_mut().zip(&now.plan.locations) {
            let factor = match l.handover {
                Handover::Kept => continue,
                Handover::Own(factor) => factor,
                Handover::OfAll(factor) => {
                    let Some(all) = &inherited else { continue };
                    (site.level, site.variance) = (all.level, all.variance);
                    (site.weight, site.beyond) = (all.weight, all.beyond);
                    site.days.clone_from(&all.days);
                    factor
                }
            };
            site.level *= factor;
            site.variance *= factor * factor;
            site.days.iter_mut().for_each(|units| *units *= factor);
        }
    }

    /// What the planners of all locations together have learnt. Their shoppers are parts of one stream: standard deviations add up. Days that were
    /// beyond the bound, and those on which a level rests, are those of the location that has most.
    fn all_that_is_known(&self) -> Known {
        let largest = self.sites.iter().fold(&self.sites[0], |a, b| if b.level > a.level { b } else { a });
        let mut all = Known { weight: largest.weight, beyond: largest.beyond, ..Known::default() };
        let mut sd = 0.0;
        // What is sold at a location that another one supplies is known there, too.
        let bought = self.sites.iter().zip(&self.now.plan.locations).filter(|(_, l)| l.base().from.is_none());
        for (site, _) in bought {
            all.level += site.level;
            sd += site.variance.sqrt();
            all.days.resize(site.days.len(), 0.0);
            all.days.iter_mut().zip(&site.days).for_each(|(sum, units)| *sum += units);
        }
        all.variance = sd * sd;
        all
    }
}

/// What planners have learnt of demand.
#[derive(Default)]
struct Known {
    level: f64,
    variance: f64,
    weight: f64,
    beyond: u32,
    days: Vec<f64>,
}
