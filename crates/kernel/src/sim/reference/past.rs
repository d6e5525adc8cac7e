//! The past of a position (`docs/model.md`, "From today"): what was ordered before the run begins, and has not come.

use super::diary::{Cohort, Happened, Order};
use super::shop::Shop;
use super::supply::{day_of_the_end, done};
use crate::sim::plan::{OnItsWay, StagePlan};

/// The duration of a stage that is under way is drawn so many times at most until one is long enough.
const TRIES: u32 = 2_000;

impl Shop<'_> {
    /// A day of the past: what was ordered on it, by customers and by the shop, and what was paid.
    pub fn past(&mut self) {
        self.born_today = 0;
        let today = self.today as u32;
        for place in 0..self.sites.len() {
            let past = &self.case.plan.locations[place].past;
            for (units, ordered, promised) in &past.backorders {
                if *ordered == today {
                    let promise = promised.map(|day| day as usize);
                    let wait = promise.map_or(0.0, |promise| promise.saturating_sub(self.today) as f64);
                    for (class, units) in self.in_classes_that_wait(place, *units, self.born_today, wait) {
                        let (born, number) = (self.today, self.born_today);
                        self.born_today += 1;
                        let cohort = Cohort { class, ..Cohort::of_single(born, number, promise, units) };
                        self.wait_in_line(place, cohort.clone());
                        self.tell(Happened::Backordered { place, cohort });
                        if self.has_baskets() {
                            self.bundle_past(place, number);
                        }
                    }
                }
            }
            for (number, order) in past.orders.iter().enumerate() {
                if order.placed == today {
                    let paid = order.paid;
                    let order = self.on_its_way(place, number as u32, order);
                    let from = self.route(place, order.route).from;
                    let order = self.keep(order);
                    match from {
                        None => self.tell(Happened::Ordered { order }),
                        Some(source) => self.tell(Happened::Sent { order, source, asked: self.today }),
                    }
                    if let Some(amount) = paid {
                        self.tell(Happened::PaidSoFar { order, amount });
                    }
                }
            }
        }
        self.tell(Happened::PaymentsDue);
        let evening = self.evening();
        self.tell(Happened::EndOfDay(evening));
    }

    /// An order placed today: the stages that are over, the one that it is in, and those to come.
    fn on_its_way(&mut self, place: usize, number: u32, known: &OnItsWay) -> Order {
        let (begin, units) = (self.case.begin(), known.units);
        let ends = known.ended.iter().map(|day| *day as usize).collect();
        let placed = self.today;
        let mut order = Order { place, route: known.route, placed, ordered: units, units, ends, ..Order::default() };
        let stages = &self.case.plan.locations[place].routes[known.route].stages;
        let present = order.ends.len();
        let stage = &stages[present];
        let mut over = self.still_in(stage, number, order.milestone(present));
        if let Some(capacity) = self.case.product.factory_capacity.filter(|_| stage.production) {
            // What the factory can have made since is made.
            let begun = order.milestone(present) as f64;
            let left = (units as f64 - capacity * (begin as f64 - begun).max(0.0)).max(0.0);
            let busy = self.factory_busy.max(begin as f64);
            self.factory_busy = done(self, stage, busy, left / capacity);
            if self.factory_busy > over {
                over = (self.factory_busy - 1e-9).ceil();
                let after = stages[present + 1..].iter().rev().fold(0.0, |days, s| days + s.mean);
                order.queued_until = self.rounded(over + after);
            }
        }
        self.scrap(stage, &mut order);
        order.ends.push(day_of_the_end(stage, over).max(begin));
        self.later_stages(&mut order, over);
        if let Some(expected) = known.expected.map(|day| day as usize) {
            self.move_to(&mut order, present, expected);
        }
        order
    }

    /// As much sooner or later as it is expected than the stages tell on the evening before the run.
    fn move_to(&mut self, order: &mut Order, present: usize, expected: usize) {
        let (today, begin) = (self.today, self.case.begin());
        self.today = begin - 1;
        let later = expected as i64 - self.expected(order) as i64;
        self.today = today;
        for end in &mut order.ends[present..] {
            *end = (*end as i64 + later).max(begin as i64) as usize;
        }
        order.arrival = *order.ends.last().expect("a route has a stage");
        if later > 0 {
            order.queued_until = order.queued_until.max(expected);
        }
    }

    /// When a stage is over that was still under way on the evening before the run begins.
    fn still_in(&self, stage: &StagePlan, number: u32, begun: usize) -> f64 {
        let (case, begin, since) = (&self.case, self.case.begin(), begun as f64);
        let done = |days: f64| done(self, stage, since, days);
        if let Some((hazard, stream)) = &stage.hazard {
            let spent = begin.saturating_sub(begun);
            let leaves = |n: &usize| case.draw(*stream, begun + n, 0).uniform() < hazard[*n];
            return done((spent..hazard.len()).find(leaves).unwrap_or(hazard.len().max(spent)) as f64);
        }
        let (slower, later) = self.factors(stage, since);
        for n in 0..TRIES {
            let mut draw = case.draw(stage.stream, self.today, 4 + number * TRIES + n);
            let mut days = slower * stage.days.draw(&mut draw);
            if let Some((probability, delay)) = &stage.late
                && draw.uniform() < probability * later
            {
                days += delay.draw(&mut draw);
            }
            if day_of_the_end(stage, done(days)) >= begin {
                return done(days);
            }
        }
        begin as f64
    }
}
