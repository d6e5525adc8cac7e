//! The values that a KPI has in the replications: one by one, or counted in bins where there are too many.

use crate::model::{Kpi, Pooling, Unit};
use crate::sim::KpiRow;
use restock_base::stats::histogram::Histogram;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A run of at most so many replications keeps each value.
pub const EXACT: u32 = 20_000;

/// Values of all KPIs of one supply model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Values {
    /// By block, KPI by KPI in the order of [`kept`]: NaN where the KPI does not exist.
    blocks: BTreeMap<u32, Vec<Bits>>,
    /// By KPI; empty if each value is kept.
    bins: Vec<Bins>,
}

/// A float that is equal to itself, whatever it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Bits(u64);

/// Shares in steps of 0.04 points, so that none is off by more than 0.02; other KPIs within 0.2 % of themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Bins {
    Share(Histogram<12>),
    Other(Histogram<8>),
}

const SHARE_STEPS: f64 = 2_500.0;
const OTHER_STEPS: f64 = 1e6;

/// KPIs whose values are kept one by one: those whose estimate is made of them, if not all.
fn kept(exact: bool) -> impl Iterator<Item = Kpi> {
    Kpi::ALL.iter().copied().filter(move |kpi| exact || kpi.pooling() == Pooling::Tail)
}

impl Default for Values {
    fn default() -> Self {
        Values::new(true)
    }
}

impl Values {
    pub(super) fn new(exact: bool) -> Self {
        let of = |kpi: &Kpi| match kpi.unit() {
            Unit::Share => Bins::Share(Histogram::default()),
            _ => Bins::Other(Histogram::default()),
        };
        Values { blocks: BTreeMap::new(), bins: if exact { Vec::new() } else { Kpi::ALL.iter().map(of).collect() } }
    }

    pub(super) fn is_exact(&self) -> bool {
        self.bins.is_empty()
    }

    pub(super) fn add(&mut self, block: u32, rows: &[KpiRow]) {
        let value = |row: &KpiRow, kpi: Kpi| {
            let (x, y) = row[kpi.index()];
            if y == 0.0 { f64::NAN } else { x / y }
        };
        for (kpi, bins) in Kpi::ALL.iter().zip(&mut self.bins) {
            rows.iter().map(|row| value(row, *kpi)).filter(|v| !v.is_nan()).for_each(|v| bins.add(v));
        }
        let of = |kpi: Kpi| rows.iter().map(move |row| Bits(value(row, kpi).to_bits()));
        self.blocks.insert(block, kept(self.is_exact()).flat_map(of).collect());
    }

    pub(super) fn merge(&mut self, other: Values) {
        self.blocks.extend(other.blocks);
        self.bins.iter_mut().zip(&other.bins).for_each(|(mine, theirs)| mine.merge(theirs));
    }

    /// Keeps the values of those KPIs alone whose estimate is made of them.
    pub(super) fn keep_tails(&mut self) {
        if self.is_exact() {
            let tails = |block: &Vec<Bits>| {
                let n = block.len() / Kpi::COUNT;
                kept(false).flat_map(|kpi| &block[kpi.index() * n..(kpi.index() + 1) * n]).copied().collect()
            };
            self.blocks.values_mut().for_each(|block| *block = tails(block));
            self.bins = Values::new(false).bins;
        }
    }

    /// Values by replication, where each is kept; absent where the KPI does not exist.
    pub(super) fn each(&self, kpi: Kpi) -> impl Iterator<Item = Option<f64>> + '_ {
        let all = kept(self.is_exact()).count();
        let at = kept(self.is_exact()).position(|k| k == kpi);
        self.blocks
            .values()
            .flat_map(move |block| {
                let n = block.len() / all;
                at.into_iter().flat_map(move |at| &block[at * n..(at + 1) * n])
            })
            .map(|bits| Some(f64::from_bits(bits.0)).filter(|v| !v.is_nan()))
    }

    /// The values that exist, rising, and in how many replications each is found.
    pub(super) fn distribution(&self, kpi: Kpi) -> Vec<(f64, u64)> {
        match self.bins.get(kpi.index()) {
            Some(bins) => bins.buckets(),
            None => {
                let mut sorted: Vec<f64> = self.each(kpi).flatten().collect();
                sorted.sort_by(f64::total_cmp);
                sorted.into_iter().map(|v| (v, 1)).collect()
            }
        }
    }
}

impl Bins {
    fn add(&mut self, value: f64) {
        match self {
            Bins::Share(h) => h.add((value * SHARE_STEPS).round() as i128),
            Bins::Other(h) => h.add((value * OTHER_STEPS).round() as i128),
        }
    }

