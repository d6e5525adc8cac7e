//! A sales file, and what is known of the calendar.

use restock_base::calendar::{Day, Occasion, countries, country};
use restock_base::diag::{Diagnostics, Error, Warned};
use restock_base::names;
use restock_forecast::{Calendar, Pipeline, SuspectedStockOuts};
use restock_scenario::data::{Sales, Size, events, panel_within};
use restock_scenario::raw::{self, History};
use restock_scenario::read_as;
use std::path::Path;

/// Sales that were read, and what is known of the calendar.
pub struct Known {
    /// The sales, and what was repaired.
    pub sales: Sales,
    /// Named days of a file of events.
    pub events: Vec<(Day, String)>,
    /// Countries whose holidays are known.
    pub countries: Vec<&'static str>,
    yearly: bool,
    suspected: SuspectedStockOuts,
}

/// Whether there is room for what is made of a panel of this size, or why not.
pub type Room<'a> = &'a dyn Fn(Size) -> Result<(), String>;

impl Known {
    /// Reads a file as `how` says it is read; the names of files in `how` are not looked at: `events` is the file of events.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, a country's holidays are not known, or there is no room.
    pub fn read(file: &Path, events: Option<&Path>, how: &History, room: Room<'_>) -> Result<Warned<Self>, Error> {
        Known::called(file, None, (events, how), room)
    }

    /// The same of a file that messages call otherwise than it is called, since the reader knows nothing of it.
    ///
    /// # Errors
    ///
    /// As of [`Known::read`].
    pub fn called(
        file: &Path,
        name: Option<&str>,
        (events_in, how): (Option<&Path>, &History),
        room: Room<'_>,
    ) -> Result<Warned<Self>, Error> {
        let called = |problems: Diagnostics| match name {
            Some(name) => renamed(problems, &names::path(file), name),
            None => problems,
        };
        let known = |code: &String| {
            country(code).ok_or_else(|| {
                let known = countries().join(", ");
                super::usage(format!("the holidays of `{code}` are not known; they are of {known}"))
                    .remedy("name other days in a file of events")
            })
        };
        let countries = how.country.iter().map(known).collect::<Result<_, _>>()?;
        let Warned { value: sales, warnings } = panel_within(file, &read_as(how, None), room).map_err(called)?;
        let warnings = called(warnings);
        let events = events_in.map(events).transpose()?.unwrap_or_default();
        let suspected = match how.suspected_stock_outs {
            raw::SuspectedStockOuts::Mask => SuspectedStockOuts::Mask,
            raw::SuspectedStockOuts::Keep => SuspectedStockOuts::Keep,
        };
        Ok(Warned { value: Known { sales, events, countries, yearly: how.yearly_wave, suspected }, warnings })
    }

    /// The calendar for so many periods ahead, and the holidays in it.
    ///
    /// # Errors
    ///
    /// If holidays are not known so far ahead or so long ago.
    pub fn calendar(&self, ahead: usize) -> Result<(Calendar, Vec<Occasion>), Error> {
        let mut calendar = Calendar { ahead, events: self.events.clone(), yearly: self.yearly };
        let holidays = calendar.observe(&self.countries, &self.sales.panel).map_err(|e| {
            Error::new(
                "question",
                format!("`--country`: {e}; leave it out and name the days with `--events`, or give a shorter history or `--horizon`"),
            )
        })?;
        Ok((calendar, holidays))
    }

    /// How the sales are made ready, with what `calendar` knows.
    #[must_use]
    pub fn pipeline(&self, calendar: Calendar) -> Pipeline {
        Pipeline { suspected: self.suspected, ..Pipeline::new(calendar) }
    }

    /// The columns that were not read, in words: one of them may be the stock that tells hidden demand.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes = vec![format!("read as {}", self.sales.reading)];
        notes.extend(self.sales.guessed.iter().map(|column| format!("column `{column}` was taken by its name")));
        let columns = &self.sales.unread;
        if !columns.is_empty() {
            let named = columns.iter().take(8).map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ");
            let more = if columns.len() > 8 { ", .." } else { "" };
            notes.push(format!(
                "not read: {named}{more} (categories, prices, promotions, stock, order lines: see Columns in `--help`)"
            ));
        }
        notes
    }
}

/// Problems that call a file by another name.
fn renamed(mut problems: Diagnostics, from: &str, to: &str) -> Diagnostics {
    let other = |text: &mut String| *text = text.replace(&format!("`{from}`"), to).replace(from, to);
    problems.sources.iter_mut().for_each(|source| other(&mut source.name));
    for d in &mut problems.list {
        other(&mut d.message);
        d.label.iter_mut().chain(&mut d.hint).for_each(other);
    }
    problems
}
