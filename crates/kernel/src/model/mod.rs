//! The validated world: what a scenario means, free of file formats and of I/O.
//!
//! Everything here has been checked by whoever built it (see the crate `restock-scenario`), so the simulator
//! below may rely on it: shares lie in 0..=1, durations are finite, names that are referred to exist.
//!
//! ```text
//! Scenario -> products (each with its demand) x supply models (each with its customers and planner)
//!          -> locations -> routes -> stages
//!          -> finance, regimes, calendars: shared by all
//! ```

mod customer;
mod demand;
mod disruption;
mod finance;
mod kpi;
mod market;
mod network;
mod order;
mod position;
mod supply;

pub use customer::{Accept, Communication, Customers, Patience, Promise, PromiseHazards};
pub use demand::{
    Baseline, Campaign, Decay, Demand, Forecasted, History, HistoryUse, PreOrder, PullForward, Shape, Spread, Surge,
};
pub use disruption::{Disruption, LossTerms, LostLots, LostParcels, Node, Onset, SetsOff};
pub use finance::{CreditLine, CustomerPays, Finance, LifetimeValue, Ranges};
pub use kpi::{Better, Kpi, Pooling, Unit};
pub use market::{
    AtOrBelow, CustomerClass, DutyBase, Market, OwnCustomers, Parcel, ParcelDuty, ParcelTerms, classes_of, mean,
};
pub use network::{Allocation, serves_shoppers, upstream_first};
pub use order::OrderSize;
pub use position::{OpenBackorder, OpenOrder, Position, Start};
pub use supply::{
    BaseOrder, Change, Container, Cover, Cue, Delivery, EntryFees, Expedite, Forecast, Freight, Handling, Late, Level,
    Location, Milestone, PartialContainer, Payment, Place, Planner, Policy, React, Regime, RegimeState, Route,
    SafetyStock, ShipFrom, Stage, StageSampler, SupplyModel, TakesBack, Trigger, chargeable_kg,
};

use restock_base::calendar::{Closure, DateSteps, Day};
use restock_base::law::Dist;

/// One comparison: products sold, supply models compared, and the money they share.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Title of the comparison, printed on tables and charts.
    pub name: String,
    /// The file that the scenario was read from, and what was changed in it.
    pub origin: Origin,
    /// ISO code of the currency of every amount, such as `USD`.
    pub currency: String,
    /// The simulated days.
    pub horizon: Horizon,
    /// Products, in the order of the file.
    pub products: Vec<Product>,
    /// Rates that turn units and days into money, the same for every supply model.
    pub finance: Finance,
    /// Ranges against which break-evens are judged.
    pub ranges: Ranges,
    /// The supply models to compare, in the order of the file.
    pub models: Vec<SupplyModel>,
    /// Factories that several products share, in each supply model for itself.
    pub factories: Vec<Factory>,
    /// Containers that goods of several orders, and products, leave in.
    pub containers: Vec<SharedContainer>,
    /// Markets that every supply model serves; empty where nothing is told apart by market.
    pub markets: Vec<Market>,
    /// States of the world that stages of routes refer to by [`restock_base::ids::RegimeId`].
    pub regimes: Vec<Regime>,
    /// What goes wrong now and then, or on a date.
    pub disruptions: Vec<Disruption>,
    /// Sizes of dated peaks are spread evenly over the replications, where they would else be drawn of each on its own. The
    /// mean of no figure depends on it, only how well it is known.
    pub stratified: bool,
    /// Working calendars that stages of routes refer to by [`restock_base::ids::CalendarId`].
    pub calendars: Vec<Calendar>,
}

/// What made a scenario what it is. Every output names it, so that no run is taken for another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// `key.path=value` laid over the file, in order; those that change nothing are left out.
    pub overrides: Vec<String>,
    /// What was told of the rows of a catalogue that are left out.
    pub left_out: Vec<String>,
    /// SHA-256 of all that decides the results, in hexadecimal; empty where the run is not kept.
    pub run: String,
}

/// Digits of a run's hash that outputs show.
const SHORT: usize = 8;

impl Origin {
    /// The first digits of the run's hash, if it is kept.
    #[must_use]
    pub fn short(&self) -> Option<&str> {
        self.run.get(..SHORT)
    }
}

