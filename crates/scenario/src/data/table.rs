//! Files as columns of text.

#[cfg(feature = "frame")]
use super::cells::Builder;
use super::cells::Cells;
#[cfg(feature = "frame")]
use super::encoding::Text;
#[cfg(feature = "frame")]
use super::grid::{Record, Rows, header};
use super::parse::{Written, date, number};
#[cfg(feature = "frame")]
use super::source::{Source, read};
#[cfg(feature = "frame")]
use super::workbook;
use restock_base::diag::{Code, Diagnostic, did_you_mean};
#[cfg(feature = "frame")]
use restock_base::names::{clean, from_csv_cell};
#[cfg(feature = "frame")]
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

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
    numbers: Rc<Numbers>,
    /// Columns that were read; the others are, when they are asked for.
    #[cfg(feature = "frame")]
    columns: RefCell<Vec<Option<Rc<Cells>>>>,
}

#[cfg(feature = "frame")]
enum Content {
    /// Rows, those behind the row of this number being below the header.
    Rows {
        rows: Rows,
        head: u32,
    },
    Parquet(std::path::PathBuf, Vec<String>),
}

/// Which row of the file each row below the header is: numbers in a row, but for blank lines and cells of several lines.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers {
    /// Where the numbers do not go on by one, and with which they go on.
    breaks: Vec<(usize, u32)>,
    #[cfg(feature = "frame")]
    len: usize,
}

impl Numbers {
    /// Numbers that go on from this one.
    #[cfg(feature = "frame")]
    fn from(first: u32) -> Self {
        Numbers { breaks: vec![(0, first)], len: 0 }
    }

    #[cfg(feature = "frame")]
    fn push(&mut self, number: u32) {
        if self.len == 0 || self.of(self.len) != number as usize {
            self.breaks.push((self.len, number));
        }
        self.len += 1;
    }

    /// The row of the file.
    pub fn of(&self, i: usize) -> usize {
        let behind = self.breaks.partition_point(|b| b.0 <= i);
        match self.breaks.get(behind.wrapping_sub(1)) {
            Some((from, number)) => *number as usize + i - from,
            None => i + 1,
        }
    }
}

