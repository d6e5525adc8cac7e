//! From cells to rows: numbers, dates and names of a whole file, each read in one way for all of its column.

use super::cells::{Cells, Seen};
use super::columns::Columns;
use super::parse::{
    DateOrder, DecimalMark, Habits, Written, bare, counted, date, excel_serial, in_order, judge_marks, lacks_year,
    moment, month_and_pair, number, quarter, three_pairs,
};
use super::repairs::Repairs;
use super::table::Table;
use jiff::tz::TimeZone;
use restock_base::calendar::Day;
use restock_base::diag::health::RowRuns;
use restock_base::diag::{Code, Diagnostic, Diagnostics};
use restock_base::names::{LONGEST as LONGEST_NAME, clean, shown as escaped};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

/// What rows without an item are called.
pub(super) const NO_ITEM: &str = "(no item)";

/// Different numbers from which on they differ as days do, not as years.
const DAYS_ALIKE: usize = 9;

/// How many rows that cannot be read are named.
const NAMED: usize = 5;

/// Reads cells, and collects what cannot be read and what was repaired.
pub(super) struct Reader<'a> {
    pub file: &'a str,
    pub table: &'a Table,
    pub errors: usize,
    pub problems: &'a mut Diagnostics,
    pub repairs: &'a mut Repairs,
    /// How the file was read, in phrases.
    pub reading: Vec<String>,
    /// All dates are quarters.
    pub quarters: bool,
    /// Weeks are named by their last day.
    pub week_ends: bool,
}

/// How the dates of a column are read, all of them alike.
pub(super) enum Dates {
    /// As written, with one order of day and month where it matters; absent where it is not settled, which has been said.
    Written(Option<DateOrder>),
    /// Days as Excel counts them.
    Serial,
    /// By a format of `strftime`.
    Format(String),
    /// Years, months and days counted from 1, the first beginning on a day that was told.
    Counted(Day),
}

/// A column of dates, read.
pub(super) struct DateColumn {
    how: Dates,
    zone: Option<TimeZone>,
}

impl<'a> Reader<'a> {
    pub fn new(file: &'a str, table: &'a Table, problems: &'a mut Diagnostics, repairs: &'a mut Repairs) -> Self {
        let reading = table.reading().to_vec();
        Reader { file, table, errors: 0, problems, repairs, reading, quarters: false, week_ends: false }
    }

    /// An error of row `i` below the header.
    pub fn error(&mut self, i: usize, message: &str, hint: &str) {
        self.error_in(self.table.row(i), message, hint);
    }

    pub fn error_in(&mut self, row: usize, message: &str, hint: &str) {
        self.errors += 1;
        if self.errors <= NAMED {
            let message = format!("`{}`, row {row}: {message}", self.file);
            self.problems.push(Diagnostic::error(Code::HistoryBad, message).hint(hint));
        }
    }

    /// An error of the whole file.
    pub fn refuse(&mut self, message: &str, hint: &str) {
        let message = format!("`{}`: {message}", self.file);
        self.problems.push(Diagnostic::error(Code::HistoryBad, message).hint(hint));
    }

    /// Says how many errors were not named.
    pub fn end(&mut self) {
        if self.errors > NAMED {
            let message = format!("`{}` has {} more such rows", self.file, self.errors - NAMED);
            self.problems.push(Diagnostic::error(Code::HistoryBad, message).hint("mend those named first"));
        }
    }