    fn merge(&mut self, other: &Bins) {
        match (self, other) {
            (Bins::Share(mine), Bins::Share(theirs)) => mine.merge(theirs),
            (Bins::Other(mine), Bins::Other(theirs)) => mine.merge(theirs),
            // A KPI has one kind of bins.
            (Bins::Share(_), Bins::Other(_)) | (Bins::Other(_), Bins::Share(_)) => {}
        }
    }

    fn buckets(&self) -> Vec<(f64, u64)> {
        match self {
            Bins::Share(h) => h.buckets().map(|(v, n)| (v / SHARE_STEPS, n)).collect(),
            Bins::Other(h) => h.buckets().map(|(v, n)| (v / OTHER_STEPS, n)).collect(),
        }
    }
}

/// Quantile `p` of a distribution: the value of rank `ceil(p n)`, as [`restock_base::stats::interval::quantile`] has it.
#[must_use]
pub fn quantile(distribution: &[(f64, u64)], p: f64) -> Option<f64> {
    let all: u64 = distribution.iter().map(|d| d.1).sum();
    let rank = (p * all as f64).ceil().max(1.0) as u64;
    let mut seen = 0;
    let found = distribution.iter().find(|(_, n)| {
        seen += n;
        seen >= rank
    });
    found.or(distribution.last()).map(|d| d.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::BLOCK;
    use restock_base::rng::Stream;

    /// Rows with a heavy tail on both sides, shares over their whole range, and KPIs that do not exist.
    fn rows(block: u32) -> Vec<KpiRow> {
        let stream = Stream::new(3, "test", "values", "");
        let row = |r: u32| {
            let mut draw = stream.at(block * BLOCK + r, 0, 0);
            std::array::from_fn(|k| {
                let u = draw.uniform();
                let size = 10_f64.powf(9.0 * (draw.uniform() - 0.2));
                match Kpi::ALL[k].unit() {
                    Unit::Share => (u * 7.0, if u < 0.01 { 0.0 } else { 7.0 }),
                    _ => ((u - 0.3) * size, 1.0),
                }
            })
        };
        (0..BLOCK).map(row).collect()
    }

    /// Every quantile of every KPI: shares to 0.02 points, all else to 0.2 % of the value (and half a millionth).
    #[test]
    fn bins_are_as_near_as_they_say() {
        let (mut exact, mut binned) = (Values::new(true), Values::new(false));
        for block in 0..60 {
            exact.add(block, &rows(block));
            binned.add(block, &rows(block));
        }
        for kpi in Kpi::ALL {
            let (a, b) = (exact.distribution(*kpi), binned.distribution(*kpi));
            assert_eq!(a.iter().map(|v| v.1).sum::<u64>(), b.iter().map(|v| v.1).sum::<u64>(), "{kpi:?}");
            for p in [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99] {
                let (want, got) = (quantile(&a, p).unwrap(), quantile(&b, p).unwrap());
                let bound = if kpi.unit() == Unit::Share { 2e-4 } else { 0.002 * want.abs() + 5e-7 };
                assert!((want - got).abs() <= bound * 1.000_001, "{kpi:?} at {p}: {got} for {want}");
            }
        }
    }

    /// Merged in any order to the same, and what a tail mean is made of is kept in either case.
    #[test]
    fn values_merge() {
        for exact in [true, false] {
            let mut whole = Values::new(exact);
            (0..6).for_each(|b| whole.add(b, &rows(b)));
            let (mut odd, mut even) = (Values::new(exact), Values::new(exact));
            [5, 1, 3].iter().for_each(|b| odd.add(*b, &rows(*b)));
            [0, 4, 2].iter().for_each(|b| even.add(*b, &rows(*b)));
            odd.merge(even);
            assert!(odd == whole, "exact: {exact}");
            let tail: Vec<f64> = whole.each(Kpi::ContributionCvar95).flatten().collect();
            let k = Kpi::ContributionCvar95.index();
            let want: Vec<f64> = (0..6).flat_map(rows).map(|row| row[k].0 / row[k].1).collect();
            assert_eq!(tail, want);
            // What is let go of is not there, and what an estimate is made of is.
            whole.keep_tails();
            assert_eq!(whole.each(Kpi::ContributionCvar95).flatten().collect::<Vec<f64>>(), want);
            assert!(!exact || whole.distribution(Kpi::FillRate).is_empty());
        }
    }

    #[test]
    fn quantiles_of_equal_weights_are_the_plain_ones() {
        let values = [1.0, 2.0, 3.0, 4.0];
        let weighted: Vec<(f64, u64)> = values.iter().map(|v| (*v, 1)).collect();
        for p in [0.0, 0.25, 0.26, 0.5, 1.0] {
            assert_eq!(quantile(&weighted, p), restock_base::stats::interval::quantile(&values, p));
        }
        assert_eq!(quantile(&[], 0.5), None);
    }
}
