//! Sheets of workbooks as grids.

use super::grid::Grid;
use super::source::{HELD, size};
use super::table::Problem;
use super::unpacked::{CELLS, fits, too_many_cells};
use calamine::{Data, DataRef, Reader, Sheets, open_workbook_auto_from_rs};
use restock_base::calendar::Day;
use std::io::Cursor;

/// The cells of a sheet as text: dates as `2026-07-01`, numbers in their shortest form. Without a name it is the only sheet that
/// holds a table.
///
/// # Errors
///
/// It is no workbook, the sheet is not there, or more than one could be meant.
pub(super) fn grid(bytes: Vec<u8>, sheet: Option<&str>) -> Result<(Grid, String), Problem> {
    fits(&bytes)?;
    let damaged = || Problem::Unreadable("it is no workbook, or a damaged or protected one".into());
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|_| damaged())?;
    let names = book.sheet_names();
    let quoted = |names: &[String]| names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
    let mut read = |name: &str| {
        bounded(&mut book, name)?;
        book.worksheet_range(name).map_err(|_| damaged()).map(|r| cells(&r))
    };
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

/// Refuses a sheet that would be too large as a grid: two cells far apart make one, and a long text may stand in many cells that a file keeps once. Of the
/// formats that are read as a whole when they are opened the size is bounded before.
fn bounded(book: &mut Sheets<Cursor<Vec<u8>>>, name: &str) -> Result<(), Problem> {
    let mut extent = Extent::default();
    let whole = match book {
        Sheets::Xlsx(book) => book.worksheet_cells_reader(name).map_or(true, |mut cells| {
            std::iter::from_fn(|| cells.next_cell().ok().flatten())
                .all(|cell| extent.holds(cell.get_position(), cell.get_value()))
        }),
        Sheets::Xlsb(book) => book.worksheet_cells_reader(name).map_or(true, |mut cells| {
            std::iter::from_fn(|| cells.next_cell().ok().flatten())
                .all(|cell| extent.holds(cell.get_position(), cell.get_value()))
        }),
        Sheets::Xls(_) | Sheets::Ods(_) => true,
    };
    if whole { Ok(()) } else { Err(too_many_cells(&extent.said())) }
}

/// What the filled cells of a sheet span, and the bytes of their text.
#[derive(Default)]
struct Extent {
    corners: Option<[(u32, u32); 2]>,
    text: u64,
}

impl Extent {
    /// Takes a cell in; false if the sheet is too large with it.
    fn holds(&mut self, at: (u32, u32), value: &DataRef<'_>) -> bool {
        self.text += match value {
            DataRef::Empty => return true,
            DataRef::String(text) => text.len() as u64,
            DataRef::SharedString(text) => text.len() as u64,
            _ => 0,
        };
        let [first, last] = self.corners.unwrap_or([at, at]);
        self.corners = Some([(first.0.min(at.0), first.1.min(at.1)), (last.0.max(at.0), last.1.max(at.1))]);
        let (rows, columns) = self.size();
        rows * columns <= CELLS && self.text <= HELD
    }

    fn size(&self) -> (u64, u64) {
        self.corners.map_or((0, 0), |[a, b]| (u64::from(b.0 - a.0) + 1, u64::from(b.1 - a.1) + 1))
    }

    fn said(&self) -> String {
        let (rows, columns) = self.size();
        if self.text > HELD {
            format!("more than {} of text", size(HELD))
        } else {
            format!("{rows} rows of {columns} columns")
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
