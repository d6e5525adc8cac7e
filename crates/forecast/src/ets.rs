//! Exponential smoothing in its state-space form, chosen by an information criterion.
//!
//! ```text
//! mu_t = l_(t-1) + phi b_(t-1) [+ s_(t-m) or times s_(t-m)]
//! l_t  = q + alpha (p - q)              q = l_(t-1) + phi b_(t-1), p = y_t less its season
//! b_t  = phi b_(t-1) + beta / alpha (l_t - l_(t-1) - phi b_(t-1))
//! s_t  = s_(t-m) + gamma (y_t - q - s_(t-m))       or (y_t / q - s_(t-m))
//! ```
//!
//! Hyndman, Koehler, Snyder and Grose, "A state space framework for automatic forecasting using exponential smoothing methods", International Journal
//! of Forecasting 18, 2002 (tables 1 and 2); the corrected Akaike criterion chooses the forms, a few with weights where it hardly tells them apart. With fixed parameters and first states the
//! forecasts agree with statsforecast's (`tests/golden/forecast.json`).
//!
//! Cycles longer than 24 periods are taken out by the classical decomposition first. A path adds one of the past errors each period, which then
//! goes through the states as in the history; nothing is below 0 where nothing ever was.

use super::optimise::minimise;
use super::season::{Season, season};
use super::series::{FittedSeries, Follow, LONG, Mixture, Series};
use super::{Calendar, Fitted, Method, Panel};

/// Trend of an [`EtsForm`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    None,
    Additive,
    Damped,
}

/// Season of an [`EtsForm`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seasonal {
    None,
    Additive,
    Multiplicative,
}

/// A member of the family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EtsForm {
    /// Errors are relative to the mean.
    pub multiplicative_error: bool,
    /// Form of the trend.
    pub trend: Trend,
    /// Form of the season.
    pub seasonal: Seasonal,
}

impl EtsForm {
    /// The form of a name such as `ANN`, `AAdA` or `MAM`: error, trend, season. Absent if it is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let (error, rest) = name.split_at_checked(1)?;
        let (trend, season) = rest.split_at_checked(rest.len().checked_sub(1)?)?;
        Some(EtsForm {
            multiplicative_error: match error {
                "A" => false,
                "M" => true,
                _ => return None,
            },
            trend: match trend {
                "N" => Trend::None,
                "A" => Trend::Additive,
                "Ad" => Trend::Damped,
                _ => return None,
            },
            seasonal: match season {
                "N" => Seasonal::None,
                "A" => Seasonal::Additive,
                "M" => Seasonal::Multiplicative,
                _ => return None,
            },
        })
    }
}

/// A form with its weights and first states.
#[derive(Debug, Clone, PartialEq)]
pub struct EtsParameters {
    /// The form that the weights are of.
    pub form: EtsForm,
    /// Weight of the newest value in the level, from 0 to 1.
    pub alpha: f64,
    /// Weight of the trend, at most `alpha`.
    pub beta: f64,
    /// Weight of the newest value in the season.
    pub gamma: f64,
    /// Factor by which the slope is damped from period to period; 1 for not at all.
    pub phi: f64,
    /// Level before the first value, in units a period.
    pub level: f64,
    /// Slope before the first value, in units a period and period.
    pub slope: f64,
    /// Seasonal state of the first period, of the second, and so on; empty without a season.
    pub seasons: Vec<f64>,
}

/// States after some period.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    level: f64,
    slope: f64,
    seasons: Vec<f64>,
    /// Index of the next period's season.
    next: usize,
}

impl EtsParameters {
    fn begin(&self) -> State {
        State { level: self.level, slope: self.slope, seasons: self.seasons.clone(), next: 0 }
    }

    /// Means of the `out.len()` periods after `y`.
    pub fn forecast(&self, y: &[f64], out: &mut [f64]) {
        let mut s = self.begin();
        for v in y {
            self.update(&mut s, *v);
        }
        for m in out {
            *m = self.mean(&s);
            // Going through the states with the mean itself leaves them on course.
            self.update(&mut s, *m);
        }
    }

