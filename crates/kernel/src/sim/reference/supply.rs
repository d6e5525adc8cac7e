//! Purchase orders: how long they take, when the shop expects them, whom they cover (`docs/model.md`, "Two clocks" and "Customers").

use super::case::Fault;
use super::classes::Class;
use super::diary::{Happened, Order};
use super::shop::Shop;
use crate::model::{Accept, Disruption, Policy, Promise};
use crate::sim::demand::TAIL;
use crate::sim::plan::{RoutePlan, StagePlan};

/// A receipt that covers somebody's place in the queue.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cover {
    /// Day quoted for it: expected, later by the buffer.
    pub quoted: usize,
    pub expected: usize,
    /// Units that it covers from this place on.
    pub units: i64,
}

/// When `days` of work in a stage, begun at a time, are done.
fn worked(stage: &StagePlan, from: f64, days: f64) -> f64 {
    stage.calendar.as_ref().map_or(from + days, |c| c.finish(from, days))
}

/// When they are done with all that goes wrong meanwhile: day by day, from its evening to the next, as much is done as it lets.
pub(super) fn done(shop: &Shop<'_>, stage: &StagePlan, from: f64, days: f64) -> f64 {
    let usual = worked(stage, from, days);
    if shop.case.breaks(Fault::NothingGoesWrong) {
        return usual;
    }
    let pace = |day: usize| {
        let of = |d: &usize| shop.world.disruptions[*d].pace.get(day).copied().unwrap_or(1.0);
        stage.disruptions.iter().map(of).product::<f64>()
    };
    let until = usual.ceil().max(from.floor() + 1.0) as usize;
    if (from.floor() as usize..until).all(|day| pace(day) == 1.0) {
        return usual;
    }
    let (mut now, mut left) = (from, days);
    loop {
        let day = now.floor() as usize;
        let evening = (day + 1) as f64;
        if day >= shop.case.days() + TAIL {
            return worked(stage, now, left);
        }
        if pace(day) > 0.0 {
            let over = worked(stage, now, left / pace(day));
            if over <= evening {
                return over;
            }
            let usual_work = stage.calendar.as_ref().map_or(evening - now, |c| c.worked_between(now, evening));
            left = (left - pace(day) * usual_work).max(0.0);
        }
        now = evening;
    }
}

/// Never a day on which the stage does not work.
pub(super) fn day_of_the_end(stage: &StagePlan, over: f64) -> usize {
    let day = (over + 0.5).floor() as usize;
    let closed = stage.calendar.as_ref().is_some_and(|c| (day as f64) < over && !c.is_open(day));
    day + usize::from(closed)
}

