//! The canvas: plotters' SVG backend, and text that is measured with the embedded font before it is placed.

use super::super::spec::Format;
use super::super::theme::Rgb;
use super::fonts::{self, REGULAR, SEMIBOLD};
use crate::format;
use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::Pos;
pub(super) use plotters::style::text_anchor::{HPos, VPos};
use std::cell::RefCell;
use std::sync::OnceLock;

/// plotters writes SVG font sizes divided by this.
const FONT_SCALE: f64 = 1.24;
/// plotters measures with the size as ascent plus descent, not as em: the embedded font has 1.21 em between them.
const EM: f64 = 1.215;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

pub(super) struct Canvas<'a> {
    area: Area<'a>,
    /// Regions that say something when pointed at.
    hovers: RefCell<Vec<(Frame, String)>>,
}

/// A rectangle of the canvas.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Frame {
    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }
    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }
}

/// Maps values to pixels: nothing else does. A value is drawn where it belongs or said to be outside, never moved onto the
/// edge as if it were there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    start: f64,
    end: f64,
}

/// Where a value lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Place {
    Inside(f64),
    /// Below the axis' low end or above its high end.
    Below,
    Above,
}

impl Axis {
    /// `low` is drawn at pixel `start`, `high` at `end`.
    pub(super) fn new((low, high): (f64, f64), (start, end): (f64, f64)) -> Self {
        let (low, high) = if low < high { (low, high) } else { (low, low + 1.0) };
        Axis { low, high, start, end }
    }

    /// From the first tick to the last.
    pub(super) fn over(marks: &[f64], ends: (f64, f64)) -> Self {
        Axis::new((marks.first().copied().unwrap_or(0.0), marks.last().copied().unwrap_or(1.0)), ends)
    }

    pub(super) fn place(&self, v: f64) -> Place {
        // Ticks are sums: their last bits may miss the value that they were made for.
        let slack = (self.high - self.low) * 1e-9;
        match v {
            v if v < self.low - slack => Place::Below,
            v if v > self.high + slack => Place::Above,
            v => Place::Inside(self.start + (v - self.low) / (self.high - self.low) * (self.end - self.start)),
        }
    }

    /// Pixel of a value that the axis was made to hold.
    pub(super) fn at(&self, v: f64) -> f64 {
        let place = self.place(v);
        debug_assert!(matches!(place, Place::Inside(_)), "{v} lies outside {self:?}");
        self.start + (v - self.low) / (self.high - self.low) * (self.end - self.start)
    }

    /// The edge beyond which a value lies; the value's own pixel if it is inside. For areas, which end there, and for arrows.
    pub(super) fn edge(&self, v: f64) -> f64 {
        match self.place(v) {
            Place::Inside(at) => at,
            Place::Below => self.start,
            Place::Above => self.end,
        }
    }

    /// A line cut where it leaves the axis: its pieces in pixels. The first coordinate of `points` is a pixel already.
    pub(super) fn pieces(&self, points: &[(f64, f64)]) -> Vec<Vec<(f64, f64)>> {
        let mut out: Vec<Vec<(f64, f64)>> = Vec::new();
        let mut open = false;
        for (k, p) in points.iter().enumerate() {
            let before = k.checked_sub(1).map(|k| points[k]);
            let mut crossings: Vec<(f64, f64)> = before.map_or_else(Vec::new, |q| self.crossings(q, *p));
            let inside = matches!(self.place(p.1), Place::Inside(_));
            for c in crossings.drain(..) {
                if open {
                    out.last_mut().into_iter().for_each(|piece| piece.push(c));
                } else {
                    out.push(vec![c]);
                }
                open = !open;
            }
            if inside {
                let at = (p.0, self.edge(p.1));
                if open {
                    out.last_mut().into_iter().for_each(|piece| piece.push(at));
                } else {
                    out.push(vec![at]);
                    open = true;
                }
            }
        }
        out.retain(|piece| piece.len() > 1);
        out
    }

    /// Where the way from `a` to `b` crosses an end of the axis, in order.
    fn crossings(&self, a: (f64, f64), b: (f64, f64)) -> Vec<(f64, f64)> {
        let ends = [(self.low, self.start), (self.high, self.end)];
        let mut out: Vec<(f64, f64)> = ends
            .into_iter()
            .filter(|(v, _)| {
                let side = |y: f64| match self.place(y) {
                    Place::Inside(_) => 0,
                    Place::Below => -1,
                    Place::Above => 1,
                };
                let end = if *v == self.low { -1 } else { 1 };
                (side(a.1) == end) != (side(b.1) == end)
            })
            .map(|(v, at)| (a.0 + (v - a.1) / (b.1 - a.1) * (b.0 - a.0), at))
            .collect();
        out.sort_by(|x, y| ((x.0 - a.0).abs()).total_cmp(&(y.0 - a.0).abs()));
        out
    }
}