    /// Twice the negative log-likelihood but for constants. Each kind of form has a loop of its own: this is where fitting spends its time.
    fn deviance(&self, y: &[f64], s: &mut State) -> f64 {
        use Seasonal::{Additive, Multiplicative, None};
        match (self.form.seasonal, self.form.trend == Trend::None, self.form.multiplicative_error) {
            (None, true, false) => self.sweep(None, false, false, y, s),
            (None, true, true) => self.sweep(None, false, true, y, s),
            (None, false, false) => self.sweep(None, true, false, y, s),
            (None, false, true) => self.sweep(None, true, true, y, s),
            (Additive, true, false) => self.sweep(Additive, false, false, y, s),
            (Additive, true, true) => self.sweep(Additive, false, true, y, s),
            (Additive, false, false) => self.sweep(Additive, true, false, y, s),
            (Additive, false, true) => self.sweep(Additive, true, true, y, s),
            (Multiplicative, true, error) => self.sweep(Multiplicative, false, error, y, s),
            (Multiplicative, false, error) => self.sweep(Multiplicative, true, error, y, s),
        }
    }

    #[inline(always)]
    fn sweep(&self, seasonal: Seasonal, trend: bool, relative: bool, y: &[f64], s: &mut State) -> f64 {
        let (mut sum, mut logs) = (0.0, 0.0);
        s.level = self.level;
        s.slope = self.slope;
        s.seasons.clone_from(&self.seasons);
        s.next = 0;
        for v in y {
            let m = self.mean_as(seasonal, s);
            let e = v - m;
            if relative {
                if m <= 0.0 {
                    return f64::MAX;
                }
                sum += (e / m) * (e / m);
                logs += m.ln();
            } else {
                sum += e * e;
            }
            self.update_as(seasonal, trend, s, *v);
        }
        y.len() as f64 * sum.max(1e-300).ln() + 2.0 * logs
    }

    #[inline(always)]
    fn mean_as(&self, seasonal: Seasonal, s: &State) -> f64 {
        let q = s.level + self.phi * s.slope;
        match seasonal {
            Seasonal::None => q,
            Seasonal::Additive => q + s.seasons[s.next],
            Seasonal::Multiplicative => q * s.seasons[s.next],
        }
    }

    #[inline(always)]
    fn update_as(&self, seasonal: Seasonal, trend: bool, s: &mut State, y: f64) {
        let phib = self.phi * s.slope;
        let q = s.level + phib;
        let old = if seasonal == Seasonal::None { 0.0 } else { s.seasons[s.next] };
        let p = match seasonal {
            Seasonal::None => y,
            Seasonal::Additive => y - old,
            Seasonal::Multiplicative => y / if old.abs() < 1e-10 { 1e-10 } else { old },
        };
        let error = p - q;
        if trend {
            // beta / alpha times the level's move.
            s.slope = phib + self.beta * error;
        }
        if seasonal != Seasonal::None {
            let t = match seasonal {
                Seasonal::Multiplicative => y / if q.abs() < 1e-10 { 1e-10 } else { q },
                _ => y - q,
            };
            s.seasons[s.next] = old + self.gamma * (t - old);
            s.next = if s.next + 1 == s.seasons.len() { 0 } else { s.next + 1 };
        }
        s.level = q + self.alpha * error;
    }

    /// Weights, first states and the variance: what the criterion counts.
    fn parameters(&self) -> f64 {
        let trend = match self.form.trend {
            Trend::None => 0.0,
            Trend::Additive => 2.0,
            Trend::Damped => 3.0,
        };
        3.0 + trend + if self.seasons.is_empty() { 0.0 } else { self.seasons.len() as f64 }
    }
}

impl Follow for EtsParameters {
    type State = State;

