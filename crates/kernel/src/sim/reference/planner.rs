//! The planner: what it observes and forecasts, when it reviews (`docs/model.md`, "Planner").

use super::case::Fault;
use super::shop::Shop;
use crate::model::{BaseOrder, Cover, Forecast, Level, Policy, SafetyStock};

/// Standard deviations beyond which a fitted planner takes a day's orders for a surge.
const SURPRISE: f64 = 8.0;
/// Days beyond the bound, of so many last ones, that move the level.
const HOLDS: usize = 14;
const LAST_DAYS: usize = 21;
/// 99.9 % quantile of the standard normal law.
const Z999: f64 = 3.090_232_306_167_813_5;

impl Shop<'_> {
    /// Takes in today's orders.
    pub fn observe(&mut self, i: usize) {
        let (known, factor) = (&self.case.plan.known, self.known[self.today]);
        let site = &mut self.sites[i];
        let orders = std::mem::take(&mut site.observed) as f64;
        site.seen.push((orders, factor));
        match self.case.model.planner.forecast {
            Forecast::Truth | Forecast::TruthWithoutSurges | Forecast::MovingAverage { .. } => {}
            Forecast::ExponentialSmoothing { alpha, robust } => {
                let bound = if robust { bound(site.level, site.variance, factor, orders) } else { f64::INFINITY };
                // On a day with factor `f < 1` the error is not divided by `f`.
                let error = (orders.min(bound) - site.level * factor) / factor.max(1.0);
                if orders <= bound {
                    site.variance += alpha * (error * error - site.variance * factor.min(1.0));
                }
                site.level += alpha * error;
                site.beyond.push(orders > bound);
                let last = &site.beyond[site.beyond.len().saturating_sub(LAST_DAYS)..];
                if robust && last.iter().filter(|b| **b).count() >= HOLDS {
                    // It is not these days that are odd but the level.
                    (site.level, site.variance) = of_last(&site.seen, LAST_DAYS);
                    site.beyond.clear();
                }
            }
            Forecast::Fitted => {
                let Some(f) = known.fitted else { return };
                let mean = site.level * factor;
                let most = mean + SURPRISE * (mean + f.inverse_dispersion * mean * mean).sqrt();
                site.weight = (1.0 - f.alpha) * site.weight + factor;
                if site.weight > 0.0 {
                    site.level += (orders.min(most) - mean) / site.weight;
                }
                site.variance = site.level + f.inverse_dispersion * site.level * site.level;
            }
        }
    }

    /// Mean and variance of an ordinary day at location `i`, as its planner sees them.
    pub fn level(&self, i: usize) -> (f64, f64) {
        let (known, site) = (&self.case.plan.known, &self.sites[i]);
        let share = self.case.plan.locations[i].planned_share;
        match self.case.model.planner.forecast {
            Forecast::Truth | Forecast::TruthWithoutSurges => (known.mean * share, known.variance * share * share),
            // Used once the window is half full.
            Forecast::MovingAverage { days } if site.seen.len().min(days as usize) * 2 >= days as usize => {
                of_last(&site.seen, days as usize)
            }
            _ => (site.level, site.variance),
        }
    }

    /// Of all locations together: they are parts of one stream, so standard deviations add up.
    pub fn level_of_all(&self) -> (f64, f64) {
        let (mut mean, mut sd) = (0.0, 0.0);
        for (m, variance) in (0..self.sites.len()).map(|i| self.level(i)) {
            mean += m;
            sd += variance.sqrt();
        }
        (mean, sd * sd)
    }

    /// Forecast demand of location `i` over the `horizon` days after today.
    pub fn forecast(&self, i: usize, level: f64, horizon: f64) -> f64 {
        let (plan, share) = (self.case.plan, self.case.plan.locations[i].planned_share);
        if self.case.model.planner.forecast == Forecast::Truth {
            let bias = plan.known.mean / plan.true_mean.max(f64::MIN_POSITIVE);
            return self.world.mean.after(self.today, horizon) * share * bias * self.net_of_returns(i);
        }
        let level = match plan.known.fitted {
            // A fitted level goes back to the long run.
            Some(f) => {
                let stays = stays(f.damping, horizon) / horizon.max(1.0);
                stays * level + (1.0 - stays) * f.long_run * share
            }
            None => level,
        };
        level * self.known_total.after(self.today, horizon) * self.net_of_returns(i)
    }

    /// `L + R - 1`: demands between a review and the receipt of the next review's order.
    pub fn protection_interval(&self, i: usize, t: usize) -> f64 {
        self.protection_interval_of(i, self.base(i), t)
    }

    /// The same of an order by route `r`.
    fn protection_interval_of(&self, i: usize, r: usize, t: usize) -> f64 {
        let more = if self.case.breaks(Fault::OneDemandMore) { 1.0 } else { 0.0 };
        self.lead_time(i, r, t) + f64::from(self.case.model.locations[i].policy.review_days()) - 1.0 + more
    }

    /// Safety stock in units, of demand with this mean and variance of an ordinary day, over `horizon` days after day `t`.
    fn safety(&self, i: usize, kind: SafetyStock, (mean, variance): (f64, f64), t: usize, horizon: f64) -> f64 {
        let factor = self.known_total.after(t, horizon);
        match kind {
            SafetyStock::ServiceLevel { z } => {
                let squares = self.known_squares.after(t, horizon);
                let stages = &self.case.model.locations[i].routes[self.base(i)].stages;
                let lead_time_sd = stages.iter().map(|s| s.variance()).sum::<f64>().sqrt();
                let a_day = mean * factor / horizon;
                (z * (variance * squares + (a_day * lead_time_sd).powi(2)).sqrt()).max(0.0)
            }
            SafetyStock::Days(days) => days * mean * factor / horizon,
            SafetyStock::Units(units) => units as f64,
        }
    }

    /// Target of a review by forecast, and its safety stock, which the planner keeps in mind.
    pub fn target_by_forecast(&mut self, i: usize, kind: SafetyStock, pooled: bool) -> i64 {
        let (mean, mut variance) = self.level(i);
        let horizon = self.protection_interval(i, self.today);
        let demand = self.forecast(i, mean, horizon);
        if let Some(f) = self.case.plan.known.fitted.filter(|_| self.sites[i].weight > 0.0) {
            // The level is only estimated: its variance adds to that of days.
            variance *= 1.0 + stays(f.damping, horizon).powi(2) / (self.sites[i].weight * horizon);
        }
        let level = if pooled { self.level_of_all() } else { (mean, variance) };
        let safety = self.safety(i, kind, level, self.today, horizon);
        self.plan_safety_stock(i, safety);
        whole(demand + safety)
    }

    /// The same of a policy of so many days of cover: what lies beyond the protection interval of a route is safety stock.
    pub fn target_by_cover(&mut self, i: usize, days: f64, r: usize) -> i64 {
        let (mean, _) = self.level(i);
        let target = self.forecast(i, mean, days);
        let needed = self.forecast(i, mean, self.protection_interval_of(i, r, self.today));
        self.plan_safety_stock(i, target - needed);
        whole(target)
    }

    fn plan_safety_stock(&mut self, i: usize, units: f64) {
        self.sites[i].safety_stock = (whole(units) + self.case.plan.locations[i].extra_stock).max(0);
    }

    /// The policy's target on the evening of day `t` if an ordinary day of all locations sells `mean`.
    pub fn steady_target(&self, i: usize, t: usize, mean: f64) -> i64 {
        let (plan, l) = (self.case.plan, &self.case.plan.locations[i]);
        let level = mean * l.planned_share * self.net_of_returns(i);
        let in_units = |wanted: Level| match wanted {
            Level::Units(units) => units,
            Level::Days(days) => whole(level * self.known_total.after(t, days)),
        };
        match l.policy {
            Policy::BaseStock { level } | Policy::OrderUpToLevel { level, .. } => level,
            Policy::MinMax { order_up_to, .. } => order_up_to,
            Policy::ReorderQuantity { reorder_point, quantity, .. } => reorder_point + quantity,
            Policy::OneTime { .. } => 0,
            Policy::DualIndex { regular, .. } => in_units(regular),
            Policy::DaysOfCover { days, .. } => in_units(Level::Days(days)),
            Policy::BaseSurge { base, expedite, review_days } => {
                let lead_time = self.route(i, self.base(i)).stages.iter().rev().fold(0.0, |days, s| days + s.mean);
                let on_its_way = match base {
                    BaseOrder::Units(quantity) => quantity as f64 * lead_time / f64::from(review_days),
                    BaseOrder::Share(share) => share * (level * self.known_total.after(t, lead_time)),
                };
                in_units(expedite) + whole(on_its_way)
            }
            Policy::OrderUpToForecast { safety_stock, pooled, .. } => {
                let horizon = self.protection_interval(i, t);
                let all = plan.locations.iter().map(|l| l.planned_share).sum();
                let share = if pooled { all } else { l.planned_share };
                let of_safety = (mean * share, plan.known.variance * share * share);
                let safety = self.safety(i, safety_stock, of_safety, t, horizon);
                whole(level * self.known_total.after(t, horizon) + safety)
            }
        }
    }

    /// Units that the policy needs for the steady mean of the days from `next` on, whatever the planner believes; a one-time buy has no
    /// further need.
    pub fn steady_need(&self, i: usize, next: usize) -> i64 {
        match self.case.plan.locations[i].policy {
            Policy::OneTime { .. } => 0,
            _ if !self.is_open(i) => 0,
            _ => {
                let target = self.steady_target(i, next.saturating_sub(1), self.case.plan.steady_mean);
                target + self.case.plan.locations[i].extra_stock
            }
        }
    }

    /// Whether location `i` reviews this evening: regularly, or because it reacts.
    pub fn reviews_today(&mut self, i: usize) -> bool {
        let today = self.today;
        if let Some(react) = &self.case.plan.locations[i].react {
            let days = match react.cover_below {
                Cover::LeadTime => self.lead_time(i, self.base(i), today),
                Cover::Days(days) => days,
            };
            let needed = self.forecast(i, self.level(i).0, days);
            let below = needed > 0.0 && (self.position(i) as f64) < needed;
            let latency = react.latency.draw(&mut self.case.draw(self.case.plan.react_stream, today, 0));
            let latency = if self.case.breaks(Fault::NoLatency) { 0.0 } else { latency };
            self.sites[i].react.look(below, today, latency);
        }
        let reviews = self.regular_review(i) == today || self.sites[i].react.due == Some(today);
        if reviews {
            self.sites[i].react.due = None;
        }
        reviews
    }

    /// Day of the next review of location `i`, today's included.
    pub fn next_review(&self, i: usize) -> usize {
        self.sites[i].react.due.map_or(usize::MAX, |due| due).min(self.regular_review(i))
    }

    /// The next day of the location's rhythm, today's included.
    fn regular_review(&self, i: usize) -> usize {
        if !self.is_open(i) {
            return usize::MAX;
        }
        let interval = i64::from(self.case.model.locations[i].policy.review_days());
        let given = self.case.model.planner.first_review.map(|day| i64::from(day.0 - self.case.first().0));
        let drawn = self.case.begin() as i64 + (self.world.review_phase * interval as f64) as i64;
        let phase = given.unwrap_or(drawn);
        (self.today..).find(|t| (*t as i64 - phase).rem_euclid(interval) == 0).expect("a rhythm goes on")
    }
}

