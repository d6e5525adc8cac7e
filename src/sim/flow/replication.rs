//! One replication under way: the parts that its phases work on.

use super::state::{Orders, Site, Unmet};
use super::watch::{Event, Now, Watch};

/// The phases are methods, each in the file of its subject.
pub(super) struct Replication<'a, W: Watch> {
    pub now: Now<'a>,
    pub sites: &'a mut [Site],
    pub orders: &'a mut Orders,
    pub unmet: &'a mut Unmet,
    pub watch: &'a mut W,
}

impl<W: Watch> Replication<'_, W> {
    /// Tells what has just happened.
    #[inline(always)]
    pub fn tell(&mut self, event: Event<'_>) {
        self.watch.see(&self.now, &event);
    }
}
