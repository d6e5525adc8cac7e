//! The planner: observes orders, forecasts, and knows on which days it reviews.
//!
//! Reviews lie a review interval apart. Their phase is drawn, once a replication and for all supply models alike: a phase that is the
//! same in every replication would be an accident of the dates that no interval shows. Between reviews the planner may react to a
//! position that has fallen too low ([`crate::model::React`]).

use super::phases::Context;
use super::plan::{Plan, over};
use super::probe::Probe;
use super::state::{LocationState, NONE, State};
use crate::model::{Cover, Forecast};

/// Standard deviations of a day's count beyond which a fitted planner takes orders for a surge.
const SURPRISE: f64 = 8.0;

/// Takes in today's orders. Walk-aways are not seen.
///
/// A day on which little is sold (a factor below 1) says little about the level: its error is not blown up
/// by dividing through the factor, and its squared error is weighed as that of a smaller day.
pub(super) fn observe(plan: &Plan, day: usize, l: &mut LocationState) {
    let orders = l.observed as f64;
    l.observed = 0;
    let factor = plan.known.factor[day];
    match plan.forecast {
        Forecast::Truth | Forecast::TruthWithoutSurges => {}
        Forecast::ExponentialSmoothing { alpha, robust } => {
            let bound = if robust { l.bound(orders, factor) } else { f64::INFINITY };
            let error = (orders.min(bound) - l.level * factor) / factor.max(1.0);
            // A day that the law does not explain says nothing of its variance: otherwise a few of them would widen the bound
            // until it holds them all.
            if orders <= bound {
                l.variance += alpha * (error * error - l.variance * factor.min(1.0));
            }
            l.level += alpha * error;
            if robust {
                l.believe_what_lasts(orders, factor, orders > bound);
            }
        }
        Forecast::Fitted => {
            let Some(f) = plan.known.fitted else { return };
            let mean = l.level * factor;
            // A day that the law does not explain is a surge, and no news of the level.
            let most = mean + SURPRISE * (mean + f.inverse_dispersion * mean * mean).sqrt();
            l.weight = (1.0 - f.alpha) * l.weight + factor;
            if l.weight > 0.0 {
                l.level += (orders.min(most) - mean) / l.weight;
            }
            l.variance = l.level + f.inverse_dispersion * l.level * l.level;
        }
        Forecast::MovingAverage { days } => {
            l.keep(days as usize, orders, factor);
        }
    }
}

/// Mean and variance of an ordinary day as the planner sees them. A moving average is used once its
/// window is half full.
pub(super) fn level<P: Probe>(cx: &Context<'_, P>, i: usize, l: &LocationState) -> (f64, f64) {
    match cx.plan.forecast {
        Forecast::Truth | Forecast::TruthWithoutSurges => {
            let share = cx.plan.locations[i].planned_share;
            (cx.plan.known.mean * share, cx.plan.known.variance * share * share)
        }
        Forecast::MovingAverage { days } if l.window.len() * 2 >= days as usize => l.of_window(),
        Forecast::ExponentialSmoothing { .. } | Forecast::MovingAverage { .. } | Forecast::Fitted => {
            (l.level, l.variance)
        }
    }
}

/// Forecast demand of location `i` over the `horizon` days after today.
pub(super) fn forecast<P: Probe>(cx: &Context<'_, P>, i: usize, level: f64, horizon: f64) -> f64 {
    if cx.plan.known.truth {
        let bias = cx.plan.known.mean / cx.plan.true_mean.max(f64::MIN_POSITIVE);
        return over(&cx.path.mean_sum, cx.day, horizon) * cx.plan.locations[i].planned_share * bias;
    }
    let level = match cx.plan.known.fitted {
        // The level goes back to the long run, as it does on the paths.
        Some(f) => {
            let stays = stays(f.damping, horizon) / horizon.max(1.0);
            stays * level + (1.0 - stays) * f.long_run * cx.plan.locations[i].planned_share
        }
        None => level,
    };
    level * cx.plan.known.factors(cx.day, horizon).0
}

/// Days' worth of a deviation of the level that the next `horizon` days see.
pub(super) fn stays(damping: f64, horizon: f64) -> f64 {
    if damping > 0.0 { -(-damping * horizon).exp_m1() / damping } else { horizon }
}

/// Mean and variance of an ordinary day over all locations, whose shoppers are parts of one stream: standard deviations add up.
pub(super) fn all_locations<P: Probe>(cx: &Context<'_, P>, locations: &[LocationState]) -> (f64, f64) {
    let each = locations.iter().enumerate().map(|(i, l)| level(cx, i, l));
    let (mean, sd) = each.fold((0.0, 0.0), |sum, (mean, variance)| (sum.0 + mean, sum.1 + variance.sqrt()));
    (mean, sd * sd)
}

