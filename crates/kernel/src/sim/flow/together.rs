//! Products that are made by one factory, day by day together.

use super::replication::Replication;
use super::room::Beyond;
use super::state::Flow;
use super::watch::{Now, Watch};
use crate::sim::demand::Path;
use crate::sim::plan::Plan;

/// A product of a group: its flow, its plan and shoppers, and who hears of it.
pub(in crate::sim) struct Member<'a, W: Watch> {
    pub flow: &'a mut Flow,
    pub plan: &'a Plan,
    pub path: &'a Path,
    pub watch: W,
}

impl<W: Watch> Member<'_, W> {
    /// This product's day.
    #[inline(always)]
    fn on(&mut self, number: u32, day: usize) -> Replication<'_, W> {
        self.flow.on(Now::new(self.plan.on(day), self.path, number, day), &mut self.watch)
    }

    /// The morning of a day on which the supply model changes.
    #[inline(never)]
    fn turn(&mut self, number: u32, day: usize) {
        let Member { flow, plan, path, watch } = self;
        let mut replication = flow.on(Now::new(plan.before(day), path, number, day), watch);
        for (span, _, change) in plan.spans().filter(|(_, days, _)| days.start == day) {
            if let Some(move_waiting) = change {
                replication.turn(Now::new(span, path, number, day), move_waiting);
            }
        }
    }
}

/// Runs replication `number` of products that one factory makes, and tells each one's watcher every event. It makes what is ordered first, and of
/// one day in the order of the products.
///
/// # Errors
///
/// If there are more units than can be counted. The states and the counts of watchers are not valid then.
pub(in crate::sim) fn run_together<W: Watch>(members: &mut [Member<'_, W>], number: u32) -> Result<(), Beyond> {
    for m in &mut *members {
        m.flow.open(m.plan, m.path, number, &mut m.watch)?;
    }
    let Some(Plan { begin, days, .. }) = members.first().map(|m| m.plan) else { return Ok(()) };
    let mut factory_free = 0.0;
    for day in 0..*begin {
        for m in &mut *members {
            m.flow.orders.factory_free = factory_free;
            m.on(number, day).past()?;
            factory_free = m.flow.orders.factory_free;
        }
    }
    for day in *begin..*days {
        for m in &mut *members {
            if !m.plan.later.is_empty() {
                m.turn(number, day);
            }
            m.flow.orders.factory_free = factory_free;
            m.on(number, day).until_evening();
            factory_free = m.flow.orders.factory_free;
        }
        for m in &mut *members {
            m.on(number, day).books()?;
        }
    }
    for m in members {
        m.on(number, m.plan.days - 1).end();
    }
    Ok(())
}
