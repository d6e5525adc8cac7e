//! What is known of the future beforehand.

use super::Panel;
use crate::calendar::Day;

/// Dates that move demand, known beforehand, and how far ahead they will be asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Periods after the panel for which regressors are laid out; beyond them only the cycle is known.
    pub ahead: usize,
    /// Holidays and other dated events: each name has its own effect, the same for all items.
    pub events: Vec<(Day, String)>,
    /// Whether a yearly wave is fitted where the history has two years.
    pub yearly: bool,
}

impl Calendar {
    /// Nothing known but the weekday.
    #[must_use]
    pub fn plain(ahead: usize) -> Self {
        Calendar { ahead, ..Calendar::default() }
    }

    /// Whether there is anything that a regression could use.
    #[must_use]
    pub fn has_regressors(&self, panel: &Panel) -> bool {
        !self.events.is_empty()
            || self.is_yearly(panel)
            || panel.items.iter().any(|i| !i.relative_price.is_empty() || !i.promotion.is_empty())
    }

    /// Whether a yearly wave is fitted: two years of daily or weekly history are needed to tell it from a trend.
    #[must_use]
    pub fn is_yearly(&self, panel: &Panel) -> bool {
        let short = matches!(panel.step, super::Step::Day | super::Step::Week);
        self.yearly && short && panel.periods as f64 >= 2.0 * panel.step.per_year()
    }
}
