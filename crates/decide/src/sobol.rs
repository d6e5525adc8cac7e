//! Sobol's indices of sensitivity: which share of a function's variance each of its inputs makes, alone and in all, where all of them vary
//! at once, uniformly and independently.
//!
//! The design is that of Saltelli et al. (Computer Physics Communications 181, 2010): two samples `A` and `B` of the unit cube, and for each
//! input `i` the sample `A` with column `i` of `B`. First-order indices are estimated by their table 2 (b), total ones by Jansen's formula,
//! table 2 (f); the function is centred first. The points are those of Sobol's sequence with the direction numbers of Joe and Kuo (SIAM
//! Journal on Scientific Computing 30, 2008), in several scrambles (Owen, 1995) that are independent of each other: how much the
//! scrambles differ tells the error that the points leave.
//!
//! The function is a mean over replications, known with an error: see [`Indices`] for how its indices are freed of it.

use restock_base::rng::Stream;
use restock_base::stats::interval::{Estimate, Sample};

/// Dimensions of the sequence: each input takes two.
const DIMENSIONS: usize = 40;

/// Bits of a coordinate.
const BITS: usize = 32;

/// Degree, inner coefficients of the primitive polynomial, first direction numbers of the second and further dimensions: the file
/// `new-joe-kuo-6.21201` of Joe and Kuo (2008).
const JOE_KUO: [(u32, u32, &[u32]); DIMENSIONS - 1] = [
    (1, 0, &[1]),
    (2, 1, &[1, 3]),
    (3, 1, &[1, 3, 1]),
    (3, 2, &[1, 1, 1]),
    (4, 1, &[1, 1, 3, 3]),
    (4, 4, &[1, 3, 5, 13]),
    (5, 2, &[1, 1, 5, 5, 17]),
    (5, 4, &[1, 1, 5, 5, 5]),
    (5, 7, &[1, 1, 7, 11, 19]),
    (5, 11, &[1, 1, 5, 1, 1]),
    (5, 13, &[1, 1, 1, 3, 11]),
    (5, 14, &[1, 3, 5, 5, 31]),
    (6, 1, &[1, 3, 3, 9, 7, 49]),
    (6, 13, &[1, 1, 1, 15, 21, 21]),
    (6, 16, &[1, 3, 1, 13, 27, 49]),
    (6, 19, &[1, 1, 1, 15, 7, 5]),
    (6, 22, &[1, 3, 1, 15, 13, 25]),
    (6, 25, &[1, 1, 5, 5, 19, 61]),
    (7, 1, &[1, 3, 7, 11, 23, 15, 103]),
    (7, 4, &[1, 3, 7, 13, 13, 15, 69]),
    (7, 7, &[1, 1, 3, 13, 7, 35, 63]),
    (7, 8, &[1, 3, 5, 9, 1, 25, 53]),
    (7, 14, &[1, 3, 1, 13, 9, 35, 107]),
    (7, 19, &[1, 3, 1, 5, 27, 61, 31]),
    (7, 21, &[1, 1, 5, 11, 19, 41, 61]),
    (7, 28, &[1, 3, 5, 3, 3, 13, 69]),
    (7, 31, &[1, 1, 7, 13, 1, 19, 1]),
    (7, 32, &[1, 3, 7, 5, 13, 19, 59]),
    (7, 37, &[1, 1, 3, 9, 25, 29, 41]),
    (7, 41, &[1, 3, 5, 13, 23, 1, 55]),
    (7, 42, &[1, 3, 7, 3, 13, 59, 17]),
    (7, 50, &[1, 3, 1, 3, 5, 53, 69]),
    (7, 55, &[1, 1, 5, 5, 23, 33, 13]),
    (7, 56, &[1, 1, 7, 7, 1, 61, 123]),
    (7, 59, &[1, 1, 7, 9, 13, 61, 49]),
    (7, 62, &[1, 3, 3, 5, 3, 55, 33]),
    (8, 14, &[1, 3, 1, 15, 31, 13, 49, 245]),
    (8, 21, &[1, 3, 5, 15, 31, 59, 63, 97]),
    (8, 22, &[1, 3, 1, 11, 11, 11, 77, 249]),
];

