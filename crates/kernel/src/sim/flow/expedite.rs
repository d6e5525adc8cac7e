//! Expedite routes: when a planner pays for speed, and for how many units.
//!
//! A trigger is looked at on every review. With a latency it is watched every evening, too, and acted on that many days after the
//! first evening on which it is met. The lot that it asks for is then computed anew.

use super::queue::NONE;
use super::replication::{Replication, Shop};
use super::state::Site;
use super::watch::{Now, Watch};
use crate::model::Trigger;
use crate::sim::plan::{LocationPlan, RoutePlan, planned};
use restock_base::stats::special::{normal_cdf, normal_pdf, normal_quantile};

impl<W: Watch> Replication<'_, W> {
    /// On a review: orders on every route whose trigger is met. This takes the place of lots that are pending.
    pub fn expedite_on_review(&mut self, i: usize) {
        let plan = self.shop.now.plan;
        for (r, route) in plan.locations[i].routes.iter().enumerate() {
            if route.expedite.is_some() {
                self.expedite(i, r);
            }
        }
    }

    /// On an evening without a review: orders on the routes whose latency is over.
    pub fn expedite_between_reviews(&mut self, i: usize) {
        for r in 0..self.shop.sites[i].expedite.len() {
            if self.shop.sites[i].expedite[r].due == self.shop.now.day as u32 {
                self.expedite(i, r);
            }
        }
    }

    fn expedite(&mut self, i: usize, r: usize) {
        self.shop.sites[i].expedite[r].due = NONE;
        let units = self.shop.wanted(i, r);
        self.place(i, r, units);
    }
}

