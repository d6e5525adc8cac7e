//! Maps of coloured cells by two quantities.

use super::super::spec::{HeatAxis, HeatCell, HeatKey, HeatPanel};
use super::super::theme::{FOOTER, GREY, INK, LABEL, Rgb, SMALL, WHITE, diverging, ink_on, luminance, rgb, rising};
use super::canvas::{Axis, Canvas, Frame, HPos, VPos, fitted, ticks, width, wrapped, written};

/// Between two maps.
const GAP: (f64, f64) = (64.0, 36.0);

/// What the key at the foot takes.
const KEY: f64 = 104.0;

/// Between two lines of a hatching, along the axes.
const HATCH: f64 = 14.0;

/// From values to colours: one scale for all maps of a chart.
struct Colours {
    low: f64,
    high: f64,
    /// Whether two hues meet at zero.
    two_hues: bool,
}

impl Colours {
    fn of(panels: &[HeatPanel]) -> Self {
        let values = || panels.iter().flat_map(|p| &p.cells).filter_map(|c| c.value);
        let low = values().fold(f64::INFINITY, f64::min);
        let high = values().fold(f64::NEG_INFINITY, f64::max);
        if low < 0.0 && high > 0.0 {
            // As dark at the same distance from zero.
            let most = high.max(-low);
            return Colours { low: -most, high: most, two_hues: true };
        }
        let (low, high) = if low.is_finite() { (low, high) } else { (0.0, 1.0) };
        Colours { low, high: if high > low { high } else { low + 1.0 }, two_hues: false }
    }

    fn at(&self, v: f64) -> Rgb {
        let share = (v - self.low) / (self.high - self.low);
        if self.two_hues {
            diverging(2.0 * share - 1.0)
        } else if self.high <= 0.0 {
            // What lies far below zero is much.
            rising(1.0 - share)
        } else {
            rising(share)
        }
    }
}

/// A map laid out.
struct Grid<'p> {
    panel: &'p HeatPanel,
    plot: Frame,
}

impl Grid<'_> {
    fn columns(&self) -> usize {
        self.panel.x.levels.len()
    }

    fn rows(&self) -> usize {
        self.panel.y.levels.len()
    }

    fn size(&self) -> (f64, f64) {
        (self.plot.width() / self.columns() as f64, self.plot.height() / self.rows() as f64)
    }

    /// A place in cells, from the left and from the bottom, in pixels.
    fn pixel(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let (w, h) = self.size();
        (self.plot.left + x * w, self.plot.bottom - y * h)
    }

    /// What a cell takes, with the white line around it left out.
    fn frame(&self, x: usize, y: usize) -> Frame {
        let (left, bottom) = self.pixel((x as f64, y as f64));
        let (right, top) = self.pixel((x as f64 + 1.0, y as f64 + 1.0));
        Frame {
            left: left.round() + 1.0,
            top: top.round() + 1.0,
            right: right.round() - 1.0,
            bottom: bottom.round() - 1.0,
        }
    }

    fn cells(&self) -> impl Iterator<Item = (Frame, &HeatCell, (usize, usize))> {
        let places = (0..self.rows()).flat_map(move |y| (0..self.columns()).map(move |x| (x, y)));
        places.filter_map(|(x, y)| Some((self.frame(x, y), self.panel.cell(x, y)?, (x, y))))
    }

    /// Size of the letters in which all labels have room in their cells.
    fn letters(&self) -> Option<f64> {
        let (w, h) = self.size();
        let longest = |size: f64| self.panel.cells.iter().map(|c| width(&c.label, size, true)).fold(0.0, f64::max);
        [SMALL, FOOTER].into_iter().find(|size| longest(*size) + 12.0 <= w && size * 1.3 <= h)
    }
}

