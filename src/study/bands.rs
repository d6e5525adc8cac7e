//! Daily bands: the distribution over replications of every series on every measured day.

use crate::sim::{Daily, Flows, Line, Series};
use crate::stats::histogram::Histogram;
use crate::units::Money;
use serde::{Deserialize, Serialize};

/// Histograms by day and series, while replications come in; as many days as the first replication has.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BandBuilder {
    histograms: Vec<Histogram>,
    /// Cash by day and line, summed over replications, in millionths.
    flows: Vec<i128>,
    replications: u32,
}

/// Mean and quantiles of one series on one day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    pub mean: f64,
    pub p5: f64,
    pub p25: f64,
    pub p50: f64,
    pub p75: f64,
    pub p95: f64,
}

/// Bands by series and day, in units or in the scenario's currency. Means are exact, quantiles within 0.8 %.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bands {
    by_series: Vec<Vec<Band>>,
    /// Mean cash flow by day and line.
    flows: Vec<[f64; Line::COUNT]>,
}

impl BandBuilder {
    /// Adds one replication. Integers: the order of replications does not matter.
    pub fn add(&mut self, daily: &Daily) {
        self.histograms.resize(daily.records.len() * Series::COUNT, Histogram::default());
        self.flows.resize(daily.records.len() * Line::COUNT, 0);
        for (h, value) in self.histograms.iter_mut().zip(daily.records.iter().flatten()) {
            h.add(*value);
        }
        let mut before: Flows = [Money::ZERO; Line::COUNT];
        for (sums, now) in self.flows.chunks_mut(Line::COUNT).zip(&daily.flows) {
            for (sum, (now, before)) in sums.iter_mut().zip(now.iter().zip(before)) {
                *sum += (*now - before).0;
            }
            before = *now;
        }
        self.replications += 1;
    }

    /// Adds other replications.
    pub fn merge(&mut self, other: &BandBuilder) {
        self.histograms.resize(self.histograms.len().max(other.histograms.len()), Histogram::default());
        self.histograms.iter_mut().zip(&other.histograms).for_each(|(mine, theirs)| mine.merge(theirs));
        self.flows.resize(self.flows.len().max(other.flows.len()), 0);
        self.flows.iter_mut().zip(&other.flows).for_each(|(mine, theirs)| *mine += theirs);
        self.replications += other.replications;
    }

    /// Bands; none without replications.
    #[must_use]
    pub fn finish(&self) -> Bands {
        if self.replications == 0 {
            return Bands::default();
        }
        let band = |day: &[Histogram], s: Series| {
            let h = &day[s as usize];
            let scale = if s.is_money() { 0.01 } else { 1.0 };
            let q = |p| h.quantile(p).unwrap_or(0.0) * scale;
            Band {
                mean: h.mean().unwrap_or(0.0) * scale,
                p5: q(0.05),
                p25: q(0.25),
                p50: q(0.5),
                p75: q(0.75),
                p95: q(0.95),
            }
        };
        let of = |s: &Series| self.histograms.chunks(Series::COUNT).map(|day| band(day, *s)).collect();
        let n = f64::from(self.replications.max(1));
        let mean = |day: &[i128]| std::array::from_fn(|line| day[line] as f64 / 1e6 / n);
        Bands {
            by_series: Series::ALL.iter().map(of).collect(),
            flows: self.flows.chunks(Line::COUNT).map(mean).collect(),
        }
    }
}

impl Bands {
    /// Mean cash flow by line, one entry a measured day; empty if bands were not asked for.
    #[must_use]
    pub fn flows(&self) -> &[[f64; Line::COUNT]] {
        &self.flows
    }

    /// One band a measured day; empty if bands were not asked for.
    #[must_use]
    pub fn series(&self, series: Series) -> &[Band] {
        self.by_series.get(series as usize).map_or(&[], Vec::as_slice)
    }
}
