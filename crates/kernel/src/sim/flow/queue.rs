//! The queue of customers who wait: cohorts, oldest first.

use std::ops::{Deref, DerefMut};

/// Stands for no day, and for no further entry in a list.
pub(in crate::sim) const NONE: u32 = u32::MAX;

/// Stands for no window.
const NO_WINDOW: u8 = u8::MAX;

/// Orders of one day under one promise, each of as many units. Its members are exchangeable. Where orders are of several units, the oldest may be
/// in part shipped, or have got a part of its units.
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
    pub notices: u16,
    /// Number of the window in which it was pre-ordered.
    window: u8,
    /// Number of the class of customers; 0 where all are alike.
    pub class: u8,
    /// Units of an order.
    pub size: u16,
    /// Units on hand that are kept for its oldest order.
    pub kept: u16,
}

impl Cohort {
    /// Orders of one unit each, whose first notice is still to come.
    #[inline(always)]
    pub fn new(born: u32, number: u32, promise: u32, units: i64) -> Self {
        let (first_promise, notices, window, class, size, kept) = (promise, 0, NO_WINDOW, 0, 1, 0);
        Cohort { born, number, first_promise, promise, units, notices, window, class, size, kept }
    }

    /// The same, pre-ordered in a window.
    pub fn pre_ordered_in(self, window: usize) -> Self {
        Cohort { window: window as u8, ..self }
    }

    /// The same, of customers of a class.
    pub fn of_class(self, class: u8) -> Self {
        Cohort { class, ..self }
    }

    /// The same, with so many units an order, of which the oldest one keeps some.
    pub fn of_several(self, size: u16, kept: u16) -> Self {
        Cohort { size, kept, ..self }
    }

    /// Number of its orders.
    #[inline]
    pub fn orders(&self) -> i64 {
        if self.size == 1 { self.units } else { (self.units + i64::from(self.size) - 1) / i64::from(self.size) }
    }

    /// Units of its oldest order that have not shipped.
    pub fn oldest(&self) -> i64 {
        self.units - (self.orders() - 1) * i64::from(self.size)
    }

    /// Units that it waits for and that are not on hand.
    #[inline]
    pub fn short(&self) -> i64 {
        self.units - i64::from(self.kept)
    }

    /// Units of the `leaving` newest of its orders.
    #[inline]
    pub fn units_of(&self, leaving: i64) -> i64 {
        if self.size == 1 { leaving } else { (leaving * i64::from(self.size)).min(self.units) }
    }

    /// The window in which it was pre-ordered.
    pub fn pre_ordered(&self) -> Option<usize> {
        (self.window != NO_WINDOW).then_some(usize::from(self.window))
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

    /// A cohort takes its place by the priority of its class, which `rank` tells, and by its age.
    pub fn insert(&mut self, cohort: Cohort, rank: impl Fn(&Cohort) -> u32) {
        // Late pre-orders of a day came before those who shop on it.
        let age = |c: &Cohort| (rank(c), c.born, c.window == NO_WINDOW, c.number);
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
            let cohort = Cohort::new(born, 0, NONE, 1);
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
