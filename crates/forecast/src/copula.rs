//! Paths for methods that only know single periods: their dependence is taken from the past.
//!
//! A window of past periods is drawn for a path, the same one for all items; the ranks that an item's sales had in it
//! are the probabilities at which the method's quantiles are read (the empirical copula of Clark, Gangopadhyay, Hay, Rajagopalan and Wilby,
//! Journal of Hydrometeorology 5, 2004: their Schaake shuffle). So totals spread as the past's did, and items that sold well together do
//! so on the same path.

use super::{Panel, Step, Streams};

/// Ranks of an item's recent periods.
struct Ranks {
    /// Probabilities just below and at each period's units among all of them, oldest first.
    of: Vec<(f64, f64)>,
}

/// The dependence of a panel.
pub(super) struct Copula {
    items: Vec<Ranks>,
    /// Periods of a window, and of the cycle that its place keeps.
    window: usize,
    cycle: usize,
}

impl Copula {
    pub(super) fn new(panel: &Panel) -> Self {
        let (memory, window) = match panel.step {
            Step::Day => (182, 14),
            Step::Week => (104, 8),
            Step::Month => (60, 6),
            Step::Quarter => (20, 4),
        };
        let ranks = |units: &[f64]| {
            let recent = &units[units.len().saturating_sub(memory)..];
            let mut sorted = recent.to_vec();
            sorted.sort_unstable_by(f64::total_cmp);
            let n = recent.len().max(1) as f64;
            let of = recent
                .iter()
                .map(|y| (sorted.partition_point(|s| s < y) as f64 / n, sorted.partition_point(|s| s <= y) as f64 / n));
            Ranks { of: of.collect() }
        };
        let cycle = if panel.step == Step::Day { 7 } else { 1 };
        Copula { items: panel.items.iter().map(|i| ranks(&i.units)).collect(), window, cycle }
    }

    /// Fills `out` with the uniform numbers of a path.
    pub(super) fn uniforms(&self, item: usize, streams: &Streams, path: u32, out: &mut [f64]) {
        let ranks = &self.items[item].of;
        for (block, chunk) in out.chunks_mut(self.window).enumerate() {
            let u = streams.all.at(path, block as i32, 0).uniform();
            // Windows end at the same distances before the panel's end for all items, whole cycles before it.
            let choices = ranks.len().saturating_sub(self.window) / self.cycle;
            let mut four = [0.0; 4];
            for (h, value) in chunk.iter_mut().enumerate() {
                let t = block * self.window + h;
                if h == 0 || t.is_multiple_of(4) {
                    four = streams.own.four(path, (t / 4) as i32, 2);
                }
                let v = four[t % 4];
                *value = if choices < 4 {
                    v
                } else {
                    let back = self.window + self.cycle * ((u * choices as f64) as usize).min(choices - 1);
                    let (low, high) = ranks[ranks.len() - back + h];
                    (low + (high - low) * v).clamp(1e-6, 1.0 - 1e-6)
                };
            }
        }
    }
}
