//! The count model of a history without its spikes, and the spikes as surges: memoryless arrivals, lognormal sizes.
//!
//! One bulk order of hundreds says little of an ordinary day, but to a single law it says that days are wild. Apart, both are as they were.
//!
//! A path of days is the demand that a scenario draws with the same seed, to the bit: the same arrivals ([`arrivals`])
//! of the same law ([`SurgeFit`]), added to the same count model.

use super::spikes::{Spikes, SurgeFit, detect};
use super::{Calendar, Fitted, FittedCounts, Method, Panel, Streams};
use restock_base::calendar::Day;
use restock_base::law::{Sampler, negative_binomial};
use restock_base::rng::{Draw, Stream};
use std::sync::Arc;

/// The count model of a history without its spikes, with the spikes as surges that arrive without memory.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surging;

struct FittedSurges {
    base: Arc<FittedCounts>,
    surges: Vec<Option<(SurgeFit, Sampler)>>,
    /// The dates of the panel that was fitted, without its items.
    dates: Panel,
}

/// Arrivals of a memoryless process of `per_year` in 365 days, on `days` days from `first` on: `heard` is told of each
/// the day, counted from `first`, and a draw of its own. They depend on the calendar alone, not on where one begins to
/// look.
pub fn arrivals(
    stream: Stream,
    per_year: f64,
    path: u32,
    (first, days): (Day, usize),
    heard: &mut dyn FnMut(usize, Draw),
) {
    // 365 days of the calendar at a time: the number of arrivals, then where each is.
    for epoch in first.0.div_euclid(365)..=first.plus(days as i32).0.div_euclid(365) {
        let n = negative_binomial(per_year, None, &mut stream.at(path, epoch, 0));
        for k in 0..n {
            let mut draw = stream.at(path, epoch, 2 + k as u32);
            let day = epoch * 365 + (draw.uniform() * 365.0) as i32 - first.0;
            if let Some(day) = usize::try_from(day).ok().filter(|d| *d < days) {
                heard(day, draw);
            }
        }
    }
}

impl Method for Surging {
    fn name(&self) -> String {
        "count model and surges".into()
    }

    fn reads_shelf(&self) -> bool {
        true
    }

    fn reads_calendar(&self) -> bool {
        true
    }

    fn fit(&self, panel: &Panel, calendar: &Calendar) -> Box<dyn Fitted> {
        Box::new(FittedSurges::of(&detect(panel, calendar)))
    }

    fn fit_apart(&self, spikes: &Spikes) -> Option<Box<dyn Fitted>> {
        Some(Box::new(FittedSurges::of(spikes)))
    }
}

impl FittedSurges {
    fn of(spikes: &Spikes) -> Self {
        let Panel { first, step, periods, .. } = spikes.without;
        let surges = spikes.surges().into_iter().map(|s| s.map(|s| (s, Sampler::new(&s.peak_uplift()))));
        FittedSurges {
            base: Arc::clone(&spikes.model),
            surges: surges.collect(),
            dates: Panel { first, step, periods, items: Vec::new() },
        }
    }

    /// What the surges of a path add to each period, in means of it; false if none arrives.
    fn excess(&self, (surge, sizes): &(SurgeFit, Sampler), streams: &Streams, path: u32, out: &mut [f64]) -> bool {
        let end = self.dates.periods;
        let first = self.dates.date(end);
        let days = (self.dates.date(end + out.len()).0 - first.0) as usize;
        let period_days = 365.25 / self.dates.step.per_year();
        let mut any = false;
        out.fill(0.0);
        arrivals(streams.surge, surge.per_year, path, (first, days), &mut |day, mut draw| {
            any = true;
            let excess = sizes.draw(&mut draw) - 1.0;
            let from = self.dates.period_of(first.plus(day as i32)) as usize - end;
            for (h, sum) in out[from..].iter_mut().enumerate() {
                *sum += excess * surge.left(h as f64 * period_days);
            }
        });
        any
    }
}

impl Fitted for FittedSurges {
    fn simulate(&self, item: usize, streams: &Streams, path: u32, out: &mut [f64]) {
        self.simulate_several(item, streams, path, out.len(), out);
    }

    fn simulate_several(&self, item: usize, streams: &Streams, first: u32, horizon: usize, out: &mut [f64]) {
        let model = self.base.item(item);
        let Some(surge) = &self.surges[item] else {
            return model.draw_several(streams, first, horizon, None, out);
        };
        let mut excess = vec![0.0; out.len()];
        let mut any = false;
        for (path, excess) in (first..).zip(excess.chunks_mut(horizon.max(1))) {
            any |= self.excess(surge, streams, path, excess);
        }
        model.draw_several(streams, first, horizon, any.then_some(&excess), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CountModel, Fan, Item, Step};
    use restock_base::calendar::Day;
    use restock_base::rng::Stream;

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

    /// What surges add to a total is, on average, their rate times the mean excess of one over the periods that are left for it, in long-run means: for days and
    /// for weeks, whose surges last some periods and whose cycle is flat. 20,000 paths.
    #[test]
    fn surges_add_what_their_law_says() {
        for (step, horizon) in [(Step::Day, 30), (Step::Week, 13)] {
            let units = |t: usize| [5.0, 7.0, 6.0][t % 3] + if t % 97 < 2 && t > 90 { 60.0 } else { 0.0 };
            let items = vec![Item::new("surging", 0, (0..350).map(units).collect())];
            let panel = Panel { first: Day(0), step, periods: 350, items };
            let spikes = detect(&panel, &Calendar::plain(horizon));
            let (law, model) = (spikes.surge(0).unwrap(), spikes.model.item(0));
            let period_days = 365.25 / step.per_year();
            let expected: f64 = (0..horizon)
                .map(|h| {
                    let left: f64 = (0..=h).map(|k| law.left(k as f64 * period_days)).sum();
                    law.per_year / 365.0
                        * period_days
                        * (law.peak_uplift().mean() - 1.0)
                        * left
                        * model.long_run()
                        * model.factor(h)
                })
                .sum();
            let streams = Streams::of(1, &panel.items[0]);
            let (with, without) = (Surging.fit(&panel, &Calendar::plain(horizon)), &*spikes.model);
            let mut added = Vec::new();
            let (mut a, mut b) = (vec![0.0; horizon], vec![0.0; horizon]);
            for path in 0..20_000 {
                with.simulate(0, &streams, path, &mut a);
                without.simulate(0, &streams, path, &mut b);
                assert!(a.iter().zip(&b).all(|(a, b)| a >= b), "ordinary sales stay");
                added.push(a.iter().sum::<f64>() - b.iter().sum::<f64>());
            }
            let n = added.len() as f64;
            let mean = added.iter().sum::<f64>() / n;
            let error = (added.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n / n).sqrt();
            println!("{step:?}: {mean} added, {expected} expected, standard error {error}; {law:?}");
            assert!(
                (mean - expected).abs() < 4.0 * error && error < 0.05 * expected,
                "{step:?} {mean} {expected} {error}"
            );
        }
    }
}
