//! Sales of one or many items as a panel.

use super::columns::{Columns, Found, Main, Shape, Unfinished, dates as hold_dates, numbers as hold_numbers};
use super::conditions::Condition;
use super::parse::{Written, date};
use super::periods;
use super::repairs::Repairs;
use super::rows::{DateColumn, Extra, Reader, Row, rounded};
use super::table::{Cells, Layout, Problem, Table};
use super::{sums, suspects};
use crate::calendar::Day;
use crate::diag::{Code, Diagnostic, Diagnostics, Warned};
use crate::forecast::{Item, Panel, Shelf, Step};
use crate::names::path as shown;
use std::collections::HashMap;
use std::path::Path;

/// Longest history, in days: a longer one is a date gone wrong.
const LONGEST: i32 = 100_000;

/// A panel, and how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Sales {
    pub panel: Panel,
    pub repairs: Repairs,
    /// How the file was read, in one line.
    pub reading: String,
    /// Columns that were found under usual names, not under given ones.
    pub guessed: Vec<String>,
    /// Columns of a long table that were not read.
    pub unread: Vec<String>,
    /// Column of the items, where there is one.
    pub item_column: Option<String>,
    /// Code of the currency of prices, if the file says it.
    pub currency: Option<String>,
    /// Units of the period that has begun when the file ends and was left out, with its first day.
    pub unfinished: Option<(Day, f64)>,
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

/// What was read of a file's rows, before it is laid out.
struct Read {
    rows: Vec<Row>,
    /// Names of the items, in the order of the file.
    labels: Vec<String>,
    groups: Option<HashMap<String, String>>,
    guessed: Vec<String>,
    unread: Vec<String>,
}

/// Sales of many items. How the file is to be read is judged over all of it (see [`Columns`] for what overrides that). An item begins
/// with its first row with a number of units; periods without a row after that are periods without sales, rows of the same
/// period are added up, rows without a number left out, and negative ones taken for returns and left out too. Rows and items that are
/// sums of others are left out.
///
/// # Errors
///
/// Every row that cannot be read (five of them, and how many more), or that the file cannot be, has no sales, or could be read in two ways.
pub fn read_sales(path: &Path, names: &Columns) -> Result<Sales, Diagnostics> {
    let file = shown(path);
    let mut problems = Diagnostics::default();
    let fail = |p: Problem| Diagnostics::only(p.into_diagnostic(&file));
    let table = Table::read(path, &names.layout).map_err(fail)?;
    let mut repairs = Repairs { replaced: table.replaced(), ..Repairs::default() };
    let mut reader = Reader::new(&file, &table, &mut problems, &mut repairs);
    let read = read(&mut reader, names).map_err(fail)?;
    reader.end();
    let mut reading = std::mem::take(&mut reader.reading);
    let wide = reader.repairs.wide;
    if problems.has_errors() {
        return Err(problems);
    }
    let Read { rows, labels, groups, guessed, unread } = read;
    if let Some(d) = suspects::years(&file, &rows, wide.is_some()) {
        return Err(Diagnostics::only(d));
    }
    let labels = suspects::alike(labels, names.merge_case, &mut repairs);
    let laid_out = lay_out(&file, rows, &labels, groups, names, &mut repairs, &mut reading)?;
    let (mut panel, unfinished) = laid_out;
    sums::take_out(&mut panel, &labels, &mut repairs);
    let n = panel.items.len();
    let item_column = item_column(names, &table, wide);
    let currency = super::currency::currency(&table, names.price.as_deref());
    reading.extend(wide.map(str::to_owned));
    reading.push(format!("{} by {}", if n == 1 { "1 item".into() } else { format!("{n} items") }, panel.step.noun()));
    Ok(Sales { panel, repairs, reading: reading.join("; "), guessed, unread, item_column, currency, unfinished })
}

