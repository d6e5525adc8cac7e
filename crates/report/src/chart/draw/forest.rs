//! Differences with their intervals around zero.

use super::super::spec::ForestPanel;
use super::super::theme::{GREY, GRID, INK, LABEL, SMALL, rgb};
use super::canvas::{Axis, Canvas, Frame, HPos, VPos, fitted, ticks, width, written};

impl Canvas<'_> {
    pub(super) fn forest(&self, panels: &[ForestPanel], frame: Frame) {
        let columns = if panels.len() > 1 { 2 } else { 1 };
        let rows = panels.len().div_ceil(columns);
        let (gap_x, gap_y) = (72.0, 40.0);
        let w = (frame.width() - gap_x * (columns - 1) as f64) / columns as f64;
        let h = (frame.height() - gap_y * (rows - 1) as f64) / rows as f64;
        for (i, panel) in panels.iter().enumerate() {
            let left = frame.left + (i % columns) as f64 * (w + gap_x);
            let top = frame.top + (i / columns) as f64 * (h + gap_y);
            self.forest_panel(panel, Frame { left, top, right: left + w, bottom: top + h });
        }
    }

    pub(super) fn forest_panel(&self, panel: &ForestPanel, frame: Frame) {
        self.text(
            &fitted(&panel.title, LABEL, true, frame.width()),
            frame.left,
            frame.top,
            LABEL,
            true,
            INK,
            HPos::Left,
            VPos::Top,
        );
        let label_width =
            panel.rows.iter().map(|r| width(&r.label, SMALL, false)).fold(0.0, f64::max).min(frame.width() * 0.36);
        let value_width = panel.rows.iter().map(|r| width(&r.text, SMALL, true)).fold(0.0, f64::max);
        let plot = Frame {
            left: frame.left + label_width + 24.0,
            top: frame.top + 40.0,
            right: frame.right - value_width - 20.0,
            bottom: frame.bottom - 32.0,
        };
        let ends = || {
            panel
                .rows
                .iter()
                .flat_map(|r| [r.value, r.interval.map_or(r.value, |i| i.0), r.interval.map_or(r.value, |i| i.1)])
        };
        let (low, high) = (ends().fold(0.0, f64::min), ends().fold(0.0, f64::max));
        let marks = ticks(low, if high > low { high } else { low + 1.0 }, (plot.width() / 130.0).max(2.0) as usize);
        let step = marks[1] - marks[0];
        let axis = Axis::over(&marks, (plot.left, plot.right));
        let x = |v: f64| axis.at(v);
        for m in &marks {
            self.line(
                &[(x(*m), plot.top), (x(*m), plot.bottom)],
                if *m == 0.0 { GREY } else { GRID },
                if *m == 0.0 { 2 } else { 1 },
            );
            self.text(
                &written(*m, &panel.format, step),
                x(*m),
                plot.bottom + 8.0,
                SMALL,
                false,
                GREY,
                HPos::Center,
                VPos::Top,
            );
        }
        let slot = plot.height() / panel.rows.len() as f64;
        for (i, row) in panel.rows.iter().enumerate() {
            let y = plot.top + slot * (i as f64 + 0.5);
            let c = rgb(row.colour);
            self.text(
                &fitted(&row.label, SMALL, false, label_width),
                frame.left,
                y,
                SMALL,
                false,
                INK,
                HPos::Left,
                VPos::Center,
            );
            if let Some((a, b)) = row.interval {
                self.line(&[(x(a), y), (x(b), y)], c, 3);
                for v in [a, b] {
                    self.line(&[(x(v), y - 7.0), (x(v), y + 7.0)], c, 3);
                }
            }
            self.circle(x(row.value), y, 8, c);
            let strip = Frame { left: frame.left, right: frame.right, top: y - slot / 2.0, bottom: y + slot / 2.0 };
            self.hover(strip, format!("{}\n{} {}", panel.title, row.label, row.text));
            self.text(&row.text, frame.right, y, SMALL, true, INK, HPos::Right, VPos::Center);
        }
    }
}
