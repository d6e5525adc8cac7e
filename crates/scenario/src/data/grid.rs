//! A file as rows of text cells, before anything is known of them: where its separators are, and which row is its header.

use super::encoding::{Decoded, Text};
use super::source::PIECE;
use super::table::Problem;
use restock_base::diag::words;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, ErrorKind, Read};

/// The cells of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record<'a> {
    /// Its number in the file, from 1.
    pub number: u32,
    text: &'a str,
    /// End of each cell in `text`.
    ends: &'a [usize],
}

impl<'a> Record<'a> {
    pub fn width(&self) -> usize {
        self.ends.len()
    }

    /// A cell without blanks around it; empty behind the end of the row.
    pub fn cell(&self, column: usize) -> &'a str {
        let Some(end) = self.ends.get(column) else { return "" };
        self.text[if column == 0 { 0 } else { self.ends[column - 1] }..*end].trim()
    }

    pub fn cells(self) -> impl DoubleEndedIterator<Item = &'a str> + ExactSizeIterator {
        (0..self.width()).map(move |column| self.cell(column))
    }

    /// Its width without empty cells at the end.
    pub fn filled(&self) -> usize {
        self.cells().rposition(|c| !c.is_empty()).map_or(0, |c| c + 1)
    }
}

/// Rows that are held in memory, as those of a workbook's sheet are.
#[derive(Debug, Default)]
pub(super) struct Grid {
    rows: Vec<(u32, String, Vec<usize>)>,
}

impl Grid {
    pub fn push<'a>(&mut self, number: u32, cells: impl Iterator<Item = &'a str>) {
        let (mut text, mut ends) = (String::new(), Vec::new());
        for cell in cells {
            text.push_str(cell);
            ends.push(text.len());
        }
        self.rows.push((number, text, ends));
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }
}

/// What rows come from: a source that can be read again and again, so that a large file is never in memory as a whole.
#[derive(Debug)]
pub(super) enum Rows {
    Separated {
        text: Text,
        separator: u8,
        /// The first line is Excel's `sep=;`.
        named: bool,
    },
    Sheet(Grid),
}

impl Rows {
    /// Rows of text with separators. Excel's first line `sep=;` names the separator; else it is the one by which most rows have
    /// the same number of cells, two or more.
    ///
    /// # Errors
    ///
    /// The text cannot be read.
    pub fn separated(text: Text) -> Result<Self, Problem> {
        let mut first = Vec::new();
        let line = BufReader::new(text.open()?.take(SEP_LINE)).read_until(b'\n', &mut first);
        line.map_err(|e| Problem::Unreadable(words::io(&e)))?;
        let named = match first.trim_ascii().strip_prefix(b"sep=") {
            Some([separator]) => Some(*separator),
            _ => None,
        };
        if let Some(separator) = named {
            return Ok(Rows::Separated { text, separator, named: true });
        }
        let mut best = (0.0, b',');
        for separator in SEPARATORS {
            let score = agreement(text.open()?, separator)?;
            // Of equally good ones the first.
            if score > best.0 {
                best = (score, separator);
            }
        }
        Ok(Rows::Separated { text, separator: best.1, named: false })
    }

