//! What was done to the rows of a file, and what is said of it.

use super::parse::DateOrder;
use restock_base::diag::health::{Done, Finding, RowRuns};
use restock_base::diag::{Code, Diagnostic};
use restock_forecast::Panel;

/// What was done to the rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Repairs {
    /// Rows of the file below its header.
    pub rows: usize,
    /// Rows without a number of units.
    pub empty: RowRuns,
    /// Rows of an item's period that had one already.
    pub repeated: RowRuns,
    /// Periods without a row between an item's first row and the end of the file.
    pub gaps: usize,
    /// All periods between an item's first row and the end of the file, summed over the items.
    pub spanned: usize,
    /// Rows with units above 0.
    pub sales: usize,
    /// Rows with negative units, and the units.
    pub returns: (RowRuns, f64),
    /// Rows with thousands separators or a decimal comma, and how many cells have them.
    pub separators: (RowRuns, usize),
    /// The file has decimal commas, so that a point before three digits separates thousands.
    pub decimal_commas: bool,
    /// Dates whose order of day and month was read off the other rows.
    pub ordered: Option<(usize, DateOrder)>,
    /// Dates in more than one form.
    pub mixed_dates: bool,
    /// Rows with units that are not whole, and how many numbers are so.
    pub fractions: (RowRuns, usize),
    /// Columns were dates, or items.
    pub wide: Option<&'static str>,
    /// Names of items, groups and events that held what is not text (see [`restock_base::names`]), which was replaced.
    pub replaced: usize,
    /// Rows that each condition has left out, and those that lie after `until`: what was asked, and the rows.
    pub left_out: Vec<(String, RowRuns)>,
    /// Whatever else is to be said.
    pub said: Vec<Said>,
}

/// Something that is said in so many words.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    pub finding: Finding,
    /// Items that it is about, whose rows are its rows.
    pub items: Vec<String>,
}

impl Said {
    /// What it is about was left out.
    pub(super) fn left_out(&mut self) -> &mut Self {
        self.finding.done = Done::LeftOut;
        self
    }

    /// What it is about was changed.
    pub(super) fn changed(&mut self) -> &mut Self {
        self.finding.done = Done::Changed;
        self
    }

    /// The rows that it is about.
    pub(super) fn at(&mut self, rows: impl IntoIterator<Item = usize>) -> &mut Self {
        rows.into_iter().for_each(|row| self.finding.rows.push(row));
        self
    }

    /// The items that it is about.
    pub(super) fn of(&mut self, items: impl IntoIterator<Item = String>) -> &mut Self {
        self.items.extend(items);
        self
    }
}

impl Repairs {
    /// Adds a repair that is said in so many words.
    pub(super) fn say(&mut self, what: impl Into<String>, remedy: impl Into<String>) -> &mut Said {
        let finding = Finding { done: Done::Kept, what: what.into(), remedy: remedy.into(), rows: RowRuns::default() };
        self.said.push(Said { finding, items: Vec::new() });
        let last = self.said.len() - 1;
        &mut self.said[last]
    }

    /// Adds a row that was left out because of what was asked.
    pub(super) fn leave_out(&mut self, asked: &str, row: usize) {
        match self.left_out.iter_mut().find(|(a, _)| a == asked) {
            Some((_, rows)) => rows.push(row),
            None => self.left_out.push((asked.to_owned(), [row].into_iter().collect())),
        }
    }

    /// What is said of each repair.
    #[must_use]
    pub fn warnings(&self, file: &str, panel: &Panel) -> Vec<Diagnostic> {
        let warn = |what: &str, remedy: &str| {
            let d = Diagnostic::warning(Code::WarnRepair, format!("`{file}`: {what}"));
            if remedy.is_empty() { d } else { d.hint(remedy) }
        };
        let mut out = Vec::new();
        if let Some(how) = self.wide {
            out.push(warn(&format!("read as a wide table, {how}"), "name `--units` if it is not one"));
        }
        let left_out: usize = self.left_out.iter().map(|(_, rows)| rows.len()).sum();
        if left_out > 0 {
            out.push(warn(&format!("{left_out} of {} rows were left out, as was asked", self.rows), ""));
        }
        out.extend(self.found(panel).iter().map(|f| warn(&f.what, &f.remedy)));
        out
    }

