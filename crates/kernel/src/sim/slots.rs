//! Numbered places for values that come and go: a free place is used again, the place freed last first.

use std::ops::{Index, IndexMut};

/// Values by the number of their place.
#[derive(Debug, Clone)]
pub(in crate::sim) struct Slots<T> {
    all: Vec<T>,
    free: Vec<u32>,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Slots::with_capacity(0)
    }
}

impl<T> Slots<T> {
    pub fn with_capacity(capacity: usize) -> Self {
        Slots { all: Vec::with_capacity(capacity), free: Vec::with_capacity(capacity) }
    }

    pub fn clear(&mut self) {
        self.all.clear();
        self.free.clear();
    }

    /// Number of the place where the next value will be kept.
    #[inline(always)]
    pub fn next(&self) -> u32 {
        self.free.last().copied().unwrap_or(self.all.len() as u32)
    }

    /// Keeps a value, and returns the number of its place.
    #[inline(always)]
    pub fn put(&mut self, value: T) -> u32 {
        match self.free.pop() {
            Some(slot) => {
                self.all[slot as usize] = value;
                slot
            }
            None => {
                self.all.push(value);
                self.all.len() as u32 - 1
            }
        }
    }

    /// Frees a place for the next value. The old value stays readable until it is written over.
    #[inline(always)]
    pub fn free(&mut self, slot: u32) {
        self.free.push(slot);
    }
}

impl<T> Index<u32> for Slots<T> {
    type Output = T;

    #[inline(always)]
    fn index(&self, slot: u32) -> &T {
        &self.all[slot as usize]
    }
}

impl<T> IndexMut<u32> for Slots<T> {
    #[inline(always)]
    fn index_mut(&mut self, slot: u32) -> &mut T {
        &mut self.all[slot as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_place_is_used_again() {
        let mut slots = Slots::with_capacity(2);
        assert_eq!([slots.put('a'), slots.put('b'), slots.put('c')], [0, 1, 2]);
        assert_eq!(slots.next(), 3);
        slots.free(0);
        slots.free(1);
        assert_eq!((slots[0], slots[1]), ('a', 'b'), "until they are written over");
        assert_eq!(slots.next(), 1);
        assert_eq!([slots.put('d'), slots.put('e'), slots.put('f')], [1, 0, 3]);
        slots[3] = 'g';
        assert_eq!([0, 1, 2, 3].map(|slot| slots[slot]), ['e', 'd', 'c', 'g']);
        slots.clear();
        assert_eq!(slots.put('h'), 0);
    }
}
