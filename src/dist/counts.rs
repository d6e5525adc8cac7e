//! Counts: Poisson, negative binomial and binomial draws whose parameters change from day to day.
//!
//! [`CountTable`] serves the days whose mean is known when the plan is laid out: one uniform number
//! and a short search. The functions serve the rest: they build nothing and allocate nothing.

use crate::rng::Draw;
use rand_distr::{Distribution, Gamma};

/// Distribution function of a Poisson or negative binomial law, with a guide table: inversion in a
/// few steps. One uniform a draw, so a larger mean gives a count at least as large from the same key.
#[derive(Debug, Clone)]
pub struct CountTable {
    /// `P(X <= first + i)`.
    cdf: Vec<f64>,
    first: i64,
    /// For each of `GUIDE` equal slices of (0, 1), the first index that a uniform in it can select.
    guide: Vec<u32>,
}

const GUIDE: usize = 128;

impl CountTable {
    /// Largest mean for which a table is worth its memory.
    pub const LARGEST_MEAN: f64 = 5_000.0;

    /// Poisson (`dispersion` absent) or negative binomial with variance `mean + mean^2 / dispersion`.
    ///
    /// # Panics
    ///
    /// In debug builds, if the mean of the table differs from `mean`: a wrong table silently moves
    /// every result.
    #[must_use]
    pub fn new(mean: f64, dispersion: Option<f64>) -> Self {
        let variance = mean + dispersion.map_or(0.0, |k| mean * mean / k);
        let pmf = |n: f64| ln_pmf(n, mean, dispersion).exp();
        // From the mode outwards until what is left cannot be drawn by a 53-bit uniform.
        let mode = mean.floor().min(dispersion.map_or(f64::MAX, |k| (mean * (k - 1.0) / k).floor())).max(0.0);
        let mut first = mode;
        while first > 0.0 && pmf(first) > 1e-18 {
            first -= 1.0;
        }
        let mut p = Vec::new();
        let mut n = first;
        loop {
            let q = pmf(n);
            p.push(q);
            n += 1.0;
            let beyond = n > mean + 3.0 * variance.sqrt();
            if beyond && q < 1e-18 || p.len() >= 50_000_000 {
                break;
            }
        }
        let total: f64 = p.iter().sum();
        let mut sum = 0.0;
        let cdf: Vec<f64> = p
            .iter()
            .map(|q| {
                sum += q / total;
                sum
            })
            .collect();
        debug_assert!((total - 1.0).abs() < 1e-9, "table of mean {mean} has mass {total}");
        let mean_of_table: f64 = p.iter().enumerate().map(|(i, q)| (first + i as f64) * q).sum();
        debug_assert!((mean_of_table - mean).abs() <= 1e-7 * (1.0 + mean), "{mean_of_table} is not {mean}");
        let guide = (0..GUIDE)
            .map(|i| cdf.partition_point(|c| *c <= i as f64 / GUIDE as f64).min(cdf.len() - 1) as u32)
            .collect();
        CountTable { cdf, first: first as i64, guide }
    }

    #[inline]
    #[must_use]
    pub fn draw(&self, draw: &mut Draw) -> i64 {
        let u = draw.uniform();
        let mut i = self.guide[(u * GUIDE as f64) as usize] as usize;
        while i + 1 < self.cdf.len() && self.cdf[i] <= u {
            i += 1;
        }
        self.first + i as i64
    }

    /// Bytes held, for the memory estimate.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.cdf.len() * 8 + self.guide.len() * 4
    }
}

pub(super) fn ln_pmf(n: f64, mean: f64, dispersion: Option<f64>) -> f64 {
    if mean == 0.0 {
        return if n == 0.0 { 0.0 } else { f64::NEG_INFINITY };
    }
    match dispersion {
        None => n * mean.ln() - mean - libm::lgamma(n + 1.0),
        Some(k) => {
            libm::lgamma(n + k) - libm::lgamma(k) - libm::lgamma(n + 1.0) - k * (mean / k).ln_1p()
                + if n > 0.0 { n * (mean / (mean + k)).ln() } else { 0.0 }
        }
    }
}

/// Negative binomial draw as a gamma mixture of Poissons: `mixing` is the gamma law of mean 1 and
/// variance `1 / k`, built once; absent means Poisson.
#[must_use]
pub fn negative_binomial(mean: f64, mixing: Option<&Gamma<f64>>, draw: &mut Draw) -> i64 {
    let level = mixing.map_or(1.0, |gamma| gamma.sample(draw));
    poisson(mean * level, draw)
}

/// Poisson draw. Inversion by sequential search below 10; transformed rejection above (W. Hörmann,
/// "The transformed rejection method for generating Poisson random variables", Insurance:
/// Mathematics and Economics 12, 1993, algorithm PTRS).
#[must_use]
pub fn poisson(mean: f64, draw: &mut Draw) -> i64 {
    if mean < 10.0 {
        let mut p = (-mean).exp();
        let mut u = draw.uniform();
        let mut n = 0;
        while u > p && n < 1_000 {
            u -= p;
            n += 1;
            p *= mean / n as f64;
        }
        return n;
    }
    let b = 0.931 + 2.53 * mean.sqrt();
    let a = -0.059 + 0.024_83 * b;
    let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    let v_r = 0.9277 - 3.6224 / (b - 2.0);
    loop {
        let u = draw.uniform() - 0.5;
        let v = draw.uniform();
        let us = 0.5 - u.abs();
        let k = ((2.0 * a / us + b) * u + mean + 0.43).floor();
        if us >= 0.07 && v <= v_r {
            return k as i64;
        }
        if k < 0.0 || us < 0.013 && v > us {
            continue;
        }
        let left = v.ln() + inverse_alpha.ln() - (a / (us * us) + b).ln();
        if left <= k * mean.ln() - mean - libm::lgamma(k + 1.0) {
            return k as i64;
        }
    }
}

