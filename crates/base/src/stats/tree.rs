//! Sums of floats by block, folded in a fixed binary tree over the numbers of the blocks.
//!
//! The sum of floats depends on the order of the additions. Here blocks `2 k` and `2 k + 1` are always added first, then such
//! pairs, and so on; a subtree is added up as soon as it is complete. So whichever blocks come first, and however they are
//! shared out over trees that are merged later, the sum has the same bits; and blocks that follow each other need room for as
//! many sums as their number has binary digits.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a tree adds up.
pub trait Fold {
    /// Adds what comes after.
    fn fold(&mut self, after: Self);
}

impl Fold for Vec<f64> {
    fn fold(&mut self, after: Self) {
        self.iter_mut().zip(after).for_each(|(mine, theirs)| *mine += theirs);
    }
}

/// A set of blocks, added up as far as it can be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tree<T> {
    /// Complete subtrees by their first block; with each the power of two of blocks that it holds.
    subtrees: BTreeMap<u32, (u32, T)>,
}

/// A block that came twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Twice(pub u32);

impl<T> Default for Tree<T> {
    fn default() -> Self {
        Tree { subtrees: BTreeMap::new() }
    }
}

impl<T: Fold> Tree<T> {
    /// Adds one block.
    ///
    /// # Errors
    ///
    /// If it is there already; then nothing has changed.
    pub fn add(&mut self, block: u32, sums: T) -> Result<(), Twice> {
        self.put(block, 0, sums)
    }

    /// Adds the blocks of another tree.
    ///
    /// # Errors
    ///
    /// If a block is in both; then nothing has changed.
    pub fn merge(&mut self, other: Self) -> Result<(), Twice> {
        if let Some((first, _)) = other.subtrees.iter().find(|(first, (power, _))| self.holds_any(**first, *power)) {
            return Err(Twice(*first));
        }
        other.subtrees.into_iter().try_for_each(|(first, (power, sums))| self.put(first, power, sums))
    }

    fn put(&mut self, mut first: u32, mut power: u32, mut sums: T) -> Result<(), Twice> {
        if self.holds_any(first, power) {
            return Err(Twice(first));
        }
        // As long as the other half of the subtree above is complete.
        while let Some(other) =
            Some(first ^ (1 << power)).filter(|o| self.subtrees.get(o).is_some_and(|s| s.0 == power))
        {
            let Some((_, theirs)) = self.subtrees.remove(&other) else { break };
            let (mut before, after) = if other < first { (theirs, sums) } else { (sums, theirs) };
            before.fold(after);
            (first, power, sums) = (first.min(other), power + 1, before);
        }
        self.subtrees.insert(first, (power, sums));
        Ok(())
    }

    /// Whether some of the `2^power` blocks from `first` on are there.
    fn holds_any(&self, first: u32, power: u32) -> bool {
        let length = |power: u32| 1_u64 << power;
        let before = self.subtrees.range(..=first).next_back();
        let reaches = before.is_some_and(|(f, (p, _))| u64::from(*f) + length(*p) > u64::from(first));
        let within = self.subtrees.range(first..).next();
        reaches || within.is_some_and(|(f, _)| u64::from(*f) < u64::from(first) + length(power))
    }

    /// Whether a block is there.
    #[must_use]
    pub fn holds(&self, block: u32) -> bool {
        self.holds_any(block, 0)
    }

    /// How many blocks there are.
    #[must_use]
    pub fn blocks(&self) -> u64 {
        self.subtrees.values().map(|(power, _)| 1_u64 << power).sum()
    }

    /// The sums of all blocks, subtrees in order; absent without any.
    #[must_use]
    pub fn total(self) -> Option<T> {
        let mut subtrees = self.subtrees.into_values().map(|(_, sums)| sums);
        let mut total = subtrees.next()?;
        subtrees.for_each(|sums| total.fold(sums));
        Some(total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

    /// Numbers of very different sizes, so that the order of additions shows.
    fn block(number: u32) -> Vec<f64> {
        let mut draw = Stream::new(1, "test", "tree", "").at(number, 0, 0);
        (0..3).map(|_| (draw.uniform() - 0.5) * 10_f64.powf(12.0 * draw.uniform())).collect()
    }

    /// Any order, any sharing out, any grouping of the parts.
    #[test]
    fn every_way_to_add_up_has_the_same_bits() {
        let stream = Stream::new(2, "test", "partitions", "");
        for trial in 0..300 {
            let mut draw = stream.at(trial, 0, 0);
            let n = 1 + (draw.uniform() * 90.0) as u32;
            let mut plain = Tree::default();
            (0..n).for_each(|b| plain.add(b, block(b)).unwrap());
            assert!(plain.subtrees.len() as u32 <= u32::BITS - n.leading_zeros());
            let parts = 1 + (draw.uniform() * 6.0) as usize;
            let mut order: Vec<u32> = (0..n).collect();
            for i in (1..order.len()).rev() {
                order.swap(i, (draw.uniform() * (i + 1) as f64) as usize);
            }
            let mut shards: Vec<Tree<Vec<f64>>> = vec![Tree::default(); parts];
            for b in order {
                shards[(draw.uniform() * parts as f64) as usize].add(b, block(b)).unwrap();
            }
            while shards.len() > 1 {
                let i = (draw.uniform() * (shards.len() - 1) as f64) as usize;
                let last = shards.pop().unwrap();
                shards[i].merge(last).unwrap();
            }
            assert_eq!(shards[0].blocks(), u64::from(n));
            assert!(shards[0] == plain, "trial {trial}");
            let bits = |t: &Tree<Vec<f64>>| t.clone().total().unwrap().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&shards[0]), bits(&plain));
        }
    }

    #[test]
    fn a_block_is_never_taken_twice() {
        let mut tree = Tree::default();
        (0..6).for_each(|b| tree.add(b, vec![1.0]).unwrap());
        assert_eq!(tree.add(3, vec![1.0]), Err(Twice(3)));
        let mut other = Tree::default();
        (5..9).for_each(|b| other.add(b, vec![1.0]).unwrap());
        let before = tree.clone();
        assert_eq!(tree.merge(other), Err(Twice(5)));
        assert!(tree == before, "nothing has changed");
        assert!(tree.holds(5) && !tree.holds(6));
        assert_eq!(tree.total(), Some(vec![6.0]));
        assert_eq!(Tree::<Vec<f64>>::default().total(), None);
    }
}
