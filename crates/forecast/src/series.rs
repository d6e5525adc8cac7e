//! What ETS, theta and the pooled autoregression have in common: a state that follows a series period by period, and paths made of its past errors.

use super::season::Season;
use super::{Fitted, Item, Panel, Step, Streams};
use rayon::prelude::*;

/// Periods from which a series is long: it tells good parameters from bad ones sooner, and each look at it takes longer.
pub(super) const LONG: usize = 250;

/// Parameters by which a state follows a series.
pub(super) trait Follow: Send + Sync {
    type State: Clone + Send + Sync;
    /// Mean of the next period.
    fn mean(&self, state: &Self::State) -> f64;
    fn update(&self, state: &mut Self::State, y: f64);
    /// Whether errors are relative to the mean.
    fn relative(&self) -> bool {
        false
    }
    /// Units of a followed value: another where what is followed is a transform.
    fn units(&self, value: f64) -> f64 {
        value
    }
    /// The value that is followed of units.
    fn followed(&self, units: f64) -> f64 {
        units
    }
}

/// A series that has been fitted.
pub(super) struct Series<P: Follow> {
    parameters: P,
    pub(super) state: P::State,
    /// Past errors, ascending.
    errors: Vec<f64>,
    season: Option<Season>,
    length: usize,
    /// Lowest value of a path: 0 if nothing was below.
    floor: f64,
}

impl<P: Follow> Series<P> {
    /// `errors` of the fit are smaller than those to come: they are multiplied by `inflate`.
    pub(super) fn new(
        parameters: P,
        state: P::State,
        mut errors: Vec<f64>,
        inflate: f64,
        season: Option<Season>,
        y: &[f64],
    ) -> Self {
        for e in &mut errors {
            *e *= inflate;
        }
        errors.sort_unstable_by(f64::total_cmp);
        if errors.is_empty() {
            errors.push(0.0);
        }
        let floor = if y.iter().all(|v| *v >= 0.0) { 0.0 } else { f64::NEG_INFINITY };
        Series { parameters, state, errors, season, length: y.len(), floor }
    }

    /// A value of the `h`-th period ahead with its season, as it is given out.
    fn given(&self, h: usize, value: f64) -> f64 {
        let value = self.parameters.units(value);
        self.season.as_ref().map_or(value, |season| season.put_back(self.length + h, value)).max(self.floor)
    }
}

/// What is known of one item: a fit, or several with weights.
pub(super) struct Mixture<P: Follow> {
    /// Weights add up to 1.
    parts: Vec<(f64, Series<P>)>,
}

impl<P: Follow> From<Series<P>> for Mixture<P> {
    fn from(only: Series<P>) -> Self {
        Mixture { parts: vec![(1.0, only)] }
    }
}

impl<P: Follow> Mixture<P> {
    /// Parts whose weights need not add up to 1.
    pub(super) fn new(mut parts: Vec<(f64, Series<P>)>) -> Self {
        let sum: f64 = parts.iter().map(|p| p.0).sum();
        for p in &mut parts {
            p.0 /= sum;
        }
        Mixture { parts }
    }

    /// Adds what periods were off that the fit has not seen as they were: paths have such periods, too.
    pub(super) fn surprise(&mut self, y: &[f64], tamed: &[f64]) {
        for (_, s) in &mut self.parts {
            for (v, t) in y.iter().zip(tamed).filter(|(v, t)| v != t) {
                let (v, t) = (s.parameters.followed(*v), s.parameters.followed(*t));
                s.errors.push(if s.parameters.relative() { v / t - 1.0 } else { v - t });
            }
            s.errors.sort_unstable_by(f64::total_cmp);
        }
    }

    /// The part of a path: one, drawn with the weights, so that the path hangs together.
    fn part(&self, streams: &Streams, path: u32) -> &Series<P> {
        let mut left = if self.parts.len() > 1 { streams.own.at(path, -1, 0).uniform() } else { 0.0 };
        let chosen = self.parts.iter().find(|p| {
            left -= p.0;
            left <= 0.0
        });
        &chosen.unwrap_or(&self.parts[0]).1
    }
}

/// Periods of each side that a period is compared with, and how many of them there must be in all.
const AROUND: usize = 5;
const FEWEST: usize = 12;

/// A period is odd if it is so many times, or that part of, its neighbours, and so many times further off than periods of the series are.
const ODD_RATIO: f64 = 2.0;
const ODD_SPREAD: f64 = 6.0;

/// Share of a deviation that the same period of another year must have for it to be the season's.
const SEASONAL_SHARE: f64 = 0.4;

