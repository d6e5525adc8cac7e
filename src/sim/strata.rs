//! The draws that make most of the noise, spread evenly over the replications.
//!
//! The size of a dated peak is one draw a replication, and where there is such a peak it moves every figure. Drawn at random, the
//! sizes of some hundred replications leave gaps and clusters. Here the replications of a group take the points of a van der Corput
//! sequence with nested uniform scrambling (Owen, Journal of Complexity 14, 1998): each point alone is uniform, so that no mean moves, and
//! of `2^k` points that follow each other one lies in each interval of length `2^-k`. Groups are scrambled independently, and
//! intervals are made of groups. A point is a function of the seed and of the number of its replication: it can be replayed, and
//! more replications leave those before them as they are.

use crate::rng::Stream;
use crate::stats::interval::GROUPS;

/// One draw a replication.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spread {
    stream: Stream,
    /// Day and index in the stream, which nothing else has.
    key: (i32, u32),
}

impl Spread {
    /// Points by the random numbers of a stream at a day and an index.
    pub fn new(stream: Stream, key: (i32, u32)) -> Self {
        Spread { stream, key }
    }

    /// A uniform number in the open interval (0, 1).
    pub fn uniform(self, replication: u32) -> f64 {
        let (group, index) = (replication % GROUPS as u32, replication / GROUPS as u32);
        let mut draw = self.stream.at(group, self.key.0, self.key.1);
        let mut seed = || (draw.uniform() * f64::from(u32::MAX)) as u32;
        // In another order for each draw, so that two draws of a group are paired at random.
        let index = scrambled(index.reverse_bits(), seed()).reverse_bits();
        let point = scrambled(index, seed()).reverse_bits();
        (f64::from(point) + draw.uniform()) / 4_294_967_296.0
    }
}

/// A permutation in which each bit of the result depends on the bits below it alone: on mirrored digits the nested uniform scrambling.
/// The hash of Laine and Karras (Computer Graphics Forum 30, 2011) with the constants of Burley (Journal of Computer Graphics
/// Techniques 9, 2020).
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

    fn spread(seed: u64, name: &str) -> Spread {
        Spread::new(Stream::new(seed, "test", "spread", name), (0, 0))
    }

    /// Of eight that follow each other in a group, from a multiple of eight on, one lies in each eighth; of all that were drawn
    /// by then each is as likely to lie anywhere.
    #[test]
    fn a_group_fills_the_range_and_each_point_is_uniform() {
        let mut counts = [[0_u32; 10]; 8];
        for seed in 0..400 {
            for group in [0, 1, GROUPS as u32 - 1] {
                for eight in 0..4 {
                    let mut seen = [0; 8];
                    for index in 0..8 {
                        let u = spread(seed, "").uniform(group + (8 * eight + index) * GROUPS as u32);
                        assert!(u > 0.0 && u < 1.0);
                        seen[(u * 8.0) as usize] += 1;
                        if eight == 0 {
                            counts[index as usize][(u * 10.0) as usize] += 1;
                        }
                    }
                    assert_eq!(seen, [1; 8], "seed {seed}, group {group}");
                }
            }
        }
        // 1,200 independent groups for each index: chi-square with 9 degrees of freedom is over 44 once in a million times.
        for (index, counts) in counts.iter().enumerate() {
            let square: f64 = counts.iter().map(|n| (f64::from(*n) - 120.0).powi(2) / 120.0).sum();
            assert!(square < 44.0, "index {index}: {counts:?}");
        }
    }

    /// Two draws of the same replications are paired at random: correlations over 200 seeds are within 5 standard errors.
    #[test]
    fn draws_are_independent_of_each_other() {
        let mut sum = 0.0;
        let (seeds, n) = (200, 512);
        for seed in 0..seeds {
            let (a, b) = (spread(seed, "a"), spread(seed, "b"));
            sum += (0..n).map(|r| (a.uniform(r) - 0.5) * (b.uniform(r) - 0.5)).sum::<f64>();
        }
        let count = f64::from(n) * f64::from(seeds as u32);
        let error = (1.0 / 144.0 / count).sqrt();
        assert!((sum / count).abs() < 5.0 * error, "{}", sum / count / error);
    }
}
