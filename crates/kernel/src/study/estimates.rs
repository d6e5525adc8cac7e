//! KPIs of a model with a stock that a search found: estimates and their errors, and no replications.

use super::outcome::{TAIL, remark};
use crate::model::{Kpi, Pooling};
use crate::sim::KpiRow;
use restock_base::stats::interval::{Estimate, Sample};

/// Estimates with what each replication adds to their error. A stock that was searched for lies between those that
/// were run, and other replications would have led elsewhere, so no replication has these values: there are no
/// percentiles, and neither waits nor recoveries.
#[derive(Debug, Clone)]
pub struct Estimates {
    /// Means over replications of numerator and denominator, by KPI.
    means: Vec<(Sample, Sample)>,
}

impl Estimates {
    pub(super) fn of(rows: &[KpiRow]) -> Self {
        let mean = |kpi: Kpi| {
            let pairs = rows.iter().map(move |row| row[kpi.index()]);
            let below = Sample::mean(pairs.clone().map(|p| p.1));
            let tail = || Sample::lower_tail_mean(&pairs.clone().map(|p| p.0).collect::<Vec<_>>(), TAIL);
            match kpi.pooling() {
                Pooling::Tail => (tail().unwrap_or_else(|| Sample::constant(0.0, rows.len())), below),
                _ => (Sample::mean(pairs.map(|p| p.0)), below),
            }
        };
        Estimates { means: Kpi::ALL.iter().map(|k| mean(*k)).collect() }
    }

    /// The weighted sum of points of one search. Weights add up to 1 for a value, to 0 for a slope.
    pub(super) fn weighted(points: &[&Estimates], weights: &[f64]) -> Self {
        let sum = |k: usize, of: &dyn Fn(&(Sample, Sample)) -> Sample| {
            let first = of(&points[0].means[k]).times(weights[0]);
            points.iter().zip(weights).skip(1).fold(first, |sum, (p, w)| sum.plus(*w, &of(&p.means[k])))
        };
        let means = (0..Kpi::COUNT).map(|k| (sum(k, &|m| m.0.clone()), sum(k, &|m| m.1.clone()))).collect();
        Estimates { means }
    }

    /// Takes `other`'s KPIs where the own estimate lies outside what the KPI can be.
    pub(super) fn within_range_or(mut self, other: &Estimates) -> Self {
        for (k, kpi) in Kpi::ALL.iter().enumerate() {
            let (low, high) = kpi.range();
            if self.sample(*kpi).is_some_and(|s| s.value < low || s.value > high) {
                self.means[k] = other.means[k].clone();
            }
        }
        self
    }

    /// Adds the error of the search: `slope` is that of each KPI along the search, `error` that of where it ended.
    pub(super) fn searched(mut self, slope: &Estimates, error: &Sample) -> Self {
        for (mine, slope) in self.means.iter_mut().zip(&slope.means) {
            mine.0 = mine.0.clone().with_error(slope.0.value, error);
            mine.1 = mine.1.clone().with_error(slope.1.value, error);
        }
        self
    }

    /// Several products together: rates as ratios of sums, totals added up. What has no meaning summed is absent.
    pub(super) fn pooled_over_products(parts: &[&Estimates]) -> Self {
        let ones = vec![1.0; parts.len()];
        let mut all = Estimates::weighted(parts, &ones);
        for (k, (above, below)) in all.means.iter_mut().enumerate() {
            let n = above.residuals().len();
            match Kpi::ALL[k].pooling() {
                Pooling::Ratio => {}
                Pooling::Total => *below = Sample::constant(1.0, n),
                _ => *below = Sample::constant(0.0, n),
            }
        }
        all
    }

    /// The estimate with what each replication adds to its error; absent where it does not exist.
    #[must_use]
    pub fn sample(&self, kpi: Kpi) -> Option<Sample> {
        let ratio = |kpi: Kpi| {
            let (above, below) = &self.means[kpi.index()];
            above.over(below)
        };
        match kpi.pooling() {
            Pooling::Ratio | Pooling::Total | Pooling::PathMean | Pooling::Tail => ratio(kpi),
            Pooling::CashCycle => {
                let stock_and_sales = ratio(Kpi::DaysInventory)?.plus(1.0, &ratio(Kpi::DaysSales)?);
                Some(stock_and_sales.plus(-1.0, &ratio(Kpi::DaysPayable)?))
            }
            Pooling::Wait | Pooling::WaitQuantile | Pooling::Recovery => None,
        }
    }

    /// Why the interval of a KPI is rough; absent where it is not.
    #[must_use]
    pub fn remark(&self, kpi: Kpi) -> Option<&'static str> {
        let (above, below) = &self.means[kpi.index()];
        let n = above.residuals().len() as f64;
        remark(kpi, (above.value * n, below.value * n))
    }

    /// The estimate of a KPI with its interval; absent where it cannot be computed.
    #[must_use]
    pub fn estimate(&self, kpi: Kpi) -> Option<Estimate> {
        self.sample(kpi).map(|s| s.estimate())
    }

    /// The difference `self - other`, replications paired.
    #[must_use]
    pub fn minus(&self, other: &Estimates, kpi: Kpi) -> Option<Estimate> {
        Some(self.sample(kpi)?.plus(-1.0, &other.sample(kpi)?).estimate())
    }
}