impl Shop<'_> {
    /// Looks at the triggers of location `i` that have a latency.
    pub fn watch_triggers(&mut self, i: usize) {
        let now = self.now;
        for (r, route) in now.plan.locations[i].routes.iter().enumerate() {
            if let Some(latency) = route.expedite.as_ref().and_then(|e| e.latency.as_ref()) {
                let met = self.wanted(i, r) > 0;
                let draw = || latency.draw(&mut now.draw(now.plan.react_stream, now.day, r as u32));
                self.sites[i].expedite[r].look(met, now.day, draw);
            }
        }
    }

    /// The lot that the trigger of route `r` asks for this evening; 0 if it is not met.
    fn wanted(&mut self, i: usize, r: usize) -> i64 {
        let now = self.now;
        let lp = &now.plan.locations[i];
        let Some(expedite) = &lp.routes[r].expedite else { return 0 };
        match expedite.trigger {
            // With a cover of 0 days the route is never used.
            Trigger::Cover { below, .. } if below <= 0.0 => 0,
            Trigger::Cover { below, up_to } => {
                let (mean, _) = self.level(i);
                let soon = self.soon(i, &lp.routes[r]);
                if (soon as f64) >= now.forecast(i, mean, below) {
                    return 0;
                }
                lp.lot(planned(now.forecast(i, mean, up_to)) - soon)
            }
            Trigger::MarginSavedExceedsCost => self.worth_its_price(i, r),
            // It takes its share when the base route orders.
            Trigger::Share(_) => 0,
        }
    }

    /// The lot of route `r` of which each unit is expected to save more margin than it costs more than one of the base route: as long
    /// as `P(it is needed before the next receipt) x P(its sale is lost otherwise) x margin > extra cost`. 0 if the whole lot, with
    /// its minimum and its fees, does not pay. Prices and costs are those that the plan fixes.
    ///
    /// A unit of the expedite route takes the place of one of the base route later on. So it costs the difference of the two, needed or
    /// not, and where it is needed it saves the margin of a sale served by the base route.
    fn worth_its_price(&mut self, i: usize, r: usize) -> i64 {
        let now = self.now;
        let lp = &now.plan.locations[i];
        let margin = margin(&now, lp);
        if margin <= 0.0 {
            return 0;
        }
        let price = Price::new(&now, lp, &lp.routes[r]);
        let mut best = (0, None);
        for gap in self.gaps(i, r) {
            // The cost of one more unit beside those that are needed. Fees and minimums are counted below, with the whole lot.
            let about = planned(gap.need.max(1.0).ceil());
            let of_one_more = (price.extra(2 * about) - price.extra(about)) / about as f64;
            let units = planned(gap.units(of_one_more / margin).min(gap.made).floor());
            if units > best.0 {
                best = (units, Some(gap));
            }
        }
        let (units, Some(gap)) = best else { return 0 };
        let units = lp.lot(units);
        // A saving within the rounding of amounts does not count.
        let pays = gap.saved(units as f64) * margin - price.extra(units);
        if pays > ROUNDING * price.landed(units) { units } else { 0 }
    }

    /// The gap before each receipt that is expected after that of a lot of route `r` ordered now. The last receipt is that of the base route's
    /// next review. Receipts come on their expected dates. Of the demand that finds no stock before the expedited lot can be there, the lost
    /// share is not needed any more.
    fn gaps(&mut self, i: usize, r: usize) -> Vec<Gap> {
        let now = self.now;
        let lp = &now.plan.locations[i];
        let day = now.day as f64;
        let arrival = self.expected_of_a_lot(&lp.routes[r], now.day).round();
        let receipts = self.receipts(i);
        let (mean, variance) = self.level(i);
        let demand = |before: f64| now.forecast(i, mean, (before - 1.0 - day).max(0.0));
        let net = self.for_location(i, Site::net) as f64;

        let next_review = self.next_review(i);
        let last = self.expected_of_a_lot(lp.base(), next_review);
        let there = receipts.iter().filter(|c| c.0 <= arrival).map(|c| c.1).fold(0.0, f64::max);
        let lost_to_a_wait = |days: f64| now.plan.lost_to_a_wait((i, now.day), days);
        let gone = (demand(arrival) - net - there).max(0.0) * lost_to_a_wait((arrival - day) / 2.0);

        let mut due = there;
        let mut gaps = Vec::new();
        for (at, units) in receipts.iter().copied().filter(|c| c.0 > arrival).chain([(last, f64::MAX)]) {
            if at > arrival {
                let (_, squares) = now.plan.known.factors(now.day, at - 1.0 - day);
                // A shopper who meets a gap waits half of it on average.
                let lost = lost_to_a_wait((at - arrival) / 2.0);
                let made = self.made_within(&lp.routes[r], at - arrival);
                gaps.push(Gap { need: demand(at) - net - due - gone, sd: (variance * squares).sqrt(), lost, made });
            }
            due = due.max(units);
        }
        gaps
    }
}

/// Share of a cost within which it is rounded: parts of it are whole millionths.
const ROUNDING: f64 = 1e-6;

/// Margin of a sale of today that is served by the base route: net price less costs, and less what returns take on average.
fn margin(now: &Now<'_>, lp: &LocationPlan) -> f64 {
    let costs = lp.pick_and_pack + lp.delivery + lp.parcel_duty[now.day];
    let landed = lp.landed_unit_cost[now.day].to_f64();
    (now.plan.net_price() - costs).to_f64() - landed - (lp.returned.0 - lp.returned.1 * landed)
}

/// The cost of a lot of an expedite route today.
struct Price<'a> {
    route: &'a RoutePlan,
    day: usize,
    /// Factor on the route's freight rate.
    rate: f64,
    /// Landed cost of a unit by the base route.
    base: f64,
    /// What a unit costs where it comes from, if that is another location.
    source: Option<f64>,
}

impl<'a> Price<'a> {
    fn new(now: &Now<'_>, lp: &LocationPlan, route: &'a RoutePlan) -> Self {
        let (day, base) = (now.day, lp.landed_unit_cost[now.day].to_f64());
        let source = route.from.map(|source| now.plan.locations[source].landed_unit_cost[day].to_f64());
        Price { route, day, rate: route.freight_rate(now.path, day), base, source }
    }

