//! A change of the supply model on a date (`docs/model.md`, "A change on a date"): what planners take over, and what becomes of a location that is closed.

use super::case::{Fault, Span};
use super::costs;
use super::diary::{Happened, Order};
use super::shop::Shop;
use crate::model::{Cue, Policy};

impl Shop<'_> {
    /// Whether a change comes this morning: on its day, or with the event that it waits for, from the second measured day on.
    fn comes(&self, span: &Span) -> bool {
        let today = self.today;
        let event = match span.cue.filter(|_| today > self.case.warmup()) {
            None => false,
            Some(Cue::FirstReceipt(place)) => {
                let comes = |o: &Order| o.units > 0 && self.never_comes(o).is_none();
                let lands = |o: &Order| o.place == place && o.arrival == today && comes(o);
                self.orders.iter().any(lands)
            }
            Some(Cue::DemandReaches { per_day, days }) => {
                let days = days as usize + usize::from(self.case.breaks(Fault::LevelOfADayMore));
                let last: i64 = self.ordered.iter().rev().take(days).sum();
                self.ordered.len() >= days && last as f64 >= per_day * days as f64
            }
        };
        event || span.from == today
    }

    /// Goes on by the terms of every change of today, one after the other.
    pub fn turn(&mut self) {
        let today = self.today;
        while let Some(span) = self.case.spans.get(self.turned.len()).filter(|span| self.comes(span)) {
            let before = self.case;
            let known = self.what_all_know();
            self.turned.push(today);
            self.case = before.after(self.turned.len());
            for i in 0..self.sites.len() {
                let (was, is) = (before.plan.locations[i].planned_share, self.case.plan.locations[i].planned_share);
                let all: f64 = before.plan.locations.iter().map(|l| l.own_share).sum();
                if was != is {
                    self.take_over(i, if was == 0.0 { is / all } else { is / was }, (was == 0.0).then_some(&known));
                }
                let (l, plan) = (&span.model.locations[i], &self.case.plan.locations[i]);
                let site = &mut self.sites[i];
                if l.react.is_none() || !l.is_open {
                    site.react = Default::default();
                }
                for (alarm, route) in site.expedite.iter_mut().zip(&l.routes) {
                    if route.expedite.is_none() || !route.is_open || !l.is_open {
                        *alarm = Default::default();
                    }
                }
                site.safety_stock = match plan.implied_safety_stock {
                    _ if !l.is_open => 0,
                    Some(units) => (units + plan.extra_stock).max(0),
                    None => site.safety_stock,
                };
                site.bought = !matches!(plan.policy, Policy::OneTime { day, .. } if day.0 >= today as i32);
                if span.moves && !l.is_open && before.model.locations[i].is_open {
                    self.move_away(i, 0);
                }
                if !l.is_open {
                    self.move_pre_orders(i);
                }
            }
            self.withdraw_from_what_is_closed();
        }
    }

    /// What the planners of all locations together believe, as one planner would: level, variance, days on which it rests, what lay beyond the
    /// bound, and the days seen.
    fn what_all_know(&self) -> Known {
        let largest = self.sites.iter().fold(&self.sites[0], |a, b| if b.level > a.level { b } else { a });
        let mut known =
            Known { level: 0.0, sd: 0.0, weight: largest.weight, beyond: largest.beyond.clone(), seen: Vec::new() };
        // What is sold at a location that another one supplies is known there, too.
        let bought = |i: &usize| self.case.model.locations[*i].routes[self.base(*i)].from.is_none();
        for site in (0..self.sites.len()).filter(bought).map(|i| &self.sites[i]) {
            known.level += site.level;
            known.sd += site.variance.sqrt();
            known.seen.resize(site.seen.len(), (0.0, 0.0));
            for (all, one) in known.seen.iter_mut().zip(&site.seen) {
                *all = (all.0 + one.0, one.1);
            }
        }
        known
    }

    /// A planner's beliefs times a factor: its own, or those of all.
    fn take_over(&mut self, i: usize, factor: f64, known: Option<&Known>) {
        let forgets = self.case.breaks(Fault::NothingInherited);
        let site = &mut self.sites[i];
        if let Some(known) = known.filter(|_| !forgets) {
            (site.level, site.variance, site.weight) = (known.level, known.sd * known.sd, known.weight);
            (site.beyond, site.seen) = (known.beyond.clone(), known.seen.clone());
        }
        site.level *= factor;
        site.variance *= factor * factor;
        site.seen.iter_mut().for_each(|day| day.0 *= factor);
    }

    pub fn is_open(&self, i: usize) -> bool {
        self.case.model.locations[i].is_open
    }

    /// Number of the base route of a location, of lots of the usual size: the first one that is open.
    pub fn base(&self, i: usize) -> usize {
        let model = if self.is_open(i) { self.case.model } else { self.case.first_open(i) };
        costs::usual_route(&self.case, model, i, self.today)
    }

    /// Where those wait who are not covered at a closed location: the open one of the largest share, the first of several.
    pub fn heir(&self) -> usize {
        let l = &self.case.model.locations;
        let open = (0..l.len()).filter(|i| l[*i].is_open);
        open.reduce(|a, b| if l[b].share > l[a].share { b } else { a }).unwrap_or(0)
    }

    /// The newest cohorts of a closed location wait elsewhere, until no more than `covered` units wait here.
    pub fn move_away(&mut self, closed: usize, covered: i64) {
        let heir = self.heir();
        let short = |shop: &Self| shop.sites[closed].queue.iter().map(|c| c.units - c.kept()).sum::<i64>();
        while short(self) > covered {
            let Some(mut cohort) = self.sites[closed].queue.pop() else { return };
            cohort.orders.iter_mut().for_each(|order| order.kept = 0);
            self.wait_in_line(heir, cohort.clone());
            self.tell(Happened::Moved { place: heir, cohort });
        }
    }

    /// From which share to which share of what is left at closed locations an open one counts it as its own: by the shares of demand, one
    /// location after the other.
    pub fn part_of_what_is_left(&self, i: usize) -> (f64, f64) {
        let share = |k: usize| if self.is_open(k) { self.case.plan.locations[k].own_share } else { 0.0 };
        let sum = |n: usize| (0..n).fold(0.0, |sum, k| sum + share(k));
        let all = sum(self.sites.len());
        (sum(i) / all, sum(i + 1) / all)
    }

    /// Units of location `i`, and its part of those of closed locations, less pre-orders that are ordered for.
    pub fn for_location(&self, i: usize, of: impl Fn(&Self, usize) -> i64) -> i64 {
        let counts = !self.case.breaks(Fault::OldStockForgotten);
        let closed = (0..self.sites.len()).filter(|k| counts && !self.is_open(*k));
        let left: i64 = closed.map(|k| of(self, k)).sum();
        let (from, to) = self.part_of_what_is_left(i);
        of(self, i) + (left as f64 * to).round() as i64 - (left as f64 * from).round() as i64 - self.ordered_for(i)
    }
}

/// What the planners of all locations believe.
struct Known {
    level: f64,
    sd: f64,
    weight: f64,
    beyond: Vec<bool>,
    seen: Vec<(f64, f64)>,
}
