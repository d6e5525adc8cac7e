//! What shoppers want: a baseline, campaigns with dates, and surges without.

use super::OrderSize;
use restock_base::calendar::Day;
use restock_base::law::Dist;
use restock_forecast::spikes::SurgeFit;
use restock_forecast::{Panel, Step};

/// Demand of one product: `mean of a day = baseline x weekday x season x trend x campaigns x surges`.
#[derive(Debug, Clone)]
pub struct Demand {
    /// Law of an ordinary day's demand, before every factor.
    pub baseline: Baseline,
    /// How many units an order holds; absent: one.
    pub order_size: Option<OrderSize>,
    /// Monday first. All 1 for no pattern.
    pub weekday: [f64; 7],
    /// January first. All 1 for no season.
    pub season: [f64; 12],
    /// Growth a year, compounded daily from the first measured day: 0.1 is 10 % a year.
    pub trend_per_year: f64,
    /// Dated events; where several overlap, their factors multiply.
    pub campaigns: Vec<Campaign>,
    /// Unplanned surges; absent: the product has none.
    pub surge: Option<Surge>,
    /// Windows in which shoppers may pre-order. No two are open on one day.
    pub pre_orders: Vec<PreOrder>,
}

/// A window in which shoppers may order what ships on a date. Whoever does is promised that date, and waits for it whatever is in stock.
#[derive(Debug, Clone, PartialEq)]
pub struct PreOrder {
    /// First day of the window.
    pub opens: Day,
    /// Last day of the window.
    pub closes: Day,
    /// Day on which stock goes to the pre-orders, before anybody else: the date promised.
    pub ships: Day,
    /// Share of the window's shoppers who pre-order.
    pub take_up: f64,
    /// Share of the price that is taken off.
    pub discount: f64,
    /// Share of what is left of the price that is paid with the pre-order; the rest is paid when it ships.
    pub deposit: f64,
    /// Share of the pre-orders that customers cancel before they ship: they get the deposit back.
    pub cancel: f64,
    /// Planners order for what is pre-ordered.
    pub sizes_order: bool,
    /// They go on expecting all shoppers of the window; otherwise, if they order for pre-orders, only those who do not pre-order.
    pub keeps_forecast: bool,
}

impl PreOrder {
    /// Whether planners leave those who pre-order out of what they expect and observe, because they order for them apart.
    #[must_use]
    pub fn is_apart(&self) -> bool {
        self.sizes_order && !self.keeps_forecast
    }
}

impl Demand {
    /// Mean units of an order.
    #[must_use]
    pub fn units_per_order(&self) -> f64 {
        self.order_size.as_ref().map_or(1.0, OrderSize::mean)
    }

    /// Mean and variance of the units of an ordinary day.
    #[must_use]
    pub fn moments(&self) -> (f64, f64) {
        let (mean, variance) = self.baseline.moments();
        match (&self.baseline, &self.order_size) {
            // The count is that of orders: the variance of a sum of so many sizes.
            (Baseline::Counts { dispersion, .. }, Some(size)) => {
                let uneven = dispersion.map_or(0.0, |k| mean * mean / k);
                (mean, mean / size.mean() * size.mean_square() + uneven)
            }
            _ => (mean, variance),
        }
    }

    /// Days of cover below which campaigns pause, of those that may.
    pub fn pausing(&self) -> impl Iterator<Item = f64> + '_ {
        self.campaigns.iter().filter_map(|c| c.pause_below_cover_days)
    }

    /// Whether anything comes that the planner does not know of: a surge, an unplanned campaign.
    #[must_use]
    pub fn has_surprises(&self) -> bool {
        self.surge.as_ref().is_some_and(|s| s.per_year > 0.0 || !s.scripted.is_empty())
            || self.campaigns.iter().any(|c| !c.planned)
    }

    /// Ordinary days: the same without surges (dated ones and the recurring spikes of a history included) and with
    /// unplanned campaigns of no effect. They keep their places, so that every other draw stays what it is.
    #[must_use]
    pub fn without_surprises(&self) -> Demand {
        let mut ordinary = Demand { surge: None, ..self.clone() };
        for c in ordinary.campaigns.iter_mut().filter(|c| !c.planned) {
            c.uplift = Dist::Constant(1.0);
        }
        ordinary
    }
}

