//! How much wider or narrower totals are than their forecasts, learned on the panel's past origins by class of demand and length.
//!
//! A forecast's band of a total over three months is a claim of how far a level wanders in three months, and no parameter of a method says that
//! better than the totals of three months that the same method forecast before. At each past origin the totals of a class are widened by a
//! lognormal factor, drawn together towards their mean, and a share of them ramped down, by each of a few amounts; the amount with the least pinball
//! loss is taken. Where there are few totals, they are drawn together at most, and only if the loss falls by enough.
//!
//! A path is widened by one factor that grows with the period, so that totals of each length have what was learned for them, and all periods
//! of a path move together; it is narrowed period by period towards the mean of the paths. Where longer totals ramp down more often than shorter
//! ones, a path does so later.

use super::classes::Class;
use super::measures::{M5_QUANTILES, pinball};
use rayon::prelude::*;
use restock_base::stats::interval::quantile;
use restock_base::stats::special::normal_quantile;
use std::collections::BTreeMap;

/// What is done to totals: how far they are drawn together towards their mean (0 not at all, 1 all of them onto it), then how wide the
/// factor is by which they are spread, and what share of them ramps down to a part that is uniform squared.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Amount {
    together: f64,
    apart: f64,
    down: f64,
}

/// Amounts of each that are tried, with one another.
const TOGETHER: [f64; 6] = [0.0, 0.15, 0.3, 0.45, 0.6, 0.75];
const APART: [f64; 8] = [0.0, 0.08, 0.16, 0.25, 0.35, 0.5, 0.7, 0.9];
const DOWN: [f64; 4] = [0.0, 0.05, 0.1, 0.15];
const TRIED: usize = TOGETHER.len() * APART.len() * DOWN.len();

fn tried(i: usize) -> Amount {
    let (i, together) = (i / TOGETHER.len(), TOGETHER[i % TOGETHER.len()]);
    Amount { together, apart: APART[i % APART.len()], down: DOWN[i / APART.len()] }
}

/// Totals of a class from which an amount is believed; with fewer it is that of all classes, or none. Of few, only totals drawn together are
/// believed: they say that nothing odd happens, and not how odd it is when it does.
const FEWEST: usize = 9;
const FEW: usize = 40;

/// Standard errors by which the loss of few must fall.
const ERRORS: f64 = 2.0;

/// One total at a past origin: its class and length, the total of each path, and what came; and what its loss is over.
pub(super) struct Past {
    pub class: Class,
    pub length: usize,
    pub totals: Vec<f64>,
    pub units: f64,
    pub scale: f64,
}

/// Amounts by class, for each of the lengths.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spread {
    lengths: Vec<usize>,
    by_class: BTreeMap<Class, Vec<Amount>>,
}

impl Amount {
    /// A total, or a period of it, that was drawn as `value`, around `mean`.
    fn moved(self, value: f64, mean: f64, chance: Chance) -> f64 {
        let mut value = mean + (1.0 - self.together) * (value - mean);
        if self.apart > 0.0 {
            value *= (self.apart * chance.heavy - 0.5 * self.apart * self.apart).exp();
        }
        if chance.u < self.down { value * (chance.u / self.down).powi(2) } else { value }
    }
}

/// What a path is moved by: a number of [`heavy`], and a uniform one that is less than the share of paths that ramp down on those.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chance {
    heavy: f64,
    u: f64,
}

impl Chance {
    /// Of a standard normal number and a uniform one.
    pub(super) fn new(z: f64, u: f64) -> Self {
        Chance { heavy: heavy(z), u }
    }
}

/// A standard normal number with heavier tails, and less in the middle: most totals go on as they were, a few go far.
fn heavy(z: f64) -> f64 {
    z * z.abs().min(3.0) / 1.3
}

impl Past {
    /// Loss of the totals as they are.
    pub(super) fn loss(&self) -> f64 {
        let mut totals = self.totals.clone();
        totals.sort_unstable_by(f64::total_cmp);
        self.loss_of(&totals)
    }

    /// Loss of totals, ascending, in the place of these.
    fn loss_of(&self, totals: &[f64]) -> f64 {
        let of = |p: &f64| pinball(*p, quantile(totals, *p).unwrap_or(0.0), self.units);
        M5_QUANTILES.iter().map(of).sum::<f64>() / self.scale
    }

