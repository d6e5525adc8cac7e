//! Small files of records, such as open orders: named columns of text, numbers and dates, row by row.

use super::cells::Cells;
use super::columns::Columns;
use super::parse::number;
use super::repairs::Repairs;
use super::rows::Reader;
use super::table::{Layout, Problem, Table};
use restock_base::calendar::Day;
use restock_base::diag::{Code, Diagnostic, Diagnostics};
use restock_base::names::path as shown;
use std::path::Path;
use std::rc::Rc;

/// A column that a file of records may have.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name; blanks and underlines stand for hyphens, too.
    pub name: &'static str,
    /// What its cells are.
    pub kind: Kind,
    /// Without it the file cannot be read.
    pub is_needed: bool,
}

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text, as it stands there.
    Text,
    /// A number, as people write it.
    Number,
    /// A date, as people write it: which order of day and month is judged over the whole column.
    Date,
}

/// A cell that is not empty.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Of a column of text.
    Text(String),
    /// Of a column of numbers.
    Number(f64),
    /// Of a column of dates.
    Date(Day),
}

/// A row of a file of records.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Row of the file, from 1.
    pub row: usize,
    /// Cells by name of their field; empty ones are left out.
    pub values: Vec<(&'static str, Value)>,
}

/// A field that the file has.
struct Column {
    field: Field,
    name: String,
    cells: Rc<Cells>,
}

fn column_of(table: &Table, field: &Field) -> Result<Option<Column>, Problem> {
    let plain = |name: &str| name.trim().to_lowercase().replace([' ', '_'], "-");
    let name = table.names().iter().find(|name| plain(name) == field.name);
    match name {
        Some(name) => Ok(Some(Column { field: *field, name: name.clone(), cells: table.cells(name)? })),
        None if field.is_needed => table.index(field.name).map(|_| None),
        None => Ok(None),
    }
}

/// Reads those of `fields` that the file has. Rows without any cell are left out, and columns that are no field are not looked at.
///
/// # Errors
///
/// The file cannot be read, lacks a column that is needed, or has a cell that is not what its column holds.
pub fn records(path: &Path, fields: &[Field]) -> Result<Vec<Record>, Diagnostics> {
    let file = shown(path);
    let mut problems = Diagnostics::default();
    let fail = |p: Problem| Diagnostics::only(p.into_diagnostic(&file));
    let table = Table::read(path, &Layout::default()).map_err(fail)?;
    let mut rows: Vec<Record> = Vec::new();
    let columns = fields.iter().map(|field| column_of(&table, field).map_err(fail)).collect::<Result<Vec<_>, _>>()?;
    let mut repairs = Repairs::default();
    let of = |kind: Kind| columns.iter().flatten().filter(move |c| c.field.kind == kind);
    let numbers = of(Kind::Number).map(|c| &*c.cells);
    let dates = of(Kind::Date).flat_map(|c| c.cells.seen());
    let mut open = Diagnostics::default();
    Reader::new(&file, &table, &mut open, &mut repairs).decimal_mark(numbers, dates, &Columns::default());
    if open.has_errors() {
        let message = format!("`{file}`: its numbers can be read in two ways");
        let hint = "write them without marks between thousands, and with a point before decimals";
        return Err(Diagnostics::only(Diagnostic::error(Code::HistoryBad, message).hint(hint)));
    }
    let decimal_commas = repairs.decimal_commas;
    let dates_of_all = || of(Kind::Date).flat_map(|c| c.cells.seen());
    let mut reader = Reader::new(&file, &table, &mut problems, &mut repairs);
    for Column { field, name, cells } in columns.iter().flatten() {
        let dates = (field.kind == Kind::Date).then(|| reader.dates(dates_of_all(), &Columns::default()));
        for (i, text) in cells.iter().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
            let (row, text) = (table.row(i), text.trim());
            let value = match (&dates, field.kind) {
                (Some(dates), _) => match reader.day(dates, text) {
                    Ok(Some(day)) => Value::Date(day),
                    Ok(None) => {
                        reader.no_date(row, text, dates);
                        continue;
                    }
                    Err(()) => continue,
                },
                (None, Kind::Number) => match number(text, decimal_commas) {
                    Some(number) => Value::Number(number.value),
                    None => {
                        let message = format!("`{text}` in column `{name}` is no number");
                        reader.error_in(row, &message, "write a number such as 1200 or 12.5");
                        continue;
                    }
                },
                (None, _) => Value::Text(text.to_owned()),
            };
            let at = rows.binary_search_by_key(&row, |r| r.row).unwrap_or_else(|at| {
                rows.insert(at, Record { row, values: Vec::new() });
                at
            });
            rows[at].values.push((field.name, value));
        }
    }
    if problems.has_errors() {
        // The file has no keys that say how its dates are to be read.
        for d in problems.list.iter_mut().filter(|d| d.hint.as_ref().is_some_and(|h| h.contains("date-order"))) {
            d.hint = Some("write dates as 2026-07-01".into());
        }
        return Err(problems);
    }
    Ok(rows)
}