/// The column of items: as named or found; of a column a date, the first that is none.
fn item_column(names: &Columns, table: &Table, wide: Option<&str>) -> Option<String> {
    let found = Main::find(names, table).ok()?.item.map(|f| f.name);
    let first = || table.names().iter().find(|n| matches!(date(n), Written::No)).cloned();
    match wide {
        None => found,
        Some("a column a date") => found.or_else(first),
        Some(_) => None,
    }
}

/// Chooses the shape of the table and reads its rows.
fn read(reader: &mut Reader<'_>, names: &Columns) -> Result<Read, Problem> {
    let table = reader.table;
    let main = Main::find(names, table)?;
    let conditions: Result<Vec<Condition>, String> = names.conditions.iter().map(|c| Condition::parse(c)).collect();
    let conditions = conditions.map_err(Problem::Unreadable)?;
    let unread = unread(table, &main, names, &conditions);
    let keep = kept(reader, &conditions, names)?;
    if conditions.is_empty() {
        suspects::status(reader, &unread);
    }
    let across: Vec<usize> =
        (0..table.names().len()).filter(|i| !matches!(date(&table.names()[*i]), Written::No)).collect();
    let counted = names.units.as_deref() == Some("rows") && table.index("rows").is_err();
    let all_numbers = |day: usize| -> bool {
        (0..table.names().len()).filter(|i| *i != day).all(|i| table.column(i).is_ok_and(|c| hold_numbers(&c)))
    };
    // Two columns make a date where no column holds dates of its own.
    let holds = |d: &Found| table.cells(&d.name).is_ok_and(|c| hold_dates(&c));
    let in_two = if names.date.is_none() { suspects::year_and_part(table) } else { None };
    let in_two = in_two.filter(|_| !main.date.as_ref().is_some_and(holds));
    let dated = main.date.is_some() || in_two.is_some();
    let units_known = main.units.is_some() || counted;
    match names.shape {
        Some(Shape::DatesAcross) => dates_across(reader, &main, &across, names, &keep),
        Some(Shape::ItemsAcross) => items_across(reader, &main, names, &keep),
        Some(Shape::Long) | None if dated && units_known => {
            Ok(Read { unread, ..long(reader, &main, in_two, counted, names, &keep)? })
        }
        None if names.units.is_none() && across.len() >= 3 => dates_across(reader, &main, &across, names, &keep),
        None if names.units.is_none() && main.item.is_none() && table.names().len() > 1 => match &main.date {
            Some(day) if all_numbers(table.index(&day.name)?) => items_across(reader, &main, names, &keep),
            _ => Err(main.missing(names, table)),
        },
        _ => Err(main.missing(names, table)),
    }
}

/// Columns that are neither read as something nor named in a condition.
fn unread(table: &Table, main: &Main, names: &Columns, conditions: &[Condition]) -> Vec<String> {
    let main = main.found().map(|f| &f.name);
    let read: Vec<&String> = main.chain(optional(names).into_iter().flatten()).chain(&names.order).collect();
    let asked: Vec<usize> = conditions.iter().filter_map(|c| c.column_of(table.names())).collect();
    let is_unread =
        |(i, name): &(usize, &String)| !read.iter().any(|r| r.eq_ignore_ascii_case(name)) && !asked.contains(i);
    table.names().iter().enumerate().filter(is_unread).map(|(_, name)| name.clone()).collect()
}

