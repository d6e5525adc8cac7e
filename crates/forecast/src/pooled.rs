//! One autoregression for all series of a panel.
//!
//! ```text
//! x_t = ln y_t,   x_t = b_1 x_(t-1) + .. + b_L x_(t-L) + e_t,   b_1 + .. + b_L = 1
//! ```
//!
//! The coefficients are the panel's: least squares over all windows of all series, each less its own mean, which is what makes them add up to 1.
//! What no series could tell for itself, how the same weeks of last year bear on this one, many series tell together. Montero-Manso and Hyndman,
//! "Principles and algorithms for forecasting groups of time series: locality and globality", International Journal of Forecasting 37, 2021.
//!
//! A path adds one of the series' own past errors each period. Series that come near 0 are followed as `ln (y + mean)`.

use super::optimise::solve;
use super::series::{FittedSeries, Follow, Mixture, Series, tamed};
use super::{Calendar, Fitted, Item, Method, Panel, Step};
use std::sync::Arc;

/// One autoregression for all series of a panel (Montero-Manso and Hyndman, 2021).
#[derive(Debug, Clone, Copy, Default)]
pub struct Pooled;

/// Windows of a series that are learned from: its newest.
const WINDOWS: usize = 600;

/// Windows that nine tenths of the series have.
const FEWEST_WINDOWS: usize = 6;

/// Windows of the panel's own scatter by which the coefficients are held to 0.
const RIDGE: f64 = 10.0;

/// Own errors that a series must have for paths made of them; else they are the panel's.
const OWN_ERRORS: usize = 12;

/// Errors of the panel that are kept.
const PANEL_ERRORS: usize = 1_000;

/// Periods above this share of the series' mean are far enough from 0 for logarithms.
const NEAR_NOTHING: f64 = 0.02;

/// Lags: a year of weeks and a quarter, three and a half years of months, four weeks of days; fewer where a tenth of the series would have less than
/// [`FEWEST_WINDOWS`] windows.
fn lags(panel: &Panel) -> usize {
    let wanted = match panel.step {
        Step::Day => 28,
        Step::Week => 65,
        Step::Month => 42,
        Step::Quarter => 14,
    };
    let mut lengths: Vec<usize> = panel.items.iter().map(|i| i.units.len()).collect();
    lengths.sort_unstable();
    let short = lengths.get(lengths.len() / 10).copied().unwrap_or(0);
    wanted.min(short.saturating_sub(FEWEST_WINDOWS)).max(2)
}

struct Autoregression {
    /// From the oldest value of a window to the newest.
    coefficients: Arc<Vec<f64>>,
    /// Added to units before their logarithm is taken.
    offset: f64,
    /// Where means may lie: as far beyond what was seen as what was seen is wide.
    low: f64,
    high: f64,
}

/// The last values, the oldest of them at `oldest`.
#[derive(Clone)]
struct Window {
    values: Vec<f64>,
    oldest: usize,
}

impl Follow for Autoregression {
    type State = Window;

    #[inline]
    fn mean(&self, s: &Window) -> f64 {
        let (newer, older) = s.values.split_at(s.oldest);
        let (first, second) = self.coefficients.split_at(older.len());
        let dot = |b: &[f64], x: &[f64]| b.iter().zip(x).map(|(b, x)| b * x).sum::<f64>();
        (dot(first, older) + dot(second, newer)).clamp(self.low, self.high)
    }

    #[inline]
    fn update(&self, s: &mut Window, x: f64) {
        s.values[s.oldest] = x.clamp(self.low, self.high);
        s.oldest = (s.oldest + 1) % s.values.len();
    }

    fn units(&self, x: f64) -> f64 {
        x.exp() - self.offset
    }

    fn followed(&self, units: f64) -> f64 {
        (units + self.offset).ln()
    }
}

/// What is followed of an item's units: logarithms, and what was added before.
fn logarithms(units: &[f64]) -> (Vec<f64>, f64) {
    let mean = units.iter().sum::<f64>() / units.len() as f64;
    let least = units.iter().copied().fold(f64::INFINITY, f64::min);
    // A series of nothing but zeros has no scale.
    let above = if mean > 0.0 { mean } else { 1.0 };
    let offset = if least > NEAR_NOTHING * mean && least > 0.0 { 0.0 } else { above - least.min(0.0) };
    (units.iter().map(|y| (y + offset).ln()).collect(), offset)
}

/// Coefficients that fit all windows best.
fn coefficients(series: &[(Vec<f64>, f64)], lags: usize) -> Vec<f64> {
    let mut matrix = vec![0.0; lags * lags];
    let mut right = vec![0.0; lags];
    let mut rows = 0.0;
    let mut row = vec![0.0; lags];
    for (x, _) in series {
        for window in x.windows(lags + 1).rev().take(WINDOWS) {
            let mean = window[..lags].iter().sum::<f64>() / lags as f64;
            for (r, v) in row.iter_mut().zip(window) {
                *r = v - mean;
            }
            let y = window[lags] - mean;
            for (i, a) in row.iter().enumerate() {
                right[i] += a * y;
                for (m, b) in matrix[i * lags..=i * lags + i].iter_mut().zip(&row) {
                    *m += a * b;
                }
            }
            rows += 1.0;
        }
    }
    let scatter = (0..lags).map(|i| matrix[i * lags + i]).sum::<f64>() / lags as f64;
    for i in 0..lags {
        matrix[i * lags + i] += RIDGE * scatter / f64::max(rows, 1.0) + 1e-9;
    }
    solve(&mut matrix, &mut right);
    // What is left to 1 goes to the mean of the window.
    let rest = (1.0 - right.iter().sum::<f64>()) / lags as f64;
    right.iter().map(|b| b + rest).collect()
}