/// Why a file could not be read.
#[derive(Debug)]
pub enum Problem {
    /// The file cannot be read for this reason, in words.
    Unreadable(String),
    /// It is another kind of file: which, and what to do with it.
    Other {
        /// The kind of file that it is, in words.
        what: &'static str,
        /// What to do with such a file.
        remedy: String,
    },
    /// A column that is needed is not there.
    NoColumn {
        /// What was looked for: the name that was given, or what the column should hold.
        wanted: String,
        /// Names of the columns that are there.
        known: Vec<String>,
        /// What to do, where more can be said than to name another column.
        remedy: Option<String>,
    },
    /// A cell that should hold a number holds a text.
    NoNumber {
        /// Row of the file, from 1.
        row: usize,
        /// What stands in the cell.
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

    /// The file's row that cell `i` of a column stands in.
    #[must_use]
    pub fn row(&self, i: usize) -> usize {
        self.numbers.of(i)
    }

    /// The same, for whom outlives the table.
    pub(super) fn numbers(&self) -> Rc<Numbers> {
        Rc::clone(&self.numbers)
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
    pub fn cells(&self, name: &str) -> Result<Rc<Cells>, Problem> {
        self.column(self.index(name)?)
    }
}

/// Bytes of columns that are kept on the way, named or not: beyond them the largest are set aside, and read again if they are asked for.
#[cfg(feature = "frame")]
const KEPT: usize = 384 << 20;

/// Rows after which it is looked how much is kept.
#[cfg(feature = "frame")]
const LOOK: usize = 1 << 16;

#[cfg(feature = "frame")]
impl Table {
    /// Reads text with separators, the sheet of a workbook, or Parquet.
    ///
    /// # Errors
    ///
    /// The file is missing, empty, or not what it begins as.
    pub fn read(path: &Path, layout: &Layout) -> Result<Self, Problem> {
        let mut reading = Vec::new();
        let rows = match read(path)? {
            Source::Parquet => return Self::parquet(path),
            Source::Workbook(bytes) => {
                let (grid, sheet) = workbook::grid(bytes, layout.sheet.as_deref())?;
                reading.push(format!("sheet `{sheet}`"));
                Rows::Sheet(grid)
            }
            Source::Text(bytes) => {
                if let Some(sheet) = &layout.sheet {
                    return Err(Problem::Unreadable(format!("it is no workbook and has no sheet `{sheet}`")));
                }
                let text = Text::new(bytes, layout.encoding.as_deref())?;
                reading.extend(text.said().map(str::to_owned));
                Rows::separated(text)?
            }
        };
        let head = header(&rows, layout.header_row, is_value)?;
        if head.number != 1 || layout.header_row.is_some() {
            reading.push(format!("header in row {}", head.number));
        }
        let apostrophes = rows.separator().is_some();
        let (names, replaced) = cleaned(head.names.iter().map(|n| written(n, apostrophes)));
        let content = Content::Rows { rows, head: head.number };
        let mut table =
            Table { content, names, replaced, reading, numbers: Rc::default(), columns: RefCell::default() };
        let (columns, numbers) = table.load(None)?;
        table.columns = RefCell::new(columns.into_iter().map(|c| c.map(Rc::new)).collect());
        table.numbers = Rc::new(numbers);
        Ok(table)
    }

    fn parquet(path: &Path) -> Result<Self, Problem> {
        let columns = super::parquet::names(path)?;
        let (names, replaced) = cleaned(columns.iter().map(|n| n.trim()));
        let loaded = RefCell::new(vec![None; names.len()]);
        // Parquet has no header among its rows; counted as if it had, as in a spreadsheet.
        let numbers = Rc::new(Numbers::from(2));
        let content = Content::Parquet(path.to_owned(), columns);
        Ok(Table { content, names, replaced, reading: Vec::new(), numbers, columns: loaded })
    }

    /// Reads the rows below the header: one column, or all that can be kept.
    fn load(&self, only: Option<usize>) -> Result<(Vec<Option<Cells>>, Numbers), Problem> {
        let Content::Rows { rows, head } = &self.content else { return Ok((Vec::new(), Numbers::default())) };
        let apostrophes = rows.separator().is_some();
        let wanted = |i: usize| only.is_none_or(|only| only == i);
        let mut columns: Vec<Option<Builder>> =
            (0..self.names.len()).map(|i| wanted(i).then(Builder::default)).collect();
        let mut numbers = Numbers::default();
        rows.each(|record| {
            // Where files were joined, or printed page by page, the header stands again.
            if record.number <= *head || self.is_header(&record, apostrophes) {
                return true;
            }
            for (i, column) in columns.iter_mut().enumerate() {
                if let Some(column) = column {
                    column.push(written(record.cell(i), apostrophes));
                }
            }
            numbers.push(record.number);
            if numbers.len.is_multiple_of(LOOK) && only.is_none() {
                set_aside(&mut columns);
            }
            true
        })?;
        Ok((columns.into_iter().map(|c| c.map(Builder::finish)).collect(), numbers))
    }

    /// Whether a row below the header is the header again: each of its cells is the name of its column, and it has two or more.
    fn is_header(&self, record: &Record<'_>, apostrophes: bool) -> bool {
        let mut pairs = self.names.iter().enumerate().map(|(i, name)| (written(record.cell(i), apostrophes), name));
        self.names.len() > 1 && pairs.all(|(cell, name)| cell == name)
    }

    /// What stands between cells; absent in a workbook and in Parquet.
    #[must_use]
    pub fn separator(&self) -> Option<char> {
        match &self.content {
            Content::Rows { rows, .. } => rows.separator(),
            Content::Parquet(..) => None,
        }
    }

    /// The different cells of column `at`, if there are no more than `most`. Of a typed file a column is read only where its name
    /// says that it may be worth it.
    #[must_use]
    pub fn few_values(&self, at: usize, most: usize) -> Option<Vec<String>> {
        let loaded = self.columns.borrow()[at].clone();
        let cells = match &self.content {
            Content::Parquet(..) if self.names[at].to_lowercase().contains("status") => self.column(at).ok()?,
            // One that was set aside has many values.
            _ => loaded?,
        };
        (cells.values().len() <= most).then(|| cells.values().map(str::to_owned).collect())
    }

    /// Column `at` as text.
    ///
    /// # Errors
    ///
    /// It holds something that has no text, or the file was changed since.
    pub fn column(&self, at: usize) -> Result<Rc<Cells>, Problem> {
        if let Some(cells) = &self.columns.borrow()[at] {
            return Ok(Rc::clone(cells));
        }
        let cells = match &self.content {
            Content::Rows { .. } => self.load(Some(at))?.0.swap_remove(at).unwrap_or_default(),
            Content::Parquet(path, columns) => super::parquet::column(path, &columns[at])?,
        };
        let others = self.columns.borrow().iter().flatten().map(|c| c.len()).next();
        if others.is_some_and(|n| n != cells.len()) {
            return Err(Problem::Unreadable("it was changed while it was read".into()));
        }
        let cells = Rc::new(cells);
        self.columns.borrow_mut()[at] = Some(Rc::clone(&cells));
        Ok(cells)
    }

    /// The row of names is no header: its cells are numbers and the like.
    #[must_use]
    pub fn has_no_header(&self) -> bool {
        self.names.iter().any(|n| is_value(n))
    }
}

/// A cell as it was meant: without the apostrophe that keeps a spreadsheet from calculating, and without the formula `="0012"` that keeps its zeros.
#[cfg(feature = "frame")]
fn written(cell: &str, separated: bool) -> &str {
    if !separated {
        return cell;
    }
    cell.strip_prefix("=\"").and_then(|t| t.strip_suffix('"')).unwrap_or_else(|| from_csv_cell(cell))
}

/// Names of columns, without what is no text, and in how many there was some.
#[cfg(feature = "frame")]
fn cleaned<'a>(names: impl Iterator<Item = &'a str>) -> (Vec<String>, usize) {
    let mut replaced = 0;
    let clean = |name: &str| {
        let clean = clean(name);
        replaced += usize::from(clean.is_some());
        clean.unwrap_or_else(|| name.to_owned())
    };
    (names.map(clean).collect(), replaced)
}

/// Sets the largest columns aside until the others can be kept.
#[cfg(feature = "frame")]
fn set_aside(columns: &mut [Option<Builder>]) {
    let bytes = |c: &Option<Builder>| c.as_ref().map_or(0, Builder::bytes);
    while columns.iter().map(bytes).sum::<usize>() > KEPT {
        if let Some(largest) = columns.iter_mut().max_by_key(|c| bytes(c)) {
            *largest = None;
        }
    }
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

    /// None: this build reads no data files.
    #[must_use]
    pub fn separator(&self) -> Option<char> {
        None
    }

    /// Always an error.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn column(&self, at: usize) -> Result<Rc<Cells>, Problem> {
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
    cells
        .iter()
        .enumerate()
        .filter(|(_, text)| !text.is_empty())
        .map(|(i, text)| match text.parse::<f64>() {
            Ok(v) if v.is_finite() => Ok(v),
            _ => Err(Problem::NoNumber { row: table.row(i), text: text.to_owned() }),
        })
        .collect()
}

#[cfg(all(test, feature = "frame"))]
mod tests {
    use super::Numbers;

    #[test]
    fn rows_have_their_numbers() {
        let mut numbers = Numbers::default();
        [2, 3, 4, 6, 7, 10].into_iter().for_each(|n| numbers.push(n));
        assert_eq!((0..7).map(|i| numbers.of(i)).collect::<Vec<_>>(), [2, 3, 4, 6, 7, 10, 11]);
        assert_eq!((numbers.breaks.len(), Numbers::from(2).of(5)), (3, 7));
    }
}
