//! The canvas: plotters' SVG backend, and text that is measured with the embedded font before it is placed.

use super::super::spec::Format;
use super::super::theme::Rgb;
use crate::report::format;
use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::Pos;
pub(super) use plotters::style::text_anchor::{HPos, VPos};
use std::cell::RefCell;
use std::sync::OnceLock;

pub(super) const REGULAR: &[u8] = include_bytes!("../../../../assets/Inter-Regular.otf");
pub(super) const SEMIBOLD: &[u8] = include_bytes!("../../../../assets/Inter-SemiBold.otf");
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

/// Width of a text in pixels.
pub(super) fn width(text: &str, size: f64, bold: bool) -> f64 {
    let style = if bold { FontStyle::Bold } else { FontStyle::Normal };
    // Measured large, so that rounding to whole pixels does not matter.
    let font = FontDesc::new(FontFamily::Name("Inter"), 200.0, style);
    font.box_size(text).map_or(text.len() as f64 * size * 0.55, |(w, _)| f64::from(w) * EM * size / 200.0)
}

/// Cut to fit, with an ellipsis.
pub(super) fn fitted(text: &str, size: f64, bold: bool, room: f64) -> String {
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
pub(super) fn wrapped(text: &str, size: f64, bold: bool, room: f64, lines: usize) -> Vec<String> {
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

    pub(super) fn circle(&self, x: f64, y: f64, radius: i32, colour: Rgb) {
        let style = RGBColor(colour.0, colour.1, colour.2).filled();
        let _ = self.area.draw(&Circle::new((px(x), px(y)), radius, style));
    }
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
