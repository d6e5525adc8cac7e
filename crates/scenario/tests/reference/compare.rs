//! Kernel and reference side by side: the first thing in which they differ.

use restock_base::stats::survival::WaitTable;
use restock_kernel::model::{Kpi, Product, SupplyModel};
use restock_kernel::sim::reference::case::{Case, Fault, Span};
use restock_kernel::sim::reference::diary::{Order, Story};
use restock_kernel::sim::reference::kpis::Figures;
use restock_kernel::sim::reference::money::Books;
use restock_kernel::sim::reference::service::{Day, Place, Service};
use restock_kernel::sim::reference::shop::Shop;
use restock_kernel::sim::reference::trace::{Line, series, trace};
use restock_kernel::sim::reference::world::{Almanac, World};
use restock_kernel::sim::{DayRow, DemandPlan, InGroup, Kernel, Needs, Plan, Replica, RouteTimes, Series, TraceEvent};
use restock_scenario::{Loader, Runnable};
use std::fmt::Debug;
use std::path::Path;

pub fn load(text: &str) -> Runnable {
    Loader::default()
        .load_str("reference", text, Path::new("."))
        .unwrap_or_else(|d| panic!("{}\n{text}", d.render(false)))
        .value
        .runnable
}

/// What is run: the first replications of every product in every model.
pub struct Comparison<'a> {
    pub runnable: &'a Runnable,
    pub replications: u32,
    /// Units added to the targets of all policies.
    pub extra_stock: i64,
    pub fault: Option<Fault>,
}

/// One replication as the reference has it.
struct Reference<'a> {
    case: Case<'a>,
    world: &'a World,
    story: &'a Story,
    service: &'a Service,
    books: &'a Books<'a>,
}

/// Says where two values differ.
fn differ<T: PartialEq + Debug, U: Debug + Into<T> + Clone>(
    what: &str,
    kernel: &T,
    reference: &U,
) -> Result<(), String> {
    if *kernel == reference.clone().into() {
        return Ok(());
    }
    Err(format!("{what}: the kernel has {kernel:?}, the reference {reference:?}"))
}

/// A table of waits without the ages after the last at which something happens: how long a table is says nothing.
fn short(waits: &WaitTable) -> WaitTable {
    let short = |counts: &[i128]| counts[..counts.iter().rposition(|n| *n != 0).map_or(0, |last| last + 1)].to_vec();
    WaitTable { ended: short(&waits.ended), left: short(&waits.left), open: short(&waits.open) }
}

impl Comparison<'_> {
    pub fn of(runnable: &Runnable, replications: u32) -> Comparison<'_> {
        Comparison { runnable, replications, extra_stock: 0, fault: None }
    }

    /// # Errors
    ///
    /// The first difference.
    pub fn run(&self) -> Result<(), String> {
        let scenario = &self.runnable.scenario;
        for group in scenario.groups() {
            let laid_out = |i: &usize| {
                let product = &scenario.products[*i];
                let demand = DemandPlan::new(scenario, product, self.runnable.experiment.seed);
                InGroupToo { product, demand, almanac: Almanac::new(scenario, product) }
            };
            let group: Vec<InGroupToo<'_>> = group.iter().map(laid_out).collect();
            for model in &scenario.models {
                self.model(&group, model).map_err(|e| format!("{}: {e}", model.name))?;
            }
        }
        Ok(())
    }

    fn model(&self, group: &[InGroupToo<'_>], model: &SupplyModel) -> Result<(), String> {
        let (scenario, seed) = (&self.runnable.scenario, self.runnable.experiment.seed);
        let plan = |p: &InGroupToo<'_>| {
            let plan = Plan::new(scenario, p.product, model, &p.demand, seed);
            [if self.extra_stock == 0 { plan } else { plan.with_extra_stock(self.extra_stock) }]
        };
        let plans: Vec<[Plan; 1]> = group.iter().map(plan).collect();
        let models: Vec<SupplyModel> =
            group.iter().map(|p| model.in_scenario(scenario, p.product).into_owned()).collect();
        let spans: Vec<Vec<Span>> = models.iter().map(|model| Span::of(scenario, model)).collect();
        for number in 0..self.replications {
            let case = |k: usize| {
                let (whole, spans, model) = (&plans[k][0], spans[k].as_slice(), &models[k]);
                let (first, product, fault) = (model, group[k].product, self.fault);
                Case { scenario, product, model, first, spans, plan: whole, whole, seed, number, fault }
            };
            let cases: Vec<Case<'_>> = (0..group.len()).map(case).collect();
            let worlds: Vec<World> = cases.iter().zip(group).map(|(case, p)| World::draw(case, &p.almanac)).collect();
            let each: Vec<(Case<'_>, &Almanac, &World)> =
                cases.iter().zip(group).zip(&worlds).map(|((case, p), world)| (*case, &p.almanac, world)).collect();
            let stories = Shop::run_together(&each);
            for (k, story) in stories.iter().enumerate() {
                let (case, world) = (cases[k], &worlds[k]);
                let at = |e| format!("{}: replication {number}{e}", case.product.sku);
                if let Some(day) = story.beyond {
                    return Err(at(format!(": more units than can be counted on day {day}")));
                }
                let service = Service::of(&case, world, story);
                let books = Books::of(case, world, story);
                let reference = Reference { case, world, story, service: &service, books: &books };
                for needs in [Needs::Trace, Needs::Series, Needs::Books, Needs::Units] {
                    let products =
                        group.iter().zip(&plans).map(|(p, plans)| InGroup { demand: &p.demand, plans, kept: &[] });
                    let kernel = Kernel::of_group(products.collect(), needs);
                    let mut found = Ok(());
                    kernel.block(number..number + 1, &mut kernel.desk(), &mut |_, replica| {
                        if replica.product == k {
                            found = reference.against(needs, replica);
                        }
                    });
                    found.map_err(|e| at(format!(", {needs:?}: {e}")))?;
                }
            }
        }
        Ok(())
    }
}

