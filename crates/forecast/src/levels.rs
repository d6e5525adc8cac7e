//! Levels that hold: an item that has sold four times as much for three weeks does so, for the most part, next month too.
//!
//! How far such levels went on, the panel's past says: a grocer's fall back, and single items are believed.
//!
//! A filter that follows slowly takes a new level for a string of surprises. So the last change of an item's level is looked for first: the
//! period that parts what was sold after it from what was sold before by the most, over the scatter of both. It is believed if the two differ by a
//! factor of two and by many standard errors, if each week since lies on its side of the middle, and if the year before has not risen, or fallen,
//! in the same way at the same time.

use super::path::Factors;
use super::{Item, Panel, Shelf, Step};
use rayon::prelude::*;
use std::ops::Range;

/// Periods that a level must have held, and for how many it is new; periods before it that it is compared with, at least and at most.
const HELD: usize = 20;
const NEW: usize = 84;
const BEFORE: usize = 42;
const LOOKED_BACK: usize = 180;

/// Standard errors, and ratio, by which levels differ.
const ERRORS: f64 = 9.0;
const RATIO: f64 = 2.0;
const LEAST_RATIO: f64 = 0.15;

/// Sums of units and of what they are measured by, up to each period.
struct Sums {
    units: Vec<f64>,
    weights: Vec<f64>,
}

impl Sums {
    fn of(item: &Item, factors: &Factors) -> Self {
        let mut out = Sums { units: vec![0.0], weights: vec![0.0] };
        let (mut units, mut weights) = (0.0, 0.0);
        for (i, y) in item.units.iter().enumerate() {
            if item.shelf_at(i) == Shelf::Full {
                units += y;
                weights += factors.at(i);
            }
            out.units.push(units);
            out.weights.push(weights);
        }
        out
    }

    /// Units a period of factor 1, and the weight they rest on.
    fn rate(&self, from: usize, to: usize) -> (f64, f64) {
        let (units, weight) = (self.units[to] - self.units[from], self.weights[to] - self.weights[from]);
        (if weight > 0.0 { units / weight } else { 0.0 }, weight)
    }
}

/// A level that holds: the item's period since which it does, how many times the one before it is, and how far it is believed, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// First period of the level, counted from the item's first.
    pub since: usize,
    /// The level over the one before it: 2 for twice as much.
    pub ratio: f64,
    /// How far the new level is believed, from 0 (not at all) to 1.
    pub believed: f64,
}

impl Level {
    /// Periods that the level before counts for, where this one has held for `held`.
    pub(super) fn kept(&self, held: usize) -> f64 {
        held as f64 * (1.0 - self.believed) / self.believed
    }
}

/// How far a new level is believed where the panel says nothing, and the levels of the past that this counts for.
const BELIEVED: f64 = 0.95;
const PRIOR_LEVELS: f64 = 3.0;

/// Past origins, and the periods after each that tell how far a level went on.
const ORIGINS: usize = 6;
const AFTER: usize = 28;

/// New levels of a panel's items, believed as far as such levels went on in the panel's past.
pub(super) fn levels(panel: &Panel, factors: &[Factors]) -> Vec<Option<Level>> {
    if panel.step != Step::Day {
        return vec![None; panel.items.len()];
    }
    let items = || panel.items.par_iter().zip(factors);
    let went_on = |(item, factors): (&Item, &Factors)| {
        let sums = Sums::of(item, factors);
        let n = item.units.len();
        let ends = (1..=ORIGINS).filter_map(|k| n.checked_sub(k * AFTER));
        let of = |end: usize| {
            let Changed { before, ratio, .. } = changed(item, factors, &sums, end)?;
            let (after, weight) = sums.rate(end, end + AFTER);
            (weight > 0.0 && after > 0.0).then(|| ((after / before).ln() / ratio.ln()).clamp(0.0, 1.0))
        };
        ends.filter_map(of).collect::<Vec<f64>>()
    };
    let past = items().flat_map_iter(went_on).collect::<Vec<f64>>();
    let believed = (past.iter().sum::<f64>() + PRIOR_LEVELS * BELIEVED) / (past.len() as f64 + PRIOR_LEVELS);
    let now = |(item, factors): (&Item, &Factors)| {
        let Changed { since, ratio, .. } = changed(item, factors, &Sums::of(item, factors), item.units.len())?;
        Some(Level { since, ratio, believed: believed.clamp(0.05, 1.0) })
    };
    items().map(now).collect()
}

/// A change of level that still holds.
struct Changed {
    before: f64,
    since: usize,
    ratio: f64,
}

/// The change of level that holds at the item's period `n`.
fn changed(item: &Item, factors: &Factors, sums: &Sums, n: usize) -> Option<Changed> {
    if n < BEFORE + HELD {
        return None;
    }
    let distance = |t: usize| {
        let (before, old) = sums.rate(t.saturating_sub(LOOKED_BACK), t);
        let (after, new) = sums.rate(t, n);
        if before <= 0.0 || after <= 0.0 || old < HELD as f64 || new < 0.5 * HELD as f64 {
            return 0.0;
        }
        (after - before).abs() / (before / old + after / new).sqrt()
    };
    let candidates = n.saturating_sub(NEW).max(BEFORE)..=n - HELD;
    let (since, errors) = candidates.map(|t| (t, distance(t))).fold((0, 0.0), |s, x| if x.1 > s.1 { x } else { s });
    if errors < ERRORS {
        return None;
    }
    let ((before, _), (after, _)) = (sums.rate(since.saturating_sub(LOOKED_BACK), since), sums.rate(since, n));
    let ratio = after / before;
    // Poisson's scatter was taken so far: a lumpy item's is more.
    let scatter = scatter(item, factors, since..n, (before, after));
    // A fall to next to nothing is no level: the item is out of stock, or has ended.
    if ratio.ln().abs() < RATIO.ln() || ratio < LEAST_RATIO || errors < ERRORS * scatter.max(1.0).sqrt() {
        return None;
    }
    let middle = (before * after).sqrt();
    let mut weeks = (since..n).step_by(7).map(|w| sums.rate(w.min(n - 7), (w + 7).min(n)));
    let holds = weeks.all(|(rate, weight)| weight <= 0.0 || (rate > middle) == (after > middle));
    let seasonal = since.checked_sub(365).is_some_and(|s| {
        let ((before, old), (after, new)) = (sums.rate(s.saturating_sub(60), s), sums.rate(s, n - 365));
        old > 28.0 && new > 0.0 && before > 0.0 && (after / before).ln() / ratio.ln() > 0.5
    });
    (holds && !seasonal).then_some(Changed { before, since, ratio })
}

/// Variance over mean around two levels, before and in `since`.
fn scatter(item: &Item, factors: &Factors, since: Range<usize>, (before, after): (f64, f64)) -> f64 {
    let from = since.start.saturating_sub(LOOKED_BACK);
    let terms = (from..since.end).filter(|t| item.shelf_at(*t) == Shelf::Full).map(|t| {
        let mean = factors.at(t) * if t < since.start { before } else { after };
        (item.units[t] - mean).powi(2) / mean.max(1e-9)
    });
    let (sum, n) = terms.fold((0.0, 0.0), |s, x| (s.0 + x, s.1 + 1.0));
    sum / f64::max(n, 1.0)
}
