//! Tornadoes: bars from one end of a range to the other, around the value now.

use super::super::spec::{Colour, TornadoPanel, TornadoRow};
use super::super::theme::{GREY, GRID, INK, LABEL, SMALL, WHITE, rgb};
use super::canvas::{Axis, Canvas, Frame, HPos, VPos, fitted, ticks, width, written};

impl Canvas<'_> {
    /// The first entry of the legend is the colour of the low end, the second that of the high one.
    pub(super) fn tornado(&self, panel: &TornadoPanel, legend: &[(String, Colour)], frame: Frame) {
        let widest = |of: &dyn Fn(&TornadoRow) -> f64| panel.rows.iter().map(of).fold(0.0, f64::max);
        let labels = widest(&|r| width(&r.label, SMALL, true)).min(frame.width() * 0.26);
        let notes = widest(&|r| width(&r.note, SMALL, false)).max(width(&panel.notes, SMALL, false));
        let texts = widest(&|r| width(&r.text, SMALL, false)).min(frame.width() * 0.3);
        let left = frame.left + labels + 16.0 + notes + 24.0;
        // The words at the ends of the bars lie inside the plot.
        let ends = widest(&|r| width(&r.low.1, SMALL, false).max(width(&r.high.1, SMALL, false))) + 16.0;
        let right = frame.right - texts - 24.0;
        let plot = Frame { left: left + ends, top: frame.top + 40.0, right: right - ends, bottom: frame.bottom - 62.0 };
        let values = || panel.rows.iter().flat_map(|r| [r.low.0, r.high.0]).chain([panel.at, 0.0]);
        let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
        let marks = ticks(low, if high > low { high } else { low + 1.0 }, (plot.width() / 130.0).max(2.0) as usize);
        let axis = Axis::over(&marks, (plot.left, plot.right));
        let step = marks.get(1).map_or(1.0, |m| m - marks[0]);
        for m in &marks {
            let (colour, stroke) = if *m == 0.0 { (GREY, 2) } else { (GRID, 1) };
            self.line(&[(axis.at(*m), plot.top), (axis.at(*m), plot.bottom)], colour, stroke);
            let label = written(*m, &panel.format, step);
            self.text(&label, axis.at(*m), plot.bottom + 8.0, SMALL, false, GREY, HPos::Center, VPos::Top);
        }
        let title = fitted(&panel.axis, SMALL, false, frame.right - left);
        self.text(&title, left, frame.bottom, SMALL, false, GREY, HPos::Left, VPos::Bottom);
        let at = axis.at(panel.at);
        let room = width(&panel.now, LABEL, true) / 2.0;
        let word = at.clamp(left + room, (right - room).max(left + room));
        self.text(&panel.now, word, frame.top, LABEL, true, INK, HPos::Center, VPos::Top);
        let place = frame.left + labels + 16.0;
        self.text(&panel.notes, place, frame.top + 4.0, SMALL, false, GREY, HPos::Left, VPos::Top);
        let slot = plot.height() / panel.rows.len().max(1) as f64;
        let colours = [0, 1].map(|i| legend.get(i).map_or(Colour::Grey, |l| l.1));
        for (i, row) in panel.rows.iter().enumerate() {
            let y = plot.top + slot * (i as f64 + 0.5);
            let label = fitted(&row.label, SMALL, true, labels);
            self.text(&label, frame.left, y, SMALL, true, INK, HPos::Left, VPos::Center);
            self.text(&row.note, place, y, SMALL, false, GREY, HPos::Left, VPos::Center);
            self.tornado_bar(row, (&axis, at), colours, (y, (slot * 0.62).min(44.0)));
            let text = fitted(&row.text, SMALL, false, texts);
            self.text(&text, frame.right, y, SMALL, false, INK, HPos::Right, VPos::Center);
            let strip = Frame { left: frame.left, right: frame.right, top: y - slot / 2.0, bottom: y + slot / 2.0 };
            self.hover(strip, format!("{} {}\n{} to {}\n{}", row.label, row.note, row.low.1, row.high.1, row.text));
        }
        self.line(&[(at, plot.top), (at, plot.bottom)], INK, 2);
    }

    /// A bar of the height `thick` about the pixel `y`, from the value now to both ends.
    fn tornado_bar(&self, row: &TornadoRow, (axis, at): (&Axis, f64), colours: [Colour; 2], (y, thick): (f64, f64)) {
        let (from, to) = (y - thick / 2.0, y + thick / 2.0);
        let (low, high) = (axis.at(row.low.0), axis.at(row.high.0));
        // Where both ends lie on one side, the shorter half is drawn over the longer one.
        let mut halves = [(low, colours[0]), (high, colours[1])];
        halves.sort_by(|a, b| (b.0 - at).abs().total_cmp(&(a.0 - at).abs()));
        let same_side = (low - at) * (high - at) > 0.0;
        for (i, (end, colour)) in halves.into_iter().enumerate() {
            let inset = if same_side && i == 1 { thick / 4.0 } else { 0.0 };
            let bar = Frame { left: end.min(at), right: end.max(at), top: from + inset, bottom: to - inset };
            if bar.width() >= 0.5 {
                self.rect(bar, rgb(colour));
            }
        }
        let (first, last) = if low <= high { (&row.low, &row.high) } else { (&row.high, &row.low) };
        if same_side {
            // Both words at the outer end, that of the nearer one first.
            let nearer =
                if (low - at).abs() < (high - at).abs() { (&row.low, &row.high) } else { (&row.high, &row.low) };
            let (word, x, side) = if low < at {
                (format!("{} · {}", nearer.1.1, nearer.0.1), low.min(high) - 8.0, HPos::Right)
            } else {
                (format!("{} · {}", nearer.0.1, nearer.1.1), low.max(high) + 8.0, HPos::Left)
            };
            self.word(&word, x, y, side);
        } else {
            self.word(&first.1, low.min(high).min(at) - 8.0, y, HPos::Right);
            self.word(&last.1, low.max(high).max(at) + 8.0, y, HPos::Left);
        }
        if row.crosses {
            let zero = axis.at(0.0);
            self.circle(zero, y, 9, WHITE);
            self.circle(zero, y, 6, INK);
        }
    }

    /// A word at the end of a bar, which hides the lines behind it.
    fn word(&self, word: &str, x: f64, y: f64, side: HPos) {
        let w = width(word, SMALL, false);
        let left = if matches!(side, HPos::Right) { x - w } else { x };
        self.rect(Frame { left: left - 3.0, right: left + w + 3.0, top: y - 11.0, bottom: y + 11.0 }, WHITE);
        self.text(word, x, y, SMALL, false, GREY, side, VPos::Center);
    }
}