    /// Settles the decimal mark over all numbers of the file.
    pub fn decimal_mark<'t>(
        &mut self,
        columns: impl Iterator<Item = &'t Cells> + Clone,
        dates: impl Iterator<Item = Seen<'t>>,
        names: &Columns,
    ) {
        let cells = columns.flat_map(Cells::filled).map(|s| (s.text, s.rows));
        let dotted = |t: &str| t.matches('.').count() == 2 && !matches!(date(t), Written::No);
        let (mut of_dots, mut all) = (0, 0);
        for seen in dates.filter(|s| !s.text.is_empty()) {
            of_dots += if dotted(seen.text) { seen.rows } else { 0 };
            all += seen.rows;
        }
        let habits = Habits { separator: self.table.separator(), dotted_dates: all > 0 && of_dots * 2 > all };
        let mark = names.decimal.map_or_else(|| judge_marks(cells, habits), Ok);
        match mark {
            Ok(mark) => self.repairs.decimal_commas = mark == DecimalMark::Comma,
            Err(open) => self.refuse(
                &format!(
                    "its numbers can be read in two ways: {} in all if the point is decimal, {} if the comma is",
                    rounded(open.with_point),
                    rounded(open.with_comma)
                ),
                "say which with `--decimal point` or `--decimal comma` (in a scenario `decimal`)",
            ),
        }
        if self.repairs.decimal_commas {
            self.reading.push("comma is decimal".into());
        }
    }

    /// Makes cells names: what is not text in them is replaced and counted. Two names that would become one are an error, as is
    /// one without end.
    pub fn name(&mut self, cells: &mut Cells) {
        let mut replaced: HashMap<String, &str> = HashMap::new();
        for seen in cells.seen() {
            let (i, text) = (seen.first, seen.text);
            if text.len() > LONGEST_NAME && text.chars().count() > LONGEST_NAME {
                let message = format!("a name has {} characters, at most {LONGEST_NAME} may be", text.chars().count());
                self.error(i, &message, "check the column of items and that of categories");
            }
            let Some(clean) = clean(text) else { continue };
            let earlier = *replaced.entry(clean).or_insert(text);
            if earlier != text {
                self.alike(i, earlier, text);
            }
        }
        self.repairs.replaced += replaced.len();
        if replaced.is_empty() {
            return;
        }
        for seen in cells.seen() {
            if let Some(earlier) = replaced.get(seen.text).filter(|e| **e != seen.text) {
                self.alike(seen.first, earlier, seen.text);
            }
        }
        cells.rewrite(clean);
    }

    /// Looks after rows without an item. Where most have none, no date comes twice below an item's name, and the dates begin anew with the next one, cells
    /// were merged: the name holds to the next. Else they are one item, of which that is said.
    pub fn nameless(&mut self, items: &mut Cells, days: &Cells) {
        let is_blank = |i: &usize| items.get(*i).is_empty() && !days.get(*i).is_empty();
        let blank: Vec<usize> = (0..items.len()).filter(is_blank).map(|i| self.table.row(i)).collect();
        if blank.is_empty() || items.blank() == items.len() {
            return;
        }
        let merged = blank.len() * 2 >= items.len() && !items.get(0).is_empty() && begin_anew(items, days);
        if merged {
            let mut last = "";
            let carried: Cells = (0..items.len())
                .map(|i| {
                    if !items.get(i).is_empty() {
                        last = items.get(i);
                    }
                    last
                })
                .collect();
            *items = carried;
            self.reading.push("items carried down over blank cells".into());
            return;
        }
        self.repairs
            .say(
                format!("{} rows have no item: they were read as one, called `{NO_ITEM}`", blank.len()),
                "name the item in each row, or leave such rows out: `--where 'COLUMN != \"\"'` with the name of the column",
            )
            .at(blank);
        items.rewrite(|text| text.is_empty().then(|| NO_ITEM.to_owned()));
    }

    fn alike(&mut self, i: usize, earlier: &str, text: &str) {
        let message =
            format!("`{}` and `{}` would be one name without what is no text in them", escaped(earlier), escaped(text));
        self.error(i, &message, "take the control characters out of the names of the file");
    }

    /// Settles how dates are read.
    pub fn dates<'t>(&mut self, texts: impl Iterator<Item = Seen<'t>> + Clone, names: &Columns) -> DateColumn {
        let zone = names.time_zone.as_ref().and_then(|name| {
            let zone = TimeZone::get(name).ok();
            if zone.is_none() {
                self.refuse(
                    &format!("there is no time zone `{}`", escaped(name)),
                    "name one of the IANA database, such as `America/Los_Angeles` or `Europe/Berlin`",
                );
            }
            zone
        });
        if let Some(format) = &names.date_format {
            return DateColumn { how: Dates::Format(format.clone()), zone };
        }
        if let Some(start) = names.start {
            self.reading.push(format!("years counted from {start}"));
            return DateColumn { how: Dates::Counted(start), zone };
        }
        let filled = || texts.clone().filter(|s| !s.text.is_empty());
        if names.date_order.is_none() {
            self.pairs(filled());
        }
        self.quarters = filled().count() > 0 && filled().all(|s| quarter(s.text).is_some());
        let (mut serials, mut others, mut utc) = (0_usize, 0_usize, 0_usize);
        for Seen { text, rows, .. } in filled() {
            let serial = matches!(date(text), Written::No) && excel_serial(text).is_some();
            *(if serial { &mut serials } else { &mut others }) += rows;
            let ends = text.ends_with(['Z', 'z']) || text.ends_with("UTC");
            utc += if ends && moment(text).is_some() { rows } else { 0 };
        }
        if serials > 99 * others {
            self.reading.push("dates as Excel counts days".into());
            return DateColumn { how: Dates::Serial, zone };
        }
        if utc > 0 && zone.is_none() {
            self.repairs.say(
                format!("{utc} dates are moments in UTC, and days were taken to be UTC's"),
                "name the shop's time zone with `--time-zone America/Los_Angeles`, say: its evenings may be the next day in UTC",
            );
        }
        DateColumn { how: Dates::Written(self.order(texts, names)), zone }
    }

    /// Refuses dates of which it is not said whether the year stands in them where it usually does: `25-03-01`, of a column whose last numbers differ as days
    /// do and whose first ones as years; and `Mar-03`, of one with more such years than months.
    fn pairs<'t>(&mut self, texts: impl Iterator<Item = Seen<'t>>) {
        let (mut all, mut first, mut last, mut months, mut behind) =
            (0, BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut example = None;
        for seen in texts {
            all += 1;
            if let Some([a, _, c]) =
                three_pairs(seen.text).filter(|[_, b, c]| (1..=12).contains(b) && (1..=31).contains(c))
            {
                first.insert(a);
                last.insert(c);
            } else if let Some((month, pair)) = month_and_pair(seen.text).filter(|(_, p)| (1..=31).contains(p)) {
                months.insert(month);
                behind.insert(pair);
            } else {
                return;
            }
            example.get_or_insert(seen);
        }
        let Some(seen) = example.filter(|_| all >= DAYS_ALIKE) else { return };
        let text = seen.text;
        if last.len() >= DAYS_ALIKE && first.len() * 2 < last.len() {
            let separator = text.chars().find(|c| !c.is_ascii_digit()).unwrap_or('-');
            let message = format!(
                "`{text}` and the other dates seem to have the year first: their last numbers differ as days do"
            );
            let hint = format!(
                "say so with `--date-format '%y{separator}%m{separator}%d'`, or give `--date-order` if the year stands last"
            );
            self.error(seen.first, &message, &hint);
        } else if behind.len() >= DAYS_ALIKE && months.len() * 2 < behind.len() {
            let message = format!("`{text}` and the other dates seem to have no year: their numbers differ as days do");
            self.error(seen.first, &message, "write dates with their year, as 2026-07-01");
        }
    }

    /// Settles the order of day and month over all dates that leave it open.
    fn order<'t>(&mut self, texts: impl Iterator<Item = Seen<'t>>, names: &Columns) -> Option<DateOrder> {
        let (mut known, mut open) = (false, 0);
        let (mut day_first, mut month_first) = (None, None);
        for seen in texts {
            match date(seen.text) {
                Written::Known(_) => known = true,
                Written::Either { first, second, .. } => {
                    open += seen.rows;
                    if first > 12 {
                        day_first.get_or_insert((seen.first, seen.text.to_owned()));
                    } else if second > 12 {
                        month_first.get_or_insert((seen.first, seen.text.to_owned()));
                    }
                }
                Written::No => {}
            }
        }
        self.repairs.mixed_dates |= known && open > 0;
        let remedy =
            "give `--date-order day-first` or `month-first` (in a scenario `date-order`), or write dates as 2026-07-01";
        if names.date_order.is_some() {
            return names.date_order;
        }
        let order = match (day_first, month_first) {
            (Some((i, a)), Some((_, b))) => {
                self.error(i, &format!("`{a}` has the day first, `{b}` the month: the file mixes both"), remedy);
                None
            }
            (Some(_), None) => Some(DateOrder::DayFirst),
            (None, Some(_)) => Some(DateOrder::MonthFirst),
            (None, None) => {
                if open > 0 {
                    self.error(0, "its dates could have the day first, or the month", remedy);
                }
                None
            }
        };
        if let Some(order) = order.filter(|_| open > 0) {
            self.repairs.ordered = Some((open, order));
        }
        order
    }

    /// A day; absent if it is none. `Err` where the order is not settled: that has been said once.
    pub fn day(&self, dates: &DateColumn, text: &str) -> Result<Option<Day>, ()> {
        if let Some(zone) = &dates.zone
            && let Some(moment) = moment(text)
        {
            return Ok(Some(Day::from_date(moment.to_zoned(zone.clone()).date())));
        }
        Ok(match &dates.how {
            Dates::Serial => excel_serial(text),
            Dates::Counted(start) => counted(text).and_then(|c| c.from(*start)),
            Dates::Format(format) => jiff::civil::Date::strptime(format, text).ok().map(Day::from_date),
            Dates::Written(order) => match date(text) {
                Written::Known(day) => Some(day),
                Written::Either { .. } if order.is_none() => return Err(()),
                Written::Either { first, second, year } => order.and_then(|o| in_order(o, first, second, year)),
                Written::No => None,
            },
        })
    }

    /// Says that a text is no date.
    pub fn no_date(&mut self, row: usize, text: &str, dates: &DateColumn) {
        let (message, hint) = match &dates.how {
            Dates::Format(format) => {
                (format!("`{text}` is no date of the form `{format}`"), "leave `--date-format` out, or mend it")
            }
            _ if text.is_empty() => (
                "there is no date".to_owned(),
                "fill it in; if it is a further row of an order, name the column of orders with `--order`",
            ),
            Dates::Counted(start) => (
                format!("`{text}` is no month of a year that is counted from {start}"),
                "write year and month as 1-01; leave `--start` out if the years are those of the calendar",
            ),
            _ if lacks_year(text) => (format!("`{text}` has no year"), "write dates with their year, as 2026-07-01"),
            _ if counted(text).is_some() => (
                format!("`{text}` is no date"),
                "if its years are counted from 1, say when the first begins: `--start 2023-01-01`",
            ),
            _ => (format!("`{text}` is no date"), "write dates as 2026-07-01, or give `--date-format`"),
        };
        self.error_in(row, &message, hint);
    }

    /// A number of units: `Ok(None)` for an empty cell, `Err` if that was said to be wrong.
    pub fn units(&mut self, cell: &Amount, text: &str, i: usize) -> Result<Option<f64>, ()> {
        match cell {
            Amount::Empty => Ok(None),
            Amount::Of { value, separators } => {
                let fraction = value.fract() != 0.0;
                if *separators || fraction {
                    let row = self.table.row(i);
                    let note = |(rows, n): &mut (RowRuns, usize)| {
                        rows.push(row);
                        *n += 1;
                    };
                    if *separators {
                        note(&mut self.repairs.separators);
                    }
                    if fraction {
                        note(&mut self.repairs.fractions);
                    }
                }
                Ok(Some(*value))
            }
            Amount::TooLarge => {
                self.error(i, &format!("`{text}` is too large a number"), "at most a million million units may be");
                Err(())
            }
            Amount::No => {
                self.error(i, &format!("`{text}` is no number"), "write numbers such as 1234 or 12.5");
                Err(())
            }
        }
    }

    /// Says that a cell of another column is no number, if it is none.
    pub fn other(&mut self, column: &Others, i: usize, what: &str) {
        let text = column.cells.get(i);
        if column.at(i).is_none() && !text.is_empty() {
            self.error(i, &format!("`{text}` is no {what}"), "write a number, or yes or no");
        }
    }
}

