//! One replication, a day at a time: for whoever decides from outside, such as a policy of one's own or a page that plays a scenario.

use super::books::{Books, DayRow, Everything, KpiRow, Read, Service, TraceEvent, kpis};
use super::demand::Path;
use super::flow::{Beyond, Flow, Member, Now, Site, leave_in_containers};
use super::plan::Plan;
use restock_base::calendar::Day;
use restock_base::stats::survival::WaitTable;

/// A replication of one product in one supply model, as far as it has been walked.
#[derive(Debug, Clone)]
pub struct Walk<'a> {
    plan: &'a Plan,
    path: Path,
    number: u32,
    /// The next day.
    day: usize,
    flow: Flow,
    service: Service,
    books: Books,
    /// It is walked with every event told: so the sets that whole blocks are run with have one caller each, into which they are inlined.
    kept: Everything,
}

/// A location on an evening, in units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shelf {
    /// Units on hand.
    pub on_hand: i64,
    /// Units that customers wait for, and other locations.
    pub backlog: i64,
    /// Units on purchase orders that are not received, those that will be scrapped included, and those that it waits for at other locations.
    pub on_order: i64,
}

/// A purchase order besides those of the policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToOrder {
    /// Number of the location, from 0.
    pub location: usize,
    /// Number of the route among those of the location, from 0.
    pub route: usize,
    /// Units to order; nothing is ordered if they are not more than 0.
    pub units: i64,
}

impl Shelf {
    fn of(site: &Site) -> Self {
        Shelf { on_hand: site.on_hand, backlog: site.backlog + site.owed, on_order: site.on_order + site.awaited }
    }

    /// Inventory position: on hand, less waiting customers, plus what is on order.
    #[must_use]
    pub fn position(self) -> i64 {
        self.on_hand - self.backlog + self.on_order
    }
}

impl<'a> Walk<'a> {
    /// Opens replication `number`, whose shoppers `path` holds.
    ///
    /// # Errors
    ///
    /// If there are more units than can be counted.
    pub(super) fn begin(plan: &'a Plan, path: Path, number: u32) -> Result<Self, Beyond> {
        let (flow, service, books) = (Flow::new(plan), Service::new(plan), Books::new(plan));
        let mut walk = Walk { plan, path, number, day: plan.begin, flow, service, books, kept: Everything::default() };
        let Walk { path, flow, service, books, kept, .. } = &mut walk;
        flow.begin(plan, path, number, &mut (service, Read { books, reader: kept }))?;
        Ok(walk)
    }

    /// The day that the next step simulates; absent when all are over.
    #[must_use]
    pub fn next_day(&self) -> Option<Day> {
        (self.day < self.plan.days).then(|| self.plan.first.plus(self.day as i32))
    }

    /// Simulates a day. On its evening, when the policies have ordered, `decide` sees the locations in the scenario's order and says what is
    /// ordered besides; what it orders for a location or by a route that is not there is left out. After the last day nothing happens.
    ///
    /// # Errors
    ///
    /// If there are more units than can be counted.
    pub fn step(&mut self, decide: &mut dyn FnMut(&[Shelf]) -> Vec<ToOrder>) -> Result<(), Beyond> {
        if self.next_day().is_none() {
            return Ok(());
        }
        let Walk { plan, path, number, day, flow, service, books, kept } = self;
        let mut watch = (service, Read { books, reader: kept });
        if !plan.containers.is_empty() {
            let alone = Member { flow: &mut *flow, plan, path: &*path, watch: &mut watch };
            leave_in_containers(&mut [alone], *number, *day);
        }
        flow.change(plan, path, (*number, *day), &mut watch);
        let mut today = flow.on(Now::new(plan.after(flow.changes), path, *number, *day), &mut watch);
        today.until_evening();
        let shelves: Vec<Shelf> = today.shop.sites.iter().map(Shelf::of).collect();
        let is_there = |o: &ToOrder| plan.locations.get(o.location).is_some_and(|l| o.route < l.routes.len());
        for order in decide(&shelves).into_iter().filter(is_there) {
            let route = plan.locations[order.location].route_of_lot(order.route, order.units);
            today.place(order.location, route, order.units);
        }
        today.books()?;
        *day += 1;
        if *day == plan.days {
            today.end();
        }
        Ok(())
    }

    /// The locations on the evening of the last step, in the scenario's order.
    pub fn shelves(&self) -> impl Iterator<Item = Shelf> + '_ {
        self.flow.sites.iter().map(Shelf::of)
    }

    /// The measured days so far.
    #[must_use]
    pub fn days(&self) -> &[DayRow] {
        &self.service.days
    }

    /// Every event so far.
    #[must_use]
    pub fn events(&self) -> &[TraceEvent] {
        &self.kept.trace.events
    }

    /// The books of money so far.
    #[must_use]
    pub fn books(&self) -> &Books {
        &self.books
    }

    /// KPIs, and the recovery from the first spike as a table of one entry; absent before the last day is over.
    pub fn kpis(&mut self) -> Option<(KpiRow, WaitTable)> {
        self.next_day().is_none().then(|| kpis(self.plan, &self.path, &self.service, Some(&mut self.books)))
    }
}
