//! Days out of stock, what is lost on them, and what a week's earlier reorder would have been worth.
//!
//! A unit is lost if its shopper does not accept the wait, or cancels while waiting. It is worth the contribution of an order that is
//! served from stock. What waiting customers cost besides (support, chargebacks, orders that they do not place later) is not in it.
//!
//! *A week's earlier reorder* is the same supply model whose planners order a week of demand ahead of what their policies ask for, on the
//! same shoppers: seven days of mean demand more as `extra-stock-days`, so that each purchase order is placed when it would have been
//! placed a week later. A one-time buy is placed seven days earlier instead, and keeps its units.

use super::lab::{Days, Lab};
use restock_base::diag::Error;
use restock_base::stats::interval::{Estimate, Sample};
use restock_kernel::model::{Experiment, Kpi, Policy, Scenario};
use restock_kernel::study::{ModelOutcome, Options, Outcome, Shortage, Stopped, Study};

/// Days by which a reorder is earlier.
const WEEK: i32 = 7;

/// One supply model: its products, and all of them together.
#[derive(Debug, Clone, PartialEq)]
pub struct Outages {
    /// Name of the supply model.
    pub name: String,
    /// All products together: days are those of each product.
    pub all: Short,
    /// One entry a product, in scenario order.
    pub products: Vec<Short>,
    lost: Sample,
}

/// How short a product is over the measured window.
#[derive(Debug, Clone, PartialEq)]
pub struct Short {
    /// Days that end without stock at any location.
    pub days: Estimate,
    /// The same as a share of the days of the window.
    pub share: Estimate,
    /// Units whose shoppers accepted to wait.
    pub backordered: Estimate,
    /// Units whose shoppers did not accept the wait.
    pub walked_away: Estimate,
    /// Units of waiting orders of the window that were cancelled.
    pub cancelled: Estimate,
    /// Contribution of the units that walked away or were cancelled, in the currency.
    pub lost: Estimate,
    /// The same for each day out of stock; absent without such days.
    pub lost_per_day: Option<Estimate>,
    /// What a week's earlier reorder changes; absent where nothing can be ordered earlier.
    pub earlier: Option<WeekEarlier>,
    /// By measured day.
    pub by_day: Vec<Day>,
}

/// A week's earlier reorder, less the model as it is, replications paired.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeekEarlier {
    /// Contribution, in the currency.
    pub contribution: Estimate,
    /// Residual income, in the currency.
    pub residual_income: Estimate,
    /// Mean invested capital, in the currency.
    pub capital: Estimate,
    /// Days out of stock.
    pub days: Estimate,
    /// Units that walk away or cancel.
    pub units: Estimate,
}

/// A day of the window, on average over all replications.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Day {
    /// Products that end the day without stock: of one product the chance of it.
    pub out_of_stock: f64,
    /// Units demanded on this day whose shoppers accepted to wait.
    pub backordered: f64,
    /// Units demanded on this day that walked away.
    pub walked_away: f64,
    /// Units demanded on this day that waited and cancelled on a later day.
    pub cancelled: f64,
    /// Contribution of the last two, in the currency.
    pub lost: f64,
}

impl Day {
    fn add(&mut self, other: &Day) {
        self.out_of_stock += other.out_of_stock;
        self.backordered += other.backordered;
        self.walked_away += other.walked_away;
        self.cancelled += other.cancelled;
        self.lost += other.lost;
    }
}

impl Outages {
    /// Runs every supply model as it is, and a week earlier. `told` hears how many runs of all (three a model) are done.
    ///
    /// # Errors
    ///
    /// As of [`Lab::run`].
    pub fn run(
        lab: &Lab,
        (scenario, experiment): (&Scenario, &Experiment),
        threads: usize,
        told: &mut dyn FnMut(u64),
    ) -> Result<Vec<Outages>, Error> {
        let models = scenario.models.len() as u64;
        let days = by_day(lab, (scenario, experiment), threads)?;
        told(models);
        let mut out = Vec::new();
        for model in 0..scenario.models.len() {
            let now = lab.model(scenario, experiment, Days::AsTheyCome, model)?;
            let earlier = match a_week_earlier(scenario, model) {
                Some(earlier) => Some(lab.model(&earlier, experiment, Days::AsTheyCome, model)?),
                None => None,
            };
            let of =
                |p: usize| Found::of(&now.products[p].models[0], earlier.as_ref().map(|e| &e.products[p].models[0]));
            let found: Vec<Found> = (0..scenario.products.len()).map(of).collect();
            let all = Found::together(&found);
            let by_day: Vec<Vec<Day>> = days.products.iter().map(|p| days_of(&p.models[model])).collect();
            let short = |(found, by_day): (&Found, Vec<Day>)| found.short(scenario.horizon.days, by_day);
            let together = sum_of_days(&by_day);
            out.push(Outages {
                name: scenario.models[model].name.clone(),
                lost: all.lost.clone(),
                all: all.short(scenario.horizon.days * scenario.products.len() as u32, together),
                products: found.iter().zip(by_day).map(short).collect(),
            });
            told(models + 2 * out.len() as u64);
        }
        Ok(out)
    }

    /// Contribution lost in this supply model, less that in another one, replications paired.
    #[must_use]
    pub fn lost_more_than(&self, other: &Outages) -> Estimate {
        self.lost.clone().plus(-1.0, &other.lost).estimate()
    }
}

/// The supply models as they are, with the days of the window.
fn by_day(lab: &Lab, (scenario, experiment): (&Scenario, &Experiment), threads: usize) -> Result<Outcome, Error> {
    // Means are of all replications, and percentiles of days are not looked at.
    let experiment = Experiment { precision: None, daily_replications: 1, ..*experiment };
    let options = Options { daily: true, threads, ..Options::default() };
    let outcome = Study::new(scenario, &experiment).options(options).cancel(lab.cancel()).run()?;
    match &outcome.beyond {
        Some(beyond) => Err(Stopped::Beyond(beyond.clone()).into()),
        None => Ok(outcome),
    }
}

