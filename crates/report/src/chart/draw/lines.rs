//! Lines, bands and areas in small multiples.

use super::super::spec::{Colour, Format, LinePanel, PointMark, Reading, XAxis};
use super::super::theme::{FOOTER, GREY, GRID, LABEL, Rgb, SMALL, WHITE, ink_on, rgb, tint};
use super::canvas::{Axis, Canvas, Frame, HPos, Place, VPos, fitted, ticks, width, written};
use crate::format;

/// What panels of one chart have in common.
struct Common<'a> {
    legend: &'a [(String, Colour)],
    /// First and last place of the x axis: one for all panels, so that equal lengths are equal times.
    reach: (f64, f64),
    /// Room for labels at line ends.
    end_labels: f64,
}

/// Where values lie in a panel.
struct Scales {
    plot: Frame,
    x: Axis,
    y: Axis,
    /// Between two ticks of the value axis.
    step: f64,
}

impl Scales {
    /// What a dot takes of the picture.
    fn around(&self, p: &PointMark) -> Frame {
        let (x, y) = (self.x.at(p.x), self.y.edge(p.y));
        Frame { left: x - 9.0, right: x + 9.0, top: y - 9.0, bottom: y + 9.0 }
    }
}

impl Canvas<'_> {
    pub(super) fn line_panels(&self, panels: &[LinePanel], columns: usize, legend: &[(String, Colour)], frame: Frame) {
        let columns = columns.clamp(1, panels.len().max(1));
        let rows = panels.len().div_ceil(columns);
        let gap = 44.0;
        let end_labels =
            panels.iter().flat_map(|p| &p.lines).map(|l| width(&l.label, SMALL, true)).fold(0.0, f64::max).min(300.0);
        let reaches: Vec<(f64, f64)> = panels.iter().filter_map(LinePanel::reach).collect();
        let reach = (
            reaches.iter().map(|r| r.0).fold(f64::INFINITY, f64::min),
            reaches.iter().map(|r| r.1).fold(f64::NEG_INFINITY, f64::max),
        );
        let common = Common {
            legend,
            reach: match reach {
                (a, b) if a < b => reach,
                (a, _) if a.is_finite() => (a, a + 1.0),
                _ => (0.0, 1.0),
            },
            end_labels,
        };
        let w = (frame.width() - gap * (columns - 1) as f64) / columns as f64;
        let h = (frame.height() - gap * (rows - 1) as f64) / rows as f64;
        for (row, in_row) in panels.chunks(columns).enumerate() {
            let (low, high) =
                in_row.iter().map(LinePanel::extent).fold((0.0_f64, 0.0_f64), |a, b| (a.0.min(b.0), a.1.max(b.1)));
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
                self.line_panel(panel, Frame { left, top, right: left + w, bottom: top + h }, &marks, &common);
            }
        }
    }

    fn line_panel(&self, panel: &LinePanel, frame: Frame, marks: &[f64], common: &Common<'_>) {
        let end_labels = common.end_labels;
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
            let title = fitted(&panel.title, LABEL, true, frame.width());
            self.text(&title, frame.left, frame.top, LABEL, true, rgb(panel.colour), HPos::Left, VPos::Top);
        }
        let scales = Scales {
            plot,
            x: Axis::new(common.reach, (plot.left, plot.right)),
            y: Axis::over(marks, (plot.bottom, plot.top)),
            step,
        };
        let x = |v: f64| scales.x.at(v);
        let y = |v: f64| scales.y.at(v);
        for m in marks {
            self.line(&[(plot.left, y(*m)), (plot.right, y(*m))], if *m == 0.0 { GREY } else { GRID }, 1);
            let label = written(*m, &panel.format, step);
            self.text(&label, plot.left - 10.0, y(*m), SMALL, false, GREY, HPos::Right, VPos::Center);
        }
        match &panel.x {
            XAxis::Dates(first) => self.date_axis(*first, common.reach.0, common.reach.1, plot, &x),
            XAxis::Days(name) => self.value_axis(name, &Format::Days, common.reach, plot, frame.bottom, &x),
            XAxis::Values { format, title } => {
                self.value_axis(title, format, common.reach, plot, frame.bottom, &x);
            }
        }
        for span in &panel.spans {
            let (from, to) = (scales.x.edge(span.from), scales.x.edge(span.to));
            let corners = [(from, plot.top), (to, plot.top), (to, plot.bottom), (from, plot.bottom)];
            self.polygon(&corners, rgb(span.colour), 0.25);
        }
        for band in &panel.bands {
            // An area ends at the edge; that it goes on is said by an arrow.
            let upper = band.points.iter().map(|p| (x(p.0), scales.y.edge(p.2)));
            let lower = band.points.iter().rev().map(|p| (x(p.0), scales.y.edge(p.1)));
            self.polygon(&upper.chain(lower).collect::<Vec<_>>(), rgb(band.colour), band.opacity);
        }
        self.band_labels(panel, &x, &|v| scales.y.edge(v));
        self.event_lines(panel, plot, end_labels, &x);
        let ends = self.drawn_lines(panel, &scales);
        self.readings(panel, &scales, common.legend);
        // Dots come first: nothing is written on them.
        let mut taken: Vec<Frame> = panel.points.iter().map(|p| scales.around(p)).collect();
        self.levels(panel, &scales, &mut taken);
        self.dots(panel, &scales, end_labels, &mut taken);
        self.end_labels(ends, plot, end_labels);
    }

    /// Lines, cut where they leave the axis; what is to be written at their ends.
    fn drawn_lines<'p>(&self, panel: &'p LinePanel, scales: &Scales) -> Vec<(f64, &'p str, Colour)> {
        let mut ends: Vec<(f64, &str, Colour)> = Vec::new();
        for l in &panel.lines {
            let points: Vec<(f64, f64)> = l.points.iter().map(|p| (scales.x.at(p.0), p.1)).collect();
            for piece in scales.y.pieces(&points) {
                if l.dashed {
                    self.dashes(&piece, rgb(l.colour), 3);
                } else {
                    self.line(&piece, rgb(l.colour), 4);
                }
            }
            if let Some(last) = points.last()
                && !l.label.is_empty()
            {
                ends.push((scales.y.edge(last.1), &l.label, l.colour));
            }
        }
        ends
    }

    fn event_lines(&self, panel: &LinePanel, plot: Frame, end_labels: f64, x: &dyn Fn(f64) -> f64) {
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
    }

    /// Labels at line ends, pushed apart.
    fn end_labels(&self, mut ends: Vec<(f64, &str, Colour)>, plot: Frame, room: f64) {
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut next = plot.top;
        let needed = ends.len() as f64 * 26.0;
        for (at, label, colour) in &ends {
            let place = at.max(next).min((plot.bottom - needed + next - plot.top + 26.0).max(next));
            let label = fitted(label, SMALL, true, room);
            self.text(&label, plot.right + 12.0, place, SMALL, true, rgb(*colour), HPos::Left, VPos::Center);
            next = place + 26.0;
        }
    }

    /// Dashed horizontals with their words.
    fn levels(&self, panel: &LinePanel, scales: &Scales, taken: &mut Vec<Frame>) {
        let plot = scales.plot;
        for l in &panel.levels {
            let Place::Inside(y) = scales.y.place(l.y) else { continue };
            self.dashes(&[(plot.left, y), (plot.right, y)], rgb(l.colour), 2);
            let label = fitted(&l.label, SMALL, true, plot.width());
            let w = width(&label, SMALL, true);
            let frame =
                |left: f64, middle: f64| Frame { left, right: left + w, top: middle - 13.0, bottom: middle + 13.0 };
            let (left, right) = (plot.left + 6.0, plot.right - w);
            let places = [(right, y - 16.0), (right, y + 16.0), (left, y - 16.0), (left, y + 16.0)];
            let free = |f: &Frame| f.top >= plot.top && f.bottom <= plot.bottom && taken.iter().all(|t| !overlap(f, t));
            let place = places.into_iter().map(|(left, middle)| frame(left, middle)).find(free);
            let place = place.unwrap_or_else(|| frame(right, y + 16.0));
            self.words(&label, place, rgb(l.colour));
            taken.push(place);
        }
    }

    /// A label inside a plot, readable over lines and areas.
    fn words(&self, label: &str, place: Frame, colour: Rgb) {
        let (left, right) = (place.left - 4.0, place.right + 4.0);
        let corners = [(left, place.top), (right, place.top), (right, place.bottom), (left, place.bottom)];
        self.polygon(&corners, WHITE, 0.75);
        let middle = (place.top + place.bottom) / 2.0;
        self.text(label, place.left, middle, SMALL, true, colour, HPos::Left, VPos::Center);
    }

    /// What the marks say at each place of the x axis: for pages, where it can be pointed at.
    fn readings(&self, panel: &LinePanel, scales: &Scales, legend: &[(String, Colour)]) {
        /// Strips across a panel at most: finer ones cannot be pointed at.
        const STRIPS: usize = 90;
        let plot = scales.plot;
        let of_lines = panel.lines.iter().map(|l| l.points.iter().map(|p| p.0).collect::<Vec<_>>());
        let of_bands = panel.bands.iter().map(|b| b.points.iter().map(|p| p.0).collect::<Vec<_>>());
        let Some(xs) = of_lines.chain(of_bands).max_by_key(Vec::len).filter(|xs| xs.len() > 1) else { return };
        // A tenth of a tick is as fine as a reading should be.
        let value = |v: f64| written(v, &panel.format, scales.step / 10.0);
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
            said.extend(panel.spans.iter().filter(|s| s.from <= here && here < s.to).map(|s| s.label.clone()));
            let x = |v: f64| scales.x.at(v);
            let (left, right) = (x(here), if next > here { x(next) } else { plot.right });
            self.hover(
                Frame { left, right: right.max(left + 1.0), top: plot.top, bottom: plot.bottom },
                said.join("\n"),
            );
        }
    }

    /// Dots with their words beside them: on whichever side nothing else is written. What lies outside the axis is an arrow at
    /// the edge with the value.
    fn dots(&self, panel: &LinePanel, scales: &Scales, end_labels: f64, taken: &mut Vec<Frame>) {
        let plot = scales.plot;
        let beyond = beyond(panel, scales);
        for p in panel.points.iter().chain(&beyond) {
            let (at, over) = (scales.x.at(p.x), scales.y.edge(p.y));
            let place = scales.y.place(p.y);
            let label = match place {
                Place::Inside(_) => {
                    self.circle(at, over, 9, rgb(p.colour));
                    p.label.clone()
                }
                _ => {
                    self.arrow(at, over, place == Place::Above, rgb(p.colour));
                    if p.label.is_empty() { written(p.y, &panel.format, scales.step / 10.0) } else { p.label.clone() }
                }
            };
            if label.is_empty() {
                continue;
            }
            let label = fitted(&label, SMALL, true, plot.width());
            let w = width(&label, SMALL, true);
            let right_most = plot.right + end_labels - w;
            let frame = |left: f64, down: f64| Frame {
                left,
                right: left + w,
                top: over + down - 13.0,
                bottom: over + down + 13.0,
            };
            let free = |f: &Frame| {
                let inside =
                    f.left >= plot.left && f.left <= right_most && f.top >= plot.top && f.bottom <= plot.bottom;
                inside && taken.iter().all(|t| !overlap(f, t))
            };
            let lefts = [at + 10.0, at - 10.0 - w, (at - w / 2.0).min(right_most).max(plot.left)];
            let beside = [frame(at + 18.0, 0.0), frame(at - 18.0 - w, 0.0)];
            let downs = (1..40).flat_map(|n| [-27.0 * f64::from(n), 27.0 * f64::from(n)]);
            let places = downs.flat_map(|down| lefts.map(|left| frame(left, down)));
            // Close above or below, beside, and then farther off.
            let near: Vec<Frame> = places.clone().take(6).chain(beside).collect();
            let places = near.into_iter().chain(places.skip(6));
            // A label is never left out: the last resort is on top of something.
            let place = places.into_iter().find(free).unwrap_or_else(|| frame(lefts[2], 26.0));
            self.words(&label, place, rgb(p.colour));
            taken.push(place);
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
        first: restock_base::calendar::Day,
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

fn overlap(a: &Frame, b: &Frame) -> bool {
    a.left <= b.right && b.left <= a.right && a.top <= b.bottom && b.top <= a.bottom
}

/// Where lines and areas leave the axis, their farthest value on each way out, unless a dot says it; those too close to be
/// told apart are one.
fn beyond(panel: &LinePanel, scales: &Scales) -> Vec<PointMark> {
    /// Pixels that a label needs for itself.
    const APART: f64 = 90.0;
    let outside = |v: f64| !matches!(scales.y.place(v), Place::Inside(_));
    let lines = panel.lines.iter().flat_map(|l| l.points.iter().map(|p| (p.0, p.1, l.colour)));
    let bands = panel
        .bands
        .iter()
        .flat_map(|b| b.points.iter().flat_map(|p| [(p.0, p.1), (p.0, p.2)].map(|q| (q.0, q.1, b.colour))));
    let mut out: Vec<PointMark> = lines
        .chain(bands)
        .filter(|(_, v, _)| outside(*v))
        .filter(|(x, v, _)| !panel.points.iter().any(|p| outside(p.y) && (p.x == *x || p.y == *v)))
        .map(|(x, y, colour)| PointMark { x, y, colour, label: String::new() })
        .collect();
    // The farthest first: it stays, and what is close to it goes.
    out.sort_by(|a, b| b.y.abs().total_cmp(&a.y.abs()).then(a.x.total_cmp(&b.x)));
    let mut kept: Vec<PointMark> = Vec::new();
    for p in out {
        let close = |q: &PointMark| {
            (scales.x.at(q.x) - scales.x.at(p.x)).abs() < APART && scales.y.place(q.y) == scales.y.place(p.y)
        };
        let marked = panel.points.iter().any(|q| outside(q.y) && close(q));
        if !marked && !kept.iter().any(close) {
            kept.push(p);
        }
    }
    kept
}
