//! Lines, bands and areas in small multiples.

use super::super::spec::{Colour, Format, LinePanel, Reading, XAxis};
use super::super::theme::{FOOTER, GREY, GRID, LABEL, SMALL, ink_on, rgb, tint};
use super::canvas::{Canvas, Frame, HPos, VPos, fitted, ticks, width, written};
use crate::report::format;

impl Canvas<'_> {
    pub(super) fn line_panels(&self, panels: &[LinePanel], columns: usize, legend: &[(String, Colour)], frame: Frame) {
        let columns = columns.clamp(1, panels.len().max(1));
        let rows = panels.len().div_ceil(columns);
        let gap = 44.0;
        let end_labels =
            panels.iter().flat_map(|p| &p.lines).map(|l| width(&l.label, SMALL, true)).fold(0.0, f64::max).min(300.0);
        let w = (frame.width() - gap * (columns - 1) as f64) / columns as f64;
        let h = (frame.height() - gap * (rows - 1) as f64) / rows as f64;
        for (row, in_row) in panels.chunks(columns).enumerate() {
            let high = in_row.iter().map(top_of).fold(0.0, f64::max);
            let low = in_row.iter().map(bottom_of).fold(0.0, f64::min);
            let high = in_row[0].y_max.unwrap_or(if high > low { high } else { low + 1.0 });
            let low = in_row[0].y_min.unwrap_or(low);
            let most = if h > 320.0 {
                6
            } else if h > 190.0 {
                3
            } else {
                2
            };
            let marks = ticks(low, high, most);
            for (column, panel) in in_row.iter().enumerate() {
                let left = frame.left + column as f64 * (w + gap);
                let top = frame.top + row as f64 * (h + gap);
                let place = Frame { left, top, right: left + w, bottom: top + h };
                self.line_panel(panel, place, &marks, end_labels, legend);
            }
        }
    }

    pub(super) fn line_panel(
        &self,
        panel: &LinePanel,
        frame: Frame,
        marks: &[f64],
        end_labels: f64,
        legend: &[(String, Colour)],
    ) {
        let step = if marks.len() > 1 { marks[1] - marks[0] } else { 1.0 };
        let axis_width =
            marks.iter().map(|m| width(&written(*m, &panel.format, step), SMALL, false)).fold(0.0, f64::max);
        let room_for_events = if panel.events.is_empty() { 0.0 } else { 28.0 };
        let title_room = if panel.title.is_empty() { 0.0 } else { 40.0 };
        let plot = Frame {
            left: frame.left + axis_width + 14.0,
            top: frame.top + title_room + room_for_events,
            right: frame.right - if end_labels > 0.0 { end_labels + 16.0 } else { 8.0 },
            bottom: frame.bottom - if panel.x.title().is_empty() { 34.0 } else { 62.0 },
        };
        if !panel.title.is_empty() {
            self.text(
                &fitted(&panel.title, LABEL, true, frame.width()),
                frame.left,
                frame.top,
                LABEL,
                true,
                rgb(panel.colour),
                HPos::Left,
                VPos::Top,
            );
        }
        let xs = || {
            panel
                .bands
                .iter()
                .flat_map(|b| b.points.iter().map(|p| p.0))
                .chain(panel.lines.iter().flat_map(|l| l.points.iter().map(|p| p.0)))
                .chain(panel.points.iter().map(|p| p.x))
        };
        let (x_low, x_high) = (xs().fold(f64::INFINITY, f64::min), xs().fold(f64::NEG_INFINITY, f64::max));
        let (x_low, x_high) = if x_low < x_high { (x_low, x_high) } else { (0.0, 1.0) };
        let (low, high) = (marks[0], marks[marks.len() - 1]);
        let x = |v: f64| plot.left + (v - x_low) / (x_high - x_low) * plot.width();
        let y = |v: f64| plot.bottom - (v - low) / (high - low) * plot.height();
        for m in marks {
            self.line(&[(plot.left, y(*m)), (plot.right, y(*m))], if *m == 0.0 { GREY } else { GRID }, 1);
            self.text(
                &written(*m, &panel.format, step),
                plot.left - 10.0,
                y(*m),
                SMALL,
                false,
                GREY,
                HPos::Right,
                VPos::Center,
            );
        }
        match &panel.x {
            XAxis::Dates(first) => self.date_axis(*first, x_low, x_high, plot, &x),
            XAxis::Days(name) => self.value_axis(name, &Format::Days, (x_low, x_high), plot, frame.bottom, &x),
            XAxis::Values { format, title } => {
                self.value_axis(title, format, (x_low, x_high), plot, frame.bottom, &x);
            }
        }
        for band in &panel.bands {
            let upper = band.points.iter().map(|p| (x(p.0), y(p.2.clamp(low, high))));
            let lower = band.points.iter().rev().map(|p| (x(p.0), y(p.1.clamp(low, high))));
            self.polygon(&upper.chain(lower).collect::<Vec<_>>(), rgb(band.colour), band.opacity);
        }
        self.band_labels(panel, &x, &y);
        let mut free = plot.left;
        for e in &panel.events {
            let at = x(e.x);
            self.dashes(&[(at, plot.top), (at, plot.bottom)], GREY, 1);
            let label = fitted(&e.label, FOOTER, false, plot.width());
            let w = width(&label, FOOTER, false);
            let start = (at - w / 2.0).clamp(plot.left, (plot.right + end_labels - w).max(plot.left));
            if start >= free {
                self.text(&label, start, plot.top - 4.0, FOOTER, false, GREY, HPos::Left, VPos::Bottom);
                free = start + w + 16.0;
            }
        }
        let mut ends: Vec<(f64, &str, Colour)> = Vec::new();
        for l in &panel.lines {
            let points: Vec<(f64, f64)> = l.points.iter().map(|p| (x(p.0), y(p.1.clamp(low, high)))).collect();
            if l.dashed {
                self.dashes(&points, rgb(l.colour), 3)
            } else {
                self.line(&points, rgb(l.colour), 4)
            }
            if let Some(last) = points.last()
                && !l.label.is_empty()
            {
                ends.push((last.1, &l.label, l.colour));
            }
        }
        self.readings(panel, plot, step, legend, &x);
        self.dots(panel, plot, end_labels, &x, &|v| y(v.clamp(low, high)));
        // Labels at line ends, pushed apart.
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut next = plot.top;
        let needed = ends.len() as f64 * 26.0;
        for (at, label, colour) in &ends {
            let place = at.max(next).min((plot.bottom - needed + next - plot.top + 26.0).max(next));
            self.text(
                &fitted(label, SMALL, true, end_labels),
                plot.right + 12.0,
                place,
                SMALL,
                true,
                rgb(*colour),
                HPos::Left,
                VPos::Center,
            );
            next = place + 26.0;
        }
    }

    /// What the marks say at each place of the x axis: for pages, where it can be pointed at.
    fn readings(&self, panel: &LinePanel, plot: Frame, step: f64, legend: &[(String, Colour)], x: &dyn Fn(f64) -> f64) {
        /// Strips across a panel at most: finer ones cannot be pointed at.
        const STRIPS: usize = 90;
        let of_lines = panel.lines.iter().map(|l| l.points.iter().map(|p| p.0).collect::<Vec<_>>());
        let of_bands = panel.bands.iter().map(|b| b.points.iter().map(|p| p.0).collect::<Vec<_>>());
        let Some(xs) = of_lines.chain(of_bands).max_by_key(Vec::len).filter(|xs| xs.len() > 1) else { return };
        // A tenth of a tick is as fine as a reading should be.
        let value = |v: f64| written(v, &panel.format, step / 10.0);
        let name = |colour: Colour| legend.iter().find(|(_, c)| *c == colour).map_or("", |(n, _)| n);
        let every = xs.len().div_ceil(STRIPS);
        for k in (0..xs.len()).step_by(every) {
            let (here, next) = (xs[k], xs[(k + every).min(xs.len() - 1)]);
            let at = match &panel.x {
                XAxis::Dates(first) => format::date(first.plus(here as i32)),
                XAxis::Days(title) => format!("{} {title}", format::fixed(here, 0)),
                XAxis::Values { format, .. } => written(here, format, (xs[xs.len() - 1] - xs[0]).abs() / 1000.0),
            };
            let mut said = vec![at];
            for l in &panel.lines {
                if let Some(p) = l.points.iter().find(|p| p.0 == here) {
                    let label = [l.label.as_str(), name(l.colour), &panel.title].into_iter().find(|t| !t.is_empty());
                    said.push(format!("{} {}", label.unwrap_or(""), value(p.1)).trim().to_owned());
                }
            }
            for b in &panel.bands {
                if let Some(p) = b.points.iter().find(|p| p.0 == here) {
                    said.push(match b.reads {
                        Reading::Height => format!("{} {}", name(b.colour), value(p.2 - p.1)).trim().to_owned(),
                        Reading::Ends(name) => format!("{name} {} to {}", value(p.1), value(p.2)),
                    });
                }
            }
            let (left, right) = (x(here), if next > here { x(next) } else { plot.right });
            self.hover(
                Frame { left, right: right.max(left + 1.0), top: plot.top, bottom: plot.bottom },
                said.join("\n"),
            );
        }
    }

    /// Dots with their words beside them: on whichever side nothing else is written.
    fn dots(&self, panel: &LinePanel, plot: Frame, end_labels: f64, x: &dyn Fn(f64) -> f64, y: &dyn Fn(f64) -> f64) {
        let mut taken: Vec<Frame> = Vec::new();
        for p in &panel.points {
            let (at, over) = (x(p.x), y(p.y));
            self.circle(at, over, 9, rgb(p.colour));
            let label = fitted(&p.label, SMALL, true, plot.width() * 0.4);
            let w = width(&label, SMALL, true);
            let place = |right: bool, down: f64| {
                let left = if right { at + 10.0 } else { at - 10.0 - w };
                Frame { left, right: left + w, top: over + down - 13.0, bottom: over + down + 13.0 }
            };
            let free = |f: &Frame| {
                let inside = f.left >= plot.left && f.right <= plot.right + end_labels;
                let inside = inside && f.top >= plot.top && f.bottom <= plot.bottom;
                inside
                    && taken
                        .iter()
                        .all(|t| f.right < t.left || t.right < f.left || f.bottom < t.top || t.bottom < f.top)
            };
            let sides = [(true, 26.0), (false, 26.0), (true, -26.0), (false, -26.0), (true, 54.0), (false, -54.0)];
            if let Some(frame) = sides.into_iter().map(|(right, down)| place(right, down)).find(free) {
                let middle = (frame.top + frame.bottom) / 2.0;
                self.text(&label, frame.left, middle, SMALL, true, rgb(p.colour), HPos::Left, VPos::Center);
                taken.push(frame);
            }
        }
    }

    fn value_axis(
        &self,
        title: &str,
        format: &Format,
        (low, high): (f64, f64),
        plot: Frame,
        bottom: f64,
        x: &dyn Fn(f64) -> f64,
    ) {
        let marks = ticks(low, high, (plot.width() / 110.0) as usize);
        let step = marks.get(1).map_or(1.0, |m| m - marks[0]);
        for m in marks.iter().filter(|m| **m <= high + 1e-9 * step && **m >= low - 1e-9 * step) {
            self.line(&[(x(*m), plot.bottom), (x(*m), plot.bottom + 6.0)], GREY, 1);
            let label = written(*m, format, step);
            self.text(&label, x(*m), plot.bottom + 9.0, SMALL, false, GREY, HPos::Center, VPos::Top);
        }
        let title = fitted(title, SMALL, false, plot.width());
        self.text(&title, plot.left, bottom, SMALL, false, GREY, HPos::Left, VPos::Bottom);
    }

    /// Names of stacked areas, where they are thickest.
    pub(super) fn band_labels(&self, panel: &LinePanel, x: &dyn Fn(f64) -> f64, y: &dyn Fn(f64) -> f64) {
        for band in panel.bands.iter().filter(|b| !b.label.is_empty()) {
            let n = band.points.len();
            let inner = &band.points[n / 6..(n - n / 6).max(n / 6 + 1).min(n)];
            let Some(best) = inner.iter().max_by(|a, b| (a.2 - a.1).total_cmp(&(b.2 - b.1))) else { continue };
            if (y(best.1) - y(best.2)).abs() < 30.0 {
                continue;
            }
            let w = width(&band.label, SMALL, true);
            let (first, last) = (x(band.points[0].0), x(band.points[n - 1].0));
            if w > last - first {
                continue;
            }
            let at = x(best.0).clamp(first + w / 2.0 + 6.0, (last - w / 2.0 - 6.0).max(first + w / 2.0 + 6.0));
            let ink = ink_on(tint(rgb(band.colour), 1.0 - band.opacity));
            self.text(&band.label, at, (y(best.1) + y(best.2)) / 2.0, SMALL, true, ink, HPos::Center, VPos::Center);
        }
    }

    pub(super) fn date_axis(
        &self,
        first: crate::calendar::Day,
        low: f64,
        high: f64,
        plot: Frame,
        x: &dyn Fn(f64) -> f64,
    ) {
        let start = first.plus(low as i32);
        let days = (high - low) as i32;
        // The first of a month, every so many months that labels have room.
        let months = f64::from(days) / 30.4;
        let room = (plot.width() / 104.0).max(1.0);
        let every = [1, 2, 3, 6, 12, 24, 60, 120, 600, 1200]
            .into_iter()
            .find(|n| months / f64::from(*n) <= room)
            .unwrap_or(2400);
        if months < 1.5 {
            let every = (f64::from(days) / room).ceil().max(1.0) as usize;
            for i in (0..=days).step_by(every) {
                let at = x(low + f64::from(i));
                self.text(
                    &format::date(start.plus(i)),
                    at,
                    plot.bottom + 8.0,
                    SMALL,
                    false,
                    GREY,
                    HPos::Center,
                    VPos::Top,
                );
            }
            return;
        }
        for i in 0..=days {
            let day = start.plus(i);
            let date = day.date();
            let index = i32::from(date.year()) * 12 + i32::from(date.month()) - 1;
            if date.day() == 1 && index % every == 0 {
                let at = x(low + f64::from(i));
                self.line(&[(at, plot.bottom), (at, plot.bottom + 6.0)], GREY, 1);
                let label = format::month(day);
                let half = width(&label, SMALL, false) / 2.0;
                let anchor = at.clamp(plot.left, plot.right + 20.0 - half);
                self.text(&label, anchor, plot.bottom + 8.0, SMALL, false, GREY, HPos::Center, VPos::Top);
            }
        }
    }
}

fn top_of(p: &LinePanel) -> f64 {
    let bands = p.bands.iter().flat_map(|b| b.points.iter().map(|q| q.2));
    let lines = p.lines.iter().flat_map(|l| l.points.iter().map(|q| q.1));
    bands.chain(lines).fold(0.0, f64::max)
}

fn bottom_of(p: &LinePanel) -> f64 {
    let bands = p.bands.iter().flat_map(|b| b.points.iter().map(|q| q.1));
    let lines = p.lines.iter().flat_map(|l| l.points.iter().map(|q| q.1));
    bands.chain(lines).fold(0.0, f64::min)
}
