//! One replication under way: the parts that its phases work on.

use super::queue::Cohort;
use super::state::{Orders, Site, Unmet};
use super::watch::{Event, Now, Watch};
use crate::sim::plan::LocationPlan;
use restock_base::rng::Draw;

/// The parts on which decisions rest: today, shelves and queues, open orders, and the day's shoppers who are still to be served.
pub(in crate::sim) struct Shop<'a> {
    pub now: Now<'a>,
    pub sites: &'a mut [Site],
    pub orders: &'a mut Orders,
    pub unmet: &'a mut Unmet,
    pub ordered: &'a mut Vec<i64>,
}

/// The shop, and the watcher who is told all events. The phases are methods, each in the file of its subject. Decisions without an event are
/// methods of the shop, which cannot tell anything.
pub(in crate::sim) struct Replication<'a, W: Watch> {
    pub shop: Shop<'a>,
    pub watch: &'a mut W,
}

impl<W: Watch> Replication<'_, W> {
    /// Tells the watcher an event that has just happened.
    #[inline(always)]
    pub fn tell(&mut self, event: Event<'_>) {
        self.watch.see(&self.shop.now, &event);
    }

    /// Tells that units leave the shelf of a location for a cohort that has waited.
    pub fn tell_shipped(&mut self, location: usize, units: i64, cohort: &Cohort) {
        self.tell(Event::ShippedFromBacklog { location, units, cohort });
        if !self.shop.now.plan.classes.is_empty() {
            self.tell(Event::ShippedToClass { location, units, cohort });
        }
    }

    /// Ships `units` of today's orders from the shelf of a location.
    #[inline(always)]
    pub fn serve(&mut self, location: usize, units: i64) {
        if units > 0 {
            self.shop.sites[location].on_hand -= units;
            self.tell(Event::ServedFromStock { location, units });
            self.tell_expected(location, units);
        }
    }

    /// Tells of units that were shipped to those who have not waited, where customers are of several classes.
    pub fn tell_expected(&mut self, location: usize, units: i64) {
        if !self.shop.now.plan.classes.is_empty() {
            self.tell(Event::ShippedToSomebody { location, units });
        }
    }
}

/// Shares out a day's shoppers to the locations, one after the other.
pub(super) struct Split {
    /// The draw of the split, opened when it is needed first.
    draw: Option<Draw>,
    left: i64,
    /// Number of the draw among those of the day.
    number: u32,
}

impl Split {
    pub fn new(shoppers: i64) -> Self {
        Split { draw: None, left: shoppers, number: 0 }
    }

    /// Of those who pre-order, apart from the others.
    pub fn of_pre_orders(units: i64) -> Self {
        Split { draw: None, left: units, number: 1 }
    }

    /// Number of shoppers whose first choice is the next location.
    #[inline(always)]
    pub fn next(&mut self, now: &Now<'_>, location: &LocationPlan) -> i64 {
        let Some(share) = &location.split else { return std::mem::take(&mut self.left) };
        let number = self.number;
        let draw = || now.draw(now.plan.customers.split_stream, now.day, number);
        let n = share.binomial(self.left, self.draw.get_or_insert_with(draw));
        self.left -= n;
        n
    }
}
