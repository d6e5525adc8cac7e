//! A file as rows of text cells, before anything is known of them: where its separators are, and which row is its header.

use super::table::Problem;

/// Rows of cells, in one piece of text each.
#[derive(Debug, Default)]
pub(super) struct Grid {
    text: String,
    /// End of each cell in `text`.
    ends: Vec<usize>,
    /// Index in `ends` behind the last cell of each row.
    rows: Vec<usize>,
    /// Each row's number in the file, from 1.
    numbers: Vec<u32>,
}

impl Grid {
    pub fn push<'a>(&mut self, number: u32, cells: impl Iterator<Item = &'a str>) {
        for cell in cells {
            self.text.push_str(cell.trim());
            self.ends.push(self.text.len());
        }
        self.rows.push(self.ends.len());
        self.numbers.push(number);
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Row `i`'s number in the file.
    pub fn number(&self, i: usize) -> u32 {
        self.numbers[i]
    }

    fn range(&self, row: usize) -> std::ops::Range<usize> {
        (if row == 0 { 0 } else { self.rows[row - 1] })..self.rows[row]
    }

    pub fn width(&self, row: usize) -> usize {
        self.range(row).len()
    }

    /// A cell; empty behind the end of its row.
    pub fn cell(&self, row: usize, column: usize) -> &str {
        let range = self.range(row);
        let k = range.start + column;
        if k >= range.end {
            return "";
        }
        &self.text[if k == 0 { 0 } else { self.ends[k - 1] }..self.ends[k]]
    }

    pub fn cells(&self, row: usize) -> impl Iterator<Item = &str> {
        (0..self.width(row)).map(move |column| self.cell(row, column))
    }

    /// The width that most rows have, without their empty cells at the end.
    pub fn usual_width(&self) -> usize {
        let mut counts = std::collections::BTreeMap::new();
        for row in 0..self.len() {
            let filled = (0..self.width(row)).rev().find(|c| !self.cell(row, *c).is_empty()).map_or(0, |c| c + 1);
            *counts.entry(filled).or_insert(0_usize) += 1;
        }
        counts.into_iter().max_by_key(|(width, n)| (*n, *width)).map_or(0, |(width, _)| width)
    }
}

/// Separators that are tried.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Rows by which a separator is chosen.
const TRIED: usize = 2_000;

/// Text with separators as a grid.
#[derive(Debug)]
pub(super) struct Separated {
    pub grid: Grid,
    pub separator: char,
}

/// Splits text into rows and cells. Excel's first line `sep=;` names the separator; else it is the one by which most rows have
/// the same number of cells, two or more.
///
/// # Errors
///
/// There are no rows, or a quote is not closed.
pub(super) fn separated(text: &str) -> Result<Separated, Problem> {
    let (named, skipped) = match text.split_once('\n') {
        Some((first, rest)) => match first.trim().strip_prefix("sep=").map(str::as_bytes) {
            Some([separator]) => (Some(*separator), text.len() - rest.len()),
            _ => (None, 0),
        },
        None => (None, 0),
    };
    let body = &text[skipped..];
    let first_row = 1 + u32::from(skipped > 0);
    let separator = named.unwrap_or_else(|| {
        let scored = SEPARATORS.map(|s| (agreement(&split(body, s, first_row, TRIED)), s));
        // Of equally good ones the first.
        scored.into_iter().rev().max_by(|a, b| a.0.total_cmp(&b.0)).map_or(b',', |(_, s)| s)
    });
    if let Some(line) = open_quote(body) {
        let line = first_row as usize + line;
        return Err(Problem::Unreadable(format!("a quote that opens in line {line} is not closed")));
    }
    let grid = split(body, separator, first_row, usize::MAX);
    if grid.len() == 0 {
        return Err(Problem::Unreadable("it has no rows".into()));
    }
    Ok(Separated { grid, separator: char::from(separator) })
}

/// The line, from 0, of a quote that is not closed.
fn open_quote(text: &str) -> Option<usize> {
    if text.bytes().filter(|b| *b == b'"').count().is_multiple_of(2) {
        return None;
    }
    let (mut line, mut since) = (0, None);
    for b in text.bytes() {
        match b {
            b'"' => since = if since.is_some() { None } else { Some(line) },
            b'\n' => line += 1,
            _ => {}
        }
    }
    since
}

/// How well a separator explains the rows: the share of rows of the usual width; more cells decide between equals. 0 if they
/// have a single cell.
fn agreement(grid: &Grid) -> f64 {
    let mut counts = std::collections::BTreeMap::new();
    for row in 0..grid.len() {
        *counts.entry(grid.width(row)).or_insert(0_usize) += 1;
    }
    let best = counts.into_iter().filter(|(width, _)| *width > 1).max_by_key(|(width, n)| (*n, *width));
    best.map_or(0.0, |(width, n)| n as f64 / grid.len() as f64 + 1e-4 * width.min(100) as f64)
}

fn split(text: &str, separator: u8, first_row: u32, most: usize) -> Grid {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut grid = Grid::default();
    let mut record = csv::StringRecord::new();
    let (mut row, mut counted) = (first_row, 0);
    // The text is UTF-8 and lengths are free, so that no record fails.
    while grid.len() < most && reader.read_record(&mut record).unwrap_or(false) {
        // A record is said to begin before the empty lines in front of it.
        let before = record.position().map_or(0, |p| p.byte() as usize);
        let begin = before + text[before..].find(|c| c != '\r' && c != '\n').unwrap_or(0);
        row += text[counted..begin].bytes().filter(|b| *b == b'\n').count() as u32;
        counted = begin;
        if record.iter().any(|c| !c.trim().is_empty()) {
            grid.push(row, record.iter());
        }
    }
    grid
}

/// Rows at the beginning among which a header is looked for.
const PREAMBLE: usize = 60;

/// Index of the row that is the header: the first one that is filled as rows below it are, and whose cells look like names
/// (`is_value` tells numbers and the like). The first row if none does.
pub(super) fn header(grid: &Grid, is_value: impl Fn(&str) -> bool) -> usize {
    let usual = grid.usual_width();
    let looks_like_names = |row: &usize| {
        let filled: Vec<&str> = grid.cells(*row).filter(|c| !c.is_empty()).collect();
        let enough = filled.len() * 5 >= usual * 4 && filled.len() >= usual.min(2);
        enough && !filled.iter().any(|c| is_value(c))
    };
    (0..grid.len().min(PREAMBLE)).find(looks_like_names).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (char, Vec<Vec<String>>, Vec<u32>) {
        let s = separated(text).unwrap();
        let rows = (0..s.grid.len()).map(|r| s.grid.cells(r).map(str::to_owned).collect()).collect();
        (s.separator, rows, (0..s.grid.len()).map(|r| s.grid.number(r)).collect())
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

    #[test]
    fn a_header_may_stand_below_a_preamble() {
        let is_value = |c: &str| c.chars().any(|c| c.is_ascii_digit());
        let at = |text: &str| header(&separated(text).unwrap().grid, is_value);
        assert_eq!(at("date,sku,units\n1,2,3\n"), 0);
        assert_eq!(at("Sales by product,,\nShop: Lamp House,,\n\nDate,SKU,Units\n1,T,5\n2,T,5\n3,T,5\n"), 2);
        assert_eq!(at("1,2,3\n4,5,6\n"), 0, "none looks like one");
    }
}
