//! The policies: how much is ordered at a review.

use super::replication::{Replication, Shop};
use super::watch::{Event, Watch};
use crate::model::{BaseOrder, Policy, SafetyStock};
use crate::sim::plan::{planned, safety_units};

impl<W: Watch> Replication<'_, W> {
    /// Location `i` reviews: it decides and orders. A part of the day's loop, which is written twice.
    #[inline(always)]
    pub fn order_by_policy(&mut self, i: usize) {
        let lp = &self.shop.now.plan.locations[i];
        let mut position = self.shop.position(i);
        self.tell(Event::Reviewed { location: i, position });
        if lp.expedites {
            self.expedite_on_review(i);
            position = self.shop.position(i);
        }
        // To raise every target by the extra stock has the effect of not counting that stock.
        position -= lp.extra_stock;
        let wanted = match lp.policy {
            Policy::BaseStock { level } | Policy::OrderUpToLevel { level, .. } => level - position,
            Policy::MinMax { reorder_point, order_up_to, .. } => {
                if position <= reorder_point {
                    order_up_to - position
                } else {
                    0
                }
            }
            Policy::ReorderQuantity { reorder_point, quantity, .. } => {
                if position <= reorder_point {
                    ((reorder_point - position) / quantity + 1) * quantity
                } else {
                    0
                }
            }
            Policy::OrderUpToForecast { safety_stock, pooled, .. } => {
                let of_safety = if pooled { Some(self.shop.level_of_all()) } else { None };
                self.shop.target_by_forecast(i, safety_stock, of_safety) - position
            }
            Policy::DaysOfCover { days, .. } => self.shop.target_by_cover(i, days, lp.base) - position,
            Policy::OneTime { quantity, day } => {
                let site = &mut self.shop.sites[i];
                if site.one_time_done || day.0 != self.shop.now.day as i32 {
                    0
                } else {
                    site.one_time_done = true;
                    quantity + site.to_order_for + lp.extra_stock
                }
            }
            Policy::DualIndex { regular, expedite, .. } => {
                let expedite = expedite.units(|days| self.shop.demand_of(i, days));
                let regular = regular.units(|days| self.shop.target_by_cover(i, days, lp.base));
                self.expedite_up_to(i, expedite);
                regular + lp.extra_stock - self.shop.position(i)
            }
            Policy::BaseSurge { base, expedite, .. } => {
                let expedite = expedite.units(|days| self.shop.target_by_cover(i, days, lp.second));
                self.expedite_up_to(i, expedite);
                match base {
                    BaseOrder::Units(quantity) => quantity,
                    BaseOrder::Share(share) => self.shop.share_of_the_interval(i, share),
                }
            }
        };
        let units = lp.lot(wanted);
        if lp.is_by_lot {
            self.place_by_lot(i, units);
        } else {
            self.place(i, lp.base, units);
        }
    }

    /// Sends shares of an order on other routes, in whole multiples, and what is left on the base route of such a lot.
    #[inline(never)]
    fn place_by_lot(&mut self, i: usize, units: i64) {
        let lp = &self.shop.now.plan.locations[i];
        let mut left = units;
        for (r, share) in &lp.split_off {
            let part = planned(units as f64 * share) / lp.order_multiple * lp.order_multiple;
            let part = part.min(left);
            self.place(i, *r, part);
            left -= part;
        }
        // The factory makes one lot: its size is that of the whole order.
        self.place(i, lp.route_of_lot(lp.base, units), left);
    }

    /// Orders on the second route up to a level of the net stock and the units expected within the route's lead time.
    fn expedite_up_to(&mut self, i: usize, level: i64) {
        let lp = &self.shop.now.plan.locations[i];
        let soon = self.shop.soon(i, &lp.routes[lp.second]);
        self.place(i, lp.second, lp.lot(level + lp.extra_stock - soon));
    }
}

impl Shop<'_> {
    /// Target position: forecast over the protection interval, and safety stock. `of_safety` is the mean and variance for which the safety
    /// stock is planned, if they are not the location's own.
    fn target_by_forecast(&mut self, i: usize, safety_stock: SafetyStock, of_safety: Option<(f64, f64)>) -> i64 {
        let (now, plan) = (self.now, self.now.plan);
        let (mean, variance) = self.level(i);
        let (lp, site) = (&plan.locations[i], &mut self.sites[i]);
        let base = lp.base();
        let horizon = base.protection_interval(now.day, lp.review_days);
        let demand = now.forecast(i, mean, horizon);
        // The level is only estimated. Its variance is that of a day over the days on which it rests, and adds to the variance of the total.
        let variance = match plan.known.fitted {
            Some(f) if site.weight > 0.0 => variance * (1.0 + f.stays(horizon).powi(2) / (site.weight * horizon)),
            _ => variance,
        };
        let level = of_safety.unwrap_or((mean, variance));
        let factors = plan.known.factors(now.day, horizon);
        let safety = safety_units(safety_stock, level, horizon, factors, base);
        site.safety_stock = (planned(safety) + lp.extra_stock).max(0);
        planned(demand + safety)
    }

    /// Forecast demand of so many coming days, in whole units.
    fn demand_of(&self, i: usize, days: f64) -> i64 {
        planned(self.now.forecast(i, self.level(i).0, days))
    }

    /// A share of the demand that is forecast for the review interval that begins when an order by the base route is expected.
    fn share_of_the_interval(&self, i: usize, share: f64) -> i64 {
        let (now, lp, mean) = (self.now, &self.now.plan.locations[i], self.level(i).0);
        let until = lp.base().protection_interval(now.day, lp.review_days);
        let before = lp.base().lead_time(now.day) - 1.0;
        planned(share * (now.forecast(i, mean, until) - now.forecast(i, mean, before)))
    }

    /// Target position: forecast over so many days. The part beyond the protection interval of a route is safety stock.
    fn target_by_cover(&mut self, i: usize, days: f64, route: usize) -> i64 {
        let (now, lp) = (self.now, &self.now.plan.locations[i]);
        let (mean, _) = self.level(i);
        let target = now.forecast(i, mean, days);
        let needed = now.forecast(i, mean, lp.routes[route].protection_interval(now.day, lp.review_days));
        self.sites[i].safety_stock = (planned(target - needed) + lp.extra_stock).max(0);
        planned(target)
    }
}
