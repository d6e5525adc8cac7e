//! Demand forecasts as sample paths that hang together.
//!
//! # Contract
//!
//! [`Method::fit`] learns from a [`Panel`] and a [`Calendar`] of what is known beforehand, and from nothing else: what is fitted on a
//! panel cut at an origin has not seen what came after it. [`Fitted::simulate`] then continues an item's history, one path at
//! a time. A path is one future: its periods depend on each other as periods do, so that totals over a lead time are right and not only
//! single days. Quantiles are read off paths ([`Fan`]), never the reverse.
//!
//! Path `k` of an item is a function of the item's [`Streams`] and of `k`: the same at any number of threads, and the same
//! future in every supply model that is run on it. Path `k` of every item of a category shares the category's stream, so that
//! shocks which meet all of them do so on the same path.
//!
//! An item with one sale, or none, has a forecast too: it begins from what the others of its category and price band sold
//! when they were new ([`CountModel`]), or from what the panel's items sell (the other methods).
//!
//! What is fitted is demand: where an item ran out or was off the shelf, [`unconstrain`] says what would have been sold.
//!
//! [`Pipeline`] is the way from sales to a forecast that the commands and scenarios share: begin there.
//!
//! # Methods
//!
//! | method | paths |
//! | --- | --- |
//! | [`Naive`], [`SeasonalNaive`] | the last period, or the last cycle, again, with the errors that this made in the past |
//! | [`RecentWeeks`] | whole past cycles, recent ones more often |
//! | [`Intermittent`] | Croston, Syntetos and Boylan, Teunter and others: sizes and waits smoothed apart |
//! | [`Aggregated`] | ADIDA and IMAPA: the same on sums of several periods |
//! | [`Willemain`] | a Markov chain of periods with and without sales, sizes drawn and jittered |
//! | [`Ets`] | exponential smoothing with errors, trend and season chosen by an information criterion |
//! | [`Theta`] | the dynamic optimised theta method |
//! | [`Pooled`] | one autoregression for the whole panel: weeks and months |
//! | [`CountModel`] | negative binomial counts around a level that follows what is sold |
//! | [`Surging`] | the same without past spikes, and surges as often and as large as they were: what scenarios draw |
//! | [`Combination`] | paths of several methods, with weights learned on past origins for each class of demand, ends of items and the spread of totals: the default |

mod aggregate;
pub mod backtest;
mod calendar;
pub mod classes;
mod combine;
mod copula;
mod counting;
mod counts;
mod decision;
mod demand;
mod discontinued;
mod ets;
mod intermittent;
mod levels;
mod lives;
pub mod measures;
mod naive;
mod optimise;
pub mod outlook;
mod panel;
mod path;
pub mod pipeline;
mod pooled;
mod reach;
mod recurring;
mod regression;
mod season;
mod series;
pub mod spikes;
mod spread;
mod surging;
mod tails;
mod theta;
pub mod totals;
mod trends;
mod willemain;

pub use aggregate::Aggregated;
pub use calendar::{Calendar, Course};
pub use combine::Combination;
pub use counts::{CountModel, FittedCounts};
pub use decision::{Decision, Stocked};
pub use demand::{Availability, Silences, Suspect, fit, mask_suspects, silences, unconstrain};
pub use ets::{Ets, EtsForm, EtsParameters};
pub use intermittent::{Intermittent, exponential_smoothing};
pub use levels::Level;
pub use naive::{Naive, RecentWeeks, SeasonalNaive};
pub use panel::{Item, Panel, Shelf, Step};
pub use path::{ItemModel, PathState};
pub use pipeline::{Pipeline, Prepared, SuspectedStockOuts};
pub use pooled::Pooled;
pub use reach::REACH;
pub use recurring::{Recurring, recurring};
pub use surging::{Surging, arrivals};
pub use theta::{Theta, ThetaParameters};
pub use trends::Trend;
pub use willemain::Willemain;

use restock_base::rng::Stream;

