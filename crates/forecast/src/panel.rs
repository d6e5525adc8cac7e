//! Histories of many items on common dates.

use jiff::{ToSpan, Unit};
use restock_base::calendar::Day;

/// Length of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A calendar day.
    Day,
    /// Seven days from the weekday of the panel's first date on.
    Week,
    /// Calendar months.
    Month,
    /// Three calendar months.
    Quarter,
}

impl Step {
    /// Periods after which a pattern comes again: days of a week, weeks, months and quarters of a year.
    #[must_use]
    pub fn cycle(self) -> usize {
        match self {
            Step::Day => 7,
            Step::Week => 52,
            Step::Month => 12,
            Step::Quarter => 4,
        }
    }

    /// Periods in a year.
    #[must_use]
    pub fn per_year(self) -> f64 {
        match self {
            Step::Day => 365.25,
            Step::Week => 365.25 / 7.0,
            Step::Month => 12.0,
            Step::Quarter => 4.0,
        }
    }

    /// Periods ahead unless told: four weeks, a quarter, half a year, a year.
    #[must_use]
    pub fn usual_horizon(self) -> usize {
        match self {
            Step::Day => 28,
            Step::Week => 13,
            Step::Month => 6,
            Step::Quarter => 4,
        }
    }

    /// What a period is called.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Step::Day => "day",
            Step::Week => "week",
            Step::Month => "month",
            Step::Quarter => "quarter",
        }
    }
}

/// Units by period of many items. Items may begin at different periods; all end with the panel's last.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// First date of period 0.
    pub first: Day,
    /// Length of a period.
    pub step: Step,
    /// Number of periods, the same for all items.
    pub periods: usize,
    /// The histories; those that were read from a file stand in the order of their names.
    pub items: Vec<Item>,
}

/// How much of a period the item could be bought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shelf {
    /// It could be bought throughout.
    Full,
    /// It ran out: at least what was sold was wanted.
    RanOut,
    /// For this share of the period it was on sale and nothing ran out; 0 for not at all, of which nothing is learned.
    Open(f64),
}

/// One item's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its name, unique in the panel.
    pub name: String,
    /// Category: items of one category share priors and shocks.
    pub group: Option<String>,
    /// Usual price: band of the analogues of a new item, weight of its errors.
    pub price: Option<f64>,
    /// Period of the first entry of `units`; nothing was on sale before.
    pub start: usize,
    /// Units sold by period, through the panel's last.
    pub units: Vec<f64>,
    /// By period; empty for [`Shelf::Full`] throughout.
    pub shelf: Vec<Shelf>,
    /// Largest single order line by period; empty if not known.
    pub largest_line: Vec<f64>,
    /// Price by period from `start` on, over its mean; may reach beyond the panel where prices are planned. Empty if not known.
    pub relative_price: Vec<f64>,
    /// Share of the period under promotion, likewise.
    pub promotion: Vec<f64>,
    /// Last day on which it is sold, where it is known to end or to have ended.
    pub discontinued: Option<Day>,
}

impl Panel {
    /// Mean of the items' means: what an unknown item is taken to sell by methods that know no better.
    #[must_use]
    pub fn mean_of_items(&self) -> f64 {
        self.items.iter().map(Item::mean).sum::<f64>() / self.items.len().max(1) as f64
    }

    /// First date of a period of the panel or after it.
    #[must_use]
    pub fn date(&self, period: usize) -> Day {
        match self.step {
            Step::Day => self.first.plus(period as i32),
            Step::Week => self.first.plus(7 * period as i32),
            Step::Month => Day::from_date(self.first.date().saturating_add((period as i64).months())),
            Step::Quarter => Day::from_date(self.first.date().saturating_add((3 * period as i64).months())),
        }
    }

    /// The period that a date lies in, counted from the first; negative before it.
    #[must_use]
    pub fn period_of(&self, day: Day) -> i64 {
        let days = i64::from(day.0) - i64::from(self.first.0);
        match self.step {
            Step::Day => days,
            Step::Week => days.div_euclid(7),
            Step::Month | Step::Quarter => {
                let (a, b) = (self.first.date().first_of_month(), day.date().first_of_month());
                let months = a.until((Unit::Month, b)).map_or(0, |s| i64::from(s.get_months()));
                if self.step == Step::Month { months } else { months.div_euclid(3) }
            }
        }
    }

    /// Share of a period's days up to a day, that day with them; 1 if the period ends before it.
    #[must_use]
    pub fn share_until(&self, period: usize, day: Day) -> f64 {
        let (from, to) = (self.date(period), self.date(period + 1));
        (f64::from(day.0 + 1 - from.0) / f64::from(to.0 - from.0)).clamp(0.0, 1.0)
    }

    /// Place of a period in its cycle: the weekday, Monday 0; the month, January 0; the quarter, that of January 0; weeks since the first of the panel.
    #[must_use]
    pub fn season(&self, period: usize) -> usize {
        match self.step {
            Step::Day => self.date(period).weekday(),
            Step::Week => period % 52,
            Step::Month => (self.first.month() + period) % 12,
            Step::Quarter => (self.first.month() / 3 + period) % 4,
        }
    }