    /// Gives all rows that are not blank, until `visit` says that it has seen enough.
    ///
    /// # Errors
    ///
    /// The text cannot be read.
    pub fn each(&self, mut visit: impl FnMut(Record<'_>) -> bool) -> Result<(), Problem> {
        match self {
            Rows::Separated { text, separator, named } => {
                let mut records = Records::new(text.open()?, *separator);
                while let Some(record) = records.next()? {
                    let is_name = *named && record.number == 1;
                    if !is_name && record.filled() > 0 && !visit(record) {
                        break;
                    }
                }
            }
            Rows::Sheet(grid) => {
                for (number, text, ends) in &grid.rows {
                    if !visit(Record { number: *number, text, ends }) {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// Between cells; absent in a workbook.
    pub fn separator(&self) -> Option<char> {
        match self {
            Rows::Separated { separator, .. } => Some(char::from(*separator)),
            Rows::Sheet(_) => None,
        }
    }
}

/// Bytes within which the line ends that names the separator.
const SEP_LINE: u64 = 64;

/// Separators that are tried.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Rows by which a separator is chosen.
const TRIED: usize = 2_000;

/// How well a separator explains the rows: the share of rows of the usual width; more cells decide between equals. 0 if they
/// have a single cell.
fn agreement(text: Decoded, separator: u8) -> Result<f64, Problem> {
    let mut records = Records::new(text, separator);
    let (mut counts, mut all) = (BTreeMap::new(), 0_usize);
    while all < TRIED
        && let Some(record) = records.next()?
    {
        if record.filled() > 0 {
            *counts.entry(record.width()).or_insert(0_usize) += 1;
            all += 1;
        }
    }
    let best = counts.into_iter().filter(|(width, _)| *width > 1).max_by_key(|(width, n)| (*n, *width));
    Ok(best.map_or(0.0, |(width, n)| n as f64 / all as f64 + 1e-4 * width.min(100) as f64))
}

/// Text split into records.
struct Records {
    from: Decoded,
    core: csv_core::Reader,
    buffer: Vec<u8>,
    /// What of `buffer` was not yet split.
    left: std::ops::Range<usize>,
    text: Vec<u8>,
    ends: Vec<usize>,
    /// Of what is left.
    line: u32,
}

impl Records {
    fn new(from: Decoded, separator: u8) -> Self {
        Records {
            from,
            core: csv_core::ReaderBuilder::new().delimiter(separator).build(),
            buffer: vec![0; PIECE],
            left: 0..0,
            text: vec![0; 1 << 10],
            ends: vec![0; 1 << 6],
            line: 1,
        }
    }

    fn fill(&mut self) -> Result<(), Problem> {
        let n = self.from.read(&mut self.buffer).map_err(|e| match e.kind() {
            ErrorKind::Other => Problem::Unreadable(e.to_string()),
            _ => Problem::Unreadable(words::io(&e)),
        })?;
        self.left = 0..n;
        Ok(())
    }

    /// The next record; blank lines have none.
    fn next(&mut self) -> Result<Option<Record<'_>>, Problem> {
        loop {
            let ends = self.buffer[self.left.clone()].iter().take_while(|b| matches!(b, b'\r' | b'\n'));
            let (mut skipped, mut lines) = (0, 0);
            for b in ends {
                skipped += 1;
                lines += u32::from(*b == b'\n');
            }
            self.left.start += skipped;
            self.line += lines;
            if !self.left.is_empty() {
                break;
            }
            self.fill()?;
            if self.left.is_empty() {
                return Ok(None);
            }
        }
        let number = self.line;
        let (mut length, mut cells) = (0, 0);
        loop {
            let input = &self.buffer[self.left.clone()];
            let (result, read, written, ended) =
                self.core.read_record(input, &mut self.text[length..], &mut self.ends[cells..]);
            self.line += input[..read].iter().filter(|b| **b == b'\n').count() as u32;
            self.left.start += read;
            length += written;
            cells += ended;
            match result {
                csv_core::ReadRecordResult::InputEmpty => self.fill()?,
                csv_core::ReadRecordResult::OutputFull if length >= LONGEST => {
                    return Err(endless(number, "16 MB of text"));
                }
                csv_core::ReadRecordResult::OutputEndsFull if cells >= MOST_CELLS => {
                    return Err(endless(number, "200000 cells"));
                }
                csv_core::ReadRecordResult::OutputFull => self.text.resize(2 * self.text.len(), 0),
                csv_core::ReadRecordResult::OutputEndsFull => self.ends.resize(2 * self.ends.len(), 0),
                csv_core::ReadRecordResult::Record => break,
                csv_core::ReadRecordResult::End => return Ok(None),
            }
        }
        // Separators are ASCII, so that no character is cut.
        let text = std::str::from_utf8(&self.text[..length])
            .map_err(|_| Problem::Unreadable("it was changed while it was read".into()))?;
        Ok(Some(Record { number, text, ends: &self.ends[..cells] }))
    }
}

/// Bytes and cells of a row beyond which no table has any.
const LONGEST: usize = 16 << 20;
const MOST_CELLS: usize = 200_000;

fn endless(number: u32, what: &str) -> Problem {
    Problem::Unreadable(format!(
        "the row from line {number} on has more than {what}: a quote that is not closed, or no table"
    ))
}

/// Rows at the beginning among which a header is looked for.
const PREAMBLE: usize = 60;

/// The header of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Its row in the file.
    pub number: u32,
    pub names: Vec<String>,
}

/// What is seen of a file before its header is known.
#[derive(Default)]
struct Overview {
    /// The first rows.
    first: Vec<(u32, Vec<String>)>,
    /// How many rows have each width without the empty cells at their ends.
    widths: BTreeMap<usize, usize>,
    /// Of the rows behind the first ones the first of each such width: its number, and how many cells it has.
    later: BTreeMap<usize, (u32, usize)>,
    wanted: Option<(u32, Vec<String>)>,
}

/// Finds the header: the first row that is filled as rows below it are, and whose cells look like names (`is_value` tells numbers and the
/// like), the first row if none does; or the row that is wanted.
///
/// # Errors
///
/// There are no rows, or not the one wanted; or a row below has more cells than the header: a comma inside a number shifts those behind it.
pub(super) fn header(rows: &Rows, wanted: Option<u32>, is_value: impl Fn(&str) -> bool) -> Result<Header, Problem> {
    let texts = |record: Record<'_>| (record.number, record.cells().map(str::to_owned).collect::<Vec<String>>());
    let mut seen = Overview::default();
    rows.each(|record| {
        if Some(record.number) == wanted {
            seen.wanted = Some(texts(record));
        }
        let filled = record.filled();
        *seen.widths.entry(filled).or_insert(0) += 1;
        if seen.first.len() < PREAMBLE {
            seen.first.push(texts(record));
        } else if wanted.is_none_or(|w| record.number > w) {
            seen.later.entry(filled).or_insert((record.number, record.width()));
        }
        true
    })?;
    let usual = seen.widths.iter().max_by_key(|(width, n)| (**n, **width)).map_or(0, |(width, _)| *width);
    let looks_like_names = |row: &&(u32, Vec<String>)| {
        let filled = || row.1.iter().filter(|c| !c.is_empty());
        let n = filled().count();
        n * 5 >= usual * 4 && n >= usual.min(2) && !filled().any(|c| is_value(c))
    };
    let head = match wanted {
        Some(wanted) => {
            seen.wanted.take().ok_or_else(|| Problem::Unreadable(format!("its row {wanted} is empty, or not there")))?
        }
        None => seen
            .first
            .iter()
            .find(looks_like_names)
            .or(seen.first.first())
            .cloned()
            .ok_or_else(|| Problem::Unreadable("it has no rows".into()))?,
    };
    let width = head.1.len();
    let below = seen.first.iter().filter(|row| row.0 > head.0);
    let early = below.map(|row| (row.0, row.1.len(), row.1.iter().skip(width).any(|c| !c.is_empty())));
    let late = seen.later.iter().map(|(filled, (number, cells))| (*number, *cells, *filled > width));
    match early.chain(late).filter(|row| row.2).min() {
        Some((number, cells, _)) => {
            Err(Problem::Unreadable(format!("line {number} has {cells} cells, and the header {width}")))
        }
        None => Ok(Header { number: head.0, names: head.1 }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::Bytes;
    use super::*;

    fn rows(text: &str) -> Rows {
        Rows::separated(Text::new(Bytes::Held(text.as_bytes().into()), None).unwrap()).unwrap()
    }

    fn of(text: &str) -> (char, Vec<Vec<String>>, Vec<u32>) {
        let (rows, mut cells, mut numbers) = (rows(text), Vec::new(), Vec::new());
        rows.each(|record| {
            cells.push(record.cells().map(str::to_owned).collect());
            numbers.push(record.number);
            true
        })
        .unwrap();
        (rows.separator().unwrap(), cells, numbers)
    }

    #[test]
    fn the_separator_is_the_one_that_most_rows_agree_on() {
        assert_eq!(of("a;b;c\n1;2,5;3\n2;3,5;4\n").0, ';');
        assert_eq!(of("a\tb\n1,5\t2\n").0, '\t');
        assert_eq!(of("a|b|c\n1|2|3\n").0, '|');
        assert_eq!(of("date,sku,units\n\"3, 4\",x;y,1\n").0, ',');
        let (separator, rows, numbers) = of("sep=;\r\nsku;date\r\nT,1;x\r\n\r\n\"a\nb\";y\r\nT;z\r\n");
        assert_eq!((separator, numbers), (';', vec![2, 3, 5, 7]), "rows are lines of the file");
        assert_eq!(rows[1], ["T,1", "x"]);
        // A single column has no separator.
        assert_eq!(of("units\n1\n2\n").1.len(), 3);
    }

    /// Rows longer than what is read at a time, and ends of lines on both sides of that.
    #[test]
    fn rows_may_be_long() {
        let long = "x".repeat(PIECE - 6);
        let text = format!("a,b\r\n{long},1\r\n2,\"{long}\n{long}\"\r\n\r\n3,4");
        let (_, rows, numbers) = of(&text);
        assert_eq!(numbers, [1, 2, 3, 6]);
        assert_eq!((rows[2][1].len(), rows[3].join(" ")), (2 * long.len() + 1, "3 4".into()));
    }

    #[test]
    fn a_header_may_stand_below_a_preamble() {
        let is_value = |c: &str| c.chars().any(|c| c.is_ascii_digit());
        let at = |text: &str| header(&rows(text), None, is_value).map(|h| h.number).map_err(|p| format!("{p:?}"));
        assert_eq!(at("date,sku,units\n1,2,3\n"), Ok(1));
        let preamble = "Sales by product,,\nShop: Lamp House,,\n\nDate,SKU,Units\n1,T,5\n2,T,5\n3,T,5\n";
        assert_eq!(at(preamble), Ok(4));
        assert_eq!(at("1,2,3\n4,5,6\n"), Ok(1), "none looks like one");
        assert!(at("a,b\n1,2,\n3,4,5\n").unwrap_err().contains("line 3 has 3 cells, and the header 2"));
        let many = "a,b\n".to_owned() + &"1,2\n".repeat(99) + "3,4,5\n";
        assert!(at(&many).unwrap_err().contains("line 101 has 3 cells"));
        assert_eq!(header(&rows(preamble), Some(5), is_value).unwrap().names, ["1", "T", "5"]);
        assert!(header(&rows(preamble), Some(3), is_value).is_err());
    }
}