/// Whether location `i` reviews this evening: on its calendar, or because it reacts.
pub(super) fn reviews_today<P: Probe>(cx: &Context<'_, P>, i: usize, s: &mut State) -> bool {
    let regular = next_regular_review(cx, i) == cx.day;
    let l = &mut s.locations[i];
    if let Some(react) = &cx.plan.locations[i].react {
        let days = match react.cover_below {
            Cover::LeadTime => cx.plan.locations[i].routes[0].lead_time(cx.day),
            Cover::Days(days) => days,
        };
        let (mean, _) = level(cx, i, l);
        let needed = forecast(cx, i, mean, days);
        let below = needed > 0.0 && (l.position() as f64) < needed;
        l.react.look(below, cx.day, || react.latency.draw(&mut cx.draw(cx.plan.react_stream, cx.day, 0)));
    }
    let reviews = regular || l.react.due == cx.day as u32;
    if reviews {
        // What was pending is done with.
        l.react.due = NONE;
    }
    reviews
}

/// Day of the next review of location `i`, today's included.
pub(super) fn next_review<P: Probe>(cx: &Context<'_, P>, i: usize, l: &LocationState) -> usize {
    next_regular_review(cx, i).min(l.react.due as usize)
}

fn next_regular_review<P: Probe>(cx: &Context<'_, P>, i: usize) -> usize {
    let interval = cx.plan.locations[i].review_days as i64;
    let phase = match cx.plan.first_review {
        Some(day) => day,
        None => (cx.path.review_phase * interval as f64) as i64,
    };
    cx.day + (phase - cx.day as i64).rem_euclid(interval) as usize
}

/// Days that a level must hold to be believed, of so many last ones.
const HOLDS: u32 = 14;
const LAST_DAYS: usize = 21;

/// Normal quantile of the bound beyond which a day is a surprise: 99.9 %.
const Z999: f64 = 3.090_232_306_167_813_5;

/// 99.9 % quantile of a day's count of this mean and variance (no less than the mean), as if negative binomial, from its first three
/// moments: `mean + sd x (2/g) ((1 + g z/6 - g^2/36)^3 - 1)`, with the skewness `g = (2 variance / mean - 1) / sd` (Wilson and
/// Hilferty's approximation of a Pearson III quantile, PNAS 17, 1931). At least 1.
fn surprise(mean: f64, variance: f64) -> f64 {
    let sd = variance.sqrt();
    let skewness = (2.0 * variance / mean - 1.0) / sd;
    let cube = (1.0 + skewness * Z999 / 6.0 - skewness * skewness / 36.0).powi(3);
    (mean + sd * 2.0 / skewness * (cube - 1.0)).max(1.0)
}

impl LocationState {
    /// [`surprise`] of a day with the known `factor`, from the planner's state before it; infinite where `orders` lie within it for certain.
    fn bound(&self, orders: f64, factor: f64) -> f64 {
        let mean = (self.level * factor).max(0.0);
        let variance = (self.variance * factor * factor.max(1.0)).max(mean);
        let within = orders <= mean + 2.0 * variance.sqrt() || mean == 0.0;
        if within { f64::INFINITY } else { surprise(mean, variance) }
    }

    /// When most of the last days lay beyond the bound, it is not these days that are odd but the level: it becomes their mean.
    fn believe_what_lasts(&mut self, orders: f64, factor: f64, beyond: bool) {
        self.keep(LAST_DAYS, orders, factor);
        self.beyond = (self.beyond << 1 | u32::from(beyond)) & ((1 << LAST_DAYS) - 1);
        if self.beyond.count_ones() >= HOLDS {
            (self.level, self.variance) = self.of_window();
            self.beyond = 0;
        }
    }

    /// Puts a day into the window of the last `days`.
    fn keep(&mut self, days: usize, orders: f64, factor: f64) {
        if self.window.len() == days {
            self.window.pop_front();
        }
        self.window.push_back((orders, factor));
    }

    /// Mean and variance of an ordinary day from the days of the window.
    fn of_window(&self) -> (f64, f64) {
        let (orders, factors) = self.window.iter().fold((0.0, 0.0), |a, x| (a.0 + x.0, a.1 + x.1));
        let mean = if factors > 0.0 { orders / factors } else { 0.0 };
        let squares: f64 = self.window.iter().map(|(x, f)| ((x - mean * f) / f.max(1.0)).powi(2)).sum();
        (mean, squares / (self.window.len() as f64 - 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::surprise;
    use crate::dist::CountLaw;

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
