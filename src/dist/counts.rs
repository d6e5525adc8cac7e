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

fn ln_pmf(n: f64, mean: f64, dispersion: Option<f64>) -> f64 {
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

/// A Poisson or negative binomial law of any mean, with variance `mean + a mean^2`: `a` is `1 / k`, 0 for Poisson. For means that
/// change from draw to draw, so that no table can be laid out.
#[derive(Debug, Clone)]
pub struct CountLaw {
    a: f64,
    /// `1 / a`; 0 for Poisson.
    k: f64,
    /// `(1 + a) / 2` and `(1 + 2 a) / 3`: of the series of `P(X = 0)`.
    second: f64,
    third: f64,
    mixing: Option<Gamma<f64>>,
}

/// `1 / n` from 1 on: a product takes less time than a quotient.
const INVERSES: [f64; 48] = {
    let mut out = [0.0; 48];
    let mut n = 0;
    while n < out.len() {
        out[n] = 1.0 / (n + 1) as f64;
        n += 1;
    }
    out
};

/// What is left of a count law from some value on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tail {
    /// `P(X >= n)`.
    pub probability: f64,
    /// `E[X | X >= n]`.
    pub mean: f64,
    /// `E[X^2 | X >= n]`.
    pub square: f64,
}

impl CountLaw {
    /// Above this mean a draw is a gamma mixture of Poissons; below, inversion by sequential search.
    const SEARCHED: f64 = 24.0;

    #[must_use]
    pub fn new(inverse_dispersion: f64) -> Self {
        let a = inverse_dispersion.max(0.0);
        let a = if a < 1e-9 { 0.0 } else { a };
        let mixing = (a > 0.0).then(|| Gamma::new(1.0 / a, a).ok()).flatten();
        let k = if a > 0.0 { 1.0 / a } else { 0.0 };
        CountLaw { a, k, second: (1.0 + a) / 2.0, third: (1.0 + 2.0 * a) / 3.0, mixing }
    }

    #[must_use]
    pub fn inverse_dispersion(&self) -> f64 {
        self.a
    }

    #[must_use]
    pub fn variance(&self, mean: f64) -> f64 {
        mean + self.a * mean * mean
    }

    /// `P(X = 0)`.
    #[must_use]
    #[inline]
    pub fn zero(&self, mean: f64) -> f64 {
        if self.a > 0.0 {
            let x = self.a * mean;
            // `ln_1p` is exact for small x and slow; there is nothing to lose above.
            let log = if x > 1e-3 { (1.0 + x).ln() } else { x.ln_1p() };
            (-log * self.k).exp()
        } else {
            (-mean).exp()
        }
    }

    /// The count that the uniform number `u` selects: the smallest with `P(X <= n) >= u`. Large means draw from `more`.
    #[must_use]
    #[inline]
    pub fn draw(&self, mean: f64, u: f64, more: impl FnOnce() -> Draw) -> i64 {
        if mean > Self::SEARCHED {
            return negative_binomial(mean, self.mixing.as_ref(), &mut more());
        }
        // P(X = 0) is (1 + a m)^(-1/a): its Taylor series about m = 0, cut off after a negative term, is below it. Most draws of slow movers end here.
        if u <= 1.0 - mean * (1.0 - mean * self.second * (1.0 - mean * self.third)) {
            return 0;
        }
        let mut p = self.zero(mean);
        let mut left = u - p;
        if left <= 0.0 {
            return 0;
        }
        // p(n + 1) = p(n) m (1 + a n) / ((1 + a m)(n + 1)).
        let ratio = mean / (1.0 + self.a * mean);
        let each = ratio * self.a;
        let mut n = 0.0;
        for inverse in INVERSES {
            p *= (ratio + each * n) * inverse;
            n += 1.0;
            left -= p;
            if left <= 0.0 {
                return n as i64;
            }
        }
        while n < 1e5 && p >= 1e-300 {
            p *= (ratio + each * n) / (n + 1.0);
            n += 1.0;
            left -= p;
            if left <= 0.0 {
                break;
            }
        }
        n as i64
    }

    /// The smallest `n` with `P(X <= n) >= p`.
    #[must_use]
    pub fn quantile(&self, mean: f64, p: f64) -> f64 {
        if mean <= Self::SEARCHED * 8.0 && self.zero(mean) > 1e-290 {
            let law = CountLaw { mixing: None, ..self.clone() };
            return law.search(mean, p).0;
        }
        // A gamma law of the same mean and variance: close where counts are large.
        let (shape, scale) = (mean * mean / self.variance(mean), self.variance(mean) / mean);
        let reached = |x: f64| crate::stats::special::gamma_p(shape, x / scale) >= p;
        crate::stats::special::bisect(0.0, mean + 60.0 * self.variance(mean).sqrt(), reached).ceil()
    }