/// A way to forecast.
pub trait Method: Sync + Send {
    /// Name for people.
    fn name(&self) -> String;
    /// Whether it knows what to make of an item that ran out. Others are given demand in its place ([`fit`]).
    fn reads_shelf(&self) -> bool {
        false
    }
    /// Whether it knows what to make of events and of the year's course. Others of days are given days without them ([`fit`]).
    fn reads_calendar(&self) -> bool {
        false
    }
    /// Learns from all items of `panel` together.
    fn fit(&self, panel: &Panel, calendar: &Calendar) -> Box<dyn Fitted>;
    /// What [`Method::fit`] would learn from the panel whose spikes these are; absent for methods that do not set
    /// spikes apart.
    fn fit_apart(&self, _spikes: &spikes::Spikes) -> Option<Box<dyn Fitted>> {
        None
    }
}

/// What a method has learned about the items of a panel.
pub trait Fitted: Send + Sync {
    /// Path number `path` of item `item`: units in each of the `out.len()` periods after the panel.
    fn simulate(&self, item: usize, streams: &Streams, path: u32, out: &mut [f64]);

    /// The paths from number `first` on, as many as `out` has room for, `horizon` numbers each: the same as one by one, for methods that are quicker
    /// at several.
    fn simulate_several(&self, item: usize, streams: &Streams, first: u32, horizon: usize, out: &mut [f64]) {
        for (path, out) in (first..).zip(out.chunks_mut(horizon.max(1))) {
            self.simulate(item, streams, path, out);
        }
    }

    /// Chance that an item has ended, where the method has one.
    fn ended(&self, _item: usize) -> Option<f64> {
        None
    }

    /// The method's own point forecast, where it has one that is not the mean of its paths.
    fn point(&self, _item: usize, _out: &mut [f64]) -> bool {
        false
    }
}

/// The methods of a panel's step, simple ones first: those that a backtest compares unless it is told which.
#[must_use]
pub fn methods(step: Step) -> Vec<Box<dyn Method>> {
    let mut out: Vec<Box<dyn Method>> = vec![Box::new(SeasonalNaive)];
    if step == Step::Day {
        out.push(Box::new(RecentWeeks::default()));
    } else {
        out.push(Box::new(Naive));
    }
    out.extend::<Vec<Box<dyn Method>>>(vec![
        Box::new(Intermittent::SyntetosBoylan { alpha: 0.1 }),
        Box::new(Intermittent::TeunterSyntetosBabai { size: 0.1, chance: 0.05 }),
        Box::new(Aggregated::Imapa { alpha: 0.2 }),
        Box::new(Willemain),
        Box::new(Ets),
        Box::new(Theta),
        Box::new(CountModel::default()),
    ]);
    if step == Step::Day {
        out.push(Box::new(Surging));
    } else {
        out.push(Box::new(Pooled));
    }
    out.push(Box::new(Combination::of(step)));
    out
}

/// Every method there is for this step: those of [`methods`], and others.
#[must_use]
pub fn all_methods(step: Step) -> Vec<Box<dyn Method>> {
    let mut out = methods(step);
    let others: Vec<Box<dyn Method>> = vec![
        Box::new(Naive),
        Box::new(RecentWeeks::default()),
        Box::new(Intermittent::Croston { alpha: 0.1 }),
        Box::new(Aggregated::Adida { alpha: 0.2 }),
        Box::new(Pooled),
        Box::new(Surging),
    ];
    for other in others {
        if out.iter().all(|m| m.name() != other.name()) {
            out.push(other);
        }
    }
    out
}

/// The method of this name, as `restock forecast --method` knows it; absent if there is none.
#[must_use]
pub fn method(name: &str, step: Step) -> Option<Box<dyn Method>> {
    let name = name.to_ascii_lowercase().replace(['-', '_'], " ");
    all_methods(step).into_iter().find(|m| m.name().to_ascii_lowercase() == name)
}

/// The method of `restock forecast` unless it is told another.
#[must_use]
pub fn default_method(step: Step) -> Box<dyn Method> {
    Box::new(Combination::of(step))
}

/// The random numbers of an item's paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streams {
    /// Random numbers of the item alone.
    pub own: Stream,
    /// Random numbers that all items of its category share.
    pub shared: Stream,
    /// Random numbers that all items share.
    pub all: Stream,
    /// The item's surges: when they come, and how large they are.
    pub surge: Stream,
}

