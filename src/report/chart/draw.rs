//! Chart specifications to SVG and PNG. The only file that names plotters and resvg.
//!
//! plotters' SVG backend is the canvas; layout is done here, because every label is measured with the
//! embedded font before it is placed.

use super::spec::{Bars, Body, ChartSpec, Colour, ForestPanel, Format, LinePanel, XAxis};
use super::theme::{self, FOOTER, GREY, GRID, HEIGHT, INK, LABEL, MARGIN, Rgb, SMALL, SUBTITLE, TITLE, WIDTH, rgb};
use crate::report::format;
use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::sync::{Arc, OnceLock};

const REGULAR: &[u8] = include_bytes!("../../../assets/Inter-Regular.otf");
const SEMIBOLD: &[u8] = include_bytes!("../../../assets/Inter-SemiBold.otf");
/// plotters writes SVG font sizes divided by this.
const FONT_SCALE: f64 = 1.24;
/// plotters measures with the size as ascent plus descent, not as em: the embedded font has 1.21 em between them.
const EM: f64 = 1.215;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Draws a chart as SVG.
///
/// # Panics
///
/// If the embedded font cannot be read: a bug.
#[must_use]
pub fn svg(spec: &ChartSpec) -> String {
    static FONTS: OnceLock<()> = OnceLock::new();
    FONTS.get_or_init(|| {
        let ok = plotters::style::register_font("Inter", FontStyle::Normal, REGULAR).is_ok()
            && plotters::style::register_font("Inter", FontStyle::Bold, SEMIBOLD).is_ok();
        assert!(ok, "the embedded font can be read");
    });
    let mut out = String::new();
    {
        let area = SVGBackend::with_string(&mut out, (WIDTH, HEIGHT)).into_drawing_area();
        let canvas = Canvas { area };
        canvas.fill();
        canvas.chart(spec);
        let _ = canvas.area.present();
    }
    // A screen reader finds the description; a viewer without the font falls back to a sans.
    let described = format!("<title>{}</title>\n<desc>{}</desc>\n", escape(&spec.title), escape(&spec.alt));
    let end_of_tag = out.find('>').map_or(0, |i| i + 1);
    out.insert_str(end_of_tag, &format!("\n{described}"));
    out.replace("font-family=\"Inter\"", "font-family=\"Inter, sans-serif\"")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Renders an SVG of this module as PNG, with the description as its text.
///
/// # Errors
///
/// A message, if the SVG cannot be read or the PNG not be written.
pub fn png(svg: &str, title: &str, alt: &str) -> Result<Vec<u8>, String> {
    use resvg::tiny_skia;
    let tree = parsed(svg)?;
    let mut pixmap = tiny_skia::Pixmap::new(WIDTH, HEIGHT).ok_or("no room for the picture")?;
    pixmap.fill(tiny_skia::Color::WHITE);
    resvg::render(&tree, tiny_skia::Transform::default(), &mut pixmap.as_mut());
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, WIDTH, HEIGHT);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    for (keyword, text) in [("Title", title), ("Description", alt), ("Software", "Restock")] {
        encoder.add_itxt_chunk(keyword.into(), text.into()).map_err(|e| e.to_string())?;
    }
    let mut writer = encoder.write_header().map_err(|e| e.to_string())?;
    // Opaque white below everything: alpha is 255 and can be dropped.
    let rgb: Vec<u8> = pixmap.data().as_chunks::<4>().0.iter().flat_map(|p| [p[0], p[1], p[2]]).collect();
    writer.write_image_data(&rgb).map_err(|e| e.to_string())?;
    writer.finish().map_err(|e| e.to_string())?;
    Ok(out)
}

