//! Sheets of workbooks as grids.

use super::grid::Grid;
use super::table::Problem;
use crate::calendar::Day;
use calamine::{Data, Reader, open_workbook_auto_from_rs};
use std::io::Cursor;

/// The cells of a sheet as text: dates as `2026-07-01`, numbers in their shortest form. Without a name it is the only sheet that
/// holds a table.
///
/// # Errors
///
/// It is no workbook, the sheet is not there, or more than one could be meant.
pub(super) fn grid(bytes: Vec<u8>, sheet: Option<&str>) -> Result<(Grid, String), Problem> {
    let damaged = || Problem::Unreadable("it is no workbook, or a damaged or protected one".into());
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|_| damaged())?;
    let names = book.sheet_names();
    let quoted = |names: &[String]| names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
    let mut read = |name: &str| book.worksheet_range(name).map_err(|_| damaged()).map(|r| cells(&r));
    if let Some(wanted) = sheet {
        let Some(name) = names.iter().find(|n| n.trim().eq_ignore_ascii_case(wanted.trim())) else {
            return Err(Problem::Unreadable(format!("it has no sheet `{wanted}`; its sheets: {}", quoted(&names))));
        };
        return Ok((read(name)?, name.clone()));
    }
    let mut filled = Vec::new();
    for name in &names {
        let grid = read(name)?;
        if grid.len() > 1 {
            filled.push((grid, name.clone()));
        }
    }
    match filled.len() {
        0 => Err(Problem::Unreadable("none of its sheets holds a table".into())),
        1 => Ok(filled.swap_remove(0)),
        _ => {
            let names: Vec<String> = filled.into_iter().map(|f| f.1).collect();
            Err(Problem::Unreadable(format!("it has several sheets: {}; name one with `--sheet`", quoted(&names))))
        }
    }
}

fn cells(range: &calamine::Range<Data>) -> Grid {
    let mut grid = Grid::default();
    let first = range.start().map_or(0, |(row, _)| row);
    let leading = range.start().map_or(0, |(_, column)| column) as usize;
    for (i, row) in range.rows().enumerate() {
        let texts: Vec<String> = std::iter::repeat_n(String::new(), leading).chain(row.iter().map(text)).collect();
        if texts.iter().any(|t| !t.trim().is_empty()) {
            grid.push(first + i as u32 + 1, texts.iter().map(String::as_str));
        }
    }
    grid
}

fn text(cell: &Data) -> String {
    match cell {
        Data::Int(n) => n.to_string(),
        Data::Float(x) => x.to_string(),
        Data::String(s) => s.clone(),
        Data::Bool(b) => b.to_string(),
        Data::DateTime(d) if d.is_datetime() => {
            let (y, m, d, ..) = d.to_ymd_hms_milli();
            jiff::civil::Date::new(y as i16, m as i8, d as i8)
                .map_or_else(|_| String::new(), |d| Day::from_date(d).to_string())
        }
        Data::DateTime(d) => d.as_f64().to_string(),
        Data::DateTimeIso(s) | Data::DurationIso(s) => s.clone(),
        Data::Error(_) | Data::Empty => String::new(),
    }
}
