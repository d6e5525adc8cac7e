//! Sales of one or many items as a panel.

use super::parse::{DateOrder, Written, date, decimal_mark, in_order, number};
use super::table::{Cells, Problem, Table, row_of};
use crate::calendar::Day;
use crate::diag::{Code, Diagnostic, Diagnostics, Warned};
use crate::forecast::{Item, Panel, Shelf, Step};
use crate::names::{LONGEST as LONGEST_NAME, clean, path as shown, shown as escaped};
use std::collections::HashMap;
use std::path::Path;

/// Longest history, in days: a longer one is a date gone wrong.
const LONGEST: i32 = 100_000;

/// How many rows that cannot be read are named.
const NAMED: usize = 5;

/// Which columns hold what. A column that is not named is looked for under its usual names; only a date and units must be
/// there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    pub item: Option<String>,
    pub date: Option<String>,
    pub units: Option<String>,
    /// Category.
    pub group: Option<String>,
    pub price: Option<String>,
    /// Share of the period under promotion, or yes and no.
    pub promotion: Option<String>,
    /// Yes and no, or the share of the period on the shelf.
    pub in_stock: Option<String>,
    /// Stock at the end of the period: at 0 it ran out.
    pub on_hand: Option<String>,
    /// Hours on the shelf.
    pub hours: Option<String>,
    pub largest_line: Option<String>,
    /// Period; found from the dates if not given. Finer data are added up.
    pub every: Option<Step>,
    pub date_order: Option<DateOrder>,
    /// Name of the only item: all rows are its own, whatever columns there are.
    pub only: Option<String>,
}

const ITEM: [&str; 8] = ["sku", "item", "id", "product", "series", "unique_id", "stockcode", "article"];
const DATE: [&str; 8] = ["date", "day", "ds", "week", "month", "period", "invoicedate", "order_date"];
const UNITS: [&str; 8] = ["units", "quantity", "qty", "sales", "sold", "y", "demand", "value"];

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
}

/// A panel, and how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Sales {
    pub panel: Panel,
    pub repairs: Repairs,
    /// Columns that were found under usual names, not under given ones.
    pub guessed: Vec<String>,
    /// Columns of a long table that were not read.
    pub unread: Vec<String>,
}

/// One row of the file.
struct Row {
    item: u32,
    day: Day,
    /// Absent for plans: a row without units that gives a price or a promotion.
    units: Option<f64>,
    extra: Extra,
}

#[derive(Clone, Copy, Default)]
struct Extra {
    price: Option<f64>,
    promotion: Option<f64>,
    shelf: Option<Shelf>,
    largest_line: Option<f64>,
}

/// Reads sales and states what was repaired as warnings.
///
/// # Errors
///
/// See [`read_sales`].
pub fn panel(path: &Path, names: &Columns) -> Result<Warned<Sales>, Diagnostics> {
    let sales = read_sales(path, names)?;
    let mut warnings = Diagnostics::default();
    for d in sales.repairs.warnings(&shown(path), &sales.panel) {
        warnings.push(d);
    }
    Ok(Warned { value: sales, warnings })
}

