//! What a change of supply on a date does, week by week: capital and cash of every supply model from the evening before on, and how long the
//! old stock lasts.

use super::counts::at;
use crate::model::{Change, Product, Scenario, SupplyModel};
use crate::sim::{DayRow, EventWindow, Replica, Series};
use restock_base::calendar::Day;
use restock_base::stats::interval::{Estimate, Pair, Sample};
use serde::{Deserialize, Serialize};

/// Days from one evening that is looked at to the next.
const WEEK: usize = 7;

/// A date on which some supply model changes. A change that an event brings has its own day in every replication, and no such report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changeover {
    /// The first day on which the change holds.
    pub on: Day,
    /// Indices of the supply models that change on it.
    pub models: Vec<usize>,
    /// Those among them that close a location: what is left there is sold.
    pub closing: Vec<usize>,
    /// Measured days, counted from 0, at whose end capital and cash are looked at: the one before the change (the first one, if the window
    /// begins with the change), and from then on every seventh.
    pub evenings: Vec<usize>,
    /// The measured day of the change.
    first: usize,
}

impl Changeover {
    /// The dates of a scenario, in order.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Vec<Changeover> {
        let (start, days) = (scenario.horizon.start, scenario.horizon.days as usize);
        let mut dates: Vec<Day> = scenario.models.iter().flat_map(|m| &m.changes).filter_map(Change::dated).collect();
        dates.sort();
        dates.dedup();
        let of = |on: Day| {
            let first = (on.0 - start.0).max(0) as usize;
            let changes = |m: &SupplyModel| m.changes.iter().position(|c| c.dated() == Some(on));
            let all = || scenario.models.iter().enumerate();
            let closes = |m: &SupplyModel| changes(m).is_some_and(|k| closes(m, k));
            Changeover {
                on,
                models: all().filter(|(_, m)| changes(m).is_some()).map(|(i, _)| i).collect(),
                closing: all().filter(|(_, m)| closes(m)).map(|(i, _)| i).collect(),
                evenings: (first.saturating_sub(1)..days).step_by(WEEK).collect(),
                first,
            }
        };
        dates.into_iter().map(of).collect()
    }

    /// The first supply model that stays as it is, with which those that change are compared.
    #[must_use]
    pub fn staying(&self, scenario: &Scenario) -> Option<usize> {
        scenario.models.iter().position(|m| m.changes.is_empty())
    }
}

/// The dated events of a product: windows in which they can be felt, and changes of supply.
#[derive(Debug, Clone, Default)]
pub(super) struct Dated {
    pub windows: Vec<EventWindow>,
    pub changes: Vec<Changeover>,
}

impl Dated {
    pub fn of(scenario: &Scenario, product: &Product) -> Self {
        Dated { windows: EventWindow::of(scenario, product), changes: Changeover::of(scenario) }
    }
}

/// Whether change number `k` of a supply model closes a location.
fn closes(model: &SupplyModel, k: usize) -> bool {
    let before = k.checked_sub(1).map_or(&model.locations, |b| &model.changes[b].locations);
    before.iter().zip(&model.changes[k].locations).any(|(was, is)| was.is_open && !is.is_open)
}

/// What a supply model does around a date.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeoverOutcome {
    groups: Vec<Sums>,
    /// It is of several products together.
    several: bool,
}

/// Sums over the replications of a group, money in hundredths.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sums {
    replications: u32,
    /// By evening: invested capital and cash.
    evenings: Vec<(i128, i128)>,
    /// Lowest cash from the change on, less that of the evening before it.
    trough: i128,
    /// Replications in which the old stock is sold by the end, by days from the change.
    sold: Vec<u32>,
    /// Invested capital of the evening before the change less that of the evening on which the old stock is sold, over these.
    released: i128,
}

/// How long what is left at closed locations lasts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SellOut {
    /// Share of the replications in which it is sold before the run ends.
    pub share: Estimate,
    /// Mean days from the change to the evening on which nothing is left, on hand or on order, over these.
    pub days: Estimate,
    /// Days within which it is sold in 5, 50 and 95 % of these.
    pub percentiles: [u32; 3],
    /// Mean of the invested capital that is released by that evening, over these.
    pub released: Estimate,
}