/// Which rows the conditions keep. A blank cell of an order's further row counts as that of its first, where the column of orders is
/// named.
fn kept(reader: &mut Reader<'_>, conditions: &[Condition], names: &Columns) -> Result<Option<Vec<bool>>, Problem> {
    let table = reader.table;
    if conditions.is_empty() {
        return Ok(None);
    }
    let orders = names.order.as_ref().map(|n| table.cells(n)).transpose()?;
    let mut keep: Vec<bool> = Vec::new();
    for (condition, text) in conditions.iter().zip(&names.conditions) {
        let at = condition.column_of(table.names()).ok_or_else(|| Problem::NoColumn {
            wanted: condition.column.clone(),
            known: table.names().to_vec(),
            remedy: None,
        })?;
        let mut cells = table.column(at)?;
        let blank = cells.iter().filter(|c| c.as_deref().is_none_or(str::is_empty)).count();
        match &orders {
            Some(orders) => carry_down(&mut cells, orders),
            None if blank > 0 && blank < cells.len() && !condition.values.iter().any(String::is_empty) => {
                let what = if condition.negated { "kept" } else { "left out" };
                reader.repairs.say(
                    format!("{blank} rows have a blank cell in `{}`, and `{text}` {what} them", table.names()[at]),
                    "if they are further rows of an order, name the column of orders with `--order`",
                );
            }
            None => {}
        }
        keep.resize(cells.len(), true);
        for (keep, cell) in keep.iter_mut().zip(&cells) {
            *keep &= condition.keeps(cell.as_deref().unwrap_or(""));
        }
        let n = keep.iter().filter(|k| **k).count();
        if n == 0 {
            return Err(Problem::Unreadable(format!(
                "no row is left by the condition `{text}`; {}",
                suspects::values(&cells)
            )));
        }
        if n == keep.len() {
            reader.repairs.say(
                format!("the condition `{text}` leaves out no row"),
                format!("its column has: {}", suspects::values(&cells)),
            );
        }
    }
    reader.repairs.left_out = keep.iter().filter(|k| !**k).count();
    Ok(Some(keep))
}

/// Fills blank cells with the last filled one of the same order.
fn carry_down(cells: &mut Cells, orders: &Cells) {
    let mut last: (Option<String>, Option<String>) = (None, None);
    for (cell, order) in cells.iter_mut().zip(orders) {
        if *order != last.0 {
            last = (order.clone(), None);
        }
        match cell.as_deref() {
            Some("") | None => *cell = last.1.clone(),
            Some(text) => last.1 = Some(text.to_owned()),
        }
    }
}

fn text(cells: &Cells, i: usize) -> &str {
    cells[i].as_deref().unwrap_or("")
}

fn texts(cells: &Cells) -> impl Iterator<Item = &str> + Clone {
    cells.iter().map(|c| c.as_deref().unwrap_or(""))
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

/// Columns of a long table besides items, dates and units, in this order: groups, prices, promotions, stock, stock on hand, hours,
/// largest lines.
fn optional(names: &Columns) -> [&Option<String>; 7] {
    [&names.group, &names.price, &names.promotion, &names.in_stock, &names.on_hand, &names.hours, &names.largest_line]
}

/// A row an item and period, or a sale.
fn long(
    reader: &mut Reader<'_>,
    main: &Main,
    in_two: Option<suspects::InTwo>,
    counted: bool,
    names: &Columns,
    keep: &Option<Vec<bool>>,
) -> Result<Read, Problem> {
    let table = reader.table;
    let mut days = match (&in_two, &main.date) {
        (Some(two), _) => {
            reader.reading.push(two.said(table));
            two.texts(table)?
        }
        (None, Some(day)) => table.cells(&day.name)?,
        (None, None) => return Err(main.missing(names, table)),
    };
    let mut items = main.item.as_ref().map(|n| table.cells(&n.name)).transpose()?;
    let units = match &main.units {
        Some(units) if !counted => table.cells(&units.name)?,
        _ => vec![Some("1".to_owned()); days.len()],
    };
    if counted {
        reader.reading.push("a row is a unit".into());
    }
    let mut extra: Vec<Option<Cells>> = Vec::new();
    for name in optional(names) {
        extra.push(name.as_ref().map(|n| table.cells(n)).transpose()?);
    }
    if let Some(orders) = names.order.as_ref().map(|n| table.cells(n)).transpose()? {
        carry_down(&mut days, &orders);
    }
    items.iter_mut().chain(&mut extra[0]).for_each(|cells| reader.name(cells));

    reader.decimal_mark(std::iter::once(&units).chain(extra[1..].iter().flatten()), texts(&days), names);
    let dates = reader.dates(texts(&days), names);
    let mut labels = Vec::new();
    let rows = Long { days: &days, units: &units, items: items.as_ref(), extra: &extra, keep: keep.as_deref() }.rows(
        reader,
        &dates,
        names,
        &mut labels,
    );
    let guessed = main.found().filter(|f| f.guessed).map(|f| f.name.clone()).collect();
    let groups = extra.swap_remove(0).map(|groups| group_of(&labels, items.as_ref(), &groups));
    Ok(Read { rows, labels, groups, guessed, unread: Vec::new() })
}

/// The columns of a long table.
struct Long<'a> {
    days: &'a Cells,
    units: &'a Cells,
    items: Option<&'a Cells>,
    extra: &'a [Option<Cells>],
    keep: Option<&'a [bool]>,
}

