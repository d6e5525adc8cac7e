//! Trends that last: an item whose sales have doubled in two years goes on growing for a while.
//!
//! A level that follows what is sold lags behind a trend, and a path that goes back to the long run falls behind further. So the growth of each item
//! is measured first, by the logarithms of what it sold in blocks of four weeks, beside a wave of the year. It is a trend if it is many standard
//! errors from nothing and both halves of the history grow alike: a step in the middle does not.
//!
//! How far trends go on, the panel's past says: at past origins those that were seen then are compared with what came. A path's trend levels off
//! over a year.

use super::optimise::solve;
use super::regression::scatter;
use super::{Item, Panel, Shelf, Step};
use rayon::prelude::*;

/// Days of a block, and blocks that a trend needs and that are looked back at, at most: a year and a half, and three.
const BLOCK: usize = 28;
const FEWEST: usize = 20;
const MOST: usize = 39;

/// Mean units of a block, at least: less says little of growth.
const UNITS: f64 = 20.0;

/// Standard errors from nothing, growth over the history (its logarithm), and what each half has of it at least.
const ERRORS: f64 = 4.0;
const GROWTH: f64 = 0.25;
const EACH_HALF: f64 = 0.4;

/// Most that is believed of growth, a day: threefold in a year.
const STEEPEST: f64 = 0.003;

/// Blocks after a past origin that tell how far a trend went on, and origins.
const AFTER: usize = 3;
const ORIGINS: usize = 4;

/// How far a trend is believed where the panel says nothing, and what this counts for: ten trends of a doubling in two years.
const BELIEVED: f64 = 0.95;
const PRIOR: f64 = 10.0 * 0.08 * 0.08;

/// Days in which the growth of a path falls to a part of 1/e.
const LEVELS_OFF: f64 = 365.0;

/// The growth of an item: 1 at the end of its history, less before it, more after.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// Growth of the logarithm a day, as far as it is believed.
    slope: f64,
    /// How far it is believed, from 0 to 1.
    pub believed: f64,
    /// The item's period from which it is known, and the first after its history.
    from: usize,
    end: usize,
}

impl Trend {
    /// Factor of the item's own period `i`.
    pub(super) fn at(&self, i: usize) -> f64 {
        let days = if i < self.end {
            -((self.end - i.max(self.from)) as f64)
        } else {
            LEVELS_OFF * (1.0 - (-((i - self.end) as f64) / LEVELS_OFF).exp())
        };
        (self.slope * days).exp()
    }

    /// Factor of the `h`-th period after the history.
    #[must_use]
    pub fn ahead(&self, h: usize) -> f64 {
        self.at(self.end + h)
    }

    /// Growth in a year as it was measured, of 1: 0.41 for a doubling in two years.
    #[must_use]
    pub fn a_year(&self) -> f64 {
        (self.slope / self.believed * 365.25).exp() - 1.0
    }
}

/// Units of a block, and the weight of its days: a day off the shelf has none.
type Block = (f64, f64);

/// Blocks of an item's history before its period `end`, the oldest first.
fn blocks(item: &Item, weight: &dyn Fn(usize) -> f64, end: usize) -> Vec<Block> {
    let of = |k: usize| {
        let to = end - k * BLOCK;
        let open = (to - BLOCK..to).filter(|t| item.shelf_at(*t) == Shelf::Full);
        open.fold((0.0, 0.0), |s, t| (s.0 + item.units[t], s.1 + weight(t)))
    };
    (0..(end / BLOCK).min(MOST)).rev().map(of).collect()
}

/// A line of logarithms and a wave of the year through blocks.
struct Line {
    /// Growth a block, and the terms of the wave.
    slope: f64,
    wave: Vec<f64>,
}

/// Terms of the wave in block `k`.
fn terms(k: usize, pairs: usize) -> impl Iterator<Item = f64> {
    let angle = std::f64::consts::TAU * (k * BLOCK) as f64 / 365.25;
    (1..=pairs).flat_map(move |p| [(p as f64 * angle).cos(), (p as f64 * angle).sin()])
}

impl Line {
    /// The wave's logarithm in block `k`.
    fn season(&self, k: usize) -> f64 {
        self.wave.iter().zip(terms(k, self.wave.len() / 2)).map(|(b, x)| b * x).sum()
    }

