//! Daily bands: the distribution over replications of every series on every measured day.

use crate::sim::{Daily, DayRecord, DayRow, Flows, Line, Series};
use rayon::prelude::*;
use restock_base::stats::histogram::Histogram;
use restock_base::units::Money;
use serde::{Deserialize, Serialize};

/// Sums and histograms by day and series, while replications come in; as many days as the first replication has.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BandBuilder {
    /// Of all replications.
    sums: Vec<i128>,
    /// Cash by day and line, summed over all replications, in millionths.
    flows: Vec<i128>,
    /// Shortages by day, summed over all replications.
    shortages: Vec<[i64; Shortage::COUNTS]>,
    replications: u32,
    /// Of the replications whose percentiles are wanted.
    histograms: Vec<Histogram>,
    ranked: u32,
    /// Days of replications that are not in the histograms yet, one replication after the other.
    #[serde(skip)]
    waiting: Vec<DayRecord>,
}

/// Replications that wait to be counted: a histogram takes the values of all of them at once, while it is at hand. One by one the
/// histograms of all days and series, which no cache holds, pass by for each replication, and take four times as long.
const WAITING: usize = 16;

/// Mean and quantiles of one series on one day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// Mean of all replications.
    pub mean: f64,
    /// Of the replications that are ranked 5 % lie at or below this.
    pub p5: f64,
    /// A quarter of them lie at or below this.
    pub p25: f64,
    /// Their median.
    pub p50: f64,
    /// Three quarters of them lie at or below this.
    pub p75: f64,
    /// 95 % of them lie at or below this.
    pub p95: f64,
}

/// How short a product is on one day, on average over all replications. Units count on the day on which they were demanded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shortage {
    /// Share of replications in which the day ends without stock.
    pub out_of_stock: f64,
    /// Units whose shoppers accepted to wait.
    pub backordered: f64,
    /// Units whose shoppers did not accept the wait.
    pub walked_away: f64,
    /// Units backordered on this day and cancelled on a later day of the window.
    pub cancelled: f64,
}

impl Shortage {
    const COUNTS: usize = 4;

    fn counts(day: &DayRow) -> [i64; Shortage::COUNTS] {
        let backordered = day.demanded - day.from_stock - day.walked_away;
        [i64::from(!day.stocked), backordered, day.walked_away, day.cancelled]
    }

    /// Units that were demanded on this day and are never paid for.
    #[must_use]
    pub fn lost(&self) -> f64 {
        self.walked_away + self.cancelled
    }
}

/// Bands by series and day, in units or in the scenario's currency. Means are exact and of all replications, quantiles within 0.8 % and of
/// the first ones.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bands {
    by_series: Vec<Vec<Band>>,
    /// Mean cash flow by day and line.
    flows: Vec<[f64; Line::COUNT]>,
    shortages: Vec<Shortage>,
    ranked: u32,
}

impl BandBuilder {
    /// Adds one replication, to the percentiles too if it `ranks`. Integers: the order of replications does not matter.
    pub fn add(&mut self, daily: &Daily, days: &[DayRow], ranks: bool) {
        self.shortages.resize(days.len(), [0; Shortage::COUNTS]);
        for (sums, day) in self.shortages.iter_mut().zip(days) {
            sums.iter_mut().zip(Shortage::counts(day)).for_each(|(sum, n)| *sum += n);
        }
        let values = daily.records.len() * Series::COUNT;
        self.sums.resize(values, 0);
        self.flows.resize(daily.records.len() * Line::COUNT, 0);
        self.sums.iter_mut().zip(daily.records.iter().flatten()).for_each(|(sum, value)| *sum += value);
        if ranks {
            self.histograms.resize(values, Histogram::default());
            self.ranked += 1;
            self.waiting.extend_from_slice(&daily.records);
            if self.waiting.len() >= WAITING * daily.records.len() {
                self.count();
            }
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

    /// Counts what waits.
    pub fn count(&mut self) {
        let days = (self.histograms.len() / Series::COUNT).max(1);
        for (day, histograms) in self.histograms.chunks_mut(Series::COUNT).enumerate() {
            for (series, histogram) in histograms.iter_mut().enumerate() {
                self.waiting.iter().skip(day).step_by(days).for_each(|record| histogram.add(record[series]));
            }
        }
        self.waiting.clear();
    }

    /// Adds other replications, of which none wait.
    pub fn merge(&mut self, other: &BandBuilder) {
        let longer = |mine: &[i128], theirs: &[i128]| mine.len().max(theirs.len());
        self.sums.resize(longer(&self.sums, &other.sums), 0);
        self.sums.iter_mut().zip(&other.sums).for_each(|(mine, theirs)| *mine += theirs);
        self.histograms.resize(self.histograms.len().max(other.histograms.len()), Histogram::default());
        self.histograms.iter_mut().zip(&other.histograms).for_each(|(mine, theirs)| mine.merge(theirs));
        self.flows.resize(longer(&self.flows, &other.flows), 0);
        self.flows.iter_mut().zip(&other.flows).for_each(|(mine, theirs)| *mine += theirs);
        self.shortages.resize(self.shortages.len().max(other.shortages.len()), [0; Shortage::COUNTS]);
        for (mine, theirs) in self.shortages.iter_mut().zip(&other.shortages) {
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        }
        self.replications += other.replications;
        self.ranked += other.ranked;
    }

    /// Bands; none without replications.
    #[must_use]
    pub fn finish(&self) -> Bands {
        if self.replications == 0 {
            return Bands::default();
        }
        let n = f64::from(self.replications);
        let band = |(sums, day): (&[i128], &[Histogram]), s: Series| {
            let scale = if s.is_money() { 0.01 } else { 1.0 };
            let q = |p| day[s as usize].quantile(p).unwrap_or(0.0) * scale;
            let mean = sums[s as usize] as f64 / n * scale;
            Band { mean, p5: q(0.05), p25: q(0.25), p50: q(0.5), p75: q(0.75), p95: q(0.95) }
        };
        let days = || self.sums.chunks(Series::COUNT).zip(self.histograms.chunks(Series::COUNT));
        let of = |s: &Series| days().map(|day| band(day, *s)).collect();
        let mean = |day: &[i128]| std::array::from_fn(|line| day[line] as f64 / 1e6 / n);
        let shortage = |sums: &[i64; Shortage::COUNTS]| {
            let [out_of_stock, backordered, walked_away, cancelled] = sums.map(|sum| sum as f64 / n);
            Shortage { out_of_stock, backordered, walked_away, cancelled }
        };
        Bands {
            shortages: self.shortages.iter().map(shortage).collect(),
            by_series: Series::ALL.par_iter().map(of).collect(),
            flows: self.flows.chunks(Line::COUNT).map(mean).collect(),
            ranked: self.ranked,
        }
    }
}

impl Bands {
    /// Mean cash flow by line, one entry a measured day; empty if bands were not asked for.
    #[must_use]
    pub fn flows(&self) -> &[[f64; Line::COUNT]] {
        &self.flows
    }

    /// How short each measured day is; empty if bands were not asked for.
    #[must_use]
    pub fn shortages(&self) -> &[Shortage] {
        &self.shortages
    }

    /// Replications of which the quantiles are; 0 if bands were not asked for.
    #[must_use]
    pub fn ranked(&self) -> u32 {
        self.ranked
    }

    /// One band a measured day; empty if bands were not asked for.
    #[must_use]
    pub fn series(&self, series: Series) -> &[Band] {
        self.by_series.get(series as usize).map_or(&[], Vec::as_slice)
    }
}
