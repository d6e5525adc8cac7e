//! Estimates with their 95 % confidence intervals.
//!
//! A replication contributes a pair (numerator, denominator). A mean is a ratio whose denominator is
//! 1; a rate is a ratio of sums, never a mean of ratios.
//!
//! Replications belong to [`GROUPS`] groups in turn, and an error is judged by how much the two groups of each of [`PAIRS`] pairs
//! differ. So an estimate needs one pair of sums a group, however many replications there are; sums of other runs over the same
//! groups can be paired with them; and replications need not be independent: two in a stratum are enough.

use super::special::{normal_cdf, student_95, student_reach};

/// Two-sided 95 % quantile of the normal law.
pub const Z95: f64 = 1.959_963_984_540_054;

/// Groups of replications: replication `r` belongs to group `r % GROUPS`. With fewer replications each is a group.
pub const GROUPS: usize = 2 * PAIRS;

/// Pairs of groups: `g` and `g + PAIRS`. The replications of two such groups may share a stratum of what is drawn (`sim::strata`), and the
/// difference of the two groups tells the error that is left within strata; of independent replications it tells the whole error. With 32
/// pairs an interval is 4 % longer than if the error were known.
pub const PAIRS: usize = 32;

/// A point estimate with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The estimate itself, in the KPI's unit.
    pub value: f64,
    /// Absent with fewer than two replications, and where the interval is not made of it (quantiles).
    pub standard_error: Option<f64>,
    /// How many standard errors the interval reaches to either side.
    reach: f64,
    /// Ends of the interval where it is not made of the standard error.
    ends: Option<(f64, f64)>,
}

impl Estimate {
    /// The normal interval of `standard_error`; no interval without one.
    #[must_use]
    pub const fn new(value: f64, standard_error: Option<f64>) -> Self {
        Estimate { value, standard_error, reach: Z95, ends: None }
    }

    /// Student's interval of a `standard_error` that is known by so many degrees of freedom.
    #[must_use]
    pub fn student(value: f64, standard_error: f64, degrees: usize) -> Self {
        Estimate { value, standard_error: Some(standard_error), reach: student_95(degrees), ends: None }
    }

    /// An interval that need not be symmetric.
    #[must_use]
    pub const fn between(value: f64, low: f64, high: f64) -> Self {
        Estimate { value, standard_error: None, reach: Z95, ends: Some((low, high)) }
    }

    /// Lower and upper end of the 95 % interval.
    #[must_use]
    pub fn interval(&self) -> Option<(f64, f64)> {
        let symmetric = |se: f64| (self.value - self.reach * se, self.value + self.reach * se);
        self.ends.or_else(|| self.standard_error.map(symmetric))
    }

    /// Half the length of the interval.
    #[must_use]
    pub fn half_width(&self) -> Option<f64> {
        self.interval().map(|(low, high)| (high - low) / 2.0)
    }

    /// `self - other` of two estimates whose errors have the given correlation, by the method of variance
    /// estimates recovery: each end is as far away as the ends of both say (Zou and Donner, Statistics in Medicine
    /// 27, 2008). Without an interval unless both have one.
    #[must_use]
    pub fn minus(&self, other: &Estimate, correlation: f64) -> Estimate {
        let value = self.value - other.value;
        let (Some(mine), Some(theirs)) = (self.interval(), other.interval()) else {
            return Estimate::new(value, None);
        };
        let apart = |a: f64, b: f64| (a * a + b * b - 2.0 * correlation * a * b).max(0.0).sqrt();
        let low = value - apart(self.value - mine.0, theirs.1 - other.value);
        let high = value + apart(mine.1 - self.value, other.value - theirs.0);
        Estimate::between(value, low, high)
    }
}

/// One replication's (numerator, denominator). A denominator of 0 contributes nothing.
pub type Pair = (f64, f64);

/// An estimate without one of the groups, and the share of replications that the group holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Left {
    /// The estimate from all other groups, in the KPI's unit.
    pub estimate: f64,
    /// Replications of the group over all replications, from 0 to 1.
    pub share: f64,
}