impl Long<'_> {
    fn rows(&self, reader: &mut Reader<'_>, dates: &DateColumn, names: &Columns, labels: &mut Vec<String>) -> Vec<Row> {
        let mut index: HashMap<&str, u32> = HashMap::new();
        let only = names.only.as_deref().unwrap_or("all");
        let mut rows = Vec::with_capacity(self.days.len());
        reader.repairs.rows = self.days.len();
        let price_or_plan = self.extra[1].is_some() || self.extra[2].is_some();
        let mut running = 0.0;
        for i in 0..self.days.len() {
            if self.keep.is_some_and(|k| !k[i]) {
                continue;
            }
            let name = self.items.map_or(Some(only), |c| c[i].as_deref()).unwrap_or("");
            let Ok(sold) = reader.units(self.units[i].as_deref(), i) else { continue };
            if sold.is_none() && !price_or_plan {
                reader.repairs.empty += 1;
                continue;
            }
            let Ok(found) = reader.day(dates, text(self.days, i)) else { continue };
            let Some(day) = found else {
                if !self.is_sum(reader, i, name, sold, running) {
                    reader.no_date(reader.table.row(i), text(self.days, i), dates);
                }
                continue;
            };
            if names.until.is_some_and(|until| day > until) {
                reader.repairs.left_out += 1;
                continue;
            }
            running += sold.unwrap_or(0.0);
            let next = index.len() as u32;
            let item = *index.entry(name).or_insert_with(|| {
                labels.push(name.to_owned());
                next
            });
            let extra = self.extra(reader, i, sold.unwrap_or(0.0));
            rows.push(Row { item, day, number: reader.table.row(i), units: sold, extra });
        }
        rows
    }

    /// Whether a row without a date is a sum: it says so, or it is blank but for the units of all rows before it. That is said.
    fn is_sum(&self, reader: &mut Reader<'_>, i: usize, name: &str, sold: Option<f64>, running: f64) -> bool {
        let day = text(self.days, i);
        let units = sold.unwrap_or(0.0);
        let item = self.items.map_or("", |_| name);
        let word = [day, item].into_iter().find(|t| sums::is_word(t));
        let agrees = (units - running).abs() <= 1e-6 * running.abs().max(1.0);
        if word.is_none() && !(day.is_empty() && item.is_empty() && agrees && running != 0.0) {
            return false;
        }
        let row = reader.table.row(i);
        let named = word.map_or_else(|| "has neither date nor item".to_owned(), |w| format!("is called `{w}`"));
        let (what, remedy) = if agrees {
            ("the sum of the rows before it", "nothing needs to be done")
        } else {
            ("not the sum of the rows before it", "check whether rows are missing")
        };
        reader.repairs.say(
            format!("row {row} {named} and was left out: {} units, {what} ({})", rounded(units), rounded(running)),
            remedy,
        );
        true
    }

    fn extra(&self, reader: &mut Reader<'_>, i: usize, sold: f64) -> Extra {
        let shelf = self.shelf(reader, i, sold);
        Extra {
            price: reader.other(self.extra[1].as_ref(), i, "price"),
            promotion: reader.other(self.extra[2].as_ref(), i, "share of the day under promotion"),
            shelf,
            largest_line: reader.other(self.extra[6].as_ref(), i, "largest order line"),
        }
    }

    fn shelf(&self, reader: &mut Reader<'_>, i: usize, sold: f64) -> Option<Shelf> {
        let ran_out = if sold > 0.0 { Shelf::RanOut } else { Shelf::Open(0.0) };
        let share = reader.other(self.extra[3].as_ref(), i, "share of the day in stock");
        let on_hand = reader.other(self.extra[4].as_ref(), i, "stock on hand");
        let hours = reader.other(self.extra[5].as_ref(), i, "number of hours");
        match (share.or(hours.map(|h| h / 24.0)), on_hand) {
            (Some(s), _) if s <= 0.0 => Some(ran_out),
            (Some(s), _) if s < 1.0 => Some(Shelf::Open(s)),
            (_, Some(h)) if h <= 0.0 => Some(ran_out),
            _ => None,
        }
    }
}

