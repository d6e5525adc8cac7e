//! Counts: Poisson, negative binomial and binomial draws whose parameters change from day to day.
//!
//! [`CountTable`] serves the days whose mean is known when the plan is laid out: one uniform number
//! and a short search. The functions serve the rest: they build nothing and allocate nothing.

use super::elementary::ln_from_one;
use crate::rng::Draw;
use crate::stats::special::normal_quantile;
use rand_distr::{Distribution, Gamma};
use std::sync::LazyLock;

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

    /// The count that the next uniform number of `draw` selects.
    #[inline]
    #[must_use]
    pub fn draw(&self, draw: &mut Draw) -> i64 {
        self.at(draw.uniform())
    }

    /// The count that the uniform number `u` selects.
    #[inline]
    #[must_use]
    pub fn at(&self, u: f64) -> i64 {
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
        let k = floor((2.0 * a / us + b) * u + mean + 0.43);
        if us >= 0.07 && v <= v_r {
            return k as i64;
        }
        if k < 0.0 || us < 0.013 && v > us {
            continue;
        }
        if is_below(v, (inverse_alpha, a / (us * us) + b), k, mean) {
            return k as i64;
        }
    }
}

/// Whether `ln(v inverse_alpha / hat) <= k ln(mean) - mean - ln(k!)`. It is decided by quick logarithms, unless the two sides are so near to each other
/// that their last digits count.
#[inline]
fn is_below(v: f64, (inverse_alpha, hat): (f64, f64), k: f64, mean: f64) -> bool {
    let factorial = ln_factorial(k);
    let gap = k * ln_from_one(mean) - mean - factorial + ln_from_one(hat / (v * inverse_alpha));
    // Far more than quick logarithms are off, and the terms of the sum are rounded.
    let unsure = 1e-13 * (100.0 + 100.0 * k + mean);
    if gap.abs() > unsure {
        return gap > 0.0;
    }
    is_below_to_the_last_digit(v, (inverse_alpha, hat), k, mean)
}

/// The same by slow logarithms. Apart, for a compiler that sees both ways may go both.
#[cold]
#[inline(never)]
fn is_below_to_the_last_digit(v: f64, (inverse_alpha, hat): (f64, f64), k: f64, mean: f64) -> bool {
    v.ln() + inverse_alpha.ln() - hat.ln() <= k * mean.ln() - mean - ln_factorial(k)
}

/// `ln(k!)` of a whole number.
#[inline]
fn ln_factorial(k: f64) -> f64 {
    static TABLE: LazyLock<[f64; 256]> = LazyLock::new(|| std::array::from_fn(|k| libm::lgamma(k as f64 + 1.0)));
    TABLE.get(k as usize).copied().unwrap_or_else(|| libm::lgamma(k + 1.0))
}

/// Expected successes above which a binomial is drawn by [`of_many`]: one by one they would take too long.
const MANY: f64 = 10_000.0;

/// Expected successes of a part of a large cohort: (1 - p)^n >= (1/2)^400 stays a normal number.
const ONE_PART: f64 = 200.0;

/// Binomial draw by inversion: `n` units, each with probability `p`. One uniform while `n p` is
/// small (the usual cohort), so that a cohort of one more unit loses at most one more from the same
/// key; a large cohort is drawn in independent parts, and a very large one from its expansion.
#[must_use]
pub fn binomial(n: i64, p: f64, draw: &mut Draw) -> i64 {
    Chance::new(p).binomial(n, draw)
}

/// A probability with what binomial draws need of it: where a plan knows it, nothing of that is computed with each draw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chance {
    p: f64,
    /// The smaller one of `p` and `1 - p`, which is the one that is drawn.
    rarer: f64,
    /// `ln(1 - rarer)`, if it was computed beforehand.
    log: Option<f64>,
}

impl Chance {
    /// For a single draw.
    #[must_use]
    #[inline]
    pub fn new(p: f64) -> Self {
        Chance { p, rarer: if p > 0.5 { 1.0 - p } else { p }, log: None }
    }

