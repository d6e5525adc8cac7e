//! The dynamic optimised theta method.
//!
//! ```text
//! mu_t = l_(t-1) + (1 - 1/theta) ((1 - alpha)^(t-1) A_(t-1) + (1 - (1 - alpha)^t) / alpha B_(t-1))
//! l_t  = alpha y_t + (1 - alpha) l_(t-1)
//! ```
//!
//! `A` and `B` are intercept and slope of the line through all values so far, updated with each. Fiorucci, Pellegrini, Louzada, Petropoulos and Koehler,
//! "Models for optimising the theta method and their relationship to state space models", International Journal of Forecasting 32, 2016 (equations 15
//! to 20). A season is taken out first where there is one, and put back. With fixed parameters forecasts agree with statsforecast's
//! (`tests/golden/forecast.json`).

use super::ets::shortest_trend;
use super::optimise::minimise;
use super::season::season;
use super::series::{FittedSeries, Follow, LONG, Series};
use super::{Calendar, Fitted, Method, Panel};

/// Parameters of one series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThetaParameters {
    /// Level before the first value.
    pub level: f64,
    /// Weight of the newest value in the level, from 0 to 1.
    pub alpha: f64,
    /// Weight of the theta lines: 1 for simple exponential smoothing, 2 for the classical theta method.
    pub theta: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct State {
    level: f64,
    mean: f64,
    intercept: f64,
    slope: f64,
    /// Values seen.
    seen: f64,
    /// `(1 - alpha)` to the power of `seen`.
    fading: f64,
}

impl ThetaParameters {
    fn begin(&self, first: f64) -> State {
        let level = self.alpha * first + (1.0 - self.alpha) * self.level;
        State { level, mean: first, intercept: first, slope: 0.0, seen: 1.0, fading: 1.0 - self.alpha }
    }

    /// Means of the periods after `y`, which must not be empty.
    pub fn forecast(&self, y: &[f64], out: &mut [f64]) {
        let mut s = self.after(y);
        for m in out {
            *m = self.mean(&s);
            self.update(&mut s, *m);
        }
    }

    fn after(&self, y: &[f64]) -> State {
        let mut s = self.begin(y[0]);
        for v in &y[1..] {
            self.update(&mut s, *v);
        }
        s
    }

    /// Sum of squared errors from the fourth value on: the first ones tell of the first states.
    fn squares(&self, y: &[f64]) -> f64 {
        let mut s = self.begin(y[0]);
        let mut sum = 0.0;
        for (t, v) in y.iter().enumerate().skip(1) {
            let e = v - self.mean(&s);
            if t >= 3 {
                sum += e * e;
            }
            self.update(&mut s, *v);
        }
        sum
    }
}

impl Follow for ThetaParameters {
    type State = State;

    #[inline]
    fn mean(&self, s: &State) -> f64 {
        let line = s.intercept * s.fading + s.slope * (1.0 - s.fading * (1.0 - self.alpha)) / self.alpha;
        s.level + (1.0 - 1.0 / self.theta) * line
    }

    #[inline]
    fn update(&self, s: &mut State, y: f64) {
        let i = s.seen;
        s.level = self.alpha * y + (1.0 - self.alpha) * s.level;
        let before = s.mean;
        s.mean = (i * s.mean + y) / (i + 1.0);
        s.slope = ((i - 1.0) * s.slope + 6.0 * (y - before) / (i + 1.0)) / (i + 2.0);
        s.intercept = s.mean - s.slope * (i + 2.0) / 2.0;
        s.seen += 1.0;
        s.fading *= 1.0 - self.alpha;
    }
}