/// Sales of many items. An item begins with its first row with a number of units; periods without a row after that are periods
/// without sales, rows of the same period are added up, rows without a number left out, and negative ones taken for returns and
/// left out too.
///
/// # Errors
///
/// Every row that cannot be read (five of them, and how many more), or that the file cannot be, or has no sales.
pub fn read_sales(path: &Path, names: &Columns) -> Result<Sales, Diagnostics> {
    let file = shown(path);
    let mut problems = Diagnostics::default();
    let fail = |p: Problem| Diagnostics::only(p.into_diagnostic(&file));
    let table = Table::read(path).map_err(fail)?;
    let mut guessed = Vec::new();
    let mut find = |given: Option<&String>, usual: &[&str]| {
        given.cloned().or_else(|| {
            let found = usual.iter().find_map(|u| table.names().iter().find(|n| n.eq_ignore_ascii_case(u)))?;
            if found != usual[0] {
                guessed.push(found.clone());
            }
            Some(found.clone())
        })
    };
    let item = if names.only.is_some() { names.item.clone() } else { find(names.item.as_ref(), &ITEM) };
    let (day, units) = (find(names.date.as_ref(), &DATE), find(names.units.as_ref(), &UNITS));
    let mut repairs = Repairs { replaced: table.replaced(), ..Repairs::default() };
    let mut reader = Reader { file: &file, errors: 0, problems: &mut problems, repairs: &mut repairs };
    let mut labels: Vec<String> = Vec::new();
    let mut unread: Vec<String> = Vec::new();
    let dates_across: Vec<&String> = table.names().iter().filter(|n| !matches!(date(n), Written::No)).collect();
    let rows = match (&day, &units) {
        (Some(day), Some(units)) => {
            let needed = |name: &String| table.cells(name).map_err(fail);
            let optional = [
                &names.group,
                &names.price,
                &names.promotion,
                &names.in_stock,
                &names.on_hand,
                &names.hours,
                &names.largest_line,
            ];
            let used: Vec<&String> = [Some(day), Some(units), item.as_ref()]
                .into_iter()
                .chain(optional.map(Option::as_ref))
                .flatten()
                .collect();
            let is_unread = |n: &&String| !used.iter().any(|u| u.eq_ignore_ascii_case(n));
            unread.extend(table.names().iter().filter(is_unread).cloned());
            let (days, units) = (needed(day)?, needed(units)?);
            let mut items = item.as_ref().map(needed).transpose()?;
            let mut extra: Vec<Option<Cells>> = Vec::new();
            for name in optional {
                extra.push(name.as_ref().map(needed).transpose()?);
            }
            items.iter_mut().chain(&mut extra[0]).for_each(|cells| reader.name(cells));
            let rows = reader.long(&days, &units, items.as_ref(), &extra, names, &mut labels);
            (rows, extra.swap_remove(0).map(|groups| group_of(&labels, items.as_ref(), &groups)))
        }
        _ if names.units.is_none() && dates_across.len() >= 3 => {
            reader.repairs.wide = Some("a column a date");
            let items = item.as_ref().or(table.names().first());
            let mut items = items.map(|n| table.cells(n)).transpose().map_err(fail)?;
            items.iter_mut().for_each(|cells| reader.name(cells));
            let mut cells = Vec::new();
            for name in dates_across {
                cells.push((name.clone(), table.cells(name).map_err(fail)?));
            }
            (reader.dates_across(items.as_ref(), &cells, names, &mut labels), None)
        }
        (Some(day), None) if names.units.is_none() && item.is_none() && table.names().len() > 1 => {
            reader.repairs.wide = Some("a column an item");
            let days = table.cells(day).map_err(fail)?;
            let mut cells = Vec::new();
            for name in table.names().iter().filter(|n| *n != day) {
                cells.push((name.clone(), table.cells(name).map_err(fail)?));
            }
            (reader.items_across(&days, &cells, names, &mut labels), None)
        }
        (day, _) => {
            let wanted = match day {
                None => names.date.clone().unwrap_or_else(|| DATE[0].into()),
                Some(_) => names.units.clone().unwrap_or_else(|| UNITS[0].into()),
            };
            return Err(fail(Problem::NoColumn { wanted, known: table.names().to_vec() }));
        }
    };
    let (rows, groups) = rows;
    if reader.errors > NAMED {
        let message = format!("`{file}` has {} more such rows", reader.errors - NAMED);
        reader.problems.push(Diagnostic::error(Code::HistoryBad, message).hint("mend those named first"));
    }
    if problems.has_errors() {
        return Err(problems);
    }
    let panel = lay_out(&file, rows, labels, groups, names, &mut repairs)?;
    Ok(Sales { panel, repairs, guessed, unread })
}

/// The first group that a row gives each item.
fn group_of(labels: &[String], items: Option<&Cells>, groups: &Cells) -> HashMap<String, String> {
    let mut out = HashMap::new();
    for (i, group) in groups.iter().enumerate() {
        let name = items.map_or(labels.first().map(String::as_str), |c| c[i].as_deref());
        if let (Some(name), Some(group)) = (name, group.as_ref().filter(|g| !g.is_empty())) {
            out.entry(name.to_owned()).or_insert_with(|| group.clone());
        }
    }
    out
}

struct Reader<'a> {
    file: &'a str,
    errors: usize,
    problems: &'a mut Diagnostics,
    repairs: &'a mut Repairs,
}

/// Dates of a column, with one order of day and month for all.
struct Dates {
    order: Option<DateOrder>,
}

