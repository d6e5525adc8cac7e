//! Demand forecasts as sample paths that hang together.
//!
//! # Contract
//!
//! [`Method::fit`] learns from a [`Panel`], and from nothing else: what is fitted on a panel cut at an origin has
//! not seen what came after it. [`Fitted::simulate`] then continues an item's history, one path at a time. A path is
//! one future: its days depend on each other as days do, so that totals over a lead time are right and not only single
//! days. Quantiles are read off paths ([`Fan`]), never the reverse.
//!
//! Path `k` of an item is a function of the item's stream and of `k`: the same at any number of threads, and the same
//! future in every supply model that is run on it.
//!
//! An item with one sale, or none, has a forecast too: it begins from what the other items of its panel sell, as if a
//! week of that had been seen.
//!
//! # Methods
//!
//! | method | paths |
//! | --- | --- |
//! | [`SeasonalNaive`] | last week again, with the errors that this made in the past |
//! | [`RecentWeeks`] | whole past weeks, recent ones more often |
//! | [`Intermittent`] | Croston, Syntetos and Boylan, Teunter and others: sizes and waits smoothed apart |
//! | [`CountModel`] | negative binomial counts around a level that follows what is sold |

pub mod backtest;
mod counts;
mod intermittent;
pub mod measures;
mod naive;
mod panel;

pub use counts::CountModel;
pub use intermittent::{Intermittent, exponential_smoothing};
pub use naive::{RecentWeeks, SeasonalNaive};
pub use panel::{Item, Panel};

use crate::rng::Stream;

/// A way to forecast.
pub trait Method: Sync {
    /// Name for people.
    fn name(&self) -> &'static str;
    /// Learns from all items of `panel` together.
    fn fit(&self, panel: &Panel) -> Box<dyn Fitted>;
}

/// What a method has learned about the items of a panel.
pub trait Fitted: Send + Sync {
    /// Path number `path` of item `item`: units on each of the `out.len()` days after the panel.
    fn simulate(&self, item: usize, stream: Stream, path: u32, out: &mut [f64]);
}

/// All methods, simple ones first.
#[must_use]
pub fn methods() -> Vec<Box<dyn Method>> {
    vec![
        Box::new(SeasonalNaive),
        Box::new(RecentWeeks::default()),
        Box::new(Intermittent::SyntetosBoylan { alpha: 0.1 }),
        Box::new(Intermittent::TeunterSyntetosBabai { size: 0.1, chance: 0.05 }),
        Box::new(CountModel::default()),
    ]
}

/// Stream of an item's paths.
#[must_use]
pub fn stream(seed: u64, item: &str) -> Stream {
    Stream::new(seed, item, "forecast", "")
}

/// Many paths of one item, sorted day by day: quantiles are looked up.
#[derive(Debug, Clone, Default)]
pub struct Fan {
    /// Values of each day over paths, ascending.
    days: Vec<Vec<f64>>,
    /// Totals of each path over all days, ascending.
    totals: Vec<f64>,
}

impl Fan {
    /// Draws `paths` futures of `horizon` days.
    #[must_use]
    pub fn draw(fitted: &dyn Fitted, item: usize, stream: Stream, paths: u32, horizon: usize) -> Self {
        let mut fan = Fan { days: vec![Vec::with_capacity(paths as usize); horizon], totals: Vec::new() };
        let mut path = vec![0.0; horizon];
        for k in 0..paths {
            fitted.simulate(item, stream, k, &mut path);
            for (day, value) in fan.days.iter_mut().zip(&path) {
                day.push(*value);
            }
            fan.totals.push(path.iter().sum());
        }
        for values in fan.days.iter_mut().chain([&mut fan.totals]) {
            values.sort_unstable_by(f64::total_cmp);
        }
        fan
    }

    /// Quantile `p` of day `day` (0 the first after the panel).
    #[must_use]
    pub fn quantile(&self, day: usize, p: f64) -> f64 {
        crate::stats::interval::quantile(&self.days[day], p).unwrap_or(0.0)
    }

    /// Quantile `p` of the total of all days.
    #[must_use]
    pub fn total_quantile(&self, p: f64) -> f64 {
        crate::stats::interval::quantile(&self.totals, p).unwrap_or(0.0)
    }

    /// Mean of day `day`.
    #[must_use]
    pub fn mean(&self, day: usize) -> f64 {
        self.days[day].iter().sum::<f64>() / self.days[day].len().max(1) as f64
    }
}
