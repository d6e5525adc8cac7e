//! The draws that make most of the noise, spread evenly over the replications.
//!
//! The size of a dated peak is one draw a replication, and a scenario's dated peak moves every figure. Drawn at random, the
//! sizes of some hundred replications leave gaps and clusters, and whether the largest of all is among them decides the answer. Here
//! they are the points of a van der Corput sequence with nested uniform scrambling (Owen, Journal of Complexity 14, 1998): each
//! point alone is uniform, so that no mean moves, and of `2^k` that follow each other one lies in each interval of length `2^-k`.
//!
//! Two replications share a point of the sequence except for its last digits, which are drawn for each apart. So both lie in one cell, and
//! their difference tells the error that is left within cells (Cochran, Sampling Techniques, 3rd ed., section 5A.12). They belong to the
//! two groups of a pair, and [`restock_base::stats::interval`] judges every error by the differences of pairs. Which point of a block
//! a pair gets is drawn anew for each block, so that each pair comes to all places.
//!
//! A cell holds two points or more, so that the differences overstate the error: where the size makes nearly all of the noise, by up to twice
//! its square, and intervals cover 94 to 98 %. With one point a cell the differences would show the error itself on average. But where a tail is
//! heavy the cell at its end decides, and an error that rests on one difference is known too badly: intervals of a mean of lognormal sizes (p90
//! three times the median) would cover 82 to 90 % at 512 replications. With a sequence of its own for each group intervals would be right, but
//! for sizes with a heavy tail they would be twice as long.
//!
//! A point is a function of the seed and of the number of its replication: it can be replayed, and further replications do not change
//! the points of earlier ones.

use restock_base::rng::Stream;
use restock_base::stats::interval::PAIRS;

/// A draw that each replication makes once, spread evenly over the replications.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spread {
    stream: Stream,
    /// Day and index in the stream, which no other draw of it has.
    key: (i32, u32),
    /// Seed of the scrambling, and seed of the last digits of the second replication of two; absent: each replication has a draw of its own.
    seeds: Option<[u32; 2]>,
}

impl Spread {
    /// Points by the random numbers of a stream at a day and an index.
    pub fn new(stream: Stream, key: (i32, u32)) -> Self {
        let mut draw = stream.at(u32::MAX, key.0, key.1);
        let seeds = std::array::from_fn(|_| whole(draw.uniform(), u32::MAX));
        Spread { stream, key, seeds: Some(seeds) }
    }

    /// Numbers by the same stream that know nothing of each other.
    pub fn independent(self) -> Self {
        Spread { seeds: None, ..self }
    }

    /// A uniform number in the open interval (0, 1).
    pub fn uniform(self, replication: u32) -> f64 {
        let Some(seeds) = self.seeds else { return self.stream.at(replication, self.key.0, self.key.1).uniform() };
        let pairs = PAIRS as u32;
        let (block, group) = (replication / (2 * pairs), replication % (2 * pairs));
        let turn = whole(self.stream.at(block, self.key.0, self.key.1).uniform(), pairs);
        let place = block * pairs + ((group % pairs) ^ turn);
        let point = |seed: u32| scrambled(place, seed).reverse_bits();
        let first = point(seeds[0]);
        // All digits except those that tell the places up to here apart, and one of these.
        let own_digits = (place | (pairs - 1)).leading_zeros() + 1;
        let own = 1_u32.checked_shl(own_digits).map_or(u32::MAX, |end| end - 1);
        let point = if group < pairs { first } else { first & !own | point(seeds[1]) & own };
        (f64::from(point) + 0.5) / 4_294_967_296.0
    }
}

/// A whole number below `end`.
fn whole(uniform: f64, end: u32) -> u32 {
    (uniform * f64::from(end)) as u32
}