impl Reader<'_> {
    /// Settles the decimal mark over all numbers of the file.
    fn decimal_mark<'t>(&mut self, columns: impl Iterator<Item = &'t Cells>) {
        let marks: Vec<char> = columns.flatten().filter_map(|c| decimal_mark(c.as_deref()?)).collect();
        self.repairs.decimal_commas = marks.contains(&',') && !marks.contains(&'.');
    }

    fn error(&mut self, row: usize, message: &str, hint: &str) {
        self.errors += 1;
        if self.errors <= NAMED {
            let message = format!("`{}`, row {row}: {message}", self.file);
            self.problems.push(Diagnostic::error(Code::HistoryBad, message).hint(hint));
        }
    }

    /// Makes cells names: what is not text in them is replaced and counted. Two names that would become one are an error, as is
    /// one without end.
    fn name(&mut self, cells: &mut Cells) {
        let mut replaced: HashMap<String, &str> = HashMap::new();
        for (i, text) in cells.iter().enumerate().filter_map(|(i, c)| c.as_deref().map(|c| (i, c))) {
            if text.len() > LONGEST_NAME && text.chars().count() > LONGEST_NAME {
                let message = format!("a name has {} characters, at most {LONGEST_NAME} may be", text.chars().count());
                self.error(row_of(i), &message, "check the column of items and that of categories");
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
        for (i, text) in cells.iter().enumerate().filter_map(|(i, c)| c.as_deref().map(|c| (i, c))) {
            if let Some(earlier) = replaced.get(text).filter(|e| **e != text) {
                self.alike(i, earlier, text);
            }
        }
        for text in cells.iter_mut().flatten() {
            if let Some(clean) = clean(text) {
                *text = clean;
            }
        }
    }

    fn alike(&mut self, i: usize, earlier: &str, text: &str) {
        let message =
            format!("`{}` and `{}` would be one name without what is no text in them", escaped(earlier), escaped(text));
        self.error(row_of(i), &message, "take the control characters out of the names of the file");
    }

    /// Settles the order of day and month over all dates that leave it open.
    fn order<'t>(&mut self, texts: impl Iterator<Item = Option<&'t str>>, names: &Columns) -> Dates {
        let (mut known, mut open) = (false, 0);
        let (mut day_first, mut month_first) = (None, None);
        for (i, text) in texts.enumerate() {
            match date(text.unwrap_or("")) {
                Written::Known(_) => known = true,
                Written::Either { first, second, .. } => {
                    open += 1;
                    if first > 12 {
                        day_first.get_or_insert((i, text.unwrap_or("").to_owned()));
                    } else if second > 12 {
                        month_first.get_or_insert((i, text.unwrap_or("").to_owned()));
                    }
                }
                Written::No => {}
            }
        }
        self.repairs.mixed_dates |= known && open > 0;
        let remedy =
            "give `--date-order day-first` or `month-first` (in a scenario `date-order`), or write dates as 2026-07-01";
        let order = names.date_order.or(match (day_first, month_first) {
            (Some((i, a)), Some((_, b))) => {
                self.error(
                    row_of(i),
                    &format!("`{a}` has the day first, `{b}` the month: the file mixes both"),
                    remedy,
                );
                None
            }
            (Some(_), None) => Some(DateOrder::DayFirst),
            (None, Some(_)) => Some(DateOrder::MonthFirst),
            (None, None) => {
                if open > 0 {
                    self.error(row_of(0), "its dates could have the day first, or the month", remedy);
                }
                None
            }
        });
        if let Some(order) = order.filter(|_| open > 0 && names.date_order.is_none()) {
            self.repairs.ordered = Some((open, order));
        }
        Dates { order }
    }

    fn day(&mut self, dates: &Dates, text: Option<&str>, row: usize) -> Option<Day> {
        let found = match date(text.unwrap_or("")) {
            Written::Known(day) => Some(day),
            // Where the order is not settled, that has been said once.
            Written::Either { .. } if dates.order.is_none() => return None,
            Written::Either { first, second, year } => dates.order.and_then(|o| in_order(o, first, second, year)),
            Written::No => None,
        };
        if found.is_none() {
            self.error(row, &format!("`{}` is no date", text.unwrap_or("")), "write dates as 2026-07-01");
        }
        found
    }

    /// A number of units: `Ok(None)` for an empty cell, `Err` if that was said to be wrong.
    fn units(&mut self, text: Option<&str>, row: usize) -> Result<Option<f64>, ()> {
        let Some(text) = text.filter(|t| !t.is_empty()) else { return Ok(None) };
        match number(text, self.repairs.decimal_commas) {
            Some(n) if n.value.abs() <= 1e12 => {
                self.repairs.separators += usize::from(n.separators);
                self.repairs.fractions += usize::from(n.value.fract() != 0.0);
                Ok(Some(n.value))
            }
            _ => {
                self.error(row, &format!("`{text}` is no number"), "write numbers such as 1234 or 12.5");
                Err(())
            }
        }
    }

    /// An optional number of another column; what is none is an error.
    fn other(&mut self, cells: Option<&Cells>, i: usize, what: &str) -> Option<f64> {
        let text = cells?[i].as_deref().filter(|t| !t.is_empty())?;
        let yes = ["true", "yes", "y"].iter().any(|w| text.eq_ignore_ascii_case(w));
        let no = ["false", "no", "n"].iter().any(|w| text.eq_ignore_ascii_case(w));
        if yes || no {
            return Some(f64::from(u8::from(yes)));
        }
        let value = number(text, self.repairs.decimal_commas).map(|n| n.value);
        if value.is_none() {
            self.error(row_of(i), &format!("`{text}` is no {what}"), "write a number, or yes or no");
        }
        value
    }

    fn long(
        &mut self,
        days: &Cells,
        units: &Cells,
        items: Option<&Cells>,
        extra: &[Option<Cells>],
        names: &Columns,
        labels: &mut Vec<String>,
    ) -> Vec<Row> {
        self.decimal_mark(std::iter::once(units).chain(extra[1..].iter().flatten()));
        let dates = self.order(days.iter().map(Option::as_deref), names);
        let mut index: HashMap<&str, u32> = HashMap::new();
        let only = names.only.as_deref().unwrap_or("all");
        let mut rows = Vec::with_capacity(days.len());
        self.repairs.rows = days.len();
        let price_or_plan = extra[1].is_some() || extra[2].is_some();
        for i in 0..days.len() {
            let name = items.map_or(Some(only), |c| c[i].as_deref()).unwrap_or("");
            let Ok(sold) = self.units(units[i].as_deref(), row_of(i)) else { continue };
            if sold.is_none() && !price_or_plan {
                self.repairs.empty += 1;
                continue;
            }
            let Some(day) = self.day(&dates, days[i].as_deref(), row_of(i)) else { continue };
            let next = index.len() as u32;
            let item = *index.entry(name).or_insert_with(|| {
                labels.push(name.to_owned());
                next
            });
            let shelf = self.shelf(extra, i, sold.unwrap_or(0.0));
            let extra = Extra {
                price: self.other(extra[1].as_ref(), i, "price"),
                promotion: self.other(extra[2].as_ref(), i, "share of the day under promotion"),
                shelf,
                largest_line: self.other(extra[6].as_ref(), i, "largest order line"),
            };
            rows.push(Row { item, day, units: sold, extra });
        }
        rows
    }

    fn shelf(&mut self, extra: &[Option<Cells>], i: usize, sold: f64) -> Option<Shelf> {
        let ran_out = if sold > 0.0 { Shelf::RanOut } else { Shelf::Open(0.0) };
        let share = self.other(extra[3].as_ref(), i, "share of the day in stock");
        let on_hand = self.other(extra[4].as_ref(), i, "stock on hand");
        let hours = self.other(extra[5].as_ref(), i, "number of hours");
        match (share.or(hours.map(|h| h / 24.0)), on_hand) {
            (Some(s), _) if s <= 0.0 => Some(ran_out),
            (Some(s), _) if s < 1.0 => Some(Shelf::Open(s)),
            (_, Some(h)) if h <= 0.0 => Some(ran_out),
            _ => None,
        }
    }

    fn dates_across(
        &mut self,
        items: Option<&Cells>,
        cells: &[(String, Cells)],
        names: &Columns,
        labels: &mut Vec<String>,
    ) -> Vec<Row> {
        self.decimal_mark(cells.iter().map(|c| &c.1));
        let dates = self.order(cells.iter().map(|c| Some(c.0.as_str())), names);
        let days: Vec<Option<Day>> = cells.iter().map(|c| self.day(&dates, Some(&c.0), 1)).collect();
        let n = cells.first().map_or(0, |c| c.1.len());
        self.repairs.rows = n;
        let mut rows = Vec::new();
        for i in 0..n {
            labels.push(items.and_then(|c| c[i].clone()).unwrap_or_else(|| format!("row {}", row_of(i))));
            for ((_, column), day) in cells.iter().zip(&days) {
                if let (Ok(Some(sold)), Some(day)) = (self.units(column[i].as_deref(), row_of(i)), day) {
                    rows.push(Row { item: i as u32, day: *day, units: Some(sold), extra: Extra::default() });
                }
            }
        }
        rows
    }

    fn items_across(
        &mut self,
        days: &Cells,
        cells: &[(String, Cells)],
        names: &Columns,
        labels: &mut Vec<String>,
    ) -> Vec<Row> {
        self.decimal_mark(cells.iter().map(|c| &c.1));
        let dates = self.order(days.iter().map(Option::as_deref), names);
        labels.extend(cells.iter().map(|c| c.0.clone()));
        self.repairs.rows = days.len();
        let mut rows = Vec::new();
        for (i, text) in days.iter().enumerate() {
            let Some(day) = self.day(&dates, text.as_deref(), row_of(i)) else { continue };
            for (item, (_, column)) in cells.iter().enumerate() {
                if let Ok(Some(sold)) = self.units(column[i].as_deref(), row_of(i)) {
                    rows.push(Row { item: item as u32, day, units: Some(sold), extra: Extra::default() });
                }
            }
        }
        rows
    }
}

