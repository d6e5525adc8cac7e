//! Sizes and colours of the deck charts.

use super::spec::Colour;

pub const WIDTH: u32 = 1920;
pub const HEIGHT: u32 = 1080;
pub const MARGIN: i32 = 64;
pub const TITLE: f64 = 44.0;
pub const SUBTITLE: f64 = 26.0;
pub const LABEL: f64 = 24.0;
pub const SMALL: f64 = 20.0;
pub const FOOTER: f64 = 18.0;

/// Red, green, blue.
pub type Rgb = (u8, u8, u8);

pub const INK: Rgb = (0x1F, 0x26, 0x2E);
pub const GREY: Rgb = (0x5C, 0x66, 0x70);
pub const GRID: Rgb = (0xDD, 0xE1, 0xE6);
pub const WHITE: Rgb = (0xFF, 0xFF, 0xFF);

/// Ten colours for supply models, after Okabe and Ito (2008) and Tol (2021), those that keep a contrast of
/// 3:1 on white.
const MODELS: [Rgb; 10] = [
    (0x00, 0x72, 0xB2),
    (0xD5, 0x5E, 0x00),
    (0x00, 0x8F, 0x68),
    (0xAA, 0x44, 0x99),
    (0x33, 0x22, 0x88),
    (0x8C, 0x6D, 0x1F),
    (0x88, 0x22, 0x55),
    (0x11, 0x77, 0x33),
    (0x00, 0x60, 0x64),
    (0xC4, 0x5A, 0x6C),
];

/// Parts of one total: neutral tints, grey and warm.
const PARTS: [Rgb; 12] = [
    (0x3B, 0x47, 0x54),
    (0x7A, 0x87, 0x94),
    (0xB9, 0xC2, 0xCB),
    (0xD6, 0xC0, 0x8A),
    (0x56, 0x63, 0x70),
    (0x98, 0xA3, 0xAE),
    (0xD2, 0xD8, 0xDE),
    (0xE6, 0xD8, 0xB4),
    (0xA8, 0x8F, 0x6A),
    (0x6B, 0x5E, 0x4A),
    (0xC9, 0xB7, 0x9C),
    (0x2A, 0x33, 0x3D),
];

/// Below zero and above it, from faint to full: the hues of brown and blue-green of Brewer's BrBG, which those who confuse red and green
/// tell apart, and which no supply model has.
const BELOW: [Rgb; 5] =
    [(0xF7, 0xF6, 0xF4), (0xF6, 0xE8, 0xC3), (0xDF, 0xC2, 0x7D), (0xBF, 0x81, 0x2D), (0x8C, 0x51, 0x0A)];
const ABOVE: [Rgb; 5] =
    [(0xF4, 0xF7, 0xF6), (0xC7, 0xEA, 0xE5), (0x80, 0xCD, 0xC1), (0x35, 0x97, 0x8F), (0x01, 0x66, 0x5E)];

/// From little to much, where all values have one sign: Brewer's YlGnBu without its ends.
const RISING: [Rgb; 6] = [
    (0xED, 0xF8, 0xD9),
    (0xC7, 0xE9, 0xB4),
    (0x7F, 0xCD, 0xBB),
    (0x41, 0xB6, 0xC4),
    (0x1D, 0x91, 0xC0),
    (0x22, 0x5E, 0xA8),
];

/// A colour on the scale with two hues: -1 is the low end, 0 the middle, 1 the high end.
#[must_use]
pub fn diverging(at: f64) -> Rgb {
    if at < 0.0 { between(&BELOW, -at) } else { between(&ABOVE, at) }
}

/// A colour on the scale with one hue, from 0 to 1.
#[must_use]
pub fn rising(at: f64) -> Rgb {
    between(&RISING, at)
}

