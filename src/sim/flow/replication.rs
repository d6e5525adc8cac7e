//! One replication under way: the parts that its phases work on.

use super::state::{Orders, Site, Unmet};
use super::watch::{Event, Now, Watch};
use crate::law::binomial;
use crate::rng::Draw;

/// What decisions are made of: today, shelves and queues, open orders, and the day's shoppers who are still to be served.
pub(super) struct Shop<'a> {
    pub now: Now<'a>,
    pub sites: &'a mut [Site],
    pub orders: &'a mut Orders,
    pub unmet: &'a mut Unmet,
}

/// The shop, and who is told what happens there. The phases are methods, each in the file of its subject. What only decides is a method of
/// the shop: it tells nothing.
pub(super) struct Replication<'a, W: Watch> {
    pub shop: Shop<'a>,
    pub watch: &'a mut W,
}

impl<W: Watch> Replication<'_, W> {
    /// Tells what has just happened.
    #[inline(always)]
    pub fn tell(&mut self, event: Event<'_>) {
        self.watch.see(&self.shop.now, &event);
    }

    /// Ships `units` of today's orders from the shelf of a location.
    pub fn serve(&mut self, location: usize, units: i64) {
        if units > 0 {
            self.shop.sites[location].on_hand -= units;
            self.tell(Event::ServedFromStock { location, units });
        }
    }
}

/// Shares out a day's shoppers to the locations, one after the other.
pub(super) struct Split {
    draw: Draw,
    left: i64,
    share_left: f64,
}

impl Split {
    pub fn new(now: &Now<'_>, shoppers: i64) -> Self {
        Split { draw: now.draw(now.plan.customers.split_stream, now.day, 0), left: shoppers, share_left: 1.0 }
    }

    /// How many go first to the next location, which has this share of all.
    #[inline]
    pub fn next(&mut self, share: f64) -> i64 {
        let Split { draw, left, share_left } = self;
        let n = if share >= *share_left { *left } else { binomial(*left, share / *share_left, draw) };
        *left -= n;
        *share_left -= share;
        n
    }
}
