//! The one door into the simulator: blocks of replications of one product, in one or several supply models.
//!
//! Nothing outside knows how a replication is laid out in memory, so the layout is free to change.

use super::books::{Books, Daily, DayRow, KpiRow, Read, RouteTimes, Service, Tally, Trace, kpis, needs_books};
use super::demand::{DemandPlan, Path};
use super::flow::{Beyond, Flow};
use super::plan::Plan;
use super::walk::Walk;
use crate::model::Kpi;
use restock_base::stats::survival::WaitTable;
use std::ops::Range;

/// Results that are asked of each replication. The flow of units is compiled once for each variant, so that results that are not asked for
/// cost nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    /// KPIs of units; those of money do not exist.
    Units,
    /// All KPIs.
    Books,
    /// All KPIs, and the series of every measured day.
    Series,
    /// All KPIs, and every event.
    Trace,
}

impl Needs {
    /// The least variant that gives these KPIs, and the series of every day if `series` asks for them.
    #[must_use]
    pub fn of(kpis: &[Kpi], series: bool) -> Needs {
        match (series, kpis.iter().any(|kpi| needs_books(*kpi))) {
            (true, _) => Needs::Series,
            (false, true) => Needs::Books,
            (false, false) => Needs::Units,
        }
    }
}

/// One product in its supply models.
#[derive(Debug, Clone, Copy)]
pub struct Kernel<'a> {
    demand: &'a DemandPlan,
    plans: &'a [Plan],
    needs: Needs,
    kept: &'a [Path],
}

/// Working memory of a thread: allocated once, used for many blocks.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The results that there is room for.
    needs: Needs,
    path: Path,
    models: Vec<Model>,
}

/// The flow of one supply model, and its watchers. A watcher whose results are not asked for has no memory.
#[derive(Debug, Clone)]
struct Model {
    flow: Flow,
    service: Service,
    books: Books,
    daily: Daily,
    trace: Trace,
}

/// One replication in one supply model, when it is over.
pub struct Replica<'a> {
    /// Number of the replication, from 0.
    pub number: u32,
    /// The product in the supply model in which the replication was run.
    pub plan: &'a Plan,
    /// Shoppers, spikes and regimes of the replication, the same in every supply model.
    pub path: &'a Path,
    /// Present if there were more units than can be counted. Then no other result is valid, except the events of the trace until that day.
    pub beyond: Option<Beyond>,
    needs: Needs,
    model: &'a mut Model,
}

impl<'a> Kernel<'a> {
    /// A kernel that runs the shoppers of `demand` in each of `plans`.
    #[must_use]
    pub fn new(demand: &'a DemandPlan, plans: &'a [Plan], needs: Needs) -> Self {
        Kernel { demand, plans, needs, kept: &[] }
    }

    /// This kernel with the paths of the first replications, which were drawn before, so that they are not drawn again.
    #[must_use]
    pub fn with_kept(self, kept: &'a [Path]) -> Self {
        Kernel { kept, ..self }
    }

    /// Working memory for one thread.
    #[must_use]
    pub fn desk(&self) -> Desk {
        let model = |plan: &Plan| Model {
            flow: Flow::new(plan),
            service: Service::new(plan),
            books: if self.needs > Needs::Units { Books::new(plan) } else { Books::default() },
            daily: Daily::default(),
            trace: Trace::default(),
        };
        Desk { needs: self.needs, path: Path::default(), models: self.plans.iter().map(model).collect() }
    }

    /// Opens replication `number` in supply model `model`, to be walked a day at a time.
    ///
    /// # Errors
    ///
    /// If there are more units than can be counted.
    pub fn walk(&self, model: usize, number: u32) -> Result<Walk<'a>, Beyond> {
        let path = self.kept.get(number as usize).cloned().unwrap_or_else(|| self.demand.path(number));
        Walk::begin(&self.plans[model], path, number)
    }

    /// Runs `replications` in all supply models, and calls `each` with the number of the model and the replication. The result of a
    /// replication does not depend on the block in which it is run. There is no allocation after the first replications at a desk, and no I/O.
    pub fn block(&self, replications: Range<u32>, desk: &mut Desk, each: &mut dyn FnMut(usize, Replica<'_>)) {
        if desk.needs < self.needs {
            *desk = self.desk();
        }
        for number in replications {
            let path = match self.kept.get(number as usize) {
                Some(path) => path,
                None => {
                    self.demand.draw(number, &mut desk.path);
                    &desk.path
                }
            };
            for (m, (plan, model)) in self.plans.iter().zip(&mut desk.models).enumerate() {
                let (needs, beyond) = (self.needs, model.run(plan, path, number, self.needs).err());
                each(m, Replica { number, plan, path, beyond, needs, model });
            }
        }
    }
}

impl Model {
    fn run(&mut self, plan: &Plan, path: &Path, number: u32, needs: Needs) -> Result<(), Beyond> {
        let Model { flow, service, books, daily, trace } = self;
        match needs {
            Needs::Units => flow.run(plan, path, number, service),
            Needs::Books => flow.run(plan, path, number, &mut (&mut *service, &mut *books)),
            Needs::Series => flow.run(plan, path, number, &mut (&mut *service, Read { books, reader: daily })),
            Needs::Trace => flow.run(plan, path, number, &mut (&mut *service, Read { books, reader: trace })),
        }?;
        debug_assert_eq!(self.service.tally.broken_law(), None);
        debug_assert!(needs == Needs::Units || self.books.broken_law(plan).is_none());
        Ok(())
    }
}

impl Replica<'_> {
    /// KPIs, and the recovery from the first spike as a table of one entry (of none if there was no spike, or no shortage after it).
    ///
    /// # Errors
    ///
    /// If there were more units than can be counted.
    pub fn kpis(&mut self) -> Result<(KpiRow, WaitTable), Beyond> {
        match &self.beyond {
            Some(beyond) => Err(beyond.clone()),
            None => {
                let books = (self.needs > Needs::Units).then_some(&mut self.model.books);
                Ok(kpis(self.plan, self.path, &self.model.service, books))
            }
        }
    }

    /// Counts of the measured window.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.model.service.tally
    }

    /// One row for each measured day, in units.
    #[must_use]
    pub fn days(&self) -> &[DayRow] {
        &self.model.service.days
    }

    /// Waits of the orders placed in the measured window.
    #[must_use]
    pub fn waits(&self) -> &WaitTable {
        &self.model.service.waits
    }

    /// Lead times of the orders received in the measured window, by location and route.
    #[must_use]
    pub fn routes(&self) -> &[Vec<RouteTimes>] {
        &self.model.service.routes
    }

    /// The books of money; empty if [`Needs::Units`] was asked for.
    #[must_use]
    pub fn books(&self) -> &Books {
        &self.model.books
    }

    /// The series of the measured days; empty unless [`Needs::Series`] asked for them.
    #[must_use]
    pub fn daily(&self) -> &Daily {
        &self.model.daily
    }

    /// Every event; empty unless [`Needs::Trace`] asked for them.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.model.trace
    }
}