    fn mean(&self, s: &State) -> f64 {
        self.mean_as(self.form.seasonal, s)
    }

    fn update(&self, s: &mut State, y: f64) {
        self.update_as(self.form.seasonal, self.form.trend != Trend::None, s, y);
    }

    fn relative(&self) -> bool {
        self.form.multiplicative_error
    }
}

/// Exponential smoothing with the form chosen for each item.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ets;

/// Longest cycle that is a state of the model.
const LONGEST_CYCLE: usize = 24;

/// Periods below which nothing is taken for a trend: of months two years, as in less the season's rise looks like one.
pub(super) fn shortest_trend(cycle: usize) -> usize {
    if cycle == 12 { 24 } else { 10 }
}

/// Evaluations of the likelihood to compare forms, and to polish the best one.
const LOOKS: usize = 70;
const POLISH: usize = 260;

fn forms(positive: bool, seasonal: bool, trending: bool) -> Vec<EtsForm> {
    let mut out = Vec::new();
    for trend in [Trend::None, Trend::Additive, Trend::Damped] {
        for season in [Seasonal::None, Seasonal::Additive, Seasonal::Multiplicative] {
            for multiplicative_error in [false, true] {
                let multiplicative = multiplicative_error || season == Seasonal::Multiplicative;
                // Additive errors with a multiplicative season have no bounded variance.
                let unstable = !multiplicative_error && season == Seasonal::Multiplicative;
                let known = (seasonal || season == Seasonal::None) && (trending || trend == Trend::None);
                if known && (positive || !multiplicative) && !unstable {
                    out.push(EtsForm { multiplicative_error, trend, seasonal: season });
                }
            }
        }
    }
    out
}

/// First states: season by decomposition, level and slope by a line through the first periods without it.
fn first_guess(form: EtsForm, y: &[f64], cycle: usize) -> EtsParameters {
    let season =
        (form.seasonal != Seasonal::None).then(|| Season::of(y, cycle, form.seasonal == Seasonal::Multiplicative));
    let n = y.len().min(10.max(2 * cycle));
    let head: Vec<f64> = (0..n).map(|t| season.as_ref().map_or(y[t], |s| s.remove(t, y[t]))).collect();
    let mean = head.iter().sum::<f64>() / n.max(1) as f64;
    let (mut level, mut slope) = (mean, 0.0);
    if form.trend != Trend::None && n > 2 {
        let middle = (n as f64 - 1.0) / 2.0;
        let cross: f64 = head.iter().enumerate().map(|(t, v)| (t as f64 - middle) * (v - mean)).sum();
        let square: f64 = (0..n).map(|t| (t as f64 - middle).powi(2)).sum();
        slope = cross / square;
        level = mean - slope * (middle + 1.0);
    }
    let damped = form.trend == Trend::Damped;
    EtsParameters {
        form,
        alpha: 0.2,
        beta: if form.trend == Trend::None { 0.0 } else { 0.02 },
        gamma: if season.is_some() { 0.05 } else { 0.0 },
        phi: if damped { 0.95 } else { f64::from(u8::from(form.trend != Trend::None)) },
        level,
        slope,
        seasons: season.map_or_else(Vec::new, |s| s.indices),
    }
}

