//! The planner: observes orders, forecasts, and knows on which days it reviews.
//!
//! Reviews lie a review interval apart. Their phase is drawn, once a replication and for all supply models alike: a phase that is the
//! same in every replication would be an accident of the dates that no interval shows. Between reviews the planner may react to a
//! position that has fallen too low ([`crate::model::React`]).

use super::queue::NONE;
use super::replication::Shop;
use super::state::Site;
use super::watch::Now;
use crate::model::Forecast;
use crate::sim::plan::{Ahead, Plan, over};

/// Standard deviations of a day's count beyond which a fitted planner takes orders for a surge.
const SURPRISE: f64 = 8.0;

impl Shop<'_> {
    /// Mean and variance of an ordinary day at location `i`, as its planner sees them. A moving average is used once its window is
    /// half full.
    pub fn level(&self, i: usize) -> (f64, f64) {
        let (plan, site) = (self.now.plan, &self.sites[i]);
        match plan.forecast {
            Forecast::Truth | Forecast::TruthWithoutSurges => {
                let share = plan.locations[i].planned_share;
                (plan.known.mean * share, plan.known.variance * share * share)
            }
            Forecast::MovingAverage { days } if site.days.len().min(days as usize) * 2 >= days as usize => {
                site.of_last(days as usize, plan)
            }
            Forecast::ExponentialSmoothing { .. } | Forecast::MovingAverage { .. } | Forecast::Fitted => {
                (site.level, site.variance)
            }
        }
    }

    /// Mean and variance of an ordinary day over all locations, whose shoppers are parts of one stream: standard deviations add up.
    pub fn level_of_all(&self) -> (f64, f64) {
        let each = (0..self.sites.len()).map(|i| self.level(i));
        let (mean, sd) = each.fold((0.0, 0.0), |sum, (mean, variance)| (sum.0 + mean, sum.1 + variance.sqrt()));
        (mean, sd * sd)
    }

    /// Whether location `i` reviews this evening: by its calendar, or because it reacts.
    #[inline(always)]
    pub fn reviews_today(&mut self, i: usize) -> bool {
        if self.now.plan.locations[i].react.is_some() {
            self.watch_position(i);
        }
        let site = &mut self.sites[i];
        let reviews = site.next_review == self.now.day || site.react.due == self.now.day as u32;
        if reviews {
            // The review takes the place of an extra one that is pending.
            site.react.due = NONE;
        }
        reviews
    }

    /// Looks at the position of a location whose planner reacts.
    #[inline(never)]
    fn watch_position(&mut self, i: usize) {
        let now = self.now;
        if let Some(react) = &now.plan.locations[i].react {
            let (mean, _) = self.level(i);
            let needed = match react.ahead.get(now.day) {
                Some(ahead) => now.expected(i, mean, *ahead),
                None => now.forecast(i, mean, now.plan.locations[i].days_to_cover(react.cover_below, now.day)),
            };
            let below = needed > 0.0 && (self.position(i) as f64) < needed;
            let site = &mut self.sites[i];
            site.react.look(below, now.day, || react.latency.draw(&mut now.draw(now.plan.react_stream, now.day, 0)));
        }
    }

    /// Day of the next review of location `i`, today's included until it is over.
    pub fn next_review(&self, i: usize) -> usize {
        self.sites[i].next_review.min(self.sites[i].react.due as usize)
    }

    /// Sets the next review of location `i` on its calendar, if it was today.
    #[inline(always)]
    pub fn turn_the_calendar(&mut self, i: usize) {
        let site = &mut self.sites[i];
        if site.next_review == self.now.day {
            site.next_review += self.now.plan.locations[i].review_days;
        }
    }
}

impl Now<'_> {
    /// Forecast demand of location `i` over the `horizon` days after today.
    pub fn forecast(&self, i: usize, level: f64, horizon: f64) -> f64 {
        let plan = self.plan;
        if plan.known.truth {
            let bias = plan.known.mean / plan.true_mean.max(f64::MIN_POSITIVE);
            return over(&self.path.mean_sum, self.day, horizon)
                * plan.locations[i].planned_share
                * bias
                * plan.locations[i].net;
        }
        self.expected(i, level, plan.known.ahead(self.day, horizon))
    }

    /// The same of a planner who is not told the truth.
    #[inline]
    fn expected(&self, i: usize, level: f64, ahead: Ahead) -> f64 {
        let (known, l) = (&self.plan.known, &self.plan.locations[i]);
        let level = match known.fitted {
            Some(f) => ahead.stays * level + (1.0 - ahead.stays) * f.long_run * l.planned_share,
            None => level,
        };
        level * ahead.factors * l.net
    }
}

/// A level is believed to have moved if this many of the last [`LAST_DAYS`] days lay beyond the bound.
const HOLDS: u32 = 14;
/// Number of the last days that are looked at.
const LAST_DAYS: usize = 21;

/// Normal quantile of the bound beyond which a day is a surprise: 99.9 %.
const Z999: f64 = 3.090_232_306_167_813_5;