impl Streams {
    /// The streams of an item by the name of the item and of its category, so that further items change no draw.
    #[must_use]
    pub fn new(seed: u64, item: &str, group: Option<&str>) -> Self {
        Streams {
            own: Stream::new(seed, item, "forecast", ""),
            shared: Stream::new(seed, "", "forecast of category", group.unwrap_or("")),
            all: Stream::new(seed, "", "forecast of all", ""),
            surge: Stream::new(seed, item, "surge", ""),
        }
    }

    /// The streams of an item of a panel.
    #[must_use]
    pub fn of(seed: u64, item: &Item) -> Self {
        Streams::new(seed, &item.name, item.group.as_deref())
    }
}

/// Many paths of one item, sorted period by period: quantiles are looked up.
#[derive(Debug, Clone, Default)]
pub struct Fan {
    /// Values of each period over paths, ascending.
    periods: Vec<Vec<f64>>,
    means: Vec<f64>,
    /// Totals of each path over the periods that count, ascending.
    totals: Vec<f64>,
}

/// Sorts units, ascending: small whole numbers, as most are, by counting them.
fn sort(values: &mut [f64]) {
    let mut counts = [0_u32; 256];
    for v in &*values {
        let whole = *v as u8;
        if f64::from(whole) != *v {
            return values.sort_unstable_by(f64::total_cmp);
        }
        counts[usize::from(whole)] += 1;
    }
    let mut at = 0;
    for (value, count) in counts.iter().enumerate() {
        let next = at + *count as usize;
        values[at..next].fill(value as f64);
        at = next;
        if at == values.len() {
            break;
        }
    }
}

impl Fan {
    /// Draws `paths` futures of `horizon` periods.
    #[must_use]
    pub fn draw(fitted: &dyn Fitted, item: usize, streams: &Streams, paths: u32, horizon: usize) -> Self {
        Fan::draw_over(fitted, item, streams, paths, horizon, &|_| true)
    }

    /// Draws `paths` futures of `horizon` periods; totals are over those periods only for which `counts` holds.
    #[must_use]
    pub fn draw_over(
        fitted: &dyn Fitted,
        item: usize,
        streams: &Streams,
        paths: u32,
        horizon: usize,
        counts: &dyn Fn(usize) -> bool,
    ) -> Self {
        let mut drawn = vec![0.0; paths as usize * horizon];
        fitted.simulate_several(item, streams, 0, horizon, &mut drawn);
        let mut totals = vec![0.0; paths as usize];
        let period = |h: usize| {
            let values: Vec<f64> = drawn.iter().skip(h).step_by(horizon).copied().collect();
            if counts(h) {
                for (total, v) in totals.iter_mut().zip(&values) {
                    *total += v;
                }
            }
            values
        };
        let periods = (0..horizon).map(period).collect();
        Fan::sorted(periods, totals)
    }

    fn sorted(mut periods: Vec<Vec<f64>>, mut totals: Vec<f64>) -> Self {
        let means = periods.iter().map(|v| v.iter().sum::<f64>() / v.len().max(1) as f64).collect();
        for values in periods.iter_mut().chain([&mut totals]) {
            sort(values);
        }
        Fan { periods, means, totals }
    }

    /// Quantile `p` of a period (0 the first after the panel).
    #[must_use]
    pub fn quantile(&self, period: usize, p: f64) -> f64 {
        restock_base::stats::interval::quantile(&self.periods[period], p).unwrap_or(0.0)
    }

    /// Quantile `p` of the total.
    #[must_use]
    pub fn total_quantile(&self, p: f64) -> f64 {
        restock_base::stats::interval::quantile(&self.totals, p).unwrap_or(0.0)
    }

    /// Totals of the paths, ascending.
    #[must_use]
    pub fn totals(&self) -> &[f64] {
        &self.totals
    }

    /// Values of a period over paths, ascending.
    #[must_use]
    pub fn values(&self, period: usize) -> &[f64] {
        &self.periods[period]
    }

    /// Mean of a period.
    #[must_use]
    pub fn mean(&self, period: usize) -> f64 {
        self.means[period]
    }
}