/// The days of a run: those before it whose state carries over, then the measured window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Horizon {
    /// First measured day.
    pub start: Day,
    /// Measured days, from [`Horizon::start`] on.
    pub days: u32,
    /// Days before the measured window that are not counted: simulated, so that stock and orders settle, or the past of a position.
    pub warmup_days: u32,
    /// Which of the two they are.
    pub from: Start,
}

impl Horizon {
    /// The first day that has a number, which is 0: of the warm-up, or of the past of a position.
    #[must_use]
    pub fn first(&self) -> Day {
        self.start.plus(-(self.warmup_days as i32))
    }

    /// Number of the first simulated day: those before it are the past of a position.
    #[must_use]
    pub fn begin(&self) -> u32 {
        match self.from {
            Start::WarmUp => 0,
            Start::Position => self.warmup_days,
        }
    }

    /// The first simulated day.
    #[must_use]
    pub fn opens(&self) -> Day {
        self.first().plus(self.begin() as i32)
    }

    /// Days that have a number: simulated ones, and the past of a position.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.warmup_days + self.days
    }
}

impl Scenario {
    /// The categories that products have, in the order in which they come, each with the numbers of its products; empty if there is none, or if all
    /// products have the same.
    #[must_use]
    pub fn categories(&self) -> Vec<(&str, Vec<usize>)> {
        let mut out: Vec<(&str, Vec<usize>)> = Vec::new();
        for (i, product) in self.products.iter().enumerate() {
            let Some(name) = product.category.as_deref() else { continue };
            match out.iter_mut().find(|(known, _)| *known == name) {
                Some((_, products)) => products.push(i),
                None => out.push((name, vec![i])),
            }
        }
        out.retain(|(_, products)| products.len() < self.products.len());
        out
    }

    /// Whether goods leave in containers that orders share: then no product is simulated apart.
    #[must_use]
    pub fn shares_containers(&self) -> bool {
        !self.containers.is_empty() && self.models.iter().any(SupplyModel::waits_for_containers)
    }

    /// The products that share a factory or a container with one, itself among them, in the order of the scenario.
    pub fn made_with<'a>(&'a self, product: &'a Product) -> impl Iterator<Item = &'a Product> {
        let all = self.shares_containers();
        let alone = product.factory.is_none() && !all;
        let together = self.products.iter().filter(move |p| all || !alone && p.factory == product.factory);
        together.chain(alone.then_some(product))
    }

    /// The numbers of products by group: those that share a factory or a container are simulated together. Groups stand in the order of their first
    /// product.
    #[must_use]
    pub fn groups(&self) -> Vec<Vec<usize>> {
        if self.shares_containers() {
            return vec![(0..self.products.len()).collect()];
        }
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for (i, p) in self.products.iter().enumerate() {
            let shares = |g: &&mut Vec<usize>| p.factory.is_some() && self.products[g[0]].factory == p.factory;
            match groups.iter_mut().find(shares) {
                Some(group) => group.push(i),
                None => groups.push(vec![i]),
            }
        }
        groups
    }
}

/// A factory that makes several products, one order after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Factory {
    /// Its unique name, by which products refer to it.
    pub name: String,
    /// Units a day that it makes, of whatever product.
    pub capacity_per_day: f64,
}

/// A container in which goods of several orders leave, of one product or several: when it is full, or when the first have waited long enough. Each
/// supply model has it for itself.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedContainer {
    /// Its unique name, by which routes refer to it.
    pub name: String,
    /// What a whole one costs and holds.
    pub size: Container,
    /// Days that goods wait at most until it leaves.
    pub wait_days: u32,
}

/// One stock-keeping unit.
#[derive(Debug, Clone)]
pub struct Product {
    /// Stock-keeping unit: the product's unique name in tables and files.
    pub sku: String,
    /// Selling price a unit.
    pub price: f64,
    /// Paid to the manufacturer, a unit, ex works.
    pub unit_cost: f64,
    /// Weight of one unit with its packaging, in kilograms.
    pub weight_kg: f64,
    /// Volume of one unit with its packaging, in litres.
    pub volume_litres: f64,
    /// What it is a kind of, for tables.
    pub category: Option<String>,
    /// Its own duty rates, in place of those of routes.
    pub duty: Option<DateSteps>,
    /// Its own fewest units of a purchase order, in place of those of locations.
    pub minimum_order: Option<i64>,
    /// Factor on the duration of all stages of its purchase orders.
    pub lead_time_factor: f64,
    /// Number of the factory that makes it beside other products, among those of the scenario.
    pub factory: Option<usize>,
    /// Units a day that the factory makes of this product, or, where it is shared, of all that it makes, in every supply model alike; absent: no
    /// limit.
    pub factory_capacity: Option<f64>,
    /// What is otherwise in single supply models, by their names.
    pub in_models: Vec<(String, Terms)>,
    /// What customers send back; absent: nothing.
    pub returns: Option<Returns>,
    /// What is owed in a run from today for goods that were received before, and when it falls due.
    pub payables: Vec<(Day, f64)>,
    /// What shoppers want of it, day by day.
    pub demand: Demand,
}

