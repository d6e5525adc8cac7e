//! The queue of customers who wait: cohorts, oldest first.

use std::ops::{Deref, DerefMut};

/// Stands for no day, and for no further entry in a list.
pub(in crate::sim) const NONE: u32 = u32::MAX;

/// Units ordered on one day under one promise. Its members are exchangeable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) struct Cohort {
    pub born: u32,
    /// Number among the cohorts born on the same day, over all locations. It and the day of birth are the key of the cohort's draws.
    pub number: u32,
    /// Shipping date promised first; [`NONE`] if none was.
    pub first_promise: u32,
    /// The promise in force: the date of the last notice.
    pub promise: u32,
    pub units: i64,
    /// Notices of delay sent.
    pub notices: u32,
    /// Number of the window in which it was pre-ordered; [`NONE`] of all other orders.
    pub window: u32,
}

impl Cohort {
    /// The window in which it was pre-ordered.
    pub fn pre_ordered(&self) -> Option<usize> {
        (self.window != NONE).then_some(self.window as usize)
    }

    /// Whether the promise in force has passed by `day`.
    pub fn missed(&self, day: u32) -> bool {
        self.promise != NONE && day > self.promise
    }

    /// Whether the first promise has passed by `day`.
    pub fn missed_first(&self, day: u32) -> bool {
        self.first_promise != NONE && day > self.first_promise
    }
}

/// Cohorts that come at the end and leave at the front. They lie side by side in memory, so that they are one slice.
#[derive(Debug, Clone, Default)]
pub(in crate::sim) struct Queue {
    all: Vec<Cohort>,
    /// Index of the first cohort that has not left.
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

    /// The first cohort leaves.
    pub fn pop_front(&mut self) {
        self.front += 1;
        // Cohorts that have left are removed when they are as many as those that wait: so each cohort is moved once on average.
        if 2 * self.front >= self.all.len() {
            self.all.drain(..self.front);
            self.front = 0;
        }
    }

    /// The newest cohort leaves.
    pub fn pop_back(&mut self) -> Option<Cohort> {
        if self.is_empty() { None } else { self.all.pop() }
    }

    /// A cohort comes from elsewhere, and takes its place by its age.
    pub fn insert(&mut self, cohort: Cohort) {
        // Late pre-orders of a day came before those who shop on it.
        let age = |c: &Cohort| (c.born, c.window == NONE, c.number);
        let place = self.partition_point(|c| age(c) < age(&cohort));
        self.all.insert(self.front + place, cohort);
    }

    /// Another cohort comes.
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
            let cohort =
                Cohort { born, number: 0, first_promise: NONE, promise: NONE, units: 1, notices: 0, window: NONE };
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
