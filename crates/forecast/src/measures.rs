//! How good a forecast was.

use super::{Item, Step};

/// The nine quantiles of the M5 uncertainty competition (Makridakis et al., International Journal of Forecasting 38,
/// 2022, section 2).
pub const M5_QUANTILES: [f64; 9] = [0.005, 0.025, 0.165, 0.25, 0.5, 0.75, 0.835, 0.975, 0.995];

/// Pinball loss of the quantile `p` forecast as `q`, where `y` came true.
#[must_use]
pub fn pinball(p: f64, q: f64, y: f64) -> f64 {
    if y >= q { p * (y - q) } else { (1.0 - p) * (q - y) }
}

/// Mean absolute change from period to period, from the first sale on: what losses are scaled by (M5's scaled pinball loss).
/// Absent where nothing ever changes.
#[must_use]
pub fn scale(units: &[f64]) -> Option<f64> {
    let begun = &units[units.iter().position(|y| *y > 0.0)?..];
    let changes = begun.windows(2).map(|w| (w[1] - w[0]).abs()).sum::<f64>();
    (begun.len() > 1 && changes > 0.0).then(|| changes / (begun.len() - 1) as f64)
}

/// Mean absolute and root mean square error that repeating the last cycle made in the history: what MASE and RMSSE are scaled by (Hyndman and
/// Koehler, International Journal of Forecasting 22, 2006, section 2.4). Weeks are repeated one by one, as in the M4 competition. Absent where that
/// made no error.
#[must_use]
pub fn seasonal_scales(units: &[f64], step: Step) -> Option<(f64, f64)> {
    let lag = if step == Step::Week { 1 } else { step.cycle() };
    let lag = if units.len() > lag + 1 { lag } else { 1 };
    let errors = || units.iter().skip(lag).zip(units).map(|(new, old)| new - old);
    let n = units.len().checked_sub(lag).filter(|n| *n > 0)? as f64;
    let absolute = errors().map(f64::abs).sum::<f64>() / n;
    (absolute > 0.0).then(|| (absolute, (errors().map(|e| e * e).sum::<f64>() / n).sqrt()))
}

/// Continuous ranked probability score of an ascending sample: `mean |x - y| - mean |x - x'| / 2` (Gneiting and Raftery, Journal of the American
/// Statistical Association 102, 2007, equation 21).
#[must_use]
pub fn crps(sample: &[f64], y: f64) -> f64 {
    let n = sample.len() as f64;
    let away = sample.iter().map(|x| (x - y).abs()).sum::<f64>() / n;
    let apart = sample.iter().enumerate().map(|(i, x)| (2.0 * i as f64 + 1.0 - n) * x).sum::<f64>() / (n * n);
    away - apart
}

/// Bins of the histogram of the probability integral transform.
pub const PIT_BINS: usize = 20;

/// Adds the probability integral transform of `y` under an ascending sample: spread evenly from `P(X < y)` to `P(X <= y)`, as counts demand
/// (Czado, Gneiting and Held, Biometrics 65, 2009, equation 2).
pub fn add_pit(bins: &mut [f64; PIT_BINS], sample: &[f64], y: f64) {
    let n = sample.len() as f64;
    let low = sample.partition_point(|x| *x < y) as f64 / n;
    let high = sample.partition_point(|x| *x <= y) as f64 / n;
    // A value outside the sample lies in the last bin of its side.
    let (low, high) =
        if high - low < 1e-9 { ((low - 0.5 / n).max(0.0), (low + 0.5 / n).min(1.0)) } else { (low, high) };
    for (i, bin) in bins.iter_mut().enumerate() {
        let (from, to) = (i as f64 / PIT_BINS as f64, (i + 1) as f64 / PIT_BINS as f64);
        *bin += (high.min(to) - low.max(from)).max(0.0) / (high - low);
    }
}

/// Symmetric absolute percentage error, 0 to 2; 0 where both are 0.
#[must_use]
pub fn smape(forecast: f64, y: f64) -> f64 {
    let sum = forecast.abs() + y.abs();
    if sum > 0.0 { 2.0 * (forecast - y).abs() / sum } else { 0.0 }
}

/// What a unit of an item is worth when items are added up: its price, or 1.
#[must_use]
pub fn value_of(item: &Item) -> f64 {
    item.price.unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert!((pinball(0.9, 10.0, 14.0) - 3.6).abs() < 1e-12 && (pinball(0.9, 10.0, 6.0) - 0.4).abs() < 1e-12);
        assert_eq!(scale(&[0.0, 0.0, 2.0, 5.0, 4.0]), Some(2.0));
        assert_eq!([scale(&[]), scale(&[0.0, 0.0]), scale(&[0.0, 3.0]), scale(&[3.0, 3.0])], [None; 4]);
        // Changes of 2 and -2 week by week.
        assert_eq!(seasonal_scales(&[1.0, 3.0, 1.0], Step::Week), Some((2.0, 2.0)));
        assert_eq!(seasonal_scales(&[1.0], Step::Day), None);
        assert_eq!(smape(1.0, 3.0), 1.0);
        assert_eq!(smape(0.0, 0.0), 0.0);
    }

    /// Two values, 1 and 3, and y = 2: mean distance 1, mean distance apart 1, half of it taken off. A single value: the distance.
    #[test]
    fn crps_by_hand() {
        assert!((crps(&[1.0, 3.0], 2.0) - 0.5).abs() < 1e-12);
        assert!((crps(&[4.0], 1.0) - 3.0).abs() < 1e-12);
    }

    #[test]
    fn pit_spreads_a_count_over_its_probability() {
        let mut bins = [0.0; PIT_BINS];
        add_pit(&mut bins, &[0.0, 0.0, 1.0, 2.0], 0.0);
        assert!(bins[..10].iter().all(|b| (b - 0.1).abs() < 1e-12) && bins[10..].iter().all(|b| *b == 0.0), "{bins:?}");
        let mut bins = [0.0; PIT_BINS];
        add_pit(&mut bins, &[0.0, 0.0, 1.0, 2.0], 9.0);
        assert!((bins.iter().sum::<f64>() - 1.0).abs() < 1e-12 && bins[19] > 0.3, "{bins:?}");
    }
}
