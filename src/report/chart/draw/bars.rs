//! Horizontal bars.

use super::super::spec::{BarRow, Bars, Colour};
use super::super::theme::{GREY, GRID, INK, LABEL, SMALL, WHITE, ink_on, rgb};
use super::canvas::{Canvas, Frame, HPos, VPos, fitted, ticks, width, written};

impl Canvas<'_> {
    pub(super) fn bars(&self, bars: &Bars, legend: &[(String, Colour)], frame: Frame) {
        let label_width = bars
            .rows
            .iter()
            .flat_map(|r| [width(&r.label, LABEL, true), width(&r.note, SMALL, false)])
            .fold(0.0, f64::max)
            .min(frame.width() * 0.3);
        let value_width = bars.rows.iter().map(|r| width(&r.value, LABEL, true)).fold(0.0, f64::max);
        let left = frame.left + label_width + 24.0;
        let right = frame.right - value_width - 28.0;
        let total = |r: &BarRow| r.segments.iter().map(|s| s.0).sum::<f64>();
        let top_value = bars.rows.iter().map(|r| total(r).max(r.whisker.map_or(0.0, |w| w.1))).fold(0.0, f64::max);
        let low_value = bars.rows.iter().map(|r| total(r).min(r.whisker.map_or(0.0, |w| w.0))).fold(0.0, f64::min);
        let marks = ticks(low_value, if top_value > low_value { top_value } else { low_value + 1.0 }, 7);
        let (low, high) = (marks[0], marks[marks.len() - 1]);
        let x = |v: f64| left + (v - low) / (high - low) * (right - left);
        let bottom = frame.bottom - 62.0;
        let step = marks[1] - marks[0];
        for m in &marks {
            self.line(&[(x(*m), frame.top), (x(*m), bottom)], GRID, 1);
            self.text(
                &written(*m, &bars.format, step),
                x(*m),
                bottom + 8.0,
                SMALL,
                false,
                GREY,
                HPos::Center,
                VPos::Top,
            );
        }
        self.text(
            &fitted(&bars.axis, SMALL, false, right - left),
            left,
            frame.bottom,
            SMALL,
            false,
            GREY,
            HPos::Left,
            VPos::Bottom,
        );
        let slot = (bottom - frame.top) / bars.rows.len() as f64;
        let thick = (slot * 0.58).min(120.0);
        for (i, row) in bars.rows.iter().enumerate() {
            let middle = frame.top + slot * (i as f64 + 0.5);
            let (from, to) = (middle - thick / 2.0, middle + thick / 2.0);
            let noted = !row.note.is_empty() && slot >= 58.0;
            let shift = if noted { 14.0 } else { 0.0 };
            self.text(
                &fitted(&row.label, LABEL, true, label_width),
                frame.left,
                middle - shift,
                LABEL,
                true,
                INK,
                HPos::Left,
                VPos::Center,
            );
            if noted {
                self.text(
                    &fitted(&row.note, SMALL, false, label_width),
                    frame.left,
                    middle + shift,
                    SMALL,
                    false,
                    GREY,
                    HPos::Left,
                    VPos::Center,
                );
            }
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
                self.hover(region, format!("{}\n{part} {said}", row.label));
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
        self.line(&[(x(0.0), frame.top), (x(0.0), bottom)], GREY, 2);
    }
}
