//! The past of a position: what was ordered before the run begins, and has not come. Its days are not simulated, only told, so that the
//! books know what is owned and owed.

use super::orders::{OrderDraws, rounded, scrap, state, worked};
use super::promises::expected;
use super::queue::NONE;
use super::replication::{Replication, Shop};
use super::room::{self, Beyond};
use super::state::PurchaseOrder;
use super::watch::{Evening, Event, Watch};
use crate::sim::plan::OnItsWay;

/// The duration of a stage that is under way is drawn so many times at most until one is long enough.
const TRIES: u32 = 2_000;

impl<W: Watch> Replication<'_, W> {
    /// A day of the past: what was ordered on it, by customers and by the shop, and what was paid.
    pub fn past(&mut self) -> Result<(), Beyond> {
        let (plan, day) = (self.shop.now.plan, self.shop.now.day as u32);
        self.shop.unmet.cohorts = 0;
        for (location, l) in plan.locations.iter().enumerate() {
            for (units, _, promised) in l.past.backorders.iter().filter(|(_, ordered, _)| *ordered == day) {
                let wait = promised.map_or(0.0, |promised| f64::from(promised.saturating_sub(day)));
                let of_classes = self.shop.in_classes_that_wait(location, *units, self.shop.unmet.cohorts, wait);
                for (class, units) in of_classes {
                    let number = self.backorder((location, class), units, promised.unwrap_or(NONE));
                    if let Some(baskets) = &plan.baskets {
                        self.bundle(location, number, baskets.usual_size);
                    }
                }
            }
            for (number, order) in l.past.orders.iter().enumerate().filter(|(_, order)| order.placed == day) {
                let mut lot = self.shop.on_its_way((location, number as u32), order);
                let number = self.keep(&mut lot);
                match plan.locations[location].routes[order.route].from {
                    None => self.tell(Event::Ordered { order: number, lot: &lot }),
                    Some(source) => self.tell(Event::Sent { order: number, lot: &lot, source, asked: order.placed }),
                }
                if let Some(amount) = order.paid {
                    self.tell(Event::PaidSoFar { order: number, lot: &lot, amount });
                }
            }
        }
        self.tell(Event::PaymentsDue);
        let evening = Evening::of(self.shop.sites);
        self.watch.see(&self.shop.now, &Event::EndOfDay(&evening));
        room::balances(&self.shop.now, &evening)
    }
}

impl Shop<'_> {
    /// Order number `number` of a location, placed today, which will not have come when the run begins.
    fn on_its_way(&mut self, (location, number): (usize, u32), order: &OnItsWay) -> PurchaseOrder {
        let (now, begin) = (self.now, self.now.plan.begin as u32);
        let route = &now.plan.locations[location].routes[order.route];
        let mut lot = PurchaseOrder::new((location, order.route), order.placed, order.units);
        let present = order.ended.len();
        lot.ends[..present].copy_from_slice(&order.ended);
        let draws = OrderDraws { now, route, together: None };
        let factory_free = &mut self.orders.factory_free;
        let over = draws.still_in((present, number), factory_free, &mut lot);
        lot.ends[present] = route.stages[present].end_day(over).max(begin);
        draws.stages_from(present + 1, over, factory_free, &mut lot);
        if let Some(day) = order.expected {
            // As much sooner or later as it is expected than the stages tell.
            let later = i64::from(day) - i64::from(expected(route, &lot, now.plan.begin - 1));
            for end in &mut lot.ends[present..route.stages.len()] {
                *end = (i64::from(*end) + later).max(i64::from(begin)) as u32;
            }
            lot.arrival = lot.ends[route.stages.len() - 1];
            lot.queued_until = if later > 0 { lot.queued_until.max(day) } else { lot.queued_until };
        }
        lot
    }
}

impl OrderDraws<'_> {
    /// When a stage is over that was still under way on the evening before the run begins: by its law, as far as that leaves it open.
    fn still_in(&self, (k, number): (usize, u32), factory_free: &mut f64, lot: &mut PurchaseOrder) -> f64 {
        let (now, stage) = (&self.now, &self.route.stages[k]);
        let (begin, begun) = (now.plan.begin, lot.milestone(k));
        let time = f64::from(begun);
        let mut over = match &stage.hazard {
            None => {
                let (slower, later) = stage.regime.as_ref().map_or((1.0, 1.0), |regime| state(now, regime, time));
                // Index 0 to 3 are draws of orders that are placed while the run goes on.
                let ends = |n: u32| {
                    let mut draw = now.draw(stage.stream, now.day, 4 + number * TRIES + n);
                    let mut days = slower * stage.days.draw(&mut draw);
                    if let Some((probability, extra)) = &stage.late
                        && draw.uniform() < probability * later
                    {
                        days += extra.draw(&mut draw);
                    }
                    worked(now, stage, time, days)
                };
                let long_enough = (0..TRIES).map(ends).find(|over| stage.end_day(*over) as usize >= begin);
                long_enough.unwrap_or(begin as f64)
            }
            Some((hazard, stream)) => {
                let spent = begin.saturating_sub(begun as usize);
                let leaves = |n: &usize| now.draw(*stream, begun as usize + n, 0).uniform() < hazard[*n];
                let days = (spent..hazard.len()).find(leaves).unwrap_or(hazard.len().max(spent));
                worked(now, stage, time, days as f64)
            }
        };
        if stage.production
            && let Some(capacity) = now.plan.factory_capacity
        {
            // What the factory can have made since is made.
            let made = capacity * (begin as f64 - time).max(0.0);
            let left = (lot.units as f64 - made).max(0.0);
            *factory_free = worked(now, stage, factory_free.max(begin as f64), left / capacity);
            if *factory_free > over {
                over = (*factory_free - 1e-9).ceil();
                lot.queued_until = rounded(now, over + self.route.mean_from_stage[k + 1]);
            }
        }
        scrap(now, stage, lot);
        over
    }
}
