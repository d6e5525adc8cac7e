//! Paths of the count model: its level follows what they sell.

use super::Streams;
use super::levels::Level;
use super::trends::Trend;
use rand_distr::{Distribution, Gamma, StandardNormal};
use restock_base::law::{ABREAST, CountLaw, negative_binomial};
use restock_base::rng::Stream;

/// What an item's demand is multiplied by in each period.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Factors {
    /// By place in the cycle, mean 1.
    pub(super) cycle: Vec<f64>,
    /// Place in the cycle of the item's first period.
    pub(super) first: usize,
    /// By period of the item, in the history and ahead; 1 beyond. Empty for none.
    pub(super) dated: Vec<f64>,
    /// Growth that lasts.
    pub(super) trend: Option<Trend>,
}

impl Factors {
    /// Factor of the item's own period `i`.
    #[inline]
    pub(super) fn at(&self, i: usize) -> f64 {
        self.cycle[(self.first + i) % self.cycle.len()] * self.by_date(i)
    }

    /// The same without the cycle.
    #[inline(always)]
    fn by_date(&self, i: usize) -> f64 {
        let dated = if self.dated.is_empty() { 1.0 } else { self.dated.get(i).copied().unwrap_or(1.0) };
        self.trend.as_ref().map_or(dated, |trend| dated * trend.at(i))
    }
}

/// One item: what continues its history.
#[derive(Debug, Clone)]
pub struct ItemModel {
    pub(super) factors: Factors,
    /// A new level, if the item's history ends with one.
    pub(super) held: Option<Level>,
    /// Periods of the item's history: the next one's index.
    pub(super) length: usize,
    /// Discounted units and factors at the end of the history: their ratio is the level.
    pub(super) sold: f64,
    pub(super) weight: f64,
    /// What the item sells in the long run.
    pub(super) long_run: f64,
    /// Share of a path's first deviation from the level that its long run has too.
    pub(super) lasting: f64,
    pub(super) alpha: f64,
    pub(super) damping: f64,
    /// Gamma law of a path's first level, over the level; absent if it has no spread.
    pub(super) start: Option<Gamma<f64>>,
    pub(super) law: CountLaw,
    /// Standard deviation of the logarithm of the category's factor, and periods that it lasts.
    pub(super) shock: f64,
    pub(super) shock_lasts: usize,
}

/// Where a path stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PathState {
    /// Discounted units: the only part that waits for the draw before.
    sold: f64,
    shock: f64,
    /// The path's long run, over the item's.
    long: f64,
    clock: Clock,
}

/// What all paths of an item have in common at a period.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Clock {
    /// Discounted factors.
    weight: f64,
    /// The period, and how many until the next shock; place in the cycle.
    next: usize,
    shock_in: usize,
    place: usize,
}

/// One period of an [`ItemModel`]: with `s` the discounted units, the mean is `each s`, and afterwards `s` is `stays s + damped y + drawn` times the path's long run.
#[derive(Debug, Clone, Copy)]
struct Tick {
    period: i32,
    /// The week that begins, if one does.
    shock: Option<i32>,
    /// What demand of the period is multiplied by.
    factor: f64,
    each: f64,
    stays: f64,
    damped: f64,
    drawn: f64,
}

/// Units of which nothing comes: less than one path in a billion has any.
const NEGLIGIBLE: f64 = 1e-9;

impl ItemModel {
    /// A path's state before its first period.
    #[must_use]
    pub fn begin(&self, own: Stream, path: u32) -> PathState {
        let relative = self.start.as_ref().map_or(1.0, |law| law.sample(&mut own.at(path, -1, 0)));
        let long = 1.0 + self.lasting * (relative - 1.0);
        PathState { sold: self.sold * relative, shock: 1.0, long, clock: self.clock() }
    }