    /// For many draws.
    #[must_use]
    pub fn prepared(p: f64) -> Self {
        let chance = Chance::new(p);
        Chance { log: Some((-chance.rarer).ln_1p()), ..chance }
    }

    /// The probability itself.
    #[must_use]
    pub fn p(&self) -> f64 {
        self.p
    }

    /// [`binomial`] of this probability.
    #[must_use]
    #[inline]
    pub fn binomial(&self, n: i64, draw: &mut Draw) -> i64 {
        self.decide(n, || match self.takes_one(n) {
            true => self.invert(n, draw.uniform(), || self.nobody(n)),
            false => self.successes(n, draw),
        })
    }

    /// What is certain, or else what is drawn of the rarer outcome.
    #[inline]
    fn decide(&self, n: i64, rarer: impl FnOnce() -> i64) -> i64 {
        if self.is_never() || n <= 0 {
            return 0;
        }
        if self.p >= 1.0 {
            return n;
        }
        let rare = rarer();
        if self.p > 0.5 { n - rare } else { rare }
    }

    /// Whether one uniform number is enough for `n` units.
    #[inline]
    fn takes_one(&self, n: i64) -> bool {
        n as f64 * self.rarer < ONE_PART - 1.0
    }

    /// Whether it is no chance at all: then no draw is taken from a generator.
    #[must_use]
    #[inline]
    pub fn is_never(&self) -> bool {
        self.p <= 0.0
    }

    /// Draws how many of a large number `n` the rarer outcome has.
    fn successes(&self, n: i64, draw: &mut Draw) -> i64 {
        if n as f64 * self.rarer > MANY {
            return of_many(n, self.rarer, draw.uniform());
        }
        let part = (ONE_PART / self.rarer).floor() as i64;
        let mut left = n;
        let mut sum = 0;
        while left > 0 {
            let m = left.min(part);
            sum += self.invert(m, draw.uniform(), || self.nobody(m));
            left -= m;
        }
        sum
    }

    /// The chance that none of `n` has the rarer outcome.
    fn nobody(&self, n: i64) -> f64 {
        (self.log.unwrap_or_else(|| (-self.rarer).ln_1p()) * n as f64).exp()
    }

    /// The count of `n` that `u` selects; `nobody` is the chance of none, if it is needed.
    #[inline]
    fn invert(&self, n: i64, u: f64, nobody: impl FnOnce() -> f64) -> i64 {
        let p = self.rarer;
        // Bonferroni's third bound of (1 - p)^n is below it, and costs no logarithm: most cohorts lose nobody.
        let [n0, n1, n2] = [n, n - 1, n - 2].map(|n| n as f64);
        if u < 1.0 - n0 * p * (1.0 - n1 * p * 0.5 * (1.0 - n2 * p * (1.0 / 3.0))) - 1e-9 {
            return 0;
        }
        self.search(n, u, nobody())
    }

    /// The same by sequential search from the chance of none on.
    #[inline]
    fn search(&self, n: i64, mut u: f64, nobody: f64) -> i64 {
        let odds = self.rarer / (1.0 - self.rarer);
        let (mut pmf, mut k, mut left) = (nobody, 0.0, n as f64);
        while u > pmf && left > 0.0 {
            u -= pmf;
            k += 1.0;
            pmf *= odds * left / k;
            left -= 1.0;
        }
        k as i64
    }
}

/// A chance that cohorts meet day after day: what the draw of a small cohort begins with is computed beforehand.
#[derive(Debug, Clone, PartialEq)]
pub struct Hazard {
    chance: Chance,
    /// The chance that none of 0, 1, 2 .. units has the rarer outcome.
    nobody: Box<[f64]>,
}

impl Hazard {
    /// Cohorts of fewer units are small.
    const SMALL: i64 = 64;

    /// The chance `p`, prepared for cohorts of fewer than 64 units.
    #[must_use]
    pub fn new(p: f64) -> Self {
        let chance = Chance::prepared(p);
        let small = if chance.is_never() { 0 } else { Self::SMALL };
        Hazard { chance, nobody: (0..small).map(|n| chance.nobody(n)).collect() }
    }