/// The parameters with the least squared errors.
fn fit_one(y: &[f64], trending: bool, slowest: f64) -> ThetaParameters {
    let scale = y.iter().map(|v| v.abs()).sum::<f64>() / y.len() as f64 + 1e-9;
    let put = |x: &[f64]| ThetaParameters { level: x[0] * scale, alpha: x[1], theta: x[2].exp() };
    if y.len() < 5 {
        return put(&[y[0] / scale, 0.5, 2.0_f64.ln()]);
    }
    // The level before the first value is about what was seen. Free of that it fits the first errors, which are not counted, at the cost of the rest.
    let (least, most) = y.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |s, v| (s.0.min(*v), s.1.max(*v)));
    let low = [least / scale - 1.0, slowest, 0.0];
    // A theta of 1 leaves the line out.
    let high = [most / scale + 1.0, 0.99, if trending { 10.0 } else { 0.0 }];
    // The classical method has a theta of 2: one far from it must earn that.
    let usual = if trending { 2.0_f64.ln() } else { 0.0 };
    let far = |x: &[f64]| 1.0 + PRIOR * (x[2] - usual).powi(2) / y.len() as f64;
    // There may be several valleys: one where the level follows quickly, one where it hardly moves.
    let from = |alpha: f64| {
        let start = [y[0] / scale / 2.0, alpha, usual];
        minimise(&start, &low, &high, LOOKS, |x| put(x).squares(y) * far(x))
    };
    let quick = from(if slowest < SLOWEST { 0.05 } else { 0.5 });
    let slow = if y.len() < LONG { from(0.12) } else { quick.clone() };
    put(if slow.1 < quick.1 { &slow.0 } else { &quick.0 })
}

/// Precision of the prior of `ln theta`: set on the monthly series of M3.
const PRIOR: f64 = 1.0;

/// Smallest weight of the newest value, as is usual; and of days that hardly scatter, of which a level rests on hundreds.
const SLOWEST: f64 = 0.1;
const SLOWEST_OF_STEADY: f64 = 0.01;

/// Standard deviation over mean up to which days are steady.
const STEADY: f64 = 0.4;

fn slowest(y: &[f64], cycle: usize) -> f64 {
    let n = y.len() as f64;
    let mean = y.iter().sum::<f64>() / n;
    let deviation = (y.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
    if cycle == 7 && deviation <= STEADY * mean { SLOWEST_OF_STEADY } else { SLOWEST }
}

/// Evaluations of the squared errors from each start.
const LOOKS: usize = 220;

/// The method.
#[derive(Debug, Clone, Copy, Default)]
pub struct Theta;

fn fit_series(y: &[f64], cycle: usize) -> Series<ThetaParameters> {
    let season = season(y, cycle);
    let adjusted: Vec<f64> =
        y.iter().enumerate().map(|(t, v)| season.as_ref().map_or(*v, |s| s.remove(t, *v))).collect();
    let parameters = fit_one(&adjusted, y.len() >= shortest_trend(cycle), slowest(&adjusted, cycle));
    let mut s = parameters.begin(adjusted[0]);
    let mut errors = Vec::with_capacity(y.len());
    for (t, v) in adjusted.iter().enumerate().skip(1) {
        if t >= 3 {
            errors.push(v - parameters.mean(&s));
        }
        parameters.update(&mut s, *v);
    }
    let n = errors.len() as f64;
    let inflate = if n > 5.0 { (n / (n - 3.0)).sqrt() } else { 1.5 };
    Series::new(parameters, s, errors, inflate, season, y)
}

impl Method for Theta {
    fn name(&self) -> String {
        "theta".into()
    }

    fn fit(&self, panel: &Panel, _: &Calendar) -> Box<dyn Fitted> {
        Box::new(FittedSeries::each(panel, fit_series))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A straight line goes on: half its slope at least within the horizon, as theta lines do.
    #[test]
    fn a_line_goes_on() {
        let y: Vec<f64> = (0..60).map(|t| 20.0 + 2.0 * t as f64).collect();
        let mut out = [0.0; 6];
        fit_one(&y, true, SLOWEST).forecast(&y, &mut out);
        for (h, m) in out.iter().enumerate() {
            let truth = 20.0 + 2.0 * (60 + h) as f64;
            assert!((m - truth).abs() < 0.03 * truth, "{h}: {m}, {truth}");
        }
    }

    #[test]
    fn odd_series_have_a_forecast() {
        for y in [vec![3.0], vec![0.0; 30], vec![1.0, 2.0, 3.0], vec![5.0; 40]] {
            let s = fit_series(&y, 7);
            assert!(Follow::mean(&fit_one(&y, true, SLOWEST), &s.state).is_finite(), "{y:?}");
        }
    }
}