/// An SVG of this module as a tree, its text laid out in the embedded font and no other.
fn parsed(svg: &str) -> Result<resvg::usvg::Tree, String> {
    use resvg::usvg;
    static DATABASE: OnceLock<Arc<usvg::fontdb::Database>> = OnceLock::new();
    let database = DATABASE.get_or_init(|| {
        let mut db = usvg::fontdb::Database::new();
        db.load_font_data(REGULAR.to_vec());
        db.load_font_data(SEMIBOLD.to_vec());
        db.set_sans_serif_family("Inter");
        Arc::new(db)
    });
    let options =
        usvg::Options { fontdb: Arc::clone(database), font_family: "Inter".into(), ..usvg::Options::default() };
    usvg::Tree::from_str(svg, &options).map_err(|e| e.to_string())
}

/// What is wrong with the layout of a chart: text that is cut by the canvas, too small, or on top of other
/// text. Empty for a good chart; a test demands that of every chart it can think of.
#[must_use]
pub fn layout_problems(spec: &ChartSpec) -> Vec<String> {
    use resvg::usvg;
    let tree = match parsed(&svg(spec)) {
        Ok(tree) => tree,
        Err(e) => return vec![format!("the SVG cannot be read: {e}")],
    };
    let mut texts: Vec<(String, usvg::Rect, f32)> = Vec::new();
    collect(tree.root(), &mut texts);
    let mut problems = Vec::new();
    for (i, (text, b, size)) in texts.iter().enumerate() {
        if b.left() < 0.0 || b.top() < 0.0 || b.right() > WIDTH as f32 || b.bottom() > HEIGHT as f32 {
            problems.push(format!("`{text}` is cut: {b:?}"));
        }
        if *size < 17.5 {
            problems.push(format!("`{text}` has {size} px"));
        }
        for (other, o, _) in &texts[i + 1..] {
            let across = b.right().min(o.right()) - b.left().max(o.left());
            let down = b.bottom().min(o.bottom()) - b.top().max(o.top());
            // Bounding boxes hold ascenders and descenders that the glyphs may not use.
            if across > 2.0 && down > 0.35 * b.height().min(o.height()) {
                problems.push(format!("`{text}` lies on `{other}`: {b:?}, {o:?}"));
            }
        }
    }
    problems
}

fn collect(group: &resvg::usvg::Group, out: &mut Vec<(String, resvg::usvg::Rect, f32)>) {
    use resvg::usvg::Node;
    for node in group.children() {
        match node {
            Node::Group(g) => collect(g, out),
            Node::Text(t) => {
                let content: String = t.chunks().iter().map(|c| c.text()).collect();
                let size =
                    t.chunks().iter().flat_map(|c| c.spans()).map(|s| s.font_size().get()).fold(f32::MAX, f32::min);
                out.push((content, t.abs_bounding_box(), size));
            }
            Node::Path(_) | Node::Image(_) => {}
        }
    }
}

struct Canvas<'a> {
    area: Area<'a>,
}

