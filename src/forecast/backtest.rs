//! Rolling origins: what would have been forecast then, against what came.
//!
//! At each origin every method is fitted on the panel cut there, profiles and pooled parameters included, and forecasts
//! the horizon that follows. All methods are scored on the same items, origins and days, so that they can be compared
//! item by item.

use super::measures::{M5_QUANTILES, pinball, scale};
use super::{Fan, Method, Panel, stream};
use crate::rng::Stream;
use rayon::prelude::*;

/// What to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// Days ahead.
    pub horizon: usize,
    /// Origins, one horizon apart, the last one a horizon before the panel's end.
    pub origins: usize,
    pub paths: u32,
    pub seed: u64,
    /// Threads; 0 for one a core.
    pub jobs: usize,
}

/// Quantiles of the total over the horizon whose coverage is counted.
pub const COVERAGE: [f64; 4] = [0.5, 0.95, 0.975, 0.995];

/// One item at one origin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    pub item: usize,
    /// First day forecast, counted from the panel's first.
    pub origin: usize,
    /// Scaled pinball loss: mean over days and the nine M5 quantiles.
    pub scaled_pinball: f64,
    /// Units sold in the horizon before the origin: the weight of an item that sells much.
    pub weight: f64,
    /// Sum over days of the mean forecast's error, its absolute value, and of units sold.
    pub error: f64,
    pub absolute_error: f64,
    pub units: f64,
    /// Whether each quantile of [`COVERAGE`] was at least the total.
    pub covered: [bool; COVERAGE.len()],
}

/// A method's scores; row `i` is the same item and origin in every method.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    pub method: &'static str,
    pub rows: Vec<Row>,
}

