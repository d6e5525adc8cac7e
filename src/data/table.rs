//! Files as columns of text.

#[cfg(feature = "frame")]
use super::grid::{Grid, header, separated};
use super::parse::{Written, date, number};
#[cfg(feature = "frame")]
use super::source::{Source, read};
#[cfg(feature = "frame")]
use super::{encoding, workbook};
use crate::diag::{Code, Diagnostic, did_you_mean};
#[cfg(feature = "frame")]
use crate::names::{clean, from_csv_cell};
use std::path::Path;

/// What a reader may be told of a file instead of judging it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// A label of the WHATWG Encoding Standard.
    pub encoding: Option<String>,
    /// Row of the header, from 1.
    pub header_row: Option<u32>,
    /// Of a workbook.
    pub sheet: Option<String>,
}

/// A file with a header.
pub struct Table {
    #[cfg(feature = "frame")]
    content: Content,
    names: Vec<String>,
    /// How many names of columns held what is not text, which was replaced.
    replaced: usize,
    /// How the file was read, where that is not as most files are.
    reading: Vec<String>,
    /// Between cells; absent in a workbook and in Parquet.
    separator: Option<char>,
}

#[cfg(feature = "frame")]
enum Content {
    /// Rows below the header.
    Grid {
        grid: Grid,
        first: usize,
        apostrophes: bool,
    },
    Parquet(std::path::PathBuf, Vec<String>),
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
        remedy: Option<String>,
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
            // What has a remedy of its own behind a semicolon has it as its hint.
            Problem::Unreadable(why) => {
                let usual = "name a file with a header: CSV, a workbook (`.xlsx`, `.ods`) or Parquet";
                let own = why
                    .rsplit_once("; ")
                    .filter(|(_, r)| ["name ", "rename ", "write "].iter().any(|b| r.starts_with(b)));
                let (why, hint) = own.unwrap_or((&why, usual));
                Diagnostic::error(Code::FileMissing, format!("cannot read `{file}`: {why}")).hint(hint.to_owned())
            }
            Problem::Other { what, remedy } => {
                Diagnostic::error(Code::FileMissing, format!("`{file}` looks like {what}")).hint(remedy)
            }
            Problem::NoColumn { wanted, known, remedy } => {
                let hint = match did_you_mean(&wanted, known.iter().map(String::as_str)) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => {
                        let more = remedy.map_or_else(String::new, |r| format!("; {r}"));
                        format!("its columns: `{}`{more}", known.join("`, `"))
                    }
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

/// Whether a cell is a number or the like, so that its row is no header. Dates may be names of columns.
#[cfg_attr(not(feature = "frame"), expect(dead_code, reason = "only files have headers"))]
fn is_value(cell: &str) -> bool {
    number(cell, false).is_some() && matches!(date(cell), Written::No)
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

    /// How the file was read, where that is not as most files are: phrases such as `header in row 6`.
    #[must_use]
    pub fn reading(&self) -> &[String] {
        &self.reading
    }

    /// What stands between cells; absent in a workbook and in Parquet.
    #[must_use]
    pub fn separator(&self) -> Option<char> {
        self.separator
    }

    /// Index of a column; upper and lower case are the same.
    ///
    /// # Errors
    ///
    /// There is no such column, or there are two.
    pub fn index(&self, name: &str) -> Result<usize, Problem> {
        let at = self
            .names
            .iter()
            .position(|n| n == name)
            .or_else(|| self.names.iter().position(|n| n.eq_ignore_ascii_case(name)))
            .ok_or_else(|| Problem::NoColumn { wanted: name.to_owned(), known: self.names.clone(), remedy: None })?;
        if self.names.iter().filter(|n| **n == self.names[at]).count() > 1 {
            return Err(Problem::Unreadable(format!("two of its columns are called `{name}`; rename one")));
        }
        Ok(at)
    }

    /// A column as text; upper and lower case are the same.
    ///
    /// # Errors
    ///
    /// There is no such column, or it holds something that has no text.
    pub fn cells(&self, name: &str) -> Result<Cells, Problem> {
        self.column(self.index(name)?)
    }
}

#[cfg(feature = "frame")]
impl Table {
    /// Reads text with separators, the sheet of a workbook, or Parquet.
    ///
    /// # Errors
    ///
    /// The file is missing, empty, or not what it begins as.
    pub fn read(path: &Path, layout: &Layout) -> Result<Self, Problem> {
        let mut reading = Vec::new();
        let (grid, separator) = match read(path)? {
            Source::Parquet => return Self::parquet(path),
            Source::Workbook(bytes) => {
                let (grid, sheet) = workbook::grid(bytes, layout.sheet.as_deref())?;
                reading.push(format!("sheet `{sheet}`"));
                (grid, None)
            }
            Source::Text(bytes) => {
                if let Some(sheet) = &layout.sheet {
                    return Err(Problem::Unreadable(format!("it is no workbook and has no sheet `{sheet}`")));
                }
                let decoded = encoding::decode(bytes, layout.encoding.as_deref())?;
                reading.extend(decoded.encoding.map(str::to_owned));
                let s = separated(&decoded.text)?;
                (s.grid, Some(s.separator))
            }
        };
        let head = match layout.header_row {
            None => header(&grid, is_value),
            Some(wanted) => (0..grid.len())
                .find(|i| grid.number(*i) == wanted)
                .ok_or_else(|| Problem::Unreadable(format!("its row {wanted} is empty, or not there")))?,
        };
        if grid.number(head) != 1 || layout.header_row.is_some() {
            reading.push(format!("header in row {}", grid.number(head)));
        }
        let apostrophes = separator.is_some();
        let mut replaced = 0;
        let names = grid
            .cells(head)
            .map(|n| if apostrophes { from_csv_cell(n) } else { n })
            .map(|name| {
                let clean = clean(name);
                replaced += usize::from(clean.is_some());
                clean.unwrap_or_else(|| name.to_owned())
            })
            .collect();
        // A cell too many shifts those behind it: a comma inside a number, say.
        let width = grid.width(head);
        let too_long = |row: &usize| (width..grid.width(*row)).any(|c| !grid.cell(*row, c).is_empty());
        if let Some(row) = (head + 1..grid.len()).find(too_long) {
            return Err(Problem::Unreadable(format!(
                "line {} has {} cells, and the header {width}",
                grid.number(row),
                grid.width(row)
            )));
        }
        let content = Content::Grid { grid, first: head + 1, apostrophes };
        Ok(Table { content, names, replaced, reading, separator })
    }

    fn parquet(path: &Path) -> Result<Self, Problem> {
        let columns = super::parquet::names(path)?;
        let mut replaced = 0;
        let names = columns
            .iter()
            .map(|name| {
                let clean = clean(name.trim());
                replaced += usize::from(clean.is_some());
                clean.unwrap_or_else(|| name.trim().to_owned())
            })
            .collect();
        let content = Content::Parquet(path.to_owned(), columns);
        Ok(Table { content, names, replaced, reading: Vec::new(), separator: None })
    }

    /// The file's row that cell `i` of a column stands in.
    #[must_use]
    pub fn row(&self, i: usize) -> usize {
        match &self.content {
            Content::Grid { grid, first, .. } => grid.number(first + i) as usize,
            // Parquet has no header among its rows; counted as if it had, as in a spreadsheet.
            Content::Parquet(..) => i + 2,
        }
    }

    /// The different cells of column `at`, if there are no more than `most`. Of a typed file a column is read only where its name
    /// says that it may be worth it.
    #[must_use]
    pub fn few_values(&self, at: usize, most: usize) -> Option<Vec<String>> {
        match &self.content {
            Content::Grid { grid, first, .. } => few((*first..grid.len()).map(|row| grid.cell(row, at)), most),
            Content::Parquet(..) if self.names[at].to_lowercase().contains("status") => {
                few(self.column(at).ok()?.iter().map(|c| c.as_deref().unwrap_or("")), most)
            }
            Content::Parquet(..) => None,
        }
    }

    /// Column `at` as text.
    ///
    /// # Errors
    ///
    /// It holds something that has no text.
    pub fn column(&self, at: usize) -> Result<Cells, Problem> {
        match &self.content {
            Content::Grid { grid, first, apostrophes } => {
                let cell = |row| {
                    let text = grid.cell(row, at);
                    Some(if *apostrophes { from_csv_cell(text) } else { text }.to_owned())
                };
                Ok((*first..grid.len()).map(cell).collect())
            }
            Content::Parquet(path, columns) => super::parquet::column(path, &columns[at]),
        }
    }

    /// The row of names is no header: its cells are numbers and the like.
    #[must_use]
    pub fn has_no_header(&self) -> bool {
        self.names.iter().any(|n| is_value(n))
    }
}

/// The different cells, as they come, if there are no more than `most`.
#[cfg(feature = "frame")]
fn few<'a>(cells: impl Iterator<Item = &'a str>, most: usize) -> Option<Vec<String>> {
    let mut seen: Vec<String> = Vec::new();
    for cell in cells {
        if !seen.iter().any(|s| s == cell) {
            seen.push(cell.to_owned());
        }
        if seen.len() > most {
            return None;
        }
    }
    Some(seen)
}

#[cfg(not(feature = "frame"))]
impl Table {
    /// Always an error: this build reads no data files.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn read(_path: &Path, _layout: &Layout) -> Result<Self, Problem> {
        Err(Problem::Unreadable("this build cannot read data files; build with the feature `frame`".into()))
    }