/// A rectangle of the canvas.
#[derive(Debug, Clone, Copy)]
struct Frame {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Frame {
    fn width(&self) -> f64 {
        self.right - self.left
    }
    fn height(&self) -> f64 {
        self.bottom - self.top
    }
}

/// Width of a text in pixels.
fn width(text: &str, size: f64, bold: bool) -> f64 {
    let style = if bold { FontStyle::Bold } else { FontStyle::Normal };
    // Measured large, so that rounding to whole pixels does not matter.
    let font = FontDesc::new(FontFamily::Name("Inter"), 200.0, style);
    font.box_size(text).map_or(text.len() as f64 * size * 0.55, |(w, _)| f64::from(w) * EM * size / 200.0)
}

/// Cut to fit, with an ellipsis.
fn fitted(text: &str, size: f64, bold: bool, room: f64) -> String {
    if width(text, size, bold) <= room {
        return text.to_owned();
    }
    let mut chars: Vec<char> = text.chars().collect();
    while !chars.is_empty() {
        chars.pop();
        let cut: String = chars.iter().collect::<String>().trim_end().to_owned() + "…";
        if width(&cut, size, bold) <= room {
            return cut;
        }
    }
    "…".into()
}

/// Broken into at most `lines` lines; the last is cut if the text is longer.
fn wrapped(text: &str, size: f64, bold: bool, room: f64, lines: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut line = String::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.peek() {
        let longer = if line.is_empty() { (*word).to_owned() } else { format!("{line} {word}") };
        if width(&longer, size, bold) <= room || line.is_empty() {
            line = longer;
            words.next();
        } else if out.len() + 1 == lines {
            let rest: Vec<&str> = words.collect();
            out.push(fitted(&format!("{line} {}", rest.join(" ")), size, bold, room));
            return out;
        } else {
            out.push(std::mem::take(&mut line));
        }
    }
    out.push(fitted(&line, size, bold, room));
    out
}

fn px(v: f64) -> i32 {
    v.round() as i32
}

/// Round tick values that cover `low..=high`: 1, 2 or 5 times a power of ten apart, at most `most` steps.
fn ticks(low: f64, high: f64, most: usize) -> Vec<f64> {
    let span = (high - low).max(f64::MIN_POSITIVE);
    let raw = span / most.max(1) as f64;
    let power = 10_f64.powf(raw.log10().floor());
    let step =
        [1.0, 2.0, 2.5, 5.0, 10.0].iter().map(|m| m * power).find(|s| *s >= raw * 0.999_999).unwrap_or(10.0 * power);
    let first = (low / step).floor();
    let last = (high / step - 1e-9).ceil();
    (0..=(last - first) as usize).map(|i| (first + i as f64) * step).collect()
}

fn written(value: f64, format: &Format, step: f64) -> String {
    // As many decimals as it takes to write the step itself.
    let decimals = |step: f64| {
        (0..6_i32)
            .find(|d| {
                let s = step * 10_f64.powi(*d);
                (s - s.round()).abs() < 1e-6 * s
            })
            .unwrap_or(6) as usize
    };
    match format {
        Format::Share => format!("{} %", format::fixed(value * 100.0, decimals(step * 100.0))),
        Format::Money(_) if value == 0.0 => "0".into(),
        Format::Money(currency) => {
            format::money(value, currency).replace(".0k", "k").replace(".0m", "m").replace(".00", "")
        }
        Format::Units | Format::Days => format::fixed(value, decimals(step)),
    }
}

impl Canvas<'_> {
    fn fill(&self) {
        let _ = self.area.fill(&WHITE);
    }

    #[expect(clippy::too_many_arguments, reason = "one call a label: words, place, looks")]
    fn text(&self, text: &str, x: f64, y: f64, size: f64, bold: bool, colour: Rgb, h: HPos, v: VPos) {
        let style = if bold { FontStyle::Bold } else { FontStyle::Normal };
        let font = FontDesc::new(FontFamily::Name("Inter"), size * FONT_SCALE, style);
        let colour = RGBColor(colour.0, colour.1, colour.2);
        let style = TextStyle::from(font).color(&colour).pos(Pos::new(h, v));
        let _ = self.area.draw_text(text, &style, (px(x), px(y)));
    }

    fn line(&self, points: &[(f64, f64)], colour: Rgb, stroke: u32) {
        let style = RGBColor(colour.0, colour.1, colour.2).stroke_width(stroke);
        let _ = self.area.draw(&PathElement::new(points.iter().map(|p| (px(p.0), px(p.1))).collect::<Vec<_>>(), style));
    }

    fn dashes(&self, points: &[(f64, f64)], colour: Rgb, stroke: u32) {
        let style = RGBColor(colour.0, colour.1, colour.2).stroke_width(stroke);
        let path = points.iter().map(|p| (px(p.0), px(p.1)));
        let _ = self.area.draw(&DashedPathElement::new(path, 10, 8, style));
    }

    fn rect(&self, f: Frame, colour: Rgb) {
        let style = RGBColor(colour.0, colour.1, colour.2).filled();
        let _ = self.area.draw(&Rectangle::new([(px(f.left), px(f.top)), (px(f.right), px(f.bottom))], style));
    }

    fn polygon(&self, points: &[(f64, f64)], colour: Rgb, opacity: f64) {
        let style = RGBColor(colour.0, colour.1, colour.2).mix(opacity).filled();
        let _ = self.area.draw(&Polygon::new(points.iter().map(|p| (px(p.0), px(p.1))).collect::<Vec<_>>(), style));
    }