/// Whether no date comes twice between two filled cells of `items`, and each such block has one that an earlier block has.
fn begin_anew(items: &Cells, days: &Cells) -> bool {
    let (mut earlier, mut block, mut again) = (HashSet::new(), HashSet::new(), true);
    for i in 0..items.len() {
        if !items.get(i).is_empty() {
            if !again {
                return false;
            }
            earlier.extend(block.drain());
            again = earlier.is_empty();
        }
        if !days.get(i).is_empty() {
            again |= earlier.contains(&days.code(i));
            if !block.insert(days.code(i)) {
                return false;
            }
        }
    }
    again
}

/// A column, and what each of its different cells means.
#[derive(Debug, Clone)]
pub(super) struct Meant<T> {
    pub cells: Rc<Cells>,
    pub of: Vec<T>,
}

impl<T: Copy> Meant<T> {
    /// With what each different cell means, by its number.
    pub fn of(cells: Rc<Cells>, of: Vec<T>) -> Self {
        Meant { cells, of }
    }

    pub fn new(cells: Rc<Cells>, of: impl FnMut(&str) -> T) -> Self {
        let of = cells.each(of);
        Meant { cells, of }
    }

    /// What the cell in row `i` means.
    pub fn at(&self, i: usize) -> T {
        self.of[self.cells.code(i)]
    }