/// A product of a group, laid out.
struct InGroupToo<'a> {
    product: &'a Product,
    demand: DemandPlan,
    almanac: Almanac,
}

impl Reference<'_> {
    fn against(&self, needs: Needs, mut replica: Replica<'_>) -> Result<(), String> {
        if let Some(beyond) = &replica.beyond {
            return Err(format!("the kernel cannot count: {beyond}"));
        }
        if needs == Needs::Trace {
            self.the_world(&replica)?;
            self.the_trace(&replica)?;
        }
        self.the_kpis(needs, &mut replica)?;
        self.the_days(&replica)?;
        self.the_routes(&replica)?;
        self.the_places(&replica)?;
        // Of one class nothing is counted that is not counted of all.
        if !replica.classes().is_empty() {
            differ("counts by class", &replica.classes().to_vec(), &self.service.classes)?;
        }
        match needs {
            Needs::Series => self.the_series(&replica),
            Needs::Books => self.the_books(&replica),
            Needs::Units | Needs::Trace => Ok(()),
        }
    }

    fn the_world(&self, replica: &Replica<'_>) -> Result<(), String> {
        let (path, world) = (replica.path, self.world);
        differ("shoppers", &path.units, &world.shoppers)?;
        differ("days of spikes", &path.spike, &world.spike)?;
        differ("first spike", &path.onset, &world.onset)?;
        differ("review phase", &path.review_phase.to_bits(), &world.review_phase.to_bits())?;
        let states: Vec<Vec<u8>> = world.regimes.iter().map(|r| r.iter().map(|s| *s as u8).collect()).collect();
        differ("regimes", &path.regimes, &states)?;
        for (number, (spells, own)) in path.disruptions.iter().zip(&world.disruptions).enumerate() {
            let what = |of: &str| format!("{of} of disruption {number}");
            differ(&what("days down"), &spells.down, &own.down)?;
            differ(&what("begins"), &spells.begin, &own.begin)?;
            let bits = |pace: &[f64]| pace.iter().map(|p| p.to_bits()).collect::<Vec<_>>();
            differ(&what("pace"), &bits(&spells.pace), &bits(&own.pace))?;
        }
        differ("disruptions", &path.disruptions.len(), &world.disruptions.len())
    }

    fn the_trace(&self, replica: &Replica<'_>) -> Result<(), String> {
        let line = |e: &TraceEvent| {
            let TraceEvent { day, location, kind, units, other_day, money } = *e;
            Line { day, place: location, name: kind.name(), units, other_day, money }
        };
        let lines = trace(self.story, self.books);
        for (n, (kernel, reference)) in replica.trace().events.iter().map(line).zip(&lines).enumerate() {
            differ(&format!("line {n} of the trace"), &kernel, reference)?;
        }
        differ("lines of the trace", &replica.trace().events.len(), &lines.len())
    }

    fn the_kpis(&self, needs: Needs, replica: &mut Replica<'_>) -> Result<(), String> {
        let (row, recovery) = replica.kpis().map_err(|beyond| beyond.to_string())?;
        let figures = Figures::new(self.case, self.world, self.service, self.books);
        for kpi in Kpi::ALL {
            if needs > Needs::Units || Needs::of(&[*kpi], false) == Needs::Units {
                let (x, y) = figures.kpi(*kpi);
                let bits = |(x, y): (f64, f64)| (x.to_bits(), y.to_bits());
                if bits(row[kpi.index()]) != bits((x, y)) {
                    return Err(format!("{kpi:?}: the kernel has {:?}, the reference {:?}", row[kpi.index()], (x, y)));
                }
            }
        }
        differ("recovery", &recovery, &figures.recovery)?;
        differ("waits", &short(replica.waits()), &short(&self.service.waits()))
    }

    fn the_days(&self, replica: &Replica<'_>) -> Result<(), String> {
        let row = |d: &Day| DayRow {
            demanded: d.demanded,
            from_stock: d.from_stock,
            walked_away: d.walked_away,
            served_later: d.served_later,
            cancelled: d.cancelled,
            backlog: d.waiting,
            left: d.left,
            buffered: d.on_hand >= d.safety_stock,
            stocked: d.free > 0,
        };
        let days: Vec<DayRow> = self.service.days.iter().map(row).collect();
        for (t, (kernel, reference)) in replica.days().iter().zip(&days).enumerate() {
            differ(&format!("measured day {t}"), kernel, reference)?;
        }
        differ("measured days", &replica.days().len(), &days.len())
    }

    /// Lead times of what was received in the window, by route and by stage.
    fn the_routes(&self, replica: &Replica<'_>) -> Result<(), String> {
        for (i, l) in self.case.model.locations.iter().enumerate() {
            for (r, route) in l.routes.iter().enumerate() {
                let mut times =
                    RouteTimes { units: 0, stages: vec![0; route.stages.len()], by_days: vec![0; self.case.days()] };
                let of_window = |o: &&Order| o.received && self.case.is_measured(o.arrival);
                let orders = self.story.orders.iter().filter(of_window);
                for order in orders.filter(|o| (o.place, o.route) == (i, r)) {
                    times.units += order.units;
                    times.by_days[order.arrival - order.placed] += order.units;
                    for (k, days) in times.stages.iter_mut().enumerate() {
                        *days += order.units * (order.milestone(k + 1) - order.milestone(k)) as i64;
                    }
                }
                let mut found = replica.routes()[i][r].clone();
                found.by_days.resize(times.by_days.len(), 0);
                differ(&format!("times of route {}", route.name), &found, &times)?;
            }
        }
        Ok(())
    }

    /// Counts by location, where some supply others.
    fn the_places(&self, replica: &Replica<'_>) -> Result<(), String> {
        for (i, (kernel, own)) in replica.places().iter().zip(&self.service.places).enumerate() {
            let kernel = Place {
                demanded: kernel.demanded,
                from_stock: kernel.from_stock,
                requested: kernel.requested,
                sent_at_once: kernel.sent_at_once,
                on_hand_days: kernel.on_hand_days,
                backlog_days: kernel.backlog_days,
                owed_days: kernel.owed_days,
                clear_days: kernel.clear_days,
            };
            differ(&format!("counts of location {i}"), &kernel, own)?;
        }
        Ok(())
    }

    fn the_series(&self, replica: &Replica<'_>) -> Result<(), String> {
        let (daily, all) = (replica.daily(), series(self.books, self.service));
        differ("days of the series", &daily.records.len(), &all.len())?;
        for (t, (record, day)) in daily.records.iter().zip(&all).enumerate() {
            for (one, (name, value)) in Series::ALL.iter().zip(day) {
                differ("name of the series", &one.name(), name)?;
                differ(&format!("{name} on measured day {t}"), &record[*one as usize], value)?;
            }
        }
        for (t, (flows, end)) in daily.flows.iter().zip(&self.books.days).enumerate() {
            for line in restock_kernel::sim::Line::ALL {
                let posted = end.flows.get(line.name()).copied().unwrap_or_default();
                differ(&format!("{} until measured day {t}", line.name()), &flows[*line as usize], &posted)?;
            }
        }
        Ok(())
    }

    /// Profit and book value of every day, and both ends of the window.
    fn the_books(&self, replica: &Replica<'_>) -> Result<(), String> {
        let books = replica.books();
        for (t, (day, end)) in books.days().iter().zip(&self.books.days).enumerate() {
            let book = end.balance.net() - end.obsolescence;
            let reference = (end.cash, end.earned, book);
            differ(
                &format!("cash, profit and book value of measured day {t}"),
                &(day.cash, books.earned(day), day.book),
                &reference,
            )?;
        }
        for (balance, own) in
            [(books.ledger().opening(), &self.books.opening), (books.ledger().closing(), &self.books.closing)]
        {
            let kernel = (balance.owned(), balance.net(), balance.overhang, balance.duty_on_hand);
            differ("balance", &kernel, &(own.invested(), own.net(), own.overhang, own.duty_on_hand))?;
        }
        Ok(())
    }
}
