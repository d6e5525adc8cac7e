//! The health of a sales file: how it was read, and what was found in it, with the rows that a colleague would look at.

use std::collections::BTreeMap;

/// How a file was read, and what was found in it: the one source of the page `describe --report` writes, and of the sheet of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// The file as it was named.
    pub file: String,
    /// Lines of two parts: what, and how it was read.
    pub reading: Vec<(String, String)>,
    /// What was found, in the order in which it is told.
    pub findings: Vec<Finding>,
}

/// What became of what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// The rows are not in the panel.
    LeftOut,
    /// The rows are in the panel with another value than the file has.
    Changed,
    /// Nothing: it is pointed out.
    Kept,
}

impl Done {
    /// What it is called.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Done::LeftOut => "left out",
            Done::Changed => "changed",
            Done::Kept => "to check",
        }
    }
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What became of it.
    pub done: Done,
    /// The finding in words, with its numbers.
    pub what: String,
    /// What a reader may do about it; may be empty.
    pub remedy: String,
    /// The rows of the file that it is about; none where it is about no rows.
    pub rows: RowRuns,
}

/// Rows of a file, those in a row joined.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowRuns {
    /// First and last row of each run.
    runs: BTreeMap<usize, usize>,
    rows: usize,
    /// Rows that are counted only.
    more: usize,
}

/// Runs that are kept; rows of others are counted.
const KEPT: usize = 1_000;

impl RowRuns {
    /// Adds a row, in any order; one that is there already changes nothing.
    pub fn push(&mut self, row: usize) {
        let before = self.runs.range(..=row).next_back().map(|(from, to)| (*from, *to));
        if before.is_some_and(|(_, to)| to >= row) {
            return;
        }
        self.rows += 1;
        let joins = before.filter(|(_, to)| *to + 1 == row).map(|(from, _)| from);
        let after = self.runs.get(&(row + 1)).copied();
        match (joins, after) {
            (None, None) if self.runs.len() >= KEPT => self.more += 1,
            (from, after) => {
                if after.is_some() {
                    self.runs.remove(&(row + 1));
                }
                self.runs.insert(from.unwrap_or(row), after.unwrap_or(row));
            }
        }
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether no row is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// `2 to 5, 9, 12 to 13`, of the first `most` runs, and how many rows there are besides.
    #[must_use]
    pub fn shown(&self, most: usize) -> String {
        let run = |(from, to): (&usize, &usize)| if from == to { from.to_string() } else { format!("{from} to {to}") };
        let list = self.runs.iter().take(most).map(run).collect::<Vec<_>>().join(", ");
        let besides = self.more + self.runs.iter().skip(most).map(|(from, to)| to - from + 1).sum::<usize>();
        if besides > 0 { format!("{list} and {besides} more rows") } else { list }
    }
}

impl FromIterator<usize> for RowRuns {
    fn from_iter<T: IntoIterator<Item = usize>>(rows: T) -> Self {
        let mut runs = RowRuns::default();
        rows.into_iter().for_each(|row| runs.push(row));
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_in_a_row_are_joined_in_any_order() {
        let of = |rows: &[usize]| rows.iter().copied().collect::<RowRuns>();
        assert_eq!(of(&[2, 3, 4, 9, 12, 13]).shown(9), "2 to 4, 9, 12 to 13");
        assert_eq!(of(&[13, 4, 2, 12, 9, 4, 3, 9]), of(&[2, 3, 4, 9, 12, 13]));
        assert_eq!(of(&[2, 4, 6, 8]).shown(2), "2, 4 and 2 more rows");
        let every_other: RowRuns = (0..3_000).map(|k| 2 * k).collect();
        assert_eq!((every_other.len(), every_other.runs.len()), (3_000, KEPT));
        assert!(every_other.shown(1).ends_with("0 and 2999 more rows"), "{}", every_other.shown(1));
        assert_eq!(RowRuns::default().shown(3), "");
    }
}