/// Longest run of odd periods: what lasts longer is a level.
const ODD_RUN: usize = 2;

/// The series as a method follows it: where its last one or two weeks or months are far from what the series ever did, what is usual in their
/// place. A state that takes such a period for a level is wrong for as long as it remembers it; if it was one, the third such period tells.
/// Days are left as they are: one of them is little of what a state remembers.
pub(super) fn tamed(y: &[f64], step: Step) -> Vec<f64> {
    let mut out = y.to_vec();
    let (n, cycle) = (y.len(), step.cycle());
    let zeros = y.iter().filter(|v| **v <= 0.0).count();
    if step == Step::Day || n < FEWEST || zeros * 10 > n || y.iter().any(|v| *v < 0.0) {
        return out;
    }
    let offset = 0.02 * y.iter().sum::<f64>() / n as f64;
    let middle = |mut v: Vec<f64>| {
        v.sort_unstable_by(f64::total_cmp);
        v.get(v.len() / 2).copied().unwrap_or(0.0)
    };
    let usual: Vec<f64> =
        (0..n).map(|t| middle(y[t.saturating_sub(AROUND)..(t + AROUND + 1).min(n)].to_vec())).collect();
    let off: Vec<f64> = y.iter().zip(&usual).map(|(v, m)| ((v + offset) / (m + offset)).ln()).collect();
    let spread = 1.4826 * middle(off.iter().map(|r| r.abs()).collect());
    let other_years = |t: usize| (1..).map_while(move |k| t.checked_sub(k * cycle));
    let odd = |t: usize| {
        let far = off[t].abs() > f64::max(ODD_RATIO.ln(), ODD_SPREAD * spread);
        // The season's peak may be a period earlier or later.
        let alike = |s: usize| (s.saturating_sub(1)..=(s + 1).min(n - 1)).any(|s| off[s] / off[t] > SEASONAL_SHARE);
        far && !other_years(t).any(alike)
    };
    // The run of odd periods that ends with the last period, or the last but one.
    let end = if odd(n - 1) { n } else { n - 1 };
    let run = (0..end).rev().take(ODD_RUN + 1).take_while(|t| odd(*t)).count();
    if run <= ODD_RUN {
        for (t, v) in out.iter_mut().enumerate().take(end).skip(end - run) {
            let season = middle(other_years(t).map(|s| off[s]).collect());
            *v = (usual[end - 1 - ODD_RUN] + offset) * season.exp() - offset;
        }
    }
    out
}

/// The series of a panel.
pub(super) struct FittedSeries<P: Follow> {
    items: Vec<Mixture<P>>,
}

impl<P: Follow> FittedSeries<P> {
    pub(super) fn new(items: Vec<Mixture<P>>) -> Self {
        FittedSeries { items }
    }

    /// Fits each item with its panel's cycle; an item without history as the panel's mean.
    pub(super) fn each<M: Into<Mixture<P>> + Send>(panel: &Panel, fit: impl Fn(&[f64], usize) -> M + Sync) -> Self {
        let typical = panel.mean_of_items();
        let of = |item: &Item| {
            if item.units.is_empty() {
                return fit(&[typical], 1).into();
            }
            let tamed = tamed(&item.units, panel.step);
            let mut mixture: Mixture<P> = fit(&tamed, panel.step.cycle()).into();
            mixture.surprise(&item.units, &tamed);
            mixture
        };
        FittedSeries { items: panel.items.par_iter().map(of).collect() }
    }
}

impl<P: Follow> Fitted for FittedSeries<P> {
    fn simulate(&self, item: usize, streams: &Streams, path: u32, out: &mut [f64]) {
        let s = self.items[item].part(streams, path);
        let mut state = s.state.clone();
        for (block, four) in out.chunks_mut(4).enumerate() {
            let u = streams.own.four(path, block as i32, 0);
            for (j, y) in four.iter_mut().enumerate() {
                let m = s.parameters.mean(&state);
                let e = s.errors[((u[j] * s.errors.len() as f64) as usize).min(s.errors.len() - 1)];
                let value = if s.parameters.relative() { m * (1.0 + e) } else { m + e };
                s.parameters.update(&mut state, value);
                *y = s.given(4 * block + j, value);
            }
        }
    }

    fn point(&self, item: usize, out: &mut [f64]) -> bool {
        out.fill(0.0);
        for (weight, s) in &self.items[item].parts {
            let mut state = s.state.clone();
            for (h, y) in out.iter_mut().enumerate() {
                let m = s.parameters.mean(&state);
                s.parameters.update(&mut state, m);
                *y += weight * s.given(h, m);
            }
        }
        true
    }
}