/// An estimate with what each group of replications adds to its error. Samples over the same replications can be added
/// and subtracted: the covariance that common random numbers induce comes along.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The estimate, in the KPI's unit.
    pub value: f64,
    /// To first order the error of `value` is the sum of these. They add up to 0.
    residuals: Vec<f64>,
}

/// Adds up the values of each group, given one after the other.
fn by_group(values: impl ExactSizeIterator<Item = f64>) -> Vec<f64> {
    let mut sums = vec![0.0; values.len().min(GROUPS)];
    values.enumerate().for_each(|(r, x)| sums[r % GROUPS] += x);
    sums
}

impl Sample {
    /// Ratio of sums with its delta-method residuals: with `r = sum x / sum y` a replication adds
    /// `(x - r y) / sum y` (Cochran, Sampling Techniques, 3rd ed., eq. 6.13). The pairs are those of the replications, in
    /// order, or their sums by group. Absent if the denominators add up to 0.
    #[must_use]
    pub fn ratio(pairs: &[Pair]) -> Option<Self> {
        let (x, y) = sums(pairs);
        if y == 0.0 {
            return None;
        }
        let value = x / y;
        Some(Sample { value, residuals: by_group(pairs.iter().map(|(x, y_i)| (x - value * y_i) / y)) })
    }

    /// A mean over the replications, in order.
    #[must_use]
    pub fn mean(values: impl ExactSizeIterator<Item = f64> + Clone) -> Self {
        let n = values.len() as f64;
        let value = values.clone().sum::<f64>() / n;
        Sample { value, residuals: by_group(values.map(|x| (x - value) / n)) }
    }

    /// The delete-a-group jackknife as a sample with one residual a group (Shao and Tu 1995, section 2.3). What a group
    /// adds to the error is its change of the estimate times the share of the others: exact for a mean, whatever
    /// the sizes of the groups.
    #[must_use]
    pub fn jackknife(value: f64, left: &[Left]) -> Self {
        Sample { value, residuals: left.iter().map(|l| (value - l.estimate) * (1.0 - l.share)).collect() }
    }

    /// `self / other` by the delta method, as [`Sample::ratio`] does it; absent if `other` is 0.
    #[must_use]
    pub fn over(&self, other: &Sample) -> Option<Self> {
        if other.value == 0.0 {
            return None;
        }
        let value = self.value / other.value;
        let both = self.residuals.iter().zip(&other.residuals);
        Some(Sample { value, residuals: both.map(|(x, y)| (x - value * y) / other.value).collect() })
    }

    /// Those ratios `self / other` that the errors of both allow at 95 %: Fieller's interval (Journal of the Royal
    /// Statistical Society B 16, 1954), exact under the normal law where the delta method's is not. Absent where `other` may
    /// be 0: then no ratio beyond some bound is excluded.
    #[must_use]
    pub fn fieller(&self, other: &Sample) -> Option<(f64, f64)> {
        if self.residuals.len() < 2 {
            return None;
        }
        let ((above, degrees), (below, _)) = (self.contrasts(), other.contrasts());
        let reach = student_95(degrees);
        let sum = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>() * reach * reach;
        let (a, b) = (self.value, other.value);
        let (aa, ab, bb) = (sum(&above, &above), sum(&above, &below), sum(&below, &below));
        // The roots of (a - r b)^2 = aa - 2 r ab + r^2 bb.
        let (square, half) = (b * b - bb, a * b - ab);
        let inside = half * half - square * (a * a - aa);
        if square <= 0.0 || inside < 0.0 {
            return None;
        }
        let root = inside.sqrt();
        Some(((half - root) / square, (half + root) / square))
    }

    /// `factor x self`.
    #[must_use]
    pub fn times(mut self, factor: f64) -> Self {
        self.value *= factor;
        self.residuals.iter_mut().for_each(|r| *r *= factor);
        self
    }

