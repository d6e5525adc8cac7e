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
