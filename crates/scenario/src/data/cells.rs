//! Columns of text that may be long: each different cell is kept once, and the rows hold its number, packed. What is judged over a whole
//! column is judged over its different cells, so that forty million dates cost as many readings as there are days.

use indexmap::IndexMap;

/// A column's cells, top to bottom; an absent one is empty.
#[derive(Debug, Clone, Default)]
pub struct Cells {
    values: Vec<Box<str>>,
    seen: Vec<Count>,
    codes: Codes,
}

/// How often a cell stands in its column, and where first.
#[derive(Debug, Clone, Copy)]
struct Count {
    rows: usize,
    first: usize,
}

/// One of the different cells of a column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'a> {
    pub text: &'a str,
    pub rows: usize,
    /// The first row that has it, from 0 below the header.
    pub first: usize,
}

impl Cells {
    pub(super) fn len(&self) -> usize {
        self.codes.len
    }

    /// The cell in row `i`.
    pub(super) fn get(&self, i: usize) -> &str {
        &self.values[self.code(i)]
    }

    /// Which of [`values`](Self::values) the cell in row `i` is.
    pub(super) fn code(&self, i: usize) -> usize {
        self.codes.get(i) as usize
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|i| self.get(i))
    }

    /// The different cells by their numbers, as they come.
    pub(super) fn values(&self) -> impl ExactSizeIterator<Item = &str> {
        self.values.iter().map(|v| &**v)
    }

    /// The different cells, as they come.
    pub(super) fn seen(&self) -> impl ExactSizeIterator<Item = Seen<'_>> + Clone {
        self.values.iter().zip(&self.seen).map(|(text, c)| Seen { text, rows: c.rows, first: c.first })
    }

    /// The different cells that are not empty.
    pub(super) fn filled(&self) -> impl Iterator<Item = Seen<'_>> + Clone {
        self.seen().filter(|s| !s.text.is_empty())
    }

    /// Rows in which it is empty.
    pub(super) fn blank(&self) -> usize {
        self.seen().filter(|s| s.text.is_empty()).map(|s| s.rows).sum()
    }

    /// Something of each different cell, by its number.
    pub(super) fn each<T>(&self, of: impl FnMut(&str) -> T) -> Vec<T> {
        self.values().map(of).collect()
    }

    /// Puts another text in the place of cells.
    pub(super) fn rewrite(&mut self, other: impl Fn(&str) -> Option<String>) {
        for value in &mut self.values {
            if let Some(text) = other(value) {
                *value = text.into();
            }
        }
    }
}

impl<'a> FromIterator<&'a str> for Cells {
    fn from_iter<T: IntoIterator<Item = &'a str>>(cells: T) -> Self {
        let mut builder = Builder::default();
        cells.into_iter().for_each(|c| builder.push(c));
        builder.finish()
    }
}

/// Takes cells in.
#[derive(Debug, Default)]
pub(super) struct Builder {
    values: IndexMap<Box<str>, Count>,
    codes: Codes,
    /// Bytes of the different cells.
    text: usize,
    last: usize,
}

/// Bytes that a different cell takes besides its text: its place in the list and in the index.
#[cfg(feature = "frame")]
const ENTRY: usize = 64;

impl Builder {
    pub fn push(&mut self, cell: &str) {
        let row = self.codes.len;
        // Rows of one item or day often stand together.
        let code = match self.values.get_index_mut(self.last) {
            Some((text, count)) if **text == *cell => {
                count.rows += 1;
                self.last
            }
            _ => match self.values.get_full_mut(cell) {
                Some((code, _, count)) => {
                    count.rows += 1;
                    code
                }
                None => {
                    self.text += cell.len();
                    self.values.insert_full(cell.into(), Count { rows: 1, first: row }).0
                }
            },
        };
        self.last = code;
        self.codes.push(code as u32);
    }

    /// Bytes that it holds.
    #[cfg(feature = "frame")]
    pub fn bytes(&self) -> usize {
        self.text + self.values.len() * ENTRY + self.codes.bytes
    }

    pub fn finish(mut self) -> Cells {
        self.codes.seal();
        let (values, seen) = self.values.into_iter().unzip();
        Cells { values, seen, codes: self.codes }
    }
}

/// Rows of a segment.
const SEGMENT: usize = 1 << 14;

/// Numbers in order, packed: of each segment its least one, and the distance from it in as few bytes as the widest needs. A column that is
/// sorted, or has few different cells, takes a byte a row or none.
#[derive(Debug, Clone, Default)]
struct Codes {
    sealed: Vec<Segment>,
    open: Vec<u32>,
    len: usize,
    bytes: usize,
}

#[derive(Debug, Clone)]
struct Segment {
    least: u32,
    /// Bytes of a distance: none if all numbers are the same.
    width: usize,
    distances: Box<[u8]>,
}

impl Codes {
    fn push(&mut self, code: u32) {
        self.open.push(code);
        self.len += 1;
        if self.open.len() == SEGMENT {
            self.seal();
        }
    }

    fn seal(&mut self) {
        let Some(least) = self.open.iter().min().copied() else { return };
        let widest = self.open.iter().max().map_or(0, |most| most - least);
        let width = (u32::BITS - widest.leading_zeros()).div_ceil(8) as usize;
        let distances: Box<[u8]> =
            self.open.iter().flat_map(|c| (c - least).to_le_bytes().into_iter().take(width)).collect();
        self.bytes += distances.len() + size_of::<Segment>();
        self.sealed.push(Segment { least, width, distances });
        self.open.clear();
    }

    fn get(&self, i: usize) -> u32 {
        let (segment, k) = (i / SEGMENT, i % SEGMENT);
        let Some(s) = self.sealed.get(segment) else { return self.open[k] };
        match s.width {
            0 => s.least,
            1 => s.least + u32::from(s.distances[k]),
            width => {
                let mut bytes = [0; 4];
                bytes[..width].copy_from_slice(&s.distances[k * width..(k + 1) * width]);
                s.least + u32::from_le_bytes(bytes)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns whose segments need no byte, one, two and three a row.
    #[test]
    fn cells_come_back_as_they_went_in() {
        let text = |i: usize| match i / SEGMENT {
            0 => "same".to_owned(),
            1 => format!("{}", i % 7),
            2 => format!("{}", i % 300),
            _ => format!("{i}"),
        };
        let n = 9 * SEGMENT + 5;
        let texts: Vec<String> = (0..n).map(text).collect();
        let cells: Cells = texts.iter().map(String::as_str).chain(["0", ""]).collect();
        assert_eq!(cells.len(), n + 2);
        assert!(cells.iter().zip(&texts).all(|(a, b)| a == b));
        assert!(cells.codes.bytes < 2 * n, "{} bytes of {n} rows", cells.codes.bytes);
        let zero = cells.seen().find(|s| s.text == "0").unwrap();
        let zeros: Vec<usize> = (0..n).filter(|i| texts[*i] == "0").collect();
        assert_eq!((zero.rows, zero.first), (zeros.len() + 1, zeros[0]));
        assert_eq!(cells.blank(), 1);
        // A number from the first segments stands beside the largest ones: three bytes.
        let far: Cells =
            (0..70_000).map(|i| format!("{i}")).collect::<Vec<_>>().iter().map(String::as_str).chain(["0"]).collect();
        assert_eq!((far.get(69_999), far.get(70_000)), ("69999", "0"));
    }
}
