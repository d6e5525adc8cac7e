//! Tables of products: a row each, whose cells are read one by one, so that one that cannot be read spoils no other.

use super::parse::{decimal_mark, number};
use super::table::{Layout, Problem, Table};
use restock_base::diag::Diagnostics;
use restock_base::names::{self, path as shown};
use std::path::Path;
use std::rc::Rc;

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// Text.
    Text,
    /// A number.
    Number,
    /// A number, or a percentage.
    Share,
}

/// A cell that is not empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Place of its column among those of the table.
    pub column: usize,
    /// What stands there, fit to be shown.
    pub text: String,
    /// The number that it is, where it should be one; a percentage is its hundredth.
    pub number: Option<f64>,
    /// Where the mark in it may stand before decimals or between thousands: what it is if a point stands before decimals, and if a comma does.
    pub either: Option<(f64, f64)>,
}

/// A row of a table of products.
#[derive(Debug, Clone, PartialEq)]
pub struct CellRow {
    /// Row of the file, from 1.
    pub row: usize,
    /// Cells of the columns that are read, in the order of the file.
    pub cells: Vec<Cell>,
}

/// Reads the columns of which `kinds` knows what their cells are. It is given the names of all columns, in their order.
///
/// A number that leaves no choice is what it is. One mark before exactly three digits stands before decimals, or between thousands, as the numbers of the
/// table that leave no choice have it; if none of them tells, or they differ, both readings are given. In a workbook or Parquet a point stands before decimals,
/// because numbers are no texts there, unless texts have decimal commas.
///
/// # Errors
///
/// The file cannot be read.
pub fn catalogue(
    path: &Path,
    sheet: Option<&str>,
    kinds: impl FnOnce(&[String]) -> Result<Vec<Option<CellKind>>, Diagnostics>,
) -> Result<Vec<CellRow>, Diagnostics> {
    let file = shown(path);
    let fail = |p: Problem| Diagnostics::only(p.into_diagnostic(&file));
    let layout = Layout { sheet: sheet.map(str::to_owned), ..Layout::default() };
    let table = Table::read(path, &layout).map_err(fail)?;
    let kinds = kinds(table.names())?;
    let read = kinds.iter().enumerate().filter_map(|(at, kind)| kind.map(|kind| (at, kind)));
    let columns = read
        .map(|(at, kind)| Ok((at, kind, table.column(at).map_err(fail)?)))
        .collect::<Result<Vec<(usize, CellKind, Rc<_>)>, Diagnostics>>()?;
    let numbers =
        || columns.iter().filter(|(_, kind, _)| *kind != CellKind::Text).flat_map(|(_, _, cells)| cells.filled());
    let marks = |mark: char| numbers().any(|seen| decimal_mark(seen.text.trim().trim_end_matches('%')) == Some(mark));
    let habit = Habit { point: marks('.'), comma: marks(','), typed: table.separator().is_none() };
    let rows = columns.first().map_or(0, |(_, _, cells)| cells.len());
    let of_row = |i: usize| {
        let cells = columns.iter().filter_map(|(column, kind, cells)| {
            let text = cells.get(i).trim();
            let (number, either) = match (kind, text.strip_suffix('%')) {
                (CellKind::Text, _) => (None, None),
                (CellKind::Share, Some(percent)) => {
                    let (number, either) = habit.read(percent.trim());
                    (number.map(|n| n / 100.0), either.map(|(a, b)| (a / 100.0, b / 100.0)))
                }
                _ => habit.read(text),
            };
            let text = names::clean(text).unwrap_or_else(|| text.to_owned());
            (!text.is_empty()).then_some(Cell { column: *column, text, number, either })
        });
        CellRow { row: table.row(i), cells: cells.collect() }
    };
    Ok((0..rows).map(of_row).filter(|row| !row.cells.is_empty()).collect())
}

/// Which marks stand before decimals in the numbers of a table that leave no choice.
struct Habit {
    point: bool,
    comma: bool,
    /// Numbers are no texts.
    typed: bool,
}

impl Habit {
    /// A number, or both that it may be.
    fn read(&self, text: &str) -> (Option<f64>, Option<(f64, f64)>) {
        let read = |commas| number(text, commas).map(|n| n.value);
        let open = decimal_mark(text).is_none() && text.contains([',', '.']);
        match (self.point, self.comma) {
            _ if !open => (read(false), None),
            (_, false) if self.typed && text.contains('.') => (text.parse().ok().filter(|x: &f64| x.is_finite()), None),
            (true, false) => (read(false), None),
            (false, true) => (read(true), None),
            _ => (None, read(false).zip(read(true))),
        }
    }
}