/// Lowers the deviance over weights, first level and first slope.
fn optimise(p: &EtsParameters, y: &[f64], evaluations: usize) -> (EtsParameters, f64) {
    let trend = p.form.trend != Trend::None;
    let scale = y.iter().map(|v| v.abs()).sum::<f64>() / y.len() as f64 + 1e-9;
    // Weights as shares of what they may be, states in units of the series' mean.
    let mut start = vec![p.alpha, p.level / scale];
    let (mut low, mut high) = (vec![1e-4, p.level / scale - 3.0], vec![0.9999, p.level / scale + 3.0]);
    if trend {
        start.extend([p.beta / p.alpha, p.slope / scale]);
        low.extend([1e-4, p.slope / scale - 0.5]);
        high.extend([0.9999, p.slope / scale + 0.5]);
    }
    if p.form.trend == Trend::Damped {
        start.push(p.phi);
        low.push(0.8);
        high.push(0.98);
    }
    if p.form.seasonal != Seasonal::None {
        start.push(p.gamma / (1.0 - p.alpha));
        low.push(1e-4);
        high.push(0.9999);
    }
    let put = |x: &[f64], q: &mut EtsParameters| {
        let mut x = x.iter().copied();
        let mut next = || x.next().unwrap_or(0.0);
        q.alpha = next();
        q.level = next() * scale;
        if trend {
            q.beta = next() * q.alpha;
            q.slope = next() * scale;
        }
        if q.form.trend == Trend::Damped {
            q.phi = next();
        }
        if q.form.seasonal != Seasonal::None {
            q.gamma = next() * (1.0 - q.alpha);
        }
    };
    let mut q = p.clone();
    let mut state = p.begin();
    let (x, deviance) = minimise(&start, &low, &high, evaluations, |x| {
        put(x, &mut q);
        q.deviance(y, &mut state)
    });
    put(&x, &mut q);
    (q, deviance)
}

/// Akaike's criterion, corrected for short series.
fn criterion(p: &EtsParameters, deviance: f64, n: usize) -> f64 {
    let (k, n) = (p.parameters(), n as f64);
    if n - k - 1.0 <= 0.0 { f64::MAX } else { deviance + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0) }
}

/// The forms that the criterion likes best, with their Akaike weights (Kolassa, "Combining exponential smoothing forecasts using Akaike weights",
/// International Journal of Forecasting 27, 2011): the first has 1.
#[must_use]
fn choose(y: &[f64], cycle: usize) -> Vec<(f64, EtsParameters)> {
    let positive = y.iter().all(|v| *v > 0.0);
    let seasonal = (2..=LONGEST_CYCLE).contains(&cycle) && y.len() >= 2 * cycle + 2;
    let simple =
        first_guess(EtsForm { multiplicative_error: false, trend: Trend::None, seasonal: Seasonal::None }, y, cycle);
    if y.len() < 4 || y.iter().all(|v| *v == y[0]) {
        return vec![(1.0, EtsParameters { level: y.last().copied().unwrap_or(0.0), alpha: 0.5, ..simple })];
    }
    let long = y.len() >= LONG;
    let looked = forms(positive, seasonal, y.len() >= shortest_trend(cycle)).into_iter().map(|form| {
        let (p, deviance) = optimise(&first_guess(form, y, cycle), y, if long { LOOKS / 2 } else { LOOKS });
        (criterion(&p, deviance, y.len()), p)
    });
    let mut looked: Vec<(f64, EtsParameters)> = looked.collect();
    looked.sort_by(|a, b| a.0.total_cmp(&b.0));
    let best = looked[0].0;
    looked.retain(|l| l.0 <= best + HOPELESS);
    looked.truncate(if long { KEPT - 1 } else { KEPT });
    let polished = looked.iter().map(|(_, p)| {
        let (p, deviance) = optimise(p, y, POLISH);
        (criterion(&p, deviance, y.len()), p)
    });
    let mut polished: Vec<(f64, EtsParameters)> = polished.collect();
    polished.sort_by(|a, b| a.0.total_cmp(&b.0));
    let best = polished[0].0;
    polished.into_iter().map(|(c, p)| ((0.5 * (best - c)).exp(), p)).filter(|(w, _)| *w >= LEAST_WEIGHT).collect()
}

/// Forms that are polished and mixed, and the weight below which one is left out.
const KEPT: usize = 4;
const LEAST_WEIGHT: f64 = 0.05;

/// Criterion above the best one's at first look from which a form is not polished.
const HOPELESS: f64 = 12.0;