/// The period of the dates: months if all are firsts of months, weeks if all lie whole weeks apart.
fn step_of(rows: &[Row]) -> Step {
    let mut days: Vec<i32> = rows.iter().map(|r| r.day.0).collect();
    days.sort_unstable();
    days.dedup();
    if days.len() < 3 {
        return Step::Day;
    }
    if days.iter().all(|d| Day(*d).date().day() == 1) {
        return Step::Month;
    }
    let weekly = days.windows(2).all(|w| (w[1] - w[0]) % 7 == 0);
    if weekly { Step::Week } else { Step::Day }
}

fn lay_out(
    file: &str,
    rows: Vec<Row>,
    labels: Vec<String>,
    groups: Option<HashMap<String, String>>,
    names: &Columns,
    repairs: &mut Repairs,
) -> Result<Panel, Diagnostics> {
    let refuse =
        |code: Code, message: String, hint: &str| Diagnostics::only(Diagnostic::error(code, message).hint(hint));
    let sold = || rows.iter().filter(|r| r.units.is_some()).map(|r| r.day);
    let (Some(first), Some(last)) = (sold().min(), sold().max()) else {
        let message = format!("`{file}` has no sales");
        return Err(refuse(Code::HistoryEmpty, message, "check the columns of the file"));
    };
    if last.0 - first.0 >= LONGEST {
        let message = format!("`{file}` spans {} days, from {first} to {last}", last.0 - first.0 + 1);
        return Err(refuse(Code::HistoryBad, message, "one of the two dates is wrong"));
    }
    let step = names.every.unwrap_or_else(|| step_of(&rows));
    // A month begins on its first day; a week on the first date's weekday, or on Monday where days are added up to weeks.
    let first = match step {
        Step::Day => first,
        Step::Week if step_of(&rows) == Step::Week => first,
        Step::Week => first.plus(-(first.weekday() as i32)),
        Step::Month => Day::from_date(first.date().first_of_month()),
    };
    let mut panel = Panel { first, step, periods: 0, items: Vec::new() };
    panel.periods = panel.period_of(last) as usize + 1;
    let mut by_item: Vec<Vec<(usize, Row)>> = labels.iter().map(|_| Vec::new()).collect();
    for row in rows {
        // A plan before the first sale says nothing.
        if let Ok(period) = usize::try_from(panel.period_of(row.day)) {
            by_item[row.item as usize].push((period, row));
        }
    }
    let finer = step != Step::Day && names.every.is_some();
    let mut named: Vec<(String, Vec<(usize, Row)>)> = labels.into_iter().zip(by_item).collect();
    named.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, mut rows) in named {
        rows.sort_by_key(|r| (r.0, r.1.day));
        let Some(start) = rows.iter().find(|r| r.1.units.is_some()).map(|r| r.0) else { continue };
        let mut item = Item::new(name, start, vec![0.0; panel.periods - start]);
        item.group = groups.as_ref().and_then(|g| g.get(&item.name).cloned());
        fill(&mut item, &rows, panel.periods, finer, repairs);
        panel.items.push(item);
    }
    Ok(panel)
}