/// Demand of an ordinary day.
#[derive(Debug, Clone)]
pub enum Baseline {
    /// Poisson, or negative binomial with variance `mu + mu^2 / dispersion`.
    Counts {
        /// Mean `mu` of an ordinary day, in units.
        mean_per_day: f64,
        /// Dispersion of the negative binomial law: the smaller, the more uneven the days; absent: Poisson.
        dispersion: Option<f64>,
    },
    /// Independent days drawn from a distribution of units (scaled by the day's factors and rounded).
    Daily(Dist),
    /// Real sales.
    History(History),
    /// Paths of the model fitted on real sales.
    Forecast(Box<Forecasted>),
}

/// Sales up to some day, and the model that continues them.
#[derive(Debug, Clone)]
pub struct Forecasted {
    /// What was sold: simulated days that it covers see it as it was. Days before it are matched by weekday.
    pub past: History,
    /// First day of which the model saw nothing.
    pub from: Day,
    /// The fitted model, whose paths are drawn anew in each replication.
    pub model: restock_forecast::ItemModel,
    /// Category whose shocks the product shares.
    pub group: Option<String>,
    /// How the units of a period fall on its days; absent where the model's periods are days.
    pub spread: Option<Spread>,
}

/// How the units of weeks or months fall on their days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Length of the periods whose units are spread.
    pub step: Step,
    /// Weight of each weekday, Monday first; all alike where the pattern of a week is not known.
    pub weekday: [f64; 7],
}

impl Spread {
    /// Share of each day from `first` to before `end`, which add up to 1.
    #[must_use]
    pub fn shares(&self, first: Day, end: Day) -> Vec<f64> {
        let weights = || (first.0..end.0).map(|d| self.weekday[Day(d).weekday()]);
        let sum: f64 = weights().sum();
        let even = 1.0 / f64::from(end.0 - first.0);
        weights().map(|w| if sum > 0.0 { w / sum } else { even }).collect()
    }

    /// Whole units on each of these days: rounded so that the days up to each have their share, and all of them `units`.
    #[must_use]
    pub fn whole(&self, units: i64, first: Day, end: Day) -> Vec<i64> {
        let (mut share, mut before) = (0.0, 0);
        let shares = self.shares(first, end);
        let days = shares.len();
        let day = |(i, s): (usize, f64)| {
            share += s;
            let upto = if i + 1 == days { units } else { (share * units as f64).round() as i64 };
            upto - std::mem::replace(&mut before, upto)
        };
        shares.into_iter().enumerate().map(day).collect()
    }

    /// Days of a period on average.
    #[must_use]
    pub fn days(&self) -> f64 {
        365.25 / self.step.per_year()
    }
}

impl Forecasted {
    /// Periods from [`Forecasted::from`] on: their dates, without items.
    #[must_use]
    pub fn dates(&self) -> Panel {
        let step = self.spread.map_or(Step::Day, |s| s.step);
        Panel { first: self.from, step, periods: 0, items: Vec::new() }
    }

    /// Factor of a day on the level of an average one.
    #[must_use]
    pub fn factor_on(&self, day: Day) -> f64 {
        let dates = self.dates();
        let period = dates.period_of(day);
        let of_period = self.model.factor_on(period);
        let Some(spread) = self.spread else { return of_period };
        // Periods before the first are dated back from it.
        let back = |k: i64| match spread.step {
            Step::Month => dates.first.date().saturating_add(jiff::Span::new().months(k)),
            Step::Quarter => dates.first.date().saturating_add(jiff::Span::new().months(3 * k)),
            Step::Day | Step::Week => dates.first.plus(7 * k as i32).date(),
        };
        let (first, end) = (Day::from_date(back(period)), Day::from_date(back(period + 1)));
        of_period * spread.days() * spread.shares(first, end).get((day.0 - first.0) as usize).copied().unwrap_or(0.0)
    }

