//! Sales of one or many items as a panel.

use super::cells::{Cells, Seen};
use super::columns::{self, Columns, Found, Main, Shape, dates as hold_dates, money, numbers as hold_numbers};
use super::conditions::Condition;
use super::entries::{Besides, By, Entries};
use super::layout::{Items, Room, lay_out, usual_room};
use super::parse::{Written, counted, date, named_step};
use super::repairs::Repairs;
use super::rows::{Amount, DateColumn, Meant, NO_ITEM, Reader, others, rounded};
use super::table::{Layout, Problem, Table};
use super::{discontinued, periods, sums, suspects};
use restock_base::calendar::Day;
use restock_base::diag::health::Health;
use restock_base::diag::{Code, Diagnostic, Diagnostics, Warned};
use restock_base::names::path as shown;
use restock_forecast::{Panel, Step};
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

/// How a wide table is said to be laid out.
const DATES_ACROSS: &str = "a column a date";
const ITEMS_ACROSS: &str = "a column an item";

/// A panel, and how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Sales {
    /// The sales by item and period.
    pub panel: Panel,
    /// What was repaired, guessed or left out, with its rows.
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

impl Sales {
    /// How the file, called so, was read, and what was found in it.
    #[must_use]
    pub fn health(&self, file: &str) -> Health {
        let panel = &self.panel;
        let units: f64 = panel.items.iter().flat_map(|i| &i.units).sum();
        let listed = |names: &[String]| names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
        let noun = panel.step.noun();
        let (first, last) = (panel.first, panel.date(panel.periods).plus(-1));
        let lines = [
            ("Read as", self.reading.clone()),
            ("Rows", self.repairs.rows.to_string()),
            ("Items", panel.items.len().to_string()),
            ("Periods", format!("{} {noun}s, {first} to {last}", panel.periods)),
            ("Units", rounded(units).to_string()),
            ("Columns taken by their names", listed(&self.guessed)),
            ("Columns not read", listed(&self.unread)),
        ];
        let told = lines.into_iter().filter(|(_, text)| !text.is_empty());
        let reading = told.map(|(what, text)| (what.to_owned(), text)).collect();
        Health { file: file.to_owned(), reading, findings: self.repairs.findings(panel) }
    }
}

/// Reads sales and states what was repaired as warnings.
///
/// # Errors
///
/// See [`read_sales`].
pub fn panel(path: &Path, names: &Columns) -> Result<Warned<Sales>, Diagnostics> {
    panel_within(path, names, &usual_room)
}

/// Reads sales if there is room for the panel, and states what was repaired as warnings.
///
/// # Errors
///
/// See [`read_sales`]; or there is no room.
pub fn panel_within(path: &Path, names: &Columns, room: Room<'_>) -> Result<Warned<Sales>, Diagnostics> {
    let sales = read_within(path, names, room)?;
    let mut warnings = Diagnostics::default();
    for d in sales.repairs.warnings(&shown(path), &sales.panel) {
        warnings.push(d);
    }
    Ok(Warned { value: sales, warnings })
}

/// What was read of a file's rows, before it is laid out.
struct Read {
    entries: Entries,
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
    read_within(path, names, &usual_room)
}