/// A mean of scores, or its change against another method's, with a 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// Scores of every method. `progress` hears how many of all fits are done, and how many there are.
#[must_use]
pub fn backtest(
    panel: &Panel,
    methods: &[Box<dyn Method>],
    spec: Spec,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Vec<Scores> {
    let here = || score_all(panel, methods, spec, progress);
    match rayon::ThreadPoolBuilder::new().num_threads(spec.jobs).build() {
        Ok(pool) => pool.install(here),
        // Without threads of our own the machine's common ones do the same.
        Err(_) => here(),
    }
}

fn score_all(
    panel: &Panel,
    methods: &[Box<dyn Method>],
    spec: Spec,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Vec<Scores> {
    let origins: Vec<usize> =
        (1..=spec.origins).rev().filter_map(|k| panel.days.checked_sub(k * spec.horizon)).filter(|o| *o > 0).collect();
    let mut done = 0;
    let mut of_method = |method: &dyn Method| {
        let mut rows = Vec::new();
        for origin in &origins {
            let seen = panel.until(*origin);
            let fitted = method.fit(&seen);
            // Items in parallel, collected in order: the same rows at any number of threads.
            let scored: Vec<Option<Row>> = (0..panel.items.len())
                .into_par_iter()
                .map(|i| {
                    let item = &seen.items[i];
                    let scale = scale(&item.units)?;
                    let stream = stream(spec.seed ^ *origin as u64, &item.name);
                    let fan = Fan::draw(fitted.as_ref(), i, stream, spec.paths, spec.horizon);
                    Some(row(panel, &fan, i, *origin, spec.horizon, scale))
                })
                .collect();
            rows.extend(scored.into_iter().flatten());
            done += 1;
            progress(done, methods.len() * origins.len());
        }
        Scores { method: method.name(), rows }
    };
    methods.iter().map(|m| of_method(m.as_ref())).collect()
}

fn row(panel: &Panel, fan: &Fan, i: usize, origin: usize, horizon: usize, scale: f64) -> Row {
    let item = &panel.items[i];
    let sold = |day: usize| item.on(day).unwrap_or(0.0);
    let (mut loss, mut error, mut absolute_error, mut units) = (0.0, 0.0, 0.0, 0.0);
    for h in 0..horizon {
        let y = sold(origin + h);
        loss += M5_QUANTILES.iter().map(|p| pinball(*p, fan.quantile(h, *p), y)).sum::<f64>();
        let e = fan.mean(h) - y;
        error += e;
        absolute_error += e.abs();
        units += y;
    }
    Row {
        item: i,
        origin,
        scaled_pinball: loss / (horizon * M5_QUANTILES.len()) as f64 / scale,
        weight: (origin.saturating_sub(horizon)..origin).map(sold).sum(),
        error,
        absolute_error,
        units,
        covered: COVERAGE.map(|p| units <= fan.total_quantile(p)),
    }
}

impl Scores {
    /// Mean scaled pinball loss over items and origins; weighted by units if asked for.
    #[must_use]
    pub fn scaled_pinball(&self, by_units: bool) -> f64 {
        let weight = |r: &Row| if by_units { r.weight } else { 1.0 };
        let (x, w) = self.rows.iter().fold((0.0, 0.0), |s, r| (s.0 + weight(r) * r.scaled_pinball, s.1 + weight(r)));
        if w > 0.0 { x / w } else { 0.0 }
    }

    /// Weighted absolute percentage error of the mean: absolute errors over units sold.
    #[must_use]
    pub fn wape(&self) -> f64 {
        self.over_units(|r| r.absolute_error)
    }

    /// Errors of the mean over units sold: above 0, too much was forecast.
    #[must_use]
    pub fn bias(&self) -> f64 {
        self.over_units(|r| r.error)
    }

    fn over_units(&self, of: fn(&Row) -> f64) -> f64 {
        let units: f64 = self.rows.iter().map(|r| r.units).sum();
        if units > 0.0 { self.rows.iter().map(of).sum::<f64>() / units } else { 0.0 }
    }

    /// Share of totals over the horizon that were at most the forecast's quantile `COVERAGE[k]`.
    #[must_use]
    pub fn coverage(&self, k: usize) -> f64 {
        self.rows.iter().filter(|r| r.covered[k]).count() as f64 / self.rows.len().max(1) as f64
    }

    /// Relative change of the scaled pinball loss against `base`: items are drawn with replacement 1,000 times, all
    /// origins of an item together, the same items for both methods (Efron and Tibshirani 1993, section 13.3).
    #[must_use]
    pub fn change_against(&self, base: &Scores, by_units: bool) -> Change {
        let items = self.rows.iter().map(|r| r.item + 1).max().unwrap_or(0);
        let mut sums = vec![(0.0, 0.0); items];
        for (a, b) in self.rows.iter().zip(&base.rows) {
            let weight = if by_units { a.weight } else { 1.0 };
            sums[a.item].0 += weight * a.scaled_pinball;
            sums[a.item].1 += weight * b.scaled_pinball;
        }
        sums.retain(|s| s.1 > 0.0);
        let relative = |s: (f64, f64)| if s.1 > 0.0 { s.0 / s.1 - 1.0 } else { 0.0 };
        let add = |s: (f64, f64), x: &(f64, f64)| (s.0 + x.0, s.1 + x.1);
        let stream = Stream::new(0, "", "bootstrap", "");
        let mut drawn: Vec<f64> = (0..1_000)
            .map(|k| {
                let pick = |i: usize| {
                    let u = stream.at(k, i as i32, 0).uniform();
                    &sums[((u * sums.len() as f64) as usize).min(sums.len() - 1)]
                };
                relative((0..sums.len()).map(pick).fold((0.0, 0.0), add))
            })
            .collect();
        drawn.sort_by(f64::total_cmp);
        let q = |p| crate::stats::interval::quantile(&drawn, p).unwrap_or(0.0);
        Change { value: relative(sums.iter().fold((0.0, 0.0), add)), low: q(0.025), high: q(0.975) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Day;
    use crate::forecast::{Item, methods};

    /// A panel that jumps at `jump`: nobody who has not seen the future knows.
    fn panel(jump: usize) -> Panel {
        let level = |t: usize| if t >= jump { 9.0 } else { 3.0 };
        let item = |i: usize| Item {
            name: format!("item {i}"),
            start: 0,
            units: (0..140).map(|t| level(t) + ((t * 7 + i * 3) % 4) as f64).collect(),
        };
        Panel { first: Day(0), days: 140, items: (0..6).map(item).collect() }
    }

    const SPEC: Spec = Spec { horizon: 28, origins: 2, paths: 100, seed: 1, jobs: 1 };

    #[test]
    fn nothing_after_an_origin_changes_its_forecast() {
        let (calm, jumps) = (panel(1_000), panel(112));
        for (a, b) in
            backtest(&calm, &methods(), SPEC, &|_, _| {}).iter().zip(backtest(&jumps, &methods(), SPEC, &|_, _| {}))
        {
            // The first origin, 84: its horizon ends where the jump comes.
            assert_eq!(a.rows[..6], b.rows[..6], "{}", a.method);
            assert!(b.rows[6..].iter().all(|r| r.error < 0.0), "{} could not know of the jump", a.method);
        }
    }

    #[test]
    fn a_method_against_itself_is_no_change() {
        let scores = backtest(&panel(1_000), &methods(), SPEC, &|_, _| {});
        assert_eq!(scores[1].rows.len(), 12);
        for by_units in [false, true] {
            assert_eq!(scores[1].change_against(&scores[1], by_units), Change { value: 0.0, low: 0.0, high: 0.0 });
        }
    }

    #[test]
    fn a_panel_shorter_than_the_horizon_has_no_origin() {
        let short = Panel { days: 20, ..panel(1_000) }.until(20);
        assert!(backtest(&short, &methods(), SPEC, &|_, _| {}).iter().all(|s| s.rows.is_empty()));
    }
}