/// The 32 direction numbers of a dimension, as fractions of 2^32.
fn directions(dimension: usize) -> [u32; BITS] {
    let mut v = [0_u32; BITS];
    let Some((degree, inner, first)) = dimension.checked_sub(1).map(|d| JOE_KUO[d]) else {
        return std::array::from_fn(|i| 1 << (BITS - 1 - i));
    };
    let degree = degree as usize;
    for i in 0..BITS {
        v[i] = match i.checked_sub(degree) {
            None => first[i] << (BITS - 1 - i),
            Some(before) => (1..degree).fold(v[before] ^ (v[before] >> degree), |x, k| {
                x ^ if (inner >> (degree - 1 - k)) & 1 == 1 { v[i - k] } else { 0 }
            }),
        };
    }
    v
}

/// The first `2^power` points of Sobol's sequence in so many dimensions, 40 at most, scrambled by `stream` in its own way for each
/// `scramble`: uniform on the unit cube, and as even as the sequence is.
///
/// Bits of a coordinate are flipped at random, each by a draw that depends on the bits before it (Owen, "Randomly permuted
/// (t,m,s)-nets", 1995). Bits beyond those that tell the points apart are drawn afresh for each point.
#[must_use]
pub fn scrambled(stream: Stream, scramble: u32, dimensions: usize, power: u32) -> Vec<Vec<f64>> {
    let n = 1_usize << power;
    let mut points = vec![vec![0.0; dimensions]; n];
    for dimension in 0..dimensions.min(DIMENSIONS) {
        let v = directions(dimension);
        let stream = stream.numbered(dimension as u32 + 1);
        for (i, point) in points.iter_mut().enumerate() {
            let x = (0..power as usize).filter(|b| (i >> b) & 1 == 1).fold(0_u32, |x, b| x ^ v[b]);
            let mut flipped = 0_u32;
            for bit in 0..power {
                let before = if bit == 0 { 0 } else { x >> (BITS as u32 - bit) };
                let flip = stream.at(scramble, bit as i32, before).uniform() < 0.5;
                let own = (x >> (BITS as u32 - 1 - bit)) & 1;
                flipped = flipped << 1 | (own ^ u32::from(flip));
            }
            let rest = stream.at(scramble, power as i32, x >> (BITS as u32 - power.max(1))).uniform();
            point[dimension] = (f64::from(flipped) + rest) / n as f64;
        }
    }
    points
}

/// How many points of how many inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Design {
    /// Inputs that vary, 20 at most.
    pub inputs: usize,
    /// Independent scrambles, at least two.
    pub scrambles: u32,
    /// Points of a scramble are two to this power.
    pub power: u32,
}

impl Design {
    /// Inputs at most.
    pub const MOST_INPUTS: usize = DIMENSIONS / 2;

    /// Points of all scrambles.
    #[must_use]
    pub fn points(&self) -> usize {
        (self.scrambles as usize) << self.power
    }

    /// How often the function is evaluated.
    #[must_use]
    pub fn evaluations(&self) -> usize {
        self.points() * (self.inputs + 2)
    }

    /// Estimates the indices of `function`, whose inputs lie between 0 and 1. Evaluations that differ in one input follow each other.
    ///
    /// # Errors
    ///
    /// Those of `function`.
    pub fn run<E>(&self, stream: Stream, mut function: impl FnMut(&[f64]) -> Result<Sample, E>) -> Result<Indices, E> {
        let mut batches = Vec::new();
        for scramble in 0..self.scrambles {
            let mut batch = Batch { a: Vec::new(), b: Vec::new(), mixed: vec![Vec::new(); self.inputs] };
            for point in scrambled(stream, scramble, 2 * self.inputs, self.power) {
                let (a, b) = point.split_at(self.inputs);
                batch.a.push(function(a)?);
                for (i, mixed) in batch.mixed.iter_mut().enumerate() {
                    let mut x = a.to_vec();
                    x[i] = b[i];
                    mixed.push(function(&x)?);
                }
                batch.b.push(function(b)?);
            }
            batches.push(batch);
        }
        Ok(Indices::of(&batches))
    }
}

