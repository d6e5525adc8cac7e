//! Horizontal bars, in one column or several that share their rows.

use super::super::spec::{BarRow, Bars, Colour};
use super::super::theme::{GREY, GRID, INK, LABEL, SMALL, WHITE, ink_on, rgb};
use super::canvas::{Axis, Canvas, Frame, HPos, VPos, fitted, ticks, width, written};

impl Canvas<'_> {
    pub(super) fn bars(&self, columns: &[Bars], legend: &[(String, Colour)], frame: Frame) {
        let Some(first) = columns.first() else { return };
        let label_width = first
            .rows
            .iter()
            .flat_map(|r| [width(&r.label, LABEL, true), width(&r.note, SMALL, false)])
            .fold(0.0, f64::max)
            .min(frame.width() * 0.3);
        let gap = 56.0;
        let left = frame.left + label_width + 24.0;
        let w = (frame.right - left - gap * (columns.len() - 1) as f64) / columns.len() as f64;
        let titled = columns.iter().any(|c| !c.title.is_empty());
        let top = frame.top + if titled { 40.0 } else { 0.0 };
        let bottom = frame.bottom - 62.0;
        let slot = (bottom - top) / first.rows.len() as f64;
        for (i, row) in first.rows.iter().enumerate() {
            self.bar_names(row, frame.left, top + slot * (i as f64 + 0.5), label_width, slot);
        }
        for (n, column) in columns.iter().enumerate() {
            let left = left + n as f64 * (w + gap);
            let title = fitted(&column.title, LABEL, true, w);
            self.text(&title, left, frame.top, LABEL, true, INK, HPos::Left, VPos::Top);
            self.bar_column(column, legend, Frame { left, top, right: left + w, bottom });
            let axis = fitted(&column.axis, SMALL, false, w);
            self.text(&axis, left, frame.bottom, SMALL, false, GREY, HPos::Left, VPos::Bottom);
        }
    }

    /// Name of a row and the note below it.
    fn bar_names(&self, row: &BarRow, left: f64, middle: f64, room: f64, slot: f64) {
        // A row without a name of its own belongs to the one above: its note is its name.
        let noted = !row.note.is_empty() && (slot >= 58.0 || row.label.is_empty());
        let shift = if noted && !row.label.is_empty() { 14.0 } else { 0.0 };
        let label = fitted(&row.label, LABEL, true, room);
        self.text(&label, left, middle - shift, LABEL, true, INK, HPos::Left, VPos::Center);
        if noted {
            let note = fitted(&row.note, SMALL, false, room);
            self.text(&note, left, middle + shift, SMALL, false, GREY, HPos::Left, VPos::Center);
        }
    }

    fn bar_column(&self, bars: &Bars, legend: &[(String, Colour)], plot: Frame) {
        let value_width = bars.rows.iter().map(|r| width(&r.value, LABEL, true)).fold(0.0, f64::max);
        let right = (plot.right - value_width - 28.0).max(plot.left + 60.0);
        // A stack may turn back: each of its ends counts.
        let ends = |r: &BarRow| {
            let mut sum = 0.0;
            let stack = r.segments.iter().map(|s| {
                sum += s.0;
                sum
            });
            let stack: Vec<f64> = stack.chain(r.whisker.into_iter().flat_map(|w| [w.0, w.1])).collect();
            stack
        };
        let high = bars.rows.iter().flat_map(ends).fold(0.0, f64::max);
        let low = bars.rows.iter().flat_map(ends).fold(0.0, f64::min);
        let most = ((right - plot.left) / 110.0).clamp(2.0, 7.0) as usize;
        let marks = ticks(low, if high > low { high } else { low + 1.0 }, most);
        let axis = Axis::over(&marks, (plot.left, right));
        let x = |v: f64| axis.at(v);
        let step = marks[1] - marks[0];
        for m in &marks {
            self.line(&[(x(*m), plot.top), (x(*m), plot.bottom)], GRID, 1);
            let label = written(*m, &bars.format, step);
            self.text(&label, x(*m), plot.bottom + 8.0, SMALL, false, GREY, HPos::Center, VPos::Top);
        }
        let slot = plot.height() / bars.rows.len() as f64;
        for (i, row) in bars.rows.iter().enumerate() {
            self.bar(row, legend, &x, plot.top + slot * (i as f64 + 0.5), (slot * 0.58).min(120.0));
        }
        self.line(&[(x(0.0), plot.top), (x(0.0), plot.bottom)], GREY, 2);
    }

    /// One bar with its parts, whisker and value.
    fn bar(&self, row: &BarRow, legend: &[(String, Colour)], x: &dyn Fn(f64) -> f64, middle: f64, thick: f64) {
        let (from, to) = (middle - thick / 2.0, middle + thick / 2.0);
        let mut sum = 0.0;
        for (value, colour, label) in &row.segments {
            let (a, b) = (x(sum), x(sum + value));
            sum += value;
            let c = rgb(*colour);
            if (b - a).abs() >= 0.5 {
                self.rect(Frame { left: a.min(b), top: from, right: a.max(b), bottom: to }, c);
            }
            // A label must not lie under the whisker of the bar's end.
            let room_to = row.whisker.map_or(b, |w| b.min(x(w.0)));
            let fits = (a + b + width(label, SMALL, false)) / 2.0 + 8.0 <= room_to
                && a + 16.0 + width(label, SMALL, false) <= b;
            if !label.is_empty() && thick >= 26.0 && fits {
                self.text(label, (a + b) / 2.0, middle, SMALL, false, ink_on(c), HPos::Center, VPos::Center);
            }
            if row.segments.len() > 1 {
                self.line(&[(b, from), (b, to)], WHITE, 2);
            }
            let part = legend.iter().find(|(_, c)| c == colour).map_or(row.note.as_str(), |(name, _)| name);
            let said = if label.is_empty() { &row.value } else { label };
            let region = Frame { left: a.min(b), right: a.max(b), top: from, bottom: to };
            let name = if row.label.is_empty() { &row.note } else { &row.label };
            self.hover(region, format!("{name}\n{part} {said}"));
        }
        let mut end = x(sum.max(0.0));
        if let Some((a, b)) = row.whisker {
            let cap = (thick * 0.18).clamp(4.0, 12.0);
            self.line(&[(x(a), middle), (x(b), middle)], INK, 2);
            for v in [a, b] {
                self.line(&[(x(v), middle - cap), (x(v), middle + cap)], INK, 2);
            }
            end = end.max(x(b));
        }
        self.text(&row.value, end + 14.0, middle, LABEL, true, INK, HPos::Left, VPos::Center);
    }
}
