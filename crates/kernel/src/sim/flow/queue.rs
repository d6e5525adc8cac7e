//! Who waits: cohorts of customers, oldest first.

use std::ops::{Deref, DerefMut};

/// No day, no entry in an intrusive list.
pub(in crate::sim) const NONE: u32 = u32::MAX;

/// Units ordered on one day under one promise. Its members are exchangeable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) struct Cohort {
    pub born: u32,
    /// Number among the cohorts born on the same day, over all locations: with the day of birth, what its draws are keyed by.
    pub number: u32,
    /// Shipping date promised first; [`NONE`] if none was.
    pub first_promise: u32,
    /// The promise in force: the date of the last notice.
    pub promise: u32,
    pub units: i64,
    /// Notices of delay sent.
    pub notices: u32,
}

impl Cohort {
    /// Whether the promise in force has passed by `day`.
    pub fn missed(&self, day: u32) -> bool {
        self.promise != NONE && day > self.promise
    }

    /// Whether the first promise has.
    pub fn missed_first(&self, day: u32) -> bool {
        self.first_promise != NONE && day > self.first_promise
    }
}

/// Cohorts that come at the end and leave at the front. They lie side by side, so that whoever walks along them meets no seam.
#[derive(Debug, Clone, Default)]
pub(in crate::sim) struct Queue {
    all: Vec<Cohort>,
    /// Those before it have left.
    front: usize,
}

impl Queue {
    pub fn with_capacity(capacity: usize) -> Self {
        Queue { all: Vec::with_capacity(capacity), front: 0 }
    }

    pub fn clear(&mut self) {
        self.all.clear();
        self.front = 0;
    }

    /// The first one leaves.
    pub fn pop_front(&mut self) {
        self.front += 1;
        // Those who have left are forgotten when they are as many as are left: each cohort is moved once on average.
        if 2 * self.front >= self.all.len() {
            self.all.drain(..self.front);
            self.front = 0;
        }
    }

    /// Another one comes.
    pub fn push_back(&mut self, cohort: Cohort) {
        self.all.push(cohort);
    }
}

impl Deref for Queue {
    type Target = [Cohort];

    #[inline]
    fn deref(&self) -> &[Cohort] {
        &self.all[self.front..]
    }
}

impl DerefMut for Queue {
    #[inline]
    fn deref_mut(&mut self) -> &mut [Cohort] {
        &mut self.all[self.front..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Beside a queue of the library, through many arrivals and departures.
    #[test]
    fn first_come_first_gone() {
        let (mut queue, mut other) = (Queue::with_capacity(2), std::collections::VecDeque::new());
        for born in 0..1_000_u32 {
            let cohort = Cohort { born, number: 0, first_promise: NONE, promise: NONE, units: 1, notices: 0 };
            queue.push_back(cohort);
            other.push_back(cohort);
            for _ in 0..(born * 7 % 5).min(other.len() as u32) * u32::from(born % 3 == 0) {
                queue.pop_front();
                other.pop_front();
            }
            assert!(queue.iter().eq(&other), "{born}");
        }
        queue.clear();
        assert!(queue.is_empty());
    }
}