/// A permutation in which each bit of the result depends on the bits up to it alone: on mirrored digits the nested uniform
/// scrambling. The hash of Laine and Karras (Computer Graphics Forum 30, 2011) with the constants of Burley (Journal of Computer
/// Graphics Techniques 9, 2020).
fn scrambled(mut digits: u32, seed: u32) -> u32 {
    digits = digits.wrapping_add(seed);
    for factor in [0x6c50_b47c_u32, 0xb82f_1e52, 0xc7af_e638, 0x8d22_f6e6] {
        digits ^= digits.wrapping_mul(factor);
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use restock_base::stats::interval::{GROUPS, Sample};

    fn spread(seed: u64, name: &str) -> Spread {
        Spread::new(Stream::new(seed, "test", "spread", name), (0, 0))
    }

    /// Of 512 replications, the first ones of each two lie one in each 256th of the range. From the fifth block on, the second one lies in the
    /// same 128th as the first one.
    #[test]
    fn two_share_a_cell_and_each_cell_has_its_two() {
        for seed in 0..50 {
            let spread = spread(seed, "");
            let point = |r: u32| (spread.uniform(r) * 256.0) as usize;
            let mut firsts = [0; 256];
            for block in 0..8 {
                for pair in 0..PAIRS as u32 {
                    let first = block * GROUPS as u32 + pair;
                    firsts[point(first)] += 1;
                    let same = point(first) / 2 == point(first + PAIRS as u32) / 2;
                    assert!(same || block < 4, "seed {seed}, block {block}, pair {pair}");
                }
            }
            assert_eq!(firsts, [1; 256], "seed {seed}");
        }
    }

    /// Each of the first replications is uniform over the seeds: chi-square with 9 degrees of freedom is over 44 once in a million
    /// times.
    #[test]
    fn each_point_is_uniform() {
        for replication in [0, 1, 31, 32, 63, 64, 100, 127, 128, 500, 5_000] {
            let mut counts = [0_u32; 10];
            (0..2_000).for_each(|seed| counts[(spread(seed, "").uniform(replication) * 10.0) as usize] += 1);
            let square: f64 = counts.iter().map(|n| (f64::from(*n) - 200.0).powi(2) / 200.0).sum();
            assert!(square < 44.0, "replication {replication}: {counts:?}");
        }
    }

    /// Two draws of the same replications are independent of each other: the correlation over 200 seeds is within 5 standard errors.
    #[test]
    fn draws_are_independent_of_each_other() {
        let mut sums = Vec::new();
        for seed in 0..200 {
            let (a, b) = (spread(seed, "a"), spread(seed, "b"));
            sums.push((0..512).map(|r| (a.uniform(r) - 0.5) * (b.uniform(r) - 0.5)).sum::<f64>() / 512.0);
        }
        let mean = sums.iter().sum::<f64>() / 200.0;
        let variance = sums.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / 199.0;
        assert!(mean.abs() < 5.0 * (variance / 200.0).sqrt(), "{mean} of {variance}");
    }

    /// The mean of a size with a heavy tail beside little other noise: over 2,000 seeds intervals cover the truth at least as often as they say
    /// (less 5 binomial standard errors), and are not much longer than needed. The variance is a small part of that of draws at random.
    #[test]
    fn errors_are_at_most_what_the_pairs_say() {
        let size = |u: f64| (0.9 * restock_base::stats::special::normal_quantile(u)).exp();
        for n in [300, 512, 1_000] {
            let (mut covered, mut squares, mut said) = (0_u32, 0.0, 0.0);
            let (truth, seeds) = ((0.9_f64 * 0.9 / 2.0).exp(), 2_000);
            let at_random = ((0.81_f64.exp() - 1.0) * 0.81_f64.exp() + 0.25 / 12.0) / f64::from(n);
            for seed in 0..seeds {
                let spread = spread(seed, "");
                let noise = Stream::new(seed, "test", "noise", "");
                let value = |r: u32| size(spread.uniform(r)) + 0.5 * (noise.at(r, 0, 0).uniform() - 0.5);
                let values: Vec<f64> = (0..n).map(value).collect();
                let e = Sample::mean(values.iter().copied()).estimate();
                let (low, high) = e.interval().unwrap();
                covered += u32::from(low <= truth && truth <= high);
                squares += (e.value - truth).powi(2);
                said += e.standard_error.unwrap().powi(2);
            }
            let (share, error) = (f64::from(covered) / 2_000.0, (0.95_f64 * 0.05 / 2_000.0).sqrt());
            println!(
                "{n}: covered {share}, variance {:.4} of that at random, said {:.3} of it",
                squares / 2_000.0 / at_random,
                said / squares
            );
            assert!(share > 0.95 - 5.0 * error, "{n}: {share}");
            assert!((1.0..2.5).contains(&(said / squares)), "{n}: {}", said / squares);
            assert!(squares / 2_000.0 < 0.15 * at_random, "{n}");
        }
    }
}