impl Canvas<'_> {
    pub(super) fn heat(&self, panels: &[HeatPanel], columns: usize, key: &HeatKey, frame: Frame) {
        let columns = columns.clamp(1, panels.len().max(1));
        let rows = panels.len().div_ceil(columns);
        let colours = Colours::of(panels);
        let w = (frame.width() - GAP.0 * (columns - 1) as f64) / columns as f64;
        let h = (frame.height() - KEY - GAP.1 * (rows - 1) as f64) / rows as f64;
        for (i, panel) in panels.iter().enumerate() {
            let left = frame.left + (i % columns) as f64 * (w + GAP.0);
            let top = frame.top + (i / columns) as f64 * (h + GAP.1);
            self.heat_panel(panel, &colours, Frame { left, top, right: left + w, bottom: top + h });
        }
        self.heat_key(panels, key, &colours, Frame { top: frame.bottom - KEY + 32.0, ..frame });
    }

    fn heat_panel(&self, panel: &HeatPanel, colours: &Colours, frame: Frame) {
        if panel.x.levels.is_empty() || panel.y.levels.is_empty() {
            return;
        }
        let title_room = if panel.title.is_empty() { 0.0 } else { 36.0 };
        if !panel.title.is_empty() {
            let title = fitted(&panel.title, LABEL, true, frame.width());
            self.text(&title, frame.left, frame.top, LABEL, true, rgb(panel.colour), HPos::Left, VPos::Top);
        }
        let side = panel.y.levels.iter().map(|l| width(l, SMALL, false)).fold(0.0, f64::max).min(frame.width() * 0.28);
        let plot = Frame {
            left: frame.left + side + 14.0,
            top: frame.top + title_room + 34.0,
            right: frame.right,
            bottom: frame.bottom - 34.0 - self.level_lines(&panel.x, frame.width() - side) as f64 * 24.0,
        };
        let grid = Grid { panel, plot };
        let above = fitted(&format!("\u{2191} {}", panel.y.title), SMALL, false, frame.width());
        self.text(&above, frame.left, frame.top + title_room, SMALL, false, GREY, HPos::Left, VPos::Top);
        let below = fitted(&format!("{} \u{2192}", panel.x.title), SMALL, false, plot.width());
        self.text(&below, plot.left, frame.bottom, SMALL, false, GREY, HPos::Left, VPos::Bottom);
        self.levels_at_the_side(&grid, side);
        self.levels_below(&grid);
        self.heat_cells(&grid, colours);
        if panel.contour {
            self.zero_line(&grid);
        }
        self.heat_labels(&grid, colours);
    }

    /// Lines that the names of the levels below take.
    fn level_lines(&self, axis: &HeatAxis, room: f64) -> usize {
        let slot = room / axis.levels.len() as f64 - 12.0;
        let long = axis.levels.iter().any(|l| width(l, SMALL, false) > slot && l.contains(' '));
        if long && slot > 60.0 { 2 } else { 1 }
    }

    fn levels_at_the_side(&self, grid: &Grid<'_>, room: f64) {
        let levels = &grid.panel.y.levels;
        let every = (26.0 / grid.size().1).ceil().max(1.0) as usize;
        for (i, level) in levels.iter().enumerate().step_by(every) {
            let (_, y) = grid.pixel((0.0, i as f64 + 0.5));
            let level = fitted(level, SMALL, false, room);
            self.text(&level, grid.plot.left - 10.0, y, SMALL, false, INK, HPos::Right, VPos::Center);
        }
    }

    fn levels_below(&self, grid: &Grid<'_>) {
        let levels = &grid.panel.x.levels;
        let slot = grid.size().0;
        let widest = levels.iter().map(|l| width(l, SMALL, false)).fold(0.0, f64::max);
        // Numbers are thinned out, since those between can be read; names are cut, since they cannot.
        let numbers = levels.iter().all(|l| l.chars().any(|c| c.is_ascii_digit()) && l.chars().count() <= 10);
        let thinned = if numbers { widest } else { widest.min(60.0) };
        let every = ((thinned + 12.0) / slot).ceil().max(1.0) as usize;
        let lines = self.level_lines(&grid.panel.x, grid.plot.width());
        for (i, level) in levels.iter().enumerate().step_by(every) {
            let (x, _) = grid.pixel((i as f64 + 0.5, 0.0));
            let mut y = grid.plot.bottom + 8.0;
            for line in wrapped(level, SMALL, false, slot * every as f64 - 12.0, lines) {
                self.text(&line, x, y, SMALL, false, INK, HPos::Center, VPos::Top);
                y += 24.0;
            }
        }
    }

    fn heat_cells(&self, grid: &Grid<'_>, colours: &Colours) {
        let panel = grid.panel;
        for (frame, cell, (x, y)) in grid.cells() {
            let colour = cell.value.map_or(WHITE, |v| colours.at(v));
            self.rect(frame, colour);
            if cell.value.is_some() && !cell.told {
                self.hatch(frame, hatch_on(colour));
            }
            let level = |axis: &HeatAxis, i: usize| format!("{} {}", axis.title, axis.levels[i]);
            let doubt = if cell.told || cell.value.is_none() { "" } else { "\nnot told apart from zero" };
            let mut said = vec![panel.title.clone(), level(&panel.x, x), level(&panel.y, y), cell.label.clone()];
            said.extend(cell.mark.clone());
            said.retain(|line| !line.is_empty());
            self.hover(frame, said.join("\n") + doubt);
        }
    }

    /// Slanted lines over a rectangle.
    fn hatch(&self, f: Frame, colour: Rgb) {
        let steps = ((f.width() + f.height()) / HATCH) as usize;
        for k in 0..=steps {
            // All points with x + y = d, from the corner at the top left.
            let d = (k as f64 + 0.5) * HATCH;
            let (from, to) = ((d - f.height()).max(0.0), d.min(f.width()));
            if to - from > 1.0 {
                self.line(&[(f.left + from, f.top + d - from), (f.left + to, f.top + d - to)], colour, 1);
            }
        }
    }

    fn zero_line(&self, grid: &Grid<'_>) {
        let pieces: Vec<_> = contour(grid.panel).into_iter().map(|piece| piece.map(|p| grid.pixel(p))).collect();
        for (colour, stroke) in [(WHITE, 8), (INK, 4)] {
            pieces.iter().for_each(|piece| self.line(piece, colour, stroke));
        }
    }

    /// Values in their cells, if all have room; those of marked cells in any case.
    fn heat_labels(&self, grid: &Grid<'_>, colours: &Colours) {
        let letters = grid.letters();
        let crossed: Vec<[(f64, f64); 2]> = if grid.panel.contour { contour(grid.panel) } else { Vec::new() };
        let is_crossed = |x: usize, y: usize| {
            let inside = |p: &(f64, f64)| (p.0 - x as f64 - 0.5).abs() <= 0.5 && (p.1 - y as f64 - 0.5).abs() <= 0.35;
            crossed.iter().any(|piece| piece.iter().any(inside))
        };
        for (frame, cell, (x, y)) in grid.cells().filter(|c| c.1.mark.is_none()) {
            let Some(size) = letters else { continue };
            let colour = cell.value.map_or(WHITE, |v| colours.at(v));
            let over = is_crossed(x, y) || cell.value.is_some() && !cell.told;
            self.cell_label(&cell.label, frame, size, (colour, over, cell.told));
        }
        for (frame, cell, _) in grid.cells() {
            if cell.mark.is_none() {
                continue;
            }
            self.line(&outline(frame), WHITE, 7);
            self.line(&outline(frame), INK, 4);
            let colour = cell.value.map_or(WHITE, |v| colours.at(v));
            // Where there is no room, over its neighbours.
            let colour = if letters.is_some() { colour } else { WHITE };
            self.cell_label(&cell.label, frame, letters.unwrap_or(FOOTER), (colour, true, cell.told));
        }
    }

    /// Words in the middle of a cell, with a ground of their own over lines; grey where they say nothing that is sure.
    fn cell_label(&self, text: &str, frame: Frame, size: f64, (colour, ground, sure): (Rgb, bool, bool)) {
        if text.is_empty() {
            return;
        }
        let (x, y) = ((frame.left + frame.right) / 2.0, (frame.top + frame.bottom) / 2.0);
        if ground {
            let (half, high) = (width(text, size, sure) / 2.0 + 5.0, size * 0.62);
            let corners = [(x - half, y - high), (x + half, y - high), (x + half, y + high), (x - half, y + high)];
            self.polygon(&corners, colour, 0.85);
        }
        self.text(text, x, y, size, sure, ink_on(colour), HPos::Center, VPos::Center);
    }

    /// What the colours mean, and the lines over them.
    fn heat_key(&self, panels: &[HeatPanel], key: &HeatKey, colours: &Colours, frame: Frame) {
        const STEPS: usize = 120;
        let bar =
            Frame { left: frame.left, right: frame.left + 520.0, top: frame.top + 24.0, bottom: frame.top + 42.0 };
        let axis = Axis::new((colours.low, colours.high), (bar.left, bar.right));
        let at = |share: f64| colours.low + (colours.high - colours.low) * share;
        for k in 0..STEPS {
            let (from, to) = (k as f64 / STEPS as f64, (k + 1) as f64 / STEPS as f64);
            let (left, right) = (axis.edge(at(from)), axis.edge(at(to)));
            self.rect(Frame { left, right, ..bar }, colours.at(at((from + to) / 2.0)));
        }
        let ends = [key.low.as_str(), &key.high];
        let ends_room = ends.iter().map(|t| width(t, SMALL, false)).sum::<f64>() + 40.0;
        // The ends speak where there is room for both; they stand over the bar.
        if ends.iter().any(|t| !t.is_empty()) && ends_room <= bar.width() {
            self.text(
                &format!("\u{2190} {}", key.low),
                bar.left,
                bar.top - 6.0,
                SMALL,
                false,
                INK,
                HPos::Left,
                VPos::Bottom,
            );
            self.text(
                &format!("{} \u{2192}", key.high),
                bar.right,
                bar.top - 6.0,
                SMALL,
                false,
                INK,
                HPos::Right,
                VPos::Bottom,
            );
        }
        let marks = ticks(colours.low, colours.high, 4);
        let step = marks.get(1).map_or(1.0, |m| m - marks[0]);
        let slack = step * 1e-6;
        for m in marks.iter().filter(|m| **m >= colours.low - slack && **m <= colours.high + slack) {
            let x = axis.edge(*m);
            self.line(&[(x, bar.bottom), (x, bar.bottom + 6.0)], GREY, 1);
            let label = written(*m, &key.format, step);
            let half = width(&label, SMALL, false) / 2.0;
            let x = x.clamp(frame.left + half, frame.right - half);
            self.text(&label, x, bar.bottom + 9.0, SMALL, false, GREY, HPos::Center, VPos::Top);
        }
        self.key_words(panels, key, Frame { left: bar.right + 48.0, ..frame });
    }

    /// What is coloured, and what hatching and line say, beside the colours.
    fn key_words(&self, panels: &[HeatPanel], key: &HeatKey, frame: Frame) {
        let title = fitted(&key.title, SMALL, true, frame.width());
        self.text(&title, frame.left, frame.top + 6.0, SMALL, true, INK, HPos::Left, VPos::Center);
        let mut x = frame.left;
        let middle = frame.top + 40.0;
        let sample = |left: f64| Frame { left, right: left + 40.0, top: middle - 12.0, bottom: middle + 12.0 };
        let mut word = |text: &str, draw: &dyn Fn(Frame)| {
            draw(sample(x));
            self.text(text, x + 50.0, middle, SMALL, false, INK, HPos::Left, VPos::Center);
            x += 50.0 + width(text, SMALL, false) + 32.0;
        };
        if panels.iter().flat_map(|p| &p.cells).any(|c| c.value.is_some() && !c.told) {
            word("not told apart from zero", &|f| {
                self.rect(f, (0xF4, 0xF4, 0xF2));
                self.hatch(f, hatch_on((0xF4, 0xF4, 0xF2)));
            });
        }
        let mut marks: Vec<&str> = panels.iter().flat_map(|p| &p.cells).filter_map(|c| c.mark.as_deref()).collect();
        marks.dedup();
        for mark in marks {
            word(mark, &|f| self.line(&outline(f), INK, 4));
        }
        if panels.iter().any(|p| p.contour && !contour(p).is_empty()) {
            word("level with zero", &|f| self.line(&[(f.left, middle), (f.right, middle)], INK, 4));
        }
    }
}

