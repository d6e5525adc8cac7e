//! One replication under way: the parts that its phases work on.

use super::state::{Orders, Site, Unmet};
use super::watch::{Event, Now, Watch};

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
