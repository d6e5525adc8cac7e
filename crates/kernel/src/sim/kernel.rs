//! The one door into the simulator: blocks of replications of one product, in one or several supply models.
//!
//! Nothing outside knows how a replication is laid out in memory, so the layout is free to change.

use super::books::{
    Books, ClassTally, Daily, DayRow, Everything, KpiRow, PlaceTally, Read, RouteTimes, Service, Tally, Trace, kpis,
    needs_books,
};
use super::demand::{DemandPlan, Path};
use super::flow::{self, Beyond, Flow, Member};
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

/// A group of products in their supply models: mostly one product. Products that one factory makes are simulated together.
#[derive(Debug, Clone)]
pub struct Kernel<'a> {
    products: Vec<InGroup<'a>>,
    needs: Needs,
}

/// A product of a group.
#[derive(Debug, Clone, Copy)]
pub struct InGroup<'a> {
    /// Its shoppers.
    pub demand: &'a DemandPlan,
    /// It in each supply model.
    pub plans: &'a [Plan],
    /// The paths of the first replications, if they were drawn before.
    pub kept: &'a [Path],
}

/// Working memory of a thread: allocated once, used for many blocks.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The results that there is room for.
    needs: Needs,
    /// By product.
    paths: Vec<Path>,
    /// By product and supply model.
    models: Vec<Vec<Model>>,
}

/// The flow of one supply model, and its watchers. A watcher whose results are not asked for has no memory.
#[derive(Debug, Clone)]
struct Model {
    flow: Flow,
    service: Service,
    books: Books,
    kept: Everything,
}

/// One replication in one supply model, when it is over.
pub struct Replica<'a> {
    /// Number of the replication, from 0.
    pub number: u32,
    /// Number of the product in its group, from 0.
    pub product: usize,
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
        Kernel::of_group(vec![InGroup { demand, plans, kept: &[] }], needs)
    }

    /// A kernel that runs products together, each in as many supply models: of several products all are made by one factory.
    #[must_use]
    pub fn of_group(products: Vec<InGroup<'a>>, needs: Needs) -> Self {
        Kernel { products, needs }
    }

    /// Whether the days of several products, or a container that waits for orders, are gone through together.
    fn runs_together(&self) -> bool {
        self.products.len() > 1 || self.products.iter().flat_map(|p| p.plans).any(|plan| !plan.containers.is_empty())
    }

    /// Working memory for one thread.
    #[must_use]
    pub fn desk(&self) -> Desk {
        let model = |plan: &Plan| Model {
            flow: Flow::new(plan),
            service: Service::new(plan),
            books: if self.needs > Needs::Units || self.runs_together() { Books::new(plan) } else { Books::default() },
            kept: Everything::default(),
        };
        Desk {
            needs: self.needs,
            paths: vec![Path::default(); self.products.len()],
            models: self.products.iter().map(|p| p.plans.iter().map(model).collect()).collect(),
        }
    }

    /// Opens replication `number` in supply model `model`, to be walked a day at a time: of the first product alone.
    ///
    /// # Errors
    ///
    /// If there are more units than can be counted.
    pub fn walk(&self, model: usize, number: u32) -> Result<Walk<'a>, Beyond> {
        let InGroup { demand, plans, kept } = self.products[0];
        let path = kept.get(number as usize).cloned().unwrap_or_else(|| demand.path(number));
        Walk::begin(&plans[model], path, number)
    }

    /// Runs `replications` in all supply models, and calls `each` with the number of the model and the replication of each product. The result of
    /// a replication does not depend on the block in which it is run. There is no allocation after the first replications at a desk, and no I/O.
    pub fn block(&self, replications: Range<u32>, desk: &mut Desk, each: &mut dyn FnMut(usize, Replica<'_>)) {
        if desk.needs < self.needs || desk.paths.len() != self.products.len() {
            *desk = self.desk();
        }
        let models = self.products.first().map_or(0, |p| p.plans.len());
        for number in replications {
            for (product, path) in self.products.iter().zip(&mut desk.paths) {
                if number as usize >= product.kept.len() {
                    product.demand.draw(number, path);
                }
            }
            let Desk { paths, models: of_products, .. } = &mut *desk;
            for m in 0..models {
                let beyond = self.run(m, number, paths, of_products).err();
                for (p, (product, models)) in self.products.iter().zip(&mut *of_products).enumerate() {
                    let (plan, path) = (&product.plans[m], product.path(number, &paths[p]));
                    let (needs, beyond, model) = (self.needs, beyond.clone(), &mut models[m]);
                    each(m, Replica { number, product: p, plan, path, beyond, needs, model });
                }
            }
        }
    }

    /// One replication of all products in supply model `m`. Several are run with the set that tells everything: the phases are compiled for it as
    /// they are, and not into a loop, so that a second loop costs the sets of single products nothing.
    fn run(&self, m: usize, number: u32, paths: &[Path], models: &mut [Vec<Model>]) -> Result<(), Beyond> {
        let each = self.products.iter().zip(paths).zip(&mut *models);
        let mut each =
            each.map(|((product, path), models)| (&product.plans[m], product.path(number, path), &mut models[m]));
        match (self.runs_together(), self.needs) {
            (false, Needs::Units | Needs::Books | Needs::Series) => {
                each.try_for_each(|(plan, path, model)| model.run((plan, path), number, self.needs))
            }
            _ => {
                let mut members: Vec<_> = each.map(|(plan, path, model)| model.member(plan, path)).collect();
                flow::run_together(&mut members, number)
            }
        }?;
        for (product, models) in self.products.iter().zip(models) {
            debug_assert_eq!(models[m].service.tally.broken_law(), None);
            debug_assert!(self.needs == Needs::Units || models[m].books.broken_law(&product.plans[m]).is_none());
        }
        Ok(())
    }
}