/// The way around a rectangle.
fn outline(f: Frame) -> [(f64, f64); 5] {
    [(f.left, f.top), (f.right, f.top), (f.right, f.bottom), (f.left, f.bottom), (f.left, f.top)]
}

/// Lines of a hatching that are seen on a colour and do not shout.
fn hatch_on(colour: Rgb) -> Rgb {
    if luminance(colour) > 0.30 { (0x8A, 0x92, 0x9A) } else { (0xE4, 0xE8, 0xEC) }
}

/// Where the value crosses zero, in cells from the left and from the bottom: marching squares over the middles of the cells (Lorensen and
/// Cline 1987, in the plane), the values at the edge of the map being those of the nearest middles.
fn contour(panel: &HeatPanel) -> Vec<[(f64, f64); 2]> {
    let (columns, rows) = (panel.x.levels.len(), panel.y.levels.len());
    // Edge, middles, edge.
    let nodes = |n: usize| -> Vec<(f64, usize)> {
        let middles = (0..n).map(|i| (i as f64 + 0.5, i));
        std::iter::once((0.0, 0)).chain(middles).chain([(n as f64, n.saturating_sub(1))]).collect()
    };
    let (xs, ys) = (nodes(columns), nodes(rows));
    let mut out = Vec::new();
    for y in ys.windows(2) {
        for x in xs.windows(2) {
            let corner = |x: (f64, usize), y: (f64, usize)| Some(((x.0, y.0), panel.cell(x.1, y.1)?.value?));
            let corners = [corner(x[0], y[0]), corner(x[1], y[0]), corner(x[1], y[1]), corner(x[0], y[1])];
            let Some(corners) = corners.into_iter().collect::<Option<Vec<_>>>() else { continue };
            let crossings: Vec<(f64, f64)> =
                (0..4).filter_map(|k| crossing(corners[k], corners[(k + 1) % 4])).collect();
            // Four crossings are a saddle: either way of joining them is a guess.
            for pair in crossings.chunks_exact(2) {
                out.push([pair[0], pair[1]]);
            }
        }
    }
    out
}

