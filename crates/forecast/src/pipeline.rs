//! From sales to a forecast: one way, for every command and for scenarios.
//!
//! ```text
//! Panel -> suspected stock-outs -> masked panel -> spikes, found once -> fitted method -> outlook
//!          `------------------- Pipeline::prepare ------------------'   Prepared::fit    Prepared::look_ahead
//! ```
//!
//! `restock describe` reports a [`Prepared`] history, `restock forecast` continues it, and a scenario with a `history`
//! takes its demand from it. What is decided on the way (whether suspected stock-outs are masked, how far ahead dates
//! are laid out, whether spikes are set apart) is decided here.
//!
//! ```
//! use restock_base::calendar::Day;
//! use restock_forecast::outlook::Draws;
//! use restock_forecast::{Calendar, Item, Panel, Pipeline, Step, default_method};
//! use std::ops::ControlFlow::Continue;
//!
//! // Three lamps a day on average, 90 on one of them, and none for a month.
//! let sold = |t: usize| if t == 150 { 90.0 } else if (200..230).contains(&t) { 0.0 } else { [2.0, 4.0, 3.0][t % 3] };
//! let items = vec![Item::new("Lamp", 0, (0..400).map(sold).collect())];
//! let panel = Panel { first: Day(20_000), step: Step::Day, periods: 400, items };
//!
//! let history = Pipeline::new(Calendar::plain(28)).prepare(panel);
//! assert_eq!((history.spikes.list[0].from, history.suspects[0].periods), (150, 30));
//! let fitted = history.fit(default_method(Step::Day).as_ref());
//! let outlook = history.look_ahead(fitted.as_ref(), &Draws::new(1_000, 0..28, 1), &mut |_, _, _| Continue(()));
//! let outlook = outlook.expect("nobody ends it");
//! assert!(outlook.items[0].total.at(0.5) > 70.0, "28 days of 3, as the month without sales is no demand");
//! assert!(outlook.items[0].total_sales.mean < outlook.items[0].total.mean, "sales lack what stock-outs take");
//! ```

use super::counting::Counting;
use super::demand::bounded;
use super::outlook::{Draws, Heard, Outlook, look_ahead};
use super::spikes::{Spikes, detect};
use super::{Availability, Calendar, Fitted, Method, Panel, Silences, Suspect, fit, mask_suspects, silences};

/// What runs of periods without a sale that chance does not explain are taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SuspectedStockOuts {
    /// For stock-outs: nothing is learned of demand in them. The default, as who plans by sales that a stock-out held
    /// down orders too little again.
    #[default]
    Mask,
    /// For demand: nobody wanted any.
    Keep,
}

impl SuspectedStockOuts {
    /// The panel as it was known at an origin, with what was suspected then.
    pub(super) fn seen(self, panel: &Panel, origin: usize) -> Panel {
        let mut seen = panel.until(origin);
        if self == SuspectedStockOuts::Mask {
            self.treat(&mut seen);
        }
        seen
    }

    /// Finds the suspected stock-outs of `panel`, and masks them there if that is what they are taken for.
    pub fn treat(self, panel: &mut Panel) -> Silences {
        let counting = Counting::of(panel);
        let mut found = if counting.is_plain() { silences(panel) } else { silences(&counting.counted(panel)) };
        for s in found.suspects.iter_mut().chain(&mut found.to_the_end) {
            s.expected *= counting.unit(s.item);
        }
        if self == SuspectedStockOuts::Mask {
            mask_suspects(panel, &found.suspects);
        }
        found
    }
}

/// How sales are made ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// What is known beforehand. It is laid out for a year at least, so that a scenario knows its seasons.
    pub calendar: Calendar,
    /// What runs of zeros that chance does not explain are taken for.
    pub suspected: SuspectedStockOuts,
    /// Whether spikes are set apart from ordinary periods; else they stay among them.
    pub spikes_apart: bool,
}

/// Sales made ready.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Sales as they were.
    pub sold: Panel,
    /// Suspected stock-outs, by item, and what they were taken for.
    pub suspects: Vec<Suspect>,
    /// Items that have stopped selling for longer than chance explains. They are forecast as if they went on.
    pub stopped: Vec<Suspect>,
    /// What runs of zeros that chance does not explain were taken for.
    pub suspected: SuspectedStockOuts,
    /// Sales as they are fitted: masked in suspected stock-outs, spikes left in.
    pub panel: Panel,
    /// Holidays and other dates that the forecast knows of.
    pub calendar: Calendar,
    /// The spikes of `panel`, and the count model without them.
    pub spikes: Spikes,
}

impl Pipeline {
    /// The usual way, with what `calendar` knows.
    #[must_use]
    pub fn new(calendar: Calendar) -> Self {
        Pipeline { calendar, suspected: SuspectedStockOuts::default(), spikes_apart: true }
    }

    /// Masks suspected stock-outs and finds spikes.
    #[must_use]
    pub fn prepare(&self, sold: Panel) -> Prepared {
        let mut panel = sold.clone();
        let Silences { suspects, to_the_end: stopped } = self.suspected.treat(&mut panel);
        let mut calendar = self.calendar.clone();
        calendar.ahead = calendar.ahead.max(panel.step.per_year().round() as usize);
        let counting = Counting::of(&panel);
        let spikes = match self.spikes_apart {
            true if counting.is_plain() => detect(&panel, &calendar),
            true => detect(&counting.counted(&panel), &calendar).in_units(&panel, &counting, &calendar),
            false => Spikes::none(&panel, &calendar),
        };
        Prepared { sold, suspects, stopped, suspected: self.suspected, panel, calendar, spikes }
    }
}

impl Prepared {
    /// Fits a method.
    #[must_use]
    pub fn fit(&self, method: &dyn Method) -> Box<dyn Fitted> {
        // What was found of spikes holds for counts.
        let apart = if Counting::of(&self.panel).is_plain() { method.fit_apart(&self.spikes) } else { None };
        apart.map_or_else(|| fit(method, &self.panel, &self.calendar), |fitted| bounded(fitted, &self.panel))
    }

    /// Draws futures of every item, with stock-outs in sales as they came; see [`look_ahead`]. Absent if `heard` ends it.
    #[must_use]
    pub fn look_ahead(&self, fitted: &dyn Fitted, draws: &Draws<'_>, heard: Heard<'_>) -> Option<Outlook> {
        look_ahead(&self.panel, fitted, &Availability::of(&self.panel, &self.calendar), draws, heard)
    }

    /// The suspected stock-outs of an item.
    pub fn suspects_of(&self, item: usize) -> impl Iterator<Item = &Suspect> {
        self.suspects.iter().filter(move |s| s.item == item)
    }
}
