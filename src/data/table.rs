//! Files as columns of text.

use crate::diag::{Code, Diagnostic, did_you_mean};
use std::path::Path;

/// A file with a header.
pub struct Table {
    #[cfg(feature = "frame")]
    frame: polars::prelude::DataFrame,
    names: Vec<String>,
}

/// A column's cells, top to bottom; absent where a cell is empty in a typed file.
pub type Cells = Vec<Option<String>>;

/// Why a file could not be read.
#[derive(Debug)]
pub enum Problem {
    Unreadable(String),
    NoColumn { wanted: String, known: Vec<String> },
    NoNumber { row: usize, text: String },
}

impl Problem {
    /// What to say of it; the place is the caller's to add.
    #[must_use]
    pub fn into_diagnostic(self, file: &str) -> Diagnostic {
        match self {
            Problem::Unreadable(why) => Diagnostic::error(Code::FileMissing, format!("cannot read `{file}`: {why}"))
                .hint("name a CSV file with a header, or a Parquet file (`.parquet`)"),
            Problem::NoColumn { wanted, known } => {
                let hint = match did_you_mean(&wanted, known.iter().map(String::as_str)) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => format!("its columns: `{}`", known.join("`, `")),
                };
                Diagnostic::error(Code::HistoryBad, format!("`{file}` has no column `{wanted}`")).hint(hint)
            }
            Problem::NoNumber { row, text } => {
                Diagnostic::error(Code::HistoryBad, format!("`{file}`, row {row}: `{text}` is no number"))
            }
        }
    }
}

/// Row of the file that cell `i` of a column stands in: the header is row 1.
pub(super) fn row_of(i: usize) -> usize {
    i + 2
}

impl Table {
    /// Names of the columns.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

#[cfg(feature = "frame")]
impl Table {
    /// Reads CSV (comma, semicolon or tab; a byte order mark is skipped) or Parquet.
    ///
    /// # Errors
    ///
    /// The file is missing, empty, not UTF-8, or not what its name says.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        use polars::prelude::{CsvReadOptions, ParquetReader, SerReader};
        let unreadable = |e: polars::prelude::PolarsError| {
            Problem::Unreadable(e.to_string().lines().next().unwrap_or("").to_owned())
        };
        let io = |e: std::io::Error| Problem::Unreadable(e.to_string());
        let frame = if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet")) {
            ParquetReader::new(std::fs::File::open(path).map_err(io)?).finish().map_err(unreadable)?
        } else {
            let bytes = std::fs::read(path).map_err(io)?;
            let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
            if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
                return Err(Problem::Unreadable("it is UTF-16; save it as \"CSV UTF-8\"".into()));
            }
            if bytes.iter().all(u8::is_ascii_whitespace) {
                return Err(Problem::Unreadable("the file is empty".into()));
            }
            let header = bytes.split(|b| *b == b'\n').next().unwrap_or(bytes);
            let count = |separator: u8| header.iter().filter(|b| **b == separator).count();
            let separator = *b",;\t".iter().max_by_key(|s| (count(**s), u8::from(**s == b','))).unwrap_or(&b',');
            // Everything as text: what is a date and what a number is decided later, with the row to name.
            CsvReadOptions::default()
                .with_has_header(true)
                .with_infer_schema_length(Some(0))
                .map_parse_options(|o| o.with_separator(separator))
                .into_reader_with_file_handle(std::io::Cursor::new(bytes.to_vec()))
                .finish()
                .map_err(unreadable)?
        };
        let names = frame.get_column_names().iter().map(|n| n.trim().to_owned()).collect();
        Ok(Table { frame, names })
    }

    /// A column as text; upper and lower case are the same.
    ///
    /// # Errors
    ///
    /// There is no such column, or it holds something that has no text.
    pub fn cells(&self, name: &str) -> Result<Cells, Problem> {
        use polars::prelude::DataType;
        let at = self
            .names
            .iter()
            .position(|n| n == name)
            .or_else(|| self.names.iter().position(|n| n.eq_ignore_ascii_case(name)))
            .ok_or_else(|| Problem::NoColumn { wanted: name.to_owned(), known: self.names.clone() })?;
        let unreadable = |e: polars::prelude::PolarsError| Problem::Unreadable(e.to_string());
        let column = &self.frame.columns()[at];
        if column.dtype() == &DataType::Date {
            // Many rows, few dates: each is written once.
            let days = column.cast(&DataType::Int32).map_err(unreadable)?;
            let mut written: std::collections::HashMap<i32, String> = std::collections::HashMap::new();
            let mut text = |d: i32| written.entry(d).or_insert_with(|| crate::calendar::Day(d).to_string()).clone();
            return Ok(days.i32().map_err(unreadable)?.iter().map(|d| d.map(&mut text)).collect());
        }
        let text = column.cast(&DataType::String).map_err(unreadable)?;
        let text = text.str().map_err(unreadable)?;
        Ok(text.iter().map(|v| v.map(|v| v.trim().to_owned())).collect())
    }
}

#[cfg(not(feature = "frame"))]
impl Table {
    /// Always an error: this build reads no data files.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn read(_path: &Path) -> Result<Self, Problem> {
        Err(Problem::Unreadable("this build cannot read data files; build with the feature `frame`".into()))
    }

    /// Always an error.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn cells(&self, name: &str) -> Result<Cells, Problem> {
        Err(Problem::NoColumn { wanted: name.to_owned(), known: Vec::new() })
    }
}

/// A column of numbers; empty cells are left out.
///
/// # Errors
///
/// The file or the column cannot be read, or a cell is no number.
pub fn column(path: &Path, name: &str) -> Result<Vec<f64>, Problem> {
    let cells = Table::read(path)?.cells(name)?;
    let filled = cells.into_iter().enumerate().filter_map(|(i, c)| c.filter(|c| !c.is_empty()).map(|c| (i, c)));
    filled
        .map(|(i, text)| match text.parse::<f64>() {
            Ok(v) if v.is_finite() => Ok(v),
            _ => Err(Problem::NoNumber { row: row_of(i), text }),
        })
        .collect()
}
