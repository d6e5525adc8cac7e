//! Products that are made by one factory, or leave in one container, day by day together.

use super::boxes::InLine;
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
        let plan = self.plan.after(self.flow.changes);
        self.flow.on(Now::new(plan, self.path, number, day), &mut self.watch)
    }
}

/// The time until which each factory is busy that makes several products. One that makes a single product is known to that product's flow.
#[derive(Default)]
struct Factories(Vec<f64>);

impl Factories {
    /// What a product's flow does while its factory makes what it orders.
    fn make<W: Watch, T>(&mut self, m: &mut Member<'_, W>, act: impl FnOnce(&mut Member<'_, W>) -> T) -> T {
        let Some(factory) = m.plan.factory else { return act(m) };
        if self.0.len() <= factory {
            self.0.resize(factory + 1, 0.0);
        }
        m.flow.orders.factory_free = self.0[factory];
        let done = act(m);
        self.0[factory] = m.flow.orders.factory_free;
        done
    }
}

/// What waits for a container leaves this morning, if it fills one or if some of it may wait no longer: in as many as it takes, whose price is borne
/// by the scarcer of volume and payload.
#[inline(never)]
pub(in crate::sim) fn leave_in_containers<W: Watch>(members: &mut [Member<'_, W>], number: u32, day: usize) {
    let Some(plan) = members.first().map(|m| m.plan) else { return };
    let mut line: Vec<InLine> = Vec::new();
    for (container, of) in plan.containers.iter().enumerate() {
        line.clear();
        for (product, member) in members.iter_mut().enumerate() {
            member.on(number, day).join_the_line(container, product, &mut line);
        }
        let (m3, kg) = line.iter().fold((0.0, 0.0), |(m3, kg), order| (m3 + order.m3, kg + order.kg));
        let fill = (m3 / of.size.m3).max(kg / of.size.payload_kg);
        if fill < FULL && !line.iter().any(|order| order.is_due) {
            continue;
        }
        let whole = (fill - (1.0 - FULL)).ceil().max(0.0);
        let filled: f64 = line.iter().map(|order| order.filled).sum();
        for order in &line {
            let part = if filled > 0.0 { whole * (order.filled / filled) } else { 0.0 };
            members[order.product].on(number, day).load(order, part);
        }
    }
}

/// A container is full from this share on: less than a unit is missing.
const FULL: f64 = 1.0 - 1e-9;

/// Runs replication `number` of products that share a factory or a container, and tells each one's watcher every event. A factory makes what is
/// ordered first, and of one day in the order of the products.
///
/// # Errors
///
/// If there are more units than can be counted. The states and the counts of watchers are not valid then.
pub(in crate::sim) fn run_together<W: Watch>(members: &mut [Member<'_, W>], number: u32) -> Result<(), Beyond> {
    for m in &mut *members {
        m.flow.open(m.plan, m.path, number, &mut m.watch)?;
    }
    let Some(Plan { begin, days, .. }) = members.first().map(|m| m.plan) else { return Ok(()) };
    let mut factories = Factories::default();
    for day in 0..*begin {
        for m in &mut *members {
            factories.make(m, |m| m.on(number, day).past())?;
        }
    }
    let waits = members.iter().any(|m| !m.plan.containers.is_empty());
    for day in *begin..*days {
        if waits {
            leave_in_containers(members, number, day);
        }
        for m in &mut *members {
            if !m.plan.later.is_empty() {
                m.flow.change(m.plan, m.path, (number, day), &mut m.watch);
            }
            factories.make(m, |m| m.on(number, day).until_evening());
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