    /// Units of the path's next period, with `u` its uniform number. `factor` multiplies demand besides: a campaign,
    /// say; `excess` is what surges add to it, in long-run means of the period (nothing if below 0). The level takes
    /// neither for its own.
    #[inline]
    pub fn step(
        &self,
        state: &mut PathState,
        streams: &Streams,
        path: u32,
        u: f64,
        (factor, excess): (f64, f64),
    ) -> f64 {
        let tick = self.tick(&mut state.clock, factor > 0.0);
        if let Some(block) = tick.shock {
            state.shock = self.shock_of(streams, path, block);
        }
        let mean = state.sold * (state.shock * tick.each * factor);
        let y = self.law.draw(mean, u, || streams.own.at(path, tick.period, 1)) as f64;
        let heard = if factor > 0.0 { y / factor } else { 0.0 };
        state.sold = tick.stays * state.sold + tick.damped * heard + tick.drawn * state.long;
        y + self.extra(&tick, factor * excess, streams, path)
    }

    /// One path, with the excess of its surges by period.
    fn draw(&self, streams: &Streams, path: u32, excess: Option<&[f64]>, out: &mut [f64]) {
        let mut state = self.begin(streams.own, path);
        for (block, four) in out.chunks_mut(4).enumerate() {
            let u = streams.own.four(path, block as i32, 0);
            for (h, (y, u)) in (4 * block..).zip(four.iter_mut().zip(u)) {
                let excess = excess.map_or(0.0, |e| e[h]);
                let factor = (1.0 + excess.min(0.0)).max(0.0);
                *y = self.step(&mut state, streams, path, u, (factor, excess));
            }
        }
    }

    /// The paths from `first` on, `horizon` periods each, several side by side: the same as step by step. `excess` is
    /// that of surges, one for each number of `out`.
    pub(super) fn draw_several(
        &self,
        streams: &Streams,
        first: u32,
        horizon: usize,
        excess: Option<&[f64]>,
        out: &mut [f64],
    ) {
        let size = ABREAST * horizon.max(1);
        for (n, paths) in out.chunks_mut(size).enumerate() {
            let first = first + (n * ABREAST) as u32;
            let excess = excess.map(|e| &e[n * size..n * size + paths.len()]);
            // What takes of demand, and may leave nothing, sets clocks apart.
            let less = excess.is_some_and(|e| e.iter().any(|e| *e < 0.0));
            if paths.len() == size && !less {
                self.draw_abreast(streams, first, horizon, excess, paths);
                continue;
            }
            for (k, path) in paths.chunks_mut(horizon.max(1)).enumerate() {
                let excess = excess.map(|e| &e[k * horizon..(k + 1) * horizon]);
                self.draw(streams, first + k as u32, excess, path);
            }
        }
    }

    fn draw_abreast(&self, streams: &Streams, first: u32, horizon: usize, excess: Option<&[f64]>, out: &mut [f64]) {
        let numbers: [u32; ABREAST] = std::array::from_fn(|l| first + l as u32);
        let begun = numbers.map(|path| self.begin(streams.own, path));
        let (mut sold, long) = (begun.map(|s| s.sold), begun.map(|s| s.long));
        let mut shock = [1.0; ABREAST];
        let mut uniforms = [[0.0; ABREAST]; 4];
        let mut clock = self.clock();
        for h in 0..horizon {
            if h % 4 == 0 {
                for (l, path) in numbers.iter().enumerate() {
                    let four = streams.own.four(*path, (h / 4) as i32, 0);
                    for (row, u) in uniforms.iter_mut().zip(four) {
                        row[l] = u;
                    }
                }
            }
            let tick = self.tick(&mut clock, true);
            if let Some(block) = tick.shock {
                shock = numbers.map(|path| self.shock_of(streams, path, block));
            }
            let mean: [f64; ABREAST] = std::array::from_fn(|l| sold[l] * (shock[l] * tick.each));
            let y = self.law.draw_abreast(&mean, &uniforms[h % 4], |l| streams.own.at(numbers[l], tick.period, 1));
            for l in 0..ABREAST {
                sold[l] = tick.stays * sold[l] + tick.damped * y[l] + tick.drawn * long[l];
                let excess = excess.map_or(0.0, |e| e[l * horizon + h]);
                out[l * horizon + h] = y[l] + self.extra(&tick, excess, streams, numbers[l]);
            }
        }
    }

    /// What surges add to a period: `excess` times what the item sells in it in the long run, as it was measured. How
    /// much one surge differs from another is in `excess`; beyond that its units scatter no more than chance makes
    /// them.
    #[inline]
    fn extra(&self, tick: &Tick, excess: f64, streams: &Streams, path: u32) -> f64 {
        let mean = self.long_run * tick.factor * excess;
        if mean <= NEGLIGIBLE {
            return 0.0;
        }
        negative_binomial(mean, None, &mut streams.own.at(path, tick.period, 3)) as f64
    }