/// A column a date.
fn dates_across(
    reader: &mut Reader<'_>,
    main: &Main,
    across: &[usize],
    names: &Columns,
    keep: &Option<Vec<bool>>,
) -> Result<Read, Problem> {
    let table = reader.table;
    if across.is_empty() {
        return Err(Problem::Unreadable("none of its columns is called by a date".into()));
    }
    reader.repairs.wide = Some("a column a date");
    let item = match &main.item {
        Some(found) => table.index(&found.name)?,
        None => (0..table.names().len()).find(|i| !across.contains(i)).unwrap_or(0),
    };
    let mut items = table.column(item)?;
    reader.name(&mut items);
    let mut cells = Vec::new();
    for i in across {
        let name = &table.names()[*i];
        cells.push((name.clone(), table.column(table.index(name)?)?));
    }
    let headers = cells.iter().map(|c| c.0.as_str());
    reader.decimal_mark(cells.iter().map(|c| &c.1), headers.clone(), names);
    let dates = reader.dates(headers, names);
    let mut unread = beside(reader, &cells, across, item)?;
    let mut days = Vec::new();
    for (header, _) in &cells {
        let Ok(day) = reader.day(&dates, header) else { break };
        if day.is_none() {
            reader.no_date(1, header, &dates);
        }
        days.push(day);
    }
    unread.retain(|n| names.group.as_ref() != Some(n));
    let groups = names.group.as_ref().map(|n| table.cells(n)).transpose()?;
    let n = items.len();
    reader.repairs.rows = n;
    let (mut rows, mut labels) = (Vec::new(), Vec::new());
    for i in (0..n).filter(|i| keep.as_ref().is_none_or(|k| k[*i])) {
        let item = labels.len() as u32;
        let name = items[i].clone().filter(|t| !t.is_empty());
        labels.push(name.unwrap_or_else(|| format!("row {}", table.row(i))));
        for ((_, column), day) in cells.iter().zip(&days) {
            if let (Ok(Some(sold)), Some(day)) = (reader.units(column[i].as_deref(), i), day) {
                rows.push(Row { item, day: *day, number: table.row(i), units: Some(sold), extra: Extra::default() });
            }
        }
    }
    // Rows of one item, by market say, are one.
    let groups = groups.map(|g| group_of(&labels, Some(&items), &g));
    let (rows, labels) = joined(rows, labels);
    Ok(Read { rows, labels, groups, guessed: Vec::new(), unread })
}