    /// This estimate with `factor x other`'s error added to its own.
    #[must_use]
    pub fn with_error(mut self, factor: f64, other: &Sample) -> Self {
        let value = self.value;
        self = self.plus(factor, other);
        self.value = value;
        self
    }

    /// A number known without error, beside `n` replications.
    #[must_use]
    pub fn constant(value: f64, n: usize) -> Self {
        Sample { value, residuals: vec![0.0; n.min(GROUPS)] }
    }

    /// Mean of the lowest `share` of the values: the conditional value at risk of a gain, as
    /// `q - mean(max(q - x, 0)) / share` with `q` the quantile (Rockafellar and Uryasev, Journal of Banking
    /// and Finance 26, 2002, theorem 10). Absent without values.
    #[must_use]
    pub fn lower_tail_mean(values: &[f64], share: f64) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let q = quantile(&sorted, share)?;
        let n = values.len() as f64;
        let tail = |x: &f64| q - (q - x).max(0.0) / share;
        let value = values.iter().map(tail).sum::<f64>() / n;
        Some(Sample { value, residuals: by_group(values.iter().map(|x| (tail(x) - value) / n)) })
    }

    /// `self + factor x other`, over the same replications.
    #[must_use]
    pub fn plus(mut self, factor: f64, other: &Sample) -> Self {
        assert_eq!(self.residuals.len(), other.residuals.len(), "samples have one entry a group of replications");
        self.value += factor * other.value;
        self.residuals.iter_mut().zip(&other.residuals).for_each(|(mine, theirs)| *mine += factor * theirs);
        self
    }

    /// What each group of replications adds to the error of the value, in its unit; together 0.
    #[must_use]
    pub fn residuals(&self) -> &[f64] {
        &self.residuals
    }

    /// What each pair of groups adds to the error, and by how many degrees of freedom the sum of their squares is known. Too few
    /// replications for pairs are taken for independent: then each is on its own, and the squares are `n / (n - 1)` times as large.
    #[must_use]
    pub fn contrasts(&self) -> (Vec<f64>, usize) {
        let groups = self.residuals.len();
        if groups == GROUPS {
            let (first, second) = self.residuals.split_at(PAIRS);
            return (first.iter().zip(second).map(|(a, b)| a - b).collect(), PAIRS);
        }
        let n = groups as f64;
        let scale = (n / (n - 1.0)).sqrt();
        (self.residuals.iter().map(|r| r * scale).collect(), groups - 1)
    }

    /// The estimate with Student's interval; without an error of fewer than two replications.
    #[must_use]
    pub fn estimate(&self) -> Estimate {
        if self.residuals.len() < 2 {
            return Estimate::new(self.value, None);
        }
        let (contrasts, degrees) = self.contrasts();
        let standard_error = contrasts.iter().map(|c| c * c).sum::<f64>().sqrt();
        Estimate::student(self.value, standard_error, degrees)
    }

    /// The estimate as one of so many that are looked at together: with a chance of 95 % all of their intervals hold at once (Bonferroni's inequality,
    /// whatever they have in common).
    #[must_use]
    pub fn one_of(&self, comparisons: usize) -> Estimate {
        let mut e = self.estimate();
        if e.standard_error.is_some() {
            e.reach = student_reach(0.05 / comparisons.max(1) as f64, self.contrasts().1);
        }
        e
    }
}

/// Ratio of sums with its standard error. Absent if the denominators add up to 0.
#[must_use]
pub fn ratio(pairs: &[Pair]) -> Option<Estimate> {
    Sample::ratio(pairs).map(|s| s.estimate())
}