/// What the function is at the points of one scramble.
struct Batch {
    a: Vec<Sample>,
    b: Vec<Sample>,
    /// By input: `A` with that column of `B`.
    mixed: Vec<Vec<Sample>>,
}

/// First-order and total index of one input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Index {
    /// Share of the variance that the input makes alone.
    pub first: Estimate,
    /// Share of the variance that would be left if all other inputs were known: the input alone and with others.
    pub total: Estimate,
}

/// Sobol's indices of a mean over replications, at the same draws at all points.
///
/// With `f + e` for the function and its error, a sum of squares `Q` (the variance, or a part of it) is too large by the mean of `Q(e)`,
/// since errors have mean zero and do not know the points. What pairs of groups of replications add to the error is known at every
/// point ([`Sample::contrasts`]), so that the sum of `Q` over them has that mean: it is taken off. The errors of the points come along,
/// however they hang together, which common draws make them do.
///
/// The interval is Student's. Its variance is that between the scrambles, of which each index is a ratio of sums, and that of the
/// replications by the delta method; its degrees of freedom are those of Satterthwaite (Biometrics Bulletin 2, 1946).
#[derive(Debug, Clone, PartialEq)]
pub struct Indices {
    /// The variance of the function over its inputs.
    pub variance: f64,
    /// What the noise of finite replications had added to it, as a share of it.
    pub noise: f64,
    /// By input; none where the function does not vary.
    pub inputs: Vec<Index>,
    /// What inputs make alone, added up: the rest is made by several together.
    pub alone: Option<Estimate>,
}

/// A sum of squares of one scramble, freed of noise.
#[derive(Clone)]
struct Square {
    value: f64,
    noise: f64,
    /// What each contrast of replications adds to its error.
    contrasts: Vec<f64>,
}

impl Square {
    /// A bilinear form `form(u, v)`, symmetric, of the function and its contrasts. `values` has the function at all points that the form knows.
    fn of(values: &[&Sample], form: impl Fn(&[f64], &[f64]) -> f64) -> Square {
        let mean: Vec<f64> = values.iter().map(|s| s.value).collect();
        let contrasts: Vec<Vec<f64>> = values.iter().map(|s| s.contrasts().0).collect();
        let n = contrasts.first().map_or(0, Vec::len);
        let each: Vec<Vec<f64>> = (0..n).map(|p| contrasts.iter().map(|c| c[p]).collect()).collect();
        let noise: f64 = each.iter().map(|c| form(c, c)).sum();
        let contrasts = each.iter().map(|c| 2.0 * form(&mean, c)).collect();
        Square { value: form(&mean, &mean) - noise, noise, contrasts }
    }