    /// What was found, with the rows that it is about.
    #[must_use]
    pub fn findings(&self, panel: &Panel) -> Vec<Finding> {
        let asked = |(asked, rows): &(String, RowRuns)| {
            let what = format!("{} of {} rows were left out by {asked}, as was asked", rows.len(), self.rows);
            Finding { done: Done::LeftOut, what, remedy: String::new(), rows: rows.clone() }
        };
        self.left_out.iter().map(asked).chain(self.found(panel)).collect()
    }

    /// What was found, besides what was asked for.
    fn found(&self, panel: &Panel) -> Vec<Finding> {
        let mut out: Vec<Finding> = self.said.iter().map(|s| s.finding.clone()).collect();
        let mut add = |done, what: String, remedy: &str, rows: &RowRuns| {
            out.push(Finding { done, what, remedy: remedy.into(), rows: rows.clone() });
        };
        self.of_periods(panel, &mut add);
        self.of_cells(&mut add);
        out
    }

    fn of_periods(&self, panel: &Panel, add: Add<'_>) {
        let noun = panel.step.noun();
        let periods = if panel.items.len() == 1 { format!("{noun}s") } else { format!("item-{noun}s") };
        if self.gaps > 0 {
            let text =
                format!("{} of {} {periods} have no row and count as {noun}s without sales", self.gaps, self.spanned);
            let remedy = "if stock was out on them, demand is underestimated: name a column of stock";
            add(Done::Kept, text, remedy, &RowRuns::default());
        }
        if !self.repeated.is_empty() {
            let text = format!("{} rows repeat a {noun} and were added to it", self.repeated.len());
            add(Done::Changed, text, "check that the file holds one row an item and period", &self.repeated);
        }
        if !self.empty.is_empty() {
            let text = format!("{} rows have no number of units and were left out", self.empty.len());
            add(Done::LeftOut, text, "", &self.empty);
        }
        if !self.returns.0.is_empty() {
            let text = format!(
                "{} rows with negative units ({} in all) were taken for returns and left out of demand",
                self.returns.0.len(),
                self.returns.1
            );
            let remedy = if self.returns.0.len() > self.sales {
                "there are more of them than sales: if issues of stock are written as negative numbers, give them as positive ones, and leave receipts out with `--where`"
            } else {
                "demand is what was ordered; take corrections of earlier rows out of the file"
            };
            add(Done::LeftOut, text, remedy, &self.returns.0);
        }
    }

    fn of_cells(&self, add: Add<'_>) {
        if self.separators.1 > 0 {
            let text = format!("{} numbers have thousands separators or a decimal comma", self.separators.1);
            let read = if self.decimal_commas { "1.234 was read as 1234" } else { "1,234 was read as 1234" };
            add(Done::Kept, text, &format!("{read}, and 12,5 as 12.5"), &self.separators.0);
        }
        if let Some((n, order)) = self.ordered {
            let order = match order {
                DateOrder::DayFirst => "the day first",
                DateOrder::MonthFirst => "the month first",
            };
            let text = format!("{n} dates were read with {order}, as the others of the file have it");
            add(Done::Kept, text, "", &RowRuns::default());
        }
        if self.mixed_dates {
            let text = "dates stand in more than one form".to_owned();
            add(Done::Kept, text, "each was read by its own form", &RowRuns::default());
        }
        if self.replaced > 0 {
            let text = format!(
                "{} held control characters or others that are no text, which were replaced by a blank or by U+FFFD",
                if self.replaced == 1 { "1 name".into() } else { format!("{} names", self.replaced) }
            );
            let remedy = "clean them in the file: in terminals and spreadsheets they do harm";
            add(Done::Changed, text, remedy, &RowRuns::default());
        }
        if self.fractions.1 > 0 {
            let text = format!("{} numbers of units are not whole", self.fractions.1);
            add(Done::Kept, text, "", &self.fractions.0);
        }
    }
}

/// Takes a finding: what became of it, what it is, its remedy, its rows.
type Add<'a> = &'a mut dyn FnMut(Done, String, &str, &RowRuns);