/// Rows with the same label as one item.
fn joined(mut rows: Vec<Row>, labels: Vec<String>) -> (Vec<Row>, Vec<String>) {
    let mut index: HashMap<String, u32> = HashMap::new();
    let mut kept: Vec<String> = Vec::new();
    let map: Vec<u32> = labels
        .into_iter()
        .map(|label| {
            *index.entry(label.clone()).or_insert_with(|| {
                kept.push(label);
                kept.len() as u32 - 1
            })
        })
        .collect();
    rows.iter_mut().for_each(|r| r.item = map[r.item as usize]);
    (rows, kept)
}

/// Columns beside those called by a date: sums of them are said to be so, and a name among dates that is none is an error. Returns the
/// others.
fn beside(
    reader: &mut Reader<'_>,
    cells: &[(String, Cells)],
    across: &[usize],
    item: usize,
) -> Result<Vec<String>, Problem> {
    let table = reader.table;
    let commas = reader.repairs.decimal_commas;
    let value =
        |c: &Option<String>| c.as_deref().and_then(|t| super::parse::number(t, commas)).map_or(0.0, |n| n.value);
    let (mut unread, mut odd) = (Vec::new(), Vec::new());
    let first = across[0];
    for (i, name) in table.names().iter().enumerate().filter(|(i, _)| *i != item && !across.contains(i)) {
        let column = table.column(i)?;
        let sum = |row: usize| cells.iter().map(|(_, c)| value(&c[row])).sum::<f64>();
        let is_sum = hold_numbers(&column)
            && (0..column.len()).all(|row| (sum(row) - value(&column[row])).abs() <= 1e-6 * sum(row).abs().max(1.0));
        if is_sum {
            reader.repairs.say(
                format!("column `{name}` is the sum of those called by a date and was left out"),
                "nothing needs to be done",
            );
        } else if sums::is_word(name) {
            reader.repairs.say(
                format!(
                    "column `{name}` is called as a sum is, but is not that of those called by a date; it was not read"
                ),
                "check whether periods are missing",
            );
        } else if i > first && !name.is_empty() && hold_numbers(&column) {
            odd.push(format!("`{name}`"));
        } else if !name.is_empty() {
            unread.push(name.clone());
        }
    }
    if !odd.is_empty() {
        reader.refuse(
            &format!("{} columns are called by a date, and among them {} by none", across.len(), odd.join(", ")),
            "correct these names, or take the columns out of the file; months are known in eight languages",
        );
    }
    Ok(unread)
}

/// A column an item.
fn items_across(
    reader: &mut Reader<'_>,
    main: &Main,
    names: &Columns,
    keep: &Option<Vec<bool>>,
) -> Result<Read, Problem> {
    let table = reader.table;
    let Some(day) = &main.date else { return Err(main.missing(names, table)) };
    reader.repairs.wide = Some("a column an item");
    let at = table.index(&day.name)?;
    let days = table.column(at)?;
    let mut cells = Vec::new();
    for i in (0..table.names().len()).filter(|i| *i != at && !table.names()[*i].is_empty()) {
        let name = &table.names()[i];
        cells.push((name.clone(), table.column(table.index(name)?)?));
    }
    reader.decimal_mark(cells.iter().map(|c| &c.1), texts(&days), names);
    let dates = reader.dates(texts(&days), names);
    let labels: Vec<String> = cells.iter().map(|c| c.0.clone()).collect();
    reader.repairs.rows = days.len();
    let mut rows = Vec::new();
    for i in (0..days.len()).filter(|i| keep.as_ref().is_none_or(|k| k[*i])) {
        let written = text(&days, i);
        let Ok(found) = reader.day(&dates, written) else { continue };
        let Some(day) = found else {
            if sums::is_word(written) {
                let row = table.row(i);
                reader
                    .repairs
                    .say(format!("row {row} is called `{written}` and was left out"), "nothing needs to be done");
            } else {
                reader.no_date(table.row(i), written, &dates);
            }
            continue;
        };
        if names.until.is_some_and(|until| day > until) {
            reader.repairs.left_out += 1;
            continue;
        }
        for (item, (_, column)) in cells.iter().enumerate() {
            if let Ok(Some(sold)) = reader.units(column[i].as_deref(), i) {
                let extra = Extra::default();
                rows.push(Row { item: item as u32, day, number: table.row(i), units: Some(sold), extra });
            }
        }
    }
    Ok(Read { rows, labels, groups: None, guessed: Vec::new(), unread: Vec::new() })
}

