//! What was done to the rows of a file, and what is said of it.

use super::parse::DateOrder;
use crate::diag::{Code, Diagnostic};
use crate::forecast::Panel;

/// What was done to the rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Repairs {
    pub rows: usize,
    /// Rows without a number of units.
    pub empty: usize,
    /// Rows of an item's period that had one already.
    pub repeated: usize,
    /// Periods without a row between an item's first row and the end of the file, and all those periods.
    pub gaps: usize,
    pub spanned: usize,
    /// Rows with negative units, and the units.
    pub returns: (usize, f64),
    /// Cells with thousands separators or a decimal comma.
    pub separators: usize,
    /// The file has decimal commas, so that a point before three digits separates thousands.
    pub decimal_commas: bool,
    /// Dates whose order of day and month was read off the other rows.
    pub ordered: Option<(usize, DateOrder)>,
    /// Dates in more than one form.
    pub mixed_dates: bool,
    /// Numbers of units that are not whole.
    pub fractions: usize,
    /// Columns were dates, or items.
    pub wide: Option<&'static str>,
    /// Names of items, groups and events that held what is not text (see [`crate::names`]), which was replaced.
    pub replaced: usize,
    /// Rows that conditions, or `until`, have left out.
    pub left_out: usize,
    /// Whatever else is to be said, with a remedy.
    pub said: Vec<(String, String)>,
}

impl Repairs {
    /// Adds a repair that is said in so many words.
    pub(super) fn say(&mut self, what: impl Into<String>, remedy: impl Into<String>) {
        self.said.push((what.into(), remedy.into()));
    }

    /// What is said of each repair.
    #[must_use]
    pub fn warnings(&self, file: &str, panel: &Panel) -> Vec<Diagnostic> {
        let warn = |message: String| Diagnostic::warning(Code::WarnRepair, format!("`{file}`: {message}"));
        let mut out = Vec::new();
        if let Some(how) = self.wide {
            out.push(warn(format!("read as a wide table, {how}")).hint("name `--units` if it is not one"));
        }
        if self.left_out > 0 {
            out.push(warn(format!("{} of {} rows were left out, as was asked", self.left_out, self.rows)));
        }
        out.extend(self.said.iter().map(|(what, remedy)| warn(what.clone()).hint(remedy)));
        self.of_periods(panel, &warn, &mut out);
        self.of_cells(&warn, &mut out);
        out
    }

    fn of_periods(&self, panel: &Panel, warn: &dyn Fn(String) -> Diagnostic, out: &mut Vec<Diagnostic>) {
        let noun = panel.step.noun();
        let periods = if panel.items.len() == 1 { format!("{noun}s") } else { format!("item-{noun}s") };
        if self.gaps > 0 {
            let text =
                format!("{} of {} {periods} have no row and count as {noun}s without sales", self.gaps, self.spanned);
            out.push(warn(text).hint("if stock was out on them, demand is underestimated: name a column of stock"));
        }
        if self.repeated > 0 {
            out.push(
                warn(format!("{} rows repeat a {noun} and were added to it", self.repeated))
                    .hint("check that the file holds one row an item and period"),
            );
        }
        if self.empty > 0 {
            out.push(warn(format!("{} rows have no number of units and were left out", self.empty)));
        }
        if self.returns.0 > 0 {
            let text = format!(
                "{} rows with negative units ({} in all) were taken for returns and left out of demand",
                self.returns.0, self.returns.1
            );
            out.push(warn(text).hint("demand is what was ordered; take corrections of earlier rows out of the file"));
        }
    }

    fn of_cells(&self, warn: &dyn Fn(String) -> Diagnostic, out: &mut Vec<Diagnostic>) {
        if self.separators > 0 {
            let text = format!("{} numbers have thousands separators or a decimal comma", self.separators);
            let read = if self.decimal_commas { "1.234 was read as 1234" } else { "1,234 was read as 1234" };
            out.push(warn(text).hint(format!("{read}, and 12,5 as 12.5")));
        }
        if let Some((n, order)) = self.ordered {
            let order = match order {
                DateOrder::DayFirst => "the day first",
                DateOrder::MonthFirst => "the month first",
            };
            out.push(warn(format!("{n} dates were read with {order}, as the others of the file have it")));
        }
        if self.mixed_dates {
            out.push(warn("dates stand in more than one form".into()).hint("each was read by its own form"));
        }
        if self.replaced > 0 {
            let text = format!(
                "{} held control characters or others that are no text, which were replaced by a blank or by U+FFFD",
                if self.replaced == 1 { "1 name".into() } else { format!("{} names", self.replaced) }
            );
            out.push(warn(text).hint("clean them in the file: in terminals and spreadsheets they do harm"));
        }
        if self.fractions > 0 {
            out.push(warn(format!("{} numbers of units are not whole", self.fractions)));
        }
    }
}
