//! Tables of products: a row each, whose cells are read one by one, so that one that cannot be read spoils no other.

use super::columns::Columns;
use super::parse::number;
use super::repairs::Repairs;
use super::rows::Reader;
use super::table::{Layout, Problem, Table};
use restock_base::diag::{Code, Diagnostic, Diagnostics};
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
}

/// A row of a table of products.
#[derive(Debug, Clone, PartialEq)]
pub struct CellRow {
    /// Row of the file, from 1.
    pub row: usize,
    /// Cells of the columns that are read, in the order of the file.
    pub cells: Vec<Cell>,
}

/// Reads the columns of which `kind` knows what their cells are. `kind` is given the names of all columns, in their order.
///
/// # Errors
///
/// The file cannot be read, or its numbers can be read in two ways.
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
    let decimal_commas = {
        let (mut open, mut repairs) = (Diagnostics::default(), Repairs::default());
        let numbers = columns.iter().filter(|(_, kind, _)| *kind != CellKind::Text).map(|(_, _, cells)| &**cells);
        let no_dates = std::iter::empty();
        Reader::new(&file, &table, &mut open, &mut repairs).decimal_mark(numbers, no_dates, &Columns::default());
        if open.has_errors() {
            let message = format!("`{file}`: its numbers can be read in two ways");
            let hint = "write them without marks between thousands, and with a point before decimals";
            return Err(Diagnostics::only(Diagnostic::error(Code::HistoryBad, message).hint(hint)));
        }
        repairs.decimal_commas
    };
    let rows = columns.first().map_or(0, |(_, _, cells)| cells.len());
    let of_row = |i: usize| {
        let cells = columns.iter().filter_map(|(column, kind, cells)| {
            let text = cells.get(i).trim();
            let number = match kind {
                CellKind::Text => None,
                CellKind::Number => number(text, decimal_commas).map(|n| n.value),
                CellKind::Share => share(text, decimal_commas),
            };
            let text = names::clean(text).unwrap_or_else(|| text.to_owned());
            (!text.is_empty()).then_some(Cell { column: *column, text, number })
        });
        CellRow { row: table.row(i), cells: cells.collect() }
    };
    Ok((0..rows).map(of_row).filter(|row| !row.cells.is_empty()).collect())
}

fn share(text: &str, decimal_commas: bool) -> Option<f64> {
    match text.strip_suffix('%') {
        Some(percent) => number(percent.trim(), decimal_commas).map(|n| n.value / 100.0),
        None => number(text, decimal_commas).map(|n| n.value),
    }
}