impl Product {
    /// What is otherwise in a supply model, if anything is.
    #[must_use]
    pub fn terms_in(&self, model: &SupplyModel) -> Option<&Terms> {
        self.in_models.iter().find(|(name, _)| *name == model.name).map(|(_, terms)| terms)
    }

    /// Factor on the duration of all stages of its purchase orders in a supply model.
    #[must_use]
    pub fn lead_time_factor_in(&self, model: &SupplyModel) -> f64 {
        self.terms_in(model).and_then(|terms| terms.lead_time_factor).unwrap_or(self.lead_time_factor)
    }
}

/// What is otherwise of a product in one supply model. What is absent is as elsewhere.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Terms {
    /// What its makers charge beyond the product's unit cost, as a share of it.
    pub unit_cost_premium: Option<f64>,
    /// Duty rates.
    pub duty: Option<DateSteps>,
    /// Fewest units of a purchase order.
    pub minimum_order: Option<i64>,
    /// Factor on the duration of all stages of its purchase orders.
    pub lead_time_factor: Option<f64>,
    /// Days of its mean demand that are added to the targets of policies, besides the supply model's own.
    pub extra_stock_days: f64,
}

/// What customers send back of what has shipped.
#[derive(Debug, Clone, PartialEq)]
pub struct Returns {
    /// Share of the units that are sent back.
    pub share: f64,
    /// Days from shipping until a unit is back: rounded, at least one.
    pub days: Dist,
    /// Share of these that can be sold again, where they go back to stock.
    pub resaleable: f64,
}

/// A named working calendar.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// Name by which stages refer to it.
    pub name: String,
    /// Weekdays without work, from 0 (Monday) to 6 (Sunday).
    pub closed_weekdays: Vec<usize>,
    /// Dated spells in which work stands still or is slower, such as public holidays.
    pub closures: Vec<Closure>,
}

/// How often a scenario is simulated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Experiment {
    /// Seed of every random number: the same seed gives the same results to the bit.
    pub seed: u64,
    /// Number of replications, or the largest number if there is a precision to reach.
    pub replications: u32,
    /// Precision at which the run may stop before all replications; absent: all replications are run.
    pub precision: Option<Precision>,
    /// Service at which supply models are compared besides at their own policies.
    pub equal_service: EqualService,
    /// Replications, from the first, of which the percentiles of every day are taken; means of days are of all. 0: days are not kept.
    pub daily_replications: u32,
}

impl Experiment {
    /// Products of which days are kept, and charts drawn, if nothing else is asked for.
    pub const CHARTED_PRODUCTS: usize = 24;

    /// [`Experiment::daily_replications`] where nothing else is asked for. Of 2,000 the 5th and the 95th percentile are
    /// the ranks of 4.0 to 6.0 and of 94.0 to 96.0 % in 95 cases of 100.
    pub const DAILY_REPLICATIONS: u32 = 2_000;
}

/// What "equal service" means. Always on ordinary days: without surges and unplanned campaigns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EqualService {
    /// The fill rate of all replications together.
    FillRate(f64),
    /// The chance that the fill rate of the window reaches `fill_rate`.
    Chance {
        /// The fill rate that every model is to reach, from 0 to 1.
        fill_rate: f64,
        /// Probability that a run's fill rate is at least the target.
        chance: f64,
    },
}

/// Stop when this KPI's 95 % interval is this narrow for every product and model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Precision {
    /// The KPI whose paired differences decide.
    pub kpi: Kpi,
    /// Half the width of the widest 95 % interval at which the run stops, in the KPI's unit.
    pub half_width: f64,
}
