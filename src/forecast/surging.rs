//! The count model of a history without its spikes, and the spikes as surges: memoryless arrivals, lognormal sizes. What a scenario draws.
//!
//! One bulk order of hundreds says little of an ordinary day, but to a single law it says that days are wild. Apart, both are as they were.

use super::spikes::{SurgeFit, detect};
use super::{Calendar, Fitted, FittedCounts, Method, Panel, Streams};
use crate::dist::negative_binomial;
use crate::stats::special::Z90;
use rand_distr::{Distribution, StandardNormal};

/// See the module.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surging;

struct FittedSurges {
    base: FittedCounts,
    surges: Vec<Option<SurgeFit>>,
    /// Periods a year, and days a period.
    per_year: f64,
    days: f64,
}

impl Method for Surging {
    fn name(&self) -> String {
        "count model and surges".into()
    }

    fn reads_shelf(&self) -> bool {
        true
    }

    fn fit(&self, panel: &Panel, calendar: &Calendar) -> Box<dyn Fitted> {
        let found = detect(panel, calendar);
        let per_year = panel.step.per_year();
        Box::new(FittedSurges { surges: found.surges(), base: found.model, per_year, days: 365.25 / per_year })
    }
}

impl FittedSurges {
    /// Adds the surges of a path: each arrives in a period by chance, and what it adds to the usual falls off.
    fn surge(&self, item: usize, streams: &Streams, path: u32, out: &mut [f64]) {
        let Some(s) = &self.surges[item] else { return };
        let model = self.base.item(item);
        let chance = 1.0 - (-s.per_year / self.per_year).exp();
        let left = (-self.days / s.tau_days.max(1e-6)).exp();
        let sd = (s.p90_uplift / s.median_uplift).ln() / Z90;
        let mut excess = 0.0;
        for (h, y) in out.iter_mut().enumerate() {
            excess *= left;
            let mut draw = streams.own.at(path, h as i32, 3);
            if draw.uniform() < chance {
                let z: f64 = StandardNormal.sample(&mut draw);
                excess += (s.median_uplift * (sd * z).exp() - 1.0).max(0.0);
            }
            if excess > 0.01 {
                *y += negative_binomial(model.long_run() * model.factor(h) * excess, None, &mut draw) as f64;
            }
        }
    }
}

impl Fitted for FittedSurges {
    fn simulate(&self, item: usize, streams: &Streams, path: u32, out: &mut [f64]) {
        self.base.simulate(item, streams, path, out);
        self.surge(item, streams, path, out);
    }

    fn simulate_several(&self, item: usize, streams: &Streams, first: u32, horizon: usize, out: &mut [f64]) {
        self.base.simulate_several(item, streams, first, horizon, out);
        for (path, out) in (first..).zip(out.chunks_mut(horizon.max(1))) {
            self.surge(item, streams, path, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Day;
    use crate::forecast::{CountModel, Fan, Item, Step};
    use crate::rng::Stream;

    /// Two days of 400 in 300 days of 3: ordinary days are still about 3, and a total of four weeks has the orders in its mean.
    #[test]
    fn bulk_orders_leave_ordinary_days_alone() {
        let s = Stream::new(4, "odd", "test", "");
        let draw = |t: usize| negative_binomial(3.0, None, &mut s.at(0, t as i32, 0)) as f64;
        let units = |t: usize| if [210, 260].contains(&t) { 400.0 } else { draw(t) };
        let items = vec![Item::new("odd", 0, (0..300).map(units).collect())];
        let panel = Panel { first: Day(0), step: Step::Day, periods: 300, items };
        let fan = |method: &dyn Method| {
            let fitted = method.fit(&panel, &Calendar::plain(28));
            Fan::draw(fitted.as_ref(), 0, &Streams::of(1, &panel.items[0]), 2_000, 28)
        };
        let (apart, together) = (fan(&Surging), fan(&CountModel::default()));
        assert!(apart.total_quantile(0.1) > 55.0 && together.total_quantile(0.1) < 40.0);
        let median = (0..28).map(|h| apart.quantile(h, 0.5)).sum::<f64>() / 28.0;
        assert!((median - 3.0).abs() < 0.7, "{median}");
        // 84 units of ordinary days, and two surges of 400 in 300 days: 75 in 28, some more by the lognormal law's tail.
        let mean = apart.totals().iter().sum::<f64>() / 2_000.0;
        assert!((120.0..230.0).contains(&mean), "{mean}");
    }
}