/// Two-sided p-value of "no difference" under the normal law, on whose scale the interval's reach is brought: it is below 5 %
/// where the interval leaves 0 out, and nowhere else.
#[must_use]
pub fn p_value(estimate: &Estimate) -> Option<f64> {
    let se = estimate.standard_error?;
    if se == 0.0 {
        return Some(if estimate.value == 0.0 { 1.0 } else { 0.0 });
    }
    Some(2.0 * normal_cdf(-(estimate.value / se).abs() * Z95 / estimate.reach))
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
        let one = Sample::ratio(&a).unwrap();
        let e = one.clone().plus(-1.0, &one).estimate();
        assert_eq!((e.value, e.standard_error), (0.0, Some(0.0)));
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

    /// A tenth of ten values is the lowest; of a normal sample it is `mean - sd x phi(z) / share`.
    #[test]
    fn a_tail_mean_is_that_of_the_tail() {
        let values: Vec<f64> = (1..=10).map(f64::from).collect();
        assert_eq!(Sample::lower_tail_mean(&values, 0.1).unwrap().value, 1.0);
        assert!((Sample::lower_tail_mean(&values, 0.2).unwrap().value - 1.5).abs() < 1e-12);
        assert_eq!(Sample::lower_tail_mean(&[], 0.05), None);
        let normal = crate::stats::special::normal_quantile;
        let n = 20_000;
        let sample: Vec<f64> = (0..n).map(|i| normal((f64::from(i) + 0.5) / f64::from(n))).collect();
        let e = Sample::lower_tail_mean(&sample, 0.05).unwrap();
        assert!((e.value + 2.062_713).abs() < 1e-3, "{}", e.value);
        assert!(e.residuals().iter().sum::<f64>().abs() < 1e-9);
    }

    /// Coverage over 2,000 experiments with a denominator whose error is a fifth of it, within 4 binomial standard errors
    /// and 1 % for taking the normal quantile at 50 pairs; and none where the denominator may be 0.
    #[test]
    fn fiellers_interval_covers() {
        let stream = Stream::new(5, "test", "fieller", "");
        let mut covered = 0;
        for e in 0..2_000 {
            let pairs: Vec<Pair> = (0..50)
                .map(|i| {
                    let mut d = stream.at(e, i, 0);
                    let y = 1.0 + 4.9 * (d.uniform() - 0.5);
                    (2.0 + (y - 1.0) + 3.0 * (d.uniform() - 0.5), y)
                })
                .collect();
            let above = Sample::mean(pairs.iter().map(|p| p.0));
            let below = Sample::mean(pairs.iter().map(|p| p.1));
            // Without a bound every ratio is allowed.
            covered += u32::from(above.fieller(&below).is_none_or(|(low, high)| low <= 2.0 && 2.0 <= high));
        }
        let share = f64::from(covered) / 2_000.0;
        let se = (0.95_f64 * 0.05 / 2_000.0).sqrt();
        assert!((share - 0.95).abs() < 4.0 * se + 0.01, "{share}");
        let noise = Sample::mean([1.0, -1.0, 2.0, -1.5].into_iter());
        assert_eq!(Sample::constant(1.0, 4).fieller(&noise), None);
    }

    /// A mean over 640 replications has the error that the sums of its groups have, and the interval of Student's 32 degrees of freedom.
    #[test]
    fn an_error_is_judged_by_groups() {
        let values: Vec<f64> = (0..640).map(|i| f64::from(i * 7919 % 641)).collect();
        let whole = Sample::mean(values.iter().copied());
        let sums: Vec<Pair> = (0..GROUPS).map(|g| (values.iter().skip(g).step_by(GROUPS).sum(), 10.0)).collect();
        let by_sums = Sample::ratio(&sums).unwrap();
        assert!((whole.value - by_sums.value).abs() < 1e-9);
        let (e, f) = (whole.estimate(), by_sums.estimate());
        assert!((e.standard_error.unwrap() - f.standard_error.unwrap()).abs() < 1e-9);
        let half = e.half_width().unwrap() / e.standard_error.unwrap();
        assert!((half - 2.036_933_343_460_1).abs() < 1e-9, "{half}");
    }

    #[test]
    fn quantiles_invert_the_distribution_function() {
        let x = [1.0, 2.0, 3.0, 4.0];
        assert_eq!([0.0, 0.25, 0.26, 0.5, 1.0].map(|p| quantile(&x, p).unwrap()), [1.0, 1.0, 2.0, 2.0, 4.0]);
        assert_eq!(quantile(&[], 0.5), None);
    }
}