    fn chart(&self, spec: &ChartSpec) {
        let (left, right) = (f64::from(MARGIN), f64::from(WIDTH as i32 - MARGIN));
        let mut y = f64::from(MARGIN);
        for line in wrapped(&spec.title, TITLE, true, right - left, 2) {
            self.text(&line, left, y, TITLE, true, INK, HPos::Left, VPos::Top);
            y += TITLE * 1.22;
        }
        y += 8.0;
        for line in wrapped(&spec.subtitle, SUBTITLE, false, right - left, 2) {
            self.text(&line, left, y, SUBTITLE, false, GREY, HPos::Left, VPos::Top);
            y += SUBTITLE * 1.3;
        }
        y += 10.0;
        if !spec.legend.is_empty() {
            y = self.legend(&spec.legend, left, right, y + 8.0);
        }
        let bottom = f64::from(HEIGHT as i32 - MARGIN);
        self.text(
            &fitted(&spec.footer, FOOTER, false, right - left),
            left,
            bottom,
            FOOTER,
            false,
            GREY,
            HPos::Left,
            VPos::Bottom,
        );
        let frame = Frame { left, top: y + 18.0, right, bottom: bottom - FOOTER - 26.0 };
        match &spec.body {
            Body::Words(words) => {
                let lines = wrapped(words, 34.0, false, frame.width() * 0.8, 4);
                let mut y = frame.top + frame.height() * 0.38;
                for line in lines {
                    self.text(
                        &line,
                        (frame.left + frame.right) / 2.0,
                        y,
                        34.0,
                        false,
                        GREY,
                        HPos::Center,
                        VPos::Center,
                    );
                    y += 46.0;
                }
            }
            Body::Bars(bars) => self.bars(bars, frame),
            Body::Lines { panels, columns } => self.line_panels(panels, *columns, frame),
            Body::Forest(panels) => self.forest(panels, frame),
        }
    }

    fn legend(&self, entries: &[(String, Colour)], left: f64, right: f64, top: f64) -> f64 {
        let (mut x, mut y) = (left, top);
        for (label, colour) in entries {
            let label = fitted(label, LABEL, false, right - left - 40.0);
            let w = 22.0 + 12.0 + width(&label, LABEL, false) + 40.0;
            if x + w - 40.0 > right && x > left {
                x = left;
                y += 36.0;
            }
            self.rect(Frame { left: x, top: y + 3.0, right: x + 22.0, bottom: y + 25.0 }, rgb(*colour));
            self.text(&label, x + 34.0, y + 14.0, LABEL, false, INK, HPos::Left, VPos::Center);
            x += w;
        }
        y + 38.0
    }

    fn bars(&self, bars: &Bars, frame: Frame) {
        let label_width = bars
            .rows
            .iter()
            .flat_map(|r| [width(&r.label, LABEL, true), width(&r.note, SMALL, false)])
            .fold(0.0, f64::max)
            .min(frame.width() * 0.3);
        let value_width = bars.rows.iter().map(|r| width(&r.value, LABEL, true)).fold(0.0, f64::max);
        let left = frame.left + label_width + 24.0;
        let right = frame.right - value_width - 28.0;
        let total = |r: &super::spec::BarRow| r.segments.iter().map(|s| s.0).sum::<f64>();
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
                    self.text(label, (a + b) / 2.0, middle, SMALL, false, theme::ink_on(c), HPos::Center, VPos::Center);
                }
                if row.segments.len() > 1 {
                    self.line(&[(b, from), (b, to)], theme::WHITE, 2);
                }
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