    pub fn here(&self, i: usize) -> &T {
        &self.of[self.cells.code(i)]
    }
}

/// Numbers besides units, where there are some.
pub(super) type Others = Meant<Option<f64>>;

/// Numbers besides units; yes and no are 1 and 0.
pub(super) fn others(cells: Rc<Cells>, decimal_commas: bool) -> Others {
    Meant::new(cells, |text| {
        let is = |words: [&str; 3]| words.iter().any(|w| text.eq_ignore_ascii_case(w));
        match text {
            "" => None,
            _ if is(["true", "yes", "y"]) => Some(1.0),
            _ if is(["false", "no", "n"]) => Some(0.0),
            _ => number(bare(text), decimal_commas).map(|n| n.value),
        }
    })
}

/// What a cell of units says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Amount {
    Empty,
    Of { value: f64, separators: bool },
    TooLarge,
    No,
}

impl Amount {
    pub fn parse(text: &str, decimal_commas: bool) -> Self {
        match number(text, decimal_commas) {
            _ if text.is_empty() => Amount::Empty,
            Some(n) if n.value.abs() <= LARGEST => Amount::Of { value: n.value, separators: n.separators },
            Some(_) => Amount::TooLarge,
            None => Amount::No,
        }
    }

    pub fn value(self) -> Option<f64> {
        match self {
            Amount::Of { value, .. } => Some(value),
            _ => None,
        }
    }
}

/// Most units of a row.
const LARGEST: f64 = 1e12;

/// A total as it may stand in a message.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}