    /// None: this build reads no data files.
    #[must_use]
    pub fn few_values(&self, _at: usize, _most: usize) -> Option<Vec<String>> {
        None
    }

    /// As if the header were row 1.
    #[must_use]
    pub fn row(&self, i: usize) -> usize {
        i + 2
    }

    /// Always an error.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn column(&self, at: usize) -> Result<Cells, Problem> {
        Err(Problem::NoColumn { wanted: self.names[at].clone(), known: Vec::new(), remedy: None })
    }

    /// Never: this build reads no data files.
    #[must_use]
    pub fn has_no_header(&self) -> bool {
        false
    }
}

/// A column of numbers; empty cells are left out.
///
/// # Errors
///
/// The file or the column cannot be read, or a cell is no number.
pub fn column(path: &Path, name: &str) -> Result<Vec<f64>, Problem> {
    let table = Table::read(path, &Layout::default())?;
    let cells = table.cells(name)?;
    let filled = cells.into_iter().enumerate().filter_map(|(i, c)| c.filter(|c| !c.is_empty()).map(|c| (i, c)));
    filled
        .map(|(i, text)| match text.parse::<f64>() {
            Ok(v) if v.is_finite() => Ok(v),
            _ => Err(Problem::NoNumber { row: table.row(i), text }),
        })
        .collect()
}