    /// What a day sells in the long run.
    #[must_use]
    pub fn long_run(&self) -> f64 {
        self.model.long_run() / self.days()
    }

    /// What a day sells at the end of the history.
    #[must_use]
    pub fn level(&self) -> f64 {
        self.model.level() / self.days()
    }

    /// Inverse dispersion of days of which a period's sum is as dispersed as the model's, if they were independent.
    #[must_use]
    pub fn inverse_dispersion(&self) -> f64 {
        self.model.law().inverse_dispersion() * self.days()
    }

    /// A weight of each period, as one of each day: what is left after a period's days is what the period leaves.
    #[must_use]
    pub fn by_day(&self, weight: f64) -> f64 {
        if self.spread.is_some() { 1.0 - (1.0 - weight).powf(1.0 / self.days()) } else { weight }
    }

    /// Days of a period on average.
    #[must_use]
    pub fn days(&self) -> f64 {
        self.spread.map_or(1.0, |s| s.days())
    }
}

/// A checked history of daily sales without gaps.
#[derive(Debug, Clone)]
pub struct History {
    /// Date of `units[0]`.
    pub first: Day,
    /// Units sold on each day, one value a day from the first one on.
    pub units: Vec<i64>,
    /// Whether the history itself is replayed or blocks of it are drawn.
    pub used: HistoryUse,
}

/// How a history drives demand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum HistoryUse {
    /// Each replication sees the history itself. Days are matched by date where the history covers the
    /// run, else by weekday from the history's start, over and over.
    Replay,
    /// Seasonal block bootstrap (Politis and Romano's circular blocks, 1992, restricted to a season):
    /// blocks of `block_days` are drawn from within `window_days` of the same day of any year.
    Bootstrap {
        /// Length of a block that is drawn as a whole, in days.
        block_days: u32,
        /// Distance in days of the year, to either side, within which a block may begin.
        window_days: u32,
    },
}

impl History {
    /// Mean units sold a day.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.units.iter().sum::<i64>() as f64 / self.units.len() as f64
    }

    /// Variance of the units sold a day, over all days of the history (divided by their number).
    #[must_use]
    pub fn variance(&self) -> f64 {
        let mean = self.mean();
        self.units.iter().map(|u| (*u as f64 - mean).powi(2)).sum::<f64>() / self.units.len() as f64
    }
}

impl Baseline {
    /// Mean and variance of an ordinary day, before weekday, season and events.
    #[must_use]
    pub fn moments(&self) -> (f64, f64) {
        match self {
            Baseline::Counts { mean_per_day: mean, dispersion } => {
                (*mean, mean + dispersion.map_or(0.0, |k| mean * mean / k))
            }
            Baseline::Daily(dist) => (dist.mean(), dist.variance()),
            Baseline::History(history) => (history.mean(), history.variance()),
            Baseline::Forecast(f) if f.spread.is_some() => {
                let mean = f.level();
                (mean, mean + f.inverse_dispersion() * mean * mean)
            }
            Baseline::Forecast(f) => (f.model.level(), f.model.law().variance(f.model.level())),
        }
    }
}

/// A dated event that multiplies demand.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// Name as it is written in the scenario, printed in reports.
    pub name: String,
    /// First day on which demand is changed.
    pub start: Day,
    /// Number of days on which demand is changed, the first one included.
    pub days: u32,
    /// Factor on demand at full height: 3.5 is three and a half times the usual. Drawn once a replication.
    pub uplift: Dist,
    /// How much of the uplift each of its days has.
    pub shape: Shape,
    /// Whether the planner knows of it.
    pub planned: bool,
    /// Days of cover below which it pauses; absent: it never does.
    pub pause_below_cover_days: Option<f64>,
    /// Share by which the price is less for those who order while it runs.
    pub discount: f64,
    /// What it costs on each day on which it runs.
    pub cost_per_day: f64,
}