/// 99.9 % quantile of a day's count of this mean and variance (no less than the mean), taken for negative binomial, from its first three
/// moments: `mean + sd x (2/g) ((1 + g z/6 - g^2/36)^3 - 1)`, with the skewness `g = (2 variance / mean - 1) / sd` (Wilson and
/// Hilferty's approximation of a Pearson III quantile, PNAS 17, 1931). At least 1.
fn surprise(mean: f64, variance: f64) -> f64 {
    let sd = variance.sqrt();
    let skewness = (2.0 * variance / mean - 1.0) / sd;
    let cube = (1.0 + skewness * Z999 / 6.0 - skewness * skewness / 36.0).powi(3);
    (mean + sd * 2.0 / skewness * (cube - 1.0)).max(1.0)
}

impl Site {
    /// Takes in today's orders. The planner does not see shoppers who walk away.
    ///
    /// A day on which little is sold (a factor below 1) says little about the level. So its error is not divided by the factor, and its squared
    /// error is compared with the variance of a smaller day.
    #[inline(always)]
    pub fn observe(&mut self, orders: f64, now: &Now<'_>) {
        let plan = now.plan;
        let factor = plan.known.factor[now.day];
        match plan.forecast {
            Forecast::Truth | Forecast::TruthWithoutSurges => {}
            Forecast::ExponentialSmoothing { alpha, robust } => {
                let bound = if robust { self.bound(orders, factor) } else { f64::INFINITY };
                let error = (orders.min(bound) - self.level * factor) / factor.max(1.0);
                // A day that the law does not explain is left out of the variance. Otherwise a few of them would widen the bound
                // until they all lie within it.
                if orders <= bound {
                    self.variance += alpha * (error * error - self.variance * factor.min(1.0));
                }
                self.level += alpha * error;
                if robust {
                    self.days.push(orders);
                    self.believe_what_lasts(orders > bound, plan);
                }
            }
            Forecast::Fitted => {
                let Some(f) = plan.known.fitted else { return };
                let mean = self.level * factor;
                // A day that the law does not explain is taken for a surge, and enters the level at the bound.
                let most = mean + SURPRISE * (mean + f.inverse_dispersion * mean * mean).sqrt();
                self.weight = (1.0 - f.alpha) * self.weight + factor;
                if self.weight > 0.0 {
                    self.level += (orders.min(most) - mean) / self.weight;
                }
                self.variance = self.level + f.inverse_dispersion * self.level * self.level;
            }
            Forecast::MovingAverage { .. } => self.days.push(orders),
        }
    }

    /// [`surprise`] of a day with the known `factor`, from the planner's state before it. It is infinite, and not computed, where `orders` lie
    /// within it for certain.
    fn bound(&self, orders: f64, factor: f64) -> f64 {
        let mean = (self.level * factor).max(0.0);
        let variance = (self.variance * factor * factor.max(1.0)).max(mean);
        let within = orders <= mean + 2.0 * variance.sqrt() || mean == 0.0;
        if within { f64::INFINITY } else { surprise(mean, variance) }
    }

    /// When most of the last days lay beyond the bound, the level has moved: level and variance become those of the last days.
    fn believe_what_lasts(&mut self, beyond: bool, plan: &Plan) {
        self.beyond = (self.beyond << 1 | u32::from(beyond)) & ((1 << LAST_DAYS) - 1);
        if beyond && self.beyond.count_ones() >= HOLDS {
            (self.level, self.variance) = self.of_last(LAST_DAYS, plan);
            self.beyond = 0;
        }
    }

    /// Mean and variance of an ordinary day from the last `days` days, or all so far.
    fn of_last(&self, days: usize, plan: &Plan) -> (f64, f64) {
        let until = self.days.len();
        let from = until.saturating_sub(days);
        let window = || self.days[from..].iter().zip(&plan.known.factor[plan.begin + from..plan.begin + until]);
        let (orders, factors) = window().fold((0.0, 0.0), |a, x| (a.0 + x.0, a.1 + x.1));
        let mean = if factors > 0.0 { orders / factors } else { 0.0 };
        let squares: f64 = window().map(|(x, f)| ((x - mean * f) / f.max(1.0)).powi(2)).sum();
        (mean, squares / ((until - from) as f64 - 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::surprise;
    use restock_base::law::CountLaw;

    /// Against the exact quantiles of Poisson and negative binomial counts: within a unit and 4 %.
    #[test]
    fn the_bound_is_that_of_the_law() {
        for mean in [0.5, 2.0, 20.0, 50.0, 400.0] {
            for inverse_dispersion in [0.0, 0.1, 0.5] {
                let exact = CountLaw::new(inverse_dispersion).quantile(mean, 0.999);
                let found = surprise(mean, mean + inverse_dispersion * mean * mean);
                assert!(
                    (found - exact).abs() < 1.0 + 0.04 * exact,
                    "mean {mean}, {inverse_dispersion}: {found} for {exact}"
                );
            }
        }
    }
}