/// Binomial draw by inversion: `n` units, each with probability `p`. One uniform while `n p` is
/// small (the usual cohort), so that a cohort of one more unit loses at most one more from the same
/// key; a large cohort is drawn in independent parts.
#[must_use]
pub fn binomial(n: i64, p: f64, draw: &mut Draw) -> i64 {
    if p <= 0.0 || n <= 0 {
        return 0;
    }
    if p >= 1.0 {
        return n;
    }
    if p > 0.5 {
        return n - binomial(n, 1.0 - p, draw);
    }
    // Below 200 expected successes (1 - p)^n >= (1/2)^400 stays a normal number.
    let part = (200.0 / p).floor() as i64;
    let mut left = n;
    let mut sum = 0;
    while left > 0 {
        let m = left.min(part);
        sum += invert(m, p, draw.uniform());
        left -= m;
    }
    sum
}

fn invert(n: i64, p: f64, mut u: f64) -> i64 {
    let odds = p / (1.0 - p);
    let mut pmf = ((-p).ln_1p() * n as f64).exp();
    let mut k = 0;
    while u > pmf && k < n {
        u -= pmf;
        k += 1;
        pmf *= odds * (n - k + 1) as f64 / k as f64;
    }
    k
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::rng::Stream;

    /// Mean and variance within 5 standard errors, over means that take every branch.
    pub(in crate::dist) fn check(label: &str, mean: f64, variance: f64, mut sample: impl FnMut(&mut Draw) -> i64) {
        let n = 100_000;
        let stream = Stream::new(5, "test", label, &format!("{mean}"));
        let x: Vec<f64> = (0..n).map(|i| sample(&mut stream.at(0, i, 0)) as f64).collect();
        let n = f64::from(n);
        let m = x.iter().sum::<f64>() / n;
        let m2 = x.iter().map(|v| (v - m).powi(2)).sum::<f64>() / n;
        let m4 = x.iter().map(|v| (v - m).powi(4)).sum::<f64>() / n;
        assert!((m - mean).abs() <= 5.0 * (variance / n).sqrt() + 1e-12, "{label} {mean}: mean {m}");
        let se = ((m4 - m2 * m2) / n).max(0.0).sqrt();
        assert!((m2 - variance).abs() <= 5.0 * se + 1e-9, "{label} {mean}: variance {m2}, not {variance}");
    }

    #[test]
    fn counts_have_the_stated_mean_and_variance() {
        for mean in [0.0, 0.015, 0.5, 3.0, 9.9, 10.0, 20.0, 400.0, 4_000.0] {
            check("poisson", mean, mean, |d| poisson(mean, d));
            let table = CountTable::new(mean, None);
            check("poisson table", mean, mean, |d| table.draw(d));
            for k in [0.3, 0.95, 8.0] {
                let variance = mean + mean * mean / k;
                let mixing = Gamma::new(k, 1.0 / k).unwrap();
                check("mixture", mean, variance, |d| negative_binomial(mean, Some(&mixing), d));
                let table = CountTable::new(mean, Some(k));
                check("table", mean, variance, |d| table.draw(d));
            }
        }
    }

    #[test]
    fn binomials_have_the_stated_mean_and_variance() {
        for (n, p) in [(1, 0.5), (20, 0.003), (1_000, 0.03), (1_000, 0.97), (100_000, 0.4), (7, 1.0), (7, 0.0)] {
            let mean = n as f64 * p;
            check("binomial", mean, mean * (1.0 - p), |d| binomial(n, p, d));
        }
    }

    /// The share of each count against its probability: Pearson's chi-square below its 1 - 10^-6
    /// quantile (normal approximation), so a right table fails once in a million builds.
    #[test]
    fn a_table_inverts_its_own_law() {
        let (mean, k, n) = (6.0, 2.0, 200_000);
        let table = CountTable::new(mean, Some(k));
        let stream = Stream::new(9, "test", "chi", "");
        let mut seen = [0u32; 40];
        for i in 0..n {
            let x = table.draw(&mut stream.at(1, i, 0)) as usize;
            seen[x.min(39)] += 1;
        }
        let mut chi = 0.0;
        let mut left = 1.0;
        for (i, s) in seen.iter().enumerate() {
            let p = if i < 39 { ln_pmf(i as f64, mean, Some(k)).exp() } else { left };
            left -= p;
            chi += (f64::from(*s) - f64::from(n) * p).powi(2) / (f64::from(n) * p);
        }
        assert!(chi < 39.0 + 4.9 * (2.0 * 39.0_f64).sqrt(), "{chi}");
    }
}