/// Height of a campaign over its days, from 0 (no effect) to 1 (the full uplift).
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Every day has the full uplift.
    Flat,
    /// Rises over the first days and falls over the last.
    Trapezoid {
        /// Days before full height is reached: the first of them is at `1 / (ramp_days + 1)`.
        ramp_days: u32,
        /// Days after full height has ended: the last of them is at `1 / (fall_days + 1)`.
        fall_days: u32,
    },
    /// One height a day.
    Daily(Vec<f64>),
}

impl Shape {
    /// Height on day `i` of `days`.
    #[must_use]
    pub fn height(&self, i: u32, days: u32) -> f64 {
        match self {
            Shape::Flat => 1.0,
            Shape::Daily(heights) => heights.get(i as usize).copied().unwrap_or(0.0),
            Shape::Trapezoid { ramp_days, fall_days } => {
                let rise = f64::from(i + 1) / f64::from(ramp_days + 1);
                let fall = f64::from(days - i) / f64::from(fall_days + 1);
                rise.min(fall).min(1.0)
            }
        }
    }
}

/// Unplanned surges: a post, a press mention. The planner never knows of them beforehand.
#[derive(Debug, Clone)]
pub struct Surge {
    /// Poisson arrivals a year.
    pub per_year: f64,
    /// Surges on given dates, besides.
    pub scripted: Vec<Day>,
    /// Surges that began before the first day of a run from today, each with the factor that it had on the day on which it began.
    pub under_way: Vec<(Day, f64)>,
    /// Factor on demand on the first day: 8 is eight times the usual.
    pub peak_uplift: Dist,
    /// How the factor falls back from its peak.
    pub decay: Decay,
    /// Share by which the baseline stays higher afterwards.
    pub lasting_lift: f64,
    /// Demand that a surge takes from the days after it; absent: all of its demand is extra.
    pub pull_forward: Option<PullForward>,
}

impl From<SurgeFit> for Surge {
    /// The surges that were found in a history.
    fn from(found: SurgeFit) -> Self {
        Surge {
            per_year: found.per_year,
            scripted: Vec::new(),
            under_way: Vec::new(),
            peak_uplift: found.peak_uplift(),
            decay: Decay::Exponential { tau_days: found.tau_days },
            lasting_lift: 0.0,
            pull_forward: None,
        }
    }
}

/// How the excess of a surge dies away after `h` days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Decay {
    /// `exp(-h / tau)`.
    Exponential {
        /// Days until `1/e` (37 %) of the excess is left.
        tau_days: f64,
    },
    /// `(1 + h / c)^-p` (Sornette, Deschâtres, Gilbert and Ageon, Physical Review Letters 93, 2004).
    PowerLaw {
        /// Exponent `p`: the larger, the faster the excess dies away.
        exponent: f64,
        /// Time scale `c` in days.
        scale_days: f64,
    },
}

impl Decay {
    /// Share of the peak's excess that is left after `h` days.
    #[must_use]
    pub fn left(&self, h: f64) -> f64 {
        match self {
            Decay::Exponential { tau_days } => (-h / tau_days).exp(),
            Decay::PowerLaw { exponent, scale_days } => (1.0 + h / scale_days).powf(-exponent),
        }
    }

    /// Days until a tenth of the excess is left: the surge's window.
    #[must_use]
    pub fn window_days(&self) -> f64 {
        match self {
            Decay::Exponential { tau_days } => tau_days * 10.0_f64.ln(),
            Decay::PowerLaw { exponent, scale_days } => scale_days * (10.0_f64.powf(1.0 / exponent) - 1.0),
        }
    }
}

/// Part of a surge's extra demand is taken from the days after it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PullForward {
    /// Share of the surge's extra units that are missing afterwards, from 0 to 1.
    pub share: f64,
    /// Days over which it is missing, from the end of the surge's window.
    pub days: u32,
}