/// Puts an item's rows, in order of their periods, into its columns.
fn fill(item: &mut Item, rows: &[(usize, Row)], periods: usize, finer: bool, repairs: &mut Repairs) {
    let n = item.units.len();
    let mut seen = vec![false; n];
    let ahead = rows.last().map_or(0, |r| r.0 + 1 - item.start).clamp(n, n + 4_000);
    let (mut prices, mut promotion) = (vec![None; ahead], vec![None; ahead]);
    for (period, row) in rows {
        let Some(i) = period.checked_sub(item.start) else { continue };
        let e = &row.extra;
        if i < ahead {
            prices[i] = e.price.filter(|p| *p > 0.0).or(prices[i]);
            promotion[i] = e.promotion.or(promotion[i]);
        }
        let Some(units) = row.units else {
            repairs.empty += usize::from(*period < periods);
            continue;
        };
        if units < 0.0 {
            repairs.returns.0 += 1;
            repairs.returns.1 -= units;
        }
        repairs.repeated += usize::from(seen[i] && !finer);
        seen[i] = true;
        item.units[i] += units.max(0.0);
        if let Some(shelf) = e.shelf {
            item.shelf.resize(n, Shelf::Full);
            item.shelf[i] = shelf;
        }
        if let Some(line) = e.largest_line {
            item.largest_line.resize(n, 0.0);
            item.largest_line[i] = item.largest_line[i].max(line);
        }
    }
    repairs.gaps += seen.iter().filter(|s| !**s).count();
    repairs.spanned += n;
    let known: Vec<f64> = prices.iter().flatten().copied().collect();
    if !known.is_empty() {
        let mean = known.iter().sum::<f64>() / known.len() as f64;
        item.price = Some(mean);
        // A price holds until the next one.
        let mut last = known[0];
        item.relative_price = prices
            .iter()
            .map(|p| {
                last = p.unwrap_or(last);
                last / mean
            })
            .collect();
    }
    if promotion.iter().any(Option::is_some) {
        item.promotion = promotion.iter().map(|p| p.unwrap_or(0.0).clamp(0.0, 1.0)).collect();
    }
}

