//! How good a forecast was.

/// The nine quantiles of the M5 uncertainty competition (Makridakis et al., International Journal of Forecasting 38,
/// 2022, section 2).
pub const M5_QUANTILES: [f64; 9] = [0.005, 0.025, 0.165, 0.25, 0.5, 0.75, 0.835, 0.975, 0.995];

/// Pinball loss of the quantile `p` forecast as `q`, where `y` came true.
#[must_use]
pub fn pinball(p: f64, q: f64, y: f64) -> f64 {
    if y >= q { p * (y - q) } else { (1.0 - p) * (q - y) }
}

/// Mean absolute change from day to day, from the first sale on: what losses are scaled by (M5's scaled pinball loss).
/// Absent where nothing ever changes.
#[must_use]
pub fn scale(units: &[f64]) -> Option<f64> {
    let begun = &units[units.iter().position(|y| *y > 0.0)?..];
    let changes = begun.windows(2).map(|w| (w[1] - w[0]).abs()).sum::<f64>();
    (begun.len() > 1 && changes > 0.0).then(|| changes / (begun.len() - 1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert!((pinball(0.9, 10.0, 14.0) - 3.6).abs() < 1e-12 && (pinball(0.9, 10.0, 6.0) - 0.4).abs() < 1e-12);
        assert_eq!(scale(&[0.0, 0.0, 2.0, 5.0, 4.0]), Some(2.0));
        assert_eq!([scale(&[]), scale(&[0.0, 0.0]), scale(&[0.0, 3.0]), scale(&[3.0, 3.0])], [None; 4]);
    }
}