    /// The count at which `P(X <= n)` reaches `p`, and that probability.
    fn search(&self, mean: f64, p: f64) -> (f64, f64) {
        let ratio = mean / (1.0 + self.a * mean);
        let mut mass = self.zero(mean);
        let (mut n, mut sum) = (0.0, mass);
        while sum < p && n < 1e6 && mass > 1e-300 {
            mass *= ratio * (1.0 + self.a * n) / (n + 1.0);
            n += 1.0;
            sum += mass;
        }
        (n, sum)
    }

    /// What is left from `n` on. Far out, where nothing is left that a double can hold, the tail is taken as geometric.
    #[must_use]
    pub fn tail(&self, mean: f64, n: f64) -> Tail {
        let (m, square) = (mean, self.variance(mean) + mean * mean);
        if n <= 0.0 {
            return Tail { probability: 1.0, mean: m, square };
        }
        let ratio = m / (1.0 + self.a * m);
        let (mut p, mut below) = (self.zero(m), (0.0, 0.0, 0.0));
        let mut i = 0.0;
        while i < n {
            below = (below.0 + p, below.1 + p * i, below.2 + p * i * i);
            p *= ratio * (1.0 + self.a * i) / (i + 1.0);
            i += 1.0;
        }
        let probability = 1.0 - below.0;
        if probability > 1e-7 && self.zero(m) > 1e-290 {
            return Tail { probability, mean: (m - below.1) / probability, square: (square - below.2) / probability };
        }
        let r = (ratio * (1.0 + self.a * n) / (n + 1.0)).min(0.999);
        let over = r / (1.0 - r);
        Tail {
            probability: probability.max(p / (1.0 - r)).max(0.0),
            mean: n + over,
            square: n * n + 2.0 * n * over + r * (1.0 + r) / ((1.0 - r) * (1.0 - r)),
        }
    }

    /// The count that `u` selects among those of at least `n`.
    #[must_use]
    pub fn draw_from(&self, mean: f64, n: f64, u: f64) -> f64 {
        let tail = self.tail(mean, n);
        if tail.probability > 1e-7 {
            return self.search(mean, (1.0 - tail.probability * (1.0 - u)).min(1.0 - 1e-12)).0.max(n);
        }
        // Geometric, as the tail is there.
        let over = tail.mean - n;
        n + (u.ln() / (over / (1.0 + over)).ln()).floor()
    }
}

/// Negative binomial draw as a gamma mixture of Poissons: `mixing` is the gamma law of mean 1 and
/// variance `1 / k`, built once; absent means Poisson.
#[must_use]
pub fn negative_binomial(mean: f64, mixing: Option<&Gamma<f64>>, draw: &mut Draw) -> i64 {
    let level = mixing.map_or(1.0, |gamma| gamma.sample(draw));
    poisson(mean * level, draw)
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
mod tests {
    use super::*;
    use crate::rng::Stream;

    /// Mean and variance within 5 standard errors, over means that take every branch.
    fn check(label: &str, mean: f64, variance: f64, mut sample: impl FnMut(&mut Draw) -> i64) {
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

    /// The law that is searched, and what is left of it beyond a count, against sums of its probabilities.
    #[test]
    fn a_law_of_changing_mean_is_the_same_law() {
        for a in [0.0, 0.4, 2.5] {
            let law = CountLaw::new(a);
            let k = (a > 0.0).then_some(1.0 / a);
            for mean in [0.02, 0.7, 5.0, 22.0, 60.0] {
                check("law", mean, law.variance(mean), |d| {
                    let u = d.uniform();
                    law.draw(mean, u, || d.clone())
                });
                let p = |n: f64| ln_pmf(n, mean, k).exp();
                for n in [0.0, 1.0, 7.0] {
                    let sum =
                        |f: fn(f64) -> f64| (n as i32..4_000).map(|i| p(f64::from(i)) * f(f64::from(i))).sum::<f64>();
                    let (tail, q) = (law.tail(mean, n), sum(|_| 1.0));
                    if q > 1e-6 {
                        assert!((tail.probability - q).abs() < 1e-9, "{a} {mean} {n}");
                        assert!((tail.mean - sum(|x| x) / q).abs() < 1e-4 * (1.0 + mean), "{a} {mean} {n}: {tail:?}");
                        assert!((tail.square / (sum(|x| x * x) / q) - 1.0).abs() < 1e-4, "{a} {mean} {n}: {tail:?}");
                    }
                }
                let q = law.quantile(mean, 0.9);
                let below = |n: f64| (0..=n as i32).map(|i| p(f64::from(i))).sum::<f64>();
                assert!(below(q) >= 0.9 - 1e-12 && (q == 0.0 || below(q - 1.0) < 0.9), "{a} {mean}: {q}");
                assert_eq!(law.draw_from(mean, 3.0, 0.0), 3.0, "{a} {mean}");
            }
        }
        assert!(CountLaw::new(0.1).tail(2.0, 500.0).mean >= 500.0, "far out there is still an answer");
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