impl Autoregression {
    /// A window before the first value, and the errors of what followed.
    fn follow(&self, x: &[f64]) -> (Window, Vec<f64>) {
        let lags = self.coefficients.len();
        let mut window = Window { values: vec![x[0]; lags], oldest: 0 };
        let mut errors = Vec::with_capacity(x.len());
        for (t, v) in x.iter().enumerate() {
            if t >= lags {
                errors.push(v - self.mean(&window));
            }
            self.update(&mut window, *v);
        }
        (window, errors)
    }
}

impl Method for Pooled {
    fn name(&self) -> String {
        "pooled autoregression".into()
    }

    fn fit(&self, panel: &Panel, _: &Calendar) -> Box<dyn Fitted> {
        let typical = panel.mean_of_items();
        let lags = lags(panel);
        let of = |i: &Item| if i.units.is_empty() { vec![typical] } else { tamed(&i.units, panel.step) };
        let units: Vec<Vec<f64>> = panel.items.iter().map(of).collect();
        let series: Vec<(Vec<f64>, f64)> = units.iter().map(|y| logarithms(y)).collect();
        let coefficients = Arc::new(coefficients(&series, lags));
        let followed: Vec<(Autoregression, Window, Vec<f64>)> = series
            .iter()
            .map(|(x, offset)| {
                let (least, most) =
                    x.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |s, v| (s.0.min(*v), s.1.max(*v)));
                let wide = (most - least).max(0.1);
                let model = Autoregression {
                    coefficients: Arc::clone(&coefficients),
                    offset: *offset,
                    low: least - wide,
                    high: most + wide,
                };
                let (window, errors) = model.follow(x);
                (model, window, errors)
            })
            .collect();
        let all: Vec<f64> = followed.iter().flat_map(|f| &f.2).copied().collect();
        let every = all.len().div_ceil(PANEL_ERRORS).max(1);
        let common: Vec<f64> = all.iter().copied().step_by(every).collect();
        let items = followed
            .into_iter()
            .zip(panel.items.iter().zip(&units))
            .map(|((model, window, errors), (item, tamed))| {
                let errors = if errors.len() >= OWN_ERRORS { errors } else { common.clone() };
                let mut mixture: Mixture<Autoregression> =
                    Series::new(model, window, errors, 1.0, None, &item.units).into();
                mixture.surprise(&item.units, tamed);
                mixture
            })
            .collect();
        Box::new(FittedSeries::new(items))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fan, Step, Streams};
    use restock_base::calendar::Day;

    fn panel(items: Vec<Item>, periods: usize) -> Panel {
        Panel { first: Day(0), step: Step::Month, periods, items }
    }

    /// Series of one yearly wave at many levels: each goes on at its own.
    #[test]
    fn a_common_wave_goes_on_at_each_level() {
        let wave = |t: usize| 1.0 + 0.5 * (t as f64 * std::f64::consts::TAU / 12.0).sin();
        let items = (1..20).map(|i| {
            let units =
                (0..60).map(|t| 10.0 * i as f64 * wave(t) * (1.0 + 0.02 * ((t * 7 + i * 5) % 11) as f64)).collect();
            Item::new(format!("{i}"), 0, units)
        });
        let p = panel(items.collect(), 60);
        let fitted = Pooled.fit(&p, &Calendar::default());
        for i in [0, 18] {
            let mut out = [0.0; 12];
            assert!(fitted.point(i, &mut out));
            for (h, y) in out.iter().enumerate() {
                let truth = 10.0 * (i + 1) as f64 * wave(60 + h) * 1.1;
                assert!((y / truth - 1.0).abs() < 0.15, "{i}, {h}: {y}, {truth}");
            }
            let fan = Fan::draw(fitted.as_ref(), i, &Streams::new(1, "x", None), 200, 12);
            assert!(fan.quantile(5, 0.05) < out[5] && out[5] < fan.quantile(5, 0.95));
        }
    }

    #[test]
    fn odd_series_have_a_forecast() {
        for units in [vec![], vec![3.0], vec![0.0; 30], vec![1.0, 0.0, 40.0], vec![5.0; 40]] {
            let n = units.len();
            let fitted = Pooled.fit(&panel(vec![Item::new("x", 0, units)], n), &Calendar::default());
            let mut out = [f64::NAN; 6];
            fitted.simulate(0, &Streams::new(1, "x", None), 3, &mut out);
            assert!(out.iter().all(|v| v.is_finite() && *v >= 0.0), "{n}: {out:?}");
        }
    }
}