/// A planned level in whole units.
pub(super) fn whole(units: f64) -> i64 {
    units.round() as i64
}

/// Days' worth of a deviation of the level that the next `horizon` days see.
fn stays(damping: f64, horizon: f64) -> f64 {
    if damping > 0.0 { -(-damping * horizon).exp_m1() / damping } else { horizon }
}

/// Mean and variance of an ordinary day from the last days.
fn of_last(seen: &[(f64, f64)], days: usize) -> (f64, f64) {
    let last = &seen[seen.len().saturating_sub(days)..];
    let (mut orders, mut factors, mut squares) = (0.0, 0.0, 0.0);
    for (x, f) in last {
        orders += x;
        factors += f;
    }
    let mean = if factors > 0.0 { orders / factors } else { 0.0 };
    for (x, f) in last {
        squares += ((x - mean * f) / f.max(1.0)).powi(2);
    }
    (mean, squares / (last.len() as f64 - 1.0))
}

/// 99.9 % quantile of a day's orders by the planner's own law, taken for negative binomial (Wilson and Hilferty 1931), at least 1. Orders
/// within two standard deviations are within any bound, and so is anything where nothing is expected.
fn bound(level: f64, variance: f64, factor: f64, orders: f64) -> f64 {
    let mean = (level * factor).max(0.0);
    let variance = (variance * factor * factor.max(1.0)).max(mean);
    let sd = variance.sqrt();
    if mean == 0.0 || orders <= mean + 2.0 * sd {
        return f64::INFINITY;
    }
    let skewness = (2.0 * variance / mean - 1.0) / sd;
    let cube = (1.0 + skewness * Z999 / 6.0 - skewness * skewness / 36.0).powi(3);
    (mean + sd * 2.0 / skewness * (cube - 1.0)).max(1.0)
}