    /// Through blocks all of which sold; absent unless they tell a trend.
    fn through(blocks: &[Block]) -> Option<Self> {
        let n = blocks.len();
        let units: f64 = blocks.iter().map(|b| b.0).sum();
        if n < FEWEST || units < UNITS * n as f64 || blocks.iter().any(|b| b.0 <= 0.0 || b.1 < 0.25 * BLOCK as f64) {
            return None;
        }
        let logs: Vec<f64> = blocks.iter().map(|(y, w)| (y / w).ln()).collect();
        let pairs = if n >= 26 { 2 } else { 1 };
        let middle = (n - 1) as f64 / 2.0;
        let row = |k: usize| [1.0, k as f64 - middle].into_iter().chain(terms(k, pairs)).collect::<Vec<f64>>();
        let b = least_squares(n, &row, &|k| logs[k]);
        let line = Line { slope: b[1], wave: b[2..].to_vec() };
        // What is left of the logarithms without the wave: the line and its noise.
        let flat: Vec<f64> = (0..n).map(|k| logs[k] - line.season(k)).collect();
        let residuals: Vec<f64> = (0..n).map(|k| flat[k] - b[0] - b[1] * (k as f64 - middle)).collect();
        let (square, together) = scatter(&residuals);
        let variance = square / (n - b.len()) as f64 * (1.0 + together) / (1.0 - together);
        let spread: f64 = (0..n).map(|k| (k as f64 - middle).powi(2)).sum();
        let error = (variance / spread).sqrt();
        if line.slope.abs() * (n as f64) < GROWTH || line.slope.abs() < ERRORS * error {
            return None;
        }
        let half = |from: usize, to: usize| {
            let row = |k: usize| vec![1.0, k as f64];
            least_squares(to - from, &row, &|k| flat[from + k])[1] / line.slope
        };
        let lasts = half(0, n / 2) >= EACH_HALF && half(n / 2, n) >= EACH_HALF;
        // A step from one level to another, with a wave of its own, may look like a line with a wave: the better of them is believed.
        let step = |at: usize| {
            let row =
                |k: usize| [1.0, f64::from(u8::from(k >= at))].into_iter().chain(terms(k, pairs)).collect::<Vec<f64>>();
            let b = least_squares(n, &row, &|k| logs[k]);
            (0..n).map(|k| (logs[k] - row(k).iter().zip(&b).map(|(x, b)| x * b).sum::<f64>()).powi(2)).sum::<f64>()
        };
        (lasts && (n / 6..n - n / 6).all(|at| step(at) > square)).then_some(line)
    }

    /// Logarithms of how a trend at a past origin would have gone on from block `n` of `blocks`, and of how it did.
    fn went_on(&self, blocks: &[Block], n: usize) -> Option<(f64, f64)> {
        // The same number of blocks before and after the origin, each over what the wave leaves of it.
        let rate = |from: usize| {
            let (sold, weight) = (from..from + AFTER)
                .fold((0.0, 0.0), |s, k| (s.0 + blocks[k].0, s.1 + blocks[k].1 * self.season(k).exp()));
            (sold > 0.0 && weight > 0.0).then(|| sold / weight)
        };
        let expected = self.slope * AFTER as f64;
        let came = (rate(n)? / rate(n - AFTER)?).ln();
        Some((expected, came.clamp(-3.0 * expected.abs(), 3.0 * expected.abs())))
    }
}

/// Coefficients of least squares over `n` rows.
fn least_squares(n: usize, row: &dyn Fn(usize) -> Vec<f64>, y: &dyn Fn(usize) -> f64) -> Vec<f64> {
    let width = row(0).len();
    let (mut matrix, mut right) = (vec![0.0; width * width], vec![0.0; width]);
    for k in 0..n {
        let x = row(k);
        for i in 0..width {
            right[i] += x[i] * y(k);
            for j in 0..=i {
                matrix[i * width + j] += x[i] * x[j];
            }
        }
    }
    solve(&mut matrix, &mut right);
    right
}

/// Trends of a panel's items, believed as far as such trends went on in the panel's past. `weight` gives the factor of an item's period
/// without a trend.
pub(super) fn trends(panel: &Panel, weight: &(dyn Fn(usize, usize) -> f64 + Sync)) -> Vec<Option<Trend>> {
    if panel.step != Step::Day || panel.periods < FEWEST * BLOCK {
        return vec![None; panel.items.len()];
    }
    let found = |(i, item): (usize, &Item)| {
        let all = blocks(item, &|t| weight(i, t), item.units.len());
        let now = Line::through(&all);
        let origins = (1..=ORIGINS).filter_map(|k| all.len().checked_sub(k * AFTER));
        let past = |n: usize| Line::through(&all[..n])?.went_on(&all, n);
        (now, origins.filter_map(past).collect::<Vec<(f64, f64)>>())
    };
    let found: Vec<_> = panel.items.par_iter().enumerate().map(found).collect();
    let past = || found.iter().flat_map(|f| &f.1);
    let both: f64 = past().map(|(expected, came)| expected * came).sum();
    let squares: f64 = past().map(|(expected, _)| expected * expected).sum();
    let believed = ((both + PRIOR * BELIEVED) / (squares + PRIOR)).clamp(0.0, 1.0);
    let of = |(item, (line, _)): (&Item, &(Option<Line>, _))| {
        let slope = (line.as_ref()?.slope / BLOCK as f64).clamp(-STEEPEST, STEEPEST);
        let end = item.units.len();
        let from = end - (end / BLOCK).min(MOST) * BLOCK;
        (believed > 0.0).then_some(Trend { slope: slope * believed, believed, from, end })
    };
    panel.items.iter().zip(&found).map(of).collect()
}