impl ChangeoverOutcome {
    /// Adds a replication of a group in supply model `model`.
    pub(super) fn add(&mut self, (group, model): (usize, usize), change: &Changeover, replica: &Replica<'_>) {
        let of = |t: usize| {
            let record = &replica.daily().records[t];
            (record[Series::InvestedCapital as usize], record[Series::Cash as usize])
        };
        let (capital, cash) = of(change.evenings[0]);
        let sums = at(&mut self.groups, group);
        sums.replications += 1;
        for (i, t) in change.evenings.iter().enumerate() {
            let (sum, found) = (at(&mut sums.evenings, i), of(*t));
            *sum = (sum.0 + found.0, sum.1 + found.1);
        }
        let days = replica.days();
        sums.trough += (change.first..days.len()).map(|t| of(t).1 - cash).min().unwrap_or(0).min(0);
        // Nothing new comes to a closed location, unless it opens again.
        let sold = |day: &DayRow| day.left == 0;
        let sold = change.closing.contains(&model).then(|| days[change.first..].iter().position(sold)).flatten();
        if let Some(after) = sold {
            *at(&mut sums.sold, after) += 1;
            sums.released += capital - of(change.first + after).0;
        }
    }

    pub(super) fn merge(&mut self, other: &ChangeoverOutcome) {
        for (i, theirs) in other.groups.iter().enumerate() {
            let mine = at(&mut self.groups, i);
            mine.replications += theirs.replications;
            mine.beside(theirs);
            for (after, n) in theirs.sold.iter().enumerate() {
                *at(&mut mine.sold, after) += n;
            }
            (mine.trough, mine.released) = (mine.trough + theirs.trough, mine.released + theirs.released);
        }
    }

    /// Adds another product in the same replications: its capital and its cash. How long old stock lasts, and how low cash falls, has no sum.
    pub(super) fn add_product(&mut self, other: &ChangeoverOutcome) {
        self.several = true;
        for (i, theirs) in other.groups.iter().enumerate() {
            let mine = at(&mut self.groups, i);
            mine.replications = theirs.replications;
            mine.beside(theirs);
        }
    }

    /// Invested capital on evening number `k` of the change.
    #[must_use]
    pub fn capital(&self, k: usize) -> Option<Sample> {
        self.mean(|g| g.evenings.get(k).map_or(0, |e| e.0))
    }

    /// Balance of the account on evening number `k` of the change.
    #[must_use]
    pub fn cash(&self, k: usize) -> Option<Sample> {
        self.mean(|g| g.evenings.get(k).map_or(0, |e| e.1))
    }

    /// Invested capital that is released from the evening before the change until evening number `k`.
    #[must_use]
    pub fn released(&self, k: usize) -> Option<Sample> {
        self.mean(|g| g.evenings.first().map_or(0, |e| e.0) - g.evenings.get(k).map_or(0, |e| e.0))
    }

    /// The lowest balance from the change on, less that of the evening before it; 0 where it never falls below that. Absent of all products
    /// together.
    #[must_use]
    pub fn trough(&self) -> Option<Sample> {
        if self.several { None } else { self.mean(|g| g.trough) }
    }

    /// How long old stock lasts; absent where the model closes no location, or never sells what is left, and of all products together.
    #[must_use]
    pub fn sell_out(&self) -> Option<SellOut> {
        let sold = |g: &Sums| g.sold.iter().sum::<u32>();
        let days = |g: &Sums| g.sold.iter().zip(0u32..).map(|(n, after)| u64::from(*n) * u64::from(after)).sum::<u64>();
        let of_sold = |of: &dyn Fn(&Sums) -> f64| self.pooled(&|g| (of(g), f64::from(sold(g)))).map(|s| s.estimate());
        let mut all: Vec<u32> = Vec::new();
        for (after, n) in self.groups.iter().flat_map(|g| g.sold.iter().enumerate()) {
            *at(&mut all, after) += n;
        }
        let n: u32 = all.iter().sum();
        let rank = |p: f64| {
            let (mut seen, wanted) = (0, (p * f64::from(n)).ceil().max(1.0) as u32);
            let day = all.iter().position(|count| {
                seen += count;
                seen >= wanted
            });
            day.unwrap_or(0) as u32
        };
        Some(SellOut {
            share: self.pooled(&|g| (f64::from(sold(g)), f64::from(g.replications)))?.estimate(),
            days: of_sold(&|g| days(g) as f64)?,
            percentiles: [0.05, 0.5, 0.95].map(rank),
            released: of_sold(&|g| g.released as f64 / 100.0)?,
        })
    }

    fn mean(&self, cents: impl Fn(&Sums) -> i128) -> Option<Sample> {
        self.pooled(&|g| (cents(g) as f64 / 100.0, f64::from(g.replications)))
    }

    fn pooled(&self, of: &dyn Fn(&Sums) -> Pair) -> Option<Sample> {
        Sample::ratio(&self.groups.iter().map(of).collect::<Vec<_>>())
    }
}

impl Sums {
    /// Adds what is owned on the evenings.
    fn beside(&mut self, other: &Sums) {
        for (i, theirs) in other.evenings.iter().enumerate() {
            let mine = at(&mut self.evenings, i);
            *mine = (mine.0 + theirs.0, mine.1 + theirs.1);
        }
    }
}