/// Between evenly spaced colours, 0 being the first and 1 the last.
fn between(stops: &[Rgb], at: f64) -> Rgb {
    let place = at.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
    let from = (place as usize).min(stops.len() - 2);
    let share = place - from as f64;
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
    let (a, b) = (stops[from], stops[from + 1]);
    (mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

#[must_use]
pub fn rgb(colour: Colour) -> Rgb {
    match colour {
        Colour::Model(i) => MODELS[i % MODELS.len()],
        Colour::ModelTint(i) => tint(MODELS[i % MODELS.len()], 0.55),
        Colour::Part(i) => PARTS[i % PARTS.len()],
        Colour::Ink => INK,
        Colour::Grey => GREY,
    }
}

/// Mixed with white: 0 is the colour itself, 1 white.
#[must_use]
pub fn tint(c: Rgb, share: f64) -> Rgb {
    let mix = |v: u8| (f64::from(v) + (255.0 - f64::from(v)) * share).round() as u8;
    (mix(c.0), mix(c.1), mix(c.2))
}

/// Relative luminance (WCAG 2.1).
#[must_use]
pub fn luminance(c: Rgb) -> f64 {
    let channel = |v: u8| {
        let v = f64::from(v) / 255.0;
        if v <= 0.039_28 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(c.0) + 0.7152 * channel(c.1) + 0.0722 * channel(c.2)
}

/// Ink or white, whichever reads better on `background`.
#[must_use]
pub fn ink_on(background: Rgb) -> Rgb {
    if luminance(background) > 0.30 { INK } else { WHITE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn model_colours_stand_out_on_white() {
        for c in MODELS {
            let contrast = 1.05 / (luminance(c) + 0.05);
            assert!(contrast >= 3.0, "{c:?} has {contrast}");
        }
    }

    /// The report page colours its tables like the charts.
    #[test]
    fn the_page_has_the_same_colours() {
        let css = include_str!("../document/page.css");
        for (i, c) in MODELS.iter().enumerate() {
            let rule = format!(".m{i} {{ background: #{:02x}{:02x}{:02x}; }}", c.0, c.1, c.2);
            assert!(css.contains(&rule), "{rule}");
        }
    }

    #[test]
    fn the_first_models_differ_in_grey() {
        let grey: Vec<f64> = MODELS[..3].iter().map(|c| luminance(*c)).collect();
        assert!(grey[0] < grey[1] && (grey[0] - grey[1]).abs() > 0.02, "{grey:?}");
    }

    /// As those see it who lack one kind of cone (Vienot, Brettel and Mollon 1999): reds and greens fall together, blue stays.
    fn seen_without(c: Rgb, cone: [[f64; 3]; 3]) -> [f64; 3] {
        let linear = [c.0, c.1, c.2].map(|v| (f64::from(v) / 255.0).powf(2.2));
        cone.map(|row| row.iter().zip(linear).map(|(a, v)| a * v).sum::<f64>().max(0.0).powf(1.0 / 2.2) * 255.0)
    }

    const PROTAN: [[f64; 3]; 3] = [[0.112_38, 0.887_62, 0.0], [0.112_38, 0.887_62, 0.0], [0.004_01, -0.004_01, 1.0]];
    const DEUTAN: [[f64; 3]; 3] = [[0.292_75, 0.707_25, 0.0], [0.292_75, 0.707_25, 0.0], [-0.022_34, 0.022_34, 1.0]];

    #[test]
    fn both_sides_of_zero_are_told_apart_by_everybody() {
        for cone in [PROTAN, DEUTAN, [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]] {
            for at in [0.25, 0.5, 0.75, 1.0] {
                let (below, above) = (seen_without(diverging(-at), cone), seen_without(diverging(at), cone));
                // What is told apart is blue against yellow: blue less the others.
                let hue = |c: [f64; 3]| c[2] - (c[0] + c[1]) / 2.0;
                assert!(hue(above) - hue(below) > 25.0, "{at}: {below:?} and {above:?}");
            }
        }
    }

    #[test]
    fn colours_of_a_scale_darken_all_the_way() {
        let darkens = |of: &dyn Fn(f64) -> Rgb| {
            let grey: Vec<f64> = (0..=40).map(|i| luminance(of(f64::from(i) / 40.0))).collect();
            grey.windows(2).all(|w| w[1] < w[0])
        };
        assert!(darkens(&diverging) && darkens(&|at| diverging(-at)) && darkens(&rising));
    }

    #[test]
    fn no_part_looks_like_a_model() {
        for p in PARTS {
            for m in MODELS {
                let d = [p.0.abs_diff(m.0), p.1.abs_diff(m.1), p.2.abs_diff(m.2)]
                    .iter()
                    .map(|v| u32::from(*v))
                    .sum::<u32>();
                assert!(d > 36, "{p:?} and {m:?}");
            }
        }
    }
}