/// Width of a text in pixels.
pub(super) fn width(text: &str, size: f64, bold: bool) -> f64 {
    let style = if bold { FontStyle::Bold } else { FontStyle::Normal };
    let foreign = fonts::lacking(text);
    let known: String = text.chars().filter(|c| !foreign.contains(c)).collect();
    let guessed: f64 = text.chars().filter(|c| foreign.contains(c)).map(fonts::guessed).sum();
    // Measured large, so that rounding to whole pixels does not matter.
    let font = FontDesc::new(FontFamily::Name("Inter"), 200.0, style);
    let known =
        font.box_size(&known).map_or(known.len() as f64 * size * 0.55, |(w, _)| f64::from(w) * EM * size / 200.0);
    known + guessed * size
}

/// Cut to fit, with an ellipsis.
pub(super) fn fitted(text: &str, size: f64, bold: bool, room: f64) -> String {
    if width(text, size, bold) <= room {
        return text.to_owned();
    }
    // What is cut to k characters, for growing k.
    let cut: Vec<String> = text.char_indices().map(|(end, _)| text[..end].trim_end().to_owned() + "…").collect();
    let fits = cut.partition_point(|cut| width(cut, size, bold) <= room);
    cut.into_iter().nth(fits.saturating_sub(1)).unwrap_or_else(|| "…".into())
}

/// Broken into at most `lines` lines; the last is cut if the text is longer.
pub(super) fn wrapped(text: &str, size: f64, bold: bool, room: f64, lines: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut line = String::new();
    // The sign of a share stays beside its figure.
    let mut each: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match each.last_mut() {
            Some(figure) if word == "%" => figure.push_str(" %"),
            _ => each.push(word.to_owned()),
        }
    }
    let mut words = each.iter().map(String::as_str).peekable();
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

pub(super) fn px(v: f64) -> i32 {
    v.round() as i32
}

/// Round tick values that cover `low..=high`: 1, 2 or 5 times a power of ten apart, at most `most` steps.
pub(super) fn ticks(low: f64, high: f64, most: usize) -> Vec<f64> {
    let span = (high - low).max(f64::MIN_POSITIVE);
    let raw = span / most.max(1) as f64;
    let power = 10_f64.powf(raw.log10().floor());
    let step =
        [1.0, 2.0, 2.5, 5.0, 10.0].iter().map(|m| m * power).find(|s| *s >= raw * 0.999_999).unwrap_or(10.0 * power);
    let first = (low / step).floor();
    let last = (high / step - 1e-9).ceil();
    (0..=(last - first) as usize).map(|i| (first + i as f64) * step).collect()
}

