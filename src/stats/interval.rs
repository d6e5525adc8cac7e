//! Estimates with their 95 % confidence intervals.
//!
//! A replication contributes a pair (numerator, denominator). A mean is a ratio whose denominator is
//! 1; a rate is a ratio of sums, never a mean of ratios. Sums run in replication order, so an estimate
//! has the same bits however the replications were shared out.

use super::special::normal_cdf;

/// Two-sided 95 % quantile of the normal law: replications number in the hundreds or more.
pub const Z95: f64 = 1.959_963_984_540_054;

/// A point estimate and the standard error of it, absent with fewer than two replications.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    pub value: f64,
    pub standard_error: Option<f64>,
}

impl Estimate {
    /// Lower and upper end of the 95 % interval.
    #[must_use]
    pub fn interval(&self) -> Option<(f64, f64)> {
        self.standard_error.map(|se| (self.value - Z95 * se, self.value + Z95 * se))
    }

    #[must_use]
    pub fn half_width(&self) -> Option<f64> {
        self.standard_error.map(|se| Z95 * se)
    }
}

/// One replication's (numerator, denominator). A denominator of 0 contributes nothing.
pub type Pair = (f64, f64);

/// Ratio of sums with its delta-method standard error: with `r = sum x / sum y` and residuals
/// `x - r y`, the variance of `r` is `n/(n-1) sum (x - r y)^2 / (sum y)^2` (Cochran, Sampling
/// Techniques, 3rd ed., eq. 6.13). Absent if the denominators add up to 0.
#[must_use]
pub fn ratio(pairs: &[Pair]) -> Option<Estimate> {
    let (x, y) = sums(pairs);
    if y == 0.0 {
        return None;
    }
    let r = x / y;
    let n = pairs.len() as f64;
    let standard_error = (pairs.len() > 1).then(|| {
        let squares: f64 = pairs.iter().map(|(x, y)| (x - r * y).powi(2)).sum();
        (squares * n / (n - 1.0)).sqrt() / y.abs()
    });
    Some(Estimate { value: r, standard_error })
}

/// Difference of two ratios over the same replications, with the covariance that common random
/// numbers induce: the residuals of the two ratios are subtracted replication by replication.
#[must_use]
pub fn paired_difference(a: &[Pair], b: &[Pair]) -> Option<Estimate> {
    assert_eq!(a.len(), b.len(), "paired samples have one entry a replication");
    let ((xa, ya), (xb, yb)) = (sums(a), sums(b));
    if ya == 0.0 || yb == 0.0 {
        return None;
    }
    let (ra, rb) = (xa / ya, xb / yb);
    let n = a.len() as f64;
    let standard_error = (a.len() > 1).then(|| {
        let squares: f64 = a
            .iter()
            .zip(b)
            .map(|((xa_i, ya_i), (xb_i, yb_i))| ((xa_i - ra * ya_i) / ya - (xb_i - rb * yb_i) / yb).powi(2))
            .sum();
        (squares * n / (n - 1.0)).sqrt()
    });
    Some(Estimate { value: ra - rb, standard_error })
}

/// Share of replications in which the first ratio is smaller (ties count half), over those in which
/// both exist.
#[must_use]
pub fn share_smaller(a: &[Pair], b: &[Pair]) -> Option<f64> {
    let (mut wins, mut n) = (0.0, 0.0);
    for ((xa, ya), (xb, yb)) in a.iter().zip(b) {
        if *ya != 0.0 && *yb != 0.0 {
            let (ra, rb) = (xa / ya, xb / yb);
            n += 1.0;
            wins += if ra < rb {
                1.0
            } else if ra == rb {
                0.5
            } else {
                0.0
            };
        }
    }
    (n > 0.0).then(|| wins / n)
}

/// Two-sided p-value of "no difference" under the normal law.
#[must_use]
pub fn p_value(estimate: &Estimate) -> Option<f64> {
    let se = estimate.standard_error?;
    if se == 0.0 {
        return Some(if estimate.value == 0.0 { 1.0 } else { 0.0 });
    }
    Some(2.0 * normal_cdf(-(estimate.value / se).abs()))
}

/// Quantile `p` of sorted values: `sorted[ceil(p n) - 1]`, the inverse of the empirical distribution function.
#[must_use]
pub fn quantile(sorted: &[f64], p: f64) -> Option<f64> {
    let rank = (p * sorted.len() as f64).ceil().max(1.0) as usize;
    sorted.get(rank.min(sorted.len()).wrapping_sub(1)).copied()
}

fn sums(pairs: &[Pair]) -> (f64, f64) {
    pairs.iter().fold((0.0, 0.0), |(x, y), p| (x + p.0, y + p.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

    #[test]
    fn a_mean_has_the_textbook_standard_error() {
        let pairs: Vec<Pair> = [1.0, 2.0, 3.0, 4.0].iter().map(|x| (*x, 1.0)).collect();
        let e = ratio(&pairs).unwrap();
        assert_eq!(e.value, 2.5);
        assert!((e.standard_error.unwrap() - (5.0_f64 / 3.0 / 4.0).sqrt()).abs() < 1e-12);
        assert!(ratio(&pairs[..1]).unwrap().standard_error.is_none());
        assert!(ratio(&[(1.0, 0.0)]).is_none());
    }

    #[test]
    fn a_difference_of_a_sample_with_itself_is_exactly_nothing() {
        let a = [(1.0, 3.0), (2.0, 5.0), (9.0, 11.0)];
        let e = paired_difference(&a, &a).unwrap();
        assert_eq!((e.value, e.standard_error), (0.0, Some(0.0)));
        assert_eq!(share_smaller(&a, &a), Some(0.5));
        assert_eq!(p_value(&e), Some(1.0));
    }

    /// Coverage of the ratio's interval over 2,000 experiments: 95 % within 4 binomial standard
    /// errors, plus 1 % for the small-sample bias of the delta method at 50 pairs.
    #[test]
    fn intervals_cover_what_they_say() {
        let stream = Stream::new(3, "test", "coverage", "");
        let mut covered = 0;
        for e in 0..2_000 {
            let pairs: Vec<Pair> = (0..50)
                .map(|i| {
                    let mut d = stream.at(e, i, 0);
                    let y = 10.0 + 20.0 * d.uniform();
                    (y * 0.3 + (d.uniform() - 0.5) * y, y)
                })
                .collect();
            let (low, high) = ratio(&pairs).unwrap().interval().unwrap();
            covered += u32::from(low <= 0.3 && 0.3 <= high);
        }
        let share = f64::from(covered) / 2_000.0;
        let se = (0.95_f64 * 0.05 / 2_000.0).sqrt();
        assert!((share - 0.95).abs() < 4.0 * se + 0.01, "{share}");
    }

    #[test]
    fn quantiles_invert_the_distribution_function() {
        let x = [1.0, 2.0, 3.0, 4.0];
        assert_eq!([0.0, 0.25, 0.26, 0.5, 1.0].map(|p| quantile(&x, p).unwrap()), [1.0, 1.0, 2.0, 2.0, 4.0]);
        assert_eq!(quantile(&[], 0.5), None);
    }
}
