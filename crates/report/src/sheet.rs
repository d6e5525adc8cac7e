//! Tables that fit a terminal: no line is longer than it is wide, and no word is broken.

use comfy_table::{Cell, CellAlignment, ColumnConstraint, Width};
use unicode_width::UnicodeWidthStr;

/// More models than this are rows rather than columns.
const SIDE_BY_SIDE: usize = 3;

/// Shorter cells are figures and stay on one line; longer ones are words.
const FIGURE: usize = 24;

/// Names are given so much room if there is any, before they are put on several lines.
const NAME: usize = 24;

/// Blanks beside the content of a cell.
const PADDING: usize = 2;

/// A column but for the first.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub head: String,
    pub cells: Vec<String>,
}

/// What is said of each model, a row a measure.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sheet {
    pub corner: String,
    pub models: Vec<String>,
    /// Label, and a cell a model.
    pub rows: Vec<(String, Vec<String>)>,
}

impl Sheet {
    pub(crate) fn new(corner: impl Into<String>, models: impl Iterator<Item = impl Into<String>>) -> Self {
        Sheet { corner: corner.into(), models: models.map(Into::into).collect(), rows: Vec::new() }
    }

    /// Models side by side if they are few and there is room; otherwise models are the rows, and measures are packed into as
    /// many tables as they need.
    pub(crate) fn render(&self, width: u16) -> String {
        let labels: Vec<&str> = self.rows.iter().map(|r| r.0.as_str()).collect();
        let cells = |m: usize| self.rows.iter().map(|r| r.1[m].clone()).collect();
        let upright: Vec<Column> =
            self.models.iter().enumerate().map(|(m, name)| Column { head: name.clone(), cells: cells(m) }).collect();
        if self.models.len() <= SIDE_BY_SIDE && packs(&self.corner, &labels, &upright, width).len() <= 1 {
            return packed(&self.corner, &labels, &upright, width);
        }
        let models: Vec<&str> = self.models.iter().map(String::as_str).collect();
        let turned: Vec<Column> = self.rows.iter().map(|r| Column { head: r.0.clone(), cells: r.1.clone() }).collect();
        packed(&self.corner, &models, &turned, width)
    }
}

/// Columns beside one of names, in as many tables below each other as the width asks for.
pub(crate) fn packed(corner: &str, names: &[&str], columns: &[Column], width: u16) -> String {
    let tables = packs(corner, names, columns, width).into_iter().map(|range| {
        let columns = &columns[range];
        let wanted = names.iter().chain([&corner]).map(|n| n.width()).max().unwrap_or(0);
        let room = usize::from(width)
            .saturating_sub(columns.iter().map(|c| least(c, width) + PADDING + 1).sum::<usize>() + PADDING);
        let first = wanted.min(room.max(1));
        table(corner, names, columns, first, width)
    });
    tables.collect::<Vec<_>>().join("\n\n")
}

/// Which columns stand in one table.
fn packs(corner: &str, names: &[&str], columns: &[Column], width: u16) -> Vec<std::ops::Range<usize>> {
    let longest = names.iter().chain([&corner]).map(|n| longest_word(n).max(n.width().min(NAME))).max().unwrap_or(0);
    // At least half is for what is said of the names.
    let first = longest.min(usize::from(width) / 2) + PADDING;
    let mut out: Vec<std::ops::Range<usize>> = Vec::new();
    let mut used = first;
    for (i, c) in columns.iter().enumerate() {
        let needs = least(c, width) + PADDING + 1;
        match out.last_mut() {
            Some(range) if used + needs <= usize::from(width) => {
                range.end = i + 1;
                used += needs;
            }
            _ => {
                out.push(i..i + 1);
                used = first + needs;
            }
        }
    }
    out
}

/// Width below which something would be broken; a single word of a head may not have more than half of the terminal.
fn least(c: &Column, width: u16) -> usize {
    let figures = c.cells.iter().map(|t| if t.width() <= FIGURE { t.width() } else { longest_word(t).max(FIGURE) });
    figures.chain([longest_word(&c.head).min(usize::from(width) / 2)]).max().unwrap_or(0)
}

fn longest_word(text: &str) -> usize {
    text.split_whitespace().map(UnicodeWidthStr::width).max().unwrap_or(0)
}