    /// Losses with each amount that is tried.
    fn losses(&self, chances: &[Chance]) -> [f64; TRIED] {
        let mean = self.totals.iter().sum::<f64>() / self.totals.len() as f64;
        std::array::from_fn(|i| {
            let mut totals: Vec<f64> =
                self.totals.iter().zip(chances).map(|(t, c)| tried(i).moved(*t, mean, *c)).collect();
            totals.sort_unstable_by(f64::total_cmp);
            self.loss_of(&totals)
        })
    }
}

/// Chances of `n` paths, evenly spread, in an order that has nothing to do with that of their totals.
fn chances(n: usize) -> Vec<Chance> {
    let even = |k: usize, by: usize| (((k * by + 11) % n) as f64 + 0.5) / n as f64;
    (0..n).map(|k| Chance::new(normal_quantile(even(k, 37)), even(k, 23))).collect()
}

impl Spread {
    /// Learns from past totals.
    pub(super) fn learn(past: &[Past]) -> Self {
        let mut lengths: Vec<usize> = past.iter().map(|p| p.length).collect();
        lengths.sort_unstable();
        lengths.dedup();
        let chances = chances(past.first().map_or(0, |p| p.totals.len()));
        let losses: Vec<[f64; TRIED]> = past.par_iter().map(|p| p.losses(&chances)).collect();
        let of = |class: Option<Class>, length: usize| {
            let own =
                past.iter().zip(&losses).filter(|(p, _)| p.length == length && class.is_none_or(|c| c == p.class));
            own.map(|(_, l)| *l).collect::<Vec<[f64; TRIED]>>()
        };
        let amount = |class: Class, length: usize| {
            let own = of(Some(class), length);
            let own = if own.len() >= FEW { own } else { of(None, length) };
            let allowed = |i: &usize| own.len() >= FEW || tried(*i).apart == 0.0 && tried(*i).down == 0.0;
            let sum = |i: usize| own.iter().map(|l| l[i]).sum::<f64>();
            let best = (0..TRIED).filter(allowed).map(|i| (sum(i), i)).min_by(|a, b| a.0.total_cmp(&b.0))?.1;
            if own.len() >= FEW {
                return Some(tried(best));
            }
            // The first that is tried is none.
            let gains = || own.iter().map(|l| l[0] - l[best]);
            let n = own.len() as f64;
            let mean = gains().sum::<f64>() / n;
            let error = (gains().map(|g| (g - mean).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt();
            (own.len() >= FEWEST && mean > ERRORS * error).then(|| tried(best))
        };
        let of = |class: Class| lengths.iter().map(|l| amount(class, *l).unwrap_or_default()).collect();
        let by_class = Class::ALL.into_iter().map(|c| (c, of(c))).collect();
        Spread { lengths, by_class }
    }

    /// Amounts of the first `horizon` periods of a class: their means over each length learned are what was learned for it.
    pub(super) fn by_period(&self, class: Class, horizon: usize) -> Vec<Amount> {
        let amounts = &self.by_class[&class];
        let of = |part: &dyn Fn(&Amount) -> f64, most: f64| {
            let (mut out, mut sum) = (Vec::with_capacity(horizon), 0.0);
            for (length, amount) in self.lengths.iter().zip(amounts) {
                let periods = (length - out.len()) as f64;
                // What is missing to the mean over the whole length.
                let rest = ((part(amount) * *length as f64 - sum) / periods).clamp(0.0, most);
                sum += rest * periods;
                out.resize(*length, rest);
            }
            out
        };
        let (together, apart, down) = (of(&|a| a.together, 0.9), of(&|a| a.apart, 1.4), of(&|a| a.down, 0.3));
        let at = |of: &[f64], h: usize| of.get(h).or(of.last()).copied().unwrap_or(0.0);
        (0..horizon).map(|h| Amount { together: at(&together, h), apart: at(&apart, h), down: at(&down, h) }).collect()
    }

    /// Whether totals of a class stay as they are.
    pub(super) fn is_nothing(&self, class: Class) -> bool {
        self.by_class.get(&class).is_none_or(|a| a.iter().all(|a| *a == Amount::default()))
    }

    /// Whether means are asked for.
    pub(super) fn draws_together(amounts: &[Amount]) -> bool {
        amounts.iter().any(|a| a.together > 0.0)
    }

    /// Moves a path whose periods have these means.
    pub(super) fn apply(amounts: &[Amount], means: &[f64], chance: Chance, path: &mut [f64]) {
        for ((y, amount), mean) in path.iter_mut().zip(amounts).zip(means) {
            *y = amount.moved(*y, *mean, chance);
        }
    }
}