/// Lays rows out as items by period. Also the period that has begun when the file ends, if it was left out: its first day and units.
fn lay_out(
    file: &str,
    mut rows: Vec<Row>,
    labels: &[String],
    groups: Option<HashMap<String, String>>,
    names: &Columns,
    repairs: &mut Repairs,
    reading: &mut Vec<String>,
) -> Result<(Panel, Option<(Day, f64)>), Diagnostics> {
    let refuse =
        |code: Code, message: String, hint: &str| Diagnostics::only(Diagnostic::error(code, message).hint(hint));
    let sold = |rows: &[Row]| {
        let days = || rows.iter().filter(|r| r.units.is_some()).map(|r| r.day);
        days().min().zip(days().max())
    };
    let Some((first, last)) = sold(&rows) else {
        let message = format!("`{file}` has no sales");
        return Err(refuse(Code::HistoryEmpty, message, "check the columns of the file"));
    };
    if last.0 - first.0 >= LONGEST {
        let message = format!("`{file}` spans {} days, from {first} to {last}", last.0 - first.0 + 1);
        return Err(refuse(Code::HistoryBad, message, "one of the two dates is wrong"));
    }
    let found = periods::judge(rows.iter().map(|r| r.day));
    let step = names.every.unwrap_or(found.step);
    if step == found.step {
        reading.extend(found.said.map(str::to_owned));
    }
    if step == Step::Week && found.shifted > 0 {
        let days: Vec<Day> = rows.iter().map(|r| r.day).collect();
        let usual = periods::usual_weekday(&days);
        rows.iter_mut().for_each(|r| r.day = periods::nearest(r.day, usual));
        repairs.say(
            format!("{} dates lie off the weekday that the other weeks have, and were moved to it", found.shifted),
            "nothing needs to be done",
        );
    }
    let finer = step != Step::Day && found.step != step;
    let unfinished = if finer { leave_out(&mut rows, step, names, repairs) } else { None };
    let Some((first, last)) = sold(&rows) else {
        let message = format!("`{file}` covers no whole {}", step.noun());
        return Err(refuse(Code::HistoryEmpty, message, "give shorter periods with `--every`"));
    };
    // A month begins on its first day; a week on the first date's weekday, or on Monday where days are added up to weeks.
    let first = match step {
        Step::Day => first,
        Step::Week if found.step == Step::Week => first,
        Step::Week | Step::Month => periods::bounds(first, step).0,
    };
    let mut panel = Panel { first, step, periods: 0, items: Vec::new() };
    panel.periods = panel.period_of(last) as usize + 1;
    let least = match step {
        Step::Day => 14,
        Step::Week => 8,
        Step::Month => 6,
    };
    if panel.periods < least {
        let noun = step.noun();
        let n = if panel.periods == 1 { format!("1 {noun} is") } else { format!("{} {noun}s are", panel.periods) };
        repairs
            .say(format!("{n} hardly a history: a forecast of it is a guess"), format!("give {least} {noun}s or more"));
    }
    let mut by_item: Vec<Vec<(usize, Row)>> = labels.iter().map(|_| Vec::new()).collect();
    for row in rows {
        // A plan before the first sale says nothing.
        if let Ok(period) = usize::try_from(panel.period_of(row.day)) {
            by_item[row.item as usize].push((period, row));
        }
    }
    let mut named: Vec<(&String, Vec<(usize, Row)>)> = labels.iter().zip(by_item).collect();
    named.sort_by(|a, b| a.0.cmp(b.0));
    // Items that were made one stand beside each other.
    let mut merged: Vec<(&String, Vec<(usize, Row)>)> = Vec::new();
    for (name, rows) in named {
        match merged.last_mut() {
            Some((before, all)) if *before == name => all.extend(rows),
            _ => merged.push((name, rows)),
        }
    }
    for (name, mut rows) in merged {
        rows.sort_by_key(|r| (r.0, r.1.day));
        let Some(start) = rows.iter().find(|r| r.1.units.is_some()).map(|r| r.0) else { continue };
        let mut item = Item::new(name.clone(), start, vec![0.0; panel.periods - start]);
        item.group = groups.as_ref().and_then(|g| g.get(&item.name).cloned());
        fill(&mut item, &rows, panel.periods, finer, repairs);
        panel.items.push(item);
    }
    Ok((panel, unfinished))
}