fn read_within(path: &Path, names: &Columns, room: Room<'_>) -> Result<Sales, Diagnostics> {
    let file = shown(path);
    let mut problems = Diagnostics::default();
    let fail = |p: Problem| Diagnostics::only(p.into_diagnostic(&file));
    let table = Table::read(path, &names.layout).map_err(fail)?;
    let mut repairs = Repairs { replaced: table.replaced(), ..Repairs::default() };
    let mut reader = Reader::new(&file, &table, &mut problems, &mut repairs);
    let mut read = read(&mut reader, names).map_err(fail)?;
    let Read { unread, entries, labels, .. } = &mut read;
    let across_items = reader.repairs.wide == Some(ITEMS_ACROSS);
    let ends = match names.discontinued.as_deref() {
        None | Some(discontinued::NONE) if across_items => None,
        Some(_) if across_items => {
            let why = "a table with a column an item has no column that tells which have ended; name a long one";
            return Err(fail(Problem::Unreadable(why.into())));
        }
        _ => discontinued::find(&mut reader, names, unread, entries, labels.len()).map_err(fail)?,
    };
    if names.conditions.is_empty() {
        suspects::status(&mut reader, unread);
        suspects::flags(&mut reader, unread);
        suspects::measures(&mut reader, unread);
    }
    sums::of_other_columns(&mut reader, unread, entries);
    reader.end();
    let mut reading = std::mem::take(&mut reader.reading);
    let (wide, named) = (reader.repairs.wide, (reader.quarters, reader.week_ends));
    if problems.has_errors() {
        return Err(problems);
    }
    let item_column = item_column(names, &table, wide);
    let currency = super::currency::currency(&table, names.price.as_deref());
    // Columns that are not read need no memory any longer.
    drop(table);
    let Read { entries, labels, groups, guessed, unread } = read;
    if let Some(d) = suspects::years(&file, &entries, labels.len(), wide.is_some()) {
        return Err(Diagnostics::only(d));
    }
    let labels = suspects::alike(labels, names.merge_case, &mut repairs);
    let (periods, unfinished) = lay_out(&file, entries, named, names, &mut repairs, &mut reading)?;
    let items = Items::new(&periods, &labels, groups);
    items.fits(&file, room)?;
    let mut panel = items.fill(&mut repairs);
    if repairs.sales == 0 && !repairs.returns.0.is_empty() {
        let message = format!(
            "`{file}` has no sales: the units of all {} rows that have some are negative",
            repairs.returns.0.len()
        );
        let hint = "are they issues of stock? Give them as positive numbers";
        return Err(Diagnostics::only(Diagnostic::error(Code::HistoryEmpty, message).hint(hint)));
    }
    sums::take_out(&mut panel, &labels, &mut repairs);
    sums::take_out_means(&mut panel, &mut repairs);
    suspects::courses(&panel, &mut repairs);
    suspects::fees(&panel, item_column.as_deref(), &mut repairs);
    let mut last_words = Vec::new();
    if let Some(ends) = &ends {
        ends.apply(&mut panel, &labels, &mut last_words, &mut repairs);
    }
    items.locate(&mut repairs);
    let n = panel.items.len();
    reading.extend(wide.map(str::to_owned));
    reading.push(format!("{} by {}", if n == 1 { "1 item".into() } else { format!("{n} items") }, panel.step.noun()));
    reading.extend(last_words);
    Ok(Sales { panel, repairs, reading: reading.join("; "), guessed, unread, item_column, currency, unfinished })
}

