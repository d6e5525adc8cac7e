//! The few draws that make most of the noise, spread evenly over the replications.
//!
//! The size of a dated peak is one draw a replication, and where there is such a peak it moves every figure. Drawn at random, the
//! sizes of some hundred replications leave gaps and clusters. Here the replications of a group take the points of a van der Corput
//! sequence, shifted by one random number a group (Cranley and Patterson, SIAM Journal on Numerical Analysis 13, 1976): each
//! point alone is uniform, so that no mean moves, and together they fill the range. Groups are independent of each other, and intervals
//! are made of groups. A point is a function of the seed and of the number of its replication: it can be replayed, and more
//! replications leave those before them as they are.

use crate::rng::Stream;
use crate::stats::interval::GROUPS;

/// Bases of the sequences of the draws, the one that moves most first. Beyond, sequences of few points hang together, and nothing
/// is gained.
const BASES: [u32; 4] = [2, 3, 5, 7];

/// One draw a replication.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spread {
    stream: Stream,
    /// Day and index of the shifts in the stream.
    key: (i32, u32),
    base: u32,
}

impl Spread {
    /// The draw that comes at `rank` by how much it moves, with its shifts at a day and an index of a stream that nothing else
    /// has; absent beyond the first few.
    pub fn new(stream: Stream, key: (i32, u32), rank: usize) -> Option<Self> {
        BASES.get(rank).map(|base| Spread { stream, key, base: *base })
    }

    /// A uniform number in the open interval (0, 1).
    pub fn uniform(self, replication: u32) -> f64 {
        let (group, index) = (replication % GROUPS as u32, replication / GROUPS as u32);
        let point = self.stream.at(group, self.key.0, self.key.1).uniform() + van_der_corput(index, self.base);
        (point.fract()).max(f64::MIN_POSITIVE)
    }
}

/// The digits of `index` mirrored at the point.
fn van_der_corput(mut index: u32, base: u32) -> f64 {
    let (mut value, mut place) = (0.0, 1.0);
    while index > 0 {
        place /= f64::from(base);
        value += f64::from(index % base) * place;
        index /= base;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_mirrored() {
        let of = |base| (0..6).map(|i| van_der_corput(i, base)).collect::<Vec<_>>();
        assert_eq!(of(2), [0.0, 0.5, 0.25, 0.75, 0.125, 0.625]);
        let thirds: Vec<f64> = of(3).iter().map(|x| (x * 9.0 * 1e9).round() / 1e9).collect();
        assert_eq!(thirds, [0.0, 3.0, 6.0, 1.0, 4.0, 7.0]);
    }

    /// In every group each eighth of the range has one of eight points; over the groups of many seeds each point is uniform.
    #[test]
    fn a_group_fills_the_range_and_each_point_is_uniform() {
        let mut below = 0;
        let seeds = 200;
        for seed in 0..seeds {
            let spread = Spread::new(Stream::new(seed, "test", "spread", ""), (0, 0), 0).unwrap();
            for group in 0..GROUPS as u32 {
                let mut seen = [0; 8];
                let start = spread.uniform(group);
                for index in 0..8 {
                    let u = spread.uniform(group + index * GROUPS as u32);
                    seen[((u - start).rem_euclid(1.0) * 8.0 + 1e-9) as usize % 8] += 1;
                    below += u32::from(u < 0.3);
                }
                assert_eq!(seen, [1; 8], "seed {seed}, group {group}");
            }
        }
        let n = f64::from(seeds as u32) * 512.0;
        // Eight points of a group share one random number: their variance is at most that of one point.
        let error = (0.3 * 0.7 * 8.0 / n).sqrt();
        assert!((f64::from(below) / n - 0.3).abs() < 5.0 * error);
    }
}
