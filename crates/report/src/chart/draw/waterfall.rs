//! Waterfalls: steps from nothing to a total, in rows.

use super::super::spec::WaterfallPanel;
use super::super::theme::{GREY, GRID, INK, LABEL, SMALL, rgb};
use super::canvas::{Axis, Canvas, Frame, HPos, VPos, fitted, ticks, width, written};

impl Canvas<'_> {
    pub(super) fn waterfall(&self, panels: &[WaterfallPanel], frame: Frame) {
        let Some(first) = panels.first() else { return };
        let labels =
            first.steps.iter().map(|s| width(&s.label, SMALL, true)).fold(0.0, f64::max).min(frame.width() * 0.3);
        let left = frame.left + labels + 24.0;
        let gap = 36.0;
        let w = (frame.right - left - gap * (panels.len() - 1) as f64) / panels.len() as f64;
        let texts = panels.iter().flat_map(|p| &p.steps).map(|s| width(&s.text, SMALL, true)).fold(0.0, f64::max);
        let (top, bottom) = (frame.top + 40.0, frame.bottom - 32.0);
        let slot = (bottom - top) / first.steps.len() as f64;
        for (i, step) in first.steps.iter().enumerate() {
            let bold = i + 1 == first.steps.len();
            let label = fitted(&step.label, SMALL, bold, labels);
            self.text(&label, frame.left, top + slot * (i as f64 + 0.5), SMALL, bold, INK, HPos::Left, VPos::Center);
        }
        // One scale for all panels.
        let ends = || {
            let steps = panels.iter().flat_map(|p| &p.steps);
            steps.flat_map(|s| [s.from, s.to, s.whisker.map_or(s.to, |i| i.0), s.whisker.map_or(s.to, |i| i.1)])
        };
        let (low, high) = (ends().fold(0.0, f64::min), ends().fold(0.0, f64::max));
        let plot_width = (w - texts - 28.0).max(60.0);
        let marks = ticks(low, if high > low { high } else { low + 1.0 }, (plot_width / 110.0).max(2.0) as usize);
        for (n, panel) in panels.iter().enumerate() {
            let left = left + n as f64 * (w + gap);
            let plot = Frame { left, top, right: left + plot_width, bottom };
            let title = fitted(&panel.title, LABEL, true, w);
            self.text(&title, left, frame.top, LABEL, true, rgb(panel.colour), HPos::Left, VPos::Top);
            self.waterfall_panel(panel, plot, &marks, slot);
        }
    }

    fn waterfall_panel(&self, panel: &WaterfallPanel, plot: Frame, marks: &[f64], slot: f64) {
        let tick = marks.get(1).map_or(1.0, |m| m - marks[0]);
        let axis = Axis::over(marks, (plot.left, plot.right));
        let x = |v: f64| axis.at(v);
        for m in marks {
            let (colour, stroke) = if *m == 0.0 { (GREY, 2) } else { (GRID, 1) };
            self.line(&[(x(*m), plot.top), (x(*m), plot.bottom)], colour, stroke);
            let label = written(*m, &panel.format, tick);
            self.text(&label, x(*m), plot.bottom + 8.0, SMALL, false, GREY, HPos::Center, VPos::Top);
        }
        let thick = (slot * 0.62).min(44.0);
        for (i, step) in panel.steps.iter().enumerate() {
            let y = plot.top + slot * (i as f64 + 0.5);
            let (from, to) = (x(step.from.min(step.to)), x(step.from.max(step.to)));
            // A step too small to see is still a line.
            let bar = Frame { left: from, right: to.max(from + 2.0), top: y - thick / 2.0, bottom: y + thick / 2.0 };
            self.rect(bar, rgb(step.colour));
            let row = Frame { left: plot.left, right: plot.right, top: y - slot / 2.0, bottom: y + slot / 2.0 };
            self.hover(row, format!("{}\n{} {}", panel.title, step.label, step.text));
            if i + 1 < panel.steps.len() {
                self.line(&[(x(step.to), y + thick / 2.0), (x(step.to), y + slot - thick / 2.0)], GREY, 1);
            }
            let mut end = to;
            if let Some((a, b)) = step.whisker {
                self.line(&[(x(a), y), (x(b), y)], INK, 2);
                for v in [a, b] {
                    self.line(&[(x(v), y - 7.0), (x(v), y + 7.0)], INK, 2);
                }
                end = end.max(x(b));
            }
            self.text(&step.text, end + 10.0, y, SMALL, true, INK, HPos::Left, VPos::Center);
        }
    }
}