    /// The probability itself.
    #[must_use]
    pub fn p(&self) -> f64 {
        self.chance.p
    }

    /// Whether it is no chance at all.
    #[must_use]
    #[inline]
    pub fn is_never(&self) -> bool {
        self.chance.is_never()
    }

    /// [`binomial`] of this probability, where the first uniform number of the draw is known: few cohorts are so large that the draw itself is asked
    /// for.
    #[must_use]
    #[inline(always)]
    pub fn binomial_by(&self, n: i64, first: f64, draw: impl FnOnce() -> Draw) -> i64 {
        // Most days nobody of a small cohort has the rarer outcome: this is all that is done then.
        match self.nobody.get(n as usize).copied() {
            Some(nobody) if first <= nobody => {
                if self.chance.p > 0.5 {
                    n
                } else {
                    0
                }
            }
            nobody => self.somebody_by(n, (first, nobody), draw),
        }
    }

    #[inline(never)]
    fn somebody_by(&self, n: i64, (first, nobody): (f64, Option<f64>), draw: impl FnOnce() -> Draw) -> i64 {
        let chance = &self.chance;
        chance.decide(n, || match nobody {
            Some(nobody) => chance.search(n, first, nobody),
            None if chance.takes_one(n) => chance.invert(n, first, || chance.nobody(n)),
            None => chance.successes(n, &mut draw()),
        })
    }
}

/// `x.floor()` of a number that fits into a word: without a call to the maths library.
#[inline]
fn floor(x: f64) -> f64 {
    let towards_zero = x as i64 as f64;
    if towards_zero > x { towards_zero - 1.0 } else { towards_zero }
}

/// Quantile `u` of a binomial of more than [`MANY`] expected successes and failures: the expansion of E. A. Cornish and R. A.
/// Fisher ("Moments and cumulants in the specification of distributions", Revue de l'Institut International de Statistique 5,
/// 1938) to the fourth cumulant. At most one unit from the exact one between the 10^-9 quantile and its mirror. It never
/// falls with `u`, `n` or `p`, so that who is less likely to stay is not more often there.
fn of_many(n: i64, p: f64, u: f64) -> i64 {
    let q = 1.0 - p;
    let variance = n as f64 * p * q;
    let (sd, z) = (variance.sqrt(), normal_quantile(u.clamp(f64::EPSILON, 1.0 - f64::EPSILON)));
    let (skewness, excess) = ((q - p) / sd, (1.0 - 6.0 * p * q) / variance);
    let by_skewness = skewness * (z * z - 1.0) / 6.0 - skewness * skewness * (2.0 * z.powi(3) - 5.0 * z) / 36.0;
    let x = n as f64 * p + sd * (z + by_skewness + excess * (z.powi(3) - 3.0 * z) / 24.0);
    ((x - 0.5).ceil() as i64).clamp(0, n)
}

/// One after the other out of `n` is asked until `wanted` have agreed, each with probability `p`: how many were asked, and how
/// many of them agreed. For many at once: from the number who would agree of all, and, where that is more than wanted, from the
/// place of the last one wanted among them, whose law (negative hypergeometric) is taken for a normal one of its mean and variance.
/// A few who are wanted are found one by one, by how many are asked for each.
#[must_use]
pub fn ask_in_turn(n: i64, p: f64, wanted: i64, draw: &mut Draw) -> (i64, i64) {
    if wanted <= 0 || n <= 0 {
        return (0, 0);
    }
    if wanted <= FEW && p > 0.0 && p < 1.0 {
        return ask_for_each(n, p, wanted, draw);
    }
    let agree = binomial(n, p, draw);
    if agree <= wanted {
        return (n, agree);
    }
    let [all, yes, want] = [n, agree, wanted].map(|x| x as f64);
    let mean = want * (all + 1.0) / (yes + 1.0);
    let spread = want * (yes + 1.0 - want) * (all + 1.0) * (all - yes) / ((yes + 1.0).powi(2) * (yes + 2.0));
    let z = normal_quantile(draw.uniform().clamp(f64::EPSILON, 1.0 - f64::EPSILON));
    let asked = (mean + spread.sqrt() * z).round() as i64;
    (asked.clamp(wanted, n - (agree - wanted)), wanted)
}