/// The scenario in which a supply model orders a week earlier; absent where its only orders cannot be.
fn a_week_earlier(scenario: &Scenario, model: usize) -> Option<Scenario> {
    let mut earlier = scenario.clone();
    let opens = scenario.horizon.opens();
    let own = &mut earlier.models[model];
    let (mut once, mut again) = (false, false);
    for l in own.spans_mut().filter(|l| l.is_open) {
        match &mut l.policy {
            Policy::OneTime { day, .. } => {
                let sooner = day.plus(-WEEK);
                once |= sooner >= opens;
                *day = if sooner >= opens { sooner } else { *day };
            }
            Policy::BaseStock { .. }
            | Policy::MinMax { .. }
            | Policy::ReorderQuantity { .. }
            | Policy::OrderUpToLevel { .. }
            | Policy::OrderUpToForecast { .. }
            | Policy::DaysOfCover { .. }
            | Policy::DualIndex { .. }
            | Policy::BaseSurge { .. } => again = true,
        }
    }
    if again {
        own.extra_stock_days += f64::from(WEEK);
    }
    (once || again).then_some(earlier)
}

/// The days of one product in one supply model.
fn days_of(model: &ModelOutcome) -> Vec<Day> {
    let day = |s: &Shortage| Day {
        out_of_stock: s.out_of_stock,
        backordered: s.backordered,
        walked_away: s.walked_away,
        cancelled: s.cancelled,
        lost: s.lost() * model.future_order,
    };
    model.bands.shortages().iter().map(day).collect()
}

fn sum_of_days(products: &[Vec<Day>]) -> Vec<Day> {
    let mut sums = vec![Day::default(); products.first().map_or(0, Vec::len)];
    for product in products {
        sums.iter_mut().zip(product).for_each(|(sum, day)| sum.add(day));
    }
    sums
}

/// Samples of one product, or of several together.
#[derive(Debug, Clone)]
struct Found {
    ready_days: Sample,
    backordered: Sample,
    walked_away: Sample,
    cancelled: Sample,
    lost: Sample,
    earlier: Option<[Sample; 5]>,
}

impl Found {
    fn of(now: &ModelOutcome, earlier: Option<&ModelOutcome>) -> Found {
        let more = |earlier: &ModelOutcome| {
            let by = |kpi| earlier.total(kpi).plus(-1.0, &now.total(kpi));
            let units = walked_away(earlier).plus(1.0, &cancelled(earlier));
            let units = units.plus(-1.0, &walked_away(now)).plus(-1.0, &cancelled(now));
            let days = by(Kpi::ReadyRate).times(-1.0);
            [by(Kpi::Contribution), by(Kpi::ResidualIncome), by(Kpi::InvestedCapital), days, units]
        };
        Found {
            ready_days: now.total(Kpi::ReadyRate),
            backordered: now.total(Kpi::BackorderRate),
            walked_away: walked_away(now),
            cancelled: cancelled(now),
            lost: walked_away(now).plus(1.0, &cancelled(now)).times(now.future_order),
            earlier: earlier.map(more),
        }
    }

    fn together(products: &[Found]) -> Found {
        let sum = |of: &dyn Fn(&Found) -> &Sample| {
            let mut each = products.iter().map(of);
            let first = each.next().cloned().unwrap_or_else(|| Sample::constant(0.0, 0));
            each.fold(first, |sum, sample| sum.plus(1.0, sample))
        };
        let more = |i: usize| {
            let mut each = products.iter().map(|p| p.earlier.as_ref().map(|e| &e[i]));
            let first = each.next().flatten()?.clone();
            each.try_fold(first, |sum, sample| Some(sum.plus(1.0, sample?)))
        };
        let earlier = || Some([more(0)?, more(1)?, more(2)?, more(3)?, more(4)?]);
        Found {
            ready_days: sum(&|f| &f.ready_days),
            backordered: sum(&|f| &f.backordered),
            walked_away: sum(&|f| &f.walked_away),
            cancelled: sum(&|f| &f.cancelled),
            lost: sum(&|f| &f.lost),
            earlier: earlier(),
        }
    }

    /// `of_days` are the days of all products together.
    fn short(&self, of_days: u32, by_day: Vec<Day>) -> Short {
        let whole = f64::from(of_days);
        let out = Sample::constant(whole, self.ready_days.residuals().len()).plus(-1.0, &self.ready_days);
        let earlier = self.earlier.as_ref().map(|each| {
            let [contribution, residual_income, capital, days, units] = each.each_ref().map(Sample::estimate);
            WeekEarlier { contribution, residual_income, capital, days, units }
        });
        Short {
            days: out.estimate(),
            share: out.clone().times(1.0 / whole).estimate(),
            backordered: self.backordered.estimate(),
            walked_away: self.walked_away.estimate(),
            cancelled: self.cancelled.estimate(),
            lost: self.lost.estimate(),
            lost_per_day: self.lost.over(&out).map(|s| s.estimate()),
            earlier,
            by_day,
        }
    }
}

fn walked_away(model: &ModelOutcome) -> Sample {
    model.total(Kpi::LostSalesRate)
}

/// Units of the window's waiting orders that were cancelled: the KPI counts cancelled pre-orders with them.
fn cancelled(model: &ModelOutcome) -> Sample {
    model.total(Kpi::CancelledShare).plus(-1.0, &model.total(Kpi::PreOrderCancelled))
}
