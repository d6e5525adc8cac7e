//! Files as columns of text.

#[cfg(feature = "frame")]
use crate::diag::looks::{HEAD, looks};
#[cfg(feature = "frame")]
use crate::diag::words;
use crate::diag::{Code, Diagnostic, did_you_mean};
#[cfg(feature = "frame")]
use crate::names::{clean, from_csv_cell, path as shown};
use std::path::Path;

/// A file with a header.
pub struct Table {
    #[cfg(feature = "frame")]
    frame: polars::prelude::DataFrame,
    /// It came from CSV, where an apostrophe may stand before what a spreadsheet would calculate.
    #[cfg(feature = "frame")]
    csv: bool,
    names: Vec<String>,
    /// How many names of columns held what is not text, which was replaced.
    replaced: usize,
}

/// A column's cells, top to bottom; absent where a cell is empty in a typed file.
pub type Cells = Vec<Option<String>>;

/// Why a file could not be read.
#[derive(Debug)]
pub enum Problem {
    Unreadable(String),
    /// It is another kind of file: which, and what to do with it.
    Other {
        what: &'static str,
        remedy: String,
    },
    NoColumn {
        wanted: String,
        known: Vec<String>,
    },
    NoNumber {
        row: usize,
        text: String,
    },
}

impl Problem {
    /// What to say of it; the place is the caller's to add.
    #[must_use]
    pub fn into_diagnostic(self, file: &str) -> Diagnostic {
        match self {
            Problem::Unreadable(why) => Diagnostic::error(Code::FileMissing, format!("cannot read `{file}`: {why}"))
                .hint("name a CSV file with a header, or a Parquet file (`.parquet`)"),
            Problem::Other { what, remedy } => {
                Diagnostic::error(Code::FileMissing, format!("`{file}` looks like {what}")).hint(remedy)
            }
            Problem::NoColumn { wanted, known } => {
                let hint = match did_you_mean(&wanted, known.iter().map(String::as_str)) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => format!("its columns: `{}`", known.join("`, `")),
                };
                Diagnostic::error(Code::HistoryBad, format!("`{file}` has no column `{wanted}`")).hint(hint)
            }
            Problem::NoNumber { row, text } => {
                Diagnostic::error(Code::HistoryBad, format!("`{file}`, row {row}: `{text}` is no number"))
                    .hint("write numbers such as 1234 or 12.5")
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

    /// How many of them held what is not text, which was replaced.
    #[must_use]
    pub fn replaced(&self) -> usize {
        self.replaced
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
        use polars::prelude::{ParquetReader, SerReader};
        let io = |e: std::io::Error| Problem::Unreadable(words::io(&e));
        if path.is_dir() {
            return Err(Problem::Unreadable("it is a folder".into()));
        }
        let csv = path.extension().is_none_or(|e| !e.eq_ignore_ascii_case("parquet"));
        let frame = if csv {
            let bytes = std::fs::read(path).map_err(io)?;
            let kind = looks(&bytes[..bytes.len().min(HEAD)]);
            if let Some((kind, remedy)) = kind.and_then(|k| k.instead_of_sales(&shown(path)).map(|r| (k, r))) {
                return Err(Problem::Other { what: kind.what(), remedy });
            }
            read_csv(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes))?
        } else {
            let damaged =
                |_| Problem::Unreadable("it is no whole Parquet file: damaged, cut short, or of another kind".into());
            ParquetReader::new(std::fs::File::open(path).map_err(io)?).finish().map_err(damaged)?
        };
        let mut replaced = 0;
        let mut name = |n: &str| {
            let name = if csv { from_csv_cell(n.trim()) } else { n.trim() };
            let clean = clean(name);
            replaced += usize::from(clean.is_some());
            clean.unwrap_or_else(|| name.to_owned())
        };
        let names: Vec<String> = frame.get_column_names().iter().map(|n| name(n)).collect();
        // The reader of CSV numbers names that stand twice: they are as they were written, and asking for one is an error.
        let written =
            |n: &String| n.rsplit_once("_duplicated_").map(|(base, _)| base.to_owned()).filter(|b| names.contains(b));
        let names = names.iter().map(|n| written(n).unwrap_or_else(|| n.clone())).collect();
        Ok(Table { frame, csv, names, replaced })
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
        if self.names.iter().filter(|n| **n == self.names[at]).count() > 1 {
            return Err(Problem::Unreadable(format!("two of its columns are called `{name}`; rename one")));
        }
        let unreadable = |_| Problem::Unreadable(format!("column `{name}` holds neither text nor numbers nor dates"));
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
        let cell = |v: &str| if self.csv { from_csv_cell(v.trim()).to_owned() } else { v.trim().to_owned() };
        Ok(text.iter().map(|v| v.map(cell)).collect())
    }
}

/// Reads the bytes of a CSV file, everything as text: what is a date and what a number is decided later, with the row to name.
#[cfg(feature = "frame")]
fn read_csv(bytes: &[u8]) -> Result<polars::prelude::DataFrame, Problem> {
    use polars::prelude::{CsvReadOptions, SerReader};
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Problem::Unreadable("the file is empty".into()));
    }
    if let Err(e) = std::str::from_utf8(bytes) {
        let row = 1 + bytes[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count();
        let why = format!("it is not UTF-8 text: line {row} has a byte that is no character; save it as \"CSV UTF-8\"");
        return Err(Problem::Unreadable(why));
    }
    let header = bytes.split(|b| *b == b'\n').next().unwrap_or(bytes);
    let count = |separator: u8| header.iter().filter(|b| **b == separator).count();
    let separator = *b",;\t".iter().max_by_key(|s| (count(**s), u8::from(**s == b','))).unwrap_or(&b',');
    CsvReadOptions::default()
        .with_has_header(true)
        .with_infer_schema_length(Some(0))
        .map_parse_options(|o| o.with_separator(separator))
        .into_reader_with_file_handle(std::io::Cursor::new(bytes.to_vec()))
        .finish()
        .map_err(|_| Problem::Unreadable(why_no_table(bytes, separator)))
}

/// Why a CSV file is no table: a quote that is not closed, or the first row with more cells than the header.
#[cfg(feature = "frame")]
fn why_no_table(bytes: &[u8], separator: u8) -> String {
    let (mut line, mut quoted_since, mut cells, mut columns, mut begun) = (1, None, 1, None, 1);
    for b in bytes.iter().chain(b"\n") {
        match b {
            b'"' => quoted_since = if quoted_since.is_some() { None } else { Some(line) },
            b if *b == separator && quoted_since.is_none() => cells += 1,
            b'\n' => {
                if quoted_since.is_none() {
                    let columns = *columns.get_or_insert(cells);
                    if cells > columns {
                        return format!("line {begun} has {cells} cells, and the header {columns}");
                    }
                    (cells, begun) = (1, line + 1);
                }
                line += 1;
            }
            _ => {}
        }
    }
    match quoted_since {
        Some(line) => format!("a quote that opens in line {line} is not closed"),
        None => "it is no table of cells with a header".into(),
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