/// Wanted ones that are found one by one: of fewer than this the normal law is too even.
const FEW: i64 = 100;

fn ask_for_each(n: i64, p: f64, wanted: i64, draw: &mut Draw) -> (i64, i64) {
    let (mut asked, mut agreed) = (0, 0);
    while agreed < wanted {
        // Those who decline before one agrees: geometric, by inversion.
        let decline = draw.uniform().ln() / (-p).ln_1p();
        if decline >= (n - asked) as f64 {
            return (n, agreed);
        }
        asked += decline as i64 + 1;
        agreed += 1;
    }
    (asked, agreed)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::rng::Stream;

    /// Mean and variance within 5 standard errors, over means that take every branch.
    pub(in crate::law) fn check(label: &str, mean: f64, variance: f64, mut sample: impl FnMut(&mut Draw) -> i64) {
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

    /// The bound that spares a logarithm changes no count, at probabilities and uniform numbers on both sides of it.
    #[test]
    fn a_bound_on_nobody_changes_nothing() {
        for p in [1e-9, 3e-4, 0.003, 0.02, 0.1, 0.31, 0.5] {
            let chance = Chance::prepared(p);
            for n in [1, 2, 3, 7, 40, 399] {
                let none = ((-p).ln_1p() * n as f64).exp();
                for k in -2_000..2_000 {
                    let u = none + none.min(1.0 - none) * f64::from(k) / 2_000.0;
                    let found = chance.invert(n, u, || chance.nobody(n));
                    assert_eq!(found == 0, u <= none, "{n} {p} {u}");
                    assert_eq!(found, Chance::new(p).invert(n, u, || Chance::new(p).nobody(n)));
                }
            }
        }
    }

    /// What is computed beforehand changes no count, of small cohorts and of large ones.
    #[test]
    fn a_hazard_is_its_chance() {
        let stream = Stream::new(1, "test", "hazard", "");
        for p in [0.0, 1e-9, 0.003, 0.1, 0.5, 0.500_001, 0.97, 1.0] {
            let hazard = Hazard::new(p);
            for n in [0, 1, 2, 7, 63, 64, 400, 5_000] {
                for k in 0..500 {
                    let draw = stream.at(n as u32, k, 0);
                    let found = hazard.binomial_by(n, draw.clone().uniform(), || draw.clone());
                    assert_eq!(found, binomial(n, p, &mut draw.clone()), "{n} {p}");
                }
            }
        }
    }

    /// Quick logarithms decide as slow ones do, however near to each other the two sides are.
    #[test]
    fn quick_logarithms_decide_alike() {
        let mut draw = Stream::new(1, "test", "quick", "").at(0, 0, 0);
        for mean in [10.0_f64, 24.7, 117.0, 4_000.0, 2.5e6] {
            for step in 0..400 {
                let k = (mean + (f64::from(step) / 40.0 - 5.0) * mean.sqrt()).floor().max(0.0);
                let (inverse_alpha, hat) = (1.1 + draw.uniform() / 5.0, 9.0 + 100.0 * draw.uniform());
                let right = k * mean.ln() - mean - libm::lgamma(k + 1.0);
                let slow = |v: f64| v.ln() + inverse_alpha.ln() - hat.ln() <= right;
                // The number at which the two sides are equal, and its neighbours near and far.
                let even = (right - inverse_alpha.ln() + hat.ln()).exp();
                for off in [0.0, 1e-16, 3e-16, 1e-14, 1e-11, 1e-9, 1e-6, 0.1] {
                    for v in [even * (1.0 - off), even * (1.0 + off), draw.uniform()] {
                        if v > 1e-17 && v < 1.0 {
                            assert_eq!(is_below(v, (inverse_alpha, hat), k, mean), slow(v), "{mean} {k} {v}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn floors_are_floors() {
        for x in [0.0, 0.43, -0.43, 1.0, -1.0, -1.5, 7e9 + 0.5, -7e9 - 0.5, 9e15] {
            assert_eq!(floor(x).to_bits(), if x == 0.0 { 0 } else { x.floor().to_bits() }, "{x}");
        }
    }

    /// Against the distribution function itself, summed term by term around the quantile.
    #[test]
    fn a_binomial_of_many_is_at_most_one_unit_off() {
        let ln_choose = |n: f64, k: f64| libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
        for (n, p) in [(20_500_i64, 0.5), (40_000, 0.3), (1_010_000, 0.01), (3_000_000, 0.2), (20_000_000, 0.000_6)] {
            let (mean, sd) = (n as f64 * p, (n as f64 * p * (1.0 - p)).sqrt());
            let (from, to) = ((mean - 9.0 * sd) as i64, (mean + 9.0 * sd) as i64);
            let mut below = 0.0;
            let mut cdf = Vec::new();
            for k in from..=to {
                let k = k as f64;
                below += (ln_choose(n as f64, k) + k * p.ln() + (n as f64 - k) * (-p).ln_1p()).exp();
                cdf.push(below);
            }
            assert!((below - 1.0).abs() < 1e-6, "{n} {p}: {below}");
            for u in [1e-9, 1e-6, 1e-3, 0.02, 0.2, 0.5, 0.7, 0.95, 0.999, 1.0 - 1e-6] {
                let exact = from + cdf.partition_point(|c| *c < u * below) as i64;
                assert!((of_many(n, p, u) - exact).abs() <= 1, "{n} {p} {u}: {} for {exact}", of_many(n, p, u));
            }
        }
        let stream = Stream::new(5, "test", "monotone", "");
        for i in 0..2_000 {
            let of = |n, p| binomial(n, p, &mut stream.at(0, i, 0));
            assert!(of(60_000, 0.30) <= of(60_000, 0.301) && of(60_000, 0.30) <= of(60_010, 0.30));
        }
    }

    /// Against asking one by one: mean and variance of how many are asked until so many have agreed.
    #[test]
    fn many_are_asked_in_turn_as_one_by_one() {
        for (n, p, wanted) in [(400_i64, 0.9, 300_i64), (400, 0.3, 60), (400, 0.3, 121), (400, 0.3, 3), (5, 0.5, 9)] {
            let each = |i: i32| {
                let mut draw = Stream::new(6, "test", "each", "").at(0, i, 0);
                let (mut asked, mut agreed) = (0, 0);
                while asked < n && agreed < wanted {
                    agreed += i64::from(draw.uniform() < p);
                    asked += 1;
                }
                (asked as f64, agreed as f64)
            };
            let many = |i: i32| {
                let (asked, agreed) = ask_in_turn(n, p, wanted, &mut Stream::new(6, "test", "many", "").at(0, i, 0));
                assert!(agreed <= wanted && asked <= n && agreed <= asked);
                (asked as f64, agreed as f64)
            };
            let draws = 40_000;
            let moments = |of: &dyn Fn(i32) -> f64| {
                let mean = (0..draws).map(of).sum::<f64>() / f64::from(draws);
                (mean, (0..draws).map(|i| (of(i) - mean).powi(2)).sum::<f64>() / f64::from(draws))
            };
            let close = |a: (f64, f64), b: (f64, f64)| {
                // Five standard errors of the difference; of the variances 5 %, and what rounding adds.
                assert!(
                    (a.0 - b.0).abs() <= 5.0 * (2.0 * a.1 / f64::from(draws)).sqrt() + 0.02,
                    "{n} {p} {wanted}: {a:?} {b:?}"
                );
                assert!((a.1 - b.1).abs() <= 0.05 * a.1 + 0.2, "{n} {p} {wanted}: {a:?} {b:?}");
            };
            close(moments(&|i| each(i).0), moments(&|i| many(i).0));
            close(moments(&|i| each(i).1), moments(&|i| many(i).1));
        }
        assert_eq!(ask_in_turn(9, 1.0, 4, &mut Stream::new(6, "test", "", "").at(0, 0, 0)), (4, 4));
        assert_eq!(ask_in_turn(9, 0.0, 4, &mut Stream::new(6, "test", "", "").at(0, 0, 0)), (9, 0));
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