impl Shop<'_> {
    pub fn route(&self, i: usize, r: usize) -> &RoutePlan {
        &self.case.plan.locations[i].routes[r]
    }

    /// Expected lead time of an order placed on day `t`, holidays included; what lies beyond the tables is like their last day.
    pub fn lead_time(&self, i: usize, r: usize, t: usize) -> f64 {
        let t = t.min(self.case.days() + TAIL - 1) as f64;
        let arrives = self.route(i, r).stages.iter().fold(t, |time, stage| worked(stage, time, stage.mean));
        (arrives - t).max(1.0)
    }

    /// When a lot that is ordered on a day is expected: after the lead time, or later where the factory is busy for longer.
    pub fn expected_of_a_lot(&self, i: usize, r: usize, day: usize) -> f64 {
        let usual = day as f64 + self.lead_time(i, r, day);
        let Some(capacity) = self.case.product.factory_capacity else { return usual };
        let stages = &self.route(i, r).stages;
        let mut expected = usual;
        for (k, stage) in stages.iter().enumerate().filter(|(_, stage)| stage.production) {
            let made = worked(stage, self.factory_busy.max(day as f64), 1.0 / capacity);
            let after = stages[k + 1..].iter().rev().fold(0.0, |days, s| days + s.mean);
            expected = expected.max(made + after);
        }
        expected
    }

    /// Units of a lot of the route that the factory makes in so many days: one at least, and any number if it is not made there.
    pub fn made_within(&self, i: usize, r: usize, days: f64) -> f64 {
        let made = self.route(i, r).stages.iter().any(|stage| stage.production);
        self.case.product.factory_capacity.filter(|_| made).map_or(f64::INFINITY, |capacity| (capacity * days).max(1.0))
    }

    /// Orders `units` on route `r` of location `i`.
    pub fn place(&mut self, i: usize, r: usize, units: i64) {
        if units <= 0 || self.is_refused(i, r) {
            return;
        }
        if let Some(source) = self.route(i, r).from {
            return self.request(source, (i, r), units);
        }
        let order = self.schedule(i, r, units);
        let order = self.keep(order);
        self.tell(Happened::Ordered { order });
    }

    /// Whether something that the route passes is down today and lets no order be placed. An order that has one day only is placed.
    fn is_refused(&self, i: usize, r: usize) -> bool {
        let location = &self.case.model.locations[i];
        let route = &location.routes[r];
        let passes = |d: &Disruption| (0..route.stages.len()).any(|k| d.on.has(self.case.product, route, k));
        let down = |number: usize| self.world.disruptions[number].down[self.today];
        let refuses = |(number, d): (usize, &Disruption)| d.refuses && passes(d) && down(number);
        !self.case.breaks(Fault::NeverRefused)
            && !matches!(location.policy, Policy::OneTime { .. })
            && self.case.scenario.disruptions.iter().enumerate().any(refuses)
    }

    /// An order whose stages are known is on its way. Returns its number.
    pub fn keep(&mut self, mut order: Order) -> usize {
        let (i, r) = (order.place, order.route);
        if !self.route(i, r).order_crossing && !self.case.breaks(Fault::Overtaking) {
            // A receipt is held back until those before it are in.
            let before = self.orders.iter().filter(|o| (o.place, o.route) == (i, r)).map(|o| o.arrival);
            order.arrival = before.fold(order.arrival, usize::max);
            *order.ends.last_mut().expect("a route has a stage") = order.arrival;
        }
        if self.case.breaks(Fault::ReceivedADayLate) {
            order.arrival += 1;
        }
        order.filed = self.filed_next();
        self.orders.push(order);
        self.orders.len() - 1
    }

    /// Draws the stages: durations are summed, then rounded half up, tomorrow at the earliest.
    fn schedule(&mut self, i: usize, r: usize, units: i64) -> Order {
        let today = self.today;
        let mut order = Order { place: i, route: r, placed: today, ordered: units, units, ..Order::default() };
        self.later_stages(&mut order, today as f64);
        order
    }

    /// Draws the stages of an order placed today that are still to begin, the first of them at a time.
    pub fn later_stages(&mut self, order: &mut Order, begins: f64) {
        let (today, units, mut time) = (self.today, order.ordered, begins);
        let stages = &self.case.plan.locations[order.place].routes[order.route].stages;
        for (k, stage) in stages.iter().enumerate().skip(order.ends.len()) {
            time = done(self, stage, time, self.days_in_stage(stage, time));
            let capacity = self.case.product.factory_capacity.filter(|_| stage.production);
            if let Some(capacity) = capacity.filter(|_| !self.case.breaks(Fault::EndlessCapacity)) {
                // Made after all units ordered before: done on the day of its last unit.
                self.factory_busy = done(self, stage, self.factory_busy.max(today as f64), units as f64 / capacity);
                if self.factory_busy > time {
                    time = (self.factory_busy - 1e-9).ceil();
                    let after = stages[k + 1..].iter().rev().fold(0.0, |days, s| days + s.mean);
                    order.queued_until = self.rounded(time + after);
                }
            }
            self.scrap(stage, order);
            // Not before the stage before it.
            let before = order.ends.last().map_or(today + 1, |end| *end);
            order.ends.push(day_of_the_end(stage, time).max(before));
        }
        order.arrival = *order.ends.last().expect("a route has a stage");
    }

    /// What a stage spoils of an order placed today.
    pub(super) fn scrap(&self, stage: &StagePlan, order: &mut Order) {
        if let Some(scrap) = &stage.scrap {
            let share = scrap.draw(&mut self.case.draw(stage.stream, self.today, 3)).clamp(0.0, 1.0);
            let lost = (order.units as f64 * share + 0.5).floor() as i64;
            order.scrapped += lost;
            order.units -= lost;
        }
    }

    /// Days of an order placed today in a stage that begins at a time.
    fn days_in_stage(&self, stage: &StagePlan, begins: f64) -> f64 {
        let (case, today) = (&self.case, self.today);
        let (slower, later) = self.factors(stage, begins);
        let days = match &stage.hazard {
            None => stage.days.draw(&mut case.draw(stage.stream, today, 0)),
            // Without crossing each day has one number for all orders in the stage: whose hazard exceeds it leaves.
            Some((hazard, stream)) => {
                let number = |n: usize| case.draw(*stream, (begins + 0.5) as usize + n, 0).uniform();
                (0..hazard.len()).find(|n| number(*n) < hazard[*n]).unwrap_or(hazard.len()) as f64
            }
        };
        let mut days = slower * days;
        if let Some((probability, delay)) = &stage.late
            && case.draw(stage.stream, today, 1).uniform() < probability * later
        {
            days += delay.draw(&mut case.draw(stage.stream, today, 2));
        }
        days
    }

    /// What the regime makes of a stage that begins at a time: of its duration, and of its chance to be late.
    pub(super) fn factors(&self, stage: &StagePlan, begins: f64) -> (f64, f64) {
        stage.regime.as_ref().map_or((1.0, 1.0), |(regime, factors)| {
            let states = &self.world.regimes[*regime];
            factors[states[self.rounded(begins).min(states.len() - 1)]]
        })
    }

    /// A time as a day: rounded half up, tomorrow at the earliest.
    pub fn rounded(&self, time: f64) -> usize {
        ((time + 0.5).floor() as usize).max(self.today + 1)
    }

    /// Day on which an open order is expected. The shop knows which stage it is in and for how long, takes the mean residual of that and
    /// the means of those after it.
    pub fn expected(&self, order: &Order) -> usize {
        let now = self.today as f64;
        let stages = &self.route(order.place, order.route).stages;
        let ended = order.ends.iter().filter(|end| **end <= self.today).count();
        let mut time = now;
        for (k, stage) in stages.iter().enumerate().skip(ended) {
            let under_way = k == ended && (k > 0 || order.placed < self.today);
            let left = if under_way {
                let begun = order.milestone(k) as f64;
                let spent = stage.calendar.as_ref().map_or(now - begun, |c| c.worked_between(begun, now));
                let by_age = &stage.residual;
                (by_age[(spent as usize).min(by_age.len() - 1)] - spent.fract()).max(0.0)
            } else {
                stage.mean
            };
            time = worked(stage, time, left);
        }
        ((time + 0.5) as usize).max(order.queued_until).max(self.today + 1)
    }

    /// Units that are on their way to a location, by the day quoted for them.
    pub(super) fn on_their_way(&self, i: usize) -> Vec<Cover> {
        let of = |o: usize| {
            let order = &self.orders[o];
            let buffer = self.route(i, order.route).promise_buffer;
            let expected = self.expected(order);
            Cover {
                quoted: expected + (buffer + 0.5) as usize,
                expected,
                units: self.coming(order) + self.missing_of(o),
            }
        };
        let mut all: Vec<Cover> = self.open(i).map(of).chain(self.awaited_receipts(i)).collect();
        all.sort();
        all
    }

    /// Units that an open order is counted with: those that will not be scrapped, which nobody can know yet.
    fn coming(&self, order: &Order) -> i64 {
        if self.case.breaks(Fault::ScrapLearntAtTheReceipt) { order.total() } else { order.units }
    }

    /// The receipt that covers the `place`-th waiting unit of location `i`.
    pub(super) fn cover(&self, i: usize, place: i64) -> Cover {
        let mut all = self.on_their_way(i);
        if self.case.breaks(Fault::CoveredByTheLast) {
            all.reverse();
        }
        let mut upto = 0;
        for cover in all {
            upto += cover.units;
            if upto >= place {
                return Cover { units: upto - place + 1, ..cover };
            }
        }
        // Nothing on order covers it: the next review, and the expected lead time after it.
        // A closed location has no review: where its customers would wait then has.
        let i = if self.is_open(i) { i } else { self.heir() };
        let review = self.next_review(i);
        let expected = review as f64 + self.lead_time(i, self.base(i), review);
        let day = |buffer: f64| (expected + buffer + 0.5) as usize;
        Cover { quoted: day(self.route(i, self.base(i)).promise_buffer), expected: day(0.0), units: i64::MAX }
    }

    /// Where an order of a shopper of location `first` is covered first whose last unit would be that waiting unit of a location of which `place` tells.
    pub(super) fn earliest_cover_of(&self, first: usize, place: &dyn Fn(&Self, usize) -> i64) -> (usize, Cover) {
        let (customers, places) = (&self.case.model.customers, self.sites.len());
        let asks_for_the_day =
            |c: &Class| matches!(c.customers.accept, Accept::FallsWithQuotedDelay { .. } | Accept::WithinDays(_));
        let by_date =
            matches!(customers.promise, Promise::ExpectedArrival { .. }) || self.classes.iter().any(asks_for_the_day);
        let chooses = self.case.model.overflow && places > 1;
        if !by_date && !chooses {
            // Nothing depends on the day, so all who wait are one cohort.
            return (first, Cover { quoted: self.today, expected: self.today, units: i64::MAX });
        }
        // What comes to a closed location is for all, but nothing more is ordered there.
        let on_order = |i: usize| self.on_their_way(i).iter().map(|c| c.units).sum::<i64>();
        let helps = |i: usize| chooses && self.serves(i);
        let may_wait = |i: &usize| if self.is_open(*i) { helps(*i) } else { place(self, *i) <= on_order(*i) };
        let others = (0..places).filter(|i| *i != first).filter(may_wait);
        let at = |i: usize| (i, self.cover(i, place(self, i)));
        others.map(at).fold(at(first), |best, there| if there.1.quoted < best.1.quoted { there } else { best })
    }

    /// Net stock of location `i` and what is expected within the lead time of route `r`.
    pub fn soon(&self, i: usize, r: usize) -> i64 {
        let until = (self.today as f64 + self.lead_time(i, r, self.today)).round() as usize;
        let of = |shop: &Self, i: usize| {
            let due = shop.on_their_way(i).iter().filter(|c| c.expected <= until).map(|c| c.units).sum::<i64>();
            shop.sites[i].on_hand - shop.waiting(i) - shop.owed(i) + due
        };
        self.for_location(i, of)
    }
}
