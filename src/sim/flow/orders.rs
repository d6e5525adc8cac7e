//! Purchase orders: placed, scheduled, taken off.

use super::replication::{Replication, Shop};
use super::state::{NONE, PurchaseOrder};
use super::watch::{Event, Watch};
use crate::rng::{Draw, Draws};
use crate::sim::plan::{RoutePlan, StagePlan};
use crate::units::limits::STAGES;

impl<W: Watch> Replication<'_, W> {
    /// Places an order of location `i` on route `r`: draws its stages, and files its receipt.
    pub fn place(&mut self, i: usize, r: usize, units: i64) {
        if units <= 0 {
            return;
        }
        let route = &self.shop.now.plan.locations[i].routes[r];
        let mut lot = self.shop.schedule(route, units);
        (lot.location, lot.route) = (i as u32, r as u32);
        let site = &mut self.shop.sites[i];
        if !route.order_crossing {
            lot.arrival = lot.arrival.max(site.last_arrival[r]);
            site.last_arrival[r] = lot.arrival;
            lot.ends[route.stages.len() - 1] = lot.arrival;
        }
        let order = self.shop.orders.keep(&mut lot);
        site.open.push(order);
        site.on_order += units;
        site.cover_day = usize::MAX;
        self.tell(Event::Ordered { order, lot: &lot });
    }

    /// Takes `units` off the latest open orders of location `i`.
    pub fn take_off(&mut self, i: usize, units: i64) {
        let mut left = units;
        for k in (0..self.shop.sites[i].open.len()).rev() {
            let order = self.shop.sites[i].open[k];
            let lot = self.shop.orders.slots[order];
            let n = left.min(lot.units);
            if n == 0 {
                continue;
            }
            self.shop.orders.slots[order].units -= n;
            self.shop.sites[i].on_order -= n;
            left -= n;
            self.tell(Event::TakenOff { order, lot: &lot, units: n });
        }
        self.shop.sites[i].cover_day = usize::MAX;
    }
}

impl Shop<'_> {
    /// Draws the stages of an order placed today. Durations are summed, then rounded half up, at least 1.
    fn schedule(&mut self, route: &RoutePlan, units: i64) -> PurchaseOrder {
        let day = self.now.day;
        let mut ended = day as u32;
        let mut ends = [0; STAGES];
        let mut time = day as f64;
        let mut queued_until = 0.0;
        let mut scrapped = 0;
        // A few are opened faster one by one.
        let together = if route.stages.len() < Draws::FEW { 0 } else { route.stages.len().min(Draws::MOST) };
        let draws = (together > 0).then(|| self.now.draws(together, |k| (route.stages[k].stream, day, 0)));
        for (k, stage) in route.stages.iter().enumerate() {
            let draw = || {
                let alone = self.now.draw(stage.stream, day, 0);
                match &draws {
                    Some(draws) if k < together => draws.get(k, alone),
                    _ => alone,
                }
            };
            time = stage.worked_until(time, self.days_in_stage(stage, time, draw));
            if stage.production
                && let Some(capacity) = self.now.plan.factory_capacity
            {
                // The factory takes orders one after the other; an order is no sooner done than its units are made.
                let free = stage.worked_until(self.orders.factory_free.max(day as f64), units as f64 / capacity);
                self.orders.factory_free = free;
                if free > time {
                    // A lot is done on the day on which its last unit is made: that day's whole capacity counts, and no more.
                    time = (free - 1e-9).ceil();
                    queued_until = time + route.mean_from_stage[k + 1];
                }
            }
            if let Some(scrap) = &stage.scrap {
                let share = scrap.draw(&mut self.now.draw(stage.stream, day, 3)).clamp(0.0, 1.0);
                scrapped += ((units - scrapped) as f64 * share + 0.5) as i64;
            }
            ended = stage.end_day(time).max(ended).max(day as u32 + 1);
            ends[k] = ended;
        }
        PurchaseOrder {
            location: 0,
            route: 0,
            placed: day as u32,
            arrival: ends[route.stages.len() - 1],
            queued_until: if queued_until > 0.0 { self.rounded(queued_until) } else { 0 },
            ends,
            units: units - scrapped,
            scrapped,
            next_arrival: NONE,
        }
    }

    /// Draws the days that an order placed today spends in a stage that begins at `time`; `draw` is the draw of its own duration.
    fn days_in_stage(&self, stage: &StagePlan, time: f64, draw: impl FnOnce() -> Draw) -> f64 {
        let (now, day) = (&self.now, self.now.day);
        let state = stage.regime.as_ref().map(|(id, factors)| {
            let states = &now.path.regimes[*id];
            factors[states[(self.rounded(time) as usize).min(states.len() - 1)] as usize]
        });
        let (slower, later) = state.unwrap_or((1.0, 1.0));
        let mut days = slower
            * match &stage.hazard {
                None => stage.days.draw(&mut draw()),
                Some((hazard, stream)) => {
                    in_order(hazard, |n| now.draw(*stream, (time + 0.5) as usize + n, 0).uniform())
                }
            };
        if let Some((probability, extra)) = &stage.late
            && now.draw(stage.stream, day, 1).uniform() < probability * later
        {
            days += extra.draw(&mut now.draw(stage.stream, day, 2));
        }
        days
    }

    /// A time as a day, rounded half up: tomorrow at the earliest.
    fn rounded(&self, time: f64) -> u32 {
        ((time + 0.5) as u32).max(self.now.day as u32 + 1)
    }
}

/// Days in a stage that keeps its order (Kaplan, "A dynamic inventory model with stochastic lead
/// times", Management Science 16, 1970): each day one uniform number decides for all orders in the
/// stage, an order leaves when its hazard exceeds it. The law of an order's own time is the stage's;
/// where the hazard rises with age no order overtakes another, elsewhere the receipt is held back.
fn in_order(hazard: &[f64], uniform: impl Fn(usize) -> f64) -> f64 {
    hazard.iter().enumerate().position(|(n, h)| *h >= 1.0 || *h > 0.0 && uniform(n) < *h).unwrap_or(hazard.len()) as f64
}