impl Model {
    /// The product among those that are run together.
    fn member<'m>(&'m mut self, plan: &'m Plan, path: &'m Path) -> Member<'m, (&'m mut Service, Read<'m, Everything>)> {
        let Model { flow, service, books, kept } = self;
        Member { flow, plan, path, watch: (service, Read { books, reader: kept }) }
    }

    #[inline(never)]
    fn run(&mut self, (plan, path): (&Plan, &Path), number: u32, needs: Needs) -> Result<(), Beyond> {
        let Model { flow, service, books, kept } = self;
        match needs {
            Needs::Units => flow.run(plan, path, number, service),
            Needs::Books => flow.run(plan, path, number, &mut (service, books)),
            Needs::Series | Needs::Trace => {
                flow.run(plan, path, number, &mut (service, Read { books, reader: &mut kept.daily }))
            }
        }
    }
}

impl<'a> InGroup<'a> {
    /// The path of a replication: one that was kept, or the one that was drawn.
    fn path<'p>(&self, number: u32, drawn: &'p Path) -> &'p Path
    where
        'a: 'p,
    {
        self.kept.get(number as usize).unwrap_or(drawn)
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

    /// Counts of the measured window by location; empty where no location supplies another one.
    #[must_use]
    pub fn places(&self) -> &[PlaceTally] {
        &self.model.service.places
    }

    /// What becomes of those who find no stock, by class of customers; empty where all are alike.
    #[must_use]
    pub fn classes(&self) -> &[ClassTally] {
        &self.model.service.classes
    }

    /// The books of money; empty if [`Needs::Units`] was asked for.
    #[must_use]
    pub fn books(&self) -> &Books {
        &self.model.books
    }

    /// The series of the measured days; empty unless [`Needs::Series`] asked for them.
    #[must_use]
    pub fn daily(&self) -> &Daily {
        &self.model.kept.daily
    }

    /// Every event; empty unless [`Needs::Trace`] asked for them.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.model.kept.trace
    }
}
