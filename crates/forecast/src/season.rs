//! Seasonal indices by the classical decomposition, where a series has a season at all.

/// Indices by place in the cycle of the series' first period.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Season {
    pub indices: Vec<f64>,
    pub multiplicative: bool,
}

/// Autocorrelations at lags 1 to `lags`.
fn autocorrelations(y: &[f64], lags: usize) -> Vec<f64> {
    let n = y.len();
    let mean = y.iter().sum::<f64>() / n as f64;
    let variance: f64 = y.iter().map(|v| (v - mean).powi(2)).sum();
    (1..=lags)
        .map(|k| {
            let sum: f64 = (k..n).map(|t| (y[t] - mean) * (y[t - k] - mean)).sum();
            if variance > 0.0 { sum / variance } else { 0.0 }
        })
        .collect()
}

/// Whether the autocorrelation at the cycle's lag is larger than 90 % of what chance gives, taking the shorter lags into account (the test of
/// Fiorucci, Pellegrini, Louzada, Petropoulos and Koehler, International Journal of Forecasting 32, 2016, section 3.1).
pub(super) fn is_seasonal(y: &[f64], cycle: usize) -> bool {
    // Three cycles: with two, a trend looks like a season.
    if cycle < 4 || y.len() < 3 * cycle {
        return false;
    }
    let r = autocorrelations(y, cycle);
    let spread = (1.0 + 2.0 * r[..cycle - 1].iter().map(|r| r * r).sum::<f64>()) / y.len() as f64;
    r[cycle - 1].abs() > restock_base::stats::special::normal_quantile(0.95) * spread.sqrt()
}

impl Season {
    /// Ratios to (or differences from) a centred moving average over a cycle, averaged by place and scaled to mean 1 (or 0).
    /// Multiplicative where all values are positive. Needs two cycles.
    pub(super) fn of(y: &[f64], cycle: usize, multiplicative: bool) -> Self {
        let (n, half) = (y.len(), cycle / 2);
        let (mut sum, mut count) = (vec![0.0; cycle], vec![0.0; cycle]);
        for t in half..n.saturating_sub(half) {
            let window = &y[t - half..=(t + half).min(n - 1)];
            let average = if cycle % 2 == 1 {
                window.iter().sum::<f64>() / cycle as f64
            } else {
                let inner: f64 = window[1..window.len() - 1].iter().sum();
                (inner + 0.5 * (window[0] + window[window.len() - 1])) / cycle as f64
            };
            let ratio = if multiplicative { y[t] / average } else { y[t] - average };
            if ratio.is_finite() {
                sum[t % cycle] += ratio;
                count[t % cycle] += 1.0;
            }
        }
        let neutral = if multiplicative { 1.0 } else { 0.0 };
        let raw: Vec<f64> = sum.iter().zip(&count).map(|(s, c)| if *c > 0.0 { s / c } else { neutral }).collect();
        let mean = raw.iter().sum::<f64>() / cycle as f64;
        let scale = |v: f64| if multiplicative { v / mean } else { v - mean };
        Season { indices: raw.into_iter().map(scale).collect(), multiplicative }
    }

    pub(super) fn remove(&self, t: usize, y: f64) -> f64 {
        let s = self.indices[t % self.indices.len()];
        if self.multiplicative { y / s.max(1e-6) } else { y - s }
    }

    pub(super) fn put_back(&self, t: usize, y: f64) -> f64 {
        let s = self.indices[t % self.indices.len()];
        if self.multiplicative { y * s } else { y + s }
    }
}

/// The season of a series, if it has one: multiplicative where every value is positive.
pub(super) fn season(y: &[f64], cycle: usize) -> Option<Season> {
    is_seasonal(y, cycle).then(|| Season::of(y, cycle, y.iter().all(|v| *v > 0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_season_is_taken_out_and_put_back() {
        let pattern = [1.4, 0.8, 1.0, 0.8];
        let y: Vec<f64> = (0..40).map(|t| (10.0 + 0.1 * t as f64) * pattern[t % 4]).collect();
        assert!(is_seasonal(&y, 4) && !is_seasonal(&y[..11], 4));
        let s = season(&y, 4).unwrap();
        assert!(s.multiplicative);
        for (a, b) in s.indices.iter().zip(pattern) {
            assert!((a - b).abs() < 0.02, "{:?}", s.indices);
        }
        for (t, v) in y.iter().enumerate() {
            assert!((s.put_back(t, s.remove(t, *v)) - v).abs() < 1e-12);
            assert!((s.remove(t, *v) - (10.0 + 0.1 * t as f64)).abs() < 0.3);
        }
        let noise: Vec<f64> = (0..60).map(|t| f64::from((t * 37 + 11) % 23)).collect();
        assert!(!is_seasonal(&noise, 7));
    }
}