    fn clock(&self) -> Clock {
        let place = (self.factors.first + self.length) % self.factors.cycle.len();
        Clock { weight: self.weight, next: 0, shock_in: 0, place }
    }

    /// Moves on by a period. If it is not `open`, nothing could be sold in it.
    #[inline(always)]
    fn tick(&self, clock: &mut Clock, open: bool) -> Tick {
        let h = clock.next;
        let f = self.factors.cycle[clock.place] * self.factors.by_date(self.length + h);
        let due = self.shock > 0.0 && clock.shock_in == 0;
        clock.shock_in = if due { self.shock_lasts } else { clock.shock_in }.saturating_sub(1);
        clock.next += 1;
        clock.place = if clock.place + 1 == self.factors.cycle.len() { 0 } else { clock.place + 1 };
        let each = f / clock.weight;
        let rest = 1.0 - self.alpha;
        clock.weight = rest * clock.weight + if open { f } else { 0.0 };
        let damped = 1.0 - self.damping;
        Tick {
            period: h as i32,
            shock: due.then_some((h / self.shock_lasts) as i32),
            factor: f,
            each,
            stays: damped * rest,
            damped,
            drawn: self.damping * self.long_run * clock.weight,
        }
    }

    /// The category's factor in the path's `block`-th week.
    fn shock_of(&self, streams: &Streams, path: u32, block: i32) -> f64 {
        let z: f64 = StandardNormal.sample(&mut streams.shared.at(path, block, 0));
        (self.shock * z - 0.5 * self.shock * self.shock).exp()
    }

    /// Factor of a day counted from the end of the history: 0 is the first after it, -1 its last.
    #[must_use]
    pub fn factor_on(&self, day: i64) -> f64 {
        let i = self.length as i64 + day;
        // Before the history only the cycle is known.
        let cycle = self.factors.cycle.len() as i64;
        usize::try_from(i).map_or_else(
            |_| self.factors.cycle[(self.factors.first as i64 + i).rem_euclid(cycle) as usize],
            |i| self.factors.at(i),
        )
    }

    /// The level that has held since a while, if the history ends with one.
    #[must_use]
    pub fn held(&self) -> Option<Level> {
        self.held
    }

    /// The growth that lasts, if there is any.
    #[must_use]
    pub fn trend(&self) -> Option<Trend> {
        self.factors.trend
    }

    /// Share by which a path's level goes back to the long run each period.
    #[must_use]
    pub fn damping(&self) -> f64 {
        self.damping
    }

    /// Periods that the level at the end of the history rests on.
    #[must_use]
    pub fn weight(&self) -> f64 {
        self.weight
    }

    /// Level at the end of the history: units in a period of factor 1.
    #[must_use]
    pub fn level(&self) -> f64 {
        self.sold / self.weight
    }

    /// What a period sells in the long run.
    #[must_use]
    pub fn long_run(&self) -> f64 {
        self.long_run
    }

    /// Weight of the newest period in the item's level, from 0 to 1.
    #[must_use]
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Law of a period's units around its mean.
    #[must_use]
    pub fn law(&self) -> &CountLaw {
        &self.law
    }

    /// Factor of the `h`-th period after the history.
    #[must_use]
    pub fn factor(&self, h: usize) -> f64 {
        self.factors.at(self.length + h)
    }

    /// The cycle's part of it.
    #[must_use]
    pub fn cycle_at(&self, h: usize) -> f64 {
        self.factors.cycle[(self.factors.first + self.length + h) % self.factors.cycle.len()]
    }

    /// The same without the cycle.
    #[cfg(test)]
    pub(super) fn dated_at(&self, i: usize) -> f64 {
        self.factors.dated[i]
    }

    /// Factor of the item's own period `i` of the history.
    #[must_use]
    pub fn factor_at(&self, i: usize) -> f64 {
        self.factors.at(i)
    }

    /// Standard deviation of the logarithm of the category's weekly factor.
    #[must_use]
    pub fn shock(&self) -> f64 {
        self.shock
    }
}
