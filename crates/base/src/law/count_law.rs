//! The law of counts around a mean that changes from draw to draw.

use super::counts::negative_binomial;
use super::elementary::{exp, ln_from_one};
use crate::rng::Draw;
use crate::stats::special::{bisect, gamma_p, gamma_q};
use rand_distr::Gamma;

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

/// Draws that are searched side by side.
pub const ABREAST: usize = 8;

/// `1 / (n + 1)`, looked up where it is wanted most: a product takes less time than a quotient.
#[inline(always)]
fn inverse(n: usize) -> f64 {
    const INVERSES: [f64; 64] = {
        let mut out = [0.0; 64];
        let mut n = 0;
        while n < out.len() {
            out[n] = 1.0 / (n + 1) as f64;
            n += 1;
        }
        out
    };
    if n < INVERSES.len() { INVERSES[n] } else { 1.0 / (n + 1) as f64 }
}

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

    /// Where a search ends, come what may: all but nothing is left of the widest law.
    const LARGEST: usize = 100_000;

    /// The law with variance `mean + a mean^2` for `a` the inverse dispersion. An `a` below one in a million, or below 0, is taken for 0,
    /// which is Poisson.
    #[must_use]
    pub fn new(inverse_dispersion: f64) -> Self {
        let a = inverse_dispersion.max(0.0);
        // Below, the variance is that of Poisson, and `1 + a m` keeps too little of `a`.
        let a = if a < 1e-6 { 0.0 } else { a };
        let mixing = (a > 0.0).then(|| Gamma::new(1.0 / a, a).ok()).flatten();
        let k = if a > 0.0 { 1.0 / a } else { 0.0 };
        CountLaw { a, k, second: (1.0 + a) / 2.0, third: (1.0 + 2.0 * a) / 3.0, mixing }
    }

    /// The `a` of the variance `mean + a mean^2`; 0 for Poisson.
    #[must_use]
    pub fn inverse_dispersion(&self) -> f64 {
        self.a
    }

    /// Variance of a count of this mean: `mean + a mean^2`, with `a` the inverse dispersion.
    #[must_use]
    pub fn variance(&self, mean: f64) -> f64 {
        mean + self.a * mean * mean
    }

    /// `P(X = 0)`: `(1 + a m)^(-1/a)`.
    #[must_use]
    #[inline(always)]
    pub fn zero(&self, mean: f64) -> f64 {
        exp(if self.a > 0.0 { -ln_from_one(1.0 + self.a * mean) * self.k } else { -mean })
    }

    /// The count that the uniform number `u` selects: the smallest with `P(X <= n) >= u`. Large means draw from `more`.
    #[must_use]
    #[inline]
    pub fn draw(&self, mean: f64, u: f64, more: impl FnOnce() -> Draw) -> i64 {
        if mean > Self::SEARCHED {
            return negative_binomial(mean, self.mixing.as_ref(), &mut more());
        }
        // The Taylor series of `P(X = 0)` about m = 0, cut off after a negative term, is below it. Most draws of slow movers end here.
        if u <= 1.0 - mean * (1.0 - mean * self.second * (1.0 - mean * self.third)) {
            return 0;
        }
        let mut p = self.zero(mean);
        let mut left = u - p;
        // p(n + 1) = p(n) m (1 + a n) / ((1 + a m)(n + 1)).
        let ratio = mean / (1.0 + self.a * mean);
        let mut n = 0;
        while left > 0.0 && n < Self::LARGEST {
            p *= (ratio + ratio * (self.a * n as f64)) * inverse(n);
            left -= p;
            n += 1;
        }
        n as i64
    }

    /// [`CountLaw::draw`] of several means with a uniform number each: the same counts, found side by side.
    #[must_use]
    #[inline]
    pub fn draw_abreast(
        &self,
        mean: &[f64; ABREAST],
        u: &[f64; ABREAST],
        more: impl Fn(usize) -> Draw,
    ) -> [f64; ABREAST] {
        let mut out = [0.0; ABREAST];
        let mut left = [0.0; ABREAST];
        let mut p = [0.0; ABREAST];
        let mut ratio = [0.0; ABREAST];
        let mut large = false;
        for l in 0..ABREAST {
            let searched = mean[l] <= Self::SEARCHED;
            large |= !searched;
            let m = if searched { mean[l] } else { 0.0 };
            p[l] = self.zero(m);
            left[l] = u[l] - p[l];
            ratio[l] = m / (1.0 + self.a * m);
        }
        let mut n = 0;
        while n < Self::LARGEST {
            let most = left.iter().fold(left[0], |a, b| if *b > a { *b } else { a });
            if most <= 0.0 {
                break;
            }
            let (an, inverse) = (self.a * n as f64, inverse(n));
            for l in 0..ABREAST {
                p[l] *= (ratio[l] + ratio[l] * an) * inverse;
                out[l] += if left[l] > 0.0 { 1.0 } else { 0.0 };
                left[l] -= p[l];
            }
            n += 1;
        }
        if large {
            for l in (0..ABREAST).filter(|l| mean[*l] > Self::SEARCHED) {
                out[l] = negative_binomial(mean[l], self.mixing.as_ref(), &mut more(l)) as f64;
            }
        }
        out
    }

    /// The smallest `n` with `P(X <= n) >= p`.
    #[must_use]
    pub fn quantile(&self, mean: f64, p: f64) -> f64 {
        if mean <= Self::SEARCHED * 8.0 && self.zero(mean) > 1e-290 {
            let law = CountLaw { mixing: None, ..self.clone() };
            return law.search(mean, p).0;
        }
        self.quantile_of_many(mean, p)
    }

    /// By a gamma law of the same mean and variance: close where counts are large.
    fn quantile_of_many(&self, mean: f64, p: f64) -> f64 {
        let (shape, scale) = self.gamma(mean);
        let reached = |x: f64| gamma_p(shape, x / scale) >= p;
        bisect(0.0, mean + 60.0 * self.variance(mean).sqrt(), reached).ceil()
    }

    /// Shape and scale of the gamma law of the same mean and variance.
    fn gamma(&self, mean: f64) -> (f64, f64) {
        (mean * mean / self.variance(mean), self.variance(mean) / mean)
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
        if n > Self::LARGEST as f64 {
            return self.tail_of_many(m.max(f64::MIN_POSITIVE), n);
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

    /// The same of the gamma law of the same mean and variance: term by term it would take as many terms as units. The means
    /// are within one in a thousand, and within a hundredth of the law's standard deviation.
    fn tail_of_many(&self, mean: f64, n: f64) -> Tail {
        let (shape, scale) = self.gamma(mean);
        let left = |more: f64| gamma_q(shape + more, n / scale);
        let probability = left(0.0);
        if probability > 1e-7 {
            let square = shape * (shape + 1.0) * scale * scale * left(2.0) / probability;
            return Tail { probability, mean: mean * left(1.0) / probability, square };
        }
        // Far out a gamma law falls like an exponential one of its hazard there.
        let over = 1.0 / (1.0 / scale - (shape - 1.0) / n).max(f64::MIN_POSITIVE);
        Tail { probability, mean: n + over, square: n * n + 2.0 * n * over + 2.0 * over * over }
    }

    /// The count that `u` selects among those of at least `n`.
    #[must_use]
    pub fn draw_from(&self, mean: f64, n: f64, u: f64) -> f64 {
        let tail = self.tail(mean, n);
        if tail.probability > 1e-7 && n > Self::LARGEST as f64 {
            return self.quantile_of_many(mean, (1.0 - tail.probability * (1.0 - u)).min(1.0 - 1e-12)).max(n);
        }
        if tail.probability > 1e-7 {
            return self.search(mean, (1.0 - tail.probability * (1.0 - u)).min(1.0 - 1e-12)).0.max(n);
        }
        // Geometric, as the tail is there.
        let over = tail.mean - n;
        n + (u.ln() / (over / (1.0 + over)).ln()).floor()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::counts::ln_pmf;
    use crate::law::counts::tests::check;
    use crate::rng::Stream;

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

    /// Where the tail is that of a gamma law: against sums of the law's own probabilities.
    #[test]
    fn the_tail_of_many_is_that_of_the_law() {
        for (a, mean, n) in [
            (0.5, 80_000.0, 150_000.0),
            (0.01, 100_000.0, 100_001.0),
            (0.01, 120_000.0, 160_000.0),
            (0.0, 200_000.0, 200_900.0),
        ] {
            let law = CountLaw::new(a);
            let (sd, k) = (law.variance(mean).sqrt(), (a > 0.0).then_some(1.0 / a));
            let to = mean + 40.0 * sd;
            let sum = |f: fn(f64) -> f64| {
                (n as i64..to as i64).map(|i| ln_pmf(i as f64, mean, k).exp() * f(i as f64)).sum::<f64>()
            };
            let (tail, q) = (law.tail(mean, n), sum(|_| 1.0));
            assert!((tail.probability / q - 1.0).abs() < 0.02, "{a} {mean} {n}: {tail:?}, {q}");
            let off = (tail.mean - sum(|x| x) / q).abs();
            assert!(off < 1e-3 * tail.mean && off < 0.01 * sd, "{a} {mean} {n}: {tail:?}, off by {off}");
            assert!((tail.square / (sum(|x| x * x) / q) - 1.0).abs() < 2e-3, "{a} {mean} {n}: {tail:?}");
            let (low, high) = (law.draw_from(mean, n, 1e-9), law.draw_from(mean, n, 0.999));
            assert!(n <= low && low < high && high < to, "{low} {high}");
        }
        // Nothing is left there, and the answer is at hand at once.
        let far = CountLaw::new(0.3).tail(2.0, 1e11);
        assert!(far.probability == 0.0 && far.mean > 1e11 && far.mean < 1.001e11, "{far:?}");
    }

    /// Counts found side by side are those found one by one, over all sizes of means and laws.
    #[test]
    fn abreast_is_the_same() {
        let stream = Stream::new(3, "test", "abreast", "");
        for (i, a) in [0.0, 0.05, 0.6, 3.0, 40.0].into_iter().enumerate() {
            let law = CountLaw::new(a);
            for path in 0..2_000 {
                let size = [0.05, 1.0, 8.0, 30.0][path as usize % 4];
                let mut draw = stream.at(path, i as i32, 0);
                let mean: [f64; ABREAST] = std::array::from_fn(|_| size * draw.uniform());
                let u: [f64; ABREAST] = std::array::from_fn(|_| draw.uniform());
                let more = |l: usize| stream.at(path, i as i32, 1 + l as u32);
                let one_by_one: [f64; ABREAST] = std::array::from_fn(|l| law.draw(mean[l], u[l], || more(l)) as f64);
                assert_eq!(law.draw_abreast(&mean, &u, more), one_by_one, "{a} {mean:?}");
            }
        }
    }
}