fn table(corner: &str, names: &[&str], columns: &[Column], first: usize, width: u16) -> String {
    let mut t = super::text::grid(width);
    // What is left over goes to the heads, so that they have fewer lines.
    let mut widths: Vec<usize> = columns.iter().map(|c| least(c, width)).collect();
    let fixed = first + PADDING + columns.len() * (PADDING + 1);
    let mut left = usize::from(width).saturating_sub(fixed + widths.iter().sum::<usize>());
    for (w, c) in widths.iter_mut().zip(columns) {
        let more = c.head.width().saturating_sub(*w).min(left);
        *w += more;
        left -= more;
    }
    let cut = |text: &str, room: usize| text.split(' ').map(|w| short(w, room)).collect::<Vec<_>>().join(" ");
    t.set_header(std::iter::once(cut(corner, first)).chain(columns.iter().zip(&widths).map(|(c, w)| cut(&c.head, *w))));
    for (i, name) in names.iter().enumerate() {
        let cells = columns.iter().map(|c| Cell::new(&c.cells[i]).set_alignment(CellAlignment::Right));
        t.add_row(std::iter::once(Cell::new(cut(name, first))).chain(cells));
    }
    for (i, w) in std::iter::once(first).chain(widths).enumerate() {
        if let Some(column) = t.column_mut(i) {
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed((w + PADDING) as u16)));
        }
    }
    without_trailing_blanks(&t.to_string())
}

/// A word cut to a width, with an ellipsis: only where a single word is wider than half the terminal.
fn short(word: &str, room: usize) -> String {
    if word.width() <= room {
        return word.to_owned();
    }
    let mut out = String::new();
    for c in word.chars() {
        if out.width() + UnicodeWidthStr::width(c.to_string().as_str()) + 1 > room {
            break;
        }
        out.push(c);
    }
    out + "…"
}

pub(crate) fn without_trailing_blanks(text: &str) -> String {
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(models: &[&str], rows: &[(&str, &str)]) -> Sheet {
        let mut s = Sheet::new("Of all", models.iter().copied());
        s.rows = rows.iter().map(|(label, cell)| ((*label).into(), vec![(*cell).into(); models.len()])).collect();
        s
    }

    const ROWS: [(&str, &str); 4] = [
        ("Backorder rate, of units ordered", "14.5 % ± 0.6 *"),
        ("Invested capital", "$74.9k ± $0.7k"),
        ("Stock added to the policy", "+60 d of demand: no planner would hold it"),
        ("Mean replenishment lead time", "83.9 d ± 0.7"),
    ];

    fn holds(s: &Sheet, width: u16) -> String {
        let text = s.render(width);
        for line in text.lines() {
            assert!(line.width() <= usize::from(width), "{} columns:\n{text}", line.width());
            assert_eq!(line, line.trim_end());
        }
        let words = |t: &str| t.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let names = s.models.iter().map(String::as_str).chain(s.rows.iter().map(|r| r.0.as_str()));
        for word in names.chain(s.rows.iter().flat_map(|r| r.1.iter().map(String::as_str))).flat_map(words) {
            assert!(text.contains(&word), "`{word}` is broken:\n{text}");
        }
        text
    }

    #[test]
    fn no_word_is_broken_at_80_columns() {
        let wide = ["Ocean freight + 3PL", "tee-schwarz-langarm-bio", "Direct from manufacturer", "Hybrid"];
        for n in 1..=4 {
            for width in [80, 100, 160] {
                holds(&sheet(&wide[..n], &ROWS), width);
            }
        }
        let eight: Vec<String> = (0..8).map(|i| format!("Model {i} with a name of some length")).collect();
        holds(&sheet(&eight.iter().map(String::as_str).collect::<Vec<_>>(), &ROWS), 80);
        holds(&sheet(&["连衣裙连衣裙", "海运"], &ROWS), 80);
    }

    #[test]
    fn few_models_stand_side_by_side() {
        let text = sheet(&["Ocean", "Direct"], &ROWS[..2]).render(80);
        let head = text.lines().next().unwrap();
        assert!(head.contains("Ocean") && head.contains("Direct"), "{text}");
        let text = sheet(&["Ocean", "Direct", "Hybrid", "Air"], &ROWS[..2]).render(80);
        assert!(text.lines().any(|l| l.trim_start().starts_with("Air")), "{text}");
    }

    #[test]
    fn a_word_wider_than_half_the_terminal_is_cut() {
        let text = sheet(&[&"x".repeat(90)], &ROWS).render(80);
        assert!(text.contains('…') && text.lines().all(|l| l.width() <= 80), "{text}");
    }
}