    fn plus(mut self, other: &Square) -> Square {
        self.value += other.value;
        self.noise += other.noise;
        self.contrasts.iter_mut().zip(&other.contrasts).for_each(|(a, b)| *a += b);
        self
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Covariance of two functions over the points of `A` and `B`.
fn covariance(u: &[f64], v: &[f64]) -> f64 {
    let (of_u, of_v) = (mean(u), mean(v));
    u.iter().zip(v).map(|(u, v)| (u - of_u) * (v - of_v)).sum::<f64>() / (u.len() as f64 - 1.0)
}

impl Batch {
    fn variance(&self) -> Square {
        let all: Vec<&Sample> = self.a.iter().chain(&self.b).collect();
        Square::of(&all, covariance)
    }

    /// The mean of `f(B) (f(AB) - f(A))`, `f` less its mean over `A` and `B`: Saltelli et al. 2010, table 2 (b).
    fn first(&self, input: usize) -> Square {
        let n = self.a.len();
        let all: Vec<&Sample> = self.a.iter().chain(&self.b).chain(&self.mixed[input]).collect();
        let half = |u: &[f64], v: &[f64]| {
            let centre = mean(&u[..2 * n]);
            (0..n).map(|j| (u[n + j] - centre) * (v[2 * n + j] - v[j])).sum::<f64>() / n as f64
        };
        Square::of(&all, |u, v| (half(u, v) + half(v, u)) / 2.0)
    }

    /// Half the mean of `(f(A) - f(AB))^2`: Jansen, in Saltelli et al. 2010, table 2 (f).
    fn total(&self, input: usize) -> Square {
        let n = self.a.len();
        let all: Vec<&Sample> = self.a.iter().chain(&self.mixed[input]).collect();
        Square::of(&all, |u, v| (0..n).map(|j| (u[j] - u[n + j]) * (v[j] - v[n + j])).sum::<f64>() / (2.0 * n as f64))
    }
}

impl Indices {
    fn of(batches: &[Batch]) -> Indices {
        let inputs = batches.first().map_or(0, |b| b.mixed.len());
        let variances: Vec<Square> = batches.iter().map(Batch::variance).collect();
        let of_batches = batches.len() as f64;
        let whole: f64 = variances.iter().map(|v| v.value).sum::<f64>() / of_batches;
        let noise: f64 = variances.iter().map(|v| v.noise).sum::<f64>() / of_batches;
        let noise = if whole > 0.0 { noise / whole } else { 0.0 };
        // What is left of rounding is no variance.
        if whole <= 0.0 || variances.iter().all(|v| v.value.abs() < f64::MIN_POSITIVE) {
            return Indices { variance: 0.0, noise, inputs: Vec::new(), alone: None };
        }
        let squares = |of: &dyn Fn(&Batch) -> Square| batches.iter().map(of).collect::<Vec<_>>();
        let index = |i: usize| Index {
            first: share(&squares(&|b| b.first(i)), &variances),
            total: share(&squares(&|b| b.total(i)), &variances),
        };
        let sum = |b: &Batch| (1..inputs).fold(b.first(0), |sum, i| sum.plus(&b.first(i)));
        let alone = (inputs > 0).then(|| share(&squares(&sum), &variances));
        Indices { variance: whole, noise, inputs: (0..inputs).map(index).collect(), alone }
    }
}

/// The ratio of two sums over the scrambles, with its interval.
fn share(above: &[Square], below: &[Square]) -> Estimate {
    let n = above.len() as f64;
    let sum = |of: &[Square]| of.iter().map(|s| s.value).sum::<f64>();
    let (over, under) = (sum(above), sum(below));
    let ratio = over / under;
    let points: f64 = above.iter().zip(below).map(|(a, b)| ((a.value - ratio * b.value) / under).powi(2)).sum::<f64>()
        * n
        / (n - 1.0);
    let contrasts = above.first().map_or(0, |a| a.contrasts.len());
    let replications: f64 = (0..contrasts)
        .map(|p| {
            let of = |squares: &[Square]| squares.iter().map(|s| s.contrasts[p]).sum::<f64>();
            ((of(above) - ratio * of(below)) / under).powi(2)
        })
        .sum();
    let variance = points + replications;
    let spread = points * points / (n - 1.0) + replications * replications / (contrasts.max(1) as f64);
    let degrees = if spread > 0.0 { variance * variance / spread } else { n - 1.0 };
    Estimate::student(ratio, variance.sqrt(), degrees.floor().max(1.0) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    /// Ishigami and Homma (1990) with a = 7 and b = 0.1: indices to four digits.
    const FIRST: [f64; 3] = [0.3139, 0.4424, 0.0];
    const TOTAL: [f64; 3] = [0.5576, 0.4424, 0.2437];

    fn ishigami(u: &[f64]) -> f64 {
        let x: Vec<f64> = u.iter().map(|u| PI * (2.0 * u - 1.0)).collect();
        x[0].sin() + 7.0 * x[1].sin().powi(2) + 0.1 * x[2].powi(4) * x[0].sin()
    }

    fn exact(value: f64) -> Result<Sample, ()> {
        Ok(Sample::constant(value, 64))
    }

    fn stream(seed: u64) -> Stream {
        Stream::new(seed, "", "sobol", "")
    }

    /// Each polynomial is primitive: the powers of x run through all remainders but 0. Direction numbers are odd and below 2^i.
    #[test]
    fn direction_numbers_are_sound() {
        for (degree, inner, first) in JOE_KUO {
            let polynomial = (1_u32 << degree) | (inner << 1) | 1;
            let order = std::iter::successors(Some(2_u32 % (1 << degree).max(2)), |x| {
                let next = x << 1;
                Some(if next >> degree & 1 == 1 { next ^ polynomial } else { next })
            });
            let order = 1 + order.take_while(|x| *x != 1 && degree > 1).count();
            assert_eq!(order, (1 << degree) - 1, "{degree} {inner}");
            assert_eq!(first.len(), degree as usize);
            first.iter().enumerate().for_each(|(i, m)| assert!(m % 2 == 1 && *m < 2 << i, "{degree} {inner} {m}"));
        }
        let mut seen = JOE_KUO.map(|(d, i, _)| (d, i)).to_vec();
        seen.dedup();
        assert_eq!(seen.len(), JOE_KUO.len());
    }

    /// In each coordinate, however scrambled, every interval of length 2^-m holds one of 2^m points; in the first two, every elementary box.
    #[test]
    fn scrambled_points_are_a_net() {
        for scramble in 0..3 {
            let points = scrambled(stream(5), scramble, DIMENSIONS, 6);
            for d in 0..DIMENSIONS {
                let mut cells: Vec<usize> = points.iter().map(|p| (p[d] * 64.0) as usize).collect();
                cells.sort_unstable();
                assert_eq!(cells, (0..64).collect::<Vec<_>>(), "dimension {d}");
            }
            for wide in 0..=6 {
                let (a, b) = (f64::from(1 << wide), f64::from(1 << (6 - wide)));
                let mut boxes: Vec<(u32, u32)> =
                    points.iter().map(|p| ((p[0] * a) as u32, (p[1] * b) as u32)).collect();
                boxes.sort_unstable();
                boxes.dedup();
                assert_eq!(boxes.len(), 64);
            }
        }
        assert_ne!(scrambled(stream(5), 0, 2, 3), scrambled(stream(5), 1, 2, 3));
    }

    /// Coverage over 400 seeds of Ishigami's function, for each of the six indices: 95 % within 4 binomial standard errors, and 2 %
    /// for ratios of few scrambles.
    #[test]
    fn ishigamis_indices_are_covered() {
        let design = Design { inputs: 3, scrambles: 16, power: 5 };
        let (mut covered, mut mean) = ([0_u32; 6], [0.0; 6]);
        const SEEDS: u32 = 400;
        for seed in 0..SEEDS {
            let found = design.run(stream(u64::from(seed)), |u| exact(ishigami(u))).unwrap();
            for i in 0..3 {
                let Index { first, total } = found.inputs[i];
                for (k, e, truth) in [(i, first, FIRST[i]), (3 + i, total, TOTAL[i])] {
                    let (low, high) = e.interval().unwrap();
                    covered[k] += u32::from(low <= truth + 5e-5 && truth - 5e-5 <= high);
                    mean[k] += e.value / f64::from(SEEDS);
                }
            }
        }
        let slack = 4.0 * (0.95_f64 * 0.05 / f64::from(SEEDS)).sqrt() + 0.02;
        for (k, n) in covered.iter().enumerate() {
            let share = f64::from(*n) / f64::from(SEEDS);
            assert!((share - 0.95).abs() < slack, "index {k}: {share} of the intervals");
            assert!((mean[k] - [FIRST, TOTAL].concat()[k]).abs() < 0.02, "index {k}: {}", mean[k]);
        }
    }

    /// Noise as large as the function, the same draws at all points and a part of its own at each: without the correction the total index
    /// of an input that does nothing would be large, and with it the intervals cover.
    #[test]
    fn noise_of_replications_is_taken_off() {
        let design = Design { inputs: 3, scrambles: 8, power: 4 };
        let truth = [0.2, 0.8, 0.0];
        const SEEDS: u32 = 200;
        const N: u32 = 128;
        let (mut covered, mut mean, mut noise) = ([0_u32; 6], [0.0; 6], 0.0);
        for seed in 0..SEEDS {
            let draws = Stream::new(u64::from(seed), "", "noise", "");
            let mut point = 0;
            let found = design
                .run(stream(u64::from(seed)), |u| {
                    point += 1;
                    let values = (0..N).map(|r| {
                        let common = draws.at(r, 0, 0).uniform() - 0.5;
                        let own = draws.at(r, 1, point).uniform() - 0.5;
                        u[0] + 2.0 * u[1] + 8.0 * common * u[0] + 20.0 * own
                    });
                    let values: Vec<f64> = values.collect();
                    Ok::<_, ()>(Sample::mean(values.iter().copied()))
                })
                .unwrap();
            noise += found.noise / f64::from(SEEDS);
            for (i, truth) in truth.iter().enumerate() {
                for (k, e) in [(i, found.inputs[i].first), (3 + i, found.inputs[i].total)] {
                    let (low, high) = e.interval().unwrap();
                    covered[k] += u32::from(low <= *truth && *truth <= high);
                    mean[k] += e.value / f64::from(SEEDS);
                }
            }
        }
        assert!(noise > 0.5, "the noise is {noise} of the variance");
        let slack = 4.0 * (0.95_f64 * 0.05 / f64::from(SEEDS)).sqrt() + 0.03;
        for k in 0..6 {
            let share = f64::from(covered[k]) / f64::from(SEEDS);
            assert!((share - 0.95).abs() < slack, "index {k}: {share} of the intervals; {covered:?} {mean:?}");
            assert!((mean[k] - truth[k % 3]).abs() < 0.05, "index {k}: {mean:?}");
        }
    }

    /// Of a sum of inputs, first-order and total indices are the same, and add up to 1.
    #[test]
    fn a_sum_has_no_interactions() {
        let design = Design { inputs: 4, scrambles: 8, power: 8 };
        let weights = [1.0, 2.0, 3.0, 0.0];
        let all: f64 = weights.iter().map(|w| w * w).sum();
        let found =
            design.run(stream(3), |u| exact(weights.iter().zip(u).map(|(w, u)| w * u).sum::<f64>() + 100.0)).unwrap();
        for (i, w) in weights.iter().enumerate() {
            let truth = w * w / all;
            let Index { first, total } = found.inputs[i];
            assert!(
                (first.value - truth).abs() < 0.01 && (total.value - truth).abs() < 0.01,
                "{i} {first:?} {total:?}"
            );
        }
        assert_eq!(found.inputs[3].total.value, 0.0);
        assert!((found.alone.unwrap().value - 1.0).abs() < 0.01);
        assert!((found.variance - all / 12.0).abs() < 0.01 * all / 12.0);
    }

    #[test]
    fn what_does_not_vary_has_no_indices() {
        let design = Design { inputs: 2, scrambles: 2, power: 2 };
        let found = design.run(stream(1), |_| exact(5.0)).unwrap();
        assert!(found.inputs.is_empty() && found.alone.is_none());
        assert_eq!((found.variance, design.evaluations()), (0.0, 32));
    }
}