impl Repairs {
    /// What is said of each repair.
    #[must_use]
    pub fn warnings(&self, file: &str, panel: &Panel) -> Vec<Diagnostic> {
        let warn = |message: String| Diagnostic::warning(Code::WarnRepair, format!("`{file}`: {message}"));
        let noun = panel.step.noun();
        let periods = if panel.items.len() == 1 { format!("{noun}s") } else { format!("item-{noun}s") };
        let mut out = Vec::new();
        if let Some(how) = self.wide {
            out.push(warn(format!("read as a wide table, {how}")).hint("name `--units` if it is not one"));
        }
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
        out
    }
}

/// Dates of named events: a CSV or Parquet file with columns `date` and `event`.
///
/// # Errors
///
/// The file or a date in it cannot be read.
pub fn events(path: &Path) -> Result<Vec<(Day, String)>, Diagnostics> {
    let file = shown(path);
    let mut problems = Diagnostics::default();
    let both = Table::read(path).and_then(|t| Ok((t.cells("date")?, t.cells("event")?)));
    let (days, mut names) = both.map_err(|p| Diagnostics::only(p.into_diagnostic(&file)))?;
    let mut repairs = Repairs::default();
    let mut reader = Reader { file: &file, errors: 0, problems: &mut problems, repairs: &mut repairs };
    reader.name(&mut names);
    let order = reader.order(days.iter().map(Option::as_deref), &Columns::default());
    let mut out = Vec::new();
    for (i, (day, name)) in days.iter().zip(&names).enumerate() {
        let Some(name) = name.as_ref().filter(|n| !n.is_empty()) else { continue };
        if let Some(day) = reader.day(&order, day.as_deref(), row_of(i)) {
            out.push((day, name.clone()));
        }
    }
    if problems.has_errors() { Err(problems) } else { Ok(out) }
}
