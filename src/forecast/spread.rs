//! How much wider or narrower totals are than their forecasts, learned on the panel's past origins by class of demand and length.
//!
//! A forecast's band of a total over three months is a claim of how far a level wanders in three months, and no parameter of a method says that
//! better than the totals of three months that the same method forecast before. At each past origin the totals of a class are widened by a
//! lognormal factor, or drawn together towards their mean, by each of a few amounts; the amount with the least pinball loss is taken, if the panel has
//! enough totals to tell and the loss falls by enough.
//!
//! A path is widened by one factor that grows with the period, so that totals of each length have what was learned for them, and all periods
//! of a path move together; it is narrowed period by period towards the mean of the paths.

use super::classes::Class;
use super::measures::{M5_QUANTILES, pinball};
use crate::stats::interval::quantile;
use crate::stats::special::normal_quantile;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Amounts that are tried: below 0 the share by which a total is drawn to its mean, above it the standard deviation of the factor's logarithm.
const AMOUNTS: [f64; 14] = [-0.75, -0.6, -0.45, -0.3, -0.15, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0];

/// Totals of a class from which an amount is believed; with fewer it is that of all classes, or none.
const FEWEST: usize = 40;

/// Share of the loss that must be gained.
const GAIN: f64 = 0.004;

/// One total at a past origin: its class, length, paths (ascending), mean and what came; and what its loss is over.
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
    by_class: BTreeMap<Class, Vec<f64>>,
}

/// A total that was drawn as `total`, widened or narrowed by `amount` around `mean`, with `z` a standard normal number.
fn moved(total: f64, mean: f64, amount: f64, z: f64) -> f64 {
    if amount > 0.0 { total * (amount * z - 0.5 * amount * amount).exp() } else { mean + (1.0 + amount) * (total - mean) }
}

/// Loss of all totals as they are.
pub(super) fn loss(past: &[Past]) -> f64 {
    let unmoved = AMOUNTS.iter().position(|a| *a == 0.0).unwrap_or(0);
    let z = normals(past.first().map_or(0, |p| p.totals.len()));
    past.par_iter().map(|p| losses(p, &z)[unmoved]).collect::<Vec<f64>>().iter().sum()
}

/// Normal numbers of `n` paths, in an order that has nothing to do with that of their totals.
fn normals(n: usize) -> Vec<f64> {
    (0..n).map(|k| normal_quantile((((k * 37 + 11) % n) as f64 + 0.5) / n as f64)).collect()
}

/// Loss of a past total with each amount.
fn losses(past: &Past, z: &[f64]) -> [f64; AMOUNTS.len()] {
    let n = past.totals.len();
    let mean = past.totals.iter().sum::<f64>() / n as f64;
    AMOUNTS.map(|amount| {
        let mut totals: Vec<f64> = past.totals.iter().zip(z).map(|(t, z)| moved(*t, mean, amount, *z)).collect();
        totals.sort_unstable_by(f64::total_cmp);
        let of = |p: &f64| pinball(*p, quantile(&totals, *p).unwrap_or(0.0), past.units);
        M5_QUANTILES.iter().map(of).sum::<f64>() / past.scale
    })
}

impl Spread {
    /// Learns from past totals.
    pub(super) fn learn(past: &[Past]) -> Self {
        let mut lengths: Vec<usize> = past.iter().map(|p| p.length).collect();
        lengths.sort_unstable();
        lengths.dedup();
        let mut sums: BTreeMap<(Option<Class>, usize), (usize, [f64; AMOUNTS.len()])> = BTreeMap::new();
        let z = normals(past.first().map_or(0, |p| p.totals.len()));
        let all: Vec<[f64; AMOUNTS.len()]> = past.par_iter().map(|p| losses(p, &z)).collect();
        for (p, losses) in past.iter().zip(all) {
            for class in [None, Some(p.class)] {
                let sum = sums.entry((class, p.length)).or_insert((0, [0.0; AMOUNTS.len()]));
                sum.0 += 1;
                sum.1.iter_mut().zip(losses).for_each(|(s, l)| *s += l);
            }
        }
        let unmoved = AMOUNTS.iter().position(|a| *a == 0.0).unwrap_or(0);
        let amount = |class: Class, length: usize| {
            let enough = |key| sums.get(&key).filter(|s| s.0 >= FEWEST);
            let (_, losses) = enough((Some(class), length)).or_else(|| enough((None, length)))?;
            let best = (0..AMOUNTS.len()).min_by(|a, b| losses[*a].total_cmp(&losses[*b]))?;
            (losses[best] < (1.0 - GAIN) * losses[unmoved]).then_some(AMOUNTS[best])
        };
        let of = |class: Class| lengths.iter().map(|l| amount(class, *l).unwrap_or(0.0)).collect();
        let by_class = Class::ALL.into_iter().map(|c| (c, of(c))).collect();
        Spread { lengths, by_class }
    }

    /// Amounts of the first `horizon` periods of a class: their means over each length learned are what was learned for it.
    pub(super) fn by_period(&self, class: Class, horizon: usize) -> Vec<f64> {
        let amounts = &self.by_class[&class];
        let mut out = Vec::with_capacity(horizon);
        let mut sum = 0.0;
        for (length, amount) in self.lengths.iter().zip(amounts) {
            let periods = length - out.len();
            // What is missing to the mean over the whole length; it does not change its sign within a length.
            let rest = (amount * *length as f64 - sum) / periods as f64;
            let rest = if *amount >= 0.0 { rest.clamp(0.0, 1.5) } else { rest.clamp(-0.9, 0.0) };
            sum += rest * periods as f64;
            out.resize(*length, rest);
        }
        let last = out.last().copied().unwrap_or(0.0);
        out.resize(horizon.max(out.len()), last);
        out.truncate(horizon);
        out
    }

    pub(super) fn is_nothing(&self, class: Class) -> bool {
        self.by_class.get(&class).is_none_or(|a| a.iter().all(|a| *a == 0.0))
    }

    /// Moves a path whose periods have these means, with `z` its standard normal number.
    pub(super) fn apply(amounts: &[f64], means: &[f64], z: f64, path: &mut [f64]) {
        for ((y, amount), mean) in path.iter_mut().zip(amounts).zip(means) {
            *y = moved(*y, *mean, *amount, z);
        }
    }
}