    fn landed(&self, units: i64) -> f64 {
        let own: f64 = self.route.landed(units, self.day, self.rate).iter().map(|part| part.to_f64()).sum();
        self.source.map_or(own, |source| own + source * units as f64)
    }

    /// Landed cost of a lot less that of as many units of the base route.
    fn extra(&self, units: i64) -> f64 {
        self.landed(units) - units as f64 * self.base
    }
}

/// Demand that is expected to find the stock out before a receipt, unless more comes by an expedite route.
struct Gap {
    /// Mean of that demand, which is taken as normal; negative where stock is expected to be left.
    need: f64,
    /// Standard deviation of that demand.
    sd: f64,
    /// Share of that demand that is lost, not only late.
    lost: f64,
    /// Units of a new lot that the factory makes in time. Units made later could as well come by the base route.
    made: f64,
}

impl Gap {
    /// Expected units that `more` units save: `E[min((X - 0)+, more)]` of the demand `X` in need, by the normal loss function.
    fn saved(&self, more: f64) -> f64 {
        let loss = |x: f64| {
            if self.sd == 0.0 {
                return (self.need - x).max(0.0);
            }
            let z = (x - self.need) / self.sd;
            self.sd * (normal_pdf(z) - z * (1.0 - normal_cdf(z)))
        };
        self.lost * (loss(0.0) - loss(more))
    }

    /// The most units of which each is expected to save a share of at least `worth` of a sale.
    fn units(&self, worth: f64) -> f64 {
        if self.lost <= 0.0 || worth >= self.lost {
            return 0.0;
        }
        // A unit that costs hardly more is flown in if it is needed in one case of a thousand, but not for a smaller chance.
        let chance = (worth / self.lost).max(0.001);
        (self.need + self.sd * normal_quantile(1.0 - chance)).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Gap;
    use restock_base::stats::special::{normal_cdf, normal_pdf};

    /// Against the integral of `min((x - 0)+, more)` over the normal density.
    #[test]
    fn units_saved_are_an_expectation() {
        for (need, sd, more) in [(30.0, 20.0, 50.0), (-40.0, 25.0, 10.0), (100.0, 5.0, 60.0)] {
            let gap = Gap { need, sd, lost: 0.4, made: f64::INFINITY };
            let step = sd / 1_000.0;
            let exact: f64 = (-10_000..10_000)
                .map(|k| (f64::from(k) + 0.5) * step)
                .map(|d| (need + d).max(0.0).min(more) * normal_pdf(d / sd) / sd * step)
                .sum();
            assert!((gap.saved(more) - 0.4 * exact).abs() < 1e-4, "{} for {}", gap.saved(more), 0.4 * exact);
        }
        assert!((Gap { need: 30.0, sd: 0.0, lost: 1.0, made: f64::INFINITY }.saved(20.0) - 20.0).abs() < 1e-12);
    }

    /// The last unit is needed, and lost otherwise, with the probability that it must be worth.
    #[test]
    fn the_last_unit_is_worth_its_price() {
        let gap = Gap { need: 30.0, sd: 20.0, lost: 0.5, made: f64::INFINITY };
        let units = gap.units(0.2);
        assert!((0.5 * (1.0 - normal_cdf((units - 30.0) / 20.0)) - 0.2).abs() < 1e-6, "{units}");
        assert!(gap.units(0.5) == 0.0 && gap.units(0.45) > 0.0);
        // Where no sale is lost no unit saves anything, whatever the extra cost.
        assert_eq!(Gap { need: 30.0, sd: 20.0, lost: 0.0, made: f64::INFINITY }.units(-1e-9), 0.0);
        // Units that cost no more than those of the base route are bounded, too.
        assert!(gap.units(0.0) < 30.0 + 4.0 * 20.0);
    }
}
