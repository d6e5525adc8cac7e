//! Nothing leaves the range of reason: paths stay within [`REACH`] times what the item has sold, and above that part of it.
//!
//! Over any number of periods in a row a path sells at most [`REACH`] times as much as the best of as many periods of the item's own history, and
//! at least that part of the worst, where the worst was more than nothing. A method that is right never notices. One that is misled, by a
//! single odd period or by a law with a heavy tail, does no harm beyond it.
//!
//! A method that knows of ends keeps what its parts forecast above that part of the worst itself, before it ends paths: what has ended sells nothing.

use super::{Fitted, Item, Panel, Shelf, Streams};
use std::sync::{Mutex, PoisonError};

/// Times the best, and part of the worst, of as many periods of the history.
pub const REACH: f64 = 5.0;

/// Stretches of the history of which the worst is a bound.
const FEWEST: usize = 10;

/// A forecast that stays within reach of the past.
pub(super) struct WithinReach {
    fitted: Box<dyn Fitted>,
    past: Vec<Past>,
}

/// What an item has sold, added up.
struct Past {
    /// Units of the first `i` periods.
    sums: Vec<f64>,
    /// Ranges that were asked for, by their number of periods: paths are drawn one by one, and all of them ask for the same few.
    found: Mutex<Vec<(usize, (f64, f64))>>,
}

impl Past {
    /// Periods off the shelf are as the others were: their zeros are no sales that could be undercut.
    fn of(item: &Item) -> Self {
        let mean = item.mean();
        let mut sum = 0.0;
        let sold = item.units.iter().enumerate().map(|(i, y)| match item.shelf_at(i) {
            Shelf::Full | Shelf::RanOut => *y,
            Shelf::Open(share) => y + (1.0 - share) * mean,
        });
        let sums = std::iter::once(0.0).chain(sold.map(|y| {
            sum += y;
            sum
        }));
        Past { sums: sums.collect(), found: Mutex::default() }
    }

    /// The least and the most that `periods` in a row may sell; anything where the item never sold.
    fn range(&self, periods: usize) -> (f64, f64) {
        // Entries are whole whatever became of the thread that wrote them.
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, range)) = found.iter().find(|(of, _)| *of == periods) {
            return *range;
        }
        let range = self.find_range(periods);
        found.push((periods, range));
        range
    }

    fn find_range(&self, periods: usize) -> (f64, f64) {
        let known = self.sums.len() - 1;
        let all = self.sums[known];
        if all <= 0.0 || periods == 0 {
            return (0.0, f64::INFINITY);
        }
        if known < periods {
            // Of a history shorter than that, as much again and again.
            let most = REACH * all * periods as f64 / known as f64;
            return (0.0, most);
        }
        let windows = self.sums.iter().zip(&self.sums[periods..]).map(|(a, b)| b - a);
        let (least, most) = windows.fold((f64::INFINITY, 0.0), |s, v| (f64::min(s.0, v), f64::max(s.1, v)));
        // The worst of a few is no bound.
        let least = if known + 1 - periods >= FEWEST { least.max(0.0) } else { 0.0 };
        (least / REACH, REACH * most)
    }
}

impl WithinReach {
    pub(super) fn of(fitted: Box<dyn Fitted>, panel: &Panel) -> Box<dyn Fitted> {
        Box::new(WithinReach { fitted, past: panel.items.iter().map(Past::of).collect() })
    }

    /// Moves what is beyond reach onto its edge: each period, then the total, and the total without the first period, which is no part of it where that
    /// has begun when the sales end.
    fn limit(&self, item: usize, horizon: usize, out: &mut [f64]) {
        let knows_ends = self.fitted.ended(item).is_some();
        let range = |periods: usize| {
            let (low, high) = self.past[item].range(periods);
            (if knows_ends { 0.0 } else { low }, high)
        };
        let (low, high) = range(1);
        for y in out.iter_mut() {
            *y = y.min(high).max(low);
        }
        for from in (0..horizon.min(2)).rev() {
            let (low, high) = range(horizon - from);
            for path in out.chunks_mut(horizon) {
                let total: f64 = path[from..].iter().sum();
                if total > high {
                    path[from..].iter_mut().for_each(|y| *y *= high / total);
                } else if total < low && total > 0.0 {
                    path[from..].iter_mut().for_each(|y| *y *= low / total);
                } else if total < low {
                    path[from..].fill(low / (horizon - from) as f64);
                }
            }
        }
    }
}

impl Fitted for WithinReach {
    fn simulate(&self, item: usize, streams: &Streams, path: u32, out: &mut [f64]) {
        self.fitted.simulate(item, streams, path, out);
        self.limit(item, out.len(), out);
    }

    fn simulate_several(&self, item: usize, streams: &Streams, first: u32, horizon: usize, out: &mut [f64]) {
        self.fitted.simulate_several(item, streams, first, horizon, out);
        self.limit(item, horizon, out);
    }

    fn point(&self, item: usize, out: &mut [f64]) -> bool {
        let has = self.fitted.point(item, out);
        if has {
            self.limit(item, out.len(), out);
        }
        has
    }
    fn ended(&self, item: usize) -> Option<f64> {
        self.fitted.ended(item)
    }
}
