//! What is known of the future beforehand.

use super::Panel;
use restock_base::calendar::{Day, Occasion, OutsideTable, holidays_covered, occasions};

/// Dates that move demand, known beforehand, and how far ahead they will be asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Periods after the panel for which regressors are laid out; beyond them only the cycle is known.
    pub ahead: usize,
    /// Holidays and other dated events: each name has its own effect, the same for all items.
    pub events: Vec<(Day, String)>,
    /// Whether a yearly wave is fitted where the history has a year and more.
    pub yearly: bool,
}

impl Calendar {
    /// Nothing known but the weekday.
    #[must_use]
    pub fn plain(ahead: usize) -> Self {
        Calendar { ahead, ..Calendar::default() }
    }

    /// Adds the holidays and commerce days of countries, by their codes, over the panel and the periods ahead; returns them. For the year after
    /// the panel, which is laid out besides, they are added as far as they are known.
    ///
    /// # Errors
    ///
    /// The panel or the periods ahead have a day of which holidays are not known.
    pub fn observe(&mut self, countries: &[&str], panel: &Panel) -> Result<Vec<Occasion>, OutsideTable> {
        if countries.is_empty() {
            return Ok(Vec::new());
        }
        let end = |ahead: usize| panel.date(panel.periods + ahead).plus(-1);
        let year = panel.step.per_year().round() as usize;
        let last = end(self.ahead).max(end(year).min(holidays_covered().1));
        let found = occasions(countries, panel.first, last)?;
        self.events.extend(found.iter().map(|o| (o.day, o.name.clone())));
        Ok(found)
    }

    /// Whether there is anything that a regression could use.
    #[must_use]
    pub fn has_regressors(&self, panel: &Panel) -> bool {
        !self.events.is_empty()
            || self.is_yearly(panel)
            || panel.items.iter().any(|i| !i.relative_price.is_empty() || !i.promotion.is_empty())
    }

    /// How much of the year's course the history of a panel tells.
    #[must_use]
    pub fn course(&self, panel: &Panel) -> Course {
        let years = panel.periods as f64 / panel.step.per_year();
        match panel.step {
            super::Step::Day | super::Step::Week if self.yearly && years >= 2.0 => Course::Repeated,
            super::Step::Day if self.yearly && years >= FEWEST_YEARS => Course::Once,
            _ => Course::Unknown,
        }
    }

    /// Whether a yearly wave is fitted.
    #[must_use]
    pub fn is_yearly(&self, panel: &Panel) -> bool {
        self.course(panel) != Course::Unknown
    }
}

/// What a history tells of the year's course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// Less than a year and a month, months (whose methods know their season), or nothing asked for.
    Unknown,
    /// Each part of the year was seen once, and some of it again: a wave is told from a trend by the panel, and shrunk by what it cannot tell.
    Once,
    /// Two years and more.
    Repeated,
}

/// Years of daily history from which a wave is fitted: as much of the year must have been seen twice as tells it from a trend.
const FEWEST_YEARS: f64 = 1.08;