/// The column of items: as named or found; of a column a date, the first that is none.
fn item_column(names: &Columns, table: &Table, wide: Option<&str>) -> Option<String> {
    let found = Main::find(names, table).ok()?.item.map(|f| f.name);
    let first = || table.names().iter().find(|n| matches!(date(n), Written::No)).cloned();
    match wide {
        None => found,
        Some(DATES_ACROSS) => found.or_else(first),
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
    let is_date = |name: &String| match names.start {
        Some(_) => counted(name).is_some(),
        None => !matches!(date(name), Written::No),
    };
    let across: Vec<usize> = (0..table.names().len()).filter(|i| is_date(&table.names()[*i])).collect();
    let by_rows = names.units.as_deref() == Some("rows") && table.index("rows").is_err();
    let all_numbers = |day: usize| -> bool {
        let own = |i: &usize| *i != day && !suspects::names_part_of_date(&table.names()[*i]);
        let mut items = (0..table.names().len()).filter(own).peekable();
        items.peek().is_some() && items.all(|i| table.column(i).is_ok_and(|c| hold_numbers(&c)))
    };
    // Two columns make a date where no column holds dates of its own.
    let holds = |d: &Found| table.cells(&d.name).is_ok_and(|c| hold_dates(&c));
    let in_two = if names.date.is_none() { suspects::year_and_part(table, names.start.is_some()) } else { None };
    let in_two = in_two.filter(|_| !main.date.as_ref().is_some_and(holds));
    let dated = main.date.is_some() || in_two.is_some();
    let units_known = main.units.is_some() || by_rows;
    match names.shape {
        Some(Shape::DatesAcross) => dates_across(reader, &main, &across, names, &keep),
        Some(Shape::ItemsAcross) => items_across(reader, &main, names, &keep),
        Some(Shape::Long) | None if dated && units_known => {
            Ok(Read { unread, ..long(reader, &main, in_two, by_rows, names, &keep)? })
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
    let others = optional(names).into_iter().flatten().chain(&names.order).chain(&names.discontinued);
    let read: Vec<&String> = main.chain(others).collect();
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
        let blank = cells.blank();
        match &orders {
            Some(orders) => cells = Rc::new(carried_down(&cells, orders)),
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
        let kept = cells.each(|cell| condition.keeps(cell));
        let asked = format!("`{text}`");
        for (i, keep) in keep.iter_mut().enumerate() {
            if *keep && !kept[cells.code(i)] {
                reader.repairs.leave_out(&asked, table.row(i));
                *keep = false;
            }
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
    Ok(Some(keep))
}

/// The cells, blank ones filled with the last filled one of the same order.
fn carried_down(cells: &Cells, orders: &Cells) -> Cells {
    let mut last = (usize::MAX, "");
    let carried = (0..cells.len()).map(|i| {
        if orders.code(i) != last.0 {
            last = (orders.code(i), "");
        }
        if !cells.get(i).is_empty() {
            last.1 = cells.get(i);
        }
        last.1
    });
    carried.collect()
}

/// Headers as cells that stand once each.
fn headers<'a>(names: &'a [String]) -> impl Iterator<Item = Seen<'a>> + Clone {
    names.iter().enumerate().map(|(first, text)| Seen { text, rows: 1, first })
}

/// The first group that a row gives each item; without a column of items there is one.
fn group_of(labels: &[String], items: Option<&Cells>, groups: &Cells) -> HashMap<String, String> {
    let Some(items) = items else {
        let group = groups.iter().find(|g| !g.is_empty());
        return labels.first().zip(group).map(|(l, g)| (l.clone(), g.to_owned())).into_iter().collect();
    };
    let mut first = vec![None; items.values().len()];
    for i in 0..groups.len() {
        let of = &mut first[items.code(i)];
        if of.is_none() && !groups.get(i).is_empty() {
            *of = Some(groups.code(i));
        }
    }
    let groups: Vec<&str> = groups.values().collect();
    items.values().zip(first).filter_map(|(name, g)| Some((name.to_owned(), groups[g?].to_owned()))).collect()
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
    by_rows: bool,
    names: &Columns,
    keep: &Option<Vec<bool>>,
) -> Result<Read, Problem> {
    let table = reader.table;
    let mut days = match (&in_two, &main.date) {
        (Some(two), _) => {
            reader.reading.push(two.said(table));
            Rc::new(two.texts(table)?)
        }
        (None, Some(day)) => table.cells(&day.name)?,
        (None, None) => return Err(main.missing(names, table)),
    };
    let mut items = main.item.as_ref().map(|n| table.cells(&n.name)).transpose()?;
    let units = match &main.units {
        Some(units) if !by_rows => table.cells(&units.name)?,
        _ => Rc::new(std::iter::repeat_n("1", days.len()).collect()),
    };
    if by_rows {
        reader.reading.push("a row is a unit".into());
    }
    if names.only.is_some() && names.item.is_none() {
        all_are_one(reader, names)?;
    }
    if let Some(found) = main.units.as_ref().filter(|_| names.units.is_none())
        && let Some(why) = money(&found.name, &units, table.names())
    {
        return Err(Problem::Unreadable(format!(
            "column `{0}` seems to hold amounts of money: {why}; name the column of units with `--units`, or `--units {0}` if it holds units after all",
            found.name
        )));
    }
    let mut besides = Vec::new();
    for name in optional(names) {
        besides.push(name.as_ref().map(|n| table.cells(n)).transpose()?);
    }
    if let Some(orders) = names.order.as_ref().map(|n| table.cells(n)).transpose()? {
        days = Rc::new(carried_down(&days, &orders));
    }
    if let Some(cells) = items.as_mut() {
        reader.nameless(Rc::make_mut(cells), &days);
    }
    items.iter_mut().chain(&mut besides[0]).for_each(|cells| reader.name(Rc::make_mut(cells)));

    reader.week_ends = main.date.as_ref().is_some_and(|d| in_two.is_none() && columns::names_week_ends(&d.name));
    let numbers = std::iter::once(&units).chain(besides[1..].iter().flatten()).map(|c| &**c);
    reader.decimal_mark(numbers, days.seen(), names);
    let commas = reader.repairs.decimal_commas;
    let dates = reader.dates(days.seen(), names);
    let mut other = besides[1..].iter().map(|c| c.as_ref().map(|c| others(Rc::clone(c), commas)));
    let mut next = || other.next().flatten();
    let long = Long {
        days: Meant::new(Rc::clone(&days), |text| reader.day(&dates, text)),
        units: Meant::new(units, |text| Amount::parse(text, commas)),
        items: items.clone(),
        besides: Besides {
            price: next(),
            promotion: next(),
            in_stock: next(),
            on_hand: next(),
            hours: next(),
            largest_line: next(),
        },
    };
    let keep = keep.clone().unwrap_or_else(|| vec![true; days.len()]);
    let (entries, labels) = long.read(reader, &dates, names, keep);
    let guessed = main.found().filter(|f| f.guessed).map(|f| f.name.clone()).collect();
    let groups = besides.swap_remove(0).map(|groups| group_of(&labels, items.as_deref(), &groups));
    Ok(Read { entries, labels, groups, guessed, unread: Vec::new() })
}

/// Says how many items a table has whose rows are all taken for those of one.
fn all_are_one(reader: &mut Reader<'_>, names: &Columns) -> Result<(), Problem> {
    let Some(found) = Main::find(&Columns { only: None, ..names.clone() }, reader.table)?.item else { return Ok(()) };
    let items = reader.table.cells(&found.name)?.filled().count();
    if items > 1 {
        let column = &found.name;
        reader.repairs.say(
            format!("column `{column}` holds {items} items, whose units were added up, as no column of items is named"),
            format!("name it to take the rows of the product alone: `sku = \"{column}\"`; or keep some with `where`"),
        );
    }
    Ok(())
}

/// The columns of a long table.
struct Long {
    /// `Err` where the order of day and month is not settled, which has been said.
    days: Meant<Result<Option<Day>, ()>>,
    units: Meant<Amount>,
    items: Option<Rc<Cells>>,
    besides: Besides,
}

impl Long {
    /// Reads all rows once: says what is wrong with them, and settles which are entries. Also the names of the items, in order.
    fn read(
        self,
        reader: &mut Reader<'_>,
        dates: &DateColumn,
        names: &Columns,
        mut keep: Vec<bool>,
    ) -> (Entries, Vec<String>) {
        let only = names.only.as_deref().unwrap_or("all");
        let mut item_of = vec![u32::MAX; self.items.as_ref().map_or(1, |c| c.values().len())];
        let mut labels: Vec<String> = Vec::new();
        reader.repairs.rows = keep.len();
        let mut running = 0.0;
        for i in 0..keep.len() {
            if !keep[i] {
                continue;
            }
            keep[i] = false;
            let Ok(sold) = reader.units(self.units.here(i), self.units.cells.get(i), i) else { continue };
            if sold.is_none() && !self.besides.has_plans() {
                reader.repairs.empty.push(reader.table.row(i));
                continue;
            }
            let Ok(found) = self.days.at(i) else { continue };
            let Some(day) = found else {
                if !self.is_sum(reader, i, sold, running) {
                    reader.no_date(reader.table.row(i), self.days.cells.get(i), dates);
                }
                continue;
            };
            if let Some(until) = names.until.filter(|until| day > *until) {
                reader.repairs.leave_out(&format!("`--until {until}`"), reader.table.row(i));
                continue;
            }
            running += sold.unwrap_or(0.0);
            let item = &mut item_of[self.items.as_ref().map_or(0, |c| c.code(i))];
            if *item == u32::MAX {
                *item = labels.len() as u32;
                labels.push(self.items.as_ref().map_or(only, |c| c.get(i)).to_owned());
            }
            self.besides(reader, i);
            keep[i] = true;
        }
        let days = Meant::of(self.days.cells, self.days.of.into_iter().map(|d| d.ok().flatten()).collect());
        let items = match self.items {
            Some(cells) => By::Cell(Meant::of(cells, item_of)),
            None => By::Column(item_of),
        };
        let numbers = reader.table.numbers();
        let entries = Entries::new(items, By::Cell(days), vec![self.units], keep, numbers);
        (Entries { besides: self.besides, ..entries }, labels)
    }

    /// Whether a row without a date is a sum: it says so, or it is blank but for the units of all rows before it. That is said.
    fn is_sum(&self, reader: &mut Reader<'_>, i: usize, sold: Option<f64>, running: f64) -> bool {
        let day = self.days.cells.get(i);
        let units = sold.unwrap_or(0.0);
        let item = self.items.as_ref().map_or("", |c| c.get(i));
        let item = if item == NO_ITEM { "" } else { item };
        let word = [day, item].into_iter().find(|t| sums::is_word(t));
        let agrees = sums::agree(units, running);
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
        reader
            .repairs
            .say(
                format!("row {row} {named} and was left out: {} units, {what} ({})", rounded(units), rounded(running)),
                remedy,
            )
            .left_out()
            .at([row]);
        true
    }

    /// Says what is wrong with the other columns of a row.
    fn besides(&self, reader: &mut Reader<'_>, i: usize) {
        let b = &self.besides;
        for (column, what) in [
            (&b.in_stock, "share of the day in stock"),
            (&b.on_hand, "stock on hand"),
            (&b.hours, "number of hours"),
            (&b.price, "price"),
            (&b.promotion, "share of the day under promotion"),
            (&b.largest_line, "largest order line"),
        ] {
            if let Some(column) = column {
                reader.other(column, i, what);
            }
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
    reader.repairs.wide = Some(DATES_ACROSS);
    let item = match &main.item {
        Some(found) => table.index(&found.name)?,
        None => (0..table.names().len()).find(|i| !across.contains(i)).unwrap_or(0),
    };
    let mut items = table.column(item)?;
    reader.name(Rc::make_mut(&mut items));
    let (across, longer) = by_length(table, across);
    let across = across.as_slice();
    let mut cells = Vec::new();
    for i in across {
        cells.push(table.column(table.index(&table.names()[*i])?)?);
    }
    let names_of: Vec<String> = across.iter().map(|i| table.names()[*i].clone()).collect();
    reader.decimal_mark(cells.iter().map(|c| &**c), headers(&names_of), names);
    let units = amounts(reader, &cells);
    let dates = reader.dates(headers(&names_of), names);
    let mut unread = beside(reader, &units, (across, &longer), item, names)?;
    let mut days = Vec::new();
    for header in &names_of {
        let Ok(day) = reader.day(&dates, header) else { break };
        if day.is_none() {
            reader.no_date(1, header, &dates);
        }
        days.push(day);
    }
    days.resize(names_of.len(), None);
    longer_periods(reader, &units, &days, &longer, &dates)?;
    let late = |day: &Option<Day>| names.until.zip(*day).is_some_and(|(until, day)| day > until);
    let too_late = days.iter().filter(|d| late(d)).count();
    if too_late > 0 {
        days.iter_mut().filter(|d| late(d)).for_each(|d| *d = None);
        reader
            .repairs
            .say(format!("{too_late} columns of later dates were left out, as was asked"), "nothing needs to be done")
            .left_out();
    }
    unread.retain(|n| names.group.as_ref() != Some(n));
    let groups = names.group.as_ref().map(|n| table.cells(n)).transpose()?;
    let keep = keep.clone().unwrap_or_else(|| vec![true; items.len()]);
    reader.repairs.rows = keep.len();
    let (mut labels, mut index, mut item_of) = (Vec::new(), HashMap::new(), Vec::with_capacity(keep.len()));
    for (i, kept) in keep.iter().enumerate() {
        if !kept {
            item_of.push(0);
            continue;
        }
        // Rows of one item, by market say, are one.
        let name = items.get(i);
        let label = if name.is_empty() { format!("row {}", table.row(i)) } else { name.to_owned() };
        item_of.push(*index.entry(label.clone()).or_insert_with(|| {
            labels.push(label);
            labels.len() as u32 - 1
        }));
        for (column, _) in units.iter().zip(&days).filter(|(_, day)| day.is_some()) {
            let _ = reader.units(column.here(i), column.cells.get(i), i);
        }
    }
    let groups = groups.map(|g| group_of(&labels, Some(&items), &g));
    let entries = Entries::new(By::Row(item_of), By::Column(days), units, keep, table.numbers());
    Ok(Read { entries, labels, groups, guessed: Vec::new(), unread })
}

/// Columns called by dates, by how long the periods are that they name: those of the shortest, and those of longer ones among them. A single column of a
/// shorter period is none of its own.
fn by_length(table: &Table, across: &[usize]) -> (Vec<usize>, Vec<usize>) {
    let of = |step: Step| across.iter().filter(move |i| named_step(&table.names()[**i]) == step);
    let steps = [Step::Day, Step::Week, Step::Month, Step::Quarter];
    let shortest = steps.into_iter().find(|step| of(*step).count() > 1);
    match shortest {
        Some(step) => across.iter().partition(|i| named_step(&table.names()[**i]) == step),
        None => (across.to_vec(), Vec::new()),
    }
}

/// Leaves out columns of longer periods that are the sums of the shorter ones in them, and says so; others are an error: their units would count
/// twice.
fn longer_periods(
    reader: &mut Reader<'_>,
    units: &[Meant<Amount>],
    days: &[Option<Day>],
    longer: &[usize],
    dates: &DateColumn,
) -> Result<(), Problem> {
    let table = reader.table;
    let (mut sums, mut others) = (Vec::new(), Vec::new());
    for at in longer {
        let name = &table.names()[*at];
        let own = amounts(reader, &[table.column(*at)?]).swap_remove(0);
        let Ok(Some(first)) = reader.day(dates, name) else { continue };
        let (from, to) = periods::bounds(first, named_step(name));
        let value = |a: Amount| a.value().unwrap_or(0.0);
        let within = || units.iter().zip(days).filter(|(_, day)| day.is_some_and(|d| (from..=to).contains(&d)));
        let is_sum = |row: usize| {
            let sum: f64 = within().map(|(u, _)| value(u.at(row))).sum();
            sums::agree(value(own.at(row)), sum)
        };
        let list = if (0..own.cells.len()).all(is_sum) { &mut sums } else { &mut others };
        list.push(format!("`{name}`"));
    }
    if !sums.is_empty() {
        let text = format!("columns {} are the sums of shorter periods in them and were left out", sums.join(", "));
        reader.repairs.say(text, "nothing needs to be done").left_out();
    }
    if !others.is_empty() {
        reader.refuse(
            &format!(
                "columns {} are called by longer periods than the others, and are not their sums",
                others.join(", ")
            ),
            "take them out of the file, or the shorter ones: both together would count twice",
        );
    }
    Ok(())
}

/// What the cells of columns of units say.
fn amounts(reader: &Reader<'_>, columns: &[Rc<Cells>]) -> Vec<Meant<Amount>> {
    let commas = reader.repairs.decimal_commas;
    columns.iter().map(|cells| Meant::new(Rc::clone(cells), |text| Amount::parse(text, commas))).collect()
}

/// Columns beside those called by a date: sums of them are said to be so, and a name among dates that is none is an error. Returns the
/// others.
fn beside(
    reader: &mut Reader<'_>,
    units: &[Meant<Amount>],
    (across, longer): (&[usize], &[usize]),
    item: usize,
    columns: &Columns,
) -> Result<Vec<String>, Problem> {
    let table = reader.table;
    let commas = reader.repairs.decimal_commas;
    let (mut unread, mut odd) = (Vec::new(), Vec::new());
    let first = across[0];
    let rows = units.first().map_or(0, |u| u.cells.len());
    let value = |a: Amount| a.value().unwrap_or(0.0);
    let sums: Vec<f64> = (0..rows).map(|row| units.iter().map(|u| value(u.at(row))).sum()).collect();
    let known = |i: &usize| *i == item || across.contains(i) || longer.contains(i);
    let mut block = 0;
    for (i, name) in table.names().iter().enumerate().filter(|(i, _)| !known(i)) {
        if discontinued::is_called_so(name, columns) {
            unread.push(name.clone());
            continue;
        }
        let column = table.column(i)?;
        let own = Meant::new(Rc::clone(&column), |text| value(Amount::parse(text, commas)));
        let is = |sum: &dyn Fn(usize) -> f64| {
            hold_numbers(&column) && (0..rows).all(|row| sums::agree(sum(row), own.at(row)))
        };
        // Of a year, say: the sum of the columns before it, or of those since the last such sum. In one or two rows that may be chance.
        let before = across.partition_point(|k| *k < i);
        let of = |from: usize| move |row: usize| units[from..before].iter().map(|u| value(u.at(row))).sum::<f64>();
        let told = sums::names_a_part(name) || (0..rows).filter(|row| own.at(*row) != 0.0).count() >= 3;
        let part = before - block >= 2 && told && (is(&of(block)) || is(&of(0)));
        let whole = is(&|row| sums[row]);
        if whole || part {
            let what = if whole { "called by a date" } else { "before it" };
            reader
                .repairs
                .say(format!("column `{name}` is the sum of those {what} and was left out"), "nothing needs to be done")
                .left_out();
            block = before;
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
    reader.repairs.wide = Some(ITEMS_ACROSS);
    let at = table.index(&day.name)?;
    let days = table.column(at)?;
    let (mut cells, mut labels, mut unread) = (Vec::new(), Vec::new(), Vec::new());
    for i in (0..table.names().len()).filter(|i| *i != at && !table.names()[*i].is_empty()) {
        let name = &table.names()[i];
        let column = table.column(table.index(name)?)?;
        if suspects::names_part_of_date(name) || !hold_numbers(&column) {
            unread.push(name.clone());
        } else {
            cells.push(column);
            labels.push(name.clone());
        }
    }
    if labels.is_empty() {
        return Err(Problem::Unreadable("no column holds numbers".into()));
    }
    if !unread.is_empty() {
        let list = unread.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
        let what = "are called as parts of a date, or hold no numbers, and are no items";
        reader.repairs.say(format!("columns {list} {what}"), "nothing needs to be done; rename one that is an item");
    }
    reader.decimal_mark(cells.iter().map(|c| &**c), days.seen(), names);
    let units = amounts(reader, &cells);
    let dates = reader.dates(days.seen(), names);
    let days = Meant::new(days, |text| reader.day(&dates, text));
    let mut keep = keep.clone().unwrap_or_else(|| vec![true; days.cells.len()]);
    reader.repairs.rows = keep.len();
    for (i, keep) in keep.iter_mut().enumerate().filter(|(_, keep)| **keep) {
        *keep = false;
        let written = days.cells.get(i);
        let Ok(found) = days.at(i) else { continue };
        let Some(day) = found else {
            if sums::is_word(written) {
                let row = table.row(i);
                reader
                    .repairs
                    .say(format!("row {row} is called `{written}` and was left out"), "nothing needs to be done")
                    .left_out()
                    .at([row]);
            } else {
                reader.no_date(table.row(i), written, &dates);
            }
            continue;
        };
        if let Some(until) = names.until.filter(|until| day > *until) {
            reader.repairs.leave_out(&format!("`--until {until}`"), table.row(i));
            continue;
        }
        for column in &units {
            let _ = reader.units(column.here(i), column.cells.get(i), i);
        }
        *keep = true;
    }
    let items = By::Column((0..labels.len() as u32).collect());
    let days = By::Cell(Meant::of(days.cells, days.of.into_iter().map(|d| d.ok().flatten()).collect()));
    let entries = Entries::new(items, days, units, keep, table.numbers());
    Ok(Read { entries, labels, groups: None, guessed: Vec::new(), unread })
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
    reader.name(Rc::make_mut(&mut names));
    let dates = reader.dates(days.seen(), &Columns::default());
    let mut out = Vec::new();
    for (i, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        match reader.day(&dates, days.get(i)) {
            Ok(Some(day)) => out.push((day, name.to_owned())),
            Ok(None) => reader.no_date(table.row(i), days.get(i), &dates),
            Err(()) => {}
        }
    }
    if problems.has_errors() { Err(problems) } else { Ok(out) }
}