/// Where a straight way between two values crosses zero; zero itself lies on the upper side.
fn crossing(((ax, ay), a): ((f64, f64), f64), ((bx, by), b): ((f64, f64), f64)) -> Option<(f64, f64)> {
    ((a < 0.0) != (b < 0.0)).then(|| {
        let share = a / (a - b);
        (ax + (bx - ax) * share, ay + (by - ay) * share)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{labels, layout_problems, missing_characters, png, svg, web};
    use super::*;
    use crate::chart::{Body, ChartSpec, Colour, Csv, Format};
    use crate::format;
    use restock_kernel::model::Unit;

    fn panel(columns: usize, values: &[f64]) -> HeatPanel {
        let axis = |n: usize| HeatAxis { title: "k".into(), levels: (0..n).map(|i| i.to_string()).collect() };
        let cell = |v: &f64| HeatCell { value: Some(*v), label: v.to_string(), told: true, mark: None };
        HeatPanel {
            title: String::new(),
            colour: Colour::Ink,
            x: axis(columns),
            y: axis(values.len() / columns),
            cells: values.iter().map(cell).collect(),
            contour: true,
        }
    }

    #[test]
    fn the_zero_line_runs_where_a_plane_crosses_zero() {
        // v = x + y - 3 at the middles of 4 x 4 cells: between them the line is exact.
        let v = |k: usize| (k % 4) as f64 + (k / 4) as f64 - 3.0;
        let values: Vec<f64> = (0..16).map(v).collect();
        let pieces = contour(&panel(4, &values));
        assert!(!pieces.is_empty());
        for (x, y) in pieces.iter().flatten().filter(|p| p.0 > 0.5 && p.0 < 3.5 && p.1 > 0.5 && p.1 < 3.5) {
            assert!((x + y - 4.0).abs() < 1e-12, "{x} {y}");
        }
        // It goes from edge to edge: no piece ends inside.
        let ends =
            |p: &(f64, f64)| pieces.iter().flatten().filter(|q| (q.0 - p.0).abs() + (q.1 - p.1).abs() < 1e-9).count();
        let loose: Vec<_> = pieces.iter().flatten().filter(|p| ends(p) == 1).collect();
        assert_eq!(loose.len(), 2, "{loose:?}");
        assert!(loose.iter().all(|p| p.0 == 0.0 || p.1 == 0.0 || p.0 == 4.0 || p.1 == 4.0), "{loose:?}");
    }

    #[test]
    fn without_a_change_of_sign_there_is_no_zero_line() {
        assert!(contour(&panel(2, &[1.0, 2.0, 0.0, 4.0])).is_empty());
        assert!(contour(&panel(2, &[-1.0, -2.0, -0.1, -4.0])).is_empty());
        assert_eq!(contour(&panel(2, &[-1.0, 1.0])).len(), 2);
    }

    #[test]
    fn equal_distances_from_zero_are_equally_far_from_the_middle_colour() {
        let colours = Colours::of(&[panel(2, &[-10.0, 5.0])]);
        assert_eq!((colours.low, colours.high, colours.two_hues), (-10.0, 10.0, true));
        assert_eq!(colours.at(-10.0), diverging(-1.0));
        assert_eq!(colours.at(5.0), diverging(0.5));
        let one = Colours::of(&[panel(2, &[3.0, 5.0])]);
        assert_eq!((one.at(3.0), one.at(5.0)), (rising(0.0), rising(1.0)));
        let below = Colours::of(&[panel(2, &[-3.0, -5.0])]);
        assert_eq!((below.at(-3.0), below.at(-5.0)), (rising(0.0), rising(1.0)));
    }

    const CASES: [(usize, usize, usize, &str); 6] = [
        (5, 5, 1, "parcel price"),
        (10, 10, 1, "10 by 10"),
        (8, 6, 4, "four maps"),
        (40, 30, 1, "1,200 cells"),
        (3, 2, 2, "names"),
        (12, 9, 6, "six maps"),
    ];

    /// Maps whose value falls from left to right and rises upwards; named levels where there are few.
    fn maps((columns, rows, n, name): (usize, usize, usize, &str)) -> ChartSpec {
        let level = |i: usize| match columns {
            3 => format!("Direct with the small batches of factory number {i}, Guangzhou"),
            _ => format!("{}", 20 + 10 * i),
        };
        let axis = |title: &str, n: usize| HeatAxis { title: title.into(), levels: (0..n).map(level).collect() };
        let cell = |k: usize| {
            let (x, y) = (k % columns, k / columns);
            let v = 31_500.0 * (y as f64 / rows as f64 - x as f64 / columns as f64) + 1_234.0;
            HeatCell {
                value: (k != 1).then_some(v),
                label: if k == 1 { "-".into() } else { format::change(v, Unit::Money, "USD") },
                told: v.abs() > 3_000.0,
                mark: (x == columns / 2 && y == rows / 2).then(|| "now".into()),
            }
        };
        let map = |i: usize| HeatPanel {
            title: format!("Ocean freight + 3PL with air rescue, model number {i}, less direct"),
            colour: Colour::Model(i + 1),
            x: axis("parcel price, USD an order", columns),
            y: axis("weight, kg", rows),
            cells: (0..columns * rows).map(cell).collect(),
            contour: columns != 3,
        };
        ChartSpec {
            name: name.into(),
            title: "Direct earns more below 40 a parcel".into(),
            subtitle: "Residual income of each model less that of the first".into(),
            footer: "run 1234 seed 1".into(),
            alt: "Maps".into(),
            legend: Vec::new(),
            body: Body::Heat {
                panels: (0..n).map(map).collect(),
                columns: if n > 4 { 3 } else { n.min(2) },
                key: HeatKey {
                    title: "residual income over the window less that of Direct, USD".into(),
                    format: Format::Money("USD".into()),
                    low: "Direct earns more".into(),
                    high: "Direct earns less".into(),
                },
            },
            data: Csv::default(),
        }
    }

    #[test]
    fn maps_of_all_sizes_are_laid_out_well() {
        for case in CASES {
            let spec = maps(case);
            let problems = layout_problems(&spec);
            assert!(problems.is_empty(), "{case:?}: {problems:#?}");
            let written = labels(&spec);
            assert!(written.iter().any(|l| l.contains("now")), "{case:?}: {written:?}");
            assert!(written.iter().any(|l| l == "not told apart from zero"));
            assert_eq!(written.iter().any(|l| l == "level with zero"), case.0 != 3);
            assert!(web(&spec).is_some_and(|svg| svg.contains("weight, kg")));
            if let Some(folder) = std::env::var_os("HEAT") {
                let at = std::path::Path::new(&folder).join(format!("{}.png", case.3.replace(' ', "-")));
                std::fs::write(at, png(&svg(&spec), "", "").unwrap()).unwrap();
            }
        }
        assert!(!missing_characters().contains(['\u{2190}', '\u{2191}', '\u{2192}']));
    }
}