    /// The panel as it was known at the end of period `origin - 1`: items that had not begun are left without history. Prices and
    /// promotions are kept beyond it, as plans.
    #[must_use]
    pub fn until(&self, origin: usize) -> Panel {
        let cut = |item: &Item| {
            let known = origin.saturating_sub(item.start);
            let head = |v: &[f64]| v[..known.min(v.len())].to_vec();
            Item {
                start: item.start.min(origin),
                units: head(&item.units),
                shelf: item.shelf[..known.min(item.shelf.len())].to_vec(),
                largest_line: head(&item.largest_line),
                // An item that had not begun is one without plans.
                relative_price: if known > 0 { item.relative_price.clone() } else { Vec::new() },
                promotion: if known > 0 { item.promotion.clone() } else { Vec::new() },
                name: item.name.clone(),
                group: item.group.clone(),
                price: item.price,
                // An end that had not come was not known.
                discontinued: item.discontinued.filter(|d| origin >= self.periods || *d < self.date(origin)),
            }
        };
        Panel { first: self.first, step: self.step, periods: origin, items: self.items.iter().map(cut).collect() }
    }
}

impl Item {
    /// An item of which only sales are known.
    #[must_use]
    pub fn new(name: impl Into<String>, start: usize, units: Vec<f64>) -> Self {
        Item {
            name: name.into(),
            group: None,
            price: None,
            start,
            units,
            shelf: Vec::new(),
            largest_line: Vec::new(),
            relative_price: Vec::new(),
            promotion: Vec::new(),
            discontinued: None,
        }
    }

    /// Whether its last day lies before the end of the panel whose item it is, so that nothing of it is to come.
    #[must_use]
    pub fn has_ended(&self, panel: &Panel) -> bool {
        self.discontinued.is_some_and(|last| last < panel.date(panel.periods))
    }

    /// Takes an item that is discontinued off the shelf after its last sale, from `after` on: that it sold nothing then tells nothing of demand.
    pub fn take_off_the_shelf(&mut self, panel: &Panel, after: Day) {
        let Some(sold) = self.units.iter().rposition(|y| *y > 0.0) else { return };
        let n = self.units.len();
        let from = usize::try_from(panel.period_of(after) + 1 - self.start as i64).unwrap_or(0).max(sold + 1);
        if from < n {
            self.shelf.resize(n, Shelf::Full);
            self.shelf[from..].fill(Shelf::Open(0.0));
        }
    }

    /// Takes over the history of an item whose place it took: units, order lines and shelves of before, and of periods in which both were on
    /// sale both units. Prices and promotions stay its own.
    pub fn inherit(&mut self, before: &Item) {
        let start = self.start.min(before.start);
        let end = start + (self.start + self.units.len() - start).max(before.start + before.units.len() - start);
        let sum = |of: &dyn Fn(&Item) -> &Vec<f64>, a: &Item| -> Vec<f64> {
            let at = |item: &Item, t: usize| t.checked_sub(item.start).and_then(|i| of(item).get(i).copied());
            (start..end).map(|t| at(a, t).unwrap_or(0.0) + at(before, t).unwrap_or(0.0)).collect()
        };
        let units = sum(&|i| &i.units, self);
        let known = !self.largest_line.is_empty() && !before.largest_line.is_empty();
        let lines = if known { sum(&|i| &i.largest_line, self) } else { Vec::new() };
        let shelf = if self.is_censored() || before.is_censored() {
            let own = |item: &Item, t: usize| {
                t.checked_sub(item.start).filter(|i| *i < item.units.len()).map(|i| item.shelf_at(i))
            };
            // Either of them on the shelf was there to be bought.
            let of = |t: usize| match (own(self, t), own(before, t)) {
                (Some(a), Some(Shelf::Open(0.0)) | None) => a,
                (Some(Shelf::Open(0.0)) | None, Some(b)) => b,
                (Some(a), Some(_)) => a,
                (None, None) => Shelf::Full,
            };
            (start..end).map(of).collect()
        } else {
            Vec::new()
        };
        let padding = self.start - start;
        let padded = |v: &[f64], with: f64| -> Vec<f64> {
            if v.is_empty() {
                Vec::new()
            } else {
                std::iter::repeat_n(with, padding).chain(v.iter().copied()).collect()
            }
        };
        self.relative_price = padded(&self.relative_price, 1.0);
        self.promotion = padded(&self.promotion, 0.0);
        (self.start, self.units, self.largest_line, self.shelf) = (start, units, lines, shelf);
        self.group = self.group.take().or_else(|| before.group.clone());
        self.price = self.price.or(before.price);
    }

    /// Units in a period of the panel; absent before the item began.
    #[must_use]
    pub fn on(&self, period: usize) -> Option<f64> {
        self.units.get(period.checked_sub(self.start)?).copied()
    }

    /// How long the item was on the shelf in its own period `i`.
    #[must_use]
    pub fn shelf_at(&self, i: usize) -> Shelf {
        self.shelf.get(i).copied().unwrap_or(Shelf::Full)
    }

    /// Share of a period in which sales say something of demand: 1 for a full shelf and for one that ran out.
    #[must_use]
    pub fn exposure(&self, i: usize) -> f64 {
        match self.shelf_at(i) {
            Shelf::Full | Shelf::RanOut => 1.0,
            Shelf::Open(share) => share,
        }
    }

    /// Whether something is known to have hidden demand in some period.
    #[must_use]
    pub fn is_censored(&self) -> bool {
        self.shelf.iter().any(|s| *s != Shelf::Full)
    }

    /// Whether it ran out in any period: what was wanted then is not known.
    #[must_use]
    pub fn ran_out(&self) -> bool {
        self.shelf.contains(&Shelf::RanOut)
    }

    /// Mean a period, over the time on the shelf.
    #[must_use]
    pub fn mean(&self) -> f64 {
        let exposure: f64 = (0..self.units.len()).map(|i| self.exposure(i)).sum();
        if exposure > 0.0 { self.units.iter().sum::<f64>() / exposure } else { 0.0 }
    }
}