/// Leaves out the first and the last period if the file covers them in part, and says so.
fn leave_out(rows: &mut Vec<Row>, step: Step, names: &Columns, repairs: &mut Repairs) -> Option<(Day, f64)> {
    let days = || rows.iter().filter(|r| r.units.is_some()).map(|r| r.day);
    let (Some(first), Some(last)) = (days().min(), days().max()) else { return None };
    let (early, late) = periods::unfinished(days(), step);
    let whole = periods::bounds(first, step).0 != periods::bounds(last, step).0;
    let mut said = |what: &str, day: Day, rows: &[Row]| -> (Day, f64) {
        let (from, to) = periods::bounds(day, step);
        let units: f64 = rows.iter().filter(|r| (from..=to).contains(&r.day)).filter_map(|r| r.units).sum();
        let noun = step.noun();
        let done =
            if names.unfinished == Unfinished::Keep || !whole { "counts as a whole one" } else { "was left out" };
        repairs.say(
            format!(
                "the {what} {noun}, {from} to {to}, is not whole: the file covers it {} {day}, {} units; it {done}",
                if what == "first" { "from" } else { "to" },
                rounded(units)
            ),
            "`--unfinished keep` takes it for a whole one, `--unfinished leave-out` does not",
        );
        (from, units)
    };
    let begun = early.then(|| said("first", first, rows));
    let ended = late.then(|| said("last", last, rows));
    if names.unfinished == Unfinished::Keep || !whole {
        return None;
    }
    if begun.is_some() {
        let until = periods::bounds(first, step).1;
        rows.retain(|r| r.day > until);
    }
    if let Some((from, _)) = ended {
        // Plans for later periods stay.
        rows.retain(|r| r.day < from || r.units.is_none());
    }
    ended
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

/// Dates of named events: a table with columns `date` and `event`.
///
/// # Errors
///
/// The file or a date in it cannot be read.
pub fn events(path: &Path) -> Result<Vec<(Day, String)>, Diagnostics> {
    let file = shown(path);
    let mut problems = Diagnostics::default();
    let fail = |p: Problem| Diagnostics::only(p.into_diagnostic(&file));
    let table = Table::read(path, &Layout::default()).map_err(fail)?;
    let (days, mut names) = (table.cells("date").map_err(fail)?, table.cells("event").map_err(fail)?);
    let mut repairs = Repairs::default();
    let mut reader = Reader::new(&file, &table, &mut problems, &mut repairs);
    reader.name(&mut names);
    let dates = reader.dates(texts(&days), &Columns::default());
    let mut out = Vec::new();
    for (i, name) in names.iter().enumerate() {
        let Some(name) = name.as_ref().filter(|n| !n.is_empty()) else { continue };
        match reader.day(&dates, text(&days, i)) {
            Ok(Some(day)) => out.push((day, name.clone())),
            Ok(None) => reader.no_date(table.row(i), text(&days, i), &dates),
            Err(()) => {}
        }
    }
    if problems.has_errors() { Err(problems) } else { Ok(out) }
}
