//! Daily bands: the distribution over replications of every series on every measured day.

use crate::sim::{DayRecord, Series};
use crate::stats::histogram::Histogram;

/// Histograms by day and series, while replications come in.
#[derive(Debug, Clone)]
pub struct BandBuilder {
    histograms: Vec<Histogram>,
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
}

impl BandBuilder {
    #[must_use]
    pub fn new(days: usize) -> Self {
        BandBuilder { histograms: vec![Histogram::default(); days * Series::COUNT] }
    }

    /// Adds one replication. Integers: the order of replications does not matter.
    pub fn add(&mut self, records: &[DayRecord]) {
        for (h, value) in self.histograms.iter_mut().zip(records.iter().flatten()) {
            h.add(*value);
        }
    }

    #[must_use]
    pub fn finish(&self) -> Bands {
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
        Bands { by_series: Series::ALL.iter().map(of).collect() }
    }
}

impl Bands {
    /// One band a measured day; empty if bands were not asked for.
    #[must_use]
    pub fn series(&self, series: Series) -> &[Band] {
        self.by_series.get(series as usize).map_or(&[], Vec::as_slice)
    }
}