pub(super) fn written(value: f64, format: &Format, step: f64) -> String {
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

/// What `draw` puts on a canvas of this size, as SVG, and the regions that say something when pointed at.
///
/// # Panics
///
/// If the embedded font cannot be read: a bug.
pub(super) fn drawn(size: (u32, u32), draw: impl FnOnce(&Canvas<'_>)) -> (String, Vec<(Frame, String)>) {
    static FONTS: OnceLock<()> = OnceLock::new();
    FONTS.get_or_init(|| {
        let ok = plotters::style::register_font("Inter", FontStyle::Normal, REGULAR).is_ok()
            && plotters::style::register_font("Inter", FontStyle::Bold, SEMIBOLD).is_ok();
        assert!(ok, "the embedded font can be read");
    });
    let mut out = String::new();
    let hovers = {
        let area = SVGBackend::with_string(&mut out, size).into_drawing_area();
        let canvas = Canvas { area, hovers: RefCell::default() };
        let _ = canvas.area.fill(&WHITE);
        draw(&canvas);
        let _ = canvas.area.present();
        canvas.hovers.take()
    };
    (out, hovers)
}

impl Canvas<'_> {
    #[expect(clippy::too_many_arguments, reason = "one call a label: words, place, looks")]
    pub(super) fn text(&self, text: &str, x: f64, y: f64, size: f64, bold: bool, colour: Rgb, h: HPos, v: VPos) {
        let style = if bold { FontStyle::Bold } else { FontStyle::Normal };
        let font = FontDesc::new(FontFamily::Name("Inter"), size * FONT_SCALE, style);
        let colour = RGBColor(colour.0, colour.1, colour.2);
        let style = TextStyle::from(font).color(&colour).pos(Pos::new(h, v));
        let _ = self.area.draw_text(text, &style, (px(x), px(y)));
    }

    pub(super) fn line(&self, points: &[(f64, f64)], colour: Rgb, stroke: u32) {
        let style = RGBColor(colour.0, colour.1, colour.2).stroke_width(stroke);
        let _ = self.area.draw(&PathElement::new(points.iter().map(|p| (px(p.0), px(p.1))).collect::<Vec<_>>(), style));
    }

    pub(super) fn dashes(&self, points: &[(f64, f64)], colour: Rgb, stroke: u32) {
        let style = RGBColor(colour.0, colour.1, colour.2).stroke_width(stroke);
        let path = points.iter().map(|p| (px(p.0), px(p.1)));
        let _ = self.area.draw(&DashedPathElement::new(path, 10, 8, style));
    }

    pub(super) fn rect(&self, f: Frame, colour: Rgb) {
        let style = RGBColor(colour.0, colour.1, colour.2).filled();
        let _ = self.area.draw(&Rectangle::new([(px(f.left), px(f.top)), (px(f.right), px(f.bottom))], style));
    }

    pub(super) fn polygon(&self, points: &[(f64, f64)], colour: Rgb, opacity: f64) {
        let style = RGBColor(colour.0, colour.1, colour.2).mix(opacity).filled();
        let _ = self.area.draw(&Polygon::new(points.iter().map(|p| (px(p.0), px(p.1))).collect::<Vec<_>>(), style));
    }

    /// Says `text` when `frame` is pointed at.
    pub(super) fn hover(&self, frame: Frame, text: String) {
        self.hovers.borrow_mut().push((frame, text));
    }

    /// An arrow head that points up or down: what is meant lies beyond.
    pub(super) fn arrow(&self, x: f64, y: f64, up: bool, colour: Rgb) {
        let (tip, base) = if up { (y, y + 18.0) } else { (y, y - 18.0) };
        self.polygon(&[(x, tip), (x + 10.0, base), (x - 10.0, base)], colour, 1.0);
    }

    pub(super) fn circle(&self, x: f64, y: f64, radius: i32, colour: Rgb) {
        let style = RGBColor(colour.0, colour.1, colour.2).filled();
        let _ = self.area.draw(&Circle::new((px(x), px(y)), radius, style));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wherever a line ends, no line begins with the sign of a share.
    #[test]
    fn a_share_keeps_its_sign() {
        let text = "Bulk: shortages take 4.3 % of demand in Japan, 0.54 % in Germany";
        for room in 300..900 {
            let lines = wrapped(text, 44.0, true, f64::from(room), 9);
            assert!(lines.iter().all(|line| !line.starts_with('%')), "{room}: {lines:?}");
            assert_eq!(lines.join(" "), text);
        }
    }

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
    fn nothing_is_moved_onto_an_axis() {
        let axis = Axis::new((0.0, 800.0), (100.0, 0.0));
        assert_eq!(axis.place(400.0), Place::Inside(50.0));
        assert_eq!((axis.place(1_265.0), axis.place(-1.0)), (Place::Above, Place::Below));
        // Out and in again, and straight through.
        let spike = axis.pieces(&[(0.0, 400.0), (10.0, 1_200.0), (20.0, 400.0)]);
        assert_eq!(spike, [vec![(0.0, 50.0), (5.0, 0.0)], vec![(15.0, 0.0), (20.0, 50.0)]]);
        let through = axis.pieces(&[(0.0, -400.0), (10.0, 1_200.0)]);
        assert_eq!(through, [vec![(2.5, 100.0), (7.5, 0.0)]]);
        assert!(axis.pieces(&[(0.0, 900.0), (10.0, 1_200.0)]).is_empty());
        let inside = axis.pieces(&[(0.0, 0.0), (10.0, 800.0)]);
        assert_eq!(inside, [vec![(0.0, 100.0), (10.0, 0.0)]]);
    }

    #[test]
    fn tick_labels_keep_the_digits_they_need() {
        assert_eq!(written(0.025, &Format::Share, 0.025), "2.5 %");
        assert_eq!(written(0.02, &Format::Share, 0.02), "2 %");
        assert_eq!(written(2_500.0, &Format::Units, 500.0), "2,500");
    }
}