fn smooth(y: &[f64], cycle: usize) -> Mixture<EtsParameters> {
    let long = (cycle > LONGEST_CYCLE).then(|| season(y, cycle)).flatten();
    let adjusted: Vec<f64> = y.iter().enumerate().map(|(t, v)| long.as_ref().map_or(*v, |s| s.remove(t, *v))).collect();
    let chosen = choose(&adjusted, cycle).into_iter();
    Mixture::new(chosen.map(|(weight, p)| (weight, follow(p, y, &adjusted, long.clone()))).collect())
}

/// Goes through the series `y`, `adjusted` for its long cycle if it has one, and keeps the errors.
fn follow(parameters: EtsParameters, y: &[f64], adjusted: &[f64], long: Option<Season>) -> Series<EtsParameters> {
    let mut state = parameters.begin();
    let mut errors = Vec::with_capacity(y.len());
    for v in adjusted {
        let m = parameters.mean(&state);
        errors.push(if parameters.form.multiplicative_error { (v - m) / m.max(1e-9) } else { v - m });
        parameters.update(&mut state, *v);
    }
    // Errors of the fit are smaller than those to come.
    let (n, k) = (y.len() as f64, parameters.parameters() - 1.0);
    let inflate = if n > k + 1.0 { (n / (n - k)).sqrt() } else { 1.5 };
    Series::new(parameters, state, errors, inflate, long, y)
}

impl Method for Ets {
    fn name(&self) -> String {
        "ETS".into()
    }

    fn fit(&self, panel: &Panel, _: &Calendar) -> Box<dyn Fitted> {
        Box::new(FittedSeries::each(panel, smooth))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: EtsForm = EtsForm { multiplicative_error: false, trend: Trend::None, seasonal: Seasonal::None };

    /// Level 10, alpha 0.5: after 12 and 8 the level is 11, then 9.5.
    #[test]
    fn a_level_by_hand() {
        let p = EtsParameters {
            form: PLAIN,
            alpha: 0.5,
            beta: 0.0,
            gamma: 0.0,
            phi: 0.0,
            level: 10.0,
            slope: 0.0,
            seasons: Vec::new(),
        };
        let mut out = [0.0; 2];
        p.forecast(&[12.0, 8.0], &mut out);
        assert_eq!(out, [9.5, 9.5]);
    }

    #[test]
    fn the_form_is_found() {
        // Noise that no weight can follow, from a fixed recurrence.
        let mut x = 1u32;
        let mut noise = || {
            x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(x >> 8) / f64::from(1 << 24) - 0.5
        };
        let level: Vec<f64> = (0..80).map(|_| 50.0 + 8.0 * noise()).collect();
        assert_eq!(choose(&level, 12)[0].1.form.trend, Trend::None);
        let season = |t: usize| [0.6, 0.8, 1.0, 1.2, 1.4, 1.0][t % 6];
        let grown: Vec<f64> = (0..90).map(|t| (100.0 + 3.0 * t as f64) * season(t) * (1.0 + 0.04 * noise())).collect();
        let p = choose(&grown, 6).remove(0).1;
        assert_ne!(p.form.trend, Trend::None);
        assert_eq!(p.form.seasonal, Seasonal::Multiplicative);
        let mut out = [0.0; 6];
        p.forecast(&grown, &mut out);
        for (h, y) in out.iter().enumerate() {
            let truth = (100.0 + 3.0 * (90 + h) as f64) * season(90 + h);
            assert!((y / truth - 1.0).abs() < 0.08, "{h}: {y}, {truth}");
        }
    }

    #[test]
    fn odd_series_have_a_forecast() {
        for y in [vec![], vec![3.0], vec![0.0; 30], vec![1.0, 2.0, 3.0], vec![5.0; 40]] {
            let y = if y.is_empty() { vec![1.0] } else { y };
            for (weight, p) in choose(&y, 7) {
                assert!(weight > 0.0 && follow(p, &y, &y, None).state.level.is_finite(), "{y:?}");
            }
        }
    }
}