    fn line_panels(&self, panels: &[LinePanel], columns: usize, frame: Frame) {
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
            let marks = ticks(low, high, if h > 320.0 { 6 } else { 3 });
            for (column, panel) in in_row.iter().enumerate() {
                let left = frame.left + column as f64 * (w + gap);
                let top = frame.top + row as f64 * (h + gap);
                self.line_panel(panel, Frame { left, top, right: left + w, bottom: top + h }, &marks, end_labels);
            }
        }
    }

    fn line_panel(&self, panel: &LinePanel, frame: Frame, marks: &[f64], end_labels: f64) {
        let step = if marks.len() > 1 { marks[1] - marks[0] } else { 1.0 };
        let axis_width =
            marks.iter().map(|m| width(&written(*m, &panel.format, step), SMALL, false)).fold(0.0, f64::max);
        let room_for_events = if panel.events.is_empty() { 0.0 } else { 28.0 };
        let title_room = if panel.title.is_empty() { 0.0 } else { 40.0 };
        let plot = Frame {
            left: frame.left + axis_width + 14.0,
            top: frame.top + title_room + room_for_events,
            right: frame.right - if end_labels > 0.0 { end_labels + 16.0 } else { 8.0 },
            bottom: frame.bottom - if matches!(panel.x, XAxis::Days(_)) { 62.0 } else { 34.0 },
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
        match panel.x {
            XAxis::Dates(first) => self.date_axis(first, x_low, x_high, plot, &x),
            XAxis::Days(name) => {
                let marks = ticks(x_low, x_high, (plot.width() / 110.0) as usize);
                for m in marks.iter().filter(|m| **m <= x_high + 1e-9 && **m >= x_low - 1e-9) {
                    self.line(&[(x(*m), plot.bottom), (x(*m), plot.bottom + 6.0)], GREY, 1);
                    self.text(
                        &format::fixed(*m, 0),
                        x(*m),
                        plot.bottom + 9.0,
                        SMALL,
                        false,
                        GREY,
                        HPos::Center,
                        VPos::Top,
                    );
                }
                self.text(
                    &fitted(name, SMALL, false, plot.width()),
                    plot.left,
                    frame.bottom,
                    SMALL,
                    false,
                    GREY,
                    HPos::Left,
                    VPos::Bottom,
                );
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

    /// Names of stacked areas, where they are thickest.
    fn band_labels(&self, panel: &LinePanel, x: &dyn Fn(f64) -> f64, y: &dyn Fn(f64) -> f64) {
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
            let ink = theme::ink_on(theme::tint(rgb(band.colour), 1.0 - band.opacity));
            self.text(&band.label, at, (y(best.1) + y(best.2)) / 2.0, SMALL, true, ink, HPos::Center, VPos::Center);
        }
    }

    fn date_axis(&self, first: crate::calendar::Day, low: f64, high: f64, plot: Frame, x: &dyn Fn(f64) -> f64) {
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

    fn forest(&self, panels: &[ForestPanel], frame: Frame) {
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

    fn forest_panel(&self, panel: &ForestPanel, frame: Frame) {
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
        let (low, high) = (marks[0], marks[marks.len() - 1]);
        let step = marks[1] - marks[0];
        let x = |v: f64| plot.left + (v - low) / (high - low) * plot.width();
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
            let style = RGBColor(c.0, c.1, c.2).filled();
            let _ = self.area.draw(&Circle::new((px(x(row.value)), px(y)), 8, style));
            self.text(&row.text, frame.right, y, SMALL, true, INK, HPos::Right, VPos::Center);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_cover() {
        assert_eq!(ticks(0.0, 0.081, 5), [0.0, 0.02, 0.04, 0.06, 0.08, 0.1]);
        assert_eq!(ticks(0.0, 1.0, 4), [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(ticks(-3.0, 7.0, 5), [-4.0, -2.0, 0.0, 2.0, 4.0, 6.0, 8.0]);
        for t in [ticks(0.0, 1e-7, 5), ticks(0.0, 9e9, 5)] {
            assert!(t.len() >= 2 && t.len() <= 8, "{t:?}");
        }
    }

    #[test]
    fn tick_labels_keep_the_digits_they_need() {
        assert_eq!(written(0.025, &Format::Share, 0.025), "2.5 %");
        assert_eq!(written(0.02, &Format::Share, 0.02), "2 %");
        assert_eq!(written(2_500.0, &Format::Units, 500.0), "2,500");
    }
}
